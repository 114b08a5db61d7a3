// SPDX-License-Identifier: MPL-2.0
/*
 * mdata-get, mdata-put, mdata-delete and mdata-list: an instance reads and changes its
 * metadata. One program that goes by the name it is called with, because images hold it
 * statically linked; called by another name it takes the command as its first word
 * ("mdata get KEY"). Texts and exit codes are those that image scripts know.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/mdata/client.h"
#include "platform/lib/mdata/frame.h"

enum status {
	STATUS_DONE,
	STATUS_ABSENT,
	STATUS_FAILED,
	STATUS_USAGE,
};

static const char *program, *argv0;

static void
note(const char *text)
{
	fprintf(stderr, "%s\n", text);
}

static enum status
usage(const char *args)
{
	fprintf(stderr, "%s: Usage: %s%s\n", program, argv0, args);
	return STATUS_USAGE;
}

static enum status
no_agent(const struct tt_err *err)
{
	fprintf(
	    stderr, "ERROR: could not initialise protocol: %s\n", tt_err_message(err));
	return STATUS_FAILED;
}

/* "Error getting metadata for key 'k': why" */
static enum status
failed(const char *doing, const char *key, const char *why)
{
	if (key != NULL)
		fprintf(stderr, "Error %s '%s': %s\n", doing, key, why);
	else
		fprintf(stderr, "Error %s: %s\n", doing, why);
	return STATUS_FAILED;
}

static enum status
unsupported(const char *command)
{
	fprintf(stderr, "ERROR: host does not support %s\n", command);
	return STATUS_FAILED;
}

static enum status
print(const struct tt_buf *value, bool line_if_empty)
{
	const bool end =
	    value->len > 0 ? value->data[value->len - 1] != '\n' : line_if_empty;
	int r = tt_write_all(STDOUT_FILENO, tt_buf_str(value), value->len);

	if (r == 0 && end)
		r = tt_write_all(STDOUT_FILENO, "\n", 1);
	return r < 0 ? failed("writing to standard output", NULL, strerror(-r))
		     : STATUS_DONE;
}

/* GET and DELETE of one key, KEYS of none. */
static enum status
ask(const char *command, const char *key, struct tt_buf *out, enum tt_md_result *ret)
{
	tt_auto(md_client) struct tt_md_client *c = tt_md_client_new(note);
	tt_auto(err) struct tt_err *err = NULL;

	if (tt_md_ask(c, command, key, key != NULL ? strlen(key) : 0, out, ret, &err) < 0)
		return no_agent(err);
	return *ret == TT_MD_UNSUPPORTED ? unsupported(command) : STATUS_DONE;
}

static enum status
get(int argc, char **argv)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MD_ALL_MAX);
	enum tt_md_result result;
	enum status s;

	if (argc != 1 || argv[0][0] == '\0')
		return usage(" <keyname>");
	s = ask("GET", argv[0], &out, &result);
	if (s != STATUS_DONE)
		return s;
	if (result == TT_MD_FAILURE)
		return failed("getting metadata for key", argv[0], tt_buf_str(&out));
	if (result == TT_MD_NOTFOUND) {
		fprintf(stderr, "No metadata for '%s'\n", argv[0]);
		return STATUS_ABSENT;
	}
	return print(&out, true);
}

static enum status
list(int argc, char **argv)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MD_ALL_MAX);
	enum tt_md_result result;
	enum status s = ask("KEYS", NULL, &out, &result);

	(void)argc;
	(void)argv;
	if (s != STATUS_DONE)
		return s;
	if (result == TT_MD_FAILURE)
		return failed("getting metadata", NULL, tt_buf_str(&out));
	if (result == TT_MD_NOTFOUND) {
		fprintf(stderr, "No metadata\n");
		return STATUS_ABSENT;
	}
	return print(&out, false);
}

static enum status delete (int argc, char **argv) {
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MD_ALL_MAX);
	enum tt_md_result result;
	enum status s;

	if (argc != 1 || argv[0][0] == '\0') return usage(" <keyname>");
	s = ask("DELETE", argv[0], &out, &result);
	if (s == STATUS_DONE && result == TT_MD_FAILURE) return failed(
	    "deleting metadata key", argv[0], tt_buf_str(&out));
	return s;
}

/* Standard input up to its end; one byte more than a value may have is too much. */
static int
read_value(struct tt_buf *value)
{
	char chunk[16 * TT_KIB];
	ssize_t n;

	while ((n = tt_read_all(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (tt_buf_add(value, chunk, (size_t)n) < 0)
			return -EMSGSIZE;
	return (int)n;
}

static enum status
put(int argc, char **argv)
{
	static const char doing[] = "putting metadata for key";
	tt_auto(md_client) struct tt_md_client *c = tt_md_client_new(note);
	tt_auto(buf) struct tt_buf value = TT_BUF_INIT(TT_MD_VALUE_MAX);
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(TT_MD_ALL_MAX);
	tt_auto(err) struct tt_err *err = NULL;
	enum tt_md_result result;
	int r;

	if (argc < 1 || argc > 2 || argv[0][0] == '\0' ||
	    (argc == 1 && isatty(STDIN_FILENO)))
		return usage(" <keyname> [ <value> ]");
	r = argc == 2 ? tt_buf_adds(&value, argv[1]) : read_value(&value);
	if (r < 0)
		return failed(
		    doing, argv[0], r == -EMSGSIZE ? "Request too large" : strerror(-r));
	if (tt_md_put(c, argv[0], tt_buf_str(&value), value.len, &out, &result, &err) < 0)
		return no_agent(err);
	if (result == TT_MD_UNSUPPORTED)
		return unsupported("PUT");
	return result == TT_MD_SUCCESS ? STATUS_DONE
				       : failed(doing, argv[0], tt_buf_str(&out));
}

static const struct {
	const char *name;
	enum status (*run)(int argc, char **argv);
} commands[] = { { "get", get }, { "put", put }, { "delete", delete }, { "list", list } };

int
main(int argc, char **argv)
{
	const char *name = argc > 0 ? tt_path_base(argv[0]) : "mdata";
	const char *word = tt_after_prefix(name, "mdata-");

	program = name;
	argv0 = argc > 0 ? argv[0] : name;
	if (word == NULL && argc > 1) {
		word = argv[1];
		argv++;
		argc--;
	}
	for (size_t i = 0; word != NULL && i < TT_ARRAY_LEN(commands); i++)
		if (tt_streq(word, commands[i].name))
			return (int)commands[i].run(argc - 1, argv + 1);
	return (int)usage(" get|put|delete|list [argument ...]");
}
