/* Who they are. */
#include "crash/people.h"

enum { KINDS = 3 };

enum cr_person_kind
cr_person_kind(unsigned person)
{
	return (enum cr_person_kind)(person % KINDS);
}

const char *
cr_person_dn(unsigned person)
{
	return cr_keep_text("uid=c%u," CUSTOMERS, CR_PEOPLE_FIRST + person);
}

/* "gone" and "kept" begin what goes at once, and what a hold may keep. */
static void
add_person(struct cr_text *ldif, unsigned person, unsigned children)
{
	unsigned n = CR_PEOPLE_FIRST + person;

	cr_text_add(ldif,
	    "dn: %s\nobjectClass: inetOrgPerson\n"
	    "objectClass: crCustomer\nuid: c%u\ncn: kept%u nimi\nsn: kept%u\n"
	    "mail: gone%u@posti.example\nmobile: +358 50 77%u\n"
	    "postalAddress: kept%u katu$00100 Helsinki\n"
	    "crCustomerNumber: %u\ncrCustomerSince: 20100401060000Z\n"
	    "crSource: mail registration 20210818153623Z gone%u\n\n",
	    cr_person_dn(person), n, n, n, n, n, n, n, n);
	for (unsigned i = 0; i < children; i++)
		cr_text_add(ldif,
		    "dn: crAssignmentNumber=A%u-%u,%s\n"
		    "objectClass: crAssignment\ncrAssignmentNumber: A%u-%u\n"
		    "crDate: 20110415060000Z\ncrState: closed\n"
		    "description: gone%u\n\n",
		    n, i, cr_person_dn(person), n, i, n);
	if (cr_person_kind(person) == CR_PERSON_HELD)
		cr_text_add(ldif,
		    "dn: crInvoiceNumber=I%u,%s\nobjectClass: crInvoice\n"
		    "crInvoiceNumber: I%u\ncrState: open\n"
		    "crDate: 20251015080000Z\ncrDueDate: 20251029080000Z\n"
		    "crAmount: 125.50 EUR\n\n",
		    n, cr_person_dn(person), n);
}

char *
cr_people_ldif(unsigned count, unsigned children)
{
	struct cr_text ldif = { 0 };

	cr_text_add(&ldif,
	    "dn: " CR_PEOPLE_REPLICA "\nobjectClass: organizationalRole\n"
	    "objectClass: simpleSecurityObject\ncn: replica\n"
	    "userPassword: kokeilu\n\n");
	for (unsigned i = 0; i < count; i++)
		add_person(&ldif, i, children);
	cr_text_add(&ldif,
	    "dn: " CR_PEOPLE_GROUP "\nobjectClass: groupOfNames\ncn: nimetyt\n"
	    "member: uid=ulla," STAFF "\n");
	for (unsigned i = CR_PERSON_NAMED; i < count; i += KINDS)
		cr_text_add(&ldif, "member: %s\n", cr_person_dn(i));
	cr_text_add(&ldif, "\n");
	return ldif.bytes;
}
