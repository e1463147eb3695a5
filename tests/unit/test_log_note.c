/*
 * Signed notes and checkpoints: the example of the standard, those of Go's
 * sumdb/note, what signs verifies, and no byte can be another.
 */
#include "unit/suite.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/note.h"

/* C2SP signed-note: the example */
static const char spec_vkey[] =
	"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char spec_text[] = "This is an example message.\n";
static const char spec_note[] =
	"This is an example message.\n\n"
	"\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi"
	"2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

static struct cr_key *
parse(const char *text)
{
	struct cr_key *key = NULL;

	ck_assert_int_eq(cr_key_parse(cr_slice_of(text), &key), CR_OK);
	return key;
}

static enum cr_fault_kind
open_kind(struct cr_slice note, const struct cr_key *key)
{
	struct cr_slice text;
	enum cr_fault_kind kind;

	return cr_note_open(note, key, &text, &kind) == CR_OK ?
	    CR_FAULT_UNKNOWN : kind;
}

START_TEST(the_note_of_the_standard)
{
	struct cr_key *key = parse(spec_vkey);
	struct cr_slice text;
	enum cr_fault_kind kind;
	char vkey[CR_KEY_TEXT_SIZE];

	ck_assert_int_eq(cr_note_open(cr_slice_of(spec_note), key, &text,
	    &kind), CR_OK);
	ck_assert(cr_slice_equal(text, cr_slice_of(spec_text)));
	ck_assert_str_eq(cr_key_name(key), "example.com/foo");
	ck_assert_uint_eq(cr_key_id(key), 0x530d903a);
	ck_assert(!cr_key_can_sign(key));
	ck_assert_int_eq(cr_key_verifier(key, vkey), CR_OK);
	ck_assert_str_eq(vkey, spec_vkey);
	ck_assert_int_eq(cr_key_signer(key, vkey), CR_EACCESS);
	cr_key_free(&key);
	ck_assert_ptr_null(key);
}
END_TEST

/* Nor may anything be cut from it, or stand behind it. */
START_TEST(no_bit_of_a_note_can_be_another)
{
	struct cr_key *key = parse(spec_vkey);
	char bytes[sizeof(spec_note)];
	const size_t len = sizeof(spec_note) - 1;

	for (size_t bit = 0; bit < 8 * len; bit++) {
		memcpy(bytes, spec_note, sizeof(bytes));
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_int_ne(open_kind((struct cr_slice){ bytes, len },
		    key), CR_FAULT_UNKNOWN);
	}
	for (size_t cut = 0; cut < len; cut++)
		ck_assert_int_ne(open_kind((struct cr_slice){ spec_note, cut },
		    key), CR_FAULT_UNKNOWN);
	memcpy(bytes, spec_note, sizeof(bytes));
	ck_assert_int_eq(open_kind((struct cr_slice){ bytes, len + 1 }, key),
	    CR_FAULT_NOTE);
	cr_key_free(&key);
}
END_TEST

static struct cr_slice
sign(const char *text, const struct cr_key *key)
{
	struct cr_slice note = { NULL, 0 };
	char *bytes = NULL;

	ck_assert_int_eq(cr_note_sign(cr_slice_of(text), key, &bytes,
	    &note.len), CR_OK);
	note.ptr = bytes;
	return note;
}

START_TEST(what_signs_verifies)
{
	static const char *const texts[] = { "a\n", "a\n\nb\n", "\n",
		"\xe2\x80\x94 x y\n" };
	struct cr_key *key = NULL, *again, *other = NULL, *public;
	char text[CR_KEY_TEXT_SIZE];

	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL("log.fi/\xc3\xa4"),
	    &key), CR_OK);
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL("log.fi/\xc3\xa4"),
	    &other), CR_OK);
	ck_assert_int_eq(cr_key_signer(key, text), CR_OK);
	again = parse(text);
	ck_assert_int_eq(cr_key_verifier(key, text), CR_OK);
	public = parse(text);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cr_slice note = sign(texts[i], again), found;
		enum cr_fault_kind kind;

		ck_assert_int_eq(cr_note_open(note, public, &found, &kind),
		    CR_OK);
		ck_assert(cr_slice_equal(found, cr_slice_of(texts[i])));
		ck_assert_int_eq(open_kind(note, other), CR_FAULT_UNSIGNED);
		free((char *)note.ptr);
	}
	cr_key_free(&key);
	cr_key_free(&again);
	cr_key_free(&other);
	cr_key_free(&public);
}
END_TEST

