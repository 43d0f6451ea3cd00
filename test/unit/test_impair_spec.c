/* SPDX-License-Identifier: ISC */
/*
 * test_impair_spec.c - faults as people write them: what each word means, and each refusal with the
 * word that it names, in both languages
 */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "presentation/impair_spec.h"
#include "presentation/lang.h"
#include "transport/packet_kind.h"

#define PPB(percent) ((impair_ppb)((percent) * 10000000.0 + 0.5))

static struct impair_conf conf;
static struct impair_error error;

static int parse(const char *text)
{
	static const struct impair_names names = { "alice", "bob" };
	char *exact = strdup(text); /* ASan sees a step too far */
	int err;

	memset(&conf, 0, sizeof(conf));
	conf.packets = &packet_kinds;
	err = impair_spec_parse(&conf, &names, exact, &error);
	free(exact);
	return err;
}

/* A text as a test's name, on one line. */
static const char *named(const char *text)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s", text);
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '~';
	return name;
}

/* ---- settings ------------------------------------------------------------------------------ */

static const struct {
	const char *text;
	struct impair_faults want; /* both ways */
} settings[] = {
	{ "", { 0 } },
	{ " ; ,, # loss=5%\n\n", { 0 } },
	{ "loss=2%", { .loss = PPB(2) } },
	{ "loss=100%", { .loss = IMPAIR_ALWAYS } },
	{ "loss=0.0000001%", { .loss = 1 } },
	{ "loss=1%,loss=0%", { 0 } },
	{ " loss = 2% ; \tmtu=1400 ", { .loss = PPB(2), .mtu = 1400 } },
	{ "loss=2%\r\nmtu=1400", { .loss = PPB(2), .mtu = 1400 } },
	{ "burst=1%/25%", { .burst_begin = PPB(1), .burst_end = PPB(25),
				  .burst_loss = IMPAIR_ALWAYS } },
	{ "burst=1%/25%/50%/0.1%", { .burst_begin = PPB(1), .burst_end = PPB(25),
					   .burst_loss = PPB(50), .burst_good_loss = PPB(0.1) } },
	{ "delay=40ms", { .delay = 40 * NOD_MS } },
	{ "delay=1.5", { .delay = 1500 * NOD_MS } },
	{ "delay=40ms~5ms", { .delay = 40 * NOD_MS, .jitter = 5 * NOD_MS } },
	{ "delay=40ms~5ms/normal/overtake", { .delay = 40 * NOD_MS, .jitter = 5 * NOD_MS,
						    .distribution = IMPAIR_NORMAL,
						    .may_overtake = true } },
	{ "delay=0~1us/pareto", { .jitter = NOD_US, .distribution = IMPAIR_PARETO } },
	{ "delay=1s~1s/pareto,delay=2s", { .delay = 2 * NOD_S } },
	{ "reorder=1%", { .reorder = PPB(1) } },
	{ "reorder=1%/5/20ms", { .reorder = PPB(1), .reorder_gap = 5,
				       .reorder_wait = 20 * NOD_MS } },
	{ "dup=0.5%", { .duplicate = PPB(0.5) } },
	{ "corrupt=0.1%", { .corrupt = PPB(0.1), .corrupt_bits = 1 } },
	{ "corrupt=0.1%/3", { .corrupt = PPB(0.1), .corrupt_bits = 3 } },
	{ "truncate=7%", { .truncate = PPB(7) } },
	{ "rate=10mbit", { .rate = 10000000 } },
	{ "rate=1.5gbit", { .rate = 1500000000 } },
	{ "rate=9600", { .rate = 9600 } },
	{ "rate=1kbit,queue=20", { .rate = 1000, .queue_frames = 20 } },
	{ "queue=20/tail", { .queue_frames = 20 } },
	{ "queue=codel", { .queue = IMPAIR_CODEL } },
	{ "queue=30/codel/1ms/20ms", { .queue = IMPAIR_CODEL, .queue_frames = 30,
					     .codel_target = NOD_MS,
					     .codel_interval = 20 * NOD_MS } },
	{ "blackout=2s..5s", { .n_blackouts = 1,
				     .blackout = { { 2 * NOD_S, 5 * NOD_S, 0 } } } },
	{ "blackout=2..5/1m,blackout=0s..1ms",
		{ .n_blackouts = 2,
			.blackout = { { 2 * NOD_S, 5 * NOD_S, 60 * NOD_S }, { 0, NOD_MS, 0 } } } },
};

