/* SPDX-License-Identifier: ISC */
/*
 * sim_stream.h - one direction of a simulated connection, and whether what comes is what was sent
 *
 * Every octet follows from the stream's key and its place.  The promise of RFC 9293 is held against
 * it at each read: what has come is a prefix of what has been sent, and the end comes behind all of
 * it, or an error.
 *
 * Neighbours: sim_ledger.h (the same for datagrams), nod/socket.h.
 */
#ifndef NOD_SESSION_SIM_STREAM_H
#define NOD_SESSION_SIM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nod/socket.h"

enum { SIM_STREAM_PIECE = 20000 }; /* octets of one call, at the most */

/* All zero but key and to_send: nothing has been sent. */
struct sim_stream {
	uint64_t key;
	uint64_t to_send, sent, received; /* octets */
	bool is_shut;	/* its sender has said that nothing follows */
	bool has_ended; /* its receiver has been told so */
	unsigned bits_wrong; /* of the piece that came last */
	int error_out, error_in; /* negative errno that who sends, who receives, was told; or 0 */
};

enum sim_stream_verdict {
	SIM_STREAM_GOOD,
	SIM_STREAM_ALTERED, /* other octets than were sent */
	SIM_STREAM_AHEAD,   /* more than was sent */
	SIM_STREAM_SHORT,   /* the end, before all that was sent had come */
};

/*
 * Send up to @len octets of what is still to be sent, and no more than one piece.  Octets that were
 * taken; 0: none can be at present, or ever (then error_out is set, or all has been sent).
 */
size_t sim_stream_write(
	struct sim_stream *w, struct nod_stack *s, int fd, size_t len, int flags);
/* Nothing follows what has been sent. */
void sim_stream_shut(struct sim_stream *w, struct nod_stack *s, int fd);
/*
 * Receive up to @len octets; *@n came, 0: none for now, or never any more.  @back: the direction in
 * which this end sends; who has been told there that all is broken gets no end here.
 */
enum sim_stream_verdict sim_stream_read(struct sim_stream *w, const struct sim_stream *back,
	struct nod_stack *s, int fd, size_t len, size_t *n);

/* Its receiver waits for nothing more. */
static inline bool sim_stream_is_over(const struct sim_stream *w)
{
	return w->has_ended || w->error_in;
}
static inline bool sim_stream_is_whole(const struct sim_stream *w)
{
	return w->has_ended && w->received == w->to_send;
}

#endif
