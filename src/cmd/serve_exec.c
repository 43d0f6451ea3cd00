/* SPDX-License-Identifier: ISC */
/*
 * serve_exec.c - nod serve --exec: one process a client, its stdin and stdout the connection
 *
 * The octets go through two pipes that the client's loop looks after, so the command works
 * over whatever carries the session.  Each way has its own end: the client's FIN closes the
 * command's stdin, the end of the command's stdout closes the connection.  A side that does
 * not read makes the other wait, nothing more.
 *
 * The command is a group of its own, told to end (SIGTERM) when its client is gone, and ended
 * (SIGKILL) when it does not.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_OCTETS 16384
#define ENOUGH	    (64u << 10) /* octets for the client; above, the command waits */

struct exec {
	struct watch from, to; /* the command's stdout and stdin */
	struct client *client;
	pid_t pid;
	int from_fd, to_fd; /* -1 = closed */
	bool from_is_watched, to_is_watched;
	char *left; /* for the command's stdin: it does not read as fast */
	size_t left_at, left_len;
	bool client_ended;
};

/* ---- the command line ---------------------------------------------------------------- */

void exec_argv_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* Read one word from *@p.  A new string, NULL without memory; *@is_open: a quote is not closed. */
static char *next_word(const char **p, bool *is_open)
{
	char *word = malloc(strlen(*p) + 1);
	size_t n = 0;
	char quote = 0;

	if (!word)
		return NULL;
	for (; **p && (quote || !strchr(" \t\n", **p)); (*p)++) {
		char c = **p;

		if (c == '\\' && quote != '\'' && (*p)[1])
			word[n++] = *++(*p);
		else if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else
			word[n++] = c;
	}
	word[n] = 0;
	*is_open = quote != 0;
	return word;
}

