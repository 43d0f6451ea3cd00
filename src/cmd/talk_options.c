/* SPDX-License-Identifier: ISC */
/*
 * talk_options.c - what `nod talk` takes, and what of it does not go together
 *
 * Neighbours: talk.c (does it), talk.h (struct request).
 */
#include "talk.h"

#include <errno.h>
#include <string.h>

#include "../presentation/units.h"
#include "../session/service.h"

#define DEFAULT_DELAY (1 * NOD_S)

enum {
	IPV4_ONLY,
	IPV6_ONLY,
	UDP,
	NET,
	TRACE,
	IMPAIR,
	CAPTURE,
	SOURCE,
	TIMEOUT,
	RETRY,
	DELAY,
	WAIT,
	RAW,
	NO_NEWLINE,
	BROADCAST,
	MULTICAST,
	TTL,
	INTERFACE,
	LOOP,
	VERBOSE,
	N_OPTIONS
};

static const struct option_spec options[N_OPTIONS] = {
	[IPV4_ONLY] = { "ipv4", '4', NULL, TX("IPv4 only", "只用 IPv4"), 0 },
	[IPV6_ONLY] = { "ipv6", '6', NULL, TX("IPv6 only", "只用 IPv6"), 0 },
	[UDP] = { "udp", 'u', NULL,
		TX("datagrams instead of a connection", "用 UDP 数据报代替连接"), 0 },
	[NET] = NET_OPTION,
	[TRACE] = TRACE_OPTION,
	[IMPAIR] = IMPAIR_OPTION,
	[CAPTURE] = CAPTURE_OPTION,
	[SOURCE] = { "source", 0, "ADDR[:PORT]",
		TX("talk from this address and port", "使用这个本机地址和端口"), 0 },
	[TIMEOUT] = { "timeout", 0, "TIME",
		TX("give up connecting after so long (10s; 0: never)",
			"连接的时限（默认 10s；0 表示不限）"),
		0 },
	[RETRY] = { "retry", 0, "N",
		TX("try N times more when it cannot be connected", "连不上时再试 N 次"), 0 },
	[DELAY] = { "delay", 0, "TIME",
		TX("wait so long before each retry (1s)", "每次重试前等待的时间（默认 1s）"),
		0 },
	[WAIT] = { "wait", 0, "TIME",
		TX("after the input has ended, wait so long for the peer",
			"输入结束后等待对方的时限"),
		0 },
	[RAW] = { "raw", 0, NULL,
		TX("octets as they are, both ways, as nc", "双向逐字节直通，与 nc 相同"), 0 },
	[NO_NEWLINE] = { "no-newline", 0, NULL,
		TX("send messages without a newline, as the notes' client",
			"发送的消息不带换行，与讲义中的客户端相同"),
		0 },
	[BROADCAST] = { "broadcast", 0, NULL,
		TX("UDP to everybody on a network: HOST is its broadcast address",
			"UDP 广播：HOST 为广播地址"),
		0 },
	[MULTICAST] = { "multicast", 0, "GROUP",
		TX("UDP to a group and from it, instead of a HOST",
			"UDP 组播：与一个组对话，代替 HOST"),
		0 },
	[TTL] = { "ttl", 0, "N",
		TX("with --multicast: cross N networks at the most (1)",
			"与 --multicast 合用：最多经过 N 个网络（默认 1）"),
		0 },
	[INTERFACE] = { "interface", 0, "IF",
		TX("with --multicast: on this interface", "与 --multicast 合用：指定网络接口"),
		0 },
	[LOOP] = { "loop", 0, NULL,
		TX("with --multicast: this machine hears it too",
			"与 --multicast 合用：本机也能收到"),
		0 },
	[VERBOSE] = { "verbose", 'v', NULL,
		TX("tell what happens: names, addresses tried, how it was closed",
			"说明经过：域名解析、尝试的地址、如何关闭"),
		0 },
};

