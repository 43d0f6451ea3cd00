/* SPDX-License-Identifier: ISC */
/*
 * addr_fit.c - nod addr --hosts: networks for so many hosts each, laid out in a prefix
 *
 * The largest come first, so each lies where its length wants it and nothing is lost between
 * them; what is left over is told as the fewest prefixes.  IPv4 alone: an IPv6 network is a
 * /64 whatever is in it (RFC 4291 2.5.4), for which there is --split.
 */
#include "addr.h"

#include <string.h>

#include "../network/addr_number.h"
#include "../presentation/json.h"

#define WANTED_MAX 256

struct wanted {
	uint64_t hosts;
	unsigned bits; /* of the host part */
	struct nod_prefix net;
};

/* "50,20,2".  How many there are, or -1: that is no such list. */
static int read_wanted(const char *text, struct wanted list[WANTED_MAX])
{
	int n = 0;

	for (const char *p = text;; p++) {
		struct wanted w = { .bits = 2 };
		const char *start = p;

		for (; *p >= '0' && *p <= '9'; p++)
			w.hosts = w.hosts > UINT32_MAX ? w.hosts :
							 w.hosts * 10 + (uint64_t)(*p - '0');
		if (p == start || !w.hosts || w.hosts > UINT32_MAX - 1 || n == WANTED_MAX ||
			(*p && *p != ','))
			return -1;
		while (((uint64_t)1 << w.bits) - 2 < w.hosts)
			w.bits++;
		list[n++] = w;
		if (!*p)
			return n;
	}
}

/* Lay all out from the start of @p, the largest first.  What is used of it. */
static uint64_t lay_out(const struct nod_prefix *p, struct wanted *list, int n)
{
	struct nod_addr at = nod_prefix_network(p).addr;
	uint64_t used = 0;

	for (unsigned bits = 32; bits >= 2; bits--) {
		for (int i = 0; i < n; i++) {
			if (list[i].bits != bits)
				continue;
			list[i].net =
				(struct nod_prefix){ .addr = at, .len = (uint8_t)(32 - bits) };
			addr_step(&at, 32 - bits);
			used += (uint64_t)1 << bits;
		}
	}
	return used;
}

static void tell(const struct invocation *in, const struct wanted *w)
{
	uint64_t room = ((uint64_t)1 << w->bits) - 2;
	struct nod_addr first = w->net.addr, last = prefix_last(&w->net);
	char net[NOD_ADDR_TEXT_MAX], from[NOD_ADDR_TEXT_MAX], to[NOD_ADDR_TEXT_MAX];
	struct json j;

	first.octet[3]++; /* the network's own address ends in a 0, the broadcast's in a 1 */
	last.octet[3]--;
	prefix_format(&w->net, net);
	nod_addr_format(&first, from, sizeof(from));
	nod_addr_format(&last, to, sizeof(to));
	if (!in->json) {
		printf(T("%-18s  for %llu hosts, room for %llu: %s - %s\n",
			       "%-18s  供 %llu 台主机，可容纳 %llu 台: %s - %s\n"),
			net, (unsigned long long)w->hosts, (unsigned long long)room, from, to);
		return;
	}
	json_open(&j);
	json_str(&j, "prefix", net);
	json_uint(&j, "wanted", w->hosts);
	json_uint(&j, "hosts", room);
	json_str(&j, "first", from);
	json_str(&j, "last", to);
	json_print(&j, stdout);
}

static void tell_unused(const struct invocation *in, const struct nod_prefix *p, uint64_t used)
{
	struct addr_range left = prefix_range(p);
	struct nod_prefix part;
	struct json j;

	for (unsigned bit = 0; bit < 32; bit++) {
		if (used >> bit & 1)
			addr_step(&left.first, 32 - bit);
	}
	while (range_take_prefix(&left, &part)) {
		char text[NOD_ADDR_TEXT_MAX];

		prefix_format(&part, text);
		if (!in->json) {
			printf(T("%-18s  unused\n", "%-18s  未用\n"), text);
			continue;
		}
		json_open(&j);
		json_str(&j, "prefix", text);
		json_bool(&j, "unused", true);
		json_print(&j, stdout);
	}
}

int addr_fit(const struct invocation *in, const struct item *item, const char *hosts)
{
	const struct nod_prefix *p = &item->prefix;
	struct wanted list[WANTED_MAX];
	char text[NOD_ADDR_TEXT_MAX];
	uint64_t size, used;
	int n = read_wanted(hosts, list);

	if (n < 0)
		return bad_use(in,
			T("--hosts %s: write how many hosts each network has, as in 50,20,2",
				"--hosts %s: 请写每个网络的主机数，如 50,20,2"),
			hosts);
	if (item->kind == ITEM_RANGE || p->addr.family != NOD_IPV4)
		return bad_use(in,
			T("--hosts lays networks out in an IPv4 prefix; in IPv6 each is a /64: "
			  "--split /64",
				"--hosts 在一个 IPv4 前缀里划分网络；"
				"IPv6 的网络都是 /64，请用 --split /64"));
	size = (uint64_t)1 << (32 - p->len);
	used = lay_out(p, list, n);
	prefix_format(p, text);
	if (used > size)
		return failed(in,
			T("they do not fit: they take %llu addresses, %s has %llu",
				"放不下: 共需 %llu 个地址，%s 只有 %llu 个"),
			(unsigned long long)used, text, (unsigned long long)size);
	for (int i = 0; i < n; i++)
		tell(in, &list[i]);
	if (used < size)
		tell_unused(in, p, used);
	return ferror(stdout) ? EXIT_FAILED : EXIT_DONE;
}
