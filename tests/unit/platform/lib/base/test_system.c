// SPDX-License-Identifier: MPL-2.0
/* sha256, random, uuid, time, path, file, json, proc, log: what touches the system. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/log.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/random.h"
#include "platform/lib/base/sha256.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"
#include "platform/lib/base/uuid.h"
#include "tests/lib/tap.h"

static char dir[] = "/tmp/test_system.XXXXXX";

/* Digests of 'a' repeated n times, from coreutils' sha256sum. */
static void
test_sha256(void)
{
	static const struct {
		size_t n;
		const char *hex;
	} cases[] = {
		{ 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ 55,
		    "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ 56,
		    "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ 64,
		    "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
		{ 1000000,
		    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	};
	tt_auto(free) char *text = tt_xalloc(1000000);
	char hex[TT_SHA256_HEX_LEN];

	memset(text, 'a', 1000000);
	for (size_t i = 0; i < TT_ARRAY_LEN(cases); i++) {
		struct tt_sha256 h;
		uint8_t out[TT_SHA256_SIZE];

		tt_sha256_hex(text, cases[i].n, hex);
		TAP_EQ_STR(hex, cases[i].hex, "%zu bytes at once", cases[i].n);
		tt_sha256_init(&h);
		for (size_t at = 0, step = 1; at < cases[i].n;
		     at += step, step = step % 97 + 1)
			tt_sha256_add(&h, text + at,
			    step < cases[i].n - at ? step : cases[i].n - at);
		tt_sha256_end(&h, out);
		tt_hex(out, sizeof(out), hex);
		TAP_EQ_STR(hex, cases[i].hex, "%zu bytes in pieces", cases[i].n);
	}
}

static void
test_random(void)
{
	char a[TT_UUID_LEN], b[TT_UUID_LEN];

	tt_uuid_new(a);
	tt_uuid_new(b);
	TAP_OK(tt_uuid_valid(a) && a[14] == '4', "a version 4 UUID");
	TAP_OK(strcmp(a, b) != 0, "and another one");
	tt_random_seed("x");
	tt_uuid_new(a);
	tt_random_seed("x");
	tt_uuid_new(b);
	TAP_EQ_STR(a, b, "a seed makes them equal");
	tt_random_seed(NULL);
	TAP_OK(!tt_uuid_valid("930896AF-bf8c-48d4-885c-6573a94b1853"),
	    "capitals are not ours");
}

static void
test_time(void)
{
	char iso[TT_ISO_LEN], stamp[TT_STAMP_LEN];

	TAP_EQ_STR(tt_time_iso(1767323045678901, iso), "2026-01-02T03:04:05.678Z", "ISO");
	TAP_EQ_STR(tt_time_stamp(1767323045678901, stamp), "20260102T030405Z", "stamp");
	tt_time_fake(5000000);
	TAP_EQ_INT(tt_now_us(), 5000000, "a fake clock");
	tt_time_fake(-1);
	TAP_OK(tt_now_us() > 1767323045000000, "the real clock is back");
}

static void
test_files(void)
{
	tt_auto(free) char *deep = tt_path_join(dir, "a/b/c");
	tt_auto(free) char *file = tt_path_join(deep, "f");
	tt_auto(free) char *copy = tt_path_join(deep, "g");
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(4);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(strv) char **names = NULL;
	tt_auto(free) char *line = NULL;
	struct stat st;

	TAP_EQ_INT(tt_mkdir_p(deep, 0700, &err), 0, "folders are made");
	TAP_EQ_INT(
	    tt_file_replace(file, "one\ntwo", 7, 0600, &err), 0, "a file is written");
	TAP_OK(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600, "with its mode");
	line = tt_file_line(file);
	TAP_EQ_STR(line, "one", "its first line");
	TAP_EQ_INT(tt_file_read(file, &b, &err), -EFBIG, "too large for a small buffer");
	TAP_EQ_INT(tt_file_copy(file, copy, 0644, true, &err), 0, "a copy");
	TAP_EQ_INT(tt_dir_list(deep, &names, &err), 0, "the folder is listed");
	TAP_OK(tt_strv_len(names) == 2 && tt_streq(names[0], "f"),
	    "with just the two files");
	TAP_EQ_INT(tt_remove_tree(dir, &err), 0, "the tree goes");
	TAP_OK(!tt_path_exists(dir), "and is gone");
	TAP_EQ_INT(tt_remove_tree(dir, &err), 0, "a missing one is fine");
}

static void
test_json(void)
{
	tt_auto(json) json_t *j = NULL;
	tt_auto(err) struct tt_err *err = NULL;

	TAP_EQ_INT(tt_json_parse("x.json", "{\"a\":1,\n\"a\":2}", 14, &j, &err), -EINVAL,
	    "a key given twice is refused");
	TAP_OK(strstr(tt_err_message(err), "x.json:2:") != NULL, "with its line");
	TAP_EQ_INT(tt_json_parse("x", "{\"a\":\"b\"}", 9, &j, NULL), 0, "good JSON");
	TAP_EQ_STR(tt_json_str(j, "a", "?"), "b", "a text member");
	TAP_EQ_STR(tt_json_str(j, "z", "?"), "?", "a missing one");
}

static void
test_proc(void)
{
	const char *const echo[] = { "sh", "-c", "cat; echo oops >&2; exit 3", NULL };
	const char *const slow[] = { "sleep", "30", NULL };
	const char *const none[] = { "no-such-program", NULL };
	const char *const fds[] = { "sh", "-c", "ls /proc/self/fd | wc -l", NULL };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(1024 * 1024);
	tt_auto(free) char *big = tt_xalloc(300000);
	tt_auto(err) struct tt_err *err = NULL;
	int status = 0, keep;

	memset(big, 'x', 300000);
	TAP_EQ_INT(
	    tt_proc_run(echo,
		&(struct tt_proc_opts){ .input = big, .input_len = 300000, .out = &out },
		&status, &err),
	    -ECHILD, "status 3 is an error");
	TAP_EQ_INT(status, 3, "and told");
	TAP_EQ_INT(out.len, 300000, "input larger than a pipe comes back whole");
	TAP_EQ_STR(tt_err_message(err), "'sh' ended with status 3: oops",
	    "the last line says why");
	TAP_EQ_INT(
	    tt_proc_run(slow, &(struct tt_proc_opts){ .timeout_ms = 50 }, NULL, &err),
	    -ETIME, "a deadline");
	TAP_EQ_INT(tt_proc_run(none, NULL, NULL, &err), -ENOENT, "no such program");
	keep = open("/", O_RDONLY);
	tt_buf_reset(&out);
	TAP_EQ_INT(tt_proc_run(fds, &(struct tt_proc_opts){ .out = &out }, NULL, &err), 0,
	    "a child without our descriptors");
	TAP_EQ_STR(tt_buf_str(&out), "4\n", "has 0, 1, 2 and the one of ls");
	close(keep);
}

static void
test_log(void)
{
	char path[] = "/tmp/test_log.XXXXXX";
	tt_auto(close) int fd = mkstemp(path);
	tt_auto(log) struct tt_log *log = tt_log_new("test", "part", fd, TT_INFO);
	tt_auto(json) json_t *j = NULL;

	tt_log(log, TT_DEBUG, "below the level", NULL);
	tt_log(log, TT_WARN, "pool \"x\"", "disks", TT_INT(2), "pw", TT_SECRET("hunter2"),
	    NULL);
	TAP_EQ_INT(tt_json_load(path, 4096, &j, NULL), 0, "one record, valid JSON");
	TAP_EQ_STR(tt_json_str(j, "msg", ""), "pool \"x\"", "its message");
	TAP_EQ_STR(tt_json_str(j, "pw", ""), "***", "a secret is masked");
	TAP_EQ_INT(tt_json_int(j, "level", 0), 40, "its level");
	unlink(path);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_sha256();
	test_random();
	test_time();
	test_files();
	test_json();
	test_proc();
	test_log();
	return tap_done();
}
