#include "policy_impl.h"

#include <stdlib.h>

void
cr_compile_report(const struct cr_compile *compile, struct cr_slice ndn,
    const char *what)
{
	if (compile->problem != NULL)
		compile->problem(compile->arg, ndn, what);
}

const struct cr_source_entry *
cr_compile_next(const struct cr_compile *compile, enum cr_policy_part part,
    const struct cr_source_entry *entry)
{
	entry = entry == NULL ? compile->builder->first : entry->next;
	while (entry != NULL && entry->part != part)
		entry = entry->next;
	return entry;
}

uint64_t
cr_compile_purpose_set(const struct cr_compile *compile,
    const struct cr_source_entry *entry, enum cr_policy_attr attr)
{
	const struct cr_values *names = &entry->attrs[attr];
	uint64_t set = 0;

	for (size_t i = 0; i < names->count; i++) {
		const struct cr_purpose *purpose =
		    cr_policy_purpose(compile->policy, names->values[i]);

		if (purpose == NULL)
			cr_compile_report(compile, entry->ndn,
			    "names a purpose that does not exist");
		else
			set |= cr_purpose_bit(purpose);
	}
	return set;
}

uint64_t
cr_compile_purpose_bit(const struct cr_compile *compile, struct cr_slice name)
{
	const struct cr_purpose *purpose =
	    cr_policy_purpose(compile->policy, name);

	return purpose == NULL ? 0 : cr_purpose_bit(purpose);
}

/* The version of the agreement that handlers must have signed, if any. */
void
cr_compile_register(struct cr_compile *compile)
{
	const struct cr_source_entry *entry = NULL;

	while ((entry = cr_compile_next(compile, CR_PART_REGISTER, entry)) !=
	    NULL) {
		const struct cr_values *versions =
		    &entry->attrs[CR_ATTR_AGREEMENT_VERSION];

		for (size_t i = 0; i < versions->count; i++) {
			if (compile->version_required && !cr_slice_same_name(
			    compile->version, versions->values[i])) {
				compile->version_unclear = true;
				cr_compile_report(compile, entry->ndn,
				    "asks for two agreement versions");
			}
			compile->version_required = true;
			compile->version = versions->values[i];
		}
	}
}

static int
compile_stages(struct cr_compile *compile)
{
	int rc;

	cr_compile_register(compile);
	rc = cr_compile_purposes(compile);
	if (rc == CR_OK)
		rc = cr_compile_rules(compile);
	if (rc == CR_OK)
		rc = cr_compile_parties(compile);
	if (rc == CR_OK)
		rc = cr_compile_recipients(compile);
	return rc;
}

int
cr_policy_compile(const struct cr_policy_builder *builder,
    cr_policy_problem *problem, void *arg, struct cr_policy **ret_policy)
{
	struct cr_compile compile = {
		.builder = builder,
		.problem = problem,
		.arg = arg
	};
	int rc;

	compile.policy = calloc(1, sizeof(*compile.policy));
	if (compile.policy == NULL)
		return CR_ENOMEM;
	rc = compile_stages(&compile);
	if (rc != CR_OK) {
		cr_policy_free(&compile.policy);
		return rc;
	}
	*ret_policy = compile.policy;
	return CR_OK;
}
