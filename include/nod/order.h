/* SPDX-License-Identifier: ISC */
/*
 * order.h - byte order: host to network and back
 *
 * Network byte order is big-endian (RFC 1700, "Data Notations").  Pure functions.
 */
#ifndef NOD_ORDER_H
#define NOD_ORDER_H

#include "api.h"

NOD_API uint16_t nod_htons(uint16_t host);
NOD_API uint32_t nod_htonl(uint32_t host);
NOD_API uint64_t nod_htonll(uint64_t host);
NOD_API uint16_t nod_ntohs(uint16_t net);
NOD_API uint32_t nod_ntohl(uint32_t net);
NOD_API uint64_t nod_ntohll(uint64_t net);

/* 1 on a little-endian machine (the low octet at the low address), 0 on a big-endian one. */
NOD_API int nod_is_little_endian(void);

#endif
