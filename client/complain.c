#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <ldap.h>

#include "safe.h"

void
cr_complain(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	/* several servers may be asked at once */
	flockfile(stderr);
	fputs("custreg: ", stderr);
	cr_put_safe(stderr, text != NULL ? cr_slice_of(text) :
	    CR_SLICE_LITERAL("out of memory"));
	fputc('\n', stderr);
	funlockfile(stderr);
	free(text);
}

enum cr_exit
cr_exit_of_ldap(int code)
{
	switch (code) {
	case LDAP_SUCCESS:
		return CR_EXIT_DONE;
	case LDAP_PARAM_ERROR:
	case LDAP_FILTER_ERROR:
	case LDAP_INVALID_DN_SYNTAX:
	case LDAP_NO_SUCH_OBJECT:
		return CR_EXIT_USAGE;
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_SIZELIMIT_EXCEEDED:
	case LDAP_TIMELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_STRONG_AUTH_REQUIRED:
	case LDAP_CONFIDENTIALITY_REQUIRED:
	case LDAP_INAPPROPRIATE_AUTH:
	case LDAP_X_PROXY_AUTHZ_FAILURE:
		return CR_EXIT_NOT_ALLOWED;
	default:
		return CR_EXIT_UNAVAILABLE;
	}
}
