// SPDX-License-Identifier: MPL-2.0
/* From records to the packet filter's table: hooks, instances, who lives where. */
#include <errno.h>
#include <string.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/uuid.h"
#include "platform/machine/nft_int.h"

#define NICS_MAX 32 /* of an instance */

/* A NIC's addresses; "dhcp" and "addrconf" are none. */
static void
add_ips(struct nft_ranges *ranges, const json_t *nic)
{
	const json_t *ips = json_object_get(nic, "ips"), *v;
	size_t i;

	if (!json_is_array(ips)) {
		(void)nft_ranges_text(ranges, tt_json_str(nic, "ip", ""));
		return;
	}
	json_array_foreach(ips, i, v)
	{
		const char *text = json_string_value(v);
		char addr[64];

		/* the address alone: its prefix length tells the network, not who it is */
		if (text != NULL && tt_strcpy(addr, sizeof(addr), text) == 0) {
			addr[strcspn(addr, "/")] = '\0';
			(void)nft_ranges_text(ranges, addr);
		}
	}
}

static void
read_addresses(const json_t *record, struct nft_ranges *ranges)
{
	const json_t *nics = json_object_get(record, "nics"), *nic;
	size_t i;

	if (json_is_array(json_object_get(record, "ips")))
		add_ips(ranges, record);
	json_array_foreach(nics, i, nic) add_ips(ranges, nic);
}

static int
read_vm(const json_t *record, bool local, struct nft_vm *vm, struct tt_err **err)
{
	const json_t *slot = json_object_get(record, "slot");

	*vm = (struct nft_vm){
		.fw = { .uuid = tt_json_str(record, "uuid", ""),
		    .owner = tt_json_str(record, "owner_uuid", ""),
		    .tags = json_object_get(record, "tags"),
		    .firewall =
			local && tt_json_bool(record, "firewall_enabled", false) },
		.record = local ? record : NULL,
	};
	if (!tt_uuid_valid(vm->fw.uuid))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "instance '%s': uuid is not a UUID", vm->fw.uuid);
	if (local && (!json_is_integer(slot) || json_integer_value(slot) < 0 ||
			 json_integer_value(slot) > 99999999))
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "instance '%s': slot is not a number from 0 to 99999999",
		    vm->fw.uuid);
	if (local)
		vm->slot = (unsigned)json_integer_value(slot);
	read_addresses(record, &vm->ips);
	return 0;
}

static bool
is_local(const struct nft_builder *b, const char *uuid)
{
	for (size_t i = 0; i < b->n_vms; i++)
		if (b->vms[i].record != NULL && !strcmp(b->vms[i].fw.uuid, uuid))
			return true;
	return false;
}

/* Instances first; a record from elsewhere of one that lives here now is stale. */
static int
read_vms(struct nft_builder *b, struct tt_err **err)
{
	const json_t *record;
	size_t i;
	int r;

	b->vms = tt_xcalloc(
	    json_array_size(b->world->vms) + json_array_size(b->world->rvms) + 1,
	    sizeof(*b->vms));
	json_array_foreach(b->world->vms, i, record)
	{
		r = read_vm(record, true, &b->vms[b->n_vms], err);
		if (r < 0)
			return r;
		b->n_vms++;
	}
	json_array_foreach(b->world->rvms, i, record)
	{
		if (is_local(b, tt_json_str(record, "uuid", "")))
			continue;
		r = read_vm(record, false, &b->vms[b->n_vms], err);
		if (r < 0)
			return r;
		b->n_vms++;
	}
	return 0;
}

static struct nft_object *
add_chain(struct nft_builder *b, const char *name, const char *hook)
{
	tt_auto(free) char *type =
	    tt_xprintf("type filter hook %s; policy accept;", hook);

	return nft_add(b->nft, NFT_CHAIN, tt_xstrdup(name), type);
}

/* What every filtering hook lets pass before it asks anyone. */
static void
add_hook(struct nft_builder *b, const char *name, const char *hook, bool out, bool in)
{
	struct nft_object *o = add_chain(b, name, hook);

	nft_list_addf(&o->items, "meta protocol arp accept");
	nft_list_addf(&o->items, "meta protocol ip6 icmpv6 type "
				 "{ nd-neighbor-solicit, nd-neighbor-advert } accept");
	nft_list_addf(&o->items, "ct state established,related accept");
	if (out)
		nft_list_addf(&o->items, "iifname vmap @vm_out");
	if (in)
		nft_list_addf(&o->items, "oifname vmap @vm_in");
}

static void
add_hooks(struct nft_builder *b)
{
	struct nft_object *pre = add_chain(b, "hook_pre", "prerouting priority -300");

	nft_list_addf(&pre->items, "iifname vmap @nics");
	/* the first zone set stays: the tagged one, then the port's own */
	nft_list_addf(&pre->items, "ct zone set iifname . vlan id map @zones");
	nft_list_addf(&pre->items, "ct zone set iifname map @zones_plain");
	add_hook(b, "hook_fwd", "forward priority 0", true, true);
	add_hook(b, "hook_in", "input priority 0", true, false);
	add_hook(b, "hook_out", "output priority 0", false, true);
}

struct maps {
	struct nft_list nics, vm_out, vm_in, zones, zones_plain;
};

