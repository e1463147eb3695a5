/*
 * Records against the wire: whatever a client does, and whatever happens to the
 * log, no entry goes to a socket without its record.  Each byte that slapd
 * hands to the kernel is kept (tests/gate), and what is in it is counted.
 *
 * CR_ROUNDS (100), CR_SEED (1)
 */
#include "harness.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CUSTOMER_COUNT = 300, ENTRY = 0x64 };

static const struct cr_setup setup = { .customers = CUSTOMER_COUNT,
	.gate = true,
	.limits = "limits * size=unlimited time=unlimited",
	.custreg = "custreg-customers " CUSTOMERS "\n"
		   "custreg-logWait 2" };
static struct cr_server *server;

static void
start_with(const struct cr_setup *with)
{
	server = cr_server_start(with);
	atomic_store(&server->gate->capture, 1);
}

static void
start(void)
{
	start_with(&setup);
}

/* Handed to the kernel is enough. */
static void
start_flush(void)
{
	static struct cr_setup with;

	with = setup;
	with.custreg = cr_keep_text("%s\ncustreg-logDurability flush",
	    setup.custreg);
	start_with(&with);
}

/* The worker waits. */
static void
start_off(void)
{
	static struct cr_setup with;

	with = setup;
	with.custreg = cr_keep_text("%s\ncustreg-logBarrier off",
	    setup.custreg);
	start_with(&with);
}

static void
stop(void)
{
	atomic_store(&server->gate->state, CR_GATE_OPEN);
	cr_server_stop(server);
}

