# SPDX-License-Identifier: ISC
"""part_taptcp.py - TCP over a TAP: nod beside the kernel over veth, the peer being the kernel

All in network namespaces of its own, which end with it; needs root and /dev/net/tun.  Who
answers has one core, the load another.  CPU seconds are the answering thread's: what the kernel
does for veth in other contexts is not in them.  And two stacks on a TAP of two queues beside one.
"""

import json
import os

from part_tap import SETTING, TAP, in_namespace, why_not

TO_NOD = SETTING.replace("ip neigh add 10.9.0.2 lladdr 02:00:00:00:09:02 dev " + TAP +
                         " nud permanent\n", "") + \
    "serve='{tool} nod " + TAP + " 10.9.0.2'\n"
TO_KERNEL = """set -e
ip link add veth0 type veth peer name veth1
unshare --net sleep 1000 > /dev/null &
other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link set veth1 netns $other
ip address add 10.9.0.1/24 dev veth0
ip link set veth0 up
nsenter -t $other -n sh -c 'ip address add 10.9.0.2/24 dev veth1; ip link set veth1 up'
serve="nsenter -t $other -n {tool} kernel 10.9.0.2"
"""
LOAD = """dir=$(mktemp -d)
trap 'rm -rf $dir; [ -z "$other" ] || kill $other' EXIT
mkfifo $dir/in
taskset -c {first} $serve < $dir/in > $dir/cpu &
pid=$!
exec 3> $dir/in
until [ -s $dir/cpu ]; do kill -0 $pid; done
taskset -c {last} {tool} load 10.9.0.2 {what} --ms {ms}
exec 3>&-
wait $pid
cat $dir/cpu
"""
LOADS_MANY = 8  # at once: so that the hash spreads them
MANY = TO_NOD.replace("mode tap name", "mode tap multi_queue name").replace(
    "10.9.0.2'", "10.9.0.2 {n}'")
LOADS = LOAD.replace("taskset -c {first} ", "").replace(
    "taskset -c {last} {tool} load 10.9.0.2 {what} --ms {ms}\n",
    f"for i in $(seq {LOADS_MANY}); do" + " {tool} load 10.9.0.2 {what} --ms {ms} &"
    " loads=\"$loads $!\"; done\n"
    "for i in $loads; do wait $i; done\n")
WHATS = (  # what, as people read it, a figure of how many a second, unit, goal, better is more
    ("in", "into the stack, Gbit/s", lambda x: x * 8 / 1e9),
    ("out", "out of the stack, Gbit/s", lambda x: x * 8 / 1e9),
    ("chat", "ping-pong of 64 octets, thousands/s", lambda x: x / 1e3),
    ("connect", "connect+request+close, thousands/s", lambda x: x / 1e3),
)


def once(bench, setting, what):
    """{"per_s", "done", "cpu_s"}; None: it failed."""
    cores = sorted(os.sched_getaffinity(0))
    script = (setting + LOAD).format(tool=bench.tool("tap_tcp"), what=what, ms=bench.args.ms,
                                     first=cores[0], last=cores[-1])
    out = in_namespace(script, 60 + bench.args.ms / 100)
    lines = (out or "").split("\n")
    if len(lines) < 3:
        return None
    result = json.loads(lines[0])
    result["cpu_s"] = int(lines[2]) / 1e9
    return result


def taptcp(bench):
    reason = why_not()
    bench.heading("taptcp: TCP from the kernel to nod over a TAP, and to the kernel over veth")
    if reason:
        print(f"  left out: {reason}")
        return
    settings = {"nod": TO_NOD, "kernel": TO_KERNEL}
    bench.row("", "nod", "kernel", "nod / kernel", "CPU s: nod", "kernel")
    for what, text, show in WHATS:
        rows = {name: [] for name in settings}
        for i in range(bench.args.rounds):
            for name in settings if i % 2 == 0 else reversed(settings):
                r = once(bench, settings[name], what)
                if r is None:
                    bench.broke(f"{what}, {name}", "the run failed")
                    bench.failed.append(f"taptcp, {what}: {name} failed")
                    rows = None
                    break
                r["cpu_each"] = r["cpu_s"] / r["done"] * (1e9 if what in ("in", "out") else 1e6)
                rows[name].append(r)
            if rows is None:
                break
        if rows is None:
            continue
        ratio = bench.ratio(rows["nod"], rows["kernel"], "per_s")
        bench.row(text, f"{show(bench.median(rows['nod'], 'per_s')):.2f}",
                  f"{show(bench.median(rows['kernel'], 'per_s')):.2f}", f"{ratio:.2f}",
                  f"{bench.median(rows['nod'], 'cpu_each'):.3f}",
                  f"{bench.median(rows['kernel'], 'cpu_each'):.3f}")
        bench.target(f"taptcp, {text}: nod / kernel", ratio, 1 / 1.3 if what == "chat" else 0.9)
        if what in ("in", "out"):
            bench.target(f"taptcp, {what}: CPU a gigabyte, nod / kernel",
                         bench.ratio(rows["nod"], rows["kernel"], "cpu_each"), 1, at_least=False)
    print("  CPU s: of who answers, a gigabyte, or a million of them")
    queues(bench)


# ---- two queues -------------------------------------------------------------------------------

def busiest(bench, n):
    """Connections, with their requests, a CPU second of the busiest of @n stacks; None: failed."""
    script = (MANY + LOADS).format(tool=bench.tool("tap_tcp"), what="connect", ms=bench.args.ms,
                                   n=n)
    words = (in_namespace(script, 60 + bench.args.ms / 100) or "").split("\n")
    done = [json.loads(word)["done"] for word in words if word.startswith("{")]
    cpu = [int(word) for word in words if word.isdecimal()]
    if len(done) != LOADS_MANY or len(cpu) != n:
        return None
    return {"per_cpu_s": sum(done) * 1e9 / max(cpu)}


def queues(bench):
    """With two cores the load is on them, too: what is judged is no time, but what a core does."""
    rows = {1: [], 2: []}
    for i in range(bench.args.rounds):
        for n in rows if i % 2 == 0 else reversed(rows):
            r = busiest(bench, n)
            if r is None:
                bench.broke(f"{n} queues", "the run failed")
                bench.failed.append(f"taptcp, {n} queues: failed")
                return
            rows[n].append(r)
    bench.heading("taptcp: stacks, each with a queue of the TAP and a thread; thousands of "
                  "connections with a request, a CPU second of the busiest")
    for n, r in rows.items():
        bench.row(f"{n} of them", f"{bench.median(r, 'per_cpu_s') / 1e3:.1f}")
    bench.target("taptcp, two stacks / one", bench.ratio(rows[2], rows[1], "per_cpu_s"), 1.7)
