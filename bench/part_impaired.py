# SPDX-License-Identifier: ISC
"""part_impaired.py - TCP over a path that loses: nod and Linux beside Linux and Linux

The path is `nod up --forward --impair SPEC` with a fixed seed, between two networks.  One end is
Linux's, behind a TAP; the other Linux's, too, or a stack of nod's on a cable (nod talk --raw).  The
same octets go each way, and their sum is compared; goodput is by the clock of the one who waits
for them.  All use CUBIC: with another congestion control Linux's numbers say nothing of nod's.
In network namespaces of its own; needs root and /dev/net/tun.
"""

import os
import subprocess
import tempfile

from part_tap import why_not

LOSSES = ("0", "0.1", "1", "3", "10")
DELAY = "2ms"
MIB = 1 << 20

# Whoever answers on Linux: sends or takes so many octets once, tells for how long, and their sum.
ANSWER = r"""
import hashlib, socket, sys, time
way, size = sys.argv[1], int(sys.argv[2])
l = socket.create_server(("10.2.0.1", 7000))
print("up", flush=True)
s, _ = l.accept()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
s.settimeout(300)
start = time.monotonic()
piece = bytes(range(256)) * 256
digest, done = hashlib.sha256(), 0
if way == "take":
    while True:
        data = s.recv(1 << 20)
        if not data:
            break
        digest.update(data)
        done += len(data)
else:
    while done < size:
        s.sendall(piece)
        done += len(piece)
    s.shutdown(socket.SHUT_WR)
    while s.recv(65536):
        pass
print(time.monotonic() - start, done, digest.hexdigest(), flush=True)
"""
# The same jobs by Linux at the other end; nod talk --raw does them by stdin and stdout.
CALL = r"""
import shutil, socket, sys, threading
s = socket.create_connection(("10.2.0.1", 7000), 60)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
s.settimeout(300)
def send():
    shutil.copyfileobj(sys.stdin.buffer, s.makefile("wb"), 1 << 16)
    s.shutdown(socket.SHUT_WR)
t = threading.Thread(target=send)
t.start()
while True:
    data = s.recv(1 << 20)
    if not data:
        break
    sys.stdout.buffer.write(data)
t.join()
"""
NEAR = """set -e
pids=
trap 'kill $pids 2>/dev/null || :' EXIT
ip link set lo up
ip tuntap add mode tap name near
ip tuntap add mode tap name far
{nod} up --forward --net {near} --net tap:far,10.2.0.254/24,at-once --impair '{spec}' \
	>/dev/null 2>"$D/up" &
pids=$!
until ip link show far | grep -q LOWER_UP; do ip link set far up; done
hold() {{ unshare --net sleep 1000 & eval "$1=$!"; pids="$pids $!"
	until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done; }}
hold b
ip link set far netns $b
nsenter -t $b -n sh -c 'ip address add 10.2.0.1/24 dev far; ip link set far up;
	ip route add default via 10.2.0.254'
nsenter -t $b -n python3 -c "$ANSWER" {way} {size} > "$D/told" &
told=$!
pids="$pids $!"
until grep -q up "$D/told"; do kill -0 $told; done
"""
LINUX = """hold a
ip link set near netns $a
nsenter -t $a -n sh -c 'ip address add 10.1.0.1/24 dev near; ip link set near up;
	ip route add default via 10.1.0.254'
nsenter -t $a -n python3 -c "$CALL" < {input} > "$D/got"
"""
NOD = """{nod} talk --raw --net "cable:$D/wire,10.1.0.1/24,gw=10.1.0.254,at-once" 10.2.0.1 7000 \
	< {input} > "$D/got" 2>"$D/talk"
"""
END = """wait $told
cat "$D/told"
sha256sum < "$D/got"
"""


def one(bench, who, way, percent, size, data):
    """Goodput in octets a second; None: it did not work."""
    spec = f"loss={percent}%,delay={DELAY},seed=11"
    with tempfile.TemporaryDirectory() as d:
        near = "tap:near,10.1.0.254/24,at-once" if who == "linux" else \
            f"cable:{d}/wire,10.1.0.254/24,at-once"
        words = {"nod": bench.nod, "near": near, "spec": spec, "way": way, "size": size,
                 "input": data if way == "take" else "/dev/null"}
        script = (NEAR + (LINUX if who == "linux" else NOD) + END).format(**words)
        r = subprocess.run(["unshare", "--net", "--fork", "--kill-child", "sh", "-c",
                            script], capture_output=True, text=True, timeout=900, check=False,
                           env={**os.environ, "D": d, "ANSWER": ANSWER, "CALL": CALL})
        words = r.stdout.split()
        if r.returncode or len(words) < 4:
            return None, r.stderr
        seconds, done = float(words[1]), int(words[2])
        sums = {words[3], words[4]}
        return (done / seconds if done == size and bench.sum in sums else None), sums


def impaired(bench):
    size = max(4, bench.args.ms // 25) * MIB
    bench.heading(f"TCP over a path that loses, {DELAY} each way: Mbit/s of goodput, "
                  f"{size // MIB} MiB each way")
    reason = why_not()
    if reason:
        print(f"  left out: {reason}")
        return
    with tempfile.TemporaryDirectory() as d:
        data = os.path.join(d, "octets")
        with open(data, "wb") as f:
            for _ in range(size // 65536):
                f.write(bytes(range(256)) * 256)
        bench.sum = subprocess.run(["sha256sum", data], capture_output=True, text=True,
                                   check=True).stdout.split()[0]
        bench.row("", "Linux", "nod", "ratio")
        for way, text in (("take", "sends"), ("give", "receives")):
            for percent in LOSSES:
                compare(bench, way, text, percent, size, data)


def compare(bench, way, text, percent, size, data):
    rates = {"linux": [], "nod": []}
    for i in range(max(1, bench.args.rounds // 3)):
        for who in rates if i % 2 == 0 else reversed(rates):
            rate, why = one(bench, who, way, percent, size, data)
            if rate is None:
                bench.broke(f"{who} {text}, {percent} %", str(why)[-200:])
                return
            rates[who].append({"rate": rate})
    name = f"{text}, {percent} % lost"
    linux, nod = (bench.median(rates[who], "rate") * 8e-6 for who in ("linux", "nod"))
    bench.row(name, f"{linux:.1f}", f"{nod:.1f}", f"{nod / linux:.2f}")
    bench.target(f"impaired, {name}: nod / Linux",
                 bench.ratio(rates["nod"], rates["linux"], "rate"),
                 0.9)
