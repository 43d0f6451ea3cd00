/* SPDX-License-Identifier: ISC */
/*
 * test_chat.c - a room where each hears all others, over one loop and over several
 *
 * The loops are turned by the test, so that every run is the same.
 */
#include "chance.h"
#include "room.h"

#define CONF(...) ((struct server_conf){ __VA_ARGS__ })

static struct room room;

static void open_room(struct server_conf conf, unsigned n_loops)
{
	room_open(&room, &mode_chat, &conf, n_loops);
}

/* One comes in, and what he and the others are told of it is forgotten. */
static struct peer enter(unsigned loop)
{
	struct peer p = room_enter(&room, loop);

	room_settle(&room);
	peer_forget(&p);
	return p;
}

static void say(struct peer *p, const char *line)
{
	peer_say(p, line);
	room_settle(&room);
}

/* ---- what is said -------------------------------------------------------------------- */

static void talking(void)
{
	open_room(CONF(0), 2);
	struct peer a = room_enter(&room, 0);
	room_settle(&room);
	tap(peer_heard(&a, "* welcome: you are guest1, one of 1 here; /help lists the commands\n"),
		"the first is welcomed, and hears not of himself");
	struct peer b = room_enter(&room, 1);
	room_settle(&room);
	tap(peer_heard(&b, "* welcome: you are guest2, one of 2 here; /help lists the commands\n"),
		"the second too, on another loop");
	tap(peer_heard(&a, "* guest2 joined (2 here)\n"), "and the first hears of him");
	struct peer c = enter(0);
	peer_forget(&a);
	peer_forget(&b);

	say(&a, "hello\n");
	tap(peer_heard(&b, "guest1: hello\n") && peer_heard(&c, "guest1: hello\n"),
		"what one says, the others hear, on his loop and on the other");
	tap(peer_heard(&a, ""), "he does not");
	tap(room.n_said == 1 && strcmp(room.said, "hello") == 0, "it is reported once");
	say(&b, "one\ntwo\n");
	tap(peer_heard(&a, "guest2: one\nguest2: two\n") && peer_heard(&b, ""), "two lines");
	say(&b, "no newline");
	tap(peer_heard(&a, ""), "a part of one is not heard");
	room_pass(&room, 51 * NOD_MS);
	tap(peer_heard(&a, "guest2: no newline\n"), "before it was quiet; it gets its newline");
	peer_forget(&c);
	say(&a, "/me waves\n");
	tap(peer_heard(&c, "** guest1 waves\n"), "/me");
	say(&a, "//me is no command\n");
	tap(peer_heard(&c, "guest1: /me is no command\n"), "a line that begins with a slash");
	say(&a, "\n");
	tap(peer_heard(&c, ""), "nothing said is nothing heard");
	say(&a, "\x1b[31mred\x1b[0m \x9b \xe4\xbd \t.\n");
	tap(peer_heard(&c, "guest1: \u241b[31mred\u241b[0m \ufffd \ufffd \t.\n"),
		"nothing of it steers a terminal");
	room.conf.mode->operator_says(room.loop[0], "I am", 4);
	room_settle(&room);
	tap(peer_heard(&c, "operator: I am\n") && room.n_said == 8, "the operator");
	peer_forget(&a);
	peer_forget(&b);
	peer_forget(&c);
	peer_leave(&a);
	room_settle(&room);
	tap(peer_heard(&b, "* guest1 left (2 here)\n"), "he goes");
	say(&b, "/quit\n");
	tap(peer_heard(&b, "") && b.has_ended && peer_heard(&c, "* guest1 left (2 here)\n"),
		"/quit is the end ...");
	peer_leave(&b);
	room_settle(&room);
	tap(peer_heard(&c, "* guest2 left (1 here)\n"), "... and told as such");
	peer_leave(&c);
	room_close(&room);
}

