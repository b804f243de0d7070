import assert from "node:assert/strict";

const tenant = "838655dc8c41f7ceba6e835814408018";
const name = "demo-key";
const password = "demo-secret";

export const fixture = { tenants: [{ uid: tenant, name: "demo", operators: [{ name, secret: password }] }] };

export const untold = ["ecl-transaction-id"];

const login = (user = {}, scope = { project: { id: tenant } }) => ({
  auth: { identity: { methods: ["password"], password: { user: { domain: { id: "default" }, name, password, ...user } } }, scope },
});

async function newToken(contract, ...how) {
  const answer = await contract.send("access_tokens.issue", { body: login(...how) });
  return answer.headers.get("X-Subject-Token");
}

/** The path of a new app. */
async function newApp(contract, draft = {}) {
  const answer = await contract.send("apps.create", { body: draft });
  return { app_id: answer.body.id };
}

const nowhere = { app_id: "999999" };

export async function arrive(contract) {
  return { path: { tenant_id: tenant }, headers: { "X-Auth-Token": await newToken(contract) } };
}

export const calls = {
  "identity.describe": (contract) => contract.send("identity.describe"),

  "access_tokens.issue": async (contract) => {
    await newToken(contract);
    for (const scope of [{}, "unscoped", undefined]) await newToken(contract, {}, scope);
    await newToken(contract, {}, { project: { name: "demo", domain: { id: "default" } } });
    await contract.send("access_tokens.issue", { body: login({}, { domain: { id: "default" } }), status: 401 });
    await contract.send("access_tokens.issue", { body: login({ password: "wrong" }), status: 401 });
    await contract.send("access_tokens.issue", { body: {}, status: 400 });
  },
  "access_tokens.show": async (contract, guest) => {
    const shown = (token, status) => contract.send("access_tokens.show", { headers: { "X-Subject-Token": token }, status });
    const scoped = await shown(guest.headers["X-Auth-Token"]);
    assert.equal(scoped.body.token.project.id, tenant);
    assert.ok(scoped.body.token.catalog[0].endpoints[0].url.endsWith("/v3"));
    await newToken(contract, { id: scoped.body.token.user.id, name: undefined, domain: undefined });
    const unscoped = await shown(await newToken(contract, {}, {}));
    assert.ok(!("project" in unscoped.body.token));
    await shown("0123456789abcdef0123456789abcdef", 404);
  },
  "access_tokens.revoke": async (contract) => {
    const headers = { "X-Subject-Token": await newToken(contract) };
    await contract.send("access_tokens.revoke", { headers });
    await contract.send("access_tokens.revoke", { headers, status: 404 });
  },

  "apps.list": async (contract) => {
    await contract.send("apps.list");
    await newApp(contract, { description: "listed" });
    const short = await contract.send("apps.list");
    assert.ok(short.body.length > 0 && !("domains" in short.body[0]));
    const whole = await contract.send("apps.list", { query: { expandApps: "true" } });
    assert.ok("domains" in whole.body[0]);
  },
  "apps.create": async (contract) => {
    await contract.send("apps.create");
    await newApp(contract, {
      description: "Support desk",
      domains: ["*.example.com", "localhost"],
      status: "suspended",
      permissions: ["TURN", "RECORDING"],
      recording_bucket_name: "recordings",
      recording_service_account_key: "{}",
    });
    await contract.send("apps.create", { body: { domains: ["no domain"] }, status: 400 });
    await contract.send("apps.create", { body: "{", status: 400 });
  },
  "apps.find": async (contract) => {
    await contract.send("apps.find", { path: await newApp(contract) });
    await contract.send("apps.find", { path: nowhere, status: 403 });
  },
  "apps.update": async (contract) => {
    const path = await newApp(contract);
    const changed = await contract.send("apps.update", { path, body: { description: "changed", status: "suspended" } });
    assert.equal(changed.body.description, "changed");
    await contract.send("apps.update", { path, body: { status: "resting" }, status: 400 });
    await contract.send("apps.update", { path: nowhere, body: {}, status: 403 });
  },
  "apps.remove": async (contract) => {
    const path = await newApp(contract);
    await contract.send("apps.remove", { path });
    await contract.send("apps.remove", { path, status: 403 });
  },
  "apps.secret": async (contract) => {
    await contract.send("apps.secret", { path: await newApp(contract) });
    await contract.send("apps.secret", { path: nowhere, status: 403 });
  },
  "apps.renew_secret": async (contract) => {
    const path = await newApp(contract);
    const renewed = await contract.send("apps.renew_secret", { path });
    const found = await contract.send("apps.secret", { path });
    assert.deepEqual(found.body, renewed.body);
    await contract.send("apps.renew_secret", { path: nowhere, status: 403 });
  },
};
