#!/usr/bin/env python3
"""Puts the custreg overlay into the configurations of OpenLDAP's test suite.

    guard.py conf               a slapd.conf from stdin to stdout
    guard.py ldif               an LDIF for slapadd -n 0, likewise
    guard.py client TOOL ARGS   runs ldapadd, ldapmodify, ldapdelete or
                                ldapsearch, with cn=config in mind

Each back-mdb database gets the overlay, with a customers base that holds
nothing, above the overlays that must stand below it. Where another overlay
that the module refuses stands, or lastmod is off, it is left off. What was
done is noted in $TESTDIR/custreg-notes.

The suite names an overlay by its position. It is right about those below
custreg; the others are one position higher, and that is put right here.
"""
import os
import re
import subprocess
import sys

MODULE = os.environ["CR_SUITE_MODULE"]
REFUSED = {"pcache", "translucent", "auditlog", "retcode", "rwm"}
ABOVE = {"deref", "dynlist", "dyngroup", "sssvlv", "valsort"}
# The identities with which the suite's consumers bind. A replica's own entry
# is policy, so they are named only where a test replicates.
REPLICAS = ()
if os.environ.get("CR_SUITE_REPLICAS"):
    REPLICAS = (
        "cn=Manager,dc=example,dc=com",
        "cn=Manager 1,dc=example,dc=com",
        "cn=Manager 2,dc=example,dc=com",
        "cn=consumer,dc=example,dc=com",
        "cn=replicator,ou=LDAPRoles,dc=example,dc=com",
        "cn=config",
        "cn=config,cn=consumer",
    )


def note(text):
    directory = os.environ.get("TESTDIR")
    if directory and os.path.isdir(directory):
        with open(os.path.join(directory, "custreg-notes"), "a") as out:
            out.write(text + "\n")


def customers_base(suffix):
    """slapd knows "cn" even where no schema is loaded."""
    return "cn=custreg-none" + ("," + suffix if suffix else "")


# ---- slapd.conf ----------------------------------------------------------

def statements(text):
    """Logical lines, each with its continuation lines."""
    found = []
    for line in text.splitlines(keepends=True):
        if line[:1] in (" ", "\t") and line.strip() and found:
            found[-1] += line
        else:
            found.append(line)
    return found


def words(statement):
    return [a if a else b for a, b in
            re.findall(r'"([^"]*)"|(\S+)', statement)]


def first_word(statement):
    return (statement.split() or [""])[0].lower()


def guard_section(section, provider):
    """The statements of one database, from "database" on."""
    backend = words(section[0])[1].lower()
    if backend != "mdb":
        return section
    suffix, overlays, lastmod = None, [], True
    place = len(section)
    for number, line in enumerate(section):
        word = first_word(line)
        if word == "suffix" and suffix is None:
            suffix = (re.findall(r'"([^"]*)"', line) or words(line)[1:])[0]
        elif word == "overlay":
            name = words(line)[1].lower()
            overlays.append(name)
            if name in ABOVE and place == len(section):
                place = number
        elif word == "lastmod":
            lastmod = words(line)[1].lower() == "on"
    bad = REFUSED.intersection(overlays)
    if bad or not lastmod or suffix is None:
        note("left off: %s: %s" % (suffix, ", ".join(sorted(bad)) or
                                   "lastmod off" if suffix is not None
                                   else "no suffix"))
        return section
    note("on: " + suffix)
    ours = ["overlay custreg\n",
            'custreg-customers "%s"\n' % customers_base(suffix)]
    if provider:
        ours += ['custreg-replica "%s"\n' % dn for dn in REPLICAS]
    return section[:place] + ["\n"] + ours + ["\n"] + section[place:]


def conf(text):
    lines = statements(text)
    starts = [n for n, line in enumerate(lines)
              if first_word(line) == "database"]
    if not starts:
        return text
    loads = [n for n, line in enumerate(lines) if first_word(line) in
             ("database", "backend", "overlay")]
    out = lines[:loads[0]] + ["moduleload %s\n" % MODULE] + \
        lines[loads[0]:starts[0]]
    # glued databases are provided by the one above them
    provider = any(first_word(line) == "overlay" and
                   words(line)[1].lower() == "syncprov" for line in lines)
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        out += guard_section(lines[start:end], provider)
    return "".join(out)


