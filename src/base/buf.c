/* SPDX-License-Identifier: ISC */
/*
 * buf.c - octets that grow, by doubling
 */
#include "buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int buf_put(struct buf *b, const void *p, size_t len)
{
	if (b->cap - b->len < len) {
		size_t cap = (b->cap + len) * 2;
		char *grown = realloc(b->p, cap);

		if (!grown)
			return -ENOMEM;
		b->p = grown;
		b->cap = cap;
	}
	if (len)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	return 0;
}
