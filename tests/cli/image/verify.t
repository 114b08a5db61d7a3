#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""verify finds flipped bytes wherever they are, inspect describes, triton-write writes."""

import json
import os
import random
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from medium import STAMP, Medium, digest  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()
random.seed(int(os.environ.get("SEED", "1")))


def verify(*args):
    return m.run("triton-image", "verify", *args)


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        value = f.read(1)[0]
        f.seek(at)
        f.write(bytes([value ^ (1 << random.randrange(8))]))
    return value


def restore(path, at, value):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(bytes([value]))


def good():
    r = verify(m.image())
    tap.ok(r.returncode == 0 and ": good:" in r.stdout and "every byte compared" in r.stdout,
           "a new image is good", r.stdout + r.stderr)
    r = verify("-j", m.image())
    info = json.loads(r.stdout)
    tap.ok(info["good"] and info["compared"] and info["findings"] == [], "as JSON", r.stdout)
    r = m.run("triton-image", "inspect", m.image())
    tap.ok(r.returncode == 0 and f"platform     {STAMP}" in r.stdout and
           "not covered  boot loader, grub.cfg" in r.stdout, "inspect", r.stdout + r.stderr)
    info = json.loads(m.run("triton-image", "inspect", "-j", m.image()).stdout)
    tap.equal((info["key"]["label"], info["boot"]["os_console"], info["platforms"]),
              ("TRITON", "ttyb", [STAMP]), "inspect as JSON")


def flips():
    with open(m.out(f"build-{STAMP}.json"), encoding="utf-8") as f:
        extents = json.load(f)["outputs"][0]["extents"]
    missed = []
    for _ in range(25):
        start, length, _ = random.choice(extents)
        at = start + random.randrange(length)
        value = flip(m.image(), at)
        if verify(m.image()).returncode != 1:
            missed.append(at)
        restore(m.image(), at, value)
    tap.equal(missed, [], "flipped bytes in the data are found")
    value = flip(m.image(), 1 << 30)
    tap.equal(verify(m.image()).returncode, 1, "a byte in free space is found")
    restore(m.image(), 1 << 30, value)
    tap.equal(verify(m.image()).returncode, 0, "and all is well again")


def alone():
    """Without the build's report the structure and the manifest still tell."""
    copy = os.path.join(m.dir, "renamed.img")
    os.rename(m.image(), copy)
    r = verify(copy)
    tap.ok(r.returncode == 0 and "no build report" in r.stdout, "a renamed image", r.stdout)
    root = None
    with open(m.out(f"build-{STAMP}.json"), encoding="utf-8") as f:
        extents = json.load(f)["outputs"][0]["extents"]
    root = max(extents, key=lambda e: e[1])[0]
    places = {"boot code": 100, "table": 512 + 60, "entries": 1024 + 33, "core.img": (1 << 20) + 5000,
              "FAT": (2 << 20) + 11, "root image": root + 12345,
              "backup table": os.path.getsize(copy) - 512 + 20}
    for what, at in places.items():
        value = flip(copy, at)
        r = verify(copy)
        tap.ok(r.returncode == 1 and "DAMAGED" in r.stdout, f"{what}: found", r.stdout)
        restore(copy, at, value)
    os.rename(copy, m.image())


def no_image():
    for path in ("/dev/null", "/nonexistent", m.platform + "/root.verity"):
        r = verify(path)
        tap.ok(r.returncode == 1 and path in r.stderr, f"{path} is refused", r.stderr)
    junk = os.path.join(m.dir, "junk.img")
    with open(junk, "wb") as f:
        f.write(random.randbytes(8 << 20))
    r = verify(junk)
    tap.ok(r.returncode == 1 and "partition table" in r.stdout, "random bytes are no image",
           r.stdout + r.stderr)


def write():
    stick = os.path.join(m.dir, "stick")
    with open(stick, "wb") as f:
        f.write(b"\xff" * (40 << 20))
        f.truncate(os.path.getsize(m.image()) + (5 << 20))
    r = m.run("triton-write", m.image(), stick)
    tap.ok(r.returncode == 1 and "--force" in r.stderr, "a file needs --force", r.stderr)
    r = m.run("triton-write", "--force", m.image(), stick)
    tap.ok(r.returncode == 0 and "compared 100%" in r.stderr, "written and compared", r.stderr)
    os.truncate(stick, os.path.getsize(m.image()))
    r = verify(stick)
    tap.ok(r.returncode == 0, "the stick is good, whatever was on it", r.stdout)
    os.truncate(stick, os.path.getsize(m.image()) - 512)
    before = digest(stick)
    r = m.run("triton-write", "--force", m.image(), stick)
    tap.ok(r.returncode == 1 and "needs" in r.stderr, "a device too small is refused", r.stderr)
    tap.equal(digest(stick), before, "and untouched")
    r = m.run("triton-write", "--force", m.image(), "/dev/null")
    tap.ok(r.returncode == 1 and "is no disk" in r.stderr, "what is no disk is refused", r.stderr)


try:
    first = m.usb()
    tap.ok(first.returncode == 0, "an image to look at", first.stderr)
    for part in (good, flips, alone, no_image, write):
        tap.run(part.__name__, part)
finally:
    m.close()
sys.exit(tap.done())
