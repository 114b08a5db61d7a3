// SPDX-License-Identifier: MPL-2.0
/*
 * The signed entries of one medium in mode uki: firmware trusts the site's certificate only,
 * so there is no GRUB and no environment block. What the block holds elsewhere is read from
 * and written into the entries' names (ukiname.h, ukiplan.h) as the same variables:
 * platform_version, prev_version, failed_version, boot_state and os_console. Others cannot be
 * set: the command line is part of what is signed.
 *
 * A platform's entries are in os/<stamp>/uki of its archive and of the copy on the pool; on a
 * medium they are in EFI/Linux alone. usb_key.manifest does not list them, since firmware
 * renames them too: each has its signature.
 */
#pragma once

#include "platform/key/platform.h"
#include "platform/key/ukiplan.h"

#define UKI_PART "uki/" /* of a platform's folder */
#define UKI_CERT "EFI/KEYS/site.cer"

/* Whether the medium mounted at top is of mode uki. */
bool uki_medium(const char *top);
/* Whether the platform whose files these are has signed entries. */
bool uki_platform(const struct manifest *files);

/* Caller releases; sorted. */
int uki_list(const char *top, struct uki_entries *ret, struct tt_err **err);

int uki_env_load(const char *top, struct tt_grubenv *ret, struct tt_err **err);
/* -EOPNOTSUPP for a variable that signed entries cannot have. */
int uki_env_save(const char *top, const struct tt_grubenv *env, struct tt_err **err);

/*
 * Whether a platform may be brought to this medium: its mode is the medium's, and its entries
 * are signed with the key whose certificate the medium carries. files are those of dir; a
 * platform whose entries are on the medium already needs none. -EINVAL (WrongMode),
 * -EKEYREJECTED (NotSigned).
 */
int uki_fits(const char *top, const char *dir, const char *stamp,
    const struct manifest *files, struct tt_err **err);
/* Entries of dir that the medium lacks, under names that do not boot by themselves. */
int uki_add(const char *top, const char *dir, const char *stamp,
    const struct manifest *files, struct key_progress *p, struct tt_err **err);
int uki_remove(const char *top, const char *stamp, struct tt_err **err);

/*
 * After a power cut: what a rename or a copy left half done goes, what was lost comes back
 * from `from` (the first medium, NULL for that one itself) or the copy on the pool.
 */
int uki_repair(const char *top, const char *from, const char *copy, struct tt_err **err);
