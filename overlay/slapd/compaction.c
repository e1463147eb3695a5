/*
 * Freed pages keep what was in them until custreg compact has been run with
 * slapd stopped.  A note in the directory of each database that had data of
 * the erased (core/compaction.h) is where slapd and the command meet: slapd
 * says that it is needed before data goes, and by when; the command says that
 * it is done.
 */
#include "compaction.h"
#include "erase.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/disk.h"
#include "core/text.h"

enum { DAY_S = 24 * 3600 };

static pthread_mutex_t note_mutex = PTHREAD_MUTEX_INITIALIZER;

unsigned
cr_compaction_days(const char *text)
{
	unsigned days;

	return cr_text_parse_unsigned(cr_slice_of(text), &days) == CR_OK &&
	    days <= CR_COMPACT_DAYS_MAX ? days : 0;
}

/* ---- the directories ------------------------------------------------------ */

struct place {
	const char *path;
	int dirfd;
	struct cr_compaction note;	/* unknown when it cannot be read */
};
/* False ends it. */
typedef bool place_fn(void *arg, struct place *place);

/* olcDbDirectory, as back-mdb's own emitter for cn=config tells it. */
static char *
directory_of(BackendDB *be)
{
	const ConfigOCs *classes = be->bd_info->bi_cf_ocs;
	char *path = NULL;

	if (!cr_stack_is_mdb(be) || classes == NULL)
		return NULL;
	for (ConfigTable *t = classes->co_table; t != NULL && t->name != NULL;
	    t++) {
		ConfigArgs c = { .be = be, .bi = be->bd_info,
			.table = Cft_Database };

		if (strcmp(t->name, "directory") != 0)
			continue;
		if (path == NULL && config_get_vals(t, &c) == 0 &&
		    c.rvalue_vals != NULL)
			path = ch_strdup(c.rvalue_vals[0].bv_val);
		ber_bvarray_free(c.rvalue_vals);
		ber_bvarray_free(c.rvalue_nvals);
	}
	return path;
}

static void
read_note(struct place *place)
{
	struct cr_file file = { 0 };

	place->note = (struct cr_compaction){ .state =
		CR_COMPACTION_UNKNOWN };
	if (cr_disk_read(place->dirfd, CR_COMPACTION_FILE,
	    CR_COMPACTION_TEXT_SIZE, &file) == 0)
		(void)!cr_compaction_parse(cr_file_slice(&file),
			&place->note);
	cr_file_clear(&file);
}

/* False: fn said so, or the directory cannot be opened. */
static bool
at_place(BackendDB *be, place_fn *fn, void *arg, unsigned *count)
{
	char *path = directory_of(be);
	struct place place = { .path = path };
	bool rc = false;

	/* of another backend, which this is not about */
	if (path == NULL)
		return true;
	(*count)++;
	place.dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place.dirfd >= 0) {
		read_note(&place);
		rc = fn(arg, &place);
		close(place.dirfd);
	} else {
		Debug(LDAP_DEBUG_ANY, "custreg: \"%s\": %s\n", path,
			strerror(errno));
	}
	ch_free(path);
	return rc;
}

/* The register's and those of its accesslogs; true: all, and fn with each. */
static bool
at_places(struct cr_db *db, place_fn *fn, void *arg)
{
	BerVarray suffix = cr_db_parts(db)->accesslogs;
	unsigned count = 0;
	bool rc;

	pthread_mutex_lock(&note_mutex);
	rc = at_place(db->be, fn, arg, &count);
	for (; rc && suffix != NULL && !BER_BVISNULL(suffix); suffix++) {
		struct berval name = *suffix;
		BackendDB *be = select_backend(&name, 1);

		if (be != NULL)
			rc = at_place(be, fn, arg, &count);
	}
	pthread_mutex_unlock(&note_mutex);
	return rc && count > 0;
}

/* ---- needed ---------------------------------------------------------------- */

struct needing {
	int64_t now, due;		/* the first */
	unsigned days;
};

static bool
need_at(void *arg, struct place *place)
{
	struct needing *needing = arg;
	char text[CR_COMPACTION_TEXT_SIZE];
	int error = ERANGE;

	if (cr_compaction_need(&place->note, needing->now, needing->days)) {
		if (cr_compaction_format(&place->note, text) == CR_OK)
			error = cr_disk_replace(place->dirfd,
				CR_COMPACTION_FILE, cr_slice_of(text));
		if (error != 0) {
			Debug(LDAP_DEBUG_ANY, "custreg: that \"%s\" is to be "
				"compacted cannot be noted there: %s\n",
				place->path, strerror(error));
			return false;
		}
	}
	if (place->note.due < needing->due)
		needing->due = place->note.due;
	return true;
}

