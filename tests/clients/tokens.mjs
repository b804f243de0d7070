// Join tokens as a media server sees them, which verifies them with jose.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import test from "node:test";

import { createLocalJWKSet, jwtVerify } from "jose";

import { until, withApp } from "./guest.mjs";

/** Calls `use` with what asks the README's media server to let in whoever has this token. */
async function withMediaServer(innkeeper, app, use) {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  const env = { ...process.env, INNKEEPER: innkeeper, APP: app.uid, PORT: port };
  const server = spawn(process.execPath, ["media_server.mjs"], { env, stdio: "inherit" });
  const ended = once(server, "exit");
  try {
    const knock = (token) => fetch(`http://127.0.0.1:${port}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    await until(() => knock().catch(() => null), "the media server listens");
    await use(async (token) => {
      const answer = await knock(token);
      return [answer.status, await answer.text()];
    });
  } finally {
    server.kill();
    await ended;
  }
}

await withApp(async ({ root, tenant, app, guest, at }) => {
  const room = await guest.post(`${at}/rooms`, { name: "Standup" });
  const issue = (body = {}) => guest.post(`/rooms/${room.id}/join-tokens`, body);
  const keySet = async () => createLocalJWKSet(await (await fetch(`${guest.url}/jwks.json`)).json());
  const keys = await keySet();
  const joining = { issuer: "innkeeper", audience: `join:${app.uid}`, typ: "join+jwt", algorithms: ["EdDSA"] };
  const verify = (token, options) => jwtVerify(token, keys, { ...joining, ...options });

  await test("a join token verifies against the published keys", async () => {
    const before = Math.floor(Date.now() / 1_000);
    const { token, join_token } = await issue({ role: "moderator", name: "Ada", user_ref: "u-1", expires_in: 120 });
    const { payload, protectedHeader } = await verify(token, { requiredClaims: ["exp", "jti"] });
    assert.equal(protectedHeader.alg, "EdDSA");
    assert.equal(payload.jti, join_token.uid);
    assert.equal(payload.exp, Math.floor(Date.parse(join_token.expires_at) / 1_000));
    assert.ok(payload.exp >= before + 119 && payload.exp <= before + 125);
    assert.ok(JSON.stringify(payload).includes(room.uid), JSON.stringify(payload));
    assert.ok(JSON.stringify(payload).includes("moderator"), JSON.stringify(payload));
  });

  await test("it verifies for no other audience, type or issuer and not after its time", async () => {
    const { token } = await issue({ expires_in: 60 });
    for (const audience of ["another", app.uid, `member:${app.uid}`])
      await assert.rejects(verify(token, { audience }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
    for (const typ of ["JWT", "member+jwt"]) await assert.rejects(verify(token, { typ }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
    await assert.rejects(verify(token, { issuer: "another" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
    await assert.rejects(verify(token, { currentDate: new Date(Date.now() + 120_000) }), { code: "ERR_JWT_EXPIRED" });
  });

  await test("the README's media server lets in whoever has a join token of its app, and nobody else", async () => {
    const other = await root.post(`/tenants/${tenant.id}/apps`, { name: "elsewhere" });
    const refused = [401, "a join token is needed\n"];
    await withMediaServer(new URL(guest.url).origin, app, async (knock) => {
      const { token } = await issue({ role: "moderator", name: "Ada", user_ref: "ada" });
      const [head, claims] = token.split(".", 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
      assert.deepEqual(Object.keys(head).sort(), ["alg", "kid", "typ"]);
      assert.deepEqual(Object.keys(claims).sort(), ["aud", "exp", "iat", "iss", "jti", "name", "role", "room", "sub"], "as the README lists");
      assert.deepEqual(await knock(token), [200, `Ada may join ${room.uid} as moderator\n`]);
      assert.deepEqual(await knock(), refused);
      assert.deepEqual(await knock(guest.secret), refused);
      assert.deepEqual(await knock(token.slice(0, -4)), refused);
      const short = await issue({ expires_in: 1 });
      await until(async () => (await knock(short.token))[0] === 401, "a token ends");
    });
    await withMediaServer(new URL(guest.url).origin, other.app, async (knock) => {
      assert.deepEqual(await knock((await issue()).token), refused);
    });
  });

  await test("an altered token verifies nowhere and redeems nothing", async () => {
    const { token } = await issue();
    const [head, payload, signature] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1_000 })).toString("base64url");
    const flipped = (text, at = Math.floor(text.length / 2)) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "join+jwt" })).toString("base64url");
    const altered = [
      `${head}.${forged}.${signature}`,
      `${head}.${payload}.${flipped(signature)}`,
      `${flipped(head)}.${payload}.${signature}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
    ];
    for (const each of altered) {
      await assert.rejects(verify(each), each);
      const refused = await guest.post("/join-tokens/redeem", { token: each }, 404);
      assert.equal(refused.code, "token.unknown");
    }
    await guest.post("/join-tokens/redeem", { token });
  });

  await test("of a hundred who redeem one token at once exactly one succeeds", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { token } = await issue();
      const tries = Array.from({ length: 100 }, () => guest.request("POST", "/join-tokens/redeem", { body: { token } }));
      const answers = await Promise.all((await Promise.all(tries)).map(async (each) => ({ status: each.status, body: await each.json() })));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      const refused = answers.filter(({ status }) => status === 410);
      assert.equal(refused.length, 99);
      assert.ok(refused.every(({ body }) => body.code === "token.used"));
    }
  });

  await test("a revoked token still verifies offline, but redeeming it tells that it was revoked", async () => {
    const { token, join_token } = await issue();
    await guest.post(`/join-tokens/${join_token.id}/revoke`);
    await verify(token);
    const refused = await guest.post("/join-tokens/redeem", { token }, 410);
    assert.equal(refused.code, "token.revoked");
  });

  await test("another app cannot redeem it", async () => {
    const other = await root.post(`/tenants/${tenant.id}/apps`, { name: "other" });
    const { token } = await issue();
    const stranger = Object.assign(Object.create(Object.getPrototypeOf(guest)), { url: guest.url, secret: other.secret });
    const answer = await stranger.request("POST", "/join-tokens/redeem", { body: { token } });
    assert.equal(answer.status, 404);
    await guest.post("/join-tokens/redeem", { token });
  });
});
