// SPDX-License-Identifier: MPL-2.0
/* The pure parts of triton-boot: command line, shadow text, swap and memory sizes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/boot/memory.h"
#include "platform/boot/nics.h"
#include "platform/boot/params.h"
#include "platform/boot/pool.h"
#include "platform/boot/shadow.h"
#include "platform/key/manifest.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_params(void)
{
	static const char text[] =
	    "a=1  headnode=true quiet x=\"two words\" a=2 root_shadow=$6$x=y\n";
	struct boot_params p;
	json_t *o;

	boot_params_parse(text, sizeof(text) - 1, &p);
	TAP_EQ_INT(p.n, 6, "six words");
	TAP_EQ_STR(boot_param(&p, "a"), "2", "a later word wins");
	TAP_EQ_STR(boot_param(&p, "quiet"), "true", "a bare word is true");
	TAP_EQ_STR(boot_param(&p, "x"), "two words", "quotes keep blanks");
	TAP_EQ_STR(boot_param(&p, "root_shadow"), "$6$x=y", "only the first = splits");
	TAP_OK(!boot_param(&p, "none"), "what is not there is NULL");
	o = boot_params_json(&p);
	TAP_EQ_STR(json_string_value(json_object_get(o, "root_shadow")), "***",
	    "secrets are masked");
	json_decref(o);
	boot_params_release(&p);
}

struct bad_manifest {
	const char *text, *message;
};

static void
test_manifest(void)
{
	static const char good[] = D64 "  0  .joyliveusb\n" D64 "  17  os/x/root.img\n";
	static const struct bad_manifest bad[] = {
		{ "", "empty" },
		{ D64 "  1  a", "cut off" },
		{ D64 " 1 a\n", "64 hex digits" },
		{ "xx" D64 "  1  a\n", "64 hex digits" },
		{ "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  1  "
		  "a\n",
		    "not 64 hex digits" },
		{ D64 "  -1  a\n", "no number" },
		{ D64 "  1\n", "no path" },
		{ D64 "  1  /etc/shadow\n", "leaves its folder" },
		{ D64 "  1  a/../b\n", "leaves its folder" },
		{ D64 "  1  a//b\n", "leaves its folder" },
		{ D64 "  1  a\tb\n", "no path has" },
	};
	struct tt_err *err = NULL;
	struct manifest m = { 0 };

	TAP_EQ_INT(
	    manifest_parse("m", good, sizeof(good) - 1, &m, &err), 0, "a good manifest");
	TAP_EQ_INT(m.n, 2, "has two files");
	TAP_EQ_INT(m.bytes, 17, "of 17 bytes");
	TAP_OK(manifest_find(&m, "os/x/root.img") && !manifest_find(&m, "os"),
	    "found by path");
	manifest_release(&m);
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		int r = manifest_parse("m", bad[i].text, strlen(bad[i].text), &m, &err);

		TAP_OK(r == -EINVAL && strstr(tt_err_message(err), bad[i].message),
		    "refused: %s", tt_err_message(err));
		tt_err_clear(&err);
	}
}

static void
test_shadow(void)
{
	static const char text[] =
	    "daemon:*:1:0:99999:7:::\nroot:!:1:0:99999:7:::\nrooty:x:1::::::";
	struct tt_buf out = TT_BUF_INIT(4096);
	char field[64];

	TAP_EQ_INT(
	    shadow_set(text, sizeof(text) - 1, "root", "$y$a$b", &out, NULL), 0, "set");
	TAP_EQ_STR(tt_buf_str(&out),
	    "daemon:*:1:0:99999:7:::\nroot:$y$a$b:1:0:99999:7:::\nrooty:x:1::::::\n",
	    "only root's field changed");
	TAP_EQ_INT(shadow_get(tt_buf_str(&out), out.len, "root", field, sizeof(field)), 0,
	    "get");
	TAP_EQ_STR(field, "$y$a$b", "what was set");
	tt_buf_reset(&out);
	TAP_EQ_INT(
	    shadow_set("a:b:::::::\n", 11, "root", "*", &out, NULL), 0, "without root");
	TAP_EQ_STR(tt_buf_str(&out), "a:b:::::::\nroot:*:::::::\n", "a line is added");
	TAP_EQ_INT(shadow_set(text, sizeof(text) - 1, "root", "a:b", &out, NULL), -EINVAL,
	    "a colon would break the file");
	TAP_EQ_INT(shadow_set(text, sizeof(text) - 1, "root", "a\nb", &out, NULL),
	    -EINVAL, "so would a line end");
	TAP_EQ_INT(shadow_set(text, sizeof(text) - 1, "root", "", &out, NULL), -EINVAL,
	    "an empty password is none");
	tt_buf_release(&out);
}

static void
test_memory(void)
{
	TAP_EQ_INT(memory_reserve_kib(1 * TT_GIB, 45056), 8192, "a 128th");
	TAP_EQ_INT(memory_reserve_kib(256 * TT_MIB, 45056), 4096, "at least 4 MiB");
	TAP_EQ_INT(memory_reserve_kib(64 * TT_GIB, 67584), 67584, "never raised");
	TAP_EQ_INT(memory_reserve_kib(256 * TT_MIB, 2000), 2000, "not even to the least");
}

static void
test_swap(void)
{
	TAP_EQ_INT(pool_swap_share("0.25x", 1 * TT_GIB, 100 * TT_GIB, 1), 1024,
	    "2 GiB at least, but never more than RAM");
	TAP_EQ_INT(
	    pool_swap_share("0.25x", 64 * TT_GIB, 1000 * TT_GIB, 1), 16384, "a quarter");
	TAP_EQ_INT(pool_swap_share("0.25x", 33 * TT_GIB, 1000 * TT_GIB, 1), 9216,
	    "rounded up to GiB");
	TAP_EQ_INT(
	    pool_swap_share("4g", 64 * TT_GIB, 1000 * TT_GIB, 2), 2048, "split over two");
	TAP_EQ_INT(
	    pool_swap_share("2x", 8 * TT_GIB, 1000 * TT_GIB, 1), 8192, "at most RAM");
	TAP_EQ_INT(pool_swap_share("1.5x", 8 * TT_GIB, 40 * TT_GIB, 1), 4096,
	    "at most a tenth of the pool");
	TAP_EQ_INT(pool_swap_share("plenty", 16 * TT_GIB, 1000 * TT_GIB, 1), 4096,
	    "what is no size counts as 0.25x");
	TAP_EQ_INT(pool_swap_share(NULL, 16 * TT_GIB, 1000 * TT_GIB, 1), 4096,
	    "so does nothing");
}

/* The area is what libblkid (and so swapon's users) recognise. */
static void
test_swap_area(void)
{
	char path[] = "/tmp/triton-swap-XXXXXX";
	int fd = mkstemp(path);
	struct mach_probe p;

	TAP_OK(fd >= 0 && ftruncate(fd, 1 << 20) == 0, "a file of 1 MiB");
	TAP_EQ_INT(pool_swap_format(fd, 1 << 20), 0, "becomes a swap area");
	TAP_EQ_INT(mach_probe(path, &p), 0, "that is probed");
	TAP_EQ_STR(p.type, "swap", "as swap");
	close(fd);
	unlink(path);
}

/* What udev 252 writes of one NIC: before it renames it, while, and behind it. */
static void
test_udev(void)
{
	TAP_OK(!boot_udev_done(""), "no record");
	TAP_OK(!boot_udev_done("E:ID_RENAMING=1\nG:systemd\n"), "about to be renamed");
	TAP_OK(!boot_udev_done("I:1234567\nE:ID_NET_NAME=ens3\nE:ID_RENAMING=1\n"),
	    "initialized, the new name not seen yet");
	TAP_OK(!boot_udev_done("E:ID_NET_NAME=ens3\nE:TWO=I:3\n"), "not initialized");
	TAP_OK(boot_udev_done("I:1234567\nE:ID_NET_NAME=ens3\nQ:systemd\nV:1\n"), "done");
	TAP_OK(boot_udev_done("E:ID_RENAMING=0\nI:1"), "done, without a last newline");
}

int
main(void)
{
	test_params();
	test_manifest();
	test_shadow();
	test_swap();
	test_swap_area();
	test_memory();
	test_udev();
	return tap_done();
}
