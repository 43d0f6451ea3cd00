/* SPDX-License-Identifier: ISC */
/*
 * server.h - one server for many clients: what its parts share
 *
 *	server	the whole: configuration, statistics, the hub
 *	loop	what one thread (or process) runs: a ready set, its clients, their timers
 *	client	one peer: what it sends becomes messages, what it is sent waits in a queue
 *	mode	what is done with a client's messages: reply, echo, discard, chat, exec
 *	hub	how a line reaches the clients of every loop, in one order for all
 *
 * A client belongs to its loop and a loop to one thread; only the hub has a lock.  How
 * loops become threads or processes is not known here (src/cmd/how.h), nor what carries the
 * sessions (nod/session.h), nor who reads the reports (struct server_report).
 *
 * One turn of a loop (loop_turn()): wait; read what is ready, each message going through
 * the mode; commit, that is let the reports reach the disk and post what was said to all
 * loops; send; close what is done.  Nothing is sent before the commit but what a mode sends
 * itself with client_send_now().
 */
#ifndef NOD_APPLICATION_SERVER_H
#define NOD_APPLICATION_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "nod/session.h"
#include "../base/siphash.h"
#include "../presentation/lines.h"
#include "feed.h"

/* ---- configuration and numbers ------------------------------------------------------- */

#define SERVER_QUIET_NS	 (50 * NOD_MS) /* a line this long quiet is a message */
#define SERVER_LINGER_NS (2 * NOD_S)   /* for the peer's FIN after ours */
#define SERVER_FINISH_NS (30 * NOD_S)  /* for a peer that takes nothing of what is left */
#define ACCESS_MAX	 64	       /* rules of --allow and --deny */

struct access_rule {
	struct nod_prefix prefix;
	bool allows;
};

struct server_conf {
	const struct mode *mode;
	const char *reply; /* what reply answers */
	size_t reply_len;
	char *const *exec_argv; /* what exec runs */
	uint64_t max_clients;	/* 0 = as many as the machine lets */
	uint64_t rate;		/* messages a second a client; 0 = no limit */
	size_t queue;		/* octets that may wait for a slow reader */
	unsigned history;	/* lines for those who join late */
	nod_ns idle_timeout;	/* 0 = none */
	nod_ns peer_timeout;	/* a datagram peer is forgotten after this */
	nod_ns grace;		/* to deliver what is queued when the server stops */
	struct access_rule rule[ACCESS_MAX]; /* first match decides */
	unsigned n_rules;
};

/* Why a conversation ended.  enum order is the order in the statistics. */
enum why_closed {
	CLOSED_BY_PEER, /* FIN */
	CLOSED_BY_US,	/* in order: /quit, the exec'd command ended */
	CLOSED_RESET,	/* RST, or an error of the network */
	CLOSED_SLOW,	/* more waited for it than --queue */
	CLOSED_IDLE,	/* --idle-timeout */
	CLOSED_DENIED,	/* --allow, --deny */
	CLOSED_FULL,	/* --max-clients, or what the way of serving can hold */
	CLOSED_STOPPED, /* the server stopped */
	CLOSED_FAILED,	/* out of memory, the command could not be started */
	N_WHY_CLOSED,
};

/* What is counted.  Clients that are there: STAT_OPENED - all STAT_CLOSED. */
enum statistic {
	STAT_OPENED,
	STAT_MESSAGES,
	STAT_OCTETS_IN,
	STAT_OCTETS_OUT,
	STAT_REFUSED_LONG,
	STAT_REFUSED_RATE,
	STAT_CLOSED, /* + enum why_closed */
	N_STATS = STAT_CLOSED + N_WHY_CLOSED,
};

/* In memory that child processes share; a loop adds its own numbers once a turn. */
struct server_stats {
	_Atomic uint64_t n[N_STATS];
};

/* Troubles that concern no single client; each is reported once until it has passed. */
enum trouble {
	TROUBLE_DESCRIPTORS, /* none left: accepting pauses */
	TROUBLE_MEMORY,
	TROUBLE_PLACE, /* the way of serving cannot hold one more: thread, process, set */
	N_TROUBLES,
};

struct client;
struct listener;
struct loop;
struct server;

