/* SPDX-License-Identifier: ISC */
/*
 * kernel_owner.c - which process holds a port that is in use
 *
 * The kernel tells only that it is; /proc/net has the socket's inode and /proc/PID/fd the
 * process that has it open.  A user sees only his own processes' descriptors, so often the
 * answer is "not known".  Only called after a failure: it reads much and need not be fast.
 *
 * Neighbours: kernel.c.
 */
#include "kernel_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INODES_MAX 32 /* sockets that may hold one port: addresses, families */

struct inodes {
	unsigned n;
	uint64_t list[INODES_MAX];
};

static void note(struct inodes *in, uint64_t inode)
{
	if (inode && in->n < INODES_MAX)
		in->list[in->n++] = inode;
}

/* "0100007F", or four such words for IPv6: each is 32 bits as they lie in memory. */
static void read_address(const char *hex, struct nod_addr *a)
{
	*a = (struct nod_addr){ .family = strlen(hex) == 8 ? NOD_IPV4 : NOD_IPV6 };
	for (size_t i = 0; i < 4 && strlen(hex) >= 8 * (i + 1); i++) {
		char word[9] = { 0 };

		memcpy(word, hex + 8 * i, 8);
		uint32_t v = (uint32_t)strtoul(word, NULL, 16);
		memcpy(a->octet + 4 * i, &v, 4);
	}
	*a = nod_addr_unmap(a);
}

static bool is_every(const struct nod_addr *a)
{
	static const uint8_t zeros[16];

	return a->family == NOD_UNSPEC ||
		memcmp(a->octet, zeros, a->family == NOD_IPV4 ? 4 : 16) == 0;
}

/* Whether who listens at @b is in the way of who wants to at @a; zones are not told. */
static bool is_in_the_way(const struct nod_addr *a, const struct nod_addr *b)
{
	return is_every(a) || is_every(b) ||
		(a->family == b->family &&
			memcmp(a->octet, b->octet, a->family == NOD_IPV4 ? 4 : 16) == 0);
}

/* Lines of /proc/net/tcp and kin: "sl local:port remote:port st ... inode", hexadecimal. */
static void read_internet(
	const char *path, const struct nod_endpoint *at, bool listening, struct inodes *in)
{
	char line[512];
	FILE *f = fopen(path, "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char hex[33];
		unsigned port, state;
		uint64_t inode;
		struct nod_addr local;

		if (sscanf(line,
			    " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u "
			    "%" SCNu64,
			    hex, &port, &state, &inode) != 4 ||
			port != at->port || (listening && state != 0x0a)) /* TCP_LISTEN */
			continue;
		read_address(hex, &local);
		if (is_in_the_way(&at->addr, &local))
			note(in, inode);
	}
	fclose(f);
}

/* Lines of /proc/net/unix: "num: refs proto flags type st inode path". */
static void read_unix(const char *path, struct inodes *in)
{
	char line[512];
	FILE *f = fopen("/proc/net/unix", "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		uint64_t inode;
		int end = 0;

		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %" SCNu64 " %n", &inode, &end) == 1 &&
			end && strcmp(line + end, path) == 0)
			note(in, inode);
	}
	fclose(f);
}

static bool is_one_of(const char *link, const struct inodes *in)
{
	uint64_t inode;

	if (sscanf(link, "socket:[%" SCNu64 "]", &inode) != 1)
		return false;
	for (unsigned i = 0; i < in->n; i++) {
		if (in->list[i] == inode)
			return true;
	}
	return false;
}

static bool holds_one(const char *pid, const struct inodes *in)
{
	char dir[64], path[384], link[64];
	bool found = false;

	snprintf(dir, sizeof(dir), "/proc/%.20s/fd", pid);
	DIR *d = opendir(dir);
	if (!d)
		return false;
	for (struct dirent *e; !found && (e = readdir(d));) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = 0;
		found = is_one_of(link, in);
	}
	closedir(d);
	return found;
}

static void read_command(const char *pid, struct nod_failure *why)
{
	char path[64];

	why->owner_pid = strtol(pid, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(why->owner, sizeof(why->owner), f))
		why->owner[0] = 0;
	why->owner[strcspn(why->owner, "\n")] = 0;
	fclose(f);
}

void kernel_owner_find(const struct nod_endpoint *at, enum nod_session_type type,
	struct nod_failure *why)
{
	struct inodes in = { 0 };

	if (at->is_unix) {
		read_unix(at->path, &in);
	} else {
		bool is_stream = type == NOD_STREAM;

		read_internet(is_stream ? "/proc/net/tcp" : "/proc/net/udp", at, is_stream, &in);
		read_internet(is_stream ? "/proc/net/tcp6" : "/proc/net/udp6", at, is_stream, &in);
	}
	if (!in.n)
		return;

	DIR *d = opendir("/proc");
	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		if (isdigit((unsigned char)e->d_name[0]) && holds_one(e->d_name, &in)) {
			read_command(e->d_name, why);
			break;
		}
	}
	closedir(d);
}
