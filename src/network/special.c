/* SPDX-License-Identifier: ISC */
/*
 * special.c - what kind of address an address is
 *
 * The rows of IANA's two Special-Purpose Address Registries with their names, references
 * and columns, then what other RFCs say of the rest of both families.  The longest prefix
 * decides, so the order is for the reader.  Multicast's own parts are in multicast.c.
 *
 * untranslated file: names as the registries have them; what cmd/ says of a kind is its own
 */
#include "special.h"

#include <assert.h>

#include "addr_prefix.h"

#define IPV4(bits, ...) \
	.prefix = { .addr = { .family = NOD_IPV4, .octet = { __VA_ARGS__ } }, .len = bits }
#define IPV6(bits, ...) \
	.prefix = { .addr = { .family = NOD_IPV6, .octet = { __VA_ARGS__ } }, .len = bits }

#define S SPECIAL_SOURCE
#define D SPECIAL_DESTINATION
#define F SPECIAL_FORWARDED
#define G SPECIAL_REACHABLE
#define P SPECIAL_BY_PROTOCOL

/* Registered rows: prefix, kind, name, RFC, columns. */
#define ROW(where, kind_, name_, rfc_, flags_) \
	{ \
		where, .kind = (kind_), .name = (name_), .rfc = (rfc_), .flags = (flags_), \
		       .is_registered = true \
	}

/* Rows that no registry of special purposes has. */
#define REST(where, kind_, name_, rfc_) \
	{ \
		where, .kind = (kind_), .name = (name_), .rfc = (rfc_) \
	}

