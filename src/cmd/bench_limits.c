/* SPDX-License-Identifier: ISC */
/*
 * bench_limits.c - where each way of serving must end on this machine
 *
 * A measurement of a few seconds does not reach most limits, and reaching them would take
 * the machine from everybody else.  They can be read off instead: a descriptor or a process
 * or a thread a client, and so much memory.
 *
 * Neighbours: bench.h; getrlimit(2), proc_sys_kernel(5), cgroups(7).
 */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../presentation/units.h"

#define SELECT_DESCRIPTORS 1024u /* FD_SETSIZE of <sys/select.h>: part of the ABI */
#define MAPS_PER_THREAD    2u	 /* a stack and its guard page */

uint64_t bench_descriptors(void)
{
	struct rlimit r = { 0 };

	getrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
		getrlimit(RLIMIT_NOFILE, &r);
	}
	return r.rlim_cur == RLIM_INFINITY ? UINT64_MAX : r.rlim_cur;
}

/* The number that a file of /proc or /sys begins with, after @name if given; 0: none. */
static uint64_t number_in(const char *path, const char *name)
{
	char buf[2048];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : 0;

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	const char *at = name ? strstr(buf, name) : buf;
	return at ? strtoull(at + (name ? strlen(name) : 0), NULL, 10) : 0;
}

/* "0::/some/path" names this process's own group (cgroup v2); its pids.max, or 0. */
static uint64_t group_processes(void)
{
	char line[512], path[600];
	uint64_t max = 0;
	FILE *f = fopen("/proc/self/cgroup", "re");

	if (!f)
		return 0;
	while (max == 0 && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) != 0)
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/pids.max", line + 3);
		max = number_in(path, NULL);
	}
	fclose(f);
	return max;
}

static uint64_t user_processes(void)
{
	struct rlimit r = { 0 };

	getrlimit(RLIMIT_NPROC, &r);
	return r.rlim_cur == RLIM_INFINITY ? 0 : r.rlim_cur;
}

/* Takes the limit of @clients if it is known and nearer than what is there. */
static void nearer(struct bench_limit *l, uint64_t clients, struct text what)
{
	if (clients && clients < l->clients)
		*l = (struct bench_limit){ clients, what };
}

void bench_first_limit(enum bench_way way, uint64_t memory, struct bench_limit *out)
{
	bool is_loop = way >= WAY_SELECT;

	*out = (struct bench_limit){ .clients = UINT64_MAX };
	if (way == WAY_SELECT)
		nearer(out, SELECT_DESCRIPTORS, (struct text)TX(
			"select() knows no descriptor from 1,024 on",
			"select() 不认识 1,024 及以上的描述符"));
	if (is_loop || way == WAY_THREAD)
		nearer(out, bench_descriptors(), (struct text)TX(
			"a process may have no more descriptors (ulimit -n)",
			"一个进程不能再有更多描述符（ulimit -n）"));
	if (!is_loop) {
		nearer(out, user_processes(), (struct text)TX(
			"a user may have no more processes and threads (ulimit -u)",
			"一个用户不能再有更多进程和线程（ulimit -u）"));
		nearer(out, number_in("/proc/sys/kernel/pid_max", NULL), (struct text)TX(
			"there are no more process numbers (kernel.pid_max)",
			"系统的进程号用完（kernel.pid_max）"));
		nearer(out, number_in("/proc/sys/kernel/threads-max", NULL), (struct text)TX(
			"there may be no more threads (kernel.threads-max)",
			"系统不允许更多线程（kernel.threads-max）"));
		nearer(out, group_processes(), (struct text)TX(
			"its control group may have no more processes (pids.max)",
			"控制组不允许更多进程（pids.max）"));
	}
	if (way == WAY_THREAD)
		nearer(out, number_in("/proc/sys/vm/max_map_count", NULL) / MAPS_PER_THREAD,
			(struct text)TX("a process may have no more memory areas, two a stack "
					"(vm.max_map_count)",
				"一个进程的内存区域用完，每个栈占两个（vm.max_map_count）"));
	if (memory)
		nearer(out, number_in("/proc/meminfo", "MemAvailable:") * 1024 / memory,
			(struct text)TX("no more memory is free", "空闲内存用完"));
}