static unsigned
number_from(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static unsigned long long state;

/* The same numbers for the same seed: which round is which can be repeated. */
static unsigned
chance(unsigned below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(state >> 33) % below;
}

/* ---- what was on the wire ------------------------------------------------- */

static const unsigned char *
take(const unsigned char **at, const unsigned char *end, unsigned char *tag,
    size_t *len)
{
	const unsigned char *p = *at;
	size_t n;

	if (end - p < 2)
		return NULL;
	*tag = *p++;
	n = *p++;
	if (n >= 0x80) {
		unsigned bytes = n & 0x7fU;

		if (end - p < (ptrdiff_t)bytes)
			return NULL;
		for (n = 0; bytes > 0; bytes--)
			n = n << 8 | *p++;
	}
	*len = n;
	*at = p;
	return p;
}

/* A customer's entryUUID, if it is in there, has a record. */
static void
check_uuid(const unsigned char *entry, const unsigned char *end,
    const char *records)
{
	const unsigned char *at = memmem(entry, (size_t)(end - entry),
	    "entryUUID", 9);
	char uuid[37] = "";

	if (at == NULL || end - at < 9 + 4 + 36)
		return;
	memcpy(uuid, at + 9 + 4, 36);
	ck_assert_msg(strstr(records, uuid) != NULL,
	    "%s was sent and has no record; there are\n%.3000s", uuid, records);
}

/*
 * An entry of the customers, or the beginning of one: enough of it to tell is
 * enough of it to need a record.
 */
static bool
is_entry(const unsigned char *p, const unsigned char *end, const char *records)
{
	unsigned char tag = 0;
	size_t len = 0;

	if (take(&p, end, &tag, &len) == NULL || tag != 2 ||
	    end - p < (ptrdiff_t)len)
		return false;
	p += len;
	if (take(&p, end, &tag, &len) == NULL || tag != ENTRY)
		return false;
	if (take(&p, end, &tag, &len) == NULL || end - p < (ptrdiff_t)len)
		return true;
	/* a child has a record by the entryUUID of its customer */
	if (memcmp(p, "uid=", 4) == 0)
		check_uuid(p, end, records);
	return cr_bytes_contain((const char *)p, len, "," CUSTOMERS,
	    sizeof("," CUSTOMERS) - 1);
}

static size_t
entries_in(const char *path, const char *records)
{
	struct cr_text wire = cr_text_of_file(path);
	const unsigned char *p = (const unsigned char *)wire.bytes;
	const unsigned char *end = p + wire.len;
	size_t count = 0;

	while (p < end) {
		unsigned char tag = 0;
		size_t len = 0;

		if (take(&p, end, &tag, &len) == NULL)
			break;
		ck_assert_msg(tag == 0x30, "%s: no message at %zu", path,
		    (size_t)((const char *)p - wire.bytes));
		if (is_entry(p, end - p < (ptrdiff_t)len ? end : p + len,
			records))
			count++;
		if (end - p < (ptrdiff_t)len)
			break;
		p += len;
	}
	return count;
}

/* A port may have been of more than one connection. */
static size_t
entries_on_wire(int port, const char *records)
{
	size_t count = 0;
	glob_t found;

	if (glob(cr_keep_text("%s/wire/%d.*", server->dir, port), 0, NULL,
		&found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		count += entries_in(found.gl_pathv[i], records);
	globfree(&found);
	return count;
}

/* ---- what is on record ---------------------------------------------------- */

/* The lines of entries of this connection. */
static struct cr_text
records_of(const struct cr_text *log, int port, size_t *ret_count)
{
	char *peer = cr_keep_text("peer=IP=127.0.0.1:%d ", port);
	struct cr_text mine = { 0 };

	cr_text_add(&mine, "%s", "");
	*ret_count = 0;
	for (const char *line = log->bytes; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (memmem(line, len, peer, strlen(peer)) != NULL &&
		    memmem(line, len, " class=", 7) != NULL) {
			cr_text_put(&mine, line, len + 1);
			++*ret_count;
		}
		line += len + (line[len] == '\n');
	}
	return mine;
}

/* ---- clients --------------------------------------------------------------- */

enum act {
	ACT_READ = 0,
	ACT_ABANDON,
	ACT_CANCEL,
	ACT_CLOSE,
	ACT_RESET,
	ACT_HALF,
	ACT_UNBIND,
	ACT_LOSE, /* the log fails */
	ACTS
};

static struct cr_request
some_request(void)
{
	static const char *const bases[] = { CUSTOMERS, C(10001), C(10007) };
	struct cr_request request = { .scope = ONE };
	unsigned base = chance(6);

	request.dn = bases[base < 3 ? base : 0];
	if (request.dn != bases[0])
		request.scope = chance(2) ? SUB : BASE;
	request.attrs = chance(3) ? "* entryUUID" : "cn";
	if (chance(5) == 0)
		request.size = 1 + (int)chance(40);
	if (chance(5) == 0)
		request.seconds = 1;
	return request;
}

static void
read_some(struct cr_conn *conn, unsigned count)
{
	struct cr_pdu pdu;

	while (count-- > 0 && cr_conn_ready(conn, 30) &&
	    cr_conn_read(conn, &pdu))
		;
}

static void
settle(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	struct cr_conn *conn = cr_conn_open(server, "mikko");

	atomic_store(&server->gate->state, CR_GATE_OPEN);
	while (cr_look(conn, C(10001), BASE, NULL, "cn")->code != 0)
		ck_assert_msg(cr_suite_again(deadline), "does not recover");
	cr_conn_close(conn);
}

static void
lose(void)
{
	atomic_store(&server->gate->state, CR_GATE_SHUT);
	usleep(chance(20000));
	atomic_store(&server->gate->state, CR_GATE_FAILS);
	usleep(chance(20000));
	settle();
}

static void
act(struct cr_conn *conn, enum act what, int id)
{
	static const char unbind[] = { 0x30, 5, 2, 1, 99, 0x42, 0 };
	const struct cr_request abandon = { .kind = CR_ABANDON,
		.message = id };
	char value[] = { 0x30, 3, 2, 1, (char)id };
	const struct cr_request cancel = { .kind = CR_EXTENDED,
		.oid = LDAP_EXOP_CANCEL,
		.bytes = value,
		.len = sizeof(value) };
	const struct linger linger = { 1, 0 };

	switch (what) {
	case ACT_ABANDON: (void)cr_conn_send(conn, &abandon); break;
	case ACT_CANCEL: (void)cr_conn_send(conn, &cancel); break;
	case ACT_RESET:
		(void)setsockopt(cr_conn_fd(conn), SOL_SOCKET, SO_LINGER,
		    &linger, sizeof(linger));
		break;
	case ACT_HALF: (void)shutdown(cr_conn_fd(conn), SHUT_WR); break;
	case ACT_UNBIND: cr_conn_write(conn, unbind, sizeof(unbind)); break;
	case ACT_LOSE: lose(); break;
	default: break;
	}
	if (what != ACT_CLOSE && what != ACT_RESET)
		read_some(conn, chance(2) ? 5000 : chance(100));
	cr_conn_close(conn);
}

/* An interrupted client; its port. */
static int
interrupt(void)
{
	static const char *const who[] = { "aino", "mikko", "root" };
	struct cr_conn *conn = cr_conn_open_narrow(server, who[chance(3)],
	    chance(2) ? 4096 : 0);
	int port = cr_conn_port(conn), id = 0;

	for (unsigned n = 1 + chance(4); n > 0; n--) {
		const struct cr_request request = some_request();

		id = cr_conn_send(conn, &request);
	}
	if (chance(2))
		read_some(conn, chance(200));
	act(conn, (enum act)chance(ACTS), id - (int)chance(2));
	return port;
}

/* Each connection has ended: nothing more comes to the wire. */
static void
until_alone(void)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	char *path = cr_keep_text("/proc/%d/fd", (int)server->pid);
	static struct cr_conn *conn;

	if (conn == NULL)
		conn = cr_conn_open(server, "root");
	for (;;) {
		char *command = cr_keep_text("test $(ls -l %s | grep -c "
			"'socket:') -le 5", path);

		if (system(command) == 0 || !cr_suite_again(deadline))
			break;
	}
	settle();
}

START_TEST(records_cover_the_wire)
	{
		unsigned rounds = number_from("CR_ROUNDS", 100) / (unsigned)_i;
		int *ports = cr_keep(rounds * sizeof(*ports));
		size_t sent = 0, recorded = 0;
		struct cr_text log;

		state = number_from("CR_SEED", 1);
		for (unsigned i = 0; i < rounds; i++)
			ports[i] = interrupt();
		until_alone();
		log = cr_server_readlog(server);
		for (unsigned i = 0; i < rounds; i++) {
			size_t records = 0, entries;
			struct cr_text mine;

			mine = records_of(&log, ports[i], &records);
			entries = entries_on_wire(ports[i], mine.bytes);
			ck_assert_msg(records >= entries,
			    "round %u: %zu entries on the wire, %zu records",
			    i, entries, records);
			sent += entries;
			recorded += records;
		}
		ck_assert_uint_gt(sent, 20 * rounds);
		printf("%u interruptions: %zu entries on the wire, "
		       "%zu records\n",
		    rounds, sent, recorded);
	}
END_TEST

/* ---- what is in the log, byte for byte ------------------------------------- */

static const char *const planted[] = { "kissankello", "sinivuokko",
	"kielonkukka", "orvokkinen", "leskenlehti", "apilanlehti",
	"voikukkanen", "ketunleipa", "rentukkanen", "ulpukkanen",
	"valkovuokko", "metsatahti" };
static unsigned searched;

static int
search_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct cr_text bytes;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	bytes = cr_text_of_file(path);
	searched++;
	for (size_t i = 0; i < bytes.len; i++)
		bytes.bytes[i] |= 0x20;
	for (size_t i = 0; i < COUNT(planted); i++)
		ck_assert_msg(!cr_bytes_contain(bytes.bytes, bytes.len,
				  planted[i], strlen(planted[i])),
		    "\"%s\" is in %s", planted[i], path);
	return 0;
}

static void
plant(void)
{
	struct cr_conn *root = cr_conn_open(server, "root");
	struct cr_conn *aino = cr_conn_open(server, "aino");
	const struct cr_request add = { .kind = CR_ADD,
		.dn = "uid=kissankello," CUSTOMERS,
		.lines = { "objectClass: inetOrgPerson",
		    "objectClass: crCustomer", "cn: Sinivuokko", "sn: S",
		    "crCustomerNumber: kielonkukka" } };
	const struct cr_request compare = { .kind = CR_COMPARE,
		.dn = C(10001),
		.attr = "cn",
		.value = "Orvokkinen" };
	const struct cr_request rename = { .kind = CR_MODRDN,
		.dn = add.dn,
		.rdn = "uid=metsatahti" };
	struct cr_request sorted = { .dn = CUSTOMERS, .scope = ONE };
	static const char *const filters[] = {
		"(|(cn=*Leskenlehti*)(uid=c10001))",
		"(|(apilanlehti=x)(uid=c10001))",
		"(|(cn;x-voikukkanen=x)(uid=c10001))",
		"(|(cn:ketunleipa:=x)(uid=c10001))",
		"(|(cn;lang-rentukkanen=*)(mail>=Leskenlehti)(uid=c10001))",
		"(|(!(mobile=Leskenlehti))(mail~=Leskenlehti))"
	};

	(void)cr_ask(root, &add);
	(void)cr_look(aino, add.dn, BASE, NULL, NULL);
	(void)cr_look(aino, "cn=ulpukkanen," C(10001), BASE, NULL, NULL);
	for (size_t i = 0; i < COUNT(filters); i++) {
		(void)cr_look(aino, CUSTOMERS, ONE, filters[i], NULL);
		(void)cr_look(root, CUSTOMERS, ONE, filters[i],
		    "cn apilanlehti cn;x-voikukkanen +");
	}
	(void)cr_ask(aino, &compare);
	ck_assert_int_eq(cr_change(aino, C(10001), "=title: Valkovuokko",
			     NULL),
	    0);
	sorted.controls[0] =
	    (struct cr_control){ CTL_SORT, .arg = "apilanlehti:ketunleipa",
		    .noncritical = true };
	(void)cr_ask(aino, &sorted);
	sorted.controls[0] =
	    (struct cr_control){ CTL_VALUES, .arg = "(cn=Leskenlehti)" };
	(void)cr_ask(aino, &sorted);
	(void)cr_ask(root, &rename);
	(void)cr_look(root, "uid=metsatahti," CUSTOMERS, BASE, NULL, NULL);
}

START_TEST(log_holds_nothing_that_was_planted)
	{
		char *path;

		start();
		path = cr_server_path(server, "log");
		plant();
		settle();
		ck_assert_int_eq(nftw(path, search_file, 16, FTW_PHYS), 0);
		ck_assert_uint_gt(searched, 3);
		/* and once it is integrated, in tiles and index */
		cr_server_restart(server);
		searched = 0;
		ck_assert_int_eq(nftw(path, search_file, 16, FTW_PHYS), 0);
		ck_assert_uint_gt(searched, 4);
		stop();
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *wire = cr_suite_case(suite, "wire", start, stop);
	TCase *bytes = cr_suite_case(suite, "bytes", NULL, NULL);

	TCase *flush = cr_suite_case(suite, "flush", start_flush, stop);
	TCase *off = cr_suite_case(suite, "off", start_off, stop);

	tcase_set_timeout(wire, (double)cr_suite_seconds(300));
	tcase_add_loop_test(wire, records_cover_the_wire, 1, 2);
	tcase_add_loop_test(flush, records_cover_the_wire, 4, 5);
	tcase_add_loop_test(off, records_cover_the_wire, 4, 5);
	tcase_add_test(bytes, log_holds_nothing_that_was_planted);
}

int
main(void)
{
	return cr_suite_run("barrier_wire", fill);
}
