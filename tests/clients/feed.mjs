// The event feed as a browser's EventSource reads it, over fetch.

import assert from "node:assert/strict";
import test from "node:test";

import { Guest, until, withApp } from "./guest.mjs";

/** The events of a feed as they come, until it ends or is left. */
async function* follow(guest, at, lastEventId, signal) {
  const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
  const answer = await guest.request("GET", `${at}/events`, { headers, signal });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  let text = "";
  try {
    for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
      text += part;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const fields = Object.fromEntries(text.slice(0, end).split("\n").map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? ["", ""]));
        text = text.slice(end + 2);
        if (fields.retry) yield { isOpen: true, id: fields.id };
        if (fields.data) yield { id: fields.id, type: fields.event, data: JSON.parse(fields.data) };
      }
    }
  } catch (fault) {
    if (!signal?.aborted) throw fault;
  }
}

/** Collects a feed in the background. */
function collect(guest, at, lastEventId) {
  const got = { events: [], isOpen: false, isOver: false };
  const leave = new AbortController();
  got.leave = () => leave.abort();
  got.done = (async () => {
    for await (const event of follow(guest, at, lastEventId, leave.signal))
      if (event.isOpen) [got.isOpen, got.startedAt] = [true, event.id];
      else got.events.push(event);
    got.isOver = true;
  })();
  return got;
}

const report = (guest, at, id) => guest.post(`${at}/events`, { events: [{ id, type: "usage", at: "2024-03-04T01:02:03Z", signaling: 1 }] });

await withApp(async ({ root, tenant, app, guest, at }) => {
  const key = async () => {
    const { key: made, secret } = await guest.post(`${at}/keys`, {});
    return { id: made.id, guest: new Guest(root.url.replace("/api/v1", ""), secret) };
  };

  await test("events come as they are reported", async () => {
    const feed = collect(guest, at);
    await until(() => feed.isOpen, "the feed's head");
    for (let i = 1; i <= 20; i += 1) {
      await report(guest, at, `live-${i}`);
      await until(() => feed.events.length === i, `event ${i}`, 5);
    }
    assert.deepEqual(feed.events.map(({ data }) => data.id), Array.from({ length: 20 }, (_, i) => `live-${i + 1}`));
    assert.deepEqual([feed.events[0].type, feed.events[0].data.app], ["usage", app.uid]);
    feed.leave();
    await feed.done;
  });

  await test("a feed of one app shows nothing of another's", async () => {
    const other = await root.post(`/tenants/${tenant.id}/apps`, {});
    const feed = collect(guest, at);
    await until(() => feed.isOpen, "the feed's head");
    await report(root, `/apps/${other.app.id}`, "elsewhere");
    await report(guest, at, "here");
    await until(() => feed.events.length > 0, "the event");
    assert.deepEqual(feed.events.map(({ data }) => data.id), ["here"]);
    feed.leave();
    await feed.done;
  });

  await test("who comes back with Last-Event-ID misses none and meets none twice while four report", async () => {
    const each = 125;
    const start = collect(guest, at, "0");
    await until(() => start.events.length >= 21, "what was reported before");
    start.leave();
    await start.done;
    let last = start.events.at(-1).id;

    const reporters = Promise.all(
      [1, 2, 3, 4].map(async (who) => {
        for (let i = 0; i < each; i += 1) await report(guest, at, `crowd-${who}-${i}`);
      }),
    );
    const seen = [];
    let visits = 0;
    const end = Date.now() + 60_000;
    while (seen.length < 4 * each && Date.now() < end) {
      const leave = new AbortController();
      const patience = setTimeout(() => leave.abort(), 5_000);
      let left = 1 + ((visits * 7) % 23);
      visits += 1;
      for await (const event of follow(guest, at, last, leave.signal)) {
        if (event.isOpen) continue;
        seen.push(event);
        last = event.id;
        left -= 1;
        if (left === 0) break;
      }
      leave.abort();
      clearTimeout(patience);
    }
    await reporters;
    const ids = seen.map(({ id }) => Number.parseInt(id, 10));
    assert.ok(ids.every((id, i) => i === 0 || id > ids[i - 1]), "the ids go up");
    const wanted = [1, 2, 3, 4].flatMap((who) => Array.from({ length: each }, (_, i) => `crowd-${who}-${i}`));
    assert.deepEqual(seen.map(({ data }) => data.id).sort(), wanted.sort());
    assert.ok(visits > 20, `${visits} visits`);
  });

  await test("who comes back with what the head of a feed said misses nothing", async () => {
    const first = collect(guest, at);
    await until(() => first.isOpen, "the feed's head");
    first.leave();
    await first.done;
    await report(guest, at, "meanwhile");
    const second = collect(guest, at, first.startedAt);
    await until(() => second.events.length > 0, "the event");
    assert.deepEqual(second.events.map(({ data }) => data.id), ["meanwhile"]);
    second.leave();
    await second.done;
  });

  await test("a void position is told by a reset, with one that is good, and live events follow", async () => {
    const uuid = "0190c2a0-7b8d-7e00-8a4c-6e2f00000001";
    for (const position of ["99999", "1-1", uuid, "nonsense"]) {
      const feed = collect(guest, at, position);
      await until(() => feed.events.length > 0, "the reset");
      const [reset] = feed.events;
      assert.deepEqual([reset.type, reset.data.code, reset.id], ["reset", "position.unknown", feed.startedAt]);
      await report(guest, at, `after ${position}`);
      await until(() => feed.events.length > 1, "the live event");
      assert.equal(feed.events[1].data.id, `after ${position}`);
      feed.leave();
      await feed.done;
      const again = collect(guest, at, reset.id);
      await until(() => again.events.length > 0, "the event again");
      assert.equal(again.events[0].data.id, `after ${position}`);
      again.leave();
      await again.done;
    }
  });

  await test("a feed ends when its key is revoked", async () => {
    const { id, guest: holder } = await key();
    const feed = collect(holder, at);
    const other = collect(guest, at);
    await until(() => feed.isOpen && other.isOpen, "the feeds' heads");
    await guest.post(`/keys/${id}/revoke`);
    await until(() => feed.isOver, "the end of the feed", 5);
    await report(guest, at, "after the revocation");
    await until(() => other.events.some(({ data }) => data.id === "after the revocation"), "the event");
    assert.equal(feed.events.length, 0);
    other.leave();
    await other.done;
  });

  await test("a feed ends when its tenant is suspended", async () => {
    const feed = collect(guest, at);
    const watching = collect(root, at);
    await until(() => feed.isOpen && watching.isOpen, "the feeds' heads");
    await root.patch(`/tenants/${tenant.id}`, { status: "suspended" });
    await until(() => feed.isOver && watching.isOver, "the ends of the feeds", 5);
    assert.equal((await guest.request("GET", `${at}/events`)).status, 403);
  });
});
