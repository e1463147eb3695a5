/* Compare in the read log: on record before the answer, whatever it is. */
#include "readlog.h"

static int
compare_leaf(const struct cr_readlog_asker *asker, Operation *op,
	const struct cr_readlog_copy *copy, struct cr_readlog_place place)
{
	const unsigned char *subject = asker->right == CR_READLOG_OWN ?
	    asker->own : NULL;
	struct cr_readlog_read read = { .is_last = true, .count = 1 };
	struct cr_readlog_names *names = NULL;
	struct cr_leaf_space space = { 0 };
	struct cr_leaf leaf;
	uint32_t found = 0;
	Entry *e;
	int rc = LDAP_NO_SUCH_OBJECT;

	if (cr_leaf_decode((struct cr_slice){ (char *)copy->bytes, copy->len },
	    &space, &leaf) != CR_OK)
		goto out;
	if (place.entry == 0 ? leaf.entry_count > 0 :
	    !cr_readlog_next_place(&leaf, place.entry - 1, subject, &found) ||
	    found != place.entry)
		goto out;
	if (op->orc_ava->aa_desc == cr_readlog_desc("crReadSubjectDN"))
		names = cr_readlog_names_new(op);
	e = cr_readlog_entry(asker, op, &leaf, place, names);
	rc = slap_compare_entry(op, e, op->orc_ava);
	entry_free(e);
	read.subject = subject;
	read.result = rc;
	if ((rc == LDAP_COMPARE_TRUE || rc == LDAP_COMPARE_FALSE) &&
	    cr_record_readlog(asker->view, op, &read, true) != CR_OK)
		rc = LDAP_UNAVAILABLE;
out:
	cr_readlog_names_free(op, &names);
	cr_leaf_space_clear(&space);
	return rc;
}

static int
compare(const struct cr_readlog_asker *asker, Operation *op)
{
	struct cr_readlog_copy copy = { 0 };
	struct cr_readlog_place place;
	uint64_t end;
	int rc = LDAP_NO_SUCH_OBJECT;

	if (dn_match(&op->o_req_ndn, &op->o_bd->be_nsuffix[0])) {
		Entry *e = cr_readlog_suffix_entry(op->o_bd);

		rc = slap_compare_entry(op, e, op->orc_ava);
		entry_free(e);
		return rc;
	}
	if (!cr_readlog_place_of(op->o_bd, &op->o_req_ndn, &place))
		return LDAP_NO_SUCH_OBJECT;
	if (cr_readlog_settle(asker->db, &end) != CR_OK)
		return LDAP_UNAVAILABLE;
	if (cr_readlog_fetch(asker, place.leaf, &copy) == CR_OK)
		rc = compare_leaf(asker, op, &copy, place);
	ch_free(copy.bytes);
	return rc;
}

int
cr_readlog_compare(Operation *op, SlapReply *rs)
{
	struct cr_readlog_asker asker;
	int rc = cr_readlog_judge(op, &asker);

	if (rc == CR_OK && asker.right == CR_READLOG_NOTHING)
		rc = CR_EHIDDEN;
	if (rc != CR_OK)
		return cr_answer(op, rs, rc);
	rs->sr_err = compare(&asker, op);
	if (rs->sr_err == LDAP_NO_SUCH_OBJECT)
		rs->sr_matched = op->o_bd->be_suffix[0].bv_val;
	else if (rs->sr_err == LDAP_UNAVAILABLE)
		rs->sr_text = cr_error_text(CR_ELOG);
	send_ldap_result(op, rs);
	rs->sr_matched = NULL;
	return rs->sr_err;
}
