# SPDX-License-Identifier: ISC
"""test_udp.py - nod serve -u: reply, echo, discard and chat by datagrams, and multicast"""

import re
import socket
import time
import unittest

from nodtest import NetNS, Peer, Server, is_sanitized, need_ipv6, need_netns, run

ANSWER = "来,确认下眼神".encode()
WAYS = ("select", "poll", "epoll")


class Datagrams(unittest.TestCase):
    def udp(self, server):
        peer = Peer.udp(("127.0.0.1", server.port))
        self.addCleanup(peer.close)
        return peer

    def test_reply_in_every_way(self):
        for how in WAYS:
            with self.subTest(how=how), Server("-u", "--how", how) as server:
                a, b = self.udp(server), self.udp(server)
                a.send(b"hello\n")
                self.assertEqual(a.recv(), ANSWER + b"\n")
                b.send(b"no newline")
                self.assertEqual(b.recv(), ANSWER)
                server.out.wait("hello\n")
                server.out.wait("no newline\n")

    def test_echo_keeps_bounds_and_octets(self):
        with Server("-u", "--echo") as server:
            peer = self.udp(server)
            for data in (b"x", b"two\nlines\n", bytes(range(256)), b"y" * 1472, b"z" * 65507):
                peer.send(data)
                self.assertEqual(peer.sock.recv(65536), data)

    def test_an_empty_datagram(self):
        for mode in ("--echo", "--reply", "--chat"):
            with self.subTest(mode=mode), Server("-u", mode) as server:
                peer = self.udp(server)
                peer.sock.send(b"")
                peer.sock.send(b"after\n")
                peer.recv()

    def test_discard(self):
        with Server("-u", "--discard", "--json") as server:
            peer = self.udp(server)
            peer.send(b"x")
            server.event("connected")
            self.assertTrue(peer.is_quiet(0.2))

    def test_chat(self):
        for how in WAYS:
            with self.subTest(how=how), Server("-u", "--chat", "--how", how) as server:
                a, b = self.udp(server), self.udp(server)
                for peer, name in ((a, b"ann"), (b, b"ben")):
                    peer.send(b"/name %s\n" % name)
                    while b"you are now" not in peer.sock.recv(65536):
                        pass
                a.send(b"hello\n")
                while True:
                    said = b.sock.recv(65536)
                    if not said.startswith(b"* "):
                        break
                self.assertEqual(said, b"ann: hello\n")
                server.type("from above\n")
                for peer in (a, b):
                    while (said := peer.sock.recv(65536)).startswith(b"* "):
                        pass
                    self.assertEqual(said, b"operator: from above\n")

    def test_too_long_is_refused_with_a_notice(self):
        with Server("-u", "--reply", "yes") as server:
            peer = self.udp(server)
            peer.send(b"x" * 4096)
            self.assertEqual(peer.sock.recv(65536), b"yes")
            peer.send(b"x" * 4097)
            self.assertIn(b"4096", peer.sock.recv(65536))
            peer.send(b"after\n")
            self.assertEqual(peer.sock.recv(65536), b"yes\n")

    def test_peers_are_forgotten_after_a_time(self):
        with Server("-u", "--chat", "--idle-timeout", "500ms", "--json") as server:
            a, b = self.udp(server), self.udp(server)
            a.send(b"hello\n")
            server.event("connected")
            said = server.event("closed", reason="idle")
            self.assertEqual(said["from"], "127.0.0.1:%d" % a.sock.getsockname()[1])
            b.send(b"alone\n")
            while b"(1 here)" not in b.sock.recv(65536) + b"(1 here)":
                pass
            a.send(b"back\n")  # and is known anew
            server.event("connected", n=3)

    def test_a_peer_that_is_gone_concerns_nobody_else(self):
        """An ICMP port unreachable for one peer's datagram is not the socket's end."""
        with Server("-u", "--chat") as server:
            gone = self.udp(server)
            gone.send(b"hello\n")
            gone.recv()
            gone.close()
            a, b = self.udp(server), self.udp(server)
            for _ in range(3):
                a.send(b"x\n")
                b.send(b"y\n")
                a.recv()
                b.recv()
            self.assertIsNone(server.process.poll())

    def test_limits(self):
        with Server("-u", "--echo", "--max-clients", "1") as server:
            a, b = self.udp(server), self.udp(server)
            a.send(b"x")
            self.assertEqual(a.recv(), b"x")
            b.send(b"y")
            self.assertTrue(b.is_quiet(0.2) or b"full" in b.recv())
            a.send(b"still here")
            self.assertEqual(a.recv(), b"still here")
        with Server("-u", "--reply", "yes", "--rate", "3") as server:
            a = self.udp(server)
            for _ in range(20):
                a.send(b"x\n")
            got = []
            while not a.is_quiet(0.3):
                got.append(a.recv())
            self.assertGreaterEqual(got.count(b"yes\n"), 3)
            self.assertLess(got.count(b"yes\n"), 8)

    def test_strangers_by_the_thousand_do_not_fill_the_memory(self):
        """Each datagram may come from a new port; --max-clients bounds what is remembered."""
        with Server("-u", "--discard", "--max-clients", "100") as server:
            before = server.status_kib("VmRSS")
            for _ in range(3000):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.sendto(b"x", ("127.0.0.1", server.port))
            bound = 65536 if is_sanitized() else 4096
            self.assertLess(server.status_kib("VmRSS") - before, bound)
            self.assertIsNone(server.process.poll())

    @need_ipv6()
    def test_both_families_by_one_socket(self):
        with Server("-u", "--echo", at=":0") as server:
            for host in ("127.0.0.1", "::1"):
                with Peer.udp((host, server.port)) as peer:
                    peer.send(b"x")
                    self.assertEqual(peer.recv(), b"x")

    def test_invalid_utf8_and_controls(self):
        with Server("-u", "--chat", "--json") as server:
            a = self.udp(server)
            a.send(b"\xff\x1b[31m\n")
            self.assertEqual(server.event("message")["text"], "\ufffd\u241b[31m")

    def test_json_says_udp(self):
        with Server("-u", "--json") as server:
            self.assertEqual(server.event("listening")["transport"], "udp")

    def test_stops_with_peers_remembered(self):
        with Server("-u", "--chat") as server:
            a = self.udp(server)
            a.send(b"x\n")
            a.recv()
            started = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - started, 5)