static void commands(void)
{
	static const struct {
		const char *in, *told, *others;
	} cases[] = {
		{ "/who\n", "* 2 here: guest1 guest2\n", "" },
		{ "/wh\n", "* there is no such command; did you mean /who? /help lists them\n", "" },
		{ "/zzz\n", "* there is no such command; /help lists them\n", "" },
		{ "/\n", "* there is no such command; /help lists them\n", "" },
		{ "/ name x\n", "* there is no such command; /help lists them\n", "" },
		{ "/NAME x\n", "* there is no such command; /help lists them\n", "" },
		{ "/msg\n", "* write: /msg NAME TEXT\n", "" },
		{ "/msg guest2\n", "* write: /msg NAME TEXT\n", "" },
		{ "/msg guest2 psst\n", "* told guest2\n", "guest1 (to you): psst\n" },
		{ "/msg GUEST2 psst\n", "* told GUEST2\n", "guest1 (to you): psst\n" },
		{ "/msg guest2 \x1b[2J\n", "* told guest2\n", "guest1 (to you): \u241b[2J\n" },
		{ "/msg guest1 to me\n", "* told guest1\nguest1 (to you): to me\n", "" },
		{ "/msg nobody psst\n", "* nobody here is called nobody; /who tells who is\n", "" },
		{ "/msg \x1b[2J psst\n", "* nobody here is called \u241b[2J; /who tells who is\n", "" },
		{ "/me\n", "", "** guest1 \n" },
		{ "/name\n", NULL, "" },
		{ "/name guest2\n", "* the name guest2 is taken\n", "" },
		{ "/name GuEsT2\n", "* the name GuEsT2 is taken\n", "" },
		{ "/name operator\n", "* the name operator is taken\n", "" },
		{ "/name Operator\n", "* the name Operator is taken\n", "" },
		{ "/name Guest1\n", "* you are now Guest1\n", "* guest1 is now Guest1\n" },
		{ "/name 眼神\n", "* you are now 眼神\n", "* Guest1 is now 眼神\n" },
		{ "/name guest1\n", "* you are now guest1\n", "* 眼神 is now guest1\n" },
	};

	open_room(CONF(0), 1);
	struct peer a = enter(0), b = enter(0);
	peer_forget(&a);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		say(&a, cases[i].in);
		bool ok = !cases[i].told || peer_heard(&a, cases[i].told);

		peer_forget(&a);
		tap(peer_heard(&b, cases[i].others) && ok, "%.*s",
			(int)strcspn(cases[i].in, "\n\x1b"), cases[i].in);
	}
	say(&a, "/help\n");
	peer_take(&a, SIZE_MAX);
	tap(strstr(a.text, "/name NEW") && strstr(a.text, "//TEXT"), "/help");
	peer_leave(&a);
	peer_leave(&b);
	room_close(&room);
}

static void names(void)
{
	static const struct {
		const char *name, *why;
		bool is_good;
	} cases[] = {
		{ "x", "one letter", true },
		{ "abcdefghijklmnopqrstuvwx", "24 columns", true },
		{ "abcdefghijklmnopqrstuvwxy", "25 columns", false },
		{ "一二三四五六七八九十一二", "24 columns of Chinese", true },
		{ "一二三四五六七八九十一二三", "26 columns", false },
		{ "\U0001f600", "an emoji", true },
		{ "e\u0301", "an accent of its own", true },
		{ "", "none", false },
		{ "a b", "a space", false },
		{ "a\tb", "a tab", false },
		{ "a:", "a colon", false },
		{ "/a", "a slash first", false },
		{ "a/", "a slash later", true },
		{ "*a", "a star first", false },
		{ "a\x1b[m", "an escape", false },
		{ "a\x7f", "DEL", false },
		{ "a\xc2\x9b", "a C1 control", false },
		{ "a\xff", "no UTF-8", false },
		{ "a\u202e", "an override", false },
		{ "a\u2066", "an isolate", false },
		{ "\u200b", "nothing to be seen", false },
		{ "guest2\u200b", "another's with something that is not seen", false },
		{ "guest2\u200d", "another's with a joiner", false },
		{ "gu\u00adest2", "another's with a soft hyphen", false },
		{ "guest2\ufe0f", "another's with a variation selector", false },
		{ "guest2\u2060", "another's with a word joiner", false },
		{ "guest2\u3164", "another's with a filler", false },
		{ "\U000e0041x", "a tag", false },
		{ "a\u00a0b", "a space that does not break", false },
		{ "a\u3000b", "a wide space", false },
		{ "a\u2003b", "an em space", false },
		{ "a：", "a wide colon", false },
	};
	char line[256], want[256];

	open_room(CONF(0), 1);
	struct peer a = enter(0), b = enter(0);
	peer_forget(&a);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "/name %s\n", cases[i].name);
		say(&a, line);
		peer_take(&a, SIZE_MAX);
		snprintf(want, sizeof(want), "* you are now %s\n", cases[i].name);
		bool ok = a.text && strcmp(a.text, want) == 0;
		tap(ok == cases[i].is_good && a.len, "name: %s is %s", cases[i].why,
			cases[i].is_good ? "taken" : "refused");
		peer_forget(&a);
	}
	peer_leave(&a);
	peer_leave(&b);
	room_close(&room);
}

