/* SPDX-License-Identifier: ISC */
/*
 * host_show.c - what `nod host` found, as text or as JSON
 *
 * First the answer, as gethostbyname() and gethostbyaddr() give it, and whose it is; then
 * what each of those asked said, in the order in which the system asks them.
 *
 * Neighbours: host_show.h.
 */
#include "host_show.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "../presentation/json.h"
#include "../presentation/lang.h"
#include "../presentation/utf8.h"

#define LABEL_COLUMNS 12
#define OWNER_COLUMNS 28

/* ---- small parts --------------------------------------------------------------- */

void host_show_label(const char *label)
{
	size_t columns = utf8_columns(label, strlen(label));

	printf("  %s%*s", label, (int)(columns < LABEL_COLUMNS ? LABEL_COLUMNS - columns : 1), "");
}

void host_show_clean(const char *text)
{
	char piece[64 * UTF8_CLEAN_GROWTH];
	size_t len = strlen(text);

	for (size_t at = 0; at < len;) {
		size_t take = 0;
		uint32_t cp;

		/* whole characters, so that none is cut in two */
		while (at + take < len && take < 60)
			take += utf8_next(text + at + take, len - at - take, &cp);
		fwrite(piece, 1, utf8_clean(piece, text + at, take), stdout);
		at += take;
	}
}

static void show_span(nod_ns t)
{
	if (t < NOD_S)
		printf(T("%.1f ms", "%.1f 毫秒"), (double)t / NOD_MS);
	else
		printf(T("%.3g s", "%.3g 秒"), (double)t / NOD_S);
}

static const char *server_text(const struct nod_endpoint *e, char *buf, size_t cap)
{
	return e->port == DNS_PORT ? nod_addr_format(&e->addr, buf, cap) :
		nod_endpoint_format(e, buf, cap);
}

/* A server of this machine only passes the question on; so say who that is. */
static void show_server(const struct nod_endpoint *e)
{
	char text[NOD_ENDPOINT_TEXT_MAX];
	const uint8_t *o = e->addr.octet;
	static const uint8_t resolved[4] = { 127, 0, 0, 53 }; /* systemd-resolved(8) */

	printf("%s", server_text(e, text, sizeof(text)));
	if (e->addr.family != NOD_IPV4 || o[0] != 127)
		return;
	if (memcmp(o, resolved, 4) == 0)
		fputs(T(" (systemd-resolved on this machine)", "（本机的 systemd-resolved）"), stdout);
	else
		fputs(T(" (on this machine)", "（在本机上）"), stdout);
}

static const char *type_name(uint16_t type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_AAAA:
		return "AAAA";
	case DNS_CNAME:
		return "CNAME";
	case DNS_PTR:
		return "PTR";
	default:
		return "NS";
	}
}

static const char *rcode_name(unsigned rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED" };

	return rcode < sizeof(names) / sizeof(names[0]) ? names[rcode] : "?";
}

/* How the codes of getaddrinfo() are called in programs. */
static const char *eai_name(int code)
{
	switch (code) {
	case EAI_NONAME:
		return "EAI_NONAME";
	case EAI_AGAIN:
		return "EAI_AGAIN";
	case EAI_FAIL:
		return "EAI_FAIL";
	case EAI_NODATA:
		return "EAI_NODATA";
	case EAI_ADDRFAMILY:
		return "EAI_ADDRFAMILY";
	case EAI_MEMORY:
		return "EAI_MEMORY";
	case EAI_SYSTEM:
		return "EAI_SYSTEM";
	default:
		return "EAI_OTHER";
	}
}

static const char *fact_value(const struct dns_fact *f, char buf[DNS_NAME_TEXT_MAX])
{
	return f->addr.family ? nod_addr_format(&f->addr, buf, DNS_NAME_TEXT_MAX) :
		dns_name_format(&f->target, buf);
}

/* ---- the answer --------------------------------------------------------------- */

void host_show_source(const struct host_setup *s, const struct host_report *r)
{
	char text[NOD_ENDPOINT_TEXT_MAX];

	if (r->source_server >= 0) {
		printf(T("dns: server %s", "dns: 服务器 %s"),
			server_text(&r->lookup[r->source_server].server, text, sizeof(text)));
		return;
	}
	if (r->source < 0) {
		fputs(T("not known: none of those that nod asked says this (a cache, perhaps)",
			      "不清楚：nod 询问的各个来源都没有这样回答（也许来自缓存）"), stdout);
		return;
	}
	const struct nss_source *n = &s->order.source[r->source];
	if (host_source_kind(n) == HOST_FILES) {
		printf(T("files: %s line", "files: %s 第"), s->hosts.path);
		for (unsigned i = 0; i < r->files.n_lines; i++)
			printf("%s %u", i ? "," : "", r->files.line[i].number);
		fputs(T("", " 行"), stdout);
		return;
	}
	printf(T("most likely %s, which nod cannot ask itself", "很可能是 %s（nod 自己无法询问它）"),
		n->name);
}

