/* slapd.conf(5): lines, what they continue, what they include. */
#include "conf.h"

#include <stdio.h>
#include <stdlib.h>

enum { INCLUDE_DEPTH = 8 };

/* slapd.conf keywords that are read, by the setting they are. */
static const struct {
	const char *keyword;
	const char *setting;
} keywords[] = {
	{ "access", "olcAccess" },
	{ "authz-policy", "olcAuthzPolicy" },
	{ "lastmod", "olcLastMod" },
	{ "limits", "olcLimits" },
	{ "loglevel", "olcLogLevel" },
	{ "overlay", "olcOverlay" },
	{ "require", "olcRequires" },
	{ "rootdn", "olcRootDN" },
	{ "sasl-authz-policy", "olcAuthzPolicy" },
	{ "sizelimit", "olcSizeLimit" },
	{ "suffix", "olcSuffix" }
};

struct file {
	struct cr_conf *conf;
	size_t db;		/* number + 1; 0: none yet */
	unsigned databases;
	unsigned depth;
};

static int read_lines(struct file *file, const char *path);

static int
start_database(struct file *file, const char *type)
{
	char name[128];
	const struct cr_conf_db *db;

	if (strcasecmp(type, "frontend") == 0)
		snprintf(name, sizeof(name), "{-1}frontend");
	else if (strcasecmp(type, "config") == 0)
		snprintf(name, sizeof(name), "{0}config");
	else
		snprintf(name, sizeof(name), "{%u}%s", ++file->databases,
			type);
	db = cr_conf_add_db(file->conf, name);
	if (db == NULL)
		return LDAP_NO_MEMORY;
	file->db = (size_t)(db - file->conf->dbs) + 1;
	return LDAP_SUCCESS;
}

static int
set(struct file *file, const char *setting, struct cr_slice value)
{
	struct cr_conf_db *db = file->db == 0 ? NULL :
	    &file->conf->dbs[file->db - 1];

	return cr_conf_set(file->conf, db, setting, value) == CR_OK ?
	    LDAP_SUCCESS : LDAP_NO_MEMORY;
}

/* Access rules and limits stay whole; they are split when they are read. */
static bool
stays_whole(const char *keyword)
{
	return strcasecmp(keyword, "access") == 0 ||
	    strcasecmp(keyword, "limits") == 0 ||
	    strcasecmp(keyword, "sizelimit") == 0;
}

static int
take_words(struct file *file, const char *line,
	const struct cr_strings *words)
{
	const char *keyword = words->items[0];
	int rc = LDAP_SUCCESS;

	if (words->count < 2)
		return LDAP_SUCCESS;
	if (strcasecmp(keyword, "include") == 0)
		return read_lines(file, words->items[1]);
	if (strcasecmp(keyword, "database") == 0)
		return start_database(file, words->items[1]);
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcasecmp(keyword, keywords[i].keyword) != 0)
			continue;
		if (stays_whole(keyword)) {
			line += strlen(keyword);
			line += strspn(line, " \t");
			return set(file, keywords[i].setting,
				cr_slice_of(line));
		}
		for (size_t j = 1; rc == LDAP_SUCCESS && j < words->count;
		    j++)
			rc = set(file, keywords[i].setting,
				cr_slice_of(words->items[j]));
		return rc;
	}
	return LDAP_SUCCESS;
}

static int
take_line(struct file *file, const char *line)
{
	struct cr_strings words = { 0 };
	int rc;

	if (*line == '#' || line[strspn(line, " \t")] == '\0')
		return LDAP_SUCCESS;
	rc = cr_words_split(cr_slice_of(line), &words);
	if (rc == CR_ENOMEM)
		rc = LDAP_NO_MEMORY;
	else if (rc == CR_OK && words.count > 0)
		rc = take_words(file, line, &words);
	else
		rc = LDAP_SUCCESS;
	cr_strings_clear(&words);
	return rc;
}

/* Appends a line that begins with a blank; one blank stands for the break. */
static int
join(char **whole, const char *line)
{
	char *joined;

	line += strspn(line, " \t");
	joined = *whole == NULL ? cr_text_copy(cr_slice_of(line)) :
	    cr_text_format("%s %s", *whole, line);
	if (joined == NULL)
		return LDAP_NO_MEMORY;
	free(*whole);
	*whole = joined;
	return LDAP_SUCCESS;
}

static int
flush(struct file *file, char **whole)
{
	int rc = LDAP_SUCCESS;

	if (*whole != NULL)
		rc = take_line(file, *whole);
	free(*whole);
	*whole = NULL;
	return rc;
}

static int
read_stream(struct file *file, FILE *in)
{
	char *line = NULL;
	char *whole = NULL;
	size_t size = 0;
	ssize_t len;
	int rc = LDAP_SUCCESS;

	while (rc == LDAP_SUCCESS && (len = getline(&line, &size, in)) >= 0) {
		while (len > 0 && (line[len - 1] == '\n' ||
		    line[len - 1] == '\r'))
			line[--len] = '\0';
		if (line[0] != ' ' && line[0] != '\t')
			rc = flush(file, &whole);
		/* a comment goes on over continued lines, as in slapd */
		if (rc == LDAP_SUCCESS)
			rc = join(&whole, line);
	}
	if (rc == LDAP_SUCCESS)
		rc = flush(file, &whole);
	if (ferror(in))
		rc = LDAP_LOCAL_ERROR;
	free(whole);
	free(line);
	return rc;
}

static int
read_lines(struct file *file, const char *path)
{
	FILE *in;
	int rc;

	if (file->depth == INCLUDE_DEPTH)
		return LDAP_LOCAL_ERROR;
	in = fopen(path, "r");
	if (in == NULL)
		return LDAP_LOCAL_ERROR;
	file->depth++;
	rc = read_stream(file, in);
	file->depth--;
	fclose(in);
	return rc;
}

/* Does the first line that says something begin as an entry does? */
static bool
is_ldif(const char *path)
{
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	bool ldif = false;

	if (in == NULL)
		return false;
	while (getline(&line, &size, in) >= 0) {
		if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0' ||
		    strncasecmp(line, "version:", 8) == 0)
			continue;
		ldif = strncasecmp(line, "dn:", 3) == 0;
		break;
	}
	free(line);
	fclose(in);
	return ldif;
}

int
cr_conf_read_file(struct cr_conf *conf, const char *path)
{
	struct file file = { .conf = conf };

	if (is_ldif(path))
		return cr_ldif_read(path, cr_conf_take_entry, conf);
	return read_lines(&file, path);
}
