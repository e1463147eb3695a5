#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "core/text.h"
#include "strlist.h"

const char cr_connect_help[] =
	"Connection, as with ldapsearch (what is not given comes from "
	"ldap.conf):\n"
	"  -H URI          ldap://, ldaps:// or ldapi://\n"
	"  -x              simple bind, with -D DN and one of\n"
	"  -w PASSWORD, -W, -y FILE\n"
	"                  the password, asked for, or in a file\n"
	"  -Y MECHANISM    SASL; -U AUTHCID -X AUTHZID -R REALM -O "
	"PROPERTIES\n"
	"  -Q, -I          SASL without questions, with every question\n"
	"  -N              no reverse DNS for the name of the server\n"
	"  -Z, -ZZ         StartTLS, and insist on it\n"
	"  -e, -E [!]CONTROL[=VALUE]\n"
	"                  OID=:VALUE, OID=::BASE64, purpose=NAME, "
	"recipient=DN,\n"
	"                  reference=TEXT, authzid=AUTHZID, manageDSAit\n"
	"  -o nettimeout=SECONDS\n"
	"  -d LEVEL        debugging of the LDAP library\n";

static int
set_password(struct cr_connect_options *options, char *argument)
{
	if (options->password != NULL) {
		cr_complain("-w is given twice");
		return CR_ESYNTAX;
	}
	options->password = cr_text_copy(cr_slice_of(argument));
	if (options->password == NULL)
		return CR_ENOMEM;
	options->password_len = strlen(argument);
	/* what ps shows */
	memset(argument, '*', options->password_len);
	return CR_OK;
}

static int
add_control(struct cr_connect_options *options, const char *argument)
{
	int rc = cr_controls_add(&options->controls, argument);

	if (rc == CR_ESYNTAX)
		cr_complain("-e %s: no such control, or not its value",
			argument);
	else if (rc == CR_ELIMIT)
		cr_complain("-e %s: too many controls", argument);
	return rc == CR_ELIMIT ? CR_ESYNTAX : rc;
}

static int
set_other(struct cr_connect_options *options, const char *argument)
{
	static const char name[] = "nettimeout=";
	unsigned seconds = 0;

	if (strncasecmp(argument, name, sizeof(name) - 1) != 0 ||
	    cr_text_parse_unsigned(cr_slice_of(argument + sizeof(name) - 1),
	    &seconds) != CR_OK) {
		cr_complain("-o %s: only nettimeout=<seconds> is known",
			argument);
		return CR_ESYNTAX;
	}
	options->network_timeout = (int)seconds;
	return CR_OK;
}

static int
set_debug(struct cr_connect_options *options, const char *argument)
{
	char *end;
	long level = strtol(argument, &end, 0);

	if (*argument == '\0' || *end != '\0' || level < -1 ||
	    level > 0xffffff) {
		cr_complain("-d %s: not a level", argument);
		return CR_ESYNTAX;
	}
	options->debug = (int)level;
	return CR_OK;
}

static int
set_sasl(struct cr_connect_options *options, const char **place,
	const char *argument)
{
	*place = argument;
	options->sasl = true;
	return CR_OK;
}

int
cr_connect_option(struct cr_connect_options *options, int letter,
	char *argument)
{
	switch (letter) {
	case 'd': return set_debug(options, argument);
	case 'D': options->bind_dn = argument; break;
	case 'e':
	case 'E': return add_control(options, argument);
	case 'H': options->uri = argument; break;
	case 'I': options->sasl = options->interactive = true; break;
	case 'N': options->no_canonical = true; break;
	case 'o': return set_other(options, argument);
	case 'O': return set_sasl(options, &options->security, argument);
	case 'Q': options->sasl = options->quiet = true; break;
	case 'R': return set_sasl(options, &options->realm, argument);
	case 'U': return set_sasl(options, &options->authcid, argument);
	case 'w': return set_password(options, argument);
	case 'W': options->ask_password = true; break;
	case 'x': options->simple = true; break;
	case 'X': return set_sasl(options, &options->authzid, argument);
	case 'y': options->password_file = argument; break;
	case 'Y': return set_sasl(options, &options->mechanism, argument);
	case 'Z': options->start_tls++; break;
	default: return CR_EINTERNAL;
	}
	return CR_OK;
}

int
cr_connect_options_check(const struct cr_connect_options *options)
{
	unsigned passwords = (options->password != NULL ? 1u : 0u) +
	    (options->ask_password ? 1u : 0u) +
	    (options->password_file != NULL ? 1u : 0u);

	if (passwords > 1) {
		cr_complain("one of -w, -W and -y is enough");
		return CR_ESYNTAX;
	}
	if (options->simple && options->sasl) {
		cr_complain("-x does not go with the options of SASL");
		return CR_ESYNTAX;
	}
	if (options->quiet && options->interactive) {
		cr_complain("-Q does not go with -I");
		return CR_ESYNTAX;
	}
	return CR_OK;
}

void
cr_connect_options_clear(struct cr_connect_options *options)
{
	if (options->password != NULL)
		explicit_bzero(options->password, options->password_len);
	free(options->password);
	cr_controls_clear(&options->controls);
	*options = (struct cr_connect_options){ 0 };
}
