// SPDX-License-Identifier: MPL-2.0
/*
 * Descriptors, sparse headers and empty sparse disks; see vmdk.h.
 */
#include "image/vmdk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/le.h"
#include "image/out.h"
#include "image/vmdk_private.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define CYLINDERS_MAX 16383ULL /* what the ATA identify words can hold */

/* BIOS geometry: 16 heads on IDE, 255 on SCSI, 63 sectors on both. */
static void
add_geometry(const struct vmdk_disk *d, struct tt_buf *out)
{
	const uint64_t heads = tt_streq(d->adapter, "ide") ? 16 : 255;
	uint64_t cylinders = d->sectors / (heads * 63);

	if (heads == 16 && cylinders > CYLINDERS_MAX)
		cylinders = CYLINDERS_MAX;
	(void)tt_buf_addf(out,
	    "ddb.geometry.cylinders = \"%" PRIu64 "\"\n"
	    "ddb.geometry.heads = \"%" PRIu64 "\"\n"
	    "ddb.geometry.sectors = \"63\"\n",
	    cylinders, heads);
}

int
vmdk_text(const struct vmdk_disk *d, const char *type, const char *kind,
    const char *extent, struct tt_buf *out)
{
	(void)tt_buf_addf(out,
	    "# Disk DescriptorFile\n"
	    "version=1\n"
	    "CID=fffffffe\n"
	    "parentCID=ffffffff\n"
	    "createType=\"%s\"\n"
	    "\n"
	    "# Extent description\n"
	    "RW %" PRIu64 " %s \"%s\"%s\n"
	    "\n"
	    "# The Disk Data Base\n"
	    "#DDB\n"
	    "\n"
	    "ddb.virtualHWVersion = \"%u\"\n"
	    "ddb.adapterType = \"%s\"\n",
	    type, d->sectors, kind, extent, tt_streq(kind, "FLAT") ? " 0" : "",
	    d->hardware, d->adapter);
	add_geometry(d, out);
	return out->overflow ? -EMSGSIZE : 0;
}

int
vmdk_flat(const struct vmdk_disk *d, const char *extent, struct tt_buf *out)
{
	return vmdk_text(d, "monolithicFlat", "FLAT", extent, out);
}

void
vmdk_header_build(const struct vmdk_header *h, uint8_t out[VMDK_SECTOR])
{
	memset(out, 0, VMDK_SECTOR);
	memcpy(out, "KDMV", 4);
	le32_put(out + 4, h->version);
	le32_put(out + 8, h->flags);
	le64_put(out + 12, h->sectors);
	le64_put(out + 20, VMDK_GRAIN);
	le64_put(out + 28, h->text_offset);
	le64_put(out + 36, h->text_sectors);
	le32_put(out + 44, VMDK_TABLE_ENTRIES);
	le64_put(out + 48, h->spare_directory);
	le64_put(out + 56, h->directory);
	le64_put(out + 64, h->overhead);
	/* byte 72: not shut down cleanly; 73-76 show what a transfer as text would break */
	memcpy(out + 73, "\n \r\n", 4);
	le16_put(out + 77, h->compression);
}

/* A directory at sector `at` and where its tables lie: right behind it. */
static int
put_directory(struct out *o, uint64_t at, uint64_t tables, struct tt_err **err)
{
	const uint64_t sectors = vmdk_directory_sectors(tables);
	tt_auto(free) uint8_t *entries = tt_xalloc(sectors * VMDK_SECTOR);

	for (uint64_t i = 0; i < tables; i++)
		le32_put(
		    entries + i * 4, (uint32_t)(at + sectors + i * VMDK_TABLE_SECTORS));
	return out_put(o, at * VMDK_SECTOR, entries, sectors * VMDK_SECTOR, err);
}

int
vmdk_empty_write(const char *path, const struct vmdk_disk *d, struct tt_err **err)
{
	const uint64_t tables = vmdk_tables(d);
	const uint64_t span =
	    vmdk_directory_sectors(tables) + tables * VMDK_TABLE_SECTORS;
	const uint64_t spare = VMDK_TEXT_OFFSET + VMDK_TEXT_SECTORS;
	const uint64_t end = spare + 2 * span;
	const struct vmdk_header h = {
		.version = 1,
		.flags = VMDK_FLAG_NEWLINE | VMDK_FLAG_SPARE,
		.sectors = d->sectors,
		.text_offset = VMDK_TEXT_OFFSET,
		.text_sectors = VMDK_TEXT_SECTORS,
		.spare_directory = spare,
		.directory = spare + span,
		.overhead = (end + VMDK_GRAIN - 1) / VMDK_GRAIN * VMDK_GRAIN,
	};
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(VMDK_DESCRIPTOR_MAX);
	tt_auto(out) struct out o = { .fd = -1 };
	uint8_t head[VMDK_SECTOR];
	const char *name = strrchr(path, '/');
	int r;

	r = vmdk_text(
	    d, "monolithicSparse", "SPARSE", name == NULL ? path : name + 1, &text);
	if (r < 0)
		return tt_err_errno(err, r, "describing '%s'", path);
	vmdk_header_build(&h, head);
	r = out_create(&o, path, h.overhead * VMDK_SECTOR, err);
	if (r >= 0)
		r = out_put(&o, 0, head, sizeof(head), err);
	if (r >= 0)
		r = out_put(&o, VMDK_TEXT_OFFSET * VMDK_SECTOR, text.data, text.len, err);
	if (r >= 0)
		r = put_directory(&o, h.spare_directory, tables, err);
	if (r >= 0)
		r = put_directory(&o, h.directory, tables, err);
	return r;
}

bool
vmdk_used(const char *path)
{
	tt_auto(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t head[VMDK_SECTOR];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 ||
	    pread(fd, head, sizeof(head), 0) != sizeof(head))
		return false;
	return memcmp(head, "KDMV", 4) == 0 &&
	       (uint64_t)st.st_size / VMDK_SECTOR > le64_get(head + 64);
}
