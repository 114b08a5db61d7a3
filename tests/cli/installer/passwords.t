#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Random UTF-8 passwords come back byte for byte through bash, the loader, and its JSON. N= sets their number."""

import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from setup_cli import SDC_CONFIG, SETUP, SHA512, Folder, Tap, answers, keys, run  # noqa: E402

BATCH = 250
NASTY = "'\"`$\\!#&;|<>()*?[]{}~^%@=:, -"
SEED = int(os.environ.get("SEED", "1"))


def character(rng):
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(NASTY)
    if kind < 0.7:
        return chr(rng.randrange(0x20, 0x7F))
    while True:
        code = rng.choice((rng.randrange(0xA0, 0x800), rng.randrange(0x800, 0xFFFE), rng.randrange(0x10000, 0x110000)))
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def password(rng):
    """Seven to forty characters with a letter and a digit; anything else as it comes."""
    text = [character(rng) for _ in range(rng.randrange(5, 38))]
    for needed in (rng.choice("abcXYZ"), rng.choice("0123456789")):
        text.insert(rng.randrange(len(text) + 1), needed)
    return "".join(text)


def render(folder, changes):
    path = folder.write("answers.json", answers(dict({"root_password_hash": SHA512}, **changes), ["root_password"]))
    status, config, err = run(SETUP, "render", "--vm-product", "x", path)
    folder.write("config", config)
    return status, config, err


def bash(script, *argv):
    p = subprocess.run(["bash", "-c", script, "bash", *argv], capture_output=True, check=False, timeout=60)
    return p.stdout.split(b"\0")[:-1], p.stderr


def batch(folder, passwords):
    """The passwords as the values of keys of one config: one bash for all of them."""
    names = [f"pw_{i}" for i in range(len(passwords))]
    wanted = [p.encode() for p in passwords]
    status, _, err = render(folder, {"config_extra": dict(zip(names, passwords)), "admin_password": passwords[0]})
    if status != 0:
        return [f"render: {err}"]
    env = {"SDC_CONFIG_FILENAME": folder.at("config")}
    names.append("ufds_admin_pw")
    wanted.append(wanted[0])
    loop = 'f=$1; shift; . "$f"; for n; do printf "%s\\0" "${!n}"; done'
    got, err = bash(loop, folder.at("config"), *names)
    faults = [f"bash: {w!r} {g!r}" for w, g in zip(wanted, got) if w != g]
    faults += [f"bash: {len(got)} values, {err!r}"] if len(got) != len(wanted) or err else []
    _, out, _ = run(SDC_CONFIG, "-json", env=env)
    values = json.loads(out)
    faults += [f"json: {w!r}" for w, n in zip(wanted, names) if values[n].encode() != w]
    _, out, _ = run(SDC_CONFIG, *names, env=env)
    faults += ["loader"] if out.encode() != b"\n".join(wanted) + b"\n" else []
    _, out, _ = run(SDC_CONFIG, "-p", "C_", env=env)
    folder.write("assignments", out)
    got, err = bash(loop, folder.at("assignments"), *["C_" + n for n in names])
    return faults + ([f"eval: {err!r}"] if got != wanted or err else [])


def batches(tap, folder, count):
    rng = random.Random(SEED)
    faults = []
    for done in range(0, count, BATCH):
        faults += batch(folder, [password(rng) for _ in range(min(BATCH, count - done))])
    tap.ok(not faults, f"{count} passwords come back (SEED={SEED})", "\n".join(faults[:5]))


def samples(tap, folder):
    table = {"adminpass1": "adminpass1", "admpassword1&": "'admpassword1&'", "it's 1 $x": "'it'\\''s 1 $x'",
             "a`b\\c\"1": "'a`b\\c\"1'"}
    for text, encoded in table.items():
        # One of them is too short for the policy; the same encoder writes config_extra.
        status, config, err = render(folder, {"config_extra": {"sample": text}})
        tap.ok(status == 0 and f"\nsample={encoded}\n" in config, f"{text} is written as {encoded}", err)
    status, _, err = render(folder, {"admin_password": "tab\tinside1"})
    tap.ok(status == 2 and "E_CONTROL admin_password ***" in err, "a tab is refused", err)
    _, config, _ = render(folder, {"admin_password": "  blanks 1  "})
    tap.equal(dict(keys(config))["ufds_admin_pw"], "  blanks 1  ", "blanks around a password stay")


def main():
    tap = Tap()
    with Folder() as folder:
        tap.run("samples", samples, tap, folder)
        tap.run("batches", batches, tap, folder, int(os.environ.get("N", "500")))
    return tap.done()


sys.exit(main())
