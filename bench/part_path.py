# SPDX-License-Identifier: ISC
"""part_path.py - TCP over a simulated path: goodput beside CUBIC's model, and fairness

Simulated time: what is measured depends on the seed alone, and not on the machine.
"""

import statistics

LOSS = ("--rate", 1000, "--delay", 50, "--loss", 100, "--queue", 1000, "--seconds", 100)
SHARED = (  # what, options, the goal
    ("20 ms, queue of a round trip, 60 s", ("--delay", 10, "--queue", 165, "--seconds", 60), True),
    ("20 ms, a quarter of that queue, 60 s", ("--delay", 10, "--queue", 41, "--seconds", 60), True),
    ("100 ms, queue of a round trip, 60 s", ("--delay", 50, "--queue", 826, "--seconds", 60),
     False),
    ("100 ms, queue of a round trip, 600 s", ("--delay", 50, "--queue", 826, "--seconds", 600),
     False),
)


def path(bench):
    seeds = range(1, 1 + max(3, bench.args.rounds))
    bench.heading(f"path: one flow, 1 Gbit/s, 100 ms, 0.01 % loss, 100 s; {len(seeds)} seeds")
    results = bench.rounds_of({seed: ("path", *LOSS, "--seed", seed) for seed in seeds}, 1)
    runs = []
    for seed, r in results.items():
        if bench.is_broken(f"seed {seed}", r):
            continue
        runs.append(r[0])
        print(f"  seed {seed}: {r[0]['bit_per_s'] / 1e6:.1f} Mbit/s, {r[0]['retransmitted']} segments "
              f"sent again, {r[0]['timeouts']} time-outs")
    if runs:
        model = runs[0]["model_bit_per_s"]
        print(f"  RFC 9438 5.1: (C (3 + b) / (4 (1 - b)))^(1/4) RTT^(3/4) / p^(3/4) segments a round "
              f"trip, C 0.4, b 0.7: {model / 1e6:.1f} Mbit/s")
        bench.target("path: goodput / CUBIC's model, median of the seeds",
                     statistics.median(r["bit_per_s"] for r in runs) / model, 0.9)
    bench.heading("path: 8 flows on a link of 100 Mbit/s, begun 100 ms one after another; after 20 s")
    for what, options, is_goal in SHARED:
        r = bench.rounds_of({what: ("path", "--rate", 100, "--flows", 8, *options)}, 1)[what]
        if bench.is_broken(what, r):
            continue
        print(f"  {what}: {r[0]['bit_per_s'] / 1e6:.1f} Mbit/s in all, Jain's index "
              f"{r[0]['fairness']:.3f}, {r[0]['timeouts']} time-outs")
        if is_goal:
            bench.target(f"path: Jain's index, 8 flows, {what}", r[0]["fairness"], 0.95)
