/* Writing a customer and the entries below. */
#include <stdio.h>

#include "places.h"
#include "sample.h"
#include "trades.h"

#define RDNS_SIZE 96

static const char *
ban_attribute(enum ban_kind kind)
{
	switch (kind) {
	case BAN_MARKETING: return "crMarketingBan";
	case BAN_LISTING: return "crListingBan";
	case BAN_DISCLOSURE: return "crDisclosureBan";
	case BAN_RESTRICTED: return "crProcessingRestricted";
	case BAN_NONE:
	default: return NULL;
	}
}

/* slapadd wants the values of one attribute together: one kind at a time. */
static void
put_bans(const struct sample *sample, const struct customer *customer)
{
	const struct ban *bans = customer->bans;
	const unsigned count = customer->ban_count;
	char time[TIME_SIZE];

	for (enum ban_kind kind = BAN_MARKETING; kind <= BAN_RESTRICTED;
	     kind++) {
		for (unsigned i = 0; i < count; i++) {
			if (bans[i].kind == kind && bans[i].lifted == 0)
				put_value(sample, ban_attribute(kind),
				    bans[i].value);
		}
	}
	for (unsigned i = 0; i < count; i++) {
		if (bans[i].until == 0)
			continue;
		time_text(bans[i].until, time);
		put_format(sample, "crBanUntil", "%s %s %s",
		    ban_attribute(bans[i].kind), bans[i].value, time);
	}
}

static void
put_ban_record(const struct sample *sample, const struct ban *ban,
    const char *what, int64_t when)
{
	char time[TIME_SIZE];

	time_text(when, time);
	if (ban->by_handler)
		put_format(sample, "crBanRecord",
		    "%s %s %s %s uid=aino,ou=handlers,%s modify", time, what,
		    ban_attribute(ban->kind), ban->value, sample->suffix);
	else
		put_format(sample, "crBanRecord", "%s %s %s %s self modify",
		    time, what, ban_attribute(ban->kind), ban->value);
}

static void
put_ban_records(const struct sample *sample, const struct customer *customer)
{
	for (unsigned i = 0; i < customer->ban_count; i++) {
		const struct ban *ban = &customer->bans[i];

		put_ban_record(sample, ban, "set", ban->set);
		if (ban->lifted != 0)
			put_ban_record(sample, ban, "lifted", ban->lifted);
	}
}

/* "Väinö Mäkinen" to "vaino.makinen", for a mail address. */
static void
plain_name(const struct customer *customer, char *ret_text, size_t size)
{
	char name[128];
	size_t len = 0;

	snprintf(name, sizeof(name), "%s.%s", customer->given,
	    customer->surname);
	for (const char *p = name; *p != '\0' && len + 1 < size; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == 0xc3) { /* the lead byte of all of äåöÄÅÖ */
			c = (unsigned char)*++p;
			ret_text[len++] = (c & 0x1f) == 0x16 ? 'o' : 'a';
		} else if (c >= 'A' && c <= 'Z') {
			ret_text[len++] = (char)(c - 'A' + 'a');
		} else {
			ret_text[len++] = (char)c;
		}
	}
	ret_text[len] = '\0';
}

static void
put_contact(const struct sample *sample, const struct customer *customer)
{
	const struct place *place = &places[customer->place];
	unsigned long long number = customer->number;
	char name[128];

	plain_name(customer, name, sizeof(name));
	if (customer->short_mail)
		put_format(sample, "mail", "%s@posti.example", name);
	else
		put_format(sample, "mail", "%s.%llu@posti.example", name,
		    number);
	if (customer->landline)
		put_format(sample, "telephoneNumber", "+358 49 9%07llu",
		    number);
	put_format(sample, "mobile", "+358 49 %07llu", number);
	put_format(sample, "postalAddress", "%s$%s %s", customer->street,
	    place->code, place->town);
	put_value(sample, "street", customer->street);
	put_value(sample, "postalCode", place->code);
	put_value(sample, "l", place->town);
}

static void
put_sources(const struct sample *sample, const struct customer *customer)
{
	static const char *const attributes[] = { "cn", "mail",
		"postalAddress" };
	struct random random = { customer->number ^ sample->seed };
	char time[TIME_SIZE];

	for (size_t i = 0; i < COUNT_OF(attributes); i++) {
		const char *const *source =
		    sources[i == 0 ? 0
				   : random_below(&random, COUNT_OF(sources))];
		int64_t when = customer->since;

		if (i > 0)
			when += (int64_t)random_below(&random,
			    (uint64_t)(sample->now - customer->since));
		time_text(when, time);
		put_format(sample, "crSource", "%s %s %s %s", attributes[i],
		    source[0], time, source[1]);
	}
}

static void
put_person(const struct sample *sample, const struct customer *customer,
    const char *rdns)
{
	unsigned long long number = customer->number;

	begin_entry(sample, rdns);
	put_value(sample, "objectClass", "inetOrgPerson");
	put_value(sample, "objectClass", "crCustomer");
	put_format(sample, "uid", "c%llu", number);
	put_format(sample, "cn", "%s %s", customer->given, customer->surname);
	put_value(sample, "sn", customer->surname);
	put_value(sample, "givenName", customer->given);
	put_format(sample, "displayName", "%s %s", customer->given,
	    customer->surname);
	if (customer->organisation[0] != '\0')
		put_value(sample, "o", customer->organisation);
	if (customer->title != NULL)
		put_value(sample, "title", customer->title);
	put_contact(sample, customer);
	if (customer->has_password)
		put_password(sample, rdns);
	put_format(sample, "crCustomerNumber", "%llu", number);
	put_time(sample, "crCustomerSince", customer->since);
	if (customer->ended != 0)
		put_time(sample, "crRelationshipEnded", customer->ended);
	put_bans(sample, customer);
	if (customer->hold != NULL)
		put_value(sample, "crHold", customer->hold);
	put_sources(sample, customer);
	if (customer->paper_file)
		put_format(sample, "crPaperFile",
		    "päätearkisto, hylly %llu, mappi %llu", number % 40 + 1,
		    number / 40 % 25 + 1);
	put_ban_records(sample, customer);
	end_entry(sample);
}

