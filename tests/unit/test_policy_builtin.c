/* The purposes that are there whatever the directory holds. */
#include "suite.h"

#include "core/policy.h"

static struct cr_policy *
compile(const char *purpose)
{
	struct cr_policy_builder *builder = NULL;
	struct cr_policy *policy = NULL;
	const struct cr_slice internal = CR_SLICE_LITERAL("internal");
	const struct cr_slice mail = CR_SLICE_LITERAL("mail");
	const struct cr_slice name = cr_slice_of(purpose);
	const struct cr_attr attrs[] = {
		{ CR_SLICE_LITERAL("cn"), &name, 1 },
		{ CR_SLICE_LITERAL("crKind"), &internal, 1 },
		{ CR_SLICE_LITERAL("crReleases"), &mail, 1 }
	};
	const struct cr_entry_view view = {
		CR_SLICE_LITERAL("cn=x"), attrs, 3
	};

	ck_assert_int_eq(cr_policy_builder_new(&builder), CR_OK);
	if (purpose != NULL)
		ck_assert_int_eq(cr_policy_builder_add(builder,
		    CR_PART_PURPOSE, &view), CR_OK);
	ck_assert_int_eq(cr_policy_builder_add_built_in(builder), CR_OK);
	ck_assert_int_eq(cr_policy_compile(builder, NULL, NULL, &policy),
	    CR_OK);
	cr_policy_builder_free(&builder);
	return policy;
}

START_TEST(an_empty_directory_has_maintenance_and_replication)
{
	struct cr_policy *policy = compile(NULL);
	const struct cr_purpose *purpose;

	purpose = cr_policy_purpose(policy, CR_SLICE_LITERAL("maintenance"));
	ck_assert_ptr_nonnull(purpose);
	ck_assert(purpose->is_maintenance && purpose->writes_all &&
	    purpose->writes_class_all && purpose->children_all);
	ck_assert_int_eq(purpose->release, CR_RELEASE_OPERATIONAL);
	purpose = cr_policy_purpose(policy, CR_SLICE_LITERAL("replication"));
	ck_assert_ptr_nonnull(purpose);
	ck_assert(purpose->is_replication && !purpose->writes_all &&
	    !purpose->writes_class_all);
	ck_assert_ptr_null(cr_policy_purpose(policy,
	    CR_SLICE_LITERAL("subjectAccess")));
	cr_policy_free(&policy);
}
END_TEST

START_TEST(an_entry_of_that_name_is_not_overridden)
{
	struct cr_policy *policy = compile("Maintenance");
	const struct cr_purpose *purpose;

	purpose = cr_policy_purpose(policy, CR_SLICE_LITERAL("maintenance"));
	ck_assert_ptr_nonnull(purpose);
	ck_assert_int_eq(purpose->release, CR_RELEASE_LISTED);
	ck_assert(!purpose->writes_all);
	cr_policy_free(&policy);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy_builtin");
	TCase *tcase = tcase_create("policy_builtin");

	tcase_add_test(tcase, an_empty_directory_has_maintenance_and_replication);
	tcase_add_test(tcase, an_entry_of_that_name_is_not_overridden);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
