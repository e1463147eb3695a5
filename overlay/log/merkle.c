#include "log/merkle.h"

enum { TAG_LEAF = 0, TAG_NODE = 1 };	/* RFC 6962, 2.1 */

void
cr_leaf_hash(struct cr_slice leaf, struct cr_hash *ret_hash)
{
	cr_sha256_tagged(TAG_LEAF, leaf, ret_hash);
}

void
cr_node_hash(const struct cr_hash pair[2], struct cr_hash *ret_hash)
{
	cr_sha256_tagged(TAG_NODE, (struct cr_slice){
	    (const char *)pair[0].bytes, 2 * sizeof(*pair) }, ret_hash);
}

void
cr_empty_hash(struct cr_hash *ret_hash)
{
	cr_sha256(CR_SLICE_LITERAL(""), ret_hash);
}

/* An odd one at the end goes up as it is: the split of RFC 6962. */
void
cr_merkle_fold(struct cr_hash *hashes, unsigned count,
    struct cr_hash *ret_root)
{
	while (count > 1) {
		for (unsigned i = 0; i < count / 2; i++)
			cr_node_hash(hashes + (size_t)2 * i, hashes + i);
		if (count % 2 == 1)
			hashes[count / 2] = hashes[count - 1];
		count = (count + 1) / 2;
	}
	*ret_root = hashes[0];
}

/* The largest power of two below size, as an exponent; size > 1 */
static unsigned
split_level(uint64_t size)
{
	return 63u - (unsigned)__builtin_clzll(size - 1);
}

/*
 * MTH(D[from:to]).  from is a multiple of the largest power of two that fits
 * into to - from, so whole subtrees fill the range from the left.
 */
static int
range_hash(cr_subtree_fn *subtree, void *arg, uint64_t from, uint64_t to,
    struct cr_hash *ret_hash)
{
	struct cr_hash parts[64];
	unsigned count = 0;

	if (from >= to)
		return CR_EINTERNAL;
	do {
		const unsigned level =
		    63u - (unsigned)__builtin_clzll(to - from);
		int rc = subtree(arg, level, from >> level, &parts[count]);

		if (rc != CR_OK)
			return rc;
		count++;
		from += UINT64_C(1) << level;
	} while (from < to);
	for (; count > 1; count--)
		cr_node_hash(&parts[count - 2], &parts[count - 2]);
	*ret_hash = parts[0];
	return CR_OK;
}

int
cr_merkle_root(cr_subtree_fn *subtree, void *arg, uint64_t size,
    struct cr_hash *ret_root)
{
	if (size == 0) {
		cr_empty_hash(ret_root);
		return CR_OK;
	}
	return range_hash(subtree, arg, 0, size, ret_root);
}

/* Collected from the root down, told from the leaf up. */
static void
turn_around(struct cr_proof *proof)
{
	for (unsigned i = 0; i < proof->count / 2; i++) {
		struct cr_hash *a = &proof->hashes[i];
		struct cr_hash *b = &proof->hashes[proof->count - 1 - i];
		struct cr_hash kept = *a;

		*a = *b;
		*b = kept;
	}
}

int
cr_merkle_inclusion(cr_subtree_fn *subtree, void *arg, uint64_t index,
    uint64_t size, struct cr_proof *ret_proof)
{
	uint64_t from = 0, to = size;

	ret_proof->count = 0;
	if (index >= size)
		return CR_EINTERNAL;
	while (to - from > 1) {
		const uint64_t middle =
		    from + (UINT64_C(1) << split_level(to - from));
		struct cr_hash *sibling = &ret_proof->hashes[ret_proof->count];
		int rc;

		if (index < middle) {
			rc = range_hash(subtree, arg, middle, to, sibling);
			to = middle;
		} else {
			rc = range_hash(subtree, arg, from, middle, sibling);
			from = middle;
		}
		if (rc != CR_OK)
			return rc;
		ret_proof->count++;
	}
	turn_around(ret_proof);
	return CR_OK;
}

int
cr_merkle_consistency(cr_subtree_fn *subtree, void *arg, uint64_t old_size,
    uint64_t size, struct cr_proof *ret_proof)
{
	uint64_t from = 0, to = size;
	int rc;

	ret_proof->count = 0;
	if (old_size == 0 || old_size > size)
		return CR_EINTERNAL;
	while (to != old_size) {
		const uint64_t middle =
		    from + (UINT64_C(1) << split_level(to - from));
		struct cr_hash *sibling = &ret_proof->hashes[ret_proof->count];

		if (old_size <= middle) {
			rc = range_hash(subtree, arg, middle, to, sibling);
			to = middle;
		} else {
			rc = range_hash(subtree, arg, from, middle, sibling);
			from = middle;
		}
		if (rc != CR_OK)
			return rc;
		ret_proof->count++;
	}
	if (from > 0) {		/* else it is the old root, which is known */
		rc = range_hash(subtree, arg, from, to,
		    &ret_proof->hashes[ret_proof->count]);
		if (rc != CR_OK)
			return rc;
		ret_proof->count++;
	}
	turn_around(ret_proof);
	return CR_OK;
}

static void
join(const struct cr_hash *left, const struct cr_hash *right,
    struct cr_hash *ret_hash)
{
	const struct cr_hash pair[2] = { *left, *right };

	cr_node_hash(pair, ret_hash);
}

/* RFC 9162, 2.1.3.2 */
int
cr_merkle_check_inclusion(const struct cr_proof *proof, uint64_t index,
    uint64_t size, const struct cr_hash *leaf_hash,
    const struct cr_hash *root)
{
	uint64_t node, last;
	struct cr_hash hash = *leaf_hash;

	if (index >= size || proof->count > CR_PROOF_MAX)
		return CR_EVERIFY;
	node = index;
	last = size - 1;
	for (unsigned i = 0; i < proof->count; i++) {
		if (last == 0)
			return CR_EVERIFY;
		if ((node & 1) != 0 || node == last) {
			join(&proof->hashes[i], &hash, &hash);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			join(&hash, &proof->hashes[i], &hash);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && cr_hash_equal(&hash, root) ? CR_OK : CR_EVERIFY;
}

/* RFC 9162, 2.1.4.2 */
int
cr_merkle_check_consistency(const struct cr_proof *proof, uint64_t old_size,
    uint64_t size, const struct cr_hash *old_root, const struct cr_hash *root)
{
	struct cr_hash was, is;
	uint64_t node, last;
	unsigned i = 0;

	if (old_size == 0 || old_size > size || proof->count > CR_PROOF_MAX)
		return CR_EVERIFY;
	if (old_size == size)
		return proof->count == 0 && cr_hash_equal(old_root, root) ?
		    CR_OK : CR_EVERIFY;
	node = old_size - 1;
	last = size - 1;
	while ((node & 1) != 0) {
		node >>= 1;
		last >>= 1;
	}
	if (proof->count == 0)
		return CR_EVERIFY;
	was = is = node != 0 ? proof->hashes[i++] : *old_root;
	for (; i < proof->count; i++) {
		if (last == 0)
			return CR_EVERIFY;
		if ((node & 1) != 0 || node == last) {
			join(&proof->hashes[i], &was, &was);
			join(&proof->hashes[i], &is, &is);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			join(&is, &proof->hashes[i], &is);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && cr_hash_equal(&was, old_root) &&
	    cr_hash_equal(&is, root) ? CR_OK : CR_EVERIFY;
}
