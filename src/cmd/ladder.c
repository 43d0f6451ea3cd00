/* SPDX-License-Identifier: ISC */
/*
 * ladder.c - TCP told as a ladder
 *
 * Neighbours: ladder.h; transport/tcp_wire.h (what a packet says).
 */
#include "ladder.h"

#include <string.h>
#include <sys/uio.h>

#include "../link/ether_wire.h"
#include "../network/ipv4_wire.h"
#include "../transport/tcp.h"
#include "../transport/tcp_wire.h"

enum { NAME_WIDTH = 7, ARROW_WIDTH = 30, TEXT_MOST = 128, HEADERS_MOST = 256 };

/* What an event gives as its reason, in English, and how it is said in Chinese. */
static const struct text reasons[] = {
	TX("handshake 1 of 3", "三次握手之一"),
	TX("handshake 2 of 3", "三次握手之二"),
	TX("handshake 3 of 3", "三次握手之三"),
	TX("close 1 of 4", "四次挥手之一"),
	TX("close 2 of 4", "四次挥手之二"),
	TX("close 3 of 4", "四次挥手之三"),
	TX("close 4 of 4", "四次挥手之四"),
	TX("data", "数据"),
	TX("data: tries a larger segment", "数据：试发较大的报文段"),
	TX("acknowledges", "确认"),
	TX("something is missing: asks for it", "有缺失：请求重发"),
	TX("had it already: says so", "已收到过：告知对方"),
	TX("there is room again", "窗口重新打开"),
	TX("are you still there?", "你还在吗？"),
	TX("is there room?", "窗口打开了吗？"),
	TX("broken off", "中断连接"),
	TX("nobody listens here", "此处无人监听"),
	TX("sent again: later ones have arrived", "重传：后面的已到达"),
	TX("sent again: third duplicate ACK", "重传：第三个重复确认"),
	TX("sent again: no answer", "重传：没有应答"),
	TX("sent again: it was not taken with the SYN", "重传：未随 SYN 被接受"),
	TX("sent again: as a larger segment it was lost", "重传：作为较大的报文段时丢失"),
	TX("sent again: probes for the tail", "重传：探测尾部是否丢失"),
	TX("a program connects", "程序发起连接"),
	TX("a program closes it", "程序关闭连接"),
	TX("a program has written all", "程序已写完"),
	TX("handshake 2 of 3 received", "收到握手之二"),
	TX("handshake 3 of 3 received", "收到握手之三"),
	TX("the peer's FIN: close 1 of 4", "收到对方 FIN：挥手之一"),
	TX("the peer's FIN: close 3 of 4", "收到对方 FIN：挥手之三"),
	TX("our FIN is acknowledged: close 2 of 4", "我方 FIN 被确认：挥手之二"),
	TX("our FIN is acknowledged: close 4 of 4", "我方 FIN 被确认：挥手之四"),
	TX("both sides have closed", "双方都已关闭"),
	TX("both close at the same time", "双方同时关闭"),
	TX("the peer refuses: RST", "对方拒绝：RST"),
	TX("the peer breaks it off: RST", "对方中断：RST"),
	TX("no answer: R2 is over", "始终没有应答"),
	TX("2 MSL are over", "2 MSL 已过"),
	TX("a younger one needs its memory", "内存让给更新的连接"),
	TX("a new SYN takes its place", "新的 SYN 取而代之"),
	TX("no memory for TIME-WAIT", "没有内存留给 TIME-WAIT"),
	TX("the stack ends", "协议栈结束"),
};

static const char *reason_text(const char *why)
{
	for (unsigned i = 0; why && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].en, why) == 0)
			return text_of(reasons[i]);
	return why ? why : "";
}

/* ---- whose --------------------------------------------------------------------------- */

void ladder_name(struct ladder *l, const struct nod_addr *addr, const char *name)
{
	if (l->n_known == LADDER_NAMES)
		return;
	l->known[l->n_known].addr = *addr;
	l->known[l->n_known++].name = name;
}

