/* SPDX-License-Identifier: ISC */
/*
 * poison.h - memory that nobody may touch now, for AddressSanitizer to watch; nothing without it
 *
 * What a pool keeps for later is poisoned, so that a packet that is used after it was freed is
 * seen although its memory is not given back.
 *
 * Neighbours: pkt.c; test/unit/lan.h and others, for what lies behind a frame's end.
 */
#ifndef NOD_BASE_POISON_H
#define NOD_BASE_POISON_H

#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define HAVE_POISON 1
#endif
#elif defined(__SANITIZE_ADDRESS__) /* gcc */
#define HAVE_POISON 1
#endif

#ifdef HAVE_POISON
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#endif
