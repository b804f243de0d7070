"""Import and export of a whole store as one JSON document."""

import copy
import json
import os
import stat
import subprocess

import harness
from harness import DEMO, TENANT, login, request

APP = "2f6bc361-69fd-47ee-94b6-5877ff677ad0"
SECRET_RULE = "must be 10 to 1024 visible ASCII characters without blanks; one that begins like those made here must be whole"
FULL = {
    "operators": [{"name": "root", "secret": "root-secret"}],
    "tenants": [
        {
            "id": "7",
            "uid": TENANT,
            "name": "demo",
            "status": "active",
            "operators": [{"name": "demo-key", "secret": "demo-secret", "uid": "5c1f0d2e7b8a4c9d9e0f1a2b3c4d5e6f"}],
            "apps": [
                {
                    "id": 1042,
                    "uid": APP,
                    "name": "Support desk",
                    "secret": "Ee0aCElM/7iOwKYrQ/bBsGVUQed4AXImk94hdrNbX1I=",
                    "description": 'Support "desk" \\ video\n\u00fc\u65e5',
                    "status": "suspended",
                    "domains": ["desk.example.org", "*.example.net"],
                    "permissions": ["TURN", "SFU", "RECORDING"],
                    "recording_bucket": "desk-recordings",
                    "recording_credential": "bucket-password",
                    "extras": {"skyway": {"a": [1, "}", []]}},
                    "created_at": "2024-01-15T09:30:00.000001Z",
                    "updated_at": "2024-03-02T18:04:51Z",
                    "usage": [
                        {"month": "2024-03", "signaling": 96, "turn_bytes": 204000000, "sfu_bytes": 12750000000},
                        {"month": "2024-02", "signaling": 1250},
                    ],
                    "members": [],
                    "devices": [],
                    "rooms": [],
                },
                {"uid": "no-name", "secret": "bare-secret"},
            ],
        },
        {"name": "second", "apps": [{"name": "Support desk", "secret": "second-secret"}]},
    ],
}


