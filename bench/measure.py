#!/usr/bin/python3
"""Measures everything and prints tables for bench/README.md: `bench/measure.py BUILD_DIR [--quick | --growth | --check]`.

Servers are child processes, each with its own copy of one database; wrk drives them with one thread. The CPU is the server's, from
/proc/PID/task/*/schedstat, so the load generator does not count. Rounds go around all cases, so that a drift of the machine meets
all alike; figures are medians."""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from servers import Server, describe_machine, free_port, of

APPS = 100_000
APPS_IF_QUICK = 10_000
HOT = 1_000
NOT_KEPT_BY_FLOOR = {"made_by"}  # which key made a key
BODY = '{"description":"Support desk video","domains":["localhost"]}'

WRK_DONE = """
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
                         latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
"""

# 7919 is prime: the numbers come in no order, and all come.
WRK_FIND = """
local uids, tokens, count, at = {%(uids)s}, {%(tokens)s}, %(count)d, 0
function request()
  at = (at + 7919) %% count
  local who = at %% #uids + 1
  return "GET /tenants/" .. uids[who] .. "/apps/" .. at + 1 .. " HTTP/1.1\\r\\nHost: bench\\r\\nX-Auth-Token: " .. tokens[who] .. "\\r\\n\\r\\n"
end
"""

WRK_CREATE = """
local body = '%(body)s'
local text = "POST /tenants/%(uid)s/apps HTTP/1.1\\r\\nHost: bench\\r\\nX-Auth-Token: %(token)s\\r\\n" ..
             "Content-Type: application/json\\r\\nContent-Length: " .. #body .. "\\r\\n\\r\\n" .. body
function request() return text end
"""

WRK_GET = """
local text = "GET %s HTTP/1.1\\r\\nHost: bench\\r\\n\\r\\n"
function request() return text end
"""


