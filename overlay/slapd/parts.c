/* See parts.h. */
#include "compaction.h"

static void
copy_list(BerVarray *to, BerVarray from)
{
	if (from != NULL)
		ber_bvarray_dup_x(to, from, NULL);
}

/*
 * "ou=handlers" below the first suffix, and the like.  A name that does not
 * normalise (no core schema) is left NULL: check() refuses it.
 */
static void
below_suffix(const struct cr_db *db, const char *rdn, struct berval *ret_ndn)
{
	struct berval dn, suffix = db->be->be_nsuffix[0];

	BER_BVZERO(ret_ndn);
	dn.bv_val = ch_malloc(strlen(rdn) + 1 + suffix.bv_len + 1);
	dn.bv_len = (ber_len_t)sprintf(dn.bv_val, "%s%s%s", rdn,
		suffix.bv_len > 0 ? "," : "", suffix.bv_val);
	(void)dnNormalize(0, NULL, NULL, &dn, ret_ndn, NULL);
	ch_free(dn.bv_val);
}

static void
add_below_suffix(const struct cr_db *db, const char *rdn, BerVarray *list)
{
	struct berval ndn;

	below_suffix(db, rdn, &ndn);
	if (!BER_BVISNULL(&ndn))
		ber_bvarray_add(list, &ndn);
}

static void
set_one(const struct cr_db *db, struct berval *part,
	const struct berval *configured, const char *rdn)
{
	if (!BER_BVISNULL(configured))
		ber_dupbv(part, (struct berval *)(uintptr_t)configured);
	else
		below_suffix(db, rdn, part);
}

static void
fill(const struct cr_db *db, struct cr_parts *parts)
{
	copy_list(&parts->customers, db->customers);
	copy_list(&parts->customers_pretty, db->customers_pretty);
	copy_list(&parts->replicas, db->replicas);
	copy_list(&parts->handlers, db->handlers);
	if (db->handlers == NULL) {
		add_below_suffix(db, "ou=handlers", &parts->handlers);
		add_below_suffix(db, "ou=services", &parts->handlers);
	}
	set_one(db, &parts->purposes, &db->purposes, "ou=purposes");
	set_one(db, &parts->recipients, &db->recipients, "ou=recipients");
	below_suffix(db, "cn=register", &parts->register_entry);
	below_suffix(db, "ou=erasures", &parts->erasures);
	below_suffix(db, "ou=suppressed", &parts->suppressed);
	if (!BER_BVISNULL(&db->anonymous_purpose))
		ber_dupbv(&parts->anonymous_purpose,
			(struct berval *)(uintptr_t)&db->anonymous_purpose);
	parts->year_end = CR_YEAR_END_DEFAULT;
	if (db->year_end_text != NULL)
		(void)!cr_year_end_parse(cr_slice_of(db->year_end_text),
			&parts->year_end);
	parts->compact_days = db->compact_text != NULL ?
	    cr_compaction_days(db->compact_text) : CR_COMPACT_DAYS;
	parts->accesslogs = cr_stack_accesslogs(db);
}

/* The names that were to be found below the suffix are there. */
static bool
is_complete(const struct cr_parts *parts)
{
	return parts->handlers != NULL &&
	    !BER_BVISNULL(&parts->purposes) &&
	    !BER_BVISNULL(&parts->recipients) &&
	    !BER_BVISNULL(&parts->register_entry);
}

static bool
any_below(BerVarray names, const struct berval *base)
{
	for (BerVarray b = names; b != NULL && !BER_BVISNULL(b); b++) {
		if (dnIsSuffix(b, base))
			return true;
	}
	return false;
}

/* A policy below a customers base would be customer data. */
static bool
overlap(const struct cr_parts *parts)
{
	BerVarray c = parts->customers;

	for (; c != NULL && !BER_BVISNULL(c); c++) {
		if (any_below(parts->handlers, c) ||
		    any_below(parts->replicas, c) ||
		    dnIsSuffix(&parts->purposes, c) ||
		    dnIsSuffix(&parts->recipients, c))
			return true;
	}
	return false;
}

int
cr_parts_new(const struct cr_db *db, struct cr_parts **ret_parts, char *msg,
	size_t size)
{
	struct cr_parts *parts = ch_calloc(1, sizeof(*parts));

	fill(db, parts);
	if (!is_complete(parts)) {
		snprintf(msg, size, "custreg: the default names below the "
			"suffix are not DNs here; is the schema core loaded?");
	} else if (overlap(parts)) {
		snprintf(msg, size, "custreg: handlers, purposes, recipients "
			"and replicas cannot lie below a customers base");
	} else {
		*ret_parts = parts;
		return 0;
	}
	cr_parts_free(parts);
	return -1;
}

static bool
same_list(BerVarray a, BerVarray b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (; !BER_BVISNULL(a) && !BER_BVISNULL(b); a++, b++) {
		if (!bvmatch(a, b))
			return false;
	}
	return BER_BVISNULL(a) && BER_BVISNULL(b);
}

static bool
same(const struct cr_parts *a, const struct cr_parts *b)
{
	return same_list(a->customers, b->customers) &&
	    same_list(a->customers_pretty, b->customers_pretty) &&
	    same_list(a->handlers, b->handlers) &&
	    same_list(a->replicas, b->replicas) &&
	    same_list(a->accesslogs, b->accesslogs) &&
	    cr_same_ndn(&a->purposes, &b->purposes) &&
	    cr_same_ndn(&a->recipients, &b->recipients) &&
	    cr_same_ndn(&a->register_entry, &b->register_entry) &&
	    cr_same_ndn(&a->anonymous_purpose, &b->anonymous_purpose) &&
	    a->year_end.month == b->year_end.month &&
	    a->year_end.day == b->year_end.day &&
	    a->compact_days == b->compact_days;
}

void
cr_parts_put_in_force(struct cr_db *db, struct cr_parts *parts)
{
	struct cr_parts *old = atomic_load(&db->parts);

	if (same(old, parts)) {
		cr_parts_free(parts);
		return;
	}
	parts->older = old;
	atomic_store_explicit(&db->parts, parts, memory_order_release);
}

void
cr_parts_free(struct cr_parts *parts)
{
	struct cr_parts *older;

	for (; parts != NULL; parts = older) {
		older = parts->older;
		ber_bvarray_free(parts->customers);
		ber_bvarray_free(parts->customers_pretty);
		ber_bvarray_free(parts->handlers);
		ber_bvarray_free(parts->replicas);
		ber_bvarray_free(parts->accesslogs);
		ch_free(parts->purposes.bv_val);
		ch_free(parts->recipients.bv_val);
		ch_free(parts->register_entry.bv_val);
		ch_free(parts->erasures.bv_val);
		ch_free(parts->suppressed.bv_val);
		ch_free(parts->anonymous_purpose.bv_val);
		ch_free(parts);
	}
}