/* Many come, and /who tells as many as fit. */
static void crowd(void)
{
	enum { N = 150 };
	struct peer p[N];
	unsigned n = 0;

	open_room(CONF(0), 3);
	for (unsigned i = 0; i < N; i++)
		p[i] = enter(i % 3);
	for (unsigned i = 0; i < N; i++)
		peer_forget(&p[i]);
	say(&p[7], "/msg guest150 you are last\n");
	tap(peer_heard(&p[149], "guest8 (to you): you are last\n"), "one of 150 is found by name");
	say(&p[7], "to all\n");
	for (unsigned i = 0; i < N; i++)
		n += i != 7 && peer_heard(&p[i], "guest8: to all\n");
	tap(n == N - 1, "all others hear him");
	for (unsigned i = 0; i < N; i += 2)
		peer_leave(&p[i]);
	room_settle(&room);
	tap(room_count(&room) == N / 2, "half of them go");
	peer_forget(&p[7]);
	say(&p[7], "/who\n");
	peer_take(&p[7], SIZE_MAX);
	n = 0;
	for (const char *at = p[7].text; (at = strstr(at, " guest")); at++)
		n++;
	tap(strncmp(p[7].text, "* 75 here:", 10) == 0 && n == 75, "the others are still known");
	for (unsigned i = 1; i < N; i += 2)
		peer_leave(&p[i]);
	room_settle(&room);
	tap(room_count(&room) == 0 && room.server.n_clients == 0, "all go");
	room_close(&room);
}

static void history(void)
{
	open_room(CONF(.history = 3), 2);
	struct peer a = enter(0);

	struct peer b = room_enter(&room, 1);
	room_settle(&room);
	tap(peer_heard(&b, "* welcome: you are guest2, one of 2 here; /help lists the commands\n"),
		"history: nothing was said");
	say(&a, "1\n2\n");
	say(&b, "3\n");
	say(&a, "/me is four\n/msg guest2 not this\n/name x\n");
	struct peer c = room_enter(&room, 1);
	room_settle(&room);
	tap(peer_heard(&c, "* welcome: you are guest3, one of 3 here; /help lists the commands\n"
			   "guest1: 2\nguest2: 3\n** guest1 is four\n"),
		"history: the last three that were said");
	say(&a, "5\n");
	tap(peer_heard(&c, "x: 5\n"), "and then what is said now, once");
	/* in one turn: said before he comes, on his own loop and on the other */
	peer_say(&a, "6\n");
	peer_say(&b, "7\n");
	struct peer d = room_enter(&room, 0);
	room_settle(&room);
	peer_take(&d, SIZE_MAX);
	const char *six = strstr(d.text, "x: 6\n"), *seven = strstr(d.text, "guest2: 7\n");
	tap(six && seven && !strstr(six + 1, "x: 6\n") && !strstr(seven + 1, "guest2: 7\n"),
		"what is said while he comes, he hears once");
	peer_leave(&a);
	peer_leave(&b);
	peer_leave(&c);
	peer_leave(&d);
	room_close(&room);
}

