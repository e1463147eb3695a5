"""The part of the report that is about the read log."""
from collections import defaultdict
from statistics import median

# time per request, as ratio to bare
TARGETS = {
    ("guard-log", "point", "32"): 1.30,
    ("guard-log", "listing", "1"): 0.60,
    ("guard-log", "listing", "8"): 0.60,
    ("guard-log", "export", "1"): 0.45,
    ("guard-flush", "point", "32"): 0.90,
    ("guard-flush", "listing", "1"): 0.50,
    ("guard-flush", "listing", "8"): 0.50,
    ("guard-flush", "export", "1"): 0.45,
}
# name in the raw results: words, target (positive: at least; negative: at most)
FIGURES = [
    ("point-bytes", "log directory, bytes of tiles per point read", -200),
    ("listing-bytes", "log directory, bytes of tiles per entry listed", -24),
    ("index-index-file", "index file, bytes per entry read", -40),
    ("index-index-used", "index, bytes used per entry read", 0),
    ("index-tree", "building the tiles of the generated log", 0),
    ("rebuilt-rebuild", "building its index anew", 0),
    ("rebuilt-index-file", "index file made anew, bytes per entry read", -40),
    ("index-subject-hits", "hits of a question about a subject", 0),
    ("index-subject-p50", "a question about a subject, warm, median", -5),
    ("index-subject-worst", "the same, slowest of 50", 0),
    ("index-subject-first", "the same, first time, mean", 0),
    ("rebuilt-subject-p50", "the same, index made anew, median", -5),
    ("rebuilt-subject-processor", "the same, processor time", -5),
    ("rebuilt-reader-of-an-hour", "all a reader read in an hour", 0),
    ("verify-1-threads", "custreg log verify, one thread", 2000000),
    ("verify-1-processor", "the same, by processor time", 2000000),
    ("verify-2-threads", "custreg log verify, two threads", 4000000),
    ("append-one-waiter-p50", "append and wait, one thread, median", 0),
    ("append-one-waiter-p99", "the same, 99th percentile", 0),
    ("append-file-overwritten-p50", "512 bytes and fdatasync, alone", 0),
    ("append-durable-1-waiters", "durable appends, 1 waiter", 0),
    ("append-durable-4-waiters", "durable appends, 4 waiters", 0),
    ("append-durable-16-waiters", "durable appends, 16 waiters", 20000),
    ("append-append-call", "one append, without waiting", 0),
    ("append-batched-points", "point records in batches, durable", 0),
    ("append-batched-listings", "entries in batches, durable", 1000000),
    ("append-batched-points-integrated", "the same, into tiles and index", 0),
    ("append-flush-durable-16-waiters", "appends to the kernel, 16 threads", 0),
]


def number(text):
    return int(text) if text else 0


def per_request(row, field):
    return number(row[field]) / max(1, number(row["requests"]))


def spread(values):
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def judged(value, target):
    if not target:
        return ["", ""]
    met = value >= target if target > 0 else value <= -target
    return [f"{'≥' if target > 0 else '≤'} {abs(target):,}",
            "met" if met else "**missed**"]


def by_batch(rows):
    batches = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        key = (row["reader"], row["workload"], row["clients"])
        batches[key][row["round"]][row["server"]] = row
    return batches


def later(row):
    """With what the server still did after the last answer."""
    return (number(row["ns"]) + number(row["after_ns"])) / \
        max(1, number(row["requests"]))


def cpu(row):
    return (number(row["cpu_ns"]) + number(row["after_ns"])) / \
        max(1, number(row["requests"]))


def ratios(rounds, server, cost, base="bare"):
    return [cost(r[server]) / cost(r[base]) for r in rounds.values()
            if server in r and base in r]


def ratio_table(batches, servers, table, cost, title, words, targets):
    lines = []
    for (wire, kind, clients), rounds in batches.items():
        bare = median([cost(r["bare"]) for r in rounds.values()]) / 1000
        line = [wire, kind, clients, f"{bare:,.1f}"]
        for server in servers:
            values = ratios(rounds, server, cost)
            if not values:
                line.append("")
                continue
            text = spread(values)
            target = TARGETS.get((server, kind, clients))
            if targets and target and wire == "plain":
                met = median(values) <= target
                text += f" ≤ {target:.2f} {'met' if met else '**missed**'}"
            line.append(text)
        lines.append(line)
    print(f"### {title}\n")
    print(f"{words}\n")
    table(["wire", "workload", "clients", "bare, µs"] + servers, lines)


