/* SPDX-License-Identifier: ISC */
/*
 * host.c - `nod host`: names and addresses, and who says so
 *
 * Without a word this machine's own name and addresses; with words what gethostbyname() and
 * gethostbyaddr() give for each, and where the answer came from.
 *
 * Neighbours: host_ask.h (asks), host_show.h (shows), session/kernel_links.h (interfaces).
 */
#include "command.h"

#include <errno.h>
#include <linux/if.h>
#include <stdlib.h>
#include <string.h>

#include "../presentation/json.h"
#include "../session/kernel_links.h"
#include "host_ask.h"
#include "host_show.h"

enum { OPTION_IPV4, OPTION_IPV6, OPTION_TIMEOUT, OPTION_SERVER, OPTION_HOSTS, OPTION_NSSWITCH,
	OPTION_RESOLV, OPTION_NO_SYSTEM,
	OPTION_NET };

static const struct option_spec options[] = {
	{ "ipv4", '4', NULL, TX("IPv4 addresses only", "只问 IPv4 地址"), 0 },
	{ "ipv6", '6', NULL, TX("IPv6 addresses only", "只问 IPv6 地址"), 0 },
	{ "timeout", 'W', "TIME", TX("how long to wait for answers (2 s)",
		"等待回答的时间（2 秒）"), 0 },
	{ "server", 's', "ADDR[:PORT]", TX("ask this DNS server instead of resolv.conf's; again for more",
		"改问这个 DNS 服务器；可给多次"), 0 },
	{ "hosts", 0, "FILE", TX("read this instead of /etc/hosts", "代替 /etc/hosts 的文件"), 0 },
	{ "nsswitch", 0, "FILE", TX("read this instead of /etc/nsswitch.conf",
		"代替 /etc/nsswitch.conf 的文件"), 0 },
	{ "resolv", 0, "FILE", TX("read this instead of /etc/resolv.conf",
		"代替 /etc/resolv.conf 的文件"), 0 },
	{ "no-system", 0, NULL, TX("do not ask the system's resolver, only what it would ask",
		"不问系统解析器，只问它会询问的各个来源"), 0 },
	[OPTION_NET] = NET_OPTION,
};

#define WORDS_MAX	256
#define DEFAULT_TIMEOUT (2 * NOD_S)

/* ---- this machine --------------------------------------------------------------- */

static void show_interface(const struct kernel_links *k, const struct net_link *l)
{
	char text[NOD_ADDR_TEXT_MAX];
	bool first = true;

	for (unsigned i = 0; i < k->n_addrs; i++) {
		const struct net_addr *a = &k->addr[i];

		if (a->interface != l->index)
			continue;
		if (first)
			host_show_label(l->name);
		printf("%s%s", first ? "" : "  ",
			nod_addr_format(&a->local.addr, text, sizeof(text)));
		first = false;
	}
	if (!first)
		putchar('\n');
}

static void self_json(const char *name, const struct host_report *r, const struct kernel_links *k)
{
	char text[NOD_ADDR_TEXT_MAX];
	struct json j;

	json_open(&j);
	json_str(&j, "name", name);
	json_str(&j, "full_name", r->best ? r->best->name : NULL);
	json_list(&j, "resolves_to");
	for (unsigned i = 0; r->best && i < r->best->n_addrs; i++)
		json_str(&j, NULL, nod_addr_format(&r->best->addr[i], text, sizeof(text)));
	json_end_list(&j);
	json_list(&j, "interfaces");
	for (unsigned i = 0; i < k->n_links; i++) {
		json_object(&j, NULL);
		json_str(&j, "interface", k->link[i].name);
		json_bool(&j, "up", k->link[i].flags & IFF_UP);
		json_list(&j, "addresses");
		for (unsigned n = 0; n < k->n_addrs; n++) {
			if (k->addr[n].interface == k->link[i].index)
				json_str(&j, NULL, nod_addr_format(&k->addr[n].local.addr, text,
							  sizeof(text)));
		}
		json_end_list(&j);
		json_end_object(&j);
	}
	json_end_list(&j);
	json_print(&j, stdout);
}

