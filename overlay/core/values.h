/*
 * Values with a syntax of their own: enumerations, crBanUntil, crHold,
 * crSource, crTransferDecision.  Checked when written (contract section 2).
 * The parsers return CR_ESYNTAX; their slices borrow from the value.  Words
 * are parted by one space, and what comes last must not be empty.
 */
#ifndef CR_VALUES_H
#define CR_VALUES_H

#include "policy.h"

/* crBanUntil: <attribute> SP <keyword> SP <GeneralizedTime> */
struct cr_ban_until {
	struct cr_slice attribute;
	struct cr_slice keyword;
	int64_t until;		/* the last second the ban holds */
};
int cr_ban_until_parse(struct cr_slice value, struct cr_ban_until *ret)
	CR_WARN_UNUSED;

/* crHold: <code> SP <GeneralizedTime|open> SP <law text> */
enum cr_hold_code {
	CR_HOLD_OTHER = 0,
	CR_HOLD_STATUTE,
	CR_HOLD_CLAIM
};
struct cr_hold {
	enum cr_hold_code code;
	bool open;		/* no end */
	int64_t until;
	struct cr_slice law;
};
int cr_hold_parse(struct cr_slice value, struct cr_hold *ret) CR_WARN_UNUSED;

/* crSource: <attribute> SP <kind> SP <GeneralizedTime> SP <text> */
struct cr_source {
	struct cr_slice attribute;
	struct cr_slice kind;
	int64_t time;
	struct cr_slice text;
};
int cr_source_parse(struct cr_slice value, struct cr_source *ret)
	CR_WARN_UNUSED;

/* crTransferDecision: <GeneralizedTime> SP <text> */
struct cr_transfer {
	int64_t time;
	struct cr_slice text;
};
int cr_transfer_parse(struct cr_slice value, struct cr_transfer *ret)
	CR_WARN_UNUSED;

/*
 * Is this value allowed in this attribute?  CR_OK for attributes that have no
 * enumeration or syntax of their own; CR_EVALUE otherwise, with a constant
 * text that names the attribute and what it takes in *ret_text.  `class` is
 * the structural class of the entry (crState means other things on other
 * classes); len 0: unknown, then any of the classes' values will do.
 */
int cr_value_check(const struct cr_policy *policy, struct cr_slice attribute,
	struct cr_slice class, struct cr_slice value, const char **ret_text)
	CR_WARN_UNUSED;

#endif