/* Who is told what happens; called from any loop's thread.  Each may be NULL. */
struct server_report {
	void *self;
	void (*opened)(void *self, const struct client *c);
	void (*closed)(void *self, const struct client *c, enum why_closed why, int err);
	/* @name NULL: the client has none; @c NULL: the operator.  @text is fit for terminals. */
	void (*said)(void *self, const struct client *c, const char *name, bool is_action,
		const char *text, size_t len);
	void (*refused)(void *self, const struct client *c, const char *why);
	void (*trouble)(void *self, enum trouble t, int err);
	void (*answer)(void *self, const char *text); /* to the operator's command */
	/* What was said so far is about to be delivered.  Negative: it may not be. */
	int (*commit)(void *self);
};

/* ---- modes --------------------------------------------------------------------------- */

struct mode {
	const char *name;
	bool takes_octets;	       /* octets() as they come; otherwise message() by lines */
	bool hears_all;		       /* its clients hear what is posted to the hub */
	int (*open)(struct client *c); /* negative: the client is closed */
	struct client *(*find)(struct loop *l, uint64_t id); /* private lines' readers */
	/* The operator typed a line; NULL: he has nothing to say in this mode. */
	void (*operator_says)(struct loop *l, const char *text, size_t len);
	void (*message)(struct client *c, const char *text, size_t len, bool has_newline);
	void (*octets)(struct client *c, const char *buf, size_t len);
	size_t (*read_most)(const struct server_conf *conf); /* octets at once; NULL = any */
	void (*drained)(struct client *c); /* all that was queued is sent */
	void (*ended)(struct client *c);   /* the peer will send no more; NULL = finish */
	void (*close)(struct client *c, enum why_closed why);
	void (*free)(struct client *c); /* no event names it any more; NULL = nothing to free */
};

extern const struct mode mode_reply, mode_echo, mode_discard, mode_chat;

/* ---- a loop and its clients ---------------------------------------------------------- */

/* Something in a ready set: who is to be called. */
struct watch {
	void (*ready)(struct watch *w, struct loop *l, unsigned bits);
};

/* A place in a queue of deadlines that are all equally far away, so that it stays sorted. */
struct deadline {
	struct deadline *prev, *next; /* NULL = in no queue */
	nod_ns at;
};

/* Lines on their way to a loop, or collected during its turn. */
struct batch_line {
	uint32_t len;
	bool is_speech;	      /* for the history */
	uint64_t author;      /* client's id, 0 = nobody's */
	uint64_t to;	      /* client's id for a private line, 0 = all */
	struct client *local; /* the author while the line is on his own loop, else NULL */
};

struct batch {
	char *text;
	size_t len, cap;
	struct batch_line *line;
	size_t n, line_cap;
};

/* In the order of use: a message touches the first cache line, little else the others. */
struct client {
	struct watch watch;
	struct loop *loop;
	struct nod_session *session; /* a datagram peer's: the listener's own */
	unsigned watching;	     /* bits given to the ready set */
	bool is_datagram;
	bool hears;		  /* takes part in the feed */
	bool is_dirty;		  /* in loop->dirty */
	bool is_behind;		  /* could not be sent all it should have */
	bool has_ended;		  /* the peer sent its FIN */
	bool is_finishing;	  /* to be closed when all is sent */
	bool is_lingering;	  /* our FIN is sent, the peer's awaited */
	bool is_dead;		  /* freed at the end of the turn */
	bool is_held;		  /* the mode cannot take more for now */
	bool is_unwatched;	  /* not in the ready set: it would tell the same for ever */
	uint8_t finish_why;	  /* enum why_closed */
	uint32_t out_at, out_len; /* queue: out_len octets from out_at on */
	uint64_t feed_at;	  /* next position to send */
	uint64_t own_end;	  /* after his last own line in the feed */

	char *out;
	uint32_t out_cap;
	uint16_t port;	      /* the peer's */
	struct nod_addr addr; /* the peer's; NOD_UNSPEC for a Unix socket */
	struct lines lines;
	struct deadline quiet; /* quiet, paused for the rate, finishing or lingering */
	struct deadline idle;
	uint64_t id;
	size_t at;		  /* in loop->client */
	struct client *next;	  /* in dirty, dead or arrived */
	struct client *peer_next; /* datagram peers of one hash */
	struct listener *home;	  /* a datagram peer's, while it is in its table */
	struct nod_addr local;	  /* ... and which of our addresses it talks to */
	void *mode_data;
	nod_ns rate_at;	    /* when the bucket was last filled */
	uint64_t rate_left; /* millionths of a message */
	nod_ns told_at;	    /* last notice of a refusal by rate */
};

