/* SPDX-License-Identifier: ISC */
/*
 * layers_table.c - the OSI model's seven layers (ISO/IEC 7498-1), and where nod keeps each
 *
 * What each layer does is in the words of the course's notes.  The four-layer model is RFC
 * 1122's; the five-layer one is the textbooks', with the lowest layer cut in two.
 *
 * untranslated file: commands to type, and names by which topics are asked for.
 *
 * Neighbours: layers.c prints it; docs/LAYERS.md tells where TCP/IP does not fit.
 */
#include "layers.h"

#include <stddef.h>

const struct layer layers[N_LAYERS] = {
	{
		.number = 7,
		.name = TX("application", "应用层"),
		.words = "第七层 第7层 app 应用",
		.does = TX("serves the user; each program sets its own content",
			"提供用户服务，具体内容由特定程序规定"),
		.unit = TX("message", "消息"),
		.finds_by = TX("names, URLs, mail addresses", "域名、URL、邮件地址"),
		.five = TX("application", "应用层"),
		.four = TX("application", "应用层"),
		.protocols = "HTTP SMTP DNS TFTP FTP SSH DHCP NTP",
		.folder = "src/application/",
		.lives = TX("the server of conversations, the chat room, DNS",
			"对话的服务器、聊天室、DNS"),
		.body = TX(
	"Here a program decides what is said and what it means: a page asked for, a\n"
	"mail handed over, a line in a chat.  The layers below carry its bytes and do\n"
	"not read them.\n",
	"说什么、什么意思，由这一层的程序决定：请求一个网页、投递一封邮件、聊天室里\n"
	"的一行话。下面各层只管运送这些字节，不看内容。\n"),
		.live = {
			{ "nod serve --chat", TX("a chat room: an application's own rules",
				"聊天室：应用程序自己的规则") },
			{ "nod port http", TX("a protocol and the port it is found at",
				"一个协议和它的端口") },
		},
	},
	{
		.number = 6,
		.name = TX("presentation", "表示层"),
		.words = "第六层 第6层 表示",
		.does = TX("compresses, encrypts, and agrees on the data's form",
			"提供数据的压缩、解压和加密等"),
		.unit = TX("message", "消息"),
		.finds_by = TX("(none of its own)", "（没有自己的地址）"),
		.five = TX("application", "应用层"),
		.four = TX("application", "应用层"),
		.protocols = "TLS UTF-8 gzip zstd JSON ASN.1",
		.folder = "src/presentation/",
		.lives = TX("UTF-8, safe printing, JSON, both languages' errors",
			"UTF-8、安全显示、JSON、双语的错误说明"),
		.body = TX(
	"Both ends must read the same bytes in the same way: which text encoding,\n"
	"which byte order, compressed how, sealed with which key.  TCP/IP has no layer\n"
	"for it: programs use a library (TLS, zlib) between themselves and the socket.\n",
	"两端必须以同样的方式理解同样的字节：用什么字符编码、什么字节序、怎样压缩、\n"
	"用什么密钥加密。TCP/IP 没有单独设这一层：程序在自己和套接字之间用一个库\n"
	"（TLS、zlib）来做。\n"),
		.live = {
			{ "nod order 0x12345678", TX("one number, two ways to write it",
				"同一个数的两种写法") },
			{ "nod serve", TX("bytes that are not UTF-8 arrive as U+FFFD",
				"不是 UTF-8 的字节显示为 U+FFFD") },
		},
	},
	{
		.number = 5,
		.name = TX("session", "会话层"),
		.words = "第五层 第5层 会话",
		.does = TX("connects programs; chooses the transport service",
			"建立程序级的连接，决定使用什么样的传输服务"),
		.unit = TX("message", "消息"),
		.finds_by = TX("a socket's address: address and port", "套接字地址：IP 加端口"),
		.five = TX("application", "应用层"),
		.four = TX("application", "应用层"),
		.protocols = "sockets RPC NetBIOS SOCKS",
		.folder = "src/session/",
		.lives = TX("dialling, listening, the kernel's sockets, readiness",
			"呼叫与监听、内核套接字、就绪等待"),
		.body = TX(
	"A connection between two programs: who calls, who answers, which service\n"
	"carries it (a stream by TCP, datagrams by UDP), when it is over, and whether\n"
	"to call again.  In TCP/IP this is the socket interface and what programs do\n"
	"with it.\n",
	"两个程序之间的连接：谁呼叫、谁应答、由哪种传输服务承载（TCP 的字节流，或\n"
	"UDP 的数据报）、何时结束、断了是否重连。在 TCP/IP 中，这就是套接字接口以及\n"
	"程序对它的使用。\n"),
		.live = {
			{ "nod talk -v localhost", TX("each address tried, and which one answered",
				"试过哪些地址，哪个应答了") },
			{ "nod layers sockets", TX("the interface itself", "套接字接口") },
		},
	},
	{
		.number = 4,
		.name = TX("transport", "传输层"),
		.words = "第四层 第4层 传输 传输服务",
		.does = TX("the right communication service; flow control",
			"提供合适的通信服务，流量控制"),
		.unit = TX("segment / datagram", "报文段 / 用户数据报"),
		.finds_by = TX("ports, 1-65535: the program on the host", "端口 1-65535：主机上的哪个程序"),
		.five = TX("transport", "传输层"),
		.four = TX("transport", "传输层"),
		.protocols = "TCP UDP SCTP DCCP QUIC",
		.folder = "src/transport/",
		.lives = TX("services and ports; TCP and UDP of nod's own stack",
			"服务与端口；nod 自己协议栈的 TCP 与 UDP"),
		.body = TX(
	"IP carries packets from host to host and promises nothing.  This layer takes\n"
	"them from program to program, and gives the choice of two services:\n"
	"\n"
	"                                  TCP                    UDP\n"
	"  a connection first              yes                    no\n"
	"  order kept                      yes                    no\n"
	"  lost data sent again            yes                    no\n"
	"  bounds of messages kept         no: a stream           yes: datagrams\n"
	"  flow and congestion controlled  yes                    no\n"
	"  one to many                     no                     broadcast, multicast\n"
	"  suits                           chat, files, mail      calls, games, DNS\n",
	"IP 把分组从主机送到主机，不作任何保证。传输层再把它们从程序送到程序，并提供\n"
	"两种服务供选择：\n"
	"\n"
	"                    TCP                    UDP\n"
	"  先建立连接        是                     否\n"
	"  保证顺序          是                     否\n"
	"  丢失重传          是                     否\n"
	"  保留消息边界      否：字节流             是：数据报\n"
	"  流量、拥塞控制    有                     没有\n"
	"  一对多            不能                   广播、组播\n"
	"  适用              聊天、文件、邮件       视频会议、游戏、DNS\n"),
		.live = {
			{ "nod talk -v 127.0.0.1", TX("over TCP: connected, closed in order",
				"TCP：建立连接，有序关闭") },
			{ "nod talk -u 127.0.0.1", TX("over UDP: nobody is asked first",
				"UDP：不事先询问对方") },
			{ "nod port 3306", TX("who is found at a port", "一个端口上是什么服务") },
		},
	},
	{
		.number = 3,
		.name = TX("network", "网络层"),
		.words = "第三层 第3层 internet 网络 网际层",
		.does = TX("finds routes, joins networks, carries packets",
			"路由选择，网络互联，分组传输"),
		.unit = TX("packet", "分组（包）"),
		.finds_by = TX("IP addresses: the host's interface", "IP 地址：主机的接口"),
		.five = TX("network", "网络层"),
		.four = TX("network", "网络层"),
		.protocols = "IPv4 IPv6 ICMP ICMPv6 IGMP IPsec",
		.folder = "src/network/",
		.lives = TX("addresses, prefixes, their forms and kinds; ICMP",
			"地址与前缀、写法与种类；ICMP 报文"),
		.body = TX(
	"Takes a packet from any host to any other, over as many networks as it needs.\n"
	"Each router on the way looks at the destination address alone, picks the next\n"
	"hop from its table (the longest matching prefix), takes one from the time to\n"
	"live, and passes it on.  Packets may be lost, doubled or overtake each other:\n"
	"this layer does its best and promises nothing.\n",
	"把分组从任意一台主机送到另一台主机，途中可以经过许多网络。沿途每个路由器只看\n"
	"目的地址，在路由表里找最长匹配的前缀，决定下一跳，把生存时间（TTL）减一，再\n"
	"转发出去。分组可能丢失、重复、后发先到：这一层只是尽力而为，不作保证。\n"),
		.live = {
			{ "nod ping -c 3 127.0.0.1", TX("packets there and back", "分组的往返") },
			{ "nod ping -t 1 192.0.2.1", TX("a packet whose time to live runs out",
				"生存时间耗尽的分组") },
			{ "nod addr 192.168.1.2/24", TX("an address and its network",
				"一个地址和它的网络") },
		},
	},
	{
		.number = 2,
		.name = TX("data link", "链路层"),
		.words = "第二层 第2层 link data-link 链路 数据链路层 数据链路",
		.does = TX("switches on the link; sends to the next station",
			"提供链路交换，具体消息发送"),
		.unit = TX("frame", "帧"),
		.finds_by = TX("MAC addresses: a card on this link", "MAC 地址：本链路上的网卡"),
		.five = TX("data link", "链路层"),
		.four = TX("link", "物理链路层"),
		.protocols = "Ethernet Wi-Fi VLAN PPP ARP",
		.folder = "src/link/",
		.lives = TX("frames, ARP, neighbours, a switch: nod's own stack",
			"nod 自己的协议栈：帧、ARP、邻居、交换机"),
		.body = TX(
	"Takes a frame to a neighbour on the same link, no further.  A frame names both\n"
	"cards by MAC address (48 bits) and ends with a check sum (CRC-32); a damaged\n"
	"one is dropped in silence.  A switch learns behind which port each MAC address\n"
	"is, and sends a frame only there.  ARP finds the MAC address of a neighbour's\n"
	"IPv4 address; for IPv6, neighbour discovery does.\n",
	"把一帧送到同一条链路上的邻居，不会更远。帧里写明双方网卡的 MAC 地址（48 位），\n"
	"末尾有校验（CRC-32）；损坏的帧直接丢弃，不作通知。交换机学习每个 MAC 地址在哪\n"
	"个端口后面，只往那里转发。由 IPv4 地址查邻居的 MAC 地址用 ARP，IPv6 则用邻居\n"
	"发现。\n"),
		.live = {
			{ "nod ifconfig", TX("each interface's MAC address, MTU and counters",
				"每个接口的 MAC 地址、MTU 和计数") },
		},
	},
	{
		.number = 1,
		.name = TX("physical", "物理层"),
		.words = "第一层 第1层 phy 物理",
		.does = TX("the hardware and its interfaces", "物理硬件，接口"),
		.unit = TX("bit", "比特"),
		.finds_by = TX("(none: whoever is on the wire)", "（没有：线上的都能收到）"),
		.five = TX("physical", "物理层"),
		.four = TX("link", "物理链路层"),
		.protocols = "1000BASE-T 10GBASE-SR DSL RS-232",
		.folder = "src/physical/",
		.lives = TX("TAP devices; the interfaces are the kernel's",
			"TAP 设备；网络接口由内核管理"),
		.body = TX(
	"Voltages, light or radio waves that stand for bits; the shape of plugs; how\n"
	"fast and how far.  What a bit means is not its business.\n",
	"用电压、光或无线电波表示比特；插头的形状；能多快、能多远。比特的含义与它无关。\n"),
		.live = {
			{ "nod ifconfig", TX("the interfaces, and whether each is up",
				"有哪些接口，是否启用") },
		},
	},
};
