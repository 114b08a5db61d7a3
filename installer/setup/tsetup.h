// SPDX-License-Identifier: MPL-2.0
/*
 * libtsetup: the values of one headnode setup, where each came from, what is wrong with
 * them, and the config they make. The wizard, the unattended run and the commands
 * `validate` and `render` are front ends of this; none of them judges anything itself.
 *
 * A session (struct tsetup) belongs to one thread. Values are kept in normal form; secret
 * ones in locked memory. A value whose source is TS_DEFAULT is computed anew whenever it
 * is read, so it follows its inputs until something is typed over it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "installer/setup/nics.h"
#include "platform/lib/conf/finding.h"
#include "platform/lib/conf/keys.h"
#include "platform/lib/conf/loader.h"
#include "platform/lib/conf/secret.h"

#define TS_ANSWERS_MAX 65536  /* bytes of an answers file */
#define TS_CONFIG_MAX  131072 /* bytes of a generated config */

enum ts_source {
	TS_UNSET,
	TS_DEFAULT, /* Enter, or "<default>" in the answers: computed when read */
	TS_ANSWERS,
	TS_TYPED,
};

struct tsetup;

struct tsetup *tsetup_new(void);
void tsetup_free(struct tsetup *ts);
TT_AUTO_DEFINE(tsetup, struct tsetup *, tsetup_free)

/* --- facts about the machine --- */

/* Copies the list. Without this call NICs are not checked (W_NICS_UNCHECKED). */
void tsetup_set_nics(struct tsetup *ts, const struct ts_nics *nics);
/* NULL when unknown. Borrowed. */
const struct ts_nics *tsetup_nics(const struct tsetup *ts);
/* DMI product name; one that starts with "VMware" makes coal=true. NULL reads ROOT/sys. */
void tsetup_set_product(struct tsetup *ts, const char *product, const char *root);
/* The image was built as CoaL: short root password is a warning, keep_answers is true. */
void tsetup_set_coal_image(struct tsetup *ts, bool coal);
/* The installer came over iPXE: the external network may not be declined. */
void tsetup_set_external_required(struct tsetup *ts, bool required);
/* Where relative paths of admin_password_file lie. */
void tsetup_set_media(struct tsetup *ts, const char *dir);

/* --- answers --- */

/*
 * Read a whole answers file: every key is judged, good values become TS_ANSWERS, findings
 * with line:column go to found (single values only; tsetup_check_all() adds the rest).
 * name  for messages only
 * Returns 0, or -EINVAL when it is no JSON object (E_JSON, E_TYPE or E_UTF8 in found):
 * the session is unchanged then.
 */
int tsetup_answers_parse(struct tsetup *ts, const char *name, const char *text,
    size_t len, struct tt_findings *found);
/* Read the file into locked memory and parse it. -errno with *err when it cannot be read. */
int tsetup_answers_load(
    struct tsetup *ts, const char *path, struct tt_findings *found, struct tt_err **err);
/* Values from answers become plain defaults of the prompts (after `n` at the review). */
void tsetup_answers_relax(struct tsetup *ts);
/* Place of a key's value in the answers; 0, 0 when it was not there. */
void tsetup_place(
    const struct tsetup *ts, enum tt_key_id id, unsigned *ret_line, unsigned *ret_col);

/* --- values --- */

/*
 * Judge text as a value of the key in the present context and change nothing. Empty text
 * stands for the default. Errors that another, later question can still put right are not
 * counted against this one.
 * Returns 0 (accepted; found may hold warnings) or -EINVAL (found holds an error, whose
 * text is what to show below the prompt and whose suggest, if any, may be offered).
 */
int tsetup_judge(const struct tsetup *ts, enum tt_key_id id, const char *text,
    struct tt_findings *found);
/*
 * Judge and take it; when refused nothing changes. Text with /len also sets the mask. Empty
 * text keeps a value that is there, else the key becomes TS_DEFAULT.
 */
int tsetup_set(struct tsetup *ts, enum tt_key_id id, const char *text,
    enum ts_source source, struct tt_findings *found);
void tsetup_clear(struct tsetup *ts, enum tt_key_id id);
/* Normal form, or NULL when there is no value. Borrowed until the next change of ts. */
const char *tsetup_get(const struct tsetup *ts, enum tt_key_id id);
/* The same, with the default when nothing is set; NULL when that is missing too. */
const char *tsetup_effective(const struct tsetup *ts, enum tt_key_id id);
/* For display: "***" for secrets, "" for none. */
const char *tsetup_show(const struct tsetup *ts, enum tt_key_id id);
enum ts_source tsetup_source(const struct tsetup *ts, enum tt_key_id id);
/* What the key would be if nothing were set; NULL = no default. Borrowed as above. */
const char *tsetup_default(const struct tsetup *ts, enum tt_key_id id);
/* What Enter takes at the prompt: the present value, else the default; NULL = Enter is refused.
 * For a secret that is set: "" (Enter keeps it). */
