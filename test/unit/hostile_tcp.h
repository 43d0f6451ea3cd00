/* SPDX-License-Identifier: ISC */
/*
 * hostile_tcp.h - a stack with a live TCP connection that is told what strangers may send
 *
 * After each of it the connection goes on, an honest client is served by the same listener, and
 * the stack keeps its limits.
 *
 * Neighbours: tcp_peer.h; docs/requirements/hostile.tsv (what H36 and the others are).
 */
#ifndef NOD_TEST_HOSTILE_TCP_H
#define NOD_TEST_HOSTILE_TCP_H

#include "tcp_peer.h"

/* Accept until it is the one from @port; others are closed. */
static inline int accept_from(struct peer *p, uint16_t port)
{
	for (;;) {
		struct sockaddr_in a;
		socklen_t len = sizeof(a);
		int fd = nod_accept(p->s.stack, p->listener, (struct sockaddr *)&a, &len);

		if (fd < 0 || a.sin_port == htons(port))
			return fd;
		nod_close(p->s.stack, fd);
	}
}

/* An honest one opens, says something, hears something, closes. */
static inline bool still_serves(struct peer *p)
{
	static uint16_t port = 20000;
	struct peer q = *p;
	bool ok;

	q.them = ip("10.0.0.9");
	q.us = ip("10.0.0.1");
	q.our_port = STACK_PORT;
	q.port = ++port;
	q.iss = 777;
	q.window = 65535;
	q.fd = -1;
	q.has_ts = q.is_garbled = false;
	q.written = q.read = 0;
	peer_neighbour(&q, "10.0.0.9");
	peer_ignore(&q);
	SAY(&q, TCP_SYN, 0, .options = OPT_MSS);
	ok = HEARS(&q, TCP_SYN | TCP_ACK, 0, 1, 0);
	SAY(&q, TCP_ACK, 1, 1);
	SAY(&q, TCP_ACK, 1, 1, 10);
	q.fd = accept_from(&q, q.port);
	ok = ok && q.fd >= 0 && peer_read(&q, 100) == 10 && !q.is_garbled;
	peer_ignore(&q);
	ok = ok && peer_write(&q, 10, 0) == 10 && HEARS(&q, TCP_ACK, 1, 11, 10);
	SAY(&q, TCP_FIN | TCP_ACK, 11, 11);
	peer_close(&q);
	SAY(&q, TCP_ACK, 12, 12);
	peer_ignore(&q);
	p->s = q.s;
	p->next = q.next;
	if (!ok)
		printf("# the honest client is not served any more\n");
	return ok;
}

/*
 * The connection itself: @seq and @ack are what each has said so far.  An octet each way.
 */
static inline bool still_lives(struct peer *p, uint32_t seq, uint32_t ack)
{
	bool ok = peer_state(p) == TCP_ESTABLISHED;

	peer_ignore(p);
	SAY(p, TCP_ACK, seq, ack, 1);
	ok = ok && peer_read(p, 1000000) >= 1;
	peer_ignore(p);
	if (ok && peer_write(p, 1, 0) == 1 && HEARS(p, TCP_ACK, ack, seq + 1, 1)) {
		SAY(p, TCP_ACK, seq + 1, ack + 1);
		return true;
	}
	printf("# the connection does not live any more\n");
	return false;
}

static inline bool keeps_limits(const struct peer *p)
{
	const struct nod_conf *c = nod_stack_conf(p->s.stack);
	struct nod_stack_use use;

	nod_stack_use(p->s.stack, &use);
	return use.memory_octets <= c->memory_octets;
}

/* What is said, what is counted, and what is answered, to a connection that has said nothing. */
struct told {
	const char *name;
	struct say say;
	enum nod_event_kind why; /* NOD_EV_N: nothing is counted */
	uint8_t answer;		 /* flags; 0 = nothing */
	bool ends;		 /* the connection */
	uint32_t takes;		 /* octets that it takes */
	const char *options;	 /* of its SYN; NULL = MSS */
};

static inline void is_told(const struct told *t)
{
	struct peer p;
	uint64_t before;
	uint8_t answer = 0;
	bool ok = true, ended;

	peer_open(&p, t->options);
	before = peer_counted(&p, t->why == NOD_EV_N ? NOD_EV_TCP_IN : t->why);
	peer_say(&p, &t->say);
	if (peer_next(&p))
		answer = p.got.h.flags & (uint8_t)~TCP_PSH;
	if (answer != t->answer) {
		printf("# answered %s", answer ? peer_flags(answer) : "nothing");
		printf(", and should have %s\n", t->answer ? peer_flags(t->answer) : "nothing");
		ok = false;
	}
	if (t->why != NOD_EV_N && peer_counted(&p, t->why) == before) {
		printf("# not counted: %s\n", nod_event_name(t->why));
		for (unsigned k = 0; k < NOD_EV_N; k++)
			if (nod_event_class((enum nod_event_kind)k) == NOD_EVENT_DROP &&
				peer_counted(&p, (enum nod_event_kind)k))
				printf("#   there is %s\n",
					nod_event_name((enum nod_event_kind)k));
		ok = false;
	}
	ended = peer_state(&p) == TCP_CLOSED;
	if (ended != t->ends) {
		printf("# %s\n", ended ? "it ended" : "it did not end");
		ok = false;
	}
	if (!ended && peer_info(&p).readable != t->takes) {
		printf("# took %u octets\n", peer_info(&p).readable);
		ok = false;
	}
	if (!t->ends && !ended)
		ok = still_lives(&p, 1 + t->takes, 1) && ok;
	ok = still_serves(&p) && keeps_limits(&p) && ok;
	tap(ok && !p.is_garbled, "%s", t->name);
	peer_end(&p);
}

#define ARE_TOLD(rows) \
	do { \
		for (size_t k_ = 0; k_ < sizeof(rows) / sizeof((rows)[0]); k_++) \
			is_told(&(rows)[k_]); \
	} while (0)

#endif
