"""What an erasure costs, out of the raw numbers of the benchmark."""
from collections import defaultdict
from statistics import median


def spread(values, form="{:.2f}"):
    return (f"{form.format(median(values))} "
            f"({form.format(min(values))}–{form.format(max(values))})")


def each(rows, workload, server, sign):
    """Per round, per request: milliseconds, or requests a second."""
    found = {}
    for row in rows:
        if row["workload"] == workload and row["server"] == server:
            one = int(row["ns"]) / int(row["requests"])
            found[int(row["round"])] = one / 1e6 if sign < 0 else 1e9 / one
    return found


def ratios(above, below):
    return [above[r] / below[r] for r in sorted(above) if r in below]


def line(rows, workload, target, sign, what, form):
    bare = each(rows, workload, "bare", sign)
    guard = each(rows, workload, "guard-erase", sign)
    ratio = ratios(guard, bare)
    if not ratio:
        return []
    met = median(ratio) <= target if sign < 0 else median(ratio) >= target
    return [[what, spread(bare.values(), form), spread(guard.values(), form),
             spread(ratio), f"{'≤' if sign < 0 else '≥'} {target:.2f}",
             "met" if met else "missed"]]


def beside(rows, server):
    """Searches beside a bulk, as a part of those beside nothing."""
    quiet = median(each(rows, "searches", server, 1).values())
    return [n / quiet for n in
            each(rows, "searches-beside", server, 1).values()]


def adds(rows):
    at = {r["server"]: r for r in rows if r["workload"] == "add"}
    if len(at) != 2:
        return
    none = int(at["guard-none"]["instructions"])
    many = int(at["guard-suppress"]["instructions"])
    print(f"Instructions of an add: {none:,} with no suppression, {many:,} "
          f"with {int(at['guard-suppress']['requests']):,}: "
          f"{many / none:.3f} (target ≤ 1.05, "
          f"{'met' if many / none <= 1.05 else 'missed'}).\n")


def report(raw, table):
    rows = [row for row in raw if row["part"] == "erase"]
    if not rows:
        return
    timed = defaultdict(list)
    for row in rows:
        timed[row["workload"]].append(row)
    print("## Erasure\n")
    print("Beside deletes of the same entries on bare slapd, both with fsync. "
          "From the request until all orders are settled: every entry is gone, "
          "and all that names it. 50 children: one customer after the other, "
          "as ldapdelete -r. Bulk: 8 at once; bare: one delete after the "
          "other. Median and (lowest–highest) of the rounds.\n")
    lines = line(timed["wide"], "wide", 2, -1, "50 children, ms", "{:.1f}")
    lines += line(timed["bulk"], "bulk", 0.5, 1, "bulk, customers/s",
                  "{:.0f}")
    table(["", "bare", "guard", "ratio", "target", ""], lines)
    if timed["searches-beside"]:
        bare, guard = beside(rows, "bare"), beside(rows, "guard-erase")
        table(["searches beside a bulk, of those beside nothing", "share"],
              [["bare, deletes", spread(bare)],
               ["guard, erasures (target ≥ 0.80)", spread(guard)]])
    dry = [int(r["ns"]) / 1e6 for r in timed["dry-run"]]
    if dry:
        print(f"Dry run, 50 children: {spread(dry)} ms (target ≤ 2, "
              f"{'met' if median(dry) <= 2 else 'missed'}).\n")
    adds(rows)
