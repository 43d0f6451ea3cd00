# SPDX-License-Identifier: ISC
"""test_serve.py - nod serve: its modes in every way of serving, addresses, signals, --json"""

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import unittest

from nodtest import (NOD, NetNS, Peer, Server, directory, environ, eventually, need_ipv6,
                     need_netns, run)

ANSWER = "来,确认下眼神".encode()
TIME_LIMIT = 240
WAYS = ("process", "thread", "select", "poll", "epoll")


class Reply(unittest.TestCase):
    """The default: the notes' server."""

    def test_prints_what_the_notes_server_prints(self):
        with Server() as server:
            server.out.wait("waiting for connect....\n")
            with server.connect() as peer:
                port = peer.sock.getsockname()[1]
                server.out.wait("connect from 127.0.0.1:%d\n" % port)
                peer.send(b"hello\n")
                server.out.wait("hello\n")
            server.out.wait(re.compile(r"connect from[\s\S]*hello\n[\s\S]*waiting for connect"))

    def test_answers_as_it_was_asked(self):
        with Server() as server, server.connect() as peer:
            peer.send(b"no newline")  # the notes' client sends none, and expects none
            self.assertEqual(peer.exactly(len(ANSWER)), ANSWER)
            self.assertTrue(peer.is_quiet(0.2))
            peer.send(b"with one\n")
            self.assertEqual(peer.line(), ANSWER)
            peer.send(b"with two\r\n")
            self.assertEqual(peer.line(), ANSWER)
            peer.send(b"\n")  # an empty line is a message too
            self.assertEqual(peer.line(), ANSWER)

    def test_text_of_ones_own(self):
        for args, said in ((("--reply", "hello"), b"hello\n"), (("--reply=hi you",), b"hi you\n"),
                           (("--reply=",), b"\n"), (("--reply",), ANSWER + b"\n")):
            with self.subTest(args=args), Server(*args) as server, server.connect() as peer:
                peer.send(b"x\n")
                self.assertEqual(peer.until(b"\n"), said)

    def test_many_messages_in_one_packet(self):
        with Server("--reply=y") as server, server.connect() as peer:
            peer.send(b"".join(b"line %d\n" % i for i in range(500)))
            self.assertEqual(peer.exactly(1000), b"y\n" * 500)
            for i in (0, 250, 499):
                server.out.wait("line %d\n" % i)

    def test_a_message_in_many_packets(self):
        with Server("--reply=y") as server, server.connect() as peer:
            for octet in "来下眼神\n".encode():
                peer.send(bytes([octet]))
            self.assertEqual(peer.line(), b"y")
            server.out.wait("来下眼神\n")
            self.assertEqual(peer.sock.getpeername()[1], server.port)

    def test_end_of_stream_ends_the_message(self):
        with Server("--reply=y") as server, server.connect() as peer:
            peer.send(b"one\ntwo")
            peer.finish()
            self.assertEqual(peer.to_end(), b"y\ny")
            server.out.wait("two\n")

    def test_what_the_operator_types_goes_to_all(self):
        with Server() as server, server.connect() as a, server.connect() as b:
            for peer in (a, b):
                peer.send(b"here\n")
                peer.line()
            server.type("an announcement\n")
            self.assertEqual(a.line(), b"an announcement")
            self.assertEqual(b.line(), b"an announcement")

    def test_goes_on_when_the_operator_hangs_up(self):
        with Server() as server:
            server.hang_up()
            for _ in range(3):
                with server.connect() as peer:
                    peer.send(b"x\n")
                    self.assertEqual(peer.line(), ANSWER)

    def test_stdin_that_cannot_be_waited_for(self):
        with open("/dev/null", "rb") as null, Server(stdin=null) as server, \
                server.connect() as peer:
            peer.send(b"x\n")
            self.assertEqual(peer.line(), ANSWER)
        with open(__file__, "rb") as file, Server(stdin=file) as server, \
                server.connect() as peer:
            peer.send(b"x\n")
            self.assertEqual(peer.line(), ANSWER)

    def test_in_chinese(self):
        with Server(lang="zh") as server, server.connect() as peer:
            peer.send("你好\n".encode())
            peer.line()
            server.out.wait("连接来自 127.0.0.1:")
            server.out.wait("你好\n")


