/* Everyone and everything in the sample but the customers. */
#include <stdio.h>

#include "sample.h"

#define RDNS_SIZE 96
#define MANY 4

struct handler {
	const char *uid;
	const char *given;
	const char *surname;
	const char *title;
	const char *role;
	const char *purpose;
	const char *allowed[MANY];
	const char *signed_at; /* NULL: never */
	const char *until; /* NULL: open */
};

/* In force is the version that register.ldif asks for. */
#define AGREEMENT "2024-1"

static const struct handler handlers[] = {
	{ "aino", "Aino", "Korhonen", "asiakaspalvelija", NULL, "customerCare",
	    { "assignment", "billing" }, "20240201080000Z", NULL },
	{ "mikko", "Mikko", "Lehtinen", "markkinointisuunnittelija", NULL,
	    "directMarketing", { "marketResearch" }, "20240201080000Z", NULL },
	{ "registrar", "Riikka", "Saarelainen", "rekisterin vastuuhenkilö",
	    "registrar", "maintenance", { "rightsFulfilment" },
	    "20240115080000Z", NULL },
	{ "dpo", "Tytti", "Söderlund", "tietosuojavastaava", "dpo",
	    "rightsFulfilment", { NULL }, "20240115080000Z", NULL },
	/* The agreement of leena ended with 30 June 2025 in Finland. */
	{ "leena", "Leena", "Väätäinen", "asiakaspalvelija", NULL,
	    "customerCare", { NULL }, "20240201080000Z", "20250630205959Z" },
	{ "olli", "Olli", "Mäntylä", "kesätyöntekijä", NULL, "customerCare",
	    { NULL }, NULL, NULL }
};

struct service {
	const char *uid;
	const char *description;
	const char *purpose;
	const char *allowed[MANY];
	const char *automated;
	const char *acts_for; /* authzTo, below the suffix */
};

static const struct service services[] = {
	{ "crm", "Asiakaspalvelun järjestelmä, vain henkilön puolesta", NULL,
	    { "customerCare", "billing" }, NULL, "ou=handlers" },
	{ "mailer", "Suoramarkkinoinnin lähetykset", "directMarketing",
	    { "directMarketing" }, "directMarketing", NULL },
	{ "labels", "Postitustarrat", "listingPrinted", { "listingPrinted" },
	    "listingPrinted", NULL },
	{ "phonebook", "Sähköinen luettelo", "listingElectronic",
	    { "listingElectronic" }, "listingElectronic", NULL }
};

struct recipient {
	const char *cn;
	const char *description;
	const char *kind;
	const char *country;
	const char *allowed[MANY];
	const char *decision;
};

static const struct recipient recipients[] = {
	{ "luottotieto", "Luottotietoyhtiö", "creditAgency", "FI",
	    { "creditDecision" }, NULL },
	{ "perinta", "Perintätoimisto", "collector", "FI", { "collection" },
	    NULL },
	{ "laskutus", "Laskutuspalvelu", "billingPartner", "EE", { "billing" },
	    NULL },
	{ "viranomainen", "Viranomainen lain nojalla", "authority", "FI",
	    { "legalObligation" }, NULL },
	/* Outside the EU and the EEA: one with a decision, one without. */
	{ "tulostus-us", "Laskujen tulostuspalvelu", "processor", "US",
	    { "billing" },
	    "20250310090000Z laskujen tulostuksen tekninen "
	    "toteutus edellyttää palvelinta Yhdysvalloissa" },
	{ "tulostus-in", "Tarjottu tulostuspalvelu, ei päätöstä", "processor",
	    "IN", { "billing" }, NULL }
};

struct person {
	const char *uid;
	const char *given;
	const char *surname;
	const char *manager;
	uint64_t see_also; /* a customer, or 0 */
	uint64_t secretary;
};

/* Employees who are not handlers; some values name customers. */
static const struct person staff[] = { { "johtaja", "Kaisa", "Ylätalo", NULL,
					   10001, 0 },
	{ "pekka", "Pekka", "Jäppinen", "johtaja", 10002, 10005 },
	{ "sari", "Sari", "Höök", "johtaja", 10005, 10002 },
	{ "timo", "Timo", "Käpylä", "pekka", 0, 10001 },
	{ "ulla", "Ulla", "Åhlgren", "pekka", 0, 0 } };

static void
put_many(const struct sample *sample, const char *attribute,
    const char *const values[MANY])
{
	for (size_t i = 0; i < MANY && values[i] != NULL; i++)
		put_value(sample, attribute, values[i]);
}

static void
put_unit(const struct sample *sample, const char *name, const char *description)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "ou=%s", name);
	begin_entry(sample, rdns);
	put_value(sample, "objectClass", "organizationalUnit");
	put_value(sample, "ou", name);
	put_value(sample, "description", description);
	end_entry(sample);
}

static void
begin_person(const struct sample *sample, const char *unit, const char *uid,
    const char *given, const char *surname, const char *class)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "uid=%s,ou=%s", uid, unit);
	begin_entry(sample, rdns);
	put_value(sample, "objectClass", "inetOrgPerson");
	if (class != NULL)
		put_value(sample, "objectClass", class);
	put_value(sample, "uid", uid);
	put_format(sample, "cn", "%s %s", given, surname);
	put_value(sample, "sn", surname);
	put_value(sample, "givenName", given);
	put_format(sample, "mail", "%s@yritys.example", uid);
}

