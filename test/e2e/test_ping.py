# SPDX-License-Identifier: ISC
"""test_ping.py - nod ping: answers, silence, errors, and peers that answer wrongly

The wrong answers come from Answerer: a program on the other end of a cable, below its kernel,
that makes each packet by hand.
"""

import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import unittest

from nodtest import (DEADLINE, SIGINT, NetNS, Running, eventually, need, need_ipv6, need_netns,
                     need_root, run)

TIME_LIMIT = 300  # many networks or servers are made; a busy machine is slow at that

REPLY = r"64 bytes from %s: icmp_seq=%d ttl=\d+ time=[\d.]+ ms"
QUICK = {"RES_OPTIONS": "timeout:1 attempts:1"}  # the resolver need not wait long: resolv.conf(5)
RTT = r"rtt min/avg/max/mdev = [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms"


def allowed(prefix=()):
    """Whether this user may ping at all, here or inside @prefix."""
    probe = "import socket\nfor kind in socket.SOCK_DGRAM, socket.SOCK_RAW:\n" \
            "    try: socket.socket(socket.AF_INET, kind, 1); break\n" \
            "    except PermissionError: pass\nelse: raise SystemExit(1)"
    return subprocess.run([*prefix, sys.executable, "-c", probe], timeout=DEADLINE).returncode == 0


RAW, DATAGRAM = KINDS = "raw", "datagram"


def allow(ns, kind):
    """In @ns, let group 0 have ICMP datagram sockets, or no one."""
    ns.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=" + ("1 0" if kind == RAW else "0 0"))


def need_ping():
    return unittest.skipUnless(allowed(), "needs ICMP sockets: net.ipv4.ping_group_range or root")


class BadUse(unittest.TestCase):
    CASES = [
        ((), "which host?"),
        (("127.0.0.1", "::1"), "one host"),
        (("-c", "0", "::1"), "from 1"),
        (("-c", "x", "::1"), '"x"'),
        (("-c",), "needs a value"),
        (("-s", "65508", "::1"), "65507"),
        (("-t", "256", "::1"), "255"),
        (("-t", "0", "::1"), "from 1"),
        (("-i", "0", "::1"), "flood"),
        (("-i", "-1", "::1"), "not a time"),
        (("-W", "soon", "::1"), "not a time"),
        (("-4", "::1"), "no IPv4 address"),
        (("-6", "127.0.0.1"), "no IPv6 address"),
        (("-I", "a-name-too-long-for-any-interface", "::1"), "-I"),
        (("--cuont", "1", "::1"), "--count"),
    ]

    def test_told(self):
        for args, said in self.CASES:
            with self.subTest(args=args):
                r = run("ping", *args)
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertIn(said, r.err)

    def test_told_in_chinese(self):
        for args, _ in self.CASES:
            with self.subTest(args=args):
                r = run("ping", *args, lang="zh")
                self.assertEqual(r.status, 2, r)
                self.assertTrue(any("一" <= c <= "鿿" for c in r.err), r)


