/* SPDX-License-Identifier: ISC */
/*
 * stream_lwip.c - the jobs of stream.h by lwIP, as Debian's liblwip-dev builds it
 *
 * Its raw interface, called from one thread.  What its callbacks bring is kept until it is asked
 * for; the octets are copied once on each side, by tcp_write() and here.  Segments are of 1,460
 * octets at most, and the window is 65,535, as Debian has it: there is one wire only.
 */
#include "stream.h"

#include <errno.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <malloc.h>
#include <stdlib.h>

#include "lwip_pair.h"

enum {
	PORT = 4000,
	AT_A_PORT = 8192, /* connections: half of the ports that lwIP hands out */
	LISTENERS = 16,
	ENDS_MOST = 2 * 65536,
	PIECES = 1 << 16, /* that wait to be read, of all */
	DIRTY = 256,
	LOOKS = 1024, /* turns from one look at the clock to the next */
};

struct piece {
	struct pbuf *p;
	struct piece *next;
};

/* One end of a connection.  In a table of its own, which is not counted as lwIP's. */
struct end {
	struct tcp_pcb *pcb;
	struct piece *first, *last;
	u16_t at; /* in the first piece: where it has not been read yet */
	bool is_connected, has_ended, is_dirty;
	int next; /* in the accept queue, or among those that are free; -1: the last */
};

static struct {
	struct end end[ENDS_MOST];
	int free, accept_first, accept_last;
	struct piece piece[PIECES], *free_piece;
	int dirty[DIRTY]; /* have written something */
	unsigned n_dirty, n_listeners, turns;
	int64_t tick_at;
	bool at_once;
} ends;

static int end_new(struct tcp_pcb *pcb)
{
	int k = ends.free;

	if (k < 0)
		bench_die(0, "more than %d ends", ENDS_MOST);
	ends.free = ends.end[k].next;
	ends.end[k] = (struct end){ .pcb = pcb, .next = -1 };
	return k;
}

static err_t arrived(void *self, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct end *e = self;

	(void)pcb;
	(void)err;
	if (!p) {
		e->has_ended = true;
		return ERR_OK;
	}
	struct piece *x = ends.free_piece;

	if (!x)
		bench_die(0, "more than %d pbufs wait to be read", PIECES);
	ends.free_piece = x->next;
	*x = (struct piece){ .p = p };
	if (e->first)
		e->last->next = x;
	else
		e->first = x;
	e->last = x;
	return ERR_OK;
}

static void failed(void *self, err_t err)
{
	(void)self;
	bench_die(0, "lwIP's connection failed: %d", err);
}

static err_t connected(void *self, struct tcp_pcb *pcb, err_t err)
{
	(void)pcb;
	(void)err;
	((struct end *)self)->is_connected = true;
	return ERR_OK;
}

static void attach(struct end *e)
{
	tcp_arg(e->pcb, e);
	tcp_recv(e->pcb, arrived);
	tcp_err(e->pcb, failed);
	if (ends.at_once)
		tcp_nagle_disable(e->pcb);
}

static err_t accepted(void *self, struct tcp_pcb *pcb, err_t err)
{
	int k;

	(void)self;
	if (err != ERR_OK)
		bench_die(0, "lwIP could not accept: %d", err);
	k = end_new(pcb);
	ends.end[k].is_connected = true;
	attach(&ends.end[k]);
	if (ends.accept_first < 0)
		ends.accept_first = k;
	else
		ends.end[ends.accept_last].next = k;
	ends.accept_last = k;
	return ERR_OK;
}

void ends_open(const struct stream_job *j)
{
	ends.accept_first = -1;
	for (int k = 0; k < ENDS_MOST; k++)
		ends.end[k].next = k + 1 < ENDS_MOST ? k + 1 : -1;
	for (unsigned k = 0; k < PIECES; k++)
		ends.piece[k].next = k + 1 < PIECES ? &ends.piece[k + 1] : NULL;
	ends.free_piece = ends.piece;
	ends.at_once = j->at_once || j->what != STREAM_BULK;
	ends.n_listeners = j->what == STREAM_HOLD ? j->n / AT_A_PORT + 1 : 1;
	if (ends.n_listeners > LISTENERS)
		bench_die(0, "more connections than %d ports take", LISTENERS);
	pair.is_kept = true;
	lwip_pair_open();
	for (unsigned k = 0; k < ends.n_listeners; k++) {
		struct tcp_pcb *l = tcp_new();

		if (!l || tcp_bind(l, &pair.netif[1].ip_addr, (u16_t)(PORT + k)) != ERR_OK)
			bench_die(0, "tcp_bind");
		tcp_bind_netif(l, &pair.netif[1]);
		l = tcp_listen(l);
		if (!l)
			bench_die(0, "tcp_listen");
		tcp_accept(l, accepted);
	}
}

