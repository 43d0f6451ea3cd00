/* SPDX-License-Identifier: ISC */
/*
 * order.c - byte order: host to network and back
 *
 * Written with shifts, so that the compiler finds the machine's own instruction and nothing
 * here asks which machine it is.
 */
#include "nod/order.h"

#include <string.h>

uint64_t nod_htonll(uint64_t host)
{
	uint8_t b[8];
	uint64_t net;

	for (unsigned i = 0; i < 8; i++)
		b[i] = (uint8_t)(host >> (56 - 8 * i));
	memcpy(&net, b, sizeof(net));
	return net;
}

uint32_t nod_htonl(uint32_t host)
{
	uint8_t b[4] = { (uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
		(uint8_t)host };
	uint32_t net;

	memcpy(&net, b, sizeof(net));
	return net;
}

uint16_t nod_htons(uint16_t host)
{
	uint8_t b[2] = { (uint8_t)(host >> 8), (uint8_t)host };
	uint16_t net;

	memcpy(&net, b, sizeof(net));
	return net;
}

/* The same exchange of octets leads back. */
uint16_t nod_ntohs(uint16_t net)
{
	return nod_htons(net);
}

uint32_t nod_ntohl(uint32_t net)
{
	return nod_htonl(net);
}

uint64_t nod_ntohll(uint64_t net)
{
	return nod_htonll(net);
}

int nod_is_little_endian(void)
{
	return nod_htons(1) != 1;
}
