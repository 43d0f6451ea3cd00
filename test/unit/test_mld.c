/* SPDX-License-Identifier: ISC */
/* test_mld.c - what a host tells IPv6's multicast routers, and when (IGMP-1, H28) */
#include "station.h"

#include "network/group.h"
#include "network/mld_wire.h"

static const struct ipa g1 = { .o = { 0xff, 0x15, [15] = 7 } };
static const struct ipa g2 = { .o = { 0xff, 0x1e, [15] = 8 } };
static const struct ipa all_nodes = { .o = { 0xff, 0x02, [15] = 1 } };
static const struct ipa v2_routers = { .o = { 0xff, 0x02, [15] = 0x16 } };
static const struct ipa routers = { .o = { 0xff, 0x02, [15] = 2 } };
static const struct ipa querier = { .o = { 0xfe, 0x80, [15] = 0xfe } };

static struct station s;
static struct group_member *list;

static struct ipa src(unsigned k)
{
	return (struct ipa){ .o = { 0x20, 1, 0x0d, 0xb8, [15] = (uint8_t)k } };
}

static void begin(void)
{
	station_begin(&s, &(struct nod_conf){ .seed = { 3 } }, NULL);
	list = NULL;
}

static void end(void)
{
	group_leave_all(&list);
	station_end(&s);
}

static bool sum_is_right(const struct sent *t)
{
	return checksum_end(checksum_add(ip_pseudo(&t->src, &t->dst, IP_PROTO_ICMPV6,
						 (uint32_t)t->len),
		       t->data, t->len)) == 0;
}

static bool is_mld(const struct sent *t)
{
	return t->protocol == IP_PROTO_ICMPV6 && t->len >= 8 &&
		((t->data[0] >= 130 && t->data[0] <= 132) || t->data[0] == 143);
}

static const struct sent *mld(unsigned k)
{
	for (unsigned n = 0; n < s.n; n++)
		if (is_mld(&s.sent[n]) && k-- == 0)
			return &s.sent[n];
	return NULL;
}

static unsigned mlds(void)
{
	unsigned n = 0;

	while (mld(n))
		n++;
	return n;
}

/* Whether it is a report that is right all over and has this record. */
static bool reports(const struct sent *t, uint8_t type, const struct ipa *g, const char *sources)
{
	size_t at = 8, n = strlen(sources);

	if (!t || t->data[0] != MLD_REPORT_V2 || !sum_is_right(t) || t->ttl != 1 || !t->has_alert ||
		!ipa_equal(&t->dst, &v2_routers) || !ipa_is_link_local(&t->src))
		return false;
	for (unsigned k = 0; k < t->data[7]; k++) {
		const uint8_t *r = t->data + at;
		bool is_it = r[0] == type && r[3] == n && memcmp(r + 4, g->o, 16) == 0;

		for (size_t j = 0; is_it && j < n; j++)
			is_it = r[20 + 16 * j + 15] == sources[j] - '0';
		if (is_it)
			return true;
		at += 20 + 16u * r[3];
	}
	return false;
}

static bool says(const struct sent *t, uint8_t type, const struct ipa *g, const struct ipa *dst)
{
	return t && t->len == MLD_LEN && t->data[0] == type && sum_is_right(t) && t->ttl == 1 &&
		t->has_alert && memcmp(t->data + 8, g->o, 16) == 0 && ipa_equal(&t->dst, dst);
}

struct question {
	uint8_t version;
	uint16_t code;
	struct ipa group;
	const struct ipa *sources;
	unsigned n_sources, n_claimed;
	struct ipa src;
	uint8_t ttl;
	bool no_alert, bad_sum, is_report;
};

