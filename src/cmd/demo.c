/* SPDX-License-Identifier: ISC */
/*
 * demo.c - `nod demo`: a conversation on nod's own stack, every packet told
 *
 * A server and two clients, three hosts of their own on one LAN, in simulated time, over cables
 * that lose what the rules say.  What happens is told as a ladder while it happens; the same seed
 * tells the same story to the octet.
 *
 * Neighbours: ladder.h (the telling), session/sim_net.h (the hosts and their time),
 * physical/impair.h (the loss).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../physical/impair.h"
#include "../presentation/impair_spec.h"
#include "../session/sim_net.h"
#include "../transport/packet_kind.h"
#include "ladder.h"

enum { O_SEED, O_IMPAIR, O_CAPTURE, O_QUIET };

enum { SERVER, ADA, BEN, HOSTS, LINES = 3, LINE_MOST = 8192, TURNS_MOST = 16, PORT = 8888 };

/* untranslated: as --impair takes it */
#define DEFAULT_FAULTS	"delay=10ms; drop 2nd data segment client>server"
#define DEFAULT_CAPTURE "nod-demo.pcapng"
#define THINKING	(400 * NOD_MS) /* before a client says the next line */

static const struct {
	const char *name, *address;
	nod_ns begins;
	struct text says[LINES];
	unsigned long_line; /* this one is so long that it takes several segments; 0 = none */
} cast[HOSTS] = {
	[SERVER] = { .name = "server", .address = "10.0.0.1" },
	[ADA] = { .name = "ada",
		.address = "10.0.0.2",
		.says = { TX("hello", "你好"), TX("can you hear me?", "听得见吗？"),
			TX("goodbye", "再见") } },
	[BEN] = { .name = "ben",
		.address = "10.0.0.3",
		.begins = 3 * NOD_S,
		.says = { TX("this is Ben, and I have a long story: ",
			"我是本，我有一个很长的故事：") },
		.long_line = 1 },
};

enum { STORY_OCTETS = 6000, SHOWN_MOST = 60 };

struct demo;

/* One end of a conversation. */
struct end {
	int fd; /* 0 = none */
	char in[LINE_MOST];
	size_t n_in;
};

struct actor {
	struct demo *demo;
	unsigned role;
	struct sim_host *host;
	struct nod_stack *stack;
	struct sim_item next;  /* a client: when it says the next */
	struct end end[HOSTS]; /* a client has one */
	int listener;
	unsigned n_said;
	bool is_connected, is_done;
};

struct turn { /* what was said, for the end */
	unsigned who;
	char text[96];
	size_t octets;
};

struct demo {
	struct ladder ladder;
	struct sim_net *net;
	struct actor actor[HOSTS];
	struct impair_conf faults;
	struct capture *capture;
	struct turn turn[TURNS_MOST];
	unsigned n_turns;
	uint64_t octets_said, octets_heard;
	uint64_t seed;
	const char *capture_path;
};

/* ---- what is told -------------------------------------------------------------------- */

static void tell(void *self, const struct nod_event *e)
{
	ladder_event(&((struct demo *)self)->ladder, e);
}

static void heard(struct demo *d, unsigned who, const char *line, size_t len)
{
	struct turn *t;

	if (d->n_turns == TURNS_MOST)
		return;
	t = &d->turn[d->n_turns++];
	t->who = who;
	t->octets = len;
	/* of a story only the beginning, which ends with a whole character in either language */
	snprintf(t->text, sizeof(t->text), "%.*s", (int)(len < SHOWN_MOST ? len : SHOWN_MOST),
		line);
}

/* ---- the clients' and the server's part ---------------------------------------------- */

static void say(struct actor *a, int fd, const char *text, size_t len)
{
	ssize_t done = nod_send(a->stack, fd, text, len, 0);

	if (done > 0)
		a->demo->octets_said += (uint64_t)done;
}

static void say_line(struct actor *a)
{
	char line[LINE_MOST];
	size_t len = (size_t)snprintf(
		line, sizeof(line), "%s", text_of(cast[a->role].says[a->n_said]));

	if (cast[a->role].long_line == a->n_said + 1)
		for (; len < STORY_OCTETS; len++)
			line[len] = (char)('a' + len % 26);
	line[len++] = '\n';
	a->n_said++;
	say(a, a->end[0].fd, line, len);
}