@need_ping()
class Loopback(unittest.TestCase):
    def test_ipv4(self):
        r = run("ping", "-c3", "-i0.01", "127.0.0.1")
        self.assertEqual((r.status, r.err), (0, ""), r)
        lines = r.lines()
        self.assertEqual(lines[0], "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.")
        for i in 1, 2, 3:
            self.assertRegex(lines[i], "^" + REPLY % (r"127\.0\.0\.1", i) + "$")
        self.assertEqual(lines[4:6], ["", "--- 127.0.0.1 ping statistics ---"])
        self.assertRegex(
            lines[6], r"^3 packets transmitted, 3 received, 0% packet loss, time \d+ms$")
        self.assertRegex(lines[7], "^" + RTT + "$")
        self.assertEqual(len(lines), 8)

    @need_ipv6()
    def test_ipv6(self):
        r = run("ping", "-c2", "-i0.01", "::1")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertEqual(r.lines()[0], "PING ::1 (::1) 56 data bytes")
        self.assertRegex(r.lines()[2], "^" + REPLY % ("::1", 2) + "$")

    @need("ping")
    def test_form_is_iputils(self):
        """Line by line, with the numbers taken out."""
        for args in (("-c2", "-i0.2", "127.0.0.1"), ("-c1", "-s100", "127.0.0.1"),
                     ("-c1", "-q", "127.0.0.1")):
            theirs = subprocess.run(["ping", *args], stdout=subprocess.PIPE, timeout=DEADLINE,
                                    env={**os.environ, "LC_ALL": "C"})
            if theirs.returncode:
                self.skipTest("ping does not work here")

            def form(text):
                return re.sub(r"[\d.]+", "N", text).strip()

            self.assertEqual(form(run("ping", *args).out), form(theirs.stdout.decode()))

    def test_chinese(self):
        r = run("ping", "-c1", "127.0.0.1", lang="zh")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertRegex(r.out, r"64 字节，来自 127\.0\.0\.1: icmp_seq=1 ttl=\d+ 时间=[\d.]+ 毫秒")
        self.assertIn("已发送 1 个包，收到 1 个，丢包率 0%", r.out)

    def test_json(self):
        r = run("ping", "-c2", "-i0.01", "--json", "127.0.0.1")
        self.assertEqual((r.status, r.err), (0, ""), r)
        one, two, summary = r.json()
        self.assertEqual((one["event"], one["icmp_seq"], one["bytes"], one["from"]),
                         ("reply", 1, 64, "127.0.0.1"))
        self.assertEqual(two["icmp_seq"], 2)
        self.assertEqual((summary["event"], summary["transmitted"], summary["received"]),
                         ("summary", 2, 2))
        times = [one["time_ms"], two["time_ms"]]
        self.assertAlmostEqual(summary["rtt_ms"]["min"], min(times), delta=0.002)
        self.assertAlmostEqual(summary["rtt_ms"]["max"], max(times), delta=0.002)
        self.assertAlmostEqual(summary["rtt_ms"]["avg"], sum(times) / 2, delta=0.002)

    def test_quiet_and_sizes(self):
        r = run("ping", "-q", "-c1", "127.0.0.1")
        self.assertNotIn("icmp_seq", r.out)
        for size in 0, 1, 16, 1000, 65507:
            r = run("ping", "-c1", "-s", str(size), "127.0.0.1")
            self.assertEqual(r.status, 0, r)
            self.assertIn("%d bytes from" % (size + 8), r.out)
            self.assertNotIn("wrong data", r.out)

    def test_name_stands_beside_the_address(self):
        r = run("ping", "-4", "-c1", "localhost")
        self.assertEqual(r.status, 0, r)
        self.assertIn("from localhost (127.", r.out)
        r = run("ping", "-4", "-n", "-c1", "localhost")
        self.assertRegex(r.out, r"from 127[\d.]+: ")

    def test_source(self):
        r = run("ping", "-c1", "-I", "127.0.0.9", "127.0.0.1")
        self.assertEqual(r.status, 0, r)
        self.assertIn("from 127.0.0.9:", r.out)
        r = run("ping", "-c1", "-I", "192.0.2.77", "127.0.0.1")
        self.assertEqual((r.status, r.out), (2, ""), r)
        self.assertIn("192.0.2.77", r.err)
        r = run("ping", "-c1", "-I", "::1", "127.0.0.1")
        self.assertEqual((r.status, r.out), (2, ""), r)

    def test_interface(self):
        r = run("ping", "-c1", "-I", "lo", "127.0.0.1")
        if "not permitted" in r.err:
            self.skipTest(r.err)
        self.assertEqual(r.status, 0, r)
        r = run("ping", "-c1", "-I", "l0", "127.0.0.1")
        self.assertEqual((r.status, r.out), (2, ""), r)
        self.assertIn('did you mean "lo"', r.err)

    def test_bad_name(self):
        r = run("ping", "-c1", "no-such-name.invalid", env=QUICK)
        self.assertEqual((r.status, r.out), (2, ""), r)
        self.assertIn("no-such-name.invalid", r.err)
        r = run("ping", "-c1", "\x1b[31m\x07", env=QUICK)
        self.assertEqual(r.status, 2)
        self.assertNotIn("\x1b", r.err)

    def test_broadcast_is_asked_for(self):
        r = run("ping", "-c1", "255.255.255.255")
        if "unreachable" in r.err:
            self.skipTest("no route for a broadcast here")
        self.assertEqual(r.status, 2, r)
        self.assertIn("-b", r.err)

    def test_interrupt_prints_the_summary(self):
        with Running("ping", "127.0.0.1") as p:
            p.out.wait("icmp_seq=1 ")
            p.signal(SIGINT)
            self.assertEqual(p.wait(), 0)
            self.assertIn("1 packets transmitted, 1 received", p.out.text())

    def test_quit_tells_how_it_stands(self):
        with Running("ping", "127.0.0.1") as p:
            p.out.wait("icmp_seq=1 ")
            p.signal(signal.SIGQUIT)
            p.err.wait(re.compile(r"1/1 packets, 0% loss, min/avg/ewma/max = "))
            p.signal(SIGINT)
            self.assertEqual(p.wait(), 0)

    def test_ends_when_no_one_reads_on(self):
        reader, writer = os.pipe()
        with Running("ping", "-i0.05", "127.0.0.1", stdout=writer) as p:
            os.close(writer)
            os.close(reader)
            p.wait()

    def test_deadline(self):
        r = run("ping", "-i0.05", "-w0.3", "127.0.0.1")
        self.assertEqual(r.status, 0, r)
        self.assertLessEqual(len(re.findall("icmp_seq", r.out)), 8)

    def test_keeps_its_pace(self):
        r = run("ping", "-q", "-c200", "-i0.002", "--json", "127.0.0.1")
        (summary,) = r.json()
        self.assertEqual((summary["received"], summary["duplicates"], summary["out_of_order"]),
                         (200, 0, 0))
        self.assertGreaterEqual(summary["time_ms"], 398)


