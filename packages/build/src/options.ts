import type { Diagnostic } from "@stax/errors";
import type { AdapterConfig, Agent, LayerName } from "@stax/schema";
import type { Evaluator, Installation } from "./load/index.ts";

/** AdapterSource is what a build asks adapters for; each is loaded when it is asked about. */
export interface AdapterSource {
  /** Of every adapter there is. */
  readonly names: readonly string[];
  /** configure compiles options, for definitions that cannot call the adapter's function. */
  configure(name: string, options: unknown): Promise<AdapterConfig>;
  /** prepare begins to load the adapters that a definition's text mentions: the command waits for its evaluation anyway. */
  prepare?(text: string): void;
  /** findings judges compiled configs; `field` of a finding says which, from `adapter` or `adapterFallback[0]` on. */
  findings(configs: Pick<Agent, "adapter" | "adapterFallback">): Promise<readonly Diagnostic[]>;
}

/** ProjectOptions say which definitions are read, and how strictly. */
export interface ProjectOptions {
  readonly cwd: string;
  /** A definition file or its directory; absent: found in `cwd`. */
  readonly entry?: string | undefined;
  /** All definitions of the workspace instead of the only one. */
  readonly all?: boolean | undefined;
  /** Names of environment variables that definitions may read. */
  readonly env?: readonly string[] | undefined;
  /** Evaluate definitions without the sandbox. */
  readonly trustDefinition?: boolean | undefined;
  readonly installation?: Installation | undefined;
  /** Started for these options by `startEvaluator` of `@stax/build/evaluator`; closed when the project is done with. */
  readonly evaluator?: Evaluator | undefined;
  /** Without it adapter configs are taken as they are. */
  readonly adapters?: AdapterSource | undefined;
  readonly symlinkMode?: "reject" | "flatten" | undefined;
  readonly allowOutsideRoot?: boolean | undefined;
  /** Names that collide on file systems without case are errors. */
  readonly portable?: boolean | undefined;
  /** `false`: pack what is ignored by default (node_modules and the like). */
  readonly defaultIgnores?: boolean | undefined;
  /** Paths in a layer, in gitignore syntax, that are packed although they look like secrets or private state. */
  readonly allowSensitive?: readonly string[] | undefined;
  /** Output directories of this build, absolute: never packed. */
  readonly outputs?: readonly string[] | undefined;
  /** Limits of uncompressed layers, bytes, where they differ from the format's. */
  readonly maxLayerSize?: Partial<Readonly<Record<LayerName, number>>> | undefined;
  /** Where what can be made again is kept between runs (types stripped of definitions, digests of packed directories); absent: nowhere. */
  readonly cacheDir?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** isWhole tells whether the definitions that are meant are all that the workspace has. */
export const isWhole = ({ all, entry }: ProjectOptions): boolean => all === true && entry === undefined;
