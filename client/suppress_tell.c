/* The list for a clerk: first what waits for them. */
#include "suppress.h"

#include <string.h>

#include "command.h"
#include "erase.h"
#include "instant.h"
#include "json.h"

void
cr_suppress_put_day(FILE *out, int64_t time)
{
	char text[CR_INSTANT_ISO_SIZE];

	if (time == INT64_MIN) {
		fputs("-         ", out);
		return;
	}
	cr_instant_iso(time, text);
	fprintf(out, "%.10s", text);
}

void
cr_suppress_put_kinds(FILE *out, unsigned kinds)
{
	const char *separator = "";

	for (int i = CR_FACTOR_NONE + 1; i < CR_FACTOR_KINDS; i++) {
		if ((kinds & 1u << i) == 0)
			continue;
		fprintf(out, "%s%s", separator,
		    cr_factor_text((enum cr_factor_kind)i));
		separator = ", ";
	}
}

static const char *
put_list(FILE *out, const char *what, const struct cr_lasting_list *list,
    const char *separator)
{
	for (size_t i = 0; i < list->count; i++) {
		fprintf(out, "%s%s %s", separator, what,
		    list->items[i].keyword);
		if (list->items[i].until != INT64_MAX) {
			fputs(" until ", out);
			cr_suppress_put_day(out, list->items[i].until);
		}
		separator = ", ";
	}
	return separator;
}

void
cr_suppress_put_bans(FILE *out, const struct cr_lasting_bans *bans)
{
	const char *separator = put_list(out, "marketing", &bans->marketing,
	    "");

	separator = put_list(out, "listing", &bans->listing, separator);
	if (bans->disclosure)
		fprintf(out, "%sdisclosure", separator);
	else if (*separator == '\0')
		fputs("none", out);
}

/* ---- the list ------------------------------------------------------------ */

struct list {
	bool json, all;
	size_t cases, suppressions;
	json_t *case_list, *suppression_list;
};

static int
add_json(json_t *list, json_t *item)
{
	return json_array_append_new(list, item) == 0 ? LDAP_SUCCESS :
	    LDAP_NO_MEMORY;
}

static int
take_case(void *arg, const struct cr_case *c)
{
	struct list *list = arg;
	char id[CR_CASE_ID_SIZE], customer[CR_UUID_TEXT_SIZE];

	if (!list->all && c->state != CR_CASE_OPEN)
		return LDAP_SUCCESS;
	if (list->json)
		return add_json(list->case_list, cr_suppress_case_json(c));
	cr_case_id(c, id);
	cr_uuid_format(c->customer, customer);
	if (list->cases++ == 0)
		puts("Cases: a customer has something in common with "
		    "somebody who was erased.\n");
	printf("%s  ", id);
	cr_suppress_put_day(stdout, c->time);
	fputs("  the same ", stdout);
	cr_suppress_put_kinds(stdout, c->kinds);
	if (c->state != CR_CASE_OPEN)
		printf("; decided: %s person", cr_case_state_text(c->state));
	printf("\n  customer     %s\n  suppression  %s\n", customer,
	    c->suppression);
	return LDAP_SUCCESS;
}

static int
take_suppression(void *arg, const struct cr_suppressed *s)
{
	struct list *list = arg;

	if (list->json)
		return add_json(list->suppression_list, cr_suppress_json(s));
	if (list->suppressions++ == 0)
		puts("Suppressions: who was erased and does not come back "
		    "by themselves.\n");
	printf("%s  ", s->id);
	cr_suppress_put_day(stdout, s->time);
	printf("  %s\n  known by  ", s->lifted ? CR_SUPPRESSED_LIFTED :
	    CR_SUPPRESSED_ACTIVE);
	cr_suppress_put_kinds(stdout, s->kinds);
	fputs("\n  bans      ", stdout);
	cr_suppress_put_bans(stdout, &s->bans);
	putchar('\n');
	return LDAP_SUCCESS;
}

static void
put_advice(const struct list *list)
{
	if (list->cases > 0)
		puts("\nLook at the customer, then say who it is:\n"
		    "  custreg suppress close CASE --other --request REF\n"
		    "  custreg suppress close CASE --same --request REF\n");
	else
		puts("No case waits for the registrar.\n");
}

/*
 * Nothing is there, or nothing for this reader: the server is asked whether
 * they might erase a number that nobody has.
 */
static int
may_look(const struct cr_suppress_place *place)
{
	const struct cr_erase_request request = { .by = CR_ERASE_BY_UUID,
		.flags = CR_ERASE_DRY_RUN };
	struct cr_erase_answer answer;
	int rc = cr_erase_ask(place->ld, &request, place->controls, &answer);

	if (rc == LDAP_SUCCESS)
		rc = answer.code;
	cr_erase_answer_clear(&answer);
	if (rc == LDAP_NO_SUCH_OBJECT)
		return LDAP_SUCCESS;
	if (rc == LDAP_INSUFFICIENT_ACCESS)
		cr_complain("there is nothing for you to see: suppressions "
		    "are for the registrar and the data protection officer");
	else
		cr_complain("%s", ldap_err2string(rc));
	return rc;
}

static int
put_all(const struct list *list)
{
	json_t *root;
	int rc;

	if (!list->json) {
		if (list->suppressions == 0)
			puts("Nobody is suppressed.");
		return CR_EXIT_DONE;
	}
	root = json_pack("{sO sO}", "cases", list->case_list, "suppressions",
	    list->suppression_list);
	rc = cr_json_put(stdout, root);
	json_decref(root);
	if (rc == CR_OK)
		return CR_EXIT_DONE;
	cr_complain("out of memory, or the output cannot be written");
	return CR_EXIT_UNAVAILABLE;
}

static int
read_all(const struct cr_suppress_place *place, struct list *list)
{
	int rc = cr_suppress_look(place);

	if (rc != LDAP_SUCCESS)
		return rc;
	rc = cr_suppress_cases(place, NULL, take_case, list);
	/* the unit of cases comes with the first */
	if (rc != LDAP_SUCCESS && rc != LDAP_NO_SUCH_OBJECT)
		return rc;
	if (!list->json)
		put_advice(list);
	return cr_suppress_each(place, NULL, take_suppression, list);
}

int
cr_suppress_list(const struct cr_suppress_options *options,
    const struct cr_suppress_place *place)
{
	struct list list = { .json = options->json, .all = options->all,
		.case_list = json_array(),
		.suppression_list = json_array() };
	int code, rc = read_all(place, &list);

	if (rc == LDAP_NO_SUCH_OBJECT)
		rc = may_look(place);
	else if (rc != LDAP_SUCCESS)
		cr_complain("%s", ldap_err2string(rc));
	code = rc == LDAP_SUCCESS ? put_all(&list) : (int)cr_exit_of_ldap(rc);
	json_decref(list.case_list);
	json_decref(list.suppression_list);
	return code;
}
