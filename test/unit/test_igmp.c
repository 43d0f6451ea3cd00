/* SPDX-License-Identifier: ISC */
/* test_igmp.c - what a host tells IPv4's multicast routers, and when (IGMP-1, H28) */
#include "station.h"

#include "network/group.h"
#include "network/igmp_wire.h"

#define G1 IPA_V4(239, 1, 2, 3)
#define G2 IPA_V4(239, 1, 2, 4)

static struct station s;
static struct group_member *list;

static struct ipa src(unsigned k)
{
	return IPA_V4(10, 0, 0, (uint8_t)k);
}

static void begin(const char *addr)
{
	station_begin(&s, &(struct nod_conf){ .seed = { 3 }, .no_ipv6 = true }, addr);
	list = NULL;
}

static void end(void)
{
	group_leave_all(&list);
	station_end(&s);
}

static int join(const struct ipa *g)
{
	return group_join(&list, station_netif(&s), g, GROUP_EXCLUDE, NULL, 0);
}

static bool sum_is_right(const struct sent *t)
{
	return checksum_end(checksum_add(0, t->data, t->len)) == 0;
}

/* IGMP that left, the @k-th; NULL: there are not so many. */
static const struct sent *igmp(unsigned k)
{
	for (unsigned n = 0; n < s.n; n++)
		if (s.sent[n].protocol == IP_PROTO_IGMP && k-- == 0)
			return &s.sent[n];
	return NULL;
}

static unsigned igmps(void)
{
	unsigned n = 0;

	while (igmp(n))
		n++;
	return n;
}

/* A version 3 report that is right all over and whose only record is this. */
static bool reports(const struct sent *t, uint8_t type, const struct ipa *g, const char *sources)
{
	struct ipa routers = ip("224.0.0.22");
	size_t n = strlen(sources);

	if (!t || t->data[0] != IGMP_REPORT_V3 || !sum_is_right(t) || t->ttl != 1 ||
		!t->has_alert || !ipa_equal(&t->dst, &routers) || t->len != 16 + 4 * n ||
		t->data[7] != 1 || t->data[8] != type || t->data[9] || t->data[10] ||
		t->data[11] != n || memcmp(t->data + 12, g->o + 12, 4) != 0)
		return false;
	for (size_t k = 0; k < n; k++) {
		bool is_in = false;

		for (size_t j = 0; j < n; j++)
			is_in |= t->data[16 + 4 * j + 3] == sources[k] - '0';
		if (!is_in)
			return false;
	}
	return true;
}

static bool says(const struct sent *t, uint8_t type, const struct ipa *g, const struct ipa *dst)
{
	return t && t->len == IGMP_LEN && t->data[0] == type && sum_is_right(t) && t->ttl == 1 &&
		t->has_alert && memcmp(t->data + 4, g->o + 12, 4) == 0 && ipa_equal(&t->dst, dst);
}

/* A question as a querier at 10.0.0.254 asks it, and what may be wrong with it. */
struct question {
	uint8_t version, code;
	struct ipa group;
	const struct ipa *sources;
	unsigned n_sources, n_claimed; /* how many it says, when not n_sources */
	struct ipa src, dst; /* any: as it should be */
	uint8_t ttl, robustness, interval;
	bool no_alert, bad_sum, is_from_nobody;
};

static void ask(struct question q)
{
	uint8_t m[2048] = { IGMP_QUERY, q.code };
	struct wcur w = wcur_of(m, sizeof(m));
	struct heard h = { .protocol = IP_PROTO_IGMP, .has_alert = !q.no_alert && q.version > 1 };
	uint16_t sum;

	if (ipa_is_any(&q.group))
		q.group = IPA_ANY4;
	w.at = 4;
	wcur_put(&w, q.group.o + 12, 4);
	if (q.version == 3) {
		wcur_u8(&w, q.robustness);
		wcur_u8(&w, q.interval);
		wcur_u16(&w, (uint16_t)(q.n_claimed ? q.n_claimed : q.n_sources));
		for (unsigned k = 0; k < q.n_sources; k++)
			wcur_put(&w, q.sources[k].o + 12, 4);
	}
	sum = (uint16_t)(checksum_end(checksum_add(0, m, w.at)) ^ (q.bad_sum ? 1 : 0));
	m[2] = (uint8_t)(sum >> 8);
	m[3] = (uint8_t)sum;
	h.src = q.is_from_nobody ? IPA_ANY4 : ipa_is_any(&q.src) ? ip("10.0.0.254") : q.src;
	h.dst = !ipa_is_any(&q.dst) ? q.dst : ipa_is_any(&q.group) ? ip("224.0.0.1") : q.group;
	h.ttl = q.ttl ? q.ttl : 1;
	h.data = m;
	h.len = w.at;
	station_hear(&s, &h);
}

