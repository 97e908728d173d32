import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { loadAdapters } from "./adapters.ts";
import type { Context } from "./context.ts";
import { version } from "./version.ts";

/** Check is one thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed";
  readonly message: string;
  readonly hint?: string;
}

/** examine runs every check; none of them writes anything. */
export async function examine(context: Context): Promise<{ version: string; checks: Check[] }> {
  const { config } = context;
  const checks = await Promise.all([
    nodeCheck(),
    permissionCheck(),
    writableCheck("cache directory", config.cacheDirectory),
    configCheck(context),
    adapterCheck(context),
  ]);
  return { version, checks };
}

const nodeCheck = (): Check => ({
  name: "node",
  status: "ok",
  message: `${process.versions.node} on ${process.platform}-${process.arch}, zlib ${process.versions.zlib ?? "unknown"}`,
});

/** Definitions are evaluated under Node's permission model (decision O1). */
function permissionCheck(): Check {
  const name = "definition sandbox";
  if (!process.allowedNodeEnvironmentFlags.has("--permission"))
    return { name, status: "failed", message: "this Node has no permission model", hint: "use Node 22.22.2 or later" };
  const network = process.allowedNodeEnvironmentFlags.has("--allow-net");
  return {
    name,
    status: "ok",
    message: network ? "files, processes and network" : "files and processes; the network by module hooks",
  };
}

async function writableCheck(name: string, directory: string): Promise<Check> {
  const existing = await nearestExisting(directory);
  try {
    await access(existing, constants.W_OK);
    return { name, status: "ok", message: existing === directory ? directory : `${directory} (made when needed)` };
  } catch {
    return {
      name,
      status: "failed",
      message: `${existing} cannot be written`,
      hint: "set STAX_CACHE_DIR to a directory of yours",
    };
  }
}

async function nearestExisting(directory: string): Promise<string> {
  const there = await stat(directory).catch(() => undefined);
  return there !== undefined || dirname(directory) === directory ? directory : nearestExisting(dirname(directory));
}

function configCheck({ config }: Context): Check {
  const files = [config.workspace, config.user].flatMap((file) => (file === undefined ? [] : [file.path]));
  return { name: "settings", status: "ok", message: files.length === 0 ? "defaults" : files.join(", ") };
}

async function adapterCheck({ config, cwd }: Context): Promise<Check> {
  const name = "adapters";
  try {
    const adapters = await loadAdapters(config.settings.adapterModules ?? [], cwd);
    return { name, status: "ok", message: adapters.map((adapter) => adapter.name).join(", ") };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { name, status: "failed", message, hint: "fix adapterModules in the settings that stax config shows" };
  }
}
