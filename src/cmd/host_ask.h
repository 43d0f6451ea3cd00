/* SPDX-License-Identifier: ISC */
/*
 * host_ask.h - ask everyone who may know a name or an address, and see who said what
 *
 * Neighbours: host.c (the command), host_show.h (shows it), application/host_files.h and
 * application/dns_lookup.h (those asked by nod itself).
 */
#ifndef NOD_CMD_HOST_ASK_H
#define NOD_CMD_HOST_ASK_H

#include "nod/name.h"
#include "../application/dns_lookup.h"
#include "../application/host_files.h"
#include "net.h"

/* A file that says how names are found, as it is read. */
struct host_file {
	const char *path;
	char *text; /* NULL: @error says why */
	size_t len;
	int error;  /* negative errno, or 0 */
};

/* How to ask; the files are read once for all names. */
struct host_setup {
	struct host_file hosts, nsswitch, resolv;
	struct nss_order order;
	struct resolv_conf conf;
	struct nod_endpoint server[DNS_LOOKUP_SERVERS]; /* given, or of resolv.conf */
	unsigned n_servers;
	bool are_servers_given;
	bool asks_system; /* the system's resolver, too; of --net: the stack's */
	struct network network;
	enum nod_family family;
	nod_ns timeout;
};

/* What the system's resolver said. */
struct host_system {
	bool is_asked, is_done; /* not done: it did not answer in time */
	int code;	   /* 0 or an EAI_* code */
	nod_ns took;
	struct nod_hostent host;
};

/* Who, of those in nsswitch.conf, this is about. */
enum host_source_kind {
	HOST_FILES,
	HOST_DNS,
	HOST_MYHOSTNAME, /* this machine's own names: nss-myhostname(8) */
	HOST_MDNS,	 /* multicast on the link, names under .local */
	HOST_RESOLVE,	 /* systemd-resolved */
	HOST_ELSEWHERE,	 /* something that nod does not know */
};

enum host_source_kind host_source_kind(const struct nss_source *s);

#define HOST_VALUES_MAX 64 /* different answers */
#define HOST_SAYERS_MAX (2 + DNS_LOOKUP_SERVERS)
#define HOST_VALUE_MAX	NOD_NAME_MAX

/* Everything about one word. */
struct host_report {
	const char *word;
	bool is_reverse;	/* it is an address */
	bool is_old_form;	/* an address as only inet_aton() takes it, "127.1" */
	struct nod_addr addr;	/* when it is an address */
	struct host_system system;
	bool has_files;		/* the hosts file could be read */
	struct hosts_found files;
	unsigned n_lookups;	/* DNS; one a server */
	struct dns_lookup *lookup;
	bool is_not_for_dns;	/* no name that DNS could hold */
	int dns_error;		/* DNS could not be asked at all: negative errno */

	/* the verdict */
	const struct nod_hostent *best; /* the answer to show; NULL: nobody has one */
	struct nod_hostent from_dns;	/* the best, if it is a DNS server's */
	int source;	     /* index into the order, of whose answer it is; -1 = not known */
	int source_server;   /* ... and which DNS server's; -1 = none */
	bool is_differing;   /* those who answered say different things */
	unsigned n_values;   /* what they said: addresses, or names */
	char value[HOST_VALUES_MAX][HOST_VALUE_MAX];
	uint16_t said_by[HOST_VALUES_MAX]; /* bit 0 system, 1 files, 2 + i DNS server i */
};

/*
 * Read the three files; what cannot be read stands in their .error.  On a stack of our own the
 * hosts file alone counts, and then the servers that the stack knows.
 */
void host_setup_read(struct host_setup *s);
void host_setup_free(struct host_setup *s);

/* Ask about @word.  0, or -ENOMEM.  host_report_free() it in any case. */
int host_ask(const struct host_setup *s, const char *word, struct host_report *r);
void host_report_free(struct host_report *r);

#endif