/* i of "net<i>", or the place in the list. */
static unsigned
nic_index(const json_t *nic, size_t at)
{
	const char *name = tt_after_prefix(tt_json_str(nic, "interface", ""), "net");
	uint32_t i;

	return name != NULL && tt_parse_u32(name, 0, NICS_MAX - 1, &i) == 0
		   ? i
		   : (unsigned)at;
}

/* Frames from the network get the zone of the NIC's VLAN as the NIC's own do. */
static void
add_uplink(struct nft_builder *b, struct maps *maps, const json_t *nic)
{
	const json_t *tag =
	    json_object_get(b->world->nictags, tt_json_str(nic, "nic_tag", ""));
	const char *uplink = tt_json_str(tag, "uplink", "");
	const unsigned vlan = (unsigned)tt_json_int(nic, "vlan_id", 0);
	const uint16_t zone = mach_nft_zone(tt_json_str(tag, "bridge", NULL), vlan);
	const uint16_t plain = mach_nft_zone(tt_json_str(tag, "bridge", NULL), 0);

	if (uplink[0] == '\0' || strlen(uplink) > 15 ||
	    strcspn(uplink, "\" \n\\{};") != strlen(uplink))
		return;
	if (vlan > 0)
		nft_list_addf(&maps->zones, "\"%s\" . %u : %u", uplink, vlan, zone);
	if (plain > 0)
		nft_list_addf(&maps->zones_plain, "\"%s\" : %u", uplink, plain);
}

static void
add_guarded(struct nft_builder *b, const struct nft_vm *vm)
{
	struct mach_nft *nft = b->nft;
	struct nft_guarded *g = &nft->guarded[nft->n_guarded++];

	g->uuid = tt_xstrdup(vm->fw.uuid);
	nft_ranges_list(&vm->ips, 4, &g->ips);
	nft_ranges_list(&vm->ips, 6, &g->ips);
}

static int
add_vm(struct nft_builder *b, const struct nft_vm *vm, struct maps *maps,
    struct tt_err **err)
{
	const json_t *nics = json_object_get(vm->record, "nics"), *nic;
	size_t at;

	if (json_array_size(nics) > NICS_MAX)
		return tt_err_set(err, -EINVAL, "InvalidParameter",
		    "instance '%s': %zu NICs, at most %d are possible", vm->fw.uuid,
		    json_array_size(nics), NICS_MAX);
	json_array_foreach(nics, at, nic)
	{
		const unsigned i = nic_index(nic, at);
		char ifname[16];
		int r = nft_nic_chain(b, vm, nic, i, err);

		if (r < 0)
			return r;
		mach_nft_ifname(vm->slot, i, ifname);
		nft_list_addf(
		    &maps->nics, "\"%s\" : jump n_%s_%u", ifname, vm->fw.uuid, i);
		add_uplink(b, maps, nic);
		if (!vm->fw.firewall)
			continue;
		nft_list_addf(&maps->vm_out, "\"%s\" : jump o_%s", ifname, vm->fw.uuid);
		nft_list_addf(&maps->vm_in, "\"%s\" : jump i_%s", ifname, vm->fw.uuid);
	}
	if (vm->fw.firewall) {
		add_guarded(b, vm);
		nft_rules_chains(b, vm);
	}
	return 0;
}

/* Takes the list. */
static void
add_map(struct nft_builder *b, const char *name, const char *type, struct nft_list *items)
{
	nft_list_sort(items);
	nft_add(b->nft, NFT_MAP, tt_xstrdup(name), type)->items = *items;
}

static int
compare_objects(const void *a, const void *b)
{
	const struct nft_object *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind
				  : strcmp(x->name, y->name);
}

static int
build(struct nft_builder *b, json_t *skipped, struct tt_err **err)
{
	struct maps maps = { 0 };
	int r = read_vms(b, err);

	if (r < 0)
		return r;
	nft_rules_load(b, skipped);
	b->nft->guarded = tt_xcalloc(b->n_vms + 1, sizeof(*b->nft->guarded));
	add_hooks(b);
	for (size_t i = 0; r == 0 && i < b->n_vms; i++)
		if (b->vms[i].record != NULL)
			r = add_vm(b, &b->vms[i], &maps, err);
	add_map(b, "nics", "type ifname : verdict;", &maps.nics);
	add_map(b, "vm_out", "type ifname : verdict;", &maps.vm_out);
	add_map(b, "vm_in", "type ifname : verdict;", &maps.vm_in);
	add_map(b, "zones", "typeof iifname . vlan id : ct zone;", &maps.zones);
	add_map(b, "zones_plain", "typeof iifname : ct zone;", &maps.zones_plain);
	qsort(b->nft->objects, b->nft->n, sizeof(*b->nft->objects), compare_objects);
	return r;
}

int
mach_nft_new(const struct mach_nft_world *world, json_t *skipped, struct mach_nft **ret,
    struct tt_err **err)
{
	tt_auto(nft) struct mach_nft *nft = tt_xalloc(sizeof(*nft));
	struct nft_builder b = { .world = world, .nft = nft };
	int r = build(&b, skipped, err);

	nft_rules_release(&b);
	for (size_t i = 0; i < b.n_vms; i++)
		nft_ranges_release(&b.vms[i].ips);
	free(b.vms);
	if (r == 0)
		*ret = tt_take(nft);
	return r;
}
