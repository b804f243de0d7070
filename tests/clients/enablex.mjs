import assert from "node:assert/strict";

const app = "61f2c0a7b8d94e0012a4c6e1";
const secret = "Zp4Xq8Rm2Tn6Vb0Wc3Yd7Ke1Lf5Mg9Nh8Pj2";

export const fixture = { tenants: [{ name: "demo", apps: [{ uid: app, name: "demo", secret }] }] };

const nowhere = { room_id: "0123456789abcdef01234567" };
const days = { from_date: "2024-03-01", to_date: "2024-03-31" };
const session = "2024030409144501";

async function newRoom(contract, body = {}) {
  const { body: made } = await contract.send("rooms.create", { body: { name: "demo", owner_ref: "svc", ...body } });
  return { room_id: made.room.room_id };
}

/** Reports a session from its start to its end, as media servers do: not by way of this contract. */
async function report(url, events) {
  const answer = await fetch(`${url}/api/v1/apps/${app}/events`, {
    method: "POST",
    headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
    body: JSON.stringify({ events: events.map((each, at) => ({ id: `${each.session ?? session}-${each.type}-${at}`, session, ...each })) }),
  });
  assert.equal(answer.status, 202, await answer.text());
}

export async function arrive(contract, url) {
  const headers = { Authorization: `Basic ${Buffer.from(`${app}:${secret}`).toString("base64")}` };
  contract.guest = { headers };
  const path = await newRoom(contract);
  const at = (second) => `2024-03-04T09:15:${second}Z`;
  await report(url, [
    { type: "session.started", at: at("10"), room: path.room_id },
    { type: "participant.joined", at: at("11"), participant: "p1", name: "Asha Rao", role: "participant", user_ref: "pat-88", ip: "203.0.113.9" },
    { type: "participant.joined", at: at("12"), participant: "p2", name: "Dr. B", role: "moderator", user_ref: "doc-1" },
    { type: "participant.left", at: at("52"), participant: "p1", published: { audio: true, video: true }, subscribed_seconds: 41 },
    { type: "recording.ready", at: at("53"), kind: "recording", url: "https://files.example.test/rec_1.mkv" },
    { type: "recording.ready", at: at("54"), kind: "transcoded", url: "https://files.example.test/t.mp4", size: 10485760 },
    { type: "recording.ready", at: at("54"), kind: "chat", url: "https://files.example.test/chat.json" },
    { type: "session.ended", at: at("55") },
  ]);
  return { headers, room: path, url };
}

const records = (operation, member) => async (contract, guest) => {
  const path = { ...days, ...guest.room, conf_num: session };
  const { body } = await contract.send(operation, { path });
  assert.ok(body[member].length > 0);
  if (member === "cdr") assert.equal(body.cdr[0].room.room_details.owner_ref, "svc");
};

export const calls = {
  "rooms.create": async (contract) => {
    await newRoom(contract);
    await newRoom(contract, {
      owner_ref: 482913,
      settings: {
        ...{ description: "", quality: "SD", mode: "group", participants: "10", duration: "60", scheduled: false, auto_recording: false },
        ...{ active_talker: true, wait_moderator: false, adhoc: false, moderators: 2, viewers: 3, billing_code: 7, aor: "sip:a@b.c" },
        ...{ role_based_recording: { moderator: "audio" }, live_recording: { auto_recording: true, url: "rtmp://a/b" }, knock: true },
      },
      sip: { enabled: true },
      data: { any: [1, "two"] },
    });
    await contract.send("rooms.create", { body: { owner_ref: "svc" }, status: 400 });
    await contract.send("rooms.create", { body: "{", status: 400 });
  },
  "rooms.list": async (contract) => {
    await newRoom(contract);
    const { body } = await contract.send("rooms.list");
    assert.ok(body.rooms.length > 0);
    const part = await contract.send("rooms.list", { query: { page: 1, page_length: 1 } });
    assert.equal(part.body.rooms.length, 1);
  },
  "rooms.find": async (contract) => {
    const path = await newRoom(contract);
    await contract.send("rooms.update", { path, body: { name: "anew" } });
    const { body } = await contract.send("rooms.find", { path });
    assert.equal(body.room.name, "anew");
    assert.ok("updated" in body.room);
    await contract.send("rooms.find", { path: nowhere, status: 404 });
  },
  "rooms.update": async (contract) => {
    const path = await newRoom(contract);
    const { body } = await contract.send("rooms.find", { path });
    await contract.send("rooms.update", { path, body: body.room });
    await contract.send("rooms.update", { path, body: { settings: { mode: "lecture" } }, status: 400 });
    await contract.send("rooms.update", { path: nowhere, body: {}, status: 404 });
  },
  "rooms.remove": async (contract) => {
    const path = await newRoom(contract);
    await contract.send("rooms.remove", { path });
    await contract.send("rooms.remove", { path, status: 404 });
  },
  "rooms.present": async (contract, guest) => {
    const path = await newRoom(contract);
    assert.equal((await contract.send("rooms.present", { path })).body.total, 0);
    await report(guest.url, [
      { type: "session.started", at: "2024-03-05T09:00:00Z", session: "second", room: path.room_id },
      { type: "participant.joined", at: "2024-03-05T09:00:01Z", session: "second", participant: "p", name: "A", role: "viewer" },
    ]);
    assert.equal((await contract.send("rooms.present", { path })).body.users[0].permissions.publish, false);
    await contract.send("rooms.remove", { path, status: 409 });
    await contract.send("rooms.update", { path, body: { name: "x" }, status: 409 });
  },
  "join_tokens.create": async (contract) => {
    const path = await newRoom(contract);
    const body = { name: "Asha Rao", role: "participant", user_ref: 88, data: { colour: "blue" } };
    const made = await contract.send("join_tokens.create", { path, body });
    const ticket = JSON.parse(Buffer.from(made.body.token, "base64"));
    assert.equal(ticket.roomMeta._id, path.room_id);
    await contract.send("join_tokens.create", { path, body: { ...body, role: "king" }, status: 400 });
    await contract.send("join_tokens.create", { path: nowhere, body, status: 404 });
  },
  "calls.of_period": records("calls.of_period", "cdr"),
  "calls.of_room": records("calls.of_room", "cdr"),
  "calls.of_room_and_period": records("calls.of_room_and_period", "cdr"),
  "calls.of_session": records("calls.of_session", "cdr"),
  "archives.of_period": records("archives.of_period", "archive"),
  "archives.of_room": records("archives.of_room", "archive"),
  "archives.of_room_and_period": records("archives.of_room_and_period", "archive"),
  "archives.of_session": records("archives.of_session", "archive"),
  "enablex.dial_in": (contract) => contract.send("enablex.dial_in"),
};