class Transfer(harness.DaemonTest):
    def assert_refused(self, document, *faults):
        """The document is refused with these pointers and reasons, and the store stays as it is."""
        before = self.dump("--with-secrets")
        done = self.run_innkeeperd("import", self.write("bad.json", document))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for pointer, reason in faults:
            self.assertIn(f"innkeeperd: bad.json: {pointer}: {reason}\n", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), len(faults), done.stderr)
        self.assertEqual(self.dump("--with-secrets"), before)

    def changed(self, **app_fields):
        document = copy.deepcopy(FULL)
        document["tenants"][0]["apps"][0].update(app_fields)
        return document

    def test_ids_uids_and_secrets_that_are_given_are_kept(self):
        self.assertEqual(self.load(FULL), "")
        tenant = json.loads(self.dump("--with-secrets"))["tenants"][0]
        app = tenant["apps"][0]
        given = FULL["tenants"][0]
        self.assertEqual((tenant["id"], tenant["uid"], app["id"], app["uid"]), (7, TENANT, 1042, APP))
        self.assertEqual(app["keys"][0]["secret"], given["apps"][0]["secret"])
        for field in ("description", "status", "domains", "recording_bucket", "recording_credential", "extras"):
            self.assertEqual(app[field], given["apps"][0][field], field)
        self.assertEqual(app["permissions"], ["RECORDING", "SFU", "TURN"])
        self.assertEqual(tenant["operators"][0]["keys"][0]["secret"], "demo-secret")
        self.assertEqual(tenant["operators"][0]["uid"], given["operators"][0]["uid"])
        self.assertEqual([each["month"] for each in app["usage"]], ["2024-02", "2024-03"])
        self.assertEqual(app["usage"][1]["sfu_bytes"], 12750000000)

    def test_what_is_imported_serves(self):
        self.load(self.changed(status="active"))
        with self.serve() as daemon:
            head = {"X-Auth-Token": login(daemon.url).headers["X-Subject-Token"]}
            app = request("GET", daemon.apps + "/1042", headers=head).json
            self.assertEqual((app["apikey"], app["recording"]["status"]), (APP, "active"))
            secret = request("GET", daemon.apps + "/1042/secretkey", headers=head).json["secretkey"]
            self.assertEqual(secret, FULL["tenants"][0]["apps"][0]["secret"])

    def test_secrets_that_are_left_out_are_made_and_printed_once(self):
        document = {
            "operators": [{"name": 'a "root"'}],
            "tenants": [{"name": "demo", "operators": [{"name": "key"}], "apps": [{"uid": "my-app"}, {"name": "other"}]}],
        }
        printed = [json.loads(line) for line in self.load(document).splitlines()]
        self.assertEqual([each.get("operator") for each in printed], ['a "root"', "key", None, None])
        self.assertEqual(printed[2]["app"], "my-app")
        self.assertRegex(printed[3]["app"], r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        for each in printed:
            self.assertRegex(each["secret"], r"^inkL[0-9A-Za-z]{43}$")
        stored = self.dump("--with-secrets")
        for each in printed:
            self.assertIn(each["secret"], stored)
        self.assertEqual(self.load(document), "")

    def test_a_second_import_of_the_same_file_changes_nothing(self):
        bare = {"tenants": [{"name": "third", "operators": [{"name": "key"}], "apps": [{"name": "app"}]}]}
        self.load(FULL)
        self.load(bare)
        before = self.dump("--with-secrets")
        with self.serve() as daemon:
            head = {"X-Auth-Token": login(daemon.url).headers["X-Subject-Token"]}
            self.assertEqual(self.load(FULL) + self.load(bare), "")
            self.assertEqual(request("GET", daemon.apps, headers=head).status, 200)
        self.assertEqual(self.dump("--with-secrets"), before)

    def test_a_change_touches_what_it_names_and_moves_updated_at(self):
        self.load({"tenants": [{"name": "demo", "apps": [{"name": "a", "secret": "secret-of-a"}, {"name": "b", "secret": "secret-of-b"}]}]})
        before = json.loads(self.dump("--with-secrets"))["tenants"][0]
        self.load({"tenants": [{"name": "demo", "apps": [{"name": "a", "description": "new"}]}]})
        after = json.loads(self.dump("--with-secrets"))["tenants"][0]
        self.assertEqual(after["apps"][0]["description"], "new")
        self.assertGreater(after["apps"][0]["updated_at"], before["apps"][0]["updated_at"])
        self.assertEqual(after["apps"][0]["keys"][0]["secret"], "secret-of-a")
        self.assertEqual(after["apps"][1], before["apps"][1])
        self.assertEqual(after["updated_at"], before["updated_at"])

    def test_a_secret_that_differs_replaces_the_old_one(self):
        self.load(FULL)
        with self.serve() as daemon:
            token = login(daemon.url).headers["X-Subject-Token"]
            document = self.changed(secret="next-app-secret", status="active")
            document["tenants"][0]["operators"][0]["secret"] = "next-secret"
            self.assertEqual(self.load(document), "")
            self.assertEqual(request("GET", daemon.apps, headers={"X-Auth-Token": token}).status, 403)
            self.assertEqual(login(daemon.url, "demo-secret").status, 401)
            head = {"X-Auth-Token": login(daemon.url, "next-secret").headers["X-Subject-Token"]}
            self.assertEqual(request("GET", daemon.apps + "/1042/secretkey", headers=head).json["secretkey"], "next-app-secret")

    def test_usage_is_set_and_not_added(self):
        self.load(FULL)
        self.load(self.changed(usage=[{"month": "2024-03", "signaling": 5}]))
        usage = json.loads(self.dump())["tenants"][0]["apps"][0]["usage"]
        self.assertEqual([each["signaling"] for each in usage], [1250, 5])
        self.assertEqual(usage[1]["turn_bytes"], 204000000)

    def test_export_import_export_gives_the_same_bytes(self):
        self.load(FULL)
        with self.serve() as daemon:
            head = {"X-Auth-Token": login(daemon.url).headers["X-Subject-Token"]}
            body = {"description": "made over HTTP", "recording_service_account_key": "k"}
            self.assertEqual(request("POST", daemon.apps, body, head).status, 200)
        first = self.dump("--with-secrets")
        self.assertIn("made over HTTP", first)
        self.write("first.json", first)
        done = self.run_innkeeperd("import", "--db", "copy.db", "first.json")
        self.assertEqual(self.assert_imported(done), "")
        self.assertEqual(self.dump("--db", "copy.db", "--with-secrets"), first)
        self.assertEqual(self.run_innkeeperd("import", "first.json").stdout, "")
        self.assertEqual(self.dump("--with-secrets"), first)

    def test_an_export_has_no_secret_unless_asked(self):
        self.load(FULL)
        exported = self.dump()
        for secret in ("root-secret", "demo-secret", "Ee0aCElM", "bucket-password", '"secret"', "recording_credential"):
            self.assertNotIn(secret, exported)
        self.assertIn(APP, exported)

    def test_an_export_with_secrets_to_a_file_is_for_its_owner_only(self):
        self.load(FULL)
        self.write("out.json", "old")
        self.assertEqual(self.dump("--with-secrets", "out.json"), "")
        path = self.folder / "out.json"
        self.assertEqual(path.read_text(), self.dump("--with-secrets"))
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_an_export_of_a_database_that_is_not_there_makes_none(self):
        done = self.run_innkeeperd("export", "--db", "none.db")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "innkeeperd: none.db: No such file or directory\n")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_one_wrong_entry_changes_nothing_and_is_named(self):
        self.load(FULL)
        document = self.changed(description="changed too")
        document["tenants"][1]["apps"] += [{"name": "x"}, {"name": "y", "status": "paused"}]
        self.assert_refused(document, ("/tenants/1/apps/2/status", 'must be "active" or "suspended"'))

    def test_every_wrong_field_is_named_at_once(self):
        self.load(FULL)
        document = {
            "operators": [{}, "x", {"name": "", "secret": ""}],
            "tenants": [
                {
                    "name": 5,
                    "status": "gone",
                    "colour": "red",
                    "a/b~c": 1,
                    "apps": [
                        {},
                        {"name": "a", "id": "0x1", "domains": ["a", 1], "permissions": "TURN", "description": None},
                        {"name": "b", "id": 0, "created_at": "yesterday", "extras": [], "uid": ""},
                        {"name": "c", "id": 1.5, "members": [5], "devices": {}, "rooms": None},
                        {"name": "d", "usage": [{}, {"month": "2024-13"}, {"month": "2024-1"}, {"month": "2024-01", "signaling": -1}]},
                    ],
                }
            ],
        }
        app, required, label = "/tenants/0/apps", "is required", "must be a string of 1 to 255 characters"
        identifier = "must be an id from 1 to 9007199254740991, or its digits in a string"
        array = "must be an array"
        month = 'must be a month such as "2024-03"'
        self.assert_refused(
            document,
            ("/operators/0/name", required),
            ("/operators/1", "must be an object"),
            ("/operators/2/name", label),
            ("/operators/2/secret", SECRET_RULE),
            ("/tenants/0/name", label),
            ("/tenants/0/status", 'must be "active", "suspended" or "deleted"'),
            ("/tenants/0/colour", "is not a field of this entry"),
            ("/tenants/0/a~1b~0c", "is not a field of this entry"),
            (app + "/0/name", required),
            (app + "/1/id", identifier),
            (app + "/1/domains", "must be an array of at most 100 hosts such as example.com or *.example.com"),
            (app + "/1/permissions", "must be an array of at most 100 strings, each of at most 64 characters"),
            (app + "/1/description", "must be a string of at most 1000 characters"),
            (app + "/2/id", identifier),
            (app + "/2/created_at", 'must be a time such as "2024-03-04T01:02:03.000000Z"'),
            (app + "/2/extras", "must be an object"),
            (app + "/2/uid", label),
            (app + "/3/id", identifier),
            (app + "/3/members/0", "must be an object"),
            (app + "/3/devices", array),
            (app + "/3/rooms", array),
            (app + "/4/usage/0/month", required),
            (app + "/4/usage/1/month", month),
            (app + "/4/usage/2/month", month),
            (app + "/4/usage/3/signaling", "must be an integer, zero or more"),
        )

    def test_entries_that_contradict_the_store_or_each_other_are_named(self):
        self.load(FULL)
        self.load({"tenants": [{"uid": "third", "name": "second"}]})
        document = {
            "operators": [{"name": "root"}, {"name": "root"}, {"uid": "new", "name": "root"}],
            "tenants": [
                {"name": "demo", "apps": [{"uid": APP, "id": 5}, {"name": "new", "id": 1042}]},
                {"name": "demo"},
                {"name": "second"},
                {"uid": "third", "name": "third", "apps": [{"uid": APP}, {"name": "e"}, {"name": "e"}]},
                {"name": "fourth", "id": 7},
                {"name": "fifth", "apps": [{"name": "f", "usage": [{"month": "2024-03"}, {"month": "2024-03"}]}]},
            ],
        }
        self.assert_refused(
            document,
            ("/operators/1", "means the same operator as an entry before it"),
            ("/operators/2/name", "is the name of another operator"),
            ("/tenants/0/apps/0/id", "differs: this app has the id 1042"),
            ("/tenants/0/apps/1/id", "is the id of another app"),
            ("/tenants/1", "means the same tenant as an entry before it"),
            ("/tenants/2", "means more than one tenant: give the uid"),
            ("/tenants/3/apps/0/uid", "is the uid of another tenant's app"),
            ("/tenants/3/apps/2", "means the same app as an entry before it"),
            ("/tenants/4/id", "is the id of another tenant"),
            ("/tenants/5/apps/0/usage/1", "means the same month as an entry before it"),
        )

    def test_a_file_that_is_no_good_json_is_told(self):
        self.load(FULL)
        before = self.dump("--with-secrets")
        for text in ("", "{", '{"tenants":[],"tenants":[]}', "[" * 41 + "]" * 41, '{"tenants":[{"name":"\ud800"}]}', "1e400"):
            path = self.folder / "bad.json"
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            done = self.run_innkeeperd("import", "bad.json")
            self.assertEqual(done.returncode, 1, text)
            self.assertRegex(done.stderr, r"^innkeeperd: bad\.json: .+\n$")
        done = self.run_innkeeperd("import", self.write("bad.json", "[]"))
        self.assertEqual((done.returncode, done.stderr), (1, "innkeeperd: bad.json: must be an object\n"))
        done = self.run_innkeeperd("import", "none.json")
        self.assertEqual((done.returncode, done.stderr), (1, "innkeeperd: none.json: No such file or directory\n"))
        self.assertEqual(self.dump("--with-secrets"), before)

    def test_a_document_may_come_from_standard_input(self):
        done = self.run_innkeeperd("import", "-", stdin=json.dumps(DEMO))
        self.assert_imported(done)
        self.assertIn(TENANT, self.dump())

    def test_an_import_says_what_it_did_on_standard_error(self):
        done = self.run_innkeeperd("import", self.write("demo.json", DEMO))
        made = "innkeeperd: keys: 1 created, 0 updated, 0 unchanged\ninnkeeperd: operators: 1 created, 0 updated, 0 unchanged\n"
        self.assertEqual((done.stdout, done.stderr), ("", made + "innkeeperd: tenants: 1 created, 0 updated, 0 unchanged\n"))
        done = self.run_innkeeperd("import", self.write("demo.json", {"tenants": [{"uid": TENANT, "name": "renamed"}]}))
        self.assertEqual(done.stderr, "innkeeperd: tenants: 0 created, 1 updated, 0 unchanged\n")

    def test_secrets_that_cannot_be_printed_are_not_stored(self):
        self.load()
        before = self.dump("--with-secrets")
        path = self.write("more.json", {"tenants": [{"uid": TENANT, "name": "demo", "apps": [{"name": "a"}]}]})
        reader, writer = os.pipe()
        os.close(reader)
        closed = os.fdopen(writer, "w")
        with open("/dev/full", "w") as full, closed:
            for output, why in ((full, "No space left on device"), (closed, "Broken pipe")):
                done = subprocess.run(
                    [harness.BINARY, "import", path], cwd=self.folder, env=harness.environment(), stdout=output,
                    stderr=subprocess.PIPE, text=True, timeout=harness.PATIENCE,
                )
                void = "innkeeperd: nothing was imported: secrets printed up to here are void\n"
                self.assertEqual((done.returncode, done.stderr), (1, f"innkeeperd: cannot write to standard output: {why}\n{void}"))
                self.assertEqual(self.dump("--with-secrets"), before)
        with open(self.folder / "secrets", "w") as file:
            subprocess.run([harness.BINARY, "import", path], cwd=self.folder, env=harness.environment(), stdout=file, check=True)
        self.assertIn(json.loads((self.folder / "secrets").read_text())["secret"], self.dump("--with-secrets"))

    def test_a_byte_order_mark_is_named(self):
        (self.folder / "bom.json").write_bytes(b"\xef\xbb\xbf{}")
        done = self.run_innkeeperd("import", "bom.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("byte order mark", done.stderr)


if __name__ == "__main__":
    harness.main()
