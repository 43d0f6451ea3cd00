# SPDX-License-Identifier: ISC
"""test_port.py - nod port, and that its table agrees with this machine's /etc/services"""

import os
import socket
import unittest

from nodtest import directory, run


class Port(unittest.TestCase):
    def one(self, *args):
        said = run("port", "--json", *args).json()
        self.assertEqual(len(said), 1, said)
        return said[0]

    def names(self, said):
        return [(s["name"], s["protocol"]) for s in said["services"]]

    def test_the_notes_example(self):
        said = self.one("mysql")
        self.assertEqual((said["port"], self.names(said)), (3306, [("mysql", "tcp")]))
        self.assertIn("3306/tcp", run("port", "mysql").out)

    def test_both_ways(self):
        for word, port, names in (
                ("3306", 3306, [("mysql", "tcp")]),
                ("53/udp", 53, [("domain", "udp")]),
                ("dns", 53, [("domain", "tcp"), ("domain", "udp")]),
                ("HTTPS/TCP", 443, [("https", "tcp")]),
                ("www/tcp", 80, [("http", "tcp")]),
                ("0080/tcp", 80, [("http", "tcp")]),
                ("65535", 65535, [])):
            with self.subTest(word=word):
                said = self.one(word)
                self.assertEqual((said["query"], said["port"], self.names(said)),
                                 (word, port, names))

    def test_ranges(self):
        for port, by_rfc, by_notes in (
                (0, "reserved", None), (1, "system", "well-known"),
                (255, "system", "well-known"), (256, "system", "system"),
                (1023, "system", "system"), (1024, "user", None), (8888, "user", "own"),
                (10000, "user", None), (10001, "user", "own"), (49151, "user", "own"),
                (49152, "dynamic", "own"), (65535, "dynamic", "own")):
            with self.subTest(port=port):
                said = self.one(str(port))
                self.assertEqual((said["range"], said["notes"]), (by_rfc, by_notes))

    def test_a_range_lists_its_services(self):
        said = run("port", "--json", "--services", "/dev/null", "20-25").json()
        self.assertEqual([s["port"] for s in said], [20, 21, 22, 23, 25])
        self.assertIn("22/tcp", run("port", "20-25").out)
        self.assertNotIn("20/tcp", run("port", "21-25/tcp").out)
        self.assertIn("none", run("port", "65530-65535").out)
        everything = run("port", "--json", "0-65535")
        self.assertGreater(len(everything.lines()), 250)

    def test_chinese(self):
        r = run("port", "mysql", "1023", "8888", lang="zh")
        for word in ("数据库", "系统端口", "用户端口", "课程笔记"):
            self.assertIn(word, r.out)

    def test_the_machines_own_list(self):
        with directory() as d:
            path = os.path.join(d, "services")
            with open(path, "wb") as f:
                f.write(b"# comment\nmy-sql 3306/tcp\nmysql\t3306/tcp\tours # mine\n"
                        b"homegrown 12345/udp hg home\r\nbad\nbad 70000/tcp\nbad x/tcp\n"
                        b"bad 5\nbad 5/ddp\nb\xe4d 6/tcp\nbad /tcp\nbad 123456789/tcp\n"
                        b"mysql 3307/tcp\nlast 5/tcp")
            at = ("--services", path)
            said = self.one(*at, "3306")
            self.assertEqual([s["name"] for s in said["machine_services"]],
                             ["my-sql", "mysql"])
            self.assertEqual(said["machine_services"][1]["aliases"], ["ours"])
            out = run("port", *at, "3306").out
            self.assertIn("calls 3306/tcp my-sql", out)
            self.assertNotIn("ours", out)
            self.assertEqual(self.one(*at, "HG")["port"], 12345)
            self.assertEqual(self.one(*at, "home/udp")["port"], 12345)
            self.assertEqual(self.one(*at, "last")["port"], 5)
            self.assertEqual([s["port"] for s in run("port", "--json", *at, "mysql").json()],
                             [3306, 3307])
            self.assertIn('"homegrown"', run("port", *at, "homegrow").err)
            self.assertEqual(run("port", *at, "bad").status, 1)

    def test_agrees_with_this_machine(self):
        wrong, asked = [], 0
        for said in run("port", "--json", "1-65535").json():
            for s in said["services"]:
                try:
                    port = socket.getservbyname(s["name"], s["protocol"])
                except OSError:
                    continue
                asked += 1
                if port != said["port"]:
                    wrong.append((s["name"], said["port"], port))
        if asked < 50:
            self.skipTest("this machine has no list of services to compare with")
        self.assertLess(len(wrong), asked // 50, wrong)  # lists differ in a name or two

    def test_refusals(self):
        for words, status, said in (
                ([], 2, "which service"),
                ([""], 2, "neither"),
                (["/tcp"], 2, "neither"),
                (["x" * 64], 2, "neither"),
                (["65536"], 2, "16 bits"),
                (["99999999999999999999"], 2, "16 bits"),
                (["1-65536"], 2, "16 bits"),
                (["25-20"], 2, "write 20-25"),
                (["80/"], 2, "tcp, udp"),
                (["80/foo"], 2, "\"foo\""),
                (["80/tcp/udp"], 2, "tcp, udp"),
                (["80-"], 1, "80-"),
                (["3306x"], 1, "3306x"),
                (["mysq"], 1, "\"mysql\""),
                (["htpp"], 1, "\"http\""),
                (["no-such-thing-at-all"], 1, "neither in nod's table nor in /etc/services"),
                (["mysql/udp", "--services", "/dev/null"], 1, "not over udp"),
                (["--services", "/no/such/file", "80"], 1, "/no/such/file"),
                (["--services", "/", "80"], 1, "/"),
                (["--service=x"], 2, "--services")):
            with self.subTest(words=words):
                r = run("port", *words)
                self.assertEqual((r.status, r.out), (status, ""), r)
                self.assertIn(said, r.err)
                self.assertNotEqual(run("port", *words, lang="zh").err, r.err)

    def test_one_bad_word_does_not_hide_the_others(self):
        r = run("port", "nosuchname", "22/tcp", "70000")
        self.assertEqual(r.status, 2)
        self.assertIn("secure shell", r.out)


if __name__ == "__main__":
    unittest.main()
