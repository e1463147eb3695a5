#include "names.h"

#include <pthread.h>
#include <stdint.h>

#define N(s) CR_SLICE_LITERAL(s)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Format: only ever appended to, at the end of each list. */
static const struct cr_slice attributes[] = {
	N("objectClass"), N("cn"), N("sn"), N("givenName"), N("displayName"),
	N("o"), N("title"), N("uid"), N("crCustomerNumber"), N("mail"),
	N("telephoneNumber"), N("mobile"), N("postalAddress"), N("street"),
	N("postalCode"), N("l"), N("c"), N("entryUUID"), N("entryDN"),
	N("hasSubordinates"), N("createTimestamp"), N("modifyTimestamp"),
	N("creatorsName"), N("modifiersName"), N("structuralObjectClass"),
	N("subschemaSubentry"), N("entryCSN"), N("contextCSN"), N("memberOf"),
	N("numSubordinates"), N("pwdChangedTime"), N("pwdAccountLockedTime"),
	N("pwdFailureTime"), N("pwdHistory"), N("pwdReset"),
	N("pwdPolicySubentry"), N("authTimestamp"), N("name"), N("ou"),
	N("dc"), N("st"), N("co"), N("description"), N("initials"),
	N("generationQualifier"), N("dnQualifier"), N("serialNumber"),
	N("userPassword"), N("userCertificate"), N("seeAlso"), N("member"),
	N("uniqueMember"), N("owner"), N("roleOccupant"),
	N("businessCategory"), N("facsimileTelephoneNumber"), N("homePhone"),
	N("homePostalAddress"), N("pager"), N("preferredDeliveryMethod"),
	N("preferredLanguage"), N("postOfficeBox"),
	N("physicalDeliveryOfficeName"), N("registeredAddress"),
	N("destinationIndicator"), N("internationaliSDNNumber"),
	N("telexNumber"), N("x121Address"), N("labeledURI"), N("jpegPhoto"),
	N("photo"), N("audio"), N("carLicense"), N("departmentNumber"),
	N("employeeNumber"), N("employeeType"), N("roomNumber"), N("manager"),
	N("secretary"), N("userPKCS12"), N("userSMIMECertificate"), N("host"),
	N("info"), N("authzFrom"), N("authzTo"), N("memberURL"), N("ref"),
	N("aliasedObjectName"), N("crCustomerSince"), N("crRelationshipEnded"),
	N("crMarketingBan"), N("crListingBan"), N("crDisclosureBan"),
	N("crProcessingRestricted"), N("crBanUntil"), N("crHold"),
	N("crSource"), N("crPaperFile"), N("crBanRecord"),
	N("crErasurePending"), N("crAssignmentNumber"), N("crDate"),
	N("crState"), N("crInvoiceNumber"), N("crDueDate"), N("crPaidDate"),
	N("crAmount"), N("crCaseNumber"), N("crDisclosureId"),
	N("crRecipientDN"), N("crPurposeName"), N("crAttribute"),
	N("crLegalBasis"), N("crRequestId"), N("crRequestType"),
	N("crReceived"), N("crReceivedBy"), N("crDue"), N("crDecider"),
	N("crReason"), N("crText"), N("crRole"), N("crDefaultPurpose"),
	N("crAllowedPurpose"), N("crAgreementSigned"), N("crAgreementVersion"),
	N("crAgreementUntil"), N("crSuspended"), N("crAutomated"),
	N("crMinSSF"), N("crCountry"), N("crRecipientKind"),
	N("crTransferDecision"), N("crKind"), N("crHiddenByMarketing"),
	N("crHiddenByListing"), N("crHiddenByDisclosureBan"),
	N("crHiddenByRestriction"), N("crReleases"), N("crReleasesClass"),
	N("crWrites"), N("crWritesClass"), N("crDpvTerm"), N("crErasureId"),
	N("crErasureSubject"), N("crErasureTime"), N("crErasureLeader"),
	N("crKeyedHash"), N("crSuppressionId"), N("crRegisterName"),
	N("crRegisterPurpose"), N("crRegisterContents"),
	N("crRegisterSources"), N("crRegisterDisclosures"),
	N("crRegisterTransfers"), N("crRegisterProtectionManual"),
	N("crRegisterProtectionComputer"), N("crRegisterCookies"),
	N("crRegisterAccess"), N("crRegisterRectification"),
	N("crRegisterOtherRights"), N("crReadTime"), N("crReadReader"),
	N("crReadOnBehalfOf"), N("crReadSubject"), N("crReadSubjectDN"),
	N("crReadPurpose"), N("crReadRecipient"), N("crReadReference"),
	N("crReadType"), N("crReadAttribute"), N("crReadPeer"),
	N("crReadMechanism"), N("crReadConnection"), N("crReadOperation"),
	N("crReadCount"), N("crReadResult"), N("crReadScope"),
	N("crReadFilter"), N("crReadClass"), N("crReadEvent"),
	N("crReadDetail"), N("crReadListener"), N("crReadSSF")
};

