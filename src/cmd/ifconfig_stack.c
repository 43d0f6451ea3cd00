/* SPDX-License-Identifier: ISC */
/*
 * ifconfig_stack.c - what `nod ifconfig --net` shows of a stack beside its addresses
 *
 * Neighbours: ifconfig_stack.h.
 */
#include "ifconfig_stack.h"

#include <stdio.h>

#include "nod/dhcp.h"
#include "../presentation/lang.h"

static bool next_route(const struct nod_stack *s, unsigned interface, uint64_t *at,
	struct nod_route_info *r)
{
	while (nod_route_next(s, at, r) == 0)
		if (r->interface == interface)
			return true;
	return false;
}

static bool next_neighbour(const struct nod_stack *s, unsigned interface, uint64_t *at,
	struct nod_neighbour_info *n)
{
	while (nod_neighbour_next(s, at, n) == 0)
		if (n->interface == interface)
			return true;
	return false;
}

static void format_mac(const uint8_t mac[6], char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
}

/* ---- for people ---------------------------------------------------------------------- */

static void print_lease(const struct nod_dhcp_info *d)
{
	char text[NOD_ADDR_TEXT_MAX];

	printf("        dhcp  %s", d->state); /* untranslated: RFC 2131's word */
	if (d->server.family)
		printf(T("  from %s", "  来自 %s"),
			nod_addr_format(&d->server, text, sizeof(text)));
	for (unsigned k = 0; k < d->n_dns; k++)
		printf("  dns %s", /* untranslated: a name */
			nod_addr_format(&d->dns[k], text, sizeof(text)));
	putchar('\n');
}

static void print_route(const struct nod_route_info *r)
{
	char text[NOD_ADDR_TEXT_MAX];

	if (r->to.len)
		printf(T("        route %s/%u", "        路由 %s/%u"),
			nod_addr_format(&r->to.addr, text, sizeof(text)), r->to.len);
	else
		printf(T("        route default, IPv%d", "        路由 默认 IPv%d"),
			(int)r->to.addr.family);
	if (r->gateway.family)
		printf(T("  by %s", "  经 %s"),
			nod_addr_format(&r->gateway, text, sizeof(text)));
	else
		fputs(T("  on the link", "  在本链路上"), stdout);
	printf("  (%s)\n", r->origin); /* untranslated: a key of JSON's */
}

static void print_neighbour(const struct nod_neighbour_info *n)
{
	char text[NOD_ADDR_TEXT_MAX], mac[18];

	format_mac(n->mac, mac);
	printf(T("        neighbour %s  %s  %s", "        邻居 %s  %s  %s"),
		nod_addr_format(&n->addr, text, sizeof(text)), mac, n->state);
	if (n->is_router)
		fputs(T("  router", "  路由器"), stdout);
	putchar('\n');
}

void ifconfig_stack_print(const struct nod_stack *s, unsigned interface)
{
	struct nod_dhcp_info d;
	struct nod_route_info r;
	struct nod_neighbour_info n;
	uint64_t at = 0;

	if (nod_dhcp_client_state(s, interface, &d) == 0)
		print_lease(&d);
	while (next_route(s, interface, &at, &r))
		print_route(&r);
	at = 0;
	while (next_neighbour(s, interface, &at, &n))
		print_neighbour(&n);
}

/* ---- for programs -------------------------------------------------------------------- */

static void json_lease(struct json *j, const struct nod_dhcp_info *d)
{
	char text[NOD_ADDR_TEXT_MAX];

	json_object(j, "dhcp");
	json_str(j, "state", d->state);
	if (d->server.family)
		json_str(j, "server", nod_addr_format(&d->server, text, sizeof(text)));
	json_list(j, "dns");
	for (unsigned k = 0; k < d->n_dns; k++)
		json_str(j, NULL, nod_addr_format(&d->dns[k], text, sizeof(text)));
	json_end_list(j);
	if (d->domain[0])
		json_str(j, "domain", d->domain);
	json_end_object(j);
}

static void json_route(struct json *j, const struct nod_route_info *r)
{
	char text[NOD_ADDR_TEXT_MAX];

	json_object(j, NULL);
	json_str(j, "to", nod_addr_format(&r->to.addr, text, sizeof(text)));
	json_uint(j, "prefix", r->to.len);
	json_str(j, "gateway",
		r->gateway.family ? nod_addr_format(&r->gateway, text, sizeof(text)) : NULL);
	json_uint(j, "metric", r->metric);
	json_str(j, "origin", r->origin);
	json_end_object(j);
}

static void json_neighbour(struct json *j, const struct nod_neighbour_info *n)
{
	char text[NOD_ADDR_TEXT_MAX], mac[18];

	format_mac(n->mac, mac);
	json_object(j, NULL);
	json_str(j, "address", nod_addr_format(&n->addr, text, sizeof(text)));
	json_str(j, "mac", mac);
	json_str(j, "state", n->state);
	json_bool(j, "router", n->is_router);
	json_end_object(j);
}

void ifconfig_stack_json(struct json *j, const struct nod_stack *s, unsigned interface)
{
	struct nod_dhcp_info d;
	struct nod_route_info r;
	struct nod_neighbour_info n;
	uint64_t at = 0;

	if (nod_dhcp_client_state(s, interface, &d) == 0)
		json_lease(j, &d);
	json_list(j, "routes");
	while (next_route(s, interface, &at, &r))
		json_route(j, &r);
	json_end_list(j);
	at = 0;
	json_list(j, "neighbours");
	while (next_neighbour(s, interface, &at, &n))
		json_neighbour(j, &n);
	json_end_list(j);
}
