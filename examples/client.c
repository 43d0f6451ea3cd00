/* SPDX-License-Identifier: ISC */
/*
 * client.c - the notes' TCP client on libnod: connect, send, receive, close
 *
 *	cc client.c $(pkg-config --cflags --libs --static nod) -o client && ./client 127.0.0.1 8888
 */
#include <nod/nod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const struct nod_failure *why)
{
	char text[512];

	nod_explain(why, "en", text, sizeof(text));
	fprintf(stderr, "%s\n", text);
	return 1;
}

int main(int argc, char **argv)
{
	const char *host = argc > 1 ? argv[1] : "127.0.0.1";
	uint16_t port = (uint16_t)(argc > 2 ? strtoul(argv[2], NULL, 10) : 8888);
	const struct nod_session_conf conf = { .blocking = true };
	struct nod_session *server;
	struct nod_failure why;
	char line[1024];

	if (nod_session_call(nod_service_kernel(), host, port, &conf, NULL, -1, &server, &why) < 0)
		return complain(&why);
	for (;;) {
		printf("发消息>>");
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			break;
		line[strcspn(line, "\n")] = 0;
		if (!line[0] || nod_session_send(server, line, strlen(line)) < 0)
			break;
		ssize_t n = nod_session_recv(server, line, sizeof(line));
		if (n <= 0)
			break;
		printf("%.*s\n", (int)n, line);
	}
	nod_session_close(server);
	return 0;
}
