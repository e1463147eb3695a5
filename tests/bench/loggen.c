#include "bench/loggen.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/index.h"
#include "log/tree.h"

#define ORIGIN "loggen.example.fi/read"
#define CHUNK_MAX 3000

struct maker {
	const struct loggen_settings *settings;
	struct loggen_made made;
	struct cr_log_fault *fault;
	struct cr_key *key;
	struct cr_tree *tree;
	struct cr_index *index;
	uint64_t state;			/* of the generator of numbers */
	int64_t now_ms;
	struct cr_leaf leaf;
	char reader[64];
	struct cr_leaf_entry entries[CHUNK_MAX];
	unsigned char bytes[CR_LEAF_MAX];
};

static const struct cr_slice attributes[] = {
	CR_SLICE_LITERAL("cn"), CR_SLICE_LITERAL("sn"),
	CR_SLICE_LITERAL("givenName"), CR_SLICE_LITERAL("displayName"),
	CR_SLICE_LITERAL("o"), CR_SLICE_LITERAL("title"),
	CR_SLICE_LITERAL("uid"), CR_SLICE_LITERAL("crCustomerNumber"),
	CR_SLICE_LITERAL("mail"), CR_SLICE_LITERAL("street"),
	CR_SLICE_LITERAL("postalCode"), CR_SLICE_LITERAL("l"),
	CR_SLICE_LITERAL("objectClass")
};

void
loggen_defaults(struct loggen_settings *settings)
{
	*settings = (struct loggen_settings){
		.seed = 1,
		.entry_reads = 100000,
		.customers = 1000,
		.readers = 50,
		.point_percent = 50,
		.listing = 100,
		.chunk = 100,
		.start_ms = INT64_C(1767225600000),
		.step_ms = 50,
		.commit_every = 20000
	};
}

