"""What the README tells a reader to do, done; and what it quotes, held against the file that it is from."""

import json
import os
import pathlib
import re
import socket
import subprocess
import textwrap
import threading

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def section(title):
    """What stands under a heading, up to the next one of any kind."""
    return re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##+ |\Z)", README, re.MULTILINE | re.DOTALL)[1]


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def without_head(path):
    """A file without the comment at its beginning, which ends with an empty line."""
    return (ROOT / path).read_text().partition("\n\n")[2]


class Readme(harness.DaemonTest):
    def paste(self, text, **environment):
        """Runs lines in a folder of their own, with innkeeperd in the PATH."""
        path = f"{pathlib.Path(harness.BINARY).parent}:{os.environ['PATH']}"
        return subprocess.run(["bash"], input=text, cwd=self.folder, capture_output=True, text=True, timeout=harness.PATIENCE,
                              env=harness.environment({"PATH": path, **environment}))

    def test_the_quick_start_goes_from_an_empty_folder_to_a_call_record(self):
        begin, lines = blocks(section("Quick start"), "sh")
        self.assertEqual(lines, without_head("adapters/daemon/quickstart.sh"), "the demo prints the same lines")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (follow,) = re.findall("`(curl -sN [^`]+)`", section("Quick start"))
        follow += " --max-time 1 --output /dev/null --write-out '%{http_code}\n'\n"
        done = self.paste(begin.replace("8080", str(port)) + lines + follow + "kill %1; wait", INNKEEPER_LISTEN=f"127.0.0.1:{port}")
        self.assertEqual(done.returncode, 0, done.stderr)
        record, status = done.stdout.splitlines()[-2:]
        self.assertEqual(status, "200")
        record = json.loads(record)
        self.assertIn("session", record, done.stderr)
        self.assertEqual((record["session"]["state"], [each["name"] for each in record["participants"]]), ("ended", ["Ada"]))

    def test_the_media_server_is_the_one_that_the_clients_try(self):
        self.assertEqual(blocks(section("Join tokens and media servers"), "js"), [without_head("tests/clients/media_server.mjs")])

    def test_the_embedded_engine_is_the_one_that_is_compiled(self):
        self.assertIn(textwrap.indent(blocks(README, "cpp")[0], "  "), (ROOT / "tests/examples/embed.cpp").read_text())

    def test_the_copy_of_a_running_daemon_is_whole_and_opens_with_its_key(self):
        (copy,) = blocks(section("Backup"), "sh")
        self.load(harness.FIXTURE)
        with self.serve("--rate-limits", "off") as daemon:
            root = harness.Caller(daemon.url, harness.ROOT)
            made, is_over = [], threading.Event()

            def make():
                while not is_over.is_set():
                    made.append(root("POST", "/tenants", {"name": f"tenant {len(made)}"}).status)

            maker = threading.Thread(target=make)
            maker.start()
            try:
                while len(made) < 20 and maker.is_alive():
                    is_over.wait(0.01)
                before = len(made)
                done = self.paste(copy)
                after = len(made)
            finally:
                is_over.set()
                maker.join()
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(set(made), {201})
            self.assertNotEqual(self.paste(copy).returncode, 0, "a copy that is there is left alone")
        self.assertEqual((self.folder / "backup.db").stat().st_mode & 0o777, 0o600)
        key = ("--db", "backup.db", "--master-key", "innkeeper.db.key")
        names = {each["name"] for each in json.loads(self.dump(*key))["tenants"]}
        self.assertLessEqual({f"tenant {number}" for number in range(before)}, names)
        self.assertLessEqual(names, {"demo", *(f"tenant {number}" for number in range(after + 1))})
        verified = self.run_innkeeperd("audit", "verify", *key)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))

    def test_the_example_of_an_import_makes_secrets_that_nobody_knew(self):
        (document,) = blocks(section("Import and export"), "json")
        self.assertNotIn('"secret"', document)
        secrets = [json.loads(line)["secret"] for line in self.load(json.loads(document)).splitlines() if '"secret"' in line]
        self.assertEqual(len(set(secrets)), 3)
        for each in secrets:
            self.assertRegex(each, r"^ink[A-Z][0-9A-Za-z]{43}$")


if __name__ == "__main__":
    harness.main()
