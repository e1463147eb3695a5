/*
 * Paged results (RFC 2696) of the read log.  The cookie says where to go on
 * and how long the log was at first, so that a list that records itself page
 * by page comes to an end:
 *
 *	cookie = version(1) leaf(8) entry(4) end(8)	; high byte first
 *
 * It is no secret and no right: each page is judged anew.
 */
#include "readlog.h"

#define COOKIE_SIZE 21
#define COOKIE_VERSION 1

static void
put_number(unsigned char **p, uint64_t number, unsigned bytes)
{
	for (unsigned i = bytes; i > 0; i--)
		*(*p)++ = (unsigned char)(number >> (8 * (i - 1)));
}

static uint64_t
get_number(const unsigned char **p, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | *(*p)++;
	return number;
}

/* CR_EPROTO: not a cookie of ours. */
int
cr_readlog_page_open(Operation *op, bool *ret_goes_on,
	struct cr_readlog_cursor *ret_cursor)
{
	const PagedResultsState *ps = op->o_pagedresults_state;
	const unsigned char *p;

	*ret_goes_on = false;
	if (get_pagedresults(op) <= SLAP_CONTROL_IGNORED ||
	    ps->ps_cookieval.bv_len == 0)
		return CR_OK;
	p = (const unsigned char *)ps->ps_cookieval.bv_val;
	if (ps->ps_cookieval.bv_len != COOKIE_SIZE || *p++ != COOKIE_VERSION)
		return CR_EPROTO;
	ret_cursor->place.leaf = get_number(&p, 8);
	ret_cursor->place.entry = (uint32_t)get_number(&p, 4);
	ret_cursor->end = get_number(&p, 8);
	if (ret_cursor->place.leaf >= ret_cursor->end ||
	    ret_cursor->place.entry > CR_LEAF_MAX)
		return CR_EPROTO;
	*ret_goes_on = true;
	return CR_OK;
}

/* The result of a page; NULL: the last one. */
void
cr_readlog_page_send(Operation *op, SlapReply *rs,
	const struct cr_readlog_cursor *cursor)
{
	unsigned char bytes[COOKIE_SIZE], *p = bytes;
	struct berval cookie = BER_BVC("");
	BerElementBuffer berbuf;
	BerElement *ber = (BerElement *)&berbuf;
	LDAPControl *ctrls[2] = { NULL, NULL };
	PagedResultsState *ps = op->o_pagedresults_state;

	if (cursor != NULL) {
		*p++ = COOKIE_VERSION;
		put_number(&p, cursor->place.leaf, 8);
		put_number(&p, cursor->place.entry, 4);
		put_number(&p, cursor->end, 8);
		cookie.bv_val = (char *)bytes;
		cookie.bv_len = sizeof(bytes);
	}
	/* what slapd's limits go by on the next page */
	op->o_conn->c_pagedresults_state.ps_count =
	    ps->ps_count + rs->sr_nentries;
	ctrls[0] = op->o_tmpcalloc(1, sizeof(LDAPControl), op->o_tmpmemctx);
	ctrls[0]->ldctl_oid = LDAP_CONTROL_PAGEDRESULTS;
	ber_init2(ber, NULL, LBER_USE_DER);
	if (ber_printf(ber, "{iO}", 0, &cookie) >= 0 &&
	    ber_flatten2(ber, &ctrls[0]->ldctl_value, 0) == 0)
		(void)slap_add_ctrls(op, rs, ctrls);
	rs->sr_err = LDAP_SUCCESS;
	send_ldap_result(op, rs);
	(void)ber_free_buf(ber);
}
