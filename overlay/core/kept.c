#include "kept.h"

static const struct group_row {
	const char *attribute;
	enum cr_group group;
} customer_rows[] = {
	{ "cn", CR_GROUP_NAME },
	{ "sn", CR_GROUP_NAME },
	{ "givenName", CR_GROUP_NAME },
	{ "displayName", CR_GROUP_NAME },
	{ "o", CR_GROUP_NAME },
	{ "title", CR_GROUP_NAME },
	{ "uid", CR_GROUP_NAME },
	{ "crCustomerNumber", CR_GROUP_NAME },
	{ "postalAddress", CR_GROUP_ADDRESS },
	{ "street", CR_GROUP_ADDRESS },
	{ "postalCode", CR_GROUP_ADDRESS },
	{ "l", CR_GROUP_ADDRESS },
	{ "c", CR_GROUP_ADDRESS },
	{ "crMarketingBan", CR_GROUP_BANS },
	{ "crListingBan", CR_GROUP_BANS },
	{ "crDisclosureBan", CR_GROUP_BANS },
	{ "crProcessingRestricted", CR_GROUP_BANS },
	{ "crBanUntil", CR_GROUP_BANS },
	{ "crBanRecord", CR_GROUP_BANS },
	{ "crPaperFile", CR_GROUP_PAPER },
	{ "mail", CR_GROUP_MAIL },
	{ "telephoneNumber", CR_GROUP_PHONE },
	{ "mobile", CR_GROUP_PHONE },
	{ "homePhone", CR_GROUP_PHONE },
	{ "pager", CR_GROUP_PHONE },
	{ "facsimileTelephoneNumber", CR_GROUP_PHONE },
	{ "userPassword", CR_GROUP_PASSWORD },
	{ "crRelationshipEnded", CR_GROUP_REGISTER }
};

static const struct group_row any_rows[] = {
	{ "objectClass", CR_GROUP_REGISTER },
	{ "crErasurePending", CR_GROUP_REGISTER },
	{ "crHold", CR_GROUP_HOLDS },
	{ "crSource", CR_GROUP_SOURCES }
};

static const struct {
	const char *text;
	bool stays;
	bool needed;
} groups[CR_GROUPS] = {
	[CR_GROUP_ENTRY] = { "entry", true, true },
	[CR_GROUP_NAME] = { "name", true, true },
	[CR_GROUP_ADDRESS] = { "address", true, true },
	[CR_GROUP_BANS] = { "bans", true, false },
	[CR_GROUP_PAPER] = { "paperFile", true, false },
	[CR_GROUP_HOLDS] = { "holds", true, false },
	[CR_GROUP_REGISTER] = { "register", true, false },
	[CR_GROUP_MAIL] = { "mail", false, false },
	[CR_GROUP_PHONE] = { "phone", false, false },
	[CR_GROUP_PASSWORD] = { "password", false, false },
	[CR_GROUP_SOURCES] = { "sources", false, false },
	[CR_GROUP_OTHER] = { "other", false, false }
};

/* A class, and what an entry of it cannot do without. */
static const struct class_row {
	const char *class;
	const char *essential[4];
} class_rows[] = {
	{ "crCustomer", { "cn", "sn", "uid", "crCustomerNumber" } },
	{ "crInvoice", { "crInvoiceNumber", "crState", "crDate",
	    "crAmount" } },
	{ "crCollection", { "crCaseNumber", "crState", "crDate" } },
	{ "crAssignment", { "crAssignmentNumber", "crDate" } },
	{ "crDisclosure", { "crDisclosureId", "crRecipientDN",
	    "crPurposeName", "crDate" } },
	{ "crRequest", { "crRequestId", "crRequestType", "crReceived" } }
};

static bool
is_named(struct cr_slice name, const char *text)
{
	return cr_slice_same_name(name, cr_slice_of(text));
}

static const struct group_row *
find_row(const struct group_row *rows, size_t count, struct cr_slice attribute)
{
	for (size_t i = 0; i < count; i++) {
		if (is_named(attribute, rows[i].attribute))
			return &rows[i];
	}
	return NULL;
}

enum cr_group
cr_kept_group(struct cr_slice class, struct cr_slice attribute)
{
	bool customer = is_named(class, "crCustomer");
	const struct group_row *row = find_row(any_rows,
	    sizeof(any_rows) / sizeof(any_rows[0]), attribute);

	if (row == NULL && customer)
		row = find_row(customer_rows,
		    sizeof(customer_rows) / sizeof(customer_rows[0]),
		    attribute);
	if (row != NULL)
		return row->group;
	return customer ? CR_GROUP_OTHER : CR_GROUP_ENTRY;
}

const char *
cr_kept_group_text(enum cr_group group)
{
	return groups[group].text;
}

bool
cr_kept_stays(enum cr_group group)
{
	return groups[group].stays;
}

bool
cr_kept_is_needed(enum cr_group group)
{
	return groups[group].needed;
}

bool
cr_kept_is_counted(struct cr_slice attribute)
{
	return is_named(attribute, "crState") ||
	    is_named(attribute, "crDate") ||
	    is_named(attribute, "crReceived");
}

static const struct class_row *
find_class(struct cr_slice class)
{
	for (size_t i = 0; i < sizeof(class_rows) / sizeof(class_rows[0]);
	    i++) {
		if (is_named(class, class_rows[i].class))
			return &class_rows[i];
	}
	return NULL;
}

bool
cr_kept_is_essential(struct cr_slice class, struct cr_slice attribute)
{
	const struct class_row *row = find_class(class);

	if (row == NULL)
		return true;
	for (size_t i = 0; i < 4 && row->essential[i] != NULL; i++) {
		if (is_named(attribute, row->essential[i]))
			return true;
	}
	return false;
}

const char *
cr_kept_class_text(struct cr_slice class)
{
	const struct class_row *row = find_class(class);

	return row != NULL ? row->class : "other";
}
