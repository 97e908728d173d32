import type { ProjectOptions } from "@stax/build";
import { startEvaluator } from "@stax/build/evaluator";
import { adapterSource } from "../adapters.ts";
import type { Context } from "../context.ts";
import type { Flags, FlagValues } from "../flags.ts";
import { installation } from "../installation.ts";
import { adapterModuleFlag } from "./adapter-module.ts";
import { maxLayerSizeFlag, maxLayerSizes } from "./layer-sizes.ts";

/** projectFlags say how definitions are read; validate and build take them. */
export const projectFlags = {
  all: {
    type: "boolean",
    describe: "Every definition of the workspace, or of the directory that is named; packages first",
  },
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
  "allow-outside-root": {
    type: "boolean",
    describe: "Let paths that the definition names lead out of the project (links never do)",
  },
  ...maxLayerSizeFlag,
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

/**
 * projectOptions makes the options of `@stax/build` from flags, settings and the environment, and starts what evaluates the definition, so
 * that it starts while the rest of the command is loaded. Throws `FLAG_VALUE`, `CONFIG_INVALID`.
 */
export async function projectOptions(context: Context, given: ProjectArguments): Promise<ProjectOptions> {
  const { cwd, env, signal, config } = context;
  const { settings } = config;
  const options: ProjectOptions = {
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
    maxLayerSize: await maxLayerSizes(settings.maxLayerSize, given.maxLayerSize),
    adapters: adapterSource([...(settings.adapterModules ?? []), ...(given.adapterModule ?? [])], cwd),
    cacheDir: config.cacheDirectory,
    installation: installation(),
    signal,
  };
  return { ...options, evaluator: startEvaluator(options) };
}
