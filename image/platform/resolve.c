// SPDX-License-Identifier: MPL-2.0
/*
 * From the package list to the lock, and from a lock whose versions have left the archive
 * to one that can be fetched.
 */
#include <errno.h>
#include <string.h>

#include "image/phase.h"
#include "image/platform/apt.h"
#include "image/platform/packages.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/str.h"

/* Add NAME=VERSION items to the lock in one role, leaving out what root has already. */
static int
add_versions(struct apt *a, struct lock *lock, enum lock_role role, char *const *items,
    struct tt_err **err)
{
	tt_auto(apt_pkgs) struct apt_pkgs known = { 0 };
	int r = apt_show(a, items, &known, err);

	if (r < 0)
		return r;
	for (size_t i = 0; items[i] != NULL; i++) {
		tt_auto(free) char *name = tt_xstrndup(items[i], strcspn(items[i], "="));
		const char *version = strchr(items[i], '=');
		const struct apt_pkg *pkg;

		if (role == LOCK_HVM && lock_find(lock, LOCK_ROOT, name) != NULL)
			continue;
		pkg = apt_pkgs_find(&known, name, version == NULL ? NULL : version + 1);
		if (pkg == NULL)
			return tt_err_set(err, -ENOENT, "NoSuchPackage",
			    "the archive has no package '%s'; check the package list",
			    items[i]);
		if (lock_find(lock, role, name) == NULL)
			lock_add(lock, role, pkg->name, pkg->version, pkg->sha256,
			    pkg->size, pkg->path);
	}
	return 0;
}

/* Root's own words with the essential set; with_hvm adds what hvm.img shall hold. */
static int
resolve_system(struct apt *a, const struct pkglist *list, bool with_hvm, char ***ret,
    struct tt_err **err)
{
	tt_auto(strv) char **words = NULL;

	tt_strv_add(&words, "?essential");
	for (size_t i = 0; i < tt_strv_len(list->words[LOCK_ROOT]); i++)
		tt_strv_add(&words, list->words[LOCK_ROOT][i]);
	for (size_t i = 0; with_hvm && i < tt_strv_len(list->words[LOCK_HVM]); i++)
		tt_strv_add(&words, list->words[LOCK_HVM][i]);
	return apt_resolve(a, words, ret, err);
}

static int
resolve_kernel(
    struct apt *a, const struct pkglist *list, struct lock *lock, struct tt_err **err)
{
	tt_auto(free) char *name = NULL;
	int r;

	if (tt_strv_len(list->words[LOCK_KERNEL]) != 1)
		return tt_err_set(err, -EINVAL, "InvalidList",
		    "section [kernel] of the package list must hold one name");
	r = apt_real_name(a, list->words[LOCK_KERNEL][0], &name, err);
	if (r < 0)
		return r;
	return add_versions(a, lock, LOCK_KERNEL, (char *[]){ name, NULL }, err);
}

int
packages_resolve(struct apt *a, const struct pkglist *list, int64_t epoch,
    struct lock *ret, struct tt_err **err)
{
	tt_auto(lock) struct lock lock = { .epoch = epoch };
	tt_auto(strv) char **root = NULL;
	tt_auto(strv) char **hvm = NULL;
	int r;

	(void)tt_strcpy(lock.list_sha256, sizeof(lock.list_sha256), list->sha256);
	r = resolve_system(a, list, false, &root, err);
	if (r == 0)
		r = add_versions(a, &lock, LOCK_ROOT, root, err);
	if (r == 0)
		r = resolve_system(a, list, true, &hvm, err);
	if (r == 0)
		r = add_versions(a, &lock, LOCK_HVM, hvm, err);
	if (r == 0)
		r = resolve_kernel(a, list, &lock, err);
	if (r == 0)
		r = add_versions(a, &lock, LOCK_BOOT, list->words[LOCK_BOOT], err);
	if (r < 0)
		return r;
	lock_sort(&lock);
	*ret = lock;
	lock = (struct lock){ 0 };
	return 0;
}

