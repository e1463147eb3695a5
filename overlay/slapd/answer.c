/* The one way from an error of ours to a result; texts are constants. */
#include "guard.h"

int
cr_answer_text(Operation *op, SlapReply *rs, int error, const char *text)
{
	rs->sr_matched = NULL;
	rs->sr_ref = NULL;
	send_ldap_error(op, rs, cr_error_ldap_code(error), text);
	return rs->sr_err;
}

int
cr_answer(Operation *op, SlapReply *rs, int error)
{
	const char *text = error == CR_EHIDDEN ? NULL : cr_error_text(error);

	return cr_answer_text(op, rs, error, text);
}