char **exec_argv_new(const char *command_line, bool by_shell)
{
	/* no more words than every second octet */
	char **argv = calloc(strlen(command_line) / 2 + 5, sizeof(char *));
	const char *p = command_line + strspn(command_line, " \t\n");
	bool is_open = false;
	size_t n = 0;

	if (!argv)
		return NULL;
	if (by_shell) {
		static const char *const shell[] = { "/bin/sh", "-c", NULL };

		for (; shell[n]; n++)
			argv[n] = strdup(shell[n]);
		argv[n++] = strdup(command_line);
	} else {
		for (; *p && !is_open; p += strspn(p, " \t\n")) {
			argv[n] = next_word(&p, &is_open);
			if (!argv[n++])
				break;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (!argv[i])
			is_open = true; /* no memory */
	}
	if (is_open || !n) {
		for (size_t i = 0; i < n; i++)
			free(argv[i]);
		free(argv);
		return NULL;
	}
	return argv;
}

bool exec_can_start(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (strchr(name, '/') || !path)
		return access(name, X_OK) == 0;
	for (;; path++) {
		int len = (int)strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s%s%s", len, path, len ? "/" : "", name);
		if (access(file, X_OK) == 0)
			return true;
		path += len;
		if (!*path)
			return false;
	}
}

/* ---- starting ------------------------------------------------------------------------ */

/* The environment with NOD_PEER, the client's address.  Free the last string and the list. */
static char **environment_for(const struct client *c)
{
	size_t n = 0;
	char address[NOD_ENDPOINT_TEXT_MAX];
	char *peer = malloc(sizeof(address) + 16);

	while (environ[n])
		n++;
	char **env = calloc(n + 2, sizeof(char *));
	if (!env || !peer) {
		free(env);
		free(peer);
		return NULL;
	}
	memcpy(env, environ, n * sizeof(char *));
	snprintf(peer, sizeof(address) + 16, "NOD_PEER=%s",
		client_address(c, address, sizeof(address)));
	env[n] = peer;
	return env;
}

static void environment_free(char **env)
{
	size_t n = 0;

	while (env[n])
		n++;
	free(env[n - 1]);
	free(env);
}

static int spawn(const struct client *c, int stdin_fd, int stdout_fd, pid_t *pid)
{
	char *const *argv = c->loop->server->conf->exec_argv;
	char **env = environment_for(c);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;

	if (!env)
		return -ENOMEM;
	posix_spawn_file_actions_init(&files);
	/* without them the command would have the server's own */
	bool has_pipes = posix_spawn_file_actions_adddup2(&files, stdin_fd, STDIN_FILENO) == 0 &&
		posix_spawn_file_actions_adddup2(&files, stdout_fd, STDOUT_FILENO) == 0;
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	posix_spawnattr_setsigdefault(&attr, &set);
	int err = has_pipes ? -posix_spawnp(pid, argv[0], &files, &attr, argv, env) : -ENOMEM;
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	environment_free(env);
	return err;
}

static void close_fd(struct loop *l, int *fd, bool *is_watched)
{
	if (*fd < 0)
		return;
	if (*is_watched)
		nod_ready_remove_fd(l->ready, *fd);
	*is_watched = false;
	close(*fd);
	*fd = -1;
}

/* Watch one of the pipes, or do not. */
static void watch_fd(
	struct loop *l, int fd, bool *is_watched, bool want, unsigned bits, struct watch *w)
{
	if (fd < 0 || want == *is_watched)
		return;
	if (want) {
		*is_watched = nod_ready_add_fd(l->ready, fd, bits, w) == 0;
	} else {
		nod_ready_remove_fd(l->ready, fd);
		*is_watched = false;
	}
}

/* ---- from the client to the command -------------------------------------------------- */

/* Write what is left.  When all is written, the client is read again. */
static void feed_command(struct exec *e)
{
	struct loop *l = e->client->loop;

	while (e->left_len && e->to_fd >= 0) {
		ssize_t n = write(e->to_fd, e->left + e->left_at, e->left_len);

		if (n < 0 && errno == EAGAIN) {
			watch_fd(l, e->to_fd, &e->to_is_watched, true, NOD_WRITABLE, &e->to);
			return;
		}
		if (n < 0) { /* the command reads no more; what it says still counts */
			close_fd(l, &e->to_fd, &e->to_is_watched);
			break;
		}
		e->left_at += (size_t)n;
		e->left_len -= (size_t)n;
	}
	free(e->left);
	e->left = NULL;
	e->left_at = e->left_len = 0;
	watch_fd(l, e->to_fd, &e->to_is_watched, false, 0, NULL);
	if (e->client_ended)
		close_fd(l, &e->to_fd, &e->to_is_watched);
	else
		client_read_more(e->client);
}

static void octets(struct client *c, const char *buf, size_t len)
{
	struct exec *e = c->mode_data;

	if (e->to_fd < 0)
		return;
	e->left = malloc(len);
	if (!e->left) {
		client_close(c, CLOSED_FAILED, -ENOMEM);
		return;
	}
	memcpy(e->left, buf, len);
	e->left_len = len;
	client_pause(c);
	feed_command(e);
}

static void to_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct exec *e = (struct exec *)(void *)((char *)w - offsetof(struct exec, to));

	(void)l;
	(void)bits;
	if (!e->client->is_dead)
		feed_command(e);
}

static void ended(struct client *c)
{
	struct exec *e = c->mode_data;

	e->client_ended = true;
	if (!e->left_len)
		close_fd(c->loop, &e->to_fd, &e->to_is_watched);
}

/* ---- from the command to the client -------------------------------------------------- */

static void from_ready(struct watch *w, struct loop *l, unsigned bits)
{
	struct exec *e = (struct exec *)(void *)w;
	char buf[READ_OCTETS];

	(void)bits;
	if (e->client->is_dead || e->from_fd < 0)
		return;
	ssize_t n = read(e->from_fd, buf, sizeof(buf));
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close_fd(l, &e->from_fd, &e->from_is_watched);
		client_finish(e->client, CLOSED_BY_US);
		return;
	}
	client_send_now(e->client, buf, (size_t)n);
	if (!e->client->is_dead && client_waiting(e->client) > ENOUGH)
		watch_fd(l, e->from_fd, &e->from_is_watched, false, 0, NULL);
}

static void drained(struct client *c)
{
	struct exec *e = c->mode_data;

	watch_fd(c->loop, e->from_fd, &e->from_is_watched, true, NOD_READABLE, &e->from);
}

/* ---- commands that are to end ---------------------------------------------------------- */

#define LAST_GRACE (2 * NOD_S) /* from SIGTERM to SIGKILL */

