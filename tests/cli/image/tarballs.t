#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The archives: the key's files and the platform's, as other programs unpack them."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../lib")]
import platforms  # noqa: E402
from medium import BIN, EPOCH, STAMP, Medium, digest, sha256, tool  # noqa: E402
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


def verified(sums, cert):
    """openssl, which knows nothing of us, on the signature beside a list."""
    return tool("openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", sums + ".p7s",
                "-content", sums, "-CAfile", cert, "-purpose", "any").returncode == 0


def signed():
    """With the site's key the platform's sums are signed, and its headnodes take no other."""
    key, cert, der = platforms.site(m.dir)
    site = ("--set", f"site-key={key}", "--set", f"site-cert={cert}")
    build("platform", *site, build="signed")
    path = m.out(PLATFORM, "signed")
    folder = os.path.join(m.dir, "signed/unpacked")
    with tarfile.open(path) as tar:
        tar.extractall(folder)
    sums = os.path.join(folder, "os", STAMP, "SHA256SUMS")
    tap.ok(verified(sums, cert), "openssl accepts the signature of the sums")
    time.sleep(1)
    build("platform", *site, build="signed-again")
    tap.equal(sha256(m.out(PLATFORM, "signed-again")), sha256(path), "later: the same bytes")
    root = os.path.join(m.dir, "headnode")
    os.makedirs(os.path.join(root, "usr/share/triton"))
    with open(os.path.join(root, "usr/share/triton/site.cer"), "wb") as f:
        f.write(der)
    for archive, code, say in ((path, 0, "verified: signed with the key"),
                               (m.out(PLATFORM), 1, "is not signed")):
        r = subprocess.run([os.path.join(BIN, "sdcadm"), "platform", "install",
                            f"--root={root}", archive], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=120, check=False)
        tap.ok(r.returncode == code and say in r.stdout + r.stderr, f"its headnode: {say}",
               r.stdout + r.stderr)
    tops = os.path.join(m.dir, "by-hand")
    with tarfile.open(m.out(PLATFORM)) as tar:
        tar.extractall(tops)
    r = tool("openssl", "cms", "-sign", "-binary", "-in", "SHA256SUMS", "-outform", "DER",
             "-signer", cert, "-inkey", key, "-out", "SHA256SUMS.p7s",
             cwd=os.path.join(tops, "os", STAMP))
    again_packed = os.path.join(m.dir, "by-hand.tgz")
    r = tool("tar", "-czf", again_packed, f"os/{STAMP}", cwd=tops)
    tap.ok(r.returncode == 0, "an archive signed by hand", r.stderr.decode())
    r = subprocess.run([os.path.join(BIN, "sdcadm"), "platform", "install", f"--root={root}",
                        again_packed], stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=120, check=False)
    tap.ok(r.returncode == 0 and "verified: signed with the key" in r.stdout, "is taken too",
           r.stdout + r.stderr)
    r = m.product("platform", "--set", f"site-key={key}", build="x")
    tap.ok(r.returncode == 1 and "set site-cert too" in r.stderr, "a key alone is refused",
           r.stderr)
    r = m.product("platform", "--set", f"site-cert={PLATFORM}", build="x")
    tap.ok(r.returncode == 1 and PLATFORM in r.stderr, "a certificate that is not there is said",
           r.stderr)


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


def same_image(packed, image):
    """The member of an archive unpacks to the image, its holes are holes again."""
    with tarfile.open(packed) as tar:
        member = next(t for t in tar if t.name.endswith(".img"))
    r = tool("tar", "-C", m.dir, "-xzf", packed)
    tap.ok(r.returncode == 0, "GNU tar unpacks it", r.stderr.decode())
    copy = os.path.join(m.dir, member.name)
    tap.equal(digest(copy), digest(image), "the image comes out as it was")
    tap.ok(os.stat(copy).st_blocks * 512 < 20 << 20, "sparse")
    os.unlink(copy)


