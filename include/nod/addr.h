/* SPDX-License-Identifier: ISC */
/*
 * addr.h - IPv4 and IPv6 addresses, prefixes, and the forms in which people write them
 *
 * RFC 791, 4291 (addresses), 4632 (CIDR), 5952 (IPv6 text), 6890 and IANA's special-purpose
 * registries (kinds).  Nothing here blocks, allocates or touches the network.
 *
 * Neighbours: endpoint.h (an address with a port), name.h (names to addresses).
 */
#ifndef NOD_ADDR_H
#define NOD_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"

enum nod_family {
	NOD_UNSPEC = 0, /* no address, or "either" where a family is asked for */
	NOD_IPV4 = 4,
	NOD_IPV6 = 6,
};

/* An address.  IPv4 uses octet[0..3], in the order in which they are written. */
struct nod_addr {
	uint8_t family;	  /* enum nod_family */
	uint8_t octet[16];
	uint32_t zone;	  /* IPv6 scope: the interface's index, 0 = none (RFC 4007) */
};

/* A network: an address and how many leading bits of it count. */
struct nod_prefix {
	struct nod_addr addr;
	uint8_t len; /* bits: 0..32 or 0..128 */
};

/* Room for any address as text with its zone, a prefix length and the ending NUL. */
#define NOD_ADDR_TEXT_MAX 72

/**
 * nod_addr_parse() - read an address as people write it
 * @a:    result; left alone on error
 * @text: "192.168.1.2", "::1", "fe80::1%eth0"; strict forms only, as inet_pton() takes them
 *
 * A zone may be a number or the name of an interface of this machine.
 *
 * Return: 0, or -EINVAL: not an address; -ENODEV: no interface has the zone's name.
 */
NOD_API int nod_addr_parse(struct nod_addr *a, const char *text);

/**
 * nod_addr_format() - write an address: dotted decimal, or RFC 5952's form for IPv6
 * @a:   address; NOD_UNSPEC gives "-"
 * @buf: result, NUL-terminated; NOD_ADDR_TEXT_MAX octets always suffice
 * @cap: octets of @buf
 *
 * The zone is written as %N, its number.
 *
 * Return: @buf, or NULL when @cap is too small (then @buf is untouched).
 */
NOD_API char *nod_addr_format(const struct nod_addr *a, char *buf, size_t cap);

/* Same family and octets; the zone counts for IPv6. */
NOD_API bool nod_addr_equal(const struct nod_addr *a, const struct nod_addr *b);

/**
 * nod_prefix_parse() - read "192.168.1.0/24", "192.168.1.2/255.255.255.0" or "2001:db8::/32"
 * @p:    result; host bits are kept as written (nod_prefix_network() clears them)
 * @text: an address alone is a prefix of its full length
 *
 * Return: 0, or -EINVAL: not an address, the length is too long, or the mask has holes;
 * -ENODEV as nod_addr_parse().
 */
NOD_API int nod_prefix_parse(struct nod_prefix *p, const char *text);

/* Whether @a lies in @p.  An IPv4-mapped IPv6 address is taken as the IPv4 address. */
NOD_API bool nod_prefix_contains(const struct nod_prefix *p, const struct nod_addr *a);

/* The network of @p: its address with the host bits cleared (the notes' "segment"). */
NOD_API struct nod_prefix nod_prefix_network(const struct nod_prefix *p);

/* ::ffff:a.b.c.d becomes a.b.c.d; any other address is returned as it is (RFC 4291 2.5.5.2). */
NOD_API struct nod_addr nod_addr_unmap(const struct nod_addr *a);

/**
 * nod_inet_pton(), nod_inet_ntop(), nod_inet_aton(), nod_inet_ntoa_r() - as POSIX and BSD say
 *
 * @af is the system's AF_INET or AF_INET6; addresses are in network byte order.
 * nod_inet_pton() returns 1, 0 (not such an address) or -EAFNOSUPPORT.
 * nod_inet_ntop() returns @dst, or NULL when @size is too small or @af unknown; of IPv6 it
 * writes only ::ffff:a.b.c.d with dots (RFC 5952 5).
 * nod_inet_aton() takes BSD's forms too ("127.1", "0x7f000001", "017700000001"): 1 or 0;
 * nothing may follow, not even behind a blank.
 * nod_inet_ntoa_r() is inet_ntoa() into the caller's buffer of >= 16 octets.
 */
NOD_API int nod_inet_pton(int af, const char *src, void *dst);
NOD_API const char *nod_inet_ntop(int af, const void *src, char *dst, size_t size);
NOD_API int nod_inet_aton(const char *src, uint8_t octets[4]);
NOD_API char *nod_inet_ntoa_r(const uint8_t octets[4], char *buf, size_t cap);

#endif
