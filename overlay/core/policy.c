#include "policy_impl.h"

#include <stdlib.h>

void
cr_policy_free(struct cr_policy **policy)
{
	if (policy == NULL || *policy == NULL)
		return;
	cr_arena_clear(&(*policy)->arena);
	free(*policy);
	*policy = NULL;
}

size_t
cr_policy_size(const struct cr_policy *policy)
{
	return policy == NULL ? 0 : sizeof(*policy) + policy->arena.size;
}

const struct cr_purpose *
cr_policy_purpose(const struct cr_policy *policy, struct cr_slice name)
{
	if (policy == NULL)
		return NULL;
	return cr_table_find(&policy->purpose_table, name);
}

const struct cr_purpose *
cr_policy_purpose_at(const struct cr_policy *policy, unsigned index)
{
	if (policy == NULL || index >= policy->purpose_count)
		return NULL;
	return &policy->purposes[index];
}

const struct cr_party *
cr_policy_party(const struct cr_policy *policy, struct cr_slice ndn)
{
	if (policy == NULL || ndn.len == 0)
		return NULL;
	return cr_table_find(&policy->party_table, ndn);
}

const struct cr_recipient *
cr_policy_recipient(const struct cr_policy *policy, struct cr_slice ndn)
{
	if (policy == NULL || ndn.len == 0)
		return NULL;
	return cr_table_find(&policy->recipient_table, ndn);
}

static const struct cr_rule *
rules(const struct cr_rules *list, size_t *ret_count)
{
	*ret_count = list->count;
	return list->rules;
}

const struct cr_rule *
cr_policy_attribute_rules(const struct cr_policy *policy, size_t *ret_count)
{
	*ret_count = 0;
	return policy == NULL ? NULL :
	    rules(&policy->attribute_rules, ret_count);
}

const struct cr_rule *
cr_policy_class_rules(const struct cr_policy *policy, size_t *ret_count)
{
	*ret_count = 0;
	return policy == NULL ? NULL : rules(&policy->class_rules, ret_count);
}

static uint32_t
keyword_bit(const struct cr_keywords *keywords, struct cr_slice keyword)
{
	for (unsigned i = 0; i < keywords->count; i++) {
		if (cr_slice_same_name(keywords->names[i], keyword))
			return UINT32_C(1) << i;
	}
	return CR_BAN_UNKNOWN;
}

uint32_t
cr_policy_marketing_bit(const struct cr_policy *policy,
    struct cr_slice keyword)
{
	return policy == NULL ? CR_BAN_UNKNOWN :
	    keyword_bit(&policy->marketing, keyword);
}

uint32_t
cr_policy_listing_bit(const struct cr_policy *policy, struct cr_slice keyword)
{
	return policy == NULL ? CR_BAN_UNKNOWN :
	    keyword_bit(&policy->listing, keyword);
}
