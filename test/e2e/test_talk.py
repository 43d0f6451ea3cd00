# SPDX-License-Identifier: ISC
"""test_talk.py - nod talk in lines: connecting, talking from a pipe, how it ends"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from nodtest import (DEADLINE, NOD, NetNS, Peer, Running, Script, Server, directory,
                     free_port, is_sanitized, need_ipv6, need_netns, run)
from talktest import REPLY, Answering, notes_server

TIME_LIMIT = 300  # many short conversations, some of which end by a time-out


class Pipe(unittest.TestCase):
    def test_the_notes_server(self):
        with notes_server() as (port, out):
            r = run("talk", "--no-newline", "127.0.0.1", str(port), input="你好\n再见\n")
            self.assertEqual((r.status, r.err), (0, ""))
            self.assertEqual(r.lines(), [REPLY, REPLY])
            out.wait(re.compile("你好\n再见\nwaiting for connect"))

    def test_the_notes_server_with_newlines(self):
        with notes_server() as (port, out):
            r = run("talk", "localhost:%d" % port, input="一行\n")
            self.assertEqual((r.status, r.lines()), (0, [REPLY]))
            out.wait("一行\n\nwaiting")

    def test_lines_go_as_they_are_then_the_end(self):
        def play(peer):
            peer.got = peer.to_end()
            peer.send(b"late word\r\nand a last one")
            self.got = peer.got

        text = "one\n\ntwo 你好\nno newline at the end"
        with Answering(play) as server:
            r = run("talk", "127.0.0.1", str(server.port), input=text)
        self.assertEqual(self.got.decode(), text + "\n")
        self.assertEqual((r.status, r.err), (0, ""))
        self.assertEqual(r.lines(), ["late word", "and a last one"])

    def test_no_newline_sends_one_message_at_a_time(self):
        pieces = []

        def play(peer):
            while True:
                piece = peer.recv()
                if not piece:
                    return
                pieces.append(piece)
                if piece == b"a":
                    peer.send(b"answer to a")

        with Answering(play) as server:
            r = run("talk", "--no-newline", "127.0.0.1:%d" % server.port, input="a\nb\n\nc\n")
        self.assertEqual(pieces, [b"a", b"b", b"c"])
        self.assertEqual(r.lines(), ["answer to a"])

    def test_what_has_no_newline_is_shown_when_quiet(self):
        def play(peer):
            peer.send("没有换行".encode())
            peer.line()
            peer.send(b"\nwhole\n")
            peer.to_end()

        with Answering(play) as server, Running("talk", "127.0.0.1", str(server.port)) as talk:
            talk.out.wait("没有换行\n")
            talk.type("seen\n")
            talk.out.wait("whole\n")
            talk.hang_up()
            self.assertEqual(talk.wait(), 0)
            self.assertEqual(talk.out.text(), "没有换行\nwhole\n")

    def test_nothing_steers_the_terminal(self):
        def play(peer):
            peer.send(b"\x1b[2Jcleared\x07 \xff\xfe \xe4\xbd tab\there \xc2\x9b1m\r\n")
            peer.finish()
            peer.to_end()

        with Answering(play) as server:
            r = run("talk", "127.0.0.1", str(server.port))
        self.assertEqual(r.out, "\u241b[2Jcleared\u2407 \ufffd\ufffd \ufffd tab\there \ufffd1m\n")

    def test_long_lines_both_ways(self):
        line = "字" * 100000

        def play(peer):
            self.got = peer.line().decode()
            peer.send((line + "\n").encode())
            peer.to_end()

        with Answering(play) as server:
            r = run("talk", "127.0.0.1", str(server.port), input=line + "\n")
        self.assertEqual(self.got, line)
        self.assertEqual(r.status, 0)
        self.assertEqual(r.out.replace("\n", "").replace("\ufffd", ""),
                         r.out.replace("\n", "").replace("\ufffd", "")[:100000])
        self.assertGreater(len(r.out), 99990)

    def test_much_at_once(self):
        lines = "".join("line %d\n" % i for i in range(100000))

        def play(peer):
            got = bytearray()
            while len(got) < len(lines):
                more = peer.recv(1 << 20)
                got += more
                peer.send(more)
            self.got = got.decode()
            peer.to_end()

        with Answering(play) as server:
            r = run("talk", "127.0.0.1", str(server.port), input=lines)
        self.assertEqual(self.got, lines)
        self.assertEqual(r.status, 0)
        # a line may be cut where it was quiet for 50 ms: nothing is lost
        self.assertEqual(r.out.replace("\n", ""), lines.replace("\n", ""))

    def test_stdin_may_be_a_file_or_nothing(self):
        def play(peer):
            self.got = peer.to_end()

        with directory() as d:
            path = os.path.join(d, "lines")
            with open(path, "w", encoding="utf-8") as f:
                f.write("from a file\n" * 1000)
            with Answering(play) as server, open(path, "rb") as f:
                done = subprocess.run([NOD, "talk", "127.0.0.1", str(server.port)], stdin=f,
                                      stdout=subprocess.PIPE, timeout=DEADLINE, check=False)
            self.assertEqual((done.returncode, self.got), (0, b"from a file\n" * 1000))
        with Answering(play) as server:
            done = subprocess.run([NOD, "talk", "127.0.0.1", str(server.port)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  timeout=DEADLINE, check=False)
        self.assertEqual((done.returncode, self.got), (0, b""))
        with Answering(play) as server:
            done = subprocess.run(["sh", "-c", "exec \"$@\" <&-", "sh", NOD, "talk", "127.0.0.1",
                                   str(server.port)], stdout=subprocess.PIPE, timeout=DEADLINE,
                                  check=False)
        self.assertEqual((done.returncode, self.got), (0, b""))

    def test_json(self):
        def play(peer):
            peer.line()
            peer.send(b"first\nsecond \x00\xff\n")
            peer.to_end()

        with Answering(play) as server:
            r = run("talk", "--json", "127.0.0.1", str(server.port), input="x\n")
        events = r.json()
        self.assertEqual([e["event"] for e in events],
                         ["connected", "received", "received", "closed"])
        self.assertEqual(events[0]["to"], "127.0.0.1:%d" % server.port)
        self.assertEqual(events[0]["transport"], "tcp")
        self.assertEqual(events[1]["text"], "first")
        self.assertEqual((events[2]["text"], events[2]["octets"]), ("second \x00\ufffd", 9))
        self.assertEqual(events[3], {"event": "closed", "by": "here", "how": "fin",
                                     "octets_in": 16, "octets_out": 2})

    def test_json_of_a_failure(self):
        port = free_port()
        r = run("talk", "--json", "-v", "127.0.0.1", str(port))
        self.assertEqual(r.status, 1)
        self.assertEqual([e["event"] for e in r.json()], ["trying", "failed"])
        self.assertEqual(r.json()[1]["at"], "127.0.0.1:%d" % port)
        self.assertIn("refused", r.json()[1]["text"])


class Ending(unittest.TestCase):
    def test_a_pipe_goes_on_after_the_peer_has_said_all(self):
        def play(peer):
            peer.send(b"that is all\n")
            peer.finish()
            self.got = peer.to_end()

        with Answering(play) as server, \
                Running("talk", "-v", "127.0.0.1", str(server.port)) as talk:
            talk.out.wait("that is all")
            for i in range(100):
                talk.type("line %d\n" % i)
            talk.hang_up()
            self.assertEqual(talk.wait(), 0)
            self.assertIn("closed by the peer (FIN)", talk.err.text())
        self.assertEqual(self.got, b"".join(b"line %d\n" % i for i in range(100)))

    def test_a_peer_that_closes_while_more_is_sent(self):
        def play(peer):
            peer.send(b"go away\n")

        with Answering(play) as server, \
                Running("talk", "-v", "127.0.0.1", str(server.port)) as talk:
            talk.out.wait("go away")
            server.thread.join(DEADLINE)
            talk.type("are you there?\n")  # answered by a RST: noticed without another line
            self.assertEqual(talk.wait(), 1)
            self.assertIn("broken pipe", talk.err.text())

    def test_reset(self):
        def play(peer):
            peer.line()
            peer.reset()

        for lang, word in (("en", "(RST)"), ("zh", "断开了连接（RST）")):
            with self.subTest(lang=lang), Answering(play) as server:
                r = run("--lang", lang, "talk", "127.0.0.1", str(server.port), input="x\n")
                self.assertEqual(r.status, 1)
                self.assertIn(word, r.err)
                self.assertIn("127.0.0.1", r.err)

    def test_reset_in_json(self):
        def play(peer):
            peer.line()
            peer.reset()

        with Answering(play) as server:
            r = run("talk", "--json", "127.0.0.1", str(server.port), input="x\n")
        self.assertEqual(r.status, 1)
        closed = r.json()[-1]
        self.assertEqual((closed["event"], closed["by"], closed["how"]),
                         ("closed", "peer", "rst"))

    def test_wait_bounds_a_peer_that_never_closes(self):
        with Script() as script:
            began = time.monotonic()
            r = run("talk", "-v", "--wait", "300ms", "127.0.0.1", str(script.port), input="x\n")
            self.assertEqual(r.status, 0)
            self.assertGreaterEqual(time.monotonic() - began, 0.3)
            self.assertIn("not closed in time", r.err)

    def test_what_comes_late_is_shown(self):
        def play(peer):
            peer.to_end()
            for i in range(3):
                time.sleep(0.1)
                peer.send(b"late %d\n" % i)

        with Answering(play) as server:
            r = run("talk", "127.0.0.1", str(server.port), input="x\n")
        self.assertEqual((r.status, r.lines()), (0, ["late 0", "late 1", "late 2"]))

    def test_a_peer_that_never_reads(self):
        with Script() as script:
            script.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with Running("talk", "--wait", "200ms", "127.0.0.1", str(script.port)) as talk, \
                    script.accept():
                feeder = threading.Thread(target=self.feed, args=(talk,), daemon=True)
                feeder.start()
                talk.err.wait("taken nothing for 5 s")
                self.assertLess(talk.status_kib("VmHWM"), 400000 if is_sanitized() else 16384)
                talk.signal(signal.SIGTERM)
                self.assertEqual(talk.wait(), -signal.SIGTERM)
                feeder.join(DEADLINE)

    @staticmethod
    def feed(talk):
        with contextlib.suppress(OSError):
            for _ in range(200):
                talk.type("x" * 99999 + "\n")

    def test_what_is_not_delivered_is_told(self):
        # more than a Unix socket takes (net.core.wmem_default, some 200 KiB), less than that
        # and what talk keeps: so the input ends, and something is left
        with directory() as d, socket.socket(socket.AF_UNIX) as deaf:
            deaf.bind(d + "/deaf")
            deaf.listen()
            for lang, word in (("en", "not delivered"), ("zh", "未能送达")):
                r = run("--lang", lang, "talk", "--wait", "300ms", "unix:%s/deaf" % d,
                        input=("x" * 1023 + "\n") * 300)
                self.assertEqual(r.status, 1, r)
                self.assertIn(word, r.err)

    def test_told_with_v(self):
        with Server("--echo") as server:
            r = run("talk", "-v", "localhost:%d" % server.port, "-4", input="x\n")
            self.assertEqual((r.status, r.out), (0, "x\n"))
            for word in ("resolved localhost", "trying 127.0.0.1:%d" % server.port,
                         "connected to 127.0.0.1:%d from 127.0.0.1:" % server.port,
                         "FIN both ways", "2 octets sent, 2 received"):
                self.assertIn(word, r.err)
            r = run("--lang", "zh", "talk", "-v", "127.0.0.1:%d" % server.port, input="x\n")
            for word in ("正在连接 127.0.0.1", "已连接 127.0.0.1", "双向 FIN"):
                self.assertIn(word, r.err)


# ---- connecting ------------------------------------------------------------------------------


class Connecting(unittest.TestCase):
    def test_refused(self):
        port = free_port()
        r = run("talk", "127.0.0.1", str(port))
        self.assertEqual(r.status, 1)
        self.assertIn("connection refused: 127.0.0.1 answered at once that nothing listens on "
                      "port %d" % port, r.err)
        r = run("--lang", "zh", "talk", "127.0.0.1", str(port))
        self.assertIn("连接被拒绝：127.0.0.1", r.err)
        self.assertIn(str(port), r.err)

    @need_ipv6()
    def test_each_address_is_told(self):
        hosts = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
        r = run("talk", "localhost", str(free_port()))
        self.assertEqual(r.status, 1)
        for host in {h[4][0] for h in hosts}:
            self.assertIn("localhost (%s)" % host, r.err)

    def test_unknown_name(self):
        r = run("talk", "no-such-host.invalid")
        self.assertEqual(r.status, 1)
        self.assertIn('cannot resolve "no-such-host.invalid"', r.err)
        self.assertRegex(r.err, r"asks for names \(.+\)")  # each source asked
        r = run("--lang", "zh", "talk", "no-such-host.invalid")
        self.assertIn("无法解析“no-such-host.invalid”", r.err)

    def test_hostile_name(self):
        r = run("talk", "\x1b[31mred")
        self.assertEqual(r.status, 1)
        self.assertNotIn("\x1b", r.err)

    def test_forms_of_the_target(self):
        with Server("--echo") as server:
            for words in (["127.0.0.1", str(server.port)], ["127.0.0.1:%d" % server.port],
                          ["localhost", str(server.port)], [str(server.port)],
                          [":%d" % server.port]):
                with self.subTest(words=words):
                    r = run("talk", *words, input="x\n")
                    self.assertEqual((r.status, r.out), (0, "x\n"), r)

    @need_ipv6()
    def test_ipv6(self):
        with Server("--echo", at="[::1]:0") as server:
            for words in (["::1", str(server.port)], ["[::1]:%d" % server.port],
                          ["[::1]", str(server.port)], ["-6", "::1", str(server.port)]):
                with self.subTest(words=words):
                    r = run("talk", *words, input="x\n")
                    self.assertEqual((r.status, r.out), (0, "x\n"), r)
            r = run("talk", "-4", "::1", str(server.port))
            self.assertEqual(r.status, 1)
            self.assertIn("-4", r.err)

    def test_retry(self):
        with socket.socket() as late:
            late.bind(("127.0.0.1", 0))
            late.settimeout(DEADLINE)
            port = late.getsockname()[1]
            with Running("talk", "--retry", "1000", "--delay", "20ms", "127.0.0.1",
                         str(port)) as talk:
                talk.err.wait("trying again in 0.02 s (999 left)")
                late.listen()
                with Peer(late.accept()[0]) as peer:
                    peer.send(b"at last\n")
                    talk.out.wait("at last")
                talk.hang_up()
                self.assertEqual(talk.wait(), 0)

    def test_retries_come_to_an_end(self):
        r = run("talk", "--retry", "2", "--delay", "10ms", "127.0.0.1", str(free_port()))
        self.assertEqual(r.status, 1)
        self.assertEqual(r.err.count("connection refused"), 3)

    def test_source(self):
        with Script() as script:
            port = free_port()
            with Running("talk", "--source", "127.0.0.1:%d" % port, "127.0.0.1",
                         str(script.port)) as talk:
                sock, address = script.sock.accept()
                sock.close()
                self.assertEqual(address, ("127.0.0.1", port))
                talk.hang_up()
                talk.wait()
            with Running("talk", "--source", "127.0.0.3", "127.0.0.1",
                         str(script.port)) as talk:
                sock, address = script.sock.accept()
                sock.close()
                self.assertEqual(address[0], "127.0.0.3")
        r = run("talk", "--source", "192.0.2.7", "127.0.0.1", str(free_port()))
        self.assertEqual(r.status, 1)
        self.assertIn("source address is not this machine's", r.err)

    def test_bad_use(self):
        for words in ([], ["a", "b", "c"], ["h", "0"], ["h", "65536"], ["h", "-1"], ["h:"],
                      ["h:1", "2"], ["[::1"], ["[::1]x"], ["[]:1"], ["h", "no-such-service"],
                      ["-4", "-6", "h"], ["--raw", "--json", "h"], ["--ttl", "3", "h"],
                      ["--raw", "--no-newline", "h"], ["--loop", "h"], ["--interface", "lo", "h"],
                      ["--multicast", "1.2.3.4"], ["--multicast", "239.1.1.1", "h", "1"],
                      ["--multicast", "239.1.1.1", "--ttl", "0"],
                      ["--multicast", "239.1.1.1", "--ttl", "256"],
                      ["--multicast", "239.1.1.1", "--interface", "no-such-if"],
                      ["--multicast", "239.1.1.1", "--broadcast"],
                      ["--multicast", "ff02::77"], ["--source", "::1", "--broadcast"],
                      ["--source", "::1", "--multicast", "239.1.1.1"], ["--broadcast", "-6", "h"],
                      ["--broadcast", "not-an-address"], ["--source", "nonsense", "h"],
                      ["--source", "h:1", "h"], ["--timeout", "soon", "h"], ["--wait", "-1", "h"],
                      ["--retry", "x", "h"], ["unix:"], ["unix:/x", "1"], ["-u", "unix:/x"],
                      ["-4", "unix:/x"], ["unix:" + "x" * 200], ["--nonsense", "h"],
                      ["x" * 300]):
            for lang in ("en", "zh"):
                with self.subTest(words=words, lang=lang):
                    r = run("--lang", lang, "talk", *words)
                    self.assertEqual((r.status, r.out), (2, ""), r)
                    self.assertTrue(r.err.startswith("nod talk: "), r.err)

    def test_no_descriptors(self):
        with Script() as script:
            r = run("talk", "127.0.0.1", str(script.port),
                    prefix=("sh", "-c", 'ulimit -n 4; exec "$@"', "sh"))
            self.assertEqual(r.status, 1)
            self.assertIn("out of descriptors", r.err)


@need_netns()
class OtherNetworks(unittest.TestCase):
    @contextlib.contextmanager
    def silent(self):
        """A network whose far end takes every packet and answers none."""
        with NetNS() as ns, NetNS() as far:
            ns.join(far, "192.0.2.2/24")
            ns.run("ip", "-6", "address", "add", "2001:db8::2/64", "dev", "eth0", "nodad")
            for address in ("192.0.2.1", "192.0.2.9", "2001:db8::1"):  # no ARP, no ND
                ns.run("ip", "neighbour", "replace", address, "lladdr", "02:00:00:00:00:01",
                       "dev", "eth0")
            yield ns

    def test_no_answer(self):
        with self.silent() as ns:
            r = run("talk", "--timeout", "3.4", "192.0.2.1", prefix=ns.prefix)
            self.assertEqual(r.status, 1)
            self.assertRegex(r.err, r"no answer from 192\.0\.2\.1 in 3\.4 s "
                             r"\(sent at 0, 1, (2, )?3 s\): host down, or a firewall drops it")

    def test_no_route(self):
        with NetNS() as ns:
            r = run("talk", "192.0.2.1", prefix=ns.prefix)
            self.assertEqual(r.status, 1)
            self.assertIn("network unreachable: this machine has no route to 192.0.2.1", r.err)

    def test_turned_away(self):
        with self.silent() as ns:
            ns.run("ip", "route", "add", "unreachable", "192.0.2.9")
            r = run("talk", "192.0.2.9", prefix=ns.prefix)
            self.assertEqual(r.status, 1)
            self.assertIn("host unreachable", r.err)

    def happy(self, ns, directory_, *names):
        """nod talk to "bob", who has these addresses; the events."""
        hosts = os.path.join(directory_, "hosts")
        with open(hosts, "w", encoding="ascii") as f:
            f.writelines("%s bob\n" % name for name in names)
        return lambda *words: run("talk", "--json", "-v", *words, input="x\n", prefix=(
            *ns.prefix, "unshare", "--mount", "sh", "-c",
            'mount --bind "$1" /etc/hosts && shift && exec "$@"', "sh", hosts))

    def test_happy_eyeballs(self):
        with self.silent() as ns, directory() as d:
            with Server("--echo", prefix=ns.prefix) as server:
                talk = self.happy(ns, d, "2001:db8::1", "127.0.0.1")
                r = talk("bob", str(server.port))
                if "mount" in r.err:
                    self.skipTest("needs a mount namespace: " + r.err)
                self.assertEqual(r.status, 0, r)
                tried = [e["to"] for e in r.json() if e["event"] == "trying"]
                self.assertEqual(tried, ["[2001:db8::1]:%d" % server.port,
                                         "127.0.0.1:%d" % server.port])
                (connected,) = [e for e in r.json() if e["event"] == "connected"]
                self.assertEqual(connected["to"], "127.0.0.1:%d" % server.port)
                self.assertGreaterEqual(connected["seconds"], 0.25)
                self.assertLess(connected["seconds"], 1)

                r = talk("-6", "--timeout", "300ms", "bob", str(server.port))
                self.assertEqual(r.status, 1)
                self.assertRegex(r.err, r"no answer from bob \(2001:db8::1\) in \d+ ms")

    def test_a_peer_that_vanishes(self):
        with NetNS() as a, NetNS() as b:
            a.join(b, "10.9.0.1/24", "10.9.0.2/24")
            shown = b.run("ip", "link", "show", "eth0").stdout.decode()
            mac = re.search(r"link/ether (\S+)", shown).group(1)
            a.run("ip", "neighbour", "replace", "10.9.0.2", "lladdr", mac, "dev", "eth0")
            a.run("sysctl", "-w", "net.ipv4.tcp_retries2=2")
            with Server("--echo", at="10.9.0.2:0", prefix=b.prefix) as server:
                with Running("talk", "-v", "10.9.0.2", str(server.port),
                             prefix=a.prefix) as talk:
                    talk.type("x\n")
                    talk.out.wait("x\n")
                    b.run("ip", "address", "del", "10.9.0.2/24", "dev", "eth0")
                    talk.type("are you there?\n")
                    self.assertEqual(talk.wait(), 1)
                    self.assertIn("10.9.0.2 stopped answering", talk.err.text())
                    self.assertIn("(time-out)", talk.err.text())


# ---- Unix sockets --------------------------------------------------------------------------------


class Unix(unittest.TestCase):
    def test_conversation(self):
        with directory() as d, Server("--echo", at="unix:%s/s" % d):
            r = run("talk", "-v", "unix:%s/s" % d, input="你好\n")
            self.assertEqual((r.status, r.out), (0, "你好\n"))
            self.assertIn("connected to unix:%s/s" % d, r.err)
            r = run("talk", "--json", "unix:%s/s" % d, input="x\n")
            self.assertEqual(r.json()[0]["transport"], "unix")
            r = run("talk", "--raw", "unix:%s/s" % d, input=bytes(range(256)))
            self.assertEqual(r.raw, bytes(range(256)))

    def test_missing_left_over_and_forbidden(self):
        with directory() as d:
            r = run("talk", "unix:%s/none" % d)
            self.assertEqual(r.status, 1)
            self.assertIn("nothing is at %s/none" % d, r.err)
            with socket.socket(socket.AF_UNIX) as gone:
                gone.bind(d + "/gone")
            r = run("talk", "unix:%s/gone" % d)
            self.assertEqual(r.status, 1)
            self.assertIn("no program listens on it any more", r.err)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
                other.bind(d + "/other")
                r = run("talk", "unix:%s/other" % d)
                self.assertEqual(r.status, 1)
                self.assertIn("another kind", r.err)

    def test_busy(self):
        with directory() as d, socket.socket(socket.AF_UNIX) as busy:
            busy.bind(d + "/busy")
            busy.listen(0)
            with contextlib.ExitStack() as stack:
                with contextlib.suppress(BlockingIOError):
                    while True:
                        one = stack.enter_context(socket.socket(socket.AF_UNIX))
                        one.setblocking(False)
                        one.connect(d + "/busy")
                r = run("talk", "--timeout", "200ms", "unix:%s/busy" % d)
                self.assertEqual(r.status, 1)
                self.assertIn("its queue of waiting clients is full", r.err)
                with Running("talk", "unix:%s/busy" % d) as talk:
                    while True:  # room again: the one that waits is let in
                        peer = busy.accept()[0]
                        peer.settimeout(0.2)
                        with contextlib.suppress(OSError):
                            peer.sendall(b"welcome\n")
                        stack.enter_context(peer)
                        if "welcome" in talk.out.text():
                            break
                        with contextlib.suppress(AssertionError):
                            talk.out.wait("welcome", timeout=0.1)
                            break
                    talk.hang_up()


if __name__ == "__main__":
    unittest.main()
