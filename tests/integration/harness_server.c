/* One slapd: made, started, asked whether it lives, ended. */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 5, WORDS = 32 };

static int
free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert(fd >= 0 &&
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&addr, &len) == 0);
	close(fd);
	return ntohs(addr.sin_port);
}

static void
make_dir(const char *dir, const char *name)
{
	char *path = cr_keep_text("%s/%s", dir, name);

	ck_assert_msg(mkdir(path, 0700) == 0, "%s: %s", path, strerror(errno));
}

/* ldapi://%2Ftmp%2F... */
static char *
local_uri(const char *socket_path)
{
	struct cr_text uri = { 0 };

	cr_text_add(&uri, "ldapi://");
	for (const char *p = socket_path; *p != '\0'; p++) {
		if (*p == '/')
			cr_text_add(&uri, "%%2F");
		else
			cr_text_put(&uri, p, 1);
	}
	return uri.bytes;
}

/* The disk of the read log is slapd's alone and goes away with it. */
static void
mount_log(const struct cr_server *server)
{
	char *options =
	    cr_keep_text("size=%uk,mode=700", server->setup->log_kb);
	char *dir = cr_keep_text("%s/log", server->dir);

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", dir, "tmpfs", 0, options) != 0) {
		fprintf(stderr, "no disk for the log: %s\n", strerror(errno));
		_exit(125);
	}
}

/* Between slapd and the disk of its log, or all of its disk. */
static char *
shim(const struct cr_server *server, const char *preload)
{
	setenv("CR_CRASH_DIR",
	    cr_keep_text("%s%s", server->dir,
		server->setup->shim_all ? "" : "/log"),
	    1);
	setenv("CR_CRASH_WHEN", cr_keep_text("%s/die", server->dir), 1);
	setenv("CR_CRASH_FAIL", cr_keep_text("%s/fail", server->dir), 1);
	return cr_keep_text("%s %s/tests/crash/shim.so",
	    preload != NULL ? preload : "", cr_conf_env("CR_BUILD", "/build"));
}

static void
become_slapd(const struct cr_server *server, pid_t parent)
{
	char *preload = getenv("CR_SAN_PRELOAD");
	const char *wrapper = getenv("CR_SLAPD_WRAPPER");
	const char *argv[WORDS] = { 0 };
	int log = open(server->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int null = open("/dev/null", O_RDONLY);
	char *save = NULL;
	size_t n = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || log < 0)
		_exit(126);
	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	if (server->setup->log_kb != 0)
		mount_log(server);
	if (wrapper != NULL) {
		char *words = cr_keep_text("%s", wrapper);

		for (char *w = strtok_r(words, " ", &save);
		     w != NULL && n < WORDS - 12;
		     w = strtok_r(NULL, " ", &save))
			argv[n++] = w;
	}
	argv[n++] = "/usr/sbin/slapd";
	argv[n++] = "-d";
	argv[n++] = "none";
	argv[n++] = "-h";
	argv[n++] = cr_keep_text("%s/ %s %s", server->uri,
	    local_uri(server->socket),
	    server->tls_uri != NULL ? server->tls_uri : "");
	argv[n++] = server->setup->config_tree ? "-F" : "-f";
	argv[n++] = cr_keep_text("%s/%s", server->dir,
	    server->setup->config_tree ? "slapd.d" : "slapd.conf");
	if (server->gate != NULL) {
		setenv("CR_GATE", server->dir, 1);
		preload = cr_keep_text("%s %s/tests/gate.so",
		    preload != NULL ? preload : "",
		    cr_conf_env("CR_BUILD", "/build"));
	}
	if (server->setup->shim)
		preload = shim(server, preload);
	if (preload != NULL)
		setenv("LD_PRELOAD", preload, 1);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static bool
has_ended(struct cr_server *server, int *ret_status)
{
	if (server->pid <= 0 ||
	    waitpid(server->pid, ret_status, WNOHANG) == server->pid) {
		server->pid = 0;
		return true;
	}
	return false;
}

static bool
accepts(const struct cr_server *server)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool up;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t)server->port);
	up = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
	close(fd);
	return up;
}

bool
cr_server_ended(struct cr_server *server, int ms, int *ret_status)
{
	int64_t deadline = cr_suite_now() + ms;

	while (!has_ended(server, ret_status)) {
		if (!cr_suite_again(deadline))
			return false;
	}
	return true;
}

bool
cr_server_launch(struct cr_server *server, int *ret_status)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	pid_t parent = getpid();

	server->pid = fork();
	ck_assert_msg(server->pid >= 0, "fork: %s", strerror(errno));
	if (server->pid == 0)
		become_slapd(server, parent);
	while (!accepts(server)) {
		if (has_ended(server, ret_status))
			return false;
		ck_assert_msg(cr_suite_again(deadline), "slapd not up\n%s",
		    cr_text_of_file(server->log).bytes);
	}
	return true;
}

static bool
run(struct cr_server *server, int *ret_status)
{
	if (!cr_server_launch(server, ret_status))
		return false;
	cr_server_alive(server);
	return true;
}

