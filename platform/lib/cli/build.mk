LIBS += cli
cli_SRC := $(wildcard platform/lib/cli/*.c)
