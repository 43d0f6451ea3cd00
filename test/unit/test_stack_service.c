/* SPDX-License-Identifier: ISC */
/*
 * test_stack_service.c - hosts of our own as a library has them (nod/host.h), and sessions on
 * them, from one host to another over a wire in memory
 *
 * What the kernel's service promises too is in test_datagram.c and test_ready.c, for both.
 *
 * Neighbours: hosts.h; session/stack_*.c, session/host*.c.
 */
#include "tap.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "hosts.h"
#include "sessions.h"

static struct hosts h;

static const struct nod_session_conf datagram = { .type = NOD_DATAGRAM };

static struct nod_session *listen_on(const struct nod_service *v, const char *where)
{
	const struct nod_endpoint e = of(where);
	struct nod_session *s = NULL;

	nod_session_listen(v, &e, &datagram, &s, NULL);
	return s;
}

static struct nod_session *dial_from(
	const struct nod_service *v, const char *to, const struct nod_session_conf *conf)
{
	const struct nod_endpoint e = of(to);
	struct nod_session *s = NULL;

	nod_session_dial(v, &e, conf, &s, NULL);
	return s;
}

/* await() and receive() on the right service. */
static ssize_t hear(struct nod_session *s, const struct nod_service *v, void *buf, size_t len)
{
	service = v;
	return receive(s, buf, len);
}

/* ---- there and back ------------------------------------------------------------------ */

static void there_and_back(const char *where, size_t len)
{
	struct nod_session *server = listen_on(h.on[1], ":7000");
	struct nod_session *client = dial_from(h.on[0], where, &datagram);
	struct nod_endpoint local, peer, at;
	struct nod_datagram d;
	static char out[65536], in[65536];
	bool ok;

	for (size_t i = 0; i < len; i++)
		out[i] = (char)(i * 7 + i / 251);
	service = h.on[1];
	ok = server && client && nod_session_dialled(client) == 0 &&
		nod_session_send(client, out, len) == (ssize_t)len &&
		await(server, NOD_READABLE) &&
		nod_session_recv_datagram(server, in, sizeof(in), &d) == (ssize_t)len &&
		memcmp(in, out, len) == 0;
	tap(ok, "%s: %zu octets arrive as they were", where, len);
	at = of(where);
	ok = ok && nod_session_local(client, &local) == 0 &&
		nod_session_peer(client, &peer) == 0 && nod_endpoint_equal(&peer, &at) &&
		nod_endpoint_equal(&d.peer, &local) && nod_addr_equal(&d.local, &at.addr);
	tap(ok, "%s: both know both addresses", where);
	ok = ok && nod_session_send_datagram(server, in, len, &d) == (ssize_t)len &&
		hear(client, h.on[0], in, sizeof(in)) == (ssize_t)len &&
		memcmp(in, out, len) == 0;
	tap(ok, "%s: and come back", where);
	nod_session_close(client);
	nod_session_close(server);
}

static void refused(void)
{
	struct nod_session *s = dial_from(h.on[0], "10.9.0.2:7001", &datagram);
	char c;

	nod_session_send(s, "x", 1);
	tap(hear(s, h.on[0], &c, 1) == -ECONNREFUSED,
		"nobody listens there: the port unreachable is told");
	tap(nod_session_recv(s, &c, 1) == -EAGAIN, "once");
	tap(nod_session_send(s, "x", 1) == 1, "and it may be tried again");
	nod_session_close(s);
}

static void closed_with_data(void)
{
	struct nod_session *a = listen_on(h.on[1], ":7000");
	struct nod_session *s = dial_from(h.on[0], "10.9.0.2:7000", &datagram);
	struct nod_stack_use use;
	char c;

	for (int i = 0; i < 20; i++)
		nod_session_send(s, "data", 4);
	service = h.on[1];
	await(a, NOD_READABLE);
	nod_session_close(a); /* with what waits */
	a = listen_on(h.on[1], ":7000");
	tap(a && nod_session_recv(a, &c, 1) == -EAGAIN,
		"closed with data: gone with it, and its port is free");
	nod_session_close(a);
	nod_session_abort(s);
	nod_host_lock(h.host[1]);
	nod_stack_use(nod_host_stack(h.host[1]), &use);
	nod_host_unlock(h.host[1]);
	tap(use.sockets == 0, "no socket is left (%u)", use.sockets);
}

