// Clients in TypeScript: types generated from each contract's document, a program over them (NAME_client.ts) that the compiler takes
// at its strictest, and the program run against a daemon.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";

import { contracts, documentOf, withDaemon } from "./innkeeperd.mjs";

/** What each program is given, out of what the daemon was given. */
const credentials = {
  native: ({ operators: [{ secret }], tenants: [{ uid }] }) => ({ secret, tenant: uid }),
  skyway: ({ tenants: [{ uid, operators: [{ name, secret }] }] }) => ({ name, secret, tenant: uid }),
  enablex: ({ tenants: [{ apps: [{ uid, secret }] }] }) => ({ app: uid, secret }),
};

const strict = [
  ...["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature"],
  ...["--noUnusedLocals", "--noImplicitReturns", "--noEmitOnError"],
];
const target = ["--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable"];

function run(program, ...args) {
  const done = spawnSync(process.execPath, [`node_modules/${program}`, ...args], { encoding: "utf8" });
  assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
}

mkdirSync("generated", { recursive: true });
for (const contract of contracts())
  await test(`types are generated from the document of ${contract}`, () => {
    const document = `generated/${contract}.json`;
    writeFileSync(document, documentOf(contract));
    run("openapi-typescript/bin/cli.js", document, "--output", `generated/${contract}.d.ts`);
  });

await test("clients over them compile strictly", () => {
  const programs = contracts().map((contract) => `${contract}_client.ts`);
  run("typescript/bin/tsc", ...strict, ...target, "--rootDir", ".", "--outDir", "generated", ...programs);
});

for (const contract of contracts())
  await test(`a client of ${contract} does what it says`, async () => {
    const { fixture } = await import(`./${contract}.mjs`);
    const { run: program } = await import(`./generated/${contract}_client.js`);
    await withDaemon(fixture, (url) => program(url, credentials[contract](fixture)));
  });
