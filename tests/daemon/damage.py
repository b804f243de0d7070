"""What the daemon does when its database is damaged underneath, or when memory is short."""

import concurrent.futures
import os
import resource
import time

import harness
from harness import ROOT, TENANT, Caller

PAGE = 4096


class Damage(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.load({**harness.FIXTURE, "tenants": [{**harness.DEMO["tenants"][0], "apps": [{"uid": f"a{n}", "name": "x" * 200} for n in range(2_000)]}]})

    @property
    def database(self):
        return self.folder / "innkeeper.db"

    def overwrite(self, pages):
        """Spoils the last pages of the file, which are leaves."""
        with open(self.database, "r+b") as file:
            file.seek(-pages * PAGE, os.SEEK_END)
            file.write(b"\xa5" * pages * PAGE)

    def read_until_refused(self, call):
        path = f"/tenants/{TENANT}/apps?limit=500"
        while path:
            answer = call("GET", path)
            if answer.status != 200:
                return answer
            cursor = answer.json.get("next_cursor") or answer.json.get("next")
            path = f"/tenants/{TENANT}/apps?limit=500&cursor={cursor}" if cursor else None
        return call("GET", "/audit?limit=500")

    def assert_damaged(self, daemon):
        call = Caller(daemon.url, ROOT)
        for _ in range(3):
            self.assertEqual(call("POST", f"/tenants/{TENANT}/apps", {}).status, 503)
            ready = harness.request("GET", daemon.url + "/readyz")
            self.assertEqual(ready.status, 503)
            self.assertRegex(ready.json["detail"], "^the database is damaged: nothing is written to it any more$|malformed$")
            self.assertEqual(harness.request("GET", daemon.url + "/livez").status, 200)
        self.assertEqual(daemon.stop()[0], 0)
        self.assertEqual(daemon.log.count("event=store.damaged"), 1, daemon.log)

    def test_a_database_cut_short_is_answered_503_and_the_daemon_goes_on(self):
        with self.serve("--cache", "0") as daemon:
            os.truncate(self.database, self.database.stat().st_size // 8 // PAGE * PAGE)
            call = Caller(daemon.url, ROOT)
            self.assertEqual(self.read_until_refused(call).status, 503)
            self.assert_damaged(daemon)

    def test_overwritten_pages_end_writing_and_are_told_once(self):
        with self.serve("--cache", "0") as daemon:
            size = self.database.stat().st_size // PAGE
            self.overwrite(size - size // 8)
            self.assertEqual(self.read_until_refused(Caller(daemon.url, ROOT)).status, 503)
            self.assert_damaged(daemon)

    def test_check_finds_a_good_database_good_also_beside_a_daemon(self):
        for _ in range(2):
            done = self.run_innkeeperd("check")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ok\n", ""))
        with self.serve() as daemon:
            self.assertEqual(Caller(daemon.url, ROOT)("POST", f"/tenants/{TENANT}/apps", {}).status, 201)
            done = self.run_innkeeperd("check")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ok\n", ""))

    def test_check_says_what_is_wrong(self):
        self.overwrite(20)
        done = self.run_innkeeperd("check")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^innkeeperd: innkeeper\.db: ")
        self.assertIn("btreeInitPage", done.stderr)

    def test_check_of_what_is_no_database_says_so_and_makes_nothing(self):
        self.write("text.db", "x" * 5_000)
        for name, why in (("none.db", "No such file or directory"), ("text.db", "file is not a database")):
            done = self.run_innkeeperd("check", "--db", name)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", f"innkeeperd: {name}: {why}\n"))
        self.assertFalse((self.folder / "none.db").exists())


class Memory(harness.DaemonTest):
    def limit(self, daemon, spare):
        """From now on the daemon may have so many bytes more of addresses than it has."""
        with open(f"/proc/{daemon.process.pid}/statm") as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        if size > 1 << 40:
            self.skipTest("the address sanitizer takes all addresses for itself, and cannot go on where it gets no more")
        _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_AS)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, (size + spare, hard))

    def test_a_daemon_short_of_memory_refuses_what_is_large_and_goes_on(self):
        self.load(harness.FIXTURE)
        with self.serve("--threads", "2", "--rate-limits", "off") as daemon:
            root = Caller(daemon.url, ROOT)
            app = root("POST", f"/tenants/{TENANT}/apps", {}).json["app"]["id"]
            for spare in (16 << 20, 4 << 20, 1 << 20, 0):
                self.limit(daemon, spare)
                with concurrent.futures.ThreadPoolExecutor(48) as pool:
                    seen = list(pool.map(lambda n: self.abuse(daemon, app, n), range(96)))
                self.assertLessEqual(set(seen), {200, 201, 401, 413, 422, 500, 503, None})
                self.assertIsNone(daemon.process.poll(), daemon.log[-2_000:])
            self.assertTrue(any(each not in (200, 201) for each in seen), seen)
            self.assertEqual(self.patiently(daemon, "/livez"), 200)
            self.assertEqual(self.patiently(daemon, "/readyz"), 200)
            self.assertNotIn("event=store.damaged", daemon.log)

    def abuse(self, daemon, app, number):
        """A large body, or a large list; answers the status, or nothing if the connection was closed."""
        call = Caller(daemon.url, ROOT)
        try:
            if number % 2:
                return call("POST", f"/tenants/{TENANT}/apps", {"name": "n", "metadata": {"text": "x" * 900_000}}).status
            return call("GET", "/audit?limit=500").status
        except (ConnectionError, OSError, harness.http.client.HTTPException):
            return None

    def patiently(self, daemon, path):
        """Connections that were given up may still be ending."""
        for _ in range(50):
            try:
                return harness.request("GET", daemon.url + path).status
            except OSError:
                time.sleep(0.1)
        return None


if __name__ == "__main__":
    harness.main()
