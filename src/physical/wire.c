/* SPDX-License-Identifier: ISC */
/*
 * wire.c - a memory wire: two devices in one process, joined
 *
 * One ring of packet pointers each way.  What the sender knew of a packet (where it came from,
 * whom it was for) does not go over; what the wire may vouch for does: see arrive().
 *
 * Neighbours: wire.h.
 */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	HEADER = 14 + 2 * 4, /* Ethernet and two tags: what a frame has beyond the MTU */
	QUEUE_MAX = 1 << 20,
	QUEUE_DEFAULT = 512,
	GSO_DEFAULT = 65535 + 14,
};

/* Packets on their way to one end. */
struct lane {
	struct pkt **ring;
	uint32_t head, count;
};

struct wire;

struct wire_end {
	struct device device;
	struct wire *wire;
	unsigned index; /* 0, 1 */
	bool is_closed;
};

struct wire {
	struct wire_end end[2];
	struct lane to[2];
	uint32_t cap; /* packets a lane */
	enum wire_full full;
};

static struct wire_end *end_of(struct device *d)
{
	return (struct wire_end *)d;
}

/*
 * Whether @p may go over, and finished where this wire wants it finished.  A frame that is too
 * long is lost, as on a wire.
 */
static bool depart(struct device *d, struct pkt *p)
{
	assert(!p->gso || d->can & DEVICE_GSO); /* link_output() cuts */
	if (p->len > (p->gso ? d->gso_octets : d->mtu + HEADER)) {
		d->dropped[DEVICE_DROP_LENGTH]++;
		return false;
	}
	if (p->sum == PKT_SUM_TO_FILL && !(d->can & DEVICE_SUMS))
		pkt_fill_checksum(p);
	return true;
}

static unsigned wire_send(struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	struct wire_end *e = end_of(d);
	struct wire *w = e->wire;
	struct lane *l = &w->to[!e->index];
	unsigned i;

	(void)now;
	d->is_full = false;
	for (i = 0; i < n; i++) {
		if (d->is_broken) {
			d->dropped[DEVICE_DROP_BROKEN]++;
		} else if (l->count == w->cap) {
			if (w->full == WIRE_WAIT) {
				d->is_full = true;
				break;
			}
			d->dropped[DEVICE_DROP_QUEUE]++;
		} else if (depart(d, p[i])) {
			uint32_t at = l->head + l->count++;

			l->ring[at < w->cap ? at : at - w->cap] = p[i];
			continue;
		}
		pkt_free(p[i]);
	}
	return i;
}

/* @p as a frame that comes in: without what was its sender's business. */
static void arrive(const struct device *d, struct pkt *p, nod_ns now)
{
	if (p->sum == PKT_SUM_TO_FILL) {
		/* nobody has computed it; nothing but a bug of ours could have damaged it */
	} else if (d->can & DEVICE_TRUSTED) {
		p->sum = PKT_SUM_VERIFIED;
	} else {
		p->sum = PKT_SUM_UNKNOWN;
	}
	if (p->sum != PKT_SUM_TO_FILL)
		p->l3 = p->l4 = NULL;
	p->is_multicast = p->is_broadcast = p->is_looped = p->is_forwarded = p->vlan_tagged = 0;
	p->vlan = 0;
	p->mark = 0;
	p->next = NULL;
	p->l2 = p->data;
	p->at = now;
	__builtin_prefetch(p->data); /* whoever takes it reads it in a moment */
}

static unsigned wire_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	struct wire_end *e = end_of(d);
	struct wire *w = e->wire;
	struct lane *l = &w->to[e->index];
	unsigned n = max < l->count ? max : l->count;

	for (unsigned i = 0; i < n; i++) {
		p[i] = l->ring[l->head];
		if (++l->head == w->cap)
			l->head = 0;
		arrive(d, p[i], now);
	}
	l->count -= n;
	return n;
}

/* At once when something lies here, or when what waited can go. */
static nod_ns wire_deadline(const struct device *d)
{
	const struct wire_end *e = (const struct wire_end *)d;
	const struct wire *w = e->wire;

	if (w->to[e->index].count || (d->is_full && w->to[!e->index].count < w->cap))
		return 0;
	return INT64_MAX;
}

static void wire_close(struct device *d)
{
	struct wire_end *e = end_of(d);
	struct wire *w = e->wire;
	struct lane *l = &w->to[e->index];

	for (; l->count; l->count--) {
		pkt_free(l->ring[l->head]);
		if (++l->head == w->cap)
			l->head = 0;
	}
	e->is_closed = true;
	w->end[!e->index].device.is_broken = true;
	if (!w->end[!e->index].is_closed)
		return;
	free(w->to[0].ring);
	free(w->to[1].ring);
	free(w);
}

static const struct device_ops wire_ops = {
	.send = wire_send,
	.recv = wire_recv,
	.deadline = wire_deadline,
	.close = wire_close,
};

int wire_new(const struct wire_conf *conf, struct device *end[2])
{
	if (conf->queue > QUEUE_MAX)
		return -EINVAL;

	struct wire *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->cap = conf->queue ? conf->queue : QUEUE_DEFAULT;
	w->full = conf->full;
	for (unsigned i = 0; i < 2; i++) {
		struct device *d = &w->end[i].device;

		w->end[i].wire = w;
		w->end[i].index = i;
		d->ops = &wire_ops;
		d->can = conf->can;
		d->mtu = conf->mtu ? conf->mtu : 1500;
		if (conf->can & DEVICE_GSO)
			d->gso_octets = conf->gso_octets ? conf->gso_octets : GSO_DEFAULT;
		snprintf(d->name, sizeof(d->name), "%s",
			conf->name[i]	? conf->name[i] :
			i		? "wire1" :
					  "wire0");
		w->to[i].ring = calloc(w->cap, sizeof(w->to[i].ring[0]));
	}
	if (!w->to[0].ring || !w->to[1].ring) {
		free(w->to[0].ring);
		free(w->to[1].ring);
		free(w);
		return -ENOMEM;
	}
	end[0] = &w->end[0].device;
	end[1] = &w->end[1].device;
	return 0;
}
