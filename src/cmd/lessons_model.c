/* SPDX-License-Identifier: ISC */
/*
 * lessons_model.c - `nod layers` on the model: why layers, protocols, encapsulation
 *
 * untranslated file: commands to type, and names by which topics are asked for.
 *
 * Neighbours: layers.h (the form), layers_table.c (the layers themselves).
 */
#include "layers.h"

#include <stddef.h>

const struct lesson lessons_model[] = {
	{
		.name = TX("model", "模型"),
		.words = "osi iso 7-layers seven-layers tcp/ip 模型 osi模型 七层 七层模型 "
			 "四层模型 五层模型 tcp/ip模型 网络体系结构",
		.title = TX("Why a network has layers", "网络为什么分层"),
		.body = TX(
	"The ISO's OSI model divides the work of a network into seven layers.  Each\n"
	"does one thing, uses the service of the layer below it, and serves the one\n"
	"above.\n"
	"\n"
	"  high cohesion   a layer does one job and nothing else\n"
	"  low coupling    it knows what its neighbour does, and not how: Wi-Fi takes\n"
	"                  the cable's place, and no web page has to be changed\n"
	"\n"
	"From the top: application, presentation, session, transport, network, data\n"
	"link, physical (\"All People Seem To Need Data Processing\").\n"
	"\n"
	"The Internet was not built to this model.  RFC 1122 has four layers: the upper\n"
	"three are one, \"application\", and the lower two are one, \"link\".  Textbooks\n"
	"cut the link in two again, which makes five.  Nothing is missing in either:\n"
	"what a session or presentation layer would do is done by programs and their\n"
	"libraries.\n",
	"国际标准化组织（ISO）的 OSI 模型把网络的工作分成七层。每一层只做一件事，使用\n"
	"下一层的服务，为上一层服务。\n"
	"\n"
	"  高内聚   一层的功能单一，不混杂\n"
	"  低耦合   只知道相邻的层做什么，不管它怎么做：网线换成 Wi-Fi，网页不用改\n"
	"\n"
	"从上到下：应用层、表示层、会话层、传输层、网络层、链路层、物理层\n"
	"（从下到上记作“物、链、网、传、会、表、应”）。\n"
	"\n"
	"互联网并不是照这个模型造的。RFC 1122 分四层：上三层合为“应用层”，下两层合为\n"
	"“链路层”；教科书又把链路层分成两层，就成了五层。哪一种都没有少做事：会话层和\n"
	"表示层该做的，由程序和它们用的库来做。\n"),
		.sources = "ISO/IEC 7498-1; RFC 1122 1.1.3",
		.live = {
			{ "nod layers", TX("the seven, and how four and five map to them",
				"七层，以及和四层、五层的对应") },
			{ "nod layers encapsulation", TX("how a message goes through them",
				"一条消息怎样穿过各层") },
		},
	},
	{
		.name = TX("protocol", "协议"),
		.words = "protocols rfc 协议 网络协议 什么是协议",
		.title = TX("What a protocol is", "什么是协议"),
		.body = TX(
	"The rules that all sides of a conversation keep: who speaks first, how a\n"
	"connection is made and ended, how each side is recognised, how a message is\n"
	"built, and what is done when something goes wrong.\n"
	"\n"
	"They are written down so that strangers can build the two ends.  The\n"
	"Internet's are RFCs, each with a number:\n"
	"\n"
	"  application   HTTP 9110, 9112   SMTP 5321   DNS 1034, 1035   TFTP 1350\n"
	"  transport     TCP 9293          UDP 768\n"
	"  network       IPv4 791          IPv6 8200   ICMP 792, 4443\n"
	"  link          Ethernet is IEEE 802.3, Wi-Fi is IEEE 802.11\n"
	"\n"
	"A protocol speaks to the same layer of the other side, through the layers\n"
	"below: HTTP speaks to HTTP, carried by TCP, carried by IP, carried by\n"
	"Ethernet.\n",
	"网络通信中各方必须遵守的规定：谁先说话、怎样建立和结束连接、怎样识别对方、\n"
	"消息是什么结构、出了错怎么办。\n"
	"\n"
	"协议要写成文字，互不相识的人才能各造一端。互联网的协议写在 RFC 里，各有编号：\n"
	"\n"
	"  应用层   HTTP 9110、9112   SMTP 5321   DNS 1034、1035   TFTP 1350\n"
	"  传输层   TCP 9293          UDP 768\n"
	"  网络层   IPv4 791          IPv6 8200   ICMP 792、4443\n"
	"  链路层   以太网是 IEEE 802.3，Wi-Fi 是 IEEE 802.11\n"
	"\n"
	"协议是和对方的同一层说话，借助下面各层运送：HTTP 对 HTTP，由 TCP 承载，TCP 由\n"
	"IP 承载，IP 由以太网承载。\n"),
		.sources = "RFC 1122; RFC 9110; RFC 9293; RFC 791",
		.live = {
			{ "printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' | nod talk --raw example.com 80",
				TX("speak HTTP by hand", "手工说 HTTP") },
			{ "nod port smtp", TX("where a protocol's servers are found",
				"这个协议的服务器在哪个端口") },
		},
	},
	{
		.name = TX("encapsulation", "封装"),
		.words = "header headers 封装 解封装 拆封 数据传输 数据传输过程",
		.title = TX("How a message travels down and up", "一条消息怎样层层封装、层层拆开"),
		.body = TX(
	"You type hi: three bytes, with the newline.  On its way down, each layer puts\n"
	"its own header before what the layer above gave it, and looks at nothing else:\n"
	"\n"
	"  application                                  [ hi ]           3 bytes\n"
	"  transport                           [ TCP 20 | hi ]          23\n"
	"  network                     [ IP 20 | TCP 20 | hi ]          43\n"
	"  data link     [ Ethernet 14 | IP 20 | TCP 20 | hi | FCS 4 ]  61, sent as 64\n"
	"  physical      1 0 1 0 1 0 1 0 ...                            512 bits\n"
	"\n"
	"(Ethernet fills a frame up to 64 bytes.  20 is the least for TCP and IPv4:\n"
	"options make them longer; an IPv6 header is 40.)\n"
	"\n"
	"On its way up, each layer reads and takes off its own header, and learns from\n"
	"it to whom the rest goes: EtherType 0x0800 to IP, protocol 6 to TCP, the port\n"
	"to the program.  A switch on the way opens the frame only, a router the packet\n"
	"too; both leave what is inside alone.\n",
	"您输入 hi：连换行一共三个字节。向下走时，每一层在上一层交来的数据前面加上自己\n"
	"的首部，别的一概不看：\n"
	"\n"
	"  应用层                                 [ hi ]           3 字节\n"
	"  传输层                        [ TCP 20 | hi ]          23\n"
	"  网络层                [ IP 20 | TCP 20 | hi ]          43\n"
	"  链路层    [ 以太网 14 | IP 20 | TCP 20 | hi | FCS 4 ]  61，发出时补到 64\n"
	"  物理层    1 0 1 0 1 0 1 0 ...                          512 比特\n"
	"\n"
	"（以太网帧至少 64 字节，不够就填充。20 是 TCP 和 IPv4 首部的最小长度，有选项\n"
	"就更长；IPv6 首部是 40。）\n"
	"\n"
	"向上走时，每一层读出并去掉自己的首部，从中得知余下的交给谁：以太类型 0x0800\n"
	"交给 IP，协议号 6 交给 TCP，端口号决定交给哪个程序。途中的交换机只拆到帧，\n"
	"路由器拆到分组；里面的内容都不动。\n"),
		.sources = "RFC 894; RFC 791 3.1; RFC 9293 3.1; IEEE 802.3",
		.live = {
			{ "nod ping -c 1 -s 56 127.0.0.1", TX("56 bytes of data ...",
				"56 字节的数据 ...") },
			{ "nod ifconfig lo",
				TX("... count as 84, there and back: ICMP 8 and IP 20 came to it",
				"... 一来一回各计 84：加了 ICMP 8 和 IP 20") },
		},
	},
	{ .name = { 0 } },
};
