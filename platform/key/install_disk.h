// SPDX-License-Identifier: MPL-2.0
/* The parts of an installation that touch a disk outside of its file systems. */
#pragma once

#include "platform/key/install.h"

/* Until the copy is whole the firmware is sent on to its next device. */
int install_disk_pass_on(const struct key_target *t, struct tt_err **err);
/*
 * core.img into the BIOS boot partition, read back; then boot.img into sector 0. A key
 * without them boots by UEFI only, and the disk passes on under BIOS.
 */
int install_disk_loader(
    const struct key_target *t, const char *source, struct tt_err **err);
