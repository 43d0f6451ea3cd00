# SPDX-License-Identifier: ISC
"""part_stack.py - the stack beside the kernel's and lwIP: UDP over a memory wire

One thread sends and receives.  stack_nod, stack_kernel and stack_lwip do the same job; each
prints datagrams a second of the thread's own CPU time.  `quiet` is what the best tenth of the
slices reaches: what the machine can do while nobody else is at work on the core.
"""

import statistics

SIZES = (64, 1472)
NOD = (("nod, a call each", "one"), ("nod, mmsg", "mmsg"), ("nod, borrowed", "borrow"),
       ("nod, GSO, cut", "gso"), ("nod, GSO, whole", "whole"))
KERNEL = (("kernel, a call each", "one"), ("kernel, mmsg", "mmsg"), ("kernel, GSO/GRO", "gso"))
SINK = "nod, events told"  # to a sink that counts them; in the other rows there is none
LEAST = {64: 8e6, 1472: 5e6}  # datagrams a second


def lwip(bench):
    """[(row's name, program, way)] and what to say of it when it is not there."""
    if bench.args.no_peers:
        return [], "left out"
    if not bench.has_tool("stack_lwip"):
        return [], "not built: liblwip-dev is not installed, left out"
    version = bench.load("stack_lwip", "--ms", 1)["version"]
    return [("lwIP, raw API", "stack_lwip", "one")], \
        f"{version} (Debian's liblwip: pbufs by malloc, checksum on copy), one stack, two netifs"


def stack(bench):
    others, said = lwip(bench)
    print(f"\n  lwIP: {said}\n  kernel: loopback, which makes and checks no checksums; "
          "nod and lwIP do, but for \"whole\"")
    for size in SIZES:
        bench.heading(f"stack: UDP, {size} octets, 32 datagrams at a time, one thread, "
                      "both ends; millions a CPU second")
        rows = [(n, "stack_nod", w) for n, w in NOD] + others + \
            [(n, "stack_kernel", w) for n, w in KERNEL]
        programs = {n: (tool, "--way", w, "--size", size, "--ms", bench.args.ms)
                    for n, tool, w in rows}
        programs[SINK] = (*programs["nod, a call each"], "--sink")
        results = bench.rounds_of(programs)
        bench.row("", "median", "quiet", "x kernel", "allocations", "at a time")
        kernel = results["kernel, a call each"]
        for name in programs:
            r = results[name]
            if bench.is_broken(name, r):
                continue
            lost = sum(x["allocations"] for x in r) if "allocations" in r[0] else "-"
            bench.row(name, f"{bench.median(r, 'per_cpu_s') / 1e6:.2f}",
                      f"{max(x['quiet_cpu_s'] for x in r) / 1e6:.2f}",
                      f"{bench.ratio(r, kernel, 'per_cpu_s'):.1f}", lost, r[0]["batch"])
        goals(bench, size, results)


def goals(bench, size, results):
    best = max(("nod, a call each", "nod, mmsg"),
               key=lambda n: bench.quiet(results[n], "quiet_cpu_s"))
    bench.target(f"stack, {size} octets: million datagrams a CPU second, quiet ({best})",
                 bench.quiet(results[best], "quiet_cpu_s") / 1e6, LEAST[size] / 1e6, " M")
    plain = results["nod, a call each"]
    if isinstance(plain, list):
        bench.target(f"stack, {size} octets: allocations a million datagrams",
                     statistics.median(x["allocations"] * 1e6 / x["packets"] for x in plain),
                     0.5, at_least=False)
