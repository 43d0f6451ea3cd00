/* SPDX-License-Identifier: ISC */
/*
 * test_neigh.c - link/neigh.c and neigh_table.c: states, what waits, and who loses his place
 *
 * RFC 4861 7.2.5 and appendix C row by row; the hostile table's H03 and H04; ARP-1 .. ARP-3.
 */
#include <errno.h>

#include "lan.h"

#define EV(l, kind) ((l)->core.count[NOD_EV_##kind])
#define V4	    ETHERTYPE_IPV4

static struct {
	unsigned everybody, alone, router_gone, unreachable;
	struct neigh *of;
} told;

static void solicit(void *self, struct neigh *n, const uint8_t *mac)
{
	(void)self;
	told.everybody += !mac;
	told.alone += mac != NULL;
	told.of = n;
}

static void router_gone(void *self, struct neigh *n)
{
	(void)self;
	told.router_gone++;
	told.of = n;
}

static struct lan *answering;

static struct neigh *get(struct lan *l, struct ipa a)
{
	return neigh_get(&l->link, l->i, &a);
}

static void unreachable(void *self, struct neigh *n, struct pkt *p)
{
	(void)self;
	(void)p;
	told.unreachable += n->iface != NULL;
	if (answering) { /* the one who sent @p is told, and he and another are neighbours, too */
		struct lan *l = answering;

		answering = NULL;
		get(l, ipa_of_v4(0x0a000201));
		get(l, ipa_of_v4(0x0a000202));
	}
}

/* As lan_open(), but who asks is counted and nothing is sent. */
static void open_counted(struct lan *l, const struct nod_conf *conf)
{
	const struct neigh_protocol p = {
		.solicit = solicit, .unreachable = unreachable, .router_gone = router_gone };

	lan_open(l, conf, NULL);
	neigh_register(&l->link, true, &p);
	neigh_register(&l->link, false, &p);
	memset(&told, 0, sizeof(told));
}

static struct neigh *entry(struct lan *l, struct ipa a)
{
	return neigh_find(&l->link, l->i, &a);
}

static int send_to(struct lan *l, struct neigh *n)
{
	return neigh_output(n, lan_ip(l, 40), V4);
}

/* PEER in @state, with peer_mac where it has one. */
static struct neigh *in_state(struct lan *l, enum neigh_state state)
{
	struct neigh *n = get(l, PEER);

	switch (state) {
	case NEIGH_INCOMPLETE:
	case NEIGH_FAILED:
		send_to(l, n);
		if (state == NEIGH_FAILED)
			lan_pass(l, 3 * NOD_S + NOD_S / 100);
		break;
	case NEIGH_REACHABLE:
		neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED);
		break;
	case NEIGH_STALE:
	case NEIGH_DELAY:
	case NEIGH_PROBE:
		neigh_asked_us(n, peer_mac);
		if (state != NEIGH_STALE)
			send_to(l, n);
		if (state == NEIGH_PROBE)
			lan_pass(l, 5 * NOD_S + NOD_S / 100);
		break;
	case NEIGH_PERMANENT:
		neigh_set(&l->link, l->i, &PEER, peer_mac);
		break;
	default:
		break;
	}
	return n;
}

/* What is heard in which state: RFC 4861 7.2.5, appendix C. */
enum { SAME, DIFFERENT, NO_MAC };
#define S NEIGH_HEARD_SOLICITED
#define O NEIGH_HEARD_OVERRIDE

