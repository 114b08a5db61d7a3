#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The include check sees breaches, lets good includes pass, and does not pass by looking at nothing.
set -u
d=$(mktemp -d) || exit 1
trap 'rm -rf "$d"' EXIT
mkdir -p "$d/platform/lib/base" "$d/platform/lib/conf" "$d/platform/init" "$d/image"
top=$(pwd)
n=0
check() { # wanted status, name, files...
	want=$1 name=$2
	shift 2
	n=$((n + 1))
	(cd "$d" && "$top/tools/dev/check-includes" "$top/tools/dev/include-rules" "$@") >"$d/out" 2>&1
	got=$?
	if [ "$got" -eq "$want" ]; then echo "ok $n - $name"; else echo "not ok $n - $name"; sed 's/^/# /' "$d/out"; fi
}
cd "$d" || exit 1
echo '#include "platform/lib/base/err.h"' >platform/lib/conf/good.c
echo '#include "platform/lib/fetch/fetch.h"' >platform/lib/conf/sibling.c
echo '#include "image/phase.h"' >platform/lib/base/up.c
echo '#include "platform/lib/base/err.h"' >platform/init/any.c
echo '#include "platform/lib/base/err.h"' >image/down.c
echo 'int x;' >image/none.c
echo '#include "platform/lib/base/err.h"' >stray.c
cd "$top" || exit 1
check 0 "conf may include base" platform/lib/conf/good.c
check 1 "conf may not include fetch" platform/lib/conf/sibling.c
check 1 "base may not include image" platform/lib/base/up.c
check 1 "init stands alone" platform/init/any.c
check 0 "image may include base" image/down.c
check 1 "a folder without a rule is a breach" stray.c
check 1 "files without any include check nothing, which is no pass" image/none.c
echo "1..$n"
