#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Mode uki on a machine that trusts only the site's certificate: to the first question."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import efivars  # noqa: E402
import keyfiles  # noqa: E402
from tap import Tap  # noqa: E402
from vm import VM, image  # noqa: E402

LIMIT = 80  # CPU seconds of the emulator, see firmware.t


def another_reader(tap, key):
    """sbverify judges every EFI program of the key with the certificate on it."""
    with tempfile.TemporaryDirectory(prefix="triton-uki-") as folder:
        der, pem = os.path.join(folder, "site.cer"), os.path.join(folder, "site.pem")
        with open(der, "wb") as f:
            f.write(keyfiles.read(key, "EFI/KEYS/site.cer"))
        subprocess.run(["openssl", "x509", "-inform", "DER", "-in", der, "-out", pem], check=True)
        paths = ["EFI/BOOT/BOOTX64.EFI"] + [f"EFI/Linux/{n}"
                                            for n in keyfiles.names(key, "EFI/Linux")]
        tap.equal(len(paths), 5, "a loader and four entries")
        for path in paths:
            program = os.path.join(folder, "program.efi")
            with open(program, "wb") as f:
                f.write(keyfiles.read(key, path))
            r = subprocess.run(["sbverify", "--cert", pem, program], capture_output=True,
                               text=True, check=False)
            tap.ok(r.returncode == 0 and "warning" not in r.stderr.lower(),
                   f"sbverify accepts {path}", r.stdout + r.stderr)


def boot(tap):
    path = image("TRITON_IMAGE_UKI")
    another_reader(tap, path)
    with VM(path=path, firmware="secureboot", disks=(8,)) as vm:
        efivars.enroll("/usr/share/OVMF/OVMF_VARS_4M.fd",
                       keyfiles.read(path, "EFI/KEYS/site.cer"), vm.file("vars.fd"))
        vm.start()
        vm.serial[1].expect(r"secureboot: Secure boot enabled", 60)
        tap.ok(True, "firmware lets menu and entry pass, Secure Boot is on")
        vm.serial[0].expect(r"Press Enter to begin", 120)
        question, cpu = vm.seconds(), vm.cpu_seconds()
        tap.ok(True, "first question on ttyS0")
        tap.ok(vm.serial[0].saw("console on ttyb") and vm.serial[0].saw("rescue"),
               "systemd-boot showed the entries")
        tap.ok(vm.serial[1].saw(r"Kernel is locked down from EFI Secure Boot"),
               "the kernel is locked down")
        tap.equal(vm.markers(), [], "nothing went wrong")
        tap.ok(cpu < LIMIT, "first question within the limit", f"{cpu:.1f} CPU s")
        tap.note(f"first question after {question:.1f} s (scaled), {cpu:.1f} CPU s")


tap = Tap()
tap.run("uki", boot, tap)
sys.exit(tap.done())
