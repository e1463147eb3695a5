/*
 * Controls with values that do not parse, on what is hidden and what never
 * was: both are answered alike, and slapd goes on.
 */
#include "harness.h"

#include <string.h>

static const struct cr_setup stacked = { .customers = 10,
	.modules = "sssvlv deref syncprov",
	.below = "overlay syncprov",
	.above = "overlay sssvlv\noverlay deref" };
static struct cr_pair pairs[AINO + 1];

static void
start(void)
{
	cr_pairs_start(&stacked, pairs, AINO + 1);
}

static void
stop(void)
{
	cr_pairs_stop(pairs, AINO + 1);
}

static const char *const oids[] = {
	"1.3.6.1.1.12", /* assertion */
	"1.3.6.1.1.13.1", /* pre-read */
	"1.3.6.1.1.13.2", /* post-read */
	"1.2.840.113556.1.4.319", /* paged results */
	"1.2.840.113556.1.4.473", /* sort */
	"2.16.840.1.113730.3.4.9", /* virtual list view */
	"1.2.826.0.1.3344810.2.3", /* matched values */
	"1.3.6.1.4.1.4203.666.5.16", /* deref */
	"1.3.6.1.4.1.4203.1.9.1.1", /* sync */
	"2.16.840.1.113730.3.4.18", /* proxied authorization */
	"2.16.840.1.113730.3.4.2", /* ManageDsaIT */
	"1.3.6.1.4.1.4203.1.10.1", /* subentries */
	"1.3.6.1.4.1.4203.666.5.2", /* no-op */
	"1.3.6.1.4.1.4203.666.5.12", /* relax */
	"1.3.6.1.1.21.2", /* transaction */
	"1.3.6.1.1.22", /* don't use copy */
	"1.2.840.113556.1.4.1339", /* domain scope */
	"1.2.840.113556.1.4.1340", /* search options */
	"1.2.840.113556.1.4.1413", /* permissive modify */
	"1.2.840.113556.1.4.805", /* tree delete */
	"1.3.6.1.4.1.42.2.27.8.5.1", /* password policy */
	"1.3.6.1.4.1.21008.108.63.1", /* session tracking */
	"1.3.6.1.4.1.4203.666.5.18", /* what is done, counted */
	"1.2.3.4", /* nobody's */
};

#define BYTES(b)                 \
	{                        \
		b, sizeof(b) - 1 \
	}
static const struct {
	const char *bytes;
	size_t len;
} values[] = {
	{ NULL, 0 },
	BYTES(""),
	BYTES("\x30"),
	BYTES("\x30\x00"),
	BYTES("\x30\x84\xff\xff\xff\xff"),
	BYTES("\x30\x80\x00\x00"),
	BYTES("\x30\x03\x02\x01\x01"),
	BYTES("\x30\x05\x0a\x01\x03\x04\x00"),
	BYTES("\x04\x03uid"),
	BYTES("\x30\x05\x04\x03uid"),
	BYTES("\x30\x07\x30\x05\x04\x03uid"),
	BYTES("\x30\x07\x30\x05\x04\x7fuid"),
	BYTES("\x87\x03uid"),
	BYTES("\xa3\x0d\x04\x03uid\x04\x06"
	      "c10006"),
	BYTES("\xa0\x02\x30"),
	BYTES("dn:uid=c10006,ou=customers,dc=example,dc=fi"),
	BYTES("\x00\x00\x00\x00"),
	BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"),
};

static const struct cr_request operations[] = {
	{ .name = "search", .dn = C(10006), .scope = SUB },
	{ .name = "list", .dn = CUSTOMERS, .scope = ONE, .attrs = "uid" },
	{ .name = "compare",
	    .kind = CR_COMPARE,
	    .dn = C(10006),
	    .attr = "uid",
	    .value = "c10006" },
	{ .name = "modify",
	    .kind = CR_MODIFY,
	    .dn = C(10006),
	    .lines = { "=title: x" } },
	{ .name = "delete", .kind = CR_DELETE, .dn = C(10006) },
	{ .name = "rename",
	    .kind = CR_MODRDN,
	    .dn = C(10006),
	    .rdn = "uid=c10006" },
	{ .name = "add",
	    .kind = CR_ADD,
	    .dn = "crAssignmentNumber=A10006-1," C(10006),
	    .lines = { "objectClass: crAssignment" } },
};

/*
 * The same of both, on connections that go on with the next request unless
 * slapd ends them: whether it still takes one after that is chance.
 */
static void
ask_both(const struct cr_pair *pair, const char *who, struct cr_conn *conns[2],
    const char *what, const struct cr_request *request)
{
	struct cr_answer *a, *b;

	if (conns[0] == NULL) {
		conns[0] = cr_conn_open(pair->a, who);
		conns[1] = cr_conn_open(pair->b, who);
	}
	a = cr_ask(conns[0], request);
	b = cr_ask(conns[1], request);
	cr_pair_compare(what, a, b);
	if (a->closed || a->last) {
		cr_conn_close(conns[0]);
		cr_conn_close(conns[1]);
		conns[0] = NULL;
	}
}

/* By mikko and aino, who are refused for different reasons. */
START_TEST(hidden_is_absent)
	{
		static const int who[] = { MIKKO, AINO };

		for (size_t w = 0; w < COUNT(who); w++) {
			struct cr_conn *conns[2] = { NULL, NULL };

			for (size_t i = 0;
			     i < COUNT(values) * COUNT(operations) * 2; i++) {
				struct cr_request request =
				    operations[i / 2 % COUNT(operations)];
				size_t v = i / 2 / COUNT(operations);

				request.controls[0] = (struct cr_control){
					CTL_RAW, .bytes = values[v].bytes,
					.len = values[v].len, .oid = oids[_i],
					.noncritical = i % 2 != 0
				};
				ask_both(&pairs[who[w]], cr_readers[who[w]].who,
				    conns,
				    cr_keep_text("%s, %s, value %zu", oids[_i],
					request.name, v),
				    &request);
			}
			if (conns[0] != NULL) {
				cr_conn_close(conns[0]);
				cr_conn_close(conns[1]);
			}
		}
		cr_server_alive(pairs[MIKKO].a);
		cr_server_alive(pairs[AINO].a);
	}
END_TEST

/* After all that the hidden customer is as it was. */
START_TEST(nothing_was_changed)
	{
		struct cr_conn *conn = cr_conn_open(pairs[_i].a, "registrar");

		expect_uids(cr_look(conn, C(10006), SUB, "(!(title=x))", "uid"),
		    "c10006 R10006-1 A10006-1");
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "bad controls", start, stop);

	tcase_add_loop_test(tc, hidden_is_absent, 0, COUNT(oids));
	tcase_add_loop_test(tc, nothing_was_changed, 0, AINO + 1);
}

int
main(void)
{
	return cr_suite_run("bad_controls", fill);
}
