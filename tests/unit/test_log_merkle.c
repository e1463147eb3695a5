/*
 * The trees of RFC 6962: the vectors that Certificate Transparency is tested
 * with, and, for every size up to 300, the recursive definitions of section
 * 2.1 beside what the library does in loops.
 */
#include "unit/suite.h"

#include <stdint.h>
#include <stdio.h>

#include "log/merkle.h"

enum { MAX = 300 };

static const struct cr_slice inputs[] = {
	{ "", 0 }, { "\x00", 1 }, { "\x10", 1 }, { "\x20\x21", 2 },
	{ "\x30\x31", 2 }, { "\x40\x41\x42\x43", 4 },
	{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
	{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
	    16 }
};

static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
};

static struct cr_hash leaves[MAX];
static unsigned whole;		/* leaves of the tree: none beyond is asked */

static void
make_leaves(void)
{
	for (uint32_t i = 0; i < MAX; i++)
		cr_leaf_hash((struct cr_slice){ (const char *)&i, sizeof(i) },
		    &leaves[i]);
}

static void
expect_hex(const struct cr_hash *hash, const char *hex)
{
	char text[2 * CR_HASH_SIZE + 1];

	for (size_t i = 0; i < CR_HASH_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", hash->bytes[i]);
	ck_assert_str_eq(text, hex);
}

/* MTH(D[from:to]) as RFC 6962 has it */
static struct cr_hash
mth(unsigned from, unsigned to)
{
	struct cr_hash pair[2], hash;
	unsigned k = 1;

	ck_assert_uint_gt(to, from);
	if (to - from == 1)
		return leaves[from];
	while (k * 2 < to - from)
		k *= 2;
	pair[0] = mth(from, from + k);
	pair[1] = mth(from + k, to);
	cr_node_hash(pair, &hash);
	return hash;
}

static int
subtree(void *arg, unsigned level, uint64_t index, struct cr_hash *ret_hash)
{
	const unsigned from = (unsigned)index << level;

	(void)arg;
	ck_assert_uint_le(from + (1u << level), whole);
	*ret_hash = mth(from, from + (1u << level));
	return CR_OK;
}

/* PATH(index, D[from:to]) appended to the proof */
static void
path(unsigned index, unsigned from, unsigned to, struct cr_proof *proof)
{
	unsigned k = 1;

	if (to - from == 1)
		return;
	while (k * 2 < to - from)
		k *= 2;
	if (index < k) {
		path(index, from, from + k, proof);
		proof->hashes[proof->count++] = mth(from + k, to);
	} else {
		path(index - k, from + k, to, proof);
		proof->hashes[proof->count++] = mth(from, from + k);
	}
}

/* SUBPROOF(m, D[from:to], known) */
static void
subproof(unsigned m, unsigned from, unsigned to, bool known,
    struct cr_proof *proof)
{
	unsigned k = 1;

	if (m == to - from) {
		if (!known)
			proof->hashes[proof->count++] = mth(from, to);
		return;
	}
	while (k * 2 < to - from)
		k *= 2;
	if (m <= k) {
		subproof(m, from, from + k, known, proof);
		proof->hashes[proof->count++] = mth(from + k, to);
	} else {
		subproof(m - k, from + k, to, false, proof);
		proof->hashes[proof->count++] = mth(from, from + k);
	}
}

static void
expect_same(const struct cr_proof *a, const struct cr_proof *b)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_mem_eq(a->hashes, b->hashes,
	    a->count * sizeof(a->hashes[0]));
}

