#!/bin/sh
# SPDX-License-Identifier: ISC
# check-symbols.sh [TREE [BUILD]] - what the archive exports, and who calls the system
#
# Reads what the compiler made (BUILD, or $NOD_BUILD, or build), so what stands in comments or
# behind macros cannot mislead it.  Says its results in TAP.

cd "${1:-$(dirname "$0")/..}" || exit 2
build=${2:-${NOD_BUILD:-build}}
count=0

say() { # name, faults
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "$2" | sed 's/^/# /'
	fi
}

if [ ! -f "$build/libnod.a" ]; then
	say "the archive is built" "there is no $build/libnod.a"
	echo "1..$count"
	exit 0
fi

exported=$(nm -g --defined-only "$build/libnod.a" | awk 'NF == 3 { print $3 }' | sort -u)
say "the archive exports nod_* alone" "$(echo "$exported" | grep -v '^nod_')"

# NOD_API ... name(, which may be wrapped
declared=$(cat include/nod/*.h | grep -v '^#' | tr '\n' ' ' | grep -oE 'NOD_API [^;({]*\(' |
	sed -E 's/\(.*//; s/.*[ *]//' | sort -u)
say "what the headers promise is there" "$(echo "$declared" | while read -r name; do
	echo "$exported" | grep -qx "$name" || echo "$name is declared and not defined"
done)"
say "what is exported stands in a header" "$(echo "$exported" | while read -r name; do
	echo "$declared" | grep -qx "$name" || echo "$name is exported and not declared"
done)"

# Who may ask the operating system: cmd/, physical/, and in session/ the kernel service and
# the host, which waits for devices.
os='socket|socketpair|bind|listen|accept4?|connect|recv(from|msg|mmsg)?|send(to|msg|mmsg)?'
os="$os|shutdown|getsockopt|setsockopt|poll|ppoll|select|pselect|epoll_.*|open(at|64)?|creat"
os="$os|read|readv|write|writev|close|pipe2?|fork|vfork|exec.*|posix_spawnp?|waitpid|kill"
os="$os|clock_gettime|gettimeofday|time|nanosleep|clock_nanosleep|usleep|sleep"
os="$os|pthread_create|getrandom|getentropy|rand|random|srand|getaddrinfo|gethostby.*"
os="$os|fopen(64)?|popen|system|ioctl|mmap(64)?|getenv|signal|sigaction"
faults=
for object in $(find "$build/src" -name '*.o' 2>/dev/null | sort); do
	case $object in
	*/src/cmd/* | */src/physical/* | */src/session/kernel* | \
		*/src/session/host.o) continue ;;
	*/src/presentation/lang.o) allowed='getenv' ;; # the locale's variables
	*) allowed='-' ;;
	esac
	[ -f "${object#"$build"/}" ] || [ -f "$(echo "${object#"$build"/}" | sed 's/o$/c/')" ] ||
		continue # a source that has left the tree
	called=$(nm -u "$object" | awk '{ print $2 }' | sed 's/@.*//' | grep -xE "$os" |
		grep -vxE "$allowed" | tr '\n' ' ')
	[ -z "$called" ] || faults="$faults${faults:+
}$object calls $called"
done
say "only cmd/, physical/ and the kernel service call the system" "$faults"
echo "1..$count"
