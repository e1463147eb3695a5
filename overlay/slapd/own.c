/*
 * Entries of the module's own, below units of the first suffix: orders to
 * erase, suppressions, and the registrar's cases.  They are written through
 * the whole stack, as rootdn, so they replicate.
 */
#include "erase.h"

enum { DN_MAX_RDN = 160 };

const struct cr_own cr_own_suppressed = { .unit = "suppressed",
	.id = "crSuppressionId", .class = "crSuppressed" };

const struct cr_own cr_own_cases = { .unit = "cases",
	.above = &cr_own_suppressed, .id = "crSuppressionCaseId",
	.class = "crSuppressionCase" };

int
cr_own_set(void *arg, struct cr_slice name, struct cr_slice value)
{
	Entry *e = arg;
	AttributeDescription *desc = NULL;
	const char *text;
	struct berval at = { name.len, (char *)(uintptr_t)name.ptr };
	struct berval bv = { value.len, (char *)(uintptr_t)value.ptr };

	if (slap_bv2ad(&at, &desc, &text) != LDAP_SUCCESS ||
	    attr_merge_normalize_one(e, desc, &bv, NULL) != LDAP_SUCCESS)
		return CR_EINTERNAL;
	return CR_OK;
}

static int
set_text(Entry *e, const char *name, const char *value)
{
	return cr_own_set(e, cr_slice_of(name), cr_slice_of(value));
}

/* `first` stands before the first suffix; NULL when that is no DN. */
static Entry *
new_entry(const struct cr_db *db, const char *first, const char *class)
{
	const struct berval *suffix = &db->be->be_suffix[0];
	Entry *e = entry_alloc();
	struct berval dn;
	size_t size = strlen(first) + suffix->bv_len + 2;

	dn.bv_val = ch_malloc(size);
	dn.bv_len = (ber_len_t)snprintf(dn.bv_val, size, "%s,%s", first,
		suffix->bv_val);
	if (dnPrettyNormal(NULL, &dn, &e->e_name, &e->e_nname, NULL) !=
		LDAP_SUCCESS ||
	    set_text(e, "objectClass", class) != CR_OK ||
	    set_text(e, "structuralObjectClass", class) != CR_OK) {
		entry_free(e);
		e = NULL;
	}
	ch_free(dn.bv_val);
	return e;
}

/* "ou=cases,ou=suppressed" */
static void
put_unit(const struct cr_own *own, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "ou=%s%s%s", own->unit,
		own->above != NULL ? ",ou=" : "",
		own->above != NULL ? own->above->unit : "");
}

Entry *
cr_own_new(const struct cr_db *db, const struct cr_own *own, const char *id)
{
	char first[DN_MAX_RDN], unit[DN_MAX_RDN / 2];

	put_unit(own, unit, sizeof(unit));
	snprintf(first, sizeof(first), "%s=%s,%s", own->id, id, unit);
	return new_entry(db, first, own->class);
}

Entry *
cr_own_unit(const struct cr_db *db, const struct cr_own *own)
{
	char first[DN_MAX_RDN];
	Entry *e;

	put_unit(own, first, sizeof(first));
	e = new_entry(db, first, "organizationalUnit");
	if (e != NULL && set_text(e, "ou", own->unit) != CR_OK) {
		entry_free(e);
		e = NULL;
	}
	return e;
}

static int
add(struct cr_erasing *erasing, Entry *e)
{
	if (e == NULL)
		return LDAP_OTHER;
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_STACK);
	return cr_inner_add(erasing->inner, e);
}

static int
add_unit(struct cr_erasing *erasing, const struct cr_own *own)
{
	int code = add(erasing, cr_own_unit(erasing->db, own));

	if (code == LDAP_NO_SUCH_OBJECT && own->above != NULL) {
		code = add_unit(erasing, own->above);
		if (code == LDAP_SUCCESS || code == LDAP_ALREADY_EXISTS)
			code = add(erasing, cr_own_unit(erasing->db, own));
	}
	return code;
}

int
cr_own_add(struct cr_erasing *erasing, const struct cr_own *own,
	const Entry *e)
{
	int code;

	if (e == NULL)
		return LDAP_OTHER;
	code = add(erasing, entry_dup((Entry *)(uintptr_t)e));
	if (code != LDAP_NO_SUCH_OBJECT)
		return code;
	code = add_unit(erasing, own);
	if (code == LDAP_SUCCESS || code == LDAP_ALREADY_EXISTS)
		code = add(erasing, entry_dup((Entry *)(uintptr_t)e));
	return code;
}

/* Those directly in the unit, as they stand here; CR_OK without a unit, too. */
int
cr_own_search(struct cr_db *db, void *ctx, const struct cr_own *own,
	const char *filter, slap_response *found, void *arg)
{
	Entry *unit = cr_own_unit(db, own);
	struct cr_inner *inner;
	int code;

	if (unit == NULL)
		return CR_EINTERNAL;
	inner = ch_calloc(1, sizeof(*inner));
	cr_inner_begin(inner, db, ctx, CR_INNER_RAW);
	code = cr_inner_search(inner, &(struct cr_inner_search){
		.base = unit->e_name, .nbase = unit->e_nname,
		.scope = LDAP_SCOPE_ONELEVEL, .filter = filter,
		.with_attributes = true, .found = found, .arg = arg });
	ch_free(inner);
	entry_free(unit);
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}

int
cr_own_delete(struct cr_erasing *erasing, struct berval *ndn)
{
	int code;

	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_STACK);
	code = cr_inner_delete(erasing->inner, ndn, ndn);
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ? CR_OK :
	    CR_EINTERNAL;
}

/* One of these; NULL: any of the register's. */
static bool
is_among(const char *name, const char *const *only)
{
	if (only == NULL)
		return strncmp(name, "cr", 2) == 0;
	while (*only != NULL && strcmp(name, *only) != 0)
		only++;
	return *only != NULL;
}

/* The register's attributes of `e`, or some of them, for those that are there. */
int
cr_own_replace(struct cr_erasing *erasing, const Entry *e,
	const char *const *only)
{
	Modifications *mods = NULL;
	struct berval dn, ndn;
	int code = LDAP_OTHER;

	if (e == NULL)
		return code;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		if (!is_among(a->a_desc->ad_cname.bv_val, only))
			continue;
		cr_mods_replace(&mods, a);
	}
	dn = e->e_name;
	ndn = e->e_nname;
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_STACK);
	if (mods != NULL)
		code = cr_inner_modify(erasing->inner, &dn, &ndn, mods);
	slap_mods_free(mods, 1);
	return code;
}
