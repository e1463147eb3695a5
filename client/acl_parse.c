#include "acl.h"

#include <stdlib.h>

/* Words while they are read. */
struct reader {
	const struct cr_strings *words;
	size_t at;
};

static const char *
peek(const struct reader *reader)
{
	return reader->at < reader->words->count ?
	    reader->words->items[reader->at] : NULL;
}

static bool
is(const char *word, const char *name)
{
	return word != NULL && strcasecmp(word, name) == 0;
}

static bool
starts(const char *word, const char *with)
{
	return strncasecmp(word, with, strlen(with)) == 0;
}

static const struct {
	const char *name;
	unsigned privs;
} levels[] = {
	{ "none", 0 },
	{ "disclose", CR_ACL_DISCLOSE },
	{ "auth", CR_ACL_AUTH * 2 - 1 },
	{ "compare", CR_ACL_COMPARE * 2 - 1 },
	{ "search", CR_ACL_SEARCH * 2 - 1 },
	{ "read", CR_ACL_READ * 2 - 1 },
	{ "add", CR_ACL_ADD | (CR_ACL_READ * 2 - 1) },
	{ "delete", CR_ACL_DELETE | (CR_ACL_READ * 2 - 1) },
	{ "write", CR_ACL_WRITE | (CR_ACL_READ * 2 - 1) },
	{ "manage", CR_ACL_MANAGE * 2 - 1 }
};

static const struct {
	char letter;
	unsigned privs;
} letters[] = {
	{ '0', 0 }, { 'd', CR_ACL_DISCLOSE }, { 'x', CR_ACL_AUTH },
	{ 'c', CR_ACL_COMPARE }, { 's', CR_ACL_SEARCH },
	{ 'r', CR_ACL_READ }, { 'w', CR_ACL_WRITE }, { 'a', CR_ACL_ADD },
	{ 'z', CR_ACL_DELETE }, { 'm', CR_ACL_MANAGE }
};

static bool
read_letters(const char *text, struct cr_acl_clause *clause)
{
	switch (*text) {
	case '=': clause->mode = CR_ACL_ASSIGN; break;
	case '+': clause->mode = CR_ACL_PLUS; break;
	case '-': clause->mode = CR_ACL_MINUS; break;
	default: return false;
	}
	clause->privs = 0;
	while (*++text != '\0') {
		size_t i = 0;

		while (i < sizeof(letters) / sizeof(letters[0]) &&
		    letters[i].letter != (*text | 0x20) &&
		    letters[i].letter != *text)
			i++;
		if (i == sizeof(letters) / sizeof(letters[0]))
			return false;
		clause->privs |= letters[i].privs;
	}
	return true;
}

/* False for a word that is no access. */
static bool
read_access(const char *word, struct cr_acl_clause *clause)
{
	if (starts(word, "realself"))
		word += 8;
	else if (starts(word, "self"))
		word += 4;
	else
		goto level;
	clause->self_only = true;
level:
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!is(word, levels[i].name))
			continue;
		clause->mode = CR_ACL_ASSIGN;
		clause->privs = levels[i].privs;
		return true;
	}
	return read_letters(word, clause);
}

static int
read_member(const char *word, struct cr_acl_who *who)
{
	free(who->member_of);
	who->member_of = cr_text_copy(cr_slice_of(word));
	return who->member_of == NULL ? CR_ENOMEM : CR_OK;
}

/* One term of <who>; *ret_is_one is false for a word that is none. */
static int
read_term(const char *word, struct cr_acl_who *who, bool *ret_is_one)
{
	static const char *const members[] = { "group", "dnattr", "set",
		"dynacl" };
	static const char *const conditions[] = { "peername", "sockname",
		"domain", "sockurl", "ssf", "transport_ssf", "tls_ssf",
		"sasl_ssf" };
	const char *real = starts(word, "real") ? word + 4 : word;

	*ret_is_one = true;
	if (is(word, "*"))
		return CR_OK;
	if (is(real, "anonymous")) {
		who->anonymous = true;
		return CR_OK;
	}
	if (is(real, "users")) {
		who->users = true;
		return CR_OK;
	}
	if (is(real, "self") || starts(real, "self.level")) {
		who->self = true;
		return CR_OK;
	}
	if (cr_acl_is_dn_term(word))
		return who->dn.style != CR_ACL_STYLE_NONE ? CR_ESYNTAX :
		    cr_acl_parse_dn(word, &who->dn);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (starts(real, members[i]) &&
		    strchr("./=", real[strlen(members[i])]) != NULL)
			return read_member(word, who);
	}
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]);
	    i++) {
		if (starts(word, conditions[i]) &&
		    strchr(".=", word[strlen(conditions[i])]) != NULL) {
			who->conditional = true;
			return CR_OK;
		}
	}
	*ret_is_one = false;
	return CR_OK;
}

