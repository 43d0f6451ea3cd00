/* SPDX-License-Identifier: ISC */
/*
 * cable.c - a cable: a Unix socket between two programs, each frame with its length before it
 *
 * In: as much as there is with one read into a buffer, of which frames are copied into packets;
 * what is not yet whole waits in front.  Out: many frames with one writev(); of one that the
 * socket took in part the rest is kept and leaves first.
 *
 * Neighbours: cable.h.
 */
#include "cable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../base/cursor.h"

enum {
	ETHER_HDR_LEN = 14,
	MTU_DEFAULT = 1500,
	WHOLE_MAX = CABLE_HDR_LEN + CABLE_FRAME_MAX,
	IN_ROOM = 2 * WHOLE_MAX, /* one frame, and as much again with the same read */
	BATCH = 64,		 /* frames a writev() */
	BUFFER_OCTETS = 1 << 20, /* asked for in the socket; it gives what it may */
};

struct cable {
	struct device base;
	struct pkt_pool *pool;
	int listen_fd; /* -1: this end has connected */
	int fd;	       /* -1: nobody is at the other end */
	int epoll_fd;  /* the two, for whoever waits: which of them there are, he need not know */
	bool is_awaiting_room; /* EPOLLOUT is asked for */
	struct sockaddr_un at; /* where it listens */
	/* in: buf[head..tail) has been read and not yet been delivered */
	uint8_t *in;
	uint32_t head, tail;
	/* out: rest[rest_at..rest_len) of a frame that has begun to leave */
	uint8_t *rest;
	uint32_t rest_at, rest_len;
};

static struct cable *cable_of_device(const struct device *d)
{
	return (struct cable *)(uintptr_t)d;
}

/* ---- the other end comes and goes ---------------------------------------------------------- */

static int watch(struct cable *c, int fd, int how, uint32_t events)
{
	struct epoll_event ev = { .events = events };

	return epoll_ctl(c->epoll_fd, how, fd, &ev) < 0 ? -errno : 0;
}

/* From now on @fd is the other end.  Takes it if it succeeds.  0 or -errno. */
static int plug_in(struct cable *c, int fd)
{
	int room = BUFFER_OCTETS;
	int err = watch(c, fd, EPOLL_CTL_ADD, EPOLLIN);

	if (err < 0)
		return err;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	c->fd = fd;
	c->head = c->tail = c->rest_at = c->rest_len = 0;
	c->is_awaiting_room = c->base.is_full = false;
	return 0;
}

/* The other end is gone, or of no use: @why. */
static void unplug(struct cable *c, int why)
{
	close(c->fd); /* epoll forgets it */
	c->fd = -1;
	c->rest_at = c->rest_len = 0;
	c->head = c->tail = 0;
	c->base.is_full = false;
	c->base.why = why;
	c->base.is_broken = c->listen_fd < 0;
}