/* A client's time has come: it begins, goes on, or goes. */
static void client_due(struct sim_item *item, nod_ns now)
{
	struct actor *a = (struct actor *)((char *)item - offsetof(struct actor, next));
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	(void)now;
	sim_host_touch(a->host);
	if (!a->end[0].fd) {
		inet_pton(AF_INET, cast[SERVER].address, &to.sin_addr);
		a->end[0].fd = nod_socket(a->stack, AF_INET, SOCK_STREAM, 0);
		nod_connect(a->stack, a->end[0].fd, (struct sockaddr *)&to, sizeof(to));
	} else if (a->n_said < LINES && cast[a->role].says[a->n_said].en) {
		say_line(a);
	} else if (!a->is_done) {
		a->is_done = true;
		nod_shutdown(a->stack, a->end[0].fd, SHUT_WR);
	}
}

static unsigned role_of(struct nod_stack *s, int fd)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	char text[INET_ADDRSTRLEN];

	if (nod_getpeername(s, fd, (struct sockaddr *)&peer, &len) == 0)
		inet_ntop(AF_INET, &peer.sin_addr, text, sizeof(text));
	else
		text[0] = '\0';
	for (unsigned i = 0; i < HOSTS; i++)
		if (strcmp(text, cast[i].address) == 0)
			return i;
	return SERVER;
}

/* A whole line has come from @who. */
static void line_in(struct actor *a, struct end *e, unsigned who, const char *line, size_t len)
{
	const char *answer = T("I heard you\n", "来,确认下眼神\n");

	heard(a->demo, who, line, len);
	if (a->role == SERVER)
		say(a, e->fd, answer, strlen(answer));
	else
		sim_net_at(a->demo->net, &a->next, sim_net_now(a->demo->net) + THINKING);
}

/* Everything that has come for @e.  Whether there may be more later. */
static bool read_end(struct actor *a, struct end *e, unsigned who)
{
	for (;;) {
		ssize_t n =
			nod_recv(a->stack, e->fd, e->in + e->n_in, sizeof(e->in) - e->n_in, 0);
		char *end;

		if (n == -EAGAIN)
			return true;
		if (n <= 0)
			return false;
		a->demo->octets_heard += (uint64_t)n;
		e->n_in += (size_t)n;
		while ((end = memchr(e->in, '\n', e->n_in))) {
			size_t len = (size_t)(end - e->in);

			line_in(a, e, who, e->in, len);
			e->n_in -= len + 1;
			memmove(e->in, end + 1, e->n_in);
		}
	}
}

static void end_over(struct actor *a, struct end *e)
{
	nod_close(a->stack, e->fd);
	e->fd = a->role == SERVER ? 0 : -1;
}

static void server_ready(struct actor *a)
{
	int fd;

	while ((fd = nod_accept(a->stack, a->listener, NULL, NULL)) >= 0) {
		struct end *e = &a->end[role_of(a->stack, fd)];

		*e = (struct end){ .fd = fd };
	}
	for (unsigned who = 0; who < HOSTS; who++)
		if (a->end[who].fd > 0 && !read_end(a, &a->end[who], who))
			end_over(a, &a->end[who]);
}

static void ready(void *self, struct sim_host *h, const struct nod_socket_event *ev, unsigned n)
{
	struct actor *a = sim_host_user(h);

	(void)self;
	if (a->role == SERVER) {
		server_ready(a);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (ev[i].socket != a->end[0].fd)
			continue;
		if (!a->is_connected && ev[i].bits & NOD_WRITABLE) {
			a->is_connected = true;
			sim_net_at(a->demo->net, &a->next, sim_net_now(a->demo->net));
		}
		if (!read_end(a, &a->end[0], SERVER))
			end_over(a, &a->end[0]);
	}
}

/* ---- the stage ----------------------------------------------------------------------- */

static struct device *wrap(
	void *self, struct sim_host *h, unsigned interface, struct device *inner)
{
	struct demo *d = self;
	const struct actor *a = sim_host_user(h);
	struct impair_conf c = d->faults;
	struct device *out;

	c.seed = d->seed + a->role;
	c.sink = (struct nod_event_sink){ tell, d };
	c.interface = (uint16_t)interface;
	c.capture = d->capture;
	if (a->role == SERVER) /* the loss is at the clients' ends */
		return inner;
	if (capture_add_interface(d->capture, cast[a->role].name, NULL, &c.capture_id) < 0 ||
		impair_device(inner, &c, sim_net_now(d->net), &out) < 0)
		return NULL;
	return out;
}

