/* One connection: bytes out, protocol units in, nobody between. */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <lber.h>
#include <ldap.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct cr_conn {
	int fd;
	int last_id;
	unsigned char *bytes; /* read and not yet taken */
	size_t from, to, room;
};

/* `narrow`: the size of the receive buffer, if not 0 */
static struct cr_conn *
connect_to(int family, const struct sockaddr *addr, socklen_t len, int narrow)
{
	struct cr_conn *conn = cr_keep(sizeof(*conn));

	conn->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_must(conn->fd >= 0);
	cr_must(narrow == 0 || setsockopt(conn->fd, SOL_SOCKET, SO_RCVBUF,
				   &narrow, sizeof(narrow)) == 0);
	ck_assert_msg(connect(conn->fd, addr, len) == 0, "connect: %s",
	    strerror(errno));
	return conn;
}

const char *
cr_conn_dn(const char *who)
{
	static const char *const services[] = { "crm", "mailer", "labels",
		"phonebook" };

	if (who == NULL)
		return "";
	if (strchr(who, '=') != NULL)
		return who;
	if (strcmp(who, "root") == 0)
		return ROOT;
	if (strcmp(who, "config") == 0)
		return "cn=admin,cn=config";
	if (who[0] == 'c' && who[1] == '1')
		return cr_keep_text("uid=%s," CUSTOMERS, who);
	for (size_t i = 0; i < COUNT(services); i++) {
		if (strcmp(services[i], who) == 0)
			return cr_keep_text("uid=%s," SERVICES, who);
	}
	return cr_keep_text("uid=%s," HANDLERS, who);
}

struct cr_conn *
cr_conn_open(const struct cr_server *server, const char *who)
{
	return cr_conn_open_narrow(server, who, 0);
}

int
cr_conn_fd(const struct cr_conn *conn)
{
	return conn->fd;
}

int
cr_conn_port(const struct cr_conn *conn)
{
	struct sockaddr_in addr = { 0 };
	socklen_t len = sizeof(addr);

	cr_must(getsockname(conn->fd, (struct sockaddr *)&addr, &len) == 0);
	return ntohs(addr.sin_port);
}

struct cr_conn *
cr_conn_open_narrow(const struct cr_server *server, const char *who, int bytes)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct cr_conn *conn;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t)server->port);
	conn = connect_to(AF_INET, (struct sockaddr *)&addr, sizeof(addr),
	    bytes);
	if (who != NULL)
		ck_assert_msg(cr_conn_bind(conn, cr_conn_dn(who), "kokeilu") ==
			LDAP_SUCCESS,
		    "%s cannot bind", who);
	return conn;
}

struct cr_conn *
cr_conn_open_local(const struct cr_server *server)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", server->socket);
	return connect_to(AF_UNIX, (struct sockaddr *)&addr, sizeof(addr), 0);
}

void
cr_conn_close(struct cr_conn *conn)
{
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
	free(conn->bytes);
	conn->bytes = NULL;
	conn->from = conn->to = conn->room = 0;
}

void
cr_conn_write(struct cr_conn *conn, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (len > 0) {
		ssize_t wrote = send(conn->fd, p, len, MSG_NOSIGNAL);

		if (wrote < 0 && errno == EINTR)
			continue;
		/* closed by the server: the next read tells */
		if (wrote < 0)
			return;
		p += wrote;
		len -= (size_t)wrote;
	}
}

int
cr_conn_send(struct cr_conn *conn, const struct cr_request *request)
{
	size_t len = 0;
	unsigned char *bytes =
	    cr_request_encode(request, ++conn->last_id, &len);

	cr_conn_write(conn, bytes, len);
	free(bytes);
	return conn->last_id;
}

static bool
wait_readable(int fd, int milliseconds)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	int rc;

	do
		rc = poll(&poller, 1, milliseconds);
	while (rc < 0 && errno == EINTR);
	return rc > 0;
}

