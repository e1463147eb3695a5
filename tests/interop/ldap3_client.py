"""What ldap3.sh runs: ldap3_client.py [check uri ldapi tls-directory]

Without arguments it lists the checks, one a line, with what they claim.
"""
import ssl
import sys

import ldap3
from ldap3.core.exceptions import LDAPNoSuchObjectResult
from ldap3.core.exceptions import LDAPInsufficientAccessRightsResult
from ldap3.core.exceptions import LDAPUnwillingToPerformResult

BASE = "dc=example,dc=fi"
CUSTOMERS = "ou=customers," + BASE
PASSWORD = "kokeilu"
PURPOSE = "2.25.221708766744489660345156619823905205953.4.1"
PROXY = "2.16.840.1.113730.3.4.18"

# The ten that documents name, and who is hidden from whom.
FIXED = ["c%d" % n for n in range(10001, 10011)]
MARKETING = [u for u in FIXED if u not in ("c10002", "c10005", "c10006")]
CARE = [u for u in FIXED if u != "c10006"]
PHONEBOOK = [u for u in FIXED if u not in ("c10004", "c10005", "c10006")]
FILTER = "(|(uid=c1000*)(uid=c10010))"


class Site:
    """The server under test and how to get to it."""

    def __init__(self, uri, ldapi, tls):
        self.uri = uri
        self.ldapi = ldapi
        self.directory = tls

    def tls(self, name=None):
        file = self.directory + "/%s.%s"
        return ldap3.Tls(
            ca_certs_file=self.directory + "/ca.pem",
            validate=ssl.CERT_REQUIRED,
            local_certificate_file=name and file % (name, "pem"),
            local_private_key_file=name and file % (name, "key"))

    def server(self, name=None):
        return ldap3.Server(self.uri, tls=self.tls(name),
                            get_info=ldap3.NONE)

    def simple(self, who):
        """A person: StartTLS, then a password."""
        return ldap3.Connection(
            self.server(), user="%s,%s" % (who, BASE), password=PASSWORD,
            auto_bind=ldap3.AUTO_BIND_TLS_BEFORE_BIND,
            raise_exceptions=True)

    def certificate(self, name):
        """A service: StartTLS with its certificate, then EXTERNAL."""
        return ldap3.Connection(
            self.server(name), authentication=ldap3.SASL,
            sasl_mechanism=ldap3.EXTERNAL, sasl_credentials="",
            auto_bind=ldap3.AUTO_BIND_TLS_BEFORE_BIND,
            raise_exceptions=True)

    def socket(self, authzid):
        """The CRM by the user it runs as, perhaps for a person."""
        server = ldap3.Server(self.ldapi, get_info=ldap3.NONE)
        return ldap3.Connection(
            server, authentication=ldap3.SASL,
            sasl_mechanism=ldap3.EXTERNAL, sasl_credentials=authzid,
            auto_bind=True, raise_exceptions=True)


def uids(connection, controls=None):
    connection.search(CUSTOMERS, FILTER, attributes=["uid"],
                      controls=controls)
    return sorted(e["attributes"]["uid"][0] for e in connection.response)


def person(name):
    return "dn:uid=%s,ou=handlers,%s" % (name, BASE)


def same(got, wanted):
    assert got == wanted, "got %r, wanted %r" % (got, wanted)


def refused(exception, call):
    try:
        got = call()
    except exception:
        return
    raise AssertionError("not refused: %r" % (got,))


def visible(site):
    """a person over StartTLS: the visible found, the banned absent"""
    same(uids(site.simple("uid=mikko,ou=handlers")), MARKETING)
    same(uids(site.simple("uid=aino,ou=handlers")), CARE)


def absent(site):
    """a banned customer is answered like one that never was"""
    connection = site.simple("uid=mikko,ou=handlers")
    answers = []
    for uid in ("c10002", "c99999"):
        try:
            connection.search("uid=%s,%s" % (uid, CUSTOMERS),
                              "(objectClass=*)", ldap3.BASE)
            raise AssertionError("found " + uid)
        except LDAPNoSuchObjectResult as error:
            answers.append((error.dn, error.message, error.result))
    same(answers[0], answers[1])
    same(answers[0][0], CUSTOMERS)


