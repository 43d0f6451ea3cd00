/* SPDX-License-Identifier: ISC */
/*
 * multicast.c - what a multicast address says: how far it goes, its block, its known group
 *
 * RFC 5771, 2365, 6034, 6676 (IPv4); RFC 4291 2.7, 7346, 3306, 3956, 4607 (IPv6).  The
 * groups are a choice from IANA's registries: those that people meet in a capture.
 *
 * untranslated file: each group has its Chinese name beside it, for cmd/ to choose from
 *
 * Neighbours: special.c (that it is multicast at all).
 */
#include "multicast.h"

#include <assert.h>
#include <string.h>

#include "addr_prefix.h"

#define IPV4(bits, ...) \
	{ \
		.addr = { .family = NOD_IPV4, .octet = { __VA_ARGS__ } }, .len = bits \
	}
#define IPV6(bits, ...) \
	{ \
		.addr = { .family = NOD_IPV6, .octet = { 0xff, __VA_ARGS__ } }, .len = bits \
	}

static const struct multicast_group groups[] = {
	{ IPV4(32, 224, 0, 0, 1), false, "all systems on this subnet", "本子网的所有系统",
		"RFC 1112" },
	{ IPV4(32, 224, 0, 0, 2), false, "all routers on this subnet", "本子网的所有路由器",
		"RFC 1112" },
	{ IPV4(32, 224, 0, 0, 4), false, "DVMRP routers", "DVMRP 路由器", "RFC 1075" },
	{ IPV4(32, 224, 0, 0, 5), false, "OSPF: all routers", "OSPF 所有路由器", "RFC 2328" },
	{ IPV4(32, 224, 0, 0, 6), false, "OSPF: designated routers", "OSPF 指定路由器",
		"RFC 2328" },
	{ IPV4(32, 224, 0, 0, 9), false, "RIPv2 routers", "RIPv2 路由器", "RFC 1723" },
	{ IPV4(32, 224, 0, 0, 10), false, "EIGRP routers", "EIGRP 路由器", "RFC 7868" },
	{ IPV4(32, 224, 0, 0, 12), false, "DHCP servers and relay agents",
		"DHCP 服务器与中继代理", "RFC 1884" },
	{ IPV4(32, 224, 0, 0, 13), false, "PIM routers", "PIM 路由器", "RFC 7761" },
	{ IPV4(32, 224, 0, 0, 18), false, "VRRP", "VRRP（虚拟路由器冗余）", "RFC 5798" },
	{ IPV4(32, 224, 0, 0, 22), false, "IGMPv3 reports", "IGMPv3 成员报告", "RFC 3376" },
	{ IPV4(32, 224, 0, 0, 102), false, "HSRP and GLBP", "HSRP 与 GLBP", "Cisco" },
	{ IPV4(32, 224, 0, 0, 106), false, "all snoopers (multicast router discovery)",
		"所有监听交换机（组播路由器发现）", "RFC 4286" },
	{ IPV4(32, 224, 0, 0, 107), false, "PTP peer delay", "PTP 对等延迟测量", "IEEE 1588" },
	{ IPV4(32, 224, 0, 0, 251), false, "mDNS", "mDNS（组播 DNS）", "RFC 6762" },
	{ IPV4(32, 224, 0, 0, 252), false, "LLMNR", "LLMNR（链路本地组播名字解析）",
		"RFC 4795" },
	{ IPV4(32, 224, 0, 1, 1), false, "NTP", "NTP（网络时间）", "RFC 5905" },
	{ IPV4(32, 224, 0, 1, 39), false, "PIM Auto-RP announcements", "PIM 自动 RP 通告",
		"Cisco" },
	{ IPV4(32, 224, 0, 1, 40), false, "PIM Auto-RP discovery", "PIM 自动 RP 发现",
		"Cisco" },
	{ IPV4(32, 224, 0, 1, 60), false, "HP device discovery", "惠普设备发现", "HP" },
	{ IPV4(32, 224, 0, 1, 75), false, "all SIP servers", "所有 SIP 服务器", "RFC 3261" },
	{ IPV4(32, 224, 0, 1, 129), false, "PTP", "PTP（精确时间）", "IEEE 1588" },
	{ IPV4(32, 224, 0, 1, 187), false, "all CoAP nodes", "所有 CoAP 节点", "RFC 7252" },
	{ IPV4(32, 224, 2, 127, 254), false, "SAP session announcements", "SAP 会话通告",
		"RFC 2974" },
	{ IPV4(32, 239, 255, 255, 250), false, "SSDP (UPnP)", "SSDP（UPnP 设备发现）",
		"UPnP Forum" },
	{ IPV4(32, 239, 255, 255, 253), false, "SLP (service location)", "SLP（服务定位）",
		"RFC 2608" },

	{ IPV6(128, 1, [15] = 1), false, "all nodes of this interface", "本接口的所有节点",
		"RFC 4291" },
	{ IPV6(128, 2, [15] = 1), false, "all nodes on the link", "本链路的所有节点",
		"RFC 4291" },
	{ IPV6(128, 1, [15] = 2), false, "all routers of this interface", "本接口的所有路由器",
		"RFC 4291" },
	{ IPV6(128, 2, [15] = 2), false, "all routers on the link", "本链路的所有路由器",
		"RFC 4291" },
	{ IPV6(128, 5, [15] = 2), false, "all routers of the site", "本站点的所有路由器",
		"RFC 4291" },
	{ IPV6(128, 2, [15] = 5), false, "OSPF: all routers", "OSPF 所有路由器", "RFC 5340" },
	{ IPV6(128, 2, [15] = 6), false, "OSPF: designated routers", "OSPF 指定路由器",
		"RFC 5340" },
	{ IPV6(128, 2, [15] = 9), false, "RIPng routers", "RIPng 路由器", "RFC 2080" },
	{ IPV6(128, 2, [15] = 0xa), false, "EIGRP routers", "EIGRP 路由器", "RFC 7868" },
	{ IPV6(128, 2, [15] = 0xd), false, "PIM routers", "PIM 路由器", "RFC 7761" },
	{ IPV6(128, 2, [15] = 0x12), false, "VRRP", "VRRP（虚拟路由器冗余）", "RFC 5798" },
	{ IPV6(128, 2, [15] = 0x16), false, "MLDv2 reports", "MLDv2 成员报告", "RFC 3810" },
	{ IPV6(128, 2, [15] = 0x1a), false, "RPL nodes", "RPL 节点", "RFC 6550" },
	{ IPV6(128, 2, [15] = 0x6a), false, "all snoopers (multicast router discovery)",
		"所有监听交换机（组播路由器发现）", "RFC 4286" },
	{ IPV6(128, 2, [15] = 0x6b), false, "PTP peer delay", "PTP 对等延迟测量", "IEEE 1588" },
	{ IPV6(128, 2, [13] = 1, [15] = 2), false, "DHCPv6 servers and relay agents",
		"DHCPv6 服务器与中继代理", "RFC 8415" },
	{ IPV6(128, 2, [13] = 1, [15] = 3), false, "LLMNR", "LLMNR（链路本地组播名字解析）",
		"RFC 4795" },
	{ IPV6(128, 5, [13] = 1, [15] = 3), false, "DHCPv6 servers of the site",
		"本站点的 DHCPv6 服务器", "RFC 8415" },
	{ IPV6(104, 2, [11] = 1, [12] = 0xff), false, "solicited-node (neighbour discovery)",
		"被请求节点（邻居发现）", "RFC 4291" },
	{ IPV6(104, 2, [11] = 2, [12] = 0xff), false, "node information queries",
		"节点信息查询", "RFC 4620" },
	{ IPV6(128, [15] = 0xc), true, "SSDP (UPnP)", "SSDP（UPnP 设备发现）", "UPnP Forum" },
	{ IPV6(128, [15] = 0xfb), true, "mDNS", "mDNS（组播 DNS）", "RFC 6762" },
	{ IPV6(128, [15] = 0xfd), true, "all CoAP nodes", "所有 CoAP 节点", "RFC 7252" },
	{ IPV6(128, [14] = 1, [15] = 1), true, "NTP", "NTP（网络时间）", "RFC 5905" },
	{ IPV6(128, [14] = 1, [15] = 0x16), true, "SLP (service location)", "SLP（服务定位）",
		"RFC 3111" },
	{ IPV6(128, [14] = 1, [15] = 0x81), true, "PTP", "PTP（精确时间）", "IEEE 1588" },
};

