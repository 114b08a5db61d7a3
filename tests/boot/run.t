#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""triton-run, what `make run` calls: unattended to the end, failing with a reason, interrupted."""

import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))

from tap import Tap  # noqa: E402
from vm import ROOT, image, speed  # noqa: E402


def start(folder, *more):
    """Without a terminal; the sanitized build of the runner would only slow QEMU's start."""
    return subprocess.Popen(["triton-run", "boot", f"--dir={folder}", *more, image()], cwd=ROOT,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def alive(folder):
    """Processes whose command line names the folder: QEMU, if it is still there."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read()
        except OSError:
            continue
        if b"qemu-system" in words and folder.encode() in words:
            found.append(pid)
    return found


def complete(tap):
    with tempfile.TemporaryDirectory() as folder:
        run = start(folder)
        out, _ = run.communicate(timeout=400 * speed())
        tap.equal(run.returncode, 0, "without a terminal it sets the machine up and ends with 0")
        tap.ok("==> Setup complete (in " in out, "and shows the last line", out[-2000:])
        tap.ok("setup: welcome" in out or "setup: preparing" in out, "and the steps before it", out)
        tap.equal(alive(folder), [], "the machine is gone")


def no_disk(tap):
    with tempfile.TemporaryDirectory() as folder:
        run = start(folder, "--disks=0")
        out, _ = run.communicate(timeout=400 * speed())
        tap.equal(run.returncode, 1, "a machine without disks ends with 1")
        tap.ok("no usable disks found" in out, "and says why", out[-3000:])
        tap.equal(alive(folder), [], "the machine is gone")


def interrupted(tap):
    with tempfile.TemporaryDirectory() as folder:
        run = start(folder)
        until = time.monotonic() + 30
        while not alive(folder) and time.monotonic() < until:
            time.sleep(0.1)
        tap.ok(alive(folder), "a machine runs")
        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=60)
        tap.equal(run.returncode, 1, "SIGTERM ends the runner with 1")
        tap.ok("ended by signal 15" in out, "which says so", out)
        tap.equal(alive(folder), [], "and takes its machine along")


tap = Tap()
tap.run("complete", complete, tap)
tap.run("no disk", no_disk, tap)
tap.run("interrupted", interrupted, tap)
sys.exit(tap.done())