START_TEST(texts_that_are_not_signed)
{
	static const struct cr_slice texts[] = { { "", 0 }, { "a", 1 },
		{ "a\tb\n", 4 }, { "a\0b\n", 4 }, { "\xff\n", 2 },
		{ "a\r\n", 3 } };
	struct cr_key *key = NULL;

	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL("x"), &key), CR_OK);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *note;
		size_t len;

		ck_assert_int_eq(cr_note_sign(texts[i], key, &note, &len),
		    CR_ESYNTAX);
	}
	cr_key_free(&key);
}
END_TEST

/* Signatures of others stand beside ours and are passed over. */
START_TEST(other_signatures)
{
	struct cr_key *key = parse(spec_vkey);
	char bytes[4096];
	int len = snprintf(bytes, sizeof(bytes), "%s", spec_note);

	for (int i = 0; i < 15; i++)
		len += snprintf(bytes + len, sizeof(bytes) - (size_t)len,
		    "\xe2\x80\x94 witness.example/%d AAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAA\n", i);
	ck_assert_int_eq(open_kind(cr_slice_of(bytes), key),
	    CR_FAULT_UNKNOWN);
	/* same name, other id; same id, other name */
	snprintf(bytes, sizeof(bytes), "%s\n\xe2\x80\x94 example.com/foo "
	    "AAAAAAAAAAAA\n\xe2\x80\x94 other Uw2QOkn8srV1\n", spec_text);
	ck_assert_int_eq(open_kind(cr_slice_of(bytes), key),
	    CR_FAULT_UNSIGNED);
	/* ours once well and once not */
	snprintf(bytes, sizeof(bytes), "%s\xe2\x80\x94 example.com/foo "
	    "Uw2QOkn8srV1\n", spec_note);
	ck_assert_int_eq(open_kind(cr_slice_of(bytes), key),
	    CR_FAULT_SIGNATURE);
	for (size_t i = 0; i < CR_NOTE_SIGNATURES_MAX + 1; i++) {
		static const char line[] = "\xe2\x80\x94 w AAAAAAAA\n";

		if (i == 0)
			len = snprintf(bytes, sizeof(bytes), "%s", spec_note);
		memcpy(bytes + len, line, sizeof(line));
		len += (int)sizeof(line) - 1;
	}
	ck_assert_int_eq(open_kind(cr_slice_of(bytes), key), CR_FAULT_NOTE);
	cr_key_free(&key);
}
END_TEST

START_TEST(bad_keys)
{
	static const char *const texts[] = { "", "\n", "a", "a+b", "a+b+c",
		"PRIVATE+KEY+",
		"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"
		"rnKv3U2k",			/* id */
		"example.com/fox+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"
		"rnKv3U2k",			/* name */
		"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"
		"rnKv3U2k",
		"example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"
		"rnKv3U2k",			/* algorithm */
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"
		"rnKv3U2kAA==",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYc"
		"rnKv3U2k\n\n",
		"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cr_key *key = NULL;

		ck_assert_int_eq(cr_key_parse(cr_slice_of(texts[i]), &key),
		    CR_ESYNTAX);
		ck_assert_ptr_null(key);
	}
}
END_TEST

START_TEST(names)
{
	static const char *const bad[] = { "", "a b", "a+b", "a\tb", "a\x7f",
		"\xc2\xa0", "a\xe2\x80\x80", "a\xe2\x80\x8a", "\xe2\x80\xa8",
		"\xe3\x80\x80", "\xe1\x9a\x80", "\xc2\x85", "\xff" };
	static const char *const good[] = { "a", "example.fi/log", "\xc3\xa4",
		"\xe2\x80\x8b", "\xe2\x80\x94" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!cr_key_name_is_valid(cr_slice_of(bad[i])));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert(cr_key_name_is_valid(cr_slice_of(good[i])));
}
END_TEST

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

