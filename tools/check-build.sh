#!/bin/sh
# SPDX-License-Identifier: ISC
# check-build.sh [TREE [BUILD]] - not one warning from gcc and from clang; headers stand alone
#
# Builds into BUILD/werror-*, so a second run is quick.  Says its results in TAP; a compiler
# that is not installed is a skip.

cd "${1:-$(dirname "$0")/..}" || exit 2
build=${2:-${NOD_BUILD:-build}}
count=0

say() { # ok or not ok, name
	count=$((count + 1))
	echo "$1 $count - $2"
}

for compiler in gcc clang; do
	if ! command -v $compiler >/dev/null; then
		say ok "$compiler finds nothing to warn of # SKIP needs $compiler"
		continue
	fi
	log=$(mktemp)
	# what gcc finds by following values its optimiser finds; clang's warnings are all made
	# before that
	case $compiler in
	gcc) level=-O2 ;;
	*) level=-O0 ;;
	esac
	if make --no-print-directory -j"$(nproc 2>/dev/null || echo 2)" CC=$compiler \
		BUILD="$build/werror-$compiler" CFLAGS="$level -Werror" all unit-programs \
		fuzz-replay packetdrill-objects >"$log" 2>&1; then
		say ok "$compiler finds nothing to warn of"
	else
		say "not ok" "$compiler finds nothing to warn of"
		grep -E -A4 '(error|warning):|\*\*\*|undefined reference' "$log" | head -60 |
			sed 's/^/# /'
	fi
	rm -f "$log"
done

# A program may include any one of them first, from C or from C++.
alone() { # language, compiler and flags
	language=$1
	shift
	faults=$(for header in include/nod/*.h; do
		echo "#include \"nod/${header##*/}\"" |
			"$@" -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only - 2>&1
	done)
	if [ -z "$faults" ]; then
		say ok "each public header stands alone in $language"
	else
		say "not ok" "each public header stands alone in $language"
		echo "$faults" | head -30 | sed 's/^/# /'
	fi
}
alone C "${CC:-cc}" -std=c17 -x c
if echo 'int x;' | "${CXX:-c++}" -x c++ -fsyntax-only - >/dev/null 2>&1; then
	alone C++ "${CXX:-c++}" -std=c++17 -x c++
else
	say ok "each public header stands alone in C++ # SKIP needs a C++ compiler"
fi
echo "1..$count"
