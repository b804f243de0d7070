// The documents are good to generate clients from: whatever a schema, a parameter or an operation leaves open, a generator guesses.

import assert from "node:assert/strict";
import test from "node:test";

import { contracts, documentOf } from "./innkeeperd.mjs";

const methods = ["get", "put", "post", "delete", "options", "head", "patch"];
const kinds = ["array", "boolean", "integer", "null", "number", "object", "string"];
const combined = ["allOf", "anyOf", "oneOf"];

/** Times say so in their names. */
const isTime = (name) => /(_at|_after|_before|_until|_dt|_date)$|^(at|created|updated)$/.test(name);

/** Words that stand for a choice; these are the choices of others. */
const isChoice = (name) => /^(sort|status|state|mode|role|kind|actor|scopes|quality|media_zone)$/.test(name);
const free = {
  native: [
    ["Participation", "role"], // as a media server reports it
    ["ParticipantJoined", "role"],
    ["StreamKey", "mode"],
    ["IngestStarted", "mode"],
    ["Device", "kind"], // in the app's own words
    ["NewDevice", "kind"],
    ["DeviceChange", "kind"],
    ["devices.list", "kind"],
  ],
  skyway: [],
  enablex: [
    ["User", "role"], // as a media server reports it
    ["CallUser", "role"],
  ],
};

const typesOf = (schema) => [schema.type ?? []].flat();

/** What is wrong with a schema, at any depth; `place` ends with the name that it stands under. */
function* faultsOf(document, contract, schema, place) {
  const name = place.at(-1);
  const where = `${contract} ${place.join(" ")}`;
  if (schema === true || schema === false) return;
  if (schema.$ref) {
    const [kind, title] = schema.$ref.split("/").slice(-2);
    if (!document.components[kind]?.[title]) yield `${where}: ${schema.$ref} leads nowhere`;
    return;
  }
  const types = typesOf(schema);
  const alternatives = combined.flatMap((each) => schema[each] ?? []);
  if (types.some((type) => !kinds.includes(type))) yield `${where}: no such type as ${types}`;
  if ("nullable" in schema) yield `${where}: null is a type`;
  if (Array.isArray(schema.type) && new Set(types).size !== types.length) yield `${where}: a type stands twice`;
  if (Array.isArray(schema.type) && types.length < 2) yield `${where}: a list of one type`;
  if (types.length === 0 && alternatives.length === 0 && !schema.description) yield `${where}: neither a type nor why there is none`;
  if (types.length > 0 && alternatives.length > 0) yield `${where}: a type beside alternatives`;
  const nulls = alternatives.filter((each) => each.type === "null").length;
  if (nulls > 0 && alternatives.some((each) => !each.$ref && !each.properties && each.type !== "null"))
    yield `${where}: null beside a simple type is told by an alternative, not by the type`;

  if (types.includes("array") && !("items" in schema)) yield `${where}: an array of nobody knows what`;
  const members = Object.keys(schema.properties ?? {});
  if (types.includes("object") && members.length === 0 && !("additionalProperties" in schema))
    yield `${where}: an object of nobody knows what`;
  for (const required of schema.required ?? []) if (!members.includes(required)) yield `${where}: ${required} is required and not told`;
  if (schema.enum) {
    if (new Set(schema.enum).size !== schema.enum.length) yield `${where}: a choice stands twice`;
    if (types.includes("null") !== schema.enum.includes(null)) yield `${where}: null is in the type or the choices only`;
  }
  const isText = types.includes("string") || (types.includes("array") && typesOf(schema.items).includes("string"));
  const choices = schema.enum ?? schema.items?.enum ?? ("const" in schema ? [schema.const] : undefined);
  const owner = place.length > 1 ? place.at(-2) : undefined;
  if (isText && isChoice(name) && !choices && !free[contract].some(([title, member]) => title === owner && member === name))
    yield `${where}: a choice without its choices`;
  if (types.includes("string") && isTime(name) && !["date-time", "date"].includes(schema.format)) yield `${where}: a time without its format`;
  for (const [low, high] of [["minimum", "maximum"], ["minLength", "maxLength"], ["minItems", "maxItems"]])
    if (low in schema && high in schema && schema[low] > schema[high]) yield `${where}: nothing is from ${schema[low]} to ${schema[high]}`;

  for (const member of members) {
    if (/\s/.test(member)) yield `${where}: ${member} is no name`;
    yield* faultsOf(document, contract, schema.properties[member], [...place, member]);
  }
  if (schema.items) yield* faultsOf(document, contract, schema.items, [...place, "an item"]);
  if (typeof schema.additionalProperties === "object") yield* faultsOf(document, contract, schema.additionalProperties, [...place, "a member"]);
  for (const each of combined) for (const part of schema[each] ?? []) yield* faultsOf(document, contract, part, [...place, "an alternative"]);
}

