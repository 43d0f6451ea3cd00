# Fuzzing what reads octets of strangers.
#
#   make fuzz [FUZZ_SECONDS=30] [FUZZ=addr]     libFuzzer with clang, ASan and UBSan
#   make fuzz-replay                            the corpus once more, without clang; the
#                                               tests run these programs
#
# fuzz/fuzz_NAME.c has LLVMFuzzerTestOneInput(), fuzz/corpus/NAME/ its vectors.  What a run
# finds new stays in $(BUILD)/fuzz/; an input that fails is written there too: copy it into
# the corpus together with the mend.

FUZZ         ?=
FUZZ_SECONDS ?= 30
FUZZ_CC      ?= clang
FUZZ_SRC     := $(wildcard fuzz/fuzz_*.c)
FUZZ_DIR     := $(BUILD)/fuzz
FUZZ_BIN     := $(FUZZ_SRC:fuzz/fuzz_%.c=$(FUZZ_DIR)/%)
FUZZ_NAMES   := $(if $(FUZZ),$(FUZZ),$(FUZZ_SRC:fuzz/fuzz_%.c=%))
FUZZ_CFLAGS  := -std=c17 -D_GNU_SOURCE -Iinclude -Isrc -pthread -g -O1 -w \
	-fno-sanitize-recover=undefined
FUZZ_LIB_OBJ := $(LIB_SRC:%.c=$(FUZZ_DIR)/%.o)

# The library is compiled once, for all targets.
$(FUZZ_DIR)/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link$(,)address$(,)undefined -MMD -MP \
		-c -o $@ $<

$(FUZZ_DIR)/lib.a: $(FUZZ_LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(FUZZ_DIR)/%: fuzz/fuzz_%.c fuzz/fuzz.h test/unit/mend.h $(FUZZ_DIR)/lib.a
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer$(,)address$(,)undefined -o $@ $< \
		$(FUZZ_DIR)/lib.a

-include $(FUZZ_LIB_OBJ:.o=.d)

fuzz: $(FUZZ_NAMES:%=$(FUZZ_DIR)/%)
	@set -e; for name in $(FUZZ_NAMES); do \
		mkdir -p $(FUZZ_DIR)/found/$$name fuzz/corpus/$$name; \
		echo "# $$name, $(FUZZ_SECONDS) s"; \
		$(FUZZ_DIR)/$$name -max_total_time=$(FUZZ_SECONDS) -timeout=5 -print_final_stats=1 \
			-artifact_prefix=$(FUZZ_DIR)/$$name- \
			$(FUZZ_DIR)/found/$$name fuzz/corpus/$$name 2>$(FUZZ_DIR)/$$name.log || \
			{ tail -n 60 $(FUZZ_DIR)/$$name.log; exit 1; }; \
		grep -E 'number_of_executed_units|new_units_added' $(FUZZ_DIR)/$$name.log; \
	done

# All of them, for test/smoke; where clang, or the runtime of its fuzzer, is not there, none.
FUZZ_PROBE := int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }

fuzz-programs:
	+@if echo '$(FUZZ_PROBE)' | $(FUZZ_CC) -fsanitize=fuzzer$(,)address -x c -o /dev/null - \
			>/dev/null 2>&1; then \
		$(MAKE) --no-print-directory --silent $(SPREAD) $(FUZZ_BIN); \
	else \
		echo "no fuzzers: $(FUZZ_CC) cannot link one"; \
	fi

# The same targets with a main() that reads the corpus instead of inventing input.
REPLAY_BIN := $(FUZZ_SRC:fuzz/%.c=$(BUILD)/test/%)

$(BUILD)/test/fuzz_%: fuzz/fuzz_%.c fuzz/replay.c $(BUILD)/objects.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -o $@ $< fuzz/replay.c $(BUILD)/objects.a

fuzz-replay: $(REPLAY_BIN)

.PHONY: fuzz fuzz-programs fuzz-replay
