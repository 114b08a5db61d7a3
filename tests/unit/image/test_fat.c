// SPDX-License-Identifier: MPL-2.0
/*
 * The FAT writer against the FAT reader, each limit of the writer, and damage.
 */
#include <errno.h>

#include "image/fatread.h"
#include "image/fatwrite.h"
#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

#define SECTORS 80000ULL /* 39 MiB: clusters of one sector */

struct volume {
	uint8_t *data;
	size_t len;
};

static int
put(void *ctx, uint64_t offset, const void *data, size_t len, struct tt_err **err)
{
	struct volume *v = ctx;

	if (offset > v->len || len > v->len - offset)
		return tt_err_set(err, -EIO, NULL, "outside");
	memcpy(v->data + offset, data, len);
	return 0;
}

static const char *const names[] = { ".joyliveusb", "EFI/BOOT/BOOTX64.EFI", "README",
	"boot/grub/grub.cfg", "boot/grub/grubenv", "config.inc/generic",
	"os/20261122T010203Z/root.img", "os/20261122T010203Z/root.verity",
	"a rather long file name, with commas, + and = in it.text", "longname1.txt",
	"longname2.txt", "longname3.txt", "x.tar.gz", "UPPER.TXT" };

/* Contents of file i: i * 1000 + i bytes of value i. */
static size_t
size_of(size_t i)
{
	return i * 1000 + i;
}

static void
fill(struct volume *v)
{
	const struct fat_params p = { SECTORS, 4096, 0x1234abcd, "TRITON", 1795400000 };
	tt_auto(fat) struct fat *f = fat_new(&p);
	tt_auto(err) struct tt_err *err = NULL;
	int index[TT_ARRAY_LEN(names)];

	v->len = SECTORS * 512;
	v->data = tt_xalloc(v->len);
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
		index[i] = fat_add(f, names[i], size_of(i), &err);
	TAP_EQ_INT(fat_layout(f, &err), 0, "layout: %s", tt_err_message(err));
	TAP_EQ_INT(fat_write_meta(f, put, v, &err), 0, "tables: %s", tt_err_message(err));
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
		if (size_of(i) > 0)
			memset(v->data + fat_offset(f, index[i]), (int)i, size_of(i));
}

static int
count(const struct fatread_file *file, void *ctx, struct tt_err **err TT_UNUSED)
{
	*(size_t *)ctx += !file->is_dir;
	return 0;
}

static void
test_round_trip(void)
{
	struct volume v;
	struct fatread f;
	tt_auto(err) struct tt_err *err = NULL;
	size_t files = 0, wrong = 0;

	fill(&v);
	TAP_EQ_INT(
	    fatread_open(v.data, v.len, &f, &err), 0, "opens: %s", tt_err_message(err));
	TAP_EQ_STR(f.label, "TRITON", "label");
	TAP_EQ_INT(f.volume_id, 0x1234abcd, "volume id");
	TAP_EQ_INT(fatread_check(&f, &err), 0, "check: %s", tt_err_message(err));
	TAP_EQ_INT(
	    fatread_walk(&f, count, &files, &err), 0, "walk: %s", tt_err_message(err));
	TAP_EQ_INT(files, TT_ARRAY_LEN(names), "all files, none more");
	for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
		tt_auto(free) char *data = NULL;
		size_t len = 0;

		if (fatread_load(&f, names[i], 1000000, &data, &len, NULL) < 0 ||
		    len != size_of(i)) {
			tap_note("%s", names[i]);
			wrong++;
			continue;
		}
		for (size_t k = 0; k < len; k++)
			wrong += data[k] != (char)i;
	}
	TAP_EQ_INT(wrong, 0, "names, sizes and bytes come back");
	free(v.data);
}

