# make bench: nod beside the least that could do the work, and beside its peers, in one run.
#
#   make bench BENCH=stack      one of: start echo workers chat idle stack lookup tap
#   make bench BENCH_FLAGS=...  see bench/run --help

# load_* and floor_* know nothing of nod's insides; stack_kernel and stack_lwip neither, they do
# what stack_nod does.  The others have nod's layers in them.
BENCH_ALONE := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/load_*.c bench/floor_*.c) \
	bench/stack_kernel.c)
BENCH_NOD   := $(addprefix $(BUILD)/bench/,stack_nod lookup tap)
LWIP        ?= $(shell pkg-config --exists lwip 2>/dev/null && echo yes || echo no)
BENCH_LWIP  := $(if $(filter yes,$(LWIP)),$(BUILD)/bench/stack_lwip)
BENCH_BIN   := $(BENCH_ALONE) $(BENCH_NOD) $(BENCH_LWIP)

$(BENCH_ALONE): $(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h bench/stack.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< bench/bench.c

$(BENCH_NOD): $(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h bench/stack.h \
		$(BUILD)/objects.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -o $@ $< bench/bench.c $(BUILD)/objects.a

# It counts allocations.
$(BUILD)/bench/stack_nod: private ALL_CFLAGS += -Wl$(,)--wrap=malloc$(,)--wrap=calloc \
	-Wl$(,)--wrap=realloc$(,)--wrap=aligned_alloc

$(BENCH_LWIP): bench/stack_lwip.c bench/bench.c bench/bench.h bench/stack.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< bench/bench.c \
		$(patsubst -I%,-isystem %,$(shell pkg-config --cflags lwip)) \
		$(shell pkg-config --libs lwip)

bench-programs: $(BENCH_BIN)

bench: $(BUILD)/nod $(BENCH_BIN)
	bench/run --build $(BUILD) $(BENCH_FLAGS) $(BENCH)

.PHONY: bench bench-programs
