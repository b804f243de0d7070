"""What one caller can do to stop all others: a row each of the table that abuse.py prints. Abusers run in a process of their own,
with less priority than the daemon and its other callers, so that these wait for the daemon and not for a core."""

import base64
import collections
import contextlib
import dataclasses
import http.client
import itertools
import json
import os
import re
import selectors
import socket
import sqlite3
import threading
import time
from collections.abc import Callable

from callers import Connection, connect, is_success, iso_time, message, outcome, usage_event
from servers import of

PAGE = 4_096
MIB = 1 << 20
DAYS_31 = 31 * 86_400 * 1_000_000  # one more than events are kept, µs
KEEPS_SEAT = 45  # seconds between requests on a connection that is to stay
PATIENCE = 60  # seconds that an abuser waits for an answer
OTHERS_ROOMS = 5_000
SLOW_KEY = 100  # requests a minute of the key with a rate of its own


class CannotBeDone(Exception):
    """An abuse that did not go as it is described."""


@dataclasses.dataclass
class Tenant:
    name: str
    uid: str
    app: str
    source: str
    rooms: list = dataclasses.field(default_factory=list)
    keys: tuple = ("reader", "maker", "slow")

    def secret(self, key):
        return f"{self.name}-{key}-secret"

    def bearer(self, key="maker"):
        return {"Authorization": f"Bearer {self.secret(key)}"}

    def basic(self, key="maker"):
        return {"Authorization": "Basic " + base64.b64encode(f"{self.app}:{self.secret(key)}".encode()).decode()}

    def login(self, secret=None):
        user = {"domain": {"id": "default"}, "name": f"{self.name}-operator", "password": secret or self.secret("operator")}
        identity = {"methods": ["password"], "password": {"user": user}}
        return message("POST", "/v3/auth/tokens", body={"auth": {"identity": identity, "scope": {"project": {"id": self.uid}}}})

    def document(self):
        limits = {"slow": {"rate_limit": {"quota": SLOW_KEY, "window_seconds": 60}}}
        keys = [{"uid": f"{self.name}-{key}", "secret": self.secret(key), **limits.get(key, {})} for key in self.keys]
        app = {"uid": self.app, "name": self.name, "keys": keys, "rooms": [{"uid": uid, "name": "Standup"} for uid in self.rooms]}
        operator = {"name": f"{self.name}-operator", "secret": self.secret("operator")}
        return {"uid": self.uid, "name": self.name, "operators": [operator], "apps": [app]}


OTHERS = Tenant("others", "838655dc8c41f7ceba6e835814408018", "61f2c0a7b8d94e0012a4c6e1", "127.0.0.3")
ABUSER = Tenant("abuser", "0b6f3c1e5f0d4b8e9a550d1d5f5f0001", "65f1a0c2e4b0a1b2c3d4e5f6", "127.0.0.2")


def worded(counts):
    return ", ".join(f"{count:,} × {what}" for what, count in sorted(counts.items(), key=str) if count)


