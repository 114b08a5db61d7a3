// SPDX-License-Identifier: MPL-2.0
/*
 * Partition tables. The checksums are made right first, so that what lies behind them is
 * reached.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/gpt.h"
#include "image/le.h"
#include "platform/lib/base/crc32.h"

#define SECTORS 100U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
sign(uint8_t *disk, size_t me)
{
	uint8_t *h = disk + me * GPT_SECTOR;
	const uint64_t entries = le64_get(h + 72);

	if (entries <= SECTORS - 32)
		le32_put(h + 88, tt_crc32(0, disk + entries * GPT_SECTOR, 16384));
	le32_put(h + 16, 0);
	le32_put(h + 16, tt_crc32(0, h, 92));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t disk[SECTORS * GPT_SECTOR];
	struct gpt *g = malloc(sizeof(*g));

	if (g == NULL)
		return 0;
	/* bare, then over a sound table: four bytes of place and value each */
	(void)gpt_parse(data, len, g, NULL);
	memset(disk, 0, sizeof(disk));
	gpt_layout(SECTORS, g);
	g->part[0].first = g->part[0].last = 40;
	g->part[1].first = 41;
	g->part[1].last = 50;
	gpt_build(g, disk, disk + (SECTORS - GPT_TAIL_SECTORS) * GPT_SECTOR);
	for (size_t i = 0; i + 3 < len; i += 4)
		disk[le16_get(data + i) % sizeof(disk)] = data[i + 2];
	sign(disk, 1);
	sign(disk, SECTORS - 1);
	(void)gpt_parse(disk, sizeof(disk), g, NULL);
	free(g);
	return 0;
}
