/* SPDX-License-Identifier: ISC */
/*
 * tcp_queue.c - what is to be sent and has been; what came, in order and out of it
 *
 * The send queue is a list of chunks, which point into blocks: the one copy on the way out is made
 * here, and segments refer to the blocks.  What comes in is kept as the packets that it came in,
 * and the one copy on the way up is tcp_read()'s; only small ones are put together, so that
 * they cannot hold many times their octets in memory (H54), and those that refer to blocks, which
 * costs no copy.
 *
 * RFC 9293 3.10.7.4 (seventh), SHLD-31; H55: of what comes twice the first counts.
 *
 * Neighbours: tcp_internal.h; base/pkt.h.
 */
#include <errno.h>

#include "tcp_internal.h"

enum {
	CHUNK_MOST = 65536,  /* octets of one chunk */
	SMALL = 512,	     /* octets: put together with what came before */
};

/* ---- to send ------------------------------------------------------------------------- */

static struct tcp_chunk *append(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	struct tcp_chunk *k = tcp_store_take(&c->tcp->chunks);

	if (!k)
		return NULL;
	k->seq = c->snd_end;
	k->prev = b->last;
	if (b->last)
		b->last->next = k;
	else
		b->first = k;
	b->last = k;
	if (!b->unsent)
		b->unsent = k;
	return k;
}

/* Octets free behind the last chunk, in its block. */
static uint32_t tail_room(const struct tcp_conn *c)
{
	const struct tcp_chunk *k = c->busy->last;

	return k && k->block ? k->block->cap - (k->at + k->len) : 0;
}

/* The chunk that the next octets go into, with room in its block; NULL: no memory. */
static struct tcp_chunk *chunk_for(struct tcp_conn *c, size_t len)
{
	struct tcp_chunk *k = c->busy->last;
	struct block *b;

	if (tail_room(c)) {
		bool is_sent = !c->busy->unsent;
		struct block *tail = k->block;
		uint32_t at = k->at + k->len;

		if (!is_sent && k->len < CHUNK_MOST && !(k->flags & CHUNK_END))
			return k;
		k = append(c);
		if (k) {
			k->block = block_ref(tail);
			k->at = at;
		}
		return k;
	}
	b = block_new(c->tcp->core->pool,
		len > 16384	 ? CHUNK_MOST :
			len > 4096 ? 16384 :
				     4096);
	if (!b)
		return NULL;
	k = append(c);
	if (k)
		k->block = b;
	else
		block_unref(b);
	return k;
}

/* Copies up to @len octets from the pieces; octets taken, or -ENOBUFS: none could be. */
ssize_t tcp_queue_put(
	struct tcp_conn *c, const struct iovec *iov, size_t n, size_t len, unsigned flags)
{
	size_t done = 0, at = 0; /* at: in iov[0] */

	while (done < len && n) {
		struct tcp_chunk *k;
		uint32_t part;

		if (at == iov->iov_len) {
			iov++;
			n--;
			at = 0;
			continue;
		}
		k = chunk_for(c, len - done);
		if (!k)
			break;
		part = tail_room(c);
		if (part > CHUNK_MOST - k->len)
			part = CHUNK_MOST - k->len;
		if (part > iov->iov_len - at)
			part = (uint32_t)(iov->iov_len - at);
		if (part > len - done)
			part = (uint32_t)(len - done);
		memcpy(k->block->data + k->at + k->len, (const uint8_t *)iov->iov_base + at, part);
		k->len += part;
		c->snd_end += part;
		at += part;
		done += part;
	}
	if (done) /* MUST-61 */
		c->busy->last->flags |= (uint8_t)flags;
	return done ? (ssize_t)done : -ENOBUFS;
}

bool tcp_queue_fin(struct tcp_conn *c)
{
	struct tcp_chunk *k = append(c);

	if (!k)
		return false;
	k->flags = CHUNK_FIN;
	c->snd_end++;
	c->fin_queued = true;
	return true;
}

bool tcp_chunk_cut(struct tcp_conn *c, struct tcp_chunk *k, nod_seq seq)
{
	struct tcp_chunk *rest = tcp_store_take(&c->tcp->chunks);
	uint32_t len = seq - k->seq;

	if (!rest)
		return false;
	*rest = *k;
	rest->seq = seq;
	rest->at += len;
	rest->len -= len;
	if (rest->block)
		block_ref(rest->block);
	k->len = len;
	k->flags &= (uint8_t)~(CHUNK_PUSH | CHUNK_FIN | CHUNK_END);
	if (k->is_timed) {
		rest->older = k;
		rest->newer = k->newer;
		if (k->newer)
			k->newer->older = rest;
		else
			c->busy->newest = rest;
		k->newer = rest;
	}
	rest->prev = k;
	k->next = rest;
	if (rest->next)
		rest->next->prev = rest;
	else
		c->busy->last = rest;
	return true;
}

