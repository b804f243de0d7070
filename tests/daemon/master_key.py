"""Where the master key comes from, and what happens without it."""

import os
import stat

import harness

KEY = "00112233445566778899aabbccddeeff" * 2
OTHER = "f" * 64


class MasterKey(harness.DaemonTest):
    def assert_refused(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in ("innkeeperd: ", *words):
            self.assertIn(word, done.stderr)

    def key_file(self, text, name="other.key", mode=0o600):
        path = self.folder / self.write(name, text + "\n")
        os.chmod(path, mode)
        return str(path)

    def test_a_new_database_gets_a_key_file_that_only_its_owner_reads(self):
        self.load()
        path = self.folder / "innkeeper.db.key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertRegex(path.read_text(), r"^[0-9a-f]{64}\n$")

    def test_a_missing_key_of_a_sealed_database_is_an_error_and_no_new_one_is_made(self):
        self.load()
        (self.folder / "innkeeper.db.key").unlink()
        self.assert_refused(self.run_innkeeperd("serve", "--listen", "127.0.0.1:0"), "innkeeper.db.key", "innkeeper.db is sealed")
        self.assert_refused(self.run_innkeeperd("export"), "innkeeper.db.key")
        self.assertFalse((self.folder / "innkeeper.db.key").exists())

    def test_a_wrong_key_is_an_error_that_names_the_file(self):
        self.load()
        wrong = self.key_file(OTHER)
        self.assert_refused(self.run_innkeeperd("serve", "--listen", "127.0.0.1:0", "--master-key", wrong), wrong, "innkeeper.db")
        self.assertIn("demo", self.dump())

    def test_a_file_that_others_may_read_is_refused(self):
        open_to_all = self.key_file(KEY, mode=0o644)
        self.assert_refused(self.run_innkeeperd("import", "--master-key", open_to_all, self.write("d.json", "{}")), open_to_all)

    def test_a_file_without_a_key_in_it_is_refused(self):
        broken = self.key_file("not a key")
        self.assert_refused(self.run_innkeeperd("export", "--master-key", broken, "--db", self.write("e.db", "")), broken)

    def test_the_environment_may_hold_the_key_and_then_no_file_is_made(self):
        done = self.run_innkeeperd("import", self.write("d.json", harness.DEMO), env={"INNKEEPER_MASTER_KEY": KEY})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.folder / "innkeeper.db.key").exists())
        self.assertEqual(self.run_innkeeperd("export", env={"INNKEEPER_MASTER_KEY": KEY}).returncode, 0)
        self.assert_refused(self.run_innkeeperd("export", env={"INNKEEPER_MASTER_KEY": OTHER}), "INNKEEPER_MASTER_KEY")
        self.assert_refused(self.run_innkeeperd("export", env={"INNKEEPER_MASTER_KEY": "short"}), "INNKEEPER_MASTER_KEY")

    def test_the_credentials_directory_goes_before_the_file_beside_the_database(self):
        self.key_file(KEY, "innkeeper.key")
        credentials = {"CREDENTIALS_DIRECTORY": str(self.folder)}
        done = self.run_innkeeperd("import", self.write("d.json", harness.DEMO), env=credentials)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.folder / "innkeeper.db.key").exists())
        self.assertEqual(self.run_innkeeperd("export", env={"INNKEEPER_MASTER_KEY": KEY}).returncode, 0)

    def test_a_flag_goes_over_the_environment(self):
        done = self.run_innkeeperd(
            "import", "--master-key", self.key_file(KEY), self.write("d.json", harness.DEMO), env={"INNKEEPER_MASTER_KEY": OTHER}
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_innkeeperd("export", env={"INNKEEPER_MASTER_KEY": KEY}).returncode, 0)


if __name__ == "__main__":
    harness.main()
