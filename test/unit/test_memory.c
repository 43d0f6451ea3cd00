/* SPDX-License-Identifier: ISC */
/*
 * test_memory.c - every single allocation fails once, and then all from one on
 *
 * mk/test.mk has the linker send the allocations of this program through those of deny.h.
 * A scene is played again and again, each time another allocation failing, until none is left
 * that could.  Nothing may crash or leak (the sanitizers see that), and when there is memory
 * again, the server must serve on.
 */
#include <sys/stat.h>

#include "deny.h"
#include "room.h"

#include "presentation/json.h"

#define CONF(...) ((struct server_conf){ __VA_ARGS__ })

/* ---- a server -------------------- */

static struct room room;

static void turns(void)
{
	memory.is_armed = true;
	room_settle(&room);
	memory.is_armed = false;
}

static int place_in_turn(struct server *s, struct client *c)
{
	static unsigned next;

	(void)s;
	if (++next % room.n_loops)
		hub_hand_over(room.loop[next % room.n_loops], c);
	else
		client_start(c, room.loop[0]);
	return 0;
}

/* Two loops; a Unix listener and one for datagrams. */
static struct nod_endpoint open_server(const struct mode *mode, struct server_conf conf)
{
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	const struct nod_endpoint e = of("127.0.0.1:0");
	struct nod_endpoint at = e;
	struct nod_session *s;

	room_open(&room, mode, &conf, 2);
	room.server.place = place_in_turn;
	if (nod_session_listen(service, &e, &datagrams, &s, NULL) < 0 ||
		nod_session_local(s, &at) < 0 ||
		listener_add(room.loop[0], s, true, &room.listeners) < 0 ||
		listener_add(room.loop[0], room.door, false, &room.listeners) < 0) {
		printf("Bail out! no listeners\n");
		exit(99);
	}
	room.door = NULL; /* the list closes it */
	return at;
}

static struct peer dial_door(void)
{
	struct peer p = { 0 };

	nod_session_dial(service, &room.at, NULL, &p.session, NULL);
	turns();
	return p;
}

static void say(struct peer *p, const char *text)
{
	ssize_t n = nod_session_send(p->session, text, strlen(text));

	(void)n; /* he may have been closed for want of memory */
	turns();
}

static char long_line[5000];

/* Now there is memory: whoever comes is served as if nothing had been. */
static bool serves_on(void)
{
	bool ok = true;

	room_now += NOD_S; /* a listener may have paused */
	for (unsigned i = 0; i < room.n_loops; i++)
		room.loop[i]->now = room_now;
	listener_retry(room.loop[0], room.listeners);
	struct peer a = dial_door(), b = dial_door();
	peer_forget(&a);
	peer_forget(&b);
	say(&a, "are you there?\n");
	peer_take(&a, SIZE_MAX);
	peer_take(&b, SIZE_MAX);
	if (room.conf.mode == &mode_chat)
		ok = b.text && strstr(b.text, "are you there?");
	else
		ok = a.text && a.len;
	peer_leave(&a);
	peer_leave(&b);
	turns();
	return ok;
}

static bool close_server(void)
{
	room_now += 100 * NOD_S;
	turns();
	room_close(&room);
	return room.server.n_clients == 0;
}

static bool chat_scene(void)
{
	const struct nod_endpoint at =
		open_server(&mode_chat, CONF(.history = 4, .queue = 65536));
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	struct peer p[5];
	struct nod_session *d[3];

	for (unsigned i = 0; i < 5; i++)
		p[i] = dial_door();
	for (unsigned i = 0; i < 3; i++) {
		nod_session_dial(service, &at, &datagrams, &d[i], NULL);
		nod_session_send(d[i], "hello\n", 6);
		turns();
	}
	say(&p[0], "hello\n");
	say(&p[1], "part");
	say(&p[1], "s of a line\nand one more\n/name somebody\n");
	say(&p[2], "/msg somebody psst\n/msg guest1 psst\n/who\n/help\n/me waves\n");
	nod_session_send(d[0], "one\n", 4);
	nod_session_send(d[0], "/msg guest1 two\n", 16);
	turns();
	for (unsigned i = 0; i < 40; i++) { /* the feed grows, and nobody reads */
		say(&p[i % 2], long_line + 1500);
		say(&p[i % 2], "\n");
	}
	say(&p[3], long_line);
	say(&p[3], "\n/quit\n");
	struct peer late = dial_door();
	peer_take(&p[4], SIZE_MAX);
	turns();
	peer_leave(&p[0]);
	turns();
	memory.fail_at = 0;
	memory.for_good = false;
	bool ok = serves_on();
	for (unsigned i = 1; i < 5; i++)
		peer_leave(&p[i]);
	peer_leave(&late);
	for (unsigned i = 0; i < 3; i++)
		nod_session_close(d[i]);
	return close_server() && ok;
}

