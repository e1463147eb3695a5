/*
 * The harness of the integration tests: a real slapd with the module, asked
 * on the level of protocol units, so that two servers can be compared.
 *
 *	server	starts and ends slapd (harness_server.c, harness_conf.c)
 *	conn	one connection, bytes out and protocol units in
 *	request	a request as a table row, encoded
 *	answer	all units up to the result, decoded and written out as text
 *	pair	two servers, one of which never had some customers
 *	suite	a test program: directories, slapd's log on failure
 *
 * A failure ends the test (Check), so nothing here returns an error unless it
 * says so.  All memory given out is kept until the process ends; each test is
 * a process of its own.
 *
 * Environment: CR_MODULE, CR_BUILD, CR_TOP (build/, the working directory),
 * CR_SAN_PRELOAD (LD_PRELOAD of slapd and its tools), CR_SLAPD_WRAPPER (words
 * before slapd), CR_TIME_FACTOR (patience).
 */
#ifndef CR_HARNESS_H
#define CR_HARNESS_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "custreg/oids.h"
#include "gate/gate.h"

#define SUFFIX "dc=example,dc=fi"
#define CUSTOMERS "ou=customers," SUFFIX
#define HANDLERS "ou=handlers," SUFFIX
#define SERVICES "ou=services," SUFFIX
#define PURPOSES "ou=purposes," SUFFIX
#define RECIPIENTS "ou=recipients," SUFFIX
#define GROUPS "ou=groups," SUFFIX
#define STAFF "ou=staff," SUFFIX
#define REGISTER "cn=register," SUFFIX
#define C(number) "uid=c" #number "," CUSTOMERS
#define ROOT "cn=admin," SUFFIX
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As ck_assert, which tells Check each time where it is: too slow in loops. */
#define cr_must(condition)                              \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* ---- memory -------------------------------------------------------------- */

/* Zeroed, kept until the process ends. */
void *cr_keep(size_t size);
char *cr_keep_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