static const struct {
	enum neigh_state from;
	int mac;
	unsigned what;
	enum neigh_state to;
	int has; /* SAME, DIFFERENT, or NO_MAC */
} heard[] = {
	{ NEIGH_INCOMPLETE, NO_MAC, S, NEIGH_INCOMPLETE, NO_MAC },
	{ NEIGH_INCOMPLETE, SAME, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_INCOMPLETE, SAME, S | O, NEIGH_REACHABLE, SAME },
	/* it becomes STALE, and at once is sent what waited */
	{ NEIGH_INCOMPLETE, SAME, 0, NEIGH_DELAY, SAME },
	{ NEIGH_INCOMPLETE, SAME, O, NEIGH_DELAY, SAME },
	{ NEIGH_REACHABLE, DIFFERENT, 0, NEIGH_STALE, SAME },
	{ NEIGH_REACHABLE, DIFFERENT, S, NEIGH_STALE, SAME },
	{ NEIGH_REACHABLE, DIFFERENT, S | O, NEIGH_REACHABLE, DIFFERENT },
	{ NEIGH_REACHABLE, DIFFERENT, O, NEIGH_STALE, DIFFERENT },
	{ NEIGH_REACHABLE, SAME, 0, NEIGH_REACHABLE, SAME },
	{ NEIGH_REACHABLE, SAME, O, NEIGH_REACHABLE, SAME },
	{ NEIGH_REACHABLE, NO_MAC, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_STALE, DIFFERENT, 0, NEIGH_STALE, SAME },
	{ NEIGH_STALE, DIFFERENT, S, NEIGH_STALE, SAME },
	{ NEIGH_STALE, DIFFERENT, O, NEIGH_STALE, DIFFERENT },
	{ NEIGH_STALE, DIFFERENT, S | O, NEIGH_REACHABLE, DIFFERENT },
	{ NEIGH_STALE, SAME, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_STALE, SAME, 0, NEIGH_STALE, SAME },
	{ NEIGH_STALE, NO_MAC, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_DELAY, DIFFERENT, S, NEIGH_DELAY, SAME },
	{ NEIGH_DELAY, SAME, 0, NEIGH_DELAY, SAME },
	{ NEIGH_DELAY, SAME, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_DELAY, DIFFERENT, O, NEIGH_STALE, DIFFERENT },
	{ NEIGH_PROBE, DIFFERENT, 0, NEIGH_PROBE, SAME },
	{ NEIGH_PROBE, DIFFERENT, S, NEIGH_PROBE, SAME },
	{ NEIGH_PROBE, SAME, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_PROBE, DIFFERENT, S | O, NEIGH_REACHABLE, DIFFERENT },
	{ NEIGH_PROBE, SAME, O, NEIGH_PROBE, SAME },
	{ NEIGH_FAILED, SAME, S, NEIGH_REACHABLE, SAME },
	{ NEIGH_FAILED, NO_MAC, S, NEIGH_FAILED, NO_MAC },
	{ NEIGH_PERMANENT, DIFFERENT, S | O, NEIGH_PERMANENT, SAME },
};

static void what_is_heard(void)
{
	for (unsigned i = 0; i < sizeof(heard) / sizeof(heard[0]); i++) {
		const uint8_t *const mac[] = { peer_mac, other_mac, NULL };
		struct lan l;

		open_counted(&l, NULL);
		struct neigh *n = in_state(&l, heard[i].from);
		bool ok = n->state == heard[i].from;

		neigh_heard(n, mac[heard[i].mac], heard[i].what);
		ok = ok && n->state == heard[i].to && neigh_has_mac(n) == (heard[i].has != NO_MAC);
		ok = ok && (heard[i].has == NO_MAC || memcmp(n->mac, mac[heard[i].has], 6) == 0);
		tap(ok, "neigh: %s hears %s MAC%s%s: %s", neigh_state_name(heard[i].from),
			heard[i].mac == SAME	 ? "the same" :
			heard[i].mac == NO_MAC ? "no" :
						 "another",
			heard[i].what & S ? ", solicited" : "",
			heard[i].what & O ? ", override" : "", neigh_state_name(heard[i].to));
		lan_drain(&l);
		if (!lan_close(&l))
			tap(false, "neigh: something was not given back");
	}

	static const enum neigh_state vouched[][2] = {
		{ NEIGH_REACHABLE, NEIGH_REACHABLE },
		{ NEIGH_STALE, NEIGH_REACHABLE },
		{ NEIGH_DELAY, NEIGH_REACHABLE },
		{ NEIGH_PROBE, NEIGH_REACHABLE },
		{ NEIGH_NONE, NEIGH_NONE },
		{ NEIGH_INCOMPLETE, NEIGH_INCOMPLETE },
		{ NEIGH_FAILED, NEIGH_FAILED },
		{ NEIGH_PERMANENT, NEIGH_PERMANENT },
	};
	for (unsigned i = 0; i < sizeof(vouched) / sizeof(vouched[0]); i++) {
		struct lan l;

		open_counted(&l, NULL);
		struct neigh *n = in_state(&l, vouched[i][0]);
		neigh_confirm(n);
		tap(n->state == vouched[i][1], "neigh: %s vouched for from above: %s",
			neigh_state_name(vouched[i][0]), neigh_state_name(vouched[i][1]));
		lan_close(&l);
	}
}

