/* See inner.h. */
#include "inner.h"

/* Who writes where no rootdn is set; nobody can be that. */
static const struct berval self = BER_BVC("cn=custreg");

static void
begin(struct cr_inner *inner, BackendDB *be, BackendInfo *raw, void *ctx)
{
	memset(inner, 0, sizeof(*inner));
	connection_fake_init2(&inner->conn, &inner->opbuf, ctx, 0);
	inner->op = &inner->opbuf.ob_op;
	inner->copy = *be;
	if (raw != NULL) {
		/* nobody asks whether there are children: that counts them */
		inner->raw = *raw;
		inner->raw.bi_operational = NULL;
		inner->copy.bd_info = &inner->raw;
		/* what replication left of an entry need not be a whole one */
		inner->op->o_no_schema_check = 1;
	}
	if (BER_BVISEMPTY(&be->be_rootndn))
		inner->copy.be_rootdn = inner->copy.be_rootndn = self;
	inner->op->o_dn = inner->copy.be_rootdn;
	inner->op->o_ndn = inner->copy.be_rootndn;
	inner->op->o_do_not_cache = 1;
	/* referrals are entries like others */
	inner->op->o_managedsait = SLAP_CONTROL_CRITICAL;
}

void
cr_inner_begin(struct cr_inner *inner, struct cr_db *db, void *ctx,
	enum cr_way_in way)
{
	begin(inner, db->be, way == CR_INNER_RAW ? db->raw_info : NULL, ctx);
}

void
cr_inner_begin_at(struct cr_inner *inner, BackendDB *be, void *ctx)
{
	const slap_overinfo *info = overlay_is_over(be) ?
	    be->bd_info->bi_private : NULL;

	begin(inner, be, info != NULL ? info->oi_orig : be->bd_info, ctx);
	inner->keeps_csn = true;
}

static void
aim(struct cr_inner *inner, ber_tag_t tag, const struct berval *dn,
	const struct berval *ndn)
{
	Operation *op = inner->op;

	memset(&op->o_request, 0, sizeof(op->o_request));
	memset(&inner->rs, 0, sizeof(inner->rs));
	inner->rs.sr_type = REP_RESULT;
	inner->cb = (slap_callback){ .sc_response = slap_null_cb };
	op->o_bd = &inner->copy;
	op->o_tag = tag;
	op->o_callback = &inner->cb;
	op->o_req_dn = *dn;
	op->o_req_ndn = *ndn;
	BER_BVZERO(&op->o_csn);
	slap_op_time(&op->o_time, &op->o_tincr);
}

int
cr_inner_search(struct cr_inner *inner, const struct cr_inner_search *search)
{
	Operation *op = inner->op;

	aim(inner, LDAP_REQ_SEARCH, &search->base, &search->nbase);
	inner->cb.sc_response = search->found;
	inner->cb.sc_private = search->arg;
	op->ors_scope = search->scope;
	op->ors_deref = LDAP_DEREF_NEVER;
	op->ors_slimit = SLAP_NO_LIMIT;
	op->ors_tlimit = SLAP_NO_LIMIT;
	op->ors_attrs = search->operational ?
	    slap_anlist_all_operational_attributes :
	    search->with_attributes ? slap_anlist_all_attributes :
	    slap_anlist_no_attrs;
	op->ors_filter = str2filter_x(op, search->filter);
	if (op->ors_filter == NULL)
		return LDAP_OTHER;
	ber_str2bv(search->filter, 0, 0, &op->ors_filterstr);
	(void)op->o_bd->bd_info->bi_op_search(op, &inner->rs);
	filter_free_x(op, op->ors_filter, 1);
	return inner->rs.sr_err;
}

int
cr_inner_add(struct cr_inner *inner, Entry *e)
{
	Operation *op = inner->op;

	aim(inner, LDAP_REQ_ADD, &e->e_name, &e->e_nname);
	op->ora_e = e;
	(void)op->o_bd->bd_info->bi_op_add(op, &inner->rs);
	/* slapd keeps one that was added, and leaves the others */
	if (op->ora_e == e)
		entry_free(e);
	return inner->rs.sr_err;
}

int
cr_inner_modify(struct cr_inner *inner, struct berval *dn, struct berval *ndn,
	Modifications *mods)
{
	Operation *op = inner->op;
	Modifications *last = mods;

	aim(inner, LDAP_REQ_MODIFY, dn, ndn);
	op->orm_modlist = mods;
	op->orm_no_opattrs = inner->keeps_csn;
	while (last->sml_next != NULL)
		last = last->sml_next;
	(void)op->o_bd->bd_info->bi_op_modify(op, &inner->rs);
	if (last->sml_next != NULL)
		slap_mods_free(last->sml_next, 1);
	last->sml_next = NULL;
	return inner->rs.sr_err;
}

int
cr_inner_delete(struct cr_inner *inner, struct berval *dn, struct berval *ndn)
{
	Operation *op = inner->op;

	aim(inner, LDAP_REQ_DELETE, dn, ndn);
	(void)op->o_bd->bd_info->bi_op_delete(op, &inner->rs);
	return inner->rs.sr_err;
}
