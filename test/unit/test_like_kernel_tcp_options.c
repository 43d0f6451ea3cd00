/* SPDX-License-Identifier: ISC */
/* test_like_kernel_tcp_options.c - streams' options: what the kernel says, nod says */
#include "like_kernel_tcp.h"

/* ---- options ------------------------------------------------------------------------- */

static const struct {
	int level, option;
} all[] = { { IPPROTO_TCP, TCP_NODELAY }, { IPPROTO_TCP, TCP_MAXSEG },
	{ IPPROTO_TCP, TCP_CORK }, { IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL }, { IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_SYNCNT }, { IPPROTO_TCP, TCP_LINGER2 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT }, { IPPROTO_TCP, TCP_WINDOW_CLAMP },
	{ IPPROTO_TCP, TCP_QUICKACK }, { IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_TCP, TCP_FASTOPEN }, { IPPROTO_TCP, TCP_FASTOPEN_CONNECT },
	{ IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE }, { IPPROTO_TCP, TCP_NOTSENT_LOWAT },
	{ IPPROTO_TCP, TCP_INQ }, { IPPROTO_TCP, 99 }, { SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_OOBINLINE }, { SOL_SOCKET, SO_RCVLOWAT }, { SOL_SOCKET, SO_SNDLOWAT },
	{ SOL_SOCKET, SO_BROADCAST }, { SOL_SOCKET, SO_ACCEPTCONN }, { SOL_SOCKET, SO_TYPE },
	{ SOL_SOCKET, SO_ERROR }, { IPPROTO_IP, IP_TOS }, { IPPROTO_IP, IP_TTL },
	{ IPPROTO_IP, IP_MTU_DISCOVER }, { IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_TCLASS }, { IPPROTO_UDP, 103 } };

enum { OPTIONS = sizeof(all) / sizeof(all[0]) };

static void get_of_each_length(struct world *w, int s, int level, int option)
{
	for (socklen_t room = 0; room < 6; room++) {
		uint8_t value[8] = { 0 };
		socklen_t len = room;
		long r = CALL(w, getsockopt, s, level, option, value, &len);
		char buf[32];

		note(w, "get %d/%d, %u octets = %s: %u", level, option, room,
			error_name(r, buf), r < 0 ? 0 : len);
	}
}

static void options(struct world *w)
{
	static const int values[] = { 0, 1, 2, 87, 88, 127, 128, 255, 256, 536, 32767, 32768,
		65535, 65536, -1, -2, INT32_MAX, INT32_MIN };

	for (int f = 0; f < 2; f++) {
		for (unsigned i = 0; i < OPTIONS; i++) {
			int level = all[i].level, option = all[i].option;
			int s = stream(w, f);
			uint8_t octet = 1;
			char what[40];

			x_get(w, s, level, option);
			for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
				x_set(w, s, level, option, values[v]);
				x_get(w, s, level, option);
			}
			get_of_each_length(w, s, level, option);
			snprintf(what, sizeof(what), "one octet, %d/%d", level, option);
			x_set_raw(w, s, what, level, option, &octet, 1);
			x_get(w, s, level, option);
			snprintf(what, sizeof(what), "nothing, %d/%d", level, option);
			x_set_raw(w, s, what, level, option, &octet, 0);
			x_close(w, s);
		}
	}
}

/* Of a connection, of a listener, and what an accepted one has of it. */
static void options_of_each(struct world *w)
{
	for (unsigned i = 0; i < OPTIONS; i++) {
		int level = all[i].level, option = all[i].option;
		int l = listener(w, 0, own[0], 0, 5), c = stream(w, 0), a;

		x_set(w, l, level, option, 100);
		x_get(w, l, level, option);
		x_connect(w, c, own[0], 0);
		x_send(w, c, 1, 0);
		a = x_accept(w, l);
		if (option != TCP_MAXSEG || level != IPPROTO_TCP) {
			x_get(w, a, level, option);
			x_get(w, c, level, option);
		}
		x_set(w, c, level, option, 101);
		if (option != TCP_MAXSEG || level != IPPROTO_TCP)
			x_get(w, c, level, option);
		end(w);
	}
}