def attributes(site):
    """what a purpose does not release does not come"""
    connection = site.simple("uid=mikko,ou=handlers")
    connection.search(CUSTOMERS, "(uid=c10010)",
                      attributes=ldap3.ALL_ATTRIBUTES)
    (entry,) = connection.response
    names = {name.lower() for name in entry["attributes"]}
    assert "mail" in names and "cn" in names, names
    assert not names & {"crmarketingban", "crbanuntil", "crsource",
                        "userpassword"}, names


def external(site):
    """a service by its TLS certificate"""
    same(uids(site.certificate("mailer")), MARKETING)
    same(uids(site.certificate("phonebook")), PHONEBOOK)


def socket(site):
    """a service through the socket sees for a person, alone nothing"""
    same(uids(site.socket(person("aino"))), CARE)
    same(uids(site.socket(person("mikko"))), [])
    same(uids(site.socket("")), [])


def proxied(site):
    """proxied authorization for one request, and not for the next"""
    connection = site.socket("")
    control = [(PROXY, True, person("aino"))]
    same(uids(connection, control), CARE)
    same(uids(connection), [])


def purpose(site):
    """the purpose control narrows, and is refused to who has it not"""
    connection = site.simple("uid=mikko,ou=handlers")
    same(uids(connection, [(PURPOSE, True, "marketResearch")]),
         [u for u in FIXED if u not in ("c10005", "c10006")])
    refused(LDAPInsufficientAccessRightsResult,
            lambda: uids(connection, [(PURPOSE, True, "customerCare")]))
    refused(LDAPUnwillingToPerformResult,
            lambda: uids(connection, [(PURPOSE, True, "gossip")]))


def paged(site):
    """pages are full, and together what one search finds"""
    connection = site.simple("uid=mikko,ou=handlers")
    wanted = "(objectClass=crCustomer)"
    connection.search(CUSTOMERS, wanted, attributes=["uid"])
    whole = [e["dn"] for e in connection.response]
    size, cookie, pages = 7, None, []
    while cookie != b"":
        connection.search(CUSTOMERS, wanted, attributes=["uid"],
                          paged_size=size, paged_cookie=cookie)
        pages.append([e["dn"] for e in connection.response])
        cookie = connection.result["controls"][
            "1.2.840.113556.1.4.319"]["value"]["cookie"]
    same([dn for page in pages for dn in page], whole)
    assert len(whole) > 3 * size, len(whole)
    same({len(page) for page in pages[:-1]}, {size})


def generator(site):
    """the paged search of the library itself"""
    connection = site.certificate("mailer")
    found = connection.extend.standard.paged_search(
        CUSTOMERS, FILTER, attributes=["uid"], paged_size=2,
        generator=True)
    same(sorted(e["attributes"]["uid"][0] for e in found), MARKETING)


def ban(site):
    """a ban set by one client is gone for the other at once"""
    care = site.simple("uid=aino,ou=handlers")
    marketing = site.simple("uid=mikko,ou=handlers")
    same(uids(marketing), MARKETING)
    care.modify("uid=c10009," + CUSTOMERS, {
        "crMarketingBan": [(ldap3.MODIFY_ADD, ["directMarketing"])]})
    same(uids(marketing), [u for u in MARKETING if u != "c10009"])
    same(uids(care), CARE)
    refused(LDAPInsufficientAccessRightsResult, lambda: care.modify(
        "uid=c10009," + CUSTOMERS,
        {"crMarketingBan": [(ldap3.MODIFY_DELETE, [])]}))
    own = site.simple("uid=c10009,ou=customers")
    own.modify("uid=c10009," + CUSTOMERS, {
        "crMarketingBan": [(ldap3.MODIFY_DELETE, [])]})
    same(uids(marketing), MARKETING)
    same(uids(own), ["c10009"])


CHECKS = [visible, absent, attributes, external, socket, proxied, purpose,
          paged, generator, ban]


def main():
    if len(sys.argv) == 1:
        for check in CHECKS:
            print("%s\tldap3: %s" % (check.__name__, check.__doc__))
        return
    (check,) = [c for c in CHECKS if c.__name__ == sys.argv[1]]
    check(Site(*sys.argv[2:5]))


main()
