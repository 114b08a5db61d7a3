// SPDX-License-Identifier: MPL-2.0
/*
 * Mode signed: are the programs of a key those that Microsoft and Debian have signed? Each
 * one's digest must be what its signature says, and the signer must be who firmware and shim
 * will ask for: shim one that Microsoft's UEFI CA certified, GRUB, MokManager and kernels one
 * that the certificate in shim certified, and that certificate must be Debian's. The
 * authorities are known by the SHA-256 of their certificates (chain.c).
 *
 * Not shown by this: that a machine's firmware trusts Microsoft's CA of that year, that none
 * of it is revoked (dbx, SBAT), dates, and what mode signed does not cover at all.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "platform/lib/base/err.h"

#define CHAIN_SHIM "EFI/BOOT/BOOTX64.EFI"
#define CHAIN_GRUB "EFI/BOOT/grubx64.efi" /* only mode signed has it */

/* Contents of a file of the key as firmware or GRUB would read it; caller frees. */
typedef int chain_load(
    void *ctx, const char *path, char **ret, size_t *ret_len, struct tt_err **err);

/*
 * Judge all programs among paths. A finding, which names its file, is added to *ret_bad; of
 * a good one signers gets { path: name of the signer }.
 */
void chain_examine(
    char *const *paths, chain_load *load, void *ctx, json_t *signers, char ***ret_bad);
