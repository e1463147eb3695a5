/*
 * What names the erased elsewhere in the database: members of groups,
 * managers, any value that is a DN.  The entries that name customers
 * (referrers.c) are gone through once for all erasures that are at this point.
 */
#include "erase_facts.h"

#include <ldap_avl.h>

/* A value to be taken out of an entry. */
struct reference {
	struct reference *next;
	struct berval dn, ndn;
	AttributeDescription *desc;
	struct berval value, nvalue;
	bool last_required;		/* the schema wants one to stay */
};

struct looking {
	struct cr_db *db;
	Avlnode *subjects;		/* of struct berval */
	struct reference *found, **tail;
};

static int
compare_names(const void *a, const void *b)
{
	const struct berval *left = a, *right = b;

	if (left->bv_len != right->bv_len)
		return left->bv_len < right->bv_len ? -1 : 1;
	return memcmp(left->bv_val, right->bv_val, left->bv_len);
}

/* At or below one of the erased? */
static bool
names_erased(const struct looking *looking, const struct berval *ndn)
{
	struct berval name = *ndn, parent;

	while (cr_db_contains(looking->db, &name)) {
		if (ldap_avl_find(looking->subjects, &name, compare_names) !=
		    NULL)
			return true;
		dnParent(&name, &parent);
		name = parent;
	}
	return false;
}

static void
keep(struct looking *looking, const Entry *e, const Attribute *a, unsigned i,
	bool last_required)
{
	struct reference *found = ch_calloc(1, sizeof(*found));

	ber_dupbv(&found->dn, (struct berval *)(uintptr_t)&e->e_name);
	ber_dupbv(&found->ndn, (struct berval *)(uintptr_t)&e->e_nname);
	found->desc = a->a_desc;
	ber_dupbv(&found->value, &a->a_vals[i]);
	ber_dupbv(&found->nvalue, &a->a_nvals[i]);
	found->last_required = last_required;
	*looking->tail = found;
	looking->tail = &found->next;
}

static void
look_at(struct looking *looking, const Entry *e, const Attribute *a)
{
	unsigned left = a->a_numvals;

	for (unsigned i = 0; i < a->a_numvals; i++) {
		struct berval dn;

		if (!cr_dn_value(a->a_desc, &a->a_nvals[i], &dn) ||
		    !names_erased(looking, &dn))
			continue;
		left--;
		keep(looking, e, a, i, left == 0 &&
			cr_erase_is_required(e, a->a_desc));
	}
}

static void
look(void *arg, const Entry *e)
{
	struct looking *looking = arg;

	if (names_erased(looking, &e->e_nname))
		return;
	for (const Attribute *a = e->e_attrs; a != NULL; a = a->a_next) {
		if (!is_at_operational(a->a_desc->ad_type) &&
		    cr_desc_holds_dns(a->a_desc))
			look_at(looking, e, a);
	}
}

/*
 * A group must have a member: when the last one goes, the DN of nobody stays
 * in its place.
 */
static int
take_out(struct cr_erasing *erasing, struct reference *found)
{
	static struct berval nobody = BER_BVC("");
	struct berval values[2] = { found->value, BER_BVNULL };
	struct berval nvalues[2] = { found->nvalue, BER_BVNULL };
	struct berval fresh[2] = { nobody, BER_BVNULL };
	Modifications mods[2] = {
		{ .sml_op = SLAP_MOD_SOFTDEL, .sml_desc = found->desc,
		    .sml_flags = SLAP_MOD_INTERNAL, .sml_values = values,
		    .sml_nvalues = nvalues, .sml_numvals = 1 },
		{ .sml_op = SLAP_MOD_SOFTADD, .sml_desc = found->desc,
		    .sml_flags = SLAP_MOD_INTERNAL, .sml_values = fresh,
		    .sml_nvalues = fresh, .sml_numvals = 1 }
	};
	int code;

	mods[0].sml_type = mods[1].sml_type = found->desc->ad_cname;
	if (found->last_required)
		mods[0].sml_next = &mods[1];
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		erasing->local ? CR_INNER_RAW : CR_INNER_STACK);
	code = cr_inner_modify(erasing->inner, &found->dn, &found->ndn, mods);
	if (code == LDAP_SUCCESS && erasing->local)
		cr_write_noticed(erasing->db, erasing->inner->op, &found->ndn,
			NULL);
	/* part of the entry's own name, which somebody has to change */
	if (code == LDAP_NOT_ALLOWED_ON_RDN) {
		Debug(LDAP_DEBUG_ANY, "custreg: the RDN of an entry names a "
			"customer who was erased: rename it\n");
		return CR_OK;
	}
	return code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT ||
	    code == LDAP_NO_SUCH_ATTRIBUTE ? CR_OK : CR_EINTERNAL;
}

static int
take_out_all(struct cr_erasing *erasing, struct looking *looking)
{
	struct reference *next;
	int rc = CR_OK, first = CR_OK;

	for (struct reference *found = looking->found; found != NULL;
	    found = next) {
		next = found->next;
		rc = take_out(erasing, found);
		if (first == CR_OK)
			first = rc;
		ch_free(found->dn.bv_val);
		ch_free(found->ndn.bv_val);
		ch_free(found->value.bv_val);
		ch_free(found->nvalue.bv_val);
		ch_free(found);
	}
	return first;
}

/* What could not be done is an error. */
int
cr_erase_references(struct cr_erasing *erasing, const struct cr_erased *those)
{
	struct cr_db *db = erasing->db;
	struct looking looking = { .db = db };
	int rc, taken;

	looking.tail = &looking.found;
	for (; those != NULL; those = those->next)
		(void)ldap_avl_insert(&looking.subjects,
			(void *)(uintptr_t)&those->ndn, compare_names,
			ldap_avl_dup_error);
	if (looking.subjects == NULL)
		return CR_OK;
	rc = cr_referrers_each(erasing, look, &looking);
	taken = take_out_all(erasing, &looking);
	(void)ldap_avl_free(looking.subjects, NULL);
	return rc != CR_OK ? rc : taken;
}
