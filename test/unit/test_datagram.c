/* SPDX-License-Identifier: ISC */
/*
 * test_datagram.c - datagrams over the loopback, one table for the kernel and for a stack of our
 * own; addresses in the kernel's form
 *
 * Neighbours: test_kernel.c, test_stack_service.c.
 */
#include "tap.h"

#include <limits.h>

#include "session/kernel_sockaddr.h"
#include "hosts.h"
#include "sessions.h"

/* ---- datagrams --------------------------------------------------------------------------- */

static struct nod_session *datagrams(const char *where, struct nod_endpoint *at)
{
	const struct nod_session_conf conf = { .type = NOD_DATAGRAM };
	const struct nod_endpoint e = of(where);
	struct nod_session *s;

	if (nod_session_listen(service, &e, &conf, &s, NULL) < 0)
		return NULL;
	nod_session_local(s, at);
	return s;
}

static void datagram_pair(const char *where)
{
	struct nod_endpoint at_a, at_b, from;
	struct nod_session *a = datagrams(where, &at_a), *b = datagrams(where, &at_b);
	static char buf[70000];

	if (!a || !b) {
		tap_skip(where, "cannot be listened at");
		nod_session_close(a);
		nod_session_close(b);
		return;
	}
	tap(nod_session_recv(b, buf, sizeof(buf)) == -EAGAIN, "%s, UDP %s: nothing to hear",
		nod_service_name(service), where);
	tap(nod_session_sendto(a, "one", 3, &at_b) == 3 &&
			nod_session_sendto(a, "", 0, &at_b) == 0 &&
			nod_session_sendto(a, "three", 5, &at_b) == 5,
		"%s, UDP %s: three messages, one of them empty", nod_service_name(service),
		where);
	bool ok = await(b, NOD_READABLE) &&
		nod_session_recvfrom(b, buf, sizeof(buf), &from) == 3 &&
		nod_endpoint_equal(&from, &at_a) && await(b, NOD_READABLE) &&
		nod_session_recvfrom(b, buf, sizeof(buf), &from) == 0 &&
		await(b, NOD_READABLE) && nod_session_recvfrom(b, buf, sizeof(buf), NULL) == 5;
	tap(ok, "%s, UDP %s: keep their bounds, and say from whom", nod_service_name(service),
		where);
	tap(nod_session_sendto(b, "back", 4, &from) == 4 && receive(a, buf, 2) == 2,
		"%s, UDP %s: a short buffer loses the rest", nod_service_name(service), where);
	tap(nod_session_recv(a, buf, sizeof(buf)) == -EAGAIN, "%s, UDP %s: and only that",
		nod_service_name(service), where);
	tap(nod_session_sendto(a, buf, 66000, &at_b) == -EMSGSIZE, "%s, UDP %s: too large",
		nod_service_name(service), where);
	size_t most = at_b.addr.family == NOD_IPV6 ? 65527 : 65507;
	tap(nod_session_sendto(a, buf, most, &at_b) == (ssize_t)most &&
			receive(b, buf, sizeof(buf)) == (ssize_t)most,
		"%s, UDP %s: the largest there is", nod_service_name(service), where);
	nod_session_close(a);
	nod_session_close(b);
}

static void datagram_to_nobody(void)
{
	const struct nod_session_conf conf = { .type = NOD_DATAGRAM };
	struct nod_endpoint at;
	struct nod_session *a, *b = datagrams("127.0.0.1:0", &at);
	char c;

	nod_session_close(b);
	if (nod_session_dial(service, &at, &conf, &a, NULL) < 0)
		return;
	nod_session_send(a, "x", 1);
	tap(receive(a, &c, 1) == -ECONNREFUSED, "%s: UDP to nobody, connected: it is told",
		nod_service_name(service));
	nod_session_close(a);
}

