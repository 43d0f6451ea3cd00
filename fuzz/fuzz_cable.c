/* SPDX-License-Identifier: ISC */
/*
 * fuzz_cable.c - any octets at the other end of a cable, in pieces of any length
 *
 * The first octet says how long the pieces are.  What arrives is what a simple reading of the
 * whole gives, however it was cut; after a length that no frame has, nothing does.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "physical/cable.h"

enum { BATCH = 5 };

/* The next frame of the whole as it should arrive: its length, or -1; *at goes on. */
static long next(const uint8_t *data, size_t size, size_t *at)
{
	while (size - *at >= CABLE_HDR_LEN) {
		const uint8_t *p = data + *at;
		uint32_t len = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
			p[3];

		if (len > CABLE_FRAME_MAX || len > size - *at - CABLE_HDR_LEN)
			return -1;
		*at += CABLE_HDR_LEN + len;
		if (len >= 14)
			return (long)len;
	}
	return -1;
}

/* What has arrived is what should have.  How far the whole has been read. */
static size_t compare(struct device *d, const uint8_t *data, size_t size, size_t at)
{
	struct pkt *p[BATCH];
	unsigned n;

	/* a turn may bring nothing but frames that are dropped: then the deadline says so */
	while ((n = device_recv(d, p, BATCH, 0)) > 0 || device_deadline(d) == 0)
		for (unsigned k = 0; k < n; k++) {
			long len = next(data, size, &at);

			FUZZ_CLAIM(len == (long)p[k]->len && len == (long)p[k]->lin);
			FUZZ_CLAIM(memcmp(p[k]->data, data + at - len, (size_t)len) == 0);
			pkt_free(p[k]);
		}
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pkt_pool *pool; /* kept: making one takes long */
	struct device *d;
	size_t piece, at = 0;
	int fd[2];

	if (!pool)
		pool = pkt_pool_new(4 << 20);
	if (!pool || !size ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		return 0;
	if (cable_of(fd[0], 0, pool, &d) < 0) {
		close(fd[0]);
		close(fd[1]);
		return 0;
	}
	piece = 1 + (size_t)data[0] * data[0];
	data++;
	size--;
	for (size_t sent = 0; sent < size && !d->is_broken;) {
		size_t len = size - sent < piece ? size - sent : piece;
		ssize_t done = send(fd[1], data + sent, len, MSG_NOSIGNAL);

		if (done > 0)
			sent += (size_t)done;
		at = compare(d, data, size, at);
		if (done <= 0)
			break;
	}
	FUZZ_CLAIM(next(data, size, &at) == -1); /* all that is whole has arrived */
	close(fd[1]);
	compare(d, data, size, at);
	FUZZ_CLAIM(d->is_broken && (d->why == -EPIPE || d->why == -EBADMSG));
	device_close(d);
	FUZZ_CLAIM(pkt_pool_use(pool).pkts == 0);
	return 0;
}
