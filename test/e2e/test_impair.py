# SPDX-License-Identifier: ISC
"""--impair and --capture: a wire broken on purpose, and what tshark makes of what was written."""

import os
import subprocess
import tempfile
import unittest

from nettest import Beside, need_tap
from nodtest import DEADLINE, need, run
from test_up import ask

CHECKS = [f"-o{p}.check_checksum:TRUE" for p in ("ip", "tcp", "udp")]


def tshark(path, *fields, display=""):
    """The @fields of each frame that @display lets through, as tshark reads them."""
    command = ["tshark", "-n", "-r", path, *CHECKS, "-Tfields"]
    for f in fields:
        command += ["-e", f]
    if display:
        command += ["-Y", display]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                         env={**os.environ, "HOME": os.path.dirname(path)})
    if out.returncode:
        raise AssertionError(out.stderr.decode())
    noise = [line for line in out.stderr.decode().splitlines() if "Running as user" not in line]
    if noise:
        raise AssertionError(noise)
    return [line.split("\t") for line in out.stdout.decode().splitlines()]


BAD = ("_ws.malformed or ip.checksum.status == 0 or tcp.checksum.status == 0 or "
       "udp.checksum.status == 0 or icmp.checksum.status == 0 or icmpv6.checksum.status == 0")


class Refused(unittest.TestCase):
    """What is wrong is said before anything is opened."""

    def say(self, *options):
        done = run("up", "--net", "tap:nod-none", *options)
        self.assertEqual(done.out, "")
        return done.status, done.err

    def test_words(self):
        for text, word in (("los=2%", "los"), ("loss=2", "2"), ("drop 3rd elephant", "elephant"),
                           ("a>c: loss=2%", "a>c"), ("delay 2nd fin by noon", "noon")):
            status, said = self.say("--impair", text)
            self.assertEqual(status, 2, said)
            self.assertIn(f'--impair: "{word}" ', said)
            status, said = self.say("--lang", "zh", "--impair", text)
            self.assertIn(f'"{word}"', said)
            self.assertTrue(any("\u4e00" <= c <= "\u9fff" for c in said), said)

    def test_file(self):
        with tempfile.NamedTemporaryFile("w") as rules:
            rules.write("# faults\nloss=2%\n\ndrop 1st syn now\n")
            rules.flush()
            status, said = self.say("--impair", "@" + rules.name)
            self.assertEqual(status, 2)
            self.assertIn(f'{rules.name}:4:14: "now" is not expected here', said)
        status, said = self.say("--impair", "@/nonexistent")
        self.assertEqual(status, 1)
        self.assertIn("/nonexistent: No such file", said)

    def test_full_disk(self):
        status, said = self.say("--capture", "/dev/full")
        self.assertEqual(status, 1)
        self.assertIn("capture /dev/full: No space left on device", said)


@need_tap
@need("ip", "ping", "tshark")
class OnAWire(unittest.TestCase):
    """The kernel at 192.168.7.1 is b, `nod up` at 192.168.7.2 is a."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = os.path.join(self.dir.name, "x.pcapng")

    def beside(self, *options):
        return Beside("192.168.7.2/24,2001:db8::2/64,at-once", options)

    def ping(self, net, *options):
        """What ping says, whatever is lost."""
        done = subprocess.run([*net.prefix, "ping", "-n", "-W2", "-i0.2", *options],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
        return done.stdout.decode()

    def test_capture(self):
        """What goes over a healthy wire: no bad checksum, nothing malformed, both directions."""
        with self.beside("--capture", self.path) as host:
            self.ping(host.net, "-c3", "-s3000", "192.168.7.2")
            self.ping(host.net, "-c2", "2001:db8::2")
            self.assertEqual(ask(host.net, "192.168.7.2", b"x" * 5000, "AF_INET").stdout,
                             b"x" * 5000)
            self.assertEqual(host.up.stop(), 0)
        self.assertEqual(tshark(self.path, "frame.number", display=BAD), [])
        self.assertGreater(len(tshark(self.path, "frame.number")), 15)
        rows = tshark(self.path, "frame.interface_name", "frame.packet_flags_direction",
                      display="icmp.type == 8")
        self.assertEqual({(name, int(way, 0)) for name, way in rows}, {("tap0", 1)})
        rows = tshark(self.path, "frame.packet_flags_direction", display="icmp.type == 0")
        self.assertEqual({int(way, 0) for way, in rows}, {2})

    def test_rules(self):
        """Each rule strikes its packet, is told, and is written on it."""
        rules = ("b>a: drop 1st echo request; a>b: duplicate 1st echo reply;"
                 "corrupt bit 0 of icmp.checksum of 3rd echo request;"
                 "delay 3rd echo reply a>b by 50ms")
        with self.beside("--impair", rules, "--capture", self.path) as host:
            out = self.ping(host.net, "-c5", "192.168.7.2")
            drop = host.up.event("FAULT_RULE_DROP")
            self.assertEqual(host.up.stop(), 0)
        self.assertEqual(drop["why"], "drop 1st echo request")
        self.assertEqual(drop["interface"], 2)
        # the 1st is lost, the 3rd damaged; of the rest, the first answer comes twice
        self.assertIn("5 packets transmitted, 3 received, +1 duplicates", out)
        self.assertEqual(tshark(self.path, "icmp.seq", display="_ws.malformed"), [])
        rows = tshark(self.path, "icmp.seq", "frame.comment", display="icmp.checksum.status == 0")
        self.assertEqual(len(rows), 1)
        self.assertIn("rule: corrupt bit 0 of icmp.checksum of 3rd echo request", rows[0][1])
        rows = tshark(self.path, "icmp.seq", "frame.comment", display="frame.verdict.hw")
        self.assertEqual(rows, [
            ["1", "dropped: dropped by a rule; rule: drop 1st echo request"]])
        comments = [r[0] for r in tshark(self.path, "frame.comment", display="icmp.type == 0")]
        self.assertIn("doubled on the wire", comments[1])
        self.assertIn("rule: delay 3rd echo reply a>b by 50ms; held back 5", comments[3])

    def test_chance(self):
        """A delay that ping can see, and a seed that is drawn and said."""
        with self.beside("--impair", "b>a: delay=30ms~5ms; a>b: delay=20ms") as host:
            out = self.ping(host.net, "-c5", "192.168.7.2")
            host.up.err.wait("seed=")
        least = float(out.split(" = ")[1].split("/")[0])
        self.assertGreater(least, 45)
        with self.beside("--impair", "b>a: loss=100%; seed=7") as host:
            out = self.ping(host.net, "-c1", "192.168.7.2")
            self.assertIn("100% packet loss", out)
            host.up.event("FAULT_LOSS")
            self.assertNotIn("seed=", host.up.err.text())


if __name__ == "__main__":
    unittest.main()