static void settle(void)
{
	station_pass(&s, 60 * NOD_S);
	station_forget(&s);
}

/* (IGMP-1) RFC 3376 5.1 */
static void test_changes(void)
{
	struct ipa one = src(1), both[] = { src(1), src(2) }, next[] = { src(2), src(3) };
	struct netif *i;
	struct ipa g = G1;
	nod_ns joined;

	begin("10.0.0.1/24");
	i = station_netif(&s);
	joined = s.now;
	tap(join(&g) == 0, "(IGMP-1) a group is joined");
	station_pass(&s, 0);
	tap(igmps() == 1 && reports(igmp(0), 4, &g, "") && igmp(0)->mac[0] == 1 &&
			ipa_equal(&igmp(0)->src, &IPA_V4(10, 0, 0, 1)),
		"(IGMP-1) told at once: to EXCLUDE of none, TTL 1, router alert");
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 2 && reports(igmp(1), 4, &g, "") && igmp(1)->at > joined &&
			igmp(1)->at <= joined + NOD_S + NOD_MS,
		"RFC 3376 8.11: and once more within a second");
	station_forget(&s);
	group_set_filter(list, GROUP_EXCLUDE, &one, 1);
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 2 && reports(igmp(0), 6, &g, "1") && reports(igmp(1), 6, &g, "1"),
		"BLOCK of what is excluded now, twice");
	station_forget(&s);
	group_set_filter(list, GROUP_INCLUDE, both, 2);
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 2 && reports(igmp(0), 3, &g, "12"), "another mode: to INCLUDE, the whole");
	station_forget(&s);
	group_set_filter(list, GROUP_INCLUDE, next, 2);
	station_pass(&s, 0);
	tap(igmps() == 1 && igmp(0)->data[7] == 2 && igmp(0)->data[8] == 5 &&
			igmp(0)->data[19] == 3 && igmp(0)->data[20] == 6 && igmp(0)->data[31] == 1,
		"a source comes and one goes: ALLOW and BLOCK in one report");
	group_set_filter(list, GROUP_INCLUDE, both, 2);
	station_forget(&s);
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 2 && igmp(0)->data[8] == 5 && igmp(0)->data[19] == 1 &&
			igmp(0)->data[20] == 6 && igmp(0)->data[31] == 3,
		"RFC 3376 5.1: changed again while it is told: what came is blocked again");
	station_forget(&s);
	group_leave(&list, i, &g);
	station_pass(&s, 0);
	tap(igmps() == 1 && reports(igmp(0), 6, &g, "12"), "(IGMP-1) left: BLOCK of its sources");
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 2 && reports(igmp(1), 6, &g, "12"), "and once more, though it is left");
	settle();
	join(&g);
	settle();
	group_leave(&list, i, &g);
	join(&g);
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 3 && reports(igmp(0), 3, &g, "") && reports(igmp(1), 4, &g, "") &&
			reports(igmp(2), 4, &g, ""),
		"left and joined again at once: the last word is EXCLUDE");
	tap(join(&IPA_V4(224, 0, 0, 1)) == 0, "224.0.0.1 may be joined");
	station_forget(&s);
	station_pass(&s, 60 * NOD_S);
	ask((struct question){ .version = 3, .code = 10, .group = ip("224.0.0.1") });
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 0, "RFC 3376 6: and is never told");
	nod_interface_set_up(s.stack, STATION_IF, false);
	station_forget(&s);
	nod_interface_set_up(s.stack, STATION_IF, true);
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 2 && reports(igmp(0), 4, &g, ""), "the interface is up again: told again");
	end();
}