class EveryWay(unittest.TestCase):
    """The same server under process, thread, select, poll and epoll."""

    @contextlib.contextmanager
    def serve(self, how, *args, n=3, **more):
        """One of the ways with @n clients: the server and the clients."""
        with self.subTest(how=how), Server(*args, "--how", how, **more) as server, \
                contextlib.ExitStack() as stack:
            yield server, [stack.enter_context(server.connect()) for _ in range(n)]

    def test_reply(self):
        for how in WAYS:
            with self.serve(how, "--reply", "yes") as (server, peers):
                for i, peer in enumerate(peers):
                    peer.send(b"from %d\n" % i)
                    peer.send(b"rest of %d" % i)
                for i, peer in enumerate(peers):
                    self.assertEqual(peer.line(), b"yes")
                    self.assertEqual(peer.exactly(3), b"yes")
                    server.out.wait("from %d\n" % i)
                    server.out.wait("rest of %d\n" % i)

    def test_echo_is_byte_clean(self):
        octets = bytes(range(256)) * 2048
        for how in WAYS:
            with self.serve(how, "--echo") as (_, peers):
                for peer in peers:
                    for at in range(0, len(octets), 32768):
                        peer.send(octets[at:at + 32768])
                        self.assertEqual(peer.exactly(32768), octets[at:at + 32768])
                    peer.finish()
                    self.assertEqual(peer.to_end(), b"")

    def test_discard_says_nothing(self):
        for how in WAYS:
            with self.serve(how, "--discard") as (_, peers):
                for peer in peers:
                    peer.send(b"x" * 1000000 + b"\n")
                    peer.finish()
                    self.assertEqual(peer.to_end(), b"")

    def test_chat(self):
        for how in WAYS:
            if how == "process":
                continue
            with self.subTest(how=how), Server("--chat", "--how", how) as server, \
                    server.connect() as a, server.connect() as b:
                a.until(b"welcome")
                b.until(b"welcome")
                b.send(b"hello\n")
                self.assertRegex(a.until(b"hello\n"), rb"guest\d+: hello\n")

    def test_chat_refuses_processes_and_says_why(self):
        r = run("serve", "--chat", "--how", "process", "127.0.0.1:0")
        self.assertEqual((r.status, r.out), (2, ""), r)
        self.assertIn("hear each other", r.err)

    def test_operator_reaches_all(self):
        for how in WAYS:
            with self.serve(how, "--reply", "yes") as (server, peers):
                for peer in peers:
                    peer.send(b"here\n")
                    self.assertEqual(peer.line(), b"yes")
                server.type("to all\n")
                for peer in peers:
                    self.assertEqual(peer.line(), b"to all")

    def test_one_slow_client_holds_up_nobody(self):
        for how in WAYS:
            with self.serve(how, "--reply", "yes") as (_, peers):
                peers[0].send(b"half a li")
                for _ in range(20):
                    peers[1].send(b"x\n")
                    self.assertEqual(peers[1].line(), b"yes")

    def test_fifty_at_once(self):
        for how in WAYS:
            with self.serve(how, "--echo", n=50) as (server, peers):
                for i, peer in enumerate(peers):
                    peer.send(b"%d\n" % i)
                for i, peer in enumerate(peers):
                    self.assertEqual(peer.line(), b"%d" % i)

    def test_stops_in_order(self):
        for how in WAYS:
            with self.serve(how, "--reply", "yes") as (server, peers):
                for peer in peers:
                    peer.send(b"x\n")
                    peer.line()
                server.signal(signal.SIGTERM)
                for peer in peers:
                    self.assertEqual(peer.to_end(), b"")
                    peer.close()
                self.assertEqual(server.wait(), 0)

    def test_no_descriptor_or_process_is_kept(self):
        for how in WAYS:
            with self.serve(how, "--echo", n=0) as (server, peers):
                counts = []
                for _ in range(3):
                    crowd = [server.connect() for _ in range(20)]
                    for peer in crowd:
                        peer.send(b"x\n")
                        peer.line()
                    for peer in crowd:
                        peer.close()
                    counts.append(eventually(lambda: settled(server)))
                self.assertEqual(counts[0], counts[2], how)


def settled(server, state={}):
    """(descriptors, tasks) of the server once they have stopped to change; None before."""
    children = "/proc/%d/task/%d/children" % (server.pid, server.pid)
    n_children = len(open(children, encoding="ascii").read().split()) \
        if os.path.exists(children) else 0
    now = (server.descriptors(), len(os.listdir("/proc/%d/task" % server.pid)) + n_children)
    state[server.pid] = (state.get(server.pid, []) + [now])[-15:]
    last = state[server.pid]
    if len(last) == 15 and len(set(last)) == 1:
        del state[server.pid]
        return now
    return None


