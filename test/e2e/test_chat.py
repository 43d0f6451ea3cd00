# SPDX-License-Identifier: ISC
"""test_chat.py - nod serve --chat: names, commands, history, and a thousand who all hear all"""

import re
import unittest

from nodtest import Crowd, Peer, Server, is_sanitized

TIME_LIMIT = 300
ONE_LOOP = ("thread", "select", "poll", "epoll")


def member(server, name=None):
    """A client that has been welcomed and, if asked, named."""
    peer = server.connect()
    peer.until(b"welcome")
    peer.line()
    if name:
        peer.send("/name %s\n" % name)
        peer.until(("you are now %s\n" % name).encode())
    return peer


class Room(unittest.TestCase):
    def setUp(self):
        self.server = Server("--chat")
        self.addCleanup(self.stop)
        self.peers = []

    def stop(self):
        for peer in self.peers:
            peer.close()
        self.server.__exit__(None, None, None)

    def join(self, name=None):
        peer = member(self.server, name)
        self.peers.append(peer)
        return peer

    def test_each_hears_all_others_and_not_himself(self):
        a, b, c = self.join("a"), self.join("b"), self.join("c")
        for peer in (a, b):
            peer.until(b"is now c\n")
        a.send(b"hello\n")
        self.assertEqual(b.line(), b"a: hello")
        self.assertEqual(c.line(), b"a: hello")
        b.send(b"hi\n")
        self.assertEqual(a.line(), b"b: hi")  # and not his own hello before it
        self.assertEqual(c.line(), b"b: hi")

    def test_a_message_without_a_newline(self):
        a, b = self.join("a"), self.join("b")
        a.until(b"is now b\n")
        a.send(b"no newline")
        self.assertEqual(b.line(), b"a: no newline")

    def test_join_and_leave_are_told(self):
        a = self.join("a")
        b = self.join()
        self.assertRegex(a.line(), rb"^\* guest\d+ joined \(2 here\)$")
        b.close()
        self.assertRegex(a.line(), rb"^\* guest\d+ left \(1 here\)$")

    def test_quit(self):
        a, b = self.join("a"), self.join("b")
        a.until(b"is now b\n")
        b.send(b"/quit\nnot said any more\n")
        b.to_end()
        self.assertEqual(a.line(), b"* b left (1 here)")

    def test_names(self):
        a, b = self.join("a"), self.join("小明")
        for line in a.until("小明\n".encode()).splitlines():
            self.assertTrue(line.startswith(b"* guest"))
        for bad in ("A", "小明", "", "with space", "x" * 100, "co:lon", "/slash", "*star",
                    "e\x1bsc", "operator", "OPERATOR", "\u202ertl", "\u200b", "名" * 13):
            with self.subTest(name=bad):
                b.send("/name %s\n" % bad)
                reply = b.line()
                if bad == "小明":
                    self.assertIn("小明".encode(), reply)  # his own already
                elif bad == "A":
                    self.assertIn(b"taken", reply)
                else:
                    self.assertTrue(reply.startswith(b"* "), reply)
                    self.assertNotIn(b"you are now", reply)
        b.send(b"still me\n")
        self.assertTrue(a.until(b"still me\n").endswith("小明: still me\n".encode()))

    def test_a_name_is_free_again_when_its_owner_left(self):
        a, b = self.join("a"), self.join("b")
        a.until(b"is now b\n")
        b.close()
        a.until(b"b left")
        a.line()
        a.send(b"/name b\n")
        self.assertEqual(a.line(), b"* you are now b")

    def test_who(self):
        a, _ = self.join("a"), self.join("b")
        a.until(b"is now b\n")
        a.send(b"/who\n")
        said = a.line()
        self.assertEqual(said[:9], b"* 2 here:")
        self.assertEqual(sorted(said[9:].split()), [b"a", b"b"])

    def test_me(self):
        a, b = self.join("a"), self.join("b")
        a.send(b"/me waves\n")
        self.assertEqual(b.line(), b"** a waves")

    def test_msg_is_heard_by_one_alone(self):
        a, b, c = self.join("a"), self.join("b"), self.join("c")
        b.until(b"is now c\n")
        a.until(b"is now c\n")
        a.send(b"/msg B psst: no one knows\n")
        self.assertEqual(b.line(), b"a (to you): psst: no one knows")
        self.assertEqual(a.line(), b"* told B")
        a.send(b"aloud\n")
        self.assertEqual(c.line(), b"a: aloud")
        self.assertNotIn("psst", self.server.out.text())  # nor by the operator

    def test_msg_to_nobody(self):
        a = self.join("a")
        for line in (b"/msg nobody hi\n", b"/msg\n", b"/msg a\n", b"/msg \x1b[31m x\n"):
            a.send(line)
            reply = a.line()
            self.assertTrue(reply.startswith(b"* "), reply)
            self.assertNotIn(b"\x1b", reply)

    def test_help_names_every_command(self):
        a = self.join("a")
        a.send(b"/help\n")
        said = a.until(b"//TEXT")
        for word in (b"/name", b"/who", b"/me", b"/msg", b"/quit"):
            self.assertIn(word, said)

    def test_unknown_commands(self):
        a = self.join("a")
        a.send(b"/nmae x\n")
        self.assertIn(b"/name", a.line())
        a.send(b"/frobnicate\n")
        self.assertIn(b"/help", a.line())
        a.send(b"/\n")
        self.assertIn(b"/help", a.line())

    def test_a_line_that_begins_with_a_slash(self):
        a, b = self.join("a"), self.join("b")
        a.send(b"//etc/passwd\n")
        self.assertEqual(b.line(), b"a: /etc/passwd")

    def test_an_empty_line_is_not_said(self):
        a, b = self.join("a"), self.join("b")
        a.send(b"\n\n\nx\n")
        self.assertEqual(b.line(), b"a: x")

    def test_the_operator_sees_and_speaks(self):
        a, b = self.join("a"), self.join("b")
        a.until(b"is now b\n")
        a.send(b"hello\n")
        self.server.out.wait("a: hello\n")
        self.assertEqual(b.line(), b"a: hello")
        self.server.type("good evening\n")
        self.assertEqual(a.line(), b"operator: good evening")
        self.assertEqual(b.line(), b"operator: good evening")
        self.server.type("/who\n")
        self.server.out.wait(re.compile(r"\* 2 here: (a b|b a)\n"))
        self.server.type("/msg a only you\n")
        self.assertEqual(a.line(), b"operator (to you): only you")
        self.server.type("/me leaves\n")
        self.assertEqual(b.line(), b"** operator leaves")
        self.server.type("/quit\n")
        self.assertEqual(a.to_end(), b"** operator leaves\n")
        self.assertEqual(self.server.wait(), 0)

    def test_in_order_and_each_once(self):
        a, b = self.join("a"), self.join("b")
        a.until(b"is now b\n")
        a.send(b"".join(b"%d\n" % i for i in range(5000)))
        got = b.until(b": 4999\n").splitlines()
        self.assertEqual(got, [b"a: %d" % i for i in range(5000)])


