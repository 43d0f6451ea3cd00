/* SPDX-License-Identifier: ISC */
/* test_group.c - memberships: what the interface takes of what its sockets want */
#include "station.h"

#include <errno.h>

#include "network/group.h"
#include "network/group_internal.h"

#define G IPA_V4(232, 1, 2, 3)

static struct ipa src(unsigned k)
{
	return IPA_V4(10, 0, (uint8_t)(k >> 8), (uint8_t)k);
}

/* "I 1 2", "E 3", "E": mode and the last octets of the sources, in any order */
static bool filter_is(const struct netif *i, const struct ipa *group, const char *want)
{
	const struct group *g = group_find(i, group);
	unsigned n = 0;

	if (!g || !g->members)
		return !*want;
	if ((*want == 'E') != (g->filter.mode == GROUP_EXCLUDE))
		return false;
	for (const char *p = want + 1; *p; p++) {
		bool is_in = false;
		struct ipa a;

		if (*p == ' ')
			continue;
		a = src((unsigned)(*p - '0'));
		for (uint32_t k = 0; k < g->filter.n; k++)
			is_in |= ipa_equal(&a, &g->filter.source[k]);
		if (!is_in)
			return false;
		n++;
	}
	return g->filter.n == n;
}

/* RFC 3376 3.2: wishes of up to three sockets, and what comes of them. */
static const struct {
	const char *name, *wish[3], *merged;
} merges[] = {
	{ "one, from anybody", { "E" }, "E" },
	{ "one, from two", { "I12" }, "I12" },
	{ "two includers are joined", { "I12", "I23" }, "I123" },
	{ "two excluders share", { "E12", "E23" }, "E2" },
	{ "excluders that share none", { "E1", "E2" }, "E" },
	{ "an excluder and an includer of it", { "E123", "I2" }, "E13" },
	{ "RFC 3376 3.2's example", { "E1234", "E2345", "I456" }, "E23" },
	{ "one from anybody decides", { "I1", "E", "E2" }, "E" },
	{ "includer of none is none", { "I" }, "I" },
};

static void wish(struct group_member **list, struct netif *i, const char *w, int *err)
{
	struct ipa s[8];
	uint32_t n = 0;

	for (const char *p = w + 1; *p; p++)
		s[n++] = src((unsigned)(*p - '0'));
	*err = group_join(list, i, &G, *w == 'E' ? GROUP_EXCLUDE : GROUP_INCLUDE, s, n);
}

static void test_merge(void)
{
	struct station s;
	struct netif *i;

	station_begin(&s, NULL, "10.0.0.1/8");
	i = station_netif(&s);
	for (unsigned k = 0; k < sizeof(merges) / sizeof(merges[0]); k++) {
		struct group_member *list[3] = { NULL };
		int err = 0;

		for (unsigned j = 0; j < 3 && merges[k].wish[j] && err == 0; j++)
			wish(&list[j], i, merges[k].wish[j], &err);
		tap(err == 0 && filter_is(i, &G, merges[k].merged), "merge: %s", merges[k].name);
		for (unsigned j = 0; j < 3; j++)
			group_leave_all(&list[j]);
		tap(filter_is(i, &G, "") && !group_is_member(i, &G), "merge: and all left");
		station_pass(&s, 30 * NOD_S);
		tap(!group_find(i, &G), "merge: and it is forgotten");
	}
	station_end(&s);
}

static void test_calls(void)
{
	struct station s;
	struct netif *i;
	struct group_member *list = NULL, *other = NULL;
	struct ipa one = src(1), two = src(2), no_group = ip("10.0.0.9"), many[65];

	station_begin(&s, NULL, "10.0.0.1/8");
	i = station_netif(&s);
	tap(group_join(&list, i, &no_group, GROUP_EXCLUDE, NULL, 0) == -EINVAL,
		"no group: refused");
	for (unsigned k = 0; k < 65; k++)
		many[k] = src(k);
	tap(group_join(&list, i, &G, GROUP_INCLUDE, many, 65) == -ENOBUFS && !list,
		"more sources than conf.group_sources: refused");
	tap(group_leave(&list, i, &G) == -EADDRNOTAVAIL, "leave what was never joined");
	tap(group_join(&list, i, &G, GROUP_EXCLUDE, NULL, 0) == 0, "joined");
	tap(group_join(&list, i, &G, GROUP_EXCLUDE, NULL, 0) == -EADDRINUSE, "joined twice");
	tap(group_join(&other, i, &G, GROUP_INCLUDE, &one, 1) == 0, "another owner");
	tap(group_wants(list, i, &G, &two) && !group_wants(other, i, &G, &two) &&
			group_wants(other, i, &G, &one) && !group_wants(NULL, i, &G, &one),
		"each owner has what he asked for");
	tap(group_set_filter(group_of(list, i, &G), GROUP_EXCLUDE, &two, 1) == 0 &&
			!group_wants(list, i, &G, &two) && filter_is(i, &G, "E2"),
		"another filter");
	tap(group_set_filter(group_of(list, i, &G), GROUP_INCLUDE, many, 65) == -ENOBUFS &&
			filter_is(i, &G, "E2"),
		"a filter that is too long changes nothing");
	tap(group_leave(&list, i, &G) == 0 && !list && filter_is(i, &G, "I1"),
		"one left, the other stays");

	nod_interface_remove(s.stack, STATION_IF);
	tap(!other, "memberships go with the interface");
	nod_stack_free(s.stack);
	free(s.sent);
}

