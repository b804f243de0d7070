"""The audit trail: its chain, and its way out."""

import json
import re
import sqlite3

import harness

DOCUMENT = {"tenants": [{"name": "demo", "operators": [{"name": "o", "secret": "demo-secret"}], "apps": [{"uid": "a"}, {"uid": "b"}]}]}


class Audit(harness.DaemonTest):
    def setUp(self):
        super().setUp()
        self.load(DOCUMENT)

    def verify(self, *options):
        return self.run_innkeeperd("audit", "verify", *options)

    def tamper(self, *statements):
        with sqlite3.connect(self.folder / "innkeeper.db") as database:
            for statement in statements:
                self.assertGreater(database.execute(statement).rowcount, 0)

    def head(self):
        done = self.verify()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return re.fullmatch(r"rows 7, head ([0-9a-f]{64})\n", done.stdout)[1]

    def assert_broken_at(self, row):
        done = self.verify()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"innkeeperd: innkeeper.db: the chain breaks at row {row}\n")

    def test_a_good_chain_has_a_head_that_later_ones_still_have(self):
        head = self.head()
        self.load({"tenants": [{"name": "demo", "apps": [{"uid": "c"}]}]})
        done = self.verify("--head", head)
        self.assertRegex(done.stdout, r"^rows 9, head [0-9a-f]{64}\n$")
        self.assertNotIn(head, done.stdout)

    def test_a_changed_cell_is_found(self):
        for column in ("tenant", "app", "at", "actor_id", "key", "object"):
            with self.subTest(column):
                self.tamper(f'UPDATE audit SET "{column}" = coalesce("{column}", 0) + 1 WHERE id = 3')
                self.assert_broken_at(3)
                if column in ("app", "actor_id", "key"):
                    back = f'nullif("{column}" - 1, 0)'
                else:
                    back = f'"{column}" - 1'
                self.tamper(f'UPDATE audit SET "{column}" = {back} WHERE id = 3')
                self.head()
        for column in ("actor", "action", "object_uid", "before", "after", "request_id"):
            with self.subTest(column):
                (before,), = sqlite3.connect(self.folder / "innkeeper.db").execute(f'SELECT "{column}" FROM audit WHERE id = 3')
                self.tamper(f"""UPDATE audit SET "{column}" = "{column}" || ' ' WHERE id = 3""")
                self.assert_broken_at(3)
                self.tamper(f"""UPDATE audit SET "{column}" = '{before}' WHERE id = 3""")
                self.head()

    def test_a_changed_hash_is_found(self):
        self.tamper("UPDATE audit SET hash = zeroblob(32) WHERE id = 4")
        self.assert_broken_at(4)

    def test_a_row_taken_out_of_the_middle_is_found_at_the_next(self):
        self.tamper("DELETE FROM audit WHERE id = 4")
        self.assert_broken_at(5)

    def test_the_first_row_taken_out_is_found(self):
        self.tamper("DELETE FROM audit WHERE id = 1")
        self.assert_broken_at(2)

    def test_swapped_rows_are_found(self):
        self.tamper(
            "UPDATE audit SET id = 1000 WHERE id = 2", "UPDATE audit SET id = 2 WHERE id = 3", "UPDATE audit SET id = 3 WHERE id = 1000"
        )
        self.assert_broken_at(2)

    def test_a_row_put_in_is_found(self):
        columns = "version, tenant, app, at, actor, actor_id, key, action, object, object_uid, before, after, request_id, hash"
        self.tamper("UPDATE audit SET id = 1000 WHERE id = 7", f"INSERT INTO audit (id, {columns}) SELECT 500, {columns} FROM audit WHERE id = 3")
        self.assert_broken_at(500)

    def test_rows_cut_off_the_end_are_found_with_a_head(self):
        head = self.head()
        self.tamper("DELETE FROM audit WHERE id = 7")
        self.assertEqual(self.verify().returncode, 0)
        done = self.verify("--head", head)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"innkeeperd: innkeeper.db: the chain does not have the head {head}\n")

    def test_a_head_that_is_none_is_a_wrong_command_line(self):
        for head in ("xyz", "abc", "0x12"):
            done = self.verify("--head", head)
            self.assertEqual((done.returncode, done.stderr), (64, "innkeeperd: --head: must be hexadecimal digits, two a byte\n"))

    def test_the_trail_is_written_a_line_a_row(self):
        done = self.run_innkeeperd("audit", "export")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["id"] for row in rows], list(range(1, 8)))
        self.assertEqual([row["action"] for row in rows][:3], ["tenant.create", "operator.create", "key.create"])
        self.assertEqual(rows[-1]["hash"], self.head())
        self.assertEqual(
            list(rows[3]),
            ["id", "tenant", "app", "at", "actor", "actor_id", "key", "action", "object", "object_uid", "before", "after", "request_id", "hash"],
        )
        self.assertEqual((rows[3]["actor"], rows[3]["actor_id"], rows[3]["object_uid"]), ("host", None, "a"))
        self.assertRegex(rows[3]["at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertNotIn("demo-secret", done.stdout)
        self.assertEqual(self.run_innkeeperd("audit", "export", "trail").stdout, "")
        self.assertEqual((self.folder / "trail").read_text(), done.stdout)

    def test_more_rows_than_are_read_at_once_are_written_all(self):
        readings = [{"at": "2024-01-15T09:30:00Z", "value": n} for n in range(2_000)]
        self.load({"tenants": [{"name": "demo", "apps": [{"uid": "a", "devices": [{"name": "d", "readings": readings}]}]}]})
        done = self.run_innkeeperd("audit", "export")
        self.assertEqual([json.loads(line)["id"] for line in done.stdout.splitlines()], list(range(1, 2_009)))
        self.assertTrue(self.verify().stdout.startswith("rows 2008, head "))

    def test_a_database_that_is_not_there_is_not_made(self):
        for command in ("verify", "export"):
            done = self.run_innkeeperd("audit", command, "--db", "none.db")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr, "innkeeperd: none.db: No such file or directory\n")
        self.assertFalse((self.folder / "none.db").exists())


if __name__ == "__main__":
    harness.main()