static void a_life(void)
{
	struct lan l;
	struct neigh *n;

	open_counted(&l, NULL);
	n = neigh_ref(get(&l, PEER));
	tap(n->state == NEIGH_NONE && !told.everybody, "neigh: to make one is not to ask for it");
	tap(send_to(&l, n) == 0 && n->state == NEIGH_INCOMPLETE && told.everybody == 1 &&
			!lan_out(&l),
		"neigh: sent to: everybody is asked, the packet waits (ARP-3)");
	lan_pass(&l, 2 * NOD_S + NOD_S / 10);
	tap(told.everybody == 3, "neigh: asked three times, a second apart");
	lan_pass(&l, NOD_S);
	tap(n->state == NEIGH_FAILED && told.unreachable == 1 && EV(&l, NEIGH_FAILED) == 1 &&
			told.everybody == 3,
		"neigh: no answer: FAILED, and the packet's sender is told");
	tap(send_to(&l, n) == -EHOSTUNREACH && told.unreachable == 2 && told.everybody == 3,
		"neigh: FAILED: refused at once, nobody is asked");
	lan_pass(&l, 3 * NOD_S);
	tap(n->is_dead && !n->iface && !entry(&l, PEER), "neigh: a moment later forgotten");
	tap(send_to(&l, n) == -EHOSTUNREACH, "neigh: what is dead takes nothing");
	neigh_unref(n);

	n = get(&l, PEER);
	send_to(&l, n);
	neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED);
	tap(n->state == NEIGH_REACHABLE && lan_drain(&l) == 1, "neigh: it answers: REACHABLE");
	lan_pass(&l, 15 * NOD_S - NOD_S / 10);
	tap(n->state == NEIGH_REACHABLE, "neigh: for half of 30 s at least (RFC 4861 6.3.2)");
	lan_pass(&l, 30 * NOD_S + NOD_S / 5);
	tap(n->state == NEIGH_STALE, "neigh: for one and a half at most, then STALE");
	tap(!l.core.wheel.count, "neigh: a STALE one costs no timer");
	send_to(&l, n);
	tap(n->state == NEIGH_DELAY && lan_drain(&l) == 1, "neigh: sent to: DELAY, and it goes");
	lan_pass(&l, 5 * NOD_S - NOD_S / 10);
	tap(n->state == NEIGH_DELAY && !told.alone, "neigh: 5 s to vouch for it");
	lan_pass(&l, NOD_S / 5);
	tap(n->state == NEIGH_PROBE && told.alone == 1, "neigh: then it is asked, alone");
	send_to(&l, n);
	tap(lan_drain(&l) == 1, "neigh: meanwhile packets go");
	neigh_heard(n, NULL, NEIGH_HEARD_SOLICITED);
	tap(n->state == NEIGH_REACHABLE, "neigh: it answers: REACHABLE");
	lan_pass(&l, 50 * NOD_S);
	send_to(&l, n);
	n->is_router = true;
	lan_pass(&l, 7 * NOD_S + NOD_S / 2);
	tap(n->state == NEIGH_PROBE && told.alone == 4 && !told.router_gone,
		"neigh: asked three times");
	neigh_ref(n);
	lan_pass(&l, NOD_S);
	tap(n->is_dead && told.router_gone == 1 && !entry(&l, PEER) && told.alone == 4,
		"neigh: ARP-1: no answer: forgotten, and a router's end is told");
	neigh_unref(n);
	tap(lan_close(&l), "neigh: everything is given back");
}