static const struct special table[] = {
	ROW(IPV4(8, 0), KIND_THIS_NETWORK, "This network", "RFC 791", S | P),
	ROW(IPV4(32, 0), KIND_ANY, "This host on this network", "RFC 1122", S | P),
	ROW(IPV4(8, 10), KIND_PRIVATE, "Private-Use", "RFC 1918", S | D | F),
	ROW(IPV4(10, 100, 64), KIND_SHARED, "Shared Address Space", "RFC 6598", S | D | F),
	ROW(IPV4(8, 127), KIND_LOOPBACK, "Loopback", "RFC 1122", P),
	ROW(IPV4(16, 169, 254), KIND_LINK_LOCAL, "Link Local", "RFC 3927", S | D | P),
	ROW(IPV4(12, 172, 16), KIND_PRIVATE, "Private-Use", "RFC 1918", S | D | F),
	ROW(IPV4(24, 192, 0, 0), KIND_PROTOCOL, "IETF Protocol Assignments", "RFC 6890", 0),
	ROW(IPV4(29, 192, 0, 0), KIND_CONTINUITY, "IPv4 Service Continuity Prefix", "RFC 7335",
		S | D | F),
	ROW(IPV4(32, 192, 0, 0, 8), KIND_DUMMY, "IPv4 dummy address", "RFC 7600", S),
	ROW(IPV4(32, 192, 0, 0, 9), KIND_PCP, "Port Control Protocol Anycast", "RFC 7723",
		S | D | F | G),
	ROW(IPV4(32, 192, 0, 0, 10), KIND_TURN, "Traversal Using Relays around NAT Anycast",
		"RFC 8155", S | D | F | G),
	ROW(IPV4(31, 192, 0, 0, 170), KIND_NAT64_FINDER, "NAT64/DNS64 Discovery", "RFC 8880",
		P),
	ROW(IPV4(24, 192, 0, 2), KIND_DOCUMENTATION, "Documentation (TEST-NET-1)", "RFC 5737",
		0),
	ROW(IPV4(24, 192, 31, 196), KIND_AS112, "AS112-v4", "RFC 7535", S | D | F | G),
	ROW(IPV4(24, 192, 52, 193), KIND_AMT, "AMT", "RFC 7450", S | D | F | G),
	ROW(IPV4(24, 192, 88, 99), KIND_6TO4_RELAY, "Deprecated (6to4 Relay Anycast)",
		"RFC 7526", 0),
	ROW(IPV4(32, 192, 88, 99, 2), KIND_6A44_RELAY, "6a44-relay anycast address", "RFC 6751",
		S | D | F),
	ROW(IPV4(16, 192, 168), KIND_PRIVATE, "Private-Use", "RFC 1918", S | D | F),
	ROW(IPV4(24, 192, 175, 48), KIND_AS112, "Direct Delegation AS112 Service", "RFC 7534",
		S | D | F | G),
	ROW(IPV4(15, 198, 18), KIND_BENCHMARKING, "Benchmarking", "RFC 2544", S | D | F),
	ROW(IPV4(24, 198, 51, 100), KIND_DOCUMENTATION, "Documentation (TEST-NET-2)",
		"RFC 5737", 0),
	ROW(IPV4(24, 203, 0, 113), KIND_DOCUMENTATION, "Documentation (TEST-NET-3)", "RFC 5737",
		0),
	ROW(IPV4(4, 240), KIND_RESERVED, "Reserved", "RFC 1112", P),
	ROW(IPV4(32, 255, 255, 255, 255), KIND_BROADCAST, "Limited Broadcast", "RFC 919",
		D | P),

	ROW(IPV6(128, 0), KIND_ANY, "Unspecified Address", "RFC 4291", S | P),
	ROW(IPV6(128, [15] = 1), KIND_LOOPBACK, "Loopback Address", "RFC 4291", P),
	ROW(IPV6(96, [10] = 0xff, [11] = 0xff), KIND_MAPPED, "IPv4-mapped Address", "RFC 4291",
		P),
	ROW(IPV6(96, 0, 0x64, 0xff, 0x9b), KIND_NAT64, "IPv4-IPv6 Translat.", "RFC 6052",
		S | D | F | G),
	ROW(IPV6(48, 0, 0x64, 0xff, 0x9b, 0, 1), KIND_NAT64_LOCAL, "IPv4-IPv6 Translat.",
		"RFC 8215", S | D | F),
	ROW(IPV6(64, 1), KIND_DISCARD, "Discard-Only Address Block", "RFC 6666", S | D | F),
	ROW(IPV6(64, 1, [7] = 1), KIND_DUMMY, "Dummy IPv6 Prefix", "RFC 9780", S),
	ROW(IPV6(23, 0x20, 1), KIND_PROTOCOL, "IETF Protocol Assignments", "RFC 2928", 0),
	ROW(IPV6(32, 0x20, 1), KIND_TEREDO, "TEREDO", "RFC 4380", S | D | F),
	ROW(IPV6(128, 0x20, 1, 0, 1, [15] = 1), KIND_PCP, "Port Control Protocol Anycast",
		"RFC 7723", S | D | F | G),
	ROW(IPV6(128, 0x20, 1, 0, 1, [15] = 2), KIND_TURN,
		"Traversal Using Relays around NAT Anycast", "RFC 8155", S | D | F | G),
	ROW(IPV6(128, 0x20, 1, 0, 1, [15] = 3), KIND_SRP,
		"DNS-SD Service Registration Protocol Anycast", "RFC 9665", S | D | F | G),
	ROW(IPV6(48, 0x20, 1, 0, 2), KIND_BENCHMARKING, "Benchmarking", "RFC 5180", S | D | F),
	ROW(IPV6(32, 0x20, 1, 0, 3), KIND_AMT, "AMT", "RFC 7450", S | D | F | G),
	ROW(IPV6(48, 0x20, 1, 0, 4, 1, 0x12), KIND_AS112, "AS112-v6", "RFC 7535",
		S | D | F | G),
	ROW(IPV6(28, 0x20, 1, 0, 0x10), KIND_ORCHID_1, "Deprecated (previously ORCHID)",
		"RFC 4843", 0),
	ROW(IPV6(28, 0x20, 1, 0, 0x20), KIND_ORCHID, "ORCHIDv2", "RFC 7343", S | D | F | G),
	ROW(IPV6(28, 0x20, 1, 0, 0x30), KIND_DET,
		"Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374",
		S | D | F | G),
	ROW(IPV6(32, 0x20, 1, 0x0d, 0xb8), KIND_DOCUMENTATION, "Documentation", "RFC 3849", 0),
	ROW(IPV6(16, 0x20, 2), KIND_6TO4, "6to4", "RFC 3056", S | D | F),
	ROW(IPV6(48, 0x26, 0x20, 0, 0x4f, 0x80, 0), KIND_AS112,
		"Direct Delegation AS112 Service", "RFC 7534", S | D | F | G),
	ROW(IPV6(20, 0x3f, 0xff), KIND_DOCUMENTATION, "Documentation", "RFC 9637", 0),
	ROW(IPV6(16, 0x5f), KIND_SRV6, "Segment Routing (SRv6) SIDs", "RFC 9602", S | D | F),
	ROW(IPV6(7, 0xfc), KIND_UNIQUE_LOCAL, "Unique-Local", "RFC 4193", S | D | F),
	ROW(IPV6(10, 0xfe, 0x80), KIND_LINK_LOCAL, "Link-Local Unicast", "RFC 4291", S | D | P),

	REST(IPV4(0, 0), KIND_GLOBAL, "Global Unicast", "RFC 4632"),
	REST(IPV4(4, 224), KIND_MULTICAST, "Multicast", "RFC 5771"),
	REST(IPV6(0, 0), KIND_RESERVED, "Reserved by IETF", "RFC 4291"),
	REST(IPV6(96, 0), KIND_COMPATIBLE, "IPv4-Compatible IPv6 Address (deprecated)",
		"RFC 4291"),
	REST(IPV6(3, 0x20), KIND_GLOBAL, "Global Unicast", "RFC 4291"),
	REST(IPV6(10, 0xfe, 0xc0), KIND_SITE_LOCAL, "Site-Local (deprecated)", "RFC 3879"),
	REST(IPV6(8, 0xff), KIND_MULTICAST, "Multicast", "RFC 4291"),
};

