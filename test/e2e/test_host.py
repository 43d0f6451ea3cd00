# SPDX-License-Identifier: ISC
"""test_host.py - nod host: names and addresses, and where the answers came from

The DNS servers here are NameServer: a thread on the loopback that answers by UDP and TCP, as
rightly or wrongly as the name that is asked for says.
"""

import os
import re
import socket
import struct
import threading
import time
import unittest

from nodtest import NetNS, directory, free_port, need_ipv6, need_netns, run

TIME_LIMIT = 300  # many networks or servers are made; a busy machine is slow at that

A, NS, CNAME, PTR, AAAA, OPT = 1, 2, 5, 12, 28, 41
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 1, 2, 3, 4, 5


def wire(name):
    """A name as on the wire."""
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def address(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return socket.inet_pton(family, text)


def record(owner, kind, data, ttl=300):
    owner = owner if isinstance(owner, bytes) else wire(owner)
    if isinstance(data, str):
        data = address(data) if kind in (A, AAAA) else wire(data)
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


class Question:
    def __init__(self, message):
        self.id, self.flags = struct.unpack("!HH", message[:4])
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode())
            at += 1 + message[at]
        self.name = ".".join(labels)
        (self.kind,) = struct.unpack("!H", message[at + 1:at + 3])
        self.octets = message[12:at + 5]
        self.has_edns = struct.unpack("!H", message[10:12])[0] == 1

    def reply(self, *answers, rcode=0, flags=0, id=None, question=None, count=None):
        octets = self.octets if question is None else question
        return struct.pack("!HHHHHH", self.id if id is None else id, 0x8180 | flags | rcode,
                           1 if octets else 0, len(answers) if count is None else count,
                           0, 0) + octets + b"".join(answers)


class NameServer:
    """@zone(question, is_tcp): a message, a list of them, or None for silence."""

    def __init__(self, zone, host="127.0.0.1", tcp=True):
        self.zone, self.asked = zone, []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        while True:
            self.udp = socket.socket(family, socket.SOCK_DGRAM)
            self.udp.bind((host, 0))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket(family, socket.SOCK_STREAM)
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.tcp.bind((host, self.port))
                break
            except OSError:  # someone has that port by TCP
                self.udp.close()
                self.tcp.close()
        self.address = ("[%s]:%d" if ":" in host else "%s:%d") % (host, self.port)
        if tcp:
            self.tcp.listen(16)
        else:
            self.tcp.close()
        self.threads = [threading.Thread(target=self._udp, daemon=True)]
        if tcp:
            self.threads.append(threading.Thread(target=self._tcp, daemon=True))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.udp.close()
        self.tcp.close()

    def _answers(self, message, is_tcp):
        question = Question(message)
        self.asked.append((question.name, question.kind, "tcp" if is_tcp else "udp"))
        answers = self.zone(question, is_tcp)
        return answers if isinstance(answers, list) else [answers] if answers else []

    def _udp(self):
        try:
            while True:
                message, peer = self.udp.recvfrom(65536)
                for answer in self._answers(message, False):
                    self.udp.sendto(answer, peer)
        except OSError:
            pass

    def _tcp(self):
        try:
            while True:
                conn, _ = self.tcp.accept()
                with conn:
                    conn.settimeout(5)
                    (length,) = struct.unpack("!H", conn.recv(2, socket.MSG_WAITALL))
                    message = conn.recv(length, socket.MSG_WAITALL)
                    for answer in self._answers(message, True):
                        conn.sendall(answer if answer[:4] == b"raw:" else
                                     struct.pack("!H", len(answer)) + answer)
        except (OSError, struct.error):
            pass


def addresses(**names):
    """A zone of plain names: {"www_example_test": ["192.0.2.1", "2001:db8::1"]}."""
    table = {name.replace("_", "."): values for name, values in names.items()}

    def zone(q, _):
        values = table.get(q.name.lower())
        if values is None:
            return q.reply(rcode=NXDOMAIN)
        return q.reply(*(record(q.octets[:-4], q.kind, v) for v in values
                         if (q.kind == AAAA) == (":" in v)))
    return zone


