/* SPDX-License-Identifier: ISC */
/*
 * order.c - nod order: how a number lies in memory, and how it travels
 *
 * The notes' byte order: big-endian has the high octet at the low address, little-endian
 * the low one, and the network has one order for all (RFC 1700).
 */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "fields.h"
#include "../presentation/json.h"

/* A number as it was typed. */
struct number {
	const char *text;
	uint64_t bits; /* its two's complement */
	bool is_negative;
	unsigned base;
	unsigned least; /* bits that hold it: 16, 32 or 64 */
	unsigned width; /* bits that it is shown with */
};

enum { OPTION_BITS };

static const struct option_spec options[] = {
	{ "bits", 'b', "16|32|64",
		TX("how wide the number is (default: the least that holds it)",
			"数的位数（默认: 放得下它的最小位数）"),
		0 },
};

/* The base that the beginning tells, and what follows it. */
static unsigned base_of(const char **p)
{
	char letter = (*p)[0] == '0' ? (char)((*p)[1] | 0x20) : 0;

	switch (letter) {
	case 'x':
		*p += 2;
		return 16;
	case 'b':
		*p += 2;
		return 2;
	case 'o':
		*p += 2;
		return 8;
	default: /* "0" alone is what it is in every base */
		return (*p)[0] == '0' && (*p)[1] ? 8 : 10;
	}
}

static int digit(char c, unsigned base)
{
	unsigned v = 99;

	if (c >= '0' && c <= '9')
		v = (unsigned)(c - '0');
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
		v = (unsigned)((c | 0x20) - 'a' + 10);
	return v < base ? (int)v : -1;
}

/* 0; -EINVAL: not a number, *@bad says where; -ERANGE: more than 64 bits. */
static int parse_number(const char *text, struct number *n, const char **bad)
{
	const char *p = text;
	uint64_t v = 0;
	bool fits = true;

	*n = (struct number){ .text = text, .is_negative = *p == '-' };
	p += *p == '-' || *p == '+';
	n->base = base_of(&p);
	*bad = p;
	if (!*p)
		return -EINVAL;
	for (; *p; p++) {
		int d = digit(*p, n->base);

		*bad = p;
		if (d < 0)
			return -EINVAL;
		fits = fits && !__builtin_mul_overflow(v, (uint64_t)n->base, &v) &&
			!__builtin_add_overflow(v, (uint64_t)d, &v);
	}
	if (!fits || (n->is_negative && v > (uint64_t)1 << 63))
		return -ERANGE;
	n->bits = n->is_negative ? -v : v;
	n->least = 64;
	for (unsigned width = 32; width >= 16; width /= 2) {
		uint64_t most = n->is_negative ? (uint64_t)1 << (width - 1) :
						 ((uint64_t)1 << width) - 1;

		if (v <= most)
			n->least = width;
	}
	return 0;
}

/* The number cut to its width. */
static uint64_t value_of(const struct number *n)
{
	return n->width == 64 ? n->bits : n->bits & (((uint64_t)1 << n->width) - 1);
}

static uint64_t swapped(const struct number *n)
{
	uint64_t v = value_of(n), out = 0;

	for (unsigned i = 0; i < n->width; i += 8)
		out = out << 8 | (v >> i & 0xff);
	return out;
}

/* "0c ea": octets in the order of their addresses. */
static const char *octets(const struct number *n, bool is_little, char text[24])
{
	static const char hex[] = "0123456789abcdef";
	uint64_t v = is_little ? swapped(n) : value_of(n);
	char *p = text;

	for (unsigned shift = n->width; shift > 0; shift -= 8) {
		unsigned octet = (unsigned)(v >> (shift - 8)) & 0xff;

		if (p != text)
			*p++ = ' ';
		*p++ = hex[octet >> 4];
		*p++ = hex[octet & 15];
	}
	*p = 0;
	return text;
}

/* What the machine's own htons(), or its like for more bits, makes of it. */
static uint64_t to_network(const struct number *n)
{
	switch (n->width) {
	case 16:
		return nod_htons((uint16_t)n->bits);
	case 32:
		return nod_htonl((uint32_t)n->bits);
	default:
		return nod_htonll(n->bits);
	}
}

static const char *to_network_name(const struct number *n)
{
	return n->width == 16 ? "htons" : n->width == 32 ? "htonl" : "htobe64";
}

static void show(const struct number *n)
{
	bool is_little = nod_is_little_endian();
	const char *mark = T("   <- this machine", "   <- 本机"), *none = "";
	char text[24];
	int digits = (int)n->width / 4;
	unsigned long long value = value_of(n), other = swapped(n);

	if (n->is_negative)
		print_title(T("%s = 0x%0*llx, %u bits (two's complement; unsigned %llu)",
				    "%s = 0x%0*llx，%u 位（补码；按无符号数读为 %llu）"),
			n->text, digits, value, n->width, value);
	else
		print_title(T("%llu = 0x%0*llx, %u bits", "%llu = 0x%0*llx，%u 位"), value,
			digits, value, n->width);
	if (n->base == 8)
		print_field(T("written", "写法"),
			T("%s was read as octal, base 8", "%s 按八进制读"), n->text);
	print_field(T("address", "内存地址"), "+0 +1%s%s", n->width > 16 ? " +2 +3" : "",
		n->width > 32 ? " +4 +5 +6 +7" : "");
	print_field(T("little-endian", "小端序"), "%s%s", octets(n, true, text),
		is_little ? mark : none);
	print_field(T("big-endian", "大端序"), "%s%s", octets(n, false, text),
		is_little ? none : mark);
	print_field(T("network order", "网络字节序"),
		T("%s   big-endian: the high octet first", "%s   即大端序: 先发高字节"),
		octets(n, false, text));
	if (other == value)
		print_field(T("swapped", "顺序弄反"),
			T("the same: this number reads alike both ways",
				"不变: 这个数两种顺序读出来一样"));
	else
		print_field(T("swapped", "顺序弄反"),
			T("%llu = 0x%0*llx, when read in the wrong order",
				"读成 %llu = 0x%0*llx"),
			other, digits, other);
	print_field(T("in C, here", "本机 C 语言"), "%s(0x%0*llx) == 0x%0*llx",
		to_network_name(n), digits, value, digits, (unsigned long long)to_network(n));
}

