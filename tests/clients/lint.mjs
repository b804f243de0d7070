// The documents are clean by the rules that Redocly recommends: no error, no warning, nothing ignored.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import test from "node:test";

import { contracts, documentOf } from "./innkeeperd.mjs";

const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };

for (const contract of contracts())
  test(`the document of ${contract} is clean`, () => {
    const file = `${contract}.json`;
    writeFileSync(file, documentOf(contract));
    const args = ["node_modules/@redocly/cli/bin/cli.js", "lint", "--extends=recommended", "--format=json", "--max-problems=1000", file];
    const done = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    assert.ok(done.stdout, done.stderr);
    const { totals, problems } = JSON.parse(done.stdout);
    const told = problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
    assert.deepEqual({ told, ...totals }, { told: [], errors: 0, warnings: 0, ignored: 0 });
    assert.equal(done.status, 0);
  });
