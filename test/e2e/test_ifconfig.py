# SPDX-License-Identifier: ISC
"""test_ifconfig.py - nod ifconfig: interfaces, addresses, counters"""

import json
import re
import subprocess
import unittest

from nodtest import NetNS, environ, need, need_netns, run


class Here(unittest.TestCase):
    """What holds on any machine."""

    def test_loopback(self):
        r = run("ifconfig", "lo")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertRegex(r.out, r"^lo: ")
        self.assertIn("inet  127.0.0.1/8  mask 255.0.0.0", r.out)
        self.assertRegex(r.out, r"RX packets \d+  bytes \d+")
        self.assertRegex(r.out, r"TX packets \d+  bytes \d+")

    def test_loopback_in_chinese(self):
        r = run("ifconfig", "lo", lang="zh")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertIn("掩码 255.0.0.0", r.out)
        self.assertIn("环回", r.out)

    def test_json(self):
        r = run("ifconfig", "--json", "lo")
        self.assertEqual((r.status, r.err), (0, ""), r)
        (lo,) = r.json()
        self.assertEqual((lo["name"], lo["index"], lo["type"]), ("lo", 1, "loopback"))
        self.assertIn("LOOPBACK", lo["flags"])
        self.assertIn(("127.0.0.1", 8, "255.0.0.0", "host"),
                      [(a["address"], a["prefix"], a.get("mask"), a["scope"])
                       for a in lo["addresses"]])
        self.assertEqual(lo["rx"]["packets"], lo["tx"]["packets"])

    def test_short(self):
        r = run("ifconfig", "-a", "-s")
        self.assertEqual(r.status, 0, r)
        self.assertTrue(any(re.match(r"lo +UP +- +127\.0\.0\.1/8", line)
                            for line in r.lines()), r)

    def test_unknown_interface_suggests_the_nearest(self):
        r = run("ifconfig", "l0")
        self.assertEqual((r.status, r.out), (1, ""))
        self.assertIn('did you mean "lo"?', r.err)
        r = run("ifconfig", "l0", lang="zh")
        self.assertIn('是不是 "lo"？', r.err)

    def test_one_unknown_among_known(self):
        r = run("ifconfig", "--json", "no-such-interface", "lo")
        self.assertEqual(r.status, 1)
        self.assertEqual([i["name"] for i in r.json()], ["lo"])
        self.assertIn("no-such-interface", r.err)

    def test_hostile_names_do_not_reach_the_terminal(self):
        r = run("ifconfig", "\x1b[31mred\x07")
        self.assertEqual(r.status, 1)
        self.assertNotIn("\x1b", r.err)
        self.assertNotIn("\x07", r.err)
        self.assertEqual(run("ifconfig", "x" * 5000).status, 1)

    def test_bad_use(self):
        for args in (("-x",), ("--al1",), ("--all=yes",)):
            r = run("ifconfig", *args)
            self.assertEqual((r.status, r.out), (2, ""), r)


