#include "report.h"

#include <stdlib.h>

bool
cr_finding_is_problem(enum cr_finding_kind kind)
{
	return kind < CR_FIND_PERSONAL_DN;
}

int
cr_report_find(struct cr_report *report, enum cr_finding_kind kind,
	const char *detail, struct cr_slice example)
{
	struct cr_finding *finding = NULL;

	for (size_t i = 0; i < report->finding_count; i++) {
		if (report->findings[i].kind == kind &&
		    strcmp(report->findings[i].detail, detail) == 0)
			finding = &report->findings[i];
	}
	if (finding == NULL) {
		struct cr_finding *findings = realloc(report->findings,
			(report->finding_count + 1) * sizeof(*findings));

		if (findings == NULL)
			return CR_ENOMEM;
		report->findings = findings;
		finding = &findings[report->finding_count];
		*finding = (struct cr_finding){ .kind = kind };
		finding->examples.limit = report->limit;
		finding->detail = cr_text_copy(cr_slice_of(detail));
		if (finding->detail == NULL)
			return CR_ENOMEM;
		report->finding_count++;
	}
	return cr_sample_add(&finding->examples, example);
}

int
cr_report_hidden(struct cr_report *report, unsigned purpose, const char *ban)
{
	struct cr_purpose_report *of = &report->purposes[purpose];
	struct cr_reason *reasons;

	for (size_t i = 0; i < of->reason_count; i++) {
		if (strcasecmp(of->reasons[i].ban, ban) == 0) {
			of->reasons[i].count++;
			return CR_OK;
		}
	}
	reasons = realloc(of->reasons,
		(of->reason_count + 1) * sizeof(*reasons));
	if (reasons == NULL)
		return CR_ENOMEM;
	of->reasons = reasons;
	reasons[of->reason_count].count = 1;
	reasons[of->reason_count].ban = cr_text_copy(cr_slice_of(ban));
	if (reasons[of->reason_count].ban == NULL)
		return CR_ENOMEM;
	of->reason_count++;
	return CR_OK;
}

int
cr_report_class(struct cr_report *report, struct cr_slice name,
	uint64_t released_by)
{
	struct cr_class_report *classes;

	for (size_t i = 0; i < report->class_count; i++) {
		if (cr_slice_same_name(cr_slice_of(report->classes[i].name),
		    name)) {
			report->classes[i].count++;
			return CR_OK;
		}
	}
	classes = realloc(report->classes,
		(report->class_count + 1) * sizeof(*classes));
	if (classes == NULL)
		return CR_ENOMEM;
	report->classes = classes;
	classes[report->class_count] = (struct cr_class_report){
		.name = cr_text_copy(name),
		.count = 1,
		.released_by = released_by
	};
	if (classes[report->class_count].name == NULL)
		return CR_ENOMEM;
	report->class_count++;
	return CR_OK;
}

struct cr_party_report *
cr_report_party(struct cr_report *report, struct cr_slice dn)
{
	struct cr_party_report *party;

	if (report->party_count == report->party_room) {
		size_t room = report->party_room == 0 ? 16 :
		    report->party_room * 2;
		struct cr_party_report *parties = realloc(report->parties,
			room * sizeof(*parties));

		if (parties == NULL)
			return NULL;
		report->parties = parties;
		report->party_room = room;
	}
	party = &report->parties[report->party_count];
	*party = (struct cr_party_report){ .dn = cr_text_copy(dn) };
	if (party->dn == NULL)
		return NULL;
	report->party_count++;
	return party;
}

static int
compare_texts(const char *a, const char *b)
{
	int order = strcasecmp(a, b);

	return order != 0 ? order : strcmp(a, b);
}

static int
compare_findings(const void *a, const void *b)
{
	const struct cr_finding *x = a;
	const struct cr_finding *y = b;

	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) :
	    compare_texts(x->detail, y->detail);
}

static int
compare_parties(const void *a, const void *b)
{
	const struct cr_party_report *x = a;
	const struct cr_party_report *y = b;

	return x->is_service != y->is_service ? (x->is_service ? 1 : -1) :
	    compare_texts(x->dn, y->dn);
}

static int
compare_classes(const void *a, const void *b)
{
	const struct cr_class_report *x = a;
	const struct cr_class_report *y = b;

	return compare_texts(x->name, y->name);
}

static int
compare_reasons(const void *a, const void *b)
{
	const struct cr_reason *x = a;
	const struct cr_reason *y = b;

	return compare_texts(x->ban, y->ban);
}

static void
sort(void *items, size_t count, size_t size,
	int (*order)(const void *, const void *))
{
	if (count > 1)
		qsort(items, count, size, order);
}

/* Purposes stay as the policy has them, which is as they were written. */
void
cr_report_sort(struct cr_report *report)
{
	sort(report->findings, report->finding_count,
		sizeof(*report->findings), compare_findings);
	sort(report->parties, report->party_count, sizeof(*report->parties),
		compare_parties);
	sort(report->classes, report->class_count, sizeof(*report->classes),
		compare_classes);
	for (size_t i = 0; i < report->purpose_count; i++)
		sort(report->purposes[i].reasons,
			report->purposes[i].reason_count,
			sizeof(*report->purposes[i].reasons),
			compare_reasons);
}

bool
cr_report_has_problem(const struct cr_report *report)
{
	for (size_t i = 0; i < report->finding_count; i++) {
		if (cr_finding_is_problem(report->findings[i].kind))
			return true;
	}
	return false;
}

void
cr_report_clear(struct cr_report *report)
{
	for (size_t i = 0; i < report->purpose_count; i++) {
		struct cr_purpose_report *of = &report->purposes[i];

		for (size_t j = 0; j < of->reason_count; j++)
			free(of->reasons[j].ban);
		free(of->reasons);
		cr_sample_clear(&of->hidden_dns);
	}
	for (size_t i = 0; i < report->party_count; i++)
		free(report->parties[i].dn);
	for (size_t i = 0; i < report->class_count; i++)
		free(report->classes[i].name);
	for (size_t i = 0; i < report->finding_count; i++) {
		free(report->findings[i].detail);
		cr_sample_clear(&report->findings[i].examples);
	}
	free(report->parties);
	free(report->classes);
	free(report->findings);
	cr_strings_clear(&report->omitted);
	*report = (struct cr_report){ 0 };
}
