# SPDX-License-Identifier: ISC
"""nod sim: worlds of nod's own hosts in simulated time, from a seed."""

import filecmp
import os
import shutil
import subprocess
import tempfile
import unittest

from nodtest import NOD, is_sanitized, run

TCP = ("tcp", "bulk", "ask", "short", "half", "reset", "slow", "mtu")
SCENARIOS = ("ping", "udp", "broadcast", "multicast", "dhcp", "slaac", "names", "router", "churn",
             *TCP, "flood")
# What has been found once and mended; each fails again when the mend is taken away.
SEEDS = (
    # arguments, and what was mended
    (("--seed", "1", "--impair", "none", "ping"), "a request taken for a reply: socket_raw.c"),
    (("--seed", "63", "dhcp"), "a packet that nobody counted: ipv6.c"),
    (("--seed", "2511",), "more neighbours than the limit: neigh_table.c"),
    (("--seed", "60", "--impair", "none", "short"), "no way to a link-local address of its own: dest.c"),
    (("--seed", "56", "--impair", "none", "mtu"), "an ACK that found no way had no time: tcp_timer.c"),
)


def one(*args):
    """The JSON object of one world."""
    r = run("sim", "--json", *args, timeout=60)
    return r, r.json()[-1]


class Scenarios(unittest.TestCase):
    """Each of them, on sound cables and on broken ones."""

    def passes(self, *args):
        r, o = one("--time", "20s", *args)
        self.assertEqual(r.status, 0, r)
        self.assertTrue(o["ok"])
        self.assertGreater(o["packets"], 20)
        return o

    def test_on_sound_cables(self):
        for name in SCENARIOS:
            with self.subTest(name):
                time = ("--time", "100ms") if name == "flood" else ()
                o = self.passes("--seed", "3", "--impair", "none", *time, name)
                self.assertEqual(o["faults"], {})

    def test_on_broken_cables(self):
        spec = "loss=3%,dup=2%,corrupt=1%,reorder=2%,delay=20ms~10ms"
        for name in SCENARIOS[:-1]:
            with self.subTest(name):
                o = self.passes("--seed", "4", "--impair", spec, name)
                self.assertGreater(o["faults"]["FAULT_LOSS"], 0)
                self.assertGreater(o["faults"]["FAULT_DELAY"], 0)

    def test_everything_is_done_that_a_scenario_promises(self):
        self.assertGreater(self.passes("--impair", "none", "ping")["pings"], 10)
        o = self.passes("--impair", "none", "--seed", "2", "names")
        self.assertGreater(o["names_answered"], 10)
        o = self.passes("--impair", "none", "--seed", "3", "dhcp")
        self.assertGreater(o["leases"], 0)
        self.assertGreater(self.passes("--impair", "none", "churn")["changes"], 3)
        o = self.passes("--impair", "none", "--seed", "3", "udp")
        self.assertGreater(o["received"], 100)

    def test_sound_cables_lose_nothing_of_a_flood(self):
        o = self.passes("--time", "500ms", "flood")
        self.assertEqual(o["due"], o["due_received"])
        self.assertGreater(o["due"], 10000)

    def test_seeds_that_failed_once(self):
        for args, why in SEEDS:
            with self.subTest(why):
                self.passes("--time", "60s", *args)

    def test_as_many_hosts_as_asked_for(self):
        self.assertEqual(self.passes("--hosts", "100", "--time", "1s", "ping")["hosts"], 100)


class Tcp(unittest.TestCase):
    """Streams are judged as they come; here, that there are some, and how they end."""

    def sim(self, *args):
        r, o = one("--time", "10s", *args)
        self.assertEqual(r.status, 0, r)
        return o

    def test_on_sound_cables_all_are_whole(self):
        for name in TCP:
            with self.subTest(name):
                o = self.sim("--seed", "5", "--impair", "none", name)
                broken = o["connections_broken_off"]
                self.assertEqual(o["connections_whole"] + broken, o["connections"])
                self.assertGreater(o["connections_whole"], 5)
                self.assertLessEqual(broken, o["connections"] if name in ("tcp", "reset") else 0)
                self.assertGreater(o["stream_octets"], 10000)

    def test_on_bad_cables_each_ends(self):
        for spec in ("loss=15%", "reorder=20%", "dup=20%", "corrupt=8%", "delay=500ms~200ms",
                     "loss=5%,reorder=5%,dup=5%,corrupt=2%,delay=50ms~50ms",
                     "blackout=2s..6s"):
            with self.subTest(spec):
                o = self.sim("--seed", "6", "--impair", spec, "tcp")
                ended = sum(o["connections_" + how] for how in ("whole", "broken_off", "failed"))
                self.assertEqual(ended, o["connections"])
                self.assertGreater(o["connections_whole"], 2)

    def test_what_is_lost_is_sent_again(self):
        o = self.sim("--seed", "7", "--impair", "loss=5%", "bulk")
        self.assertGreater(o["segments_sent_again"], 20)
        self.assertLess(o["segments_sent_again"], 3 * o["faults"]["FAULT_LOSS"])

    def test_it_is_told_for_people(self):
        for lang, text in (("en", " whole, "), ("zh", " 个完整，")):
            r = run("sim", "--time", "5s", "--lang", lang, "ask", timeout=60)
            self.assertEqual(r.status, 0, r)
            self.assertRegex(r.out, f"TCP[:：].*{text}")