class Abuser:
    """What an abuse works with; it is asked to end at `until`."""

    def __init__(self, peer, database, world, is_quick, until):
        self.peer, self.database, self.world, self.is_quick, self.until = peer, database, world, is_quick, until
        self.statuses, self.slowest, self.notes = collections.Counter(), 0, []
        self.connection = Connection(peer, ABUSER.source, PATIENCE)
        self.lock = threading.Lock()

    def sized(self, count):
        return count // 10 if self.is_quick else count

    def has_time(self):
        return time.monotonic() < self.until

    def wait(self):
        time.sleep(max(0, self.until - time.monotonic()))

    def note(self, text):
        self.notes.append(text)

    def require(self, is_so, what):
        if not is_so:
            raise CannotBeDone(f"{what}; {dict(self.statuses)}")

    def count(self, status, seconds=0):
        with self.lock:
            self.statuses[status] += 1
            self.slowest = max(self.slowest, seconds)

    def ask(self, request):
        """Answers the status, or in a word what came instead."""
        begin = time.monotonic()
        status = outcome(lambda: self.connection.send(request))
        self.count(status, time.monotonic() - begin)
        return status

    def native(self, method, path, body=None, headers=None):
        return self.ask(message(method, f"/api/v1{path}", {**ABUSER.bearer(), **(headers or {})}, body))

    def report(self, events):
        return self.native("POST", f"/apps/{ABUSER.app}/events", {"events": events})

    def at_once(self, count, work):
        """Does the same several times at once."""
        faults = []

        def guarded():
            try:
                work()
            except Exception as fault:
                faults.append(fault)

        threads = [threading.Thread(target=guarded, daemon=True) for _ in range(count)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if faults:
            raise faults[0]


# ---- databases -------------------------------------------------------------------------------------------------------------------


def make_world(peer):
    """Makes, as the abuser, one of each thing that is there many times later; answers what is told of them."""
    connection = Connection(peer)

    def made(method, path, headers, body):
        status, answer = connection.send(message(method, path, headers, body))
        if not is_success(status):
            raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer)

    native = f"/api/v1/apps/{ABUSER.app}"
    room = made("POST", f"{native}/rooms", ABUSER.bearer(), {"name": "Standup"})
    member = made("POST", f"{native}/members", ABUSER.bearer(), {"name": "Ada"})
    made("POST", f"/api/v1/members/{member['uid']}/tokens", ABUSER.bearer(), {"expires_in": 31_536_000})
    told = {"session": "s-0", "participant": "p-0"}
    made("POST", f"{native}/events", ABUSER.bearer(), {"events": [
        {"id": "e-1", "type": "session.started", "at": iso_time(), "session": "s-0", "room": room["uid"]},
        {"id": "e-2", "type": "participant.joined", "at": iso_time(1), **told, "name": "Ada", "ip": "192.0.2.7", "agent": "Firefox"},
        {"id": "e-3", "type": "participant.left", "at": iso_time(60_000_000), **told},
        {"id": "e-4", "type": "session.ended", "at": iso_time(60_000_001), "session": "s-0"},
        usage_event("e-5")]})
    settings = {"description": "x", "mode": "group", "scheduled": False, "adhoc": False, "participants": "4"}
    made("POST", "/video/v2/rooms", ABUSER.basic(),
         {"name": "Standup", "owner_ref": "svc", "settings": settings, "data": {"text": "filler"}})
    status, answer = connection.send(ABUSER.login())
    if status != 201:
        raise RuntimeError(f"signing in: {status} {answer.decode()}")
    connection.close()
    return {"room": room["uid"], "member": member["uid"]}


