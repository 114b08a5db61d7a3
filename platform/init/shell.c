// SPDX-License-Identifier: MPL-2.0
/*
 * What triton.debug=1 gives after a failure: a few commands to look around with, since the
 * initramfs holds no other program. /bin/sh is started instead where somebody put one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/init/init.h"

#define LINE_MAX_LEN 256
#define ARGS_MAX     5

static void
say(const char *text)
{
	(void)!write(1, text, strlen(text));
}

static void
say_error(const char *what, int err)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "%s: %s\n", what, strerror(err));
	say(line);
}

static void
do_help(char **args)
{
	(void)args;
	say("disks                    block devices with size, file system and label\n"
	    "ls DIR                   files of a folder\n"
	    "cat FILE                 contents of a file\n"
	    "mounts                   what is mounted\n"
	    "mount DEVICE TYPE DIR    mount read-only\n"
	    "dmesg                    the kernel log\n"
	    "reboot                   restart the machine\n");
}

static void
do_disks(char **args)
{
	char list[2048];

	(void)args;
	init_medium_list(list, sizeof(list));
	say(list);
	say("\n");
}

static void
do_ls(char **args)
{
	const char *path = args[1] ? args[1] : "/";
	DIR *dir = opendir(path);
	struct dirent *e;

	if (dir == NULL) {
		say_error(path, errno);
		return;
	}
	while ((e = readdir(dir)) != NULL) {
		struct stat st;
		char line[384];

		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		(void)snprintf(line, sizeof(line), "%c%04o %12lld %s\n",
		    S_ISDIR(st.st_mode)   ? 'd'
		    : S_ISREG(st.st_mode) ? '-'
					  : '?',
		    st.st_mode & 07777, (long long)st.st_size, e->d_name);
		say(line);
	}
	(void)closedir(dir);
}

static void
cat_file(const char *path)
{
	char chunk[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		say_error(path, errno);
		return;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		(void)!write(1, chunk, (size_t)n);
	if (n < 0)
		say_error(path, errno);
	(void)close(fd);
}

static void
do_cat(char **args)
{
	if (args[1] == NULL)
		say("cat: name a file\n");
	else
		cat_file(args[1]);
}

static void
do_mounts(char **args)
{
	(void)args;
	cat_file("/proc/mounts");
}

static void
do_mount(char **args)
{
	int r;

	if (args[1] == NULL || args[2] == NULL || args[3] == NULL) {
		say("mount: DEVICE TYPE DIR, all three\n");
		return;
	}
	(void)mkdir(args[3], 0755);
	r = init_mount(args[1], args[3], args[2], MS_RDONLY, NULL);
	if (r < 0)
		say_error(args[1], -r);
}

static void
do_dmesg(char **args)
{
	static char text[256 * 1024];
	int n = klogctl(3, text, sizeof(text)); /* 3: read all that is in the buffer */

	(void)args;
	if (n > 0)
		(void)!write(1, text, (size_t)n);
}

static const struct {
	const char *name;
	void (*run)(char **args);
} commands[] = {
	{ "help", do_help },
	{ "disks", do_disks },
	{ "ls", do_ls },
	{ "cat", do_cat },
	{ "mounts", do_mounts },
	{ "mount", do_mount },
	{ "dmesg", do_dmesg },
};

static void
run_line(char *line)
{
	char *args[ARGS_MAX + 1] = { NULL };
	char *word;
	size_t n = 0;

	while (n < ARGS_MAX && (word = strsep(&line, " \t\r\n")) != NULL)
		if (*word != '\0')
			args[n++] = word;
	if (n == 0)
		return;
	for (size_t i = 0; i < INIT_ARRAY(commands); i++) {
		if (strcmp(args[0], commands[i].name) == 0) {
			commands[i].run(args);
			return;
		}
	}
	say("unknown command; try help\n");
}

static bool
run_system_shell(void)
{
	pid_t pid;

	if (access("/bin/sh", X_OK) != 0 || (pid = fork()) < 0)
		return false;
	if (pid == 0) {
		execl("/bin/sh", "sh", (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return true;
}

void
init_shell(void)
{
	char line[LINE_MAX_LEN];
	int console = open("/dev/console", O_RDWR);

	if (console >= 0) {
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(console, fd);
		if (console > 2)
			(void)close(console);
	}
	if (run_system_shell())
		return;
	say("\ntriton-init: help lists the commands, reboot restarts the machine\n");
	for (;;) {
		ssize_t n;

		say("init# ");
		n = read(0, line, sizeof(line) - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			init_sleep_ms(INIT_REBOOT_S * 1000); /* no console to ask on */
			return;
		}
		line[n] = '\0';
		if (strncmp(line, "reboot", 6) == 0)
			return;
		run_line(line);
	}
}
