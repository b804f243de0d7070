#!/usr/bin/python3
"""Whether one caller stops the others: runs each row of abuses.py against a daemon of its own, and prints what others got alone and
beside: `bench/abuse.py BUILD_DIR [--quick] [--rows 1,5a,16]`."""

import argparse
import collections
import contextlib
import json
import multiprocessing
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

import abuses
import callers
from abuses import ABUSER, MIB, OTHERS, ROWS, Abuser, worded
from callers import Connection, is_success, message, outcome
from servers import Server, describe_machine, free_port, of

ALONE, ALONE_IF_QUICK = 8, 0.7  # seconds
GRACE = 30  # seconds after its time at which an abuse is cut short
SAMPLE = 0.02  # seconds between looks at memory and disk
AIMS = "Aims: p99 beside at most 3 × alone, max at most 100 ms, RSS at most 256 MiB. Figures are printed, not judged."
CONNECTIONS = 1_000  # whose memory row 16 counts
processes = multiprocessing.get_context("fork")


class Child:
    """A function in a process of its own."""

    def __init__(self, work, *arguments):
        self.pipe, theirs = processes.Pipe(duplex=False)
        self.process = processes.Process(target=self.run, args=(theirs, work, arguments), daemon=True)
        self.process.start()
        theirs.close()

    @staticmethod
    def run(pipe, work, arguments):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            pipe.send((work(*arguments), None))
        except Exception as fault:
            pipe.send((None, f"{fault}" if isinstance(fault, abuses.CannotBeDone) else traceback.format_exc()))

    def is_done(self):
        return self.pipe.poll()

    def result(self, seconds):
        """Answers what the function did, and what went wrong."""
        try:
            return self.pipe.recv() if self.pipe.poll(seconds) else (None, f"does not end within {seconds} seconds")
        except EOFError:
            return None, "ended without a result"
        finally:
            self.stop()

    def stop(self):
        self.process.terminate()
        self.process.join()
        self.pipe.close()


class Done:
    """What one row came to."""

    def __init__(self, row):
        self.row, self.faults = row, []
        self.alone = self.beside = None
        self.statuses, self.slowest, self.notes = collections.Counter(), 0, []
        self.rss_mib = self.idle_mib = self.own_mib = 0
        self.begun_bytes = self.most_bytes = self.left_bytes = 0
        self.health = ""