static void
put_handler(const struct sample *sample, const struct handler *handler)
{
	begin_person(sample, "handlers", handler->uid, handler->given,
	    handler->surname, "crHandler");
	put_value(sample, "title", handler->title);
	put_password(sample, handler->uid);
	if (handler->role != NULL)
		put_value(sample, "crRole", handler->role);
	put_value(sample, "crDefaultPurpose", handler->purpose);
	put_value(sample, "crAllowedPurpose", handler->purpose);
	put_many(sample, "crAllowedPurpose", handler->allowed);
	if (handler->signed_at != NULL) {
		put_value(sample, "crAgreementSigned", handler->signed_at);
		put_value(sample, "crAgreementVersion", AGREEMENT);
	}
	if (handler->until != NULL)
		put_value(sample, "crAgreementUntil", handler->until);
	end_entry(sample);
}

/* SCRAM needs the password of a service in the clear. */
static void
put_service(const struct sample *sample, const struct service *service)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "uid=%s,ou=services", service->uid);
	begin_entry(sample, rdns);
	put_value(sample, "objectClass", "account");
	put_value(sample, "objectClass", "simpleSecurityObject");
	put_value(sample, "objectClass", "crService");
	put_value(sample, "uid", service->uid);
	put_value(sample, "description", service->description);
	put_value(sample, "userPassword", SAMPLE_PASSWORD);
	if (service->purpose != NULL)
		put_value(sample, "crDefaultPurpose", service->purpose);
	put_many(sample, "crAllowedPurpose", service->allowed);
	if (service->automated != NULL)
		put_value(sample, "crAutomated", service->automated);
	put_value(sample, "crCountry", "FI");
	if (service->acts_for != NULL)
		put_format(sample, "authzTo", "dn.onelevel:%s,%s",
		    service->acts_for, sample->suffix);
	end_entry(sample);
}

static void
put_recipient(const struct sample *sample, const struct recipient *recipient)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "cn=%s,ou=recipients", recipient->cn);
	begin_entry(sample, rdns);
	put_value(sample, "objectClass", "crRecipient");
	put_value(sample, "cn", recipient->cn);
	put_value(sample, "description", recipient->description);
	put_value(sample, "crRecipientKind", recipient->kind);
	put_value(sample, "crCountry", recipient->country);
	put_many(sample, "crAllowedPurpose", recipient->allowed);
	if (recipient->decision != NULL)
		put_value(sample, "crTransferDecision", recipient->decision);
	end_entry(sample);
}

static bool
exists(const struct sample *sample, uint64_t number)
{
	return number >= FIRST_CUSTOMER &&
	    number - FIRST_CUSTOMER < sample->customers &&
	    !is_omitted(sample, number);
}

/* A DN value that names a customer, if there is such a customer. */
static void
put_customer_dn(const struct sample *sample, const char *attribute,
    uint64_t number)
{
	char rdns[RDNS_SIZE];

	if (!exists(sample, number))
		return;
	snprintf(rdns, sizeof(rdns), "uid=c%llu,ou=customers",
	    (unsigned long long)number);
	put_dn(sample, attribute, rdns);
}

static void
put_staff(const struct sample *sample, const struct person *person)
{
	char rdns[RDNS_SIZE];

	begin_person(sample, "staff", person->uid, person->given,
	    person->surname, NULL);
	if (person->manager != NULL) {
		snprintf(rdns, sizeof(rdns), "uid=%s,ou=staff",
		    person->manager);
		put_dn(sample, "manager", rdns);
	}
	put_customer_dn(sample, "seeAlso", person->see_also);
	put_customer_dn(sample, "secretary", person->secretary);
	end_entry(sample);
}

static void
begin_group(const struct sample *sample, const char *name,
    const char *description)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "cn=%s,ou=groups", name);
	begin_entry(sample, rdns);
	put_value(sample, "objectClass", "groupOfNames");
	put_value(sample, "cn", name);
	put_value(sample, "description", description);
}

static void
put_groups(const struct sample *sample)
{
	begin_group(sample, "asiakasraati", "Asiakasraati");
	put_dn(sample, "member", "uid=ulla,ou=staff");
	put_customer_dn(sample, "member", 10001);
	put_customer_dn(sample, "member", 10002);
	put_customer_dn(sample, "member", 10005);
	put_customer_dn(sample, "owner", 10005);
	end_entry(sample);

	begin_group(sample, "kanta-asiakkaat", "Kanta-asiakkaat");
	put_dn(sample, "member", "uid=timo,ou=staff");
	for (uint64_t number = 10001; number <= 10010; number++)
		put_customer_dn(sample, "member", number);
	for (uint64_t number = 10020; number <= 10500; number += 20)
		put_customer_dn(sample, "member", number);
	end_entry(sample);

	begin_group(sample, "henkilosto", "Henkilöstö");
	for (size_t i = 0; i < COUNT_OF(staff); i++) {
		char rdns[RDNS_SIZE];

		snprintf(rdns, sizeof(rdns), "uid=%s,ou=staff", staff[i].uid);
		put_dn(sample, "member", rdns);
	}
	end_entry(sample);
}

void
put_parties(const struct sample *sample)
{
	put_unit(sample, "handlers", "Käsittelijät");
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		put_handler(sample, &handlers[i]);
	put_unit(sample, "services", "Palvelut");
	for (size_t i = 0; i < COUNT_OF(services); i++)
		put_service(sample, &services[i]);
	put_unit(sample, "recipients", "Luovutusten saajat");
	for (size_t i = 0; i < COUNT_OF(recipients); i++)
		put_recipient(sample, &recipients[i]);
	put_unit(sample, "erasures", "Poistomääräykset");
	put_unit(sample, "suppressed", "Estomerkinnät");
	put_unit(sample, "staff", "Henkilöstö");
	for (size_t i = 0; i < COUNT_OF(staff); i++)
		put_staff(sample, &staff[i]);
	put_unit(sample, "groups", "Ryhmät");
	put_groups(sample);
}