START_TEST(sha256_of_every_length)
{
	char bytes[200];
	struct cr_hash tagged, plain;

	expect_hex((cr_sha256(CR_SLICE_LITERAL("abc"), &plain), &plain),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(bytes, 'x', sizeof(bytes));
	for (size_t len = 1; len <= sizeof(bytes); len++) {
		cr_sha256((struct cr_slice){ bytes, len }, &plain);
		cr_sha256_tagged('x', (struct cr_slice){ bytes, len - 1 },
		    &tagged);
		ck_assert(cr_hash_equal(&plain, &tagged));
	}
}
END_TEST

START_TEST(vectors)
{
	struct cr_hash hashes[8], root;

	for (int i = 0; i < _i; i++)
		cr_leaf_hash(inputs[i], &hashes[i]);
	if (_i > 0)
		cr_merkle_fold(hashes, (unsigned)_i, &root);
	else
		cr_empty_hash(&root);
	expect_hex(&root, roots[_i]);
}
END_TEST

START_TEST(roots_of_every_size)
{
	for (unsigned size = 1; size <= MAX; size += size < 70 ? 1 : 3) {
		struct cr_hash hashes[MAX], root, folded;
		const struct cr_hash wanted = mth(0, size);

		whole = size;
		ck_assert_int_eq(cr_merkle_root(subtree, NULL, size, &root),
		    CR_OK);
		ck_assert(cr_hash_equal(&root, &wanted));
		memcpy(hashes, leaves, sizeof(hashes));
		cr_merkle_fold(hashes, size, &folded);
		ck_assert(cr_hash_equal(&folded, &wanted));
	}
}
END_TEST

/* Nothing but the right proof of the right thing is taken. */
static void
expect_inclusion_only(struct cr_proof *proof, unsigned index, unsigned size,
    const struct cr_hash *root)
{
	struct cr_hash other = leaves[index];

	other.bytes[31] ^= 1;
	ck_assert_int_eq(cr_merkle_check_inclusion(proof, index, size, &other,
	    root), CR_EVERIFY);
	ck_assert_int_eq(cr_merkle_check_inclusion(proof, size, size,
	    &leaves[index], root), CR_EVERIFY);
	for (unsigned i = 0; i < proof->count; i++) {
		proof->hashes[i].bytes[i % 32] ^= 0x40;
		ck_assert_int_eq(cr_merkle_check_inclusion(proof, index, size,
		    &leaves[index], root), CR_EVERIFY);
		proof->hashes[i].bytes[i % 32] ^= 0x40;
	}
	proof->count++;
	ck_assert_int_eq(cr_merkle_check_inclusion(proof, index, size,
	    &leaves[index], root), CR_EVERIFY);
	proof->count--;
	if (proof->count > 0) {
		proof->count--;
		ck_assert_int_eq(cr_merkle_check_inclusion(proof, index, size,
		    &leaves[index], root), CR_EVERIFY);
	}
}

START_TEST(inclusion_of_every_leaf)
{
	for (unsigned size = 1; size <= MAX; size += size < 34 ? 1 : 47) {
		const struct cr_hash root = mth(0, size);

		whole = size;
		for (unsigned index = 0; index < size; index++) {
			struct cr_proof proof, wanted = { .count = 0 };

			path(index, 0, size, &wanted);
			ck_assert_int_eq(cr_merkle_inclusion(subtree, NULL,
			    index, size, &proof), CR_OK);
			expect_same(&proof, &wanted);
			ck_assert_int_eq(cr_merkle_check_inclusion(&proof,
			    index, size, &leaves[index], &root), CR_OK);
			if (size < 40)
				expect_inclusion_only(&proof, index, size,
				    &root);
		}
		ck_assert_int_ne(cr_merkle_inclusion(subtree, NULL, size,
		    size, &(struct cr_proof){ 0 }), CR_OK);
	}
}
END_TEST

static void
expect_consistency_only(struct cr_proof *proof, unsigned old_size,
    unsigned size, const struct cr_hash *was, const struct cr_hash *is)
{
	struct cr_hash other = *was;

	other.bytes[0] ^= 1;
	ck_assert_int_eq(cr_merkle_check_consistency(proof, old_size, size,
	    &other, is), CR_EVERIFY);
	other = *is;
	other.bytes[0] ^= 1;
	ck_assert_int_eq(cr_merkle_check_consistency(proof, old_size, size,
	    was, &other), CR_EVERIFY);
	for (unsigned i = 0; i < proof->count; i++) {
		proof->hashes[i].bytes[i % 32] ^= 0x40;
		ck_assert_int_eq(cr_merkle_check_consistency(proof, old_size,
		    size, was, is), CR_EVERIFY);
		proof->hashes[i].bytes[i % 32] ^= 0x40;
	}
	proof->count++;
	ck_assert_int_eq(cr_merkle_check_consistency(proof, old_size, size,
	    was, is), CR_EVERIFY);
	proof->count--;
	if (proof->count > 0) {
		proof->count--;
		ck_assert_int_eq(cr_merkle_check_consistency(proof, old_size,
		    size, was, is), CR_EVERIFY);
	}
}

START_TEST(consistency_of_every_pair)
{
	for (unsigned size = 1; size <= MAX; size += size < 34 ? 1 : 47) {
		const struct cr_hash is = mth(0, size);

		whole = size;
		for (unsigned old = 1; old <= size; old++) {
			const struct cr_hash was = mth(0, old);
			struct cr_proof proof, wanted = { .count = 0 };

			subproof(old, 0, size, true, &wanted);
			ck_assert_int_eq(cr_merkle_consistency(subtree, NULL,
			    old, size, &proof), CR_OK);
			expect_same(&proof, &wanted);
			ck_assert_int_eq(cr_merkle_check_consistency(&proof,
			    old, size, &was, &is), CR_OK);
			if (size < 40)
				expect_consistency_only(&proof, old, size,
				    &was, &is);
		}
	}
	ck_assert_int_ne(cr_merkle_consistency(subtree, NULL, 0, 5,
	    &(struct cr_proof){ 0 }), CR_OK);
	ck_assert_int_ne(cr_merkle_consistency(subtree, NULL, 6, 5,
	    &(struct cr_proof){ 0 }), CR_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_merkle");
	TCase *tcase = tcase_create("merkle");

	make_leaves();
	tcase_add_test(tcase, sha256_of_every_length);
	tcase_add_loop_test(tcase, vectors, 0, 9);
	tcase_add_test(tcase, roots_of_every_size);
	tcase_add_test(tcase, inclusion_of_every_leaf);
	tcase_add_test(tcase, consistency_of_every_pair);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
