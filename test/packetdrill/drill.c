/* SPDX-License-Identifier: ISC */
/*
 * drill.c - the clock, the wire, and the one caller who may wait
 *
 * packetdrill's packets are bare IP and the stack's are frames: the way to everywhere leads over
 * a neighbour that is known beforehand, and the Ethernet header is put on and taken off.
 *
 * Two threads come in: packetdrill's main one, which moves the time, and one for calls that wait.
 * When something happens while that one is blocked it is let go and waited for, until it has
 * asked what time it is: so its answer has the time of what let it go.
 *
 * Neighbours: drill.h.
 */
#include "drill.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/stack.h"
#include "transport/tcp_internal.h"

enum {
	ETHER_HDR = 14,
	FINISHING_US = 2000, /* of real time, for the other thread to note what its call gave */
	TURNS_MOST = 64, /* of a stack that always says that something is due now */
};

#define START (1000 * NOD_S)

struct drill_frame {
	struct drill_frame *next;
	nod_ns at;
	size_t len;
	uint8_t octets[];
};

static const uint8_t own_mac[6] = { 2, 0, 0, 0, 0, 1 }, other_mac[6] = { 2, 0, 0, 0, 0, 2 };

/* ---- the stack ----------------------------------------------------------------------- */

static void no_way(const char *what, int err)
{
	fprintf(stderr, "nod_packetdrill: %s: %s\n", what, strerror(-err));
	exit(1);
}

static void lead_everywhere(struct drill *d, const char *gateway, const char *everywhere)
{
	struct nod_prefix p;
	struct nod_addr a;
	int err;

	nod_addr_parse(&a, gateway);
	p.addr = a;
	p.len = a.family == NOD_IPV4 ? 32 : 128;
	err = nod_route_add(d->stack, &p, NULL, d->interface, 0);
	if (err == 0)
		err = nod_neighbour_set(d->stack, d->interface, &a, other_mac);
	nod_prefix_parse(&p, everywhere);
	if (err == 0)
		err = nod_route_add(d->stack, &p, &a, d->interface, 0);
	if (err < 0)
		no_way(everywhere, err);
}

struct nod_stack *drill_stack(struct drill *d)
{
	struct nod_interface_conf i = { .name = "tun0", .mtu = drill_mtu() };
	struct nod_conf conf = d->conf;
	int index;

	if (d->stack) {
		drill_settings(d, &d->stack->core.conf);
		memcpy(d->stack->tcp->fast_key, d->stack->core.conf.tcp_fast_open_key, 16);
		return d->stack;
	}
	drill_settings(d, &conf);
	conf.seed[0] = 1;
	conf.no_autoconf = conf.no_privacy = true;
	conf.icmp_errors_per_second = 1000;
	memcpy(i.mac, own_mac, sizeof(i.mac));
	index = nod_stack_new(&conf, d->now, &d->stack);
	if (index == 0)
		index = nod_interface_add(d->stack, &i);
	if (index < 0)
		no_way("no stack", index);
	d->interface = (unsigned)index;
	lead_everywhere(d, "10.255.255.254", "0.0.0.0/0");
	lead_everywhere(d, "fd00:ffff::fffe", "::/0");
	return d->stack;
}

void drill_own(struct drill *d, const struct nod_addr *a)
{
	struct nod_prefix p = { .addr = *a, .len = a->family == NOD_IPV4 ? 32 : 128 };
	struct nod_address_info info;

	d->is_owned[a->family == NOD_IPV6] = true;
	for (unsigned i = 0; nod_address_at(d->stack, i, &info) == 0; i++)
		if (nod_addr_equal(&info.prefix.addr, a))
			return;
	nod_address_add(d->stack, d->interface, &p, NOD_ADDRESS_AT_ONCE);
}

/* ---- out ----------------------------------------------------------------------------- */

/* Of what leaves only IP is the script's, and of that not what keeps the link going. */
static bool is_for_script(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + ETHER_HDR;
	unsigned type = len < ETHER_HDR + 40u ? 0 : (unsigned)frame[12] << 8 | frame[13];
	unsigned protocol;

	if (type == 0 && len >= ETHER_HDR + 20u)
		type = (unsigned)frame[12] << 8 | frame[13];
	if (type == 0x0800) {
		protocol = ip[9];
		return protocol == 6 || protocol == 17 || protocol == 1;
	}
	if (type != 0x86dd || len < ETHER_HDR + 41u)
		return false;
	protocol = ip[6];
	/* RFC 4890: 130 to 137 and 143 are multicast listening and neighbour discovery */
	return protocol == 6 || protocol == 17 || (protocol == 58 && ip[40] < 130);
}

