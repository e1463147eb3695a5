/*
 * The read log as text: a line for each entry released and for each event,
 * "key=value" separated by a space, in the order of the log.  Read from the
 * files of a running slapd: the tree, and behind it the write-ahead log.
 */
#include "integration/harness.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/leaf.h"
#include "log/leaf_text.h"
#include "log/tile.h"
#include "log/wal_read.h"

#define TRIES 200

struct lines {
	struct cr_text text;
	uint64_t next; /* first leaf that is not in the text */
	struct cr_leaf_space space;
};

static void
add_text(struct lines *lines, const char *key, struct cr_slice text)
{
	if (text.len > 0)
		cr_text_add(&lines->text, " %s=%.*s", key, (int)text.len, text.ptr);
}

static void
add_uuid(struct lines *lines, const unsigned char *uuid)
{
	cr_text_add(&lines->text, " uuid=");
	for (unsigned i = 0; i < CR_LEAF_UUID; i++)
		cr_text_add(&lines->text, "%s%02x",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

static void
add_head(struct lines *lines, const struct cr_leaf *leaf)
{
	char time[CR_LEAF_TIME_SIZE];

	ck_assert_int_eq(cr_leaf_time_format(leaf->time_ms, time), CR_OK);
	cr_text_add(&lines->text, "t=%s", time);
	add_text(lines, "who", leaf->reader);
	add_text(lines, "for", leaf->on_behalf_of);
	add_text(lines, "purpose", leaf->purpose);
	add_text(lines, "recipient", leaf->recipient);
	add_text(lines, "ref", leaf->reference);
	add_text(lines, "mech", leaf->mechanism);
	cr_text_add(&lines->text, " ssf=%u", leaf->ssf);
	add_text(lines, "peer", leaf->peer);
	add_text(lines, "listener", leaf->listener);
	cr_text_add(&lines->text, " conn=%" PRIu64 " op=%" PRIu64 " type=%s",
	    leaf->connection, leaf->operation, cr_leaf_type_name(leaf->type));
	add_text(lines, "scope",
	    cr_slice_of(cr_leaf_scope_name(leaf->scope)));
	add_text(lines, "filter", leaf->shape);
	for (size_t i = 0; i < leaf->attribute_count; i++)
		cr_text_add(&lines->text, "%s%.*s", i == 0 ? " attrs=" : ",",
		    (int)leaf->attributes[i].len, leaf->attributes[i].ptr);
}

static void
add_leaf(struct lines *lines, struct cr_slice bytes)
{
	struct cr_leaf leaf;

	ck_assert_int_eq(cr_leaf_decode(bytes, &lines->space, &leaf), CR_OK);
	for (size_t i = 0; i < leaf.entry_count; i++) {
		add_head(lines, &leaf);
		add_uuid(lines, leaf.entries[i].uuid);
		cr_text_add(&lines->text, " class=%s\n",
		    cr_name_class(leaf.entries[i].class_code));
	}
	if ((leaf.flags & CR_LEAF_EVENT) != 0) {
		add_head(lines, &leaf);
		if (leaf.has_subject)
			add_uuid(lines, leaf.subject);
		add_text(lines, "event", leaf.event);
		add_text(lines, "detail", leaf.detail);
		cr_text_add(&lines->text, "\n");
	}
	if ((leaf.flags & CR_LEAF_LAST) != 0) {
		cr_text_add(&lines->text, "end conn=%" PRIu64 " op=%" PRIu64
		    " result=%d count=%" PRIu64 "\n", leaf.connection,
		    leaf.operation, leaf.result, leaf.count);
	}
}

/* The tree as its checkpoint has it: origin, size, ... a line each. */
static uint64_t
tree_size(int dirfd)
{
	char text[512];
	int fd = openat(dirfd, "checkpoint", O_RDONLY | O_CLOEXEC);
	ssize_t len;
	char *line;

	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	line = strchr(text, '\n');
	return line == NULL ? 0 : strtoull(line + 1, NULL, 10);
}

static void
add_tree(struct lines *lines, int dirfd, uint64_t size)
{
	struct cr_bundle bundle = { 0 };

	while (lines->next < size) {
		struct cr_log_fault fault;
		unsigned i = (unsigned)(lines->next % CR_TILE_WIDTH);

		ck_assert_int_eq(cr_bundle_read(dirfd,
		    lines->next / CR_TILE_WIDTH, size, &bundle, &fault),
		    CR_OK);
		for (; i < bundle.count; i++, lines->next++)
			add_leaf(lines, cr_bundle_leaf(&bundle, i));
	}
	cr_bundle_clear(&bundle);
}

static int
add_waiting(void *arg, uint64_t index, struct cr_slice leaf,
    struct cr_log_fault *ret_fault)
{
	struct lines *lines = arg;

	(void)ret_fault;
	if (index < lines->next)
		return CR_OK;
	if (index > lines->next)
		return CR_ELOG;
	lines->next++;
	add_leaf(lines, leaf);
	return CR_OK;
}

/* While slapd integrates, what was in the one place moves to the other. */
struct cr_text
cr_readlog_of(const char *dir)
{
	struct lines lines = { 0 };
	int rc = CR_ELOG;
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_msg(dirfd >= 0, "no read log in %s", dir);
	for (int i = 0; i < TRIES && rc != CR_OK; i++) {
		struct cr_wal_found found = { 0 };
		struct cr_log_fault fault = { 0 };
		uint64_t size = tree_size(dirfd);

		add_tree(&lines, dirfd, size);
		rc = cr_wal_replay(dirfd, size, add_waiting, &lines, &found,
		    &fault);
		cr_wal_found_clear(&found);
		/* nothing behind the tree: was it the newest one? */
		if (rc == CR_OK && tree_size(dirfd) > lines.next)
			rc = CR_ELOG;
	}
	(void)close(dirfd);
	cr_leaf_space_clear(&lines.space);
	ck_assert_msg(rc == CR_OK, "the read log does not read (%d)", rc);
	cr_text_add(&lines.text, "%s", "");
	return lines.text;
}

size_t
cr_readlog_entries(const struct cr_text *log)
{
	size_t count = 0;

	for (const char *at = log->bytes;
	    (at = strstr(at, " class=")) != NULL; at++)
		count++;
	return count;
}

struct cr_text
cr_server_readlog(const struct cr_server *server)
{
	return cr_readlog_of(cr_server_path(server, "log"));
}
