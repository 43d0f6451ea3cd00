/* SPDX-License-Identifier: ISC */
/*
 * up.c - `nod up`: a bare host on nod's own stack, which tells what happens to it
 *
 * It answers ping, echoes what comes to port 7 and discards what comes to 9.
 *
 * Neighbours: small_services.h (those two), net.h (--net), up_serve.h (DHCP, advertisements),
 * session/host.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/json.h"
#include "net.h"
#include "show_event.h"
#include "small_services.h"
#include "up_serve.h"

enum { O_NET, O_FORWARD, O_ALL, O_NAME, O_DHCP_SERVER, O_ADVERTISE, O_IMPAIR, O_CAPTURE };

struct up {
	struct invocation *in;
	struct net_plan plan;
	struct wire_faults faults;
	struct nod_conf conf;
	struct nod_host *host;
	struct show_event how;
	bool is_telling;  /* from when it is up until it ends */
	const char *pool; /* --dhcp-server's; NULL: no server */
	bool is_advertising;
	struct small_services small;
};

/* ---- what it tells ------------------------------------------------------------------- */

static void show(void *self, const struct nod_event *e)
{
	const struct up *u = self;

	if (u->is_telling)
		show_event(&u->how, NULL, e);
}

/* ---- what it is ---------------------------------------------------------------------- */

/* What it is, before anything happens: an interface and its addresses. */
static void show_interface_json(
	const struct nod_stack *s, const struct nod_interface_info *i, const char *mac)
{
	struct nod_address_info a;
	char text[NOD_ADDR_TEXT_MAX];
	struct json j;

	json_open(&j);
	json_str(&j, "event", "UP");
	json_str(&j, "name", i->name);
	json_str(&j, "mac", mac);
	json_uint(&j, "mtu", i->mtu);
	json_list(&j, "addresses");
	for (unsigned k = 0; nod_address_at(s, k, &a) == 0; k++)
		if (a.interface == i->index)
			json_str(&j, NULL, nod_addr_format(&a.prefix.addr, text, sizeof(text)));
	json_end_list(&j);
	json_print(&j, stdout);
}

static void show_interface(const struct up *u, const struct nod_interface_info *i)
{
	const struct nod_stack *s = nod_host_stack(u->host);
	struct nod_address_info a;
	char text[NOD_ADDR_TEXT_MAX], mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", i->mac[0], i->mac[1],
		i->mac[2], i->mac[3], i->mac[4], i->mac[5]);
	if (u->how.is_json) {
		show_interface_json(s, i, mac);
		return;
	}
	printf("%s %s, MTU %u\n", i->name, mac, i->mtu);
	for (unsigned k = 0; nod_address_at(s, k, &a) == 0; k++) {
		if (a.interface != i->index)
			continue;
		a.prefix.addr.zone = 0; /* the interface is named above */
		printf("  %s/%u", nod_addr_format(&a.prefix.addr, text, sizeof(text)),
			a.prefix.len);
		if (strcmp(a.state, "tentative") == 0)
			fputs(T(", tried before it is used", "，使用前先试探"), stdout);
		putchar('\n');
	}
}

static void show_self(const struct up *u)
{
	struct nod_interface_info i = { 0 };

	while (nod_interface_next(nod_host_stack(u->host), i.index, &i) == 0)
		if (!i.is_loopback)
			show_interface(u, &i);
	fflush(stdout);
}

/* Until a signal, or until the device has gone.  What to exit with. */
static int wait_for_end(struct up *u, const sigset_t *stop)
{
	const struct timespec now_and_then = { .tv_sec = 1 };

	while (sigtimedwait(stop, NULL, &now_and_then) < 0) {
		nod_host_lock(u->host);
		faults_look(u->in, &u->faults); /* it goes on all the same */
		nod_host_unlock(u->host);
		if (nod_host_is_cut_off(u->host))
			return failed(u->in,
				T("the network is gone: its interface was removed, or the other end of "
				  "its cable has closed",
					"网络已消失：接口被删除，或网线的另一端已关闭"));
	}
	return EXIT_DONE;
}

static int run_host(struct up *u)
{
	sigset_t stop;
	int err;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	/* before there is a thread that could take them */
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	err = u->pool ? up_give_out(u->in, nod_host_stack(u->host), &u->plan, u->pool) : 0;
	if (!err && u->is_advertising)
		err = up_advertise(u->in, nod_host_stack(u->host), &u->plan);
	if (err)
		return err;
	show_self(u);
	u->is_telling = true;
	err = small_services_open(&u->small, nod_host_stack(u->host));
	if (err < 0)
		return failed(u->in, T("no sockets: %s", "无法建立套接字：%s"), strerror(-err));
	host_on_event(u->host, small_services_event, &u->small);
	err = nod_host_start(u->host);
	if (err < 0)
		return failed(u->in, T("no thread: %s", "无法建立线程：%s"), strerror(-err));
	return wait_for_end(u, &stop);
}

