// SPDX-License-Identifier: MPL-2.0
/*
 * Judging one value in its context, taking it, and judging everything at once.
 */
#include <errno.h>
#include <string.h>

#include "installer/setup/cross.h"
#include "installer/setup/tsetup_int.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"

#define DEFAULT_WORD "<default>"

char *
ts_trimmed(const struct tt_key *k, const char *text)
{
	char *copy, *start;

	if (k->flags & TT_KEY_SECRET)
		return tt_xstrdup(text);
	copy = tt_xstrdup(text);
	start = tt_trim(copy);
	memmove(copy, start, strlen(start) + 1);
	return copy;
}

/* Copies of secrets are wiped. */
static void
wipe_free(const struct tt_key *k, char *text)
{
	if (text && (k->flags & TT_KEY_SECRET))
		explicit_bzero(text, strlen(text));
	free(text);
}

void
ts_finding_place(const struct tsetup *ts, struct tt_finding *f, enum tt_key_id id)
{
	f->id = (int)id;
	f->involved |= TT_KEY_BIT(id);
	if (ts->v[id].source == TS_TYPED)
		return;
	f->line = ts->v[id].line;
	f->col = ts->v[id].col;
}

/* A number, link name or odd spelling becomes the MAC of that NIC. */
static void
resolve(const struct tsetup *ts, const struct tt_key *k, const char *text,
    struct tt_judgement *j)
{
	const struct ts_nic *nic;

	if (k->type != TT_TYPE_NIC || !ts->has_nics || j->code)
		return;
	nic = ts_nics_find(&ts->nics, j->value ? j->value : text);
	if (!nic)
		return;
	free(j->value);
	j->value = tt_xstrdup(nic->mac);
}

/* A short root password is only frowned at on an image built for a laptop. */
static void
soften(const struct tsetup *ts, const struct tt_key *k, const char *text,
    struct tt_judgement *j)
{
	if (ts->coal_image && k->id == TT_KEY_ROOT_PASSWORD && *text &&
	    tt_streq(j->code, "E_PW_POLICY") && tt_utf8_len(text) < 8)
		j->code = "W_PW_POLICY";
}

/* An installer that came over the network needs an external one. */
static void
refuse_declined(const struct tsetup *ts, const struct tt_key *k, const char *text,
    struct tt_judgement *j)
{
	if (k->id != TT_KEY_EXTERNAL || !ts->external_required || j->code ||
	    !tt_streq(j->value ? j->value : text, "false"))
		return;
	j->code = "E_REQUIRED";
	j->why = tt_xstrdup("the installer came over the network: an external network is "
			    "needed; yes is accepted");
}

int
ts_judge_single(const struct tsetup *ts, const struct tt_key *k, const char *text,
    struct tt_judgement *j, struct tt_findings *found)
{
	struct tt_finding *f;
	const char *why;

	k->rule(k, text, j);
	resolve(ts, k, text, j);
	soften(ts, k, text, j);
	refuse_declined(ts, k, text, j);
	if (!j->code)
		return 0;
	/* The key stands in front already; a label that says more stays. */
	why = tt_after_prefix(j->why, k->name);
	why = why && tt_after_prefix(why, ": ") ? why + 2 : j->why;
	f = tt_findings_add(found, j->code, k->name, ts_masked(k, text), "%s", why);
	f->suggest = tt_xstrdup_null(j->suggest);
	f->id = (int)k->id;
	f->involved = TT_KEY_BIT(k->id);
	return j->code[0] == 'E' ? -EINVAL : 0;
}

/*
 * Does a cross finding count against what is being judged (bits)? It does when one of
 * those keys is at fault, or made an earlier key wrong; a later key can still be put right.
 */
static bool
counts(const struct tt_finding *f, uint64_t bits)
{
	uint64_t blame = TT_KEY_BIT(f->id);

	if (blame & bits)
		return true;
	if (!(f->involved & bits))
		return false;
	/* Earlier than the last of the judged keys. */
	return blame < bits;
}

