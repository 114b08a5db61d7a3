// SPDX-License-Identifier: MPL-2.0
/*
 * Kernel command line words of init.
 */
#include "platform/init/cmdline.h"
#include "tests/lib/tap.h"

static void
parse(const char *text, struct init_params *p)
{
	init_params_parse(text, strlen(text), p);
}

static void
test_defaults(void)
{
	struct init_params p;

	parse("", &p);
	TAP_EQ_STR(p.label, "TRITON", "default label");
	TAP_EQ_STR(p.fs, "squashfs", "default file system");
	TAP_EQ_STR(p.init, "/sbin/init", "default program");
	TAP_EQ_INT(p.wait_s, 60, "default wait");
	TAP_EQ_INT(p.toram, -1, "memory decides about the copy");
	TAP_OK(!p.verity && !p.verity_bad && !p.debug && !p.rescue, "nothing else is on");
	TAP_EQ_INT(p.n_complaints, 0, "and nothing to complain about");
}

static void
test_words(void)
{
	struct init_params p;

	parse(
	    "BOOT_IMAGE=/x triton.root=/os/20260101T000000Z/root.img "
	    "triton.roothash=ab01 "
	    "triton.salt=CD triton.blocks=42 triton.toram=0 triton.wait=5 triton.debug=1 "
	    "triton.label=\"MY KEY\" triton.answers=none systemd.unit=rescue.target\n",
	    &p);
	TAP_EQ_STR(p.root, "/os/20260101T000000Z/root.img", "root path");
	TAP_EQ_STR(p.roothash, "ab01", "hash");
	TAP_EQ_STR(p.salt, "CD", "salt");
	TAP_EQ_INT(p.blocks, 42, "blocks");
	TAP_OK(p.verity, "all three make verity");
	TAP_EQ_INT(p.toram, 0, "toram");
	TAP_EQ_INT(p.wait_s, 5, "wait");
	TAP_EQ_STR(p.label, "MY KEY", "quotes protect blanks");
	TAP_OK(p.debug && p.rescue, "debug and rescue");
	TAP_EQ_INT(p.n_complaints, 0, "words of later stages are known");
}

static void
test_complaints(void)
{
	struct init_params p;

	parse(
	    "triton.bogus=1 triton.wait=abc triton.toram=2 triton.label= tritonx=1", &p);
	TAP_EQ_INT(p.n_complaints, 4, "one complaint for each bad word");
	TAP_EQ_STR(
	    p.complaints[0], "unknown parameter triton.bogus", "unknown word named");
	TAP_EQ_STR(p.complaints[1], "triton.wait: 'abc' is not a number from 0 to 3600",
	    "bad number");
	TAP_EQ_STR(p.label, "TRITON", "an empty label leaves the default");
	TAP_EQ_INT(p.toram, -1, "a bad toram leaves the default");
	parse("triton.blocks=99999999999999999999999", &p);
	TAP_EQ_INT(p.n_complaints, 1, "a number too large");
	parse("triton.a triton.b triton.c triton.d triton.e triton.f triton.g triton.h "
	      "triton.i",
	    &p);
	TAP_EQ_INT(p.n_complaints, INIT_COMPLAINTS_MAX, "complaints are bounded");
}

static void
test_verity_words(void)
{
	struct init_params p;

	parse("triton.roothash=ab triton.blocks=1", &p);
	TAP_OK(p.verity_bad && !p.verity, "no salt: not silently unchecked");
	parse("triton.roothash=xyz triton.salt=ab triton.blocks=1", &p);
	TAP_OK(p.verity_bad && !p.verity, "hash that is not hex");
	parse("triton.roothash=abc triton.salt=ab triton.blocks=1", &p);
	TAP_OK(p.verity_bad, "half a byte");
	parse("triton.roothash=ab triton.salt=ab triton.blocks=0", &p);
	TAP_OK(p.verity_bad, "no blocks");
}

int
main(void)
{
	test_defaults();
	test_words();
	test_complaints();
	test_verity_words();
	return tap_done();
}
