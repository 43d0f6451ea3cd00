/* SPDX-License-Identifier: ISC */
/*
 * test_arp.c - link/arp.c and arp_acd.c: who has an address, who may say so, and whose it is
 *
 * Rows of the hostile table: H02, H03; of the host requirements: ARP-1 .. ARP-4.
 */
#include <errno.h>

#include "lan.h"

#define EV(l, kind) ((l)->core.count[NOD_EV_##kind])

static struct neigh *entry(struct lan *l, struct ipa a)
{
	return neigh_find(&l->link, l->i, &a);
}

static enum neigh_state state_of(struct lan *l, struct ipa a)
{
	const struct neigh *n = entry(l, a);

	return n ? n->state : NEIGH_NONE;
}

static bool has_mac(struct lan *l, struct ipa a, const uint8_t *mac)
{
	const struct neigh *n = entry(l, a);

	return n && neigh_has_mac(n) && memcmp(n->mac, mac, 6) == 0;
}

static int send_to(struct lan *l, struct ipa a)
{
	struct neigh *n = neigh_get(&l->link, l->i, &a);

	return n ? neigh_output(n, lan_ip(l, 40), ETHERTYPE_IPV4) : -1;
}

/* PEER has answered: REACHABLE. */
static void make_reachable(struct lan *l)
{
	send_to(l, PEER);
	lan_answer(l, PEER, peer_mac);
	lan_drain(l);
}

static void questions_to_us(void)
{
	struct lan l;
	struct arp_msg m;
	struct ether_hdr eth;

	lan_open(&l, NULL, NULL);
	lan_ask(&l, PEER, peer_mac, ME);
	tap(lan_arp_out(&l, &m, &eth) && m.op == ARP_REPLY &&
			memcmp(eth.dst, peer_mac, 6) == 0 &&
			memcmp(m.sender_mac, my_mac, 6) == 0 &&
			memcmp(m.target_mac, peer_mac, 6) == 0 &&
			ipa_v4(&m.sender) == 0x0a000001 && ipa_v4(&m.target) == 0x0a000002,
		"arp: a question to us is answered to the asker alone (RFC 826)");
	tap(state_of(&l, PEER) == NEIGH_STALE && has_mac(&l, PEER, peer_mac),
		"arp: who asked us is known, but not verified");
	lan_ask(&l, PEER, peer_mac, OTHER);
	tap(!lan_out(&l), "arp: a question to another is not ours to answer");
	lan_ask(&l, OTHER, other_mac, PEER);
	tap(!entry(&l, OTHER), "arp: and makes no entry (H03)");
	lan_ask(&l, NOBODY, other_mac, ME);
	tap(lan_arp_out(&l, &m, &eth) && m.op == ARP_REPLY && ipa_is_any(&m.target) &&
			memcmp(eth.dst, other_mac, 6) == 0,
		"arp: a probe of our address is answered (RFC 5227 2.1.1, ARP-4)");
	tap(neigh_count(&l.link) == 1, "arp: and makes no entry");

	unsigned sent = 0;
	for (unsigned i = 0; i < 3000; i++) {
		lan_ask(&l, PEER, peer_mac, ME);
		sent += lan_drain(&l);
	}
	tap(sent < 1100 && sent >= 900 && EV(&l, ARP_DROP_RATE) >= 1900,
		"arp: answers are limited in rate: %u of 3,000 at once", sent);
	lan_pass(&l, NOD_S);
	lan_ask(&l, PEER, peer_mac, ME);
	tap(lan_drain(&l) == 1, "arp: and given again a second later");
	tap(lan_close(&l), "arp: every packet came home");
}

