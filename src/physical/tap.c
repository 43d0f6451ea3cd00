/* SPDX-License-Identifier: ISC */
/*
 * tap.c - a TAP device: a wire between this program and the machine's kernel
 *
 * A frame is read into a packet's room, and what is longer than that into a spare block, which is
 * used again when it was not needed; so a small frame costs no large buffer.
 *
 * Neighbours: tap.h.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	VNET_LEN = 12, /* virtio 1.2 5.1.6: with num_buffers */
	NEEDS_CSUM = 1,
	DATA_VALID = 2,
	GSO_NONE = 0,
	GSO_TCP4 = 1,
	GSO_TCP6 = 4,
	GSO_UDP_L4 = 5,
	GSO_ECN = 0x80,
	ROOM = 1600, /* read into the packet itself */
	TUN_USO4 = 0x20,
	TUN_USO6 = 0x40, /* TUN_F_USO4, TUN_F_USO6: Linux 6.2 */
};

struct tap {
	struct device base;
	int fd;
	bool has_header;
	struct pkt_pool *pool;
	struct block *spare;
};

static struct tap *tap_of(const struct device *d)
{
	return (struct tap *)(uintptr_t)d;
}

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void put_le16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* ---- in ---------------------------------------------------------------------------------- */

/* What the header says of @p.  false: it contradicts the frame. */
static bool read_header(struct pkt *p, const uint8_t h[VNET_LEN])
{
	uint8_t flags = h[0], gso = h[1] & (uint8_t)~GSO_ECN;
	uint32_t start = le16(h + 6), offset = le16(h + 8);

	if (flags & NEEDS_CSUM) {
		if (start + offset + 2 > p->lin)
			return false;
		p->l4 = p->data + start;
		p->sum_offset = (uint16_t)offset;
		p->sum = PKT_SUM_TO_FILL;
	} else if (flags & DATA_VALID) {
		p->sum = PKT_SUM_VERIFIED;
	}
	if (gso == GSO_NONE)
		return true;
	if (gso != GSO_TCP4 && gso != GSO_TCP6 && gso != GSO_UDP_L4)
		return false;
	p->gso = gso == GSO_UDP_L4 ? PKT_GSO_UDP : PKT_GSO_TCP;
	p->gso_size = le16(h + 4);
	return p->gso_size && p->l4;
}

static struct pkt *read_one(struct tap *t)
{
	uint8_t header[VNET_LEN] = { 0 };
	struct pkt *p = pkt_new(t->pool, ROOM);
	struct iovec iov[3];
	int n = 0;
	ssize_t got;

	if (!t->spare)
		t->spare = block_new(t->pool, BLOCK_MAX);
	if (!p || !t->spare) {
		pkt_free(p);
		return NULL;
	}
	if (t->has_header)
		iov[n++] = (struct iovec){ header, VNET_LEN };
	iov[n++] = (struct iovec){ p->data, ROOM };
	iov[n++] = (struct iovec){ t->spare->data, t->spare->cap };
	do
		got = readv(t->fd, iov, n);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno != EAGAIN)
		t->base.is_broken = true;
	if (got <= 0) {
		pkt_free(p);
		return NULL;
	}
	got -= t->has_header ? VNET_LEN : 0;
	if (got > 0)
		pkt_put(p, got < ROOM ? (uint32_t)got : ROOM);
	if (got > ROOM) {
		pkt_add_slice(p, t->spare, 0, (uint32_t)got - ROOM);
		t->spare = NULL;
	}
	p->l2 = p->data;
	if (got <= 0 || !read_header(p, header)) {
		pkt_trim(p, 0); /* a frame of nothing: the link counts and drops it */
		p->gso = PKT_GSO_NONE;
		p->l4 = NULL;
	}
	return p;
}

static unsigned tap_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	unsigned n = 0;

	while (n < max && (p[n] = read_one(tap_of(d)))) {
		p[n]->at = now;
		n++;
	}
	return n;
}

/* ---- out --------------------------------------------------------------------------------- */

