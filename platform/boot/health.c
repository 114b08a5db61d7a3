// SPDX-License-Identifier: MPL-2.0
/*
 * Step health: the end of a platform's trial. The boot menu says on the command line that
 * this boot is one (triton.trial=SECONDS), or that it is the one behind a trial that was
 * lost (triton.rolledback=STAMP). A signed entry's command line cannot say that
 * (triton.entry=NAME is all it has): there systemd-boot says that it counted this boot, and
 * the medium whether what runs is what was wanted. A healthy platform, one whose setup is
 * complete and whose sshd answers, is confirmed on the boot media; another is left by a
 * restart: the menu then boots the old one. Ordinary boots do nothing here. The unit starts
 * with the first ones, so that whatever hangs later is seen.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "platform/boot/boot.h"
#include "platform/boot/copy.h"
#include "platform/key/env.h"
#include "platform/key/platform.h"
#include "platform/key/trial.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define TRIAL_S    300
#define LOOK_MS    2000
#define BANNER     "SSH-2.0-"
#define SSH_PORT   22
#define ANSWER_S   5
#define KEY_WAIT_S 300  /* for the copy step to leave the key alone */
#define RECORD_S   3600 /* for a medium that was pulled out to come back */
#define RESTART_MS 90000
#define SECOND_US  1000000
#define LOGINS_S   60
/* systemd-boot 252, bump_boot_counter: there when this boot is a counted one. */
#define COUNTED                                                                          \
	"/sys/firmware/efi/efivars/"                                                     \
	"LoaderBootCountPath-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define NOT_COMPLETE "setup is not complete, see sdcadm setup status"