/* After "by": terms, then perhaps an access and a control. */
static int
read_clause(struct reader *reader, struct cr_acl_clause *clause)
{
	size_t terms = 0;
	bool is_term = true;
	const char *word;

	clause->mode = CR_ACL_PLUS;
	while ((word = peek(reader)) != NULL) {
		int rc = read_term(word, &clause->who, &is_term);

		if (rc != CR_OK)
			return rc;
		if (!is_term)
			break;
		terms++;
		reader->at++;
	}
	if (terms == 0)
		return CR_ESYNTAX;
	word = peek(reader);
	if (word != NULL && read_access(word, clause)) {
		reader->at++;
		word = peek(reader);
	}
	if (is(word, "stop"))
		clause->control = CR_ACL_STOP;
	else if (is(word, "continue"))
		clause->control = CR_ACL_CONTINUE;
	else if (is(word, "break"))
		clause->control = CR_ACL_BREAK;
	else
		return word == NULL || is(word, "by") ? CR_OK : CR_ESYNTAX;
	reader->at++;
	return CR_OK;
}

static int
read_attrs(const char *list, struct cr_strings *attrs)
{
	int rc = CR_OK;

	while (rc == CR_OK && *list != '\0') {
		size_t len = strcspn(list, ",");

		if (len > 0)
			rc = cr_strings_add(attrs,
				(struct cr_slice){ list, len });
		list += len + (list[len] == ',' ? 1 : 0);
	}
	return rc;
}

/* After "to", up to the first "by". */
static int
read_what(struct reader *reader, struct cr_acl_rule *rule)
{
	const char *word;
	int rc = CR_OK;

	while (rc == CR_OK && (word = peek(reader)) != NULL &&
	    !is(word, "by")) {
		const char *equals = strchr(word, '=');

		reader->at++;
		if (is(word, "*"))
			continue;
		if (equals == NULL)
			return CR_ESYNTAX;
		if (starts(word, "attrs=") || starts(word, "attr="))
			rc = read_attrs(equals + 1, &rule->attrs);
		else if (starts(word, "filter="))
			rule->filtered = !is(equals + 1, "(objectClass=*)");
		else if (starts(word, "val"))
			rule->by_value = true;
		else if (cr_acl_is_dn_term(word) &&
		    rule->dn.style == CR_ACL_STYLE_NONE)
			rc = cr_acl_parse_dn(word, &rule->dn);
		else
			rc = CR_ESYNTAX;
	}
	return rc;
}

static int
read_rule(struct reader *reader, struct cr_acl_rule *rule)
{
	int rc;

	if (!is(peek(reader), "to"))
		return CR_ESYNTAX;
	reader->at++;
	rc = read_what(reader, rule);
	if (rc != CR_OK)
		return rc;
	rule->clauses = calloc(reader->words->count, sizeof(*rule->clauses));
	if (rule->clauses == NULL)
		return CR_ENOMEM;
	while (rc == CR_OK && is(peek(reader), "by")) {
		reader->at++;
		rc = read_clause(reader, &rule->clauses[rule->clause_count]);
		rule->clause_count++;
	}
	return rc == CR_OK && rule->clause_count == 0 ? CR_ESYNTAX : rc;
}

static void
clear_rule(struct cr_acl_rule *rule)
{
	for (size_t i = 0; i < rule->clause_count; i++) {
		free(rule->clauses[i].who.dn.pattern);
		free(rule->clauses[i].who.member_of);
	}
	free(rule->clauses);
	free(rule->dn.pattern);
	free(rule->text);
	cr_strings_clear(&rule->attrs);
}

int
cr_acl_add(struct cr_acl *acl, struct cr_slice text)
{
	struct cr_strings words = { 0 };
	struct reader reader = { &words, 0 };
	struct cr_acl_rule rule = { 0 };
	int rc = CR_ENOMEM;

	if (acl->count == acl->room) {
		size_t room = acl->room == 0 ? 16 : acl->room * 2;
		struct cr_acl_rule *rules = realloc(acl->rules,
			room * sizeof(*rules));

		if (rules == NULL)
			return CR_ENOMEM;
		acl->rules = rules;
		acl->room = room;
	}
	rule.text = cr_text_copy(text);
	if (rule.text != NULL)
		rc = cr_words_split(cr_without_index(text), &words);
	if (rc == CR_OK)
		rc = read_rule(&reader, &rule);
	if (rc == CR_OK)
		acl->rules[acl->count++] = rule;
	else
		clear_rule(&rule);
	cr_strings_clear(&words);
	return rc;
}

void
cr_acl_clear(struct cr_acl *acl)
{
	for (size_t i = 0; i < acl->count; i++)
		clear_rule(&acl->rules[i]);
	free(acl->rules);
	*acl = (struct cr_acl){ 0 };
}
