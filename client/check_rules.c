/*
 * What the access rules would let people do: not the customers themselves,
 * whom the guard looks after, but what the guard relies on.
 */
#include "check.h"

#include <stdlib.h>

#include "dn.h"

#define SOMEBODY "uid=somebody"

/* Somebody of each kind; who is asked for last is the narrowest. */
enum who {
	WHO_ANONYMOUS,
	WHO_USER,
	WHO_CUSTOMER,
	WHO_HANDLER,
	WHO_SELF,
	WHO_COUNT
};

static const char *const who_texts[WHO_COUNT] = {
	"anonymous may", "everyone who can bind may", "every customer may",
	"every handler may", "everyone may, on their own entry,"
};

/* What is asked about: an entry (or one that could be there), an attribute. */
struct target {
	const char *label;
	char *ndn;		/* owned */
	const char *attribute;
	bool can_bind;
};

enum { TARGETS_MAX = 16 };

struct rules {
	struct cr_check *check;
	const struct cr_conf_db *db;
	const struct cr_acl *global;
	char *names[WHO_COUNT];		/* owned; normal form */
	struct target targets[TARGETS_MAX];
	size_t target_count;
	const char *note;		/* after each sentence */
};

static struct cr_acl_subject
subject_of(const struct rules *rules, enum who who,
	const struct target *target)
{
	struct cr_acl_subject subject = { .kind = CR_ACL_SUBJECT_USER };

	if (who == WHO_ANONYMOUS) {
		subject.kind = CR_ACL_SUBJECT_ANONYMOUS;
	} else if (who == WHO_SELF) {
		subject.kind = CR_ACL_SUBJECT_SELF;
		subject.ndn = cr_slice_of(target->ndn);
	} else {
		subject.ndn = cr_slice_of(rules->names[who]);
	}
	return subject;
}

/* The rule that gives any of the bits wanted. */
static const struct cr_acl_rule *
grants_any(const struct rules *rules, const struct target *target,
	const struct cr_acl_subject *subject, unsigned wanted)
{
	const struct cr_acl_target of = { cr_slice_of(target->ndn),
		target->attribute };
	const struct cr_acl_rule *rule = NULL;

	for (unsigned bit = 1; rule == NULL && bit <= CR_ACL_MANAGE;
	    bit <<= 1) {
		if ((wanted & bit) != 0)
			rule = cr_acl_grants(&rules->db->acl, rules->global,
				&of, subject, bit);
	}
	return rule;
}

static int
append(char **text, const char *part)
{
	char *longer = *text == NULL ? cr_text_format("%s", part) :
	    cr_text_format("%s, %s", *text, part);

	if (longer == NULL)
		return CR_ENOMEM;
	free(*text);
	*text = longer;
	return CR_OK;
}

struct answer {
	char *labels;			/* owned */
	struct cr_strings rules;
};

static int
add_answer(struct answer *answer, const struct target *target,
	const struct cr_acl_rule *rule)
{
	int rc = append(&answer->labels, target->label);

	if (rc == CR_OK &&
	    !cr_strings_has(&answer->rules, cr_slice_of(rule->text)))
		rc = cr_strings_add(&answer->rules, cr_slice_of(rule->text));
	return rc;
}

/* One finding for one kind of people, with the rules for examples. */
static int
tell(struct rules *rules, enum cr_finding_kind kind, const char *who,
	const char *verb, struct answer *answer)
{
	int rc = CR_OK;
	char *detail;

	if (answer->labels == NULL)
		return CR_OK;
	detail = cr_text_format("%s %s %s%s", who, verb, answer->labels,
		rules->note != NULL ? rules->note : "");
	if (detail == NULL)
		return CR_ENOMEM;
	for (size_t i = 0; rc == CR_OK && i < answer->rules.count; i++)
		rc = cr_report_find(&rules->check->report, kind, detail,
			cr_slice_of(answer->rules.items[i]));
	free(detail);
	return rc;
}

static void
clear_answer(struct answer *answer)
{
	free(answer->labels);
	cr_strings_clear(&answer->rules);
	*answer = (struct answer){ 0 };
}

/*
 * Who may do this to the targets?  Whoever is told of first stands for the
 * narrower ones, so `by * write` is one finding and not five.
 */
