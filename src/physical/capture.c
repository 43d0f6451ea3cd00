/* SPDX-License-Identifier: ISC */
/*
 * capture.c - frames written down as pcapng, and a device that does it
 *
 * draft-ietf-opsawg-pcapng 3 and 4.  All numbers in network order, which the section's byte-order
 * magic says, so that a file is the same on every machine.  Records are made in one buffer, which
 * leaves when it is full.
 *
 * Neighbours: capture.h; base/cursor.h.
 */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/checksum.h"
#include "../base/cursor.h"

enum {
	BUFFER = 512 * 1024,
	OCTETS_MOST = 256 * 1024, /* of a frame that are kept; IP's are shorter */
	TEXT_MOST = 1024,	  /* of names and comments */
	INTERFACES_MOST = 65536,
	BATCH = 64,
};

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
};

enum option {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_DESCRIPTION = 3,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
	EPB_VERDICT = 7,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,
};

enum { BYTE_ORDER_MAGIC = 0x1a2b3c4d, LINKTYPE_ETHERNET = 1, VERDICT_HARDWARE = 0 };

/* Octets of an enhanced packet block beside the frame and its comment: head, tail, options. */
enum { PACKET_AROUND = 28 + 4 + 8 + 12 + 8 + 8 };

struct seen {
	uint64_t frames, dropped;
	nod_ns last;
};

struct capture {
	capture_write *write;
	void *self;
	int fd; /* of capture_open(), or -1 */
	int64_t epoch;
	bool is_live;
	int err; /* the first */
	uint64_t count;
	struct seen *seen; /* by interface */
	uint32_t n_interfaces, cap_interfaces;
	size_t used;
	uint8_t buffer[BUFFER];
};

/* ---- the buffer -------------------------------------------------------------------------- */

int capture_flush(struct capture *c)
{
	if (c->used && !c->err)
		c->err = c->write(c->self, c->buffer, c->used);
	c->used = 0;
	return c->err;
}

void capture_settle(struct capture *c)
{
	if (c->is_live)
		capture_flush(c);
}

int capture_error(const struct capture *c)
{
	return c->err;
}

uint64_t capture_count(const struct capture *c)
{
	return c->count;
}

/* A block begins, of at most @most octets. */
static struct wcur block_begin(struct capture *c, enum block_type type, size_t most)
{
	if (most > BUFFER - c->used)
		capture_flush(c);

	struct wcur w = wcur_of(c->buffer + c->used, BUFFER - c->used);

	wcur_u32(&w, type);
	wcur_u32(&w, 0); /* its length: block_end() */
	return w;
}

static void block_end(struct capture *c, struct wcur *w)
{
	uint32_t len = (uint32_t)w->at + 4;
	struct wcur head = wcur_of(w->buf + 4, 4);

	wcur_u32(w, len);
	wcur_u32(&head, len);
	assert(!w->bad); /* the lengths are bounded above */
	c->used += len;
}

static void pad(struct wcur *w)
{
	static const uint8_t zero[3];

	wcur_put(w, zero, -w->at & 3);
}

static void option(struct wcur *w, enum option code, const void *value, size_t len)
{
	wcur_u16(w, (uint16_t)code);
	wcur_u16(w, (uint16_t)len);
	wcur_put(w, value, len);
	pad(w);
}

/* At most TEXT_MOST octets, cut where a character begins. */
static size_t text_len(const char *text)
{
	size_t len = strlen(text);

	if (len <= TEXT_MOST)
		return len;
	for (len = TEXT_MOST; len && (text[len] & 0xc0) == 0x80;)
		len--;
	return len;
}

static void option_text(struct wcur *w, enum option code, const char *text)
{
	if (text && *text)
		option(w, code, text, text_len(text));
}

static void option_u64(struct wcur *w, enum option code, uint64_t value)
{
	wcur_u16(w, (uint16_t)code);
	wcur_u16(w, 8);
	wcur_u32(w, (uint32_t)(value >> 32));
	wcur_u32(w, (uint32_t)value);
}

static void put_time(struct wcur *w, const struct capture *c, nod_ns at)
{
	int64_t ns;

	if (__builtin_add_overflow(at, c->epoch, &ns) || ns < 0)
		ns = 0; /* before 1970 there is no time in such a file */
	wcur_u32(w, (uint32_t)((uint64_t)ns >> 32));
	wcur_u32(w, (uint32_t)ns);
}

/* ---- beginning and end ------------------------------------------------------------------- */

