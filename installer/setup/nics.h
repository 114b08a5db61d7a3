// SPDX-License-Identifier: MPL-2.0
/*
 * The machine's physical NICs in the order a person counts them (by bus address, so that
 * VMware's ethernet0 is number 1), and their JSON form, which --nics takes on any machine.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "platform/lib/base/err.h"
#include "platform/lib/base/net.h"

#define TS_NICS_MAX 256

struct ts_nic {
	unsigned number;      /* from 1 */
	char link[16];        /* eth0 */
	char mac[TT_MAC_LEN]; /* permanent one for a slave of a bond */
	char state[8];        /* "up", "down", "unknown" */
	unsigned speed_mbit;  /* 0 = unknown */
	char driver[32];      /* "" = unknown */
	char bus[32];         /* 0000:02:00.0 */
	char bond[16];        /* name of the bond it is a slave of, or "" */
};

struct ts_nics {
	struct ts_nic *v;
	size_t n;
};

void ts_nics_release(struct ts_nics *nics);
static inline void
tt_auto_nics(struct ts_nics *n)
{
	ts_nics_release(n);
}

/*
 * Read ROOT/sys/class/net (root may be NULL = "").
 * bring_up  set each link up and wait (3 s at most, all together) for carrier; needs
 *           CAP_NET_ADMIN, without it states are read as they are
 */
int ts_nics_read(
    const char *root, bool bring_up, struct ts_nics *ret, struct tt_err **err);
/* The JSON array of ts_nics_json(); unknown members are ignored, only "mac" is required. */
int ts_nics_parse(const char *name, const char *text, size_t len, struct ts_nics *ret,
    struct tt_err **err);
/* New reference: [{number, link, mac, state, speed, driver, bus, bond}]. */
json_t *ts_nics_json(const struct ts_nics *nics);
/* By number ("2"), link name or MAC of any spelling; NULL = none. Borrowed. */
const struct ts_nic *ts_nics_find(const struct ts_nics *nics, const char *text);
/*
 * Lines of the table without line ends (a tt_strv, heading first): Number 6, Link 9,
 * MAC Address 18, State 7, Network 10; Speed and Driver too when columns >= 80.
 * role  called for each NIC: "admin", "external" or NULL; may be NULL itself
 */
char **ts_nics_table(const struct ts_nics *nics, unsigned columns,
    const char *(*role)(const struct ts_nic *nic, void *ctx), void *ctx);
/* "0000:03:00.0 8086:1572" for each PCI Ethernet device without a driver; a tt_strv. */
char **ts_nics_driverless(const char *root);