# ---- LDIF ----------------------------------------------------------------

class Record:
    """One entry or change of an LDIF, kept as the text it came as."""

    def __init__(self, text):
        self.text = text
        unfolded = re.sub(r"\n[ ]", "", text)
        self.values = []
        for line in unfolded.splitlines():
            match = re.match(r"([A-Za-z][\w;-]*):(:|<)?\s*(.*)", line)
            if match:
                self.values.append((match[1].lower(), match[3].rstrip()))
        self.dn = self.first("dn") or ""

    def first(self, name):
        for attribute, value in self.values:
            if attribute == name:
                return value
        return None

    def change(self):
        return (self.first("changetype") or "add").lower()

    def with_dn(self, dn):
        body = re.sub(r"(?mi)^dn::?.*\n(?: .*\n)*",
                      lambda m: "dn: " + dn + "\n", self.text, count=1)
        name = re.match(r"olcOverlay=([^,]*),", dn, re.I)
        if name:
            body = re.sub(r"(?mi)^olcOverlay:.*$", "olcOverlay: " + name[1],
                          body)
        return body


def records(text):
    text = text.replace("\r\n", "\n")
    return [Record(part.strip("\n") + "\n")
            for part in re.split(r"\n(?:[ \t]*\n)+", text) if part.strip()]


DATABASE = re.compile(r"olcDatabase=(?:\{-?\d+\})?mdb,((?:.*,)?cn=config\b.*)$",
                      re.I)
OVERLAY = re.compile(r"olcOverlay=(?:\{(\d+)\})?(\w+),"
                     r"(olcDatabase=(?:\{-?\d+\})?mdb,(?:.*,)?cn=config\b.*)$",
                     re.I)


def module_record(config, number=""):
    return ("dn: cn=module%s,%s\nobjectClass: olcModuleList\n"
            "cn: module%s\nolcModuleLoad: %s\n" %
            (number, config, number, MODULE))


def overlay_record(database, index, suffix):
    text = ("dn: olcOverlay={%d}custreg,%s\nobjectClass: olcOverlayConfig\n"
            "objectClass: olcCustregConfig\nolcOverlay: {%d}custreg\n"
            "olcCrCustomers: %s\n" %
            (index, database, index, customers_base(suffix)))
    return text + "".join("olcCrReplica: %s\n" % dn for dn in REPLICAS)


def offline(text):
    """The whole configuration, for slapadd -n 0."""
    parts = records(text)
    databases = [n for n, r in enumerate(parts) if DATABASE.match(r.dn)]
    if not databases or "olcCrCustomers" in text:
        return text
    at = min(n for n, r in enumerate(parts)
             if r.dn.lower().startswith("olcdatabase="))
    modules = sum(r.dn.lower().startswith("cn=module") for r in parts[:at])
    out = [r.text for r in parts[:at]]
    out.append(module_record("cn=config", "{%d}" % modules))
    number = at
    while number < len(parts):
        database = parts[number]
        number += 1
        out.append(database.text)
        if not DATABASE.match(database.dn):
            continue
        children = []
        while number < len(parts) and OVERLAY.match(parts[number].dn):
            children.append(parts[number])
            number += 1
        names = [OVERLAY.match(r.dn)[2].lower() for r in children]
        suffix = database.first("olcsuffix")
        bad = REFUSED.intersection(names)
        if bad or suffix is None or \
                (database.first("olclastmod") or "").upper() == "FALSE":
            note("left off: %s: %s" % (suffix, ", ".join(bad)))
            out += [r.text for r in children]
            continue
        note("on: " + suffix)
        low = [r for r, n in zip(children, names) if n not in ABOVE]
        high = [r for r, n in zip(children, names) if n in ABOVE]
        place = 0
        for r in low:
            out.append(at_index(r, place))
            place += 1
        out.append(overlay_record(database.dn, place, suffix))
        for r in high:
            place += 1
            out.append(at_index(r, place))
    return "\n".join(out)


