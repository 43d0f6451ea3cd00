/* SPDX-License-Identifier: ISC */
/*
 * ping_show.c - what `nod ping` says, as text or as JSON
 *
 * The English lines have the form of iputils' ping, which many programs read.
 *
 * Neighbours: ping_show.h.
 */
#include "ping_show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../network/icmp_wire.h"
#include "../presentation/json.h"
#include "../presentation/lang.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- errors in words --------------------------------------------------------------- */

/* RFC 792, 1122 3.2.2.1, 1812 5.2.7; RFC 4443 3. */
static const struct error_words {
	uint8_t type, code;
	struct text text;
} v4_errors[] = {
	{ ICMPV4_UNREACHABLE, 0, TX("Destination Net Unreachable", "目标网络不可达") },
	{ ICMPV4_UNREACHABLE, 1, TX("Destination Host Unreachable", "目标主机不可达") },
	{ ICMPV4_UNREACHABLE, 2, TX("Destination Protocol Unreachable", "目标协议不可达") },
	{ ICMPV4_UNREACHABLE, 3, TX("Destination Port Unreachable", "目标端口不可达") },
	{ ICMPV4_UNREACHABLE, 4, TX("Frag needed and DF set", "需要分片，但设置了不分片（DF）") },
	{ ICMPV4_UNREACHABLE, 5, TX("Source Route Failed", "源路由失败") },
	{ ICMPV4_UNREACHABLE, 6, TX("Destination Net Unknown", "目标网络未知") },
	{ ICMPV4_UNREACHABLE, 7, TX("Destination Host Unknown", "目标主机未知") },
	{ ICMPV4_UNREACHABLE, 8, TX("Source Host Isolated", "源主机被隔离") },
	{ ICMPV4_UNREACHABLE, 9, TX("Destination Net Prohibited", "禁止访问目标网络") },
	{ ICMPV4_UNREACHABLE, 10, TX("Destination Host Prohibited", "禁止访问目标主机") },
	{ ICMPV4_UNREACHABLE, 11, TX("Destination Net Unreachable for Type of Service",
		"目标网络对此服务类型不可达") },
	{ ICMPV4_UNREACHABLE, 12, TX("Destination Host Unreachable for Type of Service",
		"目标主机对此服务类型不可达") },
	{ ICMPV4_UNREACHABLE, 13, TX("Packet filtered", "数据包被过滤") },
	{ ICMPV4_UNREACHABLE, 14, TX("Precedence Violation", "违反优先级规定") },
	{ ICMPV4_UNREACHABLE, 15, TX("Precedence Cutoff", "优先级过低，被拒绝") },
	{ ICMPV4_SOURCE_QUENCH, 0, TX("Source Quench", "源抑制") },
	{ ICMPV4_REDIRECT, 0, TX("Redirect Network", "重定向（网络）") },
	{ ICMPV4_REDIRECT, 1, TX("Redirect Host", "重定向（主机）") },
	{ ICMPV4_REDIRECT, 2, TX("Redirect Type of Service and Network", "重定向（服务类型与网络）") },
	{ ICMPV4_REDIRECT, 3, TX("Redirect Type of Service and Host", "重定向（服务类型与主机）") },
	{ ICMPV4_TIME_EXCEEDED, 0, TX("Time to live exceeded", "生存时间（TTL）耗尽") },
	{ ICMPV4_TIME_EXCEEDED, 1, TX("Frag reassembly time exceeded", "分片重组超时") },
	{ ICMPV4_PARAMETER_PROBLEM, 0, TX("Parameter problem", "首部参数有误") },
}, v6_errors[] = {
	{ ICMPV6_UNREACHABLE, 0, TX("Destination unreachable: No route", "目标不可达：没有路由") },
	{ ICMPV6_UNREACHABLE, 1, TX("Destination unreachable: Administratively prohibited",
		"目标不可达：被管理策略禁止") },
	{ ICMPV6_UNREACHABLE, 2, TX("Destination unreachable: Beyond scope of source address",
		"目标不可达：超出源地址的范围") },
	{ ICMPV6_UNREACHABLE, 3, TX("Destination unreachable: Address unreachable",
		"目标不可达：地址不可达") },
	{ ICMPV6_UNREACHABLE, 4, TX("Destination unreachable: Port unreachable",
		"目标不可达：端口不可达") },
	{ ICMPV6_UNREACHABLE, 5, TX("Destination unreachable: Source address failed policy",
		"目标不可达：源地址不符合策略") },
	{ ICMPV6_UNREACHABLE, 6, TX("Destination unreachable: Reject route to destination",
		"目标不可达：路由表拒绝该目标") },
	{ ICMPV6_TOO_BIG, 0, TX("Packet too big", "数据包太大") },
	{ ICMPV6_TIME_EXCEEDED, 0, TX("Time exceeded: Hop limit", "超时：跳数限制耗尽") },
	{ ICMPV6_TIME_EXCEEDED, 1, TX("Time exceeded: Defragmentation failure", "超时：分片重组失败") },
	{ ICMPV6_PARAMETER_PROBLEM, 0, TX("Parameter problem: Wrong header field",
		"参数有误：首部字段不对") },
	{ ICMPV6_PARAMETER_PROBLEM, 1, TX("Parameter problem: Unknown header",
		"参数有误：不认识的下一首部") },
	{ ICMPV6_PARAMETER_PROBLEM, 2, TX("Parameter problem: Unknown option",
		"参数有误：不认识的选项") },
};