/* Cross checks with one value replaced; adds what counts. Returns 0 or -EINVAL. */
static int
judge_cross(const struct tsetup *ts, const struct tt_key *k, const char *text,
    const char *mask, struct tt_findings *found)
{
	tt_auto(findings) struct tt_findings all = { 0 };
	tt_auto(view) struct ts_view w;
	uint64_t bits = TT_KEY_BIT(k->id);
	int r = 0;

	ts_view_init(&w, ts, false);
	w.id = (int)k->id;
	w.text = text;
	if (mask) {
		w.mask_id = k->id == TT_KEY_ADMIN_IP ? TT_KEY_ADMIN_NETMASK
						     : TT_KEY_EXTERNAL_NETMASK;
		w.mask = mask;
		bits |= TT_KEY_BIT(w.mask_id);
	}
	ts_cross_check(&w.values, tsetup_nics(ts), &all);
	for (size_t i = 0; i < all.n; i++) {
		struct tt_finding *f = &all.v[i], *copy;

		if (!counts(f, bits))
			continue;
		copy = tt_findings_add(found, f->code, f->key, f->value, "%s", f->text);
		copy->suggest = tt_take(f->suggest);
		copy->id = f->id;
		copy->involved = f->involved;
		if (f->severity == TT_ERROR)
			r = -EINVAL;
	}
	return r;
}

static int
required(const struct tsetup *ts, const struct tt_key *k, const char *code,
    struct tt_findings *found)
{
	struct tt_finding *f =
	    tt_findings_add(found, code, k->name, NULL, "%s: %s (%s)", k->label,
		tt_streq(code, "E_NO_DEFAULT") ? "there is no default for it"
					       : "a value is required",
		k->rule_text);

	ts_finding_place(ts, f, k->id);
	return -EINVAL;
}

/* The mask that came with an address is judged by its own row. */
static int
judge_mask(const struct tsetup *ts, const struct tt_key *k, const char *mask,
    struct tt_findings *found)
{
	tt_auto(judgement) struct tt_judgement j = { 0 };
	enum tt_key_id id =
	    k->id == TT_KEY_ADMIN_IP ? TT_KEY_ADMIN_NETMASK : TT_KEY_EXTERNAL_NETMASK;

	return mask ? ts_judge_single(ts, &tt_keys[id], mask, &j, found) : 0;
}

/* Text in normal form into *j (value always set on success), judged in context. */
static int
judge_text(const struct tsetup *ts, const struct tt_key *k, const char *text,
    struct tt_judgement *j, struct tt_findings *found)
{
	int r;

	r = ts_judge_single(ts, k, text, j, found);
	if (r < 0)
		return r;
	r = judge_mask(ts, k, j->mask, found);
	if (r < 0)
		return r;
	return judge_cross(ts, k, j->value ? j->value : text, j->mask, found);
}

/*
 * What an empty line or "<default>" stands for: *ret_text borrowed. *ret_default tells
 * that it is the default and not a value that was there.
 */
static int
stand_in(const struct tsetup *ts, const struct tt_key *k, const char *text,
    const char **ret_text, bool *ret_default, struct tt_findings *found)
{
	bool word = tt_streq(text, DEFAULT_WORD);
	const char *stored = word ? NULL : ts_stored(ts, k->id);

	*ret_default = false;
	if (*text && !word) {
		*ret_text = text;
		return 0;
	}
	*ret_default = !stored;
	*ret_text = stored ? stored : tsetup_default(ts, k->id);
	if (*ret_text)
		return 0;
	return required(ts, k, word ? "E_NO_DEFAULT" : "E_REQUIRED", found);
}

int
tsetup_judge(const struct tsetup *ts, enum tt_key_id id, const char *text,
    struct tt_findings *found)
{
	tt_auto(judgement) struct tt_judgement j = { 0 };
	const struct tt_key *k = &tt_keys[id];
	char *trimmed = ts_trimmed(k, text);
	const char *meant;
	bool is_default;
	int r;

	r = stand_in(ts, k, trimmed, &meant, &is_default, found);
	if (r == 0)
		r = judge_text(ts, k, meant, &j, found);
	wipe_free(k, trimmed);
	return r;
}

