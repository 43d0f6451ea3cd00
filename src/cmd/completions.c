/* SPDX-License-Identifier: ISC */
/*
 * completions.c - the scripts by which bash, zsh and fish complete nod's command line
 *
 * Written from commands[] and each command's option table, so they hold what this very
 * command takes.  An option's .arg tells what its value is: "a|b|c" are the choices, WAY a
 * way to serve (how.h), FILE a file, IF an interface, HOST a host; of others no value is
 * offered.
 *
 * untranslated file: what is printed is read by shells; its descriptions go through T().
 *
 * Neighbours: main.c (nod help --completions), mk/install.mk (installs them).
 */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "how.h"

enum value_kind { VALUE_NONE, VALUE_ANY, VALUE_CHOICE, VALUE_FILE, VALUE_INTERFACE, VALUE_HOST };

static bool is_way(const char *arg)
{
	return strcmp(arg, "WAY") == 0;
}

/* "a|b|c", but not "ADDRESS|IF": words in capitals only say what is meant. */
static bool is_choice(const char *arg)
{
	return strchr(arg, '|') && !strpbrk(arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static enum value_kind value_of(const struct option_spec *o)
{
	if (!o->arg)
		return VALUE_NONE;
	if (strcmp(o->arg, "FILE") == 0)
		return VALUE_FILE;
	if (strcmp(o->arg, "IF") == 0)
		return VALUE_INTERFACE;
	if (strcmp(o->arg, "HOST") == 0)
		return VALUE_HOST;
	return is_choice(o->arg) || is_way(o->arg) ? VALUE_CHOICE : VALUE_ANY;
}

/* "a|b|c" as "a b c". */
static void put_choices(const char *arg, FILE *to)
{
	for (unsigned i = 0; is_way(arg) && i < n_hows; i++)
		fprintf(to, "%s%s", i ? " " : "", hows[i]->name);
	for (; !is_way(arg) && *arg; arg++)
		fputc(*arg == '|' ? ' ' : *arg, to);
}

/* The words that @c offers, each after a space. */
static void put_words(const struct command *c, FILE *to)
{
	const char *word;

	for (unsigned i = 0; c->word_at && (word = c->word_at(i)) != NULL; i++)
		fprintf(to, " %s", word);
}

/* ---- bash ---------------------------------------------------------------------------- */

static void put_bash_names(const struct option_spec *o, FILE *to)
{
	fprintf(to, "--%s", o->name);
	if (o->letter)
		fprintf(to, "|-%c", o->letter);
}

static void put_bash_value(const struct option_spec *o, FILE *to)
{
	enum value_kind kind = value_of(o);

	/* an optional value that is not attached may be left out: offer what follows it too */
	if (kind == VALUE_NONE || (kind == VALUE_ANY && o->kind == OPTION_OPTIONAL))
		return;
	fputs("\t\t", to);
	put_bash_names(o, to);
	switch (kind) {
	case VALUE_CHOICE:
		fputs(") offer='", to);
		put_choices(o->arg, to);
		fputs("' ;;\n", to);
		break;
	case VALUE_FILE:
		fputs(") mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n", to);
		break;
	case VALUE_INTERFACE:
		fputs(") offer=$(command ls /sys/class/net 2>/dev/null) ;;\n", to);
		break;
	case VALUE_HOST:
		fputs(") mapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\"); return ;;\n",
			to);
		break;
	default:
		fputs(") return ;;\n", to);
		break;
	}
}

static void put_bash_command(const struct command *c, FILE *to)
{
	const struct option_spec *o;

	fprintf(to, "\t%s)\n\t\toffer='", c->name);
	for (unsigned i = 0; (o = command_option(c, i)) != NULL; i++)
		fprintf(to, "%s--%s", i ? " " : "", o->name);
	put_words(c, to);
	fputs("'\n\t\tcase $prev in\n", to);
	for (unsigned i = 0; (o = command_option(c, i)) != NULL; i++)
		put_bash_value(o, to);
	fputs("\t\tesac\n\t\t;;\n", to);
}

static void print_bash(FILE *to)
{
	fputs("# bash completion for nod; made by: nod help --completions bash\n"
	      "_nod()\n"
	      "{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal command='' offer='' i\n"
	      "\n"
	      "\tCOMPREPLY=()\n"
	      "\t# bash makes three words of --how=poll\n"
	      "\tif [[ $cur == '=' ]]; then\n"
	      "\t\tcur=''\n"
	      "\telif [[ $prev == '=' ]]; then\n"
	      "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "\tfi\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t--lang)\n"
	      "\t\t\t[[ ${COMP_WORDS[i+1]} == '=' ]] && ((i++))\n"
	      "\t\t\t((i++))\n"
	      "\t\t\t;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) command=${COMP_WORDS[i]}; break ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tcase $command in\n"
	      "\t'')\n"
	      "\t\toffer='--help --version --lang", to);
	for (unsigned i = 0; i < n_commands; i++)
		fprintf(to, " %s", commands[i]->name);
	fputs("'\n\t\t[[ $prev == --lang ]] && offer='en zh'\n\t\t;;\n", to);
	for (unsigned i = 0; i < n_commands; i++)
		put_bash_command(commands[i], to);
	fputs("\tesac\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$cur\")\n"
	      "}\n"
	      "complete -F _nod nod\n", to);
}

/* ---- zsh ----------------------------------------------------------------------------- */

/* Inside '...' of an _arguments specification: colons and brackets mean something there. */
static void put_zsh_text(const char *s, FILE *to)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\'", to);
		else if (strchr(":[]\\", *s))
			fputc('\\', to);
		fputc(*s, to);
	}
}

