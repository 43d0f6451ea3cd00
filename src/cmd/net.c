/* SPDX-License-Identifier: ISC */
/*
 * net.c - --net: which network a subcommand runs on
 *
 * Neighbours: net.h, net_spec.h (what was said).
 */
#include "net.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "nod/dhcp.h"
#include "nod/resolve.h"
#include "../physical/cable.h"
#include "../physical/tap.h"
#include "../session/service.h"
#include "ladder.h"

int net_add(struct invocation *in, struct net_plan *plan, const char *text)
{
	int status;

	if (plan->n == NETS_MOST)
		return bad_use(in, T("at most %d networks", "最多 %d 个网络"), NETS_MOST);
	status = net_spec_parse(in, text, &plan->spec[plan->n]);
	if (status)
		return status;
	plan->n++;
	for (unsigned k = 0; k < plan->n; k++)
		if (plan->spec[k].kind == NET_KERNEL && plan->n > 1)
			return bad_use(in,
				T("--net kernel: the machine's own network stands alone",
					"--net kernel：本机网络不能与其他网络同时使用"));
	return 0;
}

bool net_is_kernel(const struct net_plan *plan)
{
	return !plan->n || plan->spec[0].kind == NET_KERNEL;
}

/* ---- devices ------------------------------------------------------------------------- */

static int tap_failed(struct invocation *in, const char *name, int err)
{
	const char *why = strerror(-err);

	if (err == -EPERM)
		why = T("not permitted; run as root, or let root make it for you: "
			"ip tuntap add mode tap user $USER name NAME",
			"没有权限；请以 root 运行，或请 root 先建好："
			"ip tuntap add mode tap user $USER name 名称");
	else if (err == -EBUSY)
		why = T("another program has it open", "另一个程序已打开它");
	else if (err == -EACCES)
		why = T("/dev/net/tun may not be opened; run as root",
			"无权打开 /dev/net/tun；请以 root 运行");
	else if (err == -EINVAL)
		why = T("an interface of another kind has this name, or it was made with other "
			"flags",
			"已有同名的其他类型接口，或建立时的标志不同");
	else if (err == -ENOENT || err == -ENODEV)
		why = T("this machine has no /dev/net/tun", "本机没有 /dev/net/tun");
	return failed(in, T("TAP device %s: %s", "TAP 设备 %s：%s"), name, why);
}

static struct device *open_tap(
	struct invocation *in, const struct net_spec *n, struct pkt_pool *pool)
{
	struct tap_conf conf = { .name = n->where };
	struct device *d;
	int err = tap_open(&conf, pool, &d);

	if (err == 0)
		return d;
	tap_failed(in, n->where, err);
	return NULL;
}

static struct device *open_cable(
	struct invocation *in, const struct net_spec *n, struct pkt_pool *pool)
{
	struct cable_conf conf = { .path = n->where, .mtu = n->mtu };
	struct device *d;
	int err = cable_open(&conf, pool, &d);

	if (err < 0) {
		failed(in, T("cable %s: %s", "网线 %s：%s"), n->where,
			err == -EPERM ? T("what is there is not a socket", "该路径不是套接字") :
				err == -EAGAIN ?
					T("too many are waiting there", "那里等待的程序太多") :
					strerror(-err));
		return NULL;
	}
	if (cable_is_listening(d))
		fprintf(stderr,
			T("cable %s: nobody is there yet; listening\n",
				"网线 %s：另一端还没有人；正在监听\n"),
			n->where);
	else
		fprintf(stderr, T("cable %s: connected\n", "网线 %s：已连接\n"), n->where);
	return d;
}

/* The device at the end of which the interface is.  NULL: it was said why. */
static struct device *open_device(
	struct invocation *in, const struct net_spec *n, struct nod_stack *s)
{
	return n->kind == NET_TAP ? open_tap(in, n, s->core.pool) :
				    open_cable(in, n, s->core.pool);
}

/* ---- the stack's side ---------------------------------------------------------------- */

static const char *address_error(int err)
{
	switch (err) {
	case -EINVAL:
		return T("no host can have it", "主机不能使用这个地址");
	case -EEXIST:
		return T("it is given twice", "重复给出");
	case -EAFNOSUPPORT:
		return T("an MTU below 1,280 carries no IPv6", "MTU 小于 1280，不能用 IPv6");
	default:
		return strerror(-err);
	}
}

