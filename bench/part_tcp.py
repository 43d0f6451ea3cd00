# SPDX-License-Identifier: ISC
"""part_tcp.py - TCP: the stack beside the kernel's and lwIP, both ends in one thread

stream_nod, stream_kernel and stream_lwip do the same jobs (stream.c), in turns, and check every
octet; tcp_many has one of nod's stacks alone, with peers made by hand, to see what it holds.  What
they print is by the thread's own CPU time.  `quiet` is what the best tenth of the
slices reaches: what the machine can do while nobody else is at work on the core.  Goals are
compared by it, ratios as the median of the rounds' ratios.
"""

KERNEL, LWIP = "kernel, loopback", "lwIP, raw API"
GIGABIT = 8 / 1e9
GIB = 1 << 30

# What smoltcp 0.13 reached beside the kernel's loopback on one core, on a quiet machine like this
# one, and so what 1.5 times smoltcp is beside the kernel in the same run.
LIKE_SMOLTCP = {"short": 0.72, "long": 1.07, "whole": 2.2}
WIRES = {"short": "MTU 1,500, checksums", "long": "64 KiB, checksums",
         "whole": "64 KiB, no checksums"}


class Part:
    def __init__(self, bench):
        self.bench = bench
        self.lwip = not bench.args.no_peers and bench.has_tool("stream_lwip")

    def say_versions(self):
        version = lambda name: self.bench.load(
            name, "--what", "bulk", "--ms", 1)["version"]
        print(f"\n  versions: nod {version('stream_nod')}; kernel {version('stream_kernel')}, loopback on one "
              "core, MTU 65,536, which makes and checks no checksums;")
        if self.lwip:
            print(f"  lwIP {version('stream_lwip')} (Debian's liblwip: MSS 1,460, window 65,535, "
                  "pbufs by malloc, checksum on copy), one stack, two netifs")
        else:
            print("  lwIP: left out" + ("" if self.bench.args.no_peers else
                                        ", liblwip-dev is not installed"))
        print("  all: one thread with both ends, socket calls, every octet compared off the clock; "
              "256 KiB\n  on their way at the most, CUBIC; nod's clock is looked at every 16 turns")

    def rounds(self, nod, *options, rounds=None, each=None):
        """{row: results} of nod's @nod = {row: options} and the others, all with @options;
        @each: more options by program."""
        each = each or {}
        more = lambda tool: (*options, *each.get(tool, ()), "--ms", self.bench.args.ms)
        programs = {name: ("stream_nod", *o, *more("stream_nod")) for name, o in nod.items()}
        programs[KERNEL] = ("stream_kernel", *more("stream_kernel"))
        if self.lwip:
            programs[LWIP] = ("stream_lwip", *more("stream_lwip"))
        return self.bench.rounds_of(programs, rounds)

    def table(self, results, show, columns=("median", "quiet", "x kernel"), more=None):
        """@show: a rate as people read it; @more(result): further cells."""
        b = self.bench
        b.row("", *columns)
        for name, r in results.items():
            if b.is_broken(name, r):
                continue
            b.row(name, show(b.median(r, "per_cpu_s")), show(b.quiet(r, "quiet_cpu_s")),
                  f"{b.ratio(r, results[KERNEL], 'quiet_cpu_s'):.2f}",
                  *(more(r[-1]) if more else ()))

    def bulk(self):
        b = self.bench
        b.heading("tcp: bulk, writes and reads of 64 KiB, Gbit a CPU second, both ends")
        results = self.rounds({f"nod, {WIRES[w]}": ("--wire", w) for w in WIRES},
                              "--what", "bulk")
        self.table(results, lambda x: f"{x * GIGABIT:.1f}")
        for w, name in WIRES.items():
            b.target(f"tcp bulk, {name}: nod / kernel (1.5 x smoltcp's {LIKE_SMOLTCP[w]})",
                     b.ratio(results[f"nod, {name}"], results[KERNEL], "quiet_cpu_s"),
                     1.5 * LIKE_SMOLTCP[w])
        b.target("tcp bulk, 64 KiB segments: nod / kernel",
                 b.ratio(results[f"nod, {WIRES['whole']}"], results[KERNEL], "quiet_cpu_s"), 2)

    def chat(self):
        b = self.bench
        for size in (1, 64):
            b.heading(f"tcp: ping-pong of {size} octet{'s'[:size > 1]}, us of CPU time a round "
                      "trip, both ends")
            results = self.rounds({"nod": ()}, "--what", "chat", "--size", size)
            self.table(results, lambda x: f"{1e6 / x:.3f}")
            if self.lwip:
                b.target(f"tcp ping-pong, {size}: nod / lwIP, time",
                         b.ratio(results[LWIP], results["nod"], "quiet_cpu_s"), 1,
                         at_least=False)

    def connect(self):
        b = self.bench
        best = 0
        for batch in (1, 16):
            b.heading(f"tcp: connect, 64 octets, an answer of 64, close; {batch} at a time, "
                      "thousands a CPU second, both ends")
            results = self.rounds({"nod": ()}, "--what", "connect", "--batch", batch)
            self.table(results, lambda x: f"{x / 1e3:.1f}")
            best = max(best, b.quiet(results["nod"], "quiet_cpu_s"))
        b.target("tcp: connect+request+close, million a CPU second, quiet", best / 1e6, 1, " M")

    def writes(self):
        b = self.bench
        for options, what, least in ((("--at-once", "--window", 2048), "TCP_NODELAY, sent at once",
                                      5), ((), "coalesced", 20)):
            b.heading(f"tcp: writes of 64 octets, {what}; millions a CPU second, both ends")
            results = self.rounds({"nod": ()}, "--what", "bulk", "--write", 64, *options)
            self.table(results, lambda x: f"{x / 64e6:.2f}",
                       ("median", "quiet", "x kernel", "segments"),
                       lambda r: (f"{r['segments'] / r['writes']:.2f} a write",))
            b.target(f"tcp writes of 64 octets, {what}: million a CPU second, quiet",
                     b.quiet(results["nod"], "quiet_cpu_s") / 64e6, least, " M")

    def hold(self):
        b = self.bench
        b.heading("tcp: connections that are silent: octets an end, and what a ping-pong with a "
                  "random 1 % costs, us")
        many = {"nod": b.args.held, "kernel": 9000, "lwip": min(9000, b.args.held)}
        results = self.rounds({"nod": ()}, "--what", "hold", rounds=max(1, b.args.rounds // 3),
                              each={f"stream_{k}": ("--n", n) for k, n in many.items()})
        b.row("", "held", "octets an end", "with 100", "with all", "all / 100")
        for name, r in results.items():
            if not b.is_broken(name, r):
                b.row(name, f"{r[-1]['held']:,}", f"{b.median(r, 'octets_an_end'):,.0f}",
                      f"{b.median(r, 'few_ns') / 1e3:.2f}", f"{b.median(r, 'many_ns') / 1e3:.2f}",
                      f"{b.median(r, 'many_ns') / b.median(r, 'few_ns'):.2f}")
        b.target("tcp: octets of a silent connection's end, all structures",
                 b.median(results["nod"], "octets_an_end"), 512, at_least=False)


    def million(self):
        b = self.bench
        n = 20 * b.args.held
        b.heading(f"tcp: {n:,} connections in one stack, or what 1 GiB holds; a random 1 % is "
                  "spoken to")
        held = ("tcp_many", "held", n, "--most", GIB, "--ms", b.args.ms)
        r = b.rounds_of({"nod": held}, 1)["nod"]
        if b.is_broken("nod", r):
            return
        print(f"  {r[0]['held']:,} held, {r[0]['octets'] / 2**20:,.0f} MiB; a packet: "
              f"{r[0]['few_ns']:.0f} ns with 100, {r[0]['many_ns']:.0f} ns with all; sent again for "
              f"want of time: {r[0]['sent_again']}")
        b.target("tcp: connections within 1 GiB", r[0]["held"], n)
        b.target("tcp: octets of a connection, all structures of the stack", r[0]["octets_each"],
                 512, at_least=False)
        b.target("tcp: a packet's cost with all / with 100", r[0]["many_ns"] / r[0]["few_ns"], 1.5,
                 at_least=False)

    def records(self):
        b = self.bench
        n = max(1000, min(100_000, b.args.held * 2))
        b.heading(f"tcp: octets of a record, {n:,} of a kind")
        slabs = kernel_slabs()
        for what, name, slab in (("half", "SYN-RECEIVED", "request_sock_TCP"),
                                 ("wait", "TIME-WAIT", "tw_sock_TCP")):
            r = b.rounds_of({name: ("tcp_many", what, n)}, 1)[name]
            if b.is_broken(name, r):
                continue
            print(f"  {name}: nod {r[0]['octets_each']:.0f} (with its place in the tables), kernel "
                  f"{slabs.get(slab, '?')} (the slab's object alone)")
            b.target(f"tcp: octets of a {name} record", r[0]["octets_each"], 96, at_least=False)


def kernel_slabs():
    """{slab: octets of an object}; needs root."""
    try:
        with open("/proc/slabinfo", encoding="ascii") as f:
            return {w[0]: w[3] for w in map(str.split, f) if len(w) > 3}
    except OSError:
        return {}


def tcp(bench):
    part = Part(bench)
    part.say_versions()
    part.bulk()
    part.chat()
    part.connect()
    part.writes()
    part.hold()
    part.million()
    part.records()
