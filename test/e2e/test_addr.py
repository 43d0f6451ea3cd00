# SPDX-License-Identifier: ISC
"""test_addr.py - nod addr, against Python's ipaddress and socket on thousands of addresses"""

import ipaddress
import os
import random
import socket
import subprocess
import time
import unittest

from nodtest import NOD, directory, environ, run

IPV4, IPV6 = 32, 128


def random_address(chance):
    """One of either family, with runs of zeros and ones, near known prefixes now and then."""
    if chance.random() < 0.5:
        value = chance.getrandbits(32)
        if chance.random() < 0.5:
            net = chance.choice(["10.0.0.0", "127.0.0.0", "169.254.0.0", "172.16.0.0",
                                 "192.0.0.0", "192.0.2.0", "192.168.0.0", "198.18.0.0",
                                 "203.0.113.0", "224.0.0.0", "239.255.0.0", "255.255.255.0"])
            value = int(ipaddress.ip_address(net)) + chance.getrandbits(9)
        return ipaddress.IPv4Address(value & 0xffffffff)
    value = 0
    for _ in range(8):
        value = value << 16 | chance.choice([0, 0, 0, 0xffff, chance.getrandbits(16),
                                             chance.getrandbits(8)])
    if chance.random() < 0.5:
        net = chance.choice(["::", "::ffff:0:0", "64:ff9b::", "100::", "2001::", "2001:db8::",
                             "2002::", "fc00::", "fe80::", "fec0::", "ff02::", "2620::"])
        value = int(ipaddress.ip_address(net)) + chance.getrandbits(chance.randint(1, 100))
    return ipaddress.IPv6Address(value)


def by_libc(a):
    """As libc writes it; its deprecated ::1.2.3.4 as RFC 5952 has any other address."""
    text = socket.inet_ntop(socket.AF_INET if a.version == 4 else socket.AF_INET6, a.packed)
    return str(a) if text.startswith("::") and "." in text and "ffff" not in text else text


def ask(lines, *args):
    r = run("addr", "--json", *args, input="".join(line + "\n" for line in lines), timeout=60)
    if r.status or r.err:
        raise AssertionError("%s: %s" % (r.status, r.err[:2000]))
    return r.json()


