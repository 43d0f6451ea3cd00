/* SPDX-License-Identifier: ISC */
/* ip_internal.h - what the files of IPv4 and IPv6 call of one another */
#ifndef NOD_NETWORK_IP_INTERNAL_H
#define NOD_NETWORK_IP_INTERNAL_H

#include "dest.h"
#include "icmp.h"
#include "net.h"

/* ipv4_out.c, ipv6_out.c: the header, the cutting, the sending.  Take @p; as ip_output(). */
int ipv4_output(
	struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p);
int ipv6_output(
	struct net *n, const struct ip_out *o, const struct ip_way *way, struct pkt *p);
/* A whole packet with its header (data = l3), by the way of its destination.  Takes @p. */
int ip_send_on(struct net *n, const struct dest *d, struct pkt *p, uint16_t ethertype);

/* ip_output_whole() of IPv4: what raw(7) says is filled in. */
int ipv4_output_whole(struct net *n, const struct ip_out *o, const struct ip_way *way,
	struct pkt *p);

/*
 * ipv4_options.c: why a packet with these options (borrowed, after a header of 20 octets) is
 * dropped, or NOD_EV_N; *@at: the octet of the header that is to blame.
 */
enum nod_event_kind ipv4_options_check(const struct span *options, uint32_t *at);
/* Those that go into every fragment, padded (RFC 791 3.1).  How many octets. */
size_t ipv4_options_copied(const struct span *options, uint8_t out[40]);

/* Cut a packet on its way (data = l3 = the header @h says) to @mtu and send it by @d.  Takes @p. */
struct ipv4_hdr;
int ipv4_send_cut(
	struct net *n, const struct dest *d, struct ipv4_hdr *h, uint32_t mtu, struct pkt *p);

/* ipv4_forward.c, ipv6_out.c: not for us, and forwarding is on.  Take @p (data = l3). */
void ipv4_forward(struct net *n, struct iface *in, struct pkt *p, const struct ipa *dst);
void ipv6_forward(struct net *n, struct iface *in, struct pkt *p, const struct ipa *dst);

/* icmp4.c, icmp6.c: as icmp_report(), which asks the rate first. */
void icmp4_report(struct net *n, const struct pkt *p, struct iface *i, enum icmp_report what,
	uint32_t info);
void icmp6_report(struct net *n, const struct pkt *p, struct iface *i, enum icmp_report what,
	uint32_t info);
void icmp4_redirect_send(
	struct net *n, const struct pkt *p, struct iface *i, const struct ipa *next_hop);
void icmp6_redirect_send(
	struct net *n, const struct pkt *p, struct iface *i, const struct ipa *next_hop);
/* An ICMPv6 message (data), whose checksum is made here.  Takes @p. */
int icmp6_send(struct net *n, struct ip_out *o, struct pkt *p);
/* Whether one more error may be sent to @to now (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)). */
bool icmp_may_send(struct net *n, const struct ipa *to);
/* Room for an error's header (data), and behind it @p from l3 on, @most octets.  NULL: limit. */
struct pkt *icmp_quoting(struct net *n, const struct pkt *p, uint32_t most);
/* Whether this host can have sent what the error @p quotes, by its addresses (H30). */
bool icmp_is_ours(const struct net *n, const struct pkt *p, const struct ip_error *e);
/* Whether the protocol that an error concerns believes that what it quotes is its own. */
bool icmp_is_known(const struct net *n, const struct ip_error *e);
/* Hand an error to the protocol that it concerns. */
void icmp_tell(struct net *n, const struct ip_error *e);

/* ifaddr.c (RFC 1122 3.3.4.3), source6.c (RFC 6724 5). */
bool source_select4(const struct netif *i, const struct ipa *dst, struct ipa *out);
bool source_select6(
	const struct netif *i, const struct ipa *dst, const struct ipa *hop, struct ipa *out);

/* ip_ids.c: identifications that outsiders cannot tell (RFC 6864, RFC 7739). */
uint32_t ip_id(struct net *n, const struct ipa *src, const struct ipa *dst, uint8_t protocol);

static inline void net_drop(
	struct net *n, struct pkt *p, struct iface *i, enum nod_event_kind why)
{
	NOTE(n->core, why, .packet = pkt_public(p), .interface = (uint16_t)(i ? i->index : 0));
	pkt_free(p);
}

#endif
