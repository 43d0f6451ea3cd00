/* SPDX-License-Identifier: ISC */
/*
 * terminal.c - lines from a person (or a pipe) while other text arrives
 *
 * Where a person types, a thread waits for the keys, since a line editor wants to wait in
 * the middle of a line; it holds t->lock except while it waits, so whoever has the lock
 * finds the line and the screen in order and may erase, print and draw again.  A line goes
 * from the thread to the program in one place (t->line), and the thread shows the next
 * prompt when the program asks for the line after.  From a pipe or file there is no thread
 * and no lock is contended.
 *
 * A background job must neither read from the terminal nor set it: the thread looks who is
 * in the foreground and, while it is another, asks again each half second (no signal
 * tells).  Signals are noted by handlers; the thread attends to them between two keys.
 *
 * Neighbours: terminal.h, terminal_edit.c (libedit).
 */
#include "terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "terminal_edit.h"

#define LINE_MAX_OCTETS	    65536 /* a longer line from a pipe is given out in pieces */
#define FOREGROUND_CHECK_MS 500
#define SAY_MAX		    4096

enum hand_over { EMPTY, FILLED, GIVEN }; /* of t->line */

struct terminal {
	bool has_person;
	bool is_ended; /* no more lines will come; @error says why, 0 = end of file */
	int error;
	char buf[LINE_MAX_OCTETS + 1]; /* read, not yet given out */
	size_t start, end;
	size_t piece; /* of buf, given out last; a NUL stands over its next octet */
	char kept;    /* ... which is this one */
	int ready_fd; /* eventfd: terminal_read() has something */

	/* ---- with a person only -------------------------------------------------------------- */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t taken;
	int wake_fd; /* eventfd: the thread is to look around */
	bool is_closing;
	bool is_at_prompt;
	bool was_in_background;
	FILE *tty; /* where the prompt stands; NULL = nowhere */
	char *prompt, *history_path;
	struct editor *editor; /* NULL = plain typing */
	struct editor_keys keys;
	enum hand_over hand_over;
	char *line;
	size_t line_len, line_cap;
};

/* ---- signals: what a handler may touch ----------------------------------------------- */

static struct {
	volatile sig_atomic_t is_saved, is_resized, is_continued;
	int wake_fd;
	struct termios saved;
} tty_state = { .wake_fd = -1 };

static const int tty_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH,
	SIGTTIN, SIGTTOU };
#define N_SIGNALS (sizeof(tty_signals) / sizeof(tty_signals[0]))
static struct sigaction old_actions[N_SIGNALS];

static bool in_foreground(void)
{
	pid_t fg = tcgetpgrp(STDIN_FILENO);

	return fg < 0 || fg == getpgrp(); /* not our controlling terminal: nobody else's job */
}

void terminal_restore(void)
{
	if (tty_state.is_saved && in_foreground())
		tcsetattr(STDIN_FILENO, TCSANOW, &tty_state.saved);
}

static void wake(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one)); /* fails only when it is awake anyway */
}

static void on_signal(int sig)
{
	int err = errno;

	if (sig == SIGWINCH) {
		tty_state.is_resized = 1;
	} else if (sig == SIGCONT) {
		tty_state.is_continued = 1;
	} else {
		terminal_restore();
		if (sig == SIGTSTP) {
			raise(SIGSTOP);
		} else {
			(void)!write(STDERR_FILENO, "\n", 1);
			signal(sig, SIG_DFL);
			raise(sig); /* comes when the handler returns */
		}
	}
	wake(tty_state.wake_fd);
	errno = err;
}

/* Leaves alone what the program handles or ignores. */
static void install_handlers(void)
{
	for (unsigned i = 0; i < N_SIGNALS; i++) {
		struct sigaction a = { .sa_flags = SA_RESTART };

		a.sa_handler = tty_signals[i] == SIGTTIN || tty_signals[i] == SIGTTOU ?
			SIG_IGN :
			on_signal;
		sigaction(tty_signals[i], NULL, &old_actions[i]);
		if (old_actions[i].sa_handler == SIG_DFL)
			sigaction(tty_signals[i], &a, NULL);
	}
}

static void remove_handlers(void)
{
	for (unsigned i = 0; i < N_SIGNALS; i++) {
		struct sigaction a;

		sigaction(tty_signals[i], NULL, &a);
		if (old_actions[i].sa_handler == SIG_DFL &&
			(a.sa_handler == on_signal || a.sa_handler == SIG_IGN))
			sigaction(tty_signals[i], &old_actions[i], NULL);
	}
}

