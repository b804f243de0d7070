// A contract's document beside what the daemon answers.

import assert from "node:assert/strict";

import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const methods = ["get", "put", "post", "delete", "options", "head", "patch"];

/** What any answer over HTTP may have, and no contract need tell. */
const common = [
  ...["allow", "cache-control", "connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding", "vary"],
  ...["accept-encoding", "www-authenticate", "x-accel-buffering", "x-content-type-options", "x-frame-options", "x-xss-protection"],
];

/** The head of an event stream with the first events; the stream is left then. */
async function beginningOf(answer, leave) {
  let text = "";
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("data:") && text.endsWith("\n\n")) break;
  }
  leave.abort();
  return text;
}

/** Has objects hold the members that their schemas name and no others, so that one which the document does not tell is found. */
function close(value) {
  if (value === null || typeof value !== "object") return;
  if (value.type === "object" && value.properties) value.additionalProperties ??= false;
  Object.values(value).forEach(close);
}

export class Contract {
  /** The operations by their ids, each with its `method` and `template`. */
  operations = new Map();

  /** The operations that succeeded, by their ids. */
  driven = new Set();

  /** What goes with every call that does not say otherwise: `path`, and `headers` where the operation asks for credentials. */
  guest = {};

  #document;
  #untold;
  #url;
  #validators = new Map();
  #ajv = addFormats(new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }));

  /** `untold` are headers of answers that the document does not tell of, in lower case. */
  constructor(document, url, untold = []) {
    close(document);
    this.#document = document;
    // Where a contract may be reached at several places, at the first.
    this.#url = url + document.servers[0].url.replace(/\/$/, "");
    this.#untold = new Set([...common, ...untold]);
    this.#ajv.addVocabulary(["components"]);
    for (const [template, item] of Object.entries(document.paths))
      for (const method of methods.filter((each) => each in item))
        this.operations.set(item[method].operationId, { ...item[method], method, template });
  }

  /** Whether the operation asks for no credentials. */
  isOpen(id) {
    return (this.operations.get(id).security ?? this.#document.security).length === 0;
  }

  /**
   * Calls an operation and holds the answer against the document: its status, which is that of the success unless `status` tells
   * another, its media type, its headers and its body. What is sent for a success must be as the document says, too.
   */
  async send(id, { path, query, headers, body, status } = {}) {
    const operation = this.operations.get(id);
    assert.ok(operation, `there is no operation ${id}`);
    const success = Number(Object.keys(operation.responses).find((each) => each.startsWith("2")));
    const expected = status ?? success;
    const sent = {
      path: { ...this.guest.path, ...path },
      query: { ...query },
      header: { ...(this.isOpen(id) ? {} : this.guest.headers), ...headers },
    };
    if (expected === success) this.#checkRequest(id, operation, sent, body);
    return this.#exchange(id, operation, sent, body, (got) => got === expected);
  }

  /** Calls an operation without credentials; that must be told as a failure. */
  async sendAsStranger(id) {
    const path = Object.fromEntries((this.operations.get(id).parameters ?? []).map(({ name }) => [name, "1"]));
    return this.#exchange(id, this.operations.get(id), { path, query: {}, header: {} }, undefined, (got) => got >= 400 && got < 500);
  }

  async #exchange(id, { method, template, responses }, sent, body, isExpected) {
    const target = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(sent.path[name]));
    const query = new URLSearchParams(sent.query).toString();
    const leave = new AbortController();
    const answer = await fetch(this.#url + target + (query && `?${query}`), {
      method: method.toUpperCase(),
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...sent.header },
      body: typeof body === "string" || body === undefined ? body : JSON.stringify(body),
      signal: leave.signal,
    });
    const media = answer.headers.get("content-type")?.split(";")[0];
    const text = media === "text/event-stream" ? await beginningOf(answer, leave) : await answer.text();
    assert.ok(isExpected(answer.status), `${id} answered ${answer.status} ${text}`);
    assert.ok(answer.status in responses, `${id} tells of no answer of ${answer.status}: ${text}`);
    const response = this.#resolve(responses[answer.status]);
    const told = new Map(Object.entries(response.headers ?? {}).map(([name, about]) => [name.toLowerCase(), this.#resolve(about)]));
    for (const [name, { required }] of told)
      assert.ok(!required || answer.headers.has(name), `${id} has no header ${name} in its answer`);
    for (const name of answer.headers.keys())
      assert.ok(told.has(name) || this.#untold.has(name), `${id} tells of no header ${name} in its answer of ${answer.status}`);
    if (answer.status < 400) this.driven.add(id);
    if (!response.content) {
      assert.equal(text, "", `${id} has a body`);
      return { status: answer.status, headers: answer.headers };
    }
    assert.ok(media in response.content, `${id} answered ${media}, not ${Object.keys(response.content)}`);
    const value = media.endsWith("json") ? JSON.parse(text) : text;
    this.#check(`what ${id} answered`, response.content[media].schema, value);
    return { status: answer.status, headers: answer.headers, body: value };
  }

  #checkRequest(id, operation, sent, body) {
    const parameters = operation.parameters ?? [];
    for (const { name, in: place, required } of parameters)
      assert.ok(!required || name in sent[place], `${id} needs a ${place} parameter ${name}`);
    for (const [name, value] of Object.entries(sent.query)) {
      const about = parameters.find((each) => each.in === "query" && each.name === name);
      assert.ok(about, `${id} tells of no query parameter ${name}`);
      const isText = about.schema.type === "string";
      this.#check(`what ${id} was asked for with ${name}`, about.schema, isText ? value : JSON.parse(value));
    }
    const told = parameters.filter((each) => each.in === "header").map((each) => each.name);
    for (const name of Object.keys(sent.header))
      assert.ok(told.includes(name) || name in (this.guest.headers ?? {}), `${id} tells of no header ${name}`);
    const taken = operation.requestBody;
    assert.ok(body !== undefined || !taken?.required, `${id} needs a body`);
    if (body === undefined) return;
    assert.ok(taken, `${id} takes no body`);
    this.#check(`what ${id} was sent`, taken.content["application/json"].schema, body);
  }

  #check(what, schema, value) {
    if (!this.#validators.has(schema))
      this.#validators.set(schema, this.#ajv.compile({ ...schema, components: this.#document.components }));
    const validate = this.#validators.get(schema);
    assert.ok(validate(value), `${what}: ${this.#ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }

  #resolve(part) {
    if (!part.$ref) return part;
    const [kind, name] = part.$ref.split("/").slice(-2);
    return this.#document.components[kind][name];
  }
}
