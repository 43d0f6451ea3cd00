/* SPDX-License-Identifier: ISC */
/*
 * net_spec.c - what --net says, read and judged; nothing is opened here
 *
 * Neighbours: net_spec.h.
 */
#include "net_spec.h"

#include <string.h>

/* The next part of @*at up to a comma, in @word.  false: none, or too long. */
static bool part(const char **at, char *word, size_t cap)
{
	size_t len = strcspn(*at, ",");

	if (!**at || len >= cap)
		return false;
	memcpy(word, *at, len);
	word[len] = '\0';
	*at += len + ((*at)[len] == ',');
	return true;
}

static int bad_spec(struct invocation *in, const char *what, const char *word)
{
	return bad_use(in,
		T("--net: %s \"%s\": expected kernel, tap:NAME or cable:PATH, and behind it "
		  "[,ADDRESS/PREFIX][,gw=ADDRESS][,dns=ADDRESS][,dhcp]",
			"--net：%s \"%s\"：应为 kernel、tap:名称 或 cable:路径，后面可加 "
			"[,地址/前缀长度][,gw=地址][,dns=地址][,dhcp]"),
		what, word);
}

/* What the kernel takes as an interface's name. */
static bool is_interface_name(const char *name)
{
	return *name && strlen(name) < 16 && !strpbrk(name, "/: \t\n%") &&
		strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* RFC 1123 2.1: labels of letters, digits and hyphens. */
static bool is_host_name(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	return *name && *name != '-' && *name != '.' && name[strspn(name, letters)] == '\0';
}

/* Whether a host with these addresses has @a beside it on the link. */
static bool is_beside(const struct net_spec *n, const struct nod_addr *a)
{
	static const struct nod_prefix link_local = {
		.addr = { .family = NOD_IPV6, .octet = { 0xfe, 0x80 } },
		.len = 10,
	};

	for (unsigned k = 0; k < n->n_addresses; k++)
		if (nod_prefix_contains(&n->address[k], a))
			return true;
	return nod_prefix_contains(&link_local, a);
}

/* "02:00:00:00:00:01", of one station. */
static bool parse_mac(const char *text, uint8_t mac[6])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned k = 0; k < 6; k++) {
		unsigned value = 0, n = 0;

		for (; n < 2 && *text; n++, text++) {
			const char *d = strchr(digits, *text | 0x20);

			if (!d || *text < '0')
				break;
			value = value * 16 + (unsigned)(d - digits);
		}
		if (!n || *text != (k < 5 ? ':' : '\0'))
			return false;
		text += k < 5;
		mac[k] = (uint8_t)value;
	}
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static bool parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint32_t value = 0;

	if (!*text || strlen(text) > 6)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint32_t)(*text - '0');
	}
	*out = value;
	return value >= min && value <= max;
}

/* ---- the options ----------------------------------------------------------------------- */

static bool take_gateway(struct net_spec *n, const char *value)
{
	return n->n_gateways < NET_GATEWAYS &&
		nod_addr_parse(&n->gateway[n->n_gateways++], value) == 0;
}

static bool take_dns(struct net_spec *n, const char *value)
{
	return n->n_dns < NET_DNS && nod_addr_parse(&n->dns[n->n_dns++], value) == 0;
}

static bool take_mac(struct net_spec *n, const char *value)
{
	return parse_mac(value, n->mac);
}

static bool take_mtu(struct net_spec *n, const char *value)
{
	return parse_number(value, 68, 65535, &n->mtu); /* RFC 791 3.2; a length's 16 bits */
}

static bool take_vlan(struct net_spec *n, const char *value)
{
	uint32_t vid = 0;
	bool is_one = parse_number(value, 1, 4094, &vid);

	n->vlan = (uint16_t)vid;
	return is_one;
}

static bool take_name(struct net_spec *n, const char *value)
{
	if (strlen(value) >= sizeof(n->name) || !is_host_name(value))
		return false;
	memcpy(n->name, value, strlen(value) + 1);
	return true;
}

static bool take_address(struct net_spec *n, const char *value)
{
	return n->n_addresses < NET_ADDRESSES &&
		nod_prefix_parse(&n->address[n->n_addresses++], value) == 0;
}

static int take_option(struct invocation *in, struct net_spec *n, const char *word)
{
	static const struct {
		const char *key; /* "" is what has none */
		bool (*take)(struct net_spec *n, const char *value);
		struct text what;
	} keyed[] = {
		{ "gw=", take_gateway, TX("not a gateway's address:", "不是网关地址：") },
		{ "dns=", take_dns, TX("not a name server's address:", "不是域名服务器地址：") },
		{ "mac=", take_mac, TX("not a station's MAC address:", "不是单个站点的 MAC 地址：") },
		{ "mtu=", take_mtu, TX("not an MTU of 68 to 65535:", "不是 68 到 65535 的 MTU：") },
		{ "vlan=", take_vlan, TX("not a VLAN of 1 to 4094:", "不是 1 到 4094 的 VLAN：") },
		{ "name=", take_name, TX("not a host's name:", "不是主机名：") },
		{ "", take_address, TX("not an address:", "不是地址：") },
	};
	unsigned k = 0;

	if (strcmp(word, "dhcp") == 0) {
		n->wants_dhcp = true;
		return 0;
	}
	if (strcmp(word, "at-once") == 0) {
		n->is_at_once = true;
		return 0;
	}
	while (strncmp(word, keyed[k].key, strlen(keyed[k].key)) != 0)
		k++;
	if (keyed[k].take(n, word + strlen(keyed[k].key)))
		return 0;
	return bad_spec(in, text_of(keyed[k].what), word);
}

int net_spec_parse(struct invocation *in, const char *text, struct net_spec *n)
{
	char word[NET_PATH_MAX];
	const char *at = text;

	*n = (struct net_spec){ 0 };
	if (strcmp(text, "kernel") == 0)
		return 0;
	if (strncmp(text, "tap:", 4) == 0) {
		n->kind = NET_TAP;
		at += 4;
		if (!part(&at, n->where, sizeof(n->where)) || !is_interface_name(n->where))
			return bad_spec(in, T("no name of an interface in", "缺少接口名称"), text);
	} else if (strncmp(text, "cable:", 6) == 0) {
		n->kind = NET_CABLE;
		at += 6;
		if (!part(&at, n->where, sizeof(n->where)) || !n->where[0])
			return bad_spec(in, T("no path of a socket in", "缺少套接字路径"), text);
	} else {
		return bad_spec(in, T("no such network", "没有这种网络"), text);
	}
	while (part(&at, word, sizeof(word))) {
		int status = take_option(in, n, word);

		if (status)
			return status;
	}
	if (*at)
		return bad_spec(in, T("too long:", "过长："), at);
	for (unsigned k = 0; k < n->n_gateways; k++) {
		if (!is_beside(n, &n->gateway[k]))
			return bad_spec(in,
				T("in none of the networks named there lies the gateway",
					"所列网络都不包含网关"),
				nod_addr_format(&n->gateway[k], word, sizeof(word)));
	}
	return 0;
}
