# SPDX-License-Identifier: ISC
"""test_talk_raw.py - nod talk --raw: octets both ways, unchanged"""

import contextlib
import hashlib
import os
import re
import subprocess
import threading
import time
import unittest

from nodtest import (DEADLINE, NOD, Collected, Running, Script, directory, environ, eventually,
                     free_port, need, run)
from talktest import Answering


class Raw(unittest.TestCase):
    OCTETS = 100 << 20

    def octets(self, seed):
        block = hashlib.shake_256(seed).digest(1 << 20)
        for i in range(self.OCTETS >> 20):
            yield block[i:] + block[:i]

    def digest(self, seed):
        h = hashlib.sha256()
        for block in self.octets(seed):
            h.update(block)
        return h.hexdigest()

    def test_100_mib_both_ways_at_once(self):
        got = hashlib.sha256()

        def play(peer):
            sender = threading.Thread(target=lambda: [peer.send(b) for b in self.octets(b"a")])
            sender.start()
            while True:
                more = peer.recv(1 << 20)
                if not more:
                    break
                got.update(more)
            sender.join()

        back = hashlib.sha256()
        with Answering(play) as server:
            talk = subprocess.Popen([NOD, "talk", "--raw", "127.0.0.1", str(server.port)],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)

            def feed():
                for block in self.octets(b"b"):
                    talk.stdin.write(block)
                talk.stdin.close()

            feeder = threading.Thread(target=feed)
            feeder.start()
            while True:
                more = talk.stdout.read1(1 << 20)
                if not more:
                    break
                back.update(more)
            feeder.join()
            self.assertEqual(talk.wait(DEADLINE), 0)
            talk.stdout.close()
        self.assertEqual(back.hexdigest(), self.digest(b"a"))
        self.assertEqual(got.hexdigest(), self.digest(b"b"))

    def test_a_reader_that_is_slow_holds_the_peer_back_and_not_the_input(self):
        taken = [0]

        def play(peer):
            peer.sock.setblocking(False)
            for _ in range(200):
                with contextlib.suppress(BlockingIOError):
                    while taken[0] < 50 << 20:
                        taken[0] += peer.sock.send(b"x" * 65536)
                with contextlib.suppress(BlockingIOError):
                    if peer.sock.recv(65536) == b"still heard":
                        break
                time.sleep(0.02)
            else:
                raise AssertionError("the input was not heard")

        with Answering(play) as server:
            talk = subprocess.Popen([NOD, "talk", "--raw", "127.0.0.1", str(server.port)],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            try:
                held = [-1]

                def is_held():
                    held[0], before = taken[0], held[0]
                    return taken[0] and held[0] == before
                eventually(is_held, step=0.1)
                talk.stdin.write(b"still heard")
                talk.stdin.flush()
                server.thread.join(DEADLINE)
                self.assertLess(taken[0], 50 << 20)
            finally:
                talk.kill()
                talk.wait()
                talk.stdin.close()
                talk.stdout.close()

    def test_half_close_both_ways(self):
        def play(peer):
            self.got = peer.to_end()
            peer.send(b"\x00answer\xff")

        with Answering(play) as server:
            r = run("talk", "--raw", "127.0.0.1", str(server.port), input=b"\x00\r\n\xff")
        self.assertEqual((r.status, r.raw, self.got), (0, b"\x00answer\xff", b"\x00\r\n\xff"))

    def test_a_peer_that_ends_first_still_gets_all(self):
        def play(peer):
            peer.send(b"done")
            peer.finish()
            self.got = peer.to_end()

        data = os.urandom(1 << 20)
        with Answering(play) as server:
            r = run("talk", "--raw", "127.0.0.1", str(server.port), input=data)
        self.assertEqual((r.status, r.raw), (0, b"done"))
        self.assertEqual(self.got, data)

    def test_an_answer_before_the_reset_is_kept(self):
        def play(peer):
            peer.exactly(10)
            peer.send(b"error: not like this\n")  # and closes with much unread: a RST

        with Answering(play) as server, directory() as d:
            path = os.path.join(d, "big")
            with open(path, "wb") as f:
                f.truncate(50 << 20)
            with open(path, "rb") as f:
                done = subprocess.run([NOD, "talk", "--raw", "127.0.0.1", str(server.port)],
                                      stdin=f, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      timeout=DEADLINE, check=False, env=environ("en"))
        self.assertEqual((done.returncode, done.stdout), (1, b"error: not like this\n"))
        self.assertTrue(b"RST" in done.stderr or b"broken pipe" in done.stderr, done.stderr)

    def test_a_reader_that_goes_away(self):
        def play(peer):
            with contextlib.suppress(OSError):
                while True:
                    peer.send(b"x" * 65536)

        with Answering(play) as server:
            done = subprocess.run(
                ["bash", "-c", '"$1" talk --raw 127.0.0.1 "$2" </dev/null | head -c 10; '
                 'echo " ${PIPESTATUS[0]}"', "bash", NOD, str(server.port)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual(done.stdout, b"xxxxxxxxxx 1\n")

    def test_wait(self):
        with Script() as script:
            r = run("talk", "--raw", "--wait", "200ms", "127.0.0.1", str(script.port), input=b"x")
            self.assertEqual(r.status, 0)

    def test_a_file_through_serve_once_raw(self):
        data = os.urandom(3 << 20)
        with directory() as d:
            path = os.path.join(d, "received")
            with open(path, "wb") as f, Running("serve", "--once", "--raw", "127.0.0.1:0",
                                                stdout=f) as server:
                port = server.err.wait(re.compile(r":(\d+)\n")).group(1)
                server.hang_up()
                r = run("talk", "--raw", "127.0.0.1", port, input=data)
                self.assertEqual((r.status, server.wait()), (0, 0))
            with open(path, "rb") as f:
                self.assertEqual(f.read(), data)

    @need("ncat")
    def test_ncat(self):
        port = free_port()
        data = os.urandom(1 << 20)
        ncat = subprocess.Popen(["ncat", "-l", "127.0.0.1", str(port)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE)
        out = Collected(ncat.stdout)
        try:
            r = run("talk", "--raw", "--retry", "100", "--delay", "50ms", "127.0.0.1", str(port),
                    input=data)
            self.assertEqual(r.status, 0)
            ncat.wait(DEADLINE)
            out.thread.join(DEADLINE)
            self.assertEqual(bytes(out.data), data)
        finally:
            ncat.kill()
            ncat.wait()
            out.thread.join(DEADLINE)
            ncat.stdout.close()


if __name__ == "__main__":
    unittest.main()
