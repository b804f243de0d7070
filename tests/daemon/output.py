"""What commands print and write: nothing that was asked for is lost in silence, and no good file is spoiled."""

import json
import os
import resource
import signal
import stat
import subprocess

import harness

# More than a file may hold in the tests below.
READINGS = [{"at": "2024-01-15T09:30:00Z", "value": n} for n in range(4_000)]
DOCUMENT = {"tenants": [{"name": "demo", "apps": [{"uid": "a", "name": "a", "devices": [{"name": "d", "readings": READINGS}]}]}]}


def small_files(default_signal=False):
    """Lets the process write no file beyond 64 KiB, as a full disk does."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if default_signal else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1_024, 64 * 1_024))


class Output(harness.DaemonTest):
    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def export(self, *arguments, **options):
        return self.run_innkeeperd("export", *arguments, **options)

    def test_what_cannot_be_printed_is_a_failure(self):
        self.load(harness.DEMO)
        commands = (
            ["--help"], ["help"], ["help", "serve"], ["serve", "--help"], ["version"], ["--version"], ["openapi"], ["openapi", "native"],
            ["export"], ["export", "-"], ["export", "/dev/stdout"], ["audit", "export"], ["audit", "verify"],
        )  # fmt: skip
        for command in commands:
            with open("/dev/full", "w") as full:
                done = self.run_innkeeperd(*command, stdout=full)
            self.assertEqual(done.returncode, 1, command)
            self.assertRegex(done.stderr, r"^innkeeperd: .*: No space left on device\n$", command)

    def test_a_closed_standard_output_is_a_failure_and_nothing_is_written_elsewhere(self):
        self.load(harness.DEMO)
        before = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        for command in (["version"], ["openapi", "native"], ["export"], ["audit", "verify"]):
            done = subprocess.run(
                ["/bin/sh", "-c", 'exec "$0" "$@" >&-', harness.BINARY, *command],
                cwd=self.folder, env=harness.environment(), stderr=subprocess.PIPE, text=True, timeout=harness.PATIENCE,
            )  # fmt: skip
            self.assertEqual(done.returncode, 1, command)
            self.assertRegex(done.stderr, r"^innkeeperd: .*: Bad file descriptor\n$", command)
        self.assertEqual({path.name: path.read_bytes() for path in self.folder.iterdir()}, before)

    def test_a_reader_that_has_left_is_a_failure(self):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            done = self.run_innkeeperd("openapi", "native", stdout=pipe)
        self.assertEqual((done.returncode, done.stderr), (1, "innkeeperd: cannot write to standard output: Broken pipe\n"))

    def test_a_disk_that_is_full_leaves_the_file_that_was_there(self):
        self.load(DOCUMENT)
        for command in (["export", "out"], ["export", "--with-secrets", "out"], ["audit", "export", "out"]):
            for default_signal in (False, True):
                self.write("out", "the good one")
                before = self.names()
                done = self.run_innkeeperd(*command, preexec_fn=lambda: small_files(default_signal))
                self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "innkeeperd: out: File too large\n"), command)
                self.assertEqual((self.folder / "out").read_text(), "the good one")
                self.assertEqual(self.names(), before)
                self.assertEqual(self.run_innkeeperd(*command).returncode, 0)
                self.assertGreater((self.folder / "out").stat().st_size, 64 * 1_024)

    def test_a_file_is_for_its_owner_only_whatever_the_umask_and_the_mode_before(self):
        self.load(harness.DEMO)
        for command in (["export", "out"], ["export", "--with-secrets", "out"], ["audit", "export", "out"]):
            for umask in (0, 0o277):
                for before in (None, 0o666):
                    (self.folder / "out").unlink(missing_ok=True)
                    if before is not None:
                        os.chmod(self.folder / self.write("out", "old"), before)
                    done = self.run_innkeeperd(*command, umask=umask)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), (command, umask))
                    self.assertEqual(stat.S_IMODE((self.folder / "out").stat().st_mode), 0o600, (command, umask))

    def test_a_file_takes_its_place_whole(self):
        self.load(harness.DEMO)
        self.write("out", "old")
        with open(self.folder / "out") as reader:
            self.assertEqual(self.export("out").returncode, 0)
            self.assertEqual(reader.read(), "old")
        self.assertIn("demo", (self.folder / "out").read_text())

    def test_a_symbolic_link_stays_and_what_it_points_to_is_replaced(self):
        self.load(harness.DEMO)
        (self.folder / "elsewhere").mkdir()
        for name, target in (("link", "elsewhere/real"), ("hop", "link"), ("absolute", str(self.folder / "elsewhere" / "third"))):
            (self.folder / name).symlink_to(target)
        for name in ("link", "hop", "absolute"):
            self.assertEqual(self.export(name).returncode, 0)
            self.assertTrue((self.folder / name).is_symlink())
            self.assertEqual((self.folder / name).read_text(), self.dump())
        self.assertEqual(sorted(path.name for path in (self.folder / "elsewhere").iterdir()), ["real", "third"])

    def test_devices_and_pipes_are_written_to_as_they_are(self):
        self.load(harness.DEMO)
        before = os.stat("/dev/null")
        self.assertEqual(self.export("--with-secrets", "/dev/null").returncode, 0)
        after = os.stat("/dev/null")
        self.assertEqual((after.st_mode, after.st_ino), (before.st_mode, before.st_ino))
        done = self.export("/dev/full")
        self.assertEqual((done.returncode, done.stderr), (1, "innkeeperd: /dev/full: No space left on device\n"))
        os.mkfifo(self.folder / "pipe", 0o622)
        os.chmod(self.folder / "pipe", 0o622)
        with subprocess.Popen(["cat", self.folder / "pipe"], stdout=subprocess.PIPE, text=True) as reader:
            self.assertEqual(self.export("--with-secrets", "pipe").returncode, 0)
            self.assertEqual(reader.communicate(timeout=harness.PATIENCE)[0], self.dump("--with-secrets"))
        found = (self.folder / "pipe").stat()
        self.assertTrue(stat.S_ISFIFO(found.st_mode))
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o622)

    def test_standard_output_by_its_name_is_standard_output(self):
        self.load(harness.DEMO)
        for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
            self.assertEqual(self.export(name).stdout, self.dump())
            # Behind what others wrote there, and not in its place.
            with open(self.folder / "all", "w") as out:
                out.write("before\n")
                out.flush()
                inode = os.fstat(out.fileno()).st_ino
                self.assertEqual(self.export(name, stdout=out).returncode, 0)
                os.write(out.fileno(), b"after\n")
            self.assertEqual((self.folder / "all").read_text(), f"before\n{self.dump()}after\n", name)
            self.assertEqual((self.folder / "all").stat().st_ino, inode)

    def test_where_no_file_can_be_made_is_told(self):
        self.load(harness.DEMO)
        (self.folder / "loop").symlink_to("loop")
        for path, cause in (
            ("none/out", "cannot make a file beside it: No such file or directory"),
            ("innkeeper.db/out", "Not a directory"),
            (".", "Is a directory"),
            ("loop", "Too many levels of symbolic links"),
        ):
            done = self.export(path)
            self.assertEqual((done.returncode, done.stderr), (1, f"innkeeperd: {path}: {cause}\n"))
        self.assertTrue((self.folder / "loop").is_symlink())
        self.assertEqual(json.loads(self.dump())["tenants"][0]["name"], "demo")


if __name__ == "__main__":
    harness.main()
