# SPDX-License-Identifier: ISC
"""test_serve_refusals.py - what nod serve refuses, and that it says so"""

import re
import subprocess
import unittest

from nodtest import Server, run


class Names(unittest.TestCase):
    DECEIVING = ("a\u3000left", "a\u00a0left", "a\u2003b", "guest\u200b1", "guest\u200d1",
                 "Ada\uff1a", "Ada\ufe55", "\u3164", "a\ufe0f", "a\U000e0041")

    def test_no_name_looks_like_a_notice_or_like_another(self):
        with Server("--chat") as server, server.connect() as a:
            a.until(b"lists the commands\n")
            for name in self.DECEIVING:
                a.send(("/name %s\n" % name).encode())
                self.assertIn(b"* a name has 1 to 24 columns", a.line(), ascii(name))
            for name in ("operator", "OPERATOR", "主持人"):
                a.send(("/name %s\n" % name).encode())
                self.assertIn(b"is taken", a.line(), name)
            for name in ("张三（北京）", "e\u0301", "Zoë"):
                a.send(("/name %s\n" % name).encode())
                self.assertEqual(a.line(), ("* you are now %s" % name).encode())

    def test_a_private_line_cannot_be_imitated_in_chinese(self):
        with Server("--chat", lang="zh") as server:
            with server.connect() as a, server.connect() as b:
                a.until("所有命令\n".encode())
                b.until("所有命令\n".encode())
                b.send("/name 乙\n".encode())
                b.until("您现在叫 乙\n".encode())
                a.send("/msg 乙 你好\n".encode())
                self.assertIn("对您私聊: 你好\n".encode(), b.until("你好\n".encode()))
                a.send("/name 甲\u3000对您私聊\n".encode())
                a.until("* 名字占".encode())


class History(unittest.TestCase):
    def test_a_long_history_drops_nobody_who_joins(self):
        with Server("--chat", "--history", "1000", "--queue", "16k") as server:
            with server.connect() as a:
                a.until(b"lists the commands\n")
                for i in range(100):
                    a.send(b"%03d %s\n" % (i, b"y" * 1000))
                a.send(b"/who\n")
                a.until(b"* 1 here: guest1\n")
                with server.connect() as b:
                    got = b.until(b"099 " + b"y" * 1000 + b"\n")
                    self.assertLess(len(got), 16384)
                    b.send(b"I am here\n")
                    a.until(b": I am here\n")


class Operator(unittest.TestCase):
    def test_a_line_too_long_goes_to_nobody(self):
        for args in (("--chat",), ("--reply", "yes"), ("--how", "process")):
            with self.subTest(args=args), \
                    Server(*args, stdin=subprocess.PIPE) as server, \
                    server.connect() as a:
                a.send(b"hello\n")
                server.out.wait("hello\n")
                for n in (4097, 65536, 65537, 200000):
                    server.process.stdin.write(b"Z" * n + b"\n")
                server.process.stdin.write(b"A" * 4096 + b"\nlast\n")
                server.process.stdin.flush()
                got = a.until(b"last\n")
                self.assertNotIn(b"Z", got)
                self.assertIn(b"A" * 4096 + b"\n", got)
                server.err.wait(re.compile("(went to nobody.*){4}", re.DOTALL))
                self.assertIn("longer than 4096 octets", server.err.text())


class Raw(unittest.TestCase):
    def test_what_it_would_not_heed_is_refused(self):
        for more in (("--deny", "127.0.0.0/8"), ("--allow", "::1"), ("--log", "x"),
                     ("--rate", "5"), ("--max-clients", "1"), ("--idle-timeout", "1s"),
                     ("127.0.0.1:0",)):
            with self.subTest(more=more):
                got = run("serve", "--once", "--raw", *more, "127.0.0.1:0")
                self.assertEqual(got.status, 2, got)
                self.assertIn("--raw", got.err)


if __name__ == "__main__":
    unittest.main()