static bool stage_one(struct demo *d, struct sim_lan *lan, unsigned role)
{
	struct nod_conf conf = {
		.name = cast[role].name, .sink = { tell, d }, .no_ipv6 = true
	};
	struct nod_interface_conf interface = { .mac = { 2, 0, 0, 0, 0, (uint8_t)(role + 1) } };
	const struct wire_conf wire = { .mtu = 1500 };
	struct actor *a = &d->actor[role];
	struct nod_prefix prefix = { .len = 24 };
	struct nod_addr addr;
	int index;

	memcpy(conf.seed, &d->seed, sizeof(d->seed));
	conf.seed[31] = (uint8_t)role;
	a->demo = d;
	a->role = role;
	if (nod_stack_new(&conf, 0, &a->stack) < 0)
		return false;
	a->host = sim_host_add(d->net, a->stack, a);
	index = a->host ? nod_interface_add(a->stack, &interface) : -1;
	if (index < 0 || nod_addr_parse(&addr, cast[role].address) < 0)
		return false;
	prefix.addr = addr;
	ladder_name(&d->ladder, &addr, cast[role].name);
	if (nod_address_add(a->stack, (unsigned)index, &prefix, NOD_ADDRESS_AT_ONCE) < 0 ||
		sim_plug(a->host, (unsigned)index, lan, &wire, wrap, d) < 0)
		return false;
	if (role == SERVER) {
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };

		a->listener = nod_socket(a->stack, AF_INET, SOCK_STREAM, 0);
		return nod_bind(a->stack, a->listener, (struct sockaddr *)&at, sizeof(at)) ==
			0 &&
			nod_listen(a->stack, a->listener, 8) == 0;
	}
	a->next.due = client_due;
	sim_net_at(d->net, &a->next, cast[role].begins + 1);
	return true;
}

static bool stage(struct demo *d)
{
	const struct sim_net_conf conf = { .ready = ready, .self = d };
	uint8_t seed[32] = { 0 };
	struct sim_lan *lan;

	memcpy(seed, &d->seed, sizeof(d->seed));
	d->net = sim_net_new(&conf);
	lan = d->net ? sim_lan_add(d->net, NULL, seed) : NULL;
	if (!lan || sim_net_expect(d->net, HOSTS) < 0)
		return false;
	for (unsigned role = 0; role < HOSTS; role++)
		if (!stage_one(d, lan, role))
			return false;
	return true;
}

static void prologue(const struct demo *d, const char *spec)
{
	printf(T("A server and two clients, three hosts on nod's own TCP/IP stack; seed %llu; the "
		 "clients' cables: %s\n"
		 "Numbers are relative to each side's first.  time in s  -> what was sent, and why\n\n",
		       "一台服务器与两个客户端，三台主机都运行 nod 自己的 TCP/IP 协议栈；种子 %llu；"
		       "客户端的线路：%s\n序号相对于各方的初始序号。时间（秒）-> 发出了什么，为什么\n\n"),
		(unsigned long long)d->seed, spec);
}

static void epilogue(const struct demo *d)
{
	putchar('\n');
	puts(T("What was said:", "说了什么："));
	for (unsigned i = 0; i < d->n_turns; i++) {
		const struct turn *t = &d->turn[i];

		printf("  %-7s %s", cast[t->who].name, t->text);
		if (t->octets > SHOWN_MOST)
			printf(T("... (%zu octets)", "……（%zu 字节）"), t->octets);
		putchar('\n');
	}
	printf(T("%llu octets said, %llu heard: %s.  %llu packets; %llu lost on the wire, %llu sent "
		 "again.\n",
		       "说出 %llu 字节，听到 %llu 字节：%s。共 %llu 个包；线路上丢失 %llu 个，重传 %llu 个。\n"),
		(unsigned long long)d->octets_said, (unsigned long long)d->octets_heard,
		d->octets_said == d->octets_heard ?
			T("nothing lost, doubled or disordered", "不丢、不重、不乱") :
			T("NOT the same", "两者不同"),
		(unsigned long long)d->ladder.n_packets, (unsigned long long)d->ladder.n_lost,
		(unsigned long long)d->ladder.n_again);
	printf(T("The capture: %s (Wireshark and tshark read it)\n",
		       "抓包文件：%s（可用 Wireshark、tshark 打开）\n"),
		d->capture_path);
}

