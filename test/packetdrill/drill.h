/* SPDX-License-Identifier: ISC */
/*
 * drill.h - nod's stack in packetdrill's hands
 *
 * packetdrill runs timed scripts of socket calls and segments.  It loads a stack as a shared
 * library, calls packetdrill_interface_init() once and then only what that has filled in.  Time
 * is the library's: it goes on while packetdrill sleeps or waits for a packet, and a microsecond
 * each time it is asked for, and otherwise stands still.
 *
 *	drill.c           the clock, the wire, and the one caller who may wait
 *	drill_calls.c     socket calls on descriptors, and the table that packetdrill asks for
 *	drill_ready.c     poll and epoll
 *	drill_settings.c  the namespace's sysctls, and the flags that packetdrill passes on
 */
#ifndef NOD_TEST_DRILL_H
#define NOD_TEST_DRILL_H

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nod/nod.h"

/* The order of the members is packetdrill's ABI. */
struct packetdrill_interface {
	void *userdata;
	void (*free)(void *u);
	int (*socket)(void *u, int domain, int type, int protocol);
	int (*bind)(void *u, int fd, const struct sockaddr *a, socklen_t len);
	int (*listen)(void *u, int fd, int backlog);
	int (*accept)(void *u, int fd, struct sockaddr *a, socklen_t *len);
	int (*connect)(void *u, int fd, const struct sockaddr *a, socklen_t len);
	ssize_t (*read)(void *u, int fd, void *buf, size_t n);
	ssize_t (*readv)(void *u, int fd, const struct iovec *iov, int n);
	ssize_t (*recv)(void *u, int fd, void *buf, size_t n, int flags);
	ssize_t (*recvfrom)(void *u, int fd, void *buf, size_t n, int flags,
		struct sockaddr *a, socklen_t *len);
	ssize_t (*recvmsg)(void *u, int fd, struct msghdr *m, int flags);
	ssize_t (*write)(void *u, int fd, const void *buf, size_t n);
	ssize_t (*writev)(void *u, int fd, const struct iovec *iov, int n);
	ssize_t (*send)(void *u, int fd, const void *buf, size_t n, int flags);
	ssize_t (*sendto)(void *u, int fd, const void *buf, size_t n, int flags,
		const struct sockaddr *a, socklen_t len);
	ssize_t (*sendmsg)(void *u, int fd, const struct msghdr *m, int flags);
	int (*fcntl)(void *u, int fd, int cmd, ...);
	int (*ioctl)(void *u, int fd, unsigned long request, ...);
	int (*close)(void *u, int fd);
	int (*shutdown)(void *u, int fd, int how);
	int (*getsockopt)(void *u, int fd, int level, int name, void *value, socklen_t *len);
	int (*setsockopt)(
		void *u, int fd, int level, int name, const void *value, socklen_t len);
	int (*poll)(void *u, struct pollfd *p, nfds_t n, int timeout_ms);
	int (*netdev_send)(void *u, const void *packet, size_t n);
	int (*netdev_receive)(void *u, void *buf, size_t *n, long long *time_us);
	int (*usleep)(void *u, useconds_t us);
	int (*gettimeofday)(void *u, struct timeval *tv, struct timezone *tz);
	int (*epoll_create)(void *u, int size);
	int (*epoll_ctl)(void *u, int ep, int op, int fd, struct epoll_event *e);
	int (*epoll_wait)(void *u, int ep, struct epoll_event *e, int max, int timeout_ms);
	int (*pipe)(void *u, int fd[2]);
	int (*splice)(void *u, int in, loff_t *in_at, int out, loff_t *out_at, size_t n,
		unsigned flags);
};

enum { DRILL_FILES = 1024, DRILL_WATCHES = 16 };

enum drill_kind { DRILL_NONE, DRILL_SOCKET, DRILL_EPOLL };

struct drill_watch {
	int fd; /* the descriptor that packetdrill knows */
	uint32_t events;
	epoll_data_t data;
	bool is_used, is_fresh; /* fresh: something happened since it was told (EPOLLET) */
};

/* What stands behind a descriptor of /dev/null. */
struct drill_file {
	uint8_t kind; /* enum drill_kind */
	bool is_nonblocking;
	int socket; /* the stack's own number */
	struct drill_watch watch[DRILL_WATCHES];
};

struct drill_frame; /* a packet that has left, with its time */

/* packetdrill's second thread makes the calls that wait; it is here ... */
enum drill_caller {
	DRILL_ELSEWHERE,
	DRILL_BLOCKED,	/* until something happens */
	DRILL_TRIES,	/* something has happened: let it see */
	DRILL_RETURNED, /* and has not asked yet what time it is */
};

struct drill {
	struct nod_stack *stack; /* made by the first call: the sysctls are set until then */
	unsigned interface;
	struct nod_conf conf; /* what the flags say */
	bool is_profile_freebsd;
	bool is_owned[2]; /* IPv4, IPv6: this host has an address */
	nod_ns now;
	struct drill_frame *out, **last_out;
	struct drill_file file[DRILL_FILES];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t main;
	enum drill_caller caller;
	bool is_finishing; /* its call is over, and packetdrill has not seen it yet */
	nod_ns wait_until; /* of a blocked caller; NOD_FOREVER */
};

/* ---- drill.c: all with the lock held ---- */

/* The stack, made when it is first asked for. */
struct nod_stack *drill_stack(struct drill *d);
/* An address that the script's packets are for is this host's. */
void drill_own(struct drill *d, const struct nod_addr *a);
/* What the last call made the stack owe leaves for the wire. */
void drill_settle(struct drill *d);

/* A call that may wait: tried until it gives something else than -EAGAIN. */
struct drill_try {
	ssize_t (*once)(struct drill *d, void *self);
	void *self;
	nod_ns until;	 /* give up then: NOD_FOREVER, or 0 = at once */
	ssize_t timeout; /* what giving up is */
};
/* Takes the lock; sets errno. */
ssize_t drill_run(struct drill *d, const struct drill_try *t);

/* ---- drill_calls.c ---- */
struct drill_file *drill_file_of(struct drill *d, int fd); /* NULL: none of ours */
int drill_file_new(struct drill *d, enum drill_kind kind, int socket); /* or -errno */
void drill_calls(struct packetdrill_interface *i);
extern struct drill *drill_world; /* for getsockopt(), which packetdrill calls as libc's */

/* ---- drill_ready.c ---- */
/* The stack says that something happened to its socket @socket. */
void drill_happened(struct drill *d, int socket);
int drill_poll(void *u, struct pollfd *p, nfds_t n, int timeout_ms);
int drill_epoll_create(void *u, int size);
int drill_epoll_ctl(void *u, int ep, int op, int fd, struct epoll_event *e);
int drill_epoll_wait(void *u, int ep, struct epoll_event *e, int max, int timeout_ms);

/* ---- drill_settings.c ---- */
void drill_flags(struct drill *d, const char *flags); /* "profile=linux,mtu=1500" */
void drill_local(enum nod_family family, struct nod_addr *out);
uint32_t drill_mtu(void); /* tun0's, where there is one; else 0 */
/* What may be set at any time, and counts from now on. */
void drill_settings(const struct drill *d, struct nod_conf *conf);

#endif
