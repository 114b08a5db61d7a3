#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sdcadm platform, install-platform, switch-platform, sdc-usbkey on a folder that is a headnode."""

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))

import platforms  # noqa: E402
from fakenode import (NEW, OLD, THIRD, UUID, command, folder_of, get, grubenv,  # noqa: E402
                      headnode, listing, put, run, sdcadm, variables)
from tap import Tap  # noqa: E402


def clean(root):
    """Nothing temporary is left in the copy or on the key."""
    left = [n for tree in ("usbkey/os", "mnt/usbkey/os")
            for n in os.listdir(os.path.join(root, tree))
            if n.endswith(".new") or (n.startswith(".") and n != ".lock")]
    return left


def update(tap, root, top):
    code, out, err = sdcadm(root, "list")
    tap.equal(code, 0, "list works on a fresh headnode")
    tap.equal(out.splitlines()[0].split(),
              ["VERSION", "CURRENT_PLATFORM", "BOOT_PLATFORM", "LATEST", "DEFAULT", "OS"],
              "with the columns that are known")
    tap.equal(out.splitlines()[1].split(), [OLD, "1", "1", "true", "true", "linux"], "and a row")
    path = os.path.join(top, f"platform-{NEW}.tgz")
    platforms.archive(path, NEW, platforms.files_of(folder_of(top, "x"), NEW))
    code, out, err = sdcadm(root, "install", path)
    tap.ok(code == 0 and f"installed platform {NEW}" in out, "an archive is installed", out + err)
    tap.ok("not verified: this platform has no site certificate" in out, "as what it is", out)
    tap.equal(clean(root), [], "nothing temporary stays")
    code, out, err = sdcadm(root, "install", path)
    tap.ok(code == 0 and "already" in out, "again: it is there", out + err)
    code, out, _ = sdcadm(root, "list", "-j")
    rows = {r["version"]: r for r in json.loads(out)}
    tap.equal((rows[NEW]["boot_platform"], rows[NEW]["latest"]), (0, True), "it boots nowhere yet")
    tap.ok(not os.path.exists(f"{root}/mnt/usbkey/os/{NEW}"), "and is not on the key")
    code, out, err = sdcadm(root, "assign", NEW)
    tap.ok(code == 1 and UUID in err, "assign wants its servers named", err)
    code, out, err = sdcadm(root, "assign", NEW, UUID)
    tap.ok(code == 0 and OLD in out, "assigned, and what comes back is said", out + err)
    v = variables(root)
    tap.equal((v["platform_version"], v["prev_version"], v["boot_state"]), (NEW, OLD, "new"),
              "the boot variables")
    tap.equal(get(root, "mnt/usbkey/usb_key.manifest"), listing(f"{root}/mnt/usbkey"),
              "the key's manifest is true")
    manifest = get(root, "mnt/usbkey/usb_key.manifest")
    tap.equal(get(root, "usbkey/.copied"),
              f"main-test {hashlib.sha256(manifest.encode()).hexdigest()}",
              "the next boot has nothing to copy")
    code, out, _ = sdcadm(root, "list")
    tap.ok("is tried at the next boot" in out, "list says what comes", out)


def in_use(tap, root):
    for stamp, why in ((OLD, "running"), (NEW, "boots next")):
        code, _, err = sdcadm(root, "remove", stamp)
        tap.ok(code == 1 and why in err, f"one that {why} is not removed", err)
    # as if NEW had been kept
    put(root, "proc/cmdline", f"triton.root=/os/{NEW}/root.img\n")
    put(root, "mnt/usbkey/boot/grub/grubenv", grubenv(platform_version=NEW, prev_version=OLD))
    code, _, err = sdcadm(root, "remove", OLD)
    tap.ok(code == 1 and "rollback" in err, "nor the rollback entry", err)
    code, out, err = sdcadm(root, "remove", "--force", OLD)
    tap.ok(code == 0 and f"removed platform {OLD}" in out, "but with --force", out + err)
    tap.ok("prev_version" not in variables(root), "the entry goes with it")
    tap.ok(not os.path.exists(f"{root}/mnt/usbkey/os/{OLD}"), "off the key")
    tap.equal(get(root, "mnt/usbkey/usb_key.manifest"), listing(f"{root}/mnt/usbkey"),
              "and out of its manifest")


