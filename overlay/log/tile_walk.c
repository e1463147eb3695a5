#include "log/tile_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEPTH_MAX = 6 };		/* groups of three digits */

struct walk {
	int dirfd;
	const uint64_t *from;
	cr_tile_found_fn *found;
	void *arg;
	unsigned level;
};

static bool
parse_group(const char *text, unsigned *ret_group)
{
	unsigned group = 0;

	for (int i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		group = group * 10 + (unsigned)(text[i] - '0');
	}
	*ret_group = group;
	return true;
}

static bool
parse_width(const char *text, unsigned *ret_width)
{
	unsigned width = 0;

	if (*text < '1' || *text > '9')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		width = width * 10 + (unsigned)(*text - '0');
		if (width >= CR_TILE_WIDTH)
			return false;
	}
	*ret_width = width;
	return true;
}

/* A path too long is none of ours either. */
static bool
join_path(char path[CR_FAULT_PATH_SIZE], const char *directory,
    const char *name)
{
	return snprintf(path, CR_FAULT_PATH_SIZE, "%s/%s", directory, name) <
	    CR_FAULT_PATH_SIZE;
}

static int
tell_stray(const struct walk *walk, const char *path)
{
	const struct cr_tile_found found = { .path = path };

	return walk->found(walk->arg, &found);
}

static int
tell_tile(const struct walk *walk, const char *path, uint64_t n,
    unsigned width)
{
	const struct cr_tile_found found = { .is_tile = true,
		.level = walk->level, .n = n, .width = width, .path = path };

	return walk->found(walk->arg, &found);
}

static int
open_directory(const struct walk *walk, const char *path, DIR **ret_dir)
{
	int error;
	int fd = openat(walk->dirfd, path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno;
	*ret_dir = fdopendir(fd);
	if (*ret_dir != NULL)
		return 0;
	error = errno;
	close(fd);
	return error;
}

static int
walk_partials(const struct walk *walk, const char *directory, uint64_t n)
{
	char path[CR_FAULT_PATH_SIZE];
	struct dirent *entry;
	DIR *dir;
	int rc = open_directory(walk, directory, &dir);

	if (rc == ENOTDIR)
		return tell_stray(walk, directory);
	if (rc != 0)
		return rc;
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		unsigned width;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (join_path(path, directory, entry->d_name) &&
		    parse_width(entry->d_name, &width))
			rc = tell_tile(walk, path, n, width);
		else
			rc = tell_stray(walk, path);
	}
	closedir(dir);
	return rc;
}

static bool
is_below(const struct walk *walk, uint64_t prefix, unsigned depth)
{
	uint64_t limit = 1, from;

	if (walk->from == NULL)
		return false;
	from = walk->from[walk->level];
	for (unsigned i = 0; i <= depth; i++)
		limit *= 1000;
	/* close to one more group of digits it may hold larger numbers */
	return prefix * 1000 + 999 < from && from < limit - limit / 10;
}

static int walk_groups(const struct walk *walk, const char *directory,
	uint64_t prefix, unsigned depth);

static int
walk_name(const struct walk *walk, const char *path, const char *name,
    uint64_t prefix, unsigned depth)
{
	const size_t len = strlen(name);
	unsigned group;

	if (len == 4 && name[0] == 'x' && parse_group(name + 1, &group)) {
		prefix = prefix * 1000 + group;
		return depth + 1 >= DEPTH_MAX || prefix == 0 ?
		    tell_stray(walk, path) :
		    is_below(walk, prefix, depth + 1) ? 0 :
		    walk_groups(walk, path, prefix, depth + 1);
	}
	if (len < 3 || !parse_group(name, &group))
		return tell_stray(walk, path);
	prefix = prefix * 1000 + group;
	if (len == 3)
		return tell_tile(walk, path, prefix, CR_TILE_WIDTH);
	if (strcmp(name + 3, ".p") == 0)
		return walk_partials(walk, path, prefix);
	return tell_stray(walk, path);
}

static int
walk_groups(const struct walk *walk, const char *directory, uint64_t prefix,
    unsigned depth)
{
	char path[CR_FAULT_PATH_SIZE];
	struct dirent *entry;
	DIR *dir;
	int rc = open_directory(walk, directory, &dir);

	if (rc == ENOTDIR)
		return tell_stray(walk, directory);
	if (rc != 0)
		return rc;
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (join_path(path, directory, entry->d_name))
			rc = walk_name(walk, path, entry->d_name, prefix,
			    depth);
		else
			rc = tell_stray(walk, directory);
	}
	closedir(dir);
	return rc;
}

int
cr_tile_walk(int dirfd, const uint64_t *from, cr_tile_found_fn *found,
    void *arg)
{
	struct walk walk = { .dirfd = dirfd, .from = from, .found = found,
		.arg = arg };
	struct dirent *entry;
	DIR *dir;
	int rc = open_directory(&walk, "tile", &dir);

	if (rc != 0)
		return rc == ENOENT ? 0 : rc;
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		char path[CR_FAULT_PATH_SIZE];
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (!join_path(path, "tile", name)) {
			rc = tell_stray(&walk, "tile");
			continue;
		}
		if (strcmp(name, "entries") == 0)
			walk.level = CR_LEVEL_ENTRIES;
		else if (name[0] >= '0' && name[0] <= '7' && name[1] == '\0')
			walk.level = (unsigned)(name[0] - '0');
		else {
			rc = tell_stray(&walk, path);
			continue;
		}
		rc = walk_groups(&walk, path, 0, 0);
	}
	closedir(dir);
	return rc;
}
