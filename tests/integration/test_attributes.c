/*
 * What a purpose does not release can be neither read nor searched, compared,
 * sorted by or asserted on; options and supertypes follow their attribute.
 */
#include "harness.h"

#include <ldap.h>
#include <string.h>

/* A customer with values of many sorts, beside the ten. */
#define RICH "uid=c10900," CUSTOMERS
#define PLAIN "uid=c10901," CUSTOMERS
static const char more[] = "dn: " RICH "\n"
			   "objectClass: inetOrgPerson\n"
			   "objectClass: crCustomer\n"
			   "uid: c10900\n"
			   "cn: Rikas Asiakas\n"
			   "cn;lang-fi: Rikas Suomeksi\n"
			   "sn: Asiakas\n"
			   "description: muistio\n"
			   "description;lang-fi: muistio suomeksi\n"
			   "employeeNumber: 4711\n"
			   "mail: rikas@posti.example\n"
			   "homePhone: +358 9 1\n"
			   "userPassword: kokeilu\n"
			   "userPassword;lang-fi: kokeilu2\n"
			   "crCustomerSince: 20190401060000Z\n"
			   "crPaperFile: arkisto, hylly 1\n"
			   "crHold: claim open laki\n"
			   "\n"
			   "dn: " PLAIN "\n"
			   "objectClass: inetOrgPerson\n"
			   "objectClass: crCustomer\n"
			   "uid: c10901\n"
			   "cn: Rikas Asiakas\n"
			   "cn;lang-fi: Rikas Suomeksi\n"
			   "sn: Asiakas\n"
			   "mail: rikas@posti.example\n"
			   "\n";

static const struct cr_setup plain = { .customers = 10,
	.modules = "sssvlv",
	.above = "overlay sssvlv",
	.ldif = more };
static struct cr_server *server;

static void
start(void)
{
	server = cr_server_start(&plain);
}

static void
stop(void)
{
	cr_server_stop(server);
}

#define N                                                           \
	"cn sn givenName displayName o title uid crCustomerNumber " \
	"cn;lang-fi "
#define A "postalAddress street postalCode l c "
#define P "telephoneNumber mobile "
#define B                                              \
	"crMarketingBan crListingBan crDisclosureBan " \
	"crProcessingRestricted crBanUntil "

/* Contract section 1, the column of what is released. */
static const struct row {
	const char *who;
	const char *purpose;
	const char *recipient;
	const char *released;
} rows[] = {
	{ "aino", "customerCare", NULL,
	    N "mail " P A B "crBanRecord crSource objectClass" },
	{ "aino", "assignment", NULL, N "mail " P A "objectClass" },
	{ "aino", "billing", NULL, N "mail " A "objectClass" },
	{ "mikko", "directMarketing", NULL, N "mail " P A "objectClass" },
	{ "mikko", "marketResearch", NULL, N "mail " P "objectClass" },
	{ "labels", "listingPrinted", NULL, N A "objectClass" },
	{ "phonebook", "listingElectronic", NULL, N "mail " P A "objectClass" },
};

static bool
word_in(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n == len && strncasecmp(p, word, len) == 0)
			return true;
		p += n;
		p += strspn(p, " ");
	}
	return false;
}

static struct cr_request
with_purpose(struct cr_request request, const char *purpose)
{
	size_t i = 0;

	while (request.controls[i].kind != CTL_NONE)
		i++;
	request.controls[i] =
	    (struct cr_control){ CTL_PURPOSE, purpose, NULL, 0, NULL, false };
	return request;
}

START_TEST(releases_what_the_table_says)
	{
		const struct row *row = &rows[_i];
		struct cr_request request =
		    with_purpose((struct cr_request){ .dn = CUSTOMERS,
				     .scope = ONE,
				     .filter = "(objectClass=crCustomer)",
				     .attrs = "* + userPassword" },
			row->purpose);
		struct cr_answer *answer =
		    cr_ask_as(server, row->who, &request);

		expect_code(answer, 0);
		ck_assert_uint_ge(answer->entry_count, 6);
		for (const struct cr_entry *e = answer->entries; e != NULL;
		     e = e->next) {
			ck_assert_ptr_nonnull(cr_entry_attr(e, "objectClass"));
			for (const struct cr_attr *a = e->attrs; a != NULL;
			     a = a->next)
				ck_assert_msg(word_in(row->released, a->name),
				    "%s releases %s of %s", row->purpose,
				    a->name, e->dn);
		}
	}
