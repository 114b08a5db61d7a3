// SPDX-License-Identifier: MPL-2.0
/*
 * Which instances a change makes stricter. The hooks accept what belongs to a flow that was
 * let through once, so without this a new BLOCK would not stop what is under way.
 */
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/machine/nft_int.h"

static const struct nft_list none;

static bool
drops(const char *line)
{
	return strstr(line, " drop") != NULL;
}

/*
 * Every line of old that allows, in its order; before, between and behind them no line that
 * drops but old ones, and any that allow.
 */
static bool
only_allows_more(const struct nft_list *old, const struct nft_list *new)
{
	size_t k = 0;

	for (size_t i = 0; i < new->n; i++) {
		size_t at = k;

		while (at < old->n && strcmp(old->v[at], new->v[i]) != 0 &&
		       drops(old->v[at]))
			at++;
		if (at < old->n && !strcmp(old->v[at], new->v[i]))
			k = at + 1;
		else if (drops(new->v[i]))
			return false;
	}
	while (k < old->n && drops(old->v[k]))
		k++;
	return k == old->n;
}

/* Sorted lists: has b all that a has? */
static bool
has_all(const struct nft_list *a, const struct nft_list *b)
{
	size_t k = 0;

	for (size_t i = 0; i < a->n; i++) {
		while (k < b->n && strcmp(b->v[k], a->v[i]) < 0)
			k++;
		if (k == b->n || strcmp(b->v[k], a->v[i]) != 0)
			return false;
	}
	return true;
}

/* A set that allows lost members, or one that blocks gained some. */
static bool
set_tightened(
    const struct mach_nft *before, const struct mach_nft *after, const char *line)
{
	const char *at = strchr(line, '@');
	const struct nft_object *was, *is;
	const struct nft_list *old, *new;
	tt_auto(free) char *name = NULL;

	if (at == NULL)
		return false;
	name = tt_xstrndup(at + 1, strcspn(at + 1, " "));
	was = nft_find(before, NFT_SET, name);
	is = nft_find(after, NFT_SET, name);
	old = was != NULL ? &was->items : &none;
	new = is != NULL ? &is->items : &none;
	return drops(line) ? !has_all(new, old) : !has_all(old, new);
}

static bool
chain_tightened(const struct mach_nft *before, const struct mach_nft *after, char which,
    const char *uuid)
{
	tt_auto(free) char *name = tt_xprintf("%c_%s", which, uuid);
	const struct nft_object *old = nft_find(before, NFT_CHAIN, name);
	const struct nft_object *new = nft_find(after, NFT_CHAIN, name);

	if (new == NULL)
		return false;
	if (old == NULL || !only_allows_more(&old->items, &new->items))
		return true;
	for (size_t i = 0; i < new->items.n; i++)
		if (set_tightened(before, after, new->items.v[i]))
			return true;
	return false;
}

json_t *
mach_nft_tightened(const struct mach_nft *before, const struct mach_nft *after)
{
	json_t *ips = json_array();
	struct nft_list list = { 0 };

	for (size_t i = 0; i < after->n_guarded; i++) {
		const struct nft_guarded *g = &after->guarded[i];

		if (!chain_tightened(before, after, 'o', g->uuid) &&
		    !chain_tightened(before, after, 'i', g->uuid))
			continue;
		for (size_t k = 0; k < g->ips.n; k++)
			nft_list_addf(&list, "%s", g->ips.v[k]);
	}
	nft_list_sort(&list);
	for (size_t i = 0; i < list.n; i++)
		json_array_append_new(ips, json_string(list.v[i]));
	nft_list_release(&list);
	return ips;
}
