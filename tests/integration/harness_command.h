/* The command, custreg, as scripts call it. */
#ifndef CR_HARNESS_COMMAND_H
#define CR_HARNESS_COMMAND_H

#include "harness.h"

struct cr_said {
	int code; /* its exit status */
	char *out; /* what it said; never NULL */
	char *complaint;
};

/* Up to its end; `words` behind its name, NULL after the last. */
struct cr_said cr_command(const char *const words[]);
#define CR_COMMAND(...) cr_command((const char *const[]){ __VA_ARGS__, NULL })

#define expect_said(said, wanted)                                      \
	do {                                                           \
		const struct cr_said said_ = (said);                   \
		ck_assert_msg(said_.code == (wanted),                  \
		    "wanted exit %d, got %d: %s", (wanted), said_.code, \
		    said_.complaint);                                  \
	} while (0)

/* How often a text has another in it. */
size_t cr_times(const char *text, const char *what);

#endif
