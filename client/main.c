#include "command.h"

#include <stdio.h>
#include <string.h>

#include <ldap.h>

static const struct cr_command commands[] = {
	{ "check", cr_check_run,
	    "what the guard would do to a directory as it is" },
	{ "compact", cr_compact_run,
	    "take what was erased out of the files, with slapd stopped" },
	{ "erase", cr_erase_run,
	    "erase a customer, or tell what keeps them" },
	{ "log", cr_log_run,
	    "verify, prove, witness and prune the read log" },
	{ "suppress", cr_suppress_run,
	    "who was erased and does not come back, and cases to decide" }
};

static const size_t command_count = sizeof(commands) / sizeof(commands[0]);

static void
print_help(FILE *out)
{
	fputs("Usage: custreg COMMAND [OPTION]...\n"
	      "       custreg --help | --version\n"
	      "\n"
	      "The customer register of an OpenLDAP directory.\n"
	      "\n"
	      "Commands:\n", out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n"
	      "custreg COMMAND --help explains a command; custreg(1) has "
	      "examples.\n", out);
}

static void
print_version(void)
{
	LDAPAPIInfo info = { .ldapai_info_version = LDAP_API_INFO_VERSION };

	printf("custreg %s", CR_VERSION);
	if (ldap_get_option(NULL, LDAP_OPT_API_INFO, &info) ==
	    LDAP_OPT_SUCCESS) {
		printf(" (%s %d)", info.ldapai_vendor_name,
			info.ldapai_vendor_version);
		ldap_memfree(info.ldapai_vendor_name);
		ber_memvfree((void **)info.ldapai_extensions);
	}
	putchar('\n');
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return CR_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return CR_EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_version();
		return CR_EXIT_DONE;
	}
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	cr_complain("no such command: %s (see custreg --help)", argv[1]);
	return CR_EXIT_USAGE;
}
