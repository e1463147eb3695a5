/* How far replication has come: contextCSN, and when an order was written. */
#include "erase.h"

static void
add_csns(BerVarray *csns, const Attribute *a)
{
	for (; a != NULL; a = a->a_next) {
		if (a->a_desc != slap_schema.si_ad_contextCSN)
			continue;
		for (unsigned i = 0; i < a->a_numvals; i++)
			value_add_one(csns, &a->a_vals[i]);
	}
}

static int
take(Operation *op, SlapReply *rs)
{
	BerVarray *csns = op->o_callback->sc_private;

	if (rs->sr_type == REP_SEARCH) {
		add_csns(csns, rs->sr_entry->e_attrs);
		add_csns(csns, rs->sr_operational_attrs);
	}
	return 0;
}

/* Through the stack: syncprov has them in memory. */
BerVarray
cr_csns_read(struct cr_erasing *erasing)
{
	const BackendDB *be = erasing->db->be;
	BerVarray csns = NULL;

	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_STACK);
	(void)cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = be->be_suffix[0], .nbase = be->be_nsuffix[0],
		.scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)",
		.operational = true, .found = take, .arg = &csns });
	return csns;
}

/* Texts of one server compare as its changes do. */
bool
cr_csn_passed(BerVarray csns, const char *text)
{
	struct berval csn;
	int sid;

	ber_str2bv(text, 0, 0, &csn);
	sid = slap_parse_csn_sid(&csn);
	for (BerVarray b = csns; b != NULL && !BER_BVISNULL(b); b++) {
		if (slap_parse_csn_sid(b) == sid && ber_bvcmp(b, &csn) >= 0)
			return true;
	}
	return false;
}

int64_t
cr_csn_age(const char *csn, int64_t now)
{
	struct cr_slice text = { csn, strcspn(csn, "#") };
	int64_t time;

	return cr_time_parse(text, &time) != CR_OK ? INT64_MAX : now - time;
}
