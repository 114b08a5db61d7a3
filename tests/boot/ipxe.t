#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The network bundle over HTTP to the first question, on a machine with no medium: BIOS.

With MATRIX=1 also UEFI. The network has nothing but this server."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402

SERVER = "10.77.77.9"
HELPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib/httpfiles.py")
IPXE_EFI = "/usr/lib/ipxe/ipxe.efi"


def bundle():
    path = os.environ.get("TRITON_IPXE")
    if not path or not os.path.isdir(path):
        raise SystemExit("TRITON_IPXE names no folder; `make test` builds it and sets the "
                         "variable")
    return path


def network(log):
    """A NIC whose DHCP server names the script; the NIC's own ROM is an iPXE."""
    return ["-netdev", "user,id=boot,ipv6=off,restrict=on,net=10.77.77.0/24,host=10.77.77.2,"
            f"bootfile=http://{SERVER}/triton-installer.ipxe,"
            f"guestfwd=tcp:{SERVER}:80-cmd:/usr/bin/python3 {HELPER} {bundle()} {log}",
            "-device", "virtio-net-pci,netdev=boot,addr=0x12,bootindex=1"]


def loader(folder):
    """A small disk with iPXE: the firmware's own client boots no script."""
    path = os.path.join(folder, "ipxe.img")
    for argv in (["mkfs.fat", "-C", path, "8192"], ["mmd", "-i", path, "::EFI", "::EFI/BOOT"],
                 ["mcopy", "-i", path, IPXE_EFI, "::EFI/BOOT/BOOTX64.EFI"]):
        subprocess.run(argv, check=True, timeout=60, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
    return ["-drive", f"if=none,id=loader,format=raw,readonly=on,file={path}", "-device",
            "usb-storage,bus=xhci.0,drive=loader,bootindex=0"]


def boot(tap, firmware):
    with tempfile.TemporaryDirectory(prefix="triton-ipxe-") as folder:
        log = os.path.join(folder, "requests")
        extra = network(log) + (loader(folder) if firmware == "uefi" else [])
        with VM(medium=None, firmware=firmware, nics=(), disks=(8,), extra=extra) as vm:
            vm.start()
            vm.serial[1].expect("triton-init: .* started", 120)
            tap.ok(True, f"{firmware}: the kernel comes over the network")
            vm.serial[0].expect("Press Enter to begin", 150)
            tap.ok(True, f"{firmware}: first question")
            tap.ok(not vm.serial[1].saw("no hash|without a check|unknown parameter"),
                   f"{firmware}: the root image is checked, every parameter known")
            tap.ok(vm.said().count(f"triton_isourl=http://{SERVER}/triton-installer.ipxe"
                                   "/../fulliso.tgz "), f"{firmware}: the key tree is named")
            tap.equal(vm.markers(), [], f"{firmware}: nothing went wrong")
            tap.note(f"{firmware}: first question after {vm.seconds():.1f} s (scaled), "
                     f"{vm.cpu_seconds():.1f} CPU s")
        stamp = next(n for n in os.listdir(bundle()) if n[:1] == "2")
        with open(log, encoding="utf-8") as f:
            asked = [line.split() for line in f]
        tap.equal([(a[1], a[2]) for a in asked if a[0] == "GET"],
                  [(f"/{n}", "200") for n in ("triton-installer.ipxe", f"{stamp}/vmlinuz",
                                              f"{stamp}/initrd", f"{stamp}/root.cpio")],
                  f"{firmware}: each file is fetched once")


tap = Tap()
for kind in ("bios", "uefi")[:2 if os.environ.get("MATRIX") == "1" else 1]:
    tap.run(f"{kind} boots", boot, tap, kind)
sys.exit(tap.done())
