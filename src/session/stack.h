/* SPDX-License-Identifier: ISC */
/*
 * stack.h - one stack, put together of its layers
 *
 * stack.c makes and drives it (nod/stack.h), stack_net.c configures its network, socket*.c are
 * the calls of programs (nod/socket.h).
 */
#ifndef NOD_SESSION_STACK_H
#define NOD_SESSION_STACK_H

#include "nod/socket.h"
#include "nod/stack.h"
#include "../base/core.h"
#include "../link/link.h"
#include "../network/net.h"

struct tcp;
struct udp;
struct sockets;

/* Something that lives on a stack and is driven with it: a DHCP client, a resolver. */
struct stack_part {
	struct stack_part *next;
	/* Called by nod_stack_poll(), each time; cheap when there is nothing to do. */
	void (*run)(struct stack_part *part, nod_ns now);
	/* The stack is being freed. */
	void (*end)(struct stack_part *part);
};

/*
 * Names to addresses: the application layer's resolver fills it in, for whoever carries sessions
 * on the stack.  Each as its namesake in service.h; @done(self) is called from the stack when
 * take() has the answer, and not after end().
 */
struct stack_names {
	int (*start)(struct nod_stack *s, const char *name, enum nod_family family,
		void (*done)(void *self), void *self, void **lookup);
	int (*take)(void *lookup, struct nod_addr *list, unsigned max, int *resolver);
	void (*end)(void *lookup);
	void (*sources)(const struct nod_stack *s, char *buf, size_t cap);
};

struct nod_stack {
	struct core core; /* first: what has the one has the other */
	struct link link;
	struct net net;
	struct udp *udp;
	struct tcp *tcp;
	struct sockets *sockets;
	struct stack_part *parts;
	const struct stack_names *names; /* NULL: no resolver */
	char name[64];
};

void stack_add_part(struct nod_stack *s, struct stack_part *part);
void stack_remove_part(struct nod_stack *s, struct stack_part *part);

/* Each call begins with it: time goes on, never back. */
static inline void stack_at(struct nod_stack *s, nod_ns now)
{
	if (now > s->core.now)
		s->core.now = now;
}

/* ---- socket.c, for stack.c ---- */
int sockets_init(struct nod_stack *s);
void sockets_end(struct nod_stack *s);
void sockets_wake(void *k); /* as sock_wake(), for who does not know what a socket is */
unsigned sockets_events(struct nod_stack *s, struct nod_socket_event *ev, unsigned max);
uint32_t sockets_count(const struct nod_stack *s);

#endif
