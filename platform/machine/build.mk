LIBS += machine
machine_SRC := $(wildcard platform/machine/*.c)