/* ---- the thread that waits for keys -------------------------------------------------- */

/* Between two keys: attend to what happened.  Returns whether the terminal is ours to read. */
static bool look_around(struct terminal *t)
{
	bool is_ours = in_foreground();
	bool is_back = is_ours && (t->was_in_background || tty_state.is_continued);

	t->was_in_background = !is_ours;
	if (!is_ours)
		return false;
	if (t->editor && t->is_at_prompt && is_back)
		editor_resumed(t->editor);
	else if (t->editor && t->is_at_prompt && tty_state.is_resized)
		editor_resized(t->editor);
	tty_state.is_resized = 0;
	tty_state.is_continued = 0;
	return true;
}

/* Wait, without the lock, until something can be read or the thread is woken. */
static bool wait_for_keys(struct terminal *t, bool is_ours)
{
	struct pollfd p[2] = { { .fd = is_ours ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = t->wake_fd, .events = POLLIN } };
	uint64_t n;

	pthread_mutex_unlock(&t->lock);
	int got = poll(p, 2, is_ours ? -1 : FOREGROUND_CHECK_MS);
	pthread_mutex_lock(&t->lock);
	if (got > 0 && p[1].revents)
		(void)!read(t->wake_fd, &n, sizeof(n));
	return got > 0 && p[0].revents;
}

static void read_keys(struct terminal *t)
{
	ssize_t n = read(STDIN_FILENO, t->buf, sizeof(t->buf) - 1);

	t->start = 0;
	t->end = n > 0 ? (size_t)n : 0;
	if (n == 0)
		t->is_ended = true;
	/* EIO: hung up, unless another program has come to the foreground just now */
	if (n < 0 && errno != EINTR && errno != EAGAIN && (errno != EIO || in_foreground())) {
		t->is_ended = true;
		t->error = errno == EIO ? 0 : -errno;
	}
}

static int next_key(void *self, uint8_t *c)
{
	struct terminal *t = self;

	while (t->start == t->end) {
		if (t->is_closing && t->editor && t->is_at_prompt)
			editor_leave(t->editor);
		if (t->is_closing || t->is_ended)
			return 0;
		bool is_ours = look_around(t);

		if (wait_for_keys(t, is_ours))
			read_keys(t);
	}
	*c = (uint8_t)t->buf[t->start++];
	return 1;
}

/* Room for @len octets in t->line, and the NUL.  0 or -ENOMEM. */
static int make_room(struct terminal *t, size_t len)
{
	if (len + 1 > t->line_cap) {
		size_t cap = 2 * (len + 1);
		char *p = realloc(t->line, cap);

		if (!p)
			return -ENOMEM;
		t->line = p;
		t->line_cap = cap;
	}
	return 0;
}

/* Text and a newline, unless it ends with one, whole among other threads' text. */
static void print(FILE *to, const char *text, size_t len)
{
	flockfile(to);
	fwrite(text, 1, len, to);
	if (!len || text[len - 1] != '\n')
		fputc('\n', to);
	fflush(to);
	funlockfile(to);
}

static void show_prompt(struct terminal *t)
{
	if (t->tty) {
		fputs(t->prompt, t->tty);
		fflush(t->tty);
	}
}

/* The terminal's own line discipline edits; here only the end of the line is looked for. */
static ssize_t plain_line(struct terminal *t)
{
	uint8_t c;
	size_t len = 0;

	show_prompt(t);
	while (next_key(t, &c) == 1 && c != '\n') {
		if (make_room(t, len + 1) < 0)
			return -ENOMEM;
		t->line[len++] = (char)c;
	}
	if (t->start == t->end && t->is_ended) {
		if (t->tty)
			print(t->tty, "", 0);
		if (!len)
			return -ENODATA;
	}
	return t->is_closing ? -ENODATA : (ssize_t)len;
}

static ssize_t edited_line(struct terminal *t)
{
	const char *text;
	ssize_t n = editor_line(t->editor, &text);

	if (n == -ENODATA && !t->is_closing)
		print(t->tty, "", 0);
	if (n < 0 || make_room(t, (size_t)n) < 0)
		return n < 0 ? n : -ENOMEM;
	memcpy(t->line, text, (size_t)n);
	return n;
}

