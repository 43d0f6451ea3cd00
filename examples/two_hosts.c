/* SPDX-License-Identifier: ISC */
/*
 * two_hosts.c - two hosts in one program, each with a TCP/IP stack of its own, that talk by UDP
 *
 *	cc two_hosts.c $(pkg-config --cflags --libs --static nod) -o two_hosts && ./two_hosts hello
 */
#include <nod/nod.h>
#include <stdio.h>
#include <string.h>

static struct nod_host *host[2];

/* Two hosts on a wire in memory, 10.0.0.1 and 10.0.0.2, that run.  0 or -errno. */
static int make_hosts(void)
{
	unsigned index[2];
	int err = nod_host_new(NULL, &host[0]);

	if (err == 0)
		err = nod_host_new(NULL, &host[1]);
	if (err == 0)
		err = nod_host_join(host[0], host[1], NULL, index);
	for (unsigned i = 0; err == 0 && i < 2; i++) {
		struct nod_prefix p = { { NOD_IPV4, { 10, 0, 0, (uint8_t)(i + 1) }, 0 }, 24 };

		err = nod_address_add(
			nod_host_stack(host[i]), index[i], &p, NOD_ADDRESS_AT_ONCE);
	}
	return err < 0 ? err : nod_host_start(host[0]); /* and with it the other one */
}

int main(int argc, char **argv)
{
	const struct nod_session_conf conf = { .type = NOD_DATAGRAM, .blocking = true };
	struct nod_session *server = NULL, *client = NULL;
	struct nod_endpoint at, from;
	char heard[1024], text[NOD_ENDPOINT_TEXT_MAX];
	int err = make_hosts();

	nod_endpoint_parse(&at, "10.0.0.2:7777");
	if (err == 0)
		err = nod_session_listen(nod_host_service(host[1]), &at, &conf, &server, NULL);
	if (err == 0)
		err = nod_session_dial(nod_host_service(host[0]), &at, &conf, &client, NULL);
	if (err == 0 && argc == 2 && nod_session_send(client, argv[1], strlen(argv[1])) >= 0) {
		ssize_t n = nod_session_recvfrom(server, heard, sizeof(heard), &from);

		printf("%.*s, says %s\n", (int)n, heard,
			nod_endpoint_format(&from, text, sizeof(text)));
		nod_session_sendto(server, heard, (size_t)n, &from);
		n = nod_session_recv(client, heard, sizeof(heard));
		printf("%.*s, comes back\n", (int)n, heard);
	}
	nod_session_close(client);
	nod_session_close(server);
	nod_host_free(host[0]);
	nod_host_free(host[1]);
	return err < 0;
}