static int address_failed(struct invocation *in, const struct nod_addr *a, int err)
{
	char text[NOD_ADDR_TEXT_MAX];

	return failed(in, T("address %s: %s", "地址 %s：%s"),
		nod_addr_format(a, text, sizeof(text)), address_error(err));
}

/* Addresses and gateways, once the interface is there.  0, or what to exit with. */
static int configure(struct invocation *in, struct nod_stack *s, const struct net_spec *n,
	unsigned interface)
{
	char text[NOD_ADDR_TEXT_MAX];
	int err;

	for (unsigned k = 0; k < n->n_addresses; k++) {
		err = nod_address_add(
			s, interface, &n->address[k], n->is_at_once ? NOD_ADDRESS_AT_ONCE : 0);
		if (err < 0)
			return address_failed(in, &n->address[k].addr, err);
	}
	for (unsigned k = 0; k < n->n_gateways; k++) {
		struct nod_prefix all = { .addr.family = n->gateway[k].family };

		err = nod_route_add(s, &all, &n->gateway[k], interface, 0);
		if (err < 0)
			return failed(in, T("gateway %s: %s", "网关 %s：%s"),
				nod_addr_format(&n->gateway[k], text, sizeof(text)),
				strerror(-err));
	}
	if (n->wants_dhcp) {
		err = nod_dhcp_client_start(s, interface, NULL);
		if (err < 0)
			return failed(
				in, "DHCP: %s", strerror(-err)); /* untranslated: a name */
	}
	return 0;
}

/* One interface of the plan: its device, itself, its addresses.  0, or what to exit with. */
static int plug(
	struct invocation *in, struct nod_host *h, struct net_plan *plan, unsigned which)
{
	const struct net_spec *n = &plan->spec[which];
	struct nod_stack *s = nod_host_stack(h);
	struct device *d = open_device(in, n, s);
	struct nod_interface_conf i = { .vlan = n->vlan };
	int index;

	if (!d || (plan->faults && faults_wrap(in, plan->faults, &d)))
		return EXIT_FAILED;
	memcpy(i.mac, n->mac, sizeof(i.mac));
	i.mtu = n->mtu;
	index = host_add_device(h, &i, d);
	if (index < 0)
		return failed(
			in, T("interface %s: %s", "接口 %s：%s"), n->where, strerror(-index));
	plan->interface[which] = (unsigned)index;
	impair_set_interface(d, (uint16_t)index);
	return configure(in, s, n, (unsigned)index);
}

/*
 * Names: the machine's hosts table, and the servers that were named here; none: those that DHCP
 * and routers tell of.
 */
static int set_resolver(struct invocation *in, const struct net_plan *plan, struct nod_stack *s)
{
	enum { HOSTS_MOST = 1 << 20 };
	struct nod_resolver_conf conf = { 0 };
	char *hosts = malloc(HOSTS_MOST);
	FILE *f = fopen("/etc/hosts", "re");
	int err;

	if (f && hosts) {
		conf.hosts = hosts;
		conf.hosts_len = fread(hosts, 1, HOSTS_MOST, f);
	}
	for (unsigned k = 0; k < plan->n; k++)
		for (unsigned i = 0; i < plan->spec[k].n_dns; i++)
			if (conf.n_servers < NOD_RESOLVER_SERVERS)
				conf.server[conf.n_servers++] = plan->spec[k].dns[i];
	err = hosts ? nod_resolver_set(s, &conf) : -ENOMEM;
	if (f)
		fclose(f);
	free(hosts);
	return err < 0 ?
		failed(in, T("no resolver: %s", "无法建立解析器：%s"), strerror(-err)) :
		0;
}

struct nod_host *net_open(
	struct invocation *in, struct net_plan *plan, struct nod_conf *conf, int *status)
{
	struct nod_host *h;
	int err;

	for (unsigned k = 0; k < plan->n; k++)
		if (plan->spec[k].name[0])
			conf->name = plan->spec[k].name;
	err = nod_host_new(conf, &h);
	if (err < 0) {
		*status = failed(in, T("no stack: %s", "无法建立协议栈：%s"), strerror(-err));
		return NULL;
	}
	*status = set_resolver(in, plan, nod_host_stack(h));
	for (unsigned k = 0; k < plan->n && !*status; k++)
		*status = plug(in, h, plan, k);
	if (*status) {
		nod_host_free(h);
		return NULL;
	}
	return h;
}