static void
replace_text(char **field, const char *text)
{
	free(*field);
	*field = tt_xstrdup(text);
}

static int
move_to(struct phase_run *run, struct lock_pkg *p, const struct apt_pkg *now, bool strict,
    struct tt_err **err)
{
	if (strict)
		return tt_err_set(err, -ENOENT, "LockVanished",
		    "locked package %s %s is no longer in the archive, which has %s; "
		    "build without LOCK=strict, or fill the cache from elsewhere",
		    p->name, p->version, now->version);
	phase_warn(run,
	    "THE LOCK CHANGES: %s %s is no longer in the archive; locking %s %s instead",
	    p->name, p->version, now->name, now->version);
	replace_text(&p->name, now->name);
	replace_text(&p->version, now->version);
	replace_text(&p->path, now->path);
	(void)tt_strcpy(p->sha256, sizeof(p->sha256), now->sha256);
	p->size = now->size;
	return 0;
}

/* The kernel's package has its version in its name: its successor has another name. */
static int
refresh_kernel(struct apt *a, struct phase_run *run, const struct pkglist *list,
    struct lock_pkg *p, bool strict, bool *changed, struct tt_err **err)
{
	tt_auto(apt_pkgs) struct apt_pkgs now = { 0 };
	tt_auto(lock) struct lock fresh = { 0 };
	const struct apt_pkg *same;
	const struct lock_pkg *f;
	struct apt_pkg next;
	int r;

	if (apt_show(a, (char *[]){ p->name, NULL }, &now, NULL) == 0) {
		same = apt_pkgs_find(&now, p->name, p->version);
		if (same != NULL && tt_streq(same->sha256, p->sha256))
			return 0;
	}
	r = resolve_kernel(a, list, &fresh, err);
	if (r < 0 || fresh.count == 0)
		return r;
	f = &fresh.pkgs[0];
	next = (struct apt_pkg){
		.name = f->name, .version = f->version, .path = f->path, .size = f->size
	};
	(void)tt_strcpy(next.sha256, sizeof(next.sha256), f->sha256);
	*changed = true;
	return move_to(run, p, &next, strict, err);
}

static int
refresh_row(struct phase_run *run, const struct apt_pkgs *known, struct lock_pkg *p,
    bool strict, bool *changed, struct tt_err **err)
{
	const struct apt_pkg *same = apt_pkgs_find(known, p->name, p->version);
	const struct apt_pkg *now = apt_pkgs_find(known, p->name, NULL);

	if (same != NULL && tt_streq(same->sha256, p->sha256))
		return 0;
	if (now == NULL)
		return tt_err_set(err, -ENOENT, "NoSuchPackage",
		    "locked package %s is no longer in the archive under any version; "
		    "resolve the list anew with --relock",
		    p->name);
	*changed = true;
	return move_to(run, p, same != NULL ? same : now, strict, err);
}

int
packages_refresh(struct apt *a, struct phase_run *run, const struct pkglist *list,
    struct lock *lock, const bool *missing, bool strict, bool *ret_changed,
    struct tt_err **err)
{
	tt_auto(apt_pkgs) struct apt_pkgs known = { 0 };
	tt_auto(strv) char **names = NULL;
	bool changed = false;
	int r = 0;

	for (size_t i = 0; i < lock->count; i++)
		if (missing[i] && lock->pkgs[i].role != LOCK_KERNEL)
			tt_strv_add(&names, lock->pkgs[i].name);
	if (names != NULL)
		r = apt_show(a, names, &known, err);
	for (size_t i = 0; r == 0 && i < lock->count; i++) {
		struct lock_pkg *p = &lock->pkgs[i];

		if (missing[i] && p->role == LOCK_KERNEL)
			r = refresh_kernel(a, run, list, p, strict, &changed, err);
		else if (missing[i])
			r = refresh_row(run, &known, p, strict, &changed, err);
	}
	if (r < 0)
		return r;
	*ret_changed = changed;
	return 0;
}
