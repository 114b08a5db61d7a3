// SPDX-License-Identifier: MPL-2.0
/*
 * Load the modules of /modules.list in its order. A child does it, so that disks are looked
 * at while later modules are still on their way. Knows nothing of dependencies: the list's
 * order is right by construction.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/init/init.h"

#define LIST_MAX (32 * 1024)

static pid_t child = -1;

/*
 * Parameters that the list may override. usb_storage waits a full second before it looks at
 * a stick; the wait was made for a handful of readers of the 2000s, and we look again anyway.
 */
static const char *
own_parameters(const char *name)
{
	if (strcmp(name, "usb_storage") == 0 || strcmp(name, "usb-storage") == 0)
		return "delay_use=100ms";
	return "";
}

static int
load(const char *name, const char *parameters)
{
	char path[160];
	int fd, r = 0;

	(void)snprintf(path, sizeof(path), "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, parameters, 0) != 0)
		r = -errno;
	(void)close(fd);
	return r;
}

/* ENODEV: no such hardware here. ENOENT: the list was pruned. EEXIST: built in or loaded. */
static bool
silent(int r)
{
	return r == 0 || r == -ENODEV || r == -ENOENT || r == -EEXIST;
}

static void
load_line(char *line, unsigned *loaded)
{
	char *name = line + strspn(line, " \t");
	char *parameters = name + strcspn(name, " \t");
	int r;

	if (*name == '\0' || *name == '#')
		return;
	if (*parameters != '\0') {
		*parameters++ = '\0';
		parameters += strspn(parameters, " \t");
	}
	r = load(name, *parameters ? parameters : own_parameters(name));
	if (r == 0)
		(*loaded)++;
	if (!silent(r))
		init_warn("module %s: %s", name, strerror(-r));
}

static _Noreturn void
load_all(void)
{
	static char list[LIST_MAX];
	uint64_t start = init_now_us();
	unsigned loaded = 0;
	char *rest = list, *line;
	int r;

	r = init_read_text("/modules.list", list, sizeof(list));
	if (r < 0) {
		/* A kernel with everything built in needs no list. */
		init_warn("/modules.list: %s", strerror(-r));
		_exit(0);
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		load_line(line, &loaded);
	init_log("%u modules loaded in %llu ms", loaded,
	    (unsigned long long)((init_now_us() - start) / 1000));
	_exit(0);
}

void
init_modules_start(void)
{
	child = fork();
	if (child < 0)
		init_fatal("modules", errno, "fork");
	if (child == 0)
		load_all();
}

void
init_modules_join(void)
{
	if (child < 0)
		return;
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	child = -1;
}
