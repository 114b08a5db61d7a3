LIBS += conf
conf_SRC := $(wildcard platform/lib/conf/*.c)
