#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The bad inputs of an answers file, one case a row of the specification's table: exit status, code, key and place."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from setup_cli import COAL, SETUP, SHA512, Folder, Tap, answers, findings, run  # noqa: E402

# row, changes of the example (None: remove the key), code, key; code None: accepted without a finding
CASES = [
    (4, {"admin_ipp": "10.99.99.7"}, "W_UNKNOWN", "admin_ipp"),
    (5, {"region_name": "US-West"}, "E_LABEL", "region_name"),
    (6, {"region_name": "1234"}, "E_LABEL", "region_name"),
    (6, {"region_name": 1234}, "E_LABEL", "region_name"),
    (7, {"region_name": "a" * 64}, "E_LABEL", "region_name"),
    (8, {"region_name": "a_b"}, "E_LABEL", "region_name"),
    (8, {"region_name": "-a"}, "E_LABEL", "region_name"),
    (8, {"datacenter_name": "a-"}, "E_LABEL", "datacenter_name"),
    (9, {"datacenter_name": "ca"}, "E_RESERVED", "datacenter_name"),
    (10, {"datacenter_company_name": "A \"B\" $(id)"}, None, None),
    (11, {"datacenter_company_name": "a\nb"}, "E_CONTROL", "datacenter_company_name"),
    (12, {"datacenter_company_name": "<default>"}, "E_NO_DEFAULT", "datacenter_company_name"),
    (13, {"root_password": "<default>"}, "E_NO_DEFAULT", "root_password"),
    (14, {"root_password": ""}, "E_REQUIRED", "root_password"),
    (14, {"root_password": "", "unattended": False}, None, None),
    (15, {"root_password_hash": SHA512}, "E_PW_BOTH", "root_password_hash"),
    (16, {"root_password": None, "root_password_hash": "$1$a$b"}, "E_HASH", "root_password_hash"),
    (16, {"root_password": None, "root_password_hash": SHA512[:-1]}, "E_HASH", "root_password_hash"),
    (17, {"admin_password": "short1"}, "E_PW_POLICY", "admin_password"),
    (18, {"admin_password": "onlyletters"}, "E_PW_POLICY", "admin_password"),
    (20, {"admin_ip": "10.99.99.300"}, "E_IP", "admin_ip"),
    (21, {"admin_ip": "1.2.3"}, "E_IP", "admin_ip"),
    (22, {"admin_ip": "1.2.3.4.5"}, "E_IP", "admin_ip"),
    (23, {"admin_ip": "010.1.1.1"}, "E_IP", "admin_ip"),
    (24, {"admin_ip": "none"}, "E_IP", "admin_ip"),
    (25, {"admin_ip": "10.99.99.0"}, "E_IP_ROLE", "admin_ip"),
    (26, {"admin_ip": "10.99.99.255"}, "E_IP_ROLE", "admin_ip"),
    (27, {"admin_ip": "127.0.0.1"}, "E_IP_ROLE", "admin_ip"),
    (27, {"admin_ip": "224.0.0.1"}, "E_IP_ROLE", "admin_ip"),
    (27, {"admin_ip": "0.0.0.0"}, "E_IP_ROLE", "admin_ip"),
    (28, {"admin_netmask": "255.0.255.0"}, "E_MASK", "admin_netmask"),
    (29, {"admin_netmask": "255.255.255.254"}, "E_MASK_RANGE", "admin_netmask"),
    (29, {"admin_netmask": "0.0.0.0"}, "E_MASK_RANGE", "admin_netmask"),
    (30, {"admin_provisionable_start": "10.99.98.8"}, "E_SUBNET", "admin_provisionable_start"),
    (31, {"admin_provisionable_start": "10.99.99.240"}, "E_SLOTS", "admin_provisionable_start"),
    (32, {"admin_netmask": "255.255.255.224"}, "E_SLOTS", "admin_netmask"),
    (32, {"admin_netmask": "/28"}, "E_SLOTS", "admin_netmask"),
    (33, {"admin_provisionable_start": "10.99.99.7"}, "E_SLOTS", "admin_provisionable_start"),
    (34, {"dhcp_range_end": "10.99.99.36"}, "E_DHCP", "dhcp_range_end"),
    (35, {"admin_nic": "00:50:56:00:00:01"}, "E_NIC", "admin_nic"),
    (36, {"admin_nic": "00:50:56:34:60:4C"}, None, None),
    (37, {"admin_nic": "0:50:56:34:60:4c"}, None, None),
    (37, {"admin_nic": "eth1"}, None, None),
    (37, {"admin_nic": "eth7"}, "E_NIC", "admin_nic"),
    (37, {"admin_nic": "zz:50:56:34:60:4c"}, "E_MAC", "admin_nic"),
    (38, {"external_nic": "00:50:56:34:60:4c"}, "E_NIC_SHARED", "external_nic"),
    (39, {"external_vlan_id": "abc"}, "E_VLAN", "external_vlan_id"),
    (39, {"external_vlan_id": 4095}, "E_VLAN", "external_vlan_id"),
    (39, {"external_vlan_id": "1"}, "E_VLAN", "external_vlan_id"),
    (39, {"external_vlan_id": -1}, "E_VLAN", "external_vlan_id"),
    (40, {"external_vlan_id": 0}, None, None),
    (40, {"external_vlan_id": ""}, None, None),
    (41, {"external_ip": "10.99.99.20", "external_gateway": "10.99.99.1"}, "E_OVERLAP", "external_ip"),
    (41, {"external_ip": "10.100.0.1", "external_netmask": "255.0.0.0", "external_gateway": "none"},
     "E_OVERLAP", "external_ip"),
    (42, {"external_gateway": "10.88.89.1"}, "E_GW_SUBNET", "external_gateway"),
    (43, {"external_gateway": "10.88.88.200"}, "E_GW_SELF", "external_gateway"),
    (44, {"external_provisionable_start": "10.88.88.50", "external_provisionable_end": "10.88.88.40"},
     "E_RANGE_ORDER", "external_provisionable_end"),
    (45, {"external_provisionable_end": "10.88.88.220"}, "E_RANGE_HOST", "external_provisionable_end"),
    (46, {"external_provisionable_end": "10.88.88.5"}, "W_SMALL_RANGE", "external_provisionable_end"),
    (46, {"external_provisionable_end": "10.88.88.3"}, "E_RANGE_SMALL", "external_provisionable_end"),
    (47, {"headnode_default_gateway": "192.0.2.1"}, "E_GW_SUBNET", "headnode_default_gateway"),
    (48, {"dns_resolver1": "dns.example"}, "E_IP", "dns_resolver1"),
    (51, {"ntp_hosts": "a,,b"}, "E_NAME", "ntp_hosts"),
    (51, {"ntp_hosts": "a,b,c,d,e,f,g,h,i"}, "E_LENGTH", "ntp_hosts"),
    (52, {"mail_to": "John@Example.com"}, None, None),
    (53, {"mail_to": "a&id@c.d"}, None, None),
    (54, {"mail_to": "a b@c.d"}, "E_MAIL", "mail_to"),
    (54, {"mail_to": "a@"}, "E_MAIL", "mail_to"),
    (54, {"mail_to": "a@b@c"}, "E_MAIL", "mail_to"),
    (55, {"update_channel": "stable"}, "E_ENUM", "update_channel"),
    (56, {"phonehome_automatic": "maybe"}, "E_BOOL", "phonehome_automatic"),
    # Beyond the table.
    (0, {"admin_ip": "10.99.99.7/24", "admin_netmask": "/25"}, "E_MASK", "admin_netmask"),
    (0, {"admin_ip": "8.99.99.7", "dhcp_range_end": "<default>"}, "W_ROUTABLE_ADMIN", "admin_ip"),
    (0, {"dhcp_range_end": "10.99.99.40"}, "W_FEW_LEASES", "dhcp_range_end"),
    (0, {"dns_search": "other.example"}, "W_DOMAIN_SPLIT", "dns_search"),
    (0, {"ntp_host": "a.example"}, "W_DEPRECATED", "ntp_host"),
    (0, {"ntp_hosts": None, "ntp_host": "a.example"}, None, None),
    (0, {"x_note": {"any": ["thing"]}}, None, None),
    (0, {"admin_gateway": "none", "api_password": "zzz"}, None, None),
    (0, {"datacenter_company_name": ["a"]}, "E_TYPE", "datacenter_company_name"),
    (0, {"datacenter_company_name": True}, "E_TYPE", "datacenter_company_name"),
    (0, {"datacenter_company_name": None, "admin_ip": 1.5}, "E_TYPE", "admin_ip"),
    (0, {"config_extra": {"foo_nic": "x"}}, None, None),
    (0, {"config_extra": {"admin_ip": "x"}}, "E_DUP", "admin_ip"),
    (0, {"config_extra": {"Bad-Key": "x"}}, "E_NAME", "Bad-Key"),
    (0, {"config_extra": {"foo": 1}}, "E_TYPE", "foo"),
    (0, {"config_extra": {"foo": "a\tb"}}, "E_CONTROL", "foo"),
    (0, {"config_extra": "text"}, "E_TYPE", "config_extra"),
    (0, {"root_ssh_keys": ["ssh-ed25519 " + "A" * 68 + " me"]}, None, None),
    (0, {"root_ssh_keys": ["no key"]}, "E_TYPE", "root_ssh_keys"),
    (0, {"root_ssh_keys": "ssh-ed25519 AAAA"}, "E_TYPE", "root_ssh_keys"),
    (0, {"admin_ip6": "fd00::7/129"}, "E_IP", "admin_ip6"),
    (0, {"admin_ip6": "addrconf", "external_ip6": "2001:db8::1"}, None, None),
    (0, {"destroy_pools": "<default>"}, "E_NO_DEFAULT", "destroy_pools"),
    (0, {"config_console": "tty S0"}, "E_ENUM", "config_console"),
    (0, {"root_password": "seven77"}, "E_PW_POLICY", "root_password"),
    (0, {"admin_password": None, "admin_password_file": "../etc/shadow"}, "E_NAME", "admin_password_file"),
    (0, {"admin_password": None, "admin_password_file": "private/pw"}, None, None),
    (0, {"dns_domain": "a" * 64 + ".example"}, "E_NAME", "dns_domain"),
    (0, {"setup_external_network": False, "external_ip": "", "external_gateway": ""}, None, None),
    (0, {"setup_external_network": True, "external_ip": ""}, "E_REQUIRED", "external_ip"),
]


