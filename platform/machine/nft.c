// SPDX-License-Identifier: MPL-2.0
/* The packet filter's table: its parts, and the text that leads from one to another. */
#include "platform/machine/nft.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/machine/nft_int.h"

#define TABLE       "bridge tfw"
#define LINE_ITEMS  256 /* elements in one command */
#define SPACE_FIRST 16

void
nft_list_take(struct nft_list *list, char *s)
{
	if (list->n == list->space) {
		list->space = list->space > 0 ? 2 * list->space : SPACE_FIRST;
		list->v = tt_xrealloc(list->v, list->space * sizeof(*list->v));
	}
	list->v[list->n++] = s;
}

void
nft_list_addf(struct nft_list *list, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	nft_list_take(list, tt_xvprintf(fmt, ap));
	va_end(ap);
}

static int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
nft_list_sort(struct nft_list *list)
{
	size_t kept = 0;

	if (list->n == 0)
		return;
	qsort(list->v, list->n, sizeof(*list->v), compare_strings);
	for (size_t i = 0; i < list->n; i++) {
		if (kept > 0 && !strcmp(list->v[kept - 1], list->v[i]))
			free(list->v[i]);
		else
			list->v[kept++] = list->v[i];
	}
	list->n = kept;
}

void
nft_list_release(struct nft_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct nft_list){ 0 };
}

struct nft_object *
nft_add(struct mach_nft *nft, enum nft_kind kind, char *name, const char *type)
{
	struct nft_object *o;

	if (nft->n == nft->space) {
		nft->space = nft->space > 0 ? 2 * nft->space : SPACE_FIRST;
		nft->objects = tt_xrealloc(nft->objects, nft->space * sizeof(*o));
	}
	o = &nft->objects[nft->n++];
	*o = (struct nft_object){ .kind = kind, .name = name, .type = tt_xstrdup(type) };
	return o;
}

void
mach_nft_free(struct mach_nft *nft)
{
	if (nft == NULL)
		return;
	for (size_t i = 0; i < nft->n; i++) {
		free(nft->objects[i].name);
		free(nft->objects[i].type);
		nft_list_release(&nft->objects[i].items);
	}
	free(nft->objects);
	for (size_t i = 0; i < nft->n_guarded; i++) {
		free(nft->guarded[i].uuid);
		nft_list_release(&nft->guarded[i].ips);
	}
	free(nft->guarded);
	free(nft);
}

uint16_t
mach_nft_zone(const char *bridge, unsigned vlan_id)
{
	const char *number = bridge != NULL ? tt_after_prefix(bridge, "br") : NULL;
	uint32_t n = 0;

	if (number != NULL)
		(void)tt_parse_u32(number, 0, UINT32_MAX, &n);
	/* sixteen bits: from the seventeenth bridge on zones are shared, not lost */
	return (uint16_t)((n & 15) << 12 | (vlan_id & 4095));
}

char *
mach_nft_ifname(unsigned slot, unsigned i, char out[static 16])
{
	(void)tt_strf(out, 16, "t%un%u", slot, i);
	return out;
}

/* The part that names an element: a map's key, a set's whole element. */
static int
key_len(const char *item)
{
	const char *colon = strstr(item, " : ");

	return (int)(colon != NULL ? colon - item : (long)strlen(item));
}

/* Elements [0, n) of v in commands of bounded length. */
static void
put_elements(
    struct tt_buf *out, const char *verb, const char *name, char *const *v, size_t n)
{
	const bool keys = verb[0] == 'd';

	for (size_t i = 0; i < n; i++) {
		if (i % LINE_ITEMS == 0)
			tt_buf_addf(out, "%s%s element " TABLE " %s { ",
			    i > 0 ? " }\n" : "", verb, name);
		tt_buf_addf(out, "%s%.*s", i % LINE_ITEMS == 0 ? "" : ", ",
		    keys ? key_len(v[i]) : (int)strlen(v[i]), v[i]);
	}
	if (n > 0)
		tt_buf_adds(out, " }\n");
}

/* Items of the first sorted list that the second lacks. Borrowed strings. */
static void
put_missing(struct tt_buf *out, const char *verb, const char *name,
    const struct nft_list *have, const struct nft_list *lack)
{
	tt_auto(free) char **v = tt_xcalloc(have->n + 1, sizeof(*v));
	size_t n = 0, k = 0;

	for (size_t i = 0; i < have->n; i++) {
		while (k < lack->n && strcmp(lack->v[k], have->v[i]) < 0)
			k++;
		if (k == lack->n || strcmp(lack->v[k], have->v[i]) != 0)
			v[n++] = have->v[i];
	}
	put_elements(out, verb, name, v, n);
}