/* Refused whatever it would say: nothing is learnt, nothing is sent. */
static void senders_that_cannot_be(void)
{
	static const uint8_t group[6] = { 1, 0, 0x5e, 0, 0, 5 };
	const struct {
		const char *name;
		uint16_t op;
		struct ipa sender;
		const uint8_t *mac;
	} cases[] = {
		{ "a group's MAC", ARP_REQUEST, PEER, group },
		{ "everybody's MAC", ARP_REQUEST, PEER, all_mac },
		{ "everybody's MAC in a reply", ARP_REPLY, PEER, all_mac },
		{ "no MAC", ARP_REQUEST, PEER, no_mac },
		{ "our own MAC", ARP_REQUEST, PEER, my_mac },
		{ "address 0.0.0.0 in a reply", ARP_REPLY, NOBODY, peer_mac },
		{ "address 0.0.0.1", ARP_REQUEST, IPA_V4(0, 0, 0, 1), peer_mac },
		{ "a group's address", ARP_REQUEST, IPA_V4(224, 0, 0, 1), peer_mac },
		{ "a group's address in a reply", ARP_REPLY, IPA_V4(239, 1, 2, 3), peer_mac },
		{ "everybody's address", ARP_REQUEST, IPA_V4(255, 255, 255, 255), peer_mac },
		{ "a loopback address", ARP_REQUEST, IPA_V4(127, 0, 0, 1), peer_mac },
		{ "an address of class E", ARP_REQUEST, IPA_V4(240, 0, 0, 1), peer_mac },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lan l;

		lan_open(&l, NULL, NULL);
		lan_arp_in(&l,
			&(struct lan_arp){ .op = cases[i].op,
				.sender = cases[i].sender,
				.sender_mac = cases[i].mac,
				.target = ME,
				.target_mac = my_mac });
		/* a frame from our own MAC to us alone does not even come up to ARP */
		tap(EV(&l, ARP_DROP_SENDER) + EV(&l, ETH_DROP_SOURCE) == 1 &&
				neigh_count(&l.link) == 0 && !lan_out(&l),
			"arp: H03: sender with %s", cases[i].name);
		lan_close(&l);
	}
}

static void malformed(void)
{
	const struct lan_arp good = { ARP_REQUEST, PEER, ME, peer_mac, NULL, NULL };
	uint8_t frame[64] = { 0 };
	static const struct {
		const char *name;
		size_t at;
		uint8_t octet;
	} bad[] = {
		{ "hardware type", 14 + 1, 6 },
		{ "protocol type", 14 + 3, 6 },
		{ "hardware length", 14 + 4, 255 },
		{ "protocol length", 14 + 5, 16 },
		{ "operation 0", 14 + 7, 0 },
		{ "operation RARP", 14 + 7, 3 },
		{ "operation 257", 14 + 6, 1 },
	};

	for (size_t cut = 0; cut < ETHER_HDR_LEN + ARP_LEN; cut++) {
		struct lan l;

		lan_open(&l, NULL, NULL);
		lan_arp_frame(frame, &good);
		lan_in(&l, frame, cut);
		tap(neigh_count(&l.link) == 0 && !lan_out(&l) &&
				EV(&l, ARP_DROP_BAD) == (cut >= ETHER_HDR_LEN) &&
				EV(&l, ETH_DROP_SHORT) == (cut < ETHER_HDR_LEN) &&
				lan_close(&l),
			"arp: H02: cut to %zu octets: cache untouched", cut);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lan l;

		lan_open(&l, NULL, NULL);
		frame[lan_arp_frame(frame, &good)] = 0;
		frame[bad[i].at] = bad[i].octet;
		lan_in(&l, frame, ETHER_HDR_LEN + ARP_LEN);
		tap(neigh_count(&l.link) == 0 && !lan_out(&l) && EV(&l, ARP_DROP_BAD) == 1,
			"arp: H02: %s: cache untouched", bad[i].name);
		lan_close(&l);
	}

	struct lan l;
	struct pkt *p;
	size_t len;

	lan_open(&l, NULL, NULL);
	len = lan_arp_frame(frame, &good);
	lan_in(&l, frame, 60);
	tap(EV(&l, ARP_OUT_REPLY) == 1, "arp: padded to Ethernet's least it is good (H01)");
	p = lan_pkt(&l, frame, ETHER_HDR_LEN + 3);
	link_input(&l.link, l.i, p);
	p = pkt_new(l.core.pool, 64);
	memcpy(pkt_put(p, ETHER_HDR_LEN), frame, ETHER_HDR_LEN);
	struct block *b = block_new(l.core.pool, ARP_LEN);
	memcpy(b->data, frame + ETHER_HDR_LEN, len - ETHER_HDR_LEN);
	pkt_add_slice(p, b, 0, ARP_LEN);
	link_input(&l.link, l.i, p);
	tap(EV(&l, ARP_OUT_REPLY) == 2, "arp: in a slice it is good, too");
	tap(lan_close(&l), "arp: every packet came home");
}

