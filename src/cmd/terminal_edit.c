/* SPDX-License-Identifier: ISC */
/*
 * terminal_edit.c - a line that is typed and edited on a terminal, by libedit
 *
 * libedit waits for keys in the middle of its work (after an Escape, in a search), so it is
 * given a key function that may wait without end while others draw: between two keys
 * libedit's idea of the screen is exact, so that its line can be taken off and drawn again.
 * Where it stands is reckoned as libedit does it: a wide character that does not fit the
 * row goes whole to the next, and a full row is left at once.
 *
 * Does not look at signals and does not read: terminal.c does both.
 *
 * Neighbours: terminal.c, terminal_edit.h.
 */
#include "terminal_edit.h"

#include <errno.h>

#ifdef HAVE_LIBEDIT

#include <fcntl.h>
#include <histedit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "../presentation/utf8.h"

#define HISTORY_LINES 1000

struct editor {
	EditLine *el;
	History *history;
	const char *prompt, *history_path;
	FILE *tty;
	const struct editor_keys *keys;
};

static char *prompt_of(EditLine *el)
{
	struct editor *e = NULL;

	el_wget(el, EL_CLIENTDATA, &e);
	return (char *)(uintptr_t)e->prompt; /* libedit only reads it */
}

/* How many octets a character has that begins with @c; 1 also for what begins none. */
static unsigned char_len(uint8_t c)
{
	if (c < 0xc2 || c > 0xf4)
		return 1;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* libedit's key function: one character, put together from its octets. */
static int next_char(EditLine *el, wchar_t *out)
{
	struct editor *e = NULL;
	char octets[4];
	unsigned n = 0, want = 1;
	uint32_t cp;

	el_wget(el, EL_CLIENTDATA, &e);
	while (n < want) {
		uint8_t c;

		if (e->keys->next(e->keys->self, &c) != 1)
			return 0;
		if (n && (c & 0xc0) != 0x80)
			n = 0; /* the character before was broken off: only this one counts */
		if (!n)
			want = char_len(c);
		octets[n++] = (char)c;
	}
	utf8_next(octets, n, &cp);
	*out = (wchar_t)cp;
	return 1;
}

static void load_history(struct editor *e)
{
	HistEvent ev;

	history(e->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(e->history, &ev, H_SETUNIQUE, 1);
	if (e->history_path)
		history(e->history, &ev, H_LOAD, e->history_path);
}

/* Whole or not at all, and for its owner's eyes only. */
static void save_history(const struct editor *e)
{
	char path[4096];
	HistEvent ev;

	if (!e->history_path ||
		(size_t)snprintf(path, sizeof(path), "%s.%ld", e->history_path,
			(long)getpid()) >= sizeof(path))
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		if (fd >= 0)
			close(fd);
		return;
	}
	bool ok = history(e->history, &ev, H_SAVE_FP, f) >= 0;
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(path, e->history_path) < 0)
		unlink(path);
}

int editor_new(struct editor **out, const char *prompt, const char *history_path, FILE *tty,
	const struct editor_keys *keys)
{
	const char *term = getenv("TERM");

	if (!term || !*term || strcmp(term, "dumb") == 0)
		return -ENOTSUP;
	struct editor *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->prompt = prompt;
	e->history_path = history_path;
	e->tty = tty;
	e->keys = keys;
	e->history = history_init();
	e->el = e->history ? el_init("nod", stdin, tty, stderr) : NULL;
	if (!e->el) {
		if (e->history)
			history_end(e->history);
		free(e);
		return -ENOMEM;
	}
	load_history(e);
	el_wset(e->el, EL_CLIENTDATA, e);
	el_wset(e->el, EL_GETCFN, next_char);
	el_set(e->el, EL_PROMPT, prompt_of);
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_BIND, "\t", "ed-insert", NULL);
	el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	el_source(e->el, NULL); /* ~/.editrc may know better */
	*out = e;
	return 0;
}

