# SPDX-License-Identifier: MPL-2.0
"""Machines under QEMU for the boot tests.

    with VM(medium="usb", answers=coal_answers()) as vm:
        vm.start()
        vm.serial[0].expect("Live 64-bit rescue")
        vm.pass_menu()
        vm.serial[0].expect("==> Setup complete", 240)
        problems = vm.markers()

Always emulated (-accel tcg). Everything a machine writes is below its own temporary folder;
the image under test is only read. Time-outs are in seconds of the reference machine and
stretched by the measured speed of the emulator here (speed()). Leaving the with-block kills
QEMU and its disk servers by their process ids, whatever happened.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

from console import Console, Timeout
from qmp import Qmp, keys_of
import screen

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXTERNAL_MAC = "00:50:56:3d:a7:95"
ADMIN_MAC = "00:50:56:34:60:4c"
OVMF = "/usr/share/OVMF"

# A boot sector that counts ECX down from 0x18000000 and leaves by the debug port:
# mov ecx, N; l: dec ecx; jnz l; mov al, 0; mov dx, 0x501; out dx, al; hlt
_LOOP = bytes.fromhex("66b900000018" "6649" "75fc" "b000" "ba0105" "ee" "f4")
_REFERENCE_S = 1.0  # seconds that QEMU needed for it on the idle reference machine


def _die_with_us():
    """In the child: SIGKILL when this test ends, however it ends (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _leave(signum, frame):
    raise SystemExit(128 + signum)


# a terminated test clears up like one that has failed
signal.signal(signal.SIGTERM, _leave)


def image(variable="TRITON_IMAGE"):
    """The key image under test, from the environment."""
    path = os.environ.get(variable)
    if not path or not os.path.exists(path):
        raise SystemExit(f"{variable} names no image; `make test` builds it and sets the variable")
    return os.path.abspath(path)


def coal_answers(**changes):
    """CoaL's answers with changes; a value of None removes the key."""
    with open(os.path.join(ROOT, "coal/answers.json"), encoding="utf-8") as f:
        answers = json.load(f)
    answers.update(changes)
    return {k: v for k, v in answers.items() if v is not None}


_speed = None


def speed():
    """How many times slower than the reference machine the emulator runs now, at least 1."""
    global _speed  # pylint: disable=global-statement
    if _speed is None:
        with tempfile.TemporaryDirectory(prefix="triton-speed-") as folder:
            disk = os.path.join(folder, "loop.img")
            with open(disk, "wb") as f:
                f.write(_LOOP.ljust(510, b"\0") + b"\x55\xaa" + bytes(512 * 127))
            start = time.monotonic()
            subprocess.run(["qemu-system-x86_64", "-accel", "tcg", "-nodefaults", "-display",
                            "none", "-drive", f"file={disk},format=raw,if=ide", "-device",
                            "isa-debug-exit"], check=False, timeout=120,
                           stdin=subprocess.DEVNULL)
            took = time.monotonic() - start
        _speed = max(1.0, took / _REFERENCE_S)
    return _speed


def _markers():
    """The texts that triton-run takes for failures: one list for both."""
    with open(os.path.join(ROOT, "tools/dev/run_markers.h"), encoding="utf-8") as f:
        return re.findall(r'^\t"(.*)",$', f.read(), re.MULTILINE)


def _run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   timeout=300)


