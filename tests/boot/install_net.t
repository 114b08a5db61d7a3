#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Installed over the network, and from then on without it: BIOS, answers built in, the server on
the admin network.

With MATRIX=1 also UEFI, with the server on a network that the machine has no address on and
without the key tree at first: the machine is set up all the same, and installed by hand; and
power cuts."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from login import login, read_json  # noqa: E402
from netboot import admin_network, bundle, loader, network, requests, with_answers  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, coal_answers  # noqa: E402

INSTALLED = "this machine boots without it"


def installed(tap, vm, what):
    port = vm.serial[0]
    _, text = port.command("stat -c %a /usbkey/config; test -e /usbkey/.install; echo $?; mount -o ro /dev/vda2 /mnt && "
                           "ls /mnt/.joyliveusb /mnt/config; umount /mnt; ls /usbkey/version")
    tap.equal(text.split(), ["600", "1", "/mnt/.joyliveusb", "/mnt/config",
                             "/usbkey/version"], f"{what}: the key is on the disk and in the pool")


def alone(tap, vm, extra, what):
    """No network boot, no medium, no answers: the same headnode."""
    vm.kill()
    vm.extra, vm.answers_drive = extra, None
    # what the emulator's order of devices has left in it puts the disk behind a shell
    vm.forget_firmware()
    vm.start()
    vm.pass_menu(90)
    vm.serial[0].expect(r"login: ?$", 150)
    tap.ok(not vm.serial[0].saw("Press Enter to begin"), f"{what}: boots without a medium")
    login(vm.serial[0])
    tap.equal(read_json(vm.serial[0], "/var/lib/setup.json").get("complete"), True,
              f"{what}: and is the same headnode")
    _, text = vm.serial[0].command("head -1 /run/triton/bootdev")
    tap.equal(text.strip(), "device=/dev/vda2", f"{what}: from the pool's disk")


def bios(tap, folder):
    log = os.path.join(folder, "requests")
    view = with_answers(folder, coal_answers())
    with VM(medium=None, nics=("external",), extra=admin_network(view, log)) as vm:
        vm.start()
        vm.serial[0].expect(r"fetching the key tree: \d+ % of", 300)
        tap.ok(True, "the key tree is fetched, with its progress")
        vm.serial[0].expect(INSTALLED, 240)
        vm.expect_setup()
        tap.note(f"setup complete after {vm.seconds():.1f} s (scaled)")
        login(vm.serial[0])
        installed(tap, vm, "bios")
        tap.equal([a for a in requests(log) if "fulliso" in a[1]], [("GET", "/fulliso.tgz", "200")],
                  "it was asked for once, by its plain name")
        tap.equal(vm.markers(), [], "nothing went wrong")
        alone(tap, vm, admin_network(), "bios")
        tap.equal(vm.markers(), [], "nothing went wrong then")
        tap.note(f"{vm.cpu_seconds():.1f} CPU s")


def uefi(tap, folder):
    log, view = os.path.join(folder, "requests.uefi"), os.path.join(folder, "view")
    tree = next(n for n in os.listdir(bundle()) if n.startswith("fulliso-"))
    os.mkdir(view)
    for name in os.listdir(bundle()):
        if not name.startswith("fulliso"):
            os.symlink(os.path.join(bundle(), name), os.path.join(view, name))
    with VM(medium=None, firmware="uefi", answers=coal_answers(),
            extra=network(view, log) + loader(folder)) as vm:
        vm.start()
        vm.serial[0].expect("the key did not come over the network: .*the server has no such file",
                            300)
        tap.ok(True, "uefi: a server without the key tree is named")
        vm.expect_setup(but=["Failed to start triton-fet"])
        tap.ok(True, "uefi: and the machine is set up all the same")
        login(vm.serial[0])
        os.symlink(os.path.join(bundle(), tree), os.path.join(view, "fulliso.tgz"))
        status, text = vm.serial[0].command("triton-boot fetch && triton-boot copy", 300)
        tap.ok(status == 0, "uefi: installed by hand", text)
        installed(tap, vm, "uefi")
        vm.serial[0].command("sync")
        alone(tap, vm, [], "uefi")


def cut(tap, folder):
    """Power cuts in the fetch and in the installation; then the network boot stays on."""
    with VM(medium=None, nics=("external",), answers=coal_answers(),
            extra=admin_network(bundle(), os.path.join(folder, "requests.cut"))) as vm:
        vm.start()
        vm.serial[0].expect(r"fetching the key tree: \d+ %", 300)
        vm.cut()
        vm.start()
        vm.serial[0].expect(r"installing the key on the pool's disks: \d", 400)
        tap.ok(not vm.serial[0].saw("Press Enter to begin"), "cut in the fetch: it is begun anew")
        vm.cut()
        vm.start()
        vm.serial[0].expect(INSTALLED, 400)
        vm.expect_setup()
        tap.ok(not vm.serial[0].saw("fetching the key tree"), "cut in the installation: it goes on")
        login(vm.serial[0])
        installed(tap, vm, "cut")
        vm.kill()
        vm.start()
        vm.serial[0].expect(r"the installation medium is not needed, /dev/vda2 is used", 300)
        vm.serial[0].expect(r"login: ?$", 150)
        tap.ok(not vm.serial[0].saw("fetching the key tree"), "network boot left on: the disk's key is used")


tap = Tap()
with tempfile.TemporaryDirectory(prefix="triton-install-net-") as top:
    tap.run("bios", bios, tap, top)
    if os.environ.get("MATRIX") == "1":
        tap.run("uefi", uefi, tap, top)
        tap.run("power cuts", cut, tap, top)
sys.exit(tap.done())
