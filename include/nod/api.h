/* SPDX-License-Identifier: ISC */
/*
 * api.h - what every public header of nod shares: visibility, version, time
 */
#ifndef NOD_API_H
#define NOD_API_H

#include <stdint.h>

#define NOD_VERSION "0.1.0"

/* Marks what libnod exports; every other symbol of the archive is local to it. */
#define NOD_API __attribute__((visibility("default")))

/* A point in time or a span of it: monotonic nanoseconds. */
typedef int64_t nod_ns;

#define NOD_US 1000LL
#define NOD_MS 1000000LL
#define NOD_S  1000000000LL

/* As a time-out: wait without end. */
#define NOD_FOREVER INT64_MAX

#endif
