import assert from "node:assert/strict";

const tenant = "838655dc8c41f7ceba6e835814408018";
const secret = "root-secret";

export const fixture = {
  operators: [{ name: "root", secret }],
  tenants: [{ uid: tenant, name: "demo", operators: [{ name: "demo-key", secret: "demo-secret" }] }],
};

export const bearer = (given) => ({ Authorization: `Bearer ${given}` });

let last = 0;
const unique = (word) => `${word}-${(last += 1)}`;
const nowhere = "999999";
const second = "2024-03-04T01:02:03.000000Z";

export async function arrive(contract) {
  contract.guest = { headers: bearer(secret), path: { tenant } };
  const made = await contract.send("apps.create", { body: { name: "demo" } });
  return { headers: bearer(secret), path: { tenant, app: made.body.app.uid }, app: made.body.app, secret: made.body.secret };
}

/** Makes something by the operation; answers what `of` takes out of its body. */
async function make(contract, operation, options = {}, of = (body) => body) {
  const made = await contract.send(operation, options);
  assert.equal(made.status, 201);
  return of(made.body);
}
const newTenant = (contract) => make(contract, "tenants.create", { body: { name: unique("tenant") } });
const newOperator = (contract) => make(contract, "operators.create", { body: { name: unique("operator"), tenant } });
const newApp = (contract, body = {}) => make(contract, "apps.create", { body });
const newKey = (contract, body) => make(contract, "keys.create_for_app", { body });
const newMember = (contract, body = {}) => make(contract, "members.create", { body });
const newRoom = (contract, body = {}) => make(contract, "rooms.create", { body: { name: unique("room"), ...body } });
const newDevice = (contract, body = {}) => make(contract, "devices.create", { body: { name: unique("device"), ...body } });
const newWebhook = (contract, body = {}) =>
  make(contract, "webhooks.create", { body: { url: "http://192.0.2.1/hook", is_enabled: false, ...body } });
const newJoinToken = async (contract, body, room) => {
  const path = { room: room ?? (await newRoom(contract)).id };
  return make(contract, "join_tokens.create", { path, body });
};
const newMemberToken = async (contract, body) =>
  make(contract, "member_tokens.create", { path: { member: (await newMember(contract)).id }, body });
const newStreamKey = (contract, body) => make(contract, "stream_keys.create", { body });

let reported = 0;
const report = (type, rest) => ({ id: `report-${(reported += 1)}`, type, at: second, ...rest });
const tell = (contract, ...events) => contract.send("events.report", { body: { events } });

/** The id of a session that was reported from its start to its end. */
async function newSession(contract) {
  const session = unique("session");
  const room = await newRoom(contract);
  const { token } = await newJoinToken(contract, undefined, room.uid);
  await tell(
    contract,
    report("session.started", { room: room.uid, session }),
    report("participant.joined", { session, participant: "p1", name: "Ada", role: "moderator", ip: "192.0.2.9", agent: "x", token }),
    report("participant.left", { session, participant: "p1", published: { audio: true }, subscribed_seconds: 60 }),
    report("session.ended", { session }),
    report("recording.ready", { session, kind: "recording", url: "https://files.example/1", size: 12 }),
  );
  const found = await contract.send("sessions.list", { query: { room: room.uid, state: "ended", started_after: "2024-01-01T00:00:00Z" } });
  assert.equal(found.body.items.length, 1);
  return found.body.items[0].id;
}

/** The members of a list, read two at a time by cursors that the body and the Link agree on. */
async function walk(contract, operation, query = {}) {
  const items = [];
  let cursor = {};
  for (let round = 0; round < 100; round += 1) {
    const page = await contract.send(operation, { query: { limit: "2", ...query, ...cursor } });
    items.push(...page.body.items);
    if (page.body.next_cursor === null) {
      assert.equal(page.headers.get("link"), null);
      return items;
    }
    const link = /^<\?(.*)>; rel="next"$/.exec(page.headers.get("link"))[1];
    cursor = { cursor: new URLSearchParams(link).get("cursor") };
    assert.equal(cursor.cursor, page.body.next_cursor);
  }
  assert.fail("there is no end");
}

/** A list: by pages, in both directions, and refused where it is asked for what it does not know. */
async function list(contract, operation, path) {
  const went = await walk(contract, operation);
  assert.ok(went.length >= 2, `${operation} shows ${went.length}`);
  assert.equal(new Set(went.map(({ id }) => id)).size, went.length, "one was shown twice");
  await contract.send(operation, { query: { colour: "red" }, status: 422 });
  await contract.send(operation, { query: { limit: "0" }, status: 422 });
  await contract.send(operation, { query: { cursor: "none" }, status: 422 });
  if (path) await contract.send(operation, { path, status: 404 });
}