bool addr_is_multicast(const struct nod_addr *a)
{
	return (a->family == NOD_IPV4 && a->octet[0] >> 4 == 0xe) ||
		(a->family == NOD_IPV6 && a->octet[0] == 0xff);
}

enum multicast_scope multicast_scope(const struct nod_addr *a)
{
	static const uint8_t by_number[16] = { /* RFC 7346 2 */
		SCOPE_RESERVED, SCOPE_INTERFACE, SCOPE_LINK, SCOPE_REALM, SCOPE_ADMIN,
		SCOPE_SITE, SCOPE_UNASSIGNED, SCOPE_UNASSIGNED, SCOPE_ORGANIZATION,
		SCOPE_UNASSIGNED, SCOPE_UNASSIGNED, SCOPE_UNASSIGNED, SCOPE_UNASSIGNED,
		SCOPE_UNASSIGNED, SCOPE_GLOBAL, SCOPE_RESERVED
	};
	const uint8_t *o = a->octet;

	if (a->family == NOD_IPV6)
		return (enum multicast_scope)by_number[o[1] & 15];
	if (o[0] == 224 && o[1] == 0 && o[2] == 0)
		return SCOPE_LINK;
	if (o[0] != 239)
		return SCOPE_GLOBAL;
	if (o[1] == 255)
		return SCOPE_SITE; /* RFC 2365 8: the Local Scope is as IPv6's site */
	return (o[1] & 0xfc) == 192 ? SCOPE_ORGANIZATION : SCOPE_ADMIN;
}

