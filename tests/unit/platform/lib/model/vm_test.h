// SPDX-License-Identifier: MPL-2.0
/* What the tests of the vm model share: JSON with ' for ", payloads, repeatable identifiers. */
#pragma once

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/net.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/lib/model/vm.h"
#include "tests/lib/tap.h"

#define UUID  "11111111-2222-4333-8444-555555555555"
#define IMAGE "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
#define NOW   1700000000123456LL

/* New reference of JSON text in which ' stands for ". A text of ours that is wrong aborts. */
__attribute__((unused)) static json_t *
J(const char *text)
{
	tt_auto(free) char *copy = tt_xstrdup(text);
	json_t *j;

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	j = json_loads(copy, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (j == NULL) {
		printf("Bail out! not JSON: %s\n", text);
		abort();
	}
	return j;
}

static void
test_uuid(void *ctx, char *out)
{
	(void)tt_strf(out, TT_UUID_LEN, "99999999-0000-4000-8000-%012d", ++*(int *)ctx);
}

static void
test_mac(void *ctx, char *out)
{
	(void)tt_strf(out, TT_MAC_LEN, "02:08:20:00:00:%02x", ++*(int *)ctx & 0xff);
}

/* The smallest payload of a brand, with the members of extra. */
__attribute__((unused)) static json_t *
payload_of(const char *brand, const json_t *extra)
{
	enum tt_vm_brand b = TT_VM_LX;
	json_t *j = json_object();

	(void)tt_vm_brand_parse(brand, &b, NULL);
	json_object_set_new(j, "brand", json_string(brand));
	json_object_set_new(j, "uuid", json_string(UUID));
	if (!tt_vm_brand_hvm(b))
		json_object_set_new(j, "image_uuid", json_string(IMAGE));
	if (extra != NULL)
		json_object_update(j, (json_t *)(uintptr_t)extra);
	return j;
}

/* Create from text; 0 or the error, findings in f (may be NULL). */
__attribute__((unused)) static int
create(const char *text, const struct tt_vm_facts *facts, struct tt_vm_findings *f,
    struct tt_vm *ret)
{
	tt_auto(json) json_t *payload = J(text);
	int count = 0;
	const struct tt_vm_ids ids = { test_uuid, test_mac, &count };

	return tt_vm_create(payload, facts, &ids, f, ret, NULL);
}

__attribute__((unused)) static int
update(const struct tt_vm *old, const char *text, const struct tt_vm_facts *facts,
    struct tt_vm_findings *f, struct tt_vm *ret, struct tt_vm_changes *changes)
{
	tt_auto(json) json_t *payload = J(text);
	int count = 100;
	const struct tt_vm_ids ids = { test_uuid, test_mac, &count };

	return tt_vm_update(old, payload, facts, &ids, f, ret, changes, NULL);
}

/* Is there a finding of this kind about name (NULL = any), holding text (NULL = any)? */
__attribute__((unused)) static bool
found(const struct tt_vm_findings *f, enum tt_vm_fault fault, const char *name,
    const char *text)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].fault == fault &&
		    (name == NULL || tt_streq(f->v[i].name, name)) &&
		    (text == NULL || strstr(f->v[i].text, text) != NULL))
			return true;
	return false;
}

__attribute__((unused)) static void
note_findings(const struct tt_vm_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		tap_note("finding %d %s: %s", f->v[i].fault, f->v[i].name, f->v[i].text);
}

/* A member of a record or view equals the JSON text; dotted names are not known here. */
#define EQ_JSON(obj, name, text)                                                         \
	do {                                                                             \
		tt_auto(json) json_t *eq_want_ = J(text);                                \
		tt_auto(free) char *eq_got_ =                                            \
		    tt_json_line(json_object_get((obj), (name)));                        \
		tt_auto(free) char *eq_text_ = tt_json_line(eq_want_);                   \
		TAP_EQ_STR(eq_got_, eq_text_, "%s is %s", (name), (text));               \
	} while (0)

/* A create is refused with a finding of this kind about name. */
__attribute__((unused)) static void
refused(const char *payload, const struct tt_vm_facts *facts, enum tt_vm_fault fault,
    const char *name, const char *text)
{
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	tt_auto(vm) struct tt_vm vm = { 0 };
	const int r = create(payload, facts, &f, &vm);
	const bool ok = r < 0 && found(&f, fault, name, text);

	TAP_OK(ok, "refused: %s (%s)", name, text);
	if (!ok)
		note_findings(&f);
}

__attribute__((unused)) static void
update_refused(const struct tt_vm *old, const char *payload,
    const struct tt_vm_facts *facts, enum tt_vm_fault fault, const char *name,
    const char *text)
{
	tt_auto(vm_findings) struct tt_vm_findings f = { 0 };
	tt_auto(vm) struct tt_vm vm = { 0 };
	const int r = update(old, payload, facts, &f, &vm, NULL);
	const bool ok = r < 0 && found(&f, fault, name, text);

	TAP_OK(ok, "update refused: %s (%s)", name, text);
	if (!ok)
		note_findings(&f);
}