/* Who waits at the path: one is taken when nobody is there, others are hung up on. */
static void answer(struct cable *c)
{
	int fd;

	if (c->listen_fd < 0)
		return;
	while ((fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		if (c->fd >= 0 || plug_in(c, fd) < 0)
			close(fd);
}

/* ---- in ------------------------------------------------------------------------------------ */

/* The frame that begins at head: 1 and its length; 0: it is not whole yet; -EBADMSG: no frame
 * is as long as it says. */
static int next_frame(const struct cable *c, uint32_t *len)
{
	struct rcur r = rcur_of(c->in + c->head, c->tail - c->head);

	*len = rcur_u32(&r);
	if (r.bad)
		return 0;
	if (*len > CABLE_FRAME_MAX)
		return -EBADMSG;
	return *len <= rcur_left(&r);
}

/* A packet of the frame that begins at head; NULL: it is dropped. */
static struct pkt *deliver(struct cable *c, uint32_t len)
{
	const uint8_t *frame = c->in + c->head + CABLE_HDR_LEN;
	struct pkt *p = NULL;

	if (len < ETHER_HDR_LEN) {
		c->base.dropped[DEVICE_DROP_LENGTH]++;
	} else {
		p = pkt_new(c->pool, len);
		if (!p)
			c->base.dropped[DEVICE_DROP_MEMORY]++;
	}
	c->head += CABLE_HDR_LEN + len;
	if (!p)
		return NULL;
	memcpy(pkt_put(p, len), frame, len);
	p->l2 = p->data;
	return p;
}

/* Read on.  Whether there was something. */
static bool fetch(struct cable *c)
{
	ssize_t got;

	memmove(c->in, c->in + c->head, c->tail - c->head);
	c->tail -= c->head;
	c->head = 0;
	do
		got = read(c->fd, c->in + c->tail, IN_ROOM - c->tail);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		c->tail += (uint32_t)got;
		return true;
	}
	if (got == 0 || errno != EAGAIN)
		unplug(c, got == 0 ? -EPIPE : -errno);
	return false;
}

static unsigned cable_recv(struct device *d, struct pkt **p, unsigned max, nod_ns now)
{
	struct cable *c = cable_of_device(d);
	unsigned n = 0;
	uint32_t len;

	/* frames that are dropped count, too: no peer keeps us for ever */
	for (unsigned left = max; left && c->fd >= 0;) {
		int got = next_frame(c, &len);

		if (got < 0) {
			c->base.dropped[DEVICE_DROP_HEADER]++;
			unplug(c, got);
		} else if (got > 0) {
			struct pkt *one = deliver(c, len);

			left--;
			if (!one)
				continue;
			one->at = now;
			p[n++] = one;
		} else if (!fetch(c)) {
			break;
		}
	}
	if (n < max)
		answer(c);
	return n;
}

static nod_ns cable_deadline(const struct device *d)
{
	const struct cable *c = cable_of_device(d);
	uint32_t len;

	/* what has been read and is whole, no descriptor tells of */
	return c->fd >= 0 && next_frame(c, &len) != 0 ? 0 : INT64_MAX;
}

/* ---- out ----------------------------------------------------------------------------------- */

/* Ask to be told when the socket can take more, or no more. */
static void await_room(struct cable *c, bool is_wanted)
{
	c->base.is_full = is_wanted;
	if (c->fd < 0 || c->is_awaiting_room == is_wanted)
		return;
	c->is_awaiting_room = is_wanted;
	watch(c, c->fd, EPOLL_CTL_MOD, EPOLLIN | (is_wanted ? EPOLLOUT : 0u));
}

/* How many octets the socket took; the cable may be unplugged then. */
static size_t put(struct cable *c, struct iovec *iov, unsigned n)
{
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = n };
	ssize_t done;

	do
		done = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (done < 0 && errno == EINTR);
	if (done >= 0)
		return (size_t)done;
	if (errno != EAGAIN && errno != ENOBUFS)
		unplug(c, errno == ECONNRESET ? -EPIPE : -errno);
	return 0;
}

/* The frame that has begun to leave.  Whether it has left. */
static bool finish_rest(struct cable *c)
{
	struct iovec iov = { c->rest + c->rest_at, c->rest_len - c->rest_at };

	if (!iov.iov_len)
		return true;
	c->rest_at += (uint32_t)put(c, &iov, 1);
	return c->fd < 0 || c->rest_at == c->rest_len;
}

/* Keep what is left of @p when @done octets of it and its length have left. */
static void keep_rest(struct cable *c, const struct pkt *p, const uint8_t *length, size_t done)
{
	memcpy(c->rest, length, CABLE_HDR_LEN);
	pkt_copy_out(p, 0, c->rest + CABLE_HDR_LEN, p->len);
	c->rest_at = (uint32_t)done;
	c->rest_len = CABLE_HDR_LEN + p->len;
}

static bool is_too_long(const struct pkt *p)
{
	return p->len > CABLE_FRAME_MAX;
}

