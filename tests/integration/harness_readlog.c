/* For the tests of the read log as a database. */
#include "harness_readlog.h"

#include <string.h>

const char readlog_auditor[] =
    "dn: uid=auditor," HANDLERS "\n"
    "objectClass: inetOrgPerson\n"
    "objectClass: crHandler\n"
    "uid: auditor\ncn: Auditor\nsn: Auditor\n"
    "userPassword: kokeilu\n"
    "crRole: dpo\n"
    "crDefaultPurpose: directMarketing\n"
    "crAllowedPurpose: directMarketing\n"
    "crAgreementSigned: 20250101000000Z\n"
    "crAgreementVersion: 2024-1\n"
    "crAgreementUntil: 20991231215959Z\n";

size_t
readlog_read(const struct cr_server *server, const char *who, const char *dn,
    enum cr_scope scope, const char *mark, const char *purpose)
{
	const struct cr_request request = { .dn = dn,
		.scope = scope,
		.controls = { { .kind = CTL_REFERENCE, .arg = mark },
		    { .kind = purpose != NULL ? CTL_PURPOSE : CTL_NONE,
			.arg = purpose } } };

	return cr_ask_as(server, who, &request)->entry_count;
}

struct cr_answer *
readlog_ask(const struct cr_server *server, const char *who,
    const char *filter, const char *attrs)
{
	struct cr_conn *conn = cr_conn_open(server, who);
	struct cr_answer *answer = cr_look(conn, LOG, ONE, filter, attrs);

	cr_conn_close(conn);
	return answer;
}

size_t
readlog_lines(const struct cr_text *log, size_t from, const char *a,
    const char *b)
{
	const char *line = log->bytes + from;
	size_t count = 0;

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (cr_bytes_contain(line, len, a, strlen(a)) &&
		    cr_bytes_contain(line, len, b, strlen(b)))
			count++;
		line += len + (line[len] == '\n');
	}
	return count;
}
