// SPDX-License-Identifier: MPL-2.0
/* The disklayout rules by tables: number, size and kind of disks to layout. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/str.h"
#include "platform/machine/layout.h"
#include "tests/lib/tap.h"

#define GB 1000000000ULL

static void
add(struct mach_disks *d, size_t n, uint64_t size, bool ssd)
{
	for (size_t i = 0; i < n; i++) {
		d->v = realloc(d->v, (d->n + 1) * sizeof(*d->v));
		d->v[d->n] = (struct mach_disk){ .size = size + d->n, .ssd = ssd };
		(void)snprintf(d->v[d->n].name, sizeof(d->v[0].name), "d%02zu", d->n);
		d->n++;
	}
}

/* "type*vdevs x width + spares", or the error. */
static const char *
shape(const json_t *o, char out[160])
{
	const json_t *v = json_object_get(o, "vdevs"), *first = json_array_get(v, 0);
	const char *error = tt_json_str(o, "error", NULL);

	if (error)
		(void)snprintf(out, 160, "%s", error);
	else
		(void)snprintf(out, 160, "%s*%zux%zu+%zu",
		    tt_json_str(first, "type", "single"), json_array_size(v),
		    json_array_size(json_object_get(first, "devices")),
		    json_array_size(json_object_get(o, "spares")));
	return out;
}

struct row {
	size_t n;
	uint64_t gb;
	bool ssd;
	const char *layout;
	long spares, width;
	const char *want;
};

static const struct row rows[] = {
	{ 0, 0, 0, NULL, -1, -1, "no primary storage disks available" },
	{ 1, 500, 0, NULL, -1, -1, "single*1x0+0" },
	{ 2, 500, 0, NULL, -1, -1, "mirror*1x2+0" },
	{ 3, 500, 0, NULL, -1, -1, "raidz*1x3+0" },
	{ 4, 500, 0, NULL, -1, -1, "raidz*1x4+0" },
	{ 5, 500, 0, NULL, -1, -1, "raidz2*1x5+0" },
	{ 6, 500, 0, NULL, -1, -1, "raidz2*1x6+0" },
	{ 5, 500, 1, NULL, -1, -1, "raidz*1x5+0" },
	{ 6, 500, 1, NULL, -1, -1, "raidz*2x3+0" },
	{ 7, 500, 1, NULL, -1, -1, "raidz2*1x7+0" },
	{ 11, 500, 1, NULL, -1, -1, "raidz2*1x11+0" },
	{ 7, 500, 0, NULL, -1, -1, "mirror*3x2+1" },
	{ 8, 500, 0, NULL, -1, -1, "mirror*3x2+2" },
	{ 8, 2000, 0, NULL, -1, -1, "raidz2*1x8+0" },
	{ 12, 2000, 0, NULL, -1, -1, "raidz2*1x11+1" },
	{ 16, 500, 0, NULL, -1, -1, "mirror*7x2+2" },
	{ 24, 500, 0, NULL, -1, -1, "raidz2*2x11+2" },
	{ 36, 4000, 0, NULL, -1, -1, "raidz2*3x11+3" },
	{ 13, 500, 0, NULL, 0, -1, "raidz3*1x13+0" },
	{ 15, 500, 0, NULL, 0, -1, "raidz*5x3+0" },
	{ 9, 500, 0, NULL, 0, -1, "raidz2*1x9+0" },
	{ 4, 500, 0, NULL, 1, -1, "raidz*1x3+1" },
	{ 2, 500, 0, NULL, 1, -1, "too many spares (1) for this disk configuration" },
	{ 18, 500, 0, NULL, 1, -1,
	    "invalid number of spares (1) for this disk configuration" },
	{ 1, 500, 0, "mirror", -1, -1, "at least 2 disks are required for mirroring" },
	{ 2, 500, 0, "raidz1", -1, -1,
	    "no acceptable raidz layout is possible with 2 disks" },
	{ 3, 500, 0, "raidz9", -1, -1, "unknown layout raidz9" },
	{ 3, 500, 0, "single", 1, -1, "spares are not allowed for a single disk pool" },
	{ 8, 500, 0, "raidz2", 0, 4, "raidz2*2x4+0" },
	{ 9, 500, 0, "mirror", 0, 3, "mirror*3x3+0" },
	{ 8, 500, 0, "raidz3", -1, -1, "raidz3*1x8+0" },
};

