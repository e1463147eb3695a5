/* What one server is asked about somebody who was erased. */
#include "erase_verify.h"

#include <stdlib.h>
#include <string.h>

#include "core/uuid.h"
#include "dn_types.h"
#include "strlist.h"

enum { PAGE_SIZE = 500 };

struct talk {
	LDAP *ld;
	const struct cr_erase_options *options;
	struct cr_verify_facts *facts;
	struct cr_strings contexts;	/* where orders and values may be */
	struct cr_strings types;
	char *subschema;		/* owned */
};

static int
search(struct talk *talk, const char *base, int scope, const char *filter,
    char **attrs, cr_entry_fn *fn, void *arg)
{
	const struct cr_search search = { .base = base, .scope = scope,
		.filter = filter, .attrs = attrs,
		.controls = (LDAPControl **)(uintptr_t)
		    talk->options->connect.controls.list,
		.page_size = scope == LDAP_SCOPE_BASE ? 0 : PAGE_SIZE };

	return cr_search_run(talk->ld, &search, fn, arg);
}

static void
try_run(struct talk *talk)
{
	struct cr_erase_response response = { 0 };
	struct cr_verify_facts *facts = talk->facts;
	struct cr_erase_answer answer;
	int rc = cr_erase_ask(talk->ld, &talk->options->request,
	    (LDAPControl **)(uintptr_t)talk->options->connect.controls.list,
	    &answer);

	facts->code = rc == LDAP_SUCCESS ? answer.code : rc;
	if (rc == LDAP_SUCCESS && answer.value != NULL) {
		if (cr_erase_response_decode((struct cr_slice){
		    answer.value->bv_val, answer.value->bv_len },
		    &response) == CR_OK && cr_erase_contradiction(
		    CR_ERASE_DRY_RUN, answer.code, response.state) == NULL) {
			facts->has_entries = true;
			facts->is_kept =
			    response.state == CR_ERASE_WOULD_REFUSE;
		} else {
			facts->code = LDAP_DECODING_ERROR;
		}
		cr_erase_response_clear(&response);
	} else if (facts->code == LDAP_SUCCESS) {
		facts->code = LDAP_DECODING_ERROR;
	}
	cr_erase_answer_clear(&answer);
}

static int
take_root(void *arg, const struct cr_entry *entry)
{
	struct talk *talk = arg;
	const struct cr_attr *contexts = cr_entry_attr(entry,
	    "namingContexts");
	int rc = CR_OK;

	talk->subschema = cr_text_copy(cr_entry_value(entry,
	    "subschemaSubentry"));
	if (talk->options->base != NULL)
		rc = cr_strings_add(&talk->contexts,
		    cr_slice_of(talk->options->base));
	for (size_t i = 0; rc == CR_OK && contexts != NULL &&
	    talk->options->base == NULL && i < contexts->count; i++)
		rc = cr_strings_add(&talk->contexts, contexts->values[i]);
	return rc == CR_OK && talk->subschema != NULL ? LDAP_SUCCESS :
	    LDAP_NO_MEMORY;
}

/* A state that cannot be read is that of an order that goes on. */
static int
take_order(void *arg, const struct cr_entry *entry)
{
	struct cr_verify_facts *facts = arg;

	facts->order = CR_LOOK_FOUND;
	facts->ordered = (struct cr_erasure){ 0 };
	(void)!cr_erasure_state_parse(cr_entry_value(entry, "crState"),
	    &facts->ordered);
	return LDAP_SUCCESS;
}

