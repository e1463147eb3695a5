#include "unit/suite.h"

#include <stdio.h>
#include <unistd.h>

#include "../../client/check.h"
#include "../../client/dn.h"

static const struct {
	const char *dn;
	const char *ndn;		/* NULL: no DN */
} names[] = {
	{ "", "" },
	{ "UID=c10001, OU=Customers,dc=example,dc=fi",
	    "uid=c10001,ou=customers,dc=example,dc=fi" },
	{ "cn=a\\,b,dc=fi", "cn=a\\2Cb,dc=fi" },
	{ "cn=\xc3\x84iti,dc=fi", "cn=\\C3\\84iti,dc=fi" },
	{ "cn=\\c3\\84iti,dc=fi", "cn=\\C3\\84iti,dc=fi" },
	{ "cn=a+sn=b,dc=fi", "cn=a+sn=b,dc=fi" },
	{ "nothing", NULL },
	{ "cn=a,", NULL }
};

START_TEST(a_name_has_a_normal_form)
{
	char *ndn = NULL;
	int rc = cr_dn_normalise(cr_slice_of(names[_i].dn), &ndn);

	if (names[_i].ndn == NULL) {
		ck_assert_int_eq(rc, CR_ESYNTAX);
		return;
	}
	ck_assert_int_eq(rc, CR_OK);
	ck_assert_int_eq(strcasecmp(ndn, names[_i].ndn), 0);
	free(ndn);
}
END_TEST

START_TEST(names_are_above_and_below)
{
	const struct cr_slice base = CR_SLICE_LITERAL("ou=a,dc=fi");

	ck_assert(cr_dn_is_in(base, base));
	ck_assert(!cr_dn_is_below(base, base));
	ck_assert(cr_dn_is_below(CR_SLICE_LITERAL("uid=1,ou=a,dc=fi"), base));
	ck_assert(!cr_dn_is_below(CR_SLICE_LITERAL("ou=aa,dc=fi"), base));
	ck_assert(!cr_dn_is_below(CR_SLICE_LITERAL("xou=a,dc=fi"), base));
	ck_assert(!cr_dn_is_below(CR_SLICE_LITERAL(",ou=a,dc=fi"), base));
	ck_assert(!cr_dn_is_in(CR_SLICE_LITERAL("dc=fi"), base));
	ck_assert(cr_dn_is_in(base, CR_SLICE_LITERAL("")));
	ck_assert(cr_slice_equal(cr_dn_parent(base),
		CR_SLICE_LITERAL("dc=fi")));
	ck_assert_uint_eq(cr_dn_parent(CR_SLICE_LITERAL("dc=fi")).len, 0);
	ck_assert_uint_eq(cr_dn_parent(CR_SLICE_LITERAL("")).len, 0);
}
END_TEST

/* A file with this text, read by fn. */
static int
read_text(const char *text, cr_entry_fn *fn, void *arg)
{
	char path[] = "/tmp/custreg-test-XXXXXX";
	int fd = mkstemp(path);
	int rc;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)),
		(ssize_t)strlen(text));
	close(fd);
	rc = cr_ldif_read(path, fn, arg);
	unlink(path);
	return rc;
}

static int
look_at_two(void *arg, const struct cr_entry *entry)
{
	int *count = arg;
	const struct cr_attr *attr;

	if ((*count)++ > 0) {
		ck_assert(cr_slice_equal(entry->view.ndn,
			CR_SLICE_LITERAL("cn=b,dc=fi")));
		return LDAP_SUCCESS;
	}
	ck_assert(cr_slice_equal(entry->dn, CR_SLICE_LITERAL("CN=a,dc=fi")));
	ck_assert(cr_slice_equal(entry->view.ndn,
		CR_SLICE_LITERAL("cn=a,dc=fi")));
	ck_assert_uint_eq(entry->view.count, 3);
	attr = cr_entry_attr(entry, "CN");
	ck_assert_ptr_nonnull(attr);
	ck_assert_uint_eq(attr->count, 2);
	ck_assert(cr_slice_equal(attr->values[1], CR_SLICE_LITERAL("second")));
	ck_assert(cr_slice_equal(cr_entry_value(entry, "sn"),
		CR_SLICE_LITERAL("Meik\xc3\xa4l\xc3\xa4inen")));
	ck_assert(cr_slice_equal(cr_entry_value(entry, "description"),
		CR_SLICE_LITERAL("a longtext")));
	ck_assert_uint_eq(cr_entry_value(entry, "mail").len, 0);
	ck_assert(cr_entry_has(entry, "cn", "FIRST"));
	ck_assert(!cr_entry_has(entry, "cn", "fir"));
	return LDAP_SUCCESS;
}

