import type { Diagnostic } from "@stax/errors";
import type { AdapterConfig, AdapterFeatures, MaterializationTarget } from "@stax/schema";
import type * as z from "zod";
import type { Feature, JsonObject, Output, PathByScope, Reader, Scope } from "./contract.ts";

/** RuntimeFile classifies a file of a runtime: what may be managed, and what an artifact never owns. */
export interface RuntimeFile {
  /** Path or glob, relative to the project or the home directory. */
  readonly path: string;
  readonly scope: Scope;
  readonly class: "managed" | "local-override" | "state" | "secret";
}

/** Budget is a limit of the runtime over what is written. */
export interface Budget {
  /** Path or glob, relative to the root. */
  readonly paths: string;
  readonly unit: "bytes" | "characters" | "lines";
  readonly limit: number;
  /** What the runtime does beyond it. */
  readonly effect: string;
  /** Of all matching files together instead of each. */
  readonly total?: boolean;
  /** Of each matching file together with those in the directories above it. */
  readonly chain?: boolean;
  /** In this scope only. */
  readonly scope?: Scope;
}

/** NoticeRule is a fact about the runtime that a person must know when certain files are written. */
export interface NoticeRule {
  /** Path or glob, relative to the root; the notice is given when a written file matches. */
  readonly paths: string;
  readonly scope?: Scope;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Further condition on what is written: a key that must be among those of the configuration file. */
  readonly key?: string;
}

/** ModelParam describes a model parameter that an adapter knows. */
export interface ModelParam {
  readonly type: "number" | "integer" | "string" | "boolean" | "strings";
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** `false`: valid, but the runtime's files have no place for it. */
  readonly supported: boolean;
}

/** Import says where a runtime's files are looked for, beyond what the outputs claim under no options. */
export interface Import {
  /** Files and globs that tell that a repository is used with this runtime; those that several runtimes share are none. */
  readonly signs: readonly string[];
  /** Directories that are the runtime's alone: a file there that nothing reads is reported. */
  readonly directories?: readonly string[];
  /** Options under which outputs claim other files that are to be read too (an older layout). */
  readonly layouts?: readonly JsonObject[];
  /** Options that keep to what is there: the layout of the files, given their paths. */
  readonly optionsFor?: (paths: ReadonlySet<string>) => JsonObject;
  /** Files that are read and never written. */
  readonly readers?: readonly Reader[];
  /** Files that the runtime reads as one configuration, weakest first; the output's own is among them. */
  readonly configs?: readonly PathByScope[];
  /** Documents that the runtime reads where its own are missing, under the options that were read. */
  readonly standIns?: (options: JsonObject) => readonly StandIn[];
  /** The options that stay once everything is read: without those that said where the runtime was to look. */
  readonly settle?: (options: JsonObject) => JsonObject;
}

/** StandIn is a document that a runtime reads in place of its own. */
export interface StandIn {
  /** In a project the name of the file, in whatever directory; in user scope its path. */
  readonly file: PathByScope;
  /** `directory`: in each directory that has none of the runtime's own; `root`: only where there is none at the root either; `beside`: always. */
  readonly where: "directory" | "root" | "beside";
}

/** AdapterOptions is what every adapter takes beside its own options. */
export interface ModelOptions {
  readonly model?: string | undefined;
  readonly modelParams?: Readonly<Record<string, unknown>> | undefined;
}

/** AdapterContract is an adapter as its author writes it. */
export interface AdapterContract<Options extends ModelOptions, Input, Outputs extends readonly unknown[]> {
  /** `type` and `runtime` of the compiled config. */
  readonly name: string;
  /** Other values of `type` that mean this adapter. */
  readonly aliases?: readonly string[];
  readonly displayName: string;
  readonly adapterVersion: string;
  readonly runtimeVersionRange?: string;
  /** `false`: never certifiable as exact. */
  readonly exactMode?: boolean;
  /** Schema of the options, `model` and `modelParams` among them. */
  readonly options: z.ZodType<Options, Input>;
  readonly outputs: Outputs;
  /** Why each feature that no output answers does not reach the runtime. */
  readonly unsupported: Readonly<Record<Exclude<Feature, Answered<Outputs>>, string>>;
  readonly modelParams?: Readonly<Record<string, ModelParam>>;
  readonly capabilities?: Readonly<Record<string, string>>;
  readonly budgets?: readonly Budget[];
  readonly notices?: readonly NoticeRule[];
  /** The runtime's files by class; nothing but managed ones is written whole. */
  readonly runtimeFiles?: readonly RuntimeFile[];
  /** Files the runtime reads beside those that are written, by scope. */
  readonly alsoReads?: readonly { readonly path: string; readonly scope: Scope; readonly message: string }[];
  /** The way back: which files are the runtime's alone, and how else they may lie there. Absent: files are found by the claims under no options. */
  readonly import?: Import;
  /** `true`: serves any `runtime` of a config of its type. */
  readonly anyRuntime?: boolean;
  /** What differs in the compiled config from options under `config` (generic: importMode, fidelity, targets). */
  readonly compile?: (options: Options) => Partial<AdapterConfig>;
  /** The way back from a config that `compile` made. By default `config` holds the options. */
  readonly decompile?: (config: AdapterConfig) => unknown;
  /** Findings about the compiled config itself; `primary` is false for a fallback. */
  readonly check?: (config: AdapterConfig, primary: boolean) => readonly Diagnostic[];
}

/** Answered is the union of features that outputs answer. */
export type Answered<Outputs extends readonly unknown[]> = FeatureOf<Outputs[number]>;
type FeatureOf<O> = O extends { readonly parts: readonly { readonly feature: infer F }[] }
  ? F
  : O extends { readonly part: { readonly feature: infer F } }
    ? F
    : never;

/** Adapter is a contract made ready: it compiles options, and the engine renders for it. Its option type is erased. */
export interface Adapter<Input = never> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly displayName: string;
  readonly adapterVersion: string;
  readonly runtimeVersionRange: string | undefined;
  readonly exactMode: boolean;
  readonly optionsSchema: z.ZodType<ModelOptions>;
  readonly outputs: readonly Output<Feature, never>[];
  readonly unsupported: Readonly<Partial<Record<Feature, string>>>;
  readonly modelParams: Readonly<Record<string, ModelParam>>;
  readonly capabilities: Readonly<Record<string, string>>;
  readonly budgets: readonly Budget[];
  readonly notices: readonly NoticeRule[];
  readonly runtimeFiles: readonly RuntimeFile[];
  readonly alsoReads: readonly { readonly path: string; readonly scope: Scope; readonly message: string }[];
  readonly import: Import | undefined;
  readonly anyRuntime: boolean;
  readonly check: (config: AdapterConfig, primary: boolean) => readonly Diagnostic[];
  readonly decompile: (config: AdapterConfig) => unknown;
  /** configure compiles options to the config that an artifact carries. Throws ERR_STAX_ADAPTER_OPTIONS. */
  readonly configure: (options?: Input) => AdapterConfig;
  /** features is the feature map under given options. */
  readonly features: (options: ModelOptions) => AdapterFeatures;
  /** targets lists what is written under given options. */
  readonly targets: (options: ModelOptions) => readonly MaterializationTarget[];
}
