/* SPDX-License-Identifier: ISC */
/*
 * ping_show.h - what `nod ping` says, as text or as JSON
 *
 * Neighbours: ping.c, ping_socket.h (what was heard), network/echo_tally.h (the numbers).
 */
#ifndef NOD_CMD_PING_SHOW_H
#define NOD_CMD_PING_SHOW_H

#include "nod/name.h"
#include "../network/echo_tally.h"
#include "ping_socket.h"

struct ping_view {
	const struct ping_conf *conf;
	char name[NOD_NAME_MAX * 3]; /* the host as it was given, fit for a terminal */
	bool is_named;		     /* it was a name, and is shown beside the address */
	bool is_quiet;		     /* only the first line and the summary */
	bool is_json;
};

void ping_show_start(const struct ping_view *v);
void ping_show_reply(const struct ping_view *v, const struct ping_heard *h,
	const struct echo_verdict *verdict);
void ping_show_error(const struct ping_view *v, const struct ping_heard *h);
void ping_show_open(const struct ping_view *v, uint16_t seq); /* not answered yet */
void ping_show_send_failure(const struct ping_view *v, uint16_t seq, int err);
void ping_show_summary(const struct ping_view *v, const struct echo_tally *t);

/* One line to stderr, for SIGQUIT. */
void ping_show_so_far(const struct echo_tally *t);

#endif
