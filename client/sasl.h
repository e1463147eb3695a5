/*
 * What libsasl asks for while binding.
 */
#ifndef CR_CLIENT_SASL_H
#define CR_CLIENT_SASL_H

#include <ldap.h>

#include "options.h"

#define CR_SASL_ANSWERS_MAX 16

struct cr_sasl {
	const struct cr_connect_options *options;
	/* typed in; owned, since libsasl keeps pointers to them */
	char *answers[CR_SASL_ANSWERS_MAX];
	size_t answer_lens[CR_SASL_ANSWERS_MAX];
	size_t answer_count;
};

/* An LDAP_SASL_INTERACT_PROC; `defaults` is a struct cr_sasl. */
int cr_sasl_interact(LDAP *ld, unsigned flags, void *defaults,
	void *interact);

/* Wipes what was typed in. */
void cr_sasl_clear(struct cr_sasl *sasl);

#endif