/* ---- what cannot be ------------------------------------------------------------------ */

static void refusals(void)
{
	static const struct {
		const char *name, *where;
		struct nod_session_conf conf;
		int listen, dial;
	} cases[] = {
		{ "a stream's address that is not its own", "10.9.0.3:80",
			{ .type = NOD_STREAM }, -EADDRNOTAVAIL, 0 },
		{ "a stream by Unix socket", "unix:x", { .type = NOD_STREAM }, -EAFNOSUPPORT,
			-EAFNOSUPPORT },
		{ "datagrams by Unix socket", "unix:x", { .type = NOD_DATAGRAM }, -EAFNOSUPPORT,
			-EAFNOSUPPORT },
		{ "an address that is not its own", "10.9.0.3:80", { .type = NOD_DATAGRAM },
			-EADDRNOTAVAIL, 0 },
		{ "a network without a route", "192.0.2.1:80", { .type = NOD_DATAGRAM },
			-EADDRNOTAVAIL, -ENETUNREACH },
		{ "from another family", "10.9.0.2:80",
			{ .type = NOD_DATAGRAM, .source.addr.family = NOD_IPV6 },
			-EADDRNOTAVAIL, -EAFNOSUPPORT },
		{ "from an address that is not its own", "10.9.0.2:80",
			{ .type = NOD_DATAGRAM,
				.source.addr = { NOD_IPV4, { 192, 0, 2, 7 }, 0 } },
			-EADDRNOTAVAIL, -EADDRNOTAVAIL },
		{ "a broadcast that was not asked for", "10.9.0.255:80",
			{ .type = NOD_DATAGRAM }, 0, -EACCES },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nod_endpoint e = of(cases[i].where);
		struct nod_session *s = NULL;
		struct nod_failure why;
		int err = nod_session_listen(h.on[0], &e, &cases[i].conf, &s, &why);

		tap(err == cases[i].listen && (err == 0 || why.error == err), "listen, %s: %d",
			cases[i].name, err);
		if (err == 0)
			nod_session_close(s);
		err = nod_session_dial(h.on[0], &e, &cases[i].conf, &s, &why);
		tap(err == cases[i].dial && (err == 0 || why.error == err), "dial, %s: %d",
			cases[i].name, err);
		if (err == 0)
			nod_session_close(s);
	}
}

static void ports(void)
{
	struct nod_session_conf shared = { .type = NOD_DATAGRAM, .reuse_port = true };
	const struct nod_endpoint e = of("10.9.0.1:7002"), all = of(":7002");
	struct nod_session *a = listen_on(h.on[0], "10.9.0.1:7002"), *b = NULL, *c = NULL;
	struct nod_failure why;

	tap(a && nod_session_listen(h.on[0], &e, &datagram, &b, &why) == -EADDRINUSE &&
			why.tried == NOD_TRIED_LISTEN && nod_endpoint_equal(&why.at, &e),
		"a port that is taken, and the failure says which");
	tap(nod_session_listen(h.on[0], &all, &datagram, &b, &why) == -EADDRINUSE,
		"nor at every address");
	nod_session_close(a);
	tap(nod_session_listen(h.on[0], &e, &shared, &a, &why) == 0 &&
			nod_session_listen(h.on[0], &e, &shared, &b, &why) == 0,
		"two that share it");
	nod_session_close(a);
	nod_session_close(b);
	c = listen_on(h.on[0], ":0");
	struct nod_endpoint at;
	tap(c && nod_session_local(c, &at) == 0 && at.port >= 1024 &&
			at.addr.family == NOD_UNSPEC,
		"port 0: one is chosen, at every address of both families");
	struct nod_endpoint nobody;
	tap(nod_session_peer(c, &nobody) == -ENOTCONN, "who listens has no peer");
	tap(nod_session_shutdown(c) == -ENOTCONN, "and nothing to half-close");
	tap(nod_session_set_keepalive(c, true, 0) == 0, "keepalive is nothing to datagrams");
	struct nod_session *none;
	tap(nod_session_accept(c, &none, NULL) == -EOPNOTSUPP,
		"nor is there anything to accept");
	nod_session_close(c);
}

