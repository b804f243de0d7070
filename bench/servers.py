"""What the benches share: servers as child processes, and words about the machine."""

import contextlib
import os
import pathlib
import platform
import re
import signal
import socket
import subprocess
import time

PAGE = os.sysconf("SC_PAGESIZE")


def of(count, noun):
    return f"{count:,} {noun}{'s' * (count != 1)}"


def children_of(pid):
    return [int(child) for each in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in each.read_text().split()]


class Server:
    """A child process that listens on a port of its own, perhaps under one that watches it."""

    def __init__(self, command, port, is_watched=False, errors=None):
        self.port = port
        self.command = " ".join(command)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        self.is_watched = is_watched
        for _ in range(1_000):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"does not listen: {self.command}")

    def pids(self):
        found = [self.process.pid]
        for pid in found:
            found += children_of(pid)
        return found[1:] if self.is_watched else found

    def cpu_us(self):
        return sum(int(each.read_text().split()[0]) / 1_000 for pid in self.pids()
                   for each in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))

    def memory(self):
        """What is resident, and how much of that is the process's own, not parts of a mapped file; MiB."""
        # Of a process that has died all are 0.
        sizes = [list(map(int, pathlib.Path(f"/proc/{pid}/statm").read_text().split())) for pid in self.pids()]
        return {name: sum(of_each(size) for size in sizes) * PAGE / 2**20
                for name, of_each in (("rss_mib", lambda size: size[1]), ("own_mib", lambda size: size[1] - size[2]))}

    def stop(self):
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(self.pids()[0], signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def describe_machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    commit = subprocess.run(["git", "-C", pathlib.Path(__file__).parent, "describe", "--always", "--dirty"], stdout=subprocess.PIPE,
                            text=True).stdout.strip()
    return f"{time.strftime('%Y-%m-%d')}, commit {commit}, {model[1] if model else 'unknown processor'}, {os.cpu_count()} cores, " \
           f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} at the start"
