/* SPDX-License-Identifier: ISC */
/*
 * tcp_internal.h - a connection as TCP's own files see it
 *
 * Who does what:
 *
 *	tcp.c          the table of flows; whose is an arriving segment; resets to strangers
 *	tcp_state.c    the one function that changes a state, and what entering one requires
 *	tcp_input.c    an arriving segment: RFC 9293 3.10.7, in its order
 *	tcp_ack.c      what an acknowledgement does: queue, RTT, congestion
 *	tcp_loss.c     what is lost: SACK, RACK-TLP, duplicate ACKs; recovery and its undoing
 *	tcp_output.c   which segments may leave, and making them
 *	tcp_timer.c    a connection's deadlines, all on one timer of the wheel
 *	tcp_busy.c     what a connection has only while it is not idle
 *	tcp_queue.c    what is to be sent and has been; what came, in order and out of it
 *	tcp_window.c   the window that is offered, and the buffers' tuning
 *	tcp_pace.c     how fast: SO_MAX_PACING_RATE, and the window spread over a round trip
 *	tcp_mtu.c      how large a segment the path carries, when no router says so
 *	tcp_listen.c   half-open connections: SYN cache, SYN cookies, accept queue
 *	tcp_fast.c     Fast Open: cookies, of peers and for them
 *	tcp_wait.c     TIME-WAIT
 *	tcp_port.c     who is on a port
 *	tcp_secret.c   initial sequence numbers, time-stamp offsets, cookies
 *	tcp_cc*.c      congestion control, behind one table of functions
 *	tcp_check.c    whether the books are right: for simulation, tests and fuzzing
 *
 * Sizes: a half-open connection and one in TIME-WAIT are records of at most 96 octets.
 */
#ifndef NOD_TRANSPORT_TCP_INTERNAL_H
#define NOD_TRANSPORT_TCP_INTERNAL_H

#include "../base/seq.h"
#include "../base/table.h"
#include "../base/wheel.h"
#include "tcp.h"
#include "tcp_cc.h"
#include "tcp_wire.h"

/* Numbers that have arrived, ahead of what is missing: RFC 2018. */
struct tcp_sack {
	nod_seq left, right;
};

/* ---- what has a place in the table of flows ------------------------------------------ */

enum tcp_kind { TCP_KIND_CONN, TCP_KIND_HALF, TCP_KIND_WAIT };

struct tcp_flow {
	struct hnode node;
	struct ipa local, remote;
	uint16_t local_port, remote_port;
	uint8_t kind; /* enum tcp_kind */
	uint8_t spare_u8; /* whoever has it gives it a meaning */
	uint16_t interface; /* bound to it, or a link-local peer is reached by it; else 0 */
};

/* A connection of which the SYN came and the handshake's third part did not (RFC 4987 3.3). */
struct tcp_half {
	struct tcp_flow flow; /* spare_u8: SYN-ACKs sent again; node.spare: ts_recent */
	struct tcp_listener *listener;
	struct tcp_half *next, **prev; /* by due_ms, of those with as many tries */
	nod_seq iss, irs;
	uint32_t due_ms;
	uint16_t mss; /* the peer's */
	uint8_t snd_scale : 4, has_scale : 1, has_sack : 1, has_ts : 1, has_ecn : 1;
	uint8_t is_answered : 1; /* the third part came, but nobody had room for it */
	uint8_t is_repeated : 1; /* a copy of the SYN was answered since we have sent last (H52) */
	uint8_t owes_cookie : 2; /* in the first answer; 2: by the experimental option */
	uint8_t sent_part : 4; /* 16ths of the millisecond in which the first answer left */
};

/* TIME-WAIT: RFC 9293 3.10.7.4's last lines, RFC 6191, RFC 1337. */
struct tcp_wait {
	struct tcp_flow flow; /* spare_u8: what the connection had agreed on: WAIT_* */
	struct tcp_wait *next, **prev; /* by due_ms */
	uint32_t due_ms;
	nod_seq snd_nxt, rcv_nxt;
	uint16_t rcv_wnd; /* octets */
	uint16_t answered; /* when, in tenths of a second; low bits; 0 = not yet */
	uint32_t ts_recent, ts_offset;
};

_Static_assert(sizeof(struct tcp_half) <= 96, "a half-open connection is small");
_Static_assert(sizeof(struct tcp_wait) <= 96, "a connection in TIME-WAIT is small");

/* ---- the send queue ------------------------------------------------------------------ */

/*
 * Octets that follow one another in the stream and in one block: what has been sent and is not
 * acknowledged, then what has not been sent.  Cut where a part is treated apart (sent, SACKed,
 * lost, sent again).
 */
