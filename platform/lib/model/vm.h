// SPDX-License-Identifier: MPL-2.0
/*
 * The properties of an instance: one table, and the calls that judge, complete, change and
 * show an instance by it. The node's daemon and the services use the same code, so that a
 * payload is judged the same wherever it arrives. Wire names, units and defaults are those
 * of SmartOS' vmadm(8) JSON.
 *
 * Nothing here does I/O, reads a clock or makes random numbers: what the caller knows about
 * its machine comes in as struct tt_vm_facts, new identifiers come from struct tt_vm_ids.
 * All functions are re-entrant; JSON values that a call takes are only read.
 */
#pragma once

#include <stdint.h>

#include <jansson.h>

#include "platform/lib/base/err.h"

/* --- brands --- */

enum tt_vm_brand {
	TT_VM_JOYENT, /* stored as given, follows the rules of lx */
	TT_VM_JOYENT_MINIMAL,
	TT_VM_BUILDER,
	TT_VM_LX,
	TT_VM_KVM,
	TT_VM_BHYVE,
	TT_VM_BRAND_MAX,
};

#define TT_VM_BIT(brand) (1U << (brand))

/* "joyent-minimal" ... */
const char *tt_vm_brand_name(enum tt_vm_brand brand);
/*
 * Brand by name; `docker` gives TT_VM_LX with *ret_docker true (may be NULL). Returns 0, or
 * -EINVAL for an unknown name.
 */
int tt_vm_brand_parse(const char *name, enum tt_vm_brand *ret, bool *ret_docker);
/* A virtual machine, not a container. */
bool tt_vm_brand_hvm(enum tt_vm_brand brand);

/* --- the table --- */

enum tt_vm_type {
	TT_VM_BOOL,
	TT_VM_INT,
	TT_VM_STR,
	TT_VM_ENUM,  /* one of .choices */
	TT_VM_COMMA, /* text "a,b", or an array of texts that becomes one */
	TT_VM_STRS,  /* array of texts */
	TT_VM_INTS,  /* array of integers */
	TT_VM_FLAT,  /* object of texts, numbers and booleans */
	TT_VM_ITEMS, /* array of objects, each judged by .items */
};

/* Where the value is kept. */
enum tt_vm_place {
	TT_VM_RECORD,
	TT_VM_CUSTOMER, /* "customer_metadata" of the metadata */
	TT_VM_INTERNAL, /* "internal_metadata" of the metadata */
	TT_VM_TAGS,
	TT_VM_PAYLOAD, /* nowhere: tells create or update what to do */
};

enum {
	TT_VM_LIVE = 1 << 0,       /* a change takes effect without reboot */
	TT_VM_NULL = 1 << 1,       /* null clears it */
	TT_VM_POW2 = 1 << 2,       /* a power of two */
	TT_VM_DEPRECATED = 1 << 3, /* still taken */
	TT_VM_READONLY = 1 << 4,   /* never taken from a payload */
	TT_VM_SECRET = 1 << 5, /* for vmadm alone: neither logs nor guests may see it */
};

struct tt_vm;
struct tt_vm_runtime;

struct tt_vm_prop {
	const char *name;
	enum tt_vm_type type;
	enum tt_vm_place place;
	unsigned create;   /* TT_VM_BIT() of each brand that takes it on create ... */
	unsigned update;   /* ... and on update */
	unsigned required; /* brands that must have it on create */
	unsigned flags;
	int64_t min, max; /* INT, INTS: value; STR: bytes; lists and objects: members */
	const char *const *choices; /* ENUM, NULL-terminated */
	/* NULL when the text (of STR, of each member of a list) is accepted, else the rule. */
	const char *(*rule)(const char *text);
	const struct tt_vm_prop *items; /* ITEMS; ends with a row without name */
	/* Default on create for the brands of .create, as JSON text; NULL = none ... */
	const char *def;
	/* ... or made from the record so far, whose earlier rows are complete. */
	json_t *(*make)(const json_t *record);
	const char *unit; /* "MiB", "GiB", "percent", ... or NULL */
	/* The view's value where it is not what is stored: new reference, NULL = left out. */
	json_t *(*show)(const struct tt_vm *vm, const struct tt_vm_runtime *rt);
};

