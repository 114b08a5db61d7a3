// SPDX-License-Identifier: MPL-2.0
/* See cli.h. */
#include "platform/lib/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/str.h"

#ifndef TT_VERSION
#define TT_VERSION "unversioned"
#endif

#define OPTS_MAX   48
#define NAMES_MAX  64
#define EXIT_USAGE 2
#define LONG_BASE  0x100 /* getopt_long values of options without a letter */

/* The words that led here, for messages: "sdcadm setup". */
struct place {
	const struct tt_cmd *cmd;
	char words[128];
};

static void
print_options(const struct tt_cmd *cmd, FILE *to)
{
	for (const struct tt_opt *o = cmd->opts; o != NULL && o->value != NULL; o++) {
		char left[64] = "";
		const char letter[] = { '-', o->letter, '\0' };

		(void)tt_strf(left, sizeof(left), "%s%s%s%s%s%s",
		    o->letter ? letter : "  ", o->letter && o->name ? ", " : "  ",
		    o->name ? "--" : "", o->name ? o->name : "",
		    o->arg ? (o->name ? "=" : " ") : "", o->arg ? o->arg : "");
		fprintf(to, "  %-28s %s\n", left, o->help);
	}
	fprintf(to, "  %-28s %s\n", "-h, --help", "print this help");
}

static void
print_usage(const struct place *at, FILE *to)
{
	const struct tt_cmd *cmd = at->cmd;

	fprintf(to, "usage: %s [options]%s%s%s\n", at->words, cmd->args ? " " : "",
	    cmd->args ? cmd->args : "",
	    cmd->subs != NULL && cmd->run == NULL ? " COMMAND" : "");
	if (cmd->help != NULL)
		fprintf(to, "%s\n", cmd->help);
	fputs("\noptions:\n", to);
	print_options(cmd, to);
	if (cmd->subs == NULL)
		return;
	fputs("\ncommands:\n", to);
	for (const struct tt_cmd *s = cmd->subs; s->name != NULL; s++)
		fprintf(to, "  %-28s %s\n", s->name, s->help ? s->help : "");
}

static int
usage_error(
    const struct place *at, const char *fmt, const char *word, const char *nearest)
{
	fprintf(stderr, "%s: ", at->words);
	fprintf(stderr, "%s '%s'", fmt, word);
	if (nearest != NULL)
		fprintf(stderr, "; did you mean '%s'?", nearest);
	fprintf(stderr, "\ntry '%s --help'\n", at->words);
	return EXIT_USAGE;
}

static void
store(const struct tt_opt *o, char *arg)
{
	switch (o->kind) {
	case TT_OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case TT_OPT_TEXT:
		*(const char **)o->value = arg;
		break;
	case TT_OPT_LIST:
		tt_strv_add((char ***)o->value, arg);
		break;
	case TT_OPT_COUNT:
		++*(unsigned *)o->value;
		break;
	}
}

static bool
takes_arg(const struct tt_opt *o)
{
	return o->kind == TT_OPT_TEXT || o->kind == TT_OPT_LIST;
}

/* The option table in getopt_long's two forms. */
static size_t
build(const struct tt_cmd *cmd, struct option *longs, char *shorts)
{
	size_t n = 0, l = 0, s = 0;

	shorts[s++] = '+'; /* stop at the first operand: subcommands have options too */
	shorts[s++] = ':';
	shorts[s++] = 'h';
	longs[l++] = (struct option){ "help", no_argument, NULL, 'h' };
	for (const struct tt_opt *o = cmd->opts; o != NULL && o->value != NULL;
	     o++, n++) {
		if (n == OPTS_MAX)
			abort();
		if (o->letter != 0) {
			shorts[s++] = o->letter;
			if (takes_arg(o))
				shorts[s++] = ':';
		}
		if (o->name != NULL)
			longs[l++] = (struct option){ o->name,
				takes_arg(o) ? required_argument : no_argument, NULL,
				LONG_BASE + (int)n };
	}
	shorts[s] = '\0';
	longs[l] = (struct option){ 0 };
	return n;
}

static const struct tt_opt *
option_of(const struct tt_cmd *cmd, int c)
{
	if (c >= LONG_BASE)
		return &cmd->opts[c - LONG_BASE];
	for (const struct tt_opt *o = cmd->opts; o != NULL && o->value != NULL; o++)
		if (o->letter == c)
			return o;
	return NULL;
}

