/*
 * Paged results: pages as full as if the hidden were not there, and a cookie
 * that says nothing.
 */
#include "harness.h"

#include <ldap.h>
#include <string.h>

static const struct cr_setup plain = { .customers = 40, .bare = true };
static const struct cr_setup ten = { .customers = 10,
	.more_ldif = cr_hidden_last };

static struct cr_pair pair;
static struct cr_server *server;

static void
start_pair(void)
{
	pair = cr_pair_start(&ten, &cr_readers[MIKKO]);
}

static void
stop_pair(void)
{
	cr_pair_stop(&pair);
}

static void
start_one(void)
{
	server = cr_server_start(&plain);
}

static void
stop_one(void)
{
	cr_server_stop(server);
}

static const char *const filters[] = { "(objectClass=crCustomer)", "(&)",
	"(!(|))", "(|(l=zzz)(&))", "(mail=*)", "(!(uid=c10002))",
	"(uid:dn:=c10001)", "(mobile=*1000*)" };

static struct cr_request
page(const char *filter, const char *size, const struct cr_value *cookie)
{
	struct cr_request request = { .dn = CUSTOMERS,
		.scope = ONE,
		.filter = filter,
		.attrs = "uid" };

	request.controls[0].kind = CTL_PAGED;
	request.controls[0].arg = size;
	if (cookie != NULL) {
		request.controls[0].bytes = cookie->bytes;
		request.controls[0].len = cookie->len;
	}
	return request;
}

/* Page by page on both, each with its own cookies. */
START_TEST(pages_are_those_of_the_visible)
	{
		static const char *const sizes[] = { "1", "2", "3", "6", "7",
			"8", "100" };
		const char *filter = filters[(size_t)_i % COUNT(filters)];
		const char *size = sizes[(size_t)_i / COUNT(filters)];
		struct cr_conn *a = cr_conn_open(pair.a, "mikko");
		struct cr_conn *b = cr_conn_open(pair.b, "mikko");
		struct cr_value cookie_a = { NULL, 0 }, cookie_b = { NULL, 0 };
		int pages = 0;

		do {
			struct cr_request at_a = page(filter, size, &cookie_a);
			struct cr_request at_b = page(filter, size, &cookie_b);
			struct cr_answer *from_a = cr_ask(a, &at_a);
			struct cr_answer *from_b = cr_ask(b, &at_b);

			cr_pair_compare(cr_keep_text("%s, page %d of %s",
					    filter, pages, size),
			    from_a, from_b);
			expect_code(from_a, 0);
			cookie_a = cr_answer_cookie(from_a, NULL);
			cookie_b = cr_answer_cookie(from_b, NULL);
			ck_assert_int_lt(++pages, 20);
		} while (cookie_a.len > 0);
	}
END_TEST

START_TEST(seven_of_ten_are_seven_pages)
	{
		struct cr_conn *conn = cr_conn_open(pair.a, "mikko");
		struct cr_value cookie = { NULL, 0 };
		struct cr_text uids = { 0 };
		int pages = 0;

		do {
			struct cr_request request = page("(&)", "1", &cookie);
			struct cr_answer *answer = cr_ask(conn, &request);

			expect_code(answer, 0);
			ck_assert_uint_le(answer->entry_count, 1);
			cr_text_add(&uids, "%s ", cr_answer_uids(answer));
			cookie = cr_answer_cookie(answer, NULL);
			pages++;
		} while (cookie.len > 0);
		ck_assert_int_ge(pages, 7);
		ck_assert_int_le(pages, 8);
		ck_assert_msg(strncmp(uids.bytes,
				  "c10001 c10003 c10004 c10007 c10008 "
				  "c10009 c10010",
				  48) == 0,
		    "%s", uids.bytes);
	}
END_TEST

/*
 * Two runs give cookies of one length that have nothing in common: no id, no
 * difference of ids.
 */
