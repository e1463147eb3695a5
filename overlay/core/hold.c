#include "hold.h"

#include "clock.h"
#include "values.h"

#define CLAIM_LAW "GDPR 17(3)(e)"

/* What is open until its crState says one of these words. */
static const struct open_rule {
	struct cr_slice class;
	struct cr_slice settled[2];
	struct cr_held held;
} open_rules[] = {
	{ CR_SLICE_LITERAL("crInvoice"),
	    { CR_SLICE_LITERAL("paid"), CR_SLICE_LITERAL("credited") },
	    { CR_WEIGHT_HOLD, CR_ERASE_OPEN_INVOICE,
	    CR_SLICE_LITERAL(CLAIM_LAW), CR_TIME_NO_END } },
	{ CR_SLICE_LITERAL("crCollection"),
	    { CR_SLICE_LITERAL("closed"), CR_SLICE_LITERAL("closed") },
	    { CR_WEIGHT_HOLD, CR_ERASE_DEBT_COLLECTION,
	    CR_SLICE_LITERAL(CLAIM_LAW), CR_TIME_NO_END } }
};

bool
cr_fact_value(const struct cr_entry_facts *entry, struct cr_slice name,
    size_t index, struct cr_slice *ret_value)
{
	for (size_t i = 0; i < entry->count; i++) {
		const struct cr_fact *fact = &entry->facts[i];

		if (!cr_slice_same_name(fact->name, name))
			continue;
		if (index < fact->count) {
			*ret_value = fact->values[index];
			return true;
		}
		index -= fact->count;
	}
	return false;
}

bool
cr_fact_single(const struct cr_entry_facts *entry, struct cr_slice name,
    struct cr_slice *ret_value)
{
	struct cr_slice second;
	struct cr_slice value;

	if (!cr_fact_value(entry, name, 0, &value) ||
	    cr_fact_value(entry, name, 1, &second))
		return false;
	*ret_value = value;
	return true;
}

static const struct open_rule *
open_rule_of(const struct cr_entry_facts *entry)
{
	for (size_t i = 0; i < sizeof(open_rules) / sizeof(open_rules[0]);
	    i++) {
		if (cr_slice_same_name(open_rules[i].class, entry->class))
			return &open_rules[i];
	}
	return NULL;
}

bool
cr_holds_is_open(const struct cr_entry_facts *entry)
{
	const struct open_rule *rule = open_rule_of(entry);
	struct cr_slice state;

	if (rule == NULL)
		return false;
	return !cr_fact_single(entry, CR_SLICE_LITERAL("crState"), &state) ||
	    (!cr_slice_same_name(state, rule->settled[0]) &&
	    !cr_slice_same_name(state, rule->settled[1]));
}

void
cr_holds_read(struct cr_slice value, struct cr_held *ret_held)
{
	struct cr_held held = { CR_WEIGHT_HOLD, CR_ERASE_OTHER,
		CR_SLICE_LITERAL("a crHold that cannot be read"),
		CR_TIME_NO_END };
	struct cr_hold hold;

	if (cr_hold_parse(value, &hold) == CR_OK) {
		if (hold.code == CR_HOLD_STATUTE)
			held.reason = CR_ERASE_STATUTE;
		else if (hold.code == CR_HOLD_CLAIM)
			held.reason = CR_ERASE_CLAIM;
		held.law = hold.law;
		held.until = hold.open ? CR_TIME_NO_END : hold.until;
	}
	*ret_held = held;
}

bool
cr_holds_retention(const struct cr_retention *retention,
    const struct cr_entry_facts *entry, struct cr_held *ret_held)
{
	const struct cr_retention_rule *rule = cr_retention_rule_of(retention,
	    entry->class);
	struct cr_slice date;
	int64_t until;

	if (rule == NULL)
		return false;
	if (!cr_fact_single(entry, cr_slice_of(rule->attribute), &date) ||
	    cr_retention_end(rule, retention->year_end, date, &until) !=
	    CR_OK)
		until = CR_TIME_NO_END;
	*ret_held = (struct cr_held){ rule->weight, rule->reason,
		cr_slice_of(rule->law), until };
	return true;
}

int
cr_holds_list(const struct cr_retention *retention,
    const struct cr_entry_facts *entry, int64_t now, cr_held_fn *fn, void *arg)
{
	struct cr_slice value;
	struct cr_held held;
	int rc = CR_OK;

	if (cr_holds_is_open(entry))
		rc = fn(arg, &open_rule_of(entry)->held);
	else if (cr_holds_retention(retention, entry, &held) &&
	    now <= held.until)
		rc = fn(arg, &held);
	for (size_t i = 0; rc == CR_OK && cr_fact_value(entry,
	    CR_SLICE_LITERAL("crHold"), i, &value); i++) {
		cr_holds_read(value, &held);
		if (now <= held.until)
			rc = fn(arg, &held);
	}
	return rc;
}

struct longest {
	enum cr_weight lightest;
	struct cr_held *held;
	bool found;
};

static int
take_longest(void *arg, const struct cr_held *held)
{
	struct longest *longest = arg;

	if (held->weight > longest->lightest ||
	    (longest->found && held->until <= longest->held->until))
		return CR_OK;
	*longest->held = *held;
	longest->found = true;
	return CR_OK;
}

bool
cr_holds_longest(const struct cr_retention *retention,
    const struct cr_entry_facts *entry, int64_t now, enum cr_weight lightest,
    struct cr_held *ret_held)
{
	struct cr_held held;
	struct longest longest = { lightest, &held, false };

	if (cr_holds_list(retention, entry, now, take_longest, &longest) !=
	    CR_OK || !longest.found)
		return false;
	*ret_held = held;
	return true;
}

const char *
cr_hold_text(enum cr_erase_reason reason)
{
	switch (reason) {
	case CR_ERASE_OPEN_INVOICE: return "held: an open invoice";
	case CR_ERASE_DEBT_COLLECTION:
		return "held: an open debt-collection case";
	case CR_ERASE_STATUTE: return "held: retention by law";
	case CR_ERASE_CLAIM: return "held: a legal claim";
	case CR_ERASE_OTHER:
	default: return "held";
	}
}
