// SPDX-License-Identifier: MPL-2.0
/*
 * manifest.json of a backup. It is outside bytes: a key may hold any file of this name.
 */
#include <errno.h>
#include <string.h>

#include "platform/lib/backup/backup.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define MODE_BITS 07777

static const char *const types[TT_BACKUP_TYPE_MAX] = { "file", "dir", "link" };

static void
member_release(struct tt_backup_member *m)
{
	free(m->path);
	free(m->target);
}

void
tt_backup_manifest_release(struct tt_backup_manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		member_release(&m->v[i]);
	free(m->v);
	json_decref(m->head);
	*m = (struct tt_backup_manifest){ 0 };
}

struct tt_backup_member *
tt_backup_add(struct tt_backup_manifest *m, const char *path, enum tt_backup_type type)
{
	/* room for a power of two: a manifest may have many members */
	if ((m->n & (m->n - 1)) == 0)
		m->v = tt_xrealloc(m->v, (m->n ? 2 * m->n : 1) * sizeof(*m->v));
	m->v[m->n] = (struct tt_backup_member){ .path = tt_xstrdup(path), .type = type };
	return &m->v[m->n++];
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct tt_backup_member *)a)->path,
	    ((const struct tt_backup_member *)b)->path);
}

int
tt_backup_sort(struct tt_backup_manifest *m, struct tt_err **err)
{
	if (m->n > 0)
		qsort(m->v, m->n, sizeof(*m->v), by_path);
	for (size_t i = 1; i < m->n; i++)
		if (tt_streq(m->v[i - 1].path, m->v[i].path))
			return tt_err_set(err, -EEXIST, "InvalidBackup",
			    "'%s' would be in the backup twice", m->v[i].path);
	return 0;
}

