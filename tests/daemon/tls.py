"""HTTPS beside HTTP, and a certificate that is renewed while the daemon runs."""

import http.client
import os
import re
import signal
import ssl
import subprocess
import time

import harness

LISTEN = ("--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem")


class Tls(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.renew()

    def renew(self):
        """Makes a certificate and its key; answers the certificate."""
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"]
        subprocess.run([*make, *names, *files], check=True, capture_output=True, timeout=harness.PATIENCE)
        return (self.folder / "cert.pem").read_text()

    def connect(self, endpoint, certificate):
        """A connection that trusts one certificate."""
        trust = ssl.create_default_context(cadata=certificate)
        return http.client.HTTPSConnection(endpoint.removeprefix("https://"), context=trust, timeout=harness.PATIENCE)

    def ask(self, connection):
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def secure_endpoint(self, daemon):
        line = daemon.process.stdout.readline()
        self.assertRegex(line, r"^listening on https://127\.0\.0\.1:[1-9][0-9]*\n$")
        return line.rstrip("\n").removeprefix("listening on ")

    def wait_for(self, daemon, event):
        end = time.monotonic() + harness.PATIENCE
        while f" event={event} " not in daemon.log:
            self.assertIsNone(daemon.process.poll())
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        return next(line for line in daemon.log.splitlines() if f" event={event} " in line)

    def test_both_are_served_side_by_side(self):
        with self.serve(listen=LISTEN) as daemon:
            self.assertRegex(daemon.ready, r"^listening on http://127\.0\.0\.1:[1-9][0-9]*$")
            endpoint = self.secure_endpoint(daemon)
            self.assertEqual(harness.request("GET", daemon.url + "/livez").status, 200)
            self.assertEqual(self.ask(self.connect(endpoint, (self.folder / "cert.pem").read_text())), 200)
            self.assertEqual(daemon.stop()[0], 0)

    def test_links_are_https_where_the_request_was(self):
        self.load()
        with self.serve(listen=LISTEN) as daemon:
            endpoint = self.secure_endpoint(daemon)
            self.assertIn(f'"{daemon.url}/v3/"', harness.request("GET", daemon.url + "/v3").body)
            connection = self.connect(endpoint, (self.folder / "cert.pem").read_text())
            connection.request("GET", "/v3")
            self.assertIn(f'"{endpoint}/v3/"', connection.getresponse().read().decode())

    def test_the_key_may_stand_in_the_certificates_file_and_plain_http_may_be_off(self):
        self.write("both.pem", (self.folder / "cert.pem").read_text() + (self.folder / "key.pem").read_text())
        env = {"INNKEEPER_LISTEN": "none", "INNKEEPER_LISTEN_TLS": "127.0.0.1:0", "INNKEEPER_TLS_CERT": "both.pem"}
        with self.serve(listen=(), env=env) as daemon:
            self.assertTrue(daemon.url.startswith("https://"))
            self.assertEqual(self.ask(self.connect(daemon.url, (self.folder / "cert.pem").read_text())), 200)

    def test_the_file_may_set_it_too(self):
        self.write("c.toml", 'listen = "127.0.0.1:0"\nlisten_tls = ["127.0.0.1:0"]\ntls_cert = "cert.pem"\ntls-key = "key.pem"\n')
        with self.serve("--config", "c.toml", listen=()) as daemon:
            endpoint = self.secure_endpoint(daemon)
            self.assertEqual(self.ask(self.connect(endpoint, (self.folder / "cert.pem").read_text())), 200)

    def test_sighup_shows_a_new_certificate_and_drops_nobody(self):
        with self.serve(listen=LISTEN) as daemon:
            endpoint = self.secure_endpoint(daemon)
            first = (self.folder / "cert.pem").read_text()
            old = self.connect(endpoint, first)
            self.assertEqual(self.ask(old), 200)
            kept = old.sock
            second = self.renew()
            daemon.process.send_signal(signal.SIGHUP)
            self.assertIn("certificate=cert.pem", self.wait_for(daemon, "tls.reloaded"))
            self.assertEqual(self.ask(old), 200)
            self.assertIs(old.sock, kept)
            self.assertEqual(self.ask(self.connect(endpoint, second)), 200)
            with self.assertRaises(ssl.SSLCertVerificationError):
                self.ask(self.connect(endpoint, first))
            self.assertEqual(daemon.stop()[0], 0)

    def test_a_certificate_that_cannot_be_used_is_told_and_the_old_one_stays(self):
        with self.serve(listen=LISTEN) as daemon:
            endpoint = self.secure_endpoint(daemon)
            first = (self.folder / "cert.pem").read_text()
            os.remove(self.folder / "key.pem")
            daemon.process.send_signal(signal.SIGHUP)
            self.assertIn("level=error", self.wait_for(daemon, "tls.reload_failed"))
            self.assertRegex(self.wait_for(daemon, "tls.reload_failed"), r'cause="key\.pem: No such file')
            self.assertEqual(self.ask(self.connect(endpoint, first)), 200)
            self.assertEqual(daemon.stop()[0], 0)

    def test_sighup_without_tls_is_noted_and_changes_nothing(self):
        with self.serve() as daemon:
            daemon.process.send_signal(signal.SIGHUP)
            self.wait_for(daemon, "signal.ignored")
            self.assertEqual(harness.request("GET", daemon.url + "/livez").status, 200)
            self.assertEqual(daemon.stop()[0], 0)

    def test_a_file_that_cannot_be_used_is_told_at_the_start(self):
        self.write("bad.pem", "no certificate")
        for replaced, cause in (("cert.pem", r"bad\.pem: has no certificate in PEM$"), ("key.pem", r"bad\.pem: has no private key in PEM$")):
            options = ["bad.pem" if each == replaced else each for each in LISTEN]
            done = self.run_innkeeperd("serve", *options)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, "(?m)^innkeeperd: " + cause)
        done = self.run_innkeeperd("serve", *LISTEN[:-1], "missing.pem")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"(?m)^innkeeperd: missing\.pem: No such file or directory")

    def test_what_is_wrong_with_a_certificate_or_its_key_is_told_with_the_file(self):
        key = (self.folder / "key.pem").read_text()
        encrypt = ["openssl", "pkey", "-in", "key.pem", "-aes256", "-passout", "pass:x", "-out", "locked.pem"]
        subprocess.run(encrypt, cwd=self.folder, check=True, capture_output=True, timeout=harness.PATIENCE)
        self.write("cut.pem", key[:60] + "\n-----END PRIVATE KEY-----\n")
        self.write("empty.pem", "")
        (self.folder / "folder").mkdir()
        self.write("other.pem", key)
        self.renew()
        for certificate, key, told in (
            ("cert.pem", "", "cert.pem: has no private key in PEM"),
            ("cert.pem", "locked.pem", "locked.pem: its private key is under a password; it must be stored without one"),
            ("cert.pem", "other.pem", "other.pem: its private key is not that of the certificate in cert.pem"),
            ("cert.pem", "cut.pem", "cut.pem: its private key cannot be read: "),
            ("cert.pem", "empty.pem", "empty.pem: is empty"),
            ("cert.pem", "folder", "folder: Is a directory"),
            ("key.pem", "key.pem", "key.pem: has no certificate in PEM"),
            ("empty.pem", "key.pem", "empty.pem: is empty"),
            ("folder", "key.pem", "folder: Is a directory"),
            ("none.pem", "key.pem", "none.pem: No such file or directory"),
        ):
            options = ["--listen", "none", "--listen-tls", "127.0.0.1:0", "--tls-cert", certificate, *(["--tls-key", key] if key else [])]
            done = self.run_innkeeperd("serve", *options)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"innkeeperd: {told}", done.stderr)
        self.assertFalse((self.folder / "innkeeper.db").exists())

    def test_what_cannot_be_listened_on_is_a_wrong_setting(self):
        for options, told in (
            (["--listen-tls", "127.0.0.1:0"], "listen-tls: needs a tls-cert"),
            (["--listen", "none"], "listen: is none, and there is no listen-tls"),
        ):
            done = self.run_innkeeperd("serve", *options)
            self.assertEqual((done.returncode, done.stdout), (64, ""))
            self.assertRegex(done.stderr, "^innkeeperd: " + re.escape(told))


if __name__ == "__main__":
    harness.main()
