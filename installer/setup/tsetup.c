// SPDX-License-Identifier: MPL-2.0
/*
 * A setup session: the values, where they came from, and the views through which rules and
 * defaults see them. Judging is in judge.c.
 */
#include "installer/setup/tsetup.h"

#include <errno.h>
#include <string.h>

#include "installer/setup/tsetup_int.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

#define SECRET_MAX 1023

/* --- stored values --- */

const char *
ts_stored(const struct tsetup *ts, enum tt_key_id id)
{
	const struct ts_value *v = &ts->v[id];

	if (v->source != TS_ANSWERS && v->source != TS_TYPED)
		return NULL;
	return tt_keys[id].flags & TT_KEY_SECRET ? v->secret.data : v->text;
}

void
ts_changed(struct tsetup *ts)
{
	ts_view_release(ts->known);
	ts_view_release(ts->complete);
	ts_view_init(ts->known, ts, false);
	ts_view_init(ts->complete, ts, true);
}

void
ts_store(struct tsetup *ts, enum tt_key_id id, const char *text, enum ts_source source)
{
	struct ts_value *v = &ts->v[id];

	if (tt_keys[id].flags & TT_KEY_SECRET) {
		if (text && !v->secret.data)
			tt_secret_init(&v->secret, SECRET_MAX);
		if (!text)
			tt_secret_release(&v->secret);
		else if (text != v->secret.data) /* a set wipes before it copies */
			(void)tt_secret_set(&v->secret, text);
		/* The other form of the root password, and what was made of it, is void. */
		ts->has_generated = ts->has_generated && id != TT_KEY_ROOT_PASSWORD &&
				    id != TT_KEY_ROOT_HASH;
	} else {
		char *copy = tt_xstrdup_null(text); /* text may be the old value */

		free(v->text);
		v->text = copy;
	}
	v->source = source;
	v->bad = false;
	ts_changed(ts);
}

const char *
ts_only_nic(const struct tsetup *ts)
{
	return ts->has_nics && ts->nics.n == 1 ? ts->nics.v[0].mac : NULL;
}

/* --- views --- */

static const char *
view_default(struct ts_view *w, enum tt_key_id id)
{
	const struct tt_key *k = &tt_keys[id];

	if (!w->tried[id]) {
		w->tried[id] = true;
		if (k->def)
			(void)k->def(&w->values, k, &w->computed[id]);
	}
	return w->computed[id];
}

static const char *
view_get(const void *ctx, enum tt_key_id id)
{
	/* Computed defaults are a cache: filling it changes nothing that shows. */
	struct ts_view *w = (struct ts_view *)(uintptr_t)ctx;
	const struct ts_value *v = &w->ts->v[id];

	if ((int)id == w->id)
		return w->text;
	if ((int)id == w->mask_id)
		return w->mask;
	if (v->source == TS_ANSWERS || v->source == TS_TYPED)
		return ts_stored(w->ts, id);
	if (v->source == TS_DEFAULT || (w->complete && !v->bad))
		return view_default(w, id);
	return NULL;
}

void
ts_view_init(struct ts_view *w, const struct tsetup *ts, bool complete)
{
	memset(w, 0, sizeof(*w));
	w->ts = ts;
	w->complete = complete;
	w->id = w->mask_id = -1;
	w->values.get = view_get;
	w->values.ctx = w;
	w->values.only_nic = ts_only_nic(ts);
	w->values.coal_image = ts->coal_image;
}

void
ts_view_release(struct ts_view *w)
{
	for (size_t i = 0; i < TT_KEY_MAX; i++)
		if (w->tried[i])
			free(w->computed[i]);
	memset(w->tried, 0, sizeof(w->tried));
}

/* --- life --- */

struct tsetup *
tsetup_new(void)
{
	struct tsetup *ts = tt_xalloc(sizeof(*ts));

	ts->known = tt_xalloc(sizeof(*ts->known));
	ts->complete = tt_xalloc(sizeof(*ts->complete));
	ts_changed(ts);
	return ts;
}

void
tsetup_free(struct tsetup *ts)
{
	if (!ts)
		return;
	ts_view_release(ts->known);
	ts_view_release(ts->complete);
	free(ts->known);
	free(ts->complete);
	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		free(ts->v[i].text);
		tt_secret_release(&ts->v[i].secret);
	}
	ts_nics_release(&ts->nics);
	free(ts->media);
	free(ts->answers_name);
	json_decref(ts->extra);
	tt_secret_release(&ts->generated);
	free(ts);
}

/* --- the machine --- */

/* Link names and numbers from the answers become MACs as soon as the NICs are known. */
static void
resolve_nic(struct tsetup *ts, enum tt_key_id id)
{
	const char *text = ts_stored(ts, id);
	const struct ts_nic *nic = text ? ts_nics_find(&ts->nics, text) : NULL;

	if (nic && !tt_streq(nic->mac, text))
		ts_store(ts, id, nic->mac, ts->v[id].source);
}

void
tsetup_set_nics(struct tsetup *ts, const struct ts_nics *nics)
{
	ts_nics_release(&ts->nics);
	ts->nics.v = tt_xcalloc(nics->n ? nics->n : 1, sizeof(*nics->v));
	ts->nics.n = nics->n;
	if (nics->n)
		memcpy(ts->nics.v, nics->v, nics->n * sizeof(*nics->v));
	ts->has_nics = true;
	ts_changed(ts);
	resolve_nic(ts, TT_KEY_ADMIN_NIC);
	resolve_nic(ts, TT_KEY_EXTERNAL_NIC);
}

