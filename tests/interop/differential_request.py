"""Random requests, of every kind that could tell something."""
import os
import random
import re
import socket

from differential_wire import boolean, control, integer, octets, seq, tlv

SUFFIX = "dc=example,dc=fi"
CUSTOMERS = "ou=customers," + SUFFIX
SCHEMAS = os.environ.get("SCHEMADIR", "/etc/ldap/schema")
MODULES = os.environ.get("MODULEDIR", "/usr/lib/ldap")
OURS = "2.25.221708766744489660345156619823905205953.4."
WORDS = ("Korhonen", "Virtanen", "Anna", "secret", "vip", "Tampere", "x1",
         "1", "Mäkinen", "Öhman", "fi", "c10002")
EXTRA = ("ou st initials description departmentNumber carLicense pager "
         "employeeType labeledURI preferredLanguage homePhone "
         "roomNumber").split()
HOT = ("uid cn sn mail name description ou st l o title seeAlso manager "
       "member objectClass postalCode mobile crCustomerNumber "
       "distinguishedName owner memberOf").split()
OPERATIONAL = ("entryDN entryUUID entryCSN createTimestamp creatorsName "
               "modifiersName hasSubordinates subschemaSubentry "
               "structuralObjectClass crBanRecord crErasurePending crGuard "
               "ref aliasedObjectName contextCSN numSubordinates authzTo "
               "entry children").split()
ODD = ("noSuchAttr 1.2.3.4.5 2.5.4.3 2.5.4.41 cn;lang-fi cn;lang-sv "
       "description;lang-fi mail;x-y name;lang-sv sn;binary userPassword "
       "crMarketingBan crListingBan crProcessingRestricted crBanUntil "
       "crSource crHold crMarketingBan;x-a crDate crState crAmount").split()
MATCHES = ("caseIgnoreMatch caseExactMatch 2.5.13.2 distinguishedNameMatch "
           "caseIgnoreSubstringsMatch dnSubtreeMatch dnOneLevelMatch "
           "dnSubordinateMatch dnSuperiorMatch caseIgnoreIA5Match uuidMatch "
           "objectIdentifierMatch integerMatch octetStringMatch noSuchMatch "
           "generalizedTimeMatch booleanMatch uniqueMemberMatch "
           "caseIgnoreOrderingMatch").split()
# Purposes from which the same customers are hidden.
PURPOSES = {"mikko": ("directMarketing",),
            "aino": ("customerCare", "assignment", "billing"),
            "labels": ("listingPrinted",)}


def dn_of(uid):
    return "uid=%s,%s" % (uid, CUSTOMERS)


def dn_of_reader(who):
    if who is None or who.startswith("c1"):
        return who and dn_of(who)
    unit = "services" if who in ("crm", "labels") else "handlers"
    return "uid=%s,ou=%s,%s" % (who, unit, SUFFIX)


