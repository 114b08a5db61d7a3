// SPDX-License-Identifier: MPL-2.0
/* See store.h. */
#include "platform/daemon/metadatad/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define VM_MAX        (4 * TT_MIB)
#define METADATA_MAX  (48 * TT_MIB) /* all limits, with every byte escaped */
#define LOCK_RETRY_MS 10

/* A file that may be missing; *ret stays NULL then. */
static int
load_optional(
    const char *dir, const char *name, size_t max, json_t **ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, name);
	tt_auto(err) struct tt_err *why = NULL;
	int r = tt_json_load(path, max, ret, &why);

	if (r == 0 || r == -ENOENT)
		return 0;
	return tt_err_set(err, r, tt_err_code(why), "%s", tt_err_message(why));
}

int
store_load(const char *dir, struct record **ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, "vm.json");
	tt_auto(json) json_t *vm = NULL;
	tt_auto(json) json_t *metadata = NULL;
	tt_auto(json) json_t *tags = NULL;
	int r = tt_json_load(path, VM_MAX, &vm, err);

	if (r == 0)
		r = load_optional(dir, "metadata.json", METADATA_MAX, &metadata, err);
	if (r == 0)
		r = load_optional(dir, "tags.json", VM_MAX, &tags, err);
	if (r == 0)
		r = record_build(tt_path_base(dir), vm, metadata, tags, ret, err);
	return r;
}

static int
take_lock(const char *dir, unsigned wait_ms, int *ret, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, "lock");
	tt_auto(close) int fd =
	    open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	const int64_t until = tt_mono_us() + (int64_t)wait_ms * 1000;

	if (fd < 0)
		return tt_err_set(
		    err, -errno, NULL, "The metadata of this instance cannot be locked.");
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return tt_err_set(err, -errno, NULL,
			    "The metadata of this instance cannot be locked.");
		if (tt_mono_us() >= until)
			return tt_err_set(
			    err, -ETIMEDOUT, NULL, "Timed out updating metadata");
		tt_sleep_ms(LOCK_RETRY_MS);
	}
	*ret = tt_take_fd(fd);
	return 0;
}

/* Bytes of all keys and values. */
static size_t
size_of(json_t *object)
{
	size_t sum = 0;
	const char *key;
	json_t *v;

	json_object_foreach(object, key, v) sum +=
	    strlen(key) + (json_is_string(v) ? json_string_length(v) : sizeof(long long));
	return sum;
}

/* The object that the change goes to; made when it is not there. */
static json_t *
target(json_t *all, bool internal)
{
	const char *name = internal ? "internal_metadata" : "customer_metadata";

	if (!json_is_object(json_object_get(all, name)))
		json_object_set_new(all, name, json_object());
	return json_object_get(all, name);
}

/* False when everything is as the change wants it already. */
static bool
apply(json_t *all, const struct change *c)
{
	json_t *object = target(all, c->internal);
	const json_t *old = json_object_get(object, c->key);

	if (c->value == NULL)
		return json_object_del(object, c->key) == 0;
	if (json_is_string(old) && json_string_length(old) == c->value_len &&
	    memcmp(json_string_value(old), c->value, c->value_len) == 0)
		return false;
	return json_object_set_new(
		   object, c->key, json_stringn(c->value, c->value_len)) == 0;
}

int
store_change(
    const char *dir, const struct change *c, unsigned lock_ms, struct tt_err **err)
{
	tt_auto(free) char *path = tt_path_join(dir, "metadata.json");
	tt_auto(err) struct tt_err *why = NULL;
	tt_auto(json) json_t *all = NULL;
	tt_auto(close) int lock = -1;
	int r = take_lock(dir, lock_ms, &lock, err);

	if (r < 0)
		return r;
	r = load_optional(dir, "metadata.json", METADATA_MAX, &all, &why);
	if (r == 0 && all == NULL)
		all = json_object();
	if (r == 0 && !json_is_object(all))
		r = -EINVAL;
	if (r < 0)
		return tt_err_set(err, r, tt_err_code(why),
		    "The metadata of this instance cannot be read.");
	if (!apply(all, c))
		return 0;
	if (c->value != NULL && size_of(target(all, c->internal)) > TT_MD_ALL_MAX)
		return tt_err_set(err, -EMSGSIZE, "TooLarge", "Request too large");
	r = tt_json_save(path, all, 0600, &why);
	return r < 0 ? tt_err_set(err, r, NULL,
			   "The metadata of this instance cannot be written.")
		     : 0;
}
