// SPDX-License-Identifier: MPL-2.0
/*
 * Runs a fuzzer's entry point once over each file of the folders or files named, as a TAP
 * test: what the sanitizers dislike ends the process and so the test.
 */
#include <stdint.h>

#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "tests/lib/tap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
replay_file(const char *path)
{
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_MIB);
	tt_auto(err) struct tt_err *err = NULL;

	if (tt_file_read(path, &b, &err) < 0) {
		TAP_OK(false, "%s", tt_err_message(err));
		return;
	}
	TAP_OK(LLVMFuzzerTestOneInput((const uint8_t *)tt_buf_str(&b), b.len) == 0, "%s",
	    tt_path_base(path));
}

int
main(int argc, char **argv)
{
	tt_auto(free) char *folder = NULL;
	tt_auto(strv) char **names = NULL;
	const char *self = tt_after_prefix(tt_path_base(argv[0]), "fuzz_");

	for (int i = 1; i < argc; i++)
		replay_file(argv[i]);
	if (argc > 1 || self == NULL)
		return tap_done();
	folder = tt_path_join("tests/fuzz/corpus", self);
	(void)tt_dir_list(folder, &names, NULL);
	for (size_t i = 0; i < tt_strv_len(names); i++) {
		tt_auto(free) char *path = tt_path_join(folder, names[i]);

		replay_file(path);
	}
	return tap_done();
}
