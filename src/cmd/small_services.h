/* SPDX-License-Identifier: ISC */
/*
 * small_services.h - echo and discard, RFC 862 and RFC 863, on a stack of nod's own
 *
 * Neighbours: up.c.
 */
#ifndef NOD_CMD_SMALL_SERVICES_H
#define NOD_CMD_SMALL_SERVICES_H

#include "nod/stack.h"

enum { SMALL_CLIENTS = 256 /* connections at a time; who comes then is reset */ };

struct small_services {
	struct nod_stack *stack;
	int echo, discard;		   /* for datagrams */
	int echo_streams, discard_streams; /* listeners */
	struct small_client {
		int fd; /* 0 = free */
		bool is_echo;
	} client[SMALL_CLIENTS];
	uint8_t buf[65535];
};

/* Ports 7 and 9, of both families.  0 or a negative errno; the sockets end with the stack. */
int small_services_open(struct small_services *s, struct nod_stack *stack);
/* What became true of sockets: host_on_event()'s. */
void small_services_event(void *self, const struct nod_socket_event *ev, unsigned n);

#endif
