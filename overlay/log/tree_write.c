/*
 * A commit: what is new goes to the disk, and only then the checkpoint that
 * says so.  Each step can be tried again: files are written anew from memory
 * until they were synced.
 */
#include "log/tree_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/file.h"

/* Files written before the first of them is synced: the disk gets them all. */
enum { BATCH = 64 };

/* The directory part of a path; "" for none. */
static void
parent_of(const char *path, char ret_parent[CR_TILE_PATH_SIZE])
{
	const char *slash = strrchr(path, '/');
	const size_t len = slash != NULL ? (size_t)(slash - path) : 0;

	memcpy(ret_parent, path, len);
	ret_parent[len] = '\0';
}

/* The directory is to be synced before the next checkpoint. */
static int
note_directory(struct cr_tree_dirs *dirs, const char *path)
{
	for (size_t i = dirs->count; i > 0; i--) {
		if (strcmp(dirs->paths[i - 1], path) == 0)
			return 0;
	}
	if (dirs->count == dirs->capacity) {
		const size_t capacity = dirs->capacity * 2 + 16;
		void *paths = realloc(dirs->paths,
		    capacity * sizeof(dirs->paths[0]));

		if (paths == NULL)
			return ENOMEM;
		dirs->paths = paths;
		dirs->capacity = capacity;
	}
	snprintf(dirs->paths[dirs->count++], CR_TILE_PATH_SIZE, "%s", path);
	return 0;
}

static int
make_directory(struct cr_tree *tree, const char *path)
{
	char parent[CR_TILE_PATH_SIZE];
	int error;

	if (*path == '\0')
		return ENOENT;		/* the log directory itself is gone */
	parent_of(path, parent);
	if (mkdirat(tree->dirfd, path, 0700) != 0) {
		if (errno == EEXIST)
			return 0;
		if (errno != ENOENT)
			return errno;
		error = make_directory(tree, parent);
		if (error != 0)
			return error;
		if (mkdirat(tree->dirfd, path, 0700) != 0 && errno != EEXIST)
			return errno;
	}
	return note_directory(&tree->dirs, parent);
}

static int
open_new(struct cr_tree *tree, const char *path, int *ret_fd)
{
	const int flags =
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
	char parent[CR_TILE_PATH_SIZE];
	int error;

	parent_of(path, parent);
	error = note_directory(&tree->dirs, parent);
	if (error != 0)
		return error;
	*ret_fd = openat(tree->dirfd, path, flags, 0600);
	if (*ret_fd < 0 && errno == ENOENT) {
		error = make_directory(tree, parent);
		if (error != 0)
			return error;
		*ret_fd = openat(tree->dirfd, path, flags, 0600);
	}
	return *ret_fd < 0 ? errno : 0;
}

static int
write_file(struct cr_tree *tree, const char *path, const void *bytes,
    size_t len, int *ret_fd)
{
	int fd = -1;
	int error = open_new(tree, path, &fd);

	if (error == 0)
		error = cr_disk_write_all(fd, bytes, len);
	if (error != 0 && fd >= 0) {
		close(fd);
		fd = -1;
	}
	*ret_fd = fd;
	return error;
}

static int
sync_close(int fd)
{
	int error = fdatasync(fd) != 0 ? errno : 0;

	if (close(fd) != 0 && error == 0)
		error = errno;
	return error;
}

/* A file system need not be able to; then fdatasync() does all. */
static bool
cannot_range(int error)
{
	return error == ENOSYS || error == EINVAL || error == ESPIPE ||
	    error == EOPNOTSUPP;
}

/*
 * Has all of them written before the first is synced: each would be a
 * transaction of the file system of its own else, some milliseconds.  An error
 * told here is not told again by fdatasync().
 */
static int
start_writing(const int fds[], size_t count)
{
	static const unsigned wait = SYNC_FILE_RANGE_WAIT_BEFORE |
	    SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	for (size_t i = 0; i < count; i++) {
		if (sync_file_range(fds[i], 0, 0, SYNC_FILE_RANGE_WRITE) != 0)
			return cannot_range(errno) ? 0 : errno;
	}
	for (size_t i = 0; i < count; i++) {
		if (sync_file_range(fds[i], 0, 0, wait) != 0)
			return cannot_range(errno) ? 0 : errno;
	}
	return 0;
}

/* Writes up to BATCH full files that are not synced yet, and syncs them. */
static int
write_batch(struct cr_tree *tree, struct cr_tree_file **next,
    char path[CR_TILE_PATH_SIZE])
{
	struct cr_tree_file *files[BATCH];
	int fds[BATCH];
	size_t count = 0;
	int error = 0, started;

	for (; *next != NULL && count < BATCH && error == 0;
	    *next = (*next)->next) {
		struct cr_tree_file *file = *next;

		if (file->synced)
			continue;
		cr_tile_path(file->level, file->n, CR_TILE_WIDTH, path);
		error = write_file(tree, path, file->bytes, file->len,
		    &fds[count]);
		if (error == 0)
			files[count++] = file;
	}
	started = start_writing(fds, count);
	for (size_t i = 0; i < count; i++) {
		int failed = sync_close(fds[i]);

		if (failed == 0)
			failed = started;
		files[i]->synced = failed == 0;
		if (failed != 0 && error == 0) {
			cr_tile_path(files[i]->level, files[i]->n,
			    CR_TILE_WIDTH, path);
			error = failed;
		}
	}
	return error;
}