struct tcp_chunk {
	struct tcp_chunk *next, *prev;
	/* Those under way in the order in which they were sent last: RFC 8985 looks at the oldest
	 * and stops.  What is SACKed, lost or not yet sent is not in it. */
	struct tcp_chunk *newer, *older;
	struct block *block; /* one reference is the chunk's; NULL: a FIN alone */
	uint32_t at, len;    /* octets, in the block; of a FIN, which occupies one number, 0 */
	nod_seq seq;
	uint8_t flags; /* CHUNK_* */
	uint8_t n_sent;
	bool is_timed;	/* in the list by time */
	nod_ns sent_at; /* last: RACK.xmit_ts of RFC 8985 */
};

enum {
	CHUNK_FIN = 1 << 0,
	CHUNK_PUSH = 1 << 1,   /* the last of what a program wrote at once */
	CHUNK_SACKED = 1 << 2,
	CHUNK_LOST = 1 << 3,
	CHUNK_AGAIN = 1 << 4,  /* sent again, and that is still under way */
	CHUNK_END = 1 << 6,    /* of a record: the next begins a segment (MSG_EOR) */
	CHUNK_EVER_AGAIN = 1 << 5, /* sent again at some time: no RTT from it (Karn) */
	CHUNK_PROBE = 1 << 7,  /* first sent in a segment larger than others: RFC 4821 */
};

static inline uint32_t chunk_space(const struct tcp_chunk *k) /* sequence numbers */
{
	return k->len + (k->flags & CHUNK_FIN ? 1 : 0);
}
static inline nod_seq chunk_end(const struct tcp_chunk *k)
{
	return k->seq + chunk_space(k);
}

/* ---- a connection -------------------------------------------------------------------- */

enum tcp_deadline {
	TCP_DUE_SEND, /* retransmission, loss probe, or zero-window probe: enum tcp_send_mode */
	TCP_DUE_ACK,  /* a delayed ACK */
	TCP_DUE_RACK, /* the reordering window is over (RFC 8985 6.3) */
	TCP_DUE_PACE, /* the next may leave; or what was corked */
	TCP_DUES_BUSY,
	TCP_DUE_LIFE = TCP_DUES_BUSY, /* keep-alive, or FIN-WAIT-2 without an owner */
	TCP_DUES
};

enum tcp_send_mode { TCP_SEND_NONE, TCP_SEND_RTO, TCP_SEND_PROBE_TAIL, TCP_SEND_PERSIST };

/* Why what was written is not acknowledged yet: what its time is counted as (tcp_info.c). */
enum tcp_limit {
	TCP_LIMIT_NONE,	  /* it is, all of it */
	TCP_LIMIT_PATH,	  /* it is under way, or the congestion window is full */
	TCP_LIMIT_PEER,	  /* the window that the peer offers is */
	TCP_LIMIT_BUFFER, /* all is under way, and a program waits for room to write more */
};

/* RFC 5681, 6675, 9937: how it deals with loss at present. */
enum tcp_phase {
	TCP_OPEN,     /* all is well */
	TCP_DISORDER, /* something came twice, or with a gap: not yet a loss */
	TCP_REDUCED,  /* ECN: the window was reduced and nothing lost (CWR) */
	TCP_RECOVERY, /* fast recovery */
	TCP_LOSS,     /* after a retransmission time-out */
};

/* Of RFC 4821's search, of what is smaller than the path is said to carry: tcp_conn.mtu_low. */
struct tcp_mtu {
	uint16_t high;	/* octets of a packet: the largest not known to vanish (search_high) */
	uint16_t probe; /* of the one that is under way; 0 = none */
	uint8_t losses; /* of probes of one size, one after the other */
	bool is_lost;	/* the probe has been found lost, and nobody has judged it yet */
	bool was_halved; /* the whole has vanished: by halves from now on */
	nod_ns next_at; /* no probe before; 0 = not yet said */
};

/*
 * What a connection has only while something is under way: octets in a queue, an answer owed, a
 * loss repaired, a handshake or a close that is not done.  tcp_rouse() takes a record from the
 * store; once the connection is quiet, others may have it (tcp_busy.c).  Meanwhile
 * c->busy points to tcp_quiet: nothing queued, nothing due.  So whoever reads need not ask;
 * whoever writes has roused the connection, or stands behind tcp_conn_input(), which has.
 *
 * A field belongs here when it may begin anew with the next octet, as tcp_rouse() has it; what
 * has to be remembered over a pause is in struct tcp_conn.
 */
struct tcp_busy {
	/* sending: the queue */
	struct tcp_chunk *first, *last;
	struct tcp_chunk *unsent;	   /* in it; NULL: all has been sent */
	struct tcp_chunk *retry; /* none before it is lost and not sent again; NULL: none is */
	struct tcp_chunk *oldest, *newest; /* by when they were sent */
	uint32_t sacked, lost, again;	   /* octets: of chunks so marked */
	nod_seq snd_up, snd_small; /* snd_small: end of the last small one sent */

