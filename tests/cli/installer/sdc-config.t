#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""sdc-config and the other commands around it: search order, forms of output, failures; nics; hash-password."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from setup_cli import SDC_CONFIG, SETUP, Folder, Tap, run  # noqa: E402


def config(folder, *argv):
    return run(SDC_CONFIG, "--root", folder.at("root"), *argv)


def search(tap, folder):
    folder.write("root/proc/cmdline", "ro quiet\n")
    tap.equal(config(folder)[:2], (0, ""), "no config on a compute node: no variables, success")
    tap.equal(config(folder, "-json")[:2], (0, "{}\n"), "and an empty object")
    folder.write("root/proc/cmdline", "ro headnode=true triton-x=1\n")
    status, out, err = config(folder)
    tap.ok(status == 1 and out == "" and "triton-setup" in err, "on a headnode it is fatal", err)
    folder.write("root/opt/smartdc/config/node.config", "datacenter_name='node'\nb=\"two words\"\n")
    tap.equal(config(folder, "datacenter_name")[:2], (0, "node\n"), "node.config is found")
    folder.write("root/mnt/usbkey/config", "datacenter_name=key\n")
    folder.write("root/mnt/usbkey/config.inc/generic", "install_agents=true\ndatacenter_name=x\n")
    status, out, err = config(folder, "datacenter_name", "install_agents")
    tap.equal((status, out), (0, "key\ntrue\n"), "the key's config wins, generic is below it")
    tap.ok("node.config" in err, "with a warning that both are there", err)


def forms(tap, folder):
    folder.write("root/usbkey/config", "a='it'\\''s'\nb=$'x\\ty'\nc=\n")
    status, out, _ = config(folder)
    folder.write("assignments", out)
    tap.ok(status == 0 and out.startswith("CONFIG_a='it'\\''s'\n"), "assignments", out)
    p = subprocess.run(["bash", "-c", 'eval "$1"; printf "%s|%s|%s" "$CONFIG_a" "$CONFIG_b" "$CONFIG_c"', "bash", out],
                       capture_output=True, check=False)
    tap.equal(p.stdout, b"it's|x\ty|", "safe to eval")
    tap.ok(config(folder, "-p", "SDC_", "a")[1] == "SDC_a='it'\\''s'\n", "one key with a prefix")
    tap.equal(json.loads(config(folder, "-json")[1]),
              {"a": "it's", "b": "x\ty", "c": "", "config_inc_dir": folder.at("root/usbkey/config.inc")}, "-json")
    tap.equal(json.loads(config(folder, "--json", "c", "a")[1]), {"c": "", "a": "it's"}, "chosen keys as JSON")
    tap.equal(config(folder, "nothing")[0], 1, "a key that is not there: 1")
    tap.equal(config(folder, "-p", "a b")[0], 1, "a prefix that is none: 1")
    tap.equal(config(folder, "--boot", "-p", "BOOT_", "triton_x", "headnode")[:2],
              (0, "BOOT_triton_x=1\nBOOT_headnode=true\n"), "boot arguments")
    folder.write("root/usbkey/config", "a=1\nb=$(id)\n")
    status, out, err = config(folder, "a")
    tap.ok(status == 1 and out == "" and "config:2:3: E_CFG_EXPANSION" in err, "what a shell would run is refused", err)
    tap.equal(run(SDC_CONFIG, "a", env={"SDC_CONFIG_FILENAME": folder.at("absent")})[0], 1, "a named file must exist")


SHIM = "platform/rootfs/overlay/usr/lib/sdc/config.sh"


def shim(tap, folder):
    folder.write("root/usbkey/config", "a='it'\\''s'\nadmin_ip=10.0.0.1\n")
    wrapper = folder.write("bin/sdc-config", f'#!/bin/sh\nexec {SDC_CONFIG} --root {folder.at("root")} "$@"\n')
    os.chmod(wrapper, 0o755)
    script = (f'PATH={folder.at("bin")}:$PATH; . {SHIM}; load_sdc_config && load_sdc_config X_ && '
              'load_sdc_bootparams && printf "%s|%s|%s" "$CONFIG_a" "$X_admin_ip" "$BOOT_headnode"')
    for shell in ("bash", "sh"):
        p = subprocess.run([shell, "-c", script], capture_output=True, check=False)
        tap.equal(p.stdout, b"it's|10.0.0.1|true", f"load_sdc_config in {shell}")
    folder.write("root/usbkey/config", "a=$(id)\n")
    p = subprocess.run(["sh", "-c", script], capture_output=True, check=False)
    tap.ok(p.returncode != 0 and not p.stdout, "a refused config is a failed call")


