/* SPDX-License-Identifier: ISC */
/*
 * checksum.h - the Internet checksum (RFC 1071) of IPv4, ICMP, UDP and TCP
 *
 *	uint64_t sum = checksum_add(0, pseudo, sizeof(pseudo));
 *
 *	sum = checksum_add(sum, segment, len);
 *	wcur_u16(&w, checksum_end(sum));
 */
#ifndef NOD_BASE_CHECKSUM_H
#define NOD_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Add @len octets to a running sum that began with 0.  Every part but the last has an even
 * length.  The sum is in no order that means anything outside of these two functions.
 */
uint64_t checksum_add(uint64_t sum, const void *buf, size_t len);

/* The same for a part that begins behind an odd number of octets. */
uint64_t checksum_add_odd(uint64_t sum, const void *buf, size_t len);

/* Copy @len octets and add them, in one pass. */
uint64_t checksum_copy(uint64_t sum, void *to, const void *from, size_t len);

/* Add a number of 16 bits as if it stood among the octets, in network order. */
static inline uint64_t checksum_add_u16(uint64_t sum, uint16_t number)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return sum + __builtin_bswap16(number);
#else
	return sum + number;
#endif
}

/* Add a header: a multiple of 4 octets, a few of them. */
static inline uint64_t checksum_add_header(uint64_t sum, const uint8_t *p, size_t len)
{
	for (; len; p += 4, len -= 4) {
		uint32_t word;

		memcpy(&word, p, 4);
		sum += word;
	}
	return sum;
}

/* A running sum in 16 bits. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/*
 * The checksum @sum (as it stands in a header, host order) after the 16-bit field @old became
 * @new: RFC 1624 3, equation 3.
 */
uint16_t checksum_update(uint16_t sum, uint16_t old, uint16_t new);

/*
 * The checksum to write in network order.  Over data that holds a right checksum it is 0.
 */
static inline uint16_t checksum_end(uint64_t sum)
{
	uint16_t word = (uint16_t)~checksum_fold(sum);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap16(word);
#else
	return word;
#endif
}

#endif
