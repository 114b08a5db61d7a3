// SPDX-License-Identifier: MPL-2.0
/*
 * dpkg's status file for the bill of materials.
 */
#include "image/sbom.h"

#include "platform/lib/base/json.h"
#include "tests/lib/tap.h"

static const char status[] =
    "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\n"
    "Source: zlib (1:1.2.13.dfsg-1)\nVersion: 1:1.2.13.dfsg-1\n"
    "Description: compression\n Package: not-a-field\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\n"
    "Package: base-files\nStatus: install ok installed\nVersion: 12.4\nArchitecture: "
    "amd64";

int
main(void)
{
	tt_auto(json) json_t *all = sbom_packages(status, sizeof(status) - 1);
	tt_auto(json) json_t *none = sbom_packages("", 0);
	const json_t *z = json_array_get(all, 1);

	TAP_EQ_INT(json_array_size(all), 2, "installed packages only");
	TAP_EQ_STR(
	    tt_json_str(json_array_get(all, 0), "name", ""), "base-files", "sorted");
	TAP_EQ_STR(tt_json_str(json_array_get(all, 0), "source", ""), "base-files",
	    "the source is the name when it is not said");
	TAP_EQ_STR(tt_json_str(z, "name", ""), "zlib1g", "name");
	TAP_EQ_STR(tt_json_str(z, "version", ""), "1:1.2.13.dfsg-1", "version");
	TAP_EQ_STR(tt_json_str(z, "arch", ""), "amd64", "architecture");
	TAP_EQ_INT(json_array_size(none), 0, "an empty file");
	return tap_done();
}