class Multicast(unittest.TestCase):
    @need_netns()
    def test_a_group_is_heard(self):
        with NetNS() as net:
            net.run("ip", "route", "add", "224.0.0.0/4", "dev", "lo")
            with Server("-u", "--reply", "yes", "--join", "239.1.2.3", "--interface", "lo",
                        at=":5555", prefix=net.prefix) as server:
                net.run("python3", "-c", (
                    "import socket\n"
                    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                    "s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,"
                    " socket.inet_aton('127.0.0.1'))\n"
                    "s.sendto(b'to the group\\n', ('239.1.2.3', 5555))\n"
                    "s.settimeout(10)\n"
                    "assert s.recv(100) == b'yes\\n'\n"))
                server.out.wait(re.compile("127.0.0.1:[0-9]+: to the group"))

    def test_what_is_no_group(self):
        r = run("serve", "-u", "--join", "10.1.2.3", "127.0.0.1:0")
        self.assertIn(r.status, (1, 2), r)
        self.assertIn("10.1.2.3", r.err)

    def test_an_interface_that_is_not_there(self):
        r = run("serve", "-u", "--join", "239.1.2.3", "--interface", "nosuch0", "127.0.0.1:0")
        self.assertEqual(r.status, 1, r)
        self.assertIn("nosuch0", r.err)


if __name__ == "__main__":
    unittest.main()