	nod_ns due[TCP_DUES_BUSY]; /* NOD_FOREVER = none */
	struct tcp_conn *next;	   /* among those who owe */

	/* receiving */
	struct pkt_queue in;		/* in order, not yet read */
	struct pkt *ahead, *ahead_last; /* out of order, sorted; pkt.mark = sequence number */
	uint32_t in_memory;		/* octets of packets, of in and ahead */
	uint32_t n_ahead;
	nod_seq rcv_up, last_ack_sent;
	uint32_t rcv_most;     /* octets: no more is offered; grows with what comes */
	uint32_t ack_pending;  /* octets that came since an ACK was sent */
	uint32_t rcv_measured; /* octets read since rcv_since (buffer tuning) */
	nod_ns rcv_since, rcv_rtt_at;
	uint32_t rcv_rtt_us;
	nod_seq rcv_rtt_seq;

	/* congestion: RFC 5681, 9438, 9937 */
	const struct tcp_cc_ops *cc;
	struct tcp_cc_state cc_state;
	uint32_t most_out;    /* octets under way at the most in this round trip */
	nod_seq most_out_seq; /* which ends when this is acknowledged */
	nod_seq cwr_seq;      /* one reduction a round trip (RFC 3168 6.1.2) */
	nod_seq recover;      /* snd_nxt when loss was found */
	nod_seq recover_done; /* that of the last repair: RFC 6582 3.2 */
	nod_seq frto_seq;
	uint32_t prior_cwnd, prior_ssthresh; /* to be undone to */
	nod_seq undo_seq;
	uint32_t undo_again; /* octets sent again that no D-SACK has answered for */
	uint32_t undo_ts;    /* our time stamp on the first retransmission */
	uint32_t prr_delivered, prr_out, recover_flight;

	/* SACK: RFC 2018 */
	struct tcp_chunk *sack_at; /* where the last SACK block was applied; a hint */
	struct tcp_sack seen[4];   /* the blocks of the last ACK */
	struct tcp_sack recent[4]; /* blocks to report, the latest first; left == right: none */
	struct tcp_sack dsack;	   /* to report once (RFC 2883) */

	/* RACK: RFC 8985 */
	nod_ns rack_at;	  /* RACK.xmit_ts */
	nod_seq rack_end; /* RACK.end_seq */
	uint32_t rack_rtt_us;
	uint32_t rack_wnd_mult;
	nod_seq rack_fack;
	nod_seq tlp_end;

	/* the handshake */
	nod_seq iss, irs;
	nod_ns syn_at; /* when our SYN left; 0 = not yet */
	struct tcp_listener *fast_listener; /* which counts it until it is confirmed */

	struct tcp_mtu mtu;
	nod_ns pace_at; /* when paced: what has been sent was due until then */
	uint32_t limit_since; /* ms, low bits: tcp_since() */
	uint8_t limit; /* enum tcp_limit; tcp_limit_note() alone writes it */
	bool is_pushed; /* what is queued goes, corked or not */
	nod_ns cork_at, trouble_at; /* trouble_at: since when nothing helps */
	int soft_error; /* what ICMP said, for when it times out (MUST-56) */

	/* the store's: all records, the one that has been looked at longest ago first */
	struct tcp_conn *conn;
	struct tcp_busy *younger, **place;
};

/*
 * What it keeps when it is idle, and no more: with its socket, its place in the tables and the
 * allocators' share 512 octets.  What every segment touches comes first.
 */
struct tcp_conn {
	struct tcp_flow flow;
	struct tcp_busy *busy; /* of its own, or tcp_quiet */