int capture_to(
	capture_write *write, void *self, const struct capture_conf *conf, struct capture **out)
{
	static const struct capture_conf none;
	struct capture *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	if (!conf)
		conf = &none;
	c->write = write;
	c->self = self;
	c->fd = -1;
	c->epoch = conf->epoch;
	c->is_live = conf->is_live;

	struct wcur w = block_begin(c, BLOCK_SECTION, TEXT_MOST + 64);

	wcur_u32(&w, BYTE_ORDER_MAGIC);
	wcur_u16(&w, 1); /* version 1.0 */
	wcur_u16(&w, 0);
	wcur_u32(&w, UINT32_MAX); /* the section's length: until the end */
	wcur_u32(&w, UINT32_MAX);
	option_text(&w, SHB_USERAPPL, conf->application ? conf->application : "nod " NOD_VERSION);
	option(&w, OPT_END, NULL, 0);
	block_end(c, &w);
	*out = c;
	return 0;
}

static int write_file(void *self, const void *octets, size_t len)
{
	const struct capture *c = self;
	const uint8_t *at = octets;

	while (len) {
		ssize_t n = write(c->fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int capture_open(const char *path, const struct capture_conf *conf, struct capture **out)
{
	struct capture *c;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int err;

	if (fd < 0)
		return -errno;
	err = capture_to(write_file, NULL, conf, &c);
	if (err < 0) {
		close(fd);
		return err;
	}
	c->self = c;
	c->fd = fd;
	if (c->is_live)
		err = capture_flush(c); /* that it cannot be written is said at once */
	if (err < 0) {
		capture_close(c);
		return err;
	}
	*out = c;
	return 0;
}

int capture_add_interface(
	struct capture *c, const char *name, const char *description, unsigned *id)
{
	static const uint8_t nanoseconds = 9; /* 10^-9 */

	if (c->n_interfaces == INTERFACES_MOST)
		return -ENOSPC;
	if (c->n_interfaces == c->cap_interfaces) {
		uint32_t cap = c->cap_interfaces ? 2 * c->cap_interfaces : 4;
		struct seen *more = realloc(c->seen, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		c->seen = more;
		c->cap_interfaces = cap;
	}
	c->seen[c->n_interfaces] = (struct seen){ 0 };
	*id = c->n_interfaces++;

	struct wcur w = block_begin(c, BLOCK_INTERFACE, 2 * TEXT_MOST + 64);

	wcur_u16(&w, LINKTYPE_ETHERNET);
	wcur_u16(&w, 0);
	wcur_u32(&w, OCTETS_MOST);
	option_text(&w, IF_NAME, name);
	option_text(&w, IF_DESCRIPTION, description);
	option(&w, IF_TSRESOL, &nanoseconds, 1);
	option(&w, OPT_END, NULL, 0);
	block_end(c, &w);
	return 0;
}

/* What went through each interface and what was dropped. */
static void put_statistics(struct capture *c)
{
	for (uint32_t i = 0; i < c->n_interfaces; i++) {
		struct wcur w = block_begin(c, BLOCK_STATISTICS, 64);

		wcur_u32(&w, i);
		put_time(&w, c, c->seen[i].last);
		option_u64(&w, ISB_IFRECV, c->seen[i].frames);
		option_u64(&w, ISB_IFDROP, c->seen[i].dropped);
		option(&w, OPT_END, NULL, 0);
		block_end(c, &w);
	}
}

int capture_close(struct capture *c)
{
	int err;

	if (!c)
		return 0;
	put_statistics(c);
	err = capture_flush(c);
	if (c->fd >= 0 && close(c->fd) < 0 && !err)
		err = -errno;
	free(c->seen);
	free(c);
	return err;
}

/* ---- frames ------------------------------------------------------------------------------ */

/* The transport checksum that @p still lacks, in its copy @to of @len octets. */
static void finish(uint8_t *to, uint32_t len, const struct pkt *p)
{
	uint32_t l4 = (uint32_t)(p->l4 - p->data), field = l4 + p->sum_offset;
	uint16_t sum;

	if (field + 2 > len)
		return;
	sum = checksum_end(pkt_checksum(p, l4, p->len - l4));
	if (!sum)
		sum = 0xffff; /* as pkt_fill_checksum() */
	to[field] = (uint8_t)(sum >> 8);
	to[field + 1] = (uint8_t)sum;
}

static const char *super_comment(const struct pkt *p, char *out, size_t cap)
{
	/* untranslated: a capture is the same whoever makes it */
	snprintf(out, cap, "super-segment: to be cut into segments of %u octets of payload",
		p->gso_size);
	return out;
}

/* How much of the buffer its record takes at the most. */
static size_t record_most(const struct pkt *p, const char *comment)
{
	uint32_t len = p->len < OCTETS_MOST ? p->len : OCTETS_MOST;

	return PACKET_AROUND + len + 3 + (comment ? strlen(comment) + 8 : 0) +
	       (p->gso ? 96 : 0);
}

void capture_packet(struct capture *c, unsigned id, const struct pkt *p, nod_ns at,
	enum capture_direction direction, bool is_dropped, const char *comment)
{
	static const uint8_t dropped[] = { VERDICT_HARDWARE, 'd', 'r', 'o', 'p' };
	uint8_t flags[4] = { 0, 0, 0, (uint8_t)direction };
	uint32_t len = p->len < OCTETS_MOST ? p->len : OCTETS_MOST;
	char super[96];

	assert(id < c->n_interfaces);

	struct wcur w = block_begin(c, BLOCK_PACKET, record_most(p, comment));
	uint8_t *octets;

	wcur_u32(&w, id);
	put_time(&w, c, at);
	wcur_u32(&w, len);
	wcur_u32(&w, p->len);
	octets = wcur_take(&w, len);
	assert(octets);
	pkt_copy_out(p, 0, octets, len);
	if (p->sum == PKT_SUM_TO_FILL)
		finish(octets, len, p);
	pad(&w);
	option_text(&w, OPT_COMMENT, comment);
	if (p->gso)
		option_text(&w, OPT_COMMENT, super_comment(p, super, sizeof(super)));
	option(&w, EPB_FLAGS, flags, sizeof(flags));
	if (is_dropped)
		option(&w, EPB_VERDICT, dropped, sizeof(dropped));
	option(&w, OPT_END, NULL, 0);
	block_end(c, &w);
	c->count++;
	c->seen[id].frames++;
	c->seen[id].dropped += is_dropped;
	if (at > c->seen[id].last)
		c->seen[id].last = at;
}

/* ---- the device -------------------------------------------------------------------------- */

struct capture_end {
	struct device device;
	struct device *inner;
	struct capture *capture;
	unsigned id;
};

/* What the outside sees of the inner device. */
static void mirror(struct capture_end *e)
{
	e->device.is_full = e->inner->is_full;
	e->device.is_broken = e->inner->is_broken;
	for (unsigned i = 0; i < DEVICE_DROP_N; i++)
		e->device.dropped[i] = e->inner->dropped[i];
}

/*
 * Whoever takes a packet frees it, so the records come first, and those of what was not taken
 * are taken back: up to @n of them, as many as there is room for without a flush.
 */
static unsigned send_some(struct capture_end *e, struct pkt *const *p, unsigned n, nod_ns now)
{
	struct capture *c = e->capture;
	size_t used[BATCH + 1];
	struct seen seen = c->seen[e->id];
	unsigned k, taken;

	if (record_most(p[0], NULL) > BUFFER - c->used)
		capture_flush(c);
	used[0] = c->used;
	for (k = 0; k < n && k < BATCH && record_most(p[k], NULL) <= BUFFER - c->used; k++) {
		capture_packet(c, e->id, p[k], now, CAPTURE_OUT, false, NULL);
		used[k + 1] = c->used;
	}
	taken = device_send(e->inner, p, k, now);
	if (taken < k) {
		c->used = used[taken];
		c->count -= k - taken;
		c->seen[e->id].frames -= k - taken;
		if (!taken)
			c->seen[e->id].last = seen.last;
	}
	return taken;
}

static unsigned capture_send(struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	struct capture_end *e = (struct capture_end *)d;
	unsigned done = 0;

	if (!n)
		device_send(e->inner, p, 0, now);
	while (done < n) {
		unsigned part = n - done < BATCH ? n - done : BATCH;
		unsigned taken = send_some(e, p + done, part, now);

		if (!taken || e->inner->is_full) {
			done += taken;
			break;
		}
		done += taken;
	}
	capture_settle(e->capture);
	mirror(e);
	return done;
}

static unsigned capture_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	struct capture_end *e = (struct capture_end *)d;
	unsigned n = device_recv(e->inner, p, max, now);

	for (unsigned k = 0; k < n; k++)
		capture_packet(e->capture, e->id, p[k], now, CAPTURE_IN, false, NULL);
	capture_settle(e->capture);
	mirror(e);
	return n;
}

static nod_ns capture_deadline(const struct device *d)
{
	return device_deadline(((const struct capture_end *)d)->inner);
}

static int capture_fd(const struct device *d)
{
	return device_fd(((const struct capture_end *)d)->inner);
}

static void capture_end_close(struct device *d)
{
	struct capture_end *e = (struct capture_end *)d;

	device_close(e->inner);
	free(e);
}

static const struct device_ops capture_ops = {
	.send = capture_send,
	.recv = capture_recv,
	.deadline = capture_deadline,
	.fd = capture_fd,
	.close = capture_end_close,
};

int capture_device(struct device *inner, struct capture *c, struct device **out)
{
	struct capture_end *e = malloc(sizeof(*e));
	int err = e ? capture_add_interface(c, inner->name, NULL, &e->id) : -ENOMEM;

	if (err < 0) {
		free(e);
		device_close(inner);
		return err;
	}
	e->device = *inner; /* its name, what it can, its MTU */
	e->device.ops = &capture_ops;
	e->inner = inner;
	e->capture = c;
	*out = &e->device;
	return 0;
}
