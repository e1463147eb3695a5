#include "unit/suite.h"

#include <stdio.h>

#include "proto/control.h"
#include "unit/hex.h"

static int
write_key(void *arg, struct cr_slice attribute)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(out + len, 256 - len, "%.*s|", (int)attribute.len,
	    attribute.ptr);
	return CR_OK;
}

static const struct {
	const char *hex;
	const char *keys;	/* NULL: refused */
} sorts[] = {
	/* as ldapsearch -E sss=cn/-sn sends it: cn, then sn reversed */
	{ "300f 3004 0402636e 3007 0402736e 8101ff", "cn|sn|" },
	{ "300a 3008 0402636e 80023132", "cn|" },
	{ "300d 300b 0402636e 80023132 8101ff", "cn|" },
	{ "3000", "" },
	{ "3006 3004 0402636e", "cn|" },
	{ "3004 3002 0400", "|" },
	/* lengths longer than they need to be are BER all the same */
	{ "308106 3004 0402636e", "cn|" },
	{ "308400000006 3004 0402636e", "cn|" },
	{ "300d 3004 0402636e 3005 0402736e 8100", NULL },
	{ "300e 3004 0402636e 3006 0402736e 8101ff", NULL },
	{ "", NULL },
	{ "30", NULL },
	{ "3080 3004 0402636e 0000", NULL },
	{ "308500000000063004 0402636e", NULL },
	{ "3006 3004 0402636e 00", NULL },
	{ "3007 3004 0402636e", NULL },
	{ "3005 3004 0402636e", NULL },
	{ "3106 3004 0402636e", NULL },
	{ "3006 3104 0402636e", NULL },
	{ "3006 3004 0c02636e", NULL },
	{ "3006 3004 0403636e", NULL },
	{ "3009 3007 0402636e 820101", NULL },
	{ "300d 300b 0402636e 8101ff 80023132", NULL },
	{ "300a 3008 0402636e 8102ffff", NULL },
	{ "3007 3005 0402636e 05", NULL },
	{ "3f8106 3004 0402636e", NULL }
};

START_TEST(sort_keys_are_named)
{
	struct bytes value = hex_bytes(sorts[_i].hex);
	char keys[256] = "";
	int rc = cr_control_sort_keys(hex_slice(value), write_key, keys);

	if (sorts[_i].keys == NULL) {
		ck_assert_int_eq(rc, CR_EPROTO);
	} else {
		ck_assert_int_eq(rc, CR_OK);
		ck_assert_str_eq(keys, sorts[_i].keys);
	}
	free(value.data);
}
END_TEST

static int
refuse_second(void *arg, struct cr_slice attribute)
{
	int *count = arg;

	(void)attribute;
	return ++*count == 2 ? CR_EACCESS : CR_OK;
}

START_TEST(the_first_error_ends_the_keys)
{
	struct bytes value = hex_bytes("3012 3004 0402636e 3004 0402636e "
	    "3004 0402636e");
	int count = 0;

	ck_assert_int_eq(cr_control_sort_keys(hex_slice(value), refuse_second,
	    &count), CR_EACCESS);
	ck_assert_int_eq(count, 2);
	free(value.data);
}
END_TEST

static const struct {
	const char *hex;
	int has;	/* -1: refused */
} views[] = {
	{ "300e 020100 020113 a006 020101 020100", 0 },
	{ "3012 020100 020113 a006 020101 020100 0402abcd", 1 },
	{ "3010 020100 020113 a006 020101 020100 0400", 1 },
	{ "3009 020100 020113 810161", 0 },
	{ "300d 020100 020113 810161 0402abcd", 1 },
	{ "3006 020100 020113", -1 },
	{ "300f 020100 020113 a006 020101 020100 00", -1 },
	{ "300d 0201ff 020113 810161 0402abcd", -1 },
	{ "300c 0200 020113 810161 0402abcd", -1 },
	{ "3011 02050000000001 020113 810161 0402abcd", -1 },
	{ "3010 020100 0204ffffffff 810161 0402abcd", -1 },
	{ "300c 020100 020113 a003 020101 00", -1 },
	{ "300b 020100 020113 a003 020101", -1 },
	{ "3011 020100 020113 a009 020101 020100 020100", -1 },
	{ "3009 020100 020113 820161", -1 },
	{ "300d 020100 020113 810161 0402abcd 00", -1 },
	{ "300f 020100 020113 810161 0402abcd 0500", -1 },
	{ "300d 020100 020113 810161 0c02abcd", -1 },
	{ "", -1 }
};

