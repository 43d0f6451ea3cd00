/* SPDX-License-Identifier: ISC */
/*
 * sim_tcp.c - simulated stations call each other by TCP: bulk, questions, many short calls, halves
 * that are closed, slow readers, calls that are broken off
 *
 * Each direction of a call is a stream that is judged as it comes.  A call ends in order or with an
 * error; where nothing in the world excuses an error, it has to be whole.  Who is left alone finds
 * out by keep-alive.
 *
 * Neighbours: sim.h, session/sim_stream.h; transport/tcp.h (tcp_check()).
 */
#include <errno.h>
#include <linux/tcp.h>
#include <string.h>

#include "../session/stack.h"
#include "../transport/tcp.h"
#include "sim.h"

enum { CALLS_AT_A_TIME = 6 /* that a station has begun */ };

struct end {
	struct mouth *m; /* NULL: not there yet, or any more */
	nod_ns read_at, nap; /* not before; how long it sleeps between two reads, at the most */
	uint32_t bite;	 /* octets of one read, at the most */
};

struct call {
	struct task task; /* when an end does something of itself */
	struct call *next;
	struct end end[2]; /* the caller, the called */
	struct sim_stream way[2]; /* by who sends */
	struct nod_addr from;
	uint16_t from_port;
	struct caller *caller;
	nod_ns break_at; /* NOD_FOREVER: not on purpose */
	bool is_asking;	 /* questions, and answers of the same size */
	bool is_urgent, is_small, was_answered, was_broken, is_over, is_excused;
};

struct caller {
	struct task task;
	unsigned n_calls; /* that are not over */
};

/* ---- what is wrong ------------------------------------------------------------------- */

static void check_books(struct station *st)
{
	const char *wrong = tcp_check(st->stack->tcp);

	if (wrong)
		world_fails(st->world,
			T("%s: TCP's books are wrong: %s", "%s：TCP 的账目有误：%s"), st->name,
			wrong);
}

/*
 * Whether cables alone may have done that: the checksum misses some changes of two bits and more
 * (RFC 1071), which one cable makes, or two of them on one way.
 */
static bool is_excusable(const struct world *w, const struct sim_stream *s)
{
	enum { FEW = 8, RARE = 50 }; /* header and all: of so many damaged frames one */
	uint64_t n = w->fault[NOD_EV_FAULT_CORRUPT];

	return w->bits_flipped > 1 || (s->bits_wrong <= FEW && n > 1) ||
		w->calls_spoilt * RARE < n;
}

static void judge(struct call *c, const struct sim_stream *s, enum sim_stream_verdict v)
{
	static const struct text text[] = {
		[SIM_STREAM_ALTERED] = TX("other octets came than were sent", "收到的字节与发送的不同"),
		[SIM_STREAM_AHEAD] = TX("more came than was sent", "收到的比发送的多"),
		[SIM_STREAM_SHORT] = TX("the end came before all that was sent",
			"还没收完已发送的内容就到了结尾"),
	};
	struct world *w = c->task.world;

	if (v == SIM_STREAM_GOOD)
		return;
	if (is_excusable(w, s)) {
		w->calls_spoilt++;
		c->break_at = now_of(w);
		sim_net_at(w->net, &c->task.item, c->break_at);
		return;
	}
	world_fails(w, T("a TCP connection of %s, port %u: %s", "%s 的 TCP 连接，端口 %u：%s"),
		c->task.station->name, c->from_port, text_of(text[v]));
}

/* An error is a true one when something in the world may have made it. */
static void judge_end(struct call *c)
{
	struct world *w = c->task.world;
	bool is_whole = sim_stream_is_whole(&c->way[0]) && sim_stream_is_whole(&c->way[1]);

	if (c->was_broken)
		w->calls_broken++;
	else if (is_whole)
		w->calls_whole++;
	else
		w->calls_failed++;
	w->stream_octets += c->way[0].received + c->way[1].received;
	if (!is_whole && !c->was_broken && !c->is_excused)
		world_fails(w,
			T("a TCP connection of %s, port %u, is not whole, and nothing disturbed it: "
			  "errors %d %d %d %d",
				"%s 的 TCP 连接（端口 %u）不完整，而没有任何干扰：错误 %d %d %d %d"),
			c->task.station->name, c->from_port, c->way[0].error_out,
			c->way[0].error_in, c->way[1].error_out, c->way[1].error_in);
}

