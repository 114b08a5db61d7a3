#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The CoaL bundle's own files on the old PC machine: the described key on IDE, the sparse data
disk on an LSI controller, e1000 NICs as the VMX says, up to the end of a typed setup. With
MATRIX=1 the OVA's disk as well, up to the first question."""

import glob
import os
import re
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import coalconfig  # noqa: E402
from login import login  # noqa: E402
from tap import Tap  # noqa: E402
import vm as machines  # noqa: E402
import wizard  # noqa: E402


def artefact(suffix):
    """The newest artefact of that kind in the folder that TRITON_COAL names."""
    found = glob.glob(os.path.join(os.environ.get("TRITON_COAL", ""), "coal-*" + suffix))
    if not os.environ.get("TRITON_COAL") or not found:
        raise SystemExit(f"TRITON_COAL names no folder with a CoaL {suffix}; `make test` builds "
                         "it and sets the variable")
    return max(found, key=os.path.getmtime)


def settings(bundle):
    with open(os.path.join(bundle, "USB-headnode.vmx"), encoding="utf-8") as f:
        return dict(re.findall(r'^(\S+) = "(.*)"$', f.read(), re.MULTILINE))


class Appliance(machines.VM):
    """What a VMX describes, as far as QEMU has it. Disks are overlays and copies."""

    def __init__(self, vmx, key, pool):
        self.pool = pool
        super().__init__(path=key, medium="ide", disks=(0,), product="VMware Virtual Platform",
                         memory=int(vmx["memsize"]), cpus=int(vmx["numvcpus"]),
                         nic_model=vmx["ethernet0.virtualDev"])

    def _make_key(self, writable):
        path = self.file("key.qcow2")
        machines._run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "vmdk", "-b", self.image,
                      path)
        return (path, "qcow2")

    def _make_disk(self, number, gib):
        path = self.file(f"disk{number}.vmdk")
        machines._run("cp", "--sparse=always", self.pool, path)
        return path

    def _media(self):
        argv = self._drive("key", *self.key) + ["-device", "ide-hd,drive=key,bootindex=1"]
        argv += ["-device", "lsi53c895a,id=scsi0"]
        argv += self._drive("pool", self.disks[0], "vmdk")
        return argv + ["-device", "scsi-hd,bus=scsi0.0,drive=pool"]


def bundle(tap):
    folder = artefact(".vmwarevm")
    vmx = settings(folder)
    tap.equal((vmx["ethernet0.address"], vmx["ethernet1.address"]),
              (machines.EXTERNAL_MAC, machines.ADMIN_MAC), "the NICs of the VMX")
    with Appliance(vmx, os.path.join(folder, vmx["ide0:0.fileName"]),
                   os.path.join(folder, vmx["scsi0:0.fileName"])) as vm:
        vm.start()
        vm.pass_menu()
        port = vm.serial[0]
        asked = wizard.answer(port, timeout=120)
        tap.equal(len(asked), len(wizard.COAL), "every question of the CoaL table was asked")
        wizard.finish(port)
        vm.expect_setup()
        tap.ok(True, "Setup complete")
        login(port)
        status, text = port.command("cat /usbkey/config")
        found = coalconfig.differences(text)
        tap.ok(status == 0 and not found, "the 93 keys of CoaL", "\n".join(found))
        status, text = port.command("lsblk -bdno SIZE /dev/disk/by-label/zones")
        tap.ok(status == 0 and 36 << 30 < int(text.split()[0]) <= 40 << 30,
               "the pool is on the sparse disk", text)
        tap.equal(vm.markers(), [], "nothing went wrong")


def streamed(tap):
    """A compressed disk cannot be written: the overlay takes what the machine changes."""
    folder = artefact(".vmwarevm")
    vmx = settings(folder)
    pool = os.path.join(folder, vmx["scsi0:0.fileName"])
    with machines.tempfile.TemporaryDirectory(prefix="coal-ova-") as work:
        with tarfile.open(artefact(".ova")) as tar:
            name = [n for n in tar.getnames() if n.endswith(".vmdk")][0]
            tar.extract(name, work)
        with Appliance(vmx, os.path.join(work, name), pool) as vm:
            vm.start()
            vm.pass_menu()
            vm.serial[0].expect("Press Enter to begin", 120)
            tap.ok(True, "the OVA's disk boots to the first question")
            tap.equal(vm.markers(), [], "nothing went wrong")


tap = Tap()
tap.run("bundle", bundle, tap)
if os.environ.get("MATRIX") == "1":
    tap.run("streamed", streamed, tap)
sys.exit(tap.done())
