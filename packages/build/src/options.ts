import type { Diagnostic } from "@stax/errors";
import type { AdapterConfig, LayerName } from "@stax/schema";
import type { Installation } from "./load/index.ts";

/** BuilderAdapter is what a build needs of an adapter: its name, how options compile, what it thinks of a compiled config. */
export interface BuilderAdapter {
  readonly name: string;
  configure(options: never): AdapterConfig;
  /** Findings about a compiled config; `primary` is false for a fallback. */
  check?(config: AdapterConfig, primary: boolean): readonly Diagnostic[];
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
  readonly adapters?: readonly BuilderAdapter[] | undefined;
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
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly signal?: AbortSignal | undefined;
}
