/* crBanUntil; and what it means for a ban. */
#include "fuzz/fuzz.h"

#include "core/change.h"
#include "core/decide.h"
#include "core/values.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cr_slice value = fuzz_slice(data, size);
	const struct cr_slice ban = CR_SLICE_LITERAL("all");
	const struct cr_ban_values values = { .marketing = &ban,
		.marketing_count = 1, .until = &value, .until_count = 1 };
	const struct cr_ban_state with = { .marketing = &ban,
		.marketing_count = 1 };
	struct cr_customer_facts facts = { 0 };
	struct cr_ban_until until;
	const char *text;
	bool parsed = cr_ban_until_parse(value, &until) == CR_OK;

	if (parsed)
		expect(lies_in(until.attribute, value) &&
		    lies_in(until.keyword, value));
	else
		expect(!cr_ban_until_is_idle(&with, value));
	/* no policy knows the keyword: it hides, unless it is over */
	cr_bans_in_force(NULL, &values, 0, &facts);
	expect(facts.marketing == CR_BAN_UNKNOWN || (parsed &&
	    facts.marketing == 0 && until.until < 0));
	expect(cr_value_check(NULL, CR_SLICE_LITERAL("crBanUntil"),
	    CR_SLICE_LITERAL(""), value, &text) == CR_EVALUE);
	return 0;
}
