import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { CliError } from "./error.ts";
import { findWorkspaceRoot } from "./workspace.ts";

/** Settings is what a `stax.config.json` or `stax.config.yaml` may set; flags win over the workspace's, the workspace's over the user's. */
export interface Settings {
  /** Warnings are errors. */
  readonly strict?: boolean;
  /** Names that differ only in case are errors. */
  readonly portable?: boolean;
  readonly symlinkMode?: "reject" | "flatten";
  /** Limits by layer kind: bytes, or a text like `512MiB`. */
  readonly maxLayerSize?: Readonly<Record<string, string | number>>;
  /** Modules with adapters, relative to the file that names them. */
  readonly adapterModules?: readonly string[];
  /** Where registries and repositories are looked for first: what is asked for → where it is. `only`: and nowhere else. */
  readonly mirrors?: Readonly<Record<string, string | { readonly location: string; readonly only?: boolean }>>;
  /** Requests and transfers at once. */
  readonly concurrency?: number;
  /** Capabilities that may be written (decision O8). Only in the user's own config: a workspace cannot allow itself. */
  readonly allowCapability?: readonly string[];
}

/** Origin says where a setting comes from. */
export type Origin = "default" | "user config" | "workspace config" | "environment";

/** ConfigFile is a file of settings as it was read. */
export interface ConfigFile {
  readonly path: string;
  readonly settings: Settings;
}

/** Config is the settings in force. */
export interface Config {
  readonly settings: Settings;
  readonly user: ConfigFile | undefined;
  readonly workspace: ConfigFile | undefined;
  /** The workspace around the working directory. */
  readonly workspaceRoot: string;
  readonly configDirectory: string;
  readonly cacheDirectory: string;
}

type Env = Readonly<Record<string, string | undefined>>;

const fileNames = ["stax.config.json", "stax.config.yaml", "stax.config.yml"];

/** configDirectoryOf is where the user's settings are: `STAX_CONFIG_DIR`, else `~/.stax`. */
export const configDirectoryOf = (env: Env): string => env.STAX_CONFIG_DIR || join(env.HOME || homedir(), ".stax");

/** cacheDirectoryOf is where what can be made again is kept: `STAX_CACHE_DIR`, else `$XDG_CACHE_HOME/stax`, else `~/.cache/stax`. */
export const cacheDirectoryOf = (env: Env): string =>
  env.STAX_CACHE_DIR || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "stax");

/** loadConfig reads the user's settings and those of the workspace around a directory. Throws `CONFIG_INVALID`. */
export async function loadConfig(cwd: string, env: Env): Promise<Config> {
  const configDirectory = resolve(configDirectoryOf(env));
  const user = await readConfigIn(configDirectory);
  const root = await findWorkspaceRoot(cwd);
  const workspace = root === configDirectory ? undefined : await readConfigIn(root);
  if (workspace?.settings.allowCapability !== undefined)
    throw invalid(
      workspace.path,
      "allowCapability is only allowed in your own config, not in a workspace's",
      configDirectory,
    );
  const adapterModules = [user, workspace].flatMap((file) => file?.settings.adapterModules ?? []);
  const mirrors = { ...user?.settings.mirrors, ...workspace?.settings.mirrors };
  const settings = {
    ...user?.settings,
    ...workspace?.settings,
    ...(adapterModules.length > 0 && { adapterModules }),
    ...(Object.keys(mirrors).length > 0 && { mirrors }),
  };
  return {
    settings,
    user,
    workspace,
    workspaceRoot: root,
    configDirectory,
    cacheDirectory: resolve(cacheDirectoryOf(env)),
  };
}

async function readConfigIn(directory: string): Promise<ConfigFile | undefined> {
  const found: ConfigFile[] = [];
  for (const name of fileNames) {
    const path = join(directory, name);
    const text = textOf(path);
    if (text !== undefined) found.push({ path, settings: await parseSettings(path, text) });
  }
  const [first, second] = found;
  if (first && second) throw invalid(first.path, `${second.path} is there too`, "keep one of them");
  return first;
}

// Synchronous: six files that are seldom there, before any command does anything.
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException; // what node:fs throws
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw invalid(path, message);
  }
}

async function parseSettings(path: string, text: string): Promise<Settings> {
  const [{ parse }, { settingsSchema }] = await Promise.all([import("yaml"), import("./settings-schema.ts")]);
  let value: unknown;
  try {
    value = path.endsWith(".json") ? JSON.parse(text) : parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error));
  }
  const result = settingsSchema.safeParse(value ?? {});
  if (!result.success) {
    const flaws = result.error.issues.map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(": "));
    throw invalid(path, flaws.join("; "));
  }
  const { adapterModules, ...settings } = result.data;
  const located = adapterModules?.map((module) => (module.startsWith(".") ? resolve(dirname(path), module) : module));
  return { ...settings, ...(located && { adapterModules: located }) } as Settings; // the schema leaves no key undefined
}

const invalid = (path: string, flaw: string, hint = "run stax schema settings to see what a config holds"): CliError =>
  new CliError("CONFIG_INVALID", `${path}: ${flaw}`, { hint });
