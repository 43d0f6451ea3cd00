# SPDX-License-Identifier: ISC
"""test_limits.py - nod serve: how many, how fast, how long, who, and the transcript"""

import contextlib
import json
import os
import re
import socket
import subprocess
import time
import unittest

from nodtest import (Crowd, NetNS, Peer, Server, directory, eventually, is_sanitized, need,
                     need_ipv6, need_netns, run)

WAYS = ("process", "thread", "select", "poll", "epoll")


class MaxClients(unittest.TestCase):
    def test_one_too_many_is_told_and_sent_away(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--echo", "--max-clients", "2", "--json",
                                               "--how", how) as server:
                with server.connect() as a, server.connect() as b:
                    for peer in (a, b):
                        peer.send(b"x\n")
                        self.assertEqual(peer.line(), b"x")
                    with server.connect() as third:
                        self.assertIn(b"full", third.to_end())
                    server.event("closed", reason="full")
                    a.send(b"still here\n")
                    self.assertEqual(a.line(), b"still here")
                # there is room again once they have left
                eventually(lambda: self.is_served(server))

    def is_served(self, server):
        with server.connect() as peer:
            peer.send(b"x\n")
            return peer.to_line_or_end() == b"x"


class Idle(unittest.TestCase):
    def test_silent_clients_are_closed_talking_ones_are_not(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--echo", "--idle-timeout", "700ms", "--json",
                                               "--how", how) as server, \
                    server.connect() as silent, server.connect() as talker:
                started = time.monotonic()
                while time.monotonic() - started < 1.5:
                    talker.send(b"x\n")
                    self.assertEqual(talker.line(), b"x")
                    time.sleep(0.05)
                self.assertEqual(silent.to_end(), b"")
                silent.close()
                server.event("closed", reason="idle")
                talker.send(b"still here\n")
                self.assertEqual(talker.line(), b"still here")
                self.assertFalse([e for e in server.events("closed") if e["reason"] != "idle"])
                self.assertEqual(len(server.events("closed")), 1)

    def test_not_earlier_than_asked(self):
        with Server("--echo", "--idle-timeout", "1", "--json") as server, \
                server.connect() as silent:
            started = time.monotonic()
            silent.to_end()
            self.assertGreater(time.monotonic() - started, 0.9)

    def test_a_listener_in_a_chat_is_idle_too(self):
        with Server("--chat", "--idle-timeout", "700ms") as server, \
                server.connect() as silent, server.connect() as talker:
            silent.until(b"welcome")
            for _ in range(30):
                talker.send(b"x\n")
                time.sleep(0.05)
            self.assertIn(b"x\n", silent.to_end())
            silent.close()
            talker.until(b"left")


class Rate(unittest.TestCase):
    def test_what_is_too_much_is_refused_with_one_notice(self):
        with Server("--reply", "yes", "--rate", "5", "--json") as server, \
                server.connect() as peer, server.connect() as other:
            peer.send(b"x\n" * 100)
            peer.until(b"refused")
            for _ in range(5):
                other.send(b"y\n")
                self.assertEqual(other.line(), b"yes")
            peer.finish()
            rest = peer.to_end()
            server.event("closed")
            answered = len(server.events("message")) - 5
            self.assertGreaterEqual(answered, 5)
            self.assertLess(answered, 20)
            self.assertLessEqual(rest.count(b"refused"), 3)

    def test_a_second_later_it_may_speak_again(self):
        with Server("--reply", "yes", "--rate", "3") as server, server.connect() as peer:
            peer.send(b"x\n" * 10)
            self.assertEqual(peer.until(b"second\n").count(b"yes\n"), 3)
            time.sleep(1.1)
            peer.send(b"again\n")
            self.assertEqual(peer.line(), b"yes")

    def test_slow_enough_is_never_refused(self):
        with Server("--reply", "yes", "--rate", "50") as server, server.connect() as peer:
            for _ in range(20):
                peer.send(b"x\n")
                self.assertEqual(peer.line(), b"yes")
                time.sleep(0.05)

    def test_octets_are_slowed_down_not_lost(self):
        with Server("--echo", "--rate", "20") as server, server.connect() as peer:
            for i in range(40):
                peer.send(b"%03d\n" % i)
            self.assertEqual(peer.exactly(160), b"".join(b"%03d\n" % i for i in range(40)))


