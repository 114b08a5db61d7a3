// SPDX-License-Identifier: MPL-2.0
/*
 * The table of the build specification and its parser.
 */
#include "image/spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define SPEC_FILE_MAX (64 * TT_KIB)
#define CONSOLES      "vga text graphics ttya ttyb ttyc ttyd"

/* clang-format off */
const struct spec_key spec_keys[SPEC_MAX] = {
	[SPEC_MEDIUM] = { "medium", SPEC_ENUM, "usb iso ipxe coal", 0, 0, "usb", NULL,
	    "what the image is for; coal highlights 'console on screen' in the menu" },
	[SPEC_ANSWER_FILE] = { "answer-file", SPEC_PATH, NULL, 0, 0, "", NULL,
	    "answers for an unattended setup, put on the key with the passwords in it" },
	[SPEC_IMAGE_SIZE] = { "image-size", SPEC_ENUM, "2gb 4gb 8gb 16gb", 0, 0, "8gb", NULL,
	    "size of the whole image" },
	[SPEC_MODE] = { "mode", SPEC_ENUM, "plain signed uki", 0, 0, "plain", NULL,
	    "what firmware checks: nothing, shim's chain, one signed file" },
	[SPEC_SITE_KEY] = { "site-key", SPEC_PATH, NULL, 0, 0, "", NULL,
	    "private RSA key that signs updates, and in mode uki all that boots; never copied" },
	[SPEC_SITE_CERT] = { "site-cert", SPEC_PATH, NULL, 0, 0, "", NULL,
	    "its certificate: put on the key, and into the platform, which takes signed updates only" },
	[SPEC_ROOT_PASSWORD] = { "root-password", SPEC_SECRET, NULL, 0, 0, "none", "generate",
	    "root's password before the first setup: none, generate, or the password" },
	[SPEC_CONSOLE] = { "console", SPEC_ENUM, CONSOLES " serial", 0, 0, "ttyb", "vga",
	    "os_console: which console is /dev/console" },
	[SPEC_SERIAL_DEV] = { "serial-dev", SPEC_ENUM, "ttya ttyb ttyc ttyd", 0, 0, "ttyb", NULL,
	    "the port that 'serial' means" },
	[SPEC_EFI_SERIAL] = { "efi-serial", SPEC_ENUM, "auto on off", 0, 0, "auto", NULL,
	    "menu on serial ports under UEFI; auto: on os_console's, keys through firmware" },
	[SPEC_IPXE] = { "ipxe", SPEC_BOOL, NULL, 0, 0, "false", NULL,
	    "highlight 'Compute node (network boot)' in the menu" },
	[SPEC_SMT_ENABLED] = { "smt_enabled", SPEC_BOOL, NULL, 0, 0, "true", NULL,
	    "false boots with one thread per core" },
	[SPEC_COMPRESSION] = { "compression", SPEC_ENUM,
	    "zstd-1 zstd-3 zstd-6 zstd-9 zstd-12 zstd-15 zstd-19 zstd-22", 0, 0, "zstd-15", NULL,
	    "of the root image; zstd-3 builds faster" },
	[SPEC_COAL_MEMSIZE] = { "coal-memsize", SPEC_INT, NULL, 512, 1048576, "4096", NULL,
	    "memory of the CoaL machine in MiB" },
	[SPEC_COAL_NUMVCPUS] = { "coal-numvcpus", SPEC_INT, NULL, 1, 64, "2", NULL,
	    "processors of the CoaL machine" },
	[SPEC_COAL_ENABLE_SERIAL] = { "coal-enable-serial", SPEC_BOOL, NULL, 0, 0, "true", NULL,
	    "two serial ports as pipes" },
	[SPEC_COAL_SERIAL0_PATH] = { "coal-serial0-path", SPEC_TEXT, NULL, 0, 0,
	    "socket.serial0", NULL, "pipe of the first serial port" },
	[SPEC_COAL_SERIAL1_PATH] = { "coal-serial1-path", SPEC_TEXT, NULL, 0, 0,
	    "socket.serial1", NULL, "pipe of the second serial port" },
	[SPEC_COAL_ZPOOL_DISK_SIZE] = { "coal-zpool-disk-size", SPEC_SIZE, NULL, 8 * TT_GIB,
	    2040 * TT_GIB, "40g", NULL, "size of the data disk" },
	[SPEC_VMWARE_VERSION] = { "vmware_version", SPEC_INT, NULL, 7, 17, "7", NULL,
	    "oldest VMware version that must run it; from 10 on hardware version 14" },
};

