/* SPDX-License-Identifier: ISC */
/*
 * socket_tcp_options.c - the options of level IPPROTO_TCP
 *
 * A row for each that is a number; bounds and units are Linux's.  docs/SOCKETS.md lists them.
 *
 * Neighbours: socket_tcp.h, socket_options.c.
 */
#include <errno.h>
#include <limits.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../transport/tcp_cc.h"
#include "nod/tcp.h"
#include "socket_tcp.h"

enum { NAME_MOST = 16 /* octets: TCP_CA_NAME_MAX */ };

struct row {
	int option;
	uint8_t size; /* of the field, octets */
	uint16_t at;
	int least, most;
	int unset; /* what a field of 0 is read as */
};

#define AT(field) (uint8_t)sizeof(((struct tcp_opt *)0)->field), offsetof(struct tcp_opt, field)

static const struct row rows[] = {
	{ TCP_NODELAY, AT(no_delay), INT_MIN, INT_MAX, 0 },
	{ TCP_CORK, AT(cork), INT_MIN, INT_MAX, 0 },
	{ TCP_MAXSEG, AT(max_segment), 88, 32767, 536 },
	{ TCP_KEEPIDLE, AT(keep_idle_s), 1, 32767, 7200 },
	{ TCP_KEEPINTVL, AT(keep_interval_s), 1, 32767, 75 },
	{ TCP_KEEPCNT, AT(keep_count), 1, 127, 9 }, { TCP_SYNCNT, AT(syn_retries), 1, 127, 0 },
	{ TCP_USER_TIMEOUT, AT(user_timeout_ms), 0, INT_MAX, 0 },
	{ TCP_LINGER2, AT(linger2_s), INT_MIN, INT_MAX, 60 },
	{ TCP_WINDOW_CLAMP, AT(window_clamp), INT_MIN, INT_MAX, 0 },
	{ TCP_DEFER_ACCEPT, AT(defer_s), INT_MIN, INT_MAX, 0 },
	{ TCP_NOTSENT_LOWAT, AT(not_sent_low), INT_MIN, INT_MAX, 0 }, /* unsigned */
};

static const struct row *find(int option)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].option == option)
			return &rows[i];
	return NULL;
}

static void put(struct tcp_opt *o, const struct row *r, int value)
{
	uint8_t *at = (uint8_t *)o + r->at;
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;

	if (r->size == 1)
		memcpy(at, &u8, 1);
	else if (r->size == 2)
		memcpy(at, &u16, 2);
	else
		memcpy(at, &value, 4);
}

static int get(const struct tcp_opt *o, const struct row *r)
{
	const uint8_t *at = (const uint8_t *)o + r->at;
	uint16_t u16;
	int value = *at;

	if (r->size == 2) {
		memcpy(&u16, at, 2);
		value = u16;
	} else if (r->size == 4) {
		memcpy(&value, at, 4);
	}
	return value;
}

void sock_tcp_options_take(const struct sock *k, struct tcp_opt *o)
{
	const struct nod_conf *conf = &k->stack->core.conf;
	bool is_v6 = k->domain == AF_INET6;

	/* half of what comes is for what packets cost beside their octets, as in Linux; what is
	 * sent waits in blocks, which cost next to nothing */
	o->receive_octets = k->opt->receive_octets != conf->receive_octets ?
		k->opt->receive_octets / 2 :
		0;
	o->send_octets = k->opt->send_octets != conf->send_octets ? k->opt->send_octets : 0;
	o->is_paced = k->opt->pacing_rate != -1 || conf->tcp_pacing;
	o->pacing_most = (uint32_t)k->opt->pacing_rate;
	o->keep_alive = k->opt->keep_alive != 0;
	o->tos = (uint8_t)(is_v6 && k->opt->tclass >= 0 ? k->opt->tclass : k->opt->tos);
	o->ttl = (uint8_t)(is_v6 && k->opt->hops > 0 ? k->opt->hops :
			k->opt->ttl > 0			? k->opt->ttl :
							  0);
	o->pmtu = (uint8_t)(k->opt->pmtu <= IP_PMTU_PROBE ?
			k->opt->pmtu == IP_PMTUDISC_DONT ? IP_PMTU_DONT : IP_PMTU_WANT :
			IP_PMTU_WANT);
}

