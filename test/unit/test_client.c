/* SPDX-License-Identifier: ISC */
/*
 * test_client.c - what a server does with one client: messages, deadlines, ends, slow readers
 *
 * Under each way of waiting; time is the test's own.  Neighbours: room.h, test/e2e/test_chat.py.
 */
#include <sys/resource.h>

#include "room.h"

static enum nod_ready_how how;
static const char *way;

#define CHECK(ok, what) tap(ok, "%s: %s", way, what)

static struct room room;

static void open_room(const struct mode *mode, struct server_conf conf)
{
	room.how = how;
	room_open(&room, mode, &conf, 1);
}

#define CONF(...) ((struct server_conf){ __VA_ARGS__ })

/* ---- messages ---------------------------------------------------------------------------- */

static void lines_and_pauses(void)
{
	open_room(&mode_reply, CONF(0));
	struct peer p = room_enter(&room, 0);

	peer_say(&p, "hello\n");
	room_settle(&room);
	CHECK(peer_heard(&p, "yes\n") && strcmp(room.said, "hello") == 0, "a line is answered");
	peer_say(&p, "hel");
	room_pass(&room, 49 * NOD_MS);
	CHECK(peer_heard(&p, ""), "a part of one is not");
	peer_say(&p, "lo");
	room_pass(&room, 49 * NOD_MS);
	CHECK(peer_heard(&p, ""), "as long as it goes on");
	room_pass(&room, 2 * NOD_MS);
	CHECK(peer_heard(&p, "yes") && strcmp(room.said, "hello") == 0,
		"but when it was quiet for 50 ms, as it came, without a newline");
	peer_say(&p, "from\nrest");
	room_settle(&room);
	CHECK(peer_heard(&p, "yes\n"), "a line and a part: one is answered");
	room_pass(&room, 51 * NOD_MS);
	CHECK(peer_heard(&p, "yes") && strcmp(room.said, "rest") == 0, "then the other");
	peer_say(&p, "a\nb\r\n\nc");
	room_pass(&room, 51 * NOD_MS);
	CHECK(peer_heard(&p, "yes\nyes\nyes\nyes"), "four at once");
	CHECK(room.stats.n[STAT_MESSAGES] == 8 && room.n_said == 8, "all are counted");
	peer_say(&p, "\x1b[2J\xff\n");
	room_settle(&room);
	CHECK(strcmp(room.said, "\u241b[2J\ufffd") == 0, "what is shown is fit for a terminal");
	peer_forget(&p);
	CHECK(!p.client->out && !p.client->lines.part, "a client that waits holds no buffers");
	peer_leave(&p);
	room_settle(&room);
	CHECK(room.n_closed[CLOSED_BY_PEER] == 1 && room_count(&room) == 0, "and goes in order");
	room_close(&room);
}

static void too_long(void)
{
	static const char notice[] = "* message refused: longer than 4096 octets\n";
	char *line = malloc(LINES_MAX + 3);
	char want[128];

	open_room(&mode_reply, CONF(0));
	struct peer p = room_enter(&room, 0);
	memset(line, 'x', LINES_MAX + 1);
	memcpy(line + LINES_MAX + 1, "\n", 2);
	peer_say(&p, "a\n");
	peer_say(&p, line);
	peer_say(&p, "b\n");
	room_settle(&room);
	snprintf(want, sizeof(want), "yes\n%syes\n", notice);
	CHECK(peer_heard(&p, want) && room.n_refused == 1 &&
			room.stats.n[STAT_REFUSED_LONG] == 1,
		"a message that is too long is refused, and nothing else is lost");
	peer_say(&p, line + 1);
	room_settle(&room);
	CHECK(peer_heard(&p, "yes\n"), "one octet less is not");
	peer_leave(&p);
	room_close(&room);
	free(line);
}

