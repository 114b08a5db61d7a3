#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The CoaL appliance: its names, disks and texts, judged by published key names, schemas and
other programs' readers."""

import glob
import json
import os
import re
import sys
import tarfile
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../lib")]
from medium import EPOCH, STAMP, Medium, digest, sha256, tool  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
m = Medium()
NAME = f"coal-main-{STAMP}-g1234567"
BUNDLE = f"{NAME}-2gb.vmwarevm"
SECTORS = 3870720
NETWORKS = {"0": ("nat", "00:50:56:3d:a7:95"), "1": ("hostonly", "00:50:56:34:60:4c")}


def build(*args, want=0, **kw):
    r = m.product("coal", "--seed", "x", *args, **kw)
    tap.ok(r.returncode == want, f"coal {' '.join(args)} exits with {want}", r.stderr[-3000:])
    return r


def inside(name, folder="build"):
    return m.out(os.path.join(BUNDLE, name), folder)


def vmx(folder="build"):
    """The machine's settings, {key: value}."""
    found = {}
    with open(inside("USB-headnode.vmx", folder), encoding="utf-8") as f:
        for line in f:
            key, value = re.fullmatch(r'([\w.:]+) = "([^"]*)"\n', line).groups()
            if key in found:
                raise ValueError(f"{key} twice")
            found[key] = value
    return found


def names():
    tap.equal(sorted(os.listdir(m.out(BUNDLE))),
              ["2gb.img", "USB-headnode.vmdk", "USB-headnode.vmsd", "USB-headnode.vmx",
               "USB-headnode.vmxf", "zpool.vmdk"], "the files of the bundle")
    left = [n for n in os.listdir(m.out("")) if n.startswith(".")]
    tap.equal(left, [], "nothing half made is left")
    secret = m.out(f"root.password.{STAMP}")
    with open(secret, encoding="ascii") as f:
        tap.ok(re.fullmatch(r"[a-zA-Z2-9]{12}\n", f.read()), "root's password is generated")
    with open(m.out(f"build-{STAMP}.json"), encoding="utf-8") as f:
        outputs = {o["name"]: o for o in json.load(f)["outputs"]}
    tap.equal(outputs[f"{NAME}.ova"]["sha256"], sha256(m.out(f"{NAME}.ova")),
              "the report has the OVA's digest")
    tap.ok("extents" in outputs.get(f"{BUNDLE}/2gb.img", {}), "and the raw image's data",
           str(list(outputs)))
    r = m.run("triton-image", "verify", inside("2gb.img"))
    tap.equal(r.returncode, 0, f"verify: {r.stdout}{r.stderr}")


def settings():
    with open(os.path.join(HERE, "vmx_keys.txt"), encoding="ascii") as f:
        known = {line.strip() for line in f if not line.startswith("#")}
    found = vmx()
    unknown = [k for k in found if re.sub(r"\d+", "N", k) not in known]
    tap.equal(unknown, [], "every VMX key is a published one")
    want = {"config.version": "8", "virtualHW.version": "11", "guestOS": "debian8-64",
            "memsize": "4096", "numvcpus": "2", "ide0:0.fileName": "USB-headnode.vmdk",
            "bios.bootOrder": "HDD", "bios.hddOrder": "ide0:0", "scsi0.virtualDev": "lsilogic",
            "scsi0:0.fileName": "zpool.vmdk", "vhv.enable": "TRUE", "hpet0.present": "TRUE",
            "tools.syncTime": "TRUE", "floppy0.present": "FALSE", "sound.present": "FALSE",
            "firmware": "bios", "ethernet1.linkStatePropagation.enable": "FALSE"}
    for i, (kind, mac) in NETWORKS.items():
        want.update({f"ethernet{i}.connectionType": kind, f"ethernet{i}.address": mac,
                     f"ethernet{i}.addressType": "static", f"ethernet{i}.virtualDev": "e1000",
                     f"serial{i}.fileType": "pipe", f"serial{i}.fileName": f"socket.serial{i}",
                     f"serial{i}.yieldOnMsrRead": "TRUE", f"serial{i}.startConnected": "TRUE"})
    tap.equal({k: found.get(k) for k in want}, want, "the machine")
    tap.ok(all(found[k] == "TRUE" for k in found
               if k.endswith(".present") and not k.startswith(("floppy", "sound"))),
           "what is named is there")
    ET.parse(inside("USB-headnode.vmxf"))
    tap.ok(True, "the .vmxf is XML")


def info(path):
    r = tool("qemu-img", "info", "--output=json", path)
    return json.loads(r.stdout) if r.returncode == 0 else {}


