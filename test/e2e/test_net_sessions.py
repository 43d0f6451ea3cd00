# SPDX-License-Identifier: ISC
"""nod serve -u, nod talk -u and nod host by --net: sessions on a stack of nod's own

Beside it the machine's kernel, over a TAP device in a network of the test's own, or another such
stack over a cable.
"""

import os
import subprocess
import tempfile
import unittest

from nettest import TAP, TAP4, Peer, ask, need_tap, tap_net
from nodtest import DEADLINE, SIGINT, Running, Server, eventually, need, run

TIME_LIMIT = 240
ECHO = """
s = udp(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.connect((sys.argv[1], 7777))
data = sys.stdin.buffer.read()
s.send(data)
print(s.recv(70000) == data)
"""


@need_tap
@need("ip")
class Served(unittest.TestCase):
    """One server on the stack, and peers that speak by the kernel."""

    @classmethod
    def setUpClass(cls):
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)
        cls.server = Server("-u", "--echo", "--join", "239.1.2.3", "--interface", "tap0",
                            "--workers", "2", "--net", TAP, at=":7777", prefix=cls.net.prefix)
        cls.addClassCleanup(cls.server.kill)

    def test_every_size_comes_back(self):
        for size in (1, 1472, 1473, 20000, 60000):
            for address in ("10.9.0.2", "2001:db8::2"):
                with self.subTest(size=size, address=address):
                    self.assertEqual(ask(self.net, ECHO, address, input=os.urandom(size)),
                                     "True")

    def test_broadcast_and_group_are_answered_from_its_own_address(self):
        for to in ("255.255.255.255", "10.9.0.255", "239.1.2.3"):
            with self.subTest(to=to):
                self.assertEqual(ask(self.net, """
s = udp()
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.1"))
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tap0")
s.sendto(b"all", (sys.argv[1], 7777))
print(*s.recvfrom(9))
""", to), "b'all' ('10.9.0.2', 7777)")

    def test_many_peers_at_a_time(self):
        self.assertEqual(ask(self.net, """
peers = [udp() for _ in range(50)]
for i, s in enumerate(peers):
    s.connect(("10.9.0.2", 7777))
    s.send(b"%d" % i)
print(all(s.recv(9) == b"%d" % i for i, s in enumerate(peers)))
"""), "True")

    def test_a_port_where_nobody_listens_refuses(self):
        self.assertEqual(ask(self.net, """
s = udp()
s.connect(("10.9.0.2", 7778))
s.send(b"x")
try:
    s.recv(9)
except ConnectionRefusedError:
    print("refused")
"""), "refused")

    @need("socat")
    def test_socat(self):
        p = subprocess.run([*self.net.prefix, "socat", "-t2", "-", "UDP4:10.9.0.2:7777"],
                           input=b"by socat\n", capture_output=True, timeout=DEADLINE)
        self.assertEqual(p.stdout, b"by socat\n")

    def test_statistics_and_report_are_the_kernels(self):
        ask(self.net, ECHO, "10.9.0.2", input=b"hello")
        self.assertRegex(self.server.out.text(), r"listening on \*:7777 \(UDP\)")
        self.assertRegex(self.server.out.text(), r"connect from 10\.9\.0\.1:\d+")


