// SPDX-License-Identifier: MPL-2.0
/*
 * Physical NICs while the system is still starting: drivers are loaded and links renamed by
 * udev beside us. Nothing here waits for hardware that udev has given up on: the waits end
 * when the drivers step is through and udev has had nothing to do for two seconds.
 */
#pragma once

#include <stdbool.h>

#include "platform/lib/base/err.h"

/*
 * Whether udev is done with a device, by its record below /run/udev/data: initialized, and
 * not about to be renamed. The record is written before the renaming as well as behind it.
 */
bool boot_udev_done(const char *record);
/*
 * Wait until every PCI network device has its link under its final name, or until udev has nothing left to do;
 * at most deadline_s.
 */
void boot_nics_wait(unsigned deadline_s);
/*
 * Name of the link with this MAC once udev is done with it (it may rename it until then).
 * NULL when there is none after deadline_s. Caller frees.
 */
char *boot_nic_name(const char *mac, unsigned deadline_s);
/* "ens3 52:54:..., ens4 ..." of all physical links, for messages. Caller frees. */
char *boot_nics_present(void);
/*
 * Wait until every PCI storage controller has its driver, or until udev has nothing left to
 * do; at most deadline_s.
 */
void boot_storage_wait(unsigned deadline_s);
/* modalias texts of PCI network devices that have no driver yet (tt_strv). */
char **boot_nics_modaliases(void);