/* The error with its number, MTU or better router. */
static void format_error(const struct ping_view *v, const struct ping_heard *h, char *buf,
	size_t cap)
{
	bool v6 = v->conf->to.family == NOD_IPV6;
	const struct error_words *table = v6 ? v6_errors : v4_errors;
	size_t n = v6 ? COUNT(v6_errors) : COUNT(v4_errors);
	const char *words = NULL;
	char gateway[NOD_ADDR_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		if (table[i].type == h->type && table[i].code == h->code)
			words = text_of(table[i].text);
	}
	if (!words)
		snprintf(buf, cap, T("ICMP type %u code %u", "ICMP 类型 %u 代码 %u"), h->type, h->code);
	else if (h->gateway.family)
		snprintf(buf, cap, T("%s (New nexthop: %s)", "%s（新的下一跳：%s）"), words,
			nod_addr_format(&h->gateway, gateway, sizeof(gateway)));
	else if (v6 ? h->type == ICMPV6_TOO_BIG : h->type == ICMPV4_UNREACHABLE && h->code == 4)
		snprintf(buf, cap, T("%s (mtu = %u)", "%s（mtu = %u）"), words, h->info);
	else if (h->type == (v6 ? ICMPV6_PARAMETER_PROBLEM : ICMPV4_PARAMETER_PROBLEM))
		snprintf(buf, cap, T("%s (at octet %u)", "%s（第 %u 字节）"), words, h->info);
	else
		snprintf(buf, cap, "%s", words);
}

/* ---- parts of a line --------------------------------------------------------------- */

/* "localhost (127.0.0.1)" for the host asked, the address alone for anyone else. */
static void format_from(const struct ping_view *v, const struct nod_addr *from, char *buf,
	size_t cap)
{
	char text[NOD_ADDR_TEXT_MAX];

	nod_addr_format(from, text, sizeof(text));
	if (v->is_named && nod_addr_equal(from, &v->conf->to))
		snprintf(buf, cap, "%s (%s)", v->name, text);
	else
		snprintf(buf, cap, "%s", text);
}

#define FROM_MAX (NOD_NAME_MAX * 3 + NOD_ADDR_TEXT_MAX + 4)

/* Three significant digits for short times, whole milliseconds for long ones. */
static void format_time(nod_ns t, char *buf, size_t cap)
{
	double ms = (double)t / NOD_MS;

	snprintf(buf, cap, "%.*f", ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : ms >= 0.9995 ? 2 : 3, ms);
}

static double ms_of(double ns)
{
	return ns / NOD_MS;
}

/* ---- the lines --------------------------------------------------------------- */

void ping_show_start(const struct ping_view *v)
{
	const struct ping_conf *c = v->conf;
	char to[NOD_ADDR_TEXT_MAX], from[NOD_ADDR_TEXT_MAX] = "";
	size_t data = c->data_len;

	if (v->is_json)
		return;
	nod_addr_format(&c->to, to, sizeof(to));
	printf("PING %s (%s)", v->name, to);
	if (c->source.family || c->interface[0]) {
		if (c->source.family)
			nod_addr_format(&c->source, from, sizeof(from));
		printf(T(" from %s%s%s", " 从 %s%s%s"), from, from[0] && c->interface[0] ? " " : "",
			c->interface);
		putchar(':');
	}
	if (c->to.family == NOD_IPV4)
		printf(T(" %zu(%zu) bytes of data.\n", " %zu(%zu) 字节的数据\n"), data,
			data + ICMP_HDR_LEN + IPV4_HDR_MIN);
	else
		printf(T(" %zu data bytes\n", " %zu 字节的数据\n"), data);
	fflush(stdout);
}

