#!/bin/sh
# SPDX-License-Identifier: ISC
#
# conversation.sh - one server, two guests who are already talking, and you
#
#	examples/conversation.sh [PORT]      default 8888, or any free one
#
# Starts a chat room on this machine alone (nod serve --chat), lets two scripted guests in,
# each a nod talk of its own, and then opens a nod talk for you.  When you leave, all ends,
# and the server's side is shown.  Without a terminal a few lines are said for you.
# The command is $NOD, or build/nod; the language is the locale's.

# A guest reads and writes in a subshell of its own, and its functions are called by name.
# shellcheck disable=SC2030,SC2031,SC2094,SC2317
set -u

nod=${NOD:-$(cd "$(dirname "$0")/.." && pwd)/build/nod}
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
zh*) zh=yes ;;
*) zh=no ;;
esac

# say ENGLISH CHINESE
say()
{
	if [ $zh = yes ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

work=$(mktemp -d) || exit 1
server='' guests=''
end()
{
	# a guest whose mouth is shut leaves; the server stops in order
	for pid in $guests $server; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP PIPE

# ---- the server --------------------------------------------------------------------------

# start_server PORT: its port in $port; fails when it did not start
start_server()
{
	"$nod" serve --chat --history 20 "127.0.0.1:$1" </dev/null >"$work/said" 2>"$work/error" &
	server=$!
	port=
	tries=0
	while [ $tries -lt 100 ] && kill -0 "$server" 2>/dev/null; do
		port=$(sed -n 's/.* 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$work/said" | head -n 1)
		[ -n "$port" ] && return 0
		tries=$((tries + 1))
		sleep 0.05
	done
	wait "$server" 2>/dev/null
	server=''
	return 1
}

if ! start_server "${1:-8888}" && { [ $# -gt 0 ] || ! start_server 0; }; then
	cat "$work/error" >&2
	exit 1
fi

# ---- the guests --------------------------------------------------------------------------

# guest NAME ANSWER: ANSWER is a function that reads one line of the room in $line and says
# what it answers, if anything, on its output.
guest()
{
	mkfifo "$work/$1.says" || exit 1
	"$nod" talk 127.0.0.1 "$port" <"$work/$1.says" 2>/dev/null | {
		exec 3>"$work/$1.says"
		printf '/name %s\n' "$1" >&3
		while IFS= read -r line; do
			$2 >&3
		done
	} &
	guests="$guests $!"
}

# Who said $line: the name before ": "; fails for notices and for the guests themselves.
speaker()
{
	case $line in
	'* '* | "$ada: "* | "$ben: "*) return 1 ;;
	*': '*) who=${line%%: *} text=${line#*: } ;;
	*) return 1 ;;
	esac
}

ada=$(say Ada 小艾)
ben=$(say Ben 老本)

ada_answers()
{
	case $line in
	'* '*"$ada"*) # the name was given
		say "Ben, can you hear me?" "老本，来，确认下眼神" ;;
	'* '*joined* | '* '*加入*)
		say "welcome! type a line; /who, /name, /me, /help work too, an empty line leaves" \
			"欢迎！输入一行试试；也可以用 /who /name /me /help，空行离开" ;;
	*)
		if speaker; then
			say "/me nods to $who" "/me 向 $who 点头"
		fi
		;;
	esac
}

ben_answers()
{
	case $line in
	"$ada: "*\? | "$ada: "*眼神)
		say "I heard you, Ada. That is what a nod is: an ACK." "确认过了，小艾。点头就是 ACK。" ;;
	*)
		if speaker; then
			case $text in
			*\? | *？)
				say "good question, $who: nod layers many" \
					"问得好，$who：nod layers 多个客户端" ;;
			esac
		fi
		;;
	esac
}

# heard TEXT: wait until the server has heard it, two seconds at the most
heard()
{
	tries=0
	while [ $tries -lt 40 ] && ! grep -qF "$1" "$work/said"; do
		tries=$((tries + 1))
		sleep 0.05
	done
}

guest "$ben" ben_answers
heard "$(say connect 连接来自)"
sleep 0.2
guest "$ada" ada_answers
heard "$ben: "

# ---- you ---------------------------------------------------------------------------------

shown=${nod#"$PWD"/}
say "The room is open; from another terminal: $shown talk 127.0.0.1 $port" \
	"聊天室已开；在另一个终端也可以加入：$shown talk 127.0.0.1 $port"
if [ -t 0 ]; then
	"$nod" talk 127.0.0.1 "$port"
else
	{
		sleep 0.5
		say "hello, all" "大家好"
		sleep 0.5
		say "how does one server serve us all?" "一个服务器怎样同时服务我们几个？"
		sleep 1
	} | "$nod" talk 127.0.0.1 "$port"
fi
status=$?
say "The server's side:" "服务器那边："
sed 's/^/    /' "$work/said"
exit $status