const struct tt_backup_member *
tt_backup_find(const struct tt_backup_manifest *m, const char *path)
{
	size_t from = 0, to = m->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int c = strcmp(path, m->v[mid].path);

		if (c == 0)
			return &m->v[mid];
		if (c < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

/* An integer member within 0..max; false when it is none. */
static bool
number(const json_t *o, const char *key, uint64_t max, uint64_t *ret)
{
	const json_t *j = json_object_get(o, key);

	if (!json_is_integer(j) || json_integer_value(j) < 0 ||
	    (uint64_t)json_integer_value(j) > max)
		return false;
	*ret = (uint64_t)json_integer_value(j);
	return true;
}

static enum tt_backup_type
type_of(const char *s)
{
	enum tt_backup_type t = 0;

	while (t < TT_BACKUP_TYPE_MAX && !tt_streq(s, types[t]))
		t++;
	return t;
}

static bool
target_ok(const char *s)
{
	size_t len = s ? strlen(s) : 0;

	return len > 0 && len <= TT_BACKUP_PATH_MAX && tt_control_find(s, len) < 0;
}

/* What only one type has. The reason when it is wrong. */
static const char *
take_contents(const json_t *o, struct tt_backup_member *m)
{
	const char *text;
	uint8_t digest[TT_SHA256_SIZE];

	if (m->type == TT_BACKUP_LINK) {
		text = tt_json_str(o, "target", NULL);
		if (!target_ok(text))
			return "a link needs a target of at most 1000 bytes";
		m->target = tt_xstrdup(text);
	}
	if (m->type != TT_BACKUP_FILE)
		return NULL;
	text = tt_json_str(o, "sha256", NULL);
	if (!number(o, "size", TT_BACKUP_SIZE_MAX, &m->size))
		return "the size must be a number of at most 1 TiB";
	if (!text || strlen(text) != TT_SHA256_HEX_LEN - 1 ||
	    tt_unhex(text, digest, sizeof(digest)) < 0)
		return "the sha256 must be 64 hex digits";
	tt_hex(digest, sizeof(digest), m->sha256);
	return NULL;
}

static const char *
take(const json_t *o, struct tt_backup_manifest *out)
{
	const char *path = tt_json_str(o, "path", NULL);
	enum tt_backup_type type = type_of(tt_json_str(o, "type", ""));
	struct tt_backup_member *m;
	uint64_t mode, uid, gid, mtime;
	const char *why;

	if (!path || tt_path_bad(path))
		return "the path is missing or leaves its place";
	if (tt_streq(path, TT_BACKUP_MANIFEST))
		return "the manifest cannot be its own member";
	if (type == TT_BACKUP_TYPE_MAX)
		return "the type must be file, dir or link";
	if (!number(o, "mode", MODE_BITS, &mode) ||
	    !number(o, "uid", UINT32_MAX - 1, &uid) ||
	    !number(o, "gid", UINT32_MAX - 1, &gid) ||
	    !number(o, "mtime", INT64_MAX / 2000000000, &mtime))
		return "mode, uid, gid and mtime must be numbers within their ranges";
	m = tt_backup_add(out, path, type);
	m->mode = (mode_t)mode;
	m->uid = (uint32_t)uid;
	m->gid = (uint32_t)gid;
	m->mtime_s = (int64_t)mtime;
	why = take_contents(o, m);
	if (!why && out->n > 1 && strcmp(out->v[out->n - 2].path, m->path) >= 0)
		why = "the members must be in the order of their names, each once";
	out->bytes += m->size;
	return why;
}

static int
take_all(json_t *members, struct tt_backup_manifest *m, struct tt_err **err)
{
	const json_t *o;
	size_t i;

	if (json_array_size(members) > TT_BACKUP_MEMBERS_MAX)
		return tt_err_set(err, -EINVAL, "InvalidBackup",
		    "the backup's manifest names more than %d members",
		    TT_BACKUP_MEMBERS_MAX);
	json_array_foreach(members, i, o)
	{
		const char *why = take(o, m);

		if (why)
			return tt_err_set(err, -EINVAL, "InvalidBackup",
			    "the backup's manifest, member %zu (%.200s): %s", i + 1,
			    tt_json_str(o, "path", "without a path"), why);
	}
	return 0;
}

static int
check_head(const json_t *j, struct tt_err **err)
{
	long long v = tt_json_int(j, "v", 0);

	if (!json_is_array(json_object_get(j, "members")) ||
	    !tt_streq(tt_json_str(j, "kind", NULL), TT_BACKUP_KIND))
		return tt_err_set(err, -EINVAL, "InvalidBackup",
		    "the manifest is not that of a headnode's backup");
	if (v != TT_BACKUP_VERSION)
		return tt_err_set(err, -EINVAL, "InvalidBackup",
		    "the backup has format %lld, this platform reads format %d: restore "
		    "it "
		    "with the platform that wrote it or a newer one",
		    v, TT_BACKUP_VERSION);
	return 0;
}

int
tt_backup_manifest_parse(
    const char *text, size_t len, struct tt_backup_manifest *ret, struct tt_err **err)
{
	tt_auto(backup_manifest) struct tt_backup_manifest m = { 0 };
	tt_auto(json) json_t *j = NULL;
	int r;

	if (len > TT_BACKUP_MANIFEST_MAX)
		return tt_err_set(err, -EINVAL, "InvalidBackup",
		    "the backup's manifest is larger than %llu MiB",
		    TT_BACKUP_MANIFEST_MAX / TT_MIB);
	r = tt_json_parse(TT_BACKUP_MANIFEST, text, len, &j, err);
	if (r == 0)
		r = check_head(j, err);
	if (r == 0)
		r = take_all(json_object_get(j, "members"), &m, err);
	if (r < 0)
		return r;
	json_object_del(j, "members");
	m.head = tt_take(j);
	*ret = m;
	m = (struct tt_backup_manifest){ 0 };
	return 0;
}

static json_t *
member_json(const struct tt_backup_member *m)
{
	json_t *o = json_object();

	json_object_set_new(o, "path", json_string(m->path));
	json_object_set_new(o, "type", json_string(types[m->type]));
	json_object_set_new(o, "mode", json_integer(m->mode));
	json_object_set_new(o, "uid", json_integer(m->uid));
	json_object_set_new(o, "gid", json_integer(m->gid));
	json_object_set_new(o, "mtime", json_integer(m->mtime_s));
	if (m->type == TT_BACKUP_FILE) {
		json_object_set_new(o, "size", json_integer((json_int_t)m->size));
		json_object_set_new(o, "sha256", json_string(m->sha256));
	} else if (m->type == TT_BACKUP_LINK) {
		json_object_set_new(o, "target", json_string(m->target));
	}
	return o;
}

char *
tt_backup_manifest_text(const struct tt_backup_manifest *m)
{
	tt_auto(json) json_t *o = m->head ? json_copy(m->head) : json_object();
	tt_auto(free) char *text = NULL;
	json_t *members = json_array();

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(members, member_json(&m->v[i]));
	json_object_set_new(o, "members", members);
	text = json_dumps(o, JSON_INDENT(1));
	if (!text)
		abort(); /* out of memory: every string in it was checked */
	return tt_xprintf("%s\n", text);
}