def multiply(db, table, count, **columns):
    """Adds copies of a table's last row, with some columns anew, in SQL over `n`, from 1, and the `row`. Indexes are made when all are
    there, which is much faster."""
    db.execute(f'CREATE TEMP TABLE template AS SELECT * FROM "{table}" ORDER BY id DESC LIMIT 1')
    indexes = db.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name = ? AND type = 'index'", (table,)).fetchall()
    for name, _ in indexes:
        db.execute(f'DROP INDEX "{name}"')
    names = [name for name, in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    cells = [{"id": "row.id + n", **columns}.get(name, f'row."{name}"') for name in names]
    db.execute(f"""WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
                   INSERT INTO "{table}" ({', '.join(f'"{name}"' for name in names)})
                   SELECT {', '.join(cells)} FROM number, template AS row""")
    for _, sql in indexes:
        db.execute(sql)
    db.execute("DROP TABLE template")


RANDOM_UID = "lower(hex(randomblob(16)))"
A_MIB_OF_TEXT = f"hex(randomblob({MIB // 2}))"
A_MIB_OF_JSON = f"""'{{"text":"' || {A_MIB_OF_TEXT} || '"}}'"""


def fill_live_tokens(db, sized):
    multiply(db, "member_token", sized(1_100_000), uid=RANDOM_UID, digest="randomblob(32)")


def fill_old_rows(db, sized):
    now = time.time_ns() // 1_000
    multiply(db, "access_token", sized(1_000_000), digest="randomblob(32)", expires_at=f"{now - DAYS_31} + n")
    multiply(db, "event", sized(500_000), uid=RANDOM_UID, at=f"{now - DAYS_31}", created_at=f"{now - DAYS_31} - n")


def fill_large_enablex_rooms(db, sized):
    multiply(db, "room", sized(300), uid="lower(hex(randomblob(12)))", extras=f"replace(row.extras, 'filler', {A_MIB_OF_TEXT})")


def fill_large_rooms(db, sized):
    multiply(db, "room", sized(500), uid="lower(hex(randomblob(12)))", metadata=A_MIB_OF_JSON)


def fill_large_audit(db, sized):
    multiply(db, "audit", sized(500), after=A_MIB_OF_JSON)


def fill_large_events(db, sized):
    multiply(db, "event", sized(500), uid=RANDOM_UID, data=f"json_set(row.data, '$.text', {A_MIB_OF_TEXT})")


def fill_large_apps(db, sized):
    multiply(db, "app", sized(300), uid=RANDOM_UID, recording_bucket=A_MIB_OF_TEXT)


def fill_call_records(db, sized):
    sessions = sized(3_000)
    first, = db.execute("SELECT max(id) + 1 FROM session").fetchone()
    multiply(db, "session", sessions, uid=RANDOM_UID)
    multiply(db, "participation", sized(300_000), uid=RANDOM_UID, session=f"{first} + n % {sessions}")


# ---- rows 1 to 6: more than a request should cost --------------------------------------------------------------------------------


def is_taken(status):
    """Whether a request within somebody's rights was done, put off, or takes longer than its caller waits."""
    return is_success(status) or status in (429, 503, "no answer")


def end_sessions_often(me):
    """Sessions with 2,000 participants, whose end is reported 1,000 times."""
    for number in itertools.count(1):
        session = f"{number}-{time.monotonic_ns()}"
        begun = [{"type": "session.started", "room": me.world["room"]}]
        begun += [{"type": "participant.joined", "participant": f"p-{at}"} for at in range(me.sized(2_000))]
        ends = [{"type": "session.ended"} for _ in range(me.sized(1_000))]
        for at, each in enumerate((*begun, *ends)):
            each.update(id=f"{session}-{at}", at=iso_time(at), session=session)
        for batch in (*(begun[at:at + 1_000] for at in range(0, len(begun), 1_000)), ends):
            status = me.report(batch)
            me.require(is_taken(status), of(len(batch), "report"))
        if not me.has_time():
            break
    me.note(of(number, "session"))


def suspend_member(me):
    me.require(is_taken(me.native("PATCH", f"/members/{me.world['member']}", {"status": "suspended"})), "suspending a member")


def leave_it_to_maintenance(me):
    """The rows are there when the daemon starts."""
    me.wait()


def tell_old_rows(database, _):
    with contextlib.closing(sqlite3.connect(database)) as db:
        before = time.time_ns() // 1_000 - DAYS_31 + 86_400_000_000
        left = sum(db.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}" < ?', (before,)).fetchone()[0]
                   for table, column in (("access_token", "expires_at"), ("event", "created_at")))
    return f"{left:,} old rows are left"


def read_lists(me, path, headers, unread=0):
    """Reads an answer, four times at once, over and over; others ask for it and read nothing."""
    request = message("GET", path, headers)
    never_read = [open_small(me, request) for _ in range(unread)]
    sizes, to_first_byte = [], []

    def read():
        while me.has_time():
            connection = http.client.HTTPConnection(*me.peer, timeout=PATIENCE, source_address=(ABUSER.source, 0))
            begin = time.monotonic()
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                first = time.monotonic() - begin
                size = 0
                while piece := answer.read(MIB):
                    size += len(piece)
            except TimeoutError:
                me.count("no answer")
                continue
            except (OSError, http.client.HTTPException):
                me.count("closed")
                continue
            finally:
                connection.close()
            me.count(answer.status, time.monotonic() - begin)
            if answer.status == 200:
                sizes.append(size)
                to_first_byte.append(first)

    me.at_once(4, read)
    me.require(not me.statuses[200] or max(sizes) >= MIB, "lists are long")
    if sizes:
        me.note(f"answers of {max(sizes) / MIB:,.1f} MiB, the first byte after {max(to_first_byte) * 1_000:,.0f} ms at most")
    if never_read:
        me.note(f"unread: {worded(first_statuses(never_read))}")