function* faultsOfParameter(document, contract, id, { name, schema, description, ...rest }) {
  yield* faultsOf(document, contract, schema, [id, name]);
  if (!description) yield `${contract} ${id}: nothing is said of ${name}`;
  if (rest.in === "path" && rest.required !== true) yield `${contract} ${id}: ${name} in a path is required`;
  if (["integer", "number"].includes(schema.type) && !("minimum" in schema && "maximum" in schema))
    yield `${contract} ${id}: ${name} has no bounds`;
  if ("default" in schema && !("type" in schema)) yield `${contract} ${id}: ${name} has a default of no type`;
}

function* operationsOf(document) {
  for (const [path, item] of Object.entries(document.paths))
    for (const method of methods.filter((each) => each in item)) yield { path, method, ...item[method] };
}

/** What an operation does not tell of the errors that its callers have to expect. */
function* silences(document, { operationId: id, path, method, security, requestBody, parameters = [], responses }) {
  const tells = (status) => status in responses;
  const has = (name) => parameters.some((each) => each.name === name);
  if ((security ?? document.security).length > 0 && !tells(401) && !tells(403)) yield `${id} tells nothing of callers who may not`;
  if (path.startsWith("/api/v1/") && path.includes("{") && !tells(404)) yield `${id} tells nothing of what is not there`;
  if (requestBody && !tells(400)) yield `${id} tells nothing of a bad body`;
  if (has("limit") && !tells(422)) yield `${id} tells nothing of a bad parameter`;
  if (has("If-Match") && !tells(412)) yield `${id} tells nothing of a change that comes too late`;
  if (has("Idempotency-Key") && !tells(409)) yield `${id} tells nothing of a repetition that comes too soon`;
  for (const status of ["503", "4XX", "default"]) if (!tells(status)) yield `${id} does not tell ${status}`;
  if (method === "get" && tells(409)) yield `${id} tells of a conflict and changes nothing`;
}

for (const contract of contracts()) {
  const document = JSON.parse(documentOf(contract));
  const operations = [...operationsOf(document)];
  const schemas = Object.entries(document.components.schemas);

  test(`${contract}: every schema says what it is of`, () => {
    const faults = schemas.flatMap(([title, schema]) => [...faultsOf(document, contract, schema, [title])]);
    for (const { operationId: id, requestBody, responses } of operations) {
      for (const { schema } of Object.values(requestBody?.content ?? {})) faults.push(...faultsOf(document, contract, schema, [id, "body"]));
      for (const [status, { content = {}, headers = {} }] of Object.entries(responses)) {
        for (const { schema } of Object.values(content)) faults.push(...faultsOf(document, contract, schema, [id, status]));
        for (const [name, { $ref, schema }] of Object.entries(headers))
          faults.push(...faultsOf(document, contract, $ref ? { $ref } : schema, [id, name]));
      }
    }
    assert.deepEqual(faults, []);
  });

  test(`${contract}: every parameter says what it may be`, () => {
    const faults = operations.flatMap(({ operationId: id, parameters = [] }) =>
      parameters.flatMap((each) => [...faultsOfParameter(document, contract, id, each)]));
    assert.deepEqual(faults, []);
  });

  test(`${contract}: every operation has a name of its own, in words`, () => {
    const ids = operations.map(({ operationId }) => operationId);
    assert.deepEqual(ids.filter((id, at) => ids.indexOf(id) !== at), []);
    assert.deepEqual(ids.filter((id) => !/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/.test(id)), []);
    // Generators make identifiers of them, in one case or another.
    const spelled = ids.map((id) => id.replace(/[._]/g, ""));
    assert.equal(new Set(spelled).size, spelled.length);
  });

  test(`${contract}: every operation tells the errors that callers have to expect`, () => {
    const faults = [];
    for (const operation of operations) {
      const { operationId: id, responses } = operation;
      const successes = Object.keys(responses).filter((status) => status.startsWith("2"));
      if (successes.length !== 1) faults.push(`${id} has the successes ${successes}`);
      faults.push(...silences(document, operation));
      for (const status of Object.keys(responses).filter((each) => !/^[23]/.test(each)))
        if (responses[status].$ref !== "#/components/responses/Error") faults.push(`${id} answers ${status} with no error`);
    }
    assert.deepEqual(faults, []);
    assert.ok(Object.keys(document.components.responses.Error.content).length > 0);
  });

  test(`${contract}: nothing is told that no operation uses`, () => {
    const text = JSON.stringify(document);
    const unused = ["schemas", "headers", "responses"].flatMap((kind) =>
      Object.keys(document.components[kind] ?? {}).filter((name) => !text.includes(`"#/components/${kind}/${name}"`)));
    assert.deepEqual(unused, []);
  });
}
