#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Each screen of the boot menu and of the wizard, reached on the VGA console by its keyboard.

Leaves build/screens/index.html: the pictures, with their titles and texts."""

import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import wizard  # noqa: E402
from album import Album  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, speed  # noqa: E402


def asked(prompt):
    """The prompt where the cursor stands: at the end of the text, its line perhaps wrapped."""
    words = r"\s+".join(re.escape(w) for w in prompt.split())
    return words + r"(\s*\([^)]*\))?(\s*\[[^\]]*\])?:?\s*$"


def reach(vm, prompt, timeout=60):
    """Wait for a prompt, answering what live checks ask before it; the screen's lines."""
    until = time.monotonic() + timeout * speed()
    while True:
        lines = vm.screen()
        text = "\n".join(lines).rstrip()
        if re.search(asked(prompt), text):
            return lines
        for between, reply in wizard.BETWEEN:
            if re.search(asked(between), text):
                vm.type_keys(reply + "\n")
                time.sleep(1)
        if time.monotonic() > until:
            raise TimeoutError(f"the screen does not ask {prompt!r}:\n" + text)
        time.sleep(0.3)


def keep(tap, vm, album, title, lines):
    # the picture that the lines were read from
    album.add(title, vm.file("screen.ppm"), lines)
    tap.ok(True, title)


def menus(tap, vm, album):
    keep(tap, vm, album, "Boot menu", vm.expect_screen("Live 64-bit debug", 60))
    vm.keys("e")
    keep(tap, vm, album, "Boot menu: the entry in the editor",
         vm.expect_screen("Minimum Emacs-like screen editing", 30))
    vm.keys("esc")
    vm.expect_screen("Live 64-bit debug", 30)
    vm.keys("c")
    keep(tap, vm, album, "Boot menu: the command line", vm.expect_screen("grub>", 30))
    vm.keys("esc")
    vm.expect_screen("Live 64-bit debug", 30)
    vm.keys("ret")


def questions(tap, vm, album):
    for number, (prompt, text) in enumerate(wizard.COAL):
        lines = reach(vm, prompt, 150 if number == 0 else 60)
        keep(tap, vm, album, "Wizard: welcome" if number == 0 else f"Wizard: {prompt}", lines)
        vm.type_keys(text + "\n")
    keep(tap, vm, album, "Wizard: review", reach(vm, wizard.REVIEW))


def run(tap):
    album = Album(os.path.join(os.environ["BUILD"], "screens"))
    with VM(disks=(8,)) as vm:
        vm.start()
        menus(tap, vm, album)
        questions(tap, vm, album)
        tap.equal(vm.markers(), [], "nothing went wrong")
    tap.note(album.write("Screens of the boot menu and the wizard"))


tap = Tap()
tap.run("screens", run, tap)
sys.exit(tap.done())