static const struct { const char *name, *note; } lost[] = {
	{ "build-tgz", "compressed products are made by `make release`" },
	{ "no-rabbit", "there is no rabbitmq any more" },
	{ "bits-branch", "everything is built from this source tree" },
	{ "features", "feature switches are gone; for a verbose boot choose the debug entry" },
	{ "debug-platform", "choose the debug entry of the boot menu" },
	{ "features.debug-platform", "choose the debug entry of the boot menu" },
};
/* clang-format on */

static enum spec_id
find(const char *name)
{
	if (strcmp(name, "answers-file") == 0)
		return SPEC_ANSWER_FILE;
	for (int i = 0; i < SPEC_MAX; i++)
		if (strcmp(spec_keys[i].name, name) == 0)
			return (enum spec_id)i;
	return SPEC_INVALID;
}

static bool
note_lost(struct spec *s, const char *where, const char *name)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(lost); i++) {
		if (strcmp(lost[i].name, name) != 0)
			continue;
		tt_strv_addf(
		    &s->notices, "%s: '%s' has no effect: %s", where, name, lost[i].note);
		return true;
	}
	return false;
}

static int
unknown(const char *where, const char *name, struct tt_err **err)
{
	const char *names[SPEC_MAX];
	const char *near;

	for (size_t i = 0; i < SPEC_MAX; i++)
		names[i] = spec_keys[i].name;
	near = tt_nearest(name, names, SPEC_MAX, 3);
	return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
	    "%s: unknown key '%.64s'%s%s%s; `triton-image spec` lists them", where, name,
	    near == NULL ? "" : ": did you mean '", near == NULL ? "" : near,
	    near == NULL ? "" : "'?");
}

static int
wrong(const char *where, const struct spec_key *k, const char *value, struct tt_err **err)
{
	tt_auto(free) char *want = NULL;

	if (k->type == SPEC_ENUM)
		want = tt_xprintf("one of: %s", k->choices);
	else if (k->type == SPEC_BOOL)
		want = tt_xstrdup("true or false");
	else if (k->type == SPEC_SIZE)
		want = tt_xprintf("a size such as 40g, from %lluG to %lluG",
		    (unsigned long long)(k->min / TT_GIB),
		    (unsigned long long)(k->max / TT_GIB));
	else if (k->type == SPEC_INT)
		want = tt_xprintf("a number from %llu to %llu",
		    (unsigned long long)k->min, (unsigned long long)k->max);
	else
		want =
		    tt_xstrdup("text of at most 4,095 bytes without control characters");
	return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
	    "%s: %s is '%.64s': must be %s", where, k->name,
	    k->type == SPEC_SECRET ? "***" : value, want);
}

static bool
valid(const struct spec_key *k, const char *value)
{
	tt_auto(strv) char **words = NULL;
	uint64_t n;
	bool yes;

	switch (k->type) {
	case SPEC_ENUM:
		words = tt_split(k->choices, ' ');
		return tt_strv_has(words, value);
	case SPEC_BOOL:
		return tt_parse_bool(value, &yes) == 0;
	case SPEC_INT:
		return tt_parse_u64(value, k->min, k->max, &n) == 0;
	case SPEC_SIZE:
		return tt_parse_size(value, &n) == 0 && n >= k->min && n <= k->max;
	case SPEC_PATH:
	case SPEC_TEXT:
	case SPEC_SECRET:
		return strlen(value) < 4096 && tt_control_find(value, strlen(value)) < 0;
	}
	return false;
}

static int
put(struct spec *s, const char *where, const char *name, const char *value,
    struct tt_err **err)
{
	const enum spec_id id = find(name);
	bool yes = false;

	if (id == SPEC_INVALID)
		return note_lost(s, where, name) ? 0 : unknown(where, name, err);
	if (!valid(&spec_keys[id], value))
		return wrong(where, &spec_keys[id], value, err);
	if (spec_keys[id].type == SPEC_BOOL && tt_parse_bool(value, &yes) == 0)
		value = yes ? "true" : "false";
	free(s->value[id]);
	free(s->source[id]);
	s->value[id] = tt_xstrdup(value);
	s->source[id] = tt_xstrdup(where);
	return 0;
}

/* Text of a scalar; NULL for what is none. */
static char *
scalar(const json_t *v)
{
	if (json_is_string(v))
		return tt_xstrdup(json_string_value(v));
	if (json_is_boolean(v))
		return tt_xstrdup(json_is_true(v) ? "true" : "false");
	if (json_is_integer(v))
		return tt_xprintf("%lld", (long long)json_integer_value(v));
	return NULL;
}

int
spec_parse(
    struct spec *s, const char *name, const char *text, size_t len, struct tt_err **err)
{
	tt_auto(json) json_t *top = NULL;
	const char *key;
	json_t *v;
	int r;

