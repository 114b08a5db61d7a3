#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Values of os_console: kernel arguments of each, and a boot with ttya."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402

SCREEN = "console=ttyS0,115200n8 console=tty0"


def serial(port):
    return f"console=tty0 console={port},115200n8"


VALUES = {"vga": SCREEN, "text": SCREEN, "graphics": SCREEN, "ttya": serial("ttyS0"),
          "ttyb": serial("ttyS1"), "ttyc": serial("ttyS2"), "ttyd": serial("ttyS3"),
          "nonsense": serial("ttyS1")}


def prompt(vm):
    port = vm.serial[0]
    port.expect("Live 64-bit debug", 60)
    port.send("c")
    port.expect("grub> ", 20)
    return port


def values(tap):
    with VM(disks=()) as vm:
        vm.start()
        port = prompt(vm)
        for value, want in VALUES.items():
            port.line(f"variable os_console {value}")
            port.expect("grub> ", 20)
            if value == "nonsense":
                tap.ok(port.saw("warning: os_console=nonsense is unknown, using ttyb"),
                       "an unknown value is said")
            port.line('echo "are: $triton_console_args :"')
            # the terminal wraps its lines at 80 columns
            match = port.expect(r"^are: ([^$]*) :", 20)
            got = match.group(1).replace("\n", "")
            tap.equal(got, want, f"os_console {value}")
            port.expect("grub> ", 20)
        port.line("variable os_console")
        port.expect("usage: variable NAME VALUE", 20)
        tap.ok(True, "variable without a value says how it is used")


def ttya(tap):
    with VM(disks=(8,)) as vm:
        vm.start()
        port = prompt(vm)
        port.line("variable os_console ttya")
        port.expect("grub> ", 20)
        port.send("\x1b")
        port.expect("Live 64-bit rescue", 20)
        port.quiet(0.5)
        port.send("\r")
        port.expect(r"Command line: .* console=tty0 console=ttyS0,115200n8$", 60)
        tap.ok(True, "the kernel speaks on ttyS0")
        port.expect("Press Enter to begin", 90)
        vm.serial[1].expect("Press Enter to begin", 60)
        tap.ok(vm.serial[1].saw(r"triton-init: \[[0-9.]+\] started"),
               "and its messages are mirrored on ttyS1")
        tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
tap.run("values", values, tap)
tap.run("ttya", ttya, tap)
sys.exit(tap.done())