class Forms(unittest.TestCase):
    def check(self, said, a):
        width = 32 if a.version == 4 else 128
        forms = said["forms"]
        self.assertEqual(said["address"], by_libc(a))
        self.assertEqual(said["family"], a.version)
        self.assertEqual(forms["bytes"], a.packed.hex(" "))
        self.assertEqual(forms["packed"], repr(a.packed))
        bits = forms["binary"].replace(".", "").replace(":", "")
        self.assertEqual(bits, format(int(a), "0%db" % width))
        self.assertEqual(forms["integer"], str(int(a)))
        self.assertEqual(forms["hex"], "0x%0*x" % (width // 4, int(a)))
        self.assertEqual(forms["arpa"], a.reverse_pointer)
        if a.version == 4:
            self.assertEqual(int(forms["octal"], 8), int(a))
            self.assertEqual(forms["mapped"], "::ffff:" + str(a))
            self.assertNotIn("full", forms)
        else:
            self.assertEqual(forms["full"], a.exploded)
            self.assertNotIn("octal", forms)
            self.assertEqual(said.get("ipv4") if a.ipv4_mapped or a.sixtofour else None,
                             str(a.ipv4_mapped or a.sixtofour)
                             if a.ipv4_mapped or a.sixtofour else None)
            if a.teredo:
                self.assertEqual((said["teredo_server"], said["ipv4"]),
                                 tuple(map(str, a.teredo)))

    def check_kind(self, said, a):
        kind = said["kind"]
        self.assertEqual(kind == "multicast", a.is_multicast)
        self.assertEqual(kind == "loopback", a.is_loopback)
        self.assertEqual(kind == "any", a.is_unspecified)
        self.assertEqual(kind == "link-local", a.is_link_local)
        if a.version == 6:
            self.assertEqual(kind == "site-local", a.is_site_local)
            self.assertEqual(kind == "ipv4-mapped", a.ipv4_mapped is not None)
            self.assertEqual(kind == "6to4", a.sixtofour is not None)
            self.assertEqual(kind == "teredo", a.teredo is not None)
        if kind in ("private", "loopback", "documentation", "benchmarking", "unique-local"):
            self.assertTrue(a.is_private)

    def test_thousands(self):
        chance = random.Random(20)
        addresses = [random_address(chance) for _ in range(4000)]
        said = ask([a.exploded for a in addresses])
        self.assertEqual(len(said), len(addresses))
        for one, a in zip(said, addresses):
            with self.subTest(address=a):
                self.check(one, a)
                self.check_kind(one, a)

    def test_what_is_written_is_read_back(self):
        chance = random.Random(21)
        addresses = [random_address(chance) for _ in range(500)]
        said = ask([str(a) for a in addresses])
        for form, written in (("packed", "packed"), ("arpa", "arpa"), ("hex", None),
                              ("integer", None), ("octal", "loose"), ("full", "strict"),
                              ("mapped", "strict")):
            given, wanted = [], []
            for one in said:
                # a "#" begins a comment, and a small number is an IPv4 address
                text = one["forms"].get(form)
                if text and "#" not in text and not (
                        form in ("hex", "integer") and one["family"] == 6 and
                        int(one["forms"]["integer"]) < 1 << 32):
                    given.append(text)
                    wanted.append("::ffff:" + one["address"] if form == "mapped"
                                  else one["address"])
            again = ask(given)
            with self.subTest(form=form):
                self.assertEqual([one["address"] for one in again], wanted)
                if written:
                    self.assertEqual({one["written"] for one in again}, {written})

    def test_the_notes(self):
        out = run("addr", "192.168.1.2/24").out
        for wanted in (r"b'\xc0\xa8\x01\x02'", "192.168.1.0", "192.168.1.1", "192.168.1.255",
                       "192.168.1.1 - 192.168.1.254", "255.255.255.0"):
            self.assertIn(wanted, out)
        self.assertIn("192.168.1.2", run("addr", r"b'\xc0\xa8\x01\x02'").out)

    def test_kinds(self):
        cases = (
                ("0.0.0.0", "any", "RFC 1122"), ("0.1.2.3", "this-network", "RFC 791"),
                ("100.64.0.1", "shared", "RFC 6598"), ("100.128.0.1", "global", "RFC 4632"),
                ("192.0.0.8", "dummy", "RFC 7600"),
                ("192.0.0.171", "nat64-discovery", "RFC 8880"),
                ("192.0.0.100", "protocol", "RFC 6890"),
                ("198.19.255.255", "benchmarking", "RFC 2544"),
                ("240.0.0.1", "reserved", "RFC 1112"), ("255.255.255.255", "broadcast", "RFC 919"),
                ("::1.2.3.4", "ipv4-compatible", "RFC 4291"), ("64:ff9b::1", "nat64", "RFC 6052"),
                ("64:ff9b:1::1", "nat64-local", "RFC 8215"), ("100::1", "discard", "RFC 6666"),
                ("100:0:0:1::", "dummy", "RFC 9780"), ("2001:2::", "benchmarking", "RFC 5180"),
                ("2001:20::", "orchid", "RFC 7343"), ("3fff::1", "documentation", "RFC 9637"),
                ("5f00::", "srv6", "RFC 9602"), ("fd00::1", "unique-local", "RFC 4193"),
                ("4000::", "reserved", "RFC 4291"), ("2400:cb00::", "global", "RFC 4291"))
        for said, (text, kind, rfc) in zip(ask([c[0] for c in cases]), cases):
            with self.subTest(address=text):
                self.assertEqual((said["kind"], said["from"]["rfc"]), (kind, rfc))

    def test_what_is_inside(self):
        cases = (
                ("fe80::5054:ff:fe12:3456", "mac", "52:54:00:12:34:56"),
                ("2001:db8::211:22ff:fe33:4455", "mac", "00:11:22:33:44:55"),
                ("ff02::5054:ff:fe12:3456", "mac", None),
                ("fe80::5054:ff:ff12:3456", "mac", None),
                ("::ff:fe00:1", "mac", None),
                ("64:ff9b::c000:221", "ipv4", "192.0.2.33"),
                ("2002:c000:204::1", "ipv4", "192.0.2.4"),
                ("::ffff:1.2.3.4", "ipv4", "1.2.3.4"),
                ("fe80::5efe:c000:201", "ipv4", "192.0.2.1"),
                ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "teredo_port", 40000),
                ("::1", "ipv4", None),
                ("2001:db8::12:3456", "solicited_node", "ff02::1:ff12:3456"),
                ("ff02::1", "solicited_node", None),
                ("::", "solicited_node", None))
        for said, (text, key, value) in zip(ask([c[0] for c in cases]), cases):
            with self.subTest(address=text, key=key):
                self.assertEqual(said.get(key), value)

    def test_multicast(self):
        cases = (
                ("224.0.0.1", "link-local", "local-network-control", "all systems on this subnet"),
                ("224.0.1.1", "global", "internetwork-control", "NTP"),
                ("232.1.2.3", "global", "source-specific", None),
                ("233.252.0.1", "global", "documentation", None),
                ("234.1.2.3", "global", "unicast-prefix-based", None),
                ("239.192.0.1", "organization-local", "administratively-scoped", None),
                ("239.255.255.250", "site-local", "administratively-scoped", "SSDP (UPnP)"),
                ("ff01::1", "interface-local", "well-known", "all nodes of this interface"),
                ("ff02::1:ff12:3456", "link-local", "well-known",
                 "solicited-node (neighbour discovery)"),
                ("ff05::101", "site-local", "well-known", "NTP"),
                ("ff1e::1234", "global", "transient", None),
                ("ff3e::1234", "global", "source-specific", None),
                ("ff35:40:2001:db8::1", "site-local", "unicast-prefix-based", None),
                ("ff7e:140:2001:db8::1", "global", "embedded-rp", None),
                ("ff0e::db8:0:1", "global", "documentation", None),
                ("ff00::", "reserved", "well-known", None))
        for one, (text, scope, block, group) in zip(ask([c[0] for c in cases]), cases):
            with self.subTest(group=text):
                said = one["multicast"]
                self.assertEqual((said["scope"], said["block"], said["group"]),
                                 (scope, block, group))
        self.assertEqual(ask(["239.129.2.3"])[0]["multicast"]["mac"], "01:00:5e:01:02:03")
        self.assertEqual(ask(["ff02::1:2"])[0]["multicast"]["mac"], "33:33:00:01:00:02")

    def test_loose_forms_are_named(self):
        for text, address in (("127.1", "127.0.0.1"), ("0x7f000001", "127.0.0.1"),
                              ("017700000001", "127.0.0.1"), ("192.168.010.1", "192.168.8.1")):
            with self.subTest(text=text):
                said = ask([text])[0]
                self.assertEqual((said["address"], said["written"]), (address, "loose"))
                self.assertIn("strict parsers refuse", run("addr", text).out)
                self.assertIn("严格的解析器会拒绝", run("addr", text, lang="zh").out)
        self.assertIn("octal", run("addr", "192.168.010.1").out.splitlines()[1])
        self.assertNotIn("octal", run("addr", "127.1").out.splitlines()[1])


class Networks(unittest.TestCase):
    def check(self, said, net, wanted):
        width = net.max_prefixlen
        whole = int(net.broadcast_address) - int(net.network_address) + 1
        first, last, hosts = net[0], net[-1], whole
        if net.version == 4 and net.prefixlen < 31:
            first, last, hosts = net[1], net[-2], whole - 2
            self.assertEqual(said["broadcast"], str(net.broadcast_address))
        else:
            self.assertIsNone(said.get("broadcast"))
        self.assertEqual(said["prefix"], "%s/%d" % (by_libc(net.network_address), net.prefixlen))
        self.assertEqual(said["length"], net.prefixlen)
        self.assertEqual((said["first"], said["last"]), (by_libc(first), by_libc(last)))
        self.assertEqual((said["hosts"], said["addresses"]), (str(hosts), str(whole)))
        self.assertEqual(said["gateway"],
                         by_libc(net[1]) if width - net.prefixlen >= 2 else None)
        if net.version == 4:
            self.assertEqual((said["mask"], said["wildcard"]),
                             (str(net.netmask), str(net.hostmask)))
        self.assertEqual(wanted, ipaddress.ip_address(said["address"]))

    def test_thousands(self):
        chance = random.Random(22)
        nets = []
        for _ in range(3000):
            a = random_address(chance)
            nets.append(ipaddress.ip_interface("%s/%d" % (a, chance.randint(0, a.max_prefixlen))))
        for said, net in zip(ask([str(n) for n in nets]), nets):
            with self.subTest(net=net):
                self.check(said["network"], net.network, net.network.network_address)
                self.assertEqual(said["address"], by_libc(net.ip))

    def test_every_length(self):
        for text in ("192.168.1.2", "2001:db8::1"):
            a = ipaddress.ip_address(text)
            nets = [ipaddress.ip_interface("%s/%d" % (a, n)) for n in range(a.max_prefixlen + 1)]
            for said, net in zip(ask([str(n) for n in nets]), nets):
                with self.subTest(net=net):
                    self.check(said["network"], net.network, net.network.network_address)

    def test_masks(self):
        cases = []
        for bits in range(33):
            net = ipaddress.ip_network("0.0.0.0/%d" % bits)
            cases.append((str(net.netmask), bits))
            if bits not in (0, 32):  # those are the other one's mask
                cases.append((str(net.hostmask), bits))
        for said, (mask, bits) in zip(ask(["10.1.2.3/" + mask for mask, _ in cases]), cases):
            with self.subTest(mask=mask):
                self.assertEqual(said["network"]["length"], bits)
        self.assertIn("wildcard", run("addr", "10.0.0.0/0.0.0.255").lines()[1])

    def test_whole_ipv6(self):
        self.assertEqual(ask(["::/0"])[0]["network"]["addresses"], str(1 << 128))
        self.assertIn("2^128 = %d" % (1 << 128), run("addr", "::/0").out)

    def test_what_is_no_host_is_told(self):
        self.assertIn("192.168.1.0 is the segment", run("addr", "192.168.1.0/24").out)
        self.assertIn("192.168.1.255 is its broadcast", run("addr", "192.168.1.255/24").out)
        self.assertIn("RFC 3021", run("addr", "192.168.1.2/31").out)
        self.assertIn("RFC 6164", run("addr", "2001:db8::/127").out)
        self.assertNotIn("note", run("addr", "192.168.1.2/24").out)

    def test_ranges(self):
        chance = random.Random(23)
        pairs = []
        for _ in range(500):
            a = random_address(chance)
            b = type(a)(min(int(a) + chance.getrandbits(chance.randint(1, 40)),
                            (1 << a.max_prefixlen) - 1))
            pairs.append((a, b))
        for said, (a, b) in zip(ask(["%s-%s" % p for p in pairs]), pairs):
            with self.subTest(range=(a, b)):
                self.assertEqual(said["addresses"], str(int(b) - int(a) + 1))
                self.assertEqual([ipaddress.ip_network(p) for p in said["prefixes"]],
                                 list(ipaddress.summarize_address_range(a, b)))
        self.assertEqual(ask(["::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"])[0]["prefixes"],
                         ["::/0"])


class Sets(unittest.TestCase):
    def test_split(self):
        for text, length in (("192.168.1.0/24", 27), ("10.1.2.3/22", 32), ("0.0.0.0/0", 6),
                             ("2001:db8::/48", 56), ("::/0", 8), ("ffff::/121", 128),
                             ("10.0.0.0/8", 8), ("255.255.255.0/24", 32)):
            net = ipaddress.ip_network(text, strict=False)
            wanted = [str(n) for n in net.subnets(new_prefix=length)]
            with self.subTest(net=text):
                self.assertEqual(run("addr", text, "--split", "/%d" % length).lines(), wanted)
                said = run("addr", "--json", text, "-s%d" % length).json()
                self.assertEqual([s["prefix"] for s in said], wanted)
        self.assertEqual(run("addr", "10.0.0.0/8", "--split", "255.192.0.0").lines(),
                         ["10.0.0.0/10", "10.64.0.0/10", "10.128.0.0/10", "10.192.0.0/10"])

    def test_a_long_split_ends_with_its_reader(self):
        started = time.monotonic()
        p = subprocess.Popen([NOD, "addr", "0.0.0.0/0", "--split", "/32"], env=environ(),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            self.assertEqual([p.stdout.readline() for _ in range(3)],
                             [b"0.0.0.0/32\n", b"0.0.0.1/32\n", b"0.0.0.2/32\n"])
            p.stdout.close()
            self.assertEqual(p.stderr.read(), b"")
            self.assertEqual(p.wait(20), 1)
        finally:
            p.kill()
            p.wait()
            p.stderr.close()
        self.assertLess(time.monotonic() - started, 20)

    def test_hosts(self):
        chance = random.Random(26)
        for _ in range(40):
            net = ipaddress.ip_network((chance.getrandbits(32), chance.randint(8, 24)),
                                       strict=False)
            wanted = [chance.randint(1, max(1, (net.num_addresses - 2) // 8))
                      for _ in range(chance.randint(1, 9))]
            r = run("addr", "--json", str(net), "--hosts", ",".join(map(str, wanted)))
            least = [1 << max(2, (w + 1).bit_length()) for w in wanted]
            if sum(least) > net.num_addresses:
                self.assertEqual((r.status, r.out), (1, ""))
                self.assertIn(str(sum(least)), r.err)
                continue
            said = r.json()
            nets = [ipaddress.ip_network(x["prefix"]) for x in said]
            with self.subTest(net=net, wanted=wanted):
                self.assertEqual([x["wanted"] for x in said if "wanted" in x], wanted)
                self.assertEqual([n.num_addresses for n in nets[:len(wanted)]], least)
                self.assertTrue(all(x["unused"] for x in said[len(wanted):]))
                self.assertEqual(list(ipaddress.collapse_addresses(nets)), [net])
                self.assertEqual(sum(n.num_addresses for n in nets), net.num_addresses)
        self.assertIn("for 50 hosts, room for 62", run("addr", "10.0.0.0/24", "-n", "50").out)
        self.assertIn("未用", run("addr", "10.0.0.0/24", "-n", "50", lang="zh").out)

    def test_aggregate(self):
        chance = random.Random(24)
        for _ in range(40):
            nets, lines = [], []
            base = random_address(chance)
            for _ in range(chance.randint(1, 60)):
                length = base.max_prefixlen - chance.randint(0, 8)
                value = int(base) & ~0xfff | chance.getrandbits(12)
                net = ipaddress.ip_network((value >> 8 << 8 if chance.random() < .3 else value,
                                            length), strict=False)
                nets.append(net)
                lines.append(str(net) if chance.random() < .7 else
                             "%s - %s" % (net[0], net[-1]))
            wanted = ["%s/%d" % (by_libc(n.network_address), n.prefixlen)
                      for n in ipaddress.collapse_addresses(nets)]
            r = run("addr", "--aggregate", input="\n".join(lines))
            self.assertEqual((r.status, r.err, r.lines()), (0, "", wanted))

    def test_aggregate_of_both_families_and_the_ends(self):
        r = run("addr", "-a", "::1", "10.0.0.128/25", "10.0.0.0/25", "255.255.255.255",
                "255.255.255.254", "0.0.0.0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::")
        self.assertEqual(r.lines(), ["0.0.0.0/32", "10.0.0.0/24", "255.255.255.254/31",
                                     "::/127", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"])
        self.assertEqual(run("addr", "-a", "0.0.0.0/1", "128.0.0.0-255.255.255.255").lines(),
                         ["0.0.0.0/0"])
        self.assertEqual(run("addr", "-a", input="# nothing\n\n").lines(), [])

    def test_in(self):
        chance = random.Random(25)
        nets = [ipaddress.ip_network((int(a), chance.randint(4, a.max_prefixlen)), strict=False)
                for a in (random_address(chance) for _ in range(40))]
        addresses = [random_address(chance) for _ in range(1500)]
        addresses += [chance.choice((n[0], n[-1])) for n in nets]
        args = [x for n in nets for x in ("--in", str(n))]
        r = run("addr", "--json", *args, input="".join("%s\n" % a for a in addresses))
        self.assertEqual(r.status, 1, r.err)
        for said, a in zip(r.json(), addresses):
            as_ipv4 = getattr(a, "ipv4_mapped", None) or a
            holders = [n for n in nets if as_ipv4 in n]
            if any(getattr(n[0], "ipv4_mapped", None) for n in nets):
                continue
            with self.subTest(address=a):
                self.assertEqual(said["in"], bool(holders))
                if holders:
                    smallest = max(holders, key=lambda n: n.prefixlen)
                    self.assertEqual(ipaddress.ip_network(said["prefix"]), smallest)

    def test_in_says_so_and_exits_so(self):
        for args, status, said in (
                (("10.1.2.3", "--in", "10.0.0.0/8"), 0, "10.1.2.3 is in 10.0.0.0/8"),
                (("11.1.2.3", "--in", "10.0.0.0/8"), 1, "11.1.2.3 is not in 10.0.0.0/8"),
                (("10.1.2.3", "--in", "11.0.0.0/8", "--in", "10.1.2.3"), 0, "is in 10.1.2.3"),
                (("1.2.3.4", "--in", "11.0.0.0/8", "--in", "10.1.2.3"), 1, "in none of them"),
                (("10.0.0.0/8", "--in", "10.1.0.0/16"), 1, "only partly in 10.1.0.0/16"),
                (("10.0.0.0/8", "--in", "10.128.0.0/9", "--in", "10.0.0.0/9"), 0, "together"),
                (("10.0.0.5-10.0.0.9", "--in", "10.0.0.0-10.0.0.9"), 0, "10.0.0.0-10.0.0.9"),
                (("::ffff:10.1.2.3", "--in", "10.0.0.0/8"), 0, "is in 10.0.0.0/8"),
                (("10.1.2.3", "--in", "::ffff:0:0/96"), 0, "is in 0.0.0.0/0"),
                (("::ffff:10.1.2.3", "--in", "::/0"), 1, "is not in ::/0"),
                (("::1", "--in", "0.0.0.0/0"), 1, "is not in"),
                (("fe80::1%1", "--in", "fe80::/10"), 0, "is in fe80::/10"),
                (("fe80::1%1", "--in", "fe80::%2/10"), 1, "is not in")):
            with self.subTest(args=args):
                r = run("addr", *args)
                self.assertEqual((r.status, r.err), (status, ""), r)
                self.assertIn(said, r.out)
                self.assertNotEqual(run("addr", *args, lang="zh").out, r.out)

    def test_loose_forms_are_warned_of(self):
        for args in (("127.1", "--in", "127.0.0.0/8"), ("-a", "127.1"),
                     ("127.0.0.1", "--in", "127.1"), ("127.1", "-s", "32")):
            with self.subTest(args=args):
                r = run("addr", *args)
                self.assertEqual(r.status, 0, r)
                self.assertIn("127.0.0.1", r.out)
                self.assertIn('"127.1" is read as 127.0.0.1', r.err)
        self.assertEqual(run("addr", "-a", "127.0.0.1").err, "")

    def test_in_file_and_grep(self):
        log = ("a 10.1.2.3:80 x\nb 11.0.0.1\nc (10.0.0.1).\nd 110.1.2.3\n::ffff:10.2.3.4\n"
               "10.1.2.3/24 x\n10.1.2.3.4\nv10.1.2.3\n10.1.2.3x\n[2001:db8::1]:80\n"
               "2001:db8::2.\nstd::move\n\n10.1.2.256\nfrom=10.9.9.9,\xff\n10.1.2.3:80:1\n")
        hits = ["a 10.1.2.3:80 x", "c (10.0.0.1).", "::ffff:10.2.3.4", "10.1.2.3/24 x",
                "[2001:db8::1]:80", "2001:db8::2.", "from=10.9.9.9,\xff"]
        with directory() as d:
            path = os.path.join(d, "nets")
            with open(path, "w", encoding="ascii") as f:
                f.write("# ours\n10.0.0.0/8\n\n2001:db8::/32 # documentation\n")
            r = run("addr", "--grep", "--in-file", path, input=log)
            self.assertEqual((r.status, r.lines()), (0, hits))
            r = run("addr", "-gv", "-f", path, input=log)
            self.assertEqual(r.lines(), [x for x in log.split("\n")[:-1] if x not in hits])
            r = run("addr", "-g", "--json", "-f", path, input=log)
            self.assertEqual([x["line"] for x in r.json()], hits)
            self.assertEqual(run("addr", "-g", "-f", path, input="8.8.8.8\n").status, 1)
            with open(path, "a", encoding="ascii") as f:
                f.write("10.0.0/8\n")
            r = run("addr", "-g", "-f", path, input=log)
            self.assertEqual((r.status, r.out), (2, ""))
            self.assertIn('%s, line 5: "10.0.0/8"' % path, r.err)
        self.assertEqual(run("addr", "-g", "-f", "/no/such/file", input="").status, 2)


class Refusals(unittest.TestCase):
    def test_each_says_what_is_wrong(self):
        cases = (
                ("192.168.1.256", "octet 4 is 256", "第 4 段是 256"),
                ("10.01.2.3/8", "leading 0", "以 0 开头"),
                ("1.2.3.08", "leading 0", "以 0 开头"),
                ("1.2..4", "octet 3 is empty", "第 3 段是空的"),
                ("1.2.3.4.5", "more than 4", "多于 4 段"),
                ("10.1/16", "2 of 4", "只有 2 段"),
                ("1::2::3", "twice", "出现了两次"),
                ("1:2:3:4:5:6:7:8:9", "more than 8 groups", "多于 8 组"),
                ("1:2:3:4:5:6:7", "7 of 8", "只有 7 组"),
                ("1:2:3:4:5:6:7:8::", "stands for nothing", "没有可代替的"),
                ("12345::", "more than 4 digits", "多于 4 位"),
                (":1", "colon", "冒号"),
                ("::g", "\"g\"", "\"g\""),
                ("fe80::1%", "no zone", "没有区域"),
                ("fe80::1%no-such", "no interface \"no-such\"", "没有网络接口"),
                ("1.2.3.4%1", "IPv4", "IPv4"),
                ("10.0.0.0/", "slash", "斜线"),
                ("10.0.0.0/x", "neither", "既不是"),
                ("10.0.0.0/08", "leading 0", "以 0 开头"),
                ("10.0.0.0/33", "/32 is the longest", "最长是 /32"),
                ("::/129", "/128 is the longest", "最长是 /128"),
                ("10.0.0.0/255.0.255.0", "holes", "不连续"),
                ("::/255.255.0.0", "IPv6 has no masks", "IPv6 不用掩码"),
                ("", "no address", "没有地址"),
                ("/24", "no address", "没有地址"),
                ("www.example.org", "nod host", "nod host"),
                ("10.0.0.9-10.0.0.1", "backwards", "写反了"),
                ("10.0.0.1-::1", "from one family", "同一种地址"),
                ("10.0.0.1-10.0.0.300", "300", "300"),
                ("10.0.0.1-", "no address", "没有地址"),
                ("340282366920938463463374607431768211456", "octet 1", "第 1 段"),
                ("b'\\xc0\\xa8'", "does not belong", "不能有"),
                ("1.2.3.in-addr.arpa", "nod host", "nod host"))
        for lang in ("en", "zh"):
            r = run("addr", *[c[0] for c in cases], lang=lang)
            self.assertEqual((r.status, r.out, len(r.err.splitlines())), (2, "", len(cases)), r)
            for line, (text, en, zh) in zip(r.err.splitlines(), cases):
                with self.subTest(text=text, lang=lang):
                    self.assertIn('"%s": ' % text, line)
                    self.assertIn(en if lang == "en" else zh, line.rpartition('"%s": ' % text)[2])

    def test_bad_use(self):
        for args, said in (
                (["10.0.0.0/8", "--split", "/4"], "larger"),
                (["10.0.0.0/8", "--split", "/33"], "/32 is the longest"),
                (["10.0.0.0/8", "--split", "x"], "neither"),
                (["::/0", "--split", "/64"], "18446744073709551616 (2^64)"),
                (["::/0", "--split", "/128"], "340282366920938463463374607431768211456 (2^128)"),
                (["10.0.0.1-10.0.0.2", "--split", "/32"], "range"),
                (["10.0.0.0/8", "--split", "/9", "-a"], "exclude"),
                (["10.0.0.0/8", "--split", "/9", "--in", "::/0"], "exclude"),
                (["10.0.0.0/8", "-a", "--in", "::/0"], "exclude"),
                (["10.0.0.0/8", "--in", "x/8"], "x"),
                (["10.0.0.0/24", "--hosts", "0"], "50,20,2"),
                (["10.0.0.0/24", "--hosts", "5,"], "50,20,2"),
                (["10.0.0.0/24", "--hosts", "4294967295"], "50,20,2"),
                (["10.0.0.0/24", "--hosts", ",".join(["1"] * 257)], "50,20,2"),
                (["::/48", "--hosts", "5"], "--split /64"),
                (["10.0.0.1-10.0.0.9", "--hosts", "5"], "--split /64"),
                (["--grep"], "--in"),
                (["-v", "10.0.0.1"], "--grep"),
                (["-g", "--in", "::/0", "10.0.0.1"], "standard input"),
                (["--splitt", "/8", "10.0.0.0/8"], "--split"),
                (["--split"], "needs a value")):
            with self.subTest(args=args):
                r = run("addr", *args)
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertIn(said, r.err)
                self.assertNotEqual(run("addr", *args, lang="zh").err, r.err)

    def test_a_bad_line_is_named_and_the_others_done(self):
        r = run("addr", "--json", input="10.0.0.1\n\n # x\n bad \n::1 # y\n")
        self.assertEqual([x["address"] for x in r.json()], ["10.0.0.1", "::1"])
        self.assertEqual(r.status, 2)
        self.assertIn("line 4: \"bad\"", r.err)
        self.assertIn("第 4 行", run("addr", input="\n\n\nbad\n", lang="zh").err)

    def test_hostile_input(self):
        for data in (b"\0\0\0\n", b"\xff" * 100 + b"\n", b"1.2.3.4\0.5\n", b"\x1b[2J\n",
                     b"x" * 65537 + b"\n", b"1" * 65536, b":" * 5000 + b"\n", b"%\n", b"-\n",
                     b"/" * 300, "地址\n".encode(), b"b'\\x", b"b'", b"'", b"[", b"[]", b"[::1"):
            with self.subTest(data=data[:40]):
                r = run("addr", input=data)
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertNotIn("\x1b", r.err)
                self.assertLess(len(r.err), 1000)


if __name__ == "__main__":
    unittest.main()