@need_tap
@need("ip")
class Modes(unittest.TestCase):
    def test_reply_chat_and_each_way(self):
        with tap_net() as net:
            for way in ("select", "poll", "epoll"):
                with self.subTest(way=way), Server("-u", "--how", way, "--net", TAP4, at=":7777",
                                                   prefix=net.prefix) as server:
                    self.assertIn("来,确认下眼神", ask(net, """
s = udp()
s.connect(("10.9.0.2", 7777))
s.send(b"hi\\n")
print(s.recv(99).decode())
"""))
                    server.out.wait("hi")
            with Server("-u", "--chat", "--net", TAP4, at=":7777", prefix=net.prefix):
                self.assertEqual(ask(net, """
a, b = udp(), udp()
for s in a, b:
    s.connect(("10.9.0.2", 7777))
    s.send(b"/nick n%d\\n" % s.getsockname()[1])
    s.recv(999)
a.send(b"to all\\n")
while b"to all" not in b.recv(999):
    pass
print("heard")
"""), "heard")

    def test_discard_says_nothing_and_a_denied_peer_is_not_heard(self):
        with tap_net() as net, Server("-u", "--discard", "--net", TAP4, at=":7777",
                                      prefix=net.prefix) as server:
            ask(net, "s = udp()\ns.sendto(b'x' * 500, ('10.9.0.2', 7777))")
            server.out.wait("connect from 10.9.0.1")

    def test_interrupted_it_ends_in_order_and_the_interface_stays(self):
        with tap_net() as net:
            server = Server("-u", "--net", TAP4, at=":7777", prefix=net.prefix)
            server.signal(SIGINT)
            self.assertEqual(server.wait(), 0)
            net.run("ip", "link", "show", "tap0")


@need_tap
@need("ip")
class Talked(unittest.TestCase):
    """nod talk on the stack, to peers that speak by the kernel."""

    @classmethod
    def setUpClass(cls):
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)

    def talk(self, *args, net=TAP4, input="hello\n", **more):
        return run("talk", "-u", "--net", net, *args, input=input, prefix=self.net.prefix,
                   timeout=2 * DEADLINE, **more)

    def hear(self, *args, heard, net=TAP4, input="hello\n"):
        """Say @input, and hang up only when each of @heard has come; all that came."""
        with Running("talk", "-u", "--net", net, *args, prefix=self.net.prefix) as talk:
            talk.type(input)
            eventually(lambda: all(h in bytes(talk.out.data) for h in heard))
            talk.hang_up()
            self.assertEqual(talk.wait(), 0)
            return bytes(talk.out.data)

    def test_there_and_back(self):
        for family, address in (("AF_INET", "10.9.0.1"), ("AF_INET6", "2001:db8::1")):
            with self.subTest(address=address), Peer(self.net, f"""
s = udp(socket.{family})
s.bind(("", 9001))
print("up")
data, who = s.recvfrom(99)
s.sendto(b"answer to " + data, who)
print(who[0], who[1])
""") as peer:
                self.assertEqual(peer.line(), "up")
                out = self.hear("--source", "10.9.0.2:4000" if family == "AF_INET" else
                                "[2001:db8::2]:4000", address, "9001", net=TAP,
                                heard=[b"answer to hello\n"])
                self.assertEqual(out, b"answer to hello\n")
                self.assertEqual(peer.line(), {"AF_INET": "10.9.0.2 4000",
                                               "AF_INET6": "2001:db8::2 4000"}[family])

    def test_raw(self):
        with Peer(self.net, """
s = udp()
s.bind(("", 9002))
print("up")
data, who = s.recvfrom(99999)
s.sendto(data[::-1], who)
""") as peer:
            peer.line()
            back = bytes(reversed(range(256)))
            self.assertEqual(self.hear("--raw", "10.9.0.1", "9002", input=bytes(range(256)),
                                       heard=[back]), back)

    def test_broadcast(self):
        for to in ((), ("10.9.0.255",)):
            with self.subTest(to=to), Peer(self.net, """
s = udp()
s.bind(("", 9003))
print("up")
data, who = s.recvfrom(99)
s.sendto(b"I heard " + data, who)
""") as peer:
                peer.line()
                self.hear("--broadcast", *to, "9003", heard=[b"I heard hello"])

    def test_a_group_both_ways(self):
        with Peer(self.net, """
s = udp()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 9004))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
             socket.inet_aton("239.9.9.9") + socket.inet_aton("10.9.0.1"))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.1"))
print("up")
data, who = s.recvfrom(99)
s.sendto(b"to the group", ("239.9.9.9", 9004))
s.sendto(b"to you", who)
""") as peer:
            peer.line()
            self.hear("--multicast", "239.9.9.9", "--interface", "tap0", "9004",
                      heard=[b"to the group", b"to you"])

    def test_nobody_there_is_explained(self):
        r = self.talk("10.9.0.1", "9999")
        self.assertEqual(r.status, 1)
        self.assertIn("nothing listens on UDP port 9999", r.err)
        r = self.talk("192.0.2.1", "9999", lang="zh")
        self.assertEqual(r.status, 1)
        self.assertIn("网络不可达", r.err)
        r = self.talk("--source", "10.9.0.77", "10.9.0.1", "9999")
        self.assertEqual(r.status, 1)
        self.assertIn("source address is not this machine's", r.err)

    def test_refusals(self):
        for words, status, text in (
                (("talk", "-u", "--net", TAP4, "unix:/tmp/x"), 2, "Unix sockets"),
                (("talk", "-u", "--net", TAP4, "--multicast", "239.1.1.1", "--interface", "eth7",
                  "1"), 2, "no interface \"eth7\""),
                (("talk", "-u", "--net", "wire", "10.9.0.1"), 2, "no such network"),
                (("serve", "--net", TAP4, "--how", "process", "1234"), 2, "--how process needs"),
                (("serve", "-u", "--net", TAP4, "unix:/tmp/x"), 2, "Unix sockets"),
                (("serve", "-u", "--net", TAP4, "10.9.0.7:1234"), 1, "not an address of"),
                (("serve", "-u", "--net", TAP4, ":1234", ":1234"), 1, "port 1234 is in use"),
                (("serve", "--net", TAP4, ":1234", ":1234"), 1, "port 1234 is in use"),
                (("talk", "--net", TAP4, "unix:/tmp/x"), 2, "Unix sockets"),
                (("serve", "-u", "--net", TAP4, "--join", "239.1.1.1", "--interface", "eth7",
                  ":1"), 1, "no interface \"eth7\""),
                (("serve", "-u", "--net", TAP4, "--join", "10.9.0.1", ":1"), 1,
                 "not a multicast group"),
                (("serve", "-u", "--net", "tap:lo,10.9.0.2/24,at-once", ":1"), 1, "lo:"),
                (("host", "--net", TAP4), 2, "a name or an address")):
            with self.subTest(words=words):
                r = run(*words, prefix=self.net.prefix)
                self.assertEqual(r.status, status, r)
                self.assertIn(text, r.err)
                self.assertEqual(r.out, "", r)