/* ---- everybody, and groups ----------------------------------------------------------- */

static void broadcast(void)
{
	struct nod_session_conf conf = { .type = NOD_DATAGRAM, .broadcast = true };
	const struct nod_endpoint any = of("0.0.0.0:0");
	struct nod_session *hears = listen_on(h.on[1], ":7003"), *says = NULL;
	struct nod_datagram d;
	char buf[8];

	nod_session_listen(h.on[0], &any, &conf, &says, NULL);
	for (unsigned i = 0; i < 2; i++) {
		static const char *const to[] = { "255.255.255.255:7003", "10.9.0.255:7003" };
		const struct nod_endpoint e = of(to[i]);

		service = h.on[1];
		tap(says && nod_session_sendto(says, "all", 3, &e) == 3 &&
				await(hears, NOD_READABLE) &&
				nod_session_recv_datagram(hears, buf, sizeof(buf), &d) == 3 &&
				d.peer.addr.octet[3] == 1,
			"broadcast to %s is heard", to[i]);
	}
	nod_session_close(hears);
	nod_session_close(says);
}

static void group(const char *text)
{
	struct nod_session_conf conf = { .type = NOD_DATAGRAM,
		.interface = h.interface[0],
		.multicast_no_loop = true,
		.multicast_ttl = 3 };
	const struct nod_endpoint e = of(text);
	const struct nod_endpoint any = of(e.addr.family == NOD_IPV4 ? "0.0.0.0:0" : "[::]:0");
	struct nod_session *hears = listen_on(h.on[1], text);
	struct nod_session *itself = NULL, *says = NULL;
	struct nod_session_conf shared = { .type = NOD_DATAGRAM, .reuse_port = true };
	char buf[8];

	if (!hears) { /* a link's group cannot be bound without its link */
		struct nod_endpoint port_only = { .port = e.port };

		nod_session_listen(h.on[1], &port_only, &datagram, &hears, NULL);
	}
	nod_session_listen(
		h.on[0], &(struct nod_endpoint){ .port = e.port }, &shared, &itself, NULL);
	tap(hears && itself && nod_session_join(hears, &e.addr, h.interface[1]) == 0 &&
			nod_session_join(itself, &e.addr, h.interface[0]) == 0,
		"%s: joined", text);
	tap(nod_session_listen(h.on[0], &any, &conf, &says, NULL) == 0 &&
			nod_session_sendto(says, "group", 5, &e) == 5 &&
			hear(hears, h.on[1], buf, sizeof(buf)) == 5,
		"%s: what is sent to the group is heard", text);
	tap(nod_session_recv(itself, buf, sizeof(buf)) == -EAGAIN,
		"%s: and not by this host, as was asked", text);
	nod_session_close(hears);
	nod_session_close(itself);
	nod_session_close(says);
}

static struct nod_addr link_local(struct nod_host *host)
{
	struct nod_address_info a = { 0 };

	nod_host_lock(host);
	for (unsigned k = 0; nod_address_at(nod_host_stack(host), k, &a) == 0; k++)
		if (strcmp(a.origin, "link-local") == 0)
			break;
	nod_host_unlock(host);
	return a.prefix.addr;
}

static void interfaces(void)
{
	struct nod_session *s = listen_on(h.on[0], ":0");
	const struct nod_addr g = of("239.1.2.3:0").addr;
	struct nod_interface_info i;
	char text[NOD_ADDR_TEXT_MAX + 20] = "";
	struct nod_failure why;

	nod_host_lock(h.host[0]);
	nod_interface_next(nod_host_stack(h.host[0]), 1, &i);
	nod_host_unlock(h.host[0]);
	tap(nod_service_interface(h.on[0], i.name) == (int)h.interface[0] &&
			nod_service_interface(h.on[0], "lo") == 1,
		"interfaces have their names");
	tap(nod_service_interface(h.on[0], "eth7") == -ENODEV, "and no others");
	tap(nod_session_join(s, &g, 77) == -ENODEV, "nor numbers");
	nod_session_close(s);

	/* a zone is an interface of the stack's, not of the machine's */
	s = NULL;
	for (unsigned k = 0; k < 2; k++) {
		struct nod_addr own = link_local(h.host[k]);

		hosts_must(
			nod_host_wait_address(h.host[k], &own, NOD_FOREVER) == 0, "link-local");
		own.zone = 0;
		nod_addr_format(&own, text, NOD_ADDR_TEXT_MAX);
	}
	snprintf(text + strlen(text), 20, "%%%s", i.name);
	tap(nod_session_call(h.on[0], text, 9, &datagram, NULL, -1, &s, &why) == 0,
		"a zone by its interface's name: %s", text);
	nod_session_close(s);
	tap(nod_session_call(h.on[0], "fe80::1%eth7", 9, &datagram, NULL, -1, &s, &why) < 0 &&
			why.tried == NOD_TRIED_RESOLVE,
		"and one that is none");
}