/* Whoever listens at every address answers from the one that was asked. */
static void answer_from(const char *asked)
{
	struct nod_endpoint at, at_a;
	struct nod_session *s = datagrams(":0", &at), *a = datagrams("127.0.0.1:0", &at_a);
	struct nod_datagram d;
	struct nod_endpoint from;
	char c;

	at.addr = of(asked).addr;
	if (!s || !a || nod_session_sendto(a, "?", 1, &at) != 1 || !await(s, NOD_READABLE) ||
		nod_session_recv_datagram(s, &c, 1, &d) != 1) {
		tap(false, "ask %s", asked);
	} else {
		tap(nod_addr_equal(&d.local, &at.addr) && nod_endpoint_equal(&d.peer, &at_a),
			"%s, asked at %s: it is known where", nod_service_name(service), asked);
		tap(nod_session_send_datagram(s, "!", 1, &d) == 1 && await(a, NOD_READABLE) &&
				nod_session_recvfrom(a, &c, 1, &from) == 1 &&
				nod_endpoint_equal(&from, &at),
			"... and answered from there");
	}
	nod_session_close(s);
	nod_session_close(a);
}

static void groups(void)
{
	struct nod_endpoint at;
	struct nod_session *s = datagrams("0.0.0.0:0", &at);
	struct nod_addr group = of("224.0.0.251:0").addr, host = of("192.0.2.1:0").addr;
	const struct nod_endpoint all = of("255.255.255.255:9");

	tap(nod_session_join(s, &host, 0) == -EINVAL, "%s: join: not a group",
		nod_service_name(service));
	tap(nod_session_join(s, &group, INT_MAX) == -ENODEV, "join: no such interface");
	tap(nod_session_join(s, &group, 1) == 0, "join: on the first interface");
	tap(nod_session_sendto(s, "x", 1, &all) == -EACCES, "broadcast: only when asked for");
	nod_session_close(s);
}

/* ---- addresses in the kernel's form ------------------------------------------------------ */

static void sockaddrs(void)
{
	static const struct {
		const char *in;
		sa_family_t af;
		const char *back; /* NULL: as it was */
	} cases[] = {
		{ "127.0.0.1:80", AF_INET, NULL },
		{ "127.0.0.1:80", AF_INET6, NULL },
		{ "[2001:db8::1]:65535", AF_INET6, NULL },
		{ "[fe80::1%7]:1", AF_INET6, NULL },
		{ ":80", AF_INET, "0.0.0.0:80" },
		{ ":80", AF_INET6, "[::]:80" },
		{ "unix:/a/path", AF_UNIX, NULL },
	};
	struct kernel_sockaddr a;
	struct nod_endpoint e;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nod_endpoint in = of(cases[i].in);

		kernel_sockaddr_from(&a, &in, cases[i].af);
		memset(&e, 0x5a, sizeof(e));
		kernel_sockaddr_to(&a, &e);
		tap(a.u.sa.sa_family == cases[i].af &&
				strcmp(text_of_endpoint(&e),
					cases[i].back ? cases[i].back : cases[i].in) == 0,
			"sockaddr: %s by way of %s", cases[i].in,
			cases[i].af == AF_INET6	       ? "IPv6" :
				cases[i].af == AF_INET ? "IPv4" :
							 "Unix");
	}
	memset(&a, 'x', sizeof(a));
	a.u.un.sun_family = AF_UNIX;
	a.len = sizeof(a.u.un.sun_family);
	kernel_sockaddr_to(&a, &e);
	tap(e.is_unix && !e.path[0], "sockaddr: an unnamed Unix socket");
	a.len = sizeof(a.u.un);
	kernel_sockaddr_to(&a, &e);
	tap(strlen(e.path) == NOD_PATH_MAX - 1, "sockaddr: a path without a NUL is cut");
	a.u.sa.sa_family = AF_APPLETALK;
	kernel_sockaddr_to(&a, &e);
	tap(!e.is_unix && e.addr.family == NOD_UNSPEC,
		"sockaddr: a family that is none of ours");
}

static void datagram_table(void)
{
	datagram_pair("127.0.0.1:0");
	datagram_pair("[::1]:0");
	datagram_to_nobody();
	answer_from("127.0.0.1:0");
	answer_from("127.0.0.2:0");
	groups();
}

int main(void)
{
	begin();
	unsigned before = open_fds();
	datagram_table();
	sockaddrs();

	struct hosts h = two_hosts();
	service = h.on[0];
	datagram_table();
	hosts_end(&h);
	service = nod_service_kernel();
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