/* Whether sshd answers a connection with its banner. */
static bool
ssh_answers(void)
{
	tt_auto(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(SSH_PORT) };
	struct timeval limit = { .tv_sec = ANSWER_S };
	char text[sizeof(BANNER)] = "";

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return false;
	return tt_read_all(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 &&
	       tt_streq(text, BANNER);
}

/* Setup's daemon itself must say so: its journal of an earlier boot proves nothing. */
static bool
setup_complete(void)
{
	static const char *const argv[] = { "sdcadm", "setup", "status", "--daemon",
		"--json", NULL };

	return tt_proc_run(
		   argv, &(struct tt_proc_opts){ .timeout_ms = 30000 }, NULL, NULL) == 0;
}

/* What is not well, or NULL. */
static const char *
complaint(void)
{
	if (!ssh_answers())
		return "sshd does not answer";
	return setup_complete() ? NULL : NOT_COMPLETE;
}

static char *
running_stamp(const struct boot *b)
{
	tt_auto(free) char *word =
	    tt_xprintf("triton.root=%s", boot_param(&b->params, "triton.root"));

	return key_running(word);
}

/* Open the media for writing; a missing one is waited for. */
static int
open_media(struct key_set **ret, struct tt_err **err)
{
	int64_t end = tt_mono_us() + (int64_t)RECORD_S * SECOND_US;
	bool said = false;

	for (;;) {
		int r = key_open(&(struct key_opts){ .write = true }, ret, err);

		if (r == 0 || tt_mono_us() >= end)
			return r;
		if (!said)
			boot_say("The end of the platform's trial cannot be noted (%s).",
			    tt_err_message(err ? *err : NULL));
		said = true;
		if (err)
			tt_err_clear(err);
		tt_sleep_ms(5 * LOOK_MS);
	}
}

static void
restart(void)
{
	static const char *const argv[] = { "systemctl", "--no-block", "reboot", NULL };

	(void)tt_proc_run(argv, NULL, NULL, NULL);
	tt_sleep_ms(RESTART_MS);
	/* what hangs may hang the way down as well */
	sync();
	(void)reboot(RB_AUTOBOOT);
}

/* A line that is written while a getty takes its console over is lost on that one. */
static void
wait_for_logins(void)
{
	static const char *const argv[] = { "systemctl", "is-active", "--quiet",
		"triton-login.target", NULL };
	int64_t end = tt_mono_us() + (int64_t)LOGINS_S * SECOND_US;

	while (tt_mono_us() < end && tt_proc_run(argv, NULL, NULL, NULL) < 0)
		tt_sleep_ms(LOOK_MS);
	tt_sleep_ms(LOOK_MS);
}

static int
keep(struct boot *b, const char *running, struct tt_err **err)
{
	tt_auto(key_set) struct key_set *s = NULL;
	int r = open_media(&s, err);

	if (r == 0)
		r = key_boot_confirm(s, err);
	if (r < 0)
		return tt_err_wrap(err, r,
		    "platform %s is healthy, but that could not be noted: the next boot "
		    "goes back to the old one unless you `sdcadm platform assign` it "
		    "again",
		    running);
	(void)key_trial_note(KEY_TRIAL, running, "kept", NULL, NULL);
	boot_did(b, "kept platform %s", running);
	wait_for_logins();
	boot_say("Platform %s is healthy and stays.", running);
	return 0;
}

/* seconds NULL: as long as any trial. */
static int
trial(struct boot *b, const char *seconds, struct tt_err **err)
{
	tt_auto(free) char *running = running_stamp(b);
	const char *why = "it has just started";
	uint32_t limit_s = TRIAL_S;
	int64_t end;

	if (!running)
		return tt_err_set(err, -EINVAL, "NotFound",
		    "the command line names no platform (triton.root)");
	if (seconds)
		(void)tt_parse_u32(seconds, 1, 86400, &limit_s);
	end = tt_mono_us() + (int64_t)limit_s * SECOND_US;
	while (why && tt_mono_us() < end) {
		tt_sleep_ms(LOOK_MS);
		why = complaint();
	}
	if (!why)
		return keep(b, running, err);
	if (boot_mounted("/var"))
		(void)key_trial_note(KEY_TRIAL, running, "lost", why, NULL);
	boot_did(b, "gave platform %s up: %s", running, why);
	boot_say(
	    "Platform %s did not become healthy in %u s (%s): restarting with the one "
	    "before.",
	    running, limit_s, why);
	restart();
	return 0;
}

/* The copy step has let go of the key. */
static void
wait_for_copy(void)
{
	int64_t end = tt_mono_us() + (int64_t)KEY_WAIT_S * SECOND_US;

	while (tt_mono_us() < end &&
	       (boot_mounted(BOOT_KEY) || !tt_path_exists(COPY_MARKER)))
		tt_sleep_ms(LOOK_MS);
}

static int
rolled_back(struct boot *b, const char *failed, struct tt_err **err)
{
	tt_auto(free) char *running = running_stamp(b), *why = NULL;
	tt_auto(key_set) struct key_set *s = NULL;
	int r;

	if (!running)
		return tt_err_set(err, -EINVAL, "NotFound",
		    "the command line names no platform (triton.root)");
	wait_for_copy();
	why = key_trial_reason(KEY_TRIAL, failed);
	r = open_media(&s, err);
	if (r == 0)
		r = key_boot_give_up(s, running, err);
	if (r < 0)
		return tt_err_wrap(
		    err, r, "noting that platform %s was given up", failed);
	(void)key_trial_note(KEY_TRIAL, failed, "given up", why, NULL);
	boot_did(b, "gave platform %s up: %s", failed, why);
	boot_say(
	    "Platform %s was given up (%s). This is %s again.", failed, why, running);
	return 0;
}

/*
 * This boot was started from a signed entry. When firmware did not say that it is counted,
 * the medium decides: an entry whose boot is spent was the last one tried.
 */
static int
entry(struct boot *b, struct tt_err **err)
{
	tt_auto(free) char *running = running_stamp(b);
	tt_auto(key_boot) struct key_boot now = { 0 };
	tt_auto(key_set) struct key_set *s = NULL;
	int r;

	if (tt_path_exists(COUNTED))
		return trial(b, NULL, err);
	wait_for_copy();
	/* a key that is not a headnode's yet, or was pulled out: no trial can be under way */
	r = tt_path_exists(COPY_MARKER) ? key_open(&(struct key_opts){ 0 }, &s, err)
					: -ENODEV;
	if (r == 0)
		r = key_boot_load(s, &now, err);
	key_close(tt_take(s));
	if (r < 0) {
		if (err)
			tt_err_clear(err);
		b->skipped = true;
		return 0;
	}
	if (now.state == KEY_BOOT_FAILED)
		return rolled_back(b, now.failed, err);
	if (now.state == KEY_BOOT_TRYING)
		return tt_streq(now.platform, running)
			   ? trial(b, NULL, err)
			   : rolled_back(b, now.platform, err);
	b->skipped = true;
	return 0;
}

int
boot_health(struct boot *b, struct tt_err **err)
{
	const char *seconds = boot_param(&b->params, "triton.trial");
	const char *failed = boot_param(&b->params, "triton.rolledback");

	if (seconds && !b->noimport)
		return trial(b, seconds, err);
	if (failed && !b->noimport)
		return rolled_back(b, failed, err);
	if (boot_param(&b->params, "triton.entry") && !b->noimport)
		return entry(b, err);
	b->skipped = true;
	return 0;
}
