"""The first operator of a new database, and further ones."""

import json

import harness
from harness import Caller, TENANT


class Operator(harness.DaemonTest):
    def create(self, *arguments, **options):
        return self.run_innkeeperd("operator", "create", *arguments, **options)

    def secret(self, *arguments):
        done = self.create(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        printed = json.loads(done.stdout)
        self.assertEqual(list(printed), ["operator", "secret"])
        self.assertIn(printed["operator"], arguments)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        return printed["secret"]

    def operators(self):
        document = json.loads(self.dump())
        return [each["name"] for each in document.get("operators", [])]

    def test_serving_without_an_operator_tells_how_one_is_made_and_that_works_at_once(self):
        with self.serve() as daemon:
            secret = self.secret("root")
            self.assertEqual(Caller(daemon.url, secret)("POST", "/tenants", {"name": "demo"}).status, 201)
            self.assertEqual(daemon.stop()[0], 0)
        self.assertRegex(daemon.log, r'level=warning event=no_operator make_one="innkeeperd operator create --db innkeeper.db NAME"\n')
        with self.serve() as daemon:
            self.assertEqual(daemon.stop()[0], 0)
        self.assertEqual(daemon.log.count("event=no_operator"), 1)

    def test_a_tenant_is_named_by_its_uid_or_its_name(self):
        self.load({"tenants": [*harness.DEMO["tenants"], {"name": "twin", "uid": "one"}, {"name": "twin", "uid": "two"}]})
        with self.serve() as daemon:
            for name, tenant in (("by-uid", TENANT), ("by-name", "demo"), ("twin", "two")):
                caller = Caller(daemon.url, self.secret(name, "--tenant", tenant))
                self.assertEqual([each["uid"] for each in caller("GET", "/tenants").json["items"]], [TENANT if tenant != "two" else "two"])
        for tenant, told in (("none", "no tenant has the uid or the name none"), ("twin", "several tenants have the name twin: give the uid")):
            done = self.create("x", "--tenant", tenant)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", f"innkeeperd: x: {told}\n"))

    def test_scopes_bound_what_its_key_may_do(self):
        with self.serve() as daemon:
            caller = Caller(daemon.url, self.secret("reader", "--scopes", "tenants:read,apps:read", "--scopes", "keys:read"))
            self.assertEqual(caller("GET", "/tenants").status, 200)
            self.assertEqual(caller("POST", "/tenants", {"name": "x"}).status, 403)
        for scopes, told in (("tenants:read,dance", "dance is no scope; there are: *, read, tenants:read"), (" , ", "must name a scope")):
            done = self.create("x", "--scopes", scopes)
            self.assertEqual((done.returncode, done.stdout), (64, ""))
            self.assertIn(f"innkeeperd: --scopes: {told}", done.stderr)
        self.assertEqual(self.operators(), ["reader"])

    def test_a_name_that_is_taken_is_refused(self):
        self.secret("root")
        done = self.create("root")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "innkeeperd: root: an operator has this name\n"))
        self.load()
        self.secret("root", "--tenant", "demo")

    def test_a_name_has_1_to_255_characters(self):
        for name in ("", "x" * 256, "\udcff"):
            done = self.create(name, errors="surrogateescape")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("/name: must have 1 to 255 characters, in UTF-8\n", done.stderr)
        self.assertEqual(self.secret("\u00fc" * 255)[:4], "inkL")
        self.secret('a "b" \\')
        self.assertEqual(self.operators(), ["\u00fc" * 255, 'a "b" \\'])
        self.assertEqual(self.create().returncode, 64)

    def test_a_secret_that_cannot_be_printed_makes_no_operator(self):
        self.load()
        with open("/dev/full", "w") as full:
            done = self.create("root", stdout=full)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "innkeeperd: root: cannot write to standard output: No space left on device\n")
        self.assertEqual(self.operators(), [])
        self.secret("root")


if __name__ == "__main__":
    harness.main()
