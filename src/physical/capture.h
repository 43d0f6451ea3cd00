/* SPDX-License-Identifier: ISC */
/*
 * capture.h - frames written down for Wireshark and tshark: pcapng; and a device that does it
 *
 * draft-ietf-opsawg-pcapng: one section, an interface description for each interface (Ethernet,
 * nanoseconds), an enhanced packet block for each frame with its direction, and comments.  A frame
 * that was dropped is in it, too: its comment says why, and it bears a verdict ("drop", by the
 * hardware: the display filter is `frame.verdict.hw`).
 *
 * What was left unfinished is written finished: a checksum that is to be filled is filled in the
 * record, not in the packet.  A super-segment is one record, as it goes between a stack and its
 * device, with a checksum right for its whole length and a comment that says what it is.
 *
 * Time is the caller's: `at` and an offset, no clock.  Nothing else of this machine is in the file,
 * so two runs of one seed give the same octets.  A capture belongs to one thread.
 *
 * Neighbours: device.h; impair.h, which writes what its faults do.
 */
#ifndef NOD_PHYSICAL_CAPTURE_H
#define NOD_PHYSICAL_CAPTURE_H

#include "device.h"

struct capture;

/* All zero is good. */
struct capture_conf {
	int64_t epoch;	 /* ns since 1970 at which `at` is 0; simulated time: 0 */
	bool is_live;	 /* write at the end of each call: somebody looks on (or power may fail) */
	const char *application; /* in the file's head; copied; NULL = "nod VERSION" */
};

enum capture_direction {
	CAPTURE_IN = 1, /* as in epb_flags, bits 0 and 1 */
	CAPTURE_OUT = 2,
};

/* Writes all of it or returns a negative errno; after a failure it is not called again. */
typedef int capture_write(void *self, const void *octets, size_t len);

/*
 * Begin: a file (made, or emptied), or whatever @write does with the octets (a test's memory, a
 * hash).  @conf may be NULL.  0 or a negative errno of open(2), -ENOMEM.
 */
int capture_open(const char *path, const struct capture_conf *conf, struct capture **out);
int capture_to(capture_write *write, void *self, const struct capture_conf *conf,
	struct capture **out);

/*
 * One more interface; @name and @description (NULL = none) are for people and copied.  *@id is
 * for capture_packet().  At any time.  0, -ENOSPC (more than 65,536).
 */
int capture_add_interface(
	struct capture *c, const char *name, const char *description, unsigned *id);

/*
 * Record @p (a frame: data = link header; borrowed, not changed) as it is at time @at.  @comment:
 * UTF-8 for people, NULL = none.
 */
void capture_packet(struct capture *c, unsigned id, const struct pkt *p, nod_ns at,
	enum capture_direction direction, bool is_dropped, const char *comment);

/* What is written so far leaves the buffer.  0, or the first error of all. */
int capture_flush(struct capture *c);
/* A device's call is over: what is_live asks for. */
void capture_settle(struct capture *c);
/* The first error so far, or 0. */
int capture_error(const struct capture *c);
/* Ends it.  NULL is allowed.  0 or the first error: the file is then not whole. */
int capture_close(struct capture *c);

/* Records so far, dropped ones too. */
uint64_t capture_count(const struct capture *c);

/*
 * A device around @inner that records under @inner's name what goes through; takes @inner.  The
 * capture stays the caller's and has to live longer.  0, -ENOMEM, -ENOSPC (@inner is closed then).
 */
int capture_device(struct device *inner, struct capture *c, struct device **out);

#endif
