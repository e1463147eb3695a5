"""Random requests to a register with hidden customers and to one where they
never were, or with attributes that are not released and without: every answer
must be the same.

differential.py check directory module top [seed [requests]]
Without arguments it lists the checks, one a line, with what they claim.
"""
import atexit
import base64
import hashlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import differential_request as request
from differential_request import CUSTOMERS, SUFFIX, WORDS, dn_of, uid_of
from differential_wire import (Closed, Conn, boolean, code, digest, integer,
                               items, octets, paged, seq, show, tlv)

RULES = """
access to attrs=userPassword by self =xw by anonymous auth by * none
access to dn.subtree="%(c)s" filter="(seeAlso=*)" attrs=mail by * none
access to filter="(manager=*)" attrs=cn,sn by users compare
access to dn.subtree="ou=groups,%(s)s" attrs=description
  by set="this/member/mail & [x]" none
  by set="this/member/sn" read by users search
access to attrs=member val.regex="uid=c1000[1-5],.*"
  by users none by users break
access to dn.subtree="%(c)s" by users write by * none
access to dn.subtree="ou=groups,%(s)s" by users write by * none
access to * by users read by * none""" % {"c": CUSTOMERS, "s": SUFFIX}

READERS = ("mikko", "aino", "labels", None, "crm", "c10001")
CHECKS = {
    "plain": ("hidden is absent", {}),
    "rules": ("hidden is absent to rules that look at entries",
              {"acl": RULES, "modules": ("unique", "deref", "sssvlv"),
               "below": "overlay unique\nunique_uri ldap:///%s?mail?sub" %
               CUSTOMERS, "above": "overlay deref\noverlay sssvlv"}),
    "stack": ("hidden is absent below a stack of overlays",
              {"modules": ("sssvlv", "deref", "dynlist", "valsort",
                           "memberof", "refint"),
               "below": "overlay memberof\noverlay refint\n"
               "refint_attributes manager seeAlso",
               "above": "overlay deref\noverlay dynlist\n"
               "dynlist-attrset groupOfURLs memberURL member\n"
               "overlay sssvlv\noverlay valsort\n"
               "valsort-attr cn %s alpha-ascend" % CUSTOMERS}),
    "attributes": ("what is not released is not there", {}),
}
RELEASED = {
    "mikko": "mail telephoneNumber mobile",
    "labels": "",
    "aino": "mail telephoneNumber mobile crSource crMarketingBan "
            "crListingBan crDisclosureBan crProcessingRestricted crBanUntil",
}
COMMON = ("dn objectClass uid cn sn givenName displayName o title "
          "crCustomerNumber postalAddress street postalCode l c userPassword")


def read_ldif(text):
    entries = []
    for block in re.split(r"\n\s*\n", re.sub(r"\n ", "", text)):
        entry = []
        for line in block.split("\n"):
            found = re.match(r"([^:#]+)(::?) ?(.*)$", line)
            if found is None or found.group(1) == "version":
                continue
            value = found.group(3).encode()
            if found.group(2) == "::":
                value = base64.b64decode(value)
            entry.append((found.group(1), value))
        if entry:
            entries.append(entry)
    return entries


def write_ldif(entries):
    """With times and identifiers that are the same on both servers."""
    lines = []
    for entry in entries:
        name = hashlib.sha256(entry[0][1]).hexdigest()[:12]
        own = {"createTimestamp": "20260101000000Z",
               "modifyTimestamp": "20260101000000Z",
               "entryCSN": "20260101000000.000000Z#000000#000#000000",
               "entryUUID": "00000000-0000-4000-8000-" + name}
        for attr, _ in entry:
            own.pop(attr, None)
        order = list(dict.fromkeys(attr for attr, _ in entry))
        for attr, value in sorted(entry, key=lambda x: order.index(x[0])):
            value = base64.b64encode(value).decode()
            lines.append("%s:: %s" % (attr, value))
        lines += ["%s: %s" % pair for pair in own.items()] + [""]
    return "\n".join(lines) + "\n"


