/* Times and filters of custreg log query; pure. */
#include "log_query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/uuid.h"
#include "log/leaf_text.h"
#include "strlist.h"

bool
cr_log_query_is_uuid(const char *text)
{
	unsigned char uuid[CR_UUID_BYTES];

	return cr_uuid_parse(cr_slice_of(text), uuid) == CR_OK;
}

/* Does the text have the form, where 0 is a digit? */
static bool
has_form(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++) {
		if (*form == '0' ? !isdigit((unsigned char)*text) :
		    *form != *text)
			return false;
	}
	return *text == '\0';
}

int
cr_log_query_time(const char *text, bool last, char **ret_time)
{
	static const char *const forms[] = { "0000-00-00",
		"0000-00-00T00:00", "0000-00-00T00:00Z",
		"0000-00-00T00:00:00", "0000-00-00T00:00:00Z" };
	/* what is missing behind the digits that are there */
	static const char *const first[] = { "000000", "00", "00", "", "" };
	static const char *const end[] = { "235959.999", "59.999", "59.999",
		".999", ".999" };
	char digits[40];
	size_t n = 0;
	int64_t ms;

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		if (!has_form(text, forms[f]))
			continue;
		for (const char *p = text; *p != '\0'; p++) {
			if (isdigit((unsigned char)*p))
				digits[n++] = *p;
		}
		snprintf(digits + n, sizeof(digits) - n, "%sZ",
		    last ? end[f] : first[f]);
		text = digits;
		break;
	}
	if (cr_leaf_time_parse(cr_slice_of(text), &ms) != CR_OK)
		return CR_ESYNTAX;
	*ret_time = cr_text_copy(cr_slice_of(text));
	return *ret_time == NULL ? CR_ENOMEM : CR_OK;
}

char *
cr_log_query_term(const char *attribute, const char *operator,
    const char *value)
{
	size_t len = strlen(attribute) + strlen(operator) +
	    3 * strlen(value) + 3;
	char *term = malloc(len);
	char *p;

	if (term == NULL)
		return NULL;
	p = term + snprintf(term, len, "(%s%s", attribute, operator);
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '*' || c == '(' || c == ')' || c == '\\')
			p += sprintf(p, "\\%02x", c);
		else
			*p++ = (char)c;
	}
	*p++ = ')';
	*p = '\0';
	return term;
}

/* Adds a term to the list, if there is a value. */
static int
add(struct cr_strings *terms, const char *attribute, const char *operator,
    const char *value)
{
	char *term;
	int rc;

	if (value == NULL)
		return CR_OK;
	term = cr_log_query_term(attribute, operator, value);
	rc = term == NULL ? CR_ENOMEM :
	    cr_strings_add(terms, cr_slice_of(term));
	free(term);
	return rc;
}

static int
add_terms(struct cr_strings *terms, const struct cr_log_question *question)
{
	const char *subject = question->subject;
	int rc;

	rc = add(terms, subject != NULL && cr_log_query_is_uuid(subject) ?
	    "crReadSubject" : "crReadSubjectDN", "=", subject);
	if (rc == CR_OK)
		rc = add(terms, "crReadReader", "=", question->reader);
	if (rc == CR_OK)
		rc = add(terms, "crReadRecipient", "=", question->recipient);
	if (rc == CR_OK)
		rc = add(terms, "crReadPurpose", "=", question->purpose);
	if (rc == CR_OK)
		rc = add(terms, "crReadType", "=", question->type);
	if (rc == CR_OK)
		rc = add(terms, "crReadTime", ">=", question->from);
	if (rc == CR_OK)
		rc = add(terms, "crReadTime", "<=", question->until);
	if (rc == CR_OK && !question->all && subject == NULL)
		rc = cr_strings_add(terms, CR_SLICE_LITERAL(
		    "(|(crReadSubject=*)(crReadEvent=*))"));
	return rc;
}

int
cr_log_query_filter(const struct cr_log_question *question, char **ret_filter)
{
	struct cr_strings terms = { 0 };
	size_t len = 32;
	int rc = add_terms(&terms, question);

	for (size_t i = 0; i < terms.count; i++)
		len += strlen(terms.items[i]);
	*ret_filter = rc == CR_OK ? malloc(len) : NULL;
	if (*ret_filter == NULL) {
		cr_strings_clear(&terms);
		return CR_ENOMEM;
	}
	strcpy(*ret_filter, "(&(objectClass=crRead)");
	for (size_t i = 0; i < terms.count; i++)
		strcat(*ret_filter, terms.items[i]);
	strcat(*ret_filter, ")");
	cr_strings_clear(&terms);
	return CR_OK;
}
