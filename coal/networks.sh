#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# shellcheck disable=SC2034
#
# The two networks of a CoaL data center, and what the set-up commands for macOS and Linux
# have in common. Read by them, not run. The one table: coal-windows-vmware-setup.bat has
# the same values, which tests/cli/coal/networks.t compares.
#
# COAL_ROOT  a folder that stands for / (tests)

EXTERNAL_SUBNET=10.88.88.0
EXTERNAL_NETMASK=255.255.255.0
EXTERNAL_HOST=10.88.88.1
EXTERNAL_GATEWAY=10.88.88.2
EXTERNAL_DHCP_START=10.88.88.201
EXTERNAL_DHCP_END=10.88.88.254
ADMIN_SUBNET=10.99.99.0
ADMIN_NETMASK=255.255.255.0
ADMIN_HOST=10.99.99.254

BACKUP=.before-coal
ROOT=${COAL_ROOT:-}
PROGRAM=${0##*/}
ACTION="set"
DRY=

die()
{
	echo "$PROGRAM: $*" >&2
	exit 1
}

say()
{
	echo "$PROGRAM: $*"
}

# The same options for all commands: --dry-run, --undo, --help. $1 says what is set up.
parse_options()
{
	what=$1
	shift
	for option; do
		case $option in
		-n | --dry-run) DRY=yes ;;
		--undo) ACTION=undo ;;
		-h | --help)
			echo "usage: $PROGRAM [-n|--dry-run] [--undo]"
			echo "$what"
			echo "  -n, --dry-run  print what would change, change nothing"
			echo "  --undo         put everything back as it was before"
			exit 0
			;;
		*)
			echo "$PROGRAM: unknown option '$option'; --help lists them" >&2
			exit 2
			;;
		esac
	done
}

need_root()
{
	if [ -z "$DRY" ] && [ -z "$ROOT" ] && [ "$(id -u)" -ne 0 ]; then
		die "changes files of the system: run it with sudo, or with --dry-run first"
	fi
}

# run PROGRAM ARGUMENT...: or say what would be run.
run()
{
	if [ -n "$DRY" ]; then
		say "would run: $*"
		return 0
	fi
	"$@" || die "'$*' failed; what was changed stays, run it again or use --undo"
}

# replace FILE NEW: NEW's bytes become FILE's. Keeps the first original beside it, writes a
# temporary file and renames it.
replace()
{
	if cmp -s "$2" "$1"; then
		return
	fi
	if [ -n "$DRY" ]; then
		say "would change $1:"
		diff -u "$1" "$2" | sed '1,2d'
		return
	fi
	if [ ! -e "$1$BACKUP" ]; then
		if ! { cp -p "$1" "$1$BACKUP.new" && mv "$1$BACKUP.new" "$1$BACKUP"; }; then
			die "cannot keep a copy of '$1': nothing was changed in it"
		fi
	fi
	if ! { cp -p "$1" "$1.new-coal" && cat "$2" >"$1.new-coal" && sync &&
		mv "$1.new-coal" "$1"; }; then
		die "cannot write '$1': it is as it was"
	fi
	say "changed $1 (as it was: $1$BACKUP)"
}

# restore FILE, if it was ever changed.
restore()
{
	[ -e "$1$BACKUP" ] || return 0
	if [ -n "$DRY" ]; then
		say "would restore $1 from $1$BACKUP"
		return
	fi
	mv "$1$BACKUP" "$1" || die "cannot restore '$1' from '$1$BACKUP'"
	say "restored $1"
}

# The answers that VMware's "networking" file needs, one a line. vmnet1 is host-only
# (admin), vmnet8 is NAT (external); VMware gives the gateway of a NAT network .2.
vmware_answers()
{
	cat <<END
VNET_1_DHCP no
VNET_1_HOSTONLY_NETMASK $ADMIN_NETMASK
VNET_1_HOSTONLY_SUBNET $ADMIN_SUBNET
VNET_1_NAT no
VNET_1_VIRTUAL_ADAPTER yes
VNET_1_VIRTUAL_ADAPTER_ADDR $ADMIN_HOST
VNET_8_DHCP yes
VNET_8_HOSTONLY_NETMASK $EXTERNAL_NETMASK
VNET_8_HOSTONLY_SUBNET $EXTERNAL_SUBNET
VNET_8_NAT yes
VNET_8_VIRTUAL_ADAPTER yes
VNET_8_VIRTUAL_ADAPTER_ADDR $EXTERNAL_HOST
END
}

# networking_text FILE: FILE with our answers. Each takes the place of the answer that was
# there; new ones come at the end. The digests of VMware's generated DHCP files go, because
# they belong to the old subnets; VMware writes new ones.
networking_text()
{
	vmware_answers | awk '
		NR == FNR { value[$1] = $2; order[++n] = $1; next }
		$1 == "answer" && $2 ~ /^VNET_[18]_DHCP_CFG_HASH$/ { next }
		$1 == "answer" && ($2 in value) {
			if (!done[$2]++)
				print "answer", $2, value[$2]
			next
		}
		{ print }
		END {
			for (i = 1; i <= n; i++)
				if (!done[order[i]])
					print "answer", order[i], value[order[i]]
		}' - "$1"
}

# No machine may run while its networks change under it.
refuse_running()
{
	command -v vmrun >/dev/null || return 0
	count=$(vmrun list 2>/dev/null | sed -n 's/^Total running VMs: //p')
	if [ -n "$count" ] && [ "$count" -gt 0 ] && [ -z "$DRY" ]; then
		die "$count virtual machine(s) run: shut them down first (vmrun list)"
	fi
}

note_difference()
{
	"$2" "$1" | cmp -s - "$1" || changed=yes
}

change()
{
	text=$(mktemp) || die "no room for a temporary file: free some in ${TMPDIR:-/tmp}"
	"$2" "$1" >"$text" || die "cannot read '$1'"
	replace "$1" "$text"
	rm -f "$text"
}

note_backup()
{
	[ ! -e "$1$BACKUP" ] || changed=yes
}

# vmware_main: the course of both VMware set-ups. The caller defines
#   each COMMAND                   calls COMMAND FILE PROGRAM for each file that it changes;
#                                  PROGRAM FILE prints the file's new text
#   stop_networks, start_networks
# and sets NETWORKING. A change counts only when the networks have been restarted: a mark
# outlives a power cut in between, and the next run restarts them.
vmware_main()
{
	mark=$NETWORKING.pending-coal
	changed=
	if [ "$ACTION" = undo ]; then
		each note_backup
		step=restore
		nothing="nothing to undo"
	else
		each note_difference
		step=change
		nothing="the networks are set up already"
	fi
	if [ -z "$changed" ] && [ ! -e "$mark" ]; then
		say "$nothing"
		exit 0
	fi
	refuse_running
	[ -n "$DRY" ] || touch "$mark" || die "cannot write '$mark'"
	stop_networks
	each $step
	start_networks
	if [ -n "$DRY" ]; then
		exit 0
	fi
	rm -f "$mark"
	if [ "$ACTION" = undo ]; then
		say "done: VMware's networks are as they were"
		exit 0
	fi
	say "done: external $EXTERNAL_SUBNET (vmnet8), admin $ADMIN_SUBNET (vmnet1)"
}
