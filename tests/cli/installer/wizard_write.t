#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The write: old config on a full medium, RAM for a read-only one, answers without passwords."""

import ctypes
import json
import os
import subprocess
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import ADMIN_MAC, EXTERNAL_MAC, Machine, Wizard, run, until  # noqa: E402

tap = Tap()
ANSWERS = {
    "unattended": True, "config_console": "any", "skip_instructions": True,
    "simple_headers": True, "skip_dns_check": True, "datacenter_company_name": "Clavius",
    "region_name": "orbit", "datacenter_name": "coal-1", "datacenter_location": "Moon, Earth",
    "admin_nic": ADMIN_MAC, "admin_ip": "10.99.99.7", "dhcp_range_end": "10.99.99.253",
    "setup_external_network": True, "external_nic": EXTERNAL_MAC,
    "external_ip": "10.88.88.200", "external_gateway": "10.88.88.2",
    "dns_domain": "example.com", "root_password": "rootpass", "admin_password": "adminpass1",
    "update_channel": "release",
}


def mount(kind, target, flags, options):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", target.encode(), kind, flags, options) != 0:
        raise OSError(ctypes.get_errno(), "mount")


def prepare(machine, answers=None):
    machine.write("mnt/usbkey/private/answers.json", json.dumps(answers or ANSWERS))


def success():
    machine = Machine()
    prepare(machine, dict(ANSWERS, root_ssh_keys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHnnlhAyLB26ElFv7iXlZmLBf/dHnDNbzXUYdBtfaFcx operator"],
                          destroy_pools=True, x_note="kept"))
    machine.write("mnt/usbkey/config", "old=1\n# end of config, 1 keys\n")
    try:
        done = run(machine)
        tap.ok(done.returncode == 0, "an unattended run writes the config", done.stdout)
        tap.equal(len(machine.config()), 93, "with 93 keys")
        tap.ok(not machine.exists("mnt/usbkey/config.prev"), "the old copy goes when the new is safe")
        left = json.loads(machine.read("mnt/usbkey/private/answers.json"))
        tap.ok("root_password" not in left and "admin_password" not in left,
               "no clear password stays in the answers", sorted(left))
        tap.ok(left.get("root_password_hash", "").startswith("$y$"), "but a hash")
        tap.equal((left["x_note"], left["region_name"]), ("kept", "orbit"), "and all the rest")
        tap.equal(machine.read("mnt/usbkey/config.inc/root.authorized_keys"),
                  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHnnlhAyLB26ElFv7iXlZmLBf/dHnDNbzXUYdBtfaFcx operator\n", "root's keys are beside the config")
        tap.ok(machine.exists("run/triton/destroy_pools"), "the order to destroy pools is left")
        tap.ok("adminpass1" not in done.stdout and "rootpass" not in done.stdout,
               "no password in the output")
    finally:
        machine.remove()


def keep_answers():
    machine = Machine()
    prepare(machine, dict(ANSWERS, keep_answers=True))
    try:
        tap.equal(run(machine).returncode, 0, "keep_answers")
        tap.ok("adminpass1" in machine.read("mnt/usbkey/private/answers.json"),
               "leaves the file as it is")
        tap.ok(not machine.exists("run/triton/destroy_pools"), "no order to destroy pools")
    finally:
        machine.remove()


def full():
    machine = Machine()
    mount(b"tmpfs", machine.media, 0, b"size=40k")
    try:
        os.mkdir(machine.path("mnt/usbkey/private"))
        prepare(machine)
        machine.write("mnt/usbkey/config", "old=1\n# end of config, 1 keys\n")
        with open(machine.path("mnt/usbkey/filler"), "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        done = run(machine)
        tap.equal(done.returncode, 1, "a full medium ends with 1")
        tap.ok("the medium is full, the old config is kept" in done.stdout, "and says so",
               done.stdout)
        tap.equal(machine.read("mnt/usbkey/config"), "old=1\n# end of config, 1 keys\n",
                  "the old config is untouched")
        tap.ok(not machine.exists("mnt/usbkey/.config.new"), "nothing torn is left")
    finally:
        subprocess.run(["umount", machine.media], check=False)
        machine.remove()


def read_only():
    machine = Machine()
    prepare(machine)
    mount(b"tmpfs", machine.media, 0, b"size=1m")
    try:
        os.mkdir(machine.path("mnt/usbkey/private"))
        prepare(machine, dict(ANSWERS, root_ssh_keys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHnnlhAyLB26ElFv7iXlZmLBf/dHnDNbzXUYdBtfaFcx operator"]))
        mount(b"tmpfs", machine.media, 0x21, b"")  # MS_REMOUNT | MS_RDONLY
        done = run(machine)
        tap.ok(done.returncode == 0, "a read-only medium", done.stdout)
        tap.equal(len(machine.config("run/triton/config")), 93, "the config goes to RAM")
        tap.ok(machine.exists("run/triton/config.inc/root.authorized_keys"), "and root's keys")
    finally:
        subprocess.run(["umount", machine.media], check=False)
        machine.remove()


def read_only_typed():
    """The same at the prompt, with a name for the operator."""
    machine = Machine()
    mount(b"tmpfs", machine.media, 1, b"size=1m")
    wizard = Wizard(machine)
    try:
        wizard.answers(until("Edit the config file first?"))
        wizard.answer("Edit the config file first?", "")
        wizard.expect("read-only")
        tap.equal(wizard.wait(), 0, "typed, on a read-only medium")
    finally:
        wizard.close()
        subprocess.run(["umount", machine.media], check=False)
        machine.remove()


def main():
    tap.run("success", success)
    tap.run("keep_answers", keep_answers)
    if os.geteuid() == 0:
        tap.run("full medium", full)
        tap.run("read-only medium", read_only)
        tap.run("read-only medium, typed", read_only_typed)
    else:
        tap.skip("full and read-only media", "mounting needs root")
    return tap.done()


sys.exit(main())