/* False at the end of the connection. */
static bool
read_more(struct cr_conn *conn)
{
	ssize_t got;

	if (conn->to == conn->room) {
		size_t room = conn->room == 0 ? 65536 : conn->room * 2;
		unsigned char *fresh = realloc(conn->bytes, room);

		cr_must(fresh != NULL);
		conn->bytes = fresh;
		conn->room = room;
	}
	cr_must(wait_readable(conn->fd, cr_suite_seconds(25) * 1000));
	do
		got = recv(conn->fd, conn->bytes + conn->to,
		    conn->room - conn->to, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	conn->to += (size_t)got;
	return true;
}

/* Tag and length; 0 when more bytes are needed, else those of the header. */
static size_t
header(const unsigned char *p, size_t have, size_t *ret_len)
{
	size_t len, bytes;

	if (have < 2)
		return 0;
	if (p[1] < 0x80) {
		*ret_len = p[1];
		return 2;
	}
	bytes = p[1] & 0x7fU;
	cr_must(bytes >= 1 && bytes <= 4);
	if (have < 2 + bytes)
		return 0;
	len = 0;
	for (size_t i = 0; i < bytes; i++)
		len = len << 8 | p[2 + i];
	*ret_len = len;
	return 2 + bytes;
}

static bool
whole(const struct cr_conn *conn, size_t *ret_head, size_t *ret_len)
{
	size_t have = conn->to - conn->from, len = 0, head;

	head = header(conn->bytes + conn->from, have, &len);
	if (head == 0 || have < head + len)
		return false;
	*ret_head = head;
	*ret_len = len;
	return true;
}

bool
cr_conn_ready(struct cr_conn *conn, int milliseconds)
{
	size_t head, len;

	return (conn->to > conn->from && whole(conn, &head, &len)) ||
	    wait_readable(conn->fd, milliseconds);
}

bool
cr_conn_read(struct cr_conn *conn, struct cr_pdu *ret_pdu)
{
	size_t head = 0, len = 0, id_len = 0, id_head, op_len = 0;
	unsigned char *p;

	while (conn->to == conn->from || !whole(conn, &head, &len)) {
		if (conn->from > 0) {
			memmove(conn->bytes, conn->bytes + conn->from,
			    conn->to - conn->from);
			conn->to -= conn->from;
			conn->from = 0;
		}
		if (!read_more(conn))
			return false;
	}
	p = cr_keep(head + len);
	memcpy(p, conn->bytes + conn->from, head + len);
	conn->from += head + len;
	*ret_pdu = (struct cr_pdu){ .bytes = p, .len = head + len };
	cr_must(p[0] == 0x30 && p[head] == 0x02);
	id_head = header(p + head, len, &id_len);
	for (size_t i = 0; i < id_len; i++)
		ret_pdu->id = ret_pdu->id << 8 | p[head + id_head + i];
	ret_pdu->body = head + id_head + id_len;
	cr_must(header(p + ret_pdu->body, ret_pdu->len - ret_pdu->body,
		    &op_len) > 0);
	ret_pdu->op = p[ret_pdu->body];
	return true;
}

struct cr_answer *
cr_conn_wait(struct cr_conn *conn, int id)
{
	struct cr_answer *answer = cr_keep(sizeof(*answer));
	struct cr_pdu pdu;

	answer->code = -1;
	answer->matched = cr_keep_text("%s", "");
	answer->text = cr_keep_text("%s", "");
	cr_text_add(&answer->all, "%s", "");
	for (;;) {
		if (!cr_conn_read(conn, &pdu)) {
			answer->closed = true;
			cr_text_add(&answer->all, "closed\n");
			return answer;
		}
		if (pdu.id != id && pdu.id != 0)
			continue;
		answer->last = pdu.id == 0;
		if (cr_answer_take(answer, &pdu))
			return answer;
	}
}

int
cr_conn_bind(struct cr_conn *conn, const char *dn, const char *password)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval bytes;

	cr_must(ber != NULL);
	ber_printf(ber, "{it{istsN}N}", (ber_int_t)++conn->last_id,
	    (ber_tag_t)LDAP_REQ_BIND, (ber_int_t)3, dn,
	    (ber_tag_t)LDAP_AUTH_SIMPLE, password);
	ck_assert_int_eq(ber_flatten2(ber, &bytes, 0), 0);
	cr_conn_write(conn, bytes.bv_val, bytes.bv_len);
	ber_free(ber, 1);
	return cr_conn_wait(conn, conn->last_id)->code;
}

struct cr_answer *
cr_ask(struct cr_conn *conn, const struct cr_request *request)
{
	return cr_conn_wait(conn, cr_conn_send(conn, request));
}

struct cr_answer *
cr_ask_as(const struct cr_server *server, const char *who,
    const struct cr_request *request)
{
	struct cr_conn *conn = cr_conn_open(server, who);
	struct cr_answer *answer = cr_ask(conn, request);

	cr_conn_close(conn);
	return answer;
}

struct cr_answer *
cr_look(struct cr_conn *conn, const char *dn, enum cr_scope scope,
    const char *filter, const char *attrs)
{
	const struct cr_request request = { .dn = dn,
		.scope = scope,
		.filter = filter,
		.attrs = attrs };

	return cr_ask(conn, &request);
}

int
cr_change(struct cr_conn *conn, const char *dn, const char *line, ...)
{
	struct cr_request request = { .kind = CR_MODIFY, .dn = dn };
	size_t n = 0;
	va_list args;

	va_start(args, line);
	for (; line != NULL; line = va_arg(args, const char *)) {
		cr_must(n < COUNT(request.lines) - 1);
		request.lines[n++] = line;
	}
	va_end(args);
	return cr_ask(conn, &request)->code;
}
