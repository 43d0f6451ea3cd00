/* SPDX-License-Identifier: ISC */
/*
 * port_file.c - the services that this machine's own list has, such as /etc/services
 *
 * A line is a name, a port with its protocol ("3306/tcp"), and aliases; "#" begins a comment.
 * The file is small: it is read whole, and its strings are used where they lie.
 */
#include "port_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX (4u << 20) /* octets; Debian's has 13,000, all of IANA's would be a million */
#define BLANKS	 " \t\r"

bool words_have(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (len && *(list += strspn(list, BLANKS))) {
		size_t n = strcspn(list, BLANKS);

		if (n == len && strncasecmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/* Cut the next word off *@line; "" at its end. */
static char *cut_word(char **line)
{
	char *word = *line + strspn(*line, BLANKS);

	*line = word + strcspn(word, BLANKS);
	if (**line)
		*(*line)++ = 0;
	return word;
}

/* Debian's list has AppleTalk's too. */
static bool is_transport(const char *protocol)
{
	return strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0 ||
		strcmp(protocol, "sctp") == 0 || strcmp(protocol, "dccp") == 0;
}

/* False: the line is no entry. */
static bool read_line(char *line, struct port_entry *e)
{
	char *port, *slash;
	unsigned v = 0;

	line[strcspn(line, "#")] = 0;
	for (char *p = line; *p; p++) {
		if (*p != '\t' && *p != '\r' &&
			((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e))
			return false; /* RFC 6335 5.1: names are ASCII */
	}
	e->name = cut_word(&line);
	port = cut_word(&line);
	slash = port + strspn(port, "0123456789");
	if (!*e->name || slash == port || slash - port > 5 || *slash != '/' || !slash[1])
		return false;
	for (const char *p = port; p < slash; p++)
		v = v * 10 + (unsigned)(*p - '0');
	e->port = (uint16_t)v;
	e->protocol = slash + 1;
	e->aliases = line + strspn(line, BLANKS);
	line += strlen(line);
	while (line > e->aliases && strchr(BLANKS, line[-1]))
		*--line = 0;
	return v <= UINT16_MAX && is_transport(e->protocol);
}

static char *read_whole(const char *path, int *err)
{
	FILE *from = fopen(path, "re");
	char *text = from ? malloc(FILE_MAX + 1) : NULL;

	*err = !from ? -errno : !text ? -ENOMEM : 0;
	if (text) {
		text[fread(text, 1, FILE_MAX, from)] = 0;
		*err = ferror(from) ? -EIO : 0;
	}
	if (from)
		fclose(from);
	if (*err == 0)
		return text;
	free(text);
	return NULL;
}

int port_file_read(struct port_file *f, const char *path)
{
	int err;
	size_t lines = 1;

	*f = (struct port_file){ .text = read_whole(path, &err) };
	if (!f->text)
		return err;
	for (const char *p = f->text; *p; p++)
		lines += *p == '\n';
	f->entry = calloc(lines, sizeof(*f->entry));
	if (!f->entry) {
		port_file_free(f);
		return -ENOMEM;
	}
	for (char *line = f->text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = 0;
		f->n += read_line(line, &f->entry[f->n]);
	}
	return 0;
}

void port_file_free(struct port_file *f)
{
	free(f->text);
	free(f->entry);
	*f = (struct port_file){ 0 };
}
