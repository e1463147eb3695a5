/* The policy as the guard would read it, and who could use it. */
#include "check.h"

#include <stdlib.h>

#include "core/decide.h"
#include "core/reader.h"

#define PARTIES "(|(objectClass=crHandler)(objectClass=crService))"

struct load {
	struct cr_check *check;
	struct cr_policy_builder *builder;
	enum cr_policy_part part;
	uint64_t count;
	int error;		/* of report_problem() */
};

static int
add_entry(void *arg, const struct cr_entry *entry)
{
	struct load *load = arg;
	struct cr_check *check = load->check;
	enum cr_policy_part part = load->part;
	char **some = NULL;
	int rc;

	if (part == CR_PART_PURPOSE) {
		/* a file may hold other entries too */
		if (!cr_entry_has(entry, "objectClass", "crPurpose"))
			return LDAP_SUCCESS;
		some = &check->some_purpose;
	} else if (part == CR_PART_RECIPIENT) {
		some = &check->some_recipient;
	} else if (part == CR_PART_HANDLER) {
		some = &check->some_handler;
		if (cr_entry_has(entry, "objectClass", "crService"))
			part = CR_PART_SERVICE;
	}
	load->count++;
	rc = cr_policy_builder_add(load->builder, part, &entry->view);
	if (rc == CR_OK && cr_check_is_inside(check, entry->view.ndn))
		rc = cr_report_find(&check->report, CR_FIND_POLICY_INSIDE,
			"", entry->dn);
	if (rc == CR_OK && some != NULL && *some == NULL) {
		*some = cr_text_copy(entry->view.ndn);
		rc = *some == NULL ? CR_ENOMEM : CR_OK;
	}
	return cr_check_code(rc);
}

/* A part that is not there is an empty part. */
static int
search_part(struct cr_check *check, const char *base,
	enum cr_policy_part part, cr_entry_fn *fn, void *arg)
{
	static const char *const filters[] = {
		[CR_PART_PURPOSE] = "(objectClass=crPurpose)",
		[CR_PART_HANDLER] = PARTIES,
		[CR_PART_SERVICE] = PARTIES,
		[CR_PART_RECIPIENT] = "(objectClass=crRecipient)",
		[CR_PART_REGISTER] = "(objectClass=crRegister)"
	};
	int scope = part == CR_PART_REGISTER ? LDAP_SCOPE_BASE :
	    LDAP_SCOPE_SUBTREE;
	int rc = cr_check_search(check, base, scope, filters[part], NULL, fn,
		arg);

	return rc == LDAP_NO_SUCH_OBJECT ? LDAP_SUCCESS : rc;
}

static int
each_party(struct cr_check *check, cr_entry_fn *fn, void *arg)
{
	const struct cr_strings *bases = &check->options->handlers;
	int rc = LDAP_SUCCESS;

	for (size_t i = 0; rc == LDAP_SUCCESS && i < bases->count; i++)
		rc = search_part(check, bases->items[i], CR_PART_HANDLER, fn,
			arg);
	return rc;
}

static int
each_purpose(struct cr_check *check, cr_entry_fn *fn, void *arg)
{
	const struct cr_check_options *options = check->options;
	int rc;

	if (options->policy_file == NULL)
		return search_part(check, options->purposes, CR_PART_PURPOSE,
			fn, arg);
	rc = cr_ldif_read(options->policy_file, fn, arg);
	/* not something the server said */
	return rc == LDAP_NO_MEMORY || rc == LDAP_SUCCESS ? rc :
	    LDAP_PARAM_ERROR;
}

static int
load_register(struct load *load, const char *suffix)
{
	char *dn = cr_text_format("cn=register,%s", suffix);
	int rc = LDAP_NO_MEMORY;

	load->part = CR_PART_REGISTER;
	if (dn != NULL)
		rc = search_part(load->check, dn, CR_PART_REGISTER,
			add_entry, load);
	free(dn);
	return rc;
}

static void
report_problem(void *arg, struct cr_slice ndn, const char *what)
{
	struct load *load = arg;

	if (load->error == CR_OK)
		load->error = cr_report_find(&load->check->report,
			CR_FIND_POLICY, what, ndn);
}

static int
load_parts(struct load *load)
{
	const struct cr_check_options *options = load->check->options;
	struct cr_report *report = &load->check->report;
	int rc;

	rc = each_purpose(load->check, add_entry, load);
	if (rc == LDAP_SUCCESS && load->count == 0)
		rc = cr_check_code(cr_report_find(report,
			CR_FIND_NO_PURPOSES, "", cr_slice_of(
			options->policy_file != NULL ?
			options->policy_file : options->purposes)));
	load->count = 0;
	load->part = CR_PART_HANDLER;
	if (rc == LDAP_SUCCESS)
		rc = each_party(load->check, add_entry, load);
	for (size_t i = 0; rc == LDAP_SUCCESS && load->count == 0 &&
	    i < options->handlers.count; i++)
		rc = cr_check_code(cr_report_find(report, CR_FIND_NO_BASE,
			"no handler and no service was found here",
			cr_slice_of(options->handlers.items[i])));
	load->part = CR_PART_RECIPIENT;
	if (rc == LDAP_SUCCESS)
		rc = search_part(load->check, options->recipients,
			CR_PART_RECIPIENT, add_entry, load);
	if (rc == LDAP_SUCCESS)
		rc = load_register(load, options->suffix);
	return rc;
}

