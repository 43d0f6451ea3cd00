/* SPDX-License-Identifier: ISC */
/*
 * addr_words.c - what nod addr says of kinds, scopes and faults, in both languages
 */
#include "addr.h"

#include <assert.h>
#include <string.h>

#include "../presentation/utf8.h"

struct kind_words kind_words(enum addr_kind kind)
{
	static const struct kind_words words[] = {
		[KIND_GLOBAL] = { TX("global unicast", "全球单播"),
			TX("an ordinary address of the Internet", "互联网上的普通地址") },
		[KIND_ANY] = { TX("any (unspecified)", "任意（未指定）"),
			TX("a server bound to it listens on all addresses of its machine",
				"服务器绑定它，就在本机所有地址上监听") },
		[KIND_THIS_NETWORK] = { TX("this network", "本网络"),
			TX("hosts of the network one is on, as a source while starting up",
				"所在网络的主机，仅启动时作源地址") },
		[KIND_LOOPBACK] = { TX("loopback", "本地回环"),
			TX("this machine itself, for tests; never on a wire",
				"本机自己，用于本地测试；不会出现在网线上") },
		[KIND_PRIVATE] = { TX("private", "私有"),
			TX("for networks of one's own; the Internet does not route it",
				"供内部网络使用；互联网不转发") },
		[KIND_SHARED] = { TX("shared", "共享"),
			TX("between a carrier's NAT and its customers",
				"运营商级 NAT 与用户之间使用") },
		[KIND_LINK_LOCAL] = { TX("link-local", "链路本地"),
			TX("on one link, and no router passes it on",
				"只在一条链路内有效，路由器不转发") },
		[KIND_UNIQUE_LOCAL] = { TX("unique local", "唯一本地"),
			TX("for networks of one's own; the Internet does not route it",
				"供内部网络使用；互联网不转发") },
		[KIND_SITE_LOCAL] = { TX("site-local (deprecated)", "站点本地（已废弃）"),
			TX("once for networks of one's own; now unique local addresses are",
				"曾供内部网络使用；现已由唯一本地地址取代") },
		[KIND_MULTICAST] = { TX("multicast", "组播"),
			TX("every member of a group", "发给一个组的所有成员") },
		[KIND_BROADCAST] = { TX("broadcast", "广播"),
			TX("every host of this network", "发给本网络的所有主机") },
		[KIND_DOCUMENTATION] = { TX("documentation", "文档示例"),
			TX("for examples in texts; nobody has it",
				"只用于文档举例；不属于任何人") },
		[KIND_BENCHMARKING] = { TX("benchmarking", "性能测试"),
			TX("for measuring network devices in a laboratory",
				"供实验室测试网络设备") },
		[KIND_PROTOCOL] = { TX("protocol assignments", "协议专用"),
			TX("set aside for the IETF's protocols", "留给 IETF 的协议使用") },
		[KIND_CONTINUITY] = { TX("service continuity", "IPv4 服务延续"),
			TX("inside a host that reaches IPv4 over IPv6 (DS-Lite, 464XLAT)",
				"主机内部经 IPv6 访问 IPv4 时使用（DS-Lite、464XLAT）") },
		[KIND_DUMMY] = { TX("dummy", "占位"),
			TX("a source for errors of routers that have no better one",
				"路由器没有合适地址时，发差错报文用的源地址") },
		[KIND_PCP] = { TX("anycast: port control", "任播: 端口控制（PCP）"),
			TX("the nearest server that opens ports of a NAT",
				"最近的、能在 NAT 上开端口的服务器") },
		[KIND_TURN] = { TX("anycast: TURN", "任播: TURN 中继"),
			TX("the nearest relay around NATs", "最近的 NAT 穿越中继") },
		[KIND_SRP] = { TX("anycast: service registration", "任播: 服务注册"),
			TX("the nearest registrar of DNS-SD services",
				"最近的 DNS-SD 服务注册服务器") },
		[KIND_AMT] = { TX("anycast: multicast tunnels", "任播: 组播隧道（AMT）"),
			TX("the nearest relay of multicast through tunnels",
				"最近的组播隧道中继") },
		[KIND_AS112] = { TX("anycast: AS112", "任播: AS112"),
			TX("servers that answer reverse DNS of private addresses",
				"应答私有地址反向域名查询的服务器") },
		[KIND_6TO4_RELAY] = { TX("anycast: 6to4 relay (deprecated)",
					      "任播: 6to4 中继（已废弃）"),
			TX("once the nearest gateway from 6to4 to IPv6",
				"曾是最近的 6to4 到 IPv6 网关") },
		[KIND_6A44_RELAY] = { TX("anycast: 6a44 relay", "任播: 6a44 中继"),
			TX("a gateway to IPv6 for hosts behind a NAT",
				"NAT 后主机通往 IPv6 的网关") },
		[KIND_NAT64_FINDER] = { TX("NAT64 discovery", "NAT64 发现"),
			TX("what ipv4only.arpa resolves to, to learn a network's NAT64 prefix",
				"ipv4only.arpa 的地址，用来得知网络的 NAT64 前缀") },
		[KIND_MAPPED] = { TX("IPv4-mapped", "IPv4 映射"),
			TX("an IPv4 address as an IPv6 socket sees it",
				"IPv6 套接字里看到的 IPv4 地址") },
		[KIND_COMPATIBLE] = { TX("IPv4-compatible (deprecated)", "IPv4 兼容（已废弃）"),
			TX("once for automatic tunnels", "曾用于自动隧道") },
		[KIND_NAT64] = { TX("NAT64", "NAT64 转换"),
			TX("an IPv4 address as hosts with IPv6 alone reach it",
				"纯 IPv6 主机访问 IPv4 地址时的写法") },
		[KIND_NAT64_LOCAL] = { TX("NAT64, local", "NAT64（本地）"),
			TX("for translators of one's own network",
				"供内部网络自己的地址转换器使用") },
		[KIND_DISCARD] = { TX("discard only", "仅供丢弃"),
			TX("routers throw away what is sent there, on purpose",
				"路由器有意丢弃发往这里的包") },
		[KIND_TEREDO] = { TX("Teredo", "Teredo 隧道"),
			TX("IPv6 in UDP through an IPv4 NAT", "用 UDP 穿越 IPv4 NAT 的 IPv6") },
		[KIND_6TO4] = { TX("6to4", "6to4 隧道"),
			TX("IPv6 over IPv4, by the IPv4 address inside",
				"由内含的 IPv4 地址承载的 IPv6") },
		[KIND_ORCHID_1] = { TX("ORCHID (deprecated)", "ORCHID（已废弃）"),
			TX("once names of hosts, not places", "曾作主机标识，不是位置") },
		[KIND_ORCHID] = { TX("ORCHIDv2", "ORCHIDv2 标识"),
			TX("a name made of a key, not a place on the network",
				"由密钥生成的标识，不是网络位置") },
		[KIND_DET] = { TX("drone remote ID", "无人机远程标识"),
			TX("a drone's name, not a place on the network",
				"无人机的标识，不是网络位置") },
		[KIND_SRV6] = { TX("segment routing (SRv6)", "分段路由（SRv6）"),
			TX("instructions for routers, not hosts", "给路由器的指令，不是主机") },
		[KIND_RESERVED] = { TX("reserved", "保留"),
			TX("for future use; nobody has it", "留待将来使用；不属于任何人") },
	};
	static_assert(sizeof(words) / sizeof(words[0]) == KIND_N, "KIND_N");