/* ---- an end of a call ---------------------------------------------------------------- */

static void write_some(struct call *c, unsigned side)
{
	struct sim_stream *own = &c->way[side], *other = &c->way[!side];
	struct mouth *m = c->end[side].m;
	struct world *w = c->task.world;
	uint64_t most = SIM_STREAM_PIECE;
	int flags;

	do {
		if (c->is_asking && side == 1)
			most = other->received - own->sent;
		if (c->is_asking && side == 0 && own->sent > other->received)
			return;
		flags = c->is_urgent && chance(w, 20) ? MSG_OOB : chance(w, 5) ? MSG_MORE : 0;
	} while (most &&
		sim_stream_write(own, m->station->stack, m->fd,
			1 + draw(w, most < SIM_STREAM_PIECE ? (uint32_t)most : SIM_STREAM_PIECE),
			flags));
	if (own->sent == own->to_send &&
		nod_socket_ready(m->station->stack, m->fd) & NOD_WRITABLE)
		sim_stream_shut(own, m->station->stack, m->fd);
}

static void read_some(struct call *c, unsigned side)
{
	struct world *w = c->task.world;
	struct end *e = &c->end[side];
	size_t n;

	do {
		judge(c, &c->way[!side],
			sim_stream_read(&c->way[!side], &c->way[side], e->m->station->stack,
				e->m->fd, 1 + draw(w, e->bite), &n));
		if (n && e->nap && now_of(w) < w->talk_until) {
			e->read_at = now_of(w) + some_time(w, e->nap);
			sim_net_at(w->net, &c->task.item, e->read_at);
			return;
		}
	} while (n);
}

static void hang_up(struct call *c, unsigned side)
{
	struct end *e = &c->end[side];

	if (e->m)
		mouth_close(e->m);
	e->m = NULL;
	if (c->is_over || c->end[0].m || c->end[1].m)
		return;
	c->is_over = true;
	c->caller->n_calls--;
	c->task.world->calls_left--;
	judge_end(c);
}

static void drive(struct call *c, unsigned side)
{
	struct end *e = &c->end[side];

	if (!e->m)
		return;
	if (now_of(c->task.world) >= e->read_at)
		read_some(c, side);
	write_some(c, side); /* an answer, perhaps */
	check_books(e->m->station);
	if (sim_stream_is_over(&c->way[!side]) &&
		(c->way[side].is_shut || c->way[side].error_out || c->way[!side].error_in))
		hang_up(c, side);
}

static void hear_call(struct mouth *m)
{
	drive(m->call, m == m->call->end[1].m);
}

