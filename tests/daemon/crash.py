"""`crash.py ROUNDS CREATES`: the daemon is killed in the middle of concurrent creates, and what it acknowledged is there after."""

import http.client
import json
import random
import signal
import sqlite3
import sys
import threading
import urllib.parse

import harness
from harness import login, request

ROUNDS, CREATES = int(sys.argv[1]), int(sys.argv[2])
CALLERS = 16


class Crash(harness.DaemonTest):
    def create_until_killed(self, daemon, token, round_name):
        """Creates apps from many callers and kills the daemon on the way. Answers those acknowledged, by id."""
        acknowledged, lock, half_way = {}, threading.Lock(), threading.Event()
        kill_after = random.randint(CREATES // 10, CREATES // 2)
        address, path = urllib.parse.urlsplit(daemon.apps)[1:3]
        head = {"X-Auth-Token": token, "Content-Type": "application/json"}

        def call(caller):
            connection = http.client.HTTPConnection(address, timeout=harness.PATIENCE)
            try:
                for number in range(caller, CREATES, CALLERS):
                    description = f"{round_name}-{number}"
                    connection.request("POST", path, json.dumps({"description": description}), head)
                    answer = connection.getresponse()
                    app = json.loads(answer.read())
                    with lock:
                        acknowledged[app["id"]] = (app["apikey"], description)
                        if len(acknowledged) >= kill_after:
                            half_way.set()
            except (OSError, http.client.HTTPException, ValueError):
                pass

        callers = [threading.Thread(target=call, args=(i,)) for i in range(CALLERS)]
        for each in callers:
            each.start()
        self.assertTrue(half_way.wait(harness.PATIENCE))
        daemon.stop(signal.SIGKILL)
        for each in callers:
            each.join()
        self.assertLess(len(acknowledged), CREATES, "the daemon was killed too late to prove anything")
        return acknowledged

    def test_every_acknowledged_app_is_there_after_kill_9_and_the_file_is_sound(self):
        self.load()
        acknowledged = {}
        for number in range(ROUNDS):
            with self.serve("--log-level", "off") as daemon:
                token = login(daemon.url).headers["X-Subject-Token"]
                acknowledged |= self.create_until_killed(daemon, token, f"round{number}")
            with self.serve("--log-level", "off") as daemon:
                there = request("GET", daemon.apps, headers={"X-Auth-Token": token}).json
                self.assertEqual(daemon.stop()[0], 0)
            stored = {app["id"]: (app["apikey"], app["description"]) for app in there}
            self.assertEqual({id: stored.get(id) for id in acknowledged}, acknowledged)
            with sqlite3.connect(self.folder / "innkeeper.db") as database:
                self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                keys = database.execute("SELECT count(*) FROM key WHERE owner_kind = 'app'").fetchone()[0]
            self.assertEqual(keys, len(stored), "an app without its key, or a key without its app")
            print(f"round {number + 1}: {len(acknowledged)} acknowledged so far, {len(stored)} stored", file=sys.stderr)


if __name__ == "__main__":
    del sys.argv[1:]
    harness.main()