class SameSeed(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def capture(self, name, *args):
        path = os.path.join(self.dir, name)
        r = run("sim", "-q", "--time", "10s", "--capture", path, *args, timeout=60)
        self.assertEqual(r.status, 0, r)
        return path

    def test_the_same_frames(self):
        for args in (("--seed", "7"), ("--seed", "8", "churn"), ("--seed", "9", "tcp")):
            a, b = self.capture("a", *args), self.capture("b", *args)
            self.assertTrue(filecmp.cmp(a, b, shallow=False))
            self.assertGreater(os.path.getsize(a), 10000)

    def test_another_seed_other_frames(self):
        a, b = self.capture("a", "--seed", "7"), self.capture("b", "--seed", "9")
        self.assertFalse(filecmp.cmp(a, b, shallow=False))

    @unittest.skipUnless(shutil.which("tshark"), "needs tshark")
    def test_tshark_finds_nothing_wrong_in_them(self):
        """What the stacks wrote: the payload of datagrams is noise, and not looked at."""
        path = self.capture("a", "--seed", "7", "--impair", "loss=2%,dup=1%,delay=5ms~4ms")
        wrong = ("ip.checksum.status==0 || udp.checksum.status==0 || icmp.checksum.status==0 || "
                 "icmpv6.checksum.status==0 || igmp.checksum.status==0 || "
                 "(_ws.malformed && !udp)")
        out = subprocess.run(
            ["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
             "-Y", wrong], timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertEqual(out.stdout.decode(), "")
        out = subprocess.run(["tshark", "-r", path, "-Y", "frame.comment contains \"lost\""],
                             timeout=60, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertGreater(len(out.stdout.splitlines()), 10)

    def test_each_twice(self):
        r = run("sim", "--runs", "5", "--time", "10s", "--twice", "--json", timeout=60)
        o = r.json()[0]
        self.assertEqual((r.status, o["seeds"], o["failed"], o["twice"]), (0, 5, 0, True), r)


class Many(unittest.TestCase):
    def test_three_hundred_seeds(self):
        time = "3s" if is_sanitized() else "10s"
        r = run("sim", "--seeds", "1..300", "--time", time, timeout=240)
        self.assertEqual(r.status, 0, r)
        self.assertIn("300 seeds, 0 failed", r.out)

    def test_an_hour(self):
        r, o = one("--time", "1h", "--seed", "5", "--hosts", "3", "names")
        self.assertEqual(r.status, 0, r)
        self.assertGreater(o["simulated_s"], 3600)


class Events(unittest.TestCase):
    def test_what_happens_is_told(self):
        r = run("sim", "--events", "--json", "--time", "5s", "--seed", "3", "udp", timeout=60)
        lines = r.json()
        self.assertEqual(r.status, 0)
        self.assertIn("ADDR_READY", {o.get("event") for o in lines})
        self.assertTrue(all("host" in o for o in lines[:-1]))
        # a fault is told with the time at which the frame leaves the cable
        times = [o["time"] for o in lines[:-1] if not o["event"].startswith("FAULT")]
        self.assertEqual(times, sorted(times))
        r = run("sim", "--events", "--time", "5s", "--seed", "3", "udp", timeout=60)
        self.assertIn("ADDR_READY", r.out)
        self.assertNotIn(" ETH_IN ", r.out)
        r = run("sim", "--events", "-a", "--time", "5s", "--seed", "3", "udp", timeout=60)
        self.assertIn(" ETH_IN ", r.out)


class Refusals(unittest.TestCase):
    def test_bad_use(self):
        for args in (("nonsense",), ("ping", "udp"), ("--hosts", "1"), ("--hosts", "x"),
                     ("--seed", "x"), ("--seed", "-1"), ("--time", "0"), ("--time", "x"),
                     ("--time", "11y"), ("--seeds", "5"), ("--seeds", "5..4"), ("--seeds", "..4"),
                     ("--seeds", "1..x"), ("--seeds", "1..2x"), ("--seeds", "-3..2"),
                     ("--runs", "0"), ("--impair", "loss=200%"), ("--impair", "nonsense=1"),
                     ("--runs", "2", "--capture", "/tmp/x"), ("--runs", "2", "--events"),
                     ("--all",)):
            with self.subTest(args):
                r = run("sim", *args)
                self.assertEqual(r.status, 2, r)
                self.assertEqual(r.out, "")
                self.assertTrue(r.err)

    def test_a_capture_that_cannot_be_written(self):
        r = run("sim", "--time", "1s", "--capture", "/nonexistent/x")
        self.assertEqual(r.status, 1)
        self.assertIn("/nonexistent/x", r.err)

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_a_full_disk(self):
        r = run("sim", "--time", "5s", "--capture", "/dev/full")
        self.assertEqual(r.status, 1)
        self.assertIn("/dev/full", r.err)
        with open("/dev/full", "w", encoding="ascii") as full:
            out = subprocess.run([NOD, "sim", "--time", "1s"], stdout=full,
                                 stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(out.returncode, 1)

    def test_in_chinese(self):
        r = run("sim", "--time", "2s", "--lang", "zh", "ping")
        self.assertIn("种子 1", r.out)


if __name__ == "__main__":
    unittest.main()