static void show_json(const struct number *n)
{
	struct json j;
	char text[24];

	json_open(&j);
	json_str(&j, "written", n->text);
	json_uint(&j, "value", value_of(n));
	if (n->is_negative)
		json_int(&j, "signed", (int64_t)n->bits);
	snprintf(text, sizeof(text), "0x%0*llx", (int)n->width / 4,
		(unsigned long long)value_of(n));
	json_str(&j, "hex", text);
	json_uint(&j, "bits", n->width);
	json_str(&j, "little_endian", octets(n, true, text));
	json_str(&j, "big_endian", octets(n, false, text));
	json_str(&j, "network_order", octets(n, false, text));
	json_str(&j, "machine", nod_is_little_endian() ? "little-endian" : "big-endian");
	json_uint(&j, "swapped", swapped(n));
	json_uint(&j, "host_to_network", to_network(n));
	json_print(&j, stdout);
}

/* Tell what is wrong with a word.  Returns the exit status. */
static int explain(
	const struct invocation *in, int err, const struct number *n, const char *bad)
{
	if (err == -ERANGE)
		return bad_use(in,
			n->is_negative ?
				T("%s does not fit 64 bits: the least is -9223372036854775808",
					"%s 超出 64 位: 最小是 -9223372036854775808") :
				T("%s does not fit 64 bits: the most is 18446744073709551615",
					"%s 超出 64 位: 最大是 18446744073709551615"),
			n->text);
	if (!*bad)
		return bad_use(in, T("\"%s\" has no digits", "\"%s\" 里没有数字"), n->text);
	if (n->base == 8 && *bad >= '8' && *bad <= '9')
		return bad_use(in,
			T("\"%s\": a leading 0 means octal, which has no digit %c",
				"\"%s\": 以 0 开头表示八进制，八进制没有数字 %c"),
			n->text, *bad);
	return bad_use(in,
		T("\"%s\" is not a number: write 3306, 0xcea, 06352, 0b1101 or -1",
			"\"%s\" 不是数: 请写 3306、0xcea、06352、0b1101 或 -1"),
		n->text);
}

static int order_one(
	const struct invocation *in, const char *word, unsigned bits, bool is_first)
{
	struct number n;
	const char *bad;
	int err = parse_number(word, &n, &bad);

	if (err < 0)
		return explain(in, err, &n, bad);
	if (bits && n.least > bits)
		return bad_use(in,
			T("%s does not fit %u bits: it takes --bits %u",
				"%s 放不进 %u 位: 需要 --bits %u"),
			word, bits, n.least);
	n.width = bits ? bits : n.least;
	if (in->json) {
		show_json(&n);
		return EXIT_DONE;
	}
	if (!is_first)
		putchar('\n');
	show(&n);
	return EXIT_DONE;
}

static int run(struct invocation *in)
{
	const char **words =
		(const char **)in->argv; /* what is read makes room for what is kept */
	unsigned n_words = 0;
	uint64_t bits = 0;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		switch (o) {
		case OPTIONS_STOP:
			return in->status;
		case OPTIONS_WORD:
			words[n_words++] = in->value;
			break;
		case OPTION_BITS:
			if (!option_uint(in, 16, 64, &bits))
				return EXIT_BAD_USE;
			if (bits != 16 && bits != 32 && bits != 64)
				return bad_use(in,
					T("--bits is 16, 32 or 64, not %s",
						"--bits 只能是 16、32 或 64，不能是 %s"),
					in->value);
			break;
		}
	}
	if (!n_words)
		return bad_use(in, T("which number?", "要看哪个数？"));
	for (unsigned i = 0; i < n_words; i++) {
		int status = order_one(in, words[i], (unsigned)bits, i == 0);

		if (status != EXIT_DONE)
			return status;
	}
	return EXIT_DONE;
}

const struct command cmd_order = {
	.name = "order",
	.usage = "[--bits 16|32|64] VALUE...",
	.summary = TX("a number's octets in memory and on the network",
		"一个数在内存里和网络上的字节顺序"),
	.details = TX(
		"VALUE is decimal, hexadecimal (0x), octal (0 or 0o) or binary (0b), and may be negative.\n"
		"Little-endian: the low octet at the low address.  Big-endian: the high octet there.\n"
		"Network order is big-endian on every machine, so that both sides agree.\n\n"
		"  nod order 3306              a port as it lies in memory and in a TCP header\n"
		"  nod order 0x7f000001        127.0.0.1 as a number\n"
		"  nod order --bits 64 -2      a negative number, 64 bits wide",
		"VALUE 可以是十进制、十六进制（0x）、八进制（0 或 0o）、二进制（0b），也可以是负数。\n"
		"小端序: 低字节存在低地址。大端序: 高字节存在低地址。\n"
		"网络字节序在任何机器上都是大端序，这样收发双方才一致。\n\n"
		"  nod order 3306              端口号在内存和 TCP 首部里的样子\n"
		"  nod order 0x7f000001        127.0.0.1 作为一个数\n"
		"  nod order --bits 64 -2      负数，按 64 位"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.takes_negative = true,
	.run = run,
};
