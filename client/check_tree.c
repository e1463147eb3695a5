/*
 * Every entry below the customers bases, one after the other, judged as the
 * guard judges them (overlay/slapd/judge.c): what is it, and who sees it.
 */
#include "check.h"

#include <stdlib.h>

#include "core/decide.h"
#include "dn.h"
#include "progress.h"

/* Deeper than any register; stops what would go in circles. */
enum { DEPTH_MAX = 64 };

struct tree {
	struct cr_check *check;
	uint64_t everybody;		/* the bit of each purpose */
	struct cr_seen parents;
	struct cr_seen uuids;
	uint64_t read;
};

/* What was found out about one entry. */
struct judged {
	enum cr_entry_kind kind;
	uint64_t seen_by;
	uint64_t parent_seen_by;
};

static char *attributes[] = {
	"objectClass", "structuralObjectClass", "entryUUID",
	"hasSubordinates", "crMarketingBan", "crListingBan", "crBanUntil",
	"crDisclosureBan", "crProcessingRestricted", "crErasurePending",
	"crHold", "crSource", "crState", "crPurposeName", "cn", "sn",
	"givenName", "displayName", "mail", NULL
};

static bool
is_true(const struct cr_entry *entry, const char *name)
{
	const struct cr_attr *attr = cr_entry_attr(entry, name);

	/* unreadable is as good as set */
	return attr != NULL && !(attr->count == 1 &&
	    cr_slice_same_name(attr->values[0], CR_SLICE_LITERAL("FALSE")));
}

static struct cr_ban_values
bans_of(const struct cr_entry *entry)
{
	const struct cr_attr *marketing = cr_entry_attr(entry,
		"crMarketingBan");
	const struct cr_attr *listing = cr_entry_attr(entry, "crListingBan");
	const struct cr_attr *until = cr_entry_attr(entry, "crBanUntil");
	struct cr_ban_values bans = { 0 };

	if (marketing != NULL) {
		bans.marketing = marketing->values;
		bans.marketing_count = marketing->count;
	}
	if (listing != NULL) {
		bans.listing = listing->values;
		bans.listing_count = listing->count;
	}
	if (until != NULL) {
		bans.until = until->values;
		bans.until_count = until->count;
	}
	return bans;
}

/* Each customer is asked about as if they were the reader. */
static struct cr_customer_facts
facts_of(const struct tree *tree, const struct cr_entry *entry)
{
	const struct cr_ban_values bans = bans_of(entry);
	struct cr_customer_facts facts = {
		.disclosure_ban = is_true(entry, "crDisclosureBan"),
		.restricted = is_true(entry, "crProcessingRestricted"),
		.erasing = cr_entry_attr(entry, "crErasurePending") != NULL,
		.own = true
	};

	cr_bans_in_force(tree->check->policy, &bans, tree->check->now,
		&facts);
	return facts;
}

static uint64_t
seen_by(const struct tree *tree, const struct cr_customer_facts *facts)
{
	const struct cr_purpose *purpose;
	uint64_t set = 0;

	for (unsigned i = 0; (purpose = cr_policy_purpose_at(
	    tree->check->policy, i)) != NULL; i++) {
		if (cr_decide_customer(purpose, facts))
			set |= UINT64_C(1) << i;
	}
	return set;
}

static uint64_t
class_released_by(const struct tree *tree, struct cr_slice class)
{
	size_t count = 0;
	const struct cr_rule *rules = cr_policy_class_rules(
		tree->check->policy, &count);
	uint64_t set = tree->check->all_children | tree->check->unrestricted;

	for (size_t i = 0; i < count; i++) {
		if (cr_slice_same_name(rules[i].name, class))
			set |= rules[i].released_by;
	}
	return set;
}

static bool
is_base(const struct tree *tree, struct cr_slice ndn)
{
	return cr_strings_has(&tree->check->bases, ndn);
}

static int judge(struct tree *tree, const struct cr_entry *entry,
	unsigned depth, struct judged *ret);

/* An entry above one that came first: asked for by itself. */
struct ancestor {
	struct tree *tree;
	unsigned depth;
	struct cr_seen_entry found;
};

