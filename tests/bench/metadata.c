// SPDX-License-Identifier: MPL-2.0
/*
 * Load on a metadata server: bench-metadata ROUNDS SOCKET... has one connection to each
 * socket, and in each round every connection asks once and reads its answer. Prints the
 * number of answers.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "platform/lib/base/alloc.h"
#include "platform/lib/base/file.h"
#include "platform/lib/base/num.h"
#include "platform/lib/base/str.h"

/* GET sdc:uuid */
static const char request[] = "V2 25 b5387dbc b09e8366 GET c2RjOnV1aWQ=\n";

static int
connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || tt_strcpy(sa.sun_path, sizeof(sa.sun_path), path) < 0 ||
	    connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* One line; false when it is no success. */
static bool
read_answer(int fd)
{
	char line[512];
	size_t len = 0;

	do {
		ssize_t n = read(fd, line + len, sizeof(line) - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		line[len] = '\0';
	} while (line[len - 1] != '\n' && len < sizeof(line) - 1);
	return strstr(line, " b09e8366 SUCCESS ") != NULL;
}

int
main(int argc, char **argv)
{
	const int count = argc - 2;
	tt_auto(free) int *fds = tt_xcalloc((size_t)argc, sizeof(*fds));
	unsigned long long answers = 0;
	uint32_t rounds;

	if (argc < 3 || tt_parse_u32(argv[1], 1, 1000000000, &rounds) < 0)
		return 2;
	for (int i = 0; i < count; i++)
		fds[i] = connect_to(argv[i + 2]);
	for (uint32_t r = 0; r < rounds; r++) {
		for (int i = 0; i < count; i++)
			if (tt_write_all(fds[i], request, sizeof(request) - 1) < 0)
				return 1;
		for (int i = 0; i < count; i++)
			if (!read_answer(fds[i]))
				return 1;
		answers += (unsigned)count;
	}
	printf("%llu\n", answers);
	return 0;
}
