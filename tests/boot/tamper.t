#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A damaged root image, too little memory, no medium: said, and not run over."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import keyfiles  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402


def flipped_byte(tap):
    with VM(disks=(), writable=True) as vm:
        key = vm.key[0]
        keyfiles.flip(key, f"os/{keyfiles.stamp(key)}/root.img", 200)
        vm.start()
        vm.pass_menu()
        vm.serial[1].expect(r"data block 0 is corrupted|device corrupted", 90)
        tap.ok(True, "one flipped byte is found")
        vm.serial[0].expect("Live 64-bit rescue", 60)
        tap.ok(True, "and the machine starts over")
        tap.ok(not vm.serial[1].saw("Welcome to|systemd\\[1\\]: systemd "),
               "nothing of the damaged root has run")


def command_line(vm, words):
    port = vm.serial[0]
    port.expect("Live 64-bit debug", 60)
    port.send("c")
    port.expect("grub> ", 20)
    port.line(f"triton_boot $platform_version {words}")
    port.expect("grub> ", 60)
    port.line("boot")


def little_memory(tap):
    with VM(disks=(), memory=200) as vm:
        vm.start()
        command_line(vm, "triton.toram=1")
        match = vm.serial[1].expect(r"triton-init: FATAL memory: Cannot allocate memory "
                                    r"\(need (\d+) MiB, have (\d+) MiB", 90)
        tap.ok(int(match.group(1)) > int(match.group(2)) > 100, "need and have are said",
               match.group(0))


def no_medium(tap):
    with VM(disks=(1,)) as vm:
        vm.start()
        command_line(vm, "triton.label=ELSEWHERE triton.root=/os/none triton.wait=9 "
                     "triton.debug=1")
        match = vm.serial[1].expect(r"triton-init: FATAL medium: No such device .*devices seen: "
                                    r"(.*)\n", 90)
        tap.ok("'TRITON'" in match.group(1), "the devices seen are listed", match.group(1))
        vm.serial[1].expect("init# ", 20)
        vm.serial[1].line("ls /run/triton")
        vm.serial[1].expect("medium", 20)
        tap.ok(True, "triton.debug=1 gives a shell")


tap = Tap()
for part in (flipped_byte, little_memory, no_medium):
    tap.run(part.__name__, part, tap)
sys.exit(tap.done())