static const char *
nearest_option(const struct tt_cmd *cmd, const char *word)
{
	const char *names[OPTS_MAX + 1] = { "help" };
	size_t n = 1;

	for (const struct tt_opt *o = cmd->opts; o != NULL && o->value != NULL; o++)
		if (o->name != NULL)
			names[n++] = o->name;
	return tt_nearest(word, names, n, 2);
}

static int
bad_option(const struct place *at, const char *word, bool missing_arg)
{
	const char *name = tt_after_prefix(word, "--");
	tt_auto(free) char *hint = NULL;
	const char *near =
	    name != NULL && !missing_arg ? nearest_option(at->cmd, name) : NULL;

	if (near != NULL)
		hint = tt_xprintf("--%s", near);
	return usage_error(at,
	    missing_arg ? "missing argument of option" : "unknown option", word, hint);
}

/* Options of one level. 0 = go on with *ret_next, 1 = help was printed, else exit code. */
static int
parse_options(const struct place *at, int argc, char **argv, int *ret_next)
{
	struct option longs[OPTS_MAX + 2];
	char shorts[2 * OPTS_MAX + 4];
	const struct tt_opt *opt;
	int c;

	build(at->cmd, longs, shorts);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == 'h') {
			print_usage(at, stdout);
			return 1;
		}
		if (c == '?' || c == ':')
			return bad_option(at, argv[optind - 1], c == ':');
		opt = option_of(at->cmd, c);
		if (opt != NULL)
			store(opt, optarg);
	}
	*ret_next = optind;
	return 0;
}

static const struct tt_cmd *
find_sub(const struct tt_cmd *cmd, const char *word)
{
	for (const struct tt_cmd *s = cmd->subs; s != NULL && s->name != NULL; s++)
		if (strcmp(s->name, word) == 0)
			return s;
	return NULL;
}

static const char *
nearest_sub(const struct tt_cmd *cmd, const char *word)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	for (const struct tt_cmd *s = cmd->subs; s->name != NULL && n < NAMES_MAX; s++)
		names[n++] = s->name;
	return tt_nearest(word, names, n, 2);
}

static int
run_here(const struct place *at, int argc, char **argv, void *ctx)
{
	const struct tt_cmd *cmd = at->cmd;

	if (cmd->run == NULL) {
		print_usage(at, stderr);
		return EXIT_USAGE;
	}
	if (argc < cmd->min_args) {
		fprintf(stderr, "%s: missing operand: %s\ntry '%s --help'\n", at->words,
		    cmd->args ? cmd->args : "", at->words);
		return EXIT_USAGE;
	}
	if (cmd->max_args >= 0 && argc > cmd->max_args)
		return usage_error(at, "unexpected operand", argv[cmd->max_args], NULL);
	return cmd->run(argc, argv, ctx);
}

static int
run_level(const struct place *at, int argc, char **argv, void *ctx)
{
	struct place below;
	int next = 0;
	int r = parse_options(at, argc, argv, &next);

	if (r != 0)
		return r == 1 ? 0 : r;
	argc -= next;
	argv += next;
	if (at->cmd->subs == NULL || argc == 0)
		return run_here(at, argc, argv, ctx);
	below.cmd = find_sub(at->cmd, argv[0]);
	if (below.cmd == NULL && at->cmd->run != NULL)
		return run_here(at, argc, argv, ctx);
	if (below.cmd == NULL)
		return usage_error(
		    at, "unknown command", argv[0], nearest_sub(at->cmd, argv[0]));
	(void)tt_strf(below.words, sizeof(below.words), "%s %s", at->words, argv[0]);
	return run_level(&below, argc, argv, ctx);
}

int
tt_cli_main(const struct tt_cmd *cmd, int argc, char **argv, void *ctx)
{
	struct place top = { .cmd = cmd };

	if (argc == 2 && tt_streq(argv[1], "--version")) {
		printf("%s %s\n", cmd->name, TT_VERSION);
		return 0;
	}
	(void)tt_strcpy(top.words, sizeof(top.words), cmd->name);
	return run_level(&top, argc, argv, ctx);
}

int
tt_cli_fail(const char *name, const struct tt_err *err)
{
	fprintf(stderr, "%s: %s\n", name, tt_err_message(err));
	return 1;
}
