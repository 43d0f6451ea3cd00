/* SPDX-License-Identifier: ISC */
/*
 * mode_chat.c - a room where each hears all others
 *
 * A line is what somebody says, or a command after a slash.  The room's own notices begin
 * with "* ".  Names are kept under a lock of their own, since any loop's client may ask for
 * any name; the lines go through the hub.
 *
 * Neighbours: hub.c (the order of lines, the history), client.c.
 */
#include "server.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/nearest.h"
#include "../presentation/lang.h"
#include "../presentation/utf8.h"
#include "mode_chat.h"

#define NAME_COLUMNS 24
#define NAME_MAX     (NAME_COLUMNS * 4 + 1) /* octets with the NUL */
#define LINE_MAX_    (UTF8_CLEAN_GROWTH * LINES_MAX + NAME_MAX + 8)
#define NOTICE_MAX   512
#define WHO_MAX	     4096 /* octets of names that /who tells */
#define FIRST_SLOTS  64

struct member {
	struct client *client;
	struct loop *loop;
	uint64_t id;
	char name[NAME_MAX];
	struct member *next_name, *next_id;
};

struct chat {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct member **by_name, **by_id; /* n_slots each */
	size_t n_slots, n;
	uint64_t guests; /* names given so far */
};

static const char *operator_name(void)
{
	return T("operator", "主持人");
}

int chat_init(struct server *s)
{
	struct chat *chat = calloc(1, sizeof(*chat));

	if (!chat)
		return -ENOMEM;
	chat->n_slots = FIRST_SLOTS;
	chat->by_name = calloc(chat->n_slots, sizeof(struct member *));
	chat->by_id = calloc(chat->n_slots, sizeof(struct member *));
	if (!chat->by_name || !chat->by_id || pthread_mutex_init(&chat->lock, NULL) != 0) {
		free(chat->by_name);
		free(chat->by_id);
		free(chat);
		return -ENOMEM;
	}
	chat->key = s->key;
	s->chat = chat;
	return 0;
}

void chat_free(struct server *s)
{
	if (!s->chat)
		return;
	pthread_mutex_destroy(&s->chat->lock);
	free(s->chat->by_name);
	free(s->chat->by_id);
	free(s->chat);
	s->chat = NULL;
}

/* ---- names: under the lock ----------------------------------------------------------- */

/* Names that differ only in the case of ASCII letters are the same name. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && tolower((unsigned char)*a) == tolower((unsigned char)*b); a++)
		b++;
	return *a == *b;
}

static struct member **name_slot(struct chat *chat, const char *name)
{
	char low[NAME_MAX];
	size_t n = 0;

	for (; name[n] && n < sizeof(low); n++)
		low[n] = (char)tolower((unsigned char)name[n]);
	return &chat->by_name[siphash(&chat->key, low, n) & (chat->n_slots - 1)];
}

static struct member **id_slot(struct chat *chat, uint64_t id)
{
	return &chat->by_id[id & (chat->n_slots - 1)]; /* ids are ours: they count up */
}

static struct member *find_name(struct chat *chat, const char *name)
{
	struct member *m = *name_slot(chat, name);

	while (m && !same_name(m->name, name))
		m = m->next_name;
	return m;
}

static struct member *find_id(struct chat *chat, uint64_t id)
{
	struct member *m = *id_slot(chat, id);

	while (m && m->id != id)
		m = m->next_id;
	return m;
}

static void link_name(struct chat *chat, struct member *m)
{
	struct member **slot = name_slot(chat, m->name);

	m->next_name = *slot;
	*slot = m;
}

static void link_id(struct chat *chat, struct member *m)
{
	struct member **slot = id_slot(chat, m->id);

	m->next_id = *slot;
	*slot = m;
}

static void unlink_name(struct chat *chat, struct member *m)
{
	struct member **p = name_slot(chat, m->name);

	while (*p != m)
		p = &(*p)->next_name;
	*p = m->next_name;
}

static void unlink_id(struct chat *chat, struct member *m)
{
	struct member **p = id_slot(chat, m->id);

	while (*p != m)
		p = &(*p)->next_id;
	*p = m->next_id;
}

/* Twice the slots; without memory the chains just grow longer. */
static void grow(struct chat *chat)
{
	size_t old = chat->n_slots;
	struct member **by_id = chat->by_id;
	struct member **bigger_name = calloc(old * 2, sizeof(struct member *));
	struct member **bigger_id = calloc(old * 2, sizeof(struct member *));

	if (!bigger_name || !bigger_id) {
		free(bigger_name);
		free(bigger_id);
		return;
	}
	free(chat->by_name);
	chat->by_name = bigger_name;
	chat->by_id = bigger_id;
	chat->n_slots = old * 2;
	for (size_t i = 0; i < old; i++) {
		while (by_id[i]) {
			struct member *m = by_id[i];

			by_id[i] = m->next_id;
			link_name(chat, m);
			link_id(chat, m);
		}
	}
	free(by_id);
}