static void show_best(const struct host_setup *s, const struct host_report *r)
{
	const struct nod_hostent *h = r->best;
	char text[NOD_ADDR_TEXT_MAX];

	host_show_label(T("name", "名字"));
	host_show_clean(h->name);
	putchar('\n');
	for (unsigned i = 0; i < h->n_aliases; i++) {
		host_show_label(i ? "" : T("aliases", "别名"));
		host_show_clean(h->alias[i]);
		putchar('\n');
	}
	for (unsigned i = 0; i < h->n_addrs; i++) {
		host_show_label(i ? "" : T("addresses", "地址"));
		puts(nod_addr_format(&h->addr[i], text, sizeof(text)));
	}
	host_show_label(T("from", "来源"));
	host_show_source(s, r);
	putchar('\n');
}

/* ---- who said what --------------------------------------------------------------- */

/* Whose resolver answers programs. */
static const char *resolver_name(const struct host_setup *s)
{
	return s->network.host ? T("stack", "协议栈") : T("system", "系统");
}

static void show_system(const struct host_setup *s, const struct host_report *r)
{
	host_show_label(resolver_name(s));
	if (!r->system.is_done) {
		fputs(T("no answer from its resolver within ", "解析器没有回答，已等 "), stdout);
		show_span(s->timeout);
		puts(T(" (it waits longer than nod does)", "（它会比 nod 等得更久）"));
		return;
	}
	if (r->system.code == 0)
		fputs(T("answered in ", "已回答，用时 "), stdout);
	else if (r->system.code == EAI_AGAIN)
		printf(T("could not find out for now (%s), after ", "暂时查不到（%s），用时 "),
			eai_name(r->system.code));
	else
		printf(T("has no answer (%s), after ", "没有答案（%s），用时 "),
			eai_name(r->system.code));
	show_span(r->system.took);
	putchar('\n');
}

static void show_files(const struct host_setup *s, const struct host_report *r)
{
	if (!r->has_files) {
		printf(T("%s cannot be read: %s\n", "%s 无法读取：%s\n"), s->hosts.path,
			strerror(-s->hosts.error));
		return;
	}
	if (!r->files.n_lines)
		printf(T("%s: not there\n", "%s：其中没有\n"), s->hosts.path);
	for (unsigned i = 0; i < r->files.n_lines; i++) {
		if (i)
			host_show_label("");
		printf(T("%s line %u: ", "%s 第 %u 行："), s->hosts.path, r->files.line[i].number);
		host_show_clean(r->files.line[i].text);
		putchar('\n');
	}
}

static void show_silence(const struct host_setup *s, const struct dns_lookup *l)
{
	fputs(T(": did not answer in ", "：没有回答，已等 "), stdout);
	show_span(s->timeout);
	puts(T("; it is down, or a firewall is between", "；它未运行，或被防火墙隔开"));
	if (!l->n_ignored)
		return;
	host_show_label("");
	printf(T("%u answers with a wrong number or question were ignored (forged?)\n",
		       "已忽略 %u 个编号或问题不符的回答（可能是伪造的）\n"), l->n_ignored);
}

static void show_failure(const struct dns_lookup *l)
{
	fputs(T(": ", "："), stdout);
	switch (-l->error) {
	case ECONNREFUSED:
		puts(T("refused: it answered that no DNS server runs there",
			"被拒绝：对方回答说那里没有运行 DNS 服务器"));
		break;
	case ENETUNREACH:
	case EHOSTUNREACH:
		puts(T("unreachable: this machine has no way there; is it on a network?",
			"不可达：本机没有到那里的路；是否已联网？"));
		break;
	default:
		printf(T("could not be asked: %s\n", "无法询问：%s\n"), strerror(-l->error));
	}
}