ssize_t editor_line(struct editor *e, const char **line)
{
	HistEvent ev;
	int n = 0;

	/* libedit would let the terminal echo what is typed while it draws the prompt */
	el_wset(e->el, EL_PREP_TERM, 1);
	const char *s = el_gets(e->el, &n);
	if (!s || n <= 0)
		return -ENODATA;
	el_wset(e->el, EL_PREP_TERM, 1); /* nor may it until the next */
	while (n && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	*line = s;
	if (n) {
		char *kept = strndup(s, (size_t)n);

		if (kept)
			history(e->history, &ev, H_ENTER, kept);
		free(kept);
	}
	return n;
}

/* ---- where the line stands on the screen --------------------------------------------- */

struct place {
	unsigned row, column, columns;
};

static void advance(struct place *p, wchar_t c)
{
	int w = wcwidth(c);

	if (c == '\t')
		w = 8 - (int)(p->column % 8);
	else if (c < 0x20 || c == 0x7f)
		w = 2; /* shown as ^X */
	else if (!iswprint((wint_t)c))
		w = c > 0xffff ? 8 : 7; /* shown as \U+hhhh */
	if (w < 0)
		w = 0;
	if (p->column + (unsigned)w > p->columns) {
		p->row++;
		p->column = 0;
	}
	p->column += (unsigned)w;
	if (p->column >= p->columns) {
		p->row++;
		p->column = 0;
	}
}

static struct winsize window(const struct editor *e)
{
	struct winsize ws = { 0 };

	if (ioctl(fileno(e->tty), TIOCGWINSZ, &ws) < 0 || !ws.ws_col || !ws.ws_row) {
		ws.ws_col = 80;
		ws.ws_row = 24;
	}
	return ws;
}

/* Rows between the prompt's first and the cursor's. */
static unsigned rows_above_cursor(const struct editor *e)
{
	struct winsize ws = window(e);
	struct place p = { .columns = ws.ws_col };
	const LineInfoW *line = el_wline(e->el);
	size_t len = strlen(e->prompt);

	for (size_t i = 0; i < len;) {
		uint32_t cp;

		i += utf8_next(e->prompt + i, len - i, &cp);
		advance(&p, (wchar_t)cp);
	}
	for (const wchar_t *c = line->buffer; c < line->cursor; c++)
		advance(&p, *c);
	return p.row < ws.ws_row ? p.row : ws.ws_row - 1u;
}

void editor_erase(struct editor *e)
{
	unsigned up = rows_above_cursor(e);

	if (up)
		fprintf(e->tty, "\x1b[%uA", up);
	fputs("\r\x1b[J", e->tty);
	fflush(e->tty);
}

void editor_redraw(struct editor *e)
{
	el_wset(e->el, EL_REFRESH);
	fflush(e->tty);
}

void editor_resized(struct editor *e)
{
	editor_erase(e);
	el_resize(e->el);
	editor_redraw(e);
}

void editor_resumed(struct editor *e)
{
	/* the terminal was set otherwise meanwhile: libedit notices only a change of mode */
	el_wset(e->el, EL_PREP_TERM, 0);
	el_wset(e->el, EL_PREP_TERM, 1);
	editor_resized(e);
}

void editor_leave(struct editor *e)
{
	const LineInfoW *line = el_wline(e->el);

	if (line->buffer == line->lastchar)
		editor_erase(e);
	else
		fputs("\r\n", e->tty);
	fflush(e->tty);
}

void editor_free(struct editor *e)
{
	save_history(e);
	el_end(e->el);
	history_end(e->history);
	free(e);
}

#else /* without libedit: terminal.c reads plain lines */

int editor_new(struct editor **out, const char *prompt, const char *history_path, FILE *tty,
	const struct editor_keys *keys)
{
	(void)out;
	(void)prompt;
	(void)history_path;
	(void)tty;
	(void)keys;
	return -ENOTSUP;
}

ssize_t editor_line(struct editor *e, const char **line)
{
	(void)e;
	(void)line;
	return -ENODATA;
}

void editor_erase(struct editor *e)
{
	(void)e;
}

void editor_redraw(struct editor *e)
{
	(void)e;
}

void editor_resized(struct editor *e)
{
	(void)e;
}

void editor_resumed(struct editor *e)
{
	(void)e;
}

void editor_leave(struct editor *e)
{
	(void)e;
}

void editor_free(struct editor *e)
{
	(void)e;
}

#endif
