# make bench: nod beside the least that could do the work, and beside its peers, in one run.
#
#   make bench BENCH=stack      one of: start echo workers chat idle stack lookup tap
#                              tcp path taptcp
#   make bench BENCH_FLAGS=...  see bench/run --help

# load_* and floor_* know nothing of nod's insides; stack_kernel and stack_lwip neither, they do
# what stack_nod does.  stream_* do TCP's jobs, which are in stream.c.  The others have nod's layers
# in them.
BENCH_ALONE := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/load_*.c bench/floor_*.c) \
	bench/stack_kernel.c bench/stream_kernel.c)
BENCH_NOD   := $(addprefix $(BUILD)/bench/,stack_nod stream_nod tcp_many path lookup tap tap_tcp)
LWIP        ?= $(shell pkg-config --exists lwip 2>/dev/null && echo yes || echo no)
BENCH_LWIP  := $(if $(filter yes,$(LWIP)),$(addprefix $(BUILD)/bench/,stack_lwip stream_lwip))
BENCH_BIN   := $(BENCH_ALONE) $(BENCH_NOD) $(BENCH_LWIP)
BENCH_STREAM := $(filter $(BUILD)/bench/stream_%,$(BENCH_BIN))

$(BENCH_STREAM): bench/stream.c bench/stream.h

$(BENCH_ALONE): $(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h bench/stack.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c,$^)

$(BENCH_NOD): $(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h bench/stack.h \
		bench/two_hosts.h $(BUILD)/objects.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -o $@ $(filter %.c,$^) $(BUILD)/objects.a -lm

$(BUILD)/bench/path: test/unit/path.h

# It counts allocations.
$(BUILD)/bench/stack_nod: private ALL_CFLAGS += -Wl$(,)--wrap=malloc$(,)--wrap=calloc \
	-Wl$(,)--wrap=realloc$(,)--wrap=aligned_alloc

$(BENCH_LWIP): $(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h bench/stack.h \
		bench/lwip_pair.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c,$^) \
		$(patsubst -I%,-isystem %,$(shell pkg-config --cflags lwip)) \
		$(shell pkg-config --libs lwip)

bench-programs: $(BENCH_BIN)

bench: $(BUILD)/nod $(BENCH_BIN)
	bench/run --build $(BUILD) $(BENCH_FLAGS) $(BENCH)

.PHONY: bench bench-programs
