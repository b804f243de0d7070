// A client of the SkyWay contract in TypeScript, over types that are generated from the document.

import createClient from "openapi-fetch";

import { check, given } from "./checks.js";
import type { components, paths } from "./generated/skyway.js";

type App = components["schemas"]["App"];
type AppDraft = components["schemas"]["AppDraft"];

const isWhole = (app: App | components["schemas"]["ShortApp"]): app is App => "domains" in app;

export async function run(url: string, { name, secret, tenant }: { name: string; secret: string; tenant: string }): Promise<void> {
  const anyone = createClient<paths>({ baseUrl: url });
  const login = await anyone.POST("/v3/auth/tokens", {
    body: {
      auth: {
        identity: { methods: ["password"], password: { user: { domain: { id: "default" }, name, password: secret } } },
        scope: { project: { id: tenant } },
      },
    },
  });
  const { token } = given(login);
  check("project" in token && token.project.id === tenant, "the token is for the tenant");
  const issued = login.response.headers.get("X-Subject-Token") ?? "";

  const api = createClient<paths>({ baseUrl: url, headers: { "X-Auth-Token": issued } });
  const path = { tenant_id: tenant };
  const body: AppDraft = { description: "typed", domains: ["*.example.com"], status: "active", permissions: ["SFU", "TURN"] };
  const app = given(await api.POST("/tenants/{tenant_id}/apps", { params: { path }, body }));
  const months: number[] = Object.values(app.usage_summary).map(({ turn }) => turn);
  check(months.length === 2 && app.status === "active" && app.recording.status === "unavailable", "an app is shown whole");
  // @ts-expect-error there is no such permission
  const noPermission: AppDraft = { permissions: ["DANCE"] };
  const one = { params: { path: { ...path, app_id: app.id } } };
  const refused = await api.PUT("/tenants/{tenant_id}/apps/{app_id}", { ...one, body: noPermission });
  check(refused.error?.error.code === 400 && refused.error.error.message === "Invalid permissions", "an error has a message");

  const apps = given(await api.GET("/tenants/{tenant_id}/apps", { params: { path, query: { expandApps: true } } }));
  check(apps.some((each) => isWhole(each) && each.domains[0] === "*.example.com"), "whole apps are listed");
  check(given(await api.GET("/tenants/{tenant_id}/apps/{app_id}/secretkey", one)).secretkey.length > 0, "an app has a secret key");
  given(await api.DELETE("/tenants/{tenant_id}/apps/{app_id}", one));
  const shown = given(await api.GET("/v3/auth/tokens", { params: { header: { "X-Subject-Token": issued } } }));
  check(shown.token.methods[0] === "password", "a token says how it was got");
}
