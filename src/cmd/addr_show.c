/* SPDX-License-Identifier: ISC */
/*
 * addr_show.c - nod addr's report on one address, prefix or range
 *
 * For people in lines of labels and values, for machines as one JSON object.  Numbers that
 * may be over 2^53 are strings in JSON, for both families alike.
 *
 * Neighbours: addr_words.c (texts), network/ (everything that is known).
 */
#include "addr.h"

#include <net/if.h>
#include <string.h>

#include "fields.h"
#include "../network/addr_number.h"
#include "../presentation/json.h"

/* What a prefix says of its network. */
struct network {
	struct nod_prefix net;
	struct nod_addr last, first_host, last_host, gateway;
	bool has_gateway, has_broadcast;
	struct addr_number hosts, addrs;
	unsigned host_bits;
};

static const char *text_of_addr(const struct nod_addr *a, char buf[NOD_ADDR_TEXT_MAX])
{
	return nod_addr_format(a, buf, NOD_ADDR_TEXT_MAX);
}

static struct nod_addr next_addr(struct nod_addr a)
{
	addr_step(&a, addr_bits((enum nod_family)a.family));
	return a;
}

static struct network network_of(const struct nod_prefix *p)
{
	struct network w = { .net = nod_prefix_network(p), .last = prefix_last(p) };
	bool is_ipv4 = p->addr.family == NOD_IPV4;

	w.host_bits = addr_bits((enum nod_family)p->addr.family) - p->len;
	w.first_host = w.net.addr;
	w.last_host = w.last;
	w.addrs = number_of_power(w.host_bits);
	w.has_gateway = w.host_bits >= 2;
	w.gateway = next_addr(w.net.addr);
	if (is_ipv4 && w.host_bits >= 2) { /* RFC 3021: /31 has two hosts and no broadcast */
		w.has_broadcast = true;
		w.first_host = w.gateway;
		w.last_host.octet[3]--; /* it ends in a 1 */
	}
	w.hosts = number_of_addrs(&w.first_host, &w.last_host);
	return w;
}

/* Of IPv4 addresses as they were divided before RFC 4632: RFC 791 3.2. */
static char class_of(const struct nod_addr *a)
{
	uint8_t o = a->octet[0];

	return o < 128 ? 'A' : o < 192 ? 'B' : o < 224 ? 'C' : o < 240 ? 'D' : 'E';
}

/* The default mask's length, 0 where there was none. */
static unsigned class_len(char class)
{
	return class <= 'C' ? 8 * (unsigned)(class - 'A' + 1) : 0;
}

static const char *mac_text(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
	return buf;
}

/* "2^64 = 18446744073709551616" where it is a power worth showing, else the number. */
static const char *count_text(
	const struct addr_number *n, unsigned bits, bool is_power, char buf[64])
{
	char digits[ADDR_NUMBER_TEXT_MAX];

	if (is_power && bits > 16)
		snprintf(buf, 64, "2^%u = %s", bits, number_text(n, digits));
	else
		snprintf(buf, 64, "%s", number_text(n, digits));
	return buf;
}

static void show_inside(const struct nod_addr *a)
{
	static const struct text names[] = {
		[INNER_MAPPED] = TX("IPv4 inside", "内含 IPv4"),
		[INNER_COMPATIBLE] = TX("IPv4 inside", "内含 IPv4"),
		[INNER_NAT64] = TX("IPv4 inside", "内含 IPv4"),
		[INNER_6TO4] = TX("IPv4 inside", "内含 IPv4"),
		[INNER_TEREDO] = TX("Teredo client", "Teredo 客户端"),
		[INNER_ISATAP] = TX("ISATAP host", "ISATAP 主机"),
	};
	struct addr_inside in = addr_inside(a);
	char text[NOD_ADDR_TEXT_MAX], mac[18];

	if (in.kind == INNER_TEREDO) {
		print_field(text_of(names[in.kind]), T("%s, port %u", "%s，端口 %u"),
			text_of_addr(&in.ipv4, text), (unsigned)in.port);
		print_field(T("Teredo server", "Teredo 服务器"), "%s",
			text_of_addr(&in.server, text));
	} else if (in.kind != INNER_NONE) {
		print_field(text_of(names[in.kind]), "%s", text_of_addr(&in.ipv4, text));
	}
	if (in.has_mac)
		print_field(T("MAC inside", "内含 MAC"),
			T("%s (an EUI-64 interface identifier)", "%s（接口标识为 EUI-64）"),
			mac_text(in.mac, mac));
}

