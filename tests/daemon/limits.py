"""How often the contracts may be called."""

import collections
import re
import socket
import time

import harness
from harness import ROOT, Caller, login


def told(answer):
    """What RateLimit says is left, by the name of the limit."""
    return {name: int(left) for name, left in re.findall(r'"(\w+)";r=(\d+);t=\d+', answer.headers["RateLimit"] or "")}


def pipelined(url, secret, count):
    """Sends so many requests, two hundred in one go; answers how often each status came."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    one = f"GET /api/v1/apps HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
    statuses, batch = collections.Counter(), 200
    with socket.create_connection((host, int(port)), timeout=harness.PATIENCE) as peer:
        for _ in range(count // batch):
            peer.sendall(one * batch)
            seen, rest = 0, b""
            while seen < batch:
                received = peer.recv(1 << 20)
                if not received:
                    raise ConnectionError("the daemon hung up")
                text = rest + received
                found = re.findall(rb"HTTP/1\.1 (\d{3}) ", text)
                # As much as a status line that is not whole yet may have.
                rest = text[-15:] if not re.search(rb"HTTP/1\.1 \d{3} .{0,14}$", text, re.DOTALL) else b""
                statuses.update(map(int, found))
                seen += len(found)
    return statuses


class Limits(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.load(harness.FIXTURE)

    def open(self, *arguments):
        """A daemon, an operator and an app."""
        daemon = self.enterContext(self.serve("--log-level", "off", *arguments))
        root = Caller(daemon.url, ROOT)
        return daemon, root, root("POST", f"/tenants/{harness.TENANT}/apps", {}).json["app"]

    def key(self, daemon, root, app, quota, window):
        made = root("POST", f"/apps/{app['id']}/keys", {"rate_limit": {"quota": quota, "window_seconds": window}}).json
        return Caller(daemon.url, made["secret"]), f"/keys/{made['key']['id']}"

    def test_every_answer_tells_what_is_left(self):
        daemon, root, app = self.open()
        guest = Caller(daemon.url, root("POST", f"/apps/{app['id']}/keys", {}).json["secret"])
        for path, status in ((f"/apps/{app['id']}", 200), ("/rooms/999", 404), ("/nowhere", 404)):
            first, second = guest("GET", path), guest("GET", path)
            self.assertEqual((first.status, second.status), (status, status))
            limits = {"address": (30000, 60)} | ({} if path == "/nowhere" else {"key": (6000, 60), "app": (30000, 60), "tenant": (120000, 60)})
            policy = re.findall(r'"(\w+)";q=(\d+);w=(\d+)', first.headers["RateLimit-Policy"])
            self.assertEqual({name: (int(quota), int(window)) for name, quota, window in policy}, limits)
            for name, left in told(first).items():
                self.assertIn(told(second)[name], range(left - 1, limits[name][0]), name)

    def test_a_key_with_a_quota_of_its_own_is_told_to_wait(self):
        daemon, root, app = self.open()
        guest, path = self.key(daemon, root, app, 3, 60)
        answers = [guest("GET", f"/apps/{app['id']}") for _ in range(4)]
        self.assertEqual([each.status for each in answers], [200, 200, 200, 429])
        self.assertEqual([told(each)["key"] for each in answers], [2, 1, 0, 0])
        self.assertIn('"key";q=3;w=60', answers[0].headers["RateLimit-Policy"])
        refused = answers[-1]
        self.assertIn(int(refused.headers["Retry-After"]), range(10, 21))
        self.assertEqual(refused.headers["Content-Type"], "application/problem+json")
        self.assertEqual(refused.json["code"], "rate.limited")
        self.assertEqual(root("GET", f"/apps/{app['id']}").status, 200)
        self.assertEqual(root("PATCH", path, {"rate_limit": None}).status, 200)
        self.assertEqual(guest("GET", f"/apps/{app['id']}").status, 200)

    def test_after_the_time_that_was_told_it_may_call_again(self):
        daemon, root, app = self.open()
        guest, _ = self.key(daemon, root, app, 2, 8)
        self.assertEqual([guest("GET", "/apps").status for _ in range(3)], [200, 200, 429])
        wait = int(guest("GET", "/apps").headers["Retry-After"])
        self.assertIn(wait, range(1, 5))
        time.sleep(wait)
        self.assertEqual([guest("GET", "/apps").status for _ in range(2)], [200, 429])

    def test_verifying_a_key_counts_as_a_request_of_that_key(self):
        daemon, root, app = self.open()
        guest, _ = self.key(daemon, root, app, 3, 60)
        verdicts = [root("POST", "/keys/verify", {"secret": guest.secret}).json for _ in range(4)]
        self.assertEqual([each["valid"] for each in verdicts], [True, True, True, False])
        self.assertEqual([each["remaining"] for each in verdicts], [2, 1, 0, 0])
        self.assertEqual(verdicts[-1]["code"], "rate.limited")
        self.assertEqual(guest("GET", "/apps").status, 429)

    def test_a_quota_of_0_lifts_the_limit(self):
        daemon, root, app = self.open()
        guest, _ = self.key(daemon, root, app, 0, 60)
        self.assertEqual(set(told(guest("GET", "/apps"))), {"address", "app", "tenant"})
        self.assertEqual(pipelined(daemon.url, guest.secret, 8000), {200: 8000})

    def test_an_address_is_limited_before_anybody_is_known(self):
        daemon, root, app = self.open()
        refused = Caller(daemon.url, "wrong")("GET", "/apps")
        self.assertEqual((refused.status, set(told(refused))), (401, {"address"}))
        for _ in range(20):
            statuses = pipelined(daemon.url, "wrong", 20_000)
            self.assertLessEqual(set(statuses), {401, 429})
            if statuses[429]:
                break
        self.assertGreater(statuses[429], 0)
        self.assertEqual(login(daemon.url).status, 429, "it is the same limit in another contract")

    def test_limits_may_be_switched_off(self):
        daemon, root, app = self.open("--rate-limits", "off")
        answer = root("GET", "/apps")
        self.assertEqual((answer.headers["RateLimit"], answer.headers["RateLimit-Policy"]), (None, None))
        self.assertEqual(pipelined(daemon.url, ROOT, 8000), {200: 8000})


if __name__ == "__main__":
    harness.main()
