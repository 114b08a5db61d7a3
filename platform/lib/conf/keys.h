// SPDX-License-Identifier: MPL-2.0
/*
 * The key table: one row for each value that makes a headnode. Prompts, the answers file,
 * the generated config and the check of an edited config all come from these rows, so a
 * value is judged the same wherever it comes from.
 *
 * Rows judge one value by itself (rule) and say what Enter would take (def, which may look
 * at other values through struct tt_values). What several values mean together is judged
 * by the installer's cross checks. Nothing here knows files or terminals.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "platform/lib/base/macro.h"

/* In the order of the questions, then the keys that are never asked. */
enum tt_key_id {
	TT_KEY_COMPANY,
	TT_KEY_REGION,
	TT_KEY_DATACENTER,
	TT_KEY_LOCATION,
	TT_KEY_ADMIN_NIC,
	TT_KEY_ADMIN_IP,
	TT_KEY_ADMIN_NETMASK,
	TT_KEY_ADMIN_START,
	TT_KEY_DHCP_END,
	TT_KEY_EXTERNAL,
	TT_KEY_EXTERNAL_NIC,
	TT_KEY_EXTERNAL_IP,
	TT_KEY_EXTERNAL_NETMASK,
	TT_KEY_EXTERNAL_GATEWAY,
	TT_KEY_EXTERNAL_VLAN,
	TT_KEY_EXTERNAL_START,
	TT_KEY_EXTERNAL_END,
	TT_KEY_DEFAULT_GATEWAY,
	TT_KEY_DNS1,
	TT_KEY_DNS2,
	TT_KEY_DNS_DOMAIN,
	TT_KEY_DNS_SEARCH,
	TT_KEY_NTP,
	TT_KEY_ROOT_PASSWORD,
	TT_KEY_ADMIN_PASSWORD,
	TT_KEY_MAIL_TO,
	TT_KEY_MAIL_FROM,
	TT_KEY_PHONEHOME,
	TT_KEY_CHANNEL,
	TT_KEY_PKGSRC,
	TT_KEY_ROOT_HASH,
	TT_KEY_ADMIN_PASSWORD_FILE,
	TT_KEY_SSH_KEYS,
	TT_KEY_ADMIN_IP6,
	TT_KEY_ADMIN_GATEWAY6,
	TT_KEY_EXTERNAL_IP6,
	TT_KEY_EXTERNAL_GATEWAY6,
	TT_KEY_DTRACE,
	TT_KEY_UNATTENDED,
	TT_KEY_CONSOLE,
	TT_KEY_SKIP_INSTRUCTIONS,
	TT_KEY_SIMPLE_HEADERS,
	TT_KEY_SKIP_SUMMARY,
	TT_KEY_SKIP_CONFIRM,
	TT_KEY_SKIP_EDIT,
	TT_KEY_SKIP_DNS_CHECK,
	TT_KEY_SKIP_NTP_CHECK,
	TT_KEY_REQUIRE_CONNECTIVITY,
	TT_KEY_KEEP_ANSWERS,
	TT_KEY_DESTROY_POOLS,
	TT_KEY_CONFIG_EXTRA,
	TT_KEY_ADMIN_GATEWAY,
	TT_KEY_API_PASSWORD,
	TT_KEY_MAX, /* at most 64: sets of keys are bit masks */
};

#define TT_KEY_BIT(id) (UINT64_C(1) << (id))

enum tt_key_type {
	TT_TYPE_TEXT,  /* printable UTF-8 */
	TT_TYPE_LABEL, /* DNS label */
	TT_TYPE_NAME,  /* dotted DNS name */
	TT_TYPE_MAIL,
	TT_TYPE_IP4,
	TT_TYPE_IP,    /* IPv4 or IPv6 */
	TT_TYPE_IP6,   /* addrconf, or address[/len] */
	TT_TYPE_MASK,  /* dotted or /len; dotted in normal form */
	TT_TYPE_NIC,   /* MAC; link name or number where the NICs are known */
	TT_TYPE_VLAN,  /* 2-4094; normal form of untagged is "none" */
	TT_TYPE_BOOL,  /* normal form "true" or "false" */
	TT_TYPE_ENUM,  /* one of .choices (NULL-terminated) */
	TT_TYPE_HOSTS, /* comma list */
	TT_TYPE_PASSWORD,
	TT_TYPE_HASH, /* crypt(3) string */
	TT_TYPE_PATH,
	TT_TYPE_CONSOLE,
	TT_TYPE_SSH_KEYS, /* array of strings in answers; one key a line as text */
	TT_TYPE_EXTRA,    /* object in answers; no text form */
	TT_TYPE_IGNORED,  /* known, without effect */
};

