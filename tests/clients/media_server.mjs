// The README's media server, which lets in whoever has a join token. It is told INNKEEPER (a URL), APP (an app's uid) and PORT.

import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { INNKEEPER, APP, PORT } = process.env;
const keys = createRemoteJWKSet(new URL("/api/v1/jwks.json", INNKEEPER));
const rules = { typ: "join+jwt", issuer: "innkeeper", audience: `join:${APP}`, algorithms: ["EdDSA"], requiredClaims: ["exp", "jti", "room"] };

createServer(async (request, response) => {
  try {
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const { payload } = await jwtVerify(token, keys, rules);
    response.end(`${payload.name ?? "someone"} may join ${payload.room} as ${payload.role}\n`);
  } catch {
    response.writeHead(401).end("a join token is needed\n");
  }
}).listen(PORT, "127.0.0.1");
