/* One entry as facts for core/hold.h; the facts borrow from the entry. */
#ifndef CR_ERASE_FACTS_H
#define CR_ERASE_FACTS_H

#include "erase.h"

#include "core/uuid.h"

struct cr_erase_facts {
	struct cr_entry_facts entry;
	struct cr_fact *facts;
	struct cr_slice *values;
};

void cr_erase_facts_of(const Entry *e, struct cr_erase_facts *ret_facts);
void cr_erase_facts_clear(struct cr_erase_facts *facts);

/* User attributes, and those of the server that are the register's. */
bool cr_erase_is_fact(const AttributeDescription *desc);

/* Stands in the RDN. */
bool cr_erase_names_entry(const Entry *e, const AttributeDescription *desc);
/* Schema or RDN cannot do without. */
bool cr_erase_is_required(const Entry *e, const AttributeDescription *desc);

#endif
