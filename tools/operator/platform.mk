# What the commands of platforms and of the boot medium stand on.
LIBS += operplatform
operplatform_SRC := $(wildcard tools/operator/platform/*.c)

OPER_LIB := operplatform tar key machine sign conf fetch cli base
OPER_PKG := libcurl gnutls zlib blkid jansson

PROGS += sdc-usbkey sdc-setconsole install-platform switch-platform
sdc-usbkey_SRC := $(addprefix tools/operator/sdc-usbkey/,main.c variable.c update.c)
sdc-usbkey_NODE := /usr/sbin/sdc-usbkey
sdc-setconsole_SRC := $(addprefix tools/operator/sdc-usbkey/,setconsole.c variable.c)
sdc-setconsole_NODE := /usr/sbin/sdc-setconsole
install-platform_SRC := tools/operator/install-platform/main.c
install-platform_NODE := /usr/sbin/install-platform
switch-platform_SRC := tools/operator/switch-platform/main.c
switch-platform_NODE := /usr/sbin/switch-platform
$(foreach p,sdc-usbkey sdc-setconsole install-platform switch-platform,\
	$(eval $(p)_LIB := $(OPER_LIB)) $(eval $(p)_PKG := $(OPER_PKG)))
