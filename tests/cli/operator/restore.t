#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sdc-restore on a folder that is a headnode: checked and shown first, put on the key whole."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))

from tap import Tap  # noqa: E402

BIN = os.environ["BIN"]
CONFIG = "datacenter_name=%s\nroot_shadow=x\n# end of config, 2 keys\n"


def put(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def run(root, command, *args, typed=""):
    p = subprocess.run([os.path.join(BIN, command), "--root", root, *args], input=typed,
                       capture_output=True, text=True, timeout=60, check=False)
    return p.returncode, p.stdout, p.stderr


class Headnode:
    def __init__(self, root):
        self.root, self.file = root, os.path.join(root, "b.tgz")
        self.target = os.path.join(root, "mnt/usbkey/private/restore.tgz")
        self.mark = os.path.join(root, "zones/.factoryreset")
        put(root, "mnt/usbkey/.joyliveusb", "")
        put(root, "mnt/usbkey/config", CONFIG % "coal-1")
        put(root, "usbkey/usb_key.manifest", "")
        put(root, "zones/var/ssh/key", "secret\n")
        os.makedirs(os.path.join(root, "zones/opt"))
        code, out, err = run(root, "sdc-backup", "-o", self.file)
        if code != 0:
            raise RuntimeError(out + err)

    def untouched(self):
        return not os.path.exists(self.target) and not os.path.exists(self.mark)


def good(tap):
    with tempfile.TemporaryDirectory() as root:
        h = Headnode(root)
        code, out, err = run(root, "sdc-restore", h.file, typed="n\n")
        tap.ok(code == 1 and "nothing was changed" in err and h.untouched(), "no is no", out + err)
        tap.ok("config: the same" in out, "the same configuration is said to be so", out)
        put(root, "mnt/usbkey/config", CONFIG % "other")
        code, out, err = run(root, "sdc-restore", h.file, typed="y\n")
        tap.ok(code == 0 and read(h.target) == read(h.file), "yes puts the file on the key", out + err)
        tap.ok("data center: here other, in the backup coal-1" in out and "another one" in out,
               "what differs is said", out)
        tap.ok(not os.path.exists(h.mark) and "pool is not touched" in out, "the pool stays", out)
        os.unlink(h.target)
        code, out, err = run(root, "sdc-restore", "-Fy", h.file)
        tap.ok(code == 0 and os.path.exists(h.target) and os.path.exists(h.mark),
               "-F empties the pool as well", out + err)
        tap.ok("Every instance" in out, "and says so", out)


def bad(tap):
    with tempfile.TemporaryDirectory() as root:
        h = Headnode(root)
        data = read(h.file)
        for what, text in (("an empty file", b""), ("no backup", b"x" * 5000),
                           ("a short one", data[:-20]),
                           ("a changed one", data[:-30] + b"\0" * 10 + data[-20:])):
            with open(h.file, "wb") as f:
                f.write(text)
            code, out, err = run(root, "sdc-restore", "-Fy", h.file)
            tap.ok(code == 1 and err and h.untouched(), f"{what} is refused, nothing touched",
                   out + err)
        tap.equal(run(root, "sdc-restore", "-y", "/nowhere")[0], 1, "a missing one")
        tap.equal(run(root, "sdc-restore")[0], 2, "none at all")


tap = Tap()
for part in (good, bad):
    tap.run(part.__name__, part, tap)
sys.exit(tap.done())