static enum multicast_block block_ipv4(const uint8_t *o)
{
	switch (o[0]) {
	case 224:
		if (o[1] == 0)
			return o[2] == 0  ? BLOCK_LOCAL_CONTROL :
				o[2] == 1 ? BLOCK_CONTROL :
					    BLOCK_AD_HOC;
		return o[1] == 2	       ? BLOCK_SDP_SAP :
			o[1] == 3 || o[1] == 4 ? BLOCK_AD_HOC :
						 BLOCK_RESERVED;
	case 232:
		return BLOCK_SOURCE_SPECIFIC;
	case 233:
		if (o[1] < 252)
			return BLOCK_GLOP;
		return o[1] == 252 && o[2] == 0 ? BLOCK_DOCUMENTATION : BLOCK_AD_HOC;
	case 234:
		return BLOCK_BY_PREFIX;
	case 239:
		return BLOCK_SCOPED;
	default:
		return BLOCK_RESERVED;
	}
}

static enum multicast_block block_ipv6(const uint8_t *o)
{
	unsigned flags = o[1] >> 4;
	bool by_prefix = flags & 2, has_rendezvous = flags & 4;
	unsigned middle = 0; /* octets 2..9: zeros, unless a prefix is inside */

	for (unsigned i = 2; i < 10; i++)
		middle |= o[i];
	if (flags & 8)
		return BLOCK_RESERVED;
	if (has_rendezvous)
		return BLOCK_WITH_RENDEZVOUS;
	if (by_prefix)
		return middle ? BLOCK_BY_PREFIX : BLOCK_SOURCE_SPECIFIC;
	if (!middle && o[10] == 0x0d && o[11] == 0xb8)
		return BLOCK_DOCUMENTATION; /* ff0x::db8:0:0/96 */
	return flags & 1 ? BLOCK_TRANSIENT : BLOCK_WELL_KNOWN;
}

