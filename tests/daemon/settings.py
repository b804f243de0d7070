"""The command line, the environment and the configuration file."""

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
            for word in ("--config", "--db", "--master-key", "--listen", "--listen-tls", "--tls-cert", "--tls-key", "--mount", "--log-level", "--threads", "--cache", "--durability"):
                self.assertIn(word, done.stdout)
            for word in ("INNKEEPER_DB", "INNKEEPER_LISTEN", "INNKEEPER_LISTEN_TLS", "INNKEEPER_TLS_CERT", "INNKEEPER_TLS_KEY", "INNKEEPER_LOG_LEVEL", "INNKEEPER_MASTER_KEY"):
                self.assertIn(word, done.stdout)

    def test_help_alone_names_every_command(self):
        for arguments in (["help"], ["--help"]):
            done = self.run_innkeeperd(*arguments)
            self.assertEqual(done.returncode, 0)
            for word in ("serve", "import", "export", "openapi", "version", "help"):
                self.assertIn(word, done.stdout)

    def test_version_is_a_name_and_a_number(self):
        done = self.run_innkeeperd("version")
        self.assertEqual(done.returncode, 0)
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
        self.assert_usage_error(self.run_innkeeperd("serve", "--log-level", "loud"), "--log-level: must be debug, info")
        self.assert_usage_error(self.run_innkeeperd("serve", "--durability", "some"), "--durability: must be full or process")
        self.assert_usage_error(self.run_innkeeperd("serve", "--mount", "morse=/m"), "--mount: names a contract")
        self.assert_usage_error(self.run_innkeeperd("serve", "--mount", "skyway=sky"), "--mount: must have a prefix")
        self.assert_usage_error(self.run_innkeeperd("serve", env={"INNKEEPER_THREADS": "-1"}), "INNKEEPER_THREADS: must be")
        for line, words in (
            ("colour = 1", "c.toml: colour: is not a setting"),
            ("db = [", "c.toml:1: "),
            ("threads = 1.5", "c.toml: threads: must be"),
            ('db = ["a", "b"]', "c.toml: db: must have one value"),
        ):
            self.write("c.toml", line + "\n")
            self.assert_usage_error(self.run_innkeeperd("serve", "--config", "c.toml"), words)
        self.assert_usage_error(self.run_innkeeperd("serve", "--config", "none.toml"), "none.toml")

    def test_a_wrong_command_line_is_a_usage_error(self):
        for arguments in ([], ["dance"], ["serve", "--loud"], ["import"], ["import", "a", "b"], ["help", "dance"]):
            self.assert_usage_error(self.run_innkeeperd(*arguments))


if __name__ == "__main__":
    harness.main()
