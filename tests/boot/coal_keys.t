#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The published CoaL keystrokes, typed on the keyboard of a CoaL image."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM, image  # noqa: E402


def keystrokes(tap):
    with VM(path=image("TRITON_IMAGE_COAL"), medium="ide", disks=(8,),
            product="VMware Virtual Platform") as vm:
        vm.start()
        vm.expect_screen("Live 64-bit rescue", 60)
        lines = vm.screen()
        tap.ok(any("console on screen" in line for line in lines), "the menu is on the screen",
               "\n".join(lines))
        vm.keys("down", "c")
        vm.expect_screen(r"^grub>", 20)
        vm.type_keys("variable os_console vga")
        vm.keys("ret")
        vm.keys("esc")
        vm.expect_screen("Live 64-bit rescue", 20)
        vm.keys("ret")
        vm.serial[0].expect(r"Command line: .* console=ttyS0,115200n8 console=tty0$", 60)
        tap.ok(True, "os_console=vga makes the screen the console")
        vm.expect_screen("Press Enter to begin", 120)
        tap.ok(True, "the first question is on the screen")
        tap.equal(vm.markers(), [], "nothing went wrong")


def default_entry(tap):
    with VM(path=image("TRITON_IMAGE_COAL"), medium="ide", disks=(8,)) as vm:
        vm.start()
        vm.pass_menu()
        vm.serial[0].expect(r"Command line: .* console=ttyS0,115200n8 console=tty0$", 60)
        tap.ok(True, "a CoaL image marks the entry with the console on the screen")


tap = Tap()
tap.run("keystrokes", keystrokes, tap)
tap.run("marked entry", default_entry, tap)
sys.exit(tap.done())
