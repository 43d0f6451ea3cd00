/* SPDX-License-Identifier: ISC */
/*
 * ifconfig.c - `nod ifconfig`: interfaces, their addresses and counters
 *
 * The machine's, or, with --net, those that a stack of our own has there.
 *
 * Looks only: nothing is configured.  RFC 950 (mask), 919 (broadcast), 4007 (scopes), 2863
 * (operational states).
 *
 * Neighbours: session/kernel_links.h, which asks the kernel; session/stack_links.h, which asks a
 * stack, and ifconfig_stack.h, which shows what only a stack tells.
 */
#include "command.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "../base/nearest.h"
#include "../presentation/json.h"
#include "../presentation/utf8.h"
#include "../session/stack_links.h"
#include "ifconfig_stack.h"
#include "net.h"

enum { OPTION_ALL, OPTION_SHORT, OPTION_NET };

static const struct option_spec options[] = {
	{ "all", 'a', NULL, TX("show interfaces that are down, too", "也显示未启用的接口"), 0 },
	{ "short", 's', NULL, TX("one line an interface", "每个接口只占一行"), 0 },
	NET_OPTION,
};

#define WORDS_MAX 64

/* What is shown. */
struct links {
	struct kernel_links k;
	const struct nod_stack *stack; /* whose they are; NULL: the kernel's */
};

/* ---- words for what the kernel says in numbers --------------------------------------- */

