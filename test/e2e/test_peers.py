# SPDX-License-Identifier: ISC
"""test_peers.py - ncat, socat, nc and telnet-like clients with nod, both ways, TCP and UDP"""

import os
import socket
import subprocess
import unittest

from nodtest import (DEADLINE, NOD, Collected, Server, directory, environ, eventually,
                     free_port, need, run)

TALK_UDP_WAIT = "2"


def pipe(*command, input=b"", timeout=DEADLINE):
    """Run a program with @input; its stdout.  What it says on stderr goes with a failure."""
    done = subprocess.run(command, input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, env=environ())
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Other:
    """A program of others that listens, its stdin and stdout pipes."""

    def __init__(self, *command, ready):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environ())
        self.out, self.err = Collected(self.process.stdout), Collected(self.process.stderr)
        eventually(ready)

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for collected, stream in ((self.out, self.process.stdout), (self.err, self.process.stderr)):
            collected.thread.join(DEADLINE)
            stream.close()
        self.process.stdin.close()


def listens(port, kind="tcp"):
    """Whether somebody has the port, from /proc: a connection would be taken for a client."""
    with open("/proc/net/%s" % kind, encoding="ascii") as f:
        return any(line.split()[1].endswith(":%04X" % port) for line in f.readlines()[1:])


