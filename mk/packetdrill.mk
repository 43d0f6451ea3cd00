# Scripts of socket calls and segments against the stack, by Google's packetdrill, which is not
# ours and is built elsewhere (https://github.com/google/packetdrill).
#
#   make packetdrill PACKETDRILL=/path/to/packetdrill                our own, test/packetdrill/
#   make packetdrill PACKETDRILL=... SCRIPTS='a.pkt dir ...'         others
#   make packetdrill PACKETDRILL=... DRILL_FLAGS='--ip ipv6 -v'      see test/packetdrill/run -h

DRILL_SRC := $(wildcard test/packetdrill/*.c)
# Position-independent, so a build of its own; the library's own files and nothing of cmd/.
DRILL_OBJ := $(LIB_SRC:%.c=$(BUILD)/pic/%.o) $(DRILL_SRC:%.c=$(BUILD)/pic/%.o)

$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -Isrc -MMD -MP -c -o $@ $<

$(BUILD)/libnod_packetdrill.so: $(DRILL_OBJ)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -o $@ $^ -ldl

packetdrill: $(BUILD)/libnod_packetdrill.so
	test/packetdrill/run --packetdrill '$(PACKETDRILL)' --so $< $(DRILL_FLAGS) $(SCRIPTS)

# Our part of it needs no packetdrill to compile; with the rest of the tree it does not rot.
packetdrill-objects: $(DRILL_SRC:%.c=$(BUILD)/%.o)
$(BUILD)/test/packetdrill/%.o: ALL_CFLAGS += -Isrc

.PHONY: packetdrill packetdrill-objects
-include $(DRILL_OBJ:.o=.d) $(DRILL_SRC:%.c=$(BUILD)/%.d)
