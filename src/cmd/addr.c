/* SPDX-License-Identifier: ISC */
/*
 * addr.c - nod addr: what an address is, how it is written, and its network
 *
 * Reads the arguments, or standard input where there are none, and hands each item on.
 *
 * Neighbours: addr.h (which file does what), network/ (all that is known of addresses).
 */
#include "addr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../presentation/json.h"

#define LINE_MAX_OCTETS 65536

enum {
	OPTION_SPLIT,
	OPTION_HOSTS,
	OPTION_IN,
	OPTION_IN_FILE,
	OPTION_GREP,
	OPTION_INVERT,
	OPTION_AGGREGATE
};

static const struct option_spec options[] = {
	{ "split", 's', "/N", TX("the parts of that length", "划分成这种长度的子网"), 0 },
	{ "hosts", 'n', "N,N...",
		TX("networks for so many hosts each, laid out in it",
			"在其中划分出能容纳这么多主机的各个网络"),
		0 },
	{ "in", 'i', "PREFIX",
		TX("whether each lies within; may be given several times",
			"每一个是否在其内；可以给多次"),
		0 },
	{ "in-file", 'f', "FILE", TX("as --in, with one a line", "同 --in，每行一个"), 0 },
	{ "grep", 'g', NULL,
		TX("show the lines of standard input with an address that lies within",
			"显示标准输入中含有其内地址的行"),
		0 },
	{ "invert", 'v', NULL,
		TX("with --grep: the other lines", "与 --grep 合用: 显示其余的行"), 0 },
	{ "aggregate", 'a', NULL,
		TX("the fewest prefixes that cover exactly what is given",
			"恰好覆盖所给地址的最少前缀"),
		0 },
};

/* What is to be done. */
struct job {
	const struct invocation *in;
	const char *split, *hosts; /* NULL: do not */
	bool has_within, is_grep, is_inverted, is_aggregate;
	struct within within;
	struct ranges list; /* for --aggregate */
	unsigned n_shown;
	int status; /* the worst so far */
};

static int worse(int a, int b)
{
	return a > b ? a : b;
}

/* Say why @text is no item. */
static void tell_fault(const struct invocation *in, const char *text, size_t len,
	const struct place *at, const struct addr_trouble *t)
{
	char why[512], what[QUOTED_MAX];

	fault_words(why, sizeof(why), text, len, t);
	quoted(text, len, what);
	if (at && at->file)
		failed(in, T("%s, line %lu: \"%s\": %s", "%s 第 %lu 行: \"%s\": %s"), at->file,
			at->line, what, why);
	else if (at)
		failed(in, T("line %lu: \"%s\": %s", "第 %lu 行: \"%s\": %s"), at->line, what,
			why);
	else
		failed(in, "\"%s\": %s", what, why);
}

int item_read(const struct invocation *in, struct item *item, const char *text, size_t len,
	const struct place *at)
{
	struct addr_trouble t, of_any, of_range;
	struct nod_addr *a = &item->prefix.addr;
	int err;

	*item = (struct item){ .text = text, .len = len };
	err = prefix_scan(text, len, &item->prefix, &item->form, &t);
	if (err == 0) {
		item->kind = item->form == PREFIX_NONE ? ITEM_ADDR : ITEM_PREFIX;
	} else if (err == -EINVAL &&
		addr_scan_any(text, len, a, &item->written, &of_any) == 0) {
		item->prefix.len = (uint8_t)addr_bits((enum nod_family)a->family);
		err = 0;
	} else if (err == -EINVAL && len && text[0] == '[') {
		t = of_any;
	}
	if (err == 0) {
		item->range = prefix_range(&item->prefix);
		return 0;
	}
	if (memchr(text, '-', len)) {
		item->kind = ITEM_RANGE;
		if (range_scan(text, len, &item->range, &of_range) == 0)
			return 0;
		if (t.fault == ADDR_CHARACTER && text[t.at] == '-')
			t = of_range; /* the first end is an address: the fault lies behind it */
	}
	tell_fault(in, text, len, at, &t);
	return -EINVAL;
}

/* Where no report shows how it was read, say that it may not be what was meant. */
static void warn_of_form(const struct invocation *in, const struct item *item)
{
	char what[QUOTED_MAX], as[NOD_ADDR_TEXT_MAX];

	if (item->kind != ITEM_ADDR ||
		(item->written != WRITTEN_LOOSE && item->written != WRITTEN_NUMBER))
		return;
	failed(in,
		T("\"%s\" is read as %s, as inet_aton() does; strict parsers refuse it",
			"\"%s\" 按 inet_aton() 的读法是 %s；严格的解析器会拒绝"),
		quoted(item->text, item->len, what),
		nod_addr_format(&item->prefix.addr, as, sizeof(as)));
}

static int add_or_tell(
	const struct invocation *in, struct ranges *list, const struct addr_range *r)
{
	if (ranges_add(list, r) == 0)
		return EXIT_DONE;
	return failed(in, T("out of memory after %zu addresses", "读了 %zu 个地址后内存不足"),
		list->n);
}