class Case(unittest.TestCase):
    """With files of its own instead of /etc's."""

    def setUp(self):
        context = directory()
        self.dir = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.files = {}
        self.write("hosts", "")
        self.write("nsswitch", "hosts: files dns\n")
        self.write("resolv", "")

    def write(self, what, text):
        self.files[what] = os.path.join(self.dir, what)
        with open(self.files[what], "w", encoding="utf-8") as f:
            f.write(text)

    def host(self, *args, servers=(), **more):
        files = [word for what, path in self.files.items() for word in ("--" + what, path)]
        asked = [word for s in servers for word in ("--server", s.address)]
        return run("host", "--no-system", *files, *asked, *args, **more)

    def ask(self, zone, *args, **more):
        """Ask one server that speaks @zone: the JSON object."""
        with NameServer(zone, **more) as server:
            r = self.host("--json", *args, servers=[server])
        (told,) = r.json()
        return told


class Files(Case):
    def test_name_aliases_and_line(self):
        self.write("hosts", "# mine\n127.0.0.1 localhost\n192.0.2.7  bob.test bob builder # him\n")
        with NameServer(addresses()) as server:
            for word in "bob.test", "bob", "BUILDER":
                r = self.host(word, servers=[server])
                self.assertEqual((r.status, r.err), (0, ""), r)
                for part in ("  name        bob.test\n", "aliases     bob\n", "builder\n",
                             "  addresses   192.0.2.7\n", " line 3\n", "NXDOMAIN"):
                    self.assertIn(part, r.out)

    def test_families(self):
        self.write("hosts", "192.0.2.7 bob\n2001:db8::7 bob\n192.0.2.8 bob\n")
        with NameServer(addresses()) as server:
            def see(*args):
                return self.host("--json", *args, "bob", servers=[server]).json()[0]["addresses"]
            self.assertEqual(see(), ["192.0.2.7", "2001:db8::7", "192.0.2.8"])
            self.assertEqual(see("-4"), ["192.0.2.7", "192.0.2.8"])
            self.assertEqual(see("-6"), ["2001:db8::7"])

    def test_reverse(self):
        self.write("hosts", "192.0.2.7 bob.test bob\n192.0.2.7 other\n2001:db8::7 six\n")
        with NameServer(addresses()) as server:
            r = self.host("192.0.2.7", servers=[server])
            self.assertEqual((r.status, r.err), (0, ""), r)
            self.assertIn("  name        bob.test\n  aliases     bob\n", r.out)
            self.assertNotIn("other", r.out)
            self.assertIn("six", self.host("2001:db8:0::7", servers=[server]).out)
            r = self.host("192.0.2.99", servers=[server])
            self.assertEqual(r.status, 1, r)
            self.assertIn("this address has no name", r.err)

    def test_hostile_lines(self):
        self.write("hosts", "garbage\n999.1.1.1 bob\n192.0.2.7\n\0\0\0 bob\n" + "x" * 70000 +
                   "\n192.0.2.8 bob \x1b[31m\n192.0.2.9 " + "y" * 300 + " bob")
        with NameServer(addresses()) as server:
            r = self.host("bob", servers=[server])
            self.assertEqual(r.status, 0, r)
            self.assertIn("192.0.2.8", r.out)
            self.assertIn("192.0.2.9", r.out)
            self.assertNotIn("\x1b", r.out)

    def test_large_file(self):
        """Some people keep every name that they never want to see in there."""
        blocked = "".join("0.0.0.0 ads-%06d.test\n" % i for i in range(200000))
        self.write("hosts", blocked + "192.0.2.7 bob\n")
        with NameServer(addresses()) as server:
            r = self.host("bob", servers=[server])
        self.assertEqual(r.status, 0, r)
        self.assertIn("line 200001", r.out)

    def test_files_that_are_none(self):
        with NameServer(addresses(bob=["192.0.2.1"])) as server:
            for path in self.dir, "/dev/null", "/dev/zero":
                self.files["hosts"] = path
                r = self.host("bob", servers=[server])
                self.assertEqual(r.status, 0, r)
                self.assertEqual("cannot be read" in r.out, path != "/dev/null", r)

    def test_missing_files(self):
        self.files = {what: os.path.join(self.dir, "no-such-file") for what in self.files}
        with NameServer(addresses(bob=["192.0.2.1"])) as server:
            r = self.host("bob", servers=[server])
            self.assertEqual(r.status, 0, r)
            self.assertIn("cannot be read", r.out)
            self.assertIn("dns [TRYAGAIN=return] [NOTFOUND=return] files", r.out)