struct loop {
	struct server *server;
	const struct server_conf *conf; /* the server's */
	struct nod_ready *ready;
	nod_ns now;
	struct client **client;
	size_t n_clients, cap_clients;
	struct client *dirty, *dead;
	struct deadline quiet, paused, finish, linger, idle; /* heads of circular queues */
	uint64_t count[N_STATS];			     /* of this turn */
	bool is_hushed; /* the server stops: nothing more is read ... */
	bool is_silent; /* ... and all that was said here is posted; under the hub's lock */
	nod_ns stop_by; /* when stopping: give up then */
	char *buf;	/* what is being read */
	size_t buf_cap;
	struct feed feed;
	uint64_t flushed; /* feed position up to which all but those behind were sent */
	size_t n_behind;
	uint64_t scanned;      /* feed position when those behind were last looked at */
	struct batch turn;     /* said during this turn */
	_Atomic bool is_woken; /* inbox or arrived has something */
	/* below: under the hub's lock */
	struct batch inbox;
	struct client *arrived; /* handed over by another loop's thread */
};

struct hub {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* an inbox became too full, or empty again */
	struct loop **loop;
	size_t n, cap;
	size_t n_silent;    /* loops that will say no more */
	char **history;	    /* the last lines that were speech, a ring; NULL = none kept */
	uint64_t n_history; /* ever kept */
	unsigned max_history;
};

enum stopping {
	STOP_NOT,
	STOP_IN_ORDER, /* deliver what is queued, within the grace */
	STOP_HARD,     /* deliver nothing more */
};

struct server {
	const struct server_conf *conf;
	const struct nod_service *service;
	const struct server_report *report;
	struct server_stats *stats;
	struct hub hub;
	struct chat *chat; /* chat mode's names */
	struct siphash_key key;
	_Atomic uint64_t last_id;
	_Atomic uint64_t n_clients; /* in this process, also those on their way to a loop */
	_Atomic int is_stopping;    /* enum stopping */
	/* A new connection's way to the loop that serves it (src/cmd/how.h). */
	int (*place)(struct server *s, struct client *c);
	void *how_data;
	struct loop *main_loop; /* woken when the last client has gone; NULL = nobody cares */
};

/* 0 or -ENOMEM.  @conf, @report and @stats are borrowed. */
int server_init(struct server *s, const struct nod_service *v, const struct server_conf *conf,
	const struct server_report *report, struct server_stats *stats,
	const struct siphash_key *key);
void server_free(struct server *s);

/* ---- loop.c */

/* @buf_octets: the most that is read at once.  0 or -errno. */
int loop_new(struct server *s, enum nod_ready_how how, size_t buf_octets, struct loop **out);
void loop_free(struct loop *l);

/* One turn, waiting at most until @until.  False: the server is stopping and nobody is left. */
bool loop_turn(struct loop *l, nod_ns until);

/* Send what is owed: to those whom a mode has answered, and to all when the feed went on. */
void loop_flush(struct loop *l);

/* Forget of the feed what all have been sent. */
void loop_release(struct loop *l);

/* Add this turn's numbers to the server's. */
void loop_count(struct loop *l);

/* @span after @now; a span that is too long for the clock ends never. */
static inline nod_ns later(nod_ns now, nod_ns span)
{
	return span < NOD_FOREVER - now ? now + span : NOD_FOREVER;
}

/* Put @d at the end of @queue, to be due @span from now.  Moves it if it is in one. */
void deadline_set(struct loop *l, struct deadline *queue, struct deadline *d, nod_ns span);
void deadline_clear(struct deadline *d);

/* ---- client.c */

/* A client for an accepted session; in no loop yet.  Takes @s.  NULL: no memory. */
struct client *client_new(struct server *s, struct nod_session *session,
	const struct nod_endpoint *peer, bool is_datagram);

/* Begin to serve @c on @l, whose thread calls.  It may be closed when this returns. */
void client_start(struct client *c, struct loop *l);

