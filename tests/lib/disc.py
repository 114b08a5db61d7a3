# SPDX-License-Identifier: MPL-2.0
"""A disc with the key tree of an image, for tests of what a boot from a disc does.

The kernel is given to QEMU directly: whether firmware can boot a disc is not the subject."""

import os
import subprocess

KEY_SECTOR = 4096  # of the image's FAT partition


def unpack_key(image, folder):
    """The files of a key image."""
    os.mkdir(folder)
    subprocess.run(["mcopy", "-s", "-n", "-i", f"{image}@@{KEY_SECTOR * 512}", "::/", folder],
                   check=True, timeout=120, stdin=subprocess.DEVNULL)


def make(image, folder):
    """folder/tree and folder/disc.iso."""
    tree, iso = os.path.join(folder, "tree"), os.path.join(folder, "disc.iso")
    unpack_key(image, tree)
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "TRITON", "-R", "-iso-level",
                    "3", "-o", iso, tree], check=True, timeout=120,
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return tree, iso


def kernel_args(tree, *more):
    """QEMU's arguments to start the tree's platform as the menu does."""
    stamp = os.listdir(os.path.join(tree, "os"))[0]
    home = os.path.join(tree, "os", stamp)
    values = {}
    with open(os.path.join(home, "boot.cfg"), encoding="utf-8") as f:
        for line in f:
            if line.startswith("set triton_"):
                name, value = line[len("set triton_"):].strip().split("=", 1)
                values[name] = value.strip('"')
    words = [f"triton.root=/os/{stamp}/root.img"]
    words += [f"triton.{name}={values[name]}" for name in ("roothash", "salt", "blocks")]
    words += ["headnode=true", "cgroup_no_v1=all", "systemd.getty_auto=no", "panic=10", *more,
              "console=tty0", "console=ttyS0,115200n8"]
    return ["-kernel", os.path.join(home, "vmlinuz"), "-initrd", os.path.join(home, "initrd"),
            "-append", " ".join(words)]
