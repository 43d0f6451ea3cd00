/* SPDX-License-Identifier: ISC */
/* buf.h - octets that grow */
#ifndef NOD_BASE_BUF_H
#define NOD_BASE_BUF_H

#include <stddef.h>

/* All zero is an empty one; free(p) ends it. */
struct buf {
	char *p;
	size_t len, cap;
};

/* Append @len octets.  0, or -ENOMEM and nothing is changed. */
int buf_put(struct buf *b, const void *p, size_t len);

#endif