static const struct {
	unsigned bit;
	const char *name;
} link_flags[] = {
	{ IFF_UP, "UP" },
	{ IFF_LOWER_UP, "LOWER_UP" },
	{ IFF_RUNNING, "RUNNING" },
	{ IFF_LOOPBACK, "LOOPBACK" },
	{ IFF_BROADCAST, "BROADCAST" },
	{ IFF_POINTOPOINT, "POINTOPOINT" },
	{ IFF_MULTICAST, "MULTICAST" },
	{ IFF_ALLMULTI, "ALLMULTI" },
	{ IFF_PROMISC, "PROMISC" },
	{ IFF_NOARP, "NOARP" },
	{ IFF_MASTER, "MASTER" },
	{ IFF_SLAVE, "SLAVE" },
	{ IFF_DORMANT, "DORMANT" },
	{ IFF_DEBUG, "DEBUG" },
}, addr_flags[] = {
	{ IFA_F_TENTATIVE, "tentative" },
	{ IFA_F_DADFAILED, "dadfailed" },
	{ IFA_F_DEPRECATED, "deprecated" },
	{ IFA_F_TEMPORARY, "temporary" },
	{ IFA_F_NODAD, "nodad" },
	{ IFA_F_OPTIMISTIC, "optimistic" },
	{ IFA_F_HOMEADDRESS, "home" },
	{ IFA_F_MCAUTOJOIN, "autojoin" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 2863 ifOperStatus; the names as JSON has them. */
static const char *const oper_names[] = { "unknown", "notpresent", "down", "lowerlayerdown",
	"testing", "dormant", "up" };

static const char *oper_name(const struct net_link *l)
{
	return l->oper_state < COUNT(oper_names) ? oper_names[l->oper_state] : "unknown";
}

static const struct naming {
	unsigned value;
	const char *name; /* JSON's */
	struct text text;
} types[] = {
	{ ARPHRD_ETHER, "ethernet", TX("Ethernet", "以太网") },
	{ ARPHRD_LOOPBACK, "loopback", TX("loopback", "环回") },
	{ ARPHRD_PPP, "ppp", TX("PPP", "PPP 点对点") },
	{ ARPHRD_TUNNEL, "tunnel", TX("tunnel", "隧道") },
	{ ARPHRD_TUNNEL6, "tunnel", TX("tunnel", "隧道") },
	{ ARPHRD_SIT, "tunnel", TX("tunnel", "隧道") },
	{ ARPHRD_IPGRE, "tunnel", TX("tunnel", "隧道") },
	{ ARPHRD_IP6GRE, "tunnel", TX("tunnel", "隧道") },
	{ ARPHRD_INFINIBAND, "infiniband", TX("InfiniBand", "InfiniBand 网络") },
	{ ARPHRD_NONE, "ip", TX("bare IP", "纯 IP") }, /* no link header: tun, wireguard */
}, scopes[] = {
	{ RT_SCOPE_UNIVERSE, "global", TX("global", "全局") },
	{ RT_SCOPE_SITE, "site", TX("site", "站点") },
	{ RT_SCOPE_LINK, "link", TX("link", "本链路") },
	{ RT_SCOPE_HOST, "host", TX("host", "本机") },
	{ RT_SCOPE_NOWHERE, "nowhere", TX("nowhere", "无") },
};

static const struct naming *naming_of(const struct naming *table, size_t n, unsigned value)
{
	static const struct naming other = { 0, "other", TX("other", "其他") };

	for (size_t i = 0; i < n; i++) {
		if (table[i].value == value)
			return &table[i];
	}
	return &other;
}

static const struct naming *type_of(const struct net_link *l)
{
	return naming_of(types, COUNT(types), l->type);
}

static const struct naming *scope_of(const struct net_addr *a)
{
	return naming_of(scopes, COUNT(scopes), a->scope);
}

/* In one sentence, why packets do or do not pass here. */
static struct text state_text(const struct net_link *l)
{
	if (!(l->flags & IFF_UP))
		return (struct text)TX("down: switched off", "已停用");
	if (!(l->flags & IFF_LOWER_UP))
		return (struct text)TX("up, but no carrier: nothing answers at the other end of the line",
			"已启用，但没有载波：线路另一端没有响应");
	if (l->oper_state == IF_OPER_DORMANT)
		return (struct text)TX("up, waiting for something from outside", "已启用，正在等待外部条件");
	return (struct text)TX("up", "已启用");
}

/* Text from the kernel that someone else may have chosen, fit for a terminal. */
static void clean(char *to, size_t cap, const char *from)
{
	char buf[LINK_KIND_MAX * UTF8_CLEAN_GROWTH];
	size_t n = utf8_clean(buf, from, strnlen(from, LINK_KIND_MAX));

	snprintf(to, cap, "%.*s", (int)n, buf);
}

#define CLEAN_MAX (LINK_KIND_MAX * UTF8_CLEAN_GROWTH + 1)

/* A link-layer address; those of IP tunnels are IP addresses. */
static void format_mac(const uint8_t *mac, unsigned len, char *buf, size_t cap)
{
	struct nod_addr a = { 0 };
	size_t at = 0;

	if (len == 4 || len == 16) {
		a.family = len == 4 ? NOD_IPV4 : NOD_IPV6;
		memcpy(a.octet, mac, len);
		nod_addr_format(&a, buf, cap);
		return;
	}
	buf[0] = 0;
	for (unsigned i = 0; i < len && at + 4 <= cap; i++)
		at += (size_t)snprintf(buf + at, cap - at, "%s%02x", i ? ":" : "", mac[i]);
}

#define MAC_TEXT_MAX (LINK_MAC_MAX * 3 + 1)

/* The mask of a prefix length, dotted: RFC 950. */
static void format_mask(unsigned len, char *buf, size_t cap)
{
	uint32_t m = len ? UINT32_MAX << (32 - len) : 0;

	snprintf(buf, cap, "%u.%u.%u.%u", m >> 24, m >> 16 & 255, m >> 8 & 255, m & 255);
}

/* " (1.5 MiB)", or "" where the number itself is as short. */
static void format_octets(uint64_t octets, char *buf, size_t cap)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)octets / 1024;
	unsigned u = 0;

	buf[0] = 0;
	if (octets < 1024)
		return;
	for (; v >= 1024 && u < COUNT(units) - 1; u++)
		v /= 1024;
	snprintf(buf, cap, " (%.1f %s)", v, units[u]);
}

/* ---- for people ---------------------------------------------------------------------- */

static void print_flags(const struct net_link *l)
{
	const char *between = "";

	for (unsigned i = 0; i < COUNT(link_flags); i++) {
		if (l->flags & link_flags[i].bit) {
			printf("%s%s", between, link_flags[i].name);
			between = ",";
		}
	}
}

