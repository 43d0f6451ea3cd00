# SPDX-License-Identifier: ISC
"""nod serve and nod talk on a wire that --impair breaks: every octet arrives all the same"""

import os
import subprocess
import tempfile
import unittest

from nettest import PEER, TAP, TAP4, Peer, need_tap, tap_net
from nodtest import DEADLINE, Server, need, run

TIME_LIMIT = 300
MIB = 1 << 20

# Sends its input there and back; prints whether it is the same.
ECHOED = """
import threading
s = tcp("10.9.0.2", timeout=120)
data = sys.stdin.buffer.read()
t = threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
t.start()
got = rest(s)
t.join()
print(got == data, len(got))
"""
ECHO = """
l = socket.create_server(("10.9.0.1", 7000))
print("up")
s, _ = l.accept()
s.settimeout(120)
while True:
    data = s.recv(65536)
    if not data:
        break
    s.sendall(data)
s.close()
"""


def faults(percent):
    return (f"loss={percent}%,dup=1%,reorder=2%,corrupt={percent / 2}%,delay=2ms~2ms,"
            f"seed={17 + percent}")


@need_tap
@need("ip")
class BesideLinux(unittest.TestCase):
    """Linux's TCP at the other end of a TAP; both directions are broken, each by itself."""

    @classmethod
    def setUpClass(cls):
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)

    def test_linux_calls(self):
        for percent, size in ((0, 8 * MIB), (1, 3 * MIB), (5, MIB)):
            data = os.urandom(size)
            with self.subTest(percent=percent), \
                    Server("--echo", "--net", TAP, "--impair", faults(percent), at=":7777",
                           prefix=self.net.prefix):
                p = subprocess.run(
                    [*self.net.prefix, "python3", "-c", PEER + ECHOED], input=data,
                    capture_output=True, timeout=120)
                self.assertEqual(p.stdout.decode().strip(), f"True {size}", p.stderr)

    def test_nod_calls(self):
        for percent, size in ((0, 8 * MIB), (1, 3 * MIB), (5, MIB)):
            data = os.urandom(size)
            with self.subTest(percent=percent), Peer(self.net, ECHO) as peer:
                self.assertEqual(peer.line(), "up")
                r = run("talk", "--raw", "--net", TAP4, "--impair", faults(percent), "10.9.0.1",
                        "7000", input=data, prefix=self.net.prefix, timeout=120)
                self.assertEqual(r.status, 0, r.err)
                self.assertTrue(r.raw == data, len(r.raw))  # not a megabyte of difference


class ByCable(unittest.TestCase):
    """Two stacks, and no privilege."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.cable = f"cable:{self.dir.name}/wire"

    def serve(self, *more):
        return Server("--echo", "--net", f"{self.cable},10.9.0.1/24,at-once", *more,
                      at="10.9.0.1:7777")

    def talk(self, *more, data=b"one\ntwo\n"):
        return run("talk", "--raw", "--net", f"{self.cable},10.9.0.2/24,at-once", *more,
                   "10.9.0.1", "7777", input=data, timeout=2 * DEADLINE)

    def test_both_ends_break_it(self):
        line = b"it has to arrive, whatever happens to it on its way\n" * 4000
        with self.serve("--impair", faults(3)) as server:
            r = self.talk("--impair", faults(2), data=line)
            self.assertEqual((r.status, r.out), (0, line.decode()), r.err)
            server.out.wait("connect from 10.9.0.2")

    def test_a_packet_that_is_lost_is_told_and_sent_again(self):
        with self.serve():
            r = self.talk("--trace", "--impair", "drop 1st data segment a>b")
        self.assertEqual((r.status, r.out), (0, "one\ntwo\n"), r)
        self.assertIn("dropped by a rule", r.err)
        self.assertIn("sent again", r.err)

    def test_the_seed_is_told_when_none_is_given(self):
        with self.serve():
            r = self.talk("--impair", "delay=1ms")
        self.assertEqual((r.status, r.out), (0, "one\ntwo\n"), r)
        self.assertRegex(r.err, r"faults are drawn by seed=\d+")

    def test_a_capture(self):
        path = os.path.join(self.dir.name, "talk.pcapng")
        with self.serve():
            r = self.talk("--capture", path)
        self.assertEqual((r.status, r.out), (0, "one\ntwo\n"), r)
        with open(path, "rb") as f:
            got = f.read()
        self.assertEqual(got[:4], b"\n\r\r\n")
        self.assertIn(b"one\ntwo\n", got)

    def test_a_capture_that_has_no_room(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("needs /dev/full")
        with self.serve():
            r = self.talk("--capture", "/dev/full")
        self.assertEqual(r.status, 1, r)
        self.assertIn("/dev/full", r.err)

    def test_the_kernels_wires_are_not_ours(self):
        for command in (("talk", "127.0.0.1", "1"), ("serve", "127.0.0.1:0")):
            for option in (("--impair", "loss=1%"), ("--capture", "/tmp/never")):
                with self.subTest(command=command, option=option):
                    r = run(*command, *option)
                    self.assertEqual((r.status, r.out), (2, ""), r)
                    self.assertIn("--net", r.err)

    def test_what_cannot_be_read(self):
        for command in ("talk", "serve"):
            r = run(command, "--net", f"{self.cable},10.9.0.1/24", "--impair", "loss=200%", "::1")
            self.assertEqual(r.status, 2, r)
            self.assertIn("--impair", r.err)


if __name__ == "__main__":
    unittest.main()
