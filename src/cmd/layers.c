/* SPDX-License-Identifier: ISC */
/*
 * layers.c - nod layers: the seven layers, their smaller models, and lessons on the notes
 *
 * Finds what is asked for by any of its names in either language and prints it.  The texts
 * are elsewhere: layers_table.c (the layers), lessons_*.c (the rest), in the notes' order.
 *
 * Neighbours: layers.h (what a layer and a lesson are made of).
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/nearest.h"
#include "../presentation/json.h"
#include "../presentation/utf8.h"
#include "layers.h"

static const struct lesson *const groups[] = { lessons_model, lessons_address,
	lessons_transport, lessons_socket };

/* The i-th lesson in the notes' order, NULL past the last. */
static const struct lesson *lesson_at(unsigned i)
{
	for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct lesson *l = groups[g]; l->name.en; l++) {
			if (i-- == 0)
				return l;
		}
	}
	return NULL;
}

/* ---- finding -------------------------------------------------------------------------- */

/* What a topic's name led to: one of the two, or neither. */
struct found {
	const struct layer *layer;
	const struct lesson *lesson;
};

/* Case does not count, and "byte_order" and "byte order" are as good as "byte-order". */
static char folded(char c)
{
	return c == ' ' || c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(const char *word, size_t len, const char *topic)
{
	size_t i = 0;

	while (i < len && topic[i] && folded(word[i]) == folded(topic[i]))
		i++;
	return i == len && !topic[i];
}

/* @words is separated by spaces. */
static bool is_named(struct text name, const char *words, const char *topic)
{
	if (is_word(name.en, strlen(name.en), topic) || is_word(name.zh, strlen(name.zh), topic))
		return true;
	while (*words) {
		size_t n = strcspn(words, " ");

		if (is_word(words, n, topic))
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

static struct found find_topic(const char *topic)
{
	const struct lesson *l;
	/* "4", "L4", "layer4", "layer 4" */
	const char *digit = strncasecmp(topic, "layer", 5) == 0 ? topic + 5 :
		*topic == 'l' || *topic == 'L' ? topic + 1 : topic;

	digit += *digit == ' ';

	for (unsigned i = 0; i < N_LAYERS; i++) {
		if (is_named(layers[i].name, layers[i].words, topic) ||
			(digit[0] == (char)('0' + layers[i].number) && !digit[1]))
			return (struct found){ .layer = &layers[i] };
	}
	for (unsigned i = 0; (l = lesson_at(i)) != NULL; i++) {
		if (is_named(l->name, l->words, topic))
			return (struct found){ .lesson = l };
	}
	return (struct found){ 0 };
}

/* A name and the other words for it, each with a space after it. */
static void write_words(FILE *f, struct text name, const char *words)
{
	for (const char *c = name.en; *c; c++)
		fputc(folded(*c), f);
	fprintf(f, " %s %s ", name.zh, words);
}

/* All names of all topics, to look for the nearest: *@text holds them, to be freed. */
static unsigned all_words(const char ***out, char **text)
{
	char *buf = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&buf, &len);
	const struct lesson *l;

	*out = NULL;
	*text = NULL;
	if (!f)
		return 0;
	for (unsigned i = 0; i < N_LAYERS; i++)
		write_words(f, layers[i].name, layers[i].words);
	for (unsigned i = 0; (l = lesson_at(i)) != NULL; i++)
		write_words(f, l->name, l->words);
	if (fclose(f) != 0) {
		free(buf);
		return 0;
	}

	unsigned n = 0;
	const char **words = malloc((len / 2 + 1) * sizeof(*words));

	if (!words) {
		free(buf);
		return 0;
	}
	for (char *w = buf, *end; *w; w = end) { /* each word ends with one space */
		words[n++] = w;
		end = w + strcspn(w, " ");
		*end++ = 0;
	}
	*out = words;
	*text = buf;
	return n;
}

/* How many of @topic's characters beyond ASCII stand in @word too. */
static unsigned shared_characters(const char *topic, const char *word)
{
	unsigned n = 0;
	size_t len = strlen(topic), step;
	uint32_t cp;

	for (size_t at = 0; at < len; at += step) {
		char one[8] = "";

		step = utf8_next(topic + at, len - at, &cp);
		if (cp < 0x80 || step >= sizeof(one))
			continue;
		memcpy(one, topic + at, step);
		n += strstr(word, one) != NULL;
	}
	return n;
}

/* The word that was probably meant: by its octets, and in Chinese by its characters. */
static const char *nearest_topic(const char *topic, const char *const *words, unsigned n)
{
	const char *near = nearest_word(topic, words, n), *alike = NULL;
	unsigned most = 0;

	for (unsigned i = 0; !near && i < n; i++) {
		unsigned shared = shared_characters(topic, words[i]);

		if (shared > most) {
			most = shared;
			alike = words[i];
		}
	}
	return near ? near : alike;
}

static int unknown_topic(const struct invocation *in, const char *topic)
{
	const char **words;
	char *text;
	unsigned n = all_words(&words, &text);
	const char *meant = nearest_topic(topic, words, n);
	int status;

	if (meant)
		status = bad_use(in, T("no topic \"%s\"; did you mean \"%s\"?",
			"没有话题 \"%s\"；是不是 \"%s\"？"), topic, meant);
	else
		status = bad_use(in, T("no topic \"%s\"; nod layers lists them",
			"没有话题 \"%s\"；nod layers 会列出全部话题"), topic);
	free(words);
	free(text);
	return status;
}

/* ---- printing ------------------------------------------------------------------------- */

static unsigned columns(const char *s)
{
	return (unsigned)utf8_columns(s, strlen(s));
}

static void put_spaces(unsigned n)
{
	printf("%*s", (int)n, "");
}

/* @s and spaces up to @width columns, one at the least. */
static void put_padded(const char *s, unsigned width)
{
	unsigned w = columns(s);

	fputs(s, stdout);
	put_spaces(w < width ? width - w : 1);
}

static void put_centred(const char *s, unsigned width)
{
	unsigned w = columns(s), left = w < width ? (width - w) / 2 : 0;

	put_spaces(left);
	put_padded(s, width - left);
}

static void put_heading(const char *s)
{
	printf("%s%s%s\n", colour(stdout, COLOUR_BOLD), s, colour(stdout, COLOUR_OFF));
}

static void put_table(void)
{
	bool zh = lang_current() == LANG_ZH;

	put_heading(T("The OSI model's seven layers, from the user down to the wire",
		"OSI 七层模型，从用户到线路"));
	for (unsigned i = 0; i < N_LAYERS; i++) {
		const struct layer *l = &layers[i];

		printf("  %u  ", l->number);
		put_padded(zh ? l->name.zh : l->name.en, zh ? 9 : 15);
		put_padded(zh ? l->name.en : l->name.zh, zh ? 15 : 9);
		puts(text_of(l->does));
	}
	putchar('\n');
	fputs("     ", stdout);
	put_padded(T("unit of data", "数据单位"), 20);
	put_padded(T("protocols", "协议"), 37);
	puts(T("nod's folder", "nod 的目录"));
	for (unsigned i = 0; i < N_LAYERS; i++) {
		const struct layer *l = &layers[i];

		printf("  %u  ", l->number);
		put_padded(text_of(l->unit), 20);
		put_padded(l->protocols, 37);
		puts(l->folder);
	}
	putchar('\n');
}

/* ---- the three models side by side: layers that one model joins share a box ------------- */

enum { MODEL_SEVEN, MODEL_FIVE, MODEL_FOUR, N_MODELS };

#define BOX_COLUMNS 20

static const char *box_label(unsigned model, unsigned i)
{
	return text_of(model == MODEL_SEVEN ? layers[i].name :
		model == MODEL_FIVE ? layers[i].five : layers[i].four);
}

/* Whether a box of @model ends above layer @i, counted from the top. */
static bool box_ends_above(unsigned model, unsigned i)
{
	return i == 0 || i == N_LAYERS ||
		strcmp(box_label(model, i), box_label(model, i - 1)) != 0;
}

/*
 * Rows are drawn two a layer: the line above it (even) and its own (odd).  A box's label
 * stands in its middle row.
 */
static bool is_middle(unsigned model, unsigned row)
{
	unsigned top = row / 2, end = row / 2 + 1;

	if (row % 2 == 0 && box_ends_above(model, row / 2))
		return false;
	if (row % 2 == 0)
		top--;
	while (!box_ends_above(model, top))
		top--;
	while (!box_ends_above(model, end))
		end++;
	return row == top + end;
}

static void put_box_row(unsigned model, unsigned row)
{
	unsigned i = row / 2;
	char label[64];

	if (row % 2 == 0 && box_ends_above(model, i)) {
		fputs("+--------------------+", stdout);
		return;
	}
	putchar('|');
	if (!is_middle(model, row)) {
		put_spaces(BOX_COLUMNS);
	} else if (model == MODEL_SEVEN) {
		snprintf(label, sizeof(label), "%u  %s", layers[i].number, box_label(model, i));
		fputs("  ", stdout);
		put_padded(label, BOX_COLUMNS - 2);
	} else {
		put_centred(box_label(model, i), BOX_COLUMNS);
	}
	putchar('|');
}

static void put_models(void)
{
	fputs("  ", stdout);
	put_padded(T("OSI: seven layers", "OSI：七层"), BOX_COLUMNS + 5);
	put_padded(T("five layers (TCP/IP)", "五层（TCP/IP 模型）"), BOX_COLUMNS + 5);
	puts(T("four layers", "四层"));
	for (unsigned row = 0; row <= 2 * N_LAYERS; row++) {
		for (unsigned m = 0; m < N_MODELS; m++) {
			fputs(m ? "   " : "  ", stdout);
			put_box_row(m, row);
		}
		putchar('\n');
	}
	putchar('\n');
}

static void put_topics(void)
{
	const struct lesson *l;
	unsigned at = 0;

	printf(T("%snod layers TOPIC%s tells more: 1 to 7, a layer's name, or\n",
		"%snod layers 话题%s 有详细说明：1 到 7、某一层的名称，或者\n"),
		colour(stdout, COLOUR_CYAN), colour(stdout, COLOUR_OFF));
	for (unsigned i = 0; (l = lesson_at(i)) != NULL; i++) {
		const char *name = text_of(l->name);
		unsigned w = columns(name);

		if (at + 2 + w > LESSON_COLUMNS) {
			fputs("\n", stdout);
			at = 0;
		}
		printf("  %s", name);
		at += 2 + w;
	}
	putchar('\n');
}

static void put_live(const struct live *live)
{
	unsigned width = 0;

	for (const struct live *v = live; v < live + LIVE_MAX && v->command; v++) {
		unsigned w = columns(v->command), all = 2 + w + 3 + columns(text_of(v->shows));

		if (w > width && all <= LESSON_COLUMNS)
			width = w;
	}
	puts(T("See it live:", "亲眼看看："));
	for (const struct live *v = live; v < live + LIVE_MAX && v->command; v++) {
		unsigned w = columns(v->command);

		printf("  %s%s%s", colour(stdout, COLOUR_CYAN), v->command,
			colour(stdout, COLOUR_OFF));
		if (w <= width && 2 + width + 3 + columns(text_of(v->shows)) <= LESSON_COLUMNS)
			put_spaces(width - w + 3);
		else
			fputs("\n      ", stdout);
		puts(text_of(v->shows));
	}
}

static void put_field(const char *name, const char *value)
{
	fputs("  ", stdout);
	put_padded(name, 18);
	puts(value);
}

static void put_layer(const struct layer *l)
{
	char text[256];

	snprintf(text, sizeof(text), T("Layer %u: %s  %s", "第 %u 层：%s  %s"), l->number,
		lang_current() == LANG_ZH ? l->name.zh : l->name.en,
		lang_current() == LANG_ZH ? l->name.en : l->name.zh);
	put_heading(text);
	putchar('\n');
	put_field(T("what it does", "做什么"), text_of(l->does));
	put_field(T("unit of data", "数据单位"), text_of(l->unit));
	put_field(T("finds by", "靠什么寻找"), text_of(l->finds_by));
	put_field(T("protocols", "协议"), l->protocols);
	snprintf(text, sizeof(text), T("%s (five layers), %s (four)", "%s（五层），%s（四层）"),
		text_of(l->five), text_of(l->four));
	put_field(T("smaller models", "五层、四层模型"), text);
	put_field(T("in nod", "在 nod 中"), l->folder);
	put_field("", text_of(l->lives));
	printf("\n%s\n", text_of(l->body));
	put_live(l->live);
}

static void put_lesson(const struct lesson *l)
{
	put_heading(text_of(l->title));
	printf("\n%s\n%s%s%s%s\n\n", text_of(l->body), colour(stdout, COLOUR_DIM),
		T("Source: ", "出处："), l->sources, colour(stdout, COLOUR_OFF));
	put_live(l->live);
}

/* ---- JSON ----------------------------------------------------------------------------- */

/* "a b c", or "a; b; c", as a list of strings. */
static void json_split(struct json *j, const char *key, const char *list, const char *between)
{
	size_t step = strlen(between);

	json_list(j, key);
	for (const char *end; *list; list = *end ? end + step : end) {
		end = strstr(list, between);
		if (!end)
			end = list + strlen(list);
		json_strn(j, NULL, list, (size_t)(end - list));
	}
	json_end_list(j);
}

static void json_live(struct json *j, const struct live *live)
{
	json_list(j, "live");
	for (const struct live *v = live; v < live + LIVE_MAX && v->command; v++) {
		json_object(j, NULL);
		json_str(j, "command", v->command);
		json_str(j, "shows", text_of(v->shows));
		json_end_object(j);
	}
	json_end_list(j);
}

static int print_layer_json(const struct layer *l)
{
	struct json j;

	json_open(&j);
	json_uint(&j, "layer", l->number);
	json_str(&j, "name", l->name.en);
	json_str(&j, "chinese", l->name.zh);
	json_str(&j, "does", text_of(l->does));
	json_str(&j, "unit", text_of(l->unit));
	json_str(&j, "finds_by", text_of(l->finds_by));
	json_str(&j, "five", text_of(l->five));
	json_str(&j, "four", text_of(l->four));
	json_split(&j, "protocols", l->protocols, " ");
	json_str(&j, "folder", l->folder);
	json_str(&j, "lives", text_of(l->lives));
	json_str(&j, "text", text_of(l->body));
	json_live(&j, l->live);
	return json_print(&j, stdout);
}

static int print_lesson_json(const struct lesson *l)
{
	struct json j;

	json_open(&j);
	json_str(&j, "topic", l->name.en);
	json_str(&j, "chinese", l->name.zh);
	json_str(&j, "title", text_of(l->title));
	json_str(&j, "text", text_of(l->body));
	json_split(&j, "sources", l->sources, "; ");
	json_live(&j, l->live);
	return json_print(&j, stdout);
}

/* ---- the command ---------------------------------------------------------------------- */

static int show_all(const struct invocation *in)
{
	if (!in->json) {
		put_table();
		put_models();
		put_topics();
		return EXIT_DONE;
	}
	for (unsigned i = 0; i < N_LAYERS; i++) {
		if (print_layer_json(&layers[i]) < 0)
			return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static int show(const struct invocation *in, struct found f)
{
	if (in->json)
		return (f.layer ? print_layer_json(f.layer) : print_lesson_json(f.lesson)) < 0 ?
			EXIT_FAILED : EXIT_DONE;
	if (f.layer)
		put_layer(f.layer);
	else
		put_lesson(f.lesson);
	return EXIT_DONE;
}

/* Add @word to @to after a space; what does not fit is no topic's name anyway. */
static void join(char *to, size_t cap, const char *word)
{
	size_t len = strlen(to);

	snprintf(to + len, cap - len, "%s%s", len ? " " : "", word);
}

static int run(struct invocation *in)
{
	char joined[256] = "";
	int words[64], n = 0;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (n == (int)(sizeof(words) / sizeof(words[0])))
			return bad_use(in, T("that is too many topics", "话题太多"));
		words[n++] = in->at - 1;
		join(joined, sizeof(joined), in->value);
	}
	if (n == 0)
		return show_all(in);

	struct found f = find_topic(joined); /* "broken pipe" is one topic */
	int status = EXIT_DONE;

	if (f.layer || f.lesson)
		return show(in, f);
	for (int i = 0; i < n && status == EXIT_DONE; i++) {
		const char *topic = in->argv[words[i]];

		f = find_topic(topic);
		if (!f.layer && !f.lesson)
			return unknown_topic(in, topic);
		if (i && !in->json)
			putchar('\n');
		status = show(in, f);
	}
	return status;
}

/* For the shell's completion: layers by name, then the lessons. */
static const char *topic_at(unsigned i)
{
	static const char *const by_number[] = { "1", "2", "3", "4", "5", "6", "7" };

	if (i < N_LAYERS)
		return by_number[i];
	const struct lesson *l = lesson_at(i - N_LAYERS);
	return l ? l->name.en : NULL;
}

const struct command cmd_layers = {
	.name = "layers",
	.usage = "[TOPIC...]",
	.summary = TX("the seven layers, and lessons on how networks talk",
		"七层模型，以及网络通信各话题的简要讲解"),
	.details = TX(
		"Without a topic: the seven layers of the OSI model, what each does, the four- and\n"
		"five-layer models beside it, the protocols, and the list of topics.\n\n"
		"A topic is a number from 1 to 7, a layer's name, or a word such as handshake,\n"
		"close, ports or sockets; Chinese words are understood too.  Each lesson names its\n"
		"sources and ends with the commands that show the matter live.\n\n"
		"  nod layers               the seven\n"
		"  nod layers 4             the transport layer\n"
		"  nod layers handshake     the three-way handshake\n"
		"  nod layers --lang zh close",
		"不带话题：OSI 七层模型、每层做什么、对应的四层和五层模型、各层协议，以及话题\n"
		"列表。\n\n"
		"话题可以是 1 到 7、某一层的名称，或者 握手、挥手、端口、套接字 这样的词，也可以\n"
		"用英文词。每一讲都注明出处，最后给出能亲眼看到它的命令。\n\n"
		"  nod layers               七层\n"
		"  nod layers 4             传输层\n"
		"  nod layers 握手          三次握手\n"
		"  nod layers --lang en close"),
	.word_at = topic_at,
	.run = run,
};
