import type { Diagnostic } from "@stax/errors";
import type * as z from "zod";
import type { FileTree } from "../file-tree.ts";

/** Carrier names the artifact kinds that may carry a layer kind. */
export type Carrier = "agent" | "package" | "source";

/** Text is the payload of a text layer: the authored bytes, and their text (U+FFFD for what is no UTF-8) for those who compose. */
export interface Text {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Compiled adds what every compiled document carries. */
export type Compiled<T> = T & { readonly specVersion: string };

/** ParseContext takes the findings of a parse. A parse reports every error it meets, then goes on. */
export interface ParseContext {
  report(diagnostic: Diagnostic): void;
}

interface Kind<Payload, In extends readonly Carrier[]> {
  /** Of the layer, in the manifest. */
  readonly mediaType: string;
  /** One sentence for `docs/layers.md` and editors. */
  readonly description: string;
  /** `org.opencontainers.image.title` of the layer. */
  readonly title: string;
  /** Keeps its literals: AgentDefinition and PackageDefinition derive from it. */
  readonly allowedIn: In;
  /** How a definition names it: a file, a directory, a module (`.ts`, `.json`, `.yaml`) or the value itself. */
  readonly source: "file" | "directory" | "module" | "inline" | "generated";
  /** Default limit of the uncompressed layer, bytes. */
  readonly maxSize: number;
  /** Names of the things in a payload, in order: diff, losses, duplicates and capability deltas speak of these. */
  items(payload: Payload): readonly string[];
  /** Replaces, never mixes: what `override` names wins whole. Absent: packages do not carry the kind. */
  readonly merge?: (base: Payload, override: Payload) => Payload;
  /** Layer annotations beside the title. */
  readonly annotate?: (payload: Payload) => Readonly<Record<string, string>>;
}

/** TextKind is a layer that is one text, byte for byte as authored. */
export interface TextKind<In extends readonly Carrier[] = readonly Carrier[]> extends Kind<Text, In> {
  readonly format: "text";
}

/** JsonKind is a layer that is one canonical JSON document. Authors write `Input`, the layer holds `Payload`. */
export interface JsonKind<Payload = unknown, Input = unknown, In extends readonly Carrier[] = readonly Carrier[]>
  extends Kind<Payload, In> {
  readonly format: "json";
  readonly schema: z.ZodType<Payload, Input>;
}

/** TreeKind is a layer that is an archive of files. */
export interface TreeKind<Payload = unknown, In extends readonly Carrier[] = readonly Carrier[]>
  extends Kind<Payload, In> {
  readonly format: "tree";
  /** Of what is parsed (front matter, a manifest): file handles have no JSON Schema. */
  readonly schema: z.ZodType;
  /** `true`: symlinks may be flattened into this layer with `--symlink-mode flatten`. */
  readonly mayFlatten: boolean;
  /** parse reads what must be understood and leaves file bodies closed. Findings go to the context. */
  parse(tree: FileTree, context: ParseContext): Promise<Payload>;
  /** files is the way back, for bundle, import, extract and re-pack. */
  files(payload: Payload): FileTree;
}

/** AnyKind is any entry of the layer-kind table, with its payload type forgotten: for code that treats all layers alike. */
// biome-ignore lint/suspicious/noExplicitAny: payloads are invariant in Kind; who knows the layer's name reads the table itself
type Forgotten = any;
export type AnyKind =
  | (Omit<TextKind<readonly Carrier[]>, "items" | "merge" | "annotate"> &
      Pick<Kind<Forgotten, readonly Carrier[]>, "items" | "merge" | "annotate">)
  | JsonKind<Forgotten, Forgotten, readonly Carrier[]>
  | TreeKind<Forgotten, readonly Carrier[]>;

/** PayloadOf is the decoded value of a layer kind. */
export type PayloadOf<K> =
  K extends TextKind<readonly Carrier[]>
    ? Text
    : K extends { format: "json"; schema: z.ZodType<infer Payload> }
      ? Payload
      : K extends { format: "tree"; parse(...args: never[]): Promise<infer Payload> }
        ? Payload
        : never;

export const textKind = <const In extends readonly Carrier[]>(kind: Omit<TextKind<In>, "format">): TextKind<In> => ({
  format: "text",
  ...kind,
});

export const jsonKind = <Payload, Input, const In extends readonly Carrier[]>(
  kind: Omit<JsonKind<Payload, Input, In>, "format">,
): JsonKind<Payload, Input, In> => ({ format: "json", ...kind });

export const treeKind = <Payload, const In extends readonly Carrier[]>(
  kind: Omit<TreeKind<Payload, In>, "format">,
): TreeKind<Payload, In> => ({ format: "tree", ...kind });
