/*
 * The read log of a guarded database: settings, opening, changing, closing,
 * and what it has to say to the administrator.
 */
#include "barrier.h"

#include <sys/stat.h>

#include <ac/errno.h>

#include "log/fault.h"

enum {
	DEFAULT_WAIT_S = 5,
	DEFAULT_RESERVE_MIB = 16,
	DEFAULT_WARN_MIB = 256
};

/* ---- settings ------------------------------------------------------------ */

static bool
parse_number(const char *text, unsigned long max, unsigned long *ret_number)
{
	char *end;
	unsigned long number;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || number > max)
		return false;
	*ret_number = number;
	return true;
}

static bool
is_origin(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > 200)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c == '+' || c == 0x7f)
			return false;
	}
	return true;
}

static const struct {
	const char *complaint;
	unsigned long max;	/* of a number */
} rules[CR_LOG_SETTINGS] = {
	[CR_LOG_SET_DIRECTORY] = { "the log directory must be an absolute "
	    "path", 0 },
	[CR_LOG_SET_DURABILITY] = { "log durability is fsync or flush", 0 },
	[CR_LOG_SET_BARRIER] = { "the log barrier is on or off", 0 },
	[CR_LOG_SET_ORIGIN] = { "the log origin has no spaces and no \"+\"",
	    0 },
	[CR_LOG_SET_KEY] = { "the log key must be an absolute path", 0 },
	[CR_LOG_SET_WAIT] = { "log wait is 1 to 600 seconds", 600 },
	[CR_LOG_SET_INTERVAL] = { "log interval is 10 to 60000 milliseconds",
	    60000 },
	[CR_LOG_SET_RETENTION] = { "log retention is 0 to 36500 days", 36500 },
	[CR_LOG_SET_RESERVE] = { "log reserve is 0 to 1048576 MiB", 1048576 },
	[CR_LOG_SET_WARN] = { "log warning is 0 to 1073741824 MiB",
	    1073741824 }
};

/* NULL: it is good. */
const char *
cr_log_setting_check(enum cr_log_setting setting, const char *text)
{
	unsigned long number;
	bool good;

	switch (setting) {
	case CR_LOG_SET_DIRECTORY:
	case CR_LOG_SET_KEY:
		good = text[0] == '/';
		break;
	case CR_LOG_SET_DURABILITY:
		good = strcmp(text, "fsync") == 0 ||
		    strcmp(text, "flush") == 0;
		break;
	case CR_LOG_SET_BARRIER:
		good = strcmp(text, "on") == 0 || strcmp(text, "off") == 0;
		break;
	case CR_LOG_SET_ORIGIN:
		good = is_origin(text);
		break;
	case CR_LOG_SET_WAIT:
		good = parse_number(text, rules[setting].max, &number) &&
		    number >= 1;
		break;
	case CR_LOG_SET_INTERVAL:
		good = parse_number(text, rules[setting].max, &number) &&
		    number >= 10;
		break;
	default:
		good = parse_number(text, rules[setting].max, &number);
		break;
	}
	return good ? NULL : rules[setting].complaint;
}

static unsigned long
number_of(char *const texts[], enum cr_log_setting setting,
	unsigned long fallback)
{
	unsigned long number;

	if (texts[setting] == NULL || !parse_number(texts[setting],
	    rules[setting].max, &number))
		return fallback;
	return number;
}

static bool
is_word(char *const texts[], enum cr_log_setting setting, const char *word)
{
	return texts[setting] != NULL && strcmp(texts[setting], word) == 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* ---- what it has to say -------------------------------------------------- */

static void
tell(void *arg, enum cr_log_event event, int error, uint64_t number)
{
	(void)arg;
	char figure[32] = "";

	if (number != 0)
		snprintf(figure, sizeof(figure), " %llu",
			(unsigned long long)number);
	Debug(LDAP_DEBUG_ANY, "custreg: %s%s%s%s\n",
		cr_log_event_text(event), figure, error != 0 ? ": " : "",
		error != 0 ? strerror(error) : "");
}

/* ---- opening ------------------------------------------------------------- */

/*
 * Made once, kept in the key file: a log keeps its name when the host gets
 * another one.
 */
static void
default_origin(const struct cr_db *db, char *ret_origin, size_t size)
{
	char host[128] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		strcpy(host, "localhost");
	snprintf(ret_origin, size, "%.100s/custreg/%.90s", host,
		db->be->be_nsuffix[0].bv_val);
	for (char *c = ret_origin; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || *c == '+')
			*c = '_';
	}
}