#define N_ROWS (sizeof(table) / sizeof(table[0]))

const struct special *special_at(unsigned i)
{
	return i < N_ROWS ? &table[i] : NULL;
}

const struct special *special_find(const struct nod_addr *a)
{
	struct nod_prefix whole = { .addr = *a,
		.len = (uint8_t)addr_bits((enum nod_family)a->family) };
	const struct special *best = NULL;

	for (unsigned i = 0; i < N_ROWS; i++) {
		if (prefix_covers(&table[i].prefix, &whole) &&
			(!best || table[i].prefix.len > best->prefix.len))
			best = &table[i];
	}
	return best;
}

const char *addr_kind_word(enum addr_kind kind)
{
	static const char *const words[] = {
		[KIND_GLOBAL] = "global",
		[KIND_ANY] = "any",
		[KIND_THIS_NETWORK] = "this-network",
		[KIND_LOOPBACK] = "loopback",
		[KIND_PRIVATE] = "private",
		[KIND_SHARED] = "shared",
		[KIND_LINK_LOCAL] = "link-local",
		[KIND_UNIQUE_LOCAL] = "unique-local",
		[KIND_SITE_LOCAL] = "site-local",
		[KIND_MULTICAST] = "multicast",
		[KIND_BROADCAST] = "broadcast",
		[KIND_DOCUMENTATION] = "documentation",
		[KIND_BENCHMARKING] = "benchmarking",
		[KIND_PROTOCOL] = "protocol",
		[KIND_CONTINUITY] = "service-continuity",
		[KIND_DUMMY] = "dummy",
		[KIND_PCP] = "pcp-anycast",
		[KIND_TURN] = "turn-anycast",
		[KIND_SRP] = "srp-anycast",
		[KIND_AMT] = "amt",
		[KIND_AS112] = "as112",
		[KIND_6TO4_RELAY] = "6to4-relay",
		[KIND_6A44_RELAY] = "6a44-relay",
		[KIND_NAT64_FINDER] = "nat64-discovery",
		[KIND_MAPPED] = "ipv4-mapped",
		[KIND_COMPATIBLE] = "ipv4-compatible",
		[KIND_NAT64] = "nat64",
		[KIND_NAT64_LOCAL] = "nat64-local",
		[KIND_DISCARD] = "discard",
		[KIND_TEREDO] = "teredo",
		[KIND_6TO4] = "6to4",
		[KIND_ORCHID_1] = "orchid-v1",
		[KIND_ORCHID] = "orchid",
		[KIND_DET] = "drone-remote-id",
		[KIND_SRV6] = "srv6",
		[KIND_RESERVED] = "reserved",
	};
	static_assert(sizeof(words) / sizeof(words[0]) == KIND_N, "a word for each kind");

	return words[kind];
}
