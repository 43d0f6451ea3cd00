/* SPDX-License-Identifier: ISC */
/*
 * server.c - the notes' TCP server on libnod: listen, accept, receive, answer, close
 *
 *	cc server.c $(pkg-config --cflags --libs --static nod) -o server && ./server 127.0.0.1:8888
 */
#include <nod/nod.h>
#include <stdio.h>

static int complain(const struct nod_failure *why)
{
	char text[512];

	nod_explain(why, "en", text, sizeof(text));
	fprintf(stderr, "%s\n", text);
	return 1;
}

static void converse(struct nod_session *peer)
{
	static const char answer[] = "来,确认下眼神";
	char data[1024];
	ssize_t n;

	while ((n = nod_session_recv(peer, data, sizeof(data))) > 0) {
		printf("%.*s\n", (int)n, data);
		fflush(stdout);
		if (nod_session_send(peer, answer, sizeof(answer) - 1) < 0)
			break; /* the notes' broken pipe: an error here, not the end of us */
	}
}

int main(int argc, char **argv)
{
	const struct nod_session_conf conf = { .blocking = true, .backlog = 5 };
	struct nod_session *listener, *peer;
	struct nod_endpoint at, from;
	struct nod_failure why;
	char text[NOD_ENDPOINT_TEXT_MAX];

	if (nod_endpoint_parse(&at, argc > 1 ? argv[1] : "127.0.0.1:8888") < 0) {
		fprintf(stderr, "usage: server [ADDRESS:]PORT\n");
		return 2;
	}
	if (nod_session_listen(nod_service_kernel(), &at, &conf, &listener, &why) < 0)
		return complain(&why);
	for (;;) {
		printf("waiting for connect....\n");
		fflush(stdout);
		if (nod_session_accept(listener, &peer, &from) < 0)
			continue;
		printf("connect from %s\n", nod_endpoint_format(&from, text, sizeof(text)));
		converse(peer);
		nod_session_close(peer);
	}
}
