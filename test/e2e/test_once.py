# SPDX-License-Identifier: ISC
"""test_once.py - nod serve --once: one client; with --raw the connection is stdin and stdout"""

import hashlib
import os
import socket
import subprocess
import threading
import time
import unittest

from nodtest import (NOD, Collected, Peer, Server, directory, environ, eventually,
                     is_sanitized, need, run)

TIME_LIMIT = 240
GIB = 1 << 30


class Once(unittest.TestCase):
    def test_ends_after_its_client(self):
        for how in ("process", "thread", "select", "poll", "epoll"):
            with self.subTest(how=how), Server("--once", "--reply", "yes", "--how", how) as server:
                with server.connect() as peer:
                    peer.send(b"x\n")
                    self.assertEqual(peer.line(), b"yes")
                    eventually(lambda: is_refused(server.port))
                self.assertEqual(server.wait(), 0)


def is_refused(port):
    with socket.socket() as sock:
        sock.settimeout(5)
        return sock.connect_ex(("127.0.0.1", port)) != 0


class Raw(unittest.TestCase):
    """What is sent arrives, octet for octet, each way with its own end."""

    def start(self, *args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more):
        process = subprocess.Popen([NOD, "serve", "--once", "--raw", *args, "127.0.0.1:0"],
                                   stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                   env=environ(), **more)
        self.addCleanup(self.end, process)
        line = process.stderr.readline().decode()  # stdout is the connection's
        self.assertIn("127.0.0.1:", line)
        return process, int(line.rsplit(":", 1)[1].split()[0])

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe and not pipe.closed:
                pipe.close()

    def test_both_ways(self):
        process, port = self.start()
        with Peer.connect(("127.0.0.1", port)) as peer:
            octets = bytes(range(256)) * 64
            process.stdin.write(octets)
            process.stdin.flush()
            self.assertEqual(peer.exactly(len(octets)), octets)
            peer.send(octets)
            self.assertEqual(process.stdout.read(len(octets)), octets)
            process.stdin.close()
            self.assertEqual(peer.to_end(), b"")  # our end
            peer.send(b"last words")
            peer.finish()
            self.assertEqual(Collected(process.stdout).to_end(), b"last words")
            self.assertEqual(process.wait(20), 0)

    def test_the_peers_end_does_not_end_our_way(self):
        process, port = self.start()
        with Peer.connect(("127.0.0.1", port)) as peer:
            peer.send(b"all I have")
            peer.finish()
            self.assertEqual(Collected(process.stdout).to_end(), b"all I have")
            process.stdin.write(b"and here is mine")
            process.stdin.close()
            self.assertEqual(peer.to_end(), b"and here is mine")
        self.assertEqual(process.wait(20), 0)

    def test_nothing_of_ours_is_among_the_octets(self):
        process, port = self.start(stdin=subprocess.DEVNULL)
        with Peer.connect(("127.0.0.1", port)) as peer:
            peer.finish()
            self.assertEqual(peer.to_end(), b"")
        self.assertEqual(process.wait(20), 0)
        self.assertEqual(process.stdout.read(), b"")

    def test_a_second_client_is_not_served(self):
        process, port = self.start()
        with Peer.connect(("127.0.0.1", port)) as peer:
            process.stdin.write(b"x")
            process.stdin.flush()
            peer.exactly(1)
            with self.assertRaises(OSError):
                Peer.connect(("127.0.0.1", port), timeout=5).close()

    def test_a_reset_is_told(self):
        process, port = self.start()
        peer = Peer.connect(("127.0.0.1", port))
        process.stdin.write(b"x")
        process.stdin.flush()
        peer.exactly(1)
        peer.reset()
        self.assertEqual(process.wait(20), 1)
        self.assertNotEqual(process.stderr.read(), b"")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            process, port = self.start(stdout=full)
        with Peer.connect(("127.0.0.1", port)) as peer:
            peer.send(b"x" * 1000)
            self.assertEqual(process.wait(20), 1)
        self.assertIn(b"space", process.stderr.read())

    def test_a_reader_that_leaves_ends_it(self):
        process, port = self.start()
        process.stdout.close()
        with Peer.connect(("127.0.0.1", port)) as peer:
            peer.send(b"x" * 1000)
            self.assertEqual(process.wait(20), 1)

    def test_signals_end_it(self):
        for connected in (False, True):
            with self.subTest(connected=connected):
                process, port = self.start()
                peer = Peer.connect(("127.0.0.1", port)) if connected else None
                if peer:
                    process.stdin.write(b"x")
                    process.stdin.flush()
                    peer.exactly(1)
                process.terminate()
                process.wait(10)
                if peer:
                    peer.close()

    def test_unix_socket(self):
        with directory() as path:
            process = subprocess.Popen(
                [NOD, "serve", "--once", "--raw", "unix:%s/s" % path], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ())
            self.addCleanup(self.end, process)
            process.stderr.readline()
            with Peer.connect("%s/s" % path) as peer:
                process.stdin.write(b"hello")
                process.stdin.close()
                self.assertEqual(peer.to_end(), b"hello")
            self.assertEqual(process.wait(20), 0)

    def test_a_gibibyte_in(self):
        """A file sent is a file received: here 1 GiB towards the server's stdout."""
        with directory() as path, open(os.path.join(path, "got"), "w+b") as got:
            process, port = self.start(stdin=subprocess.DEVNULL, stdout=got)
            size = GIB // 4 if is_sanitized() else GIB
            with Peer.connect(("127.0.0.1", port), timeout=100) as peer:
                want = send_pattern(peer.sock, size)
                peer.finish()
                self.assertEqual(peer.to_end(), b"")
            self.assertEqual(process.wait(60), 0)
            got.seek(0)
            self.assertEqual(os.fstat(got.fileno()).st_size, size)
            self.assertEqual(hash_of_file(got), want)

    def test_a_gibibyte_out(self):
        size = GIB // 4 if is_sanitized() else GIB
        with directory() as path, open(os.path.join(path, "file"), "w+b") as file:
            want = write_pattern(file, size)
            file.seek(0)
            process, port = self.start(stdin=file, stdout=subprocess.DEVNULL)
            with Peer.connect(("127.0.0.1", port), timeout=100) as peer:
                peer.finish()
                got, n = hashlib.blake2b(), 0
                while data := peer.sock.recv(1 << 20):
                    got.update(data)
                    n += len(data)
            self.assertEqual(n, size)
            self.assertEqual(got.hexdigest(), want)
            self.assertEqual(process.wait(60), 0)

    def test_both_ways_at_once(self):
        size = 32 << 20
        with directory() as path, open(os.path.join(path, "file"), "w+b") as file, \
                open(os.path.join(path, "got"), "w+b") as got:
            out_hash = write_pattern(file, size)
            file.seek(0)
            process, port = self.start(stdin=file, stdout=got)
            with Peer.connect(("127.0.0.1", port), timeout=100) as peer:
                result = {}

                def send():
                    result["in"] = send_pattern(peer.sock, size)
                    peer.finish()
                sender = threading.Thread(target=send)
                sender.start()
                received = hashlib.blake2b()
                while data := peer.sock.recv(1 << 20):
                    received.update(data)
                sender.join(100)
            self.assertEqual(process.wait(60), 0)
            self.assertEqual(received.hexdigest(), out_hash)
            got.seek(0)
            self.assertEqual(hash_of_file(got), result["in"])

    def test_waiting_burns_no_processor(self):
        process, port = self.start()
        with Peer.connect(("127.0.0.1", port)) as peer:
            peer.finish()  # the peer's end is a state in which a loop may spin
            process.stdin.write(b"x")
            process.stdin.flush()
            peer.exactly(1)
            before = cpu_of(process.pid)
            time.sleep(0.7)
            self.assertLess(cpu_of(process.pid) - before, 0.2)

    @need("prlimit")
    def test_memory_is_bounded_when_the_reader_is_slow(self):
        process, port = self.start()
        with Peer.connect(("127.0.0.1", port)) as peer:
            peer.sock.settimeout(0.5)
            try:
                for _ in range(2000):
                    peer.sock.send(b"x" * 65536)
            except TimeoutError:
                pass
            with open("/proc/%d/status" % process.pid, encoding="ascii") as f:
                rss = next(int(x.split()[1]) for x in f if x.startswith("VmRSS"))
            self.assertLess(rss, 64 << 10 if is_sanitized() else 16 << 10)


def pattern():
    """A mebibyte that is not the same from one to the next."""
    block = bytearray(os.urandom(4096) * 256)
    n = 0
    while True:
        block[:8] = n.to_bytes(8, "big")
        n += 1
        yield block


def send_pattern(sock, size):
    digest = hashlib.blake2b()
    for _, block in zip(range(size >> 20), pattern()):
        digest.update(block)
        sock.sendall(block)
    return digest.hexdigest()


def write_pattern(file, size):
    digest = hashlib.blake2b()
    for _, block in zip(range(size >> 20), pattern()):
        digest.update(block)
        file.write(block)
    file.flush()
    return digest.hexdigest()


def hash_of_file(file):
    digest = hashlib.blake2b()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def cpu_of(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class BadUse(unittest.TestCase):
    def test_raw_alone(self):
        self.assertEqual(run("serve", "--raw", "127.0.0.1:0").status, 2)


if __name__ == "__main__":
    unittest.main()
