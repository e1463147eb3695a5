/*
 * Which values an attribute takes: the enumerations, one table.
 */
#include "clock.h"
#include "country.h"
#include "text.h"
#include "values.h"

typedef bool value_test(const struct cr_policy *policy, struct cr_slice value);

static bool
is_marketing_ban(const struct cr_policy *policy, struct cr_slice value)
{
	return cr_policy_marketing_bit(policy, value) != CR_BAN_UNKNOWN;
}

static bool
is_listing_ban(const struct cr_policy *policy, struct cr_slice value)
{
	return cr_policy_listing_bit(policy, value) != CR_BAN_UNKNOWN;
}

static bool
is_ban_until(const struct cr_policy *policy, struct cr_slice value)
{
	struct cr_ban_until until;

	if (cr_ban_until_parse(value, &until) != CR_OK)
		return false;
	if (cr_slice_same_name(until.attribute,
	    CR_SLICE_LITERAL("crMarketingBan")))
		return is_marketing_ban(policy, until.keyword);
	return cr_slice_same_name(until.attribute,
	    CR_SLICE_LITERAL("crListingBan")) &&
	    is_listing_ban(policy, until.keyword);
}

static bool
is_hold(const struct cr_policy *policy, struct cr_slice value)
{
	struct cr_hold hold;

	(void)policy;
	return cr_hold_parse(value, &hold) == CR_OK;
}

static bool
is_source(const struct cr_policy *policy, struct cr_slice value)
{
	struct cr_source source;

	(void)policy;
	return cr_source_parse(value, &source) == CR_OK;
}

static bool
is_transfer(const struct cr_policy *policy, struct cr_slice value)
{
	struct cr_transfer transfer;

	(void)policy;
	return cr_transfer_parse(value, &transfer) == CR_OK;
}

static bool
is_purpose(const struct cr_policy *policy, struct cr_slice value)
{
	return cr_policy_purpose(policy, value) != NULL;
}

static bool
is_country(const struct cr_policy *policy, struct cr_slice value)
{
	(void)policy;
	return cr_country_is_code(value);
}

static bool
is_keyword(const struct cr_policy *policy, struct cr_slice value)
{
	(void)policy;
	return cr_text_is_keyword(value);
}

static bool
is_name_or_star(const struct cr_policy *policy, struct cr_slice value)
{
	(void)policy;
	return cr_slice_equal(value, CR_SLICE_LITERAL("*")) ||
	    cr_text_is_oid(value);
}

static bool
is_released_name(const struct cr_policy *policy, struct cr_slice value)
{
	return is_name_or_star(policy, value) &&
	    !cr_slice_same_name(value, CR_SLICE_LITERAL("userPassword")) &&
	    !cr_slice_equal(value, CR_SLICE_LITERAL("2.5.4.35"));
}

struct value_rule {
	const char *attribute;
	const char *class;	/* NULL: on every class */
	value_test *test;	/* NULL: the words below */
	const char *words[6];
	const char *text;
};

static const struct value_rule rules[] = {
	{ "crMarketingBan", NULL, is_marketing_ban, { NULL },
	    "crMarketingBan: a ban named by a purpose "
	    "(crHiddenByMarketing), or all" },
	{ "crListingBan", NULL, is_listing_ban, { NULL },
	    "crListingBan: a ban named by a purpose "
	    "(crHiddenByListing), or all" },
	{ "crBanUntil", NULL, is_ban_until, { NULL },
	    "crBanUntil: crMarketingBan|crListingBan <ban> "
	    "<GeneralizedTime>" },
	{ "crHold", NULL, is_hold, { NULL },
	    "crHold: statute|claim|other <GeneralizedTime|open> <law>" },
	{ "crSource", NULL, is_source, { NULL },
	    "crSource: <attribute> registration|customerNotice|authority|"
	    "updateService|subcontractor|partnerSite <GeneralizedTime> "
	    "<text>" },
	{ "crState", "crInvoice", NULL, { "open", "paid", "credited" },
	    "crState of crInvoice: open, paid or credited" },
	{ "crState", "crCollection", NULL, { "open", "closed" },
	    "crState of crCollection: open or closed" },
	{ "crRole", NULL, NULL, { "registrar", "dpo" },
	    "crRole: registrar or dpo" },
	{ "crKind", NULL, NULL, { "internal", "disclosure", "publication",
	    "subject" },
	    "crKind: internal, disclosure, publication or subject" },
	{ "crDefaultPurpose", NULL, is_purpose, { NULL },
	    "crDefaultPurpose: a purpose that exists" },
	{ "crAllowedPurpose", NULL, is_purpose, { NULL },
	    "crAllowedPurpose: a purpose that exists" },
	{ "crAutomated", NULL, is_purpose, { NULL },
	    "crAutomated: a purpose that exists" },
	{ "crPurposeName", NULL, is_purpose, { NULL },
	    "crPurposeName: a purpose that exists" },
	{ "crCountry", NULL, is_country, { NULL },
	    "crCountry: two letters, ISO 3166-1" },
	{ "crTransferDecision", NULL, is_transfer, { NULL },
	    "crTransferDecision: <GeneralizedTime> <text>" },
	{ "crHiddenByMarketing", NULL, is_keyword, { NULL },
	    "crHiddenByMarketing: a keyword" },
	{ "crHiddenByListing", NULL, is_keyword, { NULL },
	    "crHiddenByListing: a keyword" },
	{ "crReleases", NULL, is_released_name, { NULL },
	    "crReleases: an attribute name but userPassword, or *" },
	{ "crReleasesClass", NULL, is_name_or_star, { NULL },
	    "crReleasesClass: an object class name, or *" },
	{ "crWrites", NULL, is_name_or_star, { NULL },
	    "crWrites: an attribute name, or *" },
	{ "crWritesClass", NULL, is_name_or_star, { NULL },
	    "crWritesClass: an object class name, or *" }
};

static const size_t rule_count = sizeof(rules) / sizeof(rules[0]);

static bool
is_allowed(const struct value_rule *rule, const struct cr_policy *policy,
    struct cr_slice value)
{
	const size_t most = sizeof(rule->words) / sizeof(rule->words[0]);

	if (rule->test != NULL)
		return rule->test(policy, value);
	for (size_t i = 0; i < most && rule->words[i] != NULL; i++) {
		if (cr_slice_same_name(cr_slice_of(rule->words[i]), value))
			return true;
	}
	return false;
}

/*
 * Is the rule about this attribute on this class?  Each attribute with rules
 * by class is free on some class, and so on an unknown one.
 */
static bool
is_about(const struct value_rule *rule, struct cr_slice attribute,
    struct cr_slice class)
{
	return cr_slice_same_name(cr_slice_of(rule->attribute), attribute) &&
	    (rule->class == NULL ||
	    cr_slice_same_name(cr_slice_of(rule->class), class));
}

int
cr_value_check(const struct cr_policy *policy, struct cr_slice attribute,
    struct cr_slice class, struct cr_slice value, const char **ret_text)
{
	for (size_t i = 0; i < rule_count; i++) {
		if (!is_about(&rules[i], attribute, class) ||
		    is_allowed(&rules[i], policy, value))
			continue;
		*ret_text = rules[i].text;
		return CR_EVALUE;
	}
	return CR_OK;
}
