#include "unit/suite.h"

#include "core/kept.h"
#include "core/retention.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *class;
	const char *attribute;
	const char *group;
	bool stays;
	bool needed;
} rows[] = {
	{ "crCustomer", "cn", "name", true, true },
	{ "crcustomer", "CN", "name", true, true },
	{ "crCustomer", "sn", "name", true, true },
	{ "crCustomer", "givenName", "name", true, true },
	{ "crCustomer", "displayName", "name", true, true },
	{ "crCustomer", "o", "name", true, true },
	{ "crCustomer", "title", "name", true, true },
	{ "crCustomer", "uid", "name", true, true },
	{ "crCustomer", "crCustomerNumber", "name", true, true },
	{ "crCustomer", "postalAddress", "address", true, true },
	{ "crCustomer", "street", "address", true, true },
	{ "crCustomer", "postalCode", "address", true, true },
	{ "crCustomer", "l", "address", true, true },
	{ "crCustomer", "c", "address", true, true },
	{ "crCustomer", "crMarketingBan", "bans", true, false },
	{ "crCustomer", "crListingBan", "bans", true, false },
	{ "crCustomer", "crDisclosureBan", "bans", true, false },
	{ "crCustomer", "crProcessingRestricted", "bans", true, false },
	{ "crCustomer", "crBanUntil", "bans", true, false },
	{ "crCustomer", "crBanRecord", "bans", true, false },
	{ "crCustomer", "crPaperFile", "paperFile", true, false },
	{ "crCustomer", "crHold", "holds", true, false },
	{ "crCustomer", "objectClass", "register", true, false },
	{ "crCustomer", "crErasurePending", "register", true, false },
	{ "crCustomer", "crRelationshipEnded", "register", true, false },
	{ "crCustomer", "mail", "mail", false, false },
	{ "crCustomer", "telephoneNumber", "phone", false, false },
	{ "crCustomer", "mobile", "phone", false, false },
	{ "crCustomer", "homePhone", "phone", false, false },
	{ "crCustomer", "pager", "phone", false, false },
	{ "crCustomer", "facsimileTelephoneNumber", "phone", false, false },
	{ "crCustomer", "userPassword", "password", false, false },
	{ "crCustomer", "crSource", "sources", false, false },
	{ "crCustomer", "crCustomerSince", "other", false, false },
	{ "crCustomer", "description", "other", false, false },
	{ "crCustomer", "jpegPhoto", "other", false, false },
	{ "crCustomer", "", "other", false, false },
	{ "crCustomer", "cnx", "other", false, false },
	{ "crInvoice", "crAmount", "entry", true, true },
	{ "crInvoice", "description", "entry", true, true },
	{ "crInvoice", "mail", "entry", true, true },
	{ "crInvoice", "crSource", "sources", false, false },
	{ "crInvoice", "crHold", "holds", true, false },
	{ "crInvoice", "objectClass", "register", true, false },
	{ "person", "cn", "entry", true, true },
	{ "", "cn", "entry", true, true }
};

START_TEST(an_attribute_has_a_group)
{
	enum cr_group group = cr_kept_group(cr_slice_of(rows[_i].class),
	    cr_slice_of(rows[_i].attribute));

	ck_assert_str_eq(cr_kept_group_text(group), rows[_i].group);
	ck_assert_int_eq(cr_kept_stays(group), rows[_i].stays);
	ck_assert_int_eq(cr_kept_is_needed(group), rows[_i].needed);
}
END_TEST

START_TEST(what_is_needed_stays)
{
	for (int i = 0; i < CR_GROUPS; i++) {
		enum cr_group group = (enum cr_group)i;

		ck_assert_uint_gt(strlen(cr_kept_group_text(group)), 0);
		ck_assert(cr_kept_stays(group) || !cr_kept_is_needed(group));
	}
}
END_TEST

static const struct {
	const char *class;
	const char *attribute;
	bool essential;
} essentials[] = {
	{ "crCustomer", "CN", true }, { "crCustomer", "uid", true },
	{ "crCustomer", "title", false }, { "crCustomer", "street", false },
	{ "crInvoice", "crAmount", true }, { "crInvoice", "crDate", true },
	{ "crInvoice", "crPaidDate", false },
	{ "crInvoice", "crDueDate", false },
	{ "crInvoice", "description", false },
	{ "crCollection", "crDate", true },
	{ "crCollection", "description", false },
	{ "crAssignment", "crDate", true },
	{ "crAssignment", "crState", false },
	{ "crRequest", "crReceived", true }, { "crRequest", "crText", false },
	{ "crDisclosure", "crRecipientDN", true },
	{ "person", "description", true }, { "", "", true }
};

START_TEST(an_attribute_is_essential)
{
	ck_assert_int_eq(cr_kept_is_essential(
	    cr_slice_of(essentials[_i].class),
	    cr_slice_of(essentials[_i].attribute)),
	    essentials[_i].essential);
}
END_TEST

START_TEST(a_class_has_a_constant_name)
{
	static const char *const names[] = { "crCustomer", "crInvoice",
		"crCollection", "crAssignment", "crDisclosure", "crRequest" };

	for (int i = 0; i < COUNT(names); i++)
		ck_assert_str_eq(cr_kept_class_text(cr_slice_of(names[i])),
		    names[i]);
	ck_assert_str_eq(cr_kept_class_text(CR_SLICE_LITERAL("CRINVOICE")),
	    "crInvoice");
	ck_assert_str_eq(cr_kept_class_text(CR_SLICE_LITERAL("person")),
	    "other");
	ck_assert_str_eq(cr_kept_class_text((struct cr_slice){ NULL, 0 }),
	    "other");
}
END_TEST

START_TEST(retention_reads_these)
{
	const struct cr_retention retention = cr_retention_shipped(
	    CR_YEAR_END_DEFAULT);

	ck_assert(cr_kept_is_counted(CR_SLICE_LITERAL("crdate")));
	ck_assert(cr_kept_is_counted(CR_SLICE_LITERAL("crState")));
	ck_assert(cr_kept_is_counted(CR_SLICE_LITERAL("crReceived")));
	ck_assert(!cr_kept_is_counted(CR_SLICE_LITERAL("crDueDate")));
	for (size_t i = 0; i < retention.count; i++) {
		const struct cr_retention_rule *rule = &retention.rules[i];
		struct cr_slice name = cr_slice_of(rule->attribute);

		ck_assert(cr_kept_is_counted(name) || cr_kept_group(
		    cr_slice_of(rule->class), name) == CR_GROUP_REGISTER);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kept");
	TCase *tcase = tcase_create("kept");

	tcase_add_loop_test(tcase, an_attribute_has_a_group, 0, COUNT(rows));
	tcase_add_test(tcase, what_is_needed_stays);
	tcase_add_loop_test(tcase, an_attribute_is_essential, 0,
	    COUNT(essentials));
	tcase_add_test(tcase, a_class_has_a_constant_name);
	tcase_add_test(tcase, retention_reads_these);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