START_TEST(cookie_is_opaque)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_value seen[20];
		size_t count = 0;
		struct cr_value cookie = { NULL, 0 };

		while (count < COUNT(seen)) {
			struct cr_request request =
			    page("(&)", "2", count % 10 != 0 ? &cookie : NULL);
			struct cr_answer *answer = cr_ask(conn, &request);

			expect_code(answer, 0);
			cookie = cr_answer_cookie(answer, NULL);
			ck_assert_uint_gt(cookie.len, 0);
			for (size_t i = 0; i < count; i++) {
				ck_assert_uint_eq(seen[i].len, cookie.len);
				ck_assert_mem_ne(seen[i].bytes, cookie.bytes,
				    cookie.len);
			}
			seen[count++] = cookie;
		}
		/* back-mdb's own is an entry id in eight bytes */
		ck_assert_uint_gt(cookie.len, 8);
		for (size_t i = 0; i + 4 <= cookie.len; i++)
			ck_assert(memcmp(cookie.bytes + i, "\0\0\0", 4) != 0);
	}
END_TEST

START_TEST(estimate_tells_nothing)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request request = page("(&)", "5", NULL);
		struct cr_answer *answer = cr_ask(conn, &request);
		int size = -1;

		(void)cr_answer_cookie(answer, &size);
		ck_assert_int_eq(size, 0);
	}
END_TEST

/* Bits changed, cut, made up, somebody else's. */
START_TEST(forged_cookie_is_refused)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request request = page("(&)", "5", NULL);
		struct cr_value cookie =
		    cr_answer_cookie(cr_ask(conn, &request), NULL);
		struct cr_value bad = cookie;

		for (size_t i = 0; i < cookie.len; i++) {
			bad.bytes = cr_keep(cookie.len);
			memcpy(bad.bytes, cookie.bytes, cookie.len);
			bad.bytes[i] = (char)(bad.bytes[i] ^ 0x20);
			request = page("(&)", "5", &bad);
			expect_code(cr_ask(conn, &request), 2);
		}
		for (size_t i = 1; i < cookie.len; i += 3) {
			bad = (struct cr_value){ cookie.bytes, i };
			request = page("(&)", "5", &bad);
			expect_code(cr_ask(conn, &request), 2);
		}
		/* an id in the clear, as back-mdb would take it */
		bad = (struct cr_value){ (char *)"\5\0\0\0\0\0\0\0", 8 };
		request = page("(&)", "5", &bad);
		expect_code(cr_ask(conn, &request), 2);
	}
END_TEST

/* Who gets banned between two pages is not on the second. */
START_TEST(ban_between_pages_holds)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_conn *keeper = cr_conn_open(server, "registrar");
		struct cr_request request = page("(&)", "2", NULL);
		struct cr_answer *answer = cr_ask(conn, &request);
		struct cr_value cookie = cr_answer_cookie(answer, NULL);

		expect_uids(answer, "c10001 c10003");
		ck_assert_int_eq(cr_change(keeper, C(10004),
				     "+crMarketingBan: all", NULL),
		    0);
		request = page("(&)", "2", &cookie);
		answer = cr_ask(conn, &request);
		expect_code(answer, 0);
		ck_assert_ptr_null(cr_answer_entry(answer, C(10004)));
		ck_assert_uint_eq(answer->entry_count, 2);
		ck_assert_int_eq(cr_change(keeper, C(10004),
				     "-crMarketingBan: all", NULL),
		    0);
	}
END_TEST