static void rate(void)
{
	static const char notice[] = "* message refused: too many in a second\n";
	char want[128];

	open_room(&mode_reply, CONF(.rate = 3));
	struct peer p = room_enter(&room, 0);
	snprintf(want, sizeof(want), "yes\nyes\nyes\n%s", notice);
	peer_say(&p, "1\n2\n3\n4\n5\n");
	room_settle(&room);
	CHECK(peer_heard(&p, want) && room.stats.n[STAT_REFUSED_RATE] == 2 && room.n_refused == 1,
		"over the rate: refused, told once");
	room_pass(&room, 333 * NOD_MS);
	peer_say(&p, "6\n");
	room_settle(&room);
	CHECK(peer_heard(&p, ""), "not yet again");
	room_pass(&room, NOD_MS);
	peer_say(&p, "7\n8\n");
	room_settle(&room);
	CHECK(peer_heard(&p, "yes\n"), "one more after a third of a second");
	room_pass(&room, 100 * NOD_S);
	peer_say(&p, "1\n2\n3\n4\n");
	room_settle(&room);
	CHECK(peer_heard(&p, want), "a long silence saves no more than a second's worth");

	peer_leave(&p);
	room_close(&room);

	/* asked much oftener than the bucket is filled, it still fills */
	unsigned taken = 0;
	open_room(&mode_reply, CONF(.rate = 1000));
	p = room_enter(&room, 0);
	for (unsigned i = 0; i < 100; i++) {
		peer_say(&p, "x\nx\nx\nx\nx\nx\nx\nx\nx\nx\n");
		room_settle(&room);
	}
	peer_forget(&p);
	for (unsigned i = 0; i < 5000; i++) {
		room_now += 1999;
		peer_say(&p, "x\n");
		loop_turn(room.loop[0], 0);
		peer_take(&p, SIZE_MAX);
	}
	for (const char *at = p.text; (at = strstr(at, "yes\n")); at++)
		taken++;
	tap(taken == 9, "%s: refused every two microseconds: %u in 10 ms", way, taken);
	peer_leave(&p);
	room_close(&room);
}

/* Many short messages at once from one who reads only when he has said all. */
static void short_and_many(void)
{
	enum { N = 65536 };
	static char newlines[N];
	char reply[502];
	size_t sent = 0;

	memset(newlines, '\n', N);
	memset(reply, 'r', 500);
	memcpy(reply + 500, "\n", 2);
	open_room(&mode_reply, CONF(.reply = reply, .queue = 65536));
	struct peer p = room_enter(&room, 0);
	for (unsigned i = 0; i < 1000 && sent < N; i++) {
		ssize_t n = nod_session_send(p.session, newlines, N - sent);

		sent += n > 0 ? (size_t)n : 0;
		room_settle(&room);
	}
	CHECK(room_count(&room) == 1 && p.client->out_cap <= 65536,
		"many short messages: what is not answered yet is not read");
	for (unsigned i = 0; i < 10000 && p.len < sent * 501 && !p.has_ended; i++) {
		peer_take(&p, SIZE_MAX);
		room_turn(&room);
	}
	CHECK(sent == N && p.len == (size_t)N * 501 && room_count(&room) == 1,
		"many short messages: all are answered");
	peer_leave(&p);
	room_close(&room);
}

static void operator(void)
{
	open_room(&mode_reply, CONF(0));
	struct peer p = room_enter(&room, 0), q = room_enter(&room, 0);

	peer_say(&p, "hi\n");
	room.conf.mode->operator_says(room.loop[0], "to \x1b all", 8);
	room_settle(&room);
	CHECK(peer_heard(&q, "to \u241b all\n"), "what the operator types goes to all");
	CHECK(peer_heard(&p, "yes\nto \u241b all\n"), "after what was answered before");
	peer_leave(&p);
	peer_leave(&q);
	room_close(&room);
}

/* ---- ends -------------------------------------------------------------------------------- */

