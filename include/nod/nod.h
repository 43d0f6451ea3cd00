/* SPDX-License-Identifier: ISC */
/* nod.h - all of libnod's public calls at once */
#ifndef NOD_NOD_H
#define NOD_NOD_H

#include "addr.h"
#include "api.h"
#include "dhcp.h"
#include "endpoint.h"
#include "host.h"
#include "name.h"
#include "order.h"
#include "resolve.h"
#include "service.h"
#include "session.h"
#include "socket.h"
#include "stack.h"
#include "tcp.h"

/* The library's version, "MAJOR.MINOR.PATCH"; NOD_VERSION is the headers'. */
NOD_API const char *nod_version(void);

#endif
