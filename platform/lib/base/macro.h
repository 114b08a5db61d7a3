// SPDX-License-Identifier: MPL-2.0
/*
 * Small macros that every file may use: owned locals, array lengths, attributes.
 * The one header that all others of this library include.
 */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define TT_ARRAY_LEN(a)    (sizeof(a) / sizeof((a)[0]))
#define TT_PRINTF(fmt, va) __attribute__((format(printf, fmt, va)))
#define TT_UNUSED          __attribute__((unused))
#define TT_NORETURN        __attribute__((noreturn))
#define TT_CHECKED         __attribute__((warn_unused_result))

#define TT_KIB 1024ULL
#define TT_MIB (1024ULL * 1024)
#define TT_GIB (1024ULL * 1024 * 1024)

/*
 * tt_auto(free) char *s = NULL;     freed when it leaves scope
 * tt_auto(buf) struct tt_buf b = TT_BUF_INIT(64 * TT_KIB);
 * A type takes part by defining a static inline tt_auto_NAME(T *), with TT_AUTO_DEFINE
 * for the common case of one call that takes the object.
 */
#define tt_auto(name) __attribute__((cleanup(tt_auto_##name)))

#define TT_AUTO_DEFINE(name, type, call)                                                 \
	static inline void tt_auto_##name(type *p)                                       \
	{                                                                                \
		call(*p);                                                                \
	}

/* Hand an owned pointer on: the local becomes NULL and its cleanup does nothing. */
#define tt_take(p)                                                                       \
	__extension__({                                                                  \
		__typeof__(p) tt_take_tmp_ = (p);                                        \
		(p) = NULL;                                                              \
		tt_take_tmp_;                                                            \
	})

/* The same for a descriptor; -1 stays behind. */
#define tt_take_fd(fd)                                                                   \
	__extension__({                                                                  \
		int tt_take_tmp_ = (fd);                                                 \
		(fd) = -1;                                                               \
		tt_take_tmp_;                                                            \
	})

static inline void
tt_auto_free(void *p)
{
	free(*(void **)p);
}

static inline void
tt_auto_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
