#include "harness_suppress.h"

#include <string.h>

static const struct cr_setup keyed = { .bare = true,
	.custreg = "custreg-customers " CUSTOMERS
		   "\ncustreg-suppressionkey @DIR@/suppression.key\n" };
struct cr_server *cr_keyed;

void
cr_keyed_start(void)
{
	cr_keyed = cr_server_start(&keyed);
}

void
cr_keyed_stop(void)
{
	cr_server_stop(cr_keyed);
}

/* ---- who was erased ------------------------------------------------------ */

struct cr_conn *
cr_as(const char *who)
{
	return cr_conn_open(cr_keyed, who);
}

void
cr_until_erased(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (cr_look(cr_as("root"), ERASURES, ONE,
		   "(&(objectClass=crErasureOrder)(!(crState=compacting)))",
		   "1.1")->entry_count > 0)
		ck_assert(cr_suite_again(deadline));
}

struct cr_person
cr_person_read(const char *dn)
{
	const struct cr_entry *e = cr_look(cr_as("root"), dn, BASE, NULL,
	    "* entryUUID")->entries;
	struct cr_person person = { .uuid = cr_entry_value(e, "entryUUID"),
		.mail = cr_entry_value(e, "mail"),
		.phone = cr_entry_value(e, "telephoneNumber") };

	if (person.phone == NULL)
		person.phone = cr_entry_value(e, "mobile");
	ck_assert_ptr_nonnull(person.mail);
	ck_assert_ptr_nonnull(person.phone);
	return person;
}

struct cr_person
cr_person_erase(const char *dn)
{
	struct cr_person person = cr_person_read(dn);

	expect_said(CR_COMMAND("erase", "-x", "-H", cr_keyed->uri, "-D",
			cr_conn_dn("registrar"), "-w", "kokeilu", dn), 0);
	cr_until_erased();
	return person;
}

struct cr_request
cr_newcomer(const char *uid, const char *mail, const char *phone)
{
	return (struct cr_request){ .kind = CR_ADD,
		.dn = cr_keep_text("uid=%s," CUSTOMERS, uid),
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", cr_keep_text("uid: %s", uid),
		    "cn: Uusi Asiakas", "sn: Asiakas",
		    cr_keep_text("mail: %s", mail),
		    cr_keep_text("telephoneNumber: %s", phone) } };
}

struct cr_request
cr_with_reference(struct cr_request request)
{
	request.controls[0] =
	    (struct cr_control){ CTL_REFERENCE, .arg = "R-2026-1" };
	return request;
}

struct cr_request
cr_change_of(const char *dn, const char *line)
{
	return (struct cr_request){ .kind = CR_MODIFY, .dn = dn,
		.lines = { line } };
}

const struct cr_entry *
cr_case_of(const char *dn)
{
	struct cr_answer *answer = cr_look(cr_as("registrar"), CASES, ONE,
	    cr_keep_text("(crSuppressionCustomer=%s)",
		cr_entry_value(cr_look(cr_as("root"), dn, BASE, NULL,
		    "entryUUID")->entries, "entryUUID")), NULL);

	ck_assert_uint_le(answer->entry_count, 1);
	return answer->entries;
}

size_t
cr_cases(void)
{
	return cr_look(cr_as("root"), CASES, ONE, NULL, "1.1")->entry_count;
}

void
cr_until_cases(size_t count)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (cr_cases() != count)
		ck_assert_msg(cr_suite_again(deadline), "%zu cases, not %zu",
		    cr_cases(), count);
}

const char *
cr_suppression_of(const struct cr_person *person)
{
	return cr_keep_text("crSuppressionId=%s," SUPPRESSED, person->uuid);
}

const char *
cr_state_of(const char *dn)
{
	return cr_entry_value(cr_look(cr_as("root"), dn, BASE, NULL,
	    "crState")->entries, "crState");
}

void
cr_until_state(const char *dn, const char *state)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(20) * 1000;

	while (strcmp(cr_state_of(dn), state) != 0)
		ck_assert_msg(cr_suite_again(deadline), "%s: %s", dn,
		    cr_state_of(dn));
}
