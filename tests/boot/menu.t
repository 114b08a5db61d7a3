#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Each entry of the boot menu."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from console import Timeout  # noqa: E402
from login import PROMPT  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402

DOWN, UP = "\x1b[B", "\x1b[A"


def choose(vm, steps):
    """Move the bar from "Live 64-bit" by so many lines and take the entry."""
    port = vm.serial[0]
    port.expect("Live 64-bit debug", 60)
    for _ in range(abs(steps)):
        port.send(DOWN if steps > 0 else UP)
        port.quiet(0.3)
    port.send("\r")


def vga(tap):
    with VM(disks=(8,)) as vm:
        vm.start()
        choose(vm, -1)
        vm.serial[0].expect(r"Command line: .* console=ttyS0,115200n8 console=tty0$", 60)
        tap.ok(True, "vga: the console is the screen")
        vm.serial[0].expect("Press Enter to begin", 90)
        tap.equal(vm.markers(), [], "vga: nothing went wrong")


def compute(tap):
    with VM(disks=()) as vm:
        vm.start()
        choose(vm, 1)
        vm.expect_screen("iPXE", 60)
        tap.ok(True, "compute: iPXE is loaded")


def rescue(tap):
    with VM(disks=(8,)) as vm:
        vm.start()
        choose(vm, 2)
        vm.serial[1].expect("rescue: damaged blocks of the root image are not refused", 60)
        tap.ok(True, "rescue: init warns that corruption is ignored")
        shell(vm.serial[1])
        status, text = vm.serial[1].command("cat /proc/cmdline; ls /run/triton; findmnt -n /var")
        tap.ok("systemd.unit=rescue.target noimport=true" in text, "rescue: its words", text)
        tap.ok(status != 0, "rescue: no pool is mounted on /var", text)
        tap.run("rescue: a shell on the other port", shell, vm.serial[0], 20)
        tap.ok(not vm.serial[0].saw("Press Enter to begin"), "rescue: no wizard")
        tap.equal(vm.markers(), [], "rescue: nothing went wrong")


def shell(port, timeout=90):
    """A fresh key has no password: rescue opens a shell, after Enter where it asks for it."""
    index, _ = port.expect([PROMPT, r"Press Enter|\(or press"], timeout)
    if index == 1:
        # what is typed before the program reads is flushed away: a person tries again
        for _ in range(5):
            port.line("")
            try:
                port.expect(PROMPT, 8)
                return
            except Timeout:
                pass
        port.expect(PROMPT, 1)


def debug(tap):
    with VM(disks=(8,)) as vm:
        vm.start()
        choose(vm, 3)
        vm.serial[1].expect(r"Command line: .*loglevel=7 systemd.log_level=debug", 60)
        vm.serial[0].expect("Press Enter to begin", 150)
        tap.ok(True, "debug: boots to the wizard")
        tap.equal(vm.markers(), [], "debug: nothing went wrong")


tap = Tap()
for entry in (vga, compute, rescue, debug):
    tap.run(entry.__name__, entry, tap)
sys.exit(tap.done())
