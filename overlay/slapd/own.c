/*
 * Entries of the module's own, below units of the first suffix: orders to erase
 * and suppressions.  They are written through the whole stack, as rootdn, so
 * they replicate.
 */
#include "erase.h"

enum { DN_MAX_RDN = 128 };

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

Entry *
cr_own_new(const struct cr_db *db, const struct cr_own *own, const char *id)
{
	char first[DN_MAX_RDN];

	snprintf(first, sizeof(first), "%s=%s,ou=%s", own->id, id, own->unit);
	return new_entry(db, first, own->class);
}

Entry *
cr_own_unit(const struct cr_db *db, const struct cr_own *own)
{
	char first[DN_MAX_RDN];
	Entry *e;

	snprintf(first, sizeof(first), "ou=%s", own->unit);
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
	code = add(erasing, cr_own_unit(erasing->db, own));
	if (code == LDAP_SUCCESS || code == LDAP_ALREADY_EXISTS)
		code = add(erasing, entry_dup((Entry *)(uintptr_t)e));
	return code;
}

/* The register's attributes of `e`, or one of them, for those that are there. */
int
cr_own_replace(struct cr_erasing *erasing, const Entry *e, const char *only)
{
	Modifications *mods = NULL;
	struct berval dn, ndn;
	int code = LDAP_OTHER;

	if (e == NULL)
		return code;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		const char *name = a->a_desc->ad_cname.bv_val;

		if (only != NULL ? strcmp(name, only) != 0 :
		    strncmp(name, "cr", 2) != 0)
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
