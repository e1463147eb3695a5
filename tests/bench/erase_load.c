/*
 * Erases customers, or deletes what is the same of them on a bare slapd, and
 * prints the nanoseconds from the first request until all of them are gone:
 *
 *	erase_load ldap://host:port suffix erase|delete|dry from to at-once
 *
 * The customers are c<from> to c<to>-1.  One is deleted as ldapdelete -r does
 * it: what is below is searched for, and goes first.  Of those erased the last
 * is looked for until their orders are settled, by the replica's identity; a
 * dry run is timed by itself, the median of all.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ldap.h>

#include "custreg/erase.h"
#include "custreg/oids.h"

enum { AT_ONCE_MAX = 64 };
enum what { ERASE, DELETE, DRY };

struct run {
	const char *suffix;
	enum what what;
	unsigned from, to, at_once;
	LDAP *lds[AT_ONCE_MAX];
	int ids[AT_ONCE_MAX];
	LDAP *watch;
};

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void
must(const char *what, int rc)
{
	if (rc != LDAP_SUCCESS)
		errx(1, "%s: %s", what, ldap_err2string(rc));
}

static LDAP *
connect_as(const char *uri, const char *rdns, const char *suffix)
{
	char password[] = "kokeilu", dn[256];
	struct berval cred = { sizeof(password) - 1, password };
	int version = LDAP_VERSION3;
	LDAP *ld;

	snprintf(dn, sizeof(dn), "%s,%s", rdns, suffix);
	must("connect", ldap_initialize(&ld, uri));
	(void)ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	must(dn, ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL,
		     NULL));
	return ld;
}

static void
name(const struct run *run, unsigned number, char dn[256])
{
	snprintf(dn, 256, "uid=c%u,ou=customers,%s", number, run->suffix);
}

static void
ask(struct run *run, unsigned i, unsigned number)
{
	struct cr_erase_request request = { .by = CR_ERASE_BY_DN,
		.flags = run->what == DRY ? CR_ERASE_DRY_RUN : 0 };
	unsigned char *bytes = NULL;
	struct berval value;
	char dn[256];

	name(run, number, dn);
	request.dn = (struct cr_slice){ dn, strlen(dn) };
	if (cr_erase_request_encode(&request, &bytes, &value.bv_len) != CR_OK)
		errx(1, "cannot encode");
	value.bv_val = (char *)bytes;
	must(dn, ldap_extended_operation(run->lds[i], CR_OID_ERASE, &value,
		     NULL, NULL, &run->ids[i]));
	free(bytes);
}

static void
take(struct run *run, unsigned i)
{
	LDAPMessage *answer = NULL;
	int code = LDAP_OTHER;

	if (ldap_result(run->lds[i], run->ids[i], LDAP_MSG_ALL, NULL,
		&answer) <= 0)
		errx(1, "no answer");
	must("answer", ldap_parse_result(run->lds[i], answer, &code, NULL,
			   NULL, NULL, NULL, 1));
	must("erase", code);
	run->ids[i] = 0;
}

/* Whoever is below goes first. */
static void
delete_below(LDAP *ld, const char *dn)
{
	static char none[] = LDAP_NO_ATTRS;
	char *attrs[] = { none, NULL };
	LDAPMessage *found = NULL;

	must(dn, ldap_search_ext_s(ld, dn, LDAP_SCOPE_ONELEVEL,
		     "(objectClass=*)", attrs, 0, NULL, NULL, NULL, 0,
		     &found));
	for (LDAPMessage *e = ldap_first_entry(ld, found); e != NULL;
	     e = ldap_next_entry(ld, e)) {
		char *child = ldap_get_dn(ld, e);

		delete_below(ld, child);
		ldap_memfree(child);
	}
	ldap_msgfree(found);
	must(dn, ldap_delete_ext_s(ld, dn, NULL, NULL));
}

static void
until_gone(const struct run *run)
{
	static char none[] = LDAP_NO_ATTRS;
	const struct timespec moment = { 0, 1000000 };
	char *attrs[] = { none, NULL }, base[256];
	int count;

	snprintf(base, sizeof(base), "ou=erasures,%s", run->suffix);
	do {
		LDAPMessage *found = NULL;

		int rc = ldap_search_ext_s(run->watch, base,
		    LDAP_SCOPE_ONELEVEL,
		    "(crState=ordered)",
		    attrs, 0, NULL, NULL, NULL, 1, &found);

		/* one is enough to know */
		must(base, rc == LDAP_SIZELIMIT_EXCEEDED ? LDAP_SUCCESS : rc);
		count = ldap_count_entries(run->watch, found);
		ldap_msgfree(found);
		if (count > 0)
			nanosleep(&moment, NULL);
	} while (count > 0);
}

static int64_t
delete_all(struct run *run)
{
	int64_t start = now();
	char dn[256];

	for (unsigned n = run->from; n < run->to; n++) {
		name(run, n, dn);
		delete_below(run->lds[0], dn);
	}
	return now() - start;
}

static int64_t
erase_all(struct run *run)
{
	int64_t start = now();

	for (unsigned n = run->from; n < run->to; n++) {
		unsigned i = (n - run->from) % run->at_once;

		if (run->ids[i] != 0)
			take(run, i);
		ask(run, i, n);
	}
	for (unsigned i = 0; i < run->at_once; i++) {
		if (run->ids[i] != 0)
			take(run, i);
	}
	until_gone(run);
	return now() - start;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int64_t
try_all(struct run *run)
{
	unsigned count = run->to - run->from;
	int64_t *times = calloc(count, sizeof(*times)), median;

	if (times == NULL)
		err(1, "times");
	for (unsigned n = 0; n < count; n++) {
		int64_t start = now();

		ask(run, 0, run->from + n);
		take(run, 0);
		times[n] = now() - start;
	}
	qsort(times, count, sizeof(*times), compare);
	median = times[count / 2];
	free(times);
	return median;
}

int
main(int argc, char **argv)
{
	static struct run run;
	int64_t taken;

	if (argc != 7)
		errx(2, "usage: erase_load URI SUFFIX erase|delete|dry FROM TO "
			"AT-ONCE");
	run.suffix = argv[2];
	run.what = strcmp(argv[3], "erase") == 0 ? ERASE
	    : strcmp(argv[3], "dry") == 0        ? DRY
						 : DELETE;
	run.from = (unsigned)strtoul(argv[4], NULL, 10);
	run.to = (unsigned)strtoul(argv[5], NULL, 10);
	run.at_once = (unsigned)strtoul(argv[6], NULL, 10);
	if (run.at_once == 0 || run.at_once > AT_ONCE_MAX ||
	    run.to <= run.from)
		errx(2, "no such numbers");
	for (unsigned i = 0; i < run.at_once; i++)
		run.lds[i] = connect_as(argv[1], "uid=registrar,ou=handlers",
		    run.suffix);
	if (run.what == ERASE)
		run.watch = connect_as(argv[1], "cn=replica", run.suffix);
	taken = run.what == ERASE ? erase_all(&run)
	    : run.what == DRY     ? try_all(&run)
				  : delete_all(&run);
	printf("%" PRId64 "\n", taken);
	return 0;
}
