/* SPDX-License-Identifier: ISC */
/*
 * test_kernel.c - sessions on the machine's kernel: streams and Unix sockets
 *
 * Neighbours: test_datagram.c, test_ready.c.
 */
#include "tap.h"

#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "session/kernel_sockaddr.h"
#include "sessions.h"

/* The next descriptor that will be opened. */
static int next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static int int_option(int fd, int level, int option)
{
	int v = -1;
	socklen_t len = sizeof(v);

	getsockopt(fd, level, option, &v, &len);
	return v;
}

/* ---- streams ---------------------------------------------------------------------------- */

struct pair {
	struct nod_session *listener, *a, *b; /* a dialled, b was accepted */
	struct nod_endpoint at, peer;
};

static bool open_pair(struct pair *p, const char *where)
{
	const struct nod_endpoint e = of(where);

	*p = (struct pair){ 0 };
	if (nod_session_listen(service, &e, NULL, &p->listener, NULL) < 0)
		return false;
	nod_session_local(p->listener, &p->at);
	return nod_session_dial(service, &p->at, NULL, &p->a, NULL) == 0 &&
		await(p->a, NOD_WRITABLE) && nod_session_dialled(p->a) == 0 &&
		await(p->listener, NOD_READABLE) &&
		nod_session_accept(p->listener, &p->b, &p->peer) == 0;
}

static void close_pair(struct pair *p)
{
	nod_session_close(p->a);
	nod_session_close(p->b);
	nod_session_close(p->listener);
}

static void talking(const char *where)
{
	struct pair p;
	struct nod_session *none;
	struct nod_endpoint e;
	char buf[64] = "";

	if (!tap(open_pair(&p, where), "%s: listen, dial, accept", where))
		return;
	tap(p.at.is_unix || p.at.port != 0, "%s: the system chose a port", where);
	tap(nod_session_accept(p.listener, &none, NULL) == -EAGAIN, "%s: no second one", where);
	tap(nod_session_local(p.a, &e) == 0 && nod_endpoint_equal(&e, &p.peer),
		"%s: who was accepted is who dialled", where);
	tap(nod_session_peer(p.a, &e) == 0 && nod_endpoint_equal(&e, &p.at),
		"%s: and he dialled the listener", where);
	tap(nod_session_peer(p.listener, &e) == -ENOTCONN, "%s: a listener has no peer", where);
	tap(nod_session_recv(p.a, buf, sizeof(buf)) == -EAGAIN, "%s: nothing to hear", where);

	const struct iovec iov[] = { { (char[]){ "he" }, 2 }, { (char[]){ "llo" }, 3 } };
	tap(nod_session_sendv(p.a, iov, 2) == 5 && receive(p.b, buf, sizeof(buf)) == 5 &&
			memcmp(buf, "hello", 5) == 0,
		"%s: two pieces arrive as one", where);
	tap(nod_session_send(p.b, "x", 1) == 1 && receive(p.a, buf, sizeof(buf)) == 1,
		"%s: and back", where);

	nod_session_send(p.a, "last", 4);
	tap(nod_session_shutdown(p.a) == 0 && nod_session_send(p.a, "x", 1) == -EPIPE,
		"%s: half-closed: nothing more is sent, and no signal", where);
	tap(receive(p.b, buf, sizeof(buf)) == 4 && receive(p.b, buf, sizeof(buf)) == 0,
		"%s: what was sent arrives, then the end", where);
	tap(nod_session_send(p.b, "still", 5) == 5 && receive(p.a, buf, sizeof(buf)) == 5,
		"%s: the other way goes on", where);
	nod_session_close(p.b);
	p.b = NULL;
	tap(receive(p.a, buf, sizeof(buf)) == 0, "%s: until it is closed too", where);
	close_pair(&p);
}

