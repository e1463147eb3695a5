#include "reader.h"

/* What a reader may choose from. */
struct rights {
	enum cr_reader_kind kind;
	unsigned roles;
	uint64_t set;			/* purposes */
	int default_purpose;		/* index, -1 none */
	const struct cr_party *service;
};

static const struct rights nothing = { .default_purpose = -1 };

bool
cr_party_in_force(const struct cr_party *party, int64_t now)
{
	return party != NULL && !party->suspended && party->agreement_ok &&
	    party->agreement_signed <= now && now <= party->agreement_until;
}

static bool
in_set(uint64_t set, int index)
{
	return index >= 0 && (set & UINT64_C(1) << index) != 0;
}

/*
 * The rights to one purpose, if the policy has it.  Without it the reader is
 * still who they are, so that rootdn can write a first policy.
 */
static struct rights
only(enum cr_reader_kind kind, const struct cr_purpose *purpose)
{
	struct rights rights = nothing;

	rights.kind = kind;
	if (purpose == NULL)
		return rights;
	rights.set = UINT64_C(1) << purpose->index;
	rights.default_purpose = (int)purpose->index;
	return rights;
}

static const struct cr_purpose *
built_in(const struct cr_policy *policy, const char *name)
{
	return cr_policy_purpose(policy, cr_slice_of(name));
}

static struct rights
judge_anonymous(const struct cr_policy *policy,
    const struct cr_reader_facts *facts)
{
	const struct cr_purpose *purpose = NULL;

	if (facts->anonymous_purpose.len > 0)
		purpose = cr_policy_purpose(policy, facts->anonymous_purpose);
	if (purpose == NULL || purpose->kinds != CR_KIND_PUBLICATION)
		return nothing;
	return only(CR_READER_ANONYMOUS, purpose);
}

/* rootdn may be named as a replica: then it may choose. */
static struct rights
judge_replica(const struct cr_policy *policy,
    const struct cr_reader_facts *facts)
{
	struct rights rights = only(CR_READER_REPLICA,
	    built_in(policy, "replication"));

	if (facts->authz_is_root && rights.set != 0)
		rights.set |= only(CR_READER_ROOT,
		    built_in(policy, "maintenance")).set;
	return rights;
}

static struct rights
judge_handler(const struct cr_party *handler,
    const struct cr_reader_facts *facts)
{
	if (!cr_party_in_force(handler, facts->now))
		return nothing;
	return (struct rights){
		.kind = CR_READER_HANDLER,
		.roles = handler->roles,
		.set = handler->allowed,
		.default_purpose = handler->default_purpose
	};
}

static bool
service_may_act(const struct cr_party *service,
    const struct cr_reader_facts *facts)
{
	return cr_party_in_force(service, facts->now) &&
	    facts->ssf >= service->min_ssf;
}

/* No person behind it: what its entry calls automated. */
static struct rights
judge_service(const struct cr_party *service,
    const struct cr_reader_facts *facts)
{
	struct rights rights = nothing;

	if (!service_may_act(service, facts))
		return nothing;
	rights.kind = CR_READER_SERVICE;
	rights.service = service;
	rights.set = service->automated;
	if (in_set(rights.set, service->default_purpose))
		rights.default_purpose = service->default_purpose;
	else if (rights.set != 0 && (rights.set & (rights.set - 1)) == 0)
		rights.default_purpose = __builtin_ctzll(rights.set);
	return rights;
}

/* Someone as themself. */
static struct rights
judge_alone(const struct cr_policy *policy,
    const struct cr_reader_facts *facts)
{
	const struct cr_party *party =
	    cr_policy_party(policy, facts->authz);

	if (party != NULL)
		return party->is_service ? judge_service(party, facts) :
		    judge_handler(party, facts);
	if (facts->authz_is_customer)
		return only(CR_READER_CUSTOMER,
		    built_in(policy, "subjectAccess"));
	return nothing;
}

static bool
may_maintain(const struct cr_policy *policy, const struct cr_party *service)
{
	const struct cr_purpose *maintenance = built_in(policy, "maintenance");

	return maintenance != NULL &&
	    in_set(service->allowed, (int)maintenance->index);
}

/*
 * A service for a person: never more than either may.  The registrar's role
 * goes with the purpose it is for, or any program the registrar uses could
 * write the policy.
 */
static struct rights
judge_delegate(const struct cr_policy *policy,
    const struct cr_reader_facts *facts, const struct cr_party *service)
{
	const struct cr_party *party =
	    cr_policy_party(policy, facts->authz);
	struct rights person;
	struct rights rights;

	if (!service_may_act(service, facts) ||
	    (party != NULL && party->is_service))
		return nothing;
	person = judge_alone(policy, facts);
	if (person.kind == CR_READER_NOBODY)
		return nothing;
	rights = person;
	rights.kind = CR_READER_DELEGATE;
	rights.service = service;
	rights.set &= service->allowed;
	if (!may_maintain(policy, service))
		rights.roles &= ~(unsigned)CR_ROLE_REGISTRAR;
	if (!in_set(rights.set, person.default_purpose))
		rights.default_purpose =
		    in_set(rights.set, service->default_purpose) ?
		    service->default_purpose : -1;
	return rights;
}

