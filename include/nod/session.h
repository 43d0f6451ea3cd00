/* SPDX-License-Identifier: ISC */
/*
 * session.h - program-level connections, and the choice of the service that carries them
 *
 * A *session* is one end of a connection (a TCP or Unix stream), a listener, or a datagram
 * endpoint (UDP).  A *service* is what carries it: the machine's kernel (nod_service_kernel())
 * or a host with a stack of nod's own (nod_host_service(), host.h).  Every call below works alike
 * on both.  What a service has no sessions for it refuses when one is opened: a host has no TCP
 * yet (-ESOCKTNOSUPPORT), and Unix sockets are the kernel's alone (-EAFNOSUPPORT).
 *
 * Sessions are non-blocking at heart: a call that cannot go on returns -EAGAIN, and a
 * *ready set* tells when to try again.  With nod_session_conf.blocking set, the calls wait
 * instead, as the notes' socket calls do, and no ready set is needed.
 *
 * Threads: a session and a ready set belong to one thread at a time; only
 * nod_ready_wake() may be called from any thread.  Errors are negative errno.
 *
 * RFC 9293 (TCP), 768 (UDP), 8305 (nod_session_call()).
 */
#ifndef NOD_SESSION_H
#define NOD_SESSION_H

#include <sys/types.h>
#include <sys/uio.h>

#include "endpoint.h"

struct nod_service; /* what carries sessions */
struct nod_session; /* one end of a conversation, or a listener */
struct nod_ready;   /* a set of sessions to wait for */

/* The machine's own network, through its kernel's sockets.  Never NULL. */
NOD_API const struct nod_service *nod_service_kernel(void);

/* The service's name for people: "kernel", or "stack". */
NOD_API const char *nod_service_name(const struct nod_service *v);

/* The service's clock: monotonic nanoseconds since some start. */
NOD_API nod_ns nod_service_now(const struct nod_service *v);

/* The index that the service's interface @name has, or -ENODEV: it has none of this name. */
NOD_API int nod_service_interface(const struct nod_service *v, const char *name);

/* ---- what can go wrong, said whole ------------------------------------------------- */

enum nod_tried {
	NOD_TRIED_NOTHING,
	NOD_TRIED_RESOLVE, /* a name could not be turned into an address */
	NOD_TRIED_CONNECT,
	NOD_TRIED_LISTEN,
	NOD_TRIED_SEND,
	NOD_TRIED_RECV,
	NOD_TRIED_JOIN,	   /* a multicast group */
};

#define NOD_SENT_MAX 12 /* how many attempts' times a failure keeps */

/* What was tried, what came of it: nod_explain() turns it into a sentence. */
struct nod_failure {
	enum nod_tried tried;
	int error;		   /* negative errno */
	int resolver;		   /* EAI_* of <netdb.h> when tried is RESOLVE, else 0 */
	struct nod_endpoint at;	   /* the address, when there was one */
	char name[256];		   /* the name as it was given, "" = none */
	nod_ns elapsed;		   /* how long it took to fail */
	unsigned n_sent;	   /* SYNs seen to leave, as far as the service can tell */
	nod_ns sent[NOD_SENT_MAX]; /* when, from the start */
	long owner_pid;		   /* EADDRINUSE: who holds the port; 0 = not known */
	char owner[32];		   /* ... its command name; a host's ports are this program's */
	char asked[96];		   /* RESOLVE: whom the name was asked of, "" = not known */
};

/**
 * nod_explain() - say a failure in a sentence: what was tried, what answered, what to do
 * @f:    failure, from the call that failed
 * @lang: "en" or "zh"; anything else is "en"
 * @buf:  result, NUL-terminated, cut to @cap
 *
 * Return: the length of the whole sentence without the NUL, as snprintf() counts.
 */
NOD_API size_t nod_explain(const struct nod_failure *f, const char *lang, char *buf,
	size_t cap);

/* ---- opening ------------------------------------------------------------------------- */

enum nod_session_type {
	NOD_STREAM = 0, /* TCP, or a Unix stream socket */
	NOD_DATAGRAM,	/* UDP; messages with bounds, no promise */
};

