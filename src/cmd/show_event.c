/* SPDX-License-Identifier: ISC */
/*
 * show_event.c - an event of a stack as a line for people, or as a JSON object
 *
 * Neighbours: show_event.h.
 */
#include "show_event.h"

#include "../presentation/json.h"

static void addr_text(const struct nod_addr *a, uint16_t port, char *out, size_t cap)
{
	struct nod_endpoint e = { .addr = *a, .port = port };

	if (a->family == NOD_UNSPEC)
		out[0] = '\0';
	else if (port)
		nod_endpoint_format(&e, out, cap);
	else
		nod_addr_format(a, out, cap);
}

static double time_of(const struct show_event *how, const struct nod_event *e)
{
	return (double)(e->at - how->start) / (double)NOD_S;
}

static void show_json(const struct show_event *how, const char *host, const struct nod_event *e)
{
	char text[NOD_ENDPOINT_TEXT_MAX];
	struct json j;

	json_open(&j);
	json_real(&j, "time", time_of(how, e), 6);
	if (host)
		json_str(&j, "host", host);
	json_str(&j, "event", nod_event_name(e->kind));
	if (e->interface)
		json_uint(&j, "interface", e->interface);
	addr_text(&e->src, e->src_port, text, sizeof(text));
	if (*text)
		json_str(&j, "src", text);
	addr_text(&e->dst, e->dst_port, text, sizeof(text));
	if (*text)
		json_str(&j, "dst", text);
	if (e->packet)
		json_uint(&j, "octets", nod_packet_len(e->packet));
	if (e->why)
		json_str(&j, "why", e->why);
	json_print(&j, stdout);
}

void show_event(const struct show_event *how, const char *host, const struct nod_event *e)
{
	const char *lang = lang_current() == LANG_ZH ? "zh" : "en";
	enum nod_event_class class = nod_event_class(e->kind);
	char src[NOD_ENDPOINT_TEXT_MAX], dst[NOD_ENDPOINT_TEXT_MAX];

	/* what a wire delays it delays all the time */
	if ((class == NOD_EVENT_COUNT || e->kind == NOD_EV_FAULT_DELAY) && !how->wants_all)
		return;
	if (how->is_json) {
		show_json(how, host, e);
		return;
	}
	addr_text(&e->src, e->src_port, src, sizeof(src));
	addr_text(&e->dst, e->dst_port, dst, sizeof(dst));
	printf("%10.6f  ", time_of(how, e));
	if (host)
		printf("%-4s ", host);
	printf("%s%-24s%s %s",
		colour(stdout, class == NOD_EVENT_DROP ? COLOUR_YELLOW : COLOUR_BOLD),
		nod_event_name(e->kind), colour(stdout, COLOUR_OFF),
		nod_event_text(e->kind, lang));
	if (*src)
		printf("  %s", src);
	if (*dst)
		printf("  > %s", dst);
	if (e->why && lang_current() == LANG_EN) /* details are in English alone */
		printf("  (%s)", e->why);
	putchar('\n');
	fflush(stdout);
}
