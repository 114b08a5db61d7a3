#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Keys that somebody has changed, under Secure Boot: what each mode catches, and what not.

One boot a case: `make test-long` runs it.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import efivars  # noqa: E402
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


def uki(change, firmware="secureboot"):
    path = image("TRITON_IMAGE_UKI")
    vm = VM(path=path, firmware=firmware, disks=(), writable=True, nics=())
    change(vm.key[0])
    if firmware == "secureboot":
        efivars.enroll("/usr/share/OVMF/OVMF_VARS_4M.fd",
                       keyfiles.read(path, "EFI/KEYS/site.cer"), vm.file("vars.fd"))
    vm.start()
    return vm


def default_entry(key):
    (name,) = [n for n in keyfiles.names(key, "EFI/Linux") if n.startswith("triton-9-")]
    return f"EFI/Linux/{name}"


def flipped_in_entry(tap, what, where):
    with uki(lambda key: keyfiles.flip(key, default_entry(key), where)) as vm:
        vm.serial[0].expect(r"Access [Dd]enied|Security [Vv]iolation", 60)
        tap.ok(not vm.serial[1].saw("Linux version"), f"an entry with a changed {what} is refused")


def uki_command_line(tap):
    flipped_in_entry(tap, "command line", b"headnode=true")


def uki_root_hash(tap):
    flipped_in_entry(tap, "root hash", b"triton.roothash=")


def uki_initramfs(tap):
    # zstd's magic number begins the initramfs; a byte well inside of it
    flipped_in_entry(tap, "initramfs", b"\x28\xb5\x2f\xfd")


def uki_kernel(tap):
    flipped_in_entry(tap, "kernel", b"HdrS")


def uki_strange_loader(tap):
    def change(key):
        keyfiles.write(key, "EFI/BOOT/BOOTX64.EFI", keyfiles.read(
            image("TRITON_IMAGE_SIGNED"), "EFI/BOOT/BOOTX64.EFI"))
    with uki(change) as vm:
        vm.serial[0].expect(r"Access [Dd]enied|Security [Vv]iolation", 60)
        tap.ok(not vm.serial[0].saw("Triton 2"), "a loader signed by others is refused")


def uki_root(tap):
    def change(key):
        keyfiles.flip(key, f"os/{keyfiles.stamp(key)}/root.img", 200)
    with uki(change) as vm:
        vm.serial[1].expect(r"data block 0 is corrupted|device corrupted", 90)
        tap.ok(not vm.serial[1].saw(r"systemd\[1\]: systemd "),
               "a changed root image is caught before anything of it runs")


def uki_order(tap):
    def change(key):
        path = default_entry(key)
        subprocess.run(["mren", "-i", f"{key}@@{keyfiles.PARTITION * 512}", f"::{path}",
                        path.rsplit("/", 1)[1].replace("triton-9", "triton-1")], check=True)
    with uki(change) as vm:
        vm.serial[0].expect(r"secureboot: Secure boot enabled", 60)
        vm.serial[0].expect(r"triton-init: \[[0-9.]+\] starting /sbin/init", 90)
        tap.ok(True, "NOT covered: which of the signed entries is the default")


def uki_bios(tap):
    with uki(lambda key: None, "bios") as vm:
        vm.expect_screen(r"This key boots by UEFI only", 30)
        tap.ok(True, "under BIOS the key says what to do")


CASES = {
    "uki": (uki_command_line, uki_root_hash, uki_initramfs, uki_kernel, uki_strange_loader,
            uki_root, uki_order, uki_bios),
    "signed": (changed_kernel, unsigned_loader, changed_grub, changed_root,
               changed_menu_and_command_line, changed_initramfs),
}

tap = Tap()
for mode, cases in CASES.items():
    for case in cases:
        tap.run(f"{mode}: {case.__name__}", case, tap)
sys.exit(tap.done())
