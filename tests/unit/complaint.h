/*
 * What the code under test writes to stderr.
 */
#ifndef CR_TEST_COMPLAINT_H
#define CR_TEST_COMPLAINT_H

void complaint_begin(void);

/* All since then, for free().  Stops the test on error. */
char *complaint_end(void);

#endif
