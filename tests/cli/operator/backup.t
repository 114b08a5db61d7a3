#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sdc-backup on a folder that is a headnode: what is in the file, and what is not."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))

from tap import Tap  # noqa: E402

BIN = os.environ["BIN"]
CONFIG = "datacenter_name=coal-1\nroot_shadow=x\n# end of config, 2 keys\n"
HOOK = "#!/bin/sh\necho dump > \"$1/data\"\n"
IN = {"mnt/usbkey/config": CONFIG, "mnt/usbkey/config.inc/root.authorized_keys": "ssh-ed25519 A\n",
      "mnt/usbkey/boot/grub/grubenv": ("# GRUB Environment Block\nos_console=vga\n").ljust(1024, "#"),
      "zones/var/ssh/ssh_host_ed25519_key": "secret\n", "zones/var/lib/setup.json": "{}\n",
      "zones/opt/custom/deep/er/file": "mine\n", "zones/opt/smartdc/etc/x": "etc\n",
      "zones/config/u.json": "{}\n"}
OUT = {"mnt/usbkey/.joyliveusb": "", "mnt/usbkey/private/answers.json": "{}", "mnt/usbkey/version": "v\n",
       "usbkey/version": "main-1\n", "usbkey/usb_key.manifest": "", "zones/var/log/x": "log\n",
       "zones/var/crash/x": "core\n", "zones/opt/smartdc/bin/x": "tool\n", "zones/inst/root": "big\n",
       "usbkey/zones/quiet/image": "uuid\n"}
PLACES = {"mnt/usbkey/": "key/", "zones/var/": "var/", "zones/opt/": "opt/", "zones/config/": "config/"}


def put(root, path, text, mode=0o644):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def headnode(root):
    for path, text in {**IN, **OUT}.items():
        put(root, path, text, 0o600 if "ssh" in path else 0o644)
    put(root, "usbkey/zones/papi/backup", HOOK, 0o755)
    os.symlink("deep", os.path.join(root, "zones/opt/custom/link"))
    os.mkfifo(os.path.join(root, "zones/opt/custom/pipe"))


def run(root, *args):
    p = subprocess.run([os.path.join(BIN, "sdc-backup"), "--root", root, *args],
                       capture_output=True, text=True, timeout=60, check=False)
    return p.returncode, p.stdout, p.stderr


def member_of(path):
    for prefix, name in PLACES.items():
        if path.startswith(prefix):
            return name + path[len(prefix):]
    return None


def contents(tap):
    with tempfile.TemporaryDirectory() as root:
        headnode(root)
        code, out, err = run(root)
        match = re.match(r"(\S+/zones/backups/backup-\d{4}(-\d\d){5}\.tgz): ", out)
        if not tap.ok(code == 0 and match, "a backup named by its time", out + err):
            return
        tap.equal(os.stat(match.group(1)).st_mode & 0o7777, 0o600, "only root reads it")
        tap.equal(os.listdir(os.path.join(root, "zones/backups")),
                  [os.path.basename(match.group(1))], "nothing else is left in the folder")
        tap.ok("custom/pipe" in err and "1 names were left out" in err, "a pipe is left out, and said",
               err)
        with tarfile.open(match.group(1)) as tar:
            members = tar.getmembers()
            tap.equal(members[0].name, "manifest.json", "the manifest comes first")
            manifest = json.load(tar.extractfile(members[0]))
            bodies = {m.name: tar.extractfile(m).read() for m in members[1:] if m.isfile()}
        check(tap, manifest, members[1:], bodies)
        tap.ok(not os.path.exists(os.path.join(root, "backup.services")), "the work folder is gone")


def check(tap, manifest, members, bodies):
    tap.equal((manifest["kind"], manifest["v"], manifest["datacenter_name"], manifest["version"]),
              ("triton-headnode-backup", 1, "coal-1", "main-1"), "the manifest says whose it is")
    want = {member_of(p): t.encode() for p, t in IN.items()}
    want["services/papi/data"] = b"dump\n"
    tap.equal(bodies, want, "the files are those that belong in, and no others")
    tap.equal([m["path"] for m in manifest["members"]], [m.name for m in members],
              "the manifest names all members in order")
    sums = {m["path"]: m["sha256"] for m in manifest["members"] if m["type"] == "file"}
    tap.equal(sums, {p: hashlib.sha256(d).hexdigest() for p, d in want.items()}, "with their digests")
    link = [m for m in members if m.issym()]
    tap.equal([(m.name, m.linkname) for m in link], [("opt/custom/link", "deep")], "a link is a link")
    mode = {m.name: m.mode for m in members}
    tap.equal(mode["var/ssh/ssh_host_ed25519_key"], 0o600, "modes are kept")


def failures(tap):
    with tempfile.TemporaryDirectory() as root:
        code, _, err = run(root)
        tap.ok(code == 1 and "sdcadm setup status" in err, "not without a headnode", err)
        headnode(root)
        put(root, "usbkey/zones/papi/backup", "#!/bin/sh\necho no room >&2\nexit 3\n", 0o755)
        target = os.path.join(root, "b.tgz")
        code, _, err = run(root, "-o", target)
        tap.ok(code == 1 and "papi" in err and "no room" in err, "a service's failure is one", err)
        tap.equal([n for n in os.listdir(root) if n.startswith("b")], [], "and leaves no file")
        os.unlink(os.path.join(root, "mnt/usbkey/config"))
        code, _, err = run(root, "-o", target)
        tap.ok(code == 1 and "no config" in err, "nor without a config", err)
        tap.equal(run(root, "x")[0], 2, "an operand is none of its words")


tap = Tap()
for part in (contents, failures):
    tap.run(part.__name__, part, tap)
sys.exit(tap.done())