	/* RFC 9293 3.3.1's names */
	nod_seq snd_una, snd_nxt, snd_wl1, snd_wl2;
	nod_seq snd_end;		/* what a program has written ends here */
	uint32_t snd_wnd, snd_wnd_most; /* octets; 32 bits: REC-1 */
	nod_seq rcv_nxt, rcv_adv;	/* rcv_adv: right edge of the window offered */
	uint8_t state;			/* enum tcp_state; tcp_enter() alone writes it */
	uint8_t phase;			/* enum tcp_phase */
	uint8_t send_mode;		/* enum tcp_send_mode: of TCP_DUE_SEND */
	uint8_t backoff;    /* time-outs, or zero-window probes, in a row */
	uint8_t dup_acks;
	uint8_t keep_sent;  /* keep-alive probes without an answer */
	uint8_t quick_acks; /* so many ACKs are not delayed: a start is to be quick */
	uint8_t snd_scale, rcv_scale; /* RFC 7323 2; bits */
	uint8_t n_black_holes;
	bool is_active : 1;	/* by tcp_connect() (MUST-11) */
	bool is_owing : 1;	/* in tcp->owing */
	bool is_orphan : 1;	/* its owner has gone */
	bool is_leaving : 1;	/* and its peer has not acknowledged all: in tcp->n_leaving */
	bool is_shut_in : 1;	/* what comes is thrown away */
	bool is_counted : 1;
	bool is_waiting : 1;	/* in an accept queue */
	bool has_ts : 1, has_sack : 1, has_ecn : 1, has_scale : 1;
	bool ack_now : 1, ack_delayed : 1;
	bool fin_queued : 1;	/* the last chunk is our FIN */
	bool fin_received : 1;	/* in order */
	bool has_urgent_in : 1, has_urgent_out : 1;
	bool ece_owed : 1, cwr_owed : 1;
	bool is_retransmitted : 1; /* the SYN was sent again */
	bool was_full : 1;	/* tcp_is_writable() was false: tell when it is true */
	bool was_cut_short : 1;	/* and a program had more to write */
	bool tlp_is_out : 1, tlp_is_again : 1;
	bool may_undo : 1;
	bool is_cwnd_limited : 1; /* more would have been sent, were it not for cwnd */
	bool reordering_seen : 1;
	bool frto : 1;
	bool is_fast : 1;	/* Fast Open, asked for and not done with: RFC 7413 */
	bool fast_data : 1;	/* octets went with the SYN, and were taken */
	bool mtu_is_found : 1;	/* nothing between mtu_low and what vanishes is worth a try */
	bool is_pingpong : 1;	/* it answers what it hears: ACKs go along with that */
	uint16_t snd_mss;	/* payload octets of a segment that is sent, without options */
	uint16_t rcv_mss; /* payload octets of a full segment, as guessed from what comes */
	uint16_t mtu_low; /* RFC 4821, octets of a packet: none is larger but a probe (search_low,
			   * eff_pmtu); 0: what the path says is believed */
	struct tcp *tcp;

	union {
		void *owner; /* NULL: nobody's any more */
		struct tcp_conn *next_ready; /* in the accept queue: is_waiting */
	};
	struct dest *way;
	const struct tcp_opt *opt; /* interned */
	uint32_t cwnd, ssthresh; /* octets */
	uint32_t srtt_us, rttvar_us, min_rtt_us, rto_us; /* round trips: RFC 6298 */
	uint32_t ts_recent, ts_offset;			 /* RFC 7323 */
	uint32_t last_sent, last_received;		 /* ms, low bits: tcp_since() */
	uint32_t last_data;				 /* received; as these */
	uint32_t busy_ms, peer_limited_ms, buffer_limited_ms; /* until limit_since */
	uint32_t ts_recent_s;				 /* seconds */
	uint32_t snd_buf, rcv_buf;			 /* octets that may be queued */

	uint64_t octets_in, octets_out;
	uint32_t segments_in, segments_out, n_retransmitted; /* wrap */
	uint32_t delivered; /* octets, wraps */
	uint16_t n_timeouts, n_fast, n_tlp, n_dsacks; /* and stay at the most: tcp_count() */
	uint32_t w_max; /* octets: CUBIC's, or what else a congestion control keeps over a pause */
	uint32_t challenged; /* when we asked who it is: ms, low bits; 0 = not yet */
	uint16_t peer_mss; /* as its SYN said */
	uint16_t path_mtu; /* with which snd_mss was found */
	uint16_t reordering; /* segments by which one was overtaken, at the most; at least 3 */
	uint16_t error;	     /* positive errno that waits to be told */

	nod_ns life_at; /* TCP_DUE_LIFE; NOD_FOREVER = none */
	struct timer timer;
};

struct tcp_listener {
	struct tcp *tcp;
	struct tcp_name *name;
	void *owner;
	const struct tcp_opt *opt; /* interned */
	unsigned backlog, n_ready, n_half;
	unsigned n_fast; /* opened fast, and not confirmed by an ACK */
	unsigned n_reset; /* of n_fast: those that a RST has ended, which count on for a while */
	nod_ns reset_until;
	bool has_key;
	uint8_t key[16]; /* of its cookies */
	struct tcp_conn *ready, **last_ready;
	uint64_t n_overflows;
};

/* Half-open connections that have sent as many SYN-ACKs, and so wait as long. */
struct tcp_half_list {
	struct tcp_half *first, **last;
};

#define TCP_SYN_ACK_TRIES 5

struct tcp_ports;
struct tcp_fast_peer;
struct tcp_slab;

