/* SPDX-License-Identifier: ISC */
/*
 * segment.h - cut a super-segment into what a wire can carry
 *
 * @p is a frame (data = link header) or a packet with l3 and l4 set and gso and gso_size given.
 * Each piece gets its own copy of the headers with lengths, IPv4 identification (counting up),
 * TCP sequence number and flags (FIN and PSH only on the last, CWR only on the first) or UDP
 * length set; checksums are left PKT_SUM_TO_FILL.  Payload is shared by reference where it lies
 * in slices.
 *
 * The device that has to cut and cannot is the reason that this is here; what l3 and l4 hold
 * may come from a wire and is looked at before it is believed.
 */
#ifndef NOD_LINK_SEGMENT_H
#define NOD_LINK_SEGMENT_H

#include "../base/pkt.h"

/*
 * Append the pieces to @out.  Takes @p.  0, or -ENOBUFS or -EBADMSG (l3 and l4 do not hold what
 * gso says), and nothing is appended.
 */
int segment_split(struct pkt *p, struct pkt_pool *pool, struct pkt_queue *out);

/* Octets from l3 on of the longest piece that it would make; 0 for -EBADMSG. */
uint32_t segment_longest(const struct pkt *p);

#endif
