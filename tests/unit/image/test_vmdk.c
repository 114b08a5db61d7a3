// SPDX-License-Identifier: MPL-2.0
/*
 * Virtual disks: the descriptor's text, the tables of an empty disk, and a stream taken
 * apart again by its markers.
 */
#include "image/vmdk.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "tests/lib/tap.h"

#define GRAIN (VMDK_GRAIN * VMDK_SECTOR)

static char *dir;

static void
test_flat(void)
{
	const struct vmdk_disk d = { 15482880, "ide", 11 };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(VMDK_DESCRIPTOR_MAX);
	tt_auto(buf) struct tt_buf small = TT_BUF_INIT(100);

	TAP_EQ_INT(vmdk_flat(&d, "8gb.img", &text), 0, "a flat disk");
	TAP_EQ_STR(tt_buf_str(&text),
	    "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
	    "createType=\"monolithicFlat\"\n\n# Extent description\n"
	    "RW 15482880 FLAT \"8gb.img\" 0\n\n# The Disk Data Base\n#DDB\n\n"
	    "ddb.virtualHWVersion = \"11\"\nddb.adapterType = \"ide\"\n"
	    "ddb.geometry.cylinders = \"15360\"\nddb.geometry.heads = \"16\"\n"
	    "ddb.geometry.sectors = \"63\"\n",
	    "its whole text");
	TAP_OK(vmdk_flat(&d, "8gb.img", &small) < 0, "a buffer too small is said");
}

static void
test_big_flat(void)
{
	const struct vmdk_disk d = { 31223808, "ide", 14 };
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(VMDK_DESCRIPTOR_MAX);

	(void)vmdk_flat(&d, "16gb.img", &text);
	TAP_OK(strstr(tt_buf_str(&text), "cylinders = \"16383\"") != NULL,
	    "cylinders end where ATA's do");
}

/* Where both directories of an empty disk point, and that nothing else is in it. */
static void
test_empty(uint64_t sectors, uint64_t tables)
{
	const struct vmdk_disk d = { sectors, "lsilogic", 11 };
	tt_auto(free) char *path = tt_path_join(dir, "zpool.vmdk");
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(buf) struct tt_buf all = TT_BUF_INIT(64 * TT_MIB);
	const uint8_t *p;
	uint64_t spare, directory, bad = 0;

	TAP_EQ_INT(vmdk_empty_write(path, &d, &err), 0, "an empty disk of %llu sectors",
	    (unsigned long long)sectors);
	TAP_OK(!vmdk_used(path), "it is empty");
	TAP_EQ_INT(tt_file_read(path, &all, &err), 0, "read again");
	p = (const uint8_t *)all.data;
	spare = le64_get(p + 48);
	directory = le64_get(p + 56);
	TAP_OK(memcmp(p, "KDMV", 4) == 0 && le32_get(p + 4) == 1, "magic and version");
	TAP_EQ_INT(le64_get(p + 12), (long long)sectors, "its capacity");
	TAP_OK(memcmp(p + 73, "\n \r\n", 4) == 0, "the line end test");
	TAP_EQ_INT(spare, 21, "the spare directory is behind the descriptor");
	TAP_EQ_INT(all.len, (long long)(le64_get(p + 64) * VMDK_SECTOR),
	    "the file ends where grains begin");
	TAP_EQ_INT(le64_get(p + 64) % VMDK_GRAIN, 0, "at a whole grain");
	for (uint64_t i = 0; i < tables; i++) {
		const uint64_t a = le32_get(p + spare * VMDK_SECTOR + i * 4);
		const uint64_t b = le32_get(p + directory * VMDK_SECTOR + i * 4);

		bad += a < spare || a + 4 > directory || b < directory ||
		       b + 4 > all.len / VMDK_SECTOR ||
		       le32_get(p + a * VMDK_SECTOR) != 0;
	}
	TAP_EQ_INT(bad, 0, "every table has its place in both directories");
	TAP_OK(truncate(path, (off_t)(all.len + GRAIN)) == 0 && vmdk_used(path),
	    "with a grain it is not");
	TAP_EQ_INT(le32_get(p + directory * VMDK_SECTOR + tables * 4), 0,
	    "there are no more than %llu", (unsigned long long)tables);
}

static void
put_raw(const char *path, const uint8_t *data, uint64_t at, size_t len, uint64_t size)
{
	tt_auto(close) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	TAP_OK(fd >= 0 && ftruncate(fd, (off_t)size) == 0 &&
		   pwrite(fd, data, len, (off_t)at) == (ssize_t)len,
	    "%zu bytes at %llu", len, (unsigned long long)at);
}

/* Read the stream by its markers; returns grains found, compares each with the raw bytes. */
static unsigned
walk(const uint8_t *p, size_t len, const uint8_t *raw, size_t raw_len, uint64_t *ret_end)
{
	static uint8_t grain[GRAIN];
	size_t at = GRAIN;
	unsigned grains = 0;

	while (at + VMDK_SECTOR <= len) {
		const uint64_t sector = le64_get(p + at);
		const uint32_t size = le32_get(p + at + 8);
		uLongf got = sizeof(grain);

		if (size == 0) {
			const uint32_t type = le32_get(p + at + 12);

			at += VMDK_SECTOR;
			if (type == 0)
				break;
			at += sector * VMDK_SECTOR;
			continue;
		}
		if (uncompress(grain, &got, p + at + 12, size) != Z_OK || got != GRAIN ||
		    sector * VMDK_SECTOR + GRAIN > raw_len ||
		    memcmp(grain, raw + sector * VMDK_SECTOR, GRAIN) != 0)
			return 0;
		grains++;
		at += (12 + size + VMDK_SECTOR - 1) / VMDK_SECTOR * VMDK_SECTOR;
	}
	*ret_end = at;
	return grains;
}

