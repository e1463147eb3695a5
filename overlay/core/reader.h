/*
 * Who is reading, and for which purpose: judged at every operation.
 */
#ifndef CR_READER_H
#define CR_READER_H

#include "policy.h"

enum cr_reader_kind {
	CR_READER_NOBODY = 0,	/* sees nothing */
	CR_READER_ANONYMOUS,
	CR_READER_CUSTOMER,	/* as themself: purpose subjectAccess */
	CR_READER_HANDLER,
	CR_READER_SERVICE,	/* no person behind it */
	CR_READER_DELEGATE,	/* a service acting for a person */
	CR_READER_REPLICA,
	CR_READER_ROOT
};

struct cr_reader_facts {
	struct cr_slice authc;		/* normalised DN; empty: anonymous */
	struct cr_slice authz;		/* the same as authc if nobody else */
	bool authc_is_root;
	bool authz_is_root;
	bool authz_is_customer;		/* a DN below a customers base */
	bool authc_is_replica;
	bool authz_is_replica;
	unsigned ssf;
	int64_t now;
	struct cr_slice anonymous_purpose;	/* len 0: none configured */
	struct cr_slice purpose;	/* the control's; ptr NULL: none */
	struct cr_slice recipient;	/* normalised DN; ptr NULL: none */
};

/*
 * May this party act at all at this time: not suspended, and for a handler
 * the agreement signed, of the version required and not run out.
 */
bool cr_party_in_force(const struct cr_party *party, int64_t now);

/* All borrowed from the policy. */
struct cr_grant {
	enum cr_reader_kind kind;
	/*
	 * Of the person, agreement in force.  Through a service that of the
	 * registrar only when the service is allowed maintenance.
	 */
	unsigned roles;
	const struct cr_purpose *purpose;	/* NULL: nothing */
	const struct cr_recipient *recipient;	/* set: a disclosure */
	const struct cr_party *service;	/* set when one is involved */
	/* who would have rights, were they in force; kind is nobody then */
	const struct cr_party *lapsed;
};

/*
 * The reader's grant by contract section 1.  A reader without any right and
 * without a control gets CR_OK and a grant of nothing.  CR_EPURPOSE for an
 * unknown purpose, CR_EACCESS for one that is not theirs, CR_ERECIPIENT for a
 * recipient that is missing, unknown, not for this purpose, or outside the
 * EEA without a decision.  *ret_grant is a grant of nothing on error.
 *
 * rootdn, replicas and customers keep their kind, with a NULL purpose, when
 * the policy lacks the purpose that goes with it.
 * A customer for whom a service acts is a CR_READER_DELEGATE with the purpose
 * subjectAccess: `own` of decide.h then means the entry of authz.  rootdn
 * acting for somebody gets what that one would get alone.
 */
int cr_reader_judge(const struct cr_policy *policy,
	const struct cr_reader_facts *facts, struct cr_grant *ret_grant)
	CR_WARN_UNUSED;

#endif
