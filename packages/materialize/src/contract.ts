import type { Diagnostic } from "@stax/errors";
import type { Fidelity, FileEntry, Layers, RenderedLayerName, RuntimeHints, SecretDeclaration } from "@stax/schema";

/** Feature is a row of the feature map: a layer, or what comes from an adapter's options. */
export type Feature = RenderedLayerName | "modelConfig" | "toolPermissions";

/** Scope says whose files are written: of a project, or of a user (below an explicit home directory). */
export type Scope = "project" | "user";

/** Carried is how a feature that reaches the runtime does so. */
export type Carried = Exclude<Fidelity, "unsupported">;

/** Json is a JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** JsonObject is a fragment of a configuration file: the keys in it are ours, those around them are not. */
export type JsonObject = { readonly [key: string]: Json };

/** Loss is something of the artifact that does not reach the runtime as it was written. */
export interface Loss extends Diagnostic {
  readonly adapter: string;
  readonly feature: Feature;
  /** Name of the rule, server, skill…; absent where the whole feature is meant. */
  readonly item?: string | undefined;
  readonly reason: string;
  /** What is left of it. */
  readonly fidelity: "translated" | "embedded" | "lost";
}

/** Notice is something a person should know about what was rendered. */
export interface Notice extends Diagnostic {
  readonly adapter: string;
}

/** CapabilityUse is a setting of the artifact that runs a program or lifts a restriction (decision O8). */
export interface CapabilityUse {
  readonly adapter: string;
  readonly name: string;
  /** Where the artifact sets it, e.g. `settings.hooks`. */
  readonly where: string;
  readonly allowed: boolean;
}

/** LossOptions say how bad a loss is; by default a warning, and lost. */
export interface LossOptions {
  readonly severity?: Diagnostic["severity"];
  readonly fidelity?: Loss["fidelity"];
  readonly code?: string;
  readonly hint?: string;
}

/** RenderOptions say what to render for. All have defaults. */
export interface RenderOptions {
  readonly scope?: Scope;
  /** Write MCP servers that are switched off, as switched off where the runtime can. */
  readonly includeDisabled?: boolean;
  /** Ids of manual rules that the user chose; they are written as always-on ones. */
  readonly manualRules?: readonly string[];
  /** Capabilities that the user allows (decision O8). */
  readonly allowCapabilities?: readonly string[] | "all";
  /** Template expressions without a value are errors. */
  readonly strict?: boolean;
  readonly hints?: RuntimeHints | undefined;
}

/** Context is what a part knows while it writes, and where it reports. */
export interface Context<Options = unknown> {
  readonly options: Options;
  readonly scope: Scope;
  readonly includeDisabled: boolean;
  readonly strict: boolean;
  readonly hints: RuntimeHints | undefined;
  /** Declared secrets by key: the only names a placeholder may stand for. */
  readonly secrets: ReadonlyMap<string, SecretDeclaration>;
  /** The adapter's name for people. */
  readonly runtime: string;
  /** item gives a context whose findings name that item. */
  item(id: string): Context<Options>;
  /** lose reports that the item, or a field of it, does not reach the runtime as written. */
  lose(field: string | undefined, reason: string, options?: LossOptions): void;
  note(notice: Pick<Diagnostic, "code" | "severity" | "message"> & Partial<Diagnostic>): void;
  /** chosen tells whether the user selected a manual rule. */
  chosen(rule: string): boolean;
  /** allows tells whether the user allowed a capability, and reports its use either way. */
  allows(capability: string, where: string): boolean;
}

/** Section is one part of a Markdown document. */
export interface Section {
  /** Equal sections of several adapters have equal ids. */
  readonly id: string;
  /** Where it belongs among other sections: by the first number, then by the second (see {@link rank}). */
  readonly rank: readonly [number, number];
  /** Written above the text when the document has several parts and the text has no heading of its own. */
  readonly heading?: string;
  /** The heading says when the text applies: it is always written. */
  readonly headed?: boolean;
  readonly text: string;
  /** The bytes to use when this is the only part; without it, the text. */
  readonly file?: FileEntry;
  /** What it is, for people: `surfaces/instructions.md`, `the prompt`. */
  readonly origin: string;
}

/** Piece is what a part writes, and which items of its feature it carries. */
export interface Piece<Out> {
  readonly items: readonly string[];
  /** Fields carried by this piece, where they differ from those of the part; "all" for every field. */
  readonly keeps?: readonly string[] | "all";
  /** Below the claim, where the part writes several documents (nested ones). */
  readonly path?: string;
  /** Absent: the items need nothing written (the prompt used up the persona). */
  readonly out?: Out;
}

/** Part writes one feature into one output. `write` is pure; file bodies stay closed. */
export interface Part<F extends Feature, Options, Out> {
  readonly feature: F;
  readonly fidelity: Carried;
  /** Fields of an item that are carried; what is set and not kept is a loss. Absent: all. */
  readonly keeps?: readonly string[];
  readonly write: (layers: Layers, context: Context<Options>) => Iterable<Piece<Out>>;
  /** The way back, for import. The last part of an output is asked first; what it leaves in `rest` goes to the one before it. */
  readonly read?: Read<Out>;
}

