/* SPDX-License-Identifier: ISC */
/*
 * addr.c - addresses as text and back
 */
#include "nod/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int nod_addr_parse(struct nod_addr *a, const char *text)
{
	struct nod_addr r = { 0 };
	char host[NOD_ADDR_TEXT_MAX];
	const char *zone = strchr(text, '%');
	size_t len = zone ? (size_t)(zone - text) : strlen(text);

	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = 0;
	if (!zone && inet_pton(AF_INET, host, r.octet) == 1)
		r.family = NOD_IPV4;
	else if (inet_pton(AF_INET6, host, r.octet) == 1)
		r.family = NOD_IPV6;
	else
		return -EINVAL;
	if (zone) {
		r.zone = if_nametoindex(zone + 1);
		if (!r.zone)
			r.zone = (uint32_t)strtoul(zone + 1, NULL, 10);
		if (!r.zone)
			return -ENODEV;
	}
	*a = r;
	return 0;
}

char *nod_addr_format(const struct nod_addr *a, char *buf, size_t cap)
{
	char text[NOD_ADDR_TEXT_MAX] = "-";

	if (a->family != NOD_UNSPEC)
		inet_ntop(a->family == NOD_IPV4 ? AF_INET : AF_INET6, a->octet, text, sizeof(text));
	if (a->zone)
		snprintf(text + strlen(text), 12, "%%%u", a->zone);
	if (strlen(text) >= cap)
		return NULL;
	memcpy(buf, text, strlen(text) + 1);
	return buf;
}

bool nod_addr_equal(const struct nod_addr *a, const struct nod_addr *b)
{
	return a->family == b->family && a->zone == b->zone &&
		memcmp(a->octet, b->octet, a->family == NOD_IPV4 ? 4 : 16) == 0;
}

struct nod_addr nod_addr_unmap(const struct nod_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct nod_addr r = { .family = NOD_IPV4 };

	if (a->family != NOD_IPV6 || memcmp(a->octet, mapped, sizeof(mapped)) != 0)
		return *a;
	memcpy(r.octet, a->octet + 12, 4);
	return r;
}