/* All zero is a good default. */
struct nod_session_conf {
	enum nod_session_type type;
	enum nod_family family;	    /* NOD_UNSPEC: either */
	bool blocking;		    /* calls wait instead of returning -EAGAIN */
	bool keepalive;		    /* RFC 9293 3.8.4 */
	nod_ns keepalive_idle;	    /* before the first probe; 0 = the service's own */
	int backlog;		    /* listen queue, connections; 0 = the service's largest */
	struct nod_endpoint source; /* dial from here, of the peer's family; all zero = any */
	nod_ns timeout;		    /* nod_session_call(): for the whole; 0 = 10 s */
	bool broadcast;		    /* datagram: may send to a broadcast address */
	uint8_t multicast_ttl;	    /* datagram: hops; 0 = the service's own, 1 */
	bool multicast_no_loop;	    /* datagram: do not hear what this host sends */
	unsigned interface;	    /* datagram: multicast leaves by the service's interface of
				     * this index; 0 = any */
	bool reuse_port;	    /* datagram: several receivers of one group */
};

/**
 * nod_session_listen() - wait for peers at an address: socket, bind and listen in one
 * @v:    service
 * @at:   where; port 0 lets the service choose, nod_session_local() tells which.  Family
 *        NOD_UNSPEC listens on every address of both families (one IPv6 socket that takes
 *        IPv4 too, or IPv4 alone where there is no IPv6).
 * @conf: borrowed; NULL = defaults
 * @out:  the listener, or for NOD_DATAGRAM the endpoint itself; nod_session_close() it
 * @why:  filled on failure; may be NULL
 *
 * A Unix path that no one listens on any more is removed first; on close it is removed.
 *
 * Return: 0 or a negative errno: -EADDRINUSE, -EACCES (the kernel's: a port below 1024, or the
 * path), -EADDRNOTAVAIL (not this service's), -EAFNOSUPPORT, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT
 * (datagrams at a Unix path), -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM, -EINVAL.
 */
NOD_API int nod_session_listen(const struct nod_service *v, const struct nod_endpoint *at,
	const struct nod_session_conf *conf, struct nod_session **out,
	struct nod_failure *why);

/**
 * nod_session_dial() - begin a connection to one address: socket and connect in one
 *
 * Parameters as nod_session_listen().  Blocking: returns when it is connected.  Otherwise it
 * returns at once, the session becomes writable when the answer is there, and
 * nod_session_dialled() tells it.  A datagram session is connected to @to at once.
 *
 * Return: 0 (with @out set) or a negative errno, as connect(2), or as nod_session_listen().
 */
NOD_API int nod_session_dial(const struct nod_service *v, const struct nod_endpoint *to,
	const struct nod_session_conf *conf, struct nod_session **out,
	struct nod_failure *why);

/*
 * How the dialling went: 0 connected, -EINPROGRESS not yet, or why not (said once).  Later, the
 * error of which NOD_BROKEN told, or 0.
 */
NOD_API int nod_session_dialled(struct nod_session *s);

/* What nod_session_call() tells while it works; a table of functions, each may be NULL. */
struct nod_call_watch {
	void *self;
	/* one family has been answered, perhaps with nothing: @n is 0 */
	void (*resolved)(void *self, const char *name, const struct nod_endpoint *list,
		unsigned n, nod_ns took);
	void (*trying)(void *self, const struct nod_endpoint *to);
	void (*failed)(void *self, const struct nod_failure *why); /* one address */
};

/**
 * nod_session_call() - connect to a host by name or address, whichever address answers first
 * @host:    name, numeric address (its zone one of the service's interfaces), or "unix:" and a
 *           path
 * @port:    host byte order; nothing to a Unix socket
 * @watch:   told of each step; may be NULL
 * @stop_fd: give up with -EINTR when this descriptor becomes readable; -1 = none
 *
 * Happy Eyeballs v2 (RFC 8305): both families are asked for side by side, the addresses are
 * tried alternately, a new one each 250 ms while none has answered, the first that does
 * wins, the others are closed.  Always waits, at most conf->timeout; the session then is
 * blocking or not as conf says.
 *
 * Return: 0, or a negative errno with @why the most telling failure: -ETIMEDOUT, -EINTR,
 * -EHOSTUNREACH, -ECONNREFUSED ... or, with why->resolver set, -ENOENT: the name has no address,
 * and another one: whether it has could not be found out.
 */
