// SPDX-License-Identifier: MPL-2.0
/*
 * The root file system that the system will see: squashfs below, tmpfs above; what init
 * tells its successor; and the switch.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/init/init.h"
#include "platform/init/machineid.h"

#define DMI_UUID "/sys/class/dmi/id/product_uuid"

void
init_root_mount(const struct init_params *p, const char *device)
{
	int r;

	init_mkdir(DIR_LOWER);
	init_mkdir(DIR_RW);
	init_mkdir(DIR_NEW);
	init_stage("root", "mounting the root image");
	r = init_mount(device, DIR_LOWER, p->fs, MS_RDONLY | MS_NODEV, NULL);
	if (r < 0)
		init_fatal("root", r, "%s as %s", device, p->fs);
	init_stage("overlay", "overlay in memory");
	r = init_mount("overlay-upper", DIR_RW, "tmpfs", 0, "mode=0755,size=50%");
	if (r < 0)
		init_fatal("overlay", r, "tmpfs for changes");
	init_mkdir(DIR_RW "/upper");
	init_mkdir(DIR_RW "/work");
	r = init_mount("overlay", DIR_NEW, "overlay", 0,
	    "lowerdir=" DIR_LOWER ",upperdir=" DIR_RW "/upper,workdir=" DIR_RW "/work");
	if (r < 0)
		init_fatal("overlay", r, "is overlay in the initramfs?");
}

/* The lowest MAC is the same at every boot, whatever order the drivers come in. */
static bool
lowest_mac(char *out, size_t out_size)
{
	DIR *dir = opendir("/sys/class/net");
	struct dirent *e;

	out[0] = '\0';
	if (dir == NULL)
		return false;
	while ((e = readdir(dir)) != NULL) {
		char path[320], mac[32];

		if (e->d_name[0] == '.' || strcmp(e->d_name, "lo") == 0)
			continue;
		(void)snprintf(
		    path, sizeof(path), "/sys/class/net/%s/address", e->d_name);
		if (init_read_text(path, mac, sizeof(mac)) < 0 || strlen(mac) != 17)
			continue;
		if (strcmp(mac, "00:00:00:00:00:00") == 0)
			continue;
		if (out[0] == '\0' || strcmp(mac, out) < 0)
			(void)snprintf(out, out_size, "%s", mac);
	}
	(void)closedir(dir);
	return out[0] != '\0';
}

