// SPDX-License-Identifier: MPL-2.0
/* See fwstore.h. */
#include "platform/machine/fwstore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"

#define FILE_MAX    (256 * TT_KIB)
#define SPACE_FIRST 16

struct entry {
	char uuid[TT_UUID_LEN];
	json_t *object;
	struct tt_fw_rule *rule; /* of rules */
};

/* One folder: its entries by UUID. */
struct shelf {
	const char *what; /* "rule", "remote VM" */
	char *dir;
	bool rules;
	struct entry *v;
	size_t n, space;
};

struct mach_fwstore {
	struct shelf rules, rvms;
};

static void
entry_release(struct entry *e)
{
	json_decref(e->object);
	tt_fw_rule_free(e->rule);
}

static void
shelf_release(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		entry_release(&s->v[i]);
	free(s->v);
	free(s->dir);
}

void
mach_fwstore_free(struct mach_fwstore *st)
{
	if (st == NULL)
		return;
	shelf_release(&st->rules);
	shelf_release(&st->rvms);
	free(st);
}

/* Where uuid is, or where it belongs. */
static size_t
place(const struct shelf *s, const char *uuid, bool *ret_found)
{
	size_t low = 0, high = s->n;

	*ret_found = false;
	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const int c = strcmp(s->v[mid].uuid, uuid);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct entry *
find(const struct shelf *s, const char *uuid)
{
	bool found;
	size_t at = place(s, uuid, &found);

	return found ? &s->v[at] : NULL;
}

/* Takes what e holds. */
static void
keep(struct shelf *s, const struct entry *e)
{
	bool found;
	size_t at = place(s, e->uuid, &found);

	if (found) {
		entry_release(&s->v[at]);
		s->v[at] = *e;
		return;
	}
	if (s->n == s->space) {
		s->space *= 2;
		s->v = tt_xrealloc(s->v, s->space * sizeof(*s->v));
	}
	memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof(*s->v));
	s->v[at] = *e;
	s->n++;
}

/* An entry from a stored object; takes a reference. */
static int
make_entry(const struct shelf *s, json_t *object, struct entry *e, struct tt_err **err)
{
	const struct tt_fw_opts opts = { .version = TT_FW_V4 };
	const char *uuid = tt_json_str(object, "uuid", "");
	const json_t *text = json_object_get(object, "rule");

	*e = (struct entry){ 0 };
	if (!tt_uuid_valid(uuid))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "%s '%s': uuid is not a UUID", s->what, uuid);
	if (s->rules && !json_is_string(text))
		return tt_err_set(
		    err, -EINVAL, "InvalidParameter", "rule '%s': it has no text", uuid);
	if (s->rules && tt_fw_rule_parse(json_string_value(text),
			    json_string_length(text), &opts, &e->rule, err) < 0)
		return tt_err_wrap(err, -EINVAL, "rule '%s'", uuid);
	(void)tt_strcpy(e->uuid, sizeof(e->uuid), uuid);
	e->object = json_incref(object);
	return 0;
}

static int
load_file(struct shelf *s, const char *path, const char *uuid, struct tt_err **err)
{
	tt_auto(json) json_t *object = NULL;
	struct entry e;
	int r = tt_json_load(path, FILE_MAX, &object, err);

	if (r < 0)
		return r;
	if (!tt_streq(tt_json_str(object, "uuid", NULL), uuid))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "'%s': its uuid is not that of its name", path);
	r = make_entry(s, object, &e, err);
	if (r == 0)
		keep(s, &e);
	return r;
}

static void
add_bad(json_t *bad, const char *path, const struct tt_err *err)
{
	if (bad != NULL)
		json_array_append_new(bad, json_pack("{s:s, s:s}", "file", path,
					       "message", tt_err_message(err)));
}

/* Whatever is not <uuid>.json is not ours, but for files that never got their name. */
static int
load_shelf(struct shelf *s, json_t *bad, struct tt_err **err)
{
	tt_auto(strv) char **names = NULL;
	int r = tt_mkdir_p(s->dir, 0700, err);

	if (r == 0)
		r = tt_dir_list(s->dir, &names, err);
	if (r < 0)
		return r;
	for (char **name = names; name != NULL && *name != NULL; name++) {
		tt_auto(free) char *path = tt_path_join(s->dir, *name);
		tt_auto(free) char *uuid = tt_xstrndup(*name, TT_UUID_LEN - 1);
		const char *rest = *name + strlen(uuid);
		tt_auto(err) struct tt_err *e = NULL;

		if (!tt_uuid_valid(uuid))
			continue;
		if (tt_after_prefix(rest, ".json.new-") != NULL)
			(void)unlink(path);
		else if (tt_streq(rest, ".json") && load_file(s, path, uuid, &e) < 0)
			add_bad(bad, path, e);
	}
	return 0;
}

