// SPDX-License-Identifier: MPL-2.0
/*
 * Any bytes as an image: nothing appears beside the folder that they are unpacked into.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/lib/base/file.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/str.h"
#include "platform/machine/instance/untar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/fuzz-untar-XXXXXX";
	tt_auto(close) int fd = memfd_create("archive", MFD_CLOEXEC);
	tt_auto(strv) char **beside = NULL;
	struct mach_untar u = { .max_bytes = 1024 * 1024 };

	if (fd < 0 || mkdtemp(dir) == NULL || tt_write_all(fd, data, size) < 0)
		abort();
	(void)lseek(fd, 0, SEEK_SET);
	u.layer = size > 0 && (data[size - 1] & 1);
	{
		tt_auto(free) char *in = tt_path_join(dir, "in");
		tt_auto(close) int to = -1;

		(void)tt_mkdir_p(in, 0755, NULL);
		to = open(in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		u.dir = to;
		(void)mach_untar(&u, fd, NULL);
	}
	if (tt_dir_list(dir, &beside, NULL) < 0 || tt_strv_len(beside) != 1)
		abort();
	(void)tt_remove_tree(dir, NULL);
	return 0;
}
