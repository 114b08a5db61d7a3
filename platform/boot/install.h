// SPDX-License-Identifier: MPL-2.0
/*
 * A machine booted from a disc or over the network: its key ends up on the pool's disks.
 * Works by what the boot medium is, not by what the menu says, since the menu of the copies
 * says the same.
 */
#pragma once

#include "platform/boot/boot.h"

/* Where the step fetch has the key tree brought to: the folder key in it is whole or missing. */
#define INSTALL_NET     BOOT_COPY "/.install"
#define INSTALL_NET_KEY INSTALL_NET "/key"
/* The digest of the archive (triton.isosha256) whose tree the pool's copy of the key is. */
#define INSTALL_NET_HAVE BOOT_COPY "/.fulliso"

/* Whether the medium at /mnt/usbkey is a disc, or a stick with a disc's image. */
bool install_on_disc(void);
/*
 * When the pool's disks hold a copy of the key that this machine owns, it takes the place of
 * the disc (or of nothing) at /mnt/usbkey: 1. 0 when there is none.
 */
int install_take_copy(struct boot *b, char **device, struct tt_err **err);
/* Booted from a copy while a disc with a key is in a drive, too: say that it is not used. */
void install_note_disc(const struct boot *b);
/*
 * The pool is mounted and the disc, too: install on the pool's disks what is not there yet
 * and go on with the copy at /mnt/usbkey. Does nothing for any other medium.
 */
int install_from_disc(struct boot *b, struct tt_err **err);
/* The same from the tree that the step fetch has brought; nothing without one. */
int install_from_net(struct boot *b, struct tt_err **err);
/* The pool has its copy of the key: what was brought for the installation goes. */
void install_settle(const struct boot *b);
