// SPDX-License-Identifier: MPL-2.0
/*
 * Superblock probe for FAT and ISO 9660. Knows no files.
 */
#include "platform/init/probe.h"

#include <stdbool.h>
#include <string.h>

#define ISO_OFFSET 32768

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static bool
power_of_two(unsigned v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

static void
copy_label(const uint8_t *from, size_t len, char *to)
{
	while (len > 0 && (from[len - 1] == ' ' || from[len - 1] == '\0'))
		len--;
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] >= 0x20 && from[i] < 0x7f ? (char)from[i] : '?';
	to[len] = '\0';
}

static bool
probe_fat(const uint8_t *d, size_t len, struct probe *ret)
{
	unsigned sector_size;
	size_t label_at;

	if (len < 512 || d[510] != 0x55 || d[511] != 0xaa)
		return false;
	if (d[0] != 0xeb && d[0] != 0xe9)
		return false;
	sector_size = get16(d + 11);
	if (!power_of_two(sector_size) || sector_size < 512 || sector_size > 4096)
		return false;
	if (!power_of_two(d[13]) || get16(d + 14) == 0 || d[16] < 1 || d[16] > 2 ||
	    d[21] < 0xf0)
		return false;
	/* FAT32 has no 16-bit FAT size; the label follows its longer parameter block. */
	label_at = get16(d + 22) == 0 ? 71 : 43;
	ret->kind = PROBE_FAT;
	copy_label(d + label_at, 11, ret->label);
	return true;
}

static bool
probe_iso(const uint8_t *d, size_t len, struct probe *ret)
{
	const uint8_t *v = d + ISO_OFFSET;

	if (len < ISO_OFFSET + 2048)
		return false;
	if (v[0] != 1 || memcmp(v + 1, "CD001", 5) != 0)
		return false;
	ret->kind = PROBE_ISO;
	copy_label(v + 40, 32, ret->label);
	return true;
}

void
probe_superblock(const uint8_t *data, size_t len, struct probe *ret)
{
	memset(ret, 0, sizeof(*ret));
	/* A hybrid ISO may carry FAT-like bytes in its first sector, never the reverse. */
	if (!probe_iso(data, len, ret))
		(void)probe_fat(data, len, ret);
}
