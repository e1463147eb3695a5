/* A person who is planted in a register and its accesslog, and erased. */
#ifndef CR_HARNESS_COMPACT_H
#define CR_HARNESS_COMPACT_H

#include <sys/types.h>

#include "harness_command.h"

#define ERASURES "ou=erasures," SUFFIX
#define REPLICA "cn=replica," SUFFIX
#define PERSON "uid=c77001," CUSTOMERS

/* To be compacted within so many days. */
extern const struct cr_setup compact_thirty, compact_seven;

/* The one all of these are about; a test starts it. */
extern struct cr_server *compact_server;

void compact_plant(void);
/* As the registrar. */
void compact_erase(void);
/* The order there is, or NULL. */
const struct cr_entry *compact_order(void);
void compact_until_state(const char *wanted);
/* On a server started for it, which goes on running. */
void compact_plant_and_erase(const struct cr_setup *setup);

/* custreg compact, of both databases; option may be NULL. */
struct cr_said compact_run(const char *option);
/* A path below the server's. */
const char *compact_db(const char *name);
const char *compact_slapcat(const char *suffix);
ino_t compact_inode(const char *name);
void compact_launch(void);

#endif
