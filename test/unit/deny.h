/* SPDX-License-Identifier: ISC */
/*
 * deny.h - memory that can be denied: one allocation of all, or all from one on
 *
 * mk/test.mk has the linker send a program's allocations through these (--wrap).
 *
 * Neighbours: test_memory.c, test_hostile_memory.c, test_hostile_tcp_memory.c.
 */
#ifndef NOD_TEST_DENY_H
#define NOD_TEST_DENY_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static struct {
	bool is_armed; /* the program's own turn, not the test's */
	bool for_good; /* all from that one on */
	unsigned long seen, fail_at, failed;
} memory;

static bool is_denied(void)
{
	if (!memory.is_armed)
		return false;
	memory.seen++;
	bool denied =
		memory.for_good ? memory.seen >= memory.fail_at : memory.seen == memory.fail_at;
	memory.failed += denied;
	return denied;
}

void *__wrap_malloc(size_t n)
{
	return is_denied() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_denied() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return is_denied() ? NULL : __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return is_denied() ? NULL : __real_aligned_alloc(alignment, n);
}

char *__wrap_strdup(const char *s)
{
	return is_denied() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return is_denied() ? NULL : __real_strndup(s, n);
}

#endif
