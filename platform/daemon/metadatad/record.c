// SPDX-License-Identifier: MPL-2.0
/* See record.h. All texts of a record lie in one block; entries are sorted by their key. */
#include "platform/daemon/metadatad/record.h"

#include <errno.h>
#include <string.h>

#include "platform/daemon/metadatad/sdc.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

#define TEXT_MAX (64 * TT_MIB)
/* Ids of instances: a range of 65,536 each, from here on. */
#define UID_FIRST 1000000U
#define UID_RANGE 65536U
#define SLOT_MAX  60000

struct entry {
	uint32_t key_at, key_len;
	uint32_t value_at, value_len;
};

struct record {
	char *text;
	struct entry *entries;
	size_t count;
	uint32_t keys_at, keys_len;
	char **namespaces;
	bool hvm;
	uint32_t uid_base;
};

struct record_maker {
	struct tt_buf text;
	struct entry *entries;
	size_t count, space;
};

void
record_add(struct record_maker *m, const char *name, const char *data, size_t len)
{
	struct entry e = { .key_at = (uint32_t)m->text.len,
		.key_len = (uint32_t)strlen(name),
		.value_len = (uint32_t)len };

	(void)tt_buf_adds(&m->text, name);
	e.value_at = (uint32_t)m->text.len;
	(void)tt_buf_add(&m->text, data, len);
	if (m->count == m->space) {
		m->space = m->space > 0 ? m->space * 2 : 64;
		m->entries = tt_xrealloc(m->entries, m->space * sizeof(e));
	}
	m->entries[m->count++] = e;
}

void
record_add_json(struct record_maker *m, const char *name, const json_t *value)
{
	tt_auto(free) char *text = tt_json_line(value);

	record_add(m, name, text, strlen(text));
}

void
record_add_scalar(struct record_maker *m, const char *name, const json_t *value)
{
	if (json_is_string(value))
		record_add(m, name, json_string_value(value), json_string_length(value));
	else if (json_is_number(value) || json_is_boolean(value))
		record_add_json(m, name, value);
}

/* Part before the first colon is one of the names. */
static bool
in_namespaces(char *const *names, const char *key, size_t len)
{
	const char *colon = memchr(key, ':', len);

	for (size_t i = 0; colon != NULL && i < tt_strv_len(names); i++)
		if (strlen(names[i]) == (size_t)(colon - key) &&
		    memcmp(names[i], key, (size_t)(colon - key)) == 0)
			return true;
	return false;
}

/* Customer keys first, then those internal keys that the guest may see. */
static void
add_metadata(struct record_maker *m, const struct record *r, json_t *customer,
    json_t *internal, struct tt_buf *keys)
{
	const char *key;
	json_t *v;

	for (int inner = 0; inner < 2; inner++) {
		json_object_foreach(inner ? internal : customer, key, v)
		{
			const size_t n = m->count;
			const bool hidden =
			    in_namespaces(r->namespaces, key, strlen(key)) ||
			    tt_ends_with(key, "_pw");

			if (hidden != (inner != 0) ||
			    tt_after_prefix(key, "sdc:") != NULL)
				continue;
			record_add_scalar(m, key, v);
			if (m->count > n) {
				(void)tt_buf_adds(keys, keys->len > 0 ? "\n" : "");
				(void)tt_buf_adds(keys, key);
			}
		}
	}
}

static int
compare(const char *text, const struct entry *e, const char *key, size_t len)
{
	if (e->key_len != len)
		return e->key_len < len ? -1 : 1;
	return memcmp(text + e->key_at, key, len);
}

static int
order(const void *a, const void *b, void *text)
{
	const struct entry *x = a, *y = b;
	int c = compare(text, x, (const char *)text + y->key_at, y->key_len);

	/* the first of two that are equal is found */
	return c != 0 ? c : x->key_at < y->key_at ? -1 : x->key_at > y->key_at;
}

static int
read_place(struct record *r, const char *uuid, const json_t *vm, struct tt_err **err)
{
	const char *brand = tt_json_str(vm, "brand", NULL);
	const long long slot = tt_json_int(vm, "slot", 0);
	const json_t *names = json_object_get(vm, "internal_metadata_namespaces");

	if (!json_is_object(vm))
		return tt_err_set(err, -EINVAL, "InvalidVM",
		    "instance '%s': its record is no JSON object", uuid);
	if (slot < 0 || slot > SLOT_MAX)
		return tt_err_set(err, -EINVAL, "InvalidVM",
		    "instance '%s': slot %lld is outside 0-%d", uuid, slot, SLOT_MAX);
	r->uid_base = UID_FIRST + UID_RANGE * (uint32_t)slot;
	r->hvm = tt_streq(brand, "kvm") || tt_streq(brand, "bhyve");
	for (size_t i = 0; i < json_array_size(names); i++)
		if (json_is_string(json_array_get(names, i)))
			tt_strv_add(
			    &r->namespaces, json_string_value(json_array_get(names, i)));
	return 0;
}

int
record_build(const char *uuid, const json_t *vm, const json_t *metadata, json_t *tags,
    struct record **ret, struct tt_err **err)
{
	json_t *customer = json_object_get(metadata, "customer_metadata");
	json_t *internal = json_object_get(metadata, "internal_metadata");
	struct record_maker m = { .text = TT_BUF_INIT(TEXT_MAX) };
	tt_auto(buf) struct tt_buf keys = TT_BUF_INIT(TEXT_MAX);
	tt_auto(record) struct record *r = tt_xalloc(sizeof(*r));
	int n = read_place(r, uuid, vm, err);

	if (n < 0)
		return n;
	sdc_add(&m, uuid, vm, internal, tags);
	add_metadata(&m, r, customer, internal, &keys);
	r->keys_at = (uint32_t)m.text.len;
	r->keys_len = (uint32_t)keys.len;
	(void)tt_buf_add(&m.text, tt_buf_str(&keys), keys.len);
	r->entries = m.entries;
	r->count = m.count;
	if (m.text.overflow) {
		tt_buf_release(&m.text);
		return tt_err_set(err, -EFBIG, "TooLarge",
		    "instance '%s': its metadata is over %llu bytes", uuid, TEXT_MAX);
	}
	r->text = tt_xrealloc(m.text.data, m.text.len + 1);
	r->entries = tt_xrealloc(r->entries, (r->count + 1) * sizeof(*r->entries));
	qsort_r(r->entries, r->count, sizeof(*r->entries), order, r->text);
	*ret = tt_take(r);
	return 0;
}

void
record_free(struct record *r)
{
	if (r == NULL)
		return;
	free(r->text);
	free(r->entries);
	tt_strv_free(r->namespaces);
	free(r);
}

bool
record_get(const struct record *r, const char *key, size_t len, struct record_value *ret)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (compare(r->text, &r->entries[mid], key, len) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == r->count || compare(r->text, &r->entries[low], key, len) != 0)
		return false;
	ret->data = r->text + r->entries[low].value_at;
	ret->len = r->entries[low].value_len;
	return true;
}

struct record_value
record_keys(const struct record *r)
{
	return (struct record_value){ r->text + r->keys_at, r->keys_len };
}

bool
record_protects(const struct record *r, const char *key, size_t len)
{
	return in_namespaces(r->namespaces, key, len);
}

bool
record_is_hvm(const struct record *r)
{
	return r->hvm;
}

uint32_t
record_uid_base(const struct record *r)
{
	return r->uid_base;
}
