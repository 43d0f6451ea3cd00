#!/bin/sh
# SPDX-License-Identifier: ISC
# check-layers.sh [TREE] - the layer rule: a file looks at its own layer, base/ and below
#
# Reads the #include lines of src/ and include/nod/.  Public headers stand in for the layer
# that keeps their promise ($public below).  Says its results in TAP.

cd "${1:-$(dirname "$0")/..}" || exit 2

# low to high; base is below all
layers="base physical link network transport session presentation application cmd"
public="nod/api.h=base nod/order.h=base nod/event.h=base nod/events.h=base nod/conf.h=base"
public="$public nod/addr.h=network nod/stack.h=session nod/socket.h=session nod/endpoint.h=session"
public="$public nod/name.h=session nod/session.h=session nod/host.h=session nod/service.h=transport"

find src include -name '*.[ch]' 2>/dev/null | sort |
	xargs awk -v layers="$layers" -v public="$public" '
BEGIN {
	n = split(layers, l, " ")
	for (i = 1; i <= n; i++)
		level[l[i]] = i
	n = split(public, p, " ")
	for (i = 1; i <= n; i++)
		if (split(p[i], pair, "=") == 2)
			home[pair[1]] = pair[2]
}
function bad(rule, what) {
	fault[rule] = fault[rule] "# " FILENAME ":" FNR ": " what "\n"
}
# "a/b/../c" -> "a/c"
function plain(path,	part, n, i, out, m) {
	n = split(path, part, "/")
	m = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "..")
			m--
		else if (part[i] != ".")
			out[++m] = part[i]
	}
	path = out[1]
	for (i = 2; i <= m; i++)
		path = path "/" out[i]
	return path
}
FNR == 1 {
	files++
	split(FILENAME, part, "/")
	own = part[2]
	is_public = part[1] == "include"
	if (!is_public && !(own in level))
		bad("room", "src/" own "/ is no layer")
}
/^[ \t]*#[ \t]*include[ \t]+[<"]/ {
	name = $0
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*/, "", name)
	dir = FILENAME
	sub(/\/[^\/]*$/, "", dir)
	quoted = $0 ~ /"/
	if (name ~ /\.c$/)
		bad("sources", "includes " name)
	if (is_public) {
		if (quoted && name ~ /\//)
			bad("public", "a public header looks at " name)
		next
	}
	if (name ~ /^nod\//) {
		if (home[name] != "" && level[home[name]] > level[own])
			bad("up", own "/ looks up at " name ", which is " home[name] "/")
		next
	}
	if (!quoted)
		next
	path = plain(dir "/" name)
	if (path !~ /^src\//) {
		bad("room", "includes " name ", which is outside src/")
		next
	}
	split(path, part, "/")
	if (level[part[2]] > level[own])
		bad("up", own "/ looks up at " path)
}
function say(rule, name) {
	printf "%sok %d - %s\n%s", fault[rule] == "" ? "" : "not ", ++count, name, fault[rule]
}
END {
	if (!files)
		fault["room"] = "# there is nothing to look at\n"
	say("up", "no include looks up")
	say("room", "every file lies in a layer and includes from layers")
	say("public", "public headers include only each other and the system")
	say("sources", "nothing includes a .c file")
	print "1.." count
}'