/* Some devices name themselves; in another namespace the same index is another interface. */
static bool has_other_end(const struct net_link *l)
{
	return l->lower && (l->is_lower_elsewhere || l->lower != l->index);
}

static void print_relatives(const struct kernel_links *k, const struct net_link *l)
{
	const struct net_link *other;

	other = l->master ? kernel_link_at(k, l->master) : NULL;
	if (other)
		printf(T("  member of %s", "  属于 %s"), other->name);
	if (!has_other_end(l))
		return;
	other = l->is_lower_elsewhere ? NULL : kernel_link_at(k, l->lower);
	if (other)
		printf(T("  other end %s", "  对端 %s"), other->name);
	else
		printf(T("  other end index %u of another network namespace",
			       "  对端在另一个网络命名空间，编号 %u"), l->lower);
}

static void print_lifetime(const struct net_addr *a)
{
	if (a->valid_s == UINT32_MAX)
		return;
	printf(T("  valid %u s", "  有效期 %u 秒"), a->valid_s);
	if (a->preferred_s != UINT32_MAX && a->preferred_s != a->valid_s)
		printf(T(", preferred %u s", "，首选期 %u 秒"), a->preferred_s);
}

static void print_addr(const struct net_addr *a)
{
	char text[NOD_ADDR_TEXT_MAX];
	bool v4 = a->local.addr.family == NOD_IPV4;

	/* untranslated: the families' names */
	printf("        %s %s/%u", v4 ? "inet " : "inet6",
		nod_addr_format(&a->local.addr, text, sizeof(text)), (unsigned)a->local.len);
	if (a->peer.family)
		printf(T("  peer %s", "  对端 %s"), nod_addr_format(&a->peer, text, sizeof(text)));
	if (v4) {
		char mask[16];

		format_mask(a->local.len, mask, sizeof(mask));
		printf(T("  mask %s", "  掩码 %s"), mask);
	}
	if (a->broadcast.family)
		printf(T("  broadcast %s", "  广播 %s"),
			nod_addr_format(&a->broadcast, text, sizeof(text)));
	printf(T("  scope %s", "  范围 %s"), text_of(scope_of(a)->text));
	for (unsigned i = 0; i < COUNT(addr_flags); i++) {
		if (a->flags & addr_flags[i].bit)
			printf("  %s", addr_flags[i].name);
	}
	print_lifetime(a);
	putchar('\n');
}

static void print_counters(const struct net_link *l)
{
	char octets[24];

	if (!l->has_counters)
		return;
	format_octets(l->rx.octets, octets, sizeof(octets));
	printf(T("        RX packets %llu  bytes %llu%s  errors %llu  dropped %llu  overruns %llu"
		 "  frame %llu\n",
		"        接收 RX  包 %llu  字节 %llu%s  错误 %llu  丢弃 %llu  溢出 %llu  帧错误 %llu\n"),
		(unsigned long long)l->rx.packets, (unsigned long long)l->rx.octets, octets,
		(unsigned long long)l->rx.errors, (unsigned long long)l->rx.dropped,
		(unsigned long long)l->rx.overruns, (unsigned long long)l->rx.framing);
	format_octets(l->tx.octets, octets, sizeof(octets));
	printf(T("        TX packets %llu  bytes %llu%s  errors %llu  dropped %llu  overruns %llu"
		 "  carrier %llu  collisions %llu\n",
		"        发送 TX  包 %llu  字节 %llu%s  错误 %llu  丢弃 %llu  溢出 %llu  载波错误 %llu"
		"  冲突 %llu\n"),
		(unsigned long long)l->tx.packets, (unsigned long long)l->tx.octets, octets,
		(unsigned long long)l->tx.errors, (unsigned long long)l->tx.dropped,
		(unsigned long long)l->tx.overruns, (unsigned long long)l->tx.framing,
		(unsigned long long)l->collisions);
}

