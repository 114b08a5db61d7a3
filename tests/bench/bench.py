#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""make bench: each figure as a ratio to its peer, measured in the same run.

Builds are judged in CPU seconds. Their peer is what a builder without a cache does with the same
packages: mmdebstrap into a tar and mksquashfs of it at the same level, nothing else. Boots are
judged in wall seconds of an emulated machine; their peer is the same machine, kernel and medium
up to the first program of the initramfs: what no live system can save. Sizes and memory have the
budget as their peer. The limits of the budget are checks: one that is passed ends this with 1.
"""

import argparse
import glob
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

import fwrules  # noqa: E402
import metadata_part  # noqa: E402
from login import login  # noqa: E402
from vm import VM, coal_answers, speed  # noqa: E402

TOP = os.environ["TOP"]
CACHE = os.environ["CACHE"]
DONE = r"==> Setup complete \(in (\d+) seconds\)"
figures = []


def cpu_of(argv, **more):
    """Run it; CPU seconds of all its processes, and wall seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    ran = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, timeout=1200,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if ran.returncode != 0:
        raise SystemExit(f"{argv[0]} ended with {ran.returncode}:\n" + ran.stdout[-2000:])
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), wall


def figure(name, value, unit, peer, peer_name, limit=None, note=""):
    over = limit is not None and value > limit
    figures.append({"name": name, "value": round(value, 2), "unit": unit,
                    "peer": round(peer, 2), "peer_name": peer_name, "ratio": round(value / peer, 3),
                    "limit": limit, "within": not over, "note": note})
    print(f"{name:<46} {value:8.1f} {unit:<6} {value / peer:6.2f} x {peer_name} ({peer:.1f})"
          f"{f'  limit {limit:g}' if limit else ''}{'  OVER' if over else ''}  {note}", flush=True)


def make(folder, cache, *more):
    return cpu_of(["make", "-C", TOP, "usb", f"B={folder}", f"CACHE={cache}", "OFFLINE=1", *more])


def peer_build(work, level):
    """mmdebstrap from the cached packages, mksquashfs of what it made."""
    repo = os.path.join(work, "repo")
    os.makedirs(repo)
    for deb in glob.glob(os.path.join(CACHE, "debs", "*.deb")):
        os.link(deb, os.path.join(repo, os.path.basename(deb)))
    with open(os.path.join(repo, "Packages"), "w", encoding="utf-8") as f:
        subprocess.run(["apt-ftparchive", "packages", "."], cwd=repo, stdout=f, check=True,
                       stderr=subprocess.DEVNULL)
    with open(os.path.join(TOP, "platform/rootfs/packages.lock"), encoding="utf-8") as f:
        names = sorted(words[1] for words in (line.split() for line in f)
                       if words and words[0] == "root")
    tar = os.path.join(work, "peer.tar")
    merged = ('cd "$1"; mkdir -p usr/bin usr/sbin usr/lib usr/lib64; '
              'for d in bin sbin lib lib64; do ln -s usr/$d $d; done')
    cpu, wall = cpu_of(["mmdebstrap", "--quiet", "--variant=custom",
                        f"--setup-hook={merged}", f"--include={','.join(names)}",
                        "bookworm", tar, f"deb [trusted=yes] copy:{repo} ./"])
    out = os.path.join(work, "peer.squashfs")
    script = (f"mksquashfs - {out} -tar -quiet -no-progress -comp zstd -Xcompression-level {level} "
              f"< {tar}")
    more, squash_wall = cpu_of(["sh", "-c", script])
    return cpu + more, wall + squash_wall


def builds():
    with tempfile.TemporaryDirectory(prefix="triton-bench-", dir=os.environ["BUILD"]) as work:
        peer, _ = peer_build(work, 15)
        name = "mmdebstrap + squashfs, zstd-15"
        out, cache = os.path.join(work, "out"), os.path.join(work, "cache")
        os.makedirs(cache)
        shutil.copytree(os.path.join(CACHE, "debs"), os.path.join(cache, "debs"),
                        copy_function=os.link)
        cpu_of(["make", "-C", TOP, "programs", f"B={out}", "-j2"])
        cpu, wall = make(out, cache, "COMPRESSION=15")
        figure("USB image, packages cached, no root tree", cpu, "CPU s", peer, name, 150,
               f"{wall:.1f} s wall")
        sizes(out)
        for gone in ("root", "hvm", "initramfs"):
            shutil.rmtree(os.path.join(cache, gone), ignore_errors=True)
        cpu, wall = make(out, cache, "COMPRESSION=15")
        figure("USB image, root tree cached", cpu, "CPU s", peer, name, 90, f"{wall:.1f} s wall")
        make(out, cache, "COMPRESSION=3")
        one_file(out, cache, peer, name)
        cpu, wall = make(out, cache, "COMPRESSION=3")
        figure("nothing changed, wall", wall, "s", peer, name, 3, f"{cpu:.2f} CPU s")