class Access(unittest.TestCase):
    CASES = (
        # rules, source, may it talk
        ((), "127.0.0.5", True),
        (("--allow", "127.0.0.5"), "127.0.0.5", True),
        (("--allow", "127.0.0.5"), "127.0.0.6", False),
        (("--deny", "127.0.0.5"), "127.0.0.5", False),
        (("--deny", "127.0.0.5"), "127.0.0.6", True),
        (("--allow", "127.0.0.5", "--deny", "127.0.0.0/8"), "127.0.0.5", True),
        (("--allow", "127.0.0.5", "--deny", "127.0.0.0/8"), "127.0.0.6", False),
        (("--deny", "127.0.0.0/8", "--allow", "127.0.0.5"), "127.0.0.5", False),
        (("--deny", "127.0.0.0/29", "--allow", "127.0.0.0/24"), "127.0.0.8", True),
        (("--deny", "127.0.0.0/29", "--allow", "127.0.0.0/24"), "127.0.0.7", False),
        (("--allow", "127.0.0.0/255.0.0.0"), "127.9.9.9", True),
        (("--allow", "::/0"), "127.0.0.5", False),
    )

    def test_first_match_decides(self):
        for rules, source, may in self.CASES:
            with self.subTest(rules=rules, source=source), \
                    Server("--echo", "--json", *rules) as server, \
                    Peer.connect(("127.0.0.1", server.port), source=(source, 0)) as peer:
                peer.send(b"x\n")
                if may:
                    self.assertEqual(peer.line(), b"x")
                else:
                    self.assertEqual(peer.to_end(), b"")
                    server.event("closed", reason="denied")

    @need_ipv6()
    def test_ipv4_rules_hold_on_a_socket_of_both_families(self):
        with Server("--echo", "--deny", "127.0.0.0/8", at=":0") as server:
            with Peer.connect(("127.0.0.1", server.port)) as peer:
                self.assertEqual(peer.to_end(), b"")
            with Peer.connect(("::1", server.port)) as peer:
                peer.send(b"x\n")
                self.assertEqual(peer.line(), b"x")

    def test_unix_clients_have_no_address(self):
        with directory() as path, Server("--echo", "--deny", "0.0.0.0/0", "--deny", "::/0",
                                         at="unix:%s/s" % path), \
                Peer.connect("%s/s" % path) as peer:
            peer.send(b"x\n")
            self.assertEqual(peer.line(), b"x")

    def test_denied_clients_leave_nothing_behind(self):
        with Server("--echo", "--deny", "127.0.0.0/8") as server:
            with server.connect() as peer:
                peer.to_end()  # it has started whole when it answers
            before = server.descriptors()
            for _ in range(100):
                with server.connect() as peer:
                    peer.to_end()
            eventually(lambda: server.descriptors() == before)

    def test_udp_too(self):
        with Server("-u", "--echo", "--deny", "127.0.0.5") as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind(("127.0.0.5", 0))
                sock.connect(("127.0.0.1", server.port))
                peer = Peer(sock)
                peer.send(b"x")
                with Peer.udp(("127.0.0.1", server.port)) as other:
                    other.send(b"y")
                    self.assertEqual(other.recv(), b"y")
                self.assertTrue(peer.is_quiet(0.2))


class Descriptors(unittest.TestCase):
    @need("prlimit")
    def test_running_out_stops_nobody_who_is_there(self):
        for how in ("thread", "select", "poll", "epoll"):
            with self.subTest(how=how), Server(
                    "--echo", "--json", "--how", how,
                    prefix=("prlimit", "--nofile=48:48", "--")) as server:
                peers = [server.connect() for _ in range(60)]
                for peer in peers:
                    peer.send(b"x\n")
                server.event("trouble")
                served = [p for p in peers[:20] if p.line() == b"x"]
                self.assertEqual(len(served), 20)
                for i in range(10):  # those who are there are served as before
                    served[0].send(b"%d\n" % i)
                    self.assertEqual(served[0].line(), b"%d" % i)
                for peer in peers[1:-1]:
                    peer.close()
                self.assertEqual(peers[-1].line(), b"x")  # the last one's turn has come
                self.assertEqual(len(server.events("trouble")), 1)  # said once
                for peer in peers:
                    peer.close()

    @need("prlimit")
    def test_waiting_for_descriptors_burns_no_processor(self):
        with Server("--echo", "--json",
                    prefix=("prlimit", "--nofile=32:32", "--")) as server:
            peers = [server.connect() for _ in range(40)]
            server.event("trouble")
            before = server.cpu_seconds()
            time.sleep(1)
            self.assertLess(server.cpu_seconds() - before, 0.3)
            for peer in peers:
                peer.close()

    @need("prlimit")
    def test_processes_run_out(self):
        if os.geteuid() == 0:
            self.skipTest("root's processes are not limited")
        if is_sanitized():
            self.skipTest("the leak checker needs a process of its own")
        with Server("--echo", "--json", "--how", "process",
                    prefix=("prlimit", "--nproc=1:1", "--")) as server, \
                server.connect() as peer:
            peer.to_end()
            server.event("trouble")


