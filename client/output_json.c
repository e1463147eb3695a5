/* The report for programs. */
#include "check.h"

#include <stdio.h>

#include "instant.h"
#include "json.h"

static json_t *
number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* All of these take the reference; jansson hands -1 on for NULL. */
static int
set(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static json_t *
list_of(const struct cr_strings *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->count; i++) {
		if (json_array_append_new(list,
		    cr_json_text(cr_slice_of(strings->items[i]))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
reasons_of(const struct cr_purpose_report *of)
{
	json_t *list = json_array();

	for (size_t i = 0; i < of->reason_count; i++) {
		json_t *reason = json_object();

		if (set(reason, "ban", cr_json_text(cr_slice_of(
			of->reasons[i].ban))) != 0 ||
		    set(reason, "count", number(of->reasons[i].count)) != 0 ||
		    json_array_append(list, reason) != 0) {
			json_decref(reason);
			json_decref(list);
			return NULL;
		}
		json_decref(reason);
	}
	return list;
}

static int
add_purpose(json_t *list, struct cr_report *report, size_t i)
{
	struct cr_purpose_report *of = &report->purposes[i];
	json_t *purpose = json_object();
	int rc = 0;

	rc |= set(purpose, "name", cr_json_text(of->name));
	rc |= set(purpose, "visible", number(of->visible));
	rc |= set(purpose, "hidden", number(of->hidden));
	rc |= set(purpose, "ownOnly", json_boolean(of->own_only));
	rc |= set(purpose, "reasons", reasons_of(of));
	if (report->lists_hidden)
		rc |= set(purpose, "hiddenDns",
			list_of(cr_sample_list(&of->hidden_dns)));
	rc |= json_array_append_new(list, purpose);
	return rc;
}

static int
add_party(json_t *list, const struct cr_report *report,
	const struct cr_party_report *of)
{
	json_t *party = json_object();
	int rc = 0;

	rc |= set(party, "dn", cr_json_text(cr_slice_of(of->dn)));
	rc |= set(party, "kind", json_string(of->is_service ? "service" :
		"handler"));
	rc |= set(party, "purpose", of->purpose == NULL ? json_null() :
		cr_json_text(of->purpose->name));
	rc |= set(party, "visible", number(of->purpose == NULL ? 0 :
		report->purposes[of->purpose->index].visible));
	if (of->why != NULL)
		rc |= set(party, "why", json_string(of->why));
	rc |= json_array_append_new(list, party);
	return rc;
}

static int
add_class(json_t *list, const struct cr_report *report,
	const struct cr_class_report *of)
{
	json_t *class = json_object();
	json_t *purposes = json_array();
	int rc = 0;

	for (size_t i = 0; i < report->purpose_count; i++) {
		if ((of->released_by & UINT64_C(1) << i) != 0)
			rc |= json_array_append_new(purposes,
				cr_json_text(report->purposes[i].name));
	}
	rc |= set(class, "class", cr_json_text(cr_slice_of(of->name)));
	rc |= set(class, "count", number(of->count));
	rc |= set(class, "releasedTo", purposes);
	rc |= json_array_append_new(list, class);
	return rc;
}

static int
add_finding(json_t *list, struct cr_finding *of)
{
	const struct cr_finding_text *texts = &cr_finding_texts[of->kind];
	json_t *finding = json_object();
	int rc = 0;

	rc |= set(finding, "id", json_string(texts->id));
	rc |= set(finding, "level", json_string(
		cr_finding_is_problem(of->kind) ? "problem" : "advice"));
	rc |= set(finding, "title", json_string(texts->title));
	if (*of->detail != '\0')
		rc |= set(finding, "detail",
			cr_json_text(cr_slice_of(of->detail)));
	rc |= set(finding, "advice", json_string(texts->advice));
	rc |= set(finding, "count", number(of->examples.total));
	rc |= set(finding, "examples",
		list_of(cr_sample_list(&of->examples)));
	rc |= json_array_append_new(list, finding);
	return rc;
}

static json_t *
customers_of(const struct cr_check *check)
{
	const struct cr_report *report = &check->report;
	json_t *customers = json_object();
	int rc = 0;

	rc |= set(customers, "bases", list_of(&check->options->customers));
	rc |= set(customers, "count", number(report->customers));
	rc |= set(customers, "children", number(report->children));
	rc |= set(customers, "structure", number(report->structure));
	rc |= set(customers, "denied", number(report->denied));
	if (rc == 0)
		return customers;
	json_decref(customers);
	return NULL;
}

static int
add_lists(json_t *root, struct cr_report *report)
{
	json_t *purposes = json_array();
	json_t *parties = json_array();
	json_t *classes = json_array();
	json_t *findings = json_array();
	int rc = 0;

	for (size_t i = 0; i < report->purpose_count; i++) {
		if (report->purposes[i].shown)
			rc |= add_purpose(purposes, report, i);
	}
	for (size_t i = 0; i < report->party_count; i++)
		rc |= add_party(parties, report, &report->parties[i]);
	for (size_t i = 0; i < report->class_count; i++)
		rc |= add_class(classes, report, &report->classes[i]);
	for (size_t i = 0; i < report->finding_count; i++)
		rc |= add_finding(findings, &report->findings[i]);
	rc |= set(root, "purposes", purposes);
	rc |= set(root, "parties", parties);
	rc |= set(root, "childClasses", classes);
	rc |= set(root, "findings", findings);
	return rc;
}

int
cr_check_print_json(struct cr_check *check)
{
	struct cr_report *report = &check->report;
	json_t *root = json_object();
	char time[CR_INSTANT_ISO_SIZE];
	int rc = 0;

	cr_instant_iso(check->now, time);
	rc |= set(root, "suffix",
		cr_json_text(cr_slice_of(check->options->suffix)));
	rc |= set(root, "time", json_string(time));
	rc |= set(root, "reader", check->reader == NULL ? json_null() :
		cr_json_text(cr_slice_of(check->reader)));
	rc |= set(root, "wouldBreak",
		json_boolean(cr_report_has_problem(report)));
	rc |= set(root, "customers", customers_of(check));
	rc |= add_lists(root, report);
	rc |= set(root, "notLookedAt", list_of(&report->omitted));
	if (rc == 0 && json_dumpf(root, stdout, JSON_INDENT(2)) == 0)
		putchar('\n');
	else
		rc = -1;
	json_decref(root);
	return rc == 0 && !ferror(stdout) ? CR_OK : CR_EINTERNAL;
}
