/* SPDX-License-Identifier: ISC */
/*
 * lessons_address.c - `nod layers` on names, addresses, ports, byte order, DNS
 *
 * Where the course's notes and the standards differ, the notes' words are told first.
 *
 * untranslated file: commands to type, and names by which topics are asked for.
 *
 * Neighbours: layers.h (the form).
 */
#include "layers.h"

#include <stddef.h>

const struct lesson lessons_address[] = {
	{
		.name = TX("host", "主机"),
		.words = "hosts hostname localhost gethostname gethostbyname gethostbyaddr name "
			 "names 主机 主机名 域名",
		.title = TX("Hosts and their names", "主机和主机名"),
		.body = TX(
	"A host is a machine with an address; its name is for people.  Programs ask the\n"
	"system's resolver, which looks into /etc/hosts first and then asks DNS (the\n"
	"order is in /etc/nsswitch.conf).\n"
	"\n"
	"  gethostname()       what this machine calls itself\n"
	"  gethostbyname()     name -> canonical name, aliases, addresses (IPv4 only;\n"
	"                      getaddrinfo() is its successor and knows IPv6)\n"
	"  gethostbyaddr()     address -> names, from /etc/hosts or DNS's PTR records\n"
	"\n"
	"localhost is this machine: 127.0.0.1, and ::1.  Debian gives a machine's own\n"
	"name 127.0.1.1 in /etc/hosts, which is why the notes' gethostbyname('tedu')\n"
	"says so.  And gethostbyaddr('www.baidu.com') looks the name up first, then the\n"
	"name of its address: that is how '127.0.0.1' came to stand as a host's name.\n",
	"主机是有地址的机器，名字是给人用的。程序向系统的解析器查询，它先看\n"
	"/etc/hosts，再问 DNS（顺序写在 /etc/nsswitch.conf）。\n"
	"\n"
	"  gethostname()       本机叫什么\n"
	"  gethostbyname()     名字 -> 正式名、别名、地址（只有 IPv4；后继者是\n"
	"                      getaddrinfo()，支持 IPv6）\n"
	"  gethostbyaddr()     地址 -> 名字，来自 /etc/hosts 或 DNS 的 PTR 记录\n"
	"\n"
	"localhost 就是本机：127.0.0.1 和 ::1。Debian 在 /etc/hosts 里给本机名写的是\n"
	"127.0.1.1，所以笔记里 gethostbyname('tedu') 得到它。\n"
	"gethostbyaddr('www.baidu.com') 是先把名字解析成地址，再反查这个地址的名字：笔\n"
	"记里主机名一栏的 '127.0.0.1' 就是这样来的。\n"),
		.sources = "RFC 6761 6.3; RFC 1035 3.5; gethostbyname(3), nsswitch.conf(5)",
		.live = {
			{ "nod host", TX("this machine's name and addresses", "本机的名字和地址") },
			{ "nod host localhost", TX("a name's addresses, and who told them",
				"名字对应的地址，以及答案的来源") },
			{ "nod host 127.0.0.1", TX("an address's names", "地址对应的名字") },
		},
	},
	{
		.name = TX("addresses", "地址"),
		.words = "address addr ip ipv4 ipv6 inet_aton inet_ntoa inet_pton inet_ntop "
			 "loopback 0.0.0.0 127.0.0.1 地址 ip地址 网关 gateway",
		.title = TX("IP addresses", "IP 地址"),
		.body = TX(
	"IPv4: 32 bits, written as four numbers 0-255: 192.168.1.2 is the bytes c0 a8\n"
	"01 02 (the notes' b'\\xc0\\xa8\\x01\\x02').  IPv6: 128 bits, in groups of four hex\n"
	"digits, the longest run of zeros as \"::\": 2001:db8::1.\n"
	"\n"
	"  127.0.0.1       this machine, never on a wire; so is all of 127.0.0.0/8\n"
	"                  and, in IPv6, ::1\n"
	"  0.0.0.0         to listen at: every address of this machine.  The notes\n"
	"                  call it the LAN's usable address; exactly, it says \"no\n"
	"                  address yet\" and is no destination (RFC 1122 3.2.1.3)\n"
	"  192.168.1.0     with the mask 255.255.255.0: names the segment itself\n"
	"  192.168.1.1     the gateway, by habit; any host address may be it\n"
	"  192.168.1.255   the segment's broadcast address\n"
	"  192.168.1.2-254 the other hosts\n"
	"\n"
	"Free for private networks: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC\n"
	"1918).  169.254.0.0/16 and fe80::/10 hold on one link only; 224.0.0.0/4 and\n"
	"ff00::/8 are multicast groups.\n",
	"IPv4：32 位，写成四个 0-255 的数：192.168.1.2 就是字节 c0 a8 01 02（笔记里的\n"
	"b'\\xc0\\xa8\\x01\\x02'）。IPv6：128 位，每组四个十六进制数字，最长的一串零写成\n"
	"“::”: 2001:db8::1。\n"
	"\n"
	"  127.0.0.1       本机，从不上线路；整个 127.0.0.0/8 都是，IPv6 是 ::1\n"
	"  0.0.0.0         用于监听：本机的所有地址。笔记称“局域网可用 IP”；准确地说，\n"
	"                  它表示“还没有地址”，不能作为目的地址（RFC 1122 3.2.1.3）\n"
	"  192.168.1.0     掩码为 255.255.255.0 时：表示这个网段\n"
	"  192.168.1.1     网关，这是习惯；哪个主机地址都可以做网关\n"
	"  192.168.1.255   这个网段的广播地址\n"
	"  192.168.1.2-254 其余主机\n"
	"\n"
	"私有网络可自由使用：10.0.0.0/8、172.16.0.0/12、192.168.0.0/16（RFC 1918）。\n"
	"169.254.0.0/16 和 fe80::/10 只在一条链路内有效；224.0.0.0/4 和 ff00::/8 是\n"
	"组播地址。\n"),
		.sources = "RFC 791; RFC 4291; RFC 5952; RFC 6890; RFC 1122 3.2.1.3",
		.live = {
			{ "nod addr 192.168.1.2/24", TX("every form, its kind, its network",
				"所有写法、种类、所在网络") },
			{ "nod addr ::1 0.0.0.0", TX("what is special about them", "它们的特殊含义") },
			{ "nod ifconfig", TX("this machine's own", "本机的地址") },
		},
	},
	{
		.name = TX("ports", "端口"),
		.words = "port getservbyname services well-known 端口 端口号 众所周知的端口 系统端口",
		.title = TX("Ports", "端口号"),
		.body = TX(
	"The address finds the host, the port finds the program on it.  16 bits; TCP\n"
	"and UDP each have their own 65535; 0 is reserved.\n"
	"\n"
	"  RFC 6335                                        the notes\n"
	"      0-1023   system: well-known services        1-255 well-known,\n"
	"                                                  256-1023 system\n"
	"   1024-49151  user: registered on request        above 10000, and 6666 7777\n"
	"  49152-65535  dynamic: nobody's, for all         8888 9999, for one's own use\n"
	"\n"
	"The notes' 1-255 is how it was until 1992, when RFC 1340 widened the\n"
	"well-known ports to 1023.  Two more things to know on Linux: below 1024 only\n"
	"root may listen (or CAP_NET_BIND_SERVICE), and a client's own port is taken\n"
	"from 32768-60999, so a server's is better chosen below.\n",
	"地址找到主机，端口找到主机上的程序。端口是 16 位的数；TCP 和 UDP 各有自己的\n"
	"65535 个；0 保留不用。\n"
	"\n"
	"  RFC 6335                                        笔记\n"
	"      0-1023   系统端口：众所周知的服务           1-255 众所周知的端口，\n"
	"                                                  256-1023 系统端口\n"
	"   1024-49151  用户端口：申请登记后使用           大于 10000，以及 6666 7777\n"
	"  49152-65535  动态端口：不分配，谁都可用         8888 9999 留给自己用\n"
	"\n"
	"笔记的 1-255 是 1992 年以前的划分，那年 RFC 1340 把众所周知的端口扩大到 1023。\n"
	"在 Linux 上还要知道：1024 以下只有 root（或有 CAP_NET_BIND_SERVICE 权限）才能\n"
	"监听；客户端自己的端口从 32768-60999 里取，服务器的端口最好选得比它小。\n"),
		.sources = "RFC 6335 6; RFC 1340; RFC 9293 3.1; ip(7)",
		.live = {
			{ "nod port mysql", TX("a service's port: 3306", "一个服务的端口：3306") },
			{ "nod port 53/udp 8888", TX("who has it, and in which range it lies",
				"是谁的，属于哪一段") },
			{ "nod serve 127.0.0.1:80", TX("not as root: refused, and why",
				"不是 root 时：被拒绝，并说明原因") },
		},
	},
	{
		.name = TX("subnet", "子网掩码"),
		.words = "mask netmask cidr prefix 子网 子网掩码 掩码 网段 前缀",
		.title = TX("Subnet masks", "子网掩码"),
		.body = TX(
	"The mask tells which bits of an address name the network; the rest name the\n"
	"host.  /24 is 24 ones: 255.255.255.0.\n"
	"\n"
	"     192.168.  1.  2    11000000 10101000 00000001 00000010\n"
	"     255.255.255.  0    11111111 11111111 11111111 00000000   and, bit by bit\n"
	"  =  192.168.  1.  0    11000000 10101000 00000001 00000000   the segment\n"
	"     192.168.  1.255    11000000 10101000 00000001 11111111   its broadcast\n"
	"\n"
	"Between them are 2^(32-24) - 2 = 254 host addresses.  (/31 has two and no\n"
	"broadcast, for a line with two ends: RFC 3021.)\n"
	"\n"
	"What it is for: a host compares a destination's segment with its own.  The\n"
	"same: it sends straight to it over the link.  Another: it sends to the\n"
	"gateway.\n",
	"掩码说明地址里哪些位是网络，其余的位是主机。/24 就是 24 个 1：255.255.255.0。\n"
	"\n"
	"     192.168.  1.  2    11000000 10101000 00000001 00000010\n"
	"     255.255.255.  0    11111111 11111111 11111111 00000000   按位“与”\n"
	"  =  192.168.  1.  0    11000000 10101000 00000001 00000000   网段\n"
	"     192.168.  1.255    11000000 10101000 00000001 11111111   广播地址\n"
	"\n"
	"两者之间有 2^(32-24) - 2 = 254 个主机地址。（/31 有两个、没有广播地址，用于只\n"
	"有两端的线路：RFC 3021。）\n"
	"\n"
	"用处：主机把目的地址的网段和自己的比较。相同，就在链路上直接送给它；不同，就交\n"
	"给网关。\n"),
		.sources = "RFC 950; RFC 4632; RFC 3021; RFC 1122 3.3.1.1",
		.live = {
			{ "nod addr 192.168.1.2/255.255.255.0", TX("the segment, worked out",
				"算出网段") },
			{ "nod addr --split /26 192.168.1.0/24", TX("cut into four",
				"分成四个子网") },
			{ "nod addr --in 192.168.1.0/24 192.168.1.77", TX("is it in the segment?",
				"在不在这个网段里？") },
		},
	},
	{
		.name = TX("dns", "域名解析"),
		.words = "resolver resolve lookup domain 解析 域名解析 域名系统 反向解析",
		.title = TX("DNS: names to addresses", "DNS：域名解析"),
		.body = TX(
	"A name is read from its end: in www.example.com, the root knows who serves\n"
	"com, com knows who serves example.com, and that server knows www.\n"
	"\n"
	"  program -> this machine's resolver -> recursive server -> the root's\n"
	"             (/etc/hosts first)         (the provider's  -> com's\n"
	"                                        or the gateway)  -> example.com's\n"
	"\n"
	"Each answer may be kept for its time to live, so most questions go one step.\n"
	"Records: A an IPv4 address, AAAA an IPv6 address, CNAME an alias, MX the mail\n"
	"server, NS the name server, PTR a name, for the address written backwards:\n"
	"2.1.168.192.in-addr.arpa.\n"
	"\n"
	"Questions go by UDP to port 53; by TCP when the answer is too long.\n",
	"域名从后往前读：www.example.com 里，根知道谁管 com，com 知道谁管 example.com，\n"
	"那台服务器知道 www。\n"
	"\n"
	"  程序 -> 本机的解析器 ------> 递归服务器 ---------> 根的服务器\n"
	"          （先看 /etc/hosts）  （运营商的或网关） -> com 的服务器\n"
	"                                                  -> example.com 的服务器\n"
	"\n"
	"每个答案可以缓存一段时间（TTL），所以大多数查询只走一步。\n"
	"记录类型：A 是 IPv4 地址，AAAA 是 IPv6 地址，CNAME 是别名，MX 是邮件服务器，\n"
	"NS 是域名服务器，PTR 是反查得到的名字，查询时把地址倒过来写：\n"
	"2.1.168.192.in-addr.arpa。\n"
	"\n"
	"查询用 UDP 发往 53 端口；答案太长时改用 TCP。\n"),
		.sources = "RFC 1034; RFC 1035; RFC 7766",
		.live = {
			{ "nod host www.example.com", TX("the answer, and where it came from",
				"答案及其来源") },
			{ "nod addr 192.168.1.2", TX("its name in in-addr.arpa, among others",
				"其中有它在 in-addr.arpa 里的名字") },
			{ "nod port 53", TX("DNS's port", "DNS 的端口") },
		},
	},
	{
		.name = TX("order", "字节序"),
		.words = "byte-order bytes endian endianness big-endian little-endian htons htonl "
			 "ntohs ntohl 字节序 大端 小端 大端序 小端序 网络字节序",
		.title = TX("Byte order", "字节序"),
		.body = TX(
	"A number longer than a byte can lie in memory in two ways.  Port 8888 is\n"
	"0x22b8:\n"
	"\n"
	"                                     address:  low  high\n"
	"  big-endian     high byte at the low one       22   b8    = network order\n"
	"  little-endian  low byte at the low one        b8   22    most machines now\n"
	"\n"
	"In headers, numbers are sent big-endian (\"network byte order\"), so that all\n"
	"machines read them alike.  htons() and htonl() turn a 16- or 32-bit number\n"
	"from the host's order into the network's, ntohs() and ntohl() back; on a\n"
	"big-endian machine they do nothing.  A forgotten htons() sends port 8888 as\n"
	"47138 (0xb822).\n"
	"\n"
	"Text in UTF-8 is a row of single bytes and has no byte order.  Inside its data\n"
	"a program may use either, as long as both ends agree.\n",
	"比一个字节长的数，在内存中有两种放法。端口 8888 是 0x22b8：\n"
	"\n"
	"                                  地址:  低   高\n"
	"  大端序   高字节存在低地址               22   b8   = 网络字节序\n"
	"  小端序   低字节存在低地址               b8   22   现在大多数机器\n"
	"\n"
	"首部里的数一律按大端序发送（“网络字节序”），这样所有机器读出来都一样。\n"
	"htons()、htonl() 把 16 位、32 位的数从主机字节序转成网络字节序，ntohs()、\n"
	"ntohl() 转回来；在大端机器上它们什么也不做。忘了 htons()，端口 8888 就会发成\n"
	"47138（0xb822）。\n"
	"\n"
	"UTF-8 文本是一个个单字节，没有字节序。数据部分可以任选一种，两端一致即可。\n"),
		.sources = "RFC 791 appendix B; RFC 1700 \"Data Notations\"; byteorder(3)",
		.live = {
			{ "nod order 8888 --bits 16", TX("both ways, this machine's marked",
				"两种放法，标出本机的") },
			{ "nod order 0x12345678", TX("the same for 32 bits", "32 位的情形") },
		},
	},
	{ .name = { 0 } },
};