/* Told to end (SIGTERM) and not known to have ended; by any loop's thread. */
static struct {
	pthread_mutex_t lock;
	struct doomed {
		pid_t pid;
		nod_ns at; /* when it is ended */
	} * list;
	size_t n, cap;
} doomed = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void doom(pid_t pid, nod_ns now)
{
	kill(-pid, SIGTERM);
	pthread_mutex_lock(&doomed.lock);
	if (doomed.n == doomed.cap) {
		size_t cap = doomed.cap ? doomed.cap * 2 : 16;
		struct doomed *list = realloc(doomed.list, cap * sizeof(*list));

		if (list) {
			doomed.list = list;
			doomed.cap = cap;
		}
	}
	if (doomed.n < doomed.cap)
		doomed.list[doomed.n++] = (struct doomed){ .pid = pid, .at = now + LAST_GRACE };
	else
		kill(-pid, SIGKILL); /* it cannot be remembered */
	pthread_mutex_unlock(&doomed.lock);
}

/* Its number may be another's from now on. */
static void forget(pid_t pid)
{
	pthread_mutex_lock(&doomed.lock);
	for (size_t i = 0; i < doomed.n; i++) {
		if (doomed.list[i].pid == pid) {
			doomed.list[i] = doomed.list[--doomed.n];
			break;
		}
	}
	pthread_mutex_unlock(&doomed.lock);
}

void exec_reap(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		forget(pid);
}

nod_ns exec_end_due(nod_ns now)
{
	nod_ns next = NOD_FOREVER;

	pthread_mutex_lock(&doomed.lock);
	for (size_t i = doomed.n; i-- > 0;) {
		if (doomed.list[i].at <= now) {
			kill(-doomed.list[i].pid, SIGKILL);
			doomed.list[i] = doomed.list[--doomed.n];
		} else if (doomed.list[i].at < next) {
			next = doomed.list[i].at;
		}
	}
	pthread_mutex_unlock(&doomed.lock);
	return next;
}

void exec_end_all(void)
{
	const struct nod_service *v = nod_service_kernel();

	exec_reap();
	while (exec_end_due(nod_service_now(v)) != NOD_FOREVER) {
		usleep(10000);
		exec_reap();
	}
	free(doomed.list);
	doomed.list = NULL;
	doomed.n = doomed.cap = 0;
}

/* ---- the mode ------------------------------------------------------------------------ */

static int start_command(struct client *c)
{
	struct exec *e = calloc(1, sizeof(*e));
	int in[2], out[2]; /* the command's */

	if (!e)
		return -ENOMEM;
	if (pipe2(in, O_CLOEXEC) < 0) {
		free(e);
		return -errno;
	}
	if (pipe2(out, O_CLOEXEC) < 0) {
		int err = -errno;

		close(in[0]);
		close(in[1]);
		free(e);
		return err;
	}
	e->client = c;
	e->from.ready = from_ready;
	e->to.ready = to_ready;
	int err = spawn(c, in[0], out[1], &e->pid);
	close(in[0]);
	close(out[1]);
	e->to_fd = in[1];
	e->from_fd = out[0];
	fcntl(e->to_fd, F_SETFL, O_NONBLOCK);
	fcntl(e->from_fd, F_SETFL, O_NONBLOCK);
	if (err == 0) {
		watch_fd(
			c->loop, e->from_fd, &e->from_is_watched, true, NOD_READABLE, &e->from);
		if (!e->from_is_watched) {
			err = -ENOSPC;
			kill(-e->pid, SIGTERM);
		}
	}
	if (err < 0) {
		close(e->to_fd);
		close(e->from_fd);
		free(e);
		return err;
	}
	c->mode_data = e;
	return 0;
}

static void end_command(struct client *c, enum why_closed why)
{
	struct exec *e = c->mode_data;

	(void)why;
	if (!e)
		return;
	if (e->from_fd >= 0) /* it has not ended by itself */
		doom(e->pid, c->loop->now);
	close_fd(c->loop, &e->to_fd, &e->to_is_watched);
	close_fd(c->loop, &e->from_fd, &e->from_is_watched);
	free(e->left);
	e->left = NULL;
	/* events of this turn may still name it: freed with the client */
}

static void free_command(struct client *c)
{
	free(c->mode_data);
}

const struct mode mode_exec = {
	.name = "exec",
	.takes_octets = true,
	.open = start_command,
	.octets = octets,
	.drained = drained,
	.ended = ended,
	.close = end_command,
	.free = free_command,
};