def disks():
    for name in ("USB-headnode.vmdk", "zpool.vmdk"):
        r = tool("qemu-img", "check", inside(name))
        # a flat disk has no tables to check, which qemu-img says with 63
        fine = r.returncode == 0 or (name.startswith("USB") and r.returncode == 63)
        tap.ok(fine, f"qemu-img check {name}", (r.stdout + r.stderr).decode())
    key, pool = info(inside("USB-headnode.vmdk")), info(inside("zpool.vmdk"))
    data = key["format-specific"]["data"]
    tap.equal((key["virtual-size"], data["create-type"], data["cid"], data["parent-cid"]),
              (SECTORS * 512, "monolithicFlat", 0xfffffffe, 0xffffffff), "the key's disk")
    tap.equal([os.path.basename(e["filename"]) for e in data["extents"]], ["2gb.img"],
              "is the raw image")
    data = pool["format-specific"]["data"]
    tap.equal((pool["virtual-size"], data["create-type"], data["cid"]),
              (40 << 30, "monolithicSparse", 0xfffffffe), "the data disk")
    tap.ok(os.stat(inside("zpool.vmdk")).st_blocks * 512 < 1 << 20, "which takes no room")
    copy = os.path.join(m.dir, "pool.vmdk")
    tool("cp", "--sparse=always", inside("zpool.vmdk"), copy)
    for where in ("0", str((40 << 30) - 65536), str(17 << 30)):
        r = tool("qemu-io", "-f", "vmdk", "-c", f"write -P 0x5a {where} 64k", copy)
        tap.equal(r.returncode, 0, f"it takes data at {where}")
    r = tool("qemu-img", "check", copy)
    tap.equal(r.returncode, 0, f"and is whole afterwards: {r.stdout.decode()}")
    r = tool("qemu-io", "-f", "vmdk", "-c", f"read -P 0x5a {17 << 30} 64k", "-c",
             f"read -P 0 {5 << 30} 64k", copy)
    tap.ok(r.returncode == 0 and b"failed" not in r.stdout, "and has it", r.stdout.decode())


def ova():
    path = m.out(f"{NAME}.ova")
    with tarfile.open(path) as tar:
        members = tar.getmembers()
        tap.equal([t.name for t in members], ["coal.ovf", "coal.mf", "coal-disk1.vmdk"],
                  "the descriptor is first in the OVA, its manifest second")
        tap.ok(all((t.uid, t.gid, t.mode, t.mtime) == (0, 0, 0o644, int(EPOCH)) for t in members),
               "nobody's files at the sources' time")
        tar.extractall(m.dir)
    with open(os.path.join(m.dir, "coal.mf"), encoding="ascii") as f:
        sums = re.findall(r"^SHA256\((.+)\)= ([0-9a-f]{64})$", f.read(), re.MULTILINE)
    tap.equal(sums, [(n, sha256(os.path.join(m.dir, n))) for n in ("coal.ovf", "coal-disk1.vmdk")],
              "the digests are true")
    disk = os.path.join(m.dir, "coal-disk1.vmdk")
    r = tool("qemu-img", "check", disk)
    tap.ok(r.returncode == 0 and b"No errors" in r.stdout, "qemu-img check", r.stdout + r.stderr)
    data = info(disk)["format-specific"]["data"]
    tap.equal((data["create-type"], data["cid"]), ("streamOptimized", 0xfffffffe), "qemu-img info")
    raw = os.path.join(m.dir, "back.img")
    r = tool("qemu-img", "convert", "-O", "raw", disk, raw)
    tap.equal((r.returncode, digest(raw)), (0, digest(inside("2gb.img"))),
              "unpacked it is the raw image again")
    descriptor(disk)


def descriptor(disk):
    ovf = os.path.join(m.dir, "coal.ovf")
    r = tool("xmllint", "--noout", "--schema", os.path.join(HERE, "ovf/envelope.xsd"), ovf)
    tap.ok(r.returncode == 0, "the descriptor fits the schema", r.stderr.decode())
    ns = {"o": "http://schemas.dmtf.org/ovf/envelope/1", "r": "http://schemas.dmtf.org/wbem/"
          "wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"}
    o = "{" + ns["o"] + "}"
    top = ET.parse(ovf).getroot()
    file = top.find("o:References/o:File", ns)
    tap.equal((file.get(o + "href"), file.get(o + "size")),
              ("coal-disk1.vmdk", str(os.path.getsize(disk))), "it names the disk and its size")
    found = {d.get(o + "diskId"): int(d.get(o + "capacity"))
             for d in top.findall("o:DiskSection/o:Disk", ns)}
    tap.equal(found, {"key": SECTORS * 512, "zpool": 40 << 30}, "two disks")
    items = [{e.tag.split("}")[1]: e.text for e in i}
             for i in top.findall(".//o:VirtualHardwareSection/o:Item", ns)]
    disks_of = {i["HostResource"] for i in items if i["ResourceType"] == "17"}
    tap.equal(disks_of, {f"ovf:/disk/{d}" for d in found}, "both are attached")
    nics = [(i["Connection"], i["Address"], i["ResourceSubType"]) for i in items
            if i["ResourceType"] == "10"]
    tap.equal(nics, [(k, a, "E1000") for k, a in NETWORKS.values()], "the NICs of the VMX")
    count = {t: i["VirtualQuantity"] for t in "34" for i in items if i["ResourceType"] == t}
    tap.equal(count, {"3": "2", "4": "4096"}, "processors and memory of the VMX")