static struct rights
judge_other(const struct cr_policy *policy,
    const struct cr_reader_facts *facts)
{
	const struct cr_party *party =
	    cr_policy_party(policy, facts->authc);

	/* to act as these, one has to be these */
	if (facts->authz_is_root || facts->authz_is_replica ||
	    facts->authc_is_replica || facts->authc.len == 0 ||
	    facts->authz.len == 0)
		return nothing;
	if (facts->authc_is_root)
		return judge_alone(policy, facts);
	if (party != NULL && party->is_service)
		return judge_delegate(policy, facts, party);
	return nothing;
}

static struct rights
judge(const struct cr_policy *policy, const struct cr_reader_facts *facts)
{
	if (!cr_slice_equal(facts->authc, facts->authz))
		return judge_other(policy, facts);
	if (facts->authc.len == 0)
		return judge_anonymous(policy, facts);
	if (facts->authc_is_replica && facts->authz_is_replica)
		return judge_replica(policy, facts);
	if (facts->authc_is_root && facts->authz_is_root)
		return only(CR_READER_ROOT, built_in(policy, "maintenance"));
	if (facts->authc_is_replica || facts->authz_is_replica ||
	    facts->authc_is_root || facts->authz_is_root)
		return nothing;
	return judge_alone(policy, facts);
}

static const struct cr_party *
lapsed(const struct cr_policy *policy, const struct cr_reader_facts *facts)
{
	const struct cr_party *party = cr_policy_party(policy, facts->authz);

	return party == NULL || cr_party_in_force(party, facts->now) ? NULL :
	    party;
}

static int
choose_purpose(const struct cr_policy *policy,
    const struct cr_reader_facts *facts, const struct rights *rights,
    const struct cr_purpose **ret_purpose)
{
	if (facts->purpose.ptr == NULL) {
		*ret_purpose = rights->default_purpose < 0 ? NULL :
		    cr_policy_purpose_at(policy,
		    (unsigned)rights->default_purpose);
		return CR_OK;
	}
	*ret_purpose = cr_policy_purpose(policy, facts->purpose);
	if (*ret_purpose == NULL)
		return CR_EPURPOSE;
	return in_set(rights->set, (int)(*ret_purpose)->index) ? CR_OK :
	    CR_EACCESS;
}

/* Internal use or disclosure: the recipient makes the difference. */
static int
choose_recipient(const struct cr_policy *policy,
    const struct cr_reader_facts *facts, const struct rights *rights,
    const struct cr_purpose *purpose,
    const struct cr_recipient **ret_recipient)
{
	const struct cr_recipient *recipient;

	*ret_recipient = NULL;
	if (facts->recipient.ptr == NULL)
		return purpose != NULL &&
		    purpose->kinds == CR_KIND_DISCLOSURE ?
		    CR_ERECIPIENT : CR_OK;
	if (rights->set == 0)
		return CR_EACCESS;
	if (purpose == NULL || (purpose->kinds & CR_KIND_DISCLOSURE) == 0)
		return CR_ERECIPIENT;
	recipient = cr_policy_recipient(policy, facts->recipient);
	if (recipient == NULL ||
	    !in_set(recipient->allowed, (int)purpose->index))
		return CR_ERECIPIENT;
	if (!recipient->in_eea && (!recipient->transfer_decided ||
	    recipient->transfer_from > facts->now))
		return CR_ERECIPIENT;
	*ret_recipient = recipient;
	return CR_OK;
}

int
cr_reader_judge(const struct cr_policy *policy,
    const struct cr_reader_facts *facts, struct cr_grant *ret_grant)
{
	const struct rights rights = judge(policy, facts);
	const struct cr_purpose *purpose;
	const struct cr_recipient *recipient;
	int rc;

	*ret_grant = (struct cr_grant){ 0 };
	rc = choose_purpose(policy, facts, &rights, &purpose);
	if (rc != CR_OK)
		return rc;
	rc = choose_recipient(policy, facts, &rights, purpose, &recipient);
	if (rc != CR_OK)
		return rc;
	*ret_grant = (struct cr_grant){
		.kind = rights.kind,
		.roles = rights.roles,
		.purpose = purpose,
		.recipient = recipient,
		.service = rights.service,
		.lapsed = rights.kind != CR_READER_NOBODY ? NULL :
		    lapsed(policy, facts)
	};
	return CR_OK;
}
