/* SPDX-License-Identifier: ISC */
/*
 * port_file.h - the services that this machine's own list has, such as /etc/services
 */
#ifndef NOD_CMD_PORT_FILE_H
#define NOD_CMD_PORT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_entry {
	uint16_t port;
	const char *protocol, *name;
	const char *aliases; /* separated by white space; "" = none */
};

struct port_file {
	char *text; /* the whole file, in which the entries' strings lie */
	struct port_entry *entry;
	size_t n;
};

/* 0 or a negative errno, and then an empty list.  Lines that are no entries are passed over. */
int port_file_read(struct port_file *f, const char *path);
void port_file_free(struct port_file *f);

/* Whether @list, words with white space between, has @word; upper and lower case alike. */
bool words_have(const char *list, const char *word);

#endif
