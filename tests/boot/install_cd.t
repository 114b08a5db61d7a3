#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Installed from a disc: set up in one boot, and from then on without the disc.

With MATRIX=1 also the boot with the disc still in, and a power cut in the installation."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from login import login, read_json  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers, image  # noqa: E402

INSTALLED = "this machine boots without it"


def machine():
    return VM(path=image("TRITON_ISO"), medium="cdrom", answers=coal_answers())


def set_up(tap, vm):
    vm.start()
    vm.serial[0].expect(INSTALLED, 240)
    tap.ok(True, "the key is installed on the disk, and that is said")
    vm.expect_setup()
    login(vm.serial[0])
    port = vm.serial[0]
    _, text = port.command("stat -c %a /usbkey/config; grep -c /dev/sr0 /proc/mounts")
    tap.equal(text.split(), ["600", "0"], "the config is in the pool, the disc is not in use")
    tap.equal(vm.markers(), [], "nothing went wrong")


def disc_still_in(tap, vm):
    vm.kill()
    vm.start()
    vm.serial[0].expect(r"the installation medium (in /dev/sr0 )?is not needed", 150)
    vm.serial[0].expect(r"login: ?$", 150)
    tap.ok(not vm.serial[0].saw("Press Enter to begin"), "disc still in: the pool's copy wins")


def without_disc(tap, vm):
    vm.kill()
    vm.key, vm.answers_drive = None, None
    vm.start()
    vm.pass_menu(90)
    vm.serial[0].expect(r"login: ?$", 150)
    tap.ok(not vm.serial[0].saw("Press Enter to begin"), "boots without a medium")
    login(vm.serial[0])
    tap.equal(read_json(vm.serial[0], "/var/lib/setup.json").get("complete"), True,
              "and is the same headnode")
    _, text = vm.serial[0].command("head -1 /run/triton/bootdev")
    tap.equal(text.strip(), "device=/dev/vda2", "from the pool's disk")
    tap.equal(vm.markers(), [], "nothing went wrong then")


def plain(tap):
    with machine() as vm:
        set_up(tap, vm)
        if os.environ.get("MATRIX") == "1":
            disc_still_in(tap, vm)
        without_disc(tap, vm)


def cut(tap):
    with machine() as vm:
        vm.start()
        vm.serial[0].expect(r"installing the key on the pool's disks: \d", 240)
        vm.cut()
        vm.start()
        vm.serial[0].expect(INSTALLED, 240)
        vm.expect_setup()
        tap.ok(True, "cut in the installation: the next boot from the disc goes on")
        without_disc(tap, vm)


tap = Tap()
tap.run("from a disc", plain, tap)
if os.environ.get("MATRIX") == "1":
    tap.run("power cut", cut, tap)
sys.exit(tap.done())