enum {
	TT_KEY_SECRET = 1 << 0,   /* shown as ***, kept in locked memory, asked twice */
	TT_KEY_NONE_OK = 1 << 1,  /* `none` is a value */
	TT_KEY_EMPTY_OK = 1 << 2, /* present and empty in answers is a value (untagged) */
	TT_KEY_WITH_LEN = 1 << 3, /* address may carry /len, which settles the mask key */
};

/* When a key has a meaning at all. */
enum tt_key_when {
	TT_WHEN_ALWAYS,
	TT_WHEN_EXTERNAL, /* only with setup_external_network */
};

/* How the question flow treats it. */
enum tt_key_ask {
	TT_ASK,       /* in the flow */
	TT_ASK_MENU,  /* only from the section menu (dhcp_range_end, IPv6) */
	TT_ASK_NEVER, /* answers file only */
};

/* Read access to the other values: the text in normal form, or NULL when not known (yet). */
struct tt_values {
	const char *(*get)(const void *ctx, enum tt_key_id id);
	const void *ctx;
	const char *only_nic; /* MAC of the machine's single NIC, or NULL */
	bool coal_image;      /* built as CoaL: a short root password is a warning */
};

static inline const char *
tt_value(const struct tt_values *v, enum tt_key_id id)
{
	return v->get(v->ctx, id);
}

/*
 * What a rule says about one text. Accepted: code is NULL, or a W_ code with why.
 * value is the normal form when it differs from the text (else NULL).
 */
struct tt_judgement {
	const char *code; /* constant */
	char *why;
	char *value;
	char *suggest; /* a form that would be accepted, or NULL */
	char *mask;    /* mask that came with an address/len, or NULL */
};

void tt_judgement_release(struct tt_judgement *j);
static inline void
tt_auto_judgement(struct tt_judgement *j)
{
	tt_judgement_release(j);
}

struct tt_key {
	enum tt_key_id id;
	const char *name;           /* in answers */
	const char *const *aliases; /* older names, NULL-terminated, or NULL */
	const char *sets; /* config keys it decides, blank-separated, "" = none */
	enum tt_key_type type;
	unsigned flags;
	enum tt_key_when when;
	enum tt_key_ask ask;
	int section;           /* 1..6 = S1..S6; 0 = none */
	int number;            /* of the question, 0 = not asked */
	const char *label;     /* for summaries and messages: "company name" */
	const char *prompt;    /* the question, without colon and default */
	const char *rule_text; /* what is accepted, one sentence */
	const char *example;
	const char *help;           /* more lines for `?`, or NULL */
	const char *const *choices; /* TT_TYPE_ENUM */
	int min, max; /* type's own limits: mask length, characters; 0, 0 = none */
	/*
	 * What Enter takes, in normal form: 0 with *ret owned by the caller, or -ENOENT when
	 * there is no default (yet). NULL: never a default.
	 */
	int (*def)(const struct tt_values *v, const struct tt_key *k, char **ret);
	/* Judge one text by itself; j starts all zero. */
	void (*rule)(const struct tt_key *k, const char *text, struct tt_judgement *j);
};

extern const struct tt_key tt_keys[TT_KEY_MAX];

/* Row by name in answers, old names included (*ret_alias true then; may be NULL). NULL = unknown. */
const struct tt_key *tt_key_find(const char *name, bool *ret_alias);
/* Nearest known name within edit distance 2, or NULL. */
const char *tt_key_nearest(const char *name);
/* "Datacenter", "Admin network", ... for 1..7. */
const char *tt_section_title(int section);

/* --- the default range of the external network --- */

/*
 * The largest block of host addresses that holds neither the headnode nor the gateway.
 * gateway  0 = none
 * Returns 0, or -ENOENT when no block has two addresses or an address lies outside.
 */
int tt_external_range(uint32_t headnode, uint32_t gateway, uint32_t mask,
    uint32_t *ret_first, uint32_t *ret_last);

/* --- service addresses --- */

#define TT_SLOT_COUNT      29 /* S .. S+28 belong to services and spares */
#define TT_SLOT_DHCP_START 29
#define TT_SLOT_RESOLVERS  5 /* binder_resolver_ips: slots 3..7 */

/* "assets", "dhcpd", ... ; "resolver" for 4-7, "reserved" for 21, "spare" for 25-28. */
const char *tt_slot_name(unsigned offset);
/* Offset of a service's address, or -1. */
int tt_slot_of(const char *service);