static void show_multicast(const struct nod_addr *a)
{
	const struct multicast_group *g = multicast_group(a);
	enum multicast_block block = multicast_block(a);
	uint8_t mac[6];
	char text[18];

	print_field(T("scope", "范围"), "%s", text_of(scope_words(multicast_scope(a))));
	print_field(T("block", "地址块"), "%s (%s)", text_of(block_words(block)),
		multicast_block_rfc(block, (enum nod_family)a->family));
	if (g)
		print_field(T("group", "组"), "%s (%s)",
			lang_current() == LANG_ZH ? g->name_zh : g->name, g->rfc);
	if (addr_multicast_mac(a, mac))
		print_field(T("Ethernet", "以太网"), "%s", mac_text(mac, text));
}

static void show_kind(const struct nod_addr *a)
{
	const struct special *s = special_find(a);
	struct kind_words w = kind_words(s->kind);
	struct nod_addr group;
	char text[NOD_ADDR_TEXT_MAX], name[IF_NAMESIZE];

	print_field(T("kind", "种类"), "%s: %s", text_of(w.name), text_of(w.about));
	print_field(T("from", "出自"), "%s, %s \"%s\"", s->rfc, prefix_format(&s->prefix, text),
		s->name);
	if (s->is_registered)
		print_field(T("reach", "可达性"), "%s",
			s->flags & SPECIAL_REACHABLE ?
				T("global", "全球可达") :
				s->flags & SPECIAL_FORWARDED ?
				T("routers pass it on, but not between networks of different owners",
					"路由器会转发，但不出自己管理的网络") :
				T("no router passes it on", "路由器不转发"));
	if (a->zone)
		print_field(T("zone", "区域"), T("%u, interface %s", "%u，接口 %s"), a->zone,
			if_indextoname(a->zone, name) ? name : T("unknown", "未知"));
	if (s->kind == KIND_MULTICAST)
		show_multicast(a);
	show_inside(a);
	if (addr_solicited_node(a, &group)) {
		group.zone = 0;
		print_field(T("solicited node", "被请求节点"),
			T("%s, the group where neighbours ask for it",
				"%s，邻居查询它时所用的组播组"),
			text_of_addr(&group, text));
	}
	if (a->family == NOD_IPV4) {
		char class = class_of(a);

		if (class_len(class))
			print_field(T("class", "类别"),
				T("%c, in history: its network was a /%u",
					"%c 类（历史概念: 默认网络为 /%u）"),
				class, class_len(class));
		else
			print_field(T("class", "类别"),
				T("%c, in history", "%c 类（历史概念）"), class);
	}
}

