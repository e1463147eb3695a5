#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base64.h"
#include "disk.h"

static const char head[] = "custreg suppression key 1\n";

enum {
	HEAD_SIZE = sizeof(head) - 1,
	TEXT_SIZE = CR_BASE64_SIZE(CR_SUPPRESS_SECRET_SIZE),
	FILE_SIZE = HEAD_SIZE + TEXT_SIZE + 1
};

static const char *const texts[] = {
	[CR_KEYFILE_UNKNOWN] = "an error nobody thought of",
	[CR_KEYFILE_MISSING] = "there is no such file",
	[CR_KEYFILE_IO] = "cannot be read or written",
	[CR_KEYFILE_SHAPE] = "not a plain file of the right size",
	[CR_KEYFILE_OWNER] = "belongs to another user",
	[CR_KEYFILE_MODE] = "others may read or write it",
	[CR_KEYFILE_TEXT] = "not a suppression key",
	[CR_KEYFILE_RANDOM] = "no random bytes to make it of"
};

const char *
cr_keyfile_fault_text(enum cr_keyfile_fault_kind kind)
{
	const size_t count = sizeof(texts) / sizeof(texts[0]);

	return texts[(size_t)kind < count ? kind : CR_KEYFILE_UNKNOWN];
}

static int
fault(struct cr_keyfile_fault *ret_fault, enum cr_keyfile_fault_kind kind,
    int error)
{
	*ret_fault = (struct cr_keyfile_fault){ kind, error };
	return error == ENOMEM ? CR_ENOMEM : CR_EKEY;
}

static int
disk_fault(struct cr_keyfile_fault *ret_fault, int error)
{
	return fault(ret_fault, error == ENOENT ? CR_KEYFILE_MISSING :
	    error == ELOOP || error == EISDIR ? CR_KEYFILE_SHAPE :
	    CR_KEYFILE_IO, error);
}

static int
parse(struct cr_slice text, unsigned char ret_secret[CR_SUPPRESS_SECRET_SIZE])
{
	size_t len;

	if (text.len != FILE_SIZE || memcmp(text.ptr, head, HEAD_SIZE) != 0 ||
	    text.ptr[FILE_SIZE - 1] != '\n' ||
	    cr_base64_decode((struct cr_slice){ text.ptr + HEAD_SIZE,
	    TEXT_SIZE }, ret_secret, CR_SUPPRESS_SECRET_SIZE, &len) != CR_OK ||
	    len != CR_SUPPRESS_SECRET_SIZE)
		return CR_ESYNTAX;
	return CR_OK;
}

static int
load(const char *path, unsigned char ret_secret[CR_SUPPRESS_SECRET_SIZE],
    struct cr_keyfile_fault *ret_fault)
{
	struct cr_file file = { 0 };
	int error = cr_disk_read(AT_FDCWD, path, FILE_SIZE, &file);
	int rc = CR_OK;

	if (error != 0)
		return disk_fault(ret_fault, error);
	if (file.owner != geteuid())
		rc = fault(ret_fault, CR_KEYFILE_OWNER, 0);
	else if ((file.mode & 077) != 0)
		rc = fault(ret_fault, CR_KEYFILE_MODE, 0);
	else if (parse(cr_file_slice(&file), ret_secret) != CR_OK)
		rc = fault(ret_fault, CR_KEYFILE_TEXT, 0);
	cr_cleanse(file.bytes, file.len);
	cr_file_clear(&file);
	return rc;
}

/* Another process may make it meanwhile: then that one holds. */
static int
make_file(const char *path, bool *ret_made, struct cr_keyfile_fault *ret_fault)
{
	unsigned char secret[CR_SUPPRESS_SECRET_SIZE];
	char text[FILE_SIZE + 1];
	int error;

	if (cr_random_key(secret, sizeof(secret)) != CR_OK)
		return fault(ret_fault, CR_KEYFILE_RANDOM, 0);
	memcpy(text, head, HEAD_SIZE);
	cr_base64_encode(secret, sizeof(secret), text + HEAD_SIZE);
	text[FILE_SIZE - 1] = '\n';
	error = cr_disk_make(path, (struct cr_slice){ text, FILE_SIZE });
	cr_cleanse(secret, sizeof(secret));
	cr_cleanse(text, sizeof(text));
	*ret_made = error == 0;
	/* a directory that is missing is no missing file */
	return error == 0 || error == EEXIST ? CR_OK :
	    fault(ret_fault, CR_KEYFILE_IO, error);
}

int
cr_keyfile_open(const char *path, struct cr_slice register_name, bool make,
    struct cr_suppress_key **ret_key, bool *ret_made,
    struct cr_keyfile_fault *ret_fault)
{
	unsigned char secret[CR_SUPPRESS_SECRET_SIZE];
	bool made = false;
	int error, rc = load(path, secret, ret_fault);

	if (rc == CR_EKEY && make && ret_fault->kind == CR_KEYFILE_MISSING) {
		rc = make_file(path, &made, ret_fault);
		/* read back: a file system may not keep modes */
		if (rc == CR_OK)
			rc = load(path, secret, ret_fault);
	}
	if (rc == CR_OK && make && !made) {
		/* whoever made it may have been killed before it was synced */
		error = cr_disk_sync_parent(path);
		if (error != 0)
			rc = fault(ret_fault, CR_KEYFILE_IO, error);
	}
	if (rc == CR_OK)
		rc = cr_suppress_key_new(secret, register_name, ret_key);
	if (rc == CR_OK)
		*ret_made = made;
	cr_cleanse(secret, sizeof(secret));
	return rc;
}
