/* SPDX-License-Identifier: ISC */
/*
 * ping.c - `nod ping`: is a host there, and how far is it
 *
 * Sends ICMP or ICMPv6 echo requests (RFC 792, 4443 4.1) at a steady pace and tells what
 * comes of each.  Exit status as ping's: 0 answered, 1 not answered, 2 it could not be tried.
 *
 * Neighbours: ping_socket.h (out and in), network/echo_tally.h (the numbers), ping_show.h
 * (what is said).
 */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../base/nearest.h"
#include "../network/echo_tally.h"
#include "../presentation/utf8.h"
#include "../session/kernel_links.h"
#include "../session/kernel_lookup.h"
#include "../session/stack_links.h"
#include "net.h"
#include "ping_show.h"
#include "ping_socket.h"

enum { EXIT_UNANSWERED = 1, EXIT_NOT_TRIED = 2 };

enum { OPTION_COUNT, OPTION_INTERVAL, OPTION_SIZE, OPTION_TTL, OPTION_TIMEOUT, OPTION_DEADLINE,
	OPTION_IPV4, OPTION_IPV6, OPTION_QUIET, OPTION_NUMERIC, OPTION_FROM, OPTION_BROADCAST,
	OPTION_REPORT, OPTION_NET };

static const struct option_spec options[] = {
	{ "count", 'c', "N", TX("stop after N requests", "发送 N 个请求后停止"), 0 },
	{ "interval", 'i', "TIME", TX("between two requests (1 s)", "两个请求的间隔（1 秒）"), 0 },
	{ "size", 's', "OCTETS", TX("of data in each request (56)", "每个请求的数据字节数（56）"), 0 },
	{ "ttl", 't', "HOPS", TX("how many routers it may pass", "最多经过多少个路由器（TTL）"), 0 },
	{ "timeout", 'W', "TIME", TX("how long to wait for the last answer",
		"最后一个回答最多等多久"), 0 },
	{ "deadline", 'w', "TIME", TX("stop after so long in any case", "到时间后无论如何都停止"), 0 },
	{ "ipv4", '4', NULL, TX("IPv4 only", "只用 IPv4"), 0 },
	{ "ipv6", '6', NULL, TX("IPv6 only", "只用 IPv6"), 0 },
	{ "quiet", 'q', NULL, TX("only the summary", "只显示统计结果"), 0 },
	{ "numeric", 'n', NULL, TX("addresses without names", "只显示地址，不显示名字"), 0 },
	{ "from", 'I', "ADDRESS|IF", TX("send from this address, or by this interface",
		"用这个源地址，或从这个接口发出"), 0 },
	{ "broadcast", 'b', NULL, TX("allow a broadcast address", "允许广播地址"), 0 },
	{ "report", 'O', NULL, TX("tell of a request that is not answered before the next",
		"下一个请求发出前仍无回答时提示"), 0 },
	NET_OPTION,
};

#define DEFAULT_DATA	 56	       /* octets: 64 with ICMP's header, as ping has always had */
#define DEFAULT_LINGER	 (10 * NOD_S)  /* for the last answer, when none has come at all */
#define INTERVAL_MIN	 (2 * NOD_MS)  /* for everyone ... */
#define INTERVAL_MIN_ROOT (100 * NOD_US) /* ... and for root: 10,000 a second are not a flood */
#define HEARD_AT_ONCE	 1000	       /* messages taken before the clock is looked at again */

struct ping {
	struct net_plan plan;
	struct nod_host *net; /* a host of our own; NULL: the kernel's network */
	struct ping_conf conf;
	struct ping_view view;
	struct ping_socket socket;
	struct echo_tally tally;
	const char *host; /* as it was given */
	enum nod_family family;
	uint64_t count;	  /* requests; 0 = without end */
	nod_ns interval;
	nod_ns timeout;	  /* for the last answer; 0 = twice the slowest so far */
	nod_ns deadline;  /* for the whole; 0 = none */
	nod_ns start, next; /* when the first and the next request leave */
	bool reports_open;
	bool is_over;	  /* nothing more can be tried */
};

static volatile sig_atomic_t stop_asked, status_asked;

static void on_signal(int number)
{
	if (number == SIGQUIT)
		status_asked = 1;
	else
		stop_asked = 1;
}