const char *tsetup_enter(const struct tsetup *ts, enum tt_key_id id);
/* Effective boolean; false when unknown. */
bool tsetup_bool(const struct tsetup *ts, enum tt_key_id id);

/* Has the key a meaning with the present values (external keys without external: no)? */
bool tsetup_applies(const struct tsetup *ts, enum tt_key_id id);
/*
 * Must the question flow stop here: in the flow, applies, and holds no valid value yet.
 * A single NIC is taken without a question; root_password_hash settles root_password.
 */
bool tsetup_asked(const struct tsetup *ts, enum tt_key_id id);
/*
 * Once before the flow: take defaults for what is not asked (single NIC; everything when
 * unattended) and read admin_password_file.
 */
void tsetup_fill(struct tsetup *ts, struct tt_findings *found);

/* Lines of `?` for a key: rule, example, config keys it sets, more. A tt_strv. */
char **tsetup_help(const struct tsetup *ts, enum tt_key_id id);
/* "assets    10.99.99.8" and so on for the review; empty when S is unknown. A tt_strv. */
char **tsetup_slots(const struct tsetup *ts);

/*
 * Everything about all values together, with places from the answers: what is required
 * and missing (only when complete is true or the answers say unattended), single values,
 * cross checks, warnings. Returns 0, or -EINVAL when there is an error among them.
 */
int tsetup_check_all(const struct tsetup *ts, bool complete, struct tt_findings *found);

/* --- session journal (no secrets) --- */

/* {"values": {key: {"v": text, "s": source}}}: everything but secrets. New reference. */
json_t *tsetup_save(const struct tsetup *ts);
/* Values that are no longer valid are left out silently. */
void tsetup_restore(struct tsetup *ts, const json_t *saved);
/* An answers object of the present values, without secrets: what an operator would
 * put on another key. New reference. */
json_t *tsetup_answers_json(const struct tsetup *ts);

/* --- results --- */

/* MAC for the external VNIC: made at the first call, the same from then on. Borrowed. */
const char *tsetup_external_mac(struct tsetup *ts);
/*
 * The config as text into out (initialised with TS_CONFIG_MAX). Secrets are generated at
 * the first call and stay the same for the session. Checks everything first.
 * Returns 0; -EINVAL with the findings; -EIO when hashing failed.
 */
int tsetup_render(struct tsetup *ts, struct tt_secret *out, struct tt_findings *found,
    struct tt_err **err);
/* Parse the rendered text back with the loader and compare every value. */
int tsetup_verify(
    struct tsetup *ts, const struct tt_secret *rendered, struct tt_err **err);
/* Text with the last line `# end of config, N keys` made right (after a hand edit). */
int tsetup_mark_end(const char *text, size_t len, struct tt_secret *out);
/* Public keys for config.inc/root.authorized_keys, one a line; NULL when there are none. */
const char *tsetup_ssh_keys(const struct tsetup *ts);
/*
 * The answers text without clear passwords: root_password becomes root_password_hash,
 * admin_password goes. Unknown keys stay. Caller frees; NULL when text is no JSON object.
 */
char *tsetup_answers_redact(struct tsetup *ts, const char *text, size_t len);

/*
 * Judge a generated or edited config: syntax, duplicates, required keys, types and cross
 * checks, with line numbers. Returns 0 or -EINVAL when there is an error.
 */
int tsetup_check_config(const char *text, size_t len, struct tt_findings *found);
/*
 * The compute nodes' subset of a merged config, into out.
 */
int tsetup_node_config(
    const struct tt_config *config, struct tt_secret *out, struct tt_err **err);

/* --- crypt(3) --- */

enum ts_crypt { TS_YESCRYPT, TS_SHA512 };

/*
 * Hash a password with a new salt; yescrypt falls back to SHA-512 where the library has
 * none. out has 384 bytes.
 */
int tsetup_crypt(
    const char *password, enum ts_crypt method, char *out, struct tt_err **err);

/* --- metadata of hosting providers --- */

struct ts_tinkerbell {
	json_t *answers; /* for this session: holds the passwords */
	json_t *stored;  /* for private/answers.json: hash and password file instead */
	char *passwords; /* for private/generated-passwords (0600), or NULL */
	char *ssh_keys;  /* for config.inc/root.authorized_keys, or NULL */
};

void ts_tinkerbell_release(struct ts_tinkerbell *t);
/* Convert the provider's JSON. -EINVAL names what is missing. */
int ts_tinkerbell_convert(const char *name, const char *text, size_t len,
    struct ts_tinkerbell *ret, struct tt_err **err);
