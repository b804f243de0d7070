"""No secret is found where it does not belong: planted ones go in through every door, issued ones come out of every operation that
shows one once, and then the database, its log, the daemon's log and output, the export, the audit trail and all other answers are
searched for each of them, as it is and in the usual encodings."""

import base64
import os
import pathlib
import random
import signal
import string
import subprocess
import sys
import urllib.parse

import harness
from harness import ROOT, TENANT, Caller, request

PLANTED = 1_000
ISSUED_OF_A_KIND = 20
AT = "2024-03-04T01:02:03Z"


def plant(number):
    """Printable ASCII that URLs, JSON and base64 spell differently."""
    return f"pl{number:04}" + "".join(random.choices(string.ascii_letters + string.digits + "+/=%&~?", k=26)) + "z"


def spellings(secret):
    """A secret as it is, in hex, in base64 wherever it stands in a longer text, and as URLs have it."""
    data = secret.encode()
    yield secret
    yield data.hex()
    yield data.hex().upper()
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote_plus(secret)
    for before in range(3):
        # The characters at both ends depend on the neighbours.
        text = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        inner = text[(0, 2, 3)[before] : len(text) - (1 if (before + len(data)) % 3 else 0)]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")


class Search:
    """Looks for many texts in many files at once."""

    def __init__(self, folder, secrets):
        self.owners = {}
        for what, secret in secrets:
            for spelling in spellings(secret):
                self.owners.setdefault(spelling, what)
        self.patterns = pathlib.Path(folder) / "patterns"
        self.patterns.write_text("".join(f"{spelling}\n" for spelling in self.owners))

    def hits(self, *paths):
        """Whose spellings are in the files, and where."""
        done = subprocess.run(
            ["grep", "-aoHFf", self.patterns, *paths], env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, errors="replace"
        )
        if done.returncode > 1:
            raise RuntimeError(done.stderr)
        found = set()
        for line in done.stdout.splitlines():
            path, _, text = line.partition(":")
            found.add((pathlib.Path(path).name, self.owners[text], text))
        return found