START_TEST(checkpoints)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t size;
	} cases[] = {
		{ "a\n0\n" ROOT "\n", CR_OK, 0 },
		{ "a b+c\n20852163\n" ROOT "\n", CR_OK, 20852163 },
		{ "a\n9223372036854775807\n" ROOT "\n", CR_OK, INT64_MAX },
		{ "a\n1\n" ROOT "\nmore\n", CR_OK, 1 },
		{ "a\n9223372036854775808\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "a\n00\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "a\n01\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "a\n-1\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "a\n 1\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "a\n\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "\n1\n" ROOT "\n", CR_ESYNTAX, 0 },
		{ "a\n1\n" ROOT, CR_ESYNTAX, 0 },
		{ "a\n1\n\n", CR_ESYNTAX, 0 },
		{ "a\n1\nAAAA\n", CR_ESYNTAX, 0 },
		{ "a\n1\n" ROOT "\n\n", CR_ESYNTAX, 0 },
		{ "a\n1\n" ROOT "\nmore", CR_ESYNTAX, 0 },
		{ "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		    CR_ESYNTAX, 0 },	/* bits that say nothing */
		{ "", CR_ESYNTAX, 0 }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cr_checkpoint checkpoint = { .size = 0 };

		ck_assert_int_eq(cr_checkpoint_parse(
		    cr_slice_of(cases[i].text), &checkpoint), cases[i].rc);
		ck_assert_uint_eq(checkpoint.size, cases[i].size);
	}
}
END_TEST

START_TEST(a_checkpoint_there_and_back)
{
	struct cr_checkpoint in = { .origin = CR_SLICE_LITERAL("log.fi"),
		.size = 70000 }, out;
	enum cr_fault_kind kind;
	struct cr_key *key = NULL;
	char *bytes = NULL;
	size_t len;

	ck_assert_int_eq(cr_key_make(in.origin, &key), CR_OK);
	memset(in.root.bytes, 0xa5, sizeof(in.root.bytes));
	ck_assert_int_eq(cr_checkpoint_sign(&in, key, &bytes, &len), CR_OK);
	ck_assert_int_eq(cr_checkpoint_open((struct cr_slice){ bytes, len },
	    key, CR_SLICE_LITERAL(""), &out, &kind), CR_OK);
	ck_assert_uint_eq(out.size, in.size);
	ck_assert(cr_hash_equal(&out.root, &in.root));
	ck_assert(cr_slice_equal(out.origin, in.origin));
	ck_assert_int_eq(cr_checkpoint_open((struct cr_slice){ bytes, len },
	    key, CR_SLICE_LITERAL("log.se"), &out, &kind), CR_EVERIFY);
	ck_assert_int_eq(kind, CR_FAULT_ORIGIN);
	free(bytes);
	cr_key_free(&key);
}
END_TEST

START_TEST(key_files)
{
	char directory[] = "/tmp/custreg-test-XXXXXX", path[64];
	struct cr_log_fault fault = { 0 };
	struct cr_key *key = NULL, *again = NULL;
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/key", directory);
	ck_assert_int_eq(cr_key_load(path, &again, &fault), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_MISSING);
	ck_assert_int_eq(cr_key_make(CR_SLICE_LITERAL("x"), &key), CR_OK);
	ck_assert_int_eq(cr_key_save(key, path, &fault), CR_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(cr_key_save(key, path, &fault), CR_ELOG);
	ck_assert_int_eq(fault.error, EEXIST);
	ck_assert_int_eq(cr_key_load(path, &again, &fault), CR_OK);
	ck_assert_uint_eq(cr_key_id(again), cr_key_id(key));
	ck_assert(cr_key_can_sign(again));
	cr_key_free(&again);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(cr_key_load(path, &again, &fault), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_KEY);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(truncate(path, 50), 0);
	ck_assert_int_eq(cr_key_load(path, &again, &fault), CR_EVERIFY);
	ck_assert_int_eq(fault.kind, CR_FAULT_KEY);
	ck_assert_ptr_null(again);
	cr_key_free(&key);
	unlink(path);
	rmdir(directory);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_note");
	TCase *tcase = tcase_create("note");

	tcase_add_test(tcase, the_note_of_the_standard);
	tcase_add_test(tcase, no_bit_of_a_note_can_be_another);
	tcase_add_test(tcase, what_signs_verifies);
	tcase_add_test(tcase, texts_that_are_not_signed);
	tcase_add_test(tcase, other_signatures);
	tcase_add_test(tcase, bad_keys);
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, checkpoints);
	tcase_add_test(tcase, a_checkpoint_there_and_back);
	tcase_add_test(tcase, key_files);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
