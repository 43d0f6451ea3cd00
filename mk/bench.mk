# make bench: nod beside the least that could do the work, and beside its peers, in one run.
#
#   make bench BENCH=echo       one of: start echo workers chat idle
#   make bench BENCH_FLAGS=...  see bench/run --help

BENCH_BIN := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/load_*.c bench/floor_*.c))

$(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< bench/bench.c

bench-programs: $(BENCH_BIN)

bench: $(BUILD)/nod $(BENCH_BIN)
	bench/run --build $(BUILD) $(BENCH_FLAGS) $(BENCH)

.PHONY: bench bench-programs
