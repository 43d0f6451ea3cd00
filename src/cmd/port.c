/* SPDX-License-Identifier: ISC */
/*
 * port.c - nod port: services and their ports both ways, and the range a port lies in
 *
 * The services are libnod's own table (nod/service.h); this machine's /etc/services is named
 * where it says something else.  What the kernel makes of a port on this machine is read from
 * /proc and left out where there is none.
 *
 * Neighbours: transport/port.h (ranges), port_file.c (/etc/services).
 */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "port_file.h"
#include "../base/nearest.h"
#include "../presentation/json.h"
#include "../transport/port.h"

/* A word of the command line: a service by name, a port, or ports from low to high. */
struct query {
	const char *word;
	char name[64]; /* "" = by number */
	unsigned low, high;
	const char *protocol; /* NULL = any */
};

struct machine {
	struct port_file services;
	const char *services_path;
	unsigned unprivileged; /* the first port that anyone may listen on; 0 = not known */
	unsigned client_low, client_high; /* given to clients; 0 = not known */
};

enum { OPTION_SERVICES };

static const struct option_spec options[] = {
	{ "services", 0, "FILE",
		TX("this machine's list of services (default: /etc/services)",
			"本机的服务列表（默认: /etc/services）"),
		0 },
};

static const char *const protocols[] = { "tcp", "udp", "sctp", "dccp" };

#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

static bool is_of(const char *protocol, const struct query *q)
{
	return !q->protocol || strcasecmp(protocol, q->protocol) == 0;
}

static bool is_named(const struct nod_servent *s, const char *name)
{
	return strcasecmp(s->name, name) == 0 || words_have(s->aliases, name);
}

static bool is_entry_named(const struct port_entry *e, const char *name)
{
	return strcasecmp(e->name, name) == 0 || words_have(e->aliases, name);
}

/* What the machine's list says of the same port and protocol under another name. */
static bool is_known(const struct port_entry *e)
{
	const struct nod_servent *s = nod_getservbyport(e->port, e->protocol);

	return s && is_named(s, e->name);
}

static struct text range_text(enum port_range range)
{
	static const struct text texts[PORT_N_RANGES] = {
		[PORT_RESERVED] = TX("reserved: as 0, \"any port\", the system chooses one",
			"保留: 写 0 表示“任意端口”，由系统挑选"),
		[PORT_SYSTEM] =
			TX("system ports: assigned by the IETF", "系统端口: 由 IETF 分配"),
		[PORT_USER] = TX("user ports: registered with IANA on request",
			"用户端口: 可向 IANA 申请登记"),
		[PORT_DYNAMIC] =
			TX("dynamic ports: assigned to nobody", "动态端口: 不分配给任何人"),
	};

	return texts[range];
}

static struct text notes_text(enum port_notes notes)
{
	static const struct text texts[NOTES_N] = {
		[NOTES_NONE] = TX("not divided further", "没有细分"),
		[NOTES_WELL_KNOWN] = TX("1-255: well-known ports", "1-255: 众所周知的端口"),
		[NOTES_SYSTEM] = TX("256-1023: system ports", "256-1023: 系统端口"),
		[NOTES_OWN] =
			TX("for one's own programs: 6666, 7777, 8888, 9999, or over 10000",
				"自己的程序可用: 6666、7777、8888、9999 或 10000 以上"),
	};

	return texts[notes];
}

static const char *range_word(enum port_range range)
{
	static const char *const words[PORT_N_RANGES] = { "reserved", "system", "user",
		"dynamic" };

	return words[range];
}

static const char *notes_word(enum port_notes notes)
{
	static const char *const words[NOTES_N] = { NULL, "well-known", "system", "own" };

	return words[notes];
}

static const char *about(const struct nod_servent *s)
{
	return lang_current() == LANG_ZH ? servent_about_zh(s) : s->about;
}

static void print_service(const struct nod_servent *s)
{
	char label[24];

	snprintf(label, sizeof(label), "%u/%s", (unsigned)s->port, s->protocol);
	if (*s->aliases)
		print_field(label, T("%s (also: %s)   %s", "%s（又名 %s）  %s"), s->name,
			s->aliases, about(s));
	else
		print_field(label, "%s   %s", s->name, about(s));
}

/* What the machine's list alone says of a port. */
static void print_entries(const struct machine *m, unsigned port, const struct query *q)
{
	for (size_t i = 0; i < m->services.n; i++) {
		const struct port_entry *e = &m->services.entry[i];

		if (e->port == port && is_of(e->protocol, q) && !is_known(e))
			print_field(m->services_path,
				T("calls %u/%s %s%s%s", "把 %u/%s 叫作 %s%s%s"), port,
				e->protocol, e->name, *e->aliases ? " " : "", e->aliases);
	}
}

