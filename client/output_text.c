/* The report for people. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"
#include "instant.h"

enum { WIDTH = 78, REASONS_COLUMN = 44, REASONS_WIDTH = 60 };

/* What comes from a directory must not drive a terminal. */
static void
put_safe(const char *text)
{
	bool utf8 = cr_text_is_utf8(cr_slice_of(text));

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8))
			printf("\\%02X", c);
		else
			putchar(c);
	}
}

/* Words in lines of WIDTH columns after `indent` blanks. */
static void
put_wrapped(const char *text, int indent)
{
	int column = 0;

	while (*text != '\0') {
		int len = (int)strcspn(text, " ");

		if (column > 0 && column + 1 + len > WIDTH - indent) {
			putchar('\n');
			column = 0;
		}
		if (column == 0)
			printf("%*s", indent, "");
		else
			putchar(' ');
		printf("%.*s", len, text);
		column += len + (column > 0 ? 1 : 0);
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
put_list(struct cr_sample *sample, int indent)
{
	const struct cr_strings *list = cr_sample_list(sample);

	for (size_t i = 0; i < list->count; i++) {
		printf("%*s", indent, "");
		put_safe(list->items[i]);
		putchar('\n');
	}
	if (sample->distinct > list->count)
		printf("%*s... and %" PRIu64 " more\n", indent, "",
			sample->distinct - list->count);
}

static void
put_head(const struct cr_check *check)
{
	char time[CR_INSTANT_ISO_SIZE];

	cr_instant_iso(check->now, time);
	printf("Check of ");
	put_safe(check->options->suffix);
	printf(" at %s", time);
	if (check->reader != NULL) {
		printf(", read as ");
		put_safe(*check->reader == '\0' ? "anonymous" :
			check->reader);
	}
	printf("\n\nCustomers: %" PRIu64 ", entries below them: %" PRIu64
	    ", structure: %" PRIu64 ", others: %" PRIu64 "\n",
		check->report.customers, check->report.children,
		check->report.structure, check->report.denied);
}

/* After the columns of put_purposes(), in lines that begin below. */
static void
put_reasons(const struct cr_purpose_report *of)
{
	size_t column = 0;

	for (size_t i = 0; i < of->reason_count; i++) {
		size_t len = strlen(of->reasons[i].ban) + 8;

		if (i > 0)
			putchar(',');
		if (column > 0 && column + len > REASONS_WIDTH) {
			printf("\n%*s", REASONS_COLUMN - 2, "");
			column = 0;
		}
		printf("%s", column > 0 ? " " : "  ");
		put_safe(of->reasons[i].ban);
		printf(" %" PRIu64, of->reasons[i].count);
		column += len;
	}
	if (of->own_only)
		printf("  each sees only themself");
	putchar('\n');
}

static void
put_purposes(struct cr_check *check)
{
	struct cr_report *report = &check->report;

	printf("\nWho would be hidden from whom (a customer may be hidden "
	    "for several reasons)\n");
	printf("  %-20s %9s %9s  %s\n", "purpose", "sees", "hidden", "why");
	for (size_t i = 0; i < report->purpose_count; i++) {
		struct cr_purpose_report *of = &report->purposes[i];

		if (!of->shown)
			continue;
		printf("  %-20.*s %9" PRIu64 " %9" PRIu64,
			(int)of->name.len, of->name.ptr, of->visible,
			of->hidden);
		put_reasons(of);
		if (report->lists_hidden)
			put_list(&of->hidden_dns, 6);
	}
}

static void
put_parties(const struct cr_check *check)
{
	const struct cr_report *report = &check->report;

	if (report->party_count == 0)
		return;
	printf("\nHandlers and services, by their default purpose\n");
	for (size_t i = 0; i < report->party_count; i++) {
		const struct cr_party_report *party = &report->parties[i];

		printf("  ");
		put_safe(party->dn);
		printf("\n      %s: ", party->is_service ? "service" :
			"handler");
		if (party->purpose == NULL)
			printf("sees nothing, %s\n", party->why);
		else if (party->purpose->is_subject_access)
			printf("sees only themself\n");
		else
			printf("%.*s, sees %" PRIu64 " of %" PRIu64 "\n",
				(int)party->purpose->name.len,
				party->purpose->name.ptr,
				report->purposes[party->purpose->index].
				visible, report->customers);
	}
}

static void
put_classes(const struct cr_check *check)
{
	const struct cr_report *report = &check->report;

	if (report->class_count == 0)
		return;
	printf("\nEntries below customers, and the purposes that see them\n");
	for (size_t i = 0; i < report->class_count; i++) {
		const struct cr_class_report *class = &report->classes[i];
		uint64_t all = check->all_children | check->unrestricted;
		bool first = true;

		printf("  %-20s %9" PRIu64 "  ", class->name, class->count);
		for (size_t j = 0; j < report->purpose_count; j++) {
			if ((class->released_by & ~all & UINT64_C(1) << j) ==
			    0)
				continue;
			printf("%s%.*s", first ? "" : ", ",
				(int)report->purposes[j].name.len,
				report->purposes[j].name.ptr);
			first = false;
		}
		printf("%sthose that release every class\n",
			first ? "only " : ", and ");
	}
}

static void
put_findings(struct cr_report *report, bool problems)
{
	unsigned number = 0;

	for (size_t i = 0; i < report->finding_count; i++) {
		struct cr_finding *finding = &report->findings[i];
		const struct cr_finding_text *text =
		    &cr_finding_texts[finding->kind];
		bool continues = i > 0 &&
		    finding[-1].kind == finding->kind;

		if (cr_finding_is_problem(finding->kind) != problems)
			continue;
		if (number == 0)
			printf("\n%s\n", problems ?
				"PROBLEMS: what would break, or undo the "
				"guard" : "ADVICE");
		if (!continues) {
			printf("\n%u. %s\n", ++number, text->title);
			put_wrapped(text->advice, 3);
		}
		printf("   -> %" PRIu64, finding->examples.total);
		if (*finding->detail != '\0') {
			printf(": ");
			put_safe(finding->detail);
		}
		putchar('\n');
		put_list(&finding->examples, 6);
	}
}

static unsigned
count_kinds(const struct cr_report *report, bool problems)
{
	unsigned count = 0;

	for (size_t i = 0; i < report->finding_count; i++) {
		enum cr_finding_kind kind = report->findings[i].kind;

		if (cr_finding_is_problem(kind) == problems &&
		    (i == 0 || report->findings[i - 1].kind != kind))
			count++;
	}
	return count;
}

static void
put_verdict(const struct cr_report *report)
{
	unsigned problems = count_kinds(report, true);
	unsigned advice = count_kinds(report, false);

	if (problems == 0)
		printf("\nNothing that would break");
	else
		printf("\n%u kind%s of problem", problems,
			problems == 1 ? "" : "s");
	printf(", %u of advice.\n", advice);
}

int
cr_check_print_text(struct cr_check *check)
{
	struct cr_report *report = &check->report;

	put_head(check);
	put_purposes(check);
	put_parties(check);
	put_classes(check);
	put_findings(report, true);
	put_findings(report, false);
	if (report->omitted.count > 0)
		printf("\nNOT LOOKED AT\n");
	for (size_t i = 0; i < report->omitted.count; i++) {
		printf("   ");
		put_safe(report->omitted.items[i]);
		putchar('\n');
	}
	put_verdict(report);
	return ferror(stdout) ? CR_EINTERNAL : CR_OK;
}
