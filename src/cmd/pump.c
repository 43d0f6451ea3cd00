/* SPDX-License-Identifier: ISC */
/*
 * pump.c - a session wired to two descriptors, byte for byte
 *
 * The descriptors may be shared with other processes (a terminal, a pipe), so they are not
 * made non-blocking: a read or write follows a word that it is ready, and a pipe is written at most
 * PIPE_BUF octets at once, which then cannot block (pipe(7)).
 */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUF_OCTETS (64u << 10)

struct way {
	char buf[BUF_OCTETS];
	size_t at, len;
	bool has_ended; /* its source has */
	bool is_done;	/* and all of it was passed on */
};

struct pumping {
	struct nod_session *session;
	struct nod_ready *ready;
	int in_fd, out_fd;
	bool in_is_watched, out_is_watched;
	size_t out_chunk; /* the most that a write to out_fd may be given */
	struct way to_session, to_output;
	nod_ns wait, until;
	struct pump_result *result;
};

static int fail(struct pumping *p, int err, enum pump_side side)
{
	p->result->error = err;
	p->result->side = side;
	return err;
}

static int read_input(struct pumping *p)
{
	struct way *w = &p->to_session;
	ssize_t n = read(p->in_fd, w->buf, sizeof(w->buf));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : fail(p, -errno, PUMP_INPUT);
	w->at = 0;
	w->len = (size_t)n;
	w->has_ended = n == 0;
	return 0;
}

/* The peer takes nothing more.  What it said before is still there, and the more telling. */
static int send_failed(struct pumping *p, int err)
{
	fail(p, err, PUMP_SESSION);
	p->to_session.len = 0;
	p->to_session.has_ended = p->to_session.is_done = true;
	return p->to_output.has_ended ? err : 0;
}

static nod_ns later(const struct pumping *p, nod_ns span)
{
	nod_ns now = nod_service_now(nod_session_service(p->session));

	return span < NOD_FOREVER - now ? now + span : NOD_FOREVER;
}

static int write_session(struct pumping *p)
{
	struct way *w = &p->to_session;

	while (w->len) {
		ssize_t n = nod_session_send(p->session, w->buf + w->at, w->len);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return send_failed(p, (int)n);
		w->at += (size_t)n;
		w->len -= (size_t)n;
		p->result->octets_out += (uint64_t)n;
	}
	if (w->has_ended && !w->is_done) {
		int err = nod_session_shutdown(p->session);

		w->is_done = true;
		if (p->wait != NOD_FOREVER)
			p->until = later(p, p->wait);
		if (err < 0 && !p->to_output.has_ended)
			return fail(p, err, PUMP_SESSION);
	}
	return 0;
}

/* Whoever reads our output sees its end now, not when the other way has ended too.  The
 * number stays taken, since stdout is closed once more when the program ends. */
static void end_output(struct pumping *p)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0)
		return;
	dup2(nowhere, p->out_fd);
	close(nowhere);
}

static int read_session(struct pumping *p)
{
	struct way *w = &p->to_output;
	ssize_t n = nod_session_recv(p->session, w->buf, sizeof(w->buf));

	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return p->result->error ? p->result->error : fail(p, (int)n, PUMP_SESSION);
	w->at = 0;
	w->len = (size_t)n;
	w->has_ended = w->is_done = n == 0;
	if (n == 0 && isatty(p->in_fd)) /* nobody is left to type for */
		p->to_session.has_ended = true;
	p->result->octets_in += (uint64_t)n;
	if (w->is_done)
		end_output(p);
	return 0;
}

static int write_output(struct pumping *p)
{
	struct way *w = &p->to_output;
	size_t most = w->len < p->out_chunk ? w->len : p->out_chunk;
	ssize_t n = write(p->out_fd, w->buf + w->at, most);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : fail(p, -errno, PUMP_OUTPUT);
	w->at += (size_t)n;
	w->len -= (size_t)n;
	return 0;
}

static int watch_fd(struct pumping *p, int fd, bool *is_watched, bool want, unsigned bits)
{
	if (want == *is_watched)
		return 0;
	*is_watched = want;
	if (want)
		return nod_ready_add_fd(p->ready, fd, bits, is_watched);
	nod_ready_remove_fd(p->ready, fd);
	return 0;
}

/* Watch what can go on now: a way with octets waits to write them, an empty one to read. */
static int watch(struct pumping *p)
{
	bool reads = !p->to_session.has_ended && !p->to_session.len;
	unsigned bits = (p->to_session.len ? (unsigned)NOD_WRITABLE : 0) |
		(!p->to_output.has_ended && !p->to_output.len ? (unsigned)NOD_READABLE : 0);
	int err = watch_fd(p, p->in_fd, &p->in_is_watched, reads, NOD_READABLE);

	if (err == 0)
		err = watch_fd(
			p, p->out_fd, &p->out_is_watched, p->to_output.len != 0, NOD_WRITABLE);
	if (err == 0)
		err = nod_ready_change(p->ready, p->session, bits, p);
	return err < 0 ? fail(p, err, PUMP_SESSION) : 0;
}

static int step(struct pumping *p, const struct nod_ready_event *ev)
{
	int err = 0;

	if (ev->tag == &p->in_is_watched)
		err = read_input(p);
	else if (ev->tag == &p->out_is_watched)
		err = write_output(p);
	else if (ev->bits & (NOD_READABLE | NOD_BROKEN) && !p->to_output.len &&
		!p->to_output.has_ended)
		err = read_session(p);
	return err < 0 ? err : write_session(p);
}

static int run(struct pumping *p)
{
	while (!p->to_session.is_done || !p->to_output.is_done || p->to_output.len) {
		struct nod_ready_event ev[4];
		int err = watch(p);

		if (err < 0)
			return err;
		int n = nod_ready_wait(p->ready, ev, 4, p->until);
		if (n < 0)
			return fail(p, n, PUMP_SESSION);
		if (n == 0 && nod_service_now(nod_session_service(p->session)) >= p->until)
			return fail(p, -ETIMEDOUT, PUMP_SESSION);
		for (int i = 0; i < n; i++) {
			err = step(p, &ev[i]);
			if (err < 0)
				return err;
		}
	}
	return p->result->error;
}

int pump(struct nod_session *s, int in_fd, int out_fd, nod_ns wait, struct pump_result *result)
{
	struct pumping p = { .session = s,
		.in_fd = in_fd,
		.out_fd = out_fd,
		.wait = wait,
		.until = NOD_FOREVER,
		.result = result };
	struct stat st;
	int err;

	*result = (struct pump_result){ 0 };
	p.out_chunk = fstat(out_fd, &st) == 0 && S_ISREG(st.st_mode) ? SIZE_MAX : PIPE_BUF;
	/* poll(): files may be watched too, and it is only three descriptors */
	err = nod_ready_new(nod_session_service(s), NOD_READY_POLL, &p.ready);
	if (err == 0)
		err = nod_session_set_blocking(s, false);
	if (err == 0)
		err = nod_ready_add(p.ready, s, 0, &p);
	if (err < 0)
		fail(&p, err, PUMP_SESSION);
	else
		err = run(&p);
	nod_ready_free(p.ready);
	return err;
}
