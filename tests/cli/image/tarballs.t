#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The archives: the key's files and the platform's, as other programs unpack them."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../lib")]
from medium import BIN, EPOCH, STAMP, Medium, sha256, tool  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()
BOOT = f"boot-main-{STAMP}-g1234567.tgz"
PLATFORM = f"platform-{STAMP}.tgz"


def build(product, *args, **kw):
    r = m.product(product, *args, **kw)
    tap.ok(r.returncode == 0, f"{product} is built", r.stderr[-2000:])
    return r


def rules(path):
    """Headers as the reproducible ones must be; returns {name: bytes}."""
    with open(path, "rb") as f:
        head = f.read(10)
    tap.equal(head[:8], b"\x1f\x8b\x08\0\0\0\0\0", "gzip without name and time")
    odd, files = [], {}
    with tarfile.open(path) as tar:
        for member in tar:
            mode = 0o600 if member.name.startswith("private/") else 0o644
            if (member.uid, member.gid, member.uname, member.gname, member.mtime, member.mode,
                    member.isreg(), member.pax_headers) != (0, 0, "", "", int(EPOCH), mode, True,
                                                            {}):
                odd.append(member.name)
            files[member.name] = tar.extractfile(member).read()
    tap.equal(odd, [], "owner, time and mode of each file")
    return files


def described():
    """A manifest over the made-up platform, as a real one has it."""
    root = "00112233" * 8
    m.platform_file("boot.cfg", f"set triton_roothash={root}\n".encode())
    files = {}
    for name in sorted(os.listdir(m.platform)):
        path = os.path.join(m.platform, name)
        files[name] = {"size": os.path.getsize(path), "sha256": sha256(path)}
    manifest = {"version": 1, "stamp": STAMP, "kernel": "6.12", "files": files, "packages": [],
                "verity": {"root.img": {"roothash": root, "salt": "00", "blocks": 1}}}
    m.platform_file("manifest.json", json.dumps(manifest).encode())


def boot():
    build("boot", "--set", "root-password=secret")
    files = rules(m.out(BOOT))
    tap.equal(list(files), sorted(files), "sorted")
    listed = {}
    for line in files["usb_key.manifest"].decode().splitlines():
        sha, size, path = line.split("  ", 2)
        listed[path] = (sha, int(size))
    changing = {"usb_key.manifest", "boot/grub/grubenv", f"private/root.password.{STAMP}"}
    tap.equal(set(files) - set(listed), changing, "the manifest lists all but what changes")
    tap.equal({p: (hashlib.sha256(files[p]).hexdigest(), len(files[p])) for p in listed}, listed,
              "the bytes are those of the manifest")
    r = tool("tar", "-C", m.dir, "-xzf", m.out(BOOT))
    tap.ok(r.returncode == 0 and not r.stderr, "GNU tar agrees", r.stderr.decode())


def platform():
    r = build("platform")
    tap.ok(f"sdcadm platform install {m.out(PLATFORM)}" in r.stderr, "it says what it is for",
           r.stderr)
    files = rules(m.out(PLATFORM))
    top = f"os/{STAMP}/"
    tap.equal(sorted(files), sorted(top + n for n in [*os.listdir(m.platform), "SHA256SUMS"]),
              "the platform's files and their digests")
    folder = os.path.join(m.dir, "sums")
    with tarfile.open(m.out(PLATFORM)) as tar:
        tar.extractall(folder)
    r = tool("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=os.path.join(folder, top))
    tap.equal((r.returncode, r.stdout.count(b": OK")), (0, len(files) - 1), "sha256sum agrees")
    root = os.path.join(m.dir, "headnode")
    os.makedirs(os.path.join(root, "usbkey"))
    with open(os.path.join(root, "usbkey/usb_key.manifest"), "wb"):
        pass
    r = subprocess.run([os.path.join(BIN, "sdcadm"), "platform", "install", f"--root={root}",
                        m.out(PLATFORM)], stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=120, check=False)
    tap.ok(r.returncode == 0 and f"installed platform {STAMP}" in r.stdout,
           "a headnode takes it", r.stdout + r.stderr)


def again():
    with open(m.out(f"build-{STAMP}.json"), encoding="utf-8") as f:
        outputs = {o["name"]: o["sha256"] for o in json.load(f)["outputs"]}
    tap.equal(outputs, {n: sha256(m.out(n)) for n in (BOOT, PLATFORM)},
              "the report has the digest of each")
    r = build("platform")
    tap.ok("platform-tgz" in r.stderr and "cache hit" in r.stderr, "nothing changed: a hit", r.stderr)
    for product in ("boot", "platform"):
        build(product, "--set", "root-password=secret", build="elsewhere", umask=0o077,
              env={"TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"})
    for name in (BOOT, PLATFORM):
        tap.equal(sha256(m.out(name, "elsewhere")), sha256(m.out(name)),
                  f"{name.split('-')[0]}: elsewhere the same bytes")
    with gzip.open(m.out(PLATFORM)) as f:
        size = len(f.read())
    tap.ok(os.path.getsize(m.out(PLATFORM)) < size + 2000, "packed data is not blown up")
    with open(os.path.join(m.platform, "initrd"), "r+b") as f:
        f.write(b"other")
    r = build("platform")
    tap.ok(f"cache miss: os/{STAMP}/initrd" in r.stderr, "a changed file is named", r.stderr)


try:
    described()
    for part in (boot, platform, again):
        tap.run(part.__name__, part)
finally:
    m.close()
sys.exit(tap.done())
