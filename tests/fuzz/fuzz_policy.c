/*
 * The policy compiler, and readers judged by what it made.
 *
 * The input is lines.  "@p<dn>" to "@t<dn>" begins an entry of the first to
 * the fifth part; "a<value>" to "u<value>" adds a value to the attribute of
 * that letter.
 */
#include "fuzz/fuzz.h"

#include "core/decide.h"
#include "core/reader.h"

#define ATTRS 21
#define VALUES 16
#define PARTIES 8

static const struct cr_slice names[ATTRS] = {
	CR_SLICE_LITERAL("cn"),
	CR_SLICE_LITERAL("crKind"),
	CR_SLICE_LITERAL("crHiddenByMarketing"),
	CR_SLICE_LITERAL("crHiddenByListing"),
	CR_SLICE_LITERAL("crHiddenByDisclosureBan"),
	CR_SLICE_LITERAL("crHiddenByRestriction"),
	CR_SLICE_LITERAL("crReleases"),
	CR_SLICE_LITERAL("crReleasesClass"),
	CR_SLICE_LITERAL("crWrites"),
	CR_SLICE_LITERAL("crWritesClass"),
	CR_SLICE_LITERAL("crRole"),
	CR_SLICE_LITERAL("crDefaultPurpose"),
	CR_SLICE_LITERAL("crAllowedPurpose"),
	CR_SLICE_LITERAL("crAutomated"),
	CR_SLICE_LITERAL("crMinSSF"),
	CR_SLICE_LITERAL("crSuspended"),
	CR_SLICE_LITERAL("crAgreementSigned"),
	CR_SLICE_LITERAL("crAgreementVersion"),
	CR_SLICE_LITERAL("crAgreementUntil"),
	CR_SLICE_LITERAL("crCountry"),
	CR_SLICE_LITERAL("crTransferDecision")
};

struct entry {
	enum cr_policy_part part;
	struct cr_slice dn;
	struct cr_slice values[ATTRS][VALUES];
	struct cr_attr attrs[ATTRS];
};

/* DNs of handlers, services and recipients, as they came. */
static struct cr_slice dns[PARTIES];
static size_t dn_count;

static void
begin_entry(struct entry *entry, struct cr_slice line)
{
	*entry = (struct entry){ .part = (enum cr_policy_part)(
		((unsigned char)line.ptr[0] + 3) % (CR_PART_REGISTER + 1)) };
	entry->dn = (struct cr_slice){ line.ptr + 1, line.len - 1 };
	for (size_t i = 0; i < ATTRS; i++)
		entry->attrs[i] = (struct cr_attr){ names[i],
			entry->values[i], 0 };
	if (dn_count < PARTIES)
		dns[dn_count++] = entry->dn;
}

static void
add_value(struct entry *entry, struct cr_slice line)
{
	size_t at = (size_t)((unsigned char)line.ptr[0] - 'a');

	if (at < ATTRS && entry->attrs[at].count < VALUES)
		entry->values[at][entry->attrs[at].count++] =
		    (struct cr_slice){ line.ptr + 1, line.len - 1 };
}

static void
end_entry(struct cr_policy_builder *builder, const struct entry *entry)
{
	const struct cr_entry_view view = { entry->dn, entry->attrs, ATTRS };

	expect(cr_policy_builder_add(builder, entry->part, &view) == CR_OK);
}

static void
build(struct cr_policy_builder *builder, struct cr_slice rest)
{
	static struct entry entry;
	bool has_entry = false;

	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		struct cr_slice line = rest;

		if (end != NULL)
			line.len = (size_t)(end - rest.ptr);
		rest.ptr += line.len + (end != NULL);
		rest.len -= line.len + (end != NULL);
		if (line.len > 1 && line.ptr[0] == '@') {
			if (has_entry)
				end_entry(builder, &entry);
			begin_entry(&entry, (struct cr_slice){ line.ptr + 1,
				line.len - 1 });
			has_entry = true;
		} else if (has_entry && line.len > 0) {
			add_value(&entry, line);
		}
	}
	if (has_entry)
		end_entry(builder, &entry);
}

