/* SPDX-License-Identifier: ISC */
/*
 * explain.c - failures in sentences: what was tried, what answered or did not, what to do
 *
 * One catalogue for all of nod, in both languages.  The first row that fits is used, so the
 * special stands before the general; the last rows fit everything.  In a sentence stand
 *
 *	{host}	 the address without its port, with the name that led to it: "bob (192.0.2.1)"
 *	{port}	 the port			{path}	  the Unix socket's path
 *	{at}	 "192.0.2.1:8888" or the path	{name}	  the name as it was given
 *	{time}	 how long it took: "10 s"	{when}	  "at once", or "after 3 s"
 *	{sent}	 " (sent at 0, 1, 3, 7 s)"	{owner}	  " (nginx, process 812)"
 *	{asked}	 " (/etc/hosts, DNS 192.0.2.53)"
 *	{tried}	 "connecting to 192.0.2.1:80"	{error}	  the system's own words, and number
 *
 * where {sent}, {owner} and {asked} are nothing when nothing is known.  What came from others
 * (names, paths, a process's name) is cleaned before it is shown.  This file asks the system
 * nothing: all it says stands in the failure.
 *
 * Neighbours: nod/session.h (struct nod_failure), explain.h; test/unit/test_explain.c.
 */
#include "explain.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

#define RESOLVE (1u << NOD_TRIED_RESOLVE)
#define CONNECT (1u << NOD_TRIED_CONNECT)
#define LISTEN	(1u << NOD_TRIED_LISTEN)
#define SEND	(1u << NOD_TRIED_SEND)
#define RECV	(1u << NOD_TRIED_RECV)
#define JOIN	(1u << NOD_TRIED_JOIN)
#define TALK	(SEND | RECV)

#define LOW_PORTS_END 1024 /* net.ipv4.ip_unprivileged_port_start's usual value */

