/* SPDX-License-Identifier: ISC */
/* test_endpoint.c - an address with its port, as text and back */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nod/endpoint.h"

#define P107 "1234567890123456789012345678901234567890123456789012345678901234567890" \
	     "1234567890123456789012345678901234567"

static const struct {
	const char *in;
	int err;
	const char *back; /* as it is written again; NULL: as it was */
} cases[] = {
	{ "127.0.0.1:8888", 0, NULL },
	{ "8888", 0, "127.0.0.1:8888" },
	{ ":8888", 0, "*:8888" },
	{ "*:8888", 0, NULL },
	{ "0.0.0.0:1", 0, NULL },
	{ "[::]:1", 0, NULL },
	{ "[::1]:8888", 0, NULL },
	{ "[2001:DB8:0::1]:65535", 0, "[2001:db8::1]:65535" },
	{ "[fe80::1%1]:80", 0, NULL },
	{ "127.0.0.1:0", 0, NULL },
	{ "0", 0, "127.0.0.1:0" },
	{ "00080", 0, "127.0.0.1:80" },
	{ "unix:/tmp/a", 0, NULL },
	{ "unix:a", 0, NULL },
	{ "unix:a:80", 0, NULL },
	{ "unix:" P107, 0, NULL },
	{ "", -EINVAL, NULL },
	{ ":", -EINVAL, NULL },
	{ "127.0.0.1:", -EINVAL, NULL },
	{ "127.0.0.1", -EINVAL, NULL },
	{ "localhost", -EINVAL, NULL },
	{ "80 ", -EINVAL, NULL },
	{ " 80", -EINVAL, NULL },
	{ "+80", -EINVAL, NULL },
	{ "-1", -EINVAL, NULL },
	{ "0x50", -EINVAL, NULL },
	{ "127.0.0.1:http", -EINVAL, NULL },
	{ "127.0.0.1:99999999999999999999x", -EINVAL, NULL },
	{ "::1:80", -EINVAL, NULL },
	{ "::1", -EINVAL, NULL },
	{ "[::1]", -EINVAL, NULL },
	{ "[::1]80", -EINVAL, NULL },
	{ "[::1:80", -EINVAL, NULL },
	{ "::1]:80", -EINVAL, NULL },
	{ "[]:80", -EINVAL, NULL },
	{ "[", -EINVAL, NULL },
	{ "unix:", -EINVAL, NULL },
	{ "65536", -EDOM, NULL },
	{ "127.0.0.1:65536", -EDOM, NULL },
	{ "127.0.0.1:99999999999999999999", -EDOM, NULL },
	{ "localhost:80", -EADDRNOTAVAIL, NULL },
	{ "127.1:80", -EADDRNOTAVAIL, NULL },
	{ "256.0.0.1:80", -EADDRNOTAVAIL, NULL },
	{ "127.0.0.1 :80", -EADDRNOTAVAIL, NULL },
	{ "[::g]:80", -EADDRNOTAVAIL, NULL },
	{ "[*]:80", -EADDRNOTAVAIL, NULL },
	{ "[::1%nosuchinterface]:80", -EADDRNOTAVAIL, NULL },
	{ "[]]:80", -EADDRNOTAVAIL, NULL },
	{ "**:80", -EADDRNOTAVAIL, NULL },
	{ P107 ":80", -EADDRNOTAVAIL, NULL },
	{ "unix:" P107 "8", -ENAMETOOLONG, NULL },
};

static void check(const char *in, int want_err, const char *back)
{
	struct nod_endpoint e;
	char *copy = strdup(in), text[NOD_ENDPOINT_TEXT_MAX], exact[NOD_ENDPOINT_TEXT_MAX];

	memset(&e, 0x5a, sizeof(e));
	int err = nod_endpoint_parse(&e, copy);
	free(copy);
	if (want_err) {
		tap(err == want_err, "refuse \"%.40s\": %s", in, strerror(-want_err));
		return;
	}
	bool ok = err == 0 && nod_endpoint_format(&e, text, sizeof(text)) == text &&
		strcmp(text, back) == 0;
	tap(ok, "\"%.40s\" is \"%.40s\"", in, back);
	if (!ok)
		return;

	struct nod_endpoint again;
	memset(&again, 0xa5, sizeof(again));
	tap(nod_endpoint_parse(&again, back) == 0 && nod_endpoint_equal(&e, &again),
		"and \"%.40s\" is the same again", back);
	size_t len = strlen(back);
	memset(exact, 'x', sizeof(exact));
	ok = !nod_endpoint_format(&e, exact, len) && exact[0] == 'x';
	tap(ok && nod_endpoint_format(&e, exact, len + 1) && strcmp(exact, back) == 0,
		"written only where it fits whole");
}

static struct nod_endpoint of(const char *text)
{
	struct nod_endpoint e;

	if (nod_endpoint_parse(&e, text) < 0)
		abort();
	return e;
}

static void equality(void)
{
	static const struct {
		const char *a, *b;
		bool want;
	} pairs[] = {
		{ "127.0.0.1:80", "80", true },
		{ "127.0.0.1:80", "127.0.0.1:81", false },
		{ "127.0.0.1:80", "127.0.0.2:80", false },
		{ ":80", "0.0.0.0:80", false },
		{ ":80", "*:80", true },
		{ "[fe80::1%1]:80", "[fe80::1%2]:80", false },
		{ "unix:/a", "unix:/a", true },
		{ "unix:/a", "unix:/b", false },
		{ "unix:/a", "80", false },
		{ "80", "unix:/a", false },
	};

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct nod_endpoint a = of(pairs[i].a), b = of(pairs[i].b);

		tap(nod_endpoint_equal(&a, &b) == pairs[i].want, "%s and %s are %s", pairs[i].a,
			pairs[i].b, pairs[i].want ? "the same" : "not the same");
	}
}

int main(void)
{
	struct nod_endpoint e = { 0 };
	char text[NOD_ENDPOINT_TEXT_MAX];

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].in, cases[i].err, cases[i].back ? cases[i].back : cases[i].in);
	equality();
	e.is_unix = true;
	tap(nod_endpoint_format(&e, text, sizeof(text)) && strcmp(text, "unix:") == 0,
		"an unnamed Unix socket");
	/* "ffff:...:ffff%4294967295" is the longest address there is */
	e = of("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
	tap(nod_endpoint_format(&e, text, sizeof(text)) != NULL, "the longest fits: %s", text);
	return tap_done();
}