/* A change of any kind in the structure is found by the check. */
static void
test_damage(void)
{
	struct volume v;
	struct fatread f;
	size_t reserved, fat_bytes, missed = 0, tried = 0;

	fill(&v);
	reserved = (size_t)le16_get(v.data + 14) * 512;
	fat_bytes = (size_t)le32_get(v.data + 36) * 512;
	for (size_t at = reserved; at < reserved + 4 * 100; at++) {
		v.data[at] ^= 0x10;
		missed += fatread_open(v.data, v.len, &f, NULL) >= 0 &&
			  fatread_check(&f, NULL) >= 0;
		v.data[at + fat_bytes] ^= 0x10; /* and in both tables alike */
		/* the top four bits of an entry, and the first two entries, mean nothing */
		if (at % 4 != 3 && at >= reserved + 8)
			missed += fatread_check(&f, NULL) >= 0;
		v.data[at] ^= 0x10;
		v.data[at + fat_bytes] ^= 0x10;
		tried++;
	}
	TAP_EQ_INT(missed, 0, "each of %zu changed table bytes is found", tried);
	v.data[512 + 488] ^= 1;
	TAP_EQ_INT(
	    fatread_check(&f, NULL), -EINVAL, "a wrong count of free clusters is found");
	free(v.data);
}

/* A folder that contains itself must not be walked for ever. */
static void
test_loop(void)
{
	struct volume v;
	struct fatread f;
	tt_auto(err) struct tt_err *err = NULL;
	size_t files = 0;
	uint8_t *root;

	fill(&v);
	TAP_EQ_INT(fatread_open(v.data, v.len, &f, NULL), 0, "opens");
	root = v.data + (f.area - f.data);
	for (size_t at = 0; at < 512; at += 32)
		if (root[at + 11] == 0x10) {
			le16_put(root + at + 26, 2);
			le16_put(root + at + 20, 0);
		}
	TAP_EQ_INT(fatread_walk(&f, count, &files, &err), -EINVAL,
	    "a loop of folders ends: %s", tt_err_message(err));
	TAP_EQ_INT(fatread_check(&f, NULL), -EINVAL, "and the check refuses it");
	free(v.data);
}

static void
refused(const char *path, uint64_t size, int want, const char *code)
{
	const struct fat_params p = { SECTORS, 4096, 1, "TRITON", 1795400000 };
	tt_auto(fat) struct fat *f = fat_new(&p);
	tt_auto(err) struct tt_err *err = NULL;

	TAP_OK(fat_add(f, "boot/grub/grub.cfg", 1, NULL) >= 0, "one file is there");
	TAP_EQ_INT(
	    fat_add(f, path, size, &err), want, "refused: %.40s", tt_err_message(err));
	TAP_EQ_STR(tt_err_code(err), code, "with its code");
}

static void
test_limits(void)
{
	const struct fat_params tiny = { 20000, 4096, 1, "TRITON", 1795400000 };
	const struct fat_params small = { SECTORS, 4096, 1, "TRITON", 1795400000 };
	tt_auto(fat) struct fat *t = fat_new(&tiny);
	tt_auto(fat) struct fat *s = fat_new(&small);
	tt_auto(err) struct tt_err *err = NULL;
	char name[300];

	refused("images/big", 1ULL << 32, -EFBIG, "FileTooLarge");
	refused("boot/GRUB/grub.cfg", 1, -EEXIST, "DuplicateName");
	refused("boot/grub/GRUB.CFG", 1, -EEXIST, "DuplicateName");
	refused("boot/grub", 1, -EEXIST, "DuplicateName");
	refused("boot/grub/grub.cfg/x", 1, -EEXIST, "DuplicateName");
	refused("caf\xc3\xa9", 1, -EINVAL, "InvalidName");
	refused("a:b", 1, -EINVAL, "InvalidName");
	refused("dot.", 1, -EINVAL, "InvalidName");
	refused("a//b", 1, -EINVAL, "InvalidName");
	refused("", 1, -EINVAL, "InvalidName");
	memset(name, 'n', 256);
	name[256] = '\0';
	refused(name, 1, -EINVAL, "InvalidName");
	TAP_OK(fat_add(s, name + 1, (1ULL << 32) - 1, NULL) >= 0,
	    "255 characters, 4 GiB less one");
	TAP_EQ_INT(fat_layout(s, &err), -ENOSPC, "no room: %s", tt_err_message(err));
	tt_err_clear(&err);
	TAP_EQ_INT(
	    fat_layout(t, &err), -ENOSPC, "too small for FAT32: %s", tt_err_message(err));
}

int
main(void)
{
	test_round_trip();
	test_damage();
	test_loop();
	test_limits();
	return tap_done();
}
