/*
 * What slapd is started with: right and wrong stackings, settings that cannot
 * be, the module loaded and not configured.
 */
#include "harness.h"

#include <string.h>

static const struct refusal {
	const char *name;
	struct cr_setup setup;
	const char *text;
} refusals[] = {
	{ "syncprov above",
	    { .modules = "syncprov", .above = "overlay syncprov" },
	    "syncprov" },
	{ "accesslog above",
	    { .modules = "accesslog",
		.databases = "database mdb\nsuffix cn=log\n"
			     "directory @DIR@/db2",
		.above = "overlay accesslog\nlogdb cn=log\nlogops writes" },
	    "accesslog" },
	{ "unique above",
	    { .modules = "unique",
		.above = "overlay unique\nunique_uri ldap:///?uid?sub" },
	    "unique" },
	{ "memberof above",
	    { .modules = "memberof", .above = "overlay memberof" },
	    "memberof" },
	{ "refint above",
	    { .modules = "refint",
		.above = "overlay refint\nrefint_attributes member" },
	    "refint" },
	{ "deref below", { .modules = "deref", .below = "overlay deref" },
	    "deref" },
	{ "dynlist below",
	    { .modules = "dynlist",
		.below = "overlay dynlist\n"
			 "dynlist-attrset groupOfURLs memberURL member" },
	    "dynlist" },
	{ "sssvlv below", { .modules = "sssvlv", .below = "overlay sssvlv" },
	    "sssvlv" },
	{ "valsort below",
	    { .modules = "valsort",
		.below = "overlay valsort\n"
			 "valsort-attr member " SUFFIX " alpha-ascend" },
	    "valsort" },
	{ "auditlog",
	    { .modules = "auditlog",
		.below = "overlay auditlog\nauditlog @DIR@/audit" },
	    "auditlog" },
	{ "retcode", { .modules = "retcode", .above = "overlay retcode" },
	    "retcode" },
	{ "rwm", { .modules = "rwm", .above = "overlay rwm" }, "rwm" },
	{ "pcache",
	    { .modules = "pcache",
		.above = "overlay pcache\npcache mdb 1000 1 100 100\n"
			 "pcachePersist FALSE\ndirectory @DIR@/db2\n"
			 "pcacheAttrset 0 mail\n"
			 "pcacheTemplate (uid=) 0 100" },
	    "pcache" },
	{ "no lastmod", { .limits = "lastmod off" }, "lastmod" },
	{ "a base elsewhere",
	    { .custreg = "custreg-customers ou=x,dc=elsewhere,dc=fi" },
	    "suffix" },
	{ "a base that is no DN", { .custreg = "custreg-customers nonsense" },
	    "" },
	{ "handlers among the customers",
	    { .custreg = "custreg-customers " CUSTOMERS "\n"
			 "custreg-handlers ou=x," CUSTOMERS },
	    "custreg" },
	{ "an unknown setting",
	    { .custreg = "custreg-customers " CUSTOMERS "\n"
			 "custreg-nonsense x" },
	    "" },
	{ "twice on a database",
	    { .custreg = "custreg-customers " CUSTOMERS,
		.above = "overlay custreg\ncustreg-customers " CUSTOMERS },
	    "custreg" },
};

START_TEST(refused_at_start)
	{
		const struct refusal *refusal = &refusals[_i];
		struct cr_setup *setup = cr_keep(sizeof(*setup));
		char *said = NULL;

		*setup = refusal->setup;
		ck_assert_msg(cr_server_refuses(setup, &said),
		    "%s was taken\n%s", refusal->name, said);
		ck_assert_msg(strstr(said, refusal->text) != NULL, "%s\n%s",
		    refusal->name, said);
	}
END_TEST

/* What is refused above is so for its own fault. */
START_TEST(right_stacking_is_taken)
	{
		static const struct cr_setup setups[] = {
			{ .customers = 10 },
			{ .config_tree = true },
			{ .modules =
				"syncprov accesslog unique memberof refint deref "
				"dynlist sssvlv valsort ppolicy",
			    .databases = "database mdb\nsuffix cn=log\n"
					 "directory @DIR@/db2",
			    .below =
				"overlay syncprov\n"
				"overlay accesslog\nlogdb cn=log\n"
				"logops writes\n"
				"overlay unique\nunique_uri ldap:///?uid?sub\n"
				"overlay memberof\n"
				"overlay refint\nrefint_attributes member",
			    .above =
				"overlay deref\n"
				"overlay dynlist\n"
				"dynlist-attrset groupOfURLs memberURL member\n"
				"overlay sssvlv\n"
				"overlay valsort\n"
				"valsort-attr member " SUFFIX " alpha-ascend\n"
				"overlay ppolicy" },
		};
		char *said = NULL;

		ck_assert_msg(!cr_server_refuses(&setups[_i], &said), "%s",
		    said);
	}
END_TEST

/* The schema is the module's; its file is for other servers. */
START_TEST(schema_loaded_beside_is_refused)
	{
		struct cr_setup *setup = cr_keep(sizeof(*setup));
		char *said = NULL;

		setup->global = cr_keep_text("include %s/schema/custreg.schema",
		    cr_conf_env("CR_TOP", ""));
		ck_assert(cr_server_refuses(setup, &said));
		ck_assert_msg(said[0] != '\0', "no text");
	}
END_TEST

/* Loaded and not configured: the database is as any other, and says so. */
START_TEST(unconfigured_does_nothing)
	{
		static const struct cr_setup setups[] = {
			{ .unguarded = true,
			    .acl =
				"access to attrs=userPassword by anonymous auth\n"
				"access to * by * read" },
			{ .custreg = "custreg-handlers " HANDLERS,
			    .no_log = true,
			    .acl =
				"access to attrs=userPassword by anonymous auth\n"
				"access to * by * read" },
		};
		struct cr_server *own = cr_server_start(&setups[_i]);
		struct cr_conn *conn = cr_conn_open(own, NULL);

		ck_assert_uint_eq(cr_look(conn, CUSTOMERS, ONE, NULL, "uid")
				      ->entry_count,
		    10);
		if (_i == 1)
			ck_assert_ptr_nonnull(
			    strstr(cr_text_of_file(own->log).bytes,
				"not guarded"));
		cr_server_stop(own);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = tcase_create("at start");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, refused_at_start, 0, COUNT(refusals));
	tcase_add_loop_test(tc, right_stacking_is_taken, 0, 3);
	tcase_add_test(tc, schema_loaded_beside_is_refused);
	tcase_add_loop_test(tc, unconfigured_does_nothing, 0, 2);
}

int
main(void)
{
	return cr_suite_run("start", fill);
}
