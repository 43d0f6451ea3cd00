/* SPDX-License-Identifier: ISC */
/*
 * tcp_cc.h - congestion control behind one table of functions
 *
 * tcp_ack.c and tcp_loss.c decide *that* the window may grow or has to shrink, and what is lost;
 * an algorithm decides by how much (MAY-18).  A new one is one file and one line in tcp_cc_list[].
 * Windows are octets.
 *
 * Neighbours: tcp_cc.c (the list; NewReno, RFC 5681), tcp_cc_cubic.c (RFC 9438, 9406).
 */
#ifndef NOD_TRANSPORT_TCP_CC_H
#define NOD_TRANSPORT_TCP_CC_H

#include <stdbool.h>
#include <stdint.h>

#include "nod/api.h"

struct tcp_conn;

/* An algorithm's own; all zero when it begins. */
struct tcp_cc_state {
	nod_ns epoch_at;     /* CUBIC: when the present growth began; 0 = it has not */
	uint32_t k_ms;	     /* RFC 9438 4.2's K */
	uint32_t w_est;	     /* octets: what Reno would have */
	uint32_t rest;	     /* octets acknowledged that have not yet counted */
	uint32_t round_end;  /* HyStart++: sequence number at which the round ends */
	uint32_t round_rtt_us, last_rtt_us, css_rtt_us; /* least of this and the last round */
	uint8_t n_samples, css_rounds;
	bool is_css, has_round;
};

struct tcp_cc_ops {
	const char *name;
	void (*init)(struct tcp_conn *c); /* a connection has been established */
	/*
	 * @acked octets were acknowledged in order and the window was in use; @rtt in ns, -1 =
	 * not known.  Only while nothing is being repaired.
	 */
	void (*acked)(struct tcp_conn *c, uint32_t acked, nod_ns rtt);
	/* Something was lost, or marked (RFC 3168): the new ssthresh, octets. */
	uint32_t (*lost)(struct tcp_conn *c, bool is_ecn);
	/* A retransmission time-out. */
	void (*timed_out)(struct tcp_conn *c);
	/* It had not been lost after all. */
	void (*undone)(struct tcp_conn *c);
	/* It has been idle and begins again (RFC 5681 4.1). */
	void (*restarted)(struct tcp_conn *c);
};

/* The first is the default.  Ends with NULL. */
extern const struct tcp_cc_ops *const tcp_cc_list[];
const struct tcp_cc_ops *tcp_cc_find(const char *name); /* NULL: there is none */

/* RFC 5681 3.1: what all begin with below ssthresh; octets of @acked that were not used up. */
uint32_t tcp_cc_slow_start(struct tcp_conn *c, uint32_t acked);

extern const struct tcp_cc_ops tcp_cc_cubic, tcp_cc_reno;

#endif
