/*
 * Nothing left: an erasure and a compaction take every planted byte out of
 * every file of the register, its accesslog and its read log.
 */
#include "harness_compact.h"

#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Sought in the case given and in any other; the marks are nobody else's.  A
 * name of an entry stays in the accesslog, in the record that tells a consumer
 * to delete it.
 */
static const struct {
	const char *what;
	const char *bytes;
	bool is_name;
} planted[] = {
	{ "name", "Quxzyrth", false },
	{ "name, UTF-8", "W\xc3\xb6rtl\xc3\xb6\x63k", false },
	{ "name, capitals", "W\xc3\x96RTL\xc3\x96\x43K", false },
	{ "name, small", "w\xc3\xb6rtl\xc3\xb6\x63k", false },
	{ "mail", "quxzyrth.vanha@", false },
	{ "mail, later", "quxzyrth.uusi@", false },
	{ "phone", "+358 50 7719 4466", false },
	{ "phone, no spaces", "+358507719446", false },
	{ "address", "Zwibblerkatu 77", false },
	{ "postal address", "Zwibblerkatu 77 $ 99881", false },
	{ "source", "l\xc3\xa4hde-qpx9917", false },
	{ "paper file", "mappi-qpx5531", false },
	{ "number", "KN-QPX-8812", false },
	{ "long text", "pitk\xc3\xa4-qpx2204", false },
	{ "password", "salaisuus-qpx3310", false },
	{ "child: text", "tilaus-qpx6645", false },
	{ "child: number, its name", "A-QPX-4410", true },
	{ "customer: uid, its name", "c77001", true }
};

enum { FILES_MAX = 200 };
enum phase { PLANTED, ERASED, COMPACTED, PHASES };

static struct found {
	const char *path;
	size_t hits[PHASES][COUNT(planted)];
} found[FILES_MAX];
static size_t found_count;
static enum phase phase;

static void
lower(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)tolower((unsigned char)bytes[i]);
}

static struct found *
place_for(const char *path)
{
	for (size_t i = 0; i < found_count; i++) {
		if (strcmp(found[i].path, path) == 0)
			return &found[i];
	}
	ck_assert_uint_lt(found_count, FILES_MAX);
	found[found_count].path = cr_keep_text("%s", path);
	return &found[found_count++];
}

static int
search_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct found *file;
	char *bytes;
	size_t len;
	FILE *f;

	(void)ftw;
	/* what is no file holds nothing */
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	bytes = malloc((size_t)st->st_size + 1);
	len = fread(bytes, 1, (size_t)st->st_size, f);
	fclose(f);
	lower(bytes, len);
	file = place_for(path + strlen(compact_server->dir) + 1);
	for (size_t i = 0; i < COUNT(planted); i++) {
		char *what = cr_keep_text("%s", planted[i].bytes);
		size_t size = strlen(what);
		const char *at = bytes;

		lower(what, size);
		file->hits[phase][i] = 0;
		while ((at = memmem(at, len - (size_t)(at - bytes), what,
			    size)) != NULL) {
			file->hits[phase][i]++;
			at++;
		}
	}
	free(bytes);
	return 0;
}

static size_t
hits(const struct found *file, enum phase when, bool is_name)
{
	size_t sum = 0;

	for (size_t i = 0; i < COUNT(planted); i++) {
		if (planted[i].is_name == is_name)
			sum += file->hits[when][i];
	}
	return sum;
}

/* All that the compact_server has on the disk; how many hits of values. */
static size_t
search(enum phase when)
{
	size_t sum = 0;

	phase = when;
	ck_assert_int_eq(nftw(compact_server->dir, search_file, 16, FTW_PHYS), 0);
	for (size_t i = 0; i < found_count; i++)
		sum += hits(&found[i], when, false);
	return sum;
}

static size_t
in_all_files(enum phase when, size_t which)
{
	size_t sum = 0;

	for (size_t i = 0; i < found_count; i++)
		sum += found[i].hits[when][which];
	return sum;
}

/* Values, and names of entries behind a plus. */
static void
print_table(void)
{
	printf("%-30s %14s %14s %14s\n", "", "planted", "erased",
	    "compacted");
	for (size_t i = 0; i < found_count; i++) {
		printf("%-30s", found[i].path);
		for (enum phase p = PLANTED; p < PHASES; p++)
			printf(" %8zu +%4zu", hits(&found[i], p, false),
			    hits(&found[i], p, true));
		printf("\n");
	}
	for (size_t i = 0; i < COUNT(planted); i++)
		printf("  %-28s %14zu %14zu %14zu\n", planted[i].what,
		    in_all_files(PLANTED, i), in_all_files(ERASED, i),
		    in_all_files(COMPACTED, i));
	fflush(stdout);
}

static bool
is_data(const struct found *file)
{
	return strcmp(file->path, "db/data.mdb") == 0 ||
	    strcmp(file->path, "db2/data.mdb") == 0;
}

START_TEST(nothing_is_left_in_any_file)
	{
		const char *before, *log_before;
		struct cr_said said;

		compact_server = cr_server_start(&compact_thirty);
		compact_plant();
		cr_server_stop(compact_server);
		/* each of them is there, as it is sought */
		search(PLANTED);
		for (size_t i = 0; i < COUNT(planted); i++)
			ck_assert_msg(in_all_files(PLANTED, i) > 0,
			    "not found: %s", planted[i].what);
		compact_launch();
		compact_erase();
		compact_until_state("compacting");
		cr_server_stop(compact_server);
		before = compact_slapcat(SUFFIX);
		log_before = compact_slapcat("cn=log");
		/* and until it is compacted, in both databases and nowhere else */
		search(ERASED);
		for (size_t i = 0; i < found_count; i++)
			ck_assert_msg(is_data(&found[i]) ==
				(hits(&found[i], ERASED, false) > 0),
			    "%s has %zu", found[i].path,
			    hits(&found[i], ERASED, false));
		said = compact_run(NULL);
		expect_said(said, 0);
		search(COMPACTED);
		print_table();
		for (size_t i = 0; i < found_count; i++)
			ck_assert_msg(hits(&found[i], COMPACTED, false) == 0 &&
				(hits(&found[i], COMPACTED, true) == 0 ||
				    strcmp(found[i].path, "db2/data.mdb") ==
					0),
			    "%s still has %zu and %zu", found[i].path,
			    hits(&found[i], COMPACTED, false),
			    hits(&found[i], COMPACTED, true));
		ck_assert_str_eq(compact_slapcat(SUFFIX), before);
		ck_assert_str_eq(compact_slapcat("cn=log"), log_before);
		compact_launch();
		compact_until_state("done");
		cr_server_alive(compact_server);
		cr_server_stop(compact_server);
	}
END_TEST

static void
fill(Suite *suite)
{
	TCase *tc = cr_suite_case(suite, "compact", NULL, NULL);

	tcase_set_timeout(tc, (double)cr_suite_seconds(300));
	tcase_add_test(tc, nothing_is_left_in_any_file);
}

int
main(void)
{
	return cr_suite_run("compact", fill);
}