static bool is_same(const struct nod_addr *a, const struct nod_addr *b)
{
	return a->family == b->family &&
		memcmp(a->octet, b->octet, a->family == NOD_IPV4 ? 4 : 16) == 0;
}

static const char *name_of(
	const struct ladder *l, const struct nod_addr *a, char buf[NOD_ADDR_TEXT_MAX])
{
	for (unsigned i = 0; i < l->n_known; i++)
		if (is_same(&l->known[i].addr, a))
			return l->known[i].name;
	return nod_addr_format(a, buf, NOD_ADDR_TEXT_MAX);
}

/* The flow between these two; *@side: which of them sends.  Made when it is new. */
static struct ladder_flow *flow_of(struct ladder *l, const struct nod_event *e, unsigned *side)
{
	struct ladder_flow *f;

	for (unsigned i = 0; i < l->n_flows; i++) {
		f = &l->flow[i];
		for (*side = 0; *side < 2; (*side)++)
			if (f->port[*side] == e->src_port && f->port[!*side] == e->dst_port &&
				is_same(&f->addr[*side], &e->src) &&
				is_same(&f->addr[!*side], &e->dst))
				return f;
	}
	f = &l->flow[l->next_flow];
	l->next_flow = (l->next_flow + 1) % LADDER_FLOWS;
	if (l->n_flows < LADDER_FLOWS)
		l->n_flows++;
	*f = (struct ladder_flow){ .addr = { e->src, e->dst },
		.port = { e->src_port, e->dst_port } };
	*side = 0;
	return f;
}

/* ---- packets ------------------------------------------------------------------------- */

/* Its TCP header; what lies in front of it has been taken off by whoever tells of it. */
static bool read_header(const struct nod_packet *p, struct tcp_hdr *h, uint32_t *len)
{
	struct iovec iov[7];
	struct rcur r;

	if (!p || nod_packet_iov(p, iov) < 1)
		return false;
	r = rcur_of(iov[0].iov_base, iov[0].iov_len);
	if (tcp_parse(h, &r) < 0)
		return false;
	*len = (uint32_t)nod_packet_len(p) - h->hdr_len;
	return true;
}

/* "SYN 0 ack 1"; @segment: of so many octets each, when it is several. */
static void say_packet(char *out, size_t cap, struct ladder_flow *f, unsigned side,
	const struct tcp_hdr *h, uint32_t len, uint32_t segment)
{
	static const struct {
		uint8_t bit;
		const char *name;
	} flags[] = { { TCP_SYN, "SYN" }, { TCP_FIN, "FIN" }, { TCP_RST, "RST" },
		{ TCP_URG, "URG" } };
	uint32_t seq, ack;
	size_t n = 0;

	if (h->flags & TCP_SYN || !f->has_first[side]) {
		f->first[side] = h->flags & TCP_SYN ? h->seq : h->seq - 1;
		f->has_first[side] = true;
	}
	if (h->flags & TCP_ACK && !f->has_first[!side]) {
		f->first[!side] = h->ack - 1;
		f->has_first[!side] = true;
	}
	seq = h->seq - f->first[side];
	ack = h->ack - f->first[!side];
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (h->flags & flags[i].bit)
			n += (size_t)snprintf(out + n, cap - n, "%s ", flags[i].name);
	if (len && segment && segment < len)
		n += (size_t)snprintf(out + n, cap - n, "%u:%u (%u x %u) ", seq, seq + len,
			(len + segment - 1) / segment, segment);
	else if (len)
		n += (size_t)snprintf(out + n, cap - n, "%u:%u (%u) ", seq, seq + len, len);
	else if (h->flags & (TCP_SYN | TCP_FIN | TCP_RST))
		n += (size_t)snprintf(out + n, cap - n, "%u ", seq);
	if (h->flags & TCP_ACK)
		n += (size_t)snprintf(out + n, cap - n, "ack %u ", ack);
	if (n)
		out[n - 1] = '\0';
	else
		snprintf(out, cap, "-");
}