static void poisoning(void)
{
	struct lan l;

	lan_open(&l, NULL, NULL);
	for (unsigned i = 0; i < 5000; i++) {
		lan_answer(&l, ipa_of_v4(0x0a010000 + i), other_mac);
		lan_arp_in(&l,
			&(struct lan_arp){ ARP_REQUEST, ipa_of_v4(0x0a010000 + i),
				ipa_of_v4(0x0a010000 + i), other_mac, NULL, NULL });
	}
	tap(neigh_count(&l.link) == 0 && EV(&l, ARP_DROP_UNSOLICITED) >= 5000,
		"arp: H03: replies and announcements of 5,000 addresses make no entry");

	make_reachable(&l);
	tap(state_of(&l, PEER) == NEIGH_REACHABLE, "arp: an answer makes it REACHABLE");
	lan_answer(&l, PEER, other_mac);
	tap(has_mac(&l, PEER, peer_mac) && EV(&l, ARP_DROP_UNSOLICITED),
		"arp: H03: nobody asked: a live entry stays");
	tap(state_of(&l, PEER) == NEIGH_REACHABLE && !lan_out(&l),
		"arp: ARP-2: it was asked a moment ago: not asked again");
	lan_pass(&l, 2 * NOD_S);
	lan_answer(&l, PEER, other_mac);
	tap(state_of(&l, PEER) == NEIGH_PROBE && has_mac(&l, PEER, peer_mac) &&
			lan_asks(&l, PEER, peer_mac),
		"arp: later the known one is asked, by unicast, whether it is still there");
	lan_answer(&l, PEER, other_mac);
	tap(state_of(&l, PEER) == NEIGH_PROBE && has_mac(&l, PEER, peer_mac),
		"arp: H03: the answer of another than was asked is not taken");
	lan_answer(&l, PEER, peer_mac);
	tap(state_of(&l, PEER) == NEIGH_REACHABLE && has_mac(&l, PEER, peer_mac),
		"arp: it answers: nothing has changed");
	for (unsigned i = 0; i < 10000; i++) {
		lan_answer(&l, PEER, other_mac);
		lan_arp_in(&l,
			&(struct lan_arp){ ARP_REQUEST, PEER, PEER, other_mac, NULL, NULL });
		if (i % 1000 == 999)
			lan_pass(&l, NOD_S / 20);
	}
	tap(has_mac(&l, PEER, peer_mac) && lan_drain(&l) <= 1,
		"arp: H03: 20,000 lies in half a second: still the same, one question at most");

	lan_pass(&l, 100 * NOD_S);
	lan_drain(&l);
	tap(state_of(&l, PEER) == NEIGH_NONE || has_mac(&l, PEER, peer_mac), "arp: nor later");
	tap(lan_close(&l), "arp: every packet came home");

	lan_open(&l, NULL, NULL);
	make_reachable(&l);
	lan_pass(&l, 60 * NOD_S);
	tap(state_of(&l, PEER) == NEIGH_STALE, "arp: unheard for a minute: STALE");
	lan_ask(&l, PEER, other_mac, ME);
	tap(has_mac(&l, PEER, peer_mac) && state_of(&l, PEER) == NEIGH_PROBE,
		"arp: H03: a question from another MAC does not change it either");
	lan_pass(&l, 4 * NOD_S);
	tap(!entry(&l, PEER), "arp: ARP-1: but the one that is gone is forgotten");
	lan_drain(&l);
	send_to(&l, PEER);
	tap(lan_asks(&l, PEER, all_mac), "arp: ARP-1: and everybody is asked anew");
	lan_answer(&l, PEER, other_mac);
	tap(has_mac(&l, PEER, other_mac) && state_of(&l, PEER) == NEIGH_REACHABLE,
		"arp: who has moved is found");
	lan_close(&l);

	lan_open(&l, NULL, NULL);
	lan_ask(&l, PEER, peer_mac, ME);
	lan_arp_in(&l, &(struct lan_arp){ ARP_REQUEST, PEER, PEER, other_mac, NULL, NULL });
	tap(has_mac(&l, PEER, other_mac) && state_of(&l, PEER) == NEIGH_STALE,
		"arp: an entry by hearsay alone goes by hearsay (gratuitous ARP)");
	lan_drain(&l);
	send_to(&l, OTHER);
	lan_drain(&l);
	lan_ask(&l, OTHER, other_mac, ME);
	tap(state_of(&l, OTHER) == NEIGH_DELAY && EV(&l, ETH_OUT) && lan_drain(&l) == 2,
		"arp: both ask at once: its question answers ours, and what waited goes");
	neigh_set(&l.link, l.i, &OTHER, my_mac);
	lan_answer(&l, OTHER, other_mac);
	lan_ask(&l, OTHER, other_mac, ME);
	tap(has_mac(&l, OTHER, my_mac) && state_of(&l, OTHER) == NEIGH_PERMANENT,
		"arp: what was set by hand stays");
	lan_close(&l);
}

