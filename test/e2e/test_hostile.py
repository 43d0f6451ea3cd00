# SPDX-License-Identifier: ISC
"""test_hostile.py - nod serve against clients that mean ill, or are ill

While one of them does its worst, another is served at speed, the server's memory stays
bounded, and what happened is said once.
"""

import contextlib
import os
import re
import socket
import struct
import threading
import time
import unittest

from nodtest import Crowd, Peer, Server, eventually, is_sanitized, run

TIME_LIMIT = 240
WAYS = ("process", "thread", "select", "poll", "epoll")
# what a server may grow by, KiB; a sanitizer keeps what was freed
BOUND = 200000 if is_sanitized() else 24000
# how long a healthy client may wait for its answer beside a hostile one, seconds
SPEED = 5.0


class Hostile(unittest.TestCase):
    @contextlib.contextmanager
    def each_way(self, how, *args):
        """A server, and a client that is to be served at speed whatever happens."""
        with self.subTest(how=how), Server(*args, "--json", "--how", how) as server, \
                Peer.connect(("127.0.0.1", server.port), timeout=SPEED) as good:
            before = memory_of(server)
            yield server, good
            self.assertLess(memory_of(server) - before, BOUND)

    def served(self, peer, answer=b"yes"):
        for i in range(10):
            peer.send(b"are you there? %d\n" % i)
            self.assertEqual(peer.line(), answer)

    def test_a_reset(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (server, good):
                for i in range(20):
                    bad = server.connect()
                    bad.send(b"x\n" * (i % 3))
                    bad.reset()
                self.served(good)
                server.event("closed", n=20)

    def test_a_reset_while_answers_are_on_their_way(self):
        """The notes' broken pipe: a write to a closed peer never ends the server."""
        for how in WAYS:
            with self.each_way(how, "--echo") as (server, good):
                for _ in range(10):
                    bad = server.connect()
                    bad.send(b"x" * 200000)
                    bad.reset()
                good.send(b"still here\n")
                self.assertEqual(good.line(), b"still here")
                server.event("closed", n=10)

    def test_gone_before_it_was_accepted(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (server, good):
                for _ in range(200):
                    bad = socket.create_connection(("127.0.0.1", server.port))
                    bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    bad.close()
                self.served(good)

    def test_an_octet_at_a_time(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (server, good):
                slow = [server.connect() for _ in range(30)]
                for octet in b"slowly\n":
                    for peer in slow:
                        peer.send(bytes([octet]))
                    good.send(b"x\n")
                    self.assertEqual(good.line(), b"yes")
                for peer in slow:
                    # between two octets 50 ms may or may not have passed
                    self.assertRegex(peer.until(b"\n"), rb"^(yes)+\n$")
                    peer.close()

    def test_a_gibibyte_without_a_newline(self):
        size = (1 << 28) if is_sanitized() else (1 << 30)
        for how in ("process", "thread", "epoll"):
            with self.each_way(how, "--reply", "yes") as (server, good):
                with Peer.connect(("127.0.0.1", server.port), timeout=100) as bad:
                    done = threading.Event()

                    def pour():
                        block = b"x" * (1 << 20)
                        for _ in range(size >> 20):
                            bad.sock.sendall(block)
                        done.set()
                    pouring = threading.Thread(target=pour, daemon=True)
                    pouring.start()
                    while not done.is_set():
                        self.served(good)
                    pouring.join(100)
                    self.assertIn(b"4096", bad.until(b"\n"))  # told, and not cut off
                    bad.send(b"\nsorry\n")
                    self.assertTrue(bad.until(b"yes\n"))
                said = server.events("refused")
                self.assertGreaterEqual(len(said), 1)
                self.assertLess(len(said), 30)  # each pause of 50 ms ends a message, no more
                self.assertNotIn("xxxx", str(server.events("message")))

    def test_messages_that_are_too_long(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (_, good):
                for length, fits in ((4095, True), (4096, True), (4097, False), (8192, False),
                                     (100000, False)):
                    good.send(b"x" * length + b"\n")
                    got = good.line()
                    self.assertEqual(got == b"yes", fits, (length, got))
                    self.assertTrue(fits or b"4096" in got)
                # nothing else is lost, however the pieces fall
                good.send(b"before\n" + b"x" * 5000 + b"\nafter\n")
                self.assertEqual(good.line(), b"yes")
                self.assertIn(b"4096", good.line())
                self.assertEqual(good.line(), b"yes")

    def test_a_long_message_in_pieces(self):
        for size in (1, 100, 4095, 4096, 4097):
            with self.subTest(size=size), Server("--reply", "yes") as server, \
                    server.connect() as peer:
                data = b"x" * 4097 + b"\n" + b"y" * 4096 + b"\n"
                if size == 1:
                    peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for at in range(0, len(data), size):
                    peer.send(data[at:at + size])
                self.assertIn(b"4096", peer.line())
                self.assertEqual(peer.line(), b"yes")

    def test_half_closed(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (_, good):
                with Peer.connect(good.sock.getpeername()) as half:
                    half.send(b"one\ntwo\nthree")
                    half.finish()
                    self.assertEqual(half.to_end(), b"yes\nyes\nyes")
                self.served(good)

    def test_half_closed_at_once_and_kept_open(self):
        with Server("--chat", "--json") as server, server.connect() as good:
            good.until(b"welcome")
            with server.connect() as half:
                half.finish()
                server.event("closed", reason="peer")
            before = server.cpu_seconds()
            time.sleep(0.5)
            self.assertLess(server.cpu_seconds() - before, 0.2)

    def test_never_reads_its_echo(self):
        """It is not read from either: TCP's flow control stops it, nobody else."""
        for how in WAYS:
            with self.each_way(how, "--echo") as (server, good):
                with Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf:
                    deaf.sock.settimeout(0.5)
                    with contextlib.suppress(TimeoutError):
                        while True:
                            deaf.sock.send(b"x" * 65536)
                    for i in range(10):
                        good.send(b"%d\n" % i)
                        self.assertEqual(good.line(), b"%d" % i)
                    before = cpu_of_family(server)
                    time.sleep(0.5)
                    self.assertLess(cpu_of_family(server) - before, 0.25)

    def test_never_reads_its_answers(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "y" * 1000) as (server, good):
                with Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf:
                    deaf.sock.settimeout(0.5)
                    with contextlib.suppress(TimeoutError, ConnectionError):
                        while True:
                            deaf.sock.send(b"x\n" * 1000)
                    self.served(good, b"y" * 1000)

    def test_never_reads_the_chat(self):
        """More than --queue waits for it: it is dropped, with a reason, and nobody waits."""
        for how in ("thread", "select", "poll", "epoll"):
            with self.each_way(how, "--chat", "--queue", "256k") as (server, good):
                with Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf, \
                        server.connect() as hearer:
                    for peer in (deaf, hearer, good):
                        peer.until(b"welcome")
                    text = b"x" * 2000
                    heard = sent = 0
                    left = b""
                    while not left:
                        for _ in range(50):
                            good.send(b"%d %s\n" % (sent, text))
                            sent += 1
                        while heard < sent:
                            line = hearer.line()
                            if line.endswith(text):
                                self.assertEqual(line.split()[1], b"%d" % heard)
                                heard += 1
                            elif b" left " in line:
                                left = line
                        self.assertLess(sent, 20000)
                    said = server.event("closed")
                    self.assertEqual(said["reason"], "slow", said)
                    self.assertEqual(said["from"],
                                     "127.0.0.1:%d" % deaf.sock.getsockname()[1])
                    self.assertIn(b"slow", left)

    def test_never_reads_a_room_in_which_it_speaks(self):
        """One that floods and does not read is dropped for its own answers."""
        with Server("--chat", "--queue", "64k", "--json") as server, server.connect() as good:
            good.until(b"welcome")
            with Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf:
                deaf.sock.settimeout(0.5)
                with contextlib.suppress(OSError):
                    for _ in range(3000):
                        deaf.sock.sendall(b"/help\n" * 100)
                said = server.event("closed")
                self.assertIn(said["reason"], ("slow", "reset"), said)
            good.send(b"/who\n")
            good.until(b"1 here")

    def test_bytes_that_are_not_text(self):
        cases = (
            (b"\xff\xfe", "\ufffd\ufffd"),
            (b"\xc0\xaf", "\ufffd\ufffd"),
            (b"a\xe6\x9db", "a\ufffdb"),
            (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
            (b"\x1b[2J\x1b]0;title\x07", "\u241b[2J\u241b]0;title\u2407"),
            (b"\x00\x08\x7f", "\u2400\u2408\u2421"),
            (b"a\rb", "a\u240db"),
            ("\u009b31m\u202e\u2066".encode(), "\ufffd31m\ufffd\ufffd"),
            (b"tab\tstays", "tab\tstays"),
            ("来,确认下眼神 👋🏽".encode(), "来,确认下眼神 👋🏽"),
        )
        with Server("--chat", "--json") as server, server.connect() as a, server.connect() as b:
            b.until(b"welcome")
            a.until(b"welcome")
            a.send(b"/name a\n")
            b.until(b"is now a\n")
            for n, (sent, shown) in enumerate(cases, 1):
                with self.subTest(sent=sent):
                    a.send(sent + b"\n")
                    self.assertEqual(b.line().decode(), "a: " + shown)
                    self.assertEqual(server.event("message", n=n)["text"], shown)

    def test_no_octet_of_a_stranger_steers_the_terminal(self):
        """Whatever a client sends, by whatever command: no control character is printed."""
        with Server("--chat") as server, server.connect() as a, server.connect() as b:
            b.until(b"welcome")
            every = bytes(o for o in range(256) if o != 10)
            for lead in (b"", b"/name ", b"/me ", b"/msg guest1 ", b"/msg guest2 ", b"/", b"//",
                         b"/msg ", b"/\x1b", b"/who "):
                a.send(lead + every + b"\n")
            a.send(b"the end\n")
            heard = b.until(b"the end\n")
            server.out.wait("the end\n")
            for text in (heard, server.out.data, server.err.data, a.until(b"/help")):
                self.assertNotRegex(bytes(text), rb"[\x00-\x08\x0b-\x1f\x7f]")
                self.assertNotRegex(bytes(text).decode("utf-8"), "[\x80-\x9f\u202a-\u202e]")

    def test_names_do_not_grow_without_bound(self):
        with Server("--chat") as server, server.connect() as a:
            a.until(b"welcome")
            before = memory_of(server)
            for i in range(5000):
                a.send(b"/name n%d\n" % i)
            a.until(b"n4999\n")
            self.assertLess(memory_of(server) - before, BOUND)

    def test_a_flood_of_connections(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (server, good):
                rounds = 3 if how == "process" else 10
                for _ in range(rounds):
                    crowd = [socket.create_connection(("127.0.0.1", server.port))
                             for _ in range(40)]
                    for sock in crowd:
                        sock.close()
                self.served(good)
                server.event("closed", n=rounds * 40)

    def test_a_crowd_that_shouts(self):
        """200 clients as fast as they can; each message reaches each, memory is bounded."""
        n, each = 200, 20
        with Server("--chat") as server, Crowd(("127.0.0.1", server.port), n, 60) as crowd:
            crowd.pump(lambda: all(b"welcome" in d for d in crowd.data))
            for i in range(n):
                crowd.send(i, b"".join(b"%d:%d.\n" % (i, k) for k in range(each)))
            crowd.pump(lambda: all(d.count(b".\n") >= (n - 1) * each for d in crowd.data))
            self.assertEqual({d.count(b".\n") for d in crowd.data}, {(n - 1) * each})
            self.assertLess(server.status_kib("VmHWM"), 400000)

    def test_urgent_data(self):
        for how in WAYS:
            with self.each_way(how, "--reply", "yes") as (server, good):
                with server.connect() as bad:
                    bad.sock.send(b"!", socket.MSG_OOB)
                    bad.send(b"x\n")
                    self.assertEqual(bad.line(), b"yes")
                    before = cpu_of_family(server)
                    time.sleep(0.3)
                    self.assertLess(cpu_of_family(server) - before, 0.15)
                self.served(good)

    def test_text_of_other_protocols(self):
        """Telnet's negotiation, HTTP, TLS: messages like any other."""
        with Server("--reply", "yes") as server:
            for hello in (b"\xff\xfb\x01\xff\xfd\x03\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                          b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200)):
                with self.subTest(hello=hello[:10]), server.connect() as peer:
                    peer.send(hello)
                    self.assertTrue(peer.recv().startswith(b"yes"))
            self.assertNotRegex(bytes(server.out.data), rb"[\x00-\x08\x0b-\x1f\x7f]")

    def test_what_is_said_once(self):
        """400 refusals are not 400 lines a second on the operator's screen."""
        with Server("--reply", "yes", "--rate", "1") as server, server.connect() as bad:
            bad.send(b"x\n" * 5000)
            bad.finish()
            bad.to_end()
            server.out.wait("closed")
            self.assertLess(len(re.findall("refused", server.out.text())), 10)


def family_of(server):
    """The server's process and its children."""
    pids = [server.pid]
    path = "/proc/%d/task/%d/children" % (server.pid, server.pid)
    if os.path.exists(path):
        with open(path, encoding="ascii") as f:
            pids += [int(pid) for pid in f.read().split()]
    return pids


def memory_of(server):
    """Resident KiB of the biggest of the server's processes."""
    most = 0
    for pid in family_of(server):
        with contextlib.suppress(OSError):
            with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
                for line in f:
                    if line.startswith("VmRSS:"):
                        most = max(most, int(line.split()[1]))
    return most


def cpu_of_family(server):
    ticks = 0
    for pid in family_of(server):
        with contextlib.suppress(OSError):
            with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main()
