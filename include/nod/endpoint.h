/* SPDX-License-Identifier: ISC */
/*
 * endpoint.h - where a conversation ends: an address and a port, or a Unix socket's path
 */
#ifndef NOD_ENDPOINT_H
#define NOD_ENDPOINT_H

#include "addr.h"

#define NOD_PATH_MAX 108 /* octets with the ending NUL: struct sockaddr_un's sun_path */

struct nod_endpoint {
	bool is_unix;
	uint16_t port; /* host byte order */
	union {
		struct nod_addr addr;
		char path[NOD_PATH_MAX]; /* when is_unix; "" = unnamed */
	};
};

/* "[v6%zone]:port", "unix:" + path: room for all, with the NUL. */
#define NOD_ENDPOINT_TEXT_MAX 128

/**
 * nod_endpoint_parse() - read "127.0.0.1:8888", "[::1]:8888", ":8888", "8888" or "unix:PATH"
 * @e:    result; ":8888" gives family NOD_UNSPEC (every address of either family), a port
 *        alone gives 127.0.0.1 (nothing is opened to the outside unless asked)
 * @text: numeric addresses only; names are nod_session_call()'s business
 *
 * Return: 0, or a negative errno:
 *   -EINVAL        no such form
 *   -EDOM          the port is not 1..65535 (0 is allowed: the system chooses)
 *   -EADDRNOTAVAIL the host part is not a numeric address
 *   -ENAMETOOLONG  the Unix socket's path does not fit NOD_PATH_MAX
 */
NOD_API int nod_endpoint_parse(struct nod_endpoint *e, const char *text);

/*
 * Write "127.0.0.1:8888", "[::1]:8888", "*:8888" (NOD_UNSPEC) or "unix:PATH"; see
 * nod_addr_format().
 */
NOD_API char *nod_endpoint_format(const struct nod_endpoint *e, char *buf, size_t cap);

/* Same address and port, or same path. */
NOD_API bool nod_endpoint_equal(const struct nod_endpoint *a, const struct nod_endpoint *b);

#endif