static void test_settings(void)
{
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		bool is_read = parse(settings[i].text) == 0;

		tap(is_read &&
				memcmp(&conf.way[0], &settings[i].want, sizeof(conf.way[0])) == 0 &&
				memcmp(&conf.way[1], &settings[i].want, sizeof(conf.way[0])) == 0,
			"\"%s\"", named(settings[i].text));
	}
	parse("seed=18446744073709551615");
	tap(conf.seed == UINT64_MAX, "a seed");
}

static void test_ways(void)
{
	static const struct {
		const char *text;
		double a_to_b, b_to_a;
	} rows[] = {
		{ "a>b:loss=2%", 2, 0 },
		{ "b>a: loss=2%", 0, 2 },
		{ "a>b:loss=2%,b>a:loss=3%", 2, 3 },
		{ "a>b:mtu=9,loss=2%", 2, 0 },
		{ "a>b:loss=2%;loss=3%", 3, 3 },
		{ "a>b:loss=2%\nloss=3%", 3, 3 },
		{ "a>b:mtu=9,a|b:loss=3%", 3, 3 },
		{ "alice>bob:loss=2%", 2, 0 },
		{ "b>alice:loss=2%", 0, 2 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is_read = parse(rows[i].text) == 0;

		tap(is_read && conf.way[0].loss == PPB(rows[i].a_to_b) &&
				conf.way[1].loss == PPB(rows[i].b_to_a),
			"\"%s\"", named(rows[i].text));
	}
}

/* ---- rules --------------------------------------------------------------------------------- */

enum { AB = 1, BA = 2, BOTH = 3 };

static const struct {
	const char *text, *kind, *field;
	struct impair_rule want; /* kind, field and text aside; to 0: for ever; last 0: for ever */
} rules[] = {
	{ "drop 3rd data segment a>b", "data segment", NULL,
		{ IMPAIR_DROP, AB, .first = 3, .last = 3 } },
	{ "drop every data segment", "data segment", NULL, { IMPAIR_DROP, BOTH, .first = 1 } },
	{ "drop arp", "arp", NULL, { IMPAIR_DROP, BOTH, .first = 1 } },
	{ "drop arp reply b>a", "arp reply", NULL, { IMPAIR_DROP, BA, .first = 1 } },
	{ "drop every 5th packet", NULL, NULL, { IMPAIR_DROP, BOTH, .first = 5, .step = 5 } },
	{ "drop 2nd..4th syn-ack", "syn-ack", NULL,
		{ IMPAIR_DROP, BOTH, .first = 2, .last = 4 } },
	{ "drop 22nd.. udp", "udp", NULL, { IMPAIR_DROP, BOTH, .first = 22 } },
	{ "corrupt bit 7 of tcp.checksum of 1st syn-ack", "syn-ack", "tcp.checksum",
		{ IMPAIR_CORRUPT, BOTH, .first = 1, .last = 1, .bit = 7 } },
	{ "corrupt 1st udp", "udp", NULL, { IMPAIR_CORRUPT, BOTH, .first = 1, .last = 1 } },
	{ "delay 2nd fin by 3s", "fin", NULL,
		{ IMPAIR_DELAY, BOTH, .first = 2, .last = 2, .span = 3 * NOD_S } },
	{ "duplicate 1st syn", "syn", NULL,
		{ IMPAIR_DUPLICATE, BOTH, .first = 1, .last = 1, .number = 1 } },
	{ "duplicate 1st syn a>b 3 times", "syn", NULL,
		{ IMPAIR_DUPLICATE, AB, .first = 1, .last = 1, .number = 3 } },
	{ "truncate 1st echo request to 60", "echo request", NULL,
		{ IMPAIR_TRUNCATE, BOTH, .first = 1, .last = 1, .number = 60 } },
	{ "reorder 4th data segment", "data segment", NULL,
		{ IMPAIR_REORDER, BOTH, .first = 4, .last = 4, .number = 3 } },
	{ "reorder 4th pure ack by 2", "pure ack", NULL,
		{ IMPAIR_REORDER, BOTH, .first = 4, .last = 4, .number = 2 } },
	{ "partition a|b at 2s heal at 5s", NULL, NULL,
		{ IMPAIR_PARTITION, BOTH, .first = 1, .from = 2 * NOD_S, .to = 5 * NOD_S } },
	{ "partition alice|bob", NULL, NULL, { IMPAIR_PARTITION, BOTH, .first = 1 } },
	{ "partition a>b at 1", NULL, NULL, { IMPAIR_PARTITION, AB, .first = 1, .from = NOD_S } },
	{ "a>b: drop 1st  tcp", "tcp", NULL, { IMPAIR_DROP, AB, .first = 1, .last = 1 } },
};

static bool is_the_rule(const struct impair_rule *r, const struct impair_rule *want,
	const char *kind, const char *field)
{
	unsigned bit = kind ? (unsigned)__builtin_ctzll(r->kind) : 0;

	if (kind ? strcmp(packet_kinds.kind_name(bit), kind) != 0 : r->kind != IMPAIR_ANY_KIND)
		return false;
	if (field ? strcmp(packet_kinds.field_name(r->field), field) != 0 :
		    r->field != IMPAIR_NO_FIELD)
		return false;
	return r->action == want->action && r->ways == want->ways && r->first == want->first &&
	       r->last == (want->last ? want->last : UINT64_MAX) &&
	       r->step == (want->step ? want->step : 1) && r->bit == want->bit &&
	       r->number == want->number && r->span == want->span && r->from == want->from &&
	       r->to == (want->to ? want->to : INT64_MAX);
}

static void test_rules(void)
{
	char many[65 * 9 + 1];

	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		bool is_read = parse(rules[i].text) == 0 && conf.n_rules == 1;

		tap(is_read && is_the_rule(&conf.rule[0], &rules[i].want, rules[i].kind,
				       rules[i].field),
			"\"%s\"", rules[i].text);
	}
	tap(!strcmp(conf.rule[0].text, "drop 1st tcp"), "a rule's name is its text, tidied");
	parse("# a file\nloss=2% # some\n\ndrop 1st syn, drop 2nd syn; drop 3rd syn\n");
	tap(conf.n_rules == 3 && conf.way[0].loss == PPB(2), "a file of them");
	for (unsigned i = 0; i < 65; i++)
		memcpy(many + 9 * i, "drop arp\n", 10);
	tap(parse(many) == -EINVAL && error.wrong == IMPAIR_TOO_MANY && error.line == 65 &&
			conf.n_rules == 64,
		"one rule too many");
}