/* The signals come in only while ppoll() waits; @waiting is the mask for that. */
static void catch_signals(sigset_t *waiting)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGQUIT);
	sigprocmask(SIG_BLOCK, &ours, waiting);
	sigdelset(waiting, SIGINT);
	sigdelset(waiting, SIGTERM);
	sigdelset(waiting, SIGQUIT);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGQUIT, &act, NULL);
}

static nod_ns now(void)
{
	return nod_service_now(nod_service_kernel());
}

/* ---- what was asked for --------------------------------------------------------------- */

static bool take_interval(struct invocation *in, struct ping *p)
{
	nod_ns least = geteuid() == 0 ? INTERVAL_MIN_ROOT : INTERVAL_MIN;

	if (!option_span(in, &p->interval))
		return false;
	if (p->interval >= least)
		return true;
	if (geteuid() == 0)
		bad_use(in, T("an interval below 0.1 ms would be a flood",
			"间隔小于 0.1 毫秒就成了洪泛（flood）"));
	else
		bad_use(in, T("an interval below 2 ms would be a flood; only root may go down to 0.1 ms",
			"间隔小于 2 毫秒就成了洪泛（flood）；只有 root 可以小到 0.1 毫秒"));
	return false;
}

/* -I: an address of this machine, or else the name of an interface. */
static bool take_from(struct invocation *in, struct ping *p)
{
	size_t len = strlen(in->value);

	if (nod_addr_parse(&p->conf.source, in->value) == 0)
		return true;
	if (len && len < sizeof(p->conf.interface)) {
		memcpy(p->conf.interface, in->value, len + 1);
		return true;
	}
	bad_use(in, T("-I takes an address or an interface of this machine",
		"-I 后面应是本机的地址或接口名"));
	return false;
}

static bool take_option(struct invocation *in, struct ping *p, int o)
{
	uint64_t n;

	switch (o) {
	case OPTION_COUNT:
		return option_uint(in, 1, UINT64_MAX, &p->count);
	case OPTION_INTERVAL:
		return take_interval(in, p);
	case OPTION_SIZE:
		if (!option_size(in, 0, PING_DATA_MAX, &n))
			return false;
		p->conf.data_len = (size_t)n;
		return true;
	case OPTION_TTL:
		if (!option_uint(in, 1, 255, &n))
			return false;
		p->conf.ttl = (unsigned)n;
		return true;
	case OPTION_TIMEOUT:
		return option_span(in, &p->timeout);
	case OPTION_DEADLINE:
		return option_span(in, &p->deadline);
	case OPTION_IPV4:
		p->family = NOD_IPV4;
		return true;
	case OPTION_IPV6:
		p->family = NOD_IPV6;
		return true;
	case OPTION_QUIET:
		p->view.is_quiet = true;
		return true;
	case OPTION_NUMERIC:
		p->view.is_named = false;
		return true;
	case OPTION_FROM:
		return take_from(in, p);
	case OPTION_BROADCAST:
		p->conf.may_broadcast = true;
		return true;
	case OPTION_NET:
		return net_add(in, &p->plan, in->value) == 0;
	default:
		p->reports_open = true;
		return true;
	}
}

/* By whom the name was asked for is a text in @asked, when it fails.  0 or an EAI_* code. */
static int look_up(struct ping *p, struct nod_hostent *h, char *asked, size_t cap)
{
	int code;

	if (p->net) {
		const struct nod_stack *s = nod_host_stack(p->net);

		code = net_resolve(p->net, p->host, p->family, h);
		s->names->sources(s, asked, cap); /* net_open() has given it a resolver */
		return code;
	}
	code = nod_gethostbyname(p->host, p->family, h);
	if (code)
		kernel_lookup_sources(nod_service_kernel(), asked, cap);
	return code;
}

static bool resolve(struct invocation *in, struct ping *p)
{
	struct nod_failure why = { .tried = NOD_TRIED_RESOLVE, .error = -ENOENT };
	struct nod_addr numeric;
	struct nod_hostent h;
	nod_ns start = now();
	size_t n = utf8_clean(p->view.name, p->host, strnlen(p->host, NOD_NAME_MAX - 1));

	p->view.name[n] = 0;
	/* the zone of fe80::1%eth0 is whose network it is: a stack's resolver knows */
	if (!(p->net && strchr(p->host, '%')) && nod_addr_parse(&numeric, p->host) == 0) {
		p->view.is_named = false;
		if (p->family && p->family != numeric.family) {
			bad_use(in, T("%s is no IPv%d address", "%s 不是 IPv%d 地址"), p->view.name,
				(int)p->family);
			return false;
		}
		p->conf.to = numeric;
		return true;
	}
	/* whom to ask may not be known before there is a lease */
	if (p->net && net_settle(in, p->net, &p->plan, NULL))
		return false;
	if (p->conf.source.family && !p->family)
		p->family = p->conf.source.family; /* only such an address can be reached from it */

	why.resolver = look_up(p, &h, why.asked, sizeof(why.asked));
	if (why.resolver) {
		why.elapsed = now() - start;
		memcpy(why.name, p->host, strnlen(p->host, sizeof(why.name) - 1));
		failed_because(in, &why);
		return false;
	}
	p->conf.to = h.addr[0];
	return true;
}

