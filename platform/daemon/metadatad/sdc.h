// SPDX-License-Identifier: MPL-2.0
/*
 * The names that start with "sdc:": a read-only view of the instance's properties. What is
 * not in the tables of sdc.c and sdc_net.c is not served: passwords, host paths, options of
 * the hypervisor and other internal metadata stay on the node.
 *
 * Source: TritonDataCenter/mdata-docs, mdata/datadict.md; smartos-live, agent.js.
 */
#pragma once

#include "platform/daemon/metadatad/record.h"

/* vm is an object; internal and tags may be NULL. */
void sdc_add(struct record_maker *m, const char *uuid, const json_t *vm,
    const json_t *internal, json_t *tags);

/*
 * New lists as a guest sees them: the fields of a NIC that it may see, with `interface` and
 * `ips` always there and the old `ip`, `netmask`, `gateway` beside them; routes with the
 * address of the NIC that they name.
 */
json_t *sdc_nics(const json_t *vm);
json_t *sdc_routes(const json_t *vm, const json_t *nics);