static void break_off(struct call *c)
{
	struct linger hard = { .l_onoff = 1 };
	unsigned side = draw(c->task.world, 2);
	struct mouth *m = c->end[side].m ? c->end[side].m : c->end[side = !side].m;

	c->break_at = NOD_FOREVER;
	if (!m)
		return;
	c->was_broken = true;
	nod_setsockopt(m->station->stack, m->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	hang_up(c, side);
}

static void touch_ends(const struct call *c)
{
	for (unsigned side = 0; side < 2; side++)
		if (c->end[side].m)
			sim_host_touch(c->end[side].m->station->host);
}

static void call_due(struct task *t, nod_ns now)
{
	struct call *c = (struct call *)t;

	touch_ends(c);
	if (now >= c->break_at)
		break_off(c);
	drive(c, 0);
	drive(c, 1);
	if (!c->is_over && c->break_at != NOD_FOREVER)
		sim_net_at(t->world->net, &t->item, c->break_at);
}

static void take_mouth(struct call *c, unsigned side, struct mouth *m)
{
	c->end[side].m = m;
	m->call = c;
	m->read = hear_call;
	mouth_option(m, SOL_SOCKET, SO_KEEPALIVE, 1);
	mouth_option(m, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	mouth_option(m, IPPROTO_TCP, TCP_KEEPINTVL, 20);
}

/* ---- who is called ------------------------------------------------------------------- */

/* The call that the peer of @m has begun and that nobody has taken yet; NULL: it is over. */
static struct call *call_of(const struct mouth *m)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	struct nod_addr from;
	uint16_t port;

	if (nod_getpeername(m->station->stack, m->fd, (struct sockaddr *)&at, &len) < 0)
		return NULL;
	from = address_of_socket(&at, &port);
	for (struct call *c = m->station->world->calls; c; c = c->next)
		if (!c->is_over && c->end[0].m && !c->end[1].m && !c->was_answered &&
			c->from_port == port && c->from.family == from.family &&
			memcmp(c->from.octet, from.octet, sizeof(from.octet)) == 0)
			return c;
	return NULL;
}

static void answer(struct mouth *listener)
{
	struct station *st = listener->station;
	int fd;

	while ((fd = nod_accept(st->stack, listener->fd, NULL, NULL)) >= 0) {
		struct mouth *m = mouth_take(st, fd, listener->domain);
		struct call *c = m ? call_of(m) : NULL;

		if (!m) { /* its hands are full */
			nod_close(st->stack, fd);
		} else if (!c) { /* whoever it was has given up */
			mouth_close(m);
		} else {
			c->was_answered = true;
			take_mouth(c, 1, m);
			drive(c, 1);
		}
	}
}

static bool listen_for_calls(struct station *st)
{
	int domain = st->has_v6 ? AF_INET6 : AF_INET;
	const struct nod_addr any = { .family = st->has_v6 ? NOD_IPV6 : NOD_IPV4 };
	struct mouth *m = mouth_new(st, domain, SOCK_STREAM, 0, 0);
	struct sockaddr_storage at;
	socklen_t len = address_to_socket(domain, &any, PORT_CALLS, &at);

	if (!m)
		return false;
	m->read = answer;
	return nod_bind(st->stack, m->fd, (struct sockaddr *)&at, len) == 0 &&
		nod_listen(st->stack, m->fd, 64) == 0;
}

/* ---- who calls ----------------------------------------------------------------------- */

static unsigned some_kind(struct world *w)
{
	unsigned kind;

	do
		kind = (unsigned)DO_BULK << draw(w, TCP_KINDS);
	while (!(w->does & kind));
	return kind;
}

static void draw_call(struct world *w, struct call *c, unsigned kind)
{
	uint32_t most = kind == DO_SHORT ? 2000 : kind == DO_ASK ? 20000 : 300000;

	for (unsigned side = 0; side < 2; side++) {
		c->way[side].key = prng_u64(&w->chance);
		c->way[side].to_send = draw(w, most);
		c->end[side].bite = SIM_STREAM_PIECE;
	}
	c->break_at = NOD_FOREVER;
	c->is_urgent = chance(w, 10);
	if (kind == DO_ASK) {
		c->is_asking = true;
		c->way[1].to_send = c->way[0].to_send;
	} else if (kind == DO_HALF) {
		c->way[draw(w, 2)].to_send = 0;
	} else if (kind == DO_RESET) {
		c->break_at = now_of(w) + some_time(w, NOD_S);
	} else if (kind == DO_SLOW) {
		c->end[draw(w, 2)].nap = chance(w, 50) ? NOD_S / 10 : 10 * NOD_S;
		c->end[draw(w, 2)].bite = 1 + draw(w, 5000);
		c->is_small = chance(w, 50);
	}
}

static bool is_link_local(const struct nod_addr *a)
{
	return a->family == NOD_IPV6 && a->octet[0] == 0xfe;
}

/* Whether an error needs no other reason. */
static bool is_excused(const struct world *w, const struct station *a, const struct station *b)
{
	bool has_faults = w->draws_faults || (w->conf.impair && !wire_spec_is_none(w->conf.impair));

	return has_faults || a->is_poor || b->is_poor ||
		w->does & (DO_CHURN | DO_DHCP | DO_SLAAC);
}

static bool begin_connect(struct call *c, struct mouth *m, const struct nod_addr *to)
{
	struct sockaddr_storage at;
	socklen_t len = address_to_socket(m->domain, to, PORT_CALLS, &at);
	int err = nod_connect(m->station->stack, m->fd, (struct sockaddr *)&at, len);

	if (err < 0 && err != -EINPROGRESS)
		return false;
	len = sizeof(at);
	nod_getsockname(m->station->stack, m->fd, (struct sockaddr *)&at, &len);
	c->from = address_of_socket(&at, &c->from_port);
	return true;
}

static void call_somebody(struct caller *caller)
{
	struct world *w = caller->task.world;
	struct station *st = caller->task.station, *to = some_station(w);
	bool is_six = st->has_v6 && (!st->has_v4 || chance(w, 50));
	struct nod_addr a;
	struct mouth *m;
	struct call *c;

	if (!some_address(w, st, to, is_six ? NOD_IPV6 : NOD_IPV4, &a))
		return;
	m = mouth_new(st, is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0, 0);
	c = m ? task_new(w, st, sizeof(*c), call_due, NOD_FOREVER) : NULL;
	if (!c) {
		if (m)
			mouth_close(m);
		return;
	}
	draw_call(w, c, some_kind(w));
	c->caller = caller;
	c->is_over = true;
	if (c->is_small)
		mouth_option(m, SOL_SOCKET, SO_RCVBUF, 1 + (int)draw(w, 20000));
	if (!begin_connect(c, m, &a)) { /* no way there, at present */
		mouth_close(m);
		return;
	}
	c->is_over = false;
	/* while it has no other address than a link-local one, no router takes it any further */
	c->is_excused = is_excused(w, st, to) || (is_link_local(&c->from) && !is_link_local(&a));
	take_mouth(c, 0, m);
	c->next = w->calls;
	w->calls = c;
	w->n_calls++;
	w->calls_left++;
	caller->n_calls++;
	if (c->break_at != NOD_FOREVER)
		sim_net_at(w->net, &c->task.item, c->break_at);
}

static void call_again(struct task *task, nod_ns now)
{
	struct caller *caller = (struct caller *)task;
	struct world *w = task->world;
	unsigned n = w->does & DO_SHORT ? 1 + draw(w, 4) : 1;

	while (n-- && caller->n_calls < CALLS_AT_A_TIME)
		call_somebody(caller);
	task_again(task, now + some_time(w, w->does & DO_SHORT ? NOD_S : 4 * NOD_S));
}

bool begin_calls(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++)
		if (!listen_for_calls(&w->station[s]))
			return false;
	for (unsigned s = 0; s < w->n_stations; s++)
		if (!task_new(w, &w->station[s], sizeof(struct caller), call_again,
			    w->start + some_time(w, 4 * NOD_S)))
			return false;
	return true;
}

/* ---- at the end ---------------------------------------------------------------------- */

void check_calls(struct world *w)
{
	for (unsigned s = 0; s < w->n_stations; s++)
		check_books(&w->station[s]);
}

void end_calls(struct world *w)
{
	for (struct call *c = w->calls; c; c = c->next) {
		if (c->is_over)
			continue;
		if (c->is_excused) { /* it gets on, on a bad way: tcp_check() sees that */
			touch_ends(c);
			break_off(c);
			break_off(c);
		} else {
			world_fails(w,
				T("a TCP connection of %s, port %u, is stuck: %ju of %ju and %ju of "
				  "%ju octets",
					"%s 的 TCP 连接（端口 %u）卡住了：%ju / %ju 与 %ju / %ju 字节"),
				c->task.station->name, c->from_port, c->way[0].received,
				c->way[0].to_send, c->way[1].received, c->way[1].to_send);
		}
	}
}
