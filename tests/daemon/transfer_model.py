"""Import and export of everything the model has that is carried over."""

import copy
import json
import sqlite3

import harness
from harness import TENANT, login, request

APP = "2f6bc361-69fd-47ee-94b6-5877ff677ad0"
MEMBER = "976db4c6-6bfb-4e47-92c4-d145617d091d"
ROOM = "65f1a0c2e4b0a1b2c3d4e5f6"
OLD_KEY, NEW_KEY = "0b6f3c1e-5f0d-4b8e-9a55-0d1d5f5f0001", "0b6f3c1e-5f0d-4b8e-9a55-0d1d5f5f0002"
MADE, CHANGED = "2024-01-15T09:30:00.000001Z", "2024-03-02T18:04:51.000000Z"
TIMES = {"created_at": MADE, "updated_at": CHANGED}
# Every member that an entry may have, as export writes it with secrets.
WHOLE = {
    "operators": [{"id": 1, "uid": "root-uid", "name": "root", "created_at": MADE, "keys": []}],
    "tenants": [
        {
            "id": 7,
            "uid": TENANT,
            "name": "demo",
            "status": "active",
            **TIMES,
            "operators": [
                {
                    "id": 5,
                    "uid": "5c1f0d2e7b8a4c9d9e0f1a2b3c4d5e6f",
                    "name": "demo-key",
                    "created_at": MADE,
                    "keys": [
                        {
                            "id": 20,
                            "uid": "operator-key",
                            "label": "laptop",
                            "secret": "demo-secret",
                            "scopes": "*",
                            "mode": "live",
                            "networks": "",
                            "created_at": MADE,
                        }
                    ],
                }
            ],
            "apps": [
                {
                    "id": 1042,
                    "uid": APP,
                    "name": "Support desk",
                    "mode": "test",
                    "description": 'Support "desk" \\ video\n\u00fc\u65e5',
                    "status": "active",
                    "domains": ["desk.example.org", "*.example.net"],
                    "permissions": ["RECORDING", "SFU"],
                    "recording_bucket": "desk-recordings",
                    "recording_credential": "bucket-password",
                    "extras": {"skyway": {"a": [1, "}", []]}},
                    **TIMES,
                    "keys": [
                        {
                            "id": 31,
                            "uid": OLD_KEY,
                            "label": "before",
                            "secret": "old-secret",
                            "scopes": "rooms:read members:write",
                            "mode": "test",
                            "networks": "192.0.2.0/24 2001:db8::/32",
                            "expires_at": "2031-01-01T00:00:00.000000Z",
                            "revoked_at": "2024-03-01T00:00:00.000000Z",
                            "replaced_by": NEW_KEY,
                            "rate_limit": {"quota": 100, "window_seconds": 60},
                            **TIMES,
                            "last_used_at": "2024-02-29T23:59:59.999999Z",
                        },
                        {
                            "id": 32,
                            "uid": NEW_KEY,
                            "label": "",
                            "secret": "new-secret",
                            "scopes": "*",
                            "mode": "test",
                            "networks": "",
                            "rate_limit": {"quota": 0, "window_seconds": 60},
                            "created_at": MADE,
                        },
                    ],
                    "members": [
                        {
                            "id": 3,
                            "uid": MEMBER,
                            "app_user_id": "42",
                            "name": "alice",
                            "email": "alice@example.net",
                            "status": "suspended",
                            "metadata": {"team": {"n": 1.50}},
                            "extras": {"x": 1},
                            **TIMES,
                        },
                        {"id": 4, "uid": "bob", "name": "", "email": "", "status": "active", "metadata": {}, **TIMES},
                    ],
                    "rooms": [
                        {
                            "id": 9,
                            "uid": ROOM,
                            "name": "Standup",
                            "description": "Every morning",
                            "kind": "scheduled",
                            "status": "closed",
                            "owner_ref": "team-7",
                            "mode": "lecture",
                            "capacity": 12,
                            "moderators": 2,
                            "starts_at": MADE,
                            "ends_at": CHANGED,
                            "lifetime": 90,
                            "is_live": True,
                            "metadata": {"a": None},
                            "extras": {"enablex": {"settings": {}}},
                            **TIMES,
                        }
                    ],
                    "devices": [
                        {
                            "id": 2,
                            "uid": "device-1",
                            "member": MEMBER,
                            "name": "thermometer",
                            "kind": "sensor",
                            "status": "disabled",
                            "metadata": {"floor": 2},
                            "extras": {"y": True},
                            **TIMES,
                            "readings": [
                                {"id": 6, "at": MADE, "value": 21.50},
                                {"id": 7, "at": MADE, "value": "warm"},
                                {"id": 8, "at": CHANGED, "value": False},
                            ],
                        },
                        {"id": 11, "uid": "d2", "name": "spare", "kind": "", "status": "active", "metadata": {}, **TIMES, "readings": []},
                    ],
                    "stream_keys": [
                        {
                            "id": 14,
                            "uid": "stream-1",
                            "member": MEMBER,
                            "label": "camera",
                            "secret": "stream-secret",
                            "state": "active",
                            "state_at": CHANGED,
                            "mode": "rtmp",
                            "revoked_at": CHANGED,
                            **TIMES,
                        },
                        {"id": 15, "uid": "s2", "label": "", "secret": "second-stream", "state": "inactive", "state_at": MADE, "mode": "", **TIMES},
                    ],
                    "webhooks": [
                        {
                            "id": 16,
                            "uid": "hook-1",
                            "url": "https://example.net/hook?a=1",
                            "events": "*",
                            "label": "all",
                            "is_enabled": True,
                            "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                            "former": "whsec_Zm9ybWVyLWZvcm1lci1mb3JtZXItZm9ybWVyLWZvcm0=",
                            "former_until": CHANGED,
                            "contract": "enablex",
                            "basic_auth": "clinic:pass:word",
                            **TIMES,
                        }
                    ],
                    "sessions": [
                        {
                            "id": 50,
                            "uid": "session-1",
                            "room": ROOM,
                            "room_uid": ROOM,
                            "room_name": "Standup",
                            "owner_ref": "team-7",
                            "state": "ended",
                            "started_at": MADE,
                            "ended_at": CHANGED,
                            "participant_count": 3,
                            "extras": {"z": []},
                            **TIMES,
                            "participants": [
                                {
                                    "id": 60,
                                    "uid": "p-1",
                                    "name": "Alice",
                                    "role": "moderator",
                                    "user_ref": "42",
                                    "member": MEMBER,
                                    "ip": "192.0.2.7",
                                    "agent": "Firefox",
                                    "token_uid": "65bf0b00c4d5e6f708192a4c",
                                    "joined_at": MADE,
                                    "left_at": CHANGED,
                                    "closed_at": CHANGED,
                                    "published": {"audio": True},
                                    "subscribed_seconds": 12,
                                    "published_seconds": 34,
                                    **TIMES,
                                }
                            ],
                            "recordings": [
                                {"id": 70, "kind": "chat", "url": "s3://b/c", "size": 5, "at": MADE, "created_at": CHANGED}
                            ],
                        }
                    ],
                    "usage": [
                        {"month": "2024-02", "signaling": 1250, "turn_bytes": 1, "sfu_bytes": 2},
                        {"month": "2024-03", "signaling": 96, "turn_bytes": 0, "sfu_bytes": 12750000000},
                    ],
                    "quotas": [{"rooms": 100, "members": 0, "keys": 5, "devices": 7, "tokens": 1, "events": 10, "bytes": 1048576}],
                }
            ],
            "quotas": [{"bytes": 9007199254740991}],
        }
    ],
}
SECRETS = ("secret", "former", "former_until", "basic_auth", "recording_credential")


