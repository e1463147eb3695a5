/* What stands between a connection's bytes and its socket: nothing, TLS, or
 * the security layer of SASL DIGEST-MD5. */
#include <sys/socket.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sasl/sasl.h>

#include "loadgen.h"

#define CHUNK ((size_t)256 << 10)
#define LAYER_MAX 65536

static bool
send_plain(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			warn("send");
			return false;
		}
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
send_layered(struct load_conn *conn, const void *bytes, size_t len)
{
	const char *out;
	unsigned out_len;

	if (sasl_encode(conn->sasl, bytes, (unsigned)len, &out, &out_len) !=
	    SASL_OK) {
		warnx("%s", sasl_errdetail(conn->sasl));
		return false;
	}
	return send_plain(conn->fd, out, out_len);
}

bool
load_wire_send(struct load_conn *conn, const void *bytes, size_t len)
{
	if (conn->tls != NULL)
		return SSL_write(conn->tls, bytes, (int)len) == (int)len;
	if (conn->layered)
		return send_layered(conn, bytes, len);
	return send_plain(conn->fd, bytes, len);
}

/* A record that is no data (a session ticket) is nothing, not the end. */
static ssize_t
receive_tls(struct load_conn *conn, char *buffer, size_t room)
{
	ssize_t sum = 0;

	do {
		size_t n;
		int rc = SSL_read_ex(conn->tls, buffer + sum,
		    room - (size_t)sum, &n);

		if (rc != 1 &&
		    SSL_get_error(conn->tls, rc) == SSL_ERROR_WANT_READ)
			break;
		if (rc != 1)
			return -1;
		sum += (ssize_t)n;
	} while ((size_t)sum < room && SSL_has_pending(conn->tls));
	return sum;
}

static ssize_t
receive_layered(struct load_conn *conn, char *buffer, size_t room)
{
	static char coded[CHUNK];
	const char *out;
	unsigned out_len;
	ssize_t n = recv(conn->fd, coded, sizeof(coded), 0);

	if (n <= 0)
		return n < 0 && errno == EINTR ? 0 : -1;
	if (sasl_decode(conn->sasl, coded, (unsigned)n, &out, &out_len) !=
		SASL_OK || out_len > room) {
		warnx("cannot decode: %s", sasl_errdetail(conn->sasl));
		return -1;
	}
	if (out_len > 0)
		memcpy(buffer, out, out_len);
	return (ssize_t)out_len;
}

ssize_t
load_wire_receive(struct load_conn *conn, void *buffer, size_t room)
{
	ssize_t n;

	if (conn->tls != NULL)
		return receive_tls(conn, buffer, room);
	if (conn->layered)
		return receive_layered(conn, buffer, room);
	n = recv(conn->fd, buffer, room, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	return n > 0 ? n : -1;
}

bool
load_wire_tls(struct load_conn *conn)
{
	static SSL_CTX *context;

	if (context == NULL) {
		context = SSL_CTX_new(TLS_client_method());
		if (context == NULL)
			errx(2, "TLS");
		SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
		SSL_CTX_set_read_ahead(context, 1);
	}
	conn->tls = SSL_new(context);
	if (conn->tls == NULL || SSL_set_fd(conn->tls, conn->fd) != 1 ||
	    SSL_connect(conn->tls) != 1) {
		warnx("TLS: %s", ERR_reason_error_string(ERR_get_error()));
		return false;
	}
	return true;
}

/* ---- SASL ---------------------------------------------------------------- */

static const struct load_options *who;

static int
give_name(void *context, int id, const char **ret_text, unsigned *ret_len)
{
	(void)context;
	*ret_text = id == SASL_CB_AUTHNAME ? who->sasl_name : "";
	if (ret_len != NULL)
		*ret_len = (unsigned)strlen(*ret_text);
	return SASL_OK;
}

static int
give_secret(sasl_conn_t *sasl, void *context, int id,
    sasl_secret_t **ret_secret)
{
	static sasl_secret_t *secret;
	size_t len = strlen(who->password);

	(void)sasl;
	(void)context;
	(void)id;
	if (secret == NULL)
		secret = calloc(1, sizeof(*secret) + len + 1);
	if (secret == NULL)
		return SASL_NOMEM;
	secret->len = len;
	memcpy(secret->data, who->password, len + 1);
	*ret_secret = secret;
	return SASL_OK;
}

#define CALLBACK(f) ((int (*)(void))(void (*)(void))(f))
static sasl_callback_t callbacks[] = {
	{ SASL_CB_AUTHNAME, CALLBACK(give_name), NULL },
	{ SASL_CB_USER, CALLBACK(give_name), NULL },
	{ SASL_CB_PASS, CALLBACK(give_secret), NULL },
	{ SASL_CB_LIST_END, NULL, NULL }
};

static bool
start(struct load_conn *conn, const struct load_options *options)
{
	static const sasl_security_properties_t wanted = { .min_ssf = 56,
		.max_ssf = 256, .maxbufsize = LAYER_MAX };
	static bool begun;
	sasl_conn_t *sasl = NULL;
	const char *mechanism, *out;
	unsigned out_len;
	sasl_interact_t *prompt = NULL;

	who = options;
	if (!begun && sasl_client_init(callbacks) != SASL_OK)
		errx(2, "SASL");
	begun = true;
	if (sasl_client_new("ldap", "localhost", NULL, NULL, NULL, 0, &sasl) !=
		SASL_OK ||
	    sasl_setprop(sasl, SASL_SEC_PROPS, &wanted) != SASL_OK)
		return false;
	conn->sasl = sasl;
	if (sasl_client_start(sasl, "DIGEST-MD5", &prompt, &out, &out_len,
		&mechanism) != SASL_CONTINUE) {
		warnx("DIGEST-MD5: %s", sasl_errdetail(sasl));
		return false;
	}
	return true;
}

/* The bind goes out plain; what comes after its end is in the layer. */
bool
load_wire_sasl(struct load_conn *conn, const struct load_options *options)
{
	struct load_reply reply;
	const char *out = NULL;
	unsigned out_len = 0;
	int rc;

	if (!start(conn, options))
		return false;
	for (int id = 1; id < 10; id++) {
		struct load_batch bind_request;
		bool ok;

		load_sasl_bind_make(id, "DIGEST-MD5", out, out_len,
		    &bind_request);
		ok = load_wire_send(conn, bind_request.bytes,
		    bind_request.ends[0]) && load_read_reply(conn, &reply);
		load_batch_clear(&bind_request);
		if (!ok || (reply.code != 0 && reply.code != 14)) {
			warnx("SASL bind: %d", ok ? reply.code : -1);
			return false;
		}
		if (reply.creds_len > 0) {
			rc = sasl_client_step(conn->sasl, reply.creds,
			    (unsigned)reply.creds_len, NULL, &out, &out_len);
			if (rc != SASL_OK && rc != SASL_CONTINUE) {
				warnx("%s", sasl_errdetail(conn->sasl));
				return false;
			}
		}
		if (reply.code == 0) {
			conn->layered = true;
			return true;
		}
	}
	return false;
}

void
load_wire_close(struct load_conn *conn)
{
	sasl_conn_t *sasl = conn->sasl;

	SSL_free(conn->tls);
	if (sasl != NULL)
		sasl_dispose(&sasl);
	close(conn->fd);
}
