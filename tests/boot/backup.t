#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A headnode from its backup: a new key with private/restore.tgz, a new disk, no question.

One machine is set up and backed up; another one starts from the new key and is the same
headnode. With MATRIX=1 the first machine is taken back by command too, the power fails while the
other's pool is made, and a damaged file is refused."""

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import keyfiles  # noqa: E402
from login import login, read_json  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, _run, coal_answers, image, speed  # noqa: E402

STATE_RESTORED = r"The pool's state is restored\."
MATRIX = os.environ.get("MATRIX") == "1"
STATE = ("mkdir -p /opt/custom/deep; echo mine > /opt/custom/deep/file; ln -s deep /opt/custom/link; "
         "echo '{}' > /etc/triton/x.json; chmod 640 /etc/triton/x.json; sdc-setconsole ttyb; sync")
SAME = {"the configuration": "sha256sum < /usbkey/config",
        "the ssh host keys": "cat /var/ssh/ssh_host_* | sha256sum",
        "the state of setup": "sha256sum < /var/lib/setup.json",
        "files in /opt": "cat /opt/custom/link/file; readlink /opt/custom/link",
        "the instances' definitions": "stat -c '%a %u %s' /etc/triton/x.json",
        "the console that was chosen": "sdc-usbkey get-variable os_console",
        "root's keys": "cat /usbkey/config.inc/root.authorized_keys 2>/dev/null | sha256sum"}


def state(vm):
    return {name: vm.serial[0].command(c)[1].strip() for name, c in SAME.items()}


def key_of(vm):
    return keyfiles.at(vm.key[0])


def back_up(tap, archive):
    """A machine, its state, and its backup in a file here."""
    with VM(answers=coal_answers(), product="VMware Virtual Platform", writable=True) as vm:
        vm.start()
        vm.pass_menu()
        vm.expect_setup()
        login(vm.serial[0])
        vm.serial[0].command(STATE, 60)
        status, text = vm.serial[0].command("sdc-backup", 120)
        tap.ok(status == 0 and "/zones/backups/backup-" in text, "sdc-backup writes a file", text)
        _, text = vm.serial[0].command("ls /zones/.trash | wc -l; stat -c %a /zones/backups/*")
        tap.equal(text.split(), ["0", "600"], "no snapshot stays; only root reads the file")
        was = state(vm)
        vm.serial[0].command("sdc-usbkey mount; cp /zones/backups/*.tgz /mnt/usbkey/b.tgz; "
                             "sdc-usbkey unmount; sync", 60)
        if MATRIX:
            take_back(tap, vm, was)
        vm.kill()
        _run("mcopy", "-n", "-o", "-i", key_of(vm), "::b.tgz", archive)
        return was


def take_back(tap, vm, was):
    """sdc-restore -F on the machine itself, whose state has changed."""
    port = vm.serial[0]
    port.command("echo other > /opt/custom/deep/file; rm /var/ssh/*; mkdir -p /zones/inst/x; sync")
    port.line("sdc-restore -Fy /zones/backups/*.tgz")
    vm.pass_menu(150)
    port.expect("factory reset: emptying pool", 150)
    port.expect(STATE_RESTORED, 60)
    port.expect(r"login: ?$", 150)
    login(port)
    tap.equal(state(vm), was, "sdc-restore -F takes a headnode back")
    _, text = port.command("ls -d /zones/inst /zones/.factoryreset 2>/dev/null | wc -l")
    tap.equal(text.strip(), "0", "and what came later is gone")


def put(vm, archive):
    subprocess.run(["mmd", "-D", "s", "-i", key_of(vm), "::private"], check=False,
                   stdin=subprocess.DEVNULL, capture_output=True)
    _run("mcopy", "-o", "-i", key_of(vm), archive, "::private/restore.tgz")


def restore(tap, archive, was):
    with VM(product="VMware Virtual Platform", writable=True, power_cut=MATRIX) as vm:
        put(vm, archive)
        vm.start()
        vm.pass_menu()
        if MATRIX:
            vm.serial[0].expect("creating pool", 150)
            time.sleep(0.7 * speed())
            vm.cut()
            vm.start()
            vm.pass_menu()
        vm.serial[0].expect(r"Restoring from the backup of headnode \(coal-1\), made 20", 150)
        vm.serial[0].expect(r"The configuration is restored\.", 60)
        index, _ = vm.serial[0].expect([STATE_RESTORED,
                                        r"The pool was there already"], 120)
        tap.ok(index == 0 or MATRIX, "the pool's state is restored")
        vm.serial[0].expect(r"login: ?$", 150)
        tap.ok(not vm.serial[0].saw("Press Enter to begin"), "nobody was asked")
        login(vm.serial[0])
        now = state(vm)
        for name, value in was.items():
            tap.equal(now[name], value, f"{name}: the same")
        tap.equal(read_json(vm.serial[0], "/var/lib/setup.json").get("complete"), True,
                  "setup is complete")
        _, text = vm.serial[0].command("sdc-usbkey mount >/dev/null; ls /mnt/usbkey/private; "
                                       "sdc-usbkey unmount; systemctl is-system-running")
        tap.ok("restore.tgz.done" in text.split() and "restore.tgz" not in text.split(),
               "the file is done with", text)
        tap.equal(text.split()[-1:], ["running"], "no unit has failed")
        tap.equal(vm.markers(), [], "nothing went wrong")


def damaged(tap, archive):
    with open(archive, "r+b") as f:
        f.seek(-2000, os.SEEK_END)
        f.write(bytes(16))
    with VM(writable=True) as vm:
        put(vm, archive)
        vm.start()
        vm.pass_menu()
        vm.serial[0].expect(r"restore\.tgz cannot be used \(.*restore\.tgz\.bad", 150)
        vm.serial[0].expect("Press Enter to begin", 60)
        tap.ok(True, "a damaged file is refused, and the wizard asks")


def run(tap):
    archive = f"/tmp/triton-backup-{os.getpid()}.tgz"
    image()
    try:
        restore(tap, archive, back_up(tap, archive))
        if MATRIX:
            damaged(tap, archive)
    finally:
        if os.path.exists(archive):
            os.unlink(archive)


tap = Tap()
tap.run("backup", run, tap)
sys.exit(tap.done())