class Keepalive(unittest.TestCase):
    @need_netns()
    def test_a_peer_that_vanished_is_noticed(self):
        with NetNS() as here, NetNS() as there:
            here.join(there, "10.1.1.1/24", "10.1.1.2/24")
            with Server("--echo", "--json", "--keepalive", "1", at="10.1.1.1:0",
                        prefix=here.prefix) as server:
                client = subprocess.Popen(
                    [*there.prefix, "python3", "-c",
                     "import socket, sys\n"
                     "s = socket.create_connection(('10.1.1.1', int(sys.argv[1])))\n"
                     "s.sendall(b'x'); s.recv(1); print('there', flush=True); sys.stdin.read()",
                     str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                try:
                    self.assertEqual(client.stdout.readline(), b"there\n")
                    there.run("ip", "link", "set", "eth0", "down")
                    said = server.event("closed", timeout=60)
                    self.assertEqual(said["reason"], "reset", said)
                finally:
                    client.kill()
                    client.wait()
                    client.stdin.close()
                    client.stdout.close()


class Log(unittest.TestCase):
    def test_text(self):
        with directory() as path:
            log = os.path.join(path, "log")
            with Server("--chat", "--log", log) as server, server.connect() as a, \
                    server.connect() as b:
                b.until(b"welcome")  # what is said before that is not for b
                a.send("/name 小明\n你好\x1b[31m\n".encode())
                b.until("你好".encode())
            with open(log, encoding="utf-8") as f:
                text = f.read()
            self.assertRegex(text, r"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z .*connect")
            self.assertRegex(text, r"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z 小明: 你好␛\[31m$")

    def test_json(self):
        with directory() as path:
            log = os.path.join(path, "log")
            with Server("--log", log, "--json") as server, server.connect() as peer:
                peer.send(b"hello\n")
                peer.line()
            with open(log, encoding="utf-8") as f:
                said = [json.loads(line) for line in f]
            self.assertIn("hello", [e.get("text") for e in said if e["event"] == "message"])
            self.assertEqual([e for e in said if e["event"] == "connected"][0]["client"],
                             [e for e in said if e["event"] == "message"][0]["client"])

    def test_is_appended_to(self):
        with directory() as path:
            log = os.path.join(path, "log")
            for i in range(2):
                with Server("--log", log) as server, server.connect() as peer:
                    peer.send(b"run %d\n" % i)
                    peer.line()
            with open(log, encoding="utf-8") as f:
                text = f.read()
            self.assertLess(text.index("run 0"), text.index("run 1"))

    def test_every_message_in_every_way(self):
        for how in WAYS:
            with self.subTest(how=how), directory() as path:
                log = os.path.join(path, "log")
                with Server("--log", log, "--how", how) as server:
                    peers = [server.connect() for _ in range(4)]
                    for k in range(50):
                        for i, peer in enumerate(peers):
                            peer.send(b"peer %d line %d.\n" % (i, k))
                    for peer in peers:
                        for _ in range(50):
                            peer.line()
                        peer.close()
                with open(log, encoding="utf-8") as f:
                    text = f.read()
                for i in range(4):
                    said = re.findall(r"peer %d line (\d+)\.$" % i, text, re.MULTILINE)
                    self.assertEqual(said, [str(k) for k in range(50)])

    def test_sync_has_it_before_it_is_answered(self):
        with directory() as path:
            log = os.path.join(path, "log")
            with Server("--log", log, "--log-sync", "--json") as server, \
                    server.connect() as peer:
                for i in range(20):
                    peer.send(b"line %d.\n" % i)
                    peer.line()
                    with open(log, encoding="utf-8") as f:
                        self.assertIn("line %d." % i, f.read())

    @need("strace")
    def test_sync_really_syncs(self):
        if is_sanitized():
            self.skipTest("the leak checker does not work under strace")
        with directory() as path:
            log, trace = os.path.join(path, "log"), os.path.join(path, "trace")
            with Server("--log", log, "--log-sync", prefix=(
                    "strace", "-D", "-f", "-o", trace, "-s", "200", "-e",
                    "trace=fsync,fdatasync,sendto,sendmsg,write,writev")) as server, server.connect() as peer:
                peer.send(b"a remarkable line\n")
                peer.line()
            with open(trace, encoding="utf-8", errors="replace") as f:
                calls = f.read().splitlines()
            calls = calls[next(i for i, c in enumerate(calls) if "remarkable" in c):]
            synced = next(i for i, c in enumerate(calls) if "sync(" in c)
            sent = next(i for i, c in enumerate(calls) if "send" in c)
            self.assertLess(synced, sent, calls)

    def test_a_log_that_takes_nothing(self):
        r = run("serve", "--log", "/dev/full", "--log-sync", "127.0.0.1:0")
        self.assertEqual(r.status, 1, r)
        self.assertIn("/dev/full", r.err)
        with Server("--reply", "yes", "--log", "/dev/full") as server, \
                server.connect() as peer:
            for _ in range(5):
                peer.send(b"x\n")
                self.assertEqual(peer.line(), b"yes")
            server.err.wait("/dev/full")
            self.assertEqual(server.err.text().count("/dev/full"), 1)  # once

    @contextlib.contextmanager
    def small_disk(self, *args):
        """A server whose --log lies on a disk of 64 KiB that nobody else sees; it, the log."""
        with directory() as path:
            log = os.path.join(path, "log")
            mount = "mount -t tmpfs -o size=64k tmpfs %s && exec \"$@\"" % path
            with Server("--reply", "yes", "--log", log, *args,
                        prefix=(*NetNS.UNSHARE, "--mount", "sh", "-c", mount, "sh")) as server:
                # that network's loopback is its own as well
                yield server, "/proc/%d/root%s" % (server.pid, log)

    @need_netns()
    def test_a_full_disk_is_told_once_and_the_talk_goes_on(self):
        with directory() as path, self.small_disk("unix:%s/s" % path) as (server, log), \
                Peer.connect("%s/s" % path) as peer:
            for _ in range(300):
                peer.send(b"x" * 1000 + b"\n")
                self.assertEqual(peer.line(), b"yes")
            server.err.wait("log")
            self.assertEqual(server.err.text().count("No space left"), 1)
            with open(log, encoding="utf-8") as f:
                lines = f.readlines()
            for line in lines:  # no half line
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\S+Z .*\n$")
            self.assertGreater(len(lines), 20)

    @need_netns()
    def test_a_full_disk_with_sync_delivers_nothing_that_is_not_written(self):
        for how in WAYS:
            with self.subTest(how=how), directory() as path, self.small_disk(
                    "--log-sync", "--how", how, "unix:%s/s" % path) as (server, log), \
                    Peer.connect("%s/s" % path) as peer:
                kept = open(log, encoding="utf-8")  # to be read when the server is gone
                with kept:
                    answered = 0
                    while True:
                        try:
                            peer.send(b"%04d %s\n" % (answered, b"x" * 1000))
                            if peer.to_line_or_end() != b"yes":
                                break
                        except OSError:
                            break
                        answered += 1
                        self.assertLess(answered, 200)
                    self.assertIn("No space left", server.err.wait(
                        re.compile("No space left")).group())
                    self.assertEqual(server.wait(), 1)
                    server.process.returncode = 0
                    said = re.findall(r"(\d{4}) x{1000}$", kept.read(), re.MULTILINE)
                    self.assertEqual(said, ["%04d" % i for i in range(answered)])


class Memory(unittest.TestCase):
    def test_idle_clients_cost_little(self):
        """The issue's bound is 1 KiB of the server's own; here with room for noise."""
        if is_sanitized():
            self.skipTest("a sanitized program's memory is not its own")
        with Server("--chat") as server:
            with Crowd(("127.0.0.1", server.port), 50) as few:
                few.pump(lambda: all(b"welcome" in d for d in few.data))
            before = server.status_kib("VmRSS")
            with Crowd(("127.0.0.1", server.port), 2000) as many:
                many.pump(lambda: all(b"welcome" in d for d in many.data), timeout=60)
                grown = server.status_kib("VmRSS") - before
            self.assertLess(grown, 2000 * 2)


if __name__ == "__main__":
    unittest.main()