static const struct explanation rows[] = {
	/* ---- names --------------------------------------------------------------------------- */
	{ RESOLVE, EAI_NONAME, AT_ANY,
		TX("cannot resolve \"{name}\": of those whom this machine asks for names{asked} none "
		   "knows it; check the spelling, and see what each answers: nod host {name}",
			"无法解析“{name}”：本机查询的来源{asked}都没有这个名字；"
			"请检查拼写，各来源的回答可看：nod host {name}") },
	{ RESOLVE, EAI_NODATA, AT_ANY,
		TX("cannot resolve \"{name}\": the name exists, but has no address of the family "
		   "asked for; try without -4 or -6, and see: nod host {name}",
			"无法解析“{name}”：名字存在，但没有所要的那一族的地址；"
			"请去掉 -4、-6 或 --source 再试，或看：nod host {name}") },
	{ RESOLVE, EAI_ADDRFAMILY, AT_ANY,
		TX("cannot resolve \"{name}\": it has no address of the family asked for; try "
		   "without -4, -6 or --source, and see: nod host {name}",
			"无法解析“{name}”：它没有所要的那一族的地址；"
			"请去掉 -4、-6 或 --source 再试，或看：nod host {name}") },
	{ RESOLVE, EAI_AGAIN, AT_ANY,
		TX("cannot resolve \"{name}\": whom this machine asks for names{asked} gave no answer "
		   "within {time}; is it on a network, and are the servers up?",
			"无法解析“{name}”：本机查询的来源{asked}在 {time}内没有回答；"
			"请检查本机是否联网，这些服务器是否正常") },
	{ RESOLVE, EAI_FAIL, AT_ANY,
		TX("cannot resolve \"{name}\": the name server answered that it failed; ask another "
		   "one, or try again later",
			"无法解析“{name}”：域名服务器回答说它查询失败；请换一台服务器，或稍后再试") },
	{ RESOLVE, EAI_FAMILY, AT_ANY,
		TX("cannot resolve \"{name}\": this machine does not know the address family; try "
		   "without -4 or -6",
			"无法解析“{name}”：本机不支持这种地址族；请去掉 -4 或 -6 再试") },
	{ RESOLVE, EAI_MEMORY, AT_ANY,
		TX("cannot resolve \"{name}\": no memory was left; close something and try again",
			"无法解析“{name}”：内存不足；请关闭一些程序后再试") },
	{ RESOLVE, EAI_SERVICE, AT_ANY,
		TX("cannot resolve \"{name}\": the port's name is not known; give its number",
			"无法解析“{name}”：不认识这个端口名；请直接写端口号") },
	{ RESOLVE, EAI_SOCKTYPE, AT_ANY,
		TX("cannot resolve \"{name}\": this machine lacks the kind of socket asked for",
			"无法解析“{name}”：本机不支持所要的套接字类型") },
	{ RESOLVE, EAI_BADFLAGS, AT_ANY,
		TX("cannot resolve \"{name}\": the resolver refused the question itself; this is a "
		   "fault in nod, please report it",
			"无法解析“{name}”：解析器拒绝了查询本身；这是 nod 的错误，请报告") },
	{ RESOLVE, EAI_OVERFLOW, AT_ANY,
		TX("cannot resolve \"{name}\": the answer, or the name, is too long",
			"无法解析“{name}”：名字或回答太长") },
	{ RESOLVE, EAI_IDN_ENCODE, AT_ANY,
		TX("cannot resolve \"{name}\": it cannot be written as a DNS name (RFC 5891); check "
		   "the spelling",
			"无法解析“{name}”：它不能写成 DNS 名字（RFC 5891）；请检查拼写") },
	{ RESOLVE, EAI_SYSTEM, AT_ANY,
		TX("cannot resolve \"{name}\": the resolver failed: {error}; see /etc/nsswitch.conf "
		   "and /etc/resolv.conf",
			"无法解析“{name}”：解析器出错：{error}；"
			"请检查 /etc/nsswitch.conf 和 /etc/resolv.conf") },
	{ RESOLVE, 0, AT_ANY,
		TX("cannot resolve \"{name}\": {error}", "无法解析“{name}”：{error}") },

	/* ---- connecting ---------------------------------------------------------------------- */
	{ CONNECT, ECONNREFUSED, AT_INET,
		TX("connection refused: {host} answered {when} that nothing listens on port {port}; "
		   "start the server there first, or check the port",
			"连接被拒绝：{host} {when}回答说没有程序在监听端口 {port}；"
			"请先在那里启动服务器，或检查端口号") },
	{ CONNECT, ECONNREFUSED, AT_UNIX,
		TX("connection refused: {path} is there, but no program listens on it any more; "
		   "start its server again",
			"连接被拒绝：{path} 还在，但已经没有程序在监听它；请重新启动它的服务器") },
	{ CONNECT, ENOENT, AT_UNIX,
		TX("no such socket: nothing is at {path}; start its server first, or check the path",
			"没有这个套接字：{path} 不存在；请先启动它的服务器，或检查路径") },
	{ CONNECT, EACCES, AT_UNIX,
		TX("no permission: {path} may not be written by this user; ask its owner, or try as "
		   "another user",
			"没有权限：当前用户不能写 {path}；请找它的属主，或换一个用户") },
	{ CONNECT, EAGAIN, AT_UNIX,
		TX("the server at {path} is busy: its queue of waiting clients is full; try again "
		   "in a moment",
			"{path} 的服务器正忙：等待连接的队列已满；请稍后再试") },
	{ CONNECT, EPROTOTYPE, AT_UNIX,
		TX("{path} is a Unix socket of another kind (datagrams, not a stream)",
			"{path} 是另一种 Unix 套接字（数据报，不是流）") },
	{ CONNECT, ENOTDIR, AT_UNIX,
		TX("no such socket: a part of {path} is not a directory; check the path",
			"没有这个套接字：{path} 的某一段不是目录；请检查路径") },
	{ CONNECT, ETIMEDOUT, AT_ANY,
		TX("no answer from {host} in {time}{sent}: host down, or a firewall drops it; "
		   "try nod ping, or another port",
			"{host} 在 {time}内没有回答{sent}：主机未开机，或被防火墙丢弃；"
			"可试 nod ping，或换一个端口") },
	{ CONNECT, EHOSTUNREACH, AT_ANY,
		TX("host unreachable: {when} came the answer that there is no way to {host}; it is "
		   "off or not on this network, or a router or firewall turns it away",
			"主机不可达：{when}得到回答，没有到 {host} 的路；"
			"它未开机、不在这个网络上，或被路由器或防火墙拒绝") },
	{ CONNECT, ENETUNREACH, AT_ANY,
		TX("network unreachable: this machine has no route to {host}; see its addresses: "
		   "nod ifconfig, and its routes: ip route",
			"网络不可达：本机没有到 {host} 的路由；"
			"可看本机地址：nod ifconfig，路由：ip route") },
	{ CONNECT, EADDRNOTAVAIL, AT_ANY,
		TX("cannot go out to {at}: the source address is not this machine's, or every "
		   "source port is in use; see its addresses: nod ifconfig",
			"无法从本机连到 {at}：所给的源地址不是本机的，或源端口已用完；"
			"可看本机地址：nod ifconfig") },
	{ CONNECT, EADDRINUSE, AT_ANY,
		TX("cannot go out to {at}: the source port is in use{owner}; choose another one, or "
		   "let the system choose",
			"无法从本机连到 {at}：源端口已被占用{owner}；请换一个，或由系统选择") },
	{ CONNECT, EACCES, AT_INET,
		TX("not allowed to send to {at}: it is a broadcast address (give --broadcast), or a "
		   "local rule forbids it, or the source port is below 1024",
			"不允许发往 {at}：它是广播地址（请加 --broadcast），"
			"或被本机规则禁止，或源端口小于 1024") },
	{ CONNECT | TALK, EPERM, AT_ANY,
		TX("not allowed: a firewall rule of this very machine forbids {tried}",
			"不允许：本机自己的防火墙规则禁止{tried}") },
	{ CONNECT, ECONNRESET, AT_ANY,
		TX("{host} broke the connection off while it was being made (RST); it is "
		   "overloaded, or a firewall on the way cuts it",
			"{host} 在建立连接时就断开了它（RST）；对方过载，或被途中的防火墙切断") },
	{ CONNECT, EINTR, AT_ANY,
		TX("given up before {host} had answered", "在 {host} 回答之前就放弃了") },
	{ CONNECT, EINVAL, AT_ANY,
		TX("{at} is no address to which one can connect", "{at} 不是可以连接的地址") },

	/* ---- listening ----------------------------------------------------------------------- */
	{ LISTEN, EADDRINUSE, AT_INET,
		TX("port {port} is in use: another program{owner} has {at}; stop it, or choose "
		   "another port",
			"端口 {port} 已被占用：另一个程序{owner}正在使用 {at}；"
			"请停止它，或换一个端口") },
	{ LISTEN, EADDRINUSE, AT_UNIX,
		TX("{path} is in use: another program{owner} listens there; stop it, or choose "
		   "another path",
			"{path} 已被占用：另一个程序{owner}正在监听它；请停止它，或换一个路径") },
	{ LISTEN, EEXIST, AT_UNIX,
		TX("{path} is there already and is no socket, so it is left alone; choose another "
		   "path, or remove it",
			"{path} 已经存在，而且不是套接字，所以没有动它；请换一个路径，或删除它") },
	{ LISTEN, EACCES, AT_LOW_PORT,
		TX("no permission for port {port}: ports below 1024 need privilege; choose one from "
		   "1024 up, or allow it: setcap cap_net_bind_service=+ep on nod, or lower sysctl "
		   "net.ipv4.ip_unprivileged_port_start",
			"没有权限使用端口 {port}：1024 以下的端口需要特权；"
			"请选 1024 及以上的端口，或给 nod 授权：setcap cap_net_bind_service=+ep，"
			"或调低 sysctl net.ipv4.ip_unprivileged_port_start") },
	{ LISTEN, EACCES, AT_INET,
		TX("no permission for {at}: a rule of this machine forbids it (SELinux, AppArmor or "
		   "kin); choose another port, or see its log",
			"没有权限使用 {at}：本机的安全规则禁止（如 SELinux、AppArmor）；"
			"请换一个端口，或查看它的日志") },
	{ LISTEN, EACCES, AT_UNIX,
		TX("no permission: this user may not make a socket at {path}; choose a directory "
		   "that it may write",
			"没有权限：当前用户不能在 {path} 建立套接字；请选一个可写的目录") },
	{ LISTEN, EADDRNOTAVAIL, AT_ANY,
		TX("{host} is not an address of this machine; nod ifconfig lists those that are, "
		   "\":{port}\" is all of them",
			"{host} 不是本机的地址；nod ifconfig 可列出本机地址，"
			"“:{port}”表示全部地址") },
	{ LISTEN, ENOENT, AT_UNIX,
		TX("the directory of {path} does not exist; make it first, or check the path",
			"{path} 所在的目录不存在；请先建立它，或检查路径") },
	{ LISTEN, ENOTDIR, AT_UNIX,
		TX("a part of {path} is not a directory; check the path",
			"{path} 的某一段不是目录；请检查路径") },
	{ LISTEN, EROFS, AT_UNIX,
		TX("{path} lies on a read-only file system; choose another directory",
			"{path} 在只读文件系统上；请换一个目录") },
	{ LISTEN, EINVAL, AT_ANY,
		TX("{at} is no address at which one can listen", "{at} 不是可以监听的地址") },
	{ LISTEN, ENOSPC, AT_ANY,
		TX("cannot watch {at}: the limit of watches is reached; raise "
		   "fs.epoll.max_user_watches",
			"无法监视 {at}：监视数已到上限；请调高 fs.epoll.max_user_watches") },

	/* ---- multicast groups ---------------------------------------------------------------- */
	{ JOIN, EINVAL, AT_ANY,
		TX("{host} is not a multicast group: groups are 224.0.0.0 to 239.255.255.255, and "
		   "ff00::/8",
			"{host} 不是组播地址：组播地址是 224.0.0.0 到 239.255.255.255，以及 ff00::/8") },
	{ JOIN, ENODEV, AT_ANY,
		TX("cannot join {host}: no interface can carry the group; name one with "
		   "--interface (nod ifconfig lists them)",
			"无法加入 {host}：没有网络接口可以承载这个组；"
			"请用 --interface 指定一个（nod ifconfig 可列出）") },
	{ JOIN, EADDRNOTAVAIL, AT_ANY,
		TX("cannot join {host}: the interface has no address of that family; choose another "
		   "one with --interface",
			"无法加入 {host}：该接口没有这一族的地址；请用 --interface 换一个") },
	{ JOIN, EADDRINUSE, AT_ANY,
		TX("{host} is joined already on this interface",
			"已经在这个接口上加入了 {host}") },
	{ JOIN, ENOBUFS, AT_ANY,
		TX("cannot join {host}: too many groups are joined; raise sysctl "
		   "net.ipv4.igmp_max_memberships",
			"无法加入 {host}：加入的组太多；请调高 sysctl net.ipv4.igmp_max_memberships") },

	/* ---- talking ------------------------------------------------------------------------- */
	{ TALK, ECONNRESET, AT_ANY,
		TX("{host} broke the connection off (RST): its program ended or threw the rest away; "
		   "what was on its way may be lost",
			"{host} 断开了连接（RST）：对方程序已退出或丢弃了余下的数据；"
			"途中的数据可能已丢失") },
	{ TALK, EPIPE, AT_ANY,
		TX("broken pipe: {host} has closed the connection and takes nothing more; what was "
		   "sent last may be lost",
			"管道破裂（broken pipe）：{host} 已关闭连接，不再接收；最后发送的内容可能已丢失") },
	{ TALK, ETIMEDOUT, AT_ANY,
		TX("{host} stopped answering and the connection timed out: it was switched off, or "
		   "the way to it is broken",
			"{host} 不再应答，连接超时：对方已断电，或途中的网络中断") },
	{ TALK, ECONNREFUSED, AT_ANY,
		TX("nobody there: {host} answered that nothing listens on UDP port {port}; start the "
		   "server there first, or check the port",
			"没有接收者：{host} 回答说没有程序在监听 UDP 端口 {port}；"
			"请先在那里启动服务器，或检查端口号") },
	{ TALK, EHOSTUNREACH, AT_ANY,
		TX("{host} can no longer be reached: a router, or this machine, answered that there "
		   "is no way to it",
			"{host} 已不可达：路由器或本机报告没有到它的路") },
	{ TALK, ENETUNREACH, AT_GROUP,
		TX("no way to the group {host}: no route leads to it; name the interface with "
		   "--interface (nod ifconfig lists them)",
			"无法到达组 {host}：没有到它的路由；"
			"请用 --interface 指定网络接口（nod ifconfig 可列出）") },
	{ TALK, ENETUNREACH, AT_ANY,
		TX("network unreachable: this machine has no route to {host}; see: ip route",
			"网络不可达：本机没有到 {host} 的路由（或路由已消失）；可看：ip route") },
	{ TALK, ENETDOWN, AT_ANY,
		TX("the network interface towards {host} is down; see: nod ifconfig",
			"通往 {host} 的网络接口已关闭；可看：nod ifconfig") },
	{ SEND, EMSGSIZE, AT_ANY,
		TX("the message is too long for one datagram to {host}: 65,507 octets over IPv4 at "
		   "the most",
			"对 {host} 来说消息太长，一个数据报装不下：IPv4 最多 65507 字节") },
	{ SEND, EACCES, AT_ANY,
		TX("not allowed to send to {at}: it is a broadcast address; give --broadcast",
			"不允许发往 {at}：它是广播地址；请加 --broadcast") },
	{ SEND, EADDRNOTAVAIL, AT_ANY,
		TX("cannot send to {at} from this machine: no address of it fits; name an interface "
		   "with --interface or an address with --source",
			"无法从本机发往 {at}：没有合适的本机地址；"
			"请用 --interface 指定接口，或用 --source 指定地址") },
	{ SEND, EINVAL, AT_ANY,
		TX("{at} is no address to which one can send", "{at} 不是可以发往的地址") },
	{ TALK, ENOTCONN, AT_ANY,
		TX("the connection to {host} is closed", "到 {host} 的连接已关闭") },
	{ TALK, ENOTSUP, AT_ANY,
		TX("the service that carries this connection cannot do that",
			"承载这个连接的服务不支持这项操作") },

	/* ---- whatever was tried -------------------------------------------------------------- */
	{ 0, EMFILE, AT_ANY,
		TX("out of descriptors while {tried}: this process may open no more; raise its limit "
		   "(ulimit -n) or hold fewer connections",
			"{tried}时描述符用完：本进程不能再打开更多；"
			"请调高上限（ulimit -n），或减少连接") },
	{ 0, ENFILE, AT_ANY,
		TX("out of descriptors while {tried}: the whole machine has reached its limit; close "
		   "programs, or raise sysctl fs.file-max",
			"{tried}时描述符用完：整个系统已到上限；"
			"请关闭一些程序，或调高 sysctl fs.file-max") },
	{ 0, ENOMEM, AT_ANY,
		TX("out of memory while {tried}; close something and try again",
			"{tried}时内存不足；请关闭一些程序后再试") },
	{ 0, ENOBUFS, AT_ANY,
		TX("the system had no buffers left while {tried}; try again in a moment",
			"{tried}时系统缓冲区不足；请稍后再试") },
	{ 0, EAFNOSUPPORT, AT_INET,
		TX("this machine does not speak the address family of {host} (IPv6 switched off?); "
		   "use an address of the other family: -4, or -6",
			"本机不支持 {host} 的地址族（IPv6 被关闭？）；请用另一族的地址：-4 或 -6") },
	{ 0, EAFNOSUPPORT, AT_ANY,
		TX("there are no sockets of the kind of {at} here: Unix sockets are the kernel's, "
		   "and connect this machine's programs alone",
			"这里没有 {at} 这种套接字：Unix 套接字属于内核，只能连接本机的程序") },
	{ 0, ENODEV, AT_ANY,
		TX("no such network interface; nod ifconfig lists them",
			"没有这个网络接口；nod ifconfig 可列出全部接口") },
	{ 0, ENAMETOOLONG, AT_ANY,
		TX("too long: a Unix socket's path has at most 107 octets, a host name 253",
			"太长：Unix 套接字的路径最多 107 字节，主机名最多 253 字节") },
	{ 0, EDOM, AT_ANY,
		TX("bad port: ports are 1 to 65535", "端口不对：端口号是 1 到 65535") },
	{ 0, EINTR, AT_ANY, TX("given up while {tried}", "{tried}时被中断") },
	{ 0, EINVAL, AT_ANY,
		TX("bad address or setting while {tried}", "{tried}时地址或设置不对") },
	{ 0, 0, AT_ANY, TX("{tried} failed: {error}", "{tried}失败：{error}") },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* What was tried, in words; by enum nod_tried. */
static const struct text tried_words[] = {
	[NOD_TRIED_NOTHING] = TX("trying", "操作"),
	[NOD_TRIED_RESOLVE] = TX("resolving {name}", "解析 {name} "),
	[NOD_TRIED_CONNECT] = TX("connecting to {at}", "连接 {at} "),
	[NOD_TRIED_LISTEN] = TX("listening on {at}", "监听 {at} "),
	[NOD_TRIED_SEND] = TX("sending to {at}", "向 {at} 发送"),
	[NOD_TRIED_RECV] = TX("receiving from {at}", "从 {at} 接收"),
	[NOD_TRIED_JOIN] = TX("joining {host}", "加入 {host} "),
};

const struct explanation *explain_row(unsigned i)
{
	return i < N_ROWS ? &rows[i] : NULL;
}

static bool is_at(const struct nod_endpoint *at, enum explain_where where)
{
	switch (where) {
	case AT_INET:
		return !at->is_unix;
	case AT_LOW_PORT:
		return !at->is_unix && at->port && at->port < LOW_PORTS_END;
	case AT_GROUP: /* RFC 1112 section 4; RFC 4291 section 2.7 */
		return !at->is_unix &&
			(at->addr.family == NOD_IPV4 ? (at->addr.octet[0] & 0xf0) == 0xe0 :
						       at->addr.family == NOD_IPV6 &&
						at->addr.octet[0] == 0xff);
	case AT_UNIX:
		return at->is_unix;
	default:
		return true;
	}
}

const struct explanation *explain_find(const struct nod_failure *f)
{
	unsigned tried = 1u << f->tried;

	for (unsigned i = 0; i < N_ROWS; i++) {
		const struct explanation *r = &rows[i];
		int error = r->tried == RESOLVE ? f->resolver : -f->error;

		if (r->tried == RESOLVE && !f->resolver)
			continue; /* it failed before the resolver was asked: a plain errno */
		if ((!r->tried || r->tried & tried) && (!r->error || r->error == error) &&
			is_at(&f->at, r->where))
			return r;
	}
	return &rows[N_ROWS - 1];
}

/* ---- writing a sentence -------------------------------------------------------------- */

struct sentence {
	const struct nod_failure *f;
	enum lang lang;
	char *buf;
	size_t cap, len; /* len counts what did not fit, too */
};

static const char *pick(const struct sentence *s, struct text t)
{
	return s->lang == LANG_ZH ? t.zh : t.en;
}

static void put(struct sentence *s, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++, s->len++) {
		if (s->len + 1 < s->cap)
			s->buf[s->len] = text[i];
	}
}

