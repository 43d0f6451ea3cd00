/* SPDX-License-Identifier: ISC */
/*
 * sim_stream.c - one direction of a simulated connection
 *
 * Neighbours: sim_stream.h.
 */
#include "sim_stream.h"

#include <errno.h>

static uint8_t octet(const struct sim_stream *w, uint64_t at)
{
	return (uint8_t)((w->key + at) * 0x9e3779b97f4a7c15 >> 40);
}

size_t sim_stream_write(
	struct sim_stream *w, struct nod_stack *s, int fd, size_t len, int flags)
{
	uint8_t piece[SIM_STREAM_PIECE];
	ssize_t done;

	if (len > sizeof(piece))
		len = sizeof(piece);
	if (len > w->to_send - w->sent)
		len = (size_t)(w->to_send - w->sent);
	if (!len || w->is_shut || w->error_out)
		return 0;
	for (size_t i = 0; i < len; i++)
		piece[i] = octet(w, w->sent + i);
	done = nod_send(s, fd, piece, len, flags);
	if (done < 0 && done != -EAGAIN && done != -ENOBUFS)
		w->error_out = (int)done;
	if (done <= 0)
		return 0;
	w->sent += (uint64_t)done;
	return (size_t)done;
}

void sim_stream_shut(struct sim_stream *w, struct nod_stack *s, int fd)
{
	int err = w->is_shut || w->error_out ? 0 : nod_shutdown(s, fd, SHUT_WR);

	if (err < 0)
		w->error_out = err; /* it has been broken meanwhile */
	else
		w->is_shut = !w->error_out;
}

enum sim_stream_verdict sim_stream_read(struct sim_stream *w, const struct sim_stream *back,
	struct nod_stack *s, int fd, size_t len, size_t *n)
{
	uint8_t piece[SIM_STREAM_PIECE];
	ssize_t got;

	*n = 0;
	if (sim_stream_is_over(w))
		return SIM_STREAM_GOOD;
	got = nod_recv(s, fd, piece, len < sizeof(piece) ? len : sizeof(piece), 0);
	if (got == -EAGAIN)
		return SIM_STREAM_GOOD;
	if (got < 0 || (got == 0 && back->error_out)) {
		w->error_in = got < 0 ? (int)got : back->error_out;
		return SIM_STREAM_GOOD;
	}
	if (got == 0) {
		w->has_ended = true;
		return w->is_shut && w->received == w->sent ? SIM_STREAM_GOOD :
							      SIM_STREAM_SHORT;
	}
	w->bits_wrong = 0;
	for (ssize_t i = 0; i < got; i++)
		w->bits_wrong += (unsigned)__builtin_popcount(
			piece[i] ^ octet(w, w->received + (uint64_t)i));
	if (w->bits_wrong)
		return SIM_STREAM_ALTERED;
	w->received += (uint64_t)got;
	*n = (size_t)got;
	return w->received > w->sent ? SIM_STREAM_AHEAD : SIM_STREAM_GOOD;
}
