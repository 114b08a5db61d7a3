# SPDX-License-Identifier: MPL-2.0
"""A made-up platform, boot files, and the programs of image/ run on them."""

import hashlib
import os
import shutil
import subprocess
import tempfile

BIN = os.environ.get("BIN", "build/bin")
SOURCE = os.getcwd()
STAMP = "20261122T010203Z"
EPOCH = "1795309323"


class Medium:
    """A temporary folder with platform/, boot/ and one build folder after another."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="image-test-")
        self.platform = os.path.join(self.dir, "platform")
        self.boot = os.path.join(self.dir, "boot-files")
        os.makedirs(self.platform)
        os.makedirs(os.path.join(self.boot, "boot"))
        os.symlink("/usr", os.path.join(self.boot, "usr"))
        for name, size in (("vmlinuz", 300000), ("initrd", 70001), ("root.img", 5000000)):
            self.platform_file(name, bytes((i * 7 + size) % 251 for i in range(997)) * (size // 997))
        self.platform_file("root.verity", b"roothash=0\n")
        self.platform_file("boot.cfg", b"set triton_roothash=00\n")
        for name in ("ipxe.lkrn", "ipxe.efi"):
            with open(os.path.join(self.boot, "boot", name), "wb") as f:
                f.write(name.encode() * 1000)

    def platform_file(self, name, data):
        with open(os.path.join(self.platform, name), "wb") as f:
            f.write(data)

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def out(self, name, build="build"):
        return os.path.join(self.dir, build, "out", name)

    def image(self, build="build"):
        return self.out(f"usb-{STAMP}.img", build)

    def run(self, *args, env=None, umask=-1, cwd=SOURCE):
        full = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": EPOCH, **(env or {})}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                full[name] = os.environ[name]
        program = os.path.join(os.path.abspath(BIN), args[0])
        return subprocess.run([program, *args[1:]], env=full, umask=umask, cwd=cwd,
                              capture_output=True, text=True, timeout=120, check=False)

    def usb(self, *args, build="build", **kw):
        return self.product("usb", *args, build=build, **kw)

    def product(self, name, *args, build="build", **kw):
        return self.run("triton-image", name, "--source", SOURCE, "--platform", self.platform,
                        "--boot-dir", self.boot, "--build", os.path.join(self.dir, build),
                        "--branch", "main", "--revision", "1234567", "--set", "image-size=2gb", *args, **kw)

    def partition(self, build="build"):
        """The key's partition as a file of its own, sparse; returns its path."""
        path = os.path.join(self.dir, "key.img")
        first = 4096 * 512
        with open(self.image(build), "rb") as f, open(path, "wb") as to:
            size = os.fstat(f.fileno()).st_size
            to.truncate(size - first - 2048 * 512)
            at = first
            while True:
                try:
                    start = os.lseek(f.fileno(), at, os.SEEK_DATA)
                except OSError:
                    break
                end = min(os.lseek(f.fileno(), start, os.SEEK_HOLE), size - 2048 * 512)
                if start >= end:
                    break
                to.seek(start - first)
                to.write(os.pread(f.fileno(), end - start, start))
                at = end
        return path


def digest(path):
    """Equal for files of equal bytes; holes are not read, zeros count as holes."""
    h = hashlib.sha256()
    with open(path, "rb") as f:
        size = os.fstat(f.fileno()).st_size
        h.update(str(size).encode())
        at = 0
        while at < size:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA) & ~0xffff
            except OSError:
                break
            end = os.lseek(f.fileno(), at + 0x10000, os.SEEK_HOLE) if at + 0x10000 < size else size
            while at < end:
                block = os.pread(f.fileno(), 0x10000, at)
                if block.strip(b"\0"):
                    h.update(b"%d" % at + block)
                at += 0x10000
    return h.hexdigest()


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def tool(*argv, **kw):
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC",
           "MTOOLS_SKIP_CHECK": "1"}
    return subprocess.run(argv, env=env, capture_output=True, timeout=120, check=False, **kw)
