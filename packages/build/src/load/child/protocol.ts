import type { Path } from "./plain-data.ts";

/** Setup is the first line that the evaluator's child reads. */
export interface Setup {
  readonly workspaceRoot: string;
  /** Directories of the command's installation; absolute, links resolved. */
  readonly readable: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly trust: boolean;
  /** TypeScript will come: get ready for it before the first request, while the command is busy with other things. */
  readonly expectsTypeScript: boolean;
  /** The command has modules without their types. */
  readonly strips: boolean;
  /** Where the installation has the packages that definitions usually import, by specifier: these need not be asked for. */
  readonly brings: Readonly<Record<string, string>>;
}

/** Ready is the child's first line: it has its guards up. */
export interface Ready {
  readonly ready: true;
}

/** Request asks the child for the default export of a file; `path` is absolute, links resolved. */
export interface Request {
  readonly path: string;
  /** Comes back with the reply, and cannot be guessed: a definition can write to the pipe, too. */
  readonly id: string;
  /** The file without its types, where the command has that at hand. */
  readonly stripped: string | undefined;
}

/**
 * Question is asked by the child in the middle of an evaluation: where the installation has a package, or what a TypeScript module is
 * without its types. The parent answers with {@link Answer}.
 */
export type Question = { readonly resolve: string } | { readonly strip: string };

/** Answer is a path, or source text; null where there is none. */
export interface Answer {
  readonly answer: string | null;
}

/** Place is a position in a file, 1-based, as the child saw it. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** Refused is something a definition may not do. */
export interface Refused {
  readonly reason: "denied";
  /** What it tried: `read`, `write`, `network`, `process`, `thread`, `addon`, `module`, `other`. */
  readonly act: string;
  readonly resource: string;
  /** The import that asked for it, where it was one. */
  readonly importedBy?: { readonly from: string; readonly specifier: string };
}

/** BadImport is an import that leads nowhere, or where it may not. */
export interface BadImport {
  readonly reason: "import";
  readonly specifier: string;
  readonly from: string;
  readonly problem: "missing" | "outside" | "key-file" | "not-ours";
  readonly message: string;
}

/** Found is one of several findings behind an error: texts, empty where there is none. */
export interface Found {
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Failure is why an evaluation has no value. Texts are the definition's and must be made printable and free of secrets. */
export type Failure =
  | (Refused & { readonly place: Place | undefined })
  | BadImport
  | {
      readonly reason: "threw";
      readonly message: string;
      readonly place: Place | undefined;
      readonly hint: string;
      /** What an error of stax found, where it says. */
      readonly found: readonly Found[];
    }
  | {
      readonly reason: "syntax";
      readonly message: string;
      readonly place: Place | undefined;
      readonly loaded: readonly string[];
    }
  | { readonly reason: "no-default"; readonly exports: readonly string[] }
  | { readonly reason: "not-data"; readonly problems: readonly { readonly field: Path; readonly what: string }[] }
  | { readonly reason: "too-large" };

/** Reply ends an evaluation. `output` is what the definition printed, cut short; `printed` its length in characters. */
export type Reply = { readonly id: string; readonly output: string; readonly printed: number } & (
  | { readonly value: unknown }
  | { readonly failure: Failure }
);
