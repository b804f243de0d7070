"""The database's file: whose it is, what is said where it cannot be used, media that cannot be written, and backups."""

import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading

import harness
from harness import TENANT, Caller

KEY = {"INNKEEPER_MASTER_KEY": "00112233445566778899aabbccddeeff" * 2}
NOBODY = 65534
COMMANDS = (["export"], ["audit", "verify"], ["audit", "export"])


class Storage(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(os.chmod, self.folder, 0o700)

    def restrict(self):
        """From now on nobody may write here but root, who may always."""
        for path in self.folder.iterdir():
            os.chmod(path, 0o444)
        os.chmod(self.folder, 0o555)

    def run_restricted(self, *arguments):
        """As a user whom modes of files bind, which root is not: it has a copy of the program where it may reach it."""
        programs = pathlib.Path(tempfile.mkdtemp(prefix="innkeeper-"))
        self.addCleanup(shutil.rmtree, programs)
        os.chmod(programs, 0o755)
        binary = shutil.copy(harness.BINARY, programs / "innkeeperd")
        os.chmod(binary, 0o755)
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run(
            [binary, *arguments],
            cwd=self.folder,
            env=harness.environment(KEY),
            capture_output=True,
            text=True,
            timeout=harness.PATIENCE,
            **user,
        )

    def load_sealed(self):
        self.assertEqual(self.run_innkeeperd("import", self.write("d.json", harness.FIXTURE), env=KEY).returncode, 0)

    def listing(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_what_only_reads_does_so_where_nothing_can_be_written(self):
        self.load_sealed()
        expected = {tuple(each): self.run_innkeeperd(*each, env=KEY).stdout for each in COMMANDS}
        self.restrict()
        before = self.listing()
        for command in COMMANDS:
            done = self.run_restricted(*command)
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            self.assertEqual(done.stdout, expected[tuple(command)])
            self.assertNotEqual(done.stdout, "")
        self.assertEqual(self.listing(), before)

    def test_what_writes_says_why_it_cannot(self):
        self.load_sealed()
        self.restrict()
        for command in (["serve", "--listen", "127.0.0.1:0"], ["import", "d.json"]):
            done = self.run_restricted(*command)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr.splitlines()[-1], "innkeeperd: innkeeper.db: Permission denied")

    def test_a_folder_that_cannot_be_written_is_told(self):
        self.load_sealed()
        os.chmod(self.folder / "innkeeper.db", 0o666)
        os.chmod(self.folder, 0o555)
        done = self.run_restricted("serve", "--listen", "127.0.0.1:0")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.splitlines()[-1], "innkeeperd: innkeeper.db: no file can be made beside it")

    def test_a_log_that_was_left_behind_is_never_passed_over(self):
        with self.serve(env=KEY) as daemon:
            self.load_sealed()
            daemon.stop(signal.SIGKILL)
        expected = {name: (self.folder / name).read_bytes() for name in ("innkeeper.db", "innkeeper.db-wal")}
        self.assertGreater(len(expected["innkeeper.db-wal"]), 0)
        (self.folder / "innkeeper.db-shm").unlink()
        self.restrict()
        done = self.run_restricted("export")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^innkeeperd: innkeeper\.db: .*it was not closed.* copy both to where they can be written\n$")
        self.assertEqual({name: (self.folder / name).read_bytes() for name in expected}, expected)

    def test_another_programs_database_is_refused_by_every_command(self):
        with sqlite3.connect(self.folder / "theirs.db") as theirs:
            theirs.execute("CREATE TABLE mail (subject TEXT)")
        theirs.close()
        before = (self.folder / "theirs.db").read_bytes()
        for command in (["serve", "--listen", "127.0.0.1:0"], ["import", self.write("d.json", harness.DEMO)], *COMMANDS):
            done = self.run_innkeeperd(*command, "--db", "theirs.db", env=KEY)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(
                done.stderr.splitlines()[-1], "innkeeperd: theirs.db: it is the database of another program; nothing in it was changed"
            )
        self.assertEqual((self.folder / "theirs.db").read_bytes(), before)
        self.assertEqual(self.listing(), ["d.json", "theirs.db"])

    def test_the_start_up_log_names_the_version_of_sqlite(self):
        with self.serve() as daemon:
            self.assertEqual(daemon.stop()[0], 0)
        self.assertRegex(daemon.log, rf"event=store.opened sqlite={sqlite3.sqlite_version} wal_reset_bug=(present|fixed)\n")

    def test_a_backup_of_a_busy_daemon_is_whole_and_spoils_nothing(self):
        self.load(harness.FIXTURE)
        is_over = threading.Event()
        made = []

        def write(url):
            call = Caller(url, harness.ROOT)
            while not is_over.is_set():
                answer = call("POST", f"/tenants/{TENANT}/apps", {"name": f"app {len(made)}"})
                self.assertEqual(answer.status, 201, answer.body)
                made.append(answer.json)

        with self.serve() as daemon:
            writer = threading.Thread(target=write, args=(daemon.url,))
            writer.start()
            try:
                for number in range(5):
                    before = len(made)
                    source = sqlite3.connect(f"file:{self.folder}/innkeeper.db?mode=ro", uri=True)
                    source.execute("VACUUM INTO ?", (f"{self.folder}/backup{number}.db",))
                    source.close()
                    self.verify(f"backup{number}.db", before)
            finally:
                is_over.set()
                writer.join()
            self.assertEqual(daemon.stop()[0], 0)
        self.verify("innkeeper.db", len(made))

    def verify(self, name, at_least):
        database = sqlite3.connect(self.folder / name)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertGreaterEqual(database.execute("SELECT count(*) FROM app").fetchone()[0], at_least)
        database.close()
        done = self.run_innkeeperd("audit", "verify", "--db", name, "--master-key", "innkeeper.db.key")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    harness.main()