def open_small(me, request):
    """A connection that takes as little as it can, and has sent a request."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    made.settimeout(PATIENCE)
    made.bind((ABUSER.source, 0))
    made.connect(me.peer)
    made.sendall(request)
    return made


def list_enablex_rooms(me):
    room = {"name": "x", "owner_ref": "x", "data": {"text": "x" * (MIB - 1_000)}}
    me.ask(message("POST", "/video/v2/rooms", ABUSER.basic(), room))
    me.note(f"one more such room: {worded(me.statuses)}")
    me.statuses.clear()
    read_lists(me, "/video/v2/rooms", ABUSER.basic(), unread=6)


def list_native_rooms(me):
    read_lists(me, f"/api/v1/apps/{ABUSER.app}/rooms?limit=500", ABUSER.bearer())


def list_audit(me):
    read_lists(me, "/api/v1/audit?limit=500", {"Authorization": f"Bearer {ABUSER.secret('operator')}"})


def list_skyway_apps(me):
    me.require(me.ask(ABUSER.login()) == 201, "signing in")
    token = re.search(rb"(?i)\r\nx-subject-token: *([^\r]+)", me.connection.head)[1].decode()
    read_lists(me, f"/tenants/{ABUSER.uid}/apps?expandApps", {"X-Auth-Token": token})


def replay_feeds(me):
    """Six feeds from the first event on, of which three are read."""
    request = message("GET", f"/api/v1/apps/{ABUSER.app}/events", {**ABUSER.bearer(), "Last-Event-ID": me.world["first_event"]})
    unread = [open_small(me, request) for _ in range(3)]
    sizes = []

    def read():
        with connect(me.peer, ABUSER.source, 1) as peer:
            peer.sendall(request)
            size, head = 0, b""
            while me.has_time():
                try:
                    piece = peer.recv(MIB)
                except TimeoutError:
                    continue
                if not piece:
                    break
                head = head or piece
                size += len(piece)
            me.count(status_of(head) if head else "no answer")
            sizes.append(size)

    me.at_once(3, read)
    me.require(not me.statuses[200] or max(sizes) >= 100_000, "feeds begin with old events")
    me.note(f"feeds of {max(sizes) / MIB:,.1f} MiB, unread: {worded(first_statuses(unread))}")


def list_call_records(me):
    read_lists(me, f"/video/v2/cdr/room/{me.world['room']}", ABUSER.basic())


# ---- rows 7 to 12: without end ---------------------------------------------------------------------------------------------------


def open_many(me, count, request=b""):
    """Connections that have sent a request each; those that could not are counted."""
    made = []
    for _ in range(count):
        try:
            peer = connect(me.peer, ABUSER.source)
            peer.sendall(request)
            made.append(peer)
        except (ConnectionError, TimeoutError):
            me.statuses["refused or reset"] += 1
    return made


def status_of(head):
    return int(head[9:12]) if head.startswith(b"HTTP/1.1 ") else "closed"


def first_statuses(connections, seconds=2):
    """What came first on each, within a time: a status, its end, or nothing."""
    counts = collections.Counter()
    with selectors.PollSelector() as waiting:
        for each in connections:
            waiting.register(each, selectors.EVENT_READ)
        end = time.monotonic() + seconds
        while waiting.get_map() and (ready := waiting.select(max(0, end - time.monotonic()))):
            for key, _ in ready:
                waiting.unregister(key.fileobj)
                try:
                    head = key.fileobj.recv(4_096)
                except OSError:
                    head = b""
                counts[status_of(head)] += 1
        counts["no answer"] += len(waiting.get_map())
    return counts


def hold_logins(me):
    hold_bodies(me, "/v3/auth/tokens", {})


def hold_reports(me):
    hold_bodies(me, f"/api/v1/apps/{ABUSER.app}/events", ABUSER.bearer())


def hold_bodies(me, path, credential):
    """Bodies of 1 MiB but for the last byte."""
    count = me.sized(1_500)
    head = message("POST", path, {**credential, "Content-Type": "application/json", "Content-Length": MIB})
    rest = memoryview(head + bytes(MIB - 1))
    sent, held = {}, []
    with selectors.PollSelector() as waiting:
        for each in open_many(me, count):
            each.setblocking(False)
            sent[each] = 0
            waiting.register(each, selectors.EVENT_READ | selectors.EVENT_WRITE)
        me.require(len(sent) + me.statuses["refused or reset"] == count, "connections are opened")
        while me.has_time() and waiting.get_map():
            for key, ready in waiting.select(max(0, me.until - time.monotonic())):
                peer = key.fileobj
                try:
                    if ready & selectors.EVENT_READ:
                        head = peer.recv(4_096)
                        me.count(status_of(head))
                        waiting.unregister(peer)
                    else:
                        sent[peer] += peer.send(rest[sent[peer]:sent[peer] + 65_536])
                        if sent[peer] == len(rest):
                            held.append(peer)
                            waiting.modify(peer, selectors.EVENT_READ)
                except ConnectionError:
                    me.count("closed")
                    waiting.unregister(peer)
    me.wait()
    still = len(sent) - sum(me.statuses.values()) + me.statuses["refused or reset"]
    me.require(sum(sent.values()) > 0, "bodies are sent")
    me.note(f"{len(held):,} bodies were sent but for a byte, {still:,} connections are neither answered nor closed, "
            f"{sum(sent.values()) / MIB:,.0f} MiB were sent")


def fill_seats(me):
    """10,000 connections, kept by one request in 45 seconds on each."""
    count = me.sized(10_000)
    request = message("GET", "/livez")
    connections = open_many(me, count, request)
    me.require(len(connections) + me.statuses["refused or reset"] == count, "connections are opened")
    opened_at = time.monotonic()
    me.statuses.update(first_statuses(connections))
    time.sleep(max(0, opened_at + (KEEPS_SEAT / 10 if me.is_quick else KEEPS_SEAT) - time.monotonic()))
    for each in connections:
        with contextlib.suppress(OSError):
            each.sendall(request)
    me.note(f"asked again later: {worded(first_statuses(connections))}")
    me.wait()


def send_unknown_names(me):
    """930 kB of 95,000 unknown names, without a credential and with one."""
    body = ("{" + ",".join(f'"{at:05}":0' for at in range(me.sized(95_000))) + "}").encode()
    path = f"/api/v1/apps/{ABUSER.app}/rooms"
    stranger, known = message("POST", path, None, body), message("POST", path, ABUSER.bearer(), body)
    answers = collections.Counter()
    connection = Connection(me.peer, ABUSER.source, PATIENCE)
    while me.has_time():
        for request in (stranger, known):
            begin = time.monotonic()
            try:
                status, answer = connection.send(request)
                answers[status] = max(answers[status], len(answer))
            except OSError:
                status = "closed"
            me.count(status, time.monotonic() - begin)
    me.require(any(status in answers for status in (401, 413, 422, 429)), "bodies are answered")
    sizes = ", ".join(f"{status}: {size / 1_000:,.1f} kB" for status, size in sorted(answers.items()))
    me.note(f"bodies of {len(body) / 1_000:,.0f} kB, answers of at most {sizes}")


def hang_webhooks(me):
    """20 webhooks to a receiver that takes connections and answers nothing; 1,000 events."""
    with socket.create_server(("127.0.0.1", 0), backlog=4_096) as hangs:
        url = "http://{}:{}/".format(*hangs.getsockname())
        for _ in range(20):
            me.require(me.native("POST", f"/apps/{ABUSER.app}/webhooks", {"url": url, "events": ["usage"]}) == 201, "making a webhook")
        me.require(is_success(me.report([usage_event(f"h-{at}") for at in range(me.sized(1_000))])), "reporting events")
        me.wait()
        hangs.setblocking(False)
        tries = 0
        with contextlib.suppress(BlockingIOError):
            while hangs.accept():
                tries += 1
        me.note(f"{tries:,} deliveries were tried")


def pipeline(me, requests):
    """Sends requests without waiting for answers, fifty at a time; counts the statuses."""
    statuses = collections.Counter()
    connection = None
    for at in range(0, len(requests), 50):
        batch = requests[at:at + 50]
        text, seen = b"", 0
        try:
            connection = connection or connect(me.peer, ABUSER.source, PATIENCE)
            connection.sendall(b"".join(batch))
            while seen < len(batch):
                received = connection.recv(MIB)
                if not received:
                    raise ConnectionResetError
                text += received
                seen = len(re.findall(rb"HTTP/1\.1 \d{3} [^\r\n]*\r\n", text))
        except OSError:
            statuses["not answered"] += len(batch) - seen
            connection = None
        statuses.update(map(int, re.findall(rb"HTTP/1\.1 (\d{3}) ", text)))
    return statuses


def guess(me):
    """32,000 wrong logins and keys as fast as they are answered; a key with a rate of its own on a contract that is not ours."""
    half = me.sized(16_000)
    logins = [ABUSER.login(f"wrong-{at}") for at in range(half)]
    wrong = [base64.b64encode(f"{ABUSER.app}:wrong-{at}".encode()).decode() for at in range(half)]
    keys = [message("GET", "/video/v2/rooms?page_length=1", {"Authorization": f"Basic {each}"}) for each in wrong]
    slow = [message("GET", "/video/v2/rooms?page_length=1", ABUSER.basic("slow"))] * (2 * SLOW_KEY)
    # Before the guesses, after which nobody from there may be believed.
    for what, requests in (("the key of 100 a minute", slow), ("logins", logins), ("keys", keys)):
        begin = time.monotonic()
        statuses = pipeline(me, requests)
        me.require(sum(statuses.values()) == len(requests), f"{what} are sent")
        me.note(f"{what}: {worded(statuses)} at {len(requests) / (time.monotonic() - begin):,.0f} a second")


def open_feeds(me):
    """9,000 feeds of one key, and five events a second for them."""
    count = me.sized(9_000)
    feeds = open_many(me, count, message("GET", f"/api/v1/apps/{ABUSER.app}/events", ABUSER.bearer()))
    me.require(len(feeds) + me.statuses["refused or reset"] == count, "connections are opened")
    me.note(f"feeds: {worded(first_statuses(feeds))}")
    while me.has_time():
        me.report([usage_event(f"f-{time.monotonic_ns()}")])
        time.sleep(0.2)


# ---- rows 13 to 15: the disk -----------------------------------------------------------------------------------------------------


def create_large_rooms(me):
    """16 KiB of metadata and an Idempotency-Key, at the rate that a key has."""
    begin = time.monotonic()
    for number in itertools.count():
        time.sleep(max(0, begin + number / 100 - time.monotonic()))
        if not me.has_time():
            break
        body = {"name": "x", "metadata": {"text": base64.b64encode(os.urandom(12_200)).decode()}}
        me.native("POST", f"/apps/{ABUSER.app}/rooms", body, {"Idempotency-Key": f"k-{time.monotonic_ns()}"})
    me.require(me.statuses[201] > 0, "rooms are created")


def truncate_database(me):
    size = me.database.stat().st_size // 2 // PAGE * PAGE
    os.truncate(me.database, size)
    me.note(f"the file was cut to {size / MIB:,.1f} MiB")


def leaf_pages(database, table):
    """Where each leaf page of a table begins in the file."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as db:
        root, = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    with open(database, "rb") as file:
        leaves, pages = [], [root]
        for page in pages:
            file.seek((page - 1) * PAGE)
            text = file.read(PAGE)
            if text[0] == 13:
                leaves.append((page - 1) * PAGE)
                continue
            cells = int.from_bytes(text[3:5], "big")
            for at in (int.from_bytes(text[12 + 2 * cell:14 + 2 * cell], "big") for cell in range(cells)):
                pages.append(int.from_bytes(text[at:at + 4], "big"))
            pages.append(int.from_bytes(text[8:12], "big"))
    return leaves


