/*
 * What the files of the glue share: the guarded databases, the view one
 * operation has on them, and the verbs between the files.
 *
 * Life of an operation: the frontend half (frontend.c) puts a struct cr_op
 * on its stack, links it to the operation and runs the rest of the stack
 * inside that call.  The access hook (access.c) finds it again and judges
 * each entry (judge.c) by the view of that operation (view.c).  The database
 * half (target.c, write.c) settles what an operation may be aimed at.
 *
 * Lock order: cr_db.gate, ban_mutex, policy_mutex, then leaf locks
 * (cr_recent.mutex, the log's).  No lock is held over a search or a send.
 */
#ifndef CR_GUARD_H
#define CR_GUARD_H

#include "portable.h"

#include <stdatomic.h>
#include <stdbool.h>

#include <ac/string.h>

#include "slap.h"
#include "slap-config.h"

#include "core/change.h"
#include "core/clock.h"
#include "core/decide.h"
#include "core/lasting.h"
#include "core/policy.h"
#include "core/reader.h"
#include "core/token.h"
#include "core/uuid.h"
#include "core/values.h"
#include "custreg/error.h"
#include "custreg/oids.h"
#include "log/log.h"
#include "gate.h"
#include "parts.h"
#include "schema.h"

#define CR_UUID_TEXT 36

/*
 * A compiled policy with the glue's own keys to it.  Read only, counted;
 * a view holds one reference for as long as its operation runs.
 */
struct cr_attr_slot {
	AttributeType *type;
	uint64_t released_by;
	uint64_t written_by;
	uint64_t searched_by;	/* also through a subtype that is released */
};
struct cr_class_slot {
	struct berval name;
	uint64_t released_by;
	uint64_t written_by;
};
struct cr_snapshot {
	atomic_int refs;
	struct cr_policy *policy;
	struct cr_attr_slot *slots;	/* open addressing */
	unsigned slot_mask;
	struct cr_class_slot *classes;
	unsigned class_count;
	/*
	 * What a purpose releases of a customer, by purpose and ad_index:
	 * CR_MEMO_* bits, filled as attributes are met (judge.c).
	 */
	_Atomic unsigned char *memo;
	/* shape.c's, in the same way: what a record says of an attribute, */
	_Atomic unsigned char *shapes;
	/* and the types of "*", by purpose */
	_Atomic(struct cr_shape_list *) *all_types;
	unsigned purpose_count;
	unsigned epoch;			/* of the policy it was read at */
	size_t size;
};
enum { CR_MEMO_KNOWN = 1, CR_MEMO_READ = 2, CR_MEMO_SEARCH = 4 };

/* recent.c: visibility changes that a running search may not have seen */
#define CR_RECENT_SLOTS 8192
struct cr_recent;

/* log.c: the settings of the read log */
enum cr_log_setting {
	CR_LOG_SET_DIRECTORY = 0,
	CR_LOG_SET_DURABILITY,
	CR_LOG_SET_BARRIER,
	CR_LOG_SET_ORIGIN,
	CR_LOG_SET_KEY,
	CR_LOG_SET_WAIT,		/* seconds */
	CR_LOG_SET_INTERVAL,		/* ms */
	CR_LOG_SET_RETENTION,		/* days */
	CR_LOG_SET_RESERVE,		/* MiB */
	CR_LOG_SET_WARN,		/* MiB */
	CR_LOG_SETTINGS
};

struct cr_gathering;	/* barrier.h */

/* One guarded database: the overlay instance's private data. */
struct cr_db {
	_Atomic(struct cr_db *) next;
	slap_overinst *on;
	BackendDB *be;
	BackendInfo *raw_info;		/* back-mdb's own */
	bool running;			/* bi_db_open has been called */
	atomic_bool open;		/* the guard is on */
	bool leaving;			/* off, if cn=config's write succeeds */
	bool log_leaving;		/* likewise the read log */
	pthread_rwlock_t gate;		/* gate.c */

	/* as configured; normalised and pretty side by side */
	BerVarray customers, customers_pretty;
	BerVarray handlers, handlers_pretty;
	BerVarray replicas, replicas_pretty;
	struct berval purposes, purposes_pretty;
	struct berval recipients, recipients_pretty;
	struct berval anonymous_purpose;
	char *year_end_text, *suppression_text, *compact_text;
	char *log_texts[CR_LOG_SETTINGS];

