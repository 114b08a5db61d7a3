// SPDX-License-Identifier: MPL-2.0
/*
 * The disklayout rules: disks of about one size and kind form a class, classes get roles,
 * and the storage class gets a layout.
 */
#include "platform/machine/layout.h"

#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define CLASSES_MAX 64
#define GB          1000000000.0

struct class
{
	double gb; /* rounded size of the first disk */
	bool ssd;
	const struct mach_disk **v;
	size_t n;
	uint64_t smallest;
};

struct roles {
	struct class *storage, *log;
	struct class *cache[CLASSES_MAX];
	size_t n_cache;
};

struct rule {
	const char *name; /* of the vdev type */
	unsigned min, max, parity, spare_every;
	size_t narrow[2]; /* disk counts that are tolerated as one vdev */
};

static const struct rule raidz1 = { "raidz", 3, 6, 1, 7, { 0, 0 } };
static const struct rule raidz2 = { "raidz2", 7, 12, 2, 12, { 5, 6 } };
static const struct rule raidz3 = { "raidz3", 9, 20, 3, 15, { 7, 8 } };

/*
 * Disks are sold at few capacities while real sizes vary: of the step sizes (in MB) the one
 * whose multiple lies nearest, weighed so that few steps of a large size beat many of a small one.
 */
static double
round_gb(uint64_t bytes)
{
	static const double steps[] = { 500000, 150000, 80000, 20000, 4500, 1000 };
	double mb = (double)bytes / 1e6, best = 0, best_score = -1;

	for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
		double k = (double)(uint64_t)((mb + steps[i] / 2) / steps[i]);
		double near = k * steps[i], off = mb - near;
		double score = off * off * k * k * k * k;

		if (k == 0 || off > 0.05 * mb || -off > 0.05 * mb)
			continue;
		if (best_score < 0 || score < best_score) {
			best = near;
			best_score = score;
		}
	}
	if (best_score >= 0)
		return best / 1000;
	return (double)(uint64_t)(mb / 1000 + 0.5);
}

static void
put(struct class *c, const struct mach_disk *d)
{
	c->v = tt_xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
	c->v[c->n++] = d;
	if (c->smallest == 0 || d->size < c->smallest)
		c->smallest = d->size;
}

static bool
same_class(const struct class *c, double gb, bool ssd)
{
	double off = c->gb > gb ? c->gb - gb : gb - c->gb;

	return c->ssd == ssd && off <= 0.05 * (c->gb > gb ? gb : c->gb);
}

