// SPDX-License-Identifier: MPL-2.0
/*
 * The one reader of `config`, `config.inc/generic` and `node.config`. The text is parsed,
 * never evaluated: bare words, '...', "...", $'...', backslash outside quotes, adjacent
 * pieces joined, trailing comment. What a shell would expand is refused with its place.
 *
 * All values live in locked memory that is wiped by tt_config_free(): the directory's
 * passwords are among them. A struct tt_config belongs to its caller and one thread.
 */
#pragma once

#include <jansson.h>

#include "platform/lib/base/err.h"
#include "platform/lib/conf/finding.h"

#define TT_CONFIG_MAX_SIZE 262144 /* bytes of one file */
#define TT_CONFIG_MAX_KEYS 4096

struct tt_config;

struct tt_config_entry {
	const char *key;
	const char *value;
	unsigned line; /* of the assignment that won; 0 = synthetic */
	unsigned col;  /* of the value's first character */
	bool generic;  /* from config.inc/generic */
};

struct tt_config_opts {
	const char
	    *root; /* put before every path of the search order (tests); NULL = "" */
	const char *file; /* exactly this file, no search; not prefixed by root */
};

/*
 * Find, read and merge: $SDC_CONFIG_FILENAME, /usbkey/config, /mnt/usbkey/config,
 * /opt/smartdc/config/node.config, /var/tmp/node.config/node.config; `generic` of the
 * include directory first, then the file; a later key wins; then `config_inc_dir`.
 * opts may be NULL.
 * ret  caller frees with tt_config_free()
 * Returns 0; -ENOENT (ConfigNotFound) no file at all; -EINVAL (ConfigInvalid), the message
 * holds file:line:col and the code E_CFG_...; other negative errno for I/O.
 */
int tt_config_load(
    const struct tt_config_opts *opts, struct tt_config **ret, struct tt_err **err);
/*
 * Parse one text without merging. Findings E_CFG_SYNTAX, E_CFG_EXPANSION, E_CONTROL and
 * E_UTF8 are added to found. The good lines are kept in *ret in any case.
 * strict  also E_CFG_DUP (else a later key wins silently), and E_CFG_SYNTAX for lines that
 *         the loader ignores but that are neither blank nor comment
 */
void tt_config_parse(const char *text, size_t len, bool strict, struct tt_config **ret,
    struct tt_findings *found);
void tt_config_free(struct tt_config *c);
TT_AUTO_DEFINE(config, struct tt_config *, tt_config_free)

/* Borrowed; NULL when the key is not there. */
const char *tt_config_get(const struct tt_config *c, const char *key);
/* The same with a fallback for absent and empty values. */
const char *tt_config_str(
    const struct tt_config *c, const char *key, const char *fallback);
/* "true" (any case) and y/yes are true. */
bool tt_config_bool(const struct tt_config *c, const char *key, bool fallback);
/* Entries in first-seen order. */
size_t tt_config_count(const struct tt_config *c);
const struct tt_config_entry *tt_config_at(const struct tt_config *c, size_t i);
const struct tt_config_entry *tt_config_find(const struct tt_config *c, const char *key);
/* The file that was taken, "" after tt_config_parse(). Borrowed. */
const char *tt_config_path(const struct tt_config *c);
/* True when it is a headnode's config, false for node.config. */
bool tt_config_is_headnode(const struct tt_config *c);
/* A sentence for the console (both kinds of file exist), or NULL. Borrowed. */
const char *tt_config_warning(const struct tt_config *c);
/* N of the last `# end of config, N keys`; -1 when there is no such line (torn file). */
long tt_config_end_mark(const struct tt_config *c);
/* Number of assignments of distinct keys in the file itself (what N should be). */
size_t tt_config_own_count(const struct tt_config *c);

/* One object, all values strings, first-seen order. New reference. */
json_t *tt_config_json(const struct tt_config *c);
/*
 * The same as text on descriptor fd, from ROOT/run/triton/config.json when the files it was
 * made of are unchanged (device, inode, size, mtime), else loaded and cached (0600).
 */
int tt_config_json_cached(const struct tt_config_opts *opts, int fd, struct tt_err **err);

/*
 * Kernel command line as entries: key=value words, `-` becomes `_`, `#` is dropped, words
 * whose name is then no identifier are skipped; a word without `=` has the value "true".
 */
void tt_config_bootargs(const char *cmdline, size_t len, struct tt_config **ret);

enum tt_conf_recovered {
	TT_CONF_NONE,     /* no config, nothing to recover */
	TT_CONF_KEPT,     /* config is whole */
	TT_CONF_FROM_NEW, /* .config.new was whole and is now config */
	TT_CONF_FROM_PREV, /* config.prev was whole and is now config (and still config.prev) */
};

/*
 * At boot, before anyone reads dir/config: of .config.new, config, config.prev (in this
 * order) the first that ends in a valid `# end of config, N keys` line becomes config; a
 * .config.new that is torn is removed. Safe to repeat after a power cut at any point.
 * Returns 0; -EBADMSG (ConfigTorn) when there are files but none is whole; -errno.
 */
int tt_conf_recover(const char *dir, enum tt_conf_recovered *ret, struct tt_err **err);
