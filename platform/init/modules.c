// SPDX-License-Identifier: MPL-2.0
/*
 * Load the modules of /modules.list in its order, leaving out those for hardware that this
 * machine does not have (each costs ten to forty milliseconds emulated, most of it for its
 * signature, and memory). Two children do it, so that both processors work and disks are
 * looked at while later modules are still on their way.
 *
 * The list's order is right by construction; "depends=" is read to leave out libraries that
 * nothing asks for, and to give modules that need one another to the same child.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/init/init.h"
#include "platform/init/modinfo.h"

#define LIST_MAX    (32 * 1024)
#define MODULES_MAX 256
#define DEVICES_MAX 256
#define ALIAS_LEN   96
#define CHILDREN    2
/* A soft dependency may be in the other child's share. */
#define RETRIES 20

enum wish {
	WISH_LIBRARY, /* no alias of its own: wanted when a wanted module needs it */
	WISH_ABSENT,  /* for hardware that is not here */
	WISH_WANTED,
};

struct module {
	char *name;
	const char *parameters;
	int fd;
	const char *info; /* .modinfo text, NULL when it cannot be read */
	size_t info_len;
	enum wish wish;
	bool driver; /* has aliases of devices */
	size_t
	    group; /* lowest number of the modules it is connected with by "depends=" */
	bool done;
};

static pid_t children[CHILDREN] = { -1, -1 };
static struct module modules[MODULES_MAX];
static size_t n_modules;
static char devices[DEVICES_MAX][ALIAS_LEN];
static size_t n_devices;

/* '-' and '_' are one character in module names. */
static bool
same_name(const char *a, size_t a_len, const char *b)
{
	if (strlen(b) != a_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (a[i] != b[i] && !(strchr("-_", a[i]) && strchr("-_", b[i])))
			return false;
	return true;
}

/*
 * Parameters that the list may override. usb_storage waits a full second before it looks at
 * a stick; that was made for a handful of readers of the 2000s, and we look again anyway.
 */
static const char *
own_parameters(const char *name)
{
	return same_name(name, strlen(name), "usb_storage") ? "delay_use=100ms" : "";
}

static void
read_devices_of(const char *bus)
{
	char path[400];
	DIR *dir;
	struct dirent *e;

	(void)snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL && n_devices < DEVICES_MAX) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/modalias", bus,
		    e->d_name);
		if (init_read_text(path, devices[n_devices], ALIAS_LEN) == 0)
			n_devices++;
	}
	(void)closedir(dir);
}

static bool
device_here(const char *alias)
{
	for (size_t i = 0; i < n_devices; i++)
		if (fnmatch(alias, devices[i], 0) == 0)
			return true;
	return false;
}

/* Buses that are complete before init starts; USB and SCSI devices come later. */
static bool
known_bus(const char *alias)
{
	return strncmp(alias, "pci:", 4) == 0 || strncmp(alias, "virtio:", 7) == 0;
}

static enum wish
judge(struct module *m)
{
	bool on_known_bus = false, named = false;
	const char *alias;
	size_t at = 0;

	if (m->info == NULL)
		return WISH_WANTED;
	if (same_name(m->name, strlen(m->name), "efivarfs"))
		return access("/sys/firmware/efi", F_OK) == 0 ? WISH_WANTED : WISH_ABSENT;
	while ((alias = modinfo_next(m->info, m->info_len, "alias", &at)) != NULL) {
		bool device = strchr(alias, ':') != NULL;

		m->driver = m->driver || device;
		named = named || !device;
		if (device && (!known_bus(alias) || device_here(alias)))
			return WISH_WANTED;
		on_known_bus = on_known_bus || device;
	}
	/* Old names of a driver ("mpt2sas") do not make its hardware appear. */
	if (on_known_bus)
		return WISH_ABSENT;
	return named ? WISH_WANTED : WISH_LIBRARY;
}