class Addresses(unittest.TestCase):
    def test_several_at_once(self):
        with directory() as path, Server("--echo", at=(
                "127.0.0.1:0", "127.0.0.2:0", "unix:%s/s" % path)) as server:
            self.assertEqual(len(server.addresses), 3)
            for at in server.addresses:
                to = at[5:] if at.startswith("unix:") else (
                    at.rpartition(":")[0], int(at.rpartition(":")[2]))
                with self.subTest(at=at), Peer.connect(to) as peer:
                    peer.send(b"x\n")
                    self.assertEqual(peer.line(), b"x")

    def test_unix_socket_is_removed_afterwards(self):
        with directory() as path:
            name = os.path.join(path, "s")
            with Server(at="unix:" + name) as server:
                with Peer.connect(name) as peer:
                    peer.send(b"x\n")
                    self.assertEqual(peer.line(), ANSWER)
                    server.out.wait(re.compile("connect from .*unix"))
                self.assertTrue(os.path.exists(name))
            self.assertFalse(os.path.exists(name))

    def test_stale_unix_socket_is_replaced_a_living_one_is_not(self):
        with directory() as path:
            name = os.path.join(path, "s")
            with socket.socket(socket.AF_UNIX) as stale:
                stale.bind(name)
            with Server(at="unix:" + name):
                r = run("serve", "unix:" + name)
                self.assertEqual(r.status, 1, r)
                self.assertIn(name, r.err)
            plain = os.path.join(path, "file")
            with open(plain, "w", encoding="ascii"):
                pass
            r = run("serve", "unix:" + plain)
            self.assertEqual(r.status, 1, r)
            self.assertTrue(os.path.exists(plain))  # not ours to remove

    @need_ipv6()
    def test_ipv6(self):
        with Server("--json", at="[::1]:0") as server:
            self.assertRegex(server.addresses[0], r"^\[::1\]:\d+$")
            with Peer.connect(("::1", server.port)) as peer:
                peer.send(b"x\n")
                peer.line()
            self.assertRegex(server.event("connected")["from"], r"^\[::1\]:\d+$")

    @need_ipv6()
    def test_every_address_is_both_families(self):
        with Server("--json", at=":0") as server:
            for n, host in enumerate(("127.0.0.1", "::1", "127.0.0.9"), 1):
                with Peer.connect((host, server.port)) as peer:
                    peer.send(b"x\n")
                    self.assertEqual(peer.line(), ANSWER)
                    at = server.event("connected", n=n)["from"]
                    shown = "[%s]" % host if ":" in host else "127.0.0.1"
                    self.assertTrue(at.startswith(shown + ":"), at)  # IPv4 shown as IPv4

    def test_a_name_is_all_its_addresses(self):
        with Server(at="localhost:0") as server, Peer.connect(
                ("127.0.0.1", server.port) if "127" in server.addresses[0] else
                ("::1", server.port)) as peer:
            peer.send(b"x\n")
            self.assertEqual(peer.line(), ANSWER)

    @need_netns()
    def test_default_is_loopback_8888_alone(self):
        with NetNS() as net:
            net.run("ip", "address", "add", "10.9.9.9/24", "dev", "lo")
            with Server(at=(), prefix=net.prefix) as server:
                server.out.wait("listening on 127.0.0.1:8888\n")
                said = net.run("python3", "-c", (
                    "import socket\n"
                    "for host in '127.0.0.1', '10.9.9.9':\n"
                    "    s = socket.socket()\n"
                    "    print(host, s.connect_ex((host, 8888)))")).stdout.decode()
                self.assertEqual(said, "127.0.0.1 0\n10.9.9.9 111\n")


