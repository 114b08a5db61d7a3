#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The network bundle over HTTP to the first question, on a machine with no medium: BIOS.

With MATRIX=1 also UEFI. The network has nothing but this server."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from netboot import SERVER, bundle, loader, network, requests  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM  # noqa: E402


def boot(tap, firmware):
    with tempfile.TemporaryDirectory(prefix="triton-ipxe-") as folder:
        log = os.path.join(folder, "requests")
        extra = network(bundle(), log) + (loader(folder) if firmware == "uefi" else [])
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
        tap.equal([a[1:] for a in requests(log) if a[0] == "GET"],
                  [(f"/{n}", "200") for n in ("triton-installer.ipxe", f"{stamp}/vmlinuz",
                                              f"{stamp}/initrd", f"{stamp}/root.cpio")],
                  f"{firmware}: each file is fetched once")


tap = Tap()
for kind in ("bios", "uefi")[:2 if os.environ.get("MATRIX") == "1" else 1]:
    tap.run(f"{kind} boots", boot, tap, kind)
sys.exit(tap.done())
