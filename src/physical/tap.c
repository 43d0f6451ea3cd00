/* SPDX-License-Identifier: ISC */
/*
 * tap.c - a TAP device: a wire between this program and the machine's kernel
 *
 * A frame is read into a packet's room, and what is longer than that into a spare block, which is
 * used again when it was not needed; so a small frame costs no large buffer.  The virtio-net
 * header is read into, and written from, the room in front of the frame: one piece for the
 * kernel to take.
 *
 * Neighbours: tap.h, virtio_wire.h.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "virtio_wire.h"

enum {
	ROOM = 1600,   /* octets that a packet is asked for */
	TAIL_MAX = 4096, /* what is longer stays in the spare block */
	ETHER_HDR_LEN = 14,
	MTU_DEFAULT = 1500,
	BATCH_OCTETS = 1 << 19, /* what is read at once is still in a cache when it is copied on */
	TUN_USO4 = 0x20,
	TUN_USO6 = 0x40, /* TUN_F_USO4, TUN_F_USO6: Linux 6.2 */
	GSO_OCTETS = 65535 + ETHER_HDR_LEN,
};

struct tap {
	struct device base;
	int fd;
	uint32_t header; /* octets before each frame: VIRTIO_HDR_LEN or 0 */
	struct pkt_pool *pool;
	struct pkt *next;    /* to be read into; NULL: to be got */
	struct block *spare; /* the same */
};

static struct tap *tap_of(const struct device *d)
{
	return (struct tap *)(uintptr_t)d;
}

/* ---- in ---------------------------------------------------------------------------------- */

/* Whether there is something to read a frame into. */
static bool has_room(struct tap *t)
{
	if (!t->next)
		t->next = pkt_new(t->pool, ROOM);
	if (!t->spare)
		t->spare = block_new(t->pool, BLOCK_MAX);
	return t->next && t->spare;
}

/* Octets read, or 0: nothing is there. */
static size_t fetch(struct tap *t, struct iovec *iov, int n)
{
	ssize_t got;

	do
		got = readv(t->fd, iov, n);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno != EAGAIN && errno != ENOMEM && errno != ENOBUFS)
		t->base.is_broken = true; /* EBADFD, EFAULT: the interface was removed */
	return got > 0 ? (size_t)got : 0;
}

/* Without memory to receive, what has arrived is lost, and not left for the next time. */
static void discard(struct tap *t, unsigned most)
{
	uint8_t octets[64];
	struct iovec iov = { octets, sizeof(octets) };

	while (most-- && fetch(t, &iov, 1))
		t->base.dropped[DEVICE_DROP_MEMORY]++;
}

/*
 * The @len octets at the spare block's start belong to @p.  A short tail is copied, so that the
 * large block is not held for it.
 */
static bool add_tail(struct tap *t, struct pkt *p, uint32_t len)
{
	if (len > TAIL_MAX) {
		pkt_add_slice(p, t->spare, 0, len);
		t->spare = NULL;
		return true;
	}

	struct block *b = block_new(t->pool, len);

	if (!b)
		return false;
	memcpy(b->data, t->spare->data, len);
	pkt_add_slice(p, b, 0, len);
	return true;
}

/* Whether what the header says was true; p's marks are set. */
static bool heed_header(const struct tap *t, struct pkt *p)
{
	struct rcur r = rcur_of(p->data - t->header, t->header);
	struct virtio_hdr h;

	return !t->header || (virtio_parse(&h, &r) == 0 && virtio_apply(p, &h) == 0);
}

enum read_result { READ_FRAME, READ_DROPPED, READ_NOTHING };

/* One frame, in t->next. */
static enum read_result read_one(struct tap *t)
{
	struct pkt *p = t->next;
	uint32_t room = pkt_tailroom(p);
	struct iovec iov[2] = {
		{ p->data - t->header, t->header + room },
		{ t->spare->data, t->spare->cap },
	};
	size_t got = fetch(t, iov, 2);
	enum device_drop why = DEVICE_DROP_LENGTH;

	if (!got)
		return READ_NOTHING;
	if (got >= t->header + ETHER_HDR_LEN) {
		uint32_t len = (uint32_t)(got - t->header);

		pkt_put(p, len < room ? len : room);
		p->l2 = p->data;
		if (len > room && !add_tail(t, p, len - room))
			why = DEVICE_DROP_MEMORY;
		else if (heed_header(t, p))
			return READ_FRAME;
		else
			why = DEVICE_DROP_HEADER;
	}
	t->base.dropped[why]++;
	t->next = NULL;
	pkt_free(p);
	return READ_DROPPED;
}

static unsigned tap_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	struct tap *t = tap_of(d);
	uint32_t octets = 0;
	unsigned n = 0;

	/* frames that are dropped count, too: no wire keeps us for ever */
	for (unsigned left = max; left && octets < BATCH_OCTETS; left--) {
		if (!has_room(t)) {
			discard(t, left);
			break;
		}
		enum read_result got = read_one(t);

		if (got == READ_NOTHING)
			break;
		if (got == READ_DROPPED)
			continue;
		t->next->at = now;
		octets += t->next->len;
		p[n++] = t->next;
		t->next = NULL;
	}
	return n;
}

/* ---- out --------------------------------------------------------------------------------- */

