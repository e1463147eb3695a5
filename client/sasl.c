#include "sasl.h"

#include <stdio.h>
#include <stdlib.h>

#include <sasl/sasl.h>

#include "safe.h"
#include "secret.h"

/* From the command line, else from ldap.conf or the environment. */
static const char *
find_default(LDAP *ld, const struct cr_connect_options *options,
	unsigned long id, char **ret_owned)
{
	const char *given = NULL;
	int option = 0;

	*ret_owned = NULL;
	switch (id) {
	case SASL_CB_GETREALM:
		given = options->realm;
		option = LDAP_OPT_X_SASL_REALM;
		break;
	case SASL_CB_AUTHNAME:
		given = options->authcid;
		option = LDAP_OPT_X_SASL_AUTHCID;
		break;
	case SASL_CB_USER:
		given = options->authzid;
		option = LDAP_OPT_X_SASL_AUTHZID;
		break;
	case SASL_CB_PASS:
		return options->password;
	default:
		return NULL;
	}
	if (given == NULL &&
	    ldap_get_option(ld, option, ret_owned) == LDAP_OPT_SUCCESS)
		given = *ret_owned;
	return given;
}

static int
keep(struct cr_sasl *sasl, char *text, size_t len, sasl_interact_t *item)
{
	if (sasl->answer_count == CR_SASL_ANSWERS_MAX) {
		explicit_bzero(text, len);
		free(text);
		return LDAP_LOCAL_ERROR;
	}
	sasl->answers[sasl->answer_count] = text;
	sasl->answer_lens[sasl->answer_count] = len;
	sasl->answer_count++;
	item->result = text;
	item->len = (unsigned)len;
	return LDAP_SUCCESS;
}

static int
ask(struct cr_sasl *sasl, sasl_interact_t *item, const char *fallback)
{
	bool echo = item->id != SASL_CB_PASS &&
	    item->id != SASL_CB_NOECHOPROMPT;
	char prompt[512];
	char *text;
	size_t len;

	if (item->challenge != NULL && item->challenge[0] != '\0') {
		cr_put_safe(stderr, cr_slice_of(item->challenge));
		fputc('\n', stderr);
	}
	snprintf(prompt, sizeof(prompt), "%s%s%s%s: ",
		item->prompt != NULL ? item->prompt : "SASL",
		fallback != NULL && echo ? " [" : "",
		fallback != NULL && echo ? fallback : "",
		fallback != NULL && echo ? "]" : "");
	if (cr_secret_ask(prompt, echo, &text, &len) != CR_OK)
		return LDAP_UNAVAILABLE;
	if (len == 0 && fallback != NULL) {
		free(text);
		item->result = fallback;
		item->len = (unsigned)strlen(fallback);
		return LDAP_SUCCESS;
	}
	return keep(sasl, text, len, item);
}

static int
answer(LDAP *ld, unsigned flags, struct cr_sasl *sasl, sasl_interact_t *item)
{
	char *owned = NULL;
	const char *text = find_default(ld, sasl->options, item->id, &owned);
	int rc = LDAP_SUCCESS;
	char *copy;

	if (owned != NULL) {
		/* libsasl keeps the pointer: it has to outlive this call */
		copy = strdup(owned);
		ldap_memfree(owned);
		if (copy == NULL)
			return LDAP_NO_MEMORY;
		rc = keep(sasl, copy, strlen(copy), item);
		if (rc != LDAP_SUCCESS)
			return rc;
		text = copy;
	}
	if (text == NULL || *text == '\0')
		text = item->defresult;
	if (text == NULL && item->id == SASL_CB_USER)
		text = "";
	if (flags != LDAP_SASL_INTERACTIVE &&
	    (text != NULL || flags == LDAP_SASL_QUIET)) {
		if (text == NULL)
			return LDAP_OTHER;
		item->result = text;
		item->len = (unsigned)strlen(text);
		return LDAP_SUCCESS;
	}
	return ask(sasl, item, text);
}

int
cr_sasl_interact(LDAP *ld, unsigned flags, void *defaults, void *interact)
{
	sasl_interact_t *item = interact;
	struct cr_sasl *sasl = defaults;

	if (ld == NULL)
		return LDAP_PARAM_ERROR;
	for (; item->id != SASL_CB_LIST_END; item++) {
		int rc = answer(ld, flags, sasl, item);

		if (rc != LDAP_SUCCESS)
			return rc;
	}
	return LDAP_SUCCESS;
}

void
cr_sasl_clear(struct cr_sasl *sasl)
{
	for (size_t i = 0; i < sasl->answer_count; i++) {
		explicit_bzero(sasl->answers[i], sasl->answer_lens[i]);
		free(sasl->answers[i]);
	}
	sasl->answer_count = 0;
}