static void
random_id(char *id)
{
	unsigned char b[16] = { 0 };

	(void)!getrandom(b, sizeof(b), 0);
	for (size_t i = 0; i < sizeof(b); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", b[i]);
}

void
init_root_machine_id(void)
{
	char text[128], id[MACHINE_ID_LEN + 1];
	int r;

	if (init_read_text(DMI_UUID, text, sizeof(text)) < 0 ||
	    !machine_id_from_uuid(text, id)) {
		if (lowest_mac(text, sizeof(text))) {
			init_warn(
			    "SMBIOS UUID is missing or shared: machine-id from MAC %s",
			    text);
			machine_id_from_text(text, id);
		} else {
			init_warn(
			    "no SMBIOS UUID and no MAC: machine-id for this boot only");
			random_id(id);
		}
	}
	id[32] = '\n';
	id[33] = '\0';
	(void)unlink(DIR_NEW "/etc/machine-id");
	r = init_write_text(DIR_NEW "/etc/machine-id", id, 0444);
	if (r < 0)
		init_warn("/etc/machine-id: %s", strerror(-r));
}

static void
json_text(FILE *f, const char *key, const char *value, const char *end)
{
	(void)fprintf(f, "\"%s\": \"", key);
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			(void)fprintf(f, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			(void)fprintf(f, "\\u%04x", c);
		else
			(void)fputc(c, f);
	}
	(void)fprintf(f, "\"%s", end);
}

static void
write_json(const struct init_medium *m, const struct init_secure *s, enum init_verity v,
    bool in_ram)
{
	FILE *f = fopen("/run/triton/init.json", "we");
	const struct init_stage_time *stages;
	size_t n;

	if (f == NULL) {
		init_warn("/run/triton/init.json: %s", strerror(errno));
		return;
	}
	stages = init_stages(&n);
	(void)fputs("{\n  \"stages\": [\n", f);
	for (size_t i = 0; i < n; i++)
		(void)fprintf(f, "    {\"name\": \"%s\", \"start\": %llu.%03llu}%s\n",
		    stages[i].name, (unsigned long long)(stages[i].start_us / 1000000),
		    (unsigned long long)(stages[i].start_us / 1000 % 1000),
		    i + 1 < n ? "," : "");
	(void)fputs("  ],\n  \"medium\": {", f);
	json_text(f, "device", m->device, ", ");
	json_text(f, "fstype", m->fstype, ", ");
	json_text(f, "label", m->label, ", ");
	(void)fprintf(f, "\"network\": %s, \"in_ram\": %s, \"root_bytes\": %llu},\n",
	    m->network ? "true" : "false", in_ram ? "true" : "false",
	    (unsigned long long)m->size);
	(void)fputs("  ", f);
	json_text(f, "verity", init_verity_name(v), ",\n  ");
	json_text(f, "secure_boot", s->boot, ",\n  ");
	json_text(f, "lockdown", s->lockdown, "\n}\n");
	(void)fclose(f);
}

static void
write_bootdev(const struct init_medium *m, bool in_ram)
{
	FILE *f = fopen("/run/triton/bootdev", "we");

	if (f == NULL) {
		init_warn("/run/triton/bootdev: %s", strerror(errno));
		return;
	}
	(void)fprintf(f, "device=%s\n", m->device);
	if (!m->network)
		(void)fprintf(f, "fstype=%s\n", m->fstype);
	if (!in_ram && !m->network)
		(void)fprintf(f, "mount=%s\n", DIR_MEDIUM);
	for (size_t i = 0; i < m->n_others; i++)
		(void)fprintf(f, "other=%s\n", m->others[i]);
	(void)fclose(f);
}

void
init_root_record(const struct init_medium *m, const struct init_secure *s,
    enum init_verity v, bool in_ram)
{
	write_bootdev(m, in_ram);
	write_json(m, s, v, in_ram);
}

/* The archive's files occupy memory until they are removed; the mounts stay hidden. */
static void
free_initramfs(void)
{
	DIR *dir = opendir("/modules");
	struct dirent *e;

	if (dir != NULL) {
		while ((e = readdir(dir)) != NULL)
			(void)unlinkat(dirfd(dir), e->d_name, 0);
		(void)closedir(dir);
		(void)rmdir("/modules");
	}
	(void)unlink("/modules.list");
	(void)unlink("/init");
	(void)unlink("/root.img"); /* the loop device keeps it alive */
}

void
init_root_switch(const struct init_params *p, char **argv)
{
	static const char *const kept[] = { "/proc", "/sys", "/dev", "/run" };
	static char program[sizeof(p->init)];
	char path[64];

	init_stage("switch", "starting %s", p->init);
	for (size_t i = 0; i < INIT_ARRAY(kept); i++) {
		(void)snprintf(path, sizeof(path), DIR_NEW "%s", kept[i]);
		if (mount(kept[i], path, NULL, MS_MOVE, NULL) != 0)
			init_fatal(
			    "switch", errno, "moving %s into the new root", kept[i]);
	}
	free_initramfs();
	if (chdir(DIR_NEW) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 ||
	    chroot(".") != 0 || chdir("/") != 0)
		init_fatal("switch", errno, "changing to the new root");
	(void)snprintf(program, sizeof(program), "%s", p->init);
	argv[0] = program;
	execv(program, argv);
	init_fatal("switch", errno, "starting %s", program);
}