/* ---- names --------------------------------------------------------------------------- */

struct told {
	unsigned resolved, trying, failed, n[2];
};

static void on_resolved(
	void *self, const char *name, const struct nod_endpoint *list, unsigned n, nod_ns took)
{
	struct told *t = self;

	(void)name;
	(void)list;
	(void)took;
	t->n[t->resolved++ % 2] = n;
}

static void on_trying(void *self, const struct nod_endpoint *to)
{
	(void)to;
	((struct told *)self)->trying++;
}

static void by_name(void)
{
	struct told t = { 0 };
	const struct nod_call_watch watch = {
		.self = &t, .resolved = on_resolved, .trying = on_trying
	};
	struct nod_session_conf conf = { .type = NOD_DATAGRAM }, one_family = conf;
	struct nod_session *server = listen_on(h.on[1], ":7004"), *s = NULL;
	struct nod_failure why;
	struct nod_endpoint peer;
	char buf[8];
	nod_ns start;
	int stop = eventfd(1, EFD_CLOEXEC);

	tap(nod_session_call(h.on[0], "two", 7004, &conf, &watch, -1, &s, &why) == 0 &&
			nod_session_peer(s, &peer) == 0 && peer.addr.family == NOD_IPV6,
		"by name: IPv6 first (RFC 6724)");
	tap(t.resolved == 2 && t.n[0] == 1 && t.n[1] == 1 && t.trying == 1,
		"both families were asked for, one address tried");
	tap(nod_session_send(s, "hi", 2) == 2 && hear(server, h.on[1], buf, sizeof(buf)) == 2,
		"and it is heard");
	nod_session_close(s);
	one_family.family = NOD_IPV4;
	one_family.blocking = true;
	tap(nod_session_call(h.on[0], "two", 7004, &one_family, NULL, -1, &s, &why) == 0 &&
			nod_session_peer(s, &peer) == 0 && peer.addr.family == NOD_IPV4,
		"-4: IPv4, and blocking");
	nod_session_close(s);
	one_family.family = NOD_IPV6;
	int err = nod_session_call(h.on[0], "10.9.0.2", 7004, &one_family, NULL, -1, &s, &why);
	tap(err == -ENOENT && why.tried == NOD_TRIED_RESOLVE && why.resolver == EAI_ADDRFAMILY,
		"an address of the other family");
	conf.timeout = 300 * NOD_MS;
	start = nod_service_now(h.on[0]);
	/* no server is known: nobody can answer */
	err = nod_session_call(h.on[0], "three", 7004, &conf, NULL, -1, &s, &why);
	tap(err < 0 && why.tried == NOD_TRIED_RESOLVE && strcmp(why.name, "three") == 0 &&
			nod_service_now(h.on[0]) - start < 5 * NOD_S,
		"a name that nobody knows: %d, %d", err, why.resolver);
	tap(nod_session_call(h.on[0], "three", 7004, &conf, NULL, stop, &s, &why) < 0,
		"given up by the program");
	tap(nod_session_call(h.on[0], "10.9.0.2", 7004, &(struct nod_session_conf){ 0 }, NULL,
		    -1, &s, &why) == -ECONNREFUSED &&
			why.error == -ECONNREFUSED,
		"a stream to where only datagrams are heard: refused, and it is said which");
	tap(nod_session_call(h.on[0], "unix:/tmp/x", 0, NULL, NULL, -1, &s, &why) ==
				-EAFNOSUPPORT &&
			why.at.is_unix,
		"a Unix socket: so too");
	close(stop);
	nod_session_close(server);
}

