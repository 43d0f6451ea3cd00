/* SPDX-License-Identifier: ISC */
/* test_happy.c - which address is tried when: RFC 8305's rules, told and asked by the clock */
#include "tap.h"

#include <string.h>

#include "session/happy.h"

/*
 * A script of steps, each at its millisecond:
 *	4 N / 6 N	the resolver gives N addresses of that family
 *	x		the attempt that began first among the live ones fails
 * and what is to be tried, in order: "6a@0 4a@250" (a: first address of the family).
 */
static const struct {
	const char *name, *script, *want;
} cases[] = {
	{ "both at once: IPv6 first, then alternately", "0:6 2,0:4 2",
		"6a@0 4a@250 6b@500 4b@750" },
	{ "IPv6 answers first and is tried at once", "10:6 1,30:4 1", "6a@10 4a@260" },
	{ "IPv4 first: IPv6 comes within 50 ms and goes first", "10:4 1,40:6 1",
		"6a@40 4a@290" },
	{ "IPv4 first: IPv6 does not come within 50 ms", "10:4 1,100:6 1", "4a@60 6a@310" },
	{ "IPv4 first: IPv6 comes empty, IPv4 at once", "10:4 1,20:6 0", "4a@20" },
	{ "IPv4 empty: IPv6 alone", "0:4 0,20:6 2", "6a@20 6b@270" },
	{ "IPv6 alone answers, IPv4 comes late and joins", "0:6 3,300:4 2",
		"6a@0 6b@250 4a@500 6c@750 4b@1000" },
	{ "a failure begins the next at once", "0:6 1,0:4 1,20:x", "6a@0 4a@20" },
	{ "a failure restarts the delay of the one after", "0:6 2,0:4 1,20:x",
		"6a@0 4a@20 6b@270" },
	{ "late IPv6 after IPv4 has failed: at once", "0:4 1,60:x,400:6 1", "4a@50 6a@400" },
	{ "two fail at once", "0:6 2,0:4 1,260:x,260:x", "6a@0 4a@250 6b@260" },
	{ "only IPv4, many", "0:6 0,0:4 3", "4a@0 4b@250 4c@500" },
	{ "nothing at all", "0:6 0,5:4 0", "" },
};

static void try_next(struct happy *h, nod_ns now, char *got, size_t cap)
{
	struct nod_addr a;

	while (happy_next(h, now, &a)) {
		size_t len = strlen(got);

		snprintf(got + len, cap - len, "%s%u%c@%d", len ? " " : "", a.family,
			'a' + a.octet[0], (int)(now / NOD_MS));
	}
}

static void run(const char *script, struct happy *h, char *got, size_t cap)
{
	struct nod_addr list[HAPPY_ADDRS] = { 0 };
	const char *p = script;

	happy_init(h, true, true);
	for (nod_ns now = 0; now < 3 * NOD_S; now += NOD_MS) {
		int at, used;

		while (*p && sscanf(p, "%d:%n", &at, &used) == 1 && at * NOD_MS == now) {
			p += used;
			if (*p == 'x') {
				happy_failed(h, now);
			} else {
				enum nod_family f = *p == '4' ? NOD_IPV4 : NOD_IPV6;

				for (unsigned i = 0; i < HAPPY_ADDRS; i++)
					list[i] = (struct nod_addr){ .family = (uint8_t)f,
						.octet = { (uint8_t)i } };
				happy_answer(h, f, list, (unsigned)(p[2] - '0'), now);
			}
			p += strcspn(p, ",");
			p += *p == ',';
		}
		if (happy_wake(h) <= now)
			try_next(h, now, got, cap);
	}
}

int main(void)
{
	struct happy h;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[256] = "";

		run(cases[i].script, &h, got, sizeof(got));
		if (!tap(strcmp(got, cases[i].want) == 0, "%s", cases[i].name))
			printf("# %s\n# %s, wanted\n", got, cases[i].want);
	}
	tap(happy_is_over(&h), "over when both are answered with nothing");

	struct nod_addr many[HAPPY_ADDRS + 8] = { 0 }, out;
	happy_init(&h, true, false);
	tap(!happy_is_over(&h), "not over while a family is asked for");
	happy_answer(&h, NOD_IPV4, many, HAPPY_ADDRS + 8, 0);
	tap(h.v4.n == HAPPY_ADDRS, "no more are kept than there is room for");
	tap(happy_next(&h, 0, &out) && !happy_next(&h, HAPPY_ATTEMPT_DELAY - 1, &out) &&
			happy_next(&h, HAPPY_ATTEMPT_DELAY, &out),
		"RFC 8305 section 5: the next attempt after 250 ms, not before");
	tap(happy_wake(&h) == 2 * HAPPY_ATTEMPT_DELAY, "asks to be woken for the next");
	happy_init(&h, true, true);
	happy_answer(&h, NOD_IPV4, many, 1, 0);
	tap(happy_wake(&h) == HAPPY_RESOLUTION_DELAY,
		"asks to be woken after the resolution delay");
	happy_init(&h, false, false);
	tap(happy_is_over(&h) && happy_wake(&h) == NOD_FOREVER, "nothing asked, nothing to do");
	return tap_done();
}
