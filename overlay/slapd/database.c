/* The life of a guarded database: init, open, close, destroy. */
#include "barrier.h"
#include "erase.h"
#include "loglevel.h"
#include "suppression.h"

int
cr_db_init(BackendDB *be, ConfigReply *cr)
{
	slap_overinst *on = (slap_overinst *)be->bd_info;
	struct cr_db *db;
	_Atomic(struct cr_db *) *tail = &cr_dbs;

	(void)cr;
	db = ch_calloc(1, sizeof(*db));
	db->on = on;
	db->be = on->on_info->oi_origdb;
	db->raw_info = on->on_info->oi_orig;
	db->recent = cr_recent_new();
	db->departed = cr_departed_new();
	db->seen = cr_seen_new();
	db->referrers = cr_referrers_new();
	ldap_pvt_thread_mutex_init(&db->policy_mutex);
	ldap_pvt_thread_mutex_init(&db->ban_mutex);
	(void)pthread_rwlock_init(&db->log_lock, NULL);
	(void)cr_gate_new(&db->gate);
	db->parts = ch_calloc(1, sizeof(*db->parts));
	on->on_bi.bi_private = db;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = db;
	return 0;
}

static int
check_settings(const struct cr_db *db, char *msg, size_t size)
{
	if (strcmp(db->raw_info->bi_type, "mdb") != 0) {
		snprintf(msg, size, "custreg: guards mdb databases, not %s",
			db->raw_info->bi_type);
		return -1;
	}
	if (!SLAP_LASTMOD(db->be)) {
		snprintf(msg, size, "custreg: needs \"lastmod on\": the read "
			"log names entries by entryUUID");
		return -1;
	}
	if (cr_schema_resolve_others() != 0) {
		snprintf(msg, size, "custreg: needs the schema core: no "
			"object class organizationalUnit");
		return -1;
	}
	return 0;
}

static void
deactivate(struct cr_db *db)
{
	db->leaving = false;
	if (!db->open)
		return;
	db->open = false;
	cr_controls_disable(db->be);
	cr_log_deactivate(db);
	cr_snapshot_drop(db);
}

static int
take_into_force(struct cr_db *db, ConfigReply *cr)
{
	if (cr_suppress_activate(db, cr->msg, sizeof(cr->msg)) != 0 ||
	    cr_log_activate(db, cr->msg, sizeof(cr->msg)) != 0)
		return -1;
	if (cr_frontend_install(cr) != 0) {
		snprintf(cr->msg, sizeof(cr->msg), "custreg: the frontend half "
			"cannot be installed; add \"overlay custreg-frontend\" "
			"to the frontend database");
		return -1;
	}
	if (!db->open && cr_controls_enable(db->be) != 0) {
		snprintf(cr->msg, sizeof(cr->msg), "custreg: the controls "
			"cannot be enabled");
		return -1;
	}
	return 0;
}

static void
replace_list(BerVarray *list, BerVarray fresh)
{
	ber_bvarray_free(*list);
	*list = NULL;
	if (fresh != NULL)
		ber_bvarray_dup_x(list, fresh, NULL);
}

/*
 * Takes the settings into force as they now are.  On failure a text is in
 * cr->msg and what was in force stays so, but for the settings themselves,
 * which the caller puts back.
 *
 * Without customers the guard goes off, and without a directory the log, but
 * not at once when slapd is running: slapd replaces a value by deleting and
 * adding, and when the add fails and so does slapd's undo, what went off at
 * the delete would stay off.  cr_db_settle() decides, when the write to
 * cn=config is over.
 */
int
cr_db_activate(struct cr_db *db, ConfigReply *cr)
{
	struct cr_parts *parts = NULL;

	if (db->customers == NULL) {
		Debug(LDAP_DEBUG_ANY, "custreg: no custreg-customers on \"%s\": "
			"the database is not guarded\n",
			db->be->be_suffix[0].bv_val);
		db->leaving = db->open;
		return 0;
	}
	if (check_settings(db, cr->msg, sizeof(cr->msg)) != 0 ||
	    cr_stack_check(db->be, db->on, cr) != 0 ||
	    cr_stack_check_frontend(cr) != 0 ||
	    cr_parts_new(db, &parts, cr->msg, sizeof(cr->msg)) != 0)
		return -1;
	if (take_into_force(db, cr) != 0) {
		cr_parts_free(parts);
		return -1;
	}
	cr_parts_put_in_force(db, parts);
	cr_snapshot_spoil(db);
	cr_referrers_forget(db);
	db->leaving = false;
	db->open = true;
	if (!atomic_load(&db->cleansed))
		cr_erase_wake(db, 0);
	return 0;
}

