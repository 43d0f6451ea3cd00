/* SPDX-License-Identifier: ISC */
/*
 * checksum.c - the Internet checksum (RFC 1071)
 *
 * The sum of 16-bit words in ones' complement does not care in which byte order the words
 * are read (RFC 1071 2 (B)) nor how many are added at once (2 (C)): so 32 bits are added in
 * the machine's own order, the carries are folded in at the end, and the result's octets
 * stand in memory as they go on the wire.
 */
#include "checksum.h"

#include <string.h>

uint64_t checksum_add(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (; len >= 4; p += 4, len -= 4) {
		uint32_t word;

		memcpy(&word, p, 4);
		sum += word; /* 2^32 of them fit */
	}
	if (len) { /* what is missing counts as zero: RFC 1071 1 (1) */
		uint32_t word = 0;

		memcpy(&word, p, len);
		sum += word;
	}
	return sum;
}

uint16_t checksum_end(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);

	uint16_t word = (uint16_t)~sum;
	uint8_t octet[2];

	memcpy(octet, &word, 2);
	return (uint16_t)(octet[0] << 8 | octet[1]);
}
