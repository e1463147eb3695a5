/*
 * An order as the values of its entry, and those of its suppression.
 */
#include "erasure.h"

static int
tell(cr_value_fn *fn, void *arg, const char *attribute, const char *value)
{
	return fn(arg, cr_slice_of(attribute), cr_slice_of(value));
}

static int
tell_hashes(const struct cr_erasure *order, cr_value_fn *fn, void *arg)
{
	char text[CR_KEYED_HASH_SIZE];
	int rc = CR_OK;

	for (size_t i = 0; i < order->hash_count && rc == CR_OK; i++) {
		cr_keyed_hash_format(&order->hashes[i], text);
		rc = tell(fn, arg, "crKeyedHash", text);
	}
	return rc;
}

int
cr_erasure_each_value(const struct cr_erasure *order, cr_value_fn *fn,
    void *arg)
{
	char uuid[CR_UUID_TEXT_SIZE], time[CR_TIME_TEXT_SIZE];
	char state[CR_ERASURE_STATE_SIZE], due[CR_TIME_TEXT_SIZE];
	int rc;

	if (cr_time_format(order->time, time) != CR_OK ||
	    cr_time_format(order->due, due) != CR_OK ||
	    cr_erasure_state_format(order, state) != CR_OK)
		return CR_EVALUE;
	cr_uuid_format(order->subject, uuid);
	rc = tell(fn, arg, "crErasureId", uuid);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crErasureSubject", uuid);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crErasureTime", time);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crState", state);
	if (rc == CR_OK && order->leader[0] != '\0')
		rc = tell(fn, arg, "crErasureLeader", order->leader);
	if (rc == CR_OK && order->due != 0)
		rc = tell(fn, arg, "crDue", due);
	if (rc == CR_OK)
		rc = tell_hashes(order, fn, arg);
	return rc == CR_OK ? cr_lasting_bans_each(&order->bans, fn, arg) : rc;
}

int
cr_erasure_each_suppressed(const struct cr_erasure *order, int64_t now,
    cr_value_fn *fn, void *arg)
{
	char uuid[CR_UUID_TEXT_SIZE], time[CR_TIME_TEXT_SIZE];
	int rc;

	if (order->hash_count == 0 || cr_time_format(now, time) != CR_OK)
		return CR_EVALUE;
	cr_uuid_format(order->subject, uuid);
	rc = tell(fn, arg, "crSuppressionId", uuid);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crDate", time);
	if (rc == CR_OK)
		rc = tell(fn, arg, "crState", CR_SUPPRESSED_ACTIVE);
	if (rc == CR_OK)
		rc = tell_hashes(order, fn, arg);
	return rc == CR_OK ? cr_lasting_bans_each(&order->bans, fn, arg) : rc;
}

static const struct cr_attr *
find(const struct cr_entry_view *entry, const char *name)
{
	static const struct cr_attr none;

	for (size_t i = 0; i < entry->count; i++) {
		if (cr_slice_same_name(entry->attrs[i].name,
		    cr_slice_of(name)))
			return &entry->attrs[i];
	}
	return &none;
}

/* The one value; empty, which parses as nothing, when there are others. */
static struct cr_slice
value_of(const struct cr_entry_view *entry, const char *name)
{
	const struct cr_attr *attr = find(entry, name);

	return attr->count == 1 ? attr->values[0] : (struct cr_slice){ "", 0 };
}

/* A value of crErasureLeader may be missing, but not wrong. */
static bool
read_leader(const struct cr_entry_view *entry, struct cr_erasure *order)
{
	return find(entry, "crErasureLeader")->count == 0 ||
	    cr_erasure_set_leader(order, value_of(entry, "crErasureLeader")) ==
	    CR_OK;
}

static bool
read_due(const struct cr_entry_view *entry, struct cr_erasure *order)
{
	char text[CR_TIME_TEXT_SIZE];

	if (find(entry, "crDue")->count == 0)
		return true;
	if (cr_time_parse(value_of(entry, "crDue"), &order->due) == CR_OK &&
	    cr_time_format(order->due, text) == CR_OK)
		return true;
	order->due = 0;
	return false;
}

static bool
read_hashes(const struct cr_attr *attr, struct cr_erasure *order)
{
	bool whole = true;

	for (size_t i = 0; i < attr->count; i++) {
		struct cr_keyed_hash hash;

		if (cr_keyed_hash_parse(attr->values[i], &hash) != CR_OK ||
		    !cr_erasure_add_hash(order, &hash))
			whole = false;
	}
	return whole;
}

/* Bans were in force when the order was written; none is dropped here. */
static bool
read_bans(const struct cr_entry_view *entry, struct cr_erasure *order)
{
	const struct cr_attr *marketing = find(entry, "crMarketingBan");
	const struct cr_attr *listing = find(entry, "crListingBan");
	const struct cr_attr *until = find(entry, "crBanUntil");
	struct cr_ban_state state = { .marketing = marketing->values,
		.marketing_count = marketing->count,
		.listing = listing->values, .listing_count = listing->count,
		.until = until->values, .until_count = until->count };
	bool whole = find(entry, "crDisclosureBan")->count == 0 ||
	    cr_text_parse_boolean(value_of(entry, "crDisclosureBan"),
	    &state.disclosure_ban) == CR_OK;

	/* what cannot be read bans */
	if (!whole)
		state.disclosure_ban = true;
	cr_lasting_bans_collect(&state, INT64_MIN, &order->bans);
	return whole;
}

int
cr_erasure_from_entry(const struct cr_entry_view *entry,
    struct cr_erasure *ret_order, bool *ret_damaged)
{
	unsigned char id[CR_UUID_BYTES];
	char time[CR_TIME_TEXT_SIZE];
	struct cr_erasure order;
	bool whole;

	memset(&order, 0, sizeof(order));
	if (cr_uuid_parse(value_of(entry, "crErasureSubject"),
	    order.subject) != CR_OK ||
	    cr_time_parse(value_of(entry, "crErasureTime"), &order.time) !=
	    CR_OK || cr_time_format(order.time, time) != CR_OK)
		return CR_ESYNTAX;
	whole = cr_uuid_parse(value_of(entry, "crErasureId"), id) == CR_OK &&
	    memcmp(id, order.subject, sizeof(id)) == 0;
	whole = cr_erasure_state_parse(value_of(entry, "crState"), &order) ==
	    CR_OK && whole;
	whole = read_leader(entry, &order) && whole;
	whole = read_due(entry, &order) && whole;
	whole = read_hashes(find(entry, "crKeyedHash"), &order) && whole;
	whole = read_bans(entry, &order) && whole;
	*ret_order = order;
	*ret_damaged = !whole;
	return CR_OK;
}
