# SPDX-License-Identifier: MPL-2.0
# A program that links it names gnutls in its _PKG.
LIBS += sign
sign_SRC := $(wildcard platform/lib/sign/*.c)

# with the library that makes what this one checks
TESTS += sign_verify
sign_verify_SRC := tests/unit/platform/lib/sign/test_sign.c
sign_verify_LIB := image sign base
sign_verify_PKG := gnutls jansson