@need_netns()
class Network(unittest.TestCase):
    """Silence, errors and routers, with either kind of socket."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.a, cls.router, cls.b = (cls.stack.enter_context(NetNS()) for _ in range(3))
        cls.a.join(cls.router, "10.1.0.1/24", "10.1.0.2/24", name="left")
        cls.router.join(cls.b, "10.2.0.1/24", "10.2.0.2/24", name="right")
        for ns, address, dev in ((cls.a, "2001:db8:1::1/64", "left"),
                                 (cls.router, "2001:db8:1::2/64", "left"),
                                 (cls.router, "2001:db8:2::1/64", "right"),
                                 (cls.b, "2001:db8:2::2/64", "right")):
            ns.run("ip", "address", "add", address, "dev", dev, "nodad")
        for ns, via4, via6 in ((cls.a, "10.1.0.2", "2001:db8:1::2"),
                               (cls.b, "10.2.0.1", "2001:db8:2::1")):
            ns.run("ip", "route", "add", "default", "via", via4)
            ns.run("ip", "-6", "route", "add", "default", "via", via6)
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
                        "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"):
            cls.router.run("sysctl", "-q", "-w", setting)

    def ping(self, *args, **more):
        return run("ping", *args, prefix=self.a.prefix, **more)

    @contextlib.contextmanager
    def by(self, kind):
        """Let ping have a socket of this kind only."""
        allow(self.a, kind)
        with self.subTest(socket=kind):
            yield

    def test_through_a_router(self):
        for kind in KINDS:
            with self.by(kind):
                r = self.ping("-c2", "-i0.01", "10.2.0.2")
                self.assertEqual(r.status, 0, r)
                self.assertIn("ttl=63", r.out)
                r = self.ping("-c1", "2001:db8:2::2")
                self.assertEqual(r.status, 0, r)
                self.assertIn("ttl=63", r.out)

    def test_hops_used_up(self):
        for kind in KINDS:
            with self.by(kind):
                r = self.ping("-c1", "-t1", "10.2.0.2")
                self.assertEqual((r.status, r.err), (1, ""), r)
                self.assertIn("From 10.1.0.2 icmp_seq=1 Time to live exceeded\n", r.out)
                self.assertIn("1 packets transmitted, 0 received, +1 errors, 100% packet loss", r.out)
                r = self.ping("-c1", "-t1", "2001:db8:2::2")
                self.assertEqual(r.status, 1, r)
                self.assertIn("From 2001:db8:1::2 icmp_seq=1 Time exceeded: Hop limit\n", r.out)
                (error, _) = self.ping("-c1", "-t1", "--json", "10.2.0.2").json()
                self.assertEqual((error["event"], error["from"], error["type"], error["code"]),
                                 ("error", "10.1.0.2", 11, 0))
                self.assertIn("TTL", self.ping("-c1", "-t1", "10.2.0.2", lang="zh").out)

    def test_router_has_no_way(self):
        """With a deadline ping ends at the first error; a router tells one a second, perhaps."""
        for kind in KINDS:
            with self.by(kind):
                r = self.ping("-w10", "-i0.2", "10.9.9.9")
                self.assertEqual((r.status, r.err), (1, ""), r)
                self.assertRegex(r.out, r"From 10\.1\.0\.2 icmp_seq=\d+ "
                                 "Destination Net Unreachable\n")
                r = self.ping("-w10", "-i0.2", "2001:db8:9::9")
                self.assertRegex(r.out, r"From 2001:db8:1::2 icmp_seq=\d+ "
                                 "Destination unreachable: No route\n")

    def test_dead_neighbour(self):
        self.a.run("sysctl", "-q", "-w", "net.ipv4.neigh.left.retrans_time_ms=50")
        for kind in KINDS:
            with self.by(kind):
                r = self.ping("-c1", "-W5", "10.1.0.99")
                self.assertEqual(r.status, 1, r)
                self.assertIn("From 10.1.0.1 icmp_seq=1 Destination Host Unreachable", r.out)

    def test_silence(self):
        self.b.run("sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1")
        self.addCleanup(self.b.run, "sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=0")
        for kind in KINDS:
            with self.by(kind):
                r = self.ping("-c3", "-i0.05", "-W0.1", "-O", "10.2.0.2")
                self.assertEqual(r.status, 1, r)
                self.assertIn("3 packets transmitted, 0 received, 100% packet loss", r.out)
                self.assertIn("no answer yet for icmp_seq=2\n", r.out)
                self.assertIn("no answer from 10.2.0.2", r.err)
                r = self.ping("-w0.2", "-i0.05", "10.2.0.2")
                self.assertEqual(r.status, 1, r)

    def test_too_big(self):
        self.router.run("ip", "link", "set", "right", "mtu", "1280")
        self.b.run("ip", "link", "set", "right", "mtu", "1280")
        self.addCleanup(self.router.run, "ip", "link", "set", "right", "mtu", "1500")
        for kind in KINDS:
            with self.by(kind):
                self.a.run("ip", "-6", "route", "flush", "cache")
                r = self.ping("-c1", "-s1400", "2001:db8:2::2")
                self.assertIn("Packet too big (mtu = 1280)", r.out)

    def test_no_route(self):
        with NetNS() as alone:
            r = run("ping", "-c1", "10.2.0.2", prefix=alone.prefix)
            self.assertEqual(r.status, 2, r)
            self.assertIn("no route to 10.2.0.2", r.err)

    def test_link_local_needs_an_interface(self):
        addresses = self.router.run("ip", "-6", "-o", "address", "show", "dev", "left",
                                    "scope", "link").stdout.decode()
        peer = re.search(r"fe80:[0-9a-f:]+", addresses).group()
        for kind in KINDS:
            with self.by(kind):
                eventually(lambda: self.ping("-c1", "-W0.5", peer + "%left").status == 0)
                r = self.ping("-c1", "-I", "left", peer)
                self.assertEqual(r.status, 0, r)

    @need_root()
    def test_not_permitted(self):
        with NetNS() as c:
            c.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=1 0")
            nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
            for lang, said in (("en", "not permitted"), ("zh", "没有权限")):
                r = run("ping", "-c1", "127.0.0.1", prefix=(*c.prefix, *nobody), lang=lang)
                if r.status == 126:
                    self.skipTest("another user cannot run the command from here")
                self.assertEqual((r.status, r.out), (2, ""), r)
                for part in said, "net.ipv4.ping_group_range", "setcap cap_net_raw":
                    self.assertIn(part, r.err)
            c.run("sysctl", "-q", "-w", "net.ipv4.ping_group_range=65534 65534")
            r = run("ping", "-c1", "127.0.0.1", prefix=(*c.prefix, *nobody))
            self.assertEqual(r.status, 0, r)
            r = run("ping", "-i0.001", "127.0.0.1", prefix=(*c.prefix, *nobody))
            self.assertEqual(r.status, 2)
            self.assertIn("2 ms", r.err)


# ---- a peer that answers wrongly ------------------------------------------------------------


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, to, payload, ttl=64):
    def header(total):
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, ttl, 1, total,
                           source, to)
    return header(checksum(header(0))) + payload


def icmp(kind, code, rest, data=b"", wrong=0):
    def message(total):
        return struct.pack("!BBH", kind, code, total) + rest + data
    return message(checksum(message(0)) ^ wrong)


def answers(how, request, count):
    """The packets to send for an echo request (an IPv4 packet); @count is which it is."""
    source, to, asked = request[12:16], request[16:20], request[20:]
    rest, data = asked[4:8], asked[8:]
    good = ipv4(to, source, icmp(0, 0, rest, data))

    def error(kind, code, word=0, quote=request[:28], sender=to):
        return ipv4(sender, source, icmp(kind, code, struct.pack("!I", word), quote))

    if how == "twice":
        return [good, good]
    if how == "swapped":  # nothing for the first, both for the second, the first's last
        answers.held.append(good)
        return answers.held[::-1] if count == 2 else []
    if how == "changed":
        return [ipv4(to, source, icmp(0, 0, rest, data[:12] + bytes([data[12] ^ 1]) + data[13:]))]
    if how == "short":
        return [ipv4(to, source, icmp(0, 0, rest, data[:10]))]
    if how == "bad-checksum":
        return [ipv4(to, source, icmp(0, 0, rest, data, wrong=1))]
    if how == "redirect":
        return [error(5, 1, 0x0a010007), good]
    if how == "prohibited":
        return [error(3, 13)]
    if how == "frag-needed":
        return [error(3, 4, 576)]
    if how == "unknown-code":
        return [error(3, 200)]
    if how == "parameter":
        return [error(12, 0, 20 << 24)]
    if how == "garbage":
        other = bytes([rest[0] ^ 0xff]) + rest[1:]
        not_asked = rest[:2] + b"\xff\xff"
        option = bytes([0x4f]) + request[1:]
        return [
            ipv4(to, source, b""), ipv4(to, source, b"\0"), ipv4(to, source, icmp(0, 0, b"")),
            ipv4(to, source, icmp(0, 0, other, data)),      # another ping's answer
            ipv4(to, source, icmp(0, 0, not_asked, data)),  # to what was never asked
            error(3, 1, quote=b""), error(3, 1, quote=request[:7]),
            error(3, 1, quote=request[:20]), error(3, 1, quote=request[:24]),
            error(3, 1, quote=option[:28]), error(3, 1, quote=b"\x60" + request[1:28]),
            error(3, 1, quote=request[:9] + b"\x11" + request[10:28]),  # about UDP
            error(3, 1, quote=request[:16] + b"\x0a\x01\x00\x63" + request[20:28]),
            error(11, 0, quote=request[:20] + icmp(8, 0, other)),
            bytes([0x46]) + good[1:], good[:2] + b"\xff\xff" + good[4:], good,
        ]
    raise ValueError(how)


answers.held = []


def answerer(how):
    """Run inside the namespace: answer IPv4 echo requests by hand, until killed."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as wire:
        wire.bind(("cable", 0))
        print("ready", flush=True)
        count = 0
        while True:
            frame = wire.recv(70000)
            packet = frame[14:]
            if len(packet) < 28 or packet[9] != 1 or packet[20] != 8:
                continue
            count += 1
            for answer in answers(how, packet, count):
                wire.send(frame[6:12] + frame[:6] + frame[12:14] + answer)


