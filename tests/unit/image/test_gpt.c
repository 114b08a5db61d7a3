// SPDX-License-Identifier: MPL-2.0
/*
 * Partition tables: known bytes of ours, and every flipped byte found.
 */
#include "image/gpt.h"

#include <errno.h>

#include "image/le.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/crc32.h"
#include "tests/lib/tap.h"

#define SECTORS 16384ULL

static uint8_t *
disk(void)
{
	uint8_t *d = tt_xalloc(SECTORS * GPT_SECTOR);
	struct gpt g;

	gpt_layout(SECTORS, &g);
	gpt_build(&g, d, d + (SECTORS - GPT_TAIL_SECTORS) * GPT_SECTOR);
	return d;
}

static void
test_layout(void)
{
	tt_auto(free) uint8_t *d = disk();
	tt_auto(err) struct tt_err *err = NULL;
	struct gpt g;

	TAP_EQ_INT(tt_crc32(0, "123456789", 9), 0xcbf43926,
	    "CRC-32 of the standard's test text");
	TAP_EQ_INT(gpt_parse(d, SECTORS * GPT_SECTOR, &g, &err), 0,
	    "what we write we read: %s", tt_err_message(err));
	TAP_EQ_STR(
	    g.disk_guid, "5452494f-4e00-4000-8000-000000000000", "disk identifier");
	TAP_EQ_INT(g.count, 2, "two partitions");
	TAP_EQ_STR(g.part[0].type, GPT_TYPE_BIOS, "BIOS boot");
	TAP_EQ_STR(g.part[0].name, "bios", "its name");
	TAP_OK(g.part[0].first == 2048 && g.part[0].last == 4095, "its place");
	TAP_EQ_STR(g.part[1].type, GPT_TYPE_ESP, "the key is the EFI system partition");
	TAP_EQ_STR(
	    g.part[1].guid, "5452494f-4e00-4000-8000-000000000002", "its identifier");
	TAP_OK(g.part[1].first == 4096 && g.part[1].last == SECTORS - 2049,
	    "the key ends 1 MiB before the end");
	/* first field of the type's disk form: little-endian */
	TAP_OK(memcmp(d + 1024, "\x48\x61\x68\x21\x49\x64\x6f\x6e", 8) == 0,
	    "mixed byte order");
	TAP_OK(d[510] == 0x55 && d[511] == 0xaa && d[450] == 0xee, "protective MBR");
	TAP_EQ_INT(le32_get(d + 458), SECTORS - 1, "over the whole disk");
	TAP_OK(le32_get(d + 440) == 0, "disk signature zero");
}

/* Every byte of both headers (92) and both entry arrays matters. */
static void
test_flips(void)
{
	tt_auto(free) uint8_t *d = disk();
	const size_t len = SECTORS * GPT_SECTOR;
	const size_t places[][2] = { { 512, 92 }, { 1024, 16384 }, { len - 512, 92 },
		{ len - 33 * 512, 16384 } };
	size_t missed = 0, tried = 0;
	struct gpt g;

	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < places[i][1]; k++) {
			d[places[i][0] + k] ^= 0x01;
			missed += gpt_parse(d, len, &g, NULL) >= 0;
			d[places[i][0] + k] ^= 0x01;
			tried++;
		}
	}
	TAP_EQ_INT(missed, 0, "each of %zu flipped bytes is found", tried);
	TAP_EQ_INT(gpt_parse(d, len, &g, NULL), 0, "and the table is whole again");
}

static void
test_bounds(void)
{
	tt_auto(free) uint8_t *d = disk();
	tt_auto(err) struct tt_err *err = NULL;
	struct gpt g;

	TAP_EQ_INT(gpt_parse(d, 0, &g, NULL), -EINVAL, "nothing");
	TAP_EQ_INT(gpt_parse(d, 512 * 66, &g, NULL), -EINVAL, "too short");
	TAP_EQ_INT(gpt_parse(d, 512 * 100 + 1, &g, NULL), -EINVAL, "part of a sector");
	TAP_EQ_INT(gpt_parse(d, (SECTORS - 1) * 512, &g, &err), -EINVAL,
	    "the last sector is gone");
	TAP_OK(strstr(tt_err_message(err), "copy") != NULL, "says which copy: %s",
	    tt_err_message(err));
}

int
main(void)
{
	test_layout();
	test_flips();
	test_bounds();
	return tap_done();
}
