# SPDX-License-Identifier: ISC
"""nod serve and nod talk by --net, over TCP of nod's own: beside a kernel (TAP), and by cable

What they do over the kernel's TCP is in test_serve.py, test_talk.py and their kin; here is what
could differ: each mode and way on a stack, peers of other people's making, ends of each kind.
"""

import hashlib
import os
import subprocess
import tempfile
import unittest

from nettest import TAP, TAP4, Peer, ask, need_tap, tap_net
from nodtest import DEADLINE, SIGINT, SIGTERM, Server, is_sanitized, need, run

TIME_LIMIT = 300
MIB = 1 << 20
ME = "10.9.0.2"

# Says what the notes' client says, and prints what it hears: once with, once without a newline.
NOTES_CLIENT = """
s = tcp("10.9.0.2")
for line in (b"hello\\n", b"again"):
    s.send(line)
    print(s.recv(1024).decode().strip())
s.close()
"""

NOTES_SERVER = """
l = socket.create_server(("10.9.0.1", 7000))
print("up")
s, _ = l.accept()
while True:
    data = s.recv(1024)
    if not data:
        break
    s.send(b"heard: " + data)
s.close()
"""

BULK = """
s = tcp(sys.argv[1])
data = sys.stdin.buffer.read()
import threading
t = threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
t.start()
got = rest(s)
t.join()
print(got == data, len(got))
"""


class Case(unittest.TestCase):
    """A network whose kernel has 10.9.0.1 and 2001:db8::1 on tap0."""

    @classmethod
    def setUpClass(cls):
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)

    def server(self, *args, net=TAP, at=":7777", **more):
        return Server(*args, "--net", net, at=at, prefix=self.net.prefix, **more)

    def talk(self, *args, net=TAP4, input="hello\n", **more):
        return run("talk", "--net", net, *args, input=input, prefix=self.net.prefix,
                   timeout=2 * DEADLINE, **more)

    def ask(self, program, *args, input=b""):
        return ask(self.net, program, *args, input=input)