static void
test_rows(void)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(rows); i++) {
		const struct row *w = &rows[i];
		struct mach_layout_opts o = { w->layout, w->spares, w->width, false,
			NULL };
		struct mach_disks d = { 0 };
		char got[160];
		json_t *l;

		add(&d, w->n, w->gb * GB, w->ssd);
		l = mach_layout(&d, &o);
		TAP_EQ_STR(shape(l, got), w->want, "%zu x %llu GB%s %s", w->n,
		    (unsigned long long)w->gb, w->ssd ? " ssd" : "",
		    w->layout ? w->layout : "");
		json_decref(l);
		mach_disks_free(&d);
	}
}

static size_t
count(const json_t *o, const char *key)
{
	return json_array_size(json_object_get(o, key));
}

static void
test_roles(void)
{
	struct mach_layout_opts o = { NULL, -1, -1, false, NULL };
	struct mach_disks d = { 0 };
	json_t *l;

	add(&d, 4, 4000 * GB, false);
	add(&d, 2, 1000 * GB, false);
	add(&d, 2, 100 * GB, true);
	add(&d, 1, 800 * GB, true);
	l = mach_layout(&d, &o);
	TAP_EQ_INT(count(l, "logs"), 2, "the smallest SSD class is the log");
	TAP_EQ_INT(count(l, "cache"), 3, "small spinning disks and other SSDs are cache");
	json_decref(l);
	o.no_cache = true;
	l = mach_layout(&d, &o);
	TAP_EQ_INT(count(l, "cache"), 0, "no cache when not wanted");
	json_decref(l);
	o.exclude = tt_split("d00,d01,d02", ',');
	l = mach_layout(&d, &o);
	TAP_EQ_STR(
	    tt_json_str(json_array_get(json_object_get(l, "vdevs"), 0), "name", ""),
	    "d03", "excluded disks are not used");
	json_decref(l);
	tt_strv_free(o.exclude);
	mach_disks_free(&d);
}

static void
test_unusable(void)
{
	struct mach_layout_opts o = { NULL, -1, -1, false, NULL };
	struct mach_disks d = { 0 };
	char got[160];
	json_t *l;

	add(&d, 3, 500 * GB, false);
	d.v[0].removable = true;
	d.v[1].size = 100 * 1000 * 1000;
	l = mach_layout(&d, &o);
	TAP_EQ_STR(shape(l, got), "single*1x0+0", "removable and tiny disks are ignored");
	json_decref(l);
	d.v[1].size = 490 * GB;
	l = mach_layout(&d, &o);
	TAP_EQ_STR(
	    shape(l, got), "mirror*1x2+0", "sizes within five per cent are one class");
	json_decref(l);
	mach_disks_free(&d);
}

static void
test_list(void)
{
	static const char good[] = "[{\"name\":\"sda\",\"size\":1,\"solid_state\":true},{"
				   "\"name\":\"sdb\",\"size\":2}]";
	static const char *const bad[] = { "{}", "[{}]", "[{\"name\":\"a\"}]",
		"[{\"name\":\"\",\"size\":1}]", "[{\"name\":\"a\",\"size\":-1}]", "[",
		"[1]" };
	struct mach_disks d = { 0 };

	TAP_EQ_INT(mach_disks_parse("l", good, sizeof(good) - 1, &d, NULL), 0,
	    "a list of disks");
	TAP_OK(d.n == 2 && d.v[0].ssd && !d.v[1].ssd, "two disks");
	mach_disks_free(&d);
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++)
		TAP_EQ_INT(mach_disks_parse("l", bad[i], strlen(bad[i]), &d, NULL),
		    -EINVAL, "refused: %s", bad[i]);
}

static void
test_profiles(void)
{
	static const struct {
		size_t n, members;
		const char *data, *metadata;
	} want[] = {
		{ 1, 1, "single", "dup" },
		{ 2, 2, "raid1", "raid1" },
		{ 3, 3, "raid1", "raid1c3" },
		{ 4, 4, "raid1", "raid1c3" },
		{ 5, 4, "raid1", "raid1c3" },
		{ 6, 6, "raid10", "raid10" },
		{ 7, 6, "raid1", "raid1c3" },
	};

	for (size_t i = 0; i < TT_ARRAY_LEN(want); i++) {
		struct mach_profile p = mach_profile(want[i].n);

		TAP_OK(p.members == want[i].members && tt_streq(p.data, want[i].data) &&
			   tt_streq(p.metadata, want[i].metadata),
		    "%zu disks: %s data, %s metadata on %zu", want[i].n, p.data,
		    p.metadata, p.members);
	}
}

int
main(void)
{
	test_rows();
	test_roles();
	test_unusable();
	test_list();
	test_profiles();
	return tap_done();
}
