// SPDX-License-Identifier: MPL-2.0
/*
 * Inside of a setup session, for the files of libtsetup.
 */
#pragma once

#include "installer/setup/tsetup.h"

struct ts_value {
	enum ts_source source;
	char *text;              /* normal form; NULL for secrets */
	struct tt_secret secret; /* the same for secrets; data NULL until needed */
	unsigned line, col;      /* of the value in the answers; 0 = not there */
	bool bad; /* was in the answers and has been refused and reported */
};

/*
 * The values as one looks at them: with one key replaced (a judgement in progress), and
 * with or without defaults in the place of what is not set. Computed defaults are kept for
 * the life of the view.
 */
struct ts_view {
	const struct tsetup *ts;
	bool complete; /* unset keys show their defaults */
	int id;        /* replaced key, or -1 */
	const char *text;
	int mask_id; /* mask that came with it, or -1 */
	const char *mask;
	struct tt_values values;
	char *computed[TT_KEY_MAX];
	bool tried[TT_KEY_MAX];
};

/* Made once for a session, in locked memory. */
struct ts_generated {
	char ldap_pw[33];
	char rabbitmq_pw[33];
	char root_shadow[384];
};

struct tsetup {
	struct ts_value v[TT_KEY_MAX];
	struct ts_view *known; /* cleared at every change */
	struct ts_view *complete;
	struct ts_nics nics;
	bool has_nics;
	bool coal_machine;
	bool coal_image;
	bool external_required;
	char *media;
	char *answers_name;
	json_t *extra; /* config_extra, or NULL */
	struct tt_secret generated;
	bool has_generated;
	char external_mac[TT_MAC_LEN];
};

void ts_view_init(struct ts_view *w, const struct tsetup *ts, bool complete);
void ts_view_release(struct ts_view *w);
static inline void
tt_auto_view(struct ts_view *w)
{
	ts_view_release(w);
}

/* Views are computed anew from now on. */
void ts_changed(struct tsetup *ts);
/* Store without judging; text is copied. */
void ts_store(
    struct tsetup *ts, enum tt_key_id id, const char *text, enum ts_source source);
/* Stored text (not a default), or NULL. */
const char *ts_stored(const struct tsetup *ts, enum tt_key_id id);
/* The MAC of the only NIC, or NULL. */
const char *ts_only_nic(const struct tsetup *ts);

/*
 * The rule of one key on one text, with NIC names resolved, and its finding. "<default>"
 * is settled before. Returns 0 or -EINVAL.
 */
int ts_judge_single(const struct tsetup *ts, const struct tt_key *k, const char *text,
    struct tt_judgement *j, struct tt_findings *found);
/* Fill key, value, place and id of a finding about a key of this session. */
void ts_finding_place(const struct tsetup *ts, struct tt_finding *f, enum tt_key_id id);
/* "***" for secrets. */
const char *ts_masked(const struct tt_key *k, const char *text);
/* A copy without leading and trailing blanks (secrets are not cut). Caller frees. */
char *ts_trimmed(const struct tt_key *k, const char *text);

/* Read admin_password_file into admin_password. */
void ts_read_password_file(struct tsetup *ts, struct tt_findings *found);

/* Everything secret and random that the config holds. */
struct ts_generated *ts_generate(struct tsetup *ts, struct tt_err **err);
