# SPDX-License-Identifier: ISC
"""frames.py - frames made by hand, and the pcapng files of them that Wireshark would write

Of every header and option that nod parses at least one, and some that it refuses.  Checksums are
made here, octet by octet, not by nod.
"""

import struct
from ipaddress import ip_address

ME, PEER = "10.0.0.1", "10.0.0.2"
ME6, PEER6 = "fe80::1", "2001:db8::2"
MAC, PEER_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
ICMP, IGMP, TCP, UDP, ICMP6 = 1, 2, 6, 17, 58
HOPS, ROUTING, FRAGMENT, DESTINATION, NOTHING = 0, 43, 44, 60, 59


def u8(*values):
    return bytes(values)


def u16(*values):
    return struct.pack(">%dH" % len(values), *values)


def u32(*values):
    return struct.pack(">%dI" % len(values), *values)


def addr(*texts):
    return b"".join(ip_address(t).packed for t in texts)


def checksum(octets):
    """RFC 1071."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(">%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def summed(message, at, pseudo=b""):
    """@message with its checksum at @at."""
    return message[:at] + u16(checksum(pseudo + message)) + message[at + 2:]


# ---- headers -------------------------------------------------------------------------------


def ether(kind, payload, tags=()):
    """@tags: (ethertype, TCI)."""
    return PEER_MAC + MAC + b"".join(u16(*t) for t in tags) + u16(kind) + payload


def ip4(protocol, payload, options=b"", tos=0, ident=0x1234, flags=0x4000, length=None):
    head = u8(0x40 | 5 + len(options) // 4, tos) + u16(
        20 + len(options) + len(payload) if length is None else length, ident, flags)
    return summed(head + u8(64, protocol, 0, 0) + addr(ME, PEER) + options, 10) + payload


def ip6(protocol, payload, tclass=0, flow=0, hops=255, length=None):
    return u32(6 << 28 | tclass << 20 | flow) + u16(
        len(payload) if length is None else length) + u8(protocol, hops) + addr(
        ME6, PEER6) + payload


def frame4(*args, **more):
    return ether(0x0800, ip4(*args, **more))


def frame6(*args, **more):
    return ether(0x86dd, ip6(*args, **more))


def pseudo(protocol, length, is_v6=False):
    if is_v6:
        return addr(ME6, PEER6) + u32(length, protocol)
    return addr(ME, PEER) + u8(0, protocol) + u16(length)


def icmp4(kind, code, rest):
    return summed(u8(kind, code, 0, 0) + rest, 2)


def icmp6(kind, code, rest):
    message = u8(kind, code, 0, 0) + rest
    return summed(message, 2, pseudo(ICMP6, len(message), True))


def udp(source, destination, payload, is_v6=False, more=0):
    """@more: octets that its length leaves out."""
    length = 8 + len(payload) - more
    head = u16(source, destination, length, 0)
    return summed(head + payload[:length - 8], 6, pseudo(UDP, length, is_v6)) + payload[
        length - 8:]


def tcp(flags, options=b"", payload=b"", urgent=0, is_v6=False, offset=None):
    """@flags with the reserved bits above them."""
    words = 5 + len(options) // 4 if offset is None else offset
    segment = u16(40000, 9) + u32(0x89abcdef, 0xfedcba98) + u16(
        words << 12 | flags, 0x7210, 0, urgent) + options + payload
    return summed(segment, 16, pseudo(TCP, len(segment), is_v6))


def option(kind, value=b""):
    """Of TCP and IPv4, whose length counts both octets before the value."""
    return u8(kind, 2 + len(value)) + value


def padded(options, n=4):
    return options + b"\1" * (-len(options) % n)


# ---- by layers -----------------------------------------------------------------------------


def link():
    yield "untagged", frame4(200, b"payload"), None
    yield "padded", frame4(200, b"pay") + b"\xee" * 23, None
    yield "a tag", ether(0x0800, ip4(200, b"x"), [(0x8100, 0xb123)]), None
    yield "two tags", ether(0x86dd, ip6(200, b"x"), [(0x8100, 0x5fff), (0x8100, 7)]), None
    yield "a service tag", ether(0x0800, ip4(200, b"x"), [(0x88a8, 0x7064), (0x8100, 5)]), None
    yield "IEEE 802.3", ether(46, b"\xaa" * 46), None
    yield "another protocol", ether(0x88b5, b"experiment"), None
    for op in (1, 2, 8):
        yield "ARP %d" % op, ether(0x0806, u16(1, 0x0800) + u8(6, 4) + u16(op) + MAC + addr(
            ME) + PEER_MAC + addr(PEER)), None
    yield "ARP of tokens", ether(0x0806, u16(6, 0x0800) + u8(6, 4) + u16(1) + bytes(20)), "arp"


def network4():
    yield "all of the header", frame4(200, b"x", tos=0xb9, ident=0xfffe, flags=0), None
    options = padded(option(7, u8(4) + bytes(12)) + b"\1" + option(148, u16(0)) + option(
        68, u8(5, 0) + bytes(8)))
    yield "options", frame4(200, b"x", options=options), None
    yield "source routes", frame4(200, b"x", options=padded(option(131, u8(4) + addr(
        PEER)) + option(137, u8(8) + addr(ME)))), None
    yield "an end of options", frame4(200, b"x", options=option(148, u16(7)) + bytes(4)), None
    yield "option of length 1", frame4(200, b"x", options=u8(7, 1, 0, 0)), "ip options"
    yield "option beyond the header", frame4(200, b"x", options=u8(7, 9, 4, 0)), "ip options"
    yield "first fragment", frame4(UDP, udp(7, 8, b"y" * 8), flags=0x2000), None
    yield "last fragment", frame4(UDP, b"z" * 13, flags=0x0010), None
    yield "longer than the frame", frame4(200, b"x", length=99), "ip.len"
    yield "version 5", ether(0x0800, b"\x55" + ip4(200, b"x")[1:]), "ip"


def network6():
    pad1, padn = u8(0), u8(1, 1, 0)
    alert, unknown = u8(5, 2, 0, 3), u8(0x1e, 4) + b"abcd"
    hops = u8(DESTINATION, 1) + alert + unknown + u8(1, 2, 0, 0)
    destination = u8(ROUTING, 0) + unknown
    routing = u8(FRAGMENT, 2, 0, 0) + bytes(4) + addr(PEER6)
    fragment = u8(UDP, 0) + u16(0) + u32(0xdeadbeef)
    message = udp(7, 8, b"all of it", True)
    yield "all of the header", frame6(200, b"x", tclass=0xb9, flow=0xabcde, hops=1), None
    yield "extension headers", frame6(
        HOPS, hops + destination + routing + fragment + message), None
    yield "padding", frame6(DESTINATION, u8(UDP, 0) + pad1 + padn + u8(1, 0) + message), None
    yield "first fragment", frame6(FRAGMENT, u8(UDP, 0) + u16(1) + u32(7) + udp(
        7, 8, b"y" * 8, True)), None
    yield "last fragment", frame6(FRAGMENT, u8(UDP, 0) + u16(0x5a8) + u32(7) + b"z" * 9), None
    yield "nothing follows", frame6(NOTHING, b""), None
    yield "longer than the frame", frame6(200, b"x", length=99), "ipv6.plen"
    yield "extension beyond it", frame6(DESTINATION, u8(UDP, 9) + bytes(14)), "ipv6 extension"
    yield "option beyond it", frame6(HOPS, u8(UDP, 0, 5, 9) + bytes(4)), "ipv6 extension"


def errors():
    inner4 = ip4(UDP, udp(4000, 5000, b"quoted"))
    inner6 = ip6(UDP, udp(4000, 5000, b"quoted", True))
    for kind, code, word in ((3, 0, 0), (3, 3, 0), (3, 4, 1280), (3, 13, 0), (4, 0, 0),
                             (5, 1, 0x0a0000fe), (11, 0, 0), (11, 1, 0), (12, 0, 0x14000000)):
        yield "ICMP %d/%d" % (kind, code), frame4(
            ICMP, icmp4(kind, code, u32(word) + inner4)), None
    for kind, code, word in ((1, 0, 0), (1, 4, 0), (2, 0, 1400), (3, 0, 0), (4, 1, 40)):
        yield "ICMPv6 %d/%d" % (kind, code), frame6(
            ICMP6, icmp6(kind, code, u32(word) + inner6)), None
    yield "a quote cut", frame4(ICMP, icmp4(11, 0, u32(0) + inner4[:28])), None
    segment = ip4(TCP, tcp(0x18, padded(option(8, u32(1, 2))), b"data"))
    yield "a segment quoted", frame4(ICMP, icmp4(3, 1, u32(0) + segment)), None
    yield "an echo quoted", frame4(ICMP, icmp4(11, 0, u32(0) + ip4(ICMP, icmp4(
        8, 0, u16(9, 1))))), None
    yield "behind headers", frame6(ICMP6, icmp6(1, 4, u32(0) + ip6(HOPS, u8(
        UDP, 0, 5, 2, 0, 0, 1, 0) + udp(4000, 5000, b"quoted", True)))), None
    for kind in (0, 8):
        yield "echo %d" % kind, frame4(ICMP, icmp4(kind, 0, u16(0xabcd, 0x0102) + b"?" * 20)), None
        yield "echo6 %d" % kind, frame6(
            ICMP6, icmp6(128 + kind // 8, 0, u16(0xabcd, 0x0102) + b"?" * 20)), None
    bad = icmp4(8, 0, u16(1, 1))
    yield "bad checksum", frame4(ICMP, bad[:2] + u16(bad[2] << 8 ^ 0x1100) + bad[4:]), None
    yield "too short", frame4(ICMP, b"\0\0\xff\xff"), "icmp"


def discovery():
    source, target = u8(1, 1) + MAC, u8(2, 1) + PEER_MAC
    prefix = u8(3, 4, 64, 0xc0) + u32(2592000, 604800, 0) + addr("2001:db8:1::")
    other = u8(3, 4, 48, 0x80) + u32(0xffffffff, 0, 0) + addr("2001:db8:2::")
    route = u8(24, 3, 56, 0x08) + u32(1800) + addr("2001:db8:3::")
    default = u8(24, 1, 0, 0x18) + u32(600)
    servers = u8(25, 5, 0, 0) + u32(1200) + addr("2001:db8::53", "fe80::53")
    server = u8(25, 3, 0, 0) + u32(0) + addr("2001:db8::54")
    advert = u8(64, 0xc8) + u16(1800) + u32(30000, 1000)
    yield "solicitation of routers", frame6(ICMP6, icmp6(133, 0, u32(0) + source)), None
    yield "advertisement of routers", frame6(ICMP6, icmp6(134, 0, advert + source + u8(
        5, 1, 0, 0) + u32(1492) + prefix + other + servers + server)), None
    yield "and of routes", frame6(ICMP6, icmp6(
        134, 0, u8(0, 0x18) + advert[2:] + route)), None
    yield "solicitation", frame6(ICMP6, icmp6(
        135, 0, u32(0) + addr(PEER6) + source + u8(14, 1) + b"nonces")), None
    for flags in (0x80, 0x40, 0x20):
        yield "advertisement %02x" % flags, frame6(ICMP6, icmp6(
            136, 0, u32(flags << 24) + addr(PEER6) + target)), None
    yield "redirect", frame6(ICMP6, icmp6(
        137, 0, u32(0) + addr("fe80::9", "2001:db8::9") + target)), None
    yield "unknown option", frame6(ICMP6, icmp6(
        135, 0, u32(0) + addr(PEER6) + u8(253, 1) + bytes(6))), None
    yield "option of length 0", frame6(ICMP6, icmp6(
        135, 0, u32(0) + addr(PEER6) + u8(1, 0) + bytes(6))), "nd"
    yield "option beyond it", frame6(ICMP6, icmp6(
        135, 0, u32(0) + addr(PEER6) + u8(1, 2) + bytes(6))), "nd"


def groups():
    def igmp(rest):
        return frame4(IGMP, summed(rest[:2] + b"\0\0" + rest[2:], 2))

    group = addr("239.1.2.3")
    yield "IGMPv1 query", igmp(u8(0x11, 0) + bytes(4)), None
    yield "IGMPv2 query", igmp(u8(0x11, 100) + group), None
    yield "IGMPv3 query", igmp(
        u8(0x11, 24) + group + u8(0x0a, 125) + u16(2) + addr(ME, PEER)), None
    yield "IGMPv3 query, long times", igmp(u8(0x11, 0x9c) + group + u8(0, 0xab) + u16(0)), None
    for kind in (0x12, 0x16, 0x17):
        yield "IGMP %02x" % kind, igmp(u8(kind, 0) + group), None
    yield "IGMPv3 query of 10 octets", igmp(u8(0x11, 24) + group + u8(0, 0)), "igmp"
    yield "IGMPv3 query without its sources", igmp(
        u8(0x11, 24) + group + u8(0, 0) + u16(3) + addr(ME)), "igmp"
    group = addr("ff05::1:3")
    yield "MLDv1 query", frame6(ICMP6, icmp6(130, 0, u16(10000, 0) + group)), None
    yield "MLDv2 query", frame6(ICMP6, icmp6(
        130, 0, u16(0x9234, 0) + group + u8(0x0a, 0xab) + u16(2) + addr(ME6, PEER6))), None
    yield "MLDv2 query without its sources", frame6(ICMP6, icmp6(
        130, 0, u16(1, 0) + group + u8(0, 0) + u16(1))), "mld"
    for kind in (131, 132):
        yield "MLD %d" % kind, frame6(ICMP6, icmp6(kind, 0, u32(0) + group)), None


def transport():
    yield "UDP", frame4(UDP, udp(4000, 5000, b"hello")), None
    yield "UDP, empty", frame4(UDP, udp(4000, 5000, b"")), None
    yield "UDP over IPv6", frame6(UDP, udp(4000, 5000, b"hello", True)), None
    yield "UDP, shorter than its packet", frame4(
        UDP, udp(4000, 5000, b"hello, world", more=7)), None
    yield "UDP without a checksum", frame4(UDP, u16(4000, 5000, 9, 0) + b"x"), None
    yield "UDP, bad checksum", frame4(UDP, u16(4000, 5000, 9, 0x1234) + b"x"), None
    yield "UDP over IPv6, bad checksum", frame6(UDP, u16(4000, 5000, 9, 0x1234) + b"x"), None
    yield "UDP, longer than its packet", frame4(UDP, u16(4000, 5000, 99, 0) + b"x"), "udp.length"
    yield "UDP of length 7", frame4(UDP, u16(4000, 5000, 7, 0) + b"x"), "udp"
    mss, scale, may_sack = option(2, u16(1460)), option(3, u8(7)), option(4)
    times = option(8, u32(0xfeedf00d, 0x01020304))

    def sack(n):
        return option(5, u32(*(0x80000000 + 1000 * i for i in range(2 * n))))

    for name, flags, options in (
            ("SYN", 0x002, mss + may_sack + times + b"\1" + scale),
            ("SYN of Fast Open, asking", 0x002, mss + option(34)),
            ("SYN of Fast Open", 0x002, mss + option(34, b"a cookie")),
            ("SYN-ACK with ECN", 0x052, mss + b"\1" + scale),
            ("one block", 0x010, b"\1\1" + sack(1)), ("two blocks", 0x010, b"\1\1" + sack(2)),
            ("three and times", 0x010, b"\1\1" + times + b"\1\1" + sack(3)),
            ("four blocks", 0x010, b"\1\1" + sack(4)),
            ("every flag, and what is reserved", 0xfff, b""),
            ("unknown options", 0x010, option(253, b"\x12\x34xy") + option(99, b"z")),
            ("an end of options", 0x010, mss + b"\0\0\0\0"), ("FIN", 0x011, b""),
            ("RST", 0x004, b"")):
        yield "TCP: " + name, frame4(TCP, tcp(
            flags, padded(options), b"" if flags & 4 else b"data")), None
        yield "TCP over IPv6: " + name, frame6(TCP, tcp(flags, padded(options), is_v6=True)), None
    yield "TCP, urgent", frame4(TCP, tcp(0x038, payload=b"!", urgent=1)), None
    yield "TCP, bad checksum", frame4(TCP, tcp(0x010)[:16] + u16(1, 0)), None
    yield "TCP: option of length 1", frame4(TCP, tcp(0x010, u8(8, 1, 1, 1))), "tcp options"
    yield "TCP: option beyond the header", frame4(TCP, tcp(0x010, u8(8, 10, 1, 1))), "tcp options"
    yield "TCP: header of 16 octets", frame4(TCP, tcp(0x010, offset=4)), "tcp"
    yield "TCP: header beyond the packet", frame4(TCP, tcp(0x010, offset=7)), "tcp"


# ---- DHCP and DNS --------------------------------------------------------------------------


def bootp(op, options, file=b"", flags=0x8000):
    head = u8(op, 1, 6, 0) + u32(0xabad1dea) + u16(3, flags)
    head += addr("10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6") + MAC.ljust(16, b"\0")
    return head + bytes(64) + file.ljust(128, b"\0") + u32(0x63825363) + options


def dhcp():
    def say(code, value):
        return u8(code, len(value)) + value

    identity = say(61, u8(1) + MAC)
    ask = say(53, u8(3)) + identity + say(50, addr("10.0.0.4")) + say(54, addr(ME)) + say(
        57, u16(1472)) + say(12, b"host-1") + say(55, u8(1, 3, 6, 15, 26, 28, 121)) + u8(255)
    reply = say(53, u8(5)) + say(54, addr(ME)) + say(51, u32(3600)) + say(58, u32(1800)) + say(
        59, u32(3150)) + say(1, addr("255.255.254.0")) + say(28, addr("10.0.1.255")) + say(
        3, addr(ME, PEER)) + say(6, addr(PEER, ME)) + say(15, b"example.org") + say(
        26, u16(1400)) + u8(0, 0) + say(121, u8(24, 192, 168, 7) + addr(ME) + u8(0) + addr(
            PEER) + u8(32) + addr("192.0.2.1", "0.0.0.0")) + u8(255)
    over = say(52, u8(1)) + say(53, u8(2)) + u8(255)
    yield "DHCP request", frame4(UDP, udp(68, 67, bootp(1, ask))), None
    yield "DHCP reply", frame4(UDP, udp(67, 68, bootp(2, reply, flags=0))), None
    yield "DHCP, overloaded", frame4(UDP, udp(67, 68, bootp(
        2, over, file=say(51, u32(77)) + say(54, addr(ME)) + u8(255)))), None
    yield "BOOTP", frame4(UDP, udp(67, 68, bootp(2, say(1, addr("255.0.0.0")) + u8(255)))), "dhcp"
    yield "DHCP, cut", frame4(UDP, udp(67, 68, bootp(2, say(53, u8(2)) + u8(51, 4, 0)))), "dhcp"


def dns():
    def name(text):
        return b"".join(u8(len(w)) + w.encode() for w in text.split(".") if w) + b"\0"

    def record(owner, kind, ttl, data):
        return owner + u16(kind, 1) + u32(ttl) + u16(len(data)) + data

    question = name("www.example.org") + u16(1, 1)
    here = b"\xc0\x0c"  # the question's name
    opt = b"\0" + u16(41, 1232) + u8(0, 0) + u16(0x8000, 0)
    alias = name("a.b")[:-1] + b"\xc0\x10"  # a.b.example.org
    answers = record(here, 5, 300, alias)
    answers += record(u8(1) + b"x" + here, 1, 0x7fffffff, addr(PEER))
    answers += record(here, 28, 0, addr(PEER6)) + record(here, 16, 5, b"\4text")
    authority = record(b"\xc0\x10", 2, 60, b"\2ns\xc0\x10")
    authority += record(b"\xc0\x10", 6, 60, name("ns.") + name("root.") + u32(1, 2, 3, 4, 5))
    yield "a question", frame4(UDP, udp(40001, 53, u16(
        0xbeef, 0x0100, 1, 0, 0, 1) + question + opt)), None
    yield "an answer", frame4(UDP, udp(53, 40001, u16(
        0xbeef, 0x85b0, 1, 4, 2, 1) + question + answers + authority + opt)), None
    reverse = name("2.0.0.10.in-addr.arpa")
    yield "a name", frame4(UDP, udp(53, 40001, u16(1, 0x8180, 1, 1, 0, 0) + reverse + u16(
        12, 1) + record(here, 12, 9, name("peer.example.org")))), None
    yield "the root, no such name", frame4(UDP, udp(53, 40001, u16(
        2, 0x8583, 1, 0, 0, 0) + b"\0" + u16(2, 1))), None
    yield "over IPv6", frame6(
        UDP, udp(40001, 53, u16(3, 0x0110, 1, 0, 0, 0) + question, True)), None
    yield "a pointer to itself", frame4(UDP, udp(53, 40001, u16(
        4, 0x8180, 1, 0, 0, 0) + here + u16(1, 1))), "dns"
    yield "an answer that is not there", frame4(UDP, udp(53, 40001, u16(
        5, 0x8180, 1, 1, 0, 0) + question)), "dns"


def all_frames():
    """(name, octets, what refuses it or None)."""
    for layer in (link, network4, network6, errors, discovery, groups, transport, dhcp, dns):
        yield from layer()


# ---- files ---------------------------------------------------------------------------------


def pcapng(frames, order="<"):
    """A section of @frames in the byte order of such a machine."""
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(order + "I", 12 + len(body))
        return struct.pack(order + "I", kind) + size + body + size

    out = [block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1)),
           block(1, struct.pack(order + "HHI", 1, 0, 0))]
    out += [block(6, struct.pack(order + "5I", 0, 0, i, len(f), len(f)) + f)
            for i, f in enumerate(frames)]
    return b"".join(out)