class Order(Case):
    def test_first_in_order_answers(self):
        self.write("hosts", "192.0.2.7 bob\n")
        with NameServer(addresses(bob=["192.0.2.8"])) as server:
            for order, source, found in (("files dns", "files", "192.0.2.7"),
                                         ("dns files", "dns", "192.0.2.8")):
                self.write("nsswitch", "passwd: files\nhosts: " + order + "\n")
                (told,) = self.host("--json", "bob", servers=[server]).json()
                self.assertEqual((told["from"], told["addresses"]), (source, [found]))
                self.assertTrue(told["differ"])

    def test_differences_side_by_side(self):
        self.write("hosts", "192.0.2.7 bob\n192.0.2.9 bob\n")
        with NameServer(addresses(bob=["192.0.2.9"])) as one, \
                NameServer(addresses(bob=["192.0.2.9", "192.0.2.10"])) as two:
            r = self.host("bob", servers=[one, two])
            self.assertEqual(r.status, 0, r)
            self.assertIn("the answers differ:\n", r.out)
            self.assertRegex(r.out, r"\n    192\.0\.2\.7 +files\n")
            self.assertRegex(r.out, r"\n    192\.0\.2\.9 +files, dns %s, dns %s\n" % (
                re.escape(one.address), re.escape(two.address)))
            self.assertRegex(r.out, r"\n    192\.0\.2\.10 +dns %s\n" % re.escape(two.address))

    def test_what_nod_cannot_ask_is_named(self):
        self.write("nsswitch", "hosts: mymachines mdns4_minimal [NOTFOUND=return] resolve "
                   "[!UNAVAIL=return] myhostname files\n")
        with NameServer(addresses()) as server:
            r = self.host("bob", servers=[server])
        self.assertIn("mdns4_minimal [NOTFOUND=return] resolve [TRYAGAIN=return] "
                      "[NOTFOUND=return] myhostname files", r.out)
        self.assertRegex(r.out, r"mdns4_minimal +not asked by nod: multicast DNS")
        self.assertRegex(r.out, r"resolve +not asked by nod: systemd-resolved")
        self.assertRegex(r.out, r"mymachines +not asked by nod, which does not know it")
        self.assertIn("(dns)", r.out)  # a server was given, though the order has none


