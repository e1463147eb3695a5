/* Programs run to their end, and the data of a test server. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
become(const char *log, const char *const *argv, const char *output)
{
	const char *preload = getenv("CR_SAN_PRELOAD");
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int out = output == NULL
	    ? fd
	    : open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || out < 0)
		_exit(126);
	dup2(out, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (preload != NULL && strstr(argv[0], "slap") != NULL) {
		setenv("LD_PRELOAD", preload, 1);
		/* what a tool has not freed when it ends is not ours */
		setenv("ASAN_OPTIONS",
		    cr_keep_text("%s:detect_leaks=0",
			getenv("ASAN_OPTIONS") != NULL ? getenv("ASAN_OPTIONS")
						       : ""),
		    1);
	}
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

int
cr_load_run(const char *log, const char *const *argv, const char *output)
{
	int status = 0;
	pid_t pid = fork();

	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (pid == 0)
		become(log, argv, output);
	while (waitpid(pid, &status, 0) < 0)
		ck_assert_msg(errno == EINTR, "waitpid: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void
add_ldif(const char *dir, const char *log, const char *file)
{
	char *conf = cr_keep_text("%s/slapd.conf", dir);
	const char *const argv[] = { "/usr/sbin/slapadd", "-q", "-f", conf,
		"-b", SUFFIX, "-l", file, NULL };
	int rc = cr_load_run(log, argv, NULL);

	ck_assert_msg(rc == 0, "slapadd %s: exit %d\n%s", file, rc,
	    cr_text_of_file(log).bytes);
}

/* A line with those that continue it; where the next begins. */
static const char *
line_end(const char *line)
{
	do {
		line = strchrnul(line, '\n');
		if (*line == '\n')
			line++;
	} while (*line == ' ');
	return line;
}

/* FNV-1a of the DN line. */
static uint64_t
hash(const char *bytes, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return h;
}

/*
 * Entries get the same times and identifiers on every server, so that two can
 * be compared.
 */
static void
copy_entries(struct cr_text *out, const char *ldif, bool with_uuid)
{
	const char *line = ldif, *end;

	for (; *line != '\0'; line = end) {
		end = line_end(line);
		cr_text_put(out, line, (size_t)(end - line));
		if (strncmp(line, "dn:", 3) != 0)
			continue;
		cr_text_add(out,
		    "createTimestamp: 20260101000000Z\n"
		    "modifyTimestamp: 20260101000000Z\n"
		    "entryCSN: 20260101000000.000000Z#000000#000#000000\n");
		if (with_uuid)
			continue;
		cr_text_add(out, "entryUUID: 00000000-0000-4000-8000-%012llx\n",
		    (unsigned long long)hash(line, (size_t)(end - line)) &
			0xffffffffffffULL);
	}
	cr_text_add(out, "\n");
}

static void
generate(const struct cr_setup *setup, const char *log, const char *file)
{
	const char *argv[80] = { 0 };
	size_t n = 0;
	int rc;

	argv[n++] =
	    cr_keep_text("%s/generate", cr_conf_env("CR_BUILD", "/build"));
	argv[n++] = "--customers";
	argv[n++] =
	    cr_keep_text("%u", setup->customers != 0 ? setup->customers : 10);
	if (setup->bare)
		argv[n++] = "--bare";
	for (size_t i = 0; setup->omit != NULL && setup->omit[i] != NULL; i++) {
		ck_assert(n < COUNT(argv) - 3);
		argv[n++] = "--omit";
		argv[n++] = setup->omit[i];
	}
	rc = cr_load_run(log, argv, file);
	ck_assert_msg(rc == 0, "generate: exit %d\n%s", rc,
	    cr_text_of_file(log).bytes);
}

void
cr_load_sample(const struct cr_setup *setup, const char *dir, const char *log)
{
	const char *top = cr_conf_env("CR_TOP", "");
	char *file = cr_keep_text("%s/data.ldif", dir);
	struct cr_text all = { 0 };

	generate(setup, log, file);
	copy_entries(&all, cr_text_of_file(file).bytes, true);
	copy_entries(&all,
	    cr_text_of_file(cr_keep_text("%s/schema/purposes.ldif", top)).bytes,
	    false);
	copy_entries(&all,
	    cr_text_of_file(cr_keep_text("%s/schema/register.ldif", top)).bytes,
	    false);
	if (setup->ldif != NULL)
		copy_entries(&all, setup->ldif, false);
	if (setup->more_ldif != NULL)
		copy_entries(&all, setup->more_ldif, false);
	cr_text_to_file(file, all.bytes, all.len);
	add_ldif(dir, log, file);
}