def enrich(entries, rnd):
    """More attributes, and more entries that name customers."""
    uids = [uid_of(e[0][1]) for e in entries if e[0][1].startswith(b"uid=c1")]

    def names(most):
        return sorted({dn_of(rnd.choice(uids)).encode()
                       for _ in range(rnd.randint(1, most))})
    for entry in entries:
        if not entry[0][1].startswith(b"uid=c1"):
            continue
        for attr in rnd.sample(request.EXTRA, rnd.randint(0, 5)):
            entry.append((attr, rnd.choice(WORDS).encode()))
        for attr in ("seeAlso", "manager", "secretary"):
            if rnd.random() < .2:
                entry += [(attr, value) for value in names(3)]
        for attr in ("cn;lang-sv", "description;lang-fi"):
            if rnd.random() < .3:
                entry.append((attr, rnd.choice(WORDS).encode()))
    for i in range(12):
        cn = b"g" + b"x" * rnd.randint(0, 5) + b"%d" % i
        entries.append([
            ("dn", b"cn=" + cn + b",ou=groups," + SUFFIX.encode()),
            ("objectClass", b"groupOfNames"), ("cn", cn),
            ("description", rnd.choice(WORDS).encode()),
            ("member", b"uid=aino,ou=handlers," + SUFFIX.encode())] +
            [("member", value) for value in names(6)])
    for i in range(8):
        uid = b"s" + b"y" * rnd.randint(0, 5) + b"%d" % i
        entry = [("dn", b"uid=" + uid + b",ou=staff," + SUFFIX.encode()),
                 ("objectClass", b"inetOrgPerson"), ("uid", uid),
                 ("cn", rnd.choice(WORDS).encode()),
                 ("sn", rnd.choice(WORDS).encode())]
        for attr in rnd.sample(("manager", "seeAlso"), rnd.randint(0, 2)):
            entry += [(attr, value) for value in names(2)]
        entries.append(entry)
    for i in range(10):
        above = rnd.choice(("ou=staff," + SUFFIX, "ou=groups," + SUFFIX,
                            CUSTOMERS, dn_of(rnd.choice(uids))))
        target = rnd.choice((dn_of(rnd.choice(uids)), CUSTOMERS,
                             dn_of("c99999"), "ou=groups," + SUFFIX))
        entries.append([("dn", ("uid=al%d,%s" % (i, above)).encode()),
                        ("objectClass", b"alias"),
                        ("objectClass", b"extensibleObject"),
                        ("uid", b"al%d" % i),
                        ("aliasedObjectName", target.encode())])


def omit(entries, hidden):
    """As if they had never been added."""
    def stays(attr, value):
        return attr in ("dn", "aliasedObjectName") or \
            uid_of(value) not in hidden
    return [[pair for pair in entry if stays(*pair)] for entry in entries
            if uid_of(entry[0][1]) not in hidden]


def strip(entries, who):
    """As if what the reader's purpose does not release were not stored."""
    keep = set((COMMON + " entryUUID " + RELEASED[who]).lower().split())
    return [[(a, v) for a, v in entry if a.lower().split(";")[0] in keep or
             not entry[0][1].startswith(b"uid=c1")] for entry in entries]


