/* SPDX-License-Identifier: ISC */
/*
 * tcp.h - what can be known of a TCP connection on a stack
 *
 * nod_tcp_info() says it in RFC 9293's words: times are nanoseconds, amounts octets.  The option
 * TCP_INFO of nod_getsockopt() gives Linux's struct tcp_info, for programs that know that.
 *
 * Neighbours: socket.h.
 */
#ifndef NOD_TCP_H
#define NOD_TCP_H

#include "api.h"

struct nod_stack;

struct nod_tcp_info {
	uint8_t state;	/* nod_tcp_state_name() */
	uint8_t phase; /* 0 open, 1 disorder, 2 reduced (ECN), 3 fast recovery, 4 after a
			* time-out */
	uint8_t backoff; /* time-outs, or zero-window probes, in a row */
	uint8_t snd_scale, rcv_scale; /* bits: RFC 7323 */
	uint8_t has_timestamps, has_sack, has_ecn;
	uint8_t has_syn_data; /* octets went with the SYN, and were taken: RFC 7413 */
	nod_ns rtt, rtt_variation, rtt_least; /* 0 = not known yet */
	nod_ns rto;
	uint32_t snd_mss, rcv_mss, path_mtu;
	/* RFC 4821, octets of a packet: what is kept to though the path is said to carry more,
	 * and what is being tried at present; 0 = none */
	uint32_t mtu_held_to, mtu_probe;
	uint32_t black_holes; /* times that large segments vanished without a word */
	uint32_t reordering; /* segments by which one has been overtaken; at least 3 */
	uint32_t cwnd, ssthresh; /* ssthresh UINT32_MAX: not yet reduced */
	uint32_t in_flight, unacked, unsent, sacked, lost;
	uint32_t again; /* lost, and under way anew */
	uint32_t snd_wnd; /* the peer's */
	uint32_t rcv_wnd; /* ours, as offered */
	uint32_t urgent; /* octets to be read up to and with the last urgent one: RFC 6093 */
	uint32_t readable, ahead; /* in order and not read; out of order (packets) */
	uint32_t retransmitted; /* segments */
	uint32_t timeouts, fast_recoveries, tail_probes, spurious; /* times; spurious: D-SACKs */
	uint64_t octets_in, octets_out; /* read, and written, by the program */
	uint64_t segments_in, segments_out;
	nod_ns since_sent, since_received, since_data; /* since_data: octets were received */
	/* How long octets were waiting to be acknowledged; of that, how long the peer's window kept
	 * some from leaving, and how long none were left and a program waited for room to write;
	 * in whole milliseconds */
	nod_ns busy_for, peer_limited_for, buffer_limited_for;
	uint32_t delivered; /* octets acknowledged or SACKed; wraps */
	uint64_t pacing_rate; /* octets a second by which it is paced; 0 = it is not */
};

/* 0, or -EBADF, -EOPNOTSUPP (no stream socket).  Of a listener only the state is known. */
NOD_API int nod_tcp_info(struct nod_stack *s, int fd, struct nod_tcp_info *out);

/* "ESTABLISHED": RFC 9293's words.  A constant; "" for what is no state. */
NOD_API const char *nod_tcp_state_name(unsigned state);

#endif
