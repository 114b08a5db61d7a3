// SPDX-License-Identifier: MPL-2.0
/*
 * The build specification: build.spec < build.spec.local < --set KEY=VALUE, one table of
 * keys with type, range, default and help. JSON objects with scalar members.
 *
 * Values are kept as text in their canonical form; they are judged when they come in, so
 * that a message can name the file. Knows nothing of how a value is used.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/lib/base/err.h"

enum spec_id {
	SPEC_MEDIUM,
	SPEC_ANSWER_FILE,
	SPEC_IMAGE_SIZE,
	SPEC_MODE,
	SPEC_SITE_KEY,
	SPEC_SITE_CERT,
	SPEC_ROOT_PASSWORD,
	SPEC_CONSOLE,
	SPEC_SERIAL_DEV,
	SPEC_EFI_SERIAL,
	SPEC_IPXE,
	SPEC_SMT_ENABLED,
	SPEC_COMPRESSION,
	SPEC_COAL_MEMSIZE,
	SPEC_COAL_NUMVCPUS,
	SPEC_COAL_ENABLE_SERIAL,
	SPEC_COAL_SERIAL0_PATH,
	SPEC_COAL_SERIAL1_PATH,
	SPEC_COAL_ZPOOL_DISK_SIZE,
	SPEC_VMWARE_VERSION,
	SPEC_MAX,
	SPEC_INVALID = -1,
};

enum spec_type {
	SPEC_ENUM,
	SPEC_BOOL,
	SPEC_INT,
	SPEC_SIZE,
	SPEC_PATH,
	SPEC_TEXT,
	SPEC_SECRET
};

struct spec_key {
	const char *name;
	enum spec_type type;
	const char *choices; /* SPEC_ENUM: words separated by blanks */
	uint64_t min, max;   /* SPEC_INT; SPEC_SIZE in bytes */
	const char *fallback;
	const char *coal; /* default when medium is coal; NULL = fallback */
	const char *help;
};

extern const struct spec_key spec_keys[SPEC_MAX];

struct spec {
	char *value[SPEC_MAX];  /* NULL until set */
	char *source[SPEC_MAX]; /* where it was set */
	char **notices;         /* sentences about keys that lost their meaning */
};

/* Members of a JSON object; name is for messages. -EINVAL (InvalidBuildSpec). */
int spec_parse(
    struct spec *s, const char *name, const char *text, size_t len, struct tt_err **err);
/* A file; with optional a missing one is nothing. Relative paths in it stay as they are. */
int spec_load(struct spec *s, const char *path, bool optional, struct tt_err **err);
/* "key=value" of the command line. */
int spec_set(struct spec *s, const char *assignment, struct tt_err **err);
/* Fill in defaults and judge keys against one another. */
int spec_finish(struct spec *s, struct tt_err **err);

/* After spec_finish(); borrowed, never NULL. */
const char *spec_text(const struct spec *s, enum spec_id id);
bool spec_bool(const struct spec *s, enum spec_id id);
uint64_t spec_number(const struct spec *s, enum spec_id id);
/* True when it was set by a file or the command line. */
bool spec_given(const struct spec *s, enum spec_id id);

/* All values, secrets as "given"; new reference. */
json_t *spec_json(const struct spec *s);
/* One line a key for --help-spec and the manual page. */
void spec_print_keys(void);

void spec_release(struct spec *s);

static inline void
tt_auto_spec(struct spec *s)
{
	spec_release(s);
}