/* ---- what cannot be done --------------------------------------------------------------- */

static int not_permitted(const struct invocation *in)
{
	failed(in, T("not permitted: this user may open neither an ICMP socket (no group of it is in sysctl\n"
		     "net.ipv4.ping_group_range) nor a raw one (it lacks CAP_NET_RAW).  As root, do one of\n"
		     "  sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"\n"
		     "  setcap cap_net_raw=ep \"$(command -v nod)\"",
		"没有权限：当前用户既不能打开 ICMP 套接字（其用户组不在 sysctl\n"
		"net.ipv4.ping_group_range 的范围内），也不能打开原始套接字（缺少 CAP_NET_RAW）。\n"
		"请以 root 身份执行下面的一条：\n"
		"  sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"\n"
		"  setcap cap_net_raw=ep \"$(command -v nod)\""));
	return EXIT_NOT_TRIED;
}

static int no_interface(const struct invocation *in, struct nod_host *net, const char *name)
{
	char shown[PING_IFNAME_MAX * UTF8_CLEAN_GROWTH + 1];
	const char *names[256], *meant = NULL;
	struct kernel_links k = { 0 };
	unsigned n = 0;

	shown[utf8_clean(shown, name, strlen(name))] = 0;
	if ((net ? stack_links_read(nod_host_stack(net), &k) : kernel_links_read(&k)) == 0) {
		for (; n < k.n_links && n < 256; n++)
			names[n] = k.link[n].name;
		meant = nearest_word(name, names, n);
	}
	if (meant)
		failed(in, T("there is no interface \"%s\"; did you mean \"%s\"?",
			"没有接口“%s”；是不是“%s”？"), shown, meant);
	else
		failed(in, T("\"%s\" is neither an address nor an interface of this machine; "
			     "see: nod ifconfig",
			"“%s”既不是地址，也不是本机的接口；请看：nod ifconfig"), shown);
	kernel_links_free(&k);
	return EXIT_NOT_TRIED;
}

static int not_opened(const struct invocation *in, const struct ping *p, enum ping_step step,
	int err)
{
	struct nod_failure why = { .tried = NOD_TRIED_SEND, .error = err,
		.at = { .addr = p->conf.to } };
	char source[NOD_ADDR_TEXT_MAX];

	if (step == PING_STEP_SOCKET && (err == -EACCES || err == -EPERM))
		return not_permitted(in);
	if (step == PING_STEP_INTERFACE && err == -ENODEV)
		return no_interface(in, p->net, p->conf.interface);
	if (step == PING_STEP_INTERFACE && err == -EPERM)
		failed(in, T("not permitted: only root may choose the interface %s on this system; "
			     "give its address instead",
			"没有权限：本系统只允许 root 指定接口 %s；请改用它的地址"),
			p->conf.interface);
	else if (step == PING_STEP_SOURCE && p->conf.source.family)
		failed(in, T("cannot send from %s: it is not an address of this machine, or not of "
			     "the family of the host; see: nod ifconfig",
			"无法以 %s 为源地址：它不是本机的地址，或与目标的地址族不同；"
			"请看：nod ifconfig"),
			nod_addr_format(&p->conf.source, source, sizeof(source)));
	else
		failed_because(in, &why);
	return EXIT_NOT_TRIED;
}

