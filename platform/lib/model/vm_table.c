// SPDX-License-Identifier: MPL-2.0
/*
 * The tables of properties. Columns are those of vmadm's own table: name, type, brands that
 * take it on create and on update, bounds, default. Judging, defaults, views and updates
 * walk these rows; nothing else knows the list of properties.
 */
#include "platform/lib/model/vm_int.h"

#include <errno.h>
#include <string.h>

#include "platform/lib/base/str.h"
#include "platform/lib/model/vm_rule.h"

#define MEMORY_MAX (16LL << 20) /* MiB: 16 TiB */
#define DISK_MAX   (1LL << 30)  /* MiB: 1 PiB */
#define QUOTA_MAX  (1LL << 20)  /* GiB: 1 PiB */
#define IPC_MAX    32768        /* what the kernel numbers in one ipc namespace */

static const char *const brands[] = { "joyent", "joyent-minimal", "builder", "lx", "kvm",
	"bhyve", "docker", NULL };
static const char *const compressions[] = { "off", "on", "gzip", "gzip-1", "gzip-2",
	"gzip-3", "gzip-4", "gzip-5", "gzip-6", "gzip-7", "gzip-8", "gzip-9", "lz4",
	"lzjb", "zle", "zstd", NULL };
static const char *const cpu_types[] = { "qemu64", "host", NULL };
static const char *const disk_models[] = { "virtio", "ide", "scsi", NULL };
static const char *const nic_models[] = { "virtio", "e1000", "rtl8139", NULL };
static const char *const vgas[] = { "std", "cirrus", "vmware", "qxl", NULL };
static const char *const bootroms[] = { "bios", "uefi", NULL };
static const char *const medias[] = { "disk", "cdrom", NULL };
static const char *const sectors[] = { "512", "4096", "512/4096", NULL };

/* Name, type, create, update. */
#define P(n, t, c, u) .name = (n), .type = (t), .create = (c), .update = (u)
#define BOOL(n, c, u, d)                                                                 \
	{                                                                                \
		P(n, TT_VM_BOOL, c, u), .def = (d)                                       \
	}
#define INT(n, c, u, lo, hi) P(n, TT_VM_INT, c, u), .min = (lo), .max = (hi)
#define STR(n, c, u, len)    P(n, TT_VM_STR, c, u), .min = 1, .max = (len)
#define ENUM(n, c, u, list)  P(n, TT_VM_ENUM, c, u), .choices = (list)
#define UUID(n, c, u)        P(n, TT_VM_STR, c, u), .min = 1, .max = 36, .rule = tt_vm_rule_uuid
/* Shown, never taken; some are in the record besides, the node writes them there. */
#define SHOWN(n, t, f)                                                                   \
	{                                                                                \
		P(n, t, 0, 0), .flags = TT_VM_READONLY, .show = vm_show_##f              \
	}
/* Kept in the record by the node, never taken. */
#define KEPT(n, t)                                                                       \
	{                                                                                \
		P(n, t, 0, 0), .flags = TT_VM_READONLY                                   \
	}
#define SET(n, b)                                                                        \
	{                                                                                \
		P("set_" n, TT_VM_FLAT, 0, b), .place = TT_VM_PAYLOAD,                   \
					       .flags = TT_VM_LIVE, .max = VM_KEYS_MAX,  \
					       .rule = tt_vm_rule_key                    \
	}
#define REMOVE(n, b, r)                                                                  \
	{                                                                                \
		P("remove_" n, TT_VM_STRS, 0, b),                                        \
		    .place = TT_VM_PAYLOAD, .flags = TT_VM_LIVE, .max = VM_KEYS_MAX,     \
		    .rule = (r)                                                          \
	}
#define ITEMS(n, c, u, rows, most)                                                       \
	P(n, TT_VM_ITEMS, c, u), .place = TT_VM_PAYLOAD, .items = (rows), .max = (most)

