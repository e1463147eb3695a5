/* Services and a handler whom slapd lets act for others. */
#include "harness_ldap.h"

#define SERVICE(name, more)                                           \
	"dn: uid=" name "," SERVICES "\nobjectClass: account\n"       \
	"objectClass: simpleSecurityObject\nobjectClass: crService\n" \
	"uid: " name "\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n" more

/* has no default of any person, so its own counts */
static const char till_entry[] = SERVICE("till", "crDefaultPurpose: billing\n");
/* for customers as themselves */
static const char portal_entry[] =
    SERVICE("portal", "crAllowedPurpose: subjectAccess\n");
/* the same, by a search that slapd makes among the customers */
static const char desk_entry[] =
    "dn: uid=desk," SERVICES "\nobjectClass: account\n"
    "objectClass: simpleSecurityObject\nobjectClass: crService\n"
    "uid: desk\nuserPassword: kokeilu\n"
    "authzTo: ldap:///" CUSTOMERS "??one?(objectClass=crCustomer)\n"
    "crAllowedPurpose: subjectAccess\n";
/* alone and for persons */
static const char robot_entry[] = SERVICE("robot",
    "crDefaultPurpose: customerCare\ncrAutomated: directMarketing\n");
/* what the registrar keeps the policy with */
static const char keeper_entry[] =
    SERVICE("keeper", "crAllowedPurpose: maintenance\n");
/* slapd lets her act for everybody */
static const char liisa_entry[] =
    "dn: uid=liisa," HANDLERS "\nobjectClass: inetOrgPerson\n"
    "objectClass: crHandler\nuid: liisa\ncn: Liisa Luotettu\n"
    "sn: Luotettu\nuserPassword: kokeilu\nauthzTo: dn.regex:.*\n"
    "crDefaultPurpose: customerCare\n"
    "crAgreementSigned: 20240201080000Z\ncrAgreementVersion: 2024-1\n";

char *
cr_acting_ldif(void)
{
	return cr_keep_text("%s\n%s\n%s\n%s\n%s\n%s", till_entry, portal_entry,
	    desk_entry, robot_entry, keeper_entry, liisa_entry);
}
