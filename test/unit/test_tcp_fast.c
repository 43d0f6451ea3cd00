/* SPDX-License-Identifier: ISC */
/* test_tcp_fast.c - Fast Open's limit against SYNs in another's name: RFC 7413 5.1 */
#include <linux/tcp.h>

#include "tcp_peer.h"

enum { most = 2 }; /* may be opened fast and not confirmed */

/* A SYN with the cookie and @len octets, from the next port.  Whether it opens at once. */
static bool opens_fast(struct peer *p, const char *cookie)
{
	p->port++;
	SAY(p, TCP_SYN, 0, 0, 100, .options = cookie);
	return peer_next(p) && p->got.h.flags == (TCP_SYN | TCP_ACK) && p->got.ack == 101;
}

/* A listener that opens MOST fast, and a SYN's options with the cookie that it gives. */
static void listen_fast(struct peer *p, char options[64])
{
	struct nod_conf conf = { .tcp_fast_open = NOD_FAST_OPEN_SERVER, .tcp_busy = 1 };

	peer_begin(p, &conf, OVER_V4);
	peer_listen(p, 16);
	nod_setsockopt(p->s.stack, p->listener, IPPROTO_TCP, TCP_FASTOPEN, &(int){ most },
		sizeof(int));
	SAY(p, TCP_SYN, 0, .options = OPT_MSS "22020101");
	peer_must(peer_next(p) && p->got.o.cookie_len == 8, "cookie");
	snprintf(options, 64, OPT_MSS "220a");
	for (unsigned i = 0; i < 8; i++)
		snprintf(options + 12 + 2 * i, 3, "%02x", p->got.o.cookie[i]);
	snprintf(options + 28, 64 - 28, "0101");
	SAY(p, TCP_RST, 1);
}

static void test_resets(void)
{
	struct peer p;
	char cookie[64];

	listen_fast(&p, cookie);
	for (int i = 0; i < most; i++) {
		tap(opens_fast(&p, cookie), "RFC 7413 5.1: opened fast: %d of %d", i + 1, most);
		SAY(&p, TCP_RST, 101);
	}
	tap(!opens_fast(&p, cookie) && p.got.ack == 1,
		"RFC 7413 5.1: a RST makes no room for another: it is opened the usual way");
	SAY(&p, TCP_RST, 1);
	peer_pass(&p, 59 * NOD_S);
	peer_ignore(&p);
	tap(!opens_fast(&p, cookie), "not for a minute");
	SAY(&p, TCP_RST, 1);
	peer_pass(&p, 2 * NOD_S);
	peer_ignore(&p);
	tap(opens_fast(&p, cookie), "and then it is");
	peer_end(&p);
}

/* One that its program has read and shut before the handshake's third part. */
static void shut_early(struct peer *p, const char *cookie)
{
	peer_must(opens_fast(p, cookie), "connection that is opened fast");
	peer_accept(p);
	p->read = 0;
	peer_must(p->fd >= 0 && peer_read(p, 100) == 100, "octets of the SYN");
	nod_shutdown(p->s.stack, p->fd, SHUT_WR);
	peer_turn(p);
	peer_ignore(p);
}

static void test_shut_early(void)
{
	struct peer p;
	char cookie[64];
	int fd[2 * most];

	listen_fast(&p, cookie);
	for (int i = 0; i < 2 * most; i++) {
		shut_early(&p, cookie);
		SAY(&p, TCP_ACK, 101, 2);
		fd[i] = p.fd;
	}
	tap(peer_state(&p) == TCP_FIN_WAIT_2,
		"RFC 7413 5.1: %d that were shut down early are confirmed all the same", 2 * most);
	for (int i = 0; i < 2 * most; i++) { /* those that are quiet give their records back */
		p.port++;
		peer_ignore(&p);
		peer_opens(&p, NULL);
		SAY(&p, TCP_ACK, 1, 1, 10);
		peer_close(&p);
	}
	for (int i = 0; i < 2 * most; i++)
		nod_close(p.s.stack, fd[i]);
	peer_pass(&p, 120 * NOD_S);
	peer_ignore(&p);
	tap(opens_fast(&p, cookie), "and end in time");
	SAY(&p, TCP_RST, 101);
	peer_end(&p);
}

static void test_shut_early_and_reset(void)
{
	struct peer p;
	char cookie[64];

	listen_fast(&p, cookie);
	for (int i = 0; i < most; i++) {
		shut_early(&p, cookie);
		SAY(&p, TCP_RST, 101);
		nod_close(p.s.stack, p.fd);
		p.fd = -1;
	}
	tap(!opens_fast(&p, cookie), "RFC 7413 5.1: a RST makes no room when it was shut, either");
	SAY(&p, TCP_RST, 1);
	peer_end(&p);
}

/* A half-open connection answers the copies of its SYN, but not all of them. */
static void test_copies(void)
{
	struct peer p;
	unsigned n = 0;

	peer_begin(&p, NULL, OVER_V4);
	peer_listen(&p, 16);
	for (unsigned i = 0; i < 100; i++)
		SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	while (peer_next(&p))
		n++;
	tap(n == 2, "RFC 4987: of a hundred copies of a SYN one is answered beside the first: %u",
		n);
	n = peer_count(&p, 1100 * NOD_MS);
	SAY(&p, TCP_SYN, 0, .options = OPT_MSS);
	tap(n == 1 && peer_next(&p), "and one again after the answer that was due");
	SAY(&p, TCP_ACK, 1, 1);
	peer_accept(&p);
	tap(p.fd >= 0, "and it may be finished");
	peer_end(&p);
}

int main(void)
{
	test_resets();
	test_shut_early();
	test_shut_early_and_reset();
	test_copies();
	return tap_done();
}
