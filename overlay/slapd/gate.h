/*
 * What a client's operation passes before it reaches a register: whoever was
 * erased is known not to be in it (cleansed.c), and no erasure is between its
 * plan and its first write (gate.c).  Part of guard.h.
 */
#ifndef CR_GATE_H
#define CR_GATE_H

#include "portable.h"

#include "slap.h"

#include <pthread.h>

struct cr_db;
struct cr_op;
struct re_s;

/* cleansed.c */
void cr_db_cleansed(struct cr_db *db);
int cr_await_cleansed(const Operation *op);

/* gate.c */
int cr_gate_new(pthread_rwlock_t *gate);
void cr_gate_pass(struct cr_op *cop, struct cr_db *db);
void cr_gate_leave(struct cr_op *cop);
void cr_gate_shut(struct cr_db *db);
void cr_gate_open(struct cr_db *db);

/* task.c: of the runqueue, with slapd paused or single threaded; NULL: none */
void cr_task_stop(struct re_s **task);

#endif