def packed():
    build("usb", "--packed", "--set", "root-password=secret", build="packed")
    name = m.out(f"usb-main-{STAMP}-g1234567.tgz", "packed")
    with tarfile.open(name) as tar:
        tap.equal({t.name: t.mode for t in tar},
                  {f"root.password.{STAMP}": 0o600, "partition-map.json": 0o644,
                   f"sbom-{STAMP}.spdx.json": 0o644, "usb_key.manifest": 0o644,
                   f"usb-{STAMP}.img": 0o644}, "what is with the image")
    same_image(name, m.image("packed"))
    copy = os.path.join(m.dir, "unpacked.img")
    tool("zstd", "-q", "-d", "--sparse", m.image("packed") + ".zst", "-o", copy)
    tap.equal(digest(copy), digest(m.image("packed")), "zstd unpacks the same")
    build("coal", "--packed", "--seed", "x", build="packed")
    bundle = f"coal-main-{STAMP}-g1234567-2gb.vmwarevm"
    with tarfile.open(m.out(bundle + ".tgz", "packed")) as tar:
        tap.equal(sorted({t.name.split("/")[0] for t in tar}),
                  sorted([bundle, f"root.password.{STAMP}", "usb_key.manifest"]),
                  "top level of the appliance's archive")
    same_image(m.out(bundle + ".tgz", "packed"), m.out(bundle + "/2gb.img", "packed"))


def hashed(folder, name):
    """An image with its hash tree behind it, by veritysetup; its row of the manifest."""
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(bytes(range(256)) * 16 * 40)
    r = tool("veritysetup", "format", "--no-superblock", "--salt=0011", "--data-blocks=40",
             f"--hash-offset={40 * 4096}", path, path)
    found = re.search(rb"Root hash:\s+([0-9a-f]{64})", r.stdout)
    return {"roothash": found[1].decode(), "salt": "0011", "blocks": 40}


def released():
    r = m.product("release", build="packed", env={"SOURCE_DATE_EPOCH": "1795309400"})
    tap.ok(r.returncode == 1 and "build the products first" in r.stderr, "nothing built", r.stderr)
    folder = os.path.join(m.dir, "packed/platform", STAMP)
    os.makedirs(folder)
    rows = {n: hashed(folder, n) for n in ("root.img", "hvm.img")}
    with open(os.path.join(folder, "manifest.json"), "w", encoding="ascii") as f:
        json.dump({"verity": rows}, f)
    r = m.product("release", build="packed")
    tap.ok(r.returncode == 0 and "2 images and the platform are good" in r.stderr, "release",
           r.stderr)
    r = tool("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=m.out("", "packed"))
    tap.ok(r.returncode == 0 and f"usb-{STAMP}.img: OK".encode() in r.stdout, "sha256sum agrees",
           r.stdout + r.stderr)
    with open(m.out("SHA256SUMS", "packed"), encoding="ascii") as f:
        tap.ok("root.password" not in f.read(), "no secret is listed")
    r = tool("sha256sum", "-c", f"usb-{STAMP}.img.zst.sha256", cwd=m.out("", "packed"))
    tap.equal(r.returncode, 0, "and beside each file")
    tap.ok(not os.path.exists(m.out("SHA256SUMS.p7s", "packed")), "nothing is signed without a key")
    key, cert = (os.path.join(m.dir, n) for n in ("site.key", "site.pem"))
    r = m.product("release", "--set", f"site-key={key}", "--set", f"site-cert={cert}",
                  build="packed")
    tap.ok(r.returncode == 0 and verified(m.out("SHA256SUMS", "packed"), cert),
           "with the site's key openssl accepts its signature of the sums", r.stderr)
    for path, says in ((os.path.join(folder, "hvm.img"), "hvm.img"),
                       (m.image("packed"), m.image("packed")),
                       (m.image("packed") + ".zst", "is not what was built")):
        with open(path, "r+b") as f:
            f.seek(5000)
            old = f.read(1)
            f.seek(5000)
            f.write(bytes([old[0] ^ 1]))
            f.flush()
            r = m.product("release", build="packed")
            tap.ok(r.returncode == 1 and says in r.stderr and
                   not os.path.exists(m.out("SHA256SUMS", "packed")) and
                   not os.path.exists(m.out("SHA256SUMS.p7s", "packed")),
                   f"a flipped byte in {os.path.basename(path)}: no release", r.stderr)
            f.seek(5000)
            f.write(old)


try:
    described()
    for part in (boot, platform, signed, again, packed, released):
        tap.run(part.__name__, part)
finally:
    m.close()
sys.exit(tap.done())
