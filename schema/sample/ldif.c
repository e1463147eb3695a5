#include "ldif.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
cr_ldif_init(struct cr_ldif *ldif, int fd)
{
	ldif->fd = fd;
	ldif->failed = false;
	ldif->error = 0;
	ldif->len = 0;
}

static void
write_out(struct cr_ldif *ldif)
{
	size_t done = 0;

	while (done < ldif->len && !ldif->failed) {
		ssize_t n =
		    write(ldif->fd, ldif->bytes + done, ldif->len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			ldif->failed = true;
			ldif->error = errno;
		}
	}
	ldif->len = 0;
}

static void
put(struct cr_ldif *ldif, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t room = sizeof(ldif->bytes) - ldif->len;
		size_t part = len < room ? len : room;

		memcpy(ldif->bytes + ldif->len, bytes, part);
		ldif->len += part;
		bytes += part;
		len -= part;
		if (ldif->len == sizeof(ldif->bytes))
			write_out(ldif);
	}
}

bool
cr_ldif_flush(struct cr_ldif *ldif)
{
	write_out(ldif);
	errno = ldif->error;
	return !ldif->failed;
}

void
cr_ldif_text(struct cr_ldif *ldif, const char *text)
{
	put(ldif, text, strlen(text));
}

void
cr_ldif_base64(const unsigned char *bytes, size_t len, char *ret_text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = ret_text;

	for (size_t i = 0; i < len; i += 3) {
		unsigned n = (unsigned)bytes[i] << 16;

		if (i + 1 < len)
			n |= (unsigned)bytes[i + 1] << 8;
		if (i + 2 < len)
			n |= bytes[i + 2];
		*out++ = digits[n >> 18];
		*out++ = digits[n >> 12 & 63];
		*out++ = i + 1 < len ? digits[n >> 6 & 63] : '=';
		*out++ = i + 2 < len ? digits[n & 63] : '=';
	}
	*out = '\0';
}

/* SAFE-STRING of RFC 2849, and no space at the end (its note 8). */
static bool
is_safe(const char *value, size_t len)
{
	if (len == 0)
		return true;
	if (strchr(" :<", value[0]) != NULL || value[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c >= 0x80 || c == '\n' || c == '\r')
			return false;
	}
	return true;
}

static void
put_base64(struct cr_ldif *ldif, const char *value, size_t len)
{
	char text[4 * 48 / 3 + 1];

	while (len > 0) {
		size_t part = len < 48 ? len : 48;

		cr_ldif_base64((const unsigned char *)value, part, text);
		cr_ldif_text(ldif, text);
		value += part;
		len -= part;
	}
}

void
cr_ldif_value(struct cr_ldif *ldif, const char *attribute, const char *value)
{
	size_t len = strlen(value);

	cr_ldif_text(ldif, attribute);
	if (is_safe(value, len)) {
		put(ldif, ": ", 2);
		put(ldif, value, len);
	} else {
		put(ldif, ":: ", 3);
		put_base64(ldif, value, len);
	}
	put(ldif, "\n", 1);
}