static void
settle(struct cr_db *db, bool done)
{
	if (done) {
		/* others may be writing to the log that goes */
		slap_pause_server();
		if (db->log_leaving)
			cr_log_deactivate(db);
		if (db->leaving)
			deactivate(db);
		slap_unpause_server();
	} else {
		if (db->leaving) {
			const struct cr_parts *parts = cr_db_parts(db);

			replace_list(&db->customers, parts->customers);
			replace_list(&db->customers_pretty,
				parts->customers_pretty);
		}
		cr_log_stays(db);
	}
	db->leaving = db->log_leaving = false;
}

/* An accesslog may have come or moved: that is no setting of ours. */
static void
look_around(struct cr_db *db)
{
	struct cr_parts *parts = NULL;
	char ignored[256];

	if (db->open && cr_parts_new(db, &parts, ignored,
	    sizeof(ignored)) == 0)
		cr_parts_put_in_force(db, parts);
}

/* After a write to cn=config, done or undone. */
void
cr_db_settle(struct cr_db *db, bool done)
{
	if (db->leaving || db->log_leaving)
		settle(db, done);
	look_around(db);
	if (db->open)
		cr_loglevel_check();
}

int
cr_db_open(BackendDB *be, ConfigReply *cr)
{
	slap_overinst *on = (slap_overinst *)be->bd_info;
	struct cr_db *db = on->on_bi.bi_private;
	int rc;

	if ((slapMode & SLAP_SERVER_MODE) == 0)
		return 0;
	rc = cr_db_activate(db, cr);
	if (rc != 0)
		Debug(LDAP_DEBUG_ANY, "%s\n", cr->msg);
	db->running = rc == 0;
	if (rc == 0) {
		cr_monitor_open(db);
		cr_erase_start(db);
		cr_cases_start(db);
		if (db->open)
			cr_loglevel_check();
	}
	return rc;
}

int
cr_db_close(BackendDB *be, ConfigReply *cr)
{
	slap_overinst *on = (slap_overinst *)be->bd_info;
	struct cr_db *db = on->on_bi.bi_private;

	(void)cr;
	db->running = false;
	cr_monitor_close(db);
	cr_erase_stop(db);
	cr_cases_stop(db);
	deactivate(db);
	return 0;
}

int
cr_db_destroy(BackendDB *be, ConfigReply *cr)
{
	slap_overinst *on = (slap_overinst *)be->bd_info;
	struct cr_db *db = on->on_bi.bi_private;

	(void)cr;
	for (_Atomic(struct cr_db *) *p = &cr_dbs; *p != NULL;
	    p = &(*p)->next) {
		if (*p == db) {
			*p = (struct cr_db *)db->next;
			break;
		}
	}
	cr_log_deactivate(db);
	cr_list_forget(db);
	if (cr_dbs == NULL && slapd_shutdown)
		cr_release_stop();
	cr_log_settings_free(db);
	cr_snapshot_release(&db->snapshot);
	cr_recent_free(&db->recent);
	cr_departed_free(&db->departed);
	cr_seen_free(&db->seen);
	ber_bvarray_free(db->customers);
	ber_bvarray_free(db->customers_pretty);
	ber_bvarray_free(db->handlers);
	ber_bvarray_free(db->handlers_pretty);
	ber_bvarray_free(db->replicas);
	ber_bvarray_free(db->replicas_pretty);
	cr_parts_free(db->parts);
	ch_free(db->purposes.bv_val);
	ch_free(db->purposes_pretty.bv_val);
	ch_free(db->recipients.bv_val);
	ch_free(db->recipients_pretty.bv_val);
	ch_free(db->anonymous_purpose.bv_val);
	ch_free(db->year_end_text);
	ch_free(db->compact_text);
	cr_suppress_free(db);
	cr_settled_free(&db->settled);
	cr_referrers_free(&db->referrers);
	ldap_pvt_thread_mutex_destroy(&db->policy_mutex);
	ldap_pvt_thread_mutex_destroy(&db->ban_mutex);
	(void)pthread_rwlock_destroy(&db->log_lock);
	(void)pthread_rwlock_destroy(&db->gate);
	ch_free(db);
	on->on_bi.bi_private = NULL;
	return 0;
}