static void keep(struct drill *d, const struct nod_packet *p)
{
	size_t len = nod_packet_len(p), at = 0;
	struct drill_frame *f = malloc(sizeof(*f) + len);
	struct iovec iov[7];
	int n = nod_packet_iov(p, iov);

	if (!f)
		no_way("a frame", -ENOMEM);
	for (int i = 0; i < n; i++) {
		memcpy(f->octets + at, iov[i].iov_base, iov[i].iov_len);
		at += iov[i].iov_len;
	}
	if (!is_for_script(f->octets, len)) {
		free(f);
		return;
	}
	*f = (struct drill_frame){ .at = d->now, .len = len };
	*d->last_out = f;
	d->last_out = &f->next;
}

void drill_settle(struct drill *d)
{
	struct nod_packet *p[32];
	struct nod_socket_event e[16];
	unsigned n;

	if (!d->stack)
		return;
	nod_stack_poll(d->stack, d->now);
	while ((n = nod_stack_output(d->stack, d->interface, p, 32, d->now)) > 0)
		for (unsigned i = 0; i < n; i++) {
			keep(d, p[i]);
			nod_packet_free(p[i]);
		}
	while ((n = nod_stack_event(d->stack, e, 16)) > 0)
		for (unsigned i = 0; i < n; i++)
			drill_happened(d, e[i].socket);
}

/* ---- who waits ----------------------------------------------------------------------- */

static bool is_main(const struct drill *d)
{
	return pthread_equal(pthread_self(), d->main);
}

static void set_caller(struct drill *d, enum drill_caller where)
{
	d->caller = where;
	pthread_cond_broadcast(&d->changed);
}

ssize_t drill_run(struct drill *d, const struct drill_try *t)
{
	ssize_t n;

	pthread_mutex_lock(&d->lock);
	drill_stack(d);
	drill_settle(d); /* it learns what time it is */
	n = t->once(d, t->self);
	drill_settle(d);
	if (n == -EAGAIN && t->until && !is_main(d)) {
		d->wait_until = t->until;
		do {
			set_caller(d, DRILL_BLOCKED);
			while (d->caller == DRILL_BLOCKED)
				pthread_cond_wait(&d->changed, &d->lock);
			n = t->once(d, t->self);
			if (n == -EAGAIN && d->now >= t->until)
				n = t->timeout;
		} while (n == -EAGAIN);
		drill_settle(d);
		set_caller(d, DRILL_RETURNED);
	} else if (n == -EAGAIN) {
		n = t->until ? -EAGAIN : t->timeout;
	}
	pthread_mutex_unlock(&d->lock);
	if (n < 0)
		errno = (int)-n;
	return n < 0 ? -1 : n;
}

static void let_go(struct drill *d)
{
	if (d->caller != DRILL_BLOCKED)
		return;
	set_caller(d, DRILL_TRIES);
	while (d->caller == DRILL_TRIES || d->caller == DRILL_RETURNED)
		pthread_cond_wait(&d->changed, &d->lock);
}

/* ---- time ---------------------------------------------------------------------------- */

static nod_ns next_due(const struct drill *d)
{
	nod_ns at = d->stack ? nod_stack_deadline(d->stack) : NOD_FOREVER;

	return d->caller == DRILL_BLOCKED && d->wait_until < at ? d->wait_until : at;
}

/* All that is due by now. */
static void run_due(struct drill *d)
{
	for (unsigned i = 0; i < TURNS_MOST && next_due(d) <= d->now; i++) {
		drill_settle(d);
		let_go(d);
	}
}

/* Until @until, or until a packet has left. */
static void go_on(struct drill *d, nod_ns until, bool is_for_packet)
{
	for (;;) {
		nod_ns at = next_due(d);

		if (at <= d->now)
			run_due(d);
		if (is_for_packet && d->out)
			return;
		at = next_due(d);
		if (at > until || at == NOD_FOREVER)
			break;
		d->now = at > d->now ? at : d->now + NOD_US;
	}
	if (!is_for_packet && until > d->now)
		d->now = until;
}