/* ---- streams ------------------------------------------------------------------------- */

static void stream(const char *where)
{
	static const struct nod_session_conf conf = { .type = NOD_STREAM };
	const struct nod_endpoint to = of(where), any = of(":7010");
	struct nod_session *listener = NULL, *server = NULL, *client = NULL;
	struct nod_endpoint peer, local;
	char in[64];
	bool ok;

	ok = nod_session_listen(h.on[1], &any, &conf, &listener, NULL) == 0 &&
		nod_session_dial(h.on[0], &to, &conf, &client, NULL) == 0;
	service = h.on[1];
	ok = ok && await(listener, NOD_READABLE) &&
		nod_session_accept(listener, &server, &peer) == 0;
	service = h.on[0];
	ok = ok && await(client, NOD_WRITABLE) && nod_session_dialled(client) == 0 &&
		nod_session_local(client, &local) == 0 && nod_endpoint_equal(&peer, &local);
	tap(ok, "%s: a stream, and both know the client's address", where);
	ok = ok && nod_session_send(client, "question", 8) == 8 &&
		nod_session_shutdown(client) == 0 &&
		hear(server, h.on[1], in, sizeof(in)) == 8 &&
		hear(server, h.on[1], in, sizeof(in)) == 0 &&
		nod_session_send(server, "answer", 6) == 6 &&
		hear(client, h.on[0], in, sizeof(in)) == 6 && memcmp(in, "answer", 6) == 0;
	tap(ok, "%s: who has ended still hears", where);
	if (server)
		nod_session_abort(server);
	ok = ok && hear(client, h.on[0], in, sizeof(in)) == -ECONNRESET &&
		hear(client, h.on[0], in, sizeof(in)) == 0;
	tap(ok, "%s: broken off: told once", where);
	if (client)
		nod_session_close(client);
	if (listener)
		nod_session_close(listener);
	ok = nod_session_dial(h.on[0], &to, &conf, &client, NULL) == 0;
	service = h.on[0];
	ok = ok && await(client, NOD_WRITABLE) &&
		nod_session_dialled(client) == -ECONNREFUSED;
	tap(ok, "%s: where nobody listens a stream is refused", where);
	if (client)
		nod_session_close(client);
}

/* Closed in order with much unsent: the host can tell when it has arrived. */
static void drained(void)
{
	static const struct nod_session_conf conf = { .type = NOD_STREAM };
	const struct nod_endpoint to = of("10.9.0.2:7011"), any = of(":7011");
	struct nod_session *listener = NULL, *server = NULL, *client = NULL;
	static char octets[65536];
	size_t sent = 0, heard = 0;
	ssize_t n = 0;
	bool ok;

	ok = nod_session_listen(h.on[1], &any, &conf, &listener, NULL) == 0 &&
		nod_session_dial(h.on[0], &to, &conf, &client, NULL) == 0;
	service = h.on[1];
	ok = ok && await(listener, NOD_READABLE) &&
		nod_session_accept(listener, &server, NULL) == 0;
	service = h.on[0];
	while (ok && await(client, NOD_WRITABLE) && sent < sizeof(octets) * 16 &&
		(n = nod_session_send(client, octets, sizeof(octets))) > 0)
		sent += (size_t)n;
	if (client)
		nod_session_close(client);
	tap(ok && nod_host_drain(h.host[0], nod_service_now(h.on[0]) + 50 * NOD_MS) == -ETIMEDOUT,
		"while nobody reads, what was sent has not arrived");
	while (ok && (n = hear(server, h.on[1], octets, sizeof(octets))) > 0)
		heard += (size_t)n;
	tap(ok && n == 0 && heard == sent && sent > 65536, "all of it is read, and the end");
	tap(nod_host_drain(h.host[0], nod_service_now(h.on[0]) + 10 * NOD_S) == 0 &&
			nod_host_drain(h.host[1], NOD_FOREVER) == 0,
		"and then it has arrived");
	if (server)
		nod_session_close(server);
	if (listener)
		nod_session_close(listener);
}

