// Every operation of every contract does what its document says. The calls are in a table beside this file, NAME.mjs for the
// contract of that name, which exports
//
//     fixture  what is imported before;
//     arrive   (contract, url) => what goes with every call after it: `headers` with credentials, `path`, and whatever the calls want;
//     untold   headers that every answer has and the document does not tell, if any;
//     calls    { "operation.id": async (contract, guest) => … }, each of which makes its operation succeed at least once.

import assert from "node:assert/strict";
import test from "node:test";

import { Contract } from "./contract.mjs";
import { contracts, documentOf, withDaemon } from "./innkeeperd.mjs";

for (const name of contracts()) {
  const { fixture, arrive, untold, calls } = await import(`./${name}.mjs`);
  await withDaemon(fixture, async (url) => {
    const contract = new Contract(JSON.parse(documentOf(name)), url, untold);

    await test(`${name}: each operation has a call and each call an operation`, () => {
      assert.deepEqual(Object.keys(calls).sort(), [...contract.operations.keys()].sort());
    });
    await test(`${name}: a guest arrives`, async () => {
      contract.guest = await arrive(contract, url);
    });
    for (const id of contract.operations.keys()) {
      if (!(id in calls)) continue;
      await test(`${name}: ${id} answers as its document says`, async () => {
        contract.driven.delete(id);
        await calls[id](contract, contract.guest);
        assert.ok(contract.driven.has(id), `the call did not have ${id} succeed`);
      });
      if (contract.isOpen(id)) continue;
      await test(`${name}: ${id} tells a stranger so as its document says`, () => contract.sendAsStranger(id));
    }
  });
}
