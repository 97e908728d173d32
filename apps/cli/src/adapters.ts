import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AdapterSource } from "@stax/build";
import type { Adapter } from "@stax/materialize";
import { CliError } from "./error.ts";

// One line per adapter that the command brings along; each is loaded when it is asked for.
const bundled = {
  "claude-code": async () => (await import("@stax/claude-code")).adapter,
  codex: async () => (await import("@stax/codex")).adapter,
  cursor: async () => (await import("@stax/cursor")).adapter,
  "gemini-cli": async () => (await import("@stax/gemini-cli")).adapter,
  generic: async () => (await import("@stax/generic")).adapter,
  "github-copilot": async () => (await import("@stax/github-copilot")).adapter,
  openclaw: async () => (await import("@stax/openclaw")).adapter,
  opencode: async () => (await import("@stax/opencode")).adapter,
  windsurf: async () => (await import("@stax/windsurf")).adapter,
} as const satisfies Record<string, () => Promise<Adapter>>;

// The aliases of the bundled adapters, so that none has to be loaded to be found.
const bundledAs: Readonly<Record<string, keyof typeof bundled>> = {
  claude: "claude-code",
  copilot: "github-copilot",
  gemini: "gemini-cli",
};

/** loadAdapters loads the adapters of this installation and those of the modules that the user names, in this order. */
export async function loadAdapters(modules: readonly string[], cwd: string): Promise<readonly Adapter[]> {
  const own = await Promise.all(Object.values(bundled).map((load) => load()));
  const others = await Promise.all(modules.map((specifier) => loadModule(specifier, cwd)));
  // A user's own adapter replaces the bundled one of the same name: it was asked for by hand.
  const taken = new Set(others.map(({ name }) => name));
  return [...own.filter(({ name }) => !taken.has(name)), ...others];
}

/** adapterSource is what a build asks of adapters: each is loaded when a definition names it. */
export function adapterSource(modules: readonly string[], cwd: string): AdapterSource {
  let others: Promise<readonly Adapter[]> | undefined;
  const find = async (type: string): Promise<Adapter | undefined> => {
    others ??= Promise.all(modules.map((specifier) => loadModule(specifier, cwd)));
    const named = ({ name, aliases }: Adapter) => name === type || aliases.includes(type);
    const own = Object.hasOwn(bundledAs, type) ? bundledAs[type] : type;
    return (await others).find(named) ?? (own !== undefined && isBundled(own) ? bundled[own]() : undefined);
  };
  return {
    names: [...Object.keys(bundled), ...Object.keys(bundledAs)],
    configure: async (name, options) => {
      const adapter = await find(name);
      if (adapter === undefined) throw new CliError("ADAPTER_UNKNOWN", `there is no adapter "${name}"`);
      return adapter.configure(options as never); // the adapter checks its own options
    },
    prepare: (text) => {
      const named = Object.entries(bundled).filter(([name]) => text.includes(name));
      // What cannot be loaded is told when it is needed.
      void Promise.allSettled([...named.map(([, load]) => load()), import("./lazy/adapter-findings.ts")]);
    },
    findings: async (configs) => {
      const types = new Set([configs.adapter, ...(configs.adapterFallback ?? [])].map(({ type }) => type));
      const found = await Promise.all([...types].map(find));
      const { adapterFindings } = await import("./lazy/adapter-findings.ts");
      return adapterFindings(
        configs,
        found.filter((adapter) => adapter !== undefined),
      );
    },
  };
}

const isBundled = (name: string): name is keyof typeof bundled => Object.hasOwn(bundled, name);

/** Only the user's own words and config name modules, never an artifact (decision O2). */
async function loadModule(specifier: string, cwd: string): Promise<Adapter> {
  const fail = (flaw: string, cause?: unknown): CliError =>
    new CliError("ADAPTER_MODULE_INVALID", `adapter module "${specifier}" ${flaw}`, {
      cause,
      hint: "name a package or a file that exports `adapter`, made by defineAdapter of @stax/materialize",
    });
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(locate(specifier, cwd))) as Record<string, unknown>; // a module namespace
  } catch (cause) {
    throw fail(`cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (!isAdapter(loaded.adapter)) throw fail("exports no adapter");
  return loaded.adapter;
}

function locate(specifier: string, cwd: string): string {
  if (/^(?:\.|\/|[A-Za-z]:[\\/])/.test(specifier)) return pathToFileURL(resolve(cwd, specifier)).href;
  return pathToFileURL(createRequire(resolve(cwd, "package.json")).resolve(specifier)).href;
}

function isAdapter(value: unknown): value is Adapter {
  if (typeof value !== "object" || value === null) return false;
  const { name, configure, outputs, features } = value as Partial<Adapter>;
  return (
    typeof name === "string" &&
    typeof configure === "function" &&
    typeof features === "function" &&
    Array.isArray(outputs)
  );
}