	r = tt_json_parse(name, text, len, &top, err);
	if (r < 0)
		return r;
	if (!json_is_object(top))
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "%s: must be one JSON object of keys and values", name);
	json_object_foreach(top, key, v)
	{
		tt_auto(free) char *value = scalar(v);

		if (value == NULL && find(key) != SPEC_INVALID)
			return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
			    "%s: the value of '%s' must be text, a number or true/false",
			    name, key);
		r = put(s, name, key, value == NULL ? "" : value, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int
spec_load(struct spec *s, const char *path, bool optional, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(SPEC_FILE_MAX);
	int r;

	if (optional && !tt_path_exists(path))
		return 0;
	r = tt_file_read(path, &text, err);
	return r < 0 ? r : spec_parse(s, path, tt_buf_str(&text), text.len, err);
}

int
spec_set(struct spec *s, const char *assignment, struct tt_err **err)
{
	const char *eq = strchr(assignment, '=');
	tt_auto(free) char *name = NULL;

	if (eq == NULL)
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "--set %s: must be KEY=VALUE", assignment);
	name = tt_xstrndup(assignment, (size_t)(eq - assignment));
	return put(s, "--set", name, eq + 1, err);
}

static int
judge(const struct spec *s, struct tt_err **err)
{
	const char *mode = spec_text(s, SPEC_MODE);
	const char *password = spec_text(s, SPEC_ROOT_PASSWORD);

	if (strcmp(mode, "uki") == 0 && (*spec_text(s, SPEC_SITE_KEY) == '\0' ||
					    *spec_text(s, SPEC_SITE_CERT) == '\0'))
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "mode=uki signs with your own key: set site-key and site-cert");
	if (*spec_text(s, SPEC_SITE_KEY) != '\0' && *spec_text(s, SPEC_SITE_CERT) == '\0')
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "site-key signs for who holds its certificate: set site-cert too");
	if (strcmp(spec_text(s, SPEC_MEDIUM), "coal") == 0 && spec_bool(s, SPEC_IPXE))
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "ipxe=true and medium=coal exclude one another: CoaL is a headnode");
	if (*password == '\0')
		return tt_err_set(err, -EINVAL, "InvalidBuildSpec",
		    "root-password is empty: set it to none, generate, or a password");
	return 0;
}

int
spec_finish(struct spec *s, struct tt_err **err)
{
	const bool coal =
	    s->value[SPEC_MEDIUM] != NULL && strcmp(s->value[SPEC_MEDIUM], "coal") == 0;

	for (int i = 0; i < SPEC_MAX; i++) {
		const struct spec_key *k = &spec_keys[i];

		if (s->value[i] == NULL)
			s->value[i] =
			    tt_xstrdup(coal && k->coal != NULL ? k->coal : k->fallback);
	}
	return judge(s, err);
}

const char *
spec_text(const struct spec *s, enum spec_id id)
{
	return s->value[id];
}

bool
spec_bool(const struct spec *s, enum spec_id id)
{
	return strcmp(s->value[id], "true") == 0;
}

uint64_t
spec_number(const struct spec *s, enum spec_id id)
{
	uint64_t n = 0;

	if (spec_keys[id].type == SPEC_SIZE)
		(void)tt_parse_size(s->value[id], &n);
	else
		(void)tt_parse_u64(s->value[id], 0, UINT64_MAX, &n);
	return n;
}

bool
spec_given(const struct spec *s, enum spec_id id)
{
	return s->source[id] != NULL;
}

json_t *
spec_json(const struct spec *s)
{
	json_t *all = json_object();

	for (int i = 0; i < SPEC_MAX; i++) {
		const char *v = s->value[i];
		const bool hide = spec_keys[i].type == SPEC_SECRET &&
				  strcmp(v, "none") != 0 && strcmp(v, "generate") != 0;

		json_object_set_new(
		    all, spec_keys[i].name, json_string(hide ? "given" : v));
	}
	return all;
}

void
spec_print_keys(void)
{
	static const char *const types[] = { "one of", "true/false", "number", "size",
		"path", "text", "text" };

	for (int i = 0; i < SPEC_MAX; i++) {
		const struct spec_key *k = &spec_keys[i];

		printf("%-22s %s", k->name, types[k->type]);
		if (k->type == SPEC_ENUM)
			printf(" %s", k->choices);
		else if (k->type == SPEC_INT)
			printf(" %llu..%llu", (unsigned long long)k->min,
			    (unsigned long long)k->max);
		printf("; default %s%s%s%s\n%-22s %s\n",
		    *k->fallback == '\0' ? "none" : k->fallback,
		    k->coal ? " (coal: " : "", k->coal ? k->coal : "", k->coal ? ")" : "",
		    "", k->help);
	}
}

void
spec_release(struct spec *s)
{
	for (int i = 0; i < SPEC_MAX; i++) {
		free(s->value[i]);
		free(s->source[i]);
	}
	tt_strv_free(s->notices);
	*s = (struct spec){ 0 };
}
