/* SPDX-License-Identifier: ISC */
/* test_tcp_data.c - octets: in order, acknowledged, pushed, urgent; Nagle's rule and IP's fields */
#include <linux/tcp.h>

#include "tcp_peer.h"

enum { MSS = 1460 };

/* ---- acknowledgements ---------------------------------------------------------------- */

/* The quick ones of the start are over. */
static void no_more_quick(struct peer *p)
{
	int off = 0;

	nod_setsockopt(p->s.stack, p->fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof(off));
}

static void test_delayed(void)
{
	struct peer p;
	nod_ns at;

	peer_open(&p, NULL);
	no_more_quick(&p);
	at = p.s.now;
	SAY(&p, TCP_ACK, 1, 1, MSS);
	tap(peer_is_silent(&p), "SHLD-18: one segment is not acknowledged at once");
	peer_pass(&p, NOD_S / 2 - NOD_MS);
	tap(HEARS(&p, TCP_ACK, 1, MSS + 1, 0) && p.got.at - at < NOD_S / 2,
		"MUST-40: but within half a second: %d ms", (int)((p.got.at - at) / NOD_MS));
	SAY(&p, TCP_ACK, MSS + 1, 1, MSS);
	SAY(&p, TCP_ACK, 2 * MSS + 1, 1, MSS);
	tap(HEARS(&p, TCP_ACK, 1, 3 * MSS + 1, 0) && peer_is_silent(&p),
		"SHLD-19: every second full segment is");
	for (unsigned k = 3; k < 11; k++)
		PUT(&p, TCP_ACK, k * MSS + 1, 1, MSS);
	peer_turn(&p);
	tap(HEARS(&p, TCP_ACK, 1, 11 * MSS + 1, 0) && peer_is_silent(&p),
		"MUST-58, MUST-59: of those that came together the last is acknowledged, once");
	SAY(&p, TCP_ACK, 11 * MSS + 1, 1, 100);
	peer_write(&p, 50, 0);
	tap(HEARS(&p, TCP_ACK, 1, 11 * MSS + 101, 50) && peer_is_silent(&p),
		"MUST-58: an answer carries the acknowledgement");
	peer_end(&p);
}

static void test_out_of_order(void)
{
	struct peer p;

	peer_open(&p, NULL);
	no_more_quick(&p);
	SAY(&p, TCP_ACK, 201, 1, 100);
	tap(HEARS(&p, TCP_ACK, 1, 1, 0), "MAY-13: what comes ahead is answered at once");
	SAY(&p, TCP_ACK, 401, 1, 100);
	SAY(&p, TCP_FIN | TCP_ACK, 501, 1);
	peer_ignore(&p);
	SAY(&p, TCP_ACK, 101, 1, 100);
	SAY(&p, TCP_ACK, 1, 1, 100);
	peer_next(&p);
	tap(HEARS(&p, TCP_ACK, 1, 301, 0), "SHLD-31: and was kept");
	SAY(&p, TCP_ACK, 301, 1, 100);
	tap(HEARS(&p, TCP_ACK, 1, 502, 0) && peer_read(&p, 1000) == 500 && !p.is_garbled &&
			peer_read(&p, 1) == 0,
		"SHLD-31: with the FIN that came ahead of what was missing");
	peer_end(&p);
}

/* RFC 5961 5.2: an acknowledgement far from what was sent is a stranger's. */
static void test_far_ack(void)
{
	struct peer p;

	peer_open(&p, NULL);
	SAY(&p, TCP_ACK, 1, 5000, 10);
	SAY(&p, TCP_ACK, 1, (uint32_t)-70000, 10);
	tap(peer_read(&p, 10) == -EAGAIN && peer_counted(&p, NOD_EV_TCP_DROP_ACK) == 2,
		"MAY-12: octets with an acknowledgement that cannot be are not taken");
	SAY(&p, TCP_ACK, 1, (uint32_t)-60000, 10);
	tap(peer_read(&p, 10) == 10, "MAY-12: one that is only old is no reason");
	peer_end(&p);
}

/* ---- small writes, large segments ---------------------------------------------------- */

