# SPDX-License-Identifier: ISC
"""--net cable: two hosts of nod's own on a Unix socket, without any privilege; and strangers"""

import os
import re
import socket
import struct
import unittest

from nettest import Up
from nodtest import DEADLINE, Running, directory, eventually, run

A = "10.0.0.1/24,2001:db8::1/64,at-once"
B = "10.0.0.2/24,2001:db8::2/64,at-once"


class TwoTerminals(unittest.TestCase):
    """One `nod up` for all of them, and who plugs in comes and goes."""

    @classmethod
    def setUpClass(cls):
        cls.dir = directory()
        cls.wire = os.path.join(cls.dir.__enter__(), "wire")
        cls.up = Up(f"cable:{cls.wire},{A},name=far")

    @classmethod
    def tearDownClass(cls):
        cls.up.__exit__()
        cls.dir.__exit__(None, None, None)

    def ping(self, *words, net=B):
        return run("ping", "--net", f"cable:{self.wire},{net}", *words)

    def answered(self, *words, n=3):
        p = self.ping("-c", str(n), "-i", "0.01", *words)
        self.assertEqual(p.status, 0, p)
        self.assertIn(f"{n} packets transmitted, {n} received, 0% packet loss", p.out)
        self.assertNotIn("wrong data", p.out)
        return p

    def test_who_comes_first_listens(self):
        self.assertIn(f"cable {self.wire}: nobody is there yet; listening", self.up.err.text())
        self.assertIn(f"cable {self.wire}: connected", self.answered("10.0.0.1").err)

    def test_the_output_is_that_of_ping(self):
        lines = self.answered("10.0.0.1").lines()
        self.assertEqual(lines[0], "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.")
        self.assertRegex(lines[1], r"^64 bytes from 10\.0\.0\.1: icmp_seq=1 ttl=64 time=[\d.]+ ms$")
        self.assertRegex(lines[-1], r"^rtt min/avg/max/mdev = ([\d.]+/){3}[\d.]+ ms$")

    def test_both_families_and_every_size(self):
        for host in ("10.0.0.1", "2001:db8::1"):
            for size in ("0", "1", "1472", "1473", "40000", "65487"):
                with self.subTest(host=host, size=size):
                    self.answered("-s", size, host)

    def test_options(self):
        self.answered("-t", "1", "-I", "10.0.0.2", "10.0.0.1")
        self.answered("-I", "eth0", "10.0.0.1")
        p = self.ping("-c1", "-I", "eth9", "10.0.0.1")
        self.assertEqual(p.status, 2)
        self.assertIn('no interface "eth9"; did you mean "eth0"', p.err)
        p = self.ping("-c1", "-I", "10.0.0.3", "10.0.0.1")
        self.assertEqual(p.status, 2)
        self.assertIn("cannot send from 10.0.0.3", p.err)

    def test_json(self):
        *answers, summary = self.ping("--json", "-c2", "-i0.01", "10.0.0.1").json()
        self.assertEqual([a["icmp_seq"] for a in answers], [1, 2])
        self.assertEqual((summary["transmitted"], summary["received"]), (2, 2))

    def test_no_neighbour_is_told(self):
        for host, text in (("10.0.0.9", "Destination Host Unreachable"),
                           ("2001:db8::9", "Address unreachable")):
            with self.subTest(host=host):
                p = self.ping("-c1", host)
                self.assertEqual(p.status, 1)
                self.assertRegex(p.out, r"From (10\.0\.0\.2|2001:db8::2) icmp_seq=1 .*" + text)

    def test_no_route(self):
        p = self.ping("-c1", "192.0.2.1")
        self.assertEqual(p.status, 2)
        self.assertIn("no route to 192.0.2.1", p.err)
        self.assertIn("gw=", p.err)

    def test_a_gateway_that_does_not_forward(self):
        p = self.ping("-c1", "-W0.3", "192.0.2.1", net=B + ",gw=10.0.0.1")
        self.assertEqual(p.status, 1)
        self.assertIn("100% packet loss", p.out)

    def test_broadcast_has_to_be_allowed(self):
        p = self.ping("-c1", "10.0.0.255")
        self.assertEqual(p.status, 2)
        self.assertIn("-b allows it", p.err)

    def test_names(self):
        p = self.answered("localhost", n=1)
        self.assertIn("PING localhost (", p.out)
        p = self.ping("-c1", "nobody.invalid", net=B + ",dns=10.0.0.1")
        self.assertEqual(p.status, 2)
        self.assertIn('cannot resolve "nobody.invalid"', p.err)

    def test_an_address_that_is_taken(self):
        p = self.ping("-c1", "10.0.0.1", net="10.0.0.1/24")
        self.assertEqual(p.status, 2)
        self.assertIn("somebody else on this network has it", p.err)
        self.assertIn("waiting until the addresses can be used", p.err)

    def test_ifconfig(self):
        net = f"cable:{self.wire},{B},gw=10.0.0.1,mac=02:00:00:00:00:02,mtu=1400"
        p = run("ifconfig", "--net", net, "--json", "eth0")
        self.assertEqual(p.status, 0, p)
        eth = p.json()[0]
        self.assertEqual((eth["name"], eth["mac"], eth["mtu"], eth["up"], eth["type"]),
                         ("eth0", "02:00:00:00:00:02", 1400, True, "ethernet"))
        have = {a["address"]: a for a in eth["addresses"]}
        self.assertEqual(have["10.0.0.2"], {
            "family": 4, "address": "10.0.0.2", "prefix": 24, "mask": "255.255.255.0",
            "broadcast": "10.0.0.255", "scope": "global", "flags": []})
        self.assertEqual(have["2001:db8::2"]["flags"], [])
        routes = {(r["to"], r["prefix"]): r for r in eth["routes"]}
        self.assertEqual(routes["0.0.0.0", 0]["gateway"], "10.0.0.1")
        self.assertEqual(routes["10.0.0.0", 24]["origin"], "link")
        text = run("ifconfig", "--net", net).out
        self.assertIn("eth0: up  <UP,LOWER_UP,RUNNING,BROADCAST,MULTICAST>", text)
        self.assertRegex(text, r"route default, IPv4  by 10\.0\.0\.1")
        self.assertIn("lo: up", text)
        self.assertIn("no interface", run("ifconfig", "--net", net, "eth7").err)

    def test_an_address_that_is_taken_is_shown_so(self):
        p = run("ifconfig", "--net", f"cable:{self.wire},10.0.0.1/24", "--json", "eth0")
        self.assertEqual(p.status, 1)
        flags = {a["address"]: a["flags"] for a in p.json()[0]["addresses"]}
        self.assertIn("dadfailed", flags["10.0.0.1"])

    def test_chinese(self):
        p = run("ping", "--lang", "zh", "-c1", "10.0.0.1", "--net", f"cable:{self.wire},{B}")
        self.assertIn("已连接", p.err)
        self.assertIn("收到 1 个", p.out)
        p = run("ifconfig", "--lang", "zh", "--net", f"cable:{self.wire},{B},gw=10.0.0.1")
        self.assertIn("路由 默认 IPv4  经 10.0.0.1", p.out)


