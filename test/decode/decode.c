/* SPDX-License-Identifier: ISC */
/*
 * decode.c - a pcapng file, a line a frame: its fields as nod's parsers read them
 *
 *	decode FILE
 *
 * draft-ietf-opsawg-pcapng 4: section headers of both byte orders, interface descriptions, enhanced
 * packets; other blocks are passed over.  Exit status 1: it is no such file.
 *
 * Neighbours: decode.h; src/physical/capture.c, which writes such files.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "decode.h"

#include "base/checksum.h"

/* ---- fields ------------------------------------------------------------------------------ */

void say(const char *field, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	printf("\t%s=", field);
	vprintf(format, values);
	va_end(values);
}

void say_flag(const char *field, bool is_set)
{
	say(field, "%d", is_set);
}

void say_addr(const char *field, const struct ipa *a)
{
	bool is_v4 = ipa_is_v4(a);
	char text[INET6_ADDRSTRLEN];

	say(field, "%s",
		inet_ntop(is_v4 ? AF_INET : AF_INET6, a->o + (is_v4 ? 12 : 0), text,
			sizeof(text)));
}

void say_mac(const char *field, const uint8_t mac[6])
{
	say(field, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
}

void say_hex(const char *field, const uint8_t *p, size_t len)
{
	printf("\t%s=", field);
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
}

void say_status(const char *field, const struct packet *p, uint64_t sum)
{
	enum sum_status found = checksum_end(sum) ? SUM_BAD : SUM_GOOD;

	say(field, "%d", p->is_part ? SUM_NOT_LOOKED_AT : found);
}

void say_data(size_t len)
{
	if (len)
		say("data.len", "%zu", len);
}

void say_refused(const char *layer, bool is_quoted)
{
	say(is_quoted ? "refused.quote" : "refused", "%s", layer);
}

/* ---- blocks ------------------------------------------------------------------------------ */

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, PACKET = 6, MAGIC = 0x1a2b3c4d, ETHERNET = 1 };
enum { INTERFACES_MOST = 4096, BLOCK_LEAST = 12 /* octets */ };

struct file {
	struct rcur r;
	bool is_little; /* the section's byte order */
	unsigned section, frame;
	uint32_t n_interfaces;
	bool is_ethernet[INTERFACES_MOST];
};

static uint32_t u32(const struct file *f, struct rcur *r)
{
	uint32_t v = rcur_u32(r);

	return f->is_little ? __builtin_bswap32(v) : v;
}

static bool section(struct file *f, struct rcur *body)
{
	uint32_t magic = rcur_u32(body);

	f->is_little = magic == __builtin_bswap32(MAGIC);
	f->section++;
	f->n_interfaces = 0;
	return magic == MAGIC || f->is_little;
}

static bool interface(struct file *f, struct rcur *body)
{
	const uint8_t *o = rcur_take(body, 8);

	if (!o || f->n_interfaces == INTERFACES_MOST)
		return false;
	f->is_ethernet[f->n_interfaces++] =
		(f->is_little ? o[0] | o[1] << 8 : octets_u16(o)) == ETHERNET;
	return true;
}

static bool packet(struct file *f, struct rcur *body)
{
	uint32_t which = u32(f, body);
	uint32_t kept, whole;
	struct span octets;

	rcur_skip(body, 8); /* when */
	kept = u32(f, body);
	whole = u32(f, body);
	octets = rcur_span(body, kept);
	if (body->bad || which >= f->n_interfaces)
		return false;
	printf("%u", ++f->frame);
	say("frame.section_number", "%u", f->section);
	say("frame.interface_id", "%u", which);
	say("frame.len", "%u", whole);
	say("frame.cap_len", "%u", kept);
	if (f->is_ethernet[which]) {
		struct rcur r = rcur_of(octets.p, octets.len);

		decode_frame(&r);
	}
	putchar('\n');
	return true;
}

static bool block(struct file *f)
{
	uint32_t len, type;
	struct rcur body, ahead = f->r;
	bool is_whole;

	type = rcur_u32(&ahead); /* a section's is the same in both orders */
	rcur_skip(&ahead, 4);
	if (type == SECTION)
		f->is_little = rcur_u32(&ahead) == __builtin_bswap32(MAGIC);
	type = u32(f, &f->r);
	len = u32(f, &f->r);
	if (f->r.bad || len < BLOCK_LEAST || len % 4)
		return false;
	body = rcur_of(f->r.buf + f->r.at, len - BLOCK_LEAST);
	rcur_skip(&f->r, len - BLOCK_LEAST);
	is_whole = u32(f, &f->r) == len && !f->r.bad;
	if (!is_whole)
		return false;
	switch (type) {
	case SECTION:
		return section(f, &body);
	case INTERFACE:
		return interface(f, &body);
	case PACKET:
		return packet(f, &body);
	default:
		return true;
	}
}

static uint8_t *read_all(const char *path, size_t *len)
{
	FILE *in = fopen(path, "rb");
	uint8_t *octets = NULL;
	long size;

	if (!in)
		return NULL;
	if (fseek(in, 0, SEEK_END) == 0 && (size = ftell(in)) >= 0 &&
		fseek(in, 0, SEEK_SET) == 0) {
		*len = (size_t)size;
		octets = malloc(*len + 1);
		if (octets && fread(octets, 1, *len, in) != *len) {
			free(octets);
			octets = NULL;
		}
	}
	fclose(in);
	return octets;
}

int main(int argc, char **argv)
{
	static struct file f;
	size_t len = 0;
	uint8_t *octets = argc == 2 ? read_all(argv[1], &len) : NULL;
	bool is_good = octets;

	if (!octets) {
		fprintf(stderr, "usage: decode FILE, which is to be readable\n");
		return 2;
	}
	f.r = rcur_of(octets, len);
	while (is_good && rcur_left(&f.r))
		is_good = block(&f);
	if (!is_good)
		fprintf(stderr, "%s: no pcapng after frame %u\n", argv[1], f.frame);
	free(octets);
	return is_good && fflush(stdout) == 0 ? 0 : 1;
}