def expected_place(text, code, key):
    """Line and column in what Folder.write() makes: of the value, or of the key where the key is at fault."""
    extra = code in ("E_DUP", "E_NAME", "E_TYPE", "E_CONTROL") and '"config_extra": {' in text
    lines = list(enumerate(text.splitlines(), 1))
    needle = json.dumps(key) + ": "
    # A key of config_extra may be the name of another one before it.
    for number, line in reversed(lines) if extra else lines:
        at = line.find(needle)
        if at >= 0:
            return number, at + 1 + (0 if extra or code[:3] in ("W_U", "W_D") and code != "W_DOMAIN_SPLIT"
                                     else len(needle))
    return None, None


def table(tap, folder):
    for row, changes, code, key in CASES:
        gone = [k for k, v in changes.items() if v is None]
        changed = answers({k: v for k, v in changes.items() if v is not None}, gone)
        path = folder.write("answers.json", changed)
        status, found = findings(path, "--nics", folder.at("nics.json"))
        name = f"row {row}: {json.dumps(changes)[:90]}"
        shown = [(f["code"], f["key"]) for f in found if f["severity"] != "note"]
        if code is None:
            tap.equal((status, shown), (0, []), f"{name} is accepted")
            continue
        tap.ok((code, key) in shown, f"{name} gives {code}", found)
        tap.equal(status, 2 if any(f["severity"] == "error" for f in found) else 0, "exit status")
        strict, _ = findings(path, "--strict", "--nics", folder.at("nics.json"))
        tap.equal(strict, 2, "and with --strict 2")
        hit = next((f for f in found if (f["code"], f["key"]) == (code, key)), {})
        if code != "E_REQUIRED" and "line" in hit:
            tap.equal((hit["line"], hit["column"]), expected_place(folder.read("answers.json"), code, key),
                      "at its place")
        elif code != "E_REQUIRED":
            tap.ok(key not in folder.read("answers.json"), "a finding without a place is about no value", hit)