class VM:
    """One machine. Options:

    medium     usb, virtio, ide, cdrom (the image as a disc), or None
    firmware   bios, uefi, secureboot (Microsoft's keys enrolled)
    disks      sizes of data disks in GiB (virtio); files stay over restarts
    nics       list of "external", "admin"; PCI order is list order
    answers    object for the drive labelled TRITON-ANS, or None
    product    DMI product name
    power_cut  key and data disks behind a volatile write-back cache that dies with cut()
    writable   key image copied for this machine (power_cut and tests that edit it do so)
    extra      more arguments for QEMU
    """

    def __init__(self, path=None, medium="usb", firmware="bios", memory=1024, cpus=2,
                 disks=(16,), nics=("external", "admin"), answers=None, product=None,
                 power_cut=False, writable=False, nic_model="e1000", extra=()):
        self.image = path or (image() if medium else None)
        self.medium, self.firmware = medium, firmware
        self.memory, self.cpus = memory, cpus
        self.nics, self.nic_model, self.product = nics, nic_model, product
        self.power_cut, self.extra = power_cut, list(extra)
        self.dir = tempfile.mkdtemp(prefix="triton-vm-")
        self.serial, self.qmp, self.qemu, self.servers = [], None, None, []
        self.history = ""
        self.cpu_before = 0.0
        self.started = 0.0
        self.uuid = str(uuid.uuid4())
        self.key = self._make_key(writable or power_cut)
        self.disks = [self._make_disk(i, gib) for i, gib in enumerate(disks)]
        self.answers_drive = self._make_answers(answers) if answers is not None else None
        self.forget_firmware()

    def file(self, name):
        return os.path.join(self.dir, name)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        keep = os.environ.get("TRITON_KEEP_VM") == "1"
        self.kill()
        if keep:
            print(f"# files of the machine: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def forget_firmware(self):
        """UEFI's variables as they leave the factory: no boot order but the firmware's own."""
        if self.firmware != "bios":
            kind = ".ms" if self.firmware == "secureboot" else ""
            shutil.copy(f"{OVMF}/OVMF_VARS_4M{kind}.fd", self.file("vars.fd"))

    # --- what it is made of -------------------------------------------------------------

    def _make_key(self, writable):
        if self.image is None:
            return None
        if writable:
            path = self.file("key.img")
            _run("cp", "--sparse=auto", self.image, path)
            return (path, "raw")
        path = self.file("key.qcow2")
        _run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.image, path)
        return (path, "qcow2")

    def _make_disk(self, number, gib):
        path = self.file(f"disk{number}.img")
        with open(path, "wb") as f:
            f.truncate(int(gib * (1 << 30)))
        return path

    def _make_answers(self, answers):
        text, drive = self.file("answers.json"), self.file("answers.img")
        with open(text, "w", encoding="utf-8") as f:
            json.dump(answers, f, indent=1)
        _run("mkfs.fat", "-C", "-n", "TRITON-ANS", drive, "4096")
        _run("mcopy", "-i", drive, text, "::answers.json")
        return drive

    def _serve(self, path, name):
        """A disk server whose write-back cache is lost when it is killed."""
        sock, pidfile = self.file(f"{name}.nbd"), self.file(f"{name}.pid")
        for old in (sock, pidfile):
            if os.path.exists(old):
                os.unlink(old)
        process = subprocess.Popen(
            ["nbdkit", "-f", "-t", "4", "--filter=cache", "-U", sock, "-P", pidfile, "file",
             path, "cache=writeback", "cache-on-read=false"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": self.dir}, preexec_fn=_die_with_us)
        self.servers.append(process)
        until = time.monotonic() + 10
        while not os.path.exists(pidfile):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"nbdkit for {path} did not start")
            time.sleep(0.02)
        return f"nbd:unix:{sock}", "raw"

    def _drive(self, ident, path, kind, more=""):
        if self.power_cut and path.startswith(self.dir) and kind == "raw" and not more:
            path, kind = self._serve(path, ident)
        return ["-drive", f"if=none,id={ident},format={kind},file={path},cache=writeback{more}"]

    def _firmware(self):
        if self.firmware == "bios":
            return ["-machine", "pc"]
        code = "OVMF_CODE_4M.secboot.fd" if self.firmware == "secureboot" else "OVMF_CODE_4M.fd"
        smm = ",smm=on" if self.firmware == "secureboot" else ""
        return ["-machine", f"q35{smm}",
                "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF}/{code}",
                "-drive", f"if=pflash,unit=1,format=raw,file={self.file('vars.fd')}"] + (
                    ["-global", "driver=cfi.pflash01,property=secure,value=on"] if smm else [])

    def _media(self):
        argv = ["-device", "qemu-xhci,id=xhci"]
        if self.key:
            read_only = ",readonly=on" if self.medium == "cdrom" else ""
            argv += self._drive("key", *self.key, read_only)
            argv += ["-device", {
                "usb": "usb-storage,bus=xhci.0,drive=key,removable=on,bootindex=1",
                "virtio": "virtio-blk-pci,drive=key,bootindex=1",
                "ide": "ide-hd,drive=key,bootindex=1",
                "cdrom": "ide-cd,drive=key,bootindex=1",
            }[self.medium]]
        for i, path in enumerate(self.disks):
            argv += self._drive(f"disk{i}", path, "raw")
            argv += ["-device", f"virtio-blk-pci,drive=disk{i},serial=TRITON{i}"]
        if self.answers_drive:
            argv += self._drive("answers", self.answers_drive, "raw", ",readonly=on")
            argv += ["-device", "usb-storage,bus=xhci.0,drive=answers,removable=on"]
        return argv

    def _networks(self):
        nets = {"external": ("10.88.88.0/24,host=10.88.88.2,dns=10.88.88.254,"
                             "dhcpstart=10.88.88.220", EXTERNAL_MAC),
                "admin": ("10.99.99.0/24,host=10.99.99.254,dns=10.99.99.3,"
                          "dhcpstart=10.99.99.240", ADMIN_MAC)}
        argv = []
        for i, name in enumerate(self.nics):
            net, mac = nets[name]
            argv += ["-netdev", f"user,id={name},ipv6=off,restrict=on,net={net}",
                     "-device", f"{self.nic_model},netdev={name},mac={mac},romfile=,"
                     f"addr={0x10 + i:#x}"]
        return argv

    def _argv(self):
        argv = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-nodefaults",
                "-smp", str(self.cpus), "-m", str(self.memory), "-vga", "std",
                "-display", "none", "-no-user-config",
                "-smbios", f"type=1,uuid={self.uuid}"
                + (f",product={self.product}" if self.product else "")]
        argv += self._firmware() + self._media() + self._networks()
        for name in ("ttyS0", "ttyS1"):
            argv += ["-chardev", f"socket,id={name},path={self.file(name)},server=on,wait=on",
                     "-serial", f"chardev:{name}"]
        argv += ["-qmp", f"unix:{self.file('qmp')},server=on,wait=off"]
        return argv + self.extra

    # --- life ---------------------------------------------------------------------------

    def start(self):
        """Power on. The serial ports are attached before the first instruction."""
        for name in ("ttyS0", "ttyS1", "qmp"):
            if os.path.exists(self.file(name)):
                os.unlink(self.file(name))
        self.started = time.monotonic()
        self.qemu = subprocess.Popen(self._argv(), stdin=subprocess.DEVNULL,
                                     stdout=subprocess.DEVNULL,
                                     stderr=open(self.file("qemu.err"), "wb"),
                                     preexec_fn=_die_with_us)
        self.serial = [self._console("ttyS0"), self._console("ttyS1")]
        self._wait_for("qmp")
        self.qmp = Qmp(self.file("qmp"))

    def _wait_for(self, name):
        until = time.monotonic() + 20 * speed()
        while not os.path.exists(self.file(name)):
            if self.qemu.poll() is not None or time.monotonic() > until:
                with open(self.file("qemu.err"), encoding="utf-8", errors="replace") as f:
                    raise RuntimeError(f"QEMU did not start: {f.read()}")
            time.sleep(0.02)

    def _console(self, name):
        self._wait_for(name)
        until = time.monotonic() + 10
        while True:
            try:
                console = Console(self.file(name), name, self.file(name + ".log"))
                console.speed = speed()
                return console
            except (ConnectionRefusedError, FileNotFoundError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _forget(self):
        for c in self.serial:
            self.history += c.text
            c.close()
        if self.qmp:
            self.qmp.close()
        self.serial, self.qmp = [], None

    def kill(self):
        """End QEMU and the disk servers at once: with power_cut, the power is gone."""
        self.cpu_before += self._cpu()
        processes = ([self.qemu] if self.qemu else []) + self.servers
        for p in processes:
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
        for p in processes:
            p.wait()
        self._forget()
        self.qemu, self.servers = None, []

    cut = kill

    def wait_off(self, timeout=60):
        """Wait until the machine has switched itself off."""
        self.qemu.wait(timeout * speed())

    def _cpu(self):
        if not self.qemu or self.qemu.poll() is not None:
            return 0.0
        with open(f"/proc/{self.qemu.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_seconds(self):
        """CPU time of QEMU so far, over restarts."""
        return self.cpu_before + self._cpu()

    def seconds(self):
        """Wall time since power-on, in seconds of the reference machine."""
        return (time.monotonic() - self.started) / speed()

    # --- eyes and hands -----------------------------------------------------------------

    def pass_menu(self, timeout=60):
        """Take the marked entry of the boot menu at once."""
        self.serial[0].expect("Live 64-bit rescue", timeout)
        self.serial[0].send("\r")

    def keys(self, *names):
        """Press keys of the keyboard, one after another: "down", "ret", "esc", "c"."""
        for name in names:
            self.qmp.command("send-key", keys=[{"type": "qcode", "data": name}])
            time.sleep(0.15 * speed())

    def type_keys(self, text):
        for char in text:
            codes = [{"type": "qcode", "data": k} for k in keys_of(char)]
            self.qmp.command("send-key", keys=codes)
            time.sleep(0.1 * speed())

    def screen(self):
        """Lines of text on the VGA screen now (see screen.py for how they are read)."""
        path = self.file("screen.ppm")
        self.qmp.command("screendump", filename=path)
        return screen.read_text(path)

    def expect_screen(self, pattern, timeout=60):
        """Wait until the screen shows a pattern; returns its lines."""
        until = time.monotonic() + timeout * speed()
        while True:
            lines = self.screen()
            if re.search(pattern, "\n".join(lines), re.MULTILINE):
                return lines
            if time.monotonic() > until:
                raise TimeoutError(f"the screen does not show {pattern!r}:\n"
                                   + "\n".join(lines))
            time.sleep(0.5)

    def said(self):
        """All text of both serial ports since the machine was made."""
        return self.history + "".join(c.text for c in self.serial)

    def markers(self, but=()):
        """Lines that mean something went wrong; but: patterns that are expected here."""
        found = []
        for line in self.said().splitlines():
            if any(m in line for m in _markers()) and not any(re.search(b, line) for b in but):
                found.append(line)
        return found

    def expect_setup(self, timeout=300, but=()):
        """Wait on ttyS0 for the end of setup; a failure on either port ends the wait at once.

        Returns the seconds that the line itself names."""
        done = r"==> Setup complete \(in (\d+) seconds\)\. Press \[enter\] to get login prompt\."
        until = time.monotonic() + timeout * speed()
        while True:
            try:
                return int(self.serial[0].expect(done, 2 / speed()).group(1))
            except Timeout:
                bad = self.markers(but)
                if bad:
                    self.serial[1].quiet(1)
                    raise RuntimeError("setup failed: " + "\n".join(bad) + "\n"
                                       + self.serial[1].tail(40)) from None
                if time.monotonic() > until:
                    raise
