/*
 * Runs a fuzz target over the files of its corpus, without libFuzzer, so that
 * every input that once mattered is tried by each `make test`.
 *
 *	replay_<target> <directory or file> ...
 *
 * One line "ok <path>" per input; an input that kills the target is the last
 * one named in the output.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned long inputs;

static int
fail(const char *path, const char *what)
{
	printf("not ok %s: %s\n", path, what);
	return -1;
}

/*
 * The buffer has exactly the size of the input, so that a sanitizer sees a
 * read past its end.
 */
static int
replay_file(const char *path, size_t size)
{
	uint8_t *data = NULL;
	FILE *file = NULL;
	int rc = -1;

	file = fopen(path, "rb");
	if (file == NULL) {
		fail(path, strerror(errno));
		goto out;
	}
	data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size) {
		fail(path, "cannot be read");
		goto out;
	}
	printf("input %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	printf("ok %s\n", path);
	inputs++;
	rc = 0;
out:
	free(data);
	if (file != NULL)
		fclose(file);
	return rc;
}

static int replay(const char *path);

static int
replay_directory(const char *path)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort);
	int rc = 0;

	if (count < 0)
		return fail(path, strerror(errno));
	for (int i = 0; i < count; i++) {
		char *child = NULL;

		if (names[i]->d_name[0] == '.') {
			;
		} else if (asprintf(&child, "%s/%s", path,
		    names[i]->d_name) < 0) {
			rc = fail(path, "no memory");
		} else if (replay(child) != 0) {
			rc = -1;
		}
		free(child);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int
replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail(path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return replay_directory(path);
	return replay_file(path, (size_t)st.st_size);
}

int
main(int argc, char *argv[])
{
	int rc = 0;

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		rc |= replay(argv[i]);
	if (rc == 0 && inputs == 0)
		rc = fail(argc > 1 ? argv[1] : "-", "no inputs");
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