class Bench:
    """A folder with a filled database, and the servers that run on copies of it."""

    def __init__(self, build, folder, apps, tenants=1):
        self.build = pathlib.Path(build)
        self.folder = pathlib.Path(folder)
        self.apps = apps
        self.database = self.folder / f"filled-{apps}-{tenants}.db"
        filled = subprocess.run([self.build / "bench/innkeeper_bench", "--fill", self.database, str(apps), str(tenants)],
                                check=True, stdout=subprocess.PIPE)
        self.tenants = json.loads(filled.stdout)["tenants"]
        self.tenant = self.tenants[0]
        self.servers = []
        self.copies = 0

    def copy(self):
        self.copies += 1
        path = self.folder / f"copy-{self.copies}.db"
        shutil.copyfile(self.database, path)
        return path

    def start(self, *command, watcher=(), errors=None):
        port = free_port()
        filled_in = [str(each).replace("{port}", str(port)) for each in (*watcher, *command)]
        self.servers.append(Server(filled_in, port, bool(watcher), errors))
        return self.servers[-1]

    def by_hand(self, name, watcher=()):
        return self.start(self.build / "bench" / name, self.copy(), "{port}", self.tenant["token"], self.tenant["uid"],
                          watcher=watcher)

    def floor(self, watcher=()):
        return self.by_hand("innkeeper_floor", watcher)

    def daemon(self, threads=1, *options, database=None, watcher=()):
        # Limits are counted as ever, but nobody comes near them.
        limits = [word for name in ("key", "app", "tenant", "address") for word in ("--rate-limits", f"{name}=1000000000")]
        return self.start(self.build / "adapters/daemon/innkeeperd", "serve", "--db", database or self.copy(), "--master-key",
                          f"{self.database}.key", "--listen", "127.0.0.1:{port}", "--threads", threads, *limits, *options, watcher=watcher,
                          errors=subprocess.DEVNULL)

    def nginx(self):
        """One worker, in the process that we start."""
        prefix = self.folder / "nginx"
        prefix.mkdir()
        (prefix / "file").write_text("x" * 400)
        paths = "".join(f"{name}_temp_path {prefix}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration = """daemon off; master_process off; pid %(prefix)s/pid; error_log /dev/null crit;
            events { worker_connections 1024; }
            http { access_log off; keepalive_requests 1000000000; %(paths)s
                   server { listen 127.0.0.1:%(port)s; root %(prefix)s; } }"""
        port = free_port()
        (prefix / "conf").write_text(configuration % {"prefix": prefix, "paths": paths, "port": port})
        self.servers.append(Server(["nginx", "-p", str(prefix), "-c", str(prefix / "conf")], port))
        return self.servers[-1]

    def stop_servers(self):
        for server in self.servers:
            server.stop()
        self.servers.clear()

    def stop(self):
        self.stop_servers()
        for path in self.folder.glob("copy-*"):
            path.unlink()

    def find(self, count):
        quoted = {f"{name}s": ",".join(f'"{each[name]}"' for each in self.tenants) for name in ("uid", "token")}
        return WRK_FIND % {**quoted, "count": count}

    def create(self):
        return WRK_CREATE % {"body": BODY, **self.tenant}

    def drive(self, server, script, connections, seconds):
        path = self.folder / "wrk.lua"
        path.write_text(script + WRK_DONE)
        cpu = server.cpu_us()
        ran = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", path,
                              f"http://127.0.0.1:{server.port}/"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if ran.returncode or server.process.poll() is not None:
            raise RuntimeError(f"{server.command}: status {server.process.poll()}\n{ran.stdout}")
        cpu = server.cpu_us() - cpu
        requests, duration, p50, p99, errors = map(int, re.search(r"figures (.*)", ran.stdout)[1].split())
        if errors or not requests:
            raise RuntimeError(f"{server.command}: errors\n{ran.stdout}")
        return {"requests": requests, "per_second": requests / duration * 1e6, "cpu_us": cpu / requests, "p50_us": p50,
                "p99_us": p99, **server.memory()}

    def measure(self, cases, is_quick, rounds_and_seconds=(5, 3)):
        """Cases are (name, server, script, connections). Answers a row for each, by name."""
        rounds, seconds = (1, 1) if is_quick else rounds_and_seconds
        if not is_quick:
            for _, server, script, connections in cases:
                self.drive(server, script, connections, 1)
        taken = {case[0]: [] for case in cases}
        for _ in range(rounds):
            for name, *how in cases:
                taken[name].append(self.drive(*how, seconds))
        return {name: {key: statistics.median(each[key] for each in rows) for key in rows[0]} for name, rows in taken.items()}


# ---- what is measured --------------------------------------------------------------------------------------------------------


def measure_livez(bench, is_quick):
    nginx, daemon = bench.nginx(), bench.daemon()
    return bench.measure([("400 bytes: nginx, 64 connections", nginx, WRK_GET % "/file", 64),
                          ("/livez: innkeeperd, 64 connections", daemon, WRK_GET % "/livez", 64)], is_quick)


def measure_find(bench, is_quick):
    spread, hot = bench.find(bench.apps), bench.find(HOT)
    floor = bench.floor()
    kinds = [("floor", floor, spread), ("innkeeperd, no cache", bench.daemon(1, "--cache", 0), spread),
             ("innkeeperd", bench.daemon(), spread), ("innkeeperd, 2 threads", bench.daemon(2), spread),
             ("cpp-httplib", bench.by_hand("innkeeper_peer_httplib"), spread), ("floor, hot", floor, hot),
             ("innkeeperd, hot", bench.daemon(), hot)]
    return bench.measure([(f"GET app: {name}, {of(connections, 'connection')}", server, script, connections)
                          for connections in (64, 1) for name, server, script in kinds], is_quick)


def measure_create(bench, is_quick):
    kinds = [("floor", bench.floor()), ("innkeeperd", bench.daemon()), ("innkeeperd, 2 threads", bench.daemon(2)),
             ("cpp-httplib", bench.by_hand("innkeeper_peer_httplib"))]
    return bench.measure([(f"create: {name}, {of(connections, 'connection')}", server, bench.create(), connections)
                          for connections in (64, 1) for name, server in kinds], is_quick)


def rows_per_sync(bench):
    """A pass under strace, which stops a server at nothing but its syncs."""
    found = {}
    for name, start in (("floor", bench.floor), ("innkeeperd", bench.daemon)):
        counts = bench.folder / "syncs"
        watcher = ("strace", "-f", "--seccomp-bpf", "-c", "-e", "trace=fdatasync,fsync", "-o", counts)
        server = start(watcher=watcher)
        requests = bench.drive(server, bench.create(), 64, 2)["requests"]
        server.stop()
        syncs = sum(int(line.split()[3]) for line in counts.read_text().splitlines() if line.endswith("sync"))
        found[name] = requests / syncs
    return found


def measure_in_process(build, folder, mode, is_quick):
    ran = subprocess.run([pathlib.Path(build) / "bench/innkeeper_bench", mode, *["--quick"] * is_quick], check=True,
                         stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(folder)})
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    return {row.pop("case"): row for row in rows}


def measure_growth(build, folder, is_quick):
    rows = {}
    sizes = [(1_000, 1), (100_000, 1), (100_000, 1_000)] if is_quick else [
        (1_000, 1), (100_000, 1), (100_000, 1_000), (1_000_000, 1), (1_000_000, 1_000), (10_000_000, 1), (10_000_000, 1_000)]
    for apps, tenants in sizes:
        begun = time.monotonic()
        bench = Bench(build, folder, apps, tenants)
        print(f"-- {apps:,} apps of {of(tenants, 'tenant')}: {bench.database.stat().st_size / 1e6:,.0f} MB in "
              f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
        # None of them writes: one file is enough for both.
        plain, cached = (bench.daemon(1, *options, database=bench.database) for options in (("--cache", 0), ()))
        try:
            rows |= bench.measure([(f"GET app: {apps:,} apps, {of(tenants, 'tenant')}, {name}", server, bench.find(apps), 64)
                                   for name, server in (("no cache", plain), ("cache", cached))], is_quick, (3, 2))
        finally:
            bench.stop()
        for path in bench.folder.glob(f"{bench.database.name}*"):
            path.unlink()
    return rows


# ---- floor and daemon answer alike -------------------------------------------------------------------------------------------


def check(build, folder):
    """Whether the floor answers and stores what the daemon does, but for what is random and for the time; and what else the daemon
    stores, which must be the audit trail's row of each create, and at most one row that tells when the key was last used."""
    bench = Bench(build, folder, 1_000, 2)
    with sqlite3.connect(bench.database) as db:
        month = time.gmtime()
        this, last = month.tm_year * 100 + month.tm_mon, (month.tm_year - (month.tm_mon == 1)) * 100 + (month.tm_mon - 2) % 12 + 1
        db.execute("UPDATE app SET description = ?, status = 'suspended', recording_bucket = 'a\"b', recording_credential = X'01',"
                   " permissions = '[\"RECORDING\",\"SFU\"]' WHERE id = 3", ('quo"te back\\slash line\n\x01 é',))
        for each, used in ((this, (7, 12_750_000_000, 499_999)), (last, (1, 1_000_000_000_000, 1_234_500_000)), (200001, (9, 9, 9))):
            db.execute("INSERT INTO usage (version, tenant, app, month, signaling, turn_bytes, sfu_bytes)"
                       " SELECT 1, tenant, id, ?, ?, ?, ? FROM app WHERE id = 3", (each, *used))
        db.execute("UPDATE access_token SET expires_at = 1 WHERE id = 2")
    copies = {"floor": bench.copy(), "innkeeperd": bench.copy()}
    tenant, other = bench.tenant, bench.tenants[1]
    try:
        floor = bench.start(bench.build / "bench/innkeeper_floor", copies["floor"], "{port}", tenant["token"], tenant["uid"])
        daemon = bench.daemon(database=copies["innkeeperd"])
        base = f"/tenants/{tenant['uid']}/apps"
        token = {"X-Auth-Token": tenant["token"]}
        calls = [("GET", f"{base}/1", token, None), ("GET", f"{base}/3", token, None), ("GET", f"{base}/2", token, None),
                 ("GET", f"{base}/999999", token, None), ("GET", f"{base}/1", {"X-Auth-Token": "no"}, None), ("GET", f"{base}/1", {}, None),
                 ("GET", f"/tenants/{other['uid']}/apps/2", token, None), ("POST", base, token, BODY), ("POST", base, token, ""),
                 ("POST", base, token, "{}"), ("POST", base, token, "{"), ("POST", base, {}, BODY), ("GET", f"{base}/1001", token, None),
                 ("POST", base, token, ' {"domains" : ["b","a.b","b"] } '), ("GET", f"{base}/1", {**token, "Connection": "close"}, None)]
        for call in calls:
            ours, theirs = (masked(ask(server.port, *call)) for server in (floor, daemon))
            if ours != theirs:
                raise RuntimeError(f"{call[:2]}\nfloor:\n{ours}\ninnkeeperd:\n{theirs}")
        bench.stop_servers()
        before, rows = stored(bench.database), {name: stored(path) for name, path in copies.items()}
    finally:
        bench.stop()
    added = {name: {table: [row for number, row in all_rows.items() if number not in before[table]]
                    for table, all_rows in tables.items()} for name, tables in rows.items()}
    for table in ("app", "key"):
        ours, theirs = (added[name][table] for name in copies)
        if ours != theirs:
            raise RuntimeError(f"rows of {table}\nfloor: {ours}\ninnkeeperd: {theirs}")
    creates = len(added["floor"]["app"])
    beside = {table: len(added["innkeeperd"][table]) for table in before if added["innkeeperd"][table] and table not in ("app", "key")}
    uses = beside.pop("key_use", 0)
    if not creates or uses > 1 or beside != {"audit": creates, "quota_usage": creates}:
        raise RuntimeError(f"{of(creates, 'create')}; beside apps and keys innkeeperd stored {beside}")
    print(f"floor and innkeeperd answer {len(calls)} calls alike and store the same apps and keys;"
          f" for {of(creates, 'create')} innkeeperd also stored {of(beside['audit'], 'row')} of its audit trail and how much each app has")


def ask(port, method, target, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        lines = [f"HTTP/{answer.version / 10} {answer.status} {answer.reason}", *(f"{n}: {v}" for n, v in answer.getheaders())]
        return "\n".join(lines) + "\n\n" + answer.read().decode()
    finally:
        connection.close()


def masked(text):
    """Letters for what is random or of the moment: x for a hexadecimal digit, 0 for one of a time."""
    text = re.sub(r'[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}', "a random uuid", text)
    text = re.sub(r"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "Date: now", text)
    return re.sub(r'(created_at|updated_at)":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', r'\1":"now"', text)


def stored(path):
    """The rows of all tables, by table and number. Of what is random or of the moment only the kind and size."""
    def mask(column, value):
        if isinstance(value, bytes) or column in ("uid", "hint", "prefix"):
            return type(value).__name__, len(value)
        return "a time" if column.endswith("_at") and value else value

    with sqlite3.connect(path) as db:
        db.row_factory = sqlite3.Row
        tables = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        return {table: {row[0]: {column: mask(column, row[column]) for column in row.keys() if column not in NOT_KEPT_BY_FLOOR}
                        for row in db.execute(f'SELECT * FROM "{table}"')} for table in tables}


# ---- the table ---------------------------------------------------------------------------------------------------------------


def print_table(rows):
    columns = [("req/s", "per_second", 0), ("CPU µs", "cpu_us", 1), ("of that not the sender's", "store_us", 1), ("p50 µs", "p50_us", 1),
               ("p99 µs", "p99_us", 1), ("allocations", "allocations", 1), ("RSS MiB", "rss_mib", 0), ("own MiB", "own_mib", 0),
               ("t", "t", 1), ("difference ns", "difference_ns", 1)]
    columns = [column for column in columns if any(row.get(column[1]) for row in rows.values())]
    print("| case |", " | ".join(title for title, _, _ in columns), "|")
    print("| --- |", " | ".join("---:" for _ in columns), "|")
    for name, row in rows.items():
        print(f"| {name} |", " | ".join(f"{row[key]:,.{places}f}" if row.get(key) else "–" for _, key, places in columns), "|")
    print()


def print_ratios(rows, syncs):
    def ratio(what, key, one, other):
        print(f"| {what} | {rows[one][key] / rows[other][key]:.2f} |")

    print("| ratio | |\n| --- | ---: |")
    ratio("/livez, CPU: innkeeperd / nginx's file", "cpu_us", "/livez: innkeeperd, 64 connections", "400 bytes: nginx, 64 connections")
    for connections in ("64 connections", "1 connection"):
        for name, floor in (("innkeeperd, no cache", "floor"), ("innkeeperd", "floor"), ("innkeeperd, hot", "floor, hot"),
                            ("cpp-httplib", "floor")):
            for word, key in (("CPU", "cpu_us"), ("p50", "p50_us"), ("p99", "p99_us"), ("req/s", "per_second")):
                ratio(f"GET app, {connections}, {word}: {name} / {floor}", key, f"GET app: {name}, {connections}",
                      f"GET app: {floor}, {connections}")
    for connections in ("64 connections", "1 connection"):
        for name in ("innkeeperd", "cpp-httplib"):
            for word, key in (("CPU", "cpu_us"), ("p50", "p50_us"), ("p99", "p99_us"), ("req/s", "per_second")):
                ratio(f"create, {connections}, {word}: {name} / floor", key, f"create: {name}, {connections}",
                      f"create: floor, {connections}")
    for name, rows_each in syncs.items():
        print(f"| create, 64 connections: rows per fsync, {name} | {rows_each:.1f} |")
    for name in ("call: find app, no cache", "call: find app, hot", "handle: GET app, no cache", "handle: GET app, spread",
                 "handle: GET app, hot"):
        ratio(f"req/s: {name} / bare SELECT", "per_second", name, "bare prepared SELECT")
    for kind in ("spread", "hot"):
        ratio(f"req/s: handle: GET app, {kind}: 2 threads / 1", "per_second", f"handle: GET app, {kind}, 2 threads",
              f"handle: GET app, {kind}")
    ratio("req/s: create: 64 callers / 1", "per_second", "handle: create, 64 callers", "handle: create, 1 caller")
    for crowd in ("again at once", "again after 10 ms"):
        ratio(f"goodput: 640 callers, {crowd} / 64 callers", "per_second", f"overload: 640 callers, {crowd}",
              "overload: create, 64 places, 64 callers")
        slowest = rows[f"overload: 640 callers, {crowd}: refused"]["max_us"]
        print(f"| slowest refusal: 640 callers, {crowd}, ms | {slowest / 1_000:.1f} |")
    print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--growth", action="store_true", help="how a GET's cost grows with the number of apps and tenants")
    parser.add_argument("--check", action="store_true", help="whether the floor answers and stores what innkeeperd does")
    arguments = parser.parse_args()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="innkeeper-bench-") as folder:
        if arguments.check:
            return check(arguments.build, folder)
        about = describe_machine()
        if arguments.growth:
            rows = measure_growth(arguments.build, folder, arguments.quick)
            print(f"{about}\n")
            return print_table(rows)
        check(arguments.build, folder)
        begun = time.monotonic()

        def note(what):
            print(f"-- {time.monotonic() - begun:.0f} s: {what}", file=sys.stderr)

        note("in one process")
        rows = measure_in_process(arguments.build, folder, "--layers", arguments.quick)
        provisioning = measure_in_process(arguments.build, folder, "--provision", arguments.quick)
        note("whether times tell what is there")
        timing = measure_in_process(arguments.build, folder, "--timing", arguments.quick)
        note("filling a database")
        bench = Bench(arguments.build, folder, APPS_IF_QUICK if arguments.quick else APPS)
        try:
            for part in (measure_livez, measure_find, measure_create):
                note(part.__name__.replace("_", " "))
                rows |= part(bench, arguments.quick)
                bench.stop()
            note("counting rows per fsync")
            syncs = rows_per_sync(bench)
        finally:
            bench.stop()
        note("done")
        print(f"{about}\n")
        print_table(rows)
        print_ratios(rows, syncs)
        print_table(provisioning)
        print_table(timing)


if __name__ == "__main__":
    main()
