/*
 * What purposes release and write, turned round: for each attribute and each
 * class of children the purposes that release or write it.
 */
#include "policy_impl.h"
#include "text.h"

struct rule_list {
	const struct cr_compile *compile;
	const struct cr_source_entry *entry;
	struct cr_purpose *purpose;
	struct cr_rules *rules;
};

static bool
is_user_password(struct cr_slice name)
{
	return cr_slice_same_name(name, CR_SLICE_LITERAL("userPassword")) ||
	    cr_slice_equal(name, CR_SLICE_LITERAL("2.5.4.35"));
}

static bool
is_star(struct cr_slice name)
{
	return cr_slice_equal(name, CR_SLICE_LITERAL("*"));
}

static int
find_rule(const struct rule_list *list, struct cr_slice name,
    struct cr_rule **ret_rule)
{
	struct cr_rules *rules = list->rules;
	struct cr_rule *rule;

	for (size_t i = 0; i < rules->count; i++) {
		if (cr_slice_same_name(rules->rules[i].name, name)) {
			*ret_rule = &rules->rules[i];
			return CR_OK;
		}
	}
	if (rules->count == CR_RULES_MAX)
		return CR_ELIMIT;
	rule = &rules->rules[rules->count];
	*ret_rule = rule;
	rules->count++;
	return cr_arena_copy(&list->compile->policy->arena, name,
	    &rule->name);
}

/* One attribute of a purpose entry; *ret_all when "*" is among its values. */
static int
add_rules(const struct rule_list *list, enum cr_policy_attr attr, bool writes,
    bool *ret_all)
{
	const struct cr_values *names = &list->entry->attrs[attr];
	uint64_t bit = cr_purpose_bit(list->purpose);

	for (size_t i = 0; i < names->count; i++) {
		struct cr_slice name = names->values[i];
		struct cr_rule *rule;
		const char *what = NULL;
		int rc = CR_OK;

		if (is_star(name)) {
			*ret_all = true;
			continue;
		}
		if (!cr_text_is_oid(name))
			what = "releases or writes what is no name: ignored";
		else if (!writes && is_user_password(name))
			what = "userPassword is never released: ignored";
		else
			rc = find_rule(list, name, &rule);
		if (rc == CR_ELIMIT)
			what = "too many attribute or class names: ignored";
		else if (rc != CR_OK)
			return rc;
		if (what != NULL)
			cr_compile_report(list->compile, list->entry->ndn,
			    what);
		else if (writes)
			rule->written_by |= bit;
		else
			rule->released_by |= bit;
	}
	return CR_OK;
}

static int
add_purpose_rules(struct cr_compile *compile,
    const struct cr_source_entry *entry, struct cr_purpose *purpose)
{
	struct rule_list list = { compile, entry, purpose,
		&compile->policy->attribute_rules };
	bool all = false;
	int rc;

	rc = add_rules(&list, CR_ATTR_RELEASES, false, &all);
	if (rc == CR_OK)
		rc = add_rules(&list, CR_ATTR_WRITES, true,
		    &purpose->writes_all);
	list.rules = &compile->policy->class_rules;
	if (rc == CR_OK)
		rc = add_rules(&list, CR_ATTR_RELEASES_CLASS, false,
		    &purpose->children_all);
	if (rc == CR_OK)
		rc = add_rules(&list, CR_ATTR_WRITES_CLASS, true,
		    &purpose->writes_class_all);
	if (all)
		purpose->release =
		    purpose->is_maintenance || purpose->is_replication ?
		    CR_RELEASE_OPERATIONAL : CR_RELEASE_USER;
	return rc;
}

/* The entry a purpose came from; names are unique among the purposes. */
static struct cr_purpose *
purpose_of(const struct cr_compile *compile,
    const struct cr_source_entry *entry)
{
	const struct cr_values *names = &entry->attrs[CR_ATTR_CN];
	const struct cr_purpose *found;

	if (names->count != 1)
		return NULL;
	found = cr_policy_purpose(compile->policy, names->values[0]);
	return found == NULL ? NULL :
	    &compile->policy->purposes[found->index];
}

static size_t
count_names(const struct cr_compile *compile, enum cr_policy_attr released,
    enum cr_policy_attr written)
{
	const struct cr_source_entry *entry = NULL;
	size_t count = 0;

	while ((entry = cr_compile_next(compile, CR_PART_PURPOSE, entry)) !=
	    NULL)
		count += entry->attrs[released].count +
		    entry->attrs[written].count;
	return count < CR_RULES_MAX ? count : CR_RULES_MAX;
}

/* Most purposes name the same few: the rules are shrunk to what they need. */
static int
shrink(struct cr_arena *arena, struct cr_rules *rules)
{
	struct cr_rule *copy = cr_arena_alloc(arena, rules->count,
	    sizeof(*copy));

	if (copy == NULL)
		return CR_ENOMEM;
	if (rules->count > 0)
		memcpy(copy, rules->rules, rules->count * sizeof(*copy));
	rules->rules = copy;
	return CR_OK;
}

int
cr_compile_rules(struct cr_compile *compile)
{
	struct cr_policy *policy = compile->policy;
	const struct cr_source_entry *entry = NULL;
	struct cr_arena scratch = { 0 };
	int rc = CR_ENOMEM;

	policy->attribute_rules.rules = cr_arena_alloc(&scratch,
	    count_names(compile, CR_ATTR_RELEASES, CR_ATTR_WRITES),
	    sizeof(struct cr_rule));
	policy->class_rules.rules = cr_arena_alloc(&scratch,
	    count_names(compile, CR_ATTR_RELEASES_CLASS,
	    CR_ATTR_WRITES_CLASS), sizeof(struct cr_rule));
	if (policy->attribute_rules.rules == NULL ||
	    policy->class_rules.rules == NULL)
		goto out;
	rc = CR_OK;
	while (rc == CR_OK && (entry = cr_compile_next(compile,
	    CR_PART_PURPOSE, entry)) != NULL) {
		struct cr_purpose *purpose = purpose_of(compile, entry);

		if (purpose != NULL)
			rc = add_purpose_rules(compile, entry, purpose);
	}
	if (rc == CR_OK)
		rc = shrink(&policy->arena, &policy->attribute_rules);
	if (rc == CR_OK)
		rc = shrink(&policy->arena, &policy->class_rules);
out:
	if (rc != CR_OK) {
		policy->attribute_rules = (struct cr_rules){ 0 };
		policy->class_rules = (struct cr_rules){ 0 };
	}
	cr_arena_clear(&scratch);
	return rc;
}