def given_up(tap, root):
    put(root, "mnt/usbkey/boot/grub/grubenv",
        grubenv(platform_version=NEW, failed_version=THIRD))
    put(root, "var/lib/triton/trial.json", json.dumps(
        {"platform": THIRD, "result": "given up", "reason": "sshd does not answer"}))
    _, out, _ = sdcadm(root, "list")
    tap.ok(f"{THIRD} was given up: sshd does not answer" in out, "list says which, and why", out)


def spoilt(tap, root, top):
    """Each archive that is not right leaves the copy as it was."""
    source = folder_of(top, "y")
    good = platforms.files_of(source, THIRD)

    def altered(**changes):
        return {**good, **{k.replace("_", "."): v for k, v in changes.items()}}

    cases = (
        ("a changed byte", THIRD, altered(root_img=b"R" + good["root.img"][1:]), "root.img"),
        ("a missing file", THIRD, {k: v for k, v in good.items() if k != "initrd"}, "initrd"),
        ("a stranger", THIRD, {**good, "evil": b"x"}, "no manifest lists it"),
        ("another platform's manifest", NEW, good, "another platform"),
        ("a name that leaves", THIRD, {**good, "../../../etc/x": b"x"}, "leaves its folder"),
        ("a stamp that is none", "latest", good, "no platform stamp"),
        ("other sums", THIRD, {**good, "SHA256SUMS": b"0" * 64 + b"  manifest.json\n"},
         "manifest.json"),
    )
    for what, stamp, files, say in cases:
        path = os.path.join(top, "spoilt.tgz")
        platforms.archive(path, stamp, files)
        code, _, err = sdcadm(root, "install", path)
        tap.ok(code == 1 and say in err, f"{what} is refused", err)
    path = os.path.join(top, "cut.tgz")
    platforms.archive(path, THIRD, platforms.files_of(source, THIRD))
    for size in (10, 300, os.path.getsize(path) - 60):
        os.truncate(path, size)
        code, _, err = sdcadm(root, "install", path)
        tap.ok(code == 1 and "cut.tgz" in err, f"an archive of {size} bytes is refused", err)
        platforms.archive(path, THIRD, platforms.files_of(source, THIRD))
    tap.equal(clean(root), [], "nothing of them stays")
    tap.ok(not os.path.exists(f"{root}/usbkey/os/{THIRD}"), "and none is installed")