	return words[kind];
}

struct text scope_words(enum multicast_scope scope)
{
	static const struct text words[] = {
		[SCOPE_INTERFACE] =
			TX("interface-local: does not leave the host", "接口本地: 不离开本机"),
		[SCOPE_LINK] =
			TX("link-local: no router passes it on", "链路本地: 路由器不转发"),
		[SCOPE_REALM] = TX("realm-local: larger than a link, by technology",
			"域本地: 大于一条链路，由网络技术划定"),
		[SCOPE_ADMIN] = TX("admin-local: as far as an administrator has set",
			"管理本地: 范围由管理员划定"),
		[SCOPE_SITE] = TX("site-local: within a site", "站点本地: 不出一个站点"),
		[SCOPE_ORGANIZATION] = TX(
			"organization-local: within an organization", "组织本地: 不出一个组织"),
		[SCOPE_GLOBAL] = TX("global: the whole Internet", "全球: 整个互联网"),
		[SCOPE_RESERVED] = TX("reserved", "保留"),
		[SCOPE_UNASSIGNED] = TX("unassigned: an administrator may give it a meaning",
			"未分配: 管理员可自行定义"),
	};
	static_assert(sizeof(words) / sizeof(words[0]) == SCOPE_N, "SCOPE_N");

	return words[scope];
}

