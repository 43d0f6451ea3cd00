#!/bin/sh
# SPDX-License-Identifier: ISC
# settings.sh [NAME=VALUE]... - what the scripts expect of net.ipv4 in their namespace, and more
#
# Machines differ in their defaults.  What the kernel does not have is passed over.

set -- tcp_rmem="4096 131072 6291456" tcp_wmem="4096 16384 4194304" tcp_timestamps=1 tcp_sack=1 \
	tcp_window_scaling=1 tcp_ecn=2 tcp_syn_linear_timeouts=0 tcp_slow_start_after_idle=1 \
	tcp_congestion_control=cubic tcp_fastopen=1 "$@"
for s; do
	sysctl -q -w "net.ipv4.$s" 2>/dev/null
done
exit 0