static void asking(void)
{
	struct lan l;
	struct arp_msg m;
	struct ether_hdr eth;

	lan_open(&l, NULL, NULL);
	for (unsigned i = 0; i < 5; i++)
		send_to(&l, PEER);
	tap(lan_asks(&l, PEER, all_mac) && !lan_out(&l),
		"arp: ARP-2: five packets, one question to everybody");
	lan_pass(&l, NOD_S - NOD_S / 100);
	send_to(&l, PEER);
	tap(!lan_out(&l), "arp: ARP-2: not within a second (RFC 1122 2.3.2.1)");
	lan_pass(&l, NOD_S / 50);
	tap(lan_asks(&l, PEER, all_mac) && !lan_out(&l), "arp: ARP-2: then again, once");
	lan_answer(&l, PEER, peer_mac);
	tap(lan_drain(&l) == 6, "arp: ARP-3: what waited goes when it answers");
	lan_close(&l);

	lan_open(&l, NULL, NULL);
	l.has_no_source = true;
	send_to(&l, PEER);
	tap(!lan_out(&l), "arp: without an address of our own nobody is asked");
	lan_pass(&l, 4 * NOD_S);
	tap(l.n_unreachable == 1, "arp: and the packet's sender is told");
	lan_close(&l);

	lan_open(&l, NULL, NULL);
	nod_ns last = -1000 * NOD_S, least = 1000 * NOD_S;
	unsigned n = 0;
	for (unsigned i = 0; i < 2000;
		i++) { /* nobody is there, and somebody goes on sending */
		send_to(&l, PEER);
		while (lan_arp_out(&l, &m, &eth)) {
			least = l.core.now - last < least ? l.core.now - last : least;
			last = l.core.now;
			n++;
		}
		lan_pass(&l, NOD_S / 50);
	}
	tap(least >= NOD_S && n > 5, "arp: ARP-2: in 40 s never two within a second (%u asked)",
		n);
	tap(lan_close(&l), "arp: every packet came home");
}

/* ---- RFC 5227 ---- */

