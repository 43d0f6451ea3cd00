/* SPDX-License-Identifier: ISC */
/*
 * net.h - --net: which network a subcommand runs on
 *
 *	for each --net: net_add()         (net_spec.h says what it may be)
 *	who talks by sessions:            network_open(), whichever network it is
 *	net_is_kernel(): as ever; else    net_open(), and net_settle() for who wants to send at once
 *
 * Neighbours: net_spec.h, session/host.h, physical/tap.h, physical/cable.h.
 */
#ifndef NOD_CMD_NET_H
#define NOD_CMD_NET_H

#include "net_spec.h"
#include "wire_faults.h"
#include "nod/name.h"
#include "../session/host.h"

enum { NETS_MOST = 8 };

/* What --net and --net ... said. */
struct net_plan {
	struct net_spec spec[NETS_MOST];
	unsigned n;
	unsigned interface[NETS_MOST]; /* which one of the stack it has become */
	struct wire_faults *faults;    /* begun, or network_open() begins them; NULL = none */
	bool is_traced;		       /* --trace */
};

/* One more --net.  0, or what to exit with. */
int net_add(struct invocation *in, struct net_plan *plan, const char *text);

/* Nothing was said, or "kernel". */
bool net_is_kernel(const struct net_plan *plan);

/*
 * A host of our own, not running yet; @conf is the stack's (its seed is drawn here, its name is
 * the plan's).  On failure what was wrong has been said by @in and @status is what to exit with.
 * NULL then.
 */
struct nod_host *net_open(struct invocation *in, struct net_plan *plan, struct nod_conf *conf,
	int *status);

/*
 * Drive @h, which does not run yet, until its addresses can be used to send to @to (NULL:
 * anywhere), or until that is taking too long: what is to be sent will tell then.  0, or what to
 * exit with: somebody else has an address of ours.
 */
int net_settle(struct invocation *in, struct nod_host *h, const struct net_plan *plan,
	const struct nod_addr *to);

/* What carries a subcommand's sessions. */
struct network {
	const struct nod_service *service;
	struct nod_host *host; /* NULL: the machine's kernel */
	struct ladder *trace;  /* who tells of its packets; NULL: nobody */
	struct wire_faults *faults; /* of the plan, begun; NULL: none */
};

/*
 * The plan's network, ready for sessions that go to @to (NULL: anywhere, or come from there): the
 * kernel's, or a host that runs and has settled.  EXIT_DONE, or what to exit with: what was wrong
 * has been said.
 */
int network_open(struct invocation *in, struct net_plan *plan, const struct nod_addr *to,
	struct network *out);
/* After every session on it is closed.  0, or what to exit with: the capture is not whole. */
int network_close(struct invocation *in, struct network *n);

/*
 * All addresses of a name, asked of whom @v asks; waits.  How many, at most @max; 0: *@why says why
 * there is none.
 */
unsigned network_lookup(const struct nod_service *v, const char *name, enum nod_family family,
	struct nod_addr *list, unsigned max, struct nod_failure *why);

/* The row of an option table. */
#define NET_OPTION \
	{ "net", 0, "NET", \
		TX("the network: kernel (default), tap:NAME or cable:PATH, each with " \
		   ",ADDRESS/PREFIX ...; see nod help up", \
			"网络：kernel（默认）、tap:名称 或 cable:路径，后可跟 ,地址/前缀长度 等；" \
			"详见 nod help up"), \
		OPTION_PLAIN }

#define TRACE_OPTION \
	{ "trace", 0, NULL, \
		TX("with --net: tell of each packet and state on stderr, as nod demo does", \
			"与 --net 合用：在标准错误上显示每个包与状态，如同 nod demo"), \
		OPTION_PLAIN }

#define IMPAIR_OPTION \
	{ "impair", 0, "SPEC", \
		TX("break the wire on purpose: loss=2%,delay=40ms,... or @FILE; a is this host", \
			"故意损坏线路：loss=2%,delay=40ms,... 或 @文件；a 为本机"), \
		OPTION_PLAIN }

#define CAPTURE_OPTION \
	{ "capture", 0, "FILE", \
		TX("write every packet down for Wireshark (pcapng)", \
			"把每个包写入文件，供 Wireshark 查看（pcapng）"), \
		OPTION_PLAIN }

/*
 * Drive @h, which does not run yet, until its resolver has an answer.  0 or an EAI_* code of
 * <netdb.h>.
 */
int net_resolve(struct nod_host *h, const char *name, enum nod_family family,
	struct nod_hostent *out);

#endif