	/* what is in force; owned, never NULL */
	_Atomic(struct cr_parts *) parts;
	char *eff_log_texts[CR_LOG_SETTINGS];

	/*
	 * Used only between cr_log_borrow() and cr_log_return(), which hold
	 * the lock; NULL: none is open.
	 */
	_Atomic(struct cr_log *) log;
	pthread_rwlock_t log_lock;
	atomic_bool records;		/* a log is set, open or not */
	struct berval monitor_ndn;	/* back-monitor's */
	void *monitor_callback;		/* NULL: not shown there */
	atomic_bool log_barrier;
	atomic_ulong retention_days;	/* 0: for ever */
	struct re_s *retention_task, *erase_task, *case_task;
	atomic_bool erase_again, erase_waits;
	atomic_bool erase_doubts, erase_heard;	/* see erase_jobs.c */
	atomic_bool cleansed;		/* cleansed.c */
	struct cr_referrers *referrers;
	struct cr_settled *settled;	/* erase_jobs.c's; NULL: not run yet */
	_Atomic int64_t compact_warned;	/* compaction.c: when, last */
	_Atomic(struct cr_suppression *) suppression;	/* suppress.c */
	atomic_bool suppressing;
	ldap_pvt_thread_mutex_t policy_mutex;
	ldap_pvt_thread_mutex_t ban_mutex;
	struct cr_snapshot *snapshot;	/* under policy_mutex */
	atomic_uint policy_epoch;	/* bumped by every policy write */
	unsigned snapshot_epoch;	/* under policy_mutex */
	struct cr_recent *recent;
	struct cr_departed *departed;
	struct cr_seen *seen;
	_Atomic uint64_t changes;	/* seq of the newest in recent */
};
static inline const struct cr_parts *
cr_db_parts(const struct cr_db *db)
{
	return atomic_load_explicit(&db->parts, memory_order_acquire);
}
/* All of them; one goes only with slapd paused or single threaded. */
extern _Atomic(struct cr_db *) cr_dbs;
extern struct cr_token_key *cr_token_key;

/* What is known of one entry, in one operation. */
struct cr_judged {
	const Entry *entry;		/* key: these three */
	const Attribute *attrs;
	ID id;
	uint64_t seq;			/* changes known when judged */
	enum cr_entry_kind kind;
	bool inside;			/* at or below a customers base */
	bool visible;
	uint64_t class_released;	/* children */
	uint64_t class_written;
	bool own;
	bool recorded;
	bool stripped;			/* of DN values naming the invisible */
	bool plain;			/* nothing left to do but the memo */
	bool leaving;			/* is being sent, and goes whole */
	char uuid[CR_UUID_TEXT + 1];	/* of the customer */
	const char *class_name;		/* constant or the policy's */
};

/* One operation's view on one guarded database. */
struct cr_view {
	struct cr_view *next;
	struct cr_db *db;
	struct cr_snapshot *snapshot;	/* referenced */
	struct cr_grant grant;
	uint64_t bit;			/* of the purpose; 0: none */
	bool touches;			/* the operation can reach the base */
	bool sees_all;			/* maintenance, replication */
	bool lifts;			/* may lift bans */
	struct berval subject;		/* the customer as themself */
	int64_t now;
	uint64_t recent_seq;		/* changes known when it began */
	int failed;			/* an error that ends the operation */
	const Operation *aiming;	/* target.c: tries its target as it is */
	bool missed;			/* and the target is hidden, */
	ber_len_t missed_len;		/* or this ancestor of it */
	uint64_t epoch;			/* of the visibility cache, at begin */
	_Atomic unsigned char *memo;	/* of the purpose, see cr_snapshot */
	struct cr_gathering *gathering;	/* record.c; NULL: nothing read */
	struct cr_judged last;
	/* the last ancestor asked about */
	struct berval parent;		/* owned copy */
	struct cr_judged parent_judged;
};

