# SPDX-License-Identifier: ISC
"""What nod's parsers read in a frame is what tshark reads in it, field by field.

build/test/decode says the fields of a capture as nod reads them, by tshark's names.  The corpus:
what `nod sim` writes, on sound cables and on broken ones, and frames made by hand (frames.py) of
all that a simulated net does not say.

Where nod refuses a frame it reads no further: what it said until then is compared.  All else is
compared both ways, so that neither has a field more than the other.
"""

import os
import re
import subprocess
import tempfile
import unittest
from ipaddress import ip_address

import frames
from nodtest import NOD, need, run

DECODE = os.path.join(os.path.dirname(NOD), "test", "decode")
TIMEOUT = 60  # seconds
SHOWN = 10  # differences that a failure tells
SCENARIOS = ("ping", "udp", "multicast", "dhcp", "slaac", "names", "router", "churn")

# By layers.  Each is compared in each frame, whoever of the two says it.
FIELDS = """
frame.section_number frame.interface_id frame.len frame.cap_len
eth.dst eth.src eth.type eth.len vlan.priority vlan.dei vlan.id
arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.hw_mac arp.dst.proto_ipv4
ip.hdr_len ip.dsfield ip.len ip.id ip.flags.df ip.flags.mf ip.frag_offset ip.ttl ip.proto
ip.checksum ip.checksum.status ip.src ip.dst ip.opt.type ip.opt.len ip.opt.ra
ipv6.tclass ipv6.flow ipv6.plen ipv6.nxt ipv6.hlim ipv6.src ipv6.dst
ipv6.hopopts.nxt ipv6.hopopts.len ipv6.dstopts.nxt ipv6.dstopts.len ipv6.routing.nxt
ipv6.routing.len ipv6.opt.type ipv6.opt.length ipv6.opt.router_alert
ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident
icmp.type icmp.code icmp.checksum icmp.checksum.status icmp.ident icmp.seq icmp.mtu
icmp.redir_gw icmp.pointer
icmpv6.type icmpv6.code icmpv6.checksum icmpv6.checksum.status icmpv6.echo.identifier
icmpv6.echo.sequence_number icmpv6.mtu icmpv6.pointer
icmpv6.nd.ra.cur_hop_limit icmpv6.nd.ra.flag.m icmpv6.nd.ra.flag.o icmpv6.nd.ra.flag.prf
icmpv6.nd.ra.router_lifetime icmpv6.nd.ra.reachable_time icmpv6.nd.ra.retrans_timer
icmpv6.nd.ns.target_address icmpv6.nd.na.flag.r icmpv6.nd.na.flag.s icmpv6.nd.na.flag.o
icmpv6.nd.na.target_address icmpv6.nd.rd.target_address icmpv6.rd.na.destination_address
icmpv6.opt.src_linkaddr icmpv6.opt.target_linkaddr icmpv6.opt.nonce icmpv6.opt.mtu
icmpv6.opt.prefix.length icmpv6.opt.prefix.flag.l icmpv6.opt.prefix.flag.a
icmpv6.opt.prefix.valid_lifetime icmpv6.opt.prefix.preferred_lifetime icmpv6.opt.prefix
icmpv6.opt.route_info.flag.route_preference icmpv6.opt.route_lifetime
icmpv6.opt.rdnss.lifetime icmpv6.opt.rdnss
icmpv6.mld.maximum_response_delay icmpv6.mld.maximum_response_code icmpv6.mld.multicast_address
icmpv6.mld.flag.qrv icmpv6.mld.qqi icmpv6.mld.nb_sources icmpv6.mld.source_address
igmp.type igmp.version igmp.max_resp igmp.checksum igmp.checksum.status igmp.maddr igmp.qrv
igmp.qqic igmp.num_src igmp.saddr
udp.srcport udp.dstport udp.length udp.checksum udp.checksum.status
tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.hdr_len tcp.flags tcp.window_size_value
tcp.checksum tcp.checksum.status tcp.urgent_pointer tcp.len tcp.option_kind tcp.option_len
tcp.options.mss_val tcp.options.wscale.shift tcp.options.timestamp.tsval
tcp.options.timestamp.tsecr tcp.options.sack_le tcp.options.sack_re tcp.options.tfo.cookie
dhcp.type dhcp.id dhcp.secs dhcp.flags.bc dhcp.ip.client dhcp.ip.your dhcp.ip.server dhcp.ip.relay
dhcp.hw.mac_addr dhcp.option.dhcp dhcp.option.dhcp_server_id dhcp.option.requested_ip_address
dhcp.option.broadcast_address dhcp.option.ip_address_lease_time dhcp.option.renewal_time_value
dhcp.option.rebinding_time_value dhcp.option.subnet_mask dhcp.option.router
dhcp.option.domain_name_server dhcp.option.interface_mtu dhcp.option.dhcp_max_message_size
dhcp.option.domain_name dhcp.option.hostname dhcp.client_id dhcp.option.request_list_item
dns.id dns.flags.response dns.flags.opcode dns.flags.authoritative dns.flags.truncated
dns.flags.recdesired dns.flags.recavail dns.flags.authenticated dns.flags.checkdisable
dns.flags.rcode dns.count.queries dns.count.answers dns.count.auth_rr dns.count.add_rr
dns.qry.name dns.qry.type dns.qry.class dns.resp.name dns.resp.type dns.resp.class dns.resp.ttl
dns.resp.len dns.a dns.aaaa dns.cname dns.ns dns.ptr.domain_name
dns.rr.udp_payload_size dns.resp.ext_rcode dns.resp.edns0_version dns.resp.z.do
data.len
""".split()

