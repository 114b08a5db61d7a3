# Tests and fuzzers of the wizard's own parts.
TESTS += wizard_lineedit wizard_netmsg wizard_write wizard_session
wizard_lineedit_SRC := tests/unit/installer/setup/test_lineedit.c installer/setup/lineedit.c \
	installer/setup/term.c
wizard_lineedit_LIB := base
wizard_netmsg_SRC := tests/unit/installer/setup/test_netmsg.c \
	$(wildcard installer/setup/*msg.c) platform/lib/fetch/dhcpmsg.c
wizard_netmsg_LIB := base
wizard_write_SRC := tests/unit/installer/setup/test_write.c installer/setup/write.c
wizard_write_LIB := conf base
wizard_write_PKG := jansson
wizard_session_SRC := tests/unit/installer/setup/test_session.c \
	$(addprefix installer/setup/,session.c consoles_lock.c edit_diff.c write.c) \
	$(wildcard installer/setup/fetch*.c) \
	installer/setup/checks_arpmsg.c
wizard_session_LIB := tsetup fetch conf base
wizard_session_PKG := jansson libcurl gnutls
wizard_session_LDLIBS := -lcrypt

FUZZERS += dnsmsg netmsg lineedit
dnsmsg_fuzz_SRC := tests/fuzz/fuzz_dnsmsg.c installer/setup/checks_dnsmsg.c
dnsmsg_fuzz_LIB := base
netmsg_fuzz_SRC := tests/fuzz/fuzz_netmsg.c installer/setup/checks_ntpmsg.c \
	installer/setup/checks_arpmsg.c platform/lib/fetch/dhcpmsg.c \
	installer/setup/term.c installer/setup/lineedit.c
netmsg_fuzz_LIB := base
lineedit_fuzz_SRC := tests/fuzz/fuzz_lineedit.c installer/setup/lineedit.c
lineedit_fuzz_LIB := base

TESTS += wizard_checks
wizard_checks_SRC := tests/unit/installer/setup/test_checks.c installer/setup/term.c \
	installer/setup/lineedit.c $(wildcard installer/setup/checks*.c)
wizard_checks_LIB := tsetup conf base
wizard_checks_PKG := jansson
wizard_checks_LDLIBS := -lcrypt

TESTS += wizard_dhcp
wizard_dhcp_SRC := tests/unit/installer/setup/test_dhcp.c installer/setup/write.c \
	$(wildcard installer/setup/fetch*.c) installer/setup/checks_arpmsg.c
wizard_dhcp_LIB := tsetup fetch conf base
wizard_dhcp_PKG := jansson libcurl gnutls
wizard_dhcp_LDLIBS := -lcrypt -lpthread