NOD_API int nod_session_call(const struct nod_service *v, const char *host, uint16_t port,
	const struct nod_session_conf *conf, const struct nod_call_watch *watch, int stop_fd,
	struct nod_session **out, struct nod_failure *why);

/**
 * nod_session_accept() - take the next connection from a listener's queue
 * @peer: who it is; may be NULL
 *
 * The new session is blocking when the listener is.
 *
 * Return: 0 or a negative errno: -EAGAIN (none waits), -EMFILE, -ENFILE, -ENOMEM,
 * -ECONNABORTED (it went away again: just go on).
 */
NOD_API int nod_session_accept(struct nod_session *listener, struct nod_session **out,
	struct nod_endpoint *peer);

/* ---- talking ------------------------------------------------------------------------- */

/**
 * nod_session_recv() / nod_session_send() / nod_session_sendv() - octets in and out
 *
 * nod_session_recv() returns the octets that are there, at most @len, and 0 at the end of
 * the stream (the peer closed its side).  A send returns the octets taken, perhaps fewer
 * than @len; blocking, it takes them all.  A peer that is gone is an error, never a signal.
 *
 * Return: octets, or a negative errno: -EAGAIN, -EPIPE (this side was shut down, or the
 * peer is gone: the notes' "broken pipe"), -ECONNRESET, -ETIMEDOUT, -EHOSTUNREACH,
 * -ECONNREFUSED (datagram: nobody listens there), -EMSGSIZE, -EAFNOSUPPORT (datagram: @to is
 * of another family), -ENETUNREACH (no route), -EACCES (a broadcast that was not asked for),
 * -ENOBUFS (no memory for it now: it is lost).
 */
NOD_API ssize_t nod_session_recv(struct nod_session *s, void *buf, size_t len);
NOD_API ssize_t nod_session_send(struct nod_session *s, const void *buf, size_t len);
NOD_API ssize_t nod_session_sendv(struct nod_session *s, const struct iovec *iov, int n);

/* The same for datagrams with an address for each; @from may be NULL. */
NOD_API ssize_t nod_session_recvfrom(struct nod_session *s, void *buf, size_t len,
	struct nod_endpoint *from);
NOD_API ssize_t nod_session_sendto(struct nod_session *s, const void *buf, size_t len,
	const struct nod_endpoint *to);

/* One datagram's way. */
struct nod_datagram {
	struct nod_endpoint peer; /* from or to whom */
	struct nod_addr local;	  /* this host's address that it came to, or is to come from;
				   * NOD_UNSPEC: not known, or the service chooses */
};

/**
 * nod_session_recv_datagram() / nod_session_send_datagram() - with this host's own address
 *
 * A host has several addresses, and a peer expects the answer from the one it asked: whoever
 * listens on all of them answers with the @local that the question came to.
 * Otherwise as nod_session_recvfrom() and nod_session_sendto().
 */
NOD_API ssize_t nod_session_recv_datagram(struct nod_session *s, void *buf, size_t len,
	struct nod_datagram *d);
NOD_API ssize_t nod_session_send_datagram(struct nod_session *s, const void *buf, size_t len,
	const struct nod_datagram *d);

/**
 * nod_session_join() - hear a multicast group (RFC 1112, 3376, 3810)
 * @interface: index of one of the service's; 0 = the service chooses
 *
 * Return: 0 or a negative errno: -EINVAL not a group, -ENODEV no such interface, -EADDRINUSE it
 * is joined already, -ENOBUFS too many groups.
 */
NOD_API int nod_session_join(struct nod_session *s, const struct nod_addr *group,
	unsigned interface);

/* ---- closing ------------------------------------------------------------------------- */

/* Half-close: nothing more is sent (a FIN follows what was), receiving goes on.  0 or -errno. */
NOD_API int nod_session_shutdown(struct nod_session *s);

/* Close in order: what was sent is still delivered.  Frees @s; NULL is allowed. */
NOD_API void nod_session_close(struct nod_session *s);

/* Close at once: what was not delivered is thrown away and the peer is told (RST). */
NOD_API void nod_session_abort(struct nod_session *s);

