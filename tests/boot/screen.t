#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""What the VGA screen shows: the menu and the first question."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402


def screen(tap):
    with VM(disks=(8,)) as vm:
        vm.start()
        lines = vm.expect_screen("Live 64-bit rescue", 60)
        for title in ("Live 64-bit, console on screen", "Live 64-bit", "Compute node",
                      "Live 64-bit debug"):
            tap.ok(any(title in line for line in lines), f"the menu shows '{title}'",
                   "\n".join(lines))
        vm.keys("ret")
        lines = vm.expect_screen("Press Enter to begin", 120)
        tap.ok(any("Triton headnode setup" in line for line in lines),
               "the wizard's welcome is on the screen", "\n".join(lines))
        vm.keys("ret")
        lines = vm.expect_screen(r"Company name: ?", 30)
        tap.ok(True, "Enter gives the first question")
        vm.type_keys("Clavius")
        lines = vm.expect_screen("Company name: Clavius", 30)
        tap.ok(True, "what is typed is shown")
        tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
tap.run("screen", screen, tap)
sys.exit(tap.done())