int sock_tcp_set_opt(struct sock_tcp *t, const struct tcp_opt *o)
{
	struct interns *all = &t->sock.stack->core.interns;
	const struct tcp_opt *old = t->opt;
	const struct tcp_opt *new = intern(all, o, sizeof(*o));

	if (!new)
		return -ENOBUFS;
	t->opt = new;
	if (new != old && sock_tcp_listener(t))
		tcp_listener_set_opt(sock_tcp_listener(t), new);
	if (new != old && t->conn)
		tcp_set_opt(t->conn, new);
	intern_drop(all, old);
	return 0;
}

struct sock_fast *sock_tcp_fast(struct sock_tcp *t)
{
	if (!t->fast)
		t->fast = calloc(1, sizeof(*t->fast));
	return t->fast;
}

static int set_congestion(struct sock_tcp *t, const void *value, socklen_t len)
{
	char name[NAME_MOST] = { 0 };
	struct tcp_opt o = *t->opt;

	memcpy(name, value, len < NAME_MOST - 1 ? len : NAME_MOST - 1);
	o.cc = tcp_cc_find(name);
	return o.cc ? sock_tcp_set_opt(t, &o) : -ENOENT;
}

/* RFC 7413's; Linux's conditions. */
static int set_fast_open(struct sock_tcp *t, int option, const void *value, socklen_t len)
{
	const uint32_t allowed = t->sock.stack->core.conf.tcp_fast_open;
	struct tcp_listener *listener = sock_tcp_listener(t);
	struct tcp_opt o = *t->opt;
	int n;

	if (option == TCP_FASTOPEN_KEY) {
		if (len != sizeof(t->fast->key) && len != 2 * sizeof(t->fast->key))
			return -EINVAL;
		if (!sock_tcp_fast(t))
			return -ENOBUFS;
		memcpy(t->fast->key, value, sizeof(t->fast->key));
		t->fast->has_key = true;
		if (listener)
			tcp_listener_set_key(listener, t->fast->key);
		return 0;
	}
	if (len < sizeof(n))
		return -EINVAL;
	memcpy(&n, value, sizeof(n));
	if (n < 0 || t->conn || (option != TCP_FASTOPEN && (n > 1 || listener)))
		return -EINVAL;
	if (option == TCP_FASTOPEN) {
		o.fast_open = (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n);
	} else if (option == TCP_FASTOPEN_NO_COOKIE) {
		o.fast_open_bare = n != 0;
	} else if (!(allowed & NOD_FAST_OPEN_CLIENT)) {
		return -EOPNOTSUPP;
	} else {
		t->fast_connect = n;
	}
	return sock_tcp_set_opt(t, &o);
}

/* As Linux, which counts in time-outs: the sum of so many of 1, 2, 4 ... 120 s as is enough. */
static int whole_timeouts(int seconds)
{
	int timeout = 1, sum = 1;

	if (seconds <= 0)
		return 0;
	for (int n = 1; sum < seconds && n < UINT8_MAX; n++) {
		timeout = timeout < 60 ? 2 * timeout : 120;
		sum += timeout;
	}
	return sum;
}

/* What is kept for @n, as Linux has it; or -EINVAL.  @out: that. */
static int fit(const struct sock_tcp *t, const struct row *r, int n, int *out)
{
	enum { CLAMP_LEAST = 1152, LINGER2_MOST = 120 };

	if (r->option == TCP_MAXSEG && n == 0) {
		*out = 0;
		return 0;
	}
	if (n < r->least || n > r->most)
		return -EINVAL;
	switch (r->option) {
	case TCP_NODELAY:
	case TCP_CORK:
		n = n != 0;
		break;
	case TCP_DEFER_ACCEPT:
		n = whole_timeouts(n);
		break;
	case TCP_LINGER2:
		n = n < 0 ? -1 : n > LINGER2_MOST ? LINGER2_MOST : n;
		break;
	case TCP_WINDOW_CLAMP:
		if (!n && (t->conn || sock_tcp_listener(t)))
			return -EINVAL;
		n = n && n < CLAMP_LEAST ? CLAMP_LEAST : n;
		break;
	default:
		break;
	}
	*out = n;
	return 0;
}

static void set_quick(struct sock_tcp *t, int n)
{
	if (t->conn)
		tcp_set_quick(t->conn, n & 1);
}

