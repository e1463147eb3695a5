/*
 * The options every subcommand has for its connection: those of ldapsearch,
 * with the same letters and meanings.
 */
#ifndef CR_CLIENT_OPTIONS_H
#define CR_CLIENT_OPTIONS_H

#include <stdbool.h>

#include "control.h"

struct cr_connect_options {	/* zeroed: as ldap.conf has it */
	const char *uri;
	const char *bind_dn;
	char *password;		/* owned; NULL: none */
	size_t password_len;
	const char *password_file;
	bool ask_password;
	bool simple;
	bool sasl;		/* an option of SASL was given */
	bool no_canonical;	/* -N */
	bool quiet;		/* -Q */
	bool interactive;	/* -I */
	unsigned start_tls;	/* 2: required */
	int debug;
	int network_timeout;	/* seconds; 0: none */
	int answer_timeout;	/* the same, for each answer */
	bool one_of_several;	/* lines on stderr begin with the URI */
	const char *mechanism;
	const char *realm;
	const char *authcid;
	const char *authzid;
	const char *security;
	struct cr_controls controls;
};

/* The letters, for getopt. */
#define CR_CONNECT_LETTERS "d:D:e:E:H:INo:O:QR:U:w:Wxy:X:Y:Z"

/*
 * Takes one option.  CR_ESYNTAX, with a line on stderr, for a bad one.  What
 * -w gives is copied and struck out in `argument`.
 */
int cr_connect_option(struct cr_connect_options *options, int letter,
	char *argument) CR_WARN_UNUSED;

/* Do they go together?  CR_ESYNTAX, with a line on stderr. */
int cr_connect_options_check(const struct cr_connect_options *options)
	CR_WARN_UNUSED;

void cr_connect_options_clear(struct cr_connect_options *options);

extern const char cr_connect_help[];

#endif
