/*
 * What slapd's own log gets to know at which level (loglevel, olcLogLevel and
 * -d; as of OpenLDAP 2.5).  Names are those slapd takes, in any case.
 *
 *	any		all of these
 *	trace	0x1	functions with their arguments: DNs, filters
 *	packets	0x2	what goes over connections, byte by byte
 *	args	0x4	arguments of operations; messages byte by byte
 *	conns	0x8	numbers of sockets
 *	BER	0x10	messages byte by byte
 *	filter	0x20	filters with their values
 *	config	0x40	settings
 *	ACL	0x80	access decisions: DNs, attributes, values
 *	stats	0x100	operations: DNs, filters
 *	stats2	0x200	DNs of the entries that are sent
 *	shell	0x400	what programs behind back-sock answer
 *	parse	0x800	attributes of entries that do not parse
 *	sync	0x4000	DNs of what is replicated
 *	none	0x8000	what is logged at any level
 */
#ifndef CR_LOGLEVEL_H
#define CR_LOGLEVEL_H

#include <stddef.h>

#include "custreg/error.h"
#include "custreg/slice.h"

/* A name, or a number as C writes it.  CR_ESYNTAX */
int cr_log_level_parse(struct cr_slice word, unsigned *ret_mask)
	CR_WARN_UNUSED;

/* Those of the levels in the mask that write DNs, filters or values. */
unsigned cr_log_level_telling(unsigned mask);

#define CR_LOG_LEVEL_TEXT_SIZE 96

/* Their names, parted by blanks; "any" for all there are. */
void cr_log_level_format(unsigned mask, char ret_text[CR_LOG_LEVEL_TEXT_SIZE]);

#endif