static const struct cr_slice keywords[] = {
	N("customerCare"), N("assignment"), N("billing"), N("collection"),
	N("creditDecision"), N("legalObligation"), N("archiving"),
	N("serviceDevelopment"), N("statistics"), N("personalisation"),
	N("directAdvertising"), N("distanceSelling"), N("directMarketing"),
	N("marketResearch"), N("opinionResearch"), N("listingPrinted"),
	N("listingElectronic"), N("subjectAccess"), N("rightsFulfilment"),
	N("maintenance"), N("replication"), N("all"), N("printed"),
	N("electronic")
};

static const struct cr_slice classes[] = {
	N("crCustomer"), N("crAssignment"), N("crInvoice"), N("crCollection"),
	N("crDisclosure"), N("crRequest"), N("entry"), N("organizationalUnit"),
	N("crHandler"), N("crService"), N("crRecipient"), N("crPurpose"),
	N("crErasureOrder"), N("crSuppressed"), N("crRegister")
};

static const struct cr_slice mechanisms[] = {
	N("simple"), N("anonymous"), N("EXTERNAL"), N("PLAIN"), N("LOGIN"),
	N("CRAM-MD5"), N("DIGEST-MD5"), N("SCRAM-SHA-1"), N("SCRAM-SHA-256"),
	N("SCRAM-SHA-512"), N("SCRAM-SHA-1-PLUS"), N("SCRAM-SHA-256-PLUS"),
	N("SCRAM-SHA-512-PLUS"), N("GSSAPI"), N("GSS-SPNEGO"), N("NTLM"),
	N("OTP"), N("SRP"), N("ANONYMOUS"), N("OAUTHBEARER")
};

static const struct cr_slice events[] = {
	N("refused"), N("purpose"), N("write"), N("recipient"), N("control"),
	N("ban-set"), N("ban-lifted"), N("policy"), N("handler"),
	N("agreement-signed"), N("agreement-expired"),
	N("agreement-withdrawn"), N("suspended"), N("hold-set"),
	N("hold-lifted"), N("erasure"), N("erased"), N("disclosure"),
	N("request"), N("request-decided"), N("key"), N("log-open"),
	N("log-closed"), N("log-pruned"), N("log-verified-anew"), N("readlog"),
	N("ban-change-not-done"), N("replica")
};

static const struct {
	const struct cr_slice *names;
	unsigned count;
} lists[CR_NAMES_KINDS] = {
	[CR_NAMES_ATTRIBUTE] = { attributes, COUNT(attributes) },
	[CR_NAMES_KEYWORD] = { keywords, COUNT(keywords) },
	[CR_NAMES_CLASS] = { classes, COUNT(classes) },
	[CR_NAMES_MECHANISM] = { mechanisms, COUNT(mechanisms) },
	[CR_NAMES_EVENT] = { events, COUNT(events) }
};

_Static_assert(COUNT(attributes) < 256 && COUNT(keywords) < 256 &&
	COUNT(classes) < 128 && COUNT(mechanisms) < 256 &&
	COUNT(events) < 256, "a code is a byte, that of a class has a spare bit");

/* Open addressing, at most half full: 0 ends a probe. */
#define SLOTS 512

static unsigned char slots[CR_NAMES_KINDS][SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Of the length and the first and last eight bytes: names are short. */
static unsigned
slot_of(struct cr_slice name)
{
	uint64_t head = 0;
	uint64_t tail = 0;

	if (name.len >= sizeof(head)) {
		memcpy(&head, name.ptr, sizeof(head));
		memcpy(&tail, name.ptr + name.len - sizeof(tail),
		    sizeof(tail));
	} else {
		for (size_t i = 0; i < name.len; i++)
			head = head << 8 | (unsigned char)name.ptr[i];
	}
	head = (head ^ name.len) * UINT64_C(0x9e3779b97f4a7c15);
	head = (head ^ tail ^ head >> 32) * UINT64_C(0xff51afd7ed558ccd);
	return (unsigned)(head >> 40) % SLOTS;
}

static void
fill_slots(void)
{
	for (unsigned kind = 0; kind < CR_NAMES_KINDS; kind++) {
		for (unsigned i = 0; i < lists[kind].count; i++) {
			unsigned slot = slot_of(lists[kind].names[i]);

			while (slots[kind][slot] != 0)
				slot = (slot + 1) % SLOTS;
			slots[kind][slot] = (unsigned char)(i + 1);
		}
	}
}

unsigned char
cr_name_code(enum cr_names kind, struct cr_slice name)
{
	unsigned char code;

	if (name.len == 0 || pthread_once(&once, fill_slots) != 0)
		return 0;
	for (unsigned slot = slot_of(name); (code = slots[kind][slot]) != 0;
	    slot = (slot + 1) % SLOTS) {
		if (cr_slice_equal(lists[kind].names[code - 1], name))
			return code;
	}
	return 0;
}

struct cr_slice
cr_name_of(enum cr_names kind, unsigned char code)
{
	if (code == 0 || code > lists[kind].count)
		return (struct cr_slice){ NULL, 0 };
	return lists[kind].names[code - 1];
}

unsigned
cr_name_count(enum cr_names kind)
{
	return lists[kind].count;
}

unsigned char
cr_name_class_code(struct cr_slice name)
{
	return cr_name_code(CR_NAMES_CLASS, name);
}

const char *
cr_name_class(unsigned char code)
{
	struct cr_slice name = cr_name_of(CR_NAMES_CLASS, code);

	return name.ptr != NULL ? name.ptr : "other";
}
