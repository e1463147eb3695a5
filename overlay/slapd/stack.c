/*
 * Which overlays may stand with the guard on a database, and where: below it
 * what writes, logs and replicates, above it what fetches and copies entries
 * for the client, and not at all what keeps or shows entries on its own
 * (facts 5, 8a).  Checked when the database opens, and, through the frontend
 * half, before cn=config makes it otherwise.
 */
#include "guard.h"

static const char *const refused[] = {
	"pcache", "translucent", "auditlog", "retcode", "rwm", "sock", NULL
};
static const char *const below[] = {
	"syncprov", "accesslog", "unique", "memberof", "refint", NULL
};
static const char *const above[] = {
	"deref", "dynlist", "dyngroup", "sssvlv", "valsort", NULL
};

static bool
listed(const char *const *list, const char *name, size_t len)
{
	for (; *list != NULL; list++) {
		if (strlen(*list) == len && strncasecmp(*list, name, len) == 0)
			return true;
	}
	return false;
}

static int
complain(ConfigReply *cr, const char *name, const char *what)
{
	snprintf(cr->msg, sizeof(cr->msg), "custreg: overlay %s %s", name,
		what);
	Debug(LDAP_DEBUG_ANY, "%s\n", cr->msg);
	return -1;
}

/* oi_list begins with the uppermost, the one configured last. */
int
cr_stack_check(BackendDB *be, slap_overinst *on, ConfigReply *cr)
{
	bool over_us = true;

	(void)be;
	for (slap_overinst *o = on->on_info->oi_list; o; o = o->on_next) {
		const char *name = o->on_bi.bi_type;

		if (o == on) {
			over_us = false;
			continue;
		}
		if (listed(refused, name, strlen(name)))
			return complain(cr, name, "cannot stand on a "
				"guarded database: it shows or keeps entries "
				"past the guard");
		if (over_us && listed(below, name, strlen(name)))
			return complain(cr, name, "must be configured "
				"before custreg (stand below it)");
		if (!over_us && listed(above, name, strlen(name)))
			return complain(cr, name, "must be configured "
				"after custreg (stand above it)");
	}
	return 0;
}

bool
cr_stack_is_mdb(BackendDB *be)
{
	BackendInfo *bi = be->bd_info;

	if (overlay_is_over(be))
		bi = ((slap_overinfo *)bi->bi_private)->oi_orig;
	return strcmp(bi->bi_type, "mdb") == 0;
}

/* A rewriting overlay on the frontend would rename entries on their way. */
int
cr_stack_check_frontend(ConfigReply *cr)
{
	slap_overinfo *info;

	if (!overlay_is_over(frontendDB))
		return 0;
	info = frontendDB->bd_info->bi_private;
	for (slap_overinst *o = info->oi_list; o != NULL; o = o->on_next) {
		const char *name = o->on_bi.bi_type;

		if (listed(refused, name, strlen(name)))
			return complain(cr, name, "cannot stand on the "
				"frontend beside a guarded database");
	}
	return 0;
}

/* The accesslog overlay's own cn=config emitter tells which log it feeds. */
static void
add_accesslog(const struct cr_db *db, slap_overinst *o, BerVarray *logs)
{
	ConfigTable *table = o->on_bi.bi_cf_ocs != NULL ?
	    o->on_bi.bi_cf_ocs->co_table : NULL;

	for (; table != NULL && table->name != NULL; table++) {
		ConfigArgs c = { 0 };

		if (strcmp(table->name, "logdb") != 0)
			continue;
		c.be = db->be;
		c.bi = &o->on_bi;
		c.op = SLAP_CONFIG_EMIT;
		if (config_get_vals(table, &c) == 0 && c.rvalue_vals != NULL) {
			struct berval ndn;

			if (dnNormalize(0, NULL, NULL, &c.rvalue_vals[0],
			    &ndn, NULL) == LDAP_SUCCESS)
				ber_bvarray_add(logs, &ndn);
		}
		ber_bvarray_free(c.rvalue_vals);
		ber_bvarray_free(c.rvalue_nvals);
	}
}

/* The suffixes of the accesslogs this database feeds; the caller's. */
BerVarray
cr_stack_accesslogs(const struct cr_db *db)
{
	BerVarray logs = NULL;

	for (slap_overinst *o = db->on->on_info->oi_list; o; o = o->on_next) {
		if (strcmp(o->on_bi.bi_type, "accesslog") == 0)
			add_accesslog(db, o, &logs);
	}
	return logs;
}

/*
 * Writes to cn=config go one at a time, each with what follows it: what another
 * has only begun is not to be settled.  Who waits does not keep slapd from
 * pausing, as the one before may have to.
 */
static pthread_mutex_t config_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