/* Let a line be typed into t->line.  Its length, or -ENODATA at the end. */
static ssize_t type_line(struct terminal *t)
{
	int err = make_room(t, 0);

	if (err < 0)
		return err;
	t->is_at_prompt = true;
	ssize_t n = t->editor ? edited_line(t) : plain_line(t);
	t->is_at_prompt = false;
	if (n >= 0) {
		t->line[n] = 0;
		t->line_len = (size_t)n;
	}
	return n;
}

static void wait_for_foreground(struct terminal *t)
{
	while (!t->is_closing && !look_around(t))
		wait_for_keys(t, false);
}

/* Backspace on a plain line takes a character of UTF-8 away, not an octet of it. */
static void erase_whole_characters(void)
{
	struct termios now = tty_state.saved;

	now.c_iflag |= IUTF8;
	if (tty_state.is_saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

static void *typing(void *arg)
{
	struct terminal *t = arg;

	pthread_mutex_lock(&t->lock);
	wait_for_foreground(t);
	/* only now: in the background the settings are another's */
	if (!t->is_closing && t->tty) {
		tty_state.is_saved = tcgetattr(STDIN_FILENO, &tty_state.saved) == 0;
		if (editor_new(&t->editor, t->prompt, t->history_path, t->tty, &t->keys) < 0) {
			t->editor = NULL;
			erase_whole_characters();
		}
	}
	while (!t->is_closing && !t->is_ended) {
		ssize_t n = type_line(t);

		if (n < 0) {
			t->is_ended = true;
			if (n != -ENODATA)
				t->error = (int)n;
			break;
		}
		t->hand_over = FILLED;
		wake(t->ready_fd);
		while (t->hand_over != EMPTY && !t->is_closing)
			pthread_cond_wait(&t->taken, &t->lock);
		wait_for_foreground(t);
	}
	t->is_ended = true;
	wake(t->ready_fd);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static int read_typed(struct terminal *t, struct terminal_line *line)
{
	uint64_t n;
	int got = -EAGAIN;

	pthread_mutex_lock(&t->lock);
	if (t->hand_over == GIVEN) {
		t->hand_over = EMPTY;
		pthread_cond_signal(&t->taken);
	}
	if (t->hand_over == FILLED) {
		(void)!read(t->ready_fd, &n, sizeof(n));
		*line = (struct terminal_line){ t->line, t->line_len, true };
		t->hand_over = GIVEN;
		got = 1;
	} else if (t->is_ended) {
		got = t->error;
	}
	pthread_mutex_unlock(&t->lock);
	return got;
}

/* ---- lines from a pipe or file ------------------------------------------------------- */

/* Make room and read once, if it can be done without waiting. */
static int fill(struct terminal *t)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&p, 1, 0) == 0)
		return -EAGAIN;
	if (t->start) {
		memmove(t->buf, t->buf + t->start, t->end - t->start);
		t->end -= t->start;
		t->start = 0;
	}
	ssize_t n = read(STDIN_FILENO, t->buf + t->end, LINE_MAX_OCTETS - t->end);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	t->end += (size_t)n;
	if (n == 0)
		t->is_ended = true;
	return 0;
}

static int read_piped(struct terminal *t, struct terminal_line *line)
{
	if (t->piece) { /* what was given out is done with */
		t->buf[t->piece] = t->kept;
		t->piece = 0;
	}
	for (size_t looked = t->start;;) {
		const char *nl = memchr(t->buf + looked, '\n', t->end - looked);
		size_t have = t->end - t->start;

		if (nl || (have && t->is_ended) || have == LINE_MAX_OCTETS) {
			size_t len = nl ? (size_t)(nl - t->buf) - t->start : have;

			*line = (struct terminal_line){ t->buf + t->start, len,
				nl || t->is_ended };
			t->start += len;
			t->piece = t->start;
			t->kept = t->buf[t->piece];
			t->buf[t->piece] = 0;
			t->start += nl != NULL;
			return 1;
		}
		if (t->is_ended)
			return t->error;
		looked = have; /* fill() moves what is there to the front */
		int err = fill(t);
		if (err == -EAGAIN)
			return err;
		if (err < 0) {
			t->is_ended = true;
			t->error = err;
		}
	}
}

/* ---- what programs call -------------------------------------------------------------- */

