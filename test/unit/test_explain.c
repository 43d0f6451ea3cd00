/* SPDX-License-Identifier: ISC */
/* test_explain.c - the catalogue of failures: every row, both languages, and the sentences */
#include "tap.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "presentation/explain.h"
#include "presentation/utf8.h"

#define TEXT_MAX 2048

static struct nod_endpoint at(const char *text)
{
	struct nod_endpoint e = { 0 };

	if (nod_endpoint_parse(&e, text) < 0)
		tap(false, "endpoint \"%s\" is understood", text);
	return e;
}

/* ---- whole sentences ----------------------------------------------------------------- */

static const struct {
	const char *name;
	struct nod_failure f;
	const char *at;
	const char *en, *zh; /* how the sentence begins */
} sentences[] = {
	{ "refused", { .tried = NOD_TRIED_CONNECT, .error = -ECONNREFUSED }, "127.0.0.1:9999",
		"connection refused: 127.0.0.1 answered at once that nothing listens on port 9999;",
		"连接被拒绝：127.0.0.1 立即回答说没有程序在监听端口 9999；" },
	{ "refused late",
		{ .tried = NOD_TRIED_CONNECT, .error = -ECONNREFUSED, .elapsed = 2500 * NOD_MS },
		"[2001:db8::1]:80", "connection refused: 2001:db8::1 answered after 2.5 s that",
		"连接被拒绝：2001:db8::1 2.5 秒后回答说" },
	{ "refused by name",
		{ .tried = NOD_TRIED_CONNECT, .error = -ECONNREFUSED, .name = "bob" },
		"192.0.2.1:80", "connection refused: bob (192.0.2.1) answered",
		"连接被拒绝：bob (192.0.2.1) 立即" },
	{ "refused by an address as the name",
		{ .tried = NOD_TRIED_CONNECT, .error = -ECONNREFUSED, .name = "192.0.2.1" },
		"192.0.2.1:80", "connection refused: 192.0.2.1 answered",
		"连接被拒绝：192.0.2.1 " },
	{ "no answer",
		{ .tried = NOD_TRIED_CONNECT,
			.error = -ETIMEDOUT,
			.elapsed = 10004 * NOD_MS,
			.n_sent = 4,
			.sent = { 0, 1031 * NOD_MS, 3059 * NOD_MS, 7090 * NOD_MS } },
		"192.0.2.1:8888",
		"no answer from 192.0.2.1 in 10 s (sent at 0, 1, 3, 7 s): host down, or a firewall "
		"drops it",
		"192.0.2.1 在 10 秒内没有回答（在第 0、1、3、7 秒发出）：主机未开机，或被防火墙丢弃" },
	{ "no answer, nothing known of what was sent",
		{ .tried = NOD_TRIED_CONNECT, .error = -ETIMEDOUT, .elapsed = 300 * NOD_MS },
		"192.0.2.1:8888", "no answer from 192.0.2.1 in 300 ms: host down",
		"192.0.2.1 在 300 毫秒内没有回答：主机" },
	{ "no answer, more sent than are kept",
		{ .tried = NOD_TRIED_CONNECT,
			.error = -ETIMEDOUT,
			.elapsed = 130 * NOD_S,
			.n_sent = NOD_SENT_MAX + 5 },
		"192.0.2.1:8888", "no answer from 192.0.2.1 in 130 s (sent at 0, 0,",
		"192.0.2.1 在 130 秒内" },
	{ "port in use, by whom is known",
		{ .tried = NOD_TRIED_LISTEN,
			.error = -EADDRINUSE,
			.owner_pid = 812,
			.owner = "nginx" },
		"127.0.0.1:8888",
		"port 8888 is in use: another program (nginx, process 812) has 127.0.0.1:8888;",
		"端口 8888 已被占用：另一个程序（nginx，进程 812）正在使用 127.0.0.1:8888；" },
	{ "port in use, by whom is not known",
		{ .tried = NOD_TRIED_LISTEN, .error = -EADDRINUSE }, ":8888",
		"port 8888 is in use: another program has *:8888;",
		"端口 8888 已被占用：另一个程序正在使用 *:8888；" },
	{ "owner without a name",
		{ .tried = NOD_TRIED_LISTEN, .error = -EADDRINUSE, .owner_pid = 7 }, ":8888",
		"port 8888 is in use: another program (process 7) has",
		"端口 8888 已被占用：另一个程序（进程 7）" },
	{ "owner who wants to steer the terminal",
		{ .tried = NOD_TRIED_LISTEN,
			.error = -EADDRINUSE,
			.owner_pid = 7,
			.owner = "\x1b[2J" },
		":8888", "port 8888 is in use: another program (\u241b[2J, process 7)",
		"端口 8888 已被占用：另一个程序（\u241b[2J，进程 7）" },
	{ "low port", { .tried = NOD_TRIED_LISTEN, .error = -EACCES }, "127.0.0.1:80",
		"no permission for port 80: ports below 1024 need privilege;",
		"没有权限使用端口 80：1024 以下的端口需要特权；" },
	{ "high port", { .tried = NOD_TRIED_LISTEN, .error = -EACCES }, "127.0.0.1:8080",
		"no permission for 127.0.0.1:8080: a rule of this machine",
		"没有权限使用 127.0.0.1:8080：本机的安全规则禁止" },
	{ "not this machine's", { .tried = NOD_TRIED_LISTEN, .error = -EADDRNOTAVAIL },
		"192.0.2.7:8888", "192.0.2.7 is not an address of this machine;",
		"192.0.2.7 不是本机的地址；" },
	{ "no name",
		{ .tried = NOD_TRIED_RESOLVE,
			.error = -ENOENT,
			.resolver = EAI_NONAME,
			.name = "no.such" },
		":80", "cannot resolve \"no.such\": ", "无法解析“no.such”：" },
	{ "no name, and who was asked",
		{ .tried = NOD_TRIED_RESOLVE,
			.error = -ENOENT,
			.resolver = EAI_NONAME,
			.name = "no.such",
			.asked = "/etc/hosts, DNS 192.0.2.53" },
		":80",
		"cannot resolve \"no.such\": of those whom this machine asks for names "
		"(/etc/hosts, DNS 192.0.2.53) none knows it;",
		"无法解析“no.such”：本机查询的来源（/etc/hosts, DNS 192.0.2.53）都没有这个名字；" },
	{ "name that wants to steer the terminal",
		{ .tried = NOD_TRIED_RESOLVE,
			.error = -ENOENT,
			.resolver = EAI_NONAME,
			.name = "a\rb" },
		":80", "cannot resolve \"a\u240db\": ", "无法解析“a\u240db”：" },
	{ "resolver not even asked",
		{ .tried = NOD_TRIED_RESOLVE, .error = -EMFILE, .name = "bob" }, ":80",
		"out of descriptors while resolving bob:", "解析 bob 时描述符用完：" },
	{ "Unix socket refused", { .tried = NOD_TRIED_CONNECT, .error = -ECONNREFUSED },
		"unix:/run/x", "connection refused: /run/x is there,",
		"连接被拒绝：/run/x 还在，" },
	{ "Unix socket missing", { .tried = NOD_TRIED_CONNECT, .error = -ENOENT },
		"unix:/run/x", "no such socket: nothing is at /run/x;",
		"没有这个套接字：/run/x 不存在；" },
	{ "reset while talking", { .tried = NOD_TRIED_RECV, .error = -ECONNRESET },
		"192.0.2.1:80",
		"192.0.2.1 broke the connection off (RST):", "192.0.2.1 断开了连接（RST）：" },
	{ "broken pipe", { .tried = NOD_TRIED_SEND, .error = -EPIPE }, "192.0.2.1:80",
		"broken pipe: 192.0.2.1 has closed",
		"管道破裂（broken pipe）：192.0.2.1 已关闭" },
	{ "descriptors", { .tried = NOD_TRIED_CONNECT, .error = -EMFILE }, "192.0.2.1:80",
		"out of descriptors while connecting to 192.0.2.1:80:",
		"连接 192.0.2.1:80 时描述符用完：" },
	{ "unknown error", { .tried = NOD_TRIED_CONNECT, .error = -9999 }, "192.0.2.1:80",
		"connecting to 192.0.2.1:80 failed: Unknown error 9999 (error 9999)",
		"连接 192.0.2.1:80 失败：Unknown error 9999（错误号 9999）" },
	{ "unknown resolver error",
		{ .tried = NOD_TRIED_RESOLVE,
			.error = -ENOENT,
			.resolver = -777,
			.name = "bob" },
		":80", "cannot resolve \"bob\": Unknown error (-777)",
		"无法解析“bob”：Unknown error (-777)" },
	{ "nothing is known", { .tried = NOD_TRIED_NOTHING, .error = -EXDEV }, ":0",
		"trying failed: ", "操作失败：" },
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void test_sentences(void)
{
	char text[TEXT_MAX];

	for (unsigned i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		struct nod_failure f = sentences[i].f;

		f.at = at(sentences[i].at);
		nod_explain(&f, "en", text, sizeof(text));
		if (!tap(begins(text, sentences[i].en), "en: %s", sentences[i].name))
			printf("# %s\n", text);
		nod_explain(&f, "zh_CN.UTF-8", text, sizeof(text));
		if (!tap(begins(text, sentences[i].zh), "zh: %s", sentences[i].name))
			printf("# %s\n", text);
	}
}

/* ---- the catalogue ------------------------------------------------------------------- */

static bool has_chinese(const char *s)
{
	for (size_t i = 0, len = strlen(s); i < len;) {
		uint32_t cp;

		i += utf8_next(s + i, len - i, &cp);
		if (cp >= 0x4e00 && cp <= 0x9fff)
			return true;
	}
	return false;
}

/* A failure for which @r is the row. */
static struct nod_failure failure_for(const struct explanation *r)
{
	struct nod_failure f = { .error = -r->error, .name = "bob", .elapsed = NOD_S };

	f.at = at(r->where == AT_UNIX		? "unix:/run/x" :
			r->where == AT_GROUP	? "239.1.2.3:8888" :
			r->where == AT_LOW_PORT ? "192.0.2.1:80" :
						  "192.0.2.1:8888");
	for (f.tried = NOD_TRIED_JOIN; r->tried && !(r->tried & 1u << f.tried);)
		f.tried--;
	if (f.tried == NOD_TRIED_RESOLVE) {
		f.resolver = r->error ? r->error : -777;
		f.error = -ENOENT;
	} else if (!r->tried) {
		f.tried = NOD_TRIED_NOTHING;
		f.error = r->error ? -r->error : -9999;
	}
	return f;
}

static void test_rows(void)
{
	const struct explanation *r;
	char en[TEXT_MAX], zh[TEXT_MAX];
	unsigned n = 0, bad = 0;

	for (; (r = explain_row(n)); n++) {
		struct nod_failure f = failure_for(r);

		/* AF_UNIX has its EAFNOSUPPORT row after that of addresses */
		if (r->error == EAFNOSUPPORT && r->where == AT_ANY)
			f.at = at("unix:/run/x");
		size_t n_en = nod_explain(&f, "en", en, sizeof(en));
		size_t n_zh = nod_explain(&f, "zh", zh, sizeof(zh));
		bool ok = explain_find(&f) == r && n_en > 10 && n_zh > 10 &&
			n_en < sizeof(en) && n_zh < sizeof(zh) && has_chinese(zh) &&
			!has_chinese(en) && !strchr(en, '{') && !strchr(zh, '{') &&
			r->say.en[0] && r->say.zh[0];

		if (!ok)
			printf("# row %u, tried %x, error %d:\n# %s\n# %s\n", n, r->tried,
				r->error, en, zh);
		bad += !ok;
	}
	tap(n > 50 && bad == 0, "all %u rows are reached, whole, in both languages", n);
}

/* Whatever fails, something is said that fits its buffer. */
static void test_everything(void)
{
	char text[TEXT_MAX];
	unsigned bad = 0;

	for (int tried = NOD_TRIED_NOTHING; tried <= NOD_TRIED_JOIN + 1; tried++) {
		for (int error = 0; error < 140; error++) {
			for (unsigned kind = 0; kind < 4; kind++) {
				struct nod_failure f = { .tried = (enum nod_tried)tried,
					.error = -error,
					.resolver = kind == 3 ? -error : 0 };

				f.at = at(kind == 0	  ? "unix:x" :
						kind == 1 ? ":80" :
							    "[::1]:8888");
				size_t n = nod_explain(
					&f, error & 1 ? "zh" : "en", text, sizeof(text));
				bad += n < 5 || n >= sizeof(text) || strlen(text) != n;
			}
		}
	}
	tap(bad == 0, "every errno and every attempt gives a sentence");
}

static void test_cut(void)
{
	struct nod_failure f = { .tried = NOD_TRIED_CONNECT, .error = -ECONNREFUSED };
	char whole[TEXT_MAX], text[TEXT_MAX];
	unsigned bad = 0;

	f.at = at("127.0.0.1:9999");
	size_t len = nod_explain(&f, "zh", whole, sizeof(whole));
	for (size_t cap = 0; cap <= len + 1; cap++) {
		char clean[TEXT_MAX * UTF8_CLEAN_GROWTH];

		memset(text, 'x', sizeof(text));
		bad += nod_explain(&f, "zh", cap ? text : NULL, cap) != len;
		if (!cap)
			continue;
		size_t n = strlen(text);
		bad += n >= cap || n + 4 < (cap < len ? cap : len) ||
			memcmp(text, whole, n) != 0 || utf8_clean(clean, text, n) != n ||
			memcmp(clean, text, n) != 0;
	}
	tap(bad == 0, "a cut sentence ends with a whole character");

	char en[64], other[64];
	nod_explain(&f, "en", en, sizeof(en));
	nod_explain(&f, "fr", other, sizeof(other));
	tap(strcmp(en, other) == 0, "an unknown language is English");
	nod_explain(&f, NULL, other, sizeof(other));
	tap(strcmp(en, other) == 0, "no language is English");
}

int main(void)
{
	test_sentences();
	test_rows();
	test_everything();
	test_cut();
	return tap_done();
}