/* What goes round without the system being asked. */
struct tcp_store {
	size_t size; /* octets each */
	void *free;
	struct tcp_slab *slabs;
	uint32_t in_use, most;
	size_t taken; /* octets of slabs */
};

struct tcp {
	struct net *net;
	struct core *core;
	tcp_wake *wake;
	struct table flows;
	struct tcp_flow *last_found; /* by an arriving segment */
	struct tcp_ports *ports;
	struct tcp_conn *owing, **last_owing;
	struct tcp_store conns, busies, halves, waits, chunks;
	struct tcp_busy *oldest_busy, **youngest_busy;
	struct tcp_half_list half[TCP_SYN_ACK_TRIES + 1];
	struct timer half_timer;
	struct tcp_wait *wait_first, **wait_last;
	struct timer wait_timer;
	uint8_t isn_key[16];	/* RFC 6528; of its own, since a sequence number is told */
	uint8_t cookie_key[16];
	uint8_t fast_key[16];
	struct tcp_fast_peer *fast_peers; /* NULL: none is known */
	nod_ns flooded_until;	/* SYN cookies are believed until then */
	nod_ns challenge_second;
	uint32_t challenges_left;
	uint32_t n_listeners;
	uint32_t n_leaving; /* connections that nobody owns and that have something to deliver */
};

/* ---- an arriving segment ------------------------------------------------------------- */

struct tcp_seg {
	struct pkt *p;	/* data = payload once the header has been read */
	const struct ip_in *in;
	struct tcp_hdr h;
	struct tcp_options o;
	nod_seq seq, ack;
	uint32_t len;	/* payload octets */
	uint32_t wnd;	/* octets, scaled */
	uint8_t flags;	/* TCP_* */
	bool is_ce;
	bool is_old_probe; /* below the window: its ACK may be news, but answers nothing in time */
	bool has_iss; /* a SYN that ends TIME-WAIT: where our numbers are to begin (MAY-2) */
	nod_seq iss;
};

static inline nod_seq seg_end(const struct tcp_seg *s) /* the number after its last */
{
	return s->seq + s->len + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN);
}

/* ---- constants ----------------------------------------------------------------------- */

#define TCP_RTO_FIRST	 NOD_S		  /* RFC 6298 2.1 */
#define TCP_RTO_LEAST	 (200 * NOD_MS)	  /* RFC 6298 2.4 says 1 s; as Linux, with better clocks */
#define TCP_RTO_MOST	 (120 * NOD_S)	  /* RFC 6298 2.5: at least 60 s */
#define TCP_DELACK	 (40 * NOD_MS)	  /* MUST-40: less than 500 ms */
#define TCP_MSL		 (30 * NOD_S)	  /* so that TIME-WAIT is 60 s, as Linux's */
#define TCP_MSS_LEAST	 88		  /* octets; H38: what a SYN may not go below */
#define TCP_MSS4	 536		  /* MUST-15 */
#define TCP_MSS6	 1220
#define TCP_QUICK_ACKS	 16		  /* segments */
#define TCP_AHEAD_MOST	 1024		  /* packets out of order of one connection (H54) */
#define TCP_DUP_THRESH	 3		  /* RFC 5681 3.2 */
#define TCP_SYN_RETRIES	 7 /* more than 3 minutes (MUST-23): 1+2+4+..+64 = 127, +120 */
#define TCP_RETRIES	 15		  /* R2: 924 s and more (SHLD-11) */
#define TCP_RETRIES_R1	 3		  /* SHLD-10 */
#define TCP_ORPHAN_RETRIES 8

/* Whether the peer has shrunk its window so that not even the first segment under way fits. */
static inline bool tcp_is_shrunk(const struct tcp_conn *c)
{
	return c->busy->first && c->snd_una != c->snd_nxt && c->state >= TCP_ESTABLISHED &&
		c->snd_wnd < (c->busy->first->len < c->snd_mss ? c->busy->first->len : c->snd_mss);
}

/* Without SACK: no more duplicate ACKs count than segments were out (RFC 5681 3.2 (4); H58). */
static inline bool tcp_dup_counts(const struct tcp_conn *c)
{
	return c->phase != TCP_RECOVERY ||
		(uint32_t)c->dup_acks * c->snd_mss < c->busy->recover - c->snd_una;
}

static inline uint32_t tcp_ms(const struct tcp *t)
{
	return (uint32_t)(t->core->now / NOD_MS);
}

/* How long ago something was of which tcp_ms() was kept; right for 49 days. */
static inline nod_ns tcp_since(const struct tcp_conn *c, uint32_t ms)
{
	return (nod_ns)(uint32_t)(tcp_ms(c->tcp) - ms) * NOD_MS;
}