static void write_header(uint8_t h[VNET_LEN], const struct pkt *p)
{
	uint32_t hdr;

	memset(h, 0, VNET_LEN);
	if (p->sum != PKT_SUM_TO_FILL)
		return;
	h[0] = NEEDS_CSUM;
	put_le16(h + 6, (uint32_t)(p->l4 - p->data));
	put_le16(h + 8, p->sum_offset);
	if (!p->gso)
		return;
	hdr = (uint32_t)(p->l4 - p->data) +
		(p->gso == PKT_GSO_UDP ? 8u : 4u * (p->l4[12] >> 4));
	h[1] = p->gso == PKT_GSO_UDP ? GSO_UDP_L4 :
		p->l3[0] >> 4 == 6   ? GSO_TCP6 :
				       GSO_TCP4;
	put_le16(h + 2, hdr);
	put_le16(h + 4, p->gso_size);
}

/* false: there is no room now. */
static bool write_one(struct tap *t, const struct pkt *p)
{
	uint8_t header[VNET_LEN];
	struct iovec iov[2 + PKT_SLICES];
	int n = 0;
	ssize_t done;

	if (t->has_header) {
		write_header(header, p);
		iov[n++] = (struct iovec){ header, VNET_LEN };
	}
	iov[n++] = (struct iovec){ p->data, p->lin };
	for (unsigned k = 0; k < p->n_slices; k++)
		iov[n++] = (struct iovec){ p->slice[k].block->data + p->slice[k].at,
			p->slice[k].len };
	do
		done = writev(t->fd, iov, n);
	while (done < 0 && errno == EINTR);
	if (done < 0 && errno == EAGAIN)
		return false;
	/* EIO: the interface is down; other errors: the frame is not to its taste.  Lost, as
	 * on any wire */
	if (done < 0 && (errno == EBADF || errno == EBADFD))
		t->base.is_broken = true;
	return true;
}

static unsigned tap_send(struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	unsigned k = 0;

	(void)now;
	while (k < n && write_one(tap_of(d), p[k]))
		pkt_free(p[k++]);
	d->is_full = k < n;
	return k;
}

/* ---- opening ------------------------------------------------------------------------------- */

static int fd_of(const struct device *d)
{
	return tap_of(d)->fd;
}

static void end(struct device *d)
{
	struct tap *t = tap_of(d);

	close(t->fd);
	if (t->spare)
		block_unref(t->spare);
	free(t);
}

/* As much as this kernel can. */
static void offer(struct tap *t)
{
	int len = VNET_LEN;

	if (ioctl(t->fd, TUNSETVNETHDRSZ, &len) < 0)
		return;
	if (ioctl(t->fd, TUNSETOFFLOAD,
		    TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_USO4 | TUN_USO6) == 0)
		t->base.can = DEVICE_SUMS | DEVICE_GSO;
	else if (ioctl(t->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) == 0)
		t->base.can = DEVICE_SUMS | DEVICE_TSO4 | DEVICE_TSO6;
	else if (ioctl(t->fd, TUNSETOFFLOAD, TUN_F_CSUM) == 0)
		t->base.can = DEVICE_SUMS;
	if (t->base.can & DEVICE_GSO)
		t->base.gso_octets = 65535;
}

int tap_open(const struct tap_conf *conf, struct pkt_pool *pool, struct device **out)
{
	static const struct device_ops ops = {
		.send = tap_send,
		.recv = tap_recv,
		.fd = fd_of,
		.close = end,
	};
	struct ifreq r = { 0 };
	struct tap *t;
	int flags = IFF_TAP | IFF_NO_PI | (conf->no_offload ? 0 : IFF_VNET_HDR) |
		(conf->many_queues ? IFF_MULTI_QUEUE : 0);

	if (strlen(conf->name) >= sizeof(r.ifr_name))
		return -EINVAL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0) {
		int err = -errno;

		free(t);
		return err;
	}
	memcpy(r.ifr_name, conf->name, strlen(conf->name));
	r.ifr_flags = (short)flags;
	if (ioctl(t->fd, TUNSETIFF, &r) < 0) {
		int err = -errno;

		close(t->fd);
		free(t);
		return err;
	}
	t->base.ops = &ops;
	t->base.mtu = 1500;
	t->pool = pool;
	t->has_header = !conf->no_offload;
	memcpy(t->base.name, r.ifr_name, sizeof(r.ifr_name));
	if (t->has_header)
		offer(t);
	*out = &t->base;
	return 0;
}
