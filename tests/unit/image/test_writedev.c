// SPDX-License-Identifier: MPL-2.0
/*
 * The rules of triton-write.
 */
#include "image/writedev.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/lib/tap.h"

static const char mounts[] = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
			     "24 22 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
			     "x\n";

static void
rule(struct writedev d, uint64_t need, bool force, int want, const char *says)
{
	tt_auto(err) struct tt_err *err = NULL;
	const int r = writedev_allow(&d, need, force, &err);

	TAP_EQ_INT(r, want, "%s", says);
	if (want < 0)
		TAP_OK(strstr(tt_err_message(err), "/dev/sdb") != NULL, "names it: %s",
		    tt_err_message(err));
}

int
main(void)
{
	const struct writedev good = {
		.path = "/dev/sdb", .size = 100, .removable = true
	};
	struct writedev d;
	struct writedev seen;
	char how[100];
	char file[] = "/tmp/writedev-test-XXXXXX";
	const int fd = mkstemp(file);

	TAP_OK(writedev_mounted(mounts, 8, 17, how, sizeof(how)), "a mounted partition");
	TAP_EQ_STR(how, "mounted on /media/stick", "and where");
	TAP_OK(
	    !writedev_mounted(mounts, 8, 1, how, sizeof(how)), "another number is not");
	TAP_OK(!writedev_mounted("", 8, 1, how, sizeof(how)), "no mounts");
	rule(good, 100, false, 0, "a removable disk that is large enough");
	rule(good, 101, true, -ENOSPC, "too small, even with force");
	d = good;
	d.removable = false;
	rule(d, 100, false, -EPERM, "a fixed disk");
	rule(d, 100, true, 0, "a fixed disk with force");
	d = good;
	d.in_use = true;
	rule(d, 100, true, -EBUSY, "in use, even with force");
	d = good;
	d.is_partition = true;
	rule(d, 100, true, -EINVAL, "a partition, even with force");
	TAP_EQ_INT(
	    writedev_look("/dev/null", "/", &seen, NULL), -ENOTBLK, "no disk at all");
	TAP_EQ_INT(
	    writedev_look("/nonexistent", "/", &seen, NULL), -ENOENT, "nothing there");
	TAP_OK(ftruncate(fd, 4096) == 0 && writedev_look(file, "/", &seen, NULL) == 0 &&
		   seen.is_file && seen.size == 4096 && !seen.removable,
	    "a file is a disk that is not removable");
	close(fd);
	unlink(file);
	return tap_done();
}