/* What is said but not yet understood. */
struct said {
	const char *word[2], *source, *interface, *group;
	unsigned n_words;
	bool has_ttl, loops, v4, v6;
};

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static bool read_port(struct invocation *in, const char *text, bool is_datagram, uint16_t *out)
{
	const struct nod_servent *s;
	uint64_t n;
	int err = parse_uint(text, 1, UINT16_MAX, &n);

	if (err == 0) {
		*out = (uint16_t)n;
		return true;
	}
	s = err == -EINVAL ? nod_getservbyname(text, is_datagram ? "udp" : "tcp") : NULL;
	if (s) {
		*out = s->port;
		return true;
	}
	bad_use(in,
		T("bad port \"%s\": a number from 1 to 65535, or a service's name such as http",
			"端口不对 \"%s\": 应为 1 到 65535 的数，或 http 这样的服务名"),
		text);
	return false;
}

static bool copy_host(struct invocation *in, struct request *q, const char *text, size_t len)
{
	if (len >= sizeof(q->host)) {
		bad_use(in,
			T("the name is too long: 253 octets at the most",
				"名字太长: 最多 253 字节"));
		return false;
	}
	memcpy(q->host, text, len);
	q->host[len] = 0;
	return true;
}

/* Split "HOST", "HOST:PORT", "[IPV6]", "[IPV6]:PORT" or an IPv6 address; *@port "" when none. */
static bool split(const char *word, size_t *start, size_t *len, const char **port)
{
	const char *colon = strchr(word, ':');

	*start = 0;
	*len = strlen(word);
	*port = "";
	if (word[0] == '[') {
		const char *end = strchr(word, ']');

		if (!end || (end[1] && end[1] != ':') || (end[1] == ':' && !end[2]))
			return false;
		*start = 1;
		*len = (size_t)(end - word) - 1;
		*port = end[1] ? end + 2 : "";
		return *len > 0;
	}
	if (!colon || strchr(colon + 1, ':'))
		return *len > 0;
	*len = (size_t)(colon - word);
	*port = colon + 1;
	return **port != 0;
}

static bool read_unix(struct invocation *in, struct request *q, const struct said *s)
{
	struct nod_endpoint e;
	const char *path = s->word[0];
	int err = nod_endpoint_parse(&e, path);

	if (err == -ENAMETOOLONG)
		bad_use(in,
			T("the path is too long for a Unix socket: 107 octets at the most",
				"Unix 套接字的路径太长: 最多 107 字节"));
	else if (err < 0)
		bad_use(in,
			T("a Unix socket needs a path: unix:/run/my.sock",
				"Unix 套接字需要路径: unix:/run/my.sock"));
	else if (s->n_words > 1)
		bad_use(in, T("a Unix socket has no port", "Unix 套接字没有端口"));
	else if (!net_is_kernel(&q->plan))
		bad_use(in,
			T("Unix sockets are the kernel's; leave --net out",
				"Unix 套接字属于内核；请去掉 --net"));
	else if (q->conf.type == NOD_DATAGRAM || s->source || s->v4 || s->v6)
		bad_use(in,
			T("-u, -4, -6 and --source are not for a Unix socket",
				"-u、-4、-6、--source 不适用于 Unix 套接字"));
	else
		return copy_host(in, q, path, strlen(path));
	return false;
}