def overwrite_pages(me):
    """20 leaf pages of the rooms, spread over all."""
    leaves = leaf_pages(me.database, "room")
    me.require(len(leaves) >= 40, "there are leaf pages")
    with open(me.database, "r+b") as file:
        for at in leaves[10::len(leaves) // 20][:20]:
            file.seek(at)
            file.write(os.urandom(PAGE))
    me.note(f"20 of {len(leaves)} leaf pages of rooms")


def tell_bytes_per_create(_, done):
    return f"{(done.left_bytes - done.begun_bytes) / 1_024 / max(1, done.statuses[201]):,.0f} KiB of disk for each of these"


# ---- the table -------------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    number: str
    title: str
    abuse: Callable  # Runs in the abuser's process.
    fill: Callable = None  # Makes the database's rows; without it there are few.
    tell: Callable = None  # What is seen in the database once the daemon has ended.
    options: tuple = ()
    has_webhooks: bool = False  # Others wait for webhooks too.
    is_fresh: bool = False  # Others open a connection for each request.
    is_damage: bool = False  # Others may be refused: what they read and write is damaged.
    begins_full: bool = False  # The abuse begins with the daemon, so what others get alone is measured without it.
    seconds: int = 10


ROWS = [
    Row("1", "2,000 `participant.joined`, then 1,000 `session.ended`, again and again", end_sessions_often),
    Row("2", "suspends a member with 1.1 M live tokens", suspend_member, fill_live_tokens),
    Row("3", "upkeep of 1 M expired tokens and 500 k old events", leave_it_to_maintenance, fill_old_rows, tell_old_rows, begins_full=True),
    Row("4", "lists 300 EnableX rooms with 1 MiB of `data`, four at once; six more unread", list_enablex_rooms, fill_large_enablex_rooms),
    Row("5a", "lists 500 native rooms of 1 MiB, `limit=500`, four at once", list_native_rooms, fill_large_rooms),
    Row("5b", "lists 500 audit rows of 1 MiB, `limit=500`, four at once", list_audit, fill_large_audit),
    Row("5c", "six feeds from position 1, over 500 events of 1 MiB; three unread", replay_feeds, fill_large_events),
    Row("5d", "lists 300 SkyWay apps with names of 1 MiB, four at once", list_skyway_apps, fill_large_apps),
    Row("6", "lists 300,000 call records, four at once", list_call_records, fill_call_records),
    Row("7a", "no credential: 1,500 logins of 1 MiB, all but the last byte", hold_logins),
    Row("7b", "1,500 reports of 1 MiB, all but the last byte", hold_reports),
    Row("8", "no credential: 10,000 connections; others open one for each request", fill_seats, is_fresh=True, seconds=50),
    Row("9", "930 kB of 95,000 unknown names, with and without a credential", send_unknown_names),
    Row("10", "20 webhooks to a receiver that hangs, 1,000 events", hang_webhooks, options=("--webhook-targets", "any"), has_webhooks=True,
        seconds=20),
    Row("11", "32,000 wrong SkyWay logins and EnableX keys; a key with a rate of its own on EnableX", guess),
    Row("12", "9,000 feeds of one key", open_feeds),
    Row("13", "16 KiB of metadata and an Idempotency-Key, 100 a second", create_large_rooms, tell=tell_bytes_per_create),
    Row("14", "the database file truncated", truncate_database, is_damage=True),
    Row("15", "20 leaf pages overwritten", overwrite_pages, is_damage=True),
]