/* Typing one form of the root password puts the other one away. */
static void
settle_root(struct tsetup *ts, enum tt_key_id id, enum ts_source source)
{
	if (id == TT_KEY_ROOT_PASSWORD && source == TS_TYPED)
		ts_store(ts, TT_KEY_ROOT_HASH, NULL, TS_UNSET);
}

static void
take(struct tsetup *ts, const struct tt_key *k, const char *text,
    const struct tt_judgement *j, enum ts_source source)
{
	ts_store(ts, k->id, j->value ? j->value : text, source);
	if (j->mask)
		ts_store(ts,
		    k->id == TT_KEY_ADMIN_IP ? TT_KEY_ADMIN_NETMASK
					     : TT_KEY_EXTERNAL_NETMASK,
		    j->mask, source);
	settle_root(ts, k->id, source);
}

int
tsetup_set(struct tsetup *ts, enum tt_key_id id, const char *text, enum ts_source source,
    struct tt_findings *found)
{
	tt_auto(judgement) struct tt_judgement j = { 0 };
	const struct tt_key *k = &tt_keys[id];
	char *trimmed = ts_trimmed(k, text);
	const char *meant;
	bool is_default;
	int r;

	r = stand_in(ts, k, trimmed, &meant, &is_default, found);
	if (r == 0)
		r = judge_text(ts, k, meant, &j, found);
	if (r == 0 && is_default)
		ts_store(ts, id, NULL, TS_DEFAULT);
	else if (r == 0)
		take(ts, k, meant, &j, source);
	wipe_free(k, trimmed);
	return r;
}

void
tsetup_clear(struct tsetup *ts, enum tt_key_id id)
{
	ts_store(ts, id, NULL, TS_UNSET);
}

/* Is the value that is there still accepted? */
static bool
valid(const struct tsetup *ts, enum tt_key_id id)
{
	tt_auto(findings) struct tt_findings found = { 0 };
	tt_auto(judgement) struct tt_judgement j = { 0 };
	const char *text = tsetup_get(ts, id);

	return text && judge_text(ts, &tt_keys[id], text, &j, &found) == 0;
}

bool
tsetup_asked(const struct tsetup *ts, enum tt_key_id id)
{
	const struct tt_key *k = &tt_keys[id];

	if (k->ask == TT_ASK_NEVER || !tsetup_applies(ts, id))
		return false;
	if (k->ask == TT_ASK_MENU)
		return ts->v[id].source != TS_UNSET && !valid(ts, id);
	if (id == TT_KEY_ROOT_PASSWORD && ts_stored(ts, TT_KEY_ROOT_HASH))
		return false;
	return !valid(ts, id);
}

/* --- password file --- */

/* First line of the file, or the value of its line admin_password=VALUE. */
static char *
password_line(char *text)
{
	char *line = text, *first = text;
	char *end;

	for (; line && *line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		if (tt_after_prefix(line, "admin_password="))
			return line + strlen("admin_password=");
	}
	return first;
}

void
ts_read_password_file(struct tsetup *ts, struct tt_findings *found)
{
	const char *name = ts_stored(ts, TT_KEY_ADMIN_PASSWORD_FILE);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(secret) struct tt_secret text = { 0 };
	tt_auto(free) char *path = NULL;
	struct tt_finding *f;

	if (!name || ts->v[TT_KEY_ADMIN_PASSWORD].source != TS_UNSET)
		return;
	path =
	    *name == '/' || !ts->media ? tt_xstrdup(name) : tt_path_join(ts->media, name);
	tt_secret_init(&text, 4096);
	if (tt_secret_read_file(&text, path, &err) < 0) {
		f = tt_findings_add(found, "E_REQUIRED",
		    tt_keys[TT_KEY_ADMIN_PASSWORD_FILE].name, name,
		    "%s; a readable file with the password on its first line is accepted",
		    tt_err_message(err));
		ts_finding_place(ts, f, TT_KEY_ADMIN_PASSWORD_FILE);
		return;
	}
	(void)tsetup_set(
	    ts, TT_KEY_ADMIN_PASSWORD, password_line(text.data), TS_ANSWERS, found);
}