/* ---- asking -------------------------------------------------------------------------- */

/* What carries it. */
NOD_API const struct nod_service *nod_session_service(const struct nod_session *s);

/* This side's and the other side's address.  0 or -errno (-ENOTCONN: there is no peer). */
NOD_API int nod_session_local(const struct nod_session *s, struct nod_endpoint *out);
NOD_API int nod_session_peer(const struct nod_session *s, struct nod_endpoint *out);

/* Whether calls on @s wait. */
NOD_API int nod_session_set_blocking(struct nod_session *s, bool blocking);

/* Ask to be told of a silent death of the peer; @idle 0 = the service's own.  0 or -errno. */
NOD_API int nod_session_set_keepalive(struct nod_session *s, bool on, nod_ns idle);

/* ---- waiting for several ------------------------------------------------------------- */

enum {
	NOD_READABLE = 1 << 0, /* something to receive, a connection to accept, or the end */
	NOD_WRITABLE = 1 << 1,
	NOD_BROKEN = 1 << 2,   /* an error waits; reported unasked */
	NOD_URGENT = 1 << 3,   /* a socket of a stack's: urgent octets are not all read yet */
};

/*
 * How a ready set waits; the notes' question has several answers.  A host's sessions are no
 * descriptors: they are told of as with epoll, and the way is that of the program's descriptors.
 */
enum nod_ready_how {
	NOD_READY_BEST = 0, /* the service's best */
	NOD_READY_SELECT,   /* select(): at most 1,024 descriptors, asks about all each time */
	NOD_READY_POLL,	    /* poll(): no such limit, asks about all each time */
	NOD_READY_EPOLL,    /* epoll: told once, hears only of those that are ready */
};

struct nod_ready_event {
	void *tag; /* as given to nod_ready_add(); NULL = nod_ready_wake() was called */
	unsigned bits;
};

/* New set.  0 or -errno: -EMFILE, -ENFILE, -ENOMEM, -ENOTSUP (the service cannot do it so). */
NOD_API int nod_ready_new(const struct nod_service *v, enum nod_ready_how how,
	struct nod_ready **out);
NOD_API void nod_ready_free(struct nod_ready *r);

/**
 * nod_ready_add() - watch a session (or, nod_ready_add_fd(), one of the program's descriptors)
 * @bits: NOD_READABLE and NOD_WRITABLE, or 0 to hear only of NOD_BROKEN
 * @tag:  comes back with each event; not NULL.  Borrowed until removed.
 *
 * Level-triggered.  Remove a session before closing it.
 *
 * The session's service is the set's own.
 *
 * Return: 0 or a negative errno: -ENOMEM, -ENOSPC (NOD_READY_SELECT: descriptor >= 1,024;
 * epoll: the system's limit of watches), -EPERM (a regular file), -EEXIST (it is watched
 * already), -EBADF (no descriptor).  Changing what is not watched: -ENOENT.
 */
NOD_API int nod_ready_add(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag);
NOD_API int nod_ready_change(struct nod_ready *r, struct nod_session *s, unsigned bits,
	void *tag);
NOD_API void nod_ready_remove(struct nod_ready *r, struct nod_session *s);
NOD_API int nod_ready_add_fd(struct nod_ready *r, int fd, unsigned bits, void *tag);
NOD_API int nod_ready_change_fd(struct nod_ready *r, int fd, unsigned bits, void *tag);
NOD_API void nod_ready_remove_fd(struct nod_ready *r, int fd);

/**
 * nod_ready_wait() - wait until something is ready, @until comes, or nod_ready_wake()
 * @ev:    results, at most @max; events of a session removed since the wait may still come
 *         within one batch, so a program drops what it freed itself
 * @until: nod_service_now() at which to stop waiting; NOD_FOREVER; the past = only look
 *
 * Return: events, 0 when the time is over or a signal came, or a negative errno.
 */
NOD_API int nod_ready_wait(struct nod_ready *r, struct nod_ready_event *ev, int max,
	nod_ns until);

/* Make the present or next nod_ready_wait() return.  From any thread, and from a signal handler. */
NOD_API void nod_ready_wake(struct nod_ready *r);

#endif