# Answers www.test (CNAME web.test, A, AAAA), 1.0.9.10.in-addr.arpa; all else does not exist.
DNS = r"""
s = udp()
s.bind(("10.9.0.1", 53))
print("up")
def name(text):
    return b"".join(bytes([len(p)]) + p for p in text.encode().split(b".")) + b"\0"
def rr(owner, kind, data):
    return name(owner) + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
while True:
    try:
        q, who = s.recvfrom(999)
    except socket.timeout:
        break
    end, labels = 12, []
    while q[end]:
        labels.append(q[end + 1:end + 1 + q[end]].decode().lower())
        end += 1 + q[end]
    asked, kind = ".".join(labels), struct.unpack(">H", q[end + 1:end + 3])[0]
    answers = []
    if asked in ("www.test", "web.test"):
        if asked == "www.test":
            answers.append(rr("www.test", 5, name("web.test")))
        if kind == 1:
            answers.append(rr("web.test", 1, socket.inet_aton("10.9.0.1")))
        if kind == 28:
            answers.append(rr("web.test", 28, socket.inet_pton(socket.AF_INET6, "2001:db8::1")))
    elif asked == "1.0.9.10.in-addr.arpa" and kind == 12:
        answers.append(rr(asked, 12, name("gate.test")))
    known = asked in ("www.test", "web.test", "1.0.9.10.in-addr.arpa")
    s.sendto(q[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, len(answers), 0, 0)
             + q[12:end + 5] + b"".join(answers), who)
"""


