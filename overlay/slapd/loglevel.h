/* slapd's own log, and what it gets to know of customers. */
#ifndef CR_SLAPD_LOGLEVEL_H
#define CR_SLAPD_LOGLEVEL_H

/*
 * Warns when slapd's log gets names of customers, once for each level that is
 * new.  In any thread.
 */
void cr_loglevel_check(void);

#endif