/* Something happened once more. */
static inline void tcp_count(uint16_t *n)
{
	*n = (uint16_t)(*n + (*n < UINT16_MAX));
}

/* ---- tcp.c --------------------------------------------------------------------------- */
uint64_t tcp_hash(const struct tcp *t, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port);
struct tcp_flow *tcp_find(const struct tcp *t, const struct ipa *local, uint16_t local_port,
	const struct ipa *remote, uint16_t remote_port, unsigned interface);
void tcp_file(struct tcp *t, struct tcp_flow *f);
void tcp_unfile(struct tcp *t, struct tcp_flow *f);
void tcp_drop(struct tcp *t, struct tcp_seg *s, enum nod_event_kind why);
/* A RST for a segment that belongs to nothing: RFC 9293 3.10.7.1. */
void tcp_reset_stranger(struct tcp *t, const struct tcp_seg *s);
void *tcp_store_take(struct tcp_store *s); /* zeroed; NULL: no memory */
void tcp_store_give(struct tcp_store *s, void *p);

/* ---- tcp_state.c --------------------------------------------------------------------- */
struct tcp_conn *tcp_conn_new(struct tcp *t, const struct tcp_opt *opt); /* @opt: interned */
void tcp_conn_free(struct tcp_conn *c);
/* @why NULL: a record goes on in its place, and nothing is told. */
void tcp_enter(struct tcp_conn *c, enum tcp_state next, const char *why);
void tcp_note_state(struct tcp *t, const struct tcp_flow *f, enum tcp_state before,
	enum tcp_state next, const char *why);
/* It is over: CLOSED, with @error (positive, 0 = in order) for its owner. */
void tcp_finish(struct tcp_conn *c, int error, const char *why);
void tcp_tell(struct tcp_conn *c);
void tcp_count_leaving(struct tcp_conn *c); /* its state or its owner has changed */
void tcp_owe(struct tcp_conn *c); /* tcp_flush() is to look at it */
void tcp_disowe(struct tcp_conn *c);
uint32_t tcp_initial_window(uint32_t mss);
void tcp_set_mss(struct tcp_conn *c);

/* ---- tcp_busy.c ---------------------------------------------------------------------- */
extern const struct tcp_busy tcp_quiet;
static inline bool tcp_is_busy(const struct tcp_conn *c)
{
	return c->busy != &tcp_quiet;
}
bool tcp_rouse_slow(struct tcp_conn *c);
/* c->busy may be written to from now on.  false: no memory. */
static inline bool tcp_rouse(struct tcp_conn *c)
{
	return __builtin_expect(tcp_is_busy(c), 1) || tcp_rouse_slow(c);
}
void tcp_unbusy(struct tcp_conn *c); /* its record goes back, whatever is in it */

/* ---- tcp_input.c, tcp_ack.c, tcp_loss.c ---------------------------------------------- */
void tcp_conn_input(struct tcp_conn *c, struct tcp_seg *s); /* takes s->p; may end @c */
void tcp_take_payload(struct tcp_conn *c, struct tcp_seg *s);
/* 0, or -1: the segment is to be dropped. */
int tcp_acked(struct tcp_conn *c, const struct tcp_seg *s);
void tcp_rtt_sample(struct tcp_conn *c, nod_ns rtt);
void tcp_challenge(struct tcp_conn *c);
uint32_t tcp_ts_now(const struct tcp_conn *c);

struct tcp_ack_news {
	uint32_t acked;	   /* octets newly acknowledged in order */
	uint32_t sacked;   /* octets newly SACKed */
	uint32_t delivered; /* both */
	uint32_t lost;
	nod_ns rtt;	   /* of the newest that was not sent twice; -1 = none */
	bool is_dup;	   /* RFC 5681 2: a duplicate ACK */
	bool has_dsack;
	bool original_acked; /* something that had been sent once was acknowledged or SACKed */
	nod_ns again_at;   /* when the newest of these left */
	bool again_acked;  /* something that had been sent again was acknowledged */
	bool ts_says_original; /* its time stamp is older than our retransmission (RFC 3522) */
};
void tcp_sack_apply(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_ack_news *news);
void tcp_rack_learn(struct tcp_conn *c, const struct tcp_chunk *k, struct tcp_ack_news *news);
/* Something was lost or marked: into recovery, or REDUCED (ECN). */
void tcp_reduce(struct tcp_conn *c, enum tcp_phase phase, const struct tcp_ack_news *news);
void tcp_loss_detect(struct tcp_conn *c, const struct tcp_seg *s, struct tcp_ack_news *news);
void tcp_loss_timeout(struct tcp_conn *c); /* everything is lost: RFC 5681 3.1, RFC 6298 5 */
void tcp_loss_too_big(struct tcp_conn *c); /* snd_mss has become smaller */
void tcp_rack_due(struct tcp_conn *c);
void tcp_mark_lost(struct tcp_conn *c, struct tcp_chunk *k);
uint32_t tcp_in_flight(const struct tcp_conn *c); /* octets: RFC 6675's pipe */