/* ---- saying -------------------------------------------------------------------------- */

/* A notice to everybody but @but, "* " before it. */
__attribute__((format(printf, 3, 4))) static void notice_all(
	struct loop *l, struct client *but, const char *format, ...)
{
	char line[NOTICE_MAX];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	hub_say(l, but, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1, false);
}

/* A notice to one client, or, @c NULL, to the operator. */
__attribute__((format(printf, 3, 4))) static void notice(
	struct loop *l, struct client *c, const char *format, ...)
{
	const struct server_report *r = l->server->report;
	char line[WHO_MAX + NOTICE_MAX];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (c)
		client_send(c, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
	else if (r->answer)
		r->answer(r->self, line);
}

/* One who speaks: a member, or the operator (client NULL). */
struct speaker {
	struct loop *loop;
	struct client *client;
	const char *name;
};

/* "name: text" or "** name text" to all others; @text is as it came.  One star is the
 * room's own, so that nobody can do what looks like a notice. */
static void say(const struct speaker *who, const char *text, size_t len, bool is_action)
{
	const struct server_report *r = who->loop->server->report;
	char line[LINE_MAX_];
	int n = snprintf(line, NAME_MAX + 4, is_action ? "** %s " : "%s: ", who->name);
	char *body = line + n;

	if (utf8_is_plain(text, len))
		memcpy(body, text, len);
	else
		len = utf8_clean(body, text, len);
	if (r->said)
		r->said(r->self, who->client, who->name, is_action, body, len);
	body[len] = '\n';
	hub_say(who->loop, who->client, line, (size_t)n + len + 1, true);
}

/* ---- commands ------------------------------------------------------------------------ */

/*
 * What would let a name look like a notice, or like somebody else: spaces of any kind, which
 * only notices have after a name, colons, and what shows nothing at all.
 */
static bool may_deceive(uint32_t cp)
{
	return cp == ' ' || cp == '\t' || cp == ':' || cp == 0xff1a || cp == 0xfe55 ||
		cp == 0xa0 || cp == 0xad || cp == 0x034f || cp == 0x061c || cp == 0x115f ||
		cp == 0x1160 || cp == 0x1680 || (cp >= 0x180b && cp <= 0x180e) ||
		(cp >= 0x2000 && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202f) ||
		(cp >= 0x205f && cp <= 0x206f) || cp == 0x2800 || cp == 0x3000 ||
		cp == 0x3164 || (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xfeff ||
		cp == 0xffa0 || (cp >= 0xe0000 && cp <= 0xe0fff);
}

/* The operator's, in any language: a guest's screen may show another one than the server. */
static bool is_operators_name(const char *name)
{
	return same_name(name, "operator") || same_name(name, "主持人");
}

static bool is_good_name(const char *name)
{
	size_t len = strlen(name);
	char clean[UTF8_CLEAN_GROWTH * LINES_MAX];

	if (!len || len >= NAME_MAX || utf8_columns(name, len) > NAME_COLUMNS ||
		utf8_columns(name, len) == 0 || name[0] == '/' || name[0] == '*')
		return false;
	if (utf8_clean(clean, name, len) != len || memcmp(clean, name, len) != 0)
		return false;
	for (size_t i = 0; i < len;) {
		uint32_t cp;

		i += utf8_next(name + i, len - i, &cp);
		if (may_deceive(cp))
			return false;
	}
	return true;
}

static void do_name(const struct speaker *who, char *rest)
{
	struct chat *chat = who->loop->server->chat;
	char old[NAME_MAX];

	if (!who->client) {
		notice(who->loop, NULL, T("* your name stays %s\n", "* 您的名字固定为 %s\n"),
			operator_name());
		return;
	}
	if (!is_good_name(rest)) {
		notice(who->loop, who->client,
			T("* a name has 1 to %d columns, no space, no colon, and does not begin with "
			  "/ or *\n",
				"* 名字占 1 到 %d 列，不含空格和冒号，且不以 / 或 * 开头\n"),
			NAME_COLUMNS);
		return;
	}

	pthread_mutex_lock(&chat->lock);
	struct member *m = find_id(chat, who->client->id);
	struct member *other = find_name(chat, rest);
	bool is_taken = (other && other != m) || is_operators_name(rest);
	memcpy(old, m->name, sizeof(old));
	if (!is_taken) {
		unlink_name(chat, m);
		memcpy(m->name, rest, strlen(rest) + 1);
		link_name(chat, m);
	}
	pthread_mutex_unlock(&chat->lock);

	if (is_taken) {
		notice(who->loop, who->client,
			T("* the name %s is taken\n", "* 名字 %s 已被占用\n"), rest);
		return;
	}
	notice(who->loop, who->client, T("* you are now %s\n", "* 您现在叫 %s\n"), rest);
	notice_all(
		who->loop, who->client, T("* %s is now %s\n", "* %s 改名为 %s\n"), old, rest);
}

static void do_who(const struct speaker *who, char *rest)
{
	struct chat *chat = who->loop->server->chat;
	char names[WHO_MAX];
	size_t len = 0, told = 0;

	(void)rest;
	pthread_mutex_lock(&chat->lock);
	size_t here = chat->n;
	for (size_t i = 0; i < chat->n_slots; i++) {
		for (const struct member *m = chat->by_id[i]; m; m = m->next_id) {
			size_t n = strlen(m->name);

			if (len + n + 2 >= sizeof(names))
				continue;
			names[len++] = ' ';
			memcpy(names + len, m->name, n);
			len += n;
			told++;
		}
	}
	pthread_mutex_unlock(&chat->lock);
	names[len] = 0;
	notice(who->loop, who->client, T("* %zu here:%s%s\n", "* 在场 %zu 人:%s%s\n"), here,
		names, told < here ? " ..." : "");
}

static void do_me(const struct speaker *who, char *rest)
{
	say(who, rest, strlen(rest), true);
}

static void do_msg(const struct speaker *who, char *rest)
{
	struct chat *chat = who->loop->server->chat;
	char line[LINE_MAX_], *text = strpbrk(rest, " \t");
	uint64_t to = 0;

	if (!text || !rest[0]) {
		notice(who->loop, who->client,
			T("* write: /msg NAME TEXT\n", "* 用法: /msg 名字 内容\n"));
		return;
	}
	*text++ = 0;
	pthread_mutex_lock(&chat->lock);
	struct member *m = find_name(chat, rest);
	if (m)
		to = m->id;
	pthread_mutex_unlock(&chat->lock);
	if (!to) {
		size_t n = utf8_clean(line, rest, strlen(rest));

		notice(who->loop, who->client,
			T("* nobody here is called %.*s; /who tells who is\n",
				"* 这里没有叫 %.*s 的人；/who 可查看都有谁\n"),
			(int)n, line);
		return;
	}
	/* the space before the remark is what no name can imitate */
	int n = snprintf(line, NAME_MAX + 32, T("%s (to you): ", "%s 对您私聊: "), who->name);
	size_t len = utf8_clean(line + n, text, strlen(text));
	line[(size_t)n + len] = '\n';
	hub_tell(who->loop, to, line, (size_t)n + len + 1);
	notice(who->loop, who->client, T("* told %s\n", "* 已告诉 %s\n"), rest);
}

static void do_help(const struct speaker *who, char *rest)
{
	(void)rest;
	notice(who->loop, who->client, "%s",
		T("* what you type goes to all others. Commands:\n"
		  "*   /name NEW       choose your name\n"
		  "*   /who            who is here\n"
		  "*   /me TEXT        say what you do\n"
		  "*   /msg NAME TEXT  to one alone\n"
		  "*   /quit           leave\n"
		  "*   //TEXT          a line that begins with a slash\n",
			"* 您输入的内容会发给其他所有人。命令：\n"
			"*   /name 新名字     改名\n"
			"*   /who            看看谁在\n"
			"*   /me 内容        描述动作\n"
			"*   /msg 名字 内容  私聊\n"
			"*   /quit           离开\n"
			"*   //内容          发送以斜杠开头的一行\n"));
}

static void do_quit(const struct speaker *who, char *rest)
{
	(void)rest;
	if (who->client)
		client_finish(who->client, CLOSED_BY_US);
	else
		atomic_store(&who->loop->server->is_stopping, STOP_IN_ORDER);
}

static const struct {
	const char *word;
	void (*run)(const struct speaker *who, char *rest);
} verbs[] = {
	{ "name", do_name },
	{ "who", do_who },
	{ "me", do_me },
	{ "msg", do_msg },
	{ "help", do_help },
	{ "quit", do_quit },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void command(const struct speaker *who, char *line)
{
	size_t len = strcspn(line, " \t");
	char *rest = line + len + strspn(line + len, " \t");
	const char *words[N_VERBS];

	line[len] = 0;
	for (size_t i = 0; i < N_VERBS; i++) {
		if (strcmp(verbs[i].word, line) == 0) {
			verbs[i].run(who, rest);
			return;
		}
		words[i] = verbs[i].word;
	}
	const char *meant = nearest_word(line, words, N_VERBS);
	notice(who->loop, who->client,
		T("* there is no such command; %s%s%s/help lists them\n",
			"* 没有这个命令；%s%s%s/help 列出所有命令\n"),
		meant ? T("did you mean /", "是不是 /") : "", meant ? meant : "",
		meant ? T("? ", "？") : "");
}

static void take_line(const struct speaker *who, const char *text, size_t len)
{
	char line[LINES_MAX + 1];

	if (len && text[0] == '/' && (len == 1 || text[1] != '/')) {
		if (len > LINES_MAX)
			len = LINES_MAX;
		memcpy(line, text + 1, len - 1);
		line[len - 1] = 0;
		command(who, line);
		return;
	}
	if (len && text[0] == '/') {
		text++;
		len--;
	}
	if (len)
		say(who, text, len, false);
}

/* ---- the mode ------------------------------------------------------------------------ */

static void give_name(struct chat *chat, struct member *m)
{
	do
		snprintf(m->name, sizeof(m->name), T("guest%llu", "访客%llu"),
			(unsigned long long)++chat->guests);
	while (find_name(chat, m->name));
}

static int open_member(struct client *c)
{
	struct chat *chat = c->loop->server->chat;
	struct member *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = (struct member){ .client = c, .loop = c->loop, .id = c->id };
	pthread_mutex_lock(&chat->lock);
	if (chat->n >= chat->n_slots)
		grow(chat);
	give_name(chat, m);
	link_name(chat, m);
	link_id(chat, m);
	size_t here = ++chat->n;
	pthread_mutex_unlock(&chat->lock);
	c->mode_data = m;

	notice(c->loop, c,
		T("* welcome: you are %s, one of %zu here; /help lists the commands\n",
			"* 欢迎：您是 %s，在场共 %zu 人；/help 列出所有命令\n"),
		m->name, here);
	hub_listen(c);
	if (!c->is_dead) /* there may be no memory even for his welcome */
		notice_all(c->loop, c,
			T("* %s joined (%zu here)\n", "* %s 加入（在场 %zu 人）\n"), m->name,
			here);
	return 0;
}

static void message(struct client *c, const char *text, size_t len, bool has_newline)
{
	const struct member *m = c->mode_data;
	char name[NAME_MAX]; /* /name changes the member's own while it is still needed */

	(void)has_newline;
	memcpy(name, m->name, sizeof(name));
	const struct speaker who = { .loop = c->loop, .client = c, .name = name };
	take_line(&who, text, len);
}

static void close_member(struct client *c, enum why_closed why)
{
	struct chat *chat = c->loop->server->chat;
	struct member *m = c->mode_data;

	if (!m)
		return;
	pthread_mutex_lock(&chat->lock);
	unlink_name(chat, m);
	unlink_id(chat, m);
	size_t here = --chat->n;
	pthread_mutex_unlock(&chat->lock);
	const char *because = why == CLOSED_SLOW ? T(": too slow", "：接收太慢") :
		why == CLOSED_IDLE		 ? T(": idle", "：长时间无动静") :
		why == CLOSED_RESET		 ? T(": connection lost", "：连接中断") :
						   "";
	if (why != CLOSED_STOPPED)
		notice_all(c->loop, NULL,
			T("* %s left (%zu here)%s\n", "* %s 离开（在场 %zu 人）%s\n"), m->name,
			here, because);
}

/* Whatever is being done with a client may close it: what it uses stays until the turn's end. */
static void free_member(struct client *c)
{
	free(c->mode_data);
}

static struct client *find_client(struct loop *l, uint64_t id)
{
	struct chat *chat = l->server->chat;

	pthread_mutex_lock(&chat->lock);
	const struct member *m = find_id(chat, id);
	/* another loop's client may go at any time, this loop's only when this thread lets it */
	struct client *c = m && m->loop == l ? m->client : NULL;
	pthread_mutex_unlock(&chat->lock);
	return c;
}

static void operator_says(struct loop *l, const char *text, size_t len)
{
	const struct speaker who = { .loop = l, .name = operator_name() };

	take_line(&who, text, len);
}

const struct mode mode_chat = {
	.name = "chat",
	.open = open_member,
	.message = message,
	.close = close_member,
	.free = free_member,
	.find = find_client,
	.operator_says = operator_says,
};