static void test_nagle(void)
{
	struct peer p;

	peer_open(&p, NULL);
	peer_write(&p, 10, 0);
	tap(HEARS(&p, TCP_ACK, 1, 1, 10), "SHLD-7: the first small write goes at once");
	peer_write(&p, 10, 0);
	peer_write(&p, 10, 0);
	tap(peer_is_silent(&p), "SHLD-7: further ones wait for its acknowledgement");
	SAY(&p, TCP_ACK, 1, 11);
	tap(HEARS(&p, TCP_ACK | TCP_PSH, 11, 1, 20),
		"SHLD-7, SHLD-27, MAY-16: then they go together, their pushes collapsed");
	SAY(&p, TCP_ACK, 1, 31);
	peer_set(&p, IPPROTO_TCP, TCP_NODELAY, 1);
	peer_write(&p, 10, 0);
	peer_write(&p, 10, 0);
	tap(HEARS(&p, TCP_ACK, 31, 1, 10) && HEARS(&p, TCP_ACK, 41, 1, 10),
		"MUST-17: with TCP_NODELAY each goes at once");
	peer_end(&p);
}

static void test_large(void)
{
	struct peer p;
	bool is_full = true;
	unsigned n = 0;

	peer_open(&p, NULL);
	for (unsigned k = 0; k < 40; k++)
		peer_write(&p, 365, k == 39 ? 0 : MSG_MORE);
	for (uint32_t seq = 1; seq < 14601 && peer_next(&p); seq += p.got.len, n++)
		is_full = is_full && p.got.len == MSS && p.got.seq == seq;
	tap(is_full && n == 10, "SHLD-28, SHLD-27: 40 small writes make 10 full segments: %u",
		n);
	tap(p.got.h.flags & TCP_PSH, "MUST-61: the last has PSH");
	tap(memcmp(p.got.payload, (uint8_t[]){ pattern(13141), pattern(13142) }, 2) == 0,
		"and they say what was written");
	SAY(&p, TCP_ACK, 1, 14601);
	peer_write(&p, 30, MSG_MORE);
	tap(peer_is_silent(&p), "MAY-15: a program that will write more may hold it back");
	peer_pass(&p, NOD_S);
	tap(HEARS(&p, TCP_ACK | TCP_PSH, 14601, 1, 30),
		"MUST-60: but not for ever: within a second it is sent, and pushed");
	peer_end(&p);
}

static void test_push(void)
{
	struct peer p;

	peer_open(&p, NULL);
	peer_write(&p, 10, 0);
	tap(HEARS(&p, TCP_ACK | TCP_PSH, 1, 1, 10),
		"MUST-61: a write ends with PSH, without the program's asking");
	SAY(&p, TCP_ACK, 1, 11, 10);
	tap(peer_read(&p, 100) == 10, "what comes without PSH is given to the program, too");
	peer_end(&p);
}

/* ---- room again ---------------------------------------------------------------------- */

/* Whether nod_stack_event() tells of it. */
static bool is_told(struct peer *p, unsigned bit)
{
	struct nod_socket_event ev[4];
	bool is = false;
	unsigned n;

	while ((n = nod_stack_event(p->s.stack, ev, 4)))
		for (unsigned i = 0; i < n; i++)
			is |= ev[i].socket == p->fd && ev[i].bits & bit;
	return is;
}

static void test_room(void)
{
	struct peer p;
	size_t fit;

	peer_open(&p, NULL);
	peer_set(&p, SOL_SOCKET, SO_SNDBUF, 6000);
	fit = (size_t)peer_write(&p, 40000, 0);
	SAY(&p, TCP_ACK, 1, 1 + (uint32_t)fit);
	is_told(&p, 0);
	tap(peer_write(&p, fit, 0) == (ssize_t)fit && !is_told(&p, NOD_WRITABLE),
		"a write that fits to the octet (%zu) leaves no room", fit);
	SAY(&p, TCP_ACK, 1, 1 + 2 * (uint32_t)fit);
	tap(is_told(&p, NOD_WRITABLE), "and when there is room the program is told");
	peer_write(&p, fit - 100, 0);
	is_told(&p, 0);
	SAY(&p, TCP_ACK, 1, 1 + 3 * (uint32_t)fit - 100);
	tap(is_told(&p, NOD_WRITABLE), "so, too, when the write left less than a third");
	peer_end(&p);
}