/*
 * Properties of an instance, of a NIC, a disk, a file system and a PCI device, each ending
 * with a row whose name is NULL; in the order in which they are shown.
 */
extern const struct tt_vm_prop tt_vm_props[];
extern const struct tt_vm_prop tt_vm_nic_props[];
extern const struct tt_vm_prop tt_vm_disk_props[];
extern const struct tt_vm_prop tt_vm_fs_props[];
extern const struct tt_vm_prop tt_vm_pci_props[];

/* Row of a property of the instance, or NULL. */
const struct tt_vm_prop *tt_vm_prop_find(const char *name);

/* --- findings --- */

enum tt_vm_fault {
	TT_VM_WARNING, /* the payload is fine, but not taken word for word */
	TT_VM_BAD_BRAND,
	TT_VM_BAD_PROPERTY, /* unknown, or not for this brand or operation */
	TT_VM_BAD_VALUE,
	TT_VM_MISSING,
};

#define TT_VM_FINDINGS_MAX 200

struct tt_vm_finding {
	enum tt_vm_fault fault;
	const char *code; /* constant API code */
	char *name;       /* "ram", "nics.0.ip" */
	char *text;       /* the rule: "must be 256 or more" */
};

/* What is wrong with a payload, all of it in one pass. Starts zeroed. */
struct tt_vm_findings {
	struct tt_vm_finding *v;
	size_t n;
	size_t space;
	size_t errors;  /* of all, warnings not counted */
	size_t dropped; /* past TT_VM_FINDINGS_MAX, counted only */
};

void tt_vm_findings_release(struct tt_vm_findings *f);
/* {property, rule, code} objects of the errors, or of the warnings; new reference. */
json_t *tt_vm_findings_json(const struct tt_vm_findings *f, bool warnings);

static inline void
tt_auto_vm_findings(struct tt_vm_findings *f)
{
	tt_vm_findings_release(f);
}

/* --- what the caller knows --- */

struct tt_vm_image {
	const char
	    *type; /* manifest type: "zone-dataset", "lx-dataset", "docker", "zvol" */
	long long size_mib; /* of a zvol image; 0 = none */
};

struct tt_vm_network {
	uint32_t net4, mask4; /* host order; mask 0 = no IPv4 subnet */
	long long vlan_id;    /* -1 = not known */
};

/* A zero or NULL member is not known and therefore not judged. */
struct tt_vm_facts {
	int64_t now_us; /* create_timestamp, last_modified */
	long long
	    host_memory_mib;      /* bounds ram of virtual machines, else the container */
	long long host_cpus;      /* more vcpus are a warning */
	long long quota_used_mib; /* update: space that counts against the quota */
	bool running;             /* update */
	/* Has another instance than uuid this identifier? */
	bool (*uuid_used)(void *ctx, const char *uuid);
	bool (*mac_used)(void *ctx, const char *mac, const char *uuid);
	bool (*nic_tag)(void *ctx, const char *tag); /* is there such a tag? */
	/* 0 and the answer, or a negative errno when there is no such thing. */
	int (*network)(void *ctx, const char *uuid, struct tt_vm_network *ret);
	int (*image)(void *ctx, const char *uuid, struct tt_vm_image *ret);
	void *ctx;
};

/* Makers of new identifiers; NULL members use random ones. */
struct tt_vm_ids {
	void (*uuid)(void *ctx, char *out); /* TT_UUID_LEN bytes */
	void (*mac)(void *ctx, char *out);  /* TT_MAC_LEN bytes */
	void *ctx;
};

/* --- create, update, validate --- */

/* An instance as stored: the three files of its folder. Owned references, or NULL. */
struct tt_vm {
	json_t *record;
	json_t *metadata; /* {"customer_metadata": {}, "internal_metadata": {}} */
	json_t *tags;
};