/** Read makes layers and options of what a runtime's files hold. */
export type Read<Out> = (
  found: readonly Found<Out>[],
  context: ReadContext,
) => Recovered<Out> | Promise<Recovered<Out>>;

/** Found is a file of a runtime, or the keys of one. */
export interface Found<Out> {
  /** Relative to the root. */
  readonly path: string;
  readonly out: Out;
  /** The directory of a nested document, whose instructions are for that directory only; absent for a root document. */
  readonly within?: string;
}

/** Recovered is what a part understood. */
export interface Recovered<Out> {
  readonly layers?: Layers;
  /** Of the adapter, as an author writes them. */
  readonly options?: JsonObject;
  /** Names of MCP servers that are switched off elsewhere than at themselves. */
  readonly switchedOff?: readonly string[];
  /** What the part does not understand. Absent: it took everything. */
  readonly rest?: readonly Found<Out>[];
}

/** ReadContext is what a part knows while it reads, and where it reports. */
export interface ReadContext {
  readonly scope: Scope;
  /** The adapter's name for people. */
  readonly runtime: string;
  /** secret declares a secret by the name of its environment variable, and gives the placeholder that stands for it. */
  secret(name: string): string;
  /** changed reports that something is carried in another form than it was found in. */
  changed(path: string, what: string | undefined, reason: string, hint?: string): void;
  /** left reports that something is not carried, and stays where it is. */
  left(path: string, what: string | undefined, reason: string, hint?: string): void;
  /** note reports a finding of another kind. */
  note(finding: Diagnostic): void;
  /** find gives the files of the root at a path or glob, those included that the adapter claims nowhere: a configuration may name any. */
  find(glob: string): readonly FileEntry[];
}

/** Reader reads files that an adapter never writes: older forms, and those that have become something else. */
export interface Reader {
  /** Path or glob, by scope. */
  readonly claims: PathByScope;
  readonly read: Read<FileEntry>;
}

/** PathByScope is a path or glob relative to the root; absent for a scope that has no such file. */
export type PathByScope = string | { readonly project?: string; readonly user?: string };

interface OutputBase<Options> {
  readonly claims: PathByScope | ((options: Options) => PathByScope);
  /** The output is written unless this option is `false`. */
  readonly when?: string;
  /**
   * Paths or globs where this runtime reads the same, whoever writes it: what another adapter puts there in the same plan is not written
   * here again (decision O13).
   */
  readonly alsoAt?: readonly string[];
  /** Off unless chosen: what it would carry is then a warning, where what an author switched off is none. */
  readonly optIn?: boolean;
  /** One sentence for the adapter's page. */
  readonly description?: string;
}

/** DocumentOutput is Markdown whose sections come from several parts. */
export interface DocumentOutput<F extends Feature, Options> extends OutputBase<Options> {
  readonly kind: "document";
  readonly parts: readonly Part<F, Options, Section>[];
  /** Glob of the documents that parts write into other directories. */
  readonly nested?: string;
  /** The document beside it that this runtime can include: it is included instead of repeated where another adapter writes it. */
  readonly includes?: {
    readonly file: string;
    readonly directive: string;
    /** The runtime reads that file itself where its own is missing. */
    readonly alone?: boolean;
  };
  /** Planned with other adapters, its text goes into the document that it includes, where all of them find it (decision R11). */
  readonly shares?: boolean;
}

/** ConfigOutput is keys in a configuration file that may be a person's. */
export interface ConfigOutput<F extends Feature, Options> extends OutputBase<Options> {
  readonly kind: "config";
  readonly format: ConfigFormat;
  readonly parts: readonly Part<F, Options, JsonObject>[];
  /** Keys (`a`, or `a.*` for each key of `a`) whose members mean something by their order: written, and compared, as a whole (decision A26). */
  readonly ordered?: readonly string[];
}

/** ConfigFormat names a format that keys can be merged into. */
export type ConfigFormat = "json" | "toml";

/** FilesOutput is files that are wholly ours. */
export interface FilesOutput<F extends Feature, Options> extends OutputBase<Options> {
  readonly kind: "files";
  readonly part: Part<F, Options, FileEntry>;
  /** The items that the runtime reads at every start: one that it also reads elsewhere would be read twice. */
  readonly alwaysLoaded?: (layers: Layers) => ReadonlySet<string>;
  /** The runtime removes these itself; their absence is no drift. */
  readonly mayVanish?: boolean;
}

/** Output is one row of a runtime's file contract. */
export type Output<F extends Feature = Feature, Options = never> =
  | DocumentOutput<F, Options>
  | ConfigOutput<F, Options>
  | FilesOutput<F, Options>;
