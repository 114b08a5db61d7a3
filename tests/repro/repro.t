#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Every product of HEAD built twice from nothing but packages, in two folders, under two users'
# settings, on two and on one processor: every artefact must be the same, byte for byte.
# Needs CACHE (its debs folder is shared, nothing else).
set -u
work=$(mktemp -d "${BUILD:-build}/repro.XXXXXX") || exit 1
work=$(cd "$work" && pwd)
trap 'rm -rf "$work"' EXIT

build() { # folder, words in front of make
	dir=$work/$1
	shift
	mkdir -p "$dir/cache" && git clone -q . "$dir/src" && cp -al "$CACHE/debs" "$dir/cache/debs" || return 1
	into() { # make's words
		env -u MAKEFLAGS -u MAKELEVEL "$@" "B=$dir/out" "CACHE=$dir/cache" OFFLINE=1 >>"$dir/log" 2>&1
	}
	# the appliance's password is generated unless it is told
	into "$@" make -C "$dir/src" usb iso ipxe platform boot &&
		into "$@" make -C "$dir/src" coal SET=root-password=none && return 0
	tail -n 20 "$dir/log" | sed 's/^/# /'
	return 1
}

# The products but the raw images; the report of a build (times, tools) is about the build and differs.
digests() {
	(cd "$work/$1/out" && find out platform -type f ! -name 'build-*.json' ! -name 'usb-*.img' ! -name 8gb.img |
		sort | xargs sha256sum)
}

# qemu-img reads 8 GB of holes in no time, where a digest would take minutes.
# shellcheck disable=SC2086 # the wildcards are meant
same_image() { # path below out, with wildcards
	qemu-img compare -q -f raw -F raw "$work"/one/out/out/$1 \
		"$work"/a/longer/path/two/out/out/$1
}

n=0
ok() { # status, name
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

(umask 022 && build one env TZ=UTC LANG=C) &
(umask 077 && build a/longer/path/two env TZ=Pacific/Kiritimati LANG=de_DE.UTF-8 HOME=/nowhere taskset -c 0)
second=$?
wait $!
ok $? "first build"
ok $second "second build: other folder, time zone, language, umask, one processor"
digests one >"$work/1"
digests a/longer/path/two >"$work/2"
cmp -s "$work/1" "$work/2"
ok $? "the same files, byte for byte"
diff "$work/1" "$work/2" | sed 's/^/# /'
grep -q 'root\.img$' "$work/1"
ok $? "a root image is among them"
for kind in 'iso-.*\.iso' 'ipxe-.*\.tgz' 'fulliso-.*\.tgz' 'platform-.*\.tgz' \
	'boot-.*\.tgz' 'coal-.*\.ova' 'coal-.*\.vmwarevm/USB-headnode.vmdk' 'sbom-.*\.json'; do
	grep -q "$kind\$" "$work/1"
	ok $? "compared: $kind"
done
same_image 'usb-*.img'
ok $? "the same USB image, byte for byte"
same_image 'coal-*.vmwarevm/8gb.img'
ok $? "the same image in the appliance, byte for byte"
echo "1..$n"