/* RFC 3376 5.2 */
static void test_answers(void)
{
	struct ipa g1 = G1, g2 = G2, s12[] = { src(1), src(2) }, s23[] = { src(2), src(3) };
	nod_ns first = 0, last = 0;
	bool in_time = true;

	begin("10.0.0.1/24");
	join(&g1);
	group_join(&list, station_netif(&s), &g2, GROUP_INCLUDE, s12, 2);
	settle();
	for (unsigned k = 0; k < 20; k++) {
		nod_ns asked = s.now, at;

		ask((struct question){ .version = 3, .code = 100, .robustness = 2,
			.interval = 125 });
		in_time &= igmps() == 0;
		station_pass(&s, 11 * NOD_S);
		in_time &= igmps() == 1 && igmp(0)->data[7] == 2 && igmp(0)->len == 8 + 8 + 16 &&
			sum_is_right(igmp(0));
		at = igmp(0) ? igmp(0)->at - asked : 0;
		in_time &= at > 0 && at <= 10 * NOD_S + NOD_MS;
		first = !k || at < first ? at : first;
		last = at > last ? at : last;
		station_forget(&s);
	}
	tap(in_time && first < 2 * NOD_S && last > 8 * NOD_S,
		"(IGMP-1) all groups in one report, after a random part of 10 s");
	ask((struct question){ .version = 3, .code = 10, .group = g1 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 2, &g1, ""), "about a group: IS_EXCLUDE of none");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 10, .group = g2 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 1, &g2, "12"), "about a group: IS_INCLUDE");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 10, .group = g2, .sources = s23,
		.n_sources = 2 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 1, &g2, "2"), "about sources: those that are wanted");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 10, .group = g1, .sources = s23,
		.n_sources = 2 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 1, &g1, "23"), "of one that takes all: all of them");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 10, .group = g2, .sources = s23 + 1,
		.n_sources = 1 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 0, "about sources that nobody wants: no answer");
	ask((struct question){ .version = 3, .code = 50, .group = g2, .sources = s12,
		.n_sources = 1 });
	ask((struct question){ .version = 3, .code = 50, .group = g2, .sources = s12 + 1,
		.n_sources = 1 });
	station_pass(&s, 6 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 1, &g2, "12"), "two questions, one answer to both");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 50, .group = g2, .sources = s23,
		.n_sources = 2 });
	ask((struct question){ .version = 3, .code = 50, .group = g2 });
	station_pass(&s, 6 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 1, &g2, "12"), "and then about the group: all of it");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 10, .group = ip("239.9.9.9") });
	station_pass(&s, 6 * NOD_S);
	tap(igmps() == 0, "about a group of others: silence");
	ask((struct question){ .version = 3, .code = 10, .is_from_nobody = true });
	station_pass(&s, 6 * NOD_S);
	tap(igmps() == 1, "a querier without an address is answered");
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 10, .dst = ip("10.0.0.1") });
	station_pass(&s, 6 * NOD_S);
	tap(igmps() == 1, "RFC 3376 4.1.12: so is one who asks us alone");
	end();
}

/* More records than fit into a packet. */
static void test_many(void)
{
	unsigned groups = 0, packets;
	bool ok = true;

	begin("10.0.0.1/24");
	for (unsigned k = 0; k < 250; k++)
		ok &= join(&IPA_V4(239, 2, 0, (uint8_t)k)) == 0;
	settle();
	ask((struct question){ .version = 3, .code = 10 });
	station_pass(&s, 2 * NOD_S);
	packets = igmps();
	for (unsigned k = 0; k < packets; k++)
		groups += (unsigned)(igmp(k)->data[6] << 8 | igmp(k)->data[7]);
	tap(ok && groups == 250 && packets >= 2 && packets <= 4,
		"250 groups in %u reports", packets);
	group_leave_all(&list);
	nod_interface_set_mtu(s.stack, STATION_IF, 100);
	settle();
	struct ipa many[40];
	for (unsigned k = 0; k < 40; k++)
		many[k] = src(k + 1);
	group_join(&list, station_netif(&s), &G1, GROUP_INCLUDE, many, 40);
	groups = 0;
	station_pass(&s, 0);
	for (unsigned k = 0; k < igmps(); k++)
		groups += igmp(k)->data[8] == 5 ? igmp(k)->data[11] : 0;
	tap(igmps() == 3 && groups == 40, "a list of sources that needs three packets");
	settle();
	group_set_filter(list, GROUP_EXCLUDE, many, 40);
	station_pass(&s, 0);
	tap(igmps() == 1 && igmp(0)->data[8] == 4 && igmp(0)->data[11] == 15,
		"RFC 3376 4.2.16: an EXCLUDE list is cut off instead");
	end();
}

