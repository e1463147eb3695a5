/*
 * Makes the sample register as LDIF for slapadd.
 *
 * The suffix, the customers and all parties; schema/purposes.ldif and
 * schema/register.ldif go behind it.  The same arguments always give the
 * same bytes.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "sample.h"

#define OMITTED_MAX 64
#define CUSTOMERS_MAX UINT64_C(10000000)

static const char usage[] =
    "usage: generate [--customers N] [--seed N] [--now GENERALIZEDTIME]\n"
    "                [--suffix DN] [--omit UID]... [--bare]\n"
    "\n"
    "  --customers  how many, from uid=c10001 on (500)\n"
    "  --seed       another register (1)\n"
    "  --now        what dates are relative to, from 2020 on; those\n"
    "               of the first ten customers and of handlers are\n"
    "               fixed (20260101000000Z)\n"
    "  --suffix     dc=...,... or o=...,... (dc=example,dc=fi)\n"
    "  --omit       as if this customer had never been added\n"
    "  --bare       customers without assignments, invoices and the like\n";

static bool
parse_number(const char *text, uint64_t max, uint64_t *ret_number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *ret_number <= max;
}

/* No escapes: what the sample needs, and safe to put behind a comma. */
static bool
is_suffix(const char *text)
{
	if (strncmp(text, "dc=", 3) != 0 && strncmp(text, "o=", 2) != 0)
		return false;
	return strlen(text) < 200 &&
	    text[strspn(text,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-=,")] == '\0';
}

static bool
parse_option(struct sample *sample, int option, const char *text,
    uint64_t omitted[OMITTED_MAX])
{
	char time[CR_TIME_TEXT_SIZE];

	switch (option) {
	case 'n': return parse_number(text, CUSTOMERS_MAX, &sample->customers);
	case 's': return parse_number(text, UINT64_MAX, &sample->seed);
	case 't':
		if (cr_time_parse(cr_slice_of(text), &sample->now) != CR_OK ||
		    cr_time_format(sample->now, time) != CR_OK)
			return false;
		sample->year = (int)strtol((char[]){ time[0], time[1], time[2],
					       time[3], '\0' },
		    NULL, 10);
		return sample->year >= 2020 && sample->year < 9900;
	case 'b': sample->suffix = text; return is_suffix(text);
	case 'o':
		if (sample->omitted_count == OMITTED_MAX || *text != 'c')
			return false;
		return parse_number(text + 1, UINT64_MAX,
		    &omitted[sample->omitted_count++]);
	case 'c': sample->bare = true; return true;
	default: return false;
	}
}

static bool
parse_options(struct sample *sample, int argc, char **argv,
    uint64_t omitted[OMITTED_MAX])
{
	static const struct option options[] = {
		{ "customers", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "now", required_argument, NULL, 't' },
		{ "suffix", required_argument, NULL, 'b' },
		{ "omit", required_argument, NULL, 'o' },
		{ "bare", no_argument, NULL, 'c' }, { NULL, 0, NULL, 0 }
	};
	int option;

	if (!parse_option(sample, 't', "20260101000000Z", omitted))
		return false;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (!parse_option(sample, option, optarg, omitted))
			return false;
	}
	return optind == argc;
}

static void
put_suffix(const struct sample *sample)
{
	const char *value = strchr(sample->suffix, '=') + 1;
	char name[200];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(value, ","), value);
	begin_entry(sample, "");
	put_value(sample, "objectClass", "organization");
	if (sample->suffix[0] == 'd') {
		put_value(sample, "objectClass", "dcObject");
		put_value(sample, "dc", name);
		put_value(sample, "o", "Esimerkkiyritys Oy");
	} else {
		put_value(sample, "o", name);
	}
	end_entry(sample);
}

static void
put_customers(const struct sample *sample)
{
	begin_entry(sample, "ou=customers");
	put_value(sample, "objectClass", "organizationalUnit");
	put_value(sample, "ou", "customers");
	put_value(sample, "description", "Asiakkaat");
	end_entry(sample);
	for (uint64_t i = 0; i < sample->customers; i++) {
		struct customer customer;

		make_customer(sample, i, &customer);
		if (!is_omitted(sample, customer.number))
			put_customer(sample, &customer);
	}
}

int
main(int argc, char **argv)
{
	static struct cr_ldif ldif;
	uint64_t omitted[OMITTED_MAX];
	struct sample sample = { .ldif = &ldif,
		.suffix = "dc=example,dc=fi",
		.seed = 1,
		.customers = 500,
		.omitted = omitted };

	if (!parse_options(&sample, argc, argv, omitted)) {
		fputs(usage, stderr);
		return 1;
	}
	cr_ldif_init(&ldif, STDOUT_FILENO);
	put_suffix(&sample);
	put_customers(&sample);
	put_parties(&sample);
	if (!cr_ldif_flush(&ldif)) {
		perror("generate: standard output");
		return 2;
	}
	return 0;
}
