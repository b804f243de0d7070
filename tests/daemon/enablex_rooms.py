"""A list of ten thousand rooms is one answer that goes out as it is read: no daemon holds it, nor what it was made of."""

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
# What a process takes to serve such a list, over what it has before any.
MOST_MIB = 8


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
            self.assertEqual((answer.status, answer.headers["Transfer-Encoding"]), (200, "chunked"))
        listed = json.loads(body)
        self.assertEqual((listed["result"], len(listed["rooms"])), (0, ROOMS))
        self.assertEqual(listed["rooms"][17]["settings"]["participants"], "10")
        peak = memory(daemon.process.pid, "VmHWM") - memory(daemon.process.pid, "RssFile")
        print(
            f"{ROOMS} rooms, {len(body) >> 20} MiB: {statistics.median(seconds) * 1000:.0f} ms, memory {before:.1f} MiB before, "
            f"{peak:.1f} at most",
            flush=True,
        )
        # A sanitizer's shadow takes terabytes of addresses, and it keeps what is freed on purpose.
        if memory(daemon.process.pid, "VmSize") < 1 << 20:
            self.assertLess(peak - before, MOST_MIB)

    def test_a_short_list_is_one_answer_of_known_length(self):
        app = {"uid": APP, "name": "demo", "secret": KEY, "rooms": [{"name": f"Room {n}"} for n in range(10)]}
        self.load({"tenants": [{"name": "demo", "apps": [app]}]})
        daemon = self.enterContext(self.serve())
        headers = {"Authorization": "Basic " + base64.b64encode(f"{APP}:{KEY}".encode()).decode()}
        answer = harness.request("GET", daemon.url + "/video/v2/rooms", headers=headers)
        self.assertEqual(len(answer.json["rooms"]), 10)
        self.assertIsNone(answer.headers["Transfer-Encoding"])
        self.assertIsNotNone(answer.headers["Content-Length"])


if __name__ == "__main__":
    harness.main()
