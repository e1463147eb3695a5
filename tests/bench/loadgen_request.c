/* The workloads, and their requests as BER (RFC 4511). */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lber.h>
#include <ldap.h>

#include "custreg/oids.h"
#include "loadgen.h"

#define TEXT_SIZE 512
/* a filter that asks for presence of the attribute, and one for a value */
#define FILTER_PRESENT 0x87U
#define FILTER_EQUAL 0xa3U
#define CONTROLS 0xa0U
#define SIMPLE 0x80U

/* What a mail program asks for; direct marketing may have all of it. */
static const char *const contact[] = { "cn", "sn", "givenName", "mail",
	"telephoneNumber", "mobile", "o", "title", "postalAddress",
	"postalCode", "l", NULL };
static const char *const all[] = { "*", NULL };
static const char *const names[] = { "cn", NULL };
static const char *const members[] = { "member", NULL };

#define CUSTOMERS "ou=customers"
#define CUSTOMER "uid=c%u,ou=customers"

static const struct load_kind kinds[] = {
	{ "point", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS, "uid", "c%u",
	    false, contact },
	{ "point-all", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS, "uid",
	    "c%u", false, all },
	{ "listing", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS,
	    "postalCode", "%g", false, contact },
	{ "listing-all", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS,
	    "postalCode", "%g", false, all },
	{ "export", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS,
	    "objectClass", "crCustomer", false, contact },
	{ "export-all", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS,
	    "objectClass", "crCustomer", false, all },
	{ "export-scan", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, CUSTOMERS, "sn",
	    NULL, false, contact },
	{ "compare", LDAP_REQ_COMPARE, 0, CUSTOMER, "l", "Turku", false, NULL },
	{ "base", LDAP_REQ_SEARCH, LDAP_SCOPE_BASE, CUSTOMER, "objectClass",
	    NULL, false, contact },
	{ "group", LDAP_REQ_SEARCH, LDAP_SCOPE_BASE, "cn=large,ou=groups",
	    "objectClass", NULL, false, members },
	{ "dn-value", LDAP_REQ_SEARCH, LDAP_SCOPE_SUBTREE, "ou=groups",
	    "member", CUSTOMER, true, names },
};

const struct load_kind *
load_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* SplitMix64. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t word = *state += UINT64_C(0x9e3779b97f4a7c15);

	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

/* %u becomes the customer's number, %g the post code of their listing. */
static void
expand(const char *pattern, uint32_t index, const struct load_options *options,
    bool is_dn, char ret_text[TEXT_SIZE])
{
	size_t len = strcspn(pattern, "%");
	uint32_t number = pattern[len] == '\0' ? 0
	    : pattern[len + 1] == 'u'          ? FIRST_CUSTOMER + index
				      : index % (options->customers / 100);
	int width = pattern[len] != '\0' && pattern[len + 1] == 'g' ? 5 : 1;
	const char *rest = pattern[len] == '\0' ? "" : pattern + len + 2;
	char digits[16] = "";
	int size;

	if (pattern[len] != '\0')
		snprintf(digits, sizeof(digits), "%0*u", width, number);
	size = snprintf(ret_text, TEXT_SIZE, "%.*s%s%s%s%s", (int)len, pattern,
	    digits, rest, is_dn ? "," : "", is_dn ? options->suffix : "");
	if (size < 0 || size >= TEXT_SIZE)
		errx(2, "a DN is too long");
}

static int
put_search(BerElement *ber, const struct load_kind *kind, const char *base,
    const char *value)
{
	if (ber_printf(ber, "t{seeiib", (ber_tag_t)kind->op, base,
		(ber_int_t)kind->scope, (ber_int_t)LDAP_DEREF_NEVER,
		(ber_int_t)0, (ber_int_t)0, (ber_int_t)0) == -1)
		return -1;
	if (kind->value == NULL) {
		if (ber_printf(ber, "ts", (ber_tag_t)FILTER_PRESENT,
			kind->attribute) == -1)
			return -1;
	} else if (ber_printf(ber, "t{ss}", (ber_tag_t)FILTER_EQUAL,
		       kind->attribute, value) == -1) {
		return -1;
	}
	return ber_printf(ber, "{v}}", (char **)(uintptr_t)kind->attributes);
}

/* Not critical: a server that does not know it goes on without. */
static int
put_purpose(BerElement *ber, const char *purpose)
{
	if (purpose == NULL)
		return 0;
	return ber_printf(ber, "t{{ss}}", (ber_tag_t)CONTROLS,
	    CR_OID_PURPOSE_CONTROL, purpose);
}