enum multicast_block multicast_block(const struct nod_addr *a)
{
	return a->family == NOD_IPV6 ? block_ipv6(a->octet) : block_ipv4(a->octet);
}

const struct multicast_group *multicast_group(const struct nod_addr *a)
{
	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct nod_prefix whole = { .addr = *a,
			.len = (uint8_t)addr_bits((enum nod_family)a->family) };

		if (groups[i].any_scope && a->family == NOD_IPV6)
			whole.addr.octet[1] &= 0xf0;
		if (prefix_covers(&groups[i].prefix, &whole))
			return &groups[i];
	}
	return NULL;
}

const char *multicast_block_rfc(enum multicast_block block, enum nod_family family)
{
	switch (block) {
	case BLOCK_SOURCE_SPECIFIC:
		return "RFC 4607";
	case BLOCK_GLOP:
		return "RFC 3180";
	case BLOCK_DOCUMENTATION:
		return "RFC 6676";
	case BLOCK_BY_PREFIX:
		return family == NOD_IPV4 ? "RFC 6034" : "RFC 3306";
	case BLOCK_WITH_RENDEZVOUS:
		return "RFC 3956";
	case BLOCK_SCOPED:
		return "RFC 2365";
	default:
		return family == NOD_IPV4 ? "RFC 5771" : "RFC 4291";
	}
}

const char *multicast_scope_word(enum multicast_scope scope)
{
	static const char *const words[] = {
		[SCOPE_INTERFACE] = "interface-local",
		[SCOPE_LINK] = "link-local",
		[SCOPE_REALM] = "realm-local",
		[SCOPE_ADMIN] = "admin-local",
		[SCOPE_SITE] = "site-local",
		[SCOPE_ORGANIZATION] = "organization-local",
		[SCOPE_GLOBAL] = "global",
		[SCOPE_RESERVED] = "reserved",
		[SCOPE_UNASSIGNED] = "unassigned",
	};
	static_assert(sizeof(words) / sizeof(words[0]) == SCOPE_N, "a word for each scope");

	return words[scope];
}

const char *multicast_block_word(enum multicast_block block)
{
	static const char *const words[] = {
		[BLOCK_LOCAL_CONTROL] = "local-network-control",
		[BLOCK_CONTROL] = "internetwork-control",
		[BLOCK_AD_HOC] = "ad-hoc",
		[BLOCK_SDP_SAP] = "sdp-sap",
		[BLOCK_SOURCE_SPECIFIC] = "source-specific",
		[BLOCK_GLOP] = "glop",
		[BLOCK_DOCUMENTATION] = "documentation",
		[BLOCK_BY_PREFIX] = "unicast-prefix-based",
		[BLOCK_WITH_RENDEZVOUS] = "embedded-rp",
		[BLOCK_SCOPED] = "administratively-scoped",
		[BLOCK_WELL_KNOWN] = "well-known",
		[BLOCK_TRANSIENT] = "transient",
		[BLOCK_RESERVED] = "reserved",
	};
	static_assert(sizeof(words) / sizeof(words[0]) == BLOCK_N, "a word for each block");

	return words[block];
}

bool addr_multicast_mac(const struct nod_addr *a, uint8_t mac[6])
{
	static const uint8_t ipv4_prefix[3] = { 0x01, 0x00, 0x5e };

	if (!addr_is_multicast(a))
		return false;
	if (a->family == NOD_IPV4) { /* 28 bits into 23: 32 groups share each */
		memcpy(mac, ipv4_prefix, 3);
		memcpy(mac + 3, a->octet + 1, 3);
		mac[3] &= 0x7f;
	} else {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, a->octet + 12, 4);
	}
	return true;
}
