# SPDX-License-Identifier: MPL-2.0
"""A headnode and a drive with platforms to update it to (see platforms.py)."""

import os
import re
import time

import platforms
from login import login
from vm import VM, _run, coal_answers, speed

DATA = "/zones/a-test/of-data"


class UpdateVM(VM):
    """changes: {stamp: function that spoils it, or None}; one archive each on the drive.

    keys: {stamp: (key, certificate)} signs those of them."""

    ARCHIVE_MB = 130  # room for each

    def __init__(self, base, changes, keys=None, **options):
        super().__init__(answers=coal_answers(), product="VMware Virtual Platform", **options)
        self.drive = self.file("update.img")
        self.begun, self.begun_cpu = 0.0, 0.0
        _run("mkfs.fat", "-C", "-n", "UPDATE", self.drive, str(len(changes) * self.ARCHIVE_MB * 1024))
        for stamp, change in changes.items():
            path = self.file(f"platform-{stamp}.tgz")
            self.make_archive(base, path, stamp, change, keys)
            _run("mcopy", "-i", self.drive, path, "::")
            os.unlink(path)

    def make_archive(self, base, path, stamp, change, keys):
        files = platforms.files_of(base, stamp, change)
        if keys and stamp in keys:
            files = platforms.sign(files, *keys[stamp])
        platforms.archive(path, stamp, files)

    def plug(self):
        """The drive comes after setup, which would ask what it is."""
        self.qmp.command("blockdev-add", **{"node-name": "update", "driver": "raw",
                                            "read-only": True,
                                            "file": {"driver": "file", "filename": self.drive}})
        # the PC's PCI bus takes a new device, that of q35 does not
        where = ({"driver": "virtio-blk-pci"} if self.firmware == "bios" else
                 {"driver": "usb-storage", "bus": "xhci.0"})
        self.qmp.command("device_add", id="update", drive="update", **where)

    def shell(self):
        login(self.serial[0], timeout=90)

    def since_install(self):
        """Seconds of the reference machine and CPU seconds since install_and_reboot began."""
        return ((time.monotonic() - self.begun) / speed(), self.cpu_seconds() - self.begun_cpu)


def set_up(tap, vm):
    vm.start()
    vm.pass_menu()
    vm.expect_setup()
    vm.shell()
    tap.ok(True, "a headnode is set up")
    vm.serial[0].command(f"mkdir -p {os.path.dirname(DATA)}; echo kept > {DATA}; sync")
    vm.plug()


def mount_drive(vm):
    status, text = vm.serial[0].command(
        "mkdir -p /tmp/update; for i in $(seq 50); do test -e /dev/disk/by-label/UPDATE && break; "
        "sleep 0.2; done; mountpoint -q /tmp/update || "
        "mount -o ro /dev/disk/by-label/UPDATE /tmp/update", 30)
    if status != 0:
        raise RuntimeError(f"the drive with the platforms: {text}")


def install_and_reboot(tap, vm, stamp):
    mount_drive(vm)
    vm.begun, vm.begun_cpu = time.monotonic(), vm.cpu_seconds()
    status, text = vm.serial[0].command(
        f"time sdcadm platform install /tmp/update/platform-{stamp}.tgz", 120)
    tap.ok(status == 0 and f"installed platform {stamp}" in text, f"{stamp} is installed", text)
    tap.note(" ".join(re.findall(r"real\s+\S+", text)))
    status, text = vm.serial[0].command(f"time sdcadm platform assign {stamp} --all", 120)
    tap.ok(status == 0 and "on trial" in text, f"{stamp} is assigned", text)
    tap.note(" ".join(re.findall(r"real\s+\S+", text)))
    vm.serial[0].line("reboot")


def running(vm):
    _, text = vm.serial[0].command("cat /proc/cmdline")
    match = re.search(r"triton\.root=/os/(\w+)/", text)
    return match.group(1) if match else text


def boot_variables(vm):
    _, text = vm.serial[0].command("sdc-usbkey get-variable")
    return dict(line.strip().split("=", 1) for line in text.splitlines() if "=" in line)


def check_data(tap, vm):
    _, text = vm.serial[0].command(f"cat {DATA}; sdcadm setup status -j | grep '\"complete\"'")
    tap.ok("kept" in text and "true" in text, "a configured headnode, with its data", text)
