#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Mode signed: what `triton-image` says of its signatures, and a machine that has Microsoft's
keys, from power-on to the first question."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import keyfiles  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, image  # noqa: E402

# CPU seconds of the emulator, see firmware.t: shim and GRUB check signatures on the way
LIMIT = 80


SHIM, GRUB, MOK = (f"EFI/BOOT/{n}" for n in ("BOOTX64.EFI", "grubx64.efi", "mmx64.efi"))
PROGRAM = os.path.join(os.environ["BIN"], "triton-image")


def findings(path):
    """What inspect finds fault with, and who signed what."""
    done = subprocess.run([PROGRAM, "inspect", "-j", path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120, check=False)
    return done.stderr, json.loads(done.stdout).get("signers", {})


def good(tap, path, kernel):
    faults, signers = findings(path)
    tap.ok(faults == "" and set(signers) == {SHIM, GRUB, MOK, kernel},
           f"{os.path.basename(path)}: all four programs are signed", f"{faults}{signers}")
    tap.ok(signers.get(SHIM, "").startswith("Microsoft") and
           all("Debian Secure Boot Signer" in signers.get(p, "") for p in (GRUB, MOK, kernel)),
           "by Microsoft and by Debian")


def changed(tap, key, kernel):
    """One program after the other is changed, named, and put back."""
    uki = keyfiles.read(image("TRITON_IMAGE_UKI"), "EFI/BOOT/BOOTX64.EFI")
    plain = keyfiles.read(image(), "EFI/BOOT/BOOTX64.EFI")
    cases = [(path, None, "it was changed after it was signed") for path in
             (SHIM, GRUB, MOK, kernel)]
    cases += [(SHIM, uki, "it was signed by somebody else"), (SHIM, plain, "is not signed"),
              (GRUB, uki, "it was signed by somebody else"), (GRUB, plain, "is not signed")]
    for path, other, says in cases:
        old = keyfiles.read(key, path)
        if other is None:
            keyfiles.flip(key, path, 300000)
        else:
            keyfiles.write(key, path, other)
        faults, _ = findings(key)
        tap.ok(any(f"'{path}'" in line and says in line for line in faults.splitlines()),
               f"{path}, {'replaced' if other else 'one bit turned'}: {says}", faults)
        keyfiles.write(key, path, old)
    mok = keyfiles.read(key, MOK)
    old = keyfiles.read(key, SHIM)
    keyfiles.write(key, SHIM, mok)
    faults, _ = findings(key)
    tap.ok(f"'{SHIM}' is no shim" in faults, "Debian's MokManager is no shim", faults)
    keyfiles.write(key, SHIM, old)


def on_disc(tap, disc):
    """Firmware reads the copy in the disc's FAT volume, behind the files that people see."""
    grub = keyfiles.read(image("TRITON_IMAGE_SIGNED"), GRUB)
    with open(disc, "r+b") as f:
        data = f.read()
        at = data.rindex(grub[300000:300512])
        f.seek(at)
        f.write(bytes([data[at] ^ 1]))
    faults, _ = findings(disc)
    tap.ok(f"'{GRUB}' is not the same in the volume that firmware reads" in faults, "a bit turned in the disc's FAT volume", faults)


def signatures(tap):
    key, disc = image("TRITON_IMAGE_SIGNED"), image("TRITON_ISO_SIGNED")
    kernel = f"os/{keyfiles.stamp(key)}/vmlinuz"
    good(tap, key, kernel)
    good(tap, disc, kernel)
    with tempfile.TemporaryDirectory(prefix="triton-signed-") as folder:
        copy = os.path.join(folder, "key.img")
        subprocess.run(["cp", "--sparse=auto", key, copy], check=True, timeout=120)
        changed(tap, copy, kernel)
        _, signers = findings(copy)
        tap.equal(set(signers), {SHIM, GRUB, MOK, kernel}, "put back: all four again")
        on_disc(tap, shutil.copy(disc, os.path.join(folder, "disc.iso")))


def boot(tap):
    with VM(path=image("TRITON_IMAGE_SIGNED"), firmware="secureboot", disks=(8,)) as vm:
        vm.start()
        vm.serial[0].expect("Live 64-bit rescue", 60)
        tap.ok(not vm.serial[0].saw("Compute node"),
               "iPXE, which nobody has signed, is not in the menu")
        vm.serial[0].send("\r")
        vm.serial[1].expect(r"secureboot: Secure boot enabled", 60)
        tap.ok(True, "firmware, shim and GRUB let the kernel pass, Secure Boot is on")
        vm.serial[0].expect(r"Press Enter to begin", 120)
        question, cpu = vm.seconds(), vm.cpu_seconds()
        tap.ok(True, "first question on ttyS0")
        tap.ok(vm.serial[1].saw(r"Kernel is locked down from EFI Secure Boot"),
               "the kernel is locked down")
        tap.equal(vm.markers(), [], "nothing went wrong")
        tap.ok(cpu < LIMIT, "first question within the limit", f"{cpu:.1f} CPU s")
        tap.note(f"first question after {question:.1f} s (scaled), {cpu:.1f} CPU s")


tap = Tap()
tap.run("signatures", signatures, tap)
tap.run("signed", boot, tap)
sys.exit(tap.done())
