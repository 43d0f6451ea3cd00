/* SPDX-License-Identifier: ISC */
/*
 * how_process.c - a process a client
 *
 * The oldest way: fork() after accept(); the child serves its one client and ends.  Nothing
 * one client does can hurt another, and nothing is shared, so a chat cannot be held this
 * way.  What is shared all the same is made before the fork: the statistics, and two channels,
 * one by which a child has its reports printed by the parent, one by which the parent hands
 * on what the operator types.
 *
 * Neighbours: serve_report.h (the parent prints), serve.h, how.h.
 */
#include "how.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"
#include "serve_report.h"

#define BUF_OCTETS     (16u << 10)
#define EXIT_STOPS_ALL 3 /* a child's: the transcript cannot be written */

struct child {
	pid_t pid;
	int words; /* what the operator types goes in here */
	struct child *next;
};

struct family {
	struct loop *main_loop;
	struct child *children;
	size_t n;
};

/* In the child: the parent's end of struct child's words. */
struct ear {
	struct watch watch;
	struct server *server;
	int fd;
};

static void hear_operator(struct watch *w, struct loop *l, unsigned bits)
{
	struct ear *ear = (struct ear *)(void *)w;
	char text[LINES_MAX];
	ssize_t n = recv(ear->fd, text, sizeof(text), MSG_DONTWAIT);

	(void)bits;
	if (n > 0) {
		const struct mode *mode = ear->server->conf->mode;

		mode->operator_says(l, text, (size_t)n);
	} else if (n == 0 || errno != EAGAIN) {
		nod_ready_remove_fd(l->ready, ear->fd); /* the parent is gone */
		atomic_store(&ear->server->is_stopping, STOP_IN_ORDER);
	}
}

static struct loop *child_loop;

/* The parent passes its signal on; the second one ends the child at once. */
static void on_term(int sig)
{
	struct server *s = child_loop->server;

	(void)sig;
	if (atomic_exchange(&s->is_stopping, STOP_IN_ORDER) != STOP_NOT)
		_exit(EXIT_FAILURE);
	nod_ready_wake(child_loop->ready);
}

/* Serve @c until it goes; never returns. */
_Noreturn static void be_child(struct server *s, struct client *c, int words)
{
	struct loop *l;
	struct ear ear = { .watch.ready = hear_operator, .server = s, .fd = words };
	sigset_t none;

	prctl(PR_SET_NAME, "nod-client");
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	serve_report_in_child(s->report);
	if (hub_init(&s->hub, 0) < 0 || loop_new(s, NOD_READY_POLL, BUF_OCTETS, &l) < 0)
		_exit(EXIT_FAILURE);
	child_loop = l;
	s->place = NULL;
	s->main_loop = NULL;
	signal(SIGINT, SIG_IGN); /* the terminal sends it to all; the parent decides */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, on_term);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	if (s->conf->mode->operator_says)
		nod_ready_add_fd(l->ready, words, NOD_READABLE, &ear.watch);
	client_start(c, l);
	while (l->n_clients && loop_turn(l, NOD_FOREVER))
		serve_report_commit(s->report);
	loop_turn(l, 0); /* what was said last still goes to the log, the dead are freed */
	exec_end_all();
	serve_block_signals(); /* they would wake the loop */
	loop_free(l);
	serve_report_commit(s->report);
	_exit(s->is_stopping == STOP_HARD ? EXIT_STOPS_ALL : EXIT_SUCCESS);
}

static int place(struct server *s, struct client *c)
{
	struct family *f = s->how_data;
	struct child *child = calloc(1, sizeof(*child));
	int pair[2];

	if (!child)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		free(child);
		return -errno;
	}

	/* no signal may find the child with the parent's handlers */
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	serve_report_lock(s->report);
	pid_t pid = fork();
	int err = pid < 0 ? -errno : 0;
	serve_report_unlock(s->report);
	if (pid == 0) {
		/* listeners and the operator's terminal are the parent's business */
		close(pair[0]);
		for (struct child *i = f->children; i; i = i->next)
			close(i->words);
		serve_disown_listeners();
		be_child(s, c, pair[1]);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(pair[1]);
	if (err < 0) {
		close(pair[0]);
		free(child);
		return err;
	}
	*child = (struct child){ .pid = pid, .words = pair[0], .next = f->children };
	f->children = child;
	f->n++;
	/* the child has it now; here only the memory and the descriptor go */
	nod_session_close(c->session);
	free(c);
	return 0;
}

static void reap(struct server *s)
{
	struct family *f = s->how_data;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STOPS_ALL)
			atomic_store(&s->is_stopping, STOP_HARD);
		for (struct child **p = &f->children; *p; p = &(*p)->next) {
			struct child *child = *p;

			if (child->pid != pid)
				continue;
			*p = child->next;
			close(child->words);
			free(child);
			f->n--;
			atomic_fetch_sub(&s->n_clients, 1);
			break;
		}
	}
}

static void operator_says(struct server *s, const char *text, size_t len)
{
	struct family *f = s->how_data;

	for (struct child *i = f->children; i; i = i->next)
		send(i->words, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void begin_stop(struct server *s)
{
	struct family *f = s->how_data;

	for (struct child *i = f->children; i; i = i->next)
		kill(i->pid, SIGTERM);
}

static bool is_busy(struct server *s)
{
	struct family *f = s->how_data;

	reap(s);
	return f->n != 0;
}

static void end(struct server *s)
{
	struct family *f = s->how_data;

	for (struct child *i = f->children; i; i = i->next)
		kill(i->pid, SIGKILL); /* its grace is over */
	while (f->children) {
		struct child *i = f->children;

		f->children = i->next;
		waitpid(i->pid, NULL, 0);
		close(i->words);
		free(i);
	}
	free(f);
}

static int start(struct server *s, struct loop *main_loop, unsigned workers)
{
	struct family *f = calloc(1, sizeof(*f));

	(void)workers;
	if (!f)
		return -ENOMEM;
	f->main_loop = main_loop;
	s->how_data = f;
	return 0;
}

const struct how how_process = {
	.name = "process",
	.about = TX("a process a client: none can hurt another; the dearest",
		"每个客户端一个进程：互不影响，开销最大"),
	.ready = NOD_READY_EPOLL,
	.start = start,
	.place = place,
	.operator_says = operator_says,
	.reap = reap,
	.begin_stop = begin_stop,
	.is_busy = is_busy,
	.end = end,
};