static uint32_t segment_of(const struct nod_packet *p)
{
	return ((const struct pkt *)(const void *)p)->gso_size;
}

static void say_time(struct ladder *l, nod_ns at)
{
	if (!l->start)
		l->start = at;
	fprintf(l->to, "%s%8.4f%s  ", colour(l->to, COLOUR_DIM),
		(double)(at - l->start) / (double)NOD_S, colour(l->to, COLOUR_OFF));
}

static void say_arrow(FILE *to, bool is_right, const char *text)
{
	int rest = ARROW_WIDTH - (int)strlen(text);

	fputs(is_right ? "-- " : "<- ", to);
	fputs(text, to);
	fputc(' ', to);
	while (rest-- > 0)
		fputc('-', to);
	fputs(is_right ? "-> " : "-- ", to);
}

static void tell_packet(struct ladder *l, const struct nod_event *e)
{
	char what[TEXT_MOST] = "", left[NOD_ADDR_TEXT_MAX], right[NOD_ADDR_TEXT_MAX];
	bool is_again = e->kind == NOD_EV_TCP_AGAIN;
	const char *why = reason_text(e->why);
	struct ladder_flow *f;
	struct tcp_hdr h;
	unsigned side;
	uint32_t len;

	if (!read_header(e->packet, &h, &len))
		return;
	f = flow_of(l, e, &side);
	say_packet(what, sizeof(what), f, side, &h, len, segment_of(e->packet));
	say_time(l, e->at);
	fprintf(l->to, "%*s ", NAME_WIDTH, name_of(l, &f->addr[0], left));
	say_arrow(l->to, side == 0, what);
	fprintf(l->to, "%-*s  ", NAME_WIDTH, name_of(l, &f->addr[1], right));
	/* untranslated: compared with what the stack says */
	if (f->waited && e->why && strcmp(e->why, "sent again: no answer") == 0)
		fprintf(l->to,
			T("%ssent again: no answer in %lld ms%s",
				"%s重传：%lld 毫秒没有应答%s"),
			colour(l->to, COLOUR_YELLOW), (long long)(f->waited / NOD_MS),
			colour(l->to, COLOUR_OFF));
	else
		fprintf(l->to, "%s%s%s", is_again ? colour(l->to, COLOUR_YELLOW) : "", why,
			is_again ? colour(l->to, COLOUR_OFF) : "");
	fputc('\n', l->to);
}

/* ---- what happens at the ends -------------------------------------------------------- */

static void tell_state(
	struct ladder *l, const struct nod_event *e, const char *from, const char *to)
{
	char name[NOD_ADDR_TEXT_MAX];
	const char *why = reason_text(e->why);

	fprintf(l->to, "%10s%s%s: %s -> %s%s", "", colour(l->to, COLOUR_CYAN),
		name_of(l, &e->src, name), from, to, colour(l->to, COLOUR_OFF));
	if (*why)
		fprintf(l->to, "  (%s)", why);
	fputc('\n', l->to);
}

/* What it has found out of the path. */
static void tell_size(struct ladder *l, const struct nod_event *e)
{
	const char *lang = lang_current() == LANG_ZH ? "zh" : "en";
	char name[NOD_ADDR_TEXT_MAX];

	fprintf(l->to, "%10s%s%s: MTU %lld -> %lld%s  (%s)\n", "", colour(l->to, COLOUR_CYAN),
		name_of(l, &e->src, name), (long long)e->from, (long long)e->to,
		colour(l->to, COLOUR_OFF),
		nod_event_text(e->kind, lang));
}

