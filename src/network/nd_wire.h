/* SPDX-License-Identifier: ISC */
/*
 * nd_wire.h - neighbour discovery's messages and options, octets to struct and back
 *
 * RFC 4861 4, RFC 8106 5.1 (DNS servers), RFC 4191 2 (routes), RFC 7527 (nonce: RFC 3971 5.3.2).
 * A message with an option of length 0 is no message (ND-1, H23).
 *
 * Neighbours: base/cursor.h; nd.c, nd_router.c.
 */
#ifndef NOD_NETWORK_ND_WIRE_H
#define NOD_NETWORK_ND_WIRE_H

#include "../base/cursor.h"
#include "../base/ipa.h"

enum {
	ND_ROUTER_SOLICIT = 133,
	ND_ROUTER_ADVERT = 134,
	ND_NEIGHBOUR_SOLICIT = 135,
	ND_NEIGHBOUR_ADVERT = 136,
	ND_REDIRECT = 137,
};

enum { ND_NONCE_LEN = 6, ND_PREFIXES_MOST = 32, ND_ROUTES_MOST = 16, ND_DNS_MOST = 8 };

struct nd_prefix {
	struct ipa prefix;
	uint8_t len;
	bool on_link, autonomous;
	uint32_t valid_s, preferred_s; /* UINT32_MAX: for ever */
};

struct nd_route {
	struct ipa prefix;
	uint8_t len;
	uint8_t preference; /* 0 low, 1 medium, 2 high */
	uint32_t lifetime_s;
};

/* One message of any of the five types, with its options. */
struct nd_msg {
	uint8_t type;
	/* neighbour solicitation, advertisement, redirect */
	struct ipa target;
	struct ipa dst; /* redirect */
	bool is_router, is_solicited, is_override;
	/* router advertisement */
	uint8_t hop_limit;
	uint8_t preference; /* RFC 4191 */
	bool is_managed, is_other;
	uint16_t lifetime_s;
	uint32_t reachable_ms, retrans_ms;
	/* options */
	bool has_source_mac, has_target_mac, has_nonce;
	uint8_t source_mac[6], target_mac[6], nonce[ND_NONCE_LEN];
	uint32_t mtu; /* 0 = not said */
	unsigned n_prefixes, n_routes, n_dns;
	struct nd_prefix prefix[ND_PREFIXES_MOST]; /* those beyond are passed over */
	struct nd_route route[ND_ROUTES_MOST];
	struct ipa dns[ND_DNS_MOST];
	uint32_t dns_lifetime_s[ND_DNS_MOST];
};

/* All of @r is one message.  -EBADMSG: cut, code not 0, or an option of impossible length. */
int nd_parse(struct nd_msg *m, struct rcur *r) __attribute__((warn_unused_result));
/* Its checksum is zero.  -EMSGSIZE: it does not fit. */
int nd_emit(const struct nd_msg *m, struct wcur *w);

#endif
