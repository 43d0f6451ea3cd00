/* SPDX-License-Identifier: ISC */
/*
 * how_select.c - one loop over all clients with select()
 *
 * No threads, no processes; but select() takes no descriptor above 1,023 and looks at every
 * client each time, so the cost of one message grows with the number of clients.
 */
#include "how.h"

const struct how how_select = {
	.name = "select",
	.about = TX("one loop, select(): at most 1,024 descriptors, looks at each every time",
		"单循环，select()：最多 1024 个描述符，每次逐个查看"),
	.ready = NOD_READY_SELECT,
	.is_one_loop = true,
	.shares_memory = true,
	.start = how_start_here,
	.place = how_place_here,
};