/* splitmix64 */
static uint64_t
scramble(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

static uint64_t
draw(struct maker *maker, uint64_t below)
{
	maker->state += UINT64_C(0x9e3779b97f4a7c15);
	return scramble(maker->state) % below;
}

void
loggen_customer(uint64_t number, unsigned char ret_uuid[CR_LEAF_UUID])
{
	const uint64_t halves[2] = { scramble(number), scramble(~number) };

	memcpy(ret_uuid, halves, CR_LEAF_UUID);
	ret_uuid[6] = (unsigned char)((ret_uuid[6] & 0x0f) | 0x40);
	ret_uuid[8] = (unsigned char)((ret_uuid[8] & 0x3f) | 0x80);
}

void
loggen_reader(unsigned number, char ret[64])
{
	(void)snprintf(ret, 64, "uid=h%09u,ou=handlers,dc=example,dc=fi",
	    number);
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
commit(struct maker *maker)
{
	struct cr_index_log log = { 0 };
	double start = seconds();
	int rc = cr_tree_commit(maker->tree, maker->fault);

	maker->made.tree_seconds += seconds() - start;
	if (rc != CR_OK || maker->index == NULL)
		return rc;
	start = seconds();
	log.size = cr_tree_committed(maker->tree);
	cr_tree_root(maker->tree, &log.root);
	rc = cr_index_commit(maker->index, &log, maker->fault);
	maker->made.index_seconds += seconds() - start;
	return rc;
}

static int
append(struct maker *maker)
{
	uint64_t number = maker->made.leaves;
	struct cr_slice leaf = { (const char *)maker->bytes, 0 };
	double start;
	int rc = cr_leaf_encode(&maker->leaf, maker->bytes,
	    sizeof(maker->bytes), &leaf.len);

	if (rc == CR_OK)
		rc = cr_tree_append(maker->tree, leaf);
	if (rc != CR_OK)
		return rc;
	maker->made.leaves++;
	maker->made.leaf_bytes += leaf.len;
	maker->made.entry_reads += maker->leaf.entry_count;
	maker->now_ms += maker->settings->step_ms;
	if (maker->index != NULL) {
		start = seconds();
		cr_index_add(maker->index, number,
		    cr_tree_last_offset(maker->tree), leaf);
		maker->made.index_seconds += seconds() - start;
	}
	return maker->made.leaves % maker->settings->commit_every == 0 ?
	    commit(maker) : CR_OK;
}

static void
start_operation(struct maker *maker, enum cr_leaf_scope scope)
{
	struct cr_leaf *leaf = &maker->leaf;

	loggen_reader((unsigned)draw(maker, maker->settings->readers),
	    maker->reader);
	*leaf = (struct cr_leaf){
		.flags = CR_LEAF_FIRST,
		.time_ms = maker->now_ms,
		.connection = 1000 + draw(maker, 20000),
		.operation = 1 + draw(maker, 500),
		.type = CR_LEAF_SEARCH,
		.scope = scope,
		.reader = cr_slice_of(maker->reader),
		.purpose = CR_SLICE_LITERAL("customerCare"),
		.mechanism = CR_SLICE_LITERAL("simple"),
		.ssf = 256,
		.peer = CR_SLICE_LITERAL("IP=192.0.2.17:40123"),
		.listener = CR_SLICE_LITERAL("ldap://192.0.2.1:389/"),
		.shape = CR_SLICE_LITERAL("(uid=)"),
		.attributes = attributes,
		.attribute_count = sizeof(attributes) / sizeof(attributes[0]),
		.entries = maker->entries
	};
	/* some are disclosures */
	if (draw(maker, 1000) == 0) {
		leaf->purpose = CR_SLICE_LITERAL("collection");
		leaf->recipient = CR_SLICE_LITERAL(
		    "cn=agency,ou=recipients,dc=example,dc=fi");
	}
}

static int
point_read(struct maker *maker)
{
	uint64_t before = maker->made.leaf_bytes;
	int rc;

	start_operation(maker, CR_LEAF_BASE);
	loggen_customer(draw(maker, maker->settings->customers),
	    maker->entries[0].uuid);
	maker->entries[0].class_code = 1;
	maker->leaf.entry_count = 1;
	maker->leaf.flags |= CR_LEAF_LAST;
	maker->leaf.count = 1;
	rc = append(maker);
	maker->made.point_leaves++;
	maker->made.point_bytes += maker->made.leaf_bytes - before;
	return rc;
}

static int
listing(struct maker *maker)
{
	const struct loggen_settings *settings = maker->settings;
	/* neighbours, as a listing of a branch has them */
	uint64_t customer = draw(maker, settings->customers);
	unsigned left = settings->listing;
	int rc = CR_OK;

	start_operation(maker, CR_LEAF_ONE);
	while (left > 0 && rc == CR_OK) {
		unsigned count = left < settings->chunk ? left :
		    settings->chunk;

		for (unsigned i = 0; i < count; i++) {
			loggen_customer(customer++ % settings->customers,
			    maker->entries[i].uuid);
			maker->entries[i].class_code = 1;
		}
		left -= count;
		maker->leaf.entry_count = count;
		if (left == 0) {
			maker->leaf.flags |= CR_LEAF_LAST;
			maker->leaf.count = settings->listing;
		}
		maker->leaf.time_ms = maker->now_ms;
		rc = append(maker);
		maker->leaf.flags = 0;
	}
	return rc;
}

static int
fill(struct maker *maker)
{
	const struct loggen_settings *settings = maker->settings;
	int rc = CR_OK;

	while (rc == CR_OK &&
	    maker->made.entry_reads < settings->entry_reads) {
		/* as many entries of points as the share says */
		bool point = maker->made.point_leaves * 100 <=
		    maker->made.entry_reads * settings->point_percent;

		rc = point && settings->point_percent > 0 ?
		    point_read(maker) : listing(maker);
	}
	return rc == CR_OK ? commit(maker) : rc;
}

int
loggen_make(const char *directory, const struct loggen_settings *settings,
    struct loggen_made *ret_made, struct cr_log_fault *ret_fault)
{
	struct maker *maker = calloc(1, sizeof(*maker));
	struct cr_index_log log = { .size = 0 };
	char path[4096];
	double start;
	int rc = CR_ENOMEM;

	if (maker == NULL || settings->chunk > CHUNK_MAX)
		goto out;
	maker->settings = settings;
	maker->fault = ret_fault;
	maker->state = settings->seed;
	maker->now_ms = settings->start_ms;
	(void)snprintf(path, sizeof(path), "%s/key", directory);
	rc = cr_key_make(CR_SLICE_LITERAL(ORIGIN), &maker->key);
	if (rc == CR_OK)
		rc = cr_key_save(maker->key, path, ret_fault);
	if (rc == CR_OK)
		rc = cr_tree_open(directory, maker->key, ORIGIN, &maker->tree,
		    ret_fault);
	if (rc != CR_OK)
		goto out;
	cr_tree_root(maker->tree, &log.root);
	if (!settings->without_index)
		rc = cr_index_open(directory, &log, &maker->index, ret_fault);
	start = seconds();
	if (rc == CR_OK)
		rc = fill(maker);
	maker->made.tree_seconds = seconds() - start -
	    maker->made.index_seconds;
	if (rc == CR_OK) {
		cr_tree_root(maker->tree, &maker->made.root);
		*ret_made = maker->made;
	}
out:
	if (maker != NULL) {
		cr_index_close(&maker->index);
		cr_tree_close(&maker->tree);
		cr_key_free(&maker->key);
	}
	free(maker);
	return rc;
}