struct text block_words(enum multicast_block block)
{
	static const struct text words[] = {
		[BLOCK_LOCAL_CONTROL] = TX("local network control", "本地网络控制块"),
		[BLOCK_CONTROL] = TX("internetwork control", "网际控制块"),
		[BLOCK_AD_HOC] = TX("ad hoc", "临时分配块"),
		[BLOCK_SDP_SAP] =
			TX("session announcements (SDP/SAP)", "会话通告块（SDP/SAP）"),
		[BLOCK_SOURCE_SPECIFIC] = TX("source-specific: one joins a source and a group",
			"特定源组播: 加入时要指定源"),
		[BLOCK_GLOP] = TX("GLOP: by the number of an autonomous system",
			"GLOP: 按自治系统号分配"),
		[BLOCK_DOCUMENTATION] = TX("for documentation", "文档示例"),
		[BLOCK_BY_PREFIX] =
			TX("by the owner of a unicast prefix", "由单播前缀的持有者分配"),
		[BLOCK_WITH_RENDEZVOUS] = TX(
			"with its rendezvous point's address inside", "内含汇聚点（RP）地址"),
		[BLOCK_SCOPED] = TX("administratively scoped", "管理范围块"),
		[BLOCK_WELL_KNOWN] = TX(
			"well-known: assigned by IANA for good", "众所周知: 由 IANA 永久分配"),
		[BLOCK_TRANSIENT] =
			TX("transient: assigned by whoever uses it", "临时: 由使用者自行分配"),
		[BLOCK_RESERVED] = TX("reserved", "保留"),
	};
	static_assert(sizeof(words) / sizeof(words[0]) == BLOCK_N, "BLOCK_N");

	return words[block];
}

struct text written_words(enum addr_written written)
{
	static const struct text words[] = {
		[WRITTEN_STRICT] = TX("as strict parsers take it", "标准写法"),
		[WRITTEN_BRACKETS] = TX("in brackets, as in a URI", "方括号写法，用在 URI 里"),
		[WRITTEN_LOOSE] =
			TX("a loose form that inet_aton() takes and strict parsers refuse",
				"inet_aton() 才接受的宽松写法，严格的解析器会拒绝"),
		[WRITTEN_NUMBER] = TX("an IPv6 address as one number; strict parsers refuse it",
			"整个 IPv6 地址写成一个数；严格的解析器会拒绝"),
		[WRITTEN_PACKED] =
			TX("packed octets, as Python prints them", "打包字节，Python 的写法"),
		[WRITTEN_ARPA] = TX("a name of reverse DNS", "反向域名"),
	};

	return words[written];
}

char *quoted(const char *text, size_t len, char out[QUOTED_MAX])
{
	const size_t most = (QUOTED_MAX - 4) / UTF8_CLEAN_GROWTH;
	bool is_cut = len > most;
	size_t n = utf8_clean(out, text, is_cut ? most : len);

	memcpy(out + n, is_cut ? "..." : "", is_cut ? 4 : 1);
	return out;
}

/* Whether it looks like a host's name, for which there is another command. */
static bool is_name(const char *text, size_t len)
{
	bool has_letter = false;

	for (size_t i = 0; i < len; i++) {
		char c = (char)(text[i] | 0x20);

		if (c >= 'g' && c <= 'z')
			has_letter = true;
		else if ((c < 'a' || c > 'f') && !strchr("0123456789.-", text[i]))
			return false;
	}
	return has_letter;
}

/* Faults of octets and groups, by their place. */
static void part_words(char *out, size_t cap, const struct addr_trouble *t, const char *part)
{
	unsigned n = t->nth;

	switch (t->fault) {
	case ADDR_OCTET_EMPTY:
		snprintf(out, cap, T("octet %u is empty", "第 %u 段是空的"), n);
		break;
	case ADDR_OCTET_LARGE:
		snprintf(out, cap,
			T("octet %u is %s, but 255 is the most",
				"第 %u 段是 %s，最大只能是 255"),
			n, part);
		break;
	case ADDR_OCTET_ZERO:
		snprintf(out, cap,
			T("octet %u, \"%s\", has a leading 0, which some read as octal",
				"第 %u 段 \"%s\" 以 0 开头，有的程序会按八进制读"),
			n, part);
		break;
	case ADDR_OCTETS_FEW:
		snprintf(out, cap,
			T("%u of 4 octets are there; write all, as in 10.1.0.0",
				"只有 %u 段，应有 4 段；请写全，如 10.1.0.0"),
			n);
		break;
	case ADDR_OCTETS_MANY:
		snprintf(out, cap,
			T("there are more than %u octets: \"%s\" is too much",
				"多于 %u 段: \"%s\" 是多出来的"),
			n, part);
		break;
	case ADDR_COLON:
		snprintf(out, cap,
			T("a colon is out of place before group %u", "第 %u 组之前的冒号不对"),
			n);
		break;
	case ADDR_GROUP_LONG:
		snprintf(out, cap,
			T("group %u, \"%s\", has more than 4 digits",
				"第 %u 组 \"%s\" 多于 4 位数字"),
			n, part);
		break;
	case ADDR_GROUPS_FEW:
		snprintf(out, cap,
			T("%u of 8 groups are there, and no \"::\" stands for the others",
				"只有 %u 组，应有 8 组，又没有用 \"::\" 代替其余"),
			n);
		break;
	case ADDR_GROUPS_MANY:
		snprintf(out, cap,
			T("there are more than 8 groups: \"%s\" is too much",
				"多于 8 组: \"%s\" 是多出来的"),
			part);
		break;
	case ADDR_GAP_TWICE:
		snprintf(out, cap,
			T("\"::\" is there twice, so nobody knows how many zeros each is",
				"\"::\" 出现了两次，无法知道各代表多少个 0"));
		break;
	default:
		snprintf(out, cap,
			T("all 8 groups are there, so \"::\" stands for nothing",
				"8 组都有了，\"::\" 没有可代替的"));
		break;
	}
}

