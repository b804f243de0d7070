"""What the scripts share: a daemon in a folder of its own, requests to it, and a summary of the cases for tests/run."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

BINARY = os.environ["INNKEEPERD"]
TENANT = "838655dc8c41f7ceba6e835814408018"
DEMO = {
    "tenants": [
        {"uid": TENANT, "name": "demo", "operators": [{"name": "demo-key", "secret": "demo-secret"}]},
    ]
}
ROOT = "root-secret"
FIXTURE = {"operators": [{"name": "root", "secret": ROOT}], **DEMO}
# Sanitizers slow the daemon down; a limit on time is for what hangs.
PATIENCE = 30


def environment(extra=None):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("INNKEEPER", "CREDENTIALS_"))}
    return {**kept, **(extra or {})}


def innkeeperd(*arguments, cwd, env=None, stdin=None, **options):
    """Runs a command to its end."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([BINARY, *arguments], cwd=cwd, env=environment(env), input=stdin, text=True, timeout=PATIENCE, **options)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


def request(method, url, body=None, headers=None):
    data = json.dumps(body).encode() if body is not None else None
    sent = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    if data is not None:
        sent.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(sent, timeout=PATIENCE) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


def login(url, secret="demo-secret"):
    user = {"domain": {"id": "default"}, "name": "demo-key", "password": secret}
    identity = {"methods": ["password"], "password": {"user": user}}
    return request("POST", url + "/v3/auth/tokens", {"auth": {"identity": identity, "scope": {"project": {"id": TENANT}}}})


class Caller:
    """A caller of the native contract, over one connection that is kept."""

    def __init__(self, url, secret):
        self.address, self.secret = url.removeprefix("http://"), secret
        self.connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)

    def __call__(self, method, path, body=None, headers=None):
        """`body` is what JSON is made of, or text that is sent as it is."""
        head = {"Authorization": f"Bearer {self.secret}", **({} if body is None else {"Content-Type": "application/json"}), **(headers or {})}
        self.connection.request(method, f"/api/v1{path}", body if body is None or isinstance(body, str) else json.dumps(body), head)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())


class Daemon:
    """`innkeeperd serve` on a free port; its log is in `log`."""

    def __init__(self, folder, *arguments, env=None, listen=("--listen", "127.0.0.1:0")):
        self.log_path = pathlib.Path(folder) / "log"
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", *listen, *arguments], cwd=folder, env=environment(env), stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.ready = self.process.stdout.readline().rstrip("\n")
        self.url = self.ready.removeprefix("listening on ")
        self.apps = f"{self.url}/tenants/{TENANT}/apps"

    @property
    def log(self):
        return self.log_path.read_text()

    def stop(self, signal_number=signal.SIGTERM):
        """Ends it; answers the exit status and the seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(signal_number)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status, time.monotonic() - begin

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        self.process.stdout.close()


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="innkeeper-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_innkeeperd(self, *arguments, **options):
        return innkeeperd(*arguments, cwd=options.pop("cwd", self.folder), **options)

    def serve(self, *arguments, **options):
        return Daemon(self.folder, *arguments, **options)

    def write(self, name, content):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return name

    def load(self, document=None, *options):
        """Imports a document that must be good; answers what was printed."""
        return self.assert_imported(self.run_innkeeperd("import", *options, self.write("document.json", document or DEMO)))

    def assert_imported(self, done):
        """An import said nothing but what it did; answers what it printed."""
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"^(innkeeperd: \w+: \d+ created, \d+ updated, \d+ unchanged\n)*$")
        return done.stdout

    def dump(self, *options):
        done = self.run_innkeeperd("export", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout


class Result(unittest.TextTestResult):
    def getDescription(self, test):
        return test.id().removeprefix("__main__.").replace("test_", "", 1)


def main():
    program = unittest.main(verbosity=2, exit=False, testRunner=unittest.TextTestRunner(verbosity=2, resultclass=Result))
    broken = {test.id() for test, _ in program.result.failures + program.result.errors}
    passed = program.result.testsRun - len(broken)
    report = os.environ.get("INNKEEPER_REPORT")
    if report:
        counts = f'test_cases_passed="{passed}" test_cases_failed="{len(broken)}"'
        pathlib.Path(report).write_text(f"<TestResult><TestSuite {counts}/></TestResult>\n")
    raise SystemExit(0 if program.result.wasSuccessful() else 1)