/* Refuse a client that is in no loop: tells it @notice if there is one, closes, frees. */
void client_refuse(struct server *s, struct client *c, enum why_closed why, const char *notice);

/* The client said @text, @len octets: fit for terminals into @clean, and reported.  Returns the
 * clean text, of *@clean_len octets; @clean has UTF8_CLEAN_GROWTH * @len. */
const char *client_said(
	struct client *c, const char *text, size_t len, char *clean, size_t *clean_len);

/* The same for one that this way of serving cannot hold, @err says why; told as trouble too. */
void client_no_room(struct server *s, struct client *c, int err);

/* Queue octets for @c, sent after the commit.  Datagram: one message. */
void client_send(struct client *c, const void *data, size_t len);

/* Send at once what the network takes, queue the rest. */
void client_send_now(struct client *c, const void *data, size_t len);

/* Octets that wait in @c's queue (without the feed's). */
static inline size_t client_waiting(const struct client *c)
{
	return c->out_len;
}

/* End in order when all that is queued is sent.  Nothing more is read. */
void client_finish(struct client *c, enum why_closed why);

/* End at once. */
void client_close(struct client *c, enum why_closed why, int err);

/* End the one that has been silent longest, if silence is counted. */
void client_close_idlest(struct loop *l);

/* Read no more until client_read_more(): the mode cannot take it yet. */
void client_pause(struct client *c);
void client_read_more(struct client *c);

/* The server stops: what @c has said so far is all it says, an open line included. */
void client_hush(struct client *c);

/* For loop.c and hub.c. */
void client_quiet(struct client *c);
void client_resume(struct client *c); /* its pause for the rate is over */
void client_flush(struct client *c);
void client_free(struct client *c);
void client_bury(struct client *c);

/* "127.0.0.1:47498", "unix client 3".  @buf of NOD_ENDPOINT_TEXT_MAX octets; returns it. */
char *client_address(const struct client *c, char *buf, size_t cap);

/* What a datagram brought. */
void client_datagram(struct client *c, const char *data, size_t len);

/* ---- listener.c: accepting, and datagram peers */

/* Serve what comes to @session (taken) on @l.  0 or -errno. */
int listener_add(
	struct loop *l, struct nod_session *session, bool is_datagram, struct listener **list);

/* Stop accepting; frees the list. */
void listener_close_all(struct loop *l, struct listener **list);

/* In a child process: close this process's hold on the listeners, and nothing else. */
void listener_disown_all(struct listener **list);

/* A datagram peer is closing. */
void listener_forget(struct client *c);

/* Accepting was paused for want of descriptors: try again if it is time.  Returns when next. */
nod_ns listener_retry(struct loop *l, struct listener *list);

/* ---- hub.c */

int hub_init(struct hub *h, unsigned history);
void hub_free(struct hub *h);
int hub_join(struct hub *h, struct loop *l);
void hub_leave(struct hub *h, struct loop *l);

/* Say a line (with its newline) during this turn.  @author NULL: nobody's own. */
void hub_say(
	struct loop *l, struct client *author, const char *line, size_t len, bool is_speech);

/* To one client wherever it is, by id. */
void hub_tell(struct loop *l, uint64_t to, const char *line, size_t len);

/* Let the reports of what was said reach where they must be before it is delivered.  False: they
 * cannot, and the server stops. */
bool hub_reported(struct loop *l);

/* Commit the turn: report, then post what was said to every loop, in one order for all; take
 * what others have said and handed over. */
void hub_commit(struct loop *l);

/* The server stops and @l has committed all that its clients will ever say.  Whether every loop
 * has, and @l has taken it: then nothing more can come for its clients. */
bool hub_is_silent(struct loop *l);

/* Let @c hear all from now on, after the history. */
void hub_listen(struct client *c);

/* Make every loop look whether the server is stopping. */
void hub_wake_all(struct hub *h);

/* Hand @c to @l's thread. */
void hub_hand_over(struct loop *l, struct client *c);

/* ---- access.c */

/* Whether @addr may talk: the first rule that matches decides; else yes, unless there is a rule
 * that allows somebody. */
bool access_allows(const struct server_conf *conf, const struct nod_addr *addr);

#endif