static void put_zsh_value(const struct option_spec *o, FILE *to)
{
	enum value_kind kind = value_of(o);

	if (kind == VALUE_NONE)
		return;
	fputs(o->kind == OPTION_OPTIONAL ? "::" : ":", to);
	put_zsh_text(kind == VALUE_CHOICE ? o->name : o->arg, to);
	switch (kind) {
	case VALUE_CHOICE:
		fputs(":(", to);
		put_choices(o->arg, to);
		fputc(')', to);
		break;
	case VALUE_FILE:
		fputs(":_files", to);
		break;
	case VALUE_INTERFACE:
		fputs(":_net_interfaces", to);
		break;
	case VALUE_HOST:
		fputs(":_hosts", to);
		break;
	default:
		fputs(": ", to);
		break;
	}
}

static void put_zsh_option(const struct option_spec *o, FILE *to)
{
	const char *mark = !o->arg ? "" : o->kind == OPTION_OPTIONAL ? "=-" : "=";

	fputs(" \\\n\t\t\t\t", to);
	if (o->letter)
		fprintf(to, "'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
			!o->arg ? "" : o->kind == OPTION_OPTIONAL ? "-" : "+", o->name, mark);
	else
		fprintf(to, "'--%s%s[", o->name, mark);
	put_zsh_text(text_of(o->help), to);
	fputc(']', to);
	put_zsh_value(o, to);
	fputc('\'', to);
}

static void put_zsh_command(const struct command *c, FILE *to)
{
	const struct option_spec *o;

	fprintf(to, "\t\t%s)\n\t\t\t_arguments", c->name);
	for (unsigned i = 0; (o = command_option(c, i)) != NULL; i++)
		put_zsh_option(o, to);
	if (c->word_at) {
		fputs(" \\\n\t\t\t\t'*:word:(", to);
		put_words(c, to);
		fputs(")'\n\t\t\t;;\n", to);
	} else {
		fputs(" \\\n\t\t\t\t'*:word: '\n\t\t\t;;\n", to);
	}
}

static void print_zsh(FILE *to)
{
	fputs("#compdef nod\n"
	      "# zsh completion for nod; made by: nod help --completions zsh\n"
	      "_nod()\n"
	      "{\n"
	      "\tlocal curcontext=$curcontext state line\n"
	      "\tlocal -A opt_args\n"
	      "\tlocal -a commands\n"
	      "\n"
	      "\tcommands=(\n", to);
	for (unsigned i = 0; i < n_commands; i++) {
		fprintf(to, "\t\t'%s:", commands[i]->name);
		put_zsh_text(text_of(commands[i]->summary), to);
		fputs("'\n", to);
	}
	fputs("\t)\n"
	      "\t_arguments -C \\\n"
	      "\t\t'(-h --help)'{-h,--help}'[", to);
	put_zsh_text(T("the commands", "有哪些命令"), to);
	fputs("]' \\\n\t\t'(-V --version)'{-V,--version}'[", to);
	put_zsh_text(T("the version", "版本"), to);
	fputs("]' \\\n\t\t'--lang=[", to);
	put_zsh_text(T("language of messages", "消息所用的语言"), to);
	fputs("]:lang:(en zh)' \\\n"
	      "\t\t'1:command:->command' \\\n"
	      "\t\t'*::argument:->argument'\n"
	      "\tcase $state in\n"
	      "\tcommand)\n"
	      "\t\t_describe command commands\n"
	      "\t\t;;\n"
	      "\targument)\n"
	      "\t\tcase $words[1] in\n", to);
	for (unsigned i = 0; i < n_commands; i++)
		put_zsh_command(commands[i], to);
	fputs("\t\tesac\n"
	      "\t\t;;\n"
	      "\tesac\n"
	      "}\n"
	      "if [[ $funcstack[1] == _nod ]]; then\n"
	      "\t_nod \"$@\"\n"
	      "else\n"
	      "\tcompdef _nod nod\n"
	      "fi\n", to);
}

