"""What `adapters/daemon/run` does once innkeeperd is built."""

import json
import pathlib
import re
import signal
import subprocess

import harness

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "adapters" / "daemon" / "demo"


class Demo(harness.DaemonTest):
    def start(self, *arguments):
        process = subprocess.Popen(
            [SCRIPT, harness.BINARY, *arguments], cwd=self.folder, env=harness.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def printed(self, process, last):
        """The lines of its output up to one that holds `last`."""
        lines = []
        while not lines or last not in lines[-1]:
            lines.append(process.stdout.readline())
            self.assertTrue(lines[-1], "the output ended early")
        return lines

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(harness.PATIENCE), 0)

    def try_all(self, lines):
        """Pastes what is printed behind `In another terminal:`; answers the apps that were made."""
        lines = lines[lines.index("In another terminal:\n") + 1 :]
        shell = subprocess.run(["bash"], input="".join(lines), capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(shell.returncode, 0, shell.stderr)
        picked = [json.loads(line) for line in filter(None, shell.stderr.splitlines())]
        tenant, desk, key, room, issued, sessions, skyway_app, enablex_room = picked
        redeemed, begun, ended, record, token, secret, ticket = filter(None, shell.stdout.splitlines())
        redeemed, record = json.loads(redeemed), json.loads(record)
        self.assertEqual((tenant["name"], desk["app"]["tenant"], desk["app"]["name"]), ("Acme", tenant["id"], "Support desk"))
        self.assertEqual((key["key"]["owner"]["id"], room["app"]), (desk["app"]["id"], desk["app"]["id"]))
        self.assertEqual(redeemed["join_token"]["uid"], issued["join_token"]["uid"])
        self.assertEqual(json.loads(begun), {"accepted": 2, "repeated": 0})
        self.assertEqual(json.loads(ended), {"accepted": 2, "repeated": 0})
        self.assertEqual((record["session"]["id"], record["session"]["state"]), (sessions["items"][0]["id"], "ended"))
        self.assertEqual(record["session"]["room"], room["uid"])
        self.assertEqual([(each["name"], each["role"], each["user_ref"]) for each in record["participants"]], [("Ada", "moderator", "ada")])
        self.assertRegex(token, r"^[0-9a-f]{32}$")
        self.assertEqual(skyway_app["description"], "My first app")
        self.assertRegex(json.loads(secret)["secretkey"], r"^inkL")
        self.assertEqual((enablex_room["result"], json.loads(ticket)["result"]), (0, 0))
        return {desk["app"]["id"], skyway_app["id"]}

    def test_the_printed_lines_work_as_pasted_on_a_port_and_on_a_socket(self):
        process = self.start("--listen", "127.0.0.1:0")
        lines = self.printed(process, "$ROOM/tokens")
        self.assertRegex(lines[0], r"^listening on http://127\.0\.0\.1:\d+$")
        first = self.try_all(lines)
        self.assertTrue(first.isdisjoint(self.try_all(lines)), "pasted once more they make more")
        self.end(process)
        process = self.start("--listen=unix:api.sock", "--mount", "skyway=/sky", "--mount=native=/own", "--mount=enablex=/video")
        lines = [re.sub("--unix-socket api", f"--unix-socket {self.folder}/api", line) for line in self.printed(process, "$ROOM/tokens")]
        self.assertTrue(first.isdisjoint(self.try_all(lines)), "the database was kept")
        self.end(process)

    def test_a_database_that_was_chosen_gets_no_demo_data(self):
        for arguments in (["--db", "mine.db"], ["--db=mine.db"]):
            process = self.start("--listen", "127.0.0.1:0", *arguments)
            self.printed(process, "/readyz")
            self.end(process)
        self.assertNotIn(harness.TENANT, self.dump("--db", "mine.db"))
        self.assertFalse((self.folder / "innkeeper.db").exists())

    def test_a_database_that_is_there_is_left_as_it_is(self):
        self.load({"tenants": [{"name": "mine"}]})
        before = self.dump()
        process = self.start("--listen", "127.0.0.1:0")
        self.printed(process, "/readyz")
        self.end(process)
        self.assertEqual(self.dump(), before)

    def test_help_prints_the_help_and_makes_nothing(self):
        done = subprocess.run([SCRIPT, harness.BINARY, "--help"], cwd=self.folder, capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("--listen", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    harness.main()