/* Who may listen there, and whether it may be taken at any moment. */
static void print_machine(const struct machine *m, unsigned port)
{
	const char *label = T("on this machine", "在本机");

	if (m->unprivileged && port && port < m->unprivileged)
		print_field(label,
			T("below %u: only the administrator may listen on it",
				"小于 %u: 只有管理员能监听"),
			m->unprivileged);
	if (m->client_low && port >= m->client_low && port <= m->client_high)
		print_field(label,
			T("%u-%u is given to clients: it may be taken at any moment",
				"%u-%u 会分给客户端: 随时可能被占用"),
			m->client_low, m->client_high);
}

static void print_port(const struct machine *m, unsigned port, const struct query *q)
{
	enum port_range range = port_range((uint16_t)port);
	uint16_t first, last;
	const struct nod_servent *s;
	bool has_service = false;

	if (*q->name)
		print_title(T("%s: port %u", "%s: 端口 %u"), q->word, port);
	else
		print_title(T("port %s", "端口 %s"), q->word);
	for (unsigned i = 0; (s = nod_servent_at(i)); i++) {
		if (s->port == port && is_of(s->protocol, q)) {
			print_service(s);
			has_service = true;
		}
	}
	if (!has_service && port)
		print_field(T("service", "服务"),
			T("none that is widely known", "没有众所周知的服务"));
	print_entries(m, port, q);
	port_range_bounds(range, &first, &last);
	if (port)
		print_field("RFC 6335", "%u-%u: %s", (unsigned)first, (unsigned)last,
			text_of(range_text(range)));
	else
		print_field("RFC 6335", "%s", text_of(range_text(range)));
	print_field(T("the notes", "课程笔记"), "%s",
		port ? text_of(notes_text(port_notes((uint16_t)port))) :
		       T("ports begin with 1", "端口从 1 开始"));
	print_machine(m, port);
}

static void json_service(struct json *j, const char *name, const char *aliases,
	const char *protocol, const char *text)
{
	json_object(j, NULL);
	json_str(j, "name", name);
	json_list(j, "aliases");
	while (*(aliases += strspn(aliases, " \t"))) {
		size_t n = strcspn(aliases, " \t");

		json_strn(j, NULL, aliases, n);
		aliases += n;
	}
	json_end_list(j);
	json_str(j, "protocol", protocol);
	if (text)
		json_str(j, "about", text);
	json_end_object(j);
}

static void print_port_json(const struct machine *m, unsigned port, const struct query *q)
{
	enum port_range range = port_range((uint16_t)port);
	const struct nod_servent *s;
	struct json j;

	json_open(&j);
	json_str(&j, "query", q->word);
	json_uint(&j, "port", port);
	json_list(&j, "services");
	for (unsigned i = 0; (s = nod_servent_at(i)); i++) {
		if (s->port == port && is_of(s->protocol, q))
			json_service(&j, s->name, s->aliases, s->protocol, about(s));
	}
	json_end_list(&j);
	json_list(&j, "machine_services");
	for (size_t i = 0; i < m->services.n; i++) {
		const struct port_entry *e = &m->services.entry[i];

		if (e->port == port && is_of(e->protocol, q))
			json_service(&j, e->name, e->aliases, e->protocol, NULL);
	}
	json_end_list(&j);
	json_str(&j, "range", range_word(range));
	json_str(&j, "notes", notes_word(port_notes((uint16_t)port)));
	if (m->unprivileged)
		json_bool(&j, "privileged", port && port < m->unprivileged);
	if (m->client_low)
		json_bool(&j, "for_clients", port >= m->client_low && port <= m->client_high);
	json_print(&j, stdout);
}

/* Ports that a query is about, one bit each. */
struct port_set {
	uint8_t bits[65536 / 8];
	unsigned n;
};

static void add_port(struct port_set *set, unsigned port)
{
	uint8_t bit = (uint8_t)(1u << port % 8);

	set->n += !(set->bits[port / 8] & bit);
	set->bits[port / 8] |= bit;
}

static bool has_port(const struct port_set *set, unsigned port)
{
	return set->bits[port / 8] >> port % 8 & 1;
}

/* The ports on which either list has a service that the query asks for. */
static void find_ports(const struct machine *m, const struct query *q, struct port_set *set)
{
	const struct nod_servent *s;

	*set = (struct port_set){ 0 };
	for (unsigned i = 0; (s = nod_servent_at(i)); i++) {
		if (s->port >= q->low && s->port <= q->high && is_of(s->protocol, q) &&
			(!*q->name || is_named(s, q->name)))
			add_port(set, s->port);
	}
	for (size_t i = 0; i < m->services.n; i++) {
		const struct port_entry *e = &m->services.entry[i];

		if (e->port >= q->low && e->port <= q->high && is_of(e->protocol, q) &&
			(!*q->name || is_entry_named(e, q->name)))
			add_port(set, e->port);
	}
}