class Clients(unittest.TestCase):
    """Other people's clients with nod serve."""

    @need("ncat")
    def test_ncat(self):
        with Server("--reply", "yes") as server:
            self.assertEqual(pipe("ncat", "127.0.0.1", str(server.port), input=b"a\nb\n"),
                             b"yes\nyes\n")
        with Server("--echo") as server:
            octets = os.urandom(300000)
            self.assertEqual(pipe("ncat", "127.0.0.1", str(server.port), input=octets), octets)

    @need("socat")
    def test_socat(self):
        with Server("--reply", "yes") as server:
            self.assertEqual(pipe("socat", "-t5", "-", "TCP:127.0.0.1:%d" % server.port,
                                  input=b"a\nb\n"), b"yes\nyes\n")
        with Server("--echo") as server:
            octets = os.urandom(300000)
            self.assertEqual(pipe("socat", "-t5", "-", "TCP:127.0.0.1:%d" % server.port,
                                  input=octets), octets)

    @need("nc.openbsd")
    def test_nc(self):
        with Server("--echo") as server:
            octets = os.urandom(300000)
            self.assertEqual(pipe("nc.openbsd", "-N", "127.0.0.1", str(server.port),
                                  input=octets), octets)

    @need("telnet")
    def test_telnet(self):
        with Server("--reply", "yes") as server:
            client = subprocess.Popen(["telnet", "127.0.0.1", str(server.port)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env=environ())
            out = Collected(client.stdout)
            try:
                out.wait("Escape character")
                client.stdin.write(b"hello\n")
                client.stdin.flush()
                out.wait("yes")
                server.out.wait("hello\n")
            finally:
                client.kill()
                client.wait()
                client.stdin.close()
                out.thread.join(DEADLINE)
                client.stdout.close()

    @need("ncat")
    def test_ncat_unix(self):
        with directory() as path, Server("--reply", "yes", at="unix:%s/s" % path):
            self.assertEqual(pipe("ncat", "-U", "%s/s" % path, input=b"a\n"), b"yes\n")

    @need("socat")
    def test_socat_unix(self):
        with directory() as path, Server("--reply", "yes", at="unix:%s/s" % path):
            self.assertEqual(pipe("socat", "-t5", "-", "UNIX-CONNECT:%s/s" % path, input=b"a\n"),
                             b"yes\n")

    @need("ncat")
    def test_ncat_udp(self):
        with Server("-u", "--reply", "yes") as server:
            self.assertEqual(udp_by("ncat", server.port), b"yes\n")

    @need("socat")
    def test_socat_udp(self):
        with Server("-u", "--reply", "yes") as server:
            self.assertEqual(pipe("socat", "-t1", "-", "UDP:127.0.0.1:%d" % server.port,
                                  input=b"hello\n"), b"yes\n")

    @need("ncat", "socat")
    def test_both_in_one_chat(self):
        with Server("--chat") as server, \
                Other("ncat", "127.0.0.1", str(server.port), ready=lambda: True) as a, \
                Other("socat", "-", "TCP:127.0.0.1:%d" % server.port, ready=lambda: True) as b:
            a.out.wait("welcome")
            b.out.wait("welcome")
            a.type("/name ncat\nhello from ncat\n")
            b.out.wait("ncat: hello from ncat\n")
            b.type("/name socat\nhello from socat\n")
            a.out.wait("socat: hello from socat\n")

    @need("ncat")
    def test_file_to_once_raw(self):
        octets = os.urandom(1 << 20)
        with Once() as once:
            pipe("ncat", "--send-only", "127.0.0.1", str(once.port), input=octets)
            once.process.stdin.close()
            self.assertEqual(once.out.to_end(), octets)
            self.assertEqual(once.process.wait(DEADLINE), 0)

    @need("socat")
    def test_file_from_once_raw(self):
        octets = os.urandom(1 << 20)
        with Once() as once:
            client = subprocess.Popen(["socat", "-u", "TCP:127.0.0.1:%d" % once.port, "-"],
                                      stdout=subprocess.PIPE)
            once.process.stdin.write(octets)
            once.process.stdin.close()
            got, _ = client.communicate(timeout=DEADLINE)
            self.assertEqual(got, octets)
            self.assertEqual(once.process.wait(DEADLINE), 0)


def udp_by(program, port):
    """Say a line by UDP and wait for the answer, then end the program."""
    client = subprocess.Popen([program, "-u", "127.0.0.1", str(port)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ())
    out = Collected(client.stdout)
    try:
        client.stdin.write(b"hello\n")
        client.stdin.flush()
        out.wait("\n")
        return bytes(out.data)
    finally:
        client.kill()
        client.wait()
        client.stdin.close()
        out.thread.join(DEADLINE)
        client.stdout.close()


class Once:
    """`nod serve --once --raw` with pipes."""

    def __init__(self):
        self.process = subprocess.Popen([NOD, "serve", "--once", "--raw", "127.0.0.1:0"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environ())
        line = self.process.stderr.readline().decode()
        self.port = int(line.rsplit(":", 1)[1].split()[0])
        self.out = Collected(self.process.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.out.thread.join(DEADLINE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class Servers(unittest.TestCase):
    """nod talk with other people's servers."""

    @need("ncat")
    def test_ncat(self):
        port = free_port()
        with Other("ncat", "-l", "127.0.0.1", str(port), ready=lambda: listens(port)) as other:
            other.type("hello from ncat\n")
            other.process.stdin.close()
            r = run("talk", "127.0.0.1", str(port), input="hello from nod\n")
            self.assertEqual(r.status, 0, r)
            self.assertIn("hello from ncat\n", r.out)
            other.out.wait("hello from nod\n")

    @need("socat")
    def test_socat_that_echoes(self):
        port = free_port()
        with Other("socat", "TCP-LISTEN:%d,bind=127.0.0.1,reuseaddr,fork" % port, "EXEC:cat",
                   ready=lambda: listens(port)):
            octets = os.urandom(200000)
            r = run("talk", "--raw", "127.0.0.1", str(port), input=octets)
            self.assertEqual((r.status, r.raw), (0, octets))

    @need("socat")
    def test_socat_unix(self):
        with directory() as path:
            name = "%s/s" % path
            with Other("socat", "UNIX-LISTEN:%s,fork" % name, "EXEC:cat",
                       ready=lambda: os.path.exists(name)):
                r = run("talk", "unix:" + name, input="hello\n")
                self.assertEqual(r.status, 0, r)
                self.assertIn("hello\n", r.out)

    @need("socat")
    def test_socat_udp(self):
        port = free_port(socket.SOCK_DGRAM)
        with Other("socat", "UDP-RECVFROM:%d,bind=127.0.0.1,fork" % port, "EXEC:cat",
                   ready=lambda: listens(port, "udp")):
            r = run("talk", "-u", "--wait", TALK_UDP_WAIT, "127.0.0.1", str(port),
                    input="hello\n")
            self.assertIn("hello\n", r.out)

    @need("ncat")
    def test_ncat_udp(self):
        port = free_port(socket.SOCK_DGRAM)
        with Other("ncat", "-u", "-l", "127.0.0.1", str(port),
                   ready=lambda: listens(port, "udp")) as other:
            r = run("talk", "-u", "--wait", TALK_UDP_WAIT, "127.0.0.1", str(port),
                    input="hello by datagram\n")
            self.assertIn(r.status, (0, 1), r)
            other.out.wait("hello by datagram\n")


if __name__ == "__main__":
    unittest.main()