/* ---- until it can be used ------------------------------------------------------------ */

static bool is_link_local6(const struct nod_addr *a)
{
	return a->family == NOD_IPV6 && a->octet[0] == 0xfe && (a->octet[1] & 0xc0) == 0x80;
}

/* Whether an address of the kind that is sent from to @to may still come by itself. */
static bool is_awaited(const struct nod_stack *s, const struct net_plan *plan, unsigned which,
	const struct nod_addr *to, nod_ns passed)
{
	const nod_ns routers_answer_within =
		4 * NOD_S; /* RFC 4861 10: RTR_SOLICITATION_INTERVAL */
	struct nod_address_info a;
	struct nod_dhcp_info d;

	if ((!to || to->family == NOD_IPV4) && plan->spec[which].wants_dhcp)
		return nod_dhcp_client_state(s, plan->interface[which], &d) == 0 &&
			!d.prefix.addr.family && !d.link_local.family;
	if (!to || to->family != NOD_IPV6 || is_link_local6(to) ||
		passed >= routers_answer_within)
		return false;
	for (unsigned k = 0; nod_address_at(s, k, &a) == 0; k++)
		if (a.interface == plan->interface[which] && a.prefix.addr.family == NOD_IPV6 &&
			!is_link_local6(&a.prefix.addr))
			return false;
	return true;
}

static bool is_settled(const struct nod_stack *s, const struct net_plan *plan,
	const struct nod_addr *to, nod_ns passed)
{
	struct nod_address_info a;

	/* what is sent beyond the link is not sent from a link-local address */
	for (unsigned k = 0; nod_address_at(s, k, &a) == 0; k++)
		if (strcmp(a.state, "tentative") == 0 &&
			(!to || (a.prefix.addr.family == to->family &&
					(is_link_local6(to) || !is_link_local6(&a.prefix.addr)))))
			return false;
	for (unsigned k = 0; k < plan->n; k++)
		if (is_awaited(s, plan, k, to, passed))
			return false;
	return true;
}

int net_settle(struct invocation *in, struct nod_host *h, const struct net_plan *plan,
	const struct nod_addr *to)
{
	const nod_ns patience = 30 * NOD_S; /* DHCP's own address comes within 20 s */
	const nod_ns start = host_now();
	struct nod_stack *s = nod_host_stack(h);
	struct nod_address_info a;
	char text[NOD_ADDR_TEXT_MAX];

	if (!is_settled(s, plan, to, 0))
		fputs(T("waiting until the addresses can be used: whether somebody else has them is "
			"asked first\n",
			      "正在等待地址可用：先询问是否已被他人占用\n"),
			stderr);
	while (!nod_host_is_cut_off(h) && host_now() < start + patience &&
		!is_settled(s, plan, to, host_now() - start))
		if (host_wait(h, host_now() + NOD_S, NULL) < 0)
			return failed(in, T("out of memory", "内存不足"));
	for (unsigned k = 0; nod_address_at(s, k, &a) == 0; k++)
		if (strcmp(a.state, "duplicate") == 0)
			return failed(in,
				T("address %s: somebody else on this network has it",
					"地址 %s：本网络中已有他人使用"),
				nod_addr_format(&a.prefix.addr, text, sizeof(text)));
	return 0;
}

int net_resolve(struct nod_host *h, const char *name, enum nod_family family,
	struct nod_hostent *out)
{
	struct nod_resolve *q;
	int eai = EAI_MEMORY;
	int err = nod_resolve_start(nod_host_stack(h), name, family, &q);

	if (err < 0)
		return err == -ENAMETOOLONG || err == -EINVAL ? EAI_NONAME : EAI_MEMORY;
	while ((err = nod_resolve_take(q, out, &eai)) == -EAGAIN) /* it has a time limit */
		host_wait(h, host_now() + NOD_S, NULL);
	nod_resolve_end(q);
	return err == 0 ? 0 : eai;
}

/* ---- for sessions -------------------------------------------------------------------- */

/* How long a program that ends waits for what it has sent to arrive. */
#define DRAIN_MOST (10 * NOD_S)

/* What is told of each packet and each state, as it happens: on stderr, beside what is said. */
static void trace(void *self, const struct nod_event *e)
{
	ladder_event(self, e);
}