static void not_sent(const struct invocation *in, const struct ping *p, int err)
{
	struct nod_failure why = { .tried = NOD_TRIED_SEND, .error = err,
		.at = { .addr = p->conf.to } };
	char to[NOD_ADDR_TEXT_MAX];

	nod_addr_format(&p->conf.to, to, sizeof(to));
	if (err == -EACCES && !p->conf.may_broadcast)
		failed(in, T("%s is a broadcast address, to which everyone on the segment may answer; -b allows it",
			"%s 是广播地址，网段上的每台主机都可能回答；加 -b 才允许"), to);
	else if (err == -EINVAL || err == -EADDRNOTAVAIL)
		failed(in, T("this machine cannot send to %s; an address of a link (fe80::/10, "
			     "ff02::/16) needs an interface: -I, or %%NAME behind it",
			"本机无法发往 %s；本链路的地址（fe80::/10、ff02::/16）需要指明接口："
			"用 -I，或在地址后加 %%接口名"), to);
	else if (err == -ENETUNREACH && p->net)
		failed(in, T("no route to %s on this network; --net ...,gw=ADDRESS names a gateway",
			"本网络没有到 %s 的路由；可用 --net ...,gw=地址 指定网关"), to);
	else
		failed_because(in, &why);
}

/* ---- the conversation --------------------------------------------------------------- */

static bool is_retried(int err)
{
	return err == -ENOBUFS || err == -ENOMEM || err == -EAGAIN || err == -EINTR;
}

/* Send the next request.  False: not even the first can be sent, and it was said why. */
static bool send_next(const struct invocation *in, struct ping *p, nod_ns at)
{
	uint16_t seq = echo_tally_next(&p->tally);

	if (p->reports_open && echo_tally_is_open(&p->tally))
		ping_show_open(&p->view, (uint16_t)p->tally.sent);

	int err = ping_send(&p->socket, seq);
	if (err == -EHOSTUNREACH || err == -ECONNREFUSED || err == -EPROTO)
		err = ping_send(&p->socket, seq); /* told of an error before: the queue has it */

	/* keep the pace; but do not make up for a pause by a burst */
	p->next = at - p->next > p->interval ? at + p->interval : p->next + p->interval;
	if (is_retried(err))
		return true;
	if (err < 0 && !p->tally.sent) {
		not_sent(in, p, err);
		return false;
	}
	echo_tally_sent(&p->tally, at);
	if (err < 0) {
		echo_tally_error(&p->tally, seq);
		ping_show_send_failure(&p->view, seq, err);
	}
	return true;
}

static void hear_all(struct ping *p)
{
	struct ping_heard h;
	int got;

	for (unsigned i = 0; i < HEARD_AT_ONCE && (got = ping_hear(&p->socket, &h)) != 0; i++) {
		if (got < 0) {
			p->is_over = true;
			return;
		}
		if (h.kind == PING_REPLY) {
			struct echo_verdict verdict = echo_tally_reply(&p->tally, h.seq, now(),
				h.waited_ns, !h.is_sum_bad);

			if (!verdict.is_known)
				continue;
			p->tally.corrupted += h.is_changed && !h.is_sum_bad;
			ping_show_reply(&p->view, &h, &verdict);
		} else if (h.kind == PING_ERROR && h.is_advice) {
			ping_show_error(&p->view, &h);
		} else if (h.kind == PING_ERROR && echo_tally_error(&p->tally, h.seq)) {
			ping_show_error(&p->view, &h);
			/* with a deadline, ping ends at the first error: it is an answer, too */
			p->is_over |= p->deadline > 0;
		}
	}
}

static bool may_send(const struct ping *p)
{
	return !p->count || p->tally.sent < p->count || p->deadline;
}

/* Until when the last request may be answered. */
static nod_ns linger_end(const struct ping *p)
{
	nod_ns wait = p->timeout;

	if (!wait && p->tally.received) {
		wait = 2 * p->tally.max;
		if (wait < p->interval)
			wait = p->interval;
	} else if (!wait) {
		wait = DEFAULT_LINGER;
	}
	return p->tally.last + wait;
}

static bool is_done(const struct ping *p, nod_ns at)
{
	if (p->is_over || stop_asked || ferror(stdout)) /* no one reads on: "| head" */
		return true;
	if (p->deadline && at >= p->start + p->deadline)
		return true;
	if (!p->count || p->tally.sent < p->count)
		return false;
	return p->tally.settled >= p->count || (!may_send(p) && at >= linger_end(p));
}

static void wait_for_news(struct ping *p, const sigset_t *waiting)
{
	nod_ns until = may_send(p) ? p->next : linger_end(p);

	if (p->deadline && p->start + p->deadline < until)
		until = p->start + p->deadline;
	ping_wait(&p->socket, until, waiting);
}