bool
cr_stack_begin(const Operation *op)
{
	static const struct berval config = BER_BVC("cn=config");

	if (op->o_tag == LDAP_REQ_BIND || !dnIsSuffix(&op->o_req_ndn, &config))
		return false;
	if (pthread_mutex_trylock(&config_mutex) != 0) {
		ldap_pvt_thread_pool_idle(&connection_pool);
		pthread_mutex_lock(&config_mutex);
		ldap_pvt_thread_pool_unidle(&connection_pool);
	}
	return true;
}

void
cr_stack_settle(bool done)
{
	for (struct cr_db *db = cr_dbs; db != NULL; db = db->next)
		cr_db_settle(db, done);
}

void
cr_stack_end(void)
{
	pthread_mutex_unlock(&config_mutex);
}

/*
 * "olcOverlay={2}pcache,olcDatabase={1}mdb,cn=config": the index of the
 * overlay (-1: none), its name, the index of the database.
 */
static bool
parse_overlay_dn(const struct berval *ndn, int *ret_index,
	struct berval *ret_name, int *ret_db)
{
	const char prefix[] = "olcOverlay=";
	const char *p = ndn->bv_val, *comma, *brace;
	char *end;

	if (ndn->bv_len < sizeof(prefix) ||
	    strncasecmp(p, prefix, sizeof(prefix) - 1) != 0)
		return false;
	p += sizeof(prefix) - 1;
	*ret_index = -1;
	if (*p == '{') {
		*ret_index = (int)strtol(p + 1, &end, 10);
		if (*end != '}')
			return false;
		p = end + 1;
	}
	comma = strchr(p, ',');
	if (comma == NULL)
		return false;
	ret_name->bv_val = (char *)p;
	ret_name->bv_len = (ber_len_t)(comma - p);
	brace = strchr(comma, '{');
	*ret_db = brace != NULL ? (int)strtol(brace + 1, NULL, 10) : -2;
	return true;
}

static struct cr_db *
db_by_index(int index)
{
	BackendDB *be;
	int i = 0;

	LDAP_STAILQ_FOREACH(be, &backendDB, be_next) {
		if (i++ != index)
			continue;
		for (struct cr_db *db = cr_dbs; db; db = db->next) {
			if (db->be == be)
				return db;
		}
	}
	return NULL;
}

/* Position of the guard, counted from the bottom as cn=config does. */
static int
guard_position(const struct cr_db *db)
{
	int after = 0;

	for (slap_overinst *o = db->on->on_next; o; o = o->on_next)
		after++;
	return after;
}

/* "olcLastMod: FALSE" on a guarded database, or taking it away. */
static bool
stops_lastmod(Operation *op)
{
	const char prefix[] = "olcDatabase=";
	const char *brace;
	struct cr_db *db;

	if (strncasecmp(op->o_req_ndn.bv_val, prefix, sizeof(prefix) - 1) != 0)
		return false;
	brace = strchr(op->o_req_ndn.bv_val, '{');
	db = brace == NULL ? NULL :
	    db_by_index((int)strtol(brace + 1, NULL, 10));
	if (db == NULL || !db->open)
		return false;
	for (const Modifications *m = op->orm_modlist; m; m = m->sml_next) {
		if (strcasecmp(m->sml_desc->ad_cname.bv_val, "olcLastMod") == 0 &&
		    m->sml_values != NULL &&
		    !bvmatch(&m->sml_values[0], &slap_true_bv))
			return true;
	}
	return false;
}

int
cr_stack_gate(Operation *op, const char **text)
{
	static const struct berval config = BER_BVC("cn=config");
	struct berval name;
	struct cr_db *db;
	int index, database;

	if (op->o_tag == LDAP_REQ_MODIFY &&
	    dnIsSuffix(&op->o_req_ndn, &config) && stops_lastmod(op)) {
		*text = "custreg: a guarded database needs lastmod";
		return CR_ECONTROL;
	}
	if (op->o_tag != LDAP_REQ_ADD || !dnIsSuffix(&op->o_req_ndn, &config) ||
	    !parse_overlay_dn(&op->o_req_ndn, &index, &name, &database))
		return CR_OK;
	if (database == -1 && cr_dbs != NULL &&
	    listed(refused, name.bv_val, name.bv_len)) {
		*text = "custreg: this overlay cannot stand on the frontend "
		    "beside a guarded database";
		return CR_ECONTROL;
	}
	if ((db = db_by_index(database)) == NULL || !db->open)
		return CR_OK;
	if (listed(refused, name.bv_val, name.bv_len)) {
		*text = "custreg: this overlay shows or keeps entries past "
		    "the guard";
		return CR_ECONTROL;
	}
	if (listed(below, name.bv_val, name.bv_len) &&
	    (index < 0 || index > guard_position(db))) {
		*text = "custreg: this overlay must stand below custreg: give "
		    "it an index not above custreg's";
		return CR_ECONTROL;
	}
	if (listed(above, name.bv_val, name.bv_len) && index >= 0 &&
	    index <= guard_position(db)) {
		*text = "custreg: this overlay must stand above custreg: give "
		    "it a higher index, or none";
		return CR_ECONTROL;
	}
	return CR_OK;
}
