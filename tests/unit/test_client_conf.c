#include "unit/suite.h"

#include <stdio.h>
#include <unistd.h>

#include "../../client/conf.h"

/* A file with this text, read as configuration. */
static int
read_text(struct cr_conf *conf, const char *text)
{
	char path[] = "/tmp/custreg-test-XXXXXX";
	int fd = mkstemp(path);
	int rc;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)),
		(ssize_t)strlen(text));
	close(fd);
	rc = cr_conf_read_file(conf, path);
	unlink(path);
	return rc;
}

static const struct cr_conf_db *
db_of(const struct cr_conf *conf, const char *ndn)
{
	return cr_conf_db_of(conf, cr_slice_of(ndn));
}

static const char slapd_conf[] =
	"# a comment\n"
	"   that goes on\n"
	"loglevel stats none\n"
	"authz-policy to\n"
	"access to dn.base=\"\" by * read\n"
	"require authc\n"
	"\n"
	"database config\n"
	"rootdn cn=config\n"
	"database mdb\n"
	"suffix \"dc=Example, dc=fi\"\n"
	"suffix dc=second\n"
	"rootdn \"cn=Admin,dc=example,dc=fi\"\n"
	"lastmod off\n"
	"access to attrs=userPassword\n"
	"\tby self =xw\n"
	"\tby anonymous auth\n"
	"access to * by broken\n"
	"limits dn.exact=\"cn=a b,dc=fi\" size.unchecked=100\n"
	"sizelimit size.unchecked=50\n"
	"overlay syncprov\n"
	"overlay auditlog\n"
	"database mdb\n"
	"suffix ou=deep,dc=example,dc=fi\n";

static const char slapcat[] =
	"version: 1\n"
	"\n"
	"dn: cn=config\n"
	"objectClass: olcGlobal\n"
	"olcLogLevel: stats\n"
	"olcLogLevel: none\n"
	"olcAuthzPolicy: to\n"
	"olcRequires: authc\n"
	"\n"
	"dn: cn=schema,cn=config\n"
	"objectClass: olcSchemaConfig\n"
	"\n"
	"dn: olcDatabase={-1}frontend,cn=config\n"
	"objectClass: olcDatabaseConfig\n"
	"olcAccess: {0}to dn.base=\"\" by * read\n"
	"\n"
	"dn: olcDatabase={0}config,cn=config\n"
	"olcRootDN: cn=config\n"
	"\n"
	"dn: olcDatabase={1}mdb,cn=config\n"
	"olcSuffix: dc=Example, dc=fi\n"
	"olcSuffix: dc=second\n"
	"olcRootDN: cn=Admin,dc=example,dc=fi\n"
	"olcLastMod: FALSE\n"
	"olcAccess: {0}to attrs=userPassword by self =xw by\n"
	"  anonymous auth\n"
	"olcAccess: {1}to * by broken\n"
	"olcLimits: {0}dn.exact=\"cn=a b,dc=fi\" size.unchecked=100\n"
	"olcSizeLimit: size.unchecked=50\n"
	"\n"
	"dn: olcOverlay={0}syncprov,olcDatabase={1}mdb,cn=config\n"
	"olcOverlay: {0}syncprov\n"
	"\n"
	"dn: olcOverlay={1}auditlog,olcDatabase={1}mdb,cn=config\n"
	"olcOverlay: {1}auditlog\n"
	"\n"
	"dn: olcDatabase={2}mdb,cn=config\n"
	"olcSuffix: ou=deep,dc=example,dc=fi\n";

static const char *const both[] = { slapd_conf, slapcat };

START_TEST(both_forms_say_the_same)
{
	struct cr_conf conf = { 0 };
	const struct cr_conf_db *db;
	const struct cr_conf_db *frontend;

	ck_assert_int_eq(read_text(&conf, both[_i]), LDAP_SUCCESS);
	ck_assert_uint_eq(conf.log_levels.count, 2);
	ck_assert_str_eq(conf.log_levels.items[1], "none");
	ck_assert_str_eq(conf.authz_policy, "to");
	ck_assert(cr_strings_has(&conf.requires, CR_SLICE_LITERAL("authc")));
	frontend = cr_conf_frontend(&conf);
	ck_assert_ptr_nonnull(frontend);
	ck_assert_uint_eq(frontend->acl.count, 1);

	db = db_of(&conf, "uid=1,ou=customers,dc=example,dc=fi");
	ck_assert_ptr_nonnull(db);
	ck_assert_str_eq(db->name, "{1}mdb");
	ck_assert_str_eq(db->rootdn, "cn=admin,dc=example,dc=fi");
	ck_assert(db->lastmod_off);
	ck_assert_uint_eq(db->acl.count, 1);
	ck_assert_uint_eq(db->acl.rules[0].clause_count, 2);
	ck_assert_uint_eq(conf.unclear.count, 1);
	ck_assert_uint_eq(db->limits.count, 2);
	ck_assert_str_eq(db->limits.items[0],
		"dn.exact=\"cn=a b,dc=fi\" size.unchecked=100");
	ck_assert_uint_eq(db->overlays.count, 2);
	ck_assert_str_eq(db->overlays.items[1], "auditlog");

	ck_assert_ptr_eq(db_of(&conf, "dc=second"), db);
	ck_assert_str_eq(db_of(&conf, "cn=x,ou=deep,dc=example,dc=fi")->name,
		"{2}mdb");
	ck_assert_ptr_null(db_of(&conf, "dc=third"));
	cr_conf_clear(&conf);
}
END_TEST

START_TEST(files_include_files)
{
	char path[] = "/tmp/custreg-test-XXXXXX";
	int fd = mkstemp(path);
	struct cr_conf conf = { 0 };
	char text[256];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "access to * by * read\n", 22), 22);
	close(fd);
	snprintf(text, sizeof(text), "database mdb\nsuffix dc=fi\n"
		"include %s\ninclude \"%s\"\n", path, path);
	ck_assert_int_eq(read_text(&conf, text), LDAP_SUCCESS);
	ck_assert_uint_eq(db_of(&conf, "dc=fi")->acl.count, 2);
	cr_conf_clear(&conf);
	unlink(path);
	ck_assert_int_eq(read_text(&conf, text), LDAP_LOCAL_ERROR);
	cr_conf_clear(&conf);
}
END_TEST

START_TEST(a_file_that_includes_itself_is_refused)
{
	char path[] = "/tmp/custreg-test-XXXXXX";
	int fd = mkstemp(path);
	struct cr_conf conf = { 0 };

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, "include %s\n", path), 0);
	close(fd);
	ck_assert_int_eq(cr_conf_read_file(&conf, path), LDAP_LOCAL_ERROR);
	unlink(path);
	ck_assert_int_eq(cr_conf_read_file(&conf, path), LDAP_LOCAL_ERROR);
	cr_conf_clear(&conf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client conf");
	TCase *tcase = tcase_create("client conf");

	tcase_add_loop_test(tcase, both_forms_say_the_same, 0, 2);
	tcase_add_test(tcase, files_include_files);
	tcase_add_test(tcase, a_file_that_includes_itself_is_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
