// A client of the EnableX contract in TypeScript, over types that are generated from the document.

import createClient from "openapi-fetch";

import { check, given } from "./checks.js";
import type { components, paths } from "./generated/enablex.js";

type NewRoom = components["schemas"]["NewRoom"];

export async function run(url: string, { app, secret }: { app: string; secret: string }): Promise<void> {
  const api = createClient<paths>({ baseUrl: `${url}/video/v2`, headers: { Authorization: `Basic ${btoa(`${app}:${secret}`)}` } });

  const data = { seats: [1, "two"], owner: { name: "Ada" } };
  const body: NewRoom = {
    name: "typed",
    owner_ref: 482913,
    settings: {
      ...{ mode: "group", quality: "SD", participants: "10", moderators: 2, auto_recording: false, media_zone: "XX" },
      ...{ role_based_recording: { moderator: "audiovideo" }, live_recording: { auto_recording: true, url: "rtmp://a/b" } },
    },
    sip: { enabled: true },
    data,
  };
  const { room } = given(await api.POST("/rooms", { body }));
  check(room.sip.enabled && room.sip.pin !== undefined, "a room that can be dialled has a PIN");
  check(JSON.stringify(room.data) === JSON.stringify(data), "data comes back as it was sent");
  const recorders: "audio" | "audiovideo" | undefined = room.settings.role_based_recording?.moderator;
  check(recorders === "audiovideo" && room.settings.quality === "SD", "settings come back as they were sent");
  // @ts-expect-error there is no such quality
  const noQuality: NonNullable<NewRoom["settings"]> = { quality: "8K" };
  const refused = await api.POST("/rooms", { body: { name: "typed", owner_ref: "svc", settings: noQuality } });
  check(refused.response.status === 400 && refused.error?.result === "10014", "an error has a code");

  const { rooms } = given(await api.GET("/rooms", { params: { query: { page: 1, page_length: 100 } } }));
  check(rooms.some(({ room_id }) => room_id === room.room_id), "the room is listed");
  const path = { room_id: room.room_id };
  given(await api.PATCH("/rooms/{room_id}", { params: { path }, body: { sip: false, data: {} } }));
  check(!given(await api.GET("/rooms/{room_id}", { params: { path } })).room.sip.enabled, "a change is seen");

  const token = { name: "Ada", user_ref: "u-1", role: "viewer", data: ["anything"] } as const;
  check(given(await api.POST("/rooms/{room_id}/tokens", { params: { path }, body: { ...token, data: [...token.data] } })).token !== "", "a token");
  const days = { from_date: "2024-03-01", to_date: "2024-03-31" };
  const { cdr } = given(await api.GET("/cdr/room-period/{room_id}/{from_date}/{to_date}", { params: { path: { ...path, ...days } } }));
  const minutes: number | undefined = cdr[0]?.usage.subscribed_minutes;
  check(minutes === undefined, "nobody was in it");
  given(await api.DELETE("/rooms/{room_id}", { params: { path } }));
}