static void reply_json(const struct ping_heard *h, const struct echo_verdict *verdict)
{
	struct json j;
	char from[NOD_ADDR_TEXT_MAX];

	json_open(&j);
	json_str(&j, "event", "reply");
	json_str(&j, "from", nod_addr_format(&h->from, from, sizeof(from)));
	json_uint(&j, "icmp_seq", h->seq);
	json_uint(&j, "bytes", h->octets);
	if (h->ttl >= 0)
		json_int(&j, "ttl", h->ttl);
	json_real(&j, "time_ms", ms_of((double)verdict->rtt), 3);
	json_bool(&j, "duplicate", verdict->is_duplicate);
	json_bool(&j, "out_of_order", verdict->is_disordered);
	json_bool(&j, "truncated", h->is_short);
	json_bool(&j, "bad_checksum", h->is_sum_bad);
	if (h->is_changed) {
		json_object(&j, "wrong_data");
		json_uint(&j, "at", h->changed_at);
		json_uint(&j, "sent", h->sent);
		json_uint(&j, "received", h->came);
		json_end_object(&j);
	}
	json_print(&j, stdout);
}

void ping_show_reply(const struct ping_view *v, const struct ping_heard *h,
	const struct echo_verdict *verdict)
{
	char from[FROM_MAX], time[24];

	if (v->is_quiet)
		return;
	if (v->is_json) {
		reply_json(h, verdict);
		return;
	}
	format_from(v, &h->from, from, sizeof(from));
	format_time(verdict->rtt, time, sizeof(time));
	printf(T("%zu bytes from %s: icmp_seq=%u", "%zu 字节，来自 %s: icmp_seq=%u"), h->octets, from,
		h->seq);
	if (h->ttl >= 0)
		printf(" ttl=%d", h->ttl); /* untranslated: the field's name */
	printf(T(" time=%s ms", " 时间=%s 毫秒"), time);
	if (h->is_short)
		fputs(T(" (truncated)", "（不完整）"), stdout);
	if (h->is_sum_bad)
		fputs(T(" (BAD CHECKSUM!)", "（校验和错误！）"), stdout);
	if (verdict->is_duplicate)
		fputs(T(" (DUP!)", "（重复！）"), stdout);
	if (verdict->is_disordered)
		fputs(T(" (out of order)", "（失序）"), stdout);
	putchar('\n');
	if (h->is_changed)
		printf(T("wrong data byte #%zu should be 0x%02x but was 0x%02x\n",
			       "数据第 %zu 字节有误：应为 0x%02x，收到 0x%02x\n"),
			h->changed_at, h->sent, h->came);
	fflush(stdout);
}

void ping_show_error(const struct ping_view *v, const struct ping_heard *h)
{
	char from[FROM_MAX], what[128];

	if (v->is_quiet)
		return;
	format_error(v, h, what, sizeof(what));
	if (v->is_json) {
		struct json j;

		json_open(&j);
		json_str(&j, "event", "error");
		json_str(&j, "from", nod_addr_format(&h->from, from, sizeof(from)));
		json_uint(&j, "icmp_seq", h->seq);
		json_uint(&j, "type", h->type);
		json_uint(&j, "code", h->code);
		json_str(&j, "what", what);
		if (h->info)
			json_uint(&j, "info", h->info);
		json_print(&j, stdout);
		return;
	}
	format_from(v, &h->from, from, sizeof(from));
	printf(T("From %s icmp_seq=%u %s\n", "来自 %s icmp_seq=%u %s\n"), from, h->seq, what);
	fflush(stdout);
}

void ping_show_open(const struct ping_view *v, uint16_t seq)
{
	struct json j;

	if (v->is_quiet)
		return;
	if (v->is_json) {
		json_open(&j);
		json_str(&j, "event", "no_answer_yet");
		json_uint(&j, "icmp_seq", seq);
		json_print(&j, stdout);
		return;
	}
	printf(T("no answer yet for icmp_seq=%u\n", "icmp_seq=%u 尚无回答\n"), seq);
	fflush(stdout);
}

