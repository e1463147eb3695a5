#include "unit/suite.h"

#include "core/clock.h"
#include "log/record_line.h"

static char *
line_of(const struct cr_floor_record *record)
{
	size_t size = cr_floor_line_size(record);
	char *line = malloc(size + 1);
	size_t len;

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(cr_floor_line_format(record, line, &len), CR_OK);
	ck_assert_uint_le(len, size);
	line[len] = '\0';
	return line;
}

static int64_t
some_time(void)
{
	int64_t time;

	ck_assert_int_eq(cr_time_parse(CR_SLICE_LITERAL("20260701120000Z"),
	    &time), CR_OK);
	return time;
}

START_TEST(a_record_is_a_line)
{
	const struct cr_floor_record record = {
		.time = some_time(),
		.who = CR_SLICE_LITERAL("uid=crm,ou=services,dc=example"),
		.on_behalf_of = CR_SLICE_LITERAL("uid=aino,ou=handlers"),
		.purpose = CR_SLICE_LITERAL("billing"),
		.recipient = CR_SLICE_LITERAL("cn=agency"),
		.reference = CR_SLICE_LITERAL("R-17:a"),
		.mechanism = CR_SLICE_LITERAL("SCRAM-SHA-256"),
		.ssf = 256,
		.peer = CR_SLICE_LITERAL("IP=127.0.0.1:4711"),
		.listener = CR_SLICE_LITERAL("ldap://127.0.0.1:389/"),
		.connection = 1000,
		.operation = 3,
		.type = CR_SLICE_LITERAL("search"),
		.subject = CR_SLICE_LITERAL(
		    "2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f"),
		.entry_class = CR_SLICE_LITERAL("crCustomer")
	};
	char *line = line_of(&record);

	ck_assert_str_eq(line, "\nt=20260701120000Z "
	    "who=uid=crm,ou=services,dc=example for=uid=aino,ou=handlers "
	    "purpose=billing recipient=cn=agency ref=R-17:a "
	    "mech=SCRAM-SHA-256 ssf=256 peer=IP=127.0.0.1:4711 "
	    "listener=ldap://127.0.0.1:389/ conn=1000 op=3 type=search "
	    "uuid=2c1c6a2e-1b1c-4d3e-9a5b-0a1b2c3d4e5f class=crCustomer\n");
	free(line);
}
END_TEST

START_TEST(what_is_empty_is_left_out)
{
	const struct cr_floor_record record = {
		.time = 0,
		.connection = (unsigned long)-1,
		.event = CR_SLICE_LITERAL("ban-set")
	};
	char *line = line_of(&record);

	ck_assert_str_eq(line, "\nt=19700101000000Z ssf=0 "
	    "conn=18446744073709551615 op=0 event=ban-set\n");
	free(line);
}
END_TEST

/* Whatever stands in a value, it stays in its field of its line. */
START_TEST(every_byte_stays_in_its_field)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-._~,=:/+@";

	for (int c = 0; c < 256; c++) {
		const char byte = (char)c;
		const struct cr_floor_record record = { .who = { &byte, 1 } };
		char *line = line_of(&record);
		char wanted[4] = { byte, ' ' };
		bool is_plain = c != 0 && strchr(plain, c) != NULL;

		if (!is_plain) {
			wanted[0] = '%';
			wanted[1] = "0123456789ABCDEF"[c >> 4];
			wanted[2] = "0123456789ABCDEF"[c & 15];
		}
		ck_assert_int_eq(strncmp(line, "\nt=19700101000000Z who=",
		    23), 0);
		ck_assert_int_eq(strncmp(line + 23, wanted,
		    strlen(wanted)), 0);
		ck_assert_ptr_eq(strchr(line + 1, '\n'), line +
		    strlen(line) - 1);
		free(line);
	}
}
END_TEST

START_TEST(a_long_value_is_kept_whole)
{
	static char value[10000];
	const struct cr_floor_record record = {
		.peer = { value, sizeof(value) }
	};
	char *line;

	memset(value, ' ', sizeof(value));
	line = line_of(&record);
	ck_assert_uint_gt(strlen(line), 3 * sizeof(value));
	free(line);
}
END_TEST

START_TEST(a_time_without_a_text_is_refused)
{
	const struct cr_floor_record record = { .time = INT64_MAX };
	char line[512];
	size_t len;

	ck_assert_uint_le(cr_floor_line_size(&record), sizeof(line));
	ck_assert_int_eq(cr_floor_line_format(&record, line, &len),
	    CR_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record_line");
	TCase *tcase = tcase_create("record_line");

	tcase_add_test(tcase, a_record_is_a_line);
	tcase_add_test(tcase, what_is_empty_is_left_out);
	tcase_add_test(tcase, every_byte_stays_in_its_field);
	tcase_add_test(tcase, a_long_value_is_kept_whole);
	tcase_add_test(tcase, a_time_without_a_text_is_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
