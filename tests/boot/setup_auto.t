#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Unattended setup with the CoaL answers, the config it leaves, and the next boot."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import coalconfig  # noqa: E402
from login import login, read_json  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers  # noqa: E402

DONE = r"==> Setup complete \(in (\d+) seconds\)\. Press \[enter\] to get login prompt\."
STAGES = ["zpool_created", "datasets_setup", "swap_created", "filesystems_setup"]


def first_boot(tap, vm):
    vm.start()
    vm.pass_menu()
    vm.serial[0].expect("triton-setup|Unattended setup|Setup runs on|creating pool", 120)
    begun = vm.seconds()
    vm.expect_setup()
    tap.ok(True, "setup completes")
    tap.note(f"complete after {vm.seconds():.1f} s (scaled), {vm.seconds() - begun:.1f} s of "
             f"them setup, {vm.cpu_seconds():.1f} CPU s")
    vm.serial[1].expect(DONE, 30)
    tap.ok(True, "and says so on the other port")
    login(vm.serial[0])
    tap.ok(True, "root logs in with the configured password")
    inspect(tap, vm.serial[0])
    tap.equal(vm.markers(), [], "nothing went wrong")


def inspect(tap, port):
    status, text = port.command("cat /usbkey/config")
    found = coalconfig.differences(text, dhcp_range_end="10.99.99.253")
    tap.ok(status == 0 and not found, "the 93 keys are as specified", "\n".join(found))
    setup = read_json(port, "/var/lib/setup.json")
    tap.equal(setup.get("complete"), True, "setup.json says complete")
    missing = [s for s in STAGES if s not in setup.get("seen_states", [])]
    tap.equal(missing, [], "and has seen the states of the pool")
    init = read_json(port, "/run/triton/init.json")
    tap.equal(init["verity"], "restart_on_corruption", "the root is checked")
    tap.ok(init["medium"]["in_ram"], "and in memory")
    for command, want in (
            ("systemctl is-system-running", "running"),
            ("findmnt -no FSTYPE /zones", "btrfs"),
            ("hostname", "headnode"),
            ("ip -4 -o addr show to 10.99.99.7 | wc -l", "1"),
            ("ip -4 -o addr show to 10.88.88.200 | wc -l", "1"),
            ("ip -4 route show default | cut -d' ' -f3", "10.88.88.2"),
            ("grep -c /mnt/usbkey /proc/mounts", "0"),
            ("stat -c %a /usbkey/config", "600")):
        _, text = port.command(command)
        tap.equal(text.strip(), want, command)


def second_boot(tap, vm):
    vm.kill()
    vm.start()
    vm.pass_menu()
    vm.serial[0].expect(r"login: ?$", 150)
    tap.ok(not vm.serial[0].saw("Press Enter to begin"), "the second boot asks nothing")
    login(vm.serial[0])
    setup = read_json(vm.serial[0], "/var/lib/setup.json")
    tap.equal(setup.get("complete"), True, "and is still a configured headnode")
    _, text = vm.serial[0].command("journalctl -q --list-boots | wc -l")
    tap.equal(text.strip(), "2", "the journal holds both boots")


def run(tap):
    with VM(answers=coal_answers(), product="VMware Virtual Platform", writable=True) as vm:
        first_boot(tap, vm)
        second_boot(tap, vm)


tap = Tap()
tap.run("unattended", run, tap)
sys.exit(tap.done())