/* ---- the command --------------------------------------------------------------------- */

static int read_faults(struct invocation *in, struct demo *d, const char *spec)
{
	static const struct impair_names names = { "client", "server" };
	struct impair_error e;
	char why[256];

	d->faults.packets = &packet_kinds;
	if (impair_spec_parse(&d->faults, &names, spec, &e) == 0)
		return EXIT_DONE;
	impair_spec_explain(&e, why, sizeof(why));
	return bad_use(in, "--impair: %s", why); /* untranslated: why is */
}

static int play(struct invocation *in, struct demo *d, const char *spec)
{
	int err = capture_open(d->capture_path, NULL, &d->capture), closed;

	if (err < 0)
		return failed(in, "%s: %s", d->capture_path, strerror(-err));
	prologue(d, spec);
	err = stage(d) ? sim_net_run(d->net, NOD_FOREVER) : -ENOMEM;
	if (d->net)
		sim_net_free(d->net);
	closed = capture_close(d->capture);
	if (err < 0)
		return failed(in, T("the stage fell down: %s", "演示失败：%s"), strerror(-err));
	epilogue(d);
	if (closed < 0)
		return failed(in, "%s: %s", d->capture_path, strerror(-closed));
	return d->octets_said == d->octets_heard ? EXIT_DONE : EXIT_FAILED;
}

static int run(struct invocation *in)
{
	struct demo *d = calloc(1, sizeof(*d));
	const char *spec = DEFAULT_FAULTS;
	int status = EXIT_DONE;

	if (!d)
		return failed(in, T("out of memory", "内存不足"));
	d->seed = 1;
	d->capture_path = DEFAULT_CAPTURE;
	d->ladder.to = stdout;
	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		switch (o) {
		case OPTIONS_STOP:
			status = in->status;
			goto out_free;
		case OPTIONS_WORD:
			status = bad_use(in, T("\"%s\" is not expected", "多余的参数 \"%s\""),
				in->value);
			goto out_free;
		case O_SEED:
			if (!option_uint(in, 0, UINT64_MAX, &d->seed)) {
				status = EXIT_BAD_USE;
				goto out_free;
			}
			break;
		case O_IMPAIR:
			spec = in->value;
			break;
		case O_CAPTURE:
			d->capture_path = in->value;
			break;
		case O_QUIET:
			d->ladder.to = NULL;
			break;
		default:
			break;
		}
	}
	status = read_faults(in, d, spec);
	if (status == EXIT_DONE)
		status = play(in, d, spec);
out_free:
	free(d);
	return status;
}

static const struct option_spec options[] = {
	[O_SEED] = { "seed", 0, "N",
		TX("another story with other chances (1)", "换一个随机种子（1）"),
		OPTION_PLAIN },
	[O_IMPAIR] = { "impair", 0, "SPEC",
		TX("what the clients' cables do to packets; see nod-impair(7)",
			"客户端线路对包的损害；见 nod-impair(7)"),
		OPTION_PLAIN },
	[O_CAPTURE] = { "capture", 'w', "FILE",
		TX("where the packets are written down (nod-demo.pcapng)",
			"抓包写入的文件（nod-demo.pcapng）"),
		OPTION_PLAIN },
	[O_QUIET] = { "quiet", 'q', NULL,
		TX("only what was said, and the sum", "只显示对话与总结"), OPTION_PLAIN },
};

const struct command cmd_demo = {
	.name = "demo",
	.usage = "[OPTIONS]",
	.summary = TX("watch a conversation over TCP: handshake, loss, repair, close",
		"观看一次 TCP 对话：握手、丢包、修复、关闭"),
	.details = TX(
		"Takes no network and no time: three hosts of nod's own, on simulated time.\n"
		"\n"
		"  nod demo\n"
		"  nod demo --impair 'delay=50ms,loss=10%' --seed 7\n"
		"  nod demo --impair 'delay=10ms; drop 1st syn client>server'\n",
		"不用网络，也不花时间：三台 nod 自己的主机，运行在模拟时间里。\n"
		"\n"
		"  nod demo\n"
		"  nod demo --impair 'delay=50ms,loss=10%' --seed 7\n"
		"  nod demo --impair 'delay=10ms; drop 1st syn client>server'\n"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.run = run,
};