void tt_vm_release(struct tt_vm *vm);

static inline void
tt_auto_vm(struct tt_vm *vm)
{
	tt_vm_release(vm);
}

/*
 * The complete instance that a create payload asks for: every property of its brand with
 * its value or default, identifiers, interfaces, paths and slots filled in.
 * facts, ids  may be NULL
 * f           gets errors and warnings; may be NULL
 * ret         owned by the caller; untouched on failure
 * Returns 0; -EINVAL with the findings in the message (the code is the first one's, in
 * general ValidationFailed).
 */
int tt_vm_create(const json_t *payload, const struct tt_vm_facts *facts,
    const struct tt_vm_ids *ids, struct tt_vm_findings *f, struct tt_vm *ret,
    struct tt_err **err);

enum tt_vm_how {
	TT_VM_SET, /* also a new member of an object */
	TT_VM_REMOVE,
	TT_VM_ADD,
};

/* One thing that an update changes. */
struct tt_vm_change {
	enum tt_vm_how how;
	const struct tt_vm_prop *prop; /* row of the instance's property: "nics", "ram" */
	const struct tt_vm_prop *item; /* row inside an item, or NULL: "ip" of a NIC */
	char *key; /* tag or metadata key, mac, path, target; NULL for a plain property */
	bool live; /* in effect without reboot */
};

/* Starts zeroed. */
struct tt_vm_changes {
	struct tt_vm_change *v;
	size_t n;
	size_t space;
};

void tt_vm_changes_release(struct tt_vm_changes *c);
/* Is this property among them? item NULL = any. */
bool tt_vm_changed(const struct tt_vm_changes *c, const char *prop, const char *item);
/* A running instance must be restarted for some of them. */
bool tt_vm_changes_reboot(const struct tt_vm_changes *c);

static inline void
tt_auto_vm_changes(struct tt_vm_changes *c)
{
	tt_vm_changes_release(c);
}

/*
 * The instance after an update payload. Parts that do not change are shared with old.
 * changes  what differs, in the order of the table; empty when nothing does; may be NULL
 * Returns as tt_vm_create().
 */
int tt_vm_update(const struct tt_vm *old, const json_t *payload,
    const struct tt_vm_facts *facts, const struct tt_vm_ids *ids,
    struct tt_vm_findings *f, struct tt_vm *ret, struct tt_vm_changes *changes,
    struct tt_err **err);

enum tt_vm_op { TT_VM_OP_CREATE, TT_VM_OP_UPDATE };

/*
 * Judge a payload by itself, as `vmadm validate`. Stricter than create: a value that create
 * would raise with a warning is a bad one.
 * brand    as in payloads, `docker` included; NULL takes the payload's own
 * ret      {bad_brand?, bad_properties, bad_values, missing_properties, errors}; on success
 *          NULL. New reference.
 * Returns 0 when it is valid, -EINVAL when not.
 */
int tt_vm_validate(
    enum tt_vm_op op, const char *brand, const json_t *payload, json_t **ret);
/* "VALID create payload for lx brand VMs."; caller frees. */
char *tt_vm_valid_text(enum tt_vm_op op, const char *brand);

/*
 * One `name=value` of a command line as JSON of the property's type; texts that are not
 * numbers or booleans stay texts and are refused later by the table. New reference.
 */
json_t *tt_vm_arg(const char *name, const char *text);

/* --- view --- */

/* What only the running node knows; zero and NULL members are left out. */
struct tt_vm_runtime {
	const char *state;      /* NULL = "stopped" */
	const char *zone_state; /* NULL = follows from state */
	long long pid;
	long long zoneid;
	long long zonedid;
	int64_t boot_us;
	long long free_space_mib;
	const char *server_uuid;
	const char *headnode_id;
	const char *datacenter_name;
	const char *platform_buildstamp;
	const json_t *snapshots; /* array, in place of the record's */
};