static bool octets_scene(const struct mode *mode)
{
	const struct nod_endpoint at =
		open_server(mode, CONF(.rate = 50, .idle_timeout = NOD_S));
	const struct nod_session_conf datagrams = { .type = NOD_DATAGRAM };
	struct nod_session *d;
	struct peer p = dial_door(), q = dial_door();

	nod_session_dial(service, &at, &datagrams, &d, NULL);
	nod_session_send(d, "x\n", 2);
	for (unsigned i = 0; i < 60; i++) {
		say(&p, long_line + 500); /* and reads nothing */
		say(&q, "x\ny");
	}
	peer_take(&q, SIZE_MAX);
	if (mode->operator_says) {
		memory.is_armed = true;
		mode->operator_says(room.loop[0], "hello", 5);
		memory.is_armed = false;
	}
	turns();
	memory.fail_at = 0;
	memory.for_good = false;
	bool ok = serves_on();
	peer_leave(&p);
	peer_leave(&q);
	nod_session_close(d);
	return close_server() && ok;
}

static bool reply_scene(void)
{
	return octets_scene(&mode_reply);
}

static bool echo_scene(void)
{
	return octets_scene(&mode_echo);
}

/* What is made before the first client. */
static bool opening_scene(void)
{
	static const struct siphash_key key = { 1, 2 };
	const struct server_conf conf = { .mode = &mode_chat, .queue = 65536, .history = 2 };
	const struct server_report report = { 0 };
	const struct nod_endpoint e = of("unix:opening");
	struct server_stats stats = { 0 };
	struct server s;
	struct loop *l = NULL;
	struct nod_session *session = NULL;
	struct listener *list = NULL;
	unsigned before = open_fds();

	memory.is_armed = true;
	int err = server_init(&s, service, &conf, &report, &stats, &key);
	if (err == 0) {
		err = chat_init(&s);
		for (enum nod_ready_how how = NOD_READY_BEST;
			err == 0 && how <= NOD_READY_EPOLL; how++) {
			err = loop_new(&s, how, 100, &l);
			if (err == 0)
				err = nod_session_listen(service, &e, NULL, &session, NULL);
			if (err == 0)
				err = listener_add(l, session, false, &list);
			if (l) {
				listener_close_all(l, &list);
				loop_free(l);
				l = NULL;
			}
		}
		chat_free(&s);
		server_free(&s);
	}
	memory.is_armed = false;
	struct stat st;
	return (err == 0) == (memory.failed == 0) && (err == 0 || err == -ENOMEM) &&
		open_fds() == before && lstat(e.path, &st) < 0;
}

/* ---- text -------------------- */

static bool text_scene(void)
{
	struct json j;
	struct lines l = { 0 };
	struct feed f;
	char *text;
	const char *p = long_line, *line;
	size_t len, n = strlen(long_line);

	memory.is_armed = true;
	json_open(&j);
	for (unsigned i = 0; i < 100; i++)
		json_int(&j, "key", i);
	text = json_take(&j, &len);
	bool ok = text ? len > 0 : memory.failed && !len;
	free(text);

	enum lines_kind kind =
		lines_next(&l, &(const char *){ "a" }, &(size_t){ 1 }, &line, &len);
	ok &= kind == LINES_NONE || (kind == LINES_NO_MEMORY && memory.failed);
	while (n && lines_next(&l, &p, &n, &line, &len) != LINES_NONE)
		;
	p = "\nb\n";
	n = 3;
	while ((kind = lines_next(&l, &p, &n, &line, &len)) != LINES_NONE)
		ok &= kind != LINES_MESSAGE || len == 1; /* what was refused is refused whole */
	free(l.part);

	feed_init(&f, 65536);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t head = f.head;
		int err = feed_append(&f, long_line, 100, i);

		ok &= err == 0 ? f.head == head + 100 : err == -ENOMEM && f.head == head;
	}
	feed_free(&f);
	memory.is_armed = false;
	return ok;
}

/* ---- again and again -------------------- */

static void play(const char *name, bool (*scene)(void))
{
	unsigned n = 0, wrong = 0;

	for (unsigned long at = 1;; at++, n++) {
		memory.seen = memory.failed = 0;
		memory.fail_at = at;
		memory.for_good = false;
		wrong += !scene();
		if (!memory.failed)
			break;
		memory.seen = memory.failed = 0;
		memory.fail_at = at;
		memory.for_good = true;
		wrong += !scene();
	}
	tap(wrong == 0 && n > 3, "%s: %u times without memory, %u times wrong", name, 2 * n,
		wrong);
}

int main(void)
{
	begin();
	memset(long_line, 'x', sizeof(long_line) - 1);
	unsigned before = open_fds();
	play("text", text_scene);
	play("opening", opening_scene);
	play("chat", chat_scene);
	play("reply", reply_scene);
	play("echo", echo_scene);
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
