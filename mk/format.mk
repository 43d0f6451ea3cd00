# make format: clang-format decides what people need not (.clang-format).

CLANG_FORMAT ?= clang-format

format:
	$(CLANG_FORMAT) -i $(shell git ls-files 'src/*.[ch]' 'include/*.h' 'test/*.[ch]' \
		'fuzz/*.c' 'bench/*.[ch]' 'examples/*.c')

.PHONY: format
