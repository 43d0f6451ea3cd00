/* SPDX-License-Identifier: ISC */
/*
 * socket.h - the BSD calls on a stack
 *
 * Each call has its namesake's meaning (POSIX, Linux's man pages) with three differences: a
 * stack is the first argument, an error is returned as a negative errno instead of -1, and
 * nothing waits: what would wait is -EAGAIN (connect(): -EINPROGRESS), and nod_stack_event()
 * tells when to go on.  Domains, types, options, flags and addresses are the system's own:
 * <sys/socket.h>, <netinet/in.h>, struct sockaddr_in and sockaddr_in6; packet sockets take
 * <linux/if_packet.h>'s sockaddr_ll.  A descriptor is a small number of this stack's own and
 * means nothing to the kernel.
 *
 * docs/SOCKETS.md lists every option with its state, and each difference to Linux.
 */
#ifndef NOD_SOCKET_H
#define NOD_SOCKET_H

#include <sys/socket.h>

#include "session.h"
#include "stack.h"

/**
 * nod_socket() - AF_INET or AF_INET6: SOCK_STREAM, SOCK_DGRAM, SOCK_RAW; AF_PACKET: the last two
 *
 * SOCK_NONBLOCK and SOCK_CLOEXEC may be given and change nothing.
 *
 * Return: a descriptor >= 0, or -EAFNOSUPPORT, -EPROTONOSUPPORT, -ESOCKTNOSUPPORT, -EINVAL,
 * -EPERM (raw and packet sockets without conf.may_use_raw), -EMFILE (conf.sockets), -ENOBUFS.
 */
NOD_API int nod_socket(struct nod_stack *s, int domain, int type, int protocol);
NOD_API int nod_bind(struct nod_stack *s, int fd, const struct sockaddr *a, socklen_t len);
NOD_API int nod_listen(struct nod_stack *s, int fd, int backlog);
NOD_API int nod_accept(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len);
NOD_API int nod_connect(struct nod_stack *s, int fd, const struct sockaddr *a, socklen_t len);
NOD_API int nod_shutdown(struct nod_stack *s, int fd, int how);
NOD_API int nod_close(struct nod_stack *s, int fd);

NOD_API ssize_t nod_send(struct nod_stack *s, int fd, const void *buf, size_t len, int flags);
NOD_API ssize_t nod_sendto(struct nod_stack *s, int fd, const void *buf, size_t len, int flags,
	const struct sockaddr *a, socklen_t alen);
NOD_API ssize_t nod_sendmsg(
	struct nod_stack *s, int fd, const struct msghdr *m, int flags);
NOD_API ssize_t nod_recv(struct nod_stack *s, int fd, void *buf, size_t len, int flags);
NOD_API ssize_t nod_recvfrom(struct nod_stack *s, int fd, void *buf, size_t len, int flags,
	struct sockaddr *a, socklen_t *alen);
NOD_API ssize_t nod_recvmsg(struct nod_stack *s, int fd, struct msghdr *m, int flags);

/* Several datagrams a call; how many were done, or an error of the first. */
struct mmsghdr; /* of <sys/socket.h>, for programs of _GNU_SOURCE */
NOD_API int nod_sendmmsg(
	struct nod_stack *s, int fd, struct mmsghdr *m, unsigned n, int flags);
NOD_API int nod_recvmmsg(
	struct nod_stack *s, int fd, struct mmsghdr *m, unsigned n, int flags);

NOD_API int nod_setsockopt(struct nod_stack *s, int fd, int level, int option,
	const void *value, socklen_t len);
NOD_API int nod_getsockopt(
	struct nod_stack *s, int fd, int level, int option, void *value, socklen_t *len);
NOD_API int nod_getsockname(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len);
NOD_API int nod_getpeername(struct nod_stack *s, int fd, struct sockaddr *a, socklen_t *len);

/* What is true of it now: NOD_READABLE, NOD_WRITABLE, NOD_BROKEN, NOD_URGENT; or -EBADF. */
NOD_API int nod_socket_ready(const struct nod_stack *s, int fd);

/**
 * nod_recv_borrow() - the next datagram, without a copy
 * @p: the packet, for nod_packet_free() when it has been read; iov: its payload
 *
 * Return: octets, or as nod_recvfrom(); *n_iov pieces.  -EOPNOTSUPP: a stream, which has no
 * datagrams.
 */
NOD_API ssize_t nod_recv_borrow(struct nod_stack *s, int fd, struct nod_packet **p,
	struct iovec iov[7], int *n_iov, struct sockaddr *a, socklen_t *alen);

/**
 * nod_send_room() / nod_send_room_done() - room to write a datagram into, without a copy
 *
 * nod_send_room() lends @len octets (at most 65,507) in one piece; nod_send_room_done() sends the
 * first @len of them as nod_sendto() does, @len 0 and @p alone: nod_packet_free() gives it back.
 */
NOD_API void *nod_send_room(
	struct nod_stack *s, int fd, size_t len, struct nod_packet **p);
NOD_API ssize_t nod_send_room_done(struct nod_stack *s, int fd, struct nod_packet *p,
	size_t len, const struct sockaddr *a, socklen_t alen);

#endif
