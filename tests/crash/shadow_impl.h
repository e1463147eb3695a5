/* What shadow.c (data) and shadow_names.c share.  The lock is held. */
#ifndef CR_CRASH_SHADOW_IMPL_H
#define CR_CRASH_SHADOW_IMPL_H

#include "crash/shadow.h"

const char *shadow_directory(void);	/* NULL: off */
bool shadow_fd_is_below(int fd);
uint64_t shadow_random(void);

/* A directory was synced: the changes in it are there to stay. */
void shadow_names_safe(int fd);
/* Undoes the last of the changes that are not safe, a random number of them. */
void shadow_put_back_names(bool lose_nothing);
/* A normal end. */
void shadow_forget_names(void);

#endif