/* The name that was probably meant, of all in both lists; NULL: none is near. */
static const char *nearest_name(const struct machine *m, const char *name)
{
	const struct nod_servent *s;
	unsigned n = 0;
	size_t cap = 2 * m->services.n;

	while (nod_servent_at(n++))
		cap += 2;
	const char **words = calloc(cap + 1, sizeof(*words));
	if (!words)
		return NULL;
	n = 0;
	for (unsigned i = 0; (s = nod_servent_at(i)); i++) {
		words[n++] = s->name;
		words[n++] =
			*s->aliases ? s->aliases : NULL; /* near only where it is one word */
	}
	for (size_t i = 0; i < m->services.n; i++) {
		words[n++] = m->services.entry[i].name;
		words[n++] =
			*m->services.entry[i].aliases ? m->services.entry[i].aliases : NULL;
	}
	const char *found = nearest_word(name, words, n);
	free(words);
	return found;
}

/* The services of a range, a line each. */
static void print_range(
	const struct machine *m, const struct query *q, const struct port_set *set)
{
	const struct nod_servent *s;

	print_title(T("ports %s", "端口 %s"), q->word);
	for (unsigned port = q->low; set->n && port <= q->high; port++) {
		if (!has_port(set, port))
			continue;
		for (unsigned i = 0; (s = nod_servent_at(i)); i++) {
			if (s->port == port && is_of(s->protocol, q))
				print_service(s);
		}
		print_entries(m, port, q);
	}
	if (!set->n)
		print_field(T("service", "服务"),
			T("none that is widely known", "没有众所周知的服务"));
}

/* No service has the name.  Returns the exit status. */
static int tell_unknown(
	const struct invocation *in, const struct machine *m, const struct query *q)
{
	struct query any = *q;
	struct port_set set;
	const char *meant;

	any.protocol = NULL;
	find_ports(m, &any, &set);
	if (set.n)
		return failed(in,
			T("\"%s\" is a service, but not over %s", "有服务 \"%s\"，但不走 %s"),
			q->name, q->protocol);
	meant = nearest_name(m, q->name);
	if (meant)
		return failed(in,
			T("no service is called \"%s\"; did you mean \"%s\"?",
				"没有叫 \"%s\" 的服务；是不是 \"%s\"？"),
			q->name, meant);
	return failed(in,
		T("no service is called \"%s\", neither in nod's table nor in %s",
			"没有叫 \"%s\" 的服务: nod 的表和 %s 里都没有"),
		q->name, m->services_path);
}

static int answer(const struct invocation *in, const struct machine *m, const struct query *q,
	bool is_first)
{
	bool is_one = !*q->name && q->low == q->high;
	struct port_set set;

	find_ports(m, q, &set);
	if (*q->name && !set.n)
		return tell_unknown(in, m, q);
	if (is_one)
		add_port(&set, q->low);
	if (!in->json && !is_first)
		putchar('\n');
	if (!in->json && !*q->name && !is_one) {
		print_range(m, q, &set);
		return EXIT_DONE;
	}
	for (unsigned port = q->low, shown = 0; port <= q->high; port++) {
		if (!has_port(&set, port))
			continue;
		if (in->json) {
			print_port_json(m, port, q);
			continue;
		}
		if (shown++)
			putchar('\n');
		print_port(m, port, q);
	}
	return EXIT_DONE;
}

/* Digits at *@p as a port; false: none, or over 65535 (then *@is_large). */
static bool read_port(const char **p, unsigned *port, bool *is_large)
{
	const char *start = *p;
	unsigned v = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++)
		v = v > UINT16_MAX ? v : v * 10 + (unsigned)(**p - '0');
	*port = v;
	*is_large |= v > UINT16_MAX;
	return *p > start;
}

