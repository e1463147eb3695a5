/*
 * The register's schema: the module registers it itself, so that it is there
 * before any database is configured and cannot be edited away.
 */
#include "guard.h"

#include "core/schema_table.h"

struct cr_schema cr_schema;
_Atomic unsigned char cr_meanings[CR_MEANINGS];

enum cr_meaning
cr_meaning_find(const AttributeDescription *desc)
{
	const struct {
		const AttributeDescription *desc;
		enum cr_meaning meaning;
	} known[] = {
		{ slap_schema.si_ad_objectClass, CR_MEANS_CLASSES },
		{ slap_schema.si_ad_structuralObjectClass,
			CR_MEANS_STRUCTURAL },
		{ slap_schema.si_ad_entryUUID, CR_MEANS_UUID },
		{ cr_schema.marketing_ban, CR_MEANS_MARKETING },
		{ cr_schema.listing_ban, CR_MEANS_LISTING },
		{ cr_schema.ban_until, CR_MEANS_UNTIL },
		{ cr_schema.disclosure_ban, CR_MEANS_DISCLOSURE },
		{ cr_schema.restricted, CR_MEANS_RESTRICTED },
		{ cr_schema.erasing, CR_MEANS_ERASING },
	};
	enum cr_meaning meaning = cr_desc_holds_dns(desc) ?
	    CR_MEANS_DNS : CR_MEANS_NOTHING;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].desc == desc)
			meaning = known[i].meaning;
		else if (known[i].meaning >= CR_MEANS_MARKETING &&
		    known[i].desc->ad_type == desc->ad_type)
			meaning = CR_MEANS_ODD_BAN;
	}
	/* index 0 is shared by descriptions slapd made for the moment */
	if (desc->ad_index > 0 && desc->ad_index < CR_MEANINGS)
		atomic_store_explicit(&cr_meanings[desc->ad_index],
			(unsigned char)meaning, memory_order_relaxed);
	return meaning;
}

int
cr_schema_register(void)
{
	AttributeDescription *ad;
	ObjectClass *oc;

	for (const char *const *def = cr_schema_attributes; *def; def++) {
		ad = NULL;
		if (register_at(*def, &ad, 0) != 0) {
			Debug(LDAP_DEBUG_ANY, "custreg: the schema cannot be "
				"registered; is custreg.schema or custreg.ldif "
				"loaded beside the module? The module brings "
				"the schema itself: remove the file.\n");
			return -1;
		}
	}
	for (const char *const *def = cr_schema_classes; *def; def++) {
		oc = NULL;
		if (register_oc(*def, &oc, 0) != 0) {
			Debug(LDAP_DEBUG_ANY, "custreg: object class cannot "
				"be registered: %s\n", *def);
			return -1;
		}
	}
	return 0;
}

static int
find_description(const char *name, AttributeDescription **ret_desc)
{
	const char *text = NULL;

	*ret_desc = NULL;
	if (slap_str2ad(name, ret_desc, &text) != LDAP_SUCCESS) {
		Debug(LDAP_DEBUG_ANY, "custreg: no attribute %s: %s\n",
			name, text != NULL ? text : "");
		return -1;
	}
	return 0;
}

int
cr_schema_resolve(void)
{
	const struct {
		const char *name;
		AttributeDescription **desc;
	} wanted[] = {
		{ "crMarketingBan", &cr_schema.marketing_ban },
		{ "crListingBan", &cr_schema.listing_ban },
		{ "crDisclosureBan", &cr_schema.disclosure_ban },
		{ "crProcessingRestricted", &cr_schema.restricted },
		{ "crBanUntil", &cr_schema.ban_until },
		{ "crBanRecord", &cr_schema.ban_record },
		{ "crErasurePending", &cr_schema.erasing },
		{ "crRole", &cr_schema.role },
		{ "crDecider", &cr_schema.decider },
		{ "userPassword", &cr_schema.user_password },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (find_description(wanted[i].name, wanted[i].desc) != 0)
			return -1;
	}
	cr_schema.customer = oc_find("crCustomer");
	cr_schema.service = oc_find("crService");
	cr_schema.dn_syntax =
	    slap_schema.si_ad_distinguishedName->ad_type->sat_syntax;
	cr_schema.name_uid_syntax = syn_find("1.3.6.1.4.1.1466.115.121.1.34");
	if (cr_schema.customer == NULL || cr_schema.service == NULL) {
		Debug(LDAP_DEBUG_ANY, "custreg: schema incomplete\n");
		return -1;
	}
	return 0;
}

/*
 * What is not the module's own: from cn=config modules are loaded before the
 * schema, so it is looked for when a database opens.
 */
int
cr_schema_resolve_others(void)
{
	if (cr_schema.organizational_unit == NULL)
		cr_schema.organizational_unit = oc_find("organizationalUnit");
	return cr_schema.organizational_unit != NULL ? 0 : -1;
}
