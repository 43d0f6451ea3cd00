/* SPDX-License-Identifier: ISC */
/*
 * replay.c - runs a fuzz target over its corpus, without a fuzzer, and says it in TAP
 *
 * Each file is given whole, then cut at each of its first CUTS octets, then with each of their
 * bits turned: the neighbours of every vector, the same in every run.
 *
 * Neighbours: fuzz.h; test/run starts these programs.
 */
#include "fuzz.h"

#include <dirent.h>
#include <libgen.h>

#define INPUT_MAX 65536
#define CUTS	  64

static unsigned n_inputs;
static size_t cuts = CUTS;

const unsigned fuzz_replay_most __attribute__((weak)) = 40000;

/* A copy of exactly @size octets, given to the target. */
static void give(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	n_inputs++;
}

static void give_neighbours(uint8_t *data, size_t size)
{
	give(data, size);
	for (size_t cut = 0; cut < size && cut < cuts; cut++)
		give(data, cut);
	for (size_t bit = 0; bit < size * 8 && bit < cuts * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		give(data, size);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static int replay_file(const char *directory, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return -1;
	size_t size = fread(data, 1, sizeof(data), f);
	int bad = ferror(f);
	fclose(f);
	if (!bad)
		give_neighbours(data, size);
	return bad ? -1 : 0;
}

int main(int argc, char **argv)
{
	char directory[1024];
	unsigned n = 0;

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* build/asan/test/fuzz_NAME reads fuzz/corpus/NAME; run from the tree's root */
	snprintf(directory, sizeof(directory), "fuzz/corpus/%s", basename(argv[0]) + 5);
	give((const uint8_t *)"", 0);

	DIR *d = opendir(directory);
	unsigned n_files = 0;

	while (d && readdir(d) != NULL)
		n_files++;
	if (d)
		rewinddir(d);
	if (n_files * CUTS * 9 > fuzz_replay_most)
		cuts = fuzz_replay_most / (n_files * 9);
	for (const struct dirent *e; d && (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		printf("# %s\n", e->d_name); /* a crash comes right after its culprit's name */
		int err = replay_file(directory, e->d_name);
		printf("%sok %u - %s\n", err ? "not " : "", ++n, e->d_name);
	}
	if (d)
		closedir(d);
	printf("%sok %u - %s holds vectors\n", n ? "" : "not ", n + 1, directory);
	printf("# %u inputs\n1..%u\n", n_inputs, n + 1);
	return 0;
}
