/* SPDX-License-Identifier: ISC */
/* version.c - which libnod this is */
#include "nod/nod.h"

const char *nod_version(void)
{
	return NOD_VERSION;
}
