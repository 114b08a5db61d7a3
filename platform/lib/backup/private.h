// SPDX-License-Identifier: MPL-2.0
/*
 * What the files of this library share.
 */
#pragma once

#include "platform/lib/backup/backup.h"
#include "platform/lib/tar/tar.h"

static inline enum tt_tar_type
tt_backup_tar_type(enum tt_backup_type type)
{
	static const enum tt_tar_type types[TT_BACKUP_TYPE_MAX] = { TT_TAR_FILE,
		TT_TAR_DIR, TT_TAR_LINK };

	return types[type];
}
