# SPDX-License-Identifier: MPL-2.0
"""A made-up host for the set-up commands: a folder that stands for /, and tools that only
write down how they were called."""

import os
import shutil
import stat
import subprocess
import tempfile

TOP = os.getcwd()
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")
BACKUP = ".before-coal"

_TOOL = """#!/bin/sh
echo "${{0##*/}} $*" >> "{calls}"
{body}
"""


class Host:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="coal-host-")
        self.root = os.path.join(self.dir, "root")
        self.tools = os.path.join(self.dir, "tools")
        self.calls_file = os.path.join(self.dir, "calls")
        os.makedirs(self.root)
        os.makedirs(self.tools)

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def put(self, sample, *parts):
        """A recorded file in its place; returns its path."""
        to = self.path(*parts)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(os.path.join(SAMPLES, sample), to)
        return to

    def tool(self, name, body="", folder=None):
        folder = folder or self.tools
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(_TOOL.format(calls=self.calls_file, body=body))
        os.chmod(path, stat.S_IRWXU)

    def calls(self):
        """What was called since the last question."""
        if not os.path.exists(self.calls_file):
            return []
        with open(self.calls_file, encoding="utf-8") as f:
            lines = f.read().splitlines()
        os.unlink(self.calls_file)
        return lines

    def run(self, command, *args):
        env = {"PATH": f"{self.tools}:/usr/bin:/bin", "COAL_ROOT": self.root,
               "TMPDIR": self.dir, "LC_ALL": "C"}
        return subprocess.run([os.path.join(TOP, "coal", command), *args], env=env,
                              capture_output=True, text=True, timeout=60, check=False)

    def files(self):
        """Every file below the root with its bytes."""
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    found[os.path.relpath(path, self.root)] = f.read()
        return found


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def table():
    """The networks of coal/networks.sh: {name: value}."""
    rows = [line.split("=", 1) for line in read(os.path.join(TOP, "coal/networks.sh")).splitlines()
            if line.startswith(("EXTERNAL_", "ADMIN_"))]
    return dict(rows)