@need_tap
@need("ip")
class Names(unittest.TestCase):
    """The stack's own resolver, and a name server beside the kernel."""

    @classmethod
    def setUpClass(cls):
        cls.net = tap_net()
        cls.addClassCleanup(cls.net.__exit__)
        cls.server = Peer(cls.net, DNS)
        cls.addClassCleanup(cls.server.__exit__)
        assert cls.server.line() == "up", cls.server.end()
        cls.with_dns = TAP + ",dns=10.9.0.1"

    def host(self, *args, **more):
        return run("host", "--net", self.with_dns, *args, prefix=self.net.prefix, **more)

    def test_a_name(self):
        r = self.host("www.test")
        self.assertEqual(r.status, 0, r)
        for text in ("web.test", "10.9.0.1", "2001:db8::1", "dns: server 10.9.0.1"):
            self.assertIn(text, r.out)
        self.assertRegex(r.out, r"(?m)^ *stack")
        said = self.host("--json", "www.test").json()[0]
        self.assertTrue(said["system"]["answered"], said)
        self.assertIsNone(said["system"]["error"], said)

    def test_one_family(self):
        r = self.host("-4", "www.test")
        self.assertEqual(r.status, 0, r)
        self.assertNotIn("2001:db8::1", r.out)

    def test_an_address(self):
        r = self.host("10.9.0.1")
        self.assertEqual(r.status, 0, r)
        self.assertIn("gate.test", r.out)

    def test_the_hosts_file_and_no_such_name(self):
        r = self.host("localhost")
        self.assertEqual(r.status, 0, r)
        self.assertIn("127.0.0.1", r.out)
        r = self.host("nobody.test")
        self.assertEqual(r.status, 1, r)
        self.assertIn("no such name", r.err)

    def test_a_server_that_is_silent(self):
        r = run("host", "--net", TAP4 + ",dns=10.9.0.1", "--server", "10.9.0.1:5353", "-W",
                "500ms", "nobody.test", prefix=self.net.prefix)
        self.assertEqual(r.status, 1, r)

    def test_talk_by_name(self):
        with Peer(self.net, """
s = udp()
s.bind(("", 9005))
print("up")
data, who = s.recvfrom(99)
s.sendto(b"by name: " + data, who)
""") as peer:
            peer.line()
            r = run("talk", "-u", "-4", "--net", self.with_dns, "www.test", "9005",
                    input="hello\n", prefix=self.net.prefix)
            self.assertEqual((r.status, r.out), (0, "by name: hello\n"), r)
        r = run("talk", "-u", "--net", self.with_dns, "nobody.test", "9005", input="hello\n",
                prefix=self.net.prefix)
        self.assertEqual(r.status, 1, r)
        self.assertIn("cannot resolve \"nobody.test\"", r.err)
        self.assertIn("10.9.0.1", r.err)


class ByCable(unittest.TestCase):
    """Two stacks and no kernel, and no privilege."""

    def test_talk_to_serve(self):
        with tempfile.TemporaryDirectory() as d:
            cable = f"cable:{d}/wire"
            with Server("-u", "--echo", "--net", f"{cable},10.9.0.1/24,at-once",
                        at="10.9.0.1:7777") as server:
                for _ in range(2):  # who listens waits for the next
                    r = run("talk", "-u", "--net", f"{cable},10.9.0.2/24,at-once", "10.9.0.1",
                            "7777", input="one\ntwo\n", timeout=2 * DEADLINE)
                    self.assertEqual((r.status, r.out), (0, "one\ntwo\n"), r)
                server.out.wait("connect from 10.9.0.2")


if __name__ == "__main__":
    unittest.main()
