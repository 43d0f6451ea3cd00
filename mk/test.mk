# Tests.  test/run starts all of them and counts; test/run -h tells what there is.
#
#   make test       everything, plain and under ASan+UBSan
#   make unit       the unit tables alone, as they print themselves
#   make race       what has threads, under ThreadSanitizer (by hand: it takes its time)

UNIT_SRC := $(wildcard test/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:test/unit/%.c=$(BUILD)/test/%)

# Where the sanitized twin of this build lies, and what a sub-make is told to build it.
ASAN       := $(BUILD)/asan
BUILD_QUIET = $(MAKE) --no-print-directory --silent $(SPREAD)
BUILD_ASAN  = $(BUILD_QUIET) SANITIZE=1 BUILD=$(ASAN) CFLAGS='-O1 -g'
# As many at a time as there are cores, unless make was told.
SPREAD     := $(if $(findstring j,$(firstword -$(MAKEFLAGS))),,-j$(shell nproc || echo 2))

# The library's objects as they are, not libnod.a: unit tests test what that keeps to itself.
$(BUILD)/objects.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/test/test_%: test/unit/test_%.c $(BUILD)/objects.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -Itest/unit -MMD -MP -o $@ $< $(BUILD)/objects.a

# They see every allocation, to deny it.
DENIED := malloc calloc realloc aligned_alloc strdup strndup

$(BUILD)/test/test_memory $(BUILD)/test/test_hostile_memory \
$(BUILD)/test/test_hostile_tcp_memory: \
	private ALL_CFLAGS += $(DENIED:%=-Wl$(,)--wrap=%)

# What nod's parsers read in a capture, for test/e2e/test_decode.py to compare with tshark.
DECODE := $(BUILD)/test/decode

$(DECODE): $(wildcard test/decode/*.[ch]) $(BUILD)/objects.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -o $@ $(filter %.c,$^) $(BUILD)/objects.a

unit-programs: $(UNIT_BIN) $(DECODE)

unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "# $$t"; $$t; done

test:
	@echo "building, plain and sanitized ..."
	+@$(BUILD_QUIET) all unit-programs $(if $(PACKETDRILL),$(BUILD)/libnod_packetdrill.so)
	+@$(BUILD_ASAN) all unit-programs fuzz-replay
	+@$(BUILD_QUIET) fuzz-programs
	@test/run --build $(BUILD) --asan $(ASAN)

# Two sanitizers do not go into one program, so this is a third build.
race:
	+@$(BUILD_QUIET) BUILD=$(BUILD)/tsan \
		CFLAGS='-O1 -g -fsanitize=thread' all $(BUILD)/tsan/test/test_hub
	@test/run --build $(BUILD)/tsan '[u]nit/test_hub' \
		'[e]2e/test_chat' '[e]2e/test_serve' '[e]2e/test_talk*'

.PHONY: unit unit-programs test race
-include $(UNIT_BIN:=.d)