class Strangers(unittest.TestCase):
    """What is at the other end need not be nod."""

    def setUp(self):
        self.dir = directory()
        self.wire = os.path.join(self.dir.__enter__(), "wire")
        self.addCleanup(self.dir.__exit__, None, None, None)

    def plug_in(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(DEADLINE)
        s.connect(self.wire)
        self.addCleanup(s.close)
        return s

    def frame(self, s):
        length, = struct.unpack("!I", self.octets(s, 4))
        return self.octets(s, length)

    def octets(self, s, n):
        data = b""
        while len(data) < n:
            more = s.recv(n - len(data))
            self.assertTrue(more, "hung up")
            data += more
        return data

    ASK = bytes.fromhex("ffffffffffff 020000000009 0806 0001 0800 0604 0001 020000000009"
                        "0a000009 000000000000 0a000001".replace(" ", ""))

    def is_served(self, s, cut=None):
        """An ARP request in the framing of QEMU, in two pieces, is answered."""
        data = struct.pack("!I", len(self.ASK)) + self.ASK
        s.sendall(data[:cut])
        s.sendall(data[len(data[:cut]):])
        while True:
            frame = self.frame(s)
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2":
                return frame[28:32] == bytes([10, 0, 0, 1])

    def test_frames_in_pieces(self):
        with Up(f"cable:{self.wire},{A}"), self.plug_in() as s:
            for cut in (None, 1, 4, 5, 30):
                with self.subTest(cut=cut):
                    self.assertTrue(self.is_served(s, cut))

    def test_a_hostile_length_ends_the_connection_and_not_the_host(self):
        with Up(f"cable:{self.wire},{A}") as up:
            for length in (65558, 1 << 31, (1 << 32) - 1):
                with self.subTest(length=length), self.plug_in() as s:
                    s.sendall(struct.pack("!I", length) + b"x" * 100)
                    while s.recv(65536):
                        pass
            with self.plug_in() as s:
                self.assertTrue(self.is_served(s))
            self.assertEqual(up.stop(), 0)
        self.assertFalse(os.path.exists(self.wire), "the socket is taken away")

    def test_who_connected_ends_when_the_other_end_goes(self):
        listener = Up(f"cable:{self.wire},{A}")
        with listener, Up(f"cable:{self.wire},{B}") as up:
            listener.stop()
            self.assertEqual(up.wait(), 1)
            self.assertIn("other end of its cable has closed", up.err.text())

    def test_a_third_is_hung_up_on(self):
        with Up(f"cable:{self.wire},{A}"), self.plug_in() as first:
            self.assertTrue(self.is_served(first))
            with self.plug_in() as s:
                self.assertEqual(s.recv(1), b"")
            self.assertTrue(self.is_served(first))

    def test_two_that_begin_together_find_each_other(self):
        for _ in range(5):
            with Running("up", "--net", f"cable:{self.wire},{A}") as a, \
                    Running("up", "--net", f"cable:{self.wire},{B}") as b:
                eventually(lambda: "cable" in a.err.text() and "cable" in b.err.text())
                said = a.err.text() + b.err.text()
                self.assertEqual(len(re.findall("listening", said)), 1, said)
                self.assertEqual(len(re.findall(": connected", said)), 1, said)
                for up in (a, b):
                    up.signal(2)
                for up in (a, b):
                    up.wait()

    def test_what_is_no_socket_stays(self):
        with open(self.wire, "w", encoding="ascii") as f:
            f.write("mine")
        p = run("ping", "--net", f"cable:{self.wire},{A}", "10.0.0.2")
        self.assertEqual(p.status, 2)
        self.assertIn("not a socket", p.err)
        with open(self.wire, encoding="ascii") as f:
            self.assertEqual(f.read(), "mine")


if __name__ == "__main__":
    unittest.main()
