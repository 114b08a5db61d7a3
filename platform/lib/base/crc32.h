// SPDX-License-Identifier: MPL-2.0
/*
 * CRC-32 of IEEE 802.3: reflected polynomial edb88320, begun with all ones, complemented at
 * the end. The CRC of no bytes is 0, so a sum over pieces starts there.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The CRC of what crc stands for with len bytes more behind it. */
uint32_t tt_crc32(uint32_t crc, const void *data, size_t len);