# Of these the fields above are made, where tshark has several for what nod has as one.
MORE = """
ieee8021ad.priority ieee8021ad.dei ieee8021ad.id vlan.etype icmp.data_time
dhcp.option.classless_static_route _ws.expert.severity
""".split()
ERROR = 0x800000  # a severity

PREFERENCES = {
    # a frame is what is in it, and nothing of what came before
    "ip.defragment": "FALSE", "ipv6.defragment": "FALSE", "tcp.analyze_sequence_numbers": "FALSE",
    "tcp.relative_sequence_numbers": "FALSE", "tcp.desegment_tcp_streams": "FALSE",
    # as nod does
    "ip.check_checksum": "TRUE", "udp.check_checksum": "TRUE", "tcp.check_checksum": "TRUE",
}
# What is on other ports is data to nod; to tshark random ports are those of hundreds of protocols.
KEPT = re.compile(r"frame|eth|ethertype|vlan|ieee8021ad|arp|ip|ipv6(\..*)?|icmp|icmpv6|igmp|udp|"
                  r"tcp|dhcp|dns|data|_ws.*")
SEPARATOR = "\x1f"  # of the values of a field that occurs several times

# ---- what both say -------------------------------------------------------------------------


def plain(value):
    """Numbers and flags without their format, in which versions of tshark differ."""
    if value in ("True", "False"):
        return str(int(value == "True"))
    if re.fullmatch(r"0x[0-9a-f]+|0|[1-9][0-9]*", value):
        return str(int(value, 0))
    return value