/* ---- refusals ------------------------------------------------------------------------------ */

static const struct {
	const char *text;
	enum impair_wrong wrong;
	const char *word;
} refusals[] = {
	{ "los=2%", IMPAIR_BAD_KEY, "los" },
	{ "dropp 3rd syn", IMPAIR_BAD_KEY, "dropp" },
	{ "2%", IMPAIR_BAD_KEY, "2%" },
	{ "=2%", IMPAIR_BAD_KEY, "" },
	{ "loss", IMPAIR_MISSING, "loss" },
	{ "loss=", IMPAIR_MISSING, "loss" },
	{ "seed=", IMPAIR_MISSING, "seed" },
	{ "loss=2", IMPAIR_BAD_CHANCE, "2" },
	{ "loss=-2%", IMPAIR_BAD_CHANCE, "-2%" },
	{ "loss=101%", IMPAIR_BAD_CHANCE, "101%" },
	{ "loss=100.0000001%", IMPAIR_BAD_CHANCE, "100.0000001%" },
	{ "loss=0.00000001%", IMPAIR_BAD_CHANCE, "0.00000001%" },
	{ "loss=%", IMPAIR_BAD_CHANCE, "%" },
	{ "loss=.%", IMPAIR_BAD_CHANCE, ".%" },
	{ "loss=1.2.3%", IMPAIR_BAD_CHANCE, "1.2.3%" },
	{ "loss=99999999999999999999%", IMPAIR_BAD_CHANCE, "99999999999999999999%" },
	{ "loss=1%/2%", IMPAIR_BAD_CHANCE, "1%/2%" },
	{ "burst=1%", IMPAIR_MISSING, "1%" },
	{ "burst=1%/", IMPAIR_BAD_CHANCE, "" },
	{ "burst=1%/2%/3%/4%/5%", IMPAIR_UNEXPECTED, "5%" },
	{ "delay=fast", IMPAIR_BAD_SPAN, "fast" },
	{ "delay=40ms~", IMPAIR_BAD_SPAN, "" },
	{ "delay=-1ms", IMPAIR_BAD_SPAN, "-1ms" },
	{ "delay=25h", IMPAIR_BAD_SPAN, "25h" },
	{ "delay=1ms~1ms/gauss", IMPAIR_BAD_WORD, "gauss" },
	{ "reorder=1%/0", IMPAIR_BAD_NUMBER, "0" },
	{ "reorder=1%/1001", IMPAIR_BAD_NUMBER, "1001" },
	{ "reorder=1%/5/x", IMPAIR_BAD_SPAN, "x" },
	{ "reorder=1%/5/1s/1", IMPAIR_UNEXPECTED, "1" },
	{ "corrupt=1%/65", IMPAIR_BAD_NUMBER, "65" },
	{ "corrupt=1%/1/1", IMPAIR_UNEXPECTED, "1" },
	{ "rate=10mb", IMPAIR_BAD_RATE, "10mb" },
	{ "rate=0", IMPAIR_BAD_RATE, "0" },
	{ "rate=1.5", IMPAIR_BAD_RATE, "1.5" },
	{ "rate=1001gbit", IMPAIR_BAD_RATE, "1001gbit" },
	{ "rate=mbit", IMPAIR_BAD_RATE, "mbit" },
	{ "queue=red", IMPAIR_BAD_WORD, "red" },
	{ "queue=0", IMPAIR_BAD_NUMBER, "0" },
	{ "queue=10/tail/1ms", IMPAIR_UNEXPECTED, "1ms" },
	{ "queue=codel/5ms/5s", IMPAIR_BAD_SPAN, "5s" },
	{ "queue=codel/5ms/1s/1", IMPAIR_UNEXPECTED, "1" },
	{ "mtu=0", IMPAIR_BAD_NUMBER, "0" },
	{ "mtu=65536", IMPAIR_BAD_NUMBER, "65536" },
	{ "mtu=1e3", IMPAIR_BAD_NUMBER, "1e3" },
	{ "blackout=2s", IMPAIR_MISSING, "2s" },
	{ "blackout=5s..2s", IMPAIR_BAD_WINDOW, "5s..2s" },
	{ "blackout=2s..", IMPAIR_BAD_SPAN, "" },
	{ "blackout=1..2/3/4", IMPAIR_UNEXPECTED, "4" },
	{ "seed=-1", IMPAIR_BAD_NUMBER, "-1" },
	{ "seed=18446744073709551616", IMPAIR_BAD_NUMBER, "18446744073709551616" },
	{ "a<b:loss=2%", IMPAIR_BAD_WAY, "a<b" },
	{ "a>a:loss=2%", IMPAIR_BAD_WAY, "a>a" },
	{ "a>c:loss=2%", IMPAIR_BAD_WAY, "a>c" },
	{ ":loss=2%", IMPAIR_BAD_WAY, "" },
	{ "drop", IMPAIR_MISSING, "drop" },
	{ "drop 3rd", IMPAIR_MISSING, "3rd" },
	{ "drop 3rd elephant", IMPAIR_BAD_KIND, "elephant" },
	{ "drop every", IMPAIR_MISSING, "every" },
	{ "drop 0th syn", IMPAIR_BAD_ORDINAL, "0th" },
	{ "drop 3 syn", IMPAIR_BAD_ORDINAL, "3" },
	{ "drop 3rd..2nd syn", IMPAIR_BAD_ORDINAL, "3rd..2nd" },
	{ "drop 3rd.. .. syn", IMPAIR_BAD_KIND, ".." },
	{ "drop every 2nd..3rd syn", IMPAIR_BAD_ORDINAL, "2nd..3rd" },
	{ "drop 9999999999th syn", IMPAIR_BAD_ORDINAL, "9999999999th" },
	{ "drop 1st syn a>a", IMPAIR_BAD_WAY, "a>a" },
	{ "drop 1st syn now", IMPAIR_UNEXPECTED, "now" },
	{ "drop 1st syn by 3s", IMPAIR_UNEXPECTED, "by" },
	{ "delay 2nd fin", IMPAIR_MISSING, "fin" },
	{ "delay 2nd fin by", IMPAIR_MISSING, "by" },
	{ "delay 2nd fin by noon", IMPAIR_BAD_SPAN, "noon" },
	{ "corrupt bit", IMPAIR_MISSING, "bit" },
	{ "corrupt bit x of tcp.seq of 1st syn", IMPAIR_BAD_NUMBER, "x" },
	{ "corrupt bit 7 tcp.seq of 1st syn", IMPAIR_MISSING, "7" },
	{ "corrupt bit 7 of", IMPAIR_MISSING, "of" },
	{ "corrupt bit 7 of tcp.mood of 1st syn", IMPAIR_BAD_FIELD, "tcp.mood" },
	{ "corrupt bit 7 of tcp.seq 1st syn", IMPAIR_MISSING, "tcp.seq" },
	{ "duplicate 1st syn 0 times", IMPAIR_BAD_NUMBER, "0" },
	{ "duplicate 1st syn 3", IMPAIR_MISSING, "3" },
	{ "truncate 1st syn", IMPAIR_MISSING, "syn" },
	{ "truncate 1st syn to x", IMPAIR_BAD_NUMBER, "x" },
	{ "reorder 1st syn by 0", IMPAIR_BAD_NUMBER, "0" },
	{ "partition", IMPAIR_MISSING, "partition" },
	{ "partition a", IMPAIR_BAD_WAY, "a" },
	{ "partition a|b at", IMPAIR_MISSING, "at" },
	{ "partition a|b heal 5s", IMPAIR_MISSING, "heal" },
	{ "partition a|b at 5s heal at 2s", IMPAIR_BAD_WINDOW, "2s" },
	{ "partition a|b forever", IMPAIR_UNEXPECTED, "forever" },
	{ "drop 1st syn                                                  "
	  "\x01", IMPAIR_UNEXPECTED, "?" },
};

