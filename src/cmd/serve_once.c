/* SPDX-License-Identifier: ISC */
/*
 * serve_once.c - nod serve --once --raw: one connection wired to stdin and stdout
 *
 * stdout carries the peer's octets and nothing else; what is told goes to stderr.
 */
#include "serve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pump.h"

static void tell_listening(const struct nod_session *listener)
{
	struct nod_endpoint at;
	char text[NOD_ENDPOINT_TEXT_MAX];

	if (nod_session_local(listener, &at) == 0)
		fprintf(stderr, T("listening on %s\n", "正在监听 %s\n"),
			nod_endpoint_format(&at, text, sizeof(text)));
}

int serve_once_raw(const struct invocation *in, struct nod_session *listener)
{
	struct nod_session *s;
	struct nod_endpoint peer;
	struct pump_result result;
	char text[NOD_ENDPOINT_TEXT_MAX];
	int err;

	tell_listening(listener);
	nod_session_set_blocking(listener, true);
	do
		err = nod_session_accept(listener, &s, &peer);
	while (err == -ECONNABORTED || err == -EINTR);
	nod_session_close(listener);
	if (err < 0)
		return failed(in, T("no connection could be accepted: %s", "无法接受连接: %s"),
			strerror(-err));
	nod_endpoint_format(&peer, text, sizeof(text));
	fprintf(stderr, T("connect from %s\n", "连接来自 %s\n"), text);

	err = pump(s, STDIN_FILENO, STDOUT_FILENO, NOD_FOREVER, &result);
	nod_session_close(s);
	if (err == 0)
		return EXIT_DONE;
	if (result.side == PUMP_SESSION)
		return failed(in,
			T("cut off by %s after %llu octets: %s",
				"与 %s 的连接在收到 %llu 字节后中断: %s"),
			text, (unsigned long long)result.octets_in, strerror(-err));
	return failed(in,
		result.side == PUMP_OUTPUT ?
			T("the output could not be written: %s", "输出写入失败: %s") :
			T("the input could not be read: %s", "输入读取失败: %s"),
		strerror(-err));
}
