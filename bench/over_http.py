#!/usr/bin/python3
"""Measures servers as processes, over HTTP: `bench/over_http.py BUILD_DIR [--quick] [--growth] [--check]`.

Each server is a child process with a copy of one database; wrk drives it with one thread. The CPU is the server's own, from
/proc/PID/task/*/schedstat, so the load generator does not count. Rounds go around all servers, so that a drift of the machine
meets all alike; figures are medians. Prints rows of a table, or with --json the figures."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

APPS = 100_000
HOT = 1_000
BODY = '{"description":"Support desk video","domains":["localhost"]}'

WRK_DONE = """
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("figures %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
                         latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
"""

# 7919 is prime: the numbers come in no order and all come.
WRK_FIND = """
local uids, tokens, count = {%(uids)s}, {%(tokens)s}, %(count)d
local at = 0
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
local text = "GET %(path)s HTTP/1.1\\r\\nHost: bench\\r\\n\\r\\n"
function request() return text end
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A child process that listens on a port of its own."""

    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"does not listen: {' '.join(command)}")

    def pids(self):
        found = [self.process.pid]
        for pid in found:
            for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in children.read_text().split()]
        return found

    def cpu_us(self):
        return sum(int(each.read_text().split()[0]) / 1_000 for pid in self.pids()
                   for each in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))

    def rss_mib(self):
        texts = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in self.pids()]
        return sum(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1_024 for text in texts)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bench:
    """A folder with a database, and the servers that run on copies of it."""

    def __init__(self, build, folder, apps, tenants=1):
        self.build = pathlib.Path(build)
        self.folder = pathlib.Path(folder)
        self.database = self.folder / f"filled-{apps}-{tenants}.db"
        filled = subprocess.run([self.build / "bench/innkeeper_bench", "--fill", self.database, str(apps), str(tenants)],
                                check=True, stdout=subprocess.PIPE)
        self.filling = json.loads(filled.stdout)
        self.tenant = self.filling["tenants"][0]
        self.servers = []

    def copy(self):
        path = self.folder / f"{len(list(self.folder.iterdir()))}.db"
        shutil.copyfile(self.database, path)
        return path

    def start(self, command, port):
        self.servers.append(Server([str(each) for each in command], port))
        return self.servers[-1]

    def floor(self, prefix=()):
        port = free_port()
        return self.start([*prefix, self.build / "bench/innkeeper_floor", self.copy(), port, self.tenant["token"],
                           self.tenant["uid"]], port)

    def httplib(self):
        port = free_port()
        return self.start([self.build / "bench/innkeeper_peer_httplib", self.copy(), port, self.tenant["token"],
                           self.tenant["uid"]], port)

    def daemon(self, *options, prefix=(), database=None):
        port = free_port()
        return self.start([*prefix, self.build / "adapters/daemon/innkeeperd", "serve", "--db", database or self.copy(), "--master-key",
                           f"{self.database}.key", "--listen", f"127.0.0.1:{port}", *options], port)

    def nginx(self, workers=1):
        port = free_port()
        prefix = self.folder / f"nginx-{port}"
        prefix.mkdir()
        (prefix / "file").write_text("x" * 400)
        one = "master_process off;" if workers == 1 else f"worker_processes {workers};"
        (prefix / "nginx.conf").write_text(f"""
            daemon off; {one} pid {prefix}/pid; error_log /dev/null crit;
            events {{ worker_connections 1024; }}
            http {{
              access_log off; keepalive_requests 1000000000; open_file_cache max=8;
              client_body_temp_path {prefix}/1; proxy_temp_path {prefix}/2; fastcgi_temp_path {prefix}/3;
              uwsgi_temp_path {prefix}/4; scgi_temp_path {prefix}/5;
              server {{ listen 127.0.0.1:{port} backlog=1024; root {prefix}; }}
            }}""")
        return self.start(["nginx", "-p", prefix, "-c", prefix / "nginx.conf"], port)

    def stop(self):
        for server in self.servers:
            server.stop()
        self.servers.clear()

    def find(self, count):
        tenants = self.filling["tenants"]
        quoted = lambda name: ",".join(f'"{each[name]}"' for each in tenants)
        return WRK_FIND % {"uids": quoted("uid"), "tokens": quoted("token"), "count": count}

    def create(self):
        return WRK_CREATE % {"body": BODY, **self.tenant}

    def drive(self, server, script, connections, seconds):
        path = self.folder / "wrk.lua"
        path.write_text(script + WRK_DONE)
        cpu = server.cpu_us()
        ran = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", path,
                              f"http://127.0.0.1:{server.port}/"], stdout=subprocess.PIPE, text=True, check=True)
        cpu = server.cpu_us() - cpu
        requests, duration, p50, p99, errors = map(int, re.search(r"figures (.*)", ran.stdout)[1].split())
        if errors or not requests:
            raise RuntimeError(f"wrk met errors:\n{ran.stdout}")
        return {"requests": requests, "per_second": requests / duration * 1e6, "cpu_us": cpu / requests, "p50_us": p50, "p99_us": p99}


def measure(bench, cases, rounds, seconds):
    """Cases are (name, server, script, connections)."""
    for _, server, script, connections in cases:
        bench.drive(server, script, connections, 1)
    taken = {case[0]: [] for case in cases}
    for _ in range(rounds):
        for name, server, script, connections in cases:
            taken[name].append(bench.drive(server, script, connections, seconds))
    rows = {}
    for name, server, _, _ in cases:
        rows[name] = {key: statistics.median(each[key] for each in taken[name]) for key in taken[name][0]}
        rows[name]["rss_mib"] = server.rss_mib()
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="innkeeper-bench-") as folder:
        bench = Bench(arguments.build, folder, APPS)
        try:
            floor, daemon, daemon2 = bench.floor(), bench.daemon("--threads", 1), bench.daemon("--threads", 2)
            cases = [(f"{what} {name} {c}", server, script, c)
                     for what, script in (("GET", bench.find(APPS)), ("create", bench.create()))
                     for c in (64, 1) for name, server in (("floor", floor), ("daemon", daemon), ("daemon2", daemon2))]
            for name, row in measure(bench, cases, 3, 2).items():
                print(f"{name:20}", *(f"{key} {value:10.1f}" for key, value in row.items()))
        finally:
            bench.stop()