static void ask(struct question q)
{
	uint8_t m[2048] = { q.is_report ? MLD_REPORT_V1 : MLD_QUERY };
	struct wcur w = wcur_of(m, sizeof(m));
	struct heard h = { .protocol = IP_PROTO_ICMPV6, .has_alert = !q.no_alert, .data = m };
	uint16_t sum;

	h.src = ipa_is_any(&q.src) ? querier : q.src;
	h.dst = ipa_is_any(&q.group) ? all_nodes : q.group;
	h.ttl = q.ttl ? q.ttl : 1;
	w.at = 4;
	wcur_u16(&w, q.code);
	wcur_u16(&w, 0);
	wcur_put(&w, q.group.o, 16);
	if (q.version == 2) {
		wcur_u16(&w, 0x027d);
		wcur_u16(&w, (uint16_t)(q.n_claimed ? q.n_claimed : q.n_sources));
		for (unsigned k = 0; k < q.n_sources; k++)
			wcur_put(&w, q.sources[k].o, 16);
	}
	h.len = w.at;
	sum = (uint16_t)(checksum_end(checksum_add(ip_pseudo(&h.src, &h.dst, IP_PROTO_ICMPV6,
							   (uint32_t)h.len),
				 m, h.len)) ^
		(q.bad_sum ? 1 : 0));
	m[2] = (uint8_t)(sum >> 8);
	m[3] = (uint8_t)sum;
	station_hear(&s, &h);
}

static void settle(void)
{
	station_pass(&s, 60 * NOD_S);
	station_forget(&s);
}

static int join(const struct ipa *g)
{
	return group_join(&list, station_netif(&s), g, GROUP_EXCLUDE, NULL, 0);
}

static void test_changes(void)
{
	struct ipa s12[] = { src(1), src(2) };
	nod_ns joined;

	begin();
	joined = s.now;
	tap(join(&g1) == 0, "(IGMP-1) a group is joined");
	station_pass(&s, 60 * NOD_S);
	tap(mlds() == 2 && reports(mld(0), 4, &g1, "") && reports(mld(1), 4, &g1, "") &&
			mld(0)->at == joined && mld(1)->at <= joined + NOD_S + NOD_MS,
		"(IGMP-1) told at once, and again within a second");
	station_forget(&s);
	group_set_filter(list, GROUP_INCLUDE, s12, 2);
	station_pass(&s, 60 * NOD_S);
	tap(mlds() == 2 && reports(mld(0), 3, &g1, "12"), "another mode: to INCLUDE");
	station_forget(&s);
	group_leave(&list, station_netif(&s), &g1);
	station_pass(&s, 60 * NOD_S);
	tap(mlds() == 2 && reports(mld(1), 6, &g1, "12"), "left: BLOCK, twice");
	station_forget(&s);
	join(&all_nodes);
	join(&(struct ipa){ .o = { 0xff, 0x11, [15] = 9 } });
	join(&(struct ipa){ .o = { 0xff, 0x10, [15] = 9 } });
	station_pass(&s, 60 * NOD_S);
	tap(mlds() == 0, "RFC 3810 6: ff02::1 and scopes 0 and 1 are not told");
	end();
}

/* (IGMP-1) The solicited-node group of the link-local address, from the start. */
static void test_solicited(void)
{
	const struct nod_conf conf = { .seed = { 3 } };
	const struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, 1 } };
	unsigned from_any = 0, from_address = 0;

	s = (struct station){ .now = 1000 * NOD_S };
	nod_stack_new(&conf, s.now, &s.stack);
	nod_interface_add(s.stack, &i);
	station_pass(&s, 60 * NOD_S);
	for (unsigned k = 0; k < mlds(); k++) {
		bool is_solicited = false;

		for (unsigned r = 0, at = 8; r < mld(k)->data[7]; r++, at += 20)
			is_solicited |= mld(k)->data[at + 5] == 2 && mld(k)->data[at + 15] == 1 &&
				mld(k)->data[at + 16] == 0xff;
		from_any += is_solicited && ipa_is_any(&mld(k)->src);
		from_address += is_solicited && ipa_is_link_local(&mld(k)->src);
	}
	tap(from_any >= 1, "(IGMP-1) the solicited-node group is told before there is an address");
	tap(from_address >= 2, "RFC 3590 4: and again, twice, from it");
	station_end(&s);
}

