/* Suppressions and cases for programs. */
#include "suppress.h"

#include "instant.h"

static json_t *
kinds_json(unsigned kinds)
{
	json_t *list = json_array();

	for (int i = CR_FACTOR_NONE + 1; i < CR_FACTOR_KINDS; i++) {
		if ((kinds & 1u << i) != 0)
			(void)json_array_append_new(list, json_string(
			    cr_factor_text((enum cr_factor_kind)i)));
	}
	return list;
}

static json_t *
time_json(int64_t time)
{
	char text[CR_INSTANT_ISO_SIZE];

	if (time == INT64_MIN || time == INT64_MAX)
		return json_null();
	cr_instant_iso(time, text);
	return json_string(text);
}

static void
add_bans(json_t *list, const char *attribute,
    const struct cr_lasting_list *bans)
{
	for (size_t i = 0; i < bans->count; i++)
		(void)json_array_append_new(list, json_pack("{ss ss so}",
		    "attribute", attribute, "value", bans->items[i].keyword,
		    "until", time_json(bans->items[i].until)));
}

static json_t *
bans_json(const struct cr_lasting_bans *bans)
{
	json_t *list = json_array();

	add_bans(list, "crMarketingBan", &bans->marketing);
	add_bans(list, "crListingBan", &bans->listing);
	if (bans->disclosure)
		(void)json_array_append_new(list, json_pack("{ss ss sn}",
		    "attribute", "crDisclosureBan", "value", "TRUE",
		    "until"));
	return list;
}

json_t *
cr_suppress_json(const struct cr_suppressed *s)
{
	return json_pack("{ss so ss so so}", "id", s->id, "date",
	    time_json(s->time), "state", s->lifted ? CR_SUPPRESSED_LIFTED :
	    CR_SUPPRESSED_ACTIVE, "kinds", kinds_json(s->kinds), "bans",
	    bans_json(&s->bans));
}

json_t *
cr_suppress_case_json(const struct cr_case *c)
{
	char id[CR_CASE_ID_SIZE], customer[CR_UUID_TEXT_SIZE];

	cr_case_id(c, id);
	cr_uuid_format(c->customer, customer);
	return json_pack("{ss so ss so ss ss}", "id", id, "date",
	    time_json(c->time), "state", cr_case_state_text(c->state),
	    "kinds", kinds_json(c->kinds), "customer", customer,
	    "suppression", c->suppression);
}
