/* SPDX-License-Identifier: ISC */
/*
 * events.h - every kind of event that a stack reports: one list
 *
 * X(name, layer, class, counter, english, chinese)
 *
 * layer	where it happens
 * class	COUNT: an ordinary step.  DROP: a packet ends here, and this is why.  STATE:
 *		something other than a packet changed.  FAULT: the wire was broken on purpose.
 * counter	which counter of the MIBs it adds to (RFC 2863, 4293, 4113), "" = none
 *
 * Each event is counted whether anybody looks or not: nod_stack_count().
 */
#ifndef NOD_EVENTS_H
#define NOD_EVENTS_H

#include "api.h"

/* clang-format off */
#define NOD_EVENTS(X) \
	/* physical: faults of the wire (impairment), capture */ \
	X(FAULT_LOSS, PHYSICAL, FAULT, "", \
		"lost on the wire", "在线路上丢失") \
	X(FAULT_BURST, PHYSICAL, FAULT, "", \
		"lost in a burst", "突发丢失") \
	X(FAULT_CORRUPT, PHYSICAL, FAULT, "", \
		"bits flipped on the wire", "线路上有比特翻转") \
	X(FAULT_TRUNCATE, PHYSICAL, FAULT, "", \
		"cut short on the wire", "在线路上被截短") \
	X(FAULT_DUPLICATE, PHYSICAL, FAULT, "", \
		"doubled on the wire", "在线路上被重复") \
	X(FAULT_REORDER, PHYSICAL, FAULT, "", \
		"let others overtake it", "被后面的包超越") \
	X(FAULT_DELAY, PHYSICAL, FAULT, "", \
		"held back", "被延迟") \
	X(FAULT_QUEUE, PHYSICAL, FAULT, "", \
		"no room in the queue before the rate limit", "限速队列已满") \
	X(FAULT_CODEL, PHYSICAL, FAULT, "", \
		"waited too long in the queue (CoDel)", "排队过久（CoDel）") \
	X(FAULT_MTU, PHYSICAL, FAULT, "", \
		"larger than the wire carries", "超过线路的最大长度") \
	X(FAULT_BLACKOUT, PHYSICAL, FAULT, "", \
		"the wire was dead", "线路中断") \
	X(FAULT_RULE_DROP, PHYSICAL, FAULT, "", \
		"dropped by a rule", "按规则丢弃") \
	X(FAULT_RULE_OTHER, PHYSICAL, FAULT, "", \
		"changed or delayed by a rule", "按规则修改或延迟") \
	X(FAULT_PARTITION, PHYSICAL, FAULT, "", \
		"the two sides were parted", "两端被隔离") \
	X(DEVICE_NO_MEMORY, PHYSICAL, DROP, "ifInDiscards", \
		"no memory to receive", "没有内存可接收") \
	/* link: Ethernet */ \
	X(ETH_IN, LINK, COUNT, "", \
		"frame received", "收到帧") \
	X(ETH_OUT, LINK, COUNT, "", \
		"frame sent", "发出帧") \
	X(ETH_DROP_SHORT, LINK, DROP, "ifInErrors", \
		"shorter than a header", "比帧头还短") \
	X(ETH_DROP_LENGTH_FRAME, LINK, DROP, "ifInUnknownProtos", \
		"an 802.3 length frame", "802.3 长度帧") \
	X(ETH_DROP_VLAN, LINK, DROP, "ifInUnknownProtos", \
		"of a VLAN that this interface is not in", "不属于本接口所在的 VLAN") \
	X(ETH_NOT_MINE, LINK, COUNT, "", \
		"for another station", "发给别的站点") \
	X(ETH_DROP_SOURCE, LINK, DROP, "ifInErrors", \
		"the source is a group address, or zero", "源地址是组地址或全零") \
	X(ETH_DROP_TYPE, LINK, DROP, "ifInUnknownProtos", \
		"no protocol takes this EtherType", "没有协议处理这种以太类型") \
	X(ETH_DROP_DOWN, LINK, DROP, "ifInDiscards", \
		"the interface is down", "接口已关闭") \
	X(ETH_DROP_TOO_LONG, LINK, DROP, "ifOutErrors", \
		"longer than the interface carries", "超过接口的最大长度") \
	X(ETH_DROP_QUEUE, LINK, DROP, "ifOutDiscards", \
		"the transmit queue is full", "发送队列已满") \
	X(ETH_DROP_NO_MEMORY, LINK, DROP, "ifOutDiscards", \
		"no memory to send", "没有内存可发送") \
	X(SWITCH_LEARN, LINK, STATE, "", \
		"station learnt", "学到站点") \
	X(SWITCH_MOVE, LINK, STATE, "", \
		"station moved to another port", "站点移到别的端口") \
	X(SWITCH_AGE, LINK, STATE, "", \
		"station forgotten", "站点老化") \
	X(SWITCH_FLOOD, LINK, COUNT, "", \
		"sent to every port", "向所有端口转发") \
	X(SWITCH_DROP_STORM, LINK, DROP, "", \
		"too many floods", "广播风暴被抑制") \
	X(SWITCH_DROP_FULL, LINK, DROP, "", \
		"a port's queue is full", "端口队列已满") \
	X(SWITCH_DROP_SAME_PORT, LINK, DROP, "", \
		"it came from where it would go", "目的端口就是来的端口") \
	X(SWITCH_DROP_BAD, LINK, DROP, "", \
		"not a frame", "不是合法的帧") \
	/* link: ARP and neighbours */ \
	X(ARP_IN, LINK, COUNT, "", \
		"ARP received", "收到 ARP") \
	X(ARP_OUT_REQUEST, LINK, COUNT, "", \
		"ARP request sent", "发出 ARP 请求") \
	X(ARP_OUT_REPLY, LINK, COUNT, "", \
		"ARP reply sent", "发出 ARP 应答") \
	X(ARP_DROP_BAD, LINK, DROP, "", \
		"not ARP for IPv4 over Ethernet", "不是以太网上 IPv4 的 ARP") \
	X(ARP_DROP_SENDER, LINK, DROP, "", \
		"impossible sender address", "发送者地址不可能") \
	X(ARP_DROP_UNSOLICITED, LINK, DROP, "", \
		"nobody asked and a live entry stays", "无人询问，保留有效表项") \
	X(ARP_DROP_RATE, LINK, DROP, "", \
		"asked too often", "请求过于频繁") \
	X(ARP_CONFLICT, LINK, STATE, "", \
		"another station uses our address", "别的站点在用我们的地址") \
	X(ARP_DEFEND, LINK, STATE, "", \
		"our address defended", "捍卫自己的地址") \
	X(ARP_PROBE, LINK, STATE, "", \
		"asking whether the address is free", "探测地址是否空闲") \
	X(ARP_ANNOUNCE, LINK, STATE, "", \
		"address announced", "宣告地址") \
	X(NEIGH_NEW, LINK, STATE, "", \
		"neighbour asked for", "开始解析邻居") \
	X(NEIGH_STATE, LINK, STATE, "", \
		"neighbour changed state", "邻居状态改变") \
	X(NEIGH_GONE, LINK, STATE, "", \
		"neighbour forgotten", "邻居表项删除") \
	X(NEIGH_FAILED, LINK, STATE, "", \
		"neighbour does not answer", "邻居没有回应") \
	X(NEIGH_DROP_QUEUE, LINK, DROP, "", \
		"waited for a neighbour; a newer one took the place", "等待解析时被更新的包顶替") \
	X(NEIGH_DROP_FAILED, LINK, DROP, "", \
		"waited for a neighbour that does not answer", "所等邻居没有回应") \
	X(NEIGH_DROP_FULL, LINK, DROP, "", \
		"the neighbour table is full", "邻居表已满") \
	/* network: IPv4 */ \
	X(IP4_IN, NETWORK, COUNT, "ipSystemStatsInReceives.ipv4", \
		"IPv4 packet received", "收到 IPv4 包") \
	X(IP4_DELIVER, NETWORK, COUNT, "ipSystemStatsInDelivers.ipv4", \
		"delivered upward", "向上交付") \
	X(IP4_OUT, NETWORK, COUNT, "ipSystemStatsOutRequests.ipv4", \
		"IPv4 packet sent", "发出 IPv4 包") \
	X(IP4_FORWARD, NETWORK, COUNT, "ipSystemStatsOutForwDatagrams.ipv4", \
		"forwarded", "转发") \
	X(IP4_DROP_SHORT, NETWORK, DROP, "ipSystemStatsInTruncatedPkts.ipv4", \
		"shorter than it says, or than a header", "比声明的或首部还短") \
	X(IP4_DROP_VERSION, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv4", \
		"another version", "版本不符") \
	X(IP4_DROP_HEADER, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv4", \
		"header lengths contradict each other", "首部长度自相矛盾") \
	X(IP4_DROP_CHECKSUM, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv4", \
		"header checksum is wrong", "首部校验和错误") \
	X(IP4_DROP_SOURCE_ROUTE, NETWORK, DROP, "ipSystemStatsInDiscards.ipv4", \
		"source routes are refused", "拒绝源路由") \
	X(IP4_DROP_OPTIONS, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv4", \
		"malformed options", "选项格式错误") \
	X(IP4_DROP_SOURCE, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv4", \
		"no packet may have this source", "不允许的源地址") \
	X(IP4_DROP_LAND, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv4", \
		"claims to be from us", "冒充来自本机") \
	X(IP4_DROP_NOT_MINE, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv4", \
		"not for this host, and forwarding is off", "不是发给本机的，且未开转发") \
	X(IP4_DROP_LINK_BROADCAST, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv4", \
		"one host addressed by a link broadcast", "用链路广播发给单个主机") \
	X(IP4_DROP_PROTOCOL, NETWORK, DROP, "ipSystemStatsInUnknownProtos.ipv4", \
		"nothing here speaks this protocol", "没有处理此协议的模块") \
	X(IP4_DROP_TTL, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv4", \
		"its time to live is over", "生存时间耗尽") \
	X(IP4_DROP_NO_ROUTE, NETWORK, DROP, "ipSystemStatsInNoRoutes.ipv4", \
		"no route", "没有路由") \
	X(IP4_DROP_OUT_NO_ROUTE, NETWORK, DROP, "ipSystemStatsOutNoRoutes.ipv4", \
		"no route to send by", "发送时没有路由") \
	X(IP4_DROP_OUT_NO_SOURCE, NETWORK, DROP, "ipSystemStatsOutNoRoutes.ipv4", \
		"no address to send from", "没有可用的源地址") \
	X(IP4_DROP_FORWARD_SCOPE, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv4", \
		"may not leave its link", "不得离开本链路") \
	X(IP4_DROP_TOO_BIG, NETWORK, DROP, "ipSystemStatsOutFragFails.ipv4", \
		"does not fit and may not be cut", "过长且不许分片") \
	X(IP4_DROP_FRAG_DISCARD, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"fragment of a datagram already refused", "所属数据报已被拒绝的分片") \
	X(IP4_DROP_OUT_ERROR, NETWORK, DROP, "ipSystemStatsOutDiscards.ipv4", \
		"no memory to send", "没有内存可发送") \
	X(IP4_FRAG_IN, NETWORK, COUNT, "ipSystemStatsReasmReqds.ipv4", \
		"fragment received", "收到分片") \
	X(IP4_FRAG_DONE, NETWORK, COUNT, "ipSystemStatsReasmOKs.ipv4", \
		"put together again", "重组完成") \
	X(IP4_FRAG_DROP_OVERLAP, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"fragments overlap", "分片重叠") \
	X(IP4_FRAG_DROP_DUPLICATE, NETWORK, DROP, "", \
		"fragment came twice", "重复的分片") \
	X(IP4_FRAG_DROP_BAD, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"fragment of impossible length or place", "分片长度或位置不可能") \
	X(IP4_FRAG_DROP_TOO_LONG, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"fragments of more than 65,535 octets", "分片总长超过 65535") \
	X(IP4_FRAG_DROP_MANY, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"too many fragments", "分片过多") \
	X(IP4_FRAG_DROP_SOURCE, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"one source has too many unfinished", "同一来源未完成的重组过多") \
	X(IP4_FRAG_DROP_FULL, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"no room for another reassembly", "没有空间再重组") \
	X(IP4_FRAG_DROP_TIMEOUT, NETWORK, DROP, "ipSystemStatsReasmFails.ipv4", \
		"fragments missing when the time was over", "超时仍缺分片") \
	X(IP4_FRAG_OUT, NETWORK, COUNT, "ipSystemStatsOutFragCreates.ipv4", \
		"fragment sent", "发出分片") \
	X(IP4_FRAGMENTED, NETWORK, COUNT, "ipSystemStatsOutFragOKs.ipv4", \
		"sent in fragments", "分片发出") \
	/* network: IPv6 */ \
	X(IP6_IN, NETWORK, COUNT, "ipSystemStatsInReceives.ipv6", \
		"IPv6 packet received", "收到 IPv6 包") \
	X(IP6_DELIVER, NETWORK, COUNT, "ipSystemStatsInDelivers.ipv6", \
		"delivered upward", "向上交付") \
	X(IP6_OUT, NETWORK, COUNT, "ipSystemStatsOutRequests.ipv6", \
		"IPv6 packet sent", "发出 IPv6 包") \
	X(IP6_FORWARD, NETWORK, COUNT, "ipSystemStatsOutForwDatagrams.ipv6", \
		"forwarded", "转发") \
	X(IP6_DROP_SHORT, NETWORK, DROP, "ipSystemStatsInTruncatedPkts.ipv6", \
		"shorter than it says, or than a header", "比声明的或首部还短") \
	X(IP6_DROP_VERSION, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"another version", "版本不符") \
	X(IP6_DROP_HEADER, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"header lengths contradict each other", "首部长度自相矛盾") \
	X(IP6_DROP_OPTIONS, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"malformed options", "选项格式错误") \
	X(IP6_DROP_SOURCE, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv6", \
		"no packet may have this source", "不允许的源地址") \
	X(IP6_DROP_LAND, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv6", \
		"claims to be from us", "冒充来自本机") \
	X(IP6_DROP_NOT_MINE, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv6", \
		"not for this host, and forwarding is off", "不是发给本机的，且未开转发") \
	X(IP6_DROP_LINK_BROADCAST, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv6", \
		"one host addressed by a link broadcast", "用链路广播发给单个主机") \
	X(IP6_DROP_PROTOCOL, NETWORK, DROP, "ipSystemStatsInUnknownProtos.ipv6", \
		"nothing here speaks this protocol", "没有处理此协议的模块") \
	X(IP6_DROP_TTL, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"its time to live is over", "生存时间耗尽") \
	X(IP6_DROP_NO_ROUTE, NETWORK, DROP, "ipSystemStatsInNoRoutes.ipv6", \
		"no route", "没有路由") \
	X(IP6_DROP_OUT_NO_ROUTE, NETWORK, DROP, "ipSystemStatsOutNoRoutes.ipv6", \
		"no route to send by", "发送时没有路由") \
	X(IP6_DROP_OUT_NO_SOURCE, NETWORK, DROP, "ipSystemStatsOutNoRoutes.ipv6", \
		"no address to send from", "没有可用的源地址") \
	X(IP6_DROP_FORWARD_SCOPE, NETWORK, DROP, "ipSystemStatsInAddrErrors.ipv6", \
		"may not leave its link", "不得离开本链路") \
	X(IP6_DROP_TOO_BIG, NETWORK, DROP, "ipSystemStatsOutFragFails.ipv6", \
		"does not fit and may not be cut", "过长且不许分片") \
	X(IP6_DROP_FRAG_DISCARD, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"fragment of a datagram already refused", "所属数据报已被拒绝的分片") \
	X(IP6_DROP_OUT_ERROR, NETWORK, DROP, "ipSystemStatsOutDiscards.ipv6", \
		"no memory to send", "没有内存可发送") \
	X(IP6_FRAG_IN, NETWORK, COUNT, "ipSystemStatsReasmReqds.ipv6", \
		"fragment received", "收到分片") \
	X(IP6_FRAG_DONE, NETWORK, COUNT, "ipSystemStatsReasmOKs.ipv6", \
		"put together again", "重组完成") \
	X(IP6_FRAG_DROP_OVERLAP, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"fragments overlap", "分片重叠") \
	X(IP6_FRAG_DROP_DUPLICATE, NETWORK, DROP, "", \
		"fragment came twice", "重复的分片") \
	X(IP6_FRAG_DROP_BAD, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"fragment of impossible length or place", "分片长度或位置不可能") \
	X(IP6_FRAG_DROP_TOO_LONG, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"fragments of more than 65,535 octets", "分片总长超过 65535") \
	X(IP6_FRAG_DROP_MANY, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"too many fragments", "分片过多") \
	X(IP6_FRAG_DROP_SOURCE, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"one source has too many unfinished", "同一来源未完成的重组过多") \
	X(IP6_FRAG_DROP_FULL, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"no room for another reassembly", "没有空间再重组") \
	X(IP6_FRAG_DROP_TIMEOUT, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"fragments missing when the time was over", "超时仍缺分片") \
	X(IP6_FRAG_OUT, NETWORK, COUNT, "ipSystemStatsOutFragCreates.ipv6", \
		"fragment sent", "发出分片") \
	X(IP6_FRAGMENTED, NETWORK, COUNT, "ipSystemStatsOutFragOKs.ipv6", \
		"sent in fragments", "分片发出") \
	X(IP6_DROP_EXTENSION, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"extension headers malformed or too many", "扩展首部格式错误或过多") \
	X(IP6_DROP_ROUTING, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"a routing header that is refused", "拒绝的路由首部") \
	X(IP6_DROP_UNKNOWN_OPTION, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"an option that asks to be dropped", "选项要求丢弃") \
	X(IP6_DROP_CHAIN, NETWORK, DROP, "ipSystemStatsReasmFails.ipv6", \
		"the first fragment lacks headers", "首个分片缺少首部") \
	X(IP6_DROP_JUMBO, NETWORK, DROP, "ipSystemStatsInHdrErrors.ipv6", \
		"jumbograms are refused", "拒绝巨型包") \
	/* network: ICMP */ \
	X(ICMP4_IN, NETWORK, COUNT, "icmpStatsInMsgs.ipv4", \
		"ICMP received", "收到 ICMP") \
	X(ICMP4_OUT, NETWORK, COUNT, "icmpStatsOutMsgs.ipv4", \
		"ICMP sent", "发出 ICMP") \
	X(ICMP4_ECHO, NETWORK, COUNT, "", \
		"echo answered", "回应回显请求") \
	X(ICMP4_OUT_ERROR, NETWORK, COUNT, "", \
		"error reported to the sender", "向发送者报告差错") \
	X(ICMP4_IN_ERROR, NETWORK, COUNT, "", \
		"error reported to us", "收到差错报告") \
	X(ICMP4_DROP_SHORT, NETWORK, DROP, "icmpStatsInErrors.ipv4", \
		"shorter than a header", "比首部还短") \
	X(ICMP4_DROP_CHECKSUM, NETWORK, DROP, "icmpStatsInErrors.ipv4", \
		"checksum is wrong", "校验和错误") \
	X(ICMP4_DROP_TYPE, NETWORK, DROP, "icmpStatsInErrors.ipv4", \
		"nothing here answers this type", "没有处理此类型的模块") \
	X(ICMP4_DROP_BROADCAST, NETWORK, DROP, "", \
		"asked by broadcast", "以广播询问") \
	X(ICMP4_DROP_QUOTE, NETWORK, DROP, "icmpStatsInErrors.ipv4", \
		"quotes nothing that we sent", "引用的不是我们发的包") \
	X(ICMP4_DROP_RATE, NETWORK, DROP, "icmpStatsOutErrors.ipv4", \
		"more errors than we report", "差错报告超过限速") \
	X(ICMP4_DROP_REDIRECT, NETWORK, DROP, "icmpStatsInErrors.ipv4", \
		"a redirect that is not to be believed", "不可信的重定向") \
	X(ICMP4_REDIRECT, NETWORK, STATE, "", \
		"a better first hop", "更好的第一跳") \
	X(ICMP4_PMTU, NETWORK, STATE, "", \
		"path MTU learnt", "得知路径 MTU") \
	X(ICMP4_DROP_PMTU, NETWORK, DROP, "icmpStatsInErrors.ipv4", \
		"a path MTU that is not to be believed", "不可信的路径 MTU") \
	/* network: ICMPv6 */ \
	X(ICMP6_IN, NETWORK, COUNT, "icmpStatsInMsgs.ipv6", \
		"ICMPv6 received", "收到 ICMPv6") \
	X(ICMP6_OUT, NETWORK, COUNT, "icmpStatsOutMsgs.ipv6", \
		"ICMPv6 sent", "发出 ICMPv6") \
	X(ICMP6_ECHO, NETWORK, COUNT, "", \
		"echo answered", "回应回显请求") \
	X(ICMP6_OUT_ERROR, NETWORK, COUNT, "", \
		"error reported to the sender", "向发送者报告差错") \
	X(ICMP6_IN_ERROR, NETWORK, COUNT, "", \
		"error reported to us", "收到差错报告") \
	X(ICMP6_DROP_SHORT, NETWORK, DROP, "icmpStatsInErrors.ipv6", \
		"shorter than a header", "比首部还短") \
	X(ICMP6_DROP_CHECKSUM, NETWORK, DROP, "icmpStatsInErrors.ipv6", \
		"checksum is wrong", "校验和错误") \
	X(ICMP6_DROP_TYPE, NETWORK, DROP, "icmpStatsInErrors.ipv6", \
		"nothing here answers this type", "没有处理此类型的模块") \
	X(ICMP6_DROP_BROADCAST, NETWORK, DROP, "", \
		"asked by broadcast", "以广播询问") \
	X(ICMP6_DROP_QUOTE, NETWORK, DROP, "icmpStatsInErrors.ipv6", \
		"quotes nothing that we sent", "引用的不是我们发的包") \
	X(ICMP6_DROP_RATE, NETWORK, DROP, "icmpStatsOutErrors.ipv6", \
		"more errors than we report", "差错报告超过限速") \
	X(ICMP6_DROP_REDIRECT, NETWORK, DROP, "icmpStatsInErrors.ipv6", \
		"a redirect that is not to be believed", "不可信的重定向") \
	X(ICMP6_REDIRECT, NETWORK, STATE, "", \
		"a better first hop", "更好的第一跳") \
	X(ICMP6_PMTU, NETWORK, STATE, "", \
		"path MTU learnt", "得知路径 MTU") \
	X(ICMP6_DROP_PMTU, NETWORK, DROP, "icmpStatsInErrors.ipv6", \
		"a path MTU that is not to be believed", "不可信的路径 MTU") \
	/* network: neighbour discovery and autoconfiguration of IPv6 */ \
	X(ND_OUT_SOLICIT, NETWORK, COUNT, "", \
		"neighbour solicitation sent", "发出邻居请求") \
	X(ND_OUT_ADVERT, NETWORK, COUNT, "", \
		"neighbour advertisement sent", "发出邻居通告") \
	X(ND_OUT_RS, NETWORK, COUNT, "", \
		"router solicitation sent", "发出路由器请求") \
	X(ND_OUT_RA, NETWORK, COUNT, "", \
		"router advertisement sent", "发出路由器通告") \
	X(ND_DROP_BAD, NETWORK, DROP, "", \
		"malformed, or from beyond the link", "格式错误或来自链路之外") \
	X(ND_DROP_UNSOLICITED, NETWORK, DROP, "", \
		"an advertisement that nobody asked for", "无人请求的通告") \
	X(ND_DROP_LIMIT, NETWORK, DROP, "", \
		"more routers or prefixes than we keep", "路由器或前缀过多") \
	X(ND_DROP_FRAGMENT, NETWORK, DROP, "", \
		"neighbour discovery in fragments", "分片的邻居发现报文") \
	X(ND_ROUTER, NETWORK, STATE, "", \
		"router found", "发现路由器") \
	X(ND_ROUTER_GONE, NETWORK, STATE, "", \
		"router gone", "路由器失效") \
	X(ND_PREFIX, NETWORK, STATE, "", \
		"prefix learnt", "得知前缀") \
	X(ADDR_TENTATIVE, NETWORK, STATE, "", \
		"address being tried", "地址试用中") \
	X(ADDR_READY, NETWORK, STATE, "", \
		"address in use", "地址可用") \
	X(ADDR_DUPLICATE, NETWORK, STATE, "", \
		"address is taken already", "地址重复") \
	X(ADDR_DEPRECATED, NETWORK, STATE, "", \
		"address only for what goes on", "地址不再用于新的通信") \
	X(ADDR_GONE, NETWORK, STATE, "", \
		"address gone", "地址失效") \
	X(ROUTE_NEW, NETWORK, STATE, "", \
		"route added", "添加路由") \
	X(ROUTE_GONE, NETWORK, STATE, "", \
		"route removed", "删除路由") \
	/* network: multicast groups */ \
	X(GROUP_JOIN, NETWORK, STATE, "", \
		"group joined", "加入组") \
	X(GROUP_LEAVE, NETWORK, STATE, "", \
		"group left", "离开组") \
	X(IGMP_IN, NETWORK, COUNT, "", \
		"IGMP received", "收到 IGMP") \
	X(IGMP_OUT, NETWORK, COUNT, "", \
		"IGMP sent", "发出 IGMP") \
	X(IGMP_DROP_BAD, NETWORK, DROP, "", \
		"malformed IGMP", "IGMP 格式错误") \
	X(MLD_IN, NETWORK, COUNT, "", \
		"MLD received", "收到 MLD") \
	X(MLD_OUT, NETWORK, COUNT, "", \
		"MLD sent", "发出 MLD") \
	X(MLD_DROP_BAD, NETWORK, DROP, "", \
		"malformed MLD", "MLD 格式错误") \
	/* transport: UDP */ \
	X(UDP_IN, TRANSPORT, COUNT, "udpInDatagrams", \
		"datagram delivered", "交付数据报") \
	X(UDP_OUT, TRANSPORT, COUNT, "udpOutDatagrams", \
		"datagram sent", "发出数据报") \
	X(UDP_DROP_SHORT, TRANSPORT, DROP, "udpInErrors", \
		"shorter than it says, or than a header", "比声明的或首部还短") \
	X(UDP_DROP_CHECKSUM, TRANSPORT, DROP, "udpInErrors", \
		"checksum is wrong", "校验和错误") \
	X(UDP_DROP_NO_CHECKSUM, TRANSPORT, DROP, "udpInErrors", \
		"no checksum, which IPv6 demands", "IPv6 要求校验和而它没有") \
	X(UDP_DROP_PORT_ZERO, TRANSPORT, DROP, "udpInErrors", \
		"port 0", "端口为 0") \
	X(UDP_DROP_NO_PORT, TRANSPORT, DROP, "udpNoPorts", \
		"nobody listens on this port", "端口无人监听") \
	X(UDP_DROP_FILTER, TRANSPORT, DROP, "udpInErrors", \
		"the socket did not ask for this source or group", "套接字未要求此来源或组") \
	X(UDP_DROP_FULL, TRANSPORT, DROP, "udpInErrors", \
		"the socket's receive buffer is full", "套接字接收缓冲区已满") \
	X(UDP_DROP_NO_MEMORY, TRANSPORT, DROP, "udpInErrors", \
		"no memory to keep it", "没有内存可保存") \
	X(UDP_ERROR, TRANSPORT, STATE, "", \
		"an error reached the socket", "差错送达套接字") \
	X(RAW_IN, TRANSPORT, COUNT, "", \
		"raw packet delivered", "交付原始包") \
	X(RAW_OUT, TRANSPORT, COUNT, "", \
		"raw packet sent", "发出原始包") \
	X(RAW_DROP_FULL, TRANSPORT, DROP, "", \
		"the raw socket's receive buffer is full", "原始套接字接收缓冲区已满") \
	/* transport: TCP; counters of RFC 4022 */ \
	X(TCP_IN, TRANSPORT, COUNT, "tcpInSegs", \
		"segment received", "收到报文段") \
	X(TCP_OUT, TRANSPORT, COUNT, "tcpOutSegs", \
		"segment sent", "发出报文段") \
	X(TCP_AGAIN, TRANSPORT, STATE, "tcpRetransSegs", \
		"segment sent again", "重传报文段") \
	X(TCP_OUT_RST, TRANSPORT, STATE, "tcpOutRsts", \
		"reset sent to a stranger", "向陌生报文段发出复位") \
	X(TCP_STATE, TRANSPORT, STATE, "", \
		"connection changed state", "连接状态改变") \
	X(TCP_OPEN, TRANSPORT, STATE, "tcpActiveOpens", \
		"connection made from here", "从本端建立连接") \
	X(TCP_ACCEPT, TRANSPORT, STATE, "tcpPassiveOpens", \
		"connection taken", "接受连接") \
	X(TCP_HALF, TRANSPORT, STATE, "", \
		"a SYN answered; the third part is awaited", "已答复 SYN，等待第三次握手") \
	X(TCP_HALF_GONE, TRANSPORT, STATE, "tcpAttemptFails", \
		"the third part never came", "第三次握手始终未到") \
	X(TCP_COOKIE_SENT, TRANSPORT, STATE, "", \
		"a SYN answered by a cookie, since there are too many", "SYN 过多，以 cookie 答复") \
	X(TCP_COOKIE_OK, TRANSPORT, STATE, "", \
		"a cookie came back", "cookie 返回") \
	X(TCP_BROKEN, TRANSPORT, STATE, "tcpEstabResets", \
		"connection broken", "连接中断") \
	X(TCP_RST, TRANSPORT, STATE, "", \
		"reset received", "收到复位") \
	X(TCP_TIMEOUT, TRANSPORT, STATE, "", \
		"no answer in time", "超时未得到答复") \
	X(TCP_FAST, TRANSPORT, STATE, "", \
		"loss found: fast recovery", "发现丢失：快速恢复") \
	X(TCP_UNDO, TRANSPORT, STATE, "", \
		"it had not been lost after all", "原来并未丢失") \
	X(TCP_ECN, TRANSPORT, STATE, "", \
		"congestion was marked", "拥塞标记") \
	X(TCP_PERSIST, TRANSPORT, STATE, "", \
		"closed window probed", "探测关闭的窗口") \
	X(TCP_DELACK, TRANSPORT, COUNT, "", \
		"delayed acknowledgement due", "延迟确认到时") \
	X(TCP_AHEAD, TRANSPORT, COUNT, "", \
		"segment came ahead of one that is missing", "前面有缺失的报文段") \
	X(TCP_CHALLENGE, TRANSPORT, STATE, "", \
		"a doubtful segment answered by an acknowledgement", "以确认答复可疑报文段") \
	X(TCP_BLACK_HOLE, TRANSPORT, STATE, "", \
		"large segments get no answer: smaller ones are tried", "大报文段无应答：改用较小的") \
	X(TCP_MTU_FOUND, TRANSPORT, STATE, "", \
		"a larger segment arrived: the path carries it", "较大的报文段已到达：路径可承载") \
	X(TCP_MTU_LOST, TRANSPORT, STATE, "", \
		"a larger segment was lost, alone", "只有较大的报文段丢失") \
	X(TCP_ERROR, TRANSPORT, STATE, "", \
		"ICMP told of an error", "ICMP 报告差错") \
	X(TCP_DROP_SHORT, TRANSPORT, DROP, "tcpInErrs", \
		"shorter than its header", "比首部还短") \
	X(TCP_DROP_CHECKSUM, TRANSPORT, DROP, "tcpInErrs", \
		"checksum is wrong", "校验和错误") \
	X(TCP_DROP_OPTIONS, TRANSPORT, DROP, "tcpInErrs", \
		"malformed options", "选项格式错误") \
	X(TCP_DROP_PORT_ZERO, TRANSPORT, DROP, "tcpInErrs", \
		"port 0", "端口为 0") \
	X(TCP_DROP_CAST, TRANSPORT, DROP, "", \
		"not to one host", "不是发给单个主机") \
	X(TCP_DROP_NO_PORT, TRANSPORT, DROP, "", \
		"nobody listens on this port", "端口无人监听") \
	X(TCP_DROP_NO_CONN, TRANSPORT, DROP, "", \
		"belongs to no connection", "不属于任何连接") \
	X(TCP_DROP_BACKLOG, TRANSPORT, DROP, "", \
		"the queue of new connections is full", "新连接队列已满") \
	X(TCP_DROP_WINDOW, TRANSPORT, DROP, "", \
		"outside the window", "在窗口之外") \
	X(TCP_DROP_DUPLICATE, TRANSPORT, DROP, "", \
		"came before", "重复到达") \
	X(TCP_DROP_PAWS, TRANSPORT, DROP, "", \
		"its time stamp is old", "时间戳过旧") \
	X(TCP_DROP_RST, TRANSPORT, DROP, "", \
		"a reset that is not to be believed, or ends nothing", "不可信或无对象的复位") \
	X(TCP_DROP_SYN, TRANSPORT, DROP, "", \
		"a SYN within a connection", "连接中出现 SYN") \
	X(TCP_DROP_NO_ACK, TRANSPORT, DROP, "", \
		"without an acknowledgement", "没有确认") \
	X(TCP_DROP_ACK, TRANSPORT, DROP, "", \
		"acknowledges what cannot be", "确认了不可能的序号") \
	X(TCP_DROP_TIME_WAIT, TRANSPORT, DROP, "", \
		"for a connection that has ended", "连接已结束") \
	X(TCP_DROP_MEMORY, TRANSPORT, DROP, "", \
		"no memory to keep it", "没有内存可保存") \
	X(TCP_DROP_ERROR, TRANSPORT, DROP, "", \
		"an ICMP error about nothing that is under way", "ICMP 差错与在途数据无关") \
	/* session: sockets */ \
	X(SOCKET_NEW, SESSION, STATE, "", \
		"socket made", "创建套接字") \
	X(SOCKET_BIND, SESSION, STATE, "", \
		"socket bound", "绑定套接字") \
	X(SOCKET_CONNECT, SESSION, STATE, "", \
		"socket connected", "连接套接字") \
	X(SOCKET_CLOSE, SESSION, STATE, "", \
		"socket closed", "关闭套接字") \
	/* application: DHCP and link-local addresses */ \
	X(DHCP_STATE, APPLICATION, STATE, "", \
		"DHCP changed state", "DHCP 状态改变") \
	X(DHCP_LEASE, APPLICATION, STATE, "", \
		"address leased", "获得租约") \
	X(DHCP_DROP_BAD, APPLICATION, DROP, "", \
		"malformed or not for us", "格式错误或不是给我们的") \
	X(DHCP_SERVE, APPLICATION, STATE, "", \
		"address given out", "分配地址") \
	X(DHCP_DROP_FULL, APPLICATION, DROP, "", \
		"no address left to give", "没有地址可分配") \
	X(LINK_LOCAL, APPLICATION, STATE, "", \
		"link-local address chosen", "选定链路本地地址") \
	/* application: names */ \
	X(DNS_ASK, APPLICATION, COUNT, "", \
		"a name server asked", "询问域名服务器") \
	X(DNS_DROP_BAD, APPLICATION, DROP, "", \
		"does not fit any question", "不符合任何询问") \
	/* end */
/* clang-format on */

#endif