static int drill_usleep(void *u, useconds_t us)
{
	struct drill *d = u;
	bool is_finishing;

	pthread_mutex_lock(&d->lock);
	is_finishing = d->is_finishing;
	d->is_finishing = false;
	if (is_finishing) { /* the other thread now wants packetdrill's lock, which is free */
		pthread_mutex_unlock(&d->lock);
		usleep(FINISHING_US);
		pthread_mutex_lock(&d->lock);
	}
	go_on(d, d->now + us * NOD_US, false);
	pthread_mutex_unlock(&d->lock);
	return 0;
}

static int drill_gettimeofday(void *u, struct timeval *tv, struct timezone *tz)
{
	struct drill *d = u;
	bool has_returned;

	(void)tz;
	pthread_mutex_lock(&d->lock);
	has_returned = !is_main(d) && d->caller == DRILL_RETURNED;
	d->now += NOD_US;
	tv->tv_sec = d->now / NOD_S;
	tv->tv_usec = d->now % NOD_S / NOD_US;
	if (has_returned) {
		set_caller(d, DRILL_ELSEWHERE);
		d->is_finishing = true;
	}
	else if (is_main(d))
		run_due(d);
	pthread_mutex_unlock(&d->lock);
	return 0;
}

/* ---- the wire ------------------------------------------------------------------------ */

static struct nod_addr addr_at(const uint8_t *octets, enum nod_family family)
{
	struct nod_addr a = { .family = (uint8_t)family };

	memcpy(a.octet, octets, family == NOD_IPV4 ? 4 : 16);
	return a;
}

static int drill_send(void *u, const void *packet, size_t n)
{
	struct drill *d = u;
	const uint8_t *ip = packet;
	bool is_v4 = n >= 20 && ip[0] >> 4 == 4;
	uint8_t *frame = n < (is_v4 ? 20 : 40) ? NULL : malloc(ETHER_HDR + n);
	struct nod_addr to;

	if (!frame)
		return -1;
	memcpy(frame, own_mac, 6);
	memcpy(frame + 6, other_mac, 6);
	memcpy(frame + 12, is_v4 ? "\x08\x00" : "\x86\xdd", 2);
	memcpy(frame + ETHER_HDR, packet, n);
	to = is_v4 ? addr_at(ip + 16, NOD_IPV4) : addr_at(ip + 24, NOD_IPV6);
	pthread_mutex_lock(&d->lock);
	drill_stack(d);
	drill_own(d, &to);
	nod_stack_input(d->stack, d->interface,
		nod_packet_new(d->stack, frame, ETHER_HDR + n), d->now);
	let_go(d); /* who waits goes on before what is owed leaves: it may go along */
	drill_settle(d);
	let_go(d);
	pthread_mutex_unlock(&d->lock);
	free(frame);
	return 0;
}

static int drill_receive(void *u, void *buf, size_t *n, long long *time_us)
{
	struct drill *d = u;
	struct drill_frame *f;
	size_t len = 0;

	pthread_mutex_lock(&d->lock);
	drill_settle(d);
	go_on(d, NOD_FOREVER, true);
	f = d->out;
	*time_us = (f ? f->at : d->now) / NOD_US;
	if (f) {
		d->out = f->next;
		if (!d->out)
			d->last_out = &d->out;
		len = f->len - ETHER_HDR;
		if (len > *n)
			len = *n;
		memcpy(buf, f->octets + ETHER_HDR, len);
		free(f);
	}
	*n = len;
	pthread_mutex_unlock(&d->lock);
	return 0;
}

/* ---- made and ended ------------------------------------------------------------------ */

static void drill_free(void *u)
{
	struct drill *d = u;

	drill_world = NULL;
	nod_stack_free(d->stack);
	for (struct drill_frame *f = d->out, *next; f; f = next) {
		next = f->next;
		free(f);
	}
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

NOD_API void packetdrill_interface_init(const char *flags, struct packetdrill_interface *i);

void packetdrill_interface_init(const char *flags, struct packetdrill_interface *i)
{
	struct drill *d = calloc(1, sizeof(*d));

	if (!d)
		no_way("packetdrill_interface_init", -ENOMEM);
	d->now = START;
	d->last_out = &d->out;
	d->main = pthread_self();
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->changed, NULL);
	drill_flags(d, flags);
	drill_world = d;
	drill_calls(i);
	i->userdata = d;
	i->free = drill_free;
	i->netdev_send = drill_send;
	i->netdev_receive = drill_receive;
	i->usleep = drill_usleep;
	i->gettimeofday = drill_gettimeofday;
	i->poll = drill_poll;
	i->epoll_create = drill_epoll_create;
	i->epoll_ctl = drill_epoll_ctl;
	i->epoll_wait = drill_epoll_wait;
}