static void ends(void)
{
	open_room(&mode_reply, CONF(0));
	struct peer p = room_enter(&room, 0);

	peer_say(&p, "a\nrest");
	nod_session_shutdown(p.session);
	room_settle(&room);
	CHECK(peer_heard(&p, "yes\nyes") && p.has_ended &&
			room.n_closed[CLOSED_BY_PEER] == 1 && room_count(&room) == 0,
		"the end makes a message of the rest; all is answered, then it is closed");
	peer_leave(&p);

	p = room_enter(&room, 0);
	client_send(p.client, "bye\n", 4);
	client_finish(p.client, CLOSED_BY_US);
	room_settle(&room);
	CHECK(peer_heard(&p, "bye\n") && p.has_ended && room_count(&room) == 1,
		"our end comes after what was queued");
	peer_say(&p, "too late\n");
	room_settle(&room);
	CHECK(room_count(&room) == 1 && room.n_said == 2, "what comes after it is not heard");
	room_pass(&room, 1999 * NOD_MS);
	CHECK(room_count(&room) == 1, "the peer's end is awaited");
	room_pass(&room, 2 * NOD_MS);
	CHECK(room_count(&room) == 0 && room.n_closed[CLOSED_BY_US] == 1, "for 2 s, no longer");
	peer_leave(&p);

	p = room_enter(&room, 0);
	client_finish(p.client, CLOSED_BY_US);
	room_settle(&room);
	client_send_now(p.client, "more", 4);
	CHECK(!p.client->is_dead, "nothing is sent after our end");
	peer_leave(&p);
	room_settle(&room);
	CHECK(room_count(&room) == 0 && room.n_closed[CLOSED_BY_US] == 2, "or until it comes");

	p = room_enter(&room, 0);
	client_close(p.client, CLOSED_FAILED, -EIO);
	client_send(p.client, "x", 1);
	client_send_now(p.client, "x", 1);
	client_finish(p.client, CLOSED_BY_US);
	client_close(p.client, CLOSED_BY_US, 0);
	room_settle(&room);
	CHECK(peer_heard(&p, "") && room.n_closed[CLOSED_FAILED] == 1 &&
			room.n_closed[CLOSED_BY_US] == 2,
		"closed is closed, once");
	peer_leave(&p);
	CHECK(room.server.n_clients == 0, "nobody is left");
	room_close(&room);
}

static void idle(void)
{
	open_room(&mode_reply, CONF(.idle_timeout = 10 * NOD_S));
	struct peer p = room_enter(&room, 0), q = room_enter(&room, 0);

	room_pass(&room, 6 * NOD_S);
	peer_say(&q, "x\n");
	room_pass(&room, 5 * NOD_S);
	CHECK(room_count(&room) == 2 && peer_heard(&p, "") && p.has_ended &&
			peer_heard(&q, "yes\n") && !q.has_ended,
		"who says nothing is sent the end, who does is not");
	room_pass(&room, 6 * NOD_S);
	CHECK(room.n_closed[CLOSED_IDLE] == 1 && room_count(&room) == 1, "and closed as idle");
	room_pass(&room, 10 * NOD_S);
	CHECK(room.n_closed[CLOSED_IDLE] == 2, "the other one later");
	peer_leave(&p);
	peer_leave(&q);
	room_close(&room);

	/* longer than there are nanoseconds */
	open_room(&mode_reply,
		CONF(.idle_timeout = NOD_FOREVER, .grace = NOD_FOREVER,
			.peer_timeout = NOD_FOREVER));
	p = room_enter(&room, 0);
	peer_say(&p, "x\n");
	room_pass(&room, 1000 * NOD_S);
	CHECK(room_count(&room) == 1 && peer_heard(&p, "yes\n") && !p.has_ended,
		"for ever idle is never idle");
	atomic_store(&room.server.is_stopping, STOP_IN_ORDER);
	room_settle(&room);
	CHECK(room_count(&room) == 1 && peer_heard(&p, "") && p.has_ended,
		"with a grace for ever, the peer's end is awaited");
	peer_leave(&p);
	room_settle(&room);
	CHECK(room_count(&room) == 0 && room.n_closed[CLOSED_STOPPED] == 1, "and comes");
	room_close(&room);
}