static void test_refusals(void)
{
	char en[1200], zh[1200];

	for (unsigned i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		bool is_right = parse(refusals[i].text) == -EINVAL &&
				error.wrong == refusals[i].wrong &&
				!strcmp(error.word, refusals[i].word);

		lang_set(LANG_EN);
		impair_spec_explain(&error, en, sizeof(en));
		lang_set(LANG_ZH);
		impair_spec_explain(&error, zh, sizeof(zh));
		lang_set(LANG_EN);
		is_right = is_right && strstr(en, error.word) && strstr(zh, error.word) &&
			   strcmp(en, zh) != 0 && !strstr(en, "%s") && !strstr(zh, "%s");
		if (!is_right)
			printf("# %d \"%s\": %s\n", error.wrong, error.word, en);
		tap(is_right, "refused: \"%s\"", named(refusals[i].text));
	}
	parse("loss=1%\n delay=1ms,\tmtu=x # y\n");
	tap(error.line == 2 && error.column == 17 && error.at == 24 && error.len == 1,
		"where it stands: line, column, octets");
	parse("drop 3rd elephant");
	impair_spec_explain(&error, en, sizeof(en));
	tap(strstr(en, "syn-ack") && strstr(en, "\"elephant\" is no kind of packet; there are: "),
		"what there is is named");
}

int main(void)
{
	test_settings();
	test_ways();
	test_rules();
	test_refusals();
	return tap_done();
}