static int
write_partial(struct cr_tree *tree, unsigned level, const void *bytes,
    size_t len, unsigned width, unsigned *written,
    char path[CR_TILE_PATH_SIZE])
{
	const unsigned bits = level == CR_LEVEL_ENTRIES ? 8 : 8 * level + 8;
	int error, fd;

	if (width == 0 || width == *written)
		return 0;
	cr_tile_path(level, bits < 64 ? tree->size >> bits : 0, width, path);
	error = write_file(tree, path, bytes, len, &fd);
	if (error == 0)
		error = sync_close(fd);
	if (error == 0)
		*written = width;
	else	/* the next commit may be wider: nobody would write it again */
		(void)unlinkat(tree->dirfd, path, 0);
	return error;
}

static int
write_partials(struct cr_tree *tree, char path[CR_TILE_PATH_SIZE])
{
	int error = write_partial(tree, CR_LEVEL_ENTRIES, tree->bundle,
	    tree->bundle_len, (unsigned)(tree->size % CR_TILE_WIDTH),
	    &tree->bundle_written, path);

	for (unsigned l = 0; error == 0 && l < CR_TILE_LEVELS; l++) {
		struct cr_tree_level *level = &tree->levels[l];

		error = write_partial(tree, l, level->hashes,
		    level->width * sizeof(level->hashes[0]), level->width,
		    &level->written, path);
	}
	return error;
}

static int
sync_directories(struct cr_tree *tree, char path[CR_TILE_PATH_SIZE])
{
	for (; tree->dirs.count > 0; tree->dirs.count--) {
		const char *name = tree->dirs.paths[tree->dirs.count - 1];
		int error = cr_disk_sync(tree->dirfd, name);

		if (error != 0) {
			snprintf(path, CR_TILE_PATH_SIZE, "%s", name);
			return error;
		}
	}
	return 0;
}

int
cr_tree_write_checkpoint(struct cr_tree *tree, struct cr_log_fault *ret_fault)
{
	struct cr_checkpoint checkpoint = {
		.origin = cr_slice_of(tree->origin),
		.size = tree->size
	};
	char *note = NULL;
	size_t len;
	int rc;

	cr_tree_root(tree, &checkpoint.root);
	rc = cr_checkpoint_sign(&checkpoint, tree->key, &note, &len);
	if (rc == CR_OK)
		rc = cr_file_replace(tree->dirfd, "checkpoint",
		    (struct cr_slice){ note, len }, ret_fault);
	else
		rc = cr_fault_set(ret_fault, rc == CR_ENOMEM ?
		    CR_FAULT_MEMORY : CR_FAULT_KEY, 0, CR_FAULT_NO_INDEX,
		    NULL);
	free(note);
	if (rc == CR_OK)
		tree->committed = tree->size;
	return rc;
}

void
cr_tree_remove_partial(int dirfd, unsigned level, uint64_t n)
{
	char path[CR_TILE_PATH_SIZE];
	struct dirent *entry;
	DIR *dir;
	int fd;

	cr_tile_path(level, n, 1, path);
	*strrchr(path, '/') = '\0';
	fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlinkat(fd, entry->d_name, 0);
	}
	closedir(dir);
	(void)unlinkat(dirfd, path, AT_REMOVEDIR);
}

static void
forget_files(struct cr_tree *tree)
{
	while (tree->files != NULL) {
		struct cr_tree_file *file = tree->files;

		cr_tree_remove_partial(tree->dirfd, file->level, file->n);
		tree->files = file->next;
		tree->pending -= file->len;
		free(file);
	}
	tree->files_end = &tree->files;
}

int
cr_tree_commit(struct cr_tree *tree, struct cr_log_fault *ret_fault)
{
	char path[CR_TILE_PATH_SIZE] = "";
	struct cr_tree_file *next = tree->files;
	int error = 0, rc;

	if (tree->size == tree->committed)
		return CR_OK;
	if (!cr_key_can_sign(tree->key))
		return cr_fault_set(ret_fault, CR_FAULT_KEY, 0,
		    CR_FAULT_NO_INDEX, NULL);
	while (next != NULL && error == 0)
		error = write_batch(tree, &next, path);
	if (error == 0)
		error = write_partials(tree, path);
	if (error == 0)
		error = sync_directories(tree, path);
	if (error != 0) {
		/* ENOENT here is no missing record: the directory is gone */
		return cr_fault_set(ret_fault, error == ENOMEM ?
		    CR_FAULT_MEMORY : CR_FAULT_IO, error, CR_FAULT_NO_INDEX,
		    path);
	}
	rc = cr_tree_write_checkpoint(tree, ret_fault);
	if (rc == CR_OK)
		forget_files(tree);
	return rc;
}
