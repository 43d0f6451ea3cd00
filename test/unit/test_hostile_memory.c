/* SPDX-License-Identifier: ISC */
/*
 * test_hostile_memory.c - a whole stack is made, spoken to and speaks while every single allocation
 * fails once, and then all from one on (H66)
 *
 * Nothing may crash or leak (the sanitizers see that).  Once there is memory again, a stack that
 * could be made serves as if nothing had been.
 */
#include "deny.h"
#include "hostile.h"

#include "nod/dhcp.h"
#include "nod/resolve.h"

#define SOLICIT "8700 0000 00000000 "

static const char *const said[] = {
	"ffffffffffff 020000000003 0806 0001 0800 0604 0001 020000000003 0a000003 000000000000 "
	"0a000001",
	IP4("0024 ", "0000 ", "01") "0800 0000 0001 0001 " EIGHT,
	IP4("0024 ", "0000 ", "11") UDP_TO("0007 ", "0010 ") EIGHT,
	IP4("0024 ", "0000 ", "11") UDP_TO("2222 ", "0010 ") EIGHT,
	IP4("0024 ", "2000 ", "11") UDP_TO("0007 ", "0018 ") EIGHT,
	IP4("001c ", "0002 ", "11") EIGHT,
	TO_ALL "0800 4600 0028 1234 0000 0102 0000 " PEER4
	       "e0000001 94040000 1164 0000 ef010203 027d 0001 0a000002",
	IP6("0018 ", "2c ") "1100 0001 00000007 " UDP_TO("0007 ", "0018 ") EIGHT,
	TO_US IP6_OF("0020 ", "3a ", "ff ", PEER6, US6) SOLICIT US6 "0101 020000000002",
	TO_GROUP IP6_OF("0050 ", "3a ", "ff ", PEER_LL,
		ALL6) "8600 0000 4000 0708 00000000 00000000 0304 40c0 00015180 00003840 00000000 "
		      "20010db9000000000000000000000000 1802 3008 00000e10 20010dba00000000 "
		      "0101 020000000002 0501 0000000005dc",
};

static struct victim v;

/* Everything up to the echo service; false: there was no memory for it. */
static bool make(void)
{
	const struct nod_conf conf = { .seed = { 11 }, .memory_octets = 4 << 20 };
	const struct nod_interface_conf i = { .mac = { 2, 0, 0, 0, 0, 1 } };
	const struct sockaddr_in6 echo = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	struct nod_prefix p4, p6;

	v = (struct victim){ .fd = -1 };
	v.s.now = 1000 * NOD_S;
	nod_prefix_parse(&p4, "10.0.0.1/24");
	nod_prefix_parse(&p6, "2001:db8::1/64");
	if (nod_stack_new(&conf, v.s.now, &v.s.stack) < 0) {
		v.s.stack = NULL;
		return false;
	}
	return nod_interface_add(v.s.stack, &i) == STATION_IF &&
		nod_address_add(v.s.stack, STATION_IF, &p4, NOD_ADDRESS_AT_ONCE) == 0 &&
		nod_address_add(v.s.stack, STATION_IF, &p6, NOD_ADDRESS_AT_ONCE) == 0 &&
		(v.fd = nod_socket(v.s.stack, AF_INET6, SOCK_DGRAM, 0)) >= 0 &&
		nod_bind(v.s.stack, v.fd, (const struct sockaddr *)&echo, sizeof(echo)) == 0;
}

/* The test's own memory is not denied. */
static void hear(const char *hex)
{
	memory.is_armed = false;
	size_t len;
	uint8_t *octets = from_hex(hex, &len);

	mend(octets, len);
	memory.is_armed = true;
	nod_stack_input(v.s.stack, STATION_IF, nod_packet_new(v.s.stack, octets, len), v.s.now);
	nod_stack_poll(v.s.stack, v.s.now);
	memory.is_armed = false;
	free(octets);
	station_drain(&v.s);
	memory.is_armed = true;
}

/* A turn of what an application and the world do. */
static void live(void)
{
	struct nod_resolver_conf names = { .n_servers = 1 };
	struct group_req g = { .gr_interface = STATION_IF };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(5000),
		.sin_addr = { htonl(0x0a000009) } };
	struct nod_resolve *q = NULL;
	int fd = nod_socket(v.s.stack, AF_INET, SOCK_DGRAM, 0);
	uint8_t buf[64];

	memcpy(&g.gr_group,
		&(struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr = { htonl(0xef010203) } },
		sizeof(to));
	nod_setsockopt(v.s.stack, fd, IPPROTO_IP, MCAST_JOIN_GROUP, &g, sizeof(g));
	nod_dhcp_server_start(v.s.stack, STATION_IF, NULL);
	nod_addr_parse(&names.server[0], "10.0.0.2");
	if (nod_resolver_set(v.s.stack, &names) == 0)
		nod_resolve_start(v.s.stack, "a.example", NOD_UNSPEC, &q);
	nod_sendto(v.s.stack, fd, buf, sizeof(buf), 0, (struct sockaddr *)&to, sizeof(to));
	for (unsigned k = 0; k < sizeof(said) / sizeof(said[0]); k++)
		hear(said[k]);
	for (unsigned k = 0; k < 20; k++) {
		v.s.now += NOD_S;
		nod_stack_poll(v.s.stack, v.s.now);
		memory.is_armed = false;
		station_drain(&v.s);
		memory.is_armed = true;
	}
	while (nod_recv(v.s.stack, v.fd, buf, sizeof(buf), 0) > 0)
		;
	nod_resolve_end(q);
	nod_dhcp_server_stop(v.s.stack, STATION_IF);
	nod_close(v.s.stack, fd);
}

/* One scene; whether nothing was lost but for want of memory. */
static bool play(void)
{
	struct nod_stack_use use;
	bool is_made, ok = true;

	memory.is_armed = true;
	is_made = make();
	if (is_made)
		live();
	memory.is_armed = false;
	if (!is_made && !memory.failed)
		ok = false;
	if (is_made) {
		station_pass(&v.s, 100 * NOD_S);
		victim_serve(&v);
		/* the solicited-node group may have been denied: it is asked alone then */
		ok = victim_keeps_limits(&v) && victim_serves(&v);
		station_pass(&v.s, 100 * NOD_S);
		nod_stack_use(v.s.stack, &use);
		if (use.packets || use.blocks || use.reassemblies)
			ok = false;
	}
	nod_stack_free(v.s.stack);
	free(v.s.sent);
	return ok;
}

int main(void)
{
	unsigned n = 0;

	for (int for_good = 0; for_good < 2; for_good++) {
		unsigned long at = 1;
		bool ok = true, is_right;

		do {
			memory.seen = memory.failed = 0;
			memory.fail_at = at;
			memory.for_good = for_good;
			is_right = play();
			if (!is_right)
				printf("# when allocation %lu %s\n", at,
					for_good ? "and all after it fail" : "fails");
			ok = ok && is_right;
			n++;
		} while (memory.failed && ++at);
		tap(ok, "H66: %s of %lu allocations",
			for_good ? "all from each on" : "each one", at - 1);
	}
	tap(n > 40, "there are allocations that can fail");
	return tap_done();
}
