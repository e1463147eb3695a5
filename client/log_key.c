/* custreg log key */
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"

static const char help[] =
	"Usage: custreg log key DIR|FILE\n"
	"       custreg log key --make NAME FILE\n"
	"\n"
	"Prints the public key (vkey) of the key in FILE or DIR/key: what "
	"--key of the other\n"
	"commands takes, and what others need to check the log. --make makes "
	"a new key for a\n"
	"log of that name (its origin) in FILE, 0600, and prints the public "
	"one.\n";

static int
print_key(const struct cr_key *key)
{
	char text[CR_KEY_TEXT_SIZE];

	if (cr_key_verifier(key, text) != CR_OK)
		return CR_EXIT_UNAVAILABLE;
	puts(text);
	return CR_EXIT_DONE;
}

static int
make_key(const char *name, const char *path)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_key *key = NULL;
	int rc = cr_key_make(cr_slice_of(name), &key), code;

	if (rc != CR_OK) {
		cr_complain("--make %s: not a name of a log (no spaces, no "
		    "plus)", name);
		return CR_EXIT_USAGE;
	}
	rc = cr_key_save(key, path, &fault);
	code = rc == CR_OK ? print_key(key) :
	    cr_log_complain(path, rc, &fault);
	cr_key_free(&key);
	return code;
}

static int
show_key(const char *path)
{
	struct cr_log_fault fault = { .kind = CR_FAULT_UNKNOWN };
	struct cr_key *key = NULL;
	struct stat st;
	char *inside = NULL;
	int rc, code;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (asprintf(&inside, "%s/key", path) < 0)
			return CR_EXIT_UNAVAILABLE;
		path = inside;
	}
	rc = cr_key_load(path, &key, &fault);
	if (rc == CR_OK) {
		code = print_key(key);
	} else {
		(void)cr_log_complain(path, rc, &fault);
		code = rc == CR_EVERIFY ? CR_EXIT_USAGE : CR_EXIT_UNAVAILABLE;
	}
	cr_key_free(&key);
	free(inside);
	return code;
}

int
cr_log_key_run(int argc, char **argv)
{
	struct cr_log_options options;
	int code = CR_EXIT_USAGE;
	int rc = cr_log_parse(argc, argv, "M", help, &options);

	if (rc == CR_EHIDDEN)
		code = CR_EXIT_DONE;
	else if (rc == CR_OK && optind + 1 != argc)
		cr_complain("log key takes one file or directory");
	else if (rc == CR_OK)
		code = options.make != NULL ?
		    make_key(options.make, argv[optind]) :
		    show_key(argv[optind]);
	cr_log_options_clear(&options);
	return code;
}