static void chance_of_reachable(void)
{
	nod_ns least = 100 * NOD_S, most = 0;

	for (unsigned i = 0; i < 60; i++) {
		struct nod_conf conf = { .seed = { (uint8_t)i, 1 } };
		struct lan l;

		open_counted(&l, &conf);
		in_state(&l, NEIGH_REACHABLE);
		while (entry(&l, PEER)->state == NEIGH_REACHABLE)
			lan_pass(&l, NOD_S / 4);
		least = l.core.now < least ? l.core.now : least;
		most = l.core.now > most ? l.core.now : most;
		lan_close(&l);
	}
	tap(least >= 15 * NOD_S && most <= 46 * NOD_S && most - least > 20 * NOD_S,
		"neigh: REACHABLE for 15 to 45 s, as chance has it");

	struct lan l;

	open_counted(&l, NULL);
	struct neigh *n = in_state(&l, NEIGH_REACHABLE);
	for (unsigned i = 0; i < 600; i++) {
		lan_pass(&l, NOD_S / 2);
		neigh_confirm(n);
	}
	tap(n->state == NEIGH_REACHABLE && !told.alone && !told.everybody,
		"neigh: vouched for it stays REACHABLE and nobody asks");
	neigh_times(l.i, true)->retrans = NOD_S / 4;
	neigh_times(l.i, true)->base_reachable = 2 * NOD_S;
	lan_pass(&l, 50 * NOD_S);
	send_to(&l, n);
	lan_pass(&l, 5 * NOD_S + NOD_S * 7 / 10);
	tap(told.alone == 3, "neigh: an interface has times of its own");
	iface_remove(&l.link, 1);
	iface_add(&l.link, &(struct iface_conf){ .name = "eth1", .mac = my_mac, .mtu = 1500 });
	l.i = iface_at(&l.link, 1);
	tap(neigh_times(l.i, true)->retrans == NOD_S, "neigh: which go with it");
	lan_close(&l);
}

static void what_waits(void)
{
	struct nod_conf conf = { .neighbour_queue = 4 };
	struct lan l;

	open_counted(&l, &conf);
	struct neigh *n = get(&l, PEER);
	for (uint8_t i = 0; i < 10; i++) {
		const uint8_t ip[2] = { 0x45, i };

		tap(neigh_output(n, lan_pkt(&l, ip, 2), V4) == 0, "neigh: H04: %u wait", i);
	}
	tap(n->waiting.count == 4 && EV(&l, NEIGH_DROP_QUEUE) == 6,
		"neigh: H04: the queue is bounded");
	neigh_output(n, lan_ip(&l, 20), ETHERTYPE_IPV6);
	neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED);

	bool ok = true;
	for (uint8_t i = 7; i < 10; i++) {
		struct pkt *p = lan_out(&l);

		ok = ok && p && p->data[15] == i && p->data[12] == 8 && !p->mark &&
			memcmp(p->data, peer_mac, 6) == 0;
		pkt_free(p);
	}
	tap(ok, "neigh: H04, ARP-3: the oldest lost, the latest go in their order");
	struct pkt *p = lan_out(&l);
	tap(p && p->data[12] == 0x86 && p->data[13] == 0xdd, "neigh: each with its EtherType");
	pkt_free(p);
	tap(lan_close(&l), "neigh: everything is given back");

	open_counted(&l, &conf);
	n = get(&l, PEER);
	send_to(&l, n);
	send_to(&l, n);
	neigh_ref(n);
	iface_remove(&l.link, 1);
	tap(n->is_dead && told.unreachable == 2 && !n->waiting.count,
		"neigh: its interface goes, and what waited is refused");
	tap(neigh_output(n, lan_ip(&l, 40), V4) == -EHOSTUNREACH, "neigh: and what comes, too");
	neigh_unref(n);
	l.i = NULL;
	pkt_free(l.up);
	link_end(&l.link);
	tap(pkt_pool_use(l.core.pool).pkts == 0, "neigh: everything is given back");
	core_end(&l.core);
}

