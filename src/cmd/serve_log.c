/* SPDX-License-Identifier: ISC */
/*
 * serve_log.c - the transcript of nod serve --log
 *
 * Many loops commit at once: whoever has the lock writes the lines of all, so they share the
 * wait for the disk.
 *
 * Neighbours: serve_report.c (what the lines say, and that a failure is told).
 */
#include "serve_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int serve_log_open(struct serve_log *l, const char *path, bool syncs)
{
	*l = (struct serve_log){ .path = path, .syncs = syncs, .fd = -1 };
	pthread_mutex_init(&l->lock, NULL);
	if (!path)
		return 0;
	/* a pipe that nobody reads must not stop the server: it is an error, here and later */
	l->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
	return l->fd < 0 ? -errno : 0;
}

void serve_log_close(struct serve_log *l)
{
	if (l->fd >= 0)
		close(l->fd);
	pthread_mutex_destroy(&l->lock);
	free(l->lines.p);
}

void serve_log_add(struct serve_log *l, const char *before, const char *line, size_t len)
{
	if (l->fd < 0)
		return;
	pthread_mutex_lock(&l->lock);
	int err = buf_put(&l->lines, before, strlen(before));
	if (err == 0)
		err = buf_put(&l->lines, line, len);
	if (err < 0 && !l->error)
		l->error = err;
	pthread_mutex_unlock(&l->lock);
}

/* Whole lines or nothing, so that a full disk leaves no half line. */
static int write_lines(struct serve_log *l)
{
	off_t before = lseek(l->fd, 0, SEEK_END);
	size_t done = 0;
	int err = 0;

	while (done < l->lines.len && err == 0) {
		ssize_t n = write(l->fd, l->lines.p + done, l->lines.len - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = -errno;
	}
	if (err < 0 && done && before >= 0)
		(void)!ftruncate(l->fd, before);
	/* EINVAL, EROFS: a pipe or /dev/null has no disk to wait for */
	if (err == 0 && l->syncs && fdatasync(l->fd) < 0 && errno != EINVAL && errno != EROFS)
		err = -errno;
	l->lines.len = 0;
	return err;
}

int serve_log_commit(struct serve_log *l)
{
	int err = 0;

	if (l->fd < 0)
		return 0;
	pthread_mutex_lock(&l->lock);
	if (l->lines.len)
		err = write_lines(l);
	if (err < 0 && !l->error)
		l->error = err;
	if (l->syncs)
		err = l->error;
	pthread_mutex_unlock(&l->lock);
	return err;
}