/* RFC 3376 7, RFC 2236, RFC 1112 */
static void test_old_versions(void)
{
	struct ipa g1 = G1, g2 = G2, routers = ip("224.0.0.2"), one = src(1);
	uint8_t other[IGMP_LEN];
	struct wcur w;

	begin("10.0.0.1/24");
	join(&g1);
	settle();
	ask((struct question){ .version = 2, .code = 100 });
	station_pass(&s, 11 * NOD_S);
	tap(igmps() == 1 && says(igmp(0), IGMP_REPORT_V2, &g1, &g1),
		"a version 2 querier: a version 2 report to the group");
	station_forget(&s);
	group_join(&list, station_netif(&s), &g2, GROUP_INCLUDE, &one, 1);
	station_pass(&s, 30 * NOD_S);
	tap(igmps() == 2 && says(igmp(0), IGMP_REPORT_V2, &g2, &g2) &&
			says(igmp(1), IGMP_REPORT_V2, &g2, &g2),
		"joined: twice, without sources");
	station_forget(&s);
	group_leave(&list, station_netif(&s), &g2);
	station_pass(&s, 30 * NOD_S);
	tap(igmps() == 1 && says(igmp(0), IGMP_LEAVE, &g2, &routers),
		"left: once, to all routers");
	station_forget(&s);
	ask((struct question){ .version = 2, .code = 100, .group = g1 });
	w = wcur_of(other, sizeof(other));
	igmp_old_emit(IGMP_REPORT_V2, &g1, &w);
	station_hear(&s, &(struct heard){ .src = ip("10.0.0.7"), .dst = g1, .ttl = 1,
		.protocol = IP_PROTO_IGMP, .has_alert = true, .data = other, .len = 8 });
	station_pass(&s, 11 * NOD_S);
	tap(igmps() == 0, "RFC 2236 3: another member said it: we need not");
	ask((struct question){ .version = 1, .code = 0 });
	station_pass(&s, 11 * NOD_S);
	tap(igmps() == 1 && says(igmp(0), IGMP_REPORT_V1, &g1, &g1), "a version 1 querier");
	station_forget(&s);
	join(&g2);
	group_leave(&list, station_netif(&s), &g2);
	station_pass(&s, 30 * NOD_S);
	tap(igmps() == 1 && says(igmp(0), IGMP_REPORT_V1, &g2, &g2), "version 1 has no leaving");
	station_forget(&s);
	station_pass(&s, 210 * NOD_S);
	ask((struct question){ .version = 3, .code = 10 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 1 && igmp(0)->data[0] != IGMP_REPORT_V3 && igmp(0)->data[0] != IGMP_LEAVE,
		"RFC 3376 8.12: for 260 s an older querier decides");
	station_forget(&s);
	station_pass(&s, 40 * NOD_S);
	ask((struct question){ .version = 3, .code = 10 });
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 2, &g1, ""), "and then version 3 again");
	settle();

	group_join(&list, station_netif(&s), &g2, GROUP_INCLUDE, &one, 1);
	station_pass(&s, 0);
	station_forget(&s);
	ask((struct question){ .version = 2, .code = 1, .group = ip("239.7.7.7"),
		.dst = ip("224.0.0.1") });
	station_pass(&s, 11 * NOD_S);
	tap(igmps() == 0, "RFC 3376 7.2.1: another version cancels what was about to be said");
	end();
}

