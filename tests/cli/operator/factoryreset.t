#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sdc-factoryreset: two questions, and a mark on the pool; nothing without both answers."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))

from tap import Tap  # noqa: E402

BIN = os.environ["BIN"]


def run(root, *args, typed=""):
    p = subprocess.run([os.path.join(BIN, "sdc-factoryreset"), "--root", root, *args], input=typed,
                       capture_output=True, text=True, timeout=60, check=False)
    return p.returncode, p.stdout, p.stderr


def questions(tap):
    with tempfile.TemporaryDirectory() as root:
        mark = os.path.join(root, "zones/.factoryreset")
        os.mkdir(os.path.join(root, "zones"))
        code, _, err = run(root, "-y")
        tap.ok(code == 1 and "has no pool" in err, "no pool, no reset", err)
        with open(os.path.join(root, "zones/.system_pool"), "w", encoding="ascii"):
            pass
        for typed in ("n\n", "y\nn\n", "y\n", "", "maybe\nno\n"):
            code, _, err = run(root, typed=typed)
            tap.ok(code == 1 and "nothing was changed" in err and not os.path.exists(mark),
                   f"{typed!r} changes nothing", err)
        code, out, err = run(root, typed="y\nyes\n")
        tap.ok(code == 0 and os.path.exists(mark), "y twice sets the mark", out + err)
        tap.ok("every instance" in out and out.count("[y/n]") == 2, "after saying what goes", out)
        os.unlink(mark)
        code, out, _ = run(root, "-ys")
        tap.ok(code == 0 and os.path.exists(mark) and "Switching off in 5" in out, "-y -s", out)
        tap.equal(run(root, "-x")[0], 2, "an unknown option")


tap = Tap()
tap.run("questions", questions, tap)
sys.exit(tap.done())
