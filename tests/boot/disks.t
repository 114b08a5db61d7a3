#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""What becomes of disks: none at all, foreign data with and without permission, several."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from login import login, read_json  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers  # noqa: E402

DONE = r"==> Setup complete"


def foreign(vm, number):
    """Put a file system of somebody else on a disk."""
    subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "precious", vm.disks[number]], check=True)


def untouched(vm, number):
    text = subprocess.run(["blkid", "-p", "-o", "value", "-s", "LABEL", vm.disks[number]],
                          capture_output=True, text=True, check=False).stdout
    return text.strip() == "precious"


def refused(tap):
    with VM(answers=coal_answers(), disks=(8,)) as vm:
        foreign(vm, 0)
        vm.start()
        vm.pass_menu()
        vm.serial[0].expect("holds ext4 precious", 200)
        vm.serial[0].expect("set destroy_pools in the answers", 30)
        tap.ok(True, "refused: the disk, what it holds and the next step are named")
        login(vm.serial[0], timeout=120)
        tap.ok(True, "refused: root can log in and look")
        vm.kill()
        tap.ok(untouched(vm, 0), "refused: the data is still there")


def allowed(tap):
    with VM(answers=coal_answers(destroy_pools=True), disks=(8, 8, 9)) as vm:
        foreign(vm, 0)
        vm.start()
        vm.pass_menu()
        vm.serial[0].expect("wiping disk vda", 200)
        tap.ok(True, "allowed: the wiped disk is named first")
        vm.serial[0].expect(DONE, 200)
        login(vm.serial[0])
        _, text = vm.serial[0].command("btrfs filesystem df /zones | cut -d: -f1 | sort -u")
        tap.ok("Data, RAID1" in text and "Metadata, RAID1C3" in text,
               "allowed: three disks, profiles by their number", text)
        info = read_json(vm.serial[0], "/run/triton/sysinfo.json")
        tap.equal(info["Zpool Disks"], "vda,vdb,vdc", "sysinfo names the disks of the pool")
        tap.equal(vm.markers(), [], "allowed: nothing went wrong")


def none(tap):
    with VM(answers=coal_answers(), disks=()) as vm:
        vm.start()
        vm.pass_menu()
        vm.serial[0].expect("no usable disks found", 200)
        vm.serial[0].expect("boot medium", 30)
        tap.ok(True, "none: said, with the list of what was found and why it is not usable")
        vm.serial[0].send("l")
        login(vm.serial[0], timeout=120)
        tap.ok(True, "none: the console leads to a login")


tap = Tap()
for name, function in (("refused", refused), ("allowed", allowed), ("none", none)):
    tap.run(name, function, tap)
sys.exit(tap.done())