void tcp_chunk_untime(struct tcp_conn *c, struct tcp_chunk *k)
{
	if (!k->is_timed)
		return;
	if (k->older)
		k->older->newer = k->newer;
	else
		c->busy->oldest = k->newer;
	if (k->newer)
		k->newer->older = k->older;
	else
		c->busy->newest = k->older;
	k->older = k->newer = NULL;
	k->is_timed = false;
}

void tcp_chunk_time(struct tcp_conn *c, struct tcp_chunk *k)
{
	struct tcp_busy *b = c->busy;

	tcp_chunk_untime(c, k);
	k->older = b->newest;
	if (b->newest)
		b->newest->newer = k;
	else
		b->oldest = k;
	b->newest = k;
	k->is_timed = true;
}

void tcp_chunk_free(struct tcp_conn *c, struct tcp_chunk *k)
{
	struct tcp_busy *b = c->busy;

	assert(k == b->first);
	tcp_chunk_untime(c, k);
	if (b->sack_at == k)
		b->sack_at = NULL;
	if (b->retry == k)
		b->retry = k->next;
	b->first = k->next;
	if (b->first)
		b->first->prev = NULL;
	else
		b->last = NULL;
	if (b->unsent == k)
		b->unsent = k->next;
	if (k->block)
		block_unref(k->block);
	tcp_store_give(&c->tcp->chunks, k);
}

void tcp_queue_clear(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	if (!tcp_is_busy(c))
		return;
	while (b->first)
		tcp_chunk_free(c, b->first);
	b->unsent = NULL;
	b->sacked = b->lost = b->again = 0;
	tcp_limit_note(c);
}

/* ---- received ------------------------------------------------------------------------ */

uint32_t tcp_pkt_memory(const struct pkt *p)
{
	uint32_t n = (uint32_t)sizeof(*p) + p->cap;

	for (unsigned i = 0; i < p->n_slices; i++)
		n += p->slice[i].len;
	return n;
}

void tcp_in_put(struct tcp_conn *c, struct pkt *p)
{
	struct tcp_busy *b = c->busy;
	struct pkt *last = b->in.first ? container_of(b->in.last, struct pkt, next) : NULL;
	uint32_t len = p->len;

	if (last && p->len <= SMALL && !last->n_slices && pkt_tailroom(last) >= p->len) {
		pkt_copy_out(p, 0, pkt_put(last, p->len), p->len);
		b->in.octets += p->len;
		pkt_free(p);
		return;
	}
	/* a small one counts with all its packet, for it may be alone in a large block (H54) */
	if (last && len > SMALL && pkt_join(last, p)) {
		b->in.octets += len;
		b->in_memory += len;
		return;
	}
	b->in_memory += tcp_pkt_memory(p);
	pkt_queue_put(&b->in, p);
}

/* ---- out of order -------------------------------------------------------------------- */

/* In a packet that waits: whether a FIN follows its octets (the field has done its work). */
#define HAS_FIN(p) ((p)->vlan_tagged)

static nod_seq ahead_end(const struct pkt *p)
{
	return p->mark + p->len + HAS_FIN(p);
}

static void ahead_unlink(struct tcp_conn *c, struct pkt *before, struct pkt *p)
{
	struct tcp_busy *b = c->busy;

	if (before)
		before->next = p->next;
	else
		b->ahead = p->next;
	if (!p->next)
		b->ahead_last = before;
	p->next = NULL;
	b->n_ahead--;
	b->in_memory -= tcp_pkt_memory(p);
}

/* The last of those that begin at @seq or before; NULL: none does. */
static struct pkt *ahead_before(const struct tcp_conn *c, nod_seq seq)
{
	const struct tcp_busy *b = c->busy;
	struct pkt *before = NULL;

	if (b->ahead_last && seq_le(b->ahead_last->mark, seq))
		return b->ahead_last;
	for (struct pkt *p = b->ahead; p && seq_le(p->mark, seq); p = p->next)
		before = p;
	return before;
}

static void report_block(struct tcp_conn *c, nod_seq left, nod_seq right)
{
	struct tcp_sack new = { left, right };
	struct tcp_sack kept[4];
	unsigned n = 0;

	for (unsigned i = 0; i < 4; i++) {
		struct tcp_sack *b = &c->busy->recent[i];

		if (b->left == b->right)
			continue;
		if (seq_le(b->left, new.right) && seq_ge(b->right, new.left)) {
			new.left = seq_min(new.left, b->left);
			new.right = seq_max(new.right, b->right);
		} else if (n < 3) {
			kept[n++] = *b;
		}
	}
	memset(c->busy->recent, 0, sizeof(c->busy->recent));
	c->busy->recent[0] = new; /* RFC 2018 4: the latest first */
	memcpy(c->busy->recent + 1, kept, n * sizeof(kept[0]));
}

