#include "custreg/error.h"

#include <stddef.h>

/* RFC 4511, appendix A */
enum {
	LDAP_CODE_SUCCESS = 0,
	LDAP_CODE_PROTOCOL = 2,
	LDAP_CODE_CONSTRAINT = 19,
	LDAP_CODE_NO_SUCH_OBJECT = 32,
	LDAP_CODE_ACCESS = 50,
	LDAP_CODE_BUSY = 51,
	LDAP_CODE_UNAVAILABLE = 52,
	LDAP_CODE_UNWILLING = 53,
	LDAP_CODE_OTHER = 80
};

static const struct {
	int code;
	const char *text;
} errors[] = {
	[-CR_OK] = { LDAP_CODE_SUCCESS, "" },
	[-CR_EINTERNAL] = { LDAP_CODE_OTHER, "internal error" },
	[-CR_ENOMEM] = { LDAP_CODE_OTHER, "out of memory" },
	[-CR_EPROTO] = { LDAP_CODE_PROTOCOL, "malformed control or request" },
	[-CR_EPURPOSE] = { LDAP_CODE_UNWILLING, "no such purpose" },
	[-CR_ERECIPIENT] = { LDAP_CODE_UNWILLING,
	    "recipient missing, or not for this purpose" },
	[-CR_ECONTROL] = { LDAP_CODE_UNWILLING,
	    "control not served by this register" },
	[-CR_ESYNC] = { LDAP_CODE_UNWILLING,
	    "synchronisation is for named replicas" },
	[-CR_ETXN] = { LDAP_CODE_UNWILLING,
	    "transactions are not served by this register" },
	[-CR_EACCESS] = { LDAP_CODE_ACCESS,
	    "not allowed for this purpose or role" },
	/* hidden equals absent: absent has no text */
	[-CR_EHIDDEN] = { LDAP_CODE_NO_SUCH_OBJECT, "" },
	[-CR_ELOG] = { LDAP_CODE_UNAVAILABLE,
	    "the read log cannot be written" },
	[-CR_EVALUE] = { LDAP_CODE_CONSTRAINT,
	    "value not allowed in this attribute" },
	[-CR_EHELD] = { LDAP_CODE_UNWILLING,
	    "the register keeps this in place" },
	[-CR_ESTALE] = { LDAP_CODE_UNWILLING, "the list is no longer current" },
	[-CR_ECHANGED] = { LDAP_CODE_BUSY, "the register changed meanwhile" },
	[-CR_ESYNTAX] = { LDAP_CODE_OTHER, "text that does not parse" },
	[-CR_EUNIQUE] = { LDAP_CODE_CONSTRAINT, "value in use elsewhere" },
	[-CR_ELIMIT] = { LDAP_CODE_OTHER, "a limit of the policy is passed" },
	[-CR_EVERIFY] = { LDAP_CODE_UNAVAILABLE,
	    "the read log does not verify" },
	[-CR_EKEY] = { LDAP_CODE_UNAVAILABLE,
	    "the suppression key cannot be used" },
	[-CR_ECLEANSING] = { LDAP_CODE_BUSY,
	    "custreg: who was erased is being looked for, come again" }
};

static const size_t error_count = sizeof(errors) / sizeof(errors[0]);

static size_t
error_index(int error)
{
	if (error > 0 || error <= -(int)error_count)
		return (size_t)-CR_EINTERNAL;
	return (size_t)-error;
}

int
cr_error_ldap_code(int error)
{
	return errors[error_index(error)].code;
}

const char *
cr_error_text(int error)
{
	return errors[error_index(error)].text;
}
