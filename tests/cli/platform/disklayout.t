#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""disklayout on lists of disks: output, errors, exit codes."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from tap import Tap  # noqa: E402

tap = Tap()
BIN = os.path.join(os.environ["BIN"], "disklayout")
TB = 10**12


def run(disks, *args):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(disks, f)
        f.flush()
        p = subprocess.run([BIN, "-f", f.name, *args], capture_output=True, text=True, check=False)
    return p.returncode, p.stdout, p.stderr


def disk(name, size=TB, **more):
    return dict(name=name, size=size, **more)


status, out, _ = run([disk("sda")])
tap.equal((status, json.loads(out)),
          (0, {"vdevs": [{"name": "sda", "size": TB, "solid_state": False}], "capacity": TB}),
          "one disk")
status, out, _ = run([disk(f"sd{c}") for c in "abcd"], "-s", "1")
layout = json.loads(out)
tap.equal([d["name"] for d in layout["spares"]], ["sdd"], "a spare when one is asked for")
tap.equal(layout["capacity"], 2 * TB, "capacity without parity")
status, out, _ = run([disk("sda"), disk("sdb"), disk("sdc")], "-e", "sdb,sdc")
tap.equal(len(json.loads(out)["vdevs"]), 1, "excluded disks are left out")
status, out, _ = run([disk("sda"), disk("ssd", 10**11, solid_state=True)], "-c")
tap.ok("cache" not in json.loads(out), "no cache with -c")
status, out, _ = run([disk("usb", removable=True)])
tap.equal((status, json.loads(out)), (1, {"error": "no primary storage disks available"}),
          "no disk: the reason and exit code 1")
status, out, _ = run([disk("sda")], "raidz7")
tap.equal((status, json.loads(out)), (1, {"error": "unknown layout raidz7"}), "unknown layout")
status, out, err = run([disk("sda")], "-s", "many")
tap.ok(status == 2 and "many" in err, "a number that is none is a usage error", err)
status, out, err = run([{"name": "sda"}])
tap.ok(status == 1 and "'sda' needs a 'size'" in err, "a disk without size is named", err)
status, out, err = run([], "one", "two")
tap.equal(status, 2, "one layout at most")
sys.exit(tap.done())