const struct tt_vm_prop tt_vm_props[] = {
	{ UUID("uuid", VM_ALL, 0) },
	{ UUID("zonename", VM_ALL, 0), .make = vm_make_zonename },
	{ ENUM("brand", VM_ALL, 0, brands), .required = VM_ALL },
	{ UUID("image_uuid", VM_J, 0), .required = VM_J },
	{ STR("alias", VM_ALL, VM_ALL, 189), .rule = tt_vm_rule_alias,
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	{ STR("hostname", VM_ALL, VM_ALL, 64), .rule = tt_vm_rule_hostname,
	    .make = vm_make_zonename },
	{ UUID("billing_id", VM_ALL, VM_ALL), .def = "\"" VM_ZERO_UUID "\"",
	    .flags = TT_VM_LIVE },
	{ UUID("owner_uuid", VM_ALL, VM_ALL), .def = "\"" VM_ZERO_UUID "\"",
	    .flags = TT_VM_LIVE },
	{ P("autoboot", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE, .def = "true" },
	{ INT("ram", VM_ALL, VM_ALL, 1, MEMORY_MAX), .unit = "MiB", .make = vm_make_ram },
	{ INT("max_physical_memory", VM_ALL, VM_ALL, 1, MEMORY_MAX), .unit = "MiB",
	    .flags = TT_VM_LIVE, .make = vm_make_max_physical_memory },
	{ INT("max_swap", VM_ALL, VM_ALL, 0, MEMORY_MAX), .unit = "MiB",
	    .flags = TT_VM_LIVE, .make = vm_make_max_swap },
	{ INT("max_locked_memory", VM_ALL, VM_ALL, 0, MEMORY_MAX), .unit = "MiB",
	    .flags = TT_VM_LIVE, .make = vm_make_memory },
	{ INT("max_lwps", VM_ALL, VM_ALL, 1, 4194304), .flags = TT_VM_LIVE,
	    .def = "2000" },
	{ INT("max_msg_ids", VM_ALL, VM_ALL, 0, IPC_MAX), .def = "4096" },
	{ INT("max_sem_ids", VM_ALL, VM_ALL, 0, IPC_MAX), .def = "4096" },
	{ INT("max_shm_ids", VM_ALL, VM_ALL, 0, IPC_MAX), .def = "4096" },
	{ INT("max_shm_memory", VM_ALL, VM_ALL, 0, MEMORY_MAX), .unit = "MiB",
	    .make = vm_make_memory },
	{ INT("cpu_cap", VM_ALL, VM_ALL, 0, 819200), .unit = "percent",
	    .flags = TT_VM_LIVE, .def = "0" },
	{ INT("cpu_shares", VM_ALL, VM_ALL, 0, 65535), .flags = TT_VM_LIVE,
	    .def = "100" },
	{ INT("quota", VM_ALL, VM_ALL, 0, QUOTA_MAX), .unit = "GiB", .flags = TT_VM_LIVE,
	    .make = vm_make_quota },
	{ INT("tmpfs", VM_J, VM_J, 0, MEMORY_MAX), .unit = "MiB",
	    .make = vm_make_memory },
	{ INT("zfs_io_priority", VM_ALL, VM_ALL, 0, 16383), .flags = TT_VM_LIVE,
	    .def = "100" },
	{ INT("io_max", VM_ALL, VM_ALL, 0, 1 << 20), .unit = "MiB/s", .flags = TT_VM_LIVE,
	    .def = "0" },
	{ INT("zfs_root_recsize", VM_ALL, VM_ALL, 512, 131072), .unit = "bytes",
	    .flags = TT_VM_POW2, .def = "131072" },
	{ INT("zfs_data_recsize", VM_J, VM_J, 512, 131072), .unit = "bytes",
	    .flags = TT_VM_POW2, .def = "131072" },
	{ ENUM("zfs_root_compression", VM_ALL, VM_ALL, compressions), .def = "\"off\"" },
	{ ENUM("zfs_data_compression", VM_J, VM_J, compressions), .def = "\"off\"" },
	{ INT("zfs_snapshot_limit", VM_ALL, VM_ALL, 0, 1 << 20),
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	{ INT("zfs_filesystem_limit", VM_ALL, VM_ALL, 0, 1 << 20),
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	BOOL("delegate_dataset", VM_J, 0, "false"),
	{ P("indestructible_zoneroot", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE,
	    .def = "false" },
	{ P("indestructible_delegated", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE,
	    .def = "false" },
	{ P("archive_on_delete", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE,
	    .def = "false" },
	{ P("do_not_inventory", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE,
	    .def = "false" },
	{ P("firewall_enabled", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE,
	    .def = "false" },
	{ P("nowait", TT_VM_BOOL, VM_J, 0), .place = TT_VM_PAYLOAD },
	{ INT("mdata_exec_timeout", VM_J, 0, 0, 1000000), .unit = "s", .def = "300" },
	BOOL("maintain_resolvers", VM_J, VM_J, "false"),
	{ P("resolvers", TT_VM_STRS, VM_ALL, VM_ALL), .max = 16, .rule = tt_vm_rule_ip,
	    .def = "[]" },
	{ STR("dns_domain", VM_J, VM_J, 255), .rule = tt_vm_rule_domain,
	    .def = "\"local\"" },
	{ P("fs_allowed", TT_VM_COMMA, VM_J, VM_J), .max = 64, .rule = vm_rule_word,
	    .flags = TT_VM_NULL },
	{ P("limit_priv", TT_VM_COMMA, VM_ALL, VM_ALL), .max = 128, .rule = vm_rule_word,
	    .def = "\"default\"" },
	{ STR("init_name", VM_J, VM_J, 1023), .rule = tt_vm_rule_path,
	    .flags = TT_VM_NULL },
	BOOL("restart_init", VM_J, VM_J, "true"),
	{ INT("zlog_max_size", VM_J, VM_J, 0, 1LL << 40), .unit = "bytes",
	    .flags = TT_VM_NULL },
	BOOL("docker", VM_L | VM_JM, VM_L | VM_JM, "false"),
	{ STR("kernel_version", VM_L, VM_L, 64), .flags = TT_VM_NULL },
	{ STR("package_name", VM_ALL & ~VM_B, VM_ALL & ~VM_B, 255),
	    .flags = TT_VM_LIVE | TT_VM_NULL | TT_VM_DEPRECATED },
	{ STR("package_version", VM_ALL & ~VM_B, VM_ALL & ~VM_B, 64),
	    .flags = TT_VM_LIVE | TT_VM_NULL | TT_VM_DEPRECATED },
	{ INT("vcpus", VM_HVM, VM_HVM, 1, 64), .def = "1" },
	{ ENUM("cpu_type", VM_K, VM_K, cpu_types), .def = "\"qemu64\"" },
	{ ENUM("disk_driver", VM_HVM, VM_HVM, disk_models), .def = "\"virtio\"" },
	{ ENUM("nic_driver", VM_HVM, VM_HVM, nic_models), .def = "\"virtio\"" },
	{ ENUM("vga", VM_K, VM_K, vgas), .def = "\"std\"" },
	{ STR("qemu_opts", VM_K, VM_K, 4096), .flags = TT_VM_NULL },
	{ STR("qemu_extra_opts", VM_K, VM_K, 4096), .flags = TT_VM_NULL },
	{ INT("virtio_txburst", VM_K, VM_K, 1, 65535), .def = "128" },
	{ INT("virtio_txtimer", VM_K, VM_K, 1, 1000000000), .unit = "ns",
	    .def = "200000" },
	{ STR("spice_opts", VM_K, VM_K, 1024), .flags = TT_VM_NULL },
	{ STR("spice_password", VM_K, VM_K, 8), .flags = TT_VM_NULL | TT_VM_SECRET },
	{ INT("spice_port", VM_K, VM_K, -1, 65535), .flags = TT_VM_NULL },
	{ STR("boot", VM_HVM, VM_HVM, 64), .rule = vm_rule_boot, .def = "\"order=cd\"" },
	{ ENUM("bootrom", VM_B, VM_B, bootroms), .def = "\"bios\"" },
	{ STR("bhyve_extra_opts", VM_B, VM_B, 4096), .flags = TT_VM_NULL },
	{ STR("com1", VM_B, VM_B, 255), .rule = vm_rule_com, .flags = TT_VM_NULL },
	{ STR("com2", VM_B, VM_B, 255), .rule = vm_rule_com, .flags = TT_VM_NULL },
	{ INT("flexible_disk_size", VM_B, VM_B, 1, DISK_MAX), .unit = "MiB",
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	{ P("pci_devices", TT_VM_ITEMS, VM_B, VM_B), .items = tt_vm_pci_props, .max = 8,
	    .flags = TT_VM_NULL },
	{ INT("vnc_port", VM_HVM, VM_HVM, -1, 65535), .def = "0" },
	{ STR("vnc_password", VM_HVM, VM_HVM, 8), .flags = TT_VM_NULL | TT_VM_SECRET },
	{ P("internal_metadata_namespaces", TT_VM_STRS, VM_ALL, VM_ALL), .max = 64,
	    .rule = vm_rule_namespace, .flags = TT_VM_LIVE, .def = "[]" },
	{ P("tags", TT_VM_FLAT, VM_ALL, 0), .place = TT_VM_TAGS, .max = VM_KEYS_MAX,
	    .rule = tt_vm_rule_key, .flags = TT_VM_LIVE },
	{ P("customer_metadata", TT_VM_FLAT, VM_ALL, 0), .place = TT_VM_CUSTOMER,
	    .max = VM_KEYS_MAX, .rule = tt_vm_rule_key,
	    .flags = TT_VM_LIVE | TT_VM_SECRET },
	{ P("internal_metadata", TT_VM_FLAT, VM_ALL, 0), .place = TT_VM_INTERNAL,
	    .max = VM_KEYS_MAX, .rule = tt_vm_rule_key,
	    .flags = TT_VM_LIVE | TT_VM_SECRET },
	{ P("routes", TT_VM_FLAT, VM_ALL, 0), .max = 64, .rule = vm_rule_destination,
	    .def = "{}" },
	{ P("nics", TT_VM_ITEMS, VM_ALL, 0), .items = tt_vm_nic_props, .max = VM_NICS_MAX,
	    .def = "[]" },
	{ P("disks", TT_VM_ITEMS, VM_HVM, 0), .items = tt_vm_disk_props,
	    .max = VM_DISKS_MAX, .def = "[]" },
	{ P("filesystems", TT_VM_ITEMS, VM_J, 0), .items = tt_vm_fs_props,
	    .max = VM_FILESYSTEMS_MAX, .def = "[]" },
	{ STR("zpool", VM_ALL, 0, 63), .rule = vm_rule_zpool, .def = "\"zones\"" },

	/* what an update does to objects and lists */
	SET("tags", VM_ALL),
	REMOVE("tags", VM_ALL, tt_vm_rule_key),
	SET("customer_metadata", VM_ALL),
	REMOVE("customer_metadata", VM_ALL, tt_vm_rule_key),
	SET("internal_metadata", VM_ALL),
	REMOVE("internal_metadata", VM_ALL, tt_vm_rule_key),
	{ P("set_routes", TT_VM_FLAT, 0, VM_ALL), .place = TT_VM_PAYLOAD, .max = 64,
	    .rule = vm_rule_destination },
	{ P("remove_routes", TT_VM_STRS, 0, VM_ALL), .place = TT_VM_PAYLOAD, .max = 64,
	    .rule = vm_rule_destination },
	{ ITEMS("add_nics", 0, VM_ALL, tt_vm_nic_props, VM_NICS_MAX) },
	{ ITEMS("update_nics", 0, VM_ALL, tt_vm_nic_props, VM_NICS_MAX) },
	{ P("remove_nics", TT_VM_STRS, 0, VM_ALL), .place = TT_VM_PAYLOAD,
	    .max = VM_NICS_MAX, .rule = tt_vm_rule_mac },
	{ ITEMS("add_disks", 0, VM_HVM, tt_vm_disk_props, VM_DISKS_MAX) },
	{ ITEMS("update_disks", 0, VM_HVM, tt_vm_disk_props, VM_DISKS_MAX) },
	{ P("remove_disks", TT_VM_STRS, 0, VM_HVM), .place = TT_VM_PAYLOAD,
	    .max = VM_DISKS_MAX, .rule = tt_vm_rule_path },
	{ ITEMS("add_filesystems", 0, VM_J, tt_vm_fs_props, VM_FILESYSTEMS_MAX) },
	{ ITEMS("update_filesystems", 0, VM_J, tt_vm_fs_props, VM_FILESYSTEMS_MAX) },
	{ P("remove_filesystems", TT_VM_STRS, 0, VM_J), .place = TT_VM_PAYLOAD,
	    .max = VM_FILESYSTEMS_MAX, .rule = tt_vm_rule_path },

	SHOWN("type", TT_VM_STR, type),
	SHOWN("hvm", TT_VM_BOOL, hvm),
	SHOWN("state", TT_VM_STR, state),
	SHOWN("zone_state", TT_VM_STR, zone_state),
	SHOWN("pid", TT_VM_INT, pid),
	SHOWN("zoneid", TT_VM_INT, zoneid),
	SHOWN("zonedid", TT_VM_INT, zonedid),
	SHOWN("zonepath", TT_VM_STR, zonepath),
	SHOWN("zfs_filesystem", TT_VM_STR, zfs_filesystem),
	KEPT("create_timestamp", TT_VM_STR),
	SHOWN("boot_timestamp", TT_VM_STR, boot_timestamp),
	KEPT("last_modified", TT_VM_STR),
	KEPT("exit_status", TT_VM_INT),
	KEPT("exit_timestamp", TT_VM_STR),
	KEPT("transition_to", TT_VM_STR),
	KEPT("transition_expire", TT_VM_INT),
	SHOWN("snapshots", TT_VM_ITEMS, snapshots),
	SHOWN("datasets", TT_VM_STRS, datasets),
	SHOWN("server_uuid", TT_VM_STR, server_uuid),
	SHOWN("headnode_id", TT_VM_STR, headnode_id),
	SHOWN("datacenter_name", TT_VM_STR, datacenter_name),
	SHOWN("platform_buildstamp", TT_VM_STR, platform_buildstamp),
	SHOWN("free_space", TT_VM_INT, free_space),
	KEPT("v", TT_VM_INT),
	{ 0 },
};

/* Filters outside the instance take these at once; addresses are set at boot. */
#define NIC_FLAG(n)                                                                      \
	{                                                                                \
		P(n, TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_LIVE | TT_VM_NULL       \
	}

const struct tt_vm_prop tt_vm_nic_props[] = {
	{ STR("mac", VM_ALL, VM_ALL, 17), .rule = tt_vm_rule_mac },
	{ STR("interface", VM_ALL, 0, 7), .rule = tt_vm_rule_interface },
	{ P("ips", TT_VM_STRS, VM_ALL, VM_ALL), .max = 20, .rule = vm_rule_nic_ip },
	{ STR("ip", VM_ALL, VM_ALL, 15), .rule = vm_rule_ip_or_dhcp },
	{ STR("netmask", VM_ALL, VM_ALL, 15), .rule = vm_rule_netmask },
	{ P("gateways", TT_VM_STRS, VM_ALL, VM_ALL), .max = 20, .rule = tt_vm_rule_ip,
	    .flags = TT_VM_NULL },
	{ STR("gateway", VM_ALL, VM_ALL, 15), .rule = vm_rule_ip4, .flags = TT_VM_NULL },
	{ STR("nic_tag", VM_ALL, VM_ALL, 48), .rule = tt_vm_rule_nic_tag,
	    .required = VM_ALL },
	{ INT("vlan_id", VM_ALL, VM_ALL, 0, 4094), .def = "0" },
	{ UUID("network_uuid", VM_ALL, VM_ALL), .flags = TT_VM_LIVE | TT_VM_NULL },
	{ P("primary", TT_VM_BOOL, VM_ALL, VM_ALL), .flags = TT_VM_NULL },
	{ INT("mtu", VM_ALL, VM_ALL, 576, 9000), .unit = "bytes", .flags = TT_VM_NULL },
	{ ENUM("model", VM_HVM, VM_HVM, nic_models) },
	NIC_FLAG("allow_dhcp_spoofing"),
	NIC_FLAG("allow_ip_spoofing"),
	NIC_FLAG("allow_mac_spoofing"),
	NIC_FLAG("allow_restricted_traffic"),
	{ P("allow_unfiltered_promisc", TT_VM_BOOL, VM_HVM, VM_HVM),
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	{ P("allowed_ips", TT_VM_STRS, VM_ALL, VM_ALL), .max = 64, .rule = vm_rule_net,
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	{ P("allowed_dhcp_cids", TT_VM_STRS, VM_ALL, VM_ALL), .max = 20,
	    .rule = vm_rule_dhcp_cid, .flags = TT_VM_LIVE | TT_VM_NULL },
	{ P("blocked_outgoing_ports", TT_VM_INTS, VM_ALL, VM_ALL), .min = 1, .max = 65535,
	    .flags = TT_VM_LIVE | TT_VM_NULL },
	NIC_FLAG("dhcp_server"),
	{ INT("vrrp_vrid", VM_ALL, VM_ALL, 0, 255), .flags = TT_VM_NULL },
	{ STR("vrrp_primary_ip", VM_ALL, VM_ALL, 45), .rule = tt_vm_rule_ip,
	    .flags = TT_VM_NULL },
	{ 0 },
};

const struct tt_vm_prop tt_vm_disk_props[] = {
	{ STR("path", VM_HVM, VM_HVM, 1023), .rule = tt_vm_rule_path },
	{ INT("size", VM_HVM, VM_HVM, 1, DISK_MAX), .unit = "MiB" },
	{ UUID("image_uuid", VM_HVM, 0) },
	{ INT("image_size", VM_HVM, 0, 1, DISK_MAX), .unit = "MiB" },
	{ STR("image_name", VM_HVM, VM_HVM, 255),
	    .flags = TT_VM_LIVE | TT_VM_NULL | TT_VM_DEPRECATED },
	{ P("boot", TT_VM_BOOL, VM_HVM, VM_HVM), .flags = TT_VM_NULL },
	{ ENUM("media", VM_HVM, 0, medias), .def = "\"disk\"" },
	{ ENUM("model", VM_HVM, VM_HVM, disk_models) },
	{ INT("block_size", VM_HVM, 0, 512, 131072), .unit = "bytes", .flags = TT_VM_POW2,
	    .def = "8192" },
	{ INT("refreservation", VM_HVM, VM_HVM, 0, DISK_MAX), .unit = "MiB",
	    .flags = TT_VM_LIVE },
	{ ENUM("compression", VM_HVM, VM_HVM, compressions), .def = "\"off\"" },
	{ P("nocreate", TT_VM_BOOL, VM_HVM, 0) },
	{ STR("zpool", VM_HVM, 0, 63), .rule = vm_rule_zpool },
	{ STR("pci_slot", VM_B, VM_B, 9), .rule = tt_vm_rule_pci_slot },
	{ UUID("uuid", VM_B, 0) },
	{ ENUM("guest_block_size", VM_B, VM_B, sectors), .flags = TT_VM_NULL },
	{ P("notrim", TT_VM_BOOL, VM_B, VM_B), .flags = TT_VM_NULL },
	{ P("dangerous_allow_shrink", TT_VM_BOOL, 0, VM_B), .place = TT_VM_PAYLOAD },
	{ 0 },
};

const struct tt_vm_prop tt_vm_fs_props[] = {
	{ STR("type", VM_J, VM_J, 16), .rule = vm_rule_word, .required = VM_J },
	{ STR("source", VM_J, VM_J, 1023), .required = VM_J },
	{ STR("target", VM_J, VM_J, 1023), .rule = vm_rule_target, .required = VM_J },
	{ STR("raw", VM_J, VM_J, 1023), .flags = TT_VM_NULL },
	{ P("options", TT_VM_STRS, VM_J, VM_J), .max = 32, .rule = vm_rule_plain,
	    .flags = TT_VM_NULL },
	{ 0 },
};

const struct tt_vm_prop tt_vm_pci_props[] = {
	{ STR("path", VM_B, VM_B, 255), .rule = tt_vm_rule_path, .required = VM_B },
	{ STR("pci_slot", VM_B, VM_B, 9), .rule = tt_vm_rule_pci_slot },
	{ STR("model", VM_B, VM_B, 32), .rule = vm_rule_word },
	{ 0 },
};

const char *
tt_vm_brand_name(enum tt_vm_brand brand)
{
	return brands[brand];
}

int
tt_vm_brand_parse(const char *name, enum tt_vm_brand *ret, bool *ret_docker)
{
	for (int i = 0; brands[i] != NULL; i++) {
		if (!tt_streq(brands[i], name))
			continue;
		*ret = i == TT_VM_BRAND_MAX ? TT_VM_LX : (enum tt_vm_brand)i;
		if (ret_docker != NULL)
			*ret_docker = i == TT_VM_BRAND_MAX;
		return 0;
	}
	return -EINVAL;
}

bool
tt_vm_brand_hvm(enum tt_vm_brand brand)
{
	return brand == TT_VM_KVM || brand == TT_VM_BHYVE;
}

const struct tt_vm_prop *
vm_row(const struct tt_vm_prop *rows, const char *name)
{
	for (; rows->name != NULL; rows++)
		if (!strcmp(rows->name, name))
			return rows;
	return NULL;
}

const struct tt_vm_prop *
tt_vm_prop_find(const char *name)
{
	return vm_row(tt_vm_props, name);
}