int sock_tcp_set(struct sock *k, int level, int option, const void *value, socklen_t len)
{
	struct sock_tcp *t = (struct sock_tcp *)(void *)k;
	struct tcp_opt o = *t->opt;
	const struct row *r;
	int n, err;

	if (level != IPPROTO_TCP)
		return -ENOPROTOOPT;
	if (option == TCP_CONGESTION) {
		return len ? set_congestion(t, value, len) : -EINVAL;
	} else if (option == TCP_FASTOPEN || option == TCP_FASTOPEN_KEY ||
		option == TCP_FASTOPEN_CONNECT || option == TCP_FASTOPEN_NO_COOKIE) {
		return set_fast_open(t, option, value, len);
	}
	if (len < sizeof(n))
		return -EINVAL;
	memcpy(&n, value, sizeof(n));
	r = find(option);
	if (option == TCP_INQ) {
		if (n < 0 || n > 1)
			return -EINVAL;
		t->tells_rest = n;
		return 0;
	}
	if (option == TCP_QUICKACK) {
		set_quick(t, n);
		return 0;
	}
	if (!r)
		return -ENOPROTOOPT;
	err = fit(t, r, n, &n);
	if (err < 0)
		return err;
	put(&o, r, n);
	err = sock_tcp_set_opt(t, &o);
	if (err == 0 && option == TCP_NODELAY && n && t->conn)
		tcp_push(t->conn);
	return err;
}

/* Linux's numbers for the states. */
static uint8_t linux_state(unsigned state)
{
	static const uint8_t numbers[TCP_STATES] = {
		[TCP_CLOSED] = 7,
		[TCP_LISTEN] = 10,
		[TCP_SYN_SENT] = 2,
		[TCP_SYN_RECEIVED] = 3,
		[TCP_ESTABLISHED] = 1,
		[TCP_FIN_WAIT_1] = 4,
		[TCP_FIN_WAIT_2] = 5,
		[TCP_CLOSE_WAIT] = 8,
		[TCP_CLOSING] = 11,
		[TCP_LAST_ACK] = 9,
		[TCP_TIME_WAIT] = 6,
	};

	return numbers[state];
}

static uint32_t segments(uint32_t octets, uint32_t mss)
{
	return mss ? (octets + mss - 1) / mss : 0;
}

static uint32_t us(nod_ns t)
{
	return (uint32_t)(t / NOD_US);
}

/* Linux's struct tcp_info with what it has grown by since 6.1, whose header may be here. */
struct info {
	union {
		struct tcp_info known;
		uint8_t octets[232]; /* up to and with tcpi_snd_wnd */
	};
	uint32_t rcv_wnd, rehash;
	uint16_t total_rto, total_rto_recoveries;
	uint32_t total_rto_time, received_ce, by_ecn[6], ecn_mode;
};

/* As far as there is something to say. */
static void info_get(const struct sock_tcp *t, struct info *all)
{
	struct nod_tcp_info i = { 0 };
	struct tcp_info *out = &all->known;

	memset(all, 0, sizeof(*all));
	i.state = sock_tcp_listener(t) ? TCP_LISTEN : TCP_CLOSED;
	if (t->conn)
		tcp_info(t->conn, &i);
	out->tcpi_state = linux_state(i.state);
	out->tcpi_ca_state = i.phase;
	out->tcpi_backoff = out->tcpi_retransmits = i.backoff;
	out->tcpi_options = (uint8_t)((i.has_timestamps ? TCPI_OPT_TIMESTAMPS : 0) |
		(i.has_sack ? TCPI_OPT_SACK : 0) |
		(i.snd_scale || i.rcv_scale ? TCPI_OPT_WSCALE : 0) |
		(i.has_ecn ? TCPI_OPT_ECN : 0) | (i.has_syn_data ? TCPI_OPT_SYN_DATA : 0));
	out->tcpi_snd_wscale = i.snd_scale & 15u;
	out->tcpi_rcv_wscale = i.rcv_scale & 15u;
	out->tcpi_rto = us(i.rto);
	out->tcpi_ato = 40000;
	out->tcpi_snd_mss = i.snd_mss;
	out->tcpi_rcv_mss = i.rcv_mss;
	out->tcpi_unacked = segments(i.unacked, i.snd_mss);
	out->tcpi_sacked = segments(i.sacked, i.snd_mss);
	out->tcpi_lost = segments(i.lost, i.snd_mss);
	out->tcpi_retrans = segments(i.again, i.snd_mss);
	out->tcpi_pmtu = i.path_mtu;
	out->tcpi_pacing_rate = i.pacing_rate ? i.pacing_rate : UINT64_MAX;
	out->tcpi_max_pacing_rate =
		t->opt->pacing_most == UINT32_MAX ? UINT64_MAX : t->opt->pacing_most;
	out->tcpi_rtt = us(i.rtt);
	out->tcpi_rttvar = us(i.rtt_variation);
	out->tcpi_min_rtt = us(i.rtt_least);
	out->tcpi_snd_ssthresh =
		i.ssthresh == UINT32_MAX ? INT_MAX : segments(i.ssthresh, i.snd_mss);
	out->tcpi_snd_cwnd = i.snd_mss ? i.cwnd / i.snd_mss : 0; /* whole ones */
	out->tcpi_advmss = i.rcv_mss;
	out->tcpi_reordering = i.reordering;
	out->tcpi_rcv_space = i.rcv_wnd;
	out->tcpi_last_data_sent = (uint32_t)(i.since_sent / NOD_MS);
	out->tcpi_last_data_recv = (uint32_t)(i.since_data / NOD_MS);
	out->tcpi_last_ack_recv = (uint32_t)(i.since_received / NOD_MS);
	out->tcpi_total_retrans = i.retransmitted;
	out->tcpi_bytes_acked = i.octets_out - i.unacked - i.unsent;
	out->tcpi_bytes_received = i.octets_in + i.readable;
	out->tcpi_segs_in = (uint32_t)i.segments_in;
	out->tcpi_segs_out = (uint32_t)i.segments_out;
	out->tcpi_notsent_bytes = i.unsent;
	/* the SYN counts */
	out->tcpi_delivered = segments(i.delivered, i.snd_mss) + (i.state >= TCP_ESTABLISHED);
	out->tcpi_dsack_dups = i.spurious;
	out->tcpi_busy_time = (uint64_t)(i.busy_for / NOD_US);
	out->tcpi_rwnd_limited = (uint64_t)(i.peer_limited_for / NOD_US);
	out->tcpi_sndbuf_limited = (uint64_t)(i.buffer_limited_for / NOD_US);
	out->tcpi_snd_wnd = i.snd_wnd;
	all->rcv_wnd = i.rcv_wnd;
	all->total_rto = (uint16_t)i.timeouts;
}