/* ---- one order for all --------------------------------------------------------------- */

/* Take the lines of @full that do not begin with @name and a colon out of @got's front. */
static bool is_without(const char *full, const char *name, const char *got)
{
	size_t len = strlen(name);

	while (*full) {
		size_t n = strcspn(full, "\n") + 1;

		if (strncmp(full, name, len) != 0 || full[len] != ':') {
			if (strncmp(full, got, n) != 0)
				return false;
			got += n;
		}
		full += n;
	}
	return !*got;
}

/* Who only listens hears everything; each speaker hears the same but for his own lines. */
static bool one_conversation(unsigned n_loops, size_t queue)
{
	enum { N = 6, LISTENERS = 2 };
	struct peer p[N];
	char name[32], line[700];
	bool ok = true;

	open_room(CONF(.queue = queue), n_loops);
	for (unsigned i = 0; i < N; i++)
		p[i] = enter(i % n_loops);
	for (unsigned i = 0; i < N; i++)
		peer_forget(&p[i]);
	for (unsigned k = 0; k < 400; k++) {
		struct peer *speaker = &p[LISTENERS + chance(N - LISTENERS)];

		for (unsigned many = 1 + chance(5); many; many--) {
			int n = snprintf(line, sizeof(line), "%u/%u %*s\n", k, many,
				(int)chance(chance(4) ? 20 : 600), "");
			if (nod_session_send(speaker->session, line, (size_t)n) != n)
				ok = false;
		}
		if (chance(3))
			loop_turn(room.loop[chance(n_loops)], 0);
		peer_take(&p[chance(N)], chance(3) ? SIZE_MAX : chance(2000));
	}
	for (unsigned k = 0; k < 50; k++) {
		room_settle(&room);
		for (unsigned i = 0; i < N; i++)
			peer_take(&p[i], SIZE_MAX);
	}
	ok &= room_count(&room) == N && p[0].len > 10000 && p[0].len == p[1].len &&
		memcmp(p[0].text, p[1].text, p[0].len) == 0;
	for (unsigned i = LISTENERS; ok && i < N; i++) {
		snprintf(name, sizeof(name), "guest%u", i + 1);
		ok = is_without(p[0].text, name, p[i].text);
	}
	for (unsigned i = 0; i < N; i++)
		peer_leave(&p[i]);
	room_close(&room);
	return ok;
}

static void order(void)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < 12; i++)
		wrong += !one_conversation(1 + i % 4, i % 3 ? 1 << 20 : 1 << 19);
	tap(wrong == 0, "12 random conversations over one to four loops: %u with two orders", wrong);
}

/* ---- slow readers -------------------------------------------------------------------- */

static void slow_reader(unsigned n_loops)
{
	enum { LINES = 3000 };
	char line[300];
	size_t want = 0;

	open_room(CONF(.queue = 65536), n_loops);
	struct peer a = enter(0), slow = enter(n_loops - 1), good = enter(n_loops - 1);
	peer_forget(&slow);
	peer_forget(&a);
	for (unsigned k = 0; k < LINES; k++) {
		int n = snprintf(line, sizeof(line), "%u %*s\n", k, 250, "");

		peer_say(&a, line);
		want += (size_t)n + strlen("guest1: ");
		room_settle(&room);
		peer_take(&good, SIZE_MAX);
	}
	tap(room.n_closed[CLOSED_SLOW] == 1 && room_count(&room) == 2,
		"%u loops: who takes nothing is dropped", n_loops);
	const char *left = strstr(good.text, "* guest2 left (2 here): too slow\n");
	tap(left != NULL, "%u loops: and the others are told why", n_loops);
	tap(good.len == want + strlen("* guest2 left (2 here): too slow\n"),
		"%u loops: they miss nothing", n_loops);
	tap(room.loop[0]->feed.cap <= 1 << 18, "%u loops: and the memory is bounded", n_loops);
	for (unsigned i = 0; i < TURNS; i++) {
		peer_take(&slow, SIZE_MAX);
		room_settle(&room);
	}
	tap(slow.has_ended, "%u loops: he learns of it", n_loops);
	peer_leave(&a);
	peer_leave(&slow);
	peer_leave(&good);
	room_close(&room);
}

