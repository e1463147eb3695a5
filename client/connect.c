#include "connect.h"

#include <signal.h>
#include <stdlib.h>

#include "command.h"
#include "sasl.h"
#include "secret.h"

static void
complain(LDAP *ld, const struct cr_connect_options *options, const char *what,
	int code)
{
	const char *uri = options->one_of_several ? options->uri : NULL;
	char *text = NULL;

	if (ld != NULL)
		ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	cr_complain("%s%s%s: %s%s%s", uri != NULL ? uri : "",
		uri != NULL ? ": " : "", what, ldap_err2string(code),
		text != NULL && *text != '\0' ? ": " : "",
		text != NULL ? text : "");
	ldap_memfree(text);
}

int
cr_connect_prepare(struct cr_connect_options *options)
{
	int rc = CR_OK;

	if (options->ask_password)
		rc = cr_secret_ask("Enter LDAP Password: ", false,
			&options->password, &options->password_len);
	else if (options->password_file != NULL)
		rc = cr_secret_read_file(options->password_file,
			&options->password, &options->password_len);
	if (rc != CR_OK && options->password_file != NULL)
		cr_complain("the password file %s cannot be read",
			options->password_file);
	else if (rc != CR_OK)
		cr_complain("no password");
	/* asked once, whatever comes after */
	options->ask_password = false;
	options->password_file = NULL;
	return rc == CR_OK ? CR_EXIT_DONE : CR_EXIT_USAGE;
}

static void
set_debug(int level)
{
	ber_set_option(NULL, LBER_OPT_DEBUG_LEVEL, &level);
	ldap_set_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level);
}

static int
set_options(LDAP *ld, const struct cr_connect_options *options)
{
	const int version = LDAP_VERSION3;
	struct timeval answer = { .tv_sec = options->answer_timeout };
	struct timeval timeout = { .tv_sec = options->network_timeout };
	int rc = ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);

	if (rc == LDAP_OPT_SUCCESS)
		rc = ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	if (rc == LDAP_OPT_SUCCESS && timeout.tv_sec > 0)
		rc = ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &timeout);
	if (rc == LDAP_OPT_SUCCESS && answer.tv_sec > 0)
		rc = ldap_set_option(ld, LDAP_OPT_TIMEOUT, &answer);
	if (rc == LDAP_OPT_SUCCESS && options->no_canonical)
		rc = ldap_set_option(ld, LDAP_OPT_X_SASL_NOCANON,
			LDAP_OPT_ON);
	if (rc == LDAP_OPT_SUCCESS && options->security != NULL)
		rc = ldap_set_option(ld, LDAP_OPT_X_SASL_SECPROPS,
			options->security);
	return rc == LDAP_OPT_SUCCESS ? LDAP_SUCCESS : LDAP_PARAM_ERROR;
}

static int
bind_simple(LDAP *ld, const struct cr_connect_options *options)
{
	struct berval password = { options->password_len,
		options->password != NULL ? options->password : "" };

	return ldap_sasl_bind_s(ld, options->bind_dn, LDAP_SASL_SIMPLE,
		&password, NULL, NULL, NULL);
}

static int
bind_sasl(LDAP *ld, const struct cr_connect_options *options)
{
	unsigned flags = options->quiet ? LDAP_SASL_QUIET :
	    options->interactive ? LDAP_SASL_INTERACTIVE :
	    LDAP_SASL_AUTOMATIC;
	struct cr_sasl sasl = { .options = options };
	char *mechanism = NULL;
	int rc;

	if (options->mechanism == NULL)
		ldap_get_option(ld, LDAP_OPT_X_SASL_MECH, &mechanism);
	rc = ldap_sasl_interactive_bind_s(ld, options->bind_dn,
		options->mechanism != NULL ? options->mechanism : mechanism,
		NULL, NULL, flags, cr_sasl_interact, &sasl);
	ldap_memfree(mechanism);
	cr_sasl_clear(&sasl);
	return rc;
}

/* As the tools of OpenLDAP choose: a DN without a mechanism is simple. */
static bool
is_simple(const struct cr_connect_options *options)
{
	return options->simple ||
	    (options->bind_dn != NULL && !options->sasl);
}

static int
start_tls(LDAP *ld, const struct cr_connect_options *options)
{
	int rc;

	if (options->start_tls == 0)
		return LDAP_SUCCESS;
	rc = ldap_start_tls_s(ld, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		return rc;
	complain(ld, options, "StartTLS", rc);
	return options->start_tls > 1 ? rc : LDAP_SUCCESS;
}

int
cr_connect(struct cr_connect_options *options, LDAP **ret_ld)
{
	LDAP *ld = NULL;
	int rc;

	if (options->debug != 0)
		set_debug(options->debug);
	signal(SIGPIPE, SIG_IGN);
	rc = cr_connect_prepare(options);
	if (rc != CR_EXIT_DONE)
		return rc;
	rc = ldap_initialize(&ld, options->uri);
	if (rc != LDAP_SUCCESS) {
		complain(NULL, options, options->uri != NULL ? options->uri :
			"the URI of ldap.conf", rc);
		return CR_EXIT_USAGE;
	}
	rc = set_options(ld, options);
	if (rc != LDAP_SUCCESS) {
		complain(NULL, options, "the options of the connection", rc);
		ldap_unbind_ext_s(ld, NULL, NULL);
		return CR_EXIT_USAGE;
	}
	rc = start_tls(ld, options);
	if (rc == LDAP_SUCCESS) {
		rc = is_simple(options) ? bind_simple(ld, options) :
		    bind_sasl(ld, options);
		if (rc != LDAP_SUCCESS)
			complain(ld, options, "bind", rc);
	}
	if (rc != LDAP_SUCCESS) {
		ldap_unbind_ext_s(ld, NULL, NULL);
		return CR_EXIT_CONNECT;
	}
	*ret_ld = ld;
	return CR_EXIT_DONE;
}