int nod_tcp_info(struct nod_stack *s, int fd, struct nod_tcp_info *out)
{
	struct sock *k = sock_of(s, fd);
	const struct sock_tcp *t = (const struct sock_tcp *)(void *)k;

	if (!k)
		return -EBADF;
	if (k->ops != &sock_tcp_ops)
		return -EOPNOTSUPP;
	*out = (struct nod_tcp_info){ .state = sock_tcp_listener(t) ? TCP_LISTEN : TCP_CLOSED };
	if (t->conn)
		tcp_info(t->conn, out);
	return 0;
}

/* What is a number and in no row; -ENOPROTOOPT: it is not there. */
static int get_special(const struct sock_tcp *t, int option, int *out)
{
	switch (option) {
	case TCP_QUICKACK:
		*out = !t->conn || tcp_is_quick(t->conn);
		return 0;
	case TCP_INQ:
		*out = t->tells_rest;
		return 0;
	case TCP_FASTOPEN:
		*out = t->opt->fast_open;
		return 0;
	case TCP_FASTOPEN_CONNECT:
		*out = t->fast_connect;
		return 0;
	case TCP_FASTOPEN_NO_COOKIE:
		*out = t->opt->fast_open_bare;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int give(const void *from, size_t n, void *value, socklen_t *len)
{
	*len = *len < n ? *len : (socklen_t)n;
	memcpy(value, from, *len);
	return 0;
}

int sock_tcp_get(struct sock *k, int level, int option, void *value, socklen_t *len)
{
	struct sock_tcp *t = (struct sock_tcp *)(void *)k;
	const struct row *r = find(option);
	struct info info;
	char name[NAME_MOST] = { 0 };
	int n;

	if (level != IPPROTO_TCP)
		return -ENOPROTOOPT;
	if (get_special(t, option, &n) == 0)
		return give(&n, sizeof(n), value, len);
	if (option == TCP_CONGESTION) {
		const struct tcp_cc_ops *cc = t->opt->cc ? t->opt->cc : tcp_cc_list[0];

		memcpy(name, cc->name, strlen(cc->name));
		return give(name, sizeof(name), value, len);
	}
	if (option == TCP_INFO) {
		info_get(t, &info);
		return give(&info, sizeof(info), value, len);
	}
	if (option == TCP_CC_INFO) { /* neither of ours has something to say */
		*len = 0;
		return 0;
	}
	if (!r)
		return -ENOPROTOOPT;
	n = get(t->opt, r);
	if (!n)
		n = r->unset;
	if (option == TCP_SYNCNT && !t->opt->syn_retries)
		n = k->stack->core.conf.tcp_syn_retries;
	if (option == TCP_MAXSEG && t->conn)
		n = (int)tcp_segment_size(t->conn);
	return give(&n, sizeof(n), value, len);
}