def uid_of(dn):
    found = re.search(b"(?:^|,)uid=([^,]+)," + CUSTOMERS.encode() + b"$", dn,
                      re.I)
    return found and found.group(1).decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Source:
    def __init__(self, seed, entries, hidden, who, writes):
        self.rnd = random.Random(seed)
        self.who = who
        self.writes = writes
        self.dns = [entry[0][1].decode() for entry in entries]
        self.uids = sorted({uid_of(e[0][1]) for e in entries} - {None})
        self.hidden = sorted(hidden) or self.uids
        self.values = {}
        for entry in entries:
            for attr, value in entry[1:]:
                attr = attr.split(";")[0].lower()
                self.values.setdefault(attr, []).append(value)
        self.values["name"] = self.values["cn"] + self.values["l"]
        self.attrs = sorted(set(self.values) - {"userpassword"})

    def attr(self):
        return self.rnd.choice(self.rnd.choices(
            (HOT, self.attrs, OPERATIONAL, ODD), (45, 25, 15, 15))[0])

    def value(self, attr):
        known = self.values.get(attr.split(";")[0].lower())
        if attr.lower() in ("entrydn", "seealso", "manager", "member",
                            "distinguishedname", "owner", "memberof") and \
                self.rnd.random() < .8:
            return self.dn().encode()
        if known and self.rnd.random() < .8:
            return self.rnd.choice(known)
        return self.rnd.choice(WORDS + (
            "", "*", "TRUE", "FALSE", "20260101000000Z", "inetOrgPerson",
            "\x01custreg", "crGuard=absent," + CUSTOMERS)).encode()

    def dn(self):
        rnd = self.rnd
        where = rnd.random()
        if where < .25:
            return rnd.choice((CUSTOMERS, SUFFIX, "ou=groups," + SUFFIX,
                               "ou=staff," + SUFFIX, "ou=handlers," + SUFFIX))
        if where < .4:
            return rnd.choice(self.dns)
        uid = rnd.choice((rnd.choice(self.hidden), rnd.choice(self.uids),
                          rnd.choice(("c99999", "nobody"))))
        if rnd.random() < .6:
            return dn_of(uid)
        below = [dn for dn in self.dns if dn.endswith("," + dn_of(uid))]
        return rnd.choice(below + [
            name + dn_of(uid) for name in ("cn=x,", "uid=x,cn=y,",
                                           "crGuard=absent,", "ou=none,")])

    def leaf(self, item=False):
        rnd, attr = self.rnd, self.attr()
        kind = rnd.choice("eeeeeppssglaxx" if item else "eeeeeppssglaxxc")
        value = self.value(attr)
        if kind in "egla":
            tag = {"e": 0xa3, "g": 0xa5, "l": 0xa6, "a": 0xa8}[kind]
            return seq(octets(attr), octets(value), tag=tag)
        if kind == "p":
            return octets(attr, 0x87)
        if kind == "s":
            parts = rnd.sample((octets(value[:3] or b"a", 0x80),
                                octets(value[1:3] or b"a", 0x81),
                                octets(value[-2:] or b"a", 0x82)),
                               rnd.randint(1, 3))
            parts.sort(key=lambda part: part[0])
            return seq(octets(attr), seq(*parts), tag=0xa4)
        if kind == "x":
            parts = [octets(value, 0x83)]
            rule = rnd.random() < .7
            if not rule or rnd.random() < .7:
                parts.insert(0, octets(attr, 0x82))
            if rule:
                parts.insert(0, octets(rnd.choice(MATCHES), 0x81))
            if rnd.random() < .4:
                parts.append(tlv(0x84, b"\xff"))
            return seq(*parts, tag=0xa9)
        return rnd.choice((tlv(0xa0, b""), tlv(0xa1, b""), tlv(0xaa, b"x"),
                           tlv(0xa2, tlv(0xa1, b""))))

    def filter(self, depth=0):
        rnd, kind = self.rnd, self.rnd.random()
        if depth == 0 and kind < .15:
            return octets("objectClass", 0x87)
        if depth == 0 and kind < .17:
            nested = self.leaf()
            for _ in range(rnd.randint(5, 60)):
                nested = tlv(rnd.choice((0xa0, 0xa1, 0xa2)), nested)
            return nested
        if depth > 3 or kind < .45:
            return self.leaf()
        if kind < .65:
            return tlv(0xa2, self.filter(depth + 1))
        return tlv(0xa0 if kind < .8 else 0xa1, b"".join(
            self.filter(depth + 1) for _ in range(rnd.randint(1, 4))))

    def names(self):
        some = [self.attr() for _ in range(self.rnd.randint(1, 4))]
        return self.rnd.choice(([], [], ["*", "+"], ["+"], ["1.1"], some,
                                some, some, ["@inetOrgPerson"]))

    def one_control(self, kind):
        rnd = self.rnd
        critical = rnd.random() < .7
        reads = [
            lambda: control("1.2.840.113556.1.4.473", seq(seq(octets(
                self.attr()) + (tlv(0x82, b"\xff") if critical else b""))),
                critical),
            lambda: control("1.3.6.1.4.1.4203.666.5.16", seq(seq(
                octets(rnd.choice(("member", "seeAlso", "manager"))),
                seq(octets(self.attr()), octets(self.attr())))), critical),
            lambda: control("1.2.826.0.1.3344810.2.3", seq(*[
                self.leaf(True) for _ in range(rnd.randint(1, 3))]),
                critical),
            lambda: control("1.3.6.1.4.1.4203.1.10.1", boolean(critical)),
            lambda: control("1.2.840.113556.1.4.1339"),
            lambda: control("1.3.6.1.4.1.4203.1.9.1.1",
                            seq(tlv(0x0a, b"\x01"))),
        ]
        every = [
            lambda: control("1.3.6.1.1.12", self.filter(1)),
            lambda: control(OURS + "1", rnd.choice(PURPOSES.get(
                self.who, ()) + ("noSuchPurpose", "maintenance", "")),
                critical),
            lambda: control(OURS + "2", self.dn()),
            lambda: control("2.16.840.1.113730.3.4.2"),
            lambda: control("1.3.6.1.4.1.4203.666.5.2", None, critical),
            lambda: control("1.3.6.1.4.1.4203.666.5.12", None, critical),
            lambda: control("1.2.840.113556.1.4.1413", None, critical),
            lambda: control("1.2.3.4", None, critical),
            lambda: control("2.16.840.1.113730.3.4.18",
                            rnd.choice(("dn:", "u:x"))),
        ]
        writes = [lambda: control(rnd.choice(("1.3.6.1.1.13.1",
                                              "1.3.6.1.1.13.2")),
                                  seq(*map(octets, self.names())), critical)]
        return rnd.choice(every + (reads if kind == "search" else writes))()

    def controls(self, kind):
        """And the size of a page, or None."""
        rnd = self.rnd
        if rnd.random() < (.5 if kind == "search" else .7):
            return [], None
        if kind == "search" and rnd.random() < .2:
            target = seq(integer(rnd.randint(1, 12)), integer(0), tag=0xa0)
            return [control("1.2.840.113556.1.4.473", seq(seq(octets(
                rnd.choice(("uid", "cn", "sn")))))),
                control("2.16.840.1.113730.3.4.9", seq(
                    integer(rnd.randint(0, 3)), integer(rnd.randint(0, 4)),
                    rnd.choice((target, octets(self.value("cn"), 0x81))))
                )], None
        page = None
        if kind == "search" and rnd.random() < .4:
            page = rnd.choice((0, 1, 1, 2, 3, 3, 5, 100))
        return [self.one_control(kind)
                for _ in range(rnd.randint(0, 2))], page

    def search(self):
        rnd = self.rnd
        base = rnd.choice((CUSTOMERS, CUSTOMERS, SUFFIX, self.dn(), self.dn(),
                           rnd.choice(("", "ou=nowhere," + SUFFIX))))
        return tlv(0x63, octets(base) + integer(
            rnd.choice((0, 1, 2, 2, 2, 3)), 10) + integer(
            rnd.choice((0,) * 8 + (1, 2, 3)), 10) + integer(
            rnd.choice((0,) * 6 + (1, 2, 3, 5, 7))) + integer(0) + boolean(
            rnd.random() < .07) + self.filter() + seq(
            *map(octets, self.names())))

    def modify(self):
        rnd, mods = self.rnd, []
        for _ in range(rnd.randint(1, 3)):
            attr = rnd.choice((
                "mobile", "l", "cn", "mail", "title", "crMarketingBan",
                "crListingBan", "crProcessingRestricted", "seeAlso", "owner",
                "member", "description", "objectClass", self.attr()))
            values = {"crMarketingBan": ("directMarketing", "all", "x"),
                      "crListingBan": ("printed", "all"),
                      "crProcessingRestricted": ("TRUE", "FALSE")}.get(attr)
            mods.append(seq(integer(rnd.choice((0, 0, 1, 1, 2, 3)), 10), seq(
                octets(attr), seq(*[octets(
                    rnd.choice(values) if values else self.value(attr))
                    for _ in range(rnd.randint(0, 2))], tag=0x31))))
        group = rnd.choice([dn for dn in self.dns if ",ou=groups," in dn])
        return tlv(0x66, octets(rnd.choice((self.dn(), self.dn(), group))) +
                   seq(*mods))

    def add(self):
        rnd = self.rnd
        uid = rnd.choice(("new1", "new2", rnd.choice(self.uids)))
        attrs = [("objectClass", "inetOrgPerson"), ("uid", uid), ("cn", "x"),
                 ("sn", "y")]
        if rnd.random() < .3:
            attrs.append((rnd.choice(("seeAlso", "manager")), self.dn()))
        above = rnd.choice((CUSTOMERS, self.dn(), "ou=staff," + SUFFIX))
        return tlv(0x68, octets("uid=%s,%s" % (uid, above)) + seq(*[
            seq(octets(attr), seq(octets(value), tag=0x31))
            for attr, value in attrs]))

    def rename(self):
        rnd = self.rnd
        body = octets(self.dn()) + octets(rnd.choice((
            "uid=new1", "uid=" + rnd.choice(self.uids),
            "seeAlso=" + self.dn().replace(",", "\\2c")))) + \
            boolean(rnd.random() < .5)
        if rnd.random() < .5:
            body += octets(rnd.choice((self.dn(), CUSTOMERS)), 0x80)
        return tlv(0x6c, body)

    def password(self):
        value = seq(octets(self.dn(), 0x80), octets("kokeilu", 0x82))
        return tlv(0x77, octets("1.3.6.1.4.1.4203.1.11.1", 0x80) +
                   octets(value, 0x81))

    def compare(self):
        attr = self.attr()
        return tlv(0x6e, octets(self.dn()) + seq(octets(attr), octets(
            self.value(attr))))

    def request(self):
        """The request, its controls, and the size of a page or None."""
        rnd, kind = self.rnd, self.rnd.random()
        if kind < (.72 if self.writes else .88):
            controls, page = self.controls("search")
            return self.search(), controls, page
        if not self.writes or kind < .8:
            body = self.compare()
        else:
            body = rnd.choice((self.modify, self.modify, self.add, self.rename,
                               self.password, lambda: octets(self.dn(),
                                                             0x4a)))()
        return body, self.controls("other")[0], None