/* @p, which begins at its mark and overlaps nothing, behind @before. */
static void ahead_link(struct tcp_conn *c, struct pkt *before, struct pkt *p)
{
	struct tcp_busy *b = c->busy;

	p->next = before ? before->next : b->ahead;
	if (before)
		before->next = p;
	else
		b->ahead = p;
	if (!p->next)
		b->ahead_last = p;
	b->n_ahead++;
	b->in_memory += tcp_pkt_memory(p);
}

bool tcp_ahead_put(struct tcp_conn *c, struct tcp_seg *s, uint32_t most)
{
	struct tcp_busy *b = c->busy;
	struct pkt *before = ahead_before(c, s->seq);
	nod_seq from = s->seq, end = seg_end(s);
	bool has_fin = s->flags & TCP_FIN, has_put = false;

	/* what is there already counts (H55): the new one fills the gaps */
	while (seq_lt(from, end) && b->n_ahead < most) {
		struct pkt *next = before ? before->next : b->ahead, *p = s->p;
		nod_seq to = next && seq_lt(next->mark, end) ? next->mark : end;
		uint32_t old;

		if (before && seq_gt(ahead_end(before), from)) {
			nod_seq twice = seq_min(ahead_end(before), end);

			b->dsack = (struct tcp_sack){ from, twice };
			from = twice;
			continue;
		}
		if (from == to) {
			before = next;
			continue;
		}
		if (to != end) { /* the rest may be needed: this piece is a copy */
			p = pkt_clone(s->p, c->tcp->core->pool);
			if (!p)
				break;
		}
		old = from - s->seq;
		pkt_cut_front(p, old < p->len ? old : p->len);
		p->vlan_tagged = has_fin && to == end;
		pkt_trim(p, to - from - p->vlan_tagged);
		p->mark = from;
		ahead_link(c, before, p);
		report_block(c, from, ahead_end(p));
		has_put = true;
		from = to;
		before = p;
		if (p == s->p) {
			s->p = NULL;
			return true;
		}
	}
	if (has_put) { /* the original is not needed any more */
		pkt_free(s->p);
		s->p = NULL;
	}
	return has_put;
}

bool tcp_ahead_join(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;
	bool has_joined = false;

	while (b->ahead && seq_le(b->ahead->mark, c->rcv_nxt)) {
		struct pkt *p = b->ahead;
		bool has_fin = HAS_FIN(p);
		uint32_t old = c->rcv_nxt - p->mark;

		ahead_unlink(c, NULL, p);
		if (seq_le(p->mark + p->len + has_fin, c->rcv_nxt)) {
			pkt_free(p);
			continue;
		}
		pkt_cut_front(p, old < p->len ? old : p->len);
		c->rcv_nxt += p->len;
		p->vlan_tagged = 0;
		if (p->len)
			tcp_in_put(c, p);
		else
			pkt_free(p);
		has_joined = true;
		if (has_fin) {
			c->fin_received = true;
			break;
		}
	}
	if (!b->ahead) /* nothing to report any more */
		memset(b->recent, 0, sizeof(b->recent));
	return has_joined;
}

void tcp_ahead_clear(struct tcp_conn *c)
{
	struct tcp_busy *b = c->busy;

	while (b->ahead) {
		struct pkt *p = b->ahead;

		ahead_unlink(c, NULL, p);
		pkt_free(p);
	}
}

void tcp_in_clear(struct tcp_conn *c)
{
	if (!tcp_is_busy(c))
		return;
	pkt_queue_clear(&c->busy->in);
	tcp_ahead_clear(c);
	c->busy->in_memory = 0;
}

unsigned tcp_sack_blocks(struct tcp_conn *c, struct tcp_sack out[4], unsigned most)
{
	struct tcp_busy *busy = c->busy;
	unsigned n = 0;

	if (busy->dsack.left != busy->dsack.right && n < most) { /* RFC 2883 4: first, and once */
		out[n++] = busy->dsack;
		busy->dsack = (struct tcp_sack){ 0 };
	}
	for (unsigned i = 0; i < 4; i++) {
		struct tcp_sack *b = &busy->recent[i];

		if (b->left == b->right)
			continue;
		if (seq_le(b->right, c->rcv_nxt)) {
			*b = (struct tcp_sack){ 0 };
			continue;
		}
		if (n < most)
			out[n++] = *b;
	}
	return n;
}
