# SPDX-License-Identifier: ISC
"""test_exec.py - nod serve --exec: one process a client, its stdin and stdout the connection"""

import os
import unittest

from nodtest import Peer, Server, directory, eventually, run

WAYS = ("process", "thread", "select", "poll", "epoll")


class Exec(unittest.TestCase):
    def test_cat_in_every_way(self):
        octets = bytes(range(256)) * 4096
        for how in WAYS:
            with self.subTest(how=how), Server("--exec", "cat", "--how", how) as server, \
                    server.connect() as a, server.connect() as b:
                a.send(b"x\n")
                self.assertEqual(a.line(), b"x")
                b.send(b"y")  # octets, not lines
                self.assertEqual(b.exactly(1), b"y")
                for at in range(0, len(octets), 16384):
                    a.send(octets[at:at + 16384])
                    self.assertEqual(a.exactly(16384), octets[at:at + 16384])
                a.finish()
                self.assertEqual(a.to_end(), b"")

    def test_half_close_reaches_the_command(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--exec", "wc -c", "--how", how) as server, \
                    server.connect() as peer:
                peer.send(b"x" * 100000)
                peer.finish()
                self.assertEqual(peer.to_end().strip(), b"100000")

    def test_the_commands_end_ends_the_connection(self):
        with Server("--exec", "echo hello") as server, server.connect() as peer:
            self.assertEqual(peer.to_end(), b"hello\n")

    def test_much_output_is_delivered_whole(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--exec", "seq 1 300000", "--how", how) as server, \
                    server.connect() as peer:
                want = b"".join(b"%d\n" % i for i in range(1, 300001))
                self.assertTrue(peer.to_end() == want)

    def test_never_through_a_shell(self):
        with directory() as path:
            mark = os.path.join(path, "mark")
            words = "a; touch %s $(touch %s) `touch %s` > %s" % ((mark,) * 4)
            with Server("--exec", "echo " + words) as server, server.connect() as peer:
                self.assertEqual(peer.to_end().decode(), words + "\n")
            self.assertFalse(os.path.exists(mark))

    def test_through_a_shell_when_asked(self):
        with Server("--exec", "echo a; echo b | tr b c", "--shell") as server, \
                server.connect() as peer:
            self.assertEqual(peer.to_end(), b"a\nc\n")

    def test_quoting(self):
        for command, said in (
                ("printf '%s.' a 'b c' \"d e\"", b"a.b c.d e."),
                ("printf '%s.' a\\ b ''", b"a b.."),
                ("printf '%s.' \"a\\\"b\" 'c\\d'", b"a\"b.c\\d."),
                ("  printf   '%s.'   x  ", b"x."),
                ("printf %s a'b'\"c\"d", b"abcd")):
            with self.subTest(command=command), Server("--exec", command) as server, \
                    server.connect() as peer:
                self.assertEqual(peer.to_end(), said)

    def test_who_the_peer_is(self):
        with Server("--exec", "sh -c 'echo $NOD_PEER'") as server, server.connect() as peer:
            self.assertEqual(peer.to_end().decode().strip(),
                             "127.0.0.1:%d" % peer.sock.getsockname()[1])

    def test_its_stderr_is_the_servers(self):
        with Server("--exec", "sh -c 'echo oops >&2; echo fine'") as server, \
                server.connect() as peer:
            self.assertEqual(peer.to_end(), b"fine\n")
            server.err.wait("oops")

    def test_a_command_that_is_not_there_is_refused_at_the_start(self):
        r = run("serve", "--exec", "/no/such/command", "127.0.0.1:0")
        self.assertEqual((r.status, r.out), (1, ""), r)
        self.assertIn("/no/such/command", r.err)

    def test_a_command_that_is_there_no_more(self):
        for how in WAYS:
            with self.subTest(how=how), directory() as path:
                command = os.path.join(path, "command")
                with open(command, "w", encoding="ascii") as f:
                    f.write("#!/bin/sh\n")
                os.chmod(command, 0o755)
                with Server("--exec", command, "--json", "--how", how) as server:
                    os.unlink(command)
                    for _ in range(2):
                        with server.connect() as peer:
                            self.assertEqual(peer.to_end(), b"")
                    said = server.event("closed", n=2)
                    self.assertIn("error", said if isinstance(said, dict) else said[-1])

    def test_the_command_ends_with_its_client(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--exec", "sh -c 'echo $$; exec sleep 1000'",
                                               "--how", how) as server:
                with server.connect() as peer:
                    pid = int(peer.line())
                    self.assertTrue(is_alive(pid))
                    peer.reset()
                eventually(lambda: not is_alive(pid))

    def test_the_commands_end_with_the_server(self):
        for how in WAYS:
            with self.subTest(how=how), Server("--exec", "sh -c 'echo $$; exec sleep 1000'",
                                               "--grace", "300ms", "--how", how) as server, \
                    server.connect() as peer:
                pid = int(peer.line())
                server.stop()
                eventually(lambda: not is_alive(pid))

    def test_signals_are_as_the_command_expects_them(self):
        """SIGPIPE kills `yes` as everywhere; the server's own dispositions stay its own."""
        with Server("--exec", "sh -c 'yes; echo $? >&2'", "--shell") as server, \
                server.connect() as peer:
            peer.exactly(1000)
            peer.reset()
        with Server("--exec", "sh -c 'kill -TERM $$; echo survived'") as server, \
                server.connect() as peer:
            self.assertEqual(peer.to_end(), b"")

    def test_descriptors_of_other_clients_are_not_inherited(self):
        with Server("--exec", "sh -c 'ls /proc/self/fd | wc -l; exec sleep 1000'") as server:
            peers = [server.connect() for _ in range(5)]
            counts = {int(peer.line()) for peer in peers}
            self.assertEqual(len(counts), 1, counts)
            self.assertLessEqual(max(counts), 5)
            for peer in peers:
                peer.close()

    def test_a_client_that_does_not_read_holds_up_nobody(self):
        with Server("--exec", "yes", "--json") as server, \
                Peer.connect(("127.0.0.1", server.port), rcvbuf=4096) as deaf:
            deaf.exactly(10)
            for _ in range(5):
                with server.connect() as peer:
                    self.assertEqual(peer.exactly(100000)[:4], b"y\ny\n")
            self.assertLess(server.status_kib("VmRSS"), 200000)

    def test_a_command_that_does_not_read_holds_up_nobody(self):
        with Server("--exec", "sleep 1000") as server, server.connect() as eager:
            eager.sock.settimeout(0.3)
            sent = 0
            try:
                while sent < 64 << 20:
                    sent += eager.sock.send(b"x" * 65536)
            except TimeoutError:
                pass
            self.assertLess(sent, 64 << 20)  # its turn to wait has come
            with server.connect() as other:
                other.send(b"x")
            self.assertLess(server.status_kib("VmRSS"), 200000)

    def test_zombies_are_not_kept(self):
        for how in ("select", "thread", "epoll", "process"):
            with self.subTest(how=how), Server("--exec", "true", "--how", how) as server:
                for _ in range(20):
                    with server.connect() as peer:
                        peer.to_end()
                eventually(lambda: not zombies_of(server.pid))

    def test_once(self):
        with Server("--exec", "cat", "--once") as server:
            with server.connect() as peer:
                peer.send(b"x\n")
                self.assertEqual(peer.line(), b"x")
            self.assertEqual(server.wait(), 0)


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def zombies_of(parent):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry, encoding="ascii", errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] == "Z" and int(fields[1]) == parent:
                found.append(int(entry))
    return found


if __name__ == "__main__":
    unittest.main()
