/* Certificates made for the run of a test, and who they stand for. */
#include "harness_ldap.h"

#include <stdio.h>
#include <unistd.h>

static char *directory;

static void
openssl(const char *const *argv)
{
	char *log = cr_keep_text("%s/openssl.log", directory);
	int rc = cr_load_run(log, argv, NULL);

	ck_assert_msg(rc == 0, "openssl: exit %d\n%s", rc,
	    cr_text_of_file(log).bytes);
}

static char *
file(const char *name, const char *suffix)
{
	return cr_keep_text("%s/%s.%s", directory, name, suffix);
}

static void
make_authority(const char *name)
{
	const char *const argv[] = { "/usr/bin/openssl", "req", "-x509",
		"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
		"-nodes", "-days", "2", "-subj",
		cr_keep_text("/O=Esimerkkiyritys Oy/CN=Test %s", name),
		"-keyout", file(name, "key"), "-out", file(name, "pem"), NULL };

	openssl(argv);
}

static void
make_certificate(const char *authority, const char *name, const char *subject,
    const char *extension)
{
	const char *const request[] = { "/usr/bin/openssl", "req", "-new",
		"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
		"-nodes", "-subj", subject, "-keyout", file(name, "key"),
		"-out", file(name, "csr"), NULL };
	const char *const sign[] = { "/usr/bin/openssl", "x509", "-req", "-in",
		file(name, "csr"), "-CA", file(authority, "pem"), "-CAkey",
		file(authority, "key"), "-CAcreateserial", "-days", "2",
		"-extfile", file(name, "ext"), "-out", file(name, "pem"),
		NULL };
	char *text = cr_keep_text("%s\n", extension);

	openssl(request);
	cr_text_to_file(file(name, "ext"), text, strlen(text));
	openssl(sign);
}

const char *
cr_tls_dir(void)
{
	static const char *const ours[] = { "mailer", "crm", "strict",
		"replica" };
	const char *client = "extendedKeyUsage=clientAuth";

	if (directory != NULL)
		return directory;
	directory = cr_suite_dir("tls");
	make_authority("ca");
	make_authority("otherca");
	make_certificate("ca", "server", "/CN=127.0.0.1",
	    "subjectAltName=IP:127.0.0.1");
	for (size_t i = 0; i < COUNT(ours); i++)
		make_certificate("ca", ours[i],
		    cr_keep_text("/O=Esimerkkiyritys Oy/CN=%s", ours[i]),
		    client);
	make_certificate("ca", "entry",
	    "/DC=fi/DC=example/OU=services/UID=mailer", client);
	make_certificate("ca", "stranger", "/O=Muu Oy/CN=mailer", client);
	make_certificate("ca", "customer", "/O=Muu Oy/CN=c10006", client);
	make_certificate("otherca", "other", "/O=Esimerkkiyritys Oy/CN=mailer",
	    client);
	return directory;
}

char *
cr_tls_global(void)
{
	const char *dir = cr_tls_dir();

	return cr_keep_text(
	    "TLSCACertificateFile %s/ca.pem\n"
	    "TLSCertificateFile %s/server.pem\n"
	    "TLSCertificateKeyFile %s/server.key\n"
	    "TLSVerifyClient try\n"
	    "sasl-host localhost\n"
	    "sasl-auxprops slapd\n"
	    "authz-regexp \"^cn=replica,o=esimerkkiyritys oy$\" \"" REPLICA
	    "\"\n"
	    "authz-regexp \"^cn=([^,]+),o=esimerkkiyritys oy$\" "
	    "\"uid=$1," SERVICES "\"\n"
	    "authz-regexp \"^uid=([^,]+),cn=scram-sha-256,cn=auth$\" "
	    "\"uid=$1," SERVICES "\"\n"
	    "authz-regexp \"^gidNumber=%u[+]uidNumber=%u,cn=peercred,"
	    "cn=external,cn=auth$\" \"uid=crm," SERVICES "\"",
	    dir, dir, dir, (unsigned)getgid(), (unsigned)getuid());
}
