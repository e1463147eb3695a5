/*
 * By when what was erased is to be out of the files too: the order says so to
 * who may read it.  Others are told without a date.
 */
#include "erase.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/uuid.h"
#include "entry.h"

enum { CONTEXTS_MAX = 16, BASE_MAX = 1024 };

struct due {
	LDAP *ld;
	LDAPControl **controls;
	char order[CR_UUID_TEXT_SIZE];
	int64_t when;			/* 0: not found */
};

static int
take_due(void *arg, const struct cr_entry *entry)
{
	struct due *due = arg;

	if (cr_time_parse(cr_entry_value(entry, "crDue"), &due->when) != CR_OK)
		due->when = 0;
	return LDAP_SUCCESS;
}

static void
look(struct due *due, struct cr_slice suffix)
{
	char *attrs[] = { (char[]){ "crDue" }, NULL };
	char base[BASE_MAX];
	const struct cr_search search = { .base = base,
		.scope = LDAP_SCOPE_BASE,
		.filter = "(objectClass=crErasureOrder)", .attrs = attrs,
		.controls = due->controls };
	int len = snprintf(base, sizeof(base),
	    "crErasureId=%s,ou=erasures%s%.*s", due->order,
	    suffix.len > 0 ? "," : "", (int)suffix.len, suffix.ptr);

	if (len > 0 && (size_t)len < sizeof(base))
		(void)!cr_search_run(due->ld, &search, take_due, due);
}

struct contexts {
	char *texts[CONTEXTS_MAX];	/* owned */
	size_t count;
};

static int
take_contexts(void *arg, const struct cr_entry *entry)
{
	const struct cr_attr *attr = cr_entry_attr(entry, "namingContexts");
	struct contexts *contexts = arg;

	for (size_t i = 0; attr != NULL && i < attr->count &&
	    contexts->count < CONTEXTS_MAX; i++) {
		char *text = ldap_strdup(attr->values[i].ptr);

		if (text != NULL)
			contexts->texts[contexts->count++] = text;
	}
	return LDAP_SUCCESS;
}

static void
look_everywhere(struct due *due)
{
	char *attrs[] = { (char[]){ "namingContexts" }, NULL };
	const struct cr_search search = { .base = "",
		.scope = LDAP_SCOPE_BASE, .filter = "(objectClass=*)",
		.attrs = attrs };
	struct contexts contexts = { .count = 0 };

	(void)!cr_search_run(due->ld, &search, take_contexts, &contexts);
	for (size_t i = 0; i < contexts.count; i++) {
		if (due->when == 0)
			look(due, cr_slice_of(contexts.texts[i]));
		ldap_memfree(contexts.texts[i]);
	}
}

void
cr_erase_find_due(LDAP *ld, LDAPControl **controls,
    struct cr_erase_answer *answer)
{
	struct due due = { .ld = ld, .controls = controls };
	struct cr_erase_response response = { 0 };
	unsigned char id[CR_UUID_BYTES];

	if (answer->value == NULL || cr_erase_response_decode(
	    (struct cr_slice){ answer->value->bv_val,
	    answer->value->bv_len }, &response) != CR_OK)
		return;
	/* one that is no number names no order */
	if ((response.state == CR_ERASE_ERASED ||
	    response.state == CR_ERASE_PARTLY) &&
	    cr_uuid_parse(response.receipt.id, id) == CR_OK) {
		cr_uuid_format(id, due.order);
		look_everywhere(&due);
	}
	answer->due = due.when;
	cr_erase_response_clear(&response);
}
