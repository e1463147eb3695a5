/* slapd's way of splitting its configuration, and DN terms. */
#include "acl.h"

#include <stdlib.h>

#include "dn.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int
cr_words_split(struct cr_slice line, struct cr_strings *ret_words)
{
	char *word = malloc(line.len + 1);
	size_t at = 0;
	int rc = CR_OK;

	if (word == NULL)
		return CR_ENOMEM;
	while (rc == CR_OK && at < line.len) {
		size_t len = 0;
		bool quoted = false;

		while (at < line.len && is_blank(line.ptr[at]))
			at++;
		if (at == line.len)
			break;
		for (; at < line.len && (quoted || !is_blank(line.ptr[at]));
		    at++) {
			if (line.ptr[at] == '"') {
				quoted = !quoted;
				continue;
			}
			if (line.ptr[at] == '\\' && at + 1 < line.len)
				at++;
			word[len++] = line.ptr[at];
		}
		rc = quoted ? CR_ESYNTAX : cr_strings_add(ret_words,
			(struct cr_slice){ word, len });
	}
	free(word);
	return rc;
}

struct cr_slice
cr_without_index(struct cr_slice value)
{
	const char *end;
	size_t skip;

	if (value.len == 0 || value.ptr[0] != '{')
		return value;
	end = memchr(value.ptr, '}', value.len);
	if (end == NULL)
		return value;
	skip = (size_t)(end - value.ptr) + 1;
	return (struct cr_slice){ value.ptr + skip, value.len - skip };
}

bool
cr_acl_is_dn_term(const char *word)
{
	if (strncasecmp(word, "real", 4) == 0)
		word += 4;
	return strncasecmp(word, "dn", 2) == 0 &&
	    (word[2] == '=' || word[2] == '.');
}

static const struct {
	const char *name;
	enum cr_acl_style style;
} styles[] = {
	{ "exact", CR_ACL_STYLE_EXACT },
	{ "base", CR_ACL_STYLE_EXACT },
	{ "baseobject", CR_ACL_STYLE_EXACT },
	{ "one", CR_ACL_STYLE_ONE },
	{ "onelevel", CR_ACL_STYLE_ONE },
	{ "sub", CR_ACL_STYLE_SUBTREE },
	{ "subtree", CR_ACL_STYLE_SUBTREE },
	{ "children", CR_ACL_STYLE_CHILDREN },
	{ "regex", CR_ACL_STYLE_REGEX },
	{ "level{0}", CR_ACL_STYLE_EXACT },
	{ "level{1}", CR_ACL_STYLE_ONE },
	{ "expand", CR_ACL_STYLE_EXPAND }
};

/* Between "." and "=": a style and perhaps ",expand". */
static enum cr_acl_style
read_style(struct cr_slice text)
{
	const char *comma = text.len == 0 ? NULL :
	    memchr(text.ptr, ',', text.len);

	if (comma != NULL)
		return CR_ACL_STYLE_EXPAND;
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		if (cr_slice_same_name(text, cr_slice_of(styles[i].name)))
			return styles[i].style;
	}
	/* deeper levels: anything below */
	return strncasecmp(text.ptr, "level{", 6) == 0 ?
	    CR_ACL_STYLE_CHILDREN : CR_ACL_STYLE_NONE;
}

int
cr_acl_parse_dn(const char *word, struct cr_acl_dn *ret_dn)
{
	const char *equals = strchr(word, '=');
	const char *dot;
	struct cr_acl_dn dn = { .style = CR_ACL_STYLE_EXACT };

	if (equals == NULL)
		return CR_ESYNTAX;
	dot = memchr(word, '.', (size_t)(equals - word));
	if (dot != NULL)
		dn.style = read_style((struct cr_slice){ dot + 1,
			(size_t)(equals - dot) - 1 });
	if (dn.style == CR_ACL_STYLE_NONE)
		return CR_ESYNTAX;
	equals++;
	if (dn.style == CR_ACL_STYLE_REGEX && strchr(equals, '$') != NULL &&
	    strpbrk(strchr(equals, '$') + 1, "{0123456789") != NULL)
		dn.style = CR_ACL_STYLE_EXPAND;
	if (strcmp(equals, "*") == 0) {
		dn.style = CR_ACL_STYLE_REGEX;
		equals = ".*";
	}
	if (dn.style == CR_ACL_STYLE_REGEX ||
	    dn.style == CR_ACL_STYLE_EXPAND) {
		dn.pattern = cr_text_copy(cr_slice_of(equals));
		if (dn.pattern == NULL)
			return CR_ENOMEM;
	} else {
		int rc = cr_dn_normalise(cr_slice_of(equals), &dn.pattern);

		if (rc != CR_OK)
			return rc;
	}
	*ret_dn = dn;
	return CR_OK;
}
