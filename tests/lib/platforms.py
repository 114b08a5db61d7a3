# SPDX-License-Identifier: MPL-2.0
"""Platforms for the tests of updates: the built one under another stamp, whole or spoilt.

Nothing is built anew: the folder's manifest is rewritten for the new stamp, so a platform
costs the time of one archive. Spoilt ones are spoilt before the manifest is written: they
install, and fail when they boot.
"""

import hashlib
import io
import json
import os
import ssl
import subprocess
import tarfile


def built(name="TRITON_IMAGE"):
    """The folder of the platform that is in an image under test (BUILD/out/usb-STAMP.img)."""
    image = os.environ[name]
    stamp = os.path.basename(image).removeprefix("usb-").removesuffix(".img")
    return os.path.join(os.path.dirname(os.path.dirname(image)), "platform", stamp)


def stamp_of(folder):
    return os.path.basename(folder)


def later(stamp, seconds):
    """A stamp so many seconds later (fewer than what is left of its minute is not asked)."""
    head, tail = stamp.split("T")
    number = int(tail[:2]) * 3600 + int(tail[2:4]) * 60 + int(tail[4:6]) + seconds
    days, number = divmod(number, 86400)
    return (f"{int(head) + days}T{number // 3600:02}{number // 60 % 60:02}"
            f"{number % 60:02}Z")


def files_of(folder, stamp, change=None, leave_out=()):
    """{name: bytes} of the platform under another stamp. change(files) spoils it."""
    files = {}
    for name in sorted(os.listdir(folder)):
        if name not in leave_out and not name.startswith("SHA256SUMS"):
            with open(os.path.join(folder, name), "rb") as f:
                files[name] = f.read()
    manifest = json.loads(files.pop("manifest.json"))
    if change:
        change(files)
    manifest["stamp"] = stamp
    manifest["files"] = {n: {"size": len(d), "sha256": hashlib.sha256(d).hexdigest()}
                         for n, d in files.items()}
    files["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    files.update(sums(files))
    return files


def site(folder, name="site"):
    """A site's key and certificate, NAME.key and NAME.pem; the certificate as DER."""
    key, cert = (os.path.join(folder, f"{name}.{end}") for end in ("key", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
                    "-subj", f"/CN={name}", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return key, cert, ssl.PEM_cert_to_DER_cert(read_text(cert))


def read_text(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def sign(files, key, cert):
    """The files with the signature of their SHA256SUMS, as a site makes it by hand."""
    done = subprocess.run(["openssl", "cms", "-sign", "-binary", "-outform", "DER",
                           "-signer", cert, "-inkey", key],
                          input=files["SHA256SUMS"], capture_output=True, check=True)
    return {**files, "SHA256SUMS.p7s": done.stdout}


def sums(files):
    """{"SHA256SUMS": its text} over these files."""
    return {"SHA256SUMS": "".join(f"{hashlib.sha256(d).hexdigest()}  {n}\n"
                                  for n, d in sorted(files.items())
                                  if n != "SHA256SUMS").encode()}


def archive(path, stamp, files, level=1):
    """platform-<stamp>.tgz: os/<stamp>/NAME."""
    with tarfile.open(path, "w:gz", compresslevel=level, format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"os/{stamp}/{name}")
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, io.BytesIO(data))


# --- ways to spoil one -----------------------------------------------------------------------

def panics(files):
    """An initramfs that is none: the kernel finds no root and panics."""
    files["initrd"] = b"\0" * 4096


def never_healthy(files):
    """sshd never starts: boot.cfg is read by the menu, which adds the word."""
    files["boot.cfg"] += b'set triton_medium_args="$triton_medium_args systemd.mask=ssh.service"\n'


def no_kernel(files):
    """The boot loader cannot load it."""
    files["vmlinuz"] = files["vmlinuz"][:4096]
