/* SPDX-License-Identifier: ISC */
/*
 * host_devices.c - what a host is given: interfaces on devices, and addresses to wait for
 *
 * Neighbours: nod/host.h (the contract), host.h, physical/tap.h, physical/wire.h.
 */
#include <errno.h>
#include <string.h>

#include "../physical/tap.h"
#include "../physical/wire.h"
#include "host.h"

int host_add_device(struct nod_host *h, const struct nod_interface_conf *i, struct device *d)
{
	struct nod_interface_conf conf = *i;
	int index, err;

	if (!conf.name && d->name[0])
		conf.name = d->name;
	if (!conf.mtu)
		conf.mtu = d->mtu;
	conf.offload = d->can;
	conf.gso_octets = d->gso_octets;
	index = nod_interface_add(nod_host_stack(h), &conf);
	if (index < 0) {
		device_close(d);
		return index;
	}
	err = host_attach(h, (unsigned)index, d);
	if (err < 0) {
		nod_interface_remove(nod_host_stack(h), (unsigned)index);
		return err;
	}
	return index;
}

int nod_host_add_tap(struct nod_host *h, const struct nod_tap_conf *conf)
{
	static const struct nod_tap_conf defaults;
	struct tap_conf tap;
	struct device *d;
	int err;

	if (host_is_running(h))
		return -EALREADY;
	if (!conf)
		conf = &defaults;
	tap = (struct tap_conf){ .name = conf->name, .no_offload = conf->no_offload };
	err = tap_open(&tap, nod_host_stack(h)->core.pool, &d);
	return err < 0 ? err : host_add_device(h, &conf->interface, d);
}

int nod_host_join(struct nod_host *a, struct nod_host *b, const struct nod_join_conf *conf,
	unsigned index[2])
{
	static const struct nod_join_conf defaults;
	struct wire_conf wire = { .can = DEVICE_SUMS | DEVICE_TRUSTED | DEVICE_GSO };
	struct device *end[2];
	int err, at[2];

	if (!conf)
		conf = &defaults;
	if (a == b)
		return -EINVAL;
	wire.mtu = conf->mtu;
	wire.queue = conf->queue;
	for (unsigned k = 0; k < 2; k++)
		wire.name[k] = conf->interface[k].name;
	err = host_share_room(a, b);
	if (err == 0)
		err = wire_new(&wire, end);
	if (err < 0)
		return err;
	at[0] = host_add_device(a, &conf->interface[0], end[0]);
	if (at[0] < 0) {
		device_close(end[1]);
		return at[0];
	}
	at[1] = host_add_device(b, &conf->interface[1], end[1]);
	if (at[1] < 0) {
		host_detach_last(a);
		nod_interface_remove(nod_host_stack(a), (unsigned)at[0]);
		return at[1];
	}
	index[0] = (unsigned)at[0];
	index[1] = (unsigned)at[1];
	return 0;
}

/* ---- addresses ----------------------------------------------------------------------- */

/* Whether @a (NULL: any but the loopback's) can be used.  0, -EAGAIN not yet, or why not. */
static int look_for(const struct nod_stack *s, const struct nod_addr *a)
{
	struct nod_address_info info;
	int err = a ? -EADDRNOTAVAIL : -EAGAIN;

	for (unsigned k = 0; nod_address_at(s, k, &info) == 0; k++) {
		bool is_usable = strcmp(info.state, "preferred") == 0 ||
			strcmp(info.state, "deprecated") == 0;

		if (a ? memcmp(info.prefix.addr.octet, a->octet, sizeof(a->octet)) != 0 ||
					info.prefix.addr.family != a->family :
			strcmp(info.origin, "loopback") == 0)
			continue;
		if (is_usable)
			return 0;
		if (a)
			err = strcmp(info.state, "duplicate") == 0 ? -EADDRINUSE : -EAGAIN;
	}
	return err;
}

int nod_host_wait_address(struct nod_host *h, const struct nod_addr *a, nod_ns until)
{
	int err;

	nod_host_lock(h);
	while ((err = look_for(nod_host_stack(h), a)) == -EAGAIN) {
		if (host_is_cut_off(h))
			err = -ENETDOWN;
		else if (!host_wait_turn(h, until))
			err = -ETIMEDOUT;
		if (err != -EAGAIN)
			break;
	}
	nod_host_unlock(h);
	return err;
}
