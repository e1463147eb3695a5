#include "door.h"

#include "clock.h"
#include "kept.h"
#include "values.h"

#define TEXT_LIFT "held: the registrar lifts a hold"
#define TEXT_EARLIER "held: the retention would end earlier; a correction is " \
	"the registrar's, with a reference"
#define TEXT_CREDIT "held: an open invoice is credited with a reference"
#define TEXT_CLASS "held: the object class stays"

/* One modify while it is judged. */
struct change {
	const struct cr_door *door;
	const struct cr_entry_facts *before;
	const struct cr_entry_facts *after;
	const char *text;		/* why the entry is held */
	struct cr_door_answer answer;
};

static void
worsen(struct cr_door_answer *answer, enum cr_door_verdict verdict,
    const char *text)
{
	if (verdict >= answer->verdict)
		return;
	answer->verdict = verdict;
	answer->text = verdict == CR_DOOR_REFUSED ? text : NULL;
}

static bool
is_customer(const struct cr_entry_facts *entry)
{
	return cr_slice_same_name(entry->class,
	    CR_SLICE_LITERAL("crCustomer"));
}

/*
 * Is the entry held, by itself or beside what holds its customer?  Then why,
 * and whether it is beside only.
 */
static bool
find_hold(const struct cr_door *door, const struct cr_entry_facts *entry,
    const char **ret_text, bool *ret_beside)
{
	struct cr_held held;

	*ret_beside = false;
	if (cr_holds_longest(door->retention, entry, door->now,
	    CR_WEIGHT_HOLD, &held)) {
		*ret_text = cr_hold_text(held.reason);
		return true;
	}
	if (!door->customer_held)
		return false;
	if (is_customer(entry)) {
		*ret_text = cr_hold_text(door->customer_reason);
		return true;
	}
	if (!cr_holds_longest(door->retention, entry, door->now,
	    CR_WEIGHT_BESIDE, &held))
		return false;
	*ret_text = cr_hold_text(held.reason);
	*ret_beside = true;
	return true;
}

/* May the registrar, with a reference, do it to what is held, or beside? */
static struct cr_door_answer
leave(const struct cr_door *door, const struct cr_entry_facts *entry,
    bool may_held, bool may_beside)
{
	struct cr_door_answer answer = { CR_DOOR_ALLOWED, NULL };
	const char *text;
	bool beside;

	if (!find_hold(door, entry, &text, &beside))
		return answer;
	if ((beside ? may_beside : may_held) && door->registrar &&
	    door->has_reference)
		worsen(&answer, CR_DOOR_RECORDED, NULL);
	else
		worsen(&answer, CR_DOOR_REFUSED, text);
	return answer;
}

struct cr_door_answer
cr_door_delete(const struct cr_door *door, const struct cr_entry_facts *entry)
{
	return leave(door, entry, false, true);
}

struct cr_door_answer
cr_door_move(const struct cr_door *door, const struct cr_entry_facts *entry,
    bool leaves_register)
{
	return leave(door, entry, !leaves_register, !leaves_register);
}

/* Characters beyond ASCII that show nothing: spaces, joiners, marks of order */
static bool
shows_nothing(unsigned long c)
{
	static const struct { unsigned long first, last; } ranges[] = {
		{ 0x80, 0xa0 }, { 0xad, 0xad }, { 0x115f, 0x1160 },
		{ 0x1680, 0x1680 }, { 0x180b, 0x180f }, { 0x2000, 0x200f },
		{ 0x2010, 0x2015 }, { 0x2028, 0x202f }, { 0x205f, 0x206f },
		{ 0x2800, 0x2800 }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
		{ 0xe0000, 0xe0fff }
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

/* Takes a character of UTF-8 off the front; the server has checked it. */
static unsigned long
take_character(struct cr_slice *text)
{
	unsigned char first = (unsigned char)text->ptr[0];
	size_t len = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	unsigned long c = len == 1 ? first : first & (0x7fu >> len);

	if (len > text->len)
		len = text->len;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)text->ptr[i] & 0x3f);
	text->ptr += len;
	text->len -= len;
	return c;
}

bool
cr_door_is_blank(struct cr_slice value)
{
	while (value.len > 0) {
		unsigned long c = take_character(&value);

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') ||
		    (c >= 0x80 && !shows_nothing(c)))
			return false;
	}
	return true;
}

static bool
says_something(const struct cr_entry_facts *entry, struct cr_slice name)
{
	struct cr_slice value;

	for (size_t i = 0; cr_fact_value(entry, name, i, &value); i++) {
		if (!cr_door_is_blank(value))
			return true;
	}
	return false;
}

static bool
is_same(const struct cr_entry_facts *before,
    const struct cr_entry_facts *after, struct cr_slice name)
{
	struct cr_slice old;
	struct cr_slice new;

	for (size_t i = 0;; i++) {
		bool had = cr_fact_value(before, name, i, &old);
		bool has = cr_fact_value(after, name, i, &new);

		if (had != has || (had && !cr_slice_equal(old, new)))
			return false;
		if (!had)
			return true;
	}
}

/* Does a hold after the write do all that this one does? */
static bool
is_covered(const struct cr_entry_facts *after, struct cr_slice value,
    const struct cr_held *held)
{
	struct cr_slice other;

	for (size_t i = 0; cr_fact_value(after, CR_SLICE_LITERAL("crHold"), i,
	    &other); i++) {
		struct cr_hold parsed;
		struct cr_held now;

		if (cr_slice_equal(other, value))
			return true;
		cr_holds_read(other, &now);
		if (cr_hold_parse(value, &parsed) == CR_OK &&
		    cr_hold_parse(other, &parsed) == CR_OK &&
		    now.reason == held->reason && now.until >= held->until)
			return true;
	}
	return false;
}

