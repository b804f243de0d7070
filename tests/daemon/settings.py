"""The command line, the environment and the configuration file."""

import pathlib
import re

import harness


class Settings(harness.DaemonTest):
    def assert_usage_error(self, done, *words):
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in ("innkeeperd: ", *words):
            self.assertIn(word, done.stderr)

    def import_nothing(self, *options, env=None):
        done = self.run_innkeeperd("import", *options, self.write("d.json", "{}"), env=env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(path.name for path in self.folder.glob("*.db"))

    def test_help_names_every_flag_and_variable(self):
        for arguments in (["serve", "--help"], ["help", "serve"]):
            done = self.run_innkeeperd(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for word in ("--config", "--db", "--master-key", "--listen", "--listen-tls", "--socket-mode", "--tls-cert", "--tls-key", "--mount", "--log-level", "--threads", "--cache", "--mmap", "--durability"):
                self.assertIn(word, done.stdout)
            for word in ("INNKEEPER_DB", "INNKEEPER_LISTEN", "INNKEEPER_LISTEN_TLS", "INNKEEPER_SOCKET_MODE", "INNKEEPER_TLS_CERT", "INNKEEPER_TLS_KEY", "INNKEEPER_LOG_LEVEL", "INNKEEPER_MASTER_KEY"):
                self.assertIn(word, done.stdout)

    def test_security_lists_each_bound_with_its_default(self):
        text = " ".join(self.run_innkeeperd("serve", "--help").stdout.split())
        defaults = {name: default for name, default in re.findall(r" (--[a-z-]+) (?:(?! --[a-z]).)*?\(default ([^():]+)", text)}
        security = (pathlib.Path(__file__).parents[2] / "SECURITY.md").read_text()
        rows = re.findall(r"(?m)^\| [^|]+ \| ([^|]+) \| `(--[a-z-]+)` \|$", security)
        for default, option in rows:
            self.assertIn(default, defaults[option].split(", "), option)
        told = {option for _, option in rows}
        bounds = {option for option, default in defaults.items() if re.fullmatch(r"[0-9]+|.+=[0-9]+", default)} - {"--threads"}
        self.assertEqual(told, bounds)
        self.assertEqual(len(defaults["--rate-limits"].split(", ")), sum(option == "--rate-limits" for _, option in rows))

    def test_help_alone_names_every_command(self):
        for arguments in (["help"], ["--help"]):
            done = self.run_innkeeperd(*arguments)
            self.assertEqual(done.returncode, 0)
            for word in ("serve", "import", "export", "operator", "audit", "check", "openapi", "version", "help", "--version"):
                self.assertIn(word, done.stdout)

    def test_every_help_tells_the_exit_statuses(self):
        for arguments in (["--help"], ["serve", "--help"], ["help", "export"], ["help", "operator", "create"], ["audit", "verify", "--help"]):
            done = self.run_innkeeperd(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
            for code in (0, 1, 2, 64):
                self.assertRegex(done.stdout, rf"(?m)^ +{code}  \w", arguments)

    def test_the_help_of_a_command_inside_another_is_its_own(self):
        self.assertIn("--with-secrets", self.run_innkeeperd("help", "export").stdout)
        done = self.run_innkeeperd("help", "audit", "export")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("a line for each row", done.stdout)
        self.assertNotIn("--with-secrets", done.stdout)

    def test_version_is_a_name_and_a_number(self):
        for spelling in ("version", "--version"):
            done = self.run_innkeeperd(spelling)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"^innkeeperd \d+\.\d+\.\d+\n$")

    def test_openapi_prints_a_document_and_makes_no_file(self):
        done = self.run_innkeeperd("openapi", "skyway")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('"openapi":"3.1', done.stdout.replace(" ", ""))
        self.assertIn("/tenants/{tenant_id}/apps", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_openapi_without_a_name_prints_the_names_of_the_contracts(self):
        done = self.run_innkeeperd("openapi")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "native\nskyway\nenablex\n", ""))

    def test_an_unknown_contract_is_told_with_those_there_are(self):
        done = self.run_innkeeperd("openapi", "morse")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "innkeeperd: morse: no such contract; there are: native, skyway, enablex\n")

    def test_flags_go_over_the_environment_that_over_the_file_and_that_over_the_default(self):
        self.write("c.toml", 'db = "file.db"\n')
        self.assertEqual(self.import_nothing(), ["innkeeper.db"])
        self.assertEqual(self.import_nothing("--config", "c.toml"), ["file.db", "innkeeper.db"])
        env = {"INNKEEPER_DB": "env.db"}
        self.assertEqual(self.import_nothing("--config", "c.toml", env=env), ["env.db", "file.db", "innkeeper.db"])
        self.assertIn("flag.db", self.import_nothing("--config", "c.toml", "--db", "flag.db", env=env))

    def test_the_file_may_set_all_that_flags_do(self):
        self.write(
            "c.toml",
            'db = "api.db"\nlisten = ["127.0.0.1:0", "unix:api.sock"]\nlog_level = "error"\nthreads = 1\n'
            'durability = "process"\nmaster-key = "m.key"\n[mount]\nskyway = "/sky"\n',
        )
        with self.serve("--config", "c.toml", listen=()) as daemon:
            self.assertRegex(daemon.ready, r"^listening on http://127\.0\.0\.1:\d+$")
            self.assertIn("api.sock", daemon.process.stdout.readline())
            self.assertEqual(harness.login(daemon.url + "/sky").status, 401)
            self.assertIn("process", harness.request("GET", daemon.url + "/readyz").body)
            self.assertEqual(daemon.stop()[0], 0)
        self.assertTrue((self.folder / "m.key").exists())
        self.assertEqual(daemon.log, "")

    def test_the_environment_lists_listeners_with_commas(self):
        with self.serve(listen=(), env={"INNKEEPER_LISTEN": "127.0.0.1:0,unix:api.sock"}) as daemon:
            self.assertIn("api.sock", daemon.process.stdout.readline())

    def test_a_wrong_setting_names_where_it_was_made(self):
        self.assert_usage_error(self.run_innkeeperd("serve", "--threads", "many"), "--threads: must be a number")
        self.assert_usage_error(self.run_innkeeperd("serve", "--cache", "8M"), "--cache: must be a number of MiB")
        self.assert_usage_error(self.run_innkeeperd("serve", "--mmap", "-1"), "--mmap: must be a number of MiB")
        self.assert_usage_error(self.run_innkeeperd("serve", "--log-level", "loud"), "--log-level: must be debug, info")
        self.assert_usage_error(self.run_innkeeperd("serve", "--durability", "some"), "--durability: must be full or process")
        self.assert_usage_error(self.run_innkeeperd("serve", "--mount", "morse=/m"), "--mount: names a contract")
        for prefix in ("", "sky", "/sky/", "//", "/a//b", "/a/../b", "/.", "/a b", "/a?b", "/%61", "/{x}"):
            self.assert_usage_error(self.run_innkeeperd("serve", "--mount", f"native={prefix}"), "--mount: must have a prefix", f"native={prefix}")
        self.assert_usage_error(self.run_innkeeperd("serve", "--mount", "native=/a", "--mount", "native=/a"), "--mount: is given twice")
        self.assert_usage_error(self.run_innkeeperd("serve", "--config", ""), "--config: must not be empty")
        for mode in ("0888", "66", "00660", "rw", "-660", "1660"):
            self.assert_usage_error(self.run_innkeeperd("serve", f"--socket-mode={mode}"), "--socket-mode: must be permissions in octal")
        self.assert_usage_error(self.run_innkeeperd("serve", env={"INNKEEPER_THREADS": "-1"}), "INNKEEPER_THREADS: must be")
        for line, words in (
            ("\ncolour = 1", "c.toml:2: colour: is not a setting"),
            ("[serve]\nthreads = 1", "c.toml:1: serve: is not a setting"),
            ("db = [", "c.toml:1: "),
            ("# none\n\nthreads = 1.5", "c.toml:3: threads: must be a text or a whole number"),
            ("threads = true", "c.toml:1: threads: must be a text or a whole number"),
            ("db = false", "c.toml:1: db: must be a text or a whole number"),
            ('rate_limits = "maybe"', "c.toml:1: rate_limits: must be on or off, or NAME=N with key, app, tenant, address or failures"),
            ("rate_limits = 2.5", "c.toml:1: rate_limits: must be a table, a text or a list of texts"),
            ("rate_limits = {keys = 5}", "c.toml:1: rate_limits: must be on or off, or NAME=N"),
            ("rate_limits = {key = -1}", "c.toml:1: rate_limits: must be on or off, or NAME=N"),
            ("quotas = {app-seats = 5}", "c.toml:1: quotas: must be NAME=N with app- or tenant- before rooms, members, keys, devices, tokens, events or bytes"),
            ("quotas = {app-rooms = -5}", "c.toml:1: quotas: must be NAME=N"),
            ("quotas = true", "c.toml:1: quotas: must be NAME=N"),
            ('db = ["a", "b"]', "c.toml:1: db: must have one value"),
            ("listen = []", "c.toml:1: listen: must have a value"),
            ('[db]\npath = "x"', "c.toml:1: db: must be a text"),
            ('log_level = "info"\nlog-level = "error"', "c.toml:1: log_level: is set twice"),
            ('listen = "localhost"', "c.toml:1: listen: localhost: must be HOST:PORT, [IPV6]:PORT or :PORT, or unix:PATH"),
            ("socket-mode = 8", "c.toml:1: socket-mode: must be permissions in octal"),
        ):
            self.write("c.toml", line + "\n")
            self.assert_usage_error(self.run_innkeeperd("serve", "--config", "c.toml"), words)
        self.assert_usage_error(self.run_innkeeperd("serve", "--config", "none.toml"), "none.toml: No such file or directory")
        self.assert_usage_error(self.run_innkeeperd("serve", "--config", "."), ".: Is a directory")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["c.toml"])

    def test_a_wrong_command_line_is_a_usage_error(self):
        for arguments in ([], ["dance"], ["serve", "--loud"], ["import"], ["import", "a", "b"], ["help", "dance"]):
            self.assert_usage_error(self.run_innkeeperd(*arguments))

    def test_an_unknown_command_is_named_with_those_there_are(self):
        commands = "serve, import, export, operator, audit, check, openapi, version, help"
        for arguments, named, known in (
            (["serv"], "serv", commands),
            (["help", "serv"], "serv", commands),
            (["audit", "dance"], "dance", "verify, export"),
            (["help", "audit", "dance"], "dance", "verify, export"),
            (["operator", "make", "x"], "make", "create"),
        ):
            done = self.run_innkeeperd(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (64, "", f"innkeeperd: unknown command '{named}'; there are: {known}\n"))

    def test_what_is_on_or_off_may_be_a_boolean(self):
        self.load(harness.FIXTURE)

        def is_limited(*options, env=None):
            with self.serve(*options, env=env) as daemon:
                answer = harness.Caller(daemon.url, harness.ROOT)("GET", "/tenants")
                self.assertEqual(answer.status, 200)
                return "RateLimit" in answer.headers

        for line, expected in (("rate-limits = false", False), ("rate_limits = true", True), ('rate_limits = "off"', False)):
            self.write("c.toml", line + "\n")
            self.assertEqual(is_limited("--config", "c.toml"), expected, line)
        self.assertFalse(is_limited(env={"INNKEEPER_RATE_LIMITS": "false"}))
        self.assertTrue(is_limited("--rate-limits", "true"))

    def test_each_rate_limit_has_a_number_of_its_own(self):
        self.load(harness.FIXTURE)
        self.write("c.toml", "rate-limits = {key = 7, address = 0}\n")
        for options, env in (
            (("--rate-limits", "key=7", "--rate-limits", "address=0"), None),
            (("--config", "c.toml"), None),
            ((), {"INNKEEPER_RATE_LIMITS": "key=7,address=0"}),
        ):
            with self.serve(*options, env=env) as daemon:
                policies = harness.Caller(daemon.url, harness.ROOT)("GET", "/tenants").headers["RateLimit-Policy"]
                self.assertEqual(policies, '"key";q=7;w=60')

    def test_each_quota_has_a_number_of_its_own(self):
        self.load(harness.FIXTURE)
        self.write("c.toml", "[quotas]\napp-rooms = 7\ntenant-bytes = 9007199254740991\n")
        for options, env in (
            (("--quotas", "app-rooms=7", "--quotas", "tenant-bytes=9007199254740991"), None),
            (("--config", "c.toml"), None),
            ((), {"INNKEEPER_QUOTAS": "app-rooms=7,tenant-bytes=9007199254740991"}),
        ):
            with self.serve(*options, env=env) as daemon:
                call = harness.Caller(daemon.url, harness.ROOT)
                tenant = call("GET", "/tenants").json["items"][0]["id"]
                app = call("POST", f"/tenants/{tenant}/apps", {}).json["app"]["id"]
                of_app = call("GET", f"/apps/{app}/quotas").json
                of_tenant = call("GET", f"/tenants/{tenant}/quotas").json
                self.assertEqual([of_app[kind]["limit"] for kind in ("rooms", "members", "events", "bytes")], [7, 0, 5000000, 8589934592])
                self.assertEqual([of_tenant[kind]["limit"] for kind in ("rooms", "events", "bytes")], [0, 50000000, 9007199254740991])

    def test_a_prefix_goes_before_all_paths_of_a_contract(self):
        with self.serve("--mount", "native=/x/y_1", "--mount", "skyway=/", "--mount", "skyway=/sky") as daemon:
            for path, expected in (("/x/y_1/api/v1/openapi.json", 200), ("/api/v1/openapi.json", 404), ("/v3", 200), ("/sky/v3", 200)):
                self.assertEqual(harness.request("GET", daemon.url + path).status, expected, path)

    def test_contracts_that_would_serve_one_path_are_refused_before_anything_is_made(self):
        done = self.run_innkeeperd("serve", "--mount", "enablex=/api")
        self.assert_usage_error(done, "native and enablex both serve GET /api/v1/rooms/{room_id}")
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    harness.main()
