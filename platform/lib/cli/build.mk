LIBS += cli
cli_SRC := $(wildcard platform/lib/cli/*.c)

TESTS += cli_table
cli_table_SRC := tests/unit/platform/lib/cli/test_cli.c
cli_table_LIB := cli base