const struct ts_nics *
tsetup_nics(const struct tsetup *ts)
{
	return ts->has_nics ? &ts->nics : NULL;
}

void
tsetup_set_product(struct tsetup *ts, const char *product, const char *root)
{
	tt_auto(free) char *path =
	    tt_xprintf("%s/sys/class/dmi/id/product_name", root ? root : "");
	tt_auto(free) char *read = product ? NULL : tt_file_line(path);

	if (!product)
		product = read;
	ts->coal_machine = product && tt_after_prefix(product, "VMware");
}

void
tsetup_set_coal_image(struct tsetup *ts, bool coal)
{
	ts->coal_image = coal;
	ts_changed(ts);
}

void
tsetup_set_external_required(struct tsetup *ts, bool required)
{
	ts->external_required = required;
}

void
tsetup_set_media(struct tsetup *ts, const char *dir)
{
	free(ts->media);
	ts->media = tt_xstrdup_null(dir);
}

/* --- reading --- */

void
tsetup_place(
    const struct tsetup *ts, enum tt_key_id id, unsigned *ret_line, unsigned *ret_col)
{
	*ret_line = ts->v[id].line;
	*ret_col = ts->v[id].col;
}

const char *
tsetup_get(const struct tsetup *ts, enum tt_key_id id)
{
	return view_get(ts->known, id);
}

const char *
tsetup_effective(const struct tsetup *ts, enum tt_key_id id)
{
	const char *text = view_get(ts->known, id);

	return text ? text : view_get(ts->complete, id);
}

const char *
ts_masked(const struct tt_key *k, const char *text)
{
	if (!text)
		return "";
	return k->flags & TT_KEY_SECRET ? "***" : text;
}

const char *
tsetup_show(const struct tsetup *ts, enum tt_key_id id)
{
	return ts_masked(&tt_keys[id], tsetup_effective(ts, id));
}

enum ts_source
tsetup_source(const struct tsetup *ts, enum tt_key_id id)
{
	return ts->v[id].source;
}

const char *
tsetup_default(const struct tsetup *ts, enum tt_key_id id)
{
	return view_default(ts->complete, id);
}

const char *
tsetup_enter(const struct tsetup *ts, enum tt_key_id id)
{
	const char *stored = ts_stored(ts, id);

	if (!stored)
		return tsetup_default(ts, id);
	return tt_keys[id].flags & TT_KEY_SECRET ? "" : stored;
}

bool
tsetup_bool(const struct tsetup *ts, enum tt_key_id id)
{
	return tt_streq(tsetup_effective(ts, id), "true");
}

bool
tsetup_applies(const struct tsetup *ts, enum tt_key_id id)
{
	if (tt_keys[id].when == TT_WHEN_EXTERNAL)
		return tsetup_bool(ts, TT_KEY_EXTERNAL);
	return true;
}

/* --- help and slots --- */

char **
tsetup_help(const struct tsetup *ts, enum tt_key_id id)
{
	const struct tt_key *k = &tt_keys[id];
	tt_auto(strv) char **more = k->help ? tt_split(k->help, '\n') : NULL;
	const char *enter = tsetup_enter(ts, id);
	char **lines = NULL;

	tt_strv_addf(&lines, "%s: %s", k->label, k->rule_text);
	for (size_t i = 0; more && more[i]; i++)
		tt_strv_add(&lines, more[i]);
	if (*k->example)
		tt_strv_addf(&lines, "example: %s", k->example);
	if (enter && *enter)
		tt_strv_addf(&lines, "Enter takes: %s", enter);
	tt_strv_addf(&lines, "in an answers file: %s", k->name);
	if (*k->sets)
		tt_strv_addf(&lines, "sets in the config: %s", k->sets);
	return lines;
}

char **
tsetup_slots(const struct tsetup *ts)
{
	const char *text = tsetup_effective(ts, TT_KEY_ADMIN_START);
	char a[TT_IP4_LEN], b[TT_IP4_LEN];
	char **lines = NULL;
	uint32_t start;

	if (!text || tt_ip4_parse(text, &start, NULL) < 0 ||
	    start > UINT32_MAX - TT_SLOT_DHCP_START)
		return NULL;
	for (unsigned i = 0; i < TT_SLOT_COUNT; i++) {
		const char *name = tt_slot_name(i);

		if (tt_streq(name, "resolver") || tt_streq(name, "reserved") ||
		    tt_streq(name, "spare"))
			continue;
		tt_strv_addf(&lines, "%-10s %s", name, tt_ip4_fmt(start + i, a));
	}
	tt_strv_addf(&lines, "%-10s %s-%s", "resolvers", tt_ip4_fmt(start + 3, a),
	    tt_ip4_fmt(start + 7, b));
	tt_strv_addf(&lines, "%-10s %s-%s", "spare", tt_ip4_fmt(start + 25, a),
	    tt_ip4_fmt(start + 28, b));
	return lines;
}

const char *
tsetup_ssh_keys(const struct tsetup *ts)
{
	const char *text = ts_stored(ts, TT_KEY_SSH_KEYS);

	return text && *text ? text : NULL;
}
