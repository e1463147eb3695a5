/*
 * Which entries name customers in a DN value: groups, managers, whatever.
 * Learnt in one pass over the database when somebody is erased for the first
 * time since slapd started, and kept by what is written after that; so that
 * the next erasure need not read everything again.  A rename moves whole
 * subtrees: then it is learnt anew.
 */
#include "erase.h"

#include <ldap_avl.h>

enum { REFERRERS_MAX = 100000 };	/* more are not kept */

struct cr_referrers {
	ldap_pvt_thread_mutex_t mutex;
	Avlnode *names;			/* of struct berval, normalised */
	size_t count;
	unsigned forgotten;		/* how often */
	bool known;
};

struct cr_referrers *
cr_referrers_new(void)
{
	struct cr_referrers *referrers = ch_calloc(1, sizeof(*referrers));

	ldap_pvt_thread_mutex_init(&referrers->mutex);
	return referrers;
}

static void
free_name(void *name)
{
	ber_bvfree(name);
}

void
cr_referrers_free(struct cr_referrers **referrers)
{
	if (*referrers == NULL)
		return;
	(void)ldap_avl_free((*referrers)->names, free_name);
	ldap_pvt_thread_mutex_destroy(&(*referrers)->mutex);
	ch_free(*referrers);
	*referrers = NULL;
}

static int
by_name(const void *a, const void *b)
{
	const struct berval *left = a, *right = b;

	if (left->bv_len != right->bv_len)
		return left->bv_len < right->bv_len ? -1 : 1;
	return memcmp(left->bv_val, right->bv_val, left->bv_len);
}

/* With the mutex. */
static void
forget(struct cr_referrers *referrers)
{
	(void)ldap_avl_free(referrers->names, free_name);
	referrers->names = NULL;
	referrers->count = 0;
	referrers->known = false;
	referrers->forgotten++;
}

static void
add(struct cr_referrers *referrers, const struct berval *ndn)
{
	struct berval *name = ber_bvdup((struct berval *)(uintptr_t)ndn);

	ldap_pvt_thread_mutex_lock(&referrers->mutex);
	if (ldap_avl_insert(&referrers->names, name, by_name,
	    ldap_avl_dup_error) != 0)
		ber_bvfree(name);
	else if (++referrers->count > REFERRERS_MAX)
		forget(referrers);
	ldap_pvt_thread_mutex_unlock(&referrers->mutex);
}

static bool
names_customer(const struct cr_db *db, const AttributeDescription *desc,
	BerVarray nvalues)
{
	struct berval dn;

	if (is_at_operational(desc->ad_type) || !cr_desc_holds_dns(desc))
		return false;
	for (; nvalues != NULL && !BER_BVISNULL(nvalues); nvalues++) {
		if (cr_dn_value(desc, nvalues, &dn) && cr_db_contains(db, &dn))
			return true;
	}
	return false;
}

static bool
has_name(const struct cr_db *db, const Entry *e)
{
	const Attribute *a = e->e_attrs;

	while (a != NULL && !names_customer(db, a->a_desc, a->a_nvals))
		a = a->a_next;
	return a != NULL;
}

static bool
brings_name(const struct cr_db *db, const Modifications *mods)
{
	for (; mods != NULL; mods = mods->sml_next) {
		if (names_customer(db, mods->sml_desc,
		    mods->sml_nvalues != NULL ? mods->sml_nvalues :
		    mods->sml_values))
			return true;
	}
	return false;
}

void
cr_referrers_forget(struct cr_db *db)
{
	ldap_pvt_thread_mutex_lock(&db->referrers->mutex);
	forget(db->referrers);
	ldap_pvt_thread_mutex_unlock(&db->referrers->mutex);
}

void
cr_referrers_note(struct cr_db *db, const Operation *op)
{
	switch (op->o_tag) {
	case LDAP_REQ_ADD:
		if (op->ora_e != NULL ? has_name(db, op->ora_e) : true)
			add(db->referrers, &op->o_req_ndn);
		break;
	case LDAP_REQ_MODIFY:
		if (brings_name(db, op->orm_modlist))
			add(db->referrers, &op->o_req_ndn);
		break;
	case LDAP_REQ_MODRDN:
		cr_referrers_forget(db);
		break;
	default:
		break;
	}
}

/* ---- all of them --------------------------------------------------------- */

struct pass {
	struct cr_db *db;
	cr_referrer_fn *fn;
	void *arg;
};

static int
look(Operation *op, SlapReply *rs)
{
	const struct pass *pass = op->o_callback->sc_private;

	if (rs->sr_type != REP_SEARCH || !has_name(pass->db, rs->sr_entry))
		return 0;
	add(pass->db->referrers, &rs->sr_entry->e_nname);
	pass->fn(pass->arg, rs->sr_entry);
	return 0;
}

/* What is written meanwhile is noted by who writes it. */
static int
learn(struct cr_erasing *erasing, struct pass *pass)
{
	struct cr_db *db = erasing->db;
	struct cr_referrers *referrers = db->referrers;
	unsigned forgotten;
	int code;

	ldap_pvt_thread_mutex_lock(&referrers->mutex);
	forgotten = referrers->forgotten;
	ldap_pvt_thread_mutex_unlock(&referrers->mutex);
	cr_inner_begin(erasing->inner, db, erasing->ctx, CR_INNER_RAW);
	code = cr_inner_search(erasing->inner, &(struct cr_inner_search){
		.base = db->be->be_suffix[0], .nbase = db->be->be_nsuffix[0],
		.scope = LDAP_SCOPE_SUBTREE, .filter = "(objectClass=*)",
		.with_attributes = true, .found = look, .arg = pass });
	ldap_pvt_thread_mutex_lock(&referrers->mutex);
	referrers->known = code == LDAP_SUCCESS &&
	    forgotten == referrers->forgotten;
	ldap_pvt_thread_mutex_unlock(&referrers->mutex);
	return code == LDAP_SUCCESS ? CR_OK : CR_EINTERNAL;
}

static int
copy_name(void *name, void *arg)
{
	BerVarray *names = arg;
	struct berval copy;

	ber_dupbv(&copy, name);
	ber_bvarray_add(names, &copy);
	return 0;
}

static void
visit(struct cr_erasing *erasing, const struct pass *pass, BerVarray names)
{
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	for (BerVarray n = names; n != NULL && !BER_BVISNULL(n); n++) {
		Entry *e = cr_raw_copy(erasing->db, erasing->inner->op, n);

		if (e == NULL)
			continue;
		pass->fn(pass->arg, e);
		entry_free(e);
	}
}

int
cr_referrers_each(struct cr_erasing *erasing, cr_referrer_fn *fn, void *arg)
{
	struct cr_referrers *referrers = erasing->db->referrers;
	struct pass pass = { erasing->db, fn, arg };
	BerVarray names = NULL;
	bool known;

	ldap_pvt_thread_mutex_lock(&referrers->mutex);
	known = referrers->known;
	if (known)
		(void)ldap_avl_apply(referrers->names, copy_name, &names, -1,
			AVL_INORDER);
	ldap_pvt_thread_mutex_unlock(&referrers->mutex);
	if (!known)
		return learn(erasing, &pass);
	visit(erasing, &pass, names);
	ber_bvarray_free(names);
	return CR_OK;
}