END_TEST

/* One of each sort that no marketing purpose releases. */
static const struct {
	const char *name;
	const char *value;
} stripped[] = {
	{ "description", "muistio" },
	{ "description;lang-fi", "muistio suomeksi" },
	{ "employeeNumber", "4711" },
	{ "homePhone", "+358 9 1" },
	{ "crCustomerSince", "20190401060000Z" },
	{ "crPaperFile", "arkisto, hylly 1" },
	{ "crHold", "claim open laki" },
	{ "userPassword", "kokeilu" },
	{ "userPassword;lang-fi", "kokeilu2" },
	{ "entryUUID", "760307aa-ec4d-4ff8-8ff2-7f7c2ebac844" },
	{ "creatorsName", ROOT },
	{ "createTimestamp", "20260101000000Z" },
	{ "entryCSN", "20260101000000.000000Z#000000#000#000000" },
	{ "2.5.4.13", "muistio" },
};
#define STRIPPED COUNT(stripped)

START_TEST(stripped_is_not_read)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer = cr_look(conn, RICH, BASE, NULL,
		    cr_keep_text("uid %s", stripped[_i].name));

		ck_assert_uint_eq(answer->entry_count, 1);
		ck_assert_ptr_nonnull(cr_entry_attr(answer->entries, "uid"));
		ck_assert_msg(answer->entries->attrs->next == NULL, "%s",
		    answer->all.bytes);
	}
END_TEST

/*
 * Each filter finds both customers or neither: the one with the values and
 * the one that differs only by not having them.
 */
START_TEST(stripped_is_not_searched)
	{
		static const char *const forms[] = { "(%s=%s)", "(!(%s=%s))",
			"(%s>=%s)", "(%s<=%s)", "(%s~=%s)",
			"(|(uid=c10901)(%s=%s))", "(!(&(uid=c1090*)(%s=%s)))" };
		const char *name = stripped[_i].name;
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_text filter = { 0 };

		for (size_t i = 0; i < COUNT(forms); i++) {
			struct cr_answer *answer;

			filter.len = 0;
			/* the forms are ours */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			cr_text_add(&filter, forms[i], name,
			    stripped[_i].value);
#pragma GCC diagnostic pop
			answer =
			    cr_look(conn, CUSTOMERS, ONE, filter.bytes, "uid");
			ck_assert_msg(cr_answer_entry(answer, RICH) == NULL,
			    "%s\n%s", filter.bytes, answer->all.bytes);
		}
		for (size_t i = 0; i < 2; i++) {
			const char *form = i == 0 ? "(%s=*)" : "(!(%s=*))";
			struct cr_answer *answer;

			filter.len = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			cr_text_add(&filter, form, name);
#pragma GCC diagnostic pop
			answer =
			    cr_look(conn, CUSTOMERS, ONE, filter.bytes, "uid");
			ck_assert_msg(answer->entry_count == 0, "%s\n%s",
			    filter.bytes, answer->all.bytes);
		}
	}
END_TEST

