/* SPDX-License-Identifier: ISC */
/*
 * lessons_socket.c - `nod layers` on programming: sockets, server, client, many clients
 *
 * untranslated file: commands to type, and names by which topics are asked for.
 *
 * Neighbours: layers.h (the form); include/nod/session.h has the calls named here.
 */
#include "layers.h"

#include <stddef.h>

const struct lesson lessons_socket[] = {
	{
		.name = TX("sockets", "套接字"),
		.words = "socket sock_stream sock_dgram sock_raw af_inet af_inet6 af_unix 套接字 "
			 "套接字编程 流式套接字 数据报套接字 原始套接字",
		.title = TX("Sockets", "套接字"),
		.body = TX(
	"A socket is a program's door to the network: a descriptor to read and write,\n"
	"and behind it the kernel's transport service.\n"
	"\n"
	"  SOCK_STREAM   a stream, by TCP            reliable, in order, connected\n"
	"  SOCK_DGRAM    datagrams, by UDP           each on its own\n"
	"  SOCK_RAW      a protocol below, by hand   for root (CAP_NET_RAW)\n"
	"\n"
	"  AF_INET       IPv4: (address, port)       the notes' AF_IENT is a slip\n"
	"  AF_INET6      IPv6: the same, longer\n"
	"  AF_UNIX       a path in the file system; never leaves the machine\n"
	"\n"
	"socket(family, type, 0): 0 takes the usual protocol of that family and type.\n"
	"\n"
	"In libnod a session is such a door: NOD_STREAM or NOD_DATAGRAM.\n",
	"套接字是程序通向网络的门：一个可读可写的描述符，背后是内核的传输服务。\n"
	"\n"
	"  SOCK_STREAM   流式，基于 TCP         可靠，按序，面向连接\n"
	"  SOCK_DGRAM    数据报，基于 UDP       各自独立\n"
	"  SOCK_RAW      原始，直接访问下层     需要 root（CAP_NET_RAW）\n"
	"\n"
	"  AF_INET       IPv4：（地址，端口）   笔记里的 AF_IENT 是笔误\n"
	"  AF_INET6      IPv6：同上，地址更长\n"
	"  AF_UNIX       文件系统里的一个路径；不出本机\n"
	"\n"
	"socket(地址族, 类型, 0)：0 表示取该地址族和类型的默认协议。\n"
	"\n"
	"在 libnod 里，会话（session）就是这样一扇门：NOD_STREAM 或 NOD_DATAGRAM。\n"),
		.sources = "POSIX socket(); socket(7), ip(7), unix(7), raw(7)",
		.live = {
			{ "nod serve unix:/tmp/door", TX("a stream without a network",
				"不经网络的字节流") },
			{ "nod talk unix:/tmp/door", TX("its other end", "它的另一端") },
			{ "nod serve -u", TX("datagrams", "数据报") },
			{ "nod ping -c 1 127.0.0.1", TX("ICMP: below TCP and UDP",
				"ICMP：在 TCP 和 UDP 之下") },
		},
	},
	{
		.name = TX("server", "服务端"),
		.words = "six-steps bind listen accept backlog 服务器 服务端 tcp服务端 六步 绑定 监听",
		.title = TX("A TCP server's six steps", "TCP 服务端的六个步骤"),
		.body = TX(
	"  1 socket()          make a stream socket\n"
	"  2 bind()            give it an address of this machine, and a port\n"
	"  3 listen(n)         let the kernel take connections; up to n wait in a queue\n"
	"  4 accept()          wait for one: a new socket for it, and who it is\n"
	"  5 recv(), send()    talk over the new one; again until recv() gives 0 bytes\n"
	"  6 close()           the new one; then back to 4, or the listener too\n"
	"\n"
	"In libnod: 1-3 nod_session_listen(), 4 nod_session_accept(), 5\n"
	"nod_session_recv() and nod_session_send(), 6 nod_session_close().\n"
	"\n"
	"- n limits who waits for accept(), not how many clients there can be.\n"
	"- recv(1024) gives what is there, 1024 bytes at the most: half a message, or\n"
	"  three.  0 bytes means that the peer has sent its FIN.\n"
	"- send() may take less than all; it says how much (Python has sendall()).\n"
	"- The notes' server serves one client until it leaves; see: nod layers many\n",
	"  1 socket()          创建流式套接字\n"
	"  2 bind()            绑定本机的一个地址和端口\n"
	"  3 listen(n)         让内核接受连接；最多 n 个在队列里等\n"
	"  4 accept()          等一个连接：得到用来通信的新套接字，以及对方的地址\n"
	"  5 recv()、send()    用新套接字收发消息；直到 recv() 得到 0 字节\n"
	"  6 close()           关闭新套接字，回到第 4 步；或者连监听套接字也关闭\n"
	"\n"
	"在 libnod 里：1-3 是 nod_session_listen()，4 是 nod_session_accept()，5 是\n"
	"nod_session_recv() 和 nod_session_send()，6 是 nod_session_close()。\n"
	"\n"
	"- n 限制的是等待 accept() 的个数，不是客户端的总数。\n"
	"- recv(1024) 有多少给多少，最多 1024 字节：可能是半条消息，也可能是三条。得到\n"
	"  0 字节，说明对方已发来 FIN。\n"
	"- send() 可能只收下一部分，返回值说明收了多少（Python 有 sendall()）。\n"
	"- 笔记里的服务器要等一个客户端离开，才服务下一个；见：nod layers 多个客户端\n"),
		.sources = "POSIX socket(), bind(), listen(), accept(); listen(2)",
		.live = {
			{ "nod serve", TX("the notes' server, for many clients at once",
				"笔记里的服务器，可同时服务多个客户端") },
			{ "nod serve --echo :8888", TX("the same steps, another answer",
				"同样的步骤，不同的回答") },
		},
	},
	{
		.name = TX("client", "客户端"),
		.words = "four-steps connect 客户端 tcp客户端 四步 客户端流程",
		.title = TX("A TCP client's four steps", "TCP 客户端的四个步骤"),
		.body = TX(
	"  1 socket()          make a stream socket\n"
	"  2 connect()         call the server's address and port: the handshake\n"
	"  3 send(), recv()    talk\n"
	"  4 close()           end it in order: FIN\n"
	"\n"
	"In libnod: 1 and 2 are nod_session_dial() for one address, nod_session_call()\n"
	"for a name with several; then nod_session_send(), nod_session_recv(),\n"
	"nod_session_close().\n"
	"\n"
	"- No bind(): connect() picks this side's address, by the route, and a free\n"
	"  port.\n"
	"- The notes' client sends its empty message before it stops.  On a stream that\n"
	"  sends nothing; it is the FIN of close() that ends the server's loop.\n"
	"- recv() after each send() waits for an answer.  A server that stays silent\n"
	"  keeps this client waiting; nod talk listens to both the keyboard and the\n"
	"  server.\n",
	"  1 socket()          创建流式套接字\n"
	"  2 connect()         向服务器的地址和端口发起连接：三次握手\n"
	"  3 send()、recv()    收发消息\n"
	"  4 close()           关闭套接字，有序结束：发 FIN\n"
	"\n"
	"在 libnod 里：1、2 是 nod_session_dial()（一个地址）或 nod_session_call()（一\n"
	"个名字，可能有几个地址）；然后是 nod_session_send()、nod_session_recv()、\n"
	"nod_session_close()。\n"
	"\n"
	"- 不用 bind()：connect() 按路由选本端地址，再选一个空闲端口。\n"
	"- 笔记里的客户端退出前发了一个空消息。在字节流上这等于什么也没发；让服务器循环\n"
	"  结束的，是 close() 发出的 FIN。\n"
	"- 每次 send() 之后的 recv() 要等回答。服务器不说话，这个客户端就一直等；nod\n"
	"  talk 则同时听键盘和服务器。\n"),
		.sources = "POSIX connect(); RFC 9293 3.9.1; RFC 6056; RFC 8305",
		.live = {
			{ "nod talk -v 127.0.0.1", TX("the four steps, told one by one",
				"四个步骤，逐一说明") },
			{ "nod talk --no-newline 127.0.0.1",
				TX("sends just as the notes' client does",
					"和笔记里的客户端一样发送") },
		},
	},
	{
		.name = TX("messages", "消息边界"),
		.words = "message framing boundaries lines 消息 消息边界 粘包 消息的收发",
		.title = TX("A stream has no messages", "字节流没有消息边界（“粘包”）"),
		.body = TX(
	"TCP keeps the bytes and their order; where one send() ended it does not keep:\n"
	"\n"
	"  send(\"hello\")  send(\"world\")    -->    recv() gives \"helloworld\",\n"
	"                                          or \"hel\", \"loworld\", or ...\n"
	"\n"
	"It is not a fault; a stream is all that TCP promised.  A program that needs\n"
	"messages must mark them itself:\n"
	"\n"
	"  a mark at the end       a newline: SMTP, IRC, HTTP's header lines, nod\n"
	"  a length in front       HTTP's Content-Length, DNS over TCP (two bytes)\n"
	"  one per connection      HTTP/1.0, finger\n"
	"  keep the bounds         UDP, SCTP\n"
	"\n"
	"nod takes a line as a message.  The notes' client sends no newline, so what\n"
	"has come when a line has been quiet for 50 ms is taken as a message too.\n",
	"TCP 保住字节和顺序，但不记住一次 send() 到哪里为止：\n"
	"\n"
	"  send(\"hello\")  send(\"world\")    -->    recv() 可能得到 \"helloworld\"，\n"
	"                                          也可能是 \"hel\"、\"loworld\"，或者……\n"
	"\n"
	"俗称“粘包”，但这不是毛病：TCP 承诺的只是字节流。需要消息的程序要自己标明边界：\n"
	"\n"
	"  结尾加标记         换行：SMTP、IRC、HTTP 的首部行、nod\n"
	"  开头写长度         HTTP 的 Content-Length、TCP 上的 DNS（两个字节）\n"
	"  一个连接一条       HTTP/1.0、finger\n"
	"  用保留边界的协议   UDP、SCTP\n"
	"\n"
	"nod 以一行为一条消息。笔记里的客户端不发换行，所以一行安静了 50 毫秒，已到的内\n"
	"容也算一条消息。\n"),
		.sources = "RFC 9293 2.2; RFC 9112 6; RFC 7766 8",
		.live = {
			{ "nod serve", TX("in one terminal", "一个终端") },
			{ "printf 'a\\nb\\n' | nod talk 127.0.0.1", TX("one write, two messages",
				"写一次，两条消息") },
		},
	},
	{
		.name = TX("broken-pipe", "断开的管道"),
		.words = "epipe sigpipe pipe reset rst econnreset 断开的管道 管道破裂 管道 重置",
		.title = TX("Broken pipe", "broken pipe（断开的管道）"),
		.body = TX(
	"The notes: send() without a receiver ends in \"broken pipe\".  Exactly so:\n"
	"\n"
	"  the peer closes       its FIN comes; recv() gives 0\n"
	"  the first send()      succeeds: the kernel takes the bytes; the other end's\n"
	"                        kernel has no one for them, and answers RST\n"
	"  the next send()       EPIPE, \"broken pipe\", and the signal SIGPIPE, which\n"
	"                        ends a program that has not said otherwise\n"
	"\n"
	"If the RST comes before a FIN did (the peer died with data unread, or\n"
	"aborted), the next call says ECONNRESET, \"connection reset by peer\", instead.\n"
	"\n"
	"A server must not die of it: ignore SIGPIPE or send with MSG_NOSIGNAL (Python\n"
	"ignores it and raises BrokenPipeError), close that one connection, serve the\n"
	"others on.  nod_session_send() returns -EPIPE and never raises a signal.\n"
	"\n"
	"recv() giving 0 does not yet mean broken: the peer may have closed its sending\n"
	"side only, and still be reading.\n",
	"笔记：没有接收端的时候，send 操作会导致 broken pipe。准确的过程是：\n"
	"\n"
	"  对方关闭             它的 FIN 到达；recv() 得到 0\n"
	"  第一次 send()        成功：内核收下了字节；对方内核找不到接收者，回 RST\n"
	"  再一次 send()        EPIPE，即 broken pipe，同时产生信号 SIGPIPE；没有另作安\n"
	"                       排的程序会因此终止\n"
	"\n"
	"如果没有 FIN，直接来了 RST（对方还有数据没读就退出，或者强行中止），下一次调用\n"
	"报告的是 ECONNRESET，“连接被对方重置”。\n"
	"\n"
	"服务器不能因此而死：忽略 SIGPIPE，或发送时用 MSG_NOSIGNAL（Python 忽略它，改为\n"
	"抛出 BrokenPipeError），关闭这一个连接，继续服务其他客户端。nod_session_send()\n"
	"返回 -EPIPE，从不产生信号。\n"
	"\n"
	"recv() 得到 0 还不等于断开：对方可能只关闭了发送方向，仍在接收。\n"),
		.sources = "RFC 9293 3.5.2, 3.10.7.4; POSIX send(); signal(7), send(2)",
		.live = {
			{ "nod serve --chat", TX("end a client with kill -9: the others chat on",
				"用 kill -9 结束一个客户端：其余照常聊天") },
			{ "nod talk -v 127.0.0.1", TX("tells whether FIN or RST ended it",
				"说明是 FIN 还是 RST 结束的") },
		},
	},
	{
		.name = TX("many", "多个客户端"),
		.words = "concurrency concurrent clients process thread fork select poll epoll "
			 "event-loop c10k 多个客户端 多客户端 并发 进程 线程 多进程 多线程 io多路复用 "
			 "多路复用 如何让一个服务器处理多个客户端任务",
		.title = TX("How one server serves many clients", "如何让一个服务器处理多个客户端任务"),
		.body = TX(
	"The notes' server waits in recv() for its first client.  The second is\n"
	"connected by the kernel, waits in the queue, and hears nothing.  Five ways\n"
	"out:\n"
	"\n"
	"  process   fork() for each client.  One cannot harm another; costs the most\n"
	"            memory; talking with each other (a chat) needs pipes between them\n"
	"  thread    a thread each.  Cheaper, shares memory, so it needs locks; one bad\n"
	"            pointer ends all; a stack for each\n"
	"  select    one loop asks the kernel \"which of these are ready?\".  No locks.\n"
	"            Descriptors must be below 1024; all are looked through each time\n"
	"  poll      the same without the 1024; still all are looked through each time\n"
	"  epoll     the kernel keeps the list and tells only of those that are ready:\n"
	"            the cost is by what happens, not by how many wait (Linux)\n"
	"\n"
	"One loop must never wait for one client: sockets are non-blocking, and each\n"
	"client has its own buffers.  For more cores, one loop on each.\n",
	"笔记里的服务器在 recv() 里等第一个客户端。第二个由内核建立了连接，在队列里等，\n"
	"没有人理它。办法有五种：\n"
	"\n"
	"  process   每个客户端 fork() 一个进程。互不连累；内存开销最大；互相说话（聊\n"
	"  （进程）  天）要在进程之间架管道\n"
	"  thread    每个客户端一个线程。开销较小，共享内存，因此要加锁；一个坏指针会让\n"
	"  （线程）  全体终止；每个线程要一个栈\n"
	"  select    一个循环问内核：“这些里面哪些就绪了？”不用锁。描述符必须小于\n"
	"            1024；每次都要全部查一遍\n"
	"  poll      同上，没有 1024 的限制；每次还是要全部查一遍\n"
	"  epoll     名单放在内核里，只报告就绪的：开销取决于发生了多少事，而不是有多少\n"
	"            客户端在等（Linux）\n"
	"\n"
	"循环绝不能为一个客户端停下来等：套接字设为非阻塞，每个客户端有自己的缓冲区。要\n"
	"用多个核，就每个核一个循环。\n"),
		.sources = "POSIX fork(), select(), poll(); epoll(7), pthreads(7)",
		.live = {
			{ "nod serve --how thread", TX("or process, select, poll, epoll",
				"或 process、select、poll、epoll") },
			{ "nod bench serve", TX("the same load over all five, in a table",
				"同样的负载跑遍五种，列表比较") },
		},
	},
	{ .name = { 0 } },
};