START_TEST(ldif_is_read)
{
	int count = 0;

	ck_assert_int_eq(read_text("version: 1\n\n# a comment\n"
		"dn: CN=a,dc=fi\ncn: first\nsn:: TWVpa8OkbMOkaW5lbg==\n"
		"cn: second\ndescription;lang-fi: a long\n text\n\n\n"
		"dn: cn=b,dc=fi\ncn: b\n", look_at_two, &count),
		LDAP_SUCCESS);
	ck_assert_int_eq(count, 2);
}
END_TEST

static int
count_entry(void *arg, const struct cr_entry *entry)
{
	(void)entry;
	(*(int *)arg)++;
	return LDAP_SUCCESS;
}

static int
refuse(void *arg, const struct cr_entry *entry)
{
	(void)arg;
	(void)entry;
	return LDAP_BUSY;
}

START_TEST(what_is_no_ldif_is_an_error)
{
	int count = 0;

	ck_assert_int_eq(read_text("cn: a\n", count_entry, &count),
		LDAP_DECODING_ERROR);
	ck_assert_int_eq(read_text("dn: nothing\ncn: a\n", count_entry,
		&count), LDAP_DECODING_ERROR);
	ck_assert_int_eq(read_text("dn: cn=a\ncn a\n", count_entry, &count),
		LDAP_DECODING_ERROR);
	ck_assert_int_eq(read_text("", count_entry, &count), LDAP_SUCCESS);
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(cr_ldif_read("/nowhere/at/all", count_entry,
		&count), LDAP_LOCAL_ERROR);
	ck_assert_int_eq(read_text("dn: cn=a\ncn: a\n", refuse, NULL),
		LDAP_BUSY);
}
END_TEST

static const struct {
	const char *ldif;
	bool names;
} people[] = {
	{ "dn: uid=c10001,dc=fi\ncn: Matti Virtanen\nsn: Virtanen\n", false },
	{ "dn: cn=Matti Virtanen,dc=fi\ncn: Matti Virtanen\n", true },
	{ "dn: uid=1+sn=Virtanen,dc=fi\nsn: Virtanen\n", true },
	{ "dn: uid=virtanen,dc=fi\nsn: Virtanen\n", true },
	{ "dn: uid=matti.virtanen,dc=fi\nsn: Virtanen\n", true },
	{ "dn: uid=mvirtane,dc=fi\nsn: Virtanen\n", false },
	{ "dn: uid=m@example.fi,dc=fi\nsn: Virtanen\n", true },
	{ "dn: mail=m@example.fi,dc=fi\nsn: Virtanen\n", true },
	{ "dn: uid=volt,dc=fi\nsn: Vo\n", false },
	{ "dn: crCustomerNumber=17,cn=people,dc=fi\nsn: A\n", false }
};

static int
ask_about_name(void *arg, const struct cr_entry *entry)
{
	*(bool *)arg = cr_entry_names_person(entry);
	return LDAP_SUCCESS;
}

START_TEST(dns_that_name_people)
{
	bool answer = !people[_i].names;

	ck_assert_int_eq(read_text(people[_i].ldif, ask_about_name, &answer),
		LDAP_SUCCESS);
	ck_assert_msg(answer == people[_i].names, "%s", people[_i].ldif);
}
END_TEST

START_TEST(what_was_seen_is_found)
{
	struct cr_seen seen = { 0 };
	struct cr_seen_entry entry = { CR_ENTRY_OTHER, 0 };
	char name[32];
	bool is_new;

	ck_assert(!cr_seen_find(&seen, CR_SLICE_LITERAL("a"), &entry));
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "uid=c%u", i);
		entry = (struct cr_seen_entry){ (enum cr_entry_kind)(i % 4),
			~(uint64_t)i };
		ck_assert_int_eq(cr_seen_add(&seen, cr_slice_of(name), entry,
			&is_new), CR_OK);
		ck_assert(is_new);
	}
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "uid=c%u", i);
		ck_assert(cr_seen_find(&seen, cr_slice_of(name), &entry));
		ck_assert_uint_eq(entry.seen_by, ~(uint64_t)i);
		ck_assert_int_eq(entry.kind, i % 4);
	}
	ck_assert(!cr_seen_find(&seen, CR_SLICE_LITERAL("uid=c"), &entry));
	ck_assert_int_eq(cr_seen_add(&seen, CR_SLICE_LITERAL("uid=c5"),
		entry, &is_new), CR_OK);
	ck_assert(!is_new);
	ck_assert_uint_eq(seen.count, 10000);
	cr_seen_clear(&seen);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client entry");
	TCase *tcase = tcase_create("client entry");

	tcase_add_loop_test(tcase, a_name_has_a_normal_form, 0,
		sizeof(names) / sizeof(names[0]));
	tcase_add_test(tcase, names_are_above_and_below);
	tcase_add_test(tcase, ldif_is_read);
	tcase_add_test(tcase, what_is_no_ldif_is_an_error);
	tcase_add_loop_test(tcase, dns_that_name_people, 0,
		sizeof(people) / sizeof(people[0]));
	tcase_add_test(tcase, what_was_seen_is_found);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
