#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Keys that somebody has changed, under Secure Boot: what each mode catches, and what not.

One boot a case: `make test-long` runs it.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import keyfiles  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, image  # noqa: E402


def signed(change):
    vm = VM(path=image("TRITON_IMAGE_SIGNED"), firmware="secureboot", disks=(), writable=True,
            nics=())
    change(vm.key[0])
    vm.start()
    return vm


def unsigned_loader(tap):
    def change(key):
        keyfiles.write(key, "EFI/BOOT/BOOTX64.EFI",
                       keyfiles.read(image(), "EFI/BOOT/BOOTX64.EFI"))
    with signed(change) as vm:
        vm.serial[0].expect(r"Access Denied", 60)
        tap.ok(not vm.serial[0].saw("Live 64-bit"), "firmware refuses a loader without signature")


def changed_grub(tap):
    with signed(lambda key: keyfiles.flip(key, "EFI/BOOT/grubx64.efi", 200000)) as vm:
        vm.serial[0].expect(r"Security Violation|Verification failed", 60)
        tap.ok(not vm.serial[0].saw("Live 64-bit"), "shim refuses a changed GRUB")


def changed_kernel(tap):
    def change(key):
        keyfiles.flip(key, f"os/{keyfiles.stamp(key)}/vmlinuz", 3000000)
    with signed(change) as vm:
        vm.pass_menu()
        vm.serial[0].expect(r"bad shim signature", 60)
        tap.ok(not vm.serial[1].saw("Linux version"), "a changed kernel does not run")


def changed_root(tap):
    def change(key):
        keyfiles.flip(key, f"os/{keyfiles.stamp(key)}/root.img", 200)
    with signed(change) as vm:
        vm.pass_menu()
        vm.serial[1].expect(r"data block 0 is corrupted|device corrupted", 90)
        tap.ok(not vm.serial[1].saw(r"systemd\[1\]: systemd "),
               "a changed root image is caught before anything of it runs")


def changed_menu_and_command_line(tap):
    def change(key):
        text = keyfiles.read(key, "boot/grub/grub.cfg")
        text = text.replace(b"headnode=true ", b"headnode=true changed.by.the.test ")
        keyfiles.write(key, "boot/grub/grub.cfg", text)
    with signed(change) as vm:
        vm.pass_menu()
        vm.serial[1].expect(r"Command line: .*changed\.by\.the\.test", 60)
        vm.serial[1].expect(r"secureboot: Secure boot enabled", 30)
        tap.ok(True, "NOT covered: grub.cfg, and with it the command line, can be changed")


def changed_initramfs(tap):
    def change(key):
        path = f"os/{keyfiles.stamp(key)}/initrd"
        keyfiles.write(key, path, keyfiles.read(key, path)
                       + keyfiles.archive("changed", b"by the test"))
    with signed(change) as vm:
        vm.pass_menu()
        vm.serial[1].expect(r"secureboot: Secure boot enabled", 60)
        vm.serial[1].expect(r"triton-init: \[[0-9.]+\] starting /sbin/init", 90)
        tap.ok(True, "NOT covered: another initramfs boots")


CASES = {
    "signed": (changed_kernel, unsigned_loader, changed_grub, changed_root,
               changed_menu_and_command_line, changed_initramfs),
}

tap = Tap()
for mode, cases in CASES.items():
    for case in cases:
        tap.run(f"{mode}: {case.__name__}", case, tap)
sys.exit(tap.done())
