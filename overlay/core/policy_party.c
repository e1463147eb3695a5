/*
 * Handlers, services and recipients: who may use which purpose, and when.
 */
#include "clock.h"
#include "country.h"
#include "policy_impl.h"
#include "text.h"
#include "values.h"

/* Present once and readable; reports otherwise. */
static bool
read_single(const struct cr_compile *compile,
    const struct cr_source_entry *entry, enum cr_policy_attr attr,
    struct cr_slice *ret_value)
{
	const struct cr_values *values = &entry->attrs[attr];

	if (values->count > 1)
		cr_compile_report(compile, entry->ndn,
		    "several values where one is meant: ignored");
	if (values->count != 1)
		return false;
	*ret_value = values->values[0];
	return true;
}

static void
suspend(const struct cr_compile *compile, const struct cr_source_entry *entry,
    struct cr_party *party, const char *what)
{
	party->suspended = true;
	cr_compile_report(compile, entry->ndn, what);
}

/* A time that cannot be read makes the agreement worthless. */
static void
read_time(const struct cr_compile *compile,
    const struct cr_source_entry *entry, enum cr_policy_attr attr,
    struct cr_party *party, int64_t *ret_time)
{
	const struct cr_values *values = &entry->attrs[attr];

	if (values->count == 0)
		return;
	if (values->count > 1 ||
	    cr_time_parse(values->values[0], ret_time) != CR_OK)
		suspend(compile, entry, party,
		    "an agreement with an unclear time: suspended");
}

static void
read_agreement(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_party *party)
{
	struct cr_slice version = { "", 0 };

	party->agreement_signed = INT64_MAX;
	party->agreement_until = INT64_MAX;
	read_time(compile, entry, CR_ATTR_AGREEMENT_SIGNED, party,
	    &party->agreement_signed);
	read_time(compile, entry, CR_ATTR_AGREEMENT_UNTIL, party,
	    &party->agreement_until);
	if (!compile->version_required) {
		party->agreement_ok = true;
		return;
	}
	party->agreement_ok = !compile->version_unclear &&
	    read_single(compile, entry, CR_ATTR_AGREEMENT_VERSION,
	    &version) && cr_slice_same_name(version, compile->version);
}

static unsigned
read_roles(const struct cr_compile *compile,
    const struct cr_source_entry *entry)
{
	const struct cr_values *names = &entry->attrs[CR_ATTR_ROLE];
	unsigned roles = 0;

	for (size_t i = 0; i < names->count; i++) {
		if (cr_slice_same_name(names->values[i],
		    CR_SLICE_LITERAL("registrar")))
			roles |= CR_ROLE_REGISTRAR;
		else if (cr_slice_same_name(names->values[i],
		    CR_SLICE_LITERAL("dpo")))
			roles |= CR_ROLE_DPO;
		else
			cr_compile_report(compile, entry->ndn,
			    "a role that does not exist: ignored");
	}
	return roles;
}

/* The purposes that go with a role or with nobody, not with an entry. */
static uint64_t
barred_purposes(const struct cr_compile *compile, unsigned roles)
{
	uint64_t maintenance = cr_compile_purpose_bit(compile,
	    CR_SLICE_LITERAL("maintenance"));
	uint64_t rights = cr_compile_purpose_bit(compile,
	    CR_SLICE_LITERAL("rightsFulfilment"));
	uint64_t barred = cr_compile_purpose_bit(compile,
	    CR_SLICE_LITERAL("replication")) |
	    cr_compile_purpose_bit(compile,
	    CR_SLICE_LITERAL("subjectAccess"));

	if ((roles & CR_ROLE_REGISTRAR) == 0)
		barred |= maintenance;
	if (roles == 0)
		barred |= rights;
	return barred;
}

static uint64_t
without_barred(const struct cr_compile *compile,
    const struct cr_source_entry *entry, uint64_t set, uint64_t barred)
{
	if ((set & barred) != 0)
		cr_compile_report(compile, entry->ndn,
		    "a purpose that its role does not allow: ignored");
	return set & ~barred;
}

