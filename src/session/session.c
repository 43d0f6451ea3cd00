/* SPDX-License-Identifier: ISC */
/*
 * session.c - the public session calls: the way through to the service that carries them
 *
 * Decides nothing; checks only what would be the caller's mistake on every service.
 *
 * Neighbours: service.h (the table), kernel.c (one service), call.c (nod_session_call()).
 */
#include "service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct nod_session_conf defaults;

const char *nod_service_name(const struct nod_service *v)
{
	return v->name;
}

nod_ns nod_service_now(const struct nod_service *v)
{
	return v->now(v);
}

int nod_service_interface(const struct nod_service *v, const char *name)
{
	return v->interface_index(v, name);
}

/*
 * @text with the number of @v's interface instead of its name, "fe80::1%eth0"; as it is where no
 * interface is named.  false: there is none of this name.
 */
static bool number_zone(
	const struct nod_service *v, const char *text, char out[NOD_ENDPOINT_TEXT_MAX])
{
	const char *zone = strchr(text, '%');
	size_t len = zone ? strcspn(zone + 1, "]") : 0;
	char name[32];
	int index;

	if (!zone || strspn(zone + 1, "0123456789") >= len || len >= sizeof(name)) {
		snprintf(out, NOD_ENDPOINT_TEXT_MAX, "%s", text);
		return true;
	}
	memcpy(name, zone + 1, len);
	name[len] = 0;
	index = v->interface_index(v, name);
	snprintf(out, NOD_ENDPOINT_TEXT_MAX, "%.*s%%%d%s", (int)(zone - text), text, index,
		zone + 1 + len);
	return index >= 0;
}

int service_addr_parse(const struct nod_service *v, struct nod_addr *a, const char *text)
{
	char numbered[NOD_ENDPOINT_TEXT_MAX];

	if (strlen(text) >= sizeof(numbered))
		return -EINVAL;
	return number_zone(v, text, numbered) ? nod_addr_parse(a, numbered) : -ENODEV;
}

int service_endpoint_parse(
	const struct nod_service *v, struct nod_endpoint *e, const char *text)
{
	char numbered[NOD_ENDPOINT_TEXT_MAX];

	if (strncmp(text, "unix:", 5) == 0 || strlen(text) >= sizeof(numbered))
		return nod_endpoint_parse(e, text);
	return number_zone(v, text, numbered) ? nod_endpoint_parse(e, numbered) : -ENODEV;
}

/* Fill in what every failure says alike.  @why may be NULL. */
static int tell(
	struct nod_failure *why, enum nod_tried tried, int err, const struct nod_endpoint *at)
{
	if (err < 0 && why) {
		why->tried = tried;
		why->error = err;
		why->at = *at;
	}
	return err;
}

int nod_session_listen(const struct nod_service *v, const struct nod_endpoint *at,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	if (why)
		memset(why, 0, sizeof(*why));
	return tell(
		why, NOD_TRIED_LISTEN, v->listen(v, at, conf ? conf : &defaults, out, why), at);
}

int nod_session_dial(const struct nod_service *v, const struct nod_endpoint *to,
	const struct nod_session_conf *conf, struct nod_session **out, struct nod_failure *why)
{
	nod_ns start = v->now(v);

	if (why)
		memset(why, 0, sizeof(*why));
	int err = tell(
		why, NOD_TRIED_CONNECT, v->dial(v, to, conf ? conf : &defaults, out, why), to);
	if (err < 0 && why)
		why->elapsed = v->now(v) - start;
	return err;
}

int nod_session_dialled(struct nod_session *s)
{
	return s->service->dialled(s);
}

int nod_session_accept(
	struct nod_session *listener, struct nod_session **out, struct nod_endpoint *peer)
{
	return listener->service->accept(listener, out, peer);
}

ssize_t nod_session_recv(struct nod_session *s, void *buf, size_t len)
{
	return s->service->recv(s, buf, len, NULL);
}

