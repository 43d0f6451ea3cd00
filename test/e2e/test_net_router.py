# SPDX-License-Identifier: ISC
"""nod up --forward: a router between two kernels that cannot tell it from one of theirs"""

import re
import subprocess
import unittest

from nettest import Daemon, Up, need_tap
from nodtest import DEADLINE, NetNS, eventually, need

A, B = "10.1.0", "10.2.0"
A6, B6 = "2001:db8:1", "2001:db8:2"


class TwoKernels(unittest.TestCase):
    """a (.2) -- nod (.1, .1) -- b (.2); IPv6 of both kernels by nod's advertisements."""

    far = ""  # options of nod's interface to b

    @classmethod
    def setUpClass(cls):
        cls.ends = []
        try:
            cls.build()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def build(cls):
        cls.a, cls.b = NetNS(), NetNS()
        cls.ends += [cls.a, cls.b]
        cls.up = Up(f"tap:a0,{A}.1/24,{A6}::1/64,at-once", f"tap:b0,{B}.1/24,{B6}::1/64,at-once{cls.far}",
                    options=("--forward", "--advertise"), prefix=cls.a.prefix)
        cls.ends.insert(0, cls.up)
        cls.a.run("ip", "link", "set", "b0", "netns", str(cls.b.holder.pid))
        for net, name, here in ((cls.a, "a0", A), (cls.b, "b0", B)):
            net.run("sysctl", "-q", "-w", f"net.ipv6.conf.{name}.accept_ra=1",
                    f"net.ipv6.conf.{name}.accept_dad=0",
                    f"net.ipv6.conf.{name}.router_solicitation_delay=0")
            net.run("ip", "addr", "add", f"{here}.2/24", "dev", name)
            net.run("ip", "link", "set", name, "up")
            net.run("ip", "route", "add", "default", "via", f"{here}.1")
        cls.a6 = cls.configured(cls.a, "a0", A6)
        cls.b6 = cls.configured(cls.b, "b0", B6)

    @classmethod
    def configured(cls, net, name, prefix):
        """The address that the kernel has made for itself of nod's advertisement."""
        def found():
            out = net.run("ip", "-6", "addr", "show", "dev", name, "scope", "global").stdout
            return re.search(rf"inet6 ({prefix}:[0-9a-f:]+)/64", out.decode())
        eventually(found)
        return found().group(1)

    @classmethod
    def tearDownClass(cls):
        for end in cls.ends:
            end.__exit__()


@need_tap
@need("ip", "ping")
class Through(TwoKernels):
    def test_the_kernels_took_nod_for_their_router(self):
        for net, name in ((self.a, "a0"), (self.b, "b0")):
            out = net.run("ip", "-6", "route", "show", "default").stdout.decode()
            self.assertRegex(out, rf"default via fe80::[0-9a-f:]+ dev {name} proto ra")

    def test_ping_through(self):
        for host in (f"{B}.2", self.b6):
            for size in (0, 56, 1452, 1473, 65000):
                with self.subTest(host=host, size=size):
                    out = self.a.run("ping", "-n", "-c2", "-i0.2", "-W2", "-s", str(size), host)
                    self.assertIn(b" 0% packet loss", out.stdout)

    def test_the_ttl_counts_hops(self):
        out = self.a.run("ping", "-n", "-c1", "-W2", f"{B}.2").stdout.decode()
        self.assertIn("ttl=63", out)
        for host, router in ((f"{B}.2", rf"{A}\.1"), (self.b6, rf"{A6}::1")):
            out = subprocess.run([*self.a.prefix, "ping", "-n", "-c1", "-W2", "-t1", host],
                                 capture_output=True, timeout=DEADLINE).stdout.decode()
            self.assertRegex(out, rf"From {router} icmp_seq=1 Time (to live )?exceeded")

    @need("traceroute")
    def test_traceroute(self):
        for host, router in ((f"{B}.2", f"{A}.1"), (self.b6, f"{A6}::1")):
            for way in ("--udp", "--icmp"):
                with self.subTest(host=host, way=way):
                    out = self.a.run("traceroute", "-n", "-q1", "-w2", way, host).stdout.decode()
                    hops = re.findall(r"^ *(\d+)  (\S+)", out, re.M)
                    self.assertEqual(hops, [("1", router), ("2", host)], out)

    @need("socat")
    def test_udp_through(self):
        for host, v in ((f"{B}.2", "4"), (self.b6, "6")):
            with self.subTest(host=host), \
                    Daemon(self.b, "socat", "-d", "-d", f"UDP{v}-RECVFROM:7000,fork",
                           "EXEC:cat") as echo:
                eventually(lambda: b":1B58 " in self.b.run(
                    "cat", f"/proc/net/udp{'6' if v == '6' else ''}").stdout)
                to = f"[{host}]" if v == "6" else host
                out = subprocess.run(
                    [*self.a.prefix, "socat", "-t2", "-", f"UDP{v}:{to}:7000"],
                    input=b"through", capture_output=True, timeout=DEADLINE)
                self.assertEqual(out.stdout, b"through", out.stderr + echo.out.text().encode())

    def test_no_neighbour_behind_it(self):
        for host, router in ((f"{B}.99", rf"{A}\.1"), (f"{B6}::99", rf"{A6}::1")):
            with self.subTest(host=host):
                out = subprocess.run([*self.a.prefix, "ping", "-n", "-c1", "-W5", host],
                                     capture_output=True, timeout=DEADLINE).stdout.decode()
                self.assertRegex(out, rf"From {router} icmp_seq=1 Destination .*[Uu]nreachable")

    def test_no_route_behind_it(self):
        out = subprocess.run([*self.a.prefix, "ping", "-n", "-c1", "-W5", "192.0.2.1"],
                             capture_output=True, timeout=DEADLINE).stdout.decode()
        self.assertRegex(out, rf"From {A}\.1 icmp_seq=1 Destination Net Unreachable")


@need_tap
@need("ip", "ping")
class ASmallerMtuBehindIt(TwoKernels):
    far = ",mtu=1300"

    def test_path_mtu(self):
        """A host behind a smaller MTU is told of, and nod fragments where it may."""
        program = """
import socket, sys
six = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.setsockopt(41 if six else 0, 23 if six else 10, 2)  # MTU_DISCOVER, DO
s.connect((sys.argv[1], 9))
while True:
    try:
        s.send(b"x" * 1400)
    except OSError as e:
        print(e.strerror, s.getsockopt(41 if six else 0, 24 if six else 14))
        break
"""
        for host in (f"{B}.2", self.b6):
            with self.subTest(host=host):
                out = self.a.run("python3", "-c", program, host).stdout.decode()
                self.assertIn("Message too long 1300", out)
                out = self.a.run("ping", "-n", "-c2", "-i0.2", "-W2", "-s", "1400", host)
                self.assertIn(b" 0% packet loss", out.stdout)
        out = self.a.run("ping", "-n", "-c2", "-i0.2", "-W2", "-M", "dont", "-s", "4000",
                         f"{B}.2")
        self.assertIn(b" 0% packet loss", out.stdout)

    def test_hosts_are_told_of_it(self):
        out = self.b.run("cat", "/proc/sys/net/ipv6/conf/b0/mtu").stdout
        self.assertEqual(out.strip(), b"1300")


if __name__ == "__main__":
    unittest.main()