/** One thing: shown with an entity tag that it need not be sent again for, or told to be unknown. */
async function find(contract, operation, name, id) {
  const found = await contract.send(operation, { path: { [name]: id } });
  const etag = found.headers.get("etag");
  if (etag !== null) {
    assert.match(etag, /^"\d+"$/);
    await contract.send(operation, { path: { [name]: id }, headers: { "If-None-Match": `"0", ${etag}` }, status: 304 });
  }
  await contract.send(operation, { path: { [name]: nowhere }, status: 404 });
  return found;
}

/** A change under the entity tag it is meant for, a second one that comes too late, and wrong ones. */
async function change(contract, operation, name, id, body) {
  const looked = operation.replace("update", "find");
  const path = { [name]: id };
  const etag = (await contract.send(looked, { path })).headers.get("etag");
  const changed = await contract.send(operation, { path, body, headers: { "If-Match": etag } });
  const shown = changed.body;
  for (const [member, value] of Object.entries(body)) assert.deepEqual(shown[member], value, member);
  assert.notEqual(changed.headers.get("etag"), etag);
  const late = await contract.send(operation, { path, body, headers: { "If-Match": etag }, status: 412 });
  assert.equal(late.body.code, "version.stale");
  assert.equal(late.headers.get("etag"), changed.headers.get("etag"));
  const wrong = await contract.send(operation, { path, body: { colour: "red" }, status: 422 });
  assert.equal(wrong.body.errors[0].pointer, "/colour");
  await contract.send(operation, { path, body: "{", status: 400 });
  await contract.send(operation, { path, body: "x", headers: { "Content-Type": "text/plain" }, status: 415 });
  await contract.send(operation, { path: { [name]: nowhere }, body, status: 404 });
}

/** Quotas are set, lifted and left to what is configured; wrong ones are refused. */
async function changeQuotas(contract, operation, path) {
  const shown = (await contract.send(operation, { path, body: { rooms: 7, tokens: 0 } })).body;
  assert.deepEqual([shown.rooms.quota, shown.rooms.limit, shown.tokens.quota], [7, 7, 0]);
  const back = (await contract.send(operation, { path, body: { rooms: null } })).body;
  assert.deepEqual([back.rooms.quota, back.rooms.limit, back.tokens.quota], [null, 0, 0]);
  await contract.send(operation, { path, body: { rooms: -1 }, status: 422 });
  await contract.send(operation, { path, body: "{", status: 400 });
  await contract.send(operation, { path, body: "x", headers: { "Content-Type": "text/plain" }, status: 415 });
  await contract.send(operation, { path: Object.fromEntries(Object.keys(path).map((name) => [name, nowhere])), body: {}, status: 404 });
}

async function remove(contract, operation, name, id) {
  const path = { [name]: id };
  await contract.send(operation, { path, headers: { "If-Match": '"0"' }, status: 412 });
  await contract.send(operation, { path });
  if (name !== "tenant") await contract.send(operation, { path, status: 404 });
}

/** A creation that is repeated under one key is carried out once. */
async function once(contract, operation, body, path) {
  const headers = { "Idempotency-Key": unique("once") };
  const first = await contract.send(operation, { path, body, headers });
  const again = await contract.send(operation, { path, body, headers });
  assert.deepEqual(again.body, first.body);
  assert.equal(first.headers.get("idempotency-replayed"), null);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  await contract.send(operation, { path, body: { ...body, colour: "red" }, headers, status: 422 });
  return first;
}

const revocable = async (contract, operation, name, id) => {
  const path = { [name]: id };
  const revoked = await contract.send(operation, { path });
  assert.notEqual(revoked.body.revoked_at, null);
  assert.deepEqual((await contract.send(operation, { path })).body, revoked.body);
  await contract.send(operation, { path: { [name]: nowhere }, status: 404 });
};