static void
take_purposes(struct cr_check *check)
{
	struct cr_report *report = &check->report;
	const struct cr_strings *as = &check->options->as;
	const struct cr_purpose *purpose;

	for (unsigned i = 0; (purpose = cr_policy_purpose_at(check->policy,
	    i)) != NULL; i++) {
		struct cr_purpose_report *of = &report->purposes[i];

		of->name = purpose->name;
		of->own_only = purpose->is_subject_access;
		of->hidden_dns.limit = report->limit;
		of->shown = as->count == 0;
		for (size_t j = 0; j < as->count; j++) {
			if (cr_slice_same_name(purpose->name,
			    cr_slice_of(as->items[j])))
				of->shown = true;
		}
		if (purpose->is_maintenance || purpose->is_replication)
			check->unrestricted |= UINT64_C(1) << i;
		if (purpose->children_all)
			check->all_children |= UINT64_C(1) << i;
		report->purpose_count = i + 1;
	}
}

/* Why one who is granted nothing by default is granted nothing. */
static const char *
why_nothing(const struct cr_party *party, int64_t now)
{
	if (party->suspended)
		return "suspended, or its entry is unclear";
	if (party->agreement_signed == INT64_MAX)
		return "confidentiality agreement not signed";
	if (party->agreement_signed > now)
		return "confidentiality agreement not in force yet";
	if (party->agreement_until < now)
		return "confidentiality agreement has run out";
	if (!party->agreement_ok)
		return "confidentiality agreement of another version";
	if (party->allowed == 0 && party->automated == 0)
		return "no purposes";
	if (party->is_service && party->automated == 0)
		return "acts only for a person";
	if (party->is_service)
		return "several purposes and no default";
	return "no default purpose, only what the purpose control selects";
}

/* A service that acts only for people, or a choice to be made, is in order. */
static int
judge_nothing(struct cr_check *check, const struct cr_party *party,
	const char *why, struct cr_slice dn)
{
	if (cr_party_in_force(party, check->now) && (party->allowed != 0 ||
	    party->automated != 0 || check->report.purpose_count == 0))
		return CR_OK;
	return cr_report_find(&check->report, party->is_service ?
		CR_FIND_SERVICE : CR_FIND_HANDLER, why, dn);
}

static int
judge_party(void *arg, const struct cr_entry *entry)
{
	struct cr_check *check = arg;
	const struct cr_party *party = cr_policy_party(check->policy,
		entry->view.ndn);
	const struct cr_reader_facts facts = {
		.authc = entry->view.ndn,
		.authz = entry->view.ndn,
		.ssf = party == NULL ? 0 : party->min_ssf,
		.now = check->now
	};
	struct cr_party_report *report;
	struct cr_grant grant = { 0 };
	int rc;

	report = cr_report_party(&check->report, entry->dn);
	if (report == NULL)
		return LDAP_NO_MEMORY;
	report->is_service = cr_entry_has(entry, "objectClass", "crService");
	rc = cr_check_values(check, entry);
	if (rc != LDAP_SUCCESS)
		return rc;
	if (party == NULL) {
		report->why = "its entry cannot be used";
		return LDAP_SUCCESS;
	}
	report->is_service = party->is_service;
	/* for a disclosure without its recipient the grant is one of nothing */
	if (cr_reader_judge(check->policy, &facts, &grant) != CR_OK &&
	    party->default_purpose >= 0) {
		report->purpose = cr_policy_purpose_at(check->policy,
			(unsigned)party->default_purpose);
		return LDAP_SUCCESS;
	}
	report->purpose = grant.purpose;
	if (grant.purpose != NULL)
		return LDAP_SUCCESS;
	report->why = why_nothing(party, check->now);
	return cr_check_code(judge_nothing(check, party, report->why,
		entry->dn));
}

static int
check_entry(void *arg, const struct cr_entry *entry)
{
	return cr_check_values(arg, entry);
}

int
cr_check_policy(struct cr_check *check)
{
	struct load load = { .check = check, .part = CR_PART_PURPOSE };
	int rc = LDAP_NO_MEMORY;

	if (cr_policy_builder_new(&load.builder) != CR_OK)
		return LDAP_NO_MEMORY;
	rc = load_parts(&load);
	if (rc == LDAP_SUCCESS)
		rc = cr_check_code(cr_policy_compile(load.builder,
			report_problem, &load, &check->policy));
	cr_policy_builder_free(&load.builder);
	if (rc == LDAP_SUCCESS)
		rc = cr_check_code(load.error);
	if (rc != LDAP_SUCCESS)
		return rc;
	take_purposes(check);
	rc = each_purpose(check, check_entry, check);
	if (rc == LDAP_SUCCESS)
		rc = each_party(check, judge_party, check);
	if (rc == LDAP_SUCCESS)
		rc = search_part(check, check->options->recipients,
			CR_PART_RECIPIENT, check_entry, check);
	return rc;
}