static int
ask_everybody(struct rules *rules, enum cr_finding_kind kind,
	const char *verb, unsigned wanted, enum who last)
{
	bool told[TARGETS_MAX] = { false };
	int rc = CR_OK;

	for (enum who who = WHO_ANONYMOUS; rc == CR_OK && who <= last;
	    who++) {
		struct answer answer = { 0 };

		for (size_t i = 0; rc == CR_OK && i < rules->target_count;
		    i++) {
			const struct target *target = &rules->targets[i];
			const struct cr_acl_subject subject =
			    subject_of(rules, who, target);
			const struct cr_acl_rule *rule;

			if (told[i] || (who == WHO_SELF &&
			    !target->can_bind))
				continue;
			rule = grants_any(rules, target, &subject, wanted);
			if (rule == NULL)
				continue;
			told[i] = true;
			rc = add_answer(&answer, target, rule);
		}
		if (rc == CR_OK)
			rc = tell(rules, kind, who_texts[who], verb, &answer);
		clear_answer(&answer);
	}
	return rc;
}

/* Someone the rules name: a DN, or the members of a group. */
static int
ask_named(struct rules *rules, const struct cr_acl_subject *subject,
	enum cr_finding_kind kind, const char *name)
{
	struct answer answer = { 0 };
	char *who = NULL;
	int rc = CR_OK;

	for (size_t i = 0; rc == CR_OK && i < rules->target_count; i++) {
		const struct target *target = &rules->targets[i];
		const struct cr_acl_subject anyone =
		    subject_of(rules, WHO_HANDLER, target);
		const struct cr_acl_rule *rule = grants_any(rules, target,
			subject, CR_ACL_ADD);

		if (rule != NULL &&
		    grants_any(rules, target, &anyone, CR_ACL_ADD) == NULL)
			rc = add_answer(&answer, target, rule);
	}
	if (rc == CR_OK) {
		who = cr_text_format("%s may", name);
		rc = who == NULL ? CR_ENOMEM :
		    tell(rules, kind, who, "write", &answer);
	}
	free(who);
	clear_answer(&answer);
	return rc;
}

/* Over ldapi; whoever that is can do everything to the files as well. */
static bool
is_root_of_machine(const char *ndn)
{
	return strcmp(ndn, "gidnumber=0+uidnumber=0,"
		"cn=peercred,cn=external,cn=auth") == 0;
}

/* Rootdn and registrar are meant to write policy. */
static bool
may_write_policy(const struct rules *rules, const char *ndn)
{
	const struct cr_party *party = cr_policy_party(rules->check->policy,
		cr_slice_of(ndn));

	return is_root_of_machine(ndn) || (rules->db->rootdn != NULL &&
		strcmp(rules->db->rootdn, ndn) == 0) ||
	    (party != NULL && (party->roles & CR_ROLE_REGISTRAR) != 0);
}

static int
ask_who(struct rules *rules, const struct cr_acl_who *who,
	struct cr_strings *asked)
{
	struct cr_acl_subject subject = { 0 };
	enum cr_finding_kind kind = CR_FIND_POLICY_WRITE;
	const char *name = who->member_of;

	if (name != NULL) {
		subject.kind = CR_ACL_SUBJECT_MEMBER;
		subject.member_of = name;
		kind = CR_FIND_MEMBER_WRITE;
	} else if (who->dn.style == CR_ACL_STYLE_EXACT) {
		subject.kind = CR_ACL_SUBJECT_USER;
		subject.ndn = cr_slice_of(who->dn.pattern);
		name = who->dn.pattern;
	}
	if (name == NULL || *name == '\0' ||
	    cr_strings_has(asked, cr_slice_of(name)) ||
	    (who->member_of == NULL && may_write_policy(rules, name)))
		return CR_OK;
	if (cr_strings_add(asked, cr_slice_of(name)) != CR_OK)
		return CR_ENOMEM;
	return ask_named(rules, &subject, kind, name);
}

static int
ask_all_named(struct rules *rules)
{
	const struct cr_acl *acls[] = { &rules->db->acl, rules->global };
	struct cr_strings asked = { 0 };
	int rc = CR_OK;

	for (size_t a = 0; a < 2; a++) {
		for (size_t i = 0; i < acls[a]->count; i++) {
			const struct cr_acl_rule *rule = &acls[a]->rules[i];

			for (size_t j = 0; rc == CR_OK &&
			    j < rule->clause_count; j++)
				rc = ask_who(rules, &rule->clauses[j].who,
					&asked);
		}
	}
	cr_strings_clear(&asked);
	return rc;
}

