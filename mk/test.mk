# Unit tests: each test/unit/test_*.c is a program that speaks TAP.

UNIT_SRC := $(wildcard test/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:test/unit/%.c=$(BUILD)/test/%)

# Against the library's objects, not the archive: they test what the archive keeps to itself.
$(BUILD)/test/%: test/unit/%.c $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Isrc -Itest/unit -MMD -MP -o $@ $< $(LIB_OBJ)

unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "# $$t"; $$t; done

.PHONY: unit
-include $(UNIT_BIN:=.d)
