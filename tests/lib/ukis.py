# SPDX-License-Identifier: MPL-2.0
"""A headnode whose key is of mode uki, under Secure Boot with the site's certificate alone, and
platforms for it: the built one under another stamp, its entries made and signed anew by
triton-image (the root hash is part of what is signed)."""

import calendar
import glob
import os
import subprocess
import time

import efivars
import keyfiles
import platforms
from update import UpdateVM
from vm import image

VARIABLE = "TRITON_IMAGE_UKI"


def epoch_of(stamp):
    return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))


def boot_files():
    """The newest unpacked boot packages of the build: the stub is in there."""
    stub = "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
    found = glob.glob(os.path.join(os.environ["CACHE"], "boot-files", "*", stub))
    return max(found, key=os.path.getmtime).removesuffix(stub)


class UkiVM(UpdateVM):
    ARCHIVE_MB = 190

    def __init__(self, changes, **options):
        self.site = os.path.dirname(os.path.dirname(image(VARIABLE)))
        super().__init__(platforms.built(VARIABLE), changes, path=image(VARIABLE),
                         firmware="secureboot", **options)
        efivars.enroll("/usr/share/OVMF/OVMF_VARS_4M.fd",
                       keyfiles.read(self.image, "EFI/KEYS/site.cer"), self.file("vars.fd"))

    def make_archive(self, base, path, stamp, change, keys):
        work = self.file("platform-build")
        folder = os.path.join(work, "platform", stamp)
        os.makedirs(folder)
        files = platforms.files_of(base, stamp, change)
        del files["SHA256SUMS"]  # triton-image writes it, over the entries too
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as f:
                f.write(data)
        subprocess.run(
            ["triton-image", "platform", f"--platform={folder}", f"--boot-dir={boot_files()}",
             f"--build={work}", f"--cache={work}/cache", "--set=mode=uki",
             f"--set=site-key={self.site}/site.key", f"--set=site-cert={self.site}/site.pem"],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch_of(stamp))}, check=True,
            cwd=os.environ["TOP"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=300)
        os.rename(os.path.join(work, "out", f"platform-{stamp}.tgz"), path)
        subprocess.run(["rm", "-rf", work], check=True)

    def begin(self):
        """Power on, set up without a question, log in."""
        self.start()
        self.expect_setup()
        self.shell()
