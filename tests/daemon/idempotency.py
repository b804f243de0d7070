"""`idempotency.py ROUNDS`: creates with an Idempotency-Key from many callers, the daemon killed at any moment, and the same request
again until it is answered: one thing is made for each key, and every answer to it is the same, secret included. Five rounds run
with the other tests; fifty were run by hand."""

import http.client
import json
import random
import signal
import sys
import threading
import time
import uuid

import harness
from harness import ROOT, Caller

ROUNDS = int(sys.argv[1])
CALLERS = 8
MOST_TRIES = 200


class Wish:
    """One thing that somebody wants made, and all they were answered."""

    def __init__(self, app):
        self.key = str(uuid.uuid4())
        self.kind, self.path, self.body = random.choice(
            (
                ("apps", f"/tenants/{harness.TENANT}/apps", {"name": self.key}),
                ("rooms", f"/apps/{app}/rooms", {"name": self.key}),
                ("keys", f"/apps/{app}/keys", {"label": self.key}),
            )
        )
        self.answers = []

    def ask(self, caller):
        answer = caller("POST", self.path, self.body, {"Idempotency-Key": self.key})
        if answer.status == 409 and answer.json["code"] == "idempotency.running":
            return False
        self.answers.append((answer.status, answer.body, answer.headers["Location"], answer.headers["ETag"]))
        return True


class Idempotency(harness.DaemonTest):
    def wish_until_killed(self, daemon, app):
        """Many callers, two of whom ask for each thing at once; answers all that was wished for."""
        wishes, lock = [], threading.Lock()

        def call(shared):
            caller = Caller(daemon.url, ROOT)
            try:
                for number in range(10_000):
                    with lock:
                        while len(shared) <= number:
                            shared.append(Wish(app))
                            wishes.append(shared[-1])
                    shared[number].ask(caller)
            except (OSError, http.client.HTTPException, ValueError):
                pass

        pairs = [[] for _ in range(CALLERS // 2)]
        threads = [threading.Thread(target=call, args=(pairs[i // 2],)) for i in range(CALLERS)]
        for each in threads:
            each.start()
        time.sleep(random.uniform(0.02, 0.4))
        daemon.stop(signal.SIGKILL)
        for each in threads:
            each.join(harness.PATIENCE)
        return wishes

    def repeat(self, daemon, wishes):
        caller = Caller(daemon.url, ROOT)
        for wish in wishes:
            tries = 0
            while not wish.ask(caller):
                tries += 1
                self.assertLess(tries, MOST_TRIES)

    def names(self, caller, path, field):
        names, cursor = [], ""
        for _ in range(10_000):
            page = caller("GET", f"{path}?limit=500{cursor}").json
            names += [item[field] for item in page["items"]]
            if page["next_cursor"] is None:
                return names
            cursor = f"&cursor={page['next_cursor']}"
        self.fail("there is no end")

    def test_a_create_that_is_repeated_after_kill_9_is_carried_out_once_and_answered_alike(self):
        self.load(harness.FIXTURE)
        options = ("--log-level", "off", "--rate-limits", "off")
        with self.serve(*options) as daemon:
            app = Caller(daemon.url, ROOT)("POST", f"/tenants/{harness.TENANT}/apps", {"name": "the app"}).json["app"]["id"]
            self.assertEqual(daemon.stop()[0], 0)
        wishes, interrupted = [], 0
        for number in range(ROUNDS):
            with self.serve(*options) as daemon:
                made = self.wish_until_killed(daemon, app)
            interrupted += sum(not wish.answers for wish in made)
            wishes += made
            with self.serve(*options) as daemon:
                self.repeat(daemon, made)
                self.repeat(daemon, random.sample(wishes, min(len(wishes), 50)))
                self.assertEqual(daemon.stop()[0], 0)
            print(f"round {number + 1}: {len(wishes)} made, {interrupted} of them unanswered at the kill", file=sys.stderr)
        self.assertGreater(interrupted, 0, "the daemon was never killed amid a create")
        for wish in wishes:
            self.assertEqual(len(set(wish.answers)), 1, wish.answers)
            self.assertEqual(wish.answers[0][0], 201)
        with self.serve(*options) as daemon:
            caller = Caller(daemon.url, ROOT)
            for kind, path, field in (
                ("apps", "/apps", "name"),
                ("rooms", f"/apps/{app}/rooms", "name"),
                ("keys", f"/apps/{app}/keys", "label"),
            ):
                wanted = sorted(wish.key for wish in wishes if wish.kind == kind)
                there = sorted(name for name in self.names(caller, path, field) if name not in ("the app", ""))
                self.assertEqual(there, wanted, kind)
            key = random.choice([wish for wish in wishes if wish.kind == "keys"])
            secret = json.loads(key.answers[0][1])["secret"]
            self.assertEqual(Caller(daemon.url, secret)("GET", f"/apps/{app}").status, 200)


if __name__ == "__main__":
    del sys.argv[1:]
    harness.main()