ssize_t nod_session_recv_datagram(
	struct nod_session *s, void *buf, size_t len, struct nod_datagram *d)
{
	return s->service->recv(s, buf, len, d);
}

ssize_t nod_session_recvfrom(
	struct nod_session *s, void *buf, size_t len, struct nod_endpoint *from)
{
	struct nod_datagram d;
	ssize_t n = s->service->recv(s, buf, len, from ? &d : NULL);

	if (n >= 0 && from)
		*from = d.peer;
	return n;
}

/* iovec has no const, since readv() shares it; a send only reads. */
static ssize_t send_one(
	struct nod_session *s, const void *buf, size_t len, const struct nod_datagram *d)
{
	const struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = len };

	return s->service->send(s, &iov, 1, d);
}

ssize_t nod_session_send(struct nod_session *s, const void *buf, size_t len)
{
	return send_one(s, buf, len, NULL);
}

ssize_t nod_session_send_datagram(
	struct nod_session *s, const void *buf, size_t len, const struct nod_datagram *d)
{
	return send_one(s, buf, len, d);
}

ssize_t nod_session_sendto(
	struct nod_session *s, const void *buf, size_t len, const struct nod_endpoint *to)
{
	struct nod_datagram d = { .local.family = NOD_UNSPEC };

	if (to)
		d.peer = *to;
	return send_one(s, buf, len, to ? &d : NULL);
}

ssize_t nod_session_sendv(struct nod_session *s, const struct iovec *iov, int n)
{
	return s->service->send(s, iov, n, NULL);
}

int nod_session_join(struct nod_session *s, const struct nod_addr *group, unsigned interface)
{
	return s->service->join(s, group, interface);
}

int nod_session_shutdown(struct nod_session *s)
{
	return s->service->shutdown(s);
}

void nod_session_close(struct nod_session *s)
{
	if (s)
		s->service->close(s);
}

void nod_session_abort(struct nod_session *s)
{
	if (s)
		s->service->abort(s);
}

const struct nod_service *nod_session_service(const struct nod_session *s)
{
	return s->service;
}

int nod_session_local(const struct nod_session *s, struct nod_endpoint *out)
{
	return s->service->local(s, out);
}

int nod_session_peer(const struct nod_session *s, struct nod_endpoint *out)
{
	return s->service->peer(s, out);
}

int nod_session_set_blocking(struct nod_session *s, bool blocking)
{
	return s->service->set_blocking(s, blocking);
}

int nod_session_set_keepalive(struct nod_session *s, bool on, nod_ns idle)
{
	return s->service->set_keepalive(s, on, idle);
}

int nod_ready_new(const struct nod_service *v, enum nod_ready_how how, struct nod_ready **out)
{
	return v->ready_new(v, how, out);
}

void nod_ready_free(struct nod_ready *r)
{
	if (r)
		r->ops->free(r);
}

int nod_ready_add(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag)
{
	return r->service->ready_add(r, s, bits, tag);
}

int nod_ready_change(struct nod_ready *r, struct nod_session *s, unsigned bits, void *tag)
{
	return r->service->ready_change(r, s, bits, tag);
}

void nod_ready_remove(struct nod_ready *r, struct nod_session *s)
{
	r->service->ready_remove(r, s);
}

int nod_ready_add_fd(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	return r->ops->add_fd(r, fd, bits, tag);
}

int nod_ready_change_fd(struct nod_ready *r, int fd, unsigned bits, void *tag)
{
	return r->ops->change_fd(r, fd, bits, tag);
}

void nod_ready_remove_fd(struct nod_ready *r, int fd)
{
	r->ops->remove_fd(r, fd);
}

int nod_ready_wait(struct nod_ready *r, struct nod_ready_event *ev, int max, nod_ns until)
{
	return r->ops->wait(r, ev, max, until);
}

void nod_ready_wake(struct nod_ready *r)
{
	r->ops->wake(r);
}