static void do_item(struct job *job, const char *text, size_t len, const struct place *at)
{
	struct item item;
	int status;

	if (item_read(job->in, &item, text, len, at) < 0) {
		job->status = EXIT_BAD_USE;
		return;
	}
	if (job->has_within || job->split || job->hosts || job->is_aggregate)
		warn_of_form(job->in, &item);
	if (job->has_within) {
		status = addr_tell_within(job->in, &job->within, &item);
	} else if (job->split) {
		status = addr_split(job->in, &item, job->split);
	} else if (job->hosts) {
		status = addr_fit(job->in, &item, job->hosts);
	} else if (job->is_aggregate) {
		status = add_or_tell(job->in, &job->list, &item.range);
	} else {
		if (job->n_shown++ && !job->in->json)
			putchar('\n');
		status = addr_show(job->in, &item);
	}
	job->status = worse(job->status, status);
}

static void do_grep(struct job *job, const char *line, size_t len)
{
	struct json j;

	if (within_has_line(&job->within, line, len) == job->is_inverted)
		return;
	job->status = job->status == EXIT_FAILED ? EXIT_DONE : job->status;
	if (job->in->json) {
		json_open(&j);
		json_strn(&j, "line", line, len);
		json_print(&j, stdout);
	} else {
		fwrite(line, 1, len, stdout);
		putchar('\n');
	}
}