static void limits(void)
{
	struct nod_conf conf = { .neighbours = 100, .neighbours_incomplete = 8 };
	struct lan l;
	unsigned refused = 0;

	open_counted(&l, &conf);
	for (unsigned i = 0; i < 65536; i++) { /* a scan of a /16 */
		struct neigh *n = get(&l, ipa_of_v4(0x0a010000 + i));

		refused += n && send_to(&l, n) == -ENOBUFS;
	}
	tap(refused == 65528 && told.everybody == 8 && neigh_count(&l.link) <= 100 &&
			EV(&l, NEIGH_DROP_FULL) == 65528,
		"neigh: H04: a scan of 65,536: 8 are asked for, the rest refused");
	lan_pass(&l, 10 * NOD_S);
	tap(pkt_pool_use(l.core.pool).pkts == 0, "neigh: H04: nothing waits afterwards");
	lan_close(&l);

	open_counted(&l, &conf);
	for (unsigned i = 0; i < 10; i++) {
		struct neigh *n = get(&l, ipa_of_v4(0x0a000100 + i));

		send_to(&l, n);
		neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED);
	}
	lan_drain(&l);
	for (unsigned i = 0; i < 50000; i++) {
		neigh_asked_us(get(&l, ipa_of_v4(0x0a010000 + i)), other_mac);
		if (i % 5000 == 0)
			lan_pass(&l, NOD_S);
	}
	unsigned alive = 0;
	for (unsigned i = 0; i < 10; i++) {
		const struct neigh *n = entry(&l, ipa_of_v4(0x0a000100 + i));

		alive += n && n->state == NEIGH_REACHABLE;
	}
	tap(alive == 10 && neigh_count(&l.link) == 100,
		"neigh: H03: 50,000 strangers ask: those that are talked to stay");
	lan_close(&l);

	open_counted(&l, &conf);
	for (unsigned i = 0; i < 100; i++) {
		struct neigh *n = get(&l, ipa_of_v4(0x0a000100 + i));

		neigh_asked_us(n, peer_mac);
		send_to(&l, n);
		lan_drain(&l);
		lan_pass(&l, NOD_S / 100);
	}
	lan_pass(&l, NOD_S);
	send_to(&l, entry(&l, ipa_of_v4(0x0a000100)));
	get(&l, PEER);
	tap(entry(&l, ipa_of_v4(0x0a000100)) && !entry(&l, ipa_of_v4(0x0a000101)) &&
			neigh_count(&l.link) == 100,
		"neigh: full: the longest unused loses");
	get(&l, OTHER);
	tap(!entry(&l, PEER) && entry(&l, ipa_of_v4(0x0a000102)),
		"neigh: but one that nobody sent to goes first");
	lan_close(&l);

	open_counted(&l, &conf);
	for (unsigned i = 0; i < 50; i++)
		neigh_asked_us(get(&l, ipa_of_v4(0x0a000100 + i)), peer_mac);
	lan_pass(&l, 3600 * NOD_S);
	neigh_asked_us(get(&l, PEER), peer_mac);
	tap(neigh_count(&l.link) == 51, "neigh: up to half of the limit idle ones stay");
	neigh_asked_us(get(&l, OTHER), peer_mac);
	tap(neigh_count(&l.link) == 51, "neigh: beyond it they go, one for one");
	lan_close(&l);

	conf.neighbours = 4;
	open_counted(&l, &conf);
	for (unsigned i = 0; i < 4; i++)
		tap(neigh_set(&l.link, l.i, &IPA_V4(10, 0, 1, (uint8_t)i), peer_mac) == 0,
			"neigh: set by hand: %u", i);
	tap(neigh_set(&l.link, l.i, &PEER, peer_mac) == -ENOSPC && !get(&l, PEER) &&
			EV(&l, NEIGH_DROP_FULL) == 2,
		"neigh: what was set by hand never loses its place");
	tap(neigh_remove(&l.link, l.i, &IPA_V4(10, 0, 1, 0)) == 0 &&
			neigh_remove(&l.link, l.i, &IPA_V4(10, 0, 1, 0)) == -ENOENT &&
			get(&l, PEER),
		"neigh: unless by hand");
	tap(lan_close(&l), "neigh: everything is given back");
}

static void other_things(void)
{
	const struct ipa six = { .o = { 0xfe, 0x80, [15] = 2 } };
	struct lan l;
	uint64_t at = 0;
	unsigned n_walked = 0;

	open_counted(&l, NULL);
	struct neigh *n = get(&l, six);
	neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED | NEIGH_HEARD_ROUTER);
	tap(n->is_router, "neigh: it says that it is a router");
	neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED);
	tap(n->is_router && !told.router_gone, "neigh: what is not told does not change");
	neigh_heard(n, other_mac, NEIGH_HEARD_NO_ROUTER);
	tap(n->is_router && !told.router_gone, "neigh: nor what is not believed (7.2.5)");
	neigh_heard(n, peer_mac, NEIGH_HEARD_SOLICITED | NEIGH_HEARD_NO_ROUTER);
	neigh_heard(n, peer_mac, NEIGH_HEARD_NO_ROUTER);
	tap(!n->is_router && told.router_gone == 1, "neigh: that it is none any more is told once");

	int second = iface_add(&l.link,
		&(struct iface_conf){ .name = "eth1", .mac = my_mac, .mtu = 1500 });
	struct iface *i2 = iface_at(&l.link, (unsigned)second);
	neigh_asked_us(neigh_get(&l.link, i2, &six), other_mac);
	tap(neigh_find(&l.link, i2, &six) != n && memcmp(n->mac, peer_mac, 6) == 0,
		"neigh: the same address on two links is two neighbours");
	while (neigh_walk(&l.link, &at))
		n_walked++;
	tap(n_walked == 2 && neigh_count(&l.link) == 2, "neigh: all can be walked over");
	neigh_flush(&l.link, i2);
	tap(neigh_count(&l.link) == 1 && entry(&l, six), "neigh: one link's can be forgotten");
	neigh_flush(&l.link, NULL);
	tap(neigh_count(&l.link) == 0, "neigh: and all");

	for (enum neigh_state s = NEIGH_NONE; s < NEIGH_STATES; s++)
		tap(neigh_state_name(s) && *neigh_state_name(s), "neigh: state %u has a name", s);
	tap(lan_close(&l), "neigh: everything is given back");
}

