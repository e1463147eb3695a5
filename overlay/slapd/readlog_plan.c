/*
 * A filter as a question to the index: the terms that every match must fulfil
 * narrow it, and all of the filter is tested on each entry afterwards.  What
 * is not understood here costs time, never an entry.
 */
#include "readlog.h"

#include "log/leaf_text.h"

static const struct berval own_rdn = BER_BVC("entryUUID=");

/* A customer as themself: "uuid:..." in the log, entryUUID=... as a DN. */
static struct cr_slice
reader_of(struct cr_readlog_plan *plan, const struct berval *ndn)
{
	if (ndn->bv_len != own_rdn.bv_len + CR_UUID_TEXT ||
	    strncasecmp(ndn->bv_val, own_rdn.bv_val, own_rdn.bv_len) != 0)
		return cr_slice_bv(ndn);
	memcpy(plan->reader, "uuid:", 5);
	memcpy(plan->reader + 5, ndn->bv_val + own_rdn.bv_len, CR_UUID_TEXT);
	return (struct cr_slice){ plan->reader, CR_UUID_TEXT + 5 };
}

static void
narrow_subject(struct cr_readlog_plan *plan, const unsigned char *uuid)
{
	if (plan->query.has_subject)
		return;
	plan->query.has_subject = true;
	memcpy(plan->query.subject, uuid, CR_LEAF_UUID);
}

static void
narrow_equal(const struct cr_readlog_asker *asker, Operation *op,
	const AttributeAssertion *ava, struct cr_readlog_plan *plan)
{
	struct cr_query *query = &plan->query;
	const AttributeDescription *desc = ava->aa_desc;
	const struct berval *value = &ava->aa_value;
	unsigned char uuid[CR_LEAF_UUID];
	int64_t ms;

	if (desc == cr_readlog_desc("crReadSubject")) {
		if (value->bv_len == CR_LEAF_UUID)
			narrow_subject(plan,
				(const unsigned char *)value->bv_val);
	} else if (desc == cr_readlog_desc("crReadSubjectDN")) {
		if (cr_readlog_uuid_of(asker, op, value, uuid))
			narrow_subject(plan, uuid);
	} else if (asker->right == CR_READLOG_ALL &&
	    (desc == cr_readlog_desc("crReadReader") ||
	    desc == cr_readlog_desc("crReadOnBehalfOf"))) {
		query->reader = reader_of(plan, value);
	} else if (desc == cr_readlog_desc("crReadRecipient")) {
		query->recipient = cr_slice_bv(value);
	} else if (desc == cr_readlog_desc("crReadPurpose")) {
		query->purpose = cr_slice_bv(value);
	} else if (desc == cr_readlog_desc("crReadType")) {
		query->type = cr_leaf_type_find(cr_slice_bv(value));
	} else if (desc == cr_readlog_desc("crReadTime") &&
	    cr_leaf_time_parse(cr_slice_bv(value), &ms) == CR_OK) {
		if (ms > query->from_ms)
			query->from_ms = ms;
		if (ms < query->until_ms)
			query->until_ms = ms;
	}
}

static void
narrow_range(const AttributeAssertion *ava, bool from,
	struct cr_readlog_plan *plan)
{
	struct cr_query *query = &plan->query;
	int64_t ms;

	if (ava->aa_desc != cr_readlog_desc("crReadTime") ||
	    cr_leaf_time_parse(cr_slice_bv(&ava->aa_value), &ms) != CR_OK)
		return;
	if (from && ms > query->from_ms)
		query->from_ms = ms;
	if (!from && ms < query->until_ms)
		query->until_ms = ms;
}

static void
narrow(const struct cr_readlog_asker *asker, Operation *op, const Filter *f,
	struct cr_readlog_plan *plan)
{
	switch (f->f_choice) {
	case LDAP_FILTER_AND:
		for (const Filter *sub = f->f_and; sub; sub = sub->f_next)
			narrow(asker, op, sub, plan);
		break;
	case LDAP_FILTER_EQUALITY:
		narrow_equal(asker, op, f->f_ava, plan);
		break;
	case LDAP_FILTER_GE:
		narrow_range(f->f_ava, true, plan);
		break;
	case LDAP_FILTER_LE:
		narrow_range(f->f_ava, false, plan);
		break;
	default:
		break;
	}
}

static bool
asks_for_name(const Filter *f)
{
	const AttributeDescription *desc = cr_readlog_desc("crReadSubjectDN");

	switch (f->f_choice & SLAPD_FILTER_MASK) {
	case LDAP_FILTER_AND:
	case LDAP_FILTER_OR:
	case LDAP_FILTER_NOT:
		for (const Filter *sub = f->f_list; sub; sub = sub->f_next) {
			if (asks_for_name(sub))
				return true;
		}
		return false;
	case LDAP_FILTER_PRESENT:
		return f->f_desc == desc;
	case LDAP_FILTER_SUBSTRINGS:
		return f->f_sub_desc == desc;
	case LDAP_FILTER_EXT:
		return f->f_mra->ma_desc == desc;
	case SLAPD_FILTER_COMPUTED:
		return false;
	default:
		return f->f_av_desc == desc;
	}
}

void
cr_readlog_plan(const struct cr_readlog_asker *asker, Operation *op,
	const Filter *f, struct cr_readlog_plan *ret_plan)
{
	cr_query_init(&ret_plan->query);
	ret_plan->resolves = f != NULL && asks_for_name(f);
	if (asker->right == CR_READLOG_OWN)
		narrow_subject(ret_plan, asker->own);
	if (f != NULL)
		narrow(asker, op, f, ret_plan);
}
