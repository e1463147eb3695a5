#include "case.h"

#include <stdio.h>

static const char *const states[] = {
	[CR_CASE_OPEN] = "open",
	[CR_CASE_OTHER] = "other",
	[CR_CASE_SAME] = "same"
};

int
cr_case_set_suppression(struct cr_case *c, struct cr_slice id)
{
	char text[CR_SUPPRESSION_ID_MAX + 1];

	if (id.len == 0 || id.len > CR_SUPPRESSION_ID_MAX)
		return CR_EVALUE;
	for (size_t i = 0; i < id.len; i++) {
		char at = id.ptr[i];

		if (at <= ' ' || at > '~')
			return CR_EVALUE;
		text[i] = at >= 'A' && at <= 'Z' ? (char)(at + 32) : at;
	}
	text[id.len] = '\0';
	memcpy(c->suppression, text, id.len + 1);
	return CR_OK;
}

void
cr_case_id(const struct cr_case *c, char ret_id[CR_CASE_ID_SIZE])
{
	char bytes[CR_SUPPRESSION_ID_MAX + 1 + CR_UUID_TEXT_SIZE];
	size_t len = strlen(c->suppression) + 1;
	struct cr_hash hash;

	memcpy(bytes, c->suppression, len);
	cr_uuid_format(c->customer, bytes + len);
	cr_sha256((struct cr_slice){ bytes, len + CR_UUID_TEXT_SIZE - 1 },
	    &hash);
	for (size_t i = 0; i < (CR_CASE_ID_SIZE - 1) / 2; i++)
		snprintf(ret_id + 2 * i, 3, "%02x", hash.bytes[i]);
}

const char *
cr_case_state_text(enum cr_case_state state)
{
	return states[state];
}

static int
tell(cr_value_fn *fn, void *arg, const char *attribute, const char *value)
{
	return fn(arg, cr_slice_of(attribute), cr_slice_of(value));
}

int
cr_case_each_value(const struct cr_case *c, cr_value_fn *fn, void *arg)
{
	char id[CR_CASE_ID_SIZE], customer[CR_UUID_TEXT_SIZE];
	char time[CR_TIME_TEXT_SIZE];
	int rc;

	if (c->suppression[0] == '\0' || c->kinds == 0 ||
	    cr_time_format(c->time, time) != CR_OK)
		return CR_EVALUE;
	cr_case_id(c, id);
	cr_uuid_format(c->customer, customer);
	rc = tell(fn, arg, "crSuppressionCaseId", id);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crSuppressionId", c->suppression);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crSuppressionCustomer", customer);
	for (int i = CR_FACTOR_NONE + 1; i < CR_FACTOR_KINDS &&
	    rc == CR_OK; i++) {
		if ((c->kinds & 1u << i) != 0)
			rc = tell(fn, arg, "crSuppressionKind",
			    cr_factor_text((enum cr_factor_kind)i));
	}
	if (rc == CR_OK)
		rc = tell(fn, arg, "crDate", time);
	return rc == CR_OK ? tell(fn, arg, "crState", states[c->state]) : rc;
}

static void
read_kinds(const struct cr_attr *attr, struct cr_case *c)
{
	for (size_t n = 0; n < attr->count; n++) {
		for (int i = CR_FACTOR_NONE + 1; i < CR_FACTOR_KINDS; i++) {
			const char *text =
			    cr_factor_text((enum cr_factor_kind)i);

			if (cr_slice_same_name(attr->values[n],
			    cr_slice_of(text)))
				c->kinds |= 1u << i;
		}
	}
}

static void
read_state(struct cr_slice value, struct cr_case *c)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (cr_slice_same_name(value, cr_slice_of(states[i])))
			c->state = (enum cr_case_state)i;
	}
}

int
cr_case_from_entry(const struct cr_entry_view *entry, struct cr_case *ret_case)
{
	struct cr_case c = { .kinds = 0 };
	bool named = false, about = false, dated = false;

	for (size_t i = 0; i < entry->count; i++) {
		const struct cr_attr *attr = &entry->attrs[i];
		const struct cr_slice name = attr->name;

		if (attr->count == 0)
			continue;
		if (cr_slice_same_name(name,
		    CR_SLICE_LITERAL("crSuppressionId")))
			named = cr_case_set_suppression(&c,
			    attr->values[0]) == CR_OK;
		else if (cr_slice_same_name(name,
		    CR_SLICE_LITERAL("crSuppressionCustomer")))
			about = cr_uuid_parse(attr->values[0], c.customer) ==
			    CR_OK;
		else if (cr_slice_same_name(name, CR_SLICE_LITERAL("crDate")))
			dated = cr_time_parse(attr->values[0], &c.time) ==
			    CR_OK;
		else if (cr_slice_same_name(name, CR_SLICE_LITERAL("crState")))
			read_state(attr->values[0], &c);
		else if (cr_slice_same_name(name,
		    CR_SLICE_LITERAL("crSuppressionKind")))
			read_kinds(attr, &c);
	}
	if (!named || !about || !dated)
		return CR_ESYNTAX;
	*ret_case = c;
	return CR_OK;
}

static const struct {
	const char *class;
	const char *state;
} decisions[] = {
	[CR_DECISION_NONE] = { "", "" },
	[CR_DECISION_LIFTED] = { "crSuppressed", CR_SUPPRESSED_LIFTED },
	[CR_DECISION_OTHER] = { "crSuppressionCase", "other" },
	[CR_DECISION_SAME] = { "crSuppressionCase", "same" }
};

enum cr_decision
cr_decision_of(struct cr_slice class, struct cr_slice state)
{
	for (size_t i = CR_DECISION_LIFTED; i <= CR_DECISION_SAME; i++) {
		if (cr_slice_same_name(class, cr_slice_of(
		    decisions[i].class)) &&
		    cr_slice_same_name(state, cr_slice_of(
		    decisions[i].state)))
			return (enum cr_decision)i;
	}
	return CR_DECISION_NONE;
}

const char *
cr_decision_text(enum cr_decision decision)
{
	return decisions[decision].state;
}
