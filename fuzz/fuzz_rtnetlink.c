/* SPDX-License-Identifier: ISC */
/* fuzz_rtnetlink.c - any octets as the kernel's answer about interfaces (session/rtnetlink.h) */
#include "fuzz.h"

#include "session/rtnetlink.h"

static void is_text(const char *text, size_t cap)
{
	FUZZ_CLAIM(memchr(text, 0, cap));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rcur r = rcur_of(data, size);
	struct rtnl_msg m;
	for (size_t before = size + 1; rtnl_next(&m, &r) == 1; before = rcur_left(&r)) {
		FUZZ_CLAIM(rcur_left(&r) < before); /* each message takes octets: it ends */
		if (m.kind == RTNL_LINK) {
			is_text(m.link.name, sizeof(m.link.name));
			is_text(m.link.kind, sizeof(m.link.kind));
			is_text(m.link.queue, sizeof(m.link.queue));
			FUZZ_CLAIM(m.link.mac_len <= sizeof(m.link.mac));
			FUZZ_CLAIM(m.link.mac_broadcast_len <= sizeof(m.link.mac_broadcast));
		} else if (m.kind == RTNL_ADDR) {
			FUZZ_CLAIM(m.addr.local.len <= 128);
		}
	}
	return 0;
}