def whole_files(tap, folder):
    cases = [(1, "{ \"a\": tru }", "E_JSON"), (1, "", "E_JSON"), (1, "not json", "E_JSON"), (2, "[1]", "E_TYPE"),
             (2, "\"text\"", "E_TYPE"), (0, b"{\"a\": \"\xff\"}", "E_UTF8"),
             (0, "{\"a\": \"" + "x" * 70000 + "\"}", "E_JSON"), (0, "{\"a\": " + "[" * 5000, "E_JSON")]
    for row, text, code in cases:
        status, found = findings(folder.write("whole.json", text))
        tap.equal((status, [f["code"] for f in found]), (2, [code]), f"row {row}: {text[:20]!r} gives {code}")
        if len(text) < 100:
            tap.ok("line" in found[0], "with line and column")
    twice = json.dumps(COAL)[:-1] + ",\n \"admin_ip\": \"10.99.99.8\", \"admin\\u005fnic\": \"x\"}"
    status, found = findings(folder.write("twice.json", twice))
    tap.equal((status, [(f["code"], f["key"], f["line"]) for f in found if f["severity"] == "error"]),
              (2, [("E_DUP", "admin_ip", 2), ("E_DUP", "admin_nic", 2)]), "row 3: keys twice, however they are spelled")


def all_at_once(tap, folder):
    path = folder.write("all.json", answers({"admin_ip": "x", "region_name": "A", "mail_to": "q", "foo": 1}))
    _, found = findings(path)
    tap.ok({"admin_ip", "region_name", "mail_to", "foo"} <= {f["key"] for f in found}, "every finding in one run")
    status, out, err = run(SETUP, "validate", path)
    tap.ok(status == 2 and f"{path}:" in out and "error E_IP admin_ip x: " in out, "the text form", out + err)
    _, found = findings(folder.write("pw.json", answers({"root_password": "geheim", "admin_password": "pssst"})))
    tap.ok("geheim" not in str(found) and "pssst" not in str(found), "no finding shows a password", found)
    tap.ok([f["value"] for f in found if f["code"] == "E_PW_POLICY"] == ["***", "***"], "they are masked")
    with open(path, "rb") as f:
        status, out, _ = run(SETUP, "validate", "-", stdin=f.read())
    tap.ok(status == 2 and out.startswith("stdin:"), "standard input", out)
    tap.equal(run(SETUP, "validate", folder.at("absent"))[0], 1, "a file that cannot be opened: 1")
    tap.equal(run(SETUP, "validate", "--nics", folder.at("absent"), path)[0], 1, "the same for --nics")
    status, found = findings(folder.write("coal.json", COAL))
    tap.equal((status, [f["code"] for f in found]), (0, ["W_NICS_UNCHECKED"]), "without --nics it says so")
    status, found = findings(folder.at("coal.json"), "--strict")
    tap.equal(status, 0, "which is no fault, not even with --strict")
    status, found = findings(folder.write("root.json", answers({"root_password": "root"})), "--coal-image")
    tap.equal((status, [f["code"] for f in found]), (0, ["W_PW_POLICY", "W_NICS_UNCHECKED"]),
              "a CoaL image takes a short root password")


def main():
    tap = Tap()
    with Folder() as folder:
        tap.run("table", table, tap, folder)
        tap.run("whole files", whole_files, tap, folder)
        tap.run("all at once", all_at_once, tap, folder)
    return tap.done()


sys.exit(main())
