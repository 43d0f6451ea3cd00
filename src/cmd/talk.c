/* SPDX-License-Identifier: ISC */
/*
 * talk.c - nod talk: hold a conversation with a server, a group, or whoever hears it
 *
 * Opens the conversation and leaves the talking to talk_lines.c or talk_raw.c.  A connection
 * is a stream or a connected datagram socket (so that a refusal is heard of).  Datagrams to a
 * group or a broadcast address go out of an unconnected socket, since the answers come from
 * others; a second socket, bound to the group's own address, hears the group.
 *
 * Neighbours: talk.h, talk_options.c, talk_report.c.
 */
#include "talk.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define KEEPALIVE_IDLE (60 * NOD_S) /* a peer that vanished is noticed in some two minutes */

/* Wait without anything to wait for; a signal may cut it short. */
static void rest(nod_ns span)
{
	poll(NULL, 0, span / NOD_MS < INT32_MAX ? (int)(span / NOD_MS) : INT32_MAX);
}

static int connect_once(struct talk *t, struct nod_failure *why)
{
	struct nod_call_watch watch = talk_watch;
	const struct nod_service *v = t->q->network.service;
	nod_ns start = nod_service_now(v);

	watch.self = t;
	int err = nod_session_call(
		v, t->q->host, t->q->port, &t->q->conf, &watch, -1, &t->session, why);
	if (err < 0)
		return err;
	if (nod_session_peer(t->session, &t->to) < 0 || t->to.is_unix)
		nod_endpoint_parse(&t->to, t->q->host); /* a Unix peer has no name of its own */
	t->is_connected = true;
	report_connected(t, nod_service_now(v) - start);
	return 0;
}

static int open_connection(struct talk *t)
{
	struct nod_failure why;

	for (uint64_t left = t->q->retries;; left--) {
		if (connect_once(t, &why) == 0)
			return EXIT_DONE;
		int status = report_not_connected(t, &why);
		if (!left)
			return status;
		report_note(t,
			T("trying again in %g s (%llu left)", "%g 秒后重试（还剩 %llu 次）"),
			(double)t->q->delay / (double)NOD_S, (unsigned long long)left);
		rest(t->q->delay);
	}
}

/* Where the datagrams leave: --source, or any address of @family. */
static struct nod_endpoint source_for(const struct request *q, enum nod_family family)
{
	struct nod_endpoint e = q->conf.source;

	e.addr.family = (uint8_t)family; /* unset, its octets are all zero: any address */
	return e;
}

/* Hear the group too.  That its port is taken on this machine does not hinder talking to it. */
static int hear_group(struct talk *t)
{
	struct nod_session_conf conf = t->q->conf;
	struct nod_failure why;

	conf.reuse_port = true;
	int err = nod_session_listen(t->q->network.service, &t->to, &conf, &t->group, &why);
	if (err < 0) {
		report_note(t,
			T("what others send to the group cannot be heard here:",
				"本机听不到别人发给该组的消息:"));
		report_not_connected(t, &why);
		return EXIT_DONE;
	}
	err = nod_session_join(t->group, &t->to.addr, t->q->conf.interface);
	return err < 0 ? report_failure(t, NOD_TRIED_JOIN, err) : EXIT_DONE;
}

/* A socket to send to the group or broadcast address in t->to, and to hear answers on. */
static int open_unconnected(struct talk *t)
{
	struct nod_failure why;
	struct nod_endpoint here = source_for(t->q, (enum nod_family)t->to.addr.family);
	int err = nod_session_listen(
		t->q->network.service, &here, &t->q->conf, &t->session, &why);

	if (err < 0)
		return report_not_connected(t, &why);
	report_connected(t, 0);
	return t->q->group.family == NOD_UNSPEC ? EXIT_DONE : hear_group(t);
}

static int open_broadcast(struct talk *t)
{
	t->to = (struct nod_endpoint){ .port = t->q->port };
	if (nod_addr_parse(&t->to.addr, t->q->host) < 0 || t->to.addr.family != NOD_IPV4)
		return bad_use(t->in,
			T("--broadcast needs an IPv4 broadcast address, such as "
			  "192.168.1.255 (nod ifconfig tells it)",
				"--broadcast 需要 IPv4 广播地址，例如 192.168.1.255（可看 nod ifconfig）"));
	return open_unconnected(t);
}

static int open_talk(struct talk *t)
{
	if (t->q->group.family != NOD_UNSPEC) {
		t->to = (struct nod_endpoint){ .addr = t->q->group, .port = t->q->port };
		return open_unconnected(t);
	}
	return t->q->conf.broadcast ? open_broadcast(t) : open_connection(t);
}

nod_ns talk_now(const struct talk *t)
{
	return nod_service_now(t->q->network.service);
}

nod_ns talk_in(const struct talk *t, nod_ns span)
{
	nod_ns now = talk_now(t);

	return span < NOD_FOREVER - now ? now + span : NOD_FOREVER;
}

ssize_t talk_send_datagram(struct talk *t, const void *buf, size_t len)
{
	for (int tries = 2;; tries--) {
		ssize_t n = nod_session_sendto(
			t->session, buf, len, t->is_connected ? NULL : &t->to);

		if (n != -ECONNREFUSED || !tries) {
			if (n >= 0)
				t->octets_out += (uint64_t)n;
			return n;
		}
	}
}

int talk(struct invocation *in, struct request *q)
{
	struct talk t = { .q = q, .in = in };

	q->conf.keepalive = true;
	q->conf.keepalive_idle = KEEPALIVE_IDLE;
	int status = open_talk(&t);
	if (status == EXIT_DONE)
		status = q->is_raw ? talk_in_octets(&t) : talk_in_lines(&t);
	nod_session_close(t.session);
	nod_session_close(t.group);
	report_end();
	return status;
}
