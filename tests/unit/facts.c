#include "facts.h"

#include <stdlib.h>

#include "core/clock.h"

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static struct cr_fact *
fact_named(struct facts *facts, struct cr_slice name, bool required)
{
	size_t last = facts->entry.count;
	struct cr_fact *fact;

	if (last > 0 && cr_slice_equal(facts->facts[last - 1].name, name))
		return &facts->facts[last - 1];
	require(last < FACTS_MAX);
	fact = &facts->facts[last];
	*fact = (struct cr_fact){ name, facts->values[last], 0, required };
	facts->entry.count++;
	return fact;
}

static void
add_line(struct facts *facts, struct cr_slice line)
{
	bool required = line.ptr[0] == '*';
	const char *colon = memchr(line.ptr, ':', line.len);
	struct cr_slice name = { line.ptr, 0 };
	struct cr_fact *fact;
	size_t end;

	require(colon != NULL);
	end = (size_t)(colon - line.ptr);
	require(end + 2 <= line.len && colon[1] == ' ');
	name.ptr += required ? 1 : 0;
	name.len = end - (required ? 1 : 0);
	fact = fact_named(facts, name, required);
	require(fact->count < FACTS_VALUES_MAX);
	facts->values[fact - facts->facts][fact->count++] =
	    (struct cr_slice){ colon + 2, line.len - end - 2 };
}

void
facts_init(struct facts *facts, const char *class, const char *lines)
{
	*facts = (struct facts){ .entry = { cr_slice_of(class),
		facts->facts, 0 } };
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		add_line(facts, (struct cr_slice){ lines, len });
		lines += len;
		if (*lines == '\n')
			lines++;
	}
}

int64_t
facts_time(const char *text)
{
	int64_t time;

	require(cr_time_parse(cr_slice_of(text), &time) == CR_OK);
	return time;
}
