#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The disc image: other programs agree with what our reader says, and damage is found."""

import json
import os
import re
import resource
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from medium import STAMP, Medium, sha256, tool  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()
NAME = f"iso-b-{STAMP}-g1234567.iso"


def build(*args, want=0, build="build", **kw):
    r = m.product("iso", "--branch", "b", "--revision", "1234567", *args, build=build, **kw)
    tap.ok(r.returncode == want, f"iso {' '.join(args)} exits with {want}", r.stderr[-2000:])
    return r


def image(build="build"):
    return m.out(NAME, build)


def inspect():
    return json.loads(m.run("triton-image", "inspect", "-j", image()).stdout)


def first():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    build()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tap.note(f"disc image of {os.path.getsize(image()) / 1e6:.1f} MB in {cpu:.2f} CPU s")
    tap.equal(sorted(n for n in os.listdir(m.out("")) if n.startswith(".")), [],
              "nothing temporary is left")
    r = build()
    tap.ok("miss" not in r.stderr, "built again: found in the cache", r.stderr)
    r = m.run("triton-image", "verify", image())
    tap.ok(r.returncode == 0 and "every byte compared" in r.stdout, "verify", r.stdout + r.stderr)


def tree():
    folder = os.path.join(m.dir, "unpacked")
    tool("xorriso", "-no_rc", "-osirrox", "on", "-indev", image(), "-extract", "/", folder)
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            found[os.path.relpath(path, folder)] = path
    info = inspect()
    own = {"boot/grub/boot.cat", "boot/grub/eltorito.img"}
    tap.equal(sorted(set(found) - own), sorted(f["path"] for f in info["files"]),
              "xorriso and inspect list the same files")
    with open(found["usb_key.manifest"], encoding="utf-8") as f:
        rows = [line.split("  ", 2) for line in f.read().splitlines()]
    tap.equal([r[2] for r in rows if sha256(found[r[2]]) != r[0]], [],
              "xorriso gets the bytes of the manifest")
    with open(found[".disk/info"], encoding="utf-8") as f:
        tap.equal(f.read().strip(), info["version"], "what Debian's signed GRUB searches for")
    with open(found["boot/grub/grub.cfg"], encoding="utf-8") as f:
        tap.ok('set triton_medium_args="triton_installer=iso"' in f.read(), "the kernel is told")
    tap.equal((info["boot"]["medium"], info["boot"]["ipxe"]), ("iso", "false"), "boot variables")


def front():
    info = inspect()
    dump = tool("xorriso", "-no_rc", "-indev", image(), "-report_el_torito", "plain",
                "-report_system_area", "plain").stdout.decode()
    boots = re.findall(r"El Torito boot img :\s+\d\s+(\w+)\s+y .*\s(\d+)\s+(\d+)$", dump, re.M)
    tap.equal([(p.replace("UEFI", "EFI").lower(), int(lba) * 4) for p, _, lba in boots],
              [(b["platform"], b["sector"]) for b in info["boots"]],
              "xorriso and inspect see the same boot images")
    tap.ok("grub2-mbr" in dump and "GPT" in dump, "it boots as a disk too", dump)
    table = tool("sgdisk", "-p", image()).stdout.decode()
    rows = re.findall(r"^\s+(\d)\s+(\d+)\s+(\d+)\s", table, re.M)
    tap.equal([tuple(int(x) for x in r) for r in rows],
              [(p["number"], p["first"], p["first"] + p["sectors"] - 1)
               for p in info["partitions"]], "sgdisk and inspect see the same partitions")
    volume = f"{image()}@@{info['boots'][1]['sector'] * 512}"
    loader = os.path.join(m.dir, "loader")
    tool("mcopy", "-n", "-i", volume, "::EFI/BOOT/BOOTX64.EFI", loader)
    tap.equal(sha256(loader), sha256(os.path.join(m.dir, "unpacked/EFI/BOOT/BOOTX64.EFI")),
              "UEFI's volume holds the key's loader")


def same_bytes():
    os.makedirs(os.path.join(m.dir, "else/where"))
    build(build="else/where/b", umask=0o077, cwd=m.dir,
          env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"})
    tap.equal(sha256(image("else/where/b")), sha256(image()),
              "the same bytes under another umask, time zone, locale and folder")


def flip(at):
    with open(image(), "r+b") as f:
        f.seek(at)
        value = f.read(1)[0]
        f.seek(at)
        f.write(bytes([value ^ 4]))


def damage():
    info = inspect()
    places = {"sector 0": 100, "descriptor": 32768 + 80,
              "BIOS loader": info["boots"][0]["sector"] * 512 + 3000,
              "UEFI volume": info["boots"][1]["sector"] * 512 + 70000,
              "a file": info["boots"][1]["sector"] * 512 - 4000, "table": 600}
    missed = []
    for name, at in places.items():
        flip(at)
        if m.run("triton-image", "verify", image()).returncode != 1:
            missed.append(name)
        flip(at)
    tap.equal(missed, [], "flipped bytes are found wherever they are")
    renamed = os.path.join(m.dir, "other.iso")
    os.rename(image(), renamed)
    r = m.run("triton-image", "verify", renamed)
    tap.ok(r.returncode == 0 and "no build report" in r.stdout, "a renamed image", r.stdout)
    os.truncate(renamed, 4 << 20)
    tap.equal(m.run("triton-image", "verify", renamed).returncode, 1, "a cut image is found")


def answers():
    secret = os.path.join(m.dir, "answers.json")
    with open(os.path.join(os.getcwd(), "coal/answers.json"), encoding="utf-8") as f:
        text = f.read()
    with open(secret, "w", encoding="utf-8") as f:
        f.write(text)
    build("--set", f"answer-file={secret}")
    dump = tool("xorriso", "-no_rc", "-indev", image(), "-lsl", "/private").stdout.decode()
    tap.ok(re.search(r"^-r--------.*answers\.json", dump, re.M), "answers are for root only", dump)


for part in (first, tree, front, same_bytes, damage, answers):
    tap.run(part.__name__, part)
m.close()
sys.exit(tap.done())
