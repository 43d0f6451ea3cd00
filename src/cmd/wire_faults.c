/* SPDX-License-Identifier: ISC */
/*
 * wire_faults.c - --impair and --capture: what is done to the wires of a subcommand
 *
 * Neighbours: wire_faults.h.
 */
#include "wire_faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../presentation/impair_spec.h"
#include "../session/host.h"
#include "../transport/packet_kind.h"

enum { RULES_MOST = 65536 /* octets of a file of them */ };

/* The file's text, to be freed.  NULL: *@err is what was wrong. */
static char *read_rules(const char *path, int *err)
{
	FILE *file = fopen(path, "re");
	char *text = file ? malloc(RULES_MOST + 1) : NULL;
	size_t len;

	if (!text) {
		*err = file ? ENOMEM : errno;
		if (file)
			fclose(file);
		return NULL;
	}
	len = fread(text, 1, RULES_MOST + 1, file);
	*err = ferror(file) ? errno : len > RULES_MOST ? EFBIG : 0;
	fclose(file);
	if (*err) {
		free(text);
		return NULL;
	}
	text[len < RULES_MOST ? len : RULES_MOST] = '\0';
	return text;
}

int faults_add(struct invocation *in, struct wire_faults *f, const char *text)
{
	const char *path = text[0] == '@' ? text + 1 : NULL;
	char said[sizeof(((struct impair_error *)0)->expected) + 256];
	struct impair_error e;
	char *rules = NULL;
	int err;

	if (path) {
		rules = read_rules(path, &err);
		if (!rules) /* untranslated: the option's name */
			return failed(in, "--impair: %s: %s", path, strerror(err));
	}
	f->impair.packets = &packet_kinds;
	err = impair_spec_parse(&f->impair, NULL, rules ? rules : text, &e);
	free(rules);
	if (err == 0)
		return EXIT_DONE;
	impair_spec_explain(&e, said, sizeof(said));
	if (path) /* untranslated: the option's name */
		return bad_use(in, "--impair: %s:%u:%u: %s", path, e.line, e.column, said);
	return bad_use(in, "--impair: %s", said); /* untranslated: so here */
}

static int capture_failed(struct invocation *in, const struct wire_faults *f, int err)
{
	return failed(in, T("capture %s: %s", "捕获文件 %s：%s"), f->path, strerror(-err));
}

static int begin_capture(struct invocation *in, struct wire_faults *f)
{
	struct capture_conf conf = { .is_live = true };
	struct timespec real;
	int err;

	clock_gettime(CLOCK_REALTIME, &real);
	conf.epoch = real.tv_sec * NOD_S + real.tv_nsec - host_now();
	err = capture_open(f->path, &conf, &f->capture);
	return err < 0 ? capture_failed(in, f, err) : EXIT_DONE;
}

int faults_begin(struct invocation *in, struct wire_faults *f, const struct nod_event_sink *sink)
{
	f->impair.sink = *sink;
	if (impair_is_any(&f->impair) && !f->impair.seed) {
		if (getrandom(&f->impair.seed, sizeof(f->impair.seed), 0) < 0)
			return failed(in, T("no random octets: %s", "取不到随机数：%s"),
				strerror(errno));
		fprintf(stderr, T("faults are drawn by seed=%llu\n", "故障的种子：seed=%llu\n"),
			(unsigned long long)f->impair.seed);
	}
	return f->path ? begin_capture(in, f) : EXIT_DONE;
}

int faults_wrap(struct invocation *in, struct wire_faults *f, struct device **d)
{
	struct impair_conf conf = f->impair;
	int err = 0;

	if (!impair_is_any(&conf)) {
		if (f->capture)
			err = capture_device(*d, f->capture, d);
		return err < 0 ? capture_failed(in, f, err) : EXIT_DONE;
	}
	conf.capture = f->capture;
	if (conf.capture)
		err = capture_add_interface(
			conf.capture, (*d)->name, "behind --impair", &conf.capture_id);
	if (err < 0) {
		device_close(*d);
		return capture_failed(in, f, err);
	}
	conf.seed += f->n_wires++; /* each wire has faults of its own */
	err = impair_device(*d, &conf, host_now(), d);
	/* untranslated: the option's name */
	return err < 0 ? failed(in, "--impair: %s", strerror(-err)) : EXIT_DONE;
}

bool faults_look(struct invocation *in, struct wire_faults *f)
{
	int err = f->capture ? capture_error(f->capture) : 0;

	if (err < 0 && !f->is_told)
		capture_failed(in, f, err);
	f->is_told |= err < 0;
	return err == 0;
}

int faults_end(struct invocation *in, struct wire_faults *f)
{
	int err = capture_close(f->capture);

	f->capture = NULL;
	if (err < 0 && !f->is_told)
		capture_failed(in, f, err);
	return err < 0 ? EXIT_FAILED : EXIT_DONE;
}
