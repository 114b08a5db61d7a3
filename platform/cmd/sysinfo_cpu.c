// SPDX-License-Identifier: MPL-2.0
/*
 * sysinfo: processors and memory, of /proc/cpuinfo and /proc/meminfo.
 */
#include <string.h>

#include "platform/cmd/sysinfo.h"
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

#define CPUS_MAX    4096
#define BHYVE_VCPUS 32 /* what one instance may have */

struct cpus {
	char *type;
	const char *virt; /* "vmx", "svm", "none" */
	char **sockets;   /* distinct physical ids */
	char **cores;     /* distinct "socket/core" */
	unsigned online;
};

/* "vendor_id\t: GenuineIntel" into name and value; false for other lines. */
static bool
pair(char *line, char **name, char **value)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return false;
	*colon = '\0';
	*name = tt_trim(line);
	*value = tt_trim(colon + 1);
	return true;
}

static void
once(char ***v, const char *s)
{
	if (!tt_strv_has(*v, s) && tt_strv_len(*v) < CPUS_MAX)
		tt_strv_add(v, s);
}

static bool
has_word(const char *text, const char *word)
{
	tt_auto(strv) char **v = tt_split(text, ' ');

	return tt_strv_has(v, word);
}

static void
read_cpuinfo(char **lines, struct cpus *c)
{
	tt_auto(free) char *socket = tt_xstrdup("0");

	for (char **l = lines; l && *l; l++) {
		char *name, *value;

		if (!pair(*l, &name, &value))
			continue;
		if (tt_streq(name, "processor")) {
			c->online++;
		} else if (tt_streq(name, "model name") && !c->type) {
			c->type = tt_xstrdup(value);
		} else if (tt_streq(name, "physical id")) {
			free(socket);
			socket = tt_xstrdup(value);
			once(&c->sockets, value);
		} else if (tt_streq(name, "core id")) {
			tt_auto(free) char *core = tt_xprintf("%s/%s", socket, value);

			once(&c->cores, core);
		} else if (tt_streq(name, "flags") && tt_streq(c->virt, "none")) {
			c->virt = has_word(value, "vmx")   ? "vmx"
				  : has_word(value, "svm") ? "svm"
							   : "none";
		}
	}
}

/* MemTotal in MiB, as a text. */
static void
memory(const struct sysinfo_ctx *x, json_t *o)
{
	tt_auto(free) char *line = sysinfo_line(x, "/proc/meminfo"), *text = NULL;
	tt_auto(free) char *digits = NULL;
	const char *v = tt_after_prefix(line, "MemTotal:");
	uint64_t kib = 0;

	if (v) {
		v += strspn(v, " \t");
		digits = tt_xstrndup(v, strspn(v, "0123456789"));
		(void)tt_parse_u64(digits, 0, UINT64_MAX, &kib);
	}
	text = tt_xprintf("%llu", (unsigned long long)(kib / 1024));
	sysinfo_text(o, "MiB of Memory", text);
}

void
sysinfo_cpu(const struct sysinfo_ctx *x, json_t *o)
{
	tt_auto(free) char *path = tt_xprintf("%s/proc/cpuinfo", x->root);
	tt_auto(buf) struct tt_buf b = TT_BUF_INIT(16 * TT_MIB);
	tt_auto(strv) char **lines = NULL;
	struct cpus c = { .virt = "none" };
	bool capable;
	size_t sockets, cores;

	if (tt_file_read(path, &b, NULL) == 0)
		lines = tt_split(tt_buf_str(&b), '\n');
	read_cpuinfo(lines, &c);
	sockets = c.sockets ? tt_strv_len(c.sockets) : 1;
	cores = c.cores ? tt_strv_len(c.cores) : c.online;
	capable = !tt_streq(c.virt, "none");
	json_object_set_new(o, "VM Capable", json_boolean(capable));
	json_object_set_new(o, "Bhyve Capable", json_boolean(capable));
	json_object_set_new(
	    o, "Bhyve Max Vcpus", json_integer(capable ? BHYVE_VCPUS : 0));
	json_object_set_new(o, "HVM API", json_true());
	sysinfo_text(o, "CPU Type", c.type);
	sysinfo_text(o, "CPU Virtualization", c.virt);
	json_object_set_new(o, "CPU Physical Cores", json_integer((json_int_t)sockets));
	json_object_set_new(o, "CPU Total Cores", json_integer(c.online));
	json_object_set_new(o, "CPU Socket Count", json_integer((json_int_t)sockets));
	json_object_set_new(o, "CPU Core Count", json_integer((json_int_t)cores));
	json_object_set_new(o, "CPU Online Count", json_integer(c.online));
	json_object_set_new(o, "CPU Count", json_integer(c.online));
	json_object_set_new(o, "Psrinfo", json_object());
	memory(x, o);
	free(c.type);
	tt_strv_free(c.sockets);
	tt_strv_free(c.cores);
}
