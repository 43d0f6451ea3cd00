/* SPDX-License-Identifier: ISC */
/*
 * lessons_transport.c - `nod layers` on TCP and UDP: handshake, close, what each promises
 *
 * TCP as in RFC 9293; where the notes tell it shorter, what they leave out.
 *
 * untranslated file: commands to type, and names by which topics are asked for.
 *
 * Neighbours: layers.h (the form).
 */
#include "layers.h"

#include <stddef.h>

const struct lesson lessons_transport[] = {
	{
		.name = TX("tcp", "TCP协议"),
		.words = "stream states 面向连接 传输控制协议 流",
		.title = TX("TCP: a connection, and a reliable stream of bytes",
			"TCP：面向连接的、可靠的字节流"),
		.body = TX(
	"Two programs agree to talk (the handshake), then each sends the other a stream\n"
	"of bytes that arrives whole and in order, and each ends its own stream (the\n"
	"close).  A connection is known by four things: both addresses and both ports.\n"
	"So one port serves any number of clients at once.\n"
	"\n"
	"   0                   16                   31\n"
	"  +--------------------+---------------------+\n"
	"  |    source port     |  destination port   |   20 bytes, and up to 40\n"
	"  |             sequence number              |   of options (MSS, window\n"
	"  |          acknowledgment number           |   scale, SACK, time stamps)\n"
	"  | offs | . | CEUAPRSF|       window        |   flags: S SYN  A ACK  F FIN\n"
	"  |     checksum       |   urgent pointer    |   R RST  P PSH  U URG  E C ECN\n"
	"  +--------------------+---------------------+\n"
	"\n"
	"Its states: LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2\n"
	"CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT CLOSED.\n"
	"\n"
	"Suits chat, files, mail, the web: all that must arrive.  The notes say \"when\n"
	"the network is good\"; on a bad one it still delivers all, only later.\n",
	"两个程序先商量好（握手），然后各自向对方发送一个字节流，完整、按序到达，最后各\n"
	"自结束自己的流（挥手）。一个连接由四项确定：双方的地址和双方的端口。所以一个端\n"
	"口可以同时服务任意多个客户端。\n"
	"\n"
	"   0                   16                   31\n"
	"  +--------------------+---------------------+\n"
	"  |       源端口       |      目的端口       |   20 字节，选项最多再加 40\n"
	"  |                   序号                   |   （MSS、窗口扩大、SACK、\n"
	"  |                  确认号                  |   时间戳）\n"
	"  | 偏移 | . | CEUAPRSF|        窗口         |   标志：S SYN  A ACK  F FIN\n"
	"  |       校验和       |      紧急指针       |   R RST  P PSH  U URG  E C ECN\n"
	"  +--------------------+---------------------+\n"
	"\n"
	"连接的状态：LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2\n"
	"CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT CLOSED。\n"
	"\n"
	"适合聊天、文件、邮件、网页：必须送到的东西。笔记说“网络情况好”时使用；其实网络\n"
	"不好时它照样全部送到，只是慢一些。\n"),
		.sources = "RFC 9293 3.1, 3.3.2, 3.4",
		.live = {
			{ "nod serve", TX("in one terminal: the server listens", "一个终端：服务器监听") },
			{ "nod talk -v 127.0.0.1", TX("in another: each step is told",
				"另一个终端：每一步都告诉您") },
			{ "nod layers handshake close reliability", TX("the three parts",
				"分三部分细讲") },
		},
	},
	{
		.name = TX("handshake", "三次握手"),
		.words = "syn 3-way three-way three-way-handshake 握手 三次握手 "
			 "建立连接",
		.title = TX("The three-way handshake", "三次握手"),
		.body = TX(
	"  client                                                   server\n"
	"  CLOSED                                                   LISTEN\n"
	"  connect()  --- SYN, seq=x -------------------------->\n"
	"  SYN-SENT                                                 SYN-RECEIVED\n"
	"             <-- SYN, ACK, seq=y, ack=x+1 -------------\n"
	"  ESTABLISHED\n"
	"             --- ACK, seq=x+1, ack=y+1 --------------->    ESTABLISHED\n"
	"                                                           accept() returns\n"
	"\n"
	"1. The client asks, and names the number x from which its bytes will count.\n"
	"2. The server agrees (ack=x+1: a SYN takes one number) and names its own, y.\n"
	"3. The client confirms y.  This segment may carry data already.\n"
	"\n"
	"Why three: each side must hear that its own number arrived, and an old SYN\n"
	"that turns up late is found out, since the client answers the second step with\n"
	"RST.  The numbers are chosen so that no stranger can guess them.\n"
	"\n"
	"The server's kernel does all this; the program is not asked, accept() takes a\n"
	"connection that is already made.  When nobody listens, the answer is RST:\n"
	"\"connection refused\".  When no answer comes, the SYN is sent again 1, 3, 7 ...\n"
	"seconds after the first (Linux 6.5 and later: each second at the beginning),\n"
	"until connect() gives up: \"timed out\".\n",
	"  客户端                                                   服务器\n"
	"  CLOSED                                                   LISTEN\n"
	"  connect()  --- SYN, seq=x -------------------------->\n"
	"  SYN-SENT                                                 SYN-RECEIVED\n"
	"             <-- SYN, ACK, seq=y, ack=x+1 -------------\n"
	"  ESTABLISHED\n"
	"             --- ACK, seq=x+1, ack=y+1 --------------->    ESTABLISHED\n"
	"                                                           accept() 返回\n"
	"\n"
	"1. 客户端请求连接，并告知自己的初始序号 x，它的字节从这里数起。\n"
	"2. 服务器同意（ack=x+1：SYN 占一个序号），并告知自己的初始序号 y。\n"
	"3. 客户端确认 y。这个报文段已经可以带数据。\n"
	"\n"
	"为什么是三次：双方都要得知自己的序号对方收到了；而且迟到的旧 SYN 能被识破：客\n"
	"户端收到第二步时会回 RST。初始序号的选取要让外人猜不到。\n"
	"\n"
	"这些都由服务器的内核完成，不问程序；accept() 取走的是已经建好的连接。没有程序\n"
	"监听时，回答是 RST：“连接被拒绝”。没有回答时，在第 1、3、7 秒……重发 SYN\n"
	"（Linux 6.5 起，开头几次每秒一次），直到 connect() 放弃：“连接超时”。\n"),
		.sources = "RFC 9293 3.5, 3.4.1; RFC 6298 2; RFC 6528; tcp(7)",
		.live = {
			{ "nod serve", TX("in one terminal: the server listens", "一个终端：服务器监听") },
			{ "nod talk -v 127.0.0.1", TX("in another: connected, from and to",
				"另一个终端：连接成功，双方地址") },
			{ "nod talk 127.0.0.1 9", TX("nobody listens there: refused",
				"那里没有人监听：被拒绝") },
		},
	},
	{
		.name = TX("close", "四次挥手"),
		.words = "fin closing four-way four-way-close wave teardown half-close time-wait "
			 "close-wait 2msl msl 挥手 四次挥手 断开 断开连接 关闭连接 半关闭",
		.title = TX("The four-way close", "四次挥手"),
		.body = TX(
	"  who closes first                                         the other side\n"
	"  ESTABLISHED                                              ESTABLISHED\n"
	"  close()    --- FIN, seq=u -------------------------->\n"
	"  FIN-WAIT-1                                               CLOSE-WAIT\n"
	"             <-- ACK, ack=u+1 -------------------------    recv() gives 0\n"
	"  FIN-WAIT-2          (it may go on sending)\n"
	"             <-- FIN, seq=w ---------------------------    close()\n"
	"                                                           LAST-ACK\n"
	"             --- ACK, ack=w+1 ------------------------>\n"
	"  TIME-WAIT                                                CLOSED\n"
	"  ... 2 MSL\n"
	"  CLOSED\n"
	"\n"
	"A FIN says \"I send no more\"; it ends one direction (a half-close: shutdown()).\n"
	"So each direction has a FIN and its ACK: four.  When the other side has\n"
	"nothing more to say, its ACK and FIN go in one segment, and three are seen.\n"
	"The second step says only that the FIN arrived, not that the program is ready.\n"
	"\n"
	"TIME-WAIT: the last ACK may be lost, then the FIN comes again and someone must\n"
	"answer; and late segments must die out before the same ports are used again.\n"
	"It lasts 2 MSL.  RFC 9293 takes 2 minutes for the MSL, so 4; Linux stays for\n"
	"60 s.  It is on the side that closed first: a server that did finds its port\n"
	"\"in use\" when started again, unless it sets SO_REUSEADDR, as nod serve does.\n"
	"A CLOSE-WAIT that stays is a program that forgot close().  RST ends all at\n"
	"once, unsaid.\n",
	"  主动方                                                   被动方\n"
	"  ESTABLISHED                                              ESTABLISHED\n"
	"  close()    --- FIN, seq=u -------------------------->\n"
	"  FIN-WAIT-1                                               CLOSE-WAIT\n"
	"             <-- ACK, ack=u+1 -------------------------    recv() 得到 0\n"
	"  FIN-WAIT-2          （被动方还可以继续发送）\n"
	"             <-- FIN, seq=w ---------------------------    close()\n"
	"                                                           LAST-ACK\n"
	"             --- ACK, ack=w+1 ------------------------>\n"
	"  TIME-WAIT                                                CLOSED\n"
	"  ... 2 MSL\n"
	"  CLOSED\n"
	"\n"
	"FIN 的意思是“我不再发送了”，只结束一个方向（半关闭：shutdown()）。两个方向各有\n"
	"一个 FIN 和它的 ACK，所以是四次。被动方若没有话要说，ACK 和 FIN 合在一个报文段\n"
	"里，看到的就是三次。第二步只说明 FIN 到了，并不表示程序已经准备好。\n"
	"\n"
	"TIME-WAIT：最后的 ACK 可能丢失，那时对方会重发 FIN，得有人应答；而且要等迟到的\n"
	"报文段消失，才能再用同样的端口。它持续 2 MSL。RFC 9293 取 MSL 为 2 分钟，即共\n"
	"4 分钟；Linux 固定为 60 秒。它出现在先关闭的一方：服务器先关闭，重启时就会发现\n"
	"端口“被占用”，除非像 nod serve 那样设置 SO_REUSEADDR。一直停在 CLOSE-WAIT 的，\n"
	"是忘了 close() 的程序。RST 则不告而别，立即结束一切。\n"),
		.sources = "RFC 9293 3.6, 3.3.2, 3.4.2",
		.live = {
			{ "nod serve", TX("in one terminal: the server listens", "一个终端：服务器监听") },
			{ "nod talk -v 127.0.0.1",
				TX("an empty line closes; it tells who closed, and how",
					"空行即关闭；会说明谁关闭、怎样关闭") },
		},
	},
	{
		.name = TX("reliability", "可靠传输"),
		.words = "reliable ack acknowledgment retransmission rto checksum loss 可靠 "
			 "可靠传输 重传 确认 丢失 失序 差错 重复",
		.title = TX("How TCP is reliable", "TCP 怎样做到可靠传输"),
		.body = TX(
	"  none out of order  every byte has a sequence number; the receiver waits for\n"
	"                     what is missing before it hands on what follows\n"
	"  none damaged       a checksum over header, data and both addresses; what\n"
	"                     fails it is dropped, as if lost\n"
	"  none lost          the receiver acknowledges; what is not acknowledged in\n"
	"                     time (the RTO, from measured round trips), or is passed\n"
	"                     over by three duplicate ACKs, is sent again\n"
	"  none twice         numbers that have been received already are dropped\n"
	"  not too fast       the receiver's window, the sender's congestion window\n"
	"\n"
	"What it does not promise:\n"
	"\n"
	"- that the peer's program read it: an ACK says its kernel took it over;\n"
	"- that it arrives at all: if no ACK comes for long, the sender gives up and\n"
	"  says so (R2 in RFC 9293: at least 100 s);\n"
	"- that a silent death is noticed while nothing is sent (keep-alive asks);\n"
	"- that each damage is found: 16 bits miss one in 65536 or so.  TLS, or a hash\n"
	"  of the file, makes sure.\n",
	"  无失序   每个字节都有序号；缺的没到，后面的先不交给程序\n"
	"  无差错   校验和覆盖首部、数据和双方地址；不对就丢弃，当作丢失\n"
	"  无丢失   接收方要确认；到时未确认的（RTO，由实测往返时间算出），或者收到三个\n"
	"           重复 ACK 表明缺了的，就重传\n"
	"  无重复   已收到过的序号再来，就丢弃\n"
	"  不过快   接收方的窗口，发送方的拥塞窗口\n"
	"\n"
	"它不保证：\n"
	"\n"
	"- 对方程序已经读到：ACK 只说明对方内核收下了；\n"
	"- 一定送到：长时间没有 ACK，发送方就放弃，并报告错误（RFC 9293 的 R2：至少\n"
	"  100 秒）；\n"
	"- 什么都不发的时候，能发现对方悄悄消失（保活探测才会去问）；\n"
	"- 发现每个差错：16 位校验和大约每 65536 个坏报文会漏过一个。要确实，用 TLS，\n"
	"  或者比较文件的哈希值。\n"),
		.sources = "RFC 9293 3.4, 3.8; RFC 6298; RFC 5681 3.2",
		.live = {
			{ "nod serve --once --raw >copy", TX("in one terminal ...", "一个终端 ...") },
			{ "nod talk --raw 127.0.0.1 <file",
				TX("in another: then file and copy are equal",
					"另一个终端：之后 file 和 copy 完全相同") },
		},
	},
	{
		.name = TX("flow", "流量控制"),
		.words = "flow-control window congestion 流量控制 流控 窗口 滑动窗口 拥塞 拥塞控制",
		.title = TX("Flow control and congestion control", "流量控制与拥塞控制"),
		.body = TX(
	"Two different limits hold a TCP sender back; the smaller one counts.\n"
	"\n"
	"Flow control is for the receiver's sake.  With each ACK it says how many more\n"
	"bytes it has room for: the window.  A program that does not read lets its\n"
	"window shrink to 0; the sender stops, and asks now and then whether there is\n"
	"room again.  Then its own buffer fills, and send() waits, or says EAGAIN.\n"
	"\n"
	"Congestion control is for the network's sake.  The sender begins with a few\n"
	"segments, doubles each round trip (slow start), grows slowly later, and takes\n"
	"loss as a sign to halve or so.  All who share a line slow down together.\n"
	"\n"
	"UDP has neither: a program on UDP must hold itself back (RFC 8085).\n",
	"TCP 的发送方受两个限制，以小的为准。\n"
	"\n"
	"流量控制是为了接收方。它在每个 ACK 里说明还能收多少字节：窗口。程序不读，窗口\n"
	"就缩到 0；发送方停下，隔一会儿探问有没有空间。之后发送方自己的缓冲区也会满，\n"
	"send() 就阻塞，或者返回 EAGAIN。\n"
	"\n"
	"拥塞控制是为了网络。发送方先发几个报文段，每个往返加倍（慢启动），后来缓慢增\n"
	"长，丢了包就当作拥塞，减到一半左右。共用一条线路的各方一起放慢。\n"
	"\n"
	"UDP 两样都没有：用 UDP 的程序要自己克制（RFC 8085）。\n"),
		.sources = "RFC 9293 3.8.6; RFC 7323 2; RFC 5681; RFC 8085",
		.live = {
			{ "nod serve --chat --queue 64k",
				TX("a client that never reads is dropped at 64 KiB waiting",
					"从不读取的客户端积压 64 KiB 就被断开") },
		},
	},
	{
		.name = TX("udp", "UDP协议"),
		.words = "datagram datagrams 无连接 数据报 用户数据报 用户数据报协议",
		.title = TX("UDP: datagrams, and no promise", "UDP：无连接、不可靠的数据报"),
		.body = TX(
	"   0                   16                   31\n"
	"  +--------------------+---------------------+\n"
	"  |    source port     |  destination port   |   8 bytes; then the data,\n"
	"  |      length        |      checksum       |   at most 65507 over IPv4\n"
	"  +--------------------+---------------------+\n"
	"\n"
	"The sender sends when it likes and asks nobody: no handshake, no ACK, no\n"
	"order, no sending again.  A datagram arrives whole or not at all; it may\n"
	"arrive twice, or after a later one.  Its bounds are kept: one sendto() is one\n"
	"recvfrom(), and what does not fit the buffer given to recvfrom() is lost.\n"
	"\n"
	"Suits what is worthless when late (calls, games), one question and one answer\n"
	"(DNS), and one to many: only UDP can broadcast and multicast.  It is not that\n"
	"it does better on a bad network: it does not wait for what was lost.\n"
	"\n"
	"A datagram to a port where nobody listens is answered by ICMP \"port\n"
	"unreachable\"; a connected UDP socket reports that as \"connection refused\".\n",
	"   0                   16                   31\n"
	"  +--------------------+---------------------+\n"
	"  |       源端口       |      目的端口       |   首部 8 字节；之后是数据，\n"
	"  |        长度        |       校验和        |   IPv4 上最多 65507 字节\n"
	"  +--------------------+---------------------+\n"
	"\n"
	"发送由发送端自主进行，不询问任何人：没有握手，没有确认，不保证顺序，不重传。一\n"
	"个数据报要么完整到达，要么不到；可能到两次，也可能比后发的晚到。边界保留：一次\n"
	"sendto() 对应一次 recvfrom()，recvfrom() 的缓冲区放不下的部分就丢了。\n"
	"\n"
	"适合迟到就没有用的（视频会议、游戏）、一问一答的（DNS），以及一对多的：只有\n"
	"UDP 能广播、组播。并不是网络差时它传得更好，而是它不等丢了的数据。\n"
	"\n"
	"发往没有程序监听的端口，对方主机会回 ICMP“端口不可达”；已 connect() 的 UDP 套\n"
	"接字把它报告为“连接被拒绝”。\n"),
		.sources = "RFC 768; RFC 8085; RFC 1122 4.1.3; udp(7)",
		.live = {
			{ "nod serve -u", TX("in one terminal", "一个终端") },
			{ "nod talk -u 127.0.0.1", TX("in another: no connection is made",
				"另一个终端：不建立连接") },
		},
	},
	{
		.name = TX("broadcast", "广播"),
		.words = "255.255.255.255 so_broadcast 广播 广播地址",
		.title = TX("Broadcast: to all on the segment", "广播：发给网段内所有主机"),
		.body = TX(
	"One datagram, heard by each host of the segment that has a socket at its port:\n"
	"\n"
	"  192.168.1.255      all of 192.168.1.0/24 (the last address of a segment);\n"
	"                     from outside, routers drop it unless told otherwise\n"
	"  255.255.255.255    all on this link, whatever their addresses; routers never\n"
	"                     pass it on\n"
	"\n"
	"Only UDP can: a TCP connection has two ends.  A program must ask for it first\n"
	"(SO_BROADCAST; else send() says \"permission denied\"), so that nobody does it\n"
	"by a slip.  Every host on the link has to look at it, wanted or not; IPv6 has\n"
	"done away with it and uses multicast.\n",
	"一个数据报，网段内凡在该端口有套接字的主机都能收到：\n"
	"\n"
	"  192.168.1.255      192.168.1.0/24 内的所有主机（网段的最后一个地址）；从外面\n"
	"                     来的，路由器默认丢弃\n"
	"  255.255.255.255    本链路上的所有主机，不论什么地址；路由器从不转发\n"
	"\n"
	"只有 UDP 可以：TCP 连接只有两端。程序必须事先声明（SO_BROADCAST，否则发送时报\n"
	"告“权限不够”），以免误发。链路上每台主机不管要不要都得看一眼；所以 IPv6 取消了\n"
	"广播，改用组播。\n"),
		.sources = "RFC 919; RFC 922; RFC 1122 3.3.6; RFC 2644",
		.live = {
			{ "nod serve -u :8888", TX("in one terminal, or on several machines",
				"一个终端，或几台机器上") },
			{ "nod talk -u --broadcast 127.255.255.255",
				TX("this machine's own segment; each server answers",
					"本机自己的网段；服务器应答") },
		},
	},
	{
		.name = TX("multicast", "组播"),
		.words = "group igmp mld ttl 组播 多播 组播地址",
		.title = TX("Multicast: to all who joined", "组播：发给加入了组的主机"),
		.body = TX(
	"The destination is a group, 224.0.0.0/4 or ff00::/8; who wants to hear joins\n"
	"it.  The host tells the routers of its link (IGMP for IPv4, MLD for IPv6), and\n"
	"they pass the group's packets on only where someone has joined.\n"
	"\n"
	"  224.0.0.0/24     this link only: 224.0.0.1 all hosts, 224.0.0.251 mDNS\n"
	"  239.0.0.0/8      for one's own use inside a site\n"
	"  ff02::1          all nodes of this link; the 2 in ff02 is the scope\n"
	"\n"
	"Anyone may send to a group without joining.  The time to live is 1 unless\n"
	"asked otherwise: it stays on this link.  UDP only, like broadcast; but hosts\n"
	"that did not join are left in peace.\n",
	"目的地址是一个组，224.0.0.0/4 或 ff00::/8；想收的主机加入它。主机告诉本链路的\n"
	"路由器（IPv4 用 IGMP，IPv6 用 MLD），路由器只把该组的分组转发到有成员的地方。\n"
	"\n"
	"  224.0.0.0/24     只在本链路：224.0.0.1 是所有主机，224.0.0.251 是 mDNS\n"
	"  239.0.0.0/8      在一个单位内部自由使用\n"
	"  ff02::1          本链路所有节点；ff02 中的 2 是作用范围\n"
	"\n"
	"谁都可以向一个组发送，不必加入。生存时间（TTL）默认为 1：不出本链路。和广播一\n"
	"样只能用 UDP；但没有加入的主机不受打扰。\n"),
		.sources = "RFC 1112; RFC 3376; RFC 3810; RFC 4291 2.7; RFC 2365",
		.live = {
			{ "nod serve -u --join 239.1.2.3 --interface lo :8888",
				TX("in one terminal, or several", "一个或几个终端") },
			{ "nod talk --multicast 239.1.2.3 --interface lo --loop",
				TX("to all who joined on this machine", "发给本机上所有加入者") },
		},
	},
	{ .name = { 0 } },
};
