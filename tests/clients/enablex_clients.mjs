// The video contract as the clients that are out there use it, over TLS, with Node's own https: each parses every chunk that it
// receives as JSON, compares `result` with the number 0, and follows no redirect.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { withDaemon } from "./innkeeperd.mjs";

const app = "61f2c0a7b8d94e0012a4c6e1";
const secret = "Zp4Xq8Rm2Tn6Vb0Wc3Yd7Ke1Lf5Mg9Nh8Pj2";
const fixture = { tenants: [{ name: "demo", apps: [{ uid: app, name: "demo", secret }] }] };
const basic = `Basic ${Buffer.from(`${app}:${secret}`).toString("base64")}`;

const folder = mkdtempSync(join(tmpdir(), "innkeeper-tls-"));
const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
const made = spawnSync("openssl", [
  ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
  ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
]);
assert.equal(made.status, 0, String(made.stderr));
const ca = readFileSync(certificate);
process.on("exit", () => rmSync(folder, { recursive: true }));

/**
 * Sends a request as the sample servers do, and answers what each chunk of the answer held; one that is no whole JSON throws. The
 * connection is this agent's: `null` is one a request.
 */
function send(base, method, target, body, { headers = {}, agent } = {}) {
  const url = new URL(target, base);
  const library = url.protocol === "https:" ? https : http;
  const options = { hostname: url.hostname, port: url.port, path: url.pathname + url.search, method, ca, agent };
  const sent = { "Content-Type": "application/json", Authorization: basic, ...headers };
  if (body !== undefined) sent["Content-Length"] = Buffer.byteLength(body);
  return new Promise((done, fail) => {
    const request = library.request({ ...options, headers: sent }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => {
        try {
          chunks.push(JSON.parse(chunk));
        } catch (error) {
          fail(new Error(`a chunk of ${chunk.length} bytes is no JSON: ${error.message}`));
        }
      });
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, chunks, body: chunks[0] }));
    });
    request.on("error", fail);
    request.end(body);
  });
}

/** What a client makes of an answer: the payload, or the error that it tells its user. */
function taken(answer) {
  assert.equal(answer.chunks.length, 1, "one chunk");
  if (answer.body.result !== 0) throw new Error(`${answer.status} ${answer.body.result} ${answer.body.error}`);
  assert.ok(!("error" in answer.body));
  return answer.body;
}

/** The bodies of §5.1 of the contract and others that are sent, byte by byte. */
const bodies = {
  minimal: '{"name":"demo","owner_ref":"svc","settings":{"scheduled":false,"adhoc":false,"participants":"4","quality":"SD","auto_recording":false}}',
  php: '{"name":"room 1","owner_ref":482913,"settings":{"description":"","quality":"SD","mode":"group","participants":"10","duration":"60","scheduled":false,"auto_recording":false,"active_talker":true,"wait_moderator":false,"adhoc":false},"sip":{"enabled":false}}',
  "sip as a boolean": '{"name":"Call 1","owner_ref":"u1","settings":{"description":"x","mode":"group","scheduled":false,"adhoc":true,"duration":60},"sip":false}',
  python: '{"name": "Consultation", "owner_ref": "fa61", "settings": {"description": "", "scheduled": false, "participants": 6, "auto_recording": false, "active_talker": true, "wait_moderator": false, "quality": "HD", "media": {"audio": true}}, "data": {"a": "\\u00e9"}}',
};

