/* SPDX-License-Identifier: ISC */
/* test_link_local4.c - an IPv4 address of one's own choice (RFC 3927) */
#include "station.h"

#include "application/link_local4.h"
#include "link/arp_wire.h"

static struct station s;
static struct link_local4 l;

static void begin(void)
{
	station_begin(&s, &(struct nod_conf){ .seed = { 5 }, .no_ipv6 = true }, NULL);
	l = (struct link_local4){ 0 };
	link_local4_start(&l, station_netif(&s));
}

static void pass(nod_ns span)
{
	for (nod_ns until = s.now + span; s.now < until;) {
		station_pass(&s, 100 * NOD_MS);
		link_local4_run(&l, station_netif(&s));
	}
}

/* Another station says that it has @a. */
static void claim(const struct ipa *a)
{
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6 };
	struct wcur w = wcur_of(frame + 14, 28);
	struct arp_msg m = { .op = ARP_REQUEST, .sender = *a, .target = *a };

	memcpy(m.sender_mac, frame + 6, 6);
	if (arp_emit(&m, &w) < 0)
		abort();
	nod_stack_input(s.stack, STATION_IF, nod_packet_new(s.stack, frame, sizeof(frame)), s.now);
	link_local4_run(&l, station_netif(&s));
}

/* Asked for @a, the stack answers to everybody. */
static bool answers_to_all(const struct ipa *a)
{
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 8, 6 };
	struct wcur w = wcur_of(frame + 14, 28);
	struct arp_msg m = { .op = ARP_REQUEST, .sender = IPA_V4(169, 254, 9, 9), .target = *a };
	bool is_to_all = false;
	struct nod_packet *p;
	struct iovec iov[7];

	memcpy(m.sender_mac, frame + 6, 6);
	if (arp_emit(&m, &w) < 0)
		abort();
	station_drain(&s);
	nod_stack_input(s.stack, STATION_IF, nod_packet_new(s.stack, frame, sizeof(frame)), s.now);
	while (nod_stack_output(s.stack, STATION_IF, &p, 1, s.now)) {
		nod_packet_iov(p, iov);
		is_to_all = ((const uint8_t *)iov[0].iov_base)[0] == 0xff &&
			((const uint8_t *)iov[0].iov_base)[21] == ARP_REPLY;
		nod_packet_free(p);
	}
	return is_to_all;
}

static bool is_in_range(const struct ipa *a)
{
	return a->o[12] == 169 && a->o[13] == 254 && a->o[14] >= 1 && a->o[14] <= 254;
}

int main(void)
{
	struct ipa first, second;

	begin();
	first = l.addr;
	tap(is_in_range(&first), "RFC 3927 2.1: within 169.254.1.0 to 169.254.254.255");
	pass(NOD_S);
	tap(!link_local4_is_ready(&l, station_netif(&s)), "not used before it is probed");
	pass(9 * NOD_S);
	tap(link_local4_is_ready(&l, station_netif(&s)) &&
			ifaddr_is_ours(&s.stack->net, NULL, &first),
		"used when nobody has it");
	link_local4_start(&l, station_netif(&s));
	tap(ipa_equal(&l.addr, &first), "started twice: the same");
	tap(answers_to_all(&first), "RFC 3927 2.5: ARP is answered so that all can hear it");
	claim(&first);
	tap(ipa_equal(&l.addr, &first) && station_count(&s, NOD_EV_ARP_DEFEND) == 1,
		"RFC 3927 2.5 (b): one conflict: defended");
	pass(NOD_S);
	claim(&first);
	tap(!ipa_equal(&l.addr, &first) && is_in_range(&l.addr),
		"a second within ten seconds: given up for another one");
	pass(10 * NOD_S);
	tap(link_local4_is_ready(&l, station_netif(&s)), "which is used");
	link_local4_stop(&l, station_netif(&s));
	tap(!ifaddr_is_ours(&s.stack->net, NULL, &l.addr) &&
			!link_local4_is_ready(&l, station_netif(&s)),
		"stopped: gone");
	station_end(&s);

	begin();
	tap(ipa_equal(&l.addr, &first), "RFC 3927 2.1: the same again on the same station");
	for (unsigned k = 0; k < 12; k++) { /* each one that it tries is taken */
		station_pass(&s, 100 * NOD_MS);
		second = l.addr;
		claim(&second);
		tap(!ipa_equal(&l.addr, &second) && is_in_range(&l.addr),
			"taken, number %u", k + 1);
	}
	station_forget(&s);
	uint64_t probes = station_count(&s, NOD_EV_ARP_PROBE);
	pass(50 * NOD_S);
	tap(station_count(&s, NOD_EV_ARP_PROBE) <= probes + 1,
		"RFC 3927 2.2.1: after ten conflicts one try a minute");
	pass(300 * NOD_S);
	tap(link_local4_is_ready(&l, station_netif(&s)), "and it has one at last");
	link_local4_stop(&l, station_netif(&s));
	station_end(&s);
	return tap_done();
}