/* The mark on a client's operation. */
struct cr_op {
	OpExtra extra;
	Operation *self;
	bool exempt;			/* bind: nothing is judged */
	struct berval authc;		/* normalised; who authenticated */
	struct cr_view *views;
	/* access.c: whose view the last entry was judged by, for which op */
	struct cr_view *seen_view;
	const Operation *seen_op;
	slap_callback callback;
	struct cr_view first;
	const char *type;		/* for the log */
	ber_tag_t began_as;		/* o_tag when it came in */
	int control_error;		/* of the purpose and the like */
	bool matches_extensibly;	/* some term of some filter does */
	bool wrapped;			/* the carrier decides, see access.c */
	bool seals;			/* cookies of pages, see page.c */
	struct cr_order *order;		/* of the client's search, see order.c */
	bool acls_read;			/* access rules look at the entries */
	struct cr_db *passed;		/* whose gate, see gate.c */
	bool configures;		/* cn=config; what follows is not done */
};

/* module.c */
extern slap_overinst cr_database_half;
extern slap_overinst cr_frontend_half;
int cr_frontend_install(ConfigReply *cr);

/* view.c */
struct cr_op *cr_op_begin(Operation *op, const char *type);
void cr_op_end(struct cr_op *cop, Operation *op, int rc);
extern const char cr_op_key;
static inline struct cr_op *
cr_op_find(const Operation *op)
{
	OpExtra *extra;

	LDAP_SLIST_FOREACH(extra, &op->o_extra, oe_next) {
		if (extra->oe_key == &cr_op_key)
			return (struct cr_op *)extra;
	}
	return NULL;
}
struct cr_view *cr_op_view(struct cr_op *cop, const struct cr_db *db);
/* The view that governs op on db; NULL: op is slapd's own, exempt. */
struct cr_view *cr_op_governs(Operation *op, const struct cr_db *db);
bool cr_op_is_disguised(Operation *op, const struct cr_view *view);
bool cr_db_contains(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_base(const struct cr_db *db, const struct berval *ndn);
/* at or below handlers, services, purposes, recipients, register, replicas */
bool cr_db_is_policy(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_own(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_above_base(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_above_policy(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_party(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_replica(const struct cr_db *db, const struct berval *ndn);
bool cr_db_is_root(const struct cr_db *db, const struct berval *ndn);
struct cr_db *cr_db_of(const struct berval *ndn);
bool cr_conn_is_client(const Operation *op);
/* Can this operation, as it is aimed now, reach a customers base? */
bool cr_op_covers(const Operation *op, const struct berval *base);
bool cr_op_reaches(const struct cr_db *db, const Operation *op);

/* entryview.c: borrows from the entry */
struct cr_entry_copy {
	struct cr_attr *attrs;
	struct cr_slice *values;
};
void cr_entry_view_of(const Entry *e, struct cr_entry_view *ret_view,
	struct cr_entry_copy *ret_copy);
void cr_entry_view_free(struct cr_entry_copy *copy);
bool cr_entry_uuid(const Entry *e, unsigned char ret_uuid[CR_UUID_BYTES]);
void cr_entry_uuid_text(const Entry *e, char ret_text[CR_UUID_TEXT + 1]);

/* snapshot.c */
struct cr_snapshot *cr_snapshot_get(struct cr_db *db, Operation *op);
void cr_snapshot_release(struct cr_snapshot **snapshot);
void cr_snapshot_spoil(struct cr_db *db);
void cr_snapshot_drop(struct cr_db *db);
const struct cr_attr_slot *cr_snapshot_slot(const struct cr_snapshot *snapshot,
	const AttributeType *type);
const struct cr_class_slot *cr_snapshot_class(
	const struct cr_snapshot *snapshot, const struct berval *name);

/* judge.c */
struct cr_judged *cr_view_judge(struct cr_view *view, Operation *op,
	Entry *e);
bool cr_view_dn_visible(struct cr_view *view, Operation *op,
	const struct berval *ndn);
/* Fetch from the database itself, below all overlays; release with it. */
int cr_raw_get(struct cr_db *db, Operation *op, struct berval *ndn,
	Entry **ret_entry);
void cr_raw_release(struct cr_db *db, Operation *op, Entry *e);
/* As it stands, for entry_free(); NULL: not there.  Nothing stays locked. */
Entry *cr_raw_copy(struct cr_db *db, Operation *op, const struct berval *ndn);
bool cr_view_releases(const struct cr_view *view,
	const struct cr_judged *judged, const AttributeDescription *desc,
	slap_access_t level);

/* strip.c: DN values that name the invisible */
bool cr_desc_holds_dns(const AttributeDescription *desc);
bool cr_dn_value(const AttributeDescription *desc, const struct berval *nval,
	struct berval *ret_dn);
bool cr_value_hidden(struct cr_op *cop, Operation *op,
	const AttributeDescription *desc, const struct berval *nval);
void cr_entry_strip(struct cr_op *cop, Operation *op, Entry *e);
void cr_entry_narrow(struct cr_view *view, Entry *e,
	const AttributeDescription *desc);
bool cr_acls_read_entries(void);

/* access.c */
int cr_access_allowed(Operation *op, Entry *e, AttributeDescription *desc,
	struct berval *val, slap_access_t access, AccessControlState *state,
	slap_mask_t *maskp);

void cr_access_install(slap_overinst *on);
void cr_access_watch(BackendDB *be);

/* target.c */
int cr_db_search(Operation *op, SlapReply *rs);
int cr_db_compare(Operation *op, SlapReply *rs);
int cr_db_entry_get(Operation *op, struct berval *ndn, ObjectClass *oc,
	AttributeDescription *at, int rw, Entry **ret_entry);
int cr_db_operational(Operation *op, SlapReply *rs);
bool cr_has_visible_child(struct cr_db *db, Operation *client, Entry *e);
struct cr_target {
	struct berval req_dn, req_ndn;	/* what was asked for */
	struct berval absent;		/* what stands in for it; NULL: none */
};
int cr_target_settle(struct cr_view *view, Operation *op,
	struct cr_target *target);
void cr_target_restore(Operation *op, struct cr_target *target);
int cr_nearest_visible(struct cr_view *view, Operation *op,
	const struct berval *ndn, struct berval *ret_ndn);

/* write.c, writerule.c, ban.c */
int cr_db_add(Operation *op, SlapReply *rs);
int cr_db_modify(Operation *op, SlapReply *rs);
int cr_db_delete(Operation *op, SlapReply *rs);
int cr_db_modrdn(Operation *op, SlapReply *rs);
int cr_rule_add(struct cr_view *view, Operation *op, const char **text);
int cr_rule_modify(struct cr_view *view, Operation *op, Entry *e,
	const char **text);
int cr_rule_delete(struct cr_view *view, Operation *op, Entry *e);
int cr_rule_modrdn(struct cr_view *view, Operation *op);
int cr_rule_policy(struct cr_view *view, Operation *op);
int cr_values_check(struct cr_db *db, Operation *op, const Entry *e,
	const char **text);
int cr_bans_write(struct cr_view *view, Operation *op, Entry *old,
	bool *ret_recorded);
int cr_bans_lasting(const Entry *e, int64_t now,
	struct cr_lasting_bans *ret_bans);
int cr_bans_bring(const Entry *e, const struct cr_lasting_bans *bans,
	int64_t now, cr_bring_fn *fn, void *arg);

/* mods.c: at the end of the list; value NULL: none */
Modifications *cr_mods_add(Modifications **mods, AttributeDescription *desc,
	int how, const struct berval *value);
void cr_mods_replace(Modifications **mods, const Attribute *a);

/* door.c: would the write take away what is held? */
int cr_held_delete(struct cr_view *view, Operation *op, const Entry *e,
	const char **text);
int cr_held_modify(struct cr_view *view, Operation *op, const Entry *e,
	const char **text);
int cr_held_nests(struct cr_view *view, Operation *op,
	const struct berval *parent, const char **text);
void cr_modifications_apply(Entry *e, const Modifications *mods);
int cr_held_rename(struct cr_view *view, Operation *op, const Entry *e,
	const char **text);

/* rdn.c: what names an entry */
int cr_rdn_check(const struct berval *rdn, const char **text);
bool cr_rdn_names_hidden(struct cr_op *cop, Operation *op,
	const struct berval *rdn);

/* dnwrite.c */
int cr_names_check(const struct cr_view *view, Operation *op);
int cr_names_rewrite(struct cr_view *view, Operation *op,
	const char **text);

/* recent.c */
struct cr_recent *cr_recent_new(void);
void cr_recent_free(struct cr_recent **recent);
static inline uint64_t
cr_recent_now(const struct cr_db *db)
{
	return atomic_load_explicit(&db->changes, memory_order_acquire);
}
int cr_recent_note(struct cr_db *db, const Entry *e, bool gone);
/* Facts newer than `since` for this customer: true and *ret when there are. */
enum cr_recent_found { CR_RECENT_NONE, CR_RECENT_FACTS, CR_RECENT_GONE,
	CR_RECENT_LOST };
enum cr_recent_found cr_recent_look(const struct cr_view *view,
	const char *uuid, struct cr_customer_facts *facts);

/* seen.c: who is visible for which purposes, by DN */
struct cr_seen *cr_seen_new(void);
void cr_seen_free(struct cr_seen **seen);
uint64_t cr_seen_epoch(struct cr_seen *seen);
/* Something was written at or below a customers base. */
void cr_seen_spoil(struct cr_seen *seen, const struct berval *ndn);
bool cr_seen_find(const struct cr_view *view, const struct berval *ndn,
	uint64_t *ret_purposes);
void cr_seen_store(const struct cr_view *view, const struct berval *ndn,
	uint64_t purposes);

/* control.c */
extern int cr_cid_purpose, cr_cid_recipient, cr_cid_reference;
int cr_controls_register(void);
int cr_controls_enable(BackendDB *be);
void cr_controls_disable(BackendDB *be);
int cr_controls_gate(struct cr_op *cop, Operation *op);
struct berval cr_control_value(const Operation *op, int cid);

/* wrap.c */
extern const struct berval cr_carrier_value;
struct cr_carrier {
	Filter not;
	Filter equals;
	AttributeAssertion assertion;
};
struct cr_wrapped {
	Filter and;
	struct cr_carrier carrier;
	Filter *original;
	Filter *original_next;
};
void cr_carrier_init(struct cr_carrier *carrier);
void cr_filter_wrap(struct cr_wrapped *wrapped, Operation *op);
bool cr_filter_is_extensible(const Filter *f);
void cr_filter_unwrap(struct cr_wrapped *wrapped, Operation *op);

int cr_walk(Operation *op, SlapReply *rs, slap_operation_t which,
	slap_overinst *on, slap_callback *cb);
int cr_walk_absent(Operation *op, SlapReply *rs, slap_operation_t which,
	slap_overinst *on, slap_callback *cb);

/* page.c: slapd's note of the page that a connection has */
struct cr_page_state {
	PagedResultsCookie cookie;
	int count;
};
struct cr_page_state cr_page_state_of(const Operation *op);
void cr_page_put_back(Operation *op, const struct cr_page_state *state);

/* order.c */
enum cr_way { CR_WAY_AS_IT_IS = 0, CR_WAY_BY_ID, CR_WAY_WALK };
struct cr_order {
	enum cr_way way;
	slap_callback cb;
	PagedResultsState pages;	/* ours */
	struct cr_page_state kept;	/* the connection's */
	char pagedresults;		/* the client's */
	void *pagedresults_state;
	Filter or, not, truth;
	Filter *original;
	Filter *original_next;
};
bool cr_order_begin(struct cr_order *order, const struct cr_view *view,
	Operation *op);			/* false: nothing to be ended */
void cr_order_settle(struct cr_order *order, Operation *op);
void cr_order_end(struct cr_order *order, Operation *op);

/* page.c */
int cr_page_open(Operation *op, struct berval *ret_saved);
int cr_page_seal(Operation *op, SlapReply *rs);
bool cr_page_gate(const struct cr_view *view, Operation *op, SlapReply *rs);
void cr_page_forget(Operation *op);
int cr_list_check(struct cr_op *cop, Operation *op);
void cr_list_mark(struct cr_op *cop, Operation *op, SlapReply *rs);
void cr_list_forget(const struct cr_db *db);
int cr_connection_destroy(BackendDB *bd, Connection *conn);

/* record.c */
/* Is what is read to be recorded?  A log that is set and not open counts. */
static inline bool
cr_db_records(const struct cr_db *db)
{
	return atomic_load_explicit(&db->records, memory_order_acquire);
}
void cr_record_result(struct cr_op *cop, int result);
void cr_record_end(struct cr_view *view);
int cr_record_read(struct cr_view *view, Operation *op,
	struct cr_judged *judged);
int cr_record_event(struct cr_view *view, Operation *op, const char *type,
	const char *event, const char *uuid);
int cr_record_event_at(struct cr_view *view, Operation *op, const char *type,
	const char *event, const char *uuid, uint64_t *ret_index);
int cr_record_replica(struct cr_db *db, Operation *op, Entry *e);

/* subject.c: whom an entry is about where nothing was judged */
struct cr_subject {
	unsigned char uuid[16];		/* all zero: not known */
	unsigned char class_code;	/* log/names.h */
	bool is_customer;		/* or belongs to one */
};
struct cr_departed *cr_departed_new(void);
void cr_departed_free(struct cr_departed **departed);
void cr_subject_of(struct cr_db *db, Operation *op, Entry *e,
	struct cr_subject *ret);
/* Before the target of the operation is deleted or renamed. */
void cr_subject_departs(struct cr_db *db, Operation *op);

/* stack.c */
int cr_stack_check(BackendDB *be, slap_overinst *on, ConfigReply *cr);
int cr_stack_gate(Operation *op, const char **text);
BerVarray cr_stack_accesslogs(const struct cr_db *db);
/* Around a write to cn=config; false: it is none. */
bool cr_stack_begin(const Operation *op);
void cr_stack_settle(bool done);
void cr_stack_end(void);
int cr_stack_check_frontend(ConfigReply *cr);
bool cr_stack_is_mdb(BackendDB *be);

/* frontend.c */
int cr_fe_bind(Operation *op, SlapReply *rs);
int cr_fe_search(Operation *op, SlapReply *rs);
int cr_fe_compare(Operation *op, SlapReply *rs);
int cr_fe_add(Operation *op, SlapReply *rs);
int cr_fe_modify(Operation *op, SlapReply *rs);
int cr_fe_modrdn(Operation *op, SlapReply *rs);
int cr_fe_delete(Operation *op, SlapReply *rs);
int cr_fe_extended(Operation *op, SlapReply *rs);

/* log.c */
const char *cr_log_setting_check(enum cr_log_setting setting,
	const char *text);
int cr_log_activate(struct cr_db *db, char *msg, size_t size);
void cr_log_deactivate(struct cr_db *db);
void cr_log_stays(struct cr_db *db);
/* NULL: none, nothing to return.  It stays open meanwhile: not for long. */
struct cr_log *cr_log_borrow(struct cr_db *db);
void cr_log_return(struct cr_db *db);
bool cr_log_takes(struct cr_db *db, enum cr_log_rank rank);
void cr_log_settings_free(struct cr_db *db);

/* retain.c: with slapd paused or single threaded */
void cr_retain(struct cr_db *db, unsigned long days);

/* monitor.c */
int cr_monitor_resolve(void);
void cr_monitor_open(struct cr_db *db);
void cr_monitor_close(struct cr_db *db);

/* shape.c */
void cr_shape_forget(struct cr_snapshot *snapshot);
void cr_shape_filter(Operation *op, struct cr_slice *ret_shape);
void cr_shape_attributes(const struct cr_view *view, Operation *op,
	const struct cr_slice **ret_names, size_t *ret_count);

/* drain.c: until nothing of this connection waits for the log */
#define CR_DRAIN_MS 10000
#define CR_DRAIN_CLOSING_MS 1000
enum cr_drain { CR_DRAIN_LAYER = 0, CR_DRAIN_CLOSING };
void cr_barrier_drain(Connection *conn, enum cr_drain why);

/* answer.c */
int cr_answer(Operation *op, SlapReply *rs, int error);
int cr_answer_text(Operation *op, SlapReply *rs, int error,
	const char *text);

/* database.c */
int cr_db_init(BackendDB *be, ConfigReply *cr);
int cr_db_open(BackendDB *be, ConfigReply *cr);
int cr_db_close(BackendDB *be, ConfigReply *cr);
int cr_db_destroy(BackendDB *be, ConfigReply *cr);
int cr_db_activate(struct cr_db *db, ConfigReply *cr);
void cr_db_settle(struct cr_db *db, bool done);
extern ConfigOCs cr_config_classes[];
int cr_config_register(void);

/* dn_match() for names that may be nobody's: memcmp() takes no NULL. */
static inline bool
cr_same_ndn(const struct berval *a, const struct berval *b)
{
	return a->bv_len == b->bv_len && (a->bv_len == 0 || dn_match(a, b));
}

static inline struct cr_slice
cr_slice_bv(const struct berval *bv)
{
	return (struct cr_slice){ bv->bv_val, bv->bv_len };
}

#endif
