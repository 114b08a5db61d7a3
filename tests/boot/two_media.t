#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Two boot media of one machine (the same medium.id): every change reaches both."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import keyfiles  # noqa: E402
import platforms  # noqa: E402
from tap import Tap  # noqa: E402
from update import UpdateVM, install_and_reboot, running, set_up  # noqa: E402

def off(vm):
    vm.serial[0].line("poweroff")
    vm.wait_off(90)
    vm.kill()


def up(vm):
    vm.pass_menu(90)
    vm.serial[0].expect(r"login: ?$", 200)
    vm.shell()


def second_medium(vm):
    """A copy of the key after setup: the same id, another stick."""
    path = vm.file("second.img")
    subprocess.run(["cp", "--sparse=auto", vm.key[0], path], check=True)
    vm.extra += ["-drive", f"if=none,id=second,format=raw,file={path}",
                 "-device", "usb-storage,bus=xhci.0,drive=second,removable=on"]
    return path


def run(tap):
    base = platforms.built()
    new = platforms.later(platforms.stamp_of(base), 60)
    with UpdateVM(base, {new: None}, writable=True) as vm:
        set_up(tap, vm)
        off(vm)
        second = second_medium(vm)
        vm.start()
        up(vm)
        status, text = vm.serial[0].command(
            "sdc-usbkey set-variable site two && cd $(sdc-usbkey mount) && "
            "echo '# by hand' >> config && cd / && sdc-usbkey unmount; ! grep vfat /proc/mounts", 90)
        tap.ok(status == 0, "a variable is set, a file is changed by hand", text)
        vm.plug()
        install_and_reboot(tap, vm, new)
        up(vm)
        vm.serial[1].expect("is healthy and stays", 90)
        tap.equal(running(vm), new, "the new platform boots, and is kept")
        tap.equal(vm.markers(), [], "nothing went wrong")
        off(vm)
        for path in ("boot/grub/grubenv", "usb_key.manifest", "config"):
            tap.ok(keyfiles.read(vm.key[0], path) == keyfiles.read(second, path),
                   f"{path} is the same on both")
        tap.ok(b"site=two" in keyfiles.read(second, "boot/grub/grubenv"),
               "the variable is on the second")
        tap.ok(keyfiles.read(second, "config").endswith(b"# by hand\n"), "and so is the line")
        tap.ok(new.encode() in keyfiles.read(second, "usb_key.manifest"), "and the platform")


tap = Tap()
tap.run("two media", run, tap)
sys.exit(tap.done())
