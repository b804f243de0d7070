"""Where the daemon listens, and what is refused before anything is made."""

import http.client
import os
import signal
import socket
import stat

import harness

RULE = "must be HOST:PORT, [IPV6]:PORT or :PORT"


class Listening(harness.DaemonTest):
    def listeners(self, daemon, count):
        lines = [daemon.ready, *(daemon.process.stdout.readline().rstrip("\n") for _ in range(count - 1))]
        return [line.removeprefix("listening on ") for line in lines]

    def assert_nothing_made(self, *kept):
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), sorted(kept))

    def families(self):
        """How many of the loopback addresses this machine has."""
        found = ["127.0.0.1"]
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
            found.append("[::1]")
        except OSError:
            pass
        return found

    def test_a_name_is_listened_on_at_all_its_addresses_and_one_port(self):
        known = {f"[{each[4][0]}]" if each[0] == socket.AF_INET6 else each[4][0] for each in socket.getaddrinfo("localhost", None)}
        expected = [each for each in self.families() if each in known]
        with self.serve(listen=("--listen", "localhost:0")) as daemon:
            urls = self.listeners(daemon, len(expected))
            port = urls[0].rpartition(":")[2]
            self.assertNotEqual(port, "0")
            self.assertEqual(sorted(urls), sorted(f"http://{each}:{port}" for each in expected))
            for url in urls:
                self.assertEqual(harness.request("GET", url + "/livez").status, 200)

    def test_a_port_alone_is_every_interface(self):
        with self.serve(listen=(), env={"INNKEEPER_LISTEN": ":0"}) as daemon:
            port = daemon.ready.rpartition(":")[2]
            self.assertEqual(daemon.ready, f"listening on http://0.0.0.0:{port}")
            for address in self.families():
                self.assertEqual(harness.request("GET", f"http://{address}:{port}/livez").status, 200)

    def test_a_text_that_is_no_address_is_a_wrong_setting_and_nothing_is_made(self):
        for option, rule, addresses in (
            ("--listen", RULE + ", or unix:PATH", ("localhost", "8080", "127.0.0.1:http", "127.0.0.1:65536", "::1:80", "[::1]", "a b:80", "1.2.3:80", "")),
            ("--listen-tls", RULE, ("localhost", "unix:tls.sock")),
        ):
            for address in addresses:
                done = self.run_innkeeperd("serve", option, address)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (64, "", f"innkeeperd: {option}: {address}: {rule}\n"))
        done = self.run_innkeeperd("serve", "--listen", "unix:" + "a" * 200)
        self.assertEqual(done.returncode, 64)
        self.assertIn("the path of a socket must have 1 to 107 bytes", done.stderr)
        self.assert_nothing_made()

    def test_an_address_that_cannot_be_had_is_told_with_the_cause_and_nothing_is_made(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            for address, told in (
                (f"127.0.0.1:{port}", f"127.0.0.1:{port}: Address already in use"),
                (f"localhost:{port}", f"localhost:{port}: 127.0.0.1: Address already in use"),
                (f":{port}", f":{port}: 0.0.0.0: Address already in use"),
                ("192.0.2.1:0", "192.0.2.1:0: Cannot assign requested address"),
                ("unknown.invalid:80", "unknown.invalid:80: Host not found"),
                ("unix:none/api.sock", "unix:none/api.sock: No such file or directory"),
            ):
                done = self.run_innkeeperd("serve", "--listen", "unix:first.sock", "--listen", address)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
                self.assertTrue(done.stderr.startswith(f"innkeeperd: {told}"), done.stderr)
        self.assert_nothing_made()

    def test_a_failing_start_takes_its_socket_away(self):
        self.load()
        (self.folder / "innkeeper.db.key").write_text("0" * 64)
        done = self.run_innkeeperd("serve", "--listen", "unix:api.sock")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertFalse((self.folder / "api.sock").exists())

    def test_a_unix_socket_has_the_mode_that_was_asked_for(self):
        self.write("octal.toml", "socket-mode = 0o660\n")
        self.write("text.toml", 'socket_mode = "640"\n')
        for options, env, mode in (
            (("--socket-mode", "0660"), {}, 0o660),
            (("--socket-mode", "600"), {}, 0o600),
            ((), {"INNKEEPER_SOCKET_MODE": "0606"}, 0o606),
            (("--config", "octal.toml"), {}, 0o660),
            (("--config", "text.toml"), {}, 0o640),
        ):
            with self.serve(*options, listen=("--listen", "unix:api.sock"), env=env) as daemon:
                self.assertIn("api.sock", daemon.ready)
                self.assertEqual(stat.S_IMODE((self.folder / "api.sock").stat().st_mode), mode)
                self.assertEqual(daemon.stop()[0], 0)

    def ask(self, path):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(self.folder / path))
            peer.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = http.client.HTTPResponse(peer)
            answer.begin()
            return answer.status

    def test_a_socket_that_a_crash_left_is_replaced_and_anything_else_is_not(self):
        listen = ("--listen", "unix:api.sock")
        with self.serve(listen=listen) as daemon:
            daemon.stop(signal.SIGKILL)
        self.assertTrue(stat.S_ISSOCK((self.folder / "api.sock").stat().st_mode))
        with self.serve("--db", "b.db", listen=listen) as daemon:
            self.assertEqual(self.ask("api.sock"), 200)
            done = self.run_innkeeperd("serve", "--db", "c.db", *listen)
            self.assertEqual((done.returncode, done.stderr), (1, "innkeeperd: unix:api.sock: Address already in use\n"))
            self.assertEqual(self.ask("api.sock"), 200)
        os.remove(self.folder / "api.sock")
        self.write("api.sock", "precious")
        done = self.run_innkeeperd("serve", "--db", "c.db", *listen)
        self.assertEqual((done.returncode, done.stderr), (1, "innkeeperd: unix:api.sock: there is something else than a socket\n"))
        self.assertEqual((self.folder / "api.sock").read_text(), "precious")
        self.assertFalse((self.folder / "c.db").exists())


if __name__ == "__main__":
    harness.main()