/* @p's pieces behind its length.  How many. */
static unsigned lay_out(const struct pkt *p, uint8_t length[CABLE_HDR_LEN], struct iovec *iov)
{
	struct wcur w = wcur_of(length, CABLE_HDR_LEN);
	unsigned n = 0;

	wcur_u32(&w, p->len);
	iov[n++] = (struct iovec){ length, CABLE_HDR_LEN };
	iov[n++] = (struct iovec){ p->data, p->lin };
	for (unsigned k = 0; k < p->n_slices; k++)
		iov[n++] = (struct iovec){ p->slice[k].block->data + p->slice[k].at,
			p->slice[k].len };
	return n;
}

/*
 * Up to BATCH of @p with one call.  How many are done with, and freed: those that have left, those
 * that no cable carries, and one that has begun to leave.
 */
static unsigned put_batch(struct cable *c, struct pkt *const *p, unsigned n)
{
	struct iovec iov[BATCH * (2 + PKT_SLICES)];
	uint8_t length[BATCH][CABLE_HDR_LEN];
	unsigned n_iov = 0, k = 0;
	size_t done;

	if (n > BATCH)
		n = BATCH;
	for (; k < n; k++) {
		assert(!p[k]->gso); /* link_output() cuts */
		if (is_too_long(p[k])) /* nothing of it leaves */
			continue;
		if (p[k]->sum == PKT_SUM_TO_FILL)
			pkt_fill_checksum(p[k]);
		n_iov += lay_out(p[k], length[k], iov + n_iov);
	}
	done = n_iov ? put(c, iov, n_iov) : 0;
	for (k = 0; k < n; k++) {
		size_t whole = CABLE_HDR_LEN + p[k]->len;

		if (is_too_long(p[k])) {
			c->base.dropped[DEVICE_DROP_LENGTH]++;
			pkt_free(p[k]);
			continue;
		}
		if (!done)
			break;
		if (done < whole) {
			keep_rest(c, p[k], length[k], done);
			pkt_free(p[k]);
			return k + 1;
		}
		done -= whole;
		pkt_free(p[k]);
	}
	return k;
}

static unsigned cable_send(struct device *d, struct pkt *const *p, unsigned n, nod_ns now)
{
	struct cable *c = cable_of_device(d);
	unsigned k = 0;

	(void)now;
	while (c->fd >= 0 && k < n && finish_rest(c) && c->fd >= 0) {
		unsigned done = put_batch(c, p + k, n - k);

		k += done;
		if (!done)
			break;
	}
	if (c->fd >= 0) {
		await_room(c, !finish_rest(c) || k < n);
		if (c->fd >= 0)
			return k;
	}
	for (; k < n; k++) {
		d->dropped[DEVICE_DROP_BROKEN]++;
		pkt_free(p[k]);
	}
	return n;
}

/* ---- opening ------------------------------------------------------------------------------- */

static int fd_of(const struct device *d)
{
	return cable_of_device(d)->epoll_fd;
}

static void end(struct device *d)
{
	struct cable *c = cable_of_device(d);

	if (c->fd >= 0)
		close(c->fd);
	if (c->listen_fd >= 0) {
		unlink(c->at.sun_path); /* before the end: nobody takes it for a dead one's */
		close(c->listen_fd);
	}
	if (c->epoll_fd >= 0)
		close(c->epoll_fd);
	free(c->in);
	free(c->rest);
	free(c);
}

static int new_cable(uint32_t mtu, struct pkt_pool *pool, struct cable **out)
{
	static const struct device_ops ops = {
		.send = cable_send,
		.recv = cable_recv,
		.deadline = cable_deadline,
		.fd = fd_of,
		.close = end,
	};
	struct cable *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->base = (struct device){ .ops = &ops, .mtu = mtu ? mtu : MTU_DEFAULT };
	c->pool = pool;
	c->fd = c->listen_fd = -1;
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	c->in = malloc(IN_ROOM);
	c->rest = malloc(WHOLE_MAX);
	if (c->epoll_fd >= 0 && c->in && c->rest) {
		*out = c;
		return 0;
	}

	int err = c->epoll_fd < 0 ? -errno : -ENOMEM;

	end(&c->base);
	return err;
}

