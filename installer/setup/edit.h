// SPDX-License-Identifier: MPL-2.0
/*
 * The hand edit of the finished config: an editor on a copy, the edited text judged again,
 * a diff with secrets masked, and only then it is taken.
 */
#pragma once

#include "installer/setup/screen.h"

/*
 * Edit config (initialised with TS_CONFIG_MAX) until it is applied or given up; it holds what
 * is to be written then. ASK_LINE, or an end of the session.
 */
enum ask_end edit_config(struct wizard *w, struct tt_secret *config);
