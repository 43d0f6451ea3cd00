/* SPDX-License-Identifier: ISC */
/*
 * test_rtnetlink.c - the kernel's answers about interfaces, right ones and broken ones
 *
 * Messages are put together in the machine's byte order, part by part, with any length that
 * a row wants to lie about.
 */
#include "tap.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "session/rtnetlink.h"

struct build {
	uint8_t octet[1024];
	size_t len;
};

static void put(struct build *b, const void *p, size_t n)
{
	memcpy(b->octet + b->len, p, n);
	b->len += n;
}

static void put16(struct build *b, unsigned v)
{
	uint16_t w = (uint16_t)v;

	put(b, &w, 2);
}

static void put32(struct build *b, uint32_t v)
{
	put(b, &v, 4);
}

static void put64(struct build *b, uint64_t v)
{
	put(b, &v, 8);
}

static void set32(struct build *b, size_t at, uint32_t v)
{
	memcpy(b->octet + at, &v, 4);
}

static void header(struct build *b, unsigned type, unsigned flags)
{
	put32(b, 0); /* end() sets it */
	put16(b, type);
	put16(b, flags);
	put32(b, 7);
	put32(b, 0);
}

static void end(struct build *b)
{
	set32(b, 0, (uint32_t)b->len);
}

/* An attribute with @claimed octets in its length field; -1 = as it is. */
static void attr(struct build *b, unsigned type, const void *value, size_t n, int claimed)
{
	put16(b, claimed < 0 ? (unsigned)n + 4 : (unsigned)claimed);
	put16(b, type);
	if (n)
		put(b, value, n);
	while (b->len % 4)
		b->octet[b->len++] = 0;
}

static void link_start(struct build *b, uint32_t index)
{
	header(b, RTM_NEWLINK, 0);
	put16(b, 0);
	put16(b, 1); /* ARPHRD_ETHER */
	put32(b, index);
	put32(b, 0x1003);
	put32(b, 0);
}

static void addr_start(struct build *b, uint8_t family, uint8_t prefix)
{
	uint8_t fixed[4] = { family, prefix, 0, 0 };

	header(b, RTM_NEWADDR, 0);
	put(b, fixed, 4);
	put32(b, 3);
}

/* Parse from an exact-size copy. */
static int parse(const struct build *b, struct rtnl_msg *m)
{
	uint8_t *copy = malloc(b->len);
	struct rcur r = rcur_of(copy, b->len);

	memcpy(copy, b->octet, b->len);
	int err = rtnl_next(m, &r);
	free(copy);
	return err;
}

static void test_headers(void)
{
	static const struct {
		const char *name;
		uint32_t claimed;
		size_t len;
	} bad[] = {
		{ "length zero", 0, 16 },
		{ "length below the header", 15, 16 },
		{ "length beyond the datagram", 17, 16 },
		{ "length near 4 GiB", 0xffffffff, 16 },
		{ "cut in the length", 16, 3 },
		{ "cut in the port", 16, 15 },
	};
	struct rtnl_msg m;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct build b = { 0 };

		header(&b, NLMSG_NOOP, 0);
		set32(&b, 0, bad[i].claimed);
		b.len = bad[i].len;
		tap(parse(&b, &m) == -EBADMSG, "header: %s", bad[i].name);
	}

	struct build b = { 0 };
	header(&b, NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_DONE && m.seq == 7 && m.is_interrupted,
		"header: an interrupted dump's end");

	b = (struct build){ 0 };
	header(&b, NLMSG_DONE, 0);
	put32(&b, (uint32_t)-ENODEV);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_ERROR && m.error == -ENODEV,
		"header: an end that is an error");

	b = (struct build){ 0 };
	header(&b, NLMSG_ERROR, 0);
	put32(&b, (uint32_t)-EPERM);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_ERROR && m.error == -EPERM, "header: an error");
	b.len -= 2;
	end(&b);
	tap(parse(&b, &m) == -EBADMSG, "header: an error cut short");
}