class Dns(Case):
    def test_both_families(self):
        told = self.ask(addresses(www_test=["192.0.2.80", "2001:db8::80"]), "www.test")
        self.assertEqual((told["from"], sorted(told["addresses"])),
                         ("dns", ["192.0.2.80", "2001:db8::80"]))
        (dns,) = told["dns"]
        self.assertEqual((dns["outcome"], dns["rcode_name"], dns["tcp"], dns["queries"]),
                         ("answered", "NOERROR", False, 2))
        self.assertEqual({(r["type"], r["data"], r["ttl"]) for r in dns["records"]},
                         {("A", "192.0.2.80", 300), ("AAAA", "2001:db8::80", 300)})

    def test_only_the_family_asked_for(self):
        with NameServer(addresses(www_test=["192.0.2.80", "2001:db8::80"])) as server:
            self.host("-4", "www.test", servers=[server])
            self.assertEqual([kind for _, kind, _ in server.asked], [A])
            self.host("-6", "www.test", servers=[server])
            self.assertEqual([kind for _, kind, _ in server.asked], [A, AAAA])

    @need_ipv6()
    def test_server_by_ipv6(self):
        told = self.ask(addresses(www_test=["192.0.2.80"]), "www.test", host="::1")
        self.assertEqual(told["addresses"], ["192.0.2.80"])

    def test_aliases(self):
        def zone(q, _):
            if q.kind == AAAA:
                return q.reply(record("www.test", CNAME, "a.test"),
                               record("a.test", CNAME, "b.test"))
            return q.reply(record("b.test", A, "192.0.2.1", ttl=5),  # in no order
                           record("www.test", CNAME, "a.test", ttl=60),
                           record("stranger.test", A, "192.0.2.66"),
                           record("a.test", CNAME, "b.test"))
        with NameServer(zone) as server:
            r = self.host("www.test", servers=[server])
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertIn("  name        b.test\n  aliases     www.test\n", r.out)
        self.assertRegex(r.out, r"www\.test +60 s +CNAME +a\.test\n"
                         r" +a\.test +300 s +CNAME +b\.test\n +b\.test +5 s +A +192\.0\.2\.1\n")
        self.assertNotIn("192.0.2.66", r.out)

    def test_alias_alone_is_asked_on(self):
        def zone(q, _):
            chain = {"www.test": "a.test", "a.test": "b.test"}
            if q.name in chain:
                return q.reply(record(q.name, CNAME, chain[q.name]))
            return q.reply(record(q.name, A, "192.0.2.1")) if q.kind == A else q.reply()
        with NameServer(zone) as server:
            (told,) = self.host("-4", "--json", "www.test", servers=[server]).json()
        self.assertEqual([name for name, _, _ in server.asked], ["www.test", "a.test", "b.test"])
        self.assertEqual((told["name"], told["addresses"]), ("b.test", ["192.0.2.1"]))
        self.assertEqual(told["aliases"], ["www.test", "a.test"])

    def test_circles(self):
        def at_once(q, _):
            return q.reply(record("a.test", CNAME, "b.test"), record("b.test", CNAME, "a.test"))

        def one_by_one(q, _):
            return q.reply(record(q.name, CNAME, "b.test" if q.name == "a.test" else "a.test"))

        def to_itself(q, _):
            return q.reply(record("a.test", CNAME, "A.TEST"))

        def without_end(q, _):
            return q.reply(record(q.name, CNAME, "x" + q.name))
        for zone in at_once, one_by_one, to_itself, without_end:
            with self.subTest(zone=zone.__name__), NameServer(zone) as server:
                r = self.host("a.test", servers=[server])
                self.assertEqual(r.status, 1, r)
                self.assertIn("the aliases lead in a circle", r.out)
                self.assertLess(len(server.asked), 40)

    def test_codes(self):
        for rcode, said in ((NXDOMAIN, "no such name (NXDOMAIN)"),
                            (SERVFAIL, "the server failed to find out (SERVFAIL)"),
                            (REFUSED, "it refuses to answer us (REFUSED)"),
                            (9, "it answered with an error (RCODE 9)")):
            with self.subTest(rcode=rcode):
                with NameServer(lambda q, _, rcode=rcode: q.reply(rcode=rcode)) as server:
                    r = self.host("www.test", servers=[server])
                self.assertEqual(r.status, 1, r)
                self.assertIn(said, r.out)
                self.assertIn("no such name, or it has no address", r.err)

    def test_code_of_edns(self):
        def zone(q, _):
            opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 1 << 24, 0)  # BADVERS = 16
            message = q.reply()
            return message[:10] + b"\0\1" + message[12:] + opt
        self.assertEqual(self.ask(zone, "www.test")["dns"][0]["rcode"], 16)

    def test_no_data(self):
        with NameServer(lambda q, _: q.reply()) as server:
            r = self.host("www.test", servers=[server])
        self.assertEqual(r.status, 1, r)
        self.assertIn("the name exists, but has no address of the kind asked for", r.out)

    def test_server_without_edns(self):
        for rcode in FORMERR, NOTIMP:
            def zone(q, _, rcode=rcode):
                if q.has_edns:
                    return q.reply(rcode=rcode, question=b"")
                return q.reply(record(q.name, A, "192.0.2.1")) if q.kind == A else q.reply()
            with self.subTest(rcode=rcode):
                self.assertEqual(self.ask(zone, "www.test")["addresses"], ["192.0.2.1"])

    def test_too_long_for_udp(self):
        def zone(q, is_tcp):
            if q.kind != A:
                return q.reply()
            every = [record(q.name, A, "192.0.2.%d" % i) for i in range(1, 31)]
            return q.reply(*every) if is_tcp else q.reply(every[0], flags=0x200)
        told = self.ask(zone, "www.test")
        self.assertTrue(told["dns"][0]["tcp"])
        self.assertEqual(len(told["addresses"]), 30)

    def test_tcp_fails(self):
        def broken(how):
            def zone(q, is_tcp):
                if not is_tcp:
                    return q.reply(record(q.name, A, "192.0.2.1"), flags=0x200)
                return {"closes": [], "length 0": [b""], "wrong id": q.reply(
                    id=q.id ^ 1), "short": b"raw:" + q.reply()}[how]
            return zone
        for how in "closes", "length 0", "wrong id", "short":
            with self.subTest(how=how), NameServer(broken(how)) as server:
                r = self.host("-4", "www.test", servers=[server])
                self.assertEqual(r.status, 0, r)
                self.assertIn("cut short", r.out)
                self.assertIn("192.0.2.1", r.out)
        with NameServer(broken("closes"), tcp=False) as server:
            r = self.host("-4", "www.test", servers=[server])
            self.assertIn("TCP failed: Connection refused", r.out)

    def test_forged_answers_are_ignored(self):
        def zone(q, _):
            if q.kind != A:
                return q.reply()
            good = q.reply(record(q.name, A, "192.0.2.1"))
            evil = record(q.name, A, "192.0.2.66")
            return [q.reply(evil, id=q.id ^ 1),
                    q.reply(evil, question=wire("x.test") + b"\0\1\0\1"),
                    q.reply(evil, question=wire("www.test") + b"\0\1\0\3"),
                    q.reply(evil, question=b""), good[:2] + b"\x01" + good[3:], b"", b"\0",
                    q.reply(evil, flags=0x800), good]
        told = self.ask(zone, "www.test")
        self.assertEqual(told["addresses"], ["192.0.2.1"])
        self.assertEqual(told["dns"][0]["ignored"], 8)

    def test_only_forged_answers(self):
        with NameServer(lambda q, _: q.reply(id=q.id ^ 1)) as server:
            r = self.host("-W", "300ms", "www.test", servers=[server])
        self.assertEqual(r.status, 1, r)
        self.assertIn("did not answer in 300.0 ms", r.out)
        self.assertIn("forged", r.out)

    def test_ids_and_ports_are_not_guessable(self):
        seen = []

        def zone(q, _):
            seen.append(q.id)
            return q.reply()
        with NameServer(zone) as server:
            for _ in range(4):
                self.host("www.test", servers=[server])
        self.assertEqual(len(seen), 8)
        self.assertGreater(len(set(seen)), 5)
        self.assertGreater(max(seen) - min(seen), 100)

    def test_malformed(self):
        start = 12 + len(wire("www.test")) + 4  # where the answers begin

        def pointer(to):
            return struct.pack("!H", 0xc000 | to)
        bodies = {
            "pointer to itself": record(pointer(start), A, "192.0.2.1"),
            "pointer forward": record(pointer(start + 20), A, "192.0.2.1"),
            "pointer beyond the end": record(pointer(16000), A, "192.0.2.1"),
            "reserved label type": record(b"\x80a\0", A, "192.0.2.1"),
            "label beyond the end": b"\x3fabc",
            "no end": b"\1a" * 20,
            "name of 258 octets": record((b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 +
                                         b"\1a\0", A, "192.0.2.1"),
            "data beyond the end": wire("www.test") + struct.pack("!HHIH", A, 1, 1, 400) + b"abcd",
            "cut in the fixed part": wire("www.test") + b"\0\1\0\1\0",
            "fewer than counted": b"",
        }
        for name, body in bodies.items():
            with self.subTest(name), NameServer(
                    lambda q, _, body=body: q.reply(body, count=1)) as server:
                r = self.host("-4", "www.test", servers=[server])
                self.assertEqual(r.status, 1, r)
                self.assertIn("its answer cannot be read", r.out)

    def test_compression_bomb(self):
        """64 KiB of pointers, each to the one before, and names that lead through all."""
        def zone(q, is_tcp):
            if not is_tcp:
                return q.reply(flags=0x200)
            at = 12 + len(q.octets) + 11  # of the first record's data
            chain, last = b"\1a\0", at
            while at + len(chain) < 0x3ffe:
                chain += struct.pack("!H", 0xc000 | last)
                last = at + len(chain) - 2
            first = b"\0" + struct.pack("!HHIH", 99, 1, 0, len(chain)) + chain
            rest = record(struct.pack("!H", 0xc000 | last), A, "192.0.2.1") * 2000
            return q.reply(first, rest, count=2001)
        began = time.monotonic()
        with NameServer(zone) as server:
            r = self.host("-4", "www.test", servers=[server])
        self.assertEqual(r.status, 1, r)
        self.assertIn("its answer cannot be read", r.out)
        self.assertLess(time.monotonic() - began, 10)

    def test_records_of_other_shapes_are_passed_over(self):
        def zone(q, _):
            if q.kind != A:
                return q.reply()
            return q.reply(record(q.name, A, b"\1\2\3"), record(q.name, A, b"\1\2\3\4\5"),
                           record(q.name, 46, b"signature"), record(q.name, CNAME, b"\1a"),
                           record(q.name, CNAME, b"\1a\0more"), record(q.name, A, "192.0.2.1"))
        self.assertEqual(self.ask(zone, "www.test")["addresses"], ["192.0.2.1"])

    def test_hostile_names_do_not_reach_the_terminal(self):
        def zone(q, _):
            evil = b"\x09\x1b[31m.\\\n\x80\0"
            return q.reply(record(q.octets[:-4], PTR, evil))
        with NameServer(zone) as server:
            r = self.host("192.0.2.1", servers=[server])
        self.assertEqual(r.status, 0, r)
        self.assertNotIn("\x1b", r.out)
        self.assertIn(r"\027[31m\.\\\010\128", r.out)

    def test_many_records(self):
        def zone(q, is_tcp):
            if q.kind != A:
                return q.reply()
            return q.reply(*(record(q.octets[:-4], A, "10.0.%d.%d" % (i // 250, i % 250))
                             for i in range(2000))) if is_tcp else q.reply(flags=0x200)
        self.assertEqual(len(self.ask(zone, "www.test")["addresses"]), 32)

    def test_reverse(self):
        def zone(q, _):
            names = {"4.3.2.1.in-addr.arpa": ["one.test", "two.test"],
                     "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa": ["six.test"]}
            if q.kind == PTR and q.name in names:
                return q.reply(*(record(q.name, PTR, n) for n in names[q.name]))
            return q.reply(rcode=NXDOMAIN)
        told = self.ask(zone, "1.2.3.4")
        self.assertEqual((told["name"], told["aliases"], told["addresses"]),
                         ("one.test", ["two.test"], ["1.2.3.4"]))
        self.assertEqual(self.ask(zone, "2001:db8::1")["name"], "six.test")
        told = self.ask(zone, "4.3.2.1")
        self.assertEqual((told["found"], told["dns"][0]["rcode_name"]), (False, "NXDOMAIN"))

    def test_reverse_through_an_alias(self):
        """RFC 2317: a part of a network handed on."""
        def zone(q, _):
            return q.reply(record(q.name, CNAME, "4.0-7.3.2.1.in-addr.arpa"),
                           record("4.0-7.3.2.1.in-addr.arpa", PTR, "one.test"))
        self.assertEqual(self.ask(zone, "1.2.3.4")["name"], "one.test")

    def test_old_forms_are_addresses(self):
        told = self.ask(lambda q, _: q.reply(record(q.name, PTR, "one.test")), "127.1")
        self.assertTrue(told["reverse"])
        self.assertEqual(told["addresses"], ["127.0.0.1"])


class Search(Case):
    def asked(self, word, resolv, *args, known="www.b.test"):
        self.write("resolv", resolv)
        with NameServer(addresses(**{known.replace(".", "_"): ["192.0.2.1"]})) as server:
            self.host("-4", *args, word, servers=[server])
        return [name for name, _, _ in server.asked]

    def test_list_is_gone_through(self):
        self.assertEqual(self.asked("www", "search a.test b.test c.test\n"),
                         ["www.a.test", "www.b.test"])

    def test_domain_and_last_line_counts(self):
        self.assertEqual(self.asked("www", "search a.test\ndomain b.test\n"), ["www.b.test"])

    def test_ndots(self):
        self.assertEqual(self.asked("x.y", "search a.test\noptions rotate ndots:2\n"),
                         ["x.y.a.test", "x.y"])
        self.assertEqual(self.asked("x.y", "search a.test\n"), ["x.y", "x.y.a.test"])

    def test_last_dot_says_whole(self):
        self.assertEqual(self.asked("www.", "search a.test\n"), ["www"])

    def test_no_list(self):
        self.assertEqual(self.asked("www", "# nothing\n"), ["www"])


class Silence(Case):
    def test_dead_server_is_told_fast_and_hosts_still_shown(self):
        self.write("hosts", "192.0.2.7 bob\n")
        with NameServer(lambda q, _: None) as server:
            began = time.monotonic()
            r = self.host("bob", servers=[server])
            took = time.monotonic() - began
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertIn("192.0.2.7", r.out)
        self.assertIn("%s (on this machine): did not answer in 2 s" % server.address, r.out)
        self.assertLess(took, 10)
        # each question twice; where the machine stood still for a second, one of them once
        self.assertIn(len(server.asked), (3, 4))
        self.assertEqual({kind for _, kind, _ in server.asked}, {A, AAAA})

    def test_nobody_knows_whether(self):
        with NameServer(lambda q, _: None) as server:
            r = self.host("-W0.2", "bob", servers=[server])
            self.assertEqual(r.status, 1, r)
            self.assertIn("not all answered", r.err)
            r = self.host("-W0.2", "bob", servers=[server], lang="zh")
            self.assertIn("没有回答", r.out)

    def test_one_question_of_two(self):
        def zone(q, _):
            return q.reply(record(q.name, A, "192.0.2.1")) if q.kind == A else None
        with NameServer(zone) as server:
            r = self.host("-W0.3", "bob", servers=[server])
        self.assertEqual(r.status, 0, r)
        self.assertIn("one of the questions was not answered", r.out)

    def test_lost_query_is_sent_again(self):
        lost = set()

        def zone(q, _):
            if q.kind not in lost:
                lost.add(q.kind)
                return None
            return q.reply(record(q.name, A, "192.0.2.1")) if q.kind == A else q.reply()
        told = self.ask(zone, "-W2s", "bob")
        self.assertEqual(told["addresses"], ["192.0.2.1"])
        self.assertLess(told["dns"][0]["took_ms"], 900)

    def test_closed_port(self):
        class Nobody:
            address = "127.0.0.1:%d" % free_port(socket.SOCK_DGRAM)
        r = self.host("bob", servers=[Nobody])
        self.assertEqual(r.status, 1, r)
        self.assertIn("refused: it answered that no DNS server runs there", r.out)

    def test_one_dead_one_alive(self):
        with NameServer(lambda q, _: None) as dead, \
                NameServer(addresses(bob=["192.0.2.1"])) as alive:
            (told,) = self.host("--json", "-W0.3", "bob", servers=[dead, alive]).json()
        self.assertEqual((told["from"], told["server"]), ("dns", alive.address))
        self.assertEqual([d["outcome"] for d in told["dns"]], ["silent", "answered"])

    @need_netns()
    def test_no_network(self):
        self.write("resolv", "nameserver 192.0.2.53\nnameserver 2001:db8::53\n")
        with NetNS() as alone:
            r = self.host("bob", prefix=alone.prefix)
        self.assertEqual(r.status, 1, r)
        self.assertIn("192.0.2.53: unreachable", r.out)
        self.assertIn("2001:db8::53: unreachable", r.out)


class System(unittest.TestCase):
    """The real resolver of this machine, with what needs no network."""

    def test_localhost(self):
        r = run("host", "-W1", "localhost")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertIn("  name        localhost\n", r.out)
        self.assertRegex(r.out, r"addresses +(127\.0\.0\.1|::1)\n")

    def test_loopback(self):
        (told,) = run("host", "-W1", "--json", "127.0.0.1").json()
        self.assertTrue(told["system"]["answered"])
        self.assertEqual(told["addresses"], ["127.0.0.1"])

    def test_self(self):
        r = run("host", "-W1")
        self.assertEqual((r.status, r.err), (0, ""), r)
        self.assertIn("  name        %s\n" % socket.gethostname(), r.out)
        self.assertRegex(r.out, r"\n  lo +127\.0\.0\.1")
        (told,) = run("host", "-W1", "--json").json()
        self.assertEqual(told["name"], socket.gethostname())
        (lo,) = [i for i in told["interfaces"] if i["interface"] == "lo"]
        self.assertIn("127.0.0.1", lo["addresses"])
        self.assertIn("各接口的地址", run("host", "-W1", lang="zh").out)

    @need_netns()
    def test_a_resolver_that_waits_is_left_behind(self):
        """The system's resolver waits 5 s and more for a server that is silent."""
        with NetNS() as net:
            net.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
            net.run("ip", "address", "add", "10.77.0.1/24", "dev", "v0")
            net.run("ip", "link", "set", "v0", "up")
            net.run("ip", "link", "set", "v1", "up")
            with open("/etc/resolv.conf", encoding="utf-8") as f:
                servers = re.findall(r"^nameserver +([\d.]+)", f.read(), re.MULTILINE)
            if not servers:
                self.skipTest("/etc/resolv.conf names no IPv4 server")
            for server in servers:
                net.run("ip", "route", "replace", server + "/32", "dev", "v0")
                net.run("ip", "neighbour", "replace", server, "lladdr", "02:00:00:00:00:01",
                        "dev", "v0")
            began = time.monotonic()
            r = run("host", "-W0.5", "no-such-name.test", prefix=net.prefix)
            took = time.monotonic() - began
        self.assertEqual(r.status, 1, r)
        self.assertIn("no answer from its resolver within 500.0 ms", r.out)
        self.assertLess(took, 10)


class BadUse(unittest.TestCase):
    CASES = [
        (("--server", "bob"), "no address of a DNS server"),
        (("--server", "127.0.0.1:0"), "no address of a DNS server"),
        (("--server", "5353"), "no address of a DNS server"),
        (("--server", "127.0.0.1:99999"), "no address of a DNS server"),
        (("--server", "unix:/x"), "no address of a DNS server"),
        (("--server",), "needs a value"),
        (("",), "1 to 253"),
        (("x" * 256,), "1 to 253"),
        (("-W", "later"), "not a time"),
        (("--sever", "::1"), "--server"),
    ]

    def test_told_in_both_languages(self):
        for args, said in self.CASES:
            with self.subTest(args=args):
                r = run("host", *args)
                self.assertEqual((r.status, r.out), (2, ""), r)
                self.assertIn(said, r.err)
                r = run("host", *args, lang="zh")
                self.assertEqual(r.status, 2)
                self.assertTrue(any("一" <= c <= "鿿" for c in r.err), r)


class Names(Case):
    def test_names_that_dns_cannot_hold(self):
        with NameServer(addresses()) as server:
            for name in "例子.test", "a..b", "x" * 64 + ".test", "bad\\999":
                with self.subTest(name):
                    r = self.host(name, servers=[server])
                    self.assertEqual(r.status, 1, r)
                    self.assertIn("no name that DNS can hold", r.out)
            self.assertEqual(server.asked, [])

    def test_several_words(self):
        self.write("hosts", "192.0.2.7 bob\n192.0.2.8 eve\n")
        with NameServer(addresses()) as server:
            r = self.host("--json", "bob", "nobody", "eve", servers=[server])
        self.assertEqual(r.status, 1, r)
        self.assertEqual([t["addresses"] for t in r.json()], [["192.0.2.7"], [], ["192.0.2.8"]])

    def test_chinese(self):
        self.write("hosts", "192.0.2.7 bob\n")
        with NameServer(addresses(bob=["192.0.2.8"])) as server:
            r = self.host("bob", servers=[server], lang="zh")
        for part in "名字", "地址", "来源", "第 1 行", "已回答", "各来源的回答不一致":
            self.assertIn(part, r.out)


if __name__ == "__main__":
    unittest.main()
