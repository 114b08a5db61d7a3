#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Independent readers agree with what `triton-image inspect` says of an image: sgdisk, fsck.fat,
mtools, xorriso, unsquashfs, veritysetup."""

import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../lib")]
from medium import STAMP, Medium, tool  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()
ISO = f"iso-main-{STAMP}-g1234567.iso"
SALT = "00ff" * 16


def root():
    """A small root image, squashfs with its hash tree behind it, in the platform's folder."""
    path = os.path.join(m.platform, "root.img")
    os.unlink(path)
    tool("mksquashfs", os.path.join(os.getcwd(), "image/grub"), path, "-noappend", "-quiet")
    blocks = (os.path.getsize(path) + 4095) // 4096
    os.truncate(path, blocks * 4096)
    r = tool("veritysetup", "format", "--no-superblock", f"--salt={SALT}",
             f"--data-blocks={blocks}", f"--hash-offset={blocks * 4096}", path, path)
    found = re.search(rb"Root hash:\s+([0-9a-f]{64})", r.stdout)[1].decode()
    m.platform_file("boot.cfg", f"set triton_roothash={found}\nset triton_salt={SALT}\n"
                    f"set triton_blocks={blocks}\n".encode())


def inspect(path):
    r = m.run("triton-image", "inspect", "-j", path)
    tap.equal(r.returncode, 0, f"inspect reads {os.path.basename(path)}")
    return json.loads(r.stdout)


def sgdisk(path, info):
    """Each partition as sgdisk has it."""
    got = []
    for number in range(1, len(info["partitions"]) + 1):
        text = tool("sgdisk", "-i", str(number), path).stdout.decode()
        pick = {k: re.search(f"{k}: '?([^\\s']+)", text)[1].lower() for k in
                ("Partition GUID code", "Partition unique GUID", "First sector",
                 "Partition size", "Partition name")}
        got.append({"number": number, "first": int(pick["First sector"]),
                    "sectors": int(pick["Partition size"]), "type": pick["Partition GUID code"],
                    "guid": pick["Partition unique GUID"], "name": pick["Partition name"]})
    want = [{**p, "name": p["name"].lower()} for p in info["partitions"]]
    tap.equal(got, want, "sgdisk: partitions")
    text = tool("sgdisk", "-p", path).stdout.decode().lower()
    tap.ok(f"disk identifier (guid): {info['disk_guid']}" in text, "sgdisk: disk identifier", text)


def hashed(name, files):
    """The root image that was taken from the medium, by the boot.cfg that was beside it."""
    path = os.path.join(m.dir, name)
    with open(path, "wb") as f:
        f.write(files[f"os/{STAMP}/root.img"])
    r = tool("unsquashfs", "-l", path)
    tap.ok(r.returncode == 0 and b"squashfs-root/grub.cfg" in r.stdout, "unsquashfs lists it",
           r.stdout + r.stderr)
    values = dict(re.findall(r"set triton_(\w+)=(\w+)", files[f"os/{STAMP}/boot.cfg"].decode()))
    blocks = int(values["blocks"])
    argv = ["veritysetup", "verify", path, path, values["roothash"], "--no-superblock",
            f"--salt={values['salt']}", f"--data-blocks={blocks}", f"--hash-offset={blocks * 4096}"]
    tap.equal(tool(*argv).returncode, 0, "veritysetup: every block")
    with open(path, "r+b") as f:
        f.seek(200)
        f.write(b"\x55\xaa\x55")
    tap.ok(tool(*argv).returncode != 0, "and not with other bytes")


def usb():
    r = m.usb()
    tap.ok(r.returncode == 0, "a USB image", r.stderr)
    info = inspect(m.image())
    sgdisk(m.image(), info)
    key = m.partition()
    tap.equal(tool("fsck.fat", "-n", key).returncode, 0, "fsck.fat")
    text = tool("mdir", "-i", key, "::").stdout.decode()
    serial = info["key"]["volume_id"].upper()
    tap.ok(f"{serial[:4]}-{serial[4:]}" in text and f"is {info['key']['label']}" in text,
           "mtools: label and volume id", text)
    files = {f["path"]: tool("mcopy", "-n", "-i", key, "::" + f["path"], "-").stdout
             for f in info["files"]}
    tap.equal({p: len(d) for p, d in files.items()},
              {f["path"]: f["size"] for f in info["files"]}, "mtools: the sizes of all files")
    tap.equal(files["version"].decode().strip(), info["version"], "mtools: the version")
    hashed("usb-root.img", files)


def disc():
    r = m.product("iso")
    tap.ok(r.returncode == 0, "a disc image", r.stderr)
    info = inspect(m.out(ISO))
    sgdisk(m.out(ISO), info)
    r = tool("xorriso", "-no_rc", "-indev", m.out(ISO), "-report_el_torito", "plain")
    text = r.stdout.decode()
    boots = re.findall(r"boot img :\s+(\d+)\s+(\w+)\s+\w\s+\w+\s+\S+\s+\S+\s+(\d+)\s+(\d+)", text)
    tap.equal([("efi" if b[1] == "UEFI" else "bios", int(b[3]) * 4, int(b[2])) for b in boots],
              [(b["platform"], b["sector"], b["sectors"]) for b in info["boots"]],
              "xorriso: boot catalogue")
    folder = os.path.join(m.dir, "disc")
    tool("xorriso", "-no_rc", "-osirrox", "on", "-indev", m.out(ISO), "-extract", "/", folder)
    files = {}
    for row in info["files"]:
        with open(os.path.join(folder, row["path"]), "rb") as f:
            files[row["path"]] = f.read()
    tap.equal({p: len(d) for p, d in files.items()},
              {f["path"]: f["size"] for f in info["files"]}, "xorriso: the sizes of all files")
    hashed("disc-root.img", files)


try:
    root()
    for part in (usb, disc):
        tap.run(part.__name__, part)
finally:
    m.close()
sys.exit(tap.done())