def one_file(out, cache, peer, name):
    """A C file of a node program changes in a copy of the tree's object: its text grows."""
    source = os.path.join(TOP, "platform/cmd/console-mirror.c")
    stat = os.stat(source)
    with open(source, "rb") as f:
        text = f.read()
    try:
        with open(source, "ab") as f:
            f.write(b'\n__attribute__((used)) static const char bench_mark[] = "%d";\n'
                    % time.time_ns())
        cpu, wall = make(out, cache, "COMPRESSION=3")
    finally:
        with open(source, "wb") as f:
            f.write(text)
        os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        os.utime(source)
    figure("one changed C file to a new image, zstd-3", cpu, "CPU s", peer, name, 12,
           f"{wall:.1f} s wall")
    make(out, cache, "COMPRESSION=3")


def sizes(out):
    platform = glob.glob(os.path.join(out, "platform", "2*"))[0]

    def megabytes(name):
        return os.path.getsize(os.path.join(platform, name)) / 1e6
    image = glob.glob(os.path.join(out, "out", "usb-*.img"))[0]
    allocated = os.stat(image).st_blocks * 512 / 1e6
    figure("root.img, zstd-15", megabytes("root.img"), "MB", 253, "live-build ISO", 110)
    figure("vmlinuz and initrd", megabytes("vmlinuz") + megabytes("initrd"), "MB", 12, "budget")
    figure("USB image allocated, without hvm.img", allocated - megabytes("hvm.img"), "MB", 253,
           "live-build ISO", 150)


def median(values):
    return sorted(values)[len(values) // 2]


def first_question():
    with VM(disks=(8,)) as vm:
        vm.start()
        vm.pass_menu()
        vm.serial[1].expect(r"triton-init: \[[0-9.]+\] started", 90)
        init = vm.seconds()
        vm.serial[0].expect(r"Press Enter to begin", 120)
        return init, vm.seconds(), vm.cpu_seconds()


def boots():
    runs = [first_question() for _ in range(3)]
    peer = median([r[0] for r in runs])
    figure("power-on to the first question, BIOS USB", median([r[1] for r in runs]), "s", peer,
           "power-on to init", 30, f"{median([r[2] for r in runs]):.1f} CPU s")
    with VM(disks=(8,), answers=coal_answers()) as vm:
        vm.start()
        vm.pass_menu()
        vm.serial[1].expect(r"triton-init: \[[0-9.]+\] started", 90)
        vm.serial[0].expect(r"creating pool", 240)
        begun = vm.seconds()
        vm.serial[0].expect(DONE, 240)
        figure("last answer to Setup complete", vm.seconds() - begun, "s", peer,
               "power-on to init", None, f"{vm.cpu_seconds():.1f} CPU s in all")
        login(vm.serial[0])
        memory(vm.serial[0])


def memory(console):
    """Used after setup: all but what is free or can be freed, less the image in RAM."""
    _, text = console.command("awk '/^Mem(Total|Available)/ {print $2}' /proc/meminfo; "
                              "stat -c %s /dev/loop0 >/dev/null; blockdev --getsize64 /dev/loop0")
    total, available, image = (int(word) for word in text.split())
    used = (total - available) / 1024 - image / 1048576
    figure("memory used after setup, beside the image", used, "MiB", 190, "Debian minimal", 350)


def smallest():
    """The smallest memory, in steps of 64 MiB, with which setup completes."""
    for mib in (448, 512, 576, 640, 768, 1024):
        try:
            with VM(disks=(8,), memory=mib, answers=coal_answers()) as vm:
                vm.start()
                vm.pass_menu()
                vm.serial[0].expect(DONE, 240)
                figure("smallest memory that completes setup", mib, "MiB", 1024, "headnode target",
                       1024)
                return
        except Exception as e:  # pylint: disable=broad-except
            print(f"# {mib} MiB: {str(e).splitlines()[0]}", flush=True)
    figure("smallest memory that completes setup", 9999, "MiB", 1024, "headnode target", 1024)


def firewall():
    ours, peer = fwrules.measure()
    figure("firewall rule: parse, judge, canonical text", ours, "us", peer, "Python re", 3)


def metadata():
    each, mebibytes = metadata_part.ours()
    figure("metadata GET, 100 guests, CPU of the agent", each, "us", metadata_part.node(),
           "minimal Node server", 2.5)
    figure("metadata agent, 100 guests, resident", mebibytes, "MiB", 4, "budget", 4)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", required=True)
    arguments.add_argument("parts", nargs="*", default=["builds", "boots", "smallest", "firewall",
                                                        "metadata"])
    options = arguments.parse_args()
    print(f"emulator here: {speed():.2f} times as slow as the reference machine", flush=True)
    for part in options.parts:
        {"builds": builds, "boots": boots, "smallest": smallest, "firewall": firewall,
         "metadata": metadata}[part]()
    with open(options.out, "w", encoding="utf-8") as f:
        json.dump({"speed": speed(), "figures": figures}, f, indent=2)
        f.write("\n")
    return 0 if all(f["within"] for f in figures) else 1


sys.exit(main())
