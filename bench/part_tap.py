# SPDX-License-Identifier: ISC
"""part_tap.py - a TAP: UDP both ways beside a bare loop of calls, ping beside a veth pair

All in network namespaces of its own, which end with it; needs root and /dev/net/tun.
"""

import os
import re
import shutil
import subprocess

TAP = "tapb"
SETTING = f"""set -e
ip link set lo up
ip tuntap add mode tap name {TAP}
ip link set {TAP} address 02:00:00:00:09:01
ip address add 10.9.0.1/24 dev {TAP}
ip link set {TAP} up
ip neigh add 10.9.0.2 lladdr 02:00:00:00:09:02 dev {TAP} nud permanent
"""


def why_not():
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "needs root and /dev/net/tun"
    for program in ("ip", "unshare", "ping"):
        if not shutil.which(program):
            return f"{program} is not installed"
    return None


def in_namespace(script, limit):
    r = subprocess.run(["unshare", "--net", "--fork", "--kill-child", "sh", "-c", script],
                       capture_output=True, text=True, timeout=limit, check=False)
    return r.stdout if r.returncode == 0 else None


def tap(bench):
    bench.heading("tap: UDP of 1,472 octets, thousands a CPU second of the one who reads or writes")
    reason = why_not()
    if reason:
        print(f"  left out: {reason}")
        return
    for way in ("receive", "send"):
        rows = {"floor": [], "nod": []}
        for i in range(bench.args.rounds):
            for name in rows if i % 2 == 0 else reversed(rows):
                out = in_namespace(
                    f"{SETTING}exec {bench.tool('tap')} {name} {way} {TAP} --ms {bench.args.ms}",
                    60 + bench.args.ms / 100)
                found = re.search(r'"per_cpu_s": ([0-9]+)', out or "")
                if found:
                    rows[name].append({"per_cpu_s": float(found[1])})
        for name, r in rows.items():
            if len(r) < bench.args.rounds:
                bench.broke(f"{way}, {name}", f"{bench.args.rounds - len(r)} rounds failed")
                return
            bench.row(f"{way}, {name}", f"{bench.median(r, 'per_cpu_s') / 1e3:.0f}")
        bench.target(f"tap, {way}: nod / a bare loop",
                     bench.ratio(rows["nod"], rows["floor"], "per_cpu_s"), 0.9)
    ping(bench)


# ---- ping -------------------------------------------------------------------------------------

VETH = """set -e
ip link add veth0 type veth peer name veth1
unshare --net sleep 1000 &
pid=$!
until [ "$(readlink /proc/$pid/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link set veth1 netns $pid
ip address add 10.9.0.1/24 dev veth0
ip link set veth0 up
nsenter -t $pid -n sh -c 'ip address add 10.9.0.2/24 dev veth1; ip link set veth1 up'
ping -q -c 20 -i 0.01 -w 5 10.9.0.2 > /dev/null
ping -q -c {n} -A -w 20 10.9.0.2
kill $pid
"""
UP = SETTING + """{nod} up --net tap:{tap},10.9.0.2/24 > /dev/null 2>&1 &
pid=$!
ip neigh del 10.9.0.2 dev {tap}
until ping -q -c 1 -W 1 10.9.0.2 > /dev/null; do kill -0 $pid; done
ping -q -c 20 -i 0.01 -w 5 10.9.0.2 > /dev/null
ping -q -c {n} -A -w 20 10.9.0.2
kill $pid
"""


def ping(bench):
    """The round trip as ping tells it: the least, and the mean."""
    n = max(20, bench.args.ms)
    scripts = {"kernel, veth": VETH.format(n=n),
               "nod up, TAP": UP.format(n=n, nod=bench.nod, tap=TAP)}
    results = {name: [] for name in scripts}
    for i in range(max(1, bench.args.rounds // 2)):
        for name in scripts if i % 2 == 0 else reversed(scripts):
            out = in_namespace(scripts[name], 60)
            found = re.search(r"= ([0-9.]+)/([0-9.]+)/", out or "")
            if not found:
                bench.broke(name, "no answers")
                return
            results[name].append({"least": float(found[1]) * 1e3, "mean": float(found[2]) * 1e3})
    bench.heading("ping: round trips over a TAP to nod up, and over veth to the kernel, us")
    bench.row("", "least", "mean")
    for name, r in results.items():
        bench.row(name, f"{bench.median(r, 'least'):.0f}", f"{bench.median(r, 'mean'):.0f}")
    bench.target("ping: nod over a TAP / the kernel over veth, mean",
                 bench.ratio(results["nod up, TAP"], results["kernel, veth"], "mean"), 1.3,
                 at_least=False)
