/* What a server answered: is it one, and what does it mean? */
#include "erase.h"

#include "command.h"

/* What each state goes with (contract of the operation, custreg/erase.h). */
static const struct {
	const char *name;
	int code;
	bool is_dry;		/* of a dry run, and of nothing else */
	bool is_part;		/* only when `partial` was asked for */
	enum cr_exit exit;
} states[] = {
	[CR_ERASE_NO_STATE] = { "", LDAP_OTHER, false, false,
	    CR_EXIT_FAILED },
	[CR_ERASE_ERASED] = { "erased", LDAP_SUCCESS, false, false,
	    CR_EXIT_DONE },
	[CR_ERASE_PARTLY] = { "partly", LDAP_SUCCESS, false, true,
	    CR_EXIT_PARTLY },
	[CR_ERASE_REFUSED] = { "refused", LDAP_UNWILLING_TO_PERFORM, false,
	    false, CR_EXIT_REFUSED },
	[CR_ERASE_WOULD_ERASE] = { "wouldErase", LDAP_SUCCESS, true, false,
	    CR_EXIT_DONE },
	[CR_ERASE_WOULD_REFUSE] = { "wouldRefuse", LDAP_SUCCESS, true, false,
	    CR_EXIT_REFUSED },
	[CR_ERASE_WOULD_PARTLY] = { "wouldPartly", LDAP_SUCCESS, true, true,
	    CR_EXIT_PARTLY }
};

/* Added to what the code is called, where that is not enough for a clerk. */
static const struct {
	int code;
	const char *hint;
} hints[] = {
	{ LDAP_NO_SUCH_OBJECT, "not there, or not for you to see" },
	{ LDAP_INSUFFICIENT_ACCESS, "the registrar may, the data protection "
	    "officer for a dry run, and customers for themselves" },
	{ LDAP_PROTOCOL_ERROR, "does this server have the module custreg?" },
	{ LDAP_REFERRAL, "ask that server: -H" }
};

const char *
cr_erase_state_name(enum cr_erase_state state)
{
	return state < sizeof(states) / sizeof(states[0]) ?
	    states[state].name : "";
}

const char *
cr_erase_contradiction(unsigned flags, int code, enum cr_erase_state state)
{
	bool is_dry = (flags & CR_ERASE_DRY_RUN) != 0;

	if (state == CR_ERASE_NO_STATE ||
	    state >= sizeof(states) / sizeof(states[0]))
		return "it has no state";
	if (code != states[state].code)
		return "result code and state do not agree";
	if (is_dry && !states[state].is_dry)
		return "a dry run was asked for, and this is none";
	if (!is_dry && states[state].is_dry)
		return "it is that of a dry run, which was not asked for";
	if ((flags & CR_ERASE_PARTIAL) == 0 && states[state].is_part)
		return "an erasure in part was not asked for";
	return NULL;
}

static const char *
hint_of(int code)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (hints[i].code == code)
			return hints[i].hint;
	}
	return "";
}

/* An error without a response. */
static int
complain_of_code(const struct cr_erase_options *options,
    const struct cr_erase_answer *answer)
{
	const char *hint = hint_of(answer->code);
	const char *text = answer->referrals != NULL &&
	    answer->referrals[0] != NULL ? answer->referrals[0] :
	    answer->text != NULL ? answer->text : "";

	if (answer->code == LDAP_SUCCESS) {
		cr_complain("%s: the server says Success and not what it did: "
		    "look at the customer, and in the read log",
		    options->subject);
		return CR_EXIT_FAILED;
	}
	cr_complain("%s: %s%s%s%s%s%s", options->subject,
	    ldap_err2string(answer->code), *text != '\0' ? ": " : "", text,
	    *hint != '\0' ? " (" : "", hint, *hint != '\0' ? ")" : "");
	return (int)cr_exit_of_ldap(answer->code);
}

static int
complain_of_answer(const struct cr_erase_options *options, int code,
    enum cr_erase_state state, const char *why)
{
	const char *name = cr_erase_state_name(state);

	cr_complain("%s: the answer cannot be relied on: %s (result code %d, "
	    "%s%s%s): look at the customer, and in the read log",
	    options->subject, why, code, ldap_err2string(code),
	    *name != '\0' ? "; state " : "", name);
	return CR_EXIT_FAILED;
}

static int
print(const struct cr_erase_options *options,
    const struct cr_erase_response *response, int64_t due, FILE *out)
{
	int rc = CR_OK;

	if (options->json)
		rc = cr_erase_print_json(out, response, due);
	else
		cr_erase_print_text(out, options, response, due);
	if (rc == CR_OK && fflush(out) == 0 && !ferror(out))
		return (int)states[response->state].exit;
	cr_complain("%s: the answer cannot be written; its state is %s",
	    options->subject, cr_erase_state_name(response->state));
	return CR_EXIT_UNAVAILABLE;
}

int
cr_erase_tell(const struct cr_erase_options *options,
    const struct cr_erase_answer *answer, FILE *out)
{
	struct cr_erase_response response = { 0 };
	const char *why;
	int code;
	int rc;

	if (answer->value == NULL)
		return complain_of_code(options, answer);
	rc = cr_erase_response_decode((struct cr_slice){
	    answer->value->bv_val, answer->value->bv_len }, &response);
	if (rc == CR_ENOMEM) {
		cr_complain("%s: out of memory for the answer",
		    options->subject);
		return CR_EXIT_UNAVAILABLE;
	}
	why = rc != CR_OK ? "its value is no EraseResponse" :
	    cr_erase_contradiction(options->request.flags, answer->code,
	    response.state);
	code = why == NULL ? print(options, &response, answer->due, out) :
	    complain_of_answer(options, answer->code, response.state, why);
	cr_erase_response_clear(&response);
	return code;
}