def at_index(record, index):
    match = OVERLAY.match(record.dn)
    return record.with_dn("olcOverlay={%d}%s,%s" %
                          (index, match[2], match[3]))


# ---- the clients ---------------------------------------------------------

WITH_VALUE = set("deDfhHIjloOpPRsSTUwXyYbzaEF")
KEPT = set("DHwyPUXYRO")


def split_arguments(arguments):
    """(option, value or None) pairs, and what stands after the options."""
    pairs, number = [], 0
    while number < len(arguments):
        word = arguments[number]
        if not word.startswith("-") or word == "-":
            break
        number += 1
        letters = word[1:]
        for position, letter in enumerate(letters):
            if letter in WITH_VALUE and not (letter == "a" and
                                             TOOL != "ldapsearch"):
                value = letters[position + 1:]
                if not value:
                    value = arguments[number] if number < len(arguments) \
                        else ""
                    number += 1
                pairs.append((letter, value))
                break
            pairs.append((letter, None))
    return pairs, arguments[number:]


class Server:
    """Looks into and changes cn=config as the test's own client would."""

    def __init__(self, pairs):
        self.login = []
        for letter, value in pairs:
            if letter in KEPT:
                self.login += ["-" + letter, value]
            elif letter in "xQZ":
                self.login.append("-" + letter)

    def search(self, base, scope, query, *attributes):
        done = subprocess.run(
            ["/usr/bin/ldapsearch", "-LLL", "-o", "ldif-wrap=no",
             *self.login, "-b", base, "-s", scope, query, *attributes],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False)
        return records(done.stdout.decode("utf-8", "replace"))

    def overlays(self, database):
        """(index, name, dn) from the lowest up."""
        found = []
        for record in self.search(database, "one",
                                  "(objectClass=olcOverlayConfig)", "1.1"):
            match = OVERLAY.match(record.dn)
            if match:
                found.append((int(match[1] or 0), match[2].lower(),
                              record.dn))
        return sorted(found)

    def has_module(self, config):
        return any("custreg" in r.text for r in self.search(
            config, "one", "(objectClass=olcModuleList)", "olcModuleLoad"))

    def modules(self, config):
        return len(self.search(config, "one", "(objectClass=olcModuleList)",
                               "1.1"))

    def database_of(self, config, suffix):
        for record in self.search(config, "one",
                                  "(objectClass=olcMdbConfig)", "olcSuffix"):
            value = record.first("olcsuffix")
            if value is not None and value.lower() == suffix.lower():
                return record.dn
        return None

    def apply(self, text):
        done = subprocess.run(["/usr/bin/ldapmodify", "-a", *self.login],
                              input=text.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        sys.stdout.write(done.stdout.decode("utf-8", "replace"))
        if done.returncode != 0:
            note("FAILED (%d): %s\n%s" % (
                done.returncode, text.splitlines()[0],
                done.stdout.decode("utf-8", "replace")))
        return done.returncode

    def actual(self, dn):
        """The overlay a test means by that DN, where it now stands."""
        match = OVERLAY.match(dn)
        if not match or match[1] is None:
            return dn
        same = [o[2] for o in self.overlays(match[3])
                if o[1] == match[2].lower()]
        return same[0] if len(same) == 1 else dn


def guard_database(server, record):
    """After a test has added a database."""
    suffix = record.first("olcsuffix")
    config = DATABASE.match(record.dn)[1]
    if suffix is None or \
            (record.first("olclastmod") or "").upper() == "FALSE":
        note("left off: %s" % suffix)
        return
    # the module asks for core; one test adds databases before any schema
    if not server.search("cn=schema," + config, "one", "(cn=*core)", "1.1"):
        note("left off: %s: no schema loaded yet" % suffix)
        return
    if not server.has_module(config):
        number = "" if config.lower() == "cn=config" else \
            "{%d}" % server.modules(config)
        server.apply(module_record(config, number))
    database = server.database_of(config, suffix) or record.dn
    if server.apply(overlay_record(database, len(server.overlays(database)),
                                   suffix)) == 0:
        note("on: " + suffix)


def name_replicas(server, database):
    """After a database has become a provider."""
    for _, name, dn in server.overlays(database):
        if name == "custreg" and REPLICAS and not server.search(
                dn, "base", "(olcCrReplica=*)", "1.1"):
            server.apply("dn: %s\nchangetype: modify\nadd: olcCrReplica\n"
                         "%s" % (dn, "".join("olcCrReplica: %s\n" % r
                                             for r in REPLICAS)))


def prepared_record(server, record):
    """What a record must be now that custreg stands among the overlays."""
    match = OVERLAY.match(record.dn)
    if record.change() == "delete" and DATABASE.match(record.dn):
        for _, name, dn in server.overlays(record.dn):
            if name == "custreg":
                server.apply("dn: %s\nchangetype: delete\n" % dn)
        return record.text
    if not match or match[2].lower() == "custreg":
        return record.text
    if record.change() != "add":
        return record.with_dn(server.actual(record.dn))
    ours = [o for o in server.overlays(match[3]) if o[1] == "custreg"]
    if not ours:
        return record.text
    name, place = match[2].lower(), ours[0][0]
    if name in REFUSED:
        note("taken off: %s: %s" % (match[3], name))
        server.apply("dn: %s\nchangetype: delete\n" % ours[0][2])
        return record.text
    if name in ABOVE:
        return record.text if match[1] is None else \
            at_index(record, int(match[1]) + 1)
    return at_index(record, min(place, int(match[1] or place)))


def run_client(tool, arguments, text=None):
    command = ["/usr/bin/" + tool, *arguments]
    sys.stdout.flush()
    if text is None:
        os.execv(command[0], command)
    return subprocess.run(command, input=text, check=False).returncode


def modify(tool, arguments, pairs, rest):
    """Record by record, since what a record must be depends on the last."""
    files = [value for letter, value in pairs if letter == "f"]
    if files:
        with open(files[-1], "rb") as source:
            data = source.read()
    else:
        data = sys.stdin.buffer.read()
    text = data.decode("utf-8", "surrogateescape")
    adds = tool == "ldapadd" or ("a", None) in pairs
    parts = records(text)
    if not any(DATABASE.match(r.dn) or OVERLAY.match(r.dn) for r in parts):
        return run_client(tool, arguments, None if files else data)
    plain = []
    for letter, value in pairs:
        if letter != "f":
            plain.append("-" + letter)
            if value is not None:
                plain.append(value)
    server, status = Server(pairs), 0
    for record in parts:
        if record.first("changetype") is None and not adds:
            record.values.append(("changetype", "modify"))
        if OVERLAY.match(record.dn) or DATABASE.match(record.dn):
            ready = prepared_record(server, record)
        else:
            ready = record.text
        done = run_client(tool, plain + rest,
                          ready.encode("utf-8", "surrogateescape"))
        status = status or done
        if done == 0 and record.change() == "add" and \
                DATABASE.match(record.dn):
            guard_database(server, record)
        match = OVERLAY.match(record.dn)
        if done == 0 and record.change() == "add" and match and \
                match[2].lower() == "syncprov":
            name_replicas(server, match[3])
        if done != 0 and ("c", None) not in pairs:
            break
    return status


def client(tool, arguments):
    pairs, rest = split_arguments(arguments)
    if tool in ("ldapadd", "ldapmodify"):
        return modify(tool, arguments, pairs, rest)
    server = Server(pairs)
    changed = [server.actual(word) if OVERLAY.match(word) else word
               for word in arguments]
    return run_client(tool, changed)


def main():
    global TOOL
    mode = sys.argv[1]
    if mode == "client":
        TOOL = sys.argv[2]
        return client(TOOL, sys.argv[3:])
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    text = conf(text) if mode == "conf" else offline(text)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    return 0


TOOL = ""
if __name__ == "__main__":
    sys.exit(main())
