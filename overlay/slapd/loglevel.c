/*
 * A warning when slapd's own log would get names of customers: at start, and
 * when a write to cn=config has made it so.
 */
#include "loglevel.h"

#include "guard.h"

#include "core/loglevel.h"

/* What has been warned of: one log is all databases'. */
static atomic_uint told;

void
cr_loglevel_check(void)
{
	unsigned logged = cr_log_level_telling((unsigned)ldap_syslog);
	unsigned debug = cr_log_level_telling((unsigned)slap_debug);
	unsigned now = logged | debug;
	unsigned before = atomic_exchange(&told, now);
	char text[CR_LOG_LEVEL_TEXT_SIZE];

	if ((now & ~before) == 0)
		return;
	cr_log_level_format(now, text);
	Debug(LDAP_DEBUG_ANY, "custreg: warning: slapd logs DNs, filters or "
		"values of customers (%s%s%s): set \"loglevel none\", or keep "
		"that log as you keep the register; see LOG LEVELS in "
		"slapo-custreg(5)\n", logged != 0 ? "loglevel " : "-d ", text,
		logged != 0 && debug != 0 ? ", and -d" : "");
}
