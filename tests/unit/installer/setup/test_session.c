// SPDX-License-Identifier: MPL-2.0
/* The session journal and log, the console lock, the diff, and how answers are found. */
#include "tests/lib/tap.h"

#include <errno.h>
#include <sys/stat.h>

#include "installer/setup/consoles_lock.h"
#include "installer/setup/edit_diff.h"
#include "installer/setup/fetch.h"
#include "installer/setup/session.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

static char dir[] = "/tmp/test_session.XXXXXX";

static void
test_journal(void)
{
	tt_auto(free) char *path = tt_path_join(dir, "setup.state");
	tt_auto(free) char *console = NULL;
	tt_auto(tsetup) struct tsetup *ts = tsetup_new();
	tt_auto(tsetup) struct tsetup *again = tsetup_new();
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_KIB);
	bool relaxed = false;
	struct stat st;

	tsetup_set(ts, TT_KEY_REGION, "orbit", TS_TYPED, &found);
	tsetup_set(ts, TT_KEY_ROOT_PASSWORD, "rootpass", TS_TYPED, &found);
	TAP_EQ_INT(session_restore(path, again, &relaxed, &console, NULL), -ENOENT,
	    "no journal yet");
	TAP_EQ_INT(session_save(path, "ttyS0", ts, true, NULL), 0, "a session is saved");
	TAP_OK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "for root alone");
	TAP_OK(tt_file_read(path, &text, NULL) == 0 &&
		   strstr(tt_buf_str(&text), "rootpass") == NULL,
	    "without passwords");
	TAP_EQ_INT(
	    session_restore(path, again, &relaxed, &console, NULL), 0, "and restored");
	TAP_EQ_STR(tsetup_get(again, TT_KEY_REGION), "orbit", "with its values");
	TAP_EQ_STR(console, "ttyS0", "its console");
	TAP_OK(relaxed && tsetup_asked(again, TT_KEY_ROOT_PASSWORD),
	    "its state; passwords are asked again");
	(void)tt_file_write(path, "{\"v\":1", 6, 0600, NULL);
	tt_auto_free(&console);
	console = NULL;
	TAP_EQ_INT(session_restore(path, again, &relaxed, &console, NULL), -EINVAL,
	    "a torn journal is refused");
}

static void
test_log(void)
{
	tt_auto(free) char *path = tt_path_join(dir, "log/setup.log");
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(64 * TT_KIB);
	struct session_log log;

	session_log_open(&log, path, "tty1");
	session_log_value(&log, TT_KEY_ADMIN_PASSWORD, "typed", "geheim77", &found);
	tt_findings_add(&found, "W_UNREACHABLE", "admin_ip", "1", "w");
	tt_findings_add(&found, "E_IP", "admin_ip", "1.2.3", "three octets");
	session_log_value(&log, TT_KEY_ADMIN_IP, "typed", "1.2.3", &found);
	session_log_close(&log);
	TAP_OK(tt_file_read(path, &text, NULL) == 0, "a log is made with its folder");
	TAP_OK(strstr(tt_buf_str(&text), "tty1 admin_password typed '***' accepted\n") !=
		   NULL,
	    "a secret is three stars");
	TAP_OK(strstr(tt_buf_str(&text), "tty1 admin_ip typed '1.2.3' E_IP\n") != NULL,
	    "a refusal has its code");
}

static void
test_lock(void)
{
	tt_auto(free) char *path = tt_path_join(dir, "setup.lock");
	struct console_lock a, b;
	struct console_holder holder;

	console_lock_init(&a, path, "tty1");
	console_lock_init(&b, path, "ttyS0");
	TAP_OK(!console_lock_is_held(&b), "nobody has the lock");
	TAP_EQ_INT(console_lock_try(&a, NULL), 1, "the first one gets it");
	TAP_EQ_INT(console_lock_try(&a, NULL), 1, "and keeps it");
	TAP_EQ_INT(console_lock_try(&b, NULL), 0, "the second one does not");
	console_lock_screen(&a, "Accounts");
	TAP_EQ_INT(console_lock_holder(&b, &holder), 0, "it can see");
	TAP_EQ_STR(holder.console, "tty1", "who has it");
	TAP_EQ_STR(holder.screen, "Accounts", "and where that one is");
	console_lock_drop(&a);
	TAP_EQ_INT(
	    console_lock_holder(&b, &holder), -ENOENT, "a lock let go names nobody");
	TAP_EQ_INT(console_lock_try(&b, NULL), 1, "and can be had");
	console_lock_release(&a);
	console_lock_release(&b);
}

static void
test_diff(void)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(64 * TT_KIB);

	TAP_EQ_INT(
	    edit_diff("a=1\nb=2\n", "a=1\nb=2\n", &out), 0, "equal texts do not differ");
	TAP_EQ_INT(edit_diff("a=1\nb=2\nc=3\n", "a=1\nc=4\nd=5\n", &out), 4,
	    "four lines differ");
	TAP_EQ_STR(tt_buf_str(&out), "-b=2\n-c=3\n+c=4\n+d=5\n", "old before new");
	tt_buf_reset(&out);
	edit_diff("ufds_admin_pw=abc\nroot_shadow='x'\n",
	    "ufds_admin_pw=xyz\nmy_password=1\n", &out);
	TAP_OK(strstr(tt_buf_str(&out), "abc") == NULL &&
		   strstr(tt_buf_str(&out), "xyz") == NULL,
	    "secrets are masked");
	TAP_OK(strstr(tt_buf_str(&out), "+my_password=***\n") != NULL,
	    "an operator's own, too");
}

static void
test_bootargs(void)
{
	const char *cmdline =
	    "ro triton.answers=a triton.answersx=c quiet triton.answers=b\n";
	tt_auto(free) char *last = fetch_bootarg(cmdline, "triton.answers");
	tt_auto(free) char *bare = fetch_bootarg(cmdline, "quiet");
	tt_auto(free) char *none = fetch_bootarg(cmdline, "answers");

	TAP_EQ_STR(last, "b", "the last word with a name counts");
	TAP_EQ_STR(bare, "", "a bare word has no value");
	TAP_OK(none == NULL, "a part of a name is none");
}

static void
test_urls(void)
{
	tt_auto(strv) char **one =
	    fetch_url_names("https://h/%m.json", "02:00:00:00:00:01", NULL);
	tt_auto(strv) char **dir_names =
	    fetch_url_names("https://h/d/", "02:00:00:00:00:01", "head");
	tt_auto(free) char *joined = tt_strv_join(dir_names, " ");
	tt_auto(free) char *single = tt_strv_join(one, " ");

	TAP_EQ_STR(
	    single, "https://h/02:00:00:00:00:01.json", "%%m is the boot NIC's MAC");
	TAP_EQ_STR(joined,
	    "https://h/d/02:00:00:00:00:01-answers.json https://h/d/head-answers.json "
	    "https://h/d/answers.json",
	    "a folder stands for three names, the most particular first");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_journal();
	test_log();
	test_lock();
	test_diff();
	test_bootargs();
	test_urls();
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
