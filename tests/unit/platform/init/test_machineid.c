// SPDX-License-Identifier: MPL-2.0
/*
 * Machine ids from UUIDs and MACs.
 */
#include "platform/init/machineid.h"
#include "tests/lib/tap.h"

static void
refused(const char *uuid, const char *what)
{
	char id[MACHINE_ID_LEN];

	TAP_OK(!machine_id_from_uuid(uuid, id), "refused: %s", what);
}

int
main(void)
{
	char id[MACHINE_ID_LEN], other[MACHINE_ID_LEN];

	TAP_OK(machine_id_from_uuid("3F2504E0-4F89-11D3-9A0C-0305E82C3301", id), "UUID");
	TAP_EQ_STR(id, "3f2504e04f8911d39a0c0305e82c3301", "lower case, no dashes");
	refused("", "empty");
	refused("3f2504e0-4f89-11d3-9a0c-0305e82c330", "one digit short");
	refused("3f2504e0-4f89-11d3-9a0c-0305e82c33011", "one digit long");
	refused("Not Settable, Not Settable, Not S", "words");
	refused("00000000-0000-0000-0000-000000000000", "zeros");
	refused("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "ones");
	refused("03000200-0400-0500-0006-000700080009", "the one of countless boards");
	/* FNV-1a, 128 bits, of "a": the authors' published value. */
	machine_id_from_text("a", id);
	TAP_EQ_STR(id, "d228cb696f1a8caf78912b704e4a8964", "digest of a known text");
	machine_id_from_text("00:50:56:34:60:4c", id);
	machine_id_from_text("00:50:56:34:60:4d", other);
	TAP_OK(strcmp(id, other) != 0, "neighbouring MACs differ");
	TAP_EQ_INT(strlen(id), 32, "length");
	return tap_done();
}