/* false: there is no room now. */
static bool write_one(struct tap *t, const struct pkt *p)
{
	uint8_t apart[VIRTIO_HDR_LEN];
	struct iovec iov[2 + PKT_SLICES];
	int n = 0;
	ssize_t done;

	if (t->header) {
		struct virtio_hdr h = virtio_of(p);
		bool fits = pkt_headroom(p) >= t->header;
		struct wcur w = wcur_of(fits ? p->data - t->header : apart, t->header);

		virtio_emit(&h, &w);
		if (fits)
			iov[n++] = (struct iovec){ w.buf, t->header + p->lin };
		else
			iov[n++] = (struct iovec){ apart, t->header };
	}
	if (!n || iov[0].iov_base == apart)
		iov[n++] = (struct iovec){ p->data, p->lin };
	for (unsigned k = 0; k < p->n_slices; k++)
		iov[n++] = (struct iovec){ p->slice[k].block->data + p->slice[k].at,
			p->slice[k].len };
	do
		done = n == 1 ? write(t->fd, iov[0].iov_base, iov[0].iov_len) :
				writev(t->fd, iov, n);
	while (done < 0 && errno == EINTR);
	if (done >= 0)
		return true;
	if (errno == EAGAIN)
		return false;
	if (errno == EBADF || errno == EBADFD)
		t->base.is_broken = true;
	/* EIO: the interface is down; other errors: the frame is not to the kernel's taste.
	 * Lost, as on any wire */
	t->base.dropped[t->base.is_broken ? DEVICE_DROP_BROKEN : DEVICE_DROP_REFUSED]++;
	return true;
}

static unsigned tap_send(struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	unsigned k = 0;

	(void)now;
	for (; k < n; k++) {
		assert(!p[k]->gso || d->can & DEVICE_GSO); /* link_output() cuts */
		if (p[k]->sum == PKT_SUM_TO_FILL && !(d->can & DEVICE_SUMS))
			pkt_fill_checksum(p[k]);
		if (!write_one(tap_of(d), p[k]))
			break;
		pkt_free(p[k]);
	}
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

	if (t->fd >= 0)
		close(t->fd);
	pkt_free(t->next);
	if (t->spare)
		block_unref(t->spare);
	free(t);
}

/* As much as this kernel can.  0 or -errno. */
static int offer(struct tap *t)
{
	static const struct {
		unsigned flags, can;
	} levels[] = {
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN | TUN_USO4 | TUN_USO6,
			DEVICE_SUMS | DEVICE_GSO },
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
			DEVICE_SUMS | DEVICE_TSO4 | DEVICE_TSO6 },
		{ TUN_F_CSUM, DEVICE_SUMS },
	};
	int len = VIRTIO_HDR_LEN, yes = 1;

	/* virtio_wire.c writes little-endian; where the machine is so anyway, an old kernel
	 * need not know the request */
	ioctl(t->fd, TUNSETVNETLE, &yes);
	if (ioctl(t->fd, TUNSETVNETHDRSZ, &len) < 0)
		return -errno;
	for (unsigned k = 0; k < sizeof(levels) / sizeof(levels[0]); k++) {
		if (ioctl(t->fd, TUNSETOFFLOAD, levels[k].flags) < 0)
			continue;
		t->base.can = levels[k].can;
		if (t->base.can & DEVICE_GSO)
			t->base.gso_octets = GSO_OCTETS;
		break;
	}
	return 0;
}

/* The MTU of the kernel's side. */
static uint32_t mtu_of(const char *name)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_known;

	memcpy(r.ifr_name, name, strnlen(name, sizeof(r.ifr_name) - 1));
	is_known = fd >= 0 && ioctl(fd, SIOCGIFMTU, &r) == 0 && r.ifr_mtu > 0;
	if (fd >= 0)
		close(fd);
	return is_known ? (uint32_t)r.ifr_mtu : MTU_DEFAULT;
}

/* Join t->fd to the interface.  0 or -errno. */
static int join(struct tap *t, const struct tap_conf *conf)
{
	struct ifreq r = { 0 };

	if (conf->name)
		memcpy(r.ifr_name, conf->name, strlen(conf->name));
	r.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (conf->no_offload ? 0 : IFF_VNET_HDR) |
		(conf->many_queues ? IFF_MULTI_QUEUE : 0));
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, TUNSETIFF, &r) < 0)
		return -errno;
	memcpy(t->base.name, r.ifr_name, strnlen(r.ifr_name, sizeof(r.ifr_name)));
	t->base.mtu = mtu_of(t->base.name);
	if (conf->no_offload)
		return 0;
	t->header = VIRTIO_HDR_LEN;
	return offer(t);
}

int tap_open(const struct tap_conf *conf, struct pkt_pool *pool, struct device **out)
{
	static const struct device_ops ops = {
		.send = tap_send,
		.recv = tap_recv,
		.fd = fd_of,
		.close = end,
	};
	struct tap *t;
	int err;

	if (conf->name && strlen(conf->name) >= IFNAMSIZ)
		return -ENAMETOOLONG;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->base.ops = &ops;
	t->pool = pool;
	err = join(t, conf);
	if (err < 0) {
		end(&t->base);
		return err;
	}
	*out = &t->base;
	return 0;
}
