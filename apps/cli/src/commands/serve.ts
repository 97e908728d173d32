import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isLayout } from "@stax/oci";
import { createRegistry, openDirectory, type RegistryEvent, type RunningServer, type Storage } from "@stax/registry";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { absolute } from "../target.ts";
import { findWorkspaceRoot } from "../workspace.ts";

const data = z.object({
  url: z.string(),
  /** As a reference begins: host and port. */
  registry: z.string(),
  directory: z.string(),
  readOnly: z.boolean(),
  /** A command that works as it stands, or with what is meant by `<…>` filled in. */
  example: z.string(),
});

/** serve is an OCI registry over a directory, until it is stopped. */
export const serve = defineCommand({
  positionals: {
    dir: {
      describe:
        "An image layout, a workspace (what is built there) or a directory for one layout a repository; by default this workspace",
    },
  },
  flags: {
    port: { type: "number", value: "<port>", describe: "Default: any free port" },
    "read-only": { type: "boolean", describe: "Nothing can be pushed or deleted" },
    htpasswd: {
      type: "string",
      value: "<file>",
      describe: "Ask for user and password: lines of user:hash as `htpasswd -B` writes them",
    },
  },
  examples: [
    ["stax serve", "What is built in this workspace"],
    ["stax serve ./registry --port 5000", "A registry of your own, on this machine"],
  ],
  details:
    "Listens on 127.0.0.1 only and is for one machine: tests, demos, air-gapped corners. A team belongs on zot, Harbor or a cloud registry. Each request is a line on stderr. Ctrl-C ends it, with 0: what is under way is finished first.",
  data,
  async run({ dir, port, readOnly, htpasswd }, context) {
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536))
      throw new CliError("FLAG_VALUE", `--port takes a number from 0 to 65535, found ${port}`);
    const directory = await directoryOf(dir, context);
    const storage = await openDirectory(directory, { create: !readOnly });
    const users = htpasswd === undefined ? undefined : await readFile(absolute(htpasswd, context), "utf8");
    const registry = createRegistry({ storage, readOnly, htpasswd: users, onEvent: (event) => tell(event, context) });
    const server = await registry.listen({ port });
    const host = `127.0.0.1:${server.port}`;
    const example = await exampleFor(storage, host);
    return {
      data: { url: server.url, registry: host, directory, readOnly, example },
      afterwards: () => untilStopped(server, context),
    };
  },
  format: ({ url, directory, example }) => `${url} serves ${directory}\n${example}`,
});

/** A workspace stands for what is built in it. */
async function directoryOf(dir: string | undefined, context: Context): Promise<string> {
  const named = dir === undefined ? undefined : absolute(dir, context);
  const root = named ?? (await findWorkspaceRoot(context.cwd));
  const built = join(root, ".stax", "artifacts");
  if ((named === undefined || !(await isLayout(named))) && (await isLayout(built))) return built;
  // What is pushed must not end up among somebody's sources.
  if (named !== undefined && !holdsSources(named)) return named;
  throw new CliError("TARGET_UNFIT", `nothing is built in this workspace: there is no ${built}`, {
    hint: "run stax build first, or name a directory: stax serve ./registry",
  });
}

const holdsSources = (directory: string): boolean =>
  [".git", ".stax"].some((name) => existsSync(join(directory, name)));

async function exampleFor(storage: Storage, host: string): Promise<string> {
  for (const name of [...(await storage.names())].sort()) {
    const tags = (await (await storage.find(name))?.tags()) ?? [];
    const [tag] = [...tags].filter((known) => !known.startsWith("pkg-")).sort();
    if (tag !== undefined) return `try: stax inspect ${host}/${name}:${tag}`;
  }
  return `try: stax push ${host}/<name>:<tag>`;
}

function tell(event: RegistryEvent, { say }: Context): void {
  const line = `${event.method} ${event.url}`;
  if (event.kind === "request") say(`${event.status} ${line} ${Math.round(event.duration)} ms`);
  else say(`failed: ${line}: ${event.error instanceof Error ? event.error.message : String(event.error)}`);
}

async function untilStopped(server: RunningServer, { signal, say }: Context): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
  say("stopped");
}
