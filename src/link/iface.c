/* SPDX-License-Identifier: ISC */
/*
 * iface.c - the interfaces of a stack: made, found, taken away; which groups they hear
 *
 * Neighbours: link.h, link.c (frames).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arp.h"
#include "ether_wire.h"
#include "link.h"
#include "neigh.h"

enum { MTU_LEAST = 68 /* RFC 791 */, VID_MOST = 4094 };

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

struct iface *iface_named(const struct link *l, const char *name)
{
	for (unsigned i = 0; i < l->n_iface; i++)
		if (l->iface[i] && strcmp(l->iface[i]->name, name) == 0)
			return l->iface[i];
	return NULL;
}

static bool is_possible(const struct iface_conf *conf)
{
	size_t len = strnlen(conf->name, sizeof(((struct iface *)0)->name));

	if (conf->kind == IFACE_ETHERNET &&
		(!conf->mac || ether_is_group(conf->mac) || ether_is_zero(conf->mac)))
		return false;
	return conf->mtu >= MTU_LEAST && conf->vlan <= VID_MOST && len &&
		len < sizeof(((struct iface *)0)->name);
}

int iface_add(struct link *l, const struct iface_conf *conf)
{
	unsigned slot = 0;

	if (!is_possible(conf))
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

/* Nothing of it comes in by another interface that gets the same index. */
static void forget_looped(struct link *l, unsigned index)
{
	for (uint32_t left = l->looped.count; left; left--) {
		struct pkt *p = pkt_queue_take(&l->looped);

		if (p->mark == index)
			pkt_free(p);
		else
			pkt_queue_put(&l->looped, p);
	}
}

/* ---- multicast filter ---------------------------------------------------------------- */

struct filter_entry {
	struct hnode node;
	uint8_t mac[ETHER_ADDR_LEN];
	uint32_t refs;
};

static uint64_t mac_hash(const struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	return siphash13(&i->link->core->key, mac, ETHER_ADDR_LEN);
}

static struct filter_entry *filter_find(const struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	struct hnode *n = table_first(&i->filter, mac_hash(i, mac));

	for (; n; n = table_next(n)) {
		struct filter_entry *f = container_of(n, struct filter_entry, node);

		if (memcmp(f->mac, mac, ETHER_ADDR_LEN) == 0)
			return f;
	}
	return NULL;
}

bool iface_filter_has(const struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	return filter_find(i, mac);
}

int iface_filter_add(struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	struct filter_entry *f = filter_find(i, mac);

	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return -ENOMEM;
		memcpy(f->mac, mac, ETHER_ADDR_LEN);
		table_put(&i->filter, &f->node, mac_hash(i, mac));
	}
	f->refs++;
	return 0;
}

void iface_filter_remove(struct iface *i, const uint8_t mac[ETHER_ADDR_LEN])
{
	struct filter_entry *f = filter_find(i, mac);

	if (f && --f->refs == 0) {
		table_remove(&i->filter, &f->node);
		free(f);
	}
}

static void iface_filter_clear(struct iface *i)
{
	struct hnode *n;

	/* removing moves chains about: begin again each time */
	for (uint64_t at = 0; (n = table_walk(&i->filter, &at)); at = 0) {
		table_remove(&i->filter, n);
		free(container_of(n, struct filter_entry, node));
	}
}

void iface_remove(struct link *l, unsigned index)
{
	struct iface *i = iface_at(l, index);

	if (!i)
		return;
	if (l->neigh)
		neigh_iface_removed(i);
	if (l->arp)
		arp_iface_removed(i);
	forget_looped(l, index);
	pkt_queue_clear(&i->txq);
	iface_filter_clear(i);
	table_free(&i->filter);
	l->iface[index - 1] = NULL;
	free(i);
}
