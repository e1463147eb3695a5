/*
 * slapd's access rules (slapd.access(5)): read from their text, and asked for
 * the most that somebody could be given.
 *
 * What cannot be judged from outside (filters, addresses, strength of the
 * connection, single values) is taken to hold, since the question is always
 * whether something is possible.  Membership (groups, sets, dnattr) is not:
 * it is asked for by itself.
 */
#ifndef CR_CLIENT_ACL_H
#define CR_CLIENT_ACL_H

#include "strlist.h"

enum cr_acl_priv {		/* bits */
	CR_ACL_DISCLOSE = 1,
	CR_ACL_AUTH = 2,
	CR_ACL_COMPARE = 4,
	CR_ACL_SEARCH = 8,
	CR_ACL_READ = 16,
	CR_ACL_ADD = 32,
	CR_ACL_DELETE = 64,
	CR_ACL_MANAGE = 128,
	CR_ACL_WRITE = CR_ACL_ADD | CR_ACL_DELETE
};

enum cr_acl_style {
	CR_ACL_STYLE_NONE = 0,	/* no DN is asked for */
	CR_ACL_STYLE_EXACT,
	CR_ACL_STYLE_ONE,
	CR_ACL_STYLE_SUBTREE,
	CR_ACL_STYLE_CHILDREN,
	CR_ACL_STYLE_REGEX,
	CR_ACL_STYLE_EXPAND	/* made from the name of the target */
};

struct cr_acl_dn {
	enum cr_acl_style style;
	char *pattern;		/* owned; in normal form but for a regex */
};

struct cr_acl_who {
	bool anonymous;
	bool users;
	bool self;
	struct cr_acl_dn dn;
	char *member_of;	/* owned; the term with a group, set, dnattr */
	bool conditional;	/* and something about the connection */
};

enum cr_acl_mode {
	CR_ACL_ASSIGN = 0,
	CR_ACL_PLUS,
	CR_ACL_MINUS
};

enum cr_acl_control {
	CR_ACL_STOP = 0,
	CR_ACL_CONTINUE,
	CR_ACL_BREAK
};

struct cr_acl_clause {
	struct cr_acl_who who;
	enum cr_acl_mode mode;
	unsigned privs;
	bool self_only;		/* selfwrite: only the own name */
	enum cr_acl_control control;
};

struct cr_acl_rule {
	char *text;		/* owned; for people */
	struct cr_acl_dn dn;
	bool filtered;
	bool by_value;
	struct cr_strings attrs;	/* none: all */
	struct cr_acl_clause *clauses;
	size_t clause_count;
};

struct cr_acl {			/* zeroed is empty */
	struct cr_acl_rule *rules;
	size_t count;
	size_t room;
};

/*
 * Adds one rule: what follows "access" in slapd.conf, or a value of
 * olcAccess.  CR_ESYNTAX for what slapd would not take.
 */
int cr_acl_add(struct cr_acl *acl, struct cr_slice text) CR_WARN_UNUSED;
void cr_acl_clear(struct cr_acl *acl);

struct cr_acl_target {
	struct cr_slice ndn;
	const char *attribute;	/* or "entry", "children" */
};

enum cr_acl_subject_kind {
	CR_ACL_SUBJECT_ANONYMOUS = 0,
	CR_ACL_SUBJECT_USER,	/* bound as ndn */
	CR_ACL_SUBJECT_SELF,	/* bound as the target */
	CR_ACL_SUBJECT_MEMBER	/* of what a clause names; ndn may be empty */
};

struct cr_acl_subject {
	enum cr_acl_subject_kind kind;
	struct cr_slice ndn;
	const char *member_of;
};

/*
 * The rule by which the subject may get all of `wanted`; NULL when there is
 * none.  Without any rule at all slapd lets everybody read,
 * which is for the caller to look at.
 * `acl` is that of the database, `global` that of the frontend.
 */
const struct cr_acl_rule *cr_acl_grants(const struct cr_acl *acl,
	const struct cr_acl *global, const struct cr_acl_target *target,
	const struct cr_acl_subject *subject, unsigned wanted);

/*
 * Splits a line of slapd's configuration into words: blanks part them, double
 * quotes join them, a backslash takes the next character as it is.
 */
int cr_words_split(struct cr_slice line, struct cr_strings *ret_words)
	CR_WARN_UNUSED;

/* "{3}rest" to "rest". */
struct cr_slice cr_without_index(struct cr_slice value);

/*
 * A <who> or <what> term "dn.<style>[,expand]=<pattern>" as in access rules
 * and limits; false when the word is none.
 */
bool cr_acl_is_dn_term(const char *word);
int cr_acl_parse_dn(const char *word, struct cr_acl_dn *ret_dn)
	CR_WARN_UNUSED;

#endif