class OtherRooms(unittest.TestCase):
    def test_in_chinese(self):
        with Server("--chat", lang="zh") as server, server.connect() as a, server.connect() as b:
            a.until("欢迎".encode())
            b.until("欢迎".encode())
            a.send("/name 小红\n你好\n".encode())
            b.until("改名为 小红\n".encode())
            self.assertEqual(b.line().decode(), "小红: 你好")

    def test_history(self):
        with Server("--chat", "--history", "3") as server:
            with member(server, "a") as a, member(server, "b") as b:
                for i in range(10):
                    a.send(b"line %d\n" % i)
                b.until(b"line 9\n")
                with server.connect() as late:
                    got = late.until(b"line 9\n").split(b"\n")
                    self.assertEqual([g for g in got if b"line" in g],
                                     [b"a: line 7", b"a: line 8", b"a: line 9"])
                    a.send(b"now\n")
                    late.until(b"a: now\n")

    def test_history_of_fewer_lines_than_asked_and_of_none(self):
        with Server("--chat", "--history", "100") as server, member(server, "a") as a, \
                member(server, "b") as b:
            a.send(b"1st line\n/msg b secret\n2nd line\n")
            b.until(b"2nd line\n")
            with server.connect() as late:
                got = late.until(b"2nd line\n")
                self.assertIn(b"a: 1st line\n", got)
                self.assertNotIn(b"secret", got)
        with Server("--chat") as server, member(server, "a") as a, member(server, "b") as b:
            a.send(b"1st line\n")
            b.until(b"1st line\n")
            with server.connect() as late:
                late.until(b"welcome")
                a.send(b"2nd line\n")
                self.assertNotIn(b"1st", late.until(b"2nd line\n"))

    def test_no_line_is_lost_or_doubled_by_who_joins_meanwhile(self):
        """History and what is said next fit together without a gap."""
        with Server("--chat", "--history", "100000", "--workers", "2") as server, \
                member(server, "a") as a:
            late = []
            for i in range(2000):
                a.send(b"%d.\n" % i)
                if i % 100 == 50:
                    late.append(server.connect())
            for peer in late:
                with peer:
                    got = re.findall(rb"a: (\d+)\.", peer.until(b"a: 1999.\n"))
                    self.assertEqual(got, [b"%d" % i for i in range(2000)])

    def test_unix_and_both_loops_are_one_room(self):
        with Server("--chat", "--workers", "4") as server:
            peers = [member(server) for _ in range(8)]
            peers[0].send(b"/name speaker\nto everybody\n")
            for peer in peers[1:]:
                peer.until(b"speaker: to everybody\n")
            for peer in peers:
                peer.close()