int
cr_compaction_note(struct cr_erasing *erasing)
{
	struct needing needing = { .now = (int64_t)slap_get_time(),
		.due = INT64_MAX,
		.days = cr_db_parts(erasing->db)->compact_days };

	if (!at_places(erasing->db, need_at, &needing))
		return CR_EINTERNAL;
	erasing->order.due = needing.due;
	return CR_OK;
}

/* ---- done ------------------------------------------------------------------ */

/* When the order was last written, or given; INT64_MAX: not known. */
static int64_t
written(struct cr_erasing *erasing)
{
	static const struct cr_own orders = { .unit = "erasures",
		.id = "crErasureId", .class = "crErasureOrder" };
	char id[CR_UUID_TEXT_SIZE];
	int64_t time = erasing->order.time;
	Entry *name, *e = NULL;

	cr_uuid_format(erasing->order.subject, id);
	name = cr_own_new(erasing->db, &orders, id);
	if (name == NULL)
		return time;
	cr_inner_begin(erasing->inner, erasing->db, erasing->ctx,
		CR_INNER_RAW);
	if (cr_raw_get(erasing->db, erasing->inner->op, &name->e_nname, &e) ==
	    LDAP_SUCCESS && e != NULL) {
		const Attribute *a = attr_find(e->e_attrs,
			slap_schema.si_ad_modifyTimestamp);

		if (a == NULL || cr_time_parse(cr_slice_bv(&a->a_vals[0]),
		    &time) != CR_OK)
			time = INT64_MAX;
		cr_raw_release(erasing->db, erasing->inner->op, e);
	}
	entry_free(name);
	return time;
}

static bool
covers_at(void *arg, struct place *place)
{
	const int64_t *when = arg;
	struct stat st;

	return fstatat(place->dirfd, "data.mdb", &st, AT_SYMLINK_NOFOLLOW) ==
	    0 && cr_compaction_covers(&place->note, st.st_ino, *when);
}

static bool
is_covered(struct cr_erasing *erasing)
{
	int64_t when = written(erasing);

	return at_places(erasing->db, covers_at, &when);
}

bool
cr_compaction_is_done(struct cr_erasing *erasing)
{
	if (erasing->order.state != CR_ERASURE_COMPACTING)
		return false;
	if (is_covered(erasing))
		return true;
	/* the note may be lost, or of another copy of the database */
	(void)!cr_compaction_note(erasing);
	return false;
}

/* What replication takes goes without a word to us. */
int
cr_compaction_see(struct cr_erasing *erasing)
{
	return is_covered(erasing) ? CR_OK : cr_compaction_note(erasing);
}

/* ---- told ------------------------------------------------------------------ */

static bool
show_at(void *arg, struct place *place)
{
	struct cr_compaction *most = arg;

	if (place->note.state == CR_COMPACTION_NEEDED &&
	    (most->state != CR_COMPACTION_NEEDED ||
	    place->note.due < most->due))
		*most = place->note;
	return true;
}

void
cr_compaction_show(struct cr_db *db, struct cr_compaction *ret)
{
	*ret = (struct cr_compaction){ .state = CR_COMPACTION_UNKNOWN };
	(void)at_places(db, show_at, ret);
}

static bool
warn_at(void *arg, struct place *place)
{
	const int64_t *now = arg;
	char due[CR_TIME_TEXT_SIZE] = "";

	if (cr_compaction_is_overdue(&place->note, *now) &&
	    cr_time_format(place->note.due, due) == CR_OK)
		Debug(LDAP_DEBUG_ANY, "custreg: what was erased is still in "
			"freed pages of \"%s\", and was to be gone by %s: "
			"stop slapd and run custreg compact\n", place->path,
			due);
	return true;
}

void
cr_compaction_watch(struct cr_erasing *erasing)
{
	struct cr_db *db = erasing->db;
	int64_t now = erasing->now;

	if (atomic_exchange(&db->compact_warned, now / DAY_S) != now / DAY_S)
		(void)at_places(db, warn_at, &now);
}