static void print_link(const struct links *all, const struct net_link *l)
{
	const struct kernel_links *k = &all->k;
	char name[CLEAN_MAX], text[CLEAN_MAX], mac[MAC_TEXT_MAX];

	clean(name, sizeof(name), l->name);
	printf("%s%s%s: %s  <", colour(stdout, COLOUR_BOLD), name, colour(stdout, COLOUR_OFF),
		text_of(state_text(l)));
	print_flags(l);
	printf(">\n");

	printf(T("        index %u  %s", "        编号 %u  %s"), l->index, text_of(type_of(l)->text));
	clean(text, sizeof(text), l->kind);
	if (text[0])
		printf(" (%s)", text);
	printf("  mtu %u", l->mtu); /* untranslated: the field's name */
	clean(text, sizeof(text), l->queue);
	if (text[0])
		printf(T("  queue %s, %u packets", "  队列 %s，%u 个包"), text, l->queue_len);
	print_relatives(k, l);
	putchar('\n');

	/* loopback's twelve zeros say nothing */
	if (l->mac_len && l->type != ARPHRD_LOOPBACK) {
		format_mac(l->mac, l->mac_len, mac, sizeof(mac));
		printf("        mac   %s", mac); /* untranslated: the field's name */
		if (l->mac_broadcast_len && l->flags & IFF_BROADCAST) {
			format_mac(l->mac_broadcast, l->mac_broadcast_len, mac, sizeof(mac));
			printf(T("  broadcast %s", "  广播 %s"), mac);
		}
		putchar('\n');
	}
	for (unsigned i = 0; i < k->n_addrs; i++) {
		if (k->addr[i].interface == l->index)
			print_addr(&k->addr[i]);
	}
	if (all->stack)
		ifconfig_stack_print(all->stack, l->index);
	print_counters(l);
}

static void print_short(const struct kernel_links *k, const struct net_link *l)
{
	char name[CLEAN_MAX], text[NOD_ADDR_TEXT_MAX], mac[MAC_TEXT_MAX];
	bool has_mac = l->mac_len && l->type != ARPHRD_LOOPBACK;
	bool has_addr = false;

	clean(name, sizeof(name), l->name);
	format_mac(l->mac, has_mac ? l->mac_len : 0, mac, sizeof(mac));
	printf("%-15s %-8s %-17s", name, l->flags & IFF_UP ?
		l->flags & IFF_LOWER_UP ? "UP" : "NOLINK" : "DOWN", has_mac ? mac : "-");
	for (unsigned i = 0; i < k->n_addrs; i++) {
		const struct net_addr *a = &k->addr[i];

		if (a->interface != l->index)
			continue;
		printf(" %s/%u", nod_addr_format(&a->local.addr, text, sizeof(text)),
			(unsigned)a->local.len);
		has_addr = true;
	}
	puts(has_addr ? "" : " -");
}

/* ---- for programs -------------------------------------------------------------------- */

static void json_addr(struct json *j, const struct net_addr *a)
{
	char text[NOD_ADDR_TEXT_MAX];
	bool v4 = a->local.addr.family == NOD_IPV4;

	json_object(j, NULL);
	json_uint(j, "family", v4 ? 4 : 6);
	json_str(j, "address", nod_addr_format(&a->local.addr, text, sizeof(text)));
	json_uint(j, "prefix", a->local.len);
	if (v4) {
		format_mask(a->local.len, text, sizeof(text));
		json_str(j, "mask", text);
	}
	if (a->peer.family)
		json_str(j, "peer", nod_addr_format(&a->peer, text, sizeof(text)));
	if (a->broadcast.family)
		json_str(j, "broadcast", nod_addr_format(&a->broadcast, text, sizeof(text)));
	json_str(j, "scope", scope_of(a)->name);
	json_list(j, "flags");
	for (unsigned i = 0; i < COUNT(addr_flags); i++) {
		if (a->flags & addr_flags[i].bit)
			json_str(j, NULL, addr_flags[i].name);
	}
	json_end_list(j);
	if (a->valid_s != UINT32_MAX)
		json_uint(j, "valid_s", a->valid_s);
	if (a->preferred_s != UINT32_MAX)
		json_uint(j, "preferred_s", a->preferred_s);
	json_end_object(j);
}

static void json_counters(struct json *j, const char *key, const struct link_counters *c,
	const char *framing)
{
	json_object(j, key);
	json_uint(j, "packets", c->packets);
	json_uint(j, "bytes", c->octets);
	json_uint(j, "errors", c->errors);
	json_uint(j, "dropped", c->dropped);
	json_uint(j, "overruns", c->overruns);
	json_uint(j, framing, c->framing);
	json_end_object(j);
}

