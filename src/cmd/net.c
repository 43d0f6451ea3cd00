/* SPDX-License-Identifier: ISC */
/*
 * net.c - --net: which network a subcommand runs on
 *
 * Neighbours: net.h; up.c uses it.
 */
#include "net.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "../physical/tap.h"

enum { INTERFACE = 2, ADDRESSES_MOST = 16 };

struct net_spec {
	char name[32];
	struct nod_prefix address[ADDRESSES_MOST];
	unsigned n_addresses;
	struct nod_addr gateway[2];
	unsigned n_gateways;
};

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
		T("--net: %s \"%s\": expected tap:NAME[,ADDRESS/PREFIX][,gw=ADDRESS]",
			"--net：%s \"%s\"：应为 tap:名称[,地址/前缀长度][,gw=地址]"),
		what, word);
}

/* What the kernel takes as an interface's name. */
static bool is_name(const char *name)
{
	return *name && !strpbrk(name, "/: \t\n%") && strcmp(name, ".") != 0 &&
		strcmp(name, "..") != 0;
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

/* 0, or what to exit with. */
static int parse(struct invocation *in, const char *spec, struct net_spec *n)
{
	char word[96];
	const char *at = spec;

	*n = (struct net_spec){ 0 };
	if (strncmp(spec, "tap:", 4) != 0)
		return bad_spec(in, T("no such network", "没有这种网络"), spec);
	at += 4;
	if (!part(&at, n->name, 16) || !is_name(n->name))
		return bad_spec(in, T("no name of an interface in", "缺少接口名称"), spec);
	while (part(&at, word, sizeof(word))) {
		if (strncmp(word, "gw=", 3) == 0) {
			if (n->n_gateways == 2 ||
				nod_addr_parse(&n->gateway[n->n_gateways], word + 3) < 0)
				return bad_spec(in,
					T("not a gateway's address:", "不是网关地址："), word);
			n->n_gateways++;
		} else {
			if (n->n_addresses == ADDRESSES_MOST ||
				nod_prefix_parse(&n->address[n->n_addresses], word) < 0)
				return bad_spec(in, T("not an address:", "不是地址："), word);
			n->n_addresses++;
		}
	}
	if (*at)
		return bad_spec(in, T("too long:", "过长："), at);
	for (unsigned k = 0; k < n->n_gateways; k++) {
		if (!is_beside(n, &n->gateway[k])) {
			nod_addr_format(&n->gateway[k], word, sizeof(word));
			return bad_spec(in,
				T("in none of the networks named there lies the gateway",
					"所列网络都不包含网关"),
				word);
		}
	}
	return 0;
}

static int tap_failed(struct invocation *in, const char *name, int err)
{
	const char *why = strerror(-err);

	if (err == -EPERM)
		why = T("not permitted; run as root, or let root make it for you: "
			"ip tuntap add mode tap user $USER name NAME",
			"没有权限；请以 root 运行，或请 root 先建好："
			"ip tuntap add mode tap user $USER name 名称");
	else if (err == -EBUSY)
		why = T("another program has it open", "另一个程序已打开它");
	else if (err == -EACCES)
		why = T("/dev/net/tun may not be opened; run as root",
			"无权打开 /dev/net/tun；请以 root 运行");
	else if (err == -EINVAL)
		why = T("an interface of another kind has this name, or it was made with other "
			"flags",
			"已有同名的其他类型接口，或建立时的标志不同");
	else if (err == -ENOENT || err == -ENODEV)
		why = T("this machine has no /dev/net/tun", "本机没有 /dev/net/tun");
	return failed(in, T("TAP device %s: %s", "TAP 设备 %s：%s"), name, why);
}

static const char *address_error(int err)
{
	switch (err) {
	case -EINVAL:
		return T("no host can have it", "主机不能使用这个地址");
	case -EEXIST:
		return T("it is given twice", "重复给出");
	case -EAFNOSUPPORT:
		return T("an MTU below 1,280 carries no IPv6", "MTU 小于 1280，不能用 IPv6");
	default:
		return strerror(-err);
	}
}

/* Addresses and gateways, once the interface is there.  0, or what to exit with. */
static int configure(struct invocation *in, struct nod_stack *s, const struct net_spec *n)
{
	char text[NOD_ADDR_TEXT_MAX];

	for (unsigned k = 0; k < n->n_addresses; k++) {
		int err = nod_address_add(s, INTERFACE, &n->address[k], 0);

		nod_addr_format(&n->address[k].addr, text, sizeof(text));
		if (err < 0)
			return failed(in, T("address %s: %s", "地址 %s：%s"), text,
				address_error(err));
	}
	for (unsigned k = 0; k < n->n_gateways; k++) {
		struct nod_prefix all = { .addr.family = n->gateway[k].family };
		int err = nod_route_add(s, &all, &n->gateway[k], INTERFACE, 0);

		nod_addr_format(&n->gateway[k], text, sizeof(text));
		if (err < 0)
			return failed(
				in, T("gateway %s: %s", "网关 %s：%s"), text, strerror(-err));
	}
	return 0;
}

struct host *net_host(
	struct invocation *in, const char *spec, struct nod_conf *conf, int *status)
{
	struct nod_interface_conf i = { 0 };
	struct net_spec n;
	struct tap_conf tap = { .name = n.name };
	struct nod_stack *s;
	struct device *d;
	struct host *h;
	int err;

	*status = parse(in, spec, &n);
	if (*status)
		return NULL;
	if (getrandom(conf->seed, sizeof(conf->seed), 0) != sizeof(conf->seed)) {
		*status = failed(
			in, T("no random octets: %s", "取不到随机数：%s"), strerror(errno));
		return NULL;
	}
	err = nod_stack_new(conf, host_now(), &s);
	if (err < 0) {
		*status = failed(in, T("no stack: %s", "无法建立协议栈：%s"), strerror(-err));
		return NULL;
	}
	err = tap_open(&tap, s->core.pool, &d);
	if (err < 0) {
		nod_stack_free(s);
		*status = tap_failed(in, n.name, err);
		return NULL;
	}
	i.name = d->name;
	i.mtu = d->mtu;
	i.offload = d->can;
	i.gso_octets = d->gso_octets;
	h = host_new(s);
	if (!h) {
		device_close(d);
		nod_stack_free(s);
		*status = failed(in, T("out of memory", "内存不足"));
		return NULL;
	}
	err = nod_interface_add(s, &i);
	if (err < 0) {
		device_close(d);
		*status = failed(
			in, T("interface %s: %s", "接口 %s：%s"), n.name, strerror(-err));
	} else {
		host_attach(h, (unsigned)err, d);
		*status = configure(in, s, &n);
	}
	if (*status) {
		host_free(h);
		return NULL;
	}
	return h;
}