export const calls = {
  "tenants.list": async (contract) => {
    await newTenant(contract);
    await list(contract, "tenants.list");
  },
  "tenants.create": async (contract) => {
    await once(contract, "tenants.create", { name: unique("tenant"), status: "suspended" });
    await contract.send("tenants.create", { body: {}, status: 422 });
    await contract.send("tenants.create", { body: { name: "x" }, headers: bearer("demo-secret"), status: 403 });
  },
  "tenants.find": async (contract) => find(contract, "tenants.find", "tenant", (await newTenant(contract)).uid),
  "tenants.update": async (contract) =>
    change(contract, "tenants.update", "tenant", (await newTenant(contract)).id, { name: "renamed", status: "suspended" }),
  "tenants.remove": async (contract) => remove(contract, "tenants.remove", "tenant", (await newTenant(contract)).id),

  "operators.list": async (contract) => {
    await newOperator(contract);
    await list(contract, "operators.list");
  },
  "operators.create": async (contract) => {
    const name = unique("operator");
    await once(contract, "operators.create", { name });
    const taken = await contract.send("operators.create", { body: { name }, status: 409 });
    assert.equal(taken.body.code, "name.taken");
    await contract.send("operators.create", { body: { name: "x", tenant: nowhere }, status: 404 });
  },
  "operators.find": async (contract) => find(contract, "operators.find", "operator", (await newOperator(contract)).operator.id),
  "operators.update": async (contract) =>
    change(contract, "operators.update", "operator", (await newOperator(contract)).operator.id, { name: unique("renamed") }),
  "operators.remove": async (contract) =>
    remove(contract, "operators.remove", "operator", (await newOperator(contract)).operator.id),

  "keys.list_of_operator": async (contract) => {
    const { operator } = await newOperator(contract);
    await contract.send("keys.create_for_operator", { path: { operator: operator.id } });
    const listed = await contract.send("keys.list_of_operator", { path: { operator: operator.id } });
    assert.equal(listed.body.items.length, 2);
    await contract.send("keys.list_of_operator", { path: { operator: nowhere }, status: 404 });
  },
  "keys.create_for_operator": async (contract) => {
    const { operator } = await newOperator(contract);
    const path = { operator: operator.id };
    const made = await contract.send("keys.create_for_operator", { path, body: { label: "second", scopes: ["read"], networks: ["127.0.0.0/8"] } });
    const weak = bearer(made.body.secret);
    const refused = await contract.send("keys.create_for_operator", { path, headers: weak, body: {}, status: 403 });
    assert.equal(refused.body.code, "scope.missing");
    await contract.send("keys.create_for_operator", { path: { operator: nowhere }, status: 404 });
  },

  "apps.list_of_tenant": async (contract) => {
    await newApp(contract);
    await list(contract, "apps.list_of_tenant", { tenant: nowhere });
    const sorted = await walk(contract, "apps.list_of_tenant", { sort: "-id", mode: "live" });
    assert.deepEqual(sorted.map((each) => Number(each.id)), sorted.map((each) => Number(each.id)).sort((a, b) => b - a));
  },
  "apps.create": async (contract) => {
    const body = { name: "a", description: "d", status: "suspended", domains: ["*.example.com"], permissions: ["TURN"], mode: "test" };
    await once(contract, "apps.create", body);
    await contract.send("apps.create", { body: { mode: "maybe" }, status: 422 });
    await contract.send("apps.create", { path: { tenant: nowhere }, body: {}, status: 404 });
  },
  "apps.create_of_tenant": async (contract) => {
    const made = await once(contract, "apps.create_of_tenant", { name: "own", tenant });
    await contract.send("apps.find", { path: { app: made.body.app.id } });
    const own = await contract.send("apps.create_of_tenant", { headers: bearer("demo-secret"), body: {} });
    assert.equal(own.body.app.tenant, made.body.app.tenant);
    await contract.send("apps.create_of_tenant", { body: {}, status: 422 });
    await contract.send("apps.create_of_tenant", { body: { tenant: nowhere }, status: 404 });
  },
  "apps.list": async (contract) => list(contract, "apps.list"),
  "apps.find": async (contract, guest) => {
    await find(contract, "apps.find", "app", guest.app.id);
    await contract.send("apps.find", { headers: bearer(guest.secret) });
  },
  "apps.update": async (contract) =>
    change(contract, "apps.update", "app", (await newApp(contract)).app.id, { name: "renamed", domains: ["localhost"], status: "suspended" }),
  "apps.remove": async (contract) => remove(contract, "apps.remove", "app", (await newApp(contract)).app.id),

  "quotas.find_of_app": async (contract, guest) => {
    const before = (await find(contract, "quotas.find_of_app", "app", guest.app.id)).body;
    await newRoom(contract);
    const after = (await contract.send("quotas.find_of_app", { path: { app: guest.app.id }, headers: bearer(guest.secret) })).body;
    assert.equal(after.rooms.used, before.rooms.used + 1);
    assert.ok(after.bytes.used > before.bytes.used);
  },
  "quotas.update_of_app": async (contract) => {
    const path = { app: (await newApp(contract)).app.id };
    await changeQuotas(contract, "quotas.update_of_app", path);
    const full = { path, body: { members: 1 } };
    assert.equal((await contract.send("quotas.update_of_app", full)).body.members.limit, 1);
    await contract.send("members.create", { path, body: {} });
    const refused = await contract.send("members.create", { path, body: {}, status: 403 });
    assert.equal(refused.body.code, "quota.reached");
  },
  "quotas.find_of_tenant": async (contract) => {
    const shown = await find(contract, "quotas.find_of_tenant", "tenant", (await newTenant(contract)).id);
    assert.deepEqual([shown.body.rooms.used, shown.body.rooms.quota, shown.body.is_counted], [0, null, true]);
  },
  "quotas.update_of_tenant": async (contract) =>
    changeQuotas(contract, "quotas.update_of_tenant", { tenant: (await newTenant(contract)).id }),

  "keys.list_of_app": async (contract) => {
    await newKey(contract);
    await list(contract, "keys.list_of_app", { app: nowhere });
  },
  "keys.create_for_app": async (contract) => {
    const rate_limit = { quota: 5, window_seconds: 10 };
    const body = { label: "l", scopes: ["rooms:read"], mode: "live", networks: ["127.0.0.0/8"], rate_limit, expires_at: "2099-01-01T00:00:00Z" };
    const { body: made } = await once(contract, "keys.create_for_app", body);
    assert.deepEqual(made.key.rate_limit, rate_limit);
    const there = await contract.send("keys.find", { path: { key: made.key.uid } });
    assert.deepEqual(there.body, made.key);
    const bad = await contract.send("keys.create_for_app", { body: { networks: ["127.0.0.1/8"], scopes: ["dance"] }, status: 422 });
    assert.ok(bad.body.errors.length > 0);
    await contract.send("keys.create_for_app", { body: { expires_at: second }, status: 422 });
    const stronger = await contract.send("keys.create_for_app", { headers: bearer(made.secret), status: 403 });
    assert.equal(stronger.body.code, "scope.missing");
  },
  "keys.find": async (contract) => find(contract, "keys.find", "key", (await newKey(contract)).key.id),
  "keys.update": async (contract) => {
    const body = { label: "renamed", networks: ["127.0.0.0/8", "::1/128"], rate_limit: { quota: 0, window_seconds: 1 } };
    const { key } = await newKey(contract);
    await change(contract, "keys.update", "key", key.id, body);
    await contract.send("keys.update", { path: { key: key.id }, body: { rate_limit: null } });
    await contract.send("keys.update", { path: { key: key.id }, body: { networks: ["nowhere"] }, status: 422 });
  },
  "keys.remove": async (contract) => remove(contract, "keys.remove", "key", (await newKey(contract)).key.id),
  "keys.rotate": async (contract) => {
    const path = { key: (await newKey(contract)).key.id };
    const rotated = await contract.send("keys.rotate", { path, body: { grace_seconds: 60 } });
    const before = await contract.send("keys.find", { path });
    assert.equal(before.body.replaced_by, rotated.body.key.id);
    const twice = await contract.send("keys.rotate", { path, status: 409 });
    assert.equal(twice.body.code, "key.replaced");
    await contract.send("keys.rotate", { path: { key: nowhere }, status: 404 });
    await contract.send("keys.rotate", { path: { key: rotated.body.key.id }, body: { grace_seconds: -1 }, status: 422 });
  },
  "keys.revoke": async (contract) => {
    const { key, secret: given } = await newKey(contract);
    const child = await make(contract, "keys.create_for_app", { headers: bearer(given) });
    await revocable(contract, "keys.revoke", "key", key.id);
    await contract.send("apps.find", { headers: bearer(given), status: 401 });
    await contract.send("apps.find", { headers: bearer(child.secret) });
    const lineage = { path: { key: key.id }, body: { descendants: true } };
    const ended = await contract.send("keys.revoke", lineage);
    assert.deepEqual(ended.body.descendants, { revoked: 1, has_more: false });
    assert.deepEqual((await contract.send("keys.revoke", lineage)).body.descendants, { revoked: 0, has_more: false });
    await contract.send("apps.find", { headers: bearer(child.secret), status: 401 });
    await contract.send("keys.revoke", { path: { key: key.id }, body: { descendants: "all" }, status: 422 });
  },
  "keys.verify": async (contract, guest) => {
    const good = await contract.send("keys.verify", { body: { secret: guest.secret, address: "192.0.2.1", scopes: ["rooms:read"] } });
    assert.deepEqual([good.body.valid, good.body.code, good.body.app.uid], [true, null, guest.app.uid]);
    const operator = await contract.send("keys.verify", { body: { secret } });
    assert.equal(operator.body.app, null);
    const bad = await contract.send("keys.verify", { body: { secret: "no such" } });
    assert.deepEqual([bad.body.valid, bad.body.code, bad.body.key], [false, "key.unknown", null]);
    const elsewhere = await newKey(contract, { networks: ["10.0.0.0/8"], rate_limit: { quota: 5, window_seconds: 60 } });
    const far = await contract.send("keys.verify", { body: { secret: elsewhere.secret, address: "192.0.2.1" } });
    assert.equal(far.body.code, "key.network");
    const near = await contract.send("keys.verify", { body: { secret: elsewhere.secret, address: "10.1.2.3" } });
    assert.equal(near.body.remaining, 4);
    await contract.send("keys.verify", { body: {}, status: 422 });
  },

  "members.list": async (contract) => {
    for (const name of ["a", "b", "c"]) await newMember(contract, { name, email: "someone@example.com" });
    await list(contract, "members.list", { app: nowhere });
    const some = await walk(contract, "members.list", { email: "someone@example.com", sort: "-name" });
    assert.deepEqual(some.map(({ name }) => name), ["c", "b", "a"]);
  },
  "members.create": async (contract) => {
    const app_user_id = unique("user");
    const body = { app_user_id, name: "Ada", email: "ada@example.com", status: "active", metadata: { a: [1, null] } };
    const { body: made } = await once(contract, "members.create", body);
    assert.deepEqual(made.metadata, body.metadata);
    const taken = await contract.send("members.create", { body: { app_user_id }, status: 409 });
    assert.equal(taken.body.code, "name.taken");
    await contract.send("members.create", { body: { metadata: [] }, status: 422 });
    await contract.send("members.create", { path: { app: nowhere }, body: {}, status: 404 });
  },
  "members.find": async (contract) => find(contract, "members.find", "member", (await newMember(contract)).uid),
  "members.update": async (contract) => {
    const { id } = await newMember(contract, { app_user_id: unique("user") });
    await change(contract, "members.update", "member", id, { name: "renamed", app_user_id: null, metadata: { b: 1 } });
  },
  "members.remove": async (contract) => remove(contract, "members.remove", "member", (await newMember(contract)).id),

  "member_tokens.list": async (contract) => {
    const path = { member: (await newMember(contract)).id };
    for (let i = 0; i < 2; i += 1) await contract.send("member_tokens.create", { path });
    const listed = await contract.send("member_tokens.list", { path });
    assert.equal(listed.body.items.length, 2);
    await contract.send("member_tokens.list", { path: { member: nowhere }, status: 404 });
  },
  "member_tokens.create": async (contract) => {
    const { id: member } = await newMember(contract, { status: "suspended" });
    const refused = await contract.send("member_tokens.create", { path: { member }, status: 409 });
    assert.equal(refused.body.code, "member.suspended");
    await contract.send("members.update", { path: { member }, body: { status: "active" } });
    await once(contract, "member_tokens.create", { expires_in: 60 }, { member });
    await contract.send("member_tokens.create", { path: { member }, body: { expires_in: 0 }, status: 422 });
    await contract.send("member_tokens.create", { path: { member: nowhere }, status: 404 });
  },
  "member_tokens.verify": async (contract) => {
    const { token, member_token } = await newMemberToken(contract);
    const verified = await contract.send("member_tokens.verify", { body: { token } });
    assert.equal(verified.body.member.id, member_token.member);
    await contract.send("member_tokens.verify", { body: { token: "no such" }, status: 404 });
    await contract.send("member_tokens.revoke", { path: { token: member_token.id } });
    const late = await contract.send("member_tokens.verify", { body: { token }, status: 410 });
    assert.equal(late.body.code, "token.revoked");
  },
  "member_tokens.revoke": async (contract) =>
    revocable(contract, "member_tokens.revoke", "token", (await newMemberToken(contract)).member_token.id),

  "rooms.list": async (contract) => {
    for (let i = 0; i < 3; i += 1) await newRoom(contract, { owner_ref: "o", kind: "ad_hoc" });
    await list(contract, "rooms.list", { app: nowhere });
    assert.equal((await walk(contract, "rooms.list", { owner_ref: "o", kind: "ad_hoc", status: "open", is_live: "false" })).length, 3);
    await contract.send("rooms.list", { query: { is_live: "maybe" }, status: 422 });
  },
  "rooms.create": async (contract) => {
    const times = { starts_at: "2099-01-01T00:00:00Z", ends_at: "2099-01-01T01:00:00Z" };
    const body = { name: "r", kind: "scheduled", owner_ref: "o", capacity: 5, metadata: { a: 1 }, ...times };
    await once(contract, "rooms.create", body);
    const headers = { "Idempotency-Key": unique("reused") };
    await contract.send("rooms.create", { body, headers });
    const reused = await contract.send("rooms.create", { body: { ...body, name: "s" }, headers, status: 422 });
    assert.equal(reused.body.code, "idempotency.reused");
    await contract.send("rooms.create", { body: {}, status: 422 });
    await contract.send("rooms.create", { body: { name: "r", kind: "scheduled" }, status: 422 });
    await contract.send("rooms.create", { body: { name: "r", starts_at: times.ends_at, ends_at: times.starts_at }, status: 422 });
  },
  "rooms.find": async (contract) => find(contract, "rooms.find", "room", (await newRoom(contract)).uid),
  "rooms.update": async (contract) => {
    const { id } = await newRoom(contract, { starts_at: "2099-01-01T00:00:00Z" });
    await change(contract, "rooms.update", "room", id, { name: "renamed", status: "closed", starts_at: null, capacity: 2 });
  },
  "rooms.remove": async (contract) => {
    await remove(contract, "rooms.remove", "room", (await newRoom(contract)).id);
    const room = await newRoom(contract);
    const session = unique("session");
    await tell(contract, report("session.started", { room: room.id, session }));
    const live = await contract.send("rooms.remove", { path: { room: room.id }, status: 409 });
    assert.equal(live.body.code, "room.live");
    await tell(contract, report("session.ended", { session }));
    await contract.send("rooms.remove", { path: { room: room.id } });
  },

  "join_tokens.list": async (contract) => {
    const { id } = await newRoom(contract);
    for (let i = 0; i < 2; i += 1) await newJoinToken(contract, { role: "viewer" }, id);
    const listed = await contract.send("join_tokens.list", { path: { room: id }, query: { role: "viewer" } });
    assert.equal(listed.body.items.length, 2);
    await contract.send("join_tokens.list", { path: { room: nowhere }, status: 404 });
  },
  "join_tokens.create": async (contract) => {
    const room = await newRoom(contract);
    const member = (await newMember(contract)).uid;
    const path = { room: room.id };
    await once(contract, "join_tokens.create", { role: "moderator", name: "Ada", user_ref: "u", member, expires_in: 60 }, path);
    await contract.send("join_tokens.create", { path, body: { member: nowhere }, status: 422 });
    await contract.send("rooms.update", { path, body: { status: "closed" } });
    const closed = await contract.send("join_tokens.create", { path, status: 409 });
    assert.equal(closed.body.code, "room.closed");
  },
  "join_tokens.redeem": async (contract) => {
    const { token } = await newJoinToken(contract);
    await contract.send("join_tokens.redeem", { body: { token } });
    const used = await contract.send("join_tokens.redeem", { body: { token }, status: 410 });
    assert.equal(used.body.code, "token.used");
    await contract.send("join_tokens.redeem", { body: { token: "no such" }, status: 404 });
  },
  "join_tokens.find": async (contract) => find(contract, "join_tokens.find", "token", (await newJoinToken(contract)).join_token.uid),
  "join_tokens.revoke": async (contract) =>
    revocable(contract, "join_tokens.revoke", "token", (await newJoinToken(contract)).join_token.id),

  "stream_keys.list": async (contract) => {
    for (let i = 0; i < 2; i += 1) await newStreamKey(contract);
    await list(contract, "stream_keys.list", { app: nowhere });
  },
  "stream_keys.create": async (contract) => {
    await once(contract, "stream_keys.create", { label: "l", member: (await newMember(contract)).id });
    await contract.send("stream_keys.create", { body: { member: nowhere }, status: 422 });
  },
  "stream_keys.verify": async (contract) => {
    const { secret: shown, stream_key } = await newStreamKey(contract);
    // What is said to have been before the key was made counts for nothing.
    const at = new Date(Date.now() + 1_000).toISOString();
    await tell(
      contract,
      report("ingest.started", { stream_key: shown, mode: "rtmp", at }),
      report("ingest.published", { stream_key: stream_key.uid, at }),
    );
    const verified = await contract.send("stream_keys.verify", { body: { secret: shown } });
    assert.deepEqual([verified.body.state, verified.body.mode], ["active", "rtmp"]);
    await contract.send("stream_keys.verify", { body: { secret: "no such" }, status: 404 });
    await contract.send("stream_keys.revoke", { path: { stream_key: stream_key.id } });
    await contract.send("stream_keys.verify", { body: { secret: shown }, status: 410 });
  },
  "stream_keys.find": async (contract) => find(contract, "stream_keys.find", "stream_key", (await newStreamKey(contract)).stream_key.id),
  "stream_keys.revoke": async (contract) =>
    revocable(contract, "stream_keys.revoke", "stream_key", (await newStreamKey(contract)).stream_key.id),

  "revocations.create": async (contract) => {
    const room = await newRoom(contract);
    for (let i = 0; i < 3; i += 1) await newJoinToken(contract, undefined, room.id);
    const order = { kind: "join_tokens", room: room.id, issued_before: "2099-01-01T00:00:00Z" };
    const done = await contract.send("revocations.create", { body: order });
    assert.equal(done.body.revoked, 3);
    const { member_token } = await newMemberToken(contract);
    const one = await contract.send("revocations.create", { body: { kind: "member_tokens", token: member_token.uid } });
    assert.equal(one.body.revoked, 1);
    await contract.send("revocations.create", { body: { kind: "stream_keys", member: nowhere }, status: 422 });
    await contract.send("revocations.create", { body: { kind: "coins" }, status: 422 });
  },

  "devices.list": async (contract) => {
    const member = await newMember(contract);
    for (let i = 0; i < 3; i += 1) await newDevice(contract, { kind: "camera", member: member.uid });
    await list(contract, "devices.list", { app: nowhere });
    assert.equal((await walk(contract, "devices.list", { member: member.id, kind: "camera", sort: "-name" })).length, 3);
  },
  "devices.create": async (contract) => {
    await once(contract, "devices.create", { name: "d", kind: "lamp", status: "disabled", metadata: { a: 1 }, member: null });
    await contract.send("devices.create", { body: {}, status: 422 });
    await contract.send("devices.create", { body: { name: "d", member: nowhere }, status: 422 });
  },
  "devices.find": async (contract) => find(contract, "devices.find", "device", (await newDevice(contract)).uid),
  "devices.update": async (contract) => {
    const { id } = await newDevice(contract, { member: (await newMember(contract)).id });
    await change(contract, "devices.update", "device", id, { name: "renamed", member: null, status: "disabled" });
  },
  "devices.remove": async (contract) => remove(contract, "devices.remove", "device", (await newDevice(contract)).id),
  "devices.readings": async (contract) => {
    const { id } = await newDevice(contract);
    const values = [{ at: second, value: 21.5 }, { at: "2024-03-04T01:02:04Z", value: "warm" }, { at: "2024-03-04T01:02:05Z", value: true }];
    await tell(contract, report("readings", { device: id, values }));
    const path = { device: id };
    const shown = await contract.send("devices.readings", { path, query: { sort: "-at", at_after: second } });
    assert.deepEqual(shown.body.items.map(({ value }) => value), [true, "warm"]);
    await contract.send("devices.readings", { path: { device: nowhere }, status: 404 });
  },

  "sessions.list": async (contract) => {
    for (let i = 0; i < 2; i += 1) await newSession(contract);
    await list(contract, "sessions.list", { app: nowhere });
  },
  "sessions.find": async (contract) => {
    const { body: record } = await find(contract, "sessions.find", "session", await newSession(contract));
    assert.equal(record.participants[0].published.audio, true);
    assert.notEqual(record.participants[0].join_token, null);
    assert.equal(record.recordings[0].size, 12);
  },
  "usage.list": async (contract) => {
    await tell(contract, report("usage", { signaling: 2, turn_bytes: 3, sfu_bytes: 4 }), report("usage", { signaling: 1 }));
    const { body: used } = await contract.send("usage.list", { query: { sort: "-month" } });
    assert.deepEqual(used.items, [{ month: "2024-03", signaling: 3, turn_bytes: 3, sfu_bytes: 4 }]);
    await contract.send("usage.list", { path: { app: nowhere }, status: 404 });
  },

  "events.report": async (contract) => {
    const event = report("session.started", { room: "unknown", session: unique("session") });
    assert.deepEqual((await tell(contract, event, event)).body, { accepted: 1, repeated: 1 });
    assert.deepEqual((await tell(contract, event)).body, { accepted: 0, repeated: 1 });
    await tell(contract, report("ingest.stopped", { stream_key: nowhere }));
    const wrong = await contract.send("events.report", { body: { events: [event, { type: "party" }] }, status: 422 });
    assert.equal(wrong.body.errors[0].pointer, "/events/1/type");
    await contract.send("events.report", { body: { events: [] }, status: 422 });
    const many = { events: Array.from({ length: 1001 }, () => event) };
    await contract.send("events.report", { body: many, status: 413 });
    await contract.send("events.report", { path: { app: nowhere }, body: { events: [event] }, status: 404 });
  },
  "events.follow": async (contract) => {
    const event = report("usage", { signaling: 1 });
    await tell(contract, event);
    for (const given of [{ headers: { "Last-Event-ID": "0" } }, { query: { last_event_id: "0" } }]) {
      const { body, headers } = await contract.send("events.follow", given);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("x-accel-buffering"), "no");
      assert.match(body, /^id: 0\nretry: \d+\n\n(id: \d+-\d+\nevent: [a-z_.]+\ndata: \{.*\}\n\n)+/);
    }
    const { body } = await contract.send("events.follow", { headers: { "Last-Event-ID": "99999" } });
    assert.match(body, /^id: \d+-\d+\nretry: \d+\nevent: reset\ndata: \{.*\}\n\n/);
    await contract.send("events.follow", { query: { last_event_id: "x" }, status: 422 });
    await contract.send("events.follow", { path: { app: nowhere }, status: 404 });
  },

  "webhooks.list": async (contract) => {
    for (let i = 0; i < 2; i += 1) await newWebhook(contract);
    await list(contract, "webhooks.list", { app: nowhere });
    await contract.send("webhooks.list", { query: { is_enabled: "false" } });
  },
  "webhooks.create": async (contract) => {
    const body = { url: "https://192.0.2.1/a", events: ["session.*", "usage"], label: "l", is_enabled: false };
    const { body: made } = await once(contract, "webhooks.create", body);
    assert.match(made.secret, /^whsec_/);
    await contract.send("webhooks.create", { body: { url: "ftp://example.com" }, status: 422 });
    await contract.send("webhooks.create", { body: { url: "https://user:pass@example.com" }, status: 422 });
    await contract.send("webhooks.create", { body: { url: "https://example.com", events: ["A B"] }, status: 422 });
  },
  "webhooks.find": async (contract) => find(contract, "webhooks.find", "webhook", (await newWebhook(contract)).webhook.id),
  "webhooks.update": async (contract) => {
    const { webhook } = await newWebhook(contract);
    await change(contract, "webhooks.update", "webhook", webhook.id, { url: "https://192.0.2.2/", events: ["*"], label: "x" });
  },
  "webhooks.remove": async (contract) => remove(contract, "webhooks.remove", "webhook", (await newWebhook(contract)).webhook.id),
  "webhooks.rotate": async (contract) => {
    const { webhook, secret: before } = await newWebhook(contract);
    const path = { webhook: webhook.id };
    const rotated = await contract.send("webhooks.rotate", { path, body: { grace_seconds: 60 } });
    assert.notEqual(rotated.body.secret, before);
    assert.notEqual(rotated.body.webhook.former_secret_until, null);
    const { body: usual } = await contract.send("webhooks.rotate", { path });
    assert.ok(Date.parse(usual.webhook.former_secret_until) > Date.now() + 23 * 3_600_000);
    await contract.send("webhooks.rotate", { path: { webhook: nowhere }, status: 404 });
  },
  "webhooks.deliveries": async (contract) => {
    const { webhook } = await newWebhook(contract, { is_enabled: true });
    await tell(contract, report("usage", { signaling: 0 }));
    const path = { webhook: webhook.id };
    const { body: log } = await contract.send("webhooks.deliveries", { path, query: { type: "usage" } });
    assert.equal(log.items.length, 1);
    await contract.send("webhooks.update", { path, body: { is_enabled: false } });
    await contract.send("webhooks.deliveries", { path: { webhook: nowhere }, status: 404 });
  },
  "webhooks.replay": async (contract) => {
    const { webhook } = await newWebhook(contract, { is_enabled: true });
    await tell(contract, report("usage", { signaling: 0 }));
    const { body: log } = await contract.send("webhooks.deliveries", { path: { webhook: webhook.id } });
    const again = await contract.send("webhooks.replay", { path: { delivery: log.items[0].id } });
    assert.equal(again.body.event, log.items[0].event);
    assert.notEqual(again.body.uid, log.items[0].uid);
    await contract.send("webhooks.replay", { path: { delivery: nowhere }, status: 404 });
  },

  "audit.list": async (contract) => {
    await newRoom(contract);
    await list(contract, "audit.list");
    const { body: last } = await contract.send("audit.list", { query: { sort: "-id", action: "room.create", limit: "1" } });
    assert.equal(last.items[0].actor, "operator");
    await contract.send("audit.list", { query: { at_after: "yesterday" }, status: 422 });
  },
  "documents.keys": async (contract) => {
    const { body: set } = await contract.send("documents.keys");
    assert.deepEqual(set.keys.map(({ kty, crv }) => [kty, crv]), [["OKP", "Ed25519"]]);
  },
  "documents.openapi": async (contract) => {
    const { body: document } = await contract.send("documents.openapi");
    assert.deepEqual(Object.keys(document.paths).length, new Set([...contract.operations.values()].map(({ template }) => template)).size);
  },
};