/* One leaves, and while it is told what waited for it others come, the wanted one among them. */
static void comes_while_leaving(void)
{
	struct nod_conf conf = { .neighbours = 4 };
	struct lan l;
	struct neigh *n;

	open_counted(&l, &conf);
	for (unsigned i = 0; i < 4; i++)
		send_to(&l, get(&l, ipa_of_v4(0x0a000100 + i)));
	answering = &l;
	n = get(&l, ipa_of_v4(0x0a000201));
	tap(told.unreachable && !answering && neigh_count(&l.link) == 4,
		"neigh: full: within the limit whoever comes meanwhile (%u)",
		neigh_count(&l.link));
	tap(n && n == entry(&l, ipa_of_v4(0x0a000201)), "neigh: and each is there once");
	neigh_remove(&l.link, l.i, &n->addr);
	tap(!entry(&l, ipa_of_v4(0x0a000201)), "neigh: so that it is gone when it is removed");
	tap(lan_close(&l), "neigh: everything is given back");
}

/* Random calls: the table within its limits, nothing lost, nothing left. */
static void chaos(void)
{
	struct nod_conf conf = {
		.neighbours = 20, .neighbours_incomplete = 5, .neighbour_queue = 3, .seed = { 42 }
	};
	struct lan l;
	struct prng r;
	struct neigh *held[8] = { NULL };
	bool ok = true;

	prng_init_u64(&r, 1);
	open_counted(&l, &conf);
	for (unsigned i = 0; ok && i < 200000; i++) {
		struct ipa a = ipa_of_v4(0x0a000100 + prng_below(&r, 40));
		struct neigh *n = entry(&l, a);
		const uint8_t *mac = prng_below(&r, 2) ? peer_mac : other_mac;
		unsigned h = prng_below(&r, 8);

		switch (prng_below(&r, 10)) {
		case 0:
		case 1:
		case 2:
			if ((n = get(&l, a)))
				send_to(&l, n);
			break;
		case 3:
			if (n)
				neigh_heard(n, mac, prng_below(&r, 16));
			break;
		case 4:
			if ((n = get(&l, a)))
				neigh_asked_us(n, mac);
			break;
		case 5:
			if (n)
				neigh_doubt(n, "chance");
			break;
		case 6:
			if (held[h])
				neigh_unref(held[h]);
			held[h] = n ? neigh_ref(n) : NULL;
			break;
		case 7:
			if (held[h])
				send_to(&l, held[h]);
			break;
		case 8:
			if (prng_below(&r, 4) == 0)
				neigh_remove(&l.link, l.i, &a);
			else if (n)
				neigh_confirm(n);
			break;
		default:
			lan_pass(&l, prng_below(&r, 3) * NOD_S / 2);
			lan_drain(&l);
			break;
		}
		unsigned n_incomplete = 0, n_all = 0;
		uint64_t at = 0;
		for (struct neigh *w; (w = neigh_walk(&l.link, &at)); n_all++) {
			n_incomplete += w->state == NEIGH_INCOMPLETE;
			ok = ok && !w->is_dead && w->waiting.count <= 3 &&
				(!w->waiting.count || w->state == NEIGH_INCOMPLETE);
		}
		ok = ok && n_all == neigh_count(&l.link) && n_all <= 20 && n_incomplete <= 5;
	}
	for (unsigned h = 0; h < 8; h++)
		if (held[h])
			neigh_unref(held[h]);
	tap(ok, "neigh: 200,000 calls as chance has them: within the limits");
	tap(lan_close(&l), "neigh: everything is given back");
}

int main(void)
{
	what_is_heard();
	a_life();
	chance_of_reachable();
	what_waits();
	limits();
	comes_while_leaving();
	other_things();
	chaos();
	return tap_done();
}