static void
judge_holds(struct change *change)
{
	const struct cr_door *door = change->door;
	const struct cr_slice name = CR_SLICE_LITERAL("crHold");
	struct cr_slice value;

	if (is_same(change->before, change->after, name))
		return;
	worsen(&change->answer, CR_DOOR_RECORDED, NULL);
	for (size_t i = 0; cr_fact_value(change->before, name, i, &value);
	    i++) {
		struct cr_held held;

		cr_holds_read(value, &held);
		if (door->now <= held.until && !door->registrar &&
		    !is_covered(change->after, value, &held))
			worsen(&change->answer, CR_DOOR_REFUSED, TEXT_LIFT);
	}
}

/* An invoice or a case that was open: see the table in the header. */
static void
judge_state(struct change *change)
{
	const struct cr_slice name = CR_SLICE_LITERAL("crState");
	enum cr_door_verdict verdict = CR_DOOR_RECORDED;
	const char *text = NULL;
	struct cr_slice state;
	struct cr_slice date;
	int64_t paid;

	if (is_same(change->before, change->after, name))
		return;
	if (!cr_fact_single(change->after, name, &state) ||
	    cr_holds_is_open(change->after)) {
		verdict = CR_DOOR_RECORDED;
	} else if (cr_slice_same_name(state, CR_SLICE_LITERAL("closed"))) {
		verdict = CR_DOOR_ALLOWED;
	} else if (cr_slice_same_name(state, CR_SLICE_LITERAL("paid"))) {
		if (cr_fact_single(change->after,
		    CR_SLICE_LITERAL("crPaidDate"), &date) &&
		    cr_time_parse(date, &paid) == CR_OK &&
		    paid <= change->door->now)
			verdict = CR_DOOR_ALLOWED;
	} else if (!change->door->has_reference) {
		verdict = CR_DOOR_REFUSED;
		text = TEXT_CREDIT;
	}
	worsen(&change->answer, verdict, text);
}

/* Would what the law keeps be kept for a shorter time? */
static void
judge_retention(struct change *change)
{
	const struct cr_door *door = change->door;
	struct cr_held old;
	struct cr_held new;

	if (!cr_holds_retention(door->retention, change->before, &old) ||
	    !cr_holds_retention(door->retention, change->after, &new) ||
	    old.weight == CR_WEIGHT_TERM || door->now > old.until ||
	    new.until >= old.until)
		return;
	if (door->registrar && door->has_reference)
		worsen(&change->answer, CR_DOOR_RECORDED, NULL);
	else
		worsen(&change->answer, CR_DOOR_REFUSED, TEXT_EARLIER);
}

/* What is said by the other attributes of a group after the write. */
static void
look_at_group(const struct change *change, struct cr_slice name,
    enum cr_group group, bool *ret_says, bool *ret_changed)
{
	const struct cr_entry_facts *after = change->after;

	*ret_says = false;
	*ret_changed = false;
	for (size_t i = 0; i < after->count; i++) {
		struct cr_slice other = after->facts[i].name;

		if (cr_kept_group(after->class, other) != group ||
		    cr_slice_same_name(other, name) ||
		    !says_something(after, other))
			continue;
		*ret_says = true;
		if (!is_same(change->before, after, other))
			*ret_changed = true;
	}
}

static void
judge_removal(struct change *change, struct cr_slice name,
    enum cr_group group)
{
	const struct cr_door *door = change->door;
	enum cr_door_verdict verdict = CR_DOOR_REFUSED;
	bool says;
	bool changed;

	look_at_group(change, name, group, &says, &changed);
	if (cr_kept_is_essential(change->before->class, name))
		verdict = CR_DOOR_REFUSED;
	else if (cr_slice_same_name(name, CR_SLICE_LITERAL("crPaidDate")) &&
	    cr_holds_is_open(change->after))
		verdict = CR_DOOR_RECORDED;
	else if (group != CR_GROUP_ENTRY && changed)
		verdict = CR_DOOR_RECORDED;
	else if (says && door->registrar && door->has_reference)
		verdict = CR_DOOR_RECORDED;
	worsen(&change->answer, verdict, change->text);
}

static void
judge_attribute(struct change *change, struct cr_slice name)
{
	const struct cr_entry_facts *before = change->before;
	enum cr_group group = cr_kept_group(before->class, name);
	bool is_state = cr_slice_same_name(name, CR_SLICE_LITERAL("crState"));

	if (!cr_kept_is_needed(group) ||
	    is_same(before, change->after, name) ||
	    !says_something(before, name))
		return;
	if (!says_something(change->after, name))
		judge_removal(change, name, group);
	else if (!is_state || !cr_holds_is_open(before))
		worsen(&change->answer, CR_DOOR_RECORDED, NULL);
}

struct cr_door_answer
cr_door_modify(const struct cr_door *door, const struct cr_entry_facts *before,
    const struct cr_entry_facts *after)
{
	struct change change = { door, before, after, NULL,
		{ CR_DOOR_ALLOWED, NULL } };
	bool beside;

	judge_holds(&change);
	if (!find_hold(door, before, &change.text, &beside))
		return change.answer;
	if (!cr_slice_same_name(before->class, after->class))
		worsen(&change.answer, CR_DOOR_REFUSED, TEXT_CLASS);
	judge_retention(&change);
	if (cr_holds_is_open(before))
		judge_state(&change);
	for (size_t i = 0; i < before->count; i++)
		judge_attribute(&change, before->facts[i].name);
	return change.answer;
}