def libvirt():
    path = m.out(f"{NAME}.libvirt.xml")
    r = tool("virt-xml-validate", path, "domain")
    tap.ok(r.returncode == 0, "the domain fits libvirt's schema", (r.stdout + r.stderr).decode())
    r = tool("virsh", "-c", "test:///default", f"define {path}; dumpxml {NAME}")
    tap.ok(r.returncode == 0 and f"<name>{NAME}</name>" in r.stdout.decode(), "libvirt takes it",
           (r.stdout + r.stderr).decode())
    sources = [s.get("file") for s in ET.parse(path).findall(".//disk/source")]
    tap.equal([os.path.basename(s) for s in sources], ["2gb.img", "zpool.vmdk"], "its disks")
    tap.equal({os.path.basename(os.path.dirname(s)) for s in sources}, {BUNDLE},
              "are those of the bundle")


def cache():
    before = os.stat(inside("2gb.img")).st_ino
    r = build()
    tap.ok("miss" not in r.stderr and r.stderr.count("cache hit") >= 3, "nothing changed: all hits",
           r.stderr)
    build("--set", "coal-zpool-disk-size=900g")
    build("--set", "coal-zpool-disk-size=8g")
    tap.equal(info(inside("zpool.vmdk"))["virtual-size"], 8 << 30,
              "an empty disk gives way, whatever its size")
    r = build("--set", "coal-memsize=2048")
    tap.ok("coal-memsize" in r.stderr and vmx()["memsize"] == "2048", "a changed setting", r.stderr)
    tap.ok(os.stat(inside("2gb.img")).st_ino != before, "the folder is a new one")
    os.unlink(m.out(f"{NAME}.ova"))
    r = build("--set", "coal-memsize=2048")
    tap.ok(f"output '{NAME}.ova' is missing" in r.stderr and os.path.exists(m.out(f"{NAME}.ova")),
           "a missing OVA is made again", r.stderr)


def in_use():
    """Somebody's data center is no build artefact."""
    tool("qemu-io", "-f", "vmdk", "-c", "write 0 64k", inside("zpool.vmdk"))
    with open(inside("2gb.img"), "r+b") as f:
        f.seek(1 << 30)
        f.write(b"config")
    used = digest(inside("zpool.vmdk"))
    r = build(want=1)
    tap.ok("holds a storage pool: move the folder away" in r.stderr, "a used bundle is not replaced",
           r.stderr)
    tap.equal(digest(inside("zpool.vmdk")), used, "nor touched")
    left = [n for n in os.listdir(m.out("")) if n.startswith(".")]
    tap.equal(left, [], "nothing half made is left")
    os.rename(m.out(BUNDLE), os.path.join(m.dir, "mine"))
    build()


def same_bytes():
    os.makedirs(os.path.join(m.dir, "else/where"))
    build(build="else/where/b", umask=0o077, cwd=m.dir,
          env={"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"})
    paths = [f"{NAME}.ova", f"{NAME}.libvirt.xml"] + \
        [os.path.join(BUNDLE, n) for n in os.listdir(m.out(BUNDLE))]
    differ = [p for p in paths if digest(m.out(p)) != digest(m.out(p, "else/where/b"))]
    tap.equal(differ, [], "another folder, time zone, locale and umask: the same bytes")
    modes = {oct(os.stat(m.out(p, "else/where/b")).st_mode & 0o777) for p in paths}
    tap.equal(modes, {"0o644"}, "and the same modes")


def options():
    r = build("--set", "coal-memsize=768", "--set", "vmware_version=12", "--set",
              "coal-numvcpus=4", "--set", "coal-enable-serial=false", "--set",
              "coal-zpool-disk-size=100g", "--set", "medium=usb", build="other")
    tap.ok("coal-memsize is 768" in r.stderr, "little memory gives a warning", r.stderr)
    found = vmx("other")
    tap.equal((found["memsize"], found["numvcpus"], found["virtualHW.version"], found["guestOS"]),
              ("768", "4", "14", "debian10-64"), "the settings")
    tap.equal([k for k in found if k.startswith("serial")], [], "no serial ports")
    tap.equal(info(inside("zpool.vmdk", "other"))["virtual-size"], 100 << 30, "a larger data disk")
    with open(m.out(f"{NAME}.libvirt.xml", "other"), encoding="utf-8") as f:
        tap.ok("<serial" not in f.read(), "nor in libvirt")
    for args, says in ((["--set", "coal-memsize=1023"], "multiples of 4 MiB"),
                       (["--set", "coal-zpool-disk-size=4t"], "from 8G to 2040G")):
        r = build(*args, want=1, build="refused")
        tap.ok(says in r.stderr, f"and says {says}", r.stderr)
    tap.equal(glob.glob(m.out("*coal*", "refused")), [], "nothing is left behind")


try:
    build()
    for part in (names, settings, disks, ova, libvirt, cache, in_use, same_bytes, options):
        tap.run(part.__name__, part)
finally:
    m.close()
sys.exit(tap.done())