static void without_a_resolver(void)
{
	struct nod_host *alone;
	struct nod_session *s;
	struct nod_failure why;
	int err;

	hosts_must(nod_host_new(NULL, &alone) == 0 && nod_host_start(alone) == 0, "host");
	err = nod_session_call(
		nod_host_service(alone), "two", 9, &datagram, NULL, -1, &s, &why);
	tap(err == -ENOENT && why.resolver == EAI_NONAME && !why.asked[0],
		"a host without a resolver: no name is known");
	err = nod_session_call(
		nod_host_service(alone), "127.0.0.1", 9, &datagram, NULL, -1, &s, &why);
	tap(err == 0, "but numbers are");
	if (err == 0)
		nod_session_close(s);
	nod_host_free(alone);
}

/* ---- threads ------------------------------------------------------------------------- */

static void *hear_one(void *arg)
{
	char c = 0;

	return nod_session_recv(arg, &c, 1) == 1 ? (void *)(intptr_t)c : NULL;
}

static void blocking(void)
{
	const struct nod_session_conf conf = { .type = NOD_DATAGRAM, .blocking = true };
	const struct nod_endpoint e = of(":7005");
	struct nod_session *server = NULL, *s = dial_from(h.on[0], "10.9.0.2:7005", &conf);
	pthread_t thread;
	void *got;
	char c;

	nod_session_listen(h.on[1], &e, &conf, &server, NULL);
	pthread_create(&thread, NULL, hear_one, server);
	nod_session_send(s, "!", 1);
	pthread_join(thread, &got);
	tap((intptr_t)got == '!', "a blocking session waits until something comes");
	tap(nod_session_set_blocking(server, false) == 0 &&
			nod_session_recv(server, &c, 1) == -EAGAIN,
		"and no longer when it was told so");
	nod_session_close(server);
	nod_session_send(s, "!", 1);
	tap(nod_session_recv(s, &c, 1) == -ECONNREFUSED, "an error ends the wait, too");
	nod_session_close(s);
}

enum { CROWD = 2000, PAIRS = 4, ROUNDS = 500 };

static void crowd(void)
{
	static struct nod_session *s[CROWD];
	static bool seen[CROWD];
	struct nod_session *to = dial_from(h.on[0], "10.9.0.2:7006", &datagram);
	struct nod_ready_event ev[64];
	struct nod_ready *r;
	unsigned n = 0, heard = 0, odd = 0;
	nod_ns until = nod_service_now(h.on[1]) + WAIT_NS;

	hosts_must(nod_ready_new(h.on[1], NOD_READY_BEST, &r) == 0, "ready set");
	for (; n < CROWD; n++) {
		const struct nod_endpoint e = { .addr = of("10.9.0.2:0").addr,
			.port = (uint16_t)(20000 + n) };

		if (nod_session_listen(h.on[1], &e, &datagram, &s[n], NULL) < 0 ||
			nod_ready_add(r, s[n], NOD_READABLE, &s[n]) < 0)
			break;
	}
	tap(n == CROWD && nod_ready_wait(r, ev, 64, 0) == 0, "%u sessions, none ready", n);
	nod_session_close(to);
	to = listen_on(h.on[0], ":0");
	for (unsigned i = 0; i < n; i += 7) {
		const struct nod_endpoint e = { .addr = of("10.9.0.2:0").addr,
			.port = (uint16_t)(20000 + i) };

		nod_session_sendto(to, "x", 1, &e);
	}
	while (heard < (n + 6) / 7 && nod_service_now(h.on[1]) < until) {
		int got = nod_ready_wait(r, ev, 64, until);

		for (int i = 0; i < got; i++) {
			struct nod_session **one = ev[i].tag;
			char c;

			odd += (one - s) % 7 != 0 || seen[one - s] ||
				nod_session_recv(*one, &c, 1) != 1;
			seen[one - s] = true;
			heard++;
		}
	}
	tap(heard == (n + 6) / 7 && odd == 0 && nod_ready_wait(r, ev, 64, 0) == 0,
		"each that was spoken to is told, and no other: %u", heard);
	for (unsigned i = 0; i < n; i++)
		nod_session_close(s[i]); /* while it is watched: it leaves the set */
	tap(nod_ready_wait(r, ev, 64, 0) == 0, "closed, they are in no set");
	nod_ready_free(r);
	nod_session_close(to);
}

