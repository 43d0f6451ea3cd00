# SPDX-License-Identifier: ISC
"""test_valgrind.py - every command gives back all that it took, and reads nothing unset"""

import os
import unittest

from nodtest import Peer, Server, directory, need, run

SANITIZED = False  # valgrind and ASan do not go together
TIME_LIMIT = 300

VALGRIND = ("valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=all",
            "--errors-for-leak-kinds=all", "--error-exitcode=99",
            "--child-silent-after-fork=yes",  # a child need not free what its parent made
            "--suppressions=" + os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                             "valgrind.supp"))
SLOW = 60  # seconds: valgrind takes its time

COMMANDS = (
    ("--version",), ("frob",), ("help", "help"), ("help", "--frob"),
    ("addr", "192.168.1.2/24", "2001:db8::1", "0x7f000001"), ("addr", "1.2.3.256"),
    ("addr", "--json", "10.0.0.0/8", "--split", "/10"),
    ("host", "127.0.0.1"), ("host", "--json", "localhost"),
    ("port", "mysql", "53/udp"), ("port", "--json", "3306"), ("port", "nosuchservice"),
    ("order", "0x12345678"), ("order", "--json", "1"), ("order", "x"),
    ("ifconfig",), ("ifconfig", "--json", "lo"), ("ifconfig", "nosuch0"),
    ("ping", "-c1", "127.0.0.1"), ("ping", "--json", "-c1", "127.0.0.1"),
    ("layers",), ("layers", "handshake"), ("layers", "nosuch"),
    ("serve", "--frob"), ("serve", "127.0.0.1:99999"), ("talk",), ("talk", "127.0.0.1", "1"),
)
MODES = (("thread", "--echo"), ("thread", "--chat"), ("process", "--reply"),
         ("select", "--discard"), ("poll", "--chat"), ("epoll", "--reply"), ("epoll", "--chat"))


@need("valgrind")
class CleanExit(unittest.TestCase):
    def test_commands(self):
        for n, args in enumerate(COMMANDS):
            with self.subTest(args=args):
                r = run(*args, prefix=VALGRIND, lang=("en", "zh")[n % 2], timeout=SLOW)
                self.assertNotEqual(r.status, 99, r)
                self.assertNotIn("== ", r.err)

    def serve(self, *args, **more):
        return Server(*args, prefix=VALGRIND, **more)

    def is_clean(self, server):
        status = server.stop(SLOW)
        said = server.err.text()
        self.assertEqual(status, 0, said)
        self.assertNotIn("== ", said)

    def test_serve_in_every_way(self):
        for how, mode in MODES:
            with self.subTest(how=how, mode=mode), self.serve(mode, "--how", how) as server, \
                    Peer.connect(("127.0.0.1", server.port), timeout=SLOW) as a, \
                    Peer.connect(("127.0.0.1", server.port), timeout=SLOW) as b:
                if mode == "--chat":
                    b.until(b"welcome")
                a.send(b"hello\n")
                if mode == "--chat":
                    b.until(b"hello\n")
                elif mode != "--discard":
                    a.until(b"\n")
                b.send(b"unfinished")
                a.reset()
                b.close()
                self.is_clean(server)

    def test_serve_with_all_its_options(self):
        with directory() as path, self.serve(
                "--chat", "--history", "5", "--log", os.path.join(path, "log"), "--json",
                "--max-clients", "3", "--idle-timeout", "60", "--rate", "100",
                "--allow", "127.0.0.0/8", "--deny", "::/0", "--workers", "2") as server:
            peers = [Peer.connect(("127.0.0.1", server.port), timeout=SLOW) for _ in range(3)]
            for i, peer in enumerate(peers):
                peer.send("/name p%d\n" % i)
                peer.until(b"p%d\n" % i)
            peers[0].send(b"to all\n/me waves\n/msg p1 psst\n/who\n" + b"x" * 5000 + b"\n")
            peers[1].until(b"psst\n")
            with Peer.connect(("127.0.0.1", server.port), timeout=SLOW) as fourth:
                fourth.to_end()
            for peer in peers:
                peer.close()
            self.is_clean(server)

    def test_serve_datagrams(self):
        for mode in ("--reply", "--echo", "--chat"):
            with self.subTest(mode=mode), self.serve("-u", mode) as server, \
                    Peer.udp(("127.0.0.1", server.port), timeout=SLOW) as peer:
                peer.send(b"hello\n")
                peer.recv()
                self.is_clean(server)

    def test_talk(self):
        with Server("--echo") as server:
            r = run("talk", "127.0.0.1", str(server.port), input="hello\n", prefix=VALGRIND,
                    timeout=SLOW)
            self.assertEqual(r.status, 0, r)
            self.assertIn("hello", r.out)
            self.assertNotIn("== ", r.err)


if __name__ == "__main__":
    unittest.main()