static int
take_ancestor(void *arg, const struct cr_entry *entry)
{
	struct ancestor *ancestor = arg;
	struct judged judged;
	bool is_new;
	int rc = judge(ancestor->tree, entry, ancestor->depth + 1, &judged);

	if (rc != LDAP_SUCCESS)
		return rc;
	ancestor->found = (struct cr_seen_entry){ judged.kind,
		judged.seen_by };
	return cr_check_code(cr_seen_add(&ancestor->tree->parents,
		entry->view.ndn, ancestor->found, &is_new));
}

static int
judge_parent(struct tree *tree, struct cr_slice ndn, unsigned depth,
	struct cr_seen_entry *ret)
{
	struct cr_slice parent = cr_dn_parent(ndn);
	struct ancestor ancestor = { .tree = tree, .depth = depth };
	char *dn;
	int rc;

	*ret = (struct cr_seen_entry){ .kind = CR_ENTRY_STRUCTURE,
		.seen_by = tree->everybody };
	if (is_base(tree, ndn) || is_base(tree, parent))
		return LDAP_SUCCESS;
	if (cr_seen_find(&tree->parents, parent, ret))
		return LDAP_SUCCESS;
	if (depth == DEPTH_MAX)
		return LDAP_LOOP_DETECT;
	dn = cr_text_copy(parent);
	if (dn == NULL)
		return LDAP_NO_MEMORY;
	rc = cr_check_search(tree->check, dn, LDAP_SCOPE_BASE,
		"(objectClass=*)", attributes, take_ancestor, &ancestor);
	free(dn);
	if (rc == LDAP_SUCCESS)
		*ret = ancestor.found;
	/* one that may not be read is as good as denied */
	return rc == LDAP_NO_SUCH_OBJECT ||
	    rc == LDAP_INSUFFICIENT_ACCESS ? LDAP_SUCCESS : rc;
}

static bool
leads_elsewhere(const struct cr_entry *entry)
{
	return cr_entry_has(entry, "objectClass", "alias") ||
	    cr_entry_has(entry, "objectClass", "referral");
}

static int
judge(struct tree *tree, const struct cr_entry *entry, unsigned depth,
	struct judged *ret)
{
	const uint64_t everything = tree->check->unrestricted;
	struct cr_seen_entry parent;
	int rc = judge_parent(tree, entry->view.ndn, depth, &parent);

	if (rc != LDAP_SUCCESS)
		return rc;
	ret->parent_seen_by = parent.seen_by;
	if (cr_entry_has(entry, "objectClass", "crCustomer")) {
		struct cr_customer_facts facts = facts_of(tree, entry);

		ret->kind = CR_ENTRY_CUSTOMER;
		ret->seen_by = seen_by(tree, &facts) & parent.seen_by;
	} else if (parent.kind == CR_ENTRY_CUSTOMER ||
	    parent.kind == CR_ENTRY_CHILD) {
		ret->kind = CR_ENTRY_CHILD;
		ret->seen_by = parent.seen_by & class_released_by(tree,
			cr_entry_value(entry, "structuralObjectClass"));
	} else if (is_base(tree, entry->view.ndn) || (cr_entry_has(entry, "objectClass",
	    "organizationalUnit") && !leads_elsewhere(entry))) {
		ret->kind = CR_ENTRY_STRUCTURE;
		ret->seen_by = parent.seen_by;
	} else {
		ret->kind = CR_ENTRY_OTHER;
		ret->seen_by = everything;
	}
	return LDAP_SUCCESS;
}

static bool
is_ban(uint32_t by, const struct cr_purpose *purpose, bool marketing)
{
	return (by & (marketing ? purpose->hidden_by_marketing :
	    purpose->hidden_by_listing)) != 0;
}

/* Each value by itself: which of them hide, and for how many. */
static int
count_bans(const struct tree *tree, const struct cr_purpose *purpose,
	const struct cr_ban_values *bans, bool marketing)
{
	const struct cr_slice *values = marketing ? bans->marketing :
	    bans->listing;
	size_t count = marketing ? bans->marketing_count :
	    bans->listing_count;
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && i < count; i++) {
		struct cr_ban_values one = { .until = bans->until,
			.until_count = bans->until_count };
		struct cr_customer_facts facts = { 0 };
		uint32_t by;
		char *ban;

		if (marketing)
			one.marketing = &values[i], one.marketing_count = 1;
		else
			one.listing = &values[i], one.listing_count = 1;
		cr_bans_in_force(tree->check->policy, &one, tree->check->now,
			&facts);
		by = marketing ? facts.marketing : facts.listing;
		if (!is_ban(by, purpose, marketing))
			continue;
		ban = cr_text_format("%s %.*s", marketing ?
			"crMarketingBan" : "crListingBan",
			by == CR_BAN_UNKNOWN ? 22 : (int)values[i].len,
			by == CR_BAN_UNKNOWN ? "a ban no purpose knows" :
			values[i].ptr);
		rc = ban == NULL ? CR_ENOMEM :
		    cr_report_hidden(&tree->check->report, purpose->index,
			ban);
		free(ban);
	}
	return rc;
}

