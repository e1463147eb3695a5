#include "entry.h"

#include <stdlib.h>

enum { CONTROLS_MAX = 32 };

/* One search while its answers come. */
struct run {
	LDAP *ld;
	const struct cr_search *search;
	cr_entry_fn *fn;
	void *arg;
	struct cr_entry_buffer buffer;
	struct berval cookie;		/* owned; of the next page */
	int ended;			/* code of fn */
};

int
cr_search_give(LDAP *ld, LDAPMessage *message,
	struct cr_entry_buffer *buffer, cr_entry_fn *fn, void *arg)
{
	BerElement *ber = NULL;
	struct berval dn;
	struct berval name;
	BerVarray values = NULL;
	int rc;

	cr_entry_buffer_reset(buffer);
	rc = ldap_get_dn_ber(ld, message, &ber, &dn);
	while (rc == LDAP_SUCCESS && (rc = ldap_get_attribute_ber(ld,
	    message, ber, &name, &values)) == LDAP_SUCCESS &&
	    name.bv_val != NULL) {
		int kept = cr_entry_buffer_attr(buffer,
			(struct cr_slice){ name.bv_val, name.bv_len });

		for (size_t i = 0; kept == CR_OK && values != NULL &&
		    values[i].bv_val != NULL; i++)
			kept = cr_entry_buffer_value(buffer,
				(struct cr_slice){ values[i].bv_val,
				values[i].bv_len });
		ldap_memfree(values);
		values = NULL;
		if (kept != CR_OK)
			rc = LDAP_NO_MEMORY;
	}
	if (rc == LDAP_SUCCESS)
		rc = cr_entry_buffer_give(buffer,
			(struct cr_slice){ dn.bv_val, dn.bv_len }, fn, arg);
	ber_free(ber, 0);
	return rc;
}

static void
take_cookie(struct run *run, LDAPControl **controls)
{
	LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS,
		controls, NULL);
	ber_int_t estimate;

	ldap_memfree(run->cookie.bv_val);
	run->cookie = (struct berval){ 0, NULL };
	if (page != NULL && ldap_parse_pageresponse_control(run->ld, page,
	    &estimate, &run->cookie) != LDAP_SUCCESS)
		run->cookie = (struct berval){ 0, NULL };
}

/* The result of one page, freed. */
static int
end_page(struct run *run, LDAPMessage *message)
{
	LDAPControl **controls = NULL;
	int code = LDAP_OTHER;
	char *text = NULL;
	int rc = ldap_parse_result(run->ld, message, &code, NULL, &text, NULL,
		&controls, 1);

	if (rc == LDAP_SUCCESS)
		rc = code;
	/* a later call would take it away */
	if (rc != LDAP_SUCCESS && text != NULL)
		ldap_set_option(run->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, text);
	take_cookie(run, controls);
	ldap_controls_free(controls);
	ldap_memfree(text);
	return rc;
}

static int
read_page(struct run *run, int id)
{
	for (;;) {
		LDAPMessage *message = NULL;
		int type = ldap_result(run->ld, id, LDAP_MSG_ONE, NULL,
			&message);

		switch (type) {
		case LDAP_RES_SEARCH_ENTRY:
			if (run->ended == LDAP_SUCCESS)
				run->ended = cr_search_give(run->ld, message,
					&run->buffer, run->fn, run->arg);
			ldap_msgfree(message);
			if (run->ended != LDAP_SUCCESS) {
				ldap_abandon_ext(run->ld, id, NULL, NULL);
				return run->ended;
			}
			break;
		case LDAP_RES_SEARCH_RESULT:
			return end_page(run, message);
		case -1:
		case 0:
			ldap_get_option(run->ld, LDAP_OPT_RESULT_CODE, &type);
			return type == LDAP_SUCCESS ? LDAP_SERVER_DOWN : type;
		default:
			ldap_msgfree(message);
		}
	}
}

/* Those of the search, the one of pages, and ManageDsaIT. */
static int
send_page(struct run *run, int *ret_id)
{
	const struct cr_search *search = run->search;
	LDAPControl *list[CONTROLS_MAX + 3];
	LDAPControl *page = NULL;
	LDAPControl manage = { .ldctl_oid = LDAP_CONTROL_MANAGEDSAIT };
	size_t count = 0;
	int rc = LDAP_SUCCESS;

	for (; search->controls != NULL && search->controls[count] != NULL &&
	    count < CONTROLS_MAX; count++)
		list[count] = search->controls[count];
	list[count] = NULL;
	if (ldap_control_find(LDAP_CONTROL_MANAGEDSAIT, list, NULL) == NULL)
		list[count++] = &manage;
	if (search->page_size > 0) {
		rc = ldap_create_page_control(run->ld,
			(ber_int_t)search->page_size,
			run->cookie.bv_val != NULL ? &run->cookie : NULL, 0,
			&page);
		if (rc == LDAP_SUCCESS)
			list[count++] = page;
	}
	list[count] = NULL;
	if (rc == LDAP_SUCCESS)
		rc = ldap_search_ext(run->ld, search->base, search->scope,
			search->filter, search->attrs, 0, list, NULL, NULL,
			LDAP_NO_LIMIT, ret_id);
	ldap_control_free(page);
	return rc;
}

int
cr_search_run(LDAP *ld, const struct cr_search *search, cr_entry_fn *fn,
	void *arg)
{
	struct run run = { .ld = ld, .search = search, .fn = fn, .arg = arg };
	int id = 0;
	int rc;

	do {
		rc = send_page(&run, &id);
		if (rc == LDAP_SUCCESS)
			rc = read_page(&run, id);
	} while (rc == LDAP_SUCCESS && run.cookie.bv_len > 0);
	ldap_memfree(run.cookie.bv_val);
	cr_entry_buffer_clear(&run.buffer);
	return rc;
}
