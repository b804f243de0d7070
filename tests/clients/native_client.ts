// A client of the native API as a program in TypeScript has it, over types that are generated from the document. Each line under a
// `@ts-expect-error` is refused by the compiler, since the document says what there is.

import createClient from "openapi-fetch";

import { check, given } from "./checks.js";
import type { components, paths } from "./generated/native.js";

type Schemas = components["schemas"];
type RoomOrder = NonNullable<NonNullable<paths["/api/v1/apps/{app}/rooms"]["get"]["parameters"]["query"]>["sort"]>;

export async function run(url: string, { secret, tenant }: { secret: string; tenant: string }): Promise<void> {
  const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${secret}` } });

  const made = given(await api.POST("/api/v1/tenants/{tenant}/apps", {
    params: { path: { tenant }, header: { "Idempotency-Key": "typed-1" } },
    body: { name: "typed", mode: "live", domains: ["*.example.com"] },
  }));
  const path = { app: made.app.id };

  const newKey: Schemas["NewKey"] = { scopes: ["rooms:read", "tokens:write"], rate_limit: { quota: 100, window_seconds: 60 } };
  const { key } = given(await api.POST("/api/v1/apps/{app}/keys", { params: { path }, body: newKey }));
  const scopes: Schemas["Key"]["scopes"] = key.scopes;
  check(scopes.includes("tokens:write") && key.expires_at === null, "a key has the scopes it was made with");
  // @ts-expect-error there is no such scope
  const noScope: Schemas["NewKey"] = { scopes: ["rooms:dance"] };
  const { error: refused } = await api.POST("/api/v1/apps/{app}/keys", { params: { path }, body: noScope });
  check(refused?.errors[0]?.pointer === "/scopes", "the error of a body names the field");

  const metadata = { floor: 3, tags: ["quiet", null], owner: { name: "Ada" } };
  const room = given(await api.POST("/api/v1/apps/{app}/rooms", {
    params: { path },
    body: { name: "Standup", kind: "permanent", starts_at: "2099-01-01T00:00:00Z", metadata },
  }));
  check(JSON.stringify(room.metadata) === JSON.stringify(metadata), "metadata comes back as it was sent");
  const floor: unknown = room.metadata["floor"];
  check(floor === 3, "a member of metadata is of any type");
  const changed = given(await api.PATCH("/api/v1/rooms/{room}", {
    params: { path: { room: room.id } },
    body: { starts_at: null, status: "closed", metadata: {} },
  }));
  check(changed.starts_at === null && changed.status === "closed", "null takes away what may be absent");
  given(await api.PATCH("/api/v1/rooms/{room}", { params: { path: { room: room.id } }, body: { status: "open" } }));
  // @ts-expect-error there is no such state
  const noRoom: Schemas["RoomChange"] = { status: "ajar" };
  // @ts-expect-error and no such member
  const noMember: Schemas["NewRoom"] = { name: "x", colour: "red" };
  check(noRoom !== noMember, "neither is sent");

  const joined = given(await api.POST("/api/v1/rooms/{room}/join-tokens", {
    params: { path: { room: room.id } },
    body: { role: "moderator", data: { seat: [1, "window"] } },
  }));
  check(JSON.stringify(joined.join_token.data) === '{"seat":[1,"window"]}', "data comes back as it was sent");

  for (const name of ["b", "c", "d", "e"]) given(await api.POST("/api/v1/apps/{app}/rooms", { params: { path }, body: { name } }));
  const order: RoomOrder = "-created_at";
  // @ts-expect-error nothing is sorted by that
  const noOrder: RoomOrder = "-colour";
  check(order !== noOrder, "the two differ");
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const query = { limit: 2, sort: order, status: "open" as const, created_after: "2024-01-01T00:00:00Z" };
    const page: Schemas["RoomList"] = given(await api.GET("/api/v1/apps/{app}/rooms", {
      params: { path, query: cursor === null ? query : { ...query, cursor } },
    }));
    names.push(...page.items.map(({ name }) => name));
    cursor = page.next_cursor;
  } while (cursor !== null);
  check(names.join() === "e,d,c,b,Standup", `cursors lead through all rooms, the newest first: ${names}`);

  const device = given(await api.POST("/api/v1/apps/{app}/devices", { params: { path }, body: { name: "thermometer", member: null } }));
  const at = "2024-03-04T01:02:03Z";
  const events: Schemas["EventBatch"]["events"] = [
    { id: "1", type: "session.started", at, room: room.uid, session: "s" },
    { id: "2", type: "readings", at, device: device.uid, values: [{ at, value: 21.5 }] },
  ];
  const receipt = given(await api.POST("/api/v1/apps/{app}/events", { params: { path }, body: { events } }));
  check(receipt.accepted === 2, "both reports are taken");
  // @ts-expect-error there is no such type of report
  const noEvent: Schemas["EventBatch"]["events"][number] = { id: "3", type: "party", at };
  check(noEvent.id === "3", "it is not sent");
  const readings = given(await api.GET("/api/v1/devices/{device}/readings", { params: { path: { device: device.id } } }));
  const value: string | number | boolean | undefined = readings.items[0]?.value;
  check(value === 21.5, "a reading is a number, text or truth value");

  const { error, response } = await api.GET("/api/v1/rooms/{room}", { params: { path: { room: "999999" } } });
  check(response.status === 404 && error?.code === "room.unknown", "an error has a code");
}