/* HOST [PORT] and their other forms. */
static bool read_target(struct invocation *in, struct request *q, const struct said *s)
{
	const char *word = s->word[0], *port;
	size_t start, len;
	bool is_udp = q->conf.type == NOD_DATAGRAM;

	q->port = TALK_PORT;
	if (s->group || (s->n_words == 1 && is_number(word))) {
		const char *host = s->group ? s->group :
			q->conf.broadcast   ? "255.255.255.255" :
					      "127.0.0.1";

		if (s->group && s->n_words > 1) {
			bad_use(in,
				T("with --multicast only a port is given",
					"与 --multicast 合用时只需给出端口"));
			return false;
		}
		return copy_host(in, q, host, strlen(host)) &&
			(!s->n_words || read_port(in, word, is_udp, &q->port));
	}
	if (!s->n_words && q->conf.broadcast)
		return copy_host(in, q, "255.255.255.255", 15);
	if (!s->n_words) {
		bad_use(in,
			T("with whom? Give a host: nod talk HOST [PORT]",
				"和谁对话？请给出主机: nod talk HOST [PORT]"));
		return false;
	}
	if (strncmp(word, "unix:", 5) == 0)
		return read_unix(in, q, s);
	if (!split(word, &start, &len, &port)) {
		bad_use(in,
			T("\"%s\" is not a host: write HOST, HOST:PORT, [IPv6]:PORT or unix:PATH",
				"\"%s\" 不是主机: 请写 主机、主机:端口、[IPv6]:端口 或 unix:路径"),
			word);
		return false;
	}
	if (*port && s->n_words > 1) {
		bad_use(in, T("two ports: %s and %s", "给了两个端口: %s 和 %s"), port,
			s->word[1]);
		return false;
	}
	if (s->n_words > 1)
		port = s->word[1];
	if (!len)
		return copy_host(in, q, "localhost", 9) &&
			read_port(in, port, is_udp, &q->port);
	return copy_host(in, q, word + start, len) &&
		(!*port || read_port(in, port, is_udp, &q->port));
}

/* "ADDR", "ADDR:PORT", "[IPV6]:PORT" or ":PORT". */
static bool read_source(struct invocation *in, struct request *q, const char *text)
{
	const struct nod_service *v = q->network.service;
	struct nod_endpoint *e = &q->conf.source;

	if (service_addr_parse(v, &e->addr, text) == 0)
		return true;
	if (strchr(text, ':') && strncmp(text, "unix:", 5) != 0 &&
		service_endpoint_parse(v, e, text) == 0)
		return true;
	bad_use(in,
		T("--source: \"%s\" is not an address of this machine, with or without a port",
			"--source: \"%s\" 不是本机地址（端口可有可无）"),
		text);
	return false;
}

static bool read_interface(struct invocation *in, struct request *q, const char *text)
{
	int index = nod_service_interface(q->network.service, text);
	uint64_t n;

	if (index > 0)
		q->conf.interface = (unsigned)index;
	else if (parse_uint(text, 1, INT32_MAX, &n) == 0)
		q->conf.interface = (unsigned)n;
	if (q->conf.interface)
		return true;
	bad_use(in,
		T("there is no interface \"%s\"; nod ifconfig lists them",
			"没有网络接口 \"%s\"；nod ifconfig 可列出全部接口"),
		text);
	return false;
}

static bool is_group(const struct nod_addr *a)
{
	return a->family == NOD_IPV4 ? (a->octet[0] & 0xf0) == 0xe0 : a->octet[0] == 0xff;
}

static bool read_group(struct invocation *in, struct request *q, const char *text)
{
	if (service_addr_parse(q->network.service, &q->group, text) == 0 && is_group(&q->group))
		return true;
	bad_use(in,
		T("\"%s\" is not a multicast group: 224.0.0.0 to 239.255.255.255, or ff00::/8",
			"\"%s\" 不是组播地址: 应在 224.0.0.0 到 239.255.255.255 之间，或 ff00::/8"),
		text);
	return false;
}

/* Scopes 1 and 2, interface-local and link-local: RFC 4291 section 2.7. */
static bool is_of_one_link(const struct nod_addr *a)
{
	return a->family == NOD_IPV6 && (a->octet[1] & 0x0f) <= 2;
}

/* Whether a source of @family can reach the group or network that is to be talked to. */
static bool is_of_family(const struct request *q, uint8_t family)
{
	return family == NOD_UNSPEC ||
		(q->conf.broadcast			      ? family == NOD_IPV4 :
				q->group.family != NOD_UNSPEC ? family == q->group.family :
								true);
}