@need_tap
@need("ip")
class Served(Case):
    def test_the_notes_client_gets_the_notes_reply(self):
        for how in ("select", "poll", "epoll", "thread"):
            with self.subTest(how=how), self.server("--how", how) as server:
                said = self.ask(NOTES_CLIENT).splitlines()
                self.assertEqual(len(said), 2)
                for line in said:
                    self.assertIn("来,确认下眼神", line)
                server.out.wait("hello")
                server.out.wait("again")
                server.out.wait("connect from 10.9.0.1:")

    def test_echo_of_every_size_both_families_each_way(self):
        for how in ("select", "poll", "epoll", "thread"):
            with self.server("--echo", "--how", how):
                for address in (ME, "2001:db8::2"):
                    for size in (0, 1, 1460, 1461, 100000, 4 * MIB):
                        with self.subTest(how=how, address=address, size=size):
                            self.assertEqual(self.ask(BULK, address, input=os.urandom(size)),
                                             f"True {size}")

    def test_chat_between_three(self):
        with self.server("--chat"):
            self.assertEqual(self.ask("""
peers = [tcp("10.9.0.2") for _ in range(3)]
for i, s in enumerate(peers):
    s.sendall(b"/name n%d\\n" % i)
    while b"n%d" % i not in s.recv(9999):
        pass
peers[0].sendall(b"to all of you\\n")
for s in peers[1:]:
    heard = b""
    while b"to all of you" not in heard:
        heard += s.recv(9999)
print("heard")
"""), "heard")

    def test_discard_takes_everything_and_says_nothing(self):
        with self.server("--discard") as server:
            self.assertEqual(self.ask("""
s = tcp("10.9.0.2")
s.sendall(bytes(20000000))
s.shutdown(socket.SHUT_WR)
print(rest(s))
"""), "b''")
            server.out.wait("connect from")

    def test_a_command_for_each(self):
        with self.server("--exec", "tr a-z A-Z"):
            self.assertEqual(self.ask(BULK.replace("got == data", "got == data.upper()"), ME,
                                      input=b"each its own\n" * 20000), "True 260000")

    def test_a_hundred_at_once(self):
        for how in ("epoll", "poll", "thread"):
            with self.subTest(how=how), self.server("--echo", "--how", how):
                self.assertEqual(self.ask("""
peers = [tcp("10.9.0.2") for _ in range(100)]
for i, s in enumerate(peers):
    s.sendall(b"%d\\n" % i * 1000)
    s.shutdown(socket.SHUT_WR)
print(all(rest(s) == b"%d\\n" % i * 1000 for i, s in enumerate(peers)))
"""), "True")

    def test_limits(self):
        with self.server("--echo", "--max-clients", "2", "--idle-timeout", "1s",
                         "--deny", "2001:db8::/64") as server:
            self.assertEqual(self.ask("""
a, b, c = tcp("10.9.0.2"), tcp("10.9.0.2"), tcp("10.9.0.2")
a.sendall(b"x\\n")
print(a.recv(9))
try:
    told = rest(c)
except ConnectionResetError:
    told = "reset"
print("c has ended")
rest(a), rest(b)  # idle for a second
print("they have ended")
try:
    rest(tcp("2001:db8::2"))
except ConnectionResetError:
    pass
print("denied")
""").splitlines(), ["b'x\\n'", "c has ended", "they have ended", "denied"])
            server.out.wait("connect from 10.9.0.1")

    def test_signals(self):
        server = self.server("--echo")
        with Peer(self.net, """
s = tcp("10.9.0.2")
s.sendall(b"x\\n")
s.recv(9)
print("up")
print(rest(s))
""") as peer:
            self.assertEqual(peer.line(), "up")
            server.signal(SIGTERM)
            self.assertEqual(server.wait(), 0)
            self.assertEqual(peer.line(), "b''", "it ends in order")
        server.kill()
        with self.server("--echo") as server:  # and its port can be had again
            server.signal(SIGINT)
            self.assertEqual(server.wait(), 0)

    def test_once_raw_receives_and_gives_a_hundred_mebibytes(self):
        size = (10 if is_sanitized() else 100) * MIB
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "octets")
            with open(path, "wb") as f:
                for _ in range(size // MIB):
                    f.write(os.urandom(MIB))
            with open(path, "rb") as f:
                want = hashlib.sha256(f.read()).hexdigest()
            program = """
import hashlib, os, threading
s = tcp("10.9.0.2")
def give():
    with open(sys.argv[1], "rb") as f:
        s.sendfile(f)
    s.shutdown(socket.SHUT_WR)
t = threading.Thread(target=give)
t.start()
h, n = hashlib.sha256(), 0
while True:
    data = s.recv(1 << 20)
    if not data:
        break
    h.update(data)
    n += len(data)
t.join()
print(h.hexdigest(), n)
"""
            with open(path, "rb") as f, open(path + ".got", "wb") as got:
                with Server("--once", "--raw", "--net", TAP, at=":7777", stdin=f, stdout=got,
                            prefix=self.net.prefix) as server:
                    self.assertEqual(self.ask(program, path).split(), [want, str(size)])
                    self.assertEqual(server.wait(), 0)
            with open(path + ".got", "rb") as f:
                self.assertEqual(hashlib.sha256(f.read()).hexdigest(), want)

    @need("curl")
    def test_curl(self):
        page = os.urandom(2 * MIB)
        with tempfile.TemporaryFile() as f:
            f.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
            f.seek(0)
            with Server("--once", "--raw", "--net", TAP, at=":7777", stdin=f,
                        stdout=subprocess.DEVNULL, prefix=self.net.prefix) as server:
                p = subprocess.run([*self.net.prefix, "curl", "-s", "-m", "15",
                                    "http://[2001:db8::2]:7777/"], capture_output=True,
                                   timeout=DEADLINE)
                self.assertEqual(p.stdout, page)
                self.assertEqual(server.wait(), 0)

    def test_a_client_that_resets_and_one_that_half_closes(self):
        with self.server("--json", "--echo") as server:
            self.assertEqual(self.ask("""
s = tcp("10.9.0.2")
s.sendall(b"x\\n")
s.recv(9)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
s = tcp("10.9.0.2")
s.sendall(b"last words")
s.shutdown(socket.SHUT_WR)
print(rest(s))
"""), "b'last words'")
            server.event("closed", reason="reset")
            server.event("closed", reason="peer")

    def test_a_port_where_nobody_listens_refuses(self):
        with self.server("--echo"):
            self.assertEqual(self.ask("""
for a in ("10.9.0.2", "2001:db8::2"):
    try:
        tcp(a, 7778)
    except ConnectionRefusedError:
        print("refused")
""").splitlines(), ["refused"] * 2)

    def test_trace_shows_handshake_and_close(self):
        with self.server("--echo", "--trace", net=TAP4) as server:
            self.ask("s = tcp('10.9.0.2')\ns.sendall(b'hi\\n')\ns.recv(9)\ns.close()")
            for text in ("SYN", "ESTABLISHED", "FIN"):
                server.err.wait(text)

    @need("ncat")
    def test_ncat(self):
        data = os.urandom(300000)
        with self.server("--echo"):
            p = subprocess.run([*self.net.prefix, "ncat", ME, "7777"], input=data,
                               capture_output=True, timeout=DEADLINE)
            self.assertEqual(p.stdout, data)

    @need("socat")
    def test_socat(self):
        data = os.urandom(300000)
        with self.server("--echo"):
            for to in ("TCP4:10.9.0.2:7777", "TCP6:[2001:db8::2]:7777"):
                p = subprocess.run([*self.net.prefix, "socat", "-t9", "-", to], input=data,
                                   capture_output=True, timeout=DEADLINE)
                self.assertEqual(p.stdout, data)


@need_tap
@need("ip")
class Talked(Case):
    def test_to_the_notes_server(self):
        with Peer(self.net, NOTES_SERVER) as peer:
            self.assertEqual(peer.line(), "up")
            r = self.talk("10.9.0.1", "7000", input="hello\nagain\n")
            self.assertEqual(r.status, 0, r)
            self.assertIn("heard: hello", r.out)
            self.assertIn("again", r.out)

    def test_from_a_source_over_ipv6(self):
        with Peer(self.net, """
l = socket.create_server(("2001:db8::1", 7001), family=socket.AF_INET6)
print("up")
s, who = l.accept()
s.sendall(b"you are " + who[0].encode() + b" %d\\n" % who[1])
rest(s)
""") as peer:
            peer.line()
            r = self.talk("--source", "[2001:db8::2]:4000", "2001:db8::1", "7001", net=TAP)
            self.assertEqual((r.status, r.out), (0, "you are 2001:db8::2 4000\n"), r)

    def test_raw_both_ways_a_hundred_mebibytes(self):
        size = (10 if is_sanitized() else 100) * MIB
        data = os.urandom(MIB) * (size // MIB - 1) + os.urandom(MIB)
        with Peer(self.net, """
import hashlib
l = socket.create_server(("10.9.0.1", 7002))
print("up")
s, _ = l.accept()
s.settimeout(None)
h = hashlib.sha256()
while True:
    data = s.recv(1 << 20)
    if not data:
        break
    h.update(data)
    s.sendall(data)
s.close()
print(h.hexdigest())
""") as peer:
            peer.line()
            r = self.talk("--raw", "10.9.0.1", "7002", input=data)
            self.assertEqual(r.status, 0, r.err)
            self.assertEqual(peer.line(), hashlib.sha256(data).hexdigest())
            self.assertEqual(hashlib.sha256(r.raw).hexdigest(),
                             hashlib.sha256(data).hexdigest())

    def test_a_page_of_pythons_web_server(self):
        with tempfile.TemporaryDirectory() as d:
            page = os.urandom(3 * MIB)
            with open(os.path.join(d, "page"), "wb") as f:
                f.write(page)
            web = subprocess.Popen([*self.net.prefix, "python3", "-u", "-m", "http.server",
                                    "--bind", "10.9.0.1", "--directory", d, "8000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            try:
                self.assertIn(b"Serving", web.stdout.readline())
                r = self.talk("--raw", "10.9.0.1", "8000",
                              input="GET /page HTTP/1.0\r\nHost: x\r\n\r\n")
                self.assertEqual(r.status, 0, r.err)
                head, _, body = r.raw.partition(b"\r\n\r\n")
                self.assertIn(b"200 OK", head)
                self.assertEqual(body, page)
            finally:
                web.kill()
                web.communicate()

    def test_nobody_there_is_explained(self):
        r = self.talk("10.9.0.1", "9999")
        self.assertEqual(r.status, 1)
        self.assertIn("nothing listens on", r.err)
        r = self.talk("10.9.0.77", "9999", "--timeout", "1s")
        self.assertEqual(r.status, 1, r)
        r = self.talk("192.0.2.1", "9999", lang="zh")
        self.assertEqual(r.status, 1)
        self.assertIn("网络不可达", r.err)

    def test_a_server_that_resets_is_told(self):
        with Peer(self.net, """
l = socket.create_server(("10.9.0.1", 7003))
print("up")
s, _ = l.accept()
s.recv(9)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.close()
""") as peer:
            peer.line()
            with subprocess.Popen(
                    [*self.net.prefix, os.environ.get("NOD", "build/nod"), "talk", "--net", TAP4,
                     "10.9.0.1", "7003"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE) as p:
                p.stdin.write(b"hello\n")
                p.stdin.flush()
                err = p.stderr.read().decode()
                self.assertEqual(p.wait(DEADLINE), 1, err)
                self.assertIn("broke the connection off (RST)", err)

    def test_trace(self):
        with Peer(self.net, NOTES_SERVER) as peer:
            peer.line()
            r = self.talk("--trace", "10.9.0.1", "7000")
            self.assertEqual(r.status, 0, r)
            for text in ("SYN", "handshake", "ESTABLISHED", "FIN"):
                self.assertIn(text, r.err)
        r = run("talk", "--trace", "127.0.0.1", "1")
        self.assertEqual(r.status, 2, r)
        self.assertIn("--net", r.err)


class ByCable(unittest.TestCase):
    """Two stacks and no kernel, and no privilege."""

    def setUp(self):
        self.dir = self.enterContext(tempfile.TemporaryDirectory())
        self.cable = f"cable:{self.dir}/wire"

    def server(self, *args):
        return Server(*args, "--net", f"{self.cable},10.9.0.1/24,at-once", at="10.9.0.1:7777")

    def talk(self, *args, input):
        return run("talk", "--net", f"{self.cable},10.9.0.2/24,at-once", *args, "10.9.0.1",
                   "7777", input=input, timeout=3 * DEADLINE)

    def test_reply_and_echo(self):
        with self.server("--echo") as server:
            for _ in range(2):  # who listens waits for the next
                r = self.talk(input="one\ntwo\n")
                self.assertEqual((r.status, r.out), (0, "one\ntwo\n"), r)
            server.out.wait("connect from 10.9.0.2")
        with self.server("--reply", "yes"):
            r = self.talk(input="one\n")
            self.assertEqual((r.status, r.out), (0, "yes\n"), r)

    def test_raw_a_hundred_mebibytes(self):
        data = os.urandom(MIB) * (10 if is_sanitized() else 100)
        path = os.path.join(self.dir, "got")
        with open(path, "wb") as out, \
                Server("--once", "--raw", "--net", f"{self.cable},10.9.0.1/24,at-once",
                       at="10.9.0.1:7777", stdin=subprocess.DEVNULL, stdout=out) as server:
            r = self.talk("--raw", input=data)
            self.assertEqual((r.status, r.raw), (0, b""), r.err)
            self.assertEqual(server.wait(), 0)
        with open(path, "rb") as f:
            self.assertEqual(hashlib.sha256(f.read()).digest(), hashlib.sha256(data).digest())

    def test_half_close(self):
        with self.server("--echo"):
            r = self.talk("--raw", input=bytes(range(256)) * 1000)
            self.assertEqual((r.status, r.raw), (0, bytes(range(256)) * 1000), r.err)


if __name__ == "__main__":
    unittest.main()