def signatures(tap, root, top):
    """A platform that holds its site's certificate takes what that site signed, no more."""
    key, cert, der = platforms.site(top)
    stranger = platforms.site(top, "stranger")
    cer = os.path.join(root, "usr/share/triton/site.cer")
    os.makedirs(os.path.dirname(cer), exist_ok=True)
    with open(cer, "wb") as f:
        f.write(der)
    source = folder_of(os.path.join(top, "signed"), THIRD)
    files = platforms.files_of(source, THIRD)
    good = platforms.sign(files, key, cert)
    other = platforms.files_of(source, THIRD,
                               lambda f: f.update({"root.img": b"R" + f["root.img"][1:]}))
    signature = good["SHA256SUMS.p7s"]
    path = os.path.join(top, "signed.tgz")

    def install(changed, *words):
        platforms.archive(path, THIRD, changed)
        return sdcadm(root, "install", *words, path)

    without = {k: v for k, v in good.items() if not k.startswith("SHA256SUMS")}
    cases = (
        ("unsigned", files, "there is no 'SHA256SUMS.p7s'"),
        ("without sums", without, "there is no 'SHA256SUMS'"),
        ("with a signature of no sums", {**without, "SHA256SUMS.p7s": signature},
         "there is no 'SHA256SUMS'"),
        ("signed by a stranger", platforms.sign(files, *stranger[:2]), "another key"),
        ("changed, with new sums", {**other, "SHA256SUMS.p7s": signature},
         "not what the site signed"),
        ("with a cut signature", {**good, "SHA256SUMS.p7s": signature[:-9]}, "PKCS #7 and DER"),
        ("with a signature in text", {**good, "SHA256SUMS.p7s": b"-----BEGIN PKCS7-----\n"},
         "PKCS #7 and DER"),
        ("with a changed file", {**good, "root.img": other["root.img"]}, "root.img"),
        ("with a file nobody lists", {**good, "SHA256SUMS.sig": b"x"}, "no manifest lists it"),
    )
    for what, changed, say in cases:
        code, _, err = install(changed)
        tap.ok(code == 1 and say in err, f"one {what} is refused", err)
    code, _, err = run(root, "install-platform", "-c", source)
    tap.ok(code == 1 and "is not signed" in err, "so is a folder without a signature", err)
    tap.equal(clean(root), [], "nothing of them stays")
    tap.ok(not os.path.exists(f"{root}/usbkey/os/{THIRD}"), "and none is installed")
    code, out, err = install(good)
    tap.ok(code == 0 and "\nverified: signed with the key of this site" in out,
           "one that the site signed is installed", out + err)
    tap.ok(os.path.exists(f"{root}/usbkey/os/{THIRD}/SHA256SUMS.p7s"), "with its signature")
    code, out, _ = install(good, "--json")
    tap.equal(json.loads(out), {"version": THIRD, "installed": False, "verified": True}, "as JSON")
    code, out, err = run(root, "install-platform", "-c", f"{root}/usbkey/os/{THIRD}")
    tap.ok(code == 0 and "\nverified: " in out, "its folder can be judged again", out + err)
    code, out, err = sdcadm(root, "remove", THIRD)
    tap.equal(code, 0, "and be removed")
    with open(cer, "wb") as f:
        f.write(b"damaged")
    code, _, err = install(good)
    tap.ok(code == 1 and "no certificate" in err, "a damaged certificate is no pass", err)
    os.unlink(cer)


