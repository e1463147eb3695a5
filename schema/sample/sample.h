/*
 * The sample register: what its parts share.
 *
 * Everything is a function of the seed and of "now".  Each customer has a
 * random stream of their own, so leaving one out changes nobody else.
 */
#ifndef CR_SAMPLE_H
#define CR_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "ldif.h"

#define FIRST_CUSTOMER 10001
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TIME_SIZE 16
#define DAY_SECONDS INT64_C(86400)

struct sample {
	struct cr_ldif *ldif;
	const char *suffix;
	uint64_t seed;
	int64_t now;
	int year; /* that of now */
	uint64_t customers;
	bool bare; /* customers without entries below them */
	const uint64_t *omitted; /* customer numbers left out */
	size_t omitted_count;
};

struct random {
	uint64_t state;
};

/* SplitMix64: a hash of one word, and a generator over it. */
static inline uint64_t
mix(uint64_t word)
{
	word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
	return word ^ word >> 31;
}

static inline uint64_t
random_next(struct random *random)
{
	random->state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(random->state);
}

/* 0 to bound - 1; the bias does not matter here. */
static inline uint64_t
random_below(struct random *random, uint64_t bound)
{
	return random_next(random) % bound;
}

static inline bool
random_percent(struct random *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

/* What a customer said no to, or what the law says no to. */
enum ban_kind {
	BAN_NONE = 0,
	BAN_MARKETING,
	BAN_LISTING,
	BAN_DISCLOSURE,
	BAN_RESTRICTED
};

struct ban {
	enum ban_kind kind;
	const char *value;
	int64_t set;
	int64_t until; /* 0: no end */
	int64_t lifted; /* 0: not lifted */
	bool by_handler; /* else by the customer */
};

#define BANS_MAX 6
#define INVOICES_MAX 3

enum invoice_state { INVOICE_PAID = 0, INVOICE_OPEN, INVOICE_CREDITED };

struct invoice {
	enum invoice_state state;
	int64_t date;
	uint64_t cents;
};

struct customer {
	uint64_t number;
	const char *given;
	const char *surname;
	char organisation[64]; /* empty: none */
	const char *title; /* NULL: none */
	char street[64];
	unsigned place;
	bool landline;
	bool short_mail; /* without the number in it */
	bool has_password;
	int64_t since;
	int64_t ended; /* 0: still a customer */
	struct ban bans[BANS_MAX];
	unsigned ban_count;
	const char *hold; /* NULL: none */
	bool paper_file;
	unsigned assignments;
	struct invoice invoices[INVOICES_MAX];
	unsigned invoice_count;
	bool collection; /* of the first invoice */
	bool disclosed; /* to the collector */
	bool request; /* for rectification, open */
};

/* An entry: the dn line (below the suffix) and its entryUUID. */
void begin_entry(const struct sample *sample, const char *rdns);
void end_entry(const struct sample *sample);
void put_value(const struct sample *sample, const char *attribute,
    const char *value);
void put_format(const struct sample *sample, const char *attribute,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void put_time(const struct sample *sample, const char *attribute, int64_t time);
/* A DN below the suffix. */
void put_dn(const struct sample *sample, const char *attribute,
    const char *rdns);
void time_text(int64_t time, char ret_text[TIME_SIZE]);

bool is_omitted(const struct sample *sample, uint64_t number);

/* {SSHA} of the sample password; the salt comes from the name. */
void put_password(const struct sample *sample, const char *name);
#define SAMPLE_PASSWORD "kokeilu"

/* Fills in a customer: one of the fixed ones, or made at random. */
void make_customer(const struct sample *sample, uint64_t index,
    struct customer *ret_customer);
/* For the first ten; what is not fixed is left as it is. */
bool fix_customer(uint64_t index, struct customer *customer);
/* The place in a hundred that the first ten need among the bans. */
extern const unsigned fixed_marketing_slots[10];
extern const unsigned fixed_listing_slots[10];

void put_customer(const struct sample *sample, const struct customer *customer);

/* Handlers, services, recipients, erasures, suppressions, staff, groups. */
void put_parties(const struct sample *sample);

#endif