static void
read_default(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_party *party)
{
	struct cr_slice name;
	const struct cr_purpose *purpose;

	party->default_purpose = -1;
	if (!read_single(compile, entry, CR_ATTR_DEFAULT_PURPOSE, &name))
		return;
	purpose = cr_policy_purpose(compile->policy, name);
	if (purpose == NULL) {
		cr_compile_report(compile, entry->ndn,
		    "names a purpose that does not exist");
		return;
	}
	party->default_purpose = (int)purpose->index;
	party->allowed |= cr_purpose_bit(purpose);
}

static void
read_purposes(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_party *party)
{
	uint64_t barred = barred_purposes(compile, party->roles);

	party->allowed = cr_compile_purpose_set(compile, entry,
	    CR_ATTR_ALLOWED_PURPOSE);
	read_default(compile, entry, party);
	if (party->is_service) {
		party->automated = without_barred(compile, entry,
		    cr_compile_purpose_set(compile, entry,
		    CR_ATTR_AUTOMATED), barred);
		/* for a person it is the person's role that counts */
		barred = cr_compile_purpose_bit(compile,
		    CR_SLICE_LITERAL("replication"));
	}
	party->allowed = without_barred(compile, entry, party->allowed,
	    barred);
	if (party->default_purpose >= 0 && (party->allowed &
	    UINT64_C(1) << party->default_purpose) == 0)
		party->default_purpose = -1;
}

static void
read_min_ssf(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_party *party)
{
	const struct cr_values *values = &entry->attrs[CR_ATTR_MIN_SSF];

	if (values->count == 0)
		return;
	if (values->count > 1 || cr_text_parse_unsigned(values->values[0],
	    &party->min_ssf) != CR_OK)
		suspend(compile, entry, party,
		    "an unclear crMinSSF: suspended");
}

static void
read_suspended(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_party *party)
{
	const struct cr_values *values = &entry->attrs[CR_ATTR_SUSPENDED];

	if (values->count == 0)
		return;
	if (values->count > 1 || cr_text_parse_boolean(values->values[0],
	    &party->suspended) != CR_OK)
		suspend(compile, entry, party,
		    "an unclear crSuspended: suspended");
}

static void
read_party(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_party *party)
{
	read_suspended(compile, entry, party);
	if (party->is_service) {
		party->agreement_ok = true;
		party->agreement_signed = INT64_MIN;
		party->agreement_until = INT64_MAX;
		read_min_ssf(compile, entry, party);
	} else {
		read_agreement(compile, entry, party);
		party->roles = read_roles(compile, entry);
	}
	read_purposes(compile, entry, party);
}

/* One part; entries that stand in the other part too are left out. */
static int
add_parties(struct cr_compile *compile, enum cr_policy_part part,
    const struct cr_table *others)
{
	struct cr_policy *policy = compile->policy;
	const struct cr_source_entry *entry = NULL;
	int rc;

	while ((entry = cr_compile_next(compile, part, entry)) != NULL) {
		struct cr_party *party = &policy->parties[policy->party_count];

		if (entry->ndn.len == 0)
			continue;
		if (cr_table_find(others, entry->ndn) != NULL) {
			cr_compile_report(compile, entry->ndn,
			    "both a handler and a service: left out");
			continue;
		}
		*party = (struct cr_party){
			.is_service = part == CR_PART_SERVICE
		};
		rc = cr_arena_copy(&policy->arena, entry->ndn, &party->ndn);
		if (rc != CR_OK)
			return rc;
		/* the same entry, found below two bases that overlap */
		if (!cr_table_add(&policy->party_table, policy->party_count))
			continue;
		read_party(compile, entry, party);
		policy->party_count++;
	}
	return CR_OK;
}

/* The DNs of a part. */
static int
list_names(const struct cr_compile *compile, enum cr_policy_part part,
    struct cr_arena *arena, struct cr_table *ret_table)
{
	const struct cr_source_entry *entry = NULL;
	size_t count = compile->builder->counts[part];
	struct cr_slice *names;
	size_t at = 0;
	int rc;

