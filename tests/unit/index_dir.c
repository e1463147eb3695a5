#include "unit/index_dir.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SUBJECTS 40
#define QUESTIONS 60

struct index_dir_leaf {
	unsigned char *bytes;
	size_t len;
};

static const char *const readers[] = { "uid=mikko,ou=handlers",
	"uid=aino,ou=handlers", "uid=crm,ou=services",
	"uuid:2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f" };
static const char *const recipients[] = { "cn=agency,ou=recipients",
	"cn=bank,ou=recipients" };
static const char *const purposes[] = { "customerCare", "billing", "own" };

uint64_t
index_dir_draw(struct index_dir *dir, uint64_t below)
{
	uint64_t number = dir->state += UINT64_C(0x9e3779b97f4a7c15);

	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return (number ^ number >> 31) % below;
}

void
index_dir_subject(uint64_t number, unsigned char ret_uuid[CR_LEAF_UUID])
{
	memset(ret_uuid, 0x5a, CR_LEAF_UUID);
	memcpy(ret_uuid + 4, &number, sizeof(number));
}

void
index_dir_make(struct index_dir *dir)
{
	struct cr_log_fault fault;

	memset(dir, 0, sizeof(*dir));
	snprintf(dir->path, sizeof(dir->path), "/tmp/custreg-index-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir->path));
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL("log.example.fi"),
	    &dir->key), CR_OK);
	ck_assert_int_eq(cr_tree_open(dir->path, dir->key, "", &dir->tree,
	    &fault), CR_OK);
	dir->listing = 6;
	index_dir_commit_tree(dir);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