class BadUse(unittest.TestCase):
    CASES = (
        (["127.0.0.1:65536"], "65535"),
        (["99999999999999999999"], "65535"),
        (["::1:80"], "["),
        (["[::1]"], "not an address"),
        (["unix:"], "not an address"),
        (["unix:" + "a" * 200], "too long"),
        (["-u", "unix:/tmp/x"], "unix"),
        (["--how", "magic"], "epoll"),
        (["--how"], "needs a value"),
        (["--workers", "0"], "--workers"),
        (["--workers", "x"], "--workers"),
        (["--history", "-1"], "--history"),
        (["--max-clients", "0"], "--max-clients"),
        (["--max-clients", "many"], "--max-clients"),
        (["--idle-timeout", "soon"], "--idle-timeout"),
        (["--idle-timeout", "-1"], "--idle-timeout"),
        (["--rate", "0"], "--rate"),
        (["--rate", "1.5"], "--rate"),
        (["--queue", "1"], "--queue"),
        (["--queue", "9999G"], "--queue"),
        (["--queue", "lots"], "--queue"),
        (["--allow", "300.1.1.1"], "300.1.1.1"),
        (["--allow", "10.0.0.0/33"], "10.0.0.0/33"),
        (["--deny", ""], "\"\""),
        (["--keepalive", "never"], "--keepalive"),
        (["--grace", "x"], "--grace"),
        (["--log-sync"], "--log"),
        (["--log"], "needs a value"),
        (["--raw"], "--once"),
        (["--once", "--raw", "--echo"], "--raw"),
        (["--once", "--raw", "-u"], "--raw"),
        (["--shell"], "--exec"),
        (["--exec", ""], "--exec"),
        (["--exec", "a 'b"], "quote"),
        (["--echo", "--chat"], "one of"),
        (["--exec", "cat", "--discard"], "one of"),
        (["--join", "239.1.2.3"], "-u"),
        (["-u", "--join", "10.0.0.1", "127.0.0.1:0"], "10.0.0.1"),
        (["-u", "--join", "nonsense"], "nonsense"),
        (["--interface", "lo"], "--join"),
        (["-u", "--how", "process"], "--how"),
        (["-u", "--how", "thread"], "--how"),
        (["-u", "--exec", "cat"], "-u"),
        (["-u", "--once"], "-u"),
        (["--eco"], "--echo"),
        (["--max-client", "3"], "--max-clients"),
    )

    def test_told_in_both_languages(self):
        for args, said in self.CASES:
            with self.subTest(args=args):
                r = run("serve", *args)
                self.assertIn(r.status, (1, 2) if "--join" in args else (2,), r)
                self.assertEqual(r.out, "", r)
                self.assertIn(said, r.err)
                r = run("serve", *args, lang="zh")
                self.assertTrue(any("一" <= c <= "鿿" for c in r.err), r)


class Failures(unittest.TestCase):
    def test_port_in_use_and_by_whom(self):
        with Server() as server:
            r = run("serve", "127.0.0.1:%d" % server.port)
            self.assertEqual((r.status, r.out), (1, ""), r)
            self.assertIn("%d" % server.port, r.err)
            self.assertIn("%d" % server.pid, r.err)  # the process that holds it
            r = run("serve", "127.0.0.1:%d" % server.port, lang="zh")
            self.assertIn("%d" % server.pid, r.err)

    def test_port_in_use_for_datagrams(self):
        with Server("-u") as server:
            r = run("serve", "-u", "127.0.0.1:%d" % server.port)
            self.assertEqual(r.status, 1, r)
            self.assertIn("%d" % server.pid, r.err)

    def test_one_bad_address_of_several_opens_none(self):
        with Server() as server, directory() as path:
            name = os.path.join(path, "s")
            r = run("serve", "unix:" + name, "127.0.0.1:%d" % server.port)
            self.assertEqual(r.status, 1, r)
            self.assertFalse(os.path.exists(name))

    def test_not_an_address_of_this_machine(self):
        r = run("serve", "192.0.2.1:8888")
        self.assertEqual((r.status, r.out), (1, ""), r)
        self.assertIn("192.0.2.1", r.err)

    def test_name_that_does_not_resolve(self):
        r = run("serve", "no.such.host.invalid:0", timeout=60)
        self.assertEqual((r.status, r.out), (1, ""), r)
        self.assertIn("no.such.host.invalid", r.err)

    @need_netns()
    def test_port_below_1024_without_permission(self):
        # inside, root may; its capability to is dropped
        with NetNS() as net:
            r = run("serve", "127.0.0.1:80", prefix=(
                *net.prefix, "setpriv", "--bounding-set=-net_bind_service",
                "--inh-caps=-net_bind_service", "--"), timeout=20)
            if "setpriv" in r.err:
                self.skipTest("needs setpriv")
            self.assertEqual(r.status, 1, r)
            self.assertIn("1024", r.err)
            self.assertIn("80", r.err)

    def test_unix_path_that_cannot_be_made(self):
        r = run("serve", "unix:/no/such/directory/s")
        self.assertEqual(r.status, 1, r)
        self.assertIn("/no/such/directory/s", r.err)

    def test_log_that_cannot_be_opened(self):
        r = run("serve", "--log", "/no/such/directory/log", "127.0.0.1:0")
        self.assertEqual(r.status, 1, r)
        self.assertIn("/no/such/directory/log", r.err)

    def test_failures_in_chinese(self):
        for args in (["192.0.2.1:8888"], ["unix:/no/such/directory/s"],
                     ["--log", "/no/such/directory/log", "127.0.0.1:0"]):
            with self.subTest(args=args):
                r = run("serve", *args, lang="zh")
                self.assertEqual(r.status, 1, r)
                self.assertTrue(any("一" <= c <= "鿿" for c in r.err), r)


