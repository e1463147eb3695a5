/* The extended operation, there and back. */
#include "erase.h"

#include <stdlib.h>

#include "custreg/oids.h"

int
cr_erase_send(LDAP *ld, const struct cr_erase_request *request,
    LDAPControl **controls, int *ret_id)
{
	unsigned char *encoded = NULL;
	struct berval value;
	size_t len = 0;
	int rc = cr_erase_request_encode(request, &encoded, &len);

	if (rc != CR_OK)
		return rc == CR_ENOMEM ? LDAP_NO_MEMORY : LDAP_PARAM_ERROR;
	value = (struct berval){ len, (char *)encoded };
	rc = ldap_extended_operation(ld, CR_OID_ERASE, &value, controls, NULL,
	    ret_id);
	free(encoded);
	return rc;
}

/*
 * libldap keeps the value of a result that is an error, as of any other.  It
 * ends the program (extended.c:262) when a server sends an empty responseName.
 */
int
cr_erase_take(LDAP *ld, LDAPMessage *message,
    struct cr_erase_answer *ret_answer)
{
	int rc;

	*ret_answer = (struct cr_erase_answer){ .was_sent = true };
	rc = ldap_parse_extended_result(ld, message, NULL, &ret_answer->value,
	    0);

	if (rc == LDAP_SUCCESS)
		rc = ldap_parse_result(ld, message, &ret_answer->code,
		    NULL, &ret_answer->text, &ret_answer->referrals, NULL, 0);
	ldap_msgfree(message);
	return rc;
}

int
cr_erase_ask(LDAP *ld, const struct cr_erase_request *request,
    LDAPControl **controls, struct cr_erase_answer *ret_answer)
{
	LDAPMessage *message;
	int type;
	int id = 0;
	int rc = cr_erase_send(ld, request, controls, &id);

	*ret_answer = (struct cr_erase_answer){ .was_sent =
		rc == LDAP_SUCCESS };
	if (rc != LDAP_SUCCESS)
		return rc;
	for (;;) {
		message = NULL;
		type = ldap_result(ld, id, LDAP_MSG_ONE, NULL, &message);
		if (type == LDAP_RES_EXTENDED)
			return cr_erase_take(ld, message, ret_answer);
		ldap_msgfree(message);
		if (type <= 0)
			break;
		if (type != LDAP_RES_INTERMEDIATE)
			return LDAP_DECODING_ERROR;
	}
	ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &rc);
	return rc == LDAP_SUCCESS ? LDAP_SERVER_DOWN : rc;
}

void
cr_erase_answer_clear(struct cr_erase_answer *answer)
{
	ldap_memfree(answer->text);
	ldap_memvfree((void **)answer->referrals);
	ber_bvfree(answer->value);
	*answer = (struct cr_erase_answer){ 0 };
}