/** Calls the native API, which media servers report to. */
async function native(base, method, path, body) {
  const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" };
  const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** Answers the first message that a server on a free port is sent; `subscribe` is told its URL. */
async function firstMessage(subscribe) {
  const server = http.createServer();
  const message = new Promise((done) =>
    server.on("request", async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      response.writeHead(200).end();
      done({ headers: request.headers, body: JSON.parse(body) });
    }),
  );
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await subscribe(`http://127.0.0.1:${server.address().port}/hook`);
    return await message;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

await withDaemon(
  fixture,
  async (plain, secure) => {
    await test("a receiver that is told of a session's end finds its record, over TLS", async () => {
      const { room } = taken(await send(secure, "POST", "/video/v2/rooms", bodies.minimal));
      const at = (second) => `2024-03-04T09:15:${second}Z`;
      const { headers, body } = await firstMessage(async (url) => {
        const basic_auth = { username: "clinic", password: "pa:ss" };
        await native(plain, "POST", `/apps/${app}/webhooks`, { url, contract: "enablex", events: ["session.ended"], basic_auth });
        const session = "2024030409151001";
        const events = [
          { id: "1", type: "session.started", at: at(10), session, room: room.room_id },
          { id: "2", type: "participant.joined", at: at(11), session, participant: "p", name: "Asha Rao", role: "participant" },
          { id: "3", type: "participant.left", at: at(40), session, participant: "p", published: { audio: true } },
          { id: "4", type: "session.ended", at: at(41), session },
        ];
        await native(plain, "POST", `/apps/${app}/events`, { events });
      });
      assert.equal(headers.authorization, `Basic ${Buffer.from("clinic:pa:ss").toString("base64")}`);
      assert.deepEqual(body, {
        type: "roomdrop",
        trans_date: String(Date.parse(at(41)) / 1000),
        app_id: app,
        room_id: room.room_id,
        conf_num: "2024030409151001",
      });
      const { cdr } = taken(await send(secure, "GET", `/video/v2/cdr/room/${body.room_id}`));
      assert.equal(cdr.length, 1);
      assert.equal(cdr[0].room.room_details.owner_ref, "svc");
      assert.equal(cdr[0].room.duration / 60, 29 / 60);
      assert.strictEqual(cdr[0].published_track.audio, "true");
      taken(await send(secure, "DELETE", `/video/v2/rooms/${room.room_id}`));
    });

    for (const [scheme, base] of [["plain", plain], ["TLS", secure]]) {
      for (const mount of ["/video/v2", "/video/v1", "/v2", "/v1"]) {
        for (const [name, body] of Object.entries(bodies))
          await test(`over ${scheme} at ${mount}: the body of a client (${name}) makes a room`, async () => {
            const sent = JSON.parse(body);
            for (const slash of ["", "/"]) {
              const { room } = taken(await send(base, "POST", `${mount}/rooms${slash}`, body));
              assert.equal(room.owner_ref, String(sent.owner_ref));
              for (const setting of ["participants", "duration"])
                if (setting in sent.settings) assert.strictEqual(room.settings[setting], sent.settings[setting]);
              assert.ok(!("media" in room.settings));
              // A list that does not fit into a record comes in several chunks, which is these clients' end.
              taken(await send(base, "DELETE", `${mount}/rooms/${room.room_id}${slash}`));
            }
          });

        await test(`over ${scheme} at ${mount}: a room is listed, looked up, changed whole, entered and deleted`, async () => {
          const agent = new (base === secure ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
          const call = async (...what) => taken(await send(base, ...what, { agent, headers: { Connection: "keep-alive" } }));
          const { room } = await call("POST", `${mount}/rooms/`, bodies.php);
          const listed = await call("GET", `${mount}/rooms`, undefined);
          assert.ok(listed.rooms.some((each) => each.room_id === room.room_id));
          const found = await call("GET", `${mount}/rooms/${room.room_id}`, undefined);
          assert.deepEqual(await call("PATCH", `${mount}/rooms/${room.room_id}`, JSON.stringify(found.room)), { result: 0 });
          const users = await call("GET", `${mount}/rooms/${room.room_id}/users`, undefined);
          assert.equal(users.total, 0);
          const token = { name: "Asha", role: "participant", user_ref: "u1", roomId: room.room_id };
          const issued = await call("POST", `${mount}/rooms/${room.room_id}/tokens`, JSON.stringify(token));
          // As the browser's side decodes it.
          const ticket = JSON.parse(atob(issued.token));
          assert.equal(ticket.roomMeta._id, room.room_id);
          assert.ok(ticket.tokenId && ticket.host && ticket.signature);
          assert.deepEqual(await call("DELETE", `${mount}/rooms/${room.room_id}`, undefined), { result: 0 });
          const gone = await send(base, "GET", `${mount}/rooms/${room.room_id}`);
          assert.equal(gone.body.result, "40001");
          agent.destroy();
        });
      }

      await test(`over ${scheme}: the name of the credentials' header and of their scheme may be in capitals`, async () => {
        const shouting = { headers: { AUTHORIZATION: basic.replace("Basic", "BASIC"), Authorization: undefined } };
        delete shouting.headers.Authorization;
        const url = new URL(base);
        const library = base === secure ? https : http;
        const answer = await new Promise((done, fail) =>
          library
            .get({ hostname: url.hostname, port: url.port, path: "/v1/rooms", ca, headers: shouting.headers }, (response) => {
              response.on("data", (chunk) => done(JSON.parse(chunk)));
            })
            .on("error", fail),
        );
        assert.strictEqual(answer.result, 0);
      });

      await test(`over ${scheme}: fetch tells successes from failures by status and by result`, async () => {
        // Node's fetch takes no certificate of ours; what it reads is the same.
        if (base === secure) return;
        const answer = await fetch(`${base}/video/v2/rooms`, { headers: { Authorization: basic } });
        assert.ok(answer.ok && (await answer.json()).result === 0);
        const refused = await fetch(`${base}/video/v2/rooms`, { redirect: "error" });
        assert.equal(refused.status, 401);
        assert.ok((await refused.json()).error);
      });

      await test(`over ${scheme}: a client whose body is wrong is told so in three members`, async () => {
        for (const [body, code] of [["{", "400"], ["[]", "400"], ['{"owner_ref":"x"}', "10002"], ['{"name":"x"}', "10010"]]) {
          const answer = await send(base, "POST", "/video/v2/rooms", body);
          assert.deepEqual(Object.keys(answer.body), ["result", "error", "desc"]);
          assert.equal(answer.body.result, code);
          assert.throws(() => taken(answer));
        }
        const huge = await send(base, "POST", "/video/v2/rooms", "x".repeat(5 << 20)).catch((error) => error);
        assert.ok(huge.status === 413 ? huge.body.result === "413" : ["ECONNRESET", "EPIPE"].includes(huge.code), String(huge));
        const { rooms } = taken(await send(base, "GET", "/video/v2/rooms"));
        assert.ok(rooms.every((room) => room.name !== "x"));
      });

      await test(`over ${scheme}: an answer that fits into a record comes in one chunk`, async () => {
        const description = "d".repeat(1_000);
        const settings = { description, participants: "4" };
        const body = JSON.stringify({ name: "long", owner_ref: "x", settings, data: { text: "y".repeat(13_000) } });
        const { room } = taken(await send(base, "POST", "/video/v2/rooms", body));
        const answer = await send(base, "GET", `/video/v2/rooms/${room.room_id}`);
        taken(answer);
        assert.ok(Number(answer.headers["content-length"]) > 14_000);
        await send(base, "DELETE", `/video/v2/rooms/${room.room_id}`);
      });
    }
  },
  ...["--listen-tls", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key, "--webhook-targets", "any"],
);
