/*
 * What an erased person is known again by: the three factors, each in one
 * spelling.  Two values are one factor when their normal forms are equal
 * bytes.  A form joins what is the same everywhere and no more: a stranger
 * who is taken for an erased person is worse than a spelling that is missed,
 * since the other factors are still there.
 *
 * Mail: surrounding space, "mailto:", a name before <...>, quotes that are
 * not needed and the dot after the domain go; ASCII letters become small,
 * also before the @, where no provider tells them apart.  Not done: "+tag"
 * and dots stay, because what they mean is each provider's own matter and
 * families share a mailbox that way; bytes beyond ASCII stay as they are, so
 * a domain in UTF-8 and its xn-- form are two (mail is ASCII in LDAP).
 *
 * Phone: E.164, "+" and 7 to 15 digits.  Spaces and - . ( ) / go, "00" is
 * "+", a leading 0 is Finland's trunk prefix, "(0)" after a country code
 * goes, and so does a 0 after +358, which has none.  A number that a
 * spreadsheet took the zero off is Finnish too; with 358 in front and 11
 * digits it is whole.  Text before the number, and what follows it from a
 * letter, comma, semicolon or # on (extension, note, second number), goes.
 *
 * Customer number: spaces go, ASCII letters become small, the leading zeros
 * of a number of digits alone go (spreadsheets do that, too).  Hyphens and
 * the like stay: 1-23 and 12-3 are two customers.
 *
 *	 Aino <Aino.Virtanen+x@Posti.Example.>	aino.virtanen+x@posti.example
 *	 (09) 123 4567 ext. 8			+35891234567
 *	 AS-001 23				as-00123
 */
#ifndef CR_NORMAL_H
#define CR_NORMAL_H

#include "custreg/error.h"
#include "custreg/slice.h"

#define CR_NORMAL_MAX 254	/* an address, RFC 5321 4.5.3.1 */
#define CR_NORMAL_NUMBER_MAX 64	/* a customer number */

enum cr_factor_kind {
	CR_FACTOR_NONE = 0,
	CR_FACTOR_MAIL,
	CR_FACTOR_PHONE,
	CR_FACTOR_NUMBER
};
#define CR_FACTOR_KINDS 4	/* with none */

struct cr_normal {
	enum cr_factor_kind kind;
	size_t len;
	char text[CR_NORMAL_MAX + 1];	/* personal: cr_cleanse() it */
};

/* The kind of the values of an attribute, by its name without options. */
enum cr_factor_kind cr_factor_of_attribute(struct cr_slice name);

/*
 * The normal form of one value, with a NUL behind it.  CR_ESYNTAX for what
 * is no such thing: then there is no factor, and *ret_normal is as it was.
 * The form of a form is itself.
 */
int cr_normalise(enum cr_factor_kind kind, struct cr_slice value,
	struct cr_normal *ret_normal) CR_WARN_UNUSED;

#endif