static void
clear_targets(struct rules *rules)
{
	for (size_t i = 0; i < rules->target_count; i++)
		free(rules->targets[i].ndn);
	rules->target_count = 0;
}

static char *
below(const char *rdn, const char *base)
{
	char *dn = cr_text_format("%s%s%s", rdn, *rdn != '\0' ? "," : "",
		base);
	char *ndn = NULL;

	if (dn != NULL && cr_dn_normalise(cr_slice_of(dn), &ndn) != CR_OK)
		ndn = NULL;
	free(dn);
	return ndn;
}

/* `some` is an entry that is there; without one a name is made up. */
static int
add_target(struct rules *rules, const char *label, const char *some,
	const char *rdn, const char *base, const char *attribute)
{
	struct target *target = &rules->targets[rules->target_count];

	target->label = label;
	target->attribute = attribute;
	target->can_bind = strcmp(rdn, SOMEBODY) == 0;
	target->ndn = some != NULL ? cr_text_copy(cr_slice_of(some)) :
	    below(rdn, base);
	if (target->ndn == NULL)
		return CR_ENOMEM;
	rules->target_count++;
	return CR_OK;
}

static int
add_policy_targets(struct rules *rules)
{
	const struct cr_check *check = rules->check;
	const struct cr_check_options *options = check->options;
	const char *handlers = options->handlers.items[0];
	int rc;

	rc = add_target(rules, "purposes of handlers", check->some_handler,
		SOMEBODY, handlers, "crAllowedPurpose");
	if (rc == CR_OK)
		rc = add_target(rules, "new handlers", NULL, "", handlers,
			"children");
	if (rc == CR_OK)
		rc = add_target(rules, "purposes", check->some_purpose,
			"cn=something", options->purposes,
			"crHiddenByMarketing");
	if (rc == CR_OK)
		rc = add_target(rules, "new purposes", NULL, "",
			options->purposes, "children");
	if (rc == CR_OK)
		rc = add_target(rules, "recipients", check->some_recipient,
			"cn=something", options->recipients,
			"crAllowedPurpose");
	if (rc == CR_OK)
		rc = add_target(rules, "the register description", NULL,
			"cn=register", options->suffix, "crAgreementVersion");
	return rc;
}

/* The same attribute of a handler and of a customer. */
static int
add_pair(struct rules *rules, const char *handlers, const char *customers,
	const char *attribute)
{
	const struct cr_check *check = rules->check;
	int rc = add_target(rules, handlers, check->some_handler,
		SOMEBODY, check->options->handlers.items[0], attribute);

	if (rc == CR_OK)
		rc = add_target(rules, customers, check->some_customer,
			SOMEBODY, check->bases.items[0], attribute);
	return rc;
}

static int
check_policy_write(struct rules *rules)
{
	int rc = add_policy_targets(rules);

	if (rc == CR_OK)
		rc = ask_everybody(rules, CR_FIND_POLICY_WRITE, "write",
			CR_ACL_ADD, WHO_SELF);
	if (rc == CR_OK)
		rc = ask_all_named(rules);
	clear_targets(rules);
	return rc;
}

static int
check_proxy(struct rules *rules)
{
	const char *policy = rules->check->conf.authz_policy;
	int rc = add_pair(rules, "authzTo of handlers",
		"authzTo of customers", "authzTo");

	if (rc == CR_OK)
		rc = add_pair(rules, "authzFrom of handlers",
			"authzFrom of customers", "authzFrom");
	if (policy == NULL || strcasecmp(policy, "none") == 0)
		rules->note = " (in use as soon as authz-policy is set)";
	if (rc == CR_OK)
		rc = ask_everybody(rules, CR_FIND_PROXY_WRITE, "write",
			CR_ACL_ADD, WHO_SELF);
	rules->note = NULL;
	clear_targets(rules);
	return rc;
}

