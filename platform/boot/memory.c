// SPDX-License-Identifier: MPL-2.0
/*
 * The kernel's reserve of free memory, made to fit the machine.
 */
#include "platform/boot/memory.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "platform/boot/boot.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/buf.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

#define MIN_FREE "/proc/sys/vm/min_free_kbytes"
#define LEAST    (4 * TT_MIB / TT_KIB)

uint64_t
memory_reserve_kib(uint64_t ram_bytes, uint64_t kernel_kib)
{
	uint64_t kib = ram_bytes / 128 / TT_KIB;

	if (kib < LEAST)
		kib = LEAST;
	return kib < kernel_kib ? kib : kernel_kib;
}

void
memory_reserve(struct boot *b)
{
	tt_auto(buf) struct tt_buf now = TT_BUF_INIT(4 * TT_KIB);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(free) char *text = NULL;
	struct sysinfo s;
	uint64_t kernel, want;

	if (sysinfo(&s) < 0 || tt_file_read(MIN_FREE, &now, NULL) < 0 || now.len == 0)
		return;
	now.data[strcspn(tt_buf_str(&now), "\n")] = '\0';
	if (tt_parse_u64(now.data, 0, UINT32_MAX, &kernel) < 0)
		return;
	want = memory_reserve_kib((uint64_t)s.totalram * s.mem_unit, kernel);
	if (want == kernel)
		return;
	text = tt_xprintf("%" PRIu64 "\n", want);
	if (tt_file_write(MIN_FREE, text, strlen(text), 0644, &err) < 0)
		boot_did(b, "memory: %s", tt_err_message(err));
	else
		boot_did(b, "%" PRIu64 " MiB are kept free instead of %" PRIu64,
		    want / 1024, kernel / 1024);
}
