// SPDX-License-Identifier: MPL-2.0
/*
 * newc archives: the bytes of a small one, and libarchive's opinion of it.
 */
#include "image/platform/cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/lib/tap.h"

static void
fill(struct tt_buf *b)
{
	struct cpio c;

	cpio_init(&c, b, 0x5f5e100);
	cpio_add(&c, "dev", S_IFDIR | 0755, NULL, 0);
	cpio_add_device(&c, "dev/console", S_IFCHR | 0600, 5, 1);
	cpio_add(&c, "init", S_IFREG | 0755, "hello", 5);
	TAP_EQ_INT(cpio_end(&c), 0, "written");
}

static void
test_bytes(void)
{
	/* one record a line, zero bytes shown as '.' */
	static const char want[] =
	    "07070100000001000041ED00000000000000000000000205F5E100"
	    "00000000000000000000000000000000000000000000000400000000dev..."
	    "07070100000002000021800000000000000000000000010"
	    "5F5E10000000000000000000000000000000005000000010000000C00000000dev/"
	    "console..."
	    "07070100000003000081ED00000000000000000000000105F5E100"
	    "00000005000000000000000000000000000000000000000500000000init..hello..."
	    "070701000000000000000000000000000000000000000100000000"
	    "00000000000000000000000000000000000000000000000B00000000TRAILER!!!....";
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);

	fill(&b);
	TAP_EQ_INT(b.len % 4, 0, "padded to four bytes");
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\0')
			b.data[i] = '.';
	TAP_EQ_STR(tt_buf_str(&b), want, "the format's bytes");
}

static void
test_reader(void)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	fill(&b);
	archive_read_support_format_cpio(a);
	TAP_EQ_INT(archive_read_open_memory(a, b.data, b.len), ARCHIVE_OK,
	    "libarchive opens it");
	TAP_OK(archive_read_next_header(a, &e) == ARCHIVE_OK &&
		   archive_entry_filetype(e) == AE_IFDIR && archive_entry_ino64(e) == 1,
	    "folder, inode 1");
	TAP_OK(archive_read_next_header(a, &e) == ARCHIVE_OK &&
		   archive_entry_filetype(e) == AE_IFCHR &&
		   major(archive_entry_rdev(e)) == 5 &&
		   minor(archive_entry_rdev(e)) == 1 && archive_entry_uid(e) == 0,
	    "device 5:1 of root");
	TAP_OK(archive_read_next_header(a, &e) == ARCHIVE_OK &&
		   archive_entry_size(e) == 5 &&
		   archive_entry_mode(e) == (S_IFREG | 0755) &&
		   archive_entry_mtime(e) == 0x5f5e100,
	    "file with mode and time");
	TAP_EQ_INT(archive_read_next_header(a, &e), ARCHIVE_EOF, "and the end");
	archive_read_free(a);
}

static void
test_limit(void)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(200);
	struct cpio c;

	cpio_init(&c, &b, 0);
	cpio_add(&c, "a", S_IFREG | 0644, "0123456789", 10);
	cpio_add(&c, "b", S_IFREG | 0644, "0123456789", 10);
	TAP_EQ_INT(cpio_end(&c), -EMSGSIZE, "a passed limit is told at the end");
}

int
main(void)
{
	test_bytes();
	test_reader();
	test_limit();
	return tap_done();
}
