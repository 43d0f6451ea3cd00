/* SPDX-License-Identifier: ISC */
/*
 * wire_faults.h - --impair and --capture: what is done to the wires of a subcommand
 *
 *	faults_add() for each --impair; faults_begin(); faults_wrap() each device; faults_end()
 *
 * Neighbours: presentation/impair_spec.h (what --impair may be), physical/capture.h, net.h.
 */
#ifndef NOD_CMD_WIRE_FAULTS_H
#define NOD_CMD_WIRE_FAULTS_H

#include "command.h"
#include "../physical/impair.h"

/* All zero: none. */
struct wire_faults {
	struct impair_conf impair; /* of every wire */
	const char *path;	   /* --capture's; NULL = none */
	struct capture *capture;
	unsigned n_wires;
	bool is_told; /* that the capture cannot be written */
};

/* Whether anything was asked for. */
static inline bool faults_are_any(const struct wire_faults *f)
{
	return f->path || impair_is_any(&f->impair);
}

/* One more --impair: a text, or @FILE.  0, or what to exit with. */
int faults_add(struct invocation *in, struct wire_faults *f, const char *text);

/*
 * Begin what the options asked for, on a machine's clock: open the capture, draw a seed where
 * none was given (and say it).  Events go to @sink.  0, or what to exit with.
 */
int faults_begin(struct invocation *in, struct wire_faults *f, const struct nod_event_sink *sink);

/* *@d with faults and capture around it.  0, or what to exit with: *@d is closed then. */
int faults_wrap(struct invocation *in, struct wire_faults *f, struct device **d);

/* Say once that the capture cannot be written, when that is so.  Whether it can. */
bool faults_look(struct invocation *in, struct wire_faults *f);

/* When the devices are closed.  0, or what to exit with: the capture is not whole. */
int faults_end(struct invocation *in, struct wire_faults *f);

#endif