static struct ladder *trace_new(struct invocation *in, const struct net_plan *plan, int *status)
{
	struct ladder *l;

	*status = EXIT_DONE;
	if (!plan->is_traced)
		return NULL;
	if (net_is_kernel(plan)) {
		*status = bad_use(in,
			T("--trace tells of nod's own stack; the kernel does not say what it does: "
			  "add --net tap:... or --net cable:...",
				"--trace 显示 nod 自己协议栈的活动；内核不会说明它做了什么："
				"请加 --net tap:... 或 --net cable:..."));
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		*status = failed(in, T("out of memory", "内存不足"));
		return NULL;
	}
	l->to = stderr;
	l->sees_both_ways = true;
	return l;
}

/* What --impair and --capture asked for. */
static int begin_faults(struct invocation *in, struct net_plan *plan,
	const struct nod_event_sink *sink, struct network *out)
{
	if (!plan->faults || !faults_are_any(plan->faults)) {
		plan->faults = NULL;
		return EXIT_DONE;
	}
	if (net_is_kernel(plan))
		return bad_use(in,
			T("--impair and --capture are for the wires of nod's own stack, not for the "
			  "kernel's: add --net tap:... or --net cable:...",
				"--impair 与 --capture 用于 nod 自己协议栈的线路，不能用于内核的："
				"请加 --net tap:... 或 --net cable:..."));
	out->faults = plan->faults;
	return faults_begin(in, plan->faults, sink);
}

int network_open(struct invocation *in, struct net_plan *plan,
	const struct nod_addr *to, struct network *out)
{
	struct nod_conf conf = { 0 };
	int status, err;

	*out = (struct network){ .service = nod_service_kernel() };
	out->trace = trace_new(in, plan, &status);
	if (out->trace)
		conf.sink = (struct nod_event_sink){ trace, out->trace };
	if (!status)
		status = begin_faults(in, plan, &conf.sink, out);
	if (!status && net_is_kernel(plan))
		return EXIT_DONE;
	if (!status)
		out->host = net_open(in, plan, &conf, &status);
	if (!out->host) {
		network_close(in, out);
		return status;
	}
	out->service = nod_host_service(out->host);
	status = net_settle(in, out->host, plan, to);
	if (!status && (err = nod_host_start(out->host)) < 0)
		status = failed(in, T("no thread: %s", "无法建立线程：%s"), strerror(-err));
	if (status)
		network_close(in, out);
	return status;
}

int network_close(struct invocation *in, struct network *n)
{
	int status;

	/* the machine's kernel would deliver the rest after the program's end */
	if (n->host)
		nod_host_drain(n->host, nod_service_now(n->service) + DRAIN_MOST);
	nod_host_free(n->host);
	status = n->faults ? faults_end(in, n->faults) : EXIT_DONE;
	free(n->trace);
	*n = (struct network){ .service = nod_service_kernel() };
	return status;
}

/* What was found, or why not, once the question is answered. */
static int await_answer(const struct nod_service *v, struct nod_ready *r, struct nod_lookup *l,
	struct nod_addr *list, unsigned max, int *resolver)
{
	struct nod_ready_event ev;
	int n;

	while ((n = v->lookup_take(l, list, max, resolver)) == -EAGAIN) {
		n = nod_ready_wait(r, &ev, 1, NOD_FOREVER);
		if (n < 0)
			return n;
	}
	return n;
}

unsigned network_lookup(const struct nod_service *v, const char *name, enum nod_family family,
	struct nod_addr *list, unsigned max, struct nod_failure *why)
{
	nod_ns start = nod_service_now(v);
	struct nod_ready *r;
	struct nod_lookup *l;
	int n = nod_ready_new(v, NOD_READY_BEST, &r);

	*why = (struct nod_failure){ .tried = NOD_TRIED_RESOLVE };
	memccpy(why->name, name, 0, sizeof(why->name) - 1);
	if (n == 0) {
		n = v->lookup_start(v, name, family, r, &l);
		if (n == 0) {
			n = await_answer(v, r, l, list, max, &why->resolver);
			v->lookup_end(l);
		}
		nod_ready_free(r);
	}
	if (n > 0)
		return (unsigned)n;
	why->error = n ? n : -ENOENT;
	why->elapsed = nod_service_now(v) - start;
	v->lookup_sources(v, why->asked, sizeof(why->asked));
	return 0;
}