static const struct {
	const char *name;
	struct question q;
} wrong[] = {
	{ "a source and none there", { .version = 3, .code = 10, .n_claimed = 1 } },
	{ "65,535 sources", { .version = 3, .code = 10, .n_claimed = 65535 } },
	{ "16,384 sources", { .version = 3, .code = 10, .n_claimed = 16384 } },
	{ "of a group that is none", { .version = 3, .code = 10,
		.group = IPA_V4_INIT(10, 0, 0, 1), .dst = IPA_V4_INIT(224, 0, 0, 1) } },
	{ "from farther than this link", { .version = 3, .code = 10, .ttl = 2 } },
	{ "with TTL 255", { .version = 2, .code = 10, .ttl = 255 } },
	{ "from another network", { .version = 3, .code = 10,
		.src = IPA_V4_INIT(192, 0, 2, 1) } },
	{ "without router alert", { .version = 3, .code = 10, .no_alert = true } },
	{ "version 2 without router alert", { .version = 2, .code = 10, .no_alert = true } },
	{ "wrong checksum", { .version = 3, .code = 10, .bad_sum = true } },
	{ "a general one to another group", { .version = 3, .code = 10,
		.dst = IPA_V4_INIT(239, 1, 2, 3) } },
};

/* (H28) */
static void test_hostile(void)
{
	struct ipa g = G1, many[300];

	begin("10.0.0.1/24");
	join(&g);
	settle();
	for (unsigned k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
		uint64_t before = station_count(&s, NOD_EV_IGMP_DROP_BAD);

		ask(wrong[k].q);
		station_pass(&s, 30 * NOD_S);
		tap(igmps() == 0 && station_count(&s, NOD_EV_IGMP_DROP_BAD) == before + 1,
			"(H28) %s: no answer", wrong[k].name);
		station_forget(&s);
	}
	for (unsigned k = 0; k < 300; k++)
		many[k] = src(k);
	for (unsigned k = 0; k < 1000; k++)
		ask((struct question){ .version = 3, .code = 100, .group = g, .sources = many,
			.n_sources = 300 });
	station_pass(&s, 11 * NOD_S);
	tap(igmps() == 1 && reports(igmp(0), 2, &g, ""),
		"(H28) more sources than are remembered, a thousand times: one answer, the whole");
	station_forget(&s);
	for (unsigned k = 0; k < 10000; k++) {
		ask((struct question){ .version = 3, .code = 0 });
		station_pass(&s, NOD_MS);
	}
	tap(igmps() > 10 && igmps() < 400, "(H28) 10,000 questions in 10 s, delay 0: %u answers",
		igmps());
	station_forget(&s);
	ask((struct question){ .version = 3, .code = 100, .robustness = 7, .interval = 255 });
	ask((struct question){ .version = 1 });
	ask((struct question){ .version = 2, .code = 255 });
	station_pass(&s, 60 * NOD_S);
	tap(igmps() == 1 && igmp(0)->data[0] == IGMP_REPORT_V1, "(H28) three versions mixed");
	station_forget(&s);
	/* every type, too short and right */
	uint64_t before = station_count(&s, NOD_EV_IGMP_IN);
	for (unsigned type = 0; type < 256; type++)
		for (size_t len = 0; len <= 12; len++) {
			uint8_t m[12] = { (uint8_t)type };
			uint16_t sum = checksum_end(checksum_add(0, m, len));

			if (len >= 4) {
				m[2] = (uint8_t)(sum >> 8);
				m[3] = (uint8_t)sum;
			}
			station_hear(&s, &(struct heard){ .src = ip("10.0.0.7"),
				.dst = ip("224.0.0.1"), .ttl = 1, .protocol = IP_PROTO_IGMP,
				.has_alert = true, .data = m, .len = len });
		}
	tap(station_count(&s, NOD_EV_IGMP_IN) == before + 256 * 13, "(H73) every type and length");
	end();
}

static void test_without_address(void)
{
	struct ipa g = G1;

	begin(NULL);
	join(&g);
	station_pass(&s, 2 * NOD_S);
	tap(igmps() == 2 && ipa_is_any(&igmp(0)->src) && reports(igmp(0), 4, &g, ""),
		"RFC 3376 4.2.13: from 0.0.0.0 while there is no address");
	end();
}

int main(void)
{
	test_changes();
	test_answers();
	test_many();
	test_old_versions();
	test_hostile();
	test_without_address();
	return tap_done();
}