/* Every bit stands for a purpose there is, and userPassword for none. */
static uint64_t
check_purposes(const struct cr_policy *policy)
{
	const struct cr_customer_facts banned = { .marketing = UINT32_MAX,
		.listing = UINT32_MAX, .disclosure_ban = true,
		.restricted = true, .erasing = true };
	const struct cr_customer_facts free = { .own = true };
	const struct cr_purpose *purpose;
	const struct cr_rule *rules;
	uint64_t all = 0;
	size_t count;

	for (unsigned i = 0; (purpose = cr_policy_purpose_at(policy, i)) !=
	    NULL; i++) {
		all |= UINT64_C(1) << i;
		expect(purpose->index == i && purpose->kinds != 0);
		expect(cr_policy_purpose(policy, purpose->name) == purpose);
		expect(cr_decide_customer(purpose, &free));
		expect(cr_decide_customer(purpose, &banned) ==
		    purpose->is_replication);
	}
	rules = cr_policy_attribute_rules(policy, &count);
	for (size_t i = 0; i < count; i++) {
		expect(((rules[i].released_by | rules[i].written_by) &
		    ~all) == 0);
		expect(rules[i].released_by == 0 || !cr_slice_same_name(
		    rules[i].name, CR_SLICE_LITERAL("userPassword")));
	}
	rules = cr_policy_class_rules(policy, &count);
	for (size_t i = 0; i < count; i++)
		expect(((rules[i].released_by | rules[i].written_by) &
		    ~all) == 0);
	return all;
}

static void
check_party(const struct cr_policy *policy, struct cr_slice dn, uint64_t all)
{
	const struct cr_party *party = cr_policy_party(policy, dn);
	const struct cr_recipient *recipient = cr_policy_recipient(policy,
	    dn);
	const struct cr_purpose *replication = cr_policy_purpose(policy,
	    CR_SLICE_LITERAL("replication"));

	if (recipient != NULL)
		expect((recipient->allowed & ~all) == 0);
	if (party == NULL)
		return;
	expect(cr_slice_equal(party->ndn, dn));
	expect(((party->allowed | party->automated) & ~all) == 0);
	expect(party->default_purpose < 0 ||
	    (party->allowed >> party->default_purpose & 1) != 0);
	expect(party->is_service ? party->roles == 0 :
	    party->automated == 0);
	expect(replication == NULL || ((party->allowed | party->automated) >>
	    replication->index & 1) == 0);
}

static void
check_reader(const struct cr_policy *policy, struct cr_slice authc,
    struct cr_slice authz, struct cr_slice recipient)
{
	struct cr_reader_facts facts = { .authc = authc, .authz = authz,
		.ssf = 128, .now = INT64_C(1767225600),
		.recipient = recipient };
	struct cr_grant grant;
	struct cr_grant alone;
	int rc = cr_reader_judge(policy, &facts, &grant);

	expect(rc == CR_OK || rc == CR_ERECIPIENT || rc == CR_EACCESS);
	if (rc != CR_OK || grant.purpose == NULL) {
		expect(rc == CR_OK || grant.kind == CR_READER_NOBODY);
		expect(grant.recipient == NULL);
		return;
	}
	expect(!grant.purpose->is_replication);
	expect((grant.purpose->kinds != CR_KIND_DISCLOSURE) ||
	    grant.recipient != NULL);
	if (cr_slice_equal(authc, authz))
		return;
	/* what is granted on behalf of somebody, is theirs */
	facts.authc = authz;
	facts.purpose = grant.purpose->name;
	expect(cr_reader_judge(policy, &facts, &alone) == CR_OK);
	expect(alone.purpose == grant.purpose);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice none = { NULL, 0 };
	struct cr_policy_builder *builder = NULL;
	struct cr_policy *policy = NULL;
	uint64_t all;

	dn_count = 0;
	expect(cr_policy_builder_new(&builder) == CR_OK);
	build(builder, fuzz_slice(data, size));
	expect(cr_policy_compile(builder, NULL, NULL, &policy) == CR_OK);
	cr_policy_builder_free(&builder);

	all = check_purposes(policy);
	for (size_t i = 0; i < dn_count; i++) {
		check_party(policy, dns[i], all);
		for (size_t j = 0; j < dn_count; j++) {
			check_reader(policy, dns[i], dns[j], none);
			check_reader(policy, dns[i], dns[i], dns[j]);
		}
	}
	expect(cr_policy_size(policy) > 0);
	cr_policy_free(&policy);
	return 0;
}
