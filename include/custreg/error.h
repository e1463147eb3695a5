/*
 * Errors of the custreg libraries: 0 is success, every error is negative.
 *
 * A function that can fail returns one of these.  Functions start from
 * CR_EINTERNAL, so that a path someone forgot fails closed.  The LDAP result
 * code and the diagnostic text of each error are constants (no data ever
 * reaches a client through them); the table is in overlay/core/error.c and
 * follows RFC 4511 appendix A.
 */
#ifndef CUSTREG_ERROR_H
#define CUSTREG_ERROR_H

#define CR_WARN_UNUSED __attribute__((warn_unused_result))

enum cr_error {
	CR_OK = 0,
	CR_EINTERNAL = -1,	/* 80 other: a path nobody thought of */
	CR_ENOMEM = -2,		/* 80 other */
	CR_EPROTO = -3,		/* 2 protocolError: malformed request */
	CR_EPURPOSE = -4,	/* 53: no such purpose */
	CR_ERECIPIENT = -5,	/* 53: recipient missing or not for this */
	CR_ECONTROL = -6,	/* 53: control not served here */
	CR_ESYNC = -7,		/* 53: synchronisation by a non-replica */
	CR_ETXN = -8,		/* 53: transactions are refused */
	CR_EACCESS = -9,	/* 50: purpose, role or write not allowed */
	CR_EHIDDEN = -10,	/* 32: hidden, erased or never there */
	CR_ELOG = -11,		/* 52: the read log cannot be written */
	CR_EVALUE = -12,	/* 19: value outside its enumeration/syntax */
	CR_EHELD = -13,		/* 53: the register keeps this in place */
	CR_ESTALE = -14,	/* 53: a list that is no longer current */
	CR_ECHANGED = -15,	/* 51 busy: too many changes while searching */
	CR_ESYNTAX = -16,	/* not from LDAP: text that does not parse */
	CR_EUNIQUE = -17,	/* 19: a value is in use elsewhere */
	CR_ELIMIT = -18,	/* 80: a fixed limit of the policy is passed */
	CR_EVERIFY = -19,	/* 52: the read log is not what was signed */
	CR_EKEY = -20,		/* 52: the suppression key cannot be used */
	CR_ECLEANSING = -21	/* 51 busy: the erased may be in a backup */
};

/* The LDAP result code for an error; 80 (other) for an unknown one. */
int cr_error_ldap_code(int error);

/* A constant English text for the client or the log; never NULL. */
const char *cr_error_text(int error);

#endif
