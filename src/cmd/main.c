/* SPDX-License-Identifier: ISC */
/*
 * main.c - nod, the command: finds the subcommand and sees that its output was written
 *
 * Neighbours: commands.c (the list), options.c (arguments), one file a subcommand.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../base/nearest.h"


static void print_overview(FILE *to)
{
	fputs(T("nod " NOD_VERSION ": conversations over TCP and UDP, with every layer in sight\n\n"
		"usage: nod COMMAND [OPTIONS] [WORDS]\n\ncommands:\n",
		"nod " NOD_VERSION ": 基于 TCP 与 UDP 的对话，每一层都看得见\n\n"
		"用法: nod 命令 [选项] [参数]\n\n命令:\n"), to);
	for (unsigned i = 0; i < n_commands; i++)
		fprintf(to, "  %-10s%s\n", commands[i]->name, text_of(commands[i]->summary));
	fputs(T("\nnod help COMMAND tells more; --lang en|zh chooses the language.\n",
		"\nnod help 命令 有详细说明；--lang en|zh 选择语言。\n"), to);
}

static const struct command *find(const char *name)
{
	for (unsigned i = 0; i < n_commands; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}

	const char *names[64];
	unsigned n = n_commands < 64 ? n_commands : 64;

	for (unsigned i = 0; i < n; i++)
		names[i] = commands[i]->name;
	const char *meant = nearest_word(name, names, n);
	fprintf(stderr, T("nod: unknown command \"%s\"", "nod: 没有命令 \"%s\""), name);
	if (meant)
		fprintf(stderr, T("; did you mean \"%s\"?", "；是不是 \"%s\"？"), meant);
	fputs(T("\ntry: nod --help\n", "\n请看: nod --help\n"), stderr);
	return NULL;
}

static const struct option_spec help_options[] = {
	{ "completions", 0, "bash|zsh|fish",
		TX("write the shell's completion script", "输出该 shell 的补全脚本"), 0 },
};

static int help(struct invocation *in)
{
	const char *topic = NULL;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		if (o == OPTIONS_STOP)
			return in->status;
		if (o == 0) {
			if (print_completions(in->value, stdout) == 0)
				return EXIT_DONE;
			return bad_use(in, T("no completions for \"%s\": there are bash, zsh and fish",
				"没有 \"%s\" 的补全脚本: 可用 bash、zsh 和 fish"), in->value);
		}
		if (topic)
			return bad_use(in, T("one command at a time", "一次只能问一个命令"));
		topic = in->value;
	}
	if (!topic) {
		print_overview(stdout);
		return EXIT_DONE;
	}
	const struct command *c = find(topic);
	if (!c)
		return EXIT_BAD_USE;
	print_help(c, stdout);
	return EXIT_DONE;
}

static const char *command_name_at(unsigned i)
{
	return i < n_commands ? commands[i]->name : NULL;
}

const struct command cmd_help = {
	.name = "help",
	.usage = "[COMMAND]",
	.summary = TX("what a command does and takes", "说明一个命令的作用和选项"),
	.options = help_options,
	.n_options = sizeof(help_options) / sizeof(help_options[0]),
	.word_at = command_name_at,
	.run = help,
};

/* A report that did not reach the disk is a failure, however well it was made. */
static int finish_output(int status)
{
	bool lost = ferror(stdout) != 0;
	int err = errno;

	if (fclose(stdout) != 0) {
		lost = true;
		err = errno;
	}
	if (!lost || err == EPIPE)
		return lost && status == EXIT_DONE ? EXIT_FAILED : status;
	fprintf(stderr, T("nod: the output could not be written: %s\n", "nod: 输出写入失败: %s\n"),
		strerror(err));
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

/* Whoever starts nod may have closed some of 0, 1, 2: no socket shall become one of them. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	int at = 1;

	fill_standard_descriptors();
	/* not numbers: a decimal comma would be no JSON */
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
	lang_set_by_environment();
	signal(SIGPIPE, SIG_IGN); /* the notes' "broken pipe" is an error to handle, not a death */

	for (; at < argc && argv[at][0] == '-'; at++) {
		const char *a = argv[at];

		if (strcmp(a, "--version") == 0 || strcmp(a, "-V") == 0) {
			printf("nod %s\n", nod_version());
			return finish_output(EXIT_DONE);
		}
		if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
			print_overview(stdout);
			return finish_output(EXIT_DONE);
		}
		const char *name = strncmp(a, "--lang=", 7) == 0 ? a + 7 :
			strcmp(a, "--lang") == 0 && at + 1 < argc ? argv[++at] : NULL;
		if (name && lang_set_by_name(name) == 0)
			continue;
		if (name)
			fprintf(stderr, T("nod: unknown language \"%s\": there are en and zh\n",
				"nod: 没有语言 \"%s\": 可用 en 和 zh\n"), name);
		else
			fprintf(stderr, T("nod: unknown option %s; try: nod --help\n",
				"nod: 没有选项 %s；请看: nod --help\n"), a);
		return EXIT_BAD_USE;
	}
	if (at >= argc) {
		print_overview(stderr);
		return EXIT_BAD_USE;
	}

	const struct command *c = find(argv[at]);
	if (!c)
		return EXIT_BAD_USE;
	struct invocation in = { .command = c, .argc = argc - at, .argv = argv + at, .at = 1 };
	return finish_output(c->run(&in));
}