static void json_link(const struct links *all, const struct net_link *l)
{
	const struct kernel_links *k = &all->k;
	struct json j;
	char mac[MAC_TEXT_MAX];

	json_open(&j);
	json_str(&j, "name", l->name);
	json_uint(&j, "index", l->index);
	json_str(&j, "type", type_of(l)->name);
	json_str(&j, "kind", l->kind[0] ? l->kind : NULL);
	json_bool(&j, "up", l->flags & IFF_UP);
	json_bool(&j, "carrier", l->flags & IFF_LOWER_UP);
	json_str(&j, "state", oper_name(l));
	json_list(&j, "flags");
	for (unsigned i = 0; i < COUNT(link_flags); i++) {
		if (l->flags & link_flags[i].bit)
			json_str(&j, NULL, link_flags[i].name);
	}
	json_end_list(&j);
	json_uint(&j, "mtu", l->mtu);
	json_str(&j, "queue", l->queue[0] ? l->queue : NULL);
	json_uint(&j, "queue_packets", l->queue_len);
	format_mac(l->mac, l->mac_len, mac, sizeof(mac));
	json_str(&j, "mac", l->mac_len ? mac : NULL);
	format_mac(l->mac_broadcast, l->mac_broadcast_len, mac, sizeof(mac));
	json_str(&j, "mac_broadcast", l->mac_broadcast_len ? mac : NULL);
	if (l->master)
		json_uint(&j, "master", l->master);
	if (has_other_end(l)) {
		json_uint(&j, "other_end", l->lower);
		json_bool(&j, "other_end_elsewhere", l->is_lower_elsewhere);
	}
	json_list(&j, "addresses");
	for (unsigned i = 0; i < k->n_addrs; i++) {
		if (k->addr[i].interface == l->index)
			json_addr(&j, &k->addr[i]);
	}
	json_end_list(&j);
	if (all->stack)
		ifconfig_stack_json(&j, all->stack, l->index);
	if (l->has_counters) {
		json_counters(&j, "rx", &l->rx, "frame");
		json_counters(&j, "tx", &l->tx, "carrier");
		json_uint(&j, "multicast", l->multicast);
		json_uint(&j, "collisions", l->collisions);
	}
	json_print(&j, stdout);
}

/* ---- the command --------------------------------------------------------------------- */

enum form { FORM_LONG, FORM_SHORT, FORM_JSON };

static void show(const struct links *all, const struct net_link *l, enum form form)
{
	switch (form) {
	case FORM_JSON:
		json_link(all, l);
		break;
	case FORM_SHORT:
		print_short(&all->k, l);
		break;
	case FORM_LONG:
		print_link(all, l);
		break;
	}
}

/* Those that are up, or all; says which were passed over. */
static void show_all(const struct links *of, bool all, enum form form)
{
	const struct kernel_links *k = &of->k;
	unsigned shown = 0, hidden = 0;

	for (unsigned i = 0; i < k->n_links; i++) {
		if (!all && !(k->link[i].flags & IFF_UP)) {
			hidden++;
			continue;
		}
		if (shown++ && form == FORM_LONG)
			putchar('\n');
		show(of, &k->link[i], form);
	}
	if (!hidden || form == FORM_JSON)
		return;
	fflush(stdout);
	fprintf(stderr, T("not shown, because they are down (-a shows them):", "未显示（未启用；用 -a 显示）:"));
	for (unsigned i = 0; i < k->n_links; i++) {
		char name[CLEAN_MAX];

		clean(name, sizeof(name), k->link[i].name);
		if (!(k->link[i].flags & IFF_UP))
			fprintf(stderr, " %s", name);
	}
	fputc('\n', stderr);
}

