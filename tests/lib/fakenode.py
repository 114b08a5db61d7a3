# SPDX-License-Identifier: MPL-2.0
"""A folder that is a headnode to the operator's commands: a key, its copy, a finished setup."""

import hashlib
import json
import os
import shutil
import subprocess

BIN = os.environ["BIN"]
OLD, NEW, THIRD = "20260101T000000Z", "20260202T000000Z", "20260303T000000Z"
HASH = "00112233" * 8
UUID = "564d5e5e-2f52-4d2c-9a51-0c1d2e3f4a5b"


def small(size=1000):
    """The files of a platform, small."""
    return {"vmlinuz": b"kernel" * 10, "initrd": b"initramfs", "root.img": b"r" * size,
            "root.verity": f"roothash={HASH}\n".encode(),
            "boot.cfg": f"set triton_roothash={HASH}\n".encode()}


def folder_of(top, stamp, size=1000):
    """A built platform's folder, as the image build leaves it."""
    path = os.path.join(top, stamp)
    os.makedirs(path)
    files = small(size)
    manifest = {"version": 1, "stamp": stamp, "kernel": "6.12",
                "files": {n: {"size": len(d), "sha256": hashlib.sha256(d).hexdigest()}
                          for n, d in files.items()},
                "verity": {"root.img": {"roothash": HASH, "salt": "00", "blocks": 1}},
                "packages": []}
    files["manifest.json"] = json.dumps(manifest).encode()
    for name, data in files.items():
        with open(os.path.join(path, name), "wb") as f:
            f.write(data)
    return path


def put(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def get(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def listing(key):
    """usb_key.manifest over a key's files."""
    rows = []
    for folder, _, names in os.walk(key):
        for name in names:
            path = os.path.join(folder, name)
            rel = os.path.relpath(path, key)
            if rel in ("boot/grub/grubenv", "usb_key.manifest", "medium.id"):
                continue
            with open(path, "rb") as f:
                data = f.read()
            rows.append(f"{hashlib.sha256(data).hexdigest()}  {len(data)}  {rel}\n")
    return "".join(sorted(rows, key=lambda r: r.split("  ")[2]))


def grubenv(**values):
    text = "# GRUB Environment Block\n" + "".join(f"{k}={v}\n" for k, v in values.items())
    return text.ljust(1024, "#")


def variables(root):
    text = get(root, "mnt/usbkey/boot/grub/grubenv")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def headnode(top):
    root = os.path.join(top, "root")
    key = os.path.join(root, "mnt/usbkey")
    put(root, "mnt/usbkey/.joyliveusb", "")
    put(root, "mnt/usbkey/version", "main-test\n")
    put(root, "mnt/usbkey/medium.id", "id\n")
    put(root, "mnt/usbkey/boot/grub/grubenv",
        grubenv(platform_version=OLD, medium="usb", os_console="ttyb"))
    folder_of(os.path.join(key, "os"), OLD)
    put(root, "mnt/usbkey/usb_key.manifest", listing(key))
    shutil.copytree(key, os.path.join(root, "usbkey"))
    manifest = get(root, "usbkey/usb_key.manifest")
    put(root, "usbkey/.copied",
        f"main-test {hashlib.sha256(manifest.encode()).hexdigest()}")
    put(root, "usbkey/config", "datacenter_name=x\nupdate_channel=release\n")
    put(root, "proc/cmdline", f"triton.root=/os/{OLD}/root.img headnode=true\n")
    put(root, "sys/class/dmi/id/product_uuid", UUID.upper() + "\n")
    put(root, "var/lib/setup.json", json.dumps({
        "v": 1, "complete": True, "node_type": "headnode", "current_state": "setup_complete",
        "seen_states": [], "start_time": "2026-01-01T00:00:00.000Z", "stages": []}))
    return root


def command(root, program, *words):
    """Options stand behind the subcommand and before the operands."""
    at = {"sdcadm": 2, "sdc-usbkey": 1}.get(program, 0)
    return [os.path.join(BIN, program), *words[:at], f"--root={root}", *words[at:]]


def run(root, program, *words):
    done = subprocess.run(command(root, program, *words),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def sdcadm(root, *words):
    return run(root, "sdcadm", "platform", *words)