class Secrets(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.secrets = []
        self.answers = self.folder / "answers"
        self.answers.touch()

    def note(self, answer):
        """Keeps an answer that must show no secret."""
        with open(self.answers, "a") as file:
            file.write(f"{answer.status} {answer.headers}\n{answer.body}\n")
        return answer

    def start(self):
        return self.serve("--log-level", "debug", "--rate-limits", "off")

    def end(self, daemon, signal_number):
        """Ends it; its standard output is kept."""
        daemon.process.send_signal(signal_number)
        daemon.process.wait(harness.PATIENCE)
        with open(self.folder / "stdout", "a") as file:
            file.write(daemon.ready + "\n" + daemon.process.stdout.read())

    def native(self, daemon, secret=ROOT):
        caller = Caller(daemon.url, secret)
        return lambda *how: self.note(caller(*how))

    def show_everywhere(self, daemon, app, secret):
        """Presents one secret wherever something may be presented."""
        is_good, root = secret in self.imported, self.root
        self.assertEqual(self.native(daemon, secret)("GET", "/apps").status, 200 if is_good else 401)
        self.assertEqual(self.native(daemon, secret + "x")("GET", "/apps").status, 401)
        for scheme in ("Basic", "Token", "Negotiate"):
            root("GET", "/apps", None, {"Authorization": f"{scheme} {secret}"})
        root("GET", "/apps", None, {"Authorization": secret})
        self.assertIs(root("POST", "/keys/verify", {"secret": secret}).json["valid"], is_good)
        self.assertEqual(root("POST", "/member-tokens/verify", {"token": secret}).status, 404)
        self.assertEqual(root("POST", "/stream-keys/verify", {"secret": secret}).status, 404)
        self.assertEqual(root("POST", "/join-tokens/redeem", {"token": secret}).status, 404)
        self.assertEqual(root("POST", "/join-tokens/redeem", {"token": f"eyJhbGciOiJFZERTQSJ9.{secret}.{secret}"}).status, 404)
        events = [
            {"id": f"i{secret[2:6]}", "type": "ingest.started", "at": AT, "stream_key": secret},
            {"id": f"j{secret[2:6]}", "type": "participant.joined", "at": AT, "session": "s", "participant": "p", "token": secret},
        ]
        self.assertEqual(root("POST", f"/apps/{app}/events", {"events": events}).status, 202)
        for form in ('{"secret":"%s"', '{"secret":["%s"]}', '{"secret":"x","secret":"%s"}', '"%s"', "%s"):
            self.assertIn(root("POST", "/keys/verify", form % secret).status, (400, 422))
        broken = [{"type": "ingest.started", "stream_key": {"a": secret}}]
        self.assertEqual(root("POST", f"/apps/{app}/events", {"events": broken}).status, 422)
        self.assertEqual(root("POST", "/keys/verify", secret, {"Content-Type": "text/plain"}).status, 415)
        answer = self.note(harness.login(daemon.url, secret))
        self.assertEqual(answer.status, 201 if secret == self.demo_secret else 401)
        self.note(request("GET", daemon.apps, headers={"X-Auth-Token": secret}))
        self.note(request("GET", daemon.url + "/v3/auth/tokens", headers={"X-Auth-Token": self.token, "X-Subject-Token": secret}))
        body = {"description": "d", "recording_bucket_name": "b", "recording_service_account_key": secret}
        made = self.note(request("POST", daemon.apps, body, {"X-Auth-Token": self.token}))
        self.assertEqual(made.status, 200)

    def issue(self, daemon, app):
        """Has every operation that shows a secret once show some, twice by its Idempotency-Key."""
        caller = Caller(daemon.url, ROOT)
        member = caller("POST", f"/apps/{app}/members", {}).json["id"]
        room = caller("POST", f"/apps/{app}/rooms", {"name": "r"}).json["id"]
        hook = caller("POST", f"/apps/{app}/webhooks", {"url": "http://192.0.2.1/"}).json
        self.secrets.append(("webhook", hook["secret"]))
        doors = {
            "operator": ("/operators", lambda i: {"name": f"issued-{app}-{i}"}),
            "app": (f"/tenants/{TENANT}/apps", lambda i: {}),
            "key": (f"/apps/{app}/keys", lambda i: {}),
            "webhook": (f"/apps/{app}/webhooks", lambda i: {"url": "http://192.0.2.1/", "is_enabled": False}),
            "webhook rotation": (f"/webhooks/{hook['webhook']['id']}/rotate", lambda i: {"grace_seconds": 600}),
            "member token": (f"/members/{member}/tokens", lambda i: {}),
            "join token": (f"/rooms/{room}/join-tokens", lambda i: {}),
            "stream key": (f"/apps/{app}/stream-keys", lambda i: {}),
        }
        for what, (path, body) in doors.items():
            for i in range(ISSUED_OF_A_KIND):
                head = {"Idempotency-Key": f"{what}-{app}-{i}".replace(" ", "-")}
                first, again = (caller("POST", path, body(i), head) for _ in range(2))
                self.assertEqual((first.status, again.status, again.body), (201, 201, first.body), what)
                shown = first.json.get("secret") or first.json["token"]
                self.secrets.append((what, shown))
                if what == "webhook":  # an app has twenty at most
                    self.assertEqual(caller("DELETE", f"/webhooks/{first.json['webhook']['id']}").status, 204)
                if what == "join token":
                    self.secrets.append(("join token's signature", shown.rpartition(".")[2]))
                if what == "key":
                    path_of_key = f"/keys/{first.json['key']['id']}/rotate"
                    rotated = caller("POST", path_of_key, {"grace_seconds": 60}, {"Idempotency-Key": f"rotate-{app}-{i}"})
                    self.secrets.append(("rotated key", rotated.json["secret"]))
                if what in ("member token", "join token", "stream key", "key"):
                    self.use(what, shown, app, i)
        self.secrets += [("webhook's key", shown.removeprefix("whsec_")) for what, shown in self.secrets if what.startswith("webhook")]

    def use(self, what, shown, app, i):
        if what == "key":
            self.assertTrue(self.root("POST", "/keys/verify", {"secret": shown}).json["valid"])
        if what == "member token":
            self.assertEqual(self.root("POST", "/member-tokens/verify", {"token": shown}).status, 200)
        if what == "stream key":
            self.assertEqual(self.root("POST", "/stream-keys/verify", {"secret": shown}).status, 200)
            event = {"id": f"good-{app}-{i}", "type": "ingest.started", "at": AT, "stream_key": shown}
            self.assertEqual(self.root("POST", f"/apps/{app}/events", {"events": [event]}).status, 202)
        if what == "join token":
            event = {"id": f"came-{i}", "type": "participant.joined", "at": AT, "session": "s", "participant": f"{i}", "token": shown}
            self.assertEqual(self.root("POST", f"/apps/{app}/events", {"events": [event]}).status, 202)
            self.root("POST", "/join-tokens/redeem", {"token": shown})

    def read_all(self, app):
        """Every list there is, page by page."""
        hooks = [each["id"] for each in self.walk(f"/apps/{app}/webhooks")]
        members = [each["id"] for each in self.walk(f"/apps/{app}/members")]
        rooms = [each["id"] for each in self.walk(f"/apps/{app}/rooms")]
        paths = ["/tenants", "/operators", "/apps", "/audit"]
        paths += [f"/apps/{app}/{each}" for each in ("keys", "stream-keys", "sessions", "usage", "devices")]
        paths += [f"/webhooks/{each}/deliveries" for each in hooks[:3]]
        paths += [f"/members/{each}/tokens" for each in members] + [f"/rooms/{each}/join-tokens" for each in rooms]
        counts = {path: len(self.walk(path)) for path in paths}
        self.assertGreater(counts["/audit"], PLANTED)

    def walk(self, path):
        items, cursor = [], ""
        for _ in range(1_000):
            page = self.root("GET", f"{path}?limit=500{cursor}").json
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = f"&cursor={page['next_cursor']}"
        self.fail("there is no end")

    def files(self):
        """All that the daemon and its commands left, but the key and what was imported."""
        return sorted(path for path in self.folder.iterdir() if path.name not in ("patterns", "document.json", "innkeeper.db.key"))

    def test_no_secret_is_found_outside_of_the_answer_that_shows_it(self):
        planted = [plant(i) for i in range(PLANTED)]
        self.secrets += [("planted", secret) for secret in planted]
        quarter = PLANTED // 4
        self.imported, self.demo_secret = set(planted[: 2 * quarter]), planted[0]
        operators = [{"name": "demo-key", "secret": self.demo_secret}]
        operators += [{"name": f"o{i}", "secret": planted[i]} for i in range(1, quarter)]
        apps = [{"name": f"a{i}", "secret": planted[i], "recording_credential": planted[i]} for i in range(quarter, 2 * quarter)]
        tenant = {"uid": TENANT, "name": "demo", "operators": operators, "apps": apps}
        printed = self.load({"operators": [{"name": "root", "secret": ROOT}], "tenants": [tenant]})
        (self.folder / "printed").write_text(printed)

        control = plant(PLANTED)
        with self.start() as daemon:
            self.root = self.native(daemon)
            self.token = harness.login(daemon.url, self.demo_secret).headers["X-Subject-Token"]
            self.secrets.append(("access token", self.token))
            app = Caller(daemon.url, ROOT)("POST", f"/tenants/{TENANT}/apps", {"name": "own"}).json
            self.secrets.append(("app", app["secret"]))
            app = app["app"]["id"]
            for secret in planted:
                self.show_everywhere(daemon, app, secret)
            self.issue(daemon, app)
            self.read_all(app)
            self.end(daemon, signal.SIGKILL)
        killed = {path.name for path in self.files()}
        self.assertIn("innkeeper.db-wal", killed)
        search = Search(self.folder, self.secrets)
        self.assertEqual(search.hits(*self.files()), set(), "after kill -9")

        with self.start() as daemon:
            self.root = self.native(daemon)
            self.read_all(app)
            self.end(daemon, signal.SIGTERM)
        (self.folder / "export").write_text(self.dump())
        trail = self.run_innkeeperd("audit", "export", "trail")
        self.assertEqual((trail.returncode, trail.stderr), (0, ""))
        self.assertEqual(search.hits(*self.files()), set(), "after SIGTERM")
        size = sum(path.stat().st_size for path in self.files())
        names = ", ".join(path.name for path in self.files())
        print(f"{len(self.secrets)} secrets in {len(search.owners)} spellings, {size >> 10} KiB in {names}", file=sys.stderr)

        # What finds nothing must be able to find.
        seeker = Search(self.folder, [("control", control)])
        with self.start() as daemon:
            self.root = self.native(daemon)
            for spelling in seeker.owners:
                self.assertEqual(self.root("POST", f"/apps/{app}/members", {"name": f"x{spelling}y", "email": control}).status, 201)
            for neighbours in ("", "a", "ab"):
                name = base64.b64encode(f"{neighbours}{control}".encode()).decode()
                self.assertEqual(self.root("POST", f"/apps/{app}/members", {"name": name}).status, 201)
            self.walk("/audit")
            self.end(daemon, signal.SIGTERM)
        found = seeker.hits(*self.files())
        for name in ("innkeeper.db", "answers"):
            self.assertEqual({text for where, _, text in found if where == name}, set(seeker.owners), name)
        exported = Search(self.folder, [("imported", secret) for secret in self.imported])
        (self.folder / "export").write_text(self.dump("--with-secrets"))
        self.assertEqual(len({text[2:6] for _, _, text in exported.hits(self.folder / "export")}), 2 * quarter)


if __name__ == "__main__":
    harness.main()
