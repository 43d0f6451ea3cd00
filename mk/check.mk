# The quick part of the tests, in less than a minute: unit tables under ASan and UBSan, and
# the rules of the tree (tools/check-*), each of which tools/test_checks.py sees fail.

check:
	+@$(MAKE) --no-print-directory $(SPREAD) $(BUILD)/libnod.a
	+@$(BUILD_ASAN) $(SPREAD) unit-programs
	@test/run --quick --build $(BUILD) --asan $(ASAN)

.PHONY: check
