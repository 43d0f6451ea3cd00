# nod: make, make test, make check, make install, make bench, make fuzz, make format
#
#   make BUILD=dir          build elsewhere          make CC=clang
#   make SANITIZE=1         with ASan and UBSan (a BUILD of its own: build/asan)
#   make LIBEDIT=no         without line editing

PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g
SANITIZE ?=
BUILD   ?= build$(if $(SANITIZE),/asan)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla
,    := ,
SAN  := $(if $(SANITIZE),-fsanitize=address$(,)undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer)
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -Iinclude -fvisibility=hidden -pthread $(WARN) $(SAN) $(CFLAGS)

# Line editing is optional: libedit where the machine has it, plain lines elsewhere.
LIBEDIT ?= $(shell pkg-config --exists libedit 2>/dev/null && echo yes || echo no)
ifeq ($(LIBEDIT),yes)
EDIT_CFLAGS := -DHAVE_LIBEDIT $(shell pkg-config --cflags libedit)
EDIT_LIBS   := $(shell pkg-config --libs libedit)
endif

LAYERS  := base physical link network transport session presentation application
LIB_SRC := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.c))
CMD_SRC := $(wildcard src/cmd/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(BUILD)/%.o)

all: $(BUILD)/nod $(BUILD)/libnod.a

$(BUILD)/nod: $(CMD_OBJ) $(LIB_OBJ)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(EDIT_LIBS)

# One object with everything but nod_* made local, so that the archive exports nothing else.
$(BUILD)/libnod.a: $(LIB_OBJ)
	$(LD) -r -o $(BUILD)/libnod.o $^
	objcopy --localize-hidden $(BUILD)/libnod.o
	rm -f $@
	$(AR) rcs $@ $(BUILD)/libnod.o

$(BUILD)/src/cmd/%.o: src/cmd/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(EDIT_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

include $(wildcard mk/*.mk)

clean:
	rm -rf build

.PHONY: all clean
-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d)
