"""How the daemon starts, tells that it is ready, logs and ends."""

import re
import signal
import socket

import harness
from harness import TENANT, login, request


class Life(harness.DaemonTest):
    def test_ready_is_one_line_with_the_port_that_was_taken(self):
        with self.serve() as daemon:
            self.assertRegex(daemon.ready, r"^listening on http://127\.0\.0\.1:[1-9][0-9]*$")
            self.assertEqual(request("GET", daemon.url + "/livez").status, 200)
            self.assertEqual(request("GET", daemon.url + "/readyz").status, 200)

    def test_sigterm_ends_it_with_status_0_within_five_seconds(self):
        with self.serve() as daemon:
            status, seconds = daemon.stop(signal.SIGTERM)
            self.assertEqual(status, 0)
            self.assertLess(seconds, 5)

    def test_sigint_ends_it_with_status_0(self):
        with self.serve() as daemon:
            self.assertEqual(daemon.stop(signal.SIGINT)[0], 0)

    def test_a_peer_that_sends_half_a_request_does_not_keep_it_past_five_seconds(self):
        with self.serve() as daemon:
            port = int(daemon.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as peer:
                peer.sendall(b"POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
                self.assertEqual(request("GET", daemon.url + "/livez").status, 200)
                status, seconds = daemon.stop(signal.SIGTERM)
            self.assertEqual(status, 0)
            self.assertLess(seconds, 5)

    def test_a_second_signal_ends_it_at_once(self):
        with self.serve() as daemon:
            port = int(daemon.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as peer:
                peer.sendall(b"POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
                self.assertEqual(request("GET", daemon.url + "/livez").status, 200)
                daemon.process.send_signal(signal.SIGTERM)
                while "event=stopping" not in daemon.log:
                    self.assertIsNone(daemon.process.poll())
                status, seconds = daemon.stop(signal.SIGTERM)
            self.assertEqual(status, 128 + signal.SIGTERM)
            self.assertLess(seconds, 1)

    def test_a_port_that_is_taken_is_told_and_status_1(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = self.run_innkeeperd("serve", "--listen", address)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"(?m)^innkeeperd: .*" + re.escape(address))

    def test_it_listens_on_a_unix_socket_and_on_several_addresses(self):
        listen = ("--listen", "127.0.0.1:0", "--listen", "unix:api.sock")
        with self.serve(listen=listen) as daemon:
            self.assertRegex(daemon.process.stdout.readline(), r"^listening on http\+unix:.*api\.sock\n$")
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self.folder / "api.sock"))
                peer.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.assertTrue(peer.recv(100).startswith(b"HTTP/1.1 200 "))

    def test_tokens_survive_a_restart(self):
        self.load()
        with self.serve() as daemon:
            token = login(daemon.url).headers["X-Subject-Token"]
            self.assertEqual(daemon.stop()[0], 0)
        with self.serve() as daemon:
            self.assertEqual(request("GET", daemon.apps, headers={"X-Auth-Token": token}).status, 200)

    def test_the_log_has_a_line_for_each_request_and_never_a_secret(self):
        self.load()
        hidden = {"the operator's secret": "demo-secret", "the recording credential": "bucket-password"}
        hidden["the master key"] = (self.folder / "innkeeper.db.key").read_text().strip()
        with self.serve("--log-level", "debug") as daemon:
            hidden["the token"] = login(daemon.url).headers["X-Subject-Token"]
            head = {"X-Auth-Token": hidden["the token"]}
            body = {"description": "x", "recording_bucket_name": "b", "recording_service_account_key": "bucket-password"}
            app = request("POST", daemon.apps, body, head).json
            url = f"{daemon.apps}/{app['id']}/secretkey"
            hidden["the app's secret"] = request("GET", url, headers=head).json["secretkey"]
            hidden["the app's next secret"] = request("POST", url, headers=head).json["secretkey"]
            self.assertEqual(login(daemon.url, "wrong-secret").status, 401)
            hidden["a secret that was tried"] = "wrong-secret"
            request("GET", url, headers={"X-Auth-Token": "wrong-token"})
            hidden["a token that was tried"] = "wrong-token"
            self.assertEqual(daemon.stop()[0], 0)
        for what, secret in hidden.items():
            self.assertNotIn(secret, daemon.log, what)
        lines = [line for line in daemon.log.splitlines() if " event=request " in line]
        self.assertEqual(len(lines), 6)
        for line in lines:
            self.assertRegex(line, r'^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z level=\w+ event=request( [a-z_]+=([^\s"=]+|"[^"]*"))+$')
        self.assertIn("/tenants/{tenant_id}/apps", lines[1])

    def test_a_log_value_with_blanks_quotes_or_line_ends_stays_one_value_on_one_line(self):
        with self.serve("--db", 'a "b"\n=\u00e9\\.db') as daemon:
            self.assertEqual(daemon.stop()[0], 0)
        started = [line for line in daemon.log.splitlines() if " event=started " in line]
        self.assertIn(r'db="a \"b\"\x0a=\xc3\xa9\\.db" durability=full', started[0])

    def test_log_level_off_writes_nothing(self):
        with self.serve("--log-level", "off") as daemon:
            request("GET", daemon.url + "/livez")
            self.assertEqual(daemon.stop()[0], 0)
        self.assertEqual(daemon.log, "")

    def test_suspending_a_tenant_by_import_is_felt_by_the_next_request(self):
        self.load()
        with self.serve() as daemon:
            head = {"X-Auth-Token": login(daemon.url).headers["X-Subject-Token"]}
            self.assertEqual(request("GET", daemon.apps, headers=head).status, 200)
            for status, expected in (("suspended", 403), ("active", 200), ("deleted", 403)):
                self.load({"tenants": [{"uid": TENANT, "name": "demo", "status": status}]})
                answer = request("GET", daemon.apps, headers=head)
                self.assertEqual(answer.status, expected)
                if expected == 403:
                    self.assertEqual(answer.json["error"]["message"], f"Tenant is {status}")

    def test_a_contract_can_be_mounted_under_a_prefix(self):
        self.load()
        with self.serve("--mount", "skyway=/sky") as daemon:
            self.assertEqual(login(daemon.url + "/sky").status, 201)
            self.assertEqual(login(daemon.url).status, 404)


if __name__ == "__main__":
    harness.main()