/* ---- tcp_output.c -------------------------------------------------------------------- */
void tcp_output(struct tcp_conn *c); /* all that may leave */
void tcp_send_syn(struct tcp_conn *c); /* or SYN-ACK, as the state has it */
void tcp_send_ack(struct tcp_conn *c);
void tcp_send_reset(struct tcp_conn *c);
void tcp_send_probe(struct tcp_conn *c); /* one number below snd_nxt: asks for an ACK */
void tcp_send_again(struct tcp_conn *c, struct tcp_chunk *k, uint32_t most); /* octets */
/* A segment without payload that belongs to no connection. */
struct tcp_bare {
	struct ipa local, remote;
	uint16_t local_port, remote_port;
	struct iface *iface;
	nod_seq seq, ack;
	uint16_t window; /* as it stands in the header */
	uint8_t flags, tos, ttl;
	struct tcp_options o;
	const char *why; /* for events */
};
void tcp_send_bare(struct tcp *t, const struct tcp_bare *b);
void tcp_set_send_timer(struct tcp_conn *c);

/* ---- tcp_info.c ---------------------------------------------------------------------- */
void tcp_limit_note(struct tcp_conn *c); /* what it is limited by may have changed */

/* ---- tcp_pace.c ---------------------------------------------------------------------- */
uint64_t tcp_pace_rate(const struct tcp_conn *c); /* octets a second; 0 = not paced */
/* Whether what is next has to wait; then TCP_DUE_PACE is set. */
bool tcp_pace_waits(struct tcp_conn *c);
void tcp_pace_sent(struct tcp_conn *c, uint32_t octets);

/* ---- tcp_mtu.c ----------------------------------------------------------------------- */
void tcp_mtu_begin(struct tcp_conn *c); /* it is established */
/* A time-out, and not the first: perhaps what is large vanishes on the way. */
void tcp_mtu_suspect(struct tcp_conn *c);
/* Payload octets of a segment that is to be tried now, larger than the others; 0: none. */
uint32_t tcp_mtu_try(struct tcp_conn *c);
void tcp_mtu_tried(struct tcp_conn *c, uint32_t payload); /* it has been sent */
void tcp_mtu_arrived(struct tcp_conn *c, const struct tcp_chunk *k); /* or a part of it */
void tcp_mtu_judge(struct tcp_conn *c, uint32_t *lost); /* @lost, of which some is no congestion */
void tcp_mtu_refused(struct tcp_conn *c); /* a router says that the probe was too large */
void tcp_mtu_unknown(struct tcp_conn *c); /* nobody will know what became of the probe */

/* ---- tcp_timer.c --------------------------------------------------------------------- */
void tcp_timer_fire(struct timer *t, int64_t now);
void tcp_due(struct tcp_conn *c, enum tcp_deadline which, nod_ns at); /* NOD_FOREVER: none */
void tcp_dues_clear(struct tcp_conn *c);
nod_ns tcp_rto(const struct tcp_conn *c); /* with its backoff */
void tcp_keep_alive_start(struct tcp_conn *c);

/* ---- tcp_queue.c --------------------------------------------------------------------- */
ssize_t tcp_queue_put(struct tcp_conn *c, const struct iovec *iov, size_t n, size_t len,
	unsigned flags); /* CHUNK_PUSH, CHUNK_END: of the last octet */
bool tcp_queue_fin(struct tcp_conn *c);
/* Cut @k so that it ends at @seq, which lies within.  false: no memory. */
bool tcp_chunk_cut(struct tcp_conn *c, struct tcp_chunk *k, nod_seq seq);
void tcp_chunk_free(struct tcp_conn *c, struct tcp_chunk *k); /* the first of the queue */
void tcp_chunk_time(struct tcp_conn *c, struct tcp_chunk *k); /* just sent: the newest */
void tcp_chunk_untime(struct tcp_conn *c, struct tcp_chunk *k);
void tcp_queue_clear(struct tcp_conn *c);
uint32_t tcp_pkt_memory(const struct pkt *p);
void tcp_in_put(struct tcp_conn *c, struct pkt *p);	/* in order */
/* Into the gaps, as long as not @most wait; takes s->p when true. */
bool tcp_ahead_put(struct tcp_conn *c, struct tcp_seg *s, uint32_t most);
bool tcp_ahead_join(struct tcp_conn *c); /* what has become in order; whether anything did */
void tcp_ahead_clear(struct tcp_conn *c);
void tcp_in_clear(struct tcp_conn *c);
unsigned tcp_sack_blocks(struct tcp_conn *c, struct tcp_sack out[4], unsigned most);