/* A client that takes nothing of what it is sent, as long as less than the queue waits. */
static struct peer one_behind(void)
{
	struct peer p = room_enter(&room, 0);
	static char text[200000];

	memset(text, 'x', sizeof(text));
	while (!p.client->is_behind && room_count(&room)) {
		client_send(p.client, text, sizeof(text));
		room_settle(&room);
	}
	return p;
}

static void never_reads(void)
{
	open_room(&mode_reply, CONF(.idle_timeout = 10 * NOD_S));
	struct peer p = one_behind();

	CHECK(room_count(&room) == 1, "one who takes nothing stays, within the queue");
	room_pass(&room, 11 * NOD_S);
	CHECK(room_count(&room) == 1, "idle: what waits for him is still his");
	room_pass(&room, 31 * NOD_S);
	CHECK(room_count(&room) == 0, "but not for ever");
	peer_leave(&p);

	p = one_behind();
	nod_session_shutdown(p.session);
	room_settle(&room);
	CHECK(room_count(&room) == 1, "one who has ended and takes nothing stays a while");
	room_pass(&room, 31 * NOD_S);
	CHECK(room_count(&room) == 0, "but not for ever");
	peer_leave(&p);

	p = one_behind();
	size_t waits = p.client->out_len;
	client_finish(p.client, CLOSED_BY_US);
	room_settle(&room);
	peer_take(&p, SIZE_MAX);
	room_settle(&room);
	peer_take(&p, SIZE_MAX);
	room_settle(&room);
	peer_take(&p, SIZE_MAX);
	CHECK(waits && p.has_ended, "one who takes it after all gets all of it, then the end");
	peer_leave(&p);
	room_settle(&room);
	CHECK(room_count(&room) == 0, "and is gone");

	p = one_behind();
	peer_leave(&p);
	room_settle(&room);
	CHECK(room_count(&room) == 0, "one who takes nothing and vanishes");
	room_close(&room);
}

static void stopping(void)
{
	open_room(&mode_reply, CONF(.grace = 5 * NOD_S));
	struct peer p = one_behind(), q = room_enter(&room, 0);

	client_send(q.client, "last\n", 5);
	atomic_store(&room.server.is_stopping, STOP_IN_ORDER);
	room_settle(&room);
	CHECK(peer_heard(&q, "last\n") && q.has_ended && room_count(&room) == 2,
		"stopping: what is queued is delivered, then the end");
	peer_leave(&q);
	room_pass(&room, 4 * NOD_S);
	CHECK(room_count(&room) == 1, "stopping: the grace");
	room_pass(&room, 2 * NOD_S);
	CHECK(room_count(&room) == 0 && room.n_closed[CLOSED_STOPPED] == 2,
		"stopping: and its end");
	peer_leave(&p);
	room_close(&room);

	open_room(&mode_reply, CONF(0));
	p = room_enter(&room, 0);
	client_send(p.client, "never said\n", 11);
	room.commit_result = -ENOSPC;
	bool goes_on = loop_turn(room.loop[0], 0);
	CHECK(!goes_on && room.server.is_stopping == STOP_HARD && peer_heard(&p, "") &&
			p.has_ended,
		"a transcript that cannot be written: nothing is delivered, all ends");
	peer_leave(&p);
	room_close(&room);
}

/* ---- octets ------------------------------------------------------------------------------ */

