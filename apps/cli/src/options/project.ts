import type { ProjectOptions } from "@stax/build";
import type { LayerName } from "@stax/schema";
import { adapterSource } from "../adapters.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import type { Flags, FlagValues } from "../flags.ts";
import { installation } from "../installation.ts";
import { adapterModuleFlag } from "./adapter-module.ts";
import { layerNamed } from "./layers.ts";

/** projectFlags say how definitions are read; validate and build take them. */
export const projectFlags = {
  all: { type: "boolean", describe: "Every definition of the workspace, not only the one that is meant" },
  env: {
    type: "list",
    value: "<name>",
    describe: "Environment variables that definitions may read; otherwise their environment is empty",
  },
  "trust-definition": {
    type: "boolean",
    describe: "Evaluate .ts and .js definitions without the sandbox; only for code that you would run yourself",
  },
  "symlink-mode": {
    type: "string",
    choices: ["reject", "flatten"],
    describe: "What to do with symbolic links in layers: an error, or the content they lead to",
  },
  "allow-outside-root": { type: "boolean", describe: "Let flattened links lead out of the project" },
  "max-layer-size": {
    type: "list",
    value: "<kind>=<size>",
    describe: "Other limits of uncompressed layers, e.g. knowledge=1GiB",
  },
  portable: { type: "boolean", describe: "Names that differ only in case are errors, as on Windows and macOS" },
  "no-default-ignores": {
    type: "boolean",
    describe: "Pack what is ignored by default too (node_modules, .git and the like)",
  },
  "allow-sensitive": {
    type: "list",
    value: "<pattern>",
    describe: "Pack these files although they look like credentials or private state (gitignore syntax)",
  },
  ...adapterModuleFlag,
} as const satisfies Flags;

/** ProjectArguments is the parsed project flags and the entry; all optional. */
export type ProjectArguments = Partial<FlagValues<typeof projectFlags>> & { readonly entry?: string | undefined };

/** projectOptions makes the options of `@stax/build` from flags, settings and the environment. Throws `FLAG_VALUE`, `CONFIG_INVALID`. */
export async function projectOptions(context: Context, given: ProjectArguments): Promise<ProjectOptions> {
  const { cwd, env, signal, config } = context;
  const { settings } = config;
  return {
    cwd,
    entry: given.entry,
    all: given.all,
    env: given.env,
    environment: env,
    trustDefinition: given.trustDefinition,
    symlinkMode: given.symlinkMode ?? settings.symlinkMode,
    allowOutsideRoot: given.allowOutsideRoot,
    portable: given.portable || settings.portable,
    defaultIgnores: given.noDefaultIgnores !== true,
    allowSensitive: given.allowSensitive,
    maxLayerSize: { ...configuredSizes(settings.maxLayerSize), ...givenSizes(given.maxLayerSize ?? []) },
    adapters: adapterSource([...(settings.adapterModules ?? []), ...(given.adapterModule ?? [])], cwd),
    cacheDir: config.cacheDirectory,
    installation: installation(),
    signal,
  };
}

type Sizes = Partial<Record<LayerName, number>>;

const units = { "": 1, b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 } as const;

function configuredSizes(sizes: Readonly<Record<string, string | number>> = {}): Sizes {
  const fail = (flaw: string): CliError => new CliError("CONFIG_INVALID", `maxLayerSize: ${flaw}`);
  return Object.fromEntries(Object.entries(sizes).map(([kind, size]) => sizeOf(kind, String(size), fail)));
}

function givenSizes(pairs: readonly string[]): Sizes {
  const fail = (flaw: string): CliError => new CliError("FLAG_VALUE", `--max-layer-size: ${flaw}`);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [kind = "", size, ...rest] = pair.split("=");
      if (size === undefined || rest.length > 0) throw fail(`"${pair}" is not <kind>=<size>`);
      return sizeOf(kind, size, fail);
    }),
  );
}

function sizeOf(kind: string, text: string, fail: (flaw: string) => CliError): [LayerName, number] {
  const match = /^(\d+)\s*(|b|kib|mib|gib)$/i.exec(text);
  const unit = match?.[2]?.toLowerCase() as keyof typeof units | undefined; // the pattern lists the keys
  const bytes = unit === undefined ? 0 : Number(match?.[1]) * units[unit];
  if (!Number.isSafeInteger(bytes) || bytes <= 0)
    throw fail(`"${text}" is no size; write bytes, or a number with KiB, MiB or GiB`);
  return [layerNamed(kind, "max-layer-size"), bytes];
}