class Server:
    def __init__(self, setup, entries, acl=None, modules=(), below="",
                 above=""):
        directory, module, top = setup
        self.dir = tempfile.mkdtemp(dir=directory)
        os.mkdir(self.dir + "/db")
        os.mkdir(self.dir + "/log")
        self.port = request.free_port()
        conf = ["include %s/%s.schema" % (request.SCHEMAS, name) for name in
                ("core", "cosine", "inetorgperson", "nis", "dyngroup")]
        conf += ["modulepath " + request.MODULES]
        conf += ["moduleload " + name for name in ("back_mdb",) + modules]
        conf += ["moduleload " + module, "pidfile %s/pid" % self.dir,
                 "database mdb", "suffix " + SUFFIX,
                 "rootdn cn=admin," + SUFFIX, "directory %s/db" % self.dir,
                 "maxsize 268435456", "dbnosync",
                 "index objectClass,entryUUID eq",
                 "index uid,member,mobile,l,description,ou pres,eq",
                 "index cn,sn,givenName,mail pres,eq,approx,sub",
                 acl or "include %s/schema/sample/acl.conf" % top, below,
                 "overlay custreg", "custreg-customers " + CUSTOMERS,
                 "custreg-logDirectory %s/log" % self.dir, above]
        with open(self.dir + "/slapd.conf", "w", encoding="utf-8") as file:
            file.write("\n".join(conf) + "\n")
        with open(self.dir + "/data.ldif", "w", encoding="utf-8") as file:
            file.write(write_ldif(entries))
        env = dict(os.environ)
        if env.get("CR_SAN_PRELOAD"):
            env["LD_PRELOAD"] = env["CR_SAN_PRELOAD"]
        subprocess.run(["/usr/sbin/slapadd", "-q", "-s", "-f",
                        self.dir + "/slapd.conf", "-l",
                        self.dir + "/data.ldif"], check=True, env=env)
        self.process = subprocess.Popen(
            os.environ.get("CR_SLAPD_WRAPPER", "").split() +
            ["/usr/sbin/slapd", "-d", "0", "-f", self.dir + "/slapd.conf",
             "-h", "ldap://127.0.0.1:%d" % self.port], env=env)
        atexit.register(self.stop)
        end = time.monotonic() + 30 * int(os.environ.get("CR_TIME_FACTOR",
                                                         "1"))
        while True:
            try:
                Conn(self.port)
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("slapd does not start") from None
                time.sleep(.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def visible_to(server, who):
    search = tlv(0x63, octets(CUSTOMERS) + integer(1, 10) + integer(0, 10) +
                 integer(0) + integer(0) + boolean(False) +
                 octets("objectClass", 0x87) + seq(octets("1.1")))
    answer = Conn(server.port, request.dn_of_reader(who)).ask(search)
    return {uid_of(items(unit[1])[0][1]) for unit in answer
            if unit[0] == 0x64}


def ask(conn, body, controls):
    try:
        return conn.ask(body, controls)
    except Closed:
        return None


def compare(pair, who, source, count):
    """The number of requests that two servers answered differently."""
    dn = request.dn_of_reader(who)
    conns = [Conn(server.port, dn) for server in pair]
    cookies, old, wrong = (b"", b""), [], 0
    for number in range(count):
        body, controls, page = source.request()
        lists = [list(controls), list(controls)]
        if page is not None:
            if old and source.rnd.random() < .3:
                cookies = source.rnd.choice(old)
            for i in range(2):
                lists[i].append(paged(page, cookies[i] or b""))
        answers = [ask(conns[i], body, lists[i]) for i in range(2)]
        (first, a), (second, b) = (digest(answer) for answer in answers)
        if page is not None:
            cookies = (a, b) if a and b else (b"", b"")
            old = old[-3:] + [cookies]
        if first != second:
            wrong += 1
            print("%s, request %d: %s %s" % (who, number, show(body), [
                show(part) for part in lists[0]]))
            for one, other in zip(first + [None], second + [None]):
                if one != other:
                    print("  ", str(one)[:500], "\n  ", str(other)[:500])
                    break
        if -1 in (code(answers[0]), code(answers[1])):
            for server in pair:
                if server.process.poll() is not None:
                    raise SystemExit("slapd ended: " + show(body))
            conns = [Conn(server.port, dn) for server in pair]
            cookies, old = (b"", b""), []
    return wrong


def check(name, setup, seed, count):
    generated = subprocess.run(
        [os.environ["CR_BUILD"] + "/generate", "--customers", "30"],
        check=True, capture_output=True, text=True).stdout
    entries = read_ldif(generated)
    for file in ("purposes", "register"):
        with open("%s/schema/%s.ldif" % (setup[2], file),
                  encoding="utf-8") as ldif:
            entries += read_ldif(ldif.read())
    enrich(entries, random.Random(seed))
    everybody = {uid_of(entry[0][1]) for entry in entries} - {None}
    options, wrong = CHECKS[name][1], 0
    for who in RELEASED if name == "attributes" else READERS:
        a = Server(setup, entries, **options)
        hidden = everybody - visible_to(a, who)
        others = omit(entries, hidden)
        if name == "attributes":
            a.stop()
            a = Server(setup, others, **options)
            others = strip(others, who)
        b = Server(setup, others, **options)
        source = request.Source("%s %s %s" % (seed, name, who), entries,
                                hidden, who, name != "attributes")
        wrong += compare((a, b), who, source, count)
        a.stop()
        b.stop()
    print("%d differences" % wrong)
    return wrong == 0


def main():
    if len(sys.argv) == 1:
        for name, (claim, _) in CHECKS.items():
            print("%s\t%s" % (name, claim))
        return 0
    seed = sys.argv[5] if len(sys.argv) > 5 else "1"
    count = int(sys.argv[6]) if len(sys.argv) > 6 else 400
    return 0 if check(sys.argv[1], sys.argv[2:5], seed, count) else 1


if __name__ == "__main__":
    sys.exit(main())
