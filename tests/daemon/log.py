"""The log and the ready line when nobody reads them, or nobody can."""

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import threading
import time

import harness

SMALL = 4_096


@contextlib.contextmanager
def small_pipe(is_full=False):
    """Both ends of a pipe for a page. One that is full takes nothing until somebody reads."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALL)
    if is_full:
        os.write(writing, b"x" * SMALL)
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "wb") as writer:
        yield reader, writer


class Served:
    """`innkeeperd serve` on the Unix socket `api.sock`, with the streams that it is given."""

    def __init__(self, folder, *arguments, command=(harness.BINARY,), **streams):
        self.path = folder / "api.sock"
        self.process = subprocess.Popen(
            [*command, "serve", "--listen", "unix:api.sock", *arguments],
            cwd=folder, env=harness.environment(), **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams},
        )  # fmt: skip

    def connect(self):
        end = time.monotonic() + harness.PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            peer = socket.socket(socket.AF_UNIX)
            peer.settimeout(harness.PATIENCE)
            try:
                peer.connect(str(self.path))
                return peer
            except OSError:
                peer.close()
                time.sleep(0.01)
        raise AssertionError("it does not listen")

    def ask(self, count, target="/livez"):
        """Asks over one connection; answers how many were answered well."""
        good = 0
        with self.connect() as peer, peer.makefile("rb") as answers:
            for _ in range(count):
                peer.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                good += b" 200 " in answers.readline()
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                answers.read(length)
        return good

    def stop(self):
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(harness.PATIENCE), time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Log(harness.DaemonTest):
    def wait_for(self, word):
        end = time.monotonic() + harness.PATIENCE
        while word not in (self.folder / "log").read_text():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def assert_ends(self, daemon):
        status, seconds = daemon.stop()
        self.assertEqual(status, 0)
        self.assertLess(seconds, 5)

    def test_requests_are_answered_and_sigterm_ends_it_while_nobody_reads_the_log(self):
        with small_pipe() as (_, writer), Served(self.folder, "--log-level", "debug", stderr=writer) as daemon:
            self.assertEqual(daemon.ask(3_000, "/livez?" + "x" * 900), 3_000)
            self.assert_ends(daemon)

    def test_lines_that_were_dropped_are_counted_and_told_once_somebody_reads(self):
        requests = 12_000
        text = []
        with small_pipe() as (reader, writer), Served(self.folder, "--log-level", "debug", stderr=writer) as daemon:
            self.assertEqual(daemon.ask(requests), requests)
            writer.close()
            reading = threading.Thread(target=lambda: text.append(reader.read().decode()))
            reading.start()
            # Once all that waited is read, a line is written again.
            time.sleep(1)
            self.assertEqual(daemon.ask(1), 1)
            self.assert_ends(daemon)
            reading.join()
        lines = text[0].splitlines()
        for line in lines:
            self.assertRegex(line, r'^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z level=\w+ event=\S+( [a-z_]+=([^\s"=]+|"([^"\\]|\\.)*"))*$')
        dropped = sum(int(line.rpartition(" lines=")[2]) for line in lines if " event=log.dropped " in line)
        written = sum(" event=request " in line for line in lines)
        self.assertGreater(dropped, 0)
        self.assertEqual(written + dropped, requests + 1)
        self.assertIn("event=stopped", lines[-1])

    def test_a_ready_line_that_nobody_reads_does_not_keep_it_from_serving(self):
        with small_pipe(is_full=True) as (_, writer), open(self.folder / "log", "w") as log:
            with Served(self.folder, stdout=writer, stderr=log) as daemon:
                self.assertEqual(daemon.ask(10), 10)
                self.wait_for("event=started")
                self.assert_ends(daemon)
        self.assertIn("level=warning event=stdout.failed", (self.folder / "log").read_text())

    def test_standard_streams_that_are_closed_or_full_do_not_keep_it_from_serving(self):
        for redirection in (">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full"):
            with self.subTest(redirection):
                shell = ("/bin/sh", "-c", f'exec "$0" "$@" {redirection}', harness.BINARY)
                with Served(self.folder, "--log-level", "debug", command=shell) as daemon:
                    self.assertEqual(daemon.ask(50), 50)
                    self.assert_ends(daemon)
        self.assertRegex(self.run_innkeeperd("audit", "verify").stdout, "^rows ")

    def test_a_start_that_fails_can_be_ended_though_nobody_reads_why(self):
        with small_pipe(is_full=True) as (_, writer), Served(self.folder, "--listen", "192.0.2.1:0", stderr=writer) as daemon:
            time.sleep(0.5)
            self.assertNotEqual(daemon.stop()[0], 0)


if __name__ == "__main__":
    harness.main()
