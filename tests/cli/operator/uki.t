#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The operator's commands on a headnode whose key is of mode uki: the same words, done by
renaming signed entries."""

import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))

import platforms  # noqa: E402
from fakenode import (NEW, OLD, UUID, folder_of, get, headnode, listing, put,  # noqa: E402
                      run, sdcadm)
from tap import Tap  # noqa: E402

CERT = "certificate of this site"
KINDS = ("vga", "ttya", "ttyb", "rescue")


def entry(stamp, kind, signer=CERT):
    return f"{kind} of {stamp}, signature: {signer}".encode()


def entries(root):
    """What is in EFI/Linux, "RANK-STAMP-KIND"."""
    return sorted(n.removeprefix("triton-").removesuffix(".efi")
                  for n in os.listdir(f"{root}/mnt/usbkey/EFI/Linux"))


def uki_headnode(top):
    root = headnode(top)
    shutil.rmtree(f"{root}/mnt/usbkey/boot")
    put(root, "mnt/usbkey/EFI/KEYS/site.cer", CERT)
    manifest = listing(f"{root}/mnt/usbkey")
    put(root, "mnt/usbkey/usb_key.manifest", manifest)
    for kind in KINDS:
        rank = {"ttyb": 9, "rescue": 3}.get(kind, 5)
        put(root, f"mnt/usbkey/EFI/Linux/triton-{rank}-{OLD}-{kind}.efi",
            entry(OLD, kind).decode())
    return root


def archive(top, stamp, kinds=KINDS, signer=CERT):
    source = folder_of(tempfile.mkdtemp(dir=top), stamp)
    files = platforms.files_of(source, stamp)
    uki = {f"uki/{k}.efi": entry(stamp, k, signer) for k in kinds}
    files.update(platforms.sums({**files, **uki}))
    path = os.path.join(top, f"platform-{stamp}.tgz")
    platforms.archive(path, stamp, {**files, **uki})
    return path


def expect(tap, root, want, what):
    tap.equal(entries(root), sorted(want), what)


def names(rank, stamp, *kinds):
    return [f"{rank}-{stamp}-{k}" for k in kinds]


SETTLED = (names(9, OLD, "ttyb") + names(5, OLD, "vga", "ttya") + names(3, OLD, "rescue"))
ON_TRIAL = (names(8, OLD, "ttyb") + names(5, OLD, "vga", "ttya") + names(3, OLD, "rescue")
            + names(4, NEW, "vga", "ttya") + names(3, NEW, "rescue"))


def refused(tap, root, top):
    code, _, err = sdcadm(root, "install", archive(top, NEW, kinds=()))
    tap.ok(code == 1 and "mode=uki" in err, "a platform without entries is refused", err)
    code, _, err = sdcadm(root, "install", archive(top, NEW, signer="another site"))
    tap.ok(code == 1 and "site-key" in err, "one that another site signed too", err)
    tap.ok(not os.path.exists(f"{root}/usbkey/os/{NEW}"), "nothing of them stays")
    other = os.path.join(top, "grub")
    os.makedirs(other)
    grub = headnode(other)
    code, _, err = sdcadm(grub, "install", archive(top, NEW))
    tap.ok(code == 1 and "without mode=uki" in err,
           "signed entries are refused on a machine with GRUB", err)


def update(tap, root, top):
    code, out, err = sdcadm(root, "install", archive(top, NEW))
    tap.ok(code == 0 and f"installed platform {NEW}" in out, "a signed platform is installed",
           out + err)
    expect(tap, root, SETTLED, "the key is as before")
    code, out, err = sdcadm(root, "assign", NEW, UUID)
    tap.ok(code == 0 and "on trial" in out and OLD in out, "it is assigned", out + err)
    expect(tap, root, ON_TRIAL + names(9, NEW, "ttyb+1"), "the new one is counted")
    tap.ok(not os.path.exists(f"{root}/mnt/usbkey/os/{NEW}/uki"),
           "its entries are on the key once")
    tap.equal(get(root, "mnt/usbkey/usb_key.manifest"),
              "".join(line + "\n" for line in listing(f"{root}/mnt/usbkey").splitlines()
                      if "EFI/Linux" not in line), "the manifest is true")
    code, out, _ = sdcadm(root, "list")
    tap.ok(f"{NEW} is tried at the next boot; {OLD} comes back" in out, "list says it", out)
    code, _, err = run(root, "sdc-setconsole", "vga")
    tap.ok(code == 1 and "on trial" in err, "the console of a trial stays", err)
    code, _, err = sdcadm(root, "remove", NEW)
    tap.ok(code == 1 and "boots next" in err, "what boots next is not removed", err)


def tried(root, left):
    folder = f"{root}/mnt/usbkey/EFI/Linux/triton-9-{NEW}-ttyb"
    os.rename(f"{folder}+1.efi", f"{folder}{left}.efi")


def lost(tap, root):
    tried(root, "+0-1")
    code, out, _ = sdcadm(root, "list")
    tap.ok(f"{NEW} is on trial" in out, "its boot is counted", out)
    code, out, err = run(root, "switch-platform", OLD)
    tap.ok(code == 0, "the operator takes the old one back", out + err)
    expect(tap, root, SETTLED + names(4, NEW, "vga", "ttya", "ttyb") + names(3, NEW, "rescue"),
           "nothing is counted any more")


def kept(tap, root):
    sdcadm(root, "assign", NEW, UUID)
    tried(root, "")
    put(root, "proc/cmdline", f"triton.root=/os/{NEW}/root.img triton.entry=ttyb\n")
    code, out, err = run(root, "sdc-usbkey", "get-variable")
    tap.equal(sorted(out.split()), sorted([f"platform_version={NEW}", f"prev_version={OLD}",
                                           "os_console=ttyb"]), "the variables")
    code, _, err = sdcadm(root, "remove", OLD)
    tap.ok(code == 1 and "rollback" in err, "the rollback entry is not removed", err)
    code, out, err = run(root, "sdc-setconsole", "vga")
    tap.ok(code == 0, "another console", out + err)
    tap.ok({f"9-{NEW}-vga", f"8-{OLD}-vga", f"5-{NEW}-ttyb"} <= set(entries(root)),
           "of both platforms", str(entries(root)))
    code, out, _ = run(root, "sdc-usbkey", "get-variable", "os_console")
    tap.equal(out, "vga\n", "get-variable")
    code, _, err = run(root, "sdc-setconsole", "ttyd")
    tap.ok(code == 1 and "it has: vga, ttyb, ttya" in err, "one that was not built is refused", err)
    code, out, err = sdcadm(root, "remove", "--force", OLD)
    tap.ok(code == 0, "the old platform is removed", out + err)
    tap.ok(not any(OLD in n for n in entries(root)), "with its entries", str(entries(root)))


def signed_words(tap, root):
    for name, value in (("smt_enabled", "false"), ("ipxe", "true"), ("trial_seconds", "60"),
                        ("site", "x")):
        code, _, err = run(root, "sdc-usbkey", "set-variable", name, value)
        tap.ok(code == 1 and name in err and "build.spec" in err, f"{name} is refused", err)
    code, out, err = run(root, "sdc-usbkey", "get-variable", "-j")
    tap.equal(json.loads(out).get("platform_version"), NEW, "get-variable -j")
    folder = f"{root}/mnt/usbkey/EFI/Linux"
    os.rename(f"{folder}/triton-9-{NEW}-vga.efi", f"{folder}/other.efi")
    code, _, err = run(root, "sdc-usbkey", "mount")
    tap.ok(code == 0, "the entry that boots was lost: the key is repaired", err)
    tap.ok({f"9-{NEW}-ttyb", f"5-{NEW}-vga"} <= set(entries(root)), "another one boots",
           str(entries(root)))
    tap.equal(get(root, f"mnt/usbkey/EFI/Linux/triton-5-{NEW}-vga.efi"),
              entry(NEW, "vga").decode(), "and it comes back from the pool")


tap = Tap()
with tempfile.TemporaryDirectory() as folder:
    fake = uki_headnode(folder)
    tap.run("refused", refused, tap, fake, folder)
    tap.run("update", update, tap, fake, folder)
    tap.run("lost", lost, tap, fake)
    tap.run("kept", kept, tap, fake)
    tap.run("signed words", signed_words, tap, fake)
sys.exit(tap.done())
