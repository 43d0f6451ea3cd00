# SPDX-License-Identifier: ISC
"""From nod to the machine's kernel over a TAP device: ping, broadcast, groups, stale neighbours"""

import subprocess
import unittest

from nettest import Daemon, Up, need_tap
from nodtest import NetNS, Running, eventually, need, run

ME = "192.168.7.2/24,2001:db8::2/64,at-once"

# prints "seen" when a frame on tap0 has the octets argv[1] after its Ethernet type argv[2]
SNIFF = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("tap0", 0))
print("sniffing", flush=True)
want, kind = bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2])
while True:
    frame = s.recv(70000)
    if frame[12:14] == kind and want in frame[14:]:
        print("seen", frame.hex(), flush=True)
"""

HEAR = """
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7001))
if len(sys.argv) > 1:
    s.setsockopt(0, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton(sys.argv[1]) + socket.inet_aton("192.168.7.1"))
print("hearing", flush=True)
while True:
    print(s.recvfrom(999), flush=True)
"""

SAY = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(0, socket.IP_MULTICAST_IF, socket.inet_aton("192.168.7.1"))
s.sendto(b"to everybody\\n", (sys.argv[1], 7002))
"""


@need_tap
@need("ip")
class ToTheKernel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = NetNS()
        try:
            cls.net.run("ip", "tuntap", "add", "mode", "tap", "name", "tap0", "vnet_hdr")
            cls.net.run("sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_broadcasts=0",
                        "net.ipv6.conf.tap0.accept_dad=0")
            cls.net.run("ip", "addr", "add", "192.168.7.1/24", "brd", "+", "dev", "tap0")
            cls.net.run("ip", "addr", "add", "2001:db8::1/64", "dev", "tap0", "nodad")
            cls.net.run("ip", "link", "set", "tap0", "up")
        except BaseException:
            cls.net.__exit__()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.net.__exit__()

    def ping(self, *words, status=0):
        p = run("ping", "--net", f"tap:tap0,{ME}", *words, prefix=self.net.prefix)
        self.assertEqual(p.status, status, p)
        return p

    def test_ping_of_each_size(self):
        for host, most in (("192.168.7.1", 65507), ("2001:db8::1", 65487)):
            for size in (0, 1, 56, 1452, 1453, 1472, 1473, 8000, most):
                with self.subTest(host=host, size=size):
                    p = self.ping("-c2", "-i0.01", "-s", str(size), host)
                    self.assertIn(" 0% packet loss", p.out)
                    self.assertNotIn("wrong data", p.out)

    def test_what_the_kernel_says_of_others(self):
        p = self.ping("-c1", "192.168.7.9", status=1)
        self.assertIn("From 192.168.7.2 icmp_seq=1 Destination Host Unreachable", p.out)

    def test_broadcast_and_groups_are_answered_by_the_kernel(self):
        for words in (("-b", "192.168.7.255"), ("224.0.0.1",), ("-I", "tap0", "ff02::1")):
            with self.subTest(words=words):
                self.assertIn(" 0% packet loss", self.ping("-c1", *words).out)

    def test_the_kernel_does_not_lose_nod_when_its_entry_is_stale(self):
        program = ("ip", "neigh", "replace", "192.168.7.2", "lladdr", "02:00:00:00:00:99",
                   "dev", "tap0", "nud", "stale")
        self.net.run(*program)  # an entry of a station that is gone
        p = self.ping("-c3", "-i0.5", "192.168.7.1")
        self.assertRegex(p.out, r"[1-3] received")
        mac = self.net.run("ip", "neigh", "show", "192.168.7.2").stdout
        self.assertNotIn(b"02:00:00:00:00:99", mac, "nod has announced itself")

    def say(self, to):
        self.net.run("python3", "-c", SAY, to)

    def test_broadcast_both_ways(self):
        with Daemon(self.net, "python3", "-c", HEAR, ready="hearing") as kernel:
            run("talk", "-u", "--broadcast", "192.168.7.255", "7001", "--net", f"tap:tap0,{ME}",
                input="hello, all\n", prefix=self.net.prefix)
            kernel.said(r"b'hello, all.*\('192\.168\.7\.2'")
        with Running("serve", "-u", "--net", f"tap:tap0,{ME}", ":7002",
                     prefix=self.net.prefix, stderr=subprocess.STDOUT) as nod:
            nod.out.wait("listening")
            self.say("192.168.7.255")
            nod.out.wait("to everybody")

    def test_multicast_both_ways_and_membership(self):
        with Daemon(self.net, "python3", "-c", HEAR, "239.1.2.3", ready="hearing") as kernel:
            run("talk", "-u", "--multicast", "239.1.2.3", "7001", "--net", f"tap:tap0,{ME}",
                input="hello, group\n", prefix=self.net.prefix)
            kernel.said(r"b'hello, group.*\('192\.168\.7\.2'")
        # a report of IGMPv3: type 0x22 ... a record of the group (RFC 3376 4.2)
        with Daemon(self.net, "python3", "-c", SNIFF, "ef010203", "0800",
                    ready="sniffing") as sniff, \
                Running("serve", "-u", "--join", "239.1.2.3", "--net", f"tap:tap0,{ME}", ":7002",
                        prefix=self.net.prefix, stderr=subprocess.STDOUT) as nod:
            nod.out.wait("listening")
            sniff.said("seen [0-9a-f]*e0000016[0-9a-f]*2200[0-9a-f]*ef010203")
            self.say("239.1.2.3")
            nod.out.wait("to everybody")

    def test_a_query_of_mld_is_answered(self):
        query = """
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
i = socket.if_nametoindex("tap0")
s.setsockopt(41, socket.IPV6_MULTICAST_IF, i)
s.setsockopt(41, socket.IPV6_HOPOPTS, b"\\x3a\\0\\x05\\x02\\0\\0\\x01\\0")  # router alert
s.setsockopt(41, socket.IPV6_MULTICAST_HOPS, 1)
s.sendto(struct.pack("!BBHHH16sBBH", 130, 0, 0, 100, 0, b"", 2, 125, 0), ("ff02::1", 0, 0, i))
"""
        with Up(f"tap:tap0,{ME}", options=("-a",), prefix=self.net.prefix) as up:
            up.event("ND_OUT_RS")  # its own reports are out: it has an address by now
            before = len(up.events("MLD_OUT"))
            self.net.run("python3", "-c", query)
            up.event("MLD_IN")
            eventually(lambda: len(up.events("MLD_OUT")) > before)


if __name__ == "__main__":
    unittest.main()