class Signals(unittest.TestCase):
    def test_int_and_term_end_it_in_order(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for how in WAYS:
                with self.subTest(signal=number, how=how), \
                        Server("--how", how) as server, server.connect() as peer:
                    peer.send(b"x\n")
                    peer.line()
                    server.signal(number)
                    self.assertEqual(peer.to_end(), b"")
                    peer.close()
                    self.assertEqual(server.wait(), 0)

    def test_a_peer_that_does_not_close_is_not_waited_for_long(self):
        with Server("--echo", "--grace", "60") as server, server.connect() as peer:
            peer.send(b"x\n")
            peer.line()
            server.signal(signal.SIGTERM)
            self.assertEqual(peer.to_end(), b"")
            self.assertEqual(server.wait(10), 0)

    def test_no_new_clients_while_stopping(self):
        with Server("--echo", "--grace", "10") as server, \
                Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as slow:
            fill(slow)
            server.signal(signal.SIGTERM)
            eventually(lambda: is_refused(server.port))
            server.kill()
            server.process.returncode = 0

    def test_what_is_queued_is_delivered_first(self):
        """A reader that lags behind when the signal comes still gets all."""
        with Server("--chat", "--queue", "64M", "--grace", "20") as server, \
                Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as slow, \
                server.connect() as fast:
            slow.until(b"welcome")
            fast.until(b"welcome")
            text = b"x" * 1000
            for i in range(3000):
                fast.send(b"%05d %s\n" % (i, text))
            fast.send(b"/who\n")
            fast.until(b"here:")
            server.signal(signal.SIGTERM)
            got = [line.split()[1] for line in slow.to_end().split(b"\n")
                   if line.endswith(text)]
            self.assertEqual(got, [b"%05d" % i for i in range(3000)])
            self.assertEqual(server.wait(), 0)

    def test_grace_bounds_the_waiting(self):
        with Server("--echo", "--grace", "500ms") as server, \
                Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf:
            fill(deaf)
            server.signal(signal.SIGTERM)
            self.assertEqual(server.wait(10), 0)

    def test_a_second_one_ends_it_at_once(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--echo", "--grace", "60", "--how", how) as server, \
                    Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf:
                fill(deaf)
                server.signal(signal.SIGTERM)
                eventually(lambda: is_refused(server.port))
                self.assertIsNone(server.process.poll())
                server.signal(signal.SIGTERM)
                server.wait(5)
                server.process.returncode = 0  # how it ends then is its own affair

    def test_statistics(self):
        with Server("--reply", "yes", "--json") as server, server.connect() as a, \
                server.connect() as b:
            for i in range(5):
                a.send(b"12345\n")
                self.assertEqual(a.line(), b"yes")
            b.send(b"x\n")
            b.line()
            b.close()
            server.event("closed", reason="peer")
            # a loop counts when its turn is over, and by then its client has the answer
            for n in itertools.count(1):
                server.signal(signal.SIGUSR1)
                said = server.event("statistics", n)
                if said["messages"] == 6 or n == 100:
                    break
            self.assertEqual(said["clients"], 1, said)
            self.assertEqual(said["clients_ever"], 2, said)
            self.assertEqual(said["messages"], 6, said)
            self.assertEqual(said["octets_in"], 32, said)
            self.assertEqual(said["octets_out"], 24, said)
            self.assertEqual(said["closed"]["peer"], 1, said)

    def test_statistics_in_every_way_and_for_people(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--how", how) as server, \
                    server.connect() as peer:
                peer.send(b"x\n")
                peer.line()
                found = None

                def asked():
                    nonlocal found
                    server.signal(signal.SIGUSR1)
                    found = re.findall(r"1 clients? now.*1 ever.* 1 message", server.out.text())
                    return found
                eventually(asked, step=0.1)


def fill(peer):
    """Send to an echo until it takes no more: its answers wait, since nobody reads them."""
    peer.sock.settimeout(0.3)
    try:
        while True:
            peer.sock.send(b"x" * 65536)
    except TimeoutError:
        pass
    peer.sock.settimeout(peer.timeout)


def is_refused(port):
    with socket.socket() as sock:
        sock.settimeout(5)
        return sock.connect_ex(("127.0.0.1", port)) != 0


class Json(unittest.TestCase):
    def test_a_conversation(self):
        with Server("--json") as server:
            with server.connect() as peer:
                me = "127.0.0.1:%d" % peer.sock.getsockname()[1]
                peer.send("say \"hi\" \\ 你好\tand\x01\n".encode() + b"\xff\n")
                peer.line()
                peer.line()
            server.event("closed")
            kinds = [e["event"] for e in server.events()]
            self.assertEqual(kinds, ["listening", "connected", "message", "message", "closed"])
            said = server.events()
            self.assertEqual(said[0]["port"], server.port)
            self.assertEqual(said[0]["transport"], "tcp")
            self.assertTrue(all(e["from"] == me for e in said[1:]), said)
            self.assertEqual(said[2]["text"], "say \"hi\" \\ 你好\tand\u2401")
            self.assertEqual(said[3]["text"], "\ufffd")
            self.assertEqual(said[4]["reason"], "peer")
            for e in said:
                self.assertRegex(e["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_the_same_under_every_way(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--json", "--how", how) as server:
                with server.connect() as peer:
                    peer.send(b"x\n")
                    peer.line()
                server.event("closed", reason="peer")
                self.assertEqual([e["event"] for e in server.events()],
                                 ["listening", "connected", "message", "closed"])

    def test_nothing_else_is_on_stdout(self):
        with Server("--json", "--chat", lang="zh") as server, server.connect() as peer:
            peer.until("欢迎".encode())
            server.type("/who\n")
            server.type("嗨\n")
            peer.until("嗨\n".encode())
            server.event("message", text="嗨")
            server.events()


class Output(unittest.TestCase):
    """What becomes of the server's own output concerns none of its clients."""

    def serve(self, stdout):
        """A server whose output the test reads itself; it and its port."""
        process = subprocess.Popen(
            [NOD, "serve", "--reply", "yes", "127.0.0.1:0"], stdin=subprocess.PIPE,
            stdout=stdout, stderr=subprocess.PIPE, env=environ())
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def talk(self, port, n):
        text = b"y" * 200 + b"\n"
        with Peer.connect(("127.0.0.1", port)) as peer:
            for _ in range(n // 50):
                peer.send(text * 50)
                self.assertEqual(peer.exactly(200), b"yes\n" * 50)

    def test_a_reader_that_stops_reading(self):
        process = self.serve(subprocess.PIPE)
        with process.stdout:
            port = int(process.stdout.readline().split(b":")[-1])
            self.talk(port, 20000)  # 4 MB where a pipe holds 64 KiB
            process.terminate()
            self.assertIn(process.wait(10), (0, 1))

    def test_a_reader_that_goes(self):
        process = self.serve(subprocess.PIPE)
        with process.stdout:
            port = int(process.stdout.readline().split(b":")[-1])
        self.talk(port, 1000)
        self.assertIsNone(process.poll())
        process.terminate()
        self.assertIn(process.wait(10), (0, 1))

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            process = self.serve(full)
            port = eventually(lambda: port_of(process.pid))
            self.talk(port, 1000)
            process.terminate()
            self.assertIn(process.wait(10), (0, 1))


def port_of(pid):
    """The TCP port that a process listens on, from /proc; None: none yet."""
    inodes = set()
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            inodes.add(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        except OSError:
            pass
    with open("/proc/net/tcp", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and "socket:[%s]" % fields[9] in inodes:
                return int(fields[1].split(":")[1], 16)
    return None


if __name__ == "__main__":
    unittest.main()
