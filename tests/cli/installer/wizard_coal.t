#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""A person types the CoaL table: the config has the 93 keys, and nothing else is left."""

import os
import re
import stat
import sys

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "../../lib")]
from tap import Tap  # noqa: E402
from wizard_pty import COAL, Machine, Wizard, escapes  # noqa: E402

SERVICES = {"binder": 3, "manatee": 8, "moray": 9, "ufds": 10, "workflow": 11, "rabbitmq": 12,
            "imgapi": 13, "cnapi": 14, "amonredis": 15, "amon": 16, "fwapi": 17, "vmapi": 18,
            "sdc": 19, "papi": 20, "adminui": 22, "sapi": 23, "mahi": 24, "assets": 0,
            "dhcpd": 1, "napi": 2}
WITHOUT_DOMAIN = ("binder", "manatee", "assets")
FIXED = {
    "coal": "true", "swap": "0.25x", "compute_node_swap": "0.25x", "region_name": "orbit",
    "datacenter_name": "coal-1", "datacenter_company_name": "Clavius",
    "datacenter_location": "Moon, Earth", "default_rack_name": "RACK1",
    "default_rack_size": "30", "default_server_role": "pro",
    "default_package_sizes": "128,256,512,1024", "mail_to": "root@localhost",
    "mail_from": "support@example.com", "admin_nic": "00:50:56:34:60:4c",
    "admin_ip": "10.99.99.7", "admin_netmask": "255.255.255.0", "admin_network": "10.99.99.0",
    "external_nic": "00:50:56:3d:a7:95", "external_ip": "10.88.88.200",
    "external_gateway": "10.88.88.2", "external_netmask": "255.255.255.0",
    "external_network": "10.88.88.0", "external_provisionable_start": "10.88.88.3",
    "external_provisionable_end": "10.88.88.199", "headnode_default_gateway": "10.88.88.2",
    "binder_resolver_ips": ",".join(f"10.99.99.{i}" for i in range(11, 16)),
    "dns_resolvers": "8.8.8.8,8.8.4.4", "dns_domain": "example.com",
    "dhcp_range_start": "10.99.99.37", "dhcp_range_end": "10.99.99.254",
    "dhcp_lease_time": "2592000", "ntp_hosts": "0.smartos.pool.ntp.org",
    "compute_node_ntp_hosts": "10.99.99.7", "assets_admin_ip": "10.99.99.8",
    "dhcpd_admin_ip": "10.99.99.9", "rabbitmq_admin_ip": "10.99.99.20",
    "ufds_is_master": "true", "ufds_ldap_root_dn": "cn=root", "ufds_admin_login": "admin",
    "ufds_admin_pw": "adminpass1", "ufds_admin_email": "root@localhost",
    "ufds_admin_uuid": "930896af-bf8c-48d4-885c-6573a94b1853",
    "capi_client_url": "http://10.99.99.18:8080", "cnapi_client_url": "http://10.99.99.22:80",
    "fwapi_client_url": "http://10.99.99.25:80", "napi_client_url": "http://10.99.99.10:80",
    "napi_mac_prefix": "90b8d0", "install_pkgsrc": "true", "phonehome_automatic": "false",
    "update_channel": "release", "show_setup_timers": "true",
}
GENERATED = {
    "external_mac": r"02(:[0-9a-f]{2}){5}",
    "root_shadow": r"\$y\$j9T\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{43}",
    "rabbitmq": r"[a-z]+:[0-9a-f]{32}:10\.99\.99\.20:5672",
    "ufds_ldap_root_pw": r"[0-9a-f]{32}",
    "adminui_help_url": r"https?://.*",
}


def expected():
    want = dict(FIXED)
    for name, slot in SERVICES.items():
        want[f"{name}_admin_ips"] = f"10.99.99.{8 + slot}"
        if name not in WITHOUT_DOMAIN:
            want[f"{name}_domain"] = f"{name}.coal-1.example.com"
    return want


def check_config(machine, tap):
    config = machine.config()
    tap.equal(len(config), 93, "93 keys")
    fixed = {k: v for k, v in config.items() if k not in GENERATED}
    want = expected()
    tap.equal({k: v for k, v in fixed.items() if want.get(k) != v}, {}, "no other key or value")
    tap.equal(sorted(set(want) - set(fixed)), [], "no key is missing")
    for key, pattern in GENERATED.items():
        tap.ok(re.fullmatch(pattern, config.get(key, "")), f"{key} is made", config.get(key))
    tap.ok(machine.read("mnt/usbkey/config").endswith("# end of config, 93 keys\n"),
           "the last line counts them")


def check_traces(machine, wizard, tap):
    mode = os.stat(machine.path("mnt/usbkey/config")).st_mode
    tap.equal(stat.S_IMODE(mode), 0o600, "only root may read it")
    log = machine.read("var/log/triton-setup.log")
    secrets = ("rootpass", "adminpass1")
    tap.ok(not any(s in log for s in secrets), "no password in the log", log)
    tap.ok("root_password typed '***' accepted" in log, "but that it was typed")
    tap.ok(not any(s in wizard.output for s in secrets), "no password on the screen")
    tap.equal(os.listdir(machine.path("mnt/usbkey")).count(".config.new"), 0, "no torn file")
    tap.ok(not machine.exists("run/triton/setup.state"), "the session journal is gone")


def check_screen(wizard, tap):
    tap.equal(escapes(wizard.output), [], "a dumb terminal gets no escape")
    tap.ok("\x07" not in wizard.output and "\t" not in wizard.output, "no bell, no tab")
    tap.equal([line for line in wizard.output.split("\n") if line and not line.endswith("\r")
               and line != wizard.output.split("\n")[-1]], [], "lines end in CR LF")
    tap.ok("Setup goes on: storage pool, network, services." in wizard.output,
           "it says what happens next")


def main():
    tap = Tap()
    machine = Machine()
    wizard = Wizard(machine)
    try:
        wizard.answers(COAL)
        tap.equal(wizard.wait(), 0, "the wizard ends with 0")
        check_config(machine, tap)
        check_traces(machine, wizard, tap)
        check_screen(wizard, tap)
    except (AssertionError, OSError) as e:
        tap.ok(False, "the dialogue runs to its end", str(e))
    finally:
        wizard.close()
        machine.remove()
    return tap.done()


sys.exit(main())