/* A pair of threads that talk to each other, each with a session and a set of its own. */
struct talker {
	pthread_t thread;
	const struct nod_service *on;
	struct nod_session *s;
	bool begins;
	unsigned heard;
};

static void *talk(void *arg)
{
	struct talker *t = arg;
	struct nod_ready *r;
	struct nod_ready_event ev;
	struct nod_endpoint from;
	char buf[16];

	if (nod_ready_new(t->on, NOD_READY_BEST, &r) < 0)
		return NULL;
	nod_ready_add(r, t->s, NOD_READABLE, t);
	if (t->begins)
		nod_session_send(t->s, "ping", 4);
	while (t->heard < ROUNDS) {
		if (nod_ready_wait(r, &ev, 1, nod_service_now(t->on) + WAIT_NS) != 1 ||
			nod_session_recvfrom(t->s, buf, sizeof(buf), &from) != 4)
			break;
		t->heard++;
		if (t->heard < ROUNDS || !t->begins)
			nod_session_sendto(t->s, "pong", 4, t->begins ? NULL : &from);
	}
	nod_ready_remove(r, t->s);
	nod_ready_free(r);
	return NULL;
}

static void many_threads(void)
{
	struct talker t[2 * PAIRS] = { 0 };
	unsigned heard = 0;

	for (unsigned i = 0; i < PAIRS; i++) {
		char at[32];

		snprintf(at, sizeof(at), "10.9.0.2:%u", 7100 + i);
		t[2 * i] = (struct talker){ .on = h.on[1], .s = listen_on(h.on[1], at) };
		t[2 * i + 1] = (struct talker){
			.on = h.on[0], .s = dial_from(h.on[0], at, &datagram), .begins = true
		};
	}
	for (unsigned i = 0; i < 2 * PAIRS; i++)
		pthread_create(&t[i].thread, NULL, talk, &t[i]);
	for (unsigned i = 0; i < 2 * PAIRS; i++) {
		pthread_join(t[i].thread, NULL);
		heard += t[i].heard;
		nod_session_close(t[i].s);
	}
	tap(heard == 2 * PAIRS * ROUNDS, "%d threads on two hosts, %d turns each: %u heard",
		2 * PAIRS, ROUNDS, heard);
}

/* ---- hosts --------------------------------------------------------------------------- */

static void host_refusals(void)
{
	struct nod_host *a = NULL, *b = NULL;
	unsigned index[2];
	struct nod_join_conf named = { .interface = { { .name = "lo" }, { 0 } } };

	hosts_must(nod_host_new(NULL, &a) == 0 && nod_host_new(NULL, &b) == 0, "hosts");
	tap(nod_host_new(
		    &(struct nod_conf){
			    .name = "a-name-of-more-than-63-octets-is-no-name-that-a-host-can-have-here" },
		    &a) == -EINVAL,
		"a name that is too long");
	tap(nod_host_join(a, a, NULL, index) == -EINVAL, "a wire to itself");
	tap(nod_host_join(a, b, &named, index) == -EEXIST, "an interface's name that is taken");
	named.interface[0].name = NULL;
	named.interface[1].name = "lo";
	tap(nod_host_join(a, b, &named, index) == -EEXIST &&
			nod_interface_index(nod_host_stack(a), "wire0") == -ENODEV,
		"at the other end: and nothing is left at this one");
	named.mtu = 10;
	named.interface[1].name = NULL;
	tap(nod_host_join(a, b, &named, index) == -EINVAL, "an MTU that is too small");
	tap(nod_host_join(a, b, NULL, index) == 0 && index[0] == 2 && index[1] == 2, "joined");
	tap(!nod_host_is_cut_off(a), "not cut off");
	tap(nod_host_start(a) == 0 && nod_host_start(a) == 0 && nod_host_start(b) == 0,
		"started, once or more often");
	tap(nod_host_join(a, h.host[0], NULL, index) == -EALREADY &&
			nod_host_add_tap(a, NULL) == -EALREADY,
		"what runs gets no more devices");
	nod_host_free(b);
	tap(nod_host_is_cut_off(a), "the other one freed: cut off");
	tap(nod_host_wait_address(a, NULL, nod_service_now(nod_host_service(a)) + 60 * NOD_S) ==
			-ENETDOWN,
		"and no address will come");
	nod_host_free(a);
	nod_host_free(NULL);
}

