/* SPDX-License-Identifier: ISC */
/*
 * endpoint.c - an address with its port, as text and back
 */
#include "nod/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_port(const char *text, uint16_t *port)
{
	unsigned v = 0;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		v = v * 10 + (unsigned)(*p - '0');
		if (v > UINT16_MAX)
			return strspn(p, "0123456789") == strlen(p) ? -EDOM : -EINVAL;
	}
	*port = (uint16_t)v;
	return 0;
}

int nod_endpoint_parse(struct nod_endpoint *e, const char *text)
{
	struct nod_endpoint r = { 0 };
	char host[NOD_ADDR_TEXT_MAX];
	const char *colon = strrchr(text, ':');

	if (strncmp(text, "unix:", 5) == 0) {
		size_t len = strlen(text + 5);

		if (!len)
			return -EINVAL;
		if (len >= sizeof(r.path))
			return -ENAMETOOLONG;
		r.is_unix = true;
		memcpy(r.path, text + 5, len + 1);
		*e = r;
		return 0;
	}
	if (!colon) {
		int err = parse_port(text, &r.port);

		if (err < 0)
			return err;
		if (nod_addr_parse(&r.addr, "127.0.0.1") < 0)
			return -EINVAL;
		*e = r;
		return 0;
	}

	size_t len = (size_t)(colon - text);
	int err = parse_port(colon + 1, &r.port);

	if (err < 0)
		return err;
	if (text[0] == '[' && len >= 2 && colon[-1] == ']') {
		text++;
		len -= 2;
		if (!len)
			return -EINVAL; /* every address is asked for in so many words */
	} else if (memchr(text, ':', len)) {
		return -EINVAL; /* an IPv6 address without its brackets */
	} else if (len == 1 && text[0] == '*') {
		len = 0;
	}
	if (len >= sizeof(host))
		return -EADDRNOTAVAIL;
	if (len) {
		memcpy(host, text, len);
		host[len] = 0;
		if (nod_addr_parse(&r.addr, host) < 0)
			return -EADDRNOTAVAIL;
	}
	*e = r;
	return 0;
}

char *nod_endpoint_format(const struct nod_endpoint *e, char *buf, size_t cap)
{
	char host[NOD_ADDR_TEXT_MAX];
	int n;

	if (e->is_unix) {
		n = snprintf(NULL, 0, "unix:%s", e->path);
		if ((size_t)n >= cap)
			return NULL;
		snprintf(buf, cap, "unix:%s", e->path);
		return buf;
	}
	if (e->addr.family == NOD_UNSPEC)
		memcpy(host, "*", 2);
	else
		nod_addr_format(&e->addr, host, sizeof(host));

	const char *form = e->addr.family == NOD_IPV6 ? "[%s]:%u" : "%s:%u";
	char text[NOD_ENDPOINT_TEXT_MAX];

	n = snprintf(text, sizeof(text), form, host, (unsigned)e->port);
	if ((size_t)n >= cap)
		return NULL;
	memcpy(buf, text, (size_t)n + 1);
	return buf;
}

bool nod_endpoint_equal(const struct nod_endpoint *a, const struct nod_endpoint *b)
{
	if (a->is_unix || b->is_unix)
		return a->is_unix == b->is_unix && strcmp(a->path, b->path) == 0;
	return a->port == b->port && nod_addr_equal(&a->addr, &b->addr);
}