START_TEST(a_view_has_a_context_or_not)
{
	struct bytes value = hex_bytes(views[_i].hex);
	bool has = false;
	int rc = cr_control_vlv_has_context(hex_slice(value), &has);

	ck_assert_int_eq(rc, views[_i].has < 0 ? CR_EPROTO : CR_OK);
	ck_assert_int_eq(has, views[_i].has == 1);
	free(value.data);
}
END_TEST

static const struct {
	const char *hex;
	int size;	/* -1: refused */
	const char *cookie;
} pages[] = {
	{ "3005 020164 0400", 100, "" },
	{ "3006 02020100 0400", 256, "" },
	{ "3008 020164 0403616263", 100, "abc" },
	{ "3008 02047fffffff 0400", 2147483647, "" },
	{ "3005 0201ff 0400", -1, NULL },
	{ "3008 020480000000 0400", -1, NULL },
	{ "3009 02050000000001 0400", -1, NULL },
	{ "3004 0200 0400", -1, NULL },
	{ "3003 020164", -1, NULL },
	{ "3005 020164 0401", -1, NULL },
	{ "3005 020164 0400 00", -1, NULL },
	{ "3007 020164 0400 0400", -1, NULL },
	{ "3005 0a0164 0400", -1, NULL },
	{ "3005 020164 8000", -1, NULL },
	{ "a005 020164 0400", -1, NULL },
	{ "", -1, NULL }
};

START_TEST(a_page_is_decoded)
{
	struct bytes value = hex_bytes(pages[_i].hex);
	struct cr_slice cookie = { NULL, 0 };
	int size = -1;
	int rc = cr_control_paged_decode(hex_slice(value), &size, &cookie);

	ck_assert_int_eq(rc, pages[_i].size < 0 ? CR_EPROTO : CR_OK);
	ck_assert_int_eq(size, pages[_i].size);
	if (pages[_i].size >= 0)
		ck_assert(cr_slice_equal(cookie,
		    cr_slice_of(pages[_i].cookie)));
	free(value.data);
}
END_TEST

/* Golden vectors, from ldapsearch -E pr=100 and a server's answer. */
static const struct {
	int size;
	const char *cookie;
	const char *hex;
} answers[] = {
	{ 0, "", "3005 020100 0400" },
	{ 100, "", "3005 020164 0400" },
	{ 128, "abc", "3009 02020080 0403616263" },
	{ 2147483647, "", "3008 02047fffffff 0400" }
};

START_TEST(a_page_is_encoded)
{
	struct bytes wanted = hex_bytes(answers[_i].hex);
	unsigned char *value = NULL;
	size_t len = 0;

	ck_assert_int_eq(cr_control_paged_encode(answers[_i].size,
	    cr_slice_of(answers[_i].cookie), &value, &len), CR_OK);
	ck_assert_uint_eq(len, wanted.len);
	ck_assert_mem_eq(value, wanted.data, len);
	free(value);
	free(wanted.data);
}
END_TEST

START_TEST(what_is_encoded_is_decoded)
{
	char cookie[300];
	int size = 1;

	memset(cookie, 0xa5, sizeof(cookie));
	for (size_t len = 0; len <= sizeof(cookie); len++) {
		unsigned char *value = NULL;
		size_t value_len = 0;
		struct cr_slice back;
		int back_size;

		ck_assert_int_eq(cr_control_paged_encode(size,
		    (struct cr_slice){ cookie, len }, &value, &value_len),
		    CR_OK);
		ck_assert_int_eq(cr_control_paged_decode((struct cr_slice){
			(char *)value, value_len }, &back_size, &back),
		    CR_OK);
		ck_assert_int_eq(back_size, size);
		ck_assert(cr_slice_equal(back, (struct cr_slice){ cookie,
			len }));
		/* cut anywhere, it is refused */
		for (size_t cut = 0; cut < value_len; cut++) {
			unsigned char *copy = malloc(cut + (cut == 0));

			memcpy(copy, value, cut);
			ck_assert_int_eq(cr_control_paged_decode(
			    (struct cr_slice){ (char *)copy, cut },
			    &back_size, &back), CR_EPROTO);
			free(copy);
		}
		free(value);
		size = size * 5 % 1999999;
	}
	ck_assert_int_eq(cr_control_paged_encode(-1, CR_SLICE_LITERAL(""),
	    NULL, NULL), CR_EINTERNAL);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, \
	(int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("control_list");
	TCase *tcase = tcase_create("control_list");

	LOOP(tcase, sort_keys_are_named, sorts);
	tcase_add_test(tcase, the_first_error_ends_the_keys);
	LOOP(tcase, a_view_has_a_context_or_not, views);
	LOOP(tcase, a_page_is_decoded, pages);
	LOOP(tcase, a_page_is_encoded, answers);
	tcase_add_test(tcase, what_is_encoded_is_decoded);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