static void
make_gate(struct cr_server *server)
{
	char *path = cr_keep_text("%s/gate", server->dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	make_dir(server->dir, "wire");
	ck_assert_int_eq(ftruncate(fd, sizeof(*server->gate)), 0);
	server->gate = mmap(NULL, sizeof(*server->gate), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	ck_assert(server->gate != MAP_FAILED);
	close(fd);
}

static struct cr_server *
make(const struct cr_setup *setup)
{
	struct cr_server *server = cr_keep(sizeof(*server));

	server->setup = setup;
	server->dir = cr_suite_dir("slapd");
	server->log = cr_keep_text("%s/slapd.log", server->dir);
	server->socket = cr_keep_text("%s/ldapi", server->dir);
	make_dir(server->dir, "db");
	make_dir(server->dir, "db2");
	make_dir(server->dir, "log");
	if (setup->gate)
		make_gate(server);
	cr_conf_write(setup, server->dir);
	return server;
}

static void
choose_port(struct cr_server *server)
{
	server->port = free_port();
	server->uri = cr_keep_text("ldap://127.0.0.1:%d", server->port);
	if (server->setup->tls)
		server->tls_uri =
		    cr_keep_text("ldaps://127.0.0.1:%d", free_port());
}

/* slaptest writes the tree before it looks at the databases. */
static bool
convert(const struct cr_server *server)
{
	char *conf = cr_keep_text("%s/slapd.conf", server->dir);
	char *tree = cr_keep_text("%s/slapd.d", server->dir);
	const char *const argv[] = { "/usr/sbin/slaptest", "-f", conf, "-F",
		tree, NULL };

	if (!server->setup->config_tree)
		return true;
	make_dir(server->dir, "slapd.d");
	(void)cr_load_run(server->log, argv, NULL);
	return access(cr_keep_text("%s/cn=config.ldif", tree), R_OK) == 0;
}

struct cr_server *
cr_server_make(const struct cr_setup *setup)
{
	struct cr_server *server = make(setup);

	if (!setup->empty)
		cr_load_sample(setup, server->dir, server->log);
	ck_assert_msg(convert(server), "slaptest refuses\n%s",
	    cr_text_of_file(server->log).bytes);
	choose_port(server);
	return server;
}

struct cr_server *
cr_server_start(const struct cr_setup *setup)
{
	struct cr_server *server = cr_server_make(setup);
	int status = 0;

	/* somebody else may take the port first */
	for (int i = 0; i < TRIES; i++) {
		if (i > 0)
			choose_port(server);
		if (run(server, &status))
			return server;
		if (strstr(cr_text_of_file(server->log).bytes, "already in use") ==
		    NULL)
			break;
	}
	ck_abort_msg("slapd does not start (status %d)\n%s", status,
	    cr_text_of_file(server->log).bytes);
	return NULL;
}

bool
cr_server_refuses(const struct cr_setup *setup, char **ret_log)
{
	struct cr_server *server = make(setup);
	int status = 0;
	bool up = false;

	if (convert(server)) {
		choose_port(server);
		up = run(server, &status);
		if (up)
			cr_server_stop(server);
		else
			ck_assert_msg(WIFEXITED(status),
			    "slapd died of signal %d", WTERMSIG(status));
	}
	*ret_log = cr_text_of_file(server->log).bytes;
	return !up;
}

/*
 * A slapd that is told to end before its first thread has noticed that it is
 * ready says so and exits with 1; it served all the same (daemon.c:3355).
 */
static bool
ended_well(const struct cr_server *server, int status)
{
	if (!WIFEXITED(status))
		return false;
	return WEXITSTATUS(status) == 0 ||
	    (WEXITSTATUS(status) == 1 &&
		strstr(cr_text_of_file(server->log).bytes,
		    "listener initialization failed") != NULL);
}

/* Check says nothing when a fixture fails after the tests. */
static void
complain(const struct cr_server *server, int status)
{
	struct cr_text log = cr_text_of_file(server->log);

	printf("slapd ended with status %d, signal %d\n%s\n",
	    WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	    log.len > 2000 ? log.bytes + log.len - 2000 : log.bytes);
	fflush(stdout);
	ck_abort_msg("slapd did not end well");
}

void
cr_server_stop(struct cr_server *server)
{
	int64_t deadline = cr_suite_now() + cr_suite_seconds(30) * 1000;
	int status = 0;

	if (server == NULL || server->pid <= 0)
		return;
	kill(server->pid, SIGTERM);
	while (!has_ended(server, &status)) {
		if (!cr_suite_again(deadline)) {
			kill(server->pid, SIGKILL);
			waitpid(server->pid, &status, 0);
			server->pid = 0;
			complain(server, status);
		}
	}
	if (!ended_well(server, status))
		complain(server, status);
}

void
cr_server_restart(struct cr_server *server)
{
	int status = 0;

	cr_server_stop(server);
	ck_assert_msg(run(server, &status), "slapd does not start again\n%s",
	    cr_text_of_file(server->log).bytes);
}

void
cr_server_alive(const struct cr_server *server)
{
	struct cr_conn *conn = cr_conn_open(server, NULL);
	struct cr_answer *answer =
	    cr_look(conn, "", BASE, NULL, "namingContexts");

	expect_code(answer, 0);
	ck_assert_uint_eq(answer->entry_count, 1);
	cr_conn_close(conn);
}

char *
cr_server_path(const struct cr_server *server, const char *name)
{
	if (server->setup->log_kb != 0)
		return cr_keep_text("/proc/%d/root%s/%s", (int)server->pid,
		    server->dir, name);
	return cr_keep_text("%s/%s", server->dir, name);
}