/* It is not made: a slip of the pen would be a log that nobody looks at. */
static bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void
explain(const char *directory, const struct cr_log_fault *fault, char *msg,
	size_t size)
{
	/* of these the log is not to blame, and they may pass */
	const bool may_pass = fault->kind == CR_FAULT_IO ||
	    fault->kind == CR_FAULT_MEMORY || fault->kind == CR_FAULT_BUSY;
	char at[32] = "";

	if (fault->index != CR_FAULT_NO_INDEX)
		snprintf(at, sizeof(at), ", record %llu",
			(unsigned long long)fault->index);
	snprintf(msg, size, "custreg: the read log in \"%.100s\" cannot be "
		"used: %s%s%s%s%s%s%s", directory, cr_fault_text(fault->kind),
		fault->path[0] != '\0' ? ": " : "", fault->path, at,
		fault->error != 0 ? ": " : "",
		fault->error != 0 ? strerror(fault->error) : "",
		may_pass ? "" : "; see \"custreg log reopen\"");
}

static int
open_with(const struct cr_db *db, char *const texts[], struct cr_log **ret_log,
	char *msg, size_t size)
{
	struct cr_log_watch watch = { .event = tell,
	    .durable = cr_release_durable };
	struct cr_log_settings settings = {
		.directory = texts[CR_LOG_SET_DIRECTORY],
		.key_file = texts[CR_LOG_SET_KEY],
		.wait_ms = 1000 * (unsigned)number_of(texts, CR_LOG_SET_WAIT,
			DEFAULT_WAIT_S),
		.integrate_ms = (unsigned)number_of(texts,
			CR_LOG_SET_INTERVAL, 0),
		.reserve = (uint64_t)number_of(texts, CR_LOG_SET_RESERVE,
			DEFAULT_RESERVE_MIB) << 20,
		.warn_free = (uint64_t)number_of(texts, CR_LOG_SET_WARN,
			DEFAULT_WARN_MIB) << 20,
	};
	struct cr_log_fault fault = { 0 };
	char origin[256];

	if (!is_directory(settings.directory)) {
		snprintf(msg, size, "custreg: the log directory \"%.150s\" is "
			"no directory that is there", settings.directory);
		return -1;
	}
	default_origin(db, origin, sizeof(origin));
	settings.origin = texts[CR_LOG_SET_ORIGIN] != NULL ?
	    texts[CR_LOG_SET_ORIGIN] : origin;
	if (is_word(texts, CR_LOG_SET_DURABILITY, "flush")) {
		settings.durability = CR_LOG_FLUSH;
		/* a ticket is never pending: whoever appends lets go */
		watch.durable = NULL;
	}
	fault.index = CR_FAULT_NO_INDEX;
	if (cr_log_open(&settings, &watch, ret_log, &fault) == CR_OK)
		return 0;
	explain(settings.directory, &fault, msg, size);
	return -1;
}

/* ---- in use -------------------------------------------------------------- */

struct cr_log *
cr_log_borrow(struct cr_db *db)
{
	struct cr_log *log;

	(void)pthread_rwlock_rdlock(&db->log_lock);
	log = atomic_load_explicit(&db->log, memory_order_relaxed);
	if (log == NULL)
		(void)pthread_rwlock_unlock(&db->log_lock);
	return log;
}

void
cr_log_return(struct cr_db *db)
{
	(void)pthread_rwlock_unlock(&db->log_lock);
}

/* Would a record be taken now? */
bool
cr_log_takes(struct cr_db *db, enum cr_log_rank rank)
{
	struct cr_log *log = cr_log_borrow(db);
	bool takes = log != NULL && cr_log_usable(log, rank);

	if (log != NULL)
		cr_log_return(db);
	return takes;
}