static bool converse(const struct invocation *in, struct ping *p)
{
	sigset_t waiting;
	nod_ns at = now();

	catch_signals(&waiting);
	p->start = p->next = at;
	for (; !is_done(p, at); at = now()) {
		if (may_send(p) && at >= p->next && !send_next(in, p, at))
			return false;
		wait_for_news(p, &waiting);
		hear_all(p);
		if (status_asked) {
			status_asked = 0;
			ping_show_so_far(&p->tally);
		}
	}
	return true;
}

static int verdict(const struct invocation *in, const struct ping *p)
{
	const struct echo_tally *t = &p->tally;
	char to[NOD_ADDR_TEXT_MAX];

	if (!t->received && !t->errors && t->sent)
		failed(in, T("no answer from %s in %.1f s (requests sent: %llu): it is down or not "
			     "there, or a firewall drops the requests or the answers",
			"%s 在 %.1f 秒内没有回答（已发请求 %llu 个）：主机未开机或不存在，"
			"或请求、回答被防火墙丢弃"),
			nod_addr_format(&p->conf.to, to, sizeof(to)),
			(double)(now() - p->start) / NOD_S, (unsigned long long)t->sent);
	if (!t->received || (p->deadline && t->received < p->count))
		return EXIT_UNANSWERED;
	return EXIT_DONE;
}

/* The conversation, from the socket to the verdict: what to exit with. */
static int ping(const struct invocation *in, struct ping *p)
{
	enum ping_step step;
	int status = EXIT_NOT_TRIED;
	int err = ping_open(&p->socket, &p->conf, p->net ? &ping_stack : &ping_kernel, p->net,
		&step);

	if (err < 0)
		return not_opened(in, p, step, err);
	if (echo_tally_init(&p->tally) < 0) {
		failed(in, "%s", strerror(ENOMEM));
	} else {
		ping_show_start(&p->view);
		if (converse(in, p)) {
			ping_show_summary(&p->view, &p->tally);
			status = verdict(in, p);
		}
	}
	echo_tally_free(&p->tally);
	ping_close(&p->socket);
	return status;
}

/* Be on a network of our own.  false: it was said why not. */
static bool join(struct invocation *in, struct ping *p)
{
	struct nod_conf conf = { .may_use_raw = true };
	int status;

	if (net_is_kernel(&p->plan))
		return true;
	p->net = net_open(in, &p->plan, &conf, &status);
	return p->net;
}

static int run(struct invocation *in)
{
	struct ping p = { .conf = { .data_len = DEFAULT_DATA }, .interval = NOD_S,
		.view = { .is_named = true } };
	int status = EXIT_NOT_TRIED;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (o != OPTIONS_WORD) {
			if (!take_option(in, &p, o))
				return EXIT_BAD_USE;
			continue;
		}
		if (p.host)
			return bad_use(in, T("one host at a time", "一次只能 ping 一台主机"));
		p.host = in->value;
	}
	if (!p.host)
		return bad_use(in, T("which host?", "要 ping 哪台主机？"));
	p.view.conf = &p.conf;
	p.view.is_json = in->json;
	if (join(in, &p) && resolve(in, &p) &&
		(!p.net || net_settle(in, p.net, &p.plan, &p.conf.to) == 0))
		status = ping(in, &p);
	nod_host_free(p.net);
	return status;
}

const struct command cmd_ping = {
	.name = "ping",
	.usage = "[OPTIONS] HOST",
	.summary = TX("whether a host answers, and how far away it is",
		"主机是否在线，往返要多久"),
	.details = TX("Sends ICMP echo requests and times the answers; Ctrl-C ends it with a summary,\n"
		      "Ctrl-\\ shows how it stands.  Needs no privilege where net.ipv4.ping_group_range\n"
		      "allows it.  Exit status: 0 answered, 1 not answered, 2 could not be tried.\n\n"
		      "  nod ping -c 3 192.0.2.1\n  nod ping -6 -i 0.2 localhost\n"
		      "  nod ping --net cable:/tmp/wire,10.0.0.2/24 10.0.0.1",
		"发送 ICMP 回显请求并测量回答的时间；Ctrl-C 结束并显示统计，Ctrl-\\ 显示当前进度。\n"
		"在 net.ipv4.ping_group_range 允许时不需要特权。\n"
		"退出码：0 有回答，1 没有回答，2 无法尝试。\n\n"
		"  nod ping -c 3 192.0.2.1\n  nod ping -6 -i 0.2 localhost\n"
		      "  nod ping --net cable:/tmp/wire,10.0.0.2/24 10.0.0.1"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.run = run,
};
