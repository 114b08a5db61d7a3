# SPDX-License-Identifier: MPL-2.0
"""Machines that boot the network bundle: QEMU arguments for VM(extra=...)."""

import json
import os
import subprocess

from vm import ADMIN_MAC

HELPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "httpfiles.py")
IPXE_EFI = "/usr/lib/ipxe/ipxe.efi"
SERVER = "10.77.77.9"
ADMIN_SERVER = "10.99.99.9"


def bundle():
    """The folder that `make ipxe` has made, from the environment."""
    path = os.environ.get("TRITON_IPXE")
    if not path or not os.path.isdir(path):
        raise SystemExit("TRITON_IPXE names no folder; `make test` builds it and sets the "
                         "variable")
    return path


def _server(server, folder, log):
    """DHCP names the script; the server is all that the network has."""
    return (f",bootfile=http://{server}/triton-installer.ipxe,"
            f"guestfwd=tcp:{server}:80-cmd:/usr/bin/python3 {HELPER} {folder} {log}")


def network(folder, log):
    """A NIC on a network of its own; the NIC's own ROM is an iPXE."""
    return ["-netdev", "user,id=boot,ipv6=off,restrict=on,net=10.77.77.0/24,host=10.77.77.2"
            + _server(SERVER, folder, log),
            "-device", "virtio-net-pci,netdev=boot,addr=0x12,bootindex=1"]


def admin_network(folder=None, log=None):
    """CoaL's admin network, with the server on it, or without network boot."""
    net = ("user,id=admin,ipv6=off,restrict=on,net=10.99.99.0/24,host=10.99.99.254,"
           "dns=10.99.99.3,dhcpstart=10.99.99.240")
    boot = ",bootindex=1" if folder else ",romfile="
    return ["-netdev", net + (_server(ADMIN_SERVER, folder, log) if folder else ""), "-device",
            f"virtio-net-pci,netdev=admin,mac={ADMIN_MAC},addr=0x12{boot}"]


def loader(folder):
    """For UEFI a small disk with iPXE: the firmware's own client boots no script."""
    path = os.path.join(folder, "ipxe.img")
    for argv in (["mkfs.fat", "-C", path, "8192"], ["mmd", "-i", path, "::EFI", "::EFI/BOOT"],
                 ["mcopy", "-i", path, IPXE_EFI, "::EFI/BOOT/BOOTX64.EFI"]):
        subprocess.run(argv, check=True, timeout=60, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
    return ["-drive", f"if=none,id=loader,format=raw,readonly=on,file={path}", "-device",
            "usb-storage,bus=xhci.0,drive=loader,bootindex=0"]


def with_answers(folder, answers):
    """A view of the bundle whose root.cpio has the answers in it, as if they were built in."""
    view, tree = os.path.join(folder, "answers"), os.path.join(folder, "tree")
    os.makedirs(os.path.join(tree, "system/boot"))
    os.mkdir(view)
    with open(os.path.join(tree, "system/boot/answers.json"), "w", encoding="utf-8") as f:
        json.dump(answers, f)
    for name in os.listdir(bundle()):
        os.symlink(os.path.join(bundle(), name), os.path.join(view, name))
    stamp = next(n for n in os.listdir(view) if n[:1] == "2")
    os.unlink(os.path.join(view, stamp))
    os.mkdir(os.path.join(view, stamp))
    for name in ("vmlinuz", "initrd"):
        os.symlink(os.path.join(bundle(), stamp, name), os.path.join(view, stamp, name))
    root = os.path.join(view, stamp, "root.cpio")
    subprocess.run(["cp", os.path.join(bundle(), stamp, "root.cpio"), root], check=True, timeout=60)
    names = "system\nsystem/boot\nsystem/boot/answers.json\n"
    with open(root, "ab") as f:
        subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree, stdout=f,
                       input=names.encode(), check=True, timeout=60)
    return view


def requests(log):
    """[(method, path, status)] that the server has had."""
    with open(log, encoding="utf-8") as f:
        return [tuple(line.split()) for line in f]
