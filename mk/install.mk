# make install [PREFIX=/usr/local] [DESTDIR=]: the command, the library with its headers and
# nod.pc, the man pages, the shells' completions.  make uninstall takes the same files away.
#
# The completions are written by the command itself, so it must run here; when it was built
# for another machine, COMPLETIONS=no leaves them out.

COMPLETIONS ?= yes
INSTALL     ?= install
BINDIR      ?= $(PREFIX)/bin
LIBDIR      ?= $(PREFIX)/lib
INCLUDEDIR  ?= $(PREFIX)/include
MANDIR      ?= $(PREFIX)/share/man

NOD_HEADERS := $(wildcard include/nod/*.h)
MAN1        := $(wildcard man/*.1)
MAN3        := $(wildcard man/*.3)
MAN7        := $(wildcard man/*.7)
NOD_VERSION := $(shell sed -n 's/^.define NOD_VERSION "\(.*\)"/\1/p' include/nod/api.h)

COMPLETION_BASH := $(PREFIX)/share/bash-completion/completions/nod
COMPLETION_ZSH  := $(PREFIX)/share/zsh/site-functions/_nod
COMPLETION_FISH := $(PREFIX)/share/fish/vendor_completions.d/nod.fish

define NOD_PC
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)

Name: nod
Description: conversations over a network
Version: $(NOD_VERSION)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lnod -pthread
endef
export NOD_PC

install: all
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(DESTDIR)$(INCLUDEDIR)/nod $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man3 \
		$(DESTDIR)$(MANDIR)/man7
	$(INSTALL) -m 755 $(BUILD)/nod $(DESTDIR)$(BINDIR)/nod
	$(INSTALL) -m 644 $(BUILD)/libnod.a $(DESTDIR)$(LIBDIR)/libnod.a
	$(INSTALL) -m 644 $(NOD_HEADERS) $(DESTDIR)$(INCLUDEDIR)/nod/
	printf '%s\n' "$$NOD_PC" >$(DESTDIR)$(LIBDIR)/pkgconfig/nod.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/nod.pc
	$(INSTALL) -m 644 $(MAN1) $(DESTDIR)$(MANDIR)/man1/
	$(INSTALL) -m 644 $(MAN3) $(DESTDIR)$(MANDIR)/man3/
	$(INSTALL) -m 644 $(MAN7) $(DESTDIR)$(MANDIR)/man7/
ifeq ($(COMPLETIONS),yes)
	$(INSTALL) -d $(dir $(DESTDIR)$(COMPLETION_BASH)) $(dir $(DESTDIR)$(COMPLETION_ZSH)) \
		$(dir $(DESTDIR)$(COMPLETION_FISH))
	$(BUILD)/nod --lang en help --completions bash >$(DESTDIR)$(COMPLETION_BASH)
	$(BUILD)/nod --lang en help --completions zsh >$(DESTDIR)$(COMPLETION_ZSH)
	$(BUILD)/nod --lang en help --completions fish >$(DESTDIR)$(COMPLETION_FISH)
	chmod 644 $(DESTDIR)$(COMPLETION_BASH) $(DESTDIR)$(COMPLETION_ZSH) \
		$(DESTDIR)$(COMPLETION_FISH)
endif

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/nod $(DESTDIR)$(LIBDIR)/libnod.a \
		$(DESTDIR)$(LIBDIR)/pkgconfig/nod.pc \
		$(NOD_HEADERS:include/%=$(DESTDIR)$(INCLUDEDIR)/%) \
		$(MAN1:man/%=$(DESTDIR)$(MANDIR)/man1/%) $(MAN3:man/%=$(DESTDIR)$(MANDIR)/man3/%) \
		$(MAN7:man/%=$(DESTDIR)$(MANDIR)/man7/%) \
		$(DESTDIR)$(COMPLETION_BASH) $(DESTDIR)$(COMPLETION_ZSH) \
		$(DESTDIR)$(COMPLETION_FISH)
	-rmdir $(DESTDIR)$(INCLUDEDIR)/nod 2>/dev/null

.PHONY: install uninstall