static void probing(void)
{
	nod_ns first_least = 100 * NOD_S, first_most = 0;

	for (unsigned seed = 0; seed < 40; seed++) {
		struct nod_conf conf = { .seed = { (uint8_t)seed } };
		struct lan l;
		struct arp_msg m;
		struct ether_hdr eth;
		nod_ns at[5] = { 0 };
		unsigned n = 0;
		bool ok = true;
		const struct ipa wanted = IPA_V4(10, 0, 0, 9);

		lan_open(&l, &conf, NULL);
		ok = arp_probe(l.i, &wanted) == 0;
		while (l.core.now < 20 * NOD_S && !l.n_free) {
			lan_pass(&l, NOD_S / 100);
			while (n < 4 && lan_arp_out(&l, &m, &eth)) {
				at[n++] = l.core.now;
				ok = ok && m.op == ARP_REQUEST && ipa_is_any(&m.sender) &&
					ipa_equal(&m.target, &wanted) &&
					ether_is_zero(m.target_mac) &&
					ether_is_broadcast(eth.dst);
			}
		}
		first_least = at[0] < first_least ? at[0] : first_least;
		first_most = at[0] > first_most ? at[0] : first_most;
		ok = ok && n == 3 && l.n_free == 1 && !l.n_taken;
		ok = ok && at[0] <= NOD_S + NOD_S / 50;
		for (unsigned i = 1; i < 3; i++)
			ok = ok && at[i] - at[i - 1] >= NOD_S - NOD_S / 50 &&
				at[i] - at[i - 1] <= 2 * NOD_S + NOD_S / 50;
		ok = ok && l.core.now - at[2] >= 2 * NOD_S - NOD_S / 50 &&
			l.core.now - at[2] <= 2 * NOD_S + NOD_S / 50;
		if (!ok || seed == 39)
			tap(ok, "arp: ARP-4: three probes 1..2 s apart, then 2 s (RFC 5227 2.1.1)");
		lan_close(&l);
		if (!ok)
			return;
	}
	tap(first_most - first_least > NOD_S / 2 && first_most <= NOD_S + NOD_S / 50,
		"arp: ARP-4: the first after 0..1 s, as chance has it");
}

static void probed_and_taken(void)
{
	const struct ipa wanted = IPA_V4(10, 0, 0, 9);
	const struct {
		const char *name;
		struct lan_arp heard;
		bool is_conflict;
	} cases[] = {
		{ "its owner answers", { ARP_REPLY, wanted, NOBODY, other_mac, my_mac, NULL },
			true },
		{ "its owner asks for somebody",
			{ ARP_REQUEST, wanted, PEER, other_mac, NULL, NULL }, true },
		{ "its owner announces it",
			{ ARP_REQUEST, wanted, wanted, other_mac, NULL, NULL }, true },
		{ "another probes it at the same time",
			{ ARP_REQUEST, NOBODY, wanted, other_mac, NULL, NULL }, true },
		{ "our own probe comes back",
			{ ARP_REQUEST, NOBODY, wanted, my_mac, NULL, NULL }, false },
		{ "somebody asks for it", { ARP_REQUEST, PEER, wanted, peer_mac, NULL, NULL },
			false },
		{ "another address is probed",
			{ ARP_REQUEST, NOBODY, OTHER, other_mac, NULL, NULL }, false },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lan l;

		lan_open(&l, NULL, NULL);
		arp_probe(l.i, &wanted);
		lan_pass(&l, 3 * NOD_S / 2);
		lan_arp_in(&l, &cases[i].heard);
		tap(l.n_taken == cases[i].is_conflict && !l.n_free &&
				EV(&l, ARP_CONFLICT) == cases[i].is_conflict &&
				(!cases[i].is_conflict ||
					memcmp(l.taken_by, other_mac, 6) == 0),
			"arp: ARP-4: while it is probed %s: %s", cases[i].name,
			cases[i].is_conflict ? "taken" : "nothing");
		lan_pass(&l, 20 * NOD_S);
		tap(l.n_free == !cases[i].is_conflict, "arp: ARP-4: %s: so it ends",
			cases[i].name);
		lan_close(&l);
	}

	struct lan l;

	lan_open(&l, NULL, NULL);
	tap(arp_probe(l.i, &wanted) == 0 && arp_probe(l.i, &wanted) == -EBUSY,
		"arp: ARP-4: what is being probed is not probed again");
	arp_probe_stop(l.i, &wanted);
	arp_probe_stop(l.i, &OTHER);
	lan_pass(&l, 20 * NOD_S);
	tap(!l.n_free && !l.n_taken && !lan_out(&l), "arp: ARP-4: a probe can be stopped");

	for (unsigned i = 0; i < 10; i++) {
		arp_probe(l.i, &wanted);
		lan_arp_in(&l, &cases[0].heard);
	}
	lan_drain(&l);
	arp_probe(l.i, &wanted);
	lan_pass(&l, 59 * NOD_S);
	tap(l.n_taken == 10 && !lan_out(&l),
		"arp: ARP-4: after 10 conflicts a minute's wait (RFC 5227 2.1.1)");
	lan_pass(&l, 10 * NOD_S);
	tap(l.n_free == 1, "arp: ARP-4: and then it is tried");
	lan_drain(&l);
	arp_probe(l.i, &wanted);
	lan_pass(&l, 2 * NOD_S);
	tap(lan_drain(&l) >= 1, "arp: ARP-4: luck ends the wait");
	arp_probe(l.i, &OTHER);
	tap(lan_close(&l), "arp: an end in the middle of a probe");
}