/* --- all at once --- */

void
tsetup_fill(struct tsetup *ts, struct tt_findings *found)
{
	bool all = tsetup_bool(ts, TT_KEY_UNATTENDED);

	ts_read_password_file(ts, found);
	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		const struct tt_key *k = &tt_keys[i];

		if (ts->v[i].source != TS_UNSET || ts->v[i].bad || k->ask == TT_ASK_NEVER)
			continue;
		if (!all && !(k->type == TT_TYPE_NIC && ts_only_nic(ts)))
			continue;
		if (tsetup_default(ts, k->id))
			ts_store(ts, k->id, NULL, TS_DEFAULT);
	}
}

/* Another key already stands in for this one. */
static bool
settled_elsewhere(const struct tsetup *ts, enum tt_key_id id)
{
	if (id == TT_KEY_ROOT_PASSWORD)
		return ts_stored(ts, TT_KEY_ROOT_HASH) || ts->v[TT_KEY_ROOT_HASH].bad;
	if (id == TT_KEY_ADMIN_PASSWORD)
		return ts->v[TT_KEY_ADMIN_PASSWORD_FILE].line != 0 ||
		       ts_stored(ts, TT_KEY_ADMIN_PASSWORD_FILE);
	return false;
}

static void
check_required(const struct tsetup *ts, struct tt_findings *found)
{
	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		const struct tt_key *k = &tt_keys[i];
		bool computed = k->def && k->type != TT_TYPE_NIC;

		if (k->ask != TT_ASK || !tsetup_applies(ts, k->id) || ts->v[i].bad ||
		    tsetup_effective(ts, k->id) || settled_elsewhere(ts, k->id))
			continue;
		/* A default that cannot be computed has its reason in another finding. */
		if (computed && tt_findings_count(found, TT_ERROR) > 0)
			continue;
		(void)required(ts, k, "E_REQUIRED", found);
	}
}

/* A default is made of other values and may break the rule of its own key. */
static void
check_defaults(const struct tsetup *ts, bool complete, struct tt_findings *found)
{
	for (size_t i = 0; i < TT_KEY_MAX; i++) {
		tt_auto(judgement) struct tt_judgement j = { 0 };
		const struct tt_key *k = &tt_keys[i];
		enum ts_source source = ts->v[i].source;
		const char *text;

		if (k->ask == TT_ASK_NEVER || !k->def || !tsetup_applies(ts, k->id))
			continue;
		if (source != TS_DEFAULT &&
		    !(complete && source == TS_UNSET && !ts->v[i].bad))
			continue;
		text = tsetup_effective(ts, k->id);
		if (text)
			(void)ts_judge_single(ts, k, text, &j, found);
	}
}

static void
check_unchecked_nics(const struct tsetup *ts, struct tt_findings *found)
{
	struct tt_finding *f;

	if (ts->has_nics ||
	    (!ts_stored(ts, TT_KEY_ADMIN_NIC) && !ts_stored(ts, TT_KEY_EXTERNAL_NIC)))
		return;
	f = tt_findings_add(found, "W_NICS_UNCHECKED", "", NULL,
	    "whether the NICs are present is not checked; --nics FILE names those of the "
	    "machine");
	f->severity = TT_NOTE;
}

int
tsetup_check_all(const struct tsetup *ts, bool complete, struct tt_findings *found)
{
	tt_auto(view) struct ts_view w;
	size_t before = found->n;

	complete = complete || tsetup_bool(ts, TT_KEY_UNATTENDED);
	ts_view_init(&w, ts, complete);
	ts_cross_check(&w.values, tsetup_nics(ts), found);
	check_defaults(ts, complete, found);
	if (complete)
		check_required(ts, found);
	check_unchecked_nics(ts, found);
	for (size_t i = before; i < found->n; i++)
		if (found->v[i].id >= 0)
			ts_finding_place(
			    ts, &found->v[i], (enum tt_key_id)found->v[i].id);
	return tt_findings_count(found, TT_ERROR) ? -EINVAL : 0;
}