static void congestion(struct world *w)
{
	static const char *const names[] = { "reno", "cubic", "", "no-such", "cubic ",
		"a-name-that-is-longer-than-it-may" };
	int s[ENDS];

	pair(w, 0, 0, s);
	for (unsigned i = 0; i < 6; i++) {
		for (int k = 0; k < 2; k++) {
			int fd = s[k ? CLIENT : LISTENER];
			char name[20];
			socklen_t len = sizeof(name);
			long r;

			memset(name, '#', sizeof(name));
			x_set_raw(w, fd, names[i], IPPROTO_TCP, TCP_CONGESTION, names[i],
				(socklen_t)strlen(names[i]));
			r = CALL(w, getsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
			note(w, "%ld: %.15s, %u octets", r, name, len);
			len = 3;
			r = CALL(w, getsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
			note(w, "%ld: %.3s, %u octets", r, name, len);
		}
	}
	end(w);
}

static void buffers(struct world *w)
{
	static const int values[] = { 0, 1, 1000, 2304, 5000, 100000, 212992 };
	int s = stream(w, 0);

	for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		x_set(w, s, SOL_SOCKET, SO_RCVBUF, values[v]);
		x_get(w, s, SOL_SOCKET, SO_RCVBUF);
		x_set(w, s, SOL_SOCKET, SO_SNDBUF, values[v]);
		x_get(w, s, SOL_SOCKET, SO_SNDBUF);
	}
}

/* The state as `struct tcp_info` has it, and what is certain beside it. */
static void x_info(struct world *w, int s)
{
	struct tcp_info i = { 0 };
	socklen_t len = sizeof(i);
	long r;
	char buf[32];

	settle(w);
	r = CALL(w, getsockopt, s, IPPROTO_TCP, TCP_INFO, &i, &len);
	note(w, "info = %s: state %u ca %u retransmits %u backoff %u options %x",
		error_name(r, buf), i.tcpi_state, i.tcpi_ca_state, i.tcpi_retransmits,
		i.tcpi_backoff, i.tcpi_options & 7u);
	note(w, "unacked %u lost %u retrans %u", i.tcpi_unacked, i.tcpi_lost, i.tcpi_retrans);
}

static void info(struct world *w)
{
	int s[ENDS], f = stream(w, 0);

	x_info(w, f);
	x_connect(w, f, own[0], 5);
	x_info(w, f);
	pair(w, 0, 0, s);
	for (int i = 0; i < ENDS; i++)
		x_info(w, s[i]);
	x_shutdown(w, s[CLIENT], SHUT_WR);
	x_info(w, s[CLIENT]);
	x_info(w, s[SERVER]);
	x_shutdown(w, s[SERVER], SHUT_WR);
	x_info(w, s[CLIENT]);
	x_info(w, s[SERVER]);
	end(w);
}

/* ---- what is meant to differ --------------------------------------------------------- */

static const struct difference differences[] = {
	{ "options", "get 6/7 = 0: 6", "a SYN is tried for three minutes (RFC 9293 MUST-23)" },
	{ "options of each", "get 6/7 = 0: 6", "the same" },
	{ "options", "get 6/12 = 0: 0", "it is the connection's, and there is none yet" },
	{ "options", "get 1/18 = 0: 2147483647",
		"Linux: half of what net.ipv4.tcp_rmem allows" },
	{ "options", "get 6/23 = 0: 4096", "no somaxconn: 65,535 at most" },
	{ "options of each", "get 6/10 = 0: 65536", "0: it is not clamped" },
	{ "info", "info = 0: state 7", "what a SYN had offered is still told" },
	{ "info", "unacked 0", "the same" },
	{ "info", "info = 0: state 4", "a FIN is acknowledged at once" },
	{ "info", "unacked 1", "the same" },
};

static const struct scenario scenarios[] = {
	{ "options", options },
	{ "options of each", options_of_each },
	{ "congestion", congestion },
	{ "buffers", buffers },
	{ "info", info },
};

int main(void)
{
	return like_kernel(SOCK_STREAM, scenarios, sizeof(scenarios) / sizeof(scenarios[0]),
		differences, sizeof(differences) / sizeof(differences[0]));
}