int ends_connect(unsigned i)
{
	struct tcp_pcb *pcb = tcp_new();
	int k;

	if (!pcb || tcp_bind(pcb, &pair.netif[0].ip_addr, 0) != ERR_OK)
		bench_die(0, "tcp_bind");
	tcp_bind_netif(pcb, &pair.netif[0]);
	k = end_new(pcb);
	attach(&ends.end[k]);
	if (tcp_connect(pcb, &pair.netif[1].ip_addr,
		    (u16_t)(PORT + i / AT_A_PORT % ends.n_listeners), connected) != ERR_OK)
		bench_die(0, "tcp_connect");
	return k;
}

int ends_accept(void)
{
	int k = ends.accept_first;

	if (k < 0)
		return -EAGAIN;
	ends.accept_first = ends.end[k].next;
	return k;
}

ssize_t ends_send(enum stream_side side, int c, const void *octets, size_t len)
{
	struct end *e = &ends.end[c];
	err_t err;

	(void)side;
	if (!e->is_connected || !tcp_sndbuf(e->pcb))
		return -EAGAIN;
	if (len > tcp_sndbuf(e->pcb))
		len = tcp_sndbuf(e->pcb);
	if (len > UINT16_MAX)
		len = UINT16_MAX;
	err = tcp_write(e->pcb, octets, (u16_t)len, TCP_WRITE_FLAG_COPY);
	if (err == ERR_MEM)
		return -EAGAIN;
	if (err != ERR_OK)
		bench_die(0, "tcp_write: %d", err);
	if (!e->is_dirty && ends.n_dirty < DIRTY) {
		e->is_dirty = true;
		ends.dirty[ends.n_dirty++] = c;
	} else if (!e->is_dirty) {
		tcp_output(e->pcb);
	}
	return (ssize_t)len;
}

ssize_t ends_recv(enum stream_side side, int c, void *octets, size_t len)
{
	struct end *e = &ends.end[c];
	size_t done = 0;

	(void)side;
	while (e->first && done < len) {
		struct piece *x = e->first;
		u16_t left = (u16_t)(x->p->tot_len - e->at);
		u16_t n = left < len - done ? left : (u16_t)(len - done);

		pbuf_copy_partial(x->p, (uint8_t *)octets + done, n, e->at);
		done += n;
		e->at = (u16_t)(e->at + n);
		if (e->at < x->p->tot_len)
			break;
		e->first = x->next;
		e->at = 0;
		pbuf_free(x->p);
		x->next = ends.free_piece;
		ends.free_piece = x;
	}
	if (done && e->pcb)
		for (size_t told = 0; told < done; told += UINT16_MAX)
			tcp_recved(e->pcb, (u16_t)(done - told < UINT16_MAX ? done - told :
									      UINT16_MAX));
	return done ? (ssize_t)done : e->has_ended ? 0 : -EAGAIN;
}

void ends_close(enum stream_side side, int c)
{
	struct end *e = &ends.end[c];

	(void)side;
	tcp_arg(e->pcb, NULL);
	tcp_recv(e->pcb, NULL);
	tcp_err(e->pcb, NULL);
	if (tcp_close(e->pcb) != ERR_OK)
		bench_die(0, "tcp_close");
	for (unsigned k = 0; e->is_dirty && k < ends.n_dirty; k++)
		if (ends.dirty[k] == c)
			ends.dirty[k] = ends.dirty[--ends.n_dirty];
	e->next = ends.free;
	ends.free = c;
}

void ends_turn(enum stream_side side)
{
	for (unsigned k = 0; k < ends.n_dirty; k++) {
		ends.end[ends.dirty[k]].is_dirty = false;
		tcp_output(ends.end[ends.dirty[k]].pcb);
	}
	ends.n_dirty = 0;
	lwip_pair_take(!side);
	if (ends.turns++ % LOOKS == 0 && bench_now() > ends.tick_at) {
		ends.tick_at = bench_now() + TCP_TMR_INTERVAL * NS_PER_MS;
		tcp_tmr();
	}
}

void ends_settle(void)
{
	for (unsigned k = 0; k < 12; k++) { /* 3 s */
		tcp_tmr();
		lwip_pair_take(0);
		lwip_pair_take(1);
	}
}

/* Everything is by malloc(). */
uint64_t ends_memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

uint64_t ends_segments(int c)
{
	(void)c;
	return pair.frames; /* ACKs too, one for two segments */
}

/* Its ports come in order; after 16,384 it would meet its own TIME-WAITs, and wait for them. */
unsigned ends_most(void)
{
	return 16000;
}

const char *ends_version(void)
{
	return LWIP_VERSION_STRING;
}
