/* SPDX-License-Identifier: ISC */
/*
 * kernel_links.c - the machine's interfaces and their addresses, asked of its kernel
 *
 * Two dumps over a netlink socket: RTM_GETLINK, then RTM_GETADDR (rtnetlink(7)).  When
 * something changes during a dump the kernel says so and the dump is asked for again.
 *
 * Neighbours: rtnetlink.h (what the answers mean).
 */
#include "kernel_links.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_S 5
#define DUMP_TRIES	 8 /* then an inconsistent one has to do */

static int open_netlink(void)
{
	struct timeval wait = { .tv_sec = ANSWER_TIMEOUT_S };
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
		bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int ask(int fd, uint16_t type, uint32_t seq)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg any;
	} request = {
		.header = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = seq,
		},
		.any = { .rtgen_family = AF_UNSPEC },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, &request, request.header.nlmsg_len, 0, (struct sockaddr *)&kernel,
		    sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

/* One datagram from the kernel into @*buf, which grows to hold it.  Its octets or -errno. */
static ssize_t receive(int fd, uint8_t **buf, size_t *cap)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, *buf, *cap, MSG_PEEK | MSG_TRUNC, NULL, NULL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if ((size_t)n > *cap) {
			uint8_t *grown = realloc(*buf, (size_t)n);

			if (!grown)
				return -ENOMEM;
			*buf = grown;
			*cap = (size_t)n;
			continue;
		}
		n = recvfrom(fd, *buf, *cap, 0, (struct sockaddr *)&from, &from_len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n >= 0 && from.nl_pid == 0) /* another process may write to us, too */
			return n;
	}
}

/* Append @size octets at @item to the array @*list of @*n; they double in room at powers of 2. */
static int append(void **list, unsigned *n, const void *item, size_t size)
{
	if ((*n & (*n - 1)) == 0) {
		void *grown = realloc(*list, (*n ? (size_t)*n * 2 : 1) * size);

		if (!grown)
			return -ENOMEM;
		*list = grown;
	}
	memcpy((uint8_t *)*list + *n * size, item, size);
	++*n;
	return 0;
}

static int keep(struct kernel_links *k, const struct rtnl_msg *m)
{
	void *list = m->kind == RTNL_LINK ? (void *)k->link : (void *)k->addr;
	int err = m->kind == RTNL_LINK ?
		append(&list, &k->n_links, &m->link, sizeof(m->link)) :
		append(&list, &k->n_addrs, &m->addr, sizeof(m->addr));

	if (m->kind == RTNL_LINK)
		k->link = list;
	else
		k->addr = list;
	return err;
}

/* Take one dump in.  0, -EINTR: the dump was interrupted, or another negative errno. */
static int take_dump(int fd, struct kernel_links *k, uint32_t seq, uint8_t **buf, size_t *cap)
{
	bool is_interrupted = false;

	for (;;) {
		ssize_t n = receive(fd, buf, cap);
		struct rcur r;
		struct rtnl_msg m;
		int more;

		if (n < 0)
			return (int)n;
		r = rcur_of(*buf, (size_t)n);
		while ((more = rtnl_next(&m, &r)) > 0) {
			if (m.seq != seq)
				continue;
			is_interrupted |= m.is_interrupted;
			if (m.kind == RTNL_DONE)
				return is_interrupted ? -EINTR : 0;
			if (m.kind == RTNL_ERROR)
				return m.error < 0 ? m.error : -EBADMSG;
			if (m.kind != RTNL_LINK && m.kind != RTNL_ADDR)
				continue;
			int err = keep(k, &m);
			if (err < 0)
				return err;
		}
		if (more < 0)
			return more;
	}
}

static int dump(int fd, struct kernel_links *k, uint16_t type, uint8_t **buf, size_t *cap)
{
	int err = 0;

	for (uint32_t try = 0; try < DUMP_TRIES; try++) {
		uint32_t seq = type * 256u + try; /* tells a late answer to an earlier one apart */

		if (type == RTM_GETLINK)
			k->n_links = 0;
		else
			k->n_addrs = 0;
		err = ask(fd, type, seq);
		if (!err)
			err = take_dump(fd, k, seq, buf, cap);
		if (err != -EINTR)
			break;
	}
	return err == -EINTR ? 0 : err;
}

static int by_index(const void *a, const void *b)
{
	const struct net_link *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

int kernel_links_read(struct kernel_links *k)
{
	uint8_t *buf = NULL;
	size_t cap = 0;
	int fd = open_netlink();

	*k = (struct kernel_links){ 0 };
	if (fd < 0)
		return fd;

	int err = dump(fd, k, RTM_GETLINK, &buf, &cap);
	if (!err)
		err = dump(fd, k, RTM_GETADDR, &buf, &cap);
	free(buf);
	close(fd);
	if (err < 0) {
		kernel_links_free(k);
		return err;
	}
	if (k->n_links)
		qsort(k->link, k->n_links, sizeof(*k->link), by_index);
	return 0;
}

void kernel_links_free(struct kernel_links *k)
{
	free(k->link);
	free(k->addr);
	*k = (struct kernel_links){ 0 };
}

const struct net_link *kernel_link_named(const struct kernel_links *k, const char *name)
{
	for (unsigned i = 0; i < k->n_links; i++) {
		if (strcmp(k->link[i].name, name) == 0)
			return &k->link[i];
	}
	return NULL;
}

const struct net_link *kernel_link_at(const struct kernel_links *k, unsigned index)
{
	for (unsigned i = 0; i < k->n_links; i++) {
		if (k->link[i].index == index)
			return &k->link[i];
	}
	return NULL;
}