static void test_answers(void)
{
	struct ipa s12[] = { src(1), src(2) };
	nod_ns asked;

	begin();
	join(&g1);
	group_join(&list, station_netif(&s), &g2, GROUP_INCLUDE, s12, 2);
	settle();
	asked = s.now;
	ask((struct question){ .version = 2, .code = 10000 });
	tap(mlds() == 0, "not answered at once");
	station_pass(&s, 11 * NOD_S);
	tap(mlds() == 1 && reports(mld(0), 2, &g1, "") && reports(mld(0), 1, &g2, "12") &&
			mld(0)->at <= asked + 10 * NOD_S + NOD_MS,
		"(IGMP-1) all groups in one report, within the time");
	station_forget(&s);
	ask((struct question){ .version = 2, .code = 1000, .group = g2, .sources = s12 + 1,
		.n_sources = 1 });
	station_pass(&s, 2 * NOD_S);
	tap(mlds() == 1 && reports(mld(0), 1, &g2, "2"), "about a source");
	station_forget(&s);
	ask((struct question){ .version = 1, .code = 1000, .group = g1 });
	station_pass(&s, 2 * NOD_S);
	tap(mlds() == 1 && says(mld(0), MLD_REPORT_V1, &g1, &g1), "a version 1 querier");
	station_forget(&s);
	group_leave(&list, station_netif(&s), &g2);
	station_pass(&s, 20 * NOD_S);
	tap(mlds() == 1 && says(mld(0), MLD_DONE, &g2, &routers), "version 1: done");
	station_forget(&s);
	ask((struct question){ .version = 1, .code = 5000, .group = g1 });
	ask((struct question){ .version = 1, .is_report = true, .group = g1 });
	station_pass(&s, 10 * NOD_S);
	tap(mlds() == 0, "RFC 2710 4: another member said it");
	station_pass(&s, 260 * NOD_S);
	ask((struct question){ .version = 2, .code = 1000, .group = g1 });
	station_pass(&s, 2 * NOD_S);
	tap(mlds() == 1 && reports(mld(0), 2, &g1, ""), "RFC 3810 9.12: version 2 again");
	end();
}

static const struct {
	const char *name;
	struct question q;
	enum nod_event_kind why;
} wrong[] = {
	{ "a source and none there", { .version = 2, .n_claimed = 1 }, NOD_EV_MLD_DROP_BAD },
	{ "65,535 sources", { .version = 2, .n_claimed = 65535 }, NOD_EV_MLD_DROP_BAD },
	{ "4,096 sources", { .version = 2, .n_claimed = 4096 }, NOD_EV_MLD_DROP_BAD },
	{ "from a global address", { .version = 2, .src = { .o = { 0x20, 1, [15] = 1 } } },
		NOD_EV_MLD_DROP_BAD },
	{ "hop limit 2", { .version = 2, .ttl = 2 }, NOD_EV_MLD_DROP_BAD },
	{ "hop limit 255", { .version = 1, .ttl = 255 }, NOD_EV_MLD_DROP_BAD },
	{ "without router alert", { .version = 2, .no_alert = true }, NOD_EV_MLD_DROP_BAD },
	{ "wrong checksum", { .version = 2, .bad_sum = true }, NOD_EV_N },
};

/* (H28) */
static void test_hostile(void)
{
	begin();
	join(&g1);
	settle();
	for (unsigned k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
		uint64_t before = station_count(&s, wrong[k].why);

		ask(wrong[k].q);
		station_pass(&s, 30 * NOD_S);
		tap(mlds() == 0 && (wrong[k].why == NOD_EV_N ||
					   station_count(&s, wrong[k].why) == before + 1),
			"(H28) %s: no answer", wrong[k].name);
		station_forget(&s);
	}
	for (unsigned k = 0; k < 10000; k++) {
		ask((struct question){ .version = 2, .code = 0 });
		station_pass(&s, NOD_MS);
	}
	tap(mlds() > 10 && mlds() < 400, "(H28) 10,000 questions in 10 s, delay 0: %u answers",
		mlds());
	end();
}

int main(void)
{
	test_solicited();
	test_changes();
	test_answers();
	test_hostile();
	return tap_done();
}