/* What TCP segment the frame holds, "" = none. */
static void say_frame(struct ladder *l, const struct nod_packet *p, char *out, size_t cap)
{
	struct nod_event e = { .src = { .family = NOD_IPV4 }, .dst = { .family = NOD_IPV4 } };
	char name[NOD_ADDR_TEXT_MAX], what[TEXT_MOST];
	struct ether_hdr eth;
	struct ipv4_hdr ip;
	struct tcp_hdr h;
	struct iovec iov[7];
	struct ladder_flow *f;
	unsigned side;
	struct rcur r;

	out[0] = '\0';
	if (!p || nod_packet_iov(p, iov) < 1)
		return;
	r = rcur_of(iov[0].iov_base, iov[0].iov_len);
	if (ether_parse(&eth, &r) < 0 || eth.type != ETHERTYPE_IPV4 ||
		ipv4_parse(&ip, &r) < 0 || ip.protocol != IP_PROTO_TCP || tcp_parse(&h, &r) < 0)
		return;
	memcpy(e.src.octet, ip.src.o + 12, 4);
	memcpy(e.dst.octet, ip.dst.o + 12, 4);
	e.src_port = h.src;
	e.dst_port = h.dst;
	f = flow_of(l, &e, &side);
	say_packet(what, sizeof(what), f, side, &h, (uint32_t)(ip.len - ip.hdr_len - h.hdr_len),
		0);
	snprintf(out, cap, "%s: %.100s: ", name_of(l, &f->addr[side], name), what);
}

static void tell_fault(struct ladder *l, const struct nod_event *e)
{
	const char *lang = lang_current() == LANG_ZH ? "zh" : "en";
	char what[TEXT_MOST];
	if (e->kind == NOD_EV_FAULT_DELAY)
		return; /* each packet has it */
	say_frame(l, e->packet, what, sizeof(what));
	fprintf(l->to, "%10s%s%s%s%s", "", colour(l->to, COLOUR_RED), what,
		nod_event_text(e->kind, lang), colour(l->to, COLOUR_OFF));
	if (e->why)
		fprintf(l->to, "  (%s)", e->why);
	fputc('\n', l->to);
}

static bool is_loss(enum nod_event_kind kind)
{
	return kind == NOD_EV_FAULT_LOSS || kind == NOD_EV_FAULT_BURST ||
		kind == NOD_EV_FAULT_QUEUE || kind == NOD_EV_FAULT_CODEL ||
		kind == NOD_EV_FAULT_MTU || kind == NOD_EV_FAULT_BLACKOUT ||
		kind == NOD_EV_FAULT_RULE_DROP || kind == NOD_EV_FAULT_PARTITION;
}

void ladder_event(struct ladder *l, const struct nod_event *e)
{
	struct ladder_flow *f;
	unsigned side;

	l->n_packets += e->kind == NOD_EV_TCP_OUT || e->kind == NOD_EV_TCP_AGAIN ||
		e->kind == NOD_EV_TCP_OUT_RST;
	l->n_again += e->kind == NOD_EV_TCP_AGAIN;
	l->n_lost += is_loss(e->kind);
	if (!l->to)
		return;
	switch (e->kind) {
	case NOD_EV_TCP_OUT:
	case NOD_EV_TCP_AGAIN:
	case NOD_EV_TCP_OUT_RST:
		tell_packet(l, e);
		break;
	case NOD_EV_TCP_IN:
		if (l->sees_both_ways)
			tell_packet(l, e);
		break;
	case NOD_EV_TCP_STATE:
		tell_state(l, e, nod_tcp_state_name((unsigned)e->from),
			nod_tcp_state_name((unsigned)e->to));
		break;
	case NOD_EV_TCP_HALF:
		tell_state(l, e, "LISTEN", "SYN-RECEIVED");
		break;
	case NOD_EV_TCP_BLACK_HOLE:
	case NOD_EV_TCP_MTU_FOUND:
	case NOD_EV_TCP_MTU_LOST:
		tell_size(l, e);
		break;
	case NOD_EV_TCP_TIMEOUT:
		f = flow_of(l, e, &side);
		f->waited = e->from;
		break;
	default:
		if (nod_event_class(e->kind) == NOD_EVENT_FAULT)
			tell_fault(l, e);
	}
	fflush(l->to);
}