static void test_links(void)
{
	struct rtnl_msg m;
	struct build b = { 0 };
	uint32_t mtu = 1400;
	uint8_t mac[40] = { 2, 0, 0, 0, 0, 1 };

	link_start(&b, 4);
	attr(&b, IFLA_IFNAME, "eth0", 5, -1);
	attr(&b, IFLA_MTU, &mtu, 4, -1);
	attr(&b, IFLA_ADDRESS, mac, 6, -1);
	size_t kind_at = b.len;
	attr(&b, IFLA_LINKINFO | NLA_F_NESTED, NULL, 0, 12);
	attr(&b, IFLA_INFO_KIND, "veth", 4, -1);
	attr(&b, IFLA_STATS64, NULL, 0, 4 + 10 * 8);
	for (unsigned i = 1; i <= 10; i++)
		put64(&b, i);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_LINK && m.link.index == 4 && m.link.mtu == 1400 &&
		strcmp(m.link.name, "eth0") == 0 && m.link.mac_len == 6 && m.link.flags == 0x1003,
		"link: name, MTU, MAC, flags");
	tap(strcmp(m.link.kind, "veth") == 0, "link: its kind, without a NUL, inside a flagged nest");
	tap(m.link.has_counters && m.link.rx.packets == 1 && m.link.tx.octets == 4 &&
		m.link.tx.dropped == 8 && m.link.collisions == 10 && m.link.rx.framing == 0,
		"link: an older kernel's shorter counters");

	struct build lie = b;
	uint16_t len16 = 60;
	memcpy(lie.octet + kind_at + 4, &len16, 2);
	tap(parse(&lie, &m) == 1 && !m.link.kind[0] && m.link.has_counters,
		"link: a nested attribute longer than its nest is not read");

	lie = b;
	len16 = 3;
	memcpy(lie.octet + kind_at, &len16, 2);
	tap(parse(&lie, &m) == 1 && !m.link.has_counters && m.link.mac_len == 6,
		"link: an attribute shorter than its header ends the list");

	lie = b;
	len16 = 0xffff;
	memcpy(lie.octet + kind_at, &len16, 2);
	tap(parse(&lie, &m) == 1 && !m.link.has_counters && m.link.mac_len == 6,
		"link: an attribute longer than the message ends the list");

	b = (struct build){ 0 };
	link_start(&b, 4);
	attr(&b, IFLA_IFNAME, "a-name-that-has-no-end-at-all", 29, -1);
	attr(&b, IFLA_ADDRESS, mac, 33, -1);
	attr(&b, IFLA_STATS64, mac, 20, -1);
	attr(&b, IFLA_MTU, mac, 2, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && strlen(m.link.name) == LINK_NAME_MAX - 1,
		"link: a name too long is cut");
	tap(m.link.mac_len == 0, "link: a MAC too long is none");
	tap(!m.link.has_counters, "link: counters too short are none");
	tap(m.link.mtu == 0, "link: an MTU of two octets is none");

	b = (struct build){ 0 };
	link_start(&b, 4);
	end(&b);
	tap(parse(&b, &m) == -EBADMSG, "link: no name");
	b = (struct build){ 0 };
	link_start(&b, 0);
	attr(&b, IFLA_IFNAME, "eth0", 5, -1);
	end(&b);
	tap(parse(&b, &m) == -EBADMSG, "link: index zero");
	b = (struct build){ 0 };
	link_start(&b, 4);
	b.len -= 5;
	end(&b);
	tap(parse(&b, &m) == -EBADMSG, "link: cut in the fixed part");
}

static void test_addrs(void)
{
	static const uint8_t a1[16] = { 10, 0, 0, 1 }, a2[16] = { 10, 0, 0, 2 };
	struct rtnl_msg m;
	struct build b = { 0 };
	uint32_t flags = IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE;

	addr_start(&b, AF_INET, 24);
	attr(&b, IFA_ADDRESS, a1, 4, -1);
	attr(&b, IFA_LOCAL, a1, 4, -1);
	attr(&b, IFA_FLAGS, &flags, 4, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_ADDR && m.addr.interface == 3 &&
		m.addr.local.len == 24 && m.addr.local.addr.octet[3] == 1 && !m.addr.peer.family &&
		m.addr.flags == flags && m.addr.valid_s == UINT32_MAX, "addr: IPv4");

	b = (struct build){ 0 };
	addr_start(&b, AF_INET, 32);
	attr(&b, IFA_ADDRESS, a2, 4, -1);
	attr(&b, IFA_LOCAL, a1, 4, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && m.addr.local.addr.octet[3] == 1 && m.addr.peer.octet[3] == 2,
		"addr: the other end of a point-to-point link");

	b = (struct build){ 0 };
	addr_start(&b, AF_INET6, 64);
	attr(&b, IFA_ADDRESS, a1, 16, -1);
	attr(&b, IFA_CACHEINFO, a1, 6, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && m.addr.local.addr.family == NOD_IPV6 &&
		m.addr.valid_s == UINT32_MAX, "addr: IPv6; a lifetime cut short is none");

	b = (struct build){ 0 };
	addr_start(&b, AF_INET6, 64);
	attr(&b, IFA_ADDRESS, a1, 4, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_OTHER, "addr: IPv6 of four octets is none");

	b = (struct build){ 0 };
	addr_start(&b, AF_INET, 33);
	attr(&b, IFA_LOCAL, a1, 4, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_OTHER, "addr: a prefix of 33 bits is none");

	b = (struct build){ 0 };
	addr_start(&b, AF_UNIX, 8);
	attr(&b, IFA_LOCAL, a1, 4, -1);
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_OTHER, "addr: another family is passed over");

	b = (struct build){ 0 };
	addr_start(&b, AF_INET, 8);
	b.len -= 3;
	end(&b);
	tap(parse(&b, &m) == 1 && m.kind == RTNL_OTHER, "addr: cut in the fixed part");
}

/* Any octet of a good message may be any other: nothing may be read past the end. */
static void test_mutations(void)
{
	struct build good = { 0 };
	struct rtnl_msg m;
	unsigned long parsed = 0;
	uint8_t mac[6] = { 2 };

	link_start(&good, 4);
	attr(&good, IFLA_IFNAME, "eth0", 5, -1);
	attr(&good, IFLA_ADDRESS, mac, 6, -1);
	attr(&good, IFLA_LINKINFO, NULL, 0, 12);
	attr(&good, IFLA_INFO_KIND, "veth", 4, -1);
	end(&good);
	for (size_t at = 0; at < good.len; at++) {
		for (unsigned v = 0; v < 256; v++) {
			struct build b = good;

			b.octet[at] = (uint8_t)v;
			parsed += parse(&b, &m) == 1;
		}
	}
	for (size_t len = 0; len < good.len; len++) {
		struct build b = good;

		b.len = len;
		parsed += parse(&b, &m) == 1;
	}
	tap(parsed > 0, "mutations: every octet, every value, every length");
}

int main(void)
{
	test_headers();
	test_links();
	test_addrs();
	test_mutations();
	return tap_done();
}
