/* slapd.conf for a test server. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULES "/usr/lib/ldap"
#define SCHEMAS "/etc/ldap/schema"

char *
cr_conf_env(const char *name, const char *otherwise)
{
	const char *value = getenv(name);
	char cwd[1024];

	if (value != NULL && *value != '\0')
		return cr_keep_text("%s", value);
	ck_assert(getcwd(cwd, sizeof(cwd)) != NULL);
	return cr_keep_text("%s%s", cwd, otherwise);
}

/* A text of the setup, with the directory filled in. */
static void
add(struct cr_text *conf, const char *text, const char *dir)
{
	const char *at;

	if (text == NULL)
		return;
	while ((at = strstr(text, "@DIR@")) != NULL) {
		cr_text_put(conf, text, (size_t)(at - text));
		cr_text_add(conf, "%s", dir);
		text = at + 5;
	}
	cr_text_add(conf, "%s\n", text);
}

static void
add_global(struct cr_text *conf, const struct cr_setup *setup, const char *dir)
{
	static const char *const schemas[] = { "core", "cosine",
		"inetorgperson", "nis", "dyngroup" };
	char *words =
	    cr_keep_text("%s", setup->modules != NULL ? setup->modules : "");
	char *save = NULL;

	for (size_t i = 0; i < COUNT(schemas); i++)
		cr_text_add(conf, "include " SCHEMAS "/%s.schema\n",
		    schemas[i]);
	if (setup->stock)
		cr_text_add(conf, "include %s/schema/custreg.schema\n",
		    cr_conf_env("CR_TOP", ""));
	cr_text_add(conf, "modulepath " MODULES "\nmoduleload back_mdb\n");
	for (char *word = strtok_r(words, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		cr_text_add(conf, "moduleload %s\n", word);
	if (!setup->stock)
		cr_text_add(conf, "moduleload %s\n",
		    cr_conf_env("CR_MODULE", "/build/custreg.so"));
	cr_text_add(conf,
	    "pidfile %s/slapd.pid\nargsfile %s/slapd.args\n"
	    "authz-policy to\nthreads 8\n",
	    dir, dir);
	add(conf, setup->global, dir);
	cr_text_add(conf,
	    "database config\nrootdn cn=admin,cn=config\nrootpw kokeilu\n");
}

static void
add_register(struct cr_text *conf, const struct cr_setup *setup,
    const char *dir)
{
	cr_text_add(conf,
	    "database mdb\nsuffix \"" SUFFIX "\"\nrootdn \"" ROOT "\"\n"
	    "rootpw kokeilu\ndirectory %s/db\nmaxsize 268435456\n"
	    "dbnosync\nindex objectClass,entryUUID,entryCSN eq\n"
	    "index uid,member,mobile,postalCode,l pres,eq\n"
	    "index cn,sn,givenName,mail pres,eq,approx,sub\n",
	    dir);
	add(conf, setup->limits, dir);
	if (setup->acl != NULL)
		add(conf, setup->acl, dir);
	else
		cr_text_add(conf, "include %s/schema/sample/acl.conf\n",
		    cr_conf_env("CR_TOP", ""));
	add(conf, setup->below, dir);
	if (!setup->stock && !setup->unguarded) {
		cr_text_add(conf, "overlay custreg\n");
		add(conf,
		    setup->custreg != NULL ? setup->custreg
					   : "custreg-customers " CUSTOMERS,
		    dir);
		if (!setup->no_log)
			cr_text_add(conf, "custreg-logDirectory %s/log\n", dir);
	}
	add(conf, setup->above, dir);
}

char *
cr_conf_write(const struct cr_setup *setup, const char *dir)
{
	struct cr_text conf = { 0 };
	char *path = cr_keep_text("%s/slapd.conf", dir);

	add_global(&conf, setup, dir);
	add(&conf, setup->databases, dir);
	add_register(&conf, setup, dir);
	add(&conf, setup->later, dir);
	cr_text_to_file(path, conf.bytes, conf.len);
	return path;
}