/* What does not go together.  False: it was told. */
static bool check(struct invocation *in, const struct request *q, const struct said *s)
{
	if (s->v4 && s->v6)
		bad_use(in, T("-4 or -6, not both", "-4 与 -6 只能选一个"));
	else if (q->is_raw && in->json)
		bad_use(in,
			T("--raw has no place for --json: the octets are yours alone",
				"--raw 不能与 --json 合用: 输出只有原始字节"));
	else if (q->is_raw && q->no_newline)
		bad_use(in,
			T("--raw adds no newlines: leave --no-newline out",
				"--raw 本来就不加换行: 请去掉 --no-newline"));
	else if (s->group && q->conf.broadcast)
		bad_use(in,
			T("--multicast or --broadcast, not both",
				"--multicast 与 --broadcast 只能选一个"));
	else if (is_of_one_link(&q->group) && !q->group.zone)
		bad_use(in,
			T("the group is of one link, say which: --interface IF (nod ifconfig lists "
			  "them)",
				"该组只在一条链路上有效，请指定: --interface IF（nod ifconfig 可列出）"));
	else if (!s->group && (s->has_ttl || s->loops || s->interface))
		bad_use(in,
			T("--ttl, --interface and --loop belong to --multicast",
				"--ttl、--interface、--loop 须与 --multicast 合用"));
	else if (s->source && !is_of_family(q, q->conf.source.addr.family))
		bad_use(in,
			T("--source is of the other family than what is talked to",
				"--source 与对话目标不是同一地址族"));
	else if (q->conf.broadcast && s->v6)
		bad_use(in,
			T("IPv6 has no broadcast: use --multicast ff02::1",
				"IPv6 没有广播: 请用 --multicast ff02::1"));
	else
		return true;
	return false;
}

static bool take_option(struct invocation *in, struct request *q, struct said *s, int option)
{
	struct nod_session_conf *c = &q->conf;
	uint64_t n;

	switch (option) {
	case IPV4_ONLY:
		s->v4 = true;
		c->family = NOD_IPV4;
		return true;
	case IPV6_ONLY:
		s->v6 = true;
		c->family = NOD_IPV6;
		return true;
	case UDP:
		c->type = NOD_DATAGRAM;
		return true;
	case NET:
		return net_add(in, &q->plan, in->value) == EXIT_DONE;
	case TRACE:
		q->plan.is_traced = true;
		return true;
	case IMPAIR:
		q->plan.faults = &q->faults;
		return faults_add(in, &q->faults, in->value) == EXIT_DONE;
	case CAPTURE:
		q->plan.faults = &q->faults;
		q->faults.path = in->value;
		return true;
	case SOURCE:
		s->source = in->value;
		return true;
	case TIMEOUT:
		if (!option_span(in, &c->timeout))
			return false;
		if (c->timeout == 0) /* no limit; to a session it would be the usual one */
			c->timeout = NOD_FOREVER;
		return true;
	case RETRY:
		return option_uint(in, 0, 1000000, &q->retries);
	case DELAY:
		return option_span(in, &q->delay);
	case WAIT:
		q->has_wait = true;
		return option_span(in, &q->wait);
	case RAW:
		q->is_raw = true;
		return true;
	case NO_NEWLINE:
		q->no_newline = true;
		return true;
	case BROADCAST:
		c->broadcast = true;
		c->type = NOD_DATAGRAM;
		return true;
	case MULTICAST:
		s->group = in->value;
		c->type = NOD_DATAGRAM;
		return true;
	case TTL:
		if (!option_uint(in, 1, 255, &n))
			return false;
		c->multicast_ttl = (uint8_t)n;
		s->has_ttl = true;
		return true;
	case INTERFACE:
		s->interface = in->value;
		return true;
	case LOOP:
		s->loops = true;
		return true;
	default:
		q->is_verbose = true;
		return true;
	}
}

