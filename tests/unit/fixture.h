/*
 * Policies for tests, made from LDIF: a file of the project or a literal.
 */
#ifndef CR_TEST_FIXTURE_H
#define CR_TEST_FIXTURE_H

#include "core/policy.h"

#define FIXTURE_PURPOSES "schema/purposes.ldif"

struct fixture {
	struct cr_policy_builder *builder;
	struct cr_policy *policy;
	unsigned problems;
	char last_problem[128];
};

/* Stops the test on error. */
void fixture_init(struct fixture *fixture);
void fixture_clear(struct fixture *fixture);

/*
 * Adds every entry of the LDIF; its object class (crPurpose, crHandler,
 * crService, crRecipient, crRegister) says which part it is of.
 */
void fixture_add(struct fixture *fixture, const char *ldif);
void fixture_add_file(struct fixture *fixture, const char *path);

void fixture_compile(struct fixture *fixture);

/* The policy of the shipped purposes and of `ldif` (may be NULL). */
void fixture_shipped(struct fixture *fixture, const char *ldif);

/* As the fixture does it, for error suites: any error of the library. */
int fixture_try(const char *ldif, struct cr_policy **ret_policy);

const struct cr_purpose *fixture_purpose(const struct fixture *fixture,
	const char *name);

#endif
