// A caller of the native contract.

import assert from "node:assert/strict";

import { bearer, fixture } from "./native.mjs";
import { withDaemon } from "./innkeeperd.mjs";

export class Guest {
  constructor(url, secret) {
    this.url = `${url}/api/v1`;
    this.secret = secret;
  }

  request(method, path, { body, headers, signal } = {}) {
    const head = { ...bearer(this.secret), ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers };
    return fetch(this.url + path, { method, headers: head, body: body === undefined ? undefined : JSON.stringify(body), signal });
  }

  /** What was answered, which must be a success unless `status` tells another. */
  async call(method, path, body, status) {
    const answer = await this.request(method, path, { body });
    const text = await answer.text();
    assert.ok(status ? answer.status === status : answer.ok, `${method} ${path} answered ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  get = (path, status) => this.call("GET", path, undefined, status);
  post = (path, body, status) => this.call("POST", path, body, status);
  patch = (path, body, status) => this.call("PATCH", path, body, status);
  remove = (path, status) => this.call("DELETE", path, undefined, status);
}

/** Calls `use` with an operator over all tenants, and with a new app and a guest that has its key. */
export async function withApp(use, ...options) {
  await withDaemon(
    fixture,
    async (url) => {
      const root = new Guest(url, fixture.operators[0].secret);
      const tenant = await root.post("/tenants", { name: "inn" });
      const { app, secret } = await root.post(`/tenants/${tenant.id}/apps`, { name: "app" });
      await use({ root, tenant, app, guest: new Guest(url, secret), at: `/apps/${app.id}` });
    },
    ...options,
  );
}

/** Waits until `ask` answers something true, at most so many seconds. */
export async function until(ask, what, seconds = 15) {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