@need_netns()
class Network(unittest.TestCase):
    """In a network of its own, where every answer is known."""

    @classmethod
    def setUpClass(cls):
        cls.a, cls.b = NetNS(), NetNS()
        cls.addClassCleanup(cls.a.__exit__)
        cls.addClassCleanup(cls.b.__exit__)
        cls.a.join(cls.b, "10.1.2.1/24", "10.1.2.2/24", name="cable0")
        cls.a.run("ip", "address", "add", "2001:db8::1/64", "dev", "cable0", "nodad")
        cls.a.run("ip", "address", "delete", "10.1.2.1/24", "dev", "cable0")
        cls.a.run("ip", "address", "add", "10.1.2.1/24", "broadcast", "+", "dev", "cable0")
        cls.a.run("ip", "link", "set", "cable0", "mtu", "1400", "address", "02:00:00:00:00:aa")

    def see(self, *args, **more):
        return run("ifconfig", *args, prefix=self.a.prefix, **more)

    def test_everything_of_a_cable(self):
        r = self.see("cable0")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertRegex(r.out, r"^cable0: up  <UP,LOWER_UP,RUNNING,BROADCAST,MULTICAST>\n")
        for part in ("Ethernet (veth)", "mtu 1400", "02:00:00:00:00:aa",
                     "inet  10.1.2.1/24  mask 255.255.255.0  broadcast 10.1.2.255  scope global",
                     "inet6 2001:db8::1/64  scope global", "another network namespace"):
            self.assertIn(part, r.out)

    def test_counters_count(self):
        (before,) = self.see("--json", "cable0").json()
        self.a.run("ping", "-c3", "-i0.01", "-q", "10.1.2.2")
        (after,) = self.see("--json", "cable0").json()
        self.assertGreaterEqual(after["rx"]["packets"], before["rx"]["packets"] + 3)
        self.assertGreaterEqual(after["tx"]["bytes"], before["tx"]["bytes"] + 3 * 98)

    def test_down_is_hidden_and_said_so(self):
        self.a.run("ip", "link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
        self.addCleanup(self.a.run, "ip", "link", "delete", "spare0")
        r = self.see()
        self.assertEqual(r.status, 0)
        self.assertNotIn("spare0", r.out)
        self.assertIn("spare0", r.err)
        self.assertIn("spare0: down", self.see("-a").out)
        self.assertIn("spare0: down", self.see("spare0").out)
        self.assertIn("spare0", [i["name"] for i in self.see("--all", "--json").json()])
        self.assertNotIn("spare0", [i["name"] for i in self.see("--json").json()])

    def test_no_carrier(self):
        with NetNS() as c:
            self.a.join(c, name="loose0")
            c.run("ip", "link", "set", "loose0", "down")
            r = self.see("loose0")
            self.assertIn("no carrier", r.out)
            self.assertNotIn("LOWER_UP", r.out)
            self.assertIn("载波", self.see("loose0", lang="zh").out)

    def test_point_to_point_and_lifetimes(self):
        self.a.run("ip", "address", "add", "10.9.0.1", "peer", "10.9.0.2/32", "dev", "cable0")
        self.a.run("ip", "address", "add", "2001:db8::7/64", "dev", "cable0", "nodad",
                   "valid_lft", "1000", "preferred_lft", "0")
        r = self.see("cable0")
        self.assertIn("inet  10.9.0.1/32  peer 10.9.0.2", r.out)
        self.assertRegex(r.out, r"2001:db8::7/64  scope global  deprecated.*valid \d+ s")

    @need("ip")
    def test_agrees_with_iproute2(self):
        theirs = json.loads(self.a.run("ip", "-json", "-details", "address").stdout)
        mine = {i["name"]: i for i in self.see("-a", "--json").json()}
        self.assertEqual(sorted(mine), sorted(i["ifname"] for i in theirs))
        for i in theirs:
            m = mine[i["ifname"]]
            self.assertEqual((m["index"], m["mtu"], m["queue"], m["mac"]),
                             (i["ifindex"], i["mtu"], i["qdisc"], i["address"]))
            self.assertEqual(m["state"], i["operstate"].lower())
            self.assertEqual(m["kind"], i.get("linkinfo", {}).get("info_kind"))
            self.assertEqual([(a["address"], a["prefix"], a["scope"]) for a in m["addresses"]],
                             [(a["local"], a["prefixlen"], a["scope"]) for a in i["addr_info"]])

    def test_many_interfaces_and_addresses(self):
        """More than one netlink datagram holds."""
        with NetNS() as c:
            batch = "".join("link add d%d type veth peer name e%d\n" % (i, i) for i in range(50))
            batch += "".join("address add 10.%d.%d.1/24 dev d0\n" % (i // 200, i % 200)
                             for i in range(600))
            subprocess.run([*c.prefix, "ip", "-batch", "-"], input=batch.encode(), check=True,
                           timeout=20, env=environ())
            all_ = run("ifconfig", "-a", "--json", prefix=c.prefix).json()
            self.assertEqual(len([i for i in all_ if i["kind"] == "veth"]), 100)
            (d0,) = [i for i in all_ if i["name"] == "d0"]
            self.assertEqual(len(d0["addresses"]), 600)


if __name__ == "__main__":
    unittest.main()
