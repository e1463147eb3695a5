/*
 * crPurpose entries to purposes: which are clear, what hides a customer from
 * them.  What they release and write is in policy_rules.c.
 */
#include "policy_impl.h"
#include "text.h"

static const struct {
	struct cr_slice name;
	unsigned kind;
} kinds[] = {
	{ CR_SLICE_LITERAL("internal"), CR_KIND_INTERNAL },
	{ CR_SLICE_LITERAL("disclosure"), CR_KIND_DISCLOSURE },
	{ CR_SLICE_LITERAL("publication"), CR_KIND_PUBLICATION },
	{ CR_SLICE_LITERAL("subject"), CR_KIND_SUBJECT }
};

/* 0 for a kind that is missing, unknown, or at odds with another. */
static unsigned
read_kinds(const struct cr_values *names)
{
	const size_t known = sizeof(kinds) / sizeof(kinds[0]);
	unsigned found = 0;

	for (size_t i = 0; i < names->count; i++) {
		size_t k = 0;

		while (k < known && !cr_slice_same_name(kinds[k].name,
		    names->values[i]))
			k++;
		if (k == known)
			return 0;
		found |= kinds[k].kind;
	}
	switch (found) {
	case CR_KIND_INTERNAL:
	case CR_KIND_DISCLOSURE:
	case CR_KIND_INTERNAL | CR_KIND_DISCLOSURE:
	case CR_KIND_PUBLICATION:
	case CR_KIND_SUBJECT:
		return found;
	default:
		return 0;
	}
}

static const char *
read_boolean(const struct cr_values *values, bool unsaid, bool *ret)
{
	*ret = unsaid;
	if (values->count == 0)
		return NULL;
	if (values->count > 1 ||
	    cr_text_parse_boolean(values->values[0], ret) != CR_OK)
		return "a purpose with an unclear boolean: left out";
	return NULL;
}

static bool
are_keywords(const struct cr_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		if (!cr_text_is_keyword(values->values[i]))
			return false;
	}
	return true;
}

static bool
is_built_in(const struct cr_purpose *purpose)
{
	return purpose->is_maintenance || purpose->is_subject_access ||
	    purpose->is_replication;
}

/* What a built-in name promises, its entry must not take back. */
static const char *
check_built_in(const struct cr_source_entry *entry,
    const struct cr_purpose *purpose)
{
	bool subject = (purpose->kinds & CR_KIND_SUBJECT) != 0;

	if (subject != purpose->is_subject_access)
		return "only subjectAccess is of kind subject: left out";
	if ((purpose->is_maintenance || purpose->is_replication) &&
	    purpose->kinds != CR_KIND_INTERNAL)
		return "maintenance and replication are internal: left out";
	/* a replica without some of the customers would delete them */
	if (purpose->is_replication && (purpose->hidden_by_disclosure_ban ||
	    purpose->hidden_by_restriction ||
	    entry->attrs[CR_ATTR_HIDDEN_BY_MARKETING].count > 0 ||
	    entry->attrs[CR_ATTR_HIDDEN_BY_LISTING].count > 0))
		return "replication cannot hide anyone: left out";
	return NULL;
}

/*
 * A hold is there for these (contract section 2, crHold): the rest of what is
 * erased is for nobody else.
 */
static bool
is_for_holds(struct cr_slice name)
{
	static const char *const names[] = {
		"billing", "collection", "legalObligation", "archiving"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (cr_slice_same_name(name, cr_slice_of(names[i])))
			return true;
	}
	return false;
}

/* Everything but index and masks; a text when the entry cannot be used. */
static const char *
read_purpose(const struct cr_source_entry *entry, struct cr_purpose *ret)
{
	const struct cr_values *attrs = entry->attrs;
	const unsigned outward = CR_KIND_DISCLOSURE | CR_KIND_PUBLICATION;
	struct cr_purpose purpose = { 0 };
	const char *what;

	if (attrs[CR_ATTR_CN].count != 1 ||
	    !cr_text_is_keyword(attrs[CR_ATTR_CN].values[0]))
		return "a purpose has one cn, a keyword: left out";
	purpose.name = attrs[CR_ATTR_CN].values[0];
	purpose.is_maintenance = cr_slice_same_name(purpose.name,
	    CR_SLICE_LITERAL("maintenance"));
	purpose.is_replication = cr_slice_same_name(purpose.name,
	    CR_SLICE_LITERAL("replication"));
	purpose.is_subject_access = cr_slice_same_name(purpose.name,
	    CR_SLICE_LITERAL("subjectAccess"));
	purpose.is_for_holds = is_for_holds(purpose.name);

	purpose.kinds = read_kinds(&attrs[CR_ATTR_KIND]);
	if (purpose.kinds == 0)
		return "a purpose with an unclear kind: left out";
	what = read_boolean(&attrs[CR_ATTR_HIDDEN_BY_DISCLOSURE_BAN],
	    !is_built_in(&purpose) && (purpose.kinds & outward) != 0,
	    &purpose.hidden_by_disclosure_ban);
	if (what == NULL)
		what = read_boolean(&attrs[CR_ATTR_HIDDEN_BY_RESTRICTION],
		    !is_built_in(&purpose), &purpose.hidden_by_restriction);
	if (what != NULL)
		return what;
	if (!are_keywords(&attrs[CR_ATTR_HIDDEN_BY_MARKETING]) ||
	    !are_keywords(&attrs[CR_ATTR_HIDDEN_BY_LISTING]))
		return "a purpose hidden by what is no keyword: left out";
	what = check_built_in(entry, &purpose);
	if (what == NULL)
		*ret = purpose;
	return what;
}