/*
 * Everything `vmadm get` prints, in the order of the table. New reference; members are
 * shared with vm and must not be changed. rt may be NULL.
 */
json_t *tt_vm_view(const struct tt_vm *vm, const struct tt_vm_runtime *rt);
/*
 * One value of the view, by dotted name: "ram", "nics.0.ip", "tags.role", "nics.*.mac" (an
 * array of what the items have). New reference, or NULL when it is not there.
 */
json_t *tt_vm_value(
    const struct tt_vm *vm, const struct tt_vm_runtime *rt, const char *name);

/* --- list and lookup --- */

#define TT_VM_LIST_FIELDS "uuid,type,ram,state,alias"
#define TT_VM_LIST_SORT   "ram,uuid"

struct tt_vm_query;

/*
 * fields   comma list of names; NULL = whole views
 * sort     comma list, a leading '-' turns one round; NULL = as added
 * filters  `name=value` (exact) or `name=~regex` (POSIX extended), all must hold; or NULL
 * Returns 0; -EINVAL (InvalidArgument) naming the field and the rule.
 */
int tt_vm_query_new(const char *fields, const char *sort, char *const *filters,
    struct tt_vm_query **ret, struct tt_err **err);
void tt_vm_query_free(struct tt_vm_query *q);
/* Take an instance in when the filters let it through; true when they do. */
bool tt_vm_query_add(
    struct tt_vm_query *q, const struct tt_vm *vm, const struct tt_vm_runtime *rt);
/* Array of objects in order; new reference. The query is empty afterwards. */
json_t *tt_vm_query_take(struct tt_vm_query *q);
TT_AUTO_DEFINE(vm_query, struct tt_vm_query *, tt_vm_query_free)

/* A value as a table's cell: text, number, "a,b" of a list, "-" for none; caller frees. */
char *tt_vm_cell(const json_t *value);

/* --- limits --- */

struct tt_vm_limits {
	uint64_t memory_max; /* bytes */
	uint64_t swap_max;   /* bytes of swap alone, as memory.swap.max counts */
	uint64_t pids_max;   /* processes and threads */
	uint64_t cpu_max_us; /* per period; 0 = no cap */
	uint64_t cpu_period_us;
	uint64_t cpu_weight; /* 1..10000 */
	uint64_t io_weight;  /* 1..10000 */
	uint64_t io_max;     /* bytes a second each way; 0 = none */
	uint64_t memlock;    /* bytes */
	uint64_t shm_max;    /* bytes of one segment and of all together */
	uint64_t shm_ids;
	uint64_t sem_ids;
	uint64_t msg_ids;
	uint64_t quota; /* bytes of disk; 0 = none */
	uint64_t tmpfs; /* bytes of /tmp; 0 = no tmpfs there */
};

/* The kernel's numbers for a record that create or update made. */
void tt_vm_limits(const json_t *record, struct tt_vm_limits *ret);

/* --- rules for one text each: NULL when accepted, else what is accepted --- */

const char *tt_vm_rule_alias(const char *s);
const char *tt_vm_rule_hostname(const char *s);
const char *tt_vm_rule_domain(const char *s);
const char *tt_vm_rule_snapshot(const char *s);
const char *tt_vm_rule_nic_tag(const char *s);
const char *tt_vm_rule_interface(const char *s);
const char *tt_vm_rule_mac(const char *s);
const char *tt_vm_rule_ip(const char *s);
const char *tt_vm_rule_pci_slot(const char *s);
const char *tt_vm_rule_uuid(const char *s);
/* Absolute, without empty, "." or ".." parts. */
const char *tt_vm_rule_path(const char *s);
/* Keys of tags and metadata: 1 to 255 bytes of UTF-8 without control characters. */
const char *tt_vm_rule_key(const char *s);

/* May snapshots be made of it? 0; -EINVAL (BrandNotSupported, InvalidArgument). */
int tt_vm_snapshot_allowed(const json_t *record, struct tt_err **err);
