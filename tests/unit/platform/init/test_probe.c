// SPDX-License-Identifier: MPL-2.0
/*
 * Superblock probe of init on hand-made first sectors.
 */
#include "platform/init/probe.h"
#include "tests/lib/tap.h"

static uint8_t data[PROBE_BYTES + 2048];

static void
make_fat(int fat32, const char *label)
{
	memset(data, 0, sizeof(data));
	data[0] = 0xeb;
	data[12] = 2; /* 512 bytes a sector */
	data[13] = 8;
	data[14] = 32;
	data[16] = 2;
	data[21] = 0xf8;
	data[22] = fat32 ? 0 : 16;
	memset(data + (fat32 ? 71 : 43), ' ', 11);
	memcpy(data + (fat32 ? 71 : 43), label, strlen(label));
	data[510] = 0x55;
	data[511] = 0xaa;
}

static void
make_iso(const char *label)
{
	memset(data, 0, sizeof(data));
	data[32768] = 1;
	memcpy(data + 32769, "CD001", 5);
	memset(data + 32768 + 40, ' ', 32);
	memcpy(data + 32768 + 40, label, strlen(label));
}

static void
check(enum probe_kind kind, const char *label, const char *what)
{
	struct probe p;

	probe_superblock(data, PROBE_BYTES, &p);
	TAP_EQ_INT(p.kind, kind, "%s: kind", what);
	TAP_EQ_STR(p.label, label, "%s: label", what);
}

int
main(void)
{
	struct probe p;

	make_fat(1, "TRITON");
	check(PROBE_FAT, "TRITON", "FAT32");
	make_fat(0, "ELEVENCHARS");
	check(PROBE_FAT, "ELEVENCHARS", "FAT16");
	make_fat(1, "A\x01\xff");
	check(PROBE_FAT, "A??", "label with bytes that do not print");
	data[510] = 0;
	check(PROBE_NONE, "", "no signature");
	make_fat(1, "X");
	data[13] = 3;
	check(PROBE_NONE, "", "three sectors in a cluster");
	make_iso("TRITON");
	check(PROBE_ISO, "TRITON", "ISO 9660");
	memcpy(data, "\xeb\x63\x90", 3);
	data[510] = 0x55;
	data[511] = 0xaa;
	check(PROBE_ISO, "TRITON", "hybrid ISO with a boot sector");
	probe_superblock(data, 32768 + 2047, &p);
	TAP_EQ_INT(p.kind, PROBE_NONE, "short read of an ISO");
	probe_superblock(data, 0, &p);
	TAP_EQ_INT(p.kind, PROBE_NONE, "nothing read");
	memset(data, 0, sizeof(data));
	check(PROBE_NONE, "", "empty disk");
	return tap_done();
}