static int
check_passwords(struct rules *rules)
{
	int rc = add_pair(rules, "userPassword of handlers",
		"userPassword of customers", "userPassword");

	if (rc == CR_OK)
		rc = ask_everybody(rules, CR_FIND_PASSWORD_READ,
			"read or compare", CR_ACL_READ | CR_ACL_SEARCH |
			CR_ACL_COMPARE, WHO_HANDLER);
	clear_targets(rules);
	return rc;
}

static bool
requires_bind(const struct rules *rules)
{
	return cr_strings_has(&rules->db->requires,
		CR_SLICE_LITERAL("authc")) ||
	    cr_strings_has(&rules->check->conf.requires,
		CR_SLICE_LITERAL("authc"));
}

static int
check_anonymous(struct rules *rules)
{
	const struct cr_check *check = rules->check;
	int rc;

	if (requires_bind(rules))
		return CR_OK;
	rc = add_pair(rules, "handlers", "customers", "cn");
	if (rc == CR_OK)
		rc = add_target(rules, "purposes", check->some_purpose,
			"cn=something", check->options->purposes,
			"crReleases");
	if (rc == CR_OK)
		rc = ask_everybody(rules, CR_FIND_ANONYMOUS_READ, "read",
			CR_ACL_READ, WHO_ANONYMOUS);
	clear_targets(rules);
	return rc;
}

static bool
names_party(const struct rules *rules, const struct cr_acl_who *who)
{
	return who->dn.style == CR_ACL_STYLE_EXACT &&
	    cr_policy_party(rules->check->policy,
	    cr_slice_of(who->dn.pattern)) != NULL;
}

/* Can any handler, in whatever way, read a customer? */
static bool
handler_reads(struct rules *rules, const struct target *target)
{
	const struct cr_acl *acls[] = { &rules->db->acl, rules->global };
	struct cr_acl_subject subject = subject_of(rules, WHO_HANDLER,
		target);

	if (grants_any(rules, target, &subject, CR_ACL_READ) != NULL)
		return true;
	for (size_t a = 0; a < 2; a++) {
		for (size_t i = 0; i < acls[a]->count; i++) {
			const struct cr_acl_rule *rule = &acls[a]->rules[i];

			for (size_t j = 0; j < rule->clause_count; j++) {
				const struct cr_acl_who *who =
				    &rule->clauses[j].who;

				subject = subject_of(rules, WHO_HANDLER,
					target);
				subject.member_of = who->member_of;
				if (names_party(rules, who))
					subject.ndn =
					    cr_slice_of(who->dn.pattern);
				if (grants_any(rules, target, &subject,
				    CR_ACL_READ) != NULL)
					return true;
			}
		}
	}
	return false;
}

static int
check_read(struct rules *rules)
{
	const struct cr_check *check = rules->check;
	int rc = add_target(rules, "customers", check->some_customer,
		SOMEBODY, check->bases.items[0], "cn");

	if (rc == CR_OK && !handler_reads(rules, &rules->targets[0]))
		rc = cr_report_find(&rules->check->report, CR_FIND_NO_READ,
			"", cr_slice_of(rules->db->name));
	clear_targets(rules);
	return rc;
}

int
cr_check_rules(struct cr_check *check, const struct cr_conf_db *db,
	const struct cr_acl *global)
{
	struct rules rules = { .check = check, .db = db, .global = global };
	int rc = CR_ENOMEM;

	if (db->acl.count == 0 && global->count == 0)
		return cr_check_code(cr_report_find(&check->report,
			CR_FIND_NO_RULES, "", cr_slice_of(db->name)));
	rules.names[WHO_USER] = below(SOMEBODY, "dc=elsewhere");
	rules.names[WHO_CUSTOMER] = below(SOMEBODY,
		check->bases.items[0]);
	rules.names[WHO_HANDLER] = below(SOMEBODY,
		check->options->handlers.items[0]);
	if (rules.names[WHO_USER] != NULL &&
	    rules.names[WHO_CUSTOMER] != NULL &&
	    rules.names[WHO_HANDLER] != NULL)
		rc = check_policy_write(&rules);
	if (rc == CR_OK)
		rc = check_proxy(&rules);
	if (rc == CR_OK)
		rc = check_passwords(&rules);
	if (rc == CR_OK)
		rc = check_anonymous(&rules);
	if (rc == CR_OK)
		rc = check_read(&rules);
	for (size_t i = 0; i < WHO_COUNT; i++)
		free(rules.names[i]);
	return cr_check_code(rc);
}