/* Where lines are kept: XDG Base Directory Specification 0.8, "XDG_STATE_HOME".  Or NULL. */
static char *history_path(const char *name)
{
	const char *state = getenv("XDG_STATE_HOME");
	bool has_state = state && state[0] == '/';
	const char *base = has_state ? state : getenv("HOME");
	char *path = NULL;

	if (!name || !base || base[0] != '/' ||
		asprintf(&path, "%s/%snod/%s", base, has_state ? "" : ".local/state/", name) <
			0)
		return NULL;
	for (char *p = path + strlen(base) + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		mkdir(path, 0700); /* that it fails shows when the file is written */
		*p = '/';
	}
	return path;
}

/* A person's text is UTF-8, also where no locale says so. */
static void use_utf8(void)
{
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 && !setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
}

static int start_typing(struct terminal *t, const char *prompt, const char *history)
{
	sigset_t all, old;

	use_utf8();
	t->keys = (struct editor_keys){ .next = next_key, .self = t };
	t->tty = isatty(STDOUT_FILENO) ? stdout : isatty(STDERR_FILENO) ? stderr : NULL;
	t->prompt = strdup(prompt ? prompt : "");
	t->history_path = history_path(history);
	t->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!t->prompt)
		return -ENOMEM;
	if (t->wake_fd < 0)
		return -errno;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->taken, NULL);
	tty_state.wake_fd = t->wake_fd;
	install_handlers();
	atexit(terminal_restore);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the program's own thread */
	int err = pthread_create(&t->thread, NULL, typing, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		remove_handlers();
	return -err;
}

static void free_terminal(struct terminal *t)
{
	if (t->wake_fd >= 0)
		close(t->wake_fd);
	if (t->ready_fd >= 0)
		close(t->ready_fd);
	free(t->prompt);
	free(t->history_path);
	free(t->line);
	free(t);
}

/* Pipes, sockets and terminals can be waited for; a file always has something. */
static bool can_be_waited_for(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
		(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd));
}

int terminal_open(struct terminal **out, const char *prompt, const char *history)
{
	struct terminal *t = calloc(1, sizeof(*t));
	int err = 0;

	if (!t)
		return -ENOMEM;
	t->ready_fd = t->wake_fd = -1;
	t->has_person = isatty(STDIN_FILENO);
	if (t->has_person || !can_be_waited_for(STDIN_FILENO)) {
		t->ready_fd = eventfd(t->has_person ? 0 : 1, EFD_NONBLOCK | EFD_CLOEXEC);
		if (t->ready_fd < 0)
			err = -errno;
	}
	if (err == 0 && t->has_person)
		err = start_typing(t, prompt, history);
	if (err < 0) {
		free_terminal(t);
		return err;
	}
	*out = t;
	return 0;
}

bool terminal_has_person(const struct terminal *t)
{
	return t->has_person;
}

int terminal_fd(const struct terminal *t)
{
	return t->ready_fd >= 0 ? t->ready_fd : STDIN_FILENO;
}

int terminal_read(struct terminal *t, struct terminal_line *line)
{
	return t->has_person ? read_typed(t, line) : read_piped(t, line);
}

void terminal_show(struct terminal *t, FILE *to, const char *text, size_t len)
{
	if (!t || !t->has_person) {
		print(to, text, len);
		return;
	}
	pthread_mutex_lock(&t->lock);
	bool tears = t->is_at_prompt && t->tty && isatty(fileno(to)) && in_foreground();
	if (tears && t->editor)
		editor_erase(t->editor);
	else if (tears)
		fputc('\n', t->tty); /* what is being typed is the line discipline's secret */
	if (tears)
		fflush(t->tty);
	print(to, text, len);
	if (tears && t->editor)
		editor_redraw(t->editor);
	else if (tears)
		show_prompt(t);
	pthread_mutex_unlock(&t->lock);
}

void terminal_say(struct terminal *t, FILE *to, const char *format, ...)
{
	char text[SAY_MAX];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n > 0)
		terminal_show(
			t, to, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void terminal_close(struct terminal *t)
{
	if (!t)
		return;
	if (t->has_person) {
		pthread_mutex_lock(&t->lock);
		t->is_closing = true;
		pthread_cond_signal(&t->taken);
		pthread_mutex_unlock(&t->lock);
		wake(t->wake_fd);
		pthread_join(t->thread, NULL);
		if (t->editor)
			editor_free(t->editor);
		terminal_restore();
		remove_handlers();
		tty_state.is_saved = 0;
		tty_state.wake_fd = -1;
		pthread_cond_destroy(&t->taken);
		pthread_mutex_destroy(&t->lock);
	}
	free_terminal(t);
}