/* The notes' "broken pipe": an error, never a signal (which would end this program). */
static void broken_pipe(const char *where)
{
	struct pair p;
	ssize_t n = 0;

	if (!open_pair(&p, where))
		return;
	nod_session_close(p.b);
	p.b = NULL;
	for (unsigned i = 0; i < 100 && n >= 0; i++) {
		n = nod_session_send(p.a, "x", 1);
		if (n > 0 && !await(p.a, 0)) /* the answer to it */
			break;
	}
	tap(n == -EPIPE || n == -ECONNRESET, "%s: sending to nobody: %s", where,
		strerror((int)-n));
	close_pair(&p);
}

static void aborting(const char *where)
{
	struct pair p;
	char buf[8];

	if (!open_pair(&p, where))
		return;
	nod_session_send(p.a, "lost", 4);
	nod_session_abort(p.b);
	p.b = NULL;
	ssize_t n = receive(p.a, buf, sizeof(buf));
	tap(n == -ECONNRESET, "%s: an abort is seen as one: %s", where, strerror((int)-n));
	close_pair(&p);
}

/* What the network takes is taken, the rest is the caller's; all of it arrives. */
static void filling(const char *where)
{
	struct pair p;
	size_t sent = 0, got = 0;
	ssize_t n;
	static char buf[65536];
	bool is_right = true;

	if (!open_pair(&p, where))
		return;
	for (;;) {
		for (size_t i = 0; i < sizeof(buf); i++)
			buf[i] = (char)((sent + i) % 251);
		n = nod_session_send(p.a, buf, sizeof(buf));
		if (n <= 0 || sent > 1u << 30)
			break;
		sent += (size_t)n;
	}
	tap(n == -EAGAIN && sent > 0, "%s: full after a while", where);
	while (got < sent && (n = receive(p.b, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			is_right &= buf[i] == (char)((got + (size_t)i) % 251);
		got += (size_t)n;
	}
	tap(got == sent && is_right, "%s: and all that was taken arrives", where);
	tap(await(p.a, NOD_WRITABLE), "%s: then there is room again", where);
	close_pair(&p);
}

static void both_families(void)
{
	const struct nod_endpoint every = of(":0");
	struct nod_session *l, *a, *b = NULL;
	struct nod_endpoint at, peer;

	int err = nod_session_listen(service, &every, NULL, &l, NULL);
	if (err < 0) {
		tap(false, "listen on every address: %s", strerror(-err));
		return;
	}
	nod_session_local(l, &at);
	tap(at.addr.family == NOD_UNSPEC && at.port != 0, "every address is told as such");
	at.addr = of("1").addr; /* 127.0.0.1 */
	if (nod_session_dial(service, &at, NULL, &a, NULL) == 0) {
		bool ok = await(l, NOD_READABLE) && nod_session_accept(l, &b, &peer) == 0;

		tap(ok && peer.addr.family == NOD_IPV4, "IPv4 comes to it, as IPv4");
		tap(ok && nod_session_local(b, &peer) == 0 && nod_endpoint_equal(&peer, &at),
			"and its own side is IPv4 too");
		nod_session_close(a);
		nod_session_close(b);
		b = NULL;
	}
	at.addr = of("[::1]:1").addr;
	if (nod_session_dial(service, &at, NULL, &a, NULL) < 0) {
		tap_skip("IPv6 comes to it", "no IPv6 on this machine");
	} else {
		tap(await(l, NOD_READABLE) && nod_session_accept(l, &b, &peer) == 0 &&
				peer.addr.family == NOD_IPV6,
			"IPv6 comes to it");
		nod_session_close(a);
		nod_session_close(b);
	}
	nod_session_close(l);
}

/* ---- what a listener hands on ------------------------------------------------------------ */

static void options(void)
{
	const struct nod_session_conf conf = { .keepalive = true, .keepalive_idle = 90 * NOD_S };
	const struct nod_endpoint e = of("0");
	struct nod_session *l, *a, *b;
	struct nod_endpoint at;

	if (nod_session_listen(service, &e, &conf, &l, NULL) < 0 ||
		nod_session_local(l, &at) < 0 ||
		nod_session_dial(service, &at, NULL, &a, NULL) < 0 || !await(l, NOD_READABLE)) {
		tap(false, "a listener with options");
		return;
	}
	int fd = next_fd();
	nod_session_accept(l, &b, NULL);
	tap(int_option(fd, IPPROTO_TCP, TCP_NODELAY) == 1, "accepted: what is sent leaves at once");
	tap(int_option(fd, SOL_SOCKET, SO_KEEPALIVE) == 1 &&
			int_option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 90 &&
			int_option(fd, IPPROTO_TCP, TCP_KEEPINTVL) == 30,
		"accepted: a silent peer is asked after what the listener says");
	tap(nod_session_set_keepalive(b, true, 1) == 0 &&
			int_option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 1,
		"a nanosecond is a second, the kernel's least");
	tap(nod_session_set_keepalive(b, true, NOD_FOREVER) == 0 &&
			int_option(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 32767,
		"for ever is the kernel's most");
	tap(nod_session_set_keepalive(b, false, 0) == 0 &&
			int_option(fd, SOL_SOCKET, SO_KEEPALIVE) == 0,
		"and it can be left");
	nod_session_close(a);
	nod_session_close(b);
	nod_session_close(l);
}

/* ---- refusals ---------------------------------------------------------------------------- */

static void in_use(const char *where, enum nod_session_type type)
{
	const struct nod_session_conf conf = { .type = type };
	const struct nod_endpoint e = of(where);
	struct nod_session *first, *second;
	struct nod_endpoint at;
	struct nod_failure why;
	char comm[16];

	prctl(PR_GET_NAME, comm);
	if (nod_session_listen(service, &e, &conf, &first, NULL) < 0) {
		tap(false, "%s: listen", where);
		return;
	}
	nod_session_local(first, &at);
	int err = nod_session_listen(service, &at, &conf, &second, &why);
	tap(err == -EADDRINUSE && why.error == err && why.tried == NOD_TRIED_LISTEN &&
			nod_endpoint_equal(&why.at, &at),
		"%s%s: in use", type == NOD_DATAGRAM ? "UDP " : "", where);
	tap(why.owner_pid == getpid() && strcmp(why.owner, comm) == 0,
		"and it is this process that uses it: %ld %s", why.owner_pid, why.owner);
	nod_session_close(first);
	err = nod_session_listen(service, &at, &conf, &second, NULL);
	tap(err == 0, "free again when it is closed");
	if (err == 0)
		nod_session_close(second);
}

/* Another process listens on the port, at another address: it is not the one in the way. */
static void in_use_by_whom(void)
{
	const struct nod_endpoint here = of("127.0.0.1:0");
	struct nod_session *mine, *second;
	struct nod_endpoint at, elsewhere;
	struct nod_failure why;
	int to_child[2], to_parent[2];
	char c;

	if (pipe(to_child) < 0 || pipe(to_parent) < 0)
		return;
	if (nod_session_listen(service, &here, NULL, &mine, NULL) < 0)
		return;
	nod_session_local(mine, &at);
	elsewhere = at;
	elsewhere.addr = of("127.0.0.2:0").addr;
	nod_session_close(mine);

	/* the parent has the lower number and is found first */
	pid_t pid = fork();
	if (pid == 0) {
		close(to_child[1]);
		prctl(PR_SET_NAME, "in-the-way");
		c = nod_session_listen(service, &at, NULL, &mine, NULL) == 0;
		(void)!write(to_parent[1], &c, 1);
		(void)!read(to_child[0], &c, 1); /* until the parent closes it */
		_exit(0);
	}
	close(to_child[0]);
	bool ok = read(to_parent[0], &c, 1) == 1 && c &&
		nod_session_listen(service, &elsewhere, NULL, &mine, NULL) == 0;
	if (!ok) {
		tap_skip("who is in the way", "the port was taken in the meantime");
	} else {
		nod_session_listen(service, &at, NULL, &second, &why);
		tap(why.owner_pid == pid && strcmp(why.owner, "in-the-way") == 0,
			"who listens at another address is not in the way: %s", why.owner);
		struct nod_endpoint every = at;
		every.addr.family = NOD_UNSPEC;
		int err = nod_session_listen(service, &every, NULL, &second, &why);
		tap(err == -EADDRINUSE && (why.owner_pid == pid || why.owner_pid == getpid()),
			"in the way of every address are both: %s", why.owner);
		nod_session_close(mine);
	}
	close(to_child[1]);
	waitpid(pid, NULL, 0);
	close(to_parent[0]);
	close(to_parent[1]);
}

static void no_such_address(void)
{
	static const struct {
		const char *name, *where;
		enum nod_session_type type;
		int want;
	} cases[] = {
		{ "not of this machine", "192.0.2.1:0", NOD_STREAM, -EADDRNOTAVAIL },
		{ "IPv6, not of this machine", "[2001:db8::1]:0", NOD_STREAM, -EADDRNOTAVAIL },
		{ "UDP, not of this machine", "192.0.2.1:0", NOD_DATAGRAM, -EADDRNOTAVAIL },
		{ "a directory that is not there", "unix:/nowhere/at/all", NOD_STREAM, -ENOENT },
		{ "a path that is a directory", "unix:/", NOD_STREAM, -EEXIST },
		{ "datagrams have no path", "unix:dgram", NOD_DATAGRAM, -EPROTONOSUPPORT },
	};
	struct nod_session *s;
	struct nod_failure why;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nod_session_conf conf = { .type = cases[i].type };
		const struct nod_endpoint e = of(cases[i].where);
		int err = nod_session_listen(service, &e, &conf, &s, &why);

		/* a machine without IPv6 says another thing */
		bool ok = err == cases[i].want ||
			(err == -EAFNOSUPPORT && cases[i].where[0] == '[');

		tap(ok && why.error == err && why.owner_pid == 0,
			"listen: %s: %s", cases[i].name, strerror(-err));
	}
	const struct nod_endpoint e = of("unix:dgram");
	struct stat st;
	tap(lstat(e.path, &st) < 0, "and what was refused leaves nothing behind");
}

/* In a child, which can lay down what root may. */
static void low_port(void)
{
	const struct nod_endpoint e = of("127.0.0.1:1");
	struct nod_session *s;
	struct nod_failure why;
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		int err = nod_session_listen(service, &e, NULL, &s, &why);
		_exit(err == 0 ? 2 : err != -EACCES || why.error != -EACCES);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		tap_skip("no permission below 1024", "anybody may listen there");
	else
		tap(WIFEXITED(status) && WEXITSTATUS(status) == 0, "no permission below 1024");
}

/* A port of 127.0.0.1 at which nobody listens. */
static struct nod_endpoint nobody(void)
{
	const struct nod_endpoint e = of("127.0.0.1:0");
	struct nod_endpoint at = e;
	struct nod_session *s;

	if (nod_session_listen(service, &e, NULL, &s, NULL) == 0) {
		nod_session_local(s, &at);
		nod_session_close(s);
	}
	return at;
}

static void dialling_nobody(void)
{
	const struct nod_session_conf blocking = { .blocking = true };
	const struct nod_endpoint at = nobody();
	struct nod_session *s;
	struct nod_failure why;
	int err = nod_session_dial(service, &at, &blocking, &s, &why);

	tap(err == -ECONNREFUSED && why.tried == NOD_TRIED_CONNECT && why.error == err &&
			nod_endpoint_equal(&why.at, &at),
		"blocking dial: refused");

	err = nod_session_dial(service, &at, NULL, &s, NULL);
	if (err == 0) { /* its answer is there later */
		await(s, NOD_WRITABLE);
		err = nod_session_dialled(s);
		nod_session_close(s);
	}
	tap(err == -ECONNREFUSED, "dial: refused: %s", strerror(-err));

	const struct nod_endpoint path = of("unix:nobody");
	err = nod_session_dial(service, &path, NULL, &s, &why);
	tap(err == -ENOENT && why.error == -ENOENT, "dial: no such path");
}

static void wrong_family(void)
{
	static const char *const sources[][2] = {
		{ "127.0.0.1:0", "[::1]:9" },
		{ "[::1]:0", "127.0.0.1:9" },
		{ "127.0.0.1:0", "unix:nobody" },
		{ "unix:nobody", "127.0.0.1:9" },
	};
	struct nod_session *s;
	unsigned before = open_fds();

	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		const struct nod_session_conf conf = { .source = of(sources[i][0]) };
		const struct nod_endpoint to = of(sources[i][1]);
		int err = nod_session_dial(service, &to, &conf, &s, NULL);

		tap(err == -EAFNOSUPPORT, "dial %s from %s: %s", sources[i][1], sources[i][0],
			strerror(-err));
		if (err == 0)
			nod_session_close(s);
	}
	tap(open_fds() == before, "and no descriptor is left of them");

	const struct nod_session_conf conf = { .type = NOD_DATAGRAM };
	const struct nod_endpoint v4 = of("127.0.0.1:0"), v6 = of("[::1]:9"), un = of("unix:x");
	if (nod_session_listen(service, &v4, &conf, &s, NULL) == 0) {
		tap(nod_session_sendto(s, "x", 1, &v6) == -EAFNOSUPPORT,
			"an IPv4 socket sends nothing to IPv6");
		tap(nod_session_sendto(s, "x", 1, &un) == -EAFNOSUPPORT, "nor to a path");
		nod_session_close(s);
	}
}

/* No descriptor is left: who waits is taken when there is one again. */
static void no_descriptors(void)
{
	struct pair p;
	struct nod_session *a, *b = NULL;
	struct rlimit before, none;

	if (!open_pair(&p, "127.0.0.1:0") ||
		nod_session_dial(service, &p.at, NULL, &a, NULL) < 0 ||
		!await(p.listener, NOD_READABLE) || getrlimit(RLIMIT_NOFILE, &before) < 0) {
		tap(false, "accept without descriptors");
		return;
	}
	none = (struct rlimit){ .rlim_cur = (rlim_t)next_fd(), .rlim_max = before.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	int err = nod_session_accept(p.listener, &b, NULL);
	setrlimit(RLIMIT_NOFILE, &before);
	tap(err == -EMFILE, "accept without descriptors: %s", strerror(-err));
	tap(nod_session_accept(p.listener, &b, NULL) == 0, "then he is still there");
	nod_session_close(a);
	nod_session_close(b);
	close_pair(&p);
}

/* ---- Unix sockets' paths ----------------------------------------------------------------- */

static bool exists(const struct nod_endpoint *e)
{
	struct stat st;

	return lstat(e->path, &st) == 0;
}

static void paths(void)
{
	const struct nod_endpoint e = of("unix:path");
	struct nod_session *l, *again;

	if (nod_session_listen(service, &e, NULL, &l, NULL) < 0) {
		tap(false, "listen at a path");
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		nod_session_close(l);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	tap(exists(&e), "a child process that closes the listener leaves the path");
	nod_session_close(l);
	tap(!exists(&e), "the path goes with its listener");

	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct kernel_sockaddr a;
	kernel_sockaddr_from(&a, &e, AF_UNIX);
	bind(fd, &a.u.sa, a.len);
	close(fd);
	tap(exists(&e) && nod_session_dial(service, &e, NULL, &again, NULL) == -ECONNREFUSED,
		"a path that its listener has left behind: nobody answers");
	tap(nod_session_listen(service, &e, NULL, &l, NULL) == 0, "and may be taken");
	nod_session_close(l);

	FILE *f = fopen(e.path, "w");
	if (f)
		fclose(f);
	tap(nod_session_listen(service, &e, NULL, &l, NULL) == -EEXIST && exists(&e),
		"a file is not");
	unlink(e.path);
	if (symlink("/nowhere", e.path) == 0)
		tap(nod_session_listen(service, &e, NULL, &l, NULL) == -EEXIST && exists(&e),
			"nor a link");
	unlink(e.path);

	char longest[NOD_PATH_MAX + 5] = "unix:";
	snprintf(longest + 5, sizeof(longest) - 5, "%s/%0*d", dir,
		(int)(NOD_PATH_MAX - 2 - strlen(dir)), 7);
	struct pair p;
	tap(open_pair(&p, longest), "the longest path there may be");
	close_pair(&p);
}

/* ---- blocking --------------------------------------------------------------------------- */

#define LONG_SEND (4u << 20)

static atomic_uint ticks;

static void on_tick(int sig)
{
	(void)sig;
	atomic_fetch_add(&ticks, 1);
}

/* Signals all the time, in this thread, none of which restarts what it interrupts. */
static void tick(bool on)
{
	struct sigaction a = { .sa_handler = on_tick };
	const struct itimerval t = { { 0, on ? 3000 : 0 }, { 0, on ? 3000 : 0 } };

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

struct slow_reader {
	struct nod_session *s;
	size_t got;
};

static void *read_slowly(void *arg)
{
	struct slow_reader *r = arg;
	char buf[3000];
	ssize_t n;

	while ((n = nod_session_recv(r->s, buf, sizeof(buf))) > 0)
		r->got += (size_t)n;
	return NULL;
}

static void *dial_later(void *arg)
{
	const struct nod_session_conf conf = { .blocking = true };
	struct nod_session *s;

	/* not before signals have interrupted the accept: it waits by then */
	while (atomic_load(&ticks) < 5)
		sched_yield();
	return nod_session_dial(service, arg, &conf, &s, NULL) == 0 ? s : NULL;
}

static void blocking_calls(void)
{
	const struct nod_session_conf conf = { .blocking = true };
	const struct nod_endpoint e = of("unix:blocking");
	struct nod_session *l, *b = NULL;
	sigset_t set, before;
	pthread_t thread;
	void *dialled;
	char *data = calloc(1, LONG_SEND);

	if (nod_session_listen(service, &e, &conf, &l, NULL) < 0)
		return;
	/* the signals are for this thread alone */
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	pthread_create(&thread, NULL, dial_later, (void *)(uintptr_t)&e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	tick(true);
	int err = nod_session_accept(l, &b, NULL);
	tick(false);
	pthread_join(thread, &dialled);
	tap(err == 0 && dialled, "blocking accept: waits through signals: %s", strerror(-err));
	if (err == 0 && dialled) {
		struct slow_reader r = { .s = dialled };

		pthread_sigmask(SIG_BLOCK, &set, &before);
		pthread_create(&thread, NULL, read_slowly, &r);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		const struct iovec iov[] = { { data, 10 }, { data, 0 }, { data, LONG_SEND - 10 } };
		tick(true);
		ssize_t n = nod_session_send(b, data, LONG_SEND);
		ssize_t m = nod_session_sendv(b, iov, 3);
		tick(false);
		nod_session_shutdown(b);
		pthread_join(thread, NULL);
		tap(n == LONG_SEND && m == LONG_SEND && r.got == 2 * LONG_SEND,
			"blocking send: takes all, through signals: %zd and %zd", n, m);
		tap(nod_session_set_blocking(dialled, false) == 0 &&
				nod_session_set_blocking(b, false) == 0 &&
				nod_session_recv(b, data, 1) == -EAGAIN,
			"and it may be changed later");
		nod_session_close(b);
		nod_session_close(dialled);
	}
	nod_session_close(l);
	free(data);
}

int main(void)
{
	static const char *const streams[] = { "127.0.0.1:0", "[::1]:0", "unix:stream" };

	begin();
	unsigned before = open_fds();
	for (unsigned i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		talking(streams[i]);
		broken_pipe(streams[i]);
		aborting(streams[i]);
		filling(streams[i]);
	}
	both_families();
	options();
	in_use("127.0.0.1:0", NOD_STREAM);
	in_use("127.0.0.1:0", NOD_DATAGRAM);
	in_use("unix:taken", NOD_STREAM);
	in_use_by_whom();
	no_such_address();
	low_port();
	dialling_nobody();
	wrong_family();
	no_descriptors();
	paths();
	blocking_calls();
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