/* ---- urgent: RFC 6093 ---------------------------------------------------------------- */

static bool is_urgent(const struct peer *p)
{
	return nod_socket_ready(p->s.stack, p->fd) & NOD_URGENT;
}

static void test_urgent_in(void)
{
	struct peer p;

	peer_open(&p, NULL);
	SAY(&p, TCP_ACK, 1, 1, 10);
	tap(!is_urgent(&p), "nothing is urgent yet");
	SAY(&p, TCP_ACK | TCP_URG, 11, 1, 10, .urgent = 5);
	tap(is_urgent(&p) && peer_info(&p).urgent == 15,
		"MUST-30, MUST-32, MUST-33: urgent octets are told of, and how many are left");
	SAY(&p, TCP_ACK | TCP_URG, 21, 1, 10, .urgent = 10);
	tap(peer_info(&p).urgent == 30, "MUST-32: the pointer goes on");
	tap(peer_read(&p, 12) == 12 && peer_info(&p).urgent == 18, "MUST-33: reading nears it");
	tap(peer_read(&p, 100) == 18 && !is_urgent(&p) && !p.is_garbled,
		"MUST-33: then nothing is, and all octets lay in the stream");
	peer_ignore(&p);
	SAY(&p, TCP_ACK | TCP_URG, 31, 1, 0, .urgent = 40000);
	tap(is_urgent(&p) && peer_info(&p).urgent == 40000,
		"MUST-31, MUST-32: of any length, before the octets themselves have come");
	peer_end(&p);
}

static void test_urgent_out(void)
{
	struct peer p;
	uint32_t end;
	bool ok = true;
	unsigned n = 0;

	peer_open(&p, NULL);
	peer_write(&p, 10, MSG_OOB);
	tap(HEARS(&p, TCP_ACK | TCP_PSH | TCP_URG, 1, 1, 10) && p.got.h.urgent == 10,
		"MUST-30, MUST-62: the pointer is that of the octet behind the urgent ones");
	SAY(&p, TCP_ACK, 1, 11);
	peer_write(&p, 5000, MSG_OOB);
	for (end = 5011; peer_next(&p); n++)
		ok = ok && (p.got.h.flags & TCP_URG) && p.got.seq + p.got.h.urgent == end;
	tap(ok && n == 4, "MUST-31, MUST-62: in each of several segments: %u", n);
	SAY(&p, TCP_ACK, 1, 5011);
	peer_write(&p, 10, 0);
	tap(HEARS(&p, TCP_ACK | TCP_PSH, 5011, 1, 10), "MUST-30: what follows is not urgent");
	SAY(&p, TCP_ACK, 1, 5021, .window = ZERO_WINDOW);
	peer_write(&p, 10, MSG_OOB);
	peer_pass(&p, 5 * NOD_S);
	tap(peer_next(&p) && (p.got.h.flags & TCP_URG),
		"MUST-66: that something is urgent is said even when the window is shut");
	peer_end(&p);
}

/* ---- what IP is told ----------------------------------------------------------------- */

