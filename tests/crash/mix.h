/* What the clients of the crash and soak tests ask for. */
#ifndef CR_CRASH_MIX_H
#define CR_CRASH_MIX_H

#include "crash/load.h"

/* Reads of every kind, and writes that answer with the entry. */
extern const struct cr_load_kind cr_mix[];
extern const size_t cr_mix_count;
/* The modules those need; overlays that come after custreg. */
extern const char cr_mix_modules[];
extern const char cr_mix_above[];

/* entryUUIDs of customers, from the LDIF that a server was filled with. */
struct cr_mix_uuid {
	unsigned char bytes[16];
	unsigned customer;
};
struct cr_mix_uuids {
	struct cr_mix_uuid *uuids; /* sorted, kept */
	size_t count;
};
struct cr_mix_uuids cr_mix_uuids_of(const struct cr_server *server);
/* 0: nobody's */
unsigned cr_mix_customer(const struct cr_mix_uuids *uuids,
    const unsigned char *uuid);

#endif