/* Another entry of the same name: which one is meant, nobody can say. */
static bool
is_name_shared(const struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_slice name)
{
	const struct cr_source_entry *other = NULL;

	while ((other = cr_compile_next(compile, CR_PART_PURPOSE, other)) !=
	    NULL) {
		const struct cr_values *names = &other->attrs[CR_ATTR_CN];

		if (other == entry)
			continue;
		for (size_t i = 0; i < names->count; i++) {
			if (cr_slice_same_name(names->values[i], name))
				return true;
		}
	}
	return false;
}

static int
add_keyword(struct cr_compile *compile, struct cr_keywords *keywords,
    struct cr_slice keyword)
{
	if (keywords->count >= CR_BAN_KEYWORDS_MAX)
		return CR_ELIMIT;
	return cr_arena_copy(&compile->policy->arena, keyword,
	    &keywords->names[keywords->count++]);
}

/*
 * The bits of the keywords a purpose names.  A purpose that one ban of a kind
 * can hide from is also hidden from by "all" and by what nobody knows.
 */
static int
read_mask(struct cr_compile *compile, const struct cr_source_entry *entry,
    const struct cr_values *names, struct cr_keywords *keywords,
    uint32_t (*find)(const struct cr_policy *, struct cr_slice),
    uint32_t *ret_mask)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < names->count; i++) {
		uint32_t bit = find(compile->policy, names->values[i]);

		if (bit == CR_BAN_UNKNOWN) {
			int rc = add_keyword(compile, keywords,
			    names->values[i]);

			if (rc == CR_ELIMIT)
				cr_compile_report(compile, entry->ndn,
				    "too many ban keywords: one not known");
			else if (rc != CR_OK)
				return rc;
			bit = find(compile->policy, names->values[i]);
		}
		mask |= bit;
	}
	if (mask != 0)
		mask |= CR_BAN_UNKNOWN |
		    find(compile->policy, CR_SLICE_LITERAL("all"));
	*ret_mask = mask;
	return CR_OK;
}

static int
add_purpose(struct cr_compile *compile, const struct cr_source_entry *entry,
    const struct cr_purpose *purpose)
{
	struct cr_policy *policy = compile->policy;
	struct cr_purpose *slot = &policy->purposes[policy->purpose_count];
	int rc;

	*slot = *purpose;
	slot->index = (unsigned)policy->purpose_count;
	rc = cr_arena_copy(&policy->arena, purpose->name, &slot->name);
	if (rc == CR_OK)
		rc = read_mask(compile, entry,
		    &entry->attrs[CR_ATTR_HIDDEN_BY_MARKETING],
		    &policy->marketing, cr_policy_marketing_bit,
		    &slot->hidden_by_marketing);
	if (rc == CR_OK)
		rc = read_mask(compile, entry,
		    &entry->attrs[CR_ATTR_HIDDEN_BY_LISTING],
		    &policy->listing, cr_policy_listing_bit,
		    &slot->hidden_by_listing);
	if (rc == CR_OK && !cr_table_add(&policy->purpose_table,
	    policy->purpose_count))
		rc = CR_EINTERNAL;
	if (rc == CR_OK)
		policy->purpose_count++;
	return rc;
}

static int
prepare(struct cr_compile *compile)
{
	struct cr_policy *policy = compile->policy;
	size_t room = compile->builder->counts[CR_PART_PURPOSE];
	int rc;

	if (room > CR_PURPOSES_MAX)
		room = CR_PURPOSES_MAX;
	policy->purposes = cr_arena_alloc(&policy->arena, room,
	    sizeof(*policy->purposes));
	if (policy->purposes == NULL)
		return CR_ENOMEM;
	rc = cr_table_init(&policy->purpose_table, &policy->arena,
	    policy->purposes, sizeof(*policy->purposes), room, true);
	if (rc == CR_OK)
		rc = add_keyword(compile, &policy->marketing,
		    CR_SLICE_LITERAL("all"));
	if (rc == CR_OK)
		rc = add_keyword(compile, &policy->listing,
		    CR_SLICE_LITERAL("all"));
	return rc;
}

int
cr_compile_purposes(struct cr_compile *compile)
{
	const struct cr_source_entry *entry = NULL;
	int rc = prepare(compile);

	while (rc == CR_OK && (entry = cr_compile_next(compile,
	    CR_PART_PURPOSE, entry)) != NULL) {
		struct cr_purpose purpose;
		const char *what = read_purpose(entry, &purpose);

		if (what == NULL &&
		    is_name_shared(compile, entry, purpose.name))
			what = "two purposes of one name: both left out";
		if (what == NULL &&
		    compile->policy->purpose_count == CR_PURPOSES_MAX)
			what = "too many purposes: left out";
		if (what != NULL)
			cr_compile_report(compile, entry->ndn, what);
		else
			rc = add_purpose(compile, entry, &purpose);
	}
	return rc;
}
