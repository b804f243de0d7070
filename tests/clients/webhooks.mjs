// Webhooks as their receivers see them, who verify them with the library of https://www.standardwebhooks.com.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { Webhook } from "standardwebhooks";

import { until, withApp } from "./guest.mjs";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const verifies = (secret, { body, headers }) => {
  try {
    return new Webhook(secret).verify(body, headers).id;
  } catch {
    return undefined;
  }
};

/** A server on a free port that keeps what is sent to it, and answers what `status` tells. */
class Receiver {
  messages = [];
  status = () => 204;

  static async open(tls) {
    const receiver = new Receiver();
    const take = async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      receiver.messages.push({ at: Date.now(), method: request.method, headers: request.headers, body });
      response.writeHead(receiver.status(receiver.messages.length)).end();
    };
    receiver.server = tls ? https.createServer(tls, take) : http.createServer(take);
    receiver.server.listen(0, "127.0.0.1");
    await once(receiver.server, "listening");
    receiver.url = `${tls ? "https" : "http"}://127.0.0.1:${receiver.server.address().port}/hook`;
    return receiver;
  }

  /** The message of that number, from 1. */
  async message(number, seconds = 15) {
    await until(() => this.messages.length >= number, `message ${number}`, seconds);
    return this.messages[number - 1];
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function withReceiver(use, tls) {
  const receiver = await Receiver.open(tls);
  try {
    await use(receiver);
  } finally {
    receiver.close();
  }
}

let reported = 0;
async function report({ guest, at }) {
  const event = { id: `event-${(reported += 1)}`, type: "usage", at: "2024-03-04T01:02:03Z", signaling: reported };
  await guest.post(`${at}/events`, { events: [event] });
  return event.id;
}
/** A webhook for what `report` reports; that it was made is an event, too. */
const open = ({ guest, at }, { url }, body = {}) => guest.post(`${at}/webhooks`, { url, events: ["usage"], ...body });
const log = async ({ guest }, webhook) => (await guest.get(`/webhooks/${webhook.id}/deliveries`)).items;
const settled = (fixture, webhook) =>
  until(async () => (await log(fixture, webhook)).find(({ state, last_attempt_at }) => state !== "pending" || last_attempt_at), "a delivery");

await withApp(
  async (fixture) => {
    await test("each message verifies, and an altered one does not", () =>
      withReceiver(async (receiver) => {
        const { webhook, secret } = await open(fixture, receiver);
        const ids = [];
        for (let i = 0; i < 20; i += 1) ids.push(await report(fixture));
        await receiver.message(20);
        assert.deepEqual(receiver.messages.map((each) => verifies(secret, each)).sort(), ids.sort());
        assert.equal(new Set(receiver.messages.map(({ headers }) => headers["webhook-id"])).size, 20);
        const [{ method, headers, body }] = receiver.messages;
        assert.deepEqual([method, headers["content-type"]], ["POST", "application/json"]);
        const { type, timestamp, app, data } = JSON.parse(body);
        assert.deepEqual([type, timestamp, app], ["usage", "2024-03-04T01:02:03.000000Z", fixture.app.uid]);
        assert.ok(data.signaling > 0);
        assert.equal(verifies(secret, { headers, body: body.replace("usage", "abuse") }), undefined);
        assert.equal(verifies(secret, { headers: { ...headers, "webhook-id": "other" }, body }), undefined);
        await fixture.guest.remove(`/webhooks/${webhook.id}`);
      }));

    await test("a webhook gets the types that it wants, and nothing when it is disabled", () =>
      withReceiver(async (receiver) => {
        const { webhook } = await open(fixture, receiver, { events: ["session.*"] });
        await report(fixture);
        const started = { id: "started", type: "session.started", at: "2024-03-04T01:02:03Z", room: "r", session: "s" };
        await fixture.guest.post(`${fixture.at}/events`, { events: [started] });
        assert.equal(JSON.parse((await receiver.message(1)).body).id, "started");
        await fixture.guest.patch(`/webhooks/${webhook.id}`, { is_enabled: false });
        await fixture.guest.post(`${fixture.at}/events`, { events: [{ ...started, id: "again" }] });
        await pause(1_000);
        assert.equal(receiver.messages.length, 1);
      }));

    await test("while a rotation's grace lasts both secrets verify, and after it the new one alone", () =>
      withReceiver(async (receiver) => {
        const { webhook, secret } = await open(fixture, receiver);
        const rotated = await fixture.guest.post(`/webhooks/${webhook.id}/rotate`, { grace_seconds: 3 });
        const during = await report(fixture);
        const both = await receiver.message(1);
        assert.deepEqual([verifies(secret, both), verifies(rotated.secret, both)], [during, during]);
        await until(() => Date.now() > Date.parse(rotated.webhook.former_secret_until) + 100, "the end of the grace");
        const after = await report(fixture);
        const one = await receiver.message(2);
        assert.deepEqual([verifies(secret, one), verifies(rotated.secret, one)], [undefined, after]);
        await fixture.guest.remove(`/webhooks/${webhook.id}`);
      }));

    await test("what is answered with 500 is sent again after about five seconds, as the same message", () =>
      withReceiver(async (receiver) => {
        receiver.status = (count) => (count === 1 ? 500 : 200);
        const { webhook, secret } = await open(fixture, receiver);
        const id = await report(fixture);
        const [first, second] = [await receiver.message(1), await receiver.message(2)];
        assert.deepEqual([verifies(secret, first), verifies(secret, second)], [id, id]);
        assert.equal(second.headers["webhook-id"], first.headers["webhook-id"]);
        assert.ok(second.at - first.at > 4_400 && second.at - first.at < 10_000, `${second.at - first.at} ms`);
        const done = await until(async () => (await log(fixture, webhook)).find(({ state }) => state === "delivered"), "the delivery");
        assert.deepEqual([done.attempts, done.last_status, done.uid], [2, 200, first.headers["webhook-id"]]);
        await fixture.guest.remove(`/webhooks/${webhook.id}`);
      }));

    await test("410 disables the webhook", () =>
      withReceiver(async (receiver) => {
        receiver.status = () => 410;
        const { webhook } = await open(fixture, receiver);
        await report(fixture);
        const failed = await settled(fixture, webhook);
        assert.deepEqual([failed.state, failed.last_status, failed.next_attempt_at], ["failed", 410, null]);
        assert.equal((await fixture.guest.get(`/webhooks/${webhook.id}`)).is_enabled, false);
        await report(fixture);
        await pause(1_000);
        assert.equal(receiver.messages.length, 1);
      }));

    await test("a delivery that is replayed is another message with the same event, and the log shows both", () =>
      withReceiver(async (receiver) => {
        const { webhook, secret } = await open(fixture, receiver);
        const id = await report(fixture);
        const first = await receiver.message(1);
        const [sent] = await log(fixture, webhook);
        const replayed = await fixture.guest.post(`/deliveries/${sent.id}/replay`);
        const second = await receiver.message(2);
        assert.deepEqual([verifies(secret, first), verifies(secret, second)], [id, id]);
        assert.equal(second.body, first.body);
        assert.deepEqual([first, second].map(({ headers }) => headers["webhook-id"]), [sent.uid, replayed.uid]);
        assert.notEqual(sent.uid, replayed.uid);
        const both = await until(async () => {
          const items = await log(fixture, webhook);
          return items.every(({ state }) => state === "delivered") && items;
        }, "both deliveries");
        assert.deepEqual(both.map(({ uid }) => uid), [sent.uid, replayed.uid]);
        await fixture.guest.remove(`/webhooks/${webhook.id}`);
      }));

    await test("a receiver that is not there is told as a fault", async () => {
      const receiver = await Receiver.open();
      receiver.close();
      const { webhook } = await open(fixture, receiver);
      await report(fixture);
      const { last_status, last_fault } = await settled(fixture, webhook);
      assert.deepEqual([last_status, last_fault], [null, "connect"]);
      await fixture.guest.remove(`/webhooks/${webhook.id}`);
    });
  },
  "--webhook-targets",
  "any",
);

await withApp(async (fixture) => {
  await test("nothing is sent to an address that is not public, unless that is asked for", () =>
    withReceiver(async (receiver) => {
      for (const host of ["127.0.0.1", "localhost", "0.0.0.0", "2130706433"]) {
        const url = receiver.url.replace("127.0.0.1", host);
        const { webhook } = await open(fixture, { url });
        await report(fixture);
        const { state, last_status, last_fault } = await settled(fixture, webhook);
        assert.deepEqual([host, state, last_status, last_fault], [host, "pending", null, "address.refused"]);
        await fixture.guest.remove(`/webhooks/${webhook.id}`);
      }
      assert.equal(receiver.messages.length, 0);
    }));
});

const folder = mkdtempSync(join(tmpdir(), "innkeeper-"));
try {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, ...subject];
  const made = spawnSync("openssl", make, { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const tls = { key: readFileSync(key), cert: readFileSync(cert) };

  await withApp(
    async (fixture) => {
      await test("HTTPS is checked by the certificates of --webhook-ca", () =>
        withReceiver(async (receiver) => {
          const { webhook, secret } = await open(fixture, receiver);
          const id = await report(fixture);
          assert.equal(verifies(secret, await receiver.message(1)), id);
          assert.equal((await settled(fixture, webhook)).state, "delivered");
        }, tls));

      await test("a name that the certificate does not have is refused", () =>
        withReceiver(async (receiver) => {
          const { webhook } = await open(fixture, { url: receiver.url.replace("127.0.0.1", "localhost") });
          await report(fixture);
          assert.equal((await settled(fixture, webhook)).last_fault, "tls");
          assert.equal(receiver.messages.length, 0);
        }, tls));
    },
    "--webhook-targets",
    "any",
    "--webhook-ca",
    cert,
  );

  await withApp(
    async (fixture) => {
      await test("a certificate that nobody vouches for is refused", () =>
        withReceiver(async (receiver) => {
          const { webhook } = await open(fixture, receiver);
          await report(fixture);
          const { state, last_status, last_fault } = await settled(fixture, webhook);
          assert.deepEqual([state, last_status, last_fault], ["pending", null, "tls"]);
          assert.equal(receiver.messages.length, 0);
        }, tls));
    },
    "--webhook-targets",
    "any",
  );
} finally {
  rmSync(folder, { recursive: true });
}