static void echo(void)
{
	enum { TOTAL = 3 << 20 };
	size_t sent = 0;
	bool is_right = true;
	char buf[60000];

	open_room(&mode_echo, CONF(0));
	struct peer p = room_enter(&room, 0);
	for (unsigned k = 0; sent < TOTAL && k < 100000; k++) {
		size_t n = TOTAL - sent < sizeof(buf) ? TOTAL - sent : sizeof(buf);

		for (size_t i = 0; i < n; i++)
			buf[i] = (char)((sent + i) % 251);
		ssize_t taken = nod_session_send(p.session, buf, n);
		sent += taken > 0 ? (size_t)taken : 0;
		if (taken < 0 || k % 5 == 0)
			room_turn(&room);
		if (taken < 0 && k % 3 == 0) /* full both ways: only now he reads a little */
			peer_take(&p, 30000);
	}
	CHECK(p.client->out_cap <= 2 << 16, "what is not taken back waits with its sender");
	nod_session_shutdown(p.session);
	for (unsigned k = 0; !p.has_ended && k < 1000; k++) {
		room_settle(&room);
		peer_take(&p, SIZE_MAX);
	}
	for (size_t i = 0; i < p.len; i++)
		is_right &= p.text[i] == (char)(i % 251);
	CHECK(p.len == TOTAL && is_right, "3 MiB come back, every octet in its place");
	peer_leave(&p);
	room_settle(&room);
	CHECK(room_count(&room) == 0, "and then the end");
	room_close(&room);
}

static void discard(void)
{
	open_room(&mode_discard, CONF(0));
	struct peer p = room_enter(&room, 0);

	peer_say(&p, "whatever\n");
	room_settle(&room);
	CHECK(peer_heard(&p, "") && room.stats.n[STAT_OCTETS_IN] == 9, "discard: counted, no more");
	nod_session_shutdown(p.session);
	room_settle(&room);
	CHECK(room_count(&room) == 0, "discard: the end ends it");
	peer_leave(&p);
	room_close(&room);
}

/* A mode that cannot take all at once, as --exec with a command that does not read. */
static struct {
	size_t taken;
	unsigned while_full; /* octets came that it had said it cannot take */
	bool is_full;
	unsigned n_ended, n_closed, n_freed;
} holding;

static void hold_octets(struct client *c, const char *buf, size_t len)
{
	(void)buf;
	holding.while_full += holding.is_full;
	holding.taken += len;
	holding.is_full = true;
	client_pause(c);
}

static void hold_ended(struct client *c)
{
	(void)c;
	holding.n_ended++;
}

static void hold_close(struct client *c, enum why_closed why)
{
	(void)c;
	(void)why;
	holding.n_closed++;
}

static void hold_free(struct client *c)
{
	(void)c;
	holding.n_freed++;
}

static const struct mode mode_hold = {
	.name = "hold",
	.takes_octets = true,
	.octets = hold_octets,
	.ended = hold_ended,
	.close = hold_close,
	.free = hold_free,
};

static void holding_back(void)
{
	static char text[100000];

	memset(&holding, 0, sizeof(holding));
	open_room(&mode_hold, CONF(.rate = 1));
	struct peer p = room_enter(&room, 0);
	nod_session_send(p.session, text, sizeof(text));
	room_settle(&room);
	nod_session_send(p.session, text, sizeof(text));
	room_settle(&room);
	CHECK(holding.taken && holding.taken <= 65536, "a mode that is full is given no more");
	room_pass(&room, 20 * NOD_MS);
	holding.is_full = false;
	client_read_more(p.client);
	room_settle(&room);
	CHECK(holding.taken > 65536 && !holding.while_full, "until it asks");
	/* over the rate now: reading pauses for 10 ms, whatever the mode says */
	room_pass(&room, 20 * NOD_MS);
	CHECK(!holding.while_full, "the end of a pause for the rate is not asking");
	for (unsigned i = 0; i < 20; i++) {
		holding.is_full = false;
		client_read_more(p.client);
		room_pass(&room, 20 * NOD_MS);
	}
	size_t before = holding.taken;
	nod_session_send(p.session, "x", 1);
	holding.is_full = false;
	client_read_more(p.client);
	room_settle(&room);
	nod_session_send(p.session, "y", 1);
	holding.is_full = false;
	client_read_more(p.client);
	room_settle(&room);
	CHECK(holding.taken == before + 1, "over the rate, asking is not enough");
	room_pass(&room, 20 * NOD_MS);
	CHECK(holding.taken == before + 2 && !holding.while_full, "and then it is read");
	peer_leave(&p);
	room_pass(&room, NOD_S);
	room_close(&room);
	CHECK(holding.n_closed == 1 && holding.n_freed == 1, "closed once, freed once");
}