static int
count_reasons(const struct tree *tree, const struct cr_entry *entry,
	const struct cr_purpose *purpose, bool parent_denies)
{
	const struct cr_ban_values bans = bans_of(entry);
	const struct cr_customer_facts facts = facts_of(tree, entry);
	struct cr_report *report = &tree->check->report;
	int rc = count_bans(tree, purpose, &bans, true);

	if (rc == CR_OK)
		rc = count_bans(tree, purpose, &bans, false);
	if (rc == CR_OK && purpose->hidden_by_disclosure_ban &&
	    facts.disclosure_ban)
		rc = cr_report_hidden(report, purpose->index,
			"crDisclosureBan");
	if (rc == CR_OK && purpose->hidden_by_restriction &&
	    facts.restricted)
		rc = cr_report_hidden(report, purpose->index,
			"crProcessingRestricted");
	if (rc == CR_OK && facts.erasing && !purpose->is_replication)
		rc = cr_report_hidden(report, purpose->index,
			"erasure under way");
	if (rc == CR_OK && parent_denies)
		rc = cr_report_hidden(report, purpose->index,
			"below an entry that is hidden");
	return rc;
}

static int
count_customer(struct tree *tree, const struct cr_entry *entry,
	const struct judged *judged)
{
	struct cr_report *report = &tree->check->report;
	const struct cr_purpose *purpose;
	int rc = CR_OK;

	report->customers++;
	for (unsigned i = 0; rc == CR_OK && (purpose = cr_policy_purpose_at(
	    tree->check->policy, i)) != NULL; i++) {
		struct cr_purpose_report *of = &report->purposes[i];

		if ((judged->seen_by & UINT64_C(1) << i) != 0) {
			of->visible++;
			continue;
		}
		of->hidden++;
		if (!of->shown)
			continue;
		rc = count_reasons(tree, entry, purpose,
			(judged->parent_seen_by & UINT64_C(1) << i) == 0);
		if (rc == CR_OK && report->lists_hidden)
			rc = cr_sample_add(&of->hidden_dns, entry->dn);
	}
	if (rc == CR_OK && judged->parent_seen_by != tree->everybody &&
	    (judged->parent_seen_by & ~tree->check->unrestricted) == 0)
		rc = cr_report_find(report, CR_FIND_BELOW_DENIED, "",
			entry->dn);
	if (rc == CR_OK && cr_entry_names_person(entry))
		rc = cr_report_find(report, CR_FIND_PERSONAL_DN, "",
			entry->dn);
	return rc;
}

/* crDisclosure is meant for those only who see everything of a customer. */
static int
count_child(struct tree *tree, const struct cr_entry *entry)
{
	struct cr_report *report = &tree->check->report;
	struct cr_slice class = cr_entry_value(entry,
		"structuralObjectClass");
	uint64_t by = class_released_by(tree, class);
	uint64_t any = tree->check->all_children | tree->check->unrestricted;
	char *detail;
	int rc;

	report->children++;
	rc = cr_report_class(report, class, by);
	if (rc != CR_OK || (by & ~any) != 0 || report->purpose_count == 0 ||
	    cr_slice_same_name(class, CR_SLICE_LITERAL("crDisclosure")))
		return rc;
	detail = cr_text_format("class %.*s", (int)class.len, class.ptr);
	rc = detail == NULL ? CR_ENOMEM : cr_report_find(report,
		CR_FIND_CHILD_CLASS, detail, entry->dn);
	free(detail);
	return rc;
}