int cable_of(int fd, uint32_t mtu, struct pkt_pool *pool, struct device **out)
{
	struct cable *c;
	int err = new_cable(mtu, pool, &c);

	if (err < 0)
		return err;
	err = plug_in(c, fd);
	if (err < 0) {
		end(&c->base);
		return err;
	}
	*out = &c->base;
	return 0;
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* 0 or -errno. */
static int connect_to(struct cable *c)
{
	int fd = new_socket();
	int err = fd < 0 ? fd : 0;

	if (err == 0 && connect(fd, (struct sockaddr *)&c->at, sizeof(c->at)) < 0)
		err = -errno;
	if (err == 0)
		err = plug_in(c, fd);
	if (err < 0 && fd >= 0)
		close(fd);
	return err;
}

/* Take away a socket that nobody listens at any more.  0 or -errno: what is there stays. */
static int clear_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EPERM;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* 0 or -errno. */
static int listen_at(struct cable *c)
{
	int fd = new_socket();
	int err = fd < 0 ? fd : 0;

	if (err == 0 && bind(fd, (struct sockaddr *)&c->at, sizeof(c->at)) < 0)
		err = -errno;
	if (err == 0 && listen(fd, 1) < 0) {
		err = -errno;
		unlink(c->at.sun_path);
	}
	if (err == 0)
		err = watch(c, fd, EPOLL_CTL_ADD, EPOLLIN);
	if (err < 0 && fd >= 0)
		close(fd);
	if (err == 0)
		c->listen_fd = fd;
	return err;
}

/* Connect or listen, as @side says. */
static int plug(struct cable *c, enum cable_side side)
{
	int err = connect_to(c);

	if (side == CABLE_CONNECT)
		return err;
	if (err == 0 && side == CABLE_LISTEN) {
		unplug(c, 0);
		return -EADDRINUSE; /* somebody does already */
	}
	if (err == -ECONNREFUSED) { /* its listener is dead */
		err = clear_path(c->at.sun_path);
		if (err == 0)
			err = -ENOENT;
	}
	return err == -ENOENT ? listen_at(c) : err;
}

/*
 * Of several that look for each other at one path at the same moment, one after the other looks:
 * a lock on its directory, which ends with the descriptor.  When somebody holds it for long, we go
 * on without.  -1: there is no such lock.
 */
static int lock_directory_of(const char *path)
{
	enum { TRIES = 100 };
	const struct timespec pause = { .tv_nsec = 10 * NOD_MS };
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)] = ".";
	const char *slash = strrchr(path, '/');
	int fd;

	if (slash) { /* with its slash: "/x" lies in "/" */
		memcpy(directory, path, (size_t)(slash - path) + 1);
		directory[slash - path + 1] = '\0';
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int k = 0; fd >= 0 && k < TRIES && flock(fd, LOCK_EX | LOCK_NB) < 0; k++)
		nanosleep(&pause, NULL);
	return fd;
}

int cable_open(const struct cable_conf *conf, struct pkt_pool *pool, struct device **out)
{
	struct cable *c;
	int err, lock;

	if (strlen(conf->path) >= sizeof(c->at.sun_path))
		return -ENAMETOOLONG;
	err = new_cable(conf->mtu, pool, &c);
	if (err < 0)
		return err;
	c->at.sun_family = AF_UNIX;
	memcpy(c->at.sun_path, conf->path, strlen(conf->path) + 1);
	lock = lock_directory_of(conf->path);
	err = plug(c, conf->side);
	if (lock >= 0)
		close(lock);
	if (err < 0) {
		end(&c->base);
		return err;
	}
	*out = &c->base;
	return 0;
}

bool cable_is_listening(const struct device *d)
{
	return cable_of_device(d)->listen_fd >= 0;
}
