/* SPDX-License-Identifier: ISC */
/*
 * options.c - reads a subcommand's arguments by its table, and tells of bad ones
 *
 * Options and words may be mixed; "--" ends the options, "-" is a word.  A negative number
 * is an option unless the command takes such numbers: write it after "--".
 */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/nearest.h"
#include "../presentation/units.h"

#define OPTIONS_MAX 64 /* in one table, with the common ones */

/* What every subcommand takes.  Their indices follow the command's own. */
static const struct option_spec common[] = {
	{ "json", 0, NULL, TX("one JSON object a line", "每行输出一个 JSON 对象"), 0 },
	{ "lang", 0, "en|zh", TX("language of messages", "消息所用的语言"), 0 },
	{ "help", 'h', NULL, TX("this help", "显示本帮助"), 0 },
};
enum { COMMON_JSON, COMMON_LANG, COMMON_HELP, N_COMMON };

static const struct option_spec *spec_at(const struct command *c, unsigned i)
{
	return i < c->n_options ? &c->options[i] : &common[i - c->n_options];
}

const struct option_spec *command_option(const struct command *c, unsigned i)
{
	return i < c->n_options + N_COMMON ? spec_at(c, i) : NULL;
}

static int vsay(const struct invocation *in, const char *format, va_list ap)
{
	fflush(stdout);
	fprintf(stderr, "nod %s: ", in->command->name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

int failed(const struct invocation *in, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	int status = vsay(in, format, ap);
	va_end(ap);
	return status;
}

int bad_use(const struct invocation *in, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsay(in, format, ap);
	va_end(ap);
	fprintf(stderr, T("try: nod help %s\n", "请看: nod help %s\n"), in->command->name);
	return EXIT_BAD_USE;
}

int failed_because(const struct invocation *in, const struct nod_failure *why)
{
	char text[1024];

	nod_explain(why, lang_current() == LANG_ZH ? "zh" : "en", text, sizeof(text));
	return failed(in, "%s", text);
}

static int stop(struct invocation *in, int status)
{
	in->status = status;
	return OPTIONS_STOP;
}

/* Found option @i: fetch its value if it takes one. */
static int take(struct invocation *in, unsigned i, const char *shown, const char *attached)
{
	const struct option_spec *o = spec_at(in->command, i);

	in->value = NULL;
	if (!o->arg) {
		if (attached)
			return stop(in, bad_use(in,
				T("option %s takes no value", "选项 %s 不带值"), shown));
	} else if (attached) {
		in->value = attached;
	} else if (o->kind == OPTION_OPTIONAL) {
		if (in->at < in->argc && in->argv[in->at][0] != '-' && in->command->is_value &&
			in->command->is_value(in->argv[in->at]))
			in->value = in->argv[in->at++];
	} else if (in->at < in->argc) {
		in->value = in->argv[in->at++];
	} else {
		return stop(in, bad_use(in,
			T("option %s needs a value: %s", "选项 %s 需要一个值: %s"), shown, o->arg));
	}

	if (i < in->command->n_options)
		return (int)i;
	switch (i - in->command->n_options) {
	case COMMON_JSON:
		in->json = true;
		break;
	case COMMON_LANG:
		if (lang_set_by_name(in->value) < 0)
			return stop(in, bad_use(in,
				T("unknown language \"%s\": there are en and zh",
					"没有语言 \"%s\": 可用 en 和 zh"), in->value));
		break;
	default:
		print_help(in->command, stdout);
		return stop(in, EXIT_DONE);
	}
	return next_option(in);
}

static int take_long(struct invocation *in, const char *word)
{
	const char *eq = strchr(word, '=');
	size_t len = eq ? (size_t)(eq - word) : strlen(word);
	unsigned n = in->command->n_options + N_COMMON;
	const char *names[OPTIONS_MAX];
	char shown[48];

	snprintf(shown, sizeof(shown), "--%.*s", (int)len, word);
	for (unsigned i = 0; i < n; i++) {
		names[i] = spec_at(in->command, i)->name;
		if (strlen(names[i]) == len && memcmp(names[i], word, len) == 0)
			return take(in, i, shown, eq ? eq + 1 : NULL);
	}

	const char *meant = nearest_word(shown + 2, names, n);
	if (meant)
		return stop(in, bad_use(in,
			T("unknown option %s; did you mean --%s?", "没有选项 %s；是不是 --%s？"),
			shown, meant));
	return stop(in, bad_use(in, T("unknown option %s", "没有选项 %s"), shown));
}

static int take_letter(struct invocation *in)
{
	const char letter = *in->cluster++;
	const char *rest = *in->cluster ? in->cluster : NULL;
	char shown[3] = { '-', letter, 0 };

	for (unsigned i = 0; i < in->command->n_options + N_COMMON; i++) {
		if (spec_at(in->command, i)->letter != letter)
			continue;
		if (!spec_at(in->command, i)->arg) {
			if (!rest)
				in->cluster = NULL;
			return take(in, i, shown, NULL);
		}
		in->cluster = NULL;
		return take(in, i, shown, rest);
	}
	return stop(in, bad_use(in, T("unknown option %s", "没有选项 %s"), shown));
}

int next_option(struct invocation *in)
{
	if (in->cluster)
		return take_letter(in);
	if (in->at >= in->argc)
		return OPTIONS_END;

	const char *word = in->argv[in->at++];

	in->value = word;
	if (in->words_only || word[0] != '-' || !word[1] ||
		(in->command->takes_negative && isdigit((unsigned char)word[1])))
		return OPTIONS_WORD;
	if (word[1] != '-') {
		in->cluster = word + 1;
		return take_letter(in);
	}
	if (!word[2]) {
		in->words_only = true;
		return next_option(in);
	}
	return take_long(in, word + 2);
}

static const char *last_option(const struct invocation *in)
{
	return in->argv[in->at - 1] == in->value && in->at >= 2 ?
		in->argv[in->at - 2] : in->argv[in->at - 1];
}

bool option_uint(struct invocation *in, uint64_t min, uint64_t max, uint64_t *out)
{
	int err = parse_uint(in->value, min, max, out);

	if (err < 0)
		bad_use(in, T("%s: \"%s\" is not a number from %llu to %llu",
			"%s: \"%s\" 不是 %llu 到 %llu 之间的数"), last_option(in), in->value,
			(unsigned long long)min, (unsigned long long)max);
	return err == 0;
}

bool option_span(struct invocation *in, nod_ns *out)
{
	int err = parse_span(in->value, out);

	if (err < 0)
		bad_use(in, T("%s: \"%s\" is not a time: write 90, 1.5s, 250ms, 5m or 2h",
			"%s: \"%s\" 不是时间: 请写 90、1.5s、250ms、5m 或 2h"),
			last_option(in), in->value);
	return err == 0;
}

bool option_size(struct invocation *in, uint64_t min, uint64_t max, uint64_t *out)
{
	int err = parse_size(in->value, min, max, out);

	if (err < 0)
		bad_use(in, T("%s: \"%s\" is not a size from %llu to %llu octets "
			      "(k, M and G are allowed)",
			"%s: \"%s\" 不是 %llu 到 %llu 字节之间的大小（可用 k、M、G）"),
			last_option(in), in->value, (unsigned long long)min,
			(unsigned long long)max);
	return err == 0;
}

static void print_option(const struct option_spec *o, FILE *to)
{
	char left[64];
	char letter[] = { '-', o->letter, ',', ' ', 0 };

	snprintf(left, sizeof(left), "%s--%s%s%s%s", o->letter ? letter : "    ", o->name,
		!o->arg ? "" : o->kind == OPTION_OPTIONAL ? "[=" : " ", o->arg ? o->arg : "",
		o->arg && o->kind == OPTION_OPTIONAL ? "]" : "");
	if (strlen(left) > 28) /* the text goes below what is too long to stand beside it */
		fprintf(to, "  %s\n%30s%s\n", left, "", text_of(o->help));
	else
		fprintf(to, "  %-28s%s\n", left, text_of(o->help));
}

void print_help(const struct command *c, FILE *to)
{
	fprintf(to, T("nod %s: %s\n\nusage: nod %s %s\n", "nod %s: %s\n\n用法: nod %s %s\n"), c->name,
		text_of(c->summary), c->name, c->usage);
	fputs(T("\noptions:\n", "\n选项:\n"), to);
	for (unsigned i = 0; i < c->n_options + N_COMMON; i++)
		print_option(spec_at(c, i), to);
	if (c->details.en)
		fprintf(to, "\n%s\n", text_of(c->details));
}

const char *colour(FILE *to, enum colour c)
{
	static const char *const codes[] = { "\x1b[0m", "\x1b[2m", "\x1b[1m", "\x1b[31m",
		"\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[36m" };
	const char *no = getenv("NO_COLOR");

	return (no && *no) || !isatty(fileno(to)) ? "" : codes[c];
}
