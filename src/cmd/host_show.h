/* SPDX-License-Identifier: ISC */
/* host_show.h - what `nod host` found, as text or as JSON; see host_ask.h */
#ifndef NOD_CMD_HOST_SHOW_H
#define NOD_CMD_HOST_SHOW_H

#include "host_ask.h"

void host_show_text(const struct host_setup *s, const struct host_report *r);
void host_show_json(const struct host_setup *s, const struct host_report *r);

/* A label and what stands behind it, columns aligned in both languages. */
void host_show_label(const char *label);

/* Print text that someone else wrote, fit for a terminal. */
void host_show_clean(const char *text);

/* Whose answer it is, in words: "files: /etc/hosts line 3". */
void host_show_source(const struct host_setup *s, const struct host_report *r);

#endif
