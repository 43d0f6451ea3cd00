/* SPDX-License-Identifier: ISC */
/*
 * how_poll.c - one loop over all clients with poll()
 *
 * As select() without its limit; the cost of one message still grows with the number of
 * clients.
 */
#include "how.h"

const struct how how_poll = {
	.name = "poll",
	.about = TX("one loop, poll(): no such limit, looks at each every time",
		"单循环，poll()：没有数量上限，每次逐个查看"),
	.ready = NOD_READY_POLL,
	.is_one_loop = true,
	.shares_memory = true,
	.start = how_start_here,
	.place = how_place_here,
};