START_TEST(stripped_is_not_searched_by_rule)
	{
		static const char *const filters[] = {
			"(:caseIgnoreMatch:=muistio)",
			"(:caseExactMatch:=muistio)",
			"(:dn:caseIgnoreMatch:=muistio)",
			"(description:caseIgnoreMatch:=muistio)",
			"(description=m*)", "(homePhone=*358*)",
			"(employeeNumber=*11)",
			"(:caseIgnoreSubstringsMatch:=*uistio)",
			"(:octetStringMatch:=kokeilu)",
			"(:distinguishedNameMatch:=" ROOT ")",
			"(:UUIDMatch:=760307aa-ec4d-4ff8-8ff2-7f7c2ebac844)"
		};
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer =
		    cr_look(conn, CUSTOMERS, ONE, filters[_i], "uid");

		ck_assert_msg(answer->entry_count == 0, "%s\n%s", filters[_i],
		    answer->all.bytes);
		answer = cr_look(conn, CUSTOMERS, ONE,
		    cr_keep_text("(!%s)", filters[_i]), "uid");
		ck_assert_msg((cr_answer_entry(answer, RICH) != NULL) ==
			(cr_answer_entry(answer, PLAIN) != NULL),
		    "not %s\n%s", filters[_i], answer->all.bytes);
	}
END_TEST

START_TEST(stripped_is_not_compared)
	{
		const struct cr_request request = { .kind = CR_COMPARE,
			.dn = RICH,
			.attr = stripped[_i].name,
			.value = stripped[_i].value };
		struct cr_answer *answer = cr_ask_as(server, "mikko", &request);

		ck_assert_msg(answer->code != 5 && answer->code != 6, "%s\n%s",
		    stripped[_i].name, answer->all.bytes);
	}
END_TEST

START_TEST(stripped_is_not_asserted)
	{
		struct cr_request request = { .dn = RICH };
		struct cr_answer *has, *lacks;

		request.controls[0] = (struct cr_control){ CTL_ASSERT,
			cr_keep_text("(%s=%s)", stripped[_i].name,
			    stripped[_i].value),
			NULL, 0, NULL, false };
		has = cr_ask_as(server, "mikko", &request);
		request.dn = PLAIN;
		lacks = cr_ask_as(server, "mikko", &request);
		ck_assert_int_eq(has->code, lacks->code);
		ck_assert_uint_eq(has->entry_count, 0);
	}
END_TEST

START_TEST(stripped_is_no_matched_value)
	{
		struct cr_request request = { .dn = RICH };

		request.controls[0] = (struct cr_control){ CTL_VALUES,
			cr_keep_text("(%s=*)", stripped[_i].name), NULL, 0,
			NULL, false };
		ck_assert_msg(cr_ask_as(server, "mikko", &request)->all.bytes !=
			NULL,
		    "no answer");
		ck_assert_ptr_null(
		    strstr(cr_ask_as(server, "mikko", &request)->all.bytes,
			stripped[_i].value));
	}
END_TEST

/* A subtype and a supertype are released with their attribute. */
START_TEST(options_and_supertypes_follow)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_answer *answer =
		    cr_look(conn, RICH, BASE, NULL, "cn");

		ck_assert_str_eq(cr_entry_value(answer->entries, "cn;lang-fi"),
		    "Rikas Suomeksi");
		answer = cr_look(conn, RICH, BASE, NULL, "cn;lang-fi");
		ck_assert_str_eq(cr_entry_value(answer->entries, "cn;lang-fi"),
		    "Rikas Suomeksi");
		answer = cr_look(conn, RICH, BASE, NULL, "name");
		ck_assert_str_eq(cr_entry_value(answer->entries, "sn"),
		    "Asiakas");
		expect_uids(cr_look(conn, CUSTOMERS, ONE,
				"(name=Rikas Asiakas)", "uid"),
		    "c10900 c10901");
		expect_uids(cr_look(conn, CUSTOMERS, ONE, "(cn;lang-fi=Rikas*)",
				"uid"),
		    "c10900 c10901");
	}
END_TEST

