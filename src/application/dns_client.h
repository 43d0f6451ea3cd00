/* SPDX-License-Identifier: ISC */
/*
 * dns_client.h - ask DNS servers, several questions side by side
 *
 * Neighbours: dns_wire.h, dns_answer.h (reads what came), nod/session.h (carries it).
 */
#ifndef NOD_APPLICATION_DNS_CLIENT_H
#define NOD_APPLICATION_DNS_CLIENT_H

#include "nod/session.h"
#include "dns_wire.h"

enum dns_outcome {
	DNS_PENDING,
	DNS_ANSWERED, /* @message fits the question; dns_answer_parse() reads it */
	DNS_SILENT,   /* nothing that fits came in time */
	DNS_FAILED,   /* @error says why it could not be asked */
};

/* One question to one server. */
struct dns_ask {
	/* the caller sets these and zeroes the rest */
	struct nod_endpoint server;
	struct dns_question question;
	uint16_t id; /* to be guessed by no one: RFC 5452 9.2 */

	enum dns_outcome outcome;
	int error;	    /* DNS_FAILED, or TCP's where @is_truncated: negative errno */
	nod_ns took;	    /* DNS_ANSWERED: from the last query to the answer */
	unsigned n_sent;    /* queries by UDP */
	unsigned n_ignored; /* datagrams from the server's address that did not fit */
	bool by_tcp;	    /* the answer was too long for UDP: RFC 7766 */
	bool is_truncated;  /* ... and TCP failed: @message is the part that fitted */
	bool without_edns;  /* the server knew no EDNS: RFC 6891 6.2.2 */
	uint8_t *message;   /* @len octets; dns_ask_free() */
	size_t len;

	/* dns_ask_all()'s own */
	struct nod_session *session;
	bool is_stream, is_connected, is_asked; /* over TCP; ... is there; ... took the query */
	nod_ns asked, again; /* when it was asked last, when it is to be again */
	uint8_t frame[2];    /* of a stream: the message's length ... */
	uint8_t *stream;     /* ... and the message */
	size_t n_in, n_out;  /* octets of it, with the length, that came and went */
};

/*
 * Ask all @n and wait until each is answered or failed, or @timeout is over.  By UDP from a
 * port of its own each, again after a second; by TCP where the answer was truncated.
 *
 * Return: 0, or a negative errno with nothing asked: -ENOMEM, -EMFILE, -ENFILE.
 */
int dns_ask_all(const struct nod_service *v, struct dns_ask *list, unsigned n, nod_ns timeout);

/* Free what was received. */
void dns_ask_free(struct dns_ask *a);

#endif