class Bench:
    """A folder with a database of two tenants, and the daemon that runs on a copy of it."""

    def __init__(self, build, folder, is_quick):
        self.binary = pathlib.Path(build) / "adapters/daemon/innkeeperd"
        self.folder, self.is_quick = pathlib.Path(folder), is_quick
        self.base, self.database, self.unix = (self.folder / name for name in ("base.db", "copy.db", "api.sock"))
        self.log = self.folder / "log"
        OTHERS.rooms = [f"65f1a0c2e4b0a1b2{at:08x}" for at in range(abuses.OTHERS_ROOMS)]
        document = self.folder / "document.json"
        document.write_text(json.dumps({"tenants": [OTHERS.document(), ABUSER.document()]}))
        imported = subprocess.run([self.binary, "import", "--db", self.base, document], stderr=subprocess.PIPE, text=True)
        if imported.returncode:
            raise RuntimeError(imported.stderr)
        server = self.start(self.base)
        self.world = abuses.make_world(("127.0.0.1", server.port))
        server.stop()
        with contextlib.closing(sqlite3.connect(self.base)) as db:
            self.world["first_event"] = "{}-{}".format(*db.execute("SELECT id, created_at FROM event ORDER BY id LIMIT 1").fetchone())
        shown = subprocess.run([self.binary, "serve", "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.without_mapping = ("--mmap", "0") if "--mmap " in shown else ()

    def start(self, database, *options):
        port = free_port()
        command = [self.binary, "serve", "--db", database, "--master-key", f"{self.base}.key", *options,
                   "--listen", f"127.0.0.1:{port}", "--listen", f"unix:{self.unix}"]
        try:
            with open(self.log, "w") as log:
                return Server([str(each) for each in command], port, errors=log)
        except RuntimeError as fault:
            raise RuntimeError(f"{fault}\n{self.log.read_text()}") from None

    def sized(self, count):
        return count // 10 if self.is_quick else count

    def bytes(self):
        return sum(path.stat().st_size for path in self.folder.glob(f"{self.database.name}*"))

    @contextlib.contextmanager
    def daemon(self, fill, *options):
        """A daemon on a new copy, which may be filled first."""
        shutil.copyfile(self.base, self.database)
        if fill:
            with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as db:
                for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
                    db.execute(f"PRAGMA {setting}")
                fill(db, self.sized)
        server = self.start(self.database, *options)
        try:
            yield server
        finally:
            server.stop()

    def forget(self):
        for path in (*self.folder.glob(f"{self.database.name}*"), self.unix):
            path.unlink(missing_ok=True)

    # ---- one row -----------------------------------------------------------------------------------------------------------------

    def run(self, row):
        done = Done(row)
        try:
            if row.begins_full:
                with self.daemon(None, *row.options) as server:
                    self.measure_alone(done, server)
            options = (*row.options, *(self.without_mapping if row.is_damage else ()))
            with self.daemon(row.fill, *options) as server:
                if not row.begins_full:
                    self.measure_alone(done, server)
                self.measure_beside(done, server)
            done.left_bytes = self.bytes()
            if row.tell and not done.faults:
                done.notes.append(row.tell(self.database, done))
        finally:
            self.forget()
        return done

    def others(self, done, server, first_read):
        """Answers when they have begun."""
        ready, over = processes.Event(), processes.Event()
        listener = socket.create_server(("127.0.0.1", 0)) if done.row.has_webhooks else None
        child = Child(callers.call, ("127.0.0.1", server.port), OTHERS, done.row.is_fresh, listener, first_read, ready, over)
        if listener:
            listener.close()
        while not ready.wait(0.1) and not child.is_done():
            pass
        return child, over

    def finish_others(self, done, child, over):
        over.set()
        result, fault = child.result(3 * callers.TIMEOUT)
        if fault or not all(statuses for _, statuses in result.values()):
            done.faults.append(f"others: {fault or 'a thread of theirs failed'}")
        return result

    def measure_alone(self, done, server):
        memory = server.memory()
        done.idle_mib = memory["rss_mib"]
        child, over = self.others(done, server, 0)
        time.sleep(ALONE_IF_QUICK if self.is_quick else ALONE)
        done.alone = self.finish_others(done, child, over)

    def measure_beside(self, done, server):
        seconds = done.row.seconds / 10 if self.is_quick else done.row.seconds
        if done.row.begins_full:
            done.idle_mib = server.memory()["rss_mib"]
        others, over = self.others(done, server, sum(done.alone["reads"][1].values()) if done.alone else 0)
        done.begun_bytes = done.most_bytes = self.bytes()
        begin = time.monotonic()
        abuser = Child(abuse, done.row.abuse, ("127.0.0.1", server.port), self.database, self.world, self.is_quick, begin + seconds)
        somebody = None
        while (now := time.monotonic()) < begin + seconds or (not abuser.is_done() and now < begin + seconds + 2 * GRACE):
            self.sample(done, server)
            if not somebody and now > begin + 0.8 * seconds:
                somebody = Child(self.probe, server.port)
            time.sleep(SAMPLE)
        done.health = (somebody or Child(self.probe, server.port)).result(callers.TIMEOUT)[0]
        done.beside = self.finish_others(done, others, over)
        self.sample(done, server)
        result, fault = abuser.result(0)
        if fault:
            done.faults.append(f"the abuse: {fault}")
        else:
            done.statuses, done.slowest, notes = result
            done.notes += notes
        self.judge(done, server)

    def sample(self, done, server):
        memory = server.memory()
        done.rss_mib, done.own_mib = max(done.rss_mib, memory["rss_mib"]), max(done.own_mib, memory["own_mib"])
        done.most_bytes = max(done.most_bytes, self.bytes())

    def probe(self, port):
        """What somebody from elsewhere is told of the daemon's health."""
        elsewhere = (("127.0.0.1", port), "127.0.0.4", 2)
        asked = (("/livez", elsewhere), ("/readyz", elsewhere), ("/livez", (str(self.unix), None, 2)))
        return " ".join(str(outcome(lambda: Connection(*where).send(message("GET", path)))) for path, where in asked)

    def judge(self, done, server):
        """What does not work; not how well it does."""
        status = server.process.poll()
        if status is not None:
            how = f"died of signal {-status}" if status < 0 else f"ended with status {status}"
            done.notes.append(f"the daemon {how}")
            # A daemon that cannot do without mapping its file dies with it.
            if not done.row.is_damage or self.without_mapping:
                done.faults.append(f"the daemon {how}")
        warnings = len(re.findall(r"(?m) level=(?:warning|error) ", self.log.read_text()))
        if warnings:
            done.notes.append(f"{of(warnings, 'line')} of warnings in the log")
        if self.is_quick and not done.row.is_damage:
            for when, seen in (("alone", done.alone), ("beside", done.beside)):
                for name, (_, statuses) in (seen or {}).items():
                    refused = refusals(statuses)
                    del refused[callers.NOT_SENT], refused[callers.NOT_COME]
                    if refused:
                        done.faults.append(f"others' {name} {when}: {worded(refused)}")

    # ---- row 16 ------------------------------------------------------------------------------------------------------------------

    def memory_of_connections(self):
        """KiB of the daemon's own memory for a connection of each kind; a daemon for each, so that none finds what another freed."""
        count = CONNECTIONS // 5 if self.is_quick else CONNECTIONS
        certificate, key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        kinds = {"plain": open_plain, "TLS": open_tls, "after a body of 60 kB": open_after_body, "handshake half done": open_half}
        found = {}
        for name, opened in kinds.items():
            tls_port = free_port()
            tls = ("--listen-tls", f"127.0.0.1:{tls_port}", "--tls-cert", certificate, "--tls-key", key)
            try:
                with self.daemon(None, *tls) as server:
                    plain, secure = ("127.0.0.1", server.port), ("127.0.0.1", tls_port)
                    # What is made once is made.
                    warm = [opened(plain, secure) for _ in range(20)]
                    time.sleep(0.2)
                    before = own_kib(server.process.pid)
                    made = [opened(plain, secure) for _ in range(count)]
                    # A connection that waits gives back its buffers after a second or two.
                    time.sleep(2.5)
                    found[name] = (own_kib(server.process.pid) - before) / count
                    for each in (*warm, *made):
                        each.close()
            finally:
                self.forget()
        return ", ".join(f"{name} {kib:.1f}" for name, kib in found.items())


def refusals(statuses):
    return collections.Counter({what: count for what, count in statuses.items() if count and not is_success(what)})


def own_kib(pid):
    return int(re.search(r"Anonymous: +(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())[1])


def open_asked(socket_, request, status):
    """A connection that was answered once and waits."""
    kept = Connection(None)
    kept.socket = socket_
    answered, _ = kept.send(request)
    if answered != status:
        raise RuntimeError(f"{answered} instead of {status}")
    return socket_


def open_plain(plain, _):
    return open_asked(callers.connect(plain, ABUSER.source), message("GET", "/livez"), 200)


def open_after_body(plain, _):
    request = message("POST", f"/api/v1/apps/{ABUSER.app}/events", ABUSER.bearer(), {"events": "x" * 60_000})
    return open_asked(callers.connect(plain, ABUSER.source), request, 422)


def open_tls(_, secure):
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return open_asked(trust.wrap_socket(callers.connect(secure, ABUSER.source)), message("GET", "/livez"), 200)


def open_half(_, secure):
    """A client's hello, and what the server has to say to it."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        trust.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    peer = callers.connect(secure, ABUSER.source)
    peer.sendall(outgoing.read())
    if not peer.recv(1):
        raise RuntimeError("a handshake was not answered")
    return peer


class CutShort(BaseException):
    """An abuse takes longer than anybody waits."""


def cut_short(*_):
    raise CutShort


def abuse(work, *arguments):
    os.nice(10)
    me = Abuser(*arguments)
    begin = time.monotonic()
    signal.signal(signal.SIGALRM, cut_short)
    signal.setitimer(signal.ITIMER_REAL, me.until + GRACE - begin)
    try:
        work(me)
    except CutShort:
        me.note(f"cut short after {time.monotonic() - begin:,.0f} s")
    with me.lock:
        return me.statuses.copy(), me.slowest, me.notes


# ---- the table -------------------------------------------------------------------------------------------------------------------


def figures(seconds):
    """The median, the 99th percentile and the most, ms."""
    ordered = sorted(seconds)
    return [ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1_000 for part in (0.5, 0.99, 1)] if ordered else []


def shown(milliseconds):
    return " / ".join(f"{each:,.1f}" if each < 100 else f"{each:,.0f}" for each in milliseconds) or "none"


def line(done):
    cells = [done.row.number, done.row.title]
    notes = list(done.notes)
    seen = [done.alone or {}, done.beside or {}]
    for name in ("reads", "creates"):
        alone, beside = (figures(each[name][0]) if name in each else [] for each in seen)
        cells += [shown(alone), shown(beside), f"{beside[1] / alone[1]:,.1f}" if alone and beside else "–"]
    if done.row.has_webhooks and all(seen):
        alone, beside = (shown(figures(each["webhooks"][0])) for each in seen)
        notes.append(f"others' webhooks after {alone} ms alone, {beside} beside")
    if done.row.is_damage:
        notes += [f"others' {name}: {worded(statuses)}" for name, (_, statuses) in seen[1].items()]
    failed = sum((refusals(statuses) for _, statuses in seen[1].values()), collections.Counter())
    got = [worded(done.statuses), *([f"the slowest after {done.slowest:,.2f} s"] if done.slowest else []), *notes,
           *(f"FAILED: {fault.strip().splitlines()[-1]}" for fault in done.faults)]
    sizes = [done.rss_mib, done.rss_mib - done.idle_mib, done.own_mib, (done.most_bytes - done.begun_bytes) / MIB]
    cells += [worded(failed) or "none", done.health, *(f"{each:,.0f}" for each in sizes), "; ".join(each for each in got if each)]
    return "| " + " | ".join(cells) + " |"


TITLES = ["#", "what one caller does", "reads alone", "reads beside", "× p99", "creates alone", "creates beside", "× p99",
          "others not served", "/livez, /readyz, Unix", "RSS", "over idle", "own", "disk", "what the caller got"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="every row in a second or two and a tenth of the size, to see that it works")
    parser.add_argument("--rows", help="only these, such as 1,5a,16")
    arguments = parser.parse_args()
    numbers = [*(row.number for row in ROWS), "16"]
    wanted = arguments.rows.split(",") if arguments.rows else numbers
    if not set(wanted) <= set(numbers):
        parser.error(f"rows are {', '.join(numbers)}")
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: sys.exit(1))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    about, begun, lines, faults = describe_machine(), time.monotonic(), [], []
    with tempfile.TemporaryDirectory(prefix="innkeeper-abuse-") as folder:
        bench = Bench(arguments.build, folder, arguments.quick)
        for row in ROWS:
            if row.number not in wanted:
                continue
            print(f"-- {time.monotonic() - begun:.0f} s: row {row.number}: {row.title}", file=sys.stderr)
            done = bench.run(row)
            lines.append(line(done))
            faults += [f"row {row.number}: {fault}" for fault in done.faults]
        if "16" in wanted:
            print(f"-- {time.monotonic() - begun:.0f} s: row 16: memory of connections", file=sys.stderr)
            lines.append(f"| 16 | KiB of memory for a connection |{' – |' * (len(TITLES) - 3)} {bench.memory_of_connections()} |")
    print(f"{about}; {time.monotonic() - begun:.0f} s{', sizes for a test' if arguments.quick else ''}\n\n{AIMS}\n")
    print("Reads and creates: p50 / p99 / max, ms. RSS, own, disk: MiB.\n")
    print("| " + " | ".join(TITLES) + " |\n|" + " --- |" * len(TITLES))
    print("\n".join(lines), flush=True)
    for fault in faults:
        print(f"abuse: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
