"""A list of ten thousand rooms is one answer of known length, and leaves nothing behind in memory."""

import base64
import http.client
import json
import statistics
import time

import harness

ROOMS = 10_000
APP, KEY = "61f2c0a7b8d94e0012a4c6e1", "Zp4Xq8Rm2Tn6Vb0Wc3Yd7Ke1Lf5Mg9Nh8Pj2"
SETTINGS = {
    "description": "Ten minute review",
    "mode": "group",
    "scheduled": False,
    "adhoc": False,
    "participants": "10",
    "duration": "60",
    "quality": "SD",
    "auto_recording": False,
    "active_talker": True,
}
# Of a process that has served such a list, over the same before any: freed memory that the allocator keeps for the next one.
KEPT_MIB = 12


def memory(pid, what):
    """MiB of a process: `RssAnon` is its own memory, without the pages of files that it maps."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what)) / 1024


class Rooms(harness.DaemonTest):
    def test_ten_thousand_rooms_are_listed_in_one_answer(self):
        extras = {"enablex": {"settings": SETTINGS, "sip": {"enabled": False}, "data": {"ward": 7}}}
        rooms = [{"name": f"Room {n}", "owner_ref": "clinic-17", "capacity": 10, "moderators": 1, "extras": extras} for n in range(ROOMS)]
        app = {"uid": APP, "name": "demo", "secret": KEY, "rooms": rooms}
        self.load({"tenants": [{"name": "demo", "apps": [app]}]})
        daemon = self.enterContext(self.serve("--log-level", "off"))
        connection = http.client.HTTPConnection(daemon.url.removeprefix("http://"), timeout=harness.PATIENCE)
        headers = {"Authorization": "Basic " + base64.b64encode(f"{APP}:{KEY}".encode()).decode()}

        def get(path):
            begin = time.monotonic()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            return answer, body, time.monotonic() - begin

        for _ in range(100):
            self.assertEqual(get("/video/v2/rooms?page_length=1")[0].status, 200)
        before = memory(daemon.process.pid, "RssAnon")
        seconds = []
        for _ in range(5):
            answer, body, taken = get("/video/v2/rooms")
            seconds.append(taken)
            self.assertEqual((answer.status, answer.headers["Transfer-Encoding"]), (200, None))
            self.assertEqual(int(answer.headers["Content-Length"]), len(body))
        listed = json.loads(body)
        self.assertEqual((listed["result"], len(listed["rooms"])), (0, ROOMS))
        self.assertEqual(listed["rooms"][17]["settings"]["participants"], "10")
        # The daemon lets go of an answer only once the last of it is sent, which may be a moment after it was read.
        end = time.monotonic() + 2
        while (after := memory(daemon.process.pid, "RssAnon")) - before >= KEPT_MIB and time.monotonic() < end:
            time.sleep(0.02)
        print(
            f"{ROOMS} rooms, {len(body) >> 20} MiB: {statistics.median(seconds) * 1000:.0f} ms, memory {before:.1f} MiB before, "
            f"{after:.1f} after",
            flush=True,
        )
        # A sanitizer's shadow takes terabytes of addresses, and it keeps what is freed on purpose.
        if memory(daemon.process.pid, "VmSize") < 1 << 20:
            self.assertLess(after - before, KEPT_MIB)


if __name__ == "__main__":
    harness.main()
