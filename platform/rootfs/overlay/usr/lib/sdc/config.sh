# SPDX-License-Identifier: MPL-2.0
# shellcheck shell=sh
# The node's configuration as shell variables. sdc-config parses it and prints assignments
# that are safe to eval; nothing of the file itself is evaluated.

load_sdc_config() { # [PREFIX], CONFIG_ when left out
	_sdc=$(sdc-config -p "${1:-CONFIG_}") && eval "$_sdc"
}

load_sdc_bootparams() { # [PREFIX], BOOT_ when left out
	_sdc=$(sdc-config --boot -p "${1:-BOOT_}") && eval "$_sdc"
}

load_sdc_sysinfo() { # [PREFIX], SYSINFO_ when left out
	_sdc=$(sysinfo -p | sed "s/^/${1:-SYSINFO_}/") && eval "$_sdc"
}