/* Outside the customers the cookie is slapd's, and a page works. */
/* The connection remembers one page: searches without pages leave it. */
START_TEST(searches_between_pages_do_no_harm)
	{
		static const char *const between[] = { "(uid=nobody-at-all)",
			"(uid=c10001)", "(uid=c10002)", "(cn=*)",
			"(!(uid=c10001))" };
		static const char *const bases[] = { CUSTOMERS, STAFF,
			SUFFIX };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_value cookie = { NULL, 0 };
		size_t entries = 0;

		do {
			struct cr_request next = page("(uid=*)", "2", &cookie);
			struct cr_answer *answer = cr_ask(conn, &next);

			expect_code(answer, 0);
			cookie = cr_answer_cookie(answer, NULL);
			entries += answer->entry_count;
			expect_code(cr_look(conn,
			    bases[(size_t)_i / COUNT(between)], SUB,
			    between[(size_t)_i % COUNT(between)], "uid"), 0);
		} while (cookie.len > 0);
		ck_assert_uint_eq(entries, cr_look(conn, CUSTOMERS, ONE,
		    "(uid=*)", "uid")->entry_count);
	}
END_TEST

/* Lookups without candidates that are under way beside a page. */
START_TEST(searches_beside_pages_do_no_harm)
	{
		enum { ROUNDS = 30, BESIDE = 24 };
		const struct cr_request lookup = { .dn = CUSTOMERS,
			.scope = SUB,
			.filter = "(mail=nobody@example.fi)" };
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		size_t all = cr_look(conn, CUSTOMERS, ONE, "(uid=*)", "uid")
				 ->entry_count;

		for (int round = 0; round < ROUNDS; round++) {
			struct cr_value cookie = { NULL, 0 };
			size_t found = 0;

			do {
				struct cr_request at =
				    page("(uid=*)", "2", &cookie);
				struct cr_answer *answer;
				int id = 0;

				for (int i = 0; i < BESIDE; i++) {
					if (i == BESIDE / 2)
						id = cr_conn_send(conn, &at);
					(void)cr_conn_send(conn, &lookup);
				}
				answer = cr_conn_wait(conn, id);
				expect_code(answer, 0);
				found += answer->entry_count;
				cookie = cr_answer_cookie(answer, NULL);
			} while (cookie.len > 0);
			ck_assert_uint_eq(found, all);
		}
	}
END_TEST

START_TEST(other_trees_page_too)
	{
		struct cr_conn *conn = cr_conn_open(server, "mikko");
		struct cr_request request = { .dn = STAFF, .scope = ONE };
		struct cr_value cookie = { NULL, 0 };
		size_t found = 0;

		do {
			struct cr_answer *answer;

			request.controls[0] = (struct cr_control){ CTL_PAGED,
				"2", cookie.bytes, cookie.len, NULL, false };
			answer = cr_ask(conn, &request);
			expect_code(answer, 0);
			found += answer->entry_count;
			cookie = cr_answer_cookie(answer, NULL);
		} while (cookie.len > 0);
		ck_assert_uint_eq(found, 5);
	}
END_TEST

START_TEST(page_with_a_size_limit)
	{
		struct cr_request request = page(filters[_i], "2", NULL);

		request.size = 3;
		(void)cr_pair_same(&pair, "mikko", &request);
		request.size = 7;
		request.controls[0].arg = "9";
		(void)cr_pair_same(&pair, "mikko", &request);
		request.size = 6;
		(void)cr_pair_same(&pair, "mikko", &request);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "two", start_pair, stop_pair);

	tcase_add_loop_test(tc, pages_are_those_of_the_visible, 0,
	    7 * COUNT(filters));
	tcase_add_test(tc, seven_of_ten_are_seven_pages);
	tcase_add_loop_test(tc, page_with_a_size_limit, 0, COUNT(filters));

	tc = cr_suite_case(suite, "one", start_one, stop_one);
	tcase_add_loop_test(tc, searches_between_pages_do_no_harm, 0, 15);
	tcase_add_test(tc, searches_beside_pages_do_no_harm);
	tcase_add_test(tc, cookie_is_opaque);
	tcase_add_test(tc, estimate_tells_nothing);
	tcase_add_test(tc, forged_cookie_is_refused);
	tcase_add_test(tc, ban_between_pages_holds);
	tcase_add_test(tc, other_trees_page_too);
}

int
main(void)
{
	return cr_suite_run("paged", fill);
}