static void self_text(const struct host_setup *s, const char *name, const struct host_report *r,
	const struct kernel_links *k)
{
	char text[NOD_ADDR_TEXT_MAX];

	host_show_label(T("name", "名字"));
	host_show_clean(name);
	putchar('\n');
	host_show_label(T("full name", "全名"));
	if (r->best)
		host_show_clean(r->best->name);
	else
		fputs(T("not known: the name resolves to nothing here", "不清楚：这个名字在本机解析不出来"), stdout);
	putchar('\n');
	if (r->best) {
		host_show_label(T("resolves to", "解析为"));
		for (unsigned i = 0; i < r->best->n_addrs; i++)
			printf("%s%s", i ? "  " : "",
				nod_addr_format(&r->best->addr[i], text, sizeof(text)));
		fputs(T("  from ", "  来源 "), stdout);
		host_show_source(s, r);
		putchar('\n');
	}
	puts(T("\naddresses by interface", "\n各接口的地址"));
	for (unsigned i = 0; i < k->n_links; i++)
		show_interface(k, &k->link[i]);
}

static int about_self(const struct invocation *in, const struct host_setup *s)
{
	char name[NOD_NAME_MAX];
	struct kernel_links k;
	struct host_report *r = malloc(sizeof(*r));
	int err = nod_gethostname(name, sizeof(name));

	if (!r || err < 0) {
		free(r);
		return failed(in, T("this machine's name cannot be read: %s", "无法读取本机名：%s"),
			strerror(err < 0 ? -err : ENOMEM));
	}
	err = host_ask(s, name, r);
	if (!err)
		err = kernel_links_read(&k);
	if (err < 0) {
		host_report_free(r);
		free(r);
		return failed(in, T("this machine's addresses cannot be read: %s", "无法读取本机地址：%s"),
			strerror(-err));
	}
	if (in->json)
		self_json(name, r, &k);
	else
		self_text(s, name, r, &k);
	kernel_links_free(&k);
	host_report_free(r);
	free(r);
	return EXIT_DONE;
}

/* ---- others --------------------------------------------------------------- */

static bool was_anyone_silent(const struct host_report *r)
{
	bool silent = r->system.is_asked && !r->system.is_done;

	for (unsigned i = 0; i < r->n_lookups; i++)
		silent |= r->lookup[i].outcome != DNS_ANSWERED;
	return silent;
}

/* What programs on this machine get decides; where that is not known, any answer will do. */
static int verdict(const struct invocation *in, const struct host_report *r)
{
	bool is_found = r->system.is_done ? r->system.code == 0 : r->best != NULL;

	if (is_found)
		return EXIT_DONE;
	if (r->best)
		return failed(in, T("programs on this machine get no answer for this, though a "
				    "source has one",
			"本机上的程序查不到它，尽管某个来源有答案"));
	if (was_anyone_silent(r))
		return failed(in, T("not found out: those who answered do not know it, and not all "
				    "answered",
			"没有查明：回答了的来源都不知道它，还有来源没有回答"));
	if (r->is_reverse)
		return failed(in, T("this address has no name", "这个地址没有名字"));
	return failed(in, T("there is no such name, or it has no address",
		"没有这个名字，或它没有地址"));
}

static int about_word(const struct invocation *in, const struct host_setup *s, const char *word)
{
	struct host_report *r = malloc(sizeof(*r));
	int err = r ? host_ask(s, word, r) : -ENOMEM;
	int status;

	if (err < 0) {
		status = failed(in, "%s", strerror(-err));
	} else {
		if (in->json)
			host_show_json(s, r);
		else
			host_show_text(s, r);
		status = verdict(in, r);
	}
	if (r)
		host_report_free(r);
	free(r);
	return status;
}

/* ---- the command --------------------------------------------------------------- */

/* "10.0.0.2", "10.0.0.2:5353", "[fd00::2]:53", "fd00::2". */
static bool take_server(struct invocation *in, struct host_setup *s)
{
	struct nod_endpoint e = { .port = DNS_PORT };

	if (nod_addr_parse(&e.addr, in->value) < 0 &&
		(nod_endpoint_parse(&e, in->value) < 0 || e.is_unix || !e.port ||
			e.addr.family == NOD_UNSPEC || !strchr(in->value, ':'))) {
		bad_use(in, T("\"%s\" is no address of a DNS server: write 10.0.0.2, "
			      "10.0.0.2:5353 or [fd00::2]:53",
			"“%s”不是 DNS 服务器的地址：请写 10.0.0.2、10.0.0.2:5353 或 [fd00::2]:53"),
			in->value);
		return false;
	}
	if (s->n_servers == DNS_LOOKUP_SERVERS) {
		bad_use(in, T("at most %d servers", "最多 %d 个服务器"), DNS_LOOKUP_SERVERS);
		return false;
	}
	s->server[s->n_servers++] = e;
	s->are_servers_given = true;
	return true;
}