class Tshark:
    """tshark, reading no other protocols than nod; its settings in @home."""

    def __init__(self, home):
        self.env = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": os.path.join(home, "config")}
        protocols = [line.split("\t")[2] for line in self("-G", "protocols").splitlines()]
        os.makedirs(os.path.join(home, "config", "wireshark"))
        with open(os.path.join(home, "config", "wireshark", "disabled_protos"), "w",
                  encoding="ascii") as f:
            f.writelines(p + "\n" for p in protocols if not KEPT.fullmatch(p))

    def __call__(self, *args):
        done = subprocess.run(["tshark", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.env, timeout=TIMEOUT)
        if done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout.decode()

    def frames(self, path):
        """A dict a frame: field to values."""
        names = FIELDS + MORE
        args = ["-n", "-r", path, "-Tfields", "-Eoccurrence=a", "-Eaggregator=" + SEPARATOR]
        args += ["-o%s:%s" % p for p in PREFERENCES.items()]
        for name in names:
            args += ["-e", name]
        for line in self(*args).splitlines():
            yield {name: [plain(v) for v in values.split(SEPARATOR)]
                   for name, values in zip(names, line.split("\t")) if values}


def decoded(path):
    """The same, by nod's parsers."""
    done = subprocess.run([DECODE, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    for line in done.stdout.decode().splitlines():
        frame = {}
        for word in line.split("\t")[1:]:
            name, _, value = word.partition("=")
            frame.setdefault(name, []).append(plain(value))
        yield frame


# ---- made comparable -----------------------------------------------------------------------


def link(theirs):
    """nod has one type, of what follows the tags, and does not mind which kind a tag is of."""
    types = theirs.pop("vlan.etype", None)
    if types:
        theirs["eth.type"] = types[-1:]
    for name in ("priority", "dei", "id"):
        outer = theirs.pop("ieee8021ad." + name, [])
        if outer:
            theirs["vlan." + name] = outer + theirs.get("vlan." + name, [])


def options(theirs):
    """nod's parsers pass over what only fills up."""
    for name, fill in (("ip.opt.type", "01"), ("tcp.option_kind", "01"), ("ipv6.opt.type", "0")):
        if name in theirs:
            theirs[name] = [v for v in theirs[name] if v not in fill]
    if "ipv6.opt.length" in theirs:  # which the single octet of padding has not
        both = [both for both in zip(theirs["ipv6.opt.type"], theirs["ipv6.opt.length"])
                if both[0] != "1"]
        theirs["ipv6.opt.type"] = [kind for kind, _ in both]
        theirs["ipv6.opt.length"] = [length for _, length in both]


def groups(theirs):
    """nod reads queries only, and their interval in seconds (RFC 3376 4.1.7)."""
    if theirs.get("igmp.type") != ["17"]:
        for name in ("version", "max_resp", "maddr", "num_src"):
            theirs.pop("igmp." + name, None)
    elif "igmp.qqic" in theirs:
        code = int(theirs["igmp.qqic"][0])
        theirs["igmp.qqic"] = [str(
            code if code < 128 else (code & 15 | 16) << (code >> 4 & 7) + 3)]
    if theirs.get("icmpv6.type", [""])[0] not in ("130",):
        for name in ("maximum_response_delay", "multicast_address"):
            theirs.pop("icmpv6.mld." + name, None)


def leases(theirs, ours):
    """A client's name by its hardware is an address to tshark; routes are octets."""
    addresses = theirs.get("dhcp.hw.mac_addr", [])
    if "dhcp.client_id" in ours:
        theirs["dhcp.client_id"] = ["01" + a.replace(":", "") for a in addresses[1:]]
        theirs["dhcp.hw.mac_addr"] = addresses[:1]
    wanted = "dhcp.option.request_list_item"
    if wanted in theirs:  # nod keeps a set
        theirs[wanted] = sorted(theirs[wanted], key=int)
    for octets in map(bytes.fromhex, theirs.pop("dhcp.option.classless_static_route", [])):
        n = (octets[0] + 7) // 8
        to, by = octets[1:1 + n].ljust(4, b"\0"), octets[1 + n:]
        for name, value in (("len", octets[0]), ("dst", ip_address(to)),
                            ("gateway", ip_address(by))):
            theirs.setdefault("route." + name, []).append(str(value))


def quotes(theirs, ours):
    """
    The packet in an error stands behind the one that has the error.  That nod's parser of errors
    reads the same as its parsers of packets is seen here; and tshark does not look at all the
    checksums there, but at those of segments that are cut; nor at a segment's place, nor always at
    what is behind the headers.
    """
    for name in ("src", "dst"):
        if "quote." + name in ours:
            theirs["quote." + name] = (theirs.get("ip." + name) or theirs["ipv6." + name])[1:2]
    if "quote.srcport" in ours:
        theirs["quote.srcport"] = theirs["udp.srcport"][-1:]
    if "quote.src" not in ours:
        return
    for name in ("tcp.seq_raw", "tcp.len", "data.len"):
        theirs.pop(name, None)
        ours.pop(name, None)
    for name in ("icmp", "icmpv6", "udp", "tcp"):
        status = theirs.get(name + ".checksum.status", [])
        mine = ours.get(name + ".checksum.status", [])
        if status and mine and "2" in (status[-1], mine[-1]):
            status[-1] = mine[-1] = "2"


def comparable(theirs, ours):
    """Make them so.  Whether tshark finds an error in the frame."""
    link(theirs)
    options(theirs)
    groups(theirs)
    leases(theirs, ours)
    quotes(theirs, ours)
    if theirs.pop("icmp.data_time", None) and "data.len" in theirs:
        theirs["data.len"][0] = str(int(theirs["data.len"][0]) + 8)  # taken for a time
    return any(int(s) >= ERROR for s in theirs.pop("_ws.expert.severity", []))


def is_damaged(frame):
    """By a checksum, or by what a tag became: tshark takes 0x9100 for one, as was done once."""
    return frame.get("eth.type") == ["37120"] or any(
        "0" in values for name, values in frame.items() if name.endswith(".status"))


def differences(theirs, ours, has_error):
    """
    Yield (field, tshark's values, nod's).  Damage may make a class, an option or a protocol of
    another that only one of the two knows: there, what both say is compared; and behind what nod
    has refused, nothing is.
    """
    said = {name: values for name, values in ours.items() if not name.startswith("refused")}
    has_refused = len(said) < len(ours)
    has_error = has_error or is_damaged(theirs) or is_damaged(ours)
    for name in dict.fromkeys([*theirs, *said]):
        their, our = theirs.get(name, []), said.get(name, [])
        if has_error or has_refused:
            their = their[:len(our)]
        if has_error:
            our = our[:len(their)]
        if their != our:
            yield name, their, our


# ---- tests ---------------------------------------------------------------------------------


@need("tshark")
class Decode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        cls.tshark = Tshark(cls.dir.name)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def compare(self, path, names=None):
        """
        Compare each frame; what nod says of them, and of which tshark finds an error.  @names: of
        frames, or of sections.
        """
        ours = list(decoded(path))
        theirs = list(self.tshark.frames(path))
        self.assertEqual(len(theirs), len(ours))
        found, errors = [], []
        for i, (t, o) in enumerate(zip(theirs, ours)):
            has_error = comparable(t, o)
            if has_error:
                errors.append(i)
            for name, their, our in differences(t, o, has_error):
                what = names[i] if len(names) == len(ours) else names[
                    int(o["frame.section_number"][0]) - 1]
                found.append("frame %d (%s): %s: tshark %s, nod %s" % (
                    i + 1, what, name, their, our))
        if found:
            self.fail("\n".join(["%d differences" % len(found), *found[:SHOWN]]))
        return ours, errors

    def test_by_hand(self):
        """Each header and option; what is to be refused is, where it is to be."""
        made = list(frames.all_frames())
        names = [name for name, _, _ in made]
        path, other, again = (self.path(p) for p in ("hand.pcapng", "other", "again"))
        for order, to in (("<", path), (">", other)):
            with open(to, "wb") as f:
                f.write(frames.pcapng([octets for _, octets, _ in made], order))
        said, errors = self.compare(path, names)
        for i in errors:
            self.assertTrue("refused" in said[i] or is_damaged(said[i]), names[i])
        for (name, _, refuses), o in zip(made, said):
            with self.subTest(name):
                self.assertEqual(o.get("refused", [None]), [refuses])
        unsaid = set(FIELDS) - {name for o in said for name in o}
        self.assertEqual(unsaid, set(), "no frame has them")
        # files of the other byte order, and what Wireshark itself writes
        self.tshark("-r", path, "-w", again)
        for same in (other, again):
            self.assertEqual(list(decoded(same)), list(decoded(path)))

    def simulated(self, *worlds):
        """What these arguments of `nod sim` make, each a section of one file; its path."""
        path = self.path("sim.pcapng")
        with open(path, "wb") as whole:
            for world in worlds:
                one = self.path("one.pcapng")
                r = run("sim", "-q", "--capture", one, *world, timeout=TIMEOUT)
                self.assertEqual(r.status, 0, r)
                with open(one, "rb") as f:
                    whole.write(f.read())
        return self.compare(path, [" ".join(world) for world in worlds])

    def test_sound_cables(self):
        """Nothing is refused, and every checksum is right, in what errors quote, too."""
        said, errors = self.simulated(*(
            (scenario, "--impair", "none", "--time", "3s", "--hosts", "4", "--seed", str(seed))
            for seed, scenario in enumerate(SCENARIOS, 1)))
        self.assertGreater(len(said), 2000)
        self.assertEqual(errors, [])
        for o in said:
            self.assertNotIn("refused", o)
            self.assertFalse(is_damaged(o), o)

    def test_broken_cables(self):
        """Damaged frames are read alike as far as nod reads them, and few are refused."""
        broken = "loss=2%,dup=2%,corrupt=8%,reorder=2%,delay=5ms~4ms"
        size = ("--time", "3s", "--hosts", "3", "--seed")
        worlds = [(scenario, "--impair", broken, *size, "5")
                  for scenario in ("ping", "dhcp", "slaac", "names")]
        worlds += [(*size, seed) for seed in ("3", "4", "6")]
        said, _ = self.simulated(*worlds)
        self.assertGreater(len(said), 2000)
        refused = [o for o in said if "refused" in o]
        self.assertGreater(len([o for o in said if is_damaged(o)]), 50)
        self.assertGreater(len(refused), 5)
        self.assertLess(len(refused), len(said) / 20)


class Refusals(unittest.TestCase):
    def test_what_is_no_capture(self):
        whole = frames.pcapng([octets for _, octets, _ in list(frames.all_frames())[:3]])
        with tempfile.TemporaryDirectory() as there:
            path = os.path.join(there, "x")
            for octets in (whole[:-1], whole[:30], b"\0" * 64, whole[28:], whole[:4] + b"\xff" * 4,
                           whole + b"\0\0\0"):
                with open(path, "wb") as f:
                    f.write(octets)
                done = subprocess.run([DECODE, path], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, timeout=TIMEOUT)
                self.assertEqual(done.returncode, 1, octets)
                self.assertIn(b"no pcapng", done.stderr)


if __name__ == "__main__":
    unittest.main()
