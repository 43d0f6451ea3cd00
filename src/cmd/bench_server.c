/* SPDX-License-Identifier: ISC */
/*
 * bench_server.c - a server under test: starts it, reads off what it costs, ends it
 *
 * The child leads a login session of its own, by which all that it forks is found again in
 * /proc.  It dies with this process, whatever this process dies of.
 *
 * Neighbours: bench.h.
 */
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../presentation/utf8.h"
#include "../session/kernel_owner.h"

#define START_TRIES 1000 /* of START_PAUSE each */
#define STOP_TRIES  600
#define PORT_TRIES  3
#define PAUSE_NS    (5 * NOD_MS)

const char *const bench_way_names[N_WAYS] = { "process", "thread", "select", "poll", "epoll" };

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
}

/* ---- starting and ending ------------------------------------------------------------- */

/* A port of 127.0.0.1 that is free at this moment. */
static int find_port(struct nod_endpoint *at)
{
	struct nod_session *l;
	int err = nod_endpoint_parse(at, "127.0.0.1:0");

	if (err == 0)
		err = nod_session_listen(nod_service_kernel(), at, NULL, &l, NULL);
	if (err < 0)
		return err;
	err = nod_session_local(l, at);
	nod_session_close(l);
	return err;
}

/* In the child.  Nothing here may allocate or flush: it shares the parent's buffers. */
__attribute__((noreturn)) static void become(char *const argv[], pid_t parent, int said_fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it died before the line above */
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(said_fd, STDERR_FILENO);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static bool is_alive(const struct bench_server *s)
{
	siginfo_t info = { 0 };

	/* WNOWAIT: it stays a zombie, so its number stays its own, until it is stopped */
	return waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		info.si_pid == 0;
}

/*
 * Whether who listens there is neither the child nor its child, which may hold the listener for
 * a moment.  A system that does not tell is believed.
 */
static bool is_anothers(const struct bench_server *s)
{
	struct nod_failure who = { 0 };

	kernel_owner_find(&s->at, NOD_STREAM, &who);
	return who.owner_pid > 0 && getsid((pid_t)who.owner_pid) != s->pid;
}

static int await(const struct bench_server *s)
{
	const struct nod_session_conf conf = { .blocking = true };

	for (int i = 0; i < START_TRIES; i++) {
		struct nod_session *c;

		if (!is_alive(s))
			return -ECHILD;
		if (nod_session_dial(nod_service_kernel(), &s->at, &conf, &c, NULL) == 0) {
			nod_session_close(c);
			return is_anothers(s) ? -EADDRINUSE : 0;
		}
		pause_shortly();
	}
	return -ETIMEDOUT;
}

static int start_once(struct bench_server *s, enum bench_way way, enum bench_mode mode)
{
	char at[NOD_ENDPOINT_TEXT_MAX], how[32];
	char *lang = lang_current() == LANG_ZH ? "zh" : "en";
	char *argv[10] = { "nod", "--lang", lang, "serve", how,
		mode == BENCH_ECHO ? "--echo" : "--reply", at };
	unsigned argc = 7;

	int err = find_port(&s->at);
	if (err < 0)
		return err;
	nod_endpoint_format(&s->at, at, sizeof(at));
	snprintf(how, sizeof(how), "--how=%s", bench_way_names[way]);
	if (way == WAY_EPOLL)
		argv[argc++] = "--workers=1"; /* one loop, as select and poll have */

	s->said_fd = memfd_create("nod-bench", MFD_CLOEXEC);
	if (s->said_fd < 0)
		return -errno;
	pid_t parent = getpid();
	s->pid = fork();
	if (s->pid < 0)
		return s->pid = 0, -errno;
	if (s->pid == 0)
		become(argv, parent, s->said_fd);
	return await(s);
}

int bench_server_start(struct bench_server *s, enum bench_way way, enum bench_mode mode)
{
	int err = 0;

	/* between finding a port and listening at it, somebody else may take it */
	*s = (struct bench_server){ .said_fd = -1 };
	for (int i = 0; i < PORT_TRIES; i++) {
		bench_server_stop(s);
		err = start_once(s, way, mode);
		if (err != -ECHILD && err != -EADDRINUSE)
			break;
	}
	return err;
}

void bench_server_stop(struct bench_server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		for (int i = 0; i < STOP_TRIES && is_alive(s); i++)
			pause_shortly();
		kill(-s->pid, SIGKILL); /* what it forked and did not end itself */
		waitpid(s->pid, NULL, 0);
	}
	if (s->said_fd >= 0)
		close(s->said_fd);
	*s = (struct bench_server){ .said_fd = -1 };
}

void bench_server_said(const struct bench_server *s, char *buf, size_t cap)
{
	char tail[1024], clean[sizeof(tail) * UTF8_CLEAN_GROWTH];
	off_t end = lseek(s->said_fd, 0, SEEK_END);
	off_t from = end > (off_t)sizeof(tail) ? end - (off_t)sizeof(tail) : 0;
	ssize_t n = end > 0 ? pread(s->said_fd, tail, sizeof(tail), from) : 0;

	while (n > 0 && tail[n - 1] == '\n')
		n--;
	const char *last = n > 0 ? memrchr(tail, '\n', (size_t)n) : NULL;
	const char *line = last ? last + 1 : tail;
	size_t len = n > 0 ? utf8_clean(clean, line, (size_t)(tail + n - line)) : 0;
	snprintf(buf, cap, "%.*s", (int)len, clean);
}

/* ---- what it costs ------------------------------------------------------------------- */

/* All of a short file of /proc, NUL-terminated. */
static bool read_proc(const char *pid, const char *file, char *buf, size_t cap)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, buf, cap - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The number after @name, as in "Pss:   123 kB"; 0 when it is not there. */
static uint64_t field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* The sixth field of /proc/PID/stat, counted after the name, which may hold anything. */
static long session_of(const char *pid)
{
	char buf[1024];
	long session = -1;

	if (!read_proc(pid, "stat", buf, sizeof(buf)))
		return -1;
	const char *p = strrchr(buf, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %ld", &session) != 1)
		return -1;
	return session;
}

static nod_ns cpu_of(long pid)
{
	clockid_t clock;
	struct timespec t;

	if (clock_getcpuclockid((pid_t)pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return t.tv_sec * NOD_S + t.tv_nsec;
}

static void add_process(struct bench_cost *c, const char *pid)
{
	char buf[4096];

	c->processes++;
	c->cpu += cpu_of(strtol(pid, NULL, 10));
	if (read_proc(pid, "smaps_rollup", buf, sizeof(buf)))
		c->memory += field(buf, "\nPss:") * 1024;
	else if (read_proc(pid, "status", buf, sizeof(buf)))
		c->memory += field(buf, "\nVmRSS:") * 1024;
	if (read_proc(pid, "status", buf, sizeof(buf)))
		c->threads += (unsigned)field(buf, "\nThreads:");
}

bool bench_server_cost(const struct bench_server *s, struct bench_cost *out)
{
	DIR *d = opendir("/proc");

	*out = (struct bench_cost){ 0 };
	if (!d)
		return false;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
			session_of(e->d_name) == s->pid)
			add_process(out, e->d_name);
	}
	closedir(d);
	return out->processes > 0;
}