static int
by_size(const void *a, const void *b)
{
	const struct mach_disk *x = *(const struct mach_disk *const *)a;
	const struct mach_disk *y = *(const struct mach_disk *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
by_smallest(const void *a, const void *b)
{
	const struct class *x = a, *y = b;

	if (x->smallest != y->smallest)
		return x->smallest < y->smallest ? -1 : 1;
	return 0;
}

static size_t
classify(const struct mach_disks *disks, char **exclude, struct class *out)
{
	size_t n = 0;

	for (size_t i = 0; i < disks->n; i++) {
		const struct mach_disk *d = &disks->v[i];
		double gb = round_gb(d->size);
		size_t c = 0;

		if (d->removable || d->readonly || gb == 0 ||
		    tt_strv_has(exclude, d->name))
			continue;
		while (c < n && !same_class(&out[c], gb, d->ssd))
			c++;
		if (c == CLASSES_MAX)
			continue;
		if (c == n) {
			out[n++] = (struct class){ .gb = gb, .ssd = d->ssd };
		}
		put(&out[c], d);
	}
	for (size_t c = 0; c < n; c++)
		qsort(out[c].v, out[c].n, sizeof(*out[c].v), by_size);
	qsort(out, n, sizeof(*out), by_smallest);
	return n;
}

/*
 * One class: storage. Spinning disks: the largest class is storage, the others cache. SSDs
 * beside them: the smallest class of at most four is the log, the others cache; without
 * spinning disks the largest SSD class is storage.
 */
static void
give_roles(struct class *c, size_t n, bool no_cache, struct roles *ro)
{
	for (size_t i = 0; i < n; i++)
		if (!c[i].ssd)
			ro->storage = &c[i];
	if (!ro->storage && n > 0)
		ro->storage = &c[n - 1];
	for (size_t i = 0; i < n && !ro->log; i++)
		if (c[i].ssd && &c[i] != ro->storage) {
			if (c[i].n < 5)
				ro->log = &c[i];
			break;
		}
	for (int ssd = 0; ssd < 2 && !no_cache; ssd++)
		for (size_t i = 0; i < n; i++)
			if (c[i].ssd == (ssd == 1) && &c[i] != ro->storage &&
			    &c[i] != ro->log)
				ro->cache[ro->n_cache++] = &c[i];
}

static bool
divides(size_t n, unsigned min, unsigned max)
{
	for (size_t w = min; w <= max; w++)
		if (n % w == 0)
			return true;
	return false;
}

static const char *
choose_many(const struct class *s, size_t n, bool fixed)
{
	if (n > 16 || (n > 7 && s->v[0]->size > 1500000000000ULL)) {
		if (!fixed || divides(n, raidz2.min, raidz2.max))
			return "raidz2";
		return n == 13 ? "raidz3" : "raidz1";
	}
	if (n < 12 && s->v[0]->ssd)
		return n > 6 ? "raidz2" : "raidz1";
	if (n % 2 == 0 || !fixed)
		return "mirror";
	if (n == 13)
		return "raidz3";
	return n == 15 ? "raidz1" : "raidz2";
}

static const char *
choose(const struct class *s, long spares)
{
	bool fixed = spares >= 0;
	size_t n = s->n - (fixed ? (size_t)spares : 0);

	switch (n) {
	case 1:
		return "single";
	case 2:
		return "mirror";
	case 3:
	case 4:
		return "raidz1";
	case 5:
	case 6:
		return s->v[0]->ssd || fixed ? "raidz1" : "raidz2";
	default:
		return choose_many(s, n, fixed);
	}
}

static json_t *failed(const char *fmt, ...) TT_PRINTF(1, 2);

static json_t *
failed(const char *fmt, ...)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(1024);
	va_list ap;

	va_start(ap, fmt);
	(void)tt_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return json_pack("{s:s}", "error", tt_buf_str(&b));
}

static json_t *
disk_json(const struct mach_disk *d)
{
	return json_pack("{s:s, s:I, s:b}", "name", d->name, "size", (json_int_t)d->size,
	    "solid_state", d->ssd);
}

static json_t *
disks_json(const struct class *c, size_t from, size_t to)
{
	json_t *a = json_array();

	for (size_t i = from; i < to; i++)
		json_array_append_new(a, disk_json(c->v[i]));
	return a;
}

/* vdevs of `width` disks over the first n (the smallest); what is behind them are the spares. */
static json_t *
vdevs(const struct class *s, size_t n, size_t width, size_t parity, const char *type)
{
	json_t *v = json_array(), *o;
	uint64_t capacity = 0;

	for (size_t i = 0; i < n; i += width) {
		size_t end = i + width < n ? i + width : n;

		json_array_append_new(v, json_pack("{s:s, s:o}", "type", type, "devices",
					     disks_json(s, i, end)));
		capacity += (width - parity) * s->v[i]->size;
	}
	o = json_pack("{s:o, s:I}", "vdevs", v, "capacity", (json_int_t)capacity);
	if (n < s->n)
		json_object_set_new(o, "spares", disks_json(s, n, s->n));
	return o;
}

static json_t *
lay_mirror(const struct class *s, long spares, long width)
{
	size_t w = width > 0 ? (size_t)width : 2, k;

	if (s->n < 2)
		return failed("at least 2 disks are required for mirroring");
	if (spares >= 0)
		k = (size_t)spares;
	else if (s->n == 2 || s->n == 4)
		k = 0;
	else {
		k = (s->n + 15) / 16;
		k += (s->n - k) % 2;
	}
	while (spares < 0 && w != 2 && k < s->n && (s->n - k) % w != 0)
		k++;
	if (w < 2 || k >= s->n || (w != 2 && (s->n - k) % w != 0))
		return failed(
		    "no acceptable mirror layout is possible with %zu disks", s->n);
	return vdevs(s, s->n - k, w, w - 1, "mirror");
}

static json_t *
lay_raidz(const struct class *s, const struct rule *ru, long spares, long width)
{
	unsigned min = ru->min, max = ru->max;
	size_t k = s->n / ru->spare_every, w;

	if (s->n == ru->narrow[0] || s->n == ru->narrow[1])
		min = max = (unsigned)s->n;
	if (width > 0) {
		if (width < (long)ru->parity + 1 || width > (long)ru->max)
			return failed(
			    "width %ld is not possible for %s", width, ru->name);
		min = max = (unsigned)width;
	}
	k = spares >= 0 ? (size_t)spares : (k > 2 ? 2 : k);
	for (; k < s->n && s->n - k >= min; k++) {
		for (w = min; w <= max && (s->n - k) % w != 0; w++)
			;
		if (w <= max)
			return vdevs(s, s->n - k, w, ru->parity, ru->name);
		if (spares >= 0)
			return failed(
			    "no acceptable %s layout is possible with %zu disks and "
			    "%ld %s",
			    ru->name, s->n, spares, spares == 1 ? "spare" : "spares");
	}
	return failed(
	    "no acceptable %s layout is possible with %zu disks", ru->name, s->n);
}

static json_t *
lay(const struct class *s, const struct mach_layout_opts *o)
{
	const char *layout = o->layout;

	if (o->spares > 0 && (o->spares >= (long)s->n || s->n - (size_t)o->spares < 2))
		return failed(
		    "too many spares (%ld) for this disk configuration", o->spares);
	if (o->spares >= 0) {
		/* a prime number of disks past the widest vdev cannot be split evenly */
		size_t n = s->n - (size_t)o->spares;

		if (n > 16 && !divides(n, 2, (unsigned)n - 1))
			return failed(
			    "invalid number of spares (%ld) for this disk configuration",
			    o->spares);
	}
	if (!layout)
		layout = choose(s, o->spares);
	if (tt_streq(layout, "single")) {
		if (o->spares > 0)
			return failed("spares are not allowed for a single disk pool");
		return json_pack("{s:[o], s:I}", "vdevs", disk_json(s->v[0]), "capacity",
		    (json_int_t)s->v[0]->size);
	}
	if (tt_streq(layout, "mirror"))
		return lay_mirror(s, o->spares, o->width);
	if (tt_streq(layout, "raidz1"))
		return lay_raidz(s, &raidz1, o->spares, o->width);
	if (tt_streq(layout, "raidz2"))
		return lay_raidz(s, &raidz2, o->spares, o->width);
	if (tt_streq(layout, "raidz3"))
		return lay_raidz(s, &raidz3, o->spares, o->width);
	return failed("unknown layout %s", layout);
}

json_t *
mach_layout(const struct mach_disks *disks, const struct mach_layout_opts *o)
{
	struct class classes[CLASSES_MAX];
	struct roles ro = { 0 };
	size_t n = classify(disks, o->exclude, classes);
	json_t *out, *cache;

	give_roles(classes, n, o->no_cache, &ro);
	if (!ro.storage)
		return failed("no primary storage disks available");
	out = lay(ro.storage, o);
	if (!json_object_get(out, "error")) {
		if (ro.log)
			json_object_set_new(
			    out, "logs", disks_json(ro.log, 0, ro.log->n));
		cache = json_array();
		for (size_t i = 0; i < ro.n_cache; i++) {
			json_t *part = disks_json(ro.cache[i], 0, ro.cache[i]->n);

			json_array_extend(cache, part);
			json_decref(part);
		}
		if (ro.n_cache > 0)
			json_object_set(out, "cache", cache);
		json_decref(cache);
	}
	for (size_t c = 0; c < n; c++)
		free(classes[c].v);
	return out;
}

struct mach_profile
mach_profile(size_t n)
{
	if (n <= 1)
		return (struct mach_profile){ "single", "dup", 1, "striped" };
	if (n == 2)
		return (struct mach_profile){ "raid1", "raid1", 2, "mirror" };
	if (n <= 4)
		return (struct mach_profile){ "raid1", "raid1c3", n, "mirror" };
	if (n % 2 == 0)
		return (struct mach_profile){ "raid10", "raid10", n, "mirror" };
	return (struct mach_profile){ "raid1", "raid1c3", n - 1, "mirror" };
}
