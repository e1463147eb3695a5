/*
 * The subcommands of custreg and what their exit codes mean.
 */
#ifndef CR_CLIENT_COMMAND_H
#define CR_CLIENT_COMMAND_H

#define CR_VERSION "0.1"

enum cr_exit {
	CR_EXIT_DONE = 0,
	CR_EXIT_USAGE = 1,
	CR_EXIT_CONNECT = 2,	/* cannot connect or bind */
	CR_EXIT_REFUSED = 3,
	CR_EXIT_PARTLY = 4,
	CR_EXIT_FAILED = 5,	/* verification failed */
	CR_EXIT_NOT_ALLOWED = 6,
	CR_EXIT_UNAVAILABLE = 7
};

struct cr_command {
	const char *name;
	int (*run)(int argc, char **argv);	/* argv[0] is the name */
	const char *summary;
};

int cr_check_run(int argc, char **argv);
int cr_compact_run(int argc, char **argv);
int cr_erase_run(int argc, char **argv);
int cr_log_run(int argc, char **argv);		/* log.h: its subcommands */
int cr_suppress_run(int argc, char **argv);

/* The exit code for an operation that ended with this LDAP result code. */
enum cr_exit cr_exit_of_ldap(int code);

/*
 * One line on stderr, after "custreg: ".  What servers and files say may stand
 * in it as it came: it goes through cr_put_safe().
 */
__attribute__((format(printf, 1, 2))) void cr_complain(
	const char *format, ...);

#endif