/* The longest line that there is, of octets that grow, with the smallest queue. */
static void longest_line(void)
{
	char *line = malloc(LINES_MAX + 2);

	open_room(CONF(.queue = 16384), 1);
	struct peer a = enter(0), b = enter(0);
	memset(line, 1, LINES_MAX);
	memcpy(line + LINES_MAX, "\n", 2);
	for (unsigned i = 0; i < 3; i++) {
		say(&a, line);
		peer_take(&b, SIZE_MAX);
		tap(b.len == strlen("guest1: ") + 3 * LINES_MAX + 1 && b.text[b.len - 1] == '\n',
			"the longest line arrives whole");
		peer_forget(&b);
	}
	tap(room.n_trouble[TROUBLE_MEMORY] == 0, "without trouble");
	peer_leave(&a);
	peer_leave(&b);
	room_close(&room);
	free(line);
}

/* ---- datagrams ----------------------------------------------------------------------- */

/* A chat over UDP on loop 0.  Its address. */
static struct nod_endpoint open_datagrams(struct server_conf conf)
{
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	const struct nod_endpoint e = of("127.0.0.1:0");
	struct nod_endpoint at = e;
	struct nod_session *s;

	open_room(conf, 1);
	if (nod_session_listen(service, &e, &datagrams, &s, NULL) < 0 ||
		nod_session_local(s, &at) < 0 ||
		listener_add(room.loop[0], s, true, &room.listeners) < 0)
		printf("# no datagrams\n");
	return at;
}

static struct nod_session *datagram_peer(const struct nod_endpoint *at)
{
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	struct nod_session *s;

	return nod_session_dial(service, at, &datagrams, &s, NULL) == 0 ? s : NULL;
}

/* Whether the next datagram is @want; "" = there is none. */
static bool datagram_is(struct nod_session *s, const char *want)
{
	static char buf[70000];
	ssize_t n = nod_session_recv(s, buf, sizeof(buf) - 1);
	bool ok = n == -EAGAIN ? !*want :
				 n == (ssize_t)strlen(want) && !memcmp(buf, want, (size_t)n);

	if (!ok) {
		buf[n > 0 ? n : 0] = 0;
		printf("# datagram: \"%.200s\"\n", buf);
	}
	return ok;
}

static void drain(struct nod_session *s)
{
	char buf[2000];

	while (nod_session_recv(s, buf, sizeof(buf)) > 0)
		;
}

static void datagram_say(struct nod_session *s, const char *text)
{
	nod_session_send(s, text, strlen(text));
}