static int unknown(const struct invocation *in, const struct kernel_links *k, const char *word)
{
	const char *names[256], *meant;
	unsigned n = k->n_links < COUNT(names) ? k->n_links : COUNT(names);
	char shown[CLEAN_MAX], other[CLEAN_MAX];

	for (unsigned i = 0; i < n; i++)
		names[i] = k->link[i].name;
	meant = nearest_word(word, names, n);
	clean(shown, sizeof(shown), word);
	if (!meant)
		return failed(in, T("there is no interface \"%s\"; nod ifconfig -a -s lists those there are",
			"没有接口 \"%s\"；用 nod ifconfig -a -s 列出所有接口"), shown);
	clean(other, sizeof(other), meant);
	return failed(in, T("there is no interface \"%s\"; did you mean \"%s\"?",
		"没有接口 \"%s\"；是不是 \"%s\"？"), shown, other);
}

/* Those of the names, or all.  What to exit with. */
static int show_named(const struct invocation *in, const struct links *of,
	const char *const *words, unsigned n_words, enum form form)
{
	int status = EXIT_DONE;

	for (unsigned i = 0; i < n_words; i++) {
		const struct net_link *l = kernel_link_named(&of->k, words[i]);

		if (!l) {
			status = unknown(in, &of->k, words[i]);
			continue;
		}
		if (i && form == FORM_LONG)
			putchar('\n');
		show(of, l, form);
	}
	return status;
}

/* Read them all, of the kernel or of @h.  0 or -errno. */
static int read_links(struct nod_host *h, struct links *of)
{
	if (!h)
		return kernel_links_read(&of->k);
	of->stack = nod_host_stack(h);
	return stack_links_read(of->stack, &of->k);
}

static int run(struct invocation *in)
{
	struct net_plan plan = { 0 };
	struct nod_conf conf = { 0 };
	struct links of = { .stack = NULL };
	struct nod_host *h = NULL;
	const char *words[WORDS_MAX];
	unsigned n_words = 0;
	bool all = false;
	enum form form = FORM_LONG;
	int err, status = EXIT_DONE;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		switch (o) {
		case OPTIONS_STOP:
			return in->status;
		case OPTIONS_WORD:
			if (n_words == WORDS_MAX)
				return bad_use(in, T("at most %d interfaces at once",
					"一次最多 %d 个接口"), WORDS_MAX);
			words[n_words++] = in->value;
			break;
		case OPTION_ALL:
			all = true;
			break;
		case OPTION_SHORT:
			form = FORM_SHORT;
			break;
		case OPTION_NET:
			status = net_add(in, &plan, in->value);
			if (status)
				return status;
			break;
		}
	}
	if (in->json)
		form = FORM_JSON;
	if (!net_is_kernel(&plan)) {
		h = net_open(in, &plan, &conf, &status);
		if (!h)
			return status;
		status = net_settle(in, h, &plan, NULL); /* and is shown all the same */
	}
	err = read_links(h, &of);
	if (err < 0) {
		nod_host_free(h);
		return failed(in, T("the kernel did not tell its interfaces (rtnetlink): %s",
			"内核没有给出接口列表 (rtnetlink): %s"), strerror(-err));
	}
	if (!n_words)
		show_all(&of, all, form);
	else if (show_named(in, &of, words, n_words, form))
		status = EXIT_FAILED;
	kernel_links_free(&of.k);
	nod_host_free(h);
	return status;
}

const struct command cmd_ifconfig = {
	.name = "ifconfig",
	.usage = "[OPTIONS] [INTERFACE...]",
	.summary = TX("this machine's interfaces, their addresses and counters",
		"本机的网络接口、地址和收发计数"),
	.details = TX("Without an interface, shows those that are up.  It only looks: nothing is changed.\n"
		      "UP: switched on here.  LOWER_UP: the line below works, too.\n\n"
		      "  nod ifconfig\n  nod ifconfig eth0\n  nod ifconfig -a -s\n"
		      "  nod ifconfig --net tap:tap0,dhcp",
		"不写接口名时，显示所有已启用的接口。只查看，不修改任何配置。\n"
		"UP: 本机已启用该接口。LOWER_UP: 下面的线路也已接通。\n\n"
		"  nod ifconfig\n  nod ifconfig eth0\n  nod ifconfig -a -s\n"
		      "  nod ifconfig --net tap:tap0,dhcp"),
	.options = options,
	.n_options = COUNT(options),
	.run = run,
};