def to_guard(batches, servers, table):
    lines = []
    for (wire, kind, clients), rounds in batches.items():
        values = [ratios(rounds, s, later, "guard") for s in servers]
        lines.append([wire, kind, clients] +
                     [spread(v) if v else "" for v in values])
    print("### The same, as ratios to the guard without a log\n")
    table(["wire", "workload", "clients"] + servers, lines)


def latencies(batches, servers, table):
    lines = []
    for (wire, kind, clients), rounds in batches.items():
        if kind != "point":
            continue
        line = [wire, kind, clients]
        for server in servers:
            rows = [r[server] for r in rounds.values() if server in r]
            if not rows:
                line.append("")
                continue
            p50 = median(number(r["p50_ns"]) for r in rows) / 1000
            p99 = median(number(r["p99_ns"]) for r in rows) / 1000
            line.append(f"{p50:,.0f} / {p99:,.0f}")
        lines.append(line)
    print("### Point searches, median and 99th percentile, µs\n")
    print("Of the rounds, the median each.\n")
    table(["wire", "workload", "clients"] + servers, lines)


def single_client(batches):
    rounds = batches.get(("plain", "point", "1"))
    if not rounds:
        return
    more = [(number(r["guard-log"]["p50_ns"]) - number(r["bare"]["p50_ns"])) /
            1000 for r in rounds.values()]
    met = "met" if median(more) <= 250 else "**missed**"
    print(f"- one client, point, median: bare + {median(more):,.0f} µs "
          f"({min(more):,.0f}–{max(more):,.0f}), target ≤ 250: {met}")


def beside_accesslog(batches):
    for clients in ("32", "1"):
        rounds = batches.get(("plain", "point", clients))
        if not rounds or "accesslog" not in next(iter(rounds.values())):
            continue
        times = [later(r["accesslog"]) / later(r["guard-log"])
                 for r in rounds.values()]
        verdict = ""
        if clients == "32":
            verdict = ", target ≥ 10: " + (
                "met" if median(times) >= 10 else "**missed**")
        print(f"- point, {clients} at once: {spread(times)} times as fast as "
              f"slapo-accesslog synced{verdict}")


def figures(raw, table):
    at = {r["workload"]: r for r in raw if r["part"] == "figure"}
    lines = []
    for name, words, target in FIGURES:
        if name not in at:
            continue
        value = float(at[name]["value"])
        text = f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
        lines.append([words, f"{text} {at[name]['unit'] or ''}".strip()] +
                     judged(value, target))
    if lines:
        print("### Sizes, proofs, questions, and the library alone\n")
        table(["what", "measured", "target", ""], lines)


def report(raw, table):
    rows = [r for r in raw if r["part"] == "log"]
    if rows:
        batches = by_batch(rows)
        order = ["bare", "bare2", "guard", "guard-log", "guard-flush",
                 "guard-wait", "accesslog", "accesslog-nosync"]
        servers = [s for s in order if any(r["server"] == s for r in rows)]
        others = servers[1:]
        print("## The read log\n")
        print("guard-log: fsync and barrier, as it is without settings; "
              "guard-flush: records handed to the kernel, barrier; "
              "guard-wait: fsync without barrier, the worker waits; "
              "accesslog: slapd bare with slapo-accesslog `logops reads`, "
              "-nosync with dbnosync. All are asked in turn by mikko, who has "
              "one customer in ten hidden from him; bare returns those too. "
              "tls: ldaps; sasl: DIGEST-MD5 with its security layer. All "
              "directories are on one disk.\n")
        ratio_table(batches, others, table, later,
                    "Time per request, as ratios to bare in the same round",
                    "On the wall, median and (lowest–highest) of the rounds, "
                    "with the target of the issue. The processor time that a "
                    "server used after its last answer (tiles, index) is "
                    "added to it.", True)
        to_guard(batches, [s for s in servers if s.startswith("guard-")],
                 table)
        ratio_table(batches, others, table, cpu,
                    "Processor time of slapd per request, as ratios to bare",
                    "All threads, also after the last answer.", False)
        latencies(batches, servers, table)
        single_client(batches)
        beside_accesslog(batches)
        print()
    figures(raw, table)