/* What a server said, in a clause. */
static const char *meaning(const struct dns_lookup *l, const struct host_report *r)
{
	if (l->is_malformed)
		return T("its answer cannot be read", "它的回答无法解读");
	if (l->is_circle)
		return T("the aliases lead in a circle", "别名绕成了圈");
	switch (l->rcode) {
	case DNS_NOERROR:
		break;
	case DNS_NXDOMAIN:
		return r->is_reverse ? T("no name for this address", "这个地址没有名字") :
			T("no such name", "没有这个名字");
	case DNS_SERVFAIL:
		return T("the server failed to find out", "服务器查询失败");
	case DNS_REFUSED:
		return T("it refuses to answer us", "它拒绝回答我们");
	case DNS_FORMERR:
	case DNS_NOTIMP:
		return T("it does not understand the question", "它看不懂这个问题");
	default:
		return T("it answered with an error", "它回答了一个错误");
	}
	if (l->has_result)
		return T("answered", "已回答");
	return r->is_reverse ? T("no name for this address", "这个地址没有名字") :
		T("the name exists, but has no address of the kind asked for",
			"名字存在，但没有所问类型的地址");
}

static void show_facts(const struct dns_lookup *l)
{
	char text[DNS_NAME_TEXT_MAX];

	for (unsigned i = 0; i < l->n_facts; i++) {
		const struct dns_fact *f = &l->fact[i];

		host_show_label("");
		printf("  %-*s ", OWNER_COLUMNS, dns_name_format(&f->owner, text));
		printf(T("%6u s  %-5s  ", "%6u 秒  %-5s  "), f->ttl, type_name(f->type));
		puts(fact_value(f, text));
	}
}

static void show_answer(const struct dns_lookup *l, const struct host_report *r)
{
	char name[DNS_NAME_TEXT_MAX];

	printf(T(": %s", "：%s"), meaning(l, r));
	if (l->rcode > DNS_REFUSED)
		printf(" (RCODE %u)", l->rcode); /* untranslated: RFC 1035's name */
	else if (l->rcode)
		printf(" (%s)", rcode_name(l->rcode));
	fputs(T(", in ", "，用时 "), stdout);
	show_span(l->took);
	if (l->by_tcp)
		fputs(T(", over TCP since it was too long for UDP", "，因超出 UDP 长度改用 TCP"), stdout);
	if (l->is_truncated)
		printf(T(", cut short (too long for UDP, and TCP failed: %s)",
			       "，不完整（超出 UDP 长度，而 TCP 失败：%s）"), strerror(-l->error));
	if (l->is_authoritative)
		fputs(T(", with authority", "，权威回答"), stdout);
	if (l->n_silent)
		fputs(T("; one of the questions was not answered", "；其中一个问题没有得到回答"), stdout);
	if (l->n_ignored)
		printf(T("; %u answers that did not fit were ignored (forged?)",
			       "；已忽略 %u 个不符的回答（可能是伪造的）"), l->n_ignored);
	putchar('\n');
	if (!l->n_facts) {
		host_show_label("");
		printf(T("  asked for %s\n", "  所问的名字是 %s\n"), dns_name_format(&l->name, name));
	}
	show_facts(l);
}

static void show_dns(const struct host_setup *s, const struct host_report *r)
{
	if (r->is_not_for_dns) {
		puts(T("not asked: this is no name that DNS can hold (it may need its xn-- form)",
			"未询问：这不是 DNS 能表示的名字（可能需要写成 xn-- 形式）"));
		return;
	}
	if (r->dns_error) {
		printf(T("could not be asked: %s\n", "无法询问：%s\n"), strerror(-r->dns_error));
		return;
	}
	for (unsigned i = 0; i < r->n_lookups; i++) {
		const struct dns_lookup *l = &r->lookup[i];

		if (i)
			host_show_label("");
		show_server(&l->server);
		if (l->outcome == DNS_ANSWERED)
			show_answer(l, r);
		else if (l->outcome == DNS_FAILED)
			show_failure(l);
		else
			show_silence(s, l);
	}
}

static void show_nss_source(const struct host_setup *s, const struct host_report *r,
	const struct nss_source *n)
{
	char name[sizeof(n->name) * UTF8_CLEAN_GROWTH + 1];

	name[utf8_clean(name, n->name, strlen(n->name))] = 0;
	host_show_label(name);
	switch (host_source_kind(n)) {
	case HOST_FILES:
		show_files(s, r);
		break;
	case HOST_DNS:
		show_dns(s, r);
		break;
	case HOST_MYHOSTNAME:
		puts(T("not asked by nod: it knows this machine's own name, localhost and _gateway",
			"nod 未询问：它只知道本机的名字、localhost 和 _gateway"));
		break;
	case HOST_MDNS:
		puts(T("not asked by nod: multicast DNS, for names under .local",
			"nod 未询问：组播 DNS，用于 .local 下的名字"));
		break;
	case HOST_RESOLVE:
		puts(T("not asked by nod: systemd-resolved; its DNS side is server 127.0.0.53",
			"nod 未询问：systemd-resolved；它的 DNS 接口是服务器 127.0.0.53"));
		break;
	default:
		puts(T("not asked by nod, which does not know it", "nod 未询问：不认识这个来源"));
		break;
	}
}

