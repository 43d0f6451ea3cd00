/* SPDX-License-Identifier: ISC */
/*
 * mode_reply.c - the notes' server: shows what each client says, and answers each message
 *
 * The answer ends as the message did, with a newline or without: the notes' client sends
 * none and expects none.  What the operator types goes to every client.
 */
#include "server.h"

#include <string.h>

#include "../presentation/utf8.h"

/* Answers that wait, octets; above, the client's own messages wait too. */
static size_t enough(const struct server_conf *conf)
{
	return conf->queue / 4;
}

/*
 * Each octet may be a message, an empty line, and be answered: as many as fill half of what may
 * wait for the client, who would else be dropped as a slow reader for our own haste.
 */
static size_t read_most(const struct server_conf *conf)
{
	size_t most = conf->queue / 2 / (conf->reply_len + 1);

	return most ? most : 1;
}

static void message(struct client *c, const char *text, size_t len, bool has_newline)
{
	const struct server_conf *conf = c->loop->server->conf;
	char clean[UTF8_CLEAN_GROWTH * LINES_MAX];

	client_said(c, text, len, clean, &len);
	client_send(c, conf->reply, conf->reply_len + has_newline);
	if (client_waiting(c) > enough(conf))
		client_pause(c);
}

static void operator_says(struct loop *l, const char *text, size_t len)
{
	const struct server_report *r = l->server->report;
	char line[UTF8_CLEAN_GROWTH * LINES_MAX + 1];

	len = utf8_clean(line, text, len);
	line[len] = '\n';
	hub_say(l, NULL, line, len + 1, false);
	if (r->said)
		r->said(r->self, NULL, NULL, false, line, len);
}

const struct mode mode_reply = {
	.name = "reply",
	.hears_all = true,
	.read_most = read_most,
	.message = message,
	.drained = client_read_more,
	.operator_says = operator_says,
};
