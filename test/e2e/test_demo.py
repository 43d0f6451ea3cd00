# SPDX-License-Identifier: ISC
"""nod demo: a conversation on nod's own stack, every packet told."""

import os
import re
import tempfile
import unittest

from nodtest import need, run


class Demo(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)

    def demo(self, *words, status=0):
        p = run("demo", "--capture", os.path.join(self.scratch.name, "c.pcapng"), *words,
                lang="en")
        self.assertEqual(p.status, status, p.err + p.out[-2000:])
        return p.out

    def capture(self):
        with open(os.path.join(self.scratch.name, "c.pcapng"), "rb") as f:
            return f.read()

    def assert_in_order(self, out, *wanted):
        at = 0
        for w in wanted:
            found = re.compile(w).search(out, at)
            self.assertIsNotNone(found, f"{w!r} after {out[:at][-300:]!r}")
            at = found.end()

    def test_the_whole_story(self):
        out = self.demo()
        self.assert_in_order(
            out, "handshake 1 of 3", "server: LISTEN -> SYN-RECEIVED", "handshake 2 of 3",
            "ada: SYN-SENT -> ESTABLISHED", "handshake 3 of 3", "data",
            "dropped by a rule", "sent again", "close 1 of 4", "CLOSE-WAIT", "close 2 of 4",
            "close 3 of 4", "close 4 of 4", "TIME-WAIT", "ben.*handshake 1 of 3",
            r"ben -- 1:\d+ \(\d x 1448\)", "ben: 1449:2897.*dropped", "something is missing",
            "sent again: later ones have arrived", "2 MSL are over", "What was said",
            "can you hear me", "nothing lost, doubled or disordered", "2 lost on the wire, 2 sent")

    def test_each_state_follows_from_the_one_before(self):
        for seed in range(1, 9):
            at = {"ada": "CLOSED", "ben": "CLOSED", "server": "LISTEN"}
            for name, old, new in re.findall(
                    r"^ +(\w+): ([A-Z0-9-]+) -> ([A-Z0-9-]+)", self.demo(
                        "--seed", str(seed), "--impair", "delay=9ms,loss=5%"), re.MULTILINE):
                if name == "server" and at[name] == "CLOSED":
                    at[name] = "LISTEN"  # of the next client
                self.assertEqual((seed, name, at[name]), (seed, name, old))
                at[name] = new
            self.assertEqual(set(at.values()), {"CLOSED"})

    def test_the_same_seed_tells_the_same_story(self):
        first, frames = self.demo("--seed", "7"), self.capture()
        self.assertEqual(first, self.demo("--seed", "7"))
        self.assertEqual(frames, self.capture())
        self.assertNotEqual(frames, (self.demo("--seed", "8"), self.capture())[1])

    def test_a_lost_syn_is_sent_again_after_a_second(self):
        out = self.demo("--impair", "delay=10ms; drop 1st syn client>server")
        self.assert_in_order(out, "handshake 1 of 3", "dropped by a rule",
                             r"1\.0\d+ .*SYN 0.*sent again: no answer in 1000 ms")

    def test_whatever_the_wire_does_all_is_heard(self):
        for seed in range(1, 21):
            with self.subTest(seed=seed):
                out = self.demo("--quiet", "--seed", str(seed), "--impair",
                                "delay=30ms~10ms,loss=15%,dup=3%,reorder=3%,corrupt=1%")
                self.assertIn("nothing lost, doubled or disordered", out)
                self.assertNotIn("handshake", out)

    @need("tshark")
    def test_the_capture_can_be_read(self):
        import subprocess
        self.demo()
        path = os.path.join(self.scratch.name, "c.pcapng")
        out = subprocess.run(["tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-Y",
                              "tcp.checksum.status == 0 || _ws.malformed"],
                             capture_output=True, timeout=60)
        self.assertEqual(out.stdout, b"", out.stderr)
        out = subprocess.run(["tshark", "-r", path, "-Y", "tcp.flags.syn == 1"],
                             capture_output=True, timeout=60)
        self.assertEqual(out.stdout.count(b"\n"), 4)

    def test_in_chinese(self):
        p = run("demo", "--capture", os.path.join(self.scratch.name, "c"), lang="zh")
        self.assertEqual(p.status, 0, p.err)
        self.assert_in_order(p.out, "三次握手之一", "四次挥手之四", "不丢、不重、不乱")

    def test_refusals(self):
        for words, status, text in (
                (("--impair", "loss=200%"), 2, "200%"),
                (("--seed", "x"), 2, "x"),
                (("more",), 2, "more"),
                (("--capture", "/nowhere/at/all"), 1, "/nowhere/at/all"),
                (("--capture", "/dev/full"), 1, "/dev/full")):
            with self.subTest(words=words):
                p = run("demo", *words, lang="en")
                self.assertEqual(p.status, status, p.err)
                self.assertIn(text, p.err)


if __name__ == "__main__":
    unittest.main()