static bool
same_list(const struct nft_list *a, const struct nft_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

static int
compare_objects(const struct nft_object *a, const struct nft_object *b)
{
	return a->kind != b->kind ? (int)a->kind - (int)b->kind
				  : strcmp(a->name, b->name);
}

const struct nft_object *
nft_find(const struct mach_nft *nft, enum nft_kind kind, const char *name)
{
	size_t low = 0, high = nft->n;

	while (low < high) {
		const struct nft_object *o = &nft->objects[low + (high - low) / 2];
		int c =
		    o->kind != kind ? (int)o->kind - (int)kind : strcmp(o->name, name);

		if (c == 0)
			return o;
		if (c < 0)
			low += (high - low) / 2 + 1;
		else
			high = low + (high - low) / 2;
	}
	return NULL;
}

/* One step of a walk over both tables: what is the same object in both, or in one. */
struct walk {
	const struct mach_nft *before, *after;
	size_t i, k;
};

static bool
next_pair(
    struct walk *w, const struct nft_object **ret_old, const struct nft_object **ret_new)
{
	const bool olds = w->i < w->before->n, news = w->k < w->after->n;
	int c;

	*ret_old = *ret_new = NULL;
	if (!olds && !news)
		return false;
	if (olds && news)
		c = compare_objects(&w->before->objects[w->i], &w->after->objects[w->k]);
	else
		c = olds ? -1 : 1;
	if (c <= 0)
		*ret_old = &w->before->objects[w->i++];
	if (c >= 0)
		*ret_new = &w->after->objects[w->k++];
	return true;
}

static const struct nft_list none;

/*
 * The phases of a transaction, in an order in which nothing is used before it is there or
 * after it is gone: sets and maps; chains; rules; elements of maps, which jump to chains;
 * then the old.
 */
enum phase {
	ADD_SETS,
	ADD_CHAINS,
	RULES,
	MAP_ELEMENTS,
	EMPTY_OLD,
	DELETE_OLD,
	PHASE_MAX
};

static void
put_add(struct tt_buf *out, const struct nft_object *old, const struct nft_object *new)
{
	if (old != NULL || new == NULL)
		return;
	tt_buf_addf(out, "add %s " TABLE " %s",
	    new->kind == NFT_CHAIN ? "chain"
	    : new->kind == NFT_MAP ? "map"
				   : "set",
	    new->name);
	if (new->type[0] != '\0')
		tt_buf_addf(out, " { %s }", new->type);
	tt_buf_addc(out, '\n');
}

static void
put_items(struct tt_buf *out, const struct nft_object *old, const struct nft_object *new)
{
	const char *name = new != NULL ? new->name : old->name;
	const struct nft_list *was = old != NULL ? &old->items : &none;
	const struct nft_list *is = new != NULL ? &new->items : &none;

	put_missing(out, "delete", name, was, is);
	put_missing(out, "add", name, is, was);
}

static void
put_rules(struct tt_buf *out, const struct nft_object *old, const struct nft_object *new)
{
	if (new == NULL || (old != NULL && same_list(&old->items, &new->items)))
		return;
	if (old != NULL)
		tt_buf_addf(out, "flush chain " TABLE " %s\n", new->name);
	for (size_t i = 0; i < new->items.n; i++)
		tt_buf_addf(
		    out, "add rule " TABLE " %s %s\n", new->name, new->items.v[i]);
}

static void
put_phase(struct tt_buf *out, enum phase phase, const struct nft_object *old,
    const struct nft_object *new)
{
	const struct nft_object *either = new != NULL ? new : old;
	const bool gone = old != NULL && new == NULL;
	enum nft_kind kind;

	if (either == NULL)
		return;
	kind = either->kind;
	if (phase == ADD_SETS && kind != NFT_CHAIN) {
		put_add(out, old, new);
		if (kind == NFT_SET && new != NULL)
			put_items(out, old, new);
	} else if (phase == ADD_CHAINS && kind == NFT_CHAIN) {
		put_add(out, old, new);
	} else if (phase == RULES && kind == NFT_CHAIN) {
		put_rules(out, old, new);
	} else if (phase == MAP_ELEMENTS && kind == NFT_MAP) {
		put_items(out, old, new);
	} else if (gone && phase == EMPTY_OLD && kind == NFT_CHAIN) {
		tt_buf_addf(out, "flush chain " TABLE " %s\n", old->name);
	} else if (gone && phase == DELETE_OLD) {
		tt_buf_addf(out, "delete %s " TABLE " %s\n",
		    kind == NFT_CHAIN ? "chain"
		    : kind == NFT_MAP ? "map"
				      : "set",
		    old->name);
	}
}

int
mach_nft_delta(
    const struct mach_nft *before, const struct mach_nft *after, struct tt_buf *out)
{
	for (enum phase phase = 0; phase < PHASE_MAX; phase++) {
		struct walk walk = { .before = before, .after = after };
		const struct nft_object *old, *new;

		while (next_pair(&walk, &old, &new))
			put_phase(out, phase, old, new);
	}
	return out->overflow ? -EMSGSIZE : 0;
}

int
mach_nft_whole(const struct mach_nft *nft, struct tt_buf *out)
{
	static const struct mach_nft empty;

	/* added first, so that deleting works whether it is there or not */
	tt_buf_adds(
	    out, "add table " TABLE "\ndelete table " TABLE "\nadd table " TABLE "\n");
	return mach_nft_delta(&empty, nft, out);
}