void ping_show_send_failure(const struct ping_view *v, uint16_t seq, int err)
{
	struct json j;

	if (v->is_quiet)
		return;
	if (v->is_json) {
		json_open(&j);
		json_str(&j, "event", "send_failed");
		json_uint(&j, "icmp_seq", seq);
		json_str(&j, "what", strerror(-err));
		json_print(&j, stdout);
		return;
	}
	printf(T("icmp_seq=%u could not be sent: %s\n", "icmp_seq=%u 发送失败: %s\n"), seq,
		strerror(-err));
	fflush(stdout);
}

static void summary_json(const struct ping_view *v, const struct echo_tally *t)
{
	struct json j;
	char to[NOD_ADDR_TEXT_MAX];

	json_open(&j);
	json_str(&j, "event", "summary");
	json_str(&j, "host", v->name);
	json_str(&j, "address", nod_addr_format(&v->conf->to, to, sizeof(to)));
	json_uint(&j, "transmitted", t->sent);
	json_uint(&j, "received", t->received);
	json_uint(&j, "duplicates", t->duplicates);
	json_uint(&j, "out_of_order", t->disordered);
	json_uint(&j, "corrupted", t->corrupted);
	json_uint(&j, "errors", t->errors);
	json_real(&j, "loss_percent", echo_tally_loss(t), 4);
	json_real(&j, "time_ms", ms_of((double)(t->last - t->first)), 3);
	if (t->received) {
		json_object(&j, "rtt_ms");
		json_real(&j, "min", ms_of((double)t->min), 3);
		json_real(&j, "avg", ms_of(t->mean), 3);
		json_real(&j, "max", ms_of((double)t->max), 3);
		json_real(&j, "mdev", ms_of(echo_tally_deviation(t)), 3);
		json_end_object(&j);
	}
	json_print(&j, stdout);
}

void ping_show_summary(const struct ping_view *v, const struct echo_tally *t)
{
	if (v->is_json) {
		summary_json(v, t);
		return;
	}
	printf(T("\n--- %s ping statistics ---\n", "\n--- %s 的 ping 统计 ---\n"), v->name);
	printf(T("%llu packets transmitted, %llu received", "已发送 %llu 个包，收到 %llu 个"),
		(unsigned long long)t->sent, (unsigned long long)t->received);
	if (t->duplicates)
		printf(T(", +%llu duplicates", "，另有重复 %llu 个"),
			(unsigned long long)t->duplicates);
	if (t->disordered)
		printf(T(", +%llu out of order", "，失序 %llu 个"),
			(unsigned long long)t->disordered);
	if (t->corrupted)
		printf(T(", +%llu corrupted", "，损坏 %llu 个"), (unsigned long long)t->corrupted);
	if (t->errors)
		printf(T(", +%llu errors", "，错误 %llu 个"), (unsigned long long)t->errors);
	printf(T(", %g%% packet loss, time %lldms\n", "，丢包率 %g%%，用时 %lld 毫秒\n"),
		echo_tally_loss(t), (long long)((t->last - t->first) / NOD_MS));
	if (t->received)
		printf(T("rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms\n",
			       "往返时间 最小/平均/最大/偏差 = %.3f/%.3f/%.3f/%.3f 毫秒\n"),
			ms_of((double)t->min), ms_of(t->mean), ms_of((double)t->max),
			ms_of(echo_tally_deviation(t)));
	fflush(stdout);
}

void ping_show_so_far(const struct echo_tally *t)
{
	fprintf(stderr, T("%llu/%llu packets, %.0f%% loss", "收到 %llu/%llu 个包，丢包率 %.0f%%"),
		(unsigned long long)t->received, (unsigned long long)t->sent,
		echo_tally_loss(t));
	if (t->received)
		fprintf(stderr, T(", min/avg/ewma/max = %.3f/%.3f/%.3f/%.3f ms",
					"，最小/平均/平滑/最大 = %.3f/%.3f/%.3f/%.3f 毫秒"),
			ms_of((double)t->min), ms_of(t->mean), ms_of(t->smoothed),
			ms_of((double)t->max));
	fputc('\n', stderr);
}