/* ---- tcp_window.c -------------------------------------------------------------------- */
void tcp_window_init(struct tcp_conn *c);
uint32_t tcp_window(struct tcp_conn *c);   /* octets to offer now; moves rcv_adv */
uint8_t tcp_window_scale(const struct tcp *t, const struct tcp_opt *o);
uint32_t tcp_window_first(const struct tcp *t, const struct tcp_opt *o, uint32_t mss);
/* Octets by which rounding may let the window be larger than the room. */
static inline uint32_t tcp_window_slack(const struct tcp_conn *c)
{
	return c->rcv_scale ? c->rcv_buf / 8 : 0;
}
void tcp_window_read(struct tcp_conn *c, uint32_t len); /* a program has read */
void tcp_window_rtt(struct tcp_conn *c);
void tcp_window_grow(struct tcp_conn *c, uint32_t len); /* so many octets came at once */
void tcp_send_buffer_tune(struct tcp_conn *c);

/* ---- tcp_listen.c, tcp_wait.c, tcp_port.c, tcp_secret.c ------------------------------ */
int tcp_listen_init(struct tcp *t);
void tcp_listen_end(struct tcp *t);
void tcp_listen_input(struct tcp *t, struct tcp_listener *l, struct tcp_seg *s);
void tcp_half_input(struct tcp *t, struct tcp_half *h, struct tcp_seg *s);
void tcp_half_forget(struct tcp *t, struct tcp_half *h);
struct tcp_listener *tcp_listener_find(struct tcp *t, const struct tcp_seg *s);
void tcp_listener_put(struct tcp_listener *l, struct tcp_conn *c); /* into its accept queue */

void tcp_wait_begin(struct tcp_conn *c); /* the record takes its place; @c has none any more */
void tcp_wait_input(struct tcp *t, struct tcp_wait *w, struct tcp_seg *s);
void tcp_wait_end_all(struct tcp *t);

int tcp_ports_init(struct tcp *t);
void tcp_ports_end(struct tcp *t);
void tcp_port_use(struct tcp *t, uint16_t port); /* a flow more, or one less, is on it */
void tcp_port_unuse(struct tcp *t, uint16_t port);
/* For a connection that is bound nowhere: 0 = none (RFC 6056). */
uint16_t tcp_port_choose(struct tcp *t, const struct ipa *local, const struct ipa *remote,
	uint16_t remote_port, unsigned interface);
struct tcp_name *tcp_port_names(const struct tcp *t, uint16_t port);
/* A port of the range for which @is_good says yes, by chance; 0: none (RFC 6056). */
uint16_t tcp_port_draw(const struct tcp *t, bool (*is_good)(void *self, uint16_t port), void *self);
/* Whether no other listener is in @n's way. */
bool tcp_port_may_listen(const struct tcp *t, const struct tcp_name *n);

/* ---- tcp_fast.c ---------------------------------------------------------------------- */
/* What the SYN to @remote asks or says; the octets that may go with it. */
uint32_t tcp_fast_ask(struct tcp_conn *c, struct tcp_options *o);
/* The SYN is answered: what of it was taken, and is there a cookie for the next time? */
void tcp_fast_answered(struct tcp_conn *c, const struct tcp_seg *s);
/* What went with the SYN goes again. */
void tcp_fast_rewind(struct tcp_conn *c);
/* A SYN at @l: whether it opens at once; *@owed: whether a cookie is due, and which. */
bool tcp_fast_accepts(
	struct tcp_listener *l, const struct tcp_seg *s, unsigned *owed);
void tcp_fast_cookie(const struct tcp_listener *l, const struct tcp_flow *f, unsigned owed,
	struct tcp_options *o);
/* Its SYN-ACK has been acknowledged, or it is over. */
void tcp_fast_confirmed(struct tcp_conn *c);
void tcp_fast_reset(struct tcp_conn *c); /* a RST ends it before that */
void tcp_fast_end(struct tcp *t);

void tcp_secret_init(struct tcp *t);
nod_seq tcp_isn(const struct tcp *t, const struct tcp_flow *f);
uint32_t tcp_ts_offset(const struct tcp *t, const struct ipa *local, const struct ipa *remote);
nod_seq tcp_cookie_make(const struct tcp *t, const struct tcp_flow *f, nod_seq irs, uint16_t mss);
/* The MSS that the cookie holds, 0: it is none of ours. */
uint16_t tcp_cookie_check(
	const struct tcp *t, const struct tcp_flow *f, nod_seq irs, nod_seq cookie);

#endif
