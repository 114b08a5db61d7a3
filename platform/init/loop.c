// SPDX-License-Identifier: MPL-2.0
/*
 * A read-only loop device over a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "platform/init/init.h"

void
init_loop_attach(const char *file, char *ret, size_t ret_size)
{
	struct loop_config config = { .block_size = 4096,
		.info = { .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR } };
	int control, image, loop, number;

	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		init_fatal("loop", errno, "/dev/loop-control");
	number = ioctl(control, LOOP_CTL_GET_FREE);
	if (number < 0)
		init_fatal("loop", errno, "no free loop device");
	(void)close(control);
	(void)snprintf(ret, ret_size, "/dev/loop%d", number);
	loop = open(ret, O_RDONLY | O_CLOEXEC);
	image = open(file, O_RDONLY | O_CLOEXEC);
	if (loop < 0 || image < 0)
		init_fatal("loop", errno, "%s for %s", ret, file);
	config.fd = (unsigned)image;
	(void)snprintf((char *)config.info.lo_file_name, sizeof(config.info.lo_file_name),
	    "root.img");
	if (ioctl(loop, LOOP_CONFIGURE, &config) != 0)
		init_fatal("loop", errno, "configuring %s for %s", ret, file);
	(void)close(image);
	/* loop stays open on purpose until exec: closing it would free the device again. */
}