/* The order as nsswitch.conf has it, with what it says in brackets where that is unusual. */
static void show_order(const struct host_setup *s)
{
	static const char *const statuses[] = { "UNAVAIL", "TRYAGAIN", "NOTFOUND", "SUCCESS" };
	static const char *const actions[] = { "continue", "return", "merge" };

	host_show_label(T("order", "顺序"));
	for (unsigned i = 0; i < s->order.n_sources; i++) {
		const struct nss_source *n = &s->order.source[i];

		if (i)
			putchar(' ');
		host_show_clean(n->name);
		for (unsigned k = 0; k < NSS_N_STATUS; k++) {
			if (n->action[k] != (k == NSS_SUCCESS ? NSS_RETURN : NSS_CONTINUE))
				printf(" [%s=%s]", statuses[k], actions[n->action[k]]);
		}
	}
	if (s->network.host)
		puts(T(" (as a stack of nod's own has it)", "（nod 自己的协议栈的顺序）"));
	else if (s->order.line)
		printf(T(" (%s line %u)\n", "（%s 第 %u 行）\n"), s->nsswitch.path, s->order.line);
	else
		printf(T(" (the usual: %s has no line for hosts)\n", "（默认顺序：%s 没有 hosts 行）\n"),
			s->nsswitch.path);
}

/* Each value with those who said it. */
static void show_differences(const struct host_setup *s, const struct host_report *r)
{
	char text[NOD_ENDPOINT_TEXT_MAX];

	puts(T("  the answers differ:", "  各来源的回答不一致："));
	for (unsigned i = 0; i < r->n_values; i++) {
		const char *between = "";

		fputs("    ", stdout);
		host_show_clean(r->value[i]);
		size_t columns = utf8_columns(r->value[i], strlen(r->value[i]));
		printf("%*s", (int)(columns < OWNER_COLUMNS ? OWNER_COLUMNS - columns : 1), "");
		if (r->said_by[i] & 1) {
			fputs(resolver_name(s), stdout);
			between = ", ";
		}
		if (r->said_by[i] & 2) {
			printf("%sfiles", between); /* untranslated: nsswitch.conf's name */
			between = ", ";
		}
		for (unsigned k = 0; k < r->n_lookups; k++) {
			if (!(r->said_by[i] >> (2 + k) & 1))
				continue;
			printf("%sdns %s", between, /* untranslated: nsswitch.conf's name */
				server_text(&r->lookup[k].server, text, sizeof(text)));
			between = ", ";
		}
		putchar('\n');
	}
}

void host_show_text(const struct host_setup *s, const struct host_report *r)
{
	char text[NOD_ADDR_TEXT_MAX];
	bool has_dns = false;

	host_show_clean(r->word);
	if (r->is_old_form)
		printf(T(" is %s", " 就是 %s"), nod_addr_format(&r->addr, text, sizeof(text)));
	putchar('\n');
	if (r->best)
		show_best(s, r);
	putchar('\n');
	show_order(s);
	if (r->system.is_asked)
		show_system(s, r);
	for (unsigned i = 0; i < s->order.n_sources; i++) {
		show_nss_source(s, r, &s->order.source[i]);
		has_dns |= host_source_kind(&s->order.source[i]) == HOST_DNS;
	}
	if (!has_dns && s->are_servers_given) {
		host_show_label("(dns)");
		show_dns(s, r);
	}
	if (r->is_differing)
		show_differences(s, r);
	fflush(stdout);
}

/* ---- for programs --------------------------------------------------------------- */

static void json_hostent(struct json *j, const struct nod_hostent *h)
{
	char text[NOD_ADDR_TEXT_MAX];

	json_str(j, "name", h->name[0] ? h->name : NULL);
	json_list(j, "aliases");
	for (unsigned i = 0; i < h->n_aliases; i++)
		json_str(j, NULL, h->alias[i]);
	json_end_list(j);
	json_list(j, "addresses");
	for (unsigned i = 0; i < h->n_addrs; i++)
		json_str(j, NULL, nod_addr_format(&h->addr[i], text, sizeof(text)));
	json_end_list(j);
}

