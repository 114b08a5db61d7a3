// SPDX-License-Identifier: MPL-2.0
/*
 * A machine-id (32 lower-case hex digits, machine-id(5)) from the SMBIOS UUID or a MAC.
 * Works on memory alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MACHINE_ID_LEN 33

/* false for text that is no UUID and for the values that boards share by mistake. */
bool machine_id_from_uuid(const char *uuid, char out[MACHINE_ID_LEN]);
/* Any text that tells machines apart: a MAC. */
void machine_id_from_text(const char *text, char out[MACHINE_ID_LEN]);