index_dir_remove(struct index_dir *dir)
{
	cr_index_close(&dir->index);
	cr_tree_close(&dir->tree);
	cr_key_free(&dir->key);
	for (size_t i = 0; i < dir->count; i++)
		free(dir->leaves[i].bytes);
	free(dir->leaves);
	nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
index_dir_open(struct index_dir *dir)
{
	struct cr_log_fault fault = { 0 };

	cr_index_close(&dir->index);
	ck_assert_int_eq(cr_index_open(dir->path, &dir->log, &dir->index,
	    &fault), CR_OK);
}

/* Its slices are constants; entries are those of the caller. */
static void
draw_leaf(struct index_dir *dir, struct cr_leaf *leaf,
    struct cr_leaf_entry *entries)
{
	*leaf = (struct cr_leaf){
		.flags = CR_LEAF_FIRST | CR_LEAF_LAST,
		/* the clock goes back now and then */
		.time_ms = (int64_t)(dir->count * 10 +
		    index_dir_draw(dir, 400)),
		.type = 1 + (enum cr_leaf_type)index_dir_draw(dir, 3),
		.reader = cr_slice_of(readers[index_dir_draw(dir, 4)]),
		.purpose = cr_slice_of(purposes[index_dir_draw(dir, 3)]),
		.entries = entries,
		.entry_count = index_dir_draw(dir, dir->listing)
	};
	if (index_dir_draw(dir, 5) == 0)
		leaf->on_behalf_of =
		    cr_slice_of(readers[index_dir_draw(dir, 4)]);
	if (index_dir_draw(dir, 9) == 0)
		leaf->recipient =
		    cr_slice_of(recipients[index_dir_draw(dir, 2)]);
	if (index_dir_draw(dir, 9) == 0) {
		leaf->flags |= CR_LEAF_EVENT;
		leaf->event = CR_SLICE_LITERAL("ban-set");
		leaf->has_subject = true;
		index_dir_subject(index_dir_draw(dir, SUBJECTS),
		    leaf->subject);
	}
	for (size_t i = 0; i < leaf->entry_count; i++) {
		index_dir_subject(index_dir_draw(dir, SUBJECTS),
		    entries[i].uuid);
		entries[i].class_code = 1;
	}
}

static void
append_one(struct index_dir *dir, struct cr_leaf_entry *entries)
{
	struct index_dir_leaf *kept;
	struct cr_leaf leaf;
	size_t size;

	draw_leaf(dir, &leaf, entries);
	if (dir->count == dir->room) {
		dir->room = 2 * dir->room + 64;
		dir->leaves = realloc(dir->leaves,
		    dir->room * sizeof(*dir->leaves));
		ck_assert_ptr_nonnull(dir->leaves);
	}
	kept = &dir->leaves[dir->count];
	size = cr_leaf_size(&leaf);
	kept->bytes = malloc(size);
	ck_assert_ptr_nonnull(kept->bytes);
	ck_assert_int_eq(cr_leaf_encode(&leaf, kept->bytes, size, &kept->len),
	    CR_OK);
	/* a leaf of some later version is passed over */
	if (index_dir_draw(dir, 50) == 0)
		kept->bytes[0] = 99;
	dir->count++;
}

void
index_dir_append(struct index_dir *dir, size_t count)
{
	struct cr_leaf_entry *entries = calloc(dir->listing + 1,
	    sizeof(*entries));

	ck_assert_ptr_nonnull(entries);
	while (count-- > 0) {
		struct cr_slice leaf;

		append_one(dir, entries);
		leaf.ptr = (const char *)dir->leaves[dir->count - 1].bytes;
		leaf.len = dir->leaves[dir->count - 1].len;
		ck_assert_int_eq(cr_tree_append(dir->tree, leaf), CR_OK);
		if (dir->index != NULL)
			cr_index_add(dir->index, dir->count - 1,
			    cr_tree_last_offset(dir->tree), leaf);
	}
	free(entries);
}

void
index_dir_commit_tree(struct index_dir *dir)
{
	struct cr_log_fault fault;

	ck_assert_int_eq(cr_tree_commit(dir->tree, &fault), CR_OK);
	dir->log.size = cr_tree_committed(dir->tree);
	cr_tree_root(dir->tree, &dir->log.root);
}

void
index_dir_commit(struct index_dir *dir)
{
	struct cr_log_fault fault = { 0 };

	index_dir_commit_tree(dir);
	if (dir->index != NULL)
		ck_assert_int_eq(cr_index_commit(dir->index, &dir->log,
		    &fault), CR_OK);
}

void
index_dir_catch_up(struct index_dir *dir)
{
	struct cr_log_fault fault = { 0 };

	do
		ck_assert_int_eq(cr_index_commit(dir->index, &dir->log,
		    &fault), CR_OK);
	while (cr_index_behind(dir->index) > 0);
}

void
index_dir_question(struct index_dir *dir, struct cr_query *query)
{
	uint64_t kind = index_dir_draw(dir, 16);

	cr_query_init(query);
	if (kind & 1 && kind > 2) {
		query->has_subject = true;
		/* also of somebody who was never read */
		index_dir_subject(index_dir_draw(dir, SUBJECTS + 1),
		    query->subject);
	}
	if (kind & 2)
		query->reader = cr_slice_of(readers[index_dir_draw(dir, 4)]);
	if (kind == 4)
		query->recipient = CR_SLICE_LITERAL("CN=Bank,ou=recipients");
	if (kind == 5)
		query->purpose = CR_SLICE_LITERAL("billing");
	if (kind == 6)
		query->type = CR_LEAF_COMPARE;
	if (kind & 8) {
		query->from_ms = (int64_t)index_dir_draw(dir,
		    dir->count * 10 + 400);
		query->until_ms = query->from_ms +
		    (int64_t)index_dir_draw(dir, dir->count * 5 + 400);
	}
	if (index_dir_draw(dir, 3) == 0)
		query->first = index_dir_draw(dir, dir->count + 10);
}

/* What the hits are, told as a line of numbers. */
struct answer {
	uint64_t *numbers;
	size_t count;
	size_t room;
};

static void
note(struct answer *answer, uint64_t number)
{
	if (answer->count == answer->room) {
		answer->room = 2 * answer->room + 64;
		answer->numbers = realloc(answer->numbers,
		    answer->room * sizeof(*answer->numbers));
		ck_assert_ptr_nonnull(answer->numbers);
	}
	answer->numbers[answer->count++] = number;
}

static bool
is_one_of(struct cr_slice wanted, struct cr_slice a, struct cr_slice b)
{
	return wanted.len == 0 || cr_slice_same_name(wanted, a) ||
	    cr_slice_same_name(wanted, b);
}

static void
answer_by_leaf(const struct cr_query *query, uint64_t number,
    const struct cr_leaf *leaf, struct answer *answer)
{
	size_t start = answer->count;
	bool named = leaf->has_subject && memcmp(leaf->subject,
	    query->subject, CR_LEAF_UUID) == 0;

	if (number < query->first || leaf->time_ms < query->from_ms ||
	    leaf->time_ms > query->until_ms ||
	    (query->type != CR_LEAF_NOTHING && query->type != leaf->type) ||
	    !is_one_of(query->reader, leaf->reader, leaf->on_behalf_of) ||
	    !is_one_of(query->recipient, leaf->recipient, leaf->recipient) ||
	    !is_one_of(query->purpose, leaf->purpose, leaf->purpose))
		return;
	note(answer, number);
	for (size_t i = 0; i < leaf->entry_count; i++) {
		if (!query->has_subject || memcmp(leaf->entries[i].uuid,
		    query->subject, CR_LEAF_UUID) == 0)
			note(answer, i);
	}
	note(answer, UINT64_MAX);
	if (query->has_subject && !named && answer->count == start + 2)
		answer->count = start;
}

static void
answer_by_model(struct index_dir *dir, const struct cr_query *query,
    struct answer *answer)
{
	struct cr_leaf_space space = { 0 };

	for (uint64_t i = dir->log.minimum; i < dir->log.size; i++) {
		struct cr_leaf leaf;

		if (cr_leaf_decode((struct cr_slice){
		    (const char *)dir->leaves[i].bytes, dir->leaves[i].len },
		    &space, &leaf) == CR_OK)
			answer_by_leaf(query, i, &leaf, answer);
	}
	cr_leaf_space_clear(&space);
}

static int
note_hit(void *arg, const struct cr_hit *hit)
{
	note(arg, hit->number);
	for (size_t i = 0; i < hit->entry_count; i++)
		note(arg, hit->entries[i]);
	note(arg, UINT64_MAX);
	return 0;
}

int
index_dir_ask(struct index_dir *dir, const struct cr_query *query,
    size_t page)
{
	struct cr_query paged = *query;
	struct cr_log_fault fault = { 0 };
	struct answer wanted = { 0 };
	struct answer given = { 0 };
	int rc;

	paged.limit = page;
	if (page > 3)
		paged.budget = 2 * page;
	do {
		uint64_t next = 0;

		rc = cr_query_run(dir->index, &paged, note_hit, &given, &next,
		    &fault);
		paged.first = next;
	} while (rc == CR_OK && paged.first != CR_QUERY_END);
	if (rc == CR_OK) {
		answer_by_model(dir, query, &wanted);
		ck_assert_uint_eq(given.count, wanted.count);
		if (given.count > 0)
			ck_assert_mem_eq(given.numbers, wanted.numbers,
			    given.count * sizeof(*given.numbers));
	}
	free(wanted.numbers);
	free(given.numbers);
	return rc;
}

void
index_dir_check(struct index_dir *dir)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct cr_query query;

		index_dir_question(dir, &query);
		ck_assert_int_eq(index_dir_ask(dir, &query, i % 3 == 0 ?
		    1 + index_dir_draw(dir, 9) : 0), CR_OK);
	}
}
