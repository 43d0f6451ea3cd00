/* SPDX-License-Identifier: ISC */
/*
 * sessions.h - what the tests of sessions share
 *
 * Loopback only, ports of the system's choice, paths in a directory of the test's own.
 * Everything that is awaited has a bound.
 */
#ifndef NOD_TEST_SESSIONS_H
#define NOD_TEST_SESSIONS_H

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nod/session.h"
#include "tap.h"

#define WAIT_NS (10 * NOD_S) /* for what should be there at once */

static const struct nod_service *service;
static char dir[64];

static inline struct nod_endpoint of(const char *text)
{
	struct nod_endpoint e;
	char path[128];

	if (strncmp(text, "unix:", 5) == 0 && text[5] != '/') {
		snprintf(path, sizeof(path), "unix:%s/%s", dir, text + 5);
		text = path;
	}
	if (nod_endpoint_parse(&e, text) < 0)
		abort();
	return e;
}

static inline const char *text_of_endpoint(const struct nod_endpoint *e)
{
	static char text[4][NOD_ENDPOINT_TEXT_MAX];
	static unsigned i;

	return nod_endpoint_format(e, text[++i % 4], sizeof(text[0]));
}

/* Wait until @s is ready for @bits. */
static inline bool await(struct nod_session *s, unsigned bits)
{
	struct nod_ready *r;
	struct nod_ready_event ev;
	nod_ns end = nod_service_now(service) + WAIT_NS;
	int n = 0;

	if (nod_ready_new(service, NOD_READY_POLL, &r) < 0)
		return false;
	if (nod_ready_add(r, s, bits, s) == 0) {
		while ((n = nod_ready_wait(r, &ev, 1, end)) == 0 && nod_service_now(service) < end)
			;
		nod_ready_remove(r, s);
	}
	nod_ready_free(r);
	return n == 1;
}

/* As nod_session_recv(), once something is there. */
static inline ssize_t receive(struct nod_session *s, void *buf, size_t len)
{
	return await(s, NOD_READABLE) ? nod_session_recv(s, buf, len) : -ETIME;
}

static inline unsigned open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static inline void begin(void)
{
	const char *tmp = getenv("TMPDIR");

	service = nod_service_kernel();
	snprintf(dir, sizeof(dir), "%s/nod-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		printf("Bail out! no directory %s\n", dir);
		exit(99);
	}
}

/* The program's exit status. */
static inline int end(void)
{
	tap(rmdir(dir) == 0, "no path is left behind");
	return tap_done();
}

#endif