static void addresses(void)
{
	const struct nod_addr own = of("10.9.0.1:0").addr, others = of("10.9.0.2:0").addr,
			      none = of("10.9.0.7:0").addr;
	const struct nod_prefix taken = { .addr = others, .len = 24 };
	nod_ns soon = nod_service_now(h.on[0]) + 50 * NOD_MS;
	struct nod_host *alone;

	tap(nod_host_wait_address(h.host[0], &own, NOD_FOREVER) == 0, "an address that it has");
	tap(nod_host_wait_address(h.host[0], NULL, NOD_FOREVER) == 0, "any");
	tap(nod_host_wait_address(h.host[0], &none, NOD_FOREVER) == -EADDRNOTAVAIL,
		"one that nobody gave it");
	nod_host_lock(h.host[0]);
	nod_address_add(nod_host_stack(h.host[0]), h.interface[0], &taken, 0);
	nod_host_unlock(h.host[0]);
	tap(nod_host_wait_address(h.host[0], &others, NOD_FOREVER) == -EADDRINUSE,
		"one that is tried, and is somebody else's");
	hosts_must(nod_host_new(NULL, &alone) == 0 && nod_host_start(alone) == 0, "host");
	tap(nod_host_wait_address(alone, NULL, soon) == -ETIMEDOUT,
		"the loopback's address is not one to talk with");
	nod_host_free(alone);
}

/* Datagrams faster than they are read: what is lost is counted, what is there is whole. */
static void overrun(void)
{
	struct nod_session *a = listen_on(h.on[1], ":7007");
	struct nod_session *s = dial_from(h.on[0], "10.9.0.2:7007", &datagram);
	struct nod_stack_use use[2];
	unsigned got = 0, wrong = 0, last = 0;
	nod_ns until = nod_service_now(h.on[0]) + WAIT_NS;

	for (unsigned i = 1; i <= 20000; i++) {
		ssize_t n = nod_session_send(s, &i, sizeof(i));

		wrong += n != sizeof(i) && n != -ENOBUFS && n != -EAGAIN;
	}
	service = h.on[1];
	await(a, NOD_READABLE);
	for (unsigned i; nod_session_recv(a, &i, sizeof(i)) == sizeof(i); got++) {
		wrong += i <= last;
		last = i;
	}
	tap(got > 100 && wrong == 0, "20,000 at once: %u arrived, in order", got);
	nod_session_close(a);
	nod_session_close(s);
	do {
		for (unsigned k = 0; k < 2; k++) {
			nod_host_lock(h.host[k]);
			nod_stack_use(nod_host_stack(h.host[k]), &use[k]);
			nod_host_unlock(h.host[k]);
		}
	} while (use[0].packets + use[1].packets && nod_service_now(h.on[0]) < until);
	tap(use[0].packets + use[1].packets == 0, "every packet came home");
}

int main(void)
{
	begin();
	unsigned before = open_fds();

	h = two_hosts();
	tap(strcmp(nod_service_name(h.on[0]), "stack") == 0 &&
			nod_host_service(h.host[0]) == h.on[0],
		"a host has one service, a stack");
	there_and_back("10.9.0.2:7000", 0);
	there_and_back("10.9.0.2:7000", 1);
	there_and_back("10.9.0.2:7000", 1473);
	there_and_back("10.9.0.2:7000", 65507);
	there_and_back("[2001:db8::2]:7000", 1);
	there_and_back("[2001:db8::2]:7000", 60000);
	refused();
	closed_with_data();
	refusals();
	ports();
	broadcast();
	group("239.1.2.3:7008");
	group("[ff05::7:8]:7008");
	interfaces();
	by_name();
	stream("10.9.0.2:7010");
	stream("[2001:db8::2]:7010");
	drained();
	without_a_resolver();
	blocking();
	crowd();
	many_threads();
	overrun();
	host_refusals();
	addresses();
	hosts_end(&h);
	service = nod_service_kernel();
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