static void puts_(struct sentence *s, const char *text)
{
	put(s, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void putf(
	struct sentence *s, const char *format, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	puts_(s, text);
}

/* Text that someone else chose. */
static void put_clean(struct sentence *s, const char *text)
{
	char clean[256 * UTF8_CLEAN_GROWTH];
	size_t n = strnlen(text, 256);

	put(s, clean, utf8_clean(clean, text, n));
}

static void put_host(struct sentence *s)
{
	const struct nod_failure *f = s->f;
	char host[NOD_ADDR_TEXT_MAX];

	if (f->at.is_unix) {
		put_clean(s, f->at.path);
		return;
	}
	if (f->at.addr.family == NOD_UNSPEC) {
		put_clean(s, f->name[0] ? f->name : "*");
		return;
	}
	nod_addr_format(&f->at.addr, host, sizeof(host));
	if (!f->name[0] || strcmp(f->name, host) == 0) {
		puts_(s, host);
		return;
	}
	put_clean(s, f->name);
	putf(s, " (%s)", host);
}

static void put_at(struct sentence *s)
{
	char at[NOD_ENDPOINT_TEXT_MAX];

	if (s->f->at.is_unix)
		put_clean(s, s->f->at.path);
	else if (s->f->at.addr.family == NOD_UNSPEC && s->f->name[0])
		put_clean(s, s->f->name); /* it did not come to an address */
	else if (nod_endpoint_format(&s->f->at, at, sizeof(at)))
		puts_(s, at);
}

/* Seconds with a tenth where it matters: "0", "1", "2.5", "10". */
static void put_seconds(struct sentence *s, nod_ns t)
{
	long long tenths = (t + 50 * NOD_MS) / (100 * NOD_MS);
	long long rest = tenths % 10;

	if (rest <= 1 || rest == 9 || tenths >= 100) /* a tenth aside is the measuring's own */
		putf(s, "%lld", (tenths + 5) / 10);
	else
		putf(s, "%lld.%lld", tenths / 10, rest);
}

static void put_time(struct sentence *s)
{
	nod_ns t = s->f->elapsed;

	if (t < NOD_S - 5 * NOD_MS) {
		long long ms = (t + NOD_MS / 2) / NOD_MS;

		if (ms >= 100)
			ms = (ms + 5) / 10 * 10; /* finer would be the measuring's own */
		putf(s, s->lang == LANG_ZH ? "%lld 毫秒" : "%lld ms", ms);
		return;
	}
	put_seconds(s, t);
	puts_(s, s->lang == LANG_ZH ? " 秒" : " s");
}

static void put_when(struct sentence *s)
{
	static const struct text at_once = TX("at once", "立即");

	if (s->f->elapsed < 500 * NOD_MS) {
		puts_(s, pick(s, at_once));
	} else if (s->lang == LANG_ZH) {
		put_time(s);
		puts_(s, "后");
	} else {
		puts_(s, "after ");
		put_time(s);
	}
}

static void put_sent(struct sentence *s)
{
	static const struct text before = TX(" (sent at ", "（在第 ");
	static const struct text after = TX(" s)", " 秒发出）");
	static const struct text comma = TX(", ", "、");
	unsigned n = s->f->n_sent < NOD_SENT_MAX ? s->f->n_sent : NOD_SENT_MAX;

	for (unsigned i = 0; i < n; i++) {
		puts_(s, pick(s, i ? comma : before));
		put_seconds(s, s->f->sent[i]);
	}
	if (n)
		puts_(s, pick(s, after));
}

static void put_owner(struct sentence *s)
{
	const struct nod_failure *f = s->f;

	if (!f->owner_pid)
		return;
	puts_(s, s->lang == LANG_ZH ? "（" : " (");
	if (f->owner[0]) {
		put_clean(s, f->owner);
		puts_(s, s->lang == LANG_ZH ? "，" : ", ");
	}
	putf(s, s->lang == LANG_ZH ? "进程 %ld）" : "process %ld)", f->owner_pid);
}

static void put_asked(struct sentence *s)
{
	if (!s->f->asked[0])
		return;
	puts_(s, s->lang == LANG_ZH ? "（" : " (");
	put_clean(s, s->f->asked);
	puts_(s, s->lang == LANG_ZH ? "）" : ")");
}

static void put_error(struct sentence *s)
{
	char text[128];

	if (s->f->resolver && s->f->resolver != EAI_SYSTEM) {
		putf(s, "%s (%d)", gai_strerror(s->f->resolver), s->f->resolver);
		return;
	}
	puts_(s, strerror_r(-s->f->error, text, sizeof(text)));
	putf(s, s->lang == LANG_ZH ? "（错误号 %d）" : " (error %d)", -s->f->error);
}

static void put_port(struct sentence *s)
{
	putf(s, "%u", (unsigned)s->f->at.port);
}

static void put_name(struct sentence *s)
{
	put_clean(s, s->f->name);
}

static void expand(struct sentence *s, const char *format);

static void put_tried(struct sentence *s)
{
	unsigned i = s->f->tried;

	if (i >= sizeof(tried_words) / sizeof(tried_words[0]))
		i = NOD_TRIED_NOTHING;
	expand(s, pick(s, tried_words[i]));
}

static const struct {
	const char *name;
	void (*put)(struct sentence *s);
} placeholders[] = {
	{ "{host}", put_host },
	{ "{port}", put_port },
	{ "{at}", put_at },
	{ "{path}", put_at },
	{ "{name}", put_name },
	{ "{time}", put_time },
	{ "{when}", put_when },
	{ "{sent}", put_sent },
	{ "{owner}", put_owner },
	{ "{error}", put_error },
	{ "{asked}", put_asked },
	{ "{tried}", put_tried },
};

/* Put what stands for the placeholder at @p.  Its length, or 0: there is none. */
static size_t put_placeholder(struct sentence *s, const char *p)
{
	for (unsigned i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		size_t len = strlen(placeholders[i].name);

		if (strncmp(p, placeholders[i].name, len) == 0) {
			placeholders[i].put(s);
			return len;
		}
	}
	return 0;
}

static void expand(struct sentence *s, const char *format)
{
	for (const char *p = format; *p;) {
		size_t n = *p == '{' ? put_placeholder(s, p) : 0;

		if (!n) {
			n = 1 + strcspn(p + 1, "{");
			put(s, p, n);
		}
		p += n;
	}
}

/* End the text at @len octets, or before the character that would be cut there. */
static void end_text(char *buf, size_t len)
{
	size_t at = len;

	while (at && ((uint8_t)buf[at - 1] & 0xc0) == 0x80)
		at--;
	if (at && (uint8_t)buf[at - 1] >= 0xc0) {
		uint32_t cp;

		if (utf8_next(buf + at - 1, len - at + 1, &cp) != len - at + 1 || cp == 0xfffd)
			len = at - 1;
	}
	buf[len] = 0;
}

size_t nod_explain(const struct nod_failure *f, const char *lang, char *buf, size_t cap)
{
	struct sentence s = { .f = f,
		.buf = buf,
		.cap = cap,
		.lang = lang && strncmp(lang, "zh", 2) == 0 ? LANG_ZH : LANG_EN };

	expand(&s, pick(&s, explain_find(f)->say));
	if (cap && s.len < cap)
		buf[s.len] = 0;
	else if (cap)
		end_text(buf, cap - 1);
	return s.len;
}