static void json_system(struct json *j, const struct host_report *r)
{
	json_object(j, "system");
	json_bool(j, "answered", r->system.is_done);
	if (r->system.is_done) {
		json_str(j, "error", r->system.code ? eai_name(r->system.code) : NULL);
		json_real(j, "took_ms", (double)r->system.took / NOD_MS, 3);
		if (!r->system.code)
			json_hostent(j, &r->system.host);
	}
	json_end_object(j);
}

static void json_files(struct json *j, const struct host_setup *s, const struct host_report *r)
{
	json_object(j, "files");
	json_str(j, "file", s->hosts.path);
	json_str(j, "error", r->has_files ? NULL : strerror(-s->hosts.error));
	json_list(j, "lines");
	for (unsigned i = 0; i < r->files.n_lines; i++)
		json_uint(j, NULL, r->files.line[i].number);
	json_end_list(j);
	if (r->files.n_lines)
		json_hostent(j, &r->files.host);
	json_end_object(j);
}

static void json_lookup(struct json *j, const struct dns_lookup *l)
{
	static const char *const outcomes[] = { "pending", "answered", "silent", "failed" };
	char text[DNS_NAME_TEXT_MAX];

	json_object(j, NULL);
	json_str(j, "server", nod_endpoint_format(&l->server, text, sizeof(text)));
	json_str(j, "outcome", outcomes[l->outcome]);
	if (l->error)
		json_str(j, "error", strerror(-l->error));
	json_str(j, "asked", dns_name_format(&l->name, text));
	json_uint(j, "queries", l->n_sent);
	json_uint(j, "ignored", l->n_ignored);
	json_uint(j, "unanswered", l->n_silent);
	if (l->outcome == DNS_ANSWERED) {
		json_uint(j, "rcode", l->rcode);
		json_str(j, "rcode_name", rcode_name(l->rcode));
		json_real(j, "took_ms", (double)l->took / NOD_MS, 3);
		json_bool(j, "tcp", l->by_tcp);
		json_bool(j, "truncated", l->is_truncated);
		json_bool(j, "authoritative", l->is_authoritative);
		json_bool(j, "malformed", l->is_malformed);
		json_bool(j, "circle", l->is_circle);
	}
	json_list(j, "records");
	for (unsigned i = 0; i < l->n_facts; i++) {
		const struct dns_fact *f = &l->fact[i];

		json_object(j, NULL);
		json_str(j, "name", dns_name_format(&f->owner, text));
		json_str(j, "type", type_name(f->type));
		json_uint(j, "ttl", f->ttl);
		json_str(j, "data", fact_value(f, text));
		json_end_object(j);
	}
	json_end_list(j);
	json_end_object(j);
}

static void json_differences(struct json *j, const struct host_report *r)
{
	char text[NOD_ENDPOINT_TEXT_MAX];

	json_list(j, "said");
	for (unsigned i = 0; i < r->n_values; i++) {
		json_object(j, NULL);
		json_str(j, "value", r->value[i]);
		json_list(j, "by");
		if (r->said_by[i] & 1)
			json_str(j, NULL, "system");
		if (r->said_by[i] & 2)
			json_str(j, NULL, "files");
		for (unsigned k = 0; k < r->n_lookups; k++) {
			if (r->said_by[i] >> (2 + k) & 1)
				json_str(j, NULL, nod_endpoint_format(&r->lookup[k].server, text,
							  sizeof(text)));
		}
		json_end_list(j);
		json_end_object(j);
	}
	json_end_list(j);
}

void host_show_json(const struct host_setup *s, const struct host_report *r)
{
	static const struct nod_hostent nobody = { 0 };
	char text[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	json_open(&j);
	json_str(&j, "asked", r->word);
	json_bool(&j, "reverse", r->is_reverse);
	json_bool(&j, "found", r->best != NULL);
	json_hostent(&j, r->best ? r->best : &nobody);
	json_str(&j, "from", r->source_server >= 0 ? "dns" :
		r->source >= 0 ? s->order.source[r->source].name : NULL);
	if (r->source_server >= 0)
		json_str(&j, "server", nod_endpoint_format(&r->lookup[r->source_server].server,
					       text, sizeof(text)));
	json_bool(&j, "differ", r->is_differing);
	json_list(&j, "order");
	for (unsigned i = 0; i < s->order.n_sources; i++)
		json_str(&j, NULL, s->order.source[i].name);
	json_end_list(&j);
	if (r->system.is_asked)
		json_system(&j, r);
	json_files(&j, s, r);
	json_list(&j, "dns");
	for (unsigned i = 0; i < r->n_lookups; i++)
		json_lookup(&j, &r->lookup[i]);
	json_end_list(&j);
	json_differences(&j, r);
	json_print(&j, stdout);
}
