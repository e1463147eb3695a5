#include "acl.h"

#include <regex.h>
#include <stdlib.h>

#include "dn.h"

enum match {
	MATCH_NO = 0,
	MATCH_MAYBE,
	MATCH_YES
};

static enum match
weaker(enum match a, enum match b)
{
	return a < b ? a : b;
}

static enum match
match_regex(const char *pattern, struct cr_slice ndn)
{
	char *text = cr_text_copy(ndn);
	enum match match = MATCH_MAYBE;
	regex_t regex;

	if (text == NULL || regcomp(&regex, pattern,
	    REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0) {
		free(text);
		return MATCH_MAYBE;
	}
	match = regexec(&regex, text, 0, NULL, 0) == 0 ? MATCH_YES : MATCH_NO;
	regfree(&regex);
	free(text);
	return match;
}

static enum match
match_dn(const struct cr_acl_dn *dn, struct cr_slice ndn)
{
	struct cr_slice pattern;
	bool matches = false;

	if (dn->style == CR_ACL_STYLE_NONE)
		return MATCH_YES;
	pattern = cr_slice_of(dn->pattern);
	switch (dn->style) {
	case CR_ACL_STYLE_NONE:
		break;
	case CR_ACL_STYLE_EXACT:
		matches = cr_slice_equal(ndn, pattern);
		break;
	case CR_ACL_STYLE_ONE:
		matches = ndn.len > 0 &&
		    cr_slice_equal(cr_dn_parent(ndn), pattern);
		break;
	case CR_ACL_STYLE_SUBTREE:
		matches = cr_dn_is_in(ndn, pattern);
		break;
	case CR_ACL_STYLE_CHILDREN:
		matches = cr_dn_is_below(ndn, pattern);
		break;
	case CR_ACL_STYLE_REGEX:
		return match_regex(dn->pattern, ndn);
	case CR_ACL_STYLE_EXPAND:
		return MATCH_MAYBE;
	}
	return matches ? MATCH_YES : MATCH_NO;
}

static enum match
match_attribute(const struct cr_strings *attrs, const char *attribute)
{
	enum match match = attrs->count == 0 ? MATCH_YES : MATCH_NO;

	for (size_t i = 0; i < attrs->count; i++) {
		const char *name = attrs->items[i];

		if (strcasecmp(name, attribute) == 0 ||
		    strcmp(name, "*") == 0 ||
		    strcasecmp(name, "@extensibleObject") == 0)
			return MATCH_YES;
		/* of a class, or by number */
		if (name[0] == '@' || name[0] == '!' ||
		    (name[0] >= '0' && name[0] <= '9'))
			match = MATCH_MAYBE;
	}
	return match;
}

static enum match
match_what(const struct cr_acl_rule *rule, const struct cr_acl_target *target)
{
	enum match match = match_dn(&rule->dn, target->ndn);

	match = weaker(match, match_attribute(&rule->attrs,
		target->attribute));
	if (rule->filtered || rule->by_value)
		match = weaker(match, MATCH_MAYBE);
	return match;
}

/* A name made from the target's is the target itself, or nobody here. */
static enum match
match_who_dn(const struct cr_acl_dn *dn, const struct cr_acl_subject *subject)
{
	if (dn->style == CR_ACL_STYLE_NONE)
		return MATCH_YES;
	if (subject->ndn.len == 0)
		return MATCH_NO;
	if (dn->style == CR_ACL_STYLE_EXPAND)
		return subject->kind == CR_ACL_SUBJECT_SELF ? MATCH_MAYBE :
		    MATCH_NO;
	return match_dn(dn, subject->ndn);
}

static enum match
match_who(const struct cr_acl_who *who, const struct cr_acl_subject *subject)
{
	enum match match = MATCH_YES;

	if (who->anonymous && subject->kind != CR_ACL_SUBJECT_ANONYMOUS)
		return MATCH_NO;
	if (who->users && subject->kind == CR_ACL_SUBJECT_ANONYMOUS)
		return MATCH_NO;
	if (who->self && subject->kind != CR_ACL_SUBJECT_SELF)
		return MATCH_NO;
	if (who->member_of != NULL && (subject->member_of == NULL ||
	    strcmp(who->member_of, subject->member_of) != 0))
		return MATCH_NO;
	match = weaker(match, match_who_dn(&who->dn, subject));
	if (who->conditional)
		match = weaker(match, MATCH_MAYBE);
	return match;
}

static unsigned
apply(const struct cr_acl_clause *clause, unsigned privs)
{
	unsigned change = clause->privs;

	if (clause->self_only)
		change &= ~(unsigned)(CR_ACL_WRITE | CR_ACL_MANAGE);
	switch (clause->mode) {
	case CR_ACL_ASSIGN: return change;
	case CR_ACL_PLUS: return privs | change;
	case CR_ACL_MINUS: return privs & ~change;
	}
	return 0;
}

/* What one rule makes of the privileges so far. */
struct step {
	unsigned most;		/* at any place where it may end */
	unsigned privs;		/* for the next rule */
	bool goes_on;
};

static struct step
take_rule(const struct cr_acl_rule *rule,
	const struct cr_acl_subject *subject, unsigned privs)
{
	struct step step = { 0, 0, false };
	unsigned now = privs;

	for (size_t i = 0; i < rule->clause_count; i++) {
		const struct cr_acl_clause *clause = &rule->clauses[i];
		enum match match = match_who(&clause->who, subject);
		unsigned then = apply(clause, now);

		if (match == MATCH_NO)
			continue;
		if (clause->control == CR_ACL_STOP)
			step.most |= then;
		if (clause->control == CR_ACL_BREAK) {
			step.goes_on = true;
			step.privs |= then;
		}
		if (clause->control == CR_ACL_CONTINUE)
			now = match == MATCH_YES ? then : now | then;
		else if (match == MATCH_YES)
			return step;
	}
	return step;
}

static const struct cr_acl_rule *
search(const struct cr_acl *acl, const struct cr_acl_target *target,
	const struct cr_acl_subject *subject, unsigned wanted,
	unsigned *privs, bool *ret_ended)
{
	for (size_t i = 0; i < acl->count; i++) {
		const struct cr_acl_rule *rule = &acl->rules[i];
		enum match match = match_what(rule, target);
		struct step step;

		if (match == MATCH_NO)
			continue;
		step = take_rule(rule, subject, *privs);
		if ((step.most & wanted) == wanted) {
			*ret_ended = true;
			return rule;
		}
		if (match == MATCH_MAYBE) {
			*privs |= step.privs;
		} else if (step.goes_on) {
			*privs = step.privs;
		} else {
			*ret_ended = true;
			return NULL;
		}
	}
	*ret_ended = false;
	return NULL;
}

const struct cr_acl_rule *
cr_acl_grants(const struct cr_acl *acl, const struct cr_acl *global,
	const struct cr_acl_target *target,
	const struct cr_acl_subject *subject, unsigned wanted)
{
	const struct cr_acl_rule *rule;
	unsigned privs = 0;
	bool ended = false;

	rule = search(acl, target, subject, wanted, &privs, &ended);
	if (!ended)
		rule = search(global, target, subject, wanted, &privs,
			&ended);
	return rule;
}
