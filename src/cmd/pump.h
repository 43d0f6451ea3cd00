/* SPDX-License-Identifier: ISC */
/* pump.h - a session wired to two descriptors, byte for byte */
#ifndef NOD_CMD_PUMP_H
#define NOD_CMD_PUMP_H

#include "nod/session.h"

enum pump_side { PUMP_SESSION, PUMP_INPUT, PUMP_OUTPUT };

/* How it went. */
struct pump_result {
	uint64_t octets_in, octets_out; /* received and sent over the session */
	int error;			/* 0 = both ways ended in order, or the first error */
	enum pump_side side;		/* ... and whose it was */
};

/*
 * Copy @in_fd to the session and the session to @out_fd until both ways have ended, each in
 * its own time: the end of @in_fd half-closes the session, the peer's FIN ends the output
 * (@out_fd then leads nowhere).  After the input's end the peer has @wait to finish
 * (NOD_FOREVER: as long as it likes; then -ETIMEDOUT).  Always waits; neither way makes the
 * other wait.  0, or result->error.
 */
int pump(struct nod_session *s, int in_fd, int out_fd, nod_ns wait, struct pump_result *result);

#endif