def sysfs(folder):
    """Three PCI NICs out of order, one bridge, one without a device, one of another kind."""
    for name, bus, mac, kind in (("eth0", "0000:02:05.0", "00:0C:29:00:00:05", "1"),
                                 ("eth1", "0000:02:01.0", "00:0c:29:00:00:01", "1"),
                                 ("ens9", "0000:10:00.0", "00:0c:29:00:00:10", "1"),
                                 ("ib0", "0000:11:00.0", "00:0c:29:00:00:11", "32"),
                                 ("br0", None, "00:0c:29:00:00:99", "1"), ("lo", None, "00:00:00:00:00:00", "772")):
        base = f"root/sys/class/net/{name}/"
        folder.write(base + "address", mac + "\n")
        folder.write(base + "type", kind + "\n")
        folder.write(base + "carrier", "1\n" if name != "eth1" else "0\n")
        folder.write(base + "speed", "1000\n" if name == "eth0" else "-1\n")
        if bus:
            folder.write(f"root/sys/devices/{bus}/x", "")
            os.symlink(f"../../../devices/{bus}", folder.at(base + "device"))
    os.symlink("../../bus/pci/drivers/e1000", folder.at("root/sys/devices/0000:02:05.0/driver"))


def nics(tap, folder):
    folder.write("root/sys/class/net/lo/type", "772\n")
    folder.write("root/sys/bus/pci/devices/0000:03:00.0/class", "0x020000\n")
    folder.write("root/sys/bus/pci/devices/0000:03:00.0/vendor", "0x8086\n")
    folder.write("root/sys/bus/pci/devices/0000:03:00.0/device", "0x1572\n")
    status, out, err = run(SETUP, "nics", "--root", folder.at("root"))
    tap.ok(status == 3 and out == "" and "no network interface found" in err, "no NIC: 3", err)
    tap.ok("0000:03:00.0 8086:1572" in err, "with the devices that have no driver", err)
    sysfs(folder)
    status, out, _ = run(SETUP, "nics", "--json", "--root", folder.at("root"))
    listed = json.loads(out)
    tap.equal([(n["number"], n["link"], n["mac"], n["state"]) for n in listed],
              [(1, "eth1", "00:0c:29:00:00:01", "down"), (2, "eth0", "00:0c:29:00:00:05", "up"),
               (3, "ens9", "00:0c:29:00:00:10", "up")], "physical NICs by bus address")
    tap.equal((listed[1]["driver"], listed[1]["speed"]), ("e1000", 1000), "driver and speed")
    _, out, _ = run(SETUP, "nics", "--root", folder.at("root"))
    tap.equal(out.splitlines()[0].split()[:6], ["Number", "Link", "MAC", "Address", "State", "Network"], "the table")
    tap.equal([len(line) >= 54 for line in out.splitlines()][0], True, "its width")
    answers = folder.write("a.json", {"admin_nic": "2", "external_nic": "00:0c:29:00:00:77"})
    folder.write("list.json", listed)
    _, out, _ = run(SETUP, "validate", "--nics", folder.at("list.json"), answers)
    tap.ok("E_NIC external_nic" in out and "admin_nic" not in out, "--nics takes that form", out)


def hashes(tap):
    def ask(text, *options):
        return run(SETUP, "hash-password", *options, stdin=text)
    status, out, _ = ask(b"rootpass\nrootpass\n")
    tap.ok(status == 0 and re.fullmatch(r"\$y\$j9T\$[./0-9A-Za-z]{22}\$[./0-9A-Za-z]{43}\n", out), "yescrypt", out)
    status, out, _ = ask(b"rootpass\nrootpass\n", "--method", "sha512")
    tap.ok(status == 0 and re.fullmatch(r"\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}\n", out), "SHA-512", out)
    for text, why in ((b"rootpass\nrootpasS\n", "differ"), (b"rootpass\n", "two lines"), (b"", "two lines"),
                      (b"short\nshort\n", "at least 8")):
        status, out, err = ask(text)
        tap.ok(status == 2 and out == "" and why in err, f"{text!r} is refused", err)
    tap.equal(ask(b"rootpass\nrootpass\n", "--method", "md5")[0], 2, "unknown method")


def usage(tap):
    tap.equal(run(SETUP)[0], 1, "the wizard without a folder: 1")
    tap.equal(run(SETUP, "validate")[0], 2, "a command without its file: 2")
    tap.equal(run(SETUP, "--help")[0], 0, "help")
    tap.equal(run(SDC_CONFIG, "--nonsense")[0], 2, "an unknown option")


def main():
    tap = Tap()
    with Folder() as folder:
        for part in (search, forms, shim):
            tap.run(part.__name__, part, tap, folder)
    with Folder() as folder:
        tap.run("nics", nics, tap, folder)
    tap.run("hashes", hashes, tap)
    tap.run("usage", usage, tap)
    return tap.done()


sys.exit(main())