struct cr_text {
	char *bytes; /* terminated */
	size_t len;
	size_t room;
};
void cr_text_add(struct cr_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void cr_text_put(struct cr_text *text, const char *bytes, size_t len);
/* The whole file; empty when there is none. */
struct cr_text cr_text_of_file(const char *path);
void cr_text_to_file(const char *path, const char *bytes, size_t len);
bool cr_bytes_contain(const char *bytes, size_t len, const char *what,
    size_t what_len);

/* ---- suite --------------------------------------------------------------- */

/* Creates the suite, lets `fill` add to it, runs it; the exit status. */
int cr_suite_run(const char *name, void (*fill)(Suite *suite));
/* `setup` runs once, before the first test of the case is forked. */
TCase *cr_suite_case(Suite *suite, const char *name, void (*setup)(void),
    void (*teardown)(void));
/* A new directory below that of this program, removed when it ends. */
char *cr_suite_dir(const char *name);
/* Seconds, made longer for slow builds. */
int cr_suite_seconds(int seconds);
/* Monotonic, milliseconds. */
int64_t cr_suite_now(void);
/* Pause between two looks at a condition; false when `deadline` is past. */
bool cr_suite_again(int64_t deadline);
/* "skip <what>": for what this machine cannot do; fails in CI. */
void cr_suite_skip(const char *what);

/* ---- server -------------------------------------------------------------- */

/* "@DIR@" in the texts is the directory of the server. */
struct cr_setup {
	bool config_tree; /* run from cn=config instead of slapd.conf */
	unsigned customers; /* of the sample; 0: the ten fixed ones */
	bool bare; /* without entries below the customers */
	bool empty; /* nothing is loaded */
	const char *const *omit; /* "c10002", ..., NULL */
	const char *modules; /* names parted by blanks */
	const char *global; /* global directives */
	const char *databases; /* whole sections before the register's */
	const char *limits; /* directives of the register's database */
	const char *acl; /* instead of the sample's access rules */
	const char *below; /* overlays configured before custreg */
	const char *custreg; /* settings, NULL: only the customers base */
	const char *above; /* overlays configured after custreg */
	const char *later; /* whole sections after the register's */
	const char *ldif; /* loaded after the sample */
	const char *more_ldif; /* and after that */
	bool stock; /* without the module; its schema is loaded */
	bool unguarded; /* with the module, without the overlay */
	bool no_log; /* without a log directory */
	unsigned log_kb; /* the read log on a disk of this size, if not 0 */
	bool gate; /* behind tests/gate: see cr_server.gate */
	bool shim; /* behind tests/crash: see cr_server_make() */
	bool shim_all; /* with shim: databases too, not the log alone */
	bool tls; /* listens for ldaps as well */
};

struct cr_server {
	char *dir;
	char *uri; /* ldap://127.0.0.1:port */
	int port;
	char *socket; /* path of the ldapi socket */
	char *tls_uri; /* ldaps://127.0.0.1:port, if asked for */
	char *log; /* path: what slapd and its tools said */
	struct cr_gate *gate; /* shared with slapd */
	pid_t pid;
	const struct cr_setup *setup;
};

struct cr_server *cr_server_start(const struct cr_setup *setup);
/*
 * For tests of crashes.  Made and filled, and not started; with cr_setup.shim
 * slapd dies at the next write to its log when DIR/die is there, and its writes
 * fail while DIR/fail is; for the rest of the environment see crash/shadow.h.
 */
struct cr_server *cr_server_make(const struct cr_setup *setup);
/* False when slapd ended before it was up; nothing is asked of it. */
bool cr_server_launch(struct cr_server *server, int *ret_status);
/* Whether slapd has ended, within so many milliseconds. */
bool cr_server_ended(struct cr_server *server, int ms, int *ret_status);
/* SIGTERM; fails unless slapd ends by itself and with 0. */
void cr_server_stop(struct cr_server *server);
/* Ends and starts again on the same data. */
void cr_server_restart(struct cr_server *server);
/*
 * A configuration that slapd should refuse: whether it did, and what was said.
 */
bool cr_server_refuses(const struct cr_setup *setup, char **ret_log);
/* Fails unless slapd answers on a new connection. */
void cr_server_alive(const struct cr_server *server);
/* The read log, a line for each entry and event; see harness_log.c. */
struct cr_text cr_readlog_of(const char *dir);
/* How many lines are of an entry. */
size_t cr_readlog_entries(const struct cr_text *log);
/* That of the server. */
struct cr_text cr_server_readlog(const struct cr_server *server);
/* The path under which this process sees a file of slapd. */
char *cr_server_path(const struct cr_server *server, const char *name);

/* harness_conf.c: slapd.conf as text. */
char *cr_conf_write(const struct cr_setup *setup, const char *dir);
char *cr_conf_env(const char *name, const char *otherwise);

/*
 * harness_clock.c: how many seconds the wall clock of each slapd started from
 * now on is off; may change at any time.  Once in a test.
 */
int64_t *cr_clock_make(void);

/* harness_load.c: runs a program to its end; its exit status. */
int cr_load_run(const char *log, const char *const *argv, const char *output);
void cr_load_sample(const struct cr_setup *setup, const char *dir,
    const char *log);

/* ---- request ------------------------------------------------------------- */

enum cr_kind {
	CR_SEARCH = 0,
	CR_COMPARE,
	CR_ADD,
	CR_MODIFY,
	CR_DELETE,
	CR_MODRDN,
	CR_EXTENDED,
	CR_ABANDON
};

enum cr_scope { BASE = 0, ONE = 1, SUB = 2, CHILDREN = 3 };

/* The argument is a text of the form given. */
enum cr_control_kind {
	CTL_NONE = 0,
	CTL_RAW, /* oid, and bytes: arg and arg_len, NULL: no value */
	CTL_PURPOSE, /* keyword */
	CTL_RECIPIENT, /* DN */
	CTL_REFERENCE, /* text */
	CTL_PROXY, /* authzId, "dn:..." */
	CTL_ASSERT, /* filter */
	CTL_PRE_READ, /* attributes parted by blanks */
	CTL_POST_READ,
	CTL_PAGED, /* "size" ; the cookie in bytes, arg_len */
	CTL_SORT, /* "[-]attribute[:rule] ..." */
	CTL_VLV, /* "before after offset count" ; cookie as above */
	CTL_VLV_VALUE, /* "before after value" ; cookie as above */
	CTL_DEREF, /* "attribute:attribute,attribute ..." */
	CTL_VALUES, /* "(item)(item)" */
	CTL_SYNC, /* "mode" ; 1 refreshOnly, 3 refreshAndPersist */
	CTL_MANAGE_DSAIT,
	CTL_TREE_DELETE,
	CTL_SUBENTRIES,
	CTL_NO_OP,
	CTL_RELAX,
	CTL_DONT_USE_COPY,
	CTL_DOMAIN_SCOPE,
	CTL_PERMISSIVE,
	CTL_TXN, /* identifier */
	CTL_PPOLICY,
	CTL_LAZY_COMMIT,
	CTL_SESSION /* text */
};

struct cr_control {
	enum cr_control_kind kind;
	const char *arg;
	const char *bytes;
	size_t len;
	const char *oid; /* CTL_RAW */
	bool noncritical;
};

struct cr_request {
	const char *name; /* of the row in a table */
	enum cr_kind kind;
	const char *dn;
	/* search */
	enum cr_scope scope;
	const char *filter; /* NULL: (objectClass=*) */
	const char *attrs; /* parted by blanks; NULL: all user attributes */
	int size;
	int seconds;
	bool types_only;
	int deref;
	/* compare */
	const char *attr;
	const char *value;
	/*
	 * add: "attribute: value"; modify: the same after "+", "-", "=" or
	 * "#" (increment); "-attribute" and "=attribute" have no value.
	 */
	const char *lines[16];
	/* modrdn */
	const char *rdn;
	bool keep_rdn;
	const char *superior;
	/* extended */
	const char *oid;
	const char *bytes;
	size_t len; /* bytes == NULL: no value */
	/* abandon */
	int message;
	struct cr_control controls[4];
};

struct cr_pdu {
	unsigned char *bytes;
	size_t len;
	int id;
	unsigned long op;
	size_t body; /* where the operation begins, behind the message ID */
};

/* One LDAPMessage, on the heap: free() it. */
unsigned char *cr_request_encode(const struct cr_request *request, int id,
    size_t *ret_len);
/* The value of RFC 3062's password modify. NULL: left out. */
struct cr_text cr_request_passwd(const char *identity, const char *old,
    const char *fresh);

struct berelement;
void cr_filter_encode(struct berelement *ber, const char *filter);

/* ---- answer -------------------------------------------------------------- */

struct cr_value {
	char *bytes; /* terminated as well */
	size_t len;
};

struct cr_attr {
	char *name;
	size_t count;
	struct cr_value *values;
	struct cr_attr *next;
};

struct cr_entry {
	char *dn;
	struct cr_attr *attrs;
	struct cr_entry *next;
};

struct cr_reply_control {
	char *oid;
	struct cr_value value;
	struct cr_reply_control *next;
};

struct cr_answer {
	bool closed; /* the connection ended before a result */
	bool last; /* a notice of disconnection: ask no more on it */
	int code;
	char *matched;
	char *text;
	size_t entry_count;
	struct cr_entry *entries;
	struct cr_entry *last_entry;
	size_t reference_count;
	struct cr_reply_control *controls; /* of the result */
	struct cr_value response; /* of an extended operation */
	struct cr_text all; /* everything, written out */
	struct cr_text bytes; /* all units, without message IDs */
};

/* Takes a unit in; true when it was the last. */
bool cr_answer_take(struct cr_answer *answer, const struct cr_pdu *pdu);
const struct cr_entry *cr_answer_entry(const struct cr_answer *answer,
    const char *dn);
const struct cr_attr *cr_entry_attr(const struct cr_entry *entry,
    const char *name);
/* The first value, NULL when there is none. */
const char *cr_entry_value(const struct cr_entry *entry, const char *name);
bool cr_entry_has(const struct cr_entry *entry, const char *name,
    const char *value);
const struct cr_reply_control *cr_answer_control(const struct cr_answer *answer,
    const char *oid);
/* The cookie of paged results; len 0 at the end. */
struct cr_value cr_answer_cookie(const struct cr_answer *answer, int *ret_size);
/* The context of a virtual list view, its position, count and result. */
struct cr_value cr_answer_vlv(const struct cr_answer *answer, int *ret_at,
    int *ret_count, int *ret_code);
/* "c10001 c10002": the uids of the entries, in their order. */
const char *cr_answer_uids(const struct cr_answer *answer);

#define expect_code(answer, wanted)                                          \
	do {                                                                 \
		const struct cr_answer *answer_ = (answer);                  \
		ck_assert_msg(!answer_->closed && answer_->code == (wanted), \
		    "line %d: wanted %d, got\n%s", __LINE__, (wanted),       \
		    answer_->all.bytes);                                     \
	} while (0)
#define expect_text(answer, wanted)                                 \
	do {                                                        \
		const struct cr_answer *answer_ = (answer);         \
		ck_assert_msg(strcmp(answer_->text, (wanted)) == 0, \
		    "wanted the text \"%s\", got\n%s", (wanted),    \
		    answer_->all.bytes);                            \
	} while (0)
#define expect_uids(answer, wanted)                                           \
	do {                                                                  \
		const struct cr_answer *answer_ = (answer);                   \
		ck_assert_msg(strcmp(cr_answer_uids(answer_), (wanted)) == 0, \
		    "wanted \"%s\", got \"%s\"\n%s", (wanted),                \
		    cr_answer_uids(answer_), answer_->all.bytes);             \
	} while (0)

/* ---- conn ---------------------------------------------------------------- */

struct cr_conn;

/*
 * Connects and binds as "aino", "crm", "c10001", "root", "config", a DN, or
 * NULL (no bind).
 */
struct cr_conn *cr_conn_open(const struct cr_server *server, const char *who);
struct cr_conn *cr_conn_open_local(const struct cr_server *server);
/* With a receive buffer of about this size. */
struct cr_conn *cr_conn_open_narrow(const struct cr_server *server,
    const char *who, int bytes);
/* The client's own end. */
int cr_conn_fd(const struct cr_conn *conn);
int cr_conn_port(const struct cr_conn *conn);
/* A simple bind; the result code. */
int cr_conn_bind(struct cr_conn *conn, const char *dn, const char *password);
/* The DN that `who` above stands for. */
const char *cr_conn_dn(const char *who);
int cr_conn_send(struct cr_conn *conn, const struct cr_request *request);
void cr_conn_write(struct cr_conn *conn, const void *bytes, size_t len);
/* The next unit, false when the server closed the connection. */
bool cr_conn_read(struct cr_conn *conn, struct cr_pdu *ret_pdu);
/* Whether a unit is there within so many milliseconds. */
bool cr_conn_ready(struct cr_conn *conn, int milliseconds);
struct cr_answer *cr_conn_wait(struct cr_conn *conn, int id);
/* Without a word; what is unread is lost. */
void cr_conn_close(struct cr_conn *conn);

struct cr_answer *cr_ask(struct cr_conn *conn,
    const struct cr_request *request);
/* On a connection opened for it. */
struct cr_answer *cr_ask_as(const struct cr_server *server, const char *who,
    const struct cr_request *request);
/* A search with all user attributes. */
struct cr_answer *cr_look(struct cr_conn *conn, const char *dn,
    enum cr_scope scope, const char *filter, const char *attrs);
/* A modification of up to four lines; the result code. */
int cr_change(struct cr_conn *conn, const char *dn, const char *line, ...)
    __attribute__((sentinel));

/* ---- pair ---------------------------------------------------------------- */

struct cr_pair {
	struct cr_server *a; /* with the hidden customers */
	struct cr_server *b; /* where they never were */
};

/* Readers of the sample and who of the ten fixed customers they never find. */
struct cr_reader {
	const char *who;
	const char *const *hidden;
};
#define CR_READERS 8
extern const struct cr_reader cr_readers[CR_READERS];
enum { MIKKO = 0, MAILER, AINO, LABELS, LEENA, CRM, ANONYMOUS, CUSTOMER };

/* For cr_setup.more_ldif: a restricted customer with the highest number. */
extern const char cr_hidden_last[];

/*
 * Two servers for the reader; the hidden, and what is in more_ldif, were never
 * added to the second.
 */
struct cr_pair cr_pair_start(const struct cr_setup *setup,
    const struct cr_reader *reader);
/* Each with a setup of its own. */
struct cr_pair cr_pair_start_two(const struct cr_setup *a,
    const struct cr_setup *b);
void cr_pair_stop(struct cr_pair *pair);
/* For the first `count` readers; those with the same hidden ones share one. */
void cr_pairs_start(const struct cr_setup *setup, struct cr_pair *pairs,
    size_t count);
void cr_pairs_stop(struct cr_pair *pairs, size_t count);
/* Asks both and fails unless the answers are the same. */
struct cr_answer *cr_pair_same(const struct cr_pair *pair, const char *who,
    const struct cr_request *request);
/* The same request by the first `count` readers, each of their own pair. */
void cr_pairs_same(const struct cr_pair *pairs, size_t count,
    const struct cr_request *request);
/* Two answers, the units byte for byte but for cookies and contexts. */
void cr_pair_compare(const char *what, const struct cr_answer *a,
    const struct cr_answer *b);

#endif
