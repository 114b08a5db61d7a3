// SPDX-License-Identifier: MPL-2.0
/*
 * Files of the machine of `make run`, all below its folder and made anew for each run.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/path.h"
#include "platform/lib/base/proc.h"
#include "platform/lib/base/str.h"
#include "tools/dev/run.h"

#define ANSWERS_MAX  (64 * TT_KIB)
#define COAL_ANSWERS "coal/answers.json"

char *
run_path(const struct run_machine *m, const char *name)
{
	return tt_path_join(m->dir, name);
}

static int
make_overlay(
    const struct run_options *o, const struct run_machine *m, struct tt_err **err)
{
	tt_auto(free) char *overlay = run_path(m, "key.qcow2");
	tt_auto(free) char *image = realpath(o->image, NULL);

	if (image == NULL)
		return tt_err_errno(err, -errno,
		    "key image '%s' cannot be opened; `make usb` builds one", o->image);
	const char *argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
		"-b", image, overlay, NULL };

	return tt_proc_run(argv, &(struct tt_proc_opts){ 0 }, NULL, err);
}

static int
make_disks(const struct run_options *o, const struct run_machine *m, struct tt_err **err)
{
	for (uint32_t i = 0; i < o->n_disks; i++) {
		tt_auto(free) char *name = tt_xprintf("disk%u.qcow2", i);
		tt_auto(free) char *path = run_path(m, name);
		tt_auto(free) char *size =
		    tt_xprintf("%llu", (unsigned long long)o->disk_bytes);
		const char *argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", path,
			size, NULL };
		int r = tt_proc_run(argv, &(struct tt_proc_opts){ 0 }, NULL, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
make_ssh_key(const struct run_machine *m, struct tt_err **err)
{
	tt_auto(free) char *key = run_path(m, "id_ed25519");
	const char *argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
		"triton-run", "-f", key, NULL };

	if (tt_path_exists(key))
		return 0;
	return tt_proc_run(argv, &(struct tt_proc_opts){ 0 }, NULL, err);
}

/* The given answers, with our key among those that may log in as root. */
static int
write_answers(const struct run_options *o, const struct run_machine *m, const char *to,
    struct tt_err **err)
{
	const char *from = tt_streq(o->answers, "coal") ? COAL_ANSWERS : o->answers;
	tt_auto(free) char *pub = run_path(m, "id_ed25519.pub"), *line = NULL;
	tt_auto(json) json_t *answers = NULL;
	json_t *keys;
	int r;

	r = tt_json_load(from, ANSWERS_MAX, &answers, err);
	if (r < 0)
		return tt_err_wrap(err, r, "answers '%s'", from);
	if (!json_is_object(answers))
		return tt_err_set(
		    err, -EINVAL, "InvalidArgument", "answers '%s' are no object", from);
	line = tt_file_line(pub);
	keys = json_object_get(answers, "root_ssh_keys");
	if (!json_is_array(keys)) {
		keys = json_array();
		json_object_set_new(answers, "root_ssh_keys", keys);
	}
	if (line != NULL)
		json_array_append_new(keys, json_string(line));
	return tt_json_save(to, answers, 0600, err);
}

/* A drive of its own, so that the image under test is the one that was built. */
static int
make_answers_drive(
    const struct run_options *o, const struct run_machine *m, struct tt_err **err)
{
	tt_auto(free) char *json = run_path(m, "answers.json");
	tt_auto(free) char *drive = run_path(m, "answers.img");
	const char *format[] = { "mkfs.fat", "-C", "-n", "TRITON-ANS", drive, "4096",
		NULL };
	const char *copy[] = { "mcopy", "-i", drive, json, "::answers.json", NULL };
	int r;

	r = write_answers(o, m, json, err);
	if (r < 0)
		return r;
	(void)unlink(drive);
	r = tt_proc_run(format, &(struct tt_proc_opts){ 0 }, NULL, err);
	if (r == 0)
		r = tt_proc_run(copy, &(struct tt_proc_opts){ 0 }, NULL, err);
	return r;
}

static int
copy_efi_vars(
    const struct run_options *o, const struct run_machine *m, struct tt_err **err)
{
	tt_auto(free) char *vars = run_path(m, "efivars.fd");

	if (!tt_streq(o->firmware, "uefi"))
		return 0;
	return tt_file_copy("/usr/share/OVMF/OVMF_VARS_4M.fd", vars, 0600, false, err);
}

int
run_files_make(
    const struct run_options *o, const struct run_machine *m, struct tt_err **err)
{
	int r = 0;

	if (!o->write_image)
		r = make_overlay(o, m, err);
	if (r == 0)
		r = make_disks(o, m, err);
	if (r == 0)
		r = make_ssh_key(m, err);
	if (r == 0 && o->answers != NULL)
		r = make_answers_drive(o, m, err);
	if (r == 0)
		r = copy_efi_vars(o, m, err);
	return r;
}

static int
write_script(
    const struct run_machine *m, const char *name, const char *text, struct tt_err **err)
{
	tt_auto(free) char *path = run_path(m, name);

	return tt_file_write(path, text, strlen(text), 0755, err);
}

int
run_scripts_write(const struct run_machine *m, struct tt_err **err)
{
	tt_auto(free) char *self = realpath("/proc/self/exe", NULL);
	tt_auto(free) char *ssh = NULL, *console = NULL, *stop = NULL;
	int r;

	ssh = tt_xprintf(
	    "#!/bin/sh\n# A shell on the machine of `make run`, or one command.\n"
	    "exec ssh -q -i '%s/id_ed25519' -p %u -o StrictHostKeyChecking=no "
	    "-o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes "
	    "root@127.0.0.1 \"$@\"\n",
	    m->dir, m->ssh_port);
	console = tt_xprintf("#!/bin/sh\n# Its first serial port; Ctrl-] leaves.\n"
			     "exec '%s' console '%s'\n",
	    self, m->dir);
	stop = tt_xprintf(
	    "#!/bin/sh\n# Switch it off.\nexec '%s' stop '%s'\n", self, m->dir);
	r = write_script(m, "ssh", ssh, err);
	if (r == 0)
		r = write_script(m, "console", console, err);
	if (r == 0)
		r = write_script(m, "stop", stop, err);
	return r;
}
