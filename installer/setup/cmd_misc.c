// SPDX-License-Identifier: MPL-2.0
/*
 * triton-setup hash-password and nics.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "installer/setup/cmd.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/cli/cli.h"

#define PASSWORD_MAX 511
#define CTRL_C       3

enum { DONE = 0, FAILED = 1, REFUSED = 2, NO_NIC = 3 };

/* One line into out; false at the end of input, on ^C, or when it is too long. */
static bool
read_line(int fd, struct tt_secret *out)
{
	char c;

	tt_secret_wipe(out);
	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return out->len > 0;
		if (c == '\n' || c == '\r')
			return true;
		if (c == CTRL_C || tt_secret_add(out, &c, 1) < 0)
			return false;
	}
}

/* Without echo; ^C comes as a character, so that the modes are always put back. */
static bool
ask(int fd, const char *prompt, struct tt_secret *out)
{
	struct termios old, quiet;
	bool terminal = tcgetattr(fd, &old) == 0;
	bool ok;

	if (terminal) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
		(void)tcsetattr(fd, TCSAFLUSH, &quiet);
		(void)tt_write_all(fd, prompt, strlen(prompt));
	}
	ok = read_line(fd, out);
	if (terminal) {
		(void)tcsetattr(fd, TCSAFLUSH, &old);
		(void)tt_write_all(fd, "\n", 1);
	}
	return ok;
}

/* Two equal entries into first. */
static int
ask_twice(int fd, struct tt_secret *first)
{
	tt_auto(secret) struct tt_secret second = { 0 };

	tt_secret_init(&second, PASSWORD_MAX);
	if (!ask(fd, "Password: ", first) || !ask(fd, "Again: ", &second)) {
		fprintf(stderr,
		    "triton-setup hash-password: two lines of 1 to %d bytes are needed\n",
		    PASSWORD_MAX);
		return -EINVAL;
	}
	if (!tt_streq(first->data, second.data)) {
		fprintf(stderr, "triton-setup hash-password: the two entries differ\n");
		return -EINVAL;
	}
	return 0;
}

/* The password is judged as the wizard would. */
static int
judge(const struct cmd_opts *o, const char *password)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	int r;

	tsetup_set_coal_image(ts, o->coal_image);
	r = tsetup_judge(ts, TT_KEY_ROOT_PASSWORD, password, &found);
	for (size_t i = 0; i < found.n; i++)
		fprintf(stderr, "triton-setup hash-password: %s\n", found.v[i].text);
	return r;
}

int
cmd_hash_password(int argc, char **argv, void *ctx)
{
	struct cmd_opts *o = ctx;
	tt_auto(secret) struct tt_secret password = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	enum ts_crypt method = TS_YESCRYPT;
	char hash[384];

	(void)argc;
	(void)argv;
	o->ran = true;
	if (tt_streq(o->method, "sha512"))
		method = TS_SHA512;
	else if (o->method && !tt_streq(o->method, "yescrypt")) {
		fprintf(stderr,
		    "triton-setup hash-password: --method takes yescrypt or sha512\n");
		return REFUSED;
	}
	tt_secret_init(&password, PASSWORD_MAX);
	if (ask_twice(STDIN_FILENO, &password) < 0 || judge(o, password.data) < 0)
		return REFUSED;
	if (tsetup_crypt(password.data, method, hash, &err) < 0) {
		(void)tt_cli_fail("triton-setup hash-password", err);
		return REFUSED;
	}
	printf("%s\n", hash);
	return DONE;
}

static void
print_driverless(const char *root)
{
	tt_auto(strv) char **list = ts_nics_driverless(root);

	fprintf(stderr, "no network interface found\n");
	for (size_t i = 0; list && list[i]; i++)
		fprintf(stderr, "without a driver: %s\n", list[i]);
}

int
cmd_nics(int argc, char **argv, void *ctx)
{
	struct cmd_opts *o = ctx;
	bool bring_up = !o->root && geteuid() == 0;
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(nics) struct ts_nics nics = { 0 };
	tt_auto(json) json_t *j = NULL;
	tt_auto(strv) char **table = NULL;

	(void)argc;
	(void)argv;
	o->ran = true;
	if (ts_nics_read(o->root, bring_up, &nics, &err) < 0)
		return tt_cli_fail("triton-setup nics", err);
	if (nics.n == 0)
		print_driverless(o->root);
	if (o->json) {
		tt_auto(free) char *text = NULL;

		j = ts_nics_json(&nics);
		text = json_dumps(j, JSON_INDENT(2));
		printf("%s\n", text);
	} else if (nics.n) {
		table = ts_nics_table(&nics, 80, NULL, NULL);
		for (size_t i = 0; table[i]; i++)
			printf("%s\n", table[i]);
	}
	return nics.n ? DONE : NO_NIC;
}
