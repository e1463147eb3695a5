/* custreg erase --verify: a thread for each server. */
#include "erase_verify.h"

#include <pthread.h>
#include <stdlib.h>

#include "connect.h"

struct asking {
	const struct cr_erase_options *options;
	struct cr_verify_server *server;
	pthread_t thread;
	bool started;
};

/* The password is the caller's, and stays with them. */
static void *
ask(void *arg)
{
	struct asking *asking = arg;
	struct cr_connect_options connect = asking->options->connect;
	LDAP *ld;

	connect.uri = asking->server->uri;
	connect.one_of_several = true;
	if (connect.network_timeout == 0)
		connect.network_timeout = (int)CR_VERIFY_SECONDS;
	connect.answer_timeout = connect.network_timeout;
	if (cr_connect(&connect, &ld) != CR_EXIT_DONE)
		return NULL;
	asking->server->facts.connected = true;
	cr_verify_ask(ld, asking->options, &asking->server->facts);
	ldap_unbind_ext_s(ld, NULL, NULL);
	return NULL;
}

/* One that gets no thread is asked here, after the others have begun. */
static void
ask_all(const struct cr_erase_options *options,
    struct cr_verify_server *servers, struct asking *askings)
{
	for (size_t i = 0; i < options->server_count; i++) {
		servers[i].uri = options->servers[i];
		askings[i] = (struct asking){ .options = options,
			.server = &servers[i] };
		askings[i].started = pthread_create(&askings[i].thread, NULL,
		    ask, &askings[i]) == 0;
	}
	for (size_t i = 0; i < options->server_count; i++) {
		if (!askings[i].started)
			(void)ask(&askings[i]);
		else
			(void)pthread_join(askings[i].thread, NULL);
	}
}

int
cr_verify_run(struct cr_erase_options *options)
{
	size_t count = options->server_count;
	struct cr_verify_server *servers = calloc(count, sizeof(*servers));
	struct asking *askings = calloc(count, sizeof(*askings));
	int code = CR_EXIT_UNAVAILABLE;

	if (servers == NULL || askings == NULL) {
		cr_complain("out of memory");
		goto out;
	}
	code = cr_connect_prepare(&options->connect);
	if (code != CR_EXIT_DONE)
		goto out;
	options->request.flags = CR_ERASE_DRY_RUN;
	ask_all(options, servers, askings);
	code = (int)cr_verify_exit(servers, count);
	if (!cr_verify_tell(options, servers, count, stdout)) {
		cr_complain("the answer cannot be written");
		code = CR_EXIT_UNAVAILABLE;
	}
out:
	free(servers);
	free(askings);
	return code;
}