/* ---- fish ---------------------------------------------------------------------------- */

/* Inside '...': fish knows \' and \\ there. */
static void put_fish_text(const char *s, FILE *to)
{
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			fputc('\\', to);
		fputc(*s, to);
	}
}

static void put_fish_option(const struct command *c, const struct option_spec *o, FILE *to)
{
	fprintf(to, "complete -c nod -n 'contains %s (__nod_command)' -l %s", c->name, o->name);
	if (o->letter)
		fprintf(to, " -s %c", o->letter);
	switch (value_of(o)) {
	case VALUE_NONE:
		break;
	case VALUE_CHOICE:
		fputs(" -x -a '", to);
		put_choices(o->arg, to);
		fputc('\'', to);
		break;
	case VALUE_FILE:
		fputs(" -r -F", to);
		break;
	case VALUE_INTERFACE:
		fputs(" -x -a '(command ls /sys/class/net 2>/dev/null)'", to);
		break;
	case VALUE_HOST:
		fputs(" -x -a '(__fish_print_hostnames)'", to);
		break;
	default:
		if (o->kind != OPTION_OPTIONAL)
			fputs(" -x", to);
		break;
	}
	fputs(" -d '", to);
	put_fish_text(text_of(o->help), to);
	fputs("'\n", to);
}

static void print_fish(FILE *to)
{
	static const struct {
		const char *option;
		struct text help;
	} top[] = {
		{ "-l help -s h", TX("the commands", "有哪些命令") },
		{ "-l version -s V", TX("the version", "版本") },
		{ "-l lang -x -a 'en zh'", TX("language of messages", "消息所用的语言") },
	};
	const struct option_spec *o;

	fputs("# fish completion for nod; made by: nod help --completions fish\n"
	      "\n"
	      "# The command that was typed already; fails when there is none.\n"
	      "function __nod_command\n"
	      "\tset -l words (commandline -opc)\n"
	      "\tset -e words[1]\n"
	      "\twhile set -q words[1]\n"
	      "\t\tswitch $words[1]\n"
	      "\t\t\tcase --lang\n"
	      "\t\t\t\tset -q words[2]; and set -e words[1]\n"
	      "\t\t\tcase '-*'\n"
	      "\t\t\tcase '*'\n"
	      "\t\t\t\techo $words[1]\n"
	      "\t\t\t\treturn 0\n"
	      "\t\tend\n"
	      "\t\tset -e words[1]\n"
	      "\tend\n"
	      "\treturn 1\n"
	      "end\n"
	      "\n"
	      "complete -c nod -f\n", to);
	for (unsigned i = 0; i < sizeof(top) / sizeof(top[0]); i++) {
		fprintf(to, "complete -c nod -n 'not __nod_command >/dev/null' %s -d '",
			top[i].option);
		put_fish_text(text_of(top[i].help), to);
		fputs("'\n", to);
	}
	for (unsigned i = 0; i < n_commands; i++) {
		const struct command *c = commands[i];

		fprintf(to, "complete -c nod -n 'not __nod_command >/dev/null' -a %s -d '",
			c->name);
		put_fish_text(text_of(c->summary), to);
		fputs("'\n", to);
		for (unsigned k = 0; (o = command_option(c, k)) != NULL; k++)
			put_fish_option(c, o, to);
		if (c->word_at) {
			fprintf(to, "complete -c nod -n 'contains %s (__nod_command)' -a '",
				c->name);
			put_words(c, to);
			fputs("'\n", to);
		}
	}
}

int print_completions(const char *shell, FILE *to)
{
	static const struct {
		const char *name;
		void (*print)(FILE *to);
	} shells[] = {
		{ "bash", print_bash },
		{ "zsh", print_zsh },
		{ "fish", print_fish },
	};

	for (unsigned i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].print(to);
			return 0;
		}
	}
	return -EINVAL;
}
