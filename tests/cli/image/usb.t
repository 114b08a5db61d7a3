#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The USB image: other programs agree with our writers, and the build with its rules."""

import json
import os
import re
import resource
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
import platforms  # noqa: E402
from medium import EPOCH, STAMP, Medium, digest, sha256, tool  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()


def build(*args, want=0, **kw):
    r = m.usb(*args, **kw)
    tap.ok(r.returncode == want, f"usb {' '.join(args)} exits with {want}", r.stderr[-2000:])
    return r


def table():
    tap.ok(b"No problems found" in tool("sgdisk", "-v", m.image()).stdout, "sgdisk -v agrees")
    dump = tool("sfdisk", "-d", m.image()).stdout.decode()
    tap.ok("label-id: 5452494F-4E00-4000-8000-000000000000" in dump, "disk identifier", dump)
    rows = re.findall(r"start=\s*(\d+), size=\s*(\d+), type=([0-9A-F-]+), uuid=([0-9A-F-]+), "
                      r'name="(\w+)"', dump)
    tap.equal([(r[0], r[1], r[4]) for r in rows],
              [("2048", "2048", "bios"), ("4096", str(3870720 - 4096 - 2048), "TRITON")],
              "two partitions in their places")
    tap.equal(os.path.getsize(m.image()) % (258048 * 512), 0, "whole cylinders and 2 MiB")
    tap.ok(os.stat(m.image()).st_blocks * 512 < 16 << 20, "the image is sparse")


def fat():
    key = m.partition()
    r = tool("fsck.fat", "-n", key)
    tap.ok(r.returncode == 0, "fsck.fat agrees", r.stdout.decode())
    r = tool("minfo", "-i", key)
    tap.ok(b"TRITON" in r.stdout or b"disk label" in r.stdout, "minfo reads it", r.stdout)
    listed = [p[3:].rstrip("/") for p in tool("mdir", "-/", "-b", "-a", "-i", key, "::")
              .stdout.decode().split("\n") if p and not p.endswith("/")]
    manifest = tool("mcopy", "-n", "-i", key, "::usb_key.manifest", "-").stdout.decode()
    rows = [line.split("  ", 2) for line in manifest.splitlines()]
    tap.equal(sorted(r[2] for r in rows) + ["boot/grub/grubenv", "usb_key.manifest"],
              sorted(set(listed) - {"boot/grub/grubenv", "usb_key.manifest"}) +
              ["boot/grub/grubenv", "usb_key.manifest"],
              "the manifest lists every file but those that change")
    tap.equal([r[2] for r in rows], sorted(r[2] for r in rows), "sorted")
    wrong = []
    for sha, size, path in rows:
        copy = os.path.join(m.dir, "copy")
        if os.path.exists(copy):
            os.unlink(copy)
        tool("mcopy", "-n", "-i", key, "::" + path, copy)
        if sha256(copy) != sha or os.path.getsize(copy) != int(size):
            wrong.append(path)
    tap.equal(wrong, [], "mcopy gets the bytes of the manifest")
    dates = tool("mdir", "-i", key, "::os").stdout.decode()
    tap.ok("2026-11-22" in dates and STAMP in dates, "times are those of the sources", dates)
    menu = os.path.join(m.dir, "grub.cfg")
    tool("mcopy", "-n", "-o", "-i", key, "::boot/grub/grub.cfg", menu)
    tap.equal(tool("grub-script-check", menu).returncode, 0, "GRUB parses the menu")
    with open(menu, encoding="ascii") as f:
        text = f.read()
    tap.equal(re.findall(r"--id (\w+)", text),
              ["vga", "live", "compute", "compute", "rollback", "rescue", "debug"],
              "the entries in their order")
    env = tool("mcopy", "-n", "-i", key, "::boot/grub/grubenv", "-").stdout
    tap.equal(len(env), 1024, "environment block")
    tap.ok(f"platform_version={STAMP}\n".encode() in env and b"os_console=ttyb\n" in env,
           "with its variables", env[:300])


def side_files():
    with open(m.out(f"build-{STAMP}.json"), encoding="utf-8") as f:
        report = json.load(f)
    run = report["runs"]["usb"]
    tap.equal(run["inputs"]["source_date_epoch"], int(EPOCH), "the report has its inputs")
    tap.equal([p["name"] for p in run["phases"]], ["platform", "boot-loader", "usb"],
              "and its phases")
    tap.ok(all("cpu_seconds" in p for p in run["phases"]), "with CPU seconds")
    with open(m.out(f"sbom-{STAMP}.spdx.json"), encoding="utf-8") as f:
        tap.equal(json.load(f)["spdxVersion"], "SPDX-2.3", "bill of materials")
    with open(m.out("partition-map.json"), encoding="utf-8") as f:
        tap.equal(len(json.load(f)["partitions"]), 2, "partition map")
    tap.ok(os.path.exists(os.path.join(m.dir, f"build/log/build-{STAMP}.log")), "log")


def cache():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = build()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tap.ok("miss" not in r.stderr and r.stderr.count("cache hit") == 2, "nothing changed: all hits",
           r.stderr)
    tap.ok(cpu < 0.5, f"in under half a CPU second ({cpu:.2f})")
    m.platform_file("boot.cfg", b"set triton_roothash=01\n")
    r = build()
    tap.ok(f"cache miss: os/{STAMP}/boot.cfg;" in r.stderr, "the changed input is named", r.stderr)
    m.platform_file("boot.cfg", b"set triton_roothash=00\n")
    os.unlink(m.image())
    r = build()
    tap.ok(f"output 'usb-{STAMP}.img' is missing" in r.stderr, "a missing image is made again",
           r.stderr)
    r = build("--json")
    events = [json.loads(line) for line in r.stdout.splitlines()]
    tap.equal([e["phase"] for e in events if e["event"] == "phase-end"],
              ["platform", "boot-loader", "usb"], "events")


