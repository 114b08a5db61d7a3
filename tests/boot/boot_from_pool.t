#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sdcadm boot-from-pool: a headnode set up from its key goes on without it.

The second disk of the pool alone must boot too (MATRIX=1), and UEFI as BIOS does (MATRIX=1)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from login import login, read_json  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers  # noqa: E402


def install(tap, vm, name, disks):
    vm.start()
    vm.pass_menu()
    vm.expect_setup()
    login(vm.serial[0])
    port = vm.serial[0]
    status, text = port.command("sdcadm boot-from-pool", 240)
    tap.ok(status == 0, f"{name}: installed", text)
    tap.ok(f"{disks} of {disks} disks of the pool boot this headnode, {disks} of them" in text,
           f"{name}: on every disk", text)
    status, text = port.command("sdcadm boot-from-pool -j", 60)
    tap.equal(text.strip(), f'{{"copies":{disks},"new":0}}', f"{name}: again: nothing to do")
    _, text = port.command("sync; blkid -p -o value -s LABEL /dev/disk/by-partlabel/triton-esp")
    tap.equal(text.strip(), "TRITON", f"{name}: labelled")
    vm.kill()


def without_key(tap, vm, name):
    vm.key = None
    vm.start()
    vm.pass_menu(90)
    vm.serial[0].expect(r"login: ?$", 150)
    tap.ok(not vm.serial[0].saw("Press Enter to begin"), f"{name}: boots without the key")
    login(vm.serial[0])
    port = vm.serial[0]
    tap.equal(read_json(port, "/var/lib/setup.json").get("complete"), True,
              f"{name}: and is the same headnode")
    _, text = port.command("head -1 /run/triton/bootdev")
    tap.equal(text.strip(), "device=/dev/vda2", f"{name}: from the pool's disk")
    status, text = port.command("sdc-usbkey set-variable os_console ttya && "
                                "sdc-usbkey get-variable os_console && sdc-usbkey unmount", 60)
    tap.ok(status == 0 and "ttya" in text, f"{name}: its copies can be written", text)
    _, text = port.command("systemctl is-system-running")
    tap.equal(text.strip(), "running", f"{name}: all units run")
    tap.equal(vm.markers(), [], f"{name}: nothing went wrong")


def run(tap, firmware, disks):
    name = f"{firmware}, {len(disks)} disk{'s' if len(disks) > 1 else ''}"
    with VM(answers=coal_answers(), firmware=firmware, disks=disks) as vm:
        install(tap, vm, name, len(disks))
        without_key(tap, vm, name)
        if len(disks) > 1:
            vm.kill()
            # the disk that the machine booted from is gone: the other one boots, degraded
            vm.disks = vm.disks[1:]
            vm.start()
            vm.pass_menu(90)
            vm.serial[0].expect("it runs degraded", 150)
            vm.serial[0].expect(r"login: ?$", 150)
            tap.ok(True, f"{name}: boots from the other disk when one is gone")


tap = Tap()
tap.run("bios", run, tap, "bios", (16,))
if os.environ.get("MATRIX") == "1":
    tap.run("uefi", run, tap, "uefi", (16,))
    tap.run("two disks", run, tap, "bios", (16, 16))
sys.exit(tap.done())
