// SPDX-License-Identifier: MPL-2.0
/*
 * Writer of the SPDX 2.3 document.
 */
#include "image/sbom.h"

#include <stdio.h>
#include <string.h>

#include "image/digest.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/time.h"

#define STATUS_MAX (64 * TT_MIB)

/* SPDX ids hold letters, digits, '.' and '-'. Caller frees. */
static char *
spdx_id(const char *name, const char *arch)
{
	char *id = tt_xprintf("SPDXRef-Package-%s-%s", name, arch);

	for (char *c = id; *c != '\0'; c++)
		if ((*c < 'a' || *c > 'z') && (*c < 'A' || *c > 'Z') &&
		    (*c < '0' || *c > '9') && *c != '.')
			*c = '-';
	return id;
}

static void
add_package(json_t *packages, json_t *relations, const char *id, const char *name,
    const char *version, const char *supplier, const char *licence, const char *purl)
{
	json_t *p = json_pack("{s:s,s:s,s:s,s:s,s:s,s:b,s:s,s:s,s:s}", "SPDXID", id,
	    "name", name, "versionInfo", version, "supplier", supplier,
	    "downloadLocation", "NOASSERTION", "filesAnalyzed", 0, "licenseConcluded",
	    licence, "licenseDeclared", licence, "copyrightText", "NOASSERTION");

	if (purl != NULL)
		json_object_set_new(p, "externalRefs",
		    json_pack("[{s:s,s:s,s:s}]", "referenceCategory", "PACKAGE-MANAGER",
			"referenceType", "purl", "referenceLocator", purl));
	json_array_append_new(packages, p);
	json_array_append_new(
	    relations, json_pack("{s:s,s:s,s:s}", "spdxElementId", "SPDXRef-DOCUMENT",
			   "relationshipType", "DESCRIBES", "relatedSpdxElement", id));
}

static void
add_debian(json_t *packages, json_t *relations, const json_t *list)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		const char *name = tt_json_str(row, "name", "");
		const char *version = tt_json_str(row, "version", "");
		const char *arch = tt_json_str(row, "arch", "");
		tt_auto(free) char *id = spdx_id(name, arch);
		tt_auto(free) char *purl =
		    tt_xprintf("pkg:deb/debian/%s@%s?arch=%s", name, version, arch);

		add_package(packages, relations, id, name, version,
		    "Organization: Debian", "NOASSERTION", purl);
	}
}

/* Platforms given ready-made may come without a package list: then the list is empty. */
static int
debian_packages(const struct build *b, json_t **ret, struct tt_err **err)
{
	tt_auto(buf) struct tt_buf text = TT_BUF_INIT(STATUS_MAX);
	int r = 0;

	if (b->platform.dpkg_status != NULL)
		r = tt_file_read(b->platform.dpkg_status, &text, err);
	if (r >= 0)
		*ret = sbom_packages(tt_buf_str(&text), text.len);
	return r;
}

int
sbom_write(struct build *b, const char *path, struct tt_err **err)
{
	tt_auto(json) json_t *list = NULL;
	tt_auto(json) json_t *doc = NULL;
	json_t *packages = json_array();
	json_t *relations = json_array();
	tt_auto(free) char *space = NULL;
	char created[TT_ISO_LEN];
	int r;

	r = debian_packages(b, &list, err);
	if (r < 0) {
		json_decref(packages);
		json_decref(relations);
		return r;
	}
	add_package(packages, relations, "SPDXRef-Package-Triton", "triton",
	    b->build_stamp, "NOASSERTION", "MPL-2.0", NULL);
	add_debian(packages, relations, list);
	space = tt_xprintf("urn:triton:sbom:%s:%s", b->build_stamp, b->platform.key);
	tt_time_iso_s(b->epoch * 1000000, created);
	doc = json_pack("{s:s,s:s,s:s,s:s,s:s,s:{s:s,s:[s]},s:o,s:o}", "spdxVersion",
	    "SPDX-2.3", "dataLicense", "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT", "name",
	    b->build_stamp, "documentNamespace", space, "creationInfo", "created",
	    created, "creators", "Tool: triton-image", "packages", packages,
	    "relationships", relations);
	return tt_json_save(path, doc, 0644, err);
}
