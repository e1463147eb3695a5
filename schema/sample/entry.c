/* Writing one entry of the sample. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/clock.h"
#include "sample.h"

#define DN_SIZE 512

_Static_assert(TIME_SIZE == CR_TIME_TEXT_SIZE, "the text of an instant");

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return mix(hash);
}

static void
put_hex(char *out, uint64_t number, size_t digits)
{
	while (digits > 0) {
		out[--digits] = "0123456789abcdef"[number & 15];
		number >>= 4;
	}
}

/* A version 4 UUID (RFC 4122) that is always the same for a DN and a seed. */
static void
put_uuid(const struct sample *sample, const char *rdns)
{
	char text[] = "........-....-....-....-............";
	uint64_t high = hash_text(mix(sample->seed + 1), rdns);
	uint64_t low = hash_text(mix(sample->seed + 2), rdns);

	high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
	put_hex(text, high >> 32, 8);
	put_hex(text + 9, high >> 16, 4);
	put_hex(text + 14, high, 4);
	put_hex(text + 19, low >> 48, 4);
	put_hex(text + 24, low, 12);
	put_value(sample, "entryUUID", text);
}

void
begin_entry(const struct sample *sample, const char *rdns)
{
	if (*rdns != '\0')
		put_dn(sample, "dn", rdns);
	else
		put_value(sample, "dn", sample->suffix);
	put_uuid(sample, rdns);
}

void
end_entry(const struct sample *sample)
{
	cr_ldif_text(sample->ldif, "\n");
}

void
put_value(const struct sample *sample, const char *attribute, const char *value)
{
	cr_ldif_value(sample->ldif, attribute, value);
}

void
put_format(const struct sample *sample, const char *attribute,
    const char *format, ...)
{
	char value[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(value))
		abort();
	put_value(sample, attribute, value);
}

void
put_dn(const struct sample *sample, const char *attribute, const char *rdns)
{
	char dn[DN_SIZE];
	size_t len = strlen(rdns);
	size_t rest = strlen(sample->suffix) + 1;

	if (len + 1 + rest > sizeof(dn))
		abort();
	memcpy(dn, rdns, len);
	dn[len] = ',';
	memcpy(dn + len + 1, sample->suffix, rest);
	put_value(sample, attribute, dn);
}

void
time_text(int64_t time, char ret_text[TIME_SIZE])
{
	if (cr_time_format(time, ret_text) != CR_OK)
		abort();
}

void
put_time(const struct sample *sample, const char *attribute, int64_t time)
{
	char text[TIME_SIZE];

	time_text(time, text);
	put_value(sample, attribute, text);
}

bool
is_omitted(const struct sample *sample, uint64_t number)
{
	for (size_t i = 0; i < sample->omitted_count; i++) {
		if (sample->omitted[i] == number)
			return true;
	}
	return false;
}

void
put_password(const struct sample *sample, const char *name)
{
	unsigned char digest[20 + 8];
	unsigned char salted[sizeof(SAMPLE_PASSWORD) - 1 + 8];
	char text[4 * ((sizeof(digest) + 2) / 3) + 1];
	uint64_t salt = hash_text(mix(sample->seed), name);
	const size_t len = sizeof(SAMPLE_PASSWORD) - 1;

	memcpy(salted, SAMPLE_PASSWORD, len);
	for (size_t i = 0; i < 8; i++)
		salted[len + i] = (unsigned char)(salt >> 8 * i);
	if (EVP_Digest(salted, sizeof(salted), digest, NULL, EVP_sha1(),
		NULL) != 1)
		abort();
	memcpy(digest + 20, salted + len, 8);
	cr_ldif_base64(digest, sizeof(digest), text);
	put_format(sample, "userPassword", "{SSHA}%s", text);
}