/* ---- changing ------------------------------------------------------------ */

static void
close_log(struct cr_db *db)
{
	struct cr_log *log;

	if (db->log == NULL)
		return;
	log = cr_drain_log(db);
	cr_log_close(&log);
}

static int
open_log(struct cr_db *db, char *const texts[], char *msg, size_t size)
{
	struct cr_log *log = NULL;

	if (open_with(db, texts, &log, msg, size) != 0)
		return -1;
	db->log = log;
	return 0;
}

static void
keep(struct cr_db *db)
{
	for (unsigned i = 0; i < CR_LOG_SETTINGS; i++) {
		ch_free(db->eff_log_texts[i]);
		db->eff_log_texts[i] = db->log_texts[i] == NULL ? NULL :
		    ch_strdup(db->log_texts[i]);
	}
	db->log_barrier = !is_word(db->log_texts, CR_LOG_SET_BARRIER, "off");
	cr_retain(db, number_of(db->log_texts, CR_LOG_SET_RETENTION, 0));
}

static bool
same_log(const struct cr_db *db)
{
	for (unsigned i = 0; i < CR_LOG_SETTINGS; i++) {
		if (i != CR_LOG_SET_BARRIER && i != CR_LOG_SET_RETENTION &&
		    !same_text(db->log_texts[i], db->eff_log_texts[i]))
			return false;
	}
	return true;
}

/*
 * The same directory has one log at a time: the one in force is closed first,
 * and opened again as it was when the new settings do not work.
 */
static int
reopen(struct cr_db *db, char *msg, size_t size)
{
	char ignored[256];
	int rc;

	close_log(db);
	rc = open_log(db, db->log_texts, msg, size);
	if (rc != 0 && open_log(db, db->eff_log_texts, ignored,
	    sizeof(ignored)) != 0)
		Debug(LDAP_DEBUG_ANY, "%s\n", ignored);
	return rc;
}

/*
 * A log in force is not opened again without need: what is wrong with its
 * disk is no reason to refuse another setting, or slapd's undo of one.  A log
 * that is taken away stays until the write to cn=config is over
 * (cr_db_settle).
 */
int
cr_log_activate(struct cr_db *db, char *msg, size_t size)
{
	struct cr_log *log = NULL;

	db->log_leaving = false;
	if (db->log_texts[CR_LOG_SET_DIRECTORY] == NULL) {
		Debug(LDAP_DEBUG_ANY, "custreg: warning: no "
			"custreg-logdirectory on \"%s\": reads are not "
			"logged\n", db->be->be_suffix[0].bv_val);
		db->log_leaving = db->log != NULL;
		return 0;
	}
	if (db->log == NULL || !same_text(
	    db->log_texts[CR_LOG_SET_DIRECTORY],
	    db->eff_log_texts[CR_LOG_SET_DIRECTORY])) {
		if (open_with(db, db->log_texts, &log, msg, size) != 0)
			return -1;
		db->records = true;
		close_log(db);
		db->log = log;
	} else if (!same_log(db) && reopen(db, msg, size) != 0) {
		return -1;
	}
	keep(db);
	return 0;
}

void
cr_log_deactivate(struct cr_db *db)
{
	db->log_leaving = false;
	cr_retain(db, 0);
	db->records = false;
	close_log(db);
	for (unsigned i = 0; i < CR_LOG_SETTINGS; i++) {
		ch_free(db->eff_log_texts[i]);
		db->eff_log_texts[i] = NULL;
	}
}

/* The write to cn=config that took the directory away was undone. */
void
cr_log_stays(struct cr_db *db)
{
	char **directory = &db->log_texts[CR_LOG_SET_DIRECTORY];

	if (db->log_leaving && *directory == NULL)
		*directory = ch_strdup(
			db->eff_log_texts[CR_LOG_SET_DIRECTORY]);
	db->log_leaving = false;
}

void
cr_log_settings_free(struct cr_db *db)
{
	for (unsigned i = 0; i < CR_LOG_SETTINGS; i++) {
		ch_free(db->log_texts[i]);
		ch_free(db->eff_log_texts[i]);
	}
}