static const struct {
	enum addr_form form;
	struct text label;
	const char *key;
} forms[] = {
	{ FORM_BYTES, TX("octets", "字节"), "bytes" },
	{ FORM_PACKED, TX("packed", "打包"), "packed" },
	{ FORM_BINARY, TX("binary", "二进制"), "binary" },
	{ FORM_INTEGER, TX("integer", "整数"), "integer" },
	{ FORM_HEX, TX("hexadecimal", "十六进制"), "hex" },
	{ FORM_OCTAL, TX("octal", "八进制"), "octal" },
	{ FORM_FULL, TX("in full", "完整写法"), "full" },
	{ FORM_MAPPED, TX("IPv4-mapped", "IPv4 映射"), "mapped" },
	{ FORM_ARPA, TX("reverse DNS", "反向域名"), "arpa" },
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

static void show_forms(const struct nod_addr *a)
{
	struct nod_prefix as_mask = { .addr = *a };
	char text[ADDR_FORM_TEXT_MAX], wild[NOD_ADDR_TEXT_MAX];
	struct nod_addr mask, wildcard;

	print_field(a->family == NOD_IPV4 ? T("dotted", "点分十进制") : T("short", "简写"),
		"%s", text_of_addr(a, text));
	for (unsigned i = 0; i < N_FORMS; i++) {
		if (addr_form(forms[i].form, a, text))
			print_field(text_of(forms[i].label), "%s", text);
	}
	if (a->family != NOD_IPV4 || a->octet[0] < 128)
		return;
	while (as_mask.len < 32 && a->octet[as_mask.len / 8] & 0x80 >> as_mask.len % 8)
		as_mask.len++;
	mask = prefix_mask(&as_mask);
	wildcard = prefix_wildcard(&as_mask);
	if (nod_addr_equal(&mask, a))
		print_field(T("as a mask", "作为掩码"),
			T("/%u, wildcard %s", "/%u，通配符掩码 %s"), (unsigned)as_mask.len,
			text_of_addr(&wildcard, wild));
}

/* The bits with a "|" where the network ends. */
static void show_bits(const struct nod_prefix *p)
{
	char bits[ADDR_FORM_TEXT_MAX];
	const char *end = bits;
	unsigned n = 0;

	addr_form(FORM_BINARY, &p->addr, bits);
	for (; *end && n < p->len; end++)
		n += *end == '0' || *end == '1';
	print_field(T("network | host", "网络 | 主机"), "%.*s | %s", (int)(end - bits), bits,
		n && (*end == '.' || *end == ':') ? end + 1 : end);
}

static void show_ipv4_network(const struct nod_prefix *p, const struct network *w)
{
	struct nod_addr mask = prefix_mask(p), wildcard = prefix_wildcard(p);
	char text[NOD_ADDR_TEXT_MAX], text2[NOD_ADDR_TEXT_MAX];

	print_field(T("segment", "网段"), "%s", text_of_addr(&w->net.addr, text));
	print_field(
		T("mask", "子网掩码"), "%s = /%u", text_of_addr(&mask, text), (unsigned)p->len);
	print_field(T("wildcard", "通配符掩码"), "%s", text_of_addr(&wildcard, text));
	if (w->has_gateway)
		print_field(T("gateway", "网关"), T("%s, by convention", "%s（习惯上）"),
			text_of_addr(&w->gateway, text));
	if (w->has_broadcast)
		print_field(T("broadcast", "广播地址"), "%s", text_of_addr(&w->last, text));
	print_field(T("hosts", "主机"), "%s - %s", text_of_addr(&w->first_host, text),
		text_of_addr(&w->last_host, text2));
}

static void show_ipv6_network(const struct nod_prefix *p, const struct network *w)
{
	struct addr_number subnets = number_of_power(p->len < 64 ? 64u - p->len : 0);
	char text[NOD_ADDR_TEXT_MAX], text2[NOD_ADDR_TEXT_MAX], count[64];

	print_field(T("segment", "网段"), "%s", prefix_format(&w->net, text));
	if (w->has_gateway) {
		print_field(T("routers", "路由器"),
			T("%s, all of them (RFC 4291 2.6.1, anycast)",
				"%s，代表全部路由器（RFC 4291 2.6.1，任播）"),
			text_of_addr(&w->net.addr, text));
		print_field(T("gateway", "网关"), T("%s, by convention", "%s（习惯上）"),
			text_of_addr(&w->gateway, text));
	}
	print_field(T("hosts", "主机"), "%s - %s", text_of_addr(&w->first_host, text),
		text_of_addr(&w->last_host, text2));
	if (p->len < 64)
		print_field(T("subnets", "子网"), T("%s of /64", "%s 个 /64"),
			count_text(&subnets, 64u - p->len, true, count));
}

static void show_network(const struct nod_prefix *p)
{
	struct network w = network_of(p);
	bool is_ipv4 = p->addr.family == NOD_IPV4;
	char text[NOD_ADDR_TEXT_MAX], count[64];

	print_title(T("network %s", "网络 %s"), prefix_format(&w.net, text));
	if (is_ipv4)
		show_ipv4_network(p, &w);
	else
		show_ipv6_network(p, &w);
	print_field(T("how many", "主机数"), "%s",
		count_text(&w.hosts, w.host_bits, !is_ipv4, count));
	if (is_ipv4 && w.host_bits == 1)
		print_field(T("note", "说明"),
			T("two ends of a link, without a broadcast (RFC 3021)",
				"一条链路的两端，没有广播地址（RFC 3021）"));
	if (!is_ipv4 && w.host_bits == 1)
		print_field(T("note", "说明"),
			T("two ends of a link between routers (RFC 6164)",
				"路由器之间一条链路的两端（RFC 6164）"));
	if (w.has_broadcast && nod_addr_equal(&p->addr, &w.net.addr))
		print_field(T("note", "说明"),
			T("%s is the segment itself, no host's address",
				"%s 是网段本身，不是主机地址"),
			text_of_addr(&p->addr, text));
	if (w.has_broadcast && nod_addr_equal(&p->addr, &w.last))
		print_field(T("note", "说明"),
			T("%s is its broadcast address, no host's",
				"%s 是广播地址，不是主机地址"),
			text_of_addr(&p->addr, text));
	show_bits(p);
}

static void json_special(struct json *j, const struct nod_addr *a)
{
	static const struct {
		unsigned flag;
		const char *key;
	} flags[] = { { SPECIAL_SOURCE, "source" }, { SPECIAL_DESTINATION, "destination" },
		{ SPECIAL_FORWARDED, "forwardable" },
		{ SPECIAL_REACHABLE, "globally_reachable" },
		{ SPECIAL_BY_PROTOCOL, "reserved_by_protocol" } };
	const struct special *s = special_find(a);
	char text[NOD_ADDR_TEXT_MAX];

	json_str(j, "kind", addr_kind_word(s->kind));
	json_object(j, "from");
	json_str(j, "prefix", prefix_format(&s->prefix, text));
	json_str(j, "name", s->name);
	json_str(j, "rfc", s->rfc);
	for (unsigned i = 0; s->is_registered && i < sizeof(flags) / sizeof(flags[0]); i++)
		json_bool(j, flags[i].key, s->flags & flags[i].flag);
	json_end_object(j);
}

static void json_inside(struct json *j, const struct nod_addr *a)
{
	struct addr_inside in = addr_inside(a);
	struct nod_addr group;
	uint8_t mac[6];
	char text[NOD_ADDR_TEXT_MAX];

	if (addr_is_multicast(a)) {
		const struct multicast_group *g = multicast_group(a);

		json_object(j, "multicast");
		json_str(j, "scope", multicast_scope_word(multicast_scope(a)));
		json_str(j, "block", multicast_block_word(multicast_block(a)));
		json_str(j, "group", g ? g->name : NULL);
		if (addr_multicast_mac(a, mac))
			json_str(j, "mac", mac_text(mac, text));
		json_end_object(j);
	}
	if (in.kind != INNER_NONE)
		json_str(j, "ipv4", text_of_addr(&in.ipv4, text));
	if (in.kind == INNER_TEREDO) {
		json_str(j, "teredo_server", text_of_addr(&in.server, text));
		json_uint(j, "teredo_port", in.port);
	}
	if (in.has_mac)
		json_str(j, "mac", mac_text(in.mac, text));
	if (addr_solicited_node(a, &group)) {
		group.zone = 0;
		json_str(j, "solicited_node", text_of_addr(&group, text));
	}
	if (a->family == NOD_IPV4) {
		char class[2] = { class_of(a), 0 };

		json_str(j, "class", class);
	}
}

static void json_network(struct json *j, const struct nod_prefix *p)
{
	struct network w = network_of(p);
	char text[NOD_ADDR_TEXT_MAX];

	json_object(j, "network");
	json_str(j, "prefix", prefix_format(&w.net, text));
	json_str(j, "address", text_of_addr(&w.net.addr, text));
	json_uint(j, "length", p->len);
	if (p->addr.family == NOD_IPV4) {
		struct nod_addr mask = prefix_mask(p), wildcard = prefix_wildcard(p);

		json_str(j, "mask", text_of_addr(&mask, text));
		json_str(j, "wildcard", text_of_addr(&wildcard, text));
		json_str(j, "broadcast", w.has_broadcast ? text_of_addr(&w.last, text) : NULL);
	}
	json_str(j, "gateway", w.has_gateway ? text_of_addr(&w.gateway, text) : NULL);
	json_str(j, "first", text_of_addr(&w.first_host, text));
	json_str(j, "last", text_of_addr(&w.last_host, text));
	json_str(j, "hosts", number_text(&w.hosts, text));
	json_str(j, "addresses", number_text(&w.addrs, text));
	json_end_object(j);
}

static const char *written_word(enum addr_written written)
{
	static const char *const words[] = {
		[WRITTEN_STRICT] = "strict",
		[WRITTEN_BRACKETS] = "brackets",
		[WRITTEN_LOOSE] = "loose",
		[WRITTEN_NUMBER] = "number",
		[WRITTEN_PACKED] = "packed",
		[WRITTEN_ARPA] = "arpa",
	};

	return words[written];
}

static int show_json(const struct item *item)
{
	const struct nod_addr *a = &item->prefix.addr;
	char text[ADDR_FORM_TEXT_MAX];
	struct json j;

	json_open(&j);
	json_strn(&j, "input", item->text, item->len);
	json_str(&j, "address", text_of_addr(a, text));
	json_uint(&j, "family", a->family);
	if (item->kind == ITEM_ADDR)
		json_str(&j, "written", written_word(item->written));
	json_special(&j, a);
	json_inside(&j, a);
	if (a->zone)
		json_uint(&j, "zone", a->zone);
	json_object(&j, "forms");
	for (unsigned i = 0; i < N_FORMS; i++) {
		if (addr_form(forms[i].form, a, text))
			json_str(&j, forms[i].key, text);
	}
	json_end_object(&j);
	if (item->kind == ITEM_PREFIX)
		json_network(&j, &item->prefix);
	return json_print(&j, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* A range: how many addresses, and the prefixes that make it up. */
static int show_range(const struct invocation *in, const struct item *item)
{
	struct addr_number n = number_of_addrs(&item->range.first, &item->range.last);
	char text[NOD_ADDR_TEXT_MAX], text2[NOD_ADDR_TEXT_MAX], digits[ADDR_NUMBER_TEXT_MAX];
	struct addr_range left = item->range;
	struct nod_prefix p;
	struct json j;

	text_of_addr(&item->range.first, text);
	text_of_addr(&item->range.last, text2);
	number_text(&n, digits);
	if (!in->json) {
		print_title("%s - %s", text, text2);
		print_field(T("how many", "地址数"), "%s", digits);
		for (const char *label = T("prefixes", "前缀"); range_take_prefix(&left, &p);
			label = "")
			print_field(label, "%s", prefix_format(&p, text));
		return EXIT_DONE;
	}
	json_open(&j);
	json_strn(&j, "input", item->text, item->len);
	json_str(&j, "first", text);
	json_str(&j, "last", text2);
	json_str(&j, "addresses", digits);
	json_list(&j, "prefixes");
	while (range_take_prefix(&left, &p))
		json_str(&j, NULL, prefix_format(&p, text));
	json_end_list(&j);
	return json_print(&j, stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* Whether a number in it begins with a 0, which is read as octal then. */
static bool has_octal(const struct item *item)
{
	const char *s = item->text;

	for (size_t i = 0; item->written == WRITTEN_LOOSE && i + 1 < item->len; i++) {
		if (s[i] == '0' && (i == 0 || s[i - 1] == '.') && s[i + 1] >= '0' &&
			s[i + 1] <= '7')
			return true;
	}
	return false;
}

int addr_show(const struct invocation *in, const struct item *item)
{
	char text[NOD_ADDR_TEXT_MAX], words[QUOTED_MAX];

	if (item->kind == ITEM_RANGE)
		return show_range(in, item);
	if (in->json)
		return show_json(item);
	if (item->kind == ITEM_PREFIX)
		print_title("%s", prefix_format(&item->prefix, text));
	else
		print_title("%s", text_of_addr(&item->prefix.addr, text));
	if (item->kind == ITEM_ADDR && item->written != WRITTEN_STRICT)
		print_field(T("written", "写法"), "%s: %s%s",
			quoted(item->text, item->len, words),
			text_of(written_words(item->written)),
			has_octal(item) ? T("; a leading 0 is octal", "；以 0 开头的是八进制") :
					  "");
	if (item->kind == ITEM_PREFIX && item->form == PREFIX_WILDCARD)
		print_field(T("written", "写法"),
			T("with a wildcard mask; strict parsers refuse it",
				"用了通配符掩码；严格的解析器会拒绝"));
	show_kind(&item->prefix.addr);
	show_forms(&item->prefix.addr);
	if (item->kind == ITEM_PREFIX)
		show_network(&item->prefix);
	return ferror(stdout) ? EXIT_FAILED : EXIT_DONE;
}
