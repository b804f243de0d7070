// innkeeperd as the scripts here use it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.INNKEEPERD;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(INNKEEPER|CREDENTIALS_)/.test(name)));

/** Runs a command to its end; answers what it printed. */
function run(args, options = {}) {
  const done = spawnSync(binary, args, { env, encoding: "utf8", ...options });
  if (done.status !== 0) throw new Error(`innkeeperd ${args.join(" ")}: ${done.error ?? done.stderr}`);
  return done.stdout;
}

/** The names of the contracts it speaks. */
export const contracts = () => run(["openapi"]).split("\n").filter(Boolean);

/** The document of a contract, as text. */
export const documentOf = (contract) => run(["openapi", contract]);

/**
 * Calls `use` with the URLs of a daemon over a new database that holds what `fixture` lists, the plain one first; `options` are
 * those of `serve`.
 */
export async function withDaemon(fixture, use, ...options) {
  const cwd = mkdtempSync(join(tmpdir(), "innkeeper-"));
  try {
    run(["import", "-"], { cwd, input: JSON.stringify(fixture) });
    const daemon = spawn(binary, ["serve", "--listen", "127.0.0.1:0", ...options], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(daemon, "exit");
    const urls = [];
    const lines = createInterface(daemon.stdout);
    const expected = 1 + options.filter((each) => each === "--listen-tls").length;
    const ready = new Promise((done) => lines.on("line", (line) => urls.push(line.replace("listening on ", "")) === expected && done()));
    await Promise.race([ready, ended]);
    try {
      await use(...urls);
    } finally {
      daemon.kill();
      await ended;
    }
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