def without_secrets(value):
    if isinstance(value, dict):
        return {name: without_secrets(each) for name, each in value.items() if name not in SECRETS}
    return [without_secrets(each) for each in value] if isinstance(value, list) else value


def changed(**lists):
    document = copy.deepcopy(WHOLE)
    document["tenants"][0]["apps"][0].update(lists)
    return document


class Model(harness.DaemonTest):
    def rows(self, query, db="innkeeper.db"):
        with sqlite3.connect(self.folder / db) as database:
            return database.execute(query).fetchall()

    def assert_refused(self, app, *faults):
        before = self.dump("--with-secrets")
        done = self.run_innkeeperd("import", self.write("bad.json", changed(**app)))
        told = [line.removeprefix("innkeeperd: bad.json: /tenants/0/apps/0/") for line in done.stderr.splitlines()]
        self.assertEqual((done.returncode, done.stdout, told), (1, "", list(faults)))
        self.assertEqual(self.dump("--with-secrets"), before)

    def test_every_member_comes_back_as_it_was_given(self):
        self.assertEqual(self.load(WHOLE), "")
        text = self.dump("--with-secrets")
        self.assertEqual(json.loads(text), WHOLE)
        self.assertIn('"value": 21.5', text)
        self.assertEqual(json.loads(self.dump()), without_secrets(WHOLE))

    def test_export_import_export_gives_the_same_bytes_with_secrets(self):
        self.load(WHOLE)
        first = self.dump("--with-secrets")
        self.write("first.json", first)
        for _ in range(2):
            done = self.run_innkeeperd("import", "--db", "copy.db", "first.json")
            self.assertEqual(self.assert_imported(done), "")
            self.assertEqual(self.dump("--db", "copy.db", "--with-secrets"), first)

    def test_export_import_export_gives_the_same_bytes_without_secrets(self):
        self.load(WHOLE)
        first = self.dump()
        for secret in ("demo-secret", "new-secret", "stream-secret", "whsec_", "bucket-password"):
            self.assertNotIn(secret, first)
        self.write("first.json", first)
        done = self.run_innkeeperd("import", "--db", "copy.db", "first.json")
        self.assert_imported(done)
        made = {(kind, line[kind]): line["secret"] for line in map(json.loads, done.stdout.splitlines()) for kind in line if kind != "secret"}
        # Those of revoked keys are of no use to anybody.
        self.assertEqual(set(made), {("key", "operator-key"), ("key", NEW_KEY), ("stream_key", "s2"), ("webhook", "hook-1")})
        self.assertRegex(made["key", "operator-key"], "^inkL")
        self.assertRegex(made["key", NEW_KEY], "^inkT")
        self.assertRegex(made["webhook", "hook-1"], "^whsec_")
        self.assertEqual(self.dump("--db", "copy.db"), first)
        again = self.run_innkeeperd("import", "--db", "copy.db", "first.json")
        self.assertEqual((again.returncode, again.stdout), (0, ""))
        self.assertEqual(self.dump("--db", "copy.db"), first)

    def test_a_second_import_changes_no_row(self):
        self.load(WHOLE)
        rows = self.rows("SELECT count(*), max(id) FROM audit")
        self.assertEqual(self.load(WHOLE), "")
        self.assertEqual(self.rows("SELECT count(*), max(id) FROM audit"), rows)

    def test_every_row_is_in_the_audit_trail_and_nobody_is_told(self):
        self.load(WHOLE)
        tables = ("tenant", "operator", "app", "key", "member", "room", "device", "reading", "stream_key", "webhook", "session")
        for table in (*tables, "participation", "recording", "usage", "quota"):
            (rows,), = self.rows(f'SELECT count(*) FROM "{table}"')
            (noted,), = self.rows(f"SELECT count(*) FROM audit WHERE action = '{table}.create' AND actor = 'host'")
            self.assertEqual(noted, rows, table)
        self.load(changed(rooms=[{"uid": ROOM, "name": "Retro"}]))
        (action, before, after), = self.rows("SELECT action, before, after FROM audit ORDER BY id DESC LIMIT 1")
        self.assertEqual(action, "room.update")
        self.assertEqual((json.loads(before)["name"], json.loads(after)["name"]), ("Standup", "Retro"))
        self.assertEqual(self.rows("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM delivery)"), [(0, 0)])
        self.assertNotIn("stream-secret", str(self.rows("SELECT before, after FROM audit")))

    def test_secrets_that_are_imported_are_good(self):
        self.load(WHOLE)
        with self.serve() as daemon:
            head = {"X-Auth-Token": login(daemon.url).headers["X-Subject-Token"]}
            secret = request("GET", daemon.apps + "/1042/secretkey", headers=head).json["secretkey"]
            self.assertEqual(secret, "new-secret")
            document = copy.deepcopy(WHOLE)
            document["tenants"][0]["operators"][0]["keys"][0]["secret"] = "next-secret"
            self.assertEqual(self.load(document), "")
            self.assertNotEqual(request("GET", daemon.apps, headers=head).status, 200)
            self.assertEqual(login(daemon.url).status, 401)
            self.assertEqual(login(daemon.url, "next-secret").status, 201)

    def test_one_secret_is_one_key_in_the_list(self):
        self.load({"tenants": [{"name": "t", "apps": [{"uid": "a", "secret": "only-secret"}, {"uid": "none", "keys": []}]}]})
        apps = json.loads(self.dump("--with-secrets"))["tenants"][0]["apps"]
        self.assertEqual([(key["secret"], key["label"], key["scopes"]) for key in apps[0]["keys"]], [("only-secret", "", "*")])
        self.assertEqual(apps[1]["keys"], [])
        self.load({"tenants": [{"name": "t", "apps": [{"uid": "a", "keys": [{"scopes": "read"}, {"label": "b", "secret": "other-secret"}]}]}]})
        keys = json.loads(self.dump("--with-secrets"))["tenants"][0]["apps"][0]["keys"]
        self.assertEqual([(key["secret"], key["label"], key["scopes"]) for key in keys], [("only-secret", "", "read"), ("other-secret", "b", "*")])

    def test_entries_without_a_uid_match_by_what_people_call_them(self):
        bare = {
            "keys": [{"label": "k", "secret": "some-secret"}],
            "members": [{"app_user_id": "7"}, {"name": "carol"}],
            "rooms": [{"name": "Hall"}],
            "devices": [{"name": "door", "readings": [{"at": MADE, "value": 1}]}],
            "stream_keys": [{"label": "cam", "secret": "camera-secret"}],
            "webhooks": [{"url": "http://example.net/", "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}],
            "sessions": [{"uid": "s", "participants": [{"uid": "p"}], "recordings": [{"url": "u", "at": MADE}]}],
            "usage": [{"month": "2024-02"}],
        }
        document = {"tenants": [{"name": "t", "apps": [{"name": "a", **bare}]}]}
        self.assertEqual(self.load(document), "")
        before = self.dump("--with-secrets")
        self.assertEqual(self.load(document), "")
        self.assertEqual(self.dump("--with-secrets"), before)
        app = json.loads(before)["tenants"][0]["apps"][0]
        self.assertEqual((len(app["members"]), app["webhooks"][0]["events"]), (2, "*"))
        self.assertRegex(app["rooms"][0]["uid"], "^[0-9a-f]{24}$")

    def test_null_takes_away_and_a_change_moves_updated_at(self):
        self.load(WHOLE)
        self.load(
            {"tenants": [{"name": "demo", "apps": [{"uid": APP, "devices": [{"uid": "device-1", "member": None}],
             "keys": [{"uid": OLD_KEY, "replaced_by": None, "rate_limit": None, "expires_at": None,
                       "last_used_at": "2020-01-01T00:00:00Z"}]}]}]}
        )
        app = json.loads(self.dump())["tenants"][0]["apps"][0]
        self.assertNotIn("member", app["devices"][0])
        self.assertGreater(app["devices"][0]["updated_at"], CHANGED)
        self.assertFalse({"replaced_by", "rate_limit", "expires_at"} & set(app["keys"][0]))
        self.assertEqual(app["keys"][0]["last_used_at"], "2024-02-29T23:59:59.999999Z")
        self.assertEqual(app["updated_at"], CHANGED)

    def test_deep_metadata_can_be_carried_over(self):
        deepest = json.loads('{"a":' * 30 + "{}" + "}" * 30)
        self.load(changed(members=[{"uid": MEMBER, "metadata": deepest}, {"uid": "bob"}]))
        first = self.dump("--with-secrets")
        self.write("first.json", first)
        self.assertEqual(self.run_innkeeperd("import", "--db", "copy.db", "first.json").returncode, 0)
        self.assertEqual(self.dump("--db", "copy.db", "--with-secrets"), first)

    def test_every_wrong_value_is_named(self):
        self.load(WHOLE)
        rate = 'must be an object such as {"quota": 100, "window_seconds": 60}'
        self.assert_refused(
            {
                "secret": "only-secret",
                "keys": [{"scopes": "all", "networks": "10.0.0.1/8", "rate_limit": {"quota": -1}, "replaced_by": 1}, {"rate_limit": 5}],
                "members": [{"password": "p", "name": "x"}, {"email": "y"}, {"name": "z", "metadata": []}],
                "rooms": [{"capacity": -1, "kind": "cellar"}, {"name": "big", "capacity": 10**7, "lifetime": 10**10}],
                "devices": [{"name": "d", "readings": [{"at": MADE, "value": {}}, {"value": 1}]}],
                "stream_keys": [{"secret": ""}],
                "webhooks": [{"url": "http://u:p@x/#f", "is_enabled": 1}, {}, {"url": "http://b/", "secret": "whsec_short", "basic_auth": "x", "events": "A"}],
                "sessions": [{}, {"uid": "s", "participants": [{}], "recordings": [{}]}],
            },
            "keys/0/scopes: must be at most 50 scopes that there are, with blanks between them",
            "keys/0/networks: must be at most 50 CIDR blocks such as 192.0.2.0/24, with blanks between them",
            f"keys/0/rate_limit: {rate}",
            "keys/0/replaced_by: must be a uid or null",
            f"keys/1/rate_limit: {rate}",
            "members/0/password: is not kept: members have no passwords here, the app signs them in",
            "members/1/name: is required",
            "members/2/metadata: must be an object of 16 KiB at most",
            "rooms/0/capacity: must be an integer from 0 to 1000000",
            'rooms/0/kind: must be "permanent", "scheduled", "ad_hoc", "broadcast" or "conference"',
            "rooms/0/name: is required",
            "rooms/1/capacity: must be an integer from 0 to 1000000",
            "rooms/1/lifetime: must be an integer from 0 to 31622400",
            "devices/0/readings/0/value: must be a number, a string, true or false",
            "devices/0/readings/1/at: is required",
            "stream_keys/0/secret: must be 10 to 1024 visible ASCII characters without blanks; one that begins like those made here must be whole",
            "webhooks/0/url: must be an http or https URL without user, password or fragment, of at most 2048 characters",
            "webhooks/0/is_enabled: must be true or false",
            "webhooks/1/url: is required",
            "webhooks/2/secret: must be whsec_ and the base64 of 24 to 64 bytes",
            "webhooks/2/basic_auth: must be a user, a colon and a password, each of at most 255 bytes of text",
            "webhooks/2/events: must be at most 100 event types such as session.*, with blanks between them",
            "sessions/0/uid: is required",
            "sessions/1/participants/0/uid: is required",
            "sessions/1/recordings/0/url: is required",
            "sessions/1/recordings/0/at: is required",
            "secret: stands for one key: leave it out beside keys",
        )

    def test_every_entry_that_contradicts_another_is_named(self):
        self.load(WHOLE)
        self.load({"tenants": [{"uid": TENANT, "name": "demo", "apps": [{"uid": "other", "members": [{"uid": "theirs", "name": "t"}]}]}]})
        self.assert_refused(
            {
                "mode": "live",
                "keys": [{"uid": "operator-key"}, {"uid": NEW_KEY, "mode": "live"}, {"uid": OLD_KEY, "replaced_by": "operator-key"}],
            },
            "mode: is fixed: this app is test",
        )
        self.assert_refused(
            {
                "keys": [{"uid": "operator-key"}, {"uid": NEW_KEY, "mode": "live"}, {"uid": OLD_KEY, "replaced_by": "operator-key"}],
                "members": [{"uid": "theirs"}, {"uid": "bob", "app_user_id": "42"}, {"uid": "bob"}, {"uid": "bob"}, {"uid": "c", "id": 3}],
                "rooms": [{"uid": ROOM, "ends_at": MADE}, {"name": "later", "kind": "scheduled"}],
                "devices": [{"uid": "device-1", "member": "theirs", "readings": []}, {"uid": "d2", "readings": [{"id": 6, "at": MADE, "value": 1}]}],
                "stream_keys": [{"uid": "s2", "secret": "stream-secret"}, {"uid": "stream-1", "id": 99}],
                "webhooks": [{"url": "http://a/", "former_until": MADE}, {"uid": "new"}, {"url": "http://b/", "contract": "morse"}],
                "sessions": [{"uid": "session-1", "room": "nowhere"}],
            },
            "keys/0/uid: is the uid of another holder's key",
            "keys/1/mode: must be the app's mode: test",
            "members/0/uid: is the uid of another app's member",
            "members/1/app_user_id: is the app_user_id of another member",
            "members/3: means the same member as an entry before it",
            "members/4/id: is the id of another member",
            "rooms/0/ends_at: must be after the start",
            "rooms/1/starts_at: is needed by a scheduled room",
            "devices/0/member: is the uid of no member of this app",
            "devices/1/readings/0/id: is the id of another device's reading",
            'stream_keys/0/secret: is a secret of the stream key "camera" of the app "Support desk" too',
            "stream_keys/1/id: differs: this stream key has the id 14",
            "webhooks/0/former_until: needs a former secret beside it",
            "webhooks/1/url: is required",
            "webhooks/2/contract: must be a contract that has messages for webhooks",
            "sessions/0/room: is the uid of no room of this app",
            "keys/2/replaced_by: is the uid of no other key of the same holder",
        )


if __name__ == "__main__":
    harness.main()