/* What was asked for.  0, or what to exit with; OPTIONS_STOP: that is in in->status. */
static int read_options(struct invocation *in, struct up *u)
{
	int status = EXIT_DONE;

	for (int o; !status && (o = next_option(in)) != OPTIONS_END;) {
		switch (o) {
		case OPTIONS_STOP:
			return OPTIONS_STOP;
		case OPTIONS_WORD:
			return bad_use(in, T("\"%s\" is not expected", "多余的参数 \"%s\""),
				in->value);
		case O_NET:
			status = net_add(in, &u->plan, in->value);
			break;
		case O_FORWARD:
			u->conf.forwarding = true;
			break;
		case O_ALL:
			u->how.wants_all = true;
			break;
		case O_NAME:
			u->conf.name = in->value;
			break;
		case O_DHCP_SERVER:
			u->pool = in->value;
			break;
		case O_ADVERTISE:
			u->is_advertising = true;
			break;
		case O_IMPAIR:
			status = faults_add(in, &u->faults, in->value);
			break;
		case O_CAPTURE:
			u->faults.path = in->value;
			break;
		default:
			break;
		}
	}
	if (!status && u->is_advertising && !u->conf.forwarding)
		return bad_use(in,
			T("--advertise is for routers; it needs --forward",
				"--advertise 用于路由器；还需要 --forward"));
	if (!status && net_is_kernel(&u->plan))
		return bad_use(in,
			T("on which network?  --net tap:NAME,ADDRESS/PREFIX or "
			  "cable:PATH,ADDRESS/PREFIX; the kernel is up by itself",
				"在哪个网络上？--net tap:名称,地址/前缀长度 或 "
				"cable:路径,地址/前缀长度；内核自己的网络无需启动"));
	return status;
}

static int run(struct invocation *in)
{
	struct up *u = calloc(1, sizeof(*u));
	int status;

	if (!u)
		return failed(in, T("out of memory", "内存不足"));
	u->in = in;
	u->conf.sink = (struct nod_event_sink){ .event = show, .self = u };
	u->how.start = host_now();
	status = read_options(in, u);
	if (status) {
		free(u);
		return status == OPTIONS_STOP ? in->status : status;
	}
	u->how.is_json = in->json;
	u->plan.faults = &u->faults;
	status = faults_begin(in, &u->faults, &u->conf.sink);
	if (!status)
		u->host = net_open(in, &u->plan, &u->conf, &status);
	if (u->host) {
		status = run_host(u);
		nod_host_lock(u->host);
		up_say_goodbye(nod_host_stack(u->host), &u->plan);
		u->is_telling = false; /* what ends with it is no news */
		nod_host_unlock(u->host);
		nod_host_free(u->host);
	}
	if (faults_end(in, &u->faults) && !status)
		status = EXIT_FAILED;
	free(u);
	return status;
}

static const struct option_spec options[] = {
	[O_NET] = { "net", 0, "NET",
		TX("a network to be on: tap:NAME[,ADDRESS/PREFIX][,gw=ADDRESS]; several may be given",
			"所在网络：tap:名称[,地址/前缀长度][,gw=地址]；可给出多个"),
		OPTION_PLAIN },
	[O_FORWARD] = { "forward", 0, NULL,
		TX("be a router: pass on packets for others", "充当路由器：转发给他人的包"),
		OPTION_PLAIN },
	[O_NAME] = { "name", 0, "HOST", TX("what this host is called", "本主机的名称"),
		OPTION_PLAIN },
	[O_DHCP_SERVER] = { "dhcp-server", 0, "FIRST-LAST",
		TX("give out these IPv4 addresses by DHCP, this host as gateway",
			"用 DHCP 分配这些 IPv4 地址，本主机为网关"),
		OPTION_PLAIN },
	[O_ADVERTISE] = { "advertise", 0, NULL,
		TX("be the IPv6 router of every network: advertise its prefixes",
			"充当各网络的 IPv6 路由器：通告其前缀"),
		OPTION_PLAIN },
	[O_ALL] = { "all", 'a', NULL,
		TX("tell of every packet, not only of changes and drops",
			"显示每个包，而不只是变化与丢弃"),
		OPTION_PLAIN },
	[O_IMPAIR] = IMPAIR_OPTION,
	[O_CAPTURE] = CAPTURE_OPTION,
};

const struct command cmd_up = {
	.name = "up",
	.usage = "[OPTIONS] --net NET",
	.summary = TX("be a host on nod's own stack, and tell what happens to it",
		"在 nod 自己的协议栈上充当一台主机，并显示发生的一切"),
	.details = TX(
		"Answers ping, echoes port 7, discards port 9 (UDP and TCP); ends with Ctrl-C.\n"
		"\n"
		"  nod up --net tap:tap0,192.168.7.2/24      then, in another terminal:\n"
		"  ip addr add 192.168.7.1/24 dev tap0; ip link set tap0 up; ping 192.168.7.2\n",
		"回应 ping，回显端口 7，丢弃端口 9 的数据（UDP 与 TCP）；按 Ctrl-C 结束。\n"
		"\n"
		"  nod up --net tap:tap0,192.168.7.2/24      然后在另一个终端：\n"
		"  ip addr add 192.168.7.1/24 dev tap0; ip link set tap0 up; ping 192.168.7.2\n"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.run = run,
};