static int
put_request(BerElement *ber, ber_int_t id, const struct load_kind *kind,
    const struct load_options *options, uint32_t index)
{
	char base[TEXT_SIZE], value[TEXT_SIZE] = "";
	int rc;

	expand(kind->base, index, options, true, base);
	if (kind->value != NULL)
		expand(kind->value, index, options, kind->dn_value, value);
	if (ber_printf(ber, "{i", id) == -1)
		return -1;
	if (kind->op == LDAP_REQ_COMPARE)
		rc = ber_printf(ber, "t{s{ss}}", (ber_tag_t)kind->op, base,
		    kind->attribute, value);
	else
		rc = put_search(ber, kind, base, value);
	if (rc == -1 || put_purpose(ber, options->purpose) == -1)
		return -1;
	return ber_printf(ber, "}");
}

static void
take(BerElement *ber, struct load_batch *batch, size_t *size)
{
	struct berval bytes;
	size_t start = batch->count == 0 ? 0 : batch->ends[batch->count - 1];

	if (ber_flatten2(ber, &bytes, 0) != 0)
		errx(2, "cannot encode a request");
	if (start + bytes.bv_len > *size) {
		*size = 2 * (start + bytes.bv_len);
		batch->bytes = realloc(batch->bytes, *size);
		if (batch->bytes == NULL)
			err(2, "requests");
	}
	memcpy(batch->bytes + start, bytes.bv_val, bytes.bv_len);
	batch->ends[batch->count++] = start + bytes.bv_len;
}

static void
init_batch(size_t count, struct load_batch *ret_batch)
{
	*ret_batch = (struct load_batch){ .ends = calloc(count,
					      sizeof(*ret_batch->ends)) };
	if (ret_batch->ends == NULL)
		err(2, "requests");
}

static BerElement *
new_ber(void)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	if (ber == NULL)
		err(2, "requests");
	return ber;
}

void
load_batch_make(const struct load_kind *kind,
    const struct load_options *options, uint64_t seed, size_t count,
    struct load_batch *ret_batch)
{
	uint64_t state = seed;
	size_t size = 0;

	init_batch(count, ret_batch);
	for (size_t i = 0; i < count; i++) {
		uint32_t index =
		    (uint32_t)(next_random(&state) % options->customers);
		BerElement *ber = new_ber();

		if (put_request(ber, (ber_int_t)(i + 2), kind, options,
			index) == -1)
			errx(2, "cannot encode a request");
		take(ber, ret_batch, &size);
		ber_free(ber, 1);
	}
}

void
load_bind_make(const struct load_options *options, struct load_batch *ret_batch)
{
	BerElement *ber = new_ber();
	size_t size = 0;

	init_batch(1, ret_batch);
	if (ber_printf(ber, "{it{ists}}", (ber_int_t)1,
		(ber_tag_t)LDAP_REQ_BIND, (ber_int_t)LDAP_VERSION3,
		options->bind_dn, (ber_tag_t)SIMPLE, options->password) == -1)
		errx(2, "cannot encode a bind");
	take(ber, ret_batch, &size);
	ber_free(ber, 1);
}

void
load_sasl_bind_make(int id, const char *mechanism, const char *creds,
    unsigned creds_len, struct load_batch *ret_batch)
{
	BerElement *ber = new_ber();
	size_t size = 0;
	int rc;

	init_batch(1, ret_batch);
	rc = ber_printf(ber, "{it{ist{s", (ber_int_t)id,
	    (ber_tag_t)LDAP_REQ_BIND, (ber_int_t)LDAP_VERSION3, "",
	    (ber_tag_t)LDAP_AUTH_SASL, mechanism);
	if (rc != -1 && creds != NULL)
		rc = ber_printf(ber, "o", creds, (ber_len_t)creds_len);
	if (rc == -1 || ber_printf(ber, "}}}") == -1)
		errx(2, "cannot encode a bind");
	take(ber, ret_batch, &size);
	ber_free(ber, 1);
}

void
load_unbind_make(struct load_batch *ret_batch)
{
	BerElement *ber = new_ber();
	size_t size = 0;

	init_batch(1, ret_batch);
	if (ber_printf(ber, "{itn}", (ber_int_t)1,
		(ber_tag_t)LDAP_REQ_UNBIND) == -1)
		errx(2, "cannot encode an unbind");
	take(ber, ret_batch, &size);
	ber_free(ber, 1);
}

void
load_batch_clear(struct load_batch *batch)
{
	free(batch->bytes);
	free(batch->ends);
	*batch = (struct load_batch){ 0 };
}