def channel(tap, root, top):
    code, _, err = sdcadm(root, "avail")
    tap.ok(code == 1 and "no update channel is set" in err, "without a channel: said", err)
    web = os.path.join(top, "web")
    os.makedirs(web)
    path = os.path.join(web, f"platform-{THIRD}.tgz")
    platforms.archive(path, THIRD, platforms.files_of(folder_of(top, "z"), THIRD))
    with open(path, "rb") as f:
        put(web, "SHA256SUMS", f"{hashlib.sha256(f.read()).hexdigest()}  platform-{THIRD}.tgz\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=web)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    put(root, "usbkey/config", f"datacenter_name='x'\nupdate_channel='{url}'\n")
    code, out, err = sdcadm(root, "avail", "-H")
    tap.equal(out.split()[:3], [THIRD, "false", "true"], "the channel of the configuration")
    code, out, err = sdcadm(root, "install", "--latest")
    tap.ok(code == 0 and f"installed platform {THIRD}" in out, "--latest over HTTP", out + err)
    with open(path, "ab") as f:
        f.write(b"more")
    code, _, err = sdcadm(root, "install", "--force", THIRD)
    tap.ok(code == 1 and "was changed" in err, "an archive that changed is refused", err)
    code, out, _ = sdcadm(root, "avail", "-H", "-C", web)
    tap.equal(out.split()[:2], [THIRD, "true"], "a folder is a channel too")
    server.shutdown()


def killed(tap, root, top):
    """SIGKILL in the middle of an install: the copy is as before, the next one goes through."""
    big = folder_of(top, "w", size=60_000_000)
    path = os.path.join(top, f"platform-{OLD}.tgz")
    platforms.archive(path, OLD, platforms.files_of(big, OLD))
    process = subprocess.Popen(command(root, "sdcadm", "platform", "install", path),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    staging = f"{root}/usbkey/os/.{OLD}/root.img"
    until = time.monotonic() + 30
    while not os.path.exists(staging) and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    tap.ok(clean(root) and not os.path.exists(f"{root}/usbkey/os/{OLD}"),
           "killed on the way: only the temporary folder is there")
    code, out, err = run(root, "install-platform", path)
    tap.ok(code == 0 and "is installed" in out, "the next one goes through", out + err)
    tap.equal(clean(root), [], "and clears up")


def older_names(tap, root, top):
    code, out, err = run(root, "switch-platform", "-n", OLD)
    tap.ok(code == 0 and "would boot next" in out, "switch-platform -n", out + err)
    code, out, err = run(root, "switch-platform", OLD)
    tap.ok(code == 0 and variables(root)["platform_version"] == OLD, "switch-platform", out + err)
    code, out, err = run(root, "install-platform", "-c", os.path.join(top, OLD))
    tap.equal(code, 1, "install-platform -c on what is not there")
    code, out, err = sdcadm(root, "set-default", OLD)
    tap.equal(code, 0, "set-default")
    code, out, _ = sdcadm(root, "list", "-H", "-o", "version,default", "-s", "-version")
    tap.ok([OLD, "true"] in [line.split() for line in out.splitlines()], "list shows it", out)
    code, out, _ = sdcadm(root, "usage", "-j")
    tap.equal(json.loads(out)[0]["boot_platform"], OLD, "usage")
    put(root, "var/lib/setup.json", "{}")
    code, _, err = sdcadm(root, "assign", "--all", NEW)
    tap.ok(code == 1 and "setup" in err, "no trial while setup is not complete", err)


def usbkey(tap, root):
    code, out, _ = run(root, "sdc-usbkey", "status")
    tap.equal((code, out), (0, "mounted\n"), "status")
    code, out, _ = run(root, "sdc-usbkey", "status", "-j")
    tap.equal(json.loads(out)["version"], "main-test", "status -j")
    code, out, _ = run(root, "sdc-usbkey", "mount")
    tap.equal(out, f"{root}/mnt/usbkey\n", "mount prints where")
    code, _, err = run(root, "sdc-setconsole", "ttyq")
    tap.ok(code == 1 and "ttya" in err, "a console that is none is refused", err)
    code, _, _ = run(root, "sdc-setconsole", "vga")
    code, out, _ = run(root, "sdc-usbkey", "get-variable", "os_console")
    tap.equal(out, "vga\n", "sdc-setconsole, get-variable")
    code, _, err = run(root, "sdc-usbkey", "set-variable", "platform_version", "20990101T000000Z")
    tap.ok(code == 1 and "not on the boot medium" in err, "a platform that is not there", err)
    run(root, "sdc-usbkey", "set-variable", "site", "a b")
    tap.equal(variables(root).get("site"), "a b", "a variable of one's own")
    run(root, "sdc-usbkey", "set-variable", "site", "")
    tap.ok("site" not in variables(root), "an empty value takes it away")
    code, _, err = run(root, "sdc-usbkey", "update")
    tap.ok(code == 1 and "ignore-missing" in err, "update without a folder", err)
    put(root, "opt/smartdc/share/usbkey/scripts/x", "1\n")
    code, out, err = run(root, "sdc-usbkey", "update", "-n")
    tap.ok("would update scripts/x" in out and not os.path.exists(f"{root}/mnt/usbkey/scripts"),
           "update -n", out + err)
    code, out, err = run(root, "sdc-usbkey", "update")
    tap.equal(out, "updated scripts/x\n", "update")
    tap.equal(get(root, "mnt/usbkey/usb_key.manifest"), listing(f"{root}/mnt/usbkey"),
              "the manifest is true")
    code, out, _ = run(root, "sdc-usbkey", "update")
    tap.equal((code, out), (0, ""), "again: nothing to do")
    put(root, "mnt/usbkey/boot/grub/grubenv", "damaged")
    code, _, err = run(root, "sdc-usbkey", "get-variable", "os_console")
    tap.ok(code == 1 and "boot variables" in err, "damaged variables are said", err)


tap = Tap()
with tempfile.TemporaryDirectory() as folder:
    fake = headnode(folder)
    tap.run("update", update, tap, fake, folder)
    tap.run("in use", in_use, tap, fake)
    tap.run("given up", given_up, tap, fake)
    tap.run("spoilt", spoilt, tap, fake, folder)
    tap.run("signatures", signatures, tap, fake, folder)
    tap.run("channel", channel, tap, fake, folder)
    tap.run("killed", killed, tap, fake, folder)
    tap.run("older names", older_names, tap, fake, folder)
    tap.run("usbkey", usbkey, tap, fake)
sys.exit(tap.done())