static bool
depends_on(const struct module *user, const char *name)
{
	const char *list;
	size_t at = 0;

	if (user->info == NULL ||
	    (list = modinfo_next(user->info, user->info_len, "depends", &at)) == NULL)
		return false;
	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (same_name(list, n, name))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* From the end of the list, so that users are judged before what they use. */
static void
judge_all(void)
{
	read_devices_of("pci");
	read_devices_of("virtio");
	for (size_t i = n_modules; i-- > 0;) {
		struct module *m = &modules[i];
		bool used = false, wanted = false;

		m->wish = judge(m);
		for (size_t k = i + 1; k < n_modules; k++) {
			if (!depends_on(&modules[k], m->name))
				continue;
			used = true;
			wanted = wanted || modules[k].wish == WISH_WANTED;
		}
		/* A library that nobody names was put into the list for its own sake. */
		if (wanted || (m->wish == WISH_LIBRARY && !used))
			m->wish = WISH_WANTED;
	}
}

static void
open_module(struct module *m)
{
	char path[160];
	struct stat st;
	void *data;

	(void)snprintf(path, sizeof(path), "/modules/%s.ko", m->name);
	m->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0 || fstat(m->fd, &st) != 0 || st.st_size == 0)
		return;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, m->fd, 0);
	if (data != MAP_FAILED)
		(void)modinfo_find(data, (size_t)st.st_size, &m->info, &m->info_len);
}

static void
read_line(char *line)
{
	struct module *m = &modules[n_modules];
	char *name = line + strspn(line, " \t");
	char *parameters = name + strcspn(name, " \t");

	if (*name == '\0' || *name == '#' || n_modules == MODULES_MAX)
		return;
	if (*parameters != '\0') {
		*parameters++ = '\0';
		parameters += strspn(parameters, " \t");
	}
	m->name = name;
	m->parameters = *parameters ? parameters : own_parameters(name);
	open_module(m);
	n_modules++;
}

/* Connected modules get the lowest number among them. */
static void
group_all(void)
{
	bool changed = true;

	for (size_t i = 0; i < n_modules; i++)
		modules[i].group = i;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < n_modules; i++) {
			for (size_t k = i + 1; k < n_modules; k++) {
				struct module *a = &modules[i], *b = &modules[k];

				if (a->group == b->group || !depends_on(b, a->name))
					continue;
				a->group = b->group =
				    a->group < b->group ? a->group : b->group;
				changed = true;
			}
		}
	}
}

/* The first module's group is storage, half of the work: it has a child to itself. */
static size_t
share_of(const struct module *m)
{
	return m->group == modules[0].group ? 0 : 1;
}

/*
 * ENODEV: no such hardware after all. EEXIST: there already. ENOENT: something it needs is
 * not there yet; tried again, and silent in the end because the list may be pruned.
 */
static void
load(struct module *m)
{
	char parameters[256];

	/* Probing its devices must not hold up the next module. */
	(void)snprintf(parameters, sizeof(parameters), "%s%s",
	    m->driver ? "async_probe=1 " : "", m->parameters);
	m->done = true;
	if (syscall(SYS_finit_module, m->fd, parameters, 0) == 0)
		return;
	if (errno == ENOENT)
		m->done = false;
	else if (errno != ENODEV && errno != EEXIST)
		init_warn("module %s: %s", m->name, strerror(errno));
}

static _Noreturn void
load_share(size_t share)
{
	unsigned open = 1;

	for (unsigned pass = 0; pass <= RETRIES && open > 0; pass++) {
		if (pass > 0)
			init_sleep_ms(INIT_POLL_MS);
		open = 0;
		for (size_t i = 0; i < n_modules; i++) {
			struct module *m = &modules[i];

			if (m->wish != WISH_WANTED || m->fd < 0 || m->done ||
			    share_of(m) != share)
				continue;
			load(m);
			open += !m->done;
		}
	}
	_exit(0);
}

/* False when there is none: a kernel with everything built in needs no list. */
static bool
read_list(void)
{
	static char list[LIST_MAX];
	char *rest = list, *line;
	int r = init_read_text("/modules.list", list, sizeof(list));

	if (r < 0) {
		init_warn("/modules.list: %s", strerror(-r));
		return false;
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		read_line(line);
	return n_modules > 0;
}

void
init_modules_start(void)
{
	size_t wanted = 0;

	if (!read_list())
		return;
	judge_all();
	group_all();
	for (size_t i = 0; i < n_modules; i++)
		wanted += modules[i].wish == WISH_WANTED;
	init_log("%zu of %zu modules have a use here", wanted, n_modules);
	for (size_t i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] < 0)
			init_fatal("modules", errno, "fork");
		if (children[i] == 0)
			load_share(i);
	}
}

static void
join(size_t share)
{
	if (children[share] < 0)
		return;
	while (waitpid(children[share], NULL, 0) < 0 && errno == EINTR)
		;
	children[share] = -1;
}

void
init_modules_join_rest(void)
{
	join(1);
}

void
init_modules_join(void)
{
	for (size_t i = 0; i < CHILDREN; i++)
		join(i);
}
