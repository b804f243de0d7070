"""Those whom nobody should be able to stop: they read and create at fixed times, and notice how long each answer takes."""

import collections
import contextlib
import http.server
import itertools
import json
import re
import socket
import threading
import time

TIMEOUT = 20
NOT_SENT = "not sent in time"  # because those before it took too long
NOT_COME = "webhooks that have not come"
READS_PER_SECOND = 80
CREATES_PER_SECOND = 20
EVENTS_PER_SECOND = 2


class Connection:
    """One HTTP connection that is kept, perhaps from an address of its own. Opened anew when it was closed."""

    def __init__(self, peer, source=None, timeout=TIMEOUT):
        self.peer, self.source, self.timeout = peer, source, timeout
        self.socket = None
        self.head = b""

    def send(self, request):
        """Sends a whole request; answers the status and the body, or raises OSError."""
        try:
            if self.socket is None:
                self.socket = connect(self.peer, self.source, self.timeout)
            # Who answers before the whole request has come may close too.
            with contextlib.suppress(ConnectionError):
                self.socket.sendall(request)
            return self.receive()
        except OSError:
            self.close()
            raise

    def receive(self):
        text = b""
        while (end := text.find(b"\r\n\r\n")) < 0:
            text += self.more()
        self.head, body = text[:end], text[end + 4:]
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", self.head)
        while length and len(body) < int(length[1]):
            body += self.more()
        if re.search(rb"(?i)\r\nconnection: *close", self.head):
            self.close()
        return int(self.head[9:12]), body

    def more(self):
        received = self.socket.recv(1 << 20)
        if not received:
            raise ConnectionResetError("closed")
        return received

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def connect(peer, source=None, timeout=TIMEOUT):
    if isinstance(peer, str):
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(timeout)
        made.connect(peer)
        return made
    made = socket.create_connection(peer, timeout, source_address=(source, 0) if source else None)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def message(method, path, headers=None, body=None):
    """A request as bytes; what is no bytes is sent as JSON."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    of_body = {} if body is None else {"Content-Type": "application/json", "Content-Length": len(content)}
    fields = {"Host": "innkeeper", **of_body, **(headers or {})}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "\r\n"]
    return "\r\n".join(lines).encode() + content


def outcome(ask):
    """The status of an answer, or in a word what came instead of one."""
    try:
        return ask()[0]
    except TimeoutError:
        return "no answer"
    except OSError:
        return "closed"


class Paced(threading.Thread):
    """Sends requests at fixed times, one after another, until it is over. How long each took is counted from its time, also where
    those before it took longer: a pause counts for all that it holds up."""

    def __init__(self, connection, requests, per_second, over, is_fresh=False):
        super().__init__()
        self.connection, self.requests, self.per_second, self.over, self.is_fresh = connection, requests, per_second, over, is_fresh
        self.seconds, self.statuses = [], collections.Counter()

    def prepare(self):
        """Sends one that does not count: what it pays for its connection and for memory that is cold is nobody's doing."""
        outcome(lambda: self.connection.send(next(self.requests)))

    def run(self):
        begin = time.monotonic()
        for number, request in enumerate(self.requests):
            due = begin + number / self.per_second
            time.sleep(max(0, due - time.monotonic()))
            if self.over.is_set():
                break
            status = outcome(lambda each=request: self.connection.send(each))
            self.statuses[status] += 1
            # What was refused at once was no wait.
            if status == "no answer" or is_success(status):
                self.seconds.append(time.monotonic() - due)
            if self.is_fresh:
                self.connection.close()
        late = time.monotonic() - due
        while late > 1 / self.per_second:
            self.statuses[NOT_SENT] += 1
            self.seconds.append(late)
            late -= 1 / self.per_second


def is_success(status):
    return isinstance(status, int) and 200 <= status < 300


class Receiver:
    """Takes webhooks on a socket that listens already; notes when each event came."""

    def __init__(self, listener):
        self.came = {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.came.setdefault(told["id"], time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(listener.getsockname(), Handler, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = listener
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Reporter(threading.Thread):
    """Reports events and waits for the webhook that tells of each."""

    def __init__(self, connection, tenant, listener, over):
        super().__init__()
        self.connection, self.tenant, self.over = connection, tenant, over
        self.receiver, self.listener = Receiver(listener), listener
        self.seconds, self.statuses = [], collections.Counter()

    def native(self, method, path, body=None):
        return self.connection.send(message(method, f"/api/v1{path}", self.tenant.bearer(), body))

    def prepare(self):
        url = "http://{}:{}/".format(*self.listener.getsockname())
        status, made = self.native("POST", f"/apps/{self.tenant.app}/webhooks", {"url": url, "events": ["usage"]})
        if status != 201:
            raise RuntimeError(f"making a webhook: {status} {made.decode()}")
        self.webhook = json.loads(made)["webhook"]["id"]

    def run(self):
        sent = {}
        while True:
            event = usage_event(f"e-{time.monotonic_ns()}")
            sent[event["id"]] = time.monotonic()
            self.statuses[outcome(lambda each=event: self.native("POST", f"/apps/{self.tenant.app}/events", {"events": [each]}))] += 1
            if self.over.wait(1 / EVENTS_PER_SECOND):
                break
        end = time.monotonic() + 1
        while len(self.receiver.came) < len(sent) and time.monotonic() < end:
            time.sleep(0.05)
        now = time.monotonic()
        # One that has not come yet has waited as long as this.
        self.seconds = [self.receiver.came.get(name, now) - at for name, at in sent.items()]
        self.statuses[NOT_COME] = len(sent) - len(self.receiver.came)
        outcome(lambda: self.native("DELETE", f"/webhooks/{self.webhook}"))


def usage_event(name):
    return {"id": name, "type": "usage", "at": iso_time(), "signaling": 1}


def iso_time(microseconds_later=0):
    now = time.time_ns() // 1_000 + microseconds_later
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 1_000_000)) + f".{now % 1_000_000:06}Z"


def call(peer, tenant, is_fresh, listener, first_read, ready, over):
    """Reads and creates, and takes webhooks if there is a socket for them, until it is over; answers what each of them saw."""
    reads = (message("GET", f"/api/v1/rooms/{tenant.rooms[at % len(tenant.rooms)]}", tenant.bearer("reader"))
             for at in itertools.count(first_read * 7919, 7919))
    room = {"name": "Standup", "capacity": 12}
    creates = itertools.repeat(message("POST", f"/api/v1/apps/{tenant.app}/rooms", tenant.bearer("maker"), room))
    threads = {"reads": Paced(Connection(peer, tenant.source), reads, READS_PER_SECOND, over, is_fresh),
               "creates": Paced(Connection(peer, tenant.source), creates, CREATES_PER_SECOND, over, is_fresh)}
    if listener:
        threads["webhooks"] = Reporter(Connection(peer, tenant.source), tenant, listener, over)
    for each in threads.values():
        each.prepare()
    ready.set()
    for each in threads.values():
        each.start()
    for each in threads.values():
        each.join()
    return {name: (each.seconds, each.statuses) for name, each in threads.items()}
