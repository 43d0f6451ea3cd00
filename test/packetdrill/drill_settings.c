/* SPDX-License-Identifier: ISC */
/*
 * drill_settings.c - the namespace's sysctls, and the flags that packetdrill passes on
 *
 * Scripts set net.ipv4.* for the kernel, each in a network namespace of its own.  nod's stack has
 * no such settings, but it has most of what they set.
 *
 * profile=linux (the default) is what a Linux machine would send; profile=freebsd what a FreeBSD
 * one would: a window of 65,535 octets, scaled by 6.
 *
 * Neighbours: drill.h, nod/conf.h.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "drill.h"

static uint32_t mtu_of_flags;

/* ---- flags --------------------------------------------------------------------------- */

void drill_flags(struct drill *d, const char *flags)
{
	const char *at;

	if (!flags)
		return;
	d->is_profile_freebsd = strstr(flags, "profile=freebsd");
	at = strstr(flags, "mtu=");
	if (at)
		mtu_of_flags = (uint32_t)strtoul(at + 4, NULL, 10);
}

uint32_t drill_mtu(void)
{
	struct ifreq r = { .ifr_name = "tun0" };
	int fd;
	bool is_known;

	if (mtu_of_flags)
		return mtu_of_flags;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	is_known = ioctl(fd, SIOCGIFMTU, &r) == 0;
	close(fd);
	return is_known && r.ifr_mtu > 0 ? (uint32_t)r.ifr_mtu : 0;
}

/*
 * The address that the script calls its own, for one that connects before it has said it by
 * bind(): packetdrill's --local_ip, or what that is when nobody says it.
 */
void drill_local(enum nod_family family, struct nod_addr *out)
{
	static const char option[] = "--local_ip=";
	char words[4096];
	FILE *f = fopen("/proc/self/cmdline", "re");
	size_t n = f ? fread(words, 1, sizeof(words) - 1, f) : 0;

	words[n] = 0;
	if (f)
		fclose(f);
	for (char *at = words; at < words + n; at += strlen(at) + 1)
		if (strncmp(at, option, sizeof(option) - 1) == 0 &&
			nod_addr_parse(out, at + sizeof(option) - 1) == 0 &&
			out->family == family)
			return;
	nod_addr_parse(out, family == NOD_IPV4 ? "192.168.0.1" : "fd3d:fa7b:d17d::1");
}

/* ---- sysctls ------------------------------------------------------------------------- */

/* The words of net.ipv4.@name, ended by a NUL each; false: it is not there. */
static bool read_line(const char *name, char line[256])
{
	char path[128];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(line, 256, f);
	fclose(f);
	return ok;
}

/* The @i-th number, or @otherwise. */
static uint64_t number(const char *name, unsigned i, uint64_t otherwise)
{
	char line[256], *at = line, *end;
	uint64_t n = otherwise;

	if (!read_line(name, line))
		return otherwise;
	for (unsigned k = 0; k <= i; k++) {
		n = strtoull(at, &end, 10);
		if (end == at)
			return otherwise;
		at = end;
	}
	return n;
}

/* "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4[,...]": words of Linux's, the lowest octet first. */
static void fast_open_key(uint8_t key[16])
{
	char line[256];
	unsigned w[4];

	if (!read_line("tcp_fastopen_key", line) ||
		sscanf(line, "%x-%x-%x-%x", &w[0], &w[1], &w[2], &w[3]) != 4)
		return;
	for (unsigned i = 0; i < 16; i++)
		key[i] = (uint8_t)(w[i / 4] >> 8 * (i % 4));
}

void drill_settings(const struct drill *d, struct nod_conf *conf)
{
	static const uint8_t probing[] = { NOD_MTU_PROBING_OFF, NOD_MTU_PROBING_BLACK_HOLE,
		NOD_MTU_PROBING_ALWAYS };
	uint64_t ecn = number("tcp_ecn", 0, 2), mtu = number("tcp_mtu_probing", 0, 0);

	conf->tcp_no_sack = !number("tcp_sack", 0, 1);
	conf->tcp_no_timestamps = !number("tcp_timestamps", 0, 1);
	conf->tcp_no_window_scale = !number("tcp_window_scaling", 0, 1);
	conf->tcp_ecn = ecn == 1;
	conf->tcp_no_ecn = ecn == 0;
	/* half of it is for what packets cost beside their octets */
	conf->tcp_receive_octets = (uint32_t)number("tcp_rmem", 1, 131072) / 2;
	conf->tcp_receive_most = (uint32_t)number("tcp_rmem", 2, 6291456);
	conf->tcp_send_octets = (uint32_t)number("tcp_wmem", 1, 16384);
	conf->tcp_send_most = (uint32_t)number("tcp_wmem", 2, 4194304);
	conf->tcp_fast_open = (uint32_t)number("tcp_fastopen", 0, 1);
	if (!conf->tcp_fast_open)
		conf->tcp_fast_open = NOD_FAST_OPEN_OFF;
	fast_open_key(conf->tcp_fast_open_key);
	conf->tcp_mtu_probing = probing[mtu < 2 ? mtu : 2];
	conf->tcp_burst_segments = (uint8_t)number("tcp_min_tso_segs", 0, 2);
	conf->tcp_syn_retries = (uint8_t)number("tcp_syn_retries", 0, 6);
	if (d->is_profile_freebsd) {
		conf->tcp_receive_octets = 65535;
		conf->tcp_receive_most = 2 << 20; /* which gives a scale of 6 */
	}
}
