#include "harness_command.h"

#include <string.h>

#define WORDS 40

static char *
text_of(const char *path)
{
	struct cr_text text = cr_text_of_file(path);

	return text.bytes != NULL ? text.bytes : cr_keep_text("%s", "");
}

struct cr_said
cr_command(const char *const words[])
{
	const char *argv[WORDS] = { cr_conf_env("CR_CLIENT", "/build/custreg") };
	char *dir = cr_suite_dir("said");
	char *out = cr_keep_text("%s/out", dir);
	char *err = cr_keep_text("%s/err", dir);
	struct cr_said said;

	for (size_t i = 0; words[i] != NULL; i++) {
		ck_assert_uint_lt(i, WORDS - 2);
		argv[i + 1] = words[i];
	}
	said.code = cr_load_run(err, argv, out);
	said.out = text_of(out);
	said.complaint = text_of(err);
	return said;
}

size_t
cr_times(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		count++;
	return count;
}
