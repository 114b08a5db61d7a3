// SPDX-License-Identifier: MPL-2.0
/*
 * The keys of a generated headnode config, in the order of the file. A row says where the
 * value comes from, when it is there and whether it is secret; the generator walks the rows
 * to write, the config check walks them to judge, and whoever hands a config on (SAPI,
 * node.config) asks here which keys stay private.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/conf/keys.h"

enum tt_conf_src {
	TT_SRC_CONST,   /* arg is the value */
	TT_SRC_ANSWER,  /* value of tt_keys[id] */
	TT_SRC_SLOT,    /* address of service arg */
	TT_SRC_DOMAIN,  /* <arg>.<datacenter>.<dns_search> */
	TT_SRC_URL,     /* http://<address of arg>:<port id> */
	TT_SRC_NETWORK, /* address & mask of the network that id (its address key) is in */
	TT_SRC_RESOLVERS, /* five binder addresses */
	TT_SRC_DNS,       /* dns_resolver1[,dns_resolver2] */
	TT_SRC_DHCP_START,
	TT_SRC_ROOT_SHADOW,
	TT_SRC_RANDOM, /* 16 random bytes in hex, made once */
	TT_SRC_RABBITMQ,
	TT_SRC_EXTERNAL_MAC,
	TT_SRC_HELP_URL,
};

enum tt_conf_when {
	TT_IF_ALWAYS,
	TT_IF_COAL, /* the machine is a VMware one */
	TT_IF_EXTERNAL,
	TT_IF_TAGGED, /* external network with a VLAN */
	TT_IF_GIVEN,  /* the value is known and not `none` */
	TT_IF_TRUE,   /* the answer is true */
};

struct tt_conf_key {
	const char *name;
	enum tt_conf_src src;
	const char *arg;
	int id; /* enum tt_key_id, or a port for TT_SRC_URL */
	enum tt_conf_when when;
	bool secret;
	bool group; /* a blank line stands before it */
};

extern const struct tt_conf_key tt_conf_keys[];
extern const size_t tt_conf_keys_len;

/* NULL = not a generated key. */
const struct tt_conf_key *tt_conf_key_find(const char *name);
/* Keys that no service but their own may see: root_shadow, passwords, rabbitmq. */
bool tt_conf_key_secret(const char *name);

/* Keys of node.config in their order, NULL-terminated. */
extern const char *const tt_node_config_keys[];