/* The peer has gone altogether while the mode is full. */
static void gone_while_full(void)
{
	static char text[100000];

	memset(&holding, 0, sizeof(holding));
	open_room(&mode_hold, CONF(0));
	struct peer p = room_enter(&room, 0);
	nod_session_send(p.session, text, sizeof(text));
	room_settle(&room);
	peer_leave(&p);
	room_settle(&room);
	CHECK(!holding.while_full && holding.n_ended == 0,
		"gone while the mode is full: it is not given more for that");
	for (unsigned i = 0; i < 10 && !holding.n_ended; i++) {
		holding.is_full = false;
		if (room_count(&room))
			client_read_more(room.loop[0]->client[0]);
		room_settle(&room);
	}
	tap(holding.taken == sizeof(text) && holding.n_ended == 1,
		"%s: gone: all that was sent before is taken, then the end: %zu", way,
		holding.taken);
	room_settle(&room);
	CHECK(holding.n_closed == 0 && room_count(&room) == 1,
		"gone: the mode may still be at work with it");
	if (room_count(&room)) {
		client_send_now(room.loop[0]->client[0], "done\n", 5);
		room_settle(&room);
	}
	CHECK(room_count(&room) == 0 && holding.n_closed == 1,
		"gone: what the mode has to say finds nobody");
	room_close(&room);
}

/* A way of waiting that holds no more: the client is told, and was never there. */
static void no_room(void)
{
	struct rlimit before, more;
	int top = dup(0), n = 0, fd[1100];

	close(top);
	getrlimit(RLIMIT_NOFILE, &before);
	more = (struct rlimit){ .rlim_cur = before.rlim_max, .rlim_max = before.rlim_max };
	setrlimit(RLIMIT_NOFILE, &more);
	if (how != NOD_READY_SELECT || more.rlim_cur < 1200) {
		setrlimit(RLIMIT_NOFILE, &before);
		return;
	}
	open_room(&mode_reply, CONF(0));
	while (n < 1100 && (fd[n] = dup(0)) >= 0 && fd[n] < 1024)
		n++;
	struct peer p = room_enter(&room, 0);
	room_settle(&room);
	CHECK(peer_heard(&p, "* the server can hold no more clients\n") && p.has_ended,
		"no room: told so");
	CHECK(room.n_closed[CLOSED_FULL] == 1 && room.n_refused_at_the_door == 1 &&
			room.n_opened == 0 && room.server.n_clients == 0 &&
			room.n_trouble[TROUBLE_PLACE] == 1,
		"no room: never there");
	peer_leave(&p);
	close(fd[n]);
	while (n)
		close(fd[--n]);
	room_close(&room);
	setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
	static const struct {
		const char *name;
		enum nod_ready_how how;
	} ways[] = { { "select", NOD_READY_SELECT }, { "poll", NOD_READY_POLL },
		{ "epoll", NOD_READY_EPOLL } };
	static void (*const checks[])(void) = { lines_and_pauses, too_long, rate, short_and_many,
		operator, ends, idle, never_reads, stopping, echo, discard, holding_back,
		gone_while_full, no_room };

	begin();
	unsigned before = open_fds();
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		way = ways[i].name;
		how = ways[i].how;
		for (unsigned k = 0; k < sizeof(checks) / sizeof(checks[0]); k++)
			checks[k]();
	}
	tap(open_fds() == before, "no descriptor is left open");
	return end();
}