static void test_limits(void)
{
	const struct nod_conf conf = { .seed = { 1 }, .groups = 8, .group_sources = 4,
		.no_ipv6 = true };
	struct station s;
	struct netif *i;
	struct group_member *list = NULL, *other[3] = { NULL };
	struct ipa list1[4] = { src(1), src(2), src(3), src(4) }, one = src(5);
	int err = 0;
	unsigned n = 0;

	station_begin(&s, &conf, "10.0.0.1/8");
	i = station_netif(&s);
	for (; err == 0 && n < 100; n++) {
		struct ipa g = IPA_V4(239, 0, 0, (uint8_t)n);

		err = group_join(&list, i, &g, GROUP_EXCLUDE, NULL, 0);
	}
	tap(err == -ENOBUFS && n == 9, "conf.groups, and one more is refused");
	group_leave_all(&list);
	for (err = 0, n = 0; err == 0 && n < 8; n++)
		err = group_join(&list, i, &IPA_V4(239, 0, 1, (uint8_t)n), GROUP_EXCLUDE, NULL, 0);
	tap(err == 0, "groups that were just left make room");
	group_leave_all(&list);
	station_pass(&s, 60 * NOD_S);

	group_join(&other[0], i, &G, GROUP_INCLUDE, list1, 4);
	group_join(&other[1], i, &G, GROUP_INCLUDE, &one, 1);
	tap(filter_is(i, &G, "E") && !group_wants(other[1], i, &G, &list1[0]),
		"more sources together than fit: from anybody, and sockets choose");
	group_leave_all(&other[0]);
	tap(filter_is(i, &G, "I5"), "and a list again when they fit");
	group_leave_all(&other[1]);
	station_end(&s);
}

/* The MAC filter and what is delivered follow the memberships. */
static void test_delivery(void)
{
	struct station s;
	struct netif *i;
	struct group_member *list = NULL;
	const uint8_t udp[] = { 0x12, 0x34, 0x56, 0x78, 0, 8, 0, 0 };
	struct heard h = { .src = ip("10.9.9.9"), .dst = G, .protocol = IP_PROTO_UDP, .ttl = 1,
		.data = udp, .len = sizeof(udp) };
	uint64_t before;

	station_begin(&s, NULL, "10.0.0.1/8");
	i = station_netif(&s);
	station_hear(&s, &h);
	tap(station_count(&s, NOD_EV_IP4_DELIVER) == 0, "no member: not delivered");
	group_join(&list, i, &G, GROUP_EXCLUDE, NULL, 0);
	before = station_count(&s, NOD_EV_IP4_DELIVER);
	station_hear(&s, &h);
	tap(station_count(&s, NOD_EV_IP4_DELIVER) == before + 1, "member: delivered");
	group_leave_all(&list);
	before = station_count(&s, NOD_EV_IP4_DELIVER);
	station_hear(&s, &h); /* it is still being told that we left */
	tap(station_count(&s, NOD_EV_IP4_DELIVER) == before, "left: not delivered any more");
	h.dst = ip("224.0.0.1");
	station_hear(&s, &h);
	tap(station_count(&s, NOD_EV_IP4_DELIVER) == before + 1,
		"RFC 1112 7.1: 224.0.0.1 is, always");
	tap(group_is_member(i, &(struct ipa){ .o = { 0xff, 2, [15] = 1 } }),
		"RFC 4291 2.8: so is ff02::1");
	station_end(&s);
}

int main(void)
{
	test_merge();
	test_calls();
	test_limits();
	test_delivery();
	return tap_done();
}