static void length_words(char *out, size_t cap, const struct addr_trouble *t, const char *part)
{
	switch (t->fault) {
	case ADDR_LENGTH_EMPTY:
		snprintf(out, cap,
			T("no length or mask follows the slash", "斜线后面没有长度或掩码"));
		break;
	case ADDR_LENGTH_DIGITS:
		snprintf(out, cap,
			T("\"%s\" is neither a length (0 to %u) nor a mask",
				"\"%s\" 既不是前缀长度（0 到 %u），也不是掩码"),
			part, t->nth);
		break;
	case ADDR_LENGTH_ZERO:
		snprintf(out, cap,
			T("the length \"%s\" has a leading 0", "长度 \"%s\" 以 0 开头"), part);
		break;
	case ADDR_LENGTH_LARGE:
		snprintf(out, cap,
			T("a length of %s is too much: /%u is the longest",
				"长度 %s 太大: 最长是 /%u"),
			part, t->nth);
		break;
	case ADDR_MASK_HOLES:
		snprintf(out, cap,
			T("the mask %s has holes: all its ones must come first",
				"掩码 %s 不连续: 所有的 1 必须在前面"),
			part);
		break;
	default:
		snprintf(out, cap,
			T("IPv6 has no masks; write a length, /0 to /128",
				"IPv6 不用掩码；请写长度，/0 到 /128"));
		break;
	}
}

void fault_words(
	char *out, size_t cap, const char *text, size_t len, const struct addr_trouble *t)
{
	char part[QUOTED_MAX];

	quoted(text + t->at, t->len, part);
	switch (t->fault) {
	case ADDR_EMPTY:
		snprintf(out, cap, T("there is no address", "没有地址"));
		break;
	case ADDR_CHARACTER:
		if (is_name(text, len))
			snprintf(out, cap,
				T("not an address; if it is a name, ask nod host",
					"不是地址；如果是主机名，请用 nod host 查"));
		else
			snprintf(out, cap,
				T("\"%s\" does not belong there", "这里不能有 \"%s\""), part);
		break;
	case ADDR_ZONE_EMPTY:
		snprintf(out, cap, T("no zone follows the %%", "%% 后面没有区域"));
		break;
	case ADDR_ZONE_IPV4:
		snprintf(out, cap, T("IPv4 addresses have no zone", "IPv4 地址没有区域"));
		break;
	case ADDR_ZONE_UNKNOWN:
		snprintf(out, cap,
			T("this machine has no interface \"%s\"", "本机没有网络接口 \"%s\""),
			part);
		break;
	case ADDR_RANGE_FAMILIES:
		snprintf(out, cap,
			T("a range cannot go from one family or zone to another",
				"范围的两端必须是同一种地址、同一区域"));
		break;
	case ADDR_RANGE_BACKWARDS:
		snprintf(out, cap, T("the range runs backwards", "范围的首尾写反了"));
		break;
	case ADDR_LENGTH_EMPTY:
	case ADDR_LENGTH_DIGITS:
	case ADDR_LENGTH_ZERO:
	case ADDR_LENGTH_LARGE:
	case ADDR_MASK_HOLES:
	case ADDR_MASK_IPV6:
		length_words(out, cap, t, part);
		break;
	default:
		part_words(out, cap, t, part);
		break;
	}
}