static int
count_other(struct tree *tree, const struct cr_entry *entry)
{
	struct cr_report *report = &tree->check->report;
	int rc;

	report->denied++;
	rc = cr_report_find(report, CR_FIND_NOT_CUSTOMER, "", entry->dn);
	/* of persons only: a printer may be called what it likes */
	if (rc == CR_OK && cr_entry_attr(entry, "sn") != NULL &&
	    cr_entry_names_person(entry))
		rc = cr_report_find(report, CR_FIND_PERSONAL_DN, "",
			entry->dn);
	return rc;
}

static int
check_uuid(struct tree *tree, const struct cr_entry *entry,
	const struct judged *judged)
{
	struct cr_report *report = &tree->check->report;
	const struct cr_attr *uuid = cr_entry_attr(entry, "entryUUID");
	bool is_new = true;
	int rc = CR_OK;

	if (uuid == NULL || uuid->count != 1)
		return cr_report_find(report, CR_FIND_NO_UUID, "", entry->dn);
	if (judged->kind == CR_ENTRY_CUSTOMER)
		rc = cr_seen_add(&tree->uuids, uuid->values[0],
			(struct cr_seen_entry){ judged->kind, 0 }, &is_new);
	if (rc == CR_OK && !is_new)
		rc = cr_report_find(report, CR_FIND_SAME_UUID, "", entry->dn);
	return rc;
}

/* Only what has something below it has to be found again. */
static int
remember(struct tree *tree, const struct cr_entry *entry,
	const struct judged *judged)
{
	const struct cr_seen_entry seen = { judged->kind, judged->seen_by };
	bool is_new;

	if (cr_entry_has(entry, "hasSubordinates", "FALSE"))
		return CR_OK;
	return cr_seen_add(&tree->parents, entry->view.ndn, seen, &is_new);
}

static int
visit(void *arg, const struct cr_entry *entry)
{
	struct tree *tree = arg;
	struct cr_check *check = tree->check;
	struct judged judged;
	int rc = judge(tree, entry, 0, &judged);

	if (rc != LDAP_SUCCESS)
		return rc;
	cr_progress(++tree->read);
	rc = remember(tree, entry, &judged);
	if (rc == CR_OK && judged.kind == CR_ENTRY_CUSTOMER)
		rc = count_customer(tree, entry, &judged);
	else if (rc == CR_OK && judged.kind == CR_ENTRY_CHILD)
		rc = count_child(tree, entry);
	else if (rc == CR_OK && judged.kind == CR_ENTRY_OTHER)
		rc = count_other(tree, entry);
	else if (rc == CR_OK)
		check->report.structure++;
	if (rc == CR_OK)
		rc = check_uuid(tree, entry, &judged);
	if (rc == CR_OK && check->some_customer == NULL &&
	    judged.kind == CR_ENTRY_CUSTOMER) {
		check->some_customer = cr_text_copy(entry->view.ndn);
		rc = check->some_customer == NULL ? CR_ENOMEM : CR_OK;
	}
	return rc == CR_OK ? cr_check_values(check, entry) :
	    LDAP_NO_MEMORY;
}

/* Below another base, or given twice: it is read with that one. */
static bool
is_read_before(const struct cr_check *check, size_t number)
{
	struct cr_slice base = cr_slice_of(check->bases.items[number]);

	for (size_t i = 0; i < check->bases.count; i++) {
		struct cr_slice other = cr_slice_of(check->bases.items[i]);

		if (cr_dn_is_below(base, other) ||
		    (i < number && cr_slice_equal(base, other)))
			return true;
	}
	return false;
}

int
cr_check_tree(struct cr_check *check)
{
	const struct cr_strings *bases = &check->options->customers;
	struct tree tree = { .check = check };
	int rc = LDAP_SUCCESS;

	for (size_t i = 0; i < check->report.purpose_count; i++)
		tree.everybody |= UINT64_C(1) << i;
	for (size_t i = 0; rc == LDAP_SUCCESS && i < bases->count; i++) {
		if (is_read_before(check, i))
			continue;
		rc = cr_check_search(check, bases->items[i],
			LDAP_SCOPE_SUBTREE, "(objectClass=*)", attributes,
			visit, &tree);
		if (rc == LDAP_NO_SUCH_OBJECT)
			rc = cr_check_code(cr_report_find(&check->report,
				CR_FIND_NO_BASE, "",
				cr_slice_of(bases->items[i])));
	}
	cr_progress_end();
	cr_seen_clear(&tree.parents);
	cr_seen_clear(&tree.uuids);
	return rc;
}