/* Begins an entry below a customer and gives it its number. */
static void
begin_child(const struct sample *sample, const struct customer *customer,
    const char *class, const char *attribute, const char *number)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "%s=%s,uid=c%llu,ou=customers", attribute,
	    number, (unsigned long long)customer->number);
	begin_entry(sample, rdns);
	put_value(sample, "objectClass", class);
	put_value(sample, attribute, number);
}

static void
child_number(const struct customer *customer, char letter, unsigned index,
    char ret_text[RDNS_SIZE])
{
	snprintf(ret_text, RDNS_SIZE, "%c%llu-%u", letter,
	    (unsigned long long)customer->number, index + 1);
}

static void
put_assignments(const struct sample *sample, const struct customer *customer)
{
	struct random random = { customer->number ^ mix(sample->seed) };
	char number[RDNS_SIZE];

	for (unsigned i = 0; i < customer->assignments; i++) {
		child_number(customer, 'A', i, number);
		begin_child(sample, customer, "crAssignment",
		    "crAssignmentNumber", number);
		put_time(sample, "crDate",
		    customer->since +
			DAY_SECONDS * (int64_t)random_below(&random, 30));
		put_value(sample, "crState",
		    random_percent(&random, 20) ? "open" : "closed");
		put_value(sample, "description",
		    assignments[random_below(&random, COUNT_OF(assignments))]);
		end_entry(sample);
	}
}

/* Whole days; an invoice is due in two weeks, these were paid in nine days. */
static void
put_invoices(const struct sample *sample, const struct customer *customer)
{
	static const char *const states[] = { "paid", "open", "credited" };
	char number[RDNS_SIZE];

	for (unsigned i = 0; i < customer->invoice_count; i++) {
		const struct invoice *invoice = &customer->invoices[i];

		child_number(customer, 'I', i, number);
		begin_child(sample, customer, "crInvoice", "crInvoiceNumber",
		    number);
		put_value(sample, "crState", states[invoice->state]);
		put_time(sample, "crDate", invoice->date);
		put_time(sample, "crDueDate", invoice->date + 14 * DAY_SECONDS);
		if (invoice->state == INVOICE_PAID)
			put_time(sample, "crPaidDate",
			    invoice->date + 9 * DAY_SECONDS);
		put_format(sample, "crAmount", "%llu.%02llu EUR",
		    (unsigned long long)invoice->cents / 100,
		    (unsigned long long)invoice->cents % 100);
		end_entry(sample);
	}
}

static void
put_collection(const struct sample *sample, const struct customer *customer)
{
	char number[RDNS_SIZE];
	int64_t date = customer->invoices[0].date + 60 * DAY_SECONDS;

	child_number(customer, 'C', 0, number);
	begin_child(sample, customer, "crCollection", "crCaseNumber", number);
	put_value(sample, "crState", "open");
	put_time(sample, "crDate", date);
	end_entry(sample);
	if (!customer->disclosed)
		return;
	child_number(customer, 'D', 0, number);
	begin_child(sample, customer, "crDisclosure", "crDisclosureId", number);
	put_dn(sample, "crRecipientDN", "cn=perinta,ou=recipients");
	put_value(sample, "crPurposeName", "collection");
	put_time(sample, "crDate", date);
	put_value(sample, "crAttribute", "cn");
	put_value(sample, "crAttribute", "postalAddress");
	put_value(sample, "crAttribute", "telephoneNumber");
	put_value(sample, "crLegalBasis", "eu-gdpr:A6-1-f");
	end_entry(sample);
}

static void
put_request(const struct sample *sample, const struct customer *customer)
{
	char number[RDNS_SIZE];
	int64_t received = sample->now - 10 * DAY_SECONDS;

	child_number(customer, 'R', 0, number);
	begin_child(sample, customer, "crRequest", "crRequestId", number);
	put_value(sample, "crRequestType", "rectification");
	put_value(sample, "crState", "received");
	put_time(sample, "crReceived", received);
	put_dn(sample, "crReceivedBy", "uid=registrar,ou=handlers");
	put_time(sample, "crDue", received + 30 * DAY_SECONDS);
	put_value(sample, "crText", "Osoite on väärin, kirjeet palautuvat.");
	end_entry(sample);
}

void
put_customer(const struct sample *sample, const struct customer *customer)
{
	char rdns[RDNS_SIZE];

	snprintf(rdns, sizeof(rdns), "uid=c%llu,ou=customers",
	    (unsigned long long)customer->number);
	put_person(sample, customer, rdns);
	if (sample->bare)
		return;
	put_assignments(sample, customer);
	put_invoices(sample, customer);
	if (customer->collection)
		put_collection(sample, customer);
	if (customer->request)
		put_request(sample, customer);
}
