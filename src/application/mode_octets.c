/* SPDX-License-Identifier: ISC */
/*
 * mode_octets.c - echo (RFC 862) and discard (RFC 863): octets, whatever they mean
 *
 * Echo reads no more from a client that does not take back what it has sent, so nothing
 * waits here but one read's worth; TCP's own flow control holds the rest.
 */
#include "server.h"

static void echo(struct client *c, const char *buf, size_t len)
{
	client_send_now(c, buf, len);
	if (client_waiting(c))
		client_pause(c);
}

static void discard(struct client *c, const char *buf, size_t len)
{
	(void)c;
	(void)buf;
	(void)len;
}

const struct mode mode_echo = {
	.name = "echo",
	.takes_octets = true,
	.octets = echo,
	.drained = client_read_more,
};

const struct mode mode_discard = {
	.name = "discard",
	.takes_octets = true,
	.octets = discard,
};
