/*
 * A bound connection.
 */
#ifndef CR_CLIENT_CONNECT_H
#define CR_CLIENT_CONNECT_H

#include <ldap.h>

#include "options.h"

/*
 * Asks for the password, or reads it, if the options say so: cr_connect() on
 * copies of the options, in several threads too, does not ask again.  Else as
 * cr_connect().
 */
int cr_connect_prepare(struct cr_connect_options *options) CR_WARN_UNUSED;

/*
 * Connects, starts TLS and binds as the options say.  On failure a line has
 * been written to stderr and the result is the exit code.  The caller ends
 * the connection with ldap_unbind_ext_s().  A password that is asked for or
 * read from a file is kept in the options.
 */
int cr_connect(struct cr_connect_options *options, LDAP **ret_ld)
	CR_WARN_UNUSED;

#endif
