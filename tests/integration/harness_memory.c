/* What the tests are given stays reachable until the process ends. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kept {
	struct kept *next;
	max_align_t bytes[];
};

static struct kept *all_kept;

void *
cr_keep(size_t size)
{
	struct kept *kept = calloc(1, sizeof(*kept) + size + 1);

	if (kept == NULL)
		abort();
	kept->next = all_kept;
	all_kept = kept;
	return kept->bytes;
}

char *
cr_keep_text(const char *format, ...)
{
	va_list args, again;
	char *text;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	text = cr_keep((size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

void
cr_text_put(struct cr_text *text, const char *bytes, size_t len)
{
	if (text->len + len + 1 > text->room) {
		size_t room = text->room == 0 ? 512 : text->room;
		char *fresh;

		while (room < text->len + len + 1)
			room *= 2;
		fresh = cr_keep(room);
		if (text->len > 0)
			memcpy(fresh, text->bytes, text->len);
		text->bytes = fresh;
		text->room = room;
	}
	if (len > 0)
		memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
}

void
cr_text_add(struct cr_text *text, const char *format, ...)
{
	va_list args, again;
	char *made;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	made = malloc((size_t)len + 1);
	if (made == NULL)
		abort();
	vsnprintf(made, (size_t)len + 1, format, again);
	va_end(again);
	va_end(args);
	cr_text_put(text, made, (size_t)len);
	free(made);
}

struct cr_text
cr_text_of_file(const char *path)
{
	struct cr_text text = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char block[16384];
	ssize_t got = 0;

	cr_text_put(&text, "", 0);
	while (fd >= 0 && (got = read(fd, block, sizeof(block))) > 0)
		cr_text_put(&text, block, (size_t)got);
	if (fd >= 0)
		close(fd);
	return text;
}

void
cr_text_to_file(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t done = 0;

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	while (done < len) {
		ssize_t wrote = write(fd, bytes + done, len - done);

		ck_assert_msg(wrote > 0, "%s: %s", path, strerror(errno));
		done += (size_t)wrote;
	}
	close(fd);
}

bool
cr_bytes_contain(const char *bytes, size_t len, const char *what,
    size_t what_len)
{
	return what_len > 0 && memmem(bytes, len, what, what_len) != NULL;
}