static bool take_option(
	struct invocation *in, struct host_setup *s, struct net_plan *plan, int o)
{
	switch (o) {
	case OPTION_IPV4:
		s->family = NOD_IPV4;
		return true;
	case OPTION_IPV6:
		s->family = NOD_IPV6;
		return true;
	case OPTION_TIMEOUT:
		return option_span(in, &s->timeout);
	case OPTION_SERVER:
		return take_server(in, s);
	case OPTION_HOSTS:
		s->hosts.path = in->value;
		return true;
	case OPTION_NSSWITCH:
		s->nsswitch.path = in->value;
		return true;
	case OPTION_RESOLV:
		s->resolv.path = in->value;
		return true;
	case OPTION_NET:
		return net_add(in, plan, in->value) == EXIT_DONE;
	default:
		s->asks_system = false;
		return true;
	}
}

static int run(struct invocation *in)
{
	struct host_setup s = { .hosts.path = "/etc/hosts", .nsswitch.path = "/etc/nsswitch.conf",
		.resolv.path = "/etc/resolv.conf", .asks_system = true,
		.timeout = DEFAULT_TIMEOUT };
	const char *words[WORDS_MAX];
	static struct net_plan plan;
	unsigned n_words = 0;
	int status;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (o != OPTIONS_WORD) {
			if (!take_option(in, &s, &plan, o))
				return EXIT_BAD_USE;
			continue;
		}
		if (!in->value[0] || strlen(in->value) >= NOD_NAME_MAX)
			return bad_use(in, T("a host name has 1 to 253 octets",
				"主机名应为 1 到 253 字节"));
		if (n_words == WORDS_MAX)
			return bad_use(in, T("at most %d names at once", "一次最多 %d 个名字"), WORDS_MAX);
		words[n_words++] = in->value;
	}

	if (!n_words && !net_is_kernel(&plan))
		return bad_use(in, T("with --net give a name or an address to ask for",
			"与 --net 合用时请给出要查询的名字或地址"));

	status = network_open(in, &plan, NULL, &s.network);
	if (status != EXIT_DONE)
		return status;
	host_setup_read(&s);
	if (!n_words)
		status = about_self(in, &s);
	for (unsigned i = 0; i < n_words; i++) {
		if (i && !in->json)
			putchar('\n');
		int one = about_word(in, &s, words[i]);
		if (one != EXIT_DONE)
			status = one;
	}
	host_setup_free(&s);
	network_close(in, &s.network);
	return status;
}

const struct command cmd_host = {
	.name = "host",
	.usage = "[OPTIONS] [NAME|ADDRESS...]",
	.summary = TX("names and addresses, and who says so", "主机名与地址，以及答案的来源"),
	.details = TX("Without a word: this machine's own name and addresses.  With names or addresses: what\n"
		      "gethostbyname() and gethostbyaddr() give, where the system has it from, and what each\n"
		      "source says (hosts file, DNS servers); where they differ, side by side.\n\n"
		      "  nod host\n  nod host localhost www.example.com\n  nod host 127.0.0.1\n"
		      "  nod host --server 192.0.2.53 www.example.com\n"
		      "  nod host --net tap:tap0,10.0.0.2/24,dns=10.0.0.1 www.example.com",
		"不带参数：本机的名字和地址。给出名字或地址：gethostbyname() 和 gethostbyaddr() 的结果、\n"
		"系统从哪里得到它，以及各来源（hosts 文件、DNS 服务器）的回答；不一致时并排列出。\n\n"
		"  nod host\n  nod host localhost www.example.com\n  nod host 127.0.0.1\n"
		"  nod host --server 192.0.2.53 www.example.com\n"
		"  nod host --net tap:tap0,10.0.0.2/24,dns=10.0.0.1 www.example.com"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.run = run,
};
