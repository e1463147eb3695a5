#include "secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"
#include "safe.h"

static int
read_line(FILE *in, char **ret_text, size_t *ret_len)
{
	char *line = calloc(1, CR_SECRET_MAX);
	size_t len = 0;
	int c;

	if (line == NULL)
		return CR_ENOMEM;
	while ((c = fgetc(in)) != EOF && c != '\n' && len < CR_SECRET_MAX - 1)
		line[len++] = (char)c;
	if (c == EOF && len == 0) {
		free(line);
		return CR_ESYNTAX;
	}
	*ret_text = line;
	*ret_len = len;
	return CR_OK;
}

int
cr_secret_ask(const char *prompt, bool echo, char **ret_text, size_t *ret_len)
{
	FILE *tty = fopen("/dev/tty", "r+");
	FILE *in = tty != NULL ? tty : stdin;
	struct termios saved;
	struct termios quiet;
	bool silenced = false;
	int rc;

	cr_put_safe(stderr, cr_slice_of(prompt));
	fflush(stderr);
	setvbuf(in, NULL, _IONBF, 0);
	if (!echo && tcgetattr(fileno(in), &saved) == 0) {
		quiet = saved;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		silenced = tcsetattr(fileno(in), TCSAFLUSH, &quiet) == 0;
	}
	rc = read_line(in, ret_text, ret_len);
	if (silenced) {
		tcsetattr(fileno(in), TCSAFLUSH, &saved);
		fputc('\n', stderr);
	}
	if (tty != NULL)
		fclose(tty);
	return rc;
}

int
cr_secret_read_file(const char *path, char **ret_text, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	struct stat st;
	size_t len;
	int rc = CR_ESYNTAX;

	if (file == NULL)
		return CR_ESYNTAX;
	if (fstat(fileno(file), &st) == 0 && (st.st_mode & (S_IRWXG |
	    S_IRWXO)) != 0)
		cr_complain("warning: others can read the password file %s",
			path);
	setvbuf(file, NULL, _IONBF, 0);
	text = calloc(1, CR_SECRET_MAX);
	if (text == NULL) {
		rc = CR_ENOMEM;
		goto out;
	}
	len = fread(text, 1, CR_SECRET_MAX - 1, file);
	if (ferror(file) || !feof(file)) {
		explicit_bzero(text, CR_SECRET_MAX);
		goto out;
	}
	*ret_text = text;
	*ret_len = len;
	text = NULL;
	rc = CR_OK;
out:
	free(text);
	fclose(file);
	return rc;
}
