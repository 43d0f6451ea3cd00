/* SPDX-License-Identifier: ISC */
/*
 * talk.h - what the files of `nod talk` share
 *
 * talk_options.c reads the arguments, talk.c opens the conversation, talk_lines.c holds it in
 * messages and talk_raw.c in octets, talk_report.c tells of it.
 */
#ifndef NOD_CMD_TALK_H
#define NOD_CMD_TALK_H

#include "command.h"
#include "net.h"
#include "terminal.h"

#define TALK_PORT 8888

/* What was asked for. */
struct request {
	char host[NOD_NAME_MAX]; /* name, address, or "unix:" and a path */
	uint16_t port;
	struct net_plan plan;	 /* --net */
	struct wire_faults faults; /* of its wires */
	struct network network; /* of the plan, open */
	struct nod_session_conf conf;
	struct nod_addr group; /* --multicast; NOD_UNSPEC = none */
	bool is_raw, no_newline, is_verbose;
	uint64_t retries;
	nod_ns delay; /* between them */
	nod_ns wait;  /* after the input's end; NOD_FOREVER */
	bool has_wait;
};

/* One conversation. */
struct talk {
	const struct request *q;
	const struct invocation *in;
	struct terminal *terminal;   /* NULL: not open, or raw */
	struct nod_session *session; /* a stream, or sends datagrams and hears the answers */
	struct nod_session *group;   /* hears what others send to the group; or NULL */
	bool is_connected;	     /* false: datagrams go to @to and come from anybody */
	struct nod_endpoint to;	     /* the peer, the group, the broadcast address */
	uint64_t octets_in, octets_out;
};

enum talk_how { CLOSED_FIN, CLOSED_RST, CLOSED_TIMEOUT, CLOSED_WAIT, CLOSED_ERROR };
enum talk_who { BY_US, BY_PEER };

/* Open the conversation that was asked for, hold it, close it; an exit status. */
int talk(struct invocation *in, struct request *q);

/* ---- talk_lines.c, talk_raw.c: hold the conversation; an exit status ----------------- */

int talk_in_lines(struct talk *t);
int talk_in_octets(struct talk *t);

/* The clock of its network; when it will be @span from now: NOD_FOREVER stays so. */
nod_ns talk_now(const struct talk *t);
nod_ns talk_in(const struct talk *t, nod_ns span);

/* A datagram: octets, or -errno.  A refusal of an earlier one (ICMP) is not this one's failure. */
ssize_t talk_send_datagram(struct talk *t, const void *buf, size_t len);

/* ---- talk_report.c: events, told as text or JSON as the options say ------------------ */

extern const struct nod_call_watch talk_watch; /* copy, and set self to the struct talk */

void report_connected(struct talk *t, nod_ns took);
/* @from: NULL where it can only be the peer. */
void report_received(
	struct talk *t, const char *text, size_t len, const struct nod_endpoint *from);
/* Show what report_received() has gathered. */
void report_flush(struct talk *t);
/* Nothing more is received: give the memory back. */
void report_end(void);
void report_closed(struct talk *t, enum talk_who who, enum talk_how how);

/* Why no address could be connected to; @why where talk_watch has heard of none.  EXIT_FAILED. */
int report_not_connected(struct talk *t, const struct nod_failure *why);

/* A failure of the conversation in a sentence.  EXIT_FAILED. */
int report_failure(struct talk *t, enum nod_tried tried, int error);

/* Something to know, on stderr, for people only; or only with -v. */
void report_note(struct talk *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void report_detail(struct talk *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