	names = cr_arena_alloc(arena, count, sizeof(*names));
	if (names == NULL)
		return CR_ENOMEM;
	rc = cr_table_init(ret_table, arena, names, sizeof(*names), count,
	    false);
	if (rc != CR_OK)
		return rc;
	while ((entry = cr_compile_next(compile, part, entry)) != NULL) {
		names[at] = entry->ndn;
		(void)cr_table_add(ret_table, at);
		at++;
	}
	return CR_OK;
}

int
cr_compile_parties(struct cr_compile *compile)
{
	struct cr_policy *policy = compile->policy;
	size_t room = compile->builder->counts[CR_PART_HANDLER] +
	    compile->builder->counts[CR_PART_SERVICE];
	struct cr_arena scratch = { 0 };
	struct cr_table handlers = { 0 };
	struct cr_table services = { 0 };
	int rc = CR_ENOMEM;

	/* one more: the slot that a duplicate is tried in */
	policy->parties = cr_arena_alloc(&policy->arena, room + 1,
	    sizeof(*policy->parties));
	if (policy->parties == NULL)
		goto out;
	rc = cr_table_init(&policy->party_table, &policy->arena,
	    policy->parties, sizeof(*policy->parties), room, false);
	if (rc == CR_OK)
		rc = list_names(compile, CR_PART_HANDLER, &scratch,
		    &handlers);
	if (rc == CR_OK)
		rc = list_names(compile, CR_PART_SERVICE, &scratch,
		    &services);
	if (rc == CR_OK)
		rc = add_parties(compile, CR_PART_HANDLER, &services);
	if (rc == CR_OK)
		rc = add_parties(compile, CR_PART_SERVICE, &handlers);
out:
	cr_arena_clear(&scratch);
	return rc;
}

static void
read_country(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_recipient *recipient)
{
	struct cr_slice code;

	if (!read_single(compile, entry, CR_ATTR_COUNTRY, &code))
		return;
	if (!cr_country_is_code(code))
		cr_compile_report(compile, entry->ndn,
		    "a country that is no ISO 3166-1 code: outside the EEA");
	recipient->in_eea = cr_country_in_eea(code);
}

/* crTransferDecision: <GeneralizedTime> SP <text>; the earliest counts. */
static void
read_transfers(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_recipient *recipient)
{
	const struct cr_values *values =
	    &entry->attrs[CR_ATTR_TRANSFER_DECISION];

	for (size_t i = 0; i < values->count; i++) {
		struct cr_transfer transfer;

		if (cr_transfer_parse(values->values[i], &transfer) !=
		    CR_OK) {
			cr_compile_report(compile, entry->ndn,
			    "an unclear crTransferDecision: ignored");
			continue;
		}
		if (!recipient->transfer_decided ||
		    transfer.time < recipient->transfer_from)
			recipient->transfer_from = transfer.time;
		recipient->transfer_decided = true;
	}
}

int
cr_compile_recipients(struct cr_compile *compile)
{
	struct cr_policy *policy = compile->policy;
	const struct cr_source_entry *entry = NULL;
	size_t room = compile->builder->counts[CR_PART_RECIPIENT];
	int rc;

	policy->recipients = cr_arena_alloc(&policy->arena, room + 1,
	    sizeof(*policy->recipients));
	if (policy->recipients == NULL)
		return CR_ENOMEM;
	rc = cr_table_init(&policy->recipient_table, &policy->arena,
	    policy->recipients, sizeof(*policy->recipients), room, false);
	while (rc == CR_OK && (entry = cr_compile_next(compile,
	    CR_PART_RECIPIENT, entry)) != NULL) {
		struct cr_recipient *recipient =
		    &policy->recipients[policy->recipient_count];

		*recipient = (struct cr_recipient){ 0 };
		rc = cr_arena_copy(&policy->arena, entry->ndn,
		    &recipient->ndn);
		if (rc != CR_OK || !cr_table_add(&policy->recipient_table,
		    policy->recipient_count))
			continue;
		recipient->allowed = cr_compile_purpose_set(compile, entry,
		    CR_ATTR_ALLOWED_PURPOSE);
		read_country(compile, entry, recipient);
		read_transfers(compile, entry, recipient);
		policy->recipient_count++;
	}
	return rc;
}
