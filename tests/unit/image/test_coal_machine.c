// SPDX-License-Identifier: MPL-2.0
/*
 * The CoaL machine's texts: values of the specification where they belong, quoting of each
 * format, and OVA archives.
 */
#include "image/coal_machine.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#include "image/ova.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "tests/lib/tap.h"

/* A rendered template under these settings (NULL ends them); caller frees. */
static char *
render(const char *template, const char *const *settings)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(json) json_t *values = NULL;
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(COAL_TEXT_MAX);
	tt_auto(err) struct tt_err *err = NULL;
	int r = spec_set(&s, "medium=coal", &err);

	for (; r >= 0 && *settings != NULL; settings++)
		r = spec_set(&s, *settings, &err);
	if (r >= 0)
		r = spec_finish(&s, &err);
	if (r >= 0)
		values = coal_values(&s, "coal-x", "coal-x-8gb.vmwarevm", "8gb.img");
	if (r >= 0)
		r = coal_render("coal/machine", template, values, &out, &err);
	TAP_EQ_INT(r, 0, "%s: %s", template, tt_err_message(err));
	return tt_buf_detach(&out);
}

static void
has(const char *text, const char *line, bool want)
{
	TAP_OK((strstr(text, line) != NULL) == want, "%s: %.*s", want ? "has" : "has no",
	    (int)strcspn(line, "\n"), line);
}

static void
test_vmx(void)
{
	tt_auto(free) char *old = render("USB-headnode.vmx", (const char *[]){ NULL });
	tt_auto(free) char *new = render("USB-headnode.vmx",
	    (const char *[]){ "vmware_version=10", "coal-memsize=2048", "coal-numvcpus=8",
		"coal-serial0-path=a \"b\" #|", NULL });
	tt_auto(free) char *mute = render(
	    "USB-headnode.vmx", (const char *[]){ "coal-enable-serial=false", NULL });
	tt_auto(free) char *efi =
	    render("USB-headnode.vmx", (const char *[]){ "mode=signed", NULL });

	has(old, "virtualHW.version = \"11\"\n", true);
	has(old, "guestOS = \"debian8-64\"\n", true);
	has(old, "memsize = \"4096\"\nnumvcpus = \"2\"\n", true);
	has(old, "serial1.fileName = \"socket.serial1\"\n", true);
	has(old, "firmware = \"bios\"\n", true);
	has(old, "secureBoot", false);
	has(new, "virtualHW.version = \"14\"\n", true);
	has(new, "guestOS = \"debian10-64\"\n", true);
	has(new, "memsize = \"2048\"\nnumvcpus = \"8\"\n", true);
	has(new, "serial0.fileName = \"a |22b|22 |23|7C\"\n", true);
	has(mute, "serial", false);
	has(efi, "firmware = \"efi\"\nuefi.secureBoot.enabled = \"TRUE\"\n", true);
	has(efi, "bios.", false);
}

static void
test_xml(void)
{
	tt_auto(free) char *domain = render("coal.libvirt.xml", (const char *[]){ NULL });
	tt_auto(free) char *efi =
	    render("coal.libvirt.xml", (const char *[]){ "mode=signed", NULL });

	has(domain, "<mac address='" COAL_EXTERNAL_MAC "'/>", true);
	has(domain, "<target dev='hda' bus='ide'/>", true);
	has(domain, "/coal-x-8gb.vmwarevm/8gb.img'", true);
	has(efi, "<feature enabled='yes' name='secure-boot'/>", true);
	has(efi, "bus='ide'", false);
}

static int
judged(const char *setting)
{
	tt_auto(spec) struct spec s = { 0 };
	tt_auto(err) struct tt_err *err = NULL;
	int r;

	if (spec_set(&s, setting, &err) < 0 || spec_finish(&s, &err) < 0)
		return 1;
	r = coal_judge(&s, &err);
	if (r < 0)
		tap_note("%s", tt_err_message(err));
	return r;
}

static void
test_judge(void)
{
	TAP_OK(judged("coal-memsize=1026") < 0, "memory in odd MiB is refused");
	TAP_EQ_INT(judged("coal-memsize=1028"), 0, "whole fours are not");
	TAP_EQ_INT(judged("coal-zpool-disk-size=2040g"), 0, "the largest disk");
	TAP_EQ_INT(judged("coal-zpool-disk-size=2041g"), 1, "a larger one");
}

static void
test_ova(void)
{
	char path[] = "/tmp/test-ova-XXXXXX";
	const int fd = mkstemp(path);
	struct tarball_file files[] = { { .name = "a.ovf", .text = "<x/>", .size = 4 },
		{ .name = "a.mf" }, { .name = "b", .from = path } };
	tt_auto(free) char *to = tt_xprintf("%s.ova", path);
	tt_auto(buf) struct tt_buf sums = TT_BUF_INIT(1024);
	tt_auto(buf) struct tt_buf all = TT_BUF_INIT(16 * TT_MIB);
	tt_auto(err) struct tt_err *err = NULL;
	char hex[TT_SHA256_HEX_LEN], again[TT_SHA256_HEX_LEN];

	TAP_OK(fd >= 0 && ftruncate(fd, 3000001) == 0 && close(fd) == 0, "a file");
	files[2].size = 3000001;
	TAP_EQ_INT(tt_sha256_file(path, hex, NULL, &err), 0, "its digest");
	files[2].sha256 = hex;
	TAP_EQ_INT(ova_manifest((struct tarball_file[]){ files[0], files[2] }, 2, &sums),
	    0, "a manifest");
	TAP_EQ_INT(strncmp(tt_buf_str(&sums), "SHA256(a.ovf)= ", 15), 0, "its form");
	TAP_EQ_INT(sums.len, 15 + 65 + 11 + 65, "two lines");
	files[1].text = sums.data;
	files[1].size = sums.len;
	TAP_EQ_INT(ova_write(to, files, 3, 1795309323, again, &err), 0, "an archive: %s",
	    tt_err_message(err));
	TAP_EQ_INT(tt_file_read(to, &all, &err), 0, "read again");
	tt_sha256_hex(all.data, all.len, hex);
	TAP_EQ_STR(again, hex, "the digest it tells");
	TAP_OK(all.len == 512 + 512 + 512 + 512 + 512 + 3000320 + 1024, "%zu bytes",
	    all.len);
	TAP_OK(
	    memcmp(all.data, "a.ovf", 6) == 0 && memcmp(all.data + 257, "ustar", 6) == 0,
	    "the descriptor is first");
	TAP_OK(strcmp(all.data + 108, "000000 ") == 0, "owner 0");
	files[2].size++;
	TAP_OK(ova_write(to, files, 3, 0, again, &err) < 0, "a file too short: %s",
	    tt_err_message(err));
	(void)unlink(path);
	(void)unlink(to);
}

int
main(void)
{
	test_vmx();
	test_xml();
	test_judge();
	test_ova();
	return tap_done();
}