static void datagrams(void)
{
	const struct nod_endpoint at = open_datagrams(CONF(.history = 60));
	struct nod_session *a = datagram_peer(&at), *b = datagram_peer(&at);

	datagram_say(a, "hi\n");
	room_settle(&room);
	tap(datagram_is(a, "* welcome: you are guest1, one of 1 here; /help lists the commands\n") &&
			datagram_is(a, ""),
		"UDP: who says something is there");
	datagram_say(b, "me too");
	room_settle(&room);
	tap(datagram_is(b, "* welcome: you are guest2, one of 2 here; /help lists the commands\n") &&
			datagram_is(b, "guest1: hi\n") && datagram_is(b, ""),
		"UDP: the second, and the history");
	tap(datagram_is(a, "* guest2 joined (2 here)\n") && datagram_is(a, "guest2: me too\n") &&
			datagram_is(a, ""),
		"UDP: a line a datagram");
	datagram_say(a, "to all\n");
	datagram_say(a, "/msg guest2 to you\n");
	datagram_say(a, "and again\r\n");
	room_settle(&room);
	tap(datagram_is(b, "guest1: to all\n") && datagram_is(b, "guest1 (to you): to you\n") &&
			datagram_is(b, "guest1: and again\n") && datagram_is(b, ""),
		"UDP: a private line among others, in its place");
	tap(datagram_is(a, "* told guest2\n") && datagram_is(a, ""), "UDP: own lines are skipped");

	for (unsigned i = 0; i < 60; i++) { /* more than one datagram holds */
		char line[1300];

		snprintf(line, sizeof(line), "%02u%0*d\n", i, 1200, 0);
		datagram_say(a, line);
		room_settle(&room);
		drain(b);
	}
	struct nod_session *c = datagram_peer(&at);
	char *want = malloc(2000);
	bool ok = true;
	datagram_say(c, "/who\n");
	room_settle(&room);
	ok = datagram_is(c, "* welcome: you are guest3, one of 3 here; /help lists the commands\n");
	for (unsigned i = 0; ok && i < 60; i++) {
		snprintf(want, 2000, "guest1: %02u%0*d\n", i, 1200, 0);
		ok = datagram_is(c, want);
	}
	tap(ok && datagram_is(c, "* 3 here: guest1 guest2 guest3\n"),
		"UDP: a long history comes line by line");
	free(want);
	drain(b);
	datagram_say(c, "/quit");
	datagram_say(c, "after that");
	room_settle(&room);
	tap(room_count(&room) == 2 && room.n_closed[CLOSED_BY_US] == 1, "UDP: /quit");
	room_pass(&room, 61 * NOD_S);
	tap(room_count(&room) == 0 && room.n_closed[CLOSED_IDLE] == 2,
		"UDP: who says nothing for long is forgotten");
	datagram_say(a, "back\n");
	room_settle(&room);
	tap(room_count(&room) == 1, "UDP: and may come again");
	drain(a);
	room.commit_result = -ENOSPC;
	datagram_say(a, "/who\n");
	room_turn(&room);
	tap(datagram_is(a, "") && room.server.is_stopping == STOP_HARD,
		"UDP: a transcript that cannot be written: not even an answer is sent");
	nod_session_close(a);
	nod_session_close(b);
	nod_session_close(c);
	room_close(&room);
}

/* Many peers, in a table that grows; none is taken for another. */
static void datagram_crowd(void)
{
	enum { N = 300 };
	const struct nod_endpoint at = open_datagrams(CONF(.max_clients = 290));
	struct nod_session *p[N];
	unsigned wrong = 0, refused = 0;
	char want[100];

	for (unsigned i = 0; i < N; i++) {
		p[i] = datagram_peer(&at);
		datagram_say(p[i], "/who\n");
		room_settle(&room);
		snprintf(want, sizeof(want),
			"* welcome: you are guest%u, one of %u here; /help lists the commands\n",
			i + 1, i + 1);
		if (i < 290)
			wrong += !datagram_is(p[i], want);
		else
			refused += datagram_is(p[i], "");
	}
	tap(wrong == 0 && refused == 10 && room.n_closed[CLOSED_FULL] == 10,
		"UDP: 290 of 300 are let in, each for himself");
	for (unsigned i = 0; i < N; i++)
		drain(p[i]);
	wrong = 0;
	for (unsigned i = 0; i < 290; i++) {
		char line[64];

		snprintf(line, sizeof(line), "/msg guest%u %u\n", (i * 7) % 290 + 1, i);
		datagram_say(p[i], line);
		room_settle(&room);
		snprintf(want, sizeof(want), "guest%u (to you): %u\n", i + 1, i);
		nod_session_recv(p[i], line, i == (i * 7) % 290 ? 0 : sizeof(line)); /* "told" */
		wrong += i != (i * 7) % 290 && !datagram_is(p[(i * 7) % 290], want);
	}
	tap(wrong == 0, "UDP: every one hears what is for him");
	for (unsigned i = 0; i < N; i++)
		nod_session_close(p[i]);
	room_close(&room);
}

int main(void)
{
	chance_begin();
	begin();
	unsigned before = open_fds();
	talking();
	commands();
	names();
	crowd();
	history();
	order();
	slow_reader(1);
	slow_reader(2);
	longest_line();
	datagrams();
	datagram_crowd();
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
