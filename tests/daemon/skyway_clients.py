"""Clients that others wrote: OpenStack's identity library, and the shell recipes of the vendor's tutorial."""

import json
import subprocess
import warnings

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import generic, v3

import harness
from harness import TENANT

RECIPE = """
TOKEN=$(curl -si -X POST "$URL/v3/auth/tokens" -H 'Content-Type: application/json' -d '{"auth":{"identity":{"methods":["password"],
  "password":{"user":{"domain":{"id":"default"},"name":"demo-key","password":"demo-secret"}}},
  "scope":{"project":{"id":"'$TENANT'"}}}}' | grep X-Subject-Token | awk '{print $2}')
case $TOKEN in *"$(printf '\\r')") ;; *) echo "the token has no CR behind it" >&2; exit 1 ;; esac
curl -sf -X POST "$URL/tenants/$TENANT/apps" -H "X-Auth-Token: $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"description":"by curl","domains":["localhost"],"permissions":["TURN","SFU","USER_LIST"]}'
echo
curl -sf "$URL/tenants/$TENANT/apps" -H "X-Auth-Token: $TOKEN"
"""


class SkywayClients(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.load()
        self.daemon = self.serve()
        self.addCleanup(self.daemon.__exit__)

    def password(self, secret="demo-secret"):
        return v3.Password(
            auth_url=self.daemon.url + "/v3", username="demo-key", password=secret, user_domain_id="default", project_id=TENANT
        )

    def test_keystoneauth_manages_apps_through_its_session(self):
        client = session.Session(auth=self.password())
        created = client.post(self.daemon.apps, json={"description": "by keystoneauth", "permissions": ["TURN"]}).json()
        self.assertEqual(created["permissions"], ["TURN"])
        app = f"{self.daemon.apps}/{created['id']}"
        self.assertEqual([each["id"] for each in client.get(self.daemon.apps).json()], [created["id"]])
        changed = client.put(app, json={"description": "changed"}).json()
        self.assertEqual((changed["description"], changed["permissions"]), ("changed", ["TURN"]))
        first = client.get(app + "/secretkey").json()["secretkey"]
        second = client.post(app + "/secretkey").json()["secretkey"]
        self.assertNotEqual(first, second)
        self.assertEqual(client.get(app + "/secretkey").json()["secretkey"], second)
        self.assertEqual(client.delete(app).json(), {})
        with self.assertRaisesRegex(exceptions.Forbidden, "App doesn't exist"):
            client.get(app)

    def test_keystoneauth_reads_what_a_token_stands_for(self):
        access = self.password().get_access(session.Session())
        self.assertEqual((access.username, access.project_id, access.project_name), ("demo-key", TENANT, "demo"))
        self.assertFalse(access.will_expire_soon(stale_duration=3500))
        self.assertTrue(access.will_expire_soon(stale_duration=3700))

    def test_keystoneauth_finds_the_identity_service_behind_an_address_without_its_version(self):
        for auth_url in (self.daemon.url, self.daemon.url + "/"):
            auth = generic.Password(
                auth_url=auth_url, username="demo-key", password="demo-secret", user_domain_name="Default",
                project_name="demo", project_domain_name="Default",
            )
            client = session.Session(auth=auth)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.assertEqual(client.get(self.daemon.apps).json(), [])
            self.assertEqual(client.get_project_id(), TENANT)
            self.assertEqual(client.get_endpoint(service_type="identity", interface="public"), self.daemon.url + "/v3")

    def test_keystoneauth_signs_in_with_the_user_id_that_a_token_showed(self):
        known = self.password().get_access(session.Session())
        auth = v3.Password(auth_url=self.daemon.url + "/v3", user_id=known.user_id, password="demo-secret", project_id=TENANT)
        self.assertEqual(auth.get_access(session.Session()).username, "demo-key")

    def test_keystoneauth_gets_what_it_asks_for_or_nothing(self):
        def scoped(**scope):
            return v3.Password(
                auth_url=self.daemon.url + "/v3", username="demo-key", password="demo-secret", user_domain_id="default", **scope
            ).get_access(session.Session())

        for scope in ({}, {"unscoped": True}):
            self.assertFalse(scoped(**scope).scoped)
        for scope in (
            {"domain_id": "default"},
            {"system_scope": "all"},
            {"trust_id": "1"},
            {"project_name": "nobody", "project_domain_id": "default"},
            {"project_name": "demo", "project_domain_id": "elsewhere"},
        ):
            with self.assertRaises(exceptions.Unauthorized):
                scoped(**scope)

    def test_a_token_is_revoked_at_the_endpoint_that_its_catalog_names(self):
        client = session.Session(auth=self.password())
        token = client.get_token()
        subject = {"X-Subject-Token": token}
        identity = {"service_type": "identity", "interface": "public"}
        found = client.head("/auth/tokens", endpoint_filter=identity, headers=subject)
        self.assertEqual((found.status_code, found.headers["X-Subject-Token"]), (200, token))
        self.assertEqual(client.delete("/auth/tokens", endpoint_filter=identity, headers=subject).status_code, 204)
        with self.assertRaisesRegex(exceptions.Forbidden, "Not authenticated"):
            client.get(self.daemon.apps)

    def test_no_answer_may_be_kept_by_a_cache(self):
        client = session.Session(auth=self.password())
        for url in (self.daemon.url, self.daemon.url + "/v3", self.daemon.apps, self.daemon.apps + "?expandApps"):
            headers = client.get(url).headers
            self.assertEqual((headers["Cache-Control"], headers["Vary"]), ("no-store", "X-Auth-Token"), url)

    def test_keystoneauth_shows_the_reason_of_a_refused_login(self):
        with self.assertRaisesRegex(exceptions.Unauthorized, "The request you have made requires authentication"):
            session.Session(auth=self.password("wrong")).get_token()

    def test_the_tutorials_recipe_works_though_it_leaves_a_cr_behind_the_token(self):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", RECIPE],
            env=harness.environment({"URL": self.daemon.url, "TENANT": TENANT}),
            capture_output=True,
            text=True,
            timeout=harness.PATIENCE,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        created, listed = done.stdout.splitlines()
        self.assertEqual(json.loads(created)["permissions"], ["SFU", "TURN", "USER_LIST"])
        self.assertEqual([each["description"] for each in json.loads(listed)], ["by curl"])


if __name__ == "__main__":
    harness.main()