/* The next line without its end: its length, -1 at the end, -EMSGSIZE when it is too long. */
static long read_line(FILE *from, char buf[LINE_MAX_OCTETS])
{
	long n = 0;
	int c;

	while ((c = getc_unlocked(from)) != EOF && c != '\n') {
		if (n < LINE_MAX_OCTETS)
			buf[n] = (char)c;
		n += n <= LINE_MAX_OCTETS;
	}
	if (c == EOF && !n)
		return -1;
	return n > LINE_MAX_OCTETS ? -EMSGSIZE : n;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* What a line has before its "#", without the white space around; its length may be 0. */
static const char *trim(const char *line, size_t *len)
{
	const char *comment = *len ? memchr(line, '#', *len) : NULL;

	if (comment)
		*len = (size_t)(comment - line);
	while (*len && is_space(line[*len - 1]))
		--*len;
	while (*len && is_space(*line)) {
		line++;
		--*len;
	}
	return line;
}

static void do_lines(struct job *job, FILE *from)
{
	static char line[LINE_MAX_OCTETS];
	struct place at = { .line = 1 };

	for (long n; (n = read_line(from, line)) != -1 && !ferror(stdout); at.line++) {
		size_t len = (size_t)n;

		if (n == -EMSGSIZE) {
			failed(job->in,
				T("line %lu is longer than %d octets: passed over",
					"第 %lu 行超过 %d 字节，已跳过"),
				at.line, LINE_MAX_OCTETS);
			job->status = EXIT_BAD_USE;
		} else if (job->is_grep) {
			do_grep(job, line, len);
		} else {
			const char *text = trim(line, &len);

			if (len)
				do_item(job, text, len, &at);
		}
	}
	if (ferror(from))
		job->status = worse(job->status,
			failed(job->in,
				T("standard input could not be read", "无法读取标准输入")));
}

/* One prefix, address or range of --in.  False: it is none, and that has been said. */
static bool add_within(struct job *job, const char *text, size_t len, const struct place *at)
{
	struct item item;

	if (item_read(job->in, &item, text, len, at) < 0)
		return false;
	warn_of_form(job->in, &item);
	return add_or_tell(job->in, &job->within.given, &item.range) == EXIT_DONE;
}

static bool add_within_file(struct job *job, const char *path)
{
	static char line[LINE_MAX_OCTETS];
	FILE *from = fopen(path, "re");
	bool is_good = from != NULL;
	struct place at = { .file = path, .line = 1 };

	if (!from) {
		failed(job->in, T("%s could not be opened: %s", "无法打开 %s: %s"), path,
			strerror(errno));
		return false;
	}
	for (long n; is_good && (n = read_line(from, line)) != -1; at.line++) {
		size_t len = n < 0 ? LINE_MAX_OCTETS : (size_t)n;
		const char *text = trim(line, &len);

		is_good = !len || add_within(job, text, len, &at);
	}
	if (ferror(from)) {
		failed(job->in, T("%s could not be read", "无法读取 %s"), path);
		is_good = false;
	}
	fclose(from);
	return is_good;
}

/* What does not go together. */
static const char *conflict(const struct job *job, unsigned n_words)
{
	int tasks = (job->split != NULL) + (job->hosts != NULL) + job->has_within +
		job->is_aggregate;

	if (tasks > 1)
		return T("--split, --hosts, --in and --aggregate exclude each other",
			"--split、--hosts、--in、--aggregate 不能同时用");
	if (job->is_grep && !job->has_within)
		return T("--grep needs --in or --in-file: within what?",
			"--grep 要和 --in 或 --in-file 合用");
	if (job->is_inverted && !job->is_grep)
		return T("--invert goes with --grep", "--invert 只能和 --grep 合用");
	if (job->is_grep && n_words)
		return T("--grep reads standard input, not words",
			"--grep 读标准输入，不带参数");
	return NULL;
}

static int do_all(struct job *job, char **words, unsigned n_words)
{
	const char *wrong = conflict(job, n_words);

	if (wrong)
		return bad_use(job->in, "%s", wrong);
	if (within_prepare(&job->within) < 0)
		return failed(job->in, T("out of memory", "内存不足"));
	if (job->is_grep)
		job->status = EXIT_FAILED; /* until a line is found */
	for (unsigned i = 0; i < n_words && !ferror(stdout); i++)
		do_item(job, words[i], strlen(words[i]), NULL);
	if (!n_words) {
		if (isatty(STDIN_FILENO))
			fputs(T("addresses, one a line; Ctrl-D ends\n",
				      "请输入地址，每行一个；Ctrl-D 结束\n"),
				stderr);
		do_lines(job, stdin);
	}
	if (job->is_aggregate)
		job->status = worse(job->status, addr_aggregate(job->in, &job->list));
	return job->status;
}

static int run(struct invocation *in)
{
	struct job job = { .in = in };
	char **words = in->argv; /* what is read makes room for what is kept */
	unsigned n_words = 0;
	int status = -1;

	for (int o; status < 0 && (o = next_option(in)) != OPTIONS_END;) {
		switch (o) {
		case OPTIONS_STOP:
			status = in->status;
			break;
		case OPTIONS_WORD:
			words[n_words++] = in->argv[in->at - 1];
			break;
		case OPTION_SPLIT:
			job.split = in->value;
			break;
		case OPTION_HOSTS:
			job.hosts = in->value;
			break;
		case OPTION_IN:
			job.has_within = true;
			if (!add_within(&job, in->value, strlen(in->value), NULL))
				status = EXIT_BAD_USE;
			break;
		case OPTION_IN_FILE:
			job.has_within = true;
			if (!add_within_file(&job, in->value))
				status = EXIT_BAD_USE;
			break;
		case OPTION_GREP:
			job.is_grep = true;
			break;
		case OPTION_INVERT:
			job.is_inverted = true;
			break;
		case OPTION_AGGREGATE:
			job.is_aggregate = true;
			break;
		}
	}
	if (status < 0)
		status = do_all(&job, words, n_words);
	free(job.list.r);
	free(job.within.given.r);
	free(job.within.merged.r);
	return status;
}

const struct command cmd_addr = {
	.name = "addr",
	.usage = "[OPTIONS] [ADDRESS[/LENGTH|/MASK]|FIRST-LAST]...",
	.summary = TX("what an address is, how it is written, and its network",
		"地址的种类、各种写法和所在网络"),
	.details = TX(
		"Without addresses they are read from standard input, one a line; \"#\" begins a comment.\n"
		"An address may be in any form: dotted, IPv6, a number, inet_aton()'s loose forms (which\n"
		"are named as such), packed octets as Python prints them, a name of reverse DNS.\n\n"
		"  nod addr 192.168.1.2/24                 forms, kind, segment, gateway, broadcast, hosts\n"
		"  nod addr fe80::5054:ff:fe12:3456        its kind, and the MAC address inside\n"
		"  nod addr 10.0.0.0/8 --split /16         its 256 parts\n"
		"  nod addr 192.168.1.0/24 --hosts 50,20   networks for 50 and for 20 hosts in it\n"
		"  nod addr 10.1.2.3 --in 10.0.0.0/8       exit status 0: it lies within, 1: it does not\n"
		"  nod addr -a 10.0.0.0/9 10.128.0.0/9     10.0.0.0/8\n"
		"  nod addr -g --in 10.0.0.0/8 <log        the lines with such an address",
		"不给地址就从标准输入读，每行一个；“#” 之后是注释。地址可以是任何写法: 点分十进制、IPv6、\n"
		"一个数、inet_aton() 的宽松写法（会指明）、Python 打印的打包字节、反向域名。\n\n"
		"  nod addr 192.168.1.2/24                 写法、种类、网段、网关、广播地址、主机\n"
		"  nod addr fe80::5054:ff:fe12:3456        种类，以及其中的 MAC 地址\n"
		"  nod addr 10.0.0.0/8 --split /16         划分成 256 个子网\n"
		"  nod addr 192.168.1.0/24 --hosts 50,20   划分出容纳 50 台和 20 台主机的网络\n"
		"  nod addr 10.1.2.3 --in 10.0.0.0/8       退出状态 0: 在其内，1: 不在\n"
		"  nod addr -a 10.0.0.0/9 10.128.0.0/9     合并成 10.0.0.0/8\n"
		"  nod addr -g --in 10.0.0.0/8 <log        含有其内地址的行"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.run = run,
};
