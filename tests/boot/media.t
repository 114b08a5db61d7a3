#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The image on other buses, and run from the medium instead of memory."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402


def bus(tap, medium):
    with VM(medium=medium, disks=(8,)) as vm:
        vm.start()
        vm.pass_menu()
        vm.serial[1].expect(r"triton-init: \[[0-9.]+\] medium /dev/\w+ \(vfat TRITON\)", 90)
        vm.serial[1].expect("starting /sbin/init", 60)
        tap.ok(True, f"{medium}: the medium is found")
        tap.equal(vm.markers(), [], f"{medium}: nothing went wrong")


def from_medium(tap):
    with VM(disks=(8,), memory=512) as vm:
        vm.start()
        port = vm.serial[0]
        port.expect("Live 64-bit debug", 60)
        port.send("c")
        port.expect("grub> ", 20)
        port.line("triton_boot $platform_version triton.toram=0 triton.unheard=1")
        port.expect("grub> ", 60)
        port.line("boot")
        vm.serial[1].expect("warning: unknown parameter triton.unheard", 60)
        tap.ok(True, "an unknown parameter is warned of")
        vm.serial[1].expect("running from the medium, as triton.toram=0 says", 60)
        port.expect("Press Enter to begin", 120)
        tap.ok(True, "run from the medium, the wizard asks")
        tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
for kind in ("ide", "virtio"):
    tap.run(kind, bus, tap, kind)
tap.run("toram=0", from_medium, tap)
sys.exit(tap.done())