class Thousand(unittest.TestCase):
    """Every message reaches every other client exactly once and in order."""

    def check(self, n, each, *args, timeout=120):
        with Server("--chat", "--queue", "256M", *args) as server, \
                Crowd(("127.0.0.1", server.port), n + 1, timeout=timeout) as crowd:
            # the last one only listens: what he hears is the order of all
            wanted = b"(%d here)" % (n + 1)
            crowd.pump(lambda: wanted in crowd.data[0] and
                       all(b"welcome" in d for d in crowd.data))
            names = [re.search(rb"you are (\S+),", bytes(d)).group(1) for d in crowd.data]
            self.assertEqual(len(set(names)), n + 1)
            for k in range(each):
                for i in range(n):
                    crowd.send(i, b"%d %d.\n" % (i, k))

            def heard_all(i):
                return crowd.data[i].count(b".\n") >= (n if i == n else n - 1) * each

            done = set()

            def all_done():
                for i in range(n + 1):
                    if i not in done and heard_all(i):
                        done.add(i)
                    elif i not in done:
                        return False
                return True
            crowd.pump(all_done, step=0.5)
            order = self.said(crowd.data[n])
            for i in range(n):  # the sender's own order, each once
                mine = [line for line in order if line.startswith(names[i] + b": ")]
                self.assertEqual(mine, [b"%s: %d %d." % (names[i], i, k) for k in range(each)])
            self.assertEqual(len(order), n * each)
            for i in range(n):  # and the same order for all, without one's own
                own = names[i] + b": "
                self.assertEqual(self.said(crowd.data[i]),
                                 [line for line in order if not line.startswith(own)])

    @staticmethod
    def said(data):
        return [line for line in bytes(data).split(b"\n") if line and not line.startswith(b"* ")]

    def test_epoll(self):
        self.check(1000, 2)

    def test_epoll_one_loop(self):
        self.check(200, 10, "--workers", "1")

    def test_epoll_many_loops(self):
        self.check(200, 10, "--workers", "8")

    def test_thread(self):
        self.check(100 if is_sanitized() else 250, 5, "--how", "thread")

    def test_poll(self):
        self.check(250, 5, "--how", "poll")

    def test_select(self):
        self.check(250, 5, "--how", "select")


if __name__ == "__main__":
    unittest.main()