/* False: bad_use() has been said. */
static bool read_query(const struct invocation *in, const char *word, struct query *q)
{
	size_t len = strcspn(word, "/");
	const char *p = word;
	bool is_large = false, is_number;

	*q = (struct query){ .word = word, .high = UINT16_MAX };
	if (word[len]) {
		for (unsigned i = 0; i < N_PROTOCOLS; i++) {
			if (strcasecmp(word + len + 1, protocols[i]) == 0)
				q->protocol = protocols[i];
		}
		if (!q->protocol)
			return bad_use(in,
				       T("%s: \"%s\" is no transport protocol; there are tcp, udp, "
					 "sctp and dccp",
					       "%s: 没有传输协议 \"%s\"；可用 tcp、udp、sctp、dccp"),
				       word, word + len + 1),
			       false;
	}
	is_number = read_port(&p, &q->low, &is_large);
	if (is_number && *p == '-') {
		p++;
		is_number = read_port(&p, &q->high, &is_large);
	} else {
		q->high = q->low;
	}
	if (is_number && p == word + len) {
		if (is_large)
			return bad_use(in,
				       T("%s: ports go from 0 to 65535, they have 16 bits",
					       "%s: 端口号只有 16 位，从 0 到 65535"),
				       word),
			       false;
		if (q->low > q->high)
			return bad_use(in,
				       T("%s: the range runs backwards; write %u-%u",
					       "%s: 范围写反了；请写 %u-%u"),
				       word, q->high, q->low),
			       false;
		return true;
	}
	q->low = 0;
	q->high = UINT16_MAX;
	if (!len || len >= sizeof(q->name))
		return bad_use(in,
			       T("\"%s\" is neither a service, nor a port, nor a range of ports",
				       "\"%s\" 不是服务名、端口号，也不是端口范围"),
			       word),
		       false;
	memcpy(q->name, word, len);
	return true;
}

/* Numbers from a file of /proc, 0 where there are none. */
static void read_numbers(const char *path, unsigned *a, unsigned *b)
{
	FILE *from = fopen(path, "re");
	char line[64] = "", *end;

	if (!from)
		return;
	if (fgets(line, sizeof(line), from)) {
		*a = (unsigned)strtoul(line, &end, 10);
		if (b)
			*b = (unsigned)strtoul(end, NULL, 10);
	}
	fclose(from);
}

static int ask_all(const struct invocation *in, char **words, unsigned n, const char *path)
{
	struct machine m = { .services_path = path ? path : "/etc/services" };
	int status = EXIT_DONE;
	int err = port_file_read(&m.services, m.services_path);

	if (err < 0 && path)
		return failed(in, T("%s could not be read: %s", "无法读取 %s: %s"), path,
			strerror(-err));
	read_numbers("/proc/sys/net/ipv4/ip_unprivileged_port_start", &m.unprivileged, NULL);
	read_numbers("/proc/sys/net/ipv4/ip_local_port_range", &m.client_low, &m.client_high);
	for (unsigned i = 0; i < n; i++) {
		struct query q;
		int one = read_query(in, words[i], &q) ? answer(in, &m, &q, i == 0) :
							 EXIT_BAD_USE;

		status = one > status ? one : status;
	}
	port_file_free(&m.services);
	return status;
}

static int run(struct invocation *in)
{
	char **words = in->argv; /* what is read makes room for what is kept */
	const char *path = NULL;
	unsigned n = 0;

	for (int o; (o = next_option(in)) != OPTIONS_END;) {
		switch (o) {
		case OPTIONS_STOP:
			return in->status;
		case OPTIONS_WORD:
			words[n++] = in->argv[in->at - 1];
			break;
		case OPTION_SERVICES:
			path = in->value;
			break;
		}
	}
	if (!n)
		return bad_use(in, T("which service or port?", "要查哪个服务或端口？"));
	return ask_all(in, words, n, path);
}

/* For completions: each name once, which its protocols follow in the table. */
static const char *name_at(unsigned i)
{
	const struct nod_servent *s, *before = NULL;
	unsigned n = 0;

	for (unsigned k = 0; (s = nod_servent_at(k)); k++) {
		if ((!before || strcmp(before->name, s->name) != 0) && n++ == i)
			return s->name;
		before = s;
	}
	return NULL;
}

const struct command cmd_port = {
	.name = "port",
	.usage = "SERVICE|PORT|LOW-HIGH[/PROTOCOL]...",
	.summary = TX("services and their ports, both ways", "服务名与端口号互查"),
	.details = TX(
		"Ports tell the programs of one machine apart.  RFC 6335 divides them into system, user\n"
		"and dynamic ports, the notes into well-known ports, system ports, and ports for one's\n"
		"own programs.  This machine's /etc/services is named where it says something else.\n\n"
		"  nod port mysql          where a service listens\n"
		"  nod port 3306 53/udp    what listens there\n"
		"  nod port 20-25          all known services of a range",
		"端口号在一台机器上区分不同的应用程序。RFC 6335 把端口分为系统端口、用户端口和动态端口；\n"
		"课程笔记分为众所周知的端口、系统端口和自己可用的端口。本机 /etc/services 与此不同时会列出。\n\n"
		"  nod port mysql          服务在哪个端口\n"
		"  nod port 3306 53/udp    端口上是什么服务\n"
		"  nod port 20-25          一段端口里所有已知的服务"),
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.word_at = name_at,
	.run = run,
};
