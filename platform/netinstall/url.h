// SPDX-License-Identifier: MPL-2.0
/*
 * The URL of the key tree. The boot script joins it out of what iPXE knows, such as
 * ${filename}/../fulliso.tgz, and iPXE leaves the ".." in.
 */
#pragma once

#include "platform/lib/base/err.h"

/*
 * The same without "." and ".." parts in its path (RFC 3986, 5.2.4); caller frees.
 * -EINVAL (InvalidURL) when it is no http:// or https:// URL with a host and a path.
 */
int netinstall_url(const char *text, char **ret, struct tt_err **err);
