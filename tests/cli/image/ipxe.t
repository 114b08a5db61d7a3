#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The network bundle: cpio and tar read it back, its script names what is in it."""

import hashlib
import os
import re
import resource
import subprocess
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from medium import STAMP, Medium, sha256, tool  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()
NAME = f"main-{STAMP}-g1234567"
VERITY = b"roothash=aa\nsalt=bb\nblocks=12\nalgorithm=sha256\n"


def build(*args, want=0, build="build", **kw):
    r = m.product("ipxe", *args, build=build, **kw)
    tap.ok(r.returncode == want, f"ipxe {' '.join(args)} exits with {want}", r.stderr[-2000:])
    return r


def at(name, build="build"):
    return m.out(f"ipxe-{NAME}/{name}", build)


def script():
    with open(at("triton-installer.ipxe"), encoding="ascii") as f:
        return f.read()


def refused():
    m.platform_file("root.verity", b"roothash=aa\n")
    r = build(want=1)
    tap.ok("lacks a line roothash=, salt= or blocks=" in r.stderr, "a platform without hash tree",
           r.stderr)
    tap.ok(not os.path.exists(at("triton-installer.ipxe")), "leaves no script")
    m.platform_file("root.verity", VERITY)


def first():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    build()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tap.note(f"bundle in {cpu:.2f} CPU s")
    r = build()
    tap.ok("miss" not in r.stderr, "built again: found in the cache", r.stderr)
    tap.equal(sorted(os.listdir(at(""))),
              sorted([STAMP, f"fulliso-{NAME}.tgz", "fulliso.tgz", "triton-installer.ipxe"]),
              "the folder")
    tap.equal(sorted(os.listdir(at(STAMP))), ["initrd", "root.cpio", "vmlinuz"], "the platform")
    tap.equal(os.readlink(at("fulliso.tgz")), f"fulliso-{NAME}.tgz", "the link")


def platform():
    tap.equal(sha256(at(f"{STAMP}/vmlinuz")), sha256(os.path.join(m.platform, "vmlinuz")),
              "the kernel is untouched, its signature holds")
    for name in ("initrd", "root.cpio"):
        tap.equal(os.path.getsize(at(f"{STAMP}/{name}")) % 4, 0, f"{name} has a multiple of four")
    with open(os.path.join(m.platform, "initrd"), "rb") as f:
        data = f.read()
    with open(at(f"{STAMP}/initrd"), "rb") as f:
        tap.equal(f.read(), data + bytes(-len(data) % 4), "initrd, padded with zeros")
    with open(at(f"{STAMP}/root.cpio"), "rb") as f:
        r = subprocess.run(["cpio", "-it"],
                           stdin=f, capture_output=True, timeout=60, check=False)
    tap.equal(r.stdout, b"root.img\n", "cpio lists the root image")
    with open(at(f"{STAMP}/root.cpio"), "rb") as f:
        header = f.read(110)
        size, name = int(header[54:62], 16), int(header[94:102], 16)
        start = (110 + name + 3) & ~3
        f.seek(start)
        whole = f.read(size)
    tap.equal((header[:6], hashlib.sha256(whole).hexdigest()),
              (b"070701", sha256(os.path.join(m.platform, "root.img"))), "and it is the same")


def words():
    text = script()
    for word in ("triton.roothash=aa", "triton.salt=bb", "triton.blocks=12", "headnode=true",
                 "initramfs_options=size=1G", "triton_installer=ipxe", "triton_isourl=${iso-url}",
                 f"triton.isosha256={sha256(at('fulliso.tgz'))}",
                 f"triton.isosize={os.path.getsize(at('fulliso.tgz'))}",
                 "BOOTIF=01-${netX/mac:hexhyp}"):
        tap.ok(f" {word} " in text, f"the kernel is told {word[:40]}", text)
    labels = set(re.findall(r"^:(\S+)$", text, re.M))
    tap.equal(set(re.findall(r"goto ([a-z]\w*)", text)) - labels, set(), "every label is there")
    tap.ok({"vga", "ttya", "ttyb", "ttyc", "ttyd"} <= labels, "every console too")
    tap.ok("set os_console ttyb\n" in text, "ttyb is marked")
    build("--set", "console=vga", "--set", "smt_enabled=false")
    tap.ok("set os_console vga\n" in script() and " nosmt " in script(), "keys of build.spec")
    build()


def archives():
    listed = tool("tar", "-tzf", m.out(f"ipxe-{NAME}.tgz")).stdout.decode().split()
    tap.equal(listed, [f"{STAMP}/vmlinuz", f"{STAMP}/initrd", f"{STAMP}/root.cpio",
                       f"fulliso-{NAME}.tgz", "triton-installer.ipxe", "fulliso.tgz"],
              "the archive of the bundle")
    folder = os.path.join(m.dir, "unpacked")
    os.mkdir(folder)
    tool("tar", "-xzf", at("fulliso.tgz"), "-C", folder)
    with open(os.path.join(folder, "usb_key.manifest"), encoding="utf-8") as f:
        rows = [line.split("  ", 2) for line in f.read().splitlines()]
    tap.ok(len(rows) > 10 and all(sha256(os.path.join(folder, r[2])) == r[0] for r in rows),
           "fulliso.tgz holds the key tree of its manifest")
    with open(os.path.join(folder, "boot/grub/grubenv"), encoding="ascii") as f:
        tap.ok("medium=ipxe\n" in f.read(), "made for this medium")


def same_bytes():
    os.makedirs(os.path.join(m.dir, "else/where"))
    build(build="else/where/b", umask=0o077, cwd=m.dir,
          env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"})
    other = m.out(f"ipxe-{NAME}.tgz", "else/where/b")
    tap.equal(sha256(other), sha256(m.out(f"ipxe-{NAME}.tgz")),
              "the same bytes under another umask, time zone, locale and folder")
    tap.equal(os.stat(at("fulliso.tgz", "else/where/b")).st_mode & 0o777, 0o644,
              "and a web server may read them")


def answers():
    source = os.path.join(os.getcwd(), "coal/answers.json")
    r = build("--set", f"answer-file={source}", build="answers")
    tap.ok("WITH THE PASSWORDS" in r.stderr, "answers inside are said aloud", r.stderr)
    folder = os.path.join(m.dir, "initramfs")
    os.mkdir(folder)
    with open(at(f"{STAMP}/root.cpio", "answers"), "rb") as f:
        r = subprocess.run(["cpio", "-id", "--quiet"], stdin=f, cwd=folder, capture_output=True,
                           timeout=60, check=False)
    tap.equal((r.returncode, sha256(os.path.join(folder, "root.img"))),
              (0, sha256(os.path.join(m.platform, "root.img"))), "the root image is there as ever")
    name = os.path.join(folder, "system/boot/answers.json")
    tap.equal((sha256(name), os.stat(name).st_mode & 0o777), (sha256(source), 0o600),
              "answers travel beside it, for root only")


for part in (refused, first, platform, words, archives, same_bytes, answers):
    tap.run(part.__name__, part)
m.close()
sys.exit(tap.done())
