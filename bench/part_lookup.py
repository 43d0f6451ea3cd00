# SPDX-License-Identifier: ISC
"""part_lookup.py - what finding costs: few entries and as many as there may be

Judged is `hot`: the same few of all are asked for, so that it is the tables and not the
machine's caches that are measured.  `cold` asks for any, and has the cache misses in it.
"""

KINDS = (  # what, few, many
    ("sockets-named", 10, 1_000_000),
    ("sockets-connected", 10, 1_000_000),
    ("neighbours", 10, 4096),
    ("routes", 10, 100_000),
    ("timers", 10, 1_000_000),
)


def lookup(bench):
    bench.heading("lookup: ns of CPU time for a datagram to or by one of so many, whole way "
                  "through the stack")
    share = bench.args.lookup_share
    rounds = max(1, bench.args.rounds // 2)
    bench.row("", "entries", "hot", "cold")
    for what, few, many in KINDS:
        many = max(few, many // share)
        results = bench.rounds_of({n: ("lookup", what, n, "--ms", bench.args.ms // 5 or 1)
                                   for n in (few, many)}, rounds)
        broken = False
        for n in (few, many):
            broken |= bench.is_broken(f"{what}, {n:,}", results[n])
            if not broken:
                bench.row(what, f"{n:,}", f"{bench.median(results[n], 'hot'):.0f}",
                          f"{bench.median(results[n], 'cold'):.0f}" if "cold" in results[n][0]
                          else "-")
        bench.target(f"{what}, {many:,} / {few}, hot",
                     bench.ratio(results[many], results[few], "hot"), 1.5, at_least=False)
        if what == "timers" and not broken:
            print(f"     one of {many:,} set, moved along and fired: "
                  f"{bench.median(results[many], 'fire'):.0f} ns")
    growth(bench, 1_000_000 // share)


def growth(bench, n):
    results = bench.rounds_of({"growth": ("lookup", "growth", n)}, max(1, bench.args.rounds // 3))
    if bench.is_broken("growth", results["growth"]):
        return
    bench.target(f"growth: the slowest of {n:,} sockets to be made",
                 min(r["worst_us"] for r in results["growth"]), 2000, " us", at_least=False)
    print(f"     on average {bench.median(results['growth'], 'mean') / 1e3:.2f} us; the tenth "
          f"slowest {bench.median(results['growth'], 'tenth_worst_us'):.0f} us")