/* What names interfaces of the network that is open now. */
static bool read_addresses(struct invocation *in, struct request *q, const struct said *s)
{
	if ((s->interface && !read_interface(in, q, s->interface)) ||
		(s->group && !read_group(in, q, s->group)) ||
		(s->source && !read_source(in, q, s->source)))
		return false;
	q->conf.multicast_no_loop = !s->loops;
	if (q->group.zone && !s->interface)
		q->conf.interface = q->group.zone; /* ff02::1%eth0 */
	if (q->group.family == NOD_IPV6)
		q->group.zone = q->conf.interface;
	return true;
}

static int run(struct invocation *in)
{
	static struct request q = { .delay = DEFAULT_DELAY };
	struct said s = { 0 };

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (o != OPTIONS_WORD) {
			if (!take_option(in, &q, &s, o))
				return EXIT_BAD_USE;
		} else if (s.n_words < 2) {
			s.word[s.n_words++] = in->value;
		} else {
			return bad_use(in,
				T("too many words at \"%s\": HOST [PORT] is all",
					"\"%s\" 处参数太多: 只需 HOST [PORT]"),
				in->value);
		}
	}
	if (!read_target(in, &q, &s))
		return EXIT_BAD_USE;

	struct nod_addr to = { .family = (uint8_t)q.conf.family };
	int status;

	if (!to.family)
		nod_addr_parse(&to, q.host); /* or it is a name, and may have both families */
	status = network_open(in, &q.plan, to.family ? &to : NULL, &q.network);
	if (status != EXIT_DONE)
		return status;
	status = read_addresses(in, &q, &s) && check(in, &q, &s) ? talk(in, &q) : EXIT_BAD_USE;
	if (network_close(in, &q.network) && status == EXIT_DONE)
		status = EXIT_FAILED;
	return status;
}

const struct command cmd_talk = {
	.name = "talk",
	.usage = "[OPTIONS] HOST [PORT]",
	.summary = TX("hold a conversation with a server", "与服务器对话"),
	.details = TX(
		"HOST is a name or an address; HOST:PORT, [IPv6]:PORT and unix:PATH do too. PORT is a\n"
		"number or a service's name, 8888 when it is not given. Of several addresses the one\n"
		"that answers first is used (RFC 8305).\n"
		"On a terminal an empty line or Ctrl-D ends the conversation. From a pipe every line is\n"
		"sent, then the sending side is closed, and what still comes is shown until the peer\n"
		"closes too.\n\n"
		"  nod talk 127.0.0.1                 with the notes' server, or nod serve\n"
		"  nod talk --no-newline 127.0.0.1    as the notes' client sends\n"
		"  nod talk --raw host 9000 < file    send a file; nod serve --once --raw takes it\n"
		"  nod talk -v example.net http       see names, addresses and the close\n"
		"  nod talk --multicast 239.1.2.3 9000 --loop\n"
		"  nod talk -u --net tap:tap0,10.0.0.2/24 10.0.0.1 7777      by a stack of nod's own",
		"HOST 是名字或地址；也可写 主机:端口、[IPv6]:端口 或 unix:路径。PORT 是端口号或服务名，\n"
		"默认 8888。有多个地址时，使用最先应答的那个（RFC 8305）。\n"
		"在终端上，空行或 Ctrl-D 结束对话。从管道输入时逐行发送，随后关闭发送方向，\n"
		"并继续显示收到的内容，直到对方也关闭。\n\n"
		"  nod talk 127.0.0.1                 与讲义中的服务器或 nod serve 对话\n"
		"  nod talk --no-newline 127.0.0.1    发送方式与讲义中的客户端相同\n"
		"  nod talk --raw host 9000 < file    发送文件；对方用 nod serve --once --raw 接收\n"
		"  nod talk -v example.net http       查看解析、连接与关闭的经过\n"
		"  nod talk --multicast 239.1.2.3 9000 --loop\n"
		"  nod talk -u --net tap:tap0,10.0.0.2/24 10.0.0.1 7777      使用 nod 自己的协议栈"),
	.options = options,
	.n_options = N_OPTIONS,
	.run = run,
};