/* With room from the start, so that the list is never NULL. */
static struct shelf
new_shelf(const char *dir, const char *name, const char *what)
{
	return (struct shelf){ .what = what,
		.dir = tt_path_join(dir, name),
		.v = tt_xcalloc(SPACE_FIRST, sizeof(struct entry)),
		.space = SPACE_FIRST };
}

int
mach_fwstore_open(
    const char *dir, json_t *bad, struct mach_fwstore **ret, struct tt_err **err)
{
	tt_auto(fwstore) struct mach_fwstore *st = tt_xalloc(sizeof(*st));
	int r;

	st->rules = new_shelf(dir, "rules", "rule");
	st->rules.rules = true;
	st->rvms = new_shelf(dir, "rvms", "remote VM");
	r = load_shelf(&st->rules, bad, err);
	if (r == 0)
		r = load_shelf(&st->rvms, bad, err);
	if (r < 0)
		return tt_err_wrap(
		    err, r, "reading the firewall's files below '%s'", dir);
	*ret = tt_take(st);
	return 0;
}

static char *
file_of(const struct shelf *s, const char *uuid)
{
	return tt_xprintf("%s/%s.json", s->dir, uuid);
}

static int
put(struct shelf *s, json_t *object, struct tt_err **err)
{
	tt_auto(free) char *path = NULL;
	struct entry e;
	int r = make_entry(s, object, &e, err);

	if (r < 0)
		return r;
	path = file_of(s, e.uuid);
	r = tt_json_save(path, object, 0600, err);
	if (r < 0) {
		entry_release(&e);
		return r;
	}
	keep(s, &e);
	return 0;
}

static int
del(struct shelf *s, const char *uuid, struct tt_err **err)
{
	tt_auto(free) char *path = NULL;
	bool found;
	size_t at = place(s, uuid, &found);
	int r;

	if (!found)
		return tt_err_set(
		    err, -ENOENT, "ResourceNotFound", "%s '%s' not found", s->what, uuid);
	path = file_of(s, uuid);
	if (unlink(path) < 0 && errno != ENOENT)
		return tt_err_errno(err, -errno, "deleting '%s'", path);
	r = tt_fsync_dir(s->dir);
	if (r < 0)
		return tt_err_errno(err, r, "syncing '%s'", s->dir);
	entry_release(&s->v[at]);
	memmove(&s->v[at], &s->v[at + 1], (s->n - at - 1) * sizeof(*s->v));
	s->n--;
	return 0;
}

int
mach_fwstore_put_rule(struct mach_fwstore *st, json_t *object, struct tt_err **err)
{
	return put(&st->rules, object, err);
}

int
mach_fwstore_put_rvm(struct mach_fwstore *st, json_t *object, struct tt_err **err)
{
	return put(&st->rvms, object, err);
}

int
mach_fwstore_del_rule(struct mach_fwstore *st, const char *uuid, struct tt_err **err)
{
	return del(&st->rules, uuid, err);
}

int
mach_fwstore_del_rvm(struct mach_fwstore *st, const char *uuid, struct tt_err **err)
{
	return del(&st->rvms, uuid, err);
}

const json_t *
mach_fwstore_rule(const struct mach_fwstore *st, const char *uuid)
{
	const struct entry *e = find(&st->rules, uuid);

	return e != NULL ? e->object : NULL;
}

const json_t *
mach_fwstore_rvm(const struct mach_fwstore *st, const char *uuid)
{
	const struct entry *e = find(&st->rvms, uuid);

	return e != NULL ? e->object : NULL;
}

static json_t *
all(const struct shelf *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append(list, s->v[i].object);
	return list;
}

json_t *
mach_fwstore_rules(const struct mach_fwstore *st)
{
	return all(&st->rules);
}

json_t *
mach_fwstore_rvms(const struct mach_fwstore *st)
{
	return all(&st->rvms);
}

static bool
names(const struct entry *e, const struct tt_fw_vm *vm)
{
	const char *owner = tt_json_str(e->object, "owner_uuid", NULL);

	return tt_fw_side_names(&e->rule->sides[TT_FW_FROM], owner, vm) ||
	       tt_fw_side_names(&e->rule->sides[TT_FW_TO], owner, vm);
}

json_t *
mach_fwstore_rules_for(const struct mach_fwstore *st, const struct tt_fw_vm *vm)
{
	json_t *list = json_array();

	for (size_t i = 0; i < st->rules.n; i++)
		if (names(&st->rules.v[i], vm))
			json_array_append(list, st->rules.v[i].object);
	return list;
}

bool
mach_fwstore_rule_names(
    const struct mach_fwstore *st, const char *uuid, const struct tt_fw_vm *vm)
{
	const struct entry *e = find(&st->rules, uuid);

	return e != NULL && names(e, vm);
}