def same_bytes():
    first = digest(m.image())
    os.makedirs(os.path.join(m.dir, "else/where"))
    build(build="else/where/b", umask=0o077, cwd=m.dir,
          env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"})
    tap.equal(digest(m.image("else/where/b")), first,
              "another folder, time zone, locale and umask: the same bytes")


UKI = ["--set", "mode=uki", "--set", "site-key=/nonexistent/site.key", "--set",
       "site-cert=/nonexistent/site.pem"]


def refusals():
    key, cert, _ = platforms.site(m.dir)
    ours = ["--set", "mode=uki", "--set", f"site-key={key}", "--set", f"site-cert={cert}"]
    cases = [
        (["--set", "image-sise=4gb"], "did you mean 'image-size'"),
        (["--set", "image-size=3gb"], "2gb 4gb 8gb 16gb"),
        (["--set", "mode=uki"], "set site-key and site-cert"),
        (UKI, "/nonexistent/site.pem"),
        (UKI + ["--set", "medium=coal"], "fit USB images only"),
        (ours + ["--set", "console=ttyc"], "vga, ttya or ttyb"),
        (["--set", "mode=signed", "--boot-dir", "/nonexistent"], "/nonexistent/"),
        (["--set", "medium=iso"], "not a USB image"),
        (["--set", "answer-file=/nonexistent/answers.json"], "/nonexistent/answers.json"),
        (["--boot-dir", "/nonexistent"], "/nonexistent/"),
        (["--platform", "/nonexistent"], "/nonexistent"),
    ]
    for args, says in cases:
        r = build(*args, want=1, build="refused")
        tap.ok(says in r.stderr, f"and says {says}", r.stderr)
    r = m.usb(env={"SOURCE_DATE_EPOCH": "yesterday"}, build="refused")
    tap.ok(r.returncode == 1 and "SOURCE_DATE_EPOCH" in r.stderr, "a bad date is refused", r.stderr)
    left = os.listdir(os.path.join(m.dir, "refused/out"))
    tap.equal([n for n in left if n.endswith(".img")], [], "no image is left behind")
    r = build("--set", "no-rabbit=true", build="refused")
    tap.ok("'no-rabbit' has no effect" in r.stderr, "a key without meaning gives a notice",
           r.stderr)


def private():
    answers = os.path.join(os.getcwd(), "coal/answers.json")
    r = build("--set", f"answer-file={answers}", "--set", "root-password=correct horse",
              "--set", "medium=coal", build="private")
    tap.ok("WITH THE PASSWORDS" in r.stderr, "answers inside are said aloud", r.stderr)
    secret = m.out(f"root.password.{STAMP}", "private")
    tap.equal(os.stat(secret).st_mode & 0o777, 0o600, "the password file is private")
    key = m.partition("private")
    tap.equal(tool("mcopy", "-n", "-i", key, f"::private/root.password.{STAMP}", "-").stdout,
              b"correct horse\n", "and on the key")
    with open(answers, "rb") as f:
        tap.equal(tool("mcopy", "-n", "-i", key, "::private/answers.json", "-").stdout, f.read(),
                  "answers are copied")
    manifest = tool("mcopy", "-n", "-i", key, "::usb_key.manifest", "-").stdout
    tap.ok(b"private/" not in manifest, "no manifest lists them")
    for name in (f"out/build-{STAMP}.json", f"log/build-{STAMP}.log"):
        with open(os.path.join(m.dir, "private", name), encoding="utf-8") as f:
            tap.ok("correct horse" not in f.read(), f"the password is not in {name}")
    tap.ok("correct horse" not in r.stderr, "nor on the screen")
    env = tool("mcopy", "-n", "-i", key, "::boot/grub/grubenv", "-").stdout
    tap.ok(b"medium=coal\n" in env and b"os_console=vga\n" in env, "CoaL's boot variables")
    broken = os.path.join(m.dir, "broken.json")
    with open(broken, "w", encoding="ascii") as f:
        f.write('{"unattended": true, "admin_ip": "10.0.0.300"}')
    r = build("--set", f"answer-file={broken}", want=1, build="private")
    tap.ok("E_IP" in r.stdout + r.stderr and "is refused" in r.stderr, "broken answers are refused",
           r.stdout + r.stderr)
    a = build("--set", "root-password=generate", "--seed", "x", build="g1")
    b = build("--set", "root-password=generate", "--seed", "x", build="g2")
    tap.ok(a.returncode == b.returncode == 0 and digest(m.image("g1")) == digest(m.image("g2")),
           "a seeded password is the same twice")
    with open(m.out(f"root.password.{STAMP}", "g1"), encoding="ascii") as f:
        tap.ok(re.fullmatch(r"[a-zA-Z2-9]{12}\n", f.read()), "twelve characters")


try:
    build()
    for part in (table, fat, side_files, cache, same_bytes, refusals, private):
        tap.run(part.__name__, part)
finally:
    m.close()
sys.exit(tap.done())
