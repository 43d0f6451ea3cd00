/* SPDX-License-Identifier: ISC */
/*
 * happy.c - which of a host's addresses to try, and when (Happy Eyeballs v2, RFC 8305)
 *
 * Section 3 (both families are asked for; IPv4's answer waits a little for IPv6's),
 * section 4 (IPv6 first, then alternately), section 5 (a new attempt each 250 ms while none
 * has answered, and at once when one fails).  Answers that come late join what is left
 * to try.  Not here: sorting within a family, which the resolver has done (RFC 6724),
 * history of earlier connections, and section 7's NAT64 synthesis.
 */
#include "happy.h"

#include <string.h>

void happy_init(struct happy *h, bool asks_v4, bool asks_v6)
{
	memset(h, 0, sizeof(*h));
	h->v4.is_pending = asks_v4;
	h->v6.is_pending = asks_v6;
}

void happy_answer(struct happy *h, enum nod_family family, const struct nod_addr *list,
	unsigned n, nod_ns now)
{
	struct happy_family *f = family == NOD_IPV6 ? &h->v6 : &h->v4;

	f->is_pending = false;
	for (unsigned i = 0; i < n && f->n < HAPPY_ADDRS; i++)
		f->list[f->n++] = list[i];
	if (family == NOD_IPV4)
		h->wait_for_v6 = now + HAPPY_RESOLUTION_DELAY;
}

static bool has_more(const struct happy_family *f)
{
	return f->next < f->n;
}

/* Section 3: only IPv4 has answered, and IPv6 may yet within the Resolution Delay. */
static bool waits_for_v6(const struct happy *h)
{
	return !h->has_begun && h->v6.is_pending && !has_more(&h->v6);
}

bool happy_next(struct happy *h, nod_ns now, struct nod_addr *out)
{
	if (!has_more(&h->v4) && !has_more(&h->v6))
		return false;
	if (h->n_live && now < h->next_at)
		return false;
	if (waits_for_v6(h) && now < h->wait_for_v6)
		return false;

	bool is_v6 = has_more(&h->v6) && (h->last != NOD_IPV6 || !has_more(&h->v4));
	struct happy_family *f = is_v6 ? &h->v6 : &h->v4;

	*out = f->list[f->next++];
	h->last = is_v6 ? NOD_IPV6 : NOD_IPV4;
	h->has_begun = true;
	h->n_live++;
	h->next_at = now + HAPPY_ATTEMPT_DELAY;
	return true;
}

void happy_failed(struct happy *h, nod_ns now)
{
	h->n_live--;
	h->next_at = now;
}

nod_ns happy_wake(const struct happy *h)
{
	if (!has_more(&h->v4) && !has_more(&h->v6))
		return NOD_FOREVER;
	if (waits_for_v6(h))
		return h->wait_for_v6;
	return h->n_live ? h->next_at : 0;
}

bool happy_is_over(const struct happy *h)
{
	return !h->v4.is_pending && !h->v6.is_pending && !has_more(&h->v4) &&
		!has_more(&h->v6) && !h->n_live;
}