static void
tell(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t *told = ctx;

	*told = done > total ? UINT64_MAX : done;
}

static void
test_stream(void)
{
	const struct vmdk_disk d = { 1536 * VMDK_GRAIN, "ide", 11 };
	const size_t size = 1536 * GRAIN;
	tt_auto(free) char *raw = tt_path_join(dir, "raw");
	tt_auto(free) char *path = tt_path_join(dir, "stream.vmdk");
	tt_auto(free) uint8_t *bytes = tt_xalloc(size);
	/* two extents in one grain, one of zeros, one over a border, one in table 3 */
	tt_auto(json) json_t *extents = json_pack(
	    "[[I,I,s],[I,I,s],[I,I,s],[I,I,s],[I,I,s]]", (json_int_t)0, (json_int_t)100,
	    "", (json_int_t)5000, (json_int_t)10, "", (json_int_t)(2 * GRAIN),
	    (json_int_t)GRAIN, "", (json_int_t)(9 * GRAIN - 10), (json_int_t)20, "",
	    (json_int_t)(1535 * GRAIN + 7), (json_int_t)(GRAIN - 7), "");
	tt_auto(buf) struct tt_buf all = TT_BUF_INIT(8 * TT_MIB);
	tt_auto(err) struct tt_err *err = NULL;
	char hex[TT_SHA256_HEX_LEN];
	uint64_t told = 0;
	struct vmdk_stream s = { .progress = tell, .ctx = &told };
	const uint8_t *p;
	uint64_t end = 0;

	memset(bytes, 'a', 100);
	memset(bytes + 5000, 'b', 10);
	memset(bytes + 9 * GRAIN - 10, 'c', 20);
	for (size_t i = 7; i < GRAIN; i++)
		bytes[1535 * GRAIN + i] = (uint8_t)(i * i >> 3);
	put_raw(raw, bytes, 0, size, size);
	TAP_EQ_INT(vmdk_stream_write(path, &d, "x.vmdk", raw, extents, &s, &err), 0,
	    "a stream: %s", tt_err_message(err));
	TAP_OK(told == 100 + 10 + GRAIN + 20 + GRAIN - 7, "progress ends with all bytes");
	TAP_EQ_INT(s.grains, 4, "four grains hold data");
	TAP_EQ_INT(tt_file_read(path, &all, &err), 0, "read again");
	tt_sha256_hex(all.data, all.len, hex);
	TAP_EQ_STR(s.sha256, hex, "its digest");
	TAP_EQ_INT(s.size, (long long)all.len, "its size");
	p = (const uint8_t *)all.data;
	TAP_EQ_INT(le32_get(p + 4), 3, "version 3");
	TAP_OK(le64_get(p + 56) == UINT64_MAX, "the directory is at the end");
	TAP_EQ_INT(
	    walk(p, all.len, bytes, size, &end), 4, "every grain unpacks to its bytes");
	TAP_EQ_INT(end, (long long)all.len, "the last marker is the last sector");
	p += all.len - 2 * VMDK_SECTOR;
	TAP_OK(memcmp(p, "KDMV", 4) == 0, "the footer is the header again");
	p = (const uint8_t *)all.data + le64_get(p + 56) * VMDK_SECTOR;
	TAP_OK(le32_get(p) != 0 && le32_get(p + 4) == 0 && le32_get(p + 8) != 0,
	    "tables without a grain are left out");
}

static void
test_refused(void)
{
	const struct vmdk_disk d = { 4 * VMDK_GRAIN, "ide", 11 };
	tt_auto(free) char *raw = tt_path_join(dir, "short");
	tt_auto(free) char *path = tt_path_join(dir, "no.vmdk");
	tt_auto(json) json_t *far =
	    json_pack("[[I,I,s]]", (json_int_t)(4 * GRAIN), (json_int_t)1, "");
	tt_auto(json) json_t *in =
	    json_pack("[[I,I,s]]", (json_int_t)GRAIN, (json_int_t)GRAIN, "");
	tt_auto(err) struct tt_err *err = NULL;
	struct vmdk_stream s = { 0 };

	put_raw(raw, (const uint8_t *)"x", GRAIN, 1, GRAIN + 100);
	TAP_OK(vmdk_stream_write(path, &d, "x", raw, far, &s, &err) < 0,
	    "an extent behind the end: %s", tt_err_message(err));
	tt_err_clear(&err);
	TAP_OK(vmdk_stream_write(path, &d, "x", raw, in, &s, &err) < 0,
	    "a raw image that is too short: %s", tt_err_message(err));
	tt_err_clear(&err);
	TAP_OK(vmdk_stream_write(path, &d, "x", "/nonexistent/raw", in, &s, &err) < 0,
	    "no raw image: %s", tt_err_message(err));
}

int
main(void)
{
	char template[] = "/tmp/test-vmdk-XXXXXX";

	dir = mkdtemp(template);
	test_flat();
	test_big_flat();
	test_empty(40 * TT_GIB / VMDK_SECTOR, 1280);
	test_empty(VMDK_GRAIN * 512 + 1, 2);
	test_stream();
	test_refused();
	(void)tt_remove_tree(dir, NULL);
	return tap_done();
}