static void
look_for_order(struct talk *talk)
{
	static char *attrs[] = { "crState", NULL };
	struct cr_verify_facts *facts = talk->facts;
	char uuid[CR_UUID_TEXT_SIZE];

	cr_uuid_format(talk->options->request.uuid, uuid);
	facts->order = CR_LOOK_NOTHING;
	for (size_t i = 0; i < talk->contexts.count &&
	    facts->order != CR_LOOK_FOUND; i++) {
		char *dn = cr_text_format("crErasureId=%s,ou=erasures,%s",
		    uuid, talk->contexts.items[i]);
		int rc = dn == NULL ? LDAP_NO_MEMORY : search(talk, dn,
		    LDAP_SCOPE_BASE, "(objectClass=*)", attrs, take_order,
		    facts);

		if (rc != LDAP_SUCCESS && rc != LDAP_NO_SUCH_OBJECT)
			facts->order = CR_LOOK_FAILED;
		free(dn);
	}
}

static int
count_entry(void *arg, const struct cr_entry *entry)
{
	struct cr_verify_facts *facts = arg;

	(void)entry;
	facts->reference_count++;
	return LDAP_SUCCESS;
}

/* (|(member=DN)(manager=DN)...); NULL: no memory */
static char *
make_filter(const struct talk *talk)
{
	struct berval dn = { talk->options->request.dn.len,
		(char *)(uintptr_t)talk->options->request.dn.ptr };
	struct berval escaped = { 0, NULL };
	char *filter = cr_text_copy(CR_SLICE_LITERAL("(|"));

	if (ldap_bv2escaped_filter_value(&dn, &escaped) != 0) {
		free(filter);
		return NULL;
	}
	for (size_t i = 0; filter != NULL && i < talk->types.count; i++) {
		char *longer = cr_text_format("%s(%s=%s)%s", filter,
		    talk->types.items[i], escaped.bv_val,
		    i + 1 == talk->types.count ? ")" : "");

		free(filter);
		filter = longer;
	}
	ldap_memfree(escaped.bv_val);
	return filter;
}

static int
read_types(struct talk *talk)
{
	static char *attrs[] = { "attributeTypes", NULL };
	int rc = search(talk, talk->subschema, LDAP_SCOPE_BASE,
	    "(objectClass=subschema)", attrs, cr_dn_types_take, &talk->types);

	return rc == LDAP_SUCCESS && talk->types.count == 0 ?
	    LDAP_NO_SUCH_ATTRIBUTE : rc;
}

static void
look_for_references(struct talk *talk)
{
	static char *attrs[] = { "1.1", NULL };
	struct cr_verify_facts *facts = talk->facts;
	int rc = read_types(talk);
	char *filter = rc == LDAP_SUCCESS ? make_filter(talk) : NULL;

	if (filter == NULL)
		rc = LDAP_NO_MEMORY;
	for (size_t i = 0; rc == LDAP_SUCCESS && i < talk->contexts.count;
	    i++)
		rc = search(talk, talk->contexts.items[i],
		    LDAP_SCOPE_SUBTREE, filter, attrs, count_entry, facts);
	facts->references = facts->reference_count > 0 ? CR_LOOK_FOUND :
	    rc == LDAP_SUCCESS ? CR_LOOK_NOTHING : CR_LOOK_FAILED;
	free(filter);
}

void
cr_verify_ask(LDAP *ld, const struct cr_erase_options *options,
    struct cr_verify_facts *ret_facts)
{
	static char *attrs[] = { "namingContexts", "subschemaSubentry",
		NULL };
	struct talk talk = { .ld = ld, .options = options,
		.facts = ret_facts };
	bool by_uuid = options->request.by == CR_ERASE_BY_UUID;
	int rc;

	try_run(&talk);
	rc = search(&talk, "", LDAP_SCOPE_BASE, "(objectClass=*)", attrs,
	    take_root, &talk);
	if (rc == LDAP_SUCCESS && by_uuid)
		look_for_order(&talk);
	else if (rc == LDAP_SUCCESS)
		look_for_references(&talk);
	else if (by_uuid)
		ret_facts->order = CR_LOOK_FAILED;
	else
		ret_facts->references = CR_LOOK_FAILED;
	cr_strings_clear(&talk.contexts);
	cr_strings_clear(&talk.types);
	free(talk.subschema);
}