static bool is_announcement(struct lan *l)
{
	struct arp_msg m;
	struct ether_hdr eth;
	struct ipa me = ME;

	return lan_arp_out(l, &m, &eth) && m.op == ARP_REQUEST && ipa_equal(&m.sender, &me) &&
		ipa_equal(&m.target, &me) && ether_is_broadcast(eth.dst) &&
		memcmp(m.sender_mac, my_mac, 6) == 0;
}

static void announcing_and_defending(void)
{
	struct lan l;

	lan_open(&l, NULL, NULL);
	arp_announce(l.i, &ME);
	tap(is_announcement(&l) && !lan_out(&l),
		"arp: ARP-4: announced at once (RFC 5227 2.3)");
	lan_pass(&l, 2 * NOD_S + NOD_S / 100);
	tap(is_announcement(&l) && !lan_out(&l), "arp: ARP-4: and 2 s later");
	lan_pass(&l, 60 * NOD_S);
	tap(!lan_out(&l) && l.core.wheel.count == 0, "arp: ARP-4: and no more");

	for (unsigned i = 0; i < 2; i++) { /* announced long ago; or never, the second time */
		lan_ask(&l, ME, other_mac, PEER);
		tap(is_announcement(&l) && !lan_out(&l) && EV(&l, ARP_DEFEND) && !l.n_lost,
			"arp: ARP-4: H03: our address is defended (RFC 5227 2.4)");
		tap(neigh_count(&l.link) == 0, "arp: H03: and no entry for it is made");
		lan_answer(&l, ME, other_mac);
		tap(!lan_out(&l) && l.n_lost == 1, "arp: ARP-4: again within 10 s: 2.4 (b)");
		lan_pass(&l, 10 * NOD_S + NOD_S / 100);
		lan_answer(&l, ME, other_mac);
		tap(is_announcement(&l) && l.n_lost == 1,
			"arp: ARP-4: it was kept: defended once in 10 s, 2.4 (c)");
		lan_close(&l);
		lan_open(&l, NULL, NULL);
	}
	for (unsigned i = 0; i < 10000; i++)
		lan_arp_in(&l, &(struct lan_arp){ ARP_REQUEST, ME, ME, other_mac, NULL, NULL });
	tap(lan_drain(&l) == 1 && EV(&l, ARP_CONFLICT) == 10000,
		"arp: H03: 10,000 conflicts: one defence");
	l.gives_up = true;
	lan_answer(&l, ME, other_mac);
	lan_answer(&l, ME, other_mac);
	tap(EV(&l, ARP_CONFLICT) == 10001,
		"arp: ARP-4: what was given up is not ours any more");
	lan_pass(&l, 30 * NOD_S);
	tap(!lan_out(&l) && l.core.wheel.count == 0, "arp: ARP-4: nor watched");
	lan_close(&l);

	lan_open(&l, NULL, NULL);
	arp_announce(l.i, &ME);
	lan_drain(&l);
	lan_pass(&l, NOD_S);
	lan_answer(&l, ME, other_mac);
	tap(is_announcement(&l), "arp: ARP-4: defended while it is announced");
	lan_pass(&l, 5 * NOD_S);
	lan_answer(&l, ME, other_mac);
	tap(l.n_lost == 1, "arp: ARP-4: which is not forgotten when announcing ends");
	lan_close(&l);
}

int main(void)
{
	questions_to_us();
	senders_that_cannot_be();
	malformed();
	poisoning();
	asking();
	probing();
	probed_and_taken();
	announcing_and_defending();
	return tap_done();
}
