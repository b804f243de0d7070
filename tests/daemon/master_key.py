"""Where the master key comes from, and what happens without it."""

import os
import stat
import unittest

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
        done = self.run_innkeeperd("import", "--master-key", open_to_all, self.write("d.json", "{}"))
        self.assert_refused(done, open_to_all, "has the mode 0644", "0600 or 0400, or 0640 or 0440 with a group of this process")

    def test_a_file_may_be_read_by_a_group_of_the_process_and_by_no_other(self):
        key = self.key_file(KEY)
        document = self.write("d.json", "{}")
        for mode, expected in ((0o440, 0), (0o640, 0), (0o460, 2), (0o444, 2), (0o450, 2)):
            os.chown(key, -1, os.getegid())
            os.chmod(key, mode)
            done = self.run_innkeeperd("import", "--master-key", key, document)
            self.assertEqual(done.returncode, expected, (oct(mode), done.stderr))

    @unittest.skipUnless(os.geteuid() == 0, "only root gives a file to a group that it is not in")
    def test_a_file_that_another_group_may_read_is_refused_unless_the_process_is_in_it(self):
        key = self.key_file(KEY)
        document = self.write("d.json", "{}")
        os.chown(key, -1, 4_242)
        os.chmod(key, 0o440)
        self.assert_refused(self.run_innkeeperd("import", "--master-key", key, document, extra_groups=[]), "the mode 0440 and the group 4242")
        for groups in ({"extra_groups": [17, 4_242]}, {"group": 4_242, "extra_groups": []}):
            done = self.run_innkeeperd("import", "--master-key", key, document, **groups)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

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
