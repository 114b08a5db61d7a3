# SPDX-License-Identifier: MPL-2.0
# For instances, not for the node: images take the static one, under four names.
PROGS += mdata mdata-static
mdata_SRC := platform/cmd/mdata.c
mdata_LIB := mdproto base
mdata-static_SRC := platform/cmd/mdata.c
mdata-static_LIB := mdproto base
mdata-static_STATIC := 1
