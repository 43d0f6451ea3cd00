/* SPDX-License-Identifier: ISC */
/*
 * iface.c - the interfaces of a stack: made, found, taken away
 *
 * Neighbours: link.h, link.c (frames).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arp.h"
#include "link.h"
#include "neigh.h"

enum { MTU_LEAST = 68 /* RFC 791 */ };

int link_init(struct link *l, struct core *core)
{
	*l = (struct link){ .core = core };
	pkt_queue_init(&l->looped);
	l->iface = calloc(core->conf.interfaces, sizeof(l->iface[0]));
	if (!l->iface)
		return -ENOMEM;

	int err = neigh_init(l);

	if (err == 0)
		err = arp_init(l);
	if (err < 0)
		link_end(l);
	return err;
}

void link_end(struct link *l)
{
	for (unsigned i = 1; i <= l->n_iface; i++)
		iface_remove(l, i);
	if (l->arp)
		arp_end(l);
	if (l->neigh)
		neigh_end(l);
	pkt_queue_clear(&l->looped);
	free(l->iface);
	l->iface = NULL;
}

struct iface *iface_at(const struct link *l, unsigned index)
{
	return index >= 1 && index <= l->n_iface ? l->iface[index - 1] : NULL;
}

struct iface *iface_named(const struct link *l, const char *name)
{
	for (unsigned i = 0; i < l->n_iface; i++)
		if (l->iface[i] && strcmp(l->iface[i]->name, name) == 0)
			return l->iface[i];
	return NULL;
}

int iface_add(struct link *l, const struct iface_conf *conf)
{
	unsigned slot = 0;

	if (conf->mtu < MTU_LEAST || conf->vlan > 4094 ||
		strnlen(conf->name, sizeof(l->iface[0]->name)) >= sizeof(l->iface[0]->name) ||
		!*conf->name)
		return -EINVAL;
	if (iface_named(l, conf->name))
		return -EEXIST;
	while (slot < l->n_iface && l->iface[slot])
		slot++;
	if (slot == l->core->conf.interfaces)
		return -ENOSPC;

	struct iface *i = calloc(1, sizeof(*i));

	if (!i || table_init(&i->filter, 0) < 0) {
		free(i);
		return -ENOMEM;
	}
	i->link = l;
	i->index = slot + 1;
	i->kind = conf->kind;
	memcpy(i->name, conf->name, strlen(conf->name) + 1);
	if (conf->mac)
		memcpy(i->mac, conf->mac, sizeof(i->mac));
	i->mtu = conf->mtu;
	i->can = conf->can;
	i->gso_octets = conf->gso_octets;
	i->vlan = conf->vlan;
	i->is_up = true;
	pkt_queue_init(&i->txq);
	l->iface[slot] = i;
	if (slot == l->n_iface)
		l->n_iface++;
	return (int)i->index;
}

void iface_remove(struct link *l, unsigned index)
{
	struct iface *i = iface_at(l, index);

	if (!i)
		return;
	if (l->neigh)
		neigh_flush(l, i);
	if (l->arp)
		arp_iface_removed(i);
	pkt_queue_clear(&i->txq);
	for (uint64_t at = 0; i->filter.count;) {
		struct hnode *n = table_walk(&i->filter, &at);

		if (!n) {
			at = 0;
			continue;
		}
		table_remove(&i->filter, n);
		free(n); /* the node is the entry's first member */
		at--;
	}
	table_free(&i->filter);
	l->iface[index - 1] = NULL;
	free(i);
}