@need_netns()
class WrongAnswers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.a, cls.b = (stack.enter_context(NetNS()) for _ in range(2))
        cls.a.join(cls.b, "10.1.0.1/24", name="cable")
        mac = re.search(r"link/ether (\S+)", cls.b.run(
            "ip", "link", "show", "cable").stdout.decode()).group(1)
        cls.a.run("ip", "neighbour", "replace", "10.1.0.2", "lladdr", mac, "dev", "cable")

    @contextlib.contextmanager
    def answering(self, how):
        with subprocess.Popen(
                [*self.b.prefix, sys.executable, os.path.abspath(__file__), "answer", how],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                line = process.stdout.readline()
                if line != b"ready\n":
                    self.fail(process.stderr.read().decode())
                yield
            finally:
                process.kill()
                process.wait()

    def ping(self, how, kind, *args):
        allow(self.a, kind)
        with self.answering(how):
            return run("ping", "-i0.05", "-W2", *args, "10.1.0.2", prefix=self.a.prefix)

    def by_each(self, how, *args):
        """The results by each kind of socket."""
        return [self.ping(how, kind, *args) for kind in KINDS]

    def test_twice(self):
        for r in self.by_each("twice", "-c2"):
            self.assertEqual(r.status, 0, r)
            self.assertRegex(r.out, REPLY % (r"10\.1\.0\.2", 1) + r" \(DUP!\)\n")
            self.assertRegex(r.out, r"2 packets transmitted, 2 received, \+[12] duplicates, 0% ")

    def test_out_of_order(self):
        for r in self.by_each("swapped", "-c2"):
            self.assertEqual(r.status, 0, r)
            self.assertRegex(r.out, r"icmp_seq=2 [^\n]*ms\n[^\n]*icmp_seq=1 [^\n]*\(out of order\)\n")
            self.assertIn("2 received, +1 out of order, 0% packet loss", r.out)

    def test_changed_data(self):
        for r in self.by_each("changed", "-c1"):
            self.assertEqual(r.status, 0, r)
            self.assertRegex(r.out, r"wrong data byte #12 should be 0x[0-9a-f]+ but was 0x")
            self.assertIn("+1 corrupted", r.out)
        for r in self.by_each("changed", "-c1", "--json"):
            wrong = r.json()[0]["wrong_data"]
            self.assertEqual((wrong["at"], wrong["sent"] ^ wrong["received"]), (12, 1))

    def test_short(self):
        for r in self.by_each("short", "-c1"):
            self.assertEqual(r.status, 0, r)
            self.assertRegex(r.out, r"18 bytes from [^\n]* \(truncated\)\n")

    def test_bad_checksum(self):
        r = self.ping("bad-checksum", RAW, "-c1", "-W0.3")
        self.assertEqual(r.status, 1, r)
        self.assertIn("(BAD CHECKSUM!)", r.out)
        self.assertIn("0 received, +1 corrupted", r.out)
        r = self.ping("bad-checksum", DATAGRAM, "-c1", "-W0.3")
        self.assertEqual(r.status, 1, r)  # the kernel has thrown it away
        self.assertIn("0 received, 100%", r.out)

    def test_redirect_is_advice(self):
        r = self.ping("redirect", RAW, "-c1")
        self.assertEqual(r.status, 0, r)
        self.assertIn("Redirect Host (New nexthop: 10.1.0.7)", r.out)
        self.assertIn("1 received, 0% packet loss", r.out)

    def test_errors(self):
        for how, said in (("prohibited", "Packet filtered"),
                          ("frag-needed", "Frag needed and DF set (mtu = 576)"),
                          ("unknown-code", "ICMP type 3 code 200"),
                          ("parameter", "Parameter problem (at octet 20)")):
            for r in self.by_each(how, "-c1"):
                if how == "unknown-code" and said not in r.out:
                    continue  # a datagram socket's kernel does not pass on what it does not know
                self.assertEqual(r.status, 1, r)
                self.assertIn("From 10.1.0.2 icmp_seq=1 " + said, r.out)

    def test_garbage_is_passed_over(self):
        for r in self.by_each("garbage", "-c2"):
            self.assertEqual((r.status, r.err), (0, ""), r)
            self.assertEqual(len(r.lines()), 7, r)
            self.assertIn("2 packets transmitted, 2 received, 0% packet loss", r.out)


if __name__ == "__main__":
    if sys.argv[1:2] == ["answer"]:
        answerer(sys.argv[2])
    else:
        unittest.main()
