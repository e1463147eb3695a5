/*
 * The state of the read log, and whether a compaction waits, in cn=monitor, on the overlay's entry below that
 * of its database: back-mdb has a callback on the database's own, and slapd
 * frees the first of two callbacks twice when it ends (cache.c,
 * monitor_entry_destroy).  Without a monitor database nothing happens.
 */
#include "compaction.h"

#include "back-monitor/back-monitor.h"

#include "log/leaf_text.h"

enum {
	SHOW_RECORDS,
	SHOW_SIZE,
	SHOW_TIME,
	SHOW_REFUSED,
	SHOW_FAILED,
	SHOW_FREE,
	SHOW_RESERVE,
	SHOW_STATE,
	SHOW_SINCE,
	SHOW_DUE,
	SHOWN
};

static struct {
	const char *name;
	AttributeDescription *desc;
} shown[SHOWN] = {
	[SHOW_RECORDS] = { "crLogRecords", NULL },
	[SHOW_SIZE] = { "crLogCheckpointSize", NULL },
	[SHOW_TIME] = { "crLogCheckpointTime", NULL },
	[SHOW_REFUSED] = { "crLogRefused", NULL },
	[SHOW_FAILED] = { "crLogFailed", NULL },
	[SHOW_FREE] = { "crLogFreeBytes", NULL },
	[SHOW_RESERVE] = { "crLogReserveBytes", NULL },
	[SHOW_STATE] = { "crLogState", NULL },
	[SHOW_SINCE] = { "crCompactionSince", NULL },
	[SHOW_DUE] = { "crCompactionDue", NULL }
};
static ObjectClass *monitor_class;

int
cr_monitor_resolve(void)
{
	for (unsigned i = 0; i < SHOWN; i++) {
		const char *text = NULL;

		if (slap_str2ad(shown[i].name, &shown[i].desc, &text) !=
		    LDAP_SUCCESS)
			return -1;
	}
	monitor_class = oc_find("crLogMonitor");
	return monitor_class != NULL ? 0 : -1;
}

static void
put(Entry *e, unsigned which, const char *text)
{
	struct berval bv;

	ber_str2bv(text, 0, 0, &bv);
	(void)attr_delete(&e->e_attrs, shown[which].desc);
	if (bv.bv_len > 0)
		(void)attr_merge_normalize_one(e, shown[which].desc, &bv,
			NULL);
}

static void
put_number(Entry *e, unsigned which, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	put(e, which, text);
}

static const char *
state_of(bool is_open, const struct cr_log_counters *counters)
{
	if (!is_open)
		return "closed";
	if (!counters->usable && counters->full)
		return "full";
	return counters->usable ? "ok" : "failed";
}

static void
put_compaction(Entry *e, struct cr_db *db)
{
	char since[CR_TIME_TEXT_SIZE], due[CR_TIME_TEXT_SIZE];
	struct cr_compaction needed;

	cr_compaction_show(db, &needed);
	if (needed.state != CR_COMPACTION_NEEDED ||
	    cr_time_format(needed.time, since) != CR_OK ||
	    cr_time_format(needed.due, due) != CR_OK)
		since[0] = due[0] = '\0';
	put(e, SHOW_SINCE, since);
	put(e, SHOW_DUE, due);
}

/* Before the entry is read, with its lock held. */
static int
update(Operation *op, SlapReply *rs, Entry *e, void *private)
{
	struct cr_db *db = private;
	struct cr_log *log = cr_log_borrow(db);
	struct cr_log_counters counters = { 0 };
	char time[CR_LEAF_TIME_SIZE] = "";

	(void)op;
	(void)rs;
	if (log != NULL) {
		cr_log_counters(log, &counters);
		cr_log_return(db);
	}
	if (counters.checkpoint_ms == 0 ||
	    cr_leaf_time_format(counters.checkpoint_ms, time) != CR_OK)
		time[0] = '\0';
	put_number(e, SHOW_RECORDS, counters.records);
	put_number(e, SHOW_SIZE, counters.integrated);
	put(e, SHOW_TIME, time);
	put_number(e, SHOW_REFUSED, counters.refused);
	put_number(e, SHOW_FAILED, counters.failed);
	put_number(e, SHOW_FREE, counters.free_bytes);
	put_number(e, SHOW_RESERVE, counters.reserve_bytes);
	put(e, SHOW_STATE, state_of(log != NULL, &counters));
	put_compaction(e, db);
	return SLAP_CB_CONTINUE;
}

static int
forget(Entry *e, void **private)
{
	Modification mod = { 0 };
	struct berval values[2] = { monitor_class->soc_cname, BER_BVNULL };
	char buffer[SLAP_TEXT_BUFLEN];
	const char *text;

	*private = NULL;
	for (unsigned i = 0; i < SHOWN; i++)
		(void)attr_delete(&e->e_attrs, shown[i].desc);
	mod.sm_op = LDAP_MOD_DELETE;
	mod.sm_desc = slap_schema.si_ad_objectClass;
	mod.sm_values = values;
	mod.sm_numvals = 1;
	(void)modify_delete_values(e, &mod, 1, &text, buffer, sizeof(buffer));
	return SLAP_CB_CONTINUE;
}

static monitor_extra_t *
extra(void)
{
	BackendInfo *info = backend_info("monitor");

	return info == NULL ? NULL : info->bi_extra;
}

/*
 * As databases open: cn=monitor itself may open later.  An overlay that is
 * added to a running slapd has no entry there until slapd starts again.  Of
 * several overlays slapd finds only the entry of the one configured first
 * (database.c, monitor_subsys_overlay_init_one), and does not start when
 * another was to be found.
 */
void
cr_monitor_open(struct cr_db *db)
{
	monitor_extra_t *monitor = extra();
	monitor_callback_t *cb;
	Attribute *classes;

	if (db->monitor_callback != NULL || monitor == NULL ||
	    !monitor->is_configured() || !SLAP_DBMONITORING(db->be) ||
	    db->on->on_next != NULL ||
	    monitor->register_overlay(db->be, db->on, &db->monitor_ndn) != 0)
		return;
	cb = ch_calloc(1, sizeof(*cb));
	cb->mc_update = update;
	cb->mc_free = forget;
	cb->mc_private = db;
	classes = attrs_alloc(1);
	classes->a_desc = slap_schema.si_ad_objectClass;
	attr_valadd(classes, &monitor_class->soc_cname, NULL, 1);
	if (monitor->register_entry_attrs(&db->monitor_ndn, classes, cb, NULL,
	    -1, NULL) == 0)
		db->monitor_callback = cb;
	else
		ch_free(cb);
	attrs_free(classes);
}

void
cr_monitor_close(struct cr_db *db)
{
	monitor_extra_t *monitor = extra();
	struct berval none = BER_BVNULL;

	if (db->monitor_callback != NULL && monitor != NULL &&
	    !BER_BVISNULL(&db->monitor_ndn))
		monitor->unregister_entry_callback(&db->monitor_ndn,
			db->monitor_callback, &none, 0, &none);
	db->monitor_callback = NULL;
	BER_BVZERO(&db->monitor_ndn);
}
