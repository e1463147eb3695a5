/*
 * What a hold needs: which attributes of an entry stay while it is held.
 *
 *	class		group		attributes			held
 *	crCustomer	name		cn sn givenName displayName	needed
 *					o title uid crCustomerNumber
 *			address		postalAddress street		needed
 *					postalCode l c
 *			bans		crMarketingBan crListingBan	stays
 *					crDisclosureBan crBanUntil
 *					crProcessingRestricted
 *					crBanRecord
 *			paperFile	crPaperFile			stays
 *			mail		mail				goes
 *			phone		telephoneNumber mobile		goes
 *					homePhone pager
 *					facsimileTelephoneNumber
 *			password	userPassword			goes
 *			other		all the rest			goes
 *			register	crRelationshipEnded		stays
 *	any		holds		crHold				stays
 *			register	objectClass crErasurePending	stays
 *			sources		crSource			goes
 *	any other	entry		all the rest			needed
 *
 * Name and address are those of contract section 1, what the purposes left
 * over (billing, collection, legalObligation, archiving) need.  Bans stay
 * because they only ever hide; the paper file because the paper is still
 * there, and must be named until somebody has destroyed it.  What is needed is
 * guarded too: it may be corrected and not removed (door.h).  What stays and
 * is not needed may be changed by who may write it.
 *
 * Names compare without ASCII case; they are the schema's first, without
 * options.  The texts are constants and safe to send: they name no value.
 */
#ifndef CR_KEPT_H
#define CR_KEPT_H

#include <stdbool.h>

#include "custreg/slice.h"

enum cr_group {
	CR_GROUP_ENTRY = 0,
	CR_GROUP_NAME,
	CR_GROUP_ADDRESS,
	CR_GROUP_BANS,
	CR_GROUP_PAPER,
	CR_GROUP_HOLDS,
	CR_GROUP_REGISTER,
	CR_GROUP_MAIL,
	CR_GROUP_PHONE,
	CR_GROUP_PASSWORD,
	CR_GROUP_SOURCES,
	CR_GROUP_OTHER
};

#define CR_GROUPS (CR_GROUP_OTHER + 1)

enum cr_group cr_kept_group(struct cr_slice class, struct cr_slice attribute);

/* "name", "address" ...: what an item of the erase response calls it. */
const char *cr_kept_group_text(enum cr_group group);

/* Does it stay on an entry that is held? */
bool cr_kept_stays(enum cr_group group);

/*
 * Does retention read this attribute (crState, crDate, crReceived)?  It stays
 * with an entry that is kept as structure only: without it, what was out of
 * retention would be held anew.
 */
bool cr_kept_is_counted(struct cr_slice attribute);

/* Does a hold need it, so that it may not be removed? */
bool cr_kept_is_needed(enum cr_group group);

/*
 * Without this attribute what is held says nothing: not even the registrar
 * removes it.  The others of a needed group go with a reference (door.h).
 */
bool cr_kept_is_essential(struct cr_slice class, struct cr_slice attribute);

/* The constant name of a class of the register, or "other". */
const char *cr_kept_class_text(struct cr_slice class);

#endif
