/* SPDX-License-Identifier: ISC */
/*
 * dhcp_wire.h - DHCP messages, octets to struct and back
 *
 * RFC 2131 2 (messages), RFC 2132 (options, overload too), RFC 3396 (options in pieces), RFC
 * 3442 (classless routes).  Pure functions.  What an option holds is kept when it makes sense
 * and left out when it does not; a message whose options do not fit into it is no message.
 *
 * Neighbours: base/cursor.h; dhcp_client.c, dhcp_server.c.
 */
#ifndef NOD_APPLICATION_DHCP_WIRE_H
#define NOD_APPLICATION_DHCP_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

enum {
	DHCP_SERVER_PORT = 67,
	DHCP_CLIENT_PORT = 68,
	DHCP_LEN_LEAST = 300,	 /* octets that are sent at least, as BOOTP's: RFC 1542 2.1 */
	DHCP_LEN_MOST = 1472,	 /* that we read, or send */
	DHCP_ADDRS_MAX = 8,	 /* routers, DNS servers that are kept */
	DHCP_ROUTES_MAX = 32,	 /* classless routes that are kept */
	DHCP_ID_MAX = 64,	 /* octets of a client's identifier; a longer one is refused */
	DHCP_DOMAIN_MAX = 254,	 /* octets of a domain with its NUL: RFC 1035 2.3.4 */
	DHCP_HOSTNAME_MAX = 64,	 /* of a host's name: one label */
};

/* A lease for ever. */
#define DHCP_INFINITE UINT32_MAX

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_DECLINE = 4,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
	DHCP_INFORM = 8,
};

enum dhcp_op { DHCP_ASK = 1, DHCP_REPLY = 2 };

enum dhcp_option_code {
	DHCP_OPT_PAD = 0,
	DHCP_OPT_MASK = 1,
	DHCP_OPT_ROUTER = 3,
	DHCP_OPT_DNS = 6,
	DHCP_OPT_HOSTNAME = 12,
	DHCP_OPT_DOMAIN = 15,
	DHCP_OPT_MTU = 26,
	DHCP_OPT_BROADCAST = 28,
	DHCP_OPT_REQUESTED = 50,
	DHCP_OPT_LEASE = 51,
	DHCP_OPT_OVERLOAD = 52,
	DHCP_OPT_TYPE = 53,
	DHCP_OPT_SERVER = 54,
	DHCP_OPT_WANTED = 55,
	DHCP_OPT_MESSAGE = 56,
	DHCP_OPT_MAX_LEN = 57,
	DHCP_OPT_T1 = 58,
	DHCP_OPT_T2 = 59,
	DHCP_OPT_CLIENT = 61,
	DHCP_OPT_ROUTES = 121,
	DHCP_OPT_END = 255,
};

struct dhcp_route {
	struct ipa dst, gateway; /* gateway 0.0.0.0: on the link */
	uint8_t len;		 /* bits of dst */
};

/* Addresses that are not there are 0.0.0.0, numbers 0, texts empty. */
struct dhcp_msg {
	uint8_t op;   /* enum dhcp_op */
	uint8_t type; /* enum dhcp_type */
	uint32_t xid;
	uint16_t secs;
	bool is_broadcast;
	struct ipa ciaddr, yiaddr, siaddr, giaddr;
	uint8_t mac[6]; /* chaddr */

	struct ipa server_id, requested, broadcast;
	bool has_lease, has_mask, has_routes;
	uint32_t lease_s, t1_s, t2_s;
	uint8_t prefix_len; /* bits of the subnet mask */
	uint8_t n_routers, n_dns, n_routes;
	struct ipa router[DHCP_ADDRS_MAX], dns[DHCP_ADDRS_MAX];
	struct dhcp_route route[DHCP_ROUTES_MAX];
	uint16_t mtu, max_len;
	char domain[DHCP_DOMAIN_MAX];
	char hostname[DHCP_HOSTNAME_MAX];
	uint8_t id_len;
	uint8_t id[DHCP_ID_MAX]; /* option 61, or none */
	uint8_t wanted[32];	 /* bits: which options the client asks for */
};

static inline bool dhcp_wants(const struct dhcp_msg *m, uint8_t option)
{
	return m->wanted[option / 8] >> option % 8 & 1;
}
static inline void dhcp_want(struct dhcp_msg *m, uint8_t option)
{
	m->wanted[option / 8] = (uint8_t)(m->wanted[option / 8] | 1 << option % 8);
}

/*
 * Read all of @r.  -EBADMSG: cut, no DHCP (magic cookie, option 53), not for Ethernet, an option
 * that goes beyond its field, an address option of a length that it cannot have (H70).
 */
int dhcp_parse(struct dhcp_msg *m, struct rcur *r) __attribute__((warn_unused_result));

/* Write it, options of more than 255 octets in pieces, padded to DHCP_LEN_LEAST.  -EMSGSIZE. */
int dhcp_emit(const struct dhcp_msg *m, struct wcur *w);

/* A word for people: "DISCOVER"; "?" for what is none. */
const char *dhcp_type_name(uint8_t type);

#endif