START_TEST(supertype_does_not_reach_the_stripped)
	{
		struct cr_conn *conn = cr_conn_open(server, "registrar");

		/* statistics releases postalCode, l and c alone */
		ck_assert_int_eq(cr_change(conn, "uid=olli," HANDLERS,
				     "=crAllowedPurpose: statistics",
				     "=crDefaultPurpose: statistics",
				     "=crAgreementSigned: 20240101000000Z",
				     "=crAgreementVersion: 2024-1", NULL),
		    0);
		conn = cr_conn_open(server, "olli");
		expect_code(cr_look(conn, RICH, BASE, NULL, NULL), 0);
		ck_assert_uint_eq(cr_look(conn, CUSTOMERS, SUB,
				      "(name=Rikas Asiakas)", "uid")
				      ->entry_count,
		    0);
		/* slapd asks about "name" once and looks at cn, too */
		ck_assert_uint_eq(cr_look(conn, CUSTOMERS, SUB,
				      "(name:caseIgnoreMatch:=Rikas Asiakas)",
				      "uid")
				      ->entry_count,
		    0);
		ck_assert_uint_eq(cr_look(conn, CUSTOMERS, SUB, "(cn=Rikas*)",
				      "uid")
				      ->entry_count,
		    0);
		ck_assert_uint_eq(cr_look(conn, CUSTOMERS, SUB,
				      "(postalCode=33100)", "l")
				      ->entry_count,
		    1);
	}
END_TEST

START_TEST(password_leaves_for_nobody)
	{
		static const char *const who[] = { "root", "registrar", "dpo",
			"aino", "c10001", "mikko", "crm" };
		struct cr_conn *conn = cr_conn_open(server, who[_i]);
		struct cr_answer *answer = cr_look(conn, CUSTOMERS, SUB,
		    "(objectClass=*)", "* + userPassword");

		ck_assert_ptr_null(strstr(answer->all.bytes, "userPassword"));
		ck_assert_uint_eq(cr_look(conn, CUSTOMERS, SUB,
				      "(userPassword=*)", "uid")
				      ->entry_count,
		    0);
	}
END_TEST

/* entryUUID and the like leave for those who may read "*". */
START_TEST(operational_attributes_leave_with_star)
	{
		static const struct {
			const char *who;
			bool common;
			bool all;
		} readers[] = { { "root", true, true },
			{ "registrar", true, true }, { "dpo", true, false },
			{ "c10001", true, false }, { "aino", false, false },
			{ "mikko", false, false } };
		struct cr_conn *conn = cr_conn_open(server, readers[_i].who);
		struct cr_answer *answer =
		    cr_look(conn, C(10001), BASE, NULL, "+");
		static const char *const common[] = { "entryUUID", "entryDN",
			"hasSubordinates", "createTimestamp",
			"modifyTimestamp" };
		static const char *const rest[] = { "creatorsName",
			"modifiersName" };

		ck_assert_uint_eq(answer->entry_count, 1);
		for (size_t i = 0; i < COUNT(common); i++)
			ck_assert_msg((cr_entry_attr(answer->entries,
					   common[i]) != NULL) ==
				readers[_i].common,
			    "%s for %s", common[i], readers[_i].who);
		for (size_t i = 0; i < COUNT(rest); i++)
			ck_assert_msg((cr_entry_attr(answer->entries,
					   rest[i]) != NULL) == readers[_i].all,
			    "%s for %s", rest[i], readers[_i].who);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "attributes", start, stop);

	tcase_add_loop_test(tc, releases_what_the_table_says, 0, COUNT(rows));
	tcase_add_loop_test(tc, stripped_is_not_read, 0, STRIPPED);
	tcase_add_loop_test(tc, stripped_is_not_searched, 0, STRIPPED);
	tcase_add_loop_test(tc, stripped_is_not_searched_by_rule, 0, 11);
	tcase_add_loop_test(tc, stripped_is_not_compared, 0, STRIPPED);
	tcase_add_loop_test(tc, stripped_is_not_asserted, 0, STRIPPED);
	tcase_add_loop_test(tc, stripped_is_no_matched_value, 0, STRIPPED);
	tcase_add_test(tc, options_and_supertypes_follow);
	tcase_add_test(tc, supertype_does_not_reach_the_stripped);
	tcase_add_loop_test(tc, password_leaves_for_nobody, 0, 7);
	tcase_add_loop_test(tc, operational_attributes_leave_with_star, 0, 6);
}

int
main(void)
{
	return cr_suite_run("attributes", fill);
}