static void test_ip_fields(void)
{
	struct peer p;

	peer_open(&p, NULL);
	tap(peer_set(&p, IPPROTO_IP, IP_TOS, 0xb8) == 0 && peer_write(&p, 5, 0) == 5 &&
			HEARS(&p, TCP_ACK, 1, 1, 5) && p.got.tos == 0xb8,
		"MUST-48, SHLD-22: DiffServ as the program has it");
	SAY(&p, TCP_ACK, 1, 6);
	tap(peer_set(&p, IPPROTO_IP, IP_TOS, 0x28) == 0 && peer_write(&p, 5, 0) == 5 &&
			HEARS(&p, TCP_ACK, 6, 1, 5) && p.got.tos == 0x28,
		"SHLD-21: and may be changed during the connection");
	tap(p.got.ttl == 64, "MUST-49: the TTL is the stack's");
	SAY(&p, TCP_ACK, 1, 11);
	tap(peer_set(&p, IPPROTO_IP, IP_TTL, 7) == 0 && peer_write(&p, 5, 0) == 5 &&
			HEARS(&p, TCP_ACK, 11, 1, 5) && p.got.ttl == 7,
		"MUST-49: or the program's");
	peer_end(&p);

	peer_begin(&p, NULL, OVER_V6);
	peer_opens(&p, NULL);
	peer_set(&p, IPPROTO_IPV6, IPV6_TCLASS, 0xb8);
	peer_set(&p, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
	tap(peer_write(&p, 5, 0) == 5 && HEARS(&p, TCP_ACK, 1, 1, 5) && p.got.tos == 0xb8 &&
			p.got.ttl == 9,
		"MUST-48, MUST-49, SHLD-22: over IPv6");
	peer_end(&p);
}

/* A segment behind an IP header with options: an unknown one, and a source route's end. */
static void test_ip_options(void)
{
	struct peer p;
	uint8_t segment[100], frame[200];
	struct wcur w = wcur_of(frame, sizeof(frame));
	size_t len;

	peer_open(&p, NULL);
	len = peer_build(&p, &(struct say){ .flags = TCP_ACK, .seq = 1, .ack = 1, .len = 10 },
		segment, sizeof(segment));
	wcur_put(&w, "\2\0\0\0\0\1\2\0\0\0\0\2\10\0", 14);
	const struct ipv4_hdr h = { .len = (uint16_t)(28 + len),
		.ttl = 64,
		.protocol = IP_PROTO_TCP,
		.src = p.them,
		.dst = p.us,
		.options = { (const uint8_t *)"\x9e\x06\1\2\3\4\1\0", 8 } };
	ipv4_emit(&h, &w);
	wcur_put(&w, segment, len);
	nod_stack_input(p.s.stack, STATION_IF, nod_packet_new(p.s.stack, frame, w.at), p.s.now);
	peer_turn(&p);
	tap(HEARS(&p, TCP_ACK, 1, 11, 0) && peer_read(&p, 100) == 10,
		"MUST-50: IP options that are not understood change nothing");
	peer_end(&p);
}

/* ---- ECN ----------------------------------------------------------------------------- */

static void test_ecn(void)
{
	struct peer p;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 4);
	SAY(&p, TCP_SYN | TCP_ECE | TCP_CWR, 0, .options = OPT_MSS);
	tap(HEARS(&p, TCP_SYN | TCP_ACK | TCP_ECE, 0, 1, 0), "SHLD-8: ECN is agreed on");
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	peer_write(&p, 10, 0);
	tap(HEARS(&p, TCP_ACK, 1, 1, 10) && (p.got.tos & 3) == 2,
		"SHLD-8: octets go as capable");
	SAY(&p, TCP_ACK, 1, 11, 10, .tos = 3);
	tap(HEARS(&p, TCP_ACK | TCP_ECE, 11, 11, 0), "SHLD-8: congestion is echoed");
	SAY(&p, TCP_ACK | TCP_CWR, 11, 11, 10);
	tap(HEARS(&p, TCP_ACK, 11, 21, 0), "SHLD-8: until the peer says that it has heard");
	peer_write(&p, 10, 0);
	peer_ignore(&p);
	SAY(&p, TCP_ACK | TCP_ECE, 21, 21);
	peer_write(&p, 10, 0);
	tap(HEARS(&p, TCP_ACK | TCP_CWR, 21, 21, 10) && peer_counted(&p, NOD_EV_TCP_ECN) == 1,
		"SHLD-8: an echo reduces the window, and that is said");
	peer_end(&p);
}

int main(void)
{
	test_delayed();
	test_out_of_order();
	test_far_ack();
	test_nagle();
	test_large();
	test_push();
	test_room();
	test_urgent_in();
	test_urgent_out();
	test_ip_fields();
	test_ip_options();
	test_ecn();
	return tap_done();
}
