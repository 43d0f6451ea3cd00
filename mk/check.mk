#   make check      the quick part of the tests, below
#   make ledger     docs/HOSTILE.md and others, from docs/requirements and who cites them
#
# The quick part of the tests, in less than a minute: unit tables under ASan and UBSan, and
# the rules of the tree (tools/check-*), each of which test/tools/test_checks.py sees fail.

check:
	+@$(BUILD_QUIET) $(BUILD)/libnod.a
	+@$(BUILD_ASAN) unit-programs
	@test/run --quick --build $(BUILD) --asan $(ASAN)

ledger:
	@python3 tools/ledger.py

.PHONY: check ledger
